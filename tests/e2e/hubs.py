"""Hubs under test: their configuration, what they say, and the processes below them."""

import json
import shutil
import tempfile
from pathlib import Path

import pytest

from conftest import descendants, is_running, process_table


def write_config(path, groups, **sections):
    """A configuration whose section `workers` has these groups."""
    path.write_text(json.dumps({"workers": groups} | sections), encoding="utf-8")
    return path


def program(path, text):
    """An executable script."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def workers_below(process_id):
    """Process number and name of every `steelyard worker` below. What such a one has forked has its
    words, too, until it is another program."""
    below = descendants(process_id)
    table = [(number, parent, words) for number, parent, words in process_table()
             if number in below and words[1:2] == ["worker"]]
    alike = {number for number, _, _ in table}
    return {words[words.index("--name") + 1]: number for number, parent, words in table
            if parent not in alike and is_running(number)}


def field_of(process_id, place):
    """A field of /proc/PROCESS/stat, counted from 1 as proc(5) does; from 3 on."""
    stat = Path(f"/proc/{process_id}/stat").read_text(encoding="utf-8", errors="replace")
    return int(stat.rpartition(")")[2].split()[place - 3])


class Hub:
    """A running `steelyard hub`."""

    def __init__(self, running, config):
        self.running = running
        self.config = config
        self.id = running.id

    def says(self, pattern):
        return self.running.errors.wait_for(pattern)

    def workers(self):
        return workers_below(self.id)

    def has_workers(self, *names):
        return sorted(self.workers()) == sorted(names)

    def log(self):
        return "\n".join(self.running.errors.lines)


@pytest.fixture
def control_room(environment):
    """A folder for control sockets, whose path is short enough for one."""
    folder = tempfile.mkdtemp(prefix="sy-")
    environment["XDG_RUNTIME_DIR"] = folder
    yield Path(folder)
    shutil.rmtree(folder)


@pytest.fixture
def start_hub(start, broker, control_room, tmp_path):
    """Starts a hub of the broker with these groups."""

    def start_one(*groups, flags=(), ready=True):
        config = write_config(tmp_path / "service.json", list(groups))
        hub = Hub(start("hub", config, *flags), config)
        if ready:
            hub.says(r" ready: \d+ worker")
        return hub

    return start_one
