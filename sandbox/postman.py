"""Delivers what the agencies say when its hour comes: signed, in order, until received."""

from collections.abc import Mapping
from sqlite3 import Row
from threading import Event, Thread

import httpx
from standardwebhooks import Webhook

from core.clock import Clock, SystemClock
from core.logs import log
from sandbox.credentials import AgencySecrets
from sandbox.state import State, written

_FIRST_WAIT_SECONDS = 0.5
_LONGEST_WAIT_SECONDS = 30.0


class Postman:
    """One thread for all agencies. Real time paces the retries; the journey's clock, the hours."""

    def __init__(
        self,
        state: State,
        clock: Clock,
        callback_base: str,
        secrets: Mapping[str, AgencySecrets],
        tick_seconds: float,
    ) -> None:
        self._state = state
        self._clock = clock
        self._base = callback_base.rstrip("/")
        self._secrets = secrets
        self._tick_seconds = tick_seconds
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="postman", daemon=True)
        self._client = httpx.Client(timeout=5.0)

    def start(self) -> None:
        """Begin the rounds."""
        self._thread.start()

    def stop(self) -> None:
        """End the round that is being made, then no other."""
        self._stopped.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stopped.wait(self._tick_seconds):
            try:
                self._round()
            except Exception as trouble:
                # Danger: a dead postman would look like agencies that have fallen silent.
                log().error("postman_round_failed", error=type(trouble).__name__)

    def _round(self) -> None:
        blocked: set[tuple[str, str]] = set()
        now = SystemClock().now()
        for letter in self._due():
            file = (letter["agency"], letter["request_key"])
            if file in blocked or self._stopped.is_set():
                continue
            # Rule: what is said of one request is heard in order: a failed letter holds the next.
            if letter["next_try"] > now.timestamp() or not self._deliver(letter):
                blocked.add(file)

    def _due(self) -> list[Row]:
        with self._state.transaction() as db:
            return db.execute(
                "SELECT * FROM event WHERE polled = 0 AND delivered = 0 AND cancelled = 0"
                " AND due_at <= ? ORDER BY due_at, id",
                (written(self._clock.now()),),
            ).fetchall()

    def _deliver(self, letter: Row) -> bool:
        if not self._still_stands(letter):
            return True
        received = all([self._post(letter) for _ in range(1 + letter["twice"])])
        wait = min(_LONGEST_WAIT_SECONDS, _FIRST_WAIT_SECONDS * 2 ** letter["tries"])
        next_try = SystemClock().now().timestamp() + wait
        with self._state.transaction() as db:
            db.execute(
                "UPDATE event SET delivered = ?, tries = tries + 1, next_try = ? WHERE id = ?",
                (received, next_try, letter["id"]),
            )
        return received

    def _still_stands(self, letter: Row) -> bool:
        """Tell whether nobody has recalled it since the round began."""
        with self._state.transaction() as db:
            found = db.execute(
                "SELECT 1 FROM event WHERE id = ? AND cancelled = 0", (letter["id"],)
            ).fetchone()
        return found is not None

    def _post(self, letter: Row) -> bool:
        agency, body = letter["agency"], letter["body"]
        now = SystemClock().now()
        webhook = Webhook(self._secrets[agency].secret)
        headers = {
            "content-type": "application/json",
            "webhook-id": letter["name"],
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": webhook.sign(letter["name"], now, body),
        }
        url = f"{self._base}/agencies/{agency}/callbacks"
        try:
            answer = self._client.post(url, content=body.encode(), headers=headers)
        except httpx.HTTPError as trouble:
            log().warning("callback_undelivered", agency=agency, error=type(trouble).__name__)
            return False
        log().info("callback_posted", agency=agency, status=answer.status_code)
        return answer.is_success
