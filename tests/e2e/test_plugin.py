"""A strategy of one's own in the shipped broker."""

import json
import os
from pathlib import Path

import pytest


@pytest.fixture
def plugin():
    folder = Path(os.environ["STEELYARD_BIN"]).parent
    found = sorted(folder.rglob("steelyard_shortest_lane.so"))
    assert found, f"the plugin of examples/plugin is built below {folder}"
    return found[0]


def test_a_plugin_brings_a_strategy(start_broker, start, steelyard, plugin):
    start_broker("--plugin", plugin, "--strategy", "shortest-lane")
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    assert steelyard("submit", "q", "x").output == "x"
    stats = steelyard("stats").output
    assert "shortest-lane" in stats
    assert "own value" in stats


def test_its_strategy_is_unknown_without_it(steelyard, plugin):
    finished = steelyard("broker", "--strategy", "shortest-lane")
    assert finished.status == 2
    assert "unknown strategy 'shortest-lane'" in finished.errors
    misspelt = steelyard("broker", "--plugin", plugin, "--strategy", "shortest-lan")
    assert misspelt.status == 2
    assert "did you mean 'shortest-lane'?" in misspelt.errors


def test_a_file_that_is_no_plugin_is_named(steelyard, tmp_path):
    (tmp_path / "text.so").write_text("not a program", encoding="utf-8")
    for path in [tmp_path / "text.so", tmp_path / "absent.so"]:
        finished = steelyard("broker", "--plugin", path)
        assert finished.status == 2
        assert finished.errors.startswith("steelyard broker: --plugin: ")
        assert str(path) in finished.errors
        assert finished.errors.count("\n") == 1


@pytest.fixture
def faulty():
    """The plugin of the unit tests with a strategy for each way to be wrong."""
    folder = Path(os.environ["STEELYARD_BIN"]).parent
    found = sorted(folder.rglob("faulty_plugin.so"))
    assert found, f"the plugins of the unit tests are built below {folder}"
    return found[0]


FAULTS = [
    ("throwing", "thrown", r"[1-9]\d* thrown, 0 answers not allowed, 0 too slow; the last text: "
     "no choice today", "threw"),
    ("lawless", "not_allowed", r"0 thrown, [1-9]\d* answers not allowed, 0 too slow$",
     "what is not allowed"),
    ("slow", "too_slow", r"0 thrown, 0 answers not allowed, [1-9]\d* too slow; the last text: "
     r"\w+ took [0-9.]+ ms, the limit is max_strategy_call_ms = 5", "--max-strategy-call-ms"),
]


@pytest.mark.parametrize("strategy, counted, logged, warned", FAULTS, ids=[f[0] for f in FAULTS])
def test_a_strategy_that_is_wrong_is_told_of_and_done_without(
    start_broker, start, steelyard, faulty, strategy, counted, logged, warned
):
    broker = start_broker("--plugin", faulty, "--strategy", strategy, "--max-strategy-call-ms", 5)
    assert steelyard("submit", "nobody", "x", "--no-wait").status == 0  # lawless gives it to all
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    assert steelyard("submit", "q", "x").output == "x"
    broker.running.errors.wait_for(f"strategy '{strategy}' was wrong .*" + logged)
    faults = json.loads(steelyard("stats", "--json").output)["strategy_faults"]
    assert [name for name in ("thrown", "not_allowed", "too_slow") if faults[name]] == [counted]
    said = steelyard("health").output
    assert f"strategy '{strategy}' " in said and warned in said
    assert "the oldest job was taken instead" in said


def test_a_slow_strategy_may_be_given_more_time(start_broker, start, steelyard, faulty):
    start_broker("--plugin", faulty, "--strategy", "slow", "--max-strategy-call-ms", 60_000)
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    assert steelyard("submit", "q", "x").output == "x"
    assert "too slow" not in steelyard("health").output
