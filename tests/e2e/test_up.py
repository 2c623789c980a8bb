"""`steelyard up`: something to play with in one command, and nothing left of it afterwards."""

import os
import re
import shlex
import signal
import subprocess

from conftest import descendants, is_running, process_table, wait_for


def start_up(start, environment):
    up = start("up", "--listen", "tcp://127.0.0.1:0")
    environment["STEELYARD_BROKER"] = up.output.wait_for(r"broker at (tcp://\S+)").group(1)
    up.output.wait_for("Ctrl.C stops")
    return up


def test_what_it_says_to_type_works(start, environment, program, tmp_path):
    up = start_up(start, environment)
    typed = [line.strip() for line in up.output.lines if line.startswith("  ")]
    assert typed.pop(0) == f"export STEELYARD_BROKER={environment['STEELYARD_BROKER']}"
    assert len(typed) == 7
    shell = environment | {"PATH": f"{tmp_path}:{environment['PATH']}"}
    (tmp_path / "steelyard").symlink_to(program)
    for line in typed[:5]:
        finished = subprocess.run(line, shell=True, env=shell, capture_output=True, timeout=60)
        assert (finished.returncode, finished.stderr) == (0, b""), line
    worker = start(*shlex.split(typed[5])[1:])
    worker.errors.wait_for("ready: ")
    finished = subprocess.run(typed[6], shell=True, env=shell, capture_output=True, timeout=60)
    assert finished.stdout == b"HELLO"


def test_two_workers_serve_the_demo_queue(start, environment, steelyard):
    start_up(start, environment)
    assert steelyard("submit", "demo", "10000").output == "1229"
    health = steelyard("health")
    assert health.output.startswith("OK: 2 workers")
    listed = steelyard("ls", "workers").output
    assert re.findall(r"^demo-\d", listed, re.MULTILINE) == ["demo-1", "demo-2"]


def test_ctrl_c_ends_all_of_it(start, environment):
    up = start_up(start, environment)
    below = descendants(up.id)
    assert len(below) >= 3
    up.interrupt()
    assert up.wait() == 0
    assert "stopped; nothing is left running" in up.errors.lines
    wait_for(lambda: not any(map(is_running, below)))


def test_work_in_hand_is_finished_and_answered(start, environment, steelyard):
    up = start_up(start, environment)
    submit = start("submit", "demo", "3000000")
    wait_for(lambda: '"running":1,"returning"' in steelyard("stats", "--json").output)
    up.interrupt()
    assert submit.wait(60) == 0
    assert submit.output.lines == ["216816"]
    assert up.wait() == 0


def test_a_second_ctrl_c_ends_it_at_once(start, environment, steelyard):
    up = start_up(start, environment)
    below = descendants(up.id)
    start("submit", "demo", "20000000")
    wait_for(lambda: '"running":1,"returning"' in steelyard("stats", "--json").output)
    up.interrupt()
    up.errors.wait_for("stopping: the workers finish")
    up.interrupt()
    assert up.wait(5) == 0
    wait_for(lambda: not any(map(is_running, below)))


def test_nothing_is_left_when_it_is_killed(start, environment):
    up = start_up(start, environment)
    below = descendants(up.id)
    up.kill()
    assert up.wait() == -signal.SIGKILL
    wait_for(lambda: not any(map(is_running, below)))


def test_a_taken_port_is_said_with_what_to_do(broker, steelyard):
    finished = steelyard("up", "--listen", broker.endpoint)
    assert finished.status == 1
    assert finished.errors.count("\n") == 1
    for words in ["Address already in use", broker.endpoint, "steelyard health", "--listen"]:
        assert words in finished.errors


def test_a_broker_that_dies_ends_it_with_the_reason(start, environment):
    up = start_up(start, environment)
    below = descendants(up.id)
    with open(f"/proc/{up.id}/task/{up.id}/children", encoding="ascii") as children:
        numbers = [int(number) for number in children.read().split()]
    brokers = [n for n in numbers if b"\0broker\0" in open(f"/proc/{n}/cmdline", "rb").read()]
    os.kill(brokers[0], signal.SIGKILL)
    assert up.wait() == 1
    assert "broker: ended: killed by signal 9 (SIGKILL), and nothing on standard error" in (
        up.errors.lines
    )
    wait_for(lambda: not any(map(is_running, below)))
