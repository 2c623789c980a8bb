"""Routes of the gateway, in one process with the broker and in processes of their own."""

import http.client
import json
import re
import signal
import socket
import struct
import sys
import threading
import time

import pytest

from processes import House, wait_for

# A stage in another language: what it does stands in the query.
STAGE = r"""
import json, sys, time
for line in sys.stdin:
    job = json.loads(line)
    if "cancel" in job:
        open(sys.argv[1], "a").write(f"cancelled {time.monotonic()}\n")
        print(json.dumps({"id": job["cancel"], "error": "stopped"}), flush=True)
        continue
    head, body = job["parts"]
    head = json.loads(head)
    do = head["parameters"].get("do", "echo")
    if do == "hang":
        open(sys.argv[1], "a").write("hangs\n")
        continue
    answer = {"id": job["id"]}
    if do == "echo":
        answer["result"] = body
    elif do == "head":
        answer["result"] = json.dumps(head)
    elif do == "refuse":
        answer["parts"] = [
            {"status": 400, "content_type": "text/plain", "headers": {"X-Why": "n"}}, "no"]
    elif do == "break":
        answer["parts"] = ['{"headers":{"Content-Length":"1"}}', "no"]
    else:
        answer["error"] = "a secret"
    print(json.dumps(answer), flush=True)
"""

ROUTES = [
    {"path": "/stage/{name}", "queue": "stage", "time_out_s": {"query": "time_out_s"},
     "priority": {"query": "priority"}},
    {"path": "/waits/{model}", "queue": "nobody", "user": {"header": "X-User"},
     "state": {"path": "model"}, "priority": {"query": "priority"}},
    {"path": "/idle", "queue": "nobody", "time_out_s": 0.3},
]


class Service:
    """A gateway with these routes, and a worker for them."""

    def __init__(self, house, folder, apart, slots=4, **gateway):
        self.seen = folder / "seen.txt"
        self.seen.write_text("")
        script = folder / "stage.py"
        script.write_text(STAGE)
        settings = {"http": "127.0.0.1:0", "drain_s": 1, "routes": ROUTES, **gateway}
        config = folder / "service.json"
        config.write_text("// A service.\n" + json.dumps({"gateway": settings}))
        if apart:
            house.start_broker()
            self.door = house.start("gateway", "--broker", house.endpoint, "--config", config)
        else:
            self.door = house.start_broker("--config", config)
        self.port = int(self.door.says("http on").rpartition(":")[2])
        house.start_worker("--queue", "stage", "--slots", slots, "--cancel-grace-s", 5,
                           "--lines", f"{sys.executable} {script} {self.seen}")

    def ask(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        answer.text = answer.read().decode()
        connection.close()
        return answer

    def raw(self, text):
        client = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        client.sendall(text.encode())
        return client

    def waits_for(self, word):
        wait_for(lambda: word in self.seen.read_text(), f"'{word}' from the stage", 10)


@pytest.fixture(name="house")
def fixture_house(tmp_path):
    house = House(tmp_path)
    yield house
    house.end()


@pytest.fixture(name="service", params=["one process", "processes of their own"])
def fixture_service(request, house, tmp_path):
    return Service(house, tmp_path, request.param != "one process")


def test_a_request_is_a_job_and_its_result_the_response(service):
    answer = service.ask("POST", "/stage/a%20b?do=head&x=%22", "body", {"X-User": "ann"})
    assert (answer.status, answer.getheader("Content-Type")) == (200, "application/json")
    head = json.loads(answer.text)
    assert head["method"] == "POST"
    assert head["captures"] == {"name": "a b"}
    assert head["parameters"] == {"do": "head", "x": '"'}
    assert head["headers"]["x-user"] == "ann"
    answer = service.ask("POST", "/stage/a", "h\u00e4".encode())
    assert (answer.status, answer.text) == (200, "h\u00e4")


def test_the_request_says_user_state_and_priority_of_its_job(service):
    client = service.raw("GET /waits/german?priority=7 HTTP/1.1\r\nHost: a\r\nX-User: ann\r\n\r\n")
    [job] = wait_for(lambda: json.loads(service.ask("GET", "/v1/jobs").text)["rows"], "the job")
    assert (job["queue"], job["user"], job["state"], job["priority"]) == (
        "nobody", "ann", "german", 7)
    client.close()


def test_a_stage_says_status_type_and_headers(service):
    answer = service.ask("GET", "/stage/a?do=refuse")
    assert (answer.status, answer.text, answer.getheader("X-Why")) == (400, "no", "n")
    assert answer.getheader("Content-Type") == "text/plain"


@pytest.mark.parametrize("method, target, status, code", [
    ("GET", "/stage/a?do=break", 502, "wrong_answer"),
    ("GET", "/stage/a?do=fail", 500, None),
    ("GET", "/stage/a?priority=high", 400, None),
    ("GET", "/stage/a?time_out_s=-1", 400, None),
    ("GET", "/nothing", 404, "not_found"),
    ("GET", "/stage/../a", 404, "not_found"),
    ("DELETE", "/stage/a", 405, "method_not_allowed"),
    ("GET", "/idle", 504, "timed_out"),
])
def test_what_goes_wrong_is_a_problem_document(service, method, target, status, code):
    answer = service.ask(method, target)
    assert answer.status == status, answer.text
    assert answer.getheader("Content-Type") == "application/problem+json"
    problem = json.loads(answer.text)
    assert problem["status"] == status
    assert code in (None, problem["code"])
    assert "secret" not in answer.text
    if status == 405:
        assert answer.getheader("Allow") == "GET, HEAD, POST"


def test_health_and_readiness(service):
    assert service.ask("GET", "/healthz").status == 200
    answer = service.ask("GET", "/readyz")
    assert answer.status == 503
    assert json.loads(answer.text)["reasons"] == ["queue 'nobody' has no worker"]
    assert service.ask("OPTIONS", "/idle").getheader("Allow") == "GET, HEAD, POST, OPTIONS"


@pytest.mark.parametrize("way", ["closes", "resets"])
def test_a_client_that_goes_is_told_to_the_running_work_within_a_second(service, way):
    client = service.raw("GET /stage/a?do=hang HTTP/1.1\r\nHost: a\r\n\r\n")
    service.waits_for("hangs")
    if way == "resets":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    gone_at = time.monotonic()
    client.close()
    told = wait_for(lambda: re.search(r"cancelled (\S+)\n", service.seen.read_text()), "a cancel")
    assert 0 <= float(told.group(1)) - gone_at < 1


def test_a_time_out_is_answered_though_every_worker_is_stuck(service):
    clients = [service.raw("GET /stage/a?do=hang HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(4)]
    wait_for(lambda: service.seen.read_text().count("hangs") == 4, "four that hang")
    assert service.ask("GET", "/stage/a?time_out_s=0.2").status == 504
    for client in clients:
        client.close()


def test_answers_of_a_connection_are_in_the_order_of_its_requests(service):
    wanted = [f"{i}" * (i + 1) for i in range(8)]
    requests = ["GET /idle HTTP/1.1\r\nHost: a\r\n\r\n"]  # the first one takes longest
    for text in wanted:
        requests.append(f"POST /stage/a HTTP/1.1\r\nHost: a\r\nContent-Length: {len(text)}\r\n\r\n"
                        f"{text}")
    client = service.raw("".join(requests))
    received = b""
    while not received.endswith(wanted[-1].encode()):
        piece = client.recv(65536)
        assert piece, received
        received += piece
    bodies = [part.split("\r\n\r\n")[1] for part in received.decode().split("HTTP/1.1 ")[1:]]
    assert '"status":504' in bodies[0]
    assert bodies[1:] == wanted
    client.close()


def test_draining_loses_no_request(service):
    statuses = []
    stopped = threading.Event()

    def load():
        while not stopped.is_set():
            try:
                statuses.append(service.ask("POST", "/stage/a", "x").status)
            except ConnectionRefusedError:
                return

    threads = [threading.Thread(target=load) for _ in range(4)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(statuses) > 20, "some requests")
    service.door.process.send_signal(signal.SIGTERM)
    answer = service.ask("GET", "/readyz")
    assert (answer.status, answer.getheader("Retry-After")) == (503, "1")
    assert service.door.process.wait(timeout=30) == 0
    stopped.set()
    for thread in threads:
        thread.join()
    assert set(statuses) == {200}


def test_a_second_signal_ends_it_at_once(house, tmp_path):
    service = Service(house, tmp_path, True, drain_s=600)
    client = service.raw("GET /stage/a?do=hang HTTP/1.1\r\nHost: a\r\n\r\n")
    service.waits_for("hangs")
    service.door.process.send_signal(signal.SIGTERM)
    service.door.says("draining")
    service.door.process.send_signal(signal.SIGINT)
    assert service.door.process.wait(timeout=30) == 0
    assert client.recv(100) == b""


def test_a_drain_ends_although_a_request_does_not(house, tmp_path):
    service = Service(house, tmp_path, True, drain_s=0, drain_timeout_s=0.2)
    client = service.raw("POST /stage/a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nslow")
    hanging = service.raw("GET /stage/a?do=hang HTTP/1.1\r\nHost: a\r\n\r\n")
    service.waits_for("hangs")
    service.door.process.send_signal(signal.SIGTERM)
    service.door.says("1 request was cut off, in flight for longer than drain_timeout_s")
    assert service.door.process.wait(timeout=10) == 0
    assert (client.recv(100), hanging.recv(100)) == (b"", b"")


def test_too_many_in_flight_are_told_when_to_come_again(house, tmp_path):
    service = Service(house, tmp_path, False, max_in_flight=1, max_body_bytes=10)
    client = service.raw("GET /stage/a?do=hang HTTP/1.1\r\nHost: a\r\n\r\n")
    service.waits_for("hangs")
    answer = service.ask("GET", "/stage/a")
    assert (answer.status, answer.getheader("Retry-After")) == (503, "1")
    assert service.ask("POST", "/stage/a", "x" * 11).status == 413
    client.close()


def test_pages_of_allowed_origins_may_call(house, tmp_path):
    service = Service(house, tmp_path, False, cors={"allow_origins": ["https://a.example"]})
    origin = {"Origin": "https://a.example"}
    answer = service.ask("OPTIONS", "/stage/a", None, {
        **origin, "Access-Control-Request-Method": "POST"})
    assert answer.status == 204
    assert answer.getheader("Access-Control-Allow-Methods") == "GET, POST, DELETE"
    allowed = service.ask("GET", "/stage/a", None, origin)
    assert allowed.getheader("Access-Control-Allow-Origin") == "https://a.example"
    assert "Steelyard-Job" in allowed.getheader("Access-Control-Expose-Headers")
    other = service.ask("GET", "/stage/a", None, {"Origin": "https://b.example"})
    assert other.getheader("Access-Control-Allow-Origin") is None
    assert other.getheader("Vary") == allowed.getheader("Vary") == "Origin"


def test_a_wrong_configuration_is_refused_with_all_mistakes(house, tmp_path):
    config = tmp_path / "wrong.json"
    config.write_text('{"gatway": {},\n "gateway": {"drain": 3}}')
    gateway = house.start("gateway", "--config", config)
    assert gateway.process.wait(timeout=30) == 2
    assert f"{config}:1:2: gatway: there is no such setting, did you mean 'gateway'?" in (
        gateway.text())
    assert f"{config}:2:14: gateway.drain: there is no such setting" in gateway.text()
