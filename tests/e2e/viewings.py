#!/usr/bin/python3
# tests/run: may run beside others
"""Replays the viewings in tests/transcripts, which together show all of the film (`frumious cover` found them). Each
must replay from its first decision to its last and reach the ending in its name, and a burnt record must be gone."""
import glob
import os
import shutil
import tempfile

import yaml

from lib import done, ok, play, rows, set_home

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILM = f"{ROOT}/stories/at-the-third-stroke"
ENDINGS = {"record-kept": "the-record", "record-burnt": "the-record"}


def without_footage(top):
    """Makes a copy of the film that shows slates: the same story, in no time. film.py checks the pictures."""
    os.makedirs(f"{top}/film")
    for part in ("strings", "captions"):
        shutil.copytree(f"{FILM}/{part}", f"{top}/film/{part}")
    return shutil.copy(f"{FILM}/story.yaml", f"{top}/film/story.yaml")


def decisions(path):
    with open(path) as f:
        return sum(line.startswith(("pick ", "timeout ")) for line in f)


def main():
    with open(f"{FILM}/story.yaml") as f:
        story = yaml.safe_load(f)
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        film = without_footage(top)
        seen, picked = set(), set()
        transcripts = sorted(glob.glob(f"{ROOT}/tests/transcripts/*.transcript"))
        ok(len(transcripts) >= 6, "there are viewings", len(transcripts))
        for path in transcripts:
            name = os.path.basename(path).removesuffix(".transcript")
            store = f"{top}/{name}.sqlite"
            r = play("--size", "320x180", "--store", store, "--choose", path, film)
            ok(r.code == 0, f"{name}: plays to its end", r)
            if name == "record-burnt":
                ok(rows(store, "SELECT count(*) FROM viewing") == [(0,)], f"{name}: and is gone")
            else:
                ended = rows(store, "SELECT e.name FROM reached r JOIN ending e ON e.id = r.ending")
                ok(ended == [(ENDINGS.get(name, name),)], f"{name}: ends there", ended)
                taken = rows(store, "SELECT count(*) FROM outcome")[0][0]
                ok(taken == decisions(path), f"{name}: every decision was taken", (taken, decisions(path)))
                seen |= set(rows(store, "SELECT path FROM v_path")[0][0].split(" > "))
            with open(path) as f:
                picked |= {tuple(line.split()[-2:]) for line in f if line.startswith("pick ")}
        shown = {n for n, d in story["nodes"].items() if "clip" in d} - {"s23b"}
        ok(shown <= seen, "together they show every node", shown - seen)
        options = {(d["decision"]["id"], o) for d in story["nodes"].values() if "decision" in d for o in d["decision"]["options"]}
        missed = {(d, o) for d, o in options - picked if (d, o) != ("umbrella", "by-the-door")}
        ok(not missed, "and pick every option, but for one that a timeout takes", missed)


main()
raise SystemExit(done())
