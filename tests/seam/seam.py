#!/usr/bin/python3
"""The contract of the cut, counted: seam.py [--short] [--only WORDS] [--log FILE] [--takes N] [--keep FOLDER] [--verbose]

The test makes films in which every frame carries its own number and whose sound is one tone of continuous phase
(media.py), and builds branching stories out of them (story.py). It plays every edge of these stories in real time in
a real window (rig.py), and compares the screen and the sound device with a computed timeline (judge.py). The last
line is "N edges, F frames wrong, S samples wrong, L late".

A take is void, and is repeated, if the machine did not let the player run (judge.py decides that). A way for which
every take was void is reported as skipped, neither right nor wrong. The exit code is 1 if F, S or L is not 0.
"""
import argparse
import hashlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import judge
import rig
from media import Clip
from story import back, chain, mesh, recorded, ring, seconds, star

AROUND = 4  # seconds of a take that are no film


def mash(way, program, screen, env):
    """A viewer who keeps changing the choice with real keys, even while windows close, and then heads for the end."""
    rand = random.Random(11)
    hand = subprocess.Popen(["xdotool", "-"], env=env, stdin=subprocess.PIPE, text=True)
    end = time.monotonic() + 25
    while program.poll() is None:
        hand.stdin.write(f"key {rand.choice('234') if time.monotonic() < end else 1}\n")
        hand.stdin.flush()
        time.sleep(rand.uniform(0.01, 0.09))
    hand.stdin.close()
    hand.wait()


def pause(way, program, screen, env):
    """A viewer who pauses and resumes at arbitrary instants."""
    rand = random.Random(5)
    for i in range(way.pauses * 2):
        time.sleep(rand.uniform(0.5, 1.1))
        subprocess.run(["xdotool", "key", "space"], env=env, timeout=30)


def short_ways():
    """One way of each kind; all of them together play in less than a minute."""
    reel = Clip("reel", 24, 720, (640, 360), "h264", "aac", gop=240)
    a = Clip("a", 24, 23, video="h264-open", audio="aac")
    b = Clip("b", 25, 23, (320, 180), "vp9", "opus", container="webm")
    c = Clip("c", 60, 55, audio="flac", rate=44100, layout="mono")
    return [on(mesh("kinds", [a, (reel, 100, 122), b, c]), ppm=-15000, then=5000), on(mesh("now", [a, (reel, 333, 363)], now=True), late=1),
            on(chain("chain", [c], (reel, 500, 503)), ppm=5000, burst=4), back("back", [Clip("long", 25, 80), b, c], [0.5]),
            ring("footage", footage()[:4], 1), packed(mesh("pack", [a, (reel, 200, 223)]))]


def footage():
    """Pictures with times of their own: a variable rate, a cut without decoding (an edit list), a GIF, a slide show."""
    small = (320, 180)
    return [Clip("variable", 25, 26, small, stands=[0, 1, 2, 9, 10, 18, 19, 25], gop=50),
            Clip("edits", 25, 80, small, audio=None, gop=50, container="mp4", cut=57),
            Clip("gif", 10, 12, small, "gif", audio=None, container="gif", stands=[0, 1, 6, 7, 10, 11]),
            Clip("slides", 2, 3, small),
            Clip("webm", 25, 30, small, "vp9", "opus", container="webm", stands=[0, 12, 13, 14, 15, 29]),
            Clip("mov", 24, 90, small, "h264-open", audio=None, gop=72, container="mov", cut=61)]


def long_ways():
    reel2 = Clip("reel2", 24, 7200, (640, 360), "h264-open", "aac", gop=48)
    reel10 = Clip("reel10", 25, 7500, (640, 360), "h264", "flac", gop=250)
    h264 = Clip("h264", 24, 28, video="h264", audio="aac")
    opened = Clip("open", 24, 29, video="h264-open", audio="flac")
    vp9 = Clip("vp9", 25, 30, video="vp9", audio="opus", container="webm")
    av1 = Clip("av1", 30, 36, video="av1", audio="opus")
    rates = [Clip(f"fps{fps}", fps, round(fps * 1.2)) for fps in (24, 25, 30, 50, 60)]
    sounds = [Clip(f"s{rate}{layout[0]}", 25, 30, (320, 180), audio=audio, rate=rate, layout=layout)
              for rate, audio in ((44100, "flac"), (48000, "pcm")) for layout in ("mono", "stereo", "5.1")]
    sizes = [Clip(f"size{w}", 24, 29, (w, h)) for w, h in ((320, 180), (640, 360), (1280, 720), (1920, 1080))]
    wide = Clip("wide", 24, 600, (1920, 1080), "h264", "aac", gop=48)
    kinds = [Clip("longer", 24, 30, sound_extra=0.4), Clip("shorter", 25, 31, sound_extra=-0.3), Clip("mute", 30, 36, audio=None),
             Clip("blind", 25, 0, beats=30), h264]
    films = footage()
    return [
        mesh("footage", films),
        mesh("standing", [(films[0], 5, 24), (films[1], 3, 22), (films[4], 4, 27), (films[5], 2, 26)]),
        mesh("codecs", [h264, opened, vp9, av1]),
        mesh("ranges", [(reel2, 1001, 1030), (reel10, 3777, 3807), (reel2, 6999, 7027), (reel10, 251, 281), (reel10, 7469, 7499)]),
        mesh("rates", rates),
        mesh("sounds", sounds),
        mesh("sizes", sizes),
        mesh("lengths", kinds),
        mesh("two", [opened, vp9], timeout=True),
        mesh("eight", [h264, opened, vp9, av1, (reel2, 2031, 2060), (reel10, 5555, 5585), rates[4], sounds[2]]),
        mesh("now", [h264, (reel10, 1240, 1270), vp9, rates[4]], now=True),
        mesh("keys", [h264, opened, vp9, (reel2, 4000, 4030)], hand=mash),
        star("tight", sizes[3], [(wide, 100 + 47 * i, 124 + 47 * i) for i in range(8)], ["--warm-set", "1"]),
        chain("chain", [h264, vp9, rates[3]], (reel10, 1111, 1114)),
        back("back", [Clip("back", 24, 80), vp9, opened], [0.3, 0.7, 0.1]),
        steady(ring("loop", [Clip("l24", 24, 16, audio="aac"), Clip("l25", 25, 17), Clip("l60", 60, 40, rate=44100)], 34)),
        pausing(ring("pauses", [rates[0], rates[1], rates[4]], 3)),
        packed(mesh("pack", [h264, vp9, (reel2, 3001, 3030), sounds[3]])),
        packed(mesh("pack-now", [h264, (reel10, 2240, 2270), vp9], now=True)),
        *(on(mesh(f"device-{name}", [h264, rates[4]]), **device) for name, device in DEVICES.items()),
    ]


def on(way, **device):
    """The way, on a sound device that keeps its own time."""
    way.device = rig.Device(**device)
    return way


DEVICES = {
    "slow0.1": {"ppm": 1000}, "slow0.5": {"ppm": 5000}, "slow1.5": {"ppm": 15000},
    "fast0.1": {"ppm": -1000}, "fast0.5": {"ppm": -5000}, "fast1.5": {"ppm": -15000},
    "turns": {"ppm": -15000, "then": 15000}, "bursts": {"ppm": 1000, "burst": 4}, "jitter": {"ppm": -1000, "late": 1},
}


def packed(way):
    way.packed = True
    return way


def pausing(way):
    way.hand, way.pauses = pause, 3
    return way


def steady(way):
    way.steady = True
    return way


def minutes(ways):
    return sum(seconds(w) + AROUND for w in ways) / 60


def tell(v, verbose):
    void = f" (void: the machine stood, {v.excused} lost)" if v.void else ""
    print(f"{v.name:8} {v.edges:3} edges, {v.frames} frames wrong, {v.samples} samples wrong, {v.late} late{void}", flush=True)
    if verbose or v.wrong or v.late or v.grown:
        print("".join(f"    {n}\n" for n in v.notes), end="")
    if verbose:
        print("    " + ", ".join(f"{k} {x:.3f}" if isinstance(x, float) else f"{k} {x}" for k, x in v.facts.items()
                        if k != "joins"), flush=True)


def take_and_judge(way, screen, media, folder):
    take = rig.play(way, screen, media, folder, way.hand)
    steps = recorded(way, take.record) if way.steps is None and os.path.exists(take.record) else way.steps
    v = judge.judge(way, take, steps or [("fin", "end", None)])
    v.way, v.take, v.folder = way, take, folder
    return v


def run(ways, media, folder, takes=3, seconds=None):
    """Yields the verdict on each take, even on a void one; the last verdict on a way has `final` set. After
    `seconds`, void takes are not repeated any more."""
    for clip in {c.name: c for way in ways for c in way.clips}.values():
        clip.make(media)
    screen, begin = rig.Screen(folder), time.monotonic()
    try:
        for way in ways:
            for i in range(takes):
                v = take_and_judge(way, screen, media, f"{folder}/{way.name}.{i}")
                v.final = not v.void or i == takes - 1 or (seconds is not None and time.monotonic() - begin > seconds)
                yield v
                if v.final:
                    break
    finally:
        screen.close()


def media_folder(short):
    """The folder of the films, which are kept from run to run until the scripts that make them change."""
    here = os.path.dirname(os.path.abspath(__file__))
    made_by = b"".join(open(f"{here}/{name}.py", "rb").read() for name in ("media", "seam"))
    folder = f"{rig.ROOT}/build/seam/{'short' if short else 'long'}"
    mark = f"{folder}/made-by-{hashlib.sha256(made_by).hexdigest()[:16]}"
    if not os.path.exists(mark):
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        open(mark, "w").close()
    return folder


def logged(path):
    """What earlier pieces of the matrix came to, by the name of the way."""
    if not path or not os.path.exists(path):
        return {}
    lines = [line.split() for line in open(path, encoding="utf-8")]
    return {name: [int(n) for n in counts] for name, *counts in lines}


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("--short", action="store_true", help="the matrix of make test")
    ask.add_argument("--only", default="", help="ways whose name begins so, or so (words with commas between them)")
    ask.add_argument("--log", help="a verdict that counts is added to this file, and its way is not played again: the matrix in pieces")
    ask.add_argument("--takes", type=int, default=4, help="how often a void take is repeated at most, itself included")
    ask.add_argument("--keep", help="leave everything in this folder")
    ask.add_argument("--verbose", action="store_true")
    o = ask.parse_args()
    ways = [w for w in (short_ways() if o.short else long_ways()) if w.name.startswith(tuple(o.only.split(",")))]
    played = logged(o.log)
    ways = [w for w in ways if w.name not in played]
    print(f"{len(ways)} ways, in real time: some {minutes(ways):.0f} minutes, and the films once; a void take is repeated. Ctrl-C ends it early.", flush=True)
    sums, skipped, done, bad = [sum(column) for column in zip([0, 0, 0, 0], *played.values())], [], 0, False
    with tempfile.TemporaryDirectory() as top:
        folder = os.path.abspath(o.keep) if o.keep else top
        os.makedirs(folder, exist_ok=True)
        try:
            for v in run(ways, media_folder(o.short), folder, o.takes):
                done += v.final
                print(f"[{done}/{len(ways)}, {minutes(ways[done:]):.0f} min left] ", end="")
                tell(v, o.verbose)
                bad |= v.grown
                if not v.void:
                    counts = (v.edges, v.frames, v.samples, v.late)
                    sums = [a + b for a, b in zip(sums, counts)]
                    if o.log and not v.grown:
                        with open(o.log, "a", encoding="utf-8") as log:
                            print(v.name, *counts, file=log)
                elif v.final:
                    skipped.append(v.name)
                if not o.keep:
                    shutil.rmtree(v.folder)
        except KeyboardInterrupt:
            print(f"\nended early; not played: {', '.join(w.name for w in ways[done:])}")
    if skipped:
        print(f"skipped, because the machine had no calm moment for them: {', '.join(skipped)}")
    print("{} edges, {} frames wrong, {} samples wrong, {} late".format(*sums))
    return 1 if bad or any(sums[1:]) or not sums[0] else 0


if __name__ == "__main__":
    sys.exit(main())
