#!/usr/bin/python3
# tests/run: waits most of the time
"""Plays in real time with twice the author's time to choose, and nobody chooses. The film must wait for exactly the
time by which the window is longer, lose no picture over it, and record the wait in the database. Every frame carries
its own number (tests/seam/media.py)."""
import os
import sqlite3
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "seam"))
import lib
from media import CELLS, Clip, read_code

PROGRAM = os.path.abspath(f"{os.environ.get('FRUMIOUS_BUILD', 'build')}/frumious")
FPS, RATE = 24, 48000
CLOSES = 36  # frames: the window closes as this one is due
FRAMES = 72
TAKES = 3
STORY = """frumious: 1
id: org.example.wait
title: Wait
start: a
nodes:
  a:
    clip: {file}
    decision: {{id: d, opens: 0.5s, for: 1s, default: x, options: {{x: {{text: X, goto: e}}, y: {{text: Y, goto: e}}}}}}
  e: {{clip: {{card: E, for: 500ms}}, ending: {{id: e, title: E}}}}
"""


def play(folder, name, *more):
    out = {k: f"{folder}/{name}.{k}" for k in ("store", "trace", "record")}
    done = subprocess.run([PROGRAM, "play", "--headless", "--choose", "default", *[x for k, v in out.items() for x in (f"--{k}", v)],
                           *more, f"{folder}/story.yaml"], capture_output=True, text=True, timeout=100)
    lib.ok(done.returncode == 0, f"{name}: plays", done.stderr)
    return out


def read_trace(path):
    """(frame, film sample) of every flip in node a, and how many frames a slow machine made the player drop."""
    flips, dropped = [], None
    for line in open(path):
        w = line.split()
        if w[0] == "end":
            dropped = int(w[2])
        elif w[0] == "flip" and w[5] == "a":
            code = read_code([int(w[9][i * 2:i * 2 + 2], 16) > 128 for i in range(CELLS)])
            flips.append((code and code[1], int(w[1])))
    return flips, dropped


def look(out):
    row = sqlite3.connect(out["store"]).execute(
        "SELECT window_us, time_mode, outcome, latency_us FROM v_exposure").fetchall()
    mode = sqlite3.connect(out["store"]).execute("SELECT time_mode, watched_us FROM v_viewing").fetchone()
    return row, mode


def lines(path):
    return [l for l in open(path) if l.split()[0] in ("pick", "timeout")]


def main():
    with tempfile.TemporaryDirectory() as folder:
        clip = Clip("film", FPS, FRAMES)
        clip.make(folder)
        with open(f"{folder}/story.yaml", "w") as f:
            f.write(STORY.format(file=clip.file))
        author = play(folder, "author")
        row, mode = look(author)
        lib.ok(row == [(1000000, 1, "timeout", 1000000)] and mode[0] == 1, "with the author's time: one second", row)
        for take in range(TAKES):
            twice = play(folder, f"twice{take}", "--realtime", "--time", "2")
            flips, dropped = read_trace(twice["trace"])
            if dropped == 0:
                break
        row, mode = look(twice)
        lib.ok(row == [(2000000, 2, "timeout", 2000000)] and mode[0] == 2, "with twice the time: two", (row, mode))
        film_us = FRAMES * 1000000 // FPS + 500000
        lib.ok(mode[1] >= film_us + 1000000 - 1000, "the play takes a second longer", mode)
        lib.ok(lines(twice["record"]) == lines(author["record"]), "the transcript is the same",
               (lines(twice["record"]), lines(author["record"])))
        held_at = CLOSES * RATE // FPS - 1
        held = [frame for frame, smp in flips if smp == held_at]
        lib.ok(len(held) > 10 and set(held) == {CLOSES - 1}, "the last picture before the window closes stays", held)
        if dropped:
            lib.skip("no picture is lost", "the machine had no calm moment")
        else:
            shown = [frame for frame, _ in flips]
            lib.ok(sorted(set(shown)) == list(range(FRAMES)) and shown == sorted(shown), "no picture is lost or comes again", shown)
        done = subprocess.run([PROGRAM, "play", "--headless", "--time", "2", f"{folder}/story.yaml"], capture_output=True, text=True,
                              timeout=60)
        lib.ok(done.returncode == 2 and "--time gives a viewer more time" in done.stderr, "faster than time nothing waits: said", done.stderr)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
