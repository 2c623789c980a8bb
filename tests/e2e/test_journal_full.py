"""A broker whose journal's disk is full: it says so, goes on without it, and goes on with it when
there is room again."""

import json
from pathlib import Path

import pytest

from conftest import Broker, Running, wait_for

DISK_BYTES = 4 << 20


class Disk:
    """A small one of its own, which goes with the process that has it."""

    def __init__(self, process_id, folder):
        self.filler = Path(f"/proc/{process_id}/root{folder}/filler")

    def fill(self):
        """Until nothing fits on it any more."""
        with self.filler.open("wb", buffering=0) as filler:
            try:
                while filler.write(b"x" * 4096) > 0:
                    pass
            except OSError:
                return

    def make_room(self):
        self.filler.unlink()


@pytest.fixture
def disk(program, environment, tmp_path):
    """A disk, with the journal of a running broker on it."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = f'mount -t tmpfs -o size={DISK_BYTES} none {folder} && exec "$@"'
    running = Running(["unshare", "--map-root-user", "--mount", "sh", "-c", mounting, "sh", program,
                       "broker", "--listen", "tcp://127.0.0.1:0",
                       "--journal", str(folder / "jobs.journal")], environment)
    try:
        environment["STEELYARD_BROKER"] = Broker(running).endpoint
        yield Disk(running.id, folder)
    finally:
        running.end()


@pytest.fixture
def failing(steelyard):
    return lambda: json.loads(steelyard("stats", "--json").output)["journal"]["failing"]


@pytest.fixture
def full_disk(disk, start, failing):
    disk.fill()
    start("submit", "q", "first", "--durability", "journal", "--no-wait")
    wait_for(lambda: failing() == "journal_full", what="the journal to be full")
    return disk


def test_says_so_and_takes_jobs_without_it(full_disk, steelyard):
    assert "its disk is full: make room, it goes on by itself" in steelyard("health").output
    done = steelyard("submit", "q", "x", "--no-wait")
    assert done.status == 0, done.errors


def test_refuses_jobs_that_ask_for_it_with_a_sentence(full_disk, steelyard):
    done = steelyard("submit", "q", "x", "--durability", "journal", "--fail-when-full")
    assert done.status == 1
    assert "journal_full: the journal takes nothing at present" in done.errors
    assert "jobs with durability memory are taken" in done.errors


def test_takes_them_again_when_there_is_room(full_disk, steelyard, start, failing):
    waiting = start("submit", "q", "patient", "--durability", "journal")
    full_disk.make_room()
    wait_for(lambda: failing() is None, what="the journal to go on")
    start("worker", "--queue", "q", "--exec", "tr a-z A-Z").errors.wait_for("ready: ")
    assert waiting.wait() == 0
    assert waiting.output.lines == ["PATIENT"]
    assert steelyard("submit", "q", "later", "--durability", "journal").output == "LATER"
    jobs = json.loads(steelyard("stats", "--json").output)["jobs"]
    assert jobs["queued"] == jobs["running"] == 0 and jobs["balanced"]


def test_loses_nothing_that_was_acknowledged_before(disk, steelyard, start, failing):
    lines = "".join(f"{number}\n" for number in range(2000)).encode()
    done = steelyard("submit", "q", "--lines", "-", "--durability", "journal", "--no-wait",
                     stdin=lines)
    jobs = done.output.split()
    assert len(jobs) == 2000
    disk.fill()
    # What they change in the journal waits in memory until there is room.
    start("worker", "--queue", "q", "--builtin", "echo").errors.wait_for("ready: ")
    wait_for(lambda: failing() == "journal_full", what="the journal to be full")
    disk.make_room()
    told = steelyard("get", *jobs, "--wait", 60, "--json").output.splitlines()
    assert [json.loads(line).get("result") for line in told] == [str(n) for n in range(2000)]
    assert failing() is None
