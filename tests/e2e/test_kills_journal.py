"""Jobs in the journal, when everybody who knows them is killed: what was acknowledged is run, and
nothing is left waiting. By the word of the workers, and of the client up to its end."""

import signal
import time

import pytest

from processes import wait_for
from yard import JOURNAL, stay, yards

MANY_JOBS = 5000
OUTSTANDING = 800
SLOW_S = 0.02  # so that they take longer together than it takes to give a client up


@pytest.fixture
def start_yard(request, tmp_path):
    with yards(tmp_path, request.node.nodeid, JOURNAL) as start:
        yield start


@pytest.fixture
def yard(start_yard):
    return start_yard()


def kill(yard, *parts):
    """At once, in a random order. Each of the clients leaves jobs that are acknowledged and not
    yet run, or there would be nothing to see."""
    parts = yard.chance.sample(parts, len(parts))
    for part in parts:
        part.process.kill()
    for part in parts:
        part.process.wait()
        if part in yard.clients:
            yard.kill_client(part)
            assert part.ledger.lost_although_acknowledged() != []


def test_the_broker_and_its_client_are_killed(yard):
    for _ in range(2):
        yard.worker()
    for number in range(4):
        client = yard.client(f"victim{number}", "--outstanding", 1000)
        yard.pass_a_moment()
        kill(yard, client, yard.broker)
        yard.start_broker()
    yard.settle()


def test_all_are_killed(yard):
    for number in range(3):
        workers = [yard.worker() for _ in range(2)]
        client = yard.client(f"victim{number}", "--outstanding", 1000)
        yard.pass_a_moment()
        kill(yard, client, yard.broker, *workers)
        yard.workers.clear()
        yard.start_broker()
    yard.worker()
    yard.settle()


def test_a_client_is_killed_and_its_jobs_go_on_when_it_is_given_up(yard):
    for _ in range(2):
        yard.worker(takes_s=SLOW_S)
    client = yard.client("victim", "--outstanding", OUTSTANDING)
    yard.pass_a_moment()
    kill(yard, client)
    other = yard.client("other")
    other.gets(1)
    yard.settle()
    assert client.ledger.repeated_runs == []
    assert other.ledger.repeated_runs == []


def test_a_client_that_was_given_up_comes_back_and_misses_nothing(yard):
    for _ in range(2):
        yard.worker(takes_s=SLOW_S)
    client = yard.client("load", "--outstanding", OUTSTANDING)
    yard.pass_a_moment()
    client.process.send_signal(signal.SIGSTOP)
    wait_for(yard.is_idle, "its jobs to be done without it")
    assert client.ledger.lost_although_acknowledged() == []
    client.process.send_signal(signal.SIGCONT)
    yard.settle()


def test_the_broker_is_killed_again_and_again_while_it_recovers(yard):
    client = yard.client("load", "--outstanding", MANY_JOBS, "--jobs", MANY_JOBS)
    wait_for(lambda: len(client.ledger.acknowledged) == MANY_JOBS, "all to be in the journal")
    kill(yard, client, yard.broker)
    began = time.monotonic()
    yard.start_broker()
    recovery_s = time.monotonic() - began
    yard.broker.kill()
    unready = 0
    for _ in range(8):
        broker = yard.begin_broker()
        stay(yard.chance.uniform(0, recovery_s))
        broker.kill()
        unready += "listening on" not in broker.text()
    assert unready > 0
    yard.start_broker()
    assert yard.jobs()["queued"] == MANY_JOBS
    for _ in range(2):
        yard.worker(takes_s=0)
    yard.settle()
    assert client.ledger.repeated_runs == []
