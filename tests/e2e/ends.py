#!/usr/bin/python3
# tests/run: may run beside others
"""What every command does where there is nothing to read, and where its output can't be written: onto a full disk, into a file that is
closed, into a pipe that nobody reads. It ends as documented, says so, and what it did besides is whole."""
import os
import re
import shutil
import signal
import sqlite3
import sys
import tempfile

sys.dont_write_bytecode = True
from lib import done, make_films, make_story, ok, run, set_home

NOTHING, NO_VIEWING = "Nothing is recorded on this machine.\n", "No viewing was recorded yet.\n"

# Verbs that read a store: their exit code and what they print, where this machine has none, and where a store has no viewing.
READERS = [
    (["report"], (0, NOTHING), (0, NO_VIEWING)), (["report", "--over", "week"], (0, NOTHING), (0, "no viewings")),
    (["report", "--viewers"], (0, NOTHING), (0, "no viewing")), (["report", "--format", "json"], (3, ""), (0, '"frumious-report"')),
    (["report", "--format", "csv"], (3, ""), (0, "story,")), (["report", "--format", "html"], (3, ""), (0, "<!DOCTYPE html>")),
    (["telemetry", "list"], (0, NOTHING), (0, NO_VIEWING)), (["telemetry", "show"], (0, NOTHING), (0, NO_VIEWING)),
    (["telemetry", "show", "all"], (0, NOTHING), (0, NO_VIEWING)), (["telemetry", "show", "last"], (0, NOTHING), (1, "")),
    (["telemetry", "status"], (0, NOTHING), (0, "")), (["telemetry", "note"], (0, NOTHING), (0, "Nothing is noted.\n")),
    (["telemetry", "retention"], (0, NOTHING), (0, "")), (["telemetry", "export"], (3, ""), (0, "")),
    (["telemetry", "export", "--format", "csv"], (3, ""), (0, "record,")), (["telemetry", "export", "--anonymous"], (3, ""), (0, "")),
    (["share", "--status"], (0, "Nothing is shared: nobody was asked yet.\n"), (0, "Nothing is shared: nobody was asked yet.\n")),
]


def test_readers(top):
    home = dict(os.environ, XDG_DATA_HOME=f"{top}/none", XDG_RUNTIME_DIR=f"{top}/runtime")
    os.makedirs(f"{top}/runtime", mode=0o700)
    with open(f"{top}/zero.sqlite", "wb"):
        pass
    made = run("audience", "--store", f"{top}/made.sqlite", "--viewings", "0")
    ok(made.code == 0, "a store without a viewing", made)
    for verb, own, empty in READERS:
        name, writes = " ".join(verb), "--anonymous" in verb or verb[0] == "share"  # what was told is kept, and what was answered
        r = run(*verb, env=home)
        ok(r.code == own[0] and (own[1] in r.out if own[1] else not r.out) and (r.code == 0 or "nothing was recorded there yet" in r.err),
           f"{name}: this machine has no store: {own[0]}", r)
        if writes:
            shutil.copy(f"{top}/zero.sqlite", f"{top}/begun.sqlite")
        for store in ("begun" if writes else "zero", "made"):
            r = run(*verb, "--store", f"{top}/{store}.sqlite", env=home)
            ok(r.code == empty[0] and empty[1] in r.out and (r.out.endswith("\n") or not r.out), f"{name}, {store}: {empty[0]}", r)
        if verb[0] != "share":
            r = run(*verb, "--store", f"{top}/absent.sqlite", env=home)
            ok(r.code == 3 and not r.out.endswith(NOTHING) and "there is no such file" in r.err, f"{name}: a store that is named and not there: 3", r)
    ok(os.path.getsize(f"{top}/zero.sqlite") == 0, "who reads an empty file leaves it one", os.path.getsize(f"{top}/zero.sqlite"))
    ok(not os.path.exists(f"{top}/absent.sqlite") and not os.path.exists(f"{top}/none/frumious/telemetry.sqlite"), "and makes no store")


# ---- output that can't be written ----------------------------------------------------------------------------------

# What each command prints where all is well.
STORY, STORE = "{story}", "{store}"
PRINTS = [
    ["--help"], ["--version"], ["explain"], ["check", STORY], ["check", "--format", "json", STORY], ["try", STORY], ["explore", STORY], ["explore", "--format", "json", STORY],
    ["simulate", "--runs", "50", STORY], ["graph", "--format", "dot", STORY], ["cover", STORY], ["diff", STORY, STORY], ["export", "strings", "--language", "de", STORY],
    ["export", "script", STORY], ["export", "shots", STORY], ["export", "otio", STORY], ["telemetry", "list", "--store", STORE], ["telemetry", "show", "all", "--store", STORE],
    ["telemetry", "status", "--store", STORE], ["telemetry", "export", "--store", STORE], ["telemetry", "explain"], ["telemetry", "path"],
    ["telemetry", "note", "--store", STORE], ["report", "--store", STORE], ["report", "--format", "json", "--store", STORE], ["report", "--format", "html", "--store", STORE],
    ["audience", "--truth"], ["share", "--status"], ["collect", "--schema"], ["play", "--headless", "--no-telemetry", STORY],
]
# What they change besides; "{out}" is a place of its own.
CHANGES = [
    ["merge", "{out}/all.sqlite", STORE], ["audience", "--store", "{out}/made.sqlite", "--viewings", "20"], ["cover", "--transcripts", "{out}/cover", STORY],
    ["explore", "--witness", "{out}/witness", STORY], ["new", "--title", "T", "--language", "en", "{out}/new"], ["pack", "--draft", STORY, "{out}/film.frumious"],
    ["fmt", "{copy}"], ["telemetry", "note", "A day", "--date", "2026-01-31", "--store", "{kept}"], ["telemetry", "erase", "all", "--store", "{kept}"],
    ["telemetry", "pause", "--store", "{kept}"],
]
QUIET = {"fmt"}  # prints nothing where all is well
ELSEWHERE = {"lsp", "doctor", "central", "import"}  # speaks a protocol; judges this machine; needs an engine; needs a file of its own


def unread_pipe():
    read, write = os.pipe()
    os.close(read)
    return os.fdopen(write, "wb")


def test_prints(top, story):
    def args_of(row):
        return [a.replace(STORY, story).replace(STORE, f"{top}/viewings.sqlite") for a in row]
    for row in PRINTS:
        name, args = " ".join(row), args_of(row)
        whole = run(*args)
        ok(whole.code == 0 and whole.out.endswith("\n") and "␊" not in whole.out + whole.err, f"{name}: prints whole lines", whole)
        with open("/dev/full", "wb") as full:
            r = run(*args, stdout=full)
        ok(r.code == 3 and "standard output can't be written" in r.err, f"{name}, onto a full disk: 3, and says so", r)
        with unread_pipe() as pipe:
            r = run(*args, stdout=pipe)
        plays = row[0] == "play"  # the film goes on
        ok(r.code == (3 if plays else -signal.SIGPIPE) and not r.err, f"{name}, into a pipe that nobody reads: ends without a word", r)
        r = run(*args, stdout=None, preexec_fn=lambda: os.close(1))
        ok(r.code == 0 and not r.err, f"{name}, standard output is closed: as told", r)
        with open("/dev/full", "wb") as full:
            r = run(*args, stderr=full)
        ok(r.code == 0 and r.out.endswith("\n"), f"{name}, messages onto a full disk: the answer comes", r)
        r = run(*args, stderr=None, preexec_fn=lambda: os.close(2))
        ok(r.code == 0 and r.out.endswith("\n"), f"{name}, standard error is closed: the answer comes", r)


def contents(folder):
    """What files and stores hold; ids and times of what is made anew differ."""
    found = {}
    for at, _, files in os.walk(folder):
        for f in files:
            path = os.path.relpath(f"{at}/{f}", folder)
            if f.endswith(".sqlite"):
                db = sqlite3.connect(f"{at}/{f}")
                found[path] = [db.execute(q).fetchall() for q in ("SELECT count(*) FROM viewing", "SELECT count(*) FROM outcome", "SELECT text FROM note",
                                                                 "SELECT paused_ms IS NULL, erased FROM control", "PRAGMA integrity_check")]
                db.close()
            elif not f.endswith(("-wal", "-shm")):
                with open(f"{at}/{f}", "rb") as opened:
                    found[path] = opened.read()
    return found


def test_changes(top, story):
    for row in CHANGES:
        name, results = " ".join(row), []
        for how in ("read", "full", "pipe", "closed"):
            out = f"{top}/{how}"
            shutil.rmtree(out, ignore_errors=True)
            os.makedirs(out)
            shutil.copy(story, f"{out}/copy.yaml")
            shutil.copy(f"{top}/viewings.sqlite", f"{out}/kept.sqlite")
            args = [a.replace(STORY, story).replace(STORE, f"{top}/viewings.sqlite").replace("{out}", out).replace("{copy}", f"{out}/copy.yaml")
                    .replace("{kept}", f"{out}/kept.sqlite") for a in row]
            if how == "closed":
                r = run(*args, stdout=None, preexec_fn=lambda: os.close(1))
            elif how == "read":
                r = run(*args)
            else:
                with (open("/dev/full", "wb") if how == "full" else unread_pipe()) as nowhere:
                    r = run(*args, stdout=nowhere)
            wanted = {"read": 0, "closed": 0, "full": 3, "pipe": -signal.SIGPIPE}[how] if row[0] not in QUIET else 0
            ok(r.code == wanted, f"{name}, {how}: {wanted}", r)
            results.append(contents(out))
        ok(all(r == results[0] for r in results) and results[0], f"{name}: what it did is the same, whoever reads what it says", [sorted(r) for r in results])


def test_all_are_here():
    listed = set(re.findall(r"^  (\w+) +[a-z]", run("--help").out.split("Options:")[0], re.M))
    here = {row[0] for row in PRINTS + CHANGES} | ELSEWHERE
    ok(listed and listed <= here, "every command is tested, or said why not", listed - here)


def main():
    with tempfile.TemporaryDirectory(prefix="frumious-ends-") as top:
        set_home(f"{top}/home")
        make_films(f"{top}/films")
        story = make_story(f"{top}/films", f"{top}/story")
        r = run("audience", "--store", f"{top}/viewings.sqlite", "--viewings", "40")
        ok(r.code == 0, "viewings to read", r)
        test_all_are_here()
        test_readers(top)
        test_prints(top, story)
        test_changes(top, story)
    return done()


if __name__ == "__main__":
    sys.exit(main())
