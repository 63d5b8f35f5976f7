"""Compares the picture and the sound of a play with what was computed beforehand, and counts the differences.

There are two kinds of error. A frame of another clip, a frame shown twice or out of order, a wrong sample, or sound
that continues out of step can only be the player's fault: these always count. Missing frames, silence in place of
sound, and a sound device left without a buffer may also come from a machine that did not let the player run. These
count only while the machine was calm. While it was not (class Machine decides, without asking the player), they prove
nothing, and the take is void unless it is wrong for another reason. A take with any error is also void if the whole
machine stalled for so long that the player began to recover: the player gives up a sound device that asks for nothing
for half a second, and the film continues without it. A frame is late if it is more than one display frame off the
grid of its neighbours or, in the first second after a beginning (the film's start, the end of a pause, going back), if
it stands that much too long or too short. A late frame counts only while the machine was calm, and never makes a take void.
"""
import re
import statistics
import subprocess

import media
import rig
from story import CUT_SMP, arithmetic

DISPLAY_NS = 1e9 / 60
BLACK, WHITE = 96, 160


class Flip:
    def __init__(self, line):
        _, film, due, start, end, self.node, pos, overslept, starved, cells = line.split()
        self.film, self.due, self.start, self.end, self.pos = int(film), int(due), int(start), int(end), int(pos)
        levels = bytes.fromhex(cells)
        clean = all(v < BLACK or v > WHITE for v in levels)
        self.code = media.read_code([int(v > WHITE) for v in levels]) if clean else None


class Verdict:
    """frames, samples: how many are wrong; late: frames and cuts; excused: what was lost while the machine stalled."""

    def __init__(self, way):
        self.name, self.edges, self.frames, self.samples, self.late, self.excused = way.name, 0, 0, 0, 0, 0
        self.notes, self.facts, self.grown = [], {}, False

    def note(self, text):
        if len(self.notes) < 40:
            self.notes.append(text)

    @property
    def wrong(self):
        return self.frames + self.samples > 0

    @property
    def void(self):
        return self.excused > 0 and not self.wrong


WAITED_NS = 8e6         # per look: how long our programs waited for a CPU
OTHERS = 0.2            # of a CPU, over SPAN_NS: above this, we waited because of other programs
DEAD_NS = 2e8           # nothing ran for this long: no player can be expected to keep time
FULL = 0.05             # of the CPUs idle: below this, the machine was full
SPAN_NS = 5e8
LOSING_NS = (2e9, 3e8)  # a stalled decoder shows only when its queues run dry, and recovering takes a moment
LATE_NS = (4e8, 1e8)


class Machine:
    """When the machine did not let the player run. The evidence never comes from the player: the eye, which has an
    idle thread on each CPU, overslept; the kernel counted that our threads waited for a CPU while other programs had
    it or none was idle; the host took a CPU away; a file had to be read from the disk."""

    def __init__(self, take):
        self.stood = []
        for line in open(take.seen):
            if line.startswith("gap "):
                self.stood.append(tuple(map(int, line.split()[1:])))
        self.gaps = len(self.stood)
        self.dead = max([b - a for a, b in self.stood] + [take.sink.get("worst_us", 0) * 1000]) > DEAD_NS
        looks = [tuple(map(int, line.split())) for line in open(take.machine)]
        for i, (start, end, waited, _, _, stolen, fetched) in enumerate(looks):
            span = [k for k in looks[max(i - 20, 0):i + 20] if k[1] > start - SPAN_NS and k[0] < end + SPAN_NS]
            ns = max(sum(k[1] - k[0] for k in span), 1)
            others, idle = sum(k[3] for k in span) / ns, sum(k[4] for k in span) / ns
            share = waited * 5e7 / max(end - start, 5e7)
            if stolen or fetched or (share > WAITED_NS and (others > OTHERS or idle < FULL)):
                self.stood.append((start, end))

    def near(self, ns, reach):
        return any(a - reach[1] <= ns <= b + reach[0] for a, b in self.stood)


def read_trace(path):
    flips, totals = [], {}
    for line in open(path):
        if line.startswith("flip "):
            flips.append(Flip(line))
        elif line.startswith("end "):
            words = line.split()[1:]
            totals = dict(zip(words[::2], map(int, words[1::2])))
    return flips, totals


class Heard:
    """The recording: the place of the film's first sample, the moments when the film stood still, and the cuts heard
    in it."""

    def __init__(self, take):
        self.take, self.offset, self.stands, self.cuts, self.silences = take, 0, [], {}, []
        self.gains, self.wrong, self.jumps, self.missed = [], 0, 0, []

    def listen(self, pieces):
        """Compares the recording with the pieces. Returns why that is impossible, or None."""
        done = subprocess.run([f"{rig.TOOLS}/tools/seam_ear", self.take.sound], input="\n".join(pieces) + "\n", capture_output=True,
                              text=True, timeout=300)
        words = re.search(r"sums wrong (\d+) jumps (\d+)", done.stdout)
        if done.returncode or not words:
            return done.stderr or done.stdout or "no sound"
        self.out = done.stdout
        self.wrong, self.jumps = map(int, words.groups())
        self.offset = int(re.search(r"offset (-?\d+)", self.out).group(1))
        self.silences = [(kind, int(at), int(smp)) for kind, at, smp in re.findall(r"(hole|stand) at (\d+) for (\d+)", self.out)]
        self.stands = [(at, smp) for kind, at, smp in self.silences if kind == "stand"]
        self.cuts = {int(i): (int(at), int(moved)) for i, at, moved in re.findall(r"cut (\d+) at (\d+) moved (-?\d+)", self.out)}
        self.missed = [int(at) for at in re.findall(r"no cut is heard near (\d+)", self.out)]
        self.gains = [float(g) for pair in re.findall(r"piece \d+ gain (\S+) (\S+)", self.out) for g in pair]
        return None

    def device_ns(self, smp):
        """When the device played this sample of the recording."""
        return self.take.sink.get("first_ns", 0) + self.take.device.plays_ns(smp) + sum(ns for at, ns in self.take.shifts if at <= smp)

    def ns(self, film):
        """When the film's sample was heard."""
        return self.device_ns(self.offset + film + sum(smp for at, smp in self.stands if at < film))


def hear(v, take, shots, machine, pauses, underrun):
    heard = Heard(take)
    trouble = heard.listen([p for s in shots for p in s.pieces()])
    if trouble:
        v.samples += 1
        v.note(f"nothing was heard: {trouble}")
        return heard
    for line in heard.out.splitlines():
        if re.match(r"(wrong|jump|hole|stand|ends|no cut)", line):
            v.note("sound: " + line)
    if any(machine.near(heard.ns(at), LOSING_NS) for at in heard.missed):
        v.excused += 1 + heard.wrong + heard.jumps
        return heard  # without knowing when a cut came, nothing after it can be compared
    v.samples += heard.jumps + len(heard.missed)
    losses = [(heard.ns(at), smp) for _, at, smp in heard.silences[pauses:]]
    losses += [(heard.device_ns(at), int(ns * media.RATE / 1e9)) for at, ns in take.shifts]
    for ns, smp in losses:
        excused = machine.near(ns, LOSING_NS)
        v.excused += excused
        v.samples += 0 if excused else smp
        v.note(f"sound: {smp} samples of silence{' (the machine stood)' if excused else ''}")
    # A decoder may have been late by less than the ear recognises as silence.
    places = [int(at) for at in re.findall(r"wrong from (\d+)", heard.out)]
    excused = 0 < heard.wrong <= underrun and all(machine.near(heard.ns(at), LOSING_NS) for at in places)
    v.excused += heard.wrong if excused else 0
    v.samples += 0 if excused else heard.wrong
    v.facts["silences"], v.facts["gain"] = len(heard.silences), (min(heard.gains), max(heard.gains))
    return heard


def settle(shots, cuts):
    """Corrects the lengths of the shots by the cuts that were heard."""
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


def prompt(v, shots, heard, machine):
    """Counts each cut at once that came too late."""
    for at, moved in heard.cuts.values():
        if moved > CUT_SMP and not machine.near(heard.ns(at), LOSING_NS) and not any(s.pos and s.start == at for s in shots):
            v.late += 1
            v.note(f"late: the cut at film sample {at} by {moved * 1000 / media.RATE:.0f} ms")


ASTRAY_NS = 1e9  # a frame further than this from its place belongs to another visit of the node
OVERRUN = 3       # frames
GROWN_KB = 4096   # a heap may vary by this much, a dozen frames; leaking one clip's data over 34 laps is more


def see(v, shots, flips, heard, machine):
    """Matches the frames that were presented with the expected ones. Returns the matches in order (film sample, time,
    code), the lost frames (film sample, code), and the flips that do not belong there. While a sound device lags, the
    picture may run a few frames past the cut, because the cut is where the sound stopped: such frames are excused if
    the machine stalled. The film's first frame may stand from when it is decoded: then its time tells nothing."""
    expected = [c for s in shots for c in s.codes()]
    astray = ASTRAY_NS + sum(smp for _, smp in heard.stands) / media.RATE * 1e9  # a picture may wait as long as the sound
    matched, lost, foreign, at, last = [], [], [], 0, None
    for flip in flips:
        if flip.code is None or flip.code == last:
            continue
        last = flip.code
        stands = at == 0 and expected and flip.code == expected[0][1] and flip.start < heard.ns(expected[0][0])
        ahead = 0 if stands else next((i for i in range(at, min(at + 200, len(expected)))
                                       if expected[i][1] == flip.code and abs(heard.ns(expected[i][0]) - flip.start) < astray), None)
        if ahead is None:
            clip, frame = matched[-1][2] if matched else (None, 0)
            overran = flip.code[0] == clip and 0 < flip.code[1] - frame <= OVERRUN
            if overran and machine.near(flip.start, LOSING_NS):
                v.excused += 1
            else:
                foreign.append(flip)
            v.note(f"frame {flip.code} does not belong there (after film sample {matched[-1][0] if matched else '-'})")
            continue
        lost += expected[at:ahead]
        if not stands:
            matched.append((expected[ahead][0], flip.start, flip.code))
        at = ahead + 1
    return matched, lost + expected[at:], foreign


NEAR = 12  # the grid at a frame is the median of this many frames before and after it


def grid(v, matched, heard, machine):
    """Compares the times of frames with those of the sound device, and returns those that are off the grid of their
    neighbours: {film sample: (by how many ns, when, code)}."""
    errors = [(t - heard.ns(film), t, film, code) for film, t, code in matched]
    if not errors:
        return {}
    alone = [e[0] for e in errors]
    off = [e - statistics.median(alone[max(i - NEAR, 0):i + NEAR + 1]) for i, e in enumerate(alone)]
    v.facts["av_ms"], v.facts["av_worst_ms"] = statistics.median(alone) / 1e6, max(alone, key=abs) / 1e6
    ordered = sorted(abs(o) for o in off)
    v.facts["p50_ms"], v.facts["p99_ms"], v.facts["worst_ms"] = (ordered[min(int(len(off) * q), len(off) - 1)] / 1e6
                                                                for q in (0.5, 0.99, 1))
    v.facts["off_grid"] = sum(abs(o) > DISPLAY_NS for o in off)
    return {film: (o, t, code) for o, (_, t, film, code) in zip(off, errors) if abs(o) > DISPLAY_NS}


def beginnings(shots, heard):
    """The film samples at which the film begins to run: at its start, after a pause or another stand, after going back."""
    return [0] + [at for at, _ in heard.stands] + [s.start for s in shots if s.pos]


def stumbles(v, matched, heard, starts):
    """The frames within the first second of a beginning that came too early or too late after the one before. There the
    neighbours may be off as well, so a frame's grid tells too little. Like grid()."""
    found = {}
    for (a, a_ns, _), (b, b_ns, code) in zip(matched, matched[1:]):
        off = (b_ns - heard.ns(b)) - (a_ns - heard.ns(a))
        if abs(off) > DISPLAY_NS and any(0 <= b - start < media.RATE for start in starts):
            found[b] = (off, b_ns, code)
    v.facts["stumbles"] = len(found)
    return found


def tell_late(v, matched, shots, heard, machine):
    off = grid(v, matched, heard, machine)
    after = dict(zip((m[0] for m in matched[1:]), (m[0] for m in matched)))  # one frame off the grid is one late frame
    off.update({film: at for film, at in stumbles(v, matched, heard, beginnings(shots, heard)).items()
                if film not in off and after[film] not in off})
    for film, (ns, t, code) in sorted(off.items()):
        if not machine.near(t, LATE_NS):
            v.late += 1
            v.note(f"late: frame {code} at film sample {film} by {ns / 1e6:.1f} ms")


def blind(v, shots, flips):
    """Counts the frames of other nodes that were shown in a node without a picture."""
    names = {s.node.name for s in shots if not s.node.clip.frames}
    for f in flips:
        if f.node in names and f.code is not None:
            v.frames += 1
            v.note(f"trace: frame {f.code} shown in {f.node}, which has no picture")


def judge(way, take, steps=None):
    v = Verdict(way)
    shots = arithmetic(way, steps)
    v.edges = len(shots) - 1
    if take.code != 0:
        v.frames += 1
        v.note(f"the program ended with {take.code}: {take.log.strip()}")
        return v
    machine = Machine(take)
    flips, totals = read_trace(take.trace)
    heard = hear(v, take, shots, machine, way.pauses, totals.get("underrun", 0))
    if v.excused and heard.missed:
        return v
    settle(shots, heard.cuts)
    prompt(v, shots, heard, machine)
    matched, lost, foreign = see(v, shots, flips, heard, machine)
    v.frames += len(foreign)
    for film, code in lost:
        excused = machine.near(heard.ns(film), LOSING_NS)
        v.excused += excused
        v.frames += not excused
        v.note(f"lost: frame {code} at film sample {film}{' (the machine stood)' if excused else ''}")
    blind(v, shots, flips)
    tell_late(v, matched, shots, heard, machine)
    witness(v, take, [f.code for f in flips])
    if machine.dead and v.wrong:
        v.excused += v.frames + v.samples
        v.frames = v.samples = 0
        v.note("all of this in a take in which everything stood")
    v.facts.update(totals, offset=heard.offset, joins=[s.start for s in shots[1:]], gaps=machine.gaps, stood=len(machine.stood),
                   starved=take.sink.get("starved"), sink_worst_us=take.sink.get("worst_us"))
    weigh(v, way, take.memory)
    return v


def weigh(v, way, memory):
    """A long loop must not need more memory in its last third than in its second."""
    if not memory:
        return
    third = max(len(memory) // 3, 1)
    v.facts["grown_kb"] = max(memory[-third:]) - max(memory[third:2 * third] or memory)
    v.grown = way.steady and v.facts["grown_kb"] > GROWN_KB
    if v.grown:
        v.note(f"memory: grew by {v.facts['grown_kb']} KiB in the last third")


def witness(v, take, traced):
    """The eye on the screen may have missed frames of the trace, but must not have seen any other frame."""
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
