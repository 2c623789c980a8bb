"""examples/demo.sh, which `./dev demo` runs after the build."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import Running, descendants, is_running, process_table, wait_for

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo.sh"
BUILD = os.path.dirname(os.environ.get("STEELYARD_BIN", ""))


def table_rows(output):
    """Each row's name with its numbers: wall, ideal, ratio, switches, received, completed."""
    rows = {}
    for line in output.splitlines():
        if match := re.match(r"((?:fleet|models): .*?)  +(.*)", line):
            rows[match[1]] = [float(number) for number in re.findall(r"[\d.]+", match[2])]
    return rows


def test_the_demo_ends_by_itself_with_a_table(environment):
    command = [DEMO, "--build", BUILD, "--wait", "0.2"]
    demo = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120, env=environment)
    assert demo.returncode == 0, demo.stdout + demo.stderr
    assert demo.stderr == ""
    rows = table_rows(demo.stdout)
    assert [row[3:] for row in rows.values()] == [[0, 512, 512], [0, 512, 512], [6, 6, 6],
                                                  [2, 6, 6]]
    assert rows["fleet: 32 workers, 1 slots each"][1] == 3.2
    assert rows["fleet: 32 workers, 16 slots each"][1] == 0.2


def started_below(process):
    """The processes below `process`, once the broker, the workers and a client execute."""
    below = descendants(process)
    executing = [words for number, _, words in process_table()
                 if number in below and words and "/steelyard" in words[0]]
    return below if len(executing) >= 34 else None


@pytest.fixture
def demo(environment):
    """The demo in a session of its own, as in a terminal, once its 32 workers are there."""
    running = Running(["setsid", str(DEMO), "--build", BUILD], environment)
    below = wait_for(lambda: started_below(running.id), deadline_s=60)
    yield running, below
    running.end()


def test_nothing_is_left_after_ctrl_c(demo, tmp_path):
    running, below = demo
    os.killpg(running.id, signal.SIGINT)
    assert running.wait() == 130
    wait_for(lambda: not any(map(is_running, below)))
    assert not list(tmp_path.glob("steelyard-demo-*"))


def test_nothing_is_left_after_kill_9(demo):
    running, below = demo
    os.kill(running.id, signal.SIGKILL)
    wait_for(lambda: not any(map(is_running, below)))
