"""examples/models: real loads, six switches in order of arrival against two when grouped."""

import json

import pytest

from conftest import descendants, is_running, wait_for
from example_programs import run_example, start_example  # noqa: F401 (fixtures)


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory):
    """The models' files take a moment to write; all tests share them."""
    return tmp_path_factory.mktemp("models")


def test_six_jobs_switch_six_times_or_twice_and_take_three_times_as_long(
        run_example, models_folder):
    run = run_example("models", "run", "--json", "--folder", models_folder, "--tries", 6,
                      deadline_s=120)
    result = json.loads(run.output)
    assert run.status == 0, run.errors
    oldest, grouped = result["rounds"]
    assert (oldest["strategy"], grouped["strategy"]) == ("oldest", "groups-by-state")
    assert (oldest["received"], oldest["right"], oldest["switches"]) == (6, 6, 6)
    assert (grouped["received"], grouped["right"], grouped["switches"]) == (6, 6, 2)
    assert result["ratio"] >= 2.8
    assert oldest["loading_s"] / 6 >= 0.5 and grouped["loading_s"] / 2 >= 0.5


def test_several_workers_share_the_models(run_example, models_folder):
    run = run_example("models", "run", "--json", "--folder", models_folder, "--min-load", 0,
                      "--jobs", 9, "--models", 3, "--workers", 3,
                      "--strategy", "groups-by-state", deadline_s=60)
    assert run.status == 0, run.errors
    (only,) = json.loads(run.output)["rounds"]
    assert (only["received"], only["right"]) == (9, 9)
    assert 3 <= only["switches"] <= 9


def test_the_parts_work_one_by_one(run_example, start_example, start_broker, models_folder):
    start_broker("--strategy", "groups-by-state")
    run_example("models", "prepare", "--folder", models_folder, "--min-load", 0)
    client = start_example("models", "client", "--folder", models_folder)
    client.output.wait_for("6 jobs are queued; waiting for a worker")
    start_example("models", "worker", "--folder", models_folder)
    client.output.wait_for(r"^as the broker's +6 +6 +2 ")
    assert client.wait() == 0


def test_a_model_that_is_not_there_is_the_jobs_error(
        start_example, broker, steelyard, models_folder):
    start_example("models", "worker", "--folder", models_folder)
    for state in ("absent", "../absent", ".."):
        answer = steelyard("submit", "models", "word", "--state", state)
        assert answer.status == 1
        assert "absent" in answer.errors or "'..'" in answer.errors


def test_an_unknown_strategy_is_refused_by_name(run_example, models_folder):
    run = run_example("models", "run", "--folder", models_folder, "--min-load", 0,
                      "--strategy", "oldst")
    assert run.status == 2
    assert "oldst" in run.errors and "oldest" in run.errors


def test_nothing_is_left_after_kill_9(start_example, models_folder):
    run = start_example("models", "run", "--folder", models_folder, "--min-load", 0,
                        "--jobs", 100)
    below = wait_for(lambda: len(found := descendants(run.id)) >= 2 and found, deadline_s=60)
    run.kill()
    wait_for(lambda: not any(map(is_running, below)))
