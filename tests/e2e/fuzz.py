#!/usr/bin/python3
# tests/run: may run beside others
"""tests/fuzz/fuzz.py itself, with two small targets of its own: one that holds, and one with a mistake in it."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from lib import HERE, PATIENCE, done, ok, skip

TARGET = """#include <stddef.h>
#include <stdint.h>
#include <string.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    volatile int deep = 0;
    for (size_t i = 0; i < n && i < 4; i++)
        deep += data[i] == (uint8_t)"fuzz"[i];
    if (MISTAKE && deep == 4)
        __builtin_trap();
    return 0;
}
"""
FUZZ = os.path.abspath(f"{HERE}/../fuzz/fuzz.py")


def make(top, name, mistake, inputs):
    """A target with its corpus. False: clang has no libFuzzer."""
    source, corpus = f"{top}/tests/fuzz/fuzz_{name}.c", f"{top}/tests/fuzz/corpus/{name}"
    os.makedirs(corpus)
    os.makedirs(f"{top}/build/fuzz", exist_ok=True)
    with open(source, "w", encoding="utf-8") as f:
        f.write(TARGET)
    for i, text in enumerate(inputs):
        with open(f"{corpus}/{i}", "w", encoding="utf-8") as f:
            f.write(text)
    made = subprocess.run(["clang", "-g", "-fsanitize=fuzzer", f"-DMISTAKE={mistake}", source, "-o", f"{top}/build/fuzz/fuzz_{name}"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return made.returncode == 0


def fuzz(top, *names):
    return subprocess.run([FUZZ, "--minutes", "0.05", "--jobs", "1", "--build", "build", *names], cwd=top, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE, check=False, encoding="utf-8", errors="replace")


def test_good(top):
    r = fuzz(top, "good")
    line = re.search(r"^good +([\d,]+) runs in +[\d,]+ CPU s +[\d,]+/s +([\d,]+) edges +([\d,]+) features  (\d+) files new", r.stdout, re.M)
    ok(r.returncode == 0 and line and all(int(n.replace(",", "")) > 0 for n in line.groups()[:3]), "a target that holds: runs and coverage are told", r.stdout)
    files = os.listdir(f"{top}/tests/fuzz/corpus/good")
    ok(line and len(files) == 2 + int(line[4]) and len(files) < 100, "the corpus has grown by the files that are told", (files, r.stdout))


def test_bad(top):
    r = fuzz(top, "bad")
    ok(r.returncode == 1 and "CRASHES" in r.stdout and "deadly signal" not in r.stdout.splitlines()[-1], "a mistake is found, and fails the run", r.stdout)
    again = re.search(r"again: (\S+) (\S+)$", r.stdout, re.M)
    ok(again and subprocess.run(again.groups(), cwd=top, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode != 0,
       "the command that is told runs it again", r.stdout)
    kept = again and open(os.path.join(top, again[2]), "rb").read()
    ok(kept and kept.startswith(b"fuzz"), "with the input that was kept", kept)


def test_wrong(top):
    r = fuzz(top, "none")
    ok(r.returncode != 0 and "no such target: none; there are bad, good" in r.stdout, "a name that is none is told", r.stdout)
    os.remove(f"{top}/build/fuzz/fuzz_good")
    r = fuzz(top, "good")
    ok(r.returncode != 0 and "not built: build/fuzz/fuzz_good" in r.stdout, "and a target that is not built", r.stdout)


with tempfile.TemporaryDirectory() as scratch:
    if not shutil.which("clang"):
        skip("fuzzing", "no clang")
    elif not (make(scratch, "good", 0, ["", "f"]) and make(scratch, "bad", 1, ["fuz", "fuzz"])):
        skip("fuzzing", "clang has no libFuzzer")
    else:
        test_good(scratch)
        test_bad(scratch)
        test_wrong(scratch)
sys.exit(done())
