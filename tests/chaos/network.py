"""Links between the processes of a world: each forwards bytes, until it is cut or stalls."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_CHUNK = 65_536

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class _Link:
    """One place to connect to, and where it leads."""

    reach: Callable[[], Awaitable[Connection]]
    flows: asyncio.Event
    is_cut: bool = False
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection to its end."""
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await self.reach()
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self.writers |= ends
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self.writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(_CHUNK):
                await self.flows.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            sink.transport.abort()
        else:
            sink.close()


class Network:
    """The links of a world, in a thread, for as long as the `with` lasts."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._links: dict[str, _Link] = {}
        self._servers: list[asyncio.Server] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def opens_port(self, name: str, port: int, towards: int) -> None:
        """Let a link listen on a port of the loopback, and lead to another."""

        async def reach() -> Connection:
            return await asyncio.open_connection("127.0.0.1", towards)

        async def listen() -> None:
            serve = self._link(name, reach).serve
            self._servers.append(await asyncio.start_server(serve, "127.0.0.1", port))

        self._do(listen())

    def opens_socket(self, name: str, path: Path, towards: Path) -> None:
        """Let a link listen on a unix socket, and lead to another."""
        path.parent.mkdir(parents=True, exist_ok=True)

        async def reach() -> Connection:
            return await asyncio.open_unix_connection(str(towards))

        async def listen() -> None:
            serve = self._link(name, reach).serve
            self._servers.append(await asyncio.start_unix_server(serve, str(path)))

        self._do(listen())

    def cut(self, name: str) -> None:
        """Reset every connection of a link, and let no other through until it heals."""
        self._do(self._cut(self._links[name]))

    def stall(self, name: str) -> None:
        """Keep the connections of a link, and carry nothing until it heals."""
        self._do(self._stall(self._links[name]))

    def heal(self, name: str) -> None:
        """Carry everything again."""
        self._do(self._heal(self._links[name]))

    def _link(self, name: str, reach: Callable[[], Awaitable[Connection]]) -> _Link:
        link = self._links[name] = _Link(reach, asyncio.Event())
        link.flows.set()
        return link

    @staticmethod
    async def _cut(link: _Link) -> None:
        link.is_cut = True
        for writer in tuple(link.writers):
            writer.transport.abort()

    @staticmethod
    async def _stall(link: _Link) -> None:
        link.flows.clear()

    @staticmethod
    async def _heal(link: _Link) -> None:
        link.is_cut = False
        link.flows.set()

    async def _close(self) -> None:
        for server in self._servers:
            server.close()
        for link in self._links.values():
            await self._heal(link)
            await self._cut(link)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _do(self, coroutine: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self._loop).result(timeout=10)
