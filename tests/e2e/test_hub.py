"""`steelyard hub`: groups of workers as real processes, whatever those do."""

import json
import os
import resource
import signal

from conftest import descendants, is_running, wait_for
from hubs import control_room, field_of, program, start_hub, write_config  # noqa: F401


def health(steelyard):
    return json.loads(steelyard("health", "--json").output)


def test_a_hub_counts_its_groups_in_plain_words(start_hub):
    hub = start_hub({"name": "upper", "queues": ["upper"], "exec": "cat"})
    assert any(" with 1 group, for the broker at " in line for line in hub.running.errors.lines)


def test_a_group_serves_its_queue_under_its_name(start_hub, steelyard):
    hub = start_hub({"name": "up", "queues": ["upper"], "exec": "tr a-z A-Z", "count": 2})
    assert steelyard("submit", "upper", "hello").output == "HELLO"
    assert hub.has_workers("up-1", "up-2")


def test_a_worker_that_is_killed_is_started_again(start_hub, steelyard):
    hub = start_hub({"name": "upper", "queues": ["upper"], "exec": "tr a-z A-Z"})
    before = hub.workers()["upper"]
    os.kill(before, signal.SIGKILL)
    hub.says(r"upper ended: killed by signal 9 \(SIGKILL\).*; the next try is in 0.5 s")
    wait_for(lambda: hub.workers().get("upper", before) != before)
    assert steelyard("submit", "upper", "again").output == "AGAIN"


def test_a_crash_loop_backs_off_is_given_up_and_shows_its_evidence(
    start_hub, steelyard, tmp_path
):
    crash = program(tmp_path / "crash", "#!/bin/sh\necho loading the model\n"
                    "echo no such model: gpt >&2\nexit 3\n")
    hub = start_hub({"name": "ocr", "queues": ["ocr"], "program": str(crash),
                     "restart_first_s": 0.05, "give_up_after_crashes": 4}, ready=False)
    hub.says(r"ocr ended: exit status 3; its last words: .*no such model: gpt.*"
             r"in 0.05 s \(crash 1 in a row\)")
    hub.says(r"in 0.1 s \(crash 2 in a row\)")
    hub.says(r"in 0.2 s \(crash 3 in a row\)")
    hub.says("group ocr is given up after 4 crashes in a row")
    warned = wait_for(lambda: [w for w in health(steelyard)["warnings"] if "given up" in w])
    assert "group ocr is given up after 4 crashes in a row: mend its command" in warned[0]
    assert "no such model: gpt" in warned[0]


def test_a_program_that_ends_well_at_once_is_named_and_bounded(start_hub):
    hub = start_hub({"name": "quick", "queues": ["q"], "program": "/bin/true",
                     "restart_first_s": 0.05, "give_up_after_crashes": 3}, ready=False)
    hub.says(r"group quick is given up after 3 crashes in a row.*exit status 0, and it wrote "
             "nothing")


def test_programs_that_cannot_be_started_are_refused_with_their_places(
    steelyard, broker, control_room, tmp_path
):
    plain = tmp_path / "plain"
    plain.write_text("#!/bin/sh\n", encoding="utf-8")
    marker = tmp_path / "started"
    config = tmp_path / "f.json"
    config.write_text(f"""{{"workers": [
  {{"queues": ["a"], "program": "touch {marker}"}},
  {{"queues": ["b"], "program": "{tmp_path}/missing"}},
  {{"queues": ["c"], "program": "{plain}"}},
  {{"queues": ["d"], "exec": "no-such-command"}}]}}""", encoding="utf-8")
    finished = steelyard("hub", config)
    assert finished.status == 2
    assert finished.errors.splitlines() == [
        "steelyard hub: the configuration cannot be used:",
        f"{config}:3:32: workers[1].program: there is no file '{tmp_path}/missing'",
        f"{config}:4:32: workers[2].program: '{plain}' may not be executed; chmod +x allows it",
        f"{config}:5:29: workers[3].exec: there is no command 'no-such-command' in PATH",
    ]
    assert not marker.exists()


def test_the_nice_value_is_in_the_process_table_and_below(start_hub, steelyard):
    hub = start_hub({"name": "n", "queues": ["n"], "nice": 7,
                     "exec": "cut -d' ' -f19 /proc/self/stat"})
    own = field_of(hub.id, 19)
    assert field_of(hub.workers()["n"], 19) == min(own + 7, 19)
    assert steelyard("submit", "n", "x").output.strip() == str(min(own + 7, 19))


def test_the_environment_reaches_the_command(start_hub, steelyard):
    start_hub({"queues": ["e"], "exec": "printenv MODEL", "environment": {"MODEL": "a b\"c"}})
    assert steelyard("submit", "e", "x").output.strip() == 'a b"c'


def test_a_program_is_told_its_broker_and_name(start_hub, broker, tmp_path):
    told = program(tmp_path / "told", "#!/bin/sh\necho I am $STEELYARD_WORKER_NAME of "
                   "$STEELYARD_BROKER\nexec sleep 1000\n")
    hub = start_hub({"name": "own", "queues": ["q"], "program": str(told), "count": 2}, ready=False)
    hub.says(f"own-[12]: I am own-[12] of {broker.endpoint}")


def test_more_memory_than_allowed_is_killed_and_named(start_hub, steelyard, tmp_path):
    grow = program(tmp_path / "grow", "#!/usr/bin/python3\nimport sys\nsys.stdin.read()\n"
                   "kept = bytearray(400_000_000)\nkept[::4096] = b'x' * len(kept[::4096])\n"
                   "import signal\nsignal.pause()\n")
    hub = start_hub({"name": "big", "queues": ["big"], "exec": str(grow),
                     "memory_limit_bytes": 200_000_000})
    steelyard("submit", "big", "x", "--no-wait")
    hub.says(r"big ended: killed because it used \d+ MB with all that it started, more than "
             r"memory_limit_bytes = 200 MB")


def test_a_program_cannot_allocate_more_than_its_limit(start_hub, tmp_path):
    grow = program(tmp_path / "grow", "#!/usr/bin/python3\nkept = bytearray(400_000_000)\n")
    hub = start_hub({"name": "big", "queues": ["big"], "program": str(grow),
                     "memory_limit_bytes": 200_000_000}, ready=False)
    hub.says("big ended: exit status 1; its last words: .*MemoryError")


def test_a_flood_of_output_is_bounded_and_named(start_hub, tmp_path):
    hub = start_hub({"name": "flood", "queues": ["q"], "program": "yes this is a flood"},
                    ready=False)
    hub.says("flood floods its output")
    hub.says(r"flood: … [\d,]+ lines left out")
    shown = [line for line in hub.running.errors.lines if "this is a flood" in line]
    assert len(shown) <= 500
    hub.running.interrupt()
    assert hub.running.wait() == 0


def test_what_a_workers_command_writes_stands_in_the_hubs_log(start_hub, steelyard):
    hub = start_hub({"name": "talk", "queues": ["q"], "exec": "sh -c 'echo EXECLOG >&2'"})
    job = steelyard("submit", "q", "x", "--no-wait").output.strip()
    hub.says(f"talk: program, job {job}: EXECLOG")


def test_a_worker_that_ends_well_when_it_is_asked_to_says_its_last_words_once(
    start_hub, steelyard
):
    hub = start_hub({"name": "good", "queues": ["q"], "exec": "cat"})
    hub.running.interrupt()
    hub.says("good has ended: exit status 0$")
    assert hub.running.wait() == 0
    assert sum("0 jobs finished" in line for line in hub.running.errors.lines) == 1


def test_one_that_ignores_sigterm_is_killed_after_the_grace(start_hub, tmp_path):
    deaf = program(tmp_path / "deaf", "#!/bin/sh\ntrap '' TERM\necho deaf\n"
                   "while :; do sleep 1000 & wait; done\n")
    hub = start_hub({"name": "deaf", "queues": ["q"], "program": str(deaf),
                     "stop_grace_s": 0.2}, ready=False)
    hub.says("deaf: deaf")
    below = descendants(hub.id)
    hub.running.interrupt()
    hub.says(r"deaf did not end within 0.2 s of being told to \(stop_grace_s\), so it is killed")
    hub.says("deaf has ended: killed by signal 9")
    assert hub.running.wait() == 0
    wait_for(lambda: not any(map(is_running, below)))


def test_work_in_hand_is_finished_before_it_ends(start_hub, start, steelyard, tmp_path):
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    hub = start_hub({"queues": ["slow"], "exec": f"cat {gate}"})
    submit = start("submit", "slow", "x")
    wait_for(lambda: '"running":1,"returning"' in steelyard("stats", "--json").output)
    hub.running.interrupt()
    hub.says("stopping: the workers finish")
    gate.write_text("done", encoding="utf-8")
    assert submit.wait() == 0
    assert submit.output.lines == ["done"]
    assert hub.running.wait() == 0


def test_kill_9_of_the_hub_leaves_no_child(start_hub, start, steelyard):
    hub = start_hub({"queues": ["slow"], "exec": "sleep 1000", "count": 2})
    for _ in range(2):
        start("submit", "slow", "x")
    wait_for(lambda: '"running":2,"returning"' in steelyard("stats", "--json").output)
    # A guard; two workers, each with a guard and a child.
    below = wait_for(lambda: len(found := descendants(hub.id)) >= 7 and found)
    hub.running.kill()
    wait_for(lambda: not any(map(is_running, below)))


def test_the_broker_may_be_started_later_and_restarted(
    start, start_hub, start_broker, environment, steelyard, tmp_path
):
    endpoint = f"ipc://{tmp_path}/b"
    broker = start("broker", "--listen", endpoint)
    broker.errors.wait_for("listening on")
    environment["STEELYARD_BROKER"] = endpoint
    hub = start_hub({"queues": ["upper"], "exec": "tr a-z A-Z", "count": 2})
    workers = hub.workers()
    broker.kill()
    broker.wait()
    hub.says("upper-1: lost the broker|upper-2: lost the broker")
    start("broker", "--listen", endpoint).errors.wait_for("listening on")
    assert steelyard("submit", "upper", "again").output == "AGAIN"
    assert hub.workers() == workers


def test_a_hub_waits_for_a_broker_that_is_not_there_yet(
    start, control_room, environment, steelyard, tmp_path
):
    endpoint = f"ipc://{tmp_path}/b"
    environment["STEELYARD_BROKER"] = endpoint
    config = write_config(tmp_path / "c.json", [{"queues": ["upper"], "exec": "tr a-z A-Z"}])
    hub = start("hub", config)
    hub.errors.wait_for("upper-1: no broker at")
    start("broker", "--listen", endpoint).errors.wait_for("listening on")
    hub.errors.wait_for("ready: 1 worker in 1 group")
    assert steelyard("submit", "upper", "late").output == "LATE"


def test_which_hub_of_a_file_is_meant_has_to_be_said(steelyard, control_room, tmp_path):
    config = tmp_path / "c.json"
    config.write_text(json.dumps({"hubs": [{"name": "room-1", "groups": []},
                                           {"name": "room-2", "groups": []}]}), encoding="utf-8")
    finished = steelyard("hub", config)
    assert finished.status == 2
    assert "has several hubs: say which one with --name (room-1, room-2)" in finished.errors
    finished = steelyard("hub", config, "--name", "room-3")
    assert "has no hub 'room-3', did you mean 'room-1'?" in finished.errors


def test_a_control_socket_is_the_users_alone(start_hub, control_room):
    hub = start_hub({"queues": ["q"], "exec": "cat"}, flags=("--name", "mine"))
    paths = list((control_room / "steelyard").iterdir())
    assert [path.name for path in paths] == [f"mine.{hub.id}.control"]
    assert paths[0].stat().st_mode & 0o777 == 0o600
    assert (control_room / "steelyard").stat().st_mode & 0o777 == 0o700
    hub.running.interrupt()
    assert hub.running.wait() == 0
    assert not list((control_room / "steelyard").iterdir())


def test_what_a_killed_hub_left_is_removed_by_the_next(start_hub, control_room):  # noqa: F811
    group = {"queues": ["q"], "exec": "cat"}
    killed = start_hub(group, flags=("--name", "one"))
    killed.running.kill()
    killed.running.wait()
    alive = start_hub(group, flags=("--name", "two"))
    following = start_hub(group, flags=("--name", "three"))
    assert sorted(path.name for path in (control_room / "steelyard").iterdir()) == [
        f"three.{following.id}.control", f"two.{alive.id}.control"]


def test_workers_come_and_go_with_the_load_and_each_change_is_explained(
    start_hub, start, steelyard
):
    hub = start_hub({"name": "load", "queues": ["load"], "exec": "xargs sleep", "min": 0, "max": 4,
                     "target_wait_s": 1, "idle_s": 1})
    assert hub.has_workers()
    submit = start("submit", "load", "--lines", "-")
    submit.write(b"0.2\n" * 80)
    submit.close_input()
    hub.says("group load: 0 → 1 worker: 80 jobs wait, and how long they run is not known yet")
    hub.says(r"group load: 1 → 2 workers: \d+ jobs wait that run 0.2\d* s each, 1 slot is busy")
    hub.says("group load: 2 → 4 workers: ")
    wait_for(lambda: hub.has_workers("load-1", "load-2", "load-3", "load-4"))
    assert submit.wait() == 0
    hub.says(r"group load: 4 → 3 workers: no more than 0 workers were needed for \d")
    hub.says("group load: 1 → 0 workers: ")
    wait_for(lambda: hub.has_workers())
    assert steelyard("audit").status == 0
    sizes = [line for line in hub.running.errors.lines if "group load:" in line]
    assert len(sizes) == 7, "it goes up three times and down four times, and does not flap"


def test_one_job_starts_a_worker_on_demand(start_hub, steelyard):
    hub = start_hub({"name": "rare", "queues": ["rare"], "exec": "tr a-z A-Z", "min": 0, "max": 1})
    assert hub.has_workers()
    assert steelyard("submit", "rare", "hello").output == "HELLO"
    assert hub.has_workers("rare")


def test_a_job_that_free_slots_may_not_take_starts_a_worker_on_demand(start_hub, steelyard):
    start_hub({"name": "express", "queues": ["q"], "exec": "cat", "priority_min": 5},
              {"name": "rest", "queues": ["q"], "exec": "cat", "min": 0, "max": 2,
               "target_wait_s": 0.5})
    assert steelyard("submit", "q", "hi").output == "hi"


def test_a_name_that_is_none_is_refused(steelyard, tmp_path):
    config = write_config(tmp_path / "hub.json", [{"queues": ["q"], "exec": "cat"}])
    refused = steelyard("hub", config, "--name", "a b")
    assert refused.status == 2
    assert "--name: 'a b' is not a name" in refused.errors


def test_workers_may_have_as_many_files_open_as_the_hub(start_hub, steelyard):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 20_000 if hard == resource.RLIM_INFINITY else min(hard, 20_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    try:
        start_hub({"queues": ["q"], "exec": "sh -c 'ulimit -Sn'"})
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert steelyard("submit", "q", "x").output == f"{most}\n"


def test_a_hub_is_a_part_of_the_whole_while_it_runs(start_hub, steelyard):
    def is_listed():
        return any("room" in part["part"] for part in health(steelyard)["parts"])

    hub = start_hub({"name": "up", "queues": ["upper"], "exec": "tr a-z A-Z"},
                    flags=("--name", "room"))
    wait_for(is_listed)
    assert health(steelyard)["warnings"] == []
    hub.running.interrupt()
    assert hub.running.wait() == 0
    wait_for(lambda: not is_listed())


class ProcStat:
    """A file such as /proc/stat, whose machine is so busy from now on."""

    def __init__(self, path):
        self.path = path
        self._busy = self._idle = 1000
        self._write()

    def pass_time(self, busy, idle):
        self._busy += busy
        self._idle += idle
        self._write()

    def _write(self):
        new = self.path.with_suffix(".new")
        new.write_text(f"cpu {self._busy} 0 0 {self._idle} 0 0 0 0 0 0\n", encoding="ascii")
        os.replace(new, self.path)


def test_of_two_hubs_the_one_with_the_idler_machine_is_preferred(
    start, broker, control_room, steelyard, tmp_path  # noqa: F811
):
    busy, idle = ProcStat(tmp_path / "busy"), ProcStat(tmp_path / "idle")
    config = tmp_path / "rooms.json"
    group = {"name": "w", "queues": ["q"], "exec": "printenv ROOM"}
    config.write_text(json.dumps({"hubs": [
        {"name": name, "groups": [group | {"environment": {"ROOM": name}}]}
        for name in ("busy", "idle")]}), encoding="utf-8")
    for name in ("busy", "idle"):
        hub = start("hub", config, "--name", name, "--proc-stat", tmp_path / name)
        hub.errors.wait_for("ready: 1 worker in 1 group")

    def loads():
        busy.pass_time(90, 10)
        idle.pass_time(10, 90)
        rows = json.loads(steelyard("ls", "workers", "--json").output)["rows"]
        return {row["worker"]: row["machine_load"] for row in rows} == {
            "w@busy": 0.9, "w@idle": 0.1}

    wait_for(loads)
    answers = []
    while len(answers) < 10:
        wait_for(loads)
        answers.append(steelyard("submit", "q", "x").output.strip())
    assert answers == ["idle"] * 10
