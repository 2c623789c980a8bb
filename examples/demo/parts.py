"""Starts the parts of the demo as processes and sees to it that none is left behind."""

import json
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

PATIENCE_S = 60


class Parts:
    """All processes of the demo, and a folder for their files. Leaving the `with` stops them."""

    def __init__(self, build: Path):
        self.steelyard = build.resolve() / "steelyard"
        self._programs = build.resolve() / "bin"
        self._processes: list[subprocess.Popen] = []

    def __enter__(self) -> "Parts":
        # Stopped by SIGTERM or a closed terminal, the demo cleans up as after Ctrl+C.
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.default_int_handler)
        self._folder = tempfile.TemporaryDirectory(prefix="steelyard-demo-")
        self.folder = Path(self._folder.name)
        return self

    def __exit__(self, *_) -> None:
        self.stop_all()
        self._folder.cleanup()

    def example(self, name: str) -> Path:
        return self.program(f"steelyard-example-{name}")

    def program(self, name: str) -> Path:
        return self._programs / name

    def broker(self, *flags: str) -> "Broker":
        return Broker(self, flags)

    def start(self, *words: object, stdout=subprocess.DEVNULL, stderr=None) -> subprocess.Popen:
        # setpriv: the kernel kills the process when the demo itself is killed.
        command = ["setpriv", "--pdeathsig", "KILL", *map(str, words)]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr,
                                   text=True)
        self._processes.append(process)
        return process

    def run(self, *words: object) -> None:
        self.finish(self.start(*words))

    def finish(self, process: subprocess.Popen) -> str:
        """Waits for a process that ends by itself; returns what it printed."""
        output, _ = process.communicate(timeout=PATIENCE_S)
        if process.returncode != 0:
            raise RuntimeError(f"{process.args[3:]} ended with status {process.returncode}")
        return output

    def stop_all(self) -> None:
        """The broker, which was started first, ends last: the others take their leave of it."""
        for group in (self._processes[1:], self._processes[:1]):
            for process in group:
                process.terminate()
            for process in group:
                end(process)
        self._processes.clear()


def end(process: subprocess.Popen) -> None:
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class Broker:
    """A broker of its own for one round of work; leaving the `with` stops it and its workers."""

    def __init__(self, parts: Parts, flags: tuple[str, ...]):
        self._parts = parts
        self._flags = flags
        # A socket file in our own folder cannot be taken by anybody else, as a port could be.
        self._endpoint = f"ipc://{parts.folder}/broker"
        self._log = parts.folder / "broker.log"

    def __enter__(self) -> "Broker":
        with self._log.open("w") as log:
            self._parts.start(self._parts.steelyard, "broker", "--listen", self._endpoint,
                              *self._flags, stderr=log)
        return self

    def __exit__(self, kind, *_) -> None:
        self._parts.stop_all()
        if kind is not None and kind is not KeyboardInterrupt:
            print(self._log.read_text(), end="", file=sys.stderr)

    def start(self, *words: object, **options) -> subprocess.Popen:
        """Starts a client or a worker. It need not wait for the broker: parts come in any order."""
        return self._parts.start(*words, "--broker", self._endpoint, **options)

    def stats(self) -> dict:
        command = [self._parts.steelyard, "stats", "--json", "--broker", self._endpoint]
        answer = subprocess.run(command, stdout=subprocess.PIPE, timeout=PATIENCE_S, check=True)
        return json.loads(answer.stdout)

    def wait_for(self, holds: Callable[[dict], bool]) -> dict:
        """Asks for the counts until they are as wished; returns them."""
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            stats = self.stats()
            if holds(stats):
                return stats
        raise RuntimeError(f"the broker's counts never came right: {stats}")

    def stats_at_rest(self) -> dict:
        """The counts once every attempt's end has been reported."""
        return self.wait_for(lambda stats: stats["attempts"]["running"] == 0)
