"""The checker of the tests of faults finds what it looks for."""

import pytest

from ledger import Ledger, lines_of, result_of

GOOD = [f"handed {n}" for n in range(3)] + ["acknowledged 1"] + [
    f"answered {n} {result_of(f'load/{n}')}" for n in range(3)] + ["closed 0"]
RUNS = ["load/0", "load/1", "other/7", "load/2"]


@pytest.fixture
def read(tmp_path):
    """The ledger of files with these lines."""
    def made(events, runs=RUNS):
        for name, lines in (("events", events), ("runs", runs)):
            (tmp_path / name).write_text("".join(f"{line}\n" for line in lines))
        return Ledger.read("load", tmp_path / "events", tmp_path / "runs")
    return made


def test_a_good_run_has_no_problems(read):
    ledger = read(GOOD)
    assert ledger.problems() == []
    assert ledger.lost_although_acknowledged() == []
    assert ledger.repeated_runs == []


@pytest.mark.parametrize("changed, problem", [
    (GOOD[:4] + GOOD[5:], "1 jobs never answered: 0"),
    (GOOD + [GOOD[4]], "1 jobs answered more than once: 0"),
    (GOOD + ["failed 2 work_failed no"], "1 jobs answered more than once: 2"),
    (GOOD + ["handed 3", "failed 3 queue_full no"], "1 jobs failed: 3 (queue_full no)"),
    (GOOD[:-2] + [f"answered 2 {result_of('load/1')}", "closed 0"], "1 jobs answered wrongly: 2"),
    (GOOD + ["handed 3", f"answered 3 {result_of('load/3')}"],
     "1 jobs answered, but never run: 3"),
    (GOOD[1:], "1 jobs answered, but never handed in: 0"),
    (GOOD + ["acknowledged 9"], "1 jobs acknowledged, but never handed in: 9"),
    (GOOD[:-1], "load: ended without having all answers"),
])
def test_what_is_wrong_is_said(read, changed, problem):
    assert problem in read(changed).problems()


def test_a_refusal_may_be_expected(read):
    events = GOOD + ["handed 3", "failed 3 queue_full no"]
    assert read(events).problems(allowed_failures=["queue_full"]) == []


def test_a_killed_client_may_lack_answers_but_not_have_wrong_ones(read):
    assert read(GOOD[:5]).problems_of_the_living() == []
    assert read(GOOD[:4] + ["answered 0 x"]).problems_of_the_living() == [
        "1 jobs answered wrongly: 0"]


def test_an_acknowledged_job_that_nobody_ran_is_lost(read):
    assert read(GOOD[:4], runs=["load/0"]).lost_although_acknowledged() == [
        "1 jobs acknowledged, but never run: 1"]


def test_runs_are_counted_apart_from_answers(read):
    ledger = read(GOOD, runs=[*RUNS, "load/1"])
    assert ledger.repeated_runs == [1]
    assert ledger.problems() == []


def test_a_line_that_is_being_written_is_left_for_later(tmp_path):
    (tmp_path / "events").write_text("handed 1\nhanded 2\nhand")
    assert lines_of(tmp_path / "events") == ["handed 1", "handed 2"]
