"""The monitor page is safe with any text, fits any screen, and is legible in light and dark."""

import json

import pytest
from selenium.webdriver.common.keys import Keys

from conftest import wait_for
from http_api import api, start_api  # noqa: F401 (fixtures)
from page_browser import VIEWS, chromium, page  # noqa: F401 (fixtures)
from page_stub import events, queue, snapshot, user, worker

MARKUP = "\"><img src=x onerror=\"window.hacked=1\"><script>window.hacked=1</script>"
GROUP = {"group": MARKUP, "queues": [MARKUP], "wanted": 3, "running": 2, "starting": 1, "min": 1,
         "max": 8, "state": "backing_off", "restarts": 2, "why": MARKUP, "evidence": MARKUP}
PARTS = [{"kind": "hub", "name": MARKUP, "heard_ago_s": 0.4, "host": MARKUP, "machine_load": 37,
          "groups": [GROUP], "warnings": [MARKUP, f"`{MARKUP}`"]},
         {"kind": "gateway", "name": "g", "heard_ago_s": 0.1, "http": MARKUP, "in_flight": 3}]

# The least contrast of any text with what is behind it, and where (WCAG 2.1, 1.4.3).
CONTRAST = """
const numbers = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (rgb) => {
  const [r, g, b] = rgb.slice(0, 3).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92
    : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const behind = (element) => {
  for (let one = element; one; one = one.parentElement) {
    const colour = numbers(getComputedStyle(one).backgroundColor);
    if (colour.length < 4 || colour[3] > 0.99) return colour;
  }
  return [255, 255, 255];
};
let least = [99, ""];
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const element = walk.currentNode.parentElement;
  if (!walk.currentNode.data.trim() || !element.checkVisibility?.()) continue;
  if (element.closest(":disabled, noscript, script")) continue;
  const ink = light(numbers(getComputedStyle(element).color));
  const ground = light(behind(element));
  const ratio = (Math.max(ink, ground) + 0.05) / (Math.min(ink, ground) + 0.05);
  if (ratio < least[0]) least = [ratio, walk.currentNode.data.trim()];
}
return least;
"""


# The tasks that are long by the watch while so many snapshots come. The page watches itself: each
# question from outside would cost it more than it is asked about.
LONG_TASKS_MS = """
const [snapshots, done] = arguments;
const long = [];
const watcher = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) long.push(duration);
});
watcher.observe({ entryTypes: ["longtask"] });
const end = window.taken + snapshots;
const look = () => (window.taken < end ? setTimeout(look, 100) : done(long));
look();
"""


def full(text=None):
    """A yard with something in every view."""
    return [snapshot([queue(i, second, text if i == 0 else None) for i in range(30)],
                     [worker(i, second, text if i == 0 else None) for i in range(40)],
                     [user(i, second, text if i == 0 else None) for i in range(8)],
                     warnings=[text or "queue 'a' waits: `steelyard worker --queue a`"],
                     parts=PARTS, queue_names=[text or "a"]) for second in range(1, 9)]


def test_names_and_texts_full_of_markup_are_only_shown(page, api):
    page.before_its_scripts(events(full(MARKUP), every_ms=200))
    page.open(api.address)
    for view in VIEWS:
        page.go(view)
        if view not in ("job", "quarantine"):
            page.says("<script>window.hacked=1</script>", "#content")
        page.wait("const from = window.from ??= window.taken; if (window.taken > from + 2)"
                  " { window.from = undefined; return true; }")
        assert page.run("return [window.hacked ?? 0, document.images.length,"
                        " document.querySelectorAll('#content script').length]") == [0, 0, 0]
    page.go("queues/" + MARKUP.replace("/", "%2F"))
    page.says(MARKUP, "#content .detail h2")
    assert page.run("return window.hacked ?? 0") == 0


@pytest.mark.parametrize("width", [360, 600, 820, 1280, 1920])
def test_no_screen_scrolls_sideways(page, api, width):
    page.size(width, 740)
    page.before_its_scripts(events(full()))
    page.open(api.address)
    page.is_live()
    for view in [*VIEWS, "queues/queue-1", "job/0123456789abcdef-1"]:
        page.may_fail = True  # nobody knows that job
        page.go(view)
        page.wait("return document.querySelector('#content').innerText.length > 20")
        assert page.overflow_px() <= 0, view


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_all_text_has_contrast_enough(page, api, theme):
    page.before_its_scripts(events(full()))
    page.command("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": theme}])
    page.open(api.address)
    page.is_live()
    for view in [*VIEWS, "queues/queue-1"]:
        page.go(view)
        page.wait("return document.querySelector('#content').innerText.length > 20")
        ratio, text = page.run(CONTRAST)
        assert ratio >= 4.5, f"{view}: '{text}'"


def test_the_chosen_colours_outlive_a_reload(page, api):
    page.command("Emulation.setEmulatedMedia",
                 features=[{"name": "prefers-color-scheme", "value": "light"}])
    page.open(api.address)

    def ground():
        return page.run("return getComputedStyle(document.body).backgroundColor")

    light = ground()
    assert page.text("#theme") == "Colours: system"
    page.press("t", "t")
    assert page.text("#theme") == "Colours: dark"
    dark = ground()
    assert dark != light
    page.open(api.address)
    assert (page.text("#theme"), ground()) == ("Colours: dark", dark)
    page.click("#theme")
    assert (page.text("#theme"), ground()) == ("Colours: system", light)


def test_buttons_that_change_something_are_shown_only_where_allowed(page, api):
    page.before_its_scripts(events(full(), actions=False))
    page.open(api.address, "workers")
    page.says("worker-00001", "#content table")
    assert page.run("return document.querySelectorAll('#content td button').length") == 0


def test_a_table_is_sorted_and_walked_with_keys(page, api):
    page.before_its_scripts(events(full()))
    page.open(api.address, "queues")
    page.says("queue-7", "#content table")
    page.click("[data-sort=queue]")
    page.wait("return document.querySelector('tbody a.name')?.textContent === 'queue-0'")
    assert page.run("return document.querySelector('th[aria-sort]').getAttribute('aria-sort')"
                    ) == "ascending"
    page.run("document.querySelector('tbody a.name').focus()")
    for _ in range(25):
        page.press(Keys.ARROW_DOWN)
    assert page.run("return document.activeElement.textContent") == "queue-25"
    page.press(Keys.ENTER)
    page.says("queue-25", "#content .detail h2")


@pytest.mark.parametrize("value, words", [
    (None, "–"), (0, "0 s"), (0.00085, "850 µs"), (0.0123, "12 ms"), (0.9996, "1.0 s"),
    (3.21, "3.2 s"), (59.97, "1 min"), (250, "4 min 10 s"), (3600, "1 h"), (7500, "2 h 5 min"),
    (273600, "3 d 4 h"),
])
def test_times_are_written_as_people_say_them(page, api, value, words):
    page.open(api.address)
    assert page.module("format.js", f"m.time({json.dumps(value)})") == words


def test_a_series_forgets_nothing_but_what_is_too_old(page, api):
    page.open(api.address)
    said = page.module("series.js", """(() => {
      const table = new m.SeriesTable(3, 2);
      for (const tick of [5, 6, 7, 8]) table.put("a", tick, tick);
      table.put("b", 8, 1);
      table.put("no room", 8, 1);
      const before = [table.last("a", 8, 3), table.at("b", 7), table.at("no room", 8)];
      table.retain(new Set(["b"]));
      table.put("c", 8, 2);
      table.clearTick(9);
      return [...before, table.at("a", 8), table.last("c", 9, 2)].flat()
        .map((value) => (Number.isNaN(value) ? "gap" : value));
    })()""")
    assert said == [6, 7, 8, "gap", "gap", "gap", 2, "gap"]


def test_five_thousand_workers_do_not_slow_it(page, api):
    """All that is done for one snapshot takes less than 50 ms of the processor's time, so no task
    of it is a long one. A watch would also count what other programs take away meanwhile."""
    snapshots = [snapshot([queue(i, second) for i in range(1000)],
                          [worker(i, second) for i in range(5000)],
                          [user(i, second) for i in range(100)]) for second in range(1, 5)]
    page.before_its_scripts(events(snapshots, every_ms=1000))
    page.command("Performance.enable", timeDomain="threadTicks")
    page.open(api.address)
    page.is_live()
    for view in ("now", "queues", "workers", "users"):
        page.go(view)
        page.wait("return window.taken > 2")
        began_s = page.busy_s()
        long_ms = page.driver.execute_async_script(LONG_TASKS_MS, 8)
        per_snapshot_ms = 1000 * (page.busy_s() - began_s) / 8
        print(f"{view}: {per_snapshot_ms:.1f} ms per snapshot; long by the watch: {long_ms} ms")
        assert 0 < per_snapshot_ms < 50, view
        if view == "now":
            continue
        page.run("const box = document.querySelector('.table-box');"
                 "box.scrollTop = box.scrollHeight / 2")
        rows = page.wait("return document.querySelectorAll('tbody tr').length")
        assert 10 < rows < 60, view
    page.go("workers")
    wait_for(lambda: "5,000 workers" in page.text(), what="all of them")


def test_what_a_worker_did_is_corrected_when_its_job_has_ended(page, api):
    """The broker counts work when it is done: till then a second is guessed from one look at it."""
    page.open(api.address)
    said = page.module("timelines.js", """(() => {
      let second = 0;
      const clock = performance.now;
      performance.now = () => second * 1000;
      const table = new m.Timelines();
      const at = Object.fromEntries(["worker", "slots", "running", "doing", "states", "loads",
        "loading_s", "working_s"].map((name, i) => [name, i]));
      const looks = [["idle", 0, 0], ["loading", 0, 0], ["loading", 0, 0], ["working", 0, 0],
        ["working", 0, 0], ["idle", 2, 2.5], ["working", 2, 2.5 + 3 / 7],
        ["idle", 2, 2.5 + 3 / 7]];
      for (const [doing, loading_s, working_s] of looks) {
        second += 1;
        const row = ["w", 1, doing === "idle" ? 0 : 1, doing, ["german"],
          doing === "loading" ? "german" : null, loading_s, working_s];
        table.add({ uptime_s: second, incarnation: "a" }, { rows: [row], at });
      }
      const runs = [];
      table.runs("w", 4000 + second, 10, (first, ticks, state, loading, working) => {
        const shares = [loading, working].map((share) => share.toFixed(2)).join();
        for (let i = 0; i < ticks; ++i) runs.push(shares);
      });
      performance.now = clock;
      return runs;
    })()""")
    assert said == ["0.00,0.00", "0.50,0.00", "1.00,0.00", "0.50,0.50", "0.00,1.00", "0.00,1.00",
                    "0.00,0.43", "0.00,0.00"]
