"""Delays, deadlines, time limits, and jobs that are done once under a key."""

import json

import pytest

from conftest import wait_for


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
