#!/usr/bin/python3
"""Compares the time and memory of `frumious explore` with SPIN's, on stories shaped like the largest published film.

    tests/bench/explore/bench.py [--quick] [--largest] [--spin-max MILLIONS]

story.py writes the same stories as YAML and as Promela. SPIN's exhaustive verifier is compiled with -O2, once plainly
and once with collapse compression; its hash table and stack are as large as its states need. The bench measures the
CPU seconds and the largest resident set of each whole process. The programs take turns, and the best of several
rounds counts. At the end the bench prints the table of ../README.md, and what the report of a story of the hard kind
takes (hard.py).

--quick: only the smallest story. --largest: also a story of 93 million states. The bench does not run SPIN on stories
of more than MILLIONS million states (120 unless given).
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
STORIES = [(6, 18, 5), (1, 22, 3), (6, 26, 2)]  # --seed, --free of story.py, rounds, --density: 1, 12 and 28 million states
LARGEST = (5, 34, 1, 0.51)  # 93 million
HARD = {"hard": [], "hard, three of four endings go on": ["--go-on", "forward"],
        "hard, three of four endings go back": ["--go-on", "back"], "hard, they go to the start": ["--go-on", "start"],
        "hard, with a counter that nobody reads": ["--counter"]}
VARIANTS = {"SPIN": [], "SPIN, collapse": ["-DCOLLAPSE"]}
EXACT = [PROGRAM, "explore", "--exact", "--max-memory", "16000", "story.yaml"]
EXPLORE = {"explore, each state": [*EXACT, "--threads", "1"], "explore, all cores": EXACT,
           "explore, states merged": [PROGRAM, "explore", "story.yaml"]}


class Run:
    """A finished process: its output, CPU seconds, real seconds and MiB."""

    def __init__(self, argv, folder):
        with tempfile.TemporaryFile() as out:
            begin = time.monotonic()
            child = subprocess.Popen(argv, cwd=folder, stdout=out, stderr=subprocess.STDOUT)
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            self.said = out.read().decode()
            self.cpu, self.real, self.mib = used.ru_utime + used.ru_stime, time.monotonic() - begin, used.ru_maxrss / 1024
        self.states, self.search = 0, 0.0  # search: CPU seconds without starting, loading and answering
        self.held = 0.0  # bytes for each state that the search holds

    def find(self, pattern):
        found = re.search(pattern, self.said, re.M)
        if not found:
            sys.exit(f"did not get through:\n{self.said}")
        return found


def run_explore(what, folder):
    """Runs explore, which reports the time of its search itself. With states merged, it answers every question."""
    r = Run(EXPLORE[what], folder)
    if "merged" in what:
        r.states, r.search = int(r.find(r"(\d+) states of").group(1)), r.cpu
        r.held = r.mib * 2**20 / r.states
    else:
        found = r.find(r"(\d+) states when none are merged: ([0-9.]+) bytes each, ([0-9.]+) s")
        r.states, r.held, r.search = int(found.group(1)), float(found.group(2)), float(found.group(3))
    return r


def run_spin(what, folder, states):
    """Runs SPIN's verifier. Its whole time counts as search, because without its tables it starts in a millisecond."""
    r = Run([f"./{what}", "-E", "-m10000", f"-w{max(18, states.bit_length() + 1)}"], folder)
    if "max search depth too small" in r.said or "pan: reached" in r.said:
        sys.exit(f"{what} did not get through:\n{r.said}")
    r.states, r.search = int(float(r.find(r"^\s*([0-9.e+]+) states, stored").group(1))), r.cpu
    mib = [r.find(rf"^\s*([0-9.]+)\s+{line}").group(1) for line in ("actual memory usage for states", "memory used for hash table")]
    r.held = sum(map(float, mib)) * 2**20 / r.states
    return r


def compile_spin(folder):
    """Compiles a verifier for each variant. Returns the CPU seconds that the plain one took to make from the story."""
    made = Run(["spin", "-a", "story.pml"], folder).cpu
    for name, flags in VARIANTS.items():
        r = Run(["gcc", "-O2", "-w", "-DSAFETY", "-DNOFAIR", "-DMEMLIM=20000", *flags, "-o", name, "pan.c"], folder)
        made += r.cpu if not flags else 0
    return made


def line(what, r):
    print(f"  {what:<24} {r.states:>12,} {r.cpu:>9.2f} {r.search:>9.2f} {r.real:>8.2f} {r.states / r.search / 1e6:>9.2f} {r.mib:>8.0f} "
          f"{r.held:>8.1f}", flush=True)


def table_row(what, r, said):
    return (f"| {what} | {r.states:,} | {r.cpu:.2f} | {r.search:.2f} | {r.states / r.cpu / 1e6:.1f} ({r.states / r.search / 1e6:.1f}) | "
            f"{r.real:.1f} | {r.mib:.0f} | {r.held:.0f} | {said} |")


def rows(best, made):
    """The rows of the README's table for one story."""
    ours, merged = best["explore, each state"], best["explore, states merged"]
    out = [table_row(what, best[what], "") for what in EXPLORE if what != "explore, states merged"]
    out.append(table_row("explore, states merged", merged, f"{ours.states / merged.states:,.0f} times fewer states; all answers"))
    for what in VARIANTS:
        if what in best:
            spin = best[what]
            out.append(table_row(what, spin, f"search {spin.search / ours.search:.1f} times, process {spin.cpu / ours.cpu:.1f} times, from the "
                                 f"story to the answer {(spin.cpu + made) / ours.cpu:.1f} times as long; {spin.mib / ours.mib:.1f} times the process's memory, "
                                 f"{spin.held / ours.held:.1f} times the search's"))
    return out


def measure(spin_max, seed, free, rounds, density=0.5):
    with tempfile.TemporaryDirectory() as folder:
        how = ["--seed", str(seed), "--free", str(free), "--density", str(density)]
        subprocess.run([f"{HERE}/story.py", *how, f"{folder}/story.yaml", f"{folder}/story.pml"], check=True)
        print("story.py", *how)
        best, made = {}, 0.0
        for again in range(rounds):
            for what in EXPLORE:
                best[what] = min(best.get(what), run_explore(what, folder), key=lambda r: r.cpu if r else float("inf"))
            states = best["explore, each state"].states
            if shutil.which("spin") and shutil.which("gcc") and states <= spin_max * 1e6:
                made = made or compile_spin(folder)
                for what in VARIANTS:
                    if again == 0 or what == "SPIN":
                        best[what] = min(best.get(what), run_spin(what, folder, states), key=lambda r: r.cpu if r else float("inf"))
            if again == 0:
                for what, r in best.items():
                    line(what, r)
        if made:
            print(f"  spin -a and gcc -O2: {made:.1f} CPU s", flush=True)
        return rows(best, made)


def measure_hard():
    """The whole report of a story of the same size whose states do not merge (hard.py)."""
    with tempfile.TemporaryDirectory() as folder:
        for what, how in HARD.items():
            subprocess.run([f"{HERE}/hard.py", *how, f"{folder}/story.yaml"], check=True)
            r = Run([PROGRAM, "explore", "--max-memory", "16000", "--threads", "1", "story.yaml"], folder)
            found = r.find(r"(\d+) states of \d+ bits, (\d+) transitions")
            print(f"| {what} | {int(found.group(1)):,} | {int(found.group(2)):,} | {r.cpu:.1f} | {r.mib:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--largest", action="store_true")
    parser.add_argument("--spin-max", type=float, default=120)
    a = parser.parse_args()
    if not shutil.which("spin"):
        print("SPIN is not installed (apt-get install spin): explore alone")
    print(f"  {'':<24} {'states':>12} {'CPU s':>9} {'search s':>9} {'real s':>8} {'M/CPU s':>9} {'MiB':>8} {'bytes':>8}")
    table = []
    for story in STORIES[:1] if a.quick else STORIES + [LARGEST] * a.largest:
        table += measure(a.spin_max, *story)
    print("\n| | states | CPU s | of it search | million/CPU s (search) | s | MiB | bytes/state of the search | against explore, each state |\n" + "|---" * 9 + "|")
    print("\n".join(table))
    if not a.quick:
        print("\n| whole report | states | transitions | CPU s | MiB |\n" + "|---" * 5 + "|")
        measure_hard()


main()
