"""`steelyard journal` on files as an operator meets them."""

import json
import sqlite3

import pytest


@pytest.fixture
def journal(steelyard, tmp_path):
    """A file that is a journal: an empty one, made as its format is described."""
    path = tmp_path / "jobs.journal"
    with sqlite3.connect(path) as database:
        database.executescript(
            "BEGIN; PRAGMA auto_vacuum=INCREMENTAL;"
            "CREATE TABLE rows(id INTEGER PRIMARY KEY, bytes BLOB NOT NULL);"
            "CREATE TABLE summary(id INTEGER PRIMARY KEY, newest_row INTEGER NOT NULL, "
            "row_count INTEGER NOT NULL, checksum INTEGER NOT NULL);"
            "INSERT INTO summary VALUES(1, 0, 0, 0);"
            f"PRAGMA application_id={0x53596A6C}; PRAGMA user_version=1; COMMIT"
        )
    database.close()
    return path


def test_a_sound_journal_is_said_to_be_sound(steelyard, journal):
    finished = steelyard("journal", "check", str(journal))
    assert (finished.status, finished.errors) == (0, "")
    assert finished.output.startswith(f"{journal} is sound: 0 jobs")
    report = json.loads(steelyard("journal", "check", str(journal), "--json").output)
    assert report["sound"] is True
    assert (report["jobs"], report["rows"]) == (0, 0)


def test_a_damaged_journal_is_refused_and_stays_as_it_is(steelyard, journal):
    damaged = bytearray(journal.read_bytes())
    damaged[4096:4200] = b"x" * 104
    journal.write_bytes(damaged)
    finished = steelyard("journal", "check", str(journal))
    assert finished.status == 1
    assert "the journal is damaged" in finished.errors
    assert "Put a copy of it in its place" in finished.errors
    assert journal.read_bytes() == damaged
    report = json.loads(steelyard("journal", "check", str(journal), "--json").output)
    assert (report["sound"], report["code"]) == (False, "journal_broken")


@pytest.mark.parametrize("command", ["check", "compact", "export"])
def test_what_is_no_journal_is_refused_and_stays_as_it_is(steelyard, tmp_path, command):
    text = tmp_path / "diary.txt"
    text.write_text("Dear diary,")
    finished = steelyard("journal", command, str(text))
    assert finished.status == 1
    assert "does not begin like one" in finished.errors
    assert text.read_text() == "Dear diary,"
    missing = tmp_path / "missing"
    finished = steelyard("journal", command, str(missing))
    assert finished.status == 1
    assert "there is no journal" in finished.errors
    assert not missing.exists()


@pytest.mark.parametrize("command", ["check", "compact", "export"])
def test_a_journal_in_use_is_refused(steelyard, journal, command):
    database = sqlite3.connect(journal, isolation_level=None)
    database.execute("BEGIN EXCLUSIVE")
    finished = steelyard("journal", command, str(journal))
    assert finished.status == 1
    assert "in use by another broker" in finished.errors
    database.close()


def test_compacting_says_what_it_gave_back(steelyard, journal):
    finished = steelyard("journal", "compact", str(journal))
    assert finished.status == 0
    assert [line.split(":")[0] for line in finished.output.splitlines()] == ["before", "after"]


def test_an_empty_journal_exports_nothing(steelyard, journal):
    finished = steelyard("journal", "export", str(journal))
    assert (finished.status, finished.output) == (0, "")
