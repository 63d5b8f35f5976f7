#!/usr/bin/python3
# tests/run: may run beside others
"""Telemetry hides nothing and tells nobody: every verb on a store that a film is being played into, pausing and erasing
meanwhile, with a reader and after a kill; the README's examples; and no network, as strace sees it."""
import csv
import glob
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import uuid

import jsonschema

import lib
from lib import PROGRAM, ok, play, rows, run, skip, try_rows, wait_for

# A film without end, unless somebody picks otherwise; a decision every second.
STORY = """frumious: 1
id: org.example.round
title: Round and round
version: "1"
start: a
nodes:
  a:
    clip: {card: A., for: 0.6s}
    decision: {id: which, prompt: On?, opens: 0.1s, for: 0.4s, default: on,
               options: {on: {text: On, goto: b}, out: {text: Out, goto: over}}}
  b:
    clip: {card: B., for: 0.3s}
    next: a
  over:
    clip: {card: Over., for: 0.5s}
    ending: {id: end, title: The end}
"""


PLAYS = 8


class Playing:
    """A film that plays in real time, off-screen. Its lines on standard output tell that it goes on."""

    def __init__(self, store, story, *before, env=None):
        self.out = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([*before, PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--store",
                                         store, story], stdout=self.out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                        env=env)

    def lines(self):
        self.out.seek(0)
        return self.out.read().splitlines()

    def goes_on(self, n=6):
        """Waits for n more lines."""
        before = len(self.lines())
        return wait_for(lambda: len(self.lines()) >= before + n or self.process.poll() is not None,
                        "the film goes on") and self.process.poll() is None

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        self.process.wait(timeout=lib.PATIENCE)


def events(store):
    tables = ("visit", "leave", "exposure", "outcome")
    return sum(n for (n,) in rows(store, " UNION ALL ".join(f"SELECT count(*) FROM {t}" for t in tables)))


def holds(store, wanted):
    """Files of the store, and queues in shared memory that nobody is at, in which the bytes are found."""
    found = []
    for name in glob.glob(store + "*"):
        with open(name, "rb") as f:
            if wanted in f.read():
                found.append(name)
    return found


def copy(top, name):
    """A store of its own for a test, with PLAYS plays in it."""
    for suffix in ("", "-wal"):
        if os.path.exists(f"{top}/plays.sqlite{suffix}"):
            shutil.copy(f"{top}/plays.sqlite{suffix}", f"{top}/{name}.sqlite{suffix}")
    return f"{top}/{name}.sqlite"


def id_of(store, which="max(id)"):
    return rows(store, f"SELECT uuid FROM viewing WHERE id = (SELECT {which} FROM viewing)")[0][0]


def test_playing(story, top):
    store = f"{top}/playing.sqlite"
    film = Playing(store, story)
    try:
        wait_for(lambda: try_rows(store, "SELECT 1 FROM outcome LIMIT 1"), "something is recorded")
        for verb, word in (("status", "viewings"), ("list", "Round and round"), ("show", "Round and round")):
            r = run("telemetry", verb, "--store", store)
            ok(r.code == 0 and word in r.out and not r.err, f"{verb} while a film plays", r)
        r = run("telemetry", "export", "--store", store)
        ok(r.code == 0 and '"outcome"' in r.out and not r.err, "export while a film plays", r)
        first = id_of(store)
        ok(holds(store, first), "the search for bytes finds the viewing")

        r = run("telemetry", "pause", "--store", store)
        ok(r.code == 0 and "Nothing is recorded" in r.out, "pause", r)
        before = events(store)
        ok(film.goes_on() and events(store) == before, "the film goes on and nothing more is recorded",
           f"{before} and {events(store)}\n{film.lines()}")
        ok(rows(store, "SELECT DISTINCT why FROM gap") == [(3,)], "but that it was paused")
        r = run("telemetry", "status", "--store", store)
        ok("paused" in r.out, "status says so", r)
        ok(run("telemetry", "resume", "--store", store).code == 0, "resume")
        ok(wait_for(lambda: events(store) > before + 2, "it is recorded again"), "and it is recorded again")

        aside = f"{store}.damaged-20260101T000000Z"
        with open(aside, "wb"):
            pass
        r = run("telemetry", "erase", "last", "--store", store)
        ok(r.code == 0 and "Erased 1 viewing" in r.out and "Nothing that was erased is left" in r.out, "erase the viewing that goes on", r)
        ok(os.path.exists(aside) and aside in r.err and "leftovers" in r.err, "a damaged store that was set aside is only named", r)
        os.remove(aside)
        ok(not holds(store, first), "no file of the store holds its id", holds(store, first))
        ok(film.goes_on() and rows(store, "SELECT count(*) FROM viewing") == [(0,)], "the film goes on; nothing comes back")
    finally:
        film.end()
    ok(film.process.returncode in (130, -signal.SIGTERM) and not holds(store, first), "nor at its end", film.lines()[-3:])
    ok(rows(store, "PRAGMA integrity_check") == [("ok",)] and rows(store, "SELECT erased FROM control") == [(1,)], "the store is sound")
    r = play("--store", store, "--choose", "random", "--seed", "7", story)
    ok(r.ended() and rows(store, "SELECT count(*) FROM v_viewing WHERE reason = 'ended'") == [(1,)], "the next play is recorded", r)


def test_reader(story, top):
    store = f"{top}/reader.sqlite"
    play("--store", store, "--choose", "random", "--seed", "7", story)
    wanted = id_of(store)
    reader = sqlite3.connect(store, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM viewing").fetchall()
    r = run("telemetry", "erase", "all", "--store", store)
    ok(r.code == 1 and "Erased 1" in r.out and "waiting for" in r.err and "leftovers" in r.err and "No byte" not in r.out,
       "somebody reads: erase says what it waits for", r)
    if re.search(r"process \d", r.err):
        ok(f"process {os.getpid()} " in r.err, "and who reads", r)
    else:
        skip("and who reads", "the kernel does not tell here")
    reader.execute("COMMIT")
    reader.close()
    r = run("telemetry", "erase", "leftovers", "--store", store)
    ok(r.code == 0 and "Nothing that was erased is left" in r.out and not holds(store, wanted), "later the rest goes", f"{r}\n{holds(store, wanted)}")
    for what in ("leftovers", "all"):
        with open(f"{store}.damaged-20260101T000000Z", "wb") as f:
            f.write(wanted)
        ok(holds(store, wanted), "a damaged store that was set aside holds it")
        r = run("telemetry", "erase", what, "--store", store)
        ok(r.code == 0 and "Deleted" in r.out and not glob.glob(f"{store}.damaged*"), f"with {what}, damaged stores set aside go as well", r)


MEMORY = os.environ.get("XDG_RUNTIME_DIR", f"/dev/shm/frumious-{os.getuid()}")


def in_memory(viewing):
    """The files there that know of this viewing, by their names or by what they hold."""
    words, found = str(uuid.UUID(bytes=viewing)), []
    for name in glob.glob(f"{MEMORY}/**", recursive=True):
        try:
            with open(name, "rb") as f:
                held = f.read()
        except OSError:
            continue
        if words in name or words.encode() in held or viewing in held:
            found.append(name)
    return found


def test_killed(story, top):
    """What a killed play left in memory does not come back after an erasure."""
    store = f"{top}/killed.sqlite"
    film = Playing(store, story)
    wait_for(lambda: try_rows(store, "SELECT 1 FROM outcome LIMIT 1"), "something is recorded")
    film.end(signal.SIGKILL)
    wanted = id_of(store)
    ok(in_memory(wanted), "what was recorded last lies in memory", os.listdir(MEMORY))
    r = run("telemetry", "erase", "all", "--store", store)
    ok(r.code == 0 and "Erased 1" in r.out and not holds(store, wanted), "a killed play is erased", r)
    ok(not in_memory(wanted), "and nothing of it is left there", in_memory(wanted))
    r = play("--store", store, "--choose", "random", "--seed", "7", story)
    ok(r.ended() and rows(store, "SELECT count(*) FROM viewing") == [(1,)] and id_of(store) != wanted, "nor comes back", r)


def test_stopped(story, top):
    """A process that was stopped, as a machine that slept: the time is in no length. Nothing here can fail for being slow."""
    store = f"{top}/stopped.sqlite"
    began = time.monotonic()
    film = Playing(store, story)
    try:
        wait_for(lambda: try_rows(store, "SELECT 1 FROM outcome LIMIT 1"), "something is recorded")
        film.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: open(f"/proc/{film.process.pid}/stat").read().rsplit(")", 1)[1].split()[0] == "T", "the process is stopped")
        stopped = time.monotonic()
        before = events(store)
        time.sleep(4)
        ok(events(store) == before, "the process stands")
        stopped = time.monotonic() - stopped
        film.process.send_signal(signal.SIGCONT)
        ok(film.goes_on(), "and goes on", film.lines())
    finally:
        film.end()
    most = int((time.monotonic() - began - stopped) * 1000) + 1
    (last, played), = rows(store, "SELECT (SELECT max(at_ms) FROM leave), (SELECT sum(playing_us) / 1000 FROM leave)")
    ok(0 < last <= most and 0 < played <= most, "four seconds without the film are in no length", f"{last}, {played} of {most}")
    ok(rows(store, "SELECT count(*) FROM gap") == [(0,)], "nothing was lost")


def test_export(story, top):
    store = copy(top, "export")
    schema = run("telemetry", "export", "--schema")
    with open("telemetry/export.schema.json") as f:
        ok(schema.code == 0 and schema.out == f.read(), "the published schema is the program's", schema)
    check = jsonschema.Draft202012Validator(json.loads(schema.out))
    check.check_schema(check.schema)
    r = run("telemetry", "export", "--store", store)
    lines = [json.loads(line) for line in r.out.splitlines()]
    wrong = [next(check.iter_errors(line)).message for line in lines if not check.is_valid(line)]
    ok(r.code == 0 and len(lines) > 12 and not wrong, "every line of an export is as the schema says", f"{len(lines)} {wrong[:3]}")
    broken = dict(next(line for line in lines if line["record"] == "outcome"))
    broken["surprise"] = 1
    ok(not check.is_valid(broken), "and the schema notices what is not")
    ids = [line["viewing"] for line in lines if line["record"] == "viewing"]
    ok(len(set(ids)) == PLAYS and all(uuid.UUID(i).version == 7 for i in ids), "ids are random, the same seed or not", ids)
    r = run("telemetry", "export", "--format", "csv", "--store", store)
    table = list(csv.DictReader(io.StringIO(r.out)))
    ok(len(table) == len(lines) and all(row["record"] == line["record"] and all(
        row[key] == ("" if line[key] is None else " ".join(line[key]) if isinstance(line[key], list) else str(line[key]))
        for key in line) for row, line in zip(table, lines)), "CSV says the same", r)
    r = run("telemetry", "export", ids[0], "--store", store)
    ok(r.code == 0 and {json.loads(line)["viewing"] for line in r.out.splitlines()} == {ids[0]}, "one viewing", r)
    r = run("telemetry", "export", "--story", "org.example.none", "--store", store)
    ok(r.code == 1 and not r.out, "a story that nobody saw", r)
    r = run("telemetry", "show", "all", "--store", store)
    ok(r.code == 0 and all(i in r.out for i in ids), "show all", r)
    for args in (["export", "--format", "xml"], ["export", "--k", "1"], ["export", "last", "--anonymous"], ["erase"],
                 ["retention", "0"], ["retention", "x"], ["retention", "1.5"], ["explain", "nothing"], ["viewer", "x"]):
        r = run("telemetry", *args, "--store", store)
        ok(r.code == 2 and not r.out and r.err, " ".join(args), r)
    r = run("telemetry", "explain", "outcome.latency_us")
    ok(r.code == 0 and "Kept until" in r.out and "To know how long viewers think." in r.out, "explain a value", r)


def test_anonymous(story, top):
    """As if people had watched a year ago."""
    store = copy(top, "anonymous")
    ids = [u.hex() for (u,) in rows(store, "SELECT uuid FROM viewing")]
    r = run("telemetry", "export", "--anonymous", "--store", store)
    ok(r.code == 0 and r.out == "", "machines' plays are no audience", r)
    db = sqlite3.connect(store)
    db.execute("UPDATE viewing SET chooser = 0, mode = 0, started_ms = started_ms - 86400000 * 366")
    db.commit()
    db.close()
    shutil.copy(store, f"{store}-fresh")
    r = run("telemetry", "export", "--anonymous", "--k", "3", "--store", store)
    lines = [json.loads(line) for line in r.out.splitlines()]
    ok(lines and lines[0]["viewings"] == PLAYS and all(line["viewings"] >= 3 for line in lines), "no number is below k", r)
    ok(not any(i[:8] in r.out for i in ids) and "_ms" not in r.out, "no ids, no times", r)
    ok("months are UTC's" in r.err and "copies or parts of it" in r.err, "whose months they are is said, and what is not bounded", r)
    again = run("telemetry", "export", "--anonymous", "--k", "2", "--store", store)
    ok(again.code == 1 and again.out == "" and "--k 3" in again.err, "another k would tell more, and is refused", again)
    run("telemetry", "erase", "last", "--store", store)
    again = run("telemetry", "export", "--anonymous", "--store", store)
    ok(again.code == 0 and again.out == r.out, "what was told is told again, also after an erasure", again)
    store = f"{store}-fresh"
    r = run("telemetry", "export", "--anonymous", "--k", str(PLAYS + 1), "--format", "csv", "--store", store)
    ok(r.code == 0 and len(r.out.splitlines()) == 1, "an audience below k is not mentioned", r)


def test_readers_keep(story, top, store):
    """All viewings are due, and would go with the next start that writes."""
    day = 86400000
    db = sqlite3.connect(store)
    for days in (40, 60):
        db.execute("INSERT INTO sighting(lived_ms, wall_ms, boot_ms, boot, machine, kept, used) SELECT ?, wall_ms, boot_ms, boot, machine, 0, 1"
                   " FROM sighting ORDER BY id DESC LIMIT 1", (days * day,))
    db.execute("UPDATE age SET due = (SELECT id FROM sighting WHERE lived_ms = ?)", (40 * day,))
    db.commit()
    db.close()
    kept = [(PLAYS - 1,)]
    for command in (["report"], ["report", "--format", "json"], ["telemetry", "list"], ["telemetry", "show", "all"], ["telemetry", "status"],
                    ["telemetry", "export"], ["telemetry", "retention"], ["telemetry", "retention", "--now", "--dry-run"]):
        r = run(*command, "--store", store)
        ok(r.code == 0 and rows(store, "SELECT count(*) FROM viewing") == kept, f"{' '.join(command)} erases nothing", r)
    r = run("merge", f"{top}/merged-from-due.sqlite", store)
    ok(r.code == 0 and rows(store, "SELECT count(*) FROM viewing") == kept, "nor does a merge from it", r)
    r = run("telemetry", "status", "--store", store)
    ok(f"{PLAYS - 1} viewing" in r.out and "older" in r.out, "status says what is due, and when it goes", r)
    r = play("--choose", "random", "--seed", "7", "--store", store, story)
    ok(rows(store, "SELECT count(*) FROM viewing") == [(1,)], "the next play erases it", r)


def test_keeping(story, top):
    store = copy(top, "keeping")
    db = sqlite3.connect(store)
    db.execute("UPDATE viewing SET started_ms = started_ms - 86400000 * 40 WHERE id = 1")
    db.commit()
    db.close()
    wanted = id_of(store, "min(id)")
    everything = [(PLAYS,)]
    r = run("telemetry", "retention", "30", "--store", store)
    ok(r.code == 0 and "for 30 days" in r.out and "1 viewing carries an older date" in r.out and "--now" in r.out, "retention 30", r)
    ok(rows(store, "SELECT count(*) FROM viewing") == everything, "nothing goes by a date alone")
    r = run("telemetry", "retention", "--now", "--dry-run", "--store", store)
    ok(r.code == 0 and "would erase 1 viewing" in r.out and rows(store, "SELECT count(*) FROM viewing") == everything, "a dry run", r)
    r = run("telemetry", "retention", "--now", "--store", store)
    ok(r.code == 0 and "Erased 1 viewing, dated" in r.out and rows(store, "SELECT count(*) FROM viewing") == [(PLAYS - 1,)], "--now", r)
    ok(not holds(store, wanted), "what is too old is gone to the byte", holds(store, wanted))
    ok("30 days" in run("telemetry", "retention", "--store", store).out, "retention is remembered")
    for wrong in (["--dry-run"], ["forever", "--now"]):
        ok(run("telemetry", "retention", *wrong, "--store", store).code == 2, "retention " + " ".join(wrong))
    ok(run("telemetry", "list", "--now", "--store", store).code == 2, "--now is for retention alone")
    test_readers_keep(story, top, store)
    env = dict(os.environ, XDG_DATA_HOME=f"{top}/data", XDG_CONFIG_HOME=f"{top}/config")
    own = f"{top}/data/frumious/telemetry.sqlite"
    ok(run("telemetry", "pause", env=env).code == 0 and not os.path.exists(own), "pausing before anything was recorded makes no store")
    r = play("--choose", "random", "--seed", "7", story, env=env)
    ok(r.ended() and not os.path.exists(own), "and none is made then", r)
    run("telemetry", "resume", env=env)
    r = run("telemetry", "retention", "9", env=env)
    ok(r.code == 0 and "9 days" in r.out and os.path.exists(own), "how long things are kept can be said before the first film", r)
    play("--choose", "random", "--seed", "7", story, env=env)
    ok(rows(own, "SELECT count(*) FROM viewing") == [(1,)], "resumed")
    broken = copy(top, "broken")
    with open(broken, "r+b") as f:
        f.truncate(9000)
    r = run("telemetry", "show", "--store", broken)
    ok(r.code == 3 and broken in r.err and "sets it aside" in r.err, "a damaged store is named, and what will become of it", r)
    r = run("telemetry", "viewer", "off", env=env)
    with open(f"{top}/config/frumious/settings.ini") as f:
        ok(r.code == 0 and "viewer=\n" in f.read(), "the viewer's link can be off", r)
    r = run("telemetry", "erase", "--viewer", "me", env=env)
    ok(r.code == 1 and rows(own, "SELECT count(*) FROM viewing") == [(1,)], "nobody's viewings are nobody's", r)


def test_readme(story, top):
    """What telemetry/README.md offers to type works, and finds something."""
    if not shutil.which("sqlite3"):
        return skip("the README's examples", "no sqlite3 shell here")
    store = copy(top, "readme")
    db = sqlite3.connect(store)
    db.execute("UPDATE viewing SET chooser = 0")
    db.commit()
    db.close()
    with open("telemetry/README.md") as f:
        text = f.read()
    examples = re.findall(r"```sh\n(sqlite3 .*?)```", text, re.S)
    for example in examples:
        command = example.replace("~/.local/share/frumious/telemetry.sqlite", store)
        r = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=lib.PATIENCE)
        ok(r.returncode == 0 and len(r.stdout.splitlines()) > 3 and not r.stderr,
           f"README: {example.split('FROM')[-1].split()[0].strip()}", f"{command}\n{r.stdout}\n{r.stderr}")
    used = set(re.findall(r"\bv_[a-z]+", "".join(examples)))
    views = {name for (name,) in rows(store, "SELECT name FROM sqlite_schema WHERE type = 'view'")}
    ok(used == views, "an example for every view", used ^ views)
    columns = {(v, c[1]) for v in views for c in rows(store, f"PRAGMA table_info({v})")}
    described = {(v, c) for v, line in re.findall(r"^\| `(v_[a-z]+)` \| (.*) \|$", text, re.M) for c in re.findall(r"`([a-z_]+)`", line)}
    ok(columns == described, "and every column of every view is listed", columns ^ described)


def traced(top, name, command, **kw):
    """Runs the command under strace; (its exit code, the sockets it asked for). None: tracing is forbidden here."""
    log = f"{top}/{name}.strace"
    r = subprocess.run(["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=socket,socketpair", "-e", "signal=none", "-o", log, *command],
                       capture_output=True, text=True, timeout=lib.PATIENCE * 2, **kw)
    with open(log) as f:
        return r, re.findall(r"socket(?:pair)?\((\w+)", f.read())


def test_network(story, top):
    """The film at speed off-screen and, in a window, with the desktop's sound; no name is looked up, nothing is asked for."""
    if not shutil.which("strace"):
        return skip("no network", "no strace here")
    probe = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, text=True, timeout=lib.PATIENCE)
    if probe.returncode != 0:
        return skip("no network", "tracing is not allowed here")
    r, sockets = traced(top, "probe", [sys.executable, "-c", "import socket, threading\nt = threading.Thread(target=lambda: "
                                       "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))\nt.start(); t.join()\nsocket.socket()"])
    ok({"AF_INET", "AF_INET6"} <= set(sockets), "strace shows a network socket where there is one, in threads as well", sockets)
    play_it = [PROGRAM, "play", "--size", "320x180", "--choose", "random", "--seed", "7"]
    r, sockets = traced(top, "headless", [*play_it, "--headless", "--store", f"{top}/traced.sqlite", story])
    ok(r.returncode == 0 and set(sockets) <= {"AF_UNIX"}, "a play off-screen opens none", f"{sockets}\n{r.stdout}{r.stderr}")
    ok(rows(f"{top}/traced.sqlite", "SELECT count(*) FROM v_viewing WHERE reason = 'ended'") == [(1,)], "and was a whole play")
    if not shutil.which("Xvfb"):
        return skip("a play in a window", "no Xvfb here")
    display = lib.Display(640, 360)
    try:
        env = dict(os.environ, DISPLAY=display.name, SDL_VIDEODRIVER="x11", XDG_CONFIG_HOME=f"{top}/config-x")
        os.makedirs(f"{top}/config-x/frumious")
        with open(f"{top}/config-x/frumious/settings.ini", "w") as f:
            f.write("[telemetry]\nrecord=yes\n")
        env.pop("SDL_AUDIODRIVER", None)
        r, sockets = traced(top, "window", [*play_it, "--once", "--store", f"{top}/window.sqlite", story], env=env)
        ok(r.returncode == 0 and "AF_UNIX" in sockets and set(sockets) <= {"AF_UNIX", "AF_NETLINK"},
           "a play in a window opens none but to the display and the sound", f"{sockets}\n{r.stdout}{r.stderr}")
        ok(rows(f"{top}/window.sqlite", "SELECT count(*) FROM v_viewing WHERE mode = 'window'") == [(1,)], "and is recorded")
        with open(f"{top}/shared.yaml", "w") as f:
            f.write("frumious: 1\nid: org.example.shared\ntitle: Shared\nshare: {to: 'http://127.0.0.1:1/', name: Nobody, token: nobody-12}\nstart: end\n"
                    "nodes: {end: {clip: {card: End, for: 200ms}, ending: {id: end, title: End}}}\n")
        r, sockets = traced(top, "shared", [PROGRAM, "play", "--size", "320x180", "--once", "--store", f"{top}/shared.sqlite", f"{top}/shared.yaml"], env=env)
        ok(r.returncode == 0 and "AF_UNIX" in sockets and set(sockets) <= {"AF_UNIX", "AF_NETLINK"} and
           rows(f"{top}/shared.sqlite", "SELECT (SELECT count(*) FROM viewing), (SELECT count(*) FROM consent)") == [(1, 0)],
           "nor does one of a film that may be shared, or what waits beside it to send, before its viewer has agreed", f"{sockets}\n{r.stdout}{r.stderr}")
    finally:
        display.close()


def main():
    with tempfile.TemporaryDirectory(prefix="frumious-") as top:
        lib.set_home(f"{top}/home")
        os.makedirs(f"{top}/story")
        story = f"{top}/story/story.yaml"
        with open(story, "w") as f:
            f.write(STORY)
        for seed in range(PLAYS):
            play("--store", f"{top}/plays.sqlite", "--choose", "random", "--seed", str(seed), story)
        began = time.monotonic()
        for test in (test_playing, test_reader, test_killed, test_stopped, test_export, test_anonymous, test_keeping, test_readme, test_network):
            test(story, top)
            print(f"# {test.__name__}: up to {time.monotonic() - began:.1f} s")
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
