"""The line between us and the store, which a test can cut: for good, or at the worst moment."""

import re
import socket
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, Thread

_SOCKET = ".s.PGSQL.5432"


@dataclass
class _Cut:
    """When to cut: at the commit of a transaction in which a word was said."""

    word: bytes
    answer_is_lost: bool
    times: int
    every: int
    seen: int = 0

    def is_now(self) -> bool:
        if not self.times:
            return False
        self.seen += 1
        if self.seen % self.every != 1 % self.every:
            return False
        self.times -= 1
        return True


@dataclass
class _Link:
    """One connection through the line."""

    ours: socket.socket
    theirs: socket.socket
    named: set[bytes] = field(default_factory=set)
    """Statements that were prepared with the word: their text is not said again."""
    is_meant: bool = False
    loses_next: bool = False

    def close(self) -> None:
        for end in (self.ours, self.theirs):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Wire:
    """A unix socket in `folder` that leads to the server's own."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self._server = str(server / _SOCKET)
        self._path = folder / _SOCKET
        self._links: list[_Link] = []
        self._lock = Lock()
        self._cut: _Cut | None = None
        self._listener: socket.socket | None = None
        self.cuts = 0

    def up(self) -> None:
        """Let connections through."""
        self._path.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self._path))
        listener.listen(64)
        self._listener = listener
        Thread(target=self._accept, args=(listener,), daemon=True).start()

    def down(self) -> None:
        """Cut every connection, and refuse the next ones."""
        listener, self._listener = self._listener, None
        self._path.unlink(missing_ok=True)
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        with self._lock:
            links, self._links = self._links, []
        for link in links:
            link.close()

    def cuts_commits(
        self, word: bytes, *, answer_is_lost: bool, times: int = 1, every: int = 1
    ) -> None:
        """Cut the line at the commit of transactions in which `word` is said: before the store
        hears of it, or so that it commits and only the answer is lost.
        """
        self._cut = _Cut(word, answer_is_lost, times, every)

    def holds(self) -> None:
        """Cut nothing any more."""
        self._cut = None

    def _accept(self, listener: socket.socket) -> None:
        while self._listener is listener:
            try:
                ours, _ = listener.accept()
                theirs = socket.socket(socket.AF_UNIX)
                theirs.connect(self._server)
            except OSError:
                return
            link = _Link(ours, theirs)
            with self._lock:
                self._links.append(link)
            for pump in (self._upwards, self._downwards):
                Thread(target=pump, args=(link,), daemon=True).start()

    def _upwards(self, link: _Link) -> None:
        with suppress(OSError):
            while said := link.ours.recv(65536):
                if self._cuts_at(link, said):
                    self.cuts += 1
                    if not link.loses_next:
                        break
                link.theirs.sendall(said)
        if not link.loses_next:
            link.close()

    def _downwards(self, link: _Link) -> None:
        with suppress(OSError):
            while heard := link.theirs.recv(65536):
                if link.loses_next:
                    break
                link.ours.sendall(heard)
        link.close()

    def _cuts_at(self, link: _Link, said: bytes) -> bool:
        with self._lock:
            cut = self._cut
            if cut is None:
                return False
            prepared = rb"(_pg3_\d+)\0[^\0]*" + re.escape(cut.word)
            link.named |= set(re.findall(prepared, said))
            again = any(b"\0" + name + b"\0" in said for name in link.named)
            link.is_meant = link.is_meant or again or cut.word in said
            if b"COMMIT" not in said or not link.is_meant:
                return False
            link.is_meant = False
            if not cut.is_now():
                return False
            link.loses_next = cut.answer_is_lost
            return True
