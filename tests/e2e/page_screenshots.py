"""Takes the pictures of the monitor page in docs/images/ over a real, varied load.

    STEELYARD_BIN=build/release/steelyard python3 tests/e2e/page_screenshots.py [FOLDER]

Takes some minutes: the charts are to have a past.
"""

import http.client
import json
import os
import random
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from page_browser import VIEWS, Page
from page_yard import WORKER
from png_palette import shrunk

HERE = Path(__file__).resolve().parent
IMAGES = HERE.parent.parent / "docs" / "images"
PAST_S = float(os.environ.get("STEELYARD_PAST_S", "290"))
MODELS = ["llama-8b", "mistral-7b", "qwen-14b"]
LANGUAGES = ["german", "french", "spanish", "polish"]
USERS = {"ada": 3, "grace": 2, "linus": 1, "nightly": 1}
# Each group: queue, workers, states, seconds of work, seconds of loading, jobs per second.
GROUPS = [("chat", 5, MODELS, 0.9, 2.2, 4.0), ("ocr", 4, LANGUAGES, 0.35, 0.6, 7.0),
          ("speech", 2, ["whisper-large"], 1.6, 3.0, 1.1), ("thumbnails", 3, [], 0.08, 0, 22.0)]


class Load:
    """Hands in jobs as they would come: in waves, from users with unequal appetites."""

    def __init__(self, address):
        self._address = address
        self._stop = threading.Event()
        self._chance = random.Random(7)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        began = time.monotonic()
        due = {group[0]: 0.0 for group in GROUPS}
        while not self._stop.wait(0.2):
            at_s = time.monotonic() - began
            wave = 0.75 + 0.45 * (1 if int(at_s / 40) % 2 else -1) * min(1, (at_s % 40) / 8)
            lines = []
            for name, _, states, takes, load, per_s in GROUPS:
                due[name] += 0.2 * per_s * max(wave, 0.25)
                while due[name] >= 1:
                    due[name] -= 1
                    lines.append(self._job(name, states, takes, load))
            if lines:
                post(self._address, "/v1/jobs:batch", "\n".join(lines).encode())

    def _job(self, name, states, takes, load):
        chance = self._chance
        wish = {"takes": round(takes * chance.lognormvariate(0, 0.5), 3), "load": load,
                "steps": 4 if takes > 0.5 else 1}
        if chance.random() < 0.012:
            wish["fail"] = "the page has no text"
        job = {"queue": name, "payload": json.dumps(wish),
               "user": chance.choices(list(USERS), [4, 3, 2, 2])[0],
               "priority": chance.choice([0, 0, 0, 5])}
        if states:
            job["state"] = chance.choices(states, range(len(states), 0, -1))[0]
        return json.dumps(job)

    def end(self):
        self._stop.set()
        self._thread.join()


def post(address, path, body):
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("POST", path, body=body)
    text = connection.getresponse().read()
    connection.close()
    return text


class Yard:
    """A broker, its workers and a gateway, and what they say."""

    def __init__(self, folder):
        self._folder = folder
        self._program = os.environ["STEELYARD_BIN"]
        self._started = []
        weights = [f"--user-weight={name}={weight}" for name, weight in USERS.items()]
        log = self._start("broker", "--listen", "tcp://127.0.0.1:0", "--max-deaths", "2", *weights)
        self.endpoint = said(log, r"listening on (tcp://\S+)")
        log = self._start("gateway", "--http", "127.0.0.1:0", "--broker", self.endpoint)
        self.address = said(log, r"http on (\S+)")
        self._hub()
        for name, workers, _, _, _, _ in GROUPS[:-1]:
            for number in range(1, workers + 1):
                high = ["--priority-min", "5"] if (name, number) == ("chat", 5) else []
                self._start("worker", "--broker", self.endpoint, "--queue", name, "--name",
                            f"{name}-{number}", "--lines", lines(), *high)

    def _hub(self):
        """The thumbnails are done by a hub's group, which follows the load."""
        name, most, *_ = GROUPS[-1]
        group = {"name": name, "queues": [name], "lines": lines(), "min": 1, "max": most}
        config = self._folder / "hub.json"
        config.write_text(json.dumps({"hubs": [
            {"name": "room-1", "broker": self.endpoint, "groups": [group]}]}))
        self._start("hub", config)

    def _start(self, *words):
        log = self._folder / f"{len(self._started)}.log"
        with log.open("wb") as output:
            self._started.append(subprocess.Popen([self._program, *map(str, words)],
                                                  stdin=subprocess.DEVNULL, stdout=output,
                                                  stderr=output))
        return log

    def submit(self, queue, **wish):
        path = f"/v1/queues/{queue}/jobs?user=grace"
        return json.loads(post(self.address, path, json.dumps(wish).encode()))["id"]

    def end(self):
        for process in reversed(self._started):
            process.terminate()
        for process in self._started:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def lines():
    return shlex.join([sys.executable, "-B", str(WORKER)])


def said(log, pattern):
    for _ in range(2000):
        if match := re.search(pattern, log.read_text(errors="replace")):
            return match.group(1)
        threading.Event().wait(0.01)
    raise SystemExit(f"no {pattern} in {log.read_text(errors='replace')}")


def waiting_job(yard):
    """A job that has others before it, for some seconds at least."""
    def hand_in(priority):
        path = f"/v1/queues/chat/jobs?user=ada&state=qwen-14b&priority={priority}"
        return json.loads(post(yard.address, path, b'{"takes": 1.2, "load": 2}'))["id"]

    return [hand_in(priority) for priority in [0] * 30 + [-5]][-1]


def take(page, yard, folder):
    for theme in ("light", "dark"):
        while page.text("#theme") != f"Colours: {theme}":
            page.press("t")
        for view in VIEWS:
            place = f"job/{waiting_job(yard)}" if view == "job" else view
            page.go("queues/ocr" if view == "queues" else place)
            if view == "workers":
                page.run("document.querySelectorAll('.segments button')[2].click()")
            threading.Event().wait(3)
            path = folder / f"monitor-{view}-{theme}.png"
            path.write_bytes(shrunk(page.driver.get_screenshot_as_png()))
            print(path.name, path.stat().st_size // 1000, "kB")


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else IMAGES
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        yard = Yard(Path(temporary))
        page = Page(f"{temporary}/profile", "--hide-scrollbars")
        load = Load(yard.address)
        try:
            page.open(yard.address, "workers")
            threading.Event().wait(PAST_S * 0.6)
            yard.submit("ocr", die="segmentation fault in page 14 of 'scan-0231.tif'")
            yard.submit("invoices")
            threading.Event().wait(PAST_S * 0.4)
            take(page, yard, folder)
        finally:
            load.end()
            page.end()
            yard.end()


if __name__ == "__main__":
    main()
