"""A job whose workers die is set aside, with what is known of their deaths."""

import json

import pytest

from conftest import wait_for


@pytest.fixture
def victim(start_broker, start, steelyard, tmp_path):
    """A job that has killed two workers; it is harmless once the file `cured` is there."""
    start_broker("--max-deaths", 2, "--retry-first-ms", 10)
    command = f"sh -c 'test -e {tmp_path}/cured && exec cat; echo overflow >&2; kill -9 $$'"
    worker = start("worker", "--queue", "q", "--name", "w1", "--exec", command)
    worker.errors.wait_for("ready: ")
    done = steelyard("submit", "q", "poison", "--no-wait")
    assert done.status == 0, done.errors
    [job] = done.output.split()

    def standing():
        return json.loads(steelyard("get", job, "--json").output)["status"]

    wait_for(lambda: standing() == "quarantined", what="two deaths")
    return job, standing


def test_a_job_in_quarantine_is_listed_with_the_evidence(victim, steelyard):
    job, _ = victim
    listed = steelyard("quarantine", "ls")
    assert listed.status == 0
    assert listed.output.startswith(f"{job}  queue q")
    assert listed.output.count("w1: died") == 2
    assert "signal 9" in listed.output and "overflow" in listed.output
    [row] = json.loads(steelyard("quarantine", "ls", "--json").output)["rows"]
    assert [death["attempt"] for death in row["deaths"]] == [1, 2]
    assert "in quarantine" in steelyard("health").output


def test_released_it_runs_once_more(victim, steelyard, tmp_path):
    job, standing = victim
    (tmp_path / "cured").touch()
    released = steelyard("quarantine", "release", job)
    assert (released.status, released.output) == (0, f"{job}  queued\n")
    wait_for(lambda: standing() == "finished", what="the cured job to end")
    assert steelyard("quarantine", "ls").output == "no job is in quarantine\n"


def test_dropped_it_is_gone(victim, steelyard):
    job, standing = victim
    dropped = steelyard("quarantine", "drop", job)
    assert (dropped.status, dropped.output) == (0, f"{job}  cancelled\n")
    assert standing() in ("gone", "unknown")
    again = steelyard("quarantine", "drop", job)
    assert again.status == 1
    assert "not in quarantine" in again.output


def test_who_waits_is_told_that_it_is_in_quarantine(start_broker, start, steelyard):
    start_broker("--max-deaths", 1)
    worker = start("worker", "--queue", "q", "--exec", "sh -c 'kill -9 $$'")
    worker.errors.wait_for("ready: ")
    done = steelyard("submit", "q", "poison")
    assert done.status == 1
    assert "quarantined" in done.errors


def test_a_job_that_kills_its_workers_goes_there_and_others_are_done(
    start_broker, start, steelyard, tmp_path
):
    """The worker itself dies, not only what it started; three are enough by default."""
    start_broker("--retry-first-ms", 10, "--worker-lost-after-ms", 2000)
    command = (f"sh -c 'read x; test $x != poison || test -e {tmp_path}/cured || kill -9 $PPID;"
               " echo $x'")
    workers = {}
    for name in ("w1", "w2", "w3", "w4"):
        worker = start("worker", "--queue", "q", "--name", name, "--slots", 2, "--exec", command)
        workers[name] = worker
        worker.errors.wait_for("ready: ")
    lines = "".join(f"{number}\n" for number in range(200)).encode()
    others = start("submit", "q", "--lines", "-")
    others.write(lines)
    [job] = steelyard("submit", "q", "poison", "--no-wait").output.split()
    others.write(lines)
    others.close_input()

    def rows():
        return json.loads(steelyard("quarantine", "ls", "--json").output)["rows"]

    [row] = wait_for(rows, what="it to be in quarantine")
    assert row["job"] == job
    dead = [name for name, worker in workers.items() if worker.process.poll() is not None]
    assert sorted(death["worker"] for death in row["deaths"]) == dead
    assert len(dead) == 3
    assert others.wait() == 0
    assert others.output.lines == [str(number) for number in [*range(200)] * 2]
    (tmp_path / "cured").touch()
    assert steelyard("quarantine", "release", job).status == 0
    assert steelyard("get", job, "--wait", 60).output == "poison\n"
