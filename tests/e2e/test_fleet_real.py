"""examples/fleet, worker --real: what a service does wrong is the error of the job."""

import socket
import struct
import threading

import pytest

from example_programs import run_example, start_example  # noqa: F401 (fixtures)


class Server:
    """A service on a free loopback port that treats everybody in the same way."""

    def __init__(self, kind, serve):
        self._socket = socket.socket(socket.AF_INET, kind)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        if kind == socket.SOCK_STREAM:
            self._socket.listen()
        threading.Thread(target=self._run, args=(serve,), daemon=True).start()

    def _run(self, serve):
        try:
            while True:
                serve(self._socket)
        except OSError:  # closed at the end of the test
            pass

    def close(self):
        self._socket.close()


@pytest.fixture
def tcp_server():
    """A server that reads up to `reads` bytes, sends `reply` and closes, or keeps silent."""
    servers, kept = [], []

    def serve(listener, reply, reads):
        connection, _ = listener.accept()
        kept.append(connection)
        if reply is None:
            return
        if reads:
            connection.recv(reads)
        connection.sendall(reply)
        connection.close()

    def start(reply, reads=0):
        servers.append(Server(socket.SOCK_STREAM, lambda listener: serve(listener, reply, reads)))
        return servers[-1].port

    yield start
    for server in servers + kept:
        server.close()


@pytest.fixture
def dns_server():
    """A server that answers with what `reply` makes of the question; None: nothing."""
    servers = []

    def serve(datagrams, reply):
        question, sender = datagrams.recvfrom(512)
        answer = reply(question)
        if answer is not None:
            datagrams.sendto(answer, sender)

    def start(reply):
        servers.append(Server(socket.SOCK_DGRAM, lambda datagrams: serve(datagrams, reply)))
        return servers[-1].port

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def check(tmp_path, broker, start_example, run_example):
    """Has one command carried out; returns the client's exit status and what it printed."""

    def run(command, *worker_flags):
        (tmp_path / "client.txt").write_text(f"127.0.0.1:{command}\n")
        start_example("fleet", "worker", "--real", "--timeout", 400, *worker_flags)
        client = run_example("fleet", "client", tmp_path / "client.txt")
        return client.status, client.output

    return run


def closed_port():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]


def assert_fails(checked, reason):
    status, output = checked
    assert status == 1, output
    assert "failed     1\n" in output
    assert reason in output


def assert_passes(checked):
    status, output = checked
    assert status == 0, output
    assert "sum        1\n" in output


def test_a_greeting_passes(tcp_server, check):
    assert_passes(check(f"tcp-check {tcp_server(b'220 mail.example ready' + bytes([13, 10]))}"))


@pytest.mark.parametrize("greeting,reason", [
    (b"", "no greeting"),
    (b"no line end", "the line does not end"),
    (b"\x00\xff\x01\n", "not a line of printable text"),
    (b"\n", "not a line of printable text"),
    (b"x" * 100_000 + b"\n", "the line does not end"),
    (None, "no greeting: timed out"),
])
def test_a_greeting_that_is_none_fails(tcp_server, check, greeting, reason):
    assert_fails(check(f"tcp-check {tcp_server(greeting)}"), reason)


def test_a_closed_port_fails(check):
    port = closed_port()
    assert_fails(check(f"tcp-check {port}"),
                 f"no connection to 127.0.0.1:{port}: Connection refused")


HEAD = b"HTTP/1.1 200 OK\r\n"


def test_an_http_reply_passes(tcp_server, check):
    port = tcp_server(HEAD + b"Content-Length: 2\r\n\r\nok", reads=4096)
    assert_passes(check("http-get /health?deep=1", "--http-port", port))


@pytest.mark.parametrize("reply,reason", [
    (b"SSH-2.0-server\r\n\r\n", "does not begin with an HTTP status"),
    (HEAD, "no complete head"),
    (HEAD + b"Content-Length: 5\r\n\r\nok", "has 2 bytes, its Content-Length is '5'"),
    (b"HTTP/1.1 503 Busy\r\n\r\n", "answered with status 503"),
    (b"", "no complete head"),
    (None, "timed out"),
])
def test_an_http_reply_that_is_none_fails(tcp_server, check, reply, reason):
    port = tcp_server(reply, reads=4096)
    assert_fails(check("http-get /", "--http-port", port), reason)


def test_an_address_passes(dns_server, check):
    address = b"\xc0\x0c" + struct.pack("!HHIH4B", 1, 1, 60, 4, 192, 0, 2, 1)
    port = dns_server(lambda q: q[:2] + b"\x81\x80" + q[4:6] + b"\0\1" + q[8:] + address)
    assert_passes(check("dns host.example", "--dns-port", port))


@pytest.mark.parametrize("reply,reason", [
    (lambda q: q[:2] + b"\x81\x83" + q[4:], "status 3 (no such name)"),
    (lambda q: q[:2] + b"\x81\x80" + q[4:], "no IPv4 address"),
    (lambda q: bytes([q[0] ^ 1]) + q[1:2] + b"\x81\x80" + q[4:], "another question"),
    (lambda q: b"?", "cut off"),
    (lambda q: None, "no DNS reply: timed out"),
])
def test_a_dns_reply_that_is_none_fails(dns_server, check, reply, reason):
    assert_fails(check("dns host.example", "--dns-port", dns_server(reply)), reason)


@pytest.mark.parametrize("command,reason", [
    ("ping", "unknown command 'ping'"),
    ("tcp-check", "'' is not a port"),
    ("tcp-check 70000", "'70000' is not a port"),
    ("http-get", "'' is no path"),
    ("http-get /a b", "'/a b' is no path"),
    ("dns " + "a" * 64, "is no DNS name"),
])
def test_commands_that_make_no_sense_fail(check, command, reason):
    assert_fails(check(command), reason)
