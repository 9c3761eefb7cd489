"""Somebody who knocks at the door with anything, and looks each time at what it left behind."""

import json
import os
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import quote

import httpx
import psycopg
from hypothesis import HealthCheck
from hypothesis import settings as pace
from psycopg import sql
from standardwebhooks import Webhook

from gateway.bells import Bells

PLANTED = "Enfantinventé"
"""Never in an answer, wherever it was sent."""
PROTECTIVE = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}
AGENCIES = ("caf-21", "siao-21", "petite-enfance-21", "france-victimes-21")
HEARD: Counter[int] = Counter()
"""How often the door gave each status."""
FUZZ = int(os.environ.get("PND_FUZZ", "0"))
_SHORT = 200
_MAY_TELL_OF_A_REFUSAL = {"witness", "audit_line", "audit_head"}


def knocks(share: float) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return how long one test knocks: its share of all requests, in a hunt or in `make test`.

    In `make test` they are the same each time.
    """
    return pace(
        max_examples=int((FUZZ or _SHORT) * share) + 1,
        derandomize=not FUZZ,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


class Silent(Bells):
    """Nobody is woken: Prefect is not there."""

    def later(self, ring: Callable[[str], object], reference: str) -> None:
        """Ring nothing."""


@dataclass
class Doorstep:
    """The door, and what is known of the store behind it without asking the door."""

    door: httpx.Client
    store: psycopg.Connection
    token: str
    keys: Mapping[str, str] = field(default_factory=dict)
    """One request of each agency, by the agency."""
    box: str = ""

    def knock(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> httpx.Response:
        """Ask the door. Fails on a fault of the door, and on a refusal that left a trace."""
        before = self.written()
        raw = [(name.encode(), _header(value)) for name, value in headers.items()]
        answer = self.door.request(method, path, headers=raw, content=body)
        HEARD[answer.status_code] += 1
        assert answer.status_code < 500, (answer.status_code, method, path, dict(headers), body)
        assert PROTECTIVE.items() <= dict(answer.headers).items(), answer.status_code
        assert PLANTED not in answer.text
        if answer.status_code >= 400:
            assert self.written() == before, ("a refusal stored something", path, body)
        return answer

    def written(self) -> int:
        """Return how many rows were written, changed or erased since the beginning, anywhere."""
        row = self.store.execute("SELECT count FROM witness").fetchone()
        assert row
        return int(row[0])

    def calls_back(self, agency: str, body: bytes, number: str = "evt-1") -> httpx.Response:
        """Call back as an agency does, signed."""
        return self.knock("POST", callbacks_of(agency), sealed(agency, body, number), body)


def callbacks_of(agency: str) -> str:
    """Return where an agency calls back."""
    return f"/agencies/{quote(agency, safe='')}/callbacks"


def sealed(agency: str, body: bytes, number: str) -> dict[str, str]:
    """Return the headers of a callback, signed with the agency's secret, now."""
    now = datetime.now(UTC)
    webhook = Webhook(os.environ[f"PND_AGENCY_{agency.upper().replace('-', '_')}_SECRET"])
    # What is not text is signed as if it were: the door must see it by itself.
    seal = webhook.sign(number, now, body.decode("utf-8", "replace"))
    return {
        "webhook-id": number,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": seal,
    }


def said(agency: str, key: str, event: str = "evt-1") -> dict[str, object]:
    """Return a callback that is right."""
    now = datetime.now(UTC).isoformat()
    callbacks: dict[str, dict[str, object]] = {
        "caf-21": {
            "evenement": event,
            "reference_partenaire": key,
            "numero_dossier": "D-1",
            "date_evenement": now,
            "etat": "RECUE",
        },
        "siao-21": {
            "id": event,
            "reference_partenaire": key,
            "numero_demande": "D-1",
            "survenu_le": now,
            "type": "DEMANDE_RECUE",
        },
        "petite-enfance-21": {
            "avis": event,
            "reference_partenaire": key,
            "dossier": "D-1",
            "le": now,
            "decision": "ENREGISTREE",
        },
        "france-victimes-21": {
            "nouvelle": event,
            "reference_partenaire": key,
            "suivi": "D-1",
            "date": now,
            "type": "RECU",
        },
    }
    return callbacks[agency]


def watch_every_table(store: psycopg.Connection) -> None:
    """Count each row that a transaction leaves written, in whichever table, by triggers.

    The audit is not counted: whom the door refuses is told there on purpose (decision 0030).
    """
    store.execute("CREATE TABLE witness (count bigint NOT NULL)")
    store.execute("INSERT INTO witness VALUES (0)")
    store.execute(
        "CREATE FUNCTION notice() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN UPDATE witness SET count = count + 1; RETURN NULL; END $$"
    )
    tables = store.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    for (table,) in tables:
        if table not in _MAY_TELL_OF_A_REFUSAL:
            store.execute(
                sql.SQL(
                    "CREATE TRIGGER witnessed AFTER INSERT OR UPDATE OR DELETE ON {} "
                    "FOR EACH ROW EXECUTE FUNCTION notice()"
                ).format(sql.Identifier(table))
            )


def as_bytes(document: object) -> bytes:
    """Return a document as JSON."""
    return json.dumps(document).encode()


def _header(value: str) -> bytes:
    """What HTTP can carry of a value; the rest never reaches a door."""
    return value.encode("latin-1", "replace").translate(None, bytes([*range(32), 127])).strip()
