"""What people see before anything runs: help, version, and what is said about wrong usage."""

import subprocess

import pytest

COMMANDS = [
    "",
    "up",
    "broker",
    "gateway",
    "worker",
    "hub",
    "reload",
    "submit",
    "get",
    "cancel",
    "quarantine",
    "quarantine ls",
    "quarantine release",
    "quarantine drop",
    "audit",
    "pin",
    "drain",
    "stats",
    "ls",
    "health",
    "top",
    "explain",
    "bench",
    "bench broker",
    "bench head-of-line",
    "bench inproc",
    "bench journal",
    "bench memory",
    "journal",
    "journal check",
    "journal compact",
    "journal export",
    "sim",
    "completion",
    "man",
]

# A line each in golden/usage_errors.txt. All of them end with status 2.
WRONG = [
    "submitt demo 1",
    "--versoin",
    "submit",
    "get",
    "cancel",
    "drain",
    "submit demo",
    "submit demo 1 2",
    "submit demo 1 --usr ann",
    "submit demo 1 --priority high",
    "submit demo 1 --priority",
    "submit demo --lines f --lines g",
    "submit two=words 1",
    "submit demo 1 --file f",
    "submit demo 1 --batch 3",
    "submit demo --lines - --batch-unit",
    "submit demo --file /no/such/file",
    "submit demo --lines /",
    "submit demo 1 --broker localhost:7411",
    "submit demo 1 --broker tpc://localhost:7411",
    "submit demo 1 --state-size 8GB",
    "submit demo 1 --state m --state-size 8G",
    "submit demo 1 --tag -x",
    "submit demo -x",
    "submit demo 1 --durability disk",
    "submit demo 1 --key two=words",
    "submit demo --lines - --key k",
    "submit demo 1 --delay soon",
    "submit demo 1 --delay 200000",
    "submit demo 1 --delay 2 --deadline 1",
    "submit demo 1 --time-limit 0",
    "submit demo --lines - --stream",
    "submit demo 1 --stream --no-wait",
    "top wrokers",
    "top --sort weather",
    "top --interval 0",
    "broker --log-format yaml",
    "broker --log-level loud",
    "cancel --dry-run",
    "cancel 0123456789abcdef-42 --user ann",
    "quarantine",
    "quarantine release",
    "quarantine drop 42",
    "broker --max-deaths 0",
    "ls wrokers",
    "ls queues --jsn",
    "stats --connect-timeout-ms 0",
    "health --brokr tcp://127.0.0.1:1",
    "explain",
    "explain 42",
    "explain 0123456789abcdef-42 --worker w1",
    "explain --worker w1 --last 0",
    "broker --max-strategy-call-ms 0",
    "worker",
    "worker --queue q",
    "worker --queue q --exec a --lines b",
    "worker --queue -q --exec a",
    "worker --queue q --exec 'unclosed",
    "worker --queue q --exec cat --slots 2000",
    "worker --queue q --exec cat --weight 0",
    "worker --queue q --exec cat --priority-min 5 --priority-max 4",
    "worker --queue q --exec cat --states 0",
    "worker --queue q --exec cat --state-memory much",
    "worker --queue q --exec cat --tag a=b",
    "worker --queue q --exec cat --preload",
    "pin",
    "pin m1 --workers some",
    "broker --user-weight ann",
    "broker --user-weight ann=0",
    "broker --user-weight ann=-1",
    "broker --user-weight ann=nan",
    "broker --user-weight ann=inf",
    "broker --user-weight ann=1 --user-weight ann=2",
    "up --user-weight ann=much",
    "broker --strategy oldst",
    "broker --strategy groups-by-state:switch_penalty=3",
    "broker --strategy groups-by-state:switch_penalty_s=x",
    "broker --listen 7411",
    "broker --http 7480",
    "gateway --http nowhere",
    "gateway --threads 0",
    "gateway --http 0.0.0.0:7480",
    "broker --listen tcp://0.0.0.0:7411",
    "broker --max-payload-bytes 1GB",
    "broker --max-quued-jobs 5",
    "up --listen nowhere",
    "up --check",
    "hub",
    "reload --hub a --control b",
    "bench",
    "bench memroy",
    "bench broker --outstanding 1,x",
    "sim",
    "sim poison",
    "sim trace",
    "sim trace /no/such/file --workers 3",
    "broker --record-max-bytes 1000",
    "sim poisson:rate=3",
    "sim poisson:states=nan",
    "sim poisson:states=-1",
    "sim burst --strategy groups",
    "sim burst --strategy groups-by-state:switch_penalty_s=-1",
    "sim burst --workers 0",
    "completion",
    "completion tcsh",
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "steelyard")
def test_help_is_as_reviewed(steelyard, golden, command):
    finished = steelyard(*command.split(), "--help")
    assert (finished.status, finished.errors) == (0, "")
    assert "Examples:" in finished.output or command == ""
    assert max(map(len, finished.output.splitlines())) <= 80
    golden(f"help/{command.replace(' ', '_') or 'steelyard'}.txt", finished.output)


def test_wrong_usage_is_one_line_that_names_the_place(steelyard, golden):
    lines = []
    for words in WRONG:
        finished = steelyard(*words.split())
        assert finished.status == 2, f"{words}: {finished.errors}"
        assert finished.output == "", words
        assert finished.errors.count("\n") == 1, f"{words}: {finished.errors}"
        lines.append(f"$ steelyard {words}\n{finished.errors}")
    golden("usage_errors.txt", "\n".join(lines))


def test_a_wrong_variable_is_named(steelyard, environment):
    environment["STEELYARD_BROKER"] = "localhost:7411"
    finished = steelyard("stats")
    assert finished.status == 2
    assert finished.errors.startswith("steelyard stats: STEELYARD_BROKER: 'localhost:7411' is not")
    assert "did you mean 'tcp://localhost:7411'?" in finished.errors


def test_no_command_shows_the_help(steelyard):
    finished = steelyard()
    assert (finished.status, finished.output) == (2, "")
    assert finished.errors.startswith("Usage: steelyard COMMAND")


def test_version(steelyard):
    finished = steelyard("--version")
    assert finished.status == 0
    assert finished.output.startswith("steelyard 0.")


@pytest.mark.parametrize("habit, meant", [
    ("help", "--help"), ("help submit", "submit --help"), ("help bench memory",
    "bench memory --help"), ("version", "--version"), ("-V", "--version")])
def test_what_other_programs_taught_is_understood(steelyard, habit, meant):
    done = steelyard(*habit.split())
    assert (done.status, done.errors) == (0, "")
    assert done.output == steelyard(*meant.split()).output


def test_help_for_a_command_that_is_not_there_says_so(steelyard):
    done = steelyard("help", "submitt")
    assert done.status == 2
    assert "unknown command 'submitt', did you mean 'submit'?" in done.errors


def test_a_reader_that_goes_early_is_no_error(program, environment):
    # The pipe's reading end is closed before the program starts.
    script = f"exec 3> >(:); wait $!; '{program}' --help >&3; echo $?"
    finished = subprocess.run(
        ["bash", "-c", script], capture_output=True, env=environment, timeout=60
    )
    assert (finished.stdout, finished.stderr) == (b"141\n", b"")
