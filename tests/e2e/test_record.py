"""A broker's recording: replayed with the same decisions, and tried with every strategy."""

import json
import os
from pathlib import Path

import pytest
from conftest import wait_for


@pytest.fixture
def strategies(steelyard):
    """The names of all of them, as the simulator knows them."""
    finished = steelyard("sim", "six-jobs", "--strategy", "all", "--json")
    (comparison,) = json.loads(finished.output)["comparisons"]
    return [run["strategy"] for run in comparison["results"]]


@pytest.fixture
def trace(tmp_path):
    """Where the broker records to."""
    return tmp_path / "monday.trace"


@pytest.fixture
def tried(steelyard, trace):
    """What `steelyard sim trace` says about the recording, and its exit status."""

    def run(*words):
        finished = steelyard("sim", "trace", trace, *words, "--json")
        assert finished.errors == ""
        return json.loads(finished.output), finished.status

    return run


def start_worker(start, name="some-worker", *arguments):
    worker = start("worker", "--queue", "q", "--exec", "sleep 0.02", "--name", name, *arguments)
    worker.errors.wait_for("ready: ")
    return worker


def lines(count):
    return "\n".join(map(str, range(count))).encode()


def stop(broker):
    broker.running.interrupt()
    assert broker.running.wait() == 0


@pytest.fixture
def recorded(start_broker, start, steelyard, trace):
    """Some jobs without a state, and a broker that has ended."""
    broker = start_broker("--record", trace)
    start_worker(start)
    assert steelyard("submit", "q", "--lines", "-", stdin=lines(10)).status == 0
    stop(broker)
    return trace


def test_real_traffic_is_replayed_alike_and_tried_with_every_strategy(
    start_broker, start, steelyard, trace, tried, strategies
):
    broker = start_broker(
        "--record", trace, "--strategy", "groups-by-state:switch_penalty_s=1",
        "--worker-lost-after-ms", "2000",
    )
    doomed = start_worker(start, "doomed")
    start_worker(start, "lucky", "--tag", "gpu")
    clients = [
        start("submit", "q", "--lines", "-", "--state", state, "--user", user)
        for state, user in [("german", "ann"), ("french", "bob"), ("english", "ann")]
    ]
    clients.append(start("submit", "q", "--lines", "-", "--tag", "gpu", "--user", "bob"))
    for client in clients:
        client.write(lines(40))
        client.close_input()
    wait_for(lambda: json.loads(steelyard("stats", "--json").output)["jobs"]["finished"] > 5)
    doomed.kill()
    assert [client.wait() for client in clients] == [0, 0, 0, 0]
    stop(broker)

    report, status = tried()
    recording = report["recording"]
    assert status == 0, recording
    assert recording["alike"] and recording["difference"] is None
    assert recording["strategy"] == "groups-by-state:switch_penalty_s=1"
    assert recording["alike_events"] == recording["events"]
    assert recording["alike_decisions"] >= 160
    assert (recording["cut_off"], recording["ended_because"]) == (False, "")
    assert (recording["traffic"]["jobs"], recording["traffic"]["workers"]) == (160, 2)
    (comparison,) = report["comparisons"]
    assert [run["strategy"] for run in comparison["results"]] == strategies
    assert {run["finished"] for run in comparison["results"]} == {160}
    states = {row["name"]: row["jobs"] for row in comparison["results"][0]["states"]}
    assert states == {"german": 40, "french": 40, "english": 40}

    people = steelyard("sim", "trace", trace).output
    assert " decisions, all as the broker made them.\n" in people
    for name in strategies:
        assert f"\n{name} " in people


def test_what_the_journal_brought_back_is_in_it(
    start_broker, start, steelyard, trace, tried, tmp_path
):
    flags = ["--journal", tmp_path / "jobs.journal"]
    first = start_broker(*flags)
    submit = ["submit", "q", "--lines", "-", "--no-wait", "--durability", "journal"]
    jobs = steelyard(*submit, stdin=lines(20)).output.split()
    stop(first)
    second = start_broker(*flags, "--record", trace, listen=first.endpoint)
    assert "recovered 20 jobs from " in second.running.errors.lines[0]
    start_worker(start)
    assert steelyard("get", *jobs, "--wait", 60).status == 0
    stop(second)
    report, status = tried()
    assert status == 0, report["recording"]
    assert report["recording"]["alike"]
    assert report["recording"]["alike_decisions"] >= 20


def test_only_the_strategies_that_are_named_are_tried(recorded, tried):
    report, _ = tried("--strategy", "oldest", "--jobs", "4")
    (comparison,) = report["comparisons"]
    assert comparison["jobs"] == 4
    assert [run["strategy"] for run in comparison["results"]] == ["oldest"]


def test_a_killed_broker_leaves_a_recording_that_can_be_used(
    start_broker, start, steelyard, trace, tried
):
    broker = start_broker("--record", trace)
    start_worker(start)
    assert steelyard("submit", "q", "--lines", "-", stdin=lines(10)).status == 0
    # A recording that is being written can be read as well; what is a second old is in it.
    wait_for(lambda: (tried()[0]["recording"]["traffic"] or {}).get("jobs") == 10)
    broker.running.kill()
    report, status = tried()
    assert status == 0
    assert report["recording"]["cut_off"]
    assert report["recording"]["alike"]
    assert report["recording"]["traffic"]["jobs"] == 10
    assert "It is cut off: " in steelyard("sim", "trace", trace).output


def test_a_change_in_a_recording_is_found_or_does_no_harm(recorded, steelyard):
    whole = recorded.read_bytes()
    statuses = set()
    different = 0
    for place in range(0, len(whole), max(1, len(whole) // 60)):
        changed = bytearray(whole)
        changed[place] ^= 1
        recorded.write_bytes(changed)
        finished = steelyard("sim", "trace", recorded, "--strategy", "oldest")
        statuses.add(finished.status)
        assert finished.errors.count("\n") == (1 if finished.status == 2 else 0)
        if "DIFFERENT at event " in finished.output:
            assert finished.status == 1
            assert "\n  recorded: " in finished.output
            assert "\n  replayed: " in finished.output
            different += 1
    assert statuses <= {0, 1, 2}
    assert different > 5


def test_what_is_no_recording_is_refused(steelyard, tmp_path):
    other = tmp_path / "trace.jsonl"
    other.write_text('{"time_s": 1, "run_s": 1}\n', encoding="utf-8")
    finished = steelyard("sim", "trace", other)
    assert finished.status == 2
    assert finished.errors == (
        f"steelyard sim: {other}: this is no recording of `steelyard broker --record`; "
        "a workload of JSON lines is tried with trace:FILE\n"
    )
    absent = steelyard("sim", "trace", tmp_path / "absent")
    assert (absent.status, absent.output) == (1, "")
    assert "absent cannot be read" in absent.errors


def test_a_file_is_replaced_only_when_that_is_said(steelyard, start_broker, trace):
    trace.write_text("precious", encoding="utf-8")
    refused = steelyard("broker", "--listen", "tcp://127.0.0.1:0", "--record", trace)
    assert refused.status == 1
    assert f"steelyard broker: --record: {trace}: " in refused.errors
    assert "add --record-overwrite" in refused.errors
    assert trace.read_text(encoding="utf-8") == "precious"
    stop(start_broker("--record", trace, "--record-overwrite"))
    assert trace.read_bytes().find(b"steelyard recording") > 0


def test_a_broker_that_cannot_listen_leaves_no_file(steelyard, start_broker, trace):
    running = start_broker()
    finished = steelyard("broker", "--listen", running.endpoint, "--record", trace)
    assert finished.status != 0
    assert not trace.exists()


def test_a_full_file_ends_the_recording_and_not_the_broker(
    start_broker, start, steelyard, trace, tried
):
    broker = start_broker("--record", trace, "--record-max-bytes", "1000000")
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    said = r"recording to \S+ has stopped: the file is as large as it may be, 1000000 bytes"
    submitted = 0
    while not any("has stopped" in line for line in broker.running.errors.lines):
        assert steelyard("submit", "q", "--lines", "-", stdin=lines(5_000)).status == 0
        submitted += 5_000
        assert submitted < 200_000
    broker.running.errors.wait_for(said)
    assert steelyard("submit", "q", "still there").output == "still there"
    assert trace.stat().st_size <= 1_000_000
    report, status = tried("--strategy", "oldest")
    assert status == 0
    assert report["recording"]["alike"]
    assert "as large as it may be" in report["recording"]["ended_because"]


def test_a_plugins_strategy_is_replayed_with_the_plugin(start_broker, start, steelyard, trace):
    folder = Path(os.environ["STEELYARD_BIN"]).parent
    (plugin,) = sorted(folder.rglob("steelyard_shortest_lane.so"))
    broker = start_broker("--plugin", plugin, "--strategy", "shortest-lane", "--record", trace)
    start_worker(start)
    assert steelyard("submit", "q", "--lines", "-", stdin=lines(5)).status == 0
    stop(broker)
    without = steelyard("sim", "trace", trace)
    assert without.status == 2
    assert "recorded with strategy 'shortest-lane', which cannot be made here" in without.errors
    assert "--plugin FILE" in without.errors
    finished = steelyard("sim", "trace", trace, "--plugin", plugin)
    assert finished.status == 0
    assert "\nshortest-lane " in finished.output


def test_a_recording_without_jobs_says_so(start_broker, steelyard, trace):
    stop(start_broker("--record", trace))
    finished = steelyard("sim", "trace", trace)
    assert finished.status == 0
    assert finished.output.endswith("no job was recorded: there is nothing to try\n")
