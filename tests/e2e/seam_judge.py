#!/usr/bin/python3
# tests/run: may run beside others
"""Tests the judge of the cut: computed takes are each spoilt in one place, and the judge must find that fault and nothing else.

Nothing is played here; a take is written as a flawless player on a calm machine would have left it.
"""
import array
import copy
import math
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "seam"))
import judge
import lib
import rig
from media import RATE, Clip, code_bits
from story import Node, Way, arithmetic

FIRST_NS = 5_000_000_000
OFFSET = 2048  # samples of silence before the film
LOOK_NS = 50_000_000
WAITED_NS = 40_000_000


def make_way():
    a, b, c = Clip("a", 24, 24), Clip("b", 25, 22, rate=44100), Clip("c", 60, 45)
    blind = Clip("blind", 25, 0, beats=12)
    names = "n0 n1 n2 n3 n4".split()
    nodes = [Node(n, clip, goto=g) for n, clip, g in zip(names, (a, b, c, blind, a), names[1:] + [None])]
    nodes[-1].ending = True
    return Way("made", nodes, [(n, "next", None) for n in names[:-1]] + [(names[-1], "end", None)])


def sound_of(shots):
    out = array.array("f", bytes(OFFSET * 8))
    for s in shots:
        clip = s.node.clip
        waves = [[0.5 * math.sin(2 * math.pi * hz * i / RATE) for i in range(RATE)] for hz in clip.hz]
        for i in range(s.length):
            out.append(waves[0][(s.pos + i) % RATE])
            out.append(waves[1][(s.pos + i) % RATE])
    return out


def ns_of(film):
    return FIRST_NS + (OFFSET + film) * 10 ** 9 // RATE + 300_000


class Made:
    """A take's files in memory: flips and what the eye saw are lists of [ns, node, (clip, frame)]."""

    def __init__(self, way):
        self.way, self.shots = way, arithmetic(way)
        self.sound, self.shifts, self.code, self.underrun = sound_of(self.shots), [], 0, 0
        self.flips = [[ns_of(film), s.node.name, code] for s in self.shots for film, code in s.codes()]
        self.seen = [list(f) for f in self.flips]
        self.stood = []    # film samples at which our programs waited while others worked
        self.evidence = None  # what else is told of all looks: (waited, others, idle, stolen, read)
        self.gaps = []
        self.joins = [s.start for s in self.shots[1:]]

    def at(self, film):
        """Index of the first flip from there on."""
        return next(i for i, f in enumerate(self.flips) if f[0] >= ns_of(film))

    def write(self, folder):
        take = rig.Take(folder)
        take.code, take.sink, take.shifts = self.code, {"first_ns": FIRST_NS, "starved": len(self.shifts), "worst_us": 1}, self.shifts
        with open(take.sound, "wb") as f:
            self.sound.tofile(f)
        with open(take.trace, "w") as f:
            for ns, node, code in self.flips:
                cells = "".join("ff" if b else "00" for b in code_bits(*code))
                print("flip", 0, ns - 10, ns, ns + 10, node, 0, 0, 0, cells, file=f)
            print("end dropped 0 held 0 underrun", self.underrun, "late 0", file=f)
        with open(take.seen, "w") as f:
            for ns, _, code in self.seen:
                print("see", ns, "".join(map(str, code_bits(*code))), file=f)
            for gap in self.gaps:
                print("gap", *gap, file=f)
        with open(take.machine, "w") as f:
            for start in range(FIRST_NS, ns_of(len(self.sound) // 2), LOOK_NS):
                stood = any(start <= ns_of(film) < start + LOOK_NS for film in self.stood)
                looks = (WAITED_NS, LOOK_NS, LOOK_NS, 0, 0) if stood else (0, 0, 2 * LOOK_NS, 0, 0)
                print(start, start + LOOK_NS, *(self.evidence or looks), file=f)
        return take


def cut_sound(made, film, drop=0, repeat=0, silence=0):
    """Drops samples there, plays some twice, or puts silence in their place or (negative) between them."""
    i = (OFFSET + film) * 2
    s = made.sound
    if silence > 0:
        s[i:i + silence * 2] = array.array("f", bytes(silence * 8))
    elif silence < 0:
        s[i:i] = array.array("f", bytes(-silence * 8))
    elif repeat:
        s[i:i] = s[i - repeat * 2:i]
    else:
        del s[i:i + drop * 2]


def bend(made, film):
    made.sound[(OFFSET + film) * 2] += 0.2


def nudge(made, film):
    """As a resampler's first sample: by so little that it still is right."""
    made.sound[(OFFSET + film) * 2] += 0.001


def lose(made, i, n=1):
    del made.flips[i:i + n]
    made.seen = [list(f) for f in made.flips]


def show(made, i, code):
    """Frame i shows another one's code."""
    made.flips[i][2] = made.seen[i][2] = code


def swap(made, i):
    a, b = made.flips[i][2], made.flips[i + 1][2]
    show(made, i, b)
    show(made, i + 1, a)


def delay(made, i, ns):
    made.flips[i][0] += ns


def again(made, i):
    """The frame before, once more, between this one and the next."""
    extra = [made.flips[i][0] + 1_000_000, made.flips[i][1], made.flips[i - 1][2]]
    made.flips.insert(i + 1, extra)
    made.seen.insert(i + 1, list(extra))


def rest(made, film, smp):
    """A pause, as the viewer makes it."""
    made.way = copy.copy(made.way)
    made.way.pauses = 1
    cut_sound(made, film, silence=-smp)
    for f in made.flips + made.seen:
        if f[0] > ns_of(film):
            f[0] += smp * 10 ** 9 // RATE


def late_after_rest(made):
    film = (made.joins[0] + made.joins[1]) // 2 + 300
    rest(made, film, 2000)
    after = next(i for i, f in enumerate(made.flips) if f[0] > ns_of(film + 2000))
    for i in range(after, len(made.flips)):
        delay(made, i, 20_000_000)


def starve(made, film, ns):
    made.shifts.append((OFFSET + film, ns))
    for f in made.flips + made.seen:
        if f[0] > ns_of(film):
            f[0] += ns


def picture_in_blind(made):
    start = made.shots[3].start
    made.flips.insert(made.at(made.shots[4].start), [ns_of(start + 2000), "n3", made.flips[made.at(start) - 1][2]])


# What is done, how, and how much of it is wrong: frames, samples, late (None: any number above 0), and what it is if the machine
# stood there: the same, or excused.
SAME, EXCUSED = "the same", "excused"
SPOILT = [
    ("nothing", lambda m: None, 0, 0, 0, SAME),
    ("a sample missing at a cut", lambda m: cut_sound(m, m.joins[0], drop=1), 0, 1, 0, SAME),
    ("a sample missing behind a cut", lambda m: cut_sound(m, m.joins[1] + 7, drop=1), 0, None, 0, SAME),
    ("a sample missing before a cut", lambda m: cut_sound(m, m.joins[0] - 9, drop=1), 0, None, 0, SAME),
    ("a sample twice at a cut", lambda m: cut_sound(m, m.joins[0], repeat=1), 0, 1, 0, SAME),
    ("a hundred samples missing", lambda m: cut_sound(m, m.joins[1], drop=100), 0, None, 0, SAME),
    ("a buffer twice", lambda m: cut_sound(m, m.joins[1] + 3000, repeat=1024), 0, None, 0, SAME),
    ("one sample that is another", lambda m: bend(m, m.joins[1] + 5), 0, 1, 0, SAME),
    ("silence for 500 samples", lambda m: cut_sound(m, 20000, silence=500), 0, None, 0, EXCUSED),
    ("silence at the beginning of a branch", lambda m: cut_sound(m, m.joins[0], silence=700), 0, None, 0, EXCUSED),
    ("silence at the end of a node", lambda m: cut_sound(m, m.joins[0] - 700, silence=700), 0, None, 0, EXCUSED),
    ("silence across a cut", lambda m: cut_sound(m, m.joins[0] - 400, silence=900), 0, None, 0, EXCUSED),
    ("silence in which the film stands", lambda m: cut_sound(m, m.joins[1], silence=-2000), 0, None, None, EXCUSED),
    ("silence in which the film stands, before a beginning that is not quite zero",
     lambda m: (cut_sound(m, m.joins[1], silence=-2000), nudge(m, m.joins[1] + 2000)), 0, None, None, EXCUSED),
    ("the same, for a time in which no tone comes round", lambda m: (cut_sound(m, m.joins[1], silence=-2345), nudge(m, m.joins[1] + 2345)),
     0, None, None, EXCUSED),
    ("the same at another cut", lambda m: (cut_sound(m, m.joins[0], silence=-6095), nudge(m, m.joins[0] + 6095)), 0, None, None, EXCUSED),
    ("the same for a frame's time, in which the tone comes round", lambda m: cut_sound(m, m.joins[0], silence=-1920), 0, None, None, EXCUSED),
    ("silence before a cut at which the film then stands",
     lambda m: (cut_sound(m, m.joins[0] - 700, silence=700), cut_sound(m, m.joins[0], silence=-2345)), 0, None, None, EXCUSED),
    ("silence in which the film stands, in the middle of a node", lambda m: cut_sound(m, m.joins[1] + 700, silence=-3333),
     0, None, None, EXCUSED),
    ("a pause in the middle of a node", lambda m: rest(m, (m.joins[0] + m.joins[1]) // 2 + 300, 2000), 0, 0, 0, SAME),
    ("a device left without sound", lambda m: starve(m, 30000, 20_000_000), 0, None, None, EXCUSED),
    ("a frame lost", lambda m: lose(m, 12), 1, 0, 0, EXCUSED),
    ("the last frame of a node lost", lambda m: lose(m, m.at(m.joins[0]) - 1), 1, 0, 0, EXCUSED),
    ("the first frame of a branch lost", lambda m: lose(m, m.at(m.joins[0])), 1, 0, 0, EXCUSED),
    ("three frames lost", lambda m: lose(m, 30, 3), 3, 0, 0, EXCUSED),
    ("the film's last frame lost", lambda m: lose(m, len(m.flips) - 1), 1, 0, 0, EXCUSED),
    ("two frames in wrong order", lambda m: swap(m, 40), None, 0, None, SAME),
    ("a frame again", lambda m: again(m, 50), 1, 0, 0, SAME),
    ("the first frame of another branch", lambda m: show(m, m.at(m.joins[0]), m.flips[m.at(m.joins[1])][2]), None, 0, None, SAME),
    ("a frame behind the node's last", lambda m: show(m, m.at(m.joins[0]), (m.flips[0][2][0], 24)), 2, 0, 0, EXCUSED),
    ("a frame of a clip that is in no story", lambda m: show(m, 33, (251, 3)), 2, 0, 0, SAME),
    ("a picture in a node that has none", picture_in_blind, None, 0, 0, SAME),
    ("a frame that only the screen knows", lambda m: m.seen.insert(20, [m.seen[20][0], "n0", (251, 9)]), 1, 0, 0, SAME),
    ("a program that failed", lambda m: setattr(m, "code", 1), 1, 0, 0, SAME),
    ("a frame late by 20 ms at a cut", lambda m: delay(m, m.at(m.joins[0]), 20_000_000), 0, 0, 1, EXCUSED),
    ("a frame late by 12 ms", lambda m: delay(m, 20, 12_000_000), 0, 0, 0, SAME),
    ("a frame early by 20 ms", lambda m: delay(m, 20, -20_000_000), 0, 0, 1, EXCUSED),
    ("the film's first frame, which stands until the film begins", lambda m: delay(m, 0, -2_000_000_000), 0, 0, 0, SAME),
    ("the film's first frame late by 20 ms", lambda m: delay(m, 0, 20_000_000), 0, 0, 1, EXCUSED),
    ("the film's first frames early by 20 ms, all of them", lambda m: [delay(m, i, -20_000_000) for i in range(16)], 0, 0, 1, EXCUSED),
    ("the second frame late by 25 ms", lambda m: delay(m, 1, 25_000_000), 0, 0, 1, EXCUSED),
    ("the first frames after a pause late by 20 ms, all of them", late_after_rest, 0, 0, 1, EXCUSED),
]


# What others tell while a frame is lost: (what, waited, others, idle, stolen, bytes read, a gap, is that the machine's fault?)
L = LOOK_NS
EVIDENCE = [
    ("all was calm", (0, 0, 2 * L, 0, 0), False, False),
    ("we waited while others worked", (L // 2, L, L // 2, 0, 0), False, True),
    ("we waited on a machine that was full", (L // 2, 0, 0, 0, 0), False, True),
    ("we waited for each other while a CPU was idle", (L // 2, 0, L, 0, 0), False, False),
    ("others worked and we did not wait", (L // 100, L, L // 2, 0, 0), False, False),
    ("the host took a CPU away", (0, 0, 2 * L, L // 5, 0), False, True),
    ("a file came from the disk", (0, 0, 2 * L, 0, 4096), False, True),
    ("an idle program overslept", (0, 0, 2 * L, 0, 0), True, True),
]


def test_evidence(perfect, top):
    for what, looks, gap, guilty in EVIDENCE:
        made = copy.deepcopy(perfect)
        made.evidence, lost = looks, made.flips[40][0]
        made.gaps = [(lost - 30_000_000, lost - 20_000_000)] if gap else []
        lose(made, 40)
        v = judge.judge(made.way, made.write(top))
        lib.ok(v.void == guilty and v.wrong != guilty, f"a frame is lost while {what}: {'void' if guilty else 'wrong'}", tell(v))
    for what, ns, dead in (("a fifth of a second and more", 250_000_000, True), ("less", 150_000_000, False)):
        made = copy.deepcopy(perfect)
        cut_sound(made, made.joins[2], drop=300)
        made.gaps = [(made.flips[20][0], made.flips[20][0] + ns)]
        v = judge.judge(made.way, made.write(top))
        lib.ok(v.void == dead and v.wrong != dead, f"samples are missing after all stood for {what}", tell(v))


def fits(count, expected):
    return count > 0 if expected is None else count == expected


def tell(v):
    return f"{v.frames} frames, {v.samples} samples, {v.late} late, {v.excused} excused\n" + "\n".join(v.notes)


def main():
    way = make_way()
    perfect = Made(way)
    with tempfile.TemporaryDirectory() as top:
        for what, spoil, frames, samples, late, stood in SPOILT:
            made = copy.deepcopy(perfect)
            spoil(made)
            v = judge.judge(made.way, made.write(top))
            lib.ok(fits(v.frames, frames) and fits(v.samples, samples) and (late is None or v.late == late) and not v.void,
                   f"{what}: as wrong as it is", tell(v))
            made.stood = list(range(0, len(made.sound) // 2, 1000))
            w = judge.judge(made.way, made.write(top))
            if stood is SAME:
                lib.ok(w.wrong == v.wrong and not w.void, f"{what}: and so if the machine stood", tell(w))
            else:
                loses = v.frames + v.samples > 0
                lib.ok(not w.wrong and w.late == 0 and w.void == loses, f"{what}: nothing is proved if the machine stood", tell(w))
                made.stood = [len(made.sound) // 2 - 3000]
                w = judge.judge(made.way, made.write(top))
                lib.ok((w.frames, w.samples, w.late) == (v.frames, v.samples, v.late), f"{what}: another moment excuses nothing", tell(w))
        test_evidence(perfect, top)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
