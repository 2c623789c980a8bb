"""Why jobs wait, where they were given and what workers were given, as told by a real broker."""

import json
import os

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
def explain(steelyard):
    """What `explain` says about a job or a worker."""

    def run(*arguments):
        done = steelyard("explain", *arguments)
        assert (done.status, done.errors) == (0, "")
        return done.output

    return run


@pytest.fixture
def explained(explain):
    """The broker's JSON about a job or a worker."""
    return lambda *arguments: json.loads(explain(*arguments, "--json"))


@pytest.fixture
def gate(tmp_path):
    """A pipe at which jobs of `cat GATE` are held up until it is opened."""
    path = tmp_path / "gate"
    os.mkfifo(path)
    return path


@pytest.fixture
def start_worker(start):
    """Starts a worker and waits until it is ready; whatever broker there is."""

    def start_one(queue_name, *arguments):
        worker = start("worker", "--queue", queue_name, *arguments)
        worker.errors.wait_for("ready: ")
        return worker

    return start_one


def runs(explained, job):
    return lambda: explained(job)["status"] == "running"


def test_a_job_waits_behind_others(broker, hand_in, explain, explained, start_worker, gate):
    start_worker("q", "--exec", f"cat {gate}", "--name", "w1")
    [first] = hand_in("q", "x")
    wait_for(runs(explained, first), what="the first to run")
    jobs = hand_in("q", "--lines", "-", "--user", "ann", stdin=b"1\n2\n3\n")
    said = explain(jobs[2])
    assert said.startswith(f"{jobs[2]} has waited for ")
    assert "queue q, user ann, priority 0" in said
    assert "ahead     2 jobs for queue q, priority counted in\n" in said
    assert "workers   1 worker may run it, with 1 slot, which is busy\n" in said
    assert "user      ann " in said
    assert "expected  to begin in " in said and "(an estimate)" in said
    waiting = explained(jobs[2])["waiting"]
    assert waiting["ahead"]["of_its_kind"] == 2
    estimate = waiting["estimate"]
    assert estimate["soonest_s"] <= estimate["expected_s"] <= estimate["latest_s"]


def test_a_job_that_nobody_may_run_says_what_to_start(broker, hand_in, explain, start_worker):
    start_worker("other", "--builtin", "echo")
    start_worker("urgent", "--builtin", "echo", "--priority-min", 5)
    [unserved] = hand_in("q", "x")
    said = explain(unserved)
    assert "why       nobody can run it: no worker serves queue 'q'\n" in said
    assert "to do     start one with `steelyard worker --queue q --exec COMMAND`\n" in said
    assert "expected" not in said
    [outside] = hand_in("urgent", "x", "--priority", 4)
    assert "no worker of queue 'urgent' takes jobs of priority 4" in explain(outside)


def test_a_job_waits_for_the_holder_of_its_state(
    start_broker, hand_in, explain, explained, start_worker, gate
):
    start_broker("--strategy", "amortised")
    for name in ["w1", "w2"]:
        start_worker("q", "--exec", f"cat {gate}", "--name", name)
    [first] = hand_in("q", "x", "--state", "german")
    wait_for(runs(explained, first), what="the first to run")
    [job] = hand_in("q", "x", "--state", "german")
    told = explained(job)
    holder = explained(first)["worker"]
    [held_by] = told["waiting"]["needs"]["held_by"]
    assert (held_by["worker"], held_by["jobs"]) == (holder, 1)
    assert held_by["loading_or_first_job_for_s"] > 0
    assert told["waiting"]["workers"] == {"may_run_it": 2, "slots": 2, "free_slots": 1}
    said = explain(job)
    assert f"state     german: {holder} began " in said
    assert "waits     for those who hold its state, to strategy 'amortised' another load" in said


def test_a_finished_job_that_is_kept_says_where_it_was_given(
    start_broker, hand_in, steelyard, explain, start_worker
):
    start_broker("--strategy", "oldest")
    start_worker("q", "--builtin", "echo", "--name", "w1")
    [job] = hand_in("q", "x", "--state", "german")
    assert steelyard("get", job, "--wait", 60).output == "x"
    said = explain(job)
    assert said.startswith(f"{job} has finished in ")
    assert "given     to w1 " in said
    assert ", to load german: it had waited longest" in said


def test_a_job_of_which_only_the_decision_is_left(broker, start, steelyard, start_worker, explain):
    start_worker("q", "--builtin", "echo", "--name", "w1")
    client = start("submit", "q", "--lines", "-")  # its conversation goes on
    client.write(b"x\n")
    client.output.wait_for("x")

    def given():
        rows = json.loads(explain("--worker", "w1", "--json"))["rows"]
        return rows[0]["decisions"]

    [decision] = wait_for(given, what="the decision")
    said = wait_for(
        lambda: "is over" in explain(decision["job"]) and explain(decision["job"]),
        what="the receipt to arrive",
    )
    assert "given     to w1 " in said
    client.close_input()
    assert client.wait() == 0


def test_what_is_unknown_is_said_with_what_to_do(broker, steelyard, start_worker):
    start_worker("q", "--builtin", "echo", "--name", "w1")
    job = steelyard("explain", "0123456789abcdef-42")
    assert (job.status, job.output) == (1, "")
    assert "there is no such job" in job.errors and "steelyard ls jobs" in job.errors
    worker = steelyard("explain", "--worker", "w2")
    assert (worker.status, worker.output) == (1, "")
    assert "no worker is called 'w2', did you mean 'w1'?" in worker.errors
    assert job.errors.count("\n") == worker.errors.count("\n") == 1


def test_a_worker_tells_what_it_was_given(
    start_broker, steelyard, start_worker, explain, explained
):
    start_broker("--strategy", "oldest")
    start_worker("q", "--builtin", "echo", "--name", "w1", "--states", 1)
    for state in ["german", "french", "german"]:
        assert steelyard("submit", "q", "x", "--state", state).status == 0
    [row] = explained("--worker", "w1")["rows"]
    given = [(one["state"], one["loads"], one["gave_up"]) for one in row["decisions"]]
    assert given == [
        ("german", True, "french"),
        ("french", True, "german"),
        ("german", True, None),
    ]
    assert [one["state"] for one in row["holds"]] == ["german"]
    lines = explain("--worker", "w1", "--last", 2).splitlines()
    assert lines[0] == "w1 serves q with 0 of 1 slot busy; it holds german"
    assert lines[2].split() == ["AGO", "GIVEN", "QUEUE", "STATE", "WHY"]
    assert len(lines) == 5
    assert "german loaded, gave up french" in lines[3]
    assert lines[3].endswith("it had waited longest, priority counted in")


def test_stats_tell_how_good_the_estimates_are(broker, steelyard, start_worker):
    start_worker("q", "--builtin", "echo", "--states", 1)
    for state in ["german", "french"]:
        assert steelyard("submit", "q", "x", "--state", state).status == 0
    stats = json.loads(steelyard("stats", "--json").output)
    assert stats["start_estimates"]["jobs"] == 2
    assert 0 <= stats["start_estimates"]["within_share"] <= 1
    assert (stats["switches"], stats["evictions"], stats["failed_loads"]) == (2, 1, 0)
    said = steelyard("stats").output
    assert "1 eviction " in said
    assert " % of 2 jobs began when expected" in said
