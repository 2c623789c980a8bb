"""Every limit is refused with its name, and whoever cannot be reached is named."""

import json

import pytest

from conftest import wait_for


def test_a_payload_over_the_limit_is_refused_with_the_limit(start_broker, steelyard):
    start_broker("--max-payload-bytes", 1_000)
    finished = steelyard("submit", "q", "-", stdin=b"x" * 1_001)
    assert finished.status == 1
    assert "payload_too_large" in finished.errors
    assert "1000" in finished.errors


def test_a_result_over_the_limit_is_an_error(start_broker, start, steelyard):
    start_broker("--max-payload-bytes", 1_000)
    start("worker", "--queue", "q", "--exec", "head -c 5000 /dev/zero").errors.wait_for("ready: ")
    finished = steelyard("submit", "q", "x")
    assert finished.status == 1
    assert "the result has 5000 bytes, over max_payload_bytes = 1000" in finished.errors


def test_a_full_queue_refuses_and_names_its_limit(start_broker, steelyard, start):
    start_broker("--max-queued-jobs", 2)
    holding = start("submit", "q", "--lines", "-")
    holding.write(b"1\n2\n")
    holding.errors.wait_for("no worker serves")
    finished = steelyard("submit", "q", "3", "--fail-when-full")
    assert finished.status == 1
    assert "queue_full" in finished.errors
    assert "max_queued_jobs = 2" in finished.errors


def test_a_user_over_its_cap_is_refused_and_others_are_not(start_broker, steelyard, start):
    start_broker("--max-queued-jobs-per-user", 1)
    start("submit", "q", "1", "--user", "ann").errors.wait_for("no worker serves")
    finished = steelyard("submit", "q", "2", "--user", "ann", "--fail-when-full")
    assert finished.status == 1
    assert "user_over_limit" in finished.errors
    assert "max_queued_jobs_per_user = 1" in finished.errors
    start("submit", "q", "3", "--user", "bob").errors.wait_for("no worker serves")


def test_what_was_refused_is_handed_in_again_until_there_is_room(start_broker, steelyard, start):
    start_broker("--max-queued-jobs", 1)
    start("submit", "q", "1").errors.wait_for("no worker serves")
    refused = start("submit", "q", "2")

    def refusals():
        stats = json.loads(steelyard("stats", "--json").output)
        return stats["refusals"].get("queue_full", 0)

    wait_for(refusals, what="the second job to be refused")
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    assert refused.wait() == 0
    assert refused.output.lines == ["2"]


def test_the_memory_for_payloads_is_limited(start_broker, steelyard, start):
    start_broker("--max-kept-bytes", 10_000)
    start("submit", "q", "x" * 9_000).errors.wait_for("no worker serves")
    finished = steelyard("submit", "q", "x" * 9_000, "--fail-when-full")
    assert finished.status == 1
    assert "out_of_memory_budget" in finished.errors
    assert "max_kept_bytes = 10000" in finished.errors


@pytest.mark.parametrize("command", ["stats", "ls", "health", "submit demo 1"])
def test_no_broker_ends_with_3_and_names_the_endpoint(steelyard, command):
    finished = steelyard(
        *command.split(), "--broker", "tcp://127.0.0.1:1", "--connect-timeout-ms", 200
    )
    assert (finished.status, finished.output) == (3, "")
    assert finished.errors == (
        f"steelyard {command.split()[0]}: no broker answered at tcp://127.0.0.1:1 within 200 ms; "
        "`steelyard up` starts one on this machine, or say where it is with --broker ENDPOINT or "
        "STEELYARD_BROKER\n"
    )


def test_the_broker_keeps_to_itself_unless_told(steelyard, start_broker):
    finished = steelyard("broker", "--listen", "tcp://0.0.0.0:0")
    assert finished.status == 2
    assert finished.errors.count("\n") == 1
    assert "--listen: 'tcp://0.0.0.0:0' is reachable from other machines" in finished.errors
    assert "--insecure" in finished.errors
    broker = start_broker("--insecure", listen="tcp://0.0.0.0:0")
    port = broker.endpoint.rpartition(":")[2]
    assert steelyard("health", "--broker", f"tcp://127.0.0.1:{port}").status == 0


def test_a_taken_port_is_named_with_what_to_do(broker, steelyard):
    finished = steelyard("broker", "--listen", broker.endpoint)
    assert finished.status == 1
    assert finished.errors.count("\n") == 1
    assert f"cannot listen on '{broker.endpoint}': Address already in use" in finished.errors
    assert "choose another place" in finished.errors


def test_a_broker_listens_in_several_places(start, environment, steelyard, tmp_path):
    start(
        "broker", "--listen", f"ipc://{tmp_path}/socket", "--listen", "tcp://127.0.0.1:0"
    ).errors.wait_for("listening on tcp://")
    environment["STEELYARD_BROKER"] = f"ipc://{tmp_path}/socket"
    start("worker", "--queue", "q", "--exec", "cat").errors.wait_for("ready: ")
    assert steelyard("submit", "q", "over ipc").output == "over ipc"


def test_health_warns_and_ends_with_0_unless_it_is_strict(broker, steelyard):
    finished = steelyard("health")
    assert finished.status == 0
    assert finished.output.startswith("WARNING: 0 workers, 0 jobs queued")
    assert "- no workers: start one with" in finished.output
    assert steelyard("health", "--strict").status == 1
    health = json.loads(steelyard("health", "--json").output)
    assert health["status"] == "warning"


def test_health_names_a_queue_that_nobody_serves(steelyard, start, start_worker):
    start_worker("other", "--builtin", "echo")
    start("submit", "lonely", "x").errors.wait_for("no worker serves")
    warnings = json.loads(steelyard("health", "--json").output)["warnings"]
    assert len(warnings) == 1
    assert "queue 'lonely': 1 job waits and no worker serves it" in warnings[0]


def test_lists_show_queues_workers_and_users(steelyard, start_worker):
    start_worker("q", "--builtin", "echo", "--name", "left", "--priority-min", 5)
    assert steelyard("submit", "q", "x", "--priority", 7, "--user", "ann").status == 0
    queues = steelyard("ls").output.splitlines()
    assert queues[0].split()[:4] == ["QUEUE", "WORKERS", "DELAYED", "QUEUED"]
    assert queues[1].split()[:7] == ["q", "1", "0", "0", "0", "1", "0"]
    workers = steelyard("ls", "workers").output.splitlines()
    assert workers[1].split()[:6] == ["left", "q", "0/1", "-", "5..", "1"]
    users = steelyard("ls", "users").output.splitlines()
    assert users[1].split()[:2] == ["ann", "1"]
    rows = json.loads(steelyard("ls", "users", "--json").output)["rows"]
    assert rows[0]["jobs"]["finished"] == 1


def test_stopping_the_broker_answers_what_is_queued(start, broker):
    submit = start("submit", "q", "x")
    submit.errors.wait_for("no worker serves")
    broker.running.interrupt()
    assert broker.running.wait() == 0
    assert submit.wait() == 1
    assert "stopped" in submit.errors.lines[-1]
