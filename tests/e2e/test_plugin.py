"""A strategy of one's own in the shipped broker."""

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
