"""The primes example: one program, and gateway, broker and workers as processes."""

import os
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from conftest import Running

CONFIGURATION = Path(__file__).resolve().parents[2] / "examples" / "primes" / "primes.json"


@pytest.fixture
def primes(environment):
    """Starts the example: primes("--stage", "parse"). All are ended after the test."""
    started = []

    def start(*arguments):
        path = os.path.join(os.environ["STEELYARD_BIN_DIR"], "steelyard-primes")
        running = Running([path, *map(str, arguments)], environment)
        started.append(running)
        return running

    yield start
    for running in reversed(started):
        running.end()


def ask(address, query, body=None):
    """Status and text."""
    try:
        with urllib.request.urlopen(f"http://{address}/is_prime{query}", body, 30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def check_answers(address):
    assert ask(address, "?possible_prime=32416190071") == (200, "32416190071 is prime\n")
    assert ask(address, "?possible_prime=32416190073") == (200, "32416190073 is not prime\n")
    assert ask(address, "", b"17") == (200, "17 is prime\n")
    assert ask(address, "", b"possible_prime=9") == (200, "9 is not prime\n")
    assert ask(address, "?possible_prime=x")[0] == 400
    assert ask(address, "")[0] == 400


@pytest.mark.parametrize("numbers,answer", [
    ("3,100000", "9591 primes among 49999 odd numbers from 3 on"),
    ("1000", "302 primes among 1000 odd numbers from 3 on"),
])
def test_one_program_counts_by_a_request_for_each_number(primes, numbers, answer):
    counting = primes(numbers, "--workers", 2)
    counting.output.wait_for(f"^{answer}$")
    counting.output.wait_for(r"^[\d.]+ s, \d+ requests/s$")
    assert counting.wait() == 0


def test_one_program_serves(primes):
    service = primes("--http", "127.0.0.1:0", "--workers", 2)
    address = service.output.wait_for(r"^http://([\d.:]+)/is_prime").group(1)
    check_answers(address)


def test_the_parts_are_processes_by_the_configuration_that_ships(broker, start, primes, steelyard):
    gateway = start("gateway", "--config", CONFIGURATION, "--http", "127.0.0.1:0")
    address = gateway.errors.wait_for(r"http on ([\d.:]+)").group(1)
    primes("--stage", "parse")
    primes("--stage", "compute", "--workers", 2)
    check_answers(address)
    counting = primes("3,9999", "--at", address)
    counting.output.wait_for("^1228 primes among 4999 odd numbers from 3 on$")
    assert counting.wait() == 0
    queues = steelyard("ls", "queues").output
    assert re.search(r"\bparse\b", queues) and re.search(r"\bcompute\b", queues)


def test_what_is_no_number_is_wrong_usage(primes):
    for words in (["x"], ["7,3"], ["0"], []):
        wrong = primes(*words)
        assert wrong.wait() == 2
