"""`pnd settings`: how Prefect is run, as variables for systemd, a compose file or a shell."""

import shlex

from core.prefect_settings import PREFECT_SETTINGS, SEVERAL_SERVERS

_TITLE = (
    "# Réglages de Prefect, les mêmes pour chaque processus. Écrits par « pnd settings » :"
    " à refaire à chaque livraison."
)


def prefect_environment(*, several: bool) -> str:
    """Return one KEY=VALUE a line, quoted as the three readers agree. No address, no secret."""
    settings = {**PREFECT_SETTINGS, **(SEVERAL_SERVERS if several else {})}
    return "\n".join([_TITLE, *(f"{key}={shlex.quote(value)}" for key, value in settings.items())])
