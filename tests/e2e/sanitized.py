#!/usr/bin/python3
# tests/run: may run beside others
"""Plays stories with real clips and random choices, in real time and faster, with the whole program built once with
AddressSanitizer and UBSan, and once with ThreadSanitizer. No sanitizer may report anything."""
import glob
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.dirname(__file__))
import edges  # noqa: E402
import lib  # noqa: E402

BUILD = os.environ.get("FRUMIOUS_BUILD", "build")
# GLib's slice allocator passes memory between threads under locks that ThreadSanitizer cannot see.
EXTRA = {"tsan": {"G_SLICE": "always-malloc", "TSAN_OPTIONS": f"second_deadlock_stack=1:suppressions={os.path.abspath('tests/tsan.supp')}"},
         "asan": {"LSAN_OPTIONS": f"print_suppressions=0:suppressions={os.path.abspath('tests/lsan.supp')}"}}


def main():
    with tempfile.TemporaryDirectory() as folder:
        edges.make_film(f"{folder}/film.mkv")
        edges.make_story(folder, f"{folder}/film.mkv", 24, 30)
        plays = [(f"{folder}/story.yaml", [], seed) for seed in (1, 2, 3)]
        plays += [(f"{folder}/story.yaml", ["--realtime"], 4)]
        plays += [(story, [], 5) for story in sorted(glob.glob("tests/stories/valid/clips/story.yaml"))]
        kinds = [kind for kind in EXTRA if os.path.exists(f"{BUILD}/{kind}/frumious")]
        for kind in sorted(set(EXTRA) - set(kinds)):
            lib.skip(kind, f"{BUILD}/{kind}/frumious is not built")

        def run(job):
            kind, (story, more, seed) = job
            return subprocess.run([f"{BUILD}/{kind}/frumious", "play", "--headless", "--choose", "random", "--seed", str(seed), "--store",
                                   f"{folder}/{kind}.sqlite", *more, story], capture_output=True, text=True,
                                  timeout=500, env=dict(os.environ, **EXTRA[kind]))

        jobs = [(kind, play) for play in plays for kind in kinds]
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for (kind, (story, more, seed)), done in zip(jobs, pool.map(run, jobs)):
                said = done.stdout + done.stderr
                lib.ok(done.returncode == 0 and "Sanitizer" not in said and "runtime error" not in said,
                       f"{kind}: {os.path.basename(os.path.dirname(story))} seed {seed} {' '.join(more)}", said[-3000:])
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
