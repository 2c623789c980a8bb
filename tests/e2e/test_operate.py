"""docs/operate.md: every command in it exists, with its flags, and the blocks to be typed work."""

import json
import re
import subprocess
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "operate.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", TEXT, re.S)
SPANS = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", TEXT, flags=re.S))
COMMANDS = sorted({span for span in SPANS if span.startswith("steelyard ")}
                  | {line for block in BLOCKS for line in block.splitlines()
                     if line.startswith("steelyard ")})
FLAGS = sorted({word for span in SPANS for word in re.findall(r"--[a-z][a-z-]+", span)})


@pytest.fixture(scope="module")
def help_of(program):
    """The help of a command, or of the program; nothing when there is no such command."""
    def look(*words):
        done = subprocess.run([program, *words, "--help"], capture_output=True, check=False)
        return done.stdout.decode() if done.returncode == 0 else None
    return look


def test_the_page_has_commands_and_flags():
    assert len(COMMANDS) > 20 and len(FLAGS) > 15 and len(BLOCKS) == 3


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_exists_with_its_flags(command, help_of):
    words = command.split(">")[0].split()[1:]
    below = help_of(words[0])
    assert below, f"there is no command {words[0]}"
    name = words[:2] if "Commands:" in below else words[:1]
    text = help_of(*name)
    assert text, f"there is no command {' '.join(name)}"
    for flag in re.findall(r"--[a-z][a-z-]+", command):
        assert re.search(rf"{flag}(?![\w-])", text), f"{name} has no {flag}"


def test_every_flag_of_the_page_is_one_of_the_program(help_of):
    listed = help_of().partition("Commands:")[2].partition("Options:")[0]
    commands = re.findall(r"^  ([a-z]+) ", listed, re.M)
    helps = "\n".join(help_of(command) for command in commands)
    for flag in FLAGS:
        assert re.search(rf"{flag}(?![\w-])", helps), flag


def run(block, folder, environment, program):
    bin_folder = folder / "bin"
    bin_folder.mkdir(exist_ok=True)
    (bin_folder / "steelyard").symlink_to(program)
    path = f"{bin_folder}:{environment['PATH']}"
    return subprocess.run(["sh", "-e", "-c", block], cwd=folder, capture_output=True, check=False,
                          timeout=60, env=environment | {"PATH": path})


def test_the_first_look_works(broker, start_worker, environment, program, tmp_path):
    start_worker("q", "--exec", "cat", "--name", "gpu-3")
    done = run(BLOCKS[0], tmp_path, environment, program)
    said = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert said.startswith("OK: 1 worker")
    assert "[1 Queues]" in said and "gpu-3" in said


def test_a_log_can_be_searched_as_the_page_says(start, environment, program, tmp_path):
    broker = start("broker", "--listen", "tcp://127.0.0.1:0", "--log-format", "json")
    line = broker.errors.wait_for("listening on").string
    environment["STEELYARD_BROKER"] = json.loads(line)["endpoint"]
    start("worker", "--queue", "q", "--exec", "cat", "--name", "gpu-3").errors.wait_for("ready")
    joined = broker.errors.wait_for("worker_joined").string
    dropped = '{"event":"job_dropped","job":"5f3a09c1d2e4b687-1"}'
    (tmp_path / "broker.log").write_text(f"{line}\n{joined}\n{dropped}\n", encoding="utf-8")
    # jq is not among the packages that the tests need.
    grep, jq = BLOCKS[1].splitlines()
    assert jq == """jq -c 'select(.worker == "gpu-3")' broker.log"""
    done = run(grep, tmp_path, environment, program)
    assert done.stdout.decode() == dropped + "\n"


def test_a_journal_is_checked_copied_and_exported_as_the_page_says(
        start_broker, steelyard, environment, program, tmp_path):
    broker = start_broker("--journal", tmp_path / "jobs.journal")
    job = steelyard("submit", "q", "x", "--no-wait", "--durability", "journal").output.strip()
    broker.running.interrupt()
    assert broker.running.wait() == 0
    done = run(BLOCKS[2], tmp_path, environment, program)
    assert done.returncode == 0, done.stderr
    [exported] = (tmp_path / "jobs.jsonl").read_text().splitlines()
    assert json.loads(exported)["job"] == job
    assert steelyard("journal", "check", tmp_path / "jobs.journal.backup").status == 0
