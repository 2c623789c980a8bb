"""What the monitor page is made of: its files, its stream of events, and who may ask for them."""

import http.client
import json
import re
import time

import pytest

from conftest import DEADLINE_S, wait_for
from http_api import Api, api, shout, start_api, start_api_with, work  # noqa: F401 (fixtures)

POLICY = {
    "default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
    "img-src": "'self' data:", "connect-src": "'self'", "base-uri": "'none'",
    "form-action": "'none'", "frame-ancestors": "'none'",
}


def policy_of(answer):
    parts = answer.headers["Content-Security-Policy"].split(";")
    return dict(part.strip().split(" ", 1) for part in parts)


def test_the_page_may_load_nothing_from_elsewhere(api):
    page = api("GET", "/")
    assert page.status == 200
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    chart = api("GET", "/monitor/assets/chart.min.js")
    assert chart.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert b"Chart.js v3" in chart.body
    for answer in (page, chart):
        assert policy_of(answer) == POLICY
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert api("GET", "/monitor").body == page.body


def test_every_file_that_the_page_names_is_there(api):
    pages = [api("GET", "/").body.decode()]
    seen = set()
    while pages:
        text = pages.pop()
        for name in re.findall(r"(?:/monitor/assets/|\./)([\w.-]+\.(?:js|css|svg|png))", text):
            if name not in seen:
                seen.add(name)
                asset = api("GET", f"/monitor/assets/{name}")
                assert asset.status == 200, name
                pages.append(asset.body.decode(errors="replace"))


def test_what_a_browser_has_is_not_sent_again(api):
    first = api("GET", "/monitor/assets/chart.min.js")
    tag = first.headers["ETag"]
    assert re.fullmatch('"[0-9a-f]{32}"', tag)
    again = api("GET", "/monitor/assets/chart.min.js", If_None_Match=f'"old", W/{tag}')
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    assert api("GET", "/monitor/assets/chart.min.js", If_None_Match='"old"').body == first.body
    head = api("HEAD", "/monitor/assets/chart.min.js")
    assert (head.body, int(head.headers["Content-Length"])) == (b"", len(first.body))


def test_what_the_page_does_not_have_is_said(api):
    missing = api("GET", "/monitor/assets/<b>.js".replace("<", "%3C").replace(">", "%3E"))
    assert (missing.status, missing.code) == (404, "not_found")
    assert "'<b>.js'" in missing.json["detail"]
    assert api("POST", "/").status == 405


def test_a_route_of_the_root_goes_before_the_page(start_api_with):
    api = start_api_with(routes=[{"path": "/{rest*}", "queue": "q", "time_out_s": 0.05}])
    assert api("GET", "/").status == 504
    assert api("GET", "/monitor").status == 200
    assert api("GET", "/monitor/assets/index.html").status == 200


def test_what_is_built_in_is_no_route(start, tmp_path):
    for path in ("/metrics", "/monitor/x", "/openapi.json", "/v1/x"):
        config = tmp_path / "gateway.json"
        config.write_text('{"gateway": {"routes": [{"path": "%s", "queue": "q"}]}}' % path)
        refused = start("gateway", "--http", "127.0.0.1:0", "--config", config)
        assert refused.wait() != 0
        assert any(path in line and "built in" in line for line in refused.errors.lines)


class Events:
    """One that listens to the monitor's stream."""

    def __init__(self, api, query=""):
        host, port = api.address.rsplit(":", 1)
        self.connection = http.client.HTTPConnection(host, int(port), timeout=60)
        self.connection.request("GET", "/monitor/events" + query)
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def next(self):
        """The name and the data of the next event."""
        name = self.response.readline().decode().removeprefix("event: ").rstrip("\n")
        data = self.response.readline().decode().removeprefix("data: ")
        assert self.response.readline() == b"\n"
        return name, json.loads(data)

    def until(self, wanted, test=lambda data: True):
        """The data of the next event of this name that passes the test."""
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            name, data = self.next()
            if name == wanted and test(data):
                return data
        raise AssertionError(f"no such {wanted} in {DEADLINE_S} s")

    def close(self):
        self.connection.close()


@pytest.fixture
def listen():
    opened = []

    def start(api, query=""):
        opened.append(Events(api, query))
        return opened[-1]

    yield start
    for events in opened:
        events.close()


def column(table, name):
    return [row[table["columns"].index(name)] for row in table["rows"]]


def test_a_page_is_told_how_everything_stands(api, shout, listen):
    shout()
    assert api("POST", "/v1/queues/q/jobs?wait=30", b"x").status == 200
    events = listen(api)
    name, hello = events.next()
    assert name == "hello"
    assert hello["actions"] is True and hello["connected"] is True
    assert hello["history"].keys() == {"seconds", "tens", "queues"}
    snapshot = events.until("snapshot", lambda data: data["stats"]["jobs"]["finished"] == 1)
    assert snapshot["stats"].keys() == api("GET", "/v1/stats").json.keys()
    assert snapshot["health"]["status"] == "ok"
    assert column(snapshot["queues"], "queue") == ["q"]
    assert column(snapshot["queues"], "finished") == [1]
    assert len(snapshot["workers"]["rows"]) == 1


def test_a_page_gets_the_tables_that_it_asks_for(api, listen):
    assert {"queues", "workers", "users", "states"} <= listen(api).until("snapshot").keys()
    some = listen(api, "?tables=queues,users").until("snapshot")
    assert {"stats", "health", "parts", "queues", "users"} <= some.keys()
    assert "workers" not in some and "states" not in some
    none = listen(api, "?tables=").until("snapshot")
    assert "stats" in none and "queues" not in none
    for query in ("?tables=jobs", "?table=queues"):
        refused = api("GET", "/monitor/events" + query)
        assert (refused.status, refused.code) == (400, "invalid_argument")


def test_it_goes_on_once_a_second(api, listen):
    events = listen(api, "?tables=")
    times = [events.until("snapshot")["stats"]["uptime_s"] for _ in range(4)]
    gaps = [after - before for before, after in zip(times, times[1:])]
    assert all(gap > 0.5 for gap in gaps), gaps


def test_the_history_grows(api, listen):
    events = listen(api, "?tables=")
    before = events.until("hello")["history"]["seconds"]
    for _ in range(3):
        events.until("snapshot")
    history = api("GET", "/monitor/history").json
    assert len(history["seconds"]) >= len(before) + 2
    last = history["seconds"][-1]
    assert last.keys() == {"at_s", "queued", "running", "workers", "accepted_per_s",
                           "finished_per_s", "failed_per_s", "longest_wait_s"}
    assert last["accepted_per_s"] == 0


def test_a_broker_that_is_away_is_said_and_comes_back(start, start_broker, listen, environment):
    broker = start_broker()
    api = Api(start("gateway", "--http", "127.0.0.1:0"))
    events = listen(api, "?tables=")
    first = events.until("snapshot")["stats"]["incarnation"]
    broker.running.kill()
    away = events.until("broker")
    assert away["connected"] is False and away["for_s"] >= 0 and away["why"]
    late = listen(api)
    assert late.next()[1]["connected"] is False
    start_broker(listen=broker.endpoint)
    again = events.until("snapshot", lambda data: data["stats"]["incarnation"] != first)
    assert again["stats"]["jobs"]["accepted"] == 0
    assert any(point["at_s"] < 0 for point in api("GET", "/monitor/history").json["seconds"])


def test_so_many_may_listen(api, listen):
    for _ in range(64):
        assert listen(api, "?tables=").status == 200
    refused = api("GET", "/monitor/events")
    assert (refused.status, refused.code) == (503, "too_many_streams")


def test_one_that_does_not_read_is_not_waited_for(api, listen):
    """Its events would fill any buffer; another one goes on, and it is still there itself."""
    slow = listen(api)
    lines = "".join(json.dumps({"queue": f"{'q' * 150}{number}", "payload": "x"}) + "\n"
                    for number in range(5000))
    assert api("POST", "/v1/jobs:batch", lines.encode()).status == 200
    quick = listen(api, "?tables=")
    for _ in range(5):
        quick.until("snapshot")
    slow.until("snapshot")


def test_who_listens_does_not_hold_up_the_end(start_api, listen):
    api = start_api()
    events = listen(api)
    events.until("snapshot")
    api.running.interrupt()
    assert api.running.wait() == 0
    rest = events.response.read()
    assert rest == b"" or rest.startswith(b"event: ")


def test_threads_tell_the_same(start_api_with, listen):
    api = start_api_with(threads=4)
    for _ in range(12):
        assert listen(api, "?tables=").until("snapshot")["version"] == 1


# Who may ask.


def test_the_page_of_another_origin_may_change_nothing(api, work):
    job = api("POST", "/v1/queues/q/jobs", b"x").json["id"]
    for headers in ({"Sec_Fetch_Site": "cross-site"}, {"Origin": "http://evil.example"},
                    {"Sec_Fetch_Site": "same-site", "Origin": "http://localhost:1"}):
        refused = api("DELETE", f"/v1/jobs/{job}", **headers)
        assert (refused.status, refused.code) == (403, "cross_site")
        assert "cors" in refused.json["detail"]
    assert api("GET", f"/v1/jobs/{job}", Sec_Fetch_Site="cross-site").json["status"] == "queued"
    own = {"Sec_Fetch_Site": "same-origin", "Origin": f"http://{api.address}", "X_Steelyard": "1"}
    assert api("DELETE", f"/v1/jobs/{job}", **own).json["status"] == "cancelled"


def test_an_allowed_origin_may(start_api_with):
    api = start_api_with(cors={"allow_origins": ["https://ours.example"]})
    headers = {"Sec_Fetch_Site": "cross-site", "Origin": "https://ours.example"}
    assert api("POST", "/v1/queues/q/jobs", b"x", **headers).status == 202
    headers["Origin"] = "https://evil.example"
    assert api("POST", "/v1/queues/q/jobs", b"x", **headers).status == 403


def test_another_hosts_name_is_not_answered_to(api):
    for path in ("/", "/monitor", "/monitor/events", "/monitor/assets/index.html"):
        refused = api("GET", path, Host="evil.example:7480")
        assert (refused.status, refused.code) == (421, "unknown_host"), path
    assert api("POST", "/v1/queues/q/jobs", b"x", Host="evil.example").status == 421
    assert api("GET", "/", Host="localhost:1").status == 200
    assert api("GET", "/healthz", Host="10.0.0.1").status == 200


def test_a_proxys_name_may_be_allowed(start_api_with):
    api = start_api_with(allow_hosts=["balance.example"])
    assert api("GET", "/", Host="balance.example").status == 200
    assert api("GET", "/", Host="evil.example").status == 421


# What the buttons call.


def test_a_gateway_is_a_part_that_says_how_it_is(api, listen):
    listen(api, "?tables=").until(
        "snapshot", lambda data: data["parts"] and data["parts"][0]["requests"] > 0)
    part, = api("GET", "/v1/parts").json["rows"]
    assert part["kind"] == "gateway" and part["address"] == api.address
    assert part["name"].endswith(":" + api.address.rpartition(":")[2])
    assert part["requests"] > 0 and part["open_connections"] > 0


def test_health_is_told(api):
    assert any("no workers" in text for text in api("GET", "/v1/health").json["warnings"])


def test_a_worker_is_explained(api, shout):
    shout()
    name = api("GET", "/v1/workers").json["rows"][0]["worker"]
    assert api("GET", f"/v1/workers/{name}/explain?last=3").json["rows"][0]["worker"] == name
    assert api("GET", "/v1/workers/nobody/explain").code == "unknown_worker"
    assert api("GET", f"/v1/workers/{name}/explain?last=0").code == "invalid_argument"


def test_jobs_in_quarantine_are_released_or_dropped(start_api, work):
    api = start_api("--max-deaths", 1)
    ids = [api("POST", "/v1/queues/q/jobs", b"x").json["id"] for _ in range(2)]

    def rows():
        return api("GET", "/v1/quarantine").json["rows"]

    worker = work("q", "--exec", "sh -c 'kill -9 $$'")
    wait_for(lambda: len(rows()) == 2)
    worker.kill()
    assert sorted(row["job"] for row in rows()) == sorted(ids)
    released = api("POST", f"/v1/quarantine/{ids[0]}:release").json
    assert released["id"] == ids[0] and released["status"] in ("queued", "running", "delayed")
    assert api("POST", f"/v1/quarantine/{ids[1]}:drop").json["id"] == ids[1]
    assert ids[1] not in [row["job"] for row in rows()]
    again = api("POST", f"/v1/quarantine/{ids[1]}:drop")
    assert (again.status, again.code) == (404, "not_in_quarantine")
    assert api("POST", "/v1/quarantine/x:drop").code == "invalid_argument"
