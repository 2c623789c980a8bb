"""What became of each job, by the word of those who asked for it and those who did it.

Nothing here comes from the program under test: a client under load (steelyard-load-client) writes
down what it hands in and what it hears, and workers (recording_worker.py) what they run.
"""

import collections
import zlib
from dataclasses import dataclass, field
from pathlib import Path

MAX_SHOWN = 5  # of each kind of problem


def result_of(payload):
    """The only right answer. It shows the whole payload, and that somebody worked on it."""
    return f"{payload} {zlib.crc32(payload.encode()):08x}"


def lines_of(path):
    """The whole lines of a file; of one that somebody is writing now, all but the last piece."""
    text = Path(path).read_text(encoding="utf-8") if Path(path).exists() else ""
    return text.rpartition("\n")[0].splitlines()


@dataclass
class Ledger:
    """The jobs of one client: their numbers, and what is known about each."""

    name: str
    payload_bytes: int = 0
    handed: set = field(default_factory=set)
    acknowledged: set = field(default_factory=set)
    answers: dict = field(default_factory=lambda: collections.defaultdict(list))
    failures: dict = field(default_factory=lambda: collections.defaultdict(list))
    runs: collections.Counter = field(default_factory=collections.Counter)
    is_closed: bool = False

    @classmethod
    def read(cls, name, events, runs, payload_bytes=0):
        """From the file of the client's events and the one that all workers write to."""
        ledger = cls(name, payload_bytes)
        for line in lines_of(events):
            ledger.note(line)
        for line in lines_of(runs):
            owner, _, number = line.partition("/")
            if owner == name:
                ledger.runs[int(number)] += 1
        return ledger

    def note(self, line):
        event, _, rest = line.partition(" ")
        number, _, text = rest.partition(" ")
        if event == "handed":
            self.handed.add(int(number))
        elif event == "acknowledged":
            self.acknowledged.add(int(number))
        elif event == "answered":
            self.answers[int(number)].append(text)
        elif event == "failed":
            self.failures[int(number)].append(text)
        else:
            assert event == "closed", line
            self.is_closed = True

    @property
    def repeated_runs(self):
        """Jobs that were run more than once, which is allowed after a loss only."""
        return [number for number, count in self.runs.items() if count > 1]

    def payload(self, number):
        return f"{self.name}/{number}".ljust(self.payload_bytes, ".")

    def problems(self, allowed_failures=()):
        """What is wrong with a client that has ended by itself, in sentences."""
        found = self.problems_of_the_living(allowed_failures)
        answered = self.answers.keys() | self.failures.keys()
        found += shown("never answered", self.handed - answered)
        if not self.is_closed:
            found.append(f"{self.name}: ended without having all answers")
        return found

    def problems_of_the_living(self, allowed_failures=()):
        """What is wrong whether or not the client has ended, or was killed."""
        times = collections.Counter()
        for heard in (self.answers, self.failures):
            for number, texts in heard.items():
                times[number] += len(texts)
        wrong = [number for number, texts in self.answers.items()
                 if any(text != result_of(self.payload(number)) for text in texts)]
        refused = [f"{number} ({text})" for number, texts in self.failures.items()
                   for text in texts if text.partition(" ")[0] not in allowed_failures]
        return (shown("answered more than once", [n for n, count in times.items() if count > 1])
                + shown("answered wrongly", wrong)
                + shown("failed", refused)
                + shown("answered, but never run", self.answers.keys() - self.runs.keys())
                + shown("answered, but never handed in", times.keys() - self.handed)
                + shown("run, but never handed in", self.runs.keys() - self.handed)
                + shown("acknowledged, but never handed in", self.acknowledged - self.handed))

    def lost_although_acknowledged(self):
        """Jobs that the broker had taken and that nobody has run, for a client that was killed and
        a broker that promised to keep them."""
        return shown("acknowledged, but never run", self.acknowledged - self.runs.keys())


def shown(what, numbers):
    """A sentence about these jobs, if there are any."""
    numbers = sorted(numbers, key=str)
    if not numbers:
        return []
    examples = ", ".join(map(str, numbers[:MAX_SHOWN]))
    return [f"{len(numbers)} jobs {what}: {examples}{', …' if len(numbers) > MAX_SHOWN else ''}"]
