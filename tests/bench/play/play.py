#!/usr/bin/python3
"""Compares what playing costs: make bench-play, or play.py [--quick] [--rounds N] [--sizes 720,1080] [--only WORD] …

Frumious, mpv, VLC, ffplay and Chromium take turns, round after round, at playing the same film with one branch. Each
plays in a window under Xvfb, with a sound server that plays into a pipe; programs that read the screen and the sink
judge the result. tests/bench/README.md says what the figures mean. Ctrl-C ends the run early and prints what was
measured so far.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time

import machine
import players
import readme
import verdict
from film import FPS, GOP, HIGH_RANGE, HOURS, KINDS, MANY, OFF_KEY, Film

FLOOR, CLIPS, RANGES, EIGHT = "FFmpeg, decoding alone", *(row[0] for row in players.ROWS[:3])
FLOOR_MAPPING, MAPPING = "FFmpeg, decoding and mapping", players.MAPPING_ROW[0]
LEAST, MPV, VLC, SEEK = "what any window costs", "mpv, playlist", "VLC, playlist", "Chromium, seek off key"
SMALL = 720
LATE_S = 8  # how long after the film a player may still run before it is ended

# figure, heading, format
FIGURES = [
    ("cpu_min", "CPU s per minute", "{:.1f}"),
    ("x_min", "+ X server", "{:.1f}"),
    ("mb", "peak PSS, MB", "{:.0f}"),
    ("start_ms", "start to first frame, ms", "{:.0f}"),
    ("cpu_start", "CPU s until then", "{:.2f}"),
    ("gap_ms", "gap at the branch, ms", "{:+.1f}"),
    ("lost", "frames lost", "{:.0f}"),
    ("silence_ms", "silence at the join, ms", "{:.1f}"),
    ("holes_ms", "elsewhere", "{:.0f}"),
    ("p50_ms", "pacing p50, ms", "{:.2f}"),
    ("p99_ms", "p99", "{:.1f}"),
    ("worst_ms", "worst", "{:.1f}"),
]


class Results:
    """The figures, by (height, name of the row); one dict for each round."""

    def __init__(self):
        self.all, self.failed = {}, []

    def add(self, height, name, figures):
        if figures is None:
            self.failed.append((height, name))
        else:
            self.all.setdefault((height, name), []).append(figures)

    def values(self, height, name, figure):
        return [f[figure] for f in self.all.get((height, name), []) if f.get(figure) is not None]

    def median(self, height, name, figure, size=False):
        values = [abs(v) if size else v for v in self.values(height, name, figure)]
        return statistics.median(values) if values else None


# ---- measuring ----------------------------------------------------------------------------------------------------

def decode(film, results):
    """Measures the lower bound: FFmpeg decodes picture and sound of the same two clips and discards them. Of pictures in high
    dynamic range it also measures what FFmpeg's own filters take to map them."""
    decode_with([], FLOOR, film, results)
    if film.kind in HIGH_RANGE:
        decode_with(["-filter_threads", "1", "-vf", players.FFMPEG_MAPPING], FLOOR_MAPPING, film, results)


def decode_with(filters, name, film, results):
    before = verdict.children_s()
    for clip in "ab":
        subprocess.run([*machine.favour(machine.PLAYERS), "ffmpeg", "-v", "error", "-threads", "1", "-noautorotate", "-i", film.path(f"{clip}.mp4"), *filters,
                        "-f", "null", "-"], check=True, stdin=subprocess.DEVNULL)
    results.add(film.height, called(film, name), verdict.decoding(verdict.children_s() - before, film))


def called(film, name):
    """What a row is called in the results."""
    return name if film.kind == "upright" else f"{film.kind}: {name}"


def play_row(row, film, results, folder):
    name, _, _, args, way, env = row
    with machine.Stage(f"{folder}/stage", film.width, film.height) as stage:
        take = machine.play(stage, args(film, stage), 2 * film.seconds + LATE_S, env)
        figures = verdict.judge(take, film, way)
        if figures is None:
            with open(take.log, errors="replace") as f:
                print(f"  {film.height}p {called(film, name)}: showed too little\n{f.read()[-800:]}", flush=True)
        results.add(film.height, called(film, name), figures)
        return figures


def is_small(film):
    return film.height <= SMALL


def spans(path, starts, seconds):
    return [f"{path}@{s:.6f}@{s + seconds:.6f}" for s in starts]


# kind, heading; the last two run only at 720p, because the picture size does not change an index
WARM = [("none", "none opens"), ("key", "key frame"), ("far", "46 frames behind one"),
        ("apart", f"one film of {HOURS} hours, opened for each"), ("parked", "the same, parked demuxers seek")]


def warm_ways(film):
    """The arguments of `warm`, by kind."""
    plays, hours = film.path("film.mp4"), film.path("hours.mp4")
    far = spans(plays, [(film.branch + GOP * i) / FPS for i in range(MANY)], film.seconds)
    long = spans(hours, [HOURS * 3600 * (i + 1) / (MANY + 2) + OFF_KEY / FPS for i in range(MANY)], film.seconds)
    ways = {"none": [plays], "key": [plays] + [film.path(f"o{i}.mp4") for i in range(MANY)], "far": [plays] + far}
    if is_small(film):
        film.make_hours()
        ways.update(apart=["--apart", hours, *long], parked=[hours, *long])
    return ways


def warm(film, results):
    for kind, args in warm_ways(film).items():
        done = subprocess.run([*machine.favour(machine.PLAYERS), f"{machine.BUILD}/bench/play/warm", *args], capture_output=True, text=True,
                              timeout=120)
        words = done.stdout.split()
        results.add(film.height, f"warm {kind}", dict(zip(words[::2], map(float, words[1::2]))) if words else None)


def measure(films, rows, rounds, folder, results, whole):
    began, todo, n = time.monotonic(), rounds * len(films) * len(rows), 0
    for turn in range(rounds):
        for film in films:
            decode(film, results)
            if whole:
                warm(film, results)
            for i in range(len(rows)):
                row = rows[(i + turn) % len(rows)]
                if row is players.MAPPING_ROW and film.kind not in HIGH_RANGE:
                    todo -= 1
                    continue
                figures = play_row(row, film, results, folder)
                n += 1
                left = (time.monotonic() - began) / n * (todo - n)
                said = "" if figures is None else "  ".join(f"{h.split(',')[0]} {f.format(figures[k])}" for k, h, f in FIGURES
                                                           if figures[k] is not None and k in ("cpu_min", "mb", "start_ms", "gap_ms", "p99_ms"))
                print(f"[{n}/{todo}, {left / 60:.0f} min left] {film.height}p {called(film, row[0])}: {said}", flush=True)


# ---- printing -------------------------------------------------------------------------------------------------------

def cell(values, form):
    if not values:
        return "–"
    middle = form.format(statistics.median(values))
    low, high = form.format(min(values)), form.format(max(values))
    return middle if low == high else f"{middle} [{low}..{high}]"


def table(results, film, rows):
    n = max((len(v) for v in results.all.values()), default=0)
    print(f"\n{film.width}x{film.height}, {FPS} frames/s, median [least..most] of {n}\n")
    print("| | " + " | ".join(h for _, h, _ in FIGURES) + " |\n|---" + "|---" * len(FIGURES) + "|")
    for name in [r[0] for r in rows] + [FLOOR]:
        if (film.height, name) in results.all:
            print(f"| {name} | " + " | ".join(cell(results.values(film.height, name, k), f) for k, _, f in FIGURES) + " |")


def goals(results, height, seconds):
    """[(goal, measured value, its limit)]; a missing value is None."""
    def m(name, figure, size=False):
        return results.median(height, name, figure, size)

    def ratio(a, b):
        return None if a is None or not b else a / b

    plain, ahead = m(CLIPS, "cpu_min"), m("warm key", "cpu_ms")
    if plain is not None and ahead is not None:
        plain -= 2 * ahead / 1000 / (2 * seconds / 60)
    ours, far = (lambda k, **kw: m(CLIPS, k, **kw)), (lambda k, **kw: m(RANGES, k, **kw))
    small = height <= SMALL
    out = [
        ("gap at the branch / mpv's", ratio(ours("gap_ms", size=True), m(MPV, "gap_ms", True)), 1 / 20, "{:.3f}"),
        ("gap, off key / Chromium's seek", ratio(far("gap_ms", size=True), m(SEEK, "gap_ms", True)), 1 / 100, "{:.3f}"),
        ("frames lost at the branch", ours("lost_branch"), 0, "{:.0f}"),
        ("silence at the join, ms", ours("silence_ms"), 0, "{:.1f}"),
        ("CPU / VLC's", ratio(ours("cpu_min"), m(VLC, "cpu_min")), 1, "{:.2f}"),
        ("the same, less what the two candidates cost", ratio(plain, m(VLC, "cpu_min")), 1, "{:.2f}"),
        ("CPU / mpv's", ratio(ours("cpu_min"), m(MPV, "cpu_min")), 0.7, "{:.2f}"),
        ("CPU / decoding alone", ratio(ours("cpu_min"), m(FLOOR, "cpu_min")), 1.15, "{:.2f}"),
        ("CPU / what any window costs", ratio(ours("cpu_min"), m(LEAST, "cpu_min")), 1.1, "{:.2f}"),
        ("start to first frame / mpv's", ratio(ours("start_ms"), m(MPV, "start_ms")), 1, "{:.2f}"),
        ("start to first frame / VLC's", ratio(ours("start_ms"), m(VLC, "start_ms")), 1, "{:.2f}"),
        ("peak memory, two candidates warm / mpv's", ratio(ours("mb"), m(MPV, "mb")), 1.5, "{:.2f}"),
        ("a warm candidate, MB", m("warm key", "each_mb"), 25 if small else 40, "{:.1f}"),
        ("pacing p50, ms", ours("p50_ms"), 0.3, "{:.2f}"),
        ("pacing p99, ms", ours("p99_ms"), 2, "{:.2f}"),
        ("pacing p99 / mpv's", ratio(ours("p99_ms"), m(MPV, "p99_ms")), 1, "{:.2f}"),
        ("pacing p50 with 8 candidates, ms", m(EIGHT, "p50_ms"), 0.3, "{:.2f}"),
        ("frames lost at the branch with 8 candidates", m(EIGHT, "lost_branch"), 0, "{:.0f}"),
    ]
    if small:
        out += [("8 candidates at a key frame ready, ms", m("warm key", "ready_ms"), 1000, "{:.0f}"),
                ("8 candidates, worst case, ready, ms", m("warm far", "ready_ms"), 2000, "{:.0f}"),
                (f"8 candidates of one film of {HOURS} hours: times it is opened", m("warm parked", "opened"), 2, "{:.0f}"),
                ("CPU of such a candidate / where each opens the film", ratio(m("warm parked", "cpu_ms"), m("warm apart", "cpu_ms")), 0.5,
                 "{:.2f}")]
    out += [(f"frames not decoded in time while they open ({k})", m(f"warm {k}", "starved"), 0, "{:.0f}") for k in ("key", "far")]
    return out


def tell_goals(results, films):
    """Prints one table for all sizes."""
    by_goal = {}
    for film in films:
        for goal, got, limit, form in goals(results, film.height, film.seconds):
            by_goal.setdefault(goal, {})[film.height] = (got, limit, form)
    print("\n| goal | at most | " + " | ".join(f"{f.height}p" for f in films) + " |\n|---|---" + "|---" * len(films) + "|")
    for goal, sizes in by_goal.items():
        limits = " / ".join(dict.fromkeys(f"{limit:g}" for _, limit, _ in sizes.values()))
        cells = []
        for film in films:
            got, limit, form = sizes.get(film.height, (None, 0, ""))
            cells.append("–" if got is None else form.format(got) + ("" if got <= limit else " **missed**"))
        print(f"| {goal} | {limits} | " + " | ".join(cells) + " |")


def tell_warm(results, films):
    figures = [("ready_ms", "{:.0f}"), ("cpu_ms", "{:.0f}"), ("each_mb", "{:.1f}"), ("opened", "{:.0f}"), ("starved", "{:.0f}"), ("late", "{:.0f}"),
               ("p99_ms", "{:.2f}"), ("worst_ms", "{:.1f}")]
    print("\n| 8 candidates while the film plays | all ready, ms | CPU ms each | MB each | files opened | frames not decoded in time | half a frame late "
          "| lateness p99, ms | worst |" + "\n|---" + "|---" * len(figures) + "|")
    for film in films:
        for kind, what in WARM:
            key = (film.height, f"warm {kind}")
            if key in results.all:
                empty = ("ready_ms", "cpu_ms", "each_mb") if kind == "none" else ()
                print(f"| {film.height}p, {what} | " + " | ".join("–" if k in empty else cell(results.values(*key, k), f)
                                                                 for k, f in figures) + " |")


def tell_footage(results, films):
    """What pictures cost that are to be turned, mapped, or have times of their own, beside decoding the same file, and beside
    mpv. mpv's x11 output does not map; where pictures are to be mapped, its output that does, and FFmpeg's filters, stand beside."""
    peers = [FLOOR, MPV, MAPPING, FLOOR_MAPPING]
    print(f"\n| {films[0].height}p | {CLIPS} | " + " | ".join(f"{p} | of it" for p in peers) + f" | frames lost | by {MAPPING} |\n|---" + "|---" * (3 + 2 * len(peers)) + "|")
    for film in films:
        ours = results.median(film.height, called(film, CLIPS), "cpu_min")
        lost = [results.median(film.height, called(film, name), "lost") for name in (CLIPS, MAPPING)]
        cells = ["–" if ours is None else f"{ours:.1f}"]
        for peer in peers:
            other = results.median(film.height, called(film, peer), "cpu_min")
            cells += ["–" if other is None else f"{other:.1f}", f"{ours / other:.2f}" if ours and other else "–"]
        cells += ["–" if n is None else f"{n:.0f}" for n in lost]
        print(f"| {film.kind} | " + " | ".join(cells) + " |")


def tell(results, films, rows, folder):
    for film in films:
        table(results, film, rows)
    tell_warm(results, films)
    tell_goals(results, films)
    for height, name in results.failed:
        print(f"not judged: {height}p {name}")
    path = f"{folder}/results.json"
    with open(path, "w") as f:
        json.dump([{"height": h, "row": n, "rounds": v} for (h, n), v in results.all.items()], f, indent=1)
    print(f"\nEvery round's figures: {os.path.relpath(path, machine.ROOT)}")
    print("\nThe table of tests/bench/README.md (play.py --readme prints it again):\n\n" + "\n".join(readme.table(results.all)))


def same_samples():
    """Has tests/seam/seam.py compare the sound at the switch, sample by sample."""
    print("Sound at the switch, sample by sample (tests/seam/seam.py --only codecs) …", flush=True)
    done = subprocess.run([f"{machine.ROOT}/tests/seam/seam.py", "--only", "codecs"], capture_output=True, text=True)
    print("\n" + (done.stdout.strip().splitlines() or ["no answer"])[-1])


def options():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--quick", action="store_true", help="one round")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--sizes", default="720,1080")
    p.add_argument("--only", default="", help="players whose name has this in it")
    p.add_argument("--seconds", type=int, default=6, help="of each segment; even")
    p.add_argument("--no-seam", action="store_true", help="leave out the comparison sample by sample")
    p.add_argument("--footage", action="store_true", help="instead: turned, variable, PQ and HLG pictures, beside upright ones")
    p.add_argument("--readme", action="store_true", help="measure nothing, print the table of the last run")
    return p.parse_args()


def main():
    o = options()
    folder = f"{machine.BUILD}/bench"
    if o.readme and not os.path.exists(f"{folder}/results.json"):
        sys.exit("nothing was measured yet: make bench-play")
    if o.readme:
        print("\n".join(readme.table(readme.load(f"{folder}/results.json"))))
        return
    missing = {row[2]: row[1] for row in players.ROWS if not players.there(row)}
    for package, program in missing.items():
        print(f"{program} is not here and left out; apt-get install --no-install-recommends {package}")
    for program, package in (("pulseaudio", "pulseaudio"), ("Xvfb", "xvfb")):
        if not players.shutil.which(program):
            sys.exit(f"{program} is missing, and without it nothing can be judged: apt-get install --no-install-recommends {package}")
    rows = [r for r in players.ROWS if players.there(r) and o.only.lower() in r[0].lower()]
    sizes = [int(height) for height in o.sizes.split(",")]
    films = [Film(f"{folder}/film", height, o.seconds) for height in sizes]
    if o.footage:
        rows = [r for r in [*rows, players.MAPPING_ROW] if r[0] in (CLIPS, MPV, MAPPING) and players.there(r) and o.only.lower() in r[0].lower()]
        films = [Film(f"{folder}/film", sizes[0], o.seconds, kind) for kind in KINDS]
    print("The films (made once) …", flush=True)
    for film in films:
        film.make(whole=not o.footage)
    results = Results()
    try:
        with machine.favoured():
            measure(films, rows, 1 if o.quick else o.rounds, folder, results, whole=not o.footage)
        if not o.no_seam and not o.footage:
            same_samples()
    except KeyboardInterrupt:
        print("\nEnded early; this was measured:")
    if o.footage:
        tell_footage(results, films)
    else:
        tell(results, films, rows, folder)


if __name__ == "__main__":
    main()
