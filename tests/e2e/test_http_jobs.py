"""The jobs API over HTTP, driven from outside: every status that it has."""

import base64
import concurrent.futures
import json
import re
import shlex
import signal
import sys
import time

import pytest

from conftest import wait_for
from http_api import Api, api, shout, start_api, start_api_with, work  # noqa: F401 (fixtures)

UNKNOWN = "0123456789abcdef-1"
STREAMS = """
import json, sys
for line in sys.stdin:
    job = json.loads(line)
    if "id" in job:
        print(json.dumps({"id": job["id"], "partial": "one"}), flush=True)
        print(json.dumps({"id": job["id"], "result": "two"}), flush=True)
"""
# Says in a file when it begins a job, and when it is told to stop.
STOPS = """
import json, sys, time
def say(what): open(sys.argv[1], "a").write(f"{what} {time.monotonic()}\\n")
for line in sys.stdin:
    job = json.loads(line)
    if "cancel" in job:
        say("told")
        print(json.dumps({"id": job["cancel"], "error": "stopped"}), flush=True)
    else:
        say("began")
"""
# Never ends to say something about its first job.
TALKS = """
import json, sys
job = json.loads(sys.stdin.readline())
while True:
    print(json.dumps({"id": job["id"], "partial": "x" * 1000}), flush=True)
"""


def python(script, *arguments):
    """The command line that runs a script."""
    return shlex.join([sys.executable, "-c", script, *map(str, arguments)])


def queue_counts(api, name="q"):
    rows = api("GET", "/v1/queues").json["rows"]
    return next((row["jobs"] for row in rows if row["queue"] == name), {})


def ends(api, job):
    """How a job has ended, when it has."""
    standing = api("GET", f"/v1/jobs/{job}").json["status"]
    return standing not in ("delayed", "queued", "running", "returning") and standing


def test_a_job_is_taken_done_and_fetched(api, shout):
    taken = api("POST", "/v1/queues/q/jobs", b"hello")
    assert taken.status == 202
    assert taken.json["no_workers"] is True
    assert taken.json["durability"] == "memory"
    place = taken.headers["Location"]
    early = api("GET", f"{place}/result")
    assert (early.status, early.code) == (409, "not_finished")
    shout()
    assert wait_for(lambda: ends(api, taken.json["id"])) == "finished"
    result = api("GET", f"{place}/result")
    assert (result.status, result.body) == (200, b"HELLO")
    assert result.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert api("GET", place).json["result"] == "HELLO"


def test_a_result_is_waited_for(api, work):
    work("q", "--exec", "cat")
    done = api("POST", "/v1/queues/q/jobs?wait=60", b'{"a": [1]}')
    assert (done.status, done.body) == (200, b'{"a": [1]}')
    assert done.headers["Content-Type"] == "application/json"
    binary = api("POST", "/v1/queues/q/jobs?wait=60", b"\xff\x00")
    assert binary.headers["Content-Type"] == "application/octet-stream"
    assert binary.body == b"\xff\x00"


def test_a_job_goes_on_when_the_wait_is_over(api, shout):
    late = api("POST", "/v1/queues/q/jobs?wait=0.05", b"late")
    assert late.status == 202
    shout()
    assert wait_for(lambda: ends(api, late.json["id"])) == "finished"


def test_a_job_that_is_not_kept_times_out(api):
    dropped = api("POST", "/v1/queues/q/jobs?wait=0.05&keep=false", b"x")
    assert (dropped.status, dropped.code) == (504, "timed_out")
    wait_for(lambda: queue_counts(api)["cancelled"] == 1)


def test_a_client_that_goes_away_cancels_what_only_it_waited_for(api):
    connection = api.open("POST", "/v1/queues/q/jobs?wait=60", b"x")
    wait_for(lambda: queue_counts(api).get("queued") == 1)
    connection.close()
    wait_for(lambda: queue_counts(api)["cancelled"] == 1)


def test_running_work_hears_within_a_second_that_its_client_has_gone(api, work, tmp_path):
    said = tmp_path / "said.txt"
    said.touch()
    work("q", "--cancel-grace-s", 30, "--lines", python(STOPS, said))
    connection = api.open("POST", "/v1/queues/q/jobs?wait=60", b"x")
    wait_for(lambda: "began" in said.read_text())
    gone_at = time.monotonic()
    connection.close()
    told = wait_for(lambda: re.search(r"told (\S+)\n", said.read_text()))
    assert 0 <= float(told.group(1)) - gone_at < 1


def test_failed_work_is_500(api, work):
    work("q", "--exec", "sh -c 'echo bad >&2; exit 3'")
    failed = api("POST", "/v1/queues/q/jobs?wait=60", b"x")
    assert (failed.status, failed.code) == (500, "work_failed")
    assert "bad" in failed.json["detail"]


def test_an_idempotency_key_stands_for_one_job(api):
    first = api("POST", "/v1/queues/q/jobs", b"x", Idempotency_Key="k")
    again = api("POST", "/v1/queues/q/jobs", b"x", Idempotency_Key="k")
    assert (again.status, again.json["id"]) == (202, first.json["id"])
    other = api("POST", "/v1/queues/q/jobs", b"y", Idempotency_Key="k")
    assert (other.status, other.code) == (409, "key_conflict")


@pytest.mark.parametrize(
    ("method", "path", "named"),
    [
        ("POST", "/v1/queues/-q/jobs", "queue"),
        ("POST", "/v1/queues/q/jobs?priorty=1", "priority"),
        ("POST", "/v1/queues/q/jobs?priority=high", "priority"),
        ("POST", "/v1/queues/q/jobs?durability=journal", "journal"),
        ("POST", "/v1/queues/q/jobs?user=%", "percent"),
        ("GET", "/v1/jobs/nonsense", "0123456789abcdef-42"),
        ("GET", "/v1/stats?verbose=1", "verbose"),
    ],
)
def test_what_is_malformed_is_400_and_named(api, method, path, named):
    refused = api(method, path, b"x" if method == "POST" else b"")
    assert refused.status == 400
    assert refused.code
    assert named.lower() in refused.json["detail"].lower()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"/v1/jobs/{UNKNOWN}"),
        ("GET", f"/v1/jobs/{UNKNOWN}/result"),
        ("GET", f"/v1/jobs/{UNKNOWN}/events"),
        ("GET", f"/v1/jobs/{UNKNOWN}/explain"),
        ("DELETE", f"/v1/jobs/{UNKNOWN}"),
        ("POST", "/v1/workers/nobody:drain"),
        ("GET", "/v1/nothing"),
    ],
)
def test_what_is_not_there_is_404(api, method, path):
    missing = api(method, path)
    assert missing.status == 404
    assert missing.code in ("unknown_job", "unknown_worker", "not_found")


def test_another_method_is_405_and_told_which_are_allowed(api):
    refused = api("PUT", f"/v1/jobs/{UNKNOWN}", b"x")
    assert (refused.status, refused.code) == (405, "method_not_allowed")
    assert set(refused.headers["Allow"].split(", ")) == {"DELETE", "GET", "HEAD"}


def test_a_cancel_says_where_the_job_was(api):
    job = api("POST", "/v1/queues/q/jobs", b"x").json["id"]
    cancelled = api("DELETE", f"/v1/jobs/{job}")
    assert cancelled.status == 200
    assert (cancelled.json["was"], cancelled.json["status"]) == ("queued", "cancelled")
    result = api("GET", f"/v1/jobs/{job}/result")
    assert (result.status, result.code) == (409, "cancelled")


def test_a_running_job_is_cancelled(api, work):
    work("q", "--exec", "sleep 1000")
    job = api("POST", "/v1/queues/q/jobs", b"x").json["id"]
    wait_for(lambda: api("GET", f"/v1/jobs/{job}").json["status"] == "running")
    cancelled = api("DELETE", f"/v1/jobs/{job}?wait=60").json
    assert (cancelled["was"], cancelled["status"]) == ("running", "cancelled")


def test_a_job_that_expires_is_504(api):
    expired = api("POST", "/v1/queues/q/jobs?wait=60&deadline_s=0.05", b"x")
    assert (expired.status, expired.code) == (504, "expired")


def test_a_user_over_the_limit_is_429(start_api):
    api = start_api("--max-queued-jobs-per-user", 1)
    assert api("POST", "/v1/queues/q/jobs?user=ada", b"x").status == 202
    refused = api("POST", "/v1/queues/q/jobs?user=ada", b"x")
    assert (refused.status, refused.code) == (429, "user_over_limit")
    assert int(refused.headers["Retry-After"]) > 0


def test_a_full_broker_is_503(start_api):
    api = start_api("--max-queued-jobs", 1)
    assert api("POST", "/v1/queues/q/jobs", b"x").status == 202
    refused = api("POST", "/v1/queues/q/jobs", b"x")
    assert (refused.status, refused.code) == (503, "queue_full")
    assert int(refused.headers["Retry-After"]) > 0


def test_a_payload_over_the_brokers_limit_is_413(start_api):
    api = start_api("--max-payload-bytes", 1000)
    refused = api("POST", "/v1/queues/q/jobs", b"x" * 1001)
    assert (refused.status, refused.code) == (413, "payload_too_large")


def test_a_body_over_the_gateways_limit_is_413(start_api_with):
    api = start_api_with(max_body_bytes=1000)
    assert api("POST", "/v1/queues/q/jobs", b"x" * 1000).status == 202
    refused = api("POST", "/v1/queues/q/jobs", b"x" * 1001)
    assert (refused.status, refused.code) == (413, "payload_too_large")


def test_too_many_headers_are_431(api):
    few = {f"X-{number}": "x" for number in range(120)}
    assert api("GET", "/v1/stats", **few).status == 200
    refused = api("GET", "/v1/stats", **few, **{f"Y-{number}": "x" for number in range(10)})
    assert (refused.status, refused.code) == (431, "too_many_headers")


def test_a_gateway_without_its_broker_is_503(start):
    lonely = Api(start("gateway", "--http", "127.0.0.1:0", "--broker", "tcp://127.0.0.1:1"))
    refused = lonely("GET", f"/v1/jobs/{UNKNOWN}")
    assert (refused.status, refused.code) == (503, "not_connected")
    assert int(refused.headers["Retry-After"]) > 0


def test_requests_that_wait_for_work_are_limited_and_questions_are_not(start_api_with):
    api = start_api_with(max_in_flight=1)
    assert api("POST", "/v1/queues/q/jobs", b"x").status == 202  # and waits no longer
    waiting = api.open("POST", "/v1/queues/q/jobs?wait=60", b"x")
    wait_for(lambda: queue_counts(api).get("queued") == 2)
    for method, path in [
        ("POST", "/v1/queues/q/jobs"),
        ("POST", "/v1/jobs:batch"),
        ("GET", f"/v1/jobs/{UNKNOWN}/events"),
    ]:
        refused = api(method, path)
        assert (refused.status, refused.code) == (503, "too_many_requests_in_flight")
        assert int(refused.headers["Retry-After"]) > 0
    waiting.close()
    wait_for(lambda: queue_counts(api)["cancelled"] == 1)
    assert api("POST", "/v1/queues/q/jobs", b"x").status == 202


def test_a_draining_gateway_is_503_and_still_takes_jobs(start_api_with, work):
    api = start_api_with(drain_s=60)
    work("q", "--exec", "cat")
    api.running.signal(signal.SIGTERM)
    wait_for(lambda: api("GET", "/readyz").status == 503)
    assert int(api("GET", "/readyz").headers["Retry-After"]) > 0
    assert api("POST", "/v1/queues/q/jobs?wait=60", b"x").body == b"x"
    api.running.interrupt()
    assert api.running.wait() == 0


def test_the_events_of_a_job_end_with_its_outcome(api, work):
    job = api("POST", "/v1/queues/q/jobs?stream=65536", b"x").json["id"]
    with concurrent.futures.ThreadPoolExecutor() as pool:
        events = pool.submit(api, "GET", f"/v1/jobs/{job}/events")
        work("q", "--lines", python(STREAMS))
        stream = events.result(timeout=60)
    assert stream.headers["Content-Type"] == "text/event-stream"
    names = re.findall(r"^event: (\w+)$", stream.body.decode(), re.MULTILINE)
    assert "partial" in names
    assert names[-1] == "outcome"


def test_a_stream_is_heard_at_every_thread(start_api_with, work):
    api = start_api_with(threads=2)
    job = api("POST", "/v1/queues/q/jobs?stream=65536", b"x").json["id"]
    # Connections are given to the threads in turn.
    listeners = [api.open("GET", f"/v1/jobs/{job}/events").getresponse() for _ in range(2)]
    work("q", "--lines", python(STREAMS))
    for listener in listeners:
        heard = listener.read().decode()
        assert 'data: {"partial":"one"}' in heard
        assert heard.count("event: outcome") == 1


def test_a_stream_ends_with_the_thread_that_brings_its_news(start_api_with):
    api = start_api_with(threads=2)
    job = api("POST", "/v1/queues/q/jobs?stream=65536", b"x").json["id"]
    listener = api.open("GET", f"/v1/jobs/{job}/events").getresponse()
    api.running.interrupt()
    assert b"outcome" not in listener.read()
    assert api.running.wait() == 0


@pytest.mark.parametrize("threads", [1, 2])
def test_streams_that_are_full_of_news_do_not_hinder_the_end(start_api_with, work, threads):
    api = start_api_with(threads=threads)
    listeners = []
    for _ in range(4):
        job = api("POST", "/v1/queues/q/jobs?stream=65536", b"x").json["id"]
        listeners += [api.open("GET", f"/v1/jobs/{job}/events").getresponse() for _ in range(2)]
    work("q", "--slots", 4, "--cancel-grace-s", 1, "--lines", python(TALKS))
    for listener in listeners:
        assert any(b"event: partial" in line for line in listener)
    api.running.interrupt()
    api.running.errors.wait_for("draining")
    api.running.signal(signal.SIGTERM)
    assert api.running.wait() == 0


def test_a_batch_is_answered_line_by_line(api, work):
    work("q", "--exec", "cat")
    lines = [
        {"queue": "q", "payload": "a", "wait": 60},
        {"queue": "q", "payload_base64": base64.b64encode(b"\xff").decode(), "wait": 60},
        {"queue": "q", "payload": {"n": 1}, "wait": 60},
        {"queue": "-q", "payload": "x"},
        {"queue": "q", "payload": "later"},
    ]
    body = "\n".join([*map(json.dumps, lines), "nonsense", "[" * 100]).encode()
    answer = api("POST", "/v1/jobs:batch", body)
    assert answer.status == 200
    told = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["line"] for line in told] == [1, 2, 3, 4, 5, 6, 7]
    assert told[0]["result"] == "a"
    assert base64.b64decode(told[1]["result_base64"]) == b"\xff"
    assert json.loads(told[2]["result"]) == {"n": 1}
    assert told[3]["code"] == "invalid_name"
    assert told[4]["status"] == "accepted"
    assert told[5]["code"] == "malformed"
    assert "column 33" in told[6]["error"]


def test_the_command_line_and_the_api_agree(api, shout, steelyard):
    shout()
    job = api("POST", "/v1/queues/q/jobs", b"x").json["id"]
    wait_for(lambda: ends(api, job))
    assert json.loads(steelyard("get", job, "--json").output) == api("GET", f"/v1/jobs/{job}").json
    told = api("GET", f"/v1/jobs?id={job}&id={UNKNOWN}").json["jobs"]
    assert [one["status"] for one in told] == ["finished", "unknown"]
    for what in ("queues", "workers", "users", "states", "jobs"):
        printed = json.loads(steelyard("ls", what, "--json").output)
        assert printed.keys() == api("GET", f"/v1/{what}").json.keys()
    printed = json.loads(steelyard("stats", "--json").output)
    assert printed.keys() == api("GET", "/v1/stats").json.keys()


def test_a_waiting_job_is_explained_and_a_worker_drained(api, work):
    job = api("POST", "/v1/queues/other/jobs", b"x").json["id"]
    assert api("GET", f"/v1/jobs/{job}/explain").status == 200
    worker = work("q", "--exec", "cat", "--name", "w1")
    assert api("POST", "/v1/workers/w1:drain").json == {"worker": "w1", "draining": True}
    assert worker.wait() == 0


def test_the_document_is_what_is_served(api):
    document = api("GET", "/openapi.json").json
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method in operations:
            place = path.replace("{id}", UNKNOWN).replace("{queue}", "-q")
            served = api(method.upper(), place.replace("{name}", "nobody"))
            assert str(served.status) in operations[method]["responses"], (method, path)
