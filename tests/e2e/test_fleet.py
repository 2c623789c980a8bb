"""examples/fleet: both kinds of file, batches, real sockets, and that nothing is left behind."""

import json
import os
import signal
from pathlib import Path

import pytest

from conftest import descendants, is_running, wait_for
from example_programs import run_example, start_example, stats  # noqa: F401 (fixtures)

DATA = Path(__file__).resolve().parents[2] / "examples" / "fleet" / "data"


@pytest.fixture
def files(tmp_path):
    """Writes the two files: files(["1.2.3.4:foo"], ["1.2.3.4:foo:1:0"])"""

    def write(commands, responses):
        (tmp_path / "client.txt").write_text("".join(f"{line}\n" for line in commands))
        (tmp_path / "server.txt").write_text("".join(f"{line}\n" for line in responses))
        return tmp_path / "client.txt", tmp_path / "server.txt"

    return write


@pytest.fixture
def generated(files):
    """Files for so many commands of which each is answered with 1 after so many seconds."""

    def write(count, wait_s):
        commands = [f"10.0.0.{i // 2}:{'bar' if i % 2 else 'foo'}" for i in range(count)]
        return files(commands, [f"{command}:1:{wait_s}" for command in commands])

    return write


def test_the_sample_files_are_read_as_they_are(broker, start_example, run_example):
    start_example("fleet", "worker", DATA / "server.txt", "--slots", 8)
    client = run_example("fleet", "client", DATA / "client.txt", "--json")
    assert client.status == 0, client.errors
    result = json.loads(client.output)
    assert (result["commands"], result["received"], result["sum"]) == (8, 8, 12)
    assert result["malformed_lines"] == result["failed"] == result["repeated"] == 0
    assert result["wall_s"] >= result["ideal_s"] == 1


def test_the_parts_may_start_in_any_order(files, start_example, start, tmp_path):
    commands, responses = files(["1.2.3.4:foo"], ["1.2.3.4:foo:2.5:0"])
    endpoint = f"ipc://{tmp_path}/later"
    client = start_example("fleet", "client", commands, "--broker", endpoint)
    start_example("fleet", "worker", responses, "--broker", endpoint)
    start("broker", "--listen", endpoint)
    client.output.wait_for(r"sum +2.5$")
    assert client.wait() == 0


def test_malformed_lines_are_counted_and_named(files, broker, start_example, run_example):
    commands, responses = files(
        ["1.2.3.4:foo", "nonsense", "", "1.2.3.4:bar", "1.2.3:foo"],
        ["1.2.3.4:foo:1:0", "1.2.3.4:bar:two:0", "1.2.3.4:bar:2:0", "1.2.3.4:bar:3:0"])
    worker = start_example("fleet", "worker", responses)
    client = run_example("fleet", "client", commands)
    assert client.status == 0, client.errors
    assert "sum        3\n" in client.output
    assert "malformed  2 lines\n" in client.output
    assert f"{commands}:2: no colon" in client.errors
    assert f"{commands}:5: '1.2.3' is no IPv4 address" in client.errors
    worker.errors.wait_for("2 malformed lines were left out")
    worker.errors.wait_for("server.txt:2: the response 'two' is not a number")
    worker.errors.wait_for("server.txt:4: .* answered by an earlier line")


def test_unmapped_commands_fail_visibly(files, broker, start_example, run_example):
    commands, responses = files(
        ["1.2.3.4:foo", *(f"1.2.3.5:c{i}" for i in range(7))], ["1.2.3.4:foo:1:0"])
    start_example("fleet", "worker", responses)
    client = run_example("fleet", "client", commands, "--batch", 3)
    assert client.status == 1
    assert "sum        1\n" in client.output
    assert "failed     7\n" in client.output
    assert "  1.2.3.5:c0: work_failed: no response for 1.2.3.5:c0 in the map\n" in client.output
    assert "and 2 more\n" in client.output


def test_files_that_cannot_be_read_are_wrong_usage(run_example, tmp_path):
    for command in ("client", "worker"):
        run = run_example("fleet", command, tmp_path / "absent")
        assert run.status == 2
        assert "absent" in run.errors


def test_a_client_without_a_broker_says_so(files, run_example, tmp_path):
    commands, _ = files(["1.2.3.4:foo"], [])
    client = run_example("fleet", "client", commands, "--patience", 1,
                         "--broker", f"ipc://{tmp_path}/nobody")
    assert client.status == 3
    assert f"ipc://{tmp_path}/nobody" in client.errors


def test_what_is_generated_is_what_the_others_read(broker, start_example, run_example, tmp_path):
    generate = run_example("fleet", "generate", tmp_path / "new", "--commands", 33, "--wait", 0)
    client_file, server_file = generate.output.split()
    start_example("fleet", "worker", server_file)
    result = json.loads(run_example("fleet", "client", client_file, "--json").output)
    assert (result["received"], result["sum"], result["batches"]) == (33, 33, 3)


def test_one_worker_takes_a_whole_batch_unit(generated, broker, start_example, run_example, stats):
    commands, responses = generated(22, 0.01)
    for _ in range(3):
        start_example("fleet", "worker", responses)
    client = run_example("fleet", "client", commands, "--batch", 5, "--batch-unit", "--json",
                         "--wait-workers", 3)
    result = json.loads(client.output)
    assert (result["received"], result["sum"], result["failed"]) == (22, 22, 0)
    wait_for(lambda: stats()["attempts"]["running"] == 0)
    assert stats()["jobs"]["accepted"] == 5  # four of five commands each and one of two


def test_a_failed_part_of_a_unit_fails_alone(files, broker, start_example, run_example):
    commands, responses = files(
        ["1.2.3.4:a", "1.2.3.4:b", "1.2.3.4:c"], ["1.2.3.4:a:1:0", "1.2.3.4:c:1:0"])
    start_example("fleet", "worker", responses)
    client = run_example("fleet", "client", commands, "--batch-unit")
    assert client.status == 1
    assert "sum        2\n" in client.output
    assert "  1.2.3.4:b: work_failed: no response for 1.2.3.4:b in the map\n" in client.output


def test_commands_of_killed_workers_are_answered_by_others(
        generated, start_broker, start_example, stats):
    start_broker("--worker-lost-after-ms", "2000")
    commands, responses = generated(40, 0.1)
    workers = [start_example("fleet", "worker", responses, "--slots", 2) for _ in range(3)]
    client = start_example("fleet", "client", commands, "--wait-workers", 3)
    wait_for(lambda: stats()["jobs"]["running"] == 6)
    workers[0].kill()
    client.output.wait_for(r"answers +40, each counted once; 0 came twice")
    client.output.wait_for(r"sum +40$")
    assert client.wait() == 0
    assert stats()["attempts"]["lost"] >= 1


# Everything in one command


@pytest.mark.parametrize("slots,ideal_s", [(1, 1.6), (16, 0.1)])
def test_512_commands_take_little_more_than_the_ideal_time(run_example, slots, ideal_s):
    """A tenth of the real example; by how much `run` itself misses the ideal, it prints."""
    run = run_example("fleet", "run", "--wait", 0.1, "--slots", slots, "--json", deadline_s=60)
    assert run.status == 0, run.errors
    result = json.loads(run.output)
    assert (result["received"], result["sum"], result["batches"]) == (512, 512, 32)
    assert (result["workers"], result["slots"]) == (32, 32 * slots)
    assert result["ideal_s"] == pytest.approx(ideal_s)
    assert ideal_s <= result["wall_s"] < 2 * ideal_s + 1


def test_real_commands_go_over_real_sockets(run_example):
    run = run_example("fleet", "run", "--real", "--commands", 90, "--workers", 3, "--slots", 4,
                      "--json")
    assert run.status == 0, run.output + run.errors
    result = json.loads(run.output)
    assert (result["received"], result["sum"], result["failed"]) == (90, 90, 0)
    assert result["ideal_s"] > 0.02  # the services take 5 ms at least


@pytest.fixture
def running(start_example):
    """A run that lasts far longer than its test; returned once all its workers are at work."""

    def start(*arguments):
        run = start_example("fleet", "run", "--workers", 4, *arguments)
        run.output.wait_for("4 workers .* have joined; the clock starts")
        return run, descendants(run.id)

    return start


def assert_gone(processes):
    assert len(processes) >= 5  # four workers and their guard
    wait_for(lambda: not any(map(is_running, processes)))


def test_nothing_is_left_after_ctrl_c(running, tmp_path):
    run, below = running("--wait", 0.2, "--commands", 5000)
    run.interrupt()
    run.output.wait_for("answers ")
    assert run.wait() == 130
    assert_gone(below)
    assert not list(tmp_path.glob("steelyard-fleet-*"))


def test_a_second_ctrl_c_does_not_wait_for_what_runs(running):
    run, below = running("--wait", 3600, "--commands", 100)
    run.interrupt()
    run.errors.wait_for("interrupted")
    run.interrupt()
    assert run.wait() == 130
    assert_gone(below)


def test_nothing_is_left_after_kill_9(running):
    run, below = running("--wait", 3600, "--commands", 100)
    run.kill()
    assert_gone(below)


def test_a_run_without_workers_gives_up(running):
    run, below = running("--wait", 3600, "--commands", 100)
    for process in below:
        if is_a_worker(process):
            os.kill(process, signal.SIGKILL)
    run.errors.wait_for("killed by signal 9")
    run.errors.wait_for("no worker is left")
    assert run.wait() == 1


def is_a_worker(process):
    return b"\0worker\0" in Path(f"/proc/{process}/cmdline").read_bytes()
