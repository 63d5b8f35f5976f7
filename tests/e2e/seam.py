#!/usr/bin/python3
"""The contract of the cut, in a short matrix: see tests/seam/seam.py. Every frame shown and every sample sounded is counted.

Lateness is told and fails nothing; nor does a frame that was lost while the machine kept an idle program from running, too.
"""
import copy
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "seam"))
import judge
import seam

SAMPLE = 8  # bytes


def spoil_sound(take, to, at, drop, repeat):
    """Copies the recording without `drop` samples, or with `repeat` samples twice, at sample `at`."""
    sound = open(take.sound, "rb").read()
    with open(to, "wb") as f:
        f.write(sound[:at * SAMPLE] + sound[(at - repeat) * SAMPLE:at * SAMPLE] + sound[(at + drop) * SAMPLE:])


def spoil_trace(take, to, change):
    lines = open(take.trace).read().splitlines()
    flips = [i for i, line in enumerate(lines) if line.startswith("flip ")]
    change(lines, flips[len(flips) // 2])
    open(to, "w").write("\n".join(lines) + "\n")


def swap(lines, i):
    a, b = lines[i].split(), lines[i + 1].split()
    a[8], b[8] = b[8], a[8]
    lines[i], lines[i + 1] = " ".join(a), " ".join(b)


def spoiled(v, top):
    """What is wrong in a play must be found: (what, found)."""
    at = v.facts["offset"] + v.facts["joins"][len(v.facts["joins"]) // 2]
    for what, drop, repeat in (("a sample missing at the cut", 1, 0), ("a sample twice at the cut", 0, 1),
                               ("a hundred samples missing", 100, 0), ("a buffer twice", 0, 1024)):
        take = copy.copy(v.take)
        take.sound = f"{top}/spoiled.raw"
        spoil_sound(v.take, take.sound, at + 7, drop, repeat)
        yield what, judge.judge(v.way, take).samples > 0
    for what, change in (("a frame lost", lambda lines, i: lines.pop(i)), ("two frames in wrong order", swap),
                         ("a frame repeated", lambda lines, i: lines.insert(i + 1, lines[i - 1]))):
        take = copy.copy(v.take)
        take.trace = f"{top}/spoiled.trace"
        spoil_trace(v.take, take.trace, change)
        now = judge.judge(v.way, take)
        yield what, now.frames + now.late > v.frames + v.late


def main():
    points = failures = late = edges = 0
    with tempfile.TemporaryDirectory() as top:
        media = f"{top}/media"
        os.makedirs(media)
        for v in seam.run(seam.short_ways(), media, top):
            for count, what in ((v.frames, "frames"), (v.samples, "samples")):
                points += 1
                failures += count > 0
                print(f"{'not ' if count else ''}ok {points} - {v.name}: {v.edges} edges, {count} {what} wrong")
            for note in v.notes:
                print(f"#   {note}")
            if v.name == "chain" and not v.frames + v.samples:
                for what, found in spoiled(v, top):
                    points += 1
                    failures += not found
                    print(f"{'' if found else 'not '}ok {points} - the judge finds {what}")
            late, edges = late + v.late, edges + v.edges
    print(f"# {edges} edges, {late} late")
    print(f"1..{points}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
