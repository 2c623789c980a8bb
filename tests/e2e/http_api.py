"""A broker with an HTTP door, asked from outside."""

import http.client
import json

import pytest


class Api:
    """Talks to one gateway; a connection for each request."""

    def __init__(self, running):
        self.running = running
        self.address = running.errors.wait_for(r"http on (\S+)").group(1)

    def __call__(self, method, path, body=b"", **headers):
        connection = http.client.HTTPConnection(self.address, timeout=60)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body=body, headers=names)
        return Answer(connection.getresponse())

    def open(self, method, path, body=b""):
        """A request whose answer nobody has read yet."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        connection.request(method, path, body=body)
        return connection


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        assert self.headers["Content-Type"] == "application/problem+json"
        assert self.json["status"] == self.status
        assert self.json["type"].endswith(self.json["code"])
        return self.json["code"]


@pytest.fixture
def start_api(start_broker):
    def start_one(*flags):
        return Api(start_broker("--http", "127.0.0.1:0", *flags).running)

    return start_one


@pytest.fixture
def start_api_with(start_api, tmp_path):
    """Starts one with these settings of its gateway."""

    def start_one(**settings):
        config = tmp_path / "gateway.json"
        config.write_text(json.dumps({"gateway": settings}))
        return start_api("--config", config)

    return start_one


@pytest.fixture
def api(start_api):
    return start_api()


@pytest.fixture
def work(start):
    """Starts a worker of this queue."""

    def start_one(queue, *arguments):
        worker = start("worker", "--queue", queue, *arguments)
        worker.errors.wait_for("ready: ")
        return worker

    return start_one


@pytest.fixture
def shout(work):
    return lambda: work("q", "--exec", "tr a-z A-Z")
