#!/usr/bin/python3
# tests/run: may run beside others
"""A store from a stranger, with a journal beside it that names a file of ours, or with a trigger that fills the disk: no command
deletes that file, runs that trigger or changes the store's mode. Plain SQLite does, which is shown first."""
import os
import shutil
import sqlite3
import struct
import sys
import tempfile

import lib
from lib import ok, play, run

STORY = """frumious: 1
id: org.example.short
title: Short
version: "1"
start: a
nodes:
  a:
    clip: {card: A., for: 0.2s}
    ending: {id: end, title: The end}
"""
READERS = (["report"], ["telemetry", "list"], ["telemetry", "show", "last"], ["telemetry", "export"], ["telemetry", "status"],
           ["telemetry", "retention"], ["telemetry", "retention", "--now", "--dry-run", "5"])
WRITERS = (["telemetry", "retention", "5"], ["telemetry", "retention", "5", "--now"], ["telemetry", "erase", "all"], ["telemetry", "pause"])
MAGIC = bytes.fromhex("d9d505f920a163d7")


def arm(store, victim):
    """A journal without pages that names the victim as the journal of a transaction over several files."""
    with open(victim, "w") as f:
        f.write("precious\n")
    name, pages = victim.encode(), os.path.getsize(store) // 4096
    header = MAGIC + struct.pack(">5I", 0, 1, pages, 512, 4096)
    lock_page = (1 << 30) // 4096 + 1
    with open(store + "-journal", "wb") as f:
        f.write(header.ljust(512, b"\0") + struct.pack(">I", lock_page) + name + struct.pack(">2I", len(name), sum(name)) + MAGIC)


def count_plainly(store):
    db = sqlite3.connect(store)
    try:
        return db.execute("SELECT count(*) FROM viewing").fetchone()[0]
    finally:
        db.close()


def test_journal(top, base, story):
    store, victim = f"{top}/journal.sqlite", f"{top}/victim.txt"
    shutil.copy(base, store)
    arm(store, victim)
    count_plainly(store)
    ok(not os.path.exists(victim), "plain SQLite deletes the file that a journal names")
    arm(store, victim)
    os.chmod(store, 0o644)
    with open(store, "rb") as f:
        before = f.read()

    def is_untouched():
        with open(store, "rb") as f:
            return (f.read() == before and os.path.exists(victim) and os.path.exists(store + "-journal")
                    and os.stat(store).st_mode & 0o777 == 0o644)

    for reader in READERS:
        r = run(*reader, "--store", store)
        ok(r.code == 0 and "-journal" in r.err and is_untouched(), f"{' '.join(reader)} reads, and says that there is a journal", r)
    r = run("merge", f"{top}/into.sqlite", store)
    ok(r.code == 0 and is_untouched(), "it can be merged from", r)
    for writer in WRITERS:
        r = run(*writer, "--store", store)
        ok(r.code == 3 and "-journal" in r.err and is_untouched(), f"{' '.join(writer)} is refused", r)
    r = run("merge", store, base)
    ok(r.code == 3 and "-journal" in r.err and is_untouched(), "so is a merge into it", r)
    r = play("--store", store, story)
    ok(r.ended() and is_untouched(), "a film plays, and leaves it alone", r)
    ok("-journal" in r.err, "and says that nothing is recorded", r)


def test_trigger(top, base, story):
    store = f"{top}/trigger.sqlite"
    shutil.copy(base, store)
    db = sqlite3.connect(store)
    db.execute("CREATE TABLE fill(x)")
    db.execute("CREATE TRIGGER boom AFTER INSERT ON viewing BEGIN INSERT INTO fill VALUES(zeroblob(1000000)); END")
    db.commit()
    db.execute("INSERT INTO viewing(id, uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, nth) SELECT 900, zeroblob(16), story, started_ms, mode, chooser, time_mode, seed, engine, viewer, nth"
               " FROM viewing LIMIT 1")
    ok(db.execute("SELECT count(*) FROM fill").fetchone() == (1,), "plain SQLite runs the trigger")
    db.rollback()
    db.close()
    size = os.path.getsize(store)
    r = play("--store", store, story)
    ok(r.ended() and "was not made by this program" in r.err, "a film plays; that nothing is recorded, and why, is said", r)
    for command in (["merge", store, base], ["telemetry", "retention", "5", "--store", store]):
        r = run(*command)
        ok(r.code == 3 and "was not made by this program" in r.err, f"{command[0]} is refused", r)
    ok(os.path.getsize(store) == size, "nothing was written", os.path.getsize(store))
    r = play("--store", store, "--trust-store", story)
    ok(r.ended() and os.path.getsize(store) > size + 900000, "--trust-store writes, and runs it", r)


def main():
    with tempfile.TemporaryDirectory(prefix="frumious-") as top:
        lib.set_home(f"{top}/home")
        story, base = f"{top}/story.yaml", f"{top}/base.sqlite"
        with open(story, "w") as f:
            f.write(STORY)
        run("audience", "--store", base, "--viewings", "30", "--levels", "3")
        test_journal(top, base, story)
        test_trigger(top, base, story)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
