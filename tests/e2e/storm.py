#!/usr/bin/python3
# tests/run: waits most of the time
"""A storm of kills: plays at full speed and in real time are killed with SIGKILL at random instants and between their
writes, again and again.

Usage: tests/e2e/storm.py [KILLS [SEED]]   (make storm KILLS=1000)

Each play goes on where the one before it was killed, until the film is over; then a new film begins. All plays record
into one store, and a film is one viewing however often it was killed. After each kill the storm checks the integrity of
the store. Whenever a film has come to its end, the transcript that
--record wrote, over all the plays that it took, is played once more without telemetry: the viewing in the store has to
hold the very nodes, decisions and endings that this prints, each once. It asserts no times.
The last line: N kills, L events lost or told twice, B stores broken."""
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

import lib
from lib import ok

KILLS = int(sys.argv[1]) if len(sys.argv) > 1 else int(os.environ.get("KILLS", "15"))
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(1 << 31)
STARTING, FAST, LIVE, WRITE = "while it starts", "at full speed", "in real time", "at a write"
WRITES = 450  # a play at full speed has about so many


class Play:
    """One play, killed or not; `told` holds the events that it printed, in the words of the store."""

    def __init__(self, kind, delay):
        args = [lib.PROGRAM, "play", "--headless", "--resume", "--choose", "random", "--size", "160x90", "--store", STORE, "--record",
                RECORD, story]
        self.kind, self.lines, self.first = kind, [], threading.Event()
        env = os.environ | ({"LD_PRELOAD": KILLER, "KILL_AT": str(rand.randint(1, WRITES))} if kind == WRITE else {})
        self.program = subprocess.Popen(args[:3] + (["--realtime"] if kind == LIVE else []) + args[3:],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        reader = threading.Thread(target=self.read)
        reader.start()
        if kind == WRITE:
            reader.join(lib.PATIENCE)
        elif kind != STARTING:
            self.first.wait(lib.PATIENCE)
        time.sleep(delay)
        self.program.kill()
        reader.join()
        self.said = self.program.stderr.read().decode(errors="replace")
        self.killed = self.program.wait() == -9
        self.told = [t for t in map(words, self.lines) if t]
        self.resumed = "going on where you left off" in self.said

    def read(self):
        for line in self.program.stdout:
            self.lines.append(line.decode(errors="replace"))
            self.first.set()
        self.first.set()


def words(line):
    """("visit", node), ("outcome", decision, option or None, what) or ("reached", ending); None for a torn line."""
    part = line.split()
    if not line.endswith("\n") or len(part) < 3:
        return None
    if part[1] == "decision":
        return ("outcome", part[2].rstrip(":"), None if part[3] == "-" else part[3], "timeout" if "(timeout)" in line else "pick")
    return {"node": ("visit", part[2]), "ending": ("reached", part[2])}.get(part[1])


EVENTS = """
    SELECT viewing, seq, 'visit' AS kind, n.name AS a, NULL AS b, NULL AS c FROM visit i JOIN node n ON n.id = i.node
    UNION ALL SELECT u.viewing, u.seq, 'outcome', d.name, o.name, CASE u.what WHEN 0 THEN 'pick' ELSE 'timeout' END
        FROM outcome u JOIN exposure e ON e.viewing = u.viewing AND e.seq = u.exposure JOIN menu m ON m.id = e.menu
        JOIN decision d ON d.id = m.decision LEFT JOIN option o ON o.id = u.option WHERE u.what IN (0, 1)
    UNION ALL SELECT r.viewing, r.seq, 'reached', g.name, NULL, NULL FROM reached r JOIN ending g ON g.id = r.ending"""
SEQS = " UNION ALL ".join([f"SELECT viewing, seq AS a, seq AS b FROM {t}" for t in
                           ("visit", "leave", "exposure", "outcome", "reached", "stall", "finish", "gap", "resume", "superseded")])


def integrity():
    """None, or what is wrong with the store."""
    if not os.path.exists(STORE):
        return None
    db = sqlite3.connect(f"file:{STORE}?mode=rw", uri=True, timeout=60)  # not ro: SQLite must recover the dead play's log
    try:
        found = db.execute("PRAGMA integrity_check").fetchall()
        return None if found == [("ok",)] else str(found)
    except sqlite3.DatabaseError as e:
        return str(e)
    finally:
        db.close()


def viewing_events(viewing):
    """What the store has of a viewing, in order. A visit during which it was left and resumed is one visit."""
    return [(kind, *rest) if kind == "outcome" else (kind, rest[0])
            for _, kind, *rest in lib.rows(STORE, f"SELECT seq, kind, a, b, c FROM ({EVENTS}) WHERE viewing = {viewing} ORDER BY seq")]


def saved_viewing():
    """The id of the viewing that the saved place names."""
    with open(f"{SAVES}/last.transcript") as f:
        return [line.split()[2] for line in f if line.startswith("# viewing ")][-1]


class Film:
    """A film that has come to its end: what its transcript says, and its viewing."""

    def __init__(self):
        self.viewing = saved_viewing()
        replayed = lib.play("--no-telemetry", "--choose", RECORD, story)
        self.told = [e for e in map(words, replayed.out.splitlines(keepends=True)) if e]

    def wrong(self):
        """How many events the store has too few, too many, or in another place."""
        found = lib.rows(STORE, f"SELECT id FROM viewing WHERE lower(hex(uuid)) = '{self.viewing.replace('-', '')}'")
        kept = viewing_events(found[0][0]) if found else []
        same = sum(a == b for a, b in zip(self.told, kept))
        if kept != self.told:
            print(f"# told {self.told}\n# kept {kept}")
        return max(len(self.told), len(kept)) - same


def storm():
    plays, films, broken = [], [], []
    while sum(p.killed for p in plays) < KILLS:
        kind = rand.choices((STARTING, FAST, LIVE, WRITE), (2, 3, 2, 5 if can_kill_at_writes else 0))[0]
        play = Play(kind, rand.uniform(0, {STARTING: 0.4, FAST: 0.3, LIVE: 2.5, WRITE: 0}[kind]))
        plays.append(play)
        if not play.killed:
            films.append(Film())
        wrong = integrity()
        if wrong:
            broken.append(wrong)
        if len(plays) % 100 == 0:
            print(f"# {len(plays)} plays", flush=True)
    # One more play, which is not killed: it recovers what the last one left.
    last = lib.play("--resume", "--choose", "random", "--store", STORE, "--record", RECORD, story)
    films.append(Film())
    return plays, films, broken, last


top = tempfile.mkdtemp(prefix="storm-")
HOME, STORE, RECORD = f"{top}/home", f"{top}/store/t.sqlite", f"{top}/record"
KILLER = f"{top}/kill_play.so"
SAVES = f"{HOME}/.local/share/frumious/saves/org.example.small"
rand = random.Random(SEED)
print(f"# seed {SEED}, {KILLS} kills")
lost = broken = 0
try:
    lib.set_home(HOME)
    os.makedirs(f"{top}/store")
    can_kill_at_writes = lib.preload("faults/kill_play.c", KILLER)
    lib.make_films(f"{top}/films")
    story = lib.make_story(f"{top}/films", f"{top}/story")
    plays, films, wrong, last = storm()
    broken = len(wrong) + len([n for n in os.listdir(f"{top}/store") if "damaged" in n])
    lost = sum(f.wrong() for f in films)
    by_kind = {k: sum(p.killed for p in plays if p.kind == k) for k in (STARTING, FAST, LIVE, WRITE)}
    n_told = sum(len(p.told) for p in plays)
    print("# killed: " + ", ".join(f"{n} {k}" for k, n in by_kind.items()) + f"; {n_told} events told, {len(films)} films to their end, "
          f"{sum(p.resumed for p in plays)} resumed")
    ok(n_told > KILLS // 2 and films, "the plays were alive when they were killed", f"{n_told} {len(films)}")
    # A kill may come between the ending and the end of its clip: then the play that goes on does not tell the ending again.
    ok(last.code == 0 and ("reached", "end") in films[-1].told, "after the storm the film goes on to its end", last)
    ok(lost == 0, "each viewing holds what the transcript over all its plays tells, once", f"{lost} wrong")
    again = lib.rows(STORE, "SELECT viewing, count(*) FROM resume r WHERE EXISTS(SELECT 1 FROM finish f WHERE f.viewing = r.viewing "
                            "AND f.reason = 0 AND f.seq < r.seq) GROUP BY viewing")
    ok(again == [], "no viewing goes on after its end", again)
    ok(broken == 0, "no store is broken", wrong)
    holes = lib.rows(STORE, f"SELECT viewing, sum(b - a + 1), max(b), count(DISTINCT a), count(*) FROM ({SEQS}) "
                            "GROUP BY viewing HAVING sum(b - a + 1) != max(b) OR count(DISTINCT a) != count(*)")
    ok(holes == [] and (gaps := lib.rows(STORE, "SELECT viewing, seq, at_ms, count, why FROM gap")) == [], "no viewing has a hole or a gap", f"{holes} {gaps}")
    begun = sum(1 for p in plays if p.told and not p.resumed)
    n_viewings, most = lib.rows(STORE, "SELECT count(*), max(sittings) FROM v_viewing")[0]
    print(f"# {n_viewings} viewings, one of them in {most} parts")
    ok(n_viewings <= len(plays) + 1 - sum(p.resumed for p in plays) and n_viewings >= begun and most > 1,
       "a film that was killed and gone on with is one viewing", f"{n_viewings} of {begun}, {most}")
    ok(any(p.resumed for p in plays), "plays went on where the one before them was killed")
    ok(all("Traceback" not in p.said and "begins anew:" not in p.said and "not all that you did fits" not in p.said for p in plays),
       "no place was unreadable", "\n".join(p.said for p in plays if "begins anew:" in p.said)[:1000])
    lib.done()
finally:
    shutil.rmtree(top, ignore_errors=True)
print(f"{KILLS} kills, {lost} events lost or told twice, {broken} stores broken")
sys.exit(1 if lib.failures else 0)
