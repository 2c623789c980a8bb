"""The monitor page in a real browser: Chromium without a screen, with a profile of its own."""

import json
import urllib.parse

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from conftest import wait_for

VIEWS = ["now", "queues", "workers", "users", "job", "quarantine", "parts"]
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--no-first-run", "--disable-dev-shm-usage"]


class Page:
    """The page of one gateway, and what the browser says about it."""

    def __init__(self, folder, *flags):
        options = Options()
        for flag in [*FLAGS, *flags, f"--user-data-dir={folder}"]:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.address = None
        self.may_fail = False  # a gateway that is killed on purpose is an error on the console
        self._in_front = None
        self.size(1280, 800)

    def size(self, width, height):
        self.command("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=1, mobile=False)

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def before_its_scripts(self, script):
        """Runs a script in every page before its own."""
        self._in_front = self.command("Page.addScriptToEvaluateOnNewDocument",
                                      source=script)["identifier"]

    def open(self, address, view="now"):
        """Loads the page anew and waits until it shows a view."""
        self.address = address
        self.driver.get("about:blank")
        self.driver.get(f"http://{address}/#/{view}")
        self.wait("return document.querySelector('#content h1') !== null")

    def go(self, view):
        """Goes to a view of the page that is open."""
        self.run("location.hash = '#/' + arguments[0]", view)
        name = view.partition("/")[0]
        self.wait("return document.querySelector('#content').dataset.view === arguments[0]", name)

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def module(self, name, script):
        """What an expression says of a module of the page, `m`."""
        return self.driver.execute_async_script(
            f"const done = arguments[arguments.length - 1]; import('/monitor/assets/{name}')"
            f".then((m) => ({script})).then(done, (e) => done('error: ' + e))")

    def wait(self, script, *arguments, deadline_s=30):
        """The first true value of a script."""
        return wait_for(lambda: self.run(script, *arguments), deadline_s, what=script)

    def find(self, selector):
        """The first such element that can be seen."""
        def visible():
            return next((one for one in self.driver.find_elements(By.CSS_SELECTOR, selector)
                         if one.is_displayed()), None)
        return wait_for(visible, 30, what=selector)

    def text(self, selector="#content"):
        return self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector)

    def says(self, words, selector="body"):
        """Waits until some element says this."""
        wait_for(lambda: words in self.text(selector), 30, what=f"'{words}' in {selector}")

    def is_live(self):
        self.wait("return document.body.dataset.link === 'live'")

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def click(self, selector):
        self.find(selector).click()

    def confirm(self):
        self.click("dialog [data-yes]")

    def view(self):
        return self.run("return document.querySelector('#content').dataset.view")

    def chart(self, name):
        """The points of each line of a chart, as they are drawn."""
        return self.run(
            "const canvas = document.querySelector(`canvas[data-chart=\"${arguments[0]}\"]`);"
            "const chart = canvas && window.Chart.getChart(canvas);"
            "return chart ? Object.fromEntries(chart.data.datasets.map((set) =>"
            " [set.label, set.data.map(({x, y}) => [x, y])])) : {}", name)

    def busy_s(self):
        """How much of the processor's time the page has taken so far."""
        metrics = self.command("Performance.getMetrics")["metrics"]
        return next(one["value"] for one in metrics if one["name"] == "TaskDuration")

    def overflow_px(self):
        """By how much the page, or what it shows, is wider than there is room."""
        return self.run("const main = document.querySelector('main');"
                        "return Math.max(document.documentElement.scrollWidth - innerWidth,"
                        " main.scrollWidth - main.clientWidth)")

    def reset(self):
        """As new: nothing of one test is there in the next."""
        if self._in_front:
            self.command("Page.removeScriptToEvaluateOnNewDocument", identifier=self._in_front)
            self._in_front = None
        self.size(1280, 800)
        self.command("Emulation.setEmulatedMedia", features=[])
        if self.address:
            self.run("try { localStorage.clear() } catch {}")
        self.driver.get("about:blank")
        self.problems()
        self.strangers()
        self.may_fail = False

    def problems(self):
        """What the console has said since it was asked last."""
        return [entry["message"] for entry in self.driver.get_log("browser")
                if entry["level"] in ("SEVERE", "WARNING")]

    def strangers(self):
        """Where the page has asked something since, besides its own gateway."""
        asked = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = urllib.parse.urlsplit(message["params"]["request"]["url"])
                if url.scheme not in ("data", "about", "chrome"):
                    asked.add(url.netloc)
        return asked - {self.address}

    def end(self):
        self.driver.quit()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    page = Page(tmp_path_factory.mktemp("profile"))
    yield page
    page.end()


@pytest.fixture
def page(chromium, start):
    """The browser for one test. The page must end without an error, and must have asked nobody
    but its gateway. It ends before what `start` has started: a stream that breaks is an error."""
    chromium.reset()
    yield chromium
    chromium.driver.get("about:blank")
    assert chromium.strangers() == set()
    problems = chromium.problems()
    assert chromium.may_fail or not problems, problems
