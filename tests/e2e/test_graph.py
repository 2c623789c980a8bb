"""examples/graph: what short requests wait beside long ones, inside one job and as forwards."""

import json

import pytest

from example_programs import run_example  # noqa: F401 (fixtures)

# Long enough that both workers are taken by long requests while the short ones come.
TRAFFIC = ["--workers", 2, "--long", 4, "--long-exponent", 4423, "--short", 40,
           "--short-exponent", 607, "--interval-ms", 2, "--visit-ms", 2]


def test_short_requests_wait_less_when_long_ones_are_forwarded(run_example):
    run = run_example("graph", *TRAFFIC, "--json")
    assert (run.status, run.errors) == (0, "")
    rounds = json.loads(run.output)
    whole, forwarded = rounds["inside_one_job"], rounds["as_forwards"]
    assert whole["wrong"] == forwarded["wrong"] == 0
    assert whole["forwards"] == 0
    assert forwarded["forwards"] >= 4
    assert forwarded["short_p50_ms"] < whole["short_p50_ms"]


def test_the_table_has_a_row_for_each_way(run_example):
    run = run_example("graph", "--long", 1, "--long-exponent", 2203, "--short", 5)
    assert (run.status, run.errors) == (0, "")
    names = [line[:20].strip() for line in run.output.splitlines()]
    assert names == ["", "", "inside one job", "as forwards"]


@pytest.mark.parametrize("exponent", [1280, 1001])
def test_a_wrong_answer_ends_it_with_1(run_example, exponent):
    run = run_example("graph", "--long", 0, "--short", 3, "--short-exponent", exponent)
    assert run.status == 1
    assert f"{exponent} cannot be worked on: use an odd prime" in run.errors


def test_what_cannot_be_used_is_wrong_usage(run_example):
    for arguments in (["--workers", 0], ["--visit-ms", "soon"], ["--long-exponent", 60_000]):
        assert run_example("graph", *arguments).status == 2, arguments
