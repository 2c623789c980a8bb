"""The proxy of the tests of faults does to a connection what it says, and nothing else."""

import socket
import threading
import time

import pytest

from fault_proxy import FaultProxy, random_faults

PATIENCE_S = 20
LARGE = 8 << 20


class Echo:
    """Sends back all that it gets, on every connection."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.heard = 0
        self.ends = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                link, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(link,), daemon=True).start()

    def _serve(self, link):
        with link:
            try:
                while data := link.recv(65536):
                    self.heard += len(data)
                    link.sendall(data)
                self.ends.append("fin")
            except OSError:
                self.ends.append("rst")


@pytest.fixture
def echo():
    server = Echo()
    yield server
    server.listener.close()


@pytest.fixture
def proxy(echo):
    with FaultProxy(echo.endpoint) as made:
        yield made


def connect(proxy):
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=PATIENCE_S)


def take(link, count):
    data = b""
    while len(data) < count:
        piece = link.recv(count - len(data))
        assert piece, f"ended after {len(data)} of {count} bytes"
        data += piece
    return data


def say(link, words):
    link.sendall(words)
    assert take(link, len(words)) == words


def is_silent(link, for_s=0.3):
    link.settimeout(for_s)
    try:
        link.recv(1)
        return False
    except TimeoutError:
        return True
    finally:
        link.settimeout(PATIENCE_S)


def wait_for(condition):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < end
        threading.Event().wait(0.005)


def test_all_bytes_come_through_in_order(proxy):
    data = bytes(i * 31 % 251 for i in range(1 << 20)) * (LARGE >> 20)
    with connect(proxy) as link:
        sender = threading.Thread(target=link.sendall, args=(data,))
        sender.start()
        assert take(link, LARGE) == data
        sender.join()


def test_an_end_is_passed_on_after_what_was_said_before(proxy, echo):
    with connect(proxy) as link:
        link.sendall(b"last words")
        link.shutdown(socket.SHUT_WR)
        assert take(link, 10) == b"last words"
        assert link.recv(1) == b""
    wait_for(lambda: echo.ends == ["fin"])
    wait_for(lambda: proxy.connections == 0)


@pytest.mark.parametrize("way, at_least_s", [("up", 0.2), ("down", 0.2), ("both", 0.4)])
def test_a_delay_is_felt_in_its_direction(proxy, way, at_least_s):
    with connect(proxy) as link:
        say(link, b"quick")
        proxy.change(way, delay_s=0.2)
        began = time.monotonic()
        say(link, b"slow")
        assert time.monotonic() - began >= at_least_s


def test_a_delay_does_not_narrow_the_way(proxy):
    proxy.change("up", delay_s=0.1)
    with connect(proxy) as link:
        sender = threading.Thread(target=link.sendall, args=(bytes(LARGE),))
        began = time.monotonic()
        sender.start()
        take(link, LARGE)
        sender.join()
        assert time.monotonic() - began < 5


def test_bandwidth_is_bounded_and_may_be_given_back(proxy):
    with connect(proxy) as link:
        proxy.change("down", bytes_per_s=100_000)
        began = time.monotonic()
        say(link, bytes(50_000))
        assert 0.4 < time.monotonic() - began < 5
        proxy.heal()
        say(link, bytes(500_000))


def test_a_cut_ends_every_connection(proxy):
    with connect(proxy) as one, connect(proxy) as other:
        say(one, b"one")
        say(other, b"other")
        proxy.cut()
        assert one.recv(1) == b"" == other.recv(1)
        assert proxy.connections == 0
    with connect(proxy) as again:
        say(again, b"again")


def test_a_reset_is_felt_as_one(proxy, echo):
    with connect(proxy) as link:
        say(link, b"one")
        proxy.cut(reset=True)
        with pytest.raises(ConnectionResetError):
            link.recv(1)
    wait_for(lambda: echo.ends == ["rst"])


def test_nobody_listens_while_it_refuses(proxy):
    with connect(proxy) as link:
        say(link, b"one")
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(proxy)
        say(link, b"still here")
    proxy.accept_again()
    with connect(proxy) as link:
        say(link, b"back")


def test_while_paused_nothing_moves_and_afterwards_all_comes(proxy, echo):
    with connect(proxy) as link:
        say(link, b"one")
        proxy.pause()
        link.sendall(b"two")
        assert is_silent(link)
        assert echo.heard == 3
        proxy.resume()
        assert take(link, 3) == b"two"


def test_silence_swallows_in_both_directions_and_closes_nothing(proxy, echo):
    with connect(proxy) as link:
        say(link, b"one")
        proxy.go_silent()
        link.sendall(b"two")
        assert is_silent(link)
        assert (echo.heard, echo.ends) == (3, [])
        with connect(proxy) as newcomer:
            newcomer.sendall(b"hello")
            assert is_silent(newcomer)
        proxy.heal()
        link.sendall(b"three")
        assert is_silent(link), "what was silent never comes to life again"
        with connect(proxy) as healthy:
            say(healthy, b"well")


def test_silence_may_be_on_one_side(proxy, echo):
    with connect(proxy) as link:
        proxy.go_silent("down")
        link.sendall(b"one")
        wait_for(lambda: echo.heard == 3)
        assert is_silent(link)


def test_a_server_that_is_not_there_ends_the_connection():
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    with FaultProxy(f"tcp://127.0.0.1:{port}") as proxy, connect(proxy) as link:
        assert link.recv(1) == b""


def test_faults_are_the_same_for_the_same_seed():
    faults = random_faults(7, 10)
    assert faults == random_faults(7, 10) != random_faults(8, 10)
    assert all(fault.at_s + fault.for_s <= 10 for fault in faults)
    assert all(one.at_s + one.for_s < next_.at_s for one, next_ in zip(faults, faults[1:]))


def test_a_schedule_is_played_and_leaves_a_healthy_proxy(proxy):
    faults = random_faults(3, 3)
    assert len(faults) > 1
    proxy.play(faults).result(PATIENCE_S)
    with connect(proxy) as link:
        say(link, b"well")
