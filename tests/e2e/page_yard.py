"""A broker, its gateway and workers, for tests of the monitor page."""

import json
import shlex
import sys
from pathlib import Path

import pytest

from conftest import wait_for

WORKER = Path(__file__).resolve().parent / "page_worker.py"


class PageYard:
    """A broker and a gateway in processes of their own, each of which may end and come back."""

    def __init__(self, start, steelyard, broker, gateway):
        self._start = start
        self.steelyard = steelyard
        self.broker = broker
        self.gateway = gateway
        self.address = gateway.errors.wait_for(r"http on (\S+)").group(1)

    def worker(self, name, *flags, queue="q"):
        """A worker of page_worker.py, which is ready."""
        command = shlex.join([sys.executable, "-B", str(WORKER)])
        worker = self._start("worker", "--queue", queue, "--name", name, "--lines", command, *flags)
        worker.errors.wait_for("ready: ")
        return worker

    def submit(self, *flags, queue="q", **wish):
        """Hands in a job; its id."""
        done = self.steelyard("submit", queue, json.dumps(wish), "--no-wait", *flags)
        assert done.status == 0, done.errors
        return done.output.strip()

    def load(self, number, *flags, queue="q", **wish):
        """Hands in so many jobs at once."""
        client = self._start("submit", queue, "--lines", "-", *flags)
        client.write((json.dumps(wish) + "\n").encode() * number)
        client.close_input()
        return client

    def standing(self, job):
        return json.loads(self.steelyard("get", job, "--json").output)["status"]

    def report(self, *words):
        return json.loads(self.steelyard(*words, "--json").output)

    def restart_broker(self):
        self.broker = self._start(*self.broker.words[1:])
        self.broker.errors.wait_for("listening on")

    def restart_gateway(self):
        words = self.gateway.words[1:]
        words[words.index("--http") + 1] = self.address
        self.gateway = self._start(*words)
        self.gateway.errors.wait_for("http on")

    def is_idle(self):
        jobs = self.report("stats")["jobs"]
        return not any(jobs[name] for name in ("delayed", "queued", "running", "returning"))

    def settle(self):
        """Nothing is on its way any more."""
        wait_for(self.is_idle, what="the broker to be done")

    def is_balanced(self):
        return self.steelyard("audit").status == 0


@pytest.fixture
def start_page_yard(start, start_broker, steelyard):
    yards = []

    def start_one(*flags):
        broker = start_broker("--retry-first-ms", 10, *flags)
        # It comes back where it was.
        broker.running.words[broker.running.words.index("--listen") + 1] = broker.endpoint
        gateway = start("gateway", "--http", "127.0.0.1:0")
        yards.append(PageYard(start, steelyard, broker.running, gateway))
        return yards[-1]

    yield start_one
    for yard in yards:
        wait_for(yard.is_balanced, what="all ledgers to agree")


@pytest.fixture
def page_yard(start_page_yard):
    return start_page_yard()
