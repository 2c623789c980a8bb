"""The monitor page shows the truth, follows it, and does what its buttons say."""

import json

from conftest import wait_for
from page_browser import VIEWS, chromium, page  # noqa: F401 (fixtures)
from page_yard import page_yard, start_page_yard  # noqa: F401 (fixtures)
from selenium.webdriver.common.keys import Keys

LEDGER = """
return Object.fromEntries([...document.querySelectorAll("[data-job][data-value]")]
  .map((one) => [one.dataset.job, Number(one.dataset.value)]))
"""


def highest(points):
    return max((y for _, y in points if y is not None), default=0)


def test_charts_move_while_a_load_runs(page, page_yard):
    page_yard.worker("w1", "--slots", 4)
    page.open(page_yard.address)
    page.is_live()
    load = page_yard.load(6000, takes=0.002)

    def throughput():
        return page.chart("throughput").get("finished", [])

    wait_for(lambda: highest(throughput()) > 10, what="throughput in the chart")
    wait_for(lambda: highest(page.chart("jobs")["waiting"]) > 0, what="jobs that wait")
    seen = len(throughput())
    wait_for(lambda: len(throughput()) > seen + 1, what="more points")
    assert load.wait() == 0
    page_yard.settle()
    wait_for(lambda: throughput()[-1][1] == 0, what="the chart to come down")
    page.open(page_yard.address)
    wait_for(lambda: highest(throughput()) > 10, what="the past after the page was loaded anew")


def test_its_numbers_are_those_of_stats(page, page_yard):
    page_yard.worker("w1", "--slots", 2)
    page.open(page_yard.address)
    assert page_yard.load(50).wait() == 0
    assert page_yard.load(5, fail="no paper").wait() == 1
    page_yard.submit("--delay", 3600)
    page_yard.submit(queue="nobody")
    told = page_yard.report("stats")
    assert (told["jobs"]["finished"], told["jobs"]["failed"]) == (50, 5)

    def shown():
        return page.run(LEDGER)

    wait_for(lambda: shown() == {name: told["jobs"][name] for name in shown()} and shown(),
             what=f"{told['jobs']}")
    assert page.text("[data-figure=workers]") == "1"
    assert page.text("[data-figure=queued]") == str(told["jobs"]["queued"]) == "1"
    page.go("queues")
    page.says("nobody")
    [row] = [row for row in page_yard.report("ls", "queues")["rows"] if row["queue"] == "q"]
    cells = page.wait("const row = [...document.querySelectorAll('tbody tr')]"
                      ".find((row) => row.querySelector('a.name')?.textContent === 'q');"
                      "return row && Object.fromEntries([...row.children]"
                      ".map((cell) => [cell.dataset.key, cell.textContent]))")
    for name in ("queued", "finished", "failed", "running"):
        assert cells[name] == str(row["jobs"][name]), name


def test_what_is_wrong_stands_first_with_the_command_to_type(page, page_yard):
    page_yard.submit(queue="orphans")
    page.open(page_yard.address)
    page.says("no worker serves it", "#content .alarms")
    commands = page.run("return [...document.querySelectorAll('.alarms code')]"
                        ".map((one) => one.textContent)")
    assert "steelyard worker --queue orphans --exec COMMAND" in commands
    page_yard.worker("w1", queue="orphans")
    page.says("All is well", "#content")


def test_a_killed_broker_is_said_and_its_return_noticed(page, page_yard):
    page.open(page_yard.address)
    page.is_live()
    page_yard.submit()
    page_yard.broker.kill()
    page.says("Disconnected. The broker does not answer", "#banner")
    page.says("steelyard broker", "#banner")
    assert page.text("#link") == "no broker"
    assert page.run("return getComputedStyle(document.querySelector('.view')).opacity") < "1"
    page_yard.restart_broker()
    page.is_live()
    assert not page.find("#link").text.startswith("no")
    page.wait("return document.querySelector('#banner').hidden")
    page.says("0", "[data-figure=queued]")
    page_yard.load(20)
    page.says("20", "[data-job=accepted]")


def test_a_killed_gateway_is_said_and_its_return_noticed(page, page_yard):
    page.may_fail = True
    page.open(page_yard.address)
    page.is_live()
    page_yard.gateway.kill()
    page.says("Disconnected. The gateway does not answer.", "#banner")
    page.says("Next try in", "#banner")
    page_yard.restart_gateway()
    page.is_live()
    page.wait("return document.querySelector('#banner').hidden")


def test_the_page_of_a_gateway_without_a_broker_says_so(page, page_yard):
    page_yard.broker.kill()
    page.open(page_yard.address)
    page.says("The broker does not answer", "#banner")
    page_yard.restart_broker()
    page.is_live()


def test_drain_asks_and_then_drains(page, page_yard):
    worker = page_yard.worker("w1")
    page.open(page_yard.address, "workers")
    page.click("button[data-worker=w1]")
    page.says("Drain w1?", "dialog")
    page.click("dialog button.quiet")
    page.wait("return document.querySelector('dialog') === null")
    assert page_yard.report("ls", "workers")["rows"][0]["draining"] is False
    page.click("button[data-worker=w1]")
    page.confirm()
    assert worker.wait() == 0
    page.says("w1 drains", "#said")
    page.says("No workers.", "#content")


def test_a_jobs_story_says_why_it_waits_and_cancel_ends_it(page, page_yard):
    page_yard.worker("w1")
    running = page_yard.submit(takes=3600, steps=36000)
    job = page_yard.submit("--state", "german", "--user", "ada")
    page.open(page_yard.address, "job")
    page.says(job, "#content table")
    page.press("/", job, Keys.ENTER)
    page.says("it is the first for state german", "#content .lines")
    page.says("nobody holds it", "#content .lines")
    page.click("[data-cancel]")
    page.confirm()
    page.says("cancelled", "#content .status")
    assert page_yard.standing(job) == "cancelled"
    page.go(f"job/{running}")
    page.says("running", "#content .status")
    page.says("Given to w1", "#content .lines")
    page.go("job/0123456789abcdef-9")
    page.says("0123456789abcdef-9", "#content")
    page.may_fail = True  # the console names every answer of 404
    page.go("job/no-such-thing")
    page.says("An id is printed by", "#content")
    page_yard.steelyard("cancel", running)


def test_quarantine_shows_the_evidence_and_decides(page, start_page_yard):
    yard = start_page_yard("--max-deaths", 1)
    yard.worker("w1")
    bad = [yard.submit(die="out of <b>memory</b>") for _ in range(2)]
    wait_for(lambda: [yard.standing(job) for job in bad] == ["quarantined"] * 2,
             what="two jobs in quarantine")
    page.open(yard.address, "quarantine")
    page.says("out of <b>memory</b>", "#content pre")
    page.says("2", "nav a[data-view=quarantine] .badge")
    page.click(f"[data-drop='{bad[0]}']")
    page.confirm()
    page.wait("return document.querySelectorAll('article').length === 1")
    assert yard.standing(bad[0]) in ("gone", "unknown", "cancelled")
    page.click(f"[data-release='{bad[1]}']")
    page.confirm()
    page.says(f"{bad[1]} is queued again", "#said")
    wait_for(lambda: [row["job"] for row in yard.report("quarantine", "ls")["rows"]] == [bad[1]],
             what="it to have died once more")


def test_a_workers_band_shows_what_it_did(page, page_yard):
    page_yard.worker("w1")
    page.open(page_yard.address, "workers")
    page.is_live()
    for state in ("german", "french"):
        assert page_yard.load(1, "--state", state, takes=1.2, load=1.2).wait() == 0
    page.says("french", "#content .legend")
    coloured = page.wait(
        "const canvas = document.querySelector('canvas.painted');"
        "const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, 40);"
        "const seen = new Set();"
        "for (let i = 0; i < data.length; i += 4) {"
        "  if (data[i + 3] === 255) seen.add(data.slice(i, i + 3).join());"
        "}"
        "return seen.size >= 3 && [...seen]")
    assert coloured
    page.wait("return ['49 %', '50 %', '51 %'].includes("
              "document.querySelector('td[data-key=loading]').textContent)")


def test_what_a_job_answers_is_shown_as_text(page, page_yard):
    page_yard.worker("w1")
    markup = "<img src=x onerror='window.hacked=1'>"
    failed = page_yard.submit(fail=markup)
    done = page_yard.submit(result=markup)
    wait_for(lambda: page_yard.standing(failed) == "failed", what="the failure")
    wait_for(lambda: page_yard.standing(done) == "finished", what="the result")
    page.open(page_yard.address, f"job/{failed}")
    page.says(markup, "#content")
    page.go(f"job/{done}")
    page.says(markup, "#content pre")
    assert page.run("return [window.hacked ?? 0, document.images.length]") == [0, 0]


def test_every_view_is_reached_by_keys_and_asks_nobody_else(page, page_yard):
    page_yard.worker("w1")
    page.open(page_yard.address)
    page.is_live()
    for number, view in enumerate(VIEWS, 1):
        page.press(str(number))
        wait_for(lambda: page.view() == view, what=view)
        link = page.run("const link = document.querySelector('nav [aria-current=page]');"
                        "return link.dataset.view")
        assert link == view
        assert page.run("return document.title").endswith("Steelyard")
    page.press("2")
    page.wait("return document.querySelector('[data-filter]') !== null")
    page.press("/")
    assert page.run("return document.activeElement.matches('[data-filter]')")
    page.press("no such queue 7")
    page.says("Escape clears the filter", "#content")
    assert page.view() == "queues"
    page.press(Keys.ESCAPE)
    page.wait("const text = document.querySelector('#content').innerText;"
              "return !text.includes('Escape clears the filter')")
    page.wait("return [...document.querySelectorAll('tbody a.name')]"
              ".some((one) => one.textContent === 'q')")
    page.press(Keys.ESCAPE, "?")
    page.says("this list", "dialog")
    page.press(Keys.ESCAPE)
    page.wait("return document.querySelector('dialog') === null")
    page.press(Keys.TAB)
    assert page.run("return document.activeElement !== document.body")


def test_a_story_says_how_a_finished_load_is_spread(page, page_yard):
    page_yard.worker("w1")
    assert page_yard.load(7, takes=0.02).wait() == 0
    page.open(page_yard.address, "queues/q")
    page.says("Computing in all", "#content .detail")
    page.wait("return [...document.querySelectorAll('.histogram')].every((one) =>"
              " [...one.querySelectorAll('.bar-value')].reduce((sum, bar) =>"
              " sum + Number(bar.textContent), 0) === 7)")
    told = json.dumps(page_yard.report("stats")["jobs"]["finished"])
    assert page.run("return document.querySelector('.detail dd').textContent") == told
