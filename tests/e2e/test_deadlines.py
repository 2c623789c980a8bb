"""Delays, deadlines, time limits, and jobs that are done once under a key."""

import json
import os
import signal

import pytest

from conftest import is_running, wait_for

# A --lines process: its first attempt at "slow" says who it is and goes on when there is a gate.
SLOW = """
import json, os, select, sys
folder = sys.argv[1]
for line in sys.stdin:
    job = json.loads(line)
    if "id" not in job:
        continue
    if job["payload"] == "slow" and job["attempt"] == 1:
        with open(f"{folder}/new", "w") as file:
            file.write(str(os.getpid()))
        os.rename(f"{folder}/new", f"{folder}/slow")
        while not os.path.exists(f"{folder}/gate"):
            select.select([], [], [], 0.01)
    print(json.dumps({"id": job["id"], "result": f"{job['attempt']} {os.getpid()}"}), flush=True)
"""


@pytest.fixture
def told(steelyard):
    return lambda job: json.loads(steelyard("get", job, "--json").output)


@pytest.fixture
def hand_in(steelyard):
    def run(*arguments):
        done = steelyard("submit", *arguments, "--no-wait")
        assert done.status == 0, done.errors
        [job] = done.output.split()
        return job

    return run


def test_a_delayed_job_waits_for_its_time(broker, start_worker, hand_in, told):
    start_worker("q", "--builtin", "echo")
    job = hand_in("q", "x", "--delay", 0.5)
    assert told(job)["status"] == "delayed"
    wait_for(lambda: told(job)["status"] == "finished", what="its time to come")


def test_a_job_that_cannot_begin_in_time_is_told_so_and_not_run(broker, steelyard, start_worker):
    done = steelyard("submit", "q", "x", "--deadline", 0.2)
    assert done.status == 1
    assert "expired" in done.errors
    start_worker("q", "--builtin", "echo")
    stats = json.loads(steelyard("stats", "--json").output)
    assert stats["jobs"]["expired"] == 1
    assert stats["attempts"]["dispatched"] == 0


def test_a_deadline_before_the_delay_is_wrong_usage(steelyard):
    done = steelyard("submit", "q", "x", "--delay", 10, "--deadline", 5)
    assert done.status == 2
    assert "--deadline" in done.errors


def test_a_job_without_progress_is_stopped_at_its_time_limit(start_broker, start, steelyard):
    start_broker("--max-attempts", 2, "--retry-first-ms", 10)
    start("worker", "--queue", "q", "--exec", "sleep 1000").errors.wait_for("ready: ")
    done = steelyard("submit", "q", "x", "--time-limit", 0.2)
    assert done.status == 1
    assert "over_time_limit" in done.errors
    stats = json.loads(steelyard("stats", "--json").output)
    assert stats["troubles"]["hung"] == 2


def test_a_stopped_process_is_replaced_at_the_time_limit_and_another_attempt_answers(
    start_broker, start, steelyard, tmp_path
):
    start_broker("--retry-first-ms", 10)
    program = tmp_path / "slow.py"
    program.write_text(SLOW, encoding="utf-8")
    start("worker", "--queue", "q", "--slots", 2, "--cancel-grace-s", 0.2, "--lines",
          f"/usr/bin/python3 {program} {tmp_path}").errors.wait_for("ready: ")
    waiting = start("submit", "q", "slow", "--time-limit", 0.5)
    stopped = int(wait_for((tmp_path / "slow").exists, what="it to run") and
                  (tmp_path / "slow").read_text(encoding="utf-8"))
    os.kill(stopped, signal.SIGSTOP)
    (tmp_path / "gate").touch()
    assert steelyard("submit", "q", "quick").output.startswith("1 "), "its neighbour goes on"
    assert waiting.wait() == 0
    [attempt, by] = waiting.output.lines[0].split()
    assert attempt == "2" and int(by) != stopped
    assert not is_running(stopped)
    stats = json.loads(steelyard("stats", "--json").output)
    assert stats["troubles"]["hung"] == 1 and stats["attempts"]["balanced"]


def test_a_job_with_a_key_is_done_once(broker, start_worker, steelyard, tmp_path):
    runs = tmp_path / "runs"
    start_worker("q", "--exec", f"sh -c 'echo run >> {runs}; cat'")
    first = steelyard("submit", "q", "x", "--key", "letter-17")
    again = steelyard("submit", "q", "x", "--key", "letter-17")
    assert (first.status, first.output) == (0, "x")
    assert (again.status, again.output, again.errors) == (0, "x", "")
    assert runs.read_text(encoding="utf-8") == "run\n"


def test_the_second_with_a_key_waits_for_the_first(broker, start, start_worker, hand_in):
    job = hand_in("q", "x", "--key", "k")
    assert hand_in("q", "x", "--key", "k") == job
    waiting = start("submit", "q", "x", "--key", "k")
    start_worker("q", "--exec", "tr a-z A-Z")
    assert waiting.wait() == 0
    assert waiting.output.lines == ["X"]


def test_another_job_with_the_same_key_is_refused(broker, hand_in, steelyard):
    job = hand_in("q", "x", "--key", "k")
    done = steelyard("submit", "q", "another", "--key", "k")
    assert done.status == 1
    assert "key_conflict" in done.errors and job in done.errors
