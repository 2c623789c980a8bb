"""What the program tells about itself to shells and to man: completions and the manual page."""

import re
import shutil
import subprocess

import pytest

SHELLS = ["bash", "zsh", "fish"]
NESTED = ["up", "broker", "submit", "ls", "completion", "man", "bench", "bench memory"]
HIDDEN = ["proxy-load", "--builtin", "--log-to-output"]

# Loads the script and completes the last of the words, as bash does on a tab.
COMPLETE_LAST = """
source "$0"
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_steelyard
printf '%s\\n' "${COMPREPLY[@]}"
"""


def installed(*names):
    """The paths of those of these programs that there are."""
    return [path for name in names if (path := shutil.which(name))]


@pytest.fixture
def complete(steelyard, tmp_path, environment):
    """What bash offers for the last word: complete("submit", "--pri")"""
    script = tmp_path / "steelyard.bash"
    script.write_text(steelyard("completion", "bash").output, encoding="utf-8")

    def words_for(*words):
        command = ["bash", "--norc", "-c", COMPLETE_LAST, script, "steelyard", *words]
        finished = subprocess.run(command, capture_output=True, env=environment, timeout=60)
        assert (finished.returncode, finished.stderr) == (0, b"")
        return finished.stdout.decode().split()

    return words_for


def test_commands_are_completed(complete):
    assert complete("su") == ["submit"]
    assert complete("bench", "b") == ["broker"]
    benches = ["broker", "decide", "head-of-line", "http", "inproc", "journal", "memory",
               "snapshot"]
    assert complete("bench", "") == benches
    assert complete("nothing-like-it") == []


def test_options_are_completed(complete):
    assert complete("submit", "--pri") == ["--priority"]
    assert complete("submit", "demo", "7", "--us") == ["--user"]
    assert complete("stats", "-h") == ["-h"]
    assert complete("--ver") == ["--version"]
    assert complete("bench", "memory", "--js") == ["--json"]


@pytest.mark.parametrize("command", NESTED)
def test_exactly_the_options_in_the_help_are_completed(steelyard, complete, command):
    text = steelyard(*command.split(), "--help").output
    options = re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.M)
    assert "--help" in options
    assert complete(*command.split(), "--") == options


def test_known_values_are_completed(complete):
    assert complete("ls", "w") == ["workers"]
    assert complete("completion", "") == SHELLS
    assert complete("broker", "--strategy", "groups") == [
        "groups-by-state",
        "groups-by-state-exclusive",
    ]


def test_a_value_after_an_equals_sign_is_completed(complete):
    assert complete("broker", "--strategy", "=", "old") == ["oldest"]
    assert "round-robin" in complete("broker", "--strategy", "=")
    assert complete("broker", "--strategy", "=", "oldest", "--plu") == ["--plugin"]


def test_the_value_of_an_option_is_no_argument(complete):
    assert complete("ls", "--broker", "tcp://127.0.0.1:1", "us") == ["users"]
    assert complete("ls", "--json", "us") == ["users"]
    assert complete("ls", "users", "") == complete("ls", "-")


def test_a_queue_may_be_called_like_a_command(complete):
    assert complete("submit", "bench", "--prio") == ["--priority"]


def test_other_values_are_left_to_bash_which_completes_files(complete, steelyard):
    assert complete("submit", "demo", "--file", "") == []
    assert complete("submit", "") == []
    assert "complete -o default -F _steelyard steelyard" in steelyard("completion", "bash").output


@pytest.mark.parametrize("shell", SHELLS)
def test_what_is_hidden_is_not_completed(steelyard, shell):
    finished = steelyard("completion", shell)
    assert (finished.status, finished.errors) == (0, "")
    assert "as-completed" in finished.output
    assert not [name for name in HIDDEN if name.lstrip("-") in finished.output]


@pytest.mark.parametrize("shell", installed(*SHELLS))
def test_the_script_is_understood_by_its_shell(steelyard, tmp_path, environment, shell):
    script = tmp_path / "script"
    script.write_text(steelyard("completion", shell.rpartition("/")[2]).output, encoding="utf-8")
    finished = subprocess.run(
        [shell, "-n", script], capture_output=True, env=environment, timeout=60
    )
    assert (finished.returncode, finished.stderr) == (0, b"")


def test_the_manual_page_has_every_section_and_command(steelyard):
    page = steelyard("man")
    assert (page.status, page.errors) == (0, "")
    assert re.findall(r'^\.SH "(.*)"$', page.output, re.M) == [
        "NAME",
        "SYNOPSIS",
        "DESCRIPTION",
        "OPTIONS",
        "COMMANDS",
        "EXIT STATUS",
        "EXAMPLES",
    ]
    text = page.output.replace("\\-", "-")
    for command in NESTED:
        assert f'.SS "steelyard {command} ' in text
    assert "\\fB--priority N\\fR" in text
    assert ".TP\n\\fB3\\fR\nno broker\n" in text
    assert "seq 1 1000 | steelyard submit demo --lines -\n" in text
    assert not [name for name in HIDDEN if name in text]


@pytest.mark.parametrize("groff", installed("groff"))
def test_the_manual_page_is_rendered_without_warnings(steelyard, environment, groff):
    finished = subprocess.run(
        [groff, "-man", "-ww", "-Tutf8"],
        input=steelyard("man").output_bytes,
        capture_output=True,
        env=environment,
        timeout=60,
    )
    assert (finished.returncode, finished.stderr) == (0, b"")
    assert "Hand in work and print its result." in finished.stdout.decode()
