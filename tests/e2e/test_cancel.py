"""Cancelling jobs wherever they are: by id, by user, by queue; with those who listen and not."""

import json

import pytest

from conftest import wait_for

# A --lines process that runs each job until it is told to stop.
LISTENER = """
import json, sys
for line in sys.stdin:
    said = json.loads(line)
    if "cancel" in said:
        print(json.dumps({"id": said["cancel"], "stopped": True}), flush=True)
"""
# The same, and it does not listen.
DEAF = """
import sys
for line in sys.stdin:
    pass
"""


@pytest.fixture
def lines_worker(start_worker, tmp_path):
    """Starts a worker whose process is this Python text."""

    def start_one(queue, text, *arguments):
        program = tmp_path / f"{queue}.py"
        program.write_text(text, encoding="utf-8")
        return start_worker(queue, "--lines", f"/usr/bin/python3 {program}", *arguments)

    return start_one


@pytest.fixture
def hand_in(steelyard):
    def run(*arguments, stdin=b""):
        done = steelyard("submit", *arguments, "--no-wait", stdin=stdin)
        assert done.status == 0, done.errors
        return done.output.split()

    return run


@pytest.fixture
def standing(steelyard):
    return lambda job: json.loads(steelyard("get", job, "--json").output)["status"]


def test_a_running_job_that_listens_is_cancelled_when_it_has_stopped(
    broker, lines_worker, hand_in, standing, steelyard
):
    lines_worker("q", LISTENER)
    [job] = hand_in("q", "x")
    wait_for(lambda: standing(job) == "running", what="the job to run")
    done = steelyard("cancel", job)
    assert (done.status, done.output) == (0, f"{job}  cancelled, was running\n")
    assert standing(job) == "cancelled"
    again = steelyard("cancel", job)
    assert (again.status, again.output) == (0, f"{job}  cancelled before\n")


def test_one_that_does_not_listen_is_ended_by_force_and_its_process_replaced(
    broker, lines_worker, hand_in, standing, steelyard
):
    lines_worker("q", DEAF, "--cancel-grace-s", 0.2)
    first, second = hand_in("q", "--lines", "-", stdin=b"x\ny\n")
    wait_for(lambda: standing(first) == "running", what="the job to run")
    assert steelyard("cancel", first).output == f"{first}  cancelled, was running\n"
    wait_for(lambda: standing(second) == "running", what="the next job to run")


def test_a_process_of_its_own_is_told_by_a_signal(
    broker, start_worker, hand_in, standing, steelyard
):
    start_worker("q", "--exec", "sleep 1000")
    [job] = hand_in("q", "x")
    wait_for(lambda: standing(job) == "running", what="the job to run")
    assert steelyard("cancel", job, "--json").status == 0
    assert standing(job) == "cancelled"


def test_nobody_has_to_wait_for_it(broker, lines_worker, hand_in, standing, steelyard):
    lines_worker("q", DEAF, "--cancel-grace-s", 2)
    [job] = hand_in("q", "x")
    wait_for(lambda: standing(job) == "running", what="the job to run")
    done = steelyard("cancel", job, "--no-wait")
    assert done.status == 0
    assert "asked to stop and has not ended yet" in done.output
    wait_for(lambda: standing(job) == "cancelled", what="it to be ended")


def test_jobs_that_wait_for_their_time_are_cancelled_too(broker, hand_in, standing, steelyard):
    [job] = hand_in("q", "x", "--delay", 1000)
    assert standing(job) == "delayed"
    assert steelyard("cancel", job).output == f"{job}  cancelled, was delayed\n"


def test_all_of_a_user_are_counted_first_and_cancelled_then(
    broker, lines_worker, hand_in, standing, steelyard
):
    lines_worker("q", LISTENER)
    mine = hand_in("q", "--lines", "-", "--user", "ann", stdin=b"1\n2\n3\n")
    [other] = hand_in("q", "x", "--user", "bob")
    wait_for(lambda: standing(mine[0]) == "running", what="the first to run")
    dry = steelyard("cancel", "--user", "ann", "--dry-run")
    assert (dry.status, dry.output) == (
        0, "would cancel 0 delayed, 2 queued and 1 job running\n")
    done = steelyard("cancel", "--user", "ann", "--queue", "q")
    assert (done.status, done.output) == (0, "cancelled 0 delayed, 2 queued and 1 job running\n")
    assert [standing(job) for job in mine] == ["cancelled"] * 3
    wait_for(lambda: standing(other) == "running", what="the other user's job to run")


def test_who_waits_for_a_running_job_is_told(broker, lines_worker, start, steelyard):
    lines_worker("q", LISTENER)
    waiting = start("submit", "q", "x")

    def running():
        rows = json.loads(steelyard("ls", "jobs", "--json").output)["rows"]
        return [row["job"] for row in rows if row["status"] == "running"]

    [job] = wait_for(running, what="the job to run")
    assert steelyard("cancel", job).status == 0
    assert waiting.wait() == 1
    assert "cancelled" in waiting.errors.lines[-1]
