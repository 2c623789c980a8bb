"""Under load parts are killed, stopped for a while and cut off at random moments, and everything
that was handed in is answered exactly once, rightly, and soon after the last fault.

What a test does at random follows from its seed, which a failing one prints with the line that
repeats it (STEELYARD_KILL_SEED). Jobs live in the broker's memory, or in its journal too: when it
is killed, the client hands them in again, so that they may run twice.
"""

import signal

import pytest

from fault_proxy import FaultProxy, random_faults
from processes import wait_for
from yard import GONE_AFTER_MS, JOURNAL, LOST_AFTER_MS, MEMORY, stay, yards

WAYS_OF_RESULTS = pytest.mark.parametrize("flags", [(), ("--result-via-broker",)],
                                          ids=["direct", "via_broker"])


def named(value):
    return getattr(value, "name", None)


# For the tests whose faults may lose what only the broker's memory has.
ALSO_JOURNALLED = pytest.mark.parametrize("start_yard", [MEMORY, JOURNAL], ids=named, indirect=True)


@pytest.fixture
def start_yard(request, tmp_path):
    """Starts a Yard and ends it, whatever has become of the test."""
    with yards(tmp_path, request.node.nodeid, getattr(request, "param", MEMORY)) as start:
        yield start


@pytest.fixture
def yard(start_yard):
    return start_yard()


@pytest.fixture
def proxy(yard):
    with FaultProxy(yard.endpoint) as made:
        yield made


def lost_attempts(yard):
    return yard.report("stats")["attempts"]["lost"]


class Stopped:
    """A process that stands still inside `with Stopped(part):`."""

    def __init__(self, part):
        self.process = part.process

    def __enter__(self):
        self.process.send_signal(signal.SIGSTOP)

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)


# Killed


def test_without_faults_every_job_runs_once(yard):
    for _ in range(2):
        yard.worker()
    client = yard.client()
    client.gets(2000)
    yard.settle()
    assert client.ledger.repeated_runs == []


@ALSO_JOURNALLED
@WAYS_OF_RESULTS
def test_killed_workers(yard, flags):
    for _ in range(3):
        yard.worker()
    yard.client("load", *flags)
    for _ in range(5):
        yard.pass_a_moment()
        yard.kill_worker(yard.chance.choice(yard.workers))
        yard.worker()
    yard.settle()


@ALSO_JOURNALLED
@WAYS_OF_RESULTS
@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_a_killed_broker(start_yard, transport, flags):
    yard = start_yard(transport)
    for _ in range(2):
        yard.worker()
    yard.client("load", *flags)
    for _ in range(4):
        yard.pass_a_moment()
        yard.restart_broker()
    yard.settle()


def test_a_killed_client(yard):
    for _ in range(2):
        yard.worker()
    other = yard.client("other")
    for number in range(3):
        victim = yard.client(f"victim{number}", "--outstanding", 5000)
        victim.gets(yard.chance.randrange(1, 300))
        if number == 2:  # what the last one has handed in is not done before it is given up
            while yard.workers:
                yard.kill_worker(yard.workers[0])
        yard.kill_client(victim)
        if yard.workers:
            other.gets(1)
    wait_for(lambda: yard.clients_known() == 1, "the killed clients to be given up",
             GONE_AFTER_MS / 1000 + 5)
    assert yard.jobs()["queued"] <= 100, "only the living client's jobs are left"
    assert yard.jobs()["cancelled"] > 0
    yard.worker()
    yard.settle()


@ALSO_JOURNALLED
def test_everything_is_killed_in_turns(yard):
    for _ in range(3):
        yard.worker()
    yard.client("steady")
    mortal = yard.client("mortal0", "--outstanding", 1000)
    for number in range(6):
        yard.pass_a_moment()
        victim = yard.chance.choice(["worker", "broker", "client"])
        if victim == "worker":
            yard.kill_worker(yard.chance.choice(yard.workers))
            yard.worker()
        elif victim == "broker":
            yard.restart_broker()
        else:
            yard.kill_client(mortal)
            mortal = yard.client(f"mortal{number + 1}", "--outstanding", 1000)
    yard.settle()


# Stopped


def test_a_worker_stopped_for_a_little_while_is_not_lost(yard):
    for _ in range(2):
        yard.worker()
    client = yard.client()
    for _ in range(3):
        yard.pass_a_moment()
        with Stopped(yard.chance.choice(yard.workers)):
            stay(yard.chance.uniform(0.05, 0.3) * LOST_AFTER_MS / 1000)
    yard.settle()
    assert client.ledger.repeated_runs == []


def test_a_worker_stopped_for_long_is_lost_and_comes_back(yard):
    for _ in range(2):
        yard.worker()
    yard.client()
    for number in range(2):
        yard.pass_a_moment()
        with Stopped(yard.chance.choice(yard.workers)):
            wait_for(lambda: yard.workers_known() == 1, "it to be lost")
            yard.pass_a_moment()
        wait_for(lambda: yard.workers_known() == 2, "it to be back")
    yard.settle()


def test_a_broker_stopped_for_long_declares_nobody_lost(yard):
    for _ in range(2):
        yard.worker()
    client = yard.client()
    for _ in range(2):
        yard.pass_a_moment()
        with Stopped(yard.broker):
            stay(yard.chance.uniform(1.2, 1.8) * LOST_AFTER_MS / 1000)
    yard.pass_a_moment()
    assert lost_attempts(yard) == 0
    yard.settle()
    assert client.ledger.repeated_runs == []


@pytest.mark.parametrize("is_given_up", [False, True], ids=["shortly", "until_it_is_given_up"])
def test_a_stopped_client(yard, is_given_up):
    for _ in range(2):
        yard.worker()
    client, other = yard.client(), yard.client("other")
    client.gets(yard.chance.randrange(1, 300))
    with Stopped(client):
        if is_given_up:
            wait_for(lambda: yard.clients_known() == 1, "it to be given up")
        else:
            stay(yard.chance.uniform(0.1, 0.5) * GONE_AFTER_MS / 1000)
        other.gets(100)
    yard.settle()
    assert is_given_up or client.ledger.repeated_runs == []


# Cut off


def disturb(yard, proxy, kind, way):
    """Faults of one kind, each with work before it, and a healthy end."""
    for _ in range(2):
        yard.pass_a_moment()
        if kind in ("fin", "rst"):
            proxy.cut(reset=kind == "rst")
        else:
            change = {"late": {"delay_s": 0.4}, "slow": {"bytes_per_s": 5000},
                      "pause": {"is_paused": True}, "silent": {"swallows": True}}[kind]
            proxy.change(way, **change)
            stay(yard.chance.uniform(0.1, 1.5) * LOST_AFTER_MS / 1000)
            proxy.heal()


DISTURBANCES = pytest.mark.parametrize("kind, way", [
    ("fin", "both"), ("rst", "both"), ("late", "both"), ("slow", "both"), ("pause", "both"),
    ("silent", "up"), ("silent", "down"), ("silent", "both")])


@DISTURBANCES
def test_a_bad_way_between_a_worker_and_the_broker(yard, proxy, kind, way):
    yard.worker(endpoint=proxy.endpoint)
    yard.worker()
    yard.client()
    disturb(yard, proxy, kind, way)
    yard.settle()


@DISTURBANCES
def test_a_bad_way_between_a_client_and_the_broker(yard, proxy, kind, way):
    for _ in range(2):
        yard.worker()
    yard.client(endpoint=proxy.endpoint)
    other = yard.client("other")
    disturb(yard, proxy, kind, way)
    other.gets(1)
    yard.settle()


@pytest.mark.parametrize("start_yard", [JOURNAL], ids=named, indirect=True)
@pytest.mark.parametrize("kind, way", [("rst", "both"), ("silent", "down"), ("silent", "up")])
def test_a_bad_way_between_a_client_and_the_journal(yard, proxy, kind, way):
    test_a_bad_way_between_a_client_and_the_broker(yard, proxy, kind, way)


@WAYS_OF_RESULTS
def test_a_bad_network_for_everybody(yard, proxy, flags):
    for _ in range(2):
        yard.worker(endpoint=proxy.endpoint)
    yard.client("load", *flags, endpoint=proxy.endpoint)
    faults = random_faults(yard.seed, 5)
    print(*faults, sep="\n")
    yard.pass_a_moment()
    proxy.play(faults).result(60)
    yard.settle()


@ALSO_JOURNALLED
def test_a_bad_network_and_killed_parts(yard, proxy):
    for _ in range(2):
        yard.worker(endpoint=proxy.endpoint)
    yard.worker()
    yard.client(endpoint=proxy.endpoint)
    playing = proxy.play(random_faults(yard.seed, 5))
    for _ in range(2):
        yard.pass_a_moment()
        yard.kill_worker(yard.chance.choice(yard.workers))
        yard.worker(endpoint=proxy.endpoint)
        yard.pass_a_moment()
        yard.restart_broker()
    playing.result(60)
    yard.settle()
