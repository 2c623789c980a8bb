"""How health is told, the snapshot that all monitors read, and jobs that nobody serves."""

import json
import re
import signal
import socket
from pathlib import Path

from conftest import wait_for
from page_stub import QUEUE, USER, WORKER

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "monitor.md"


def test_health_says_how_each_part_is(steelyard, start_worker):
    start_worker("q", "--builtin", "echo")
    lines = steelyard("health").output.splitlines()
    assert lines[0].startswith("OK: 1 worker, 0 jobs queued")
    said = {line.split()[0]: line for line in lines[3:]}
    for part in ["broker", "workers", "queues", "jobs", "states", "strategy", "estimates"]:
        assert re.search(rf"^{part} +ok ", said[part]), said[part]
    assert re.search(r"^journal +off ", said["journal"])
    parts = json.loads(steelyard("health", "--json").output)["parts"]
    assert {"part": "workers", "state": "ok", "text": "1 worker with 1 slot"} in parts


def test_health_for_a_file_cuts_nothing(steelyard, start_broker):
    start_broker("--strategy", "groups-by-state:switch_penalty_s=3")
    health = json.loads(steelyard("health", "--json").output)
    texts = [part["text"] for part in health["parts"]]
    assert max(map(len, texts)) > 80 - len("PART        STATE    ")
    printed = steelyard("health").output
    assert all(text in printed for text in texts)


def test_a_worker_that_hangs_is_named_before_it_is_lost(steelyard, start_broker, start):
    start_broker("--worker-lost-after-ms", 60_000)
    worker = start("worker", "--queue", "q", "--builtin", "echo", "--name", "sleepy")
    worker.errors.wait_for("ready: ")
    worker.signal(signal.SIGSTOP)

    def warned():
        warnings = json.loads(steelyard("health", "--json").output)["warnings"]
        return [line for line in warnings if "'sleepy'" in line and "silent" in line]

    assert "lost after 60" in wait_for(warned)[0]
    assert re.search(r"workers +warning", steelyard("health").output)
    worker.signal(signal.SIGCONT)
    wait_for(lambda: not warned())


def test_watch_tells_what_changes_and_ends_on_ctrl_c(steelyard, start, start_broker):
    start_broker()
    watch = start("health", "--watch", "0.1", "--strict")
    watch.output.wait_for("^WARNING: 0 workers")
    start("worker", "--queue", "q", "--builtin", "echo")
    watch.output.wait_for("^OK: 1 worker")
    start("submit", "lonely", "x")
    watch.output.wait_for("queue 'lonely': 1 job waits")
    # It looks on, and has nothing new to say.
    assert steelyard("submit", "q", "x").status == 0
    watch.interrupt()
    assert watch.wait() == 1
    told = [line.split(":")[0] for line in watch.output.lines if re.match("OK|WARNING", line)]
    assert told == ["WARNING", "OK", "WARNING"]


def holds_back(process_id, number):
    """Whether the process has a signal blocked, to read it when it likes."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="utf-8")
    return int(re.search(r"^SigBlk:\s*(\w+)", status, re.M).group(1), 16) >> (number - 1) & 1


def test_a_second_ctrl_c_does_not_wait_for_a_broker_that_is_not_there(start):
    watch = start("health", "--watch", "--broker", "tcp://127.0.0.1:1",
                  "--connect-timeout-ms", "600000")
    wait_for(lambda: holds_back(watch.id, signal.SIGINT), what="it to take signals")
    watch.interrupt()
    watch.signal(signal.SIGTERM)
    assert watch.wait() == 130


def test_watch_says_that_the_broker_is_gone_and_that_it_is_back(start, start_broker):
    broker = start_broker()
    watch = start("health", "--watch", "0.1", "--connect-timeout-ms", "300")
    watch.output.wait_for("^WARNING: 0 workers")
    broker.running.kill()
    broker.running.wait()
    watch.output.wait_for("^NO ANSWER: ")
    start_broker(listen=broker.endpoint)
    watch.output.wait_for("^WARNING: 0 workers")
    watch.interrupt()
    assert watch.wait() == 0


def test_watch_without_a_broker_ends_with_3(start):
    watch = start(
        "health", "--broker", "tcp://127.0.0.1:1", "--watch", "--connect-timeout-ms", 100
    )
    watch.output.wait_for("^NO ANSWER: ")
    watch.interrupt()
    assert watch.wait() == 3


def test_jobs_of_a_queue_that_nobody_serves_fail_after_unserved_ttl_s(steelyard, start_broker):
    start_broker("--unserved-ttl-s", 1)
    finished = steelyard("submit", "tpyo", "x")
    assert finished.status == 1
    assert "no_such_task" in finished.errors
    assert "is its name right" in finished.errors
    stats = json.loads(steelyard("stats", "--json").output)
    assert (stats["jobs"]["failed"], stats["jobs"]["queued"]) == (1, 0)
    assert stats["limits"]["unserved_ttl_s"] == 1


def test_health_and_explain_say_when_unserved_jobs_fail(steelyard, start_broker, start):
    start_broker("--unserved-ttl-s", 3600)
    start("submit", "tpyo", "x").errors.wait_for("no worker serves")
    assert "no_such_task after 3600 s" in steelyard("health").output
    jobs = json.loads(steelyard("ls", "jobs", "--json").output)["rows"]
    assert "no_such_task after 3600 s" in steelyard("explain", jobs[0]["job"]).output


def test_the_snapshot_says_what_the_reports_say(steelyard, start_broker, start):
    start_broker()
    worker = start("worker", "--queue", "q", "--builtin", "echo", "--name", "w")
    worker.errors.wait_for("ready: ")
    lines = b"line\n" * 50
    assert steelyard("submit", "q", "--lines", "-", "--user", "ann", stdin=lines).status == 0
    snapshot = json.loads(steelyard("stats", "--everything").output)
    stats = json.loads(steelyard("stats", "--json").output)
    for part in ["jobs", "attempts", "decisions", "refusals"]:
        assert snapshot["stats"][part] == stats[part]
    tables = {
        name: [dict(zip(snapshot[name]["columns"], row)) for row in snapshot[name]["rows"]]
        for name in ["queues", "workers", "users", "states"]
    }
    assert [(row["queue"], row["finished"], row["waits"]) for row in tables["queues"]] == [
        ("q", 50, 50)
    ]
    assert [(row["user"], row["finished"]) for row in tables["users"]] == [("ann", 50)]
    assert [(row["worker"], row["doing"], row["address"]) for row in tables["workers"]] == [
        ("w", "idle", "127.0.0.1")
    ]
    assert sum(snapshot["wait_buckets"]) == 50
    assert [snapshot[name]["columns"] for name in ["queues", "workers", "users"]] == [
        QUEUE, WORKER, USER
    ]
    document = DOCUMENT.read_text(encoding="utf-8")
    told = [name for table in tables for name in snapshot[table]["columns"]] + list(snapshot)
    assert [name for name in told if f"`{name}`" not in document] == []


def test_a_name_that_no_name_may_be_is_refused(steelyard, broker):
    for name in ["<script>alert(1)</script>", "a\x1b[31m", "x" * 10_000, "-flag", "a b", ""]:
        finished = steelyard("submit", "--", name, "payload")
        assert finished.status in (1, 2), name[:50]
        assert len(finished.errors) < 2_000
        assert "\x1b" not in finished.errors
    assert json.loads(steelyard("ls", "queues", "--json").output)["rows"] == []


def test_strangers_who_talk_nonsense_hinder_nobody(steelyard, broker):
    host, port = broker.endpoint.removeprefix("tcp://").rsplit(":", 1)
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" + b"\xff" * 10_000)
    assert steelyard("health").status == 0
