#!/usr/bin/python3
# tests/run: may run beside others
"""Stores that lie where nothing can be written: on a medium that is mounted for reading only, and in another user's folder, with a
log beside them and without. All that reads says the same as in a folder of one's own, what it could not see is said, and nothing
in the folder is made or changed."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import lib
from lib import PROGRAM, ok, run, skip

NOBODY = 65534
READERS = (["report", "--format", "json"], ["telemetry", "list"], ["telemetry", "show", "last"], ["telemetry", "export"],
           ["telemetry", "retention"], ["telemetry", "status"])


STORES = ("rest", "log", "hidden", "older")


def make_older(folder):
    """A store as the first version left it, with its last change in its log alone."""
    db = sqlite3.connect(f"{folder}/made.sqlite")
    db.executescript(pathlib.Path("tests/stores/version-1.sql").read_text(encoding="utf-8"))
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("UPDATE viewing SET seed = seed + 1")
    db.commit()
    for suffix in ("", "-wal"):
        shutil.copy(f"{folder}/made.sqlite{suffix}", f"{folder}/store.sqlite{suffix}")
    db.close()
    os.remove(f"{folder}/made.sqlite")


def make_stores(top):
    """A store at rest; one whose latest viewing is in its log alone, which can be read or not; and one of an earlier version."""
    store = f"{top}/own/store.sqlite"
    os.makedirs(f"{top}/own")
    run("audience", "--store", store, "--viewings", "60", "--levels", "4")
    for name in STORES:
        os.makedirs(f"{top}/{name}")
    shutil.copy(store, f"{top}/rest/store.sqlite")
    db = sqlite3.connect(store)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("INSERT INTO viewing(id, uuid, story, started_ms, mode, chooser, time_mode, seed, engine, viewer, nth) SELECT 1000, zeroblob(16), story, started_ms, mode, chooser, time_mode, seed, engine, viewer, nth"
               " FROM viewing LIMIT 1")
    db.commit()
    for name in ("log", "hidden"):
        for suffix in ("", "-wal"):
            shutil.copy(store + suffix, f"{top}/{name}/store.sqlite{suffix}")
    db.close()
    make_older(f"{top}/older")
    for folder in STORES:
        for file in os.listdir(f"{top}/{folder}"):
            os.chmod(f"{top}/{folder}/{file}", 0 if folder == "hidden" and file.endswith("-wal") else 0o444)
        os.chmod(f"{top}/{folder}", 0o555)


def state(folder):
    files = [(f, os.lstat(f"{folder}/{f}")) for f in sorted(os.listdir(folder))]
    return [(f, s.st_size, s.st_mode, s.st_mtime_ns) for f, s in files]


def as_nobody(*command):
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]


def as_mounted(folder, *command):
    """In a mount namespace of its own, in which the folder is mounted anew and for reading only."""
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && ! touch "$1/probe" 2>/dev/null && shift && exec "$@"'
    return ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", script, "sh", folder, *command]


def works(command):
    return subprocess.run(command, capture_output=True, timeout=lib.PATIENCE).returncode == 0


def viewings(text):
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("viewings ")), None)


def read_all(what, program, wrap, folder, wanted, note, into):
    """`wanted`: how many viewings there are to see. `note`: what must be said about the rest, or None."""
    store, before = f"{folder}/store.sqlite", state(folder)
    for reader in READERS:
        r = subprocess.run(wrap(program, *reader, "--store", store), capture_output=True, text=True, timeout=lib.PATIENCE)
        ok(r.returncode == 0 and r.stdout and (note in r.stderr if note else not r.stderr), f"{what}: {' '.join(reader)}", r)
        if reader[-1] == "status":
            ok(viewings(r.stdout) == wanted, f"{what}: {wanted} viewings", r.stdout)
    r = subprocess.run(wrap(program, "merge", into, store), capture_output=True, text=True, timeout=lib.PATIENCE)
    ok(r.returncode == 0 and f": {wanted} viewings" in r.stdout, f"{what}: it can be merged from", r)
    ok(state(folder) == before, f"{what}: the folder is as it was", state(folder))


def test_nobody(top):
    program, own = f"{top}/frumious", f"{top}/nobody"
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        return skip("another user's folder", "only root can become another user here")
    shutil.copy(PROGRAM, program)
    os.chmod(program, 0o755)
    os.makedirs(own)
    os.chown(own, NOBODY, NOBODY)
    if not works(as_nobody("test", "-x", program)):
        return skip("another user's folder", "another user does not reach the folder for temporary files")
    os.environ["HOME"] = own
    for folder, wanted, note in (("rest", 60, None), ("log", 61, None), ("hidden", 60, "cannot be read"),
                                 ("older", 2, None)):
        read_all(f"another user's, {folder}", program, as_nobody, f"{top}/{folder}", wanted, note, f"{own}/{folder}.sqlite")
    r = subprocess.run(as_nobody(program, "telemetry", "retention", "5", "--store", f"{top}/rest/store.sqlite"), capture_output=True,
                       text=True, timeout=lib.PATIENCE)
    ok(r.returncode != 0 and "another user" in r.stderr, "who would write into it is refused", r)
    return None


def test_mounted(top):
    if not shutil.which("unshare") or not works(as_mounted(f"{top}/rest", "true")):
        return skip("a medium for reading only", "nothing can be mounted here")
    for folder, wanted in (("rest", 60), ("log", 61), ("older", 2)):
        read_all(f"read-only medium, {folder}", PROGRAM, lambda *command, at=folder: as_mounted(f"{top}/{at}", *command),
                 f"{top}/{folder}", wanted, None, f"{top}/from-{folder}.sqlite")
    return None


def main():
    with tempfile.TemporaryDirectory(prefix="frumious-") as top:
        lib.set_home(f"{top}/home")
        os.chmod(top, 0o755)
        make_stores(top)
        test_mounted(top)
        test_nobody(top)
        for folder in STORES:
            os.chmod(f"{top}/{folder}", 0o755)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
