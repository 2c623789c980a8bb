"""One configuration file, five machines: the broker, two hubs, the gateway and a client, each in a
network namespace of its own with an address of its own, joined by a switch.

Namespaces here have no name: they are gone with the processes in them, whatever becomes of a test.
"""

import json
import os
import signal
import subprocess

import pytest

from conftest import descendants, is_running
from network import Network
from processes import STEELYARD, House, wait_for

RESULT_BYTES = 1_000_000


def configuration(broker, gateway):
    """What all five are started from."""
    endpoint = f"tcp://{broker.address}:7411"

    def hub(name):
        return {"name": name, "broker": endpoint,
                "groups": [{"name": f"{name}-large", "queues": ["large"], "count": 2,
                            "exec": f"head -c {RESULT_BYTES} /dev/zero"},
                           {"name": f"{name}-upper", "queues": ["upper"],
                            "exec": "tr a-z A-Z"}]}
    return {
        "broker": {"listen": [endpoint], "insecure": True},
        "gateway": {"http": f"{gateway.address}:7480", "broker": endpoint, "insecure": True,
                    "routes": [{"path": "/upper", "queue": "upper", "time_out_s": 30}]},
        "hubs": [hub("room-1"), hub("room-2")],
    }


class Town(House):
    """Machines at one switch, each with its part of the one file."""

    def __init__(self, folder):
        super().__init__(folder)
        self.network = Network()
        self.middle, self.first, self.second, self.front, self.home = (
            self.network.add() for _ in range(5))
        self.endpoint = f"tcp://{self.middle.address}:7411"
        self.file = folder / "town.json"
        self.file.write_text(json.dumps(configuration(self.middle, self.front)),
                             encoding="utf-8")

    def open(self):
        with self.middle:
            self.broker = self.start("broker", "--config", self.file, "--http", "none")
            self.broker.says("listening on")
        self.hubs = [self.open_hub(machine, name) for machine, name in
                     ((self.first, "room-1"), (self.second, "room-2"))]
        with self.front:
            self.gateway = self.start("gateway", "--config", self.file)
            self.gateway.says("http on")
        wait_for(lambda: len(self.report("ls", "workers")["rows"]) == 6, "all workers")

    def open_hub(self, machine, name):
        with machine:
            return self.start("hub", self.file, "--name", name, "--control",
                              self.folder / f"{name}.control")

    def report(self, *command):
        with self.home:
            return super().report(*command)

    def submit(self, *arguments, **options):
        with self.home:
            return super().submit(*arguments, **options)

    def get(self, path):
        """The answer of the gateway, asked from the client's machine."""
        with self.home:
            done = subprocess.run(
                ["curl", "-sS", "--max-time", "30", "--data-binary", "hello",
                 f"http://{self.front.address}:7480{path}"],
                stdin=subprocess.DEVNULL, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def agrees(self):
        """Everybody has counted the same."""
        with self.home:
            return subprocess.run([STEELYARD, "audit", "--broker", self.endpoint],
                                  stdin=subprocess.DEVNULL, capture_output=True,
                                  check=False).returncode == 0

    def close(self):
        """All end as they are asked to."""
        for part in [self.gateway, *self.hubs, self.broker]:
            part.process.send_signal(signal.SIGINT)
            assert part.process.wait(60) == 0, part.text()

    def end(self):
        try:
            with self.home:
                super().end()
        finally:
            self.network.end()


@pytest.fixture
def town(tmp_path):
    town = Town(tmp_path)
    try:
        town.open()
        yield town
    finally:
        town.end()


def test_large_results_go_from_hub_to_client_and_not_through_the_broker(town):
    before = town.middle.received_bytes()
    done = town.submit("large", "--lines", "-", stdin=b"x\n" * 40)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout) == 40 * (RESULT_BYTES + 1)
    received = town.middle.received_bytes() - before
    print(f"the broker received {received / 40:.0f} bytes per result of {RESULT_BYTES}")
    assert received < 40 * 1_000
    returns = town.report("stats")["returns"]
    assert returns["direct"] == 40 and returns["through_broker"] == 0
    doers = [row for row in town.report("ls", "workers")["rows"]
             if "large" in row["worker"] and row["finished"] > 0]
    assert {row["worker"].split("-large")[0] for row in doers} == {"room-1", "room-2"}
    assert town.agrees()
    town.close()


def test_requests_over_http_reach_the_hubs(town):
    for _ in range(20):
        assert town.get("/upper").endswith(b"\nHELLO")
    assert town.report("stats")["jobs"]["finished"] == 20
    assert town.report("health")["warnings"] == []
    town.close()


def test_a_hub_that_is_cut_off_is_missed_and_the_other_goes_on(town):
    town.middle.lose(town.first)
    town.first.lose(town.middle)
    wait_for(lambda: len(town.report("ls", "workers")["rows"]) == 3, "a room to be given up")
    assert town.submit("upper", "x").stdout == b"X"
    town.broker.says("from 10.77.0.2 with 1 slot for upper")
    town.broker.says("is lost: silent for 5 s")
    town.middle.find(town.first)
    town.first.find(town.middle)
    wait_for(lambda: len(town.report("ls", "workers")["rows"]) == 6, "all workers again")
    assert town.agrees()
    town.close()


def test_each_part_has_a_network_of_its_own_and_nothing_is_left_of_it(tmp_path):
    town = Town(tmp_path)
    try:
        town.open()
        parts = [part.pid for part in town.parts]
        below = set().union(*map(descendants, parts))
        networks = {os.readlink(f"/proc/{pid}/ns/net") for pid in [*parts, os.getpid()]}
        assert len(networks) == len(parts) + 1
    finally:
        town.end()
    wait_for(lambda: not any(map(is_running, [*parts, *below])), "all processes to be gone")
