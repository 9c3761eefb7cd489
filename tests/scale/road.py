"""A road that a test can cut: one local address for several servers, each tried in turn."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

_PIECE = 65536


class Road:
    """Carries bytes from one loopback port to servers: ports, or the path of a unix socket."""

    def __init__(self, port: int, *ends: int | Path) -> None:
        self._port, self._ends, self._turn = port, ends, 0
        self._whole = True
        self.travelled = False
        """Whether anybody got through since the last cut."""
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="road", daemon=True).start()
        self._now(asyncio.start_server(self._carry, "127.0.0.1", port))

    def cut(self) -> None:
        """Break every connection, and refuse new ones until `heal`."""
        self._whole = self.travelled = False
        self._now(self._break())

    def heal(self) -> None:
        """Let new connections pass."""
        self._whole = True

    def _now(self, work: Coroutine[Any, Any, Any]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=10)

    async def _break(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        end = await self._reach()
        if end is None:
            writer.transport.abort()
            return
        far_reader, far_writer = end
        both = {writer, far_writer}
        if not self._whole:
            # Cut while the far end was opening.
            for one in both:
                one.transport.abort()
            return
        self.travelled = True
        self._open |= both
        await asyncio.gather(self._pour(reader, far_writer), self._pour(far_reader, writer))
        self._open -= both

    async def _reach(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for _ in self._ends if self._whole else ():
            self._turn += 1
            end = self._ends[self._turn % len(self._ends)]
            with suppress(OSError):
                if isinstance(end, Path):
                    return await asyncio.open_unix_connection(end)
                return await asyncio.open_connection("127.0.0.1", end)
        return None

    async def _pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(_PIECE):
                writer.write(piece)
                await writer.drain()
        # Half a road is none: HTTP and PostgreSQL end both ways at once.
        writer.close()
