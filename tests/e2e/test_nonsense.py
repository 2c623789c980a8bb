"""Peers that talk nonsense harm nobody: the broker stays, and their jobs go to others."""

import json
import random
import signal
import struct

import pytest

from conftest import wait_for
from network import Peer, chunk, fixed64, message, varint
from yard import kill_seed

HELLO, WELCOME, REFUSED, FAULT, BEAT, FAREWELL, ASSIGN, DONE = 1, 2, 4, 5, 6, 8, 32, 33
MAX_OFFENCES = 100


@pytest.fixture
def broker_port(start_broker):
    return int(start_broker("--worker-lost-after-ms", 2000).endpoint.rpartition(":")[2])


@pytest.fixture
def chance():
    seed = kill_seed()
    print(f"seed {seed}; to repeat: STEELYARD_KILL_SEED={seed}")
    return random.Random(seed)


def until(peer, kind):
    """The header of the next message of this kind."""
    while True:
        frames = peer.receive()
        assert frames is not None, "the broker has hung up"
        [said] = frames
        assert said[3] != REFUSED, said
        if said[3] == kind:
            length, = struct.unpack_from("<I", said, 4)
            return said[8:8 + length]


def join(port):
    """A worker with one slot for the queue q."""
    peer = Peer.connect("127.0.0.1", port)
    offer = chunk(1, b"q") + b"\x10\x01\x19" + struct.pack("<d", 1.0)
    peer.send(message(HELLO, b"\x08\x02" + fixed64(2, 4711) + chunk(4, b"liar") + chunk(7, offer)))
    until(peer, WELCOME)
    return peer


def lease_in(assign):
    """The first lease that an Assign gives."""
    at = assign.index(b"\x0a\x08")
    return assign[at + 2:at + 10]


def done(lease, said_bytes, block):
    """A Done whose result is said to have so many bytes."""
    lengths = b"\x08\x01\x10" + varint(said_bytes)
    return message(DONE, chunk(1, lease) + chunk(3, b"\x01") + chunk(4, lengths), block)


def stats(steelyard):
    return json.loads(steelyard("stats", "--json").output)


def test_a_result_of_another_length_than_was_said_is_no_answer(
    broker_port, start, steelyard
):
    with join(broker_port) as liar:
        waiting = start("submit", "q", "x")
        liar.send(done(lease_in(until(liar, ASSIGN)), 1000, b"lie"))
        assert b"malformed" in until(liar, FAULT)
    start("worker", "--queue", "q", "--exec", "tr a-z A-Z").errors.wait_for("ready: ")
    assert waiting.wait() == 0
    assert waiting.output.lines == ["X"]
    assert stats(steelyard)["messages_malformed"] == 1


def test_a_worker_that_answers_for_jobs_of_others_is_sent_away(broker_port, start, steelyard):
    with join(broker_port) as liar:
        waiting = start("submit", "q", "x")
        lease = lease_in(until(liar, ASSIGN))
        for number in range(MAX_OFFENCES):
            stamp = struct.pack("<I", 0x7fff0000 + number)
            liar.send(done(lease[:4] + stamp, 3, b"lie"))
        assert b"expelled" in until(liar, FAREWELL)
    start("worker", "--queue", "q", "--exec", "tr a-z A-Z").errors.wait_for("ready: ")
    assert waiting.wait() == 0
    assert waiting.output.lines == ["X"]
    assert stats(steelyard)["troubles"]["expelled"] == 1


def frame(body, flags=0):
    """A short frame as the transport writes it."""
    return bytes([flags, len(body)]) + body


@pytest.mark.parametrize("broker_stands_still", [False, True])
def test_a_flood_that_ends_in_a_hang_up_ends_nobody(
    start_broker, start, steelyard, broker_stands_still
):
    """The transport itself once gave up when its peer hung up behind more than it would queue."""
    broker = start_broker()
    beat, ping = frame(message(BEAT, b"")), frame(b"\x04PING\0\0", 4)
    with Peer.connect("127.0.0.1", int(broker.endpoint.rpartition(":")[2])) as peer:
        if broker_stands_still:
            broker.running.signal(signal.SIGSTOP)
        peer.link.settimeout(2)
        try:
            for _ in range(100):
                peer.link.sendall(beat * 100 + ping)
        except TimeoutError:
            pass  # it takes no more
    if broker_stands_still:
        broker.running.signal(signal.SIGCONT)
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    assert steelyard("submit", "q", "x").output == "x"


def test_noise_disturbs_nobody(broker_port, start, steelyard, chance):
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    submit = start("submit", "q", "--lines", "-", "--json")
    for number in range(200):
        with Peer.connect("127.0.0.1", broker_port) as peer:
            noise = chance.randbytes(chance.randrange(1, 2000))
            peer.send(message(chance.randrange(256), noise, chance.randbytes(10)))
            peer.send(noise)
            peer.send(*[noise[:5]] * chance.randrange(1, 5))
        submit.write(f"{number}\n".encode())
    submit.close_input()
    assert submit.wait() == 0
    assert [json.loads(line)["result"] for line in submit.output.lines] == [
        str(number) for number in range(200)]
    wait_for(lambda: stats(steelyard)["messages_malformed"] > 0, what="noise to be counted")
