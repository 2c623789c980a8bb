"""`steelyard reload`: groups change while a hub runs; all of it, or nothing."""

import json
import os
import signal
from pathlib import Path

import pytest

from conftest import is_running, wait_for
from hubs import control_room, start_hub, workers_below, write_config  # noqa: F401

UPPER = {"name": "upper", "queues": ["upper"], "exec": "tr a-z A-Z", "count": 2}
LOWER = {"name": "lower", "queues": ["lower"], "exec": "tr A-Z a-z"}


def test_groups_are_added_and_removed_and_others_not_touched(start_hub, steelyard):
    hub = start_hub(UPPER)
    before = hub.workers()
    write_config(hub.config, [UPPER, LOWER])
    finished = steelyard("reload", hub.config, "--dry-run")
    assert (finished.status, finished.output) == (0, "+ group lower\n")
    assert hub.workers() == before
    assert steelyard("reload", hub.config).output == "+ group lower\n"
    assert steelyard("submit", "lower", "HI").output == "hi"
    assert before.items() <= hub.workers().items()
    assert steelyard("reload", hub.config).output == "nothing has changed\n"
    write_config(hub.config, [LOWER])
    assert steelyard("reload").output == "- group upper\n"
    wait_for(lambda: hub.has_workers("lower"))


def test_a_changed_command_replaces_the_workers_without_a_gap(start_hub, steelyard):
    hub = start_hub(UPPER)
    before = hub.workers()
    write_config(hub.config, [UPPER | {"exec": "tr a-z X"}])
    finished = steelyard("reload", hub.config)
    assert finished.output == '~ group upper: exec "tr a-z A-Z" → "tr a-z X"\n'
    while any(map(is_running, before.values())):
        assert steelyard("submit", "upper", "hi").output in ("HI", "XX")
    wait_for(lambda: len(hub.workers()) == 2)
    assert steelyard("submit", "upper", "hi").output == "XX"


def test_other_bounds_touch_no_worker_that_stays(start_hub, steelyard):
    hub = start_hub(UPPER)
    before = hub.workers()
    write_config(hub.config, [UPPER | {"count": 3, "idle_s": 5}])
    assert steelyard("reload", hub.config).output == (
        "~ group upper: count 2 → 3; idle_s (none) → 5\n")
    wait_for(lambda: hub.has_workers("upper-1", "upper-2", "upper-3"))
    assert before.items() <= hub.workers().items()


def test_a_wrong_file_is_refused_with_every_mistake_and_nothing_changes(start_hub, steelyard):
    hub = start_hub(UPPER)
    before = hub.workers()
    hub.config.write_text("""{"workers": [
  {"name": "new", "queues": ["new"], "exec": "cat"},
  {"name": "new", "queues": ["q"], "exec": "cat"},
  {"name": "bad", "queus": ["q"], "exec": "cat"}]}""", encoding="utf-8")
    finished = steelyard("reload", hub.config)
    assert finished.status == 2
    assert finished.errors.splitlines() == [
        "steelyard reload: the configuration cannot be used:",
        f"{hub.config}:3:12: workers[1].name: is the name of another group; call it 'new.2'",
        f"{hub.config}:4:3: workers[2]: 'queues' is missing",
        f"{hub.config}:4:19: workers[2].queus: there is no such setting, did you mean 'queues'?",
    ]
    assert hub.workers() == before


def test_a_command_that_is_missing_at_the_hub_is_refused_by_it(start_hub, steelyard):
    hub = start_hub(UPPER)
    before = hub.workers()
    write_config(hub.config, [LOWER, UPPER | {"exec": "no-such-command"}])
    finished = steelyard("reload", hub.config)
    assert (finished.status, finished.output) == (2, "")
    assert "workers[1].exec: there is no command 'no-such-command' in PATH" in finished.errors
    assert hub.workers() == before


def test_sighup_reads_its_own_file_again(start_hub):
    hub = start_hub(UPPER)
    write_config(hub.config, [UPPER, LOWER])
    hub.running.signal(signal.SIGHUP)
    hub.says(r"reloaded .*: \+ group lower")
    hub.config.write_text("{", encoding="utf-8")
    hub.running.signal(signal.SIGHUP)
    hub.says("not reloaded: the configuration cannot be used")
    wait_for(lambda: hub.has_workers("upper-1", "upper-2", "lower"))


def test_a_group_that_was_given_up_is_tried_again(start_hub, steelyard, tmp_path):
    hub = start_hub({"name": "x", "queues": ["x"], "program": f"cat {tmp_path}/gate",
                     "restart_first_s": 0.05, "give_up_after_crashes": 2}, ready=False)
    hub.says("group x is given up after 2 crashes in a row")
    os.mkfifo(tmp_path / "gate")
    assert steelyard("reload", hub.config).output == "~ group x: was given up, is tried again\n"
    writer = os.open(tmp_path / "gate", os.O_WRONLY)  # waits for its reader
    os.write(writer, b"it runs\n")
    hub.says("x: it runs")
    os.close(writer)


def test_a_name_as_long_as_names_may_be_has_a_control_socket(start_hub, steelyard):
    name = "m" * 150
    start_hub(UPPER, flags=("--name", name))
    assert steelyard("reload", "--hub", name).output == "nothing has changed\n"


def test_the_one_that_is_meant_has_to_be_clear(start_hub, start, steelyard, tmp_path):
    first = start_hub(UPPER, flags=("--name", "first"))
    other = write_config(tmp_path / "other.json", [LOWER])
    second = start("hub", other, "--name", "second")
    second.errors.wait_for("ready: 1 worker")
    finished = steelyard("reload")
    assert finished.status == 2
    assert "several are meant; say which one" in finished.errors
    assert "(hub second, " in finished.errors
    assert steelyard("reload", "--hub", "second").output == "nothing has changed\n"
    assert steelyard("reload", first.config).output == "nothing has changed\n"
    write_config(other, [LOWER | {"name": "deep"}])
    assert steelyard("reload", other, "--hub", "first").output == (
        "- group upper\n+ group deep\n")
    finished = steelyard("reload", "--hub", "third")
    assert finished.status == 1
    assert "no hub 'third' runs here; there are" in finished.errors


@pytest.fixture
def service(start, environment, control_room, tmp_path):  # noqa: F811
    """`steelyard up` with a group of its own and a hub."""
    config = tmp_path / "service.json"

    def write(workers, hubs, **broker):
        sections = {"broker": {"listen": ["tcp://127.0.0.1:0"]} | broker,
                    "hubs": [{"name": name, "groups": groups} for name, groups in hubs.items()]}
        return write_config(config, workers, **sections)

    write([UPPER], {"room": [LOWER]})
    up = start("up", config)
    environment["STEELYARD_BROKER"] = up.output.wait_for(r"broker at (tcp://\S+)").group(1)
    up.output.wait_for("Ctrl.C stops")
    up.write_config = write
    return up


def test_up_starts_every_hub_of_its_file(service, steelyard):
    assert steelyard("submit", "upper", "hi").output == "HI"
    assert steelyard("submit", "lower", "HI").output == "hi"
    assert "hub room: 1 worker: lower@room" in service.output.lines
    assert sorted(workers_below(service.id)) == ["lower@room", "upper-1", "upper-2"]


def test_up_passes_a_reload_on_to_its_hubs(service, steelyard):
    before = workers_below(service.id)
    service.write_config([UPPER | {"count": 3}], {"room": [LOWER], "attic": [LOWER]}, max_hops=3)
    expected = ("~ group upper: count 2 → 3\n+ hub attic\n"
                "! section broker has changed, which takes effect when `steelyard up` is started "
                "again\n")
    assert steelyard("reload", "--dry-run").output == expected
    assert workers_below(service.id) == before
    assert steelyard("reload").output == expected
    names = ["lower@attic", "lower@room", "upper-1", "upper-2", "upper-3"]
    wait_for(lambda: sorted(workers_below(service.id)) == names)
    service.write_config([], {"attic": [LOWER]})
    assert steelyard("reload").output.splitlines()[:2] == ["- group upper", "- hub room"]
    wait_for(lambda: sorted(workers_below(service.id)) == ["lower@attic"])
    assert before["lower@room"] not in workers_below(service.id).values()


def test_hubs_of_up_whose_names_are_alike_are_two(service, steelyard):
    service.write_config([UPPER], {"a/b": [LOWER], "a_b": [LOWER]})
    assert steelyard("reload").output == "- hub room\n+ hub a/b\n+ hub a_b\n"
    names = ["lower@a/b", "lower@a_b", "upper-1", "upper-2"]
    wait_for(lambda: sorted(workers_below(service.id)) == names)
    service.write_config([UPPER], {"a/b": [LOWER | {"count": 2}], "a_b": [LOWER]})
    assert steelyard("reload").output == "hub a/b: ~ group lower: count (none) → 2\n"


def test_a_hub_of_up_that_is_put_back_starts_while_the_former_one_finishes(
    service, start, steelyard
):
    slow = {"name": "slow", "queues": ["slow"], "exec": "sleep 300"}
    service.write_config([UPPER], {"room": [LOWER], "attic": [slow]})
    assert steelyard("reload").output == "+ hub attic\n"
    wait_for(lambda: "slow@attic" in workers_below(service.id))
    former = workers_below(service.id)["slow@attic"]
    start("submit", "slow", "x")
    wait_for(lambda: json.loads(steelyard("stats", "--json").output)["jobs"]["running"] == 1)
    service.write_config([UPPER], {"room": [LOWER]})
    assert steelyard("reload").output == "- hub attic\n"
    service.write_config([UPPER], {"room": [LOWER], "attic": [LOWER]})
    assert steelyard("reload").output == "+ hub attic\n"
    wait_for(lambda: "lower@attic" in workers_below(service.id))
    assert is_running(former)
    assert steelyard("reload").output == "nothing has changed\n"


def test_up_says_that_the_broker_has_changed_until_it_is_as_it_runs(service, steelyard):
    said = ("! section broker has changed, which takes effect when `steelyard up` is started "
            "again\n")
    service.write_config([UPPER], {"room": [LOWER]}, max_hops=3)
    assert [steelyard("reload").output for _ in range(2)] == [said, said]
    service.write_config([UPPER], {"room": [LOWER]})
    assert steelyard("reload").output == "nothing has changed\n"


def test_up_refuses_what_one_of_its_hubs_cannot_do_as_a_whole(service, steelyard):
    before = workers_below(service.id)
    service.write_config([UPPER | {"count": 3}], {"room": [LOWER | {"exec": "/no/such/file"}]})
    finished = steelyard("reload")
    assert (finished.status, finished.output) == (2, "")
    assert "hubs[0].groups[0].exec: there is no file '/no/such/file'" in finished.errors
    assert workers_below(service.id) == before


def test_up_refuses_another_broker_for_one_of_its_hubs(service, steelyard):
    before = workers_below(service.id)
    file = Path(service.words[-1])
    config = json.loads(file.read_text(encoding="utf-8"))
    config["hubs"][0]["broker"] = "tcp://127.0.0.1:7411"
    file.write_text(json.dumps(config), encoding="utf-8")
    finished = steelyard("reload")
    assert (finished.status, finished.output) == (2, "")
    assert "the broker of hub room has changed: start `steelyard up` again" in finished.errors
    assert workers_below(service.id) == before


def test_a_hub_of_up_that_dies_is_started_again(service, steelyard):
    workers = workers_below(service.id)
    hub = int(open(f"/proc/{workers['lower@room']}/stat", encoding="ascii").read().split()[3])
    os.kill(hub, signal.SIGKILL)
    service.errors.wait_for(r"hub room: ended: killed by signal 9 .*; it is started again")
    wait_for(lambda: workers_below(service.id).get("lower@room", workers["lower@room"])
             != workers["lower@room"])
    assert steelyard("submit", "lower", "HI").output == "hi"


def test_up_passes_its_signal_on_to_the_broker(service):
    service.signal(signal.SIGTERM)
    assert service.wait() == 0
    assert "stopped; nothing is left running" in service.errors.lines
