"""A TCP proxy in the way of a server, that can cut what it carries, or swallow it."""

import asyncio
import socket
import struct
from collections.abc import Coroutine
from threading import Thread
from typing import Any

RESET = struct.pack("ii", 1, 0)  # closing without a good-bye
CHUNK = 65536  # bytes, of what is held at each place on the way


class Network:
    """The event loop on which all proxies of a drill run, in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._thread.start()
        self._proxies: list[Proxy] = []

    def proxy(self, target_port: int) -> "Proxy":
        """A proxy that listens on a free port and leads to `target_port`, both of 127.0.0.1."""
        proxy = Proxy(self, target_port)
        proxy.port = self.run(proxy.listen())
        self._proxies.append(proxy)
        return proxy

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Do it on the loop and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def close(self) -> None:
        """Stop the loop, and with it all that it carries."""
        self.run(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _end(self) -> None:
        for proxy in self._proxies:
            await proxy.end()
        carrying = asyncio.all_tasks() - {asyncio.current_task()}
        for task in carrying:
            task.cancel()
        await asyncio.gather(*carrying, return_exceptions=True)


class Proxy:
    """Carries connections to `target_port`. `port` is where it listens."""

    def __init__(self, network: Network, target_port: int) -> None:
        self.port = 0
        self._network = network
        self._target_port = target_port
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> int:
        """Begin to accept; the port."""
        listening = socket.create_server(("127.0.0.1", 0))
        _hold_little(listening)  # those it accepts do as it does
        self._server = await asyncio.start_server(self._accept, sock=listening)
        return int(listening.getsockname()[1])

    def cut(self) -> None:
        """Reset every connection that is open now."""
        self._network.run(self._cut())

    def swallow(self) -> None:
        """From now on nothing arrives any more, on either side; new connections stay unanswered too."""
        self._network.run(self._set(False))

    def let_through(self) -> None:
        """Carry again, what was held back first."""
        self._network.run(self._set(True))

    async def end(self) -> None:
        """Listen no more, and reset what is open. Runs on the loop."""
        if self._server:
            self._server.close()
        await self._cut()

    async def _set(self, is_open: bool) -> None:
        if is_open:
            self._open.set()
        else:
            self._open.clear()

    async def _cut(self) -> None:
        for writer in self._writers:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await self._open.wait()
            there, back = await asyncio.open_connection("127.0.0.1", self._target_port)
            _hold_little(back.get_extra_info("socket"))
        except OSError:
            self._drop(writer)
            return
        self._writers.add(back)
        await asyncio.gather(self._carry(reader, back), self._carry(there, writer))

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(CHUNK):
                await self._open.wait()
                sink.write(data)
                await sink.drain()
        except OSError:
            pass
        finally:
            self._drop(sink)

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self._writers.discard(writer)
        writer.close()


def _hold_little(connection: socket.socket) -> None:
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        connection.setsockopt(socket.SOL_SOCKET, option, CHUNK)
