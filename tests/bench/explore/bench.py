#!/usr/bin/python3
"""How fast and how small `frumious explore` is on stories of the shape of the largest published film, beside SPIN.

    tests/bench/explore/bench.py [--quick] [--largest] [--spin-max MILLIONS]

The same stories (story.py) as YAML and as Promela; SPIN's verifier is compiled with -O2, exhaustive, once plainly and once with
collapse compression, with a hash table as large as its states need. CPU seconds of each whole process, and its largest
resident set. --quick: the smallest story alone; --largest: also one of 75 million states (2 GiB); SPIN is left out where
there are more than --spin-max (30) millions, as it would need 10 GiB.
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.abspath(os.environ.get("FRUMIOUS_BUILD", "build") + "/frumious")
STORIES = [(6, 18), (1, 22), (6, 26)]  # --seed, --free of story.py: 1, 12 and 28 million states
LARGEST = (5, 34)  # 75 million
VARIANTS = {"SPIN": [], "SPIN, collapse": ["-DCOLLAPSE"]}


def run(argv, folder):
    """Output, CPU seconds, real seconds and MiB of a program."""
    with tempfile.TemporaryFile() as out:
        begin = time.monotonic()
        child = subprocess.Popen(argv, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        return out.read().decode(), used.ru_utime + used.ru_stime, time.monotonic() - begin, used.ru_maxrss / 1024


def row(what, states, cpu, real, mib, more=""):
    print(f"  {what:<28} {states:>12,} {cpu:>9.2f} {real:>8.2f} {states / cpu / 1e6:>9.2f} {mib:>8.0f} {mib * 2**20 / states:>8.1f}  {more}",
          flush=True)


def explore(folder):
    merged = run([PROGRAM, "explore", "story.yaml"], folder)
    exact = run([PROGRAM, "explore", "--exact", "--threads", "1", "--max-memory", "16000", "story.yaml"], folder)
    spread = run([PROGRAM, "explore", "--exact", "--max-memory", "16000", "story.yaml"], folder)
    found = re.search(r"(\d+) states (at least )?when none are merged: ([0-9.]+) bytes each, ([0-9.]+) s", exact[0])
    if not found or found.group(2):
        sys.exit(f"explore did not get through:\n{exact[0]}{merged[0]}")
    states = int(found.group(1))
    row("explore, each state", states, *exact[1:], f"counting alone: {found.group(3)} bytes, {found.group(4)} s")
    row("explore, all cores", states, *spread[1:])
    seen = int(re.search(r"(\d+) states of", merged[0]).group(1))
    row("explore, states merged", seen, *merged[1:], f"{states / seen:,.0f} times fewer; all answers")
    return states, exact[1], exact[3]


def spin(folder, states, ours):
    subprocess.run(["spin", "-a", "story.pml"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    bits = max(18, states.bit_length() + 1)
    for name, flags in VARIANTS.items():
        subprocess.run(["gcc", "-O2", "-w", "-DSAFETY", "-DNOFAIR", "-DMEMLIM=20000", *flags, "-o", "pan", "pan.c"], cwd=folder, check=True)
        out, cpu, real, mib = run(["./pan", "-E", "-m1000000", f"-w{bits}"], folder)
        found = re.search(r"^\s*([0-9.e+]+) states, stored", out, re.M)
        if not found or "max search depth too small" in out or "pan: reached" in out:
            print(f"  {name}: did not get through\n{out}")
            continue
        stored = int(float(found.group(1)))
        row(name, stored, cpu, real, mib, f"explore: {(ours[0] / ours[1]) / (stored / cpu):.1f} times as many states per CPU second, "
            f"{(mib / stored) / (ours[2] / ours[0]):.1f} times less memory for each")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--largest", action="store_true")
    parser.add_argument("--spin-max", type=float, default=30)
    a = parser.parse_args()
    has_spin = shutil.which("spin") and shutil.which("gcc")
    if not has_spin:
        print("SPIN is not installed (apt-get install spin): explore alone")
    print(f"  {'':<28} {'states':>12} {'CPU s':>9} {'real s':>8} {'M/CPU s':>9} {'MiB':>8} {'bytes':>8}")
    for seed, free in STORIES[:1] if a.quick else STORIES + [LARGEST] * a.largest:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([f"{HERE}/story.py", "--seed", str(seed), "--free", str(free), f"{folder}/story.yaml", f"{folder}/story.pml"],
                           check=True)
            print(f"story.py --seed {seed} --free {free}")
            ours = explore(folder)
            if has_spin and ours[0] <= a.spin_max * 1e6:
                spin(folder, ours[0], ours)


main()
