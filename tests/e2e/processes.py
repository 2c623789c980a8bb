"""Real Steelyard processes for tests: started on free ports, watched, ended by their own ids."""

import json
import os
import pathlib
import select
import signal
import subprocess
import time

from audits import audit

STEELYARD = os.environ["STEELYARD_BIN"]
PATIENCE_S = 60.0


def wait_for(condition, what, patience_s=PATIENCE_S):
    """Polls until `condition()` is true (its value is returned); fails naming `what`."""
    deadline = time.monotonic() + patience_s
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"waited {patience_s} s for {what}"
        select.select([], [], [], 0.01)


def is_alive(pid):
    """Whether the process runs; a zombie does not."""
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


class Part:
    """One process; its standard error goes to a file that can be waited on."""

    def __init__(self, folder, *arguments, stdout=subprocess.DEVNULL, program=STEELYARD):
        self.arguments = arguments
        self.log = folder / f"{arguments[0]}-{time.monotonic_ns()}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=stdout,
                stderr=log)

    @property
    def pid(self):
        return self.process.pid

    def text(self):
        return self.log.read_text(errors="replace")

    def says(self, words):
        """Waits until the log contains `words`; returns the line."""
        def line():
            assert self.process.poll() is None or words in self.text(), self.text()
            return next((l for l in self.text().splitlines() if words in l), None)
        return wait_for(line, f"'{words}' from {self.arguments}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """Ends it as Ctrl+C would; returns its exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(timeout=PATIENCE_S)


class House:
    """A broker on one endpoint for the whole test, and everything connected to it."""

    def __init__(self, folder):
        self.folder = folder
        self.endpoint = f"ipc://{folder}/broker"
        self.parts = []
        self.broker = None

    def start(self, *arguments, stdout=subprocess.DEVNULL):
        part = Part(self.folder, *arguments, stdout=stdout)
        self.parts.append(part)
        return part

    def start_broker(self, *arguments):
        self.broker = self.start("broker", "--listen", self.endpoint, *arguments)
        self.broker.says("listening on")
        return self.broker

    def start_worker(self, *arguments, ready=True):
        worker = self.start("worker", "--broker", self.endpoint, *arguments)
        if ready:
            worker.says("ready")
        return worker

    def submit(self, *arguments, stdin=None, timeout_s=PATIENCE_S):
        """Runs `steelyard submit` to its end."""
        return subprocess.run(
            [STEELYARD, "submit", "--broker", self.endpoint, *map(str, arguments)],
            input=stdin, capture_output=True, timeout=timeout_s, check=False)

    def report(self, *command):
        """What `steelyard COMMAND --json` says."""
        answer = subprocess.run(
            [STEELYARD, *command, "--json", "--broker", self.endpoint], capture_output=True,
            timeout=PATIENCE_S, stdin=subprocess.DEVNULL, check=True)
        return json.loads(answer.stdout)

    def jobs(self):
        return self.report("stats")["jobs"]

    def end(self):
        """Ends every part, once all that live agree about what was done."""
        try:
            for part in self.parts:
                audit(part.pid, part.text())
        finally:
            for part in reversed(self.parts):
                if part.process.poll() is None:
                    part.kill()
