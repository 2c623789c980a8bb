"""examples/ocr: real pages in four languages, read by workers that hold one at a time."""

import json
from pathlib import Path

from conftest import descendants, is_running, process_table, wait_for
from example_programs import run_example, start_example, stats  # noqa: F401 (fixtures)

BOTH = ("--strategy", "oldest", "--strategy", "amortised")


def workers_of(run):
    """The worker processes below a running example."""
    below = descendants(run.id)
    return [number for number, _, words in process_table() if number in below and "worker" in words]


def test_keeping_the_language_switches_less_and_reads_as_well(run_example):
    run = run_example("ocr", "run", "--json", *BOTH, "--workers", 1, "--pages", 5)
    assert run.status == 0, run.errors
    result = json.loads(run.output)
    assert result["faults"] == []
    oldest, grouped = result["rounds"]
    assert (oldest["strategy"], grouped["strategy"]) == ("oldest", "amortised")
    assert (oldest["received"], oldest["read"], oldest["switches"]) == (20, 20, 20)
    assert (grouped["received"], grouped["read"], grouped["switches"]) == (20, 20, 4)
    assert oldest["error_rate"] < 0.03 and grouped["error_rate"] == oldest["error_rate"]
    assert oldest["loading_s"] > 2 * grouped["loading_s"] > 0
    for round in oldest, grouped:
        assert round["expected_switches"] == round["switches"]


def test_two_workers_share_the_languages(run_example):
    run = run_example("ocr", "run", *BOTH, "--pages", 8)
    assert run.status == 0, run.errors
    header, oldest, grouped = (line.split() for line in run.output.splitlines())
    assert header[:3] == ["strategy", "pages", "switches"]
    assert oldest[:2] == ["oldest", "32"] and grouped[:2] == ["amortised", "32"]
    assert 4 <= int(grouped[2]) < int(oldest[2])


def test_pages_of_a_killed_worker_are_read_by_the_other(start_example, start_broker, stats):
    start_broker("--strategy", "oldest")
    client = start_example("ocr", "client", "--pages", 12)
    client.output.wait_for("48 pages are queued")
    workers = [start_example("ocr", "worker") for _ in range(2)]
    wait_for(lambda: stats()["workers"] == 2 and stats()["jobs"]["finished"] >= 4)
    for worker in workers:
        assert b"\0OMP_THREAD_LIMIT=1\0" in Path(f"/proc/{worker.id}/environ").read_bytes() + b"\0"
    workers[0].kill()
    client.output.wait_for(r"^as the broker's +48 ")
    assert client.wait() == 0


def test_the_parts_work_one_by_one(run_example, start_example, start_broker, tmp_path):
    start_broker("--strategy", "amortised")
    languages = ("--language", "deu", "eng", "--pages", 3)
    client = start_example("ocr", "client", *languages)
    client.output.wait_for("6 pages are queued; waiting for a worker")
    start_example("ocr", "worker")
    client.output.wait_for(r"^as the broker's +6 +2 ")
    assert client.wait() == 0
    assert run_example("ocr", "print", "--folder", tmp_path, *languages).status == 0
    assert sorted(tmp_path.glob("*.png"))[0].name == "0001-deu.png"


def test_text_that_cannot_be_told_apart_is_a_fault(run_example, tmp_path):
    alike = "lIl1 IIl1l O0OoO 0OQ0O l1I1l oO0O I1lIl 1lI1 O0O0 lIIl"
    (tmp_path / "tutor.utf-8").write_text(alike, encoding="utf-8")
    run = run_example("ocr", "run", "--strategy", "oldest", "--language", "eng", "--pages", 1,
                      "--texts", tmp_path)
    assert run.status == 1
    assert "of the characters are wrong, the limit is 3.00 %" in run.errors


def test_what_is_missing_is_named_with_its_package(run_example, environment, tmp_path):
    run = run_example("ocr", "run", "--texts", tmp_path)
    assert run.status == 2 and "tutor.utf-8" in run.errors and "vim-runtime" in run.errors
    run = run_example("ocr", "run", "--font", tmp_path / "none.ttf")
    assert run.status == 2 and "none.ttf" in run.errors and "fonts-dejavu-core" in run.errors
    environment["TESSDATA_PREFIX"] = str(tmp_path)
    run = run_example("ocr", "run", "--language", "deu", "--pages", 1)
    assert run.status == 2 and "tesseract-ocr-deu" in run.errors


def test_more_pages_than_the_text_has_are_refused(run_example):
    run = run_example("ocr", "run", "--pages", 1000, "--words", 500)
    assert run.status == 2 and "eng: 1000 pages of 500 words" in run.errors


def test_a_job_that_is_no_page_fails_alone(start_example, broker, steelyard):
    start_example("ocr", "worker")
    for state, reason in (("eng", "no PNG file"), ("xyz", "unknown language 'xyz'"),
                          ("../eng", "unknown language"), ("script/Latin", "unknown language")):
        answer = steelyard("submit", "ocr", "no page", "--state", state)
        assert (answer.status, reason in answer.errors) == (1, True), answer.errors


def test_nothing_is_left_after_kill_9(start_example):
    run = start_example("ocr", "run", "--strategy", "oldest", "--pages", 100)
    below = wait_for(lambda: workers_of(run) and descendants(run.id))
    run.kill()
    wait_for(lambda: not any(map(is_running, below)))
