#!/usr/bin/python3
# tests/run: waits most of the time
"""A viewer does not want to wait: by keys, by a click on the bar and by skipping what was seen they come from the beginning of a
long scene to its decision, and never past it; the record tells that what lay between was not watched. They also let the film run
twice as fast, but not while it asks. A real window under Xvfb."""
import os
import sys
import tempfile
import time

import lib
from lib import ok, wait_for
from window import SEEN_S, Desktop

STORY = """frumious: 1
id: org.example.watch
title: Watch
start: ask
nodes:
  ask:
    clip: {card: Hello., for: 600s}
    decision: {id: first, prompt: Which way?, opens: 300s, for: 90s, cut: now, default: again, options: {again: {text: Again, goto: ask}, on: {text: On, goto: over}}}
  over: {clip: {card: Over., for: 200ms}, ending: {id: end, title: The end of it}}
"""
WIDTH, HEIGHT = 800, 450


def by_keys(desk):
    desk.key(*["Up"] * 10)


def by_bar(desk):
    """The bar is not there before the panel of the decision before is gone."""
    desk.tool("mousemove", "--window", desk.window(), str(WIDTH // 3), str(HEIGHT // 3))
    time.sleep(SEEN_S)
    desk.tool("mousemove", "--window", desk.window(), str(WIDTH - 26), str(HEIGHT - 22), "click", "1")


def by_skipping(desk):
    desk.key("Tab")


def replay_from_map(desk):
    """The only decision has the focus there; the question before a new viewing has its way back first."""
    time.sleep(SEEN_S)
    desk.key("Escape")
    for key in ("Down", "Down", "Down", "Return", "Return", "Down", "Return"):
        time.sleep(SEEN_S)
        desk.key(key)
    ok(wait_for(lambda: desk.rows("SELECT 1 FROM exposure WHERE viewing = 2"), "the decision is asked in a new viewing"), "from the map, a new viewing begins before a decision")
    kinds = desk.rows("SELECT nth, (SELECT why FROM gap WHERE gap.viewing = viewing.id) FROM viewing ORDER BY id")
    ok(kinds == [(1, None), (None, 4)], "whose beginning was elsewhere, so that it is no first one", kinds)


def paces(trace, from_us, to_us):
    """How many pictures there were in this part of the scene, and how fast the film ran between one and the next."""
    flips = [line.split() for line in open(trace) if line.startswith("flip ")]
    shown = [(int(f[1]), int(f[2]), int(f[6])) for f in flips if int(f[2]) > 0 and f[5] == "ask"]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(shown, shown[1:])
             if from_us <= a[2] < b[2] < to_us and b[1] - a[1] < 1e9]
    return len(steps), sum(s[0] for s in steps) / 48000 / max(sum(s[1] for s in steps) / 1e9, 1e-9)


def judge_speed(desk, trace):
    fast, asked = paces(trace, 1e6, 250e6), paces(trace, 299.5e6, 400e6)
    ok(fast[0] > 5 and 1.7 < fast[1] < 2.1, "twice as fast as the sound device, which a busy machine slows down", fast)
    ok(asked[0] > 5 and 0.85 < asked[1] < 1.1, "but not while the film asks", asked)
    took = desk.rows("SELECT outcome.at_ms - exposure.at_ms - outcome.latency_us / 1000 FROM outcome JOIN exposure ON exposure.viewing = outcome.viewing AND exposure.seq = outcome.exposure")
    ok(len(took) >= 3 and all(abs(t[0]) < 150 for t in took[:3]), "so that deciding takes as long as it took the viewer", took)


def main():
    with tempfile.TemporaryDirectory() as top:
        with open(f"{top}/story.yaml", "w") as f:
            f.write(STORY)
        desk = Desktop(top, "watch")
        desk.consent("yes")
        saves = f"{desk.folder}/data/frumious/saves/org.example.watch"
        os.makedirs(saves)
        with open(f"{saves}/seen.ini", "w") as f:
            f.write("[scenes]\nask=300000\n")
        try:
            desk.start(f"{top}/story.yaml", "--trace", f"{top}/trace")
            wait_for(lambda: desk.rows("SELECT 1 FROM visit"), "the film begins")
            desk.key("braceright")
            time.sleep(4 * SEEN_S)
            for visit, go in enumerate((by_keys, by_bar, by_skipping), 1):
                asked = lambda: len(desk.rows("SELECT 1 FROM exposure")) == visit or (go(desk), time.sleep(2 * SEEN_S))[1]
                ok(wait_for(asked, "the decision is open"), f"{go.__name__}: the decision comes, and is asked")
                time.sleep(SEEN_S)
                desk.key("1")
            replay_from_map(desk)
            desk.key("q")
            wait_for(desk.ended, "the program leaves")
            watched = desk.rows("SELECT leave.playing_us, visit.planned_us FROM leave JOIN visit ON visit.viewing = leave.viewing AND visit.seq = leave.visit")
            judge_speed(desk, f"{top}/trace")
            ok(len(watched) >= 4 and all(0 < playing < planned / 4 for playing, planned in watched[:3]), "what was skipped was not watched", watched)
        finally:
            desk.stop()
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
