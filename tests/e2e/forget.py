#!/usr/bin/python3
# tests/run: waits most of the time
"""A film lets its viewer burn the record: what it shows, what stays in the store, and that a timeout burns nothing."""
import glob
import os
import sqlite3
import subprocess
import tempfile

from lib import PROGRAM, done, ok, play, rows, set_home, try_rows, wait_for

STORY = """frumious: 1
id: test.forget
title: Forget
start: ask
nodes:
  ask:
    clip: {card: " ", for: 4s}
    decision: {id: tape, opens: 500ms, for: 3s, default: burn, options: {burn: {text: Burn it, forget: true}, keep: Keep it}}
    next: end
  end:
    clip: {card: " ", for: 3s}
    inscriptions:
      - {text: "MMMM", record: erased, place: [0, 0, 1000, 500], look: terminal, size: 300, color: "#00ff00"}
      - {text: "MMMM", record: kept, place: [0, 500, 1000, 500], look: terminal, size: 300, color: "#ff0000"}
    ending: {id: end, title: End}
"""


def colours(picture):
    """How many green and red pixels."""
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", picture, "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], capture_output=True,
                         check=True).stdout
    green = sum(raw[i + 1] > 200 and raw[i] < 100 for i in range(0, len(raw), 3))
    red = sum(raw[i] > 200 and raw[i + 1] < 100 for i in range(0, len(raw), 3))
    return green, red


def shown(folder):
    found = glob.glob(f"{folder}/*ending-end.png")
    return colours(found[0]) if len(found) == 1 else None


def one(top, story, name, *args):
    store, pictures = f"{top}/{name}/t.sqlite", f"{top}/{name}/pictures"
    os.makedirs(f"{top}/{name}")
    where = [] if "--no-telemetry" in args else ["--store", store]
    r = play("--size", "320x180", *where, "--screenshots", pictures, *args, story, env=dict(os.environ, XDG_DATA_HOME=f"{top}/{name}/data"))
    ok(r.ended(), f"{name}: plays", r)
    return store, shown(pictures)


SHARE = STORY.replace('text: "MMMM", record: erased', 'text: "{share(tape)}"').replace("forget: true", "goto: end")


def test_share(top):
    """A viewing tells how many took the same before it: a dash at first, numbers then."""
    store, story = f"{top}/share.sqlite", f"{top}/share.yaml"
    with open(story, "w") as f:
        f.write(SHARE)
    ink = []
    for n in ("first", "second"):
        r = play("--size", "320x180", "--store", store, "--screenshots", f"{top}/share-{n}", "--choose", "first", story)
        ok(r.ended(), f"share, {n} viewing: plays", r)
        ink.append(shown(f"{top}/share-{n}")[0])
        with sqlite3.connect(store) as db:
            db.execute("UPDATE viewing SET chooser = 0")  # as if a person had chosen; machines are not counted
    ok(0 < ink[0] < ink[1] / 3, "a dash first, then the share and its count", ink)


LOOP = """frumious: 1
id: test.loop
title: Loop
start: ask
state: {n: {type: int, min: 0, max: 9}}
nodes:
  ask:
    clip: {card: " ", for: 4s}
    decision: {id: tape, opens: 500ms, for: 3s, default: keep, options: {burn: {text: Burn it, do: n += 1}, keep: {text: Keep it, do: n += 1}}}
    next: [{when: n < TIMES, goto: ask}, {goto: end}]
  end:
    clip: {card: " ", for: 3s}
    inscriptions: [{text: "{share(tape)}", place: [0, 0, 1000, 1000], look: terminal, size: 200, color: "#00ff00"}]
    ending: {id: end, title: End}
"""


def test_share_of_viewings(top):
    """Who is asked three times in a viewing counts once: the film tells the same as after a viewing that asked once."""
    pictures = []
    for times in (1, 3):
        story, store = f"{top}/loop-{times}.yaml", f"{top}/loop-{times}.sqlite"
        with open(story, "w") as f:
            f.write(LOOP.replace("TIMES", str(times)))
        for n in range(2):
            r = play("--size", "320x180", "--store", store, "--screenshots", f"{top}/loop-{times}-{n}", "--choose", "first", story)
            ok(r.ended(), f"asked {times} times, viewing {n + 1}: plays", r)
            with sqlite3.connect(store) as db:
                db.execute("UPDATE viewing SET chooser = 0")
        ok(rows(store, "SELECT count(*) FROM exposure") == [(2 * times,)], f"{times} exposures in each of them")
        for n in range(2):
            found = glob.glob(f"{top}/loop-{times}-{n}/*ending-end.png")
            pictures.append(open(found[0], "rb").read() if len(found) == 1 else None)
    ok(pictures[0] and pictures[0] == pictures[2], "both begin with a dash")
    ok(pictures[1] and pictures[1] == pictures[3], "both tell of one earlier viewing, which chose the same")
    ok(pictures[0] != pictures[1], "and that is not the dash")


def test_fast(top, story):
    store, seen = one(top, story, "burnt", "--choose", "first")
    ok(rows(store, "SELECT count(*) FROM viewing") == [(0,)], "burnt: the store has no viewing")
    ok(seen and seen[0] > 20 and seen[1] == 0, "burnt: and the film says so", seen)
    store, seen = one(top, story, "timeout", "--choose", "default")
    ok(rows(store, "SELECT count(*) FROM outcome") == [(1,)], "a timeout that goes the same way burns nothing")
    ok(seen and seen[1] > 20 and seen[0] == 0, "and the film says so", seen)
    store, seen = one(top, story, "off", "--choose", "default", "--no-telemetry")
    ok(not os.path.exists(store) and not glob.glob(f"{top}/off/data/**/*.sqlite", recursive=True) and seen and seen[0] > 20 and seen[1] == 0, "nothing recorded: nothing is left", seen)


def test_saved(top, story):
    """The saved play tells the choices, too: it goes with the record, and stays where nothing was burnt."""
    for how, there in (("default", True), ("first", False)):
        store = f"{top}/saved-{how}.sqlite"
        r = play("--resume", "--size", "160x90", "--choose", how, "--store", store, story)
        ok(r.ended(), f"saved, {how}: plays", r)
        found = [f"{at}/{f}" for at, _, files in os.walk(f"{top}/home") for f in files if f == "last.transcript"]
        ok(bool(found) == there, f"saved, {how}: the saved play is {'there' if there else 'gone'}", found)


def test_bytes(top, story):
    """In real time, so that it was in the store before."""
    folder = f"{top}/bytes"
    store = f"{folder}/t.sqlite"
    os.makedirs(folder)
    p = subprocess.Popen([PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--choose", "first", "--store", store, story],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = wait_for(lambda: p.poll() is not None or (os.path.exists(store) and try_rows(store, "SELECT uuid FROM viewing")),
                     "the viewing is in the store")
    uuid = found[0][0] if isinstance(found, list) else None
    err = p.communicate(timeout=60)[1]
    ok(uuid and p.returncode == 0, "recorded, then burnt", err)
    last = f"{folder}/last.yaml"
    with open(last, "w") as f:
        f.write(STORY.replace('end:\n    clip: {card: " ", for: 3s}', 'end:\n    clip: {card: " ", for: 300s}'))
    during = f"{folder}/during.sqlite"
    p = subprocess.Popen([PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--choose", "first", "--store", during, last],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    held = wait_for(lambda: os.path.exists(during) and [bytes(u) for u, in try_rows(during, "SELECT uuid FROM viewing")], "another one is in its store")
    landed = any(held[0] in open(f, "rb").read() for f in glob.glob(f"{during}*"))
    gone = wait_for(lambda: not any(held[0] in open(f, "rb").read() for f in glob.glob(f"{during}*")), "its bytes go")
    ok(landed and gone and p.poll() is None and os.path.exists(f"{during}-wal"), "while the film goes on, its id is in no file any more, nor in the log that is open", p.poll())
    p.terminate()
    p.wait(timeout=60)
    needles = [uuid] if isinstance(uuid, bytes) else [str(uuid).encode(), bytes.fromhex(str(uuid).replace("-", ""))] if uuid else []
    holding = [f for f in glob.glob(f"{folder}/*") for n in needles if n in open(f, "rb").read()]
    ok(needles and not holding and rows(store, "SELECT count(*) FROM viewing") == [(0,)], "no file holds its id any more", holding)


def main():
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        with open(f"{top}/story.yaml", "w") as f:
            f.write(STORY)
        test_fast(top, f"{top}/story.yaml")
        test_share(top)
        test_share_of_viewings(top)
        test_saved(top, f"{top}/story.yaml")
        test_bytes(top, f"{top}/story.yaml")
    return done()


raise SystemExit(main())
