"""Evaluates a take: when the screen showed which frame, what the sink received, and what playing cost."""
import array
import os
import statistics

import machine
from film import FPS, RATE
from media import read_code

FRAME_MS = 1000 / FPS
QUIET = 160  # of 32768: a tone is below this only for an instant
QUIET_SMP = RATE // 1000
LOUD = 3000
AROUND = 12  # the grid at a frame is the median of this many frames before and after it


def quantile(values, q):
    return sorted(values)[min(int(len(values) * q), len(values) - 1)]


def look(path, expected):
    """Returns [(index in expected, ns)] in order, and the spans in which the eye was kept from looking."""
    places = {code: i for i, code in enumerate(expected)}
    shown, gaps = [], []
    for line in open(path):
        words = line.split()
        if words[0] == "gap":
            gaps.append((int(words[1]), int(words[2])))
        elif words[2] != "-":
            place = places.get(read_code([int(b) for b in words[2]]))
            if place is not None and (not shown or place > shown[-1][0]):
                shown.append((place, int(words[1])))
    return shown, gaps


def pacing(shown, gaps, branch):
    """How far each frame is off the grid of its neighbours, in ms; the two sides of the branch have grids of their
    own."""
    off = []
    for side in ([s for s in shown if s[0] < branch], [s for s in shown if s[0] >= branch]):
        errors = [ns / 1e6 - place * FRAME_MS for place, ns in side]
        for i, (_, ns) in enumerate(side):
            if not any(a - 1e6 <= ns <= b + 1e6 for a, b in gaps):
                off.append(abs(errors[i] - statistics.median(errors[max(i - AROUND, 0):i + AROUND + 1])))
    return off


def silences(smp, first, last):
    """Yields (first sample, length) of each silence."""
    run = 0
    for i in range(first, last):
        if -QUIET < smp[i] < QUIET:
            run += 1
            continue
        if run >= QUIET_SMP:
            yield i - run, run
        run = 0


def listen(path, length_smp):
    """Returns the ms of silence at the join, and elsewhere. length_smp: how long the first segment is."""
    smp = array.array("h")
    with open(path, "rb") as f:
        data = f.read()
    smp.frombytes(data[:len(data) & ~3])
    smp = smp[::2]
    coarse = [i for i in range(0, len(smp), 16) if abs(smp[i]) > LOUD]
    if not coarse:
        return None, None
    found = list(silences(smp, coarse[0], coarse[-1]))
    join = coarse[0] + length_smp
    near = sum(n for at, n in found if abs(at - join) < RATE // 2)
    return near * 1000 / RATE, (sum(n for _, n in found) - near) * 1000 / RATE


def judge(take, film, way):
    """A dict of figures, or None if the player showed less than half of a segment."""
    expected, branch = film.expected[way], film.shown
    shown, gaps = look(take.seen, expected)
    before, after = [s for s in shown if s[0] < branch], [s for s in shown if s[0] >= branch]
    if len(before) < branch // 2 or len(after) < branch // 2:
        return None
    last, first = before[-1], after[0]
    off = pacing(shown, gaps, branch)
    silence, holes = listen(take.sound, film.frames * RATE // FPS)
    minutes = 2 * film.frames / FPS / 60
    there = {s[0] for s in shown}
    at_branch = [i for i in range(branch - 6, branch + 6) if i not in there]
    cpu = [machine.at(take.meter.cpu, ns) for ns in (shown[0][1], shown[-1][1])]
    x = [machine.at(take.meter.x, ns) for ns in (shown[0][1], shown[-1][1])]
    return {
        "gap_ms": (first[1] - last[1]) / 1e6 - FRAME_MS,
        "lost": len(expected) - len(there),
        "lost_branch": len(at_branch),
        "silence_ms": silence,
        "holes_ms": holes,
        "start_ms": (shown[0][1] - take.began_ns) / 1e6,
        "cpu_start": cpu[0],
        "cpu_min": (cpu[1] - cpu[0]) / minutes,
        "x_min": (x[1] - x[0]) / minutes,
        "mb": take.meter.peak_mb,
        "p50_ms": quantile(off, 0.5), "p99_ms": quantile(off, 0.99), "worst_ms": max(off),
        "blind": len(gaps),
    }


def decoding(done_s, film):
    return {"cpu_min": done_s / (2 * film.frames / FPS / 60)}


def children_s():
    t = os.times()
    return t.children_user + t.children_system
