#!/usr/bin/python3
# tests/run: waits most of the time
"""A play that was killed or left goes on where it stopped. If the story has changed since, it goes on at the last
place that still exists. The player reports a saved place that it cannot read, and plays the film all the same."""
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile

import lib
from lib import ok

SAVES = ".local/share/frumious/saves/org.example.small"


def saved():
    try:
        with open(f"{HOME}/{SAVES}/last.transcript", errors="replace") as f:
            return f.read()
    except FileNotFoundError:
        return ""


def put(text):
    os.makedirs(f"{HOME}/{SAVES}", exist_ok=True)
    with open(f"{HOME}/{SAVES}/last.transcript", "w") as f:
        f.write(text)


def play(*args, **kw):
    return lib.play("--resume", "--no-telemetry", *args, **kw)


def started(r):
    """The first node that a play printed."""
    nodes = [line.split()[2] for line in r.out.splitlines() if " node " in line]
    return nodes[0] if nodes else ""


def cut_off(how, until, *args):
    """Plays in real time, and sends the signal `how` as soon as the saved place contains `until`."""
    shutil.rmtree(f"{HOME}/{SAVES}", ignore_errors=True)
    program = subprocess.Popen([lib.PROGRAM, "play", "--headless", "--realtime", "--resume", "--no-telemetry", "--size",
                                "160x90", "--choose", "first", *args, story], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    lib.wait_for(lambda: until in saved() or program.poll() is not None, f"'{until}' is saved")
    program.send_signal(how)
    return program.wait()


def test_goes_on():
    r = play("--choose", "first", "--seed", "1", story)
    ok(r.ended() and started(r) == "red" and "left off" not in r.err, "nothing was saved: the film begins", r)
    r = play("--choose", "first", "--seed", "1", story)
    ok(r.ended() and started(r) == "red" and "left off" not in r.err, "a film that was over begins anew", r)
    for how in (signal.SIGKILL, signal.SIGINT):
        cut_off(how, "pick red", "--seed", "7", "--restart")
        place = saved()
        r = play("--choose", "first", "--record", f"{HOME}/whole", story)
        ok("stop red" in place or "stop green" in place, f"{how.name}: the outcome was saved", place)
        ok(r.ended() and started(r) in ("red", "green") and "going on where you left off" in r.err and
           "decision  which" not in r.out, f"{how.name}: the play goes on behind it", r)
        with open(f"{HOME}/whole") as f:
            whole = f.read()
        ok("seed 7" in whole and "pick red" in whole, f"{how.name}: it is one play still", whole)
    cut_off(signal.SIGKILL, "stop red", "--seed", "7", "--restart")
    r = play("--restart", "--choose", "first", story)
    ok(r.ended() and started(r) == "red" and "decision  which" in r.out and not r.err, "--restart begins anew", r)
    before = saved()
    r = lib.play("--choose", "first", "--no-telemetry", story)
    ok(r.ended() and saved() == before, "what the machine plays is not saved, unless asked", r)


def test_profiles():
    """Who watches under a name of their own begins at the beginning, and comes back to their own place."""
    shutil.rmtree(f"{HOME}/{SAVES}", ignore_errors=True)
    cut_off(signal.SIGINT, "pick red", "--seed", "7")
    r = play("--choose", "first", "--profile", "Anna", story)
    ok(r.ended() and started(r) == "red" and "left off" not in r.err, "another viewer begins anew", r)
    ok(os.path.isdir(f"{HOME}/.local/share/frumious/profiles/Anna/saves/org.example.small"), "with a place of their own")
    r = play("--choose", "first", story)
    ok(r.ended() and "going on where you left off" in r.err, "the first one goes on where they left off", r)
    r = play("--profile", "../x", story)
    ok(r.code == 2 and "name" in r.err and not os.path.exists(f"{HOME}/.local/share/frumious/x"), "what is no name is refused", r)
    shutil.rmtree(f"{HOME}/.config")


HEAD = 'frumious-transcript 1\nstory org.example.small\nseed 3\nhash 1\n'
CHANGED = (
    # the saved place; the node in which the film goes on; the message
    ("pick red - which green\nstop green 00:01.000\n", "green", "was changed since;"),
    ("pick red - which purple\nstop purple 00:01.000\n", "red", 'option "purple" is not possible'),
    ("pick red - which green\nstop gone 00:01.000\n", "red", "the film has no node \"gone\""),
    ("pick nowhere - what ever\npick red - which green\nstop green -\n", "red", "going on|begins anew"),
    ("timeout red - which\nback green 00:00.500 which\nstop red 00:00.200\n", "red", "was changed since;"),
    ("pick red - which blue\npick blue 00:00.300 again back\nstop blue 00:00.300\n", "blue", "was changed since;"),
    ("stop red 09:00:00\n", "red", ""),
)


def test_changed():
    for text, node, said in CHANGED:
        put(HEAD + text)
        r = play("--choose", "first", story)
        ok(r.ended() and started(r) == node and any(s in r.err for s in said.split("|")),
           f"changed since: on in {node}: {text.splitlines()[-1]}", r)
    for what, text in (("empty", ""), ("no transcript", "\0\1\2 rubbish"), ("another film's", "frumious-transcript 1\nstory x.y\n"),
                       ("cut short", HEAD + "pick red 00:0")):
        put(text)
        r = play("--choose", "first", story)
        ok(r.ended() and started(r) == "red" and "begins anew" in r.err, f"{what}: the film begins anew, and it is said", r)


def test_pictures():
    """Off-screen, the message that the film goes on where it was left stays for four seconds of film, as in a window."""
    def pictures(name, place):
        put(HEAD + place)
        r = play("--choose", "first", "--screenshots", f"{HOME}/{name}", "--cuts", story)
        ok(r.ended(), f"{name}: plays", r)
        return {n.split("-", 1)[1]: open(f"{HOME}/{name}/{n}", "rb").read() for n in os.listdir(f"{HOME}/{name}")}
    told = pictures("told", "stop red 00:00.000\n")
    shutil.rmtree(f"{HOME}/{SAVES}")
    plain = play("--choose", "first", "--screenshots", f"{HOME}/plain", "--cuts", story)
    plain = {n.split("-", 1)[1]: open(f"{HOME}/plain/{n}", "rb").read() for n in os.listdir(f"{HOME}/plain")}
    ok("which.png" in told and told["which.png"] != plain.get("which.png"), "the picture of the first decision has it", sorted(told))
    ok("ending-end.png" in told and told["ending-end.png"] == plain.get("ending-end.png"), "the last one, much later, does not", sorted(plain))


def test_cannot():
    shutil.rmtree(f"{HOME}/{SAVES}")
    os.makedirs(f"{HOME}/{SAVES}/last.transcript/x")
    r = play("--choose", "first", story)
    ok(r.ended() and "can't be read" in r.err and "could not be saved" in r.err, "a place that can't be saved is said", r)
    shutil.rmtree(f"{HOME}/{SAVES}")
    os.makedirs(f"{HOME}/{SAVES}")
    os.makedirs(f"{HOME}/.config/frumious")
    pipes = [f"{HOME}/{SAVES}/{name}" for name in ("last.transcript", "kept.ini", "playing.lock")] + [
        f"{HOME}/.config/frumious/settings.ini", f"{HOME}/record"]
    for pipe in pipes:
        os.mkfifo(pipe)
    r = play("--choose", "first", story)
    ok(r.code == 0 and "ending    end" in r.out and all(f"{p} is a pipe" in r.err for p in (pipes[0], pipes[3])),
       "pipes in the place of settings and saves are refused at once, and the film plays", r)
    r = play("--choose", "first", "--record", pipes[-1], story)
    ok(r.code == 3 and f"{pipes[4]} is a pipe" in r.err and not r.out, "one in the place of a transcript is refused before it", r)
    ok(all(stat.S_ISFIFO(os.stat(p).st_mode) for p in pipes), "and they stay where they are")
    shutil.rmtree(f"{HOME}/{SAVES}")
    for pipe in pipes[3:]:
        os.unlink(pipe)


def test_two_windows():
    """The second of two plays at once says so, and writes nothing beside the first; when that is gone, it may."""
    shutil.rmtree(f"{HOME}/{SAVES}", ignore_errors=True)
    put(f"{HEAD}stop red 00:00.000\n")
    first = subprocess.Popen([lib.PROGRAM, "play", "--headless", "--realtime", "--resume", "--no-telemetry", "--size", "160x90",
                              "--choose", "first", "--restart", story], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        lib.wait_for(lambda: "# saved" in saved() or first.poll() is not None, "the first is saved")
        first.send_signal(signal.SIGSTOP)
        before = {name: os.stat(f"{HOME}/{SAVES}/{name}").st_ino for name in os.listdir(f"{HOME}/{SAVES}")}
        place = saved()
        second = play("--choose", "first", story)
        after = {name: os.stat(f"{HOME}/{SAVES}/{name}").st_ino for name in os.listdir(f"{HOME}/{SAVES}")}
        ok(second.ended() and "in another window" in second.err, "a second play of a film says that there is another", second)
        ok(saved() == place and after == before and "last.transcript" in before and "seen.ini" not in after,
           "and writes nothing", (before, after))
    finally:
        first.kill()
        first.wait()
    third = play("--choose", "first", story)
    ok(third.ended() and "another window" not in third.err and saved() != place, "when the first is gone, the next play is saved", third)


def test_finished():
    """A loss of power took the latest place, and the store knows that the film was over."""
    store = f"{HOME}/over.sqlite"
    r = lib.play("--resume", "--choose", "first", "--store", store, story)
    before = lib.rows(store, "SELECT id, reason, visits, picks FROM v_viewing")
    put(f"{HEAD}pick red - which green\nstop green 00:01.000\n# viewing {before[0][0]} 0 3\n")
    again = lib.play("--resume", "--choose", "first", "--store", store, story)
    after = lib.rows(store, "SELECT id, reason, visits, picks FROM v_viewing ORDER BY viewing")
    ok(r.ended() and again.ended() and "it was over" in again.err and started(again) == "red" and after[:1] == before and
       [v[1] for v in after] == ["ended"] * 2 and lib.rows(store, "SELECT * FROM gap") == [],
       "a film that was over begins anew, as another viewing, even if its place was not saved", f"{again}\n{before} {after}")


def test_usage():
    r = lib.run("play", "--help")
    ok("--restart" in r.out and "--resume" in r.out, "the help names --restart and --resume", r)


top = tempfile.mkdtemp(prefix="resume-")
HOME = f"{top}/home"
try:
    lib.set_home(HOME)
    lib.make_films(f"{top}/films")
    story = lib.make_story(f"{top}/films", f"{top}/story")
    test_usage()
    test_goes_on()
    test_profiles()
    test_changed()
    test_pictures()
    test_cannot()
    test_two_windows()
    test_finished()
finally:
    shutil.rmtree(top, ignore_errors=True)
sys.exit(lib.done())
