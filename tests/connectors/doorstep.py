"""Two small real servers: one that takes callbacks as the door would, one that follows a script."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import Self

WAIT_SECONDS = 15.0


@dataclass(frozen=True)
class Letter:
    """One request received."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Scene:
    """One answer of a script."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    drip_seconds: float = 0.0
    """Wait so long before each byte."""


class Server:
    """A real HTTP server in a thread; it keeps every request it receives."""

    def __init__(self, answer: Callable[[Letter], Scene]) -> None:
        self.received: list[Letter] = []
        self.answer = answer
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _treat(self) -> None:
                length = int(self.headers.get("Content-Length", "0"))
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(length)
                letter = Letter(self.command, self.path, headers, body)
                scene = outer.answer(letter)
                self.send_response(scene.status)
                for name, value in scene.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(scene.body)))
                self.end_headers()
                outer.received.append(letter)
                self._write(scene)

            def _write(self, scene: Scene) -> None:
                try:
                    for start in range(0, len(scene.body), 1 if scene.drip_seconds else 1 << 20):
                        time.sleep(scene.drip_seconds)
                        end = start + (1 if scene.drip_seconds else 1 << 20)
                        self.wfile.write(scene.body[start:end])
                        self.wfile.flush()
                except OSError:
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = _treat

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def waits_for(self, count: int, agency: str) -> list[Letter]:
        """Return the callbacks of an agency once there are so many. Fails after a while."""
        path = f"/agencies/{agency}/callbacks"
        deadline = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < deadline:
            found = [letter for letter in self.received if letter.path == path]
            if len(found) >= count:
                return found
            time.sleep(0.02)
        raise AssertionError(f"{len(found)} callbacks of {agency} received, {count} awaited")


def playing(*scenes: Scene) -> Callable[[Letter], Scene]:
    """Play the scenes in order; the last one for ever."""
    left = list(scenes)

    def answer(_: Letter) -> Scene:
        return left.pop(0) if len(left) > 1 else left[0]

    return answer
