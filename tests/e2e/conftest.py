"""What the end-to-end tests share: real processes, started on free ports and always ended.

A test waits for lines and conditions, each with a deadline; it never waits for time to pass.
The program comes from STEELYARD_BIN, other built files from the folder STEELYARD_BIN_DIR.
"""

import os
import queue
import re
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from audits import audit

DEADLINE_S = 60
POLL_S = 0.01
GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def pytest_addoption(parser):
    parser.addoption(
        "--update", action="store_true", help="rewrite the golden files; read the diff afterwards"
    )


def wait_for(predicate, deadline_s=DEADLINE_S, what=None):
    """Returns the first true value of `predicate()`."""
    end = time.monotonic() + deadline_s
    while True:
        value = predicate()
        if value:
            return value
        assert time.monotonic() < end, f"not true after {deadline_s} s: {what or predicate}"
        threading.Event().wait(POLL_S)


def is_running(process_id):
    """Whether a process exists and has not ended."""
    try:
        stat = Path(f"/proc/{process_id}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def process_table():
    """Every process: its number, its parent's, and its command line."""
    table = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                stat = (folder / "stat").read_text(encoding="utf-8", errors="replace")
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")[:-1]
            except (FileNotFoundError, ProcessLookupError):
                continue
            table.append((int(folder.name), int(stat.rpartition(")")[2].split()[1]), words))
    return table


def told_by_submit(errors, line=None):
    """The id and the rest of what submit says about one failed job."""
    place = "" if line is None else f"line {line}: "
    told = re.fullmatch(rf"steelyard submit: {place}job ([0-9a-f]{{16}}-[0-9]+): (.*)\n", errors)
    assert told, errors
    return told.groups()


def descendants(process_id):
    """The numbers of all processes below `process_id`."""
    parents = {child: parent for child, parent, _ in process_table()}
    found = {process_id}
    grown = True
    while grown:
        below = {child for child, parent in parents.items() if parent in found}
        grown = not below <= found
        found |= below
    return found - {process_id}


class Stream:
    """Collects a process's output line by line, so that it never blocks."""

    def __init__(self, pipe):
        self.lines = []
        self._arrived = queue.Queue()
        self._pipe = pipe
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._pipe:
            text = line.decode(errors="replace").rstrip("\n")
            self.lines.append(text)
            self._arrived.put(text)
        self._arrived.put(None)

    def wait_for(self, pattern, deadline_s=DEADLINE_S):
        """The match of the first line that has not been looked at and has `pattern`."""
        end = time.monotonic() + deadline_s
        while True:
            try:
                line = self._arrived.get(timeout=max(end - time.monotonic(), 0.001))
            except queue.Empty:
                raise AssertionError(f"no {pattern!r} in {deadline_s} s: {self.lines}") from None
            assert line is not None, f"ended without {pattern!r}: {self.lines}"
            if match := re.search(pattern, line):
                return match

    def end(self):
        self._reader.join(DEADLINE_S)
        self._pipe.close()


class Running:
    """A started process."""

    def __init__(self, words, environment, stdin=None):
        self.words = words
        self.process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE if stdin is None else stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        self.id = self.process.pid
        self.output = Stream(self.process.stdout)
        self.errors = Stream(self.process.stderr)

    def signal(self, number):
        self.process.send_signal(number)

    def interrupt(self):
        self.signal(signal.SIGINT)

    def kill(self):
        self.signal(signal.SIGKILL)

    def write(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def close_input(self):
        self.process.stdin.close()

    def wait(self, deadline_s=DEADLINE_S):
        """Its exit status, once it has ended by itself and all it said has been read."""
        status = self.process.wait(deadline_s)
        self.output.end()
        self.errors.end()
        return status

    def end(self):
        """Ends it, whatever it does."""
        if self.process.poll() is None:
            self.kill()
        self.process.wait(DEADLINE_S)
        if not self.process.stdin.closed:
            try:
                self.process.stdin.close()
            except BrokenPipeError:
                pass


def end_all(started, environment):
    """Ends what a test has started, once all that live agree about what was done."""
    try:
        for running in started:
            said = running.errors.lines + running.output.lines
            audit(running.id, "\n".join(said), environment)
    finally:
        below = set().union(*(descendants(running.id) for running in started)) if started else set()
        for running in reversed(started):
            running.end()
        wait_for(lambda: not any(map(is_running, below)), what=f"nothing is left of {below}")


class Finished:
    """What became of a command that ran to its end."""

    def __init__(self, completed):
        self.status = completed.returncode
        self.output_bytes = completed.stdout
        self.output = completed.stdout.decode(errors="replace")
        self.errors = completed.stderr.decode(errors="replace")


@pytest.fixture(scope="session")
def program():
    """The path of the program under test."""
    path = os.environ.get("STEELYARD_BIN")
    assert path and os.access(path, os.X_OK), "STEELYARD_BIN must name the built program"
    return path


@pytest.fixture
def environment(tmp_path):
    """The environment of all processes of a test. Add to it to change it."""
    clean = {name: value for name, value in os.environ.items() if name != "STEELYARD_BROKER"}
    return clean | {"TMPDIR": str(tmp_path), "LC_ALL": "C.UTF-8"}


@pytest.fixture
def steelyard(program, environment):
    """Runs a command to its end: steelyard("submit", "demo", "7").output"""

    def run(*arguments, stdin=b"", deadline_s=DEADLINE_S):
        words = [program, *map(str, arguments)]
        completed = subprocess.run(
            words, input=stdin, capture_output=True, timeout=deadline_s, env=environment
        )
        return Finished(completed)

    return run


@pytest.fixture
def start(program, environment):
    """Starts a long-running command: start("worker", "--queue", "q", …). At the end of the test
    all that live agree about what was done, all are ended, and nothing that they started may be
    left then."""
    started = []

    def start_one(*arguments, stdin=None):
        running = Running([program, *map(str, arguments)], environment, stdin)
        started.append(running)
        return running

    yield start_one
    end_all(started, environment)


class Broker:
    """A running broker and where it listens."""

    def __init__(self, running):
        self.running = running
        self.endpoint = running.errors.wait_for(r"listening on (tcp://\S+)").group(1)


@pytest.fixture
def start_broker(start, environment):
    """Starts a broker on a free port with these flags; other commands find it by themselves."""

    def start_one(*arguments, listen="tcp://127.0.0.1:0"):
        broker = Broker(start("broker", "--listen", listen, *arguments))
        environment["STEELYARD_BROKER"] = broker.endpoint
        return broker

    return start_one


@pytest.fixture
def broker(start_broker):
    return start_broker()


@pytest.fixture
def start_worker(start, broker):
    """Starts a worker of the broker and waits until it is ready."""

    def start_one(queue_name, *arguments):
        worker = start("worker", "--queue", queue_name, *arguments)
        worker.errors.wait_for("ready: ")
        return worker

    return start_one


@pytest.fixture
def golden(request):
    """Compares a text with a golden file: golden("help/up.txt", text)."""

    def compare(name, text):
        path = GOLDEN / name
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing; run with --update"
        assert text == path.read_text(encoding="utf-8")

    return compare
