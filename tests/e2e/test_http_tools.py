"""The HTTP door, driven by the programs that people use: curl, ab and wrk."""

import json
import os
import re
import subprocess

import pytest

from conftest import Running

PRIME = "/is_prime?possible_prime=32416190071"


@pytest.fixture
def service(environment):
    """The address of the primes example, which has gateway, broker and workers in it."""
    path = os.path.join(os.environ["STEELYARD_BIN_DIR"], "steelyard-primes")
    running = Running([path, "--http", "127.0.0.1:0", "--workers", "2"], environment)
    yield running.output.wait_for(r"^http://([\d.:]+)/is_prime").group(1)
    running.end()


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def test_curl_gets_an_answer_in_both_versions_and_a_refusal_of_the_first_stage(service):
    for version in ("--http1.0", "--http1.1"):
        assert run("curl", "-s", version, f"http://{service}{PRIME}") == "32416190071 is prime\n"
    head = run("curl", "-s", "-i", "-d", "possible_prime=twelve", f"http://{service}/is_prime")
    assert head.startswith("HTTP/1.1 400 ")


def test_curl_sends_a_body_in_chunks_and_waits_to_be_asked_for_it(service):
    headers = ["-H", "Transfer-Encoding: chunked", "-H", "Expect: 100-continue"]
    answer = run("curl", "-s", *headers, "-d", "17", f"http://{service}/is_prime")
    assert answer == "17 is prime\n"


def test_ab_keeps_its_connections(service):
    said = run("ab", "-q", "-k", "-n", "1000", "-c", "8", f"http://{service}{PRIME}")
    assert re.search(r"Complete requests:\s+1000\n", said)
    assert re.search(r"Failed requests:\s+0\n", said)
    assert re.search(r"Keep-Alive requests:\s+1000\n", said)
    assert "Non-2xx" not in said


def test_wrk_finds_no_wrong_answer(service):
    said = run("wrk", "-t1", "-c64", "-d1s", f"http://{service}/is_prime?possible_prime=17")
    assert int(re.search(r"(\d+) requests in", said).group(1)) > 0
    assert "Non-2xx" not in said and "Socket errors" not in said


def test_bench_http_measures_both_ways_beside_nginx(steelyard):
    measured = steelyard("bench", "http", "--connections", 2, "--rounds", 1, "--json")
    assert (measured.status, measured.errors) == (0, "")
    rows = json.loads(measured.output)["results"]
    assert [row["server"] for row in rows] == ["worker thread", "worker process", "nginx"]
    for row in rows:
        assert row["requests_per_s"]["median"] > 0 and row["ratio"] > 0
        assert row["p99_us"]["median"] >= row["p50_us"]["median"] > 0
