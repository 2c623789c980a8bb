"""Results go straight from workers to clients, and through the broker where that cannot be."""

import json
import random
import re
import signal
import socket
import time

import pytest

from network import (
    LINK_HELLO, LINK_WELCOME, DirectHouse, Peer, Site, fixed64, listening_port, message, results)
from processes import wait_for

LARGE = 200_000
UPPER = ("--queue", "q", "--exec", "tr a-z A-Z")
ECHO = ("--queue", "q", "--builtin", "echo")
LONGER = ("--queue", "q", "--exec", "sh -c 'cat; head -c 100000 /dev/zero | tr \\\\0 x'")


@pytest.fixture
def house(tmp_path):
    built = DirectHouse(tmp_path)
    yield built
    built.end()


@pytest.fixture
def start_site(tmp_path):
    """Builds a Site whose broker has these options."""
    built = []

    def build(*options):
        built.append(Site(tmp_path, *options))
        return built[-1]

    yield build
    for site in built:
        site.end()


def finish(client, expected, patience_s=60):
    """The client ends by itself, with each of the expected results once and in order."""
    assert client.process.wait(timeout=patience_s) == 0, client.text()
    came = client.results.read_bytes().splitlines()
    assert len(came) == len(expected)
    wrong = next((i for i, pair in enumerate(zip(came, expected)) if pair[0] != pair[1]), None)
    assert wrong is None, f"result {wrong} is {came[wrong][:100]}, not {expected[wrong][:100]}"


def small(count):
    return [b"job %d" % i for i in range(count)]


def upper(jobs):
    return [job.upper() for job in jobs]


def longer(jobs):
    return [job + b"x" * 100_000 for job in jobs]


def large(count, length=LARGE):
    return [(b"%d " % i).ljust(length, b"x") for i in range(count)]


def when(gate, command="cat"):
    """A command that works until the file `gate` is there."""
    return f"sh -c 'until [ -e {gate} ]; do sleep 0.01; done; {command}'"


# One machine


def listen_at(house, transport):
    if transport == "tcp":
        broker = house.start("broker", "--listen", "tcp://127.0.0.1:0")
        house.endpoint = broker.says("listening on").split()[-1]
        house.broker = broker
    else:
        house.start_broker()


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_most_results_of_many_small_jobs_are_direct(house, transport):
    listen_at(house, transport)
    house.start_worker(*UPPER, "--slots", 2)
    jobs = small(400)
    finish(house.client(jobs), upper(jobs))
    returns = house.settled(400)
    assert returns["direct"] > 300
    assert returns["fetched"] == returns["lost"] == 0


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_most_results_of_quick_jobs_are_direct(house, transport):
    listen_at(house, transport)
    house.start_worker(*ECHO)
    jobs = small(50_000)
    finish(house.client(jobs), jobs)
    returns = house.settled(50_000)
    assert returns["direct"] > 25_000
    assert returns["fetched"] == returns["lost"] == 0


@pytest.mark.parametrize("jobs", [small(1), large(1), small(100)], ids=["one", "large", "many"])
def test_every_result_is_counted_as_direct_or_not(house, jobs):
    house.start_broker()
    house.start_worker(*UPPER)
    finish(house.client(jobs), upper(jobs))
    returns = house.settled(len(jobs))
    assert returns["direct"] + returns["through_broker"] == len(jobs)


def test_errors_come_directly_too(house):
    house.start_broker()
    house.start_worker("--queue", "q", "--exec", "sh -c 'read job; echo no $job >&2; exit 1'")
    client = house.client(small(50), "--json")
    assert client.process.wait(timeout=60) == 1
    answers = [json.loads(line) for line in client.results.read_text().splitlines()]
    assert [answer["line"] for answer in answers] == list(range(1, 51))
    for i, answer in enumerate(answers):
        assert answer["code"] == "work_failed"
        assert f"no job {i}" in answer["error"]
    assert house.returns()["direct"] > 25


def test_a_broker_killed_after_the_assignment_is_not_needed_for_the_result(house):
    listen_at(house, "tcp")
    begun = house.folder / "begun"
    house.start_worker("--queue", "q", "--exec", f"sh -c 'echo x >> {begun}; sleep 1; echo done'")
    client = house.client([b"x"])
    wait_for(begun.exists, "the job to begin")
    house.broker.kill()
    finish(client, [b"done"], patience_s=15)
    house.start_broker()
    assert house.submit("q", "y", timeout_s=15).stdout == b"done\n"
    house.settled(1)
    assert begun.read_text().count("x") == 2


def test_what_was_done_without_a_broker_is_not_done_again_with_the_next(house):
    gate, begun = house.folder / "gate", house.folder / "begun"
    listen_at(house, "tcp")
    house.start_worker("--queue", "q", "--slots", 4, "--exec",
                       when(gate, f"echo x >> {begun}; tr a-z A-Z"))
    jobs = small(40)
    client = house.client(jobs, "--as-completed")
    wait_for(lambda: house.jobs()["running"] >= 4, "the first jobs to begin")
    running = house.jobs()["running"]
    house.broker.kill()
    gate.touch()
    wait_for(lambda: client.results.read_bytes().count(b"\n") == running, "results of these")
    house.start_broker()
    assert client.process.wait(timeout=60) == 0, client.text()
    assert sorted(client.results.read_bytes().splitlines()) == sorted(upper(jobs))
    house.settled(40 - running)
    assert begun.read_text().count("x") == 40


def test_workers_killed_in_the_midst_of_large_results_lose_none(house):
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    moments = random.Random(seed)
    house.start_broker("--worker-lost-after-ms", "2000", "--max-attempts", "20")
    workers = [house.start_worker(*LONGER) for _ in range(3)]
    jobs = small(500)
    client = house.client(jobs)
    for least in (50, 150, 250):
        goal = least + moments.randrange(50)
        wait_for(lambda: house.jobs()["finished"] >= goal, "work to flow")
        victim = moments.randrange(3)
        workers[victim].kill()
        workers[victim] = house.start_worker(*LONGER)
    finish(client, longer(jobs), patience_s=40)
    returns = house.settled(500)
    assert returns["direct"] > 250


def test_a_client_killed_in_the_midst_holds_up_nobody(house):
    house.start_broker()
    worker = house.start_worker(*LONGER)
    client = house.client(small(150))
    wait_for(lambda: house.returns()["direct"] > 10, "results to flow")
    client.kill()
    began = time.monotonic()
    other = house.client([b"other"])
    finish(other, longer([b"other"]), patience_s=15)
    print(f"the other was served after {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    worker.process.send_signal(signal.SIGINT)
    assert worker.process.wait(timeout=20) == 0
    print(f"the worker stopped after {time.monotonic() - began:.1f} s")
    assert house.broker.process.poll() is None


def test_a_client_that_gives_up_leaves_nothing_behind(house):
    house.start_broker()
    worker = house.start_worker(*UPPER)
    client = house.client(small(2000))
    wait_for(lambda: house.returns()["direct"] > 10, "results to flow")
    client.process.send_signal(signal.SIGINT)
    assert client.process.wait(timeout=15) == 130
    wait_for(lambda: not any(house.jobs()[name] for name in ("queued", "running", "returning")),
             "its jobs to be gone")
    assert worker.stop() == 0


def test_stopping_workers_give_their_results_first(house):
    house.start_broker()
    workers = [house.start_worker(*UPPER, "--slots", 2) for _ in range(2)]
    jobs = small(1000)
    client = house.client(jobs)
    for i, worker in enumerate(workers):
        wait_for(lambda: house.jobs()["finished"] > 100 + 200 * i, "work to flow")
        house.start_worker(*UPPER, "--slots", 2)
        assert worker.stop() == 0
    finish(client, upper(jobs))
    house.settled(1000)
    attempts = house.report("stats")["attempts"]
    assert (attempts["completed"], attempts["lost"]) == (1000, 0)


def test_a_stopping_broker_waits_for_direct_results(house):
    house.start_broker()
    gate = house.folder / "gate"
    house.start_worker("--queue", "q", "--exec", when(gate, "cat"))
    jobs = large(1)
    client = house.client(jobs)
    wait_for(lambda: house.jobs()["running"] == 1, "the job to begin")
    house.broker.process.send_signal(signal.SIGINT)
    wait_for(lambda: house.report("stats")["stopping"], "the broker to be stopping")
    gate.touch()
    finish(client, jobs, patience_s=20)
    assert house.broker.process.wait(timeout=20) == 0


def test_a_client_held_up_in_the_midst_gets_every_result_once(house):
    house.start_broker()
    house.start_worker(*LONGER, "--slots", 2)
    jobs = small(300)
    client = house.client(jobs)
    wait_for(lambda: house.returns()["direct"] > 10, "results to flow")
    client.process.send_signal(signal.SIGSTOP)
    try:
        wait_for(lambda: house.returns()["fetched"] > 0, "results to be fetched")
        assert house.submit("q", "other", timeout_s=15).stdout.startswith(b"otherxxx")
    finally:
        client.process.send_signal(signal.SIGCONT)
    finish(client, longer(jobs))
    house.settled(301)


# Machines of their own


def test_results_are_direct_between_machines(start_site):
    site = start_site()
    site.worker(*UPPER, "--slots", 2)
    jobs = small(300)
    finish(site.client(jobs), upper(jobs))
    returns = site.settled(300)
    assert returns["direct"] > 200
    assert site.report("health", at=site.shop)["warnings"] == []
    assert site.report("stats", at=site.middle)["jobs"]["finished"] == 300


def test_large_results_hardly_touch_the_broker(start_site):
    site = start_site()
    site.worker("--queue", "q", "--exec", "head -c 1000000 /dev/zero")
    jobs = small(64)
    client = site.client(jobs)
    finish(client, [b"\0" * 1_000_000] * 64)
    received = site.middle.received_bytes()
    print(f"the broker received {received / 64:.0f} bytes per job")
    assert received < 64_000
    returns = site.settled(64)
    assert returns["through_broker"] == 0


def cut(site):
    """Client and worker no longer reach each other, and nobody tells them."""
    site.home.lose(site.shop)
    site.shop.lose(site.home)


def no_way(site):
    site.shop.cannot_reach(site.home)


@pytest.mark.parametrize("jobs", [small(300), large(60)], ids=["small", "large"])
@pytest.mark.parametrize("obstacle", [cut, no_way])
def test_a_client_that_workers_cannot_reach_gets_all_through_the_broker(start_site, obstacle, jobs):
    site = start_site()
    obstacle(site)
    site.worker("--queue", "q", "--exec", "cat")
    finish(site.client(jobs), jobs, patience_s=20)
    returns = site.settled(len(jobs))
    assert returns["direct"] == returns["lost"] == 0
    assert returns["through_broker"] == len(jobs)


def test_a_client_that_knows_the_broker_by_its_loopback_address_is_served(start_site):
    site = start_site()
    with site.middle:
        broker = site.start("broker", "--listen", "tcp://127.0.0.1:0", "--listen",
                            f"tcp://{site.middle.address}:0", "--insecure")
        local, remote = wait_for(
            lambda: (found := re.findall(r"tcp://\S+:\d+", broker.text()))[1:] and found,
            "both endpoints")
    site.endpoint = remote
    site.worker(*ECHO)
    site.endpoint = local
    site.home = site.middle
    jobs = large(20, LARGE)
    finish(site.client(jobs), jobs, patience_s=20)
    assert site.settled(20)["through_broker"] == 20


def test_a_way_that_closes_in_the_midst_is_left(start_site):
    site = start_site()
    gate = site.folder / "gate"
    site.worker("--queue", "q", "--exec", f"sh -c 'read n; while [ $n -ge 50 -a ! -e {gate} ]; "
                                          "do sleep 0.01; done; printf %s $n'")
    jobs = [b"%d" % i for i in range(100)]
    client = site.client(jobs)
    wait_for(lambda: site.returns()["direct"] > 20, "results to flow")
    cut(site)
    gate.touch()
    finish(client, jobs, patience_s=30)
    returns = site.settled(100)
    assert returns["fetched"] > 0
    assert returns["lost"] == 0


def test_results_lost_with_their_worker_are_made_again(start_site):
    site = start_site("--worker-lost-after-ms", "2000")
    gate = site.folder / "gate"
    options = ("--queue", "q", "--exec",
               f"sh -c 'read n; while [ $n -ge 20 -a ! -e {gate} ]; do sleep 0.01; done; "
               "printf %s $n'")
    worker = site.worker(*options)
    jobs = [b"%d" % i for i in range(40)]
    client = site.client(jobs)
    wait_for(lambda: site.returns()["direct"] > 10, "results to flow")
    cut(site)
    gate.touch()
    wait_for(lambda: site.jobs()["returning"] >= 10, "results to be kept at the worker")
    worker.kill()
    site.worker(*options, at=site.network.add())
    finish(client, jobs, patience_s=30)
    assert site.settled(40)["lost"] > 0


def cut_off_a_worker(site, jobs):
    """A client whose jobs a worker begins and, cut off from the broker, goes on with until the file
    of a job's name is there, while another makes another attempt that never ends."""
    command = f"sh -c 'read n; until [ -e {site.folder}/$n ]; do sleep 0.01; done; printf %s $n'"
    worker = site.worker("--queue", "q", "--slots", len(jobs), "--exec", command)
    client = site.client(jobs)
    wait_for(lambda: site.jobs()["running"] == len(jobs), "the jobs to begin")
    site.middle.lose(site.shop)
    site.shop.lose(site.middle)
    site.worker("--queue", "q", "--slots", len(jobs), "--exec", "sleep 1000",
                at=site.network.add())
    wait_for(lambda: site.report("stats")["attempts"]["lost"] == len(jobs), "the loss to be seen")
    wait_for(lambda: site.jobs()["running"] == len(jobs), "the other attempts")
    worker.says("lost the broker")
    return worker, client


def stopped(site, count):
    return lambda: site.report("stats")["attempts"]["stopped"] == count


def test_a_result_from_a_worker_cut_off_from_the_broker_stops_the_other_attempt(start_site):
    site = start_site("--worker-lost-after-ms", "2000")
    worker, client = cut_off_a_worker(site, [b"a", b"b"])
    (site.folder / "a").touch()
    wait_for(stopped(site, 1), "the other attempt to be stopped")
    jobs = site.jobs()
    assert (jobs["running"], jobs["finished"]) == (1, 1)
    (site.folder / "b").touch()
    finish(client, [b"a", b"b"], patience_s=10)
    site.middle.find(site.shop)
    site.shop.find(site.middle)
    wait_for(lambda: len(site.report("ls", "workers")["rows"]) == 2, "the worker to be back")
    assert worker.stop() == 0


def test_the_last_result_stops_the_other_attempt_too(start_site):
    site = start_site("--worker-lost-after-ms", "2000")
    _, client = cut_off_a_worker(site, [b"a"])
    (site.folder / "a").touch()
    finish(client, [b"a"], patience_s=10)
    wait_for(stopped(site, 1), "the other attempt to be stopped", patience_s=10)
    assert site.settled(1)["direct"] == 1


def test_a_slow_way_is_given_time(start_site):
    site = start_site()
    site.network.slow_down(site.home, "20mbit")
    site.worker("--queue", "q", "--exec", "head -c 1000000 /dev/zero")
    finish(site.client(small(16)), [b"\0" * 1_000_000] * 16, patience_s=40)
    assert site.settled(16)["fetched"] == 0


# Hostile peers


def session_of(ids):
    """The session whose jobs have noted their names in the file `ids`."""
    return int(wait_for(lambda: ids.exists() and ids.read_text(), "a job").partition("-")[0], 16)


def test_strangers_at_the_port_of_a_client_do_not_disturb_it(house):
    listen_at(house, "tcp")
    ids, gate = house.folder / "ids", house.folder / "gate"
    house.start_worker("--queue", "q", "--exec",
                       f"sh -c 'echo $STEELYARD_JOB_ID >> {ids}; "
                       f"until [ -e {gate} ]; do sleep 0.01; done; tr a-z A-Z'")
    jobs = small(60)
    client = house.client(jobs)
    session = session_of(ids)  # which a job's name shows, and which must not suffice
    port = listening_port(client.pid)
    links = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(30)]
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 5000, b"\0", random.randbytes(100_000),
                    Peer.GREETING, Peer.GREETING + b"\x02" + b"\x7f" + b"\xff" * 7):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
            try:
                link.sendall(garbage)
            except OSError:
                pass  # it hung up, which is its right
    with Peer.connect("127.0.0.1", port) as peer:
        tell_lies(peer, session)
        gate.touch()
        finish(client, upper(jobs), patience_s=30)
    for link in links:
        link.close()
    assert house.settled(60)["direct"] > 30


def tell_lies(peer, session):
    """Nothing of this is to be answered or believed."""
    peer.send(message(LINK_HELLO, fixed64(1, session ^ 1)))
    peer.send(message(LINK_HELLO, b""))
    peer.send(message(LINK_HELLO, b"\xff" * 100))
    peer.send(message(LINK_HELLO, fixed64(1, session)), b"and another frame")
    peer.send(b"")
    peer.send(b"SY\x02\x40" + bytes(4))
    peer.send(b"SY\x01\x40\xff\xff\xff\xff")
    peer.send(random.randbytes(100_000))
    for kind in range(256):
        if kind != LINK_HELLO:
            peer.send(message(kind, fixed64(1, session)))
    for secret in (b"", bytes(16), b"\xff" * 16, random.randbytes(16), random.randbytes(100_000)):
        peer.send(results(secret, range(1, 61), b"FORGED"))
        peer.send(results(secret, [0, 1, 2**62, 2**64 - 1], b"FORGED"))
        peer.send(results(secret, [1], b"FORGED", count=2**32 - 1))
        peer.send(results(secret, [1], b"FORGED", length=2**32 - 1))
    for _ in range(2000):
        peer.send(results(random.randbytes(16), [1], b"FORGED"))


def test_who_takes_over_the_port_of_a_client_gets_no_results(house):
    listen_at(house, "tcp")
    ids, gate = house.folder / "ids", house.folder / "gate"
    house.start_worker("--queue", "q", "--exec", f"sh -c 'echo $STEELYARD_JOB_ID >> {ids}; "
                                                 f"until [ -e {gate} ]; do sleep 0.01; done; cat'")
    client = house.client(large(1))
    session = session_of(ids)
    port = listening_port(client.pid)
    client.kill()
    with socket.create_server(("127.0.0.1", port)) as thief:
        thief.settimeout(30)
        gate.touch()
        with Peer(thief.accept()[0], b"ROUTER") as peer:
            (hello,) = peer.receive()
            assert hello[3] == LINK_HELLO and fixed64(1, session) not in hello
            peer.send(message(LINK_WELCOME, fixed64(1, session)))
            assert peer.receive() is None
    wait_for(lambda: house.returns()["through_broker"] == 1, "the result to go another way")
    assert house.submit("q", "next", timeout_s=15).stdout == b"next"
