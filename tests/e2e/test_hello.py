"""examples/hello: the life of a job, with the parts as processes and all in one program."""

import re

import pytest

from conftest import wait_for
from example_programs import run_example, start_example, stats  # noqa: F401 (fixtures)

ADA = '{"firstName":"Ada","lastName":"Lovelace"}'
HELLO_ADA = '{"greeting":"Hello Ada Lovelace"}'


@pytest.fixture
def worker(broker, start_example):
    return start_example("hello", "worker", "--wait", 0)


def test_a_job_is_followed_from_its_id_to_its_answer(broker, start_example, steelyard):
    client = start_example("hello", "client", "--user", "ada", "--priority", "-5")
    job = client.output.wait_for(r"^submit +a job: (\w{16}-\d+)$").group(1)
    client.output.wait_for(f"^get +{job} is queued$")
    # The worker comes now, so that the other job is still queued when it is cancelled.
    other = client.output.wait_for(r"^submit +another job: (\S+)$").group(1)
    client.output.wait_for(f"^cancel +{other} is cancelled$")
    client.output.wait_for("^wait +cancelled: ")
    row = steelyard("ls", "jobs").output.splitlines()[-1].split()
    assert {job, "ada", "-5", "HELLO"} <= set(row)
    start_example("hello", "worker", "--wait", 0.05)
    client.output.wait_for(f"^wait +{HELLO_ADA}$")
    kept = client.output.wait_for(r"^submit +a job to be kept: (\S+)$").group(1)
    for _ in range(3):
        client.output.wait_for(r'^callback +{"greeting":"Hello \w+ \w+"}$')
    for _ in range(2):
        times = client.output.wait_for("^times +waiting (.*) ms, running (.*) ms, returning .* ms$")
        assert float(times.group(2)) >= 50
    assert float(times.group(1)) > 0
    client.output.wait_for(f"^get +{kept} is finished: {HELLO_ADA}$")
    assert client.wait() == 0
    assert steelyard("get", kept).output == HELLO_ADA


def test_one_program_is_enough(run_example):
    run = run_example("hello", "--first-name", "Søren", "--last-name", "Kierkegaard")
    assert (run.status, run.errors) == (0, "")
    steps = [line.split()[0] for line in run.output.splitlines()]
    assert steps == ["submit", "get", "submit", "cancel", "wait", "wait", "submit",
                     *["callback"] * 3, *["times"] * 2, "get"]
    assert '{"greeting":"Hello Søren Kierkegaard"}' in run.output
    assert re.search(r"cancel +\S+-2 is cancelled", run.output)


def test_the_task_greets_other_programs(worker, steelyard):
    run = steelyard("submit", "HELLO", ADA, "--user", "ada", "--priority", 5)
    assert (run.status, run.output, run.errors) == (0, HELLO_ADA, "")


@pytest.mark.parametrize("request_text,reason", [
    ('{"firstName":1}', "'firstName' must be a string"),
    ('{"firstName":"Ada"}', "'lastName' is missing"),
    ("Ada Lovelace", "not JSON: "),
])
def test_a_wrong_request_fails_with_the_reason(worker, steelyard, request_text, reason):
    run = steelyard("submit", "HELLO", request_text)
    assert run.status == 1
    assert reason in run.errors


def test_a_client_whose_jobs_fail_ends_with_1(broker, start, run_example):
    start("worker", "--queue", "HELLO", "--exec", "false")
    assert run_example("hello", "client").status == 1


def test_without_a_broker_the_client_says_so(run_example, tmp_path):
    run = run_example("hello", "client", "--broker", f"ipc://{tmp_path}/nobody")
    assert run.status == 3
    assert f"ipc://{tmp_path}/nobody" in run.errors


def test_what_cannot_be_used_is_wrong_usage(run_example):
    for arguments in (["client", "--priority", "high"], ["client", "--broker", "nowhere"],
                      ["worker", "--broker", "nowhere"], ["--wait", -1], ["serve"]):
        assert run_example("hello", *arguments).status == 2, arguments


def test_ctrl_c_ends_a_client_that_waits_and_drops_its_jobs(broker, start_example, stats):
    client = start_example("hello", "client")
    client.output.wait_for("^wait +cancelled")
    client.interrupt()
    client.output.wait_for("^wait +cancelled")  # the job that was not cancelled before
    assert client.wait() == 130
    wait_for(lambda: stats()["jobs"]["queued"] == 0)
    assert stats()["jobs"]["cancelled"] == 2


def test_ctrl_c_ends_a_worker(worker, steelyard):
    assert steelyard("submit", "HELLO", ADA).output == HELLO_ADA
    worker.interrupt()
    assert worker.wait() == 0


def test_ctrl_c_ends_the_one_program(start_example):
    run = start_example("hello", "--wait", 3600)
    run.output.wait_for("^wait +cancelled")
    run.interrupt()
    assert run.wait() == 130
