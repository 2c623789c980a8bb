"""`steelyard up`: something to play with in one command, and nothing left of it afterwards."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from conftest import descendants, is_running, process_table, wait_for

ROOT = Path(__file__).resolve().parents[2]
SERVICE = "examples/pipeline/service.json"
FREE_PORTS = ["--listen", "tcp://127.0.0.1:0", "--http", "127.0.0.1:0"]


def start_up(start, environment):
    up = start("up", *FREE_PORTS)
    environment["STEELYARD_BROKER"] = up.output.wait_for(r"broker at (tcp://\S+)").group(1)
    up.output.wait_for("Ctrl.C stops")
    return up


def test_what_it_says_to_type_works(start, environment, program, tmp_path):
    up = start_up(start, environment)
    typed = [line.strip() for line in up.output.lines if line.startswith("  ")]
    assert typed.pop(0) == f"export STEELYARD_BROKER={environment['STEELYARD_BROKER']}"
    assert len(typed) == 8
    shell = environment | {"PATH": f"{tmp_path}:{environment['PATH']}"}
    (tmp_path / "steelyard").symlink_to(program)
    for line in typed[:5]:
        finished = subprocess.run(line, shell=True, env=shell, capture_output=True, timeout=60)
        assert (finished.returncode, finished.stderr) == (0, b""), line
    assert typed[5].startswith("curl -d 1000000 'http://127.0.0.1:")
    finished = subprocess.run(typed[5], shell=True, env=shell, capture_output=True, timeout=60)
    assert finished.stdout == b"78498"
    worker = start(*shlex.split(typed[6])[1:])
    worker.errors.wait_for("ready: ")
    finished = subprocess.run(typed[7], shell=True, env=shell, capture_output=True, timeout=60)
    assert finished.stdout == b"HELLO"


def test_two_workers_serve_the_demo_queue(start, environment, steelyard):
    start_up(start, environment)
    assert steelyard("submit", "demo", "10000").output == "1229"
    health = steelyard("health")
    assert health.output.startswith("OK: 2 workers")
    listed = steelyard("ls", "workers").output
    assert re.findall(r"^demo-\d", listed, re.MULTILINE) == ["demo-1", "demo-2"]


def test_ctrl_c_ends_all_of_it(start, environment):
    up = start_up(start, environment)
    below = descendants(up.id)
    assert len(below) >= 3
    up.interrupt()
    assert up.wait() == 0
    assert "stopped; nothing is left running" in up.errors.lines
    wait_for(lambda: not any(map(is_running, below)))


def test_work_in_hand_is_finished_and_answered(start, environment, steelyard):
    up = start_up(start, environment)
    submit = start("submit", "demo", "3000000")
    wait_for(lambda: '"running":1,"returning"' in steelyard("stats", "--json").output)
    up.interrupt()
    assert submit.wait(60) == 0
    assert submit.output.lines == ["216816"]
    assert up.wait() == 0


def test_a_second_ctrl_c_ends_it_at_once(start, environment, steelyard):
    up = start_up(start, environment)
    below = descendants(up.id)
    start("submit", "demo", "20000000")
    wait_for(lambda: '"running":1,"returning"' in steelyard("stats", "--json").output)
    up.interrupt()
    up.errors.wait_for("stopping: the workers finish")
    up.signal(signal.SIGTERM)
    assert up.wait(5) == 0
    wait_for(lambda: not any(map(is_running, below)))


def test_nothing_is_left_when_it_is_killed(start, environment):
    up = start_up(start, environment)
    below = descendants(up.id)
    up.kill()
    assert up.wait() == -signal.SIGKILL
    wait_for(lambda: not any(map(is_running, below)))


def test_a_taken_port_is_said_with_what_to_do(broker, steelyard):
    finished = steelyard("up", "--listen", broker.endpoint, "--http", "none")
    assert finished.status == 1
    assert finished.errors.count("\n") == 1
    for words in ["Address already in use", broker.endpoint, "steelyard health", "--listen"]:
        assert words in finished.errors


def part_of(up, command):
    """The number of its process that runs this command; None: there is none yet."""
    with open(f"/proc/{up.id}/task/{up.id}/children", encoding="ascii") as children:
        numbers = [int(number) for number in children.read().split()]
    words = {number: Path(f"/proc/{number}/cmdline").read_bytes() for number in numbers}
    return next((number for number in numbers if f"\0{command}\0".encode() in words[number]), None)


def test_a_broker_that_dies_while_the_hubs_start_ends_it_too(start, tmp_path):
    config = tmp_path / "service.json"
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    # Its hub waits for workers that wait for the gate, and so is not ready.
    group = {"queues": ["q"], "program": f"cat {gate}"}
    config.write_text(json.dumps({"broker": {"listen": [f"ipc://{tmp_path}/b"]},
                                  "workers": [group]}), encoding="utf-8")
    up = start("up", config)
    wait_for(lambda: part_of(up, "hub"), what="its hub to start")
    os.kill(part_of(up, "broker"), signal.SIGKILL)
    assert up.wait() == 1
    assert up.errors.lines[-1].startswith(
        "steelyard up: the broker ended while the hubs started; its last words stand above")
    assert any(line.startswith("broker: ended: killed by signal 9") for line in up.errors.lines)


def test_a_broker_that_dies_ends_it_with_the_reason(start, environment):
    up = start_up(start, environment)
    below = descendants(up.id)
    os.kill(part_of(up, "broker"), signal.SIGKILL)
    assert up.wait() == 1
    assert "broker: ended: killed by signal 9 (SIGKILL), and nothing on standard error" in (
        up.errors.lines
    )
    wait_for(lambda: not any(map(is_running, below)))


def test_without_its_usual_place_it_goes_on_without_http(start, environment, steelyard):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 7480))
            taken.listen()
        except OSError:
            pass  # somebody else has it
        up = start("up", "--listen", "tcp://127.0.0.1:0")
        environment["STEELYARD_BROKER"] = up.output.wait_for(r"broker at (tcp://\S+)").group(1)
        up.errors.wait_for("^steelyard up: 127.0.0.1:7480 is taken, so there is no HTTP")
        assert steelyard("submit", "demo", "10000").output == "1229"
        assert not any("curl" in line for line in up.output.lines)


def test_a_taken_place_that_was_asked_for_is_an_error(steelyard):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        finished = steelyard("up", "--listen", "tcp://127.0.0.1:0", "--http", address)
    assert (finished.status, finished.output) == (1, "")
    assert (f"--http: cannot listen on {address}: Address already in use; choose another with "
            "--http ADDRESS:PORT (port 0 takes a free one)") in finished.errors


def ask(address, target):
    try:
        with urllib.request.urlopen(f"{address}{target}", timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as answer:
        with answer:
            return answer.status, answer.read()


@pytest.fixture(name="service")
def fixture_service(start, environment, monkeypatch):
    """The example's configuration, with free ports, and where it is."""
    monkeypatch.chdir(ROOT)
    up = start("up", SERVICE, *FREE_PORTS)
    said = up.output.wait_for(r"broker at (\S+), HTTP at (http://\S+)")
    environment["STEELYARD_BROKER"] = said.group(1)
    return up, said.group(2)


def test_a_configuration_is_a_service(service, steelyard):
    up, address = service
    assert up.output.wait_for("^3 workers: (.+)").group(1) == "parse-1, factor-1, factor-2"
    assert ask(address, "/factors?number=360") == (200, b"2 2 2 3 3 5\n")
    status, said = ask(address, "/factors?number=many")
    assert (status, said) == (400, b"number must be from 2 to 100000000000000\n")
    assert ask(address, "/readyz")[0] == 200
    assert "demo" not in steelyard("ls", "workers").output
    below = descendants(up.id)
    up.interrupt()
    assert up.wait() == 0
    assert "stopped; nothing is left running" in up.errors.lines
    wait_for(lambda: not any(map(is_running, below)))
    said = "\n".join(up.errors.lines)
    assert "lost the broker" not in said and "no snapshot" not in said, "an end is no trouble"


def test_requests_in_flight_are_answered_by_all_stages(service, steelyard):
    up, address = service
    largest_prime = 99999999999973
    asked = [
        subprocess.Popen(
            ["curl", "-s", f"{address}/factors?number={largest_prime}"], stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    wait_for(lambda: '"accepted":4,' in steelyard("stats", "--json").output)
    up.interrupt()
    for one in asked:
        assert one.communicate(timeout=60)[0] == b"99999999999973\n"
    assert up.wait() == 0


def test_a_second_ctrl_c_waits_for_no_request(service, steelyard):
    up, address = service
    below = descendants(up.id)
    asked = subprocess.Popen(
        ["curl", "-s", f"{address}/factors?number=99999999999973"], stdout=subprocess.PIPE
    )
    wait_for(lambda: '"running":1,"returning"' in steelyard("stats", "--json").output)
    up.interrupt()
    up.errors.wait_for("stopping: requests in flight are answered")
    up.signal(signal.SIGTERM)
    assert up.wait(5) == 0
    asked.communicate(timeout=60)
    wait_for(lambda: not any(map(is_running, below)))


def test_without_http_the_workers_finish_first(start, steelyard, environment, tmp_path):
    config = tmp_path / "service.json"
    config.write_text(
        """{"broker": {"listen": ["tcp://127.0.0.1:0", "tcp://127.0.0.1:0"]},
            "workers": [{"name": "upper", "queues": ["upper"], "exec": "tr a-z A-Z"}]}"""
    )
    up = start("up", config)
    said = up.output.wait_for(r"^A broker at (tcp://\S+), (tcp://\S+)$")
    up.output.wait_for("^1 worker: upper$")
    for endpoint in said.groups():
        environment["STEELYARD_BROKER"] = endpoint
        assert steelyard("submit", "upper", "hello").output == "HELLO"
    up.interrupt()
    assert up.wait() == 0
    assert "stopped; nothing is left running" in up.errors.lines


def test_a_wrong_configuration_is_refused_before_anything_is_started(steelyard, tmp_path):
    config = tmp_path / "service.json"
    journal = tmp_path / "jobs.journal"
    config.write_text(
        f"""{{
  "broker": {{"journal": "{journal}"}},
  "gateway": {{"routes": [{{"path": "/a", "qeue": "a"}}]}},
  "workers": [{{"queues": ["a"], "lines": "python3 'a", "count": 0}}]
}}"""
    )
    finished = steelyard("up", config)
    assert (finished.status, finished.output) == (2, "")
    assert finished.errors.splitlines() == [
        "steelyard up: the configuration cannot be used:",
        f"{config}:3:26: gateway.routes[0]: 'queue' is missing",
        f"{config}:3:41: gateway.routes[0].qeue: there is no such setting, did you mean 'queue'?",
        f"{config}:4:42: workers[0].lines: the quote ' at character 9 is never closed: "
        "python3 'a",
        f"{config}:4:65: workers[0].count: must be a whole number from 1 to 1000",
    ]
    assert not journal.exists()


def test_a_sound_configuration_is_told_without_starting_anything(steelyard, tmp_path):
    config = tmp_path / "service.json"
    journal = tmp_path / "jobs.journal"
    config.write_text(json.dumps({
        "broker": {"journal": str(journal)},
        "gateway": {"routes": [{"path": "/a", "queue": "a"}]},
        "workers": [{"queues": ["a"], "exec": "cat"}],
        "hubs": [{"name": "h", "groups": [{"queues": ["b"], "exec": "cat", "count": 2}]}]}))
    finished = steelyard("up", config, "--check")
    assert (finished.status, finished.errors) == (0, "")
    assert finished.output == f"{config} is sound: 1 route, 2 groups, 3 workers\n"
    finished = steelyard("hub", config, "--check")
    assert finished.output == f"{config} is sound: hub h, 1 group, 2 workers\n"
    assert not journal.exists()


@pytest.mark.parametrize("file", sorted(ROOT.glob("examples/*/*.json")), ids=lambda file: file.name)
def test_the_configurations_that_ship_are_sound(steelyard, file):
    finished = steelyard("up", file, "--check")
    assert finished.status == 0, finished.errors
    assert " is sound: " in finished.output


def test_a_check_names_mistakes_and_nothing_else(steelyard, tmp_path):
    config = tmp_path / "service.json"
    config.write_text('{"workers": [{"queues": ["a"], "exec": "no-such-command"}]}')
    for command in ("up", "hub"):
        finished = steelyard(command, config, "--check")
        assert (finished.status, finished.output) == (2, "")
        assert finished.errors == (
            f"steelyard {command}: the configuration cannot be used:\n"
            f"{config}:1:40: workers[0].exec: there is no command 'no-such-command' in PATH\n")


def test_a_hub_of_another_broker_that_is_not_there_holds_up_nobody(start, steelyard, environment,
                                                                   tmp_path):
    config = tmp_path / "room.json"
    config.write_text(json.dumps({
        "broker": {"listen": ["tcp://127.0.0.1:0"]},
        "workers": [{"queues": ["here"], "exec": "cat"}],
        "hubs": [{"name": "elsewhere", "broker": "tcp://127.0.0.1:9",
                  "groups": [{"name": "far", "queues": ["far"], "exec": "cat"}]}]}))
    up = start("up", config)
    environment["STEELYARD_BROKER"] = up.output.wait_for(r"broker at (tcp://\S+)").group(1)
    up.output.wait_for("Ctrl.C stops")
    assert steelyard("submit", "here", "hello").output == "hello"
    up.interrupt()
    assert up.wait() == 0


def test_a_configuration_that_is_not_there_is_named(steelyard):
    finished = steelyard("up", "/no/such/service.json")
    assert (finished.status, finished.output) == (2, "")
    assert finished.errors == ("steelyard up: cannot read '/no/such/service.json': No such file or "
                               "directory\n")


def test_a_broker_that_refuses_its_settings_is_wrong_usage(steelyard, tmp_path):
    config = tmp_path / "c.json"
    config.write_text('{"broker": {"listen": ["tcp://127.0.0.1:0"]}, "gateway": {}}')
    finished = steelyard("up", config, "--http", "0.0.0.0:0")
    assert (finished.status, finished.output) == (2, "")
    assert "the broker did not start: exit status 2: " in finished.errors
    assert "--http: '0.0.0.0:0' is reachable from other machines" in finished.errors


def test_a_wrong_place_in_the_file_is_named_as_its_setting(broker, steelyard, tmp_path):
    config = tmp_path / "c.json"

    def refusal_of(text, *flags):
        config.write_text(text)
        finished = steelyard("broker", "--config", config, *flags)
        assert finished.output == "" and finished.status in (1, 2)
        return finished.errors

    taken = refusal_of(f'{{"broker": {{"listen": ["{broker.endpoint}"]}}}}')
    assert "choose another place with broker.listen in the configuration" in taken
    assert "--listen" not in taken
    beyond = '{"broker": {"listen": ["tcp://0.0.0.0:0"]}}'
    assert refusal_of(beyond).startswith("steelyard broker: broker.listen: ")
    assert "--listen: " in refusal_of(beyond, "--listen", "tcp://0.0.0.0:1")
    here = '"broker": {"listen": ["tcp://127.0.0.1:0"]}'
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        address = f"127.0.0.1:{other.getsockname()[1]}"
        other_place = refusal_of(f'{{{here}, "gateway": {{"http": "{address}"}}}}')
        assert "gateway.http: " in other_place
        assert "choose another with gateway.http (port 0 takes a free one)" in other_place
        assert "--http: " in refusal_of(f'{{{here}, "gateway": {{}}}}', "--http", address)
    wrong = refusal_of('{"gateway": {"http": "7480"}}')
    assert f"{config}:1:22: gateway.http: '7480' is not ADDRESS:PORT" in wrong
