#!/usr/bin/python3
"""Runs the fuzz targets under libFuzzer, each for some minutes, and takes what they find into the corpus.

Usage: tests/fuzz/fuzz.py [--minutes M] [--jobs N] [--build DIR] [NAME...]     (make fuzz builds them and calls this)

A target is DIR/fuzz/fuzz_NAME; without a NAME all of them run. Each starts from tests/fuzz/corpus/NAME and from what
earlier runs left in DIR/found/NAME. Afterwards the inputs that reach something new go into tests/fuzz/corpus/NAME: few
and small ones only, since `make test` runs all of them and the repository keeps them. An input that breaks a target is
kept in DIR/crashes, and the command that runs it again is printed. Exit status: 1 if there was any.
"""
import argparse
import concurrent.futures
import glob
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

CRASHES_MAX = 5            # of one target; then it is not started again
FILES_MAX = 100            # of one target's corpus, and bytes
BYTES_MAX = 128 * 1024
NEW_FILES_MAX = 25         # that one run adds
NEW_FILE_BYTES_MAX = 4096
INPUT_SECONDS_MAX = 20     # an input that takes longer counts as a hang
MEMORY_MB_MAX = 2560
STATUS = re.compile(r"^#\d+\s.*?cov: (\d+) ft: (\d+)", re.M)
RUNS = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.M)
TROUBLE = re.compile("ERROR:|runtime error:|Assertion|SUMMARY:|CRITICAL|WARNING")
REPEATED = re.compile("Bail out|deadly signal")
SANITIZERS = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "LSAN_OPTIONS": "print_suppressions=0:suppressions=" + os.path.abspath("tests/lsan.supp"),
    "G_SLICE": "always-malloc",
    "LC_ALL": "C.UTF-8",
}


class Target:
    """One target: where its things are, and what came of running it."""

    def __init__(self, name, build):
        self.name = name
        self.program = os.path.join(build, "fuzz", "fuzz_" + name)
        self.corpus = os.path.join("tests/fuzz/corpus", name)
        self.found = os.path.join(build, "found", name)
        self.crash_prefix = os.path.join(build, "crashes", name + "-")
        self.log = os.path.join(build, "log", name + ".log")
        self.dictionary = os.path.join("tests/fuzz", name + ".dict")
        self.runs = self.edges = self.features = 0
        self.seconds = 0.0  # of processor time: on a busy machine, minutes say little
        self.crashes = []
        self.added = []
        self.left_out = 0


def environment(home):
    env = {**os.environ, **SANITIZERS, "HOME": home, "TMPDIR": home, "FUZZ_HOME": home}
    symbolizer = shutil.which("llvm-symbolizer") or shutil.which("llvm-symbolizer-14") or shutil.which("addr2line")
    if symbolizer:
        env.update(ASAN_SYMBOLIZER_PATH=symbolizer, UBSAN_SYMBOLIZER_PATH=symbolizer)
    return env


def corpus_folders(target):
    """libFuzzer follows no links: the folders behind them are named."""
    links = [entry.path for entry in os.scandir(target.corpus) if entry.is_symlink() and entry.is_dir()]
    return [target.corpus] + sorted(links)


def libfuzzer(target, home, arguments):
    """Runs the target's program to its end. Returns its exit status, what it said, which also goes to its log, and what processor
    time it took, in seconds."""
    command = [target.program, f"-timeout={INPUT_SECONDS_MAX}", f"-rss_limit_mb={MEMORY_MB_MAX}",
               "-artifact_prefix=" + target.crash_prefix] + arguments
    with open(target.log, "a+b") as log:
        log.seek(0, os.SEEK_END)
        start = log.tell()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment(home))
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(start)
        return process.returncode, log.read().decode("utf-8", "replace"), used.ru_utime + used.ru_stime


def crash_of(said):
    """The file that holds the input, and what the sanitizer or the assertion said of it."""
    written = re.findall(r"Test unit written to (\S+)", said)
    lines = [line for line in said.splitlines() if TROUBLE.search(line) and not REPEATED.search(line)]
    return (written[-1] if written else None), lines[:3]


def search(target, minutes, home):
    end = time.monotonic() + minutes * 60
    while len(target.crashes) < CRASHES_MAX and not interrupted:
        left = int(end - time.monotonic())
        if left <= 0:
            break
        arguments = [f"-max_total_time={left}", "-print_final_stats=1"]
        if os.path.exists(target.dictionary):
            arguments.append("-dict=" + target.dictionary)
        status, said, seconds = libfuzzer(target, home, arguments + [target.found] + corpus_folders(target))
        target.seconds += seconds
        target.runs += sum(map(int, RUNS.findall(said)))
        for edges, features in STATUS.findall(said)[-1:]:
            target.edges = max(target.edges, int(edges))
            target.features = max(target.features, int(features))
        if status == 0 or interrupted:
            break
        target.crashes.append(crash_of(said))


def corpus_files(target):
    """The corpus's own files; what its links lead to is others'."""
    return [entry.path for entry in os.scandir(target.corpus) if entry.is_file(follow_symlinks=False)]


def keep(target, home):
    """Those of the found inputs that reach what the corpus does not, the smallest first, as far as there is room."""
    merged = os.path.join(home, "merged")
    os.makedirs(merged)
    for folder in corpus_folders(target):
        for base, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(base, name)
                shutil.copyfile(path, os.path.join(merged, hashlib.sha1(path.encode()).hexdigest()))
    before = set(os.listdir(merged))
    libfuzzer(target, home, ["-merge=1", merged, target.found])
    new = sorted((os.path.getsize(os.path.join(merged, name)), name) for name in set(os.listdir(merged)) - before)
    files = corpus_files(target)
    room, free = BYTES_MAX - sum(map(os.path.getsize, files)), FILES_MAX - len(files)
    for size, name in new:
        if size > min(NEW_FILE_BYTES_MAX, room) or len(target.added) >= min(NEW_FILES_MAX, free):
            target.left_out += 1
            continue
        room -= size
        target.added.append(os.path.join(target.corpus, name[:12]))
        shutil.copyfile(os.path.join(merged, name), target.added[-1])


def report(target):
    rate = target.runs / target.seconds if target.seconds else 0
    print(f"{target.name:12} {target.runs:>12,} runs in {target.seconds:>6,.0f} CPU s {rate:>8,.0f}/s {target.edges:>7,} edges "
          f"{target.features:>7,} features  {len(target.added)} files new"
          + (f", {target.left_out} left out" if target.left_out else "")
          + (f"  {len(target.crashes)} CRASHES" if target.crashes else ""))
    for path, lines in target.crashes:
        for line in lines:
            print("       " + line)
        print(f"       again: {target.program} {path}" if path else f"       no input was kept: {target.log}")
    sys.stdout.flush()


def fuzz(target, minutes):
    if interrupted:
        return True
    for path in (target.found, target.corpus, os.path.dirname(target.crash_prefix), os.path.dirname(target.log)):
        os.makedirs(path, exist_ok=True)
    open(target.log, "wb").close()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="frumious-fuzz-", dir=memory) as home:
        search(target, minutes, home)
        keep(target, home)
    report(target)
    return not target.crashes


interrupted = False


def interrupt(*_):
    """The programs get the signal, too, and end by themselves; what they found is still kept."""
    global interrupted
    interrupted = True


def main():
    parser = argparse.ArgumentParser(description="Runs the fuzz targets under libFuzzer.")
    parser.add_argument("--minutes", type=float, default=10, help="for each target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="targets at once")
    parser.add_argument("--build", default="build/libfuzzer", help="where they were built")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    there = sorted(path.split("fuzz_")[-1][:-2] for path in glob.glob("tests/fuzz/fuzz_*.c"))
    names = options.names or there
    unknown = [name for name in names if name not in there]
    if unknown:
        sys.exit(f"no such target: {', '.join(unknown)}; there are {', '.join(there)}")
    targets = [Target(name, options.build) for name in names]
    missing = [target.program for target in targets if not os.access(target.program, os.X_OK)]
    if missing:
        sys.exit(f"not built: {', '.join(missing)}")
    signal.signal(signal.SIGINT, interrupt)
    print(f"{len(targets)} targets, {options.minutes:g} minutes each, {options.jobs} at once …", flush=True)
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        good = list(pool.map(lambda target: fuzz(target, options.minutes), targets))
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
