"""The simulator: the same words do the same, wrong ones are refused before anything runs."""

import json
from xml.etree import ElementTree

import pytest


@pytest.fixture
def simulate(steelyard):
    """Runs `steelyard sim … --json` and returns its comparisons."""

    def run(*words):
        finished = steelyard("sim", *words, "--json")
        assert finished.errors == ""
        return json.loads(finished.output)["comparisons"]

    return run


def traces(comparisons):
    return [run["trace"] for one in comparisons for run in one["results"]]


def test_the_same_seed_does_the_same(simulate):
    words = ["zipf", "--jobs", "3000", "--strategy", "all"]
    assert traces(simulate(*words)) == traces(simulate(*words))
    assert traces(simulate(*words)) != traces(simulate(*words, "--seed", "2"))


def test_the_six_jobs_show_what_grouping_is_for(simulate):
    (comparison,) = simulate("six-jobs")
    loads = {run["strategy"]: run["loads"] for run in comparison["results"]}
    assert loads["oldest"] == 6
    assert loads["groups-by-state"] == 2
    assert comparison["optimum"]["makespan_s"] == pytest.approx(10.06)


def test_people_get_a_table_beside_a_bound(steelyard):
    finished = steelyard("sim", "burst", "--seed", "3")
    assert finished.status == 0
    assert finished.output.startswith("burst: 1,000 jobs, 1 worker, seed 3\nSTRATEGY ")
    assert "\n(bound) " in finished.output


def test_the_list_names_every_workload_and_case(steelyard):
    finished = steelyard("sim", "list")
    assert (finished.status, finished.errors) == (0, "")
    for name in ["poisson ", "tenants ", "trace:FILE ", "hot-and-rare "]:
        assert f"\n  {name}" in finished.output


def test_a_missed_figure_is_a_failure(steelyard, simulate):
    missed = steelyard("sim", "six", "--strategy", "oldest")
    assert missed.status == 1
    assert "NOT MET oldest: loads 6, at most 2\n" in missed.output
    assert steelyard("sim", "six", "--strategy", "groups-by-state").status == 0
    (comparison,) = simulate("six", "--strategy", "groups-by-state")
    assert [figure["met"] for figure in comparison["figures"]] == [True, True]


def test_a_recorded_workload_is_replayed(simulate, tmp_path):
    trace = tmp_path / "trace.jsonl"
    jobs = [{"time_s": i, "state": "german", "run_s": 0.5, "user": "ann"} for i in range(20)]
    facts = [{"workers": 1}, {"load_s": 3}]
    trace.write_text("\n".join(map(json.dumps, facts + jobs)) + "\n", encoding="utf-8")
    (comparison,) = simulate(f"trace:{trace}", "--strategy", "groups-by-state")
    assert (comparison["workers"], comparison["jobs"]) == (1, 20)
    assert comparison["results"][0]["users"] == [
        {"name": "ann", "jobs": 20, "mean_wait_s": 0.525, "longest_wait_s": 3.0}
    ]


def test_a_wrong_line_of_a_recorded_workload_is_named(steelyard, tmp_path):
    trace = tmp_path / "trace.jsonl"
    trace.write_text('{"time_s": 1, "run_s": 1}\n{"time_s": 2}\n', encoding="utf-8")
    finished = steelyard("sim", f"trace:{trace}")
    assert finished.status == 2
    assert finished.errors == f"steelyard sim: {trace}:2: a job needs run_s\n"


def test_a_wrong_word_is_refused_before_anything_runs(steelyard):
    finished = steelyard("sim", "six-jobs", "zipff")
    assert (finished.status, finished.output) == (2, "")
    assert "unknown workload 'zipff', did you mean 'zipf'?" in finished.errors


def test_plots_are_pictures_that_name_what_they_show(steelyard, tmp_path):
    folder = tmp_path / "new" / "folder"
    finished = steelyard("sim", "burst:workers=2", "six", "--strategy", "oldest", "--plot", folder)
    assert finished.status == 1  # the figures of the case
    names = {"burst-workers-2-waits", "burst-workers-2-workers", "six-waits", "six-workers"}
    assert {path.stem for path in folder.iterdir()} == names
    for path in folder.iterdir():
        text = "".join(ElementTree.parse(path).getroot().itertext())
        assert "oldest: " in text and "seed: 1" in text and "seconds" in text
        assert str(path) in finished.output


def test_a_folder_that_cannot_be_made_is_named(steelyard, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    finished = steelyard("sim", "six-jobs", "--plot", tmp_path / "file" / "folder")
    assert finished.status == 1
    assert str(tmp_path / "file" / "folder") in finished.errors
