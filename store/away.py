"""The case store is away: troubles that pass by themselves, told apart from faults of ours."""

from psycopg import OperationalError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

# What PostgreSQL says of itself by its error codes (its manual, appendix A): connection lost (08),
# no disk, memory or connection left (53), stopped, starting or cancelled (57), disk trouble (58).
_CLASSES = ("08", "53", "57", "58")
_CODES = frozenset(
    {
        "25006",  # Read-only: the standby answers while another server takes over.
        "25P03",  # The transaction stood idle too long.
        "40001",  # Another transaction went first.
        "40P01",  # Two transactions waited for each other.
        "55P03",  # A lock did not come in time.
    }
)


class StoreAway(Exception):
    """The case store does not answer, or cannot write. What was under way may be done again whole.

    Danger: whether a commit that was cut took place is not known.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return f"la base des dossiers ne répond pas ({self.code}) : vérifiez-la, rien n'est perdu"


def why_away(error: DBAPIError | PoolExhausted) -> str | None:
    """Return PostgreSQL's code for a trouble that passes by itself; None for a fault of ours."""
    if isinstance(error, PoolExhausted):
        return "pool"
    code: str | None = getattr(error.orig, "sqlstate", None)
    if code is not None and (code in _CODES or code.startswith(_CLASSES)):
        return code
    # A connection that cannot be made, or that was cut, comes without a code.
    is_cut = code is None and isinstance(error.orig, OperationalError)
    return "connexion" if is_cut or error.connection_invalidated else None
