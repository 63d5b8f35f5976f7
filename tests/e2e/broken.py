#!/usr/bin/python3
# tests/run: waits most of the time
"""Plays with broken clips and with a broken store. The film always goes on to its ending, with a slate in place of a
clip that cannot be shown, and the player says once what was wrong. Also tested: a player killed in the middle, two
players at once, no sound device."""
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from concurrent.futures import ThreadPoolExecutor

import lib
from lib import NOBODY, PROGRAM, make_films, make_story, ok, play, rows, set_home, skip, try_rows, wait_for

SHORT = lib.STORY.replace("for: 2s}", "for: 0.5s}")  # for plays in real time
STALL = 15  # seconds; the film of 8 seconds plays in a tenth of one, so a play that takes this long has hung


def cut_short(path, share):
    with open(path, "r+b") as f:
        f.truncate(int(os.path.getsize(path) * share))


def put(path, data):
    with open(path, "wb") as f:
        f.write(data)


def damage(path):
    """Damages bytes in the second half of the file, so that it still opens."""
    data = bytearray(open(path, "rb").read())
    for i in range(len(data) // 2, len(data), 97):
        data[i] ^= 0x5a
    put(path, data)


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-v", "error", "-y", *args], check=True, timeout=300)


# name, the clip in the story, how its folder is spoilt, whether there must be a slate (then the message names the file)
MEDIA = [
    ("missing", "green.mkv", lambda d: os.remove(f"{d}/green.mkv"), True),
    ("cut in half", "green.mkv", lambda d: cut_short(f"{d}/green.mkv", 0.5), False),
    ("cut to its head", "green.mkv", lambda d: cut_short(f"{d}/green.mkv", 0.02), True),
    ("empty", "green.mkv", lambda d: put(f"{d}/green.mkv", b""), True),
    ("garbage", "green.mkv", lambda d: put(f"{d}/green.mkv", bytes(range(256)) * 100), True),
    ("damaged", "green.mkv", lambda d: damage(f"{d}/green.mkv"), False),
    ("a text", "green.mkv", lambda d: put(f"{d}/green.mkv", b"hello\n"), True),
    ("under a wrong name", "green.txt", lambda d: shutil.copy(f"{d}/green.mkv", f"{d}/green.txt"), False),
    ("sound alone", "green.mkv", lambda d: ffmpeg("-i", f"{d}/red.mkv", "-vn", f"{d}/green.mkv"), False),
    ("picture alone", "green.mkv", lambda d: ffmpeg("-i", f"{d}/red.mkv", "-an", "-c", "copy", f"{d}/green.mkv"), False),
    ("shorter than its range", "{file: green.mkv, from: 1s, to: 5s}", lambda d: None, False),
    ("over before its range", "{file: green.mkv, from: 10s, to: 12s}", lambda d: None, True),
    ("with a sound that is missing", "{file: green.mkv, sound: s.wav}", lambda d: None, False),
    ("with a sound that is garbage", "{file: green.mkv, sound: s.wav}", lambda d: put(f"{d}/s.wav", b"RIFF" * 99), False),
    ("with a sound that is shorter", "{file: green.mkv, sound: s.wav}",
     lambda d: ffmpeg("-f", "lavfi", "-i", "sine=duration=0.5", f"{d}/s.wav"), False),
    ("with a sound that is longer", "{file: green.mkv, sound: s.wav}",
     lambda d: ffmpeg("-f", "lavfi", "-i", "sine=duration=9", f"{d}/s.wav"), False),
    ("with subtitles that are garbage", "{file: green.mkv, subtitles: s.vtt}",
     lambda d: put(f"{d}/s.vtt", bytes(range(256)) * 50), False),
    ("with subtitles that are missing", "{file: green.mkv, subtitles: s.vtt}", lambda d: None, False),
    ("a picture that is huge", "{image: big.png, for: 2s}",
     lambda d: ffmpeg("-f", "lavfi", "-i", "color=red:size=12000x9000", "-frames:v", "1", f"{d}/big.png"), True),
    ("a picture that is cut", "{image: big.png, for: 2s}", lambda d: put(f"{d}/big.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), True),
]


def test_media(films, top):
    for n, (name, clip, change, slate) in enumerate(MEDIA):
        folder = f"{top}/media{n}"
        story = make_story(films, folder, clip)
        change(folder)
        r = play("--no-telemetry", story, patience=STALL)
        ok(r.ended() and "node      green" in r.out, f"a film that is {name}: on to the ending", r)
        file = re.search(r"\w+\.(mkv|png|txt)", clip).group()
        said = [line for line in r.err.splitlines() if file in line]
        if slate:
            ok(len(said) == 1, f"a film that is {name}: the file is named once", r)
        if "sound that is missing" in name or "sound that is garbage" in name:
            ok("s.wav" in r.err or "warning" in r.err, f"a film that is {name}: which is said", r)
    story = make_story(films, f"{top}/all")
    for colour in ("red", "green", "blue"):
        put(f"{top}/all/{colour}.mkv", b"nothing")
    for i in range(5):  # five times, because a clip may break before or after it was queued
        r = play("--no-telemetry", story, patience=STALL)
        if not r.ended():
            break
    ok(r.ended(), "every film broken: slates all the way, five times", r)
    pictures = f"{top}/slate"
    r = play("--no-telemetry", "--screenshots", pictures, "--cuts", story, patience=STALL)
    ok(r.ended() and os.path.getsize(f"{pictures}/01-red.png") > 0, "a slate is a picture", r)
    story = make_story(films, f"{top}/folder")
    os.remove(f"{top}/folder/green.mkv")
    os.makedirs(f"{top}/folder/green.mkv")
    r = play("--no-telemetry", story, patience=STALL)
    ok(r.code == 1 and "green.mkv" in r.err, "a folder in a film's place is a mistake of the story", r)


def lost(r, path):
    """True if the film came to its end and one line said what is wrong with the store."""
    return r.ended() and sum(path in line for line in r.err.splitlines()) == 1 and "could not be kept" in r.err


def test_stores(story, top):
    good = f"{top}/good.sqlite"
    play("--store", good, story)
    folder = f"{top}/stores"
    os.makedirs(f"{folder}/directory")
    put(f"{folder}/text", b"This is somebody's text, and long enough to be looked at as a header. " * 4)
    other = sqlite3.connect(f"{folder}/other")
    other.execute("CREATE TABLE theirs (x)")
    other.commit()
    other.close()
    shutil.copy(good, f"{folder}/newer")
    newer = sqlite3.connect(f"{folder}/newer")
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    for name in ("directory", "text", "other", "newer"):
        path = f"{folder}/{name}"
        before = open(path, "rb").read() if os.path.isfile(path) else os.listdir(path)
        r = play("--store", path, story)
        after = open(path, "rb").read() if os.path.isfile(path) else os.listdir(path)
        ok(lost(r, path) and before == after, f"a store that is {name}: the film plays, the file is left alone", r)
    os.mkfifo(f"{folder}/fifo")
    for path in (f"{folder}/fifo", "/dev/null", "/proc/nowhere/store", f"{folder}/text/inside"):
        r = play("--store", path, story, patience=STALL)
        ok(r.ended() and "could not be kept" in r.err, f"a store at {os.path.basename(path)}: the film plays", r)
    for name, change in (("cut short", lambda p: cut_short(p, 0.3)), ("scrambled", scramble), ("zeroed", lambda p: put(p, bytes(9000)))):
        path = f"{folder}/{name}"
        shutil.copy(good, path)
        change(path)
        r = play("--store", path, story)
        aside = [f for f in os.listdir(folder) if f.startswith(f"{name}.damaged-")]
        ok(r.ended() and len(aside) == 1 and aside[0] in r.err and len(rows(path, "SELECT * FROM v_viewing")) == 1,
           f"a store that is {name} is set aside, and a new one begun", f"{r}\n{aside}")
    put(f"{folder}/empty", b"")
    r = play("--store", f"{folder}/empty", story)
    ok(r.ended() and not r.err and len(rows(f"{folder}/empty", "SELECT * FROM v_viewing")) == 1, "an empty file becomes a store", r)


def scramble(path):
    data = bytearray(open(path, "rb").read())
    for i in range(4096, len(data)):
        data[i] = (data[i] * 7 + 13) & 255
    put(path, data)


def test_unwritable(films, top):
    if os.getuid() != 0:
        skip("a store in a folder that can't be written", "needs root to become another user")
        return
    story = make_story(films, f"{top}/unwritable")
    program = shutil.copy(PROGRAM, f"{top}/frumious")
    os.chmod(program, 0o755)
    before, lib.PROGRAM = lib.PROGRAM, program
    try:
        r = play("--store", f"{top}/unwritable/s.sqlite", story, user=NOBODY, group=NOBODY, extra_groups=[])
        ok(lost(r, "s.sqlite") and "or name another file." in r.err, "a store in a folder that can't be written", r)
        shutil.copy(f"{top}/good.sqlite", f"{top}/unwritable/good.sqlite")
        os.chmod(f"{top}/unwritable/good.sqlite", 0o644)
        r = play("--store", f"{top}/unwritable/good.sqlite", story, user=NOBODY, group=NOBODY, extra_groups=[])
        ok(lost(r, "good.sqlite"), "a store that can only be read", r)
    finally:
        lib.PROGRAM = before


DISK = 512 * 1024  # bytes: room for an empty store, its log and one more play


def test_full(story, top):
    disks = [f"{top}/disk", f"{top}/disk2"]
    mounted = []
    try:
        for disk in disks:
            os.makedirs(disk)
            if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", disk], capture_output=True).returncode != 0:
                skip("a full disk", "a small disk can't be mounted here")
                return
            mounted.append(disk)
        full_disks(story, top, *disks)
    finally:
        for disk in mounted:
            subprocess.run(["umount", disk], check=True)


def full_disks(story, top, full, disk):
    put(f"{full}/ballast", bytes(DISK - 56 * 1024))
    shutil.copy(f"{top}/good.sqlite", f"{disk}/good.sqlite")
    put(f"{disk}/ballast", bytes(DISK - os.path.getsize(f"{disk}/good.sqlite") - 8192))
    # Side by side, because each player waits some seconds for room before it leaves.
    with ThreadPoolExecutor(2) as pool:
        r, filled = pool.map(lambda store: play("--store", store, story), [f"{full}/s.sqlite", f"{disk}/good.sqlite"])
    os.remove(f"{disk}/ballast")
    ok(r.ended() and "s.sqlite" in r.err and "could not be kept" in r.err, "a full disk: the film plays, the loss is told", r)
    ok(filled.ended() and "could not be kept" in filled.err, "a disk that fills up during the film: it plays on, the loss is told", filled)
    ok(rows(f"{disk}/good.sqlite", "PRAGMA integrity_check") == [("ok",)], "and the store is whole")
    r = play("--store", f"{disk}/good.sqlite", story)
    ok(r.ended() and not r.err, "and with room again, it is recorded again", r)
    r = play("--no-telemetry", "--record", f"{disk}/transcript", "--screenshots", f"{disk}/pictures", story)
    ok(r.ended(), "room for a transcript and pictures", r)
    with open(f"{disk}/ballast", "wb", buffering=0) as f:
        try:
            while f.write(bytes(4096)):
                pass
        except OSError:
            pass
    r = play("--no-telemetry", "--record", f"{disk}/transcript2", story)
    ok(r.code == 3 and "transcript2" in r.err, "no room for a transcript is told", r)


def start(story, store, *more):
    return subprocess.Popen([PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--store", store, *more, story],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process):
    out, err = process.communicate(timeout=120)
    return lib.Ran(process.returncode, out, err)


def test_meanwhile(story, top):
    """Tampers with the store of each play while it runs in real time; the plays run side by side."""
    begun = lambda path: wait_for(lambda: try_rows(path, "SELECT 1 FROM v_viewing"), f"{os.path.basename(path)} has a viewing")
    paths = {n: f"{top}/mean.{n}" for n in ("locked", "deleted", "shared", "killed")}
    shutil.copy(f"{top}/good.sqlite", paths["locked"])
    locker = sqlite3.connect(paths["locked"], isolation_level=None, check_same_thread=False)
    locker.execute("BEGIN EXCLUSIVE")
    plays = {n: [start(story, p)] for n, p in paths.items()}
    plays["shared"].append(start(story, paths["shared"]))
    begun(paths["killed"])
    plays["killed"][0].kill()
    plays["killed"][0].wait()
    begun(paths["deleted"])
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(paths["deleted"] + suffix):
            os.remove(paths["deleted"] + suffix)
    time.sleep(2.5)  # longer than the writer waits for a lock
    ok(rows(paths["locked"], "SELECT count(*) FROM viewing") == [(1,)], "locked by another program: nothing can be written")
    locker.execute("COMMIT")
    locker.close()
    r = finish(plays["locked"][0])
    n = rows(paths["locked"], "SELECT count(*) FROM v_viewing WHERE reason = 'ended'")
    ok(r.ended() and not r.err and n == [(2,)], "locked by another program for seconds: all is kept", f"{r}\n{n}")
    r = finish(plays["deleted"][0])
    n = try_rows(paths["deleted"], "SELECT count(*) FROM v_viewing")
    ok(r.ended() and n == [(1,)], "deleted during the film: a new store takes the rest", f"{r}\n{n}")
    both = [finish(p) for p in plays["shared"]]
    n = rows(paths["shared"], "SELECT count(*) FROM v_viewing WHERE reason = 'ended'")
    ok(all(r.ended() and not r.err for r in both) and n == [(2,)], "two players at once share a store", f"{both[0]}\n{both[1]}\n{n}")
    ok(rows(paths["killed"], "PRAGMA integrity_check") == [("ok",)], "killed: the store is whole")
    shown = lib.run("telemetry", "show", "--store", paths["killed"])
    ok(shown.code == 0 and "cut off" in shown.out, "killed: the viewing is told as cut off", shown)
    r = play("--store", paths["killed"], story)
    n = rows(paths["killed"], "SELECT count(*), count(reason) FROM v_viewing")
    ok(r.ended() and not r.err and n == [(2, 1)], "killed: the next play is recorded beside it", f"{r}\n{n}")


def test_window(story, top):
    """A film in a window without a sound device still reaches its ending."""
    if not shutil.which("Xvfb"):
        skip("a window without sound", "Xvfb is missing")
        return
    display = lib.Display(640, 360)
    env = dict(os.environ, DISPLAY=display.name, SDL_AUDIODRIVER="nonexistent", SDL_VIDEODRIVER="x11")
    try:
        # ALSA's library, which knows no device without its configuration, would say so in eight lines at each try.
        for driver in ("nonexistent", "alsa"):
            r = lib.run("play", "--once", "--no-telemetry", "--choose", "first", "--size", "320x180", story,
                        env=dict(env, SDL_AUDIODRIVER=driver, ALSA_CONFIG_PATH="/dev/null"))
            ok(r.code == 0, f"a window without a sound device ({driver}): the film plays to its end", r)
            ok(r.err.count("\n") == 1 and "no sound device" in r.err, f"and that is said once ({driver})", r)
        p = subprocess.Popen([PROGRAM, "play", "--no-telemetry", "--size", "320x180", story], env=env,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        wait_for(lambda: subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "frumious"], env=env,
                                        capture_output=True).stdout, "the window is there")
        display.close()
        _, err = p.communicate(timeout=60)
        ok(p.returncode not in (0, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS), "the display goes away: no crash",
           f"{p.returncode} {err}")
    finally:
        display.close()


def main():
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        set_home(f"{top}/home")
        make_films(f"{top}/films")
        story = make_story(f"{top}/films", f"{top}/story")
        short = make_story(f"{top}/films", f"{top}/short", "{file: green.mkv, from: 0s, to: 0.5s}", SHORT)
        test_media(f"{top}/films", top)
        test_stores(story, top)
        test_unwritable(f"{top}/films", top)
        test_full(story, top)
        test_meanwhile(short, top)
        test_window(short, top)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
