"""Machines on a network of their own, houses on them, and peers that speak ZeroMQ's wire by hand.

A machine is a network namespace without a name: it is there as long as this process, or one that
was started in it, and nothing has to be tidied away. It needs root and the program `ip`.
"""

import ctypes
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import unittest

from processes import House, wait_for

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def call(function, *arguments):
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def this_namespace():
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def trouble(*words):
    """Runs a command; what it complains of, or nothing."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.returncode and f"{' '.join(words)}: {done.stderr.decode()}"


def ip(*words):
    complaint = trouble("ip", *words)
    assert not complaint, complaint


def need(*words):
    """Runs a command without which the test cannot be; that depends on the kernel and on rights."""
    if complaint := trouble(*words):
        raise unittest.SkipTest(complaint)


class Machine:
    """What is started inside `with machine:` runs on it, and a socket made there is its own."""

    def __init__(self, address=None):
        self.address = address
        self._before = []
        home = this_namespace()
        try:
            call(LIBC.unshare, CLONE_NEWNET)
            self.descriptor = this_namespace()
            call(LIBC.setns, home, CLONE_NEWNET)
        finally:
            os.close(home)

    @property
    def path(self):
        return f"/proc/{os.getpid()}/fd/{self.descriptor}"

    def __enter__(self):
        self._before.append(this_namespace())
        call(LIBC.setns, self.descriptor, CLONE_NEWNET)
        return self

    def __exit__(self, *_):
        before = self._before.pop()
        call(LIBC.setns, before, CLONE_NEWNET)
        os.close(before)

    def received_bytes(self):
        """All that has come in over its interface."""
        with self:
            table = pathlib.Path("/proc/thread-self/net/dev").read_text()
        line = next(l for l in table.splitlines() if l.strip().startswith("eth0:"))
        return int(line.partition(":")[2].split()[0])

    def lose(self, other):
        """From now on what is sent to `other` gets nowhere, and nobody says so."""
        with self:
            ip("neighbour", "replace", other.address, "lladdr", "02:00:00:00:00:01", "dev", "eth0",
               "nud", "permanent")

    def find(self, other):
        with self:
            ip("neighbour", "delete", other.address, "dev", "eth0")

    def cannot_reach(self, other):
        """It knows no way to `other`, and notices at once."""
        with self:
            ip("route", "add", "unreachable", other.address)


class Network:
    """Machines at one switch."""

    def __init__(self):
        if shutil.which("ip") is None:
            raise unittest.SkipTest("the program ip (package iproute2) is not there")
        self.machines = []
        try:
            self.switch = Machine()
        except OSError as error:
            raise unittest.SkipTest(f"no network namespaces: {error}") from None
        with self.switch:
            need("ip", "link", "add", "switch", "type", "bridge")
            ip("link", "set", "switch", "up")

    def add(self):
        number = len(self.machines) + 1
        machine = Machine(f"10.77.0.{number}")
        with self.switch:
            port = f"port{number}"
            ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", machine.path)
            ip("link", "set", port, "master", "switch", "up")
        with machine:
            ip("address", "add", f"{machine.address}/24", "dev", "eth0")
            ip("link", "set", "lo", "up")
            ip("link", "set", "eth0", "up")
        self.machines.append(machine)
        return machine

    def slow_down(self, machine, rate):
        """Lets no more than `rate` through to the machine."""
        port = f"port{self.machines.index(machine) + 1}"
        with self.switch:
            need("tc", "qdisc", "add", "dev", port, "root", "tbf", "rate", rate, "burst", "64kb",
                 "latency", "200ms")

    def end(self):
        for machine in [*self.machines, self.switch]:
            os.close(machine.descriptor)


class DirectHouse(House):
    """A house that can tell which way results went."""

    def client(self, jobs, *options):
        """A client in the background that hands in these lines and writes results to a file."""
        number = len(self.parts)
        lines = self.folder / f"jobs-{number}"
        lines.write_bytes(b"".join(job + b"\n" for job in jobs))
        into = self.folder / f"results-{number}"
        with into.open("wb") as file:
            part = self.start("submit", "--broker", self.endpoint, "q", "--lines", lines, *options,
                              stdout=file)
        part.results = into
        return part

    def returns(self):
        return self.report("stats")["returns"]

    def settled(self, count):
        """The returns, once `count` jobs are over and done with."""
        def look():
            stats = self.report("stats")
            jobs = stats["jobs"]
            over = jobs["finished"] == count and jobs["returning"] == 0
            return stats if over else None
        stats = wait_for(look, f"{count} jobs to be over")
        assert stats["jobs"]["queued"] == stats["jobs"]["running"] == 0
        assert stats["jobs"]["balanced"] and stats["attempts"]["balanced"]
        assert stats["unfounded_receipts"] == 0
        return stats["returns"]


class Site(DirectHouse):
    """A broker, a client and a worker, each on a machine of its own."""

    def __init__(self, folder, *options):
        super().__init__(folder)
        self.network = Network()
        self.middle, self.home, self.shop = (self.network.add() for _ in range(3))
        self.endpoint = f"tcp://{self.middle.address}:7411"
        with self.middle:
            self.start_broker("--insecure", *options)

    def report(self, *command, at=None):
        with at or self.home:
            return super().report(*command)

    def client(self, jobs, *options):
        with self.home:
            return super().client(jobs, *options)

    def worker(self, *options, at=None):
        with at or self.shop:
            return self.start_worker(*options)

    def end(self):
        try:
            with self.home:
                super().end()
        finally:
            self.network.end()


def listening_port(pid):
    """The TCP port on which the process listens."""
    def look():
        sockets = set()
        for descriptor in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                sockets.add(os.readlink(descriptor))
            except FileNotFoundError:
                continue  # closed meanwhile
        for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == "0A" and f"socket:[{words[9]}]" in sockets:
                return int(words[1].partition(":")[2], 16)
        return None
    return wait_for(look, f"process {pid} to listen")


class Peer:
    """One connection that speaks ZMTP 3.0 as a DEALER or ROUTER, and says whatever it is told."""

    GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
    PATIENCE_S = 30

    def __init__(self, link, kind=b"DEALER"):
        self.link = link
        link.settimeout(self.PATIENCE_S)
        link.sendall(self.GREETING)
        self._take(len(self.GREETING))
        self._frame(b"\x05READY\x0bSocket-Type" + struct.pack(">I", len(kind)) + kind, 4)
        self._receive_frame()

    @classmethod
    def connect(cls, address, port):
        return cls(socket.create_connection((address, port), timeout=cls.PATIENCE_S))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.link.close()

    def send(self, *frames):
        for i, frame in enumerate(frames):
            self._frame(frame, 1 if i + 1 < len(frames) else 0)

    def receive(self):
        """The next message's frames; None when the other side has hung up."""
        frames, more = [], True
        while more:
            frame = self._receive_frame()
            if frame is None:
                return None
            flags, body = frame
            if flags & 4:
                if body.startswith(b"\x04PING"):
                    self._frame(b"\x04PONG" + body[7:], 4)
                continue
            frames.append(body)
            more = flags & 1
        return frames

    def _frame(self, body, flags):
        long = len(body) > 255
        length = struct.pack(">Q", len(body)) if long else bytes([len(body)])
        self.link.sendall(bytes([flags | (2 if long else 0)]) + length + body)

    def _receive_frame(self):
        head = self._take(1)
        if head is None:
            return None
        length = self._take(8 if head[0] & 2 else 1)
        body = length and self._take(int.from_bytes(length, "big"))
        return None if body is None else (head[0], body)

    def _take(self, count):
        taken = b""
        while len(taken) < count:
            try:
                piece = self.link.recv(count - len(taken))
            except ConnectionResetError:
                return None
            if not piece:
                return None
            taken += piece
        return taken


LINK_HELLO, LINK_WELCOME, RESULTS = 64, 65, 66


def message(kind, header, block=b""):
    """A message of the native protocol."""
    return b"SY\x01" + bytes([kind]) + struct.pack("<I", len(header)) + header + block


def fixed64(field, value):
    return bytes([field << 3 | 1]) + struct.pack("<Q", value)


def chunk(field, data):
    return bytes([field << 3 | 2]) + varint(len(data)) + data


def varint(value):
    data = b""
    while value > 127:
        data += bytes([value & 127 | 128])
        value >>= 7
    return data + bytes([value])


def results(secret, sequences, text, count=None, length=None):
    """A message with `text` as the result of each of these jobs, whether that is so or not."""
    ones = b"\x01" * len(sequences)
    lengths = b"\x08" + varint(len(sequences) if count is None else count)
    lengths += b"\x10" + varint(len(text) if length is None else length)
    header = chunk(1, secret) + chunk(2, b"".join(map(varint, sequences))) + chunk(3, ones)
    header += chunk(5, lengths) + chunk(6, ones) + chunk(7, ones)
    return message(RESULTS, header, text * len(sequences))
