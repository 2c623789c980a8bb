"""Jobs that go on in another queue, by workers of `--lines`: one job for its requester, which hears
what the last stage answers, whatever is killed on the way."""

import json
import os
import signal
import sys

import pytest

from conftest import wait_for

STAGE = """
import json, os, sys
def tell(answer):
    print(json.dumps(answer), flush=True)
for line in sys.stdin:
    job = json.loads(line)
    if "cancel" in job:
        continue
    with open(sys.argv[1], "a") as log:
        log.write(f"{job['payload']} {job['hop']} {job['attempt']} {os.getpid()}\\n")
    WORK
"""
ADD_AND_GO_ON = """
    if job["payload"] == "wrong":
        tell({"id": job["id"], "error": "not a word"})
    else:
        tell({"id": job["id"], "forward": {"queue": "second", "payload": job["payload"] + "+"}})
"""
ANSWER = """
    tell({"id": job["id"], "result": job["payload"] + "!"})
"""
HOLD = """
    open(sys.argv[1] + ".gate").read()
""" + ANSWER
ROUND = """
    tell({"id": job["id"], "forward": {"queue": "round", "payload": job["payload"]}})
"""


@pytest.fixture
def stage(start, tmp_path):
    """Starts a worker: stage("first", ADD_AND_GO_ON); returns the file of what it was given."""

    def start_one(queue, work):
        log = tmp_path / f"{queue}.log"
        program = tmp_path / f"{queue}.py"
        program.write_text(STAGE.replace("    WORK\n", work))
        command = f"{sys.executable} {program} {log}"
        start("worker", "--queue", queue, "--lines", command).errors.wait_for("ready: ")
        return log

    return start_one


def given(log):
    """Payload, hop, attempt and process of each job that the stage was given."""
    return [line.split() for line in log.read_text().splitlines()] if log.exists() else []


def test_the_last_stage_answers_and_any_stage_may_refuse(broker, stage, steelyard):
    stage("first", ADD_AND_GO_ON)
    second = stage("second", ANSWER)
    done = steelyard("submit", "first", "--lines", "-", stdin=b"a\nwrong\nb\n")
    assert done.status == 1
    assert [line for line in done.output.splitlines() if line] == ["a+!", "b+!"]
    assert "not a word" in done.errors
    assert sorted(job[:3] for job in given(second)) == [["a+", "1", "1"], ["b+", "1", "1"]]
    jobs = json.loads(steelyard("stats", "--json").output)["jobs"]
    assert (jobs["forwarded_in"], jobs["forwarded_out"], jobs["balanced"]) == (2, 2, True)


def test_a_killed_stage_is_done_again_and_the_one_before_is_not(broker, stage, steelyard, start):
    first = stage("first", ADD_AND_GO_ON)
    second = stage("second", HOLD)
    os.mkfifo(f"{second}.gate")
    client = start("submit", "first", "a")
    wait_for(lambda: len(given(second)) == 1)
    os.kill(int(given(second)[0][3]), signal.SIGKILL)
    wait_for(lambda: len(given(second)) == 2)
    open(f"{second}.gate", "w").close()
    assert client.wait() == 0
    assert len(given(first)) == 1
    assert [job[:3] for job in given(second)] == [["a+", "1", "1"], ["a+", "1", "2"]]


def test_a_broker_that_was_killed_goes_on_at_the_stage_that_was_reached(
    start_broker, stage, steelyard, tmp_path
):
    broker = start_broker("--journal", tmp_path / "jobs.journal")
    first = stage("first", ADD_AND_GO_ON)
    done = steelyard("submit", "first", "a", "--no-wait", "--durability", "journal")
    [job] = done.output.split()

    def has_moved():
        queues = json.loads(steelyard("ls", "queues", "--json").output)["rows"]
        return any(row["queue"] == "second" and row["jobs"]["queued"] == 1 for row in queues)

    wait_for(has_moved)
    wait_for(lambda: json.loads(steelyard("stats", "--json").output)["journal"]["behind"] == 0)
    broker.running.kill()
    start_broker("--journal", tmp_path / "jobs.journal", listen=broker.endpoint)
    second = stage("second", ANSWER)
    assert steelyard("get", job, "--wait", 30).output.strip() == "a+!"
    assert len(given(first)) == 1
    assert given(second)[0][:2] == ["a+", "1"]


def test_a_pipeline_that_never_ends_is_ended(start_broker, stage, steelyard):
    start_broker("--max-hops", 5)
    log = stage("round", ROUND)
    done = steelyard("submit", "round", "a")
    assert done.status == 1
    assert "too_many_hops" in done.errors
    assert [job[1] for job in given(log)] == ["0", "1", "2", "3", "4", "5"]
