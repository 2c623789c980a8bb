"""Jobs in the journal outlive the broker: it is killed, and goes on with the same file."""

import json
import re

import pytest

from conftest import wait_for


@pytest.fixture
def journalled(start_broker, tmp_path):
    """Starts a broker with the journal of this test; again, at the same place."""
    place = []

    def start_one():
        listen = place[0] if place else "tcp://127.0.0.1:0"
        # Answers of a client that does not come back are kept for others when it counts as gone.
        flags = ["--journal", tmp_path / "jobs.journal", "--session-gone-after-ms", 2000]
        broker = start_broker(*flags, listen=listen)
        place[:] = [broker.endpoint]
        return broker

    return start_one


def hand_in(steelyard, *arguments, stdin=b""):
    done = steelyard("submit", *arguments, "--durability", "journal", "--no-wait", stdin=stdin)
    assert done.status == 0, done.errors
    return done.output.split()


def standings(steelyard, jobs):
    told = steelyard("get", *jobs, "--json").output.splitlines()
    return [json.loads(line)["status"] for line in told]


def test_what_was_acknowledged_is_done_after_the_broker_was_killed(journalled, steelyard, start):
    broker = journalled()
    lines = "".join(f"{number}\n" for number in range(500)).encode()
    jobs = hand_in(steelyard, "q", "--lines", "-", stdin=lines)
    assert len(jobs) == 500
    broker.running.kill()
    journalled()
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    done = steelyard("get", *jobs, "--wait", 60, "--json")
    results = [json.loads(line).get("result") for line in done.output.splitlines()]
    assert results == [str(number) for number in range(500)]


def test_a_job_that_ran_is_done_again_and_a_kept_result_stays(
    journalled, steelyard, start, tmp_path
):
    broker = journalled()
    gate = tmp_path / "gate"
    hold = f"while test $x = slow && ! test -e {gate}; do sleep 0.02; done"
    command = f"sh -c 'read x; {hold}; echo $x'"
    start("worker", "--queue", "q", "--slots", 2, "--exec", command).errors.wait_for("ready: ")
    fast, slow = hand_in(steelyard, "q", "--lines", "-", stdin=b"fast\nslow\n")
    wait_for(lambda: standings(steelyard, [fast, slow]) == ["finished", "running"])
    broker.running.kill()
    journalled()
    gate.touch()
    wait_for(lambda: standings(steelyard, [fast, slow]) == ["finished", "finished"])
    assert steelyard("get", fast).output.strip() == "fast"


def test_delays_and_keys_are_remembered(journalled, steelyard):
    broker = journalled()
    [delayed] = hand_in(steelyard, "q", "x", "--delay", 1000)
    [keyed] = hand_in(steelyard, "q", "y", "--key", "k")
    broker.running.kill()
    journalled()
    assert standings(steelyard, [delayed, keyed]) == ["delayed", "queued"]
    assert hand_in(steelyard, "q", "y", "--key", "k") == [keyed]


def test_a_key_is_not_said_to_be_safer_than_its_job_is(journalled, steelyard):
    journalled()
    in_memory = steelyard("submit", "q", "x", "--key", "k", "--no-wait").output.strip()
    safer = steelyard("submit", "q", "x", "--key", "k", "--no-wait", "--durability", "journal")
    assert safer.status == 1
    assert "key_conflict" in safer.errors and in_memory in safer.errors
    [on_disk] = hand_in(steelyard, "q", "x", "--key", "l")
    other = steelyard("submit", "q", "x", "--key", "l", "--no-wait")
    assert "key_conflict" in other.errors and on_disk in other.errors


def test_a_client_that_waits_gets_its_answer_after_the_broker_was_killed(
    journalled, steelyard, start
):
    broker = journalled()
    waiting = start("submit", "q", "hello", "--durability", "journal")
    wait_for(lambda: json.loads(steelyard("stats", "--json").output)["jobs"]["queued"] == 1)
    broker.running.kill()
    journalled()
    start("worker", "--queue", "q", "--exec", "tr a-z A-Z").errors.wait_for("ready: ")
    assert waiting.wait() == 0
    assert waiting.output.lines == ["HELLO"]


def test_a_broker_without_one_refuses_such_jobs(broker, steelyard):
    done = steelyard("submit", "q", "x", "--durability", "journal")
    assert done.status == 1
    assert "not_journalled" in done.errors and "--journal" in done.errors


def test_a_file_that_is_no_journal_is_left_as_it_is(steelyard, tmp_path):
    file = tmp_path / "letter"
    file.write_bytes(b"dear reader\n" * 1000)
    done = steelyard("broker", "--listen", "tcp://127.0.0.1:0", "--journal", file)
    assert done.status != 0
    assert re.search("--journal|letter", done.errors)
    assert file.read_bytes() == b"dear reader\n" * 1000


@pytest.mark.parametrize("name", ["jobs.journal", "{folder}/jobs.journal"])
def test_a_journal_that_another_broker_has_is_named_as_its_setting(
    journalled, steelyard, tmp_path, monkeypatch, name
):
    monkeypatch.chdir(tmp_path)
    journalled()
    done = steelyard("broker", "--listen", "tcp://127.0.0.1:0", "--journal",
                     name.format(folder=tmp_path))
    assert done.status == 1
    assert done.errors == (f"steelyard broker: --journal: {tmp_path}/jobs.journal: the journal is "
                           "in use by a broker or by `steelyard journal`: stop that first\n")
