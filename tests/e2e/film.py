#!/usr/bin/python3
"""Plays every path through the project's own film off-screen. All of them play as slates, which takes no time; then a
small set of them that together contain every cut plays with pictures. At each cut the first picture of a node must be
the first frame of its own clip, as an independent decode has it, and not that of another clip. The database must hold
the decisions of each play."""
import concurrent.futures
import glob
import os
import random
import re
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.dirname(__file__))
from edges import PLAN, PROGRAM, SMALL_W, TOLERANCE, difference, grey, run  # noqa: E402
import lib  # noqa: E402

import yaml  # noqa: E402

FOLDER = "stories/at-the-third-stroke"
STORY = f"{FOLDER}/story.yaml"
W, H = 640, 320  # the film's own shape: no bars
SMALL_H = SMALL_W * H // W
SAME = 1.0  # mean difference of grey levels below which two pictures look alike, as in clips that fade in from black


def pictures_of_nodes():
    """The picture file of each node that has one."""
    with open(STORY) as f:
        nodes = yaml.load(f, yaml.BaseLoader)["nodes"]
    files = {}
    for name, node in nodes.items():
        clip = node.get("clip")
        file = clip if isinstance(clip, str) else clip.get("file") if isinstance(clip, dict) else None
        if file and os.path.exists(f"{FOLDER}/{file}"):
            files[name] = f"{FOLDER}/{file}"
    return nodes, files


def without_pictures(folder):
    """Makes a copy of the film that shows slates: the same story without its pictures."""
    for part in ("strings", "captions"):
        shutil.copytree(f"{FOLDER}/{part}", f"{folder}/film/{part}")
    return shutil.copy(STORY, f"{folder}/film/story.yaml")


def play(folder, way, story, *more):
    """Plays a transcript. Returns the finished process, the nodes that were shown, and the path of the store."""
    store = f"{tempfile.mkdtemp(dir=folder)}/store.sqlite"
    done = run("nice", PROGRAM, "play", "--headless", "--language", "en", "--choose", way, *more, "--size", f"{W}x{H}",
               "--store", store, story, timeout=900)
    return done, re.findall(r"node +(\S+)", done.stdout), store


def cheapest(plays, seconds):
    """A small and short set of plays that together contain every cut, found by a randomised greedy search."""
    cuts = {way: set(zip(nodes, nodes[1:])) for way, nodes in plays.items()}
    cost = {way: sum(seconds[n] for n in nodes) for way, nodes in plays.items()}
    every, best, dice = set().union(*cuts.values()), None, random.Random(1)
    for _ in range(300):
        chosen, left = [], set(every)
        while left:
            way = max(plays, key=lambda w: len(cuts[w] & left) / cost[w] * dice.uniform(.6, 1))
            chosen.append(way)
            left -= cuts[way]
        for way in sorted(chosen, key=cost.get, reverse=True):
            if set().union(*(cuts[w] for w in chosen if w != way)) == every:
                chosen.remove(way)
        if not best or sum(map(cost.get, chosen)) < sum(map(cost.get, best)):
            best = chosen
    return sorted(best, key=cost.get, reverse=True), every


def check_database(way, store, what):
    with open(way) as f:
        lines = [l.split() for l in f if re.match(r"(pick|timeout) ", l)]
    burnt = any(l[3:] == ["record", "burn"] for l in lines)  # burning the record erases what was recorded
    want = [] if burnt else [(l[3], l[0]) for l in lines]
    got = sqlite3.connect(store).execute(
        "SELECT decision, outcome FROM v_exposure WHERE outcome IN ('pick', 'timeout') ORDER BY seq").fetchall()
    lib.ok(got == want, f"{what}: the database tells its {len(want)} decisions", f"{want}\n{got}")


def look(pictures, nodes, first_frames):
    """Describes each cut that shows a wrong picture."""
    wrong = []
    for file in sorted(os.listdir(pictures)):
        node = re.fullmatch(r"\d+-(.*)\.png", file).group(1)
        if node not in nodes:
            continue
        got = grey(f"{pictures}/{file}", SMALL_W, SMALL_H, 1)[0]
        if node in first_frames:
            own = difference(got, first_frames[node], SMALL_H // 2, SMALL_W)
            other = min((difference(got, f, SMALL_H // 2, SMALL_W), n) for n, f in first_frames.items()
                        if difference(f, first_frames[node], SMALL_H // 2, SMALL_W) > SAME)
            if own > TOLERANCE or own > other[0]:
                wrong.append(f"{file}: differs by {own:.2f} from its own clip, by {other[0]:.2f} from {other[1]}'s")
        elif "card" not in nodes[node]["clip"] and len(set(got)) < 8:  # a card fades in from black
            wrong.append(f"{file}: an empty picture where a slate should be")
    return wrong


def main():
    nodes, files = pictures_of_nodes()
    # All frames that a first picture could be confused with: nodes that share a file share a frame.
    frames = {f: grey(f, SMALL_W, SMALL_H, 1)[0] for f in set(files.values())}
    first_frames = {n: frames[f] for n, f in files.items()}
    seconds = {n: float(d["clip"].get("for", "0s")[:-1]) for n, d in nodes.items() if "clip" in d}
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        plan = run(PLAN, STORY, folder)
        lib.ok(plan.returncode == 0 and "some ways may be missing" not in plan.stderr, "a plan for all ways", plan.stderr)
        planned = {f"{folder}/{line.split()[0]}": line.split()[1:] for line in plan.stdout.splitlines()}
        slates, plays = without_pictures(folder), {}
        ways = sorted(planned) + sorted(glob.glob("tests/transcripts/*.transcript"))
        for way, (done, shown, store) in zip(ways, pool.map(lambda w: play(folder, w, slates), ways)):
            name, plays[way] = os.path.basename(way), [n for n in shown if n in seconds]
            lib.ok(done.returncode == 0 and plays[way] == planned.get(way, plays[way]), f"{name}: plays {len(plays[way])} nodes as planned",
                     f"{done.stderr}\nplanned {planned.get(way)}\nplayed  {plays[way]}")
            check_database(way, store, name)
        chosen, cuts = cheapest(plays, seconds)

        def seen(way):
            return play(folder, way, STORY, "--cuts", "--screenshots", f"{folder}/{os.path.basename(way)}.pictures")

        for way, (done, shown, store) in zip(chosen, pool.map(seen, chosen)):
            name, pictures = os.path.basename(way), f"{folder}/{os.path.basename(way)}.pictures"
            lib.ok(done.returncode == 0 and [n for n in shown if n in seconds] == plays[way], f"{name}: with its pictures, the same nodes",
                   done.stderr)
            wrong = look(pictures, nodes, first_frames) if os.path.isdir(pictures) else ["no pictures"]
            lib.ok(not wrong, f"{name}: every cut shows what belongs there", "\n".join(wrong))
            check_database(way, store, f"{name}, with its pictures")
        length = sum(seconds[n] for w in chosen for n in plays[w])
        print(f"# {len(plays)} plays, {len(cuts)} different cuts, looked at in {len(chosen)} of them, {length / 60:.0f} minutes")
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
