"""Asking about jobs, cancelling them, and draining workers."""

import json

import pytest

from conftest import wait_for


@pytest.fixture
def hand_in(steelyard):
    """Hands in jobs without waiting for them; their ids."""

    def run(*arguments, stdin=b""):
        done = steelyard("submit", *arguments, "--no-wait", stdin=stdin)
        assert done.status == 0, done.errors
        return done.output.split()

    return run


@pytest.fixture
def told(steelyard):
    """What the broker tells about one job."""
    return lambda job: json.loads(steelyard("get", job, "--json").output)


def test_a_job_handed_in_without_waiting_is_done_and_its_result_kept(
    broker, hand_in, steelyard, start_worker, told
):
    [job] = hand_in("shout", "hello")
    assert told(job)["status"] == "queued"
    start_worker("shout", "--exec", "tr a-z A-Z")
    done = steelyard("get", job, "--wait", 60)
    assert (done.status, done.output) == (0, "HELLO")
    again = told(job)
    assert again["result"] == "HELLO"
    assert again["waiting_s"] > 0


def test_many_jobs_are_told_apart(broker, hand_in, steelyard, start_worker):
    lines = "".join(f"{number}\n" for number in range(3000))
    jobs = hand_in("echo", "--lines", "-", stdin=lines.encode())
    assert len(set(jobs)) == 3000
    start_worker("echo", "--builtin", "echo")
    done = steelyard("get", *jobs, "--wait", 60, "--json")
    results = [json.loads(line)["result"] for line in done.output.splitlines()]
    assert results == [str(number) for number in range(3000)]


def test_a_failed_job_says_why(broker, hand_in, steelyard, start_worker):
    start_worker("q", "--exec", "sh -c 'echo no paper >&2; exit 3'")
    [job] = hand_in("q", "x")
    done = steelyard("get", job, "--wait", 60)
    assert done.status == 1
    assert "failed" in done.output and "no paper" in done.output


def test_a_job_that_does_not_end_in_time_is_no_success(broker, hand_in, steelyard):
    [job] = hand_in("nobody", "x")
    done = steelyard("get", job, "--wait", 0.2)
    assert (done.status, done.output) == (1, f"{job}  queued\n")
    assert steelyard("get", job).status == 0  # who does not wait only asks


def test_who_stops_waiting_for_a_job_is_told_how_it_stands(broker, hand_in, start, steelyard):
    [job] = hand_in("nobody", "x")
    waiting = start("get", job, "--wait", 600)
    wait_for(lambda: json.loads(steelyard("audit", "--json").output)["clients"] >= 2,
             what="it to be connected")
    waiting.interrupt()
    assert waiting.wait() == 130
    waiting.output.wait_for(f"{job}  queued")


def test_an_unknown_job_is_explained(broker, steelyard):
    done = steelyard("get", "0000000000000001-1")
    assert done.status == 1
    assert done.output == ("0000000000000001-1  unknown: there is no such job, or it is "
                           "forgotten\n")


def test_cancel_takes_a_job_from_the_queue_and_tells_who_waits(broker, start, steelyard):
    waiting = start("submit", "q", "x")

    def listed():
        return [row["job"] for row in json.loads(steelyard("ls", "jobs", "--json").output)["rows"]]

    [job] = wait_for(listed, what="the job to be queued")
    done = steelyard("cancel", job, "0000000000000001-1")
    assert done.status == 1
    first, second = done.output.splitlines()
    assert first == f"{job}  cancelled, was queued"
    assert "unknown" in second
    assert waiting.wait() == 1
    waiting.errors.wait_for("cancelled")
    assert listed() == []


def test_drain_lets_a_worker_finish_and_go(broker, hand_in, steelyard, start_worker, told):
    worker = start_worker("q", "--exec", "sh -c 'read -r line; echo done'", "--name", "w1")
    [job] = hand_in("q", "x")
    unknown = steelyard("drain", "w2")
    assert unknown.status == 1
    assert "no worker is called 'w2'" in unknown.errors
    assert steelyard("drain", "w1").status == 0
    assert worker.wait() == 0
    assert told(job)["status"] in ("finished", "queued")


@pytest.mark.parametrize("wrong", ["", "42", "0123456789abcdef-0", "zz"])
def test_a_wrong_id_is_wrong_usage(steelyard, wrong):
    done = steelyard("get", wrong)
    assert done.status == 2
    assert "0123456789abcdef-42" in done.errors


def test_the_audit_finds_that_all_sides_agree(broker, hand_in, steelyard, start_worker, start):
    start_worker("echo", "--builtin", "echo")
    client = start("submit", "echo", "--lines", "-")
    client.write(b"".join(b"%d\n" % number for number in range(500)))

    def compared():
        report = json.loads(steelyard("audit", "--json").output)
        return report if report["settled"] >= 500 and report["comparisons"] > 3 else None

    report = wait_for(compared, what="some beats after the last receipt")
    assert report["balanced"], report
    client.close_input()
    assert client.wait() == 0
    done = steelyard("audit")
    assert done.status == 0
    assert done.output.startswith("OK: 500 jobs accepted, 500 settled")
