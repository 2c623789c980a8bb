"""States of workers without code: several per worker, loads that fail, pins, tags, sizes, and the
load of the machines."""

import json
import sys

import pytest
from conftest import told_by_submit, wait_for

# A long-lived process as docs/lines.md describes it. It answers with what it did and holds; a state
# that begins with "broken" cannot be loaded.
MODELS_PROGRAM = """
import json, sys
models, asked = [], []
for line in sys.stdin:
    request = json.loads(line)
    if "evict" in request:
        models.remove(request["evict"])
        continue
    answer = {"id": request["id"]}
    state = request.get("load", request.get("state"))
    asked.append("load" if "load" in request else "job")
    loads = state not in models
    if loads and state.startswith("broken"):
        print(json.dumps(answer | {"error": "no such model", "load_failed": True}), flush=True)
        continue
    if loads:
        models.append(state)
        answer |= {"loaded_s": 0.25, "state_bytes": 1_000_000}
    if "load" not in request:
        answer["result"] = json.dumps({"loads": loads, "models": models, "asked": asked})
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def models_command(tmp_path):
    path = tmp_path / "models.py"
    path.write_text(MODELS_PROGRAM, encoding="utf-8")
    return f"{sys.executable} {path}"


@pytest.fixture
def report(steelyard):
    """What a command says with --json."""
    return lambda *command: json.loads(steelyard(*command, "--json").output)


@pytest.fixture
def ask(steelyard):
    """What a models process answers to a job: ask("german")["models"]."""

    def one(state, *arguments):
        finished = steelyard("submit", "models", "x", "--state", state, *arguments)
        assert finished.status == 0, finished.errors
        return json.loads(finished.output)

    return one


def row_of(rows, key, name):
    return next((row for row in rows if row[key] == name), None)


def test_a_lines_worker_holds_two_of_three_states(start_worker, models_command, ask, report):
    start_worker("models", "--lines", models_command, "--states", 2)
    assert [ask(state)["loads"] for state in ["m1", "m2", "m1", "m2"]] == [True, True, False, False]
    third = ask("m3")
    assert third["loads"] and len(third["models"]) == 2
    stats = report("stats")
    assert (stats["switches"], stats["evictions"], stats["failed_loads"]) == (3, 1, 0)
    worker = report("ls", "workers")["rows"][0]
    assert (worker["max_states"], worker["evictions"]) == (2, 1)
    assert sorted(worker["states"]) == sorted(third["models"])


def test_states_are_listed_with_what_they_take(
    start_worker, models_command, ask, report, steelyard
):
    start_worker("models", "--lines", models_command)
    ask("m1")
    row = report("ls", "states")["rows"][0]
    assert (row["state"], row["holders"], row["bytes"], row["load_mean_s"]) == (
        "m1", 1, 1_000_000, pytest.approx(0.25, abs=0.25),
    )
    listed = steelyard("ls", "states").output.splitlines()
    assert listed[0].split()[:5] == ["STATE", "HOLDERS", "PINNED", "WAITING", "SIZE"]
    assert listed[1].split()[:4] == ["m1", "1", "-", "0"]


def test_several_processes_hold_a_state_each(start_worker, models_command, ask, report):
    start_worker("models", "--lines", models_command, "--slots", 2)
    assert [ask(state)["loads"] for state in ["m1", "m2", "m1", "m2"]] == [True, True, False, False]
    assert sorted(report("ls", "workers")["rows"][0]["states"]) == ["m1", "m2"]


def test_a_failed_load_is_told_counted_and_tried_again(
    start_worker, models_command, ask, report, steelyard
):
    start_worker("models", "--lines", models_command)
    for _ in range(3):
        finished = steelyard("submit", "models", "x", "--state", "broken")
        assert finished.status == 1
        assert told_by_submit(finished.errors)[1] == "work_failed: no such model"
    assert report("stats")["failed_loads"] == 3
    row = row_of(report("ls", "states")["rows"], "state", "broken")
    assert (row["failed_loads_in_a_row"], row["holders"]) == (3, 0)
    warnings = report("health")["warnings"]
    assert any("state 'broken' could not be loaded 3 times in a row" in text for text in warnings)
    assert ask("m1")["loads"]


def test_a_command_per_job_never_waits_for_states(start_worker, steelyard, report):
    start_worker("args", "--exec", "printf {state}", "--slots", 2)
    for state in ["a", "b", "c", "d"]:
        assert steelyard("submit", "args", "", "--state", state).output == state
    assert report("ls", "workers")["rows"][0]["max_states"] == 64


def test_a_pinned_state_is_loaded_before_its_first_job(
    start_worker, models_command, ask, report, steelyard
):
    start_worker("models", "--lines", models_command, "--states", 2, "--preload")
    finished = steelyard("pin", "m1", "--queue", "models")
    assert (finished.status, finished.output, finished.errors) == (0, "1 worker holds m1\n", "")
    first = ask("m1")
    assert (first["loads"], first["asked"]) == (False, ["load", "job"])
    assert report("stats")["switches"] == 0
    row = row_of(report("ls", "states")["rows"], "state", "m1")
    assert (row["pinned"], row["holders"]) == (1, 1)
    for state in ["m2", "m3", "m4"]:
        assert "m1" in ask(state)["models"]
    finished = steelyard("pin", "m1", "--workers", 0)
    assert finished.output == "m1 may be given up for others again\n"
    assert row_of(report("ls", "states")["rows"], "state", "m1")["pinned"] == 0


def test_a_pin_is_made_anew_on_another_worker(start_worker, models_command, steelyard, report):
    command = ("--lines", models_command, "--preload", "--name")
    first = start_worker("models", *command, "first")
    assert steelyard("pin", "m1").status == 0
    start_worker("models", *command, "second")
    first.interrupt()
    assert first.wait() == 0
    wait_for(
        lambda: [row["states"] for row in report("ls", "workers")["rows"]] == [["m1"]],
        what="the other worker holds it",
    )


def test_a_pin_without_enough_workers_says_so(start_worker, models_command, steelyard, report):
    start_worker("models", "--lines", models_command, "--preload")
    finished = steelyard("pin", "m1", "--workers", 2, "--queue", "models")
    assert (finished.status, finished.errors) == (
        1,
        "steelyard pin: 2 workers are asked for, only 1 is there for queue 'models'\n",
    )
    assert steelyard("pin", "m1", "--queue", "other").status == 1
    assert report("ls", "states")["rows"] == []


def test_a_state_that_cannot_be_loaded_ahead_of_jobs_is_told(
    start_worker, models_command, steelyard
):
    worker = start_worker("models", "--lines", models_command)
    finished = steelyard("pin", "m1", "--no-wait")
    assert (finished.status, finished.output) == (0, "0 workers hold m1, 1 is loading it\n")
    worker.errors.wait_for("state 'm1' was not loaded: .* started with --preload")


def test_a_pin_that_fails_again_and_again_ends_with_an_error(
    start_worker, models_command, steelyard
):
    start_worker("models", "--lines", models_command, "--preload")
    finished = steelyard("pin", "broken")
    assert finished.status == 1
    assert "broken could not be loaded" in finished.errors
    assert "times in a row" in finished.errors


def test_jobs_go_where_all_their_tags_are(start_worker, steelyard, report):
    start_worker("q", "--builtin", "echo", "--name", "plain")
    start_worker("q", "--builtin", "echo", "--name", "tagged", "--tag", "gpu", "--tag", "big")
    for tags in [["--tag", "gpu"], ["--tag", "big", "--tag", "gpu"]] * 5:
        assert steelyard("submit", "q", "x", *tags).output == "x"
    rows = report("ls", "workers")["rows"]
    assert [(row["worker"], row["finished"]) for row in rows] == [("plain", 0), ("tagged", 10)]
    assert rows[1]["tags"] == ["gpu", "big"]


def test_a_state_without_room_anywhere_is_refused_with_the_largest_room(start_worker, steelyard):
    start_worker("q", "--builtin", "echo", "--state-memory", "24GB")
    finished = steelyard("submit", "q", "x", "--state", "m", "--state-size", "25GB")
    assert (finished.status, finished.errors) == (
        1,
        "steelyard submit: state_too_large: no worker that may run it has room for state 'm' "
        "(25000000000 bytes); the largest has 24000000000 bytes\n",
    )
    assert steelyard("submit", "q", "x", "--state", "m", "--state-size", "24GB").output == "x"


class FakeStat:
    """A /proc/stat whose processors are so busy."""

    def __init__(self, path, busy_percent):
        self.path = path
        self.busy_percent = busy_percent
        self.ticks = 0
        self.advance()

    def advance(self):
        self.ticks += 1
        busy = self.ticks * self.busy_percent
        idle = self.ticks * (100 - self.busy_percent)
        new = self.path.with_suffix(".new")
        new.write_text(f"cpu  {busy} 0 0 {idle} 0 0 0 0 0 0\n", encoding="ascii")
        new.rename(self.path)


def test_of_equal_workers_that_on_the_idler_machine_is_asked_first(
    start_worker, steelyard, report, tmp_path
):
    loads = {"busy": FakeStat(tmp_path / "busy", 90), "idle": FakeStat(tmp_path / "idle", 10)}
    for name, stat in loads.items():
        start_worker("q", "--builtin", "echo", "--name", name, "--proc-stat", stat.path)

    def are_told():
        for stat in loads.values():
            stat.advance()
        rows = report("ls", "workers")["rows"]
        return [row["machine_load"] for row in rows] == [0.9, 0.1]

    wait_for(are_told, what="both loads are told")
    for _ in range(10):
        assert steelyard("submit", "q", "x").output == "x"
    rows = report("ls", "workers")["rows"]
    assert [(row["worker"], row["finished"]) for row in rows] == [("busy", 0), ("idle", 10)]


def test_weights_of_users_are_taken(start_broker, start, steelyard):
    start_broker("--user-weight", "ann=2", "--user-weight", "bob=0.5")
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    assert steelyard("submit", "q", "x", "--user", "ann").output == "x"
