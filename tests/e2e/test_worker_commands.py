"""Workers without code: a command per job, and long-lived processes that speak JSON lines."""

import json
import signal
import sys

import pytest
from conftest import descendants, is_running, process_table, told_by_submit, wait_for

# A long-lived process: counts what it has answered, keeps what it has loaded.
LINES_PROGRAM = """
import json, os, sys
loaded, count = "", 0
for line in sys.stdin:
    job = json.loads(line)
    if "cancel" in job:
        continue
    if job["payload"] == "die":
        print("about to die", file=sys.stderr, flush=True)
        os._exit(7)
    if job["payload"] == "nonsense":
        print("this is not JSON", flush=True)
        continue
    if job.get("state") != loaded:
        loaded = job["state"]
        print(json.dumps({"id": job["id"], "loaded_s": 0.0}), flush=True)
    count += 1
    if job["payload"] == "refuse":
        answer = {"id": job["id"], "error": "I would rather not"}
    else:
        answer = {"id": job["id"], "result": f"{count} {loaded} {job['payload']}"}
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def lines_command(tmp_path):
    path = tmp_path / "serve.py"
    path.write_text(LINES_PROGRAM, encoding="utf-8")
    return f"{sys.executable} {path}"


def running_jobs(steelyard):
    return json.loads(steelyard("stats", "--json").output)["jobs"]["running"]


def sleepers(worker):
    """The numbers of the `sleep` processes below a worker."""
    below = descendants(worker.id)
    return {n for n, _, words in process_table() if n in below and words[:1] == ["sleep"]}


def test_exec_runs_a_process_per_job(steelyard, start_worker):
    start_worker("upper", "--exec", "tr a-z A-Z")
    assert steelyard("submit", "upper", "hello").output == "HELLO"


def test_exec_fills_the_state_and_uses_no_shell(steelyard, start_worker):
    start_worker("args", "--exec", "printf '%s|' {state} '$HOME;' \"a b\"")
    assert steelyard("submit", "args", "", "--state", "de").output == "de|$HOME;|a b|"


def test_exec_failure_carries_status_and_the_end_of_standard_error(steelyard, start_worker):
    start_worker("fail", "--exec", "sh -c 'echo the reason >&2; exit 3'")
    finished = steelyard("submit", "fail", "x")
    assert finished.status == 1
    assert told_by_submit(finished.errors)[1] == "work_failed: exit status 3: the reason"


@pytest.mark.parametrize("flag", ["--exec", "--lines"])
def test_a_command_that_does_not_exist_is_refused_before_it_takes_the_queues_jobs(
    broker, steelyard, flag
):
    finished = steelyard("worker", "--queue", "q", flag, "no-such-command --fast")
    assert finished.status == 2
    assert finished.errors == (
        f"steelyard worker: {flag}: there is no command 'no-such-command' in PATH\n"
    )


def test_a_command_that_vanishes_later_fails_the_job(start_worker, steelyard, tmp_path):
    command = tmp_path / "vanishes"
    command.write_text("#!/bin/sh\ncat\n", encoding="utf-8")
    command.chmod(0o755)
    start_worker("q", "--exec", str(command))
    command.unlink()
    finished = steelyard("submit", "q", "x")
    assert finished.status == 1
    assert f"work_failed: cannot start '{command}'" in finished.errors


def test_a_command_that_is_killed_at_every_attempt_is_in_quarantine(steelyard, start_worker):
    start_worker("suicide", "--exec", "sh -c 'kill -9 $$'")
    finished = steelyard("submit", "suicide", "x")
    assert finished.status == 1
    job, why = told_by_submit(finished.errors)
    assert why.startswith("quarantined: ")
    assert job in steelyard("quarantine", "ls").output
    assert steelyard("quarantine", "ls").output.count("ended by signal 9 (Killed)") == 3


def test_slots_run_at_once(steelyard, start, start_worker):
    worker = start_worker("sleep", "--slots", 3, "--exec", "sleep 1000")
    submit = start("submit", "sleep", "--lines", "-")
    submit.write(b"1\n2\n3\n4\n")
    wait_for(lambda: len(sleepers(worker)) == 3)
    assert running_jobs(steelyard) == 3


def test_no_child_is_left_when_the_worker_is_killed_and_others_get_the_job(
    start, start_broker
):
    start_broker("--worker-lost-after-ms", 2_000)
    worker = start("worker", "--queue", "q", "--exec", "sleep 1000")
    worker.errors.wait_for("ready: ")
    submit = start("submit", "q", "x")
    children = wait_for(lambda: sleepers(worker))
    worker.kill()
    worker.wait()
    wait_for(lambda: not any(map(is_running, children)))
    start("worker", "--queue", "q", "--exec", "tr x y")
    assert submit.wait() == 0, submit.errors.lines
    assert submit.output.lines == ["y"]


def test_ctrl_c_finishes_the_job_in_hand(steelyard, start, start_worker, tmp_path):
    gate = tmp_path / "gate"
    hold = f"until test -e {gate}; do sleep 0.02; done"
    worker = start_worker("q", "--exec", f"sh -c '{hold}; echo done'")
    submit = start("submit", "q", "x")
    wait_for(lambda: running_jobs(steelyard) == 1)
    worker.interrupt()
    worker.errors.wait_for("stopping: waiting for 1 running job ")
    gate.touch()
    assert worker.wait() == 0
    assert submit.wait() == 0, submit.errors.lines
    assert submit.output.lines == ["done"]
    assert "stopped: 1 job finished, 0 failed" in worker.errors.lines[-1]


def test_a_second_ctrl_c_kills_the_children_and_others_get_the_job(
    steelyard, start, start_worker
):
    worker = start_worker("q", "--exec", "sleep 1000")
    submit = start("submit", "q", "x")
    children = wait_for(lambda: sleepers(worker))
    worker.interrupt()
    worker.errors.wait_for("stopping: waiting")
    worker.signal(signal.SIGTERM)
    assert worker.wait() == 0
    wait_for(lambda: not any(map(is_running, children)))
    start_worker("q", "--exec", "tr x y")
    assert submit.wait() == 0, submit.errors.lines
    assert submit.output.lines == ["y"]


def test_lines_keep_their_process_and_its_state(steelyard, start_worker, lines_command):
    start_worker("models", "--lines", lines_command)
    for i, state in enumerate(["de", "de", "fr"], 1):
        assert steelyard("submit", "models", "x", "--state", state).output == f"{i} {state} x"
    workers = json.loads(steelyard("ls", "workers", "--json").output)["rows"]
    assert (workers[0]["states"], workers[0]["finished"]) == (["fr"], 3)


def test_lines_errors_are_told(steelyard, start_worker, lines_command):
    start_worker("models", "--lines", lines_command)
    finished = steelyard("submit", "models", "refuse")
    assert finished.status == 1
    assert told_by_submit(finished.errors)[1] == "work_failed: I would rather not"


def test_a_lines_process_that_dies_in_mid_job_is_started_again(
    steelyard, start_worker, lines_command
):
    start_worker("models", "--lines", lines_command)
    finished = steelyard("submit", "models", "die")
    assert finished.status == 1
    assert "quarantined" in finished.errors
    evidence = steelyard("quarantine", "ls").output
    assert "ended with exit status 7; last output: about to die" in evidence
    assert steelyard("submit", "models", "x").output == "1  x"


def test_a_line_that_breaks_the_contract_fails_the_job(steelyard, start_worker, lines_command):
    start_worker("models", "--lines", lines_command)
    finished = steelyard("submit", "models", "nonsense")
    assert finished.status == 1
    assert "this is not JSON" in finished.errors
    assert steelyard("submit", "models", "x").output == "1  x"


def test_no_lines_process_is_left_when_the_worker_is_killed(
    steelyard, start_worker, lines_command
):
    worker = start_worker("models", "--lines", lines_command, "--slots", 2)
    assert steelyard("submit", "models", "x").status == 0
    below = descendants(worker.id)
    worker.kill()
    worker.wait()
    wait_for(lambda: not any(map(is_running, below)))


def test_a_worker_may_be_started_before_its_broker(start, steelyard, environment, start_broker):
    first = start_broker()
    endpoint = first.endpoint
    first.running.interrupt()
    assert first.running.wait() == 0
    worker = start("worker", "--queue", "q", "--exec", "cat", "--broker", endpoint)
    worker.errors.wait_for("no broker at .* yet; waiting for it")
    start_broker(listen=endpoint)
    worker.errors.wait_for("ready: ")
    assert steelyard("submit", "q", "x").output == "x"


def test_a_worker_finds_a_broker_that_was_restarted(start, steelyard, start_broker, start_worker):
    first = start_broker()
    worker = start("worker", "--queue", "q", "--exec", "cat")
    worker.errors.wait_for("ready: ")
    first.running.kill()
    first.running.wait()
    worker.errors.wait_for("lost the broker at ")
    start_broker(listen=first.endpoint)
    worker.errors.wait_for("ready: ")
    assert steelyard("submit", "q", "x").output == "x"
