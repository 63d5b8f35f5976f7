#!/usr/bin/python3
"""Compares how many viewers per second `frumious simulate` and inkjs take through a story.

    tests/bench/explore/simulate.py [--quick]

story.py writes the same story, shaped like the largest published film, as YAML and as ink. npm installs inkjs (MIT
licence) into build/bench; without npm or a network, only simulate is measured. Both choose every option with equal
probability. The results are plays and decisions per CPU second of one thread, without loading and compiling.
"""
import argparse
import json
import os
import re
import resource
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.path.abspath(os.environ.get("FRUMIOUS_BUILD", "build"))
INKJS = "inkjs@2.4.0"


def cpu_of_children():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def ours(folder, runs):
    """Plays and decisions per CPU second. A run with one viewer measures loading, which is subtracted."""
    seconds = []
    for n in (1, runs):
        begin = cpu_of_children()
        out = subprocess.run([f"{BUILD}/frumious", "simulate", "--runs", str(n), "--seed", "1", "--format", "json", "story.yaml"],
                             cwd=folder, check=True, stdout=subprocess.PIPE).stdout
        seconds.append(cpu_of_children() - begin)
    report = json.loads(out)
    took = seconds[1] - seconds[0]
    return runs / took, sum(d["opened"] for d in report["decisions"]) / took


def inkjs(folder, seconds):
    place = f"{BUILD}/bench/inkjs"
    if not (shutil.which("node") and shutil.which("npm")):
        return "node and npm are not installed"
    if not os.path.isdir(f"{place}/node_modules/inkjs"):
        os.makedirs(place, exist_ok=True)
        got = subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", place, INKJS], capture_output=True)
        if got.returncode != 0:
            return f"npm can't get {INKJS}"
    out = subprocess.run(["node", f"{HERE}/play_ink.js", f"{place}/node_modules/inkjs/dist/ink-full.js", f"{folder}/story.ink", str(seconds)],
                         stdout=subprocess.PIPE, text=True)
    found = re.match(r"(\d+) plays, (\d+) decisions, ([0-9.]+) s", out.stdout)
    if not found:
        return f"inkjs does not play the story: {out.stdout}"
    plays, decisions, took = map(float, found.groups())
    return plays / took, decisions / took


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    a, _ = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([f"{HERE}/story.py", "--seed", "1", "--free", "22", f"{folder}/story.yaml", f"{folder}/story.pml", f"{folder}/story.ink"],
                       check=True)
        plays, decisions = ours(folder, 20000 if a.quick else 200000)
        print(f"  {'':<20} {'plays/CPU s':>14} {'decisions/CPU s':>18}")
        print(f"  {'simulate':<20} {plays:>14,.0f} {decisions:>18,.0f}", flush=True)
        theirs = inkjs(folder, 3 if a.quick else 20)
        if isinstance(theirs, str):
            print(f"  {theirs}: simulate alone")
            return
        print(f"  {'inkjs':<20} {theirs[0]:>14,.0f} {theirs[1]:>18,.0f}  simulate: {plays / theirs[0]:,.0f} times as many plays, "
              f"{decisions / theirs[1]:,.0f} times as many decisions")


main()
