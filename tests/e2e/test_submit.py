"""`steelyard submit` against a real broker and real workers."""

import json
import os
import re
import subprocess

from conftest import told_by_submit, wait_for


def numbered(count):
    return "".join(f"line {i}\n" for i in range(1, count + 1)).encode()


def test_one_job_is_answered_with_exactly_its_bytes(steelyard, start_worker, tmp_path):
    start_worker("echo", "--exec", "cat")
    payload = bytes(range(256)) * 300
    (tmp_path / "payload").write_bytes(payload)
    from_file = steelyard("submit", "echo", "--file", tmp_path / "payload")
    assert (from_file.status, from_file.errors) == (0, "")
    assert from_file.output_bytes == payload
    assert steelyard("submit", "echo", "-", stdin=payload).output_bytes == payload
    assert steelyard("submit", "echo", "hello").output_bytes == b"hello"
    assert steelyard("submit", "echo", "").output_bytes == b""
    assert steelyard("submit", "echo", "--", "-dash").output_bytes == b"-dash"


def test_lines_are_answered_in_their_order(steelyard, start_worker, tmp_path):
    # Earlier lines take longer, so that answers come in another order.
    start_worker("slow", "--slots", 4, "--exec", "sh -c 'read a n; sleep 0.$((9 - n)); echo $n'")
    (tmp_path / "jobs").write_bytes(numbered(8))
    finished = steelyard("submit", "slow", "--lines", tmp_path / "jobs")
    assert finished.status == 0
    assert finished.output == "".join(f"{i}\n" for i in range(1, 9))


def test_lines_can_be_answered_as_they_are_completed(start, start_worker, tmp_path):
    gate = tmp_path / "gate"
    hold = f"while test $x = first && ! test -e {gate}; do sleep 0.02; done"
    start_worker("gated", "--slots", 2, "--exec", f"sh -c 'read x; {hold}; echo $x'")
    submit = start("submit", "gated", "--lines", "-", "--as-completed")
    submit.write(b"first\nsecond\n")
    submit.output.wait_for("^second$")
    gate.touch()
    submit.output.wait_for("^first$")


def test_many_lines_come_back_all_and_in_order(steelyard, start_worker):
    start_worker("echo", "--builtin", "echo")
    start_worker("echo", "--builtin", "echo", "--slots", 3)
    lines = numbered(30_000)
    assert steelyard("submit", "echo", "--lines", "-", stdin=lines).output_bytes == lines
    batched = steelyard("submit", "echo", "--lines", "-", "--batch", 7, stdin=lines)
    assert batched.output_bytes == lines


def test_a_unit_is_answered_together(steelyard, start_worker):
    start_worker("echo", "--builtin", "echo")
    finished = steelyard(
        "submit", "echo", "--lines", "-", "--batch", 4, "--batch-unit", stdin=numbered(10)
    )
    assert (finished.status, finished.output_bytes) == (0, numbered(10))
    stats = json.loads(steelyard("stats", "--json").output)
    assert stats["jobs"]["accepted"] == 3


def test_failures_are_told_with_their_line_and_end_with_1(steelyard, start_worker):
    start_worker("picky", "--exec", "sh -c 'read x; test $x != bad || { echo no $x >&2; exit 3; }'")
    finished = steelyard("submit", "picky", "--lines", "-", stdin=b"good\nbad\ngood\n")
    assert finished.status == 1
    _, why = told_by_submit(finished.errors, line=2)
    assert why == "work_failed: exit status 3: no bad"
    assert finished.output == "\n\n\n"
    single = steelyard("submit", "picky", "bad")
    assert (single.status, single.output) == (1, "")
    assert told_by_submit(single.errors)[1] == "work_failed: exit status 3: no bad"


def test_json_has_an_object_per_answer(steelyard, start_worker):
    start_worker("bytes", "--exec", r"""sh -c 'read -r x; test $x != bad && printf "$x"'""")
    finished = steelyard("submit", "bytes", "--lines", "-", "--json", stdin=b"ok\nbad\n\\377\n")
    assert finished.status == 1
    answers = [json.loads(line) for line in finished.output.splitlines()]
    assert answers[0] == {"line": 1, "result": "ok"}
    assert (answers[1]["line"], answers[1]["code"]) == (2, "work_failed")
    assert re.fullmatch(r"[0-9a-f]{16}-2", answers[1]["id"])
    assert answers[2] == {"line": 3, "result_base64": "/w=="}
    assert json.loads(steelyard("submit", "bytes", "ok", "--json").output) == answers[0]


def test_results_come_while_lines_are_still_written(start, start_worker):
    start_worker("echo", "--builtin", "echo")
    submit = start("submit", "echo", "--lines", "-")
    for text in ["first", "second"]:
        submit.write(text.encode() + b"\n")
        submit.output.wait_for(f"^{text}$")
    submit.write(b"no newline at the end")
    submit.close_input()
    assert submit.wait() == 0
    assert submit.output.lines == ["first", "second", "no newline at the end"]


def test_a_queue_that_nobody_serves_is_warned_about_once(start, broker, steelyard):
    submit = start("submit", "lonely", "work")
    warning = submit.errors.wait_for("warning: ").string
    assert "no worker serves queue 'lonely' yet" in warning
    assert "steelyard worker --queue lonely" in warning
    worker = start("worker", "--queue", "lonely", "--exec", "tr a-z A-Z")
    worker.errors.wait_for("ready: ")
    assert submit.wait() == 0
    assert submit.output.lines == ["WORK"]
    assert len(submit.errors.lines) == 1


def test_a_priority_that_no_worker_takes_is_warned_about(start, start_worker):
    start_worker("urgent", "--builtin", "echo", "--priority-min", 10)
    submit = start("submit", "urgent", "work", "--priority", 9)
    warning = submit.errors.wait_for("warning: ").string
    assert "no worker of queue 'urgent' takes priority 9" in warning


def test_a_named_user_may_hand_in_more_lines_than_its_cap(start_broker, start, steelyard):
    start_broker("--max-queued-jobs-per-user", 10)
    start("worker", "--queue", "echo", "--builtin", "echo").errors.wait_for("ready: ")
    finished = steelyard("submit", "echo", "--lines", "-", "--user", "ann", stdin=numbered(500))
    assert (finished.status, finished.errors) == (0, "")
    assert finished.output_bytes == numbered(500)


def test_the_job_knows_its_state_and_user(steelyard, start_worker):
    worker = "sh -c 'echo {state} $STEELYARD_STATE $STEELYARD_USER $STEELYARD_ATTEMPT'"
    start_worker("environment", "--exec", worker)
    finished = steelyard("submit", "environment", "", "--state", "german", "--user", "ann")
    assert finished.output == "german german ann 1\n"


def test_ctrl_c_says_what_is_done_and_drops_what_is_queued(steelyard, start, start_worker):
    start_worker("gate", "--exec", "sh -c 'read x; test $x = pass || exec sleep 1000'")
    submit = start("submit", "gate", "--lines", "-")
    submit.write(b"pass\nwait\nwait\nwait\n")
    submit.output.wait_for("^$")
    wait_for(lambda: json.loads(steelyard("stats", "--json").output)["jobs"]["running"] == 1)
    submit.interrupt()
    assert submit.wait() == 130
    assert submit.errors.lines == [
        "steelyard submit: stopped: 1 of 4 jobs handed in are done; those still queued are dropped"
    ]

    def cancelled():
        jobs = json.loads(steelyard("stats", "--json").output)["jobs"]
        return jobs["cancelled"] if jobs["queued"] + jobs["running"] == 0 else None

    assert wait_for(cancelled, what="the running one to have stopped") == 3


def test_a_second_ctrl_c_ends_at_once(start, environment):
    environment["STEELYARD_BROKER"] = "tcp://127.0.0.1:1"
    submit = start("submit", "demo", "1", "--connect-timeout-ms", 60_000)
    wait_for(lambda: len(os.listdir(f"/proc/{submit.id}/task")) > 2)
    submit.interrupt()  # before it is connected there is nothing to say goodbye to
    assert submit.wait() == 130


def test_a_reader_that_goes_early_ends_it_quietly(start, start_worker, program, environment):
    start_worker("echo", "--builtin", "echo")
    script = f"yes line | {program} submit echo --lines - | head -2; echo ${{PIPESTATUS[1]}}"
    finished = subprocess.run(
        ["bash", "-c", script], capture_output=True, env=environment, timeout=60
    )
    assert finished.stdout.split() == [b"line", b"line", b"141"]
    assert finished.stderr == b""


def test_memory_stays_small_however_much_is_handed_in(start, start_worker):
    start_worker("count", "--exec", "wc -c")
    submit = start("submit", "count", "--lines", "-")
    for _ in range(300):
        submit.write(b"x" * 999_999 + b"\n")
    wait_for(lambda: len(submit.output.lines) == 300)
    with open(f"/proc/{submit.id}/status", encoding="ascii") as status:
        peak_kib = int(re.search(r"VmHWM:\s+(\d+) kB", status.read())[1])
    submit.close_input()
    assert submit.wait() == 0
    assert peak_kib < 250_000  # a window of 64 MiB, and what is on its way through the sockets
