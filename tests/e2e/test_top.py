"""`steelyard top`: what it shows is what the broker says, and its keys do what they promise."""

import json
import os
import signal

import pytest

from conftest import is_running, wait_for
from terminal import Terminal
from yard import port_nobody_connects_from


@pytest.fixture
def top(program, environment):
    """Starts top at a terminal; it is ended at the end of the test."""
    started = []

    def start_one(*arguments, columns=80, lines=24, **variables):
        terminal = Terminal([program, "top", *map(str, arguments)], environment | variables,
                            columns, lines)
        started.append(terminal)
        return terminal

    yield start_one
    for terminal in started:
        terminal.end()


@pytest.fixture
def gate(tmp_path):
    """Jobs of a worker with this command run until the gate is open."""
    os.mkfifo(tmp_path / "gate")

    class Gate:
        command = f"sh -c 'cat {tmp_path}/gate'"

        @staticmethod
        def open():
            with (tmp_path / "gate").open("w", encoding="ascii"):
                pass
    return Gate


def test_once_prints_what_stats_says_without_escape_codes(start_worker, steelyard, broker):
    start_worker("ocr", "--exec", "cat", "--name", "gpu-1", "--slots", 3)
    steelyard("submit", "ocr", "--lines", "-", stdin=b"x\n" * 40)
    steelyard("submit", "films", "x", "--no-wait")
    once = steelyard("top", "--once", "--interval", 0.1)
    assert once.status == 0, once.errors
    assert "\x1b" not in once.output
    lines = once.output.splitlines()
    assert lines[0].startswith(f"steelyard top  {broker.endpoint}  up ")
    assert lines[0].endswith("1 WARNING")
    assert lines[1] == "1 queued  0 running  1 worker with 3 slots"
    heading = lines[5].split()
    rows = {line.split()[0]: dict(zip(heading, line.split())) for line in lines[6:]}
    assert rows["ocr"]["DONE"] == "40" and rows["ocr"]["WORKERS"] == "1"
    assert rows["films"]["QUEUED"] == "1" and rows["films"]["WORKERS"] == "0"
    stats = json.loads(steelyard("stats", "--json").output)
    assert stats["jobs"]["finished"] == 40


@pytest.mark.parametrize("view, words", [
    ("workers", "gpu-1"), ("users", "ann"), ("jobs", "queued"), ("queues", "films")])
def test_each_view_can_be_printed_sorted_and_filtered(view, words, start_worker, steelyard):
    start_worker("ocr", "--exec", "cat", "--name", "gpu-1")
    steelyard("submit", "films", "x", "--no-wait", "--user", "ann")
    once = steelyard("top", view, "--once", "--interval", 0.1, "--filter", words.upper())
    assert once.status == 0, once.errors
    [row] = once.output.splitlines()[6:]
    assert words in row
    none = steelyard("top", view, "--once", "--interval", 0.1, "--filter", "no such thing")
    assert "nothing has this text" in none.output


def test_without_a_terminal_or_a_broker_it_says_so(steelyard, environment):
    environment["STEELYARD_BROKER"] = f"tcp://127.0.0.1:{port_nobody_connects_from()}"
    done = steelyard("top", "--connect-timeout-ms", 300)
    assert done.status == 3
    assert "--broker" in done.errors


def test_it_follows_what_happens_and_quits_with_q(top, broker, start_worker, steelyard):
    screen = top("--interval", 0.1)
    screen.shows("no queues yet")
    start_worker("ocr", "--exec", "cat", "--name", "gpu-1")
    steelyard("submit", "ocr", "--lines", "-", stdin=b"x\n" * 40)
    screen.shows("[1 Queues]")
    screen.waits(lambda: (screen.line_with("ocr ") or "").split()[1:4] == ["1", "0", "0"], "ocr")
    assert screen.text().splitlines()[0].endswith("OK")
    screen.press("2")
    assert screen.shows("gpu-1 ").split()[1:4] == ["idle", "0/1", "-"]
    screen.press("tab")
    screen.shows("[3 Users]")
    screen.press("tab")
    screen.shows("no job waits, runs or is on its way back")
    screen.press("?")
    screen.shows("any key goes back")
    screen.press("q")
    screen.shows("[4 Jobs]")
    screen.press("q")
    assert screen.wait() == 0
    wait_for(screen.is_as_it_was, what="a usable terminal")


def test_rows_are_filtered_and_sorted_by_keys(top, broker, steelyard):
    for queue, jobs in (("alpha", 3), ("beta", 9), ("gamma", 6)):
        steelyard("submit", queue, "--lines", "-", "--no-wait", stdin=b"x\n" * jobs)
    screen = top("--interval", 0.2)
    screen.shows("gamma")

    def order():
        words = [line.split()[0] for line in screen.text().splitlines() if line[:1].isalpha()]
        return [word for word in words if word in ("alpha", "beta", "gamma")]

    screen.waits(lambda: order() == ["beta", "gamma", "alpha"], "most jobs first")
    screen.press("S")
    screen.waits(lambda: order() == ["alpha", "gamma", "beta"], "fewest jobs first")
    screen.press(*"/GAM", "enter")
    screen.waits(lambda: order() == ["gamma"], "one row")
    screen.press("escape")
    screen.waits(lambda: len(order()) == 3, "all rows")


def test_a_worker_is_drained_when_it_was_asked_and_answered(top, start_worker):
    worker = start_worker("ocr", "--exec", "cat", "--name", "gpu-1")
    screen = top("workers", "--interval", 0.1)
    screen.shows("gpu-1 ")
    screen.press("d")
    screen.shows("drain 'gpu-1'? it finishes what it has and goes  y/n")
    screen.press("n")
    screen.shows("nothing was done")
    assert is_running(worker.id)
    screen.press("d")
    screen.shows("y/n")
    screen.press("y")
    screen.shows("'gpu-1' gets no more jobs")
    assert worker.wait() == 0
    screen.shows("no workers")


def test_jobs_are_cancelled_one_by_one_and_by_queue(top, broker, steelyard):
    steelyard("submit", "ocr", "--lines", "-", "--no-wait", stdin=b"x\n" * 30)
    steelyard("submit", "films", "x", "--no-wait")
    screen = top("jobs", "--interval", 0.1, "--filter", "films")
    job = screen.shows("queued       films").split()[0]
    screen.press("c")
    assert job in screen.shows("cancel job")
    screen.press("y")
    screen.shows(f"job {job} is cancelled")
    screen.press("escape", "1")
    screen.shows("[1 Queues]")
    screen.shows("ocr ")
    screen.press("c")
    screen.shows("cancel ALL jobs of queue 'ocr'?")
    screen.press("y")
    screen.shows("cancelled 30 jobs that waited; 0 running ones asked to stop")
    jobs = json.loads(steelyard("stats", "--json").output)["jobs"]
    assert jobs["cancelled"] == 31 and jobs["queued"] == 0


def test_what_runs_is_shown_with_its_worker(top, start_worker, steelyard, gate):
    start_worker("ocr", "--exec", gate.command, "--name", "gpu-1")
    steelyard("submit", "ocr", "x", "--no-wait", "--user", "ann")
    screen = top("workers", "--interval", 0.1)
    screen.waits(lambda: (screen.line_with("gpu-1 ") or "").split()[1:4]
                 == ["working", "1/1", "ocr"], "what gpu-1 does")
    screen.press("4")
    assert screen.shows(" running   ").split()[2:4] == ["ocr", "gpu-1"]
    gate.open()
    screen.shows("no job waits")


def test_it_fits_a_terminal_that_changes_its_size(top, broker, steelyard):
    for number in range(40):
        steelyard("submit", f"queue-{number}", "x", "--no-wait")
    screen = top("--interval", 0.1)
    screen.shows("LONGEST")
    screen.resize(120, 50)
    screen.shows("QUARANTINED")
    screen.waits(lambda: screen.text().count("queue-") == 40, "all rows")
    screen.resize(40, 10)
    screen.waits(lambda: "QUARANTINED" not in screen.text() and "queue-" in screen.text(), "less")
    screen.resize(20, 5)
    screen.shows("needs 40x8")
    screen.resize(80, 24)
    screen.shows("LONGEST")
    screen.press("end")
    screen.waits(lambda: screen.text().count("queue-") == 6, "the last page")
    screen.press("q")
    assert screen.wait() == 0


def test_a_broker_that_goes_away_and_comes_back(top, start, environment):
    endpoint = f"tcp://127.0.0.1:{port_nobody_connects_from()}"
    environment["STEELYARD_BROKER"] = endpoint
    screen = top("--interval", 0.1)
    screen.shows(f"no answer from {endpoint}")
    assert screen.text().splitlines()[0].endswith("NO ANSWER")
    broker = start("broker", "--listen", endpoint)
    broker.errors.wait_for("listening on")
    screen.shows("no queues yet")
    broker.kill()
    broker.process.wait()
    screen.shows("NO ANSWER")
    screen.press("2")
    screen.shows("[2 Workers]")
    start("broker", "--listen", endpoint).errors.wait_for("listening on")
    screen.waits(lambda: "NO ANSWER" not in screen.text(), "the broker again")
    screen.press("q")
    assert screen.wait() == 0


def test_paused_it_stands_still(top, broker, steelyard):
    screen = top("--interval", 0.1)
    screen.shows("no queues yet")
    screen.press("p")
    screen.shows("PAUSED")
    steelyard("submit", "ocr", "x", "--no-wait")
    screen.press("?")
    screen.shows("any key goes back")
    screen.press("x")
    screen.shows("PAUSED")
    assert "ocr" not in screen.text()
    screen.press(" ")
    screen.shows("ocr ")
    screen.press("p")
    screen.waits(lambda: "PAUSED" not in screen.text(), "it to go on")


@pytest.mark.parametrize("number, status", [
    (signal.SIGINT, 0), (signal.SIGTERM, 143), (signal.SIGABRT, -6), (signal.SIGSEGV, -11)])
def test_a_signal_or_a_crash_leaves_the_terminal_as_it_was(top, broker, number, status):
    screen = top("--interval", 0.1)
    screen.shows("no queues yet")
    screen.process.send_signal(number)
    assert screen.wait() == status
    wait_for(screen.is_as_it_was, what=f"a usable terminal after {number!r}")


def test_ctrl_c_quits(top, broker):
    screen = top()
    screen.shows("no queues yet")
    screen.press("\x03")
    assert screen.wait() == 0
    wait_for(screen.is_as_it_was, what="a usable terminal")


@pytest.mark.parametrize("kind", ["no-such-terminal", "dumb", ""])
def test_a_terminal_that_cannot_be_used_is_named(top, broker, kind):
    screen = top(TERM=kind)
    assert screen.wait() == 2
    wait_for(lambda: f"the terminal '{kind}'" in screen.said, what="a complaint")
    assert "--once" in screen.said
