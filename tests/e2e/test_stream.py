"""Partial results and progress, as they come."""

import json

import pytest

# Tells its progress and some parts; the last part and the result wait for a file.
TELLER = """
import json, os, select, sys
gate = sys.argv[1]
for line in sys.stdin:
    job = json.loads(line)
    if "id" not in job:
        continue
    say = lambda **fields: print(json.dumps({"id": job["id"], **fields}), flush=True)
    say(progress=25)
    say(partial="one\\n")
    say(partial="two\\n")
    while not os.path.exists(gate):
        select.select([], [], [], 0.01)
    say(progress=75)
    say(partial="three\\n")
    say(result="end\\n")
"""
# As many parts of so many bytes as the payload says.
FLOOD = """
import json, sys
size = int(sys.argv[1])
for line in sys.stdin:
    job = json.loads(line)
    if "id" not in job:
        continue
    for i in range(int(job["payload"])):
        print(json.dumps({"id": job["id"], "partial": "x" * (size - 1) + "\\n"}), flush=True)
    print(json.dumps({"id": job["id"], "result": "end"}), flush=True)
"""


@pytest.fixture
def teller(start_worker, tmp_path):
    program = tmp_path / "teller.py"
    program.write_text(TELLER, encoding="utf-8")
    gate = tmp_path / "gate"
    start_worker("q", "--lines", f"/usr/bin/python3 {program} {gate}")
    return gate


def test_parts_are_printed_as_they_come_and_the_result_after_them(broker, teller, start):
    submit = start("submit", "q", "x", "--stream")
    submit.output.wait_for("^two$")
    submit.errors.wait_for("25 %")
    teller.touch()
    assert submit.wait() == 0
    assert submit.output.lines == ["one", "two", "three", "end"]


def test_with_json_they_are_objects(broker, teller, steelyard):
    teller.touch()
    done = steelyard("submit", "q", "x", "--stream", "--json")
    said = [json.loads(line) for line in done.output.splitlines()]
    assert [object["partial"] for object in said if "partial" in object] == [
        "one\n", "two\n", "three\n"]
    assert said[-1] == {"line": 1, "result": "end\n"}


def test_progress_is_told_to_those_who_ask(broker, teller, start, steelyard):
    submit = start("submit", "q", "x", "--stream")
    submit.output.wait_for("^two$")
    [row] = json.loads(steelyard("ls", "jobs", "--json").output)["rows"]
    assert row["progress"] == 25
    assert "25 %" in steelyard("get", row["job"]).output
    teller.touch()
    assert submit.wait() == 0


def test_nobody_who_did_not_ask_gets_parts(broker, teller, steelyard):
    teller.touch()
    assert steelyard("submit", "q", "x").output == "end\n"


# 20 MB, which is more than windows and pipes hold, in few parts and in many.
@pytest.mark.parametrize("count", [1_000, 20_000])
def test_a_flood_reaches_its_reader_whole(count, broker, start_worker, start, steelyard, tmp_path):
    program = tmp_path / "flood.py"
    program.write_text(FLOOD, encoding="utf-8")
    start_worker("q", "--lines", f"/usr/bin/python3 {program} {20_000_000 // count}")
    submit = start("submit", "q", str(count), "--stream")
    submit.output.wait_for("^x+$")
    assert submit.wait() == 0
    assert len(submit.output.lines) == count + 1
    stats = json.loads(steelyard("stats", "--json").output)
    assert stats["dropped_partials"] == 0


def test_parts_of_a_job_that_begins_again_are_void(broker, start_worker, start, tmp_path):
    program = tmp_path / "dying.py"
    program.write_text(
        "import json, os, sys\n"
        "for line in sys.stdin:\n"
        "    job = json.loads(line)\n"
        "    if 'id' not in job: continue\n"
        "    part = 'attempt %d\\n' % job['attempt']\n"
        "    print(json.dumps({'id': job['id'], 'partial': part}), flush=True)\n"
        "    if job['attempt'] == 1: os.kill(os.getpid(), 9)\n"
        "    print(json.dumps({'id': job['id'], 'result': 'end'}), flush=True)\n",
        encoding="utf-8")
    start_worker("q", "--lines", f"/usr/bin/python3 {program}")
    submit = start("submit", "q", "x", "--stream")
    submit.errors.wait_for("begins again")
    assert submit.wait() == 0
    assert submit.output.lines == ["attempt 1", "attempt 2", "end"]
