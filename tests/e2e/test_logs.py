"""What programs write to their logs: a line for each event that somebody acts on, in either format,
and no more of them than can be read."""

import json
import os
import re
import sys

import pytest

from conftest import wait_for
from network import Peer

SOON = ("--worker-lost-after-ms", 2000, "--session-gone-after-ms", 2000)


def lines_of(running):
    return [json.loads(line) for line in running.errors.lines]


def events(running, name):
    return [line for line in lines_of(running) if line["event"] == name]


def event(running, name):
    """The first event of this name, once it is there."""
    return wait_for(lambda: events(running, name), what=f"{name} in {running.words}")[0]


@pytest.fixture
def json_broker(start, environment):
    """A broker that logs JSON, everything of it."""
    def start_one(*flags):
        broker = start("broker", "--listen", "tcp://127.0.0.1:0", "--log-format", "json",
                       "--log-level", "debug", *flags)
        environment["STEELYARD_BROKER"] = event(broker, "listening")["endpoint"]
        return broker
    return start_one


@pytest.fixture
def worker(start):
    def start_one(name, *command, ready=True):
        part = start("worker", "--queue", "q", "--name", name, "--log-format", "json",
                     *(command or ("--exec", "cat")))
        if ready:
            event(part, "ready")
        return part
    return start_one


def test_every_line_is_an_object_with_time_level_event_and_text(json_broker, worker, steelyard):
    broker = json_broker()
    works = worker("w1")
    assert steelyard("submit", "q", "x").status == 0
    works.interrupt()
    assert works.wait() == 0
    broker.interrupt()
    assert broker.wait() == 0
    for line in [*lines_of(broker), *lines_of(works)]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"]), line
        assert line["level"] in ("debug", "info", "warning", "error"), line
        assert line["event"] and line["text"], line
    names = [line["event"] for line in lines_of(broker)]
    for name in ("worker_joined", "client_joined", "client_left", "worker_draining",
                 "worker_left", "stopping", "stopped"):
        assert name in names
    assert [line["event"] for line in lines_of(works)] == ["ready", "stopping", "stopped"]


def test_a_worker_that_comes_over_ipc_is_on_this_machine(start, environment, tmp_path):
    endpoint = f"ipc://{tmp_path}/socket"
    broker = start("broker", "--listen", endpoint, "--log-format", "json")
    event(broker, "listening")
    start("worker", "--queue", "q", "--name", "w1", "--exec", "cat", "--broker", endpoint)
    joined = event(broker, "worker_joined")
    assert joined["text"] == "worker 'w1' joined from this machine with 1 slot for q"
    assert joined["address"] == "localhost"


def test_a_job_on_its_normal_way_writes_nothing(json_broker, worker, steelyard):
    broker = json_broker()
    worker("w1")
    event(broker, "worker_joined")
    before = len(broker.errors.lines)
    assert steelyard("submit", "q", "--lines", "-", stdin=b"x\n" * 500).status == 0
    wait_for(lambda: events(broker, "client_left"), what="the client to leave")
    assert [line["event"] for line in lines_of(broker)[before:]] == ["client_joined", "client_left"]


# Logs, and then answers as the payload says.
CHATTY_PROGRAM = """
import json, os, sys
for line in sys.stdin:
    job = json.loads(line)
    print("APPLOG " + job["payload"], file=sys.stderr, flush=True)
    if job["payload"] == "die":
        os._exit(7)
    wrong = {"error": "no such file", "load_failed": True}
    print(json.dumps({"id": job["id"], **(wrong if job["state"] else {"result": ""})}), flush=True)
"""


@pytest.fixture
def chatty(tmp_path):
    path = tmp_path / "chatty.py"
    path.write_text(CHATTY_PROGRAM, encoding="utf-8")
    return f"{sys.executable} {path}"


def test_what_a_program_writes_stands_in_its_workers_log_with_the_job(
    json_broker, worker, steelyard, chatty
):
    json_broker()
    lines = worker("w1", "--lines", chatty)
    job = steelyard("submit", "q", "hello", "--no-wait").output.strip()
    said = event(lines, "program_said")
    assert (said["level"], said["line"], said["job"]) == ("info", "APPLOG hello", job)
    assert said["text"] == f"program, job {job}: APPLOG hello"
    lines.interrupt()
    assert lines.wait() == 0
    per_job = worker("w2", "--exec", "sh -c 'echo EXECLOG >&2'")
    job = steelyard("submit", "q", "x", "--no-wait").output.strip()
    said = event(per_job, "program_said")
    assert (said["line"], said["job"]) == ("EXECLOG", job)


def test_a_worker_says_what_its_program_died_of_and_what_it_could_not_load(
    json_broker, worker, steelyard, chatty
):
    json_broker()
    lines = worker("w1", "--lines", chatty)
    assert steelyard("submit", "q", "x", "--state", "german").status == 1
    failed = event(lines, "load_failed")
    assert (failed["state"], failed["level"]) == ("german", "warning")
    assert failed["text"] == (f"state 'german' could not be loaded for job {failed['job']}: "
                              "no such file")
    assert steelyard("submit", "q", "die").status == 1
    died = wait_for(lambda: events(lines, "attempt_died")[2:])[0]
    assert (died["queue"], died["level"]) == ("q", "warning")
    assert died["text"] == (f"job {died['job']}: the process ended with exit status 7; "
                            "last output: APPLOG die")


def test_a_program_that_floods_its_log_is_cut_short_and_the_rest_counted(
    json_broker, worker, steelyard
):
    json_broker()
    works = worker("w1", "--exec", "sh -c 'seq 1 5000 >&2'")
    assert steelyard("submit", "q", "x").status == 0
    works.interrupt()
    assert works.wait() == 0
    said = len(events(works, "program_said"))
    left_out = [line for line in events(works, "left_out") if line["about"] == "program_said"]
    assert 50 <= said < 1_000
    assert said + sum(int(line["count"]) for line in left_out) == 5_000


def test_a_lost_worker_is_named_with_what_it_held(json_broker, worker, start, tmp_path):
    broker = json_broker(*SOON)
    os.mkfifo(tmp_path / "never")
    lost = worker("gpu-3", "--exec", f"sh -c 'touch {tmp_path}/began; exec cat {tmp_path}/never'",
                  "--slots", "2")
    start("submit", "q", "x")
    wait_for((tmp_path / "began").exists, what="the job to begin")
    lost.kill()
    told = event(broker, "worker_lost")
    assert told["worker"] == "gpu-3" and told["count"] == "1" and told["level"] == "warning"
    assert "it held 1 job, which others get" in told["text"]


def test_a_drained_worker_is_told_apart_from_one_that_is_lost(json_broker, worker, steelyard):
    broker = json_broker()
    drained = worker("w1")
    assert steelyard("drain", "w1").status == 0
    assert drained.wait() == 0
    assert event(broker, "worker_draining")["worker"] == "w1"
    assert event(broker, "worker_left")["worker"] == "w1"
    assert not events(broker, "worker_lost")


def test_a_queue_without_workers_is_told_once_until_one_comes(json_broker, worker, steelyard):
    broker = json_broker()
    for _ in range(3):
        assert steelyard("submit", "q", "x", "--no-wait").status == 0
    assert event(broker, "queue_unserved")["queue"] == "q"
    worker("w1")
    assert event(broker, "queue_served")["queue"] == "q"
    assert len(events(broker, "queue_unserved")) == 1


def test_a_client_that_was_killed_is_gone_for_good(json_broker, start):
    broker = json_broker(*SOON)
    client = start("submit", "q", "x")
    client.errors.wait_for("no worker serves")
    client.kill()
    assert event(broker, "client_gone")["level"] == "warning"


def test_a_client_that_only_looked_and_was_killed_is_no_trouble(json_broker, start):
    broker = json_broker(*SOON)
    looks = start("health", "--watch")
    looks.output.wait_for("^WARNING: 0 workers")
    looks.kill()
    told = event(broker, "client_left")
    assert told["level"] == "debug"
    assert told["text"].endswith("is gone, and had handed in nothing")
    assert not events(broker, "client_gone")


def test_a_job_in_quarantine_can_be_followed_by_its_id(json_broker, worker, steelyard):
    broker = json_broker("--max-deaths", 1, "--retry-first-ms", 10)
    worker("w1", "--exec", "sh -c 'kill -9 $$'")
    job = steelyard("submit", "q", "poison", "--no-wait", "--delay", 0.2).output.strip()
    event(broker, "client_left")
    assert event(broker, "job_quarantined")["job"] == job
    assert job in event(broker, "job_quarantined")["text"]
    assert steelyard("quarantine", "drop", job).status == 0
    assert event(broker, "job_dropped")["job"] == job
    assert steelyard("quarantine", "drop", job).status == 1
    assert len(events(broker, "job_dropped")) == 1


def test_a_job_that_loses_every_attempt_has_failed_for_good(json_broker, worker, start, tmp_path):
    broker = json_broker(*SOON, "--max-attempts", 1, "--max-deaths", 9)
    os.mkfifo(tmp_path / "never")
    lost = worker("w1", "--exec", f"sh -c 'touch {tmp_path}/began; exec cat {tmp_path}/never'")
    waits = start("submit", "q", "x")
    wait_for((tmp_path / "began").exists, what="the job to begin")
    lost.kill()
    failed = event(broker, "job_failed")
    assert failed["code"] == "attempts_exhausted"
    assert waits.wait() == 1


def test_jobs_that_the_broker_cannot_name_are_told_as_refused(json_broker, steelyard):
    broker = json_broker("--max-names", 1)
    assert steelyard("submit", "a", "x", "--no-wait").status == 0
    assert steelyard("submit", "b", "x", "--no-wait").status == 1
    refused = event(broker, "jobs_refused")
    assert (refused["code"], refused["count"]) == ("too_many_names", "1")


def test_what_comes_too_often_is_counted_instead(json_broker, start, steelyard):
    broker = json_broker("--max-queued-jobs", 1)
    start("submit", "q", "x").errors.wait_for("no worker serves")
    refused = steelyard("submit", "q", "--lines", "-", "--batch", 1, "--fail-when-full",
                        stdin=b"y\n" * 500)
    assert refused.status == 1
    left_out = event(broker, "left_out")
    assert left_out["level"] == "warning" and left_out["about"] == "jobs_refused"
    told = events(broker, "jobs_refused")
    assert len(told) == 20
    assert told[0]["code"] == "queue_full" and "max_queued_jobs = 1" in told[0]["text"]
    shown = sum(int(line["count"]) for line in told)
    refusals = json.loads(steelyard("stats", "--json").output)["refusals"]
    assert shown + int(left_out["count"]) == refusals["queue_full"]


def test_nonsense_is_named_and_is_no_way_to_forge_a_line(json_broker, environment):
    broker = json_broker()
    address, _, port = environment["STEELYARD_BROKER"].removeprefix("tcp://").rpartition(":")
    with Peer.connect(address, int(port)) as peer:
        peer.send(b"\n{\"event\":\"worker_lost\"}\n")
        assert peer.receive() is not None
    told = event(broker, "message_malformed")
    assert "cannot be understood" in told["text"]
    assert not events(broker, "worker_lost")


def test_text_is_a_sentence_with_its_time_and_level(start_broker, steelyard):
    broker = start_broker()
    assert steelyard("submit", "q", "x", "--no-wait").status == 0
    line = broker.running.errors.wait_for("no worker serves").string
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} warning jobs came for queue 'q'", line)


def test_the_level_says_what_is_left_out(start, environment, steelyard):
    broker = start("broker", "--listen", "ipc://" + environment["TMPDIR"] + "/b",
                   "--log-level", "error", "--log-format", "json")
    environment["STEELYARD_BROKER"] = "ipc://" + environment["TMPDIR"] + "/b"
    wait_for(lambda: steelyard("submit", "q", "x", "--no-wait").status == 0, what="the broker")
    broker.interrupt()
    assert broker.wait() == 0
    assert broker.errors.lines == []


def told_by(part, up):
    return [line for line in lines_of(up) if line["part"] == part]


def test_up_shows_the_lines_of_its_parts_as_objects_with_their_names(start, environment, steelyard):
    up = start("up", "--listen", "tcp://127.0.0.1:0", "--http", "none", "--log-format", "json")
    endpoint = up.output.wait_for(r"broker at (tcp://\S+)").group(1)
    environment["STEELYARD_BROKER"] = endpoint
    assert steelyard("submit", "nobody", "x", "--no-wait").status == 0
    up.errors.wait_for("queue_unserved")
    [unserved] = [line for line in told_by("broker", up) if line["event"] == "queue_unserved"]
    assert (unserved["level"], unserved["queue"]) == ("warning", "nobody")


def test_up_leaves_out_what_is_below_its_level_and_still_starts(start, environment, steelyard):
    up = start("up", "--listen", "tcp://127.0.0.1:0", "--http", "none", "--log-level", "warning")
    environment["STEELYARD_BROKER"] = up.output.wait_for(r"broker at (tcp://\S+)").group(1)
    assert steelyard("submit", "nobody", "x", "--no-wait").status == 0
    up.errors.wait_for("^broker: jobs came for queue 'nobody'")
    assert not [line for line in up.errors.lines if "joined" in line]


def test_a_hub_logs_as_the_others_do(start, json_broker, tmp_path):
    json_broker()
    (tmp_path / "hub.json").write_text(json.dumps(
        {"workers": [{"queues": ["q"], "exec": "cat"}]}), encoding="utf-8")
    hub = start("hub", tmp_path / "hub.json", "--log-format", "json", "--control", "none")
    assert event(hub, "hub_news")["level"] == "info"
    hub.interrupt()
    assert hub.wait() == 0
    assert {line["event"] for line in lines_of(hub)} <= {"hub_news", "hub_trouble", "stopping",
                                                        "stopped"}
