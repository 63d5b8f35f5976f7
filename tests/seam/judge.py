"""Compares what a play has shown and sounded with arithmetic, and counts."""
import re
import statistics
import subprocess

import media
import rig
from story import arithmetic

DISPLAY_NS = 1e9 / 60
HELD_NS = 4e6
BLACK, WHITE = 96, 160


class Flip:
    def __init__(self, line):
        _, film, due, start, end, self.node, pos, overslept, starved, cells = line.split()
        self.film, self.due, self.start, self.end, self.pos = int(film), int(due), int(start), int(end), int(pos)
        # The machine did not let the loop run, or the decoder was not done.
        held_ns = max(int(overslept), self.end - self.start, self.start - self.due if self.due else 0)
        self.held = held_ns > HELD_NS or starved == "1"
        levels = bytes.fromhex(cells)
        clean = all(v < BLACK or v > WHITE for v in levels)
        self.code = media.read_code([int(v > WHITE) for v in levels]) if clean else None


class Verdict:
    """late: frames off the grid by more than a display's frame, and what the machine, not the player, made impossible: what is
    missing where an idle program that wanted to look at the screen was kept from running, too."""

    def __init__(self, way):
        self.name, self.edges, self.frames, self.samples, self.late, self.notes, self.facts = way.name, 0, 0, 0, 0, [], {}

    def note(self, text):
        if len(self.notes) < 40:
            self.notes.append(text)


AROUND_NS = (100e6, 50e6)


class Gaps:
    """When the eye was kept from looking."""

    def __init__(self, path):
        self.gaps = [tuple(map(int, line.split()[1:])) for line in open(path) if line.startswith("gap ")]

    def near(self, ns):
        return any(a - AROUND_NS[1] <= ns <= b + AROUND_NS[0] for a, b in self.gaps)


def read_trace(path):
    flips, totals = [], {}
    for line in open(path):
        if line.startswith("flip "):
            flips.append(Flip(line))
        elif line.startswith("end "):
            words = line.split()[1:]
            totals = dict(zip(words[::2], map(int, words[1::2])))
    return flips, totals


def heard_ns(take, offset, film):
    """When the film's sample was heard."""
    at = offset + film
    return take.sink.get("first_ns", 0) + at * 1e9 / media.RATE + sum(ns for smp, ns in take.shifts if smp <= at)


def hear(v, take, shots, gaps, way_pauses):
    """Returns the recording's sample of the film's first, and the film's positions of cuts that only the sound knows."""
    text = "\n".join(p for s in shots for p in s.pieces()) + "\n"
    done = subprocess.run([f"{rig.TOOLS}/tools/seam_ear", take.sound], input=text, capture_output=True, text=True, timeout=300)
    words = re.search(r"sums wrong (\d+) jumps (\d+) stands (\d+) holes (\d+)", done.stdout)
    if done.returncode or not words:
        v.samples += 1
        v.note(f"nothing was heard: {done.stderr or done.stdout}")
        return 0, {}
    offset = int(re.search(r"offset (-?\d+)", done.stdout).group(1))
    wrong, jumps, _, _ = map(int, words.groups())
    v.samples += wrong + jumps
    for line in done.stdout.splitlines():
        if re.match(r"(wrong|jump|hole|stand|ends|no cut)", line):
            v.note("sound: " + line)
    silences = re.findall(r"(hole|stand) at (\d+) for (\d+)", done.stdout)
    v.facts["silences"] = len(silences)
    for kind, at, smp in silences[way_pauses:]:
        if gaps.near(heard_ns(take, offset, int(at))):
            v.late += 1
        else:
            v.samples += int(smp)
    gains = re.findall(r"piece \d+ gain (\S+) (\S+)", done.stdout)
    v.facts["gain"] = (min(float(g) for p in gains for g in p), max(float(g) for p in gains for g in p))
    cuts = {int(i): (int(at), int(moved)) for i, at, moved in re.findall(r"cut (\d+) at (\d+) moved (-?\d+)", done.stdout)}
    return offset, cuts


def settle(shots, cuts):
    """Puts the lengths right that only the sound knew."""
    piece, moved = 0, 0
    for s in shots:
        s.start += moved
        n = len(list(s.pieces()))
        for i in range(piece, piece + n):
            if i in cuts:
                s.length += cuts[i][1]
                moved += cuts[i][1]
        s.slack = 0
        piece += n


def see(v, shots, flips):
    """Matches what was presented with what belongs there. Returns what was, in order (film sample, time, code); what was lost
    (film sample, code, whether the loop was kept from running there); and what does not belong there."""
    expected = [c for s in shots for c in s.codes()]
    matched, lost, foreign, at, last, held = [], [], [], 0, None, False
    for flip in flips:
        held |= flip.held
        if flip.code is None or flip.code == last:
            continue
        last = flip.code
        ahead = next((i for i in range(at, min(at + 200, len(expected))) if expected[i][1] == flip.code), None)
        if ahead is None:
            foreign.append(flip)
            v.note(f"frame {flip.code} does not belong there (after film sample {matched[-1][0] if matched else '-'})")
            continue
        lost += [(*expected[i], held) for i in range(at, ahead)]
        matched.append((expected[ahead][0], flip.start, flip.code))
        at, held = ahead + 1, flip.held
    return matched, lost + [(*e, held) for e in expected[at:]], foreign


NEAR = 12  # frames before and behind one that say where the grid is


def grid(v, matched, heard):
    """Times of frames against the device's: counts the late ones."""
    errors = [(t - heard(film), film, code) for film, t, code in matched if film > 0]
    if not errors:
        return
    alone = [e for e, _, _ in errors]
    off = [e - statistics.median(alone[max(i - NEAR, 0):i + NEAR + 1]) for i, e in enumerate(alone)]
    v.facts["av_ms"], v.facts["av_worst_ms"] = statistics.median(alone) / 1e6, max(alone, key=abs) / 1e6
    ordered = sorted(abs(o) for o in off)
    v.facts["p50_ms"], v.facts["p99_ms"], v.facts["worst_ms"] = (ordered[min(int(len(off) * q), len(off) - 1)] / 1e6
                                                                for q in (0.5, 0.99, 1))
    for o, (_, film, code) in zip(off, errors):
        if abs(o) > DISPLAY_NS:
            v.late += 1
            v.note(f"late: frame {code} at film sample {film} by {o / 1e6:.1f} ms")


def judge(way, take, steps=None):
    v = Verdict(way)
    shots = arithmetic(way, steps)
    v.edges = len(shots) - 1
    if take.code != 0:
        v.frames += 1
        v.note(f"the program ended with {take.code}: {take.log.strip()}")
        return v
    gaps = Gaps(take.seen)
    offset, cuts = hear(v, take, shots, gaps, way.pauses)
    settle(shots, cuts)
    v.facts["offset"], v.facts["joins"] = offset, [s.start for s in shots[1:]]
    flips, totals = read_trace(take.trace)
    v.facts.update(totals)
    matched, lost, foreign = see(v, shots, flips)
    v.frames += len(foreign)
    for film, code, excused in lost:
        v.late += excused
        v.frames += not excused
        v.note(f"lost: frame {code} at film sample {film}{' (the machine stood)' if excused else ''}")
    # A node without a picture shows none of a neighbour's.
    blind = {s.node.name for s in shots if not s.node.clip.frames}
    for f in flips:
        if f.node in blind and f.code is not None:
            v.frames += 1
            v.note(f"trace: frame {f.code} shown in {f.node}, which has no picture")
    v.facts["gaps"] = len(gaps.gaps)
    grid(v, matched, lambda film: heard_ns(take, offset, film))
    v.facts["starved"], v.facts["sink_worst_us"] = take.sink.get("starved"), take.sink.get("worst_us")
    witness(v, take, shots, [f.code for f in flips])
    if take.memory:
        third = max(len(take.memory) // 3, 1)
        v.facts["grown_kb"] = max(take.memory[-third:]) - max(take.memory[third:2 * third] or take.memory)
    return v


def witness(v, take, shots, traced):
    """The eye on the screen must have seen what the trace tells, but for the moments in which it was kept from looking."""
    seen = []
    for line in open(take.seen):
        words = line.split()
        if words[0] == "see" and words[2] != "-":
            code = media.read_code([int(b) for b in words[2]])
            if code:
                seen.append(code)
    told = [c for i, c in enumerate(traced) if c and (i == 0 or traced[i - 1] != c)]
    at, strange = 0, 0
    for code in seen:
        ahead = next((i for i in range(at, min(at + 100, len(told))) if told[i] == code), None)
        if ahead is None:
            strange += bool(at)  # before the first frame, the screen may still show the play before
            continue
        at = ahead + 1
    v.facts["seen"], v.facts["told"], v.facts["strange"] = len(seen), len(told), strange
    if strange:
        v.frames += strange
        v.note(f"{strange} frames were on the screen that the trace does not tell of")
