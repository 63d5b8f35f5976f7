#!/usr/bin/python3
"""Plays every way of the project's own film, off-screen, and looks at every cut: the first picture of a node must be the
first frame of its own clip, by an independent decode, and no other clip's; a node without a picture yet must show its slate.
The database must tell the decisions of each play."""
import concurrent.futures
import os
import re
import sqlite3
import subprocess
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
SAME = 1.0  # mean difference of grey levels below which two pictures can't be told apart: clips that fade in from black


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


def play(folder, name):
    pictures, store = f"{folder}/{name}.pictures", f"{folder}/{name}.sqlite"
    done = run("nice", PROGRAM, "play", "--headless", "--language", "en", "--choose", f"{folder}/{name}", "--screenshots",
               pictures, "--cuts", "--size", f"{W}x{H}", "--store", store, STORY)
    return name, done, pictures, store


def look(pictures, nodes, first_frames):
    """The cuts that show something else, in words."""
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
    with tempfile.TemporaryDirectory() as folder:
        plan = run(PLAN, STORY, folder)
        lib.ok(plan.returncode == 0 and "some ways may be missing" not in plan.stderr, "a plan for all ways", plan.stderr)
        plays = {line.split()[0]: line.split()[1:] for line in plan.stdout.splitlines()}
        cuts = set()
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            for name, done, pictures, store in pool.map(lambda n: play(folder, n), sorted(plays)):
                shown = re.findall(r"node +(\S+)", done.stdout)
                with_clip = [n for n in shown if "clip" in nodes[n]]
                good = done.returncode == 0 and with_clip == plays[name]
                lib.ok(good, f"{name}: plays {len(with_clip)} nodes as planned",
                       f"{done.stderr}\nplanned {plays[name]}\nplayed  {with_clip}")
                cuts |= set(zip(with_clip, with_clip[1:]))
                wrong = look(pictures, nodes, first_frames) if os.path.isdir(pictures) else ["no pictures"]
                lib.ok(not wrong, f"{name}: every cut shows what belongs there", "\n".join(wrong))
                lines = [l.split() for l in open(f"{folder}/{name}") if re.match(r"(pick|timeout) ", l)]
                burnt = any(l[3:] == ["record", "burn"] for l in lines)  # and with it what was recorded
                want = [] if burnt else [(l[3], l[0]) for l in lines]
                got = sqlite3.connect(store).execute(
                    "SELECT decision, outcome FROM v_exposure WHERE outcome IN ('pick', 'timeout') ORDER BY seq").fetchall()
                lib.ok(got == want, f"{name}: the database tells its {len(want)} decisions", f"{want}\n{got}")
        print(f"# {len(plays)} plays, {len(cuts)} different cuts")
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
