"""Users get their shares, through a real broker, whoever floods it."""

import json

import pytest

JOBS = 100  # of the quiet user
SLACK = 40  # jobs that end while the broker is being asked


@pytest.fixture
def start_worker(start):
    """Starts a worker of whichever broker there is."""

    def start_one():
        start("worker", "--queue", "q", "--builtin", "sleep", "--states", "2")

    return start_one


def hand_in(steelyard, user, jobs, milliseconds=5, *, state=None):
    """Queues jobs of a user; their ids."""
    lines = f"{milliseconds}\n" * jobs
    states = () if state is None else ("--state", state)
    done = steelyard(
        "submit", "q", "--lines", "-", "--user", user, *states, "--no-wait", stdin=lines.encode()
    )
    assert done.status == 0, done.errors
    return done.output.split()


def finished(steelyard):
    """Finished jobs by user."""
    rows = json.loads(steelyard("ls", "users", "--json").output)["rows"]
    return {row["user"]: row["jobs"]["finished"] for row in rows}


def flood_beside(steelyard, start_worker, states=(None, None)):
    """How many of the flooding user's jobs were done when the quiet one's were."""
    hand_in(steelyard, "flood", 900, state=states[0])
    quiet = hand_in(steelyard, "quiet", JOBS, state=states[1])
    start_worker()
    assert steelyard("get", *quiet, "--wait", 60).status == 0
    done = finished(steelyard)
    assert done["quiet"] == JOBS
    return done["flood"]


def test_a_quiet_user_gets_half_of_the_work_beside_one_that_floods(broker, steelyard, start_worker):
    assert flood_beside(steelyard, start_worker) <= JOBS + SLACK


def test_a_user_of_three_times_the_weight_gets_three_times_as_much(
    start_broker, steelyard, start_worker
):
    start_broker("--user-weight", "quiet=3")
    assert flood_beside(steelyard, start_worker) <= JOBS / 3 + SLACK


def test_shares_hold_although_the_users_need_different_states(broker, steelyard, start_worker):
    assert flood_beside(steelyard, start_worker, states=("red", "blue")) <= JOBS + SLACK
