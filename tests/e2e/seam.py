#!/usr/bin/python3
"""The contract of the cut, in a short matrix: see tests/seam/seam.py. Every frame shown and every sample sounded is counted.

Lateness is told and fails nothing. A take in which the machine kept the player from running is void and is repeated; a way that
never gets a calm moment is skipped.
"""
import os
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "seam"))
import lib
import seam

REPEAT_UNTIL = 35  # seconds after which no take is repeated


def tell(v):
    notes = "\n".join(v.notes)
    if v.void:
        if v.final:
            lib.skip(f"{v.name}: {v.edges} edges", "the machine had no calm moment")
        return
    lib.ok(v.frames == 0, f"{v.name}: {v.edges} edges, {v.frames} frames wrong", notes)
    lib.ok(v.samples == 0, f"{v.name}: {v.edges} edges, {v.samples} samples wrong", notes)


def main():
    late = edges = 0
    if not shutil.which("Xvfb"):
        lib.skip("the contract of the cut", "Xvfb is missing")
        return lib.done()
    with tempfile.TemporaryDirectory() as top:
        media = f"{top}/media"
        os.makedirs(media)
        for v in seam.run(seam.short_ways(), media, top, seconds=REPEAT_UNTIL):
            tell(v)
            late, edges = late + v.late, edges + (0 if v.void else v.edges)
    print(f"# {edges} edges, {late} late")
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
