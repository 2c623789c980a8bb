"""A terminal for tests: a program runs in it, keys are pressed, and what it shows is read."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading
import time

PATIENCE_S = 30
# As a terminal sends them after ncurses has put its keypad into application mode.
KEYS = {"up": "\x1bOA", "down": "\x1bOB", "end": "\x1bOF", "tab": "\t", "enter": "\r",
        "escape": "\x1b", "backspace": "\x7f"}

CONTROL = re.compile(
    r"\x1b\[(?P<arguments>[?0-9;]*)(?P<final>[A-Za-z@`])|\x1b[()][A-Z0-9]|\x1b[=>78MH]|[\x00-\x1f]"
    r"|\x1b\]0?.*?(?:\x07|\x1b\\)", re.S)


class Screen:
    """As much of an xterm as ncurses uses of one: where the cursor is, what is written and erased.

    A sequence that is not known fails the test: what is shown would not be what a person sees."""

    def __init__(self, columns, lines):
        self.resize(columns, lines)
        self.alternate = False
        self.visible_cursor = True
        self._rest = ""

    def resize(self, columns, lines):
        self.columns, self.lines = columns, lines
        self.rows = [[" "] * columns for _ in range(lines)]
        self.at = [0, 0]
        self.region = (0, lines - 1)
        self._last = " "

    def text(self):
        return "\n".join("".join(row).rstrip() for row in self.rows)

    def feed(self, text):
        text = self._rest + text
        place = 0
        self._rest = ""
        while place < len(text):
            if text[place] >= " " and text[place] != "\x7f":
                self._write(text[place])
                place += 1
                continue
            found = CONTROL.match(text, place)
            if not found:
                assert len(text) - place < 32, f"unknown: {text[place:place + 32]!r}"
                self._rest = text[place:]
                return
            self._control(found)
            place = found.end()

    def _write(self, sign):
        if self.at[1] >= self.columns:
            self.at = [self.at[0], 0]
            self._line_feed()
        self.rows[self.at[0]][self.at[1]] = self._last = sign
        self.at[1] += 1

    def _line_feed(self):
        if self.at[0] == self.region[1]:
            self._scroll(1)
        else:
            self.at[0] = min(self.at[0] + 1, self.lines - 1)

    def _scroll(self, count):
        top, bottom = self.region
        for _ in range(abs(count)):
            blank = [" "] * self.columns
            if count > 0:
                del self.rows[top]
                self.rows.insert(bottom, blank)
            else:
                del self.rows[bottom]
                self.rows.insert(top, blank)

    def _control(self, found):
        whole, final = found.group(), found["final"]
        if final is None:
            self._single(whole)
            return
        words = found["arguments"].lstrip("?").split(";")
        numbers = [int(word) if word else 0 for word in words]
        first = max(numbers[0], 1)
        line, column = self.at
        if whole.startswith("\x1b[?"):
            self._mode(numbers, final == "h")
        elif final in "Hf":
            second = max(numbers[1], 1) if len(numbers) > 1 else 1
            self.at = [min(first, self.lines) - 1, min(second, self.columns) - 1]
        elif final in "ABCDGd`":
            self.at = {"A": [max(line - first, 0), column],
                       "B": [min(line + first, self.lines - 1), column],
                       "C": [line, min(column + first, self.columns - 1)],
                       "D": [line, max(column - first, 0)],
                       "G": [line, first - 1], "`": [line, first - 1],
                       "d": [first - 1, column]}[final]
        elif final == "J":
            if numbers[0] == 0:
                self._erase(line, column, self.columns)
            for other in range(line + 1 if numbers[0] == 0 else 0, self.lines):
                self._erase(other, 0, self.columns)
        elif final == "K":
            begin, end = [(column, self.columns), (0, column + 1), (0, self.columns)][numbers[0]]
            self._erase(line, begin, end)
        elif final == "X":
            self._erase(line, column, min(column + first, self.columns))
        elif final == "b":
            for _ in range(first):
                self._write(self._last)
        elif final == "P":
            self.rows[line] = self.rows[line][:column] + self.rows[line][column + first:]
            self.rows[line] += [" "] * (self.columns - len(self.rows[line]))
        elif final == "@":
            self.rows[line][column:column] = [" "] * first
            self.rows[line] = self.rows[line][:self.columns]
        elif final in "LM":
            saved, self.region = self.region, (line, self.region[1])
            self._scroll(first if final == "M" else -first)
            self.region = saved
        elif final in "ST":
            self._scroll(first if final == "S" else -first)
        elif final == "r":
            bottom = numbers[1] if len(numbers) > 1 and numbers[1] else self.lines
            self.region = (first - 1, bottom - 1)
            self.at = [0, 0]
        else:
            assert final in "mhlt", f"unknown: {whole!r}"

    def _mode(self, numbers, on):
        if 1049 in numbers:
            self.alternate = on
            if on:
                self.rows = [[" "] * self.columns for _ in range(self.lines)]
        if 25 in numbers:
            self.visible_cursor = on

    def _single(self, sign):
        if sign == "\r":
            self.at[1] = 0
        elif sign == "\n":
            self._line_feed()
        elif sign == "\b":
            self.at[1] = max(self.at[1] - 1, 0)
        elif sign == "\x1bM":
            if self.at[0] == self.region[0]:
                self._scroll(-1)
            else:
                self.at[0] -= 1

    def _erase(self, line, begin, end):
        self.rows[line][begin:end] = [" "] * (end - begin)


class Terminal:
    """A program at a terminal of its own."""

    def __init__(self, words, environment, columns=80, lines=24):
        self.screen = Screen(columns, lines)
        self._lock = threading.Lock()
        self.master, slave = pty.openpty()
        self._set_size(columns, lines)
        self.settings_before = termios.tcgetattr(slave)
        self.process = subprocess.Popen(
            words, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            env={"TERM": "xterm-256color"} | environment | {"LC_ALL": "C.UTF-8"},
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        self.slave = slave
        self.said = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        rest = b""
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:
                return
            if not data:
                return
            rest += data
            text = rest.decode(errors="ignore")
            rest = b"" if text.encode() == rest else rest[len(text.encode()):]
            with self._lock:
                self.said += text
                self.screen.feed(text)

    def _set_size(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def resize(self, columns, lines):
        with self._lock:
            self.screen.resize(columns, lines)
            self._set_size(columns, lines)

    def press(self, *keys):
        for key in keys:
            os.write(self.master, KEYS.get(key, key).encode())

    def text(self):
        with self._lock:
            return self.screen.text()

    def line_with(self, words):
        return next((line for line in self.text().splitlines() if words in line), None)

    def shows(self, words, patience_s=PATIENCE_S):
        """Waits until the screen shows `words`; the line."""
        return self.waits(lambda: self.line_with(words), f"{words!r}", patience_s)

    def waits(self, condition, what, patience_s=PATIENCE_S):
        end = time.monotonic() + patience_s
        while True:
            value = condition()
            if value:
                return value
            assert time.monotonic() < end, f"no {what} on:\n{self.text()}\n{self.said[-500:]!r}"
            assert self.process.poll() is None or condition(), f"ended:\n{self.text()}"
            select.select([], [], [], 0.01)

    def wait(self):
        """Its exit status, once it has ended by itself and all that it wrote was read."""
        status = self.process.wait(PATIENCE_S)
        while select.select([self.master], [], [], 0)[0]:
            select.select([], [], [], 0.01)
        return status

    def is_as_it_was(self):
        """Whether settings, screen and cursor are as the program found them."""
        return (termios.tcgetattr(self.slave) == self.settings_before
                and not self.screen.alternate and self.screen.visible_cursor)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_S)
        os.close(self.slave)
        self._reader.join(PATIENCE_S)
        os.close(self.master)
