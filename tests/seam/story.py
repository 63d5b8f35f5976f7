"""Stories made of the films of media.py, a way through each, and the computed picture and sound along that way."""
import random

from media import RATE


class Node:
    """A node that plays a whole clip, or its frames from `first` up to but not including `last`. options: list of
    (name, goto). Times are in seconds."""

    def __init__(self, name, clip=None, first=None, last=None, options=(), default=None, timeout=None, opens=0.2, closes=None,
                 now=False, goto=None, ending=False, enter=None,
                 early=None):
        self.name, self.clip, self.ranged = name, clip, first is not None
        self.first = first or 0
        self.last = last if last is not None else (clip.beats if clip else 0)
        self.options, self.default, self.timeout = list(options), default, timeout
        self.opens, self.now, self.goto, self.ending, self.enter, self.early = opens, now, goto, ending, enter, early
        self.closes = closes if closes is not None else self.length / RATE - 0.15

    @property
    def length(self):
        """In samples. A whole file plays until its sound ends if that is more than 0.1 s after its picture."""
        picture = (self.last - self.first) * self.clip.frame_smp if self.clip else 0
        sound = self.clip.sound_smp if self.clip and not self.ranged else 0
        return sound if sound > picture + RATE // 10 else picture

    def lines(self):
        yield f"  {self.name}:"
        if self.clip and self.ranged:
            fps = self.clip.fps
            yield f"    clip: {{file: {self.clip.file}, from: {self.first / fps:.6f}s, to: {self.last / fps:.6f}s}}"
        elif self.clip:
            yield f"    clip: {self.clip.file}"
        if self.enter:
            yield f"    enter: {self.enter}"
        if self.early:
            yield f"    at: [{{time: 0.1s, do: {self.early}}}]"
        if self.options:
            yield "    decision:"
            yield f"      id: d-{self.name}"
            yield f"      prompt: From {self.name} to?"
            yield f"      opens: {self.opens:.6f}s"
            yield f"      closes: {self.closes:.6f}s"
            if self.now:
                yield "      cut: now"
            if self.default:
                yield f"      default: {self.default}"
            if self.timeout:
                yield f"      timeout: {{goto: {self.timeout}}}"
            yield "      options:"
            for name, goto in self.options:
                yield f"        {name}: {{text: {name}, goto: {goto}}}"
        if self.goto:
            yield f"    next: {self.goto}"
        if self.ending:
            yield f"    ending: {{id: e-{self.name}, title: The end}}"


class Way:
    """A story (nodes by name, the first is the start) and a way through it: a list of steps.

    A step is (node, how, when). `how` says how the film leaves the node: an option's name, "timeout", "next", "end", or
    "back ID"; `when` is the second at which the autopilot acts, for cuts at once and for going back. In a live way, a
    simulated viewer presses the keys, and `steps` is None.
    """

    def __init__(self, name, nodes, steps, hand=None, pauses=0, state=None, args=()):
        self.name, self.nodes, self.steps, self.hand, self.pauses = name, {n.name: n for n in nodes}, steps, hand, pauses
        self.args = list(args)  # additional arguments for the program
        self.packed = False     # played from one file that holds the film (`frumious pack`)
        self.steady = False     # long enough to judge its use of memory
        self.state = state
        self.device = None      # rig.Device; None: an exact one
        self.start = nodes[0].name
        self.clips = list({n.clip.name: n.clip for n in nodes if n.clip}.values())

    def write(self, folder):
        with open(f"{folder}/story.yaml", "w") as f:
            f.write(f"frumious: 1\nid: org.example.seam.{self.name}\ntitle: Seam {self.name}\nversion: \"1\"\nstart: {self.start}\n"
                    f"{f'state: {self.state}' if self.state else '#'}\nnodes:\n")
            for node in self.nodes.values():
                f.write("\n".join(node.lines()) + "\n")
        if self.steps is None:
            return None
        path = f"{folder}/transcript"
        with open(path, "w") as f:
            f.write(f"frumious-transcript 1\nstory org.example.seam.{self.name}\nseed 1\n")
            for name, how, when in self.steps:
                at = "-" if when is None else f"00:{when:09.6f}"
                if how == "timeout":
                    f.write(f"timeout {name} - d-{name}\n")
                elif how.startswith("back "):
                    f.write(f"back {name} {at} {how[5:]}\n")
                elif how not in ("next", "end"):
                    f.write(f"pick {name} {at} d-{name} {how}\n")
        return path


class Shot:
    """One visit of a node, on the film's timeline. pos: where in the node it begins; slack: how far `length` may be
    off."""

    def __init__(self, node, start, pos, length, slack):
        self.node, self.start, self.pos, self.length, self.slack = node, start, pos, length, slack

    def codes(self):
        """[(film sample, (clip, frame))], in order; [] if the node has no picture."""
        clip = self.node.clip
        if not clip.frames:
            return []
        first, last, out = self.node.first, self.node.last, []
        for beat, until, number in clip.pictures():
            at, end = ((min(max(b, first), last) - first) * clip.frame_smp for b in (beat, until))
            if at < end and end > self.pos and at < self.pos + self.length:
                out.append((self.start + max(at - self.pos, 0), (clip.id, number)))
        return out

    def pieces(self):
        """The lines that seam_ear reads."""
        clip = self.node.clip
        from_smp = self.node.first * clip.frame_smp + self.pos
        sounding = max(0, min(self.length, clip.sound_smp - from_smp)) if clip.audio else 0
        if sounding:
            yield f"{self.start} {sounding} {from_smp} {clip.hz[0]} {clip.hz[1]} {self.slack if sounding == self.length else 0} {clip.reference or '-'}"
        if sounding < self.length:
            yield f"{self.start + sounding} {self.length - sounding} 0 0 0 {self.slack} -"


CUT_SLACK = 24000  # only the sound tells exactly when a cut at once comes
CUT_SMP = 4800     # such a cut must come within a tenth of a second
BACK_SLACK = 24000  # the player opens the place to go back to only when the viewer goes back
REWIND_LEAD = RATE * 3 // 2
HAND_SECONDS = 30


def arithmetic(way, steps=None):
    """The shots of a way, as computed from its steps."""
    shots, at, pos = [], 0, 0
    for i, (name, how, when) in enumerate(steps or way.steps):
        node = way.nodes[name]
        if not node.clip:
            continue
        length, slack = node.length - pos, 0
        if how.startswith("back "):
            length, slack = round(when * RATE) - pos + BACK_SLACK // 2, BACK_SLACK
        elif node.now and how not in ("timeout", "next", "end"):
            length, slack = min(round(when * RATE) + RATE // 24, node.length) - pos, CUT_SLACK
        elif node.now and how == "timeout":
            length, slack = min(round(node.closes * RATE) + RATE // 24, node.length) - pos, CUT_SLACK
        shots.append(Shot(node, at, pos, length, slack))
        at += length
        pos = 0
        if how.startswith("back "):
            target = way.nodes[how[len("back d-"):]]
            pos = max(round(target.opens * RATE) - REWIND_LEAD, 0)
    return shots


def seconds(way):
    """How long the way plays; an estimate if a simulated viewer chooses."""
    return sum(s.length for s in arithmetic(way)) / RATE if way.steps else HAND_SECONDS


def instants(node, rand):
    """When the autopilot picks: at any instant, in the last 50 ms, as soon as the window opens, or just as it
    closes."""
    last = node.closes - 0.05
    return rand.choice([rand.uniform(node.opens, node.closes), rand.uniform(last, node.closes), node.opens, node.closes - 3e-5])


def circuit(n):
    """A circuit from 0 to 0 that takes every edge of the complete directed graph with loops once, except 0 -> 0, and
    the ring 0 -> 1 -> ... -> 0 once more as timeouts."""
    out = {i: [(j, False) for j in range(n) if (i, j) != (0, 0)] + [((i + 1) % n, True)] for i in range(n)}
    stack, path = [(0, None)], []
    while stack:
        at = stack[-1][0]
        if out[at]:
            to, timeout = out[at].pop()
            stack.append((to, (at, to, timeout)))
        else:
            path.append(stack.pop()[1])
    return [e for e in reversed(path) if e]


def mesh(name, places, now=False, hand=None, timeout=False):
    """Every place leads to every place, itself included, and to its right neighbour if nobody chooses; the first
    place leads to the end instead of to itself. places: clips, or (clip, first, last). now: cut at once. hand: a
    simulated viewer chooses instead of the autopilot. timeout: a timeout has a `goto` of its own instead of taking a
    default option."""
    n, nodes, rand = len(places), [], random.Random(name)
    places = [p if isinstance(p, tuple) else (p, None, None) for p in places]
    for i, place in enumerate(places):
        options = [(f"o{j}", "fin" if i == j == 0 else f"n{j}") for j in range(n)]
        nobody = {"timeout": f"n{(i + 1) % n}"} if timeout else {"default": f"o{(i + 1) % n}"}
        nodes.append(Node(f"n{i}", *place, options, now=now, **nobody))
    nodes.append(Node("fin", *places[0], ending=True))
    steps = [(f"n{a}", "timeout" if nobody else f"o{b}", instants(nodes[a], rand)) for a, b, nobody in circuit(n)]
    steps += [("n0", "o0", instants(nodes[0], rand)), ("fin", "end", None)]
    return Way(name, nodes, None if hand else steps, hand)


def star(name, hub, places, args=()):
    """From the hub, which offers every place as an option, to each place in turn and back; the last window times
    out."""
    rand, n = random.Random(name), len(places)
    nodes = [Node("hub", hub, options=[(f"o{i}", f"n{i}") for i in range(n)], timeout="fin")]
    nodes += [Node(f"n{i}", *p, goto="hub") for i, p in enumerate(places)]
    nodes.append(Node("fin", hub, ending=True))
    steps = []
    for i in range(n):
        steps += [("hub", f"o{i}", instants(nodes[0], rand)), (f"n{i}", "next", None)]
    return Way(name, nodes, steps + [("hub", "timeout", None), ("fin", "end", None)], args=args)


def ring(name, clips, laps):
    """Plays the clips round and round for some laps, then the end, without any decision."""
    n = len(clips)
    nodes = [Node(f"n{i}", c, goto=f"n{(i + 1) % n}") for i, c in enumerate(clips)]
    nodes[0].enter = "lap += 1"
    nodes[-1].goto = f"[{{when: lap >= {laps}, goto: fin}}, {{goto: n0}}]"
    nodes.append(Node("fin", clips[0], ending=True))
    steps = [(f"n{i}", "next", None) for _ in range(laps) for i in range(n)]
    return Way(name, nodes, steps + [("fin", "end", None)], state=f"{{lap: {{type: int, min: 0, max: {laps}}}}}")


def chain(name, clips, blink):
    """Between every two clips: silent nodes in a row, and twice a node of three frames."""
    nodes, steps = [], []
    for i, c in enumerate(clips):
        follow = f"n{i + 1}" if i + 1 < len(clips) else "fin"
        nodes += [Node(f"n{i}", c, goto=f"s{i}a"), Node(f"s{i}a", goto=f"s{i}b"), Node(f"s{i}b", goto=f"b{i}"),
                  Node(f"b{i}", *blink, goto=f"s{i}c"), Node(f"s{i}c", goto=f"c{i}"), Node(f"c{i}", *blink, goto=follow)]
        steps += [(f"{x}", "next", None) for x in (f"n{i}", f"b{i}", f"c{i}")]
    nodes.append(Node("fin", clips[0], ending=True))
    return Way(name, nodes, steps + [("fin", "end", None)])


def back(name, clips, times):
    """Takes a decision and goes back from its branch to shortly before it, again and again; then goes on to the end."""
    a, b, c = clips
    opens = a.beats / a.fps - 1.0
    nodes = [Node("n0", a, options=[("o1", "n1"), ("o2", "n2")], default="o1", opens=opens, early="lap += 1"), Node("n1", b, goto="n2"),
             Node("n2", c, goto="fin"), Node("fin", b, ending=True)]
    steps = []
    for i, when in enumerate(times):
        steps += [("n0", "o1" if i % 2 else "o2", None), ("n1" if i % 2 else "n2", "back d-n0", when)]
    steps += [("n0", "o2", None), ("n2", "next", None), ("fin", "end", None)]
    return Way(name, nodes, steps, state="{lap: {type: int, min: 0, max: 9}}")


def recorded(way, path):
    """The steps of a play, read from its transcript; works only if every cut is at the end of its node."""
    steps = []
    for line in open(path):
        words = line.split()
        if words and words[0] in ("pick", "timeout"):
            steps.append((words[1], words[4] if words[0] == "pick" else "timeout", None))
    return steps + [("fin", "end", None)]
