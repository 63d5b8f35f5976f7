#!/usr/bin/python3
# tests/run: may run beside others
"""The page's script computes what C computes: tests/page/cases.json holds the answers. This test runs the script, with node."""
import os
import shutil
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    if not shutil.which("node"):
        print("ok 1 - the script's answers # SKIP there is no node\n1..1")
        return 0
    r = subprocess.run(["node", os.path.join(ROOT, "tests/page/cases.mjs")], capture_output=True, text=True, check=False)
    print(r.stdout, end="")
    if r.returncode:
        print(f"Bail out! node: {r.stderr[-1500:]}")
    return r.returncode or int("\nnot ok" in "\n" + r.stdout)


raise SystemExit(main())
