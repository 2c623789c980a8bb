"""Parts are started in any order, killed and restarted; every accepted job is answered once."""

import concurrent.futures
import itertools
import random
import signal
import socket
import time

import pytest

from processes import House, is_alive, wait_for


@pytest.fixture
def house(tmp_path):
    built = House(tmp_path)
    yield built
    built.end()


def lines_of(count):
    return b"".join(b"job %d\n" % i for i in range(count))


def expected(count):
    return [b"JOB %d" % i for i in range(count)]


def start_lines(house, count, *options):
    """A client with `count` jobs, running in the background; its results go to a file."""
    jobs = house.folder / "jobs.txt"
    jobs.write_bytes(lines_of(count))
    results = (house.folder / "results.txt").open("wb")
    client = house.start("submit", "--broker", house.endpoint, "upper", "--lines", jobs, *options,
                         stdout=results)
    return client


def finish(house, client, count):
    assert client.process.wait(timeout=120) == 0, client.text()
    assert (house.folder / "results.txt").read_bytes().splitlines() == expected(count)


UPPER = ("--queue", "upper", "--exec", "tr a-z A-Z")
UPPER_LINES = ("--queue", "upper", "--slots", "2", "--lines",
               "/usr/bin/python3 -uc 'import json,sys\n"
               "for line in sys.stdin:\n"
               "  job = json.loads(line)\n"
               "  print(json.dumps({\"id\": job[\"id\"], \"result\": job[\"payload\"].upper()}))'")


@pytest.mark.parametrize("order", list(itertools.permutations(["broker", "worker", "client"])),
                         ids="-".join)
def test_parts_may_start_in_any_order(house, order):
    client = None
    for part in order:
        if part == "broker":
            house.start_broker()
        elif part == "worker":
            house.start_worker(*UPPER, ready=False)
        else:
            client = start_lines(house, 3, "--connect-timeout-ms", 30_000)
    finish(house, client, 3)


def test_a_broker_killed_and_restarted_under_load_loses_no_answer(house):
    count = 40_000
    house.start_broker()
    house.start_worker(*UPPER_LINES)
    client = start_lines(house, count)
    for _ in range(3):
        wait_for(lambda: house.jobs()["finished"] > 100, "work to flow")
        house.broker.kill()
        house.start_broker()
    finish(house, client, count)
    wait_for(lambda: house.jobs()["returning"] == 0, "the last receipts")
    jobs = house.jobs()
    assert jobs["queued"] == jobs["running"] == 0


def hold(gate):
    """A command that works until the file `gate` is there."""
    return f"sh -c 'until [ -e {gate} ]; do sleep 0.01; done; tr a-z A-Z'"


@pytest.mark.parametrize("slots", [1, 2])
def test_a_broker_restarted_while_every_slot_works_gets_the_jobs_done(house, slots):
    gate = house.folder / "gate"
    house.start_broker()
    worker = house.start_worker("--queue", "upper", "--slots", slots, "--exec", hold(gate))
    client = start_lines(house, 4)
    wait_for(lambda: house.jobs()["running"] == slots, "every slot to work")
    house.broker.kill()
    house.start_broker()
    wait_for(lambda: house.report("stats")["attempts"]["handed_back"] > 0, "a job to come back")
    gate.touch()
    finish(house, client, 4)
    # What a busy worker hands back is offered to it again with its beats, and not all the time.
    assert house.report("stats")["attempts"]["handed_back"] < 40
    assert worker.stop() == 0


def test_a_worker_that_was_held_up_in_mid_job_works_on(house):
    gate = house.folder / "gate"
    house.start_broker("--worker-lost-after-ms", "2000")
    worker = house.start_worker("--queue", "upper", "--exec", hold(gate))
    client = start_lines(house, 1)
    wait_for(lambda: house.jobs()["running"] == 1, "the job to begin")
    worker.process.send_signal(signal.SIGSTOP)
    wait_for(lambda: house.jobs()["queued"] == 1, "the worker to be held for lost")
    worker.process.send_signal(signal.SIGCONT)
    wait_for(lambda: house.report("stats")["attempts"]["handed_back"] > 0, "it to be back")
    gate.touch()
    finish(house, client, 1)
    assert worker.stop() == 0


def test_a_worker_stops_at_once_when_its_broker_has_gone(house):
    house.start_broker()
    worker = house.start_worker(*UPPER)
    house.broker.kill()
    worker.says("lost the broker")
    began = time.monotonic()
    assert worker.stop() == 0
    assert time.monotonic() - began < 3


def test_a_worker_killed_in_mid_job_is_replaced_by_another(house):
    house.start_broker("--worker-lost-after-ms", "2000")
    mark = house.folder / "begun"
    victim = house.start_worker("--queue", "upper", "--exec", f"sh -c 'touch {mark}; sleep 1000'")
    client = start_lines(house, 1)
    wait_for(mark.exists, "the job to begin")
    victim.kill()
    house.start_worker(*UPPER)
    finish(house, client, 1)
    assert house.report("stats")["attempts"]["lost"] == 1


def test_workers_killed_at_random_moments_lose_no_answer(house):
    count = 1500
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    house.start_broker("--worker-lost-after-ms", "2000", "--max-attempts", "20")
    workers = [house.start_worker(*UPPER_LINES) for _ in range(3)]
    client = start_lines(house, count)
    for _ in range(6):
        goal = house.jobs()["finished"] + moments.randrange(1, 150)
        wait_for(lambda: house.jobs()["finished"] >= min(goal, count), "work to flow")
        victim = moments.randrange(len(workers))
        workers[victim].kill()
        workers[victim] = house.start_worker(*UPPER_LINES)
    finish(house, client, count)


def test_a_job_whose_workers_always_die_fails_instead_of_waiting_for_ever(house):
    house.start_broker("--worker-lost-after-ms", "2000", "--max-attempts", "2")
    client = house.start("submit", "--broker", house.endpoint, "deadly", "x")
    for _ in range(2):
        worker = house.start_worker("--queue", "deadly", "--exec", "sleep 1000")
        wait_for(lambda: house.jobs()["running"] == 1, "the job to begin")
        worker.kill()
        wait_for(lambda: house.jobs()["running"] == 0, "the loss to be seen")
    assert client.process.wait(timeout=60) == 1
    assert "attempts_exhausted" in client.text() or "attempt" in client.text()


def test_a_thousand_clients_are_all_answered_once(house):
    house.start_broker()
    for _ in range(2):
        house.start_worker(*UPPER_LINES)

    def one(number):
        answer = house.submit("upper", f"client {number}")
        return answer.returncode, answer.stdout

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(1000)))
    assert answers == [(0, b"CLIENT %d" % i) for i in range(1000)]
    wait_for(lambda: house.jobs()["returning"] == 0, "the last receipts")
    assert house.jobs()["finished"] == 1000


def test_jobs_of_one_client_start_in_order_with_one_worker(house):
    house.start_broker()
    seen = house.folder / "seen"
    client = start_lines(house, 200, "--batch", "7")
    wait_for(lambda: house.jobs()["accepted"] == 200, "the jobs to arrive")
    house.start_worker("--queue", "upper", "--exec",
                       f"sh -c 'tr a-z A-Z | tee -a {seen}; echo >> {seen}'")
    assert client.process.wait(timeout=60) == 0
    assert seen.read_bytes().splitlines() == expected(200)


def test_a_client_killed_in_the_middle_leaves_a_healthy_broker(house):
    house.start_broker()
    client = start_lines(house, 1000)
    wait_for(lambda: house.jobs()["queued"] > 0, "the jobs to arrive")
    client.kill()
    house.start_worker(*UPPER)
    assert house.submit("upper", "next").stdout == b"NEXT"


def test_a_stopped_worker_process_counts_as_lost_and_is_no_offence_afterwards(house):
    house.start_broker("--worker-lost-after-ms", "2000")
    sleeper = house.start_worker(*UPPER)
    sleeper.process.send_signal(signal.SIGSTOP)
    try:
        client = start_lines(house, 1)
        house.start_worker(*UPPER)
        finish(house, client, 1)
    finally:
        sleeper.process.send_signal(signal.SIGCONT)
    wait_for(lambda: len(house.report("ls", "workers")["rows"]) == 2, "the sleeper to be back")


def test_interrupting_the_broker_ends_it_cleanly_and_tells_who_waits(house):
    house.start_broker()
    client = house.start("submit", "--broker", house.endpoint, "nobody", "x")
    wait_for(lambda: house.jobs()["queued"] == 1, "the job to arrive")
    assert house.broker.stop() == 0
    assert client.process.wait(timeout=60) == 1
    assert "stopped" in client.text()


def test_no_process_is_left_when_a_worker_is_killed(house):
    house.start_broker()
    pids = house.folder / "pids"
    worker = house.start_worker(
        "--queue", "upper", "--exec",
        f"sh -c 'sleep 1000 & echo $! > {pids}; echo $$ >> {pids}; wait'")
    house.start("submit", "--broker", house.endpoint, "upper", "x")
    wait_for(lambda: pids.exists() and len(pids.read_text().split()) == 2, "the job to begin")
    worker.kill()
    for pid in map(int, pids.read_text().split()):
        wait_for(lambda: not is_alive(pid), f"process {pid} to end")


def test_hostile_bytes_do_not_stop_the_broker(house, tmp_path):
    broker = house.start("broker", "--listen", "tcp://127.0.0.1:0")
    house.endpoint = broker.says("listening on").split()[-1]
    port = int(house.endpoint.rpartition(":")[2])
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 5000, b"\x00", random.randbytes(100_000)):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
            try:
                link.sendall(garbage)
            except OSError:
                pass  # it hung up, which is its right
    house.start_worker(*UPPER)
    assert house.submit("upper", "alive").stdout == b"ALIVE"
    assert broker.process.poll() is None
    assert broker.stop() == 0
