#!/usr/bin/python3
# tests/run: may run beside others
"""The player and `check` give up rights before they open a stranger's file: the kernel's own account of the running process, and
what `--trace` says. And the page that promises it names tests that are there."""
import os
import re
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import lib
from lib import ok, skip


def account(pid):
    """Of each thread: (no new privileges, filters calls)."""
    found = set()
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as f:
            lines = dict(line.split(":\t", 1) for line in f.read().splitlines() if ":\t" in line)
        found.add((lines["NoNewPrivs"], lines["Seccomp_filters"] if "Seccomp_filters" in lines else lines["Seccomp"]))
    return found


def filters(pid):
    """How many filters each thread has at least."""
    try:
        return min(int(count) for _, count in account(pid))
    except (OSError, ValueError):
        return 0


def went_well(line, call):
    """Of a line by strace: a call whose result comes while another thread has written has one line for its beginning, and one for its end."""
    return (f"{call}(" in line or f"<... {call} resumed>" in line) and "= 0" in line


def test_play(story, top):
    trace = f"{top}/trace"
    with open(f"{top}/out", "w") as out:
        play = subprocess.Popen([lib.PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--no-telemetry", "--trace", trace,
                                 story], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    mine = filters("self")
    try:
        confined = lib.wait_for(lambda: filters(play.pid) > mine, "the player is confined")
        ok(confined and {new for new, _ in account(play.pid)} == {"1"}, "no thread of the player can gain rights")
    finally:
        play.terminate()
        play.wait(timeout=lib.PATIENCE)
    with open(trace) as f:
        ok(f.readline() == "confined 1\n", "--trace says so")


def test_whole_play(story, top):
    r = lib.play("--no-telemetry", story)
    ok(r.ended(), "a play that is confined goes to its end", r)
    if subprocess.run(["which", "strace"], capture_output=True).returncode != 0:
        return skip("what the player asks of the kernel", "no strace here")
    log = f"{top}/play-strace"
    traced = subprocess.run(["strace", "-f", "-qq", "-e", "trace=seccomp,openat,openat2", "-e", "signal=none", "-o", log, lib.PROGRAM, "play",
                             "--headless", "--no-telemetry", story], capture_output=True, text=True, timeout=lib.PATIENCE)
    if traced.returncode != 0:
        return skip("what the player asks of the kernel", "tracing is not allowed here")
    with open(log) as f:
        calls = f.read().splitlines()
    film = next((i for i, line in enumerate(calls) if ".mkv" in line), None)
    confined = next((i for i, line in enumerate(calls) if went_well(line, "seccomp")), None)
    ok(film is not None and confined is not None and confined < film, "it is confined before the first film is opened", (confined, film))
    return None


def test_check(story, top):
    """Where nothing can be written, the check is the same."""
    r = lib.run("check", "--deep", story)
    ok(r.code == 0, "a check that is confined finds nothing", r)
    if not subprocess.run(["which", "strace"], capture_output=True).returncode == 0:
        return skip("what `check` asks of the kernel", "no strace here")
    log = f"{top}/strace"
    traced = subprocess.run(["strace", "-f", "-qq", "-e", "trace=seccomp,landlock_create_ruleset,landlock_restrict_self,openat,openat2", "-e", "signal=none",
                             "-o", log, lib.PROGRAM, "check", story], capture_output=True, text=True, timeout=lib.PATIENCE)
    if traced.returncode != 0:
        return skip("what `check` asks of the kernel", "tracing is not allowed here")
    with open(log) as f:
        calls = f.read().splitlines()
    at = {what: next((i for i, line in enumerate(calls) if went_well(line, what)), None)
          for what in ("seccomp", "landlock_restrict_self")}
    film = next((i for i, line in enumerate(calls) if "red.mkv" in line), None)
    ok(at["seccomp"] is not None and film is not None and at["seccomp"] < film, "it is confined before the first film is opened",
       "\n".join(calls[-20:]))
    if any("landlock_create_ruleset(" in line and "= -1" in line for line in calls):
        return skip("where `check` may write", "this kernel has no Landlock")
    ok(at["landlock_restrict_self"] is not None and at["landlock_restrict_self"] < film, "and may write no more")


def test_shelf(story, top):
    """The pictures of the shelf are decoded in a process of their own, which has no rights by then."""
    if subprocess.run(["which", "strace"], capture_output=True).returncode != 0:
        return skip("who decodes the shelf's pictures", "no strace here")
    log = f"{top}/shelf-strace"
    os.makedirs(f"{os.environ['HOME']}/.local/share/frumious", exist_ok=True)
    with open(f"{os.environ['HOME']}/.local/share/frumious/films", "w") as f:
        f.write(story + "\n")
    shelf = subprocess.Popen(["strace", "-f", "-qq", "-e", "trace=seccomp,landlock_restrict_self,openat,openat2", "-e", "signal=none", "-o", log,
                              lib.PROGRAM], env={**os.environ, "DISPLAY": ":shelf"}, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)

    def calls():
        with open(log) as f:
            return [line.rstrip("\n") for line in f]
    try:
        if not lib.wait_for(lambda: shelf.poll() is not None or (os.path.exists(log) and any("red.mkv" in line for line in calls())), "the film is opened"):
            return None
    finally:
        with open(f"/proc/{shelf.pid}/task/{shelf.pid}/children") as f:
            for child in f.read().split():  # the program, which strace has started
                os.kill(int(child), signal.SIGTERM)
        shelf.wait(timeout=lib.PATIENCE)
    if shelf.returncode == 1 and not calls():
        return skip("who decodes the shelf's pictures", "tracing is not allowed here")
    told = calls()
    program = told[0].split()[0]
    film = next(i for i, line in enumerate(told) if "red.mkv" in line)
    confined = [i for i, line in enumerate(told) if line.split()[0] != program and went_well(line, "seccomp")]
    ok(not any("red.mkv" in line for line in told if line.split()[0] == program), "the shelf does not open the film itself")
    ok(confined and confined[0] < film, "who does is confined by then", "\n".join(told[max(0, film - 20):film + 1]))
    if any("landlock_restrict_self(" in line for line in told):
        ok(any("landlock_restrict_self(" in line and "= 0" in line for line in told[:film]), "and may write nowhere but into its cache")
    return None


def test_page():
    """Each promise on the page names tests, and they are there."""
    here = os.path.join(lib.HERE, "..")
    with open(f"{here}/../engine/SECURITY.md", encoding="utf-8") as f:
        promises = re.findall(r"^\| ([A-Z].*) \| (`.*`) \|$", f.read(), re.M)
    gone = [name for _, tests in promises for name in re.findall(r"`([^`]+)`", tests) if not os.path.isfile(f"{here}/{name.split()[0]}")]
    ok(len(promises) > 15 and not gone, f"{len(promises)} promises name tests that are there", gone)


def main():
    test_page()
    with tempfile.TemporaryDirectory(prefix="frumious-") as top:
        lib.set_home(f"{top}/home")
        os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
        with open("/proc/self/status") as f:
            if "Seccomp_filters" not in f.read():
                skip("all of it", "this kernel does not count filters")
                return lib.done()
        lib.make_films(f"{top}/films")
        story = lib.make_story(f"{top}/films", f"{top}/story")
        test_play(story, top)
        test_whole_play(story, top)
        test_check(story, top)
        test_shelf(story, top)
    return lib.done()


sys.exit(main())
