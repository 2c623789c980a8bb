"""Metrics as Prometheus scrapes them, and the dashboard and alert rules that name them."""

import json
import re
from pathlib import Path

import pytest
import yaml

from conftest import GOLDEN, wait_for
from exposition import Exposition
from http_api import Api, api, shout, start_api, start_api_with, work  # noqa: F401 (fixtures)

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
LABELS_OF_PROMETHEUS = {"instance", "job", "le", "alertname"}


def golden():
    """The type and the labels of each metric that there is."""
    metrics = {}
    for line in (GOLDEN / "metrics.txt").read_text(encoding="utf-8").splitlines():
        name, kind, *labels = line.split(" ")
        metrics[name] = (kind, tuple(labels[0].split(",")) if labels else ())
    return metrics


def scrape(api):
    answer = api("GET", "/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return Exposition(answer.body.decode())


def settled(api, **wanted):
    """Metrics with these values; a scrape may be a second old."""
    def look():
        metrics = scrape(api)
        return metrics if all(metrics.value(f"steelyard_{name}") == value
                              for name, value in wanted.items()) else None
    return wait_for(look, what=wanted)


@pytest.fixture
def busy(start_api, work, tmp_path):
    """An API with a journal that has done something of everything."""
    api = start_api("--journal", tmp_path / "jobs.journal")
    work("q", "--exec", "tr a-z A-Z", "--queue", "broken")
    for user in ("ann", "bob", "other"):
        for _ in range(3):
            done = api("POST", f"/v1/queues/q/jobs?user={user}&wait=30&durability=journal", b"x")
            assert done.status == 200
    api("POST", "/v1/queues/idle/jobs", b"x")
    return api


def test_what_is_scraped_is_the_golden_list(busy):
    metrics = scrape(busy).golden()
    expected = golden()
    assert {name: kind for name, (kind, _) in metrics.items()} == {
        name: kind for name, (kind, _) in expected.items()}
    for name, (_, labels) in metrics.items():
        assert labels is None or labels == expected[name][1], name
    assert sum(labels is not None for _, labels in metrics.values()) > 50


def test_it_equals_what_stats_says(busy, steelyard):
    metrics = settled(busy, jobs_accepted_total=10)
    stats = json.loads(steelyard("stats", "--json").output)
    jobs = stats["jobs"]
    for standing in ("delayed", "queued", "running", "quarantined"):
        assert metrics.value("steelyard_jobs", standing=standing) == jobs[standing]
    for outcome in ("finished", "failed", "cancelled", "expired"):
        assert metrics.value("steelyard_jobs_ended_total", outcome=outcome) == jobs[outcome]
    assert metrics.value("steelyard_attempts_started_total") == stats["attempts"]["dispatched"]
    assert metrics.value("steelyard_queue_jobs_accepted_total", queue="q") == 9
    assert metrics.value("steelyard_queue_jobs", queue="idle", standing="queued") == 1
    assert metrics.value("steelyard_queue_workers", queue="idle") == 0
    assert metrics.value("steelyard_queue_longest_wait_seconds", queue="idle") > 0
    assert metrics.value("steelyard_queue_wait_seconds_count", queue="q") == 9
    assert metrics.value("steelyard_queue_run_seconds_sum", queue="q") > 0
    assert metrics.value("steelyard_user_jobs_accepted_total", user="ann") == 3
    assert metrics.value("steelyard_user_jobs_accepted_total", user="other") == 3
    assert metrics.value("steelyard_workers", doing="idle") == 1
    assert metrics.value("steelyard_journal_failing") == 0
    assert metrics.value("steelyard_gateways") == 1


def test_counters_do_not_go_back(busy):
    before = scrape(busy).counters()
    for _ in range(5):
        assert busy("POST", "/v1/queues/q/jobs?wait=30", b"x").status == 200
    after = settled(busy, jobs_accepted_total=15).counters()
    assert {series for series, value in before.items() if after.get(series, -1) < value} == set()
    assert after["steelyard_http_responses_total", (("class", "2xx"),)] > before[
        "steelyard_http_responses_total", (("class", "2xx"),)]


def test_many_users_are_few_series(start_api):
    api = start_api()
    lines = "".join(json.dumps({"queue": "q", "payload": "x", "user": f"user-{number % 30}"}) + "\n"
                    for number in range(300))
    assert api("POST", "/v1/jobs:batch", lines.encode()).status == 200
    metrics = settled(api, jobs_accepted_total=300)
    users = metrics.families["steelyard_user_jobs_accepted_total"].samples
    assert len(users) == 21
    assert metrics.value("steelyard_user_jobs_accepted_total", user="other") == 100
    assert sum(users.values()) == 300


def test_what_http_does_is_counted(api):
    assert api("GET", "/nowhere").status == 404
    metrics = scrape(api)
    assert metrics.value("steelyard_http_responses_total", **{"class": "4xx"}) == 1
    assert metrics.value("steelyard_http_connections_open") >= 1
    assert metrics.value("steelyard_http_requests_total") >= 2


def test_a_broker_that_is_away_is_no_news(start, start_broker):
    broker = start_broker()
    api = Api(start("gateway", "--http", "127.0.0.1:0"))
    settled(api, broker_up=1, sessions=1)
    broker.running.kill()
    metrics = settled(api, broker_up=0)
    assert metrics.value("steelyard_jobs", standing="queued") is None
    assert metrics.value("steelyard_http_requests_total") > 0
    assert metrics.golden().keys() == golden().keys()


# What names metrics must name ones that there are.


def expressions_of_rules():
    rules = yaml.safe_load((DEPLOY / "prometheus-alerts.yml").read_text(encoding="utf-8"))
    for group in rules["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("warning", "critical")
            assert rule["annotations"].keys() == {"summary", "description"}
            yield rule["alert"], rule["expr"], " ".join(rule["annotations"].values())


def expressions_of_dashboard():
    dashboard = json.loads((DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8"))
    for variable in dashboard["templating"]["list"]:
        yield variable["name"], variable["query"], ""
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


def check_names(where, expression, text):
    """Every metric is of the golden list, and every label one of a metric that is named."""
    metrics = golden()
    labels = set(LABELS_OF_PROMETHEUS)
    for name in re.findall(r"steelyard_\w+", expression):
        base = re.sub("_(bucket|sum|count)$", "", name)
        is_histogram = metrics.get(base, ("", ()))[0] == "histogram"
        assert is_histogram or name in metrics, f"{where}: there is no metric {name}"
        labels |= set(metrics[base if is_histogram else name][1])
    named = re.findall(r"[{,](\w+)(?:=|!=|=~|!~)\"", expression)
    for group in re.findall(r"(?:by|on|without) \(([^)]*)\)", expression):
        named += group.replace(" ", "").split(",")
    named += re.findall(r"\$labels\.(\w+)", text) + re.findall(r"\{\{(\w+)\}\}", text)
    assert set(named) <= labels, f"{where}: there is no label {set(named) - labels}"
    for kind in re.findall(r"(?:rate|increase)\((steelyard_\w+)", expression):
        base = kind.removesuffix("_bucket")
        assert metrics[base][0] in ("counter", "histogram"), f"{where}: rate of a gauge, {kind}"


def test_alert_rules_name_metrics_that_there_are():
    rules = list(expressions_of_rules())
    assert len({name for name, _, _ in rules}) == len(rules) > 10
    for rule in rules:
        check_names(*rule)


def test_the_dashboard_names_metrics_that_there_are():
    panels = list(expressions_of_dashboard())
    assert len(panels) > 20
    for panel in panels:
        check_names(*panel)
    json_text = (DEPLOY / "grafana-dashboard.json").read_text(encoding="utf-8")
    ids = re.findall(r'"id": (\d+)', json_text)
    assert len(set(ids)) == len(ids)


def test_names_that_there_are_not_would_be_seen():
    for wrong in ("steelyard_jobz", "sum by (quue) (steelyard_queue_workers)",
                  "rate(steelyard_jobs[1m])", 'steelyard_jobs{queue="a"}'):
        with pytest.raises(AssertionError):
            check_names("here", wrong, "")


def test_the_example_configuration_scrapes_the_usual_port():
    config = yaml.safe_load((DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
    assert [path for path in config["rule_files"] if not (DEPLOY / path).exists()] == []
    assert config["scrape_configs"][0]["static_configs"][0]["targets"] == ["127.0.0.1:7480"]
