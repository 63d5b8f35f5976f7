#!/usr/bin/python3
"""Faults that make a seamless cut impossible: a disk that is slow or stalls for a moment, and clips that end early or
have pictures that cannot be decoded; a sound device that runs dry, and a display that stands. The sound must not stutter
before the picture does, the last picture must stay on the screen, the player must say why, and the story must go on. Each
test also makes sure that its fault has struck."""
import os
import re
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "seam"))
import judge
import lib
import rig
from media import RATE, Clip
from story import Node, Way

TAKES = 3
SCREEN_STOP_S = 2  # longer than a decision that begins within it
STOP_S, GIVEN_UP_S = 0.3, 0.5  # the player gives a device up that asks for nothing for so long
STOOD_S = 0.05                 # of it, at least: until then the device plays what it holds
OPENING_MS = 3000  # longer than the preceding node lasts
STALL_MS = 400     # shorter than the sound that is decoded ahead (500 ms), longer than the pictures that are (12)


class Slow:
    """A play in which the disk delivers the file of one node slowly."""

    def __init__(self, top, name, nodes, pauses, disk):
        self.way = Way(name, nodes, [(n.name, "end" if n.ending else "next", None) for n in nodes], pauses=pauses)
        self.folder, self.log = f"{top}/{name}", f"{top}/{name}.log"
        self.more = {"LD_PRELOAD": f"{top}/slow_disk.so", "SLOW_LOG": self.log, **disk}

    def play(self, screen, media, i):
        if os.path.exists(self.log):
            os.remove(self.log)
        for clip in self.way.clips:
            clip.make(media)
        self.take = rig.play(self.way, screen, media, f"{self.folder}.{i}", more=self.more, limit=120, telemetry=True)
        self.slept = [int(ms) for ms in re.findall(r"slept (\d+)", open(self.log).read())] if os.path.exists(self.log) else []
        self.verdict = judge.judge(self.way, self.take)
        self.machine = judge.Machine(self.take)
        return self.verdict

    def __str__(self):
        return f"{self.slept}\n{self.take.log}\n" + "\n".join(self.verdict.notes)


def stalls(slow):
    """[(node, fault, us)] as the play recorded them in its store."""
    return lib.rows(slow.take.store, "SELECT n.name, s.fault, s.lasted_us FROM stall s JOIN visit i ON i.viewing = s.viewing AND"
                                     " i.seq = s.visit JOIN node n ON n.id = i.node ORDER BY s.seq")


def slow_open(top):
    """The branch's file takes seconds to open: the film waits for it, with nothing lost."""
    red, green = Clip("red", 24, 40), Clip("green", 25, 30)
    disk = {"SLOW_FILE": "green.mkv", "SLOW_STALL": str(OPENING_MS)}
    return Slow(top, "open", [Node("n0", red, goto="n1"), Node("n1", green, ending=True)], 1, disk)


def test_open(slow, screen, media):
    v = slow.play(screen, media, 0)
    lib.ok(slow.slept == [OPENING_MS], "a slow disk: it was slow", slow)
    lib.ok(slow.take.code == 0, "a slow disk: the film goes on to its end", slow)
    stands = [int(smp) for smp in re.findall(r"stand at \d+ for (\d+)", "\n".join(v.notes))]
    lib.ok(sum(stands) > RATE // 10, "a slow disk: film and sound wait for the branch", slow)
    lib.ok("green.mkv is not ready in time; the last picture stays" in slow.take.log, "a slow disk: which is said, with its name", slow)
    lib.ok(v.facts.get("held", 0) > RATE // 2, "a slow disk: the statistics count it", v.facts)
    told = stalls(slow)
    lib.ok([s[:2] for s in told] == [("n0", 0)] and told[0][2] > 5e5, "a slow disk: telemetry has the wait, its node and its length", told)
    if v.excused:
        lib.skip("a slow disk: nothing is lost", "the machine had no calm moment")
    else:
        lib.ok(v.frames == 0, "a slow disk: not one picture is lost, before the wait or behind it", slow)
        lib.ok(v.samples == 0, "a slow disk: nor a sample", slow)


def stalled(top):
    """The disk stalls for a moment in the middle of a clip: more sound than pictures is decoded ahead. The pictures are
    raw, because the player reads 2 MB ahead: of a small file that would be all of it, before the film has begun."""
    film = Clip("film", 60, 180, video="raw")
    after = Clip("after", 24, 24)
    disk = {"SLOW_FILE": "film.mkv", "SLOW_STALL": str(STALL_MS)}
    return Slow(top, "stall", [Node("n0", film, goto="n1"), Node("n1", after, ending=True)], 0, disk)


def test_stall(slow, screen, media):
    film = slow.way.clips[0]
    film.make(media)
    slow.more["SLOW_AT"] = str(os.path.getsize(f"{media}/{film.file}") // 2)
    for i in range(TAKES):
        v = slow.play(screen, media, i)
        if not slow.machine.stood or not (v.facts.get("silences") or v.samples):
            break
    lib.ok(slow.slept == [STALL_MS], "a disk that stands still: it did", slow)
    lib.ok(slow.take.code == 0, "a disk that stands still: the film goes on to its end", slow)
    lost = sum(note.startswith("lost") for note in v.notes)
    last = [c for f in judge.read_trace(slow.take.trace)[0] if (c := f.code) and c[0] == slow.way.clips[1].id]
    lib.ok(len(set(last)) > 12, "a disk that stands still: the story goes on behind it", slow)
    lib.ok(lost > 0, "a disk that stands still: pictures were missing", slow)
    lib.ok(v.facts.get("dropped", 0) > 0, "a disk that stands still: the statistics count them", v.facts)
    told = stalls(slow)
    what = "a disk that stands still: telemetry has it"
    lengths = [us for node, fault, us in told if node == "n0" and fault == 1]
    if slow.machine.stood and not lengths:
        lib.skip(what, "the machine had no calm moment")
    else:
        lib.ok(lengths and all(1e5 <= us < 1e6 * STALL_MS / 100 for us in lengths), what, told)
    what = "a disk that stands still: the sound goes on without a gap"
    if slow.machine.stood and (v.facts.get("silences") or v.samples):
        lib.skip(what, "the machine had no calm moment")
    else:
        lib.ok(v.samples == 0 and not v.facts.get("silences"), what, slow)
    what = "a disk that stands still: it is said"
    said = "film.mkv: its pictures come too late" in slow.take.log
    if slow.machine.stood and not said:
        lib.skip(what, "the machine had no calm moment")
    else:
        lib.ok(said, what, slow)


def too_slow(top):
    """The disk always delivers less than the film needs."""
    brown, blue = Clip("brown", 24, 30), Clip("blue", 25, 35)
    return Slow(top, "rate", [Node("n0", brown, goto="n1"), Node("n1", blue, goto="n2"), Node("n2", brown, ending=True)], 0,
                {"SLOW_FILE": "blue.mkv", "SLOW_RATE": "60000"})


def test_rate(slow, screen, media):
    slow.play(screen, media, 0)
    flips, totals = judge.read_trace(slow.take.trace)
    lib.ok(len(slow.slept) > 2, "a disk that is too slow: it was", slow)
    lib.ok(slow.take.code == 0, "a disk that is too slow: the film goes on to its end", slow)
    nodes = [f.node for i, f in enumerate(flips) if f.node != "-" and (i == 0 or flips[i - 1].node != f.node)]
    lib.ok(nodes == ["n0", "n1", "n2"], "a disk that is too slow: node by node", nodes)
    lib.ok(totals["held"] + totals["underrun"] > RATE // 2, "a disk that is too slow: the statistics count what was missing", totals)
    lib.ok("blue.mkv" in slow.take.log, "a disk that is too slow: it is said", slow)
    lib.ok(stalls(slow), "a disk that is too slow: telemetry has it", stalls(slow))


def is_heard(path):
    """Whether what the sound device plays just now is more than silence."""
    try:
        with open(path, "rb") as f:
            f.seek(max(f.seek(0, os.SEEK_END) - 4096, 0))
            return any(f.read())
    except OSError:
        return False


def stop_player(way, program, screen, env):
    """Stops the whole player, audio thread included, for longer than the sound device holds."""
    time.sleep(0.2)
    program.send_signal(signal.SIGSTOP)
    time.sleep(STOP_S)
    program.send_signal(signal.SIGCONT)


def when_heard(sound, stop):
    def hand(way, program, screen, env):
        while program.poll() is None and not is_heard(sound):
            time.sleep(0.02)
        stop(way, program, screen, env)
    return hand


def test_stand(top, screen, media):
    """The sound device runs dry: its clock waits, goes on from there, and that is told once."""
    way = Way("stand", [Node("n0", Clip("grey", 24, 72), ending=True)], [("n0", "end", None)])
    for clip in way.clips:
        clip.make(media)
    take = rig.play(way, screen, media, f"{top}/stand", hand=when_heard(f"{top}/stand/sound.raw", stop_player), limit=120)
    flips, totals = judge.read_trace(take.trace)
    if max([ns for _, ns in take.shifts], default=0) > GIVEN_UP_S * 9e8:
        lib.skip("a device that runs dry", "the machine had no calm moment, and the device was given up")
        return
    lib.ok(take.shifts and max(ns for _, ns in take.shifts) > STOOD_S * 1e9, "a device that runs dry: it did", take.shifts)
    lib.ok(take.code == 0 and totals["stands"] > 0, "a device that runs dry: the clock was told, and the film goes on", f"{take.log}\n{totals}")
    lib.ok(take.log.count("the sound stood still") == 1, "a device that runs dry: it is said once", take.log)
    stands = [line.split() for line in open(take.trace) if line.startswith("stand ")]
    lib.ok(len(stands) > 0 and int(stands[-1][4]) > STOOD_S * 1e6, "a device that runs dry: the trace tells when, and for how long", stands)
    film = [f.film for f in flips if f.code]
    lib.ok(film == sorted(film), "a device that runs dry: the clock never goes back", film)


def stop_screen(way, program, screen, env):
    """Stops the X server, and with it the player's main thread; its sound goes on."""
    time.sleep(0.3)
    screen.server.send_signal(signal.SIGSTOP)
    time.sleep(SCREEN_STOP_S)
    screen.server.send_signal(signal.SIGCONT)


def test_screen(top, screen, media):
    """The display stands while a whole decision goes by: what a transcript picks there is picked nevertheless."""
    first = Node("n0", Clip("pink", 24, 144), options=[("o1", "n1"), ("o2", "n2")], default="o1", opens=1.5, closes=2.1)
    way = Way("screen", [first, Node("n1", Clip("grey", 24, 72), ending=True), Node("n2", Clip("pink", 24, 144), ending=True)],
              [("n0", "o2", 1.8), ("n2", "end", None)])
    for clip in way.clips:
        clip.make(media)
    take = rig.play(way, screen, media, f"{top}/screen", hand=when_heard(f"{top}/screen/sound.raw", stop_screen), limit=120)
    flips, _ = judge.read_trace(take.trace)
    meanwhile = [f.film / RATE for f in flips if 1.5 < f.film / RATE < 2.1]
    if meanwhile:
        lib.skip("a display that stands", "the machine had no calm moment, and it stood at another place")
        return
    picked = [line for line in open(take.record) if line.startswith(("pick ", "timeout "))]
    lib.ok(take.code == 0 and len(picked) == 1 and picked[0].endswith(" d-n0 o2\n"), "a display that stands: its decision is made", f"{take.log}\n{picked}")


def cut_short(path, share):
    with open(path, "r+b") as f:
        f.truncate(int(os.path.getsize(path) * share))


def spoil_pictures(path):
    """Changes every other byte in the second half of the file."""
    data = bytearray(open(path, "rb").read())
    for i in range(len(data) // 2, len(data), 2):
        data[i] ^= 0x5a
    with open(path, "wb") as f:
        f.write(data)


# name, how the file is spoilt, what the player must say about it
CLIPS = [
    ("ends early", lambda p: cut_short(p, 0.5), "is damaged|ends .* before the range does"),
    ("can't be decoded from the middle on", spoil_pictures, "is damaged|ends .* before the range does"),
]


def test_clips(top):
    lib.make_films(f"{top}/films")
    whole = lib.play("--no-telemetry", "--choose", "first", lib.make_story(f"{top}/films", f"{top}/whole"))
    entered = lambda r: re.findall(r"node +(\w+)", r.out)
    for n, (name, change, said) in enumerate(CLIPS):
        story = lib.make_story(f"{top}/films", f"{top}/clip{n}")
        change(f"{top}/clip{n}/red.mkv")
        store = f"{top}/clip{n}.sqlite"
        r = lib.play("--store", store, "--choose", "first", story)
        lib.ok(re.search(rf"red\.mkv: ({said})", r.err), f"a clip that {name}: it is said", r)
        lib.ok(r.ended() and entered(r)[:2] == entered(whole)[:2], f"a clip that {name}: decisions and branches as ever", r)
        told = lib.rows(store, "SELECT count(*) FROM v_decision WHERE decision = 'which'")
        lib.ok(told == [(1,)], f"a clip that {name}: its decision is recorded", told)
        told = lib.rows(store, "SELECT DISTINCT n.name, s.fault, s.lasted_us FROM stall s JOIN visit i ON i.viewing = s.viewing AND"
                               " i.seq = s.visit JOIN node n ON n.id = i.node")
        lib.ok(len(told) == 1 and told[0][1:] == (2, None), f"a clip that {name}: telemetry has the damage, and where", told)
    slated = lib.rows(store, "SELECT count(*) FROM v_viewing WHERE reason = 'ended'")
    lib.ok(slated == [(1,)], "and the viewing ended in good order", slated)


def main():
    with tempfile.TemporaryDirectory() as top:
        lib.set_home(f"{top}/home")
        if not shutil.which("Xvfb") or not lib.preload("faults/slow_disk.c", f"{top}/slow_disk.so"):
            lib.skip("a slow disk", "a C compiler and Xvfb are needed")
        else:
            media = f"{top}/media"
            os.makedirs(media)
            screen = rig.Screen(top)
            try:
                test_open(slow_open(top), screen, media)
                test_stall(stalled(top), screen, media)
                test_rate(too_slow(top), screen, media)
                test_stand(top, screen, media)
                test_screen(top, screen, media)
            finally:
                screen.close()
        test_clips(top)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
