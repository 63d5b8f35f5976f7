#!/usr/bin/python3
# tests/run: waits most of the time
"""Breaks the store in every way while a film plays in a window, in real time: the disk hangs, is full, writes only
half of what it was given, or cannot be written; another program locks the store; another store replaces it; somebody
deletes it. The film must show every frame when it is due, and afterwards the store must hold all that could be saved.
Each test also makes sure that its fault has struck."""
import os
import re
import shutil
import sqlite3
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "seam"))
import judge
import lib
import rig
from media import Clip
from story import Node, Way

TAKES = 2
STRIKES_S = 0.6  # how long a fault lasts after it first strikes
HELD_S = 1.3     # how long another program locks the store: as long as a node with a decision lasts
NODES = 9
VFS_FAULTS = ("hang", "full", "short", "error", "readonly")
SEQS = " UNION ALL ".join(f"SELECT viewing, seq, 1 AS n FROM {t}" for t in ("visit", "leave", "exposure", "outcome", "reached", "finish"))
HOLES = (f"SELECT viewing FROM ({SEQS} UNION ALL SELECT viewing, seq, count FROM gap) WHERE viewing = (SELECT max(id) FROM viewing) "
         "GROUP BY viewing HAVING sum(n) != max(seq)")


def ring(clips):
    """A film with a decision in each node, so that the player hands records to the writer three times a second."""
    nodes = [Node(f"n{i}", c, options=[("over", "fin"), ("on", f"n{1 - i}")], default="on") for i, c in enumerate(clips)]
    steps = [(f"n{i % 2}", "on", None) for i in range(NODES - 1)] + [(f"n{(NODES - 1) % 2}", "over", None), ("fin", "end", None)]
    return Way("store", nodes + [Node("fin", clips[0], ending=True)], steps)


class Hand:
    """Breaks the store while the film plays, and notes what it saw."""

    def __init__(self, folder, other):
        self.store, self.other = f"{folder}/store.sqlite", other
        self.control, self.log = f"{folder}/control", f"{folder}/struck"
        self.struck, self.told = set(), {}

    def until(self, program, question):
        while program.poll() is None:
            answer = question()
            if answer:
                return answer
            time.sleep(0.005)
        return None

    def order(self, word):
        with open(f"{self.control}.new", "w") as f:
            f.write(word)
        os.replace(f"{self.control}.new", self.control)

    def has_struck(self, word):
        return os.path.exists(self.log) and word in rig.read(self.log).split()

    def ask(self, sql):
        found = lib.try_rows(self.store, sql)
        return found[0][0] if found else 0

    def events(self):
        return self.ask(f"SELECT count(*) FROM ({SEQS})")

    def hold(self, program):
        db = sqlite3.connect(self.store, isolation_level=None, timeout=10)
        db.execute("BEGIN IMMEDIATE")
        before, visits = self.events(), self.ask("SELECT count(*) FROM visit")
        time.sleep(HELD_S)
        still = self.events()
        db.execute("COMMIT")
        db.close()
        # The writer first writes what the film handed over meanwhile; a new visit shows that it has caught up.
        if before == still and self.until(program, lambda: self.ask("SELECT count(*) FROM visit") > visits):
            self.struck.add("locked")

    def swap(self, program, word, change):
        self.until(program, lambda: self.ask("SELECT count(*) FROM viewing"))
        for suffix in ("-wal", "-shm"):
            if os.path.exists(self.store + suffix):
                os.remove(self.store + suffix)
        change()
        if self.until(program, lambda: self.ask("SELECT count(*) FROM gap WHERE why = 2")):
            self.struck.add(word)

    def __call__(self, way, program, screen, env):
        self.until(program, lambda: self.events() > 3)
        for word in VFS_FAULTS:
            self.order(word)
            if self.until(program, lambda: self.has_struck(word)):
                self.struck.add(word)
                time.sleep(STRIKES_S)
            self.order("")
        self.hold(program)
        self.told["holes"], self.told["gaps"] = lib.try_rows(self.store, HOLES), lib.try_rows(self.store, "SELECT * FROM gap")
        self.swap(program, "replaced", lambda: os.replace(self.other, self.store))
        self.told["replaced"] = lib.try_rows(self.store, "SELECT count(*) FROM viewing")
        self.swap(program, "deleted", lambda: os.remove(self.store))


def play(way, screen, media, folder, faults=None):
    """The verdict on a take; with faults, it also carries the Hand that caused them."""
    os.makedirs(folder)
    hand = more = None
    if faults:
        for clip in way.clips:
            os.link(f"{media}/{clip.file}", f"{folder}/{clip.file}")
        way.write(folder)
        hand = Hand(folder, f"{folder}/other.sqlite")
        made = lib.run("play", "--headless", "--size", "160x90", "--choose", "first", "--store", hand.other, f"{folder}/story.yaml")
        lib.ok(made.code == 0, "another store", made) if made.code else None
        more = {"LD_PRELOAD": faults, "FAULT_CONTROL": hand.control, "FAULT_LOG": hand.log}
    take = rig.play(way, screen, media, folder, hand=hand, more=more, limit=120, telemetry=True)
    v = judge.judge(way, take)
    v.take, v.hand = take, hand
    return v


def undisturbed(way, screen, media, top, faults):
    """The best verdict of up to TAKES takes with faults: not void if possible, and with the fewest errors."""
    best = None
    for i in range(TAKES):
        v = play(way, screen, media, f"{top}/take{i}", faults)
        if best is None or (v.void, v.late + v.frames + v.samples) < (best.void, best.late + best.frames + best.samples):
            best = v
        if not (v.void or v.late or v.wrong):
            break
    return best


def test(screen, media, top, faults):
    way = ring([Clip("one", 24, 30), Clip("two", 24, 30)])
    for clip in way.clips:
        clip.make(media)
    v = undisturbed(way, screen, media, top, faults)
    notes = f"{v.take.log}\n" + "\n".join(v.notes)
    for word in (*VFS_FAULTS, "locked", "replaced", "deleted"):
        lib.ok(word in v.hand.struck, f"{word}: it struck while the film played", notes)
    lib.ok(v.take.code == 0, "the film goes on to its end", notes)
    what = "every frame was shown when it was due, every sample sounded"
    if v.void:
        lib.skip(what, "the machine had no calm moment")
    elif v.late and not v.wrong:
        plain = play(way, screen, media, f"{top}/plain")
        print(f"# late: {v.late} with faults, {plain.late} without")
        lib.ok(v.late <= plain.late, what, notes)
    else:
        lib.ok(not v.wrong and not v.late, what, notes)
    told = v.hand.told
    lib.ok(told.get("holes") == [] and told.get("gaps") == [], "nothing is missing after a disk that hangs, is full or can't be written, and a lock", told)
    lib.ok(told.get("replaced") == [(2,)], "the store that took the other's place keeps its own viewing", told)
    ended = lib.rows(v.take.store, "SELECT reason, ending FROM v_viewing")
    lib.ok(ended == [("ended", "e-fin")], "the new store has the viewing's end", ended)
    lib.ok(lib.rows(v.take.store, HOLES) == [], "and says by gaps what stayed behind")
    said = re.findall(r"(\d+) records? could not be kept", v.take.log)
    gone = lib.rows(v.take.store, "SELECT sum(count) FROM gap WHERE why = 2")
    lib.ok(said and gone == [(int(said[0]),)], "which is counted once, and said when the film ends", f"{said} {gone}\n{v.take.log}")


def main():
    with tempfile.TemporaryDirectory() as top:
        lib.set_home(f"{top}/home")
        faults = f"{top}/fault_play.so"
        if not shutil.which("Xvfb") or not lib.preload("faults/fault_play.c", faults, "-lsqlite3", "-lpthread"):
            lib.skip("a store that breaks while a film plays", "a C compiler and Xvfb are needed")
        else:
            media = f"{top}/media"
            os.makedirs(media)
            screen = rig.Screen(top)
            try:
                test(screen, media, top, faults)
            finally:
                screen.close()
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
