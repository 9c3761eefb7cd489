"""The desk behind every agency's counter: faults, credentials, keys, contract, ledger."""

import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import Request, Response
from fastapi.responses import JSONResponse

from core.clock import Clock
from models.measure import Measure
from sandbox.behaviour import Behaviour, Order
from sandbox.contract import faults
from sandbox.credentials import AgencySecrets
from sandbox.dialect import Dialect, File, Words
from sandbox.files import Files
from sandbox.ledger import Entry, record
from sandbox.orders import take_fault
from sandbox.state import State, Transaction, written
from sandbox.weather import Weather

_PAGE = 20
"""How many requests a page lists."""


@dataclass(frozen=True)
class Heard:
    """One call as it arrived."""

    method: str
    path: str
    """The kind of path, such as ``/demandes/{reference}/relances``."""
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """The idempotency key, or nothing."""
        return self.headers.get("idempotency-key", "")

    @property
    def correlation(self) -> str:
        """What the caller will write in its own log, or nothing."""
        return self.headers.get("x-correlation-id", "")

    @property
    def bearer(self) -> str:
        """The token shown, or nothing."""
        return self.headers.get("authorization", "").removeprefix("Bearer ")


@dataclass(frozen=True)
class Reply:
    """A status and a body; None for no body at all."""

    status: int
    body: Words | None = None


@dataclass(frozen=True)
class Act:
    """What a counter does of a call."""

    verb: str
    do: Callable[[Transaction, Words], Reply]
    measure: Measure | None = None
    schema: str = ""
    """The contract's name for the body; none where nothing is sent."""
    again: int = 204
    """The status of a duplicate."""
    keyed: bool = True
    """False for what changes nothing."""
    open_to_all: bool = False


async def heard(request: Request) -> Heard:
    """Read a call whole, before a thread treats it."""
    return Heard(
        method=request.method,
        path=str(request.scope["route"].path),
        headers=dict(request.headers),
        query=dict(request.query_params),
        body=await request.body(),
    )


class Desk:
    """One agency of the sandbox."""

    def __init__(
        self,
        agency: str,
        dialect: Dialect,
        secrets: AgencySecrets,
        state: State,
        clock: Clock,
        hold_seconds: float,
        weather: Weather,
    ) -> None:
        self.agency = agency
        self.dialect = dialect
        self.secrets = secrets
        self.clock = clock
        self.state = state
        self.files = Files(agency, dialect, clock, weather)
        self.lets_in: Callable[[Transaction, Heard], bool] = self._knows_token
        """Replaced by an agency that knows its partners otherwise."""
        self._hold_seconds = hold_seconds
        self._weather = weather

    def hear(self, call: Heard, act: Act) -> Response:
        """Treat one call, in one transaction."""
        with self.state.transaction() as db:
            fault = take_fault(db, self.agency, act.measure, self._weather)
            reply, duplicate = self._judge(db, call, act, fault)
            self._record(db, call, act, reply, duplicate, fault)
        if fault.behaviour is Behaviour.TIMEOUT:
            time.sleep(self._hold_seconds)
        if fault.behaviour is Behaviour.MALFORMED:
            return Response('{"etat": "RE', 200, media_type="application/json")
        if reply.body is None:
            return Response(status_code=reply.status)
        return JSONResponse(reply.body, reply.status)

    def alive(self, call: Heard) -> Response:
        """Say that the service answers."""
        return self.hear(call, Act("check", lambda *_: Reply(200, {"statut": "ok"}), keyed=False))

    def remind(self, call: Heard, reference: str) -> Response:
        """Hear a reminder; it changes nothing."""
        return self._about(call, "remind", reference, lambda db, file: None)

    def take_document(self, call: Heard, reference: str) -> Response:
        """Hear that what was missing has been handed over, and go on."""
        return self._about(call, "document", reference, self.files.go_on)

    def recall(self, call: Heard, reference: str) -> Response:
        """Cancel a request."""
        return self._about(call, "recall", reference, self.files.cancel)

    def tell_of(self, call: Heard, reference: str) -> Response:
        """Tell all that is held of one request, whichever of its two names is used."""

        def act(db: Transaction, _: Words) -> Reply:
            held = self.files.held(db, reference)
            return Reply(200, held) if held else Reply(404, {"code": self.dialect.unknown})

        return self.hear(call, Act("said_of", act, keyed=False))

    def tell_all(self, call: Heard) -> Response:
        """List the requests held since an instant, a page at a time."""

        def act(db: Transaction, _: Words) -> Reply:
            try:
                since = datetime.fromisoformat(call.query["depuis"])
                skip = int(call.query.get("apres", "0"))
            except (KeyError, ValueError):
                return Reply(422, {"code": "hors_contrat", "champs": ["depuis", "apres"]})
            found = self.files.held_since(db, written(since), skip, _PAGE + 1)
            more = {"suite": str(skip + _PAGE)} if len(found) > _PAGE else {}
            return Reply(200, {self.dialect.holds.listed: found[:_PAGE], **more})

        return self.hear(call, Act("holdings", act, keyed=False))

    def _about(
        self, call: Heard, verb: str, reference: str, do: Callable[[Transaction, File], None]
    ) -> Response:
        def act(db: Transaction, _: Words) -> Reply:
            file = self.files.find(db, reference)
            if file is None:
                return Reply(404, {"code": self.dialect.unknown})
            do(db, file)
            return Reply(204)

        return self.hear(call, Act(verb, act))

    def _judge(self, db: Transaction, call: Heard, act: Act, fault: Order) -> tuple[Reply, bool]:
        if fault.behaviour is Behaviour.ERROR_500:
            return Reply(500, {"code": "panne"}), False
        if not act.open_to_all and not self.lets_in(db, call):
            return Reply(401, {"code": "identifiant_refuse"}), False
        if not act.keyed:
            return act.do(db, {}), False
        if not call.key:
            return Reply(400, {"code": "cle_absente"}), False
        known = db.execute(
            "SELECT body FROM answer WHERE agency = ? AND idempotency_key = ?",
            (self.agency, call.key),
        ).fetchone()
        if known is not None:
            return Reply(act.again, json.loads(known["body"])), True
        return self._act(db, call, act), False

    def _act(self, db: Transaction, call: Heard, act: Act) -> Reply:
        document, misfits = self._read(call, act)
        if misfits:
            return Reply(422, {"code": "hors_contrat", "champs": misfits})
        reply = act.do(db, document)
        if reply.status < 400:
            db.execute(
                "INSERT INTO answer (agency, idempotency_key, body) VALUES (?, ?, ?)",
                (self.agency, call.key, json.dumps(reply.body)),
            )
        return reply

    def _read(self, call: Heard, act: Act) -> tuple[Words, list[str]]:
        if not act.schema:
            return {}, []
        try:
            document = json.loads(call.body)
        except ValueError:
            return {}, ["(racine)"]
        return document, faults(self.dialect.contract, act.schema, document)

    def _knows_token(self, _: Transaction, call: Heard) -> bool:
        return same(call.bearer, self.secrets.token)

    def _record(
        self, db: Transaction, call: Heard, act: Act, reply: Reply, duplicate: bool, fault: Order
    ) -> None:
        file = self.files.find(db, call.correlation)
        ordered = fault if fault.is_fault or file is None else file.order
        entry = Entry(
            at=written(self.clock.now()),
            agency=self.agency,
            method=call.method,
            path=call.path.removeprefix(f"/{self.agency}"),
            verb=act.verb,
            idempotency_key=call.key,
            correlation=call.correlation,
            duplicate=duplicate,
            status=reply.status,
            behaviour=ordered.text,
        )
        record(db, entry)


def same(shown: str, expected: str) -> bool:
    """Compare two secrets without telling how far they agree."""
    return hmac.compare_digest(shown.encode(), expected.encode())
