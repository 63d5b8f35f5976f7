#!/usr/bin/python3
# tests/run: may run beside others
"""A store of schema 9, which forgot what a resume superseded, with viewings that went on in every way. What a program of that time
said of it (tests/golden/resumed-9.*) is what is said now, to the byte: by readers that leave the file as it is, and after it was
brought up to date. (The list is laid out anew since; its figures are still those.) And then each viewing's events have the
numbers 1 to N, superseded ones included."""
import difflib
import json
import os
import pathlib
import re
import sqlite3
import sys
import tempfile

from lib import done, ok, run

GOLDEN = "tests/golden/resumed-9."
REPORTS = {"report": [], "report.json": ["--format", "json"]}


def make(path):
    db = sqlite3.connect(path)
    db.executescript(pathlib.Path("tests/stores/resumed-9.sql").read_text(encoding="utf-8"))
    db.execute("PRAGMA journal_mode=WAL")
    db.close()


def without_ranges(lines):
    """An export's lines, but for what a resume says of the numbers around it: that is now told by what it supersedes."""
    events = [json.loads(line) for line in lines]
    for event in events:
        for field in ("from_seq", "to_seq", "place"):
            event.pop(field, None)
        # Told since then: nothing of it came through a collector.
        assert event.pop("device_ms", None) is None
    return events



def reports_the_same(store, how):
    for name, options in REPORTS.items():
        said = run("report", "--recount", "--floor", "1", *options, "--store", store)
        now = said.out.replace('"dated_by_receipt":0,', "", 1)  # told since then
        ok(now == pathlib.Path(GOLDEN + name).read_text(encoding="utf-8"), f"{how}: {name}", said.out + said.err)


def says_the_same(store, how):
    said = run("telemetry", "list", "--store", store)
    ok(said.out == pathlib.Path(GOLDEN + "list").read_text(encoding="utf-8"), f"{how}: list", said.out + said.err)
    export = run("telemetry", "export", "--store", store).out.splitlines()
    ok(without_ranges(export) == without_ranges(pathlib.Path(GOLDEN + "jsonl").read_text(encoding="utf-8").splitlines()),
       f"{how}: export")
    # Lines are folded since then, and what was superseded is told.
    show = re.sub(r"\d+ events? do(es)?\s+not\s+count[^.]*\.", "", run("telemetry", "show", "all", "--store", store).out).split()
    wanted = pathlib.Path(GOLDEN + "show").read_text(encoding="utf-8").split()
    ok(show == wanted, f"{how}: show", "\n".join(difflib.unified_diff(wanted, show)))


def has_no_holes(store):
    lines = [json.loads(line) for line in run("telemetry", "export", "--superseded", "--store", store).out.splitlines()]
    viewings, superseded = {}, 0
    for event in lines:
        if event["record"] != "viewing":
            viewings.setdefault(event["viewing"], []).append(event)
        superseded += event["record"] == "superseded"
    for viewing, events in viewings.items():
        numbers = [e["seq"] for e in events]
        lost = any(e["record"] == "gap" for e in events)
        ok(numbers == sorted(set(numbers)) and (lost or numbers == list(range(1, len(numbers) + 1))),
           f"{viewing[-4:]}: events 1 to {numbers[-1]}", str(numbers))
    ok(superseded > 15, f"{superseded} of all are superseded")


def main():
    os.environ["TZ"] = "UTC"
    with tempfile.TemporaryDirectory(prefix="migrated-") as folder:
        store = f"{folder}/store.sqlite"
        make(store)
        before = pathlib.Path(store).read_bytes()
        says_the_same(store, "read")
        ok(pathlib.Path(store).read_bytes() == before, "the file is as it was")
        reports_the_same(store, "read")
        ok(run("telemetry", "pause", "--store", store).code == 0, "brought up to date")
        db = sqlite3.connect(store)
        ok(db.execute("PRAGMA user_version").fetchone()[0] > 9 and not db.execute("PRAGMA foreign_key_check").fetchall(),
           "with every reference right")
        db.close()
        says_the_same(store, "brought up to date")
        reports_the_same(store, "brought up to date")
        has_no_holes(store)
    return done()


sys.exit(main())
