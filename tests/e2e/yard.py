"""A broker, workers and clients under load, all of which may be killed, stopped and cut off."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from conftest import descendants, is_running
from ledger import Ledger
from processes import STEELYARD, House, Part, wait_for

HERE = Path(__file__).resolve().parent
LOST_AFTER_MS = 2000
GONE_AFTER_MS = 3000
HEALED_WITHIN_S = 20.0  # after the last fault, everything handed in has its answer
BROKER_FLAGS = ("--worker-lost-after-ms", LOST_AFTER_MS, "--session-gone-after-ms", GONE_AFTER_MS,
                "--max-attempts", 1000, "--max-deaths", 255)
SLOTS = 2
UNFINISHED = ("delayed", "queued", "running", "returning", "quarantined")


@dataclass(frozen=True)
class Durability:
    """What a job survives, and the flags that ask for it."""

    name: str
    broker_flags: tuple = ()  # {folder} stands for the test's folder
    client_flags: tuple = ()  # of the client under load
    keeps_acknowledged: bool = False  # also when the broker and its client are killed


MEMORY = Durability("memory")
JOURNAL = Durability("journal", broker_flags=("--journal", "{folder}/jobs.journal"),
                     client_flags=("--journal",), keeps_acknowledged=True)


def kill_seed():
    """The seed of this test: STEELYARD_KILL_SEED, or another one each time."""
    given = os.environ.get("STEELYARD_KILL_SEED")
    return int(given) if given else random.randrange(1 << 32)


@contextlib.contextmanager
def yards(folder, test, durability=MEMORY):
    """What starts Yards for the test of this name, and prints what repeats it. They are ended
    whatever has become of it."""
    seed = kill_seed()
    print(f"seed {seed}; to repeat: STEELYARD_KILL_SEED={seed} pytest "
          f"'e2e/{test.rpartition('/')[2]}'")
    started = []

    def start(transport="tcp"):
        started.append(Yard(folder, seed, transport, durability))
        return started[-1]

    try:
        yield start
    finally:
        for yard in started:
            yard.end()


def port_nobody_connects_from():
    """A free port that the system gives to no connecting socket, so that the broker finds it free
    again after each restart: one that looks for a broker which is not there cannot meet itself."""
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(lowest - 12_000, lowest)
        with socket.socket() as attempt:
            try:
                attempt.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def stay(seconds):
    """How long a fault lasts. Nothing is expected to have happened by then."""
    threading.Event().wait(seconds)


class LoadClient(Part):
    """A client that hands in jobs until it is told to finish."""

    def __init__(self, yard, name, *flags, endpoint=None):
        self.name = name
        self.events = yard.folder / f"events-{name}"
        self.runs = yard.runs
        self._looked_at = self._answered = 0
        program = os.path.join(os.environ["STEELYARD_BIN_DIR"], "steelyard-load-client")
        super().__init__(yard.folder, "--name", name, "--events", self.events, "--broker",
                         endpoint or yard.endpoint, "--acknowledge", *flags, program=program)

    @property
    def ledger(self):
        return Ledger.read(self.name, self.events, self.runs)

    def answered(self):
        """How many answers it has written down so far."""
        if self.events.exists():
            with self.events.open("rb") as events:
                events.seek(self._looked_at)
                new = events.read()
            whole = new[:new.rfind(b"\n") + 1]
            self._looked_at += len(whole)
            self._answered += sum(line.startswith(b"answered") for line in whole.splitlines())
        return self._answered

    def gets(self, more, patience_s=30.0):
        """Waits until so many more answers have come."""
        goal = self.answered() + more
        wait_for(lambda: self.answered() >= goal, f"{more} more answers to {self.name}",
                 patience_s)

    def finish(self, within_s=HEALED_WITHIN_S):
        """Hands in no more and waits until all is answered. Returns how long that took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        wait_for(lambda: self.process.poll() is not None, f"{self.name} to have all its answers",
                 within_s)
        assert self.process.returncode == 0, self.text()
        return time.monotonic() - began


class Yard(House):
    """As House, with load, and with an end that leaves nothing unexplained."""

    def __init__(self, folder, seed, transport="tcp", durability=MEMORY):
        super().__init__(folder)
        self.seed = seed
        self.durability = durability
        self.chance = random.Random(seed)
        self.runs = folder / "runs"
        self.workers = []
        self.clients = []
        self.killed_clients = []
        self.seen = set()  # processes that must be gone in the end
        if transport == "tcp":
            self.endpoint = f"tcp://127.0.0.1:{port_nobody_connects_from()}"
        self.start_broker()

    def start_broker(self):
        self.begin_broker().says("listening on")
        return self.broker

    def begin_broker(self):
        """As start_broker, without waiting until it is there."""
        durable = [flag.format(folder=self.folder) for flag in self.durability.broker_flags]
        self.broker = self.start("broker", "--listen", self.endpoint, *BROKER_FLAGS, *durable)
        return self.broker

    def restart_broker(self):
        self.broker.kill()
        return self.start_broker()

    def worker(self, endpoint=None, takes_s=0.002):
        worker = self.start("worker", "--broker", endpoint or self.endpoint, "--queue", "q",
                            "--slots", SLOTS, "--lines",
                            f"{sys.executable} -B {HERE}/recording_worker.py {self.runs} {takes_s}")
        self.workers.append(worker)
        worker.says("ready")
        return worker

    def kill_worker(self, worker):
        self.seen |= descendants(worker.pid)
        self.workers.remove(worker)
        worker.kill()

    def client(self, name="load", *flags, endpoint=None):
        client = LoadClient(self, name, *self.durability.client_flags, *flags, endpoint=endpoint)
        self.parts.append(client)
        self.clients.append(client)
        return client

    def kill_client(self, client):
        """What it has written down by then must be right, as far as it goes."""
        self.clients.remove(client)
        self.killed_clients.append(client)
        client.kill()
        assert client.ledger.problems_of_the_living() == []

    def pass_a_moment(self):
        """Until work has flowed on by a random number of answers."""
        self.chance.choice(self.clients).gets(self.chance.randrange(1, 300))

    def settle(self):
        """Everything is answered, counted alike and gone."""
        for client in self.clients:
            took_s = client.finish()
            ledger = client.ledger
            print(f"{client.name}: {len(ledger.handed)} jobs, {len(ledger.acknowledged)} "
                  f"acknowledged, {len(ledger.repeated_runs)} run more than once; the last answer "
                  f"came {took_s:.1f} s after the last fault")
            assert ledger.problems() == []
        self.agree()
        for client in self.killed_clients if self.durability.keeps_acknowledged else []:
            ledger = client.ledger
            print(f"{client.name}: killed with {len(ledger.acknowledged)} jobs acknowledged and "
                  f"{len(ledger.answers)} answered; {len(ledger.runs)} were run")
            assert ledger.lost_although_acknowledged() == []
        self.leave()

    def agree(self):
        """Everybody is there, has nothing left to do, and has counted the same."""
        wait_for(lambda: self.workers_known() == len(self.workers), "every worker to be known",
                 HEALED_WITHIN_S)
        wait_for(self.is_idle, "the broker to be done")
        assert self.report("ls", "jobs")["rows"] == []
        compared = self.audit()["comparisons"]
        wait_for(lambda: self.audit()["comparisons"] > compared + len(self.workers),
                 "everybody to say what they have counted")
        audit = self.audit()
        assert audit["balanced"], audit

    def is_idle(self):
        """Whether the broker has no job that anything is still to be done about."""
        jobs = self.jobs()
        return not any(jobs[name] for name in UNFINISHED)

    def audit(self):
        """What `steelyard audit` says, whose exit status says the same."""
        done = subprocess.run([STEELYARD, "audit", "--json", "--broker", self.endpoint],
                              stdin=subprocess.DEVNULL, capture_output=True, check=False)
        audit = json.loads(done.stdout)
        assert done.returncode == (0 if audit["balanced"] else 1)
        return audit

    def clients_known(self):
        """How many the broker has, besides the one that asks."""
        return self.audit()["clients"] - 1

    def workers_known(self):
        return len(self.report("ls", "workers")["rows"])

    def leave(self):
        """Everything ends when it is asked to, and no process or socket is left."""
        for worker in self.workers:
            self.seen |= descendants(worker.pid)
        for part in [*self.workers, self.broker]:
            assert part.stop() == 0, part.text()
        wait_for(lambda: not any(map(is_running, self.seen)), f"nothing to be left of {self.seen}")
        sockets = [path for path in self.folder.iterdir() if path.is_socket()]
        assert sockets == []
