"""A stretch of network between two programs that can be made bad while it is in use.

A FaultProxy listens on a port of its own and passes on what comes, to a target and back. `up` is
the way from those who connect to the target, `down` the way back. Everything may be switched while
connections are open. Its sockets belong to a thread of its own, which does what it is told before
the call returns.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from dataclasses import dataclass

CHUNK_BYTES = 64 * 1024
MAX_DELAYED_BYTES = 4 << 20  # of one direction of one connection; then reading stops
PATIENCE_S = 30.0


class Way:
    """How one direction is at present."""

    def __init__(self, name):
        self.name = name
        self.heal()

    def heal(self):
        self.delay_s = 0.0
        self.bytes_per_s = None  # as fast as can be
        self.is_paused = False  # nobody reads; a sender notices when its buffers are full
        self.swallows = False  # all is read and nothing passed on


class FaultProxy:
    """Passes on bytes between whoever connects to `endpoint` and the target.

    Thread safety: for one thread besides its own.
    """

    def __init__(self, target):
        self.up, self.down = Way("up"), Way("down")
        self._target = address_of(target)
        self._connections = set()
        self._opened = 0
        self._listener = None
        self._accepting = None
        self.port = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.accept_again()

    @property
    def endpoint(self):
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def connections(self):
        """How many are open."""
        return len(self._connections)

    @property
    def opened(self):
        """How many there have been."""
        return self._opened

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        if self._loop.is_closed():
            return
        self._do(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def cut(self, reset=False):
        """Ends every connection, politely (FIN) or not (RST)."""
        self._do(self._cut, reset)

    def refuse(self):
        """From now on nobody listens. What is open stays so."""
        self._do(self._refuse)

    def accept_again(self):
        self._do(self._listen)

    def change(self, way, **values):
        """change("down", delay_s=0.2), change("both", bytes_per_s=10_000), …"""
        self._do(self._change, way, values)

    def pause(self, way="both"):
        self.change(way, is_paused=True)

    def resume(self, way="both"):
        self.change(way, is_paused=False)

    def go_silent(self, way="both"):
        """Connections stay open and new ones are accepted, but what is said gets nowhere. Those
        that were there meanwhile never come to life again, as if a machine had lost its power."""
        self.change(way, swallows=True)

    def heal(self):
        """All is well for who connects from now on."""
        self._do(self._heal)

    def play(self, faults):
        """Lets the faults come and go at their times; returns a future that is done after the last
        one, when all is healed."""
        return asyncio.run_coroutine_threadsafe(self._play(faults), self._loop)

    # On its own thread

    def _do(self, function, *arguments):
        async def call():
            return await function(*arguments)
        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(PATIENCE_S)

    async def _listen(self):
        if self._listener is not None:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port or 0))
        listener.listen()
        listener.setblocking(False)
        self.port = listener.getsockname()[1]
        self._listener = listener
        self._accepting = self._loop.create_task(self._accept(listener))

    async def _accept(self, listener):
        while True:
            near, _ = await self._loop.sock_accept(listener)
            near.setblocking(False)
            self._opened += 1
            connection = Connection(self, near, self._target)
            self._connections.add(connection)
            connection.task = self._loop.create_task(connection.run())
            connection.task.add_done_callback(lambda _, c=connection: self._connections.discard(c))

    async def _refuse(self):
        if self._listener is None:
            return
        await stopped(self._accepting)
        self._listener.close()
        self._listener = None

    async def _cut(self, reset):
        connections = list(self._connections)
        for connection in connections:
            connection.resets = reset
        for connection in connections:
            await stopped(connection.task)

    async def _change(self, way, values):
        for chosen in self._ways(way):
            for name, value in values.items():
                assert hasattr(chosen, name), name
                setattr(chosen, name, value)
        for connection in self._connections:
            connection.note_silence()

    def _ways(self, way):
        return {"up": [self.up], "down": [self.down], "both": [self.up, self.down]}[way]

    async def _heal(self):
        self.up.heal()
        self.down.heal()
        await self._listen()

    async def _play(self, faults):
        begun = self._loop.time()
        for fault in faults:
            await asyncio.sleep(max(0.0, begun + fault.at_s - self._loop.time()))
            await self._begin(fault)
            await asyncio.sleep(fault.for_s)
            await self._heal()

    async def _begin(self, fault):
        if fault.kind in ("fin", "rst"):
            await self._cut(fault.kind == "rst")
        elif fault.kind == "refuse":
            await self._refuse()
            await self._cut(True)
        else:
            values = {"slow": {"bytes_per_s": 20_000}, "late": {"delay_s": 0.3},
                      "pause": {"is_paused": True}, "silent": {"swallows": True}}
            await self._change(fault.way, values[fault.kind])

    async def _end(self):
        await self._refuse()
        await self._cut(False)


class Connection:
    """One connection and its other half, which is opened at once."""

    def __init__(self, proxy, near, target):
        self.proxy = proxy
        self.near = near
        self.far = None
        self.target = target
        self.task = None
        self.resets = False
        self.dead = {}  # ways that have swallowed something: they pass on nothing any more
        self.note_silence()

    def note_silence(self):
        for way in (self.proxy.up, self.proxy.down):
            self.dead[way.name] = self.dead.get(way.name, False) or way.swallows

    async def run(self):
        loop = asyncio.get_running_loop()
        pumps = []
        try:
            self.far = socket.socket()
            self.far.setblocking(False)
            await loop.sock_connect(self.far, self.target)
            pumps = [loop.create_task(self.pump(self.proxy.up, self.near, self.far)),
                     loop.create_task(self.pump(self.proxy.down, self.far, self.near))]
            await asyncio.gather(*pumps)
        except OSError:
            pass  # one side has gone: so does the other
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            self.close()

    async def pump(self, way, source, sink):
        """Two halves with what is delayed in between; ends with the end of what comes."""
        line = Line()
        reading = asyncio.ensure_future(self.read(way, source, line))
        try:
            await self.write(way, line, sink)
        finally:
            await stopped(reading)

    async def read(self, way, source, line):
        loop = asyncio.get_running_loop()
        while True:
            await until(lambda: not way.is_paused and line.bytes < MAX_DELAYED_BYTES)
            try:
                data = await loop.sock_recv(source, CHUNK_BYTES)
            except OSError:
                data = None
            line.put(loop.time() + way.delay_s, data)
            if not data:
                return

    async def write(self, way, line, sink):
        loop = asyncio.get_running_loop()
        while True:
            due, data = await line.take()
            await asyncio.sleep(max(0.0, due - loop.time()))
            await until(lambda: not way.is_paused)
            if self.dead[way.name]:
                continue
            if not data:
                return await self.finish(data, sink)
            await self.pass_on(way, data, sink)

    async def finish(self, data, sink):
        """What the one side did, the other feels: FIN after FIN, and RST after RST."""
        if data is None:
            self.resets = True
            raise ConnectionResetError
        sink.shutdown(socket.SHUT_WR)

    async def pass_on(self, way, data, sink):
        loop = asyncio.get_running_loop()
        while data:
            count = len(data)
            if way.bytes_per_s is not None:
                count = max(1, min(count, int(way.bytes_per_s / 20)))
                await asyncio.sleep(count / way.bytes_per_s)
            await loop.sock_sendall(sink, data[:count])
            data = data[count:]

    def close(self):
        for end in (self.near, self.far):
            if end is not None:
                if self.resets:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.close()


class Line:
    """What has been read and is to be written later. Bounded by who reads."""

    def __init__(self):
        self.bytes = 0
        self._waiting = asyncio.Queue()

    def put(self, due, data):
        self.bytes += len(data or b"")
        self._waiting.put_nowait((due, data))

    async def take(self):
        due, data = await self._waiting.get()
        self.bytes -= len(data or b"")
        return due, data


async def until(condition):
    while not condition():
        await asyncio.sleep(0.005)


async def stopped(task):
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, OSError):
        await task


def address_of(endpoint):
    host, _, port = endpoint.removeprefix("tcp://").rpartition(":")
    return host, int(port)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, at a time after the beginning, and for how long."""

    at_s: float
    for_s: float
    kind: str
    way: str = "both"


KINDS = ("fin", "rst", "refuse", "slow", "late", "pause", "silent")


def random_faults(seed, length_s, kinds=KINDS):
    """Faults one after the other within `length_s`; the same for the same seed."""
    chance = random.Random(seed)
    faults = []
    at_s = 0.0
    while True:
        at_s += chance.uniform(0.1, 0.6)
        for_s = chance.uniform(0.05, 1.5)
        if at_s + for_s > length_s:
            return faults
        kind = chance.choice(kinds)
        faults.append(Fault(at_s, for_s, kind, chance.choice(("up", "down", "both"))))
        at_s += for_s
