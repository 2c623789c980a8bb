"""Fixtures for the tests of the example programs, which stand in STEELYARD_BIN_DIR."""

import json
import os
import subprocess

import pytest

from conftest import DEADLINE_S, Finished, Running, end_all


def example_path(name):
    return os.path.join(os.environ["STEELYARD_BIN_DIR"], f"steelyard-example-{name}")


@pytest.fixture
def run_example(environment):
    """Runs an example to its end: run_example("fleet", "client", file).status"""

    def run(name, *arguments, deadline_s=DEADLINE_S):
        words = [example_path(name), *map(str, arguments)]
        return Finished(subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True,
                                       timeout=deadline_s, env=environment))

    return run


@pytest.fixture
def start_example(environment):
    """Starts an example that goes on; it and everything below it is gone after the test."""
    started = []

    def start(name, *arguments):
        running = Running([example_path(name), *map(str, arguments)], environment)
        started.append(running)
        return running

    yield start
    end_all(started, environment)


@pytest.fixture
def stats(steelyard):
    """What the broker counts: stats()["jobs"]["running"]"""
    return lambda: json.loads(steelyard("stats", "--json").output)
