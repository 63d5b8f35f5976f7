#!/usr/bin/python3
"""The distributed engine, tested on real servers: `make test-central`. See tests/README.md.

Everything that it writes is under build/central. Its last line is the total, as that of tests/run.
"""

import argparse
import concurrent.futures
import contextlib
import datetime
import difflib
import errno
import fcntl
import glob
import http.server
import io
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import traceback
import urllib.error
import urllib.parse
import urllib.request
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/e2e")]
os.environ.setdefault("FRUMIOUS_BUILD", os.path.join(ROOT, "build"))
os.environ.setdefault("FRUMIOUS_PATIENCE", "240")  # four servers may be at work beside what is waited for
import cluster  # noqa: E402  pylint: disable=wrong-import-position
import current  # noqa: E402  pylint: disable=wrong-import-position
import packages  # noqa: E402  pylint: disable=wrong-import-position
import collect  # noqa: E402  pylint: disable=wrong-import-position
import lib  # noqa: E402  pylint: disable=wrong-import-position
from lib import PROGRAM, done, free_ports, ok, run, set_home, skip, soon  # noqa: E402  pylint: disable=wrong-import-position

FOLDER = os.path.join(ROOT, "build/central")
STEP_TIMEOUT = 900
ROWS = 100
QUORUM = {"insert_distributed_sync": 1, "insert_quorum": 2, "insert_deduplicate": 0}


def servers(c):
    """What the other steps take for granted: writing on one node shows on the others, by a quorum, and survives a stop."""
    on = " ON CLUSTER '%s'" % cluster.NAME
    first = c.nodes[0]
    first.ask("CREATE DATABASE selftest" + on)
    first.ask("CREATE TABLE selftest.row_local" + on + " (id UInt64) ENGINE = "
              "ReplicatedReplacingMergeTree('/clickhouse/selftest/{shard}/row', '{replica}') ORDER BY id")
    first.ask("CREATE TABLE selftest.row" + on + " AS selftest.row_local ENGINE = "
              "Distributed('%s', 'selftest', 'row_local', id)" % cluster.NAME)
    quorum = {"insert_distributed_sync": 1, "insert_quorum": 2, "insert_quorum_timeout": 3000}

    def write(start):
        return "INSERT INTO selftest.row FORMAT JSONEachRow " + "".join('{"id":%d}\n' % i for i in range(start, start + ROWS))

    def counts(start):
        return [int(n.ask("SELECT count() FROM selftest.row_local FINAL WHERE id >= %d AND id < %d" % (start, start + ROWS))) for n in c.nodes]

    first.ask(write(0), **quorum)
    ok(counts(0) == [ROWS // 2] * 4, "a quorum has written half of the rows to both replicas of each shard", counts(0))
    c.nodes[3].stop(signal.SIGKILL)
    try:
        first.ask(write(1000), **quorum)
        ok(False, "with a replica killed, a quorum is refused")
    except RuntimeError as refused:
        ok("uorum" in str(refused), "with a replica killed, a quorum is refused", refused)
    c.nodes[3].start()
    ok(c.nodes[3].ask("SELECT count() FROM selftest.row FINAL WHERE id < %d" % ROWS) == "%d\n" % ROWS,
       "a replica that comes back has all that was written")
    c.zookeeper.stop(signal.SIGKILL)
    ok(c.nodes[0].ask("SELECT count() FROM selftest.row FINAL WHERE id < %d" % ROWS) == "%d\n" % ROWS,
       "without ZooKeeper, reading goes on")
    c.zookeeper.start()
    first.insist(write(2000), **quorum)
    ok(counts(2000) == [ROWS // 2] * 4, "with it, writing too", counts(2000))
    print("# the servers take %d MiB together" % c.resident_mib(), flush=True)


def await_that(question):
    """Until the answer is yes; not for ever."""
    soon(question, cluster.START_TIMEOUT)


def empty_folder(name):
    folder = os.path.join(FOLDER, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    return folder


def address(c, database="film"):
    """What the program is told: every node, any of which will do."""
    hosts = ",".join("127.0.0.1:%d" % n.http for n in c.nodes)
    return "clickhouse:http://%s/%s?cluster=%s&quorum=2" % (hosts, database, cluster.NAME)


def tables(c):
    """The tables: made once, whatever cuts it short, and as often as one likes."""
    where = address(c)
    early = run("central", "status", where)
    ok(early.code == 1 and "init" in early.err, "where nothing was made, that is said, and what to do", early)
    first = run("central", "init", where)
    ok(first.code == 0 and "up to date" in first.out, "init makes the tables", first)
    again = run("central", "init", where)
    ok(again.code == 0 and "taken" not in again.out, "done again, it changes nothing", again)
    c.nodes[0].insist("ALTER TABLE film.migration_local ON CLUSTER '%s' DELETE WHERE number > 2" % cluster.NAME)
    # A shard changes its last part that a quorum wrote only when there is another one.
    c.nodes[0].ask("INSERT INTO film.migration VALUES (1, 0), (2, 0)", insert_distributed_sync=1, insert_quorum=2,
                   insert_deduplicate=0)
    await_that(lambda: all(n.ask("SELECT max(number) > 2 FROM film.migration_local") == "0\n" for n in c.nodes))
    cut = run("central", "migrate", where)
    ok(cut.code == 0 and "1 step taken" in cut.out, "steps that were cut off before they were noted are taken anew", cut)
    status = run("central", "status", where)
    ok(status.code == 0 and status.out.count("0 s behind") == 4, "status tells of all four nodes", status)
    c.nodes[2].stop(signal.SIGKILL)
    status = run("central", "status", where)
    ok(status.code == 1 and status.out.count("does not answer") == 1, "and of one that was killed", status)
    wire = Wire(c.nodes[0], "film")
    wire.settings = "&distributed_ddl_task_timeout=1"
    late = run("central", "init", where_by(wire))
    ok(late.code == 3 and "not every node has done it yet" in late.err and "again later" in late.err, "and what waits for that one is told", late)
    wire.close()
    c.nodes[2].start()
    wrong = [run("central", "status", a).code for a in ("film", "clickhouse:http://127.0.0.1:1", where + "&quorum=x",
                                                        where.replace("film", "a;b"), "clickhouse:http://u:p@h:1/film")]
    ok(wrong == [2] * 5, "an address that makes no sense is refused", wrong)
    away = run("central", "status", "clickhouse:http://127.0.0.1:1/film")
    ok(away.code == 3, "nobody at the address", away)


AUDIENCES = ((1, 300), (2, 500), (3, 200))  # seed, viewings


def sources():
    """Stores of several machines, and one into which they are merged: what a report of the engine has to equal."""
    folder, made = empty_folder("sources"), []
    for seed, viewings in AUDIENCES:
        made.append(os.path.join(folder, "%d.sqlite" % seed))
        must(run("audience", "--store", made[-1], "--viewings", str(viewings), "--seed", str(seed)))
    made.append(os.path.join(folder, "resumed.sqlite"))
    with sqlite3.connect(made[-1]) as db, open(os.path.join(ROOT, "tests/stores/resumed-9.sql"), encoding="utf-8") as f:
        db.executescript(f.read())
    must(run("report", "--store", made[-1]))  # brings it up to date
    whole = os.path.join(folder, "whole.sqlite")
    must(run("merge", whole, *made))
    return made, whole


def must(ran):
    if ran.code != 0:
        raise RuntimeError(str(ran))
    return ran


# What a report is asked for.
REPORTS = ([], ["--format", "json"], ["--format", "csv"], ["--viewings", "all", "--time", "all"], ["--pool"], ["--over", "day"],
           ["--viewings", "replay", "--format", "json"], ["--against", "viewings=replay"], ["--format", "html"],
           ["--only", "input=key"], ["--by", "input"], ["--viewers"], ["--timezone", "Pacific/Auckland", "--over", "day"])


def masked(text):
    """A report without the moment at which it was made."""
    return re.sub(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?Z?", "NOW", text)


def equal_reports(where, whole, wanted=REPORTS, what="is that of the merged sources"):
    for options in wanted:
        theirs, ours = run("report", "--store", whole, *options), run("report", "--store", where, *options)
        same = theirs.code == ours.code == 0 and masked(theirs.out) == masked(ours.out)
        ok(same and len(ours.out) > 100, "report %s %s, to the byte" % (" ".join(options), what),
           "\n".join(difflib.unified_diff(theirs.out.splitlines(), ours.out.splitlines(), lineterm="", n=0))[:600] +
           "\n" + ours.err)


def reports(c):
    """What the engine adds up is what one store would."""
    where = address(c)
    must(run("central", "init", where))
    made, whole = sources()
    for one in made:
        must(run("central", "take", where, one))
    equal_reports(where, whole)
    again = must(run("central", "take", where, *made))
    must(run("central", "count", where))
    equal_reports(where, whole, REPORTS[:1], "taken in twice")
    print("# " + again.out.strip(), flush=True)


# ---- sums of months -----------------------------------------------------------------------------------------------------

# Reports that are made of sums; the others are of viewings.
SUMMED = (["--viewings", "all", "--time", "all"], ["--format", "json"], ["--format", "csv"], ["--over", "day"], ["--viewings", "replay"],
          ["--only", "input=key"])


def rolled_months(c, marks="month"):
    """What every node has of the sums."""
    return [n.ask("SELECT %s FROM rolled.rolled WHERE cell < 2 GROUP BY month ORDER BY month" % marks).split() for n in c.nodes]


def rolled(c):
    """Months that are over are summed up; reports use the sums where these are true, and are the same with and without."""
    folder, where = empty_folder("rolled"), address(c, "rolled")
    store, more = folder + "/store.sqlite", folder + "/more.sqlite"
    must(run("central", "init", where))
    must(run("audience", "--store", store, "--viewings", "300", "--days", "70", "--seed", "61"))
    must(run("audience", "--store", more, "--viewings", "40", "--days", "20", "--seed", "62"))
    must(run("central", "take", where, store))
    first = must(run("central", "roll", where))
    ok(first.out == "3 months summed up, 0 already\n", "months that are over are summed up", first)
    await_that(lambda: rolled_months(c) == [["202601", "202602", "202603"]] * 4)
    again = must(run("central", "roll", where))
    ok(again.out == "0 months summed up, 3 already\n", "done again, nothing is to be done", again)
    equal_reports(where, store, SUMMED, "is that of the file, with sums of months")
    # Who reads a sum that is wrong by much shows that it is read.
    cell = "story, day, mode, chooser, nth, cell, b"
    c.nodes[0].ask("INSERT INTO rolled.rolled SELECT month, %s, toInt64(100000) FROM rolled.rolled WHERE month = 202602 AND "
                   "bitShiftRight(cell, 56) = 1 ORDER BY %s LIMIT 1" % (cell, cell))
    await_that(lambda: all(n.ask("SELECT countIf(n = 100000) FROM rolled.rolled") == "1\n" for n in c.nodes))
    wrong = [masked(run("report", "--store", w, "--viewings", "all").out) for w in (where, store)]
    ok(wrong[0] != wrong[1], "a report reads the sums, not the viewings")
    late_and_gone(c, where, store, more)
    several_roll(c, where, store)


def late_and_gone(c, where, store, more):
    """Sums that are no longer true are read by nobody."""
    wanted = SUMMED[:1]
    with sqlite3.connect(store) as db:
        february = datetime.datetime(2026, 2, 10, tzinfo=datetime.timezone.utc).timestamp() * 1000
        one = str(uuid.UUID(bytes=db.execute("SELECT uuid FROM viewing WHERE started_ms > ? LIMIT 1", (february,)).fetchone()[0]))
    marks = "month, sumIf(n, cell = 0)"
    before = rolled_months(c, marks)[0]
    must(run("central", "erase", where, one, patience=300))
    must(run("telemetry", "erase", one, "--store", store))
    await_that(lambda: rolled_months(c) == [["202601", "202603"]] * 4)
    ok(True, "with an erasure, the sums of its month go from every node")
    equal_reports(where, store, wanted, "is that of the file, one viewing of a sum erased")
    must(run("central", "take", where, more))
    must(run("merge", store, more))
    equal_reports(where, store, wanted, "is that of the file, viewings having come late")
    ok(rolled_months(c, marks)[0] == [before[0], before[1], before[4], before[5]], "though the sums are those of before", rolled_months(c, marks))
    now = must(run("central", "roll", where))
    ok(now.out == "2 months summed up, 1 already\n", "what is no longer true is summed up again", now)
    equal_reports(where, store, SUMMED[:1], "is that of the file, summed up again")


def several_roll(c, where, store):
    """Several that sum up at once do no harm, and one that is killed leaves none of its own."""
    for n in c.nodes[:1]:
        n.ask("ALTER TABLE rolled.rolled DROP PARTITION 202601")
        n.ask("CREATE TABLE rolled.rolling_1_0 AS rolled.rolled ENGINE = MergeTree PARTITION BY month ORDER BY cell")
    await_that(lambda: rolled_months(c) == [["202602", "202603"]] * 4)
    rolling = [subprocess.Popen([*cluster.MORTAL, PROGRAM, "central", "roll", where], stdout=subprocess.DEVNULL) for _ in range(3)]
    codes = [r.wait() for r in rolling]
    ok(codes == [0] * 3, "three sum up the same month at once", codes)
    equal_reports(where, store, SUMMED[:1], "is that of the file, summed up by three")
    must(run("central", "roll", where))
    await_that(lambda: len(set(map(tuple, rolled_months(c, "month, sumIf(n, cell = 0)")))) == 1 and len(rolled_months(c)[0]) == 3)
    last = must(run("central", "roll", where))
    ok(last.out == "0 months summed up, 3 already\n", "and their sums are true", last)
    left = [n.ask("SELECT name FROM system.tables WHERE database = 'rolled' AND name LIKE 'rolling%'") for n in c.nodes]
    ok(left == [""] * 4, "nothing that was only for building is left", left)


# ---- what is kept -------------------------------------------------------------------------------------------------------


def counted_by(where, *parts):
    """Programs that count at once: how many viewings each has counted."""
    running = [subprocess.Popen([PROGRAM, "central", "count", "--part", p, where], stdout=subprocess.PIPE, text=True) for p in parts]
    return [int(r.communicate()[0].split()[0]) for r in running]


KEPT_FROM = datetime.date(2026, 2, 1)  # the audience's first viewing is of 1 January 2026


def keeping(c):
    """Counting is shared; old months go, and reports say so as those of a file do; an audit tells what is held."""
    folder, where = empty_folder("keeping"), address(c, "kept")
    store = folder + "/store.sqlite"
    must(run("central", "init", where))
    # One each 48 hours: none on the first day that is kept, whose hours a file counts.
    must(run("audience", "--store", store, "--viewings", "60", "--days", "120", "--seed", "31"))
    must(run("central", "take", where, store))
    counted = counted_by(where, "1/2", "2/2")
    ok(sum(counted) == 60 and min(counted) > 0, "two programs share the counting", counted)
    shards = [int(n.ask("SELECT uniqExact(viewing) FROM kept.counted_local")) for n in (c.nodes[0], c.nodes[2])]
    ok(sorted(shards) == sorted(counted), "by shards", (shards, counted))
    equal_reports(where, store, REPORTS[:1], "equals, counted by two")
    days = str((datetime.datetime.now(datetime.timezone.utc).date() - KEPT_FROM).days)
    wrong = [run("central", "retain", where, *o).code for o in ((), ("--days", "0"), ("--part", "1/2", "--days", "9"))]
    ok(wrong == [2] * 3, "letting go wants to be told for how long", wrong)
    with sqlite3.connect(store) as db:
        old = [str(uuid.UUID(bytes=b)) for (b,) in db.execute("SELECT uuid FROM viewing WHERE started_ms < ? LIMIT 4",
                                                              (datetime.datetime.combine(KEPT_FROM, datetime.time(tzinfo=datetime.timezone.utc)).timestamp() * 1000,))]
    for one in old:
        must(run("telemetry", "erase", one, "--store", store))
    erasing = subprocess.Popen([*cluster.MORTAL, PROGRAM, "central", "erase", where, *old], stdout=subprocess.DEVNULL)
    await_that(lambda: int(c.nodes[0].ask("SELECT count() FROM system.mutations WHERE database = 'kept'")) > 0 or erasing.poll() is not None)
    ok(len(old) == 4 and erasing.poll() is None, "some of the oldest are being erased")
    gone = must(run("central", "retain", where, "--days", days, patience=300))
    ok(erasing.wait() == 0, "meanwhile months go, and both come to an end", erasing.returncode)
    months = [line.split(":")[0] for line in gone.out.splitlines()]
    ok(months == ["2026-01"], "months that are too old go", gone)
    left = [n.ask("SELECT (SELECT count() FROM kept.event_local WHERE month < 202602) + (SELECT count() FROM kept.viewing_local WHERE "
                  "month < 202602) + (SELECT count() FROM kept.counted_local WHERE month < 202602)") for n in c.nodes]
    ok(left == ["0\n"] * 4, "and nothing of them is left on any node", left)
    whole = must(run("central", "retain", where, "--days", days, patience=300)).out
    ok("no month" in whole, "done again, nothing goes", whole)
    must(run("telemetry", "retention", days, "--now", "--store", store))
    kept = (["--viewings", "all"], ["--format", "json"])
    equal_reports(where, store, kept, "is that of a file that let go of the same")
    held(c, where, store)


def held(c, where, store):
    """Everything about one viewing, and nothing of the others; once it is erased, that."""
    with sqlite3.connect(store) as db:
        number, raw = db.execute("SELECT id, uuid FROM viewing WHERE started_ms > 1774000000000 LIMIT 1").fetchone()
        events = sum(db.execute("SELECT count(*) FROM %s WHERE viewing = ?" % k, (number,)).fetchone()[0] for k in EVENT_KINDS)
    one = str(uuid.UUID(bytes=raw))
    told = must(run("central", "held", where, one)).out.splitlines()
    tables_told = {t: sum(line.startswith(t + " ") for line in told) for t in ("viewing", "event", "counted", "erased")}
    ok(tables_told == {"viewing": 1, "event": events, "counted": 1, "erased": 0} and all("id=" + one in line for line in told),
       "all that is held about a viewing is told", (tables_told, events, told))
    nobody = run("central", "held", where, str(uuid.uuid4()))
    ok(nobody.code == 0 and nobody.out == "nothing is held about this\n", "and of one that is not there, that", nobody)
    ok(run("central", "held", where, "' OR 1").code == 2, "what is no key is refused")
    must(run("central", "erase", where, one, patience=300))
    must(run("telemetry", "erase", one, "--store", store))
    await_that(lambda: len(run("central", "held", where, one).out.splitlines()) == 1)
    told = must(run("central", "held", where, one)).out
    ok(told.startswith("erased ") and told.count("\n") == 1, "once it is erased, its tombstone is all that is held", told)


# ---- faults -------------------------------------------------------------------------------------------------------------


EVENT_KINDS = ("visit", "leave", "exposure", "outcome", "reached", "stall", "gap", "resume", "finish", "superseded")


def events_of(store):
    with sqlite3.connect(store) as db:
        return sum(db.execute("SELECT count(*) FROM " + k).fetchone()[0] for k in EVENT_KINDS)


def exactly(ask, database, whole, what):
    """In the engine there are the events of the merged sources, and no event twice."""
    with sqlite3.connect(whole) as db:
        viewings = db.execute("SELECT count(*) FROM viewing").fetchone()[0]
    events, left = events_of(whole), "(viewing, key) NOT IN (SELECT viewing, key FROM %s.erased_local)" % database
    there = ask("SELECT count(), uniqExact(viewing, seq) FROM %s.event FINAL WHERE key != '-' AND %s" % (database, left)).split()
    headers = ask("SELECT count() FROM %s.viewing FINAL WHERE %s" % (database, left)).strip()
    ok(there == [str(events)] * 2 and headers == str(viewings), "%s: exactly the events that were recorded" % what,
       (there, events, headers, viewings))


def files_with(c, database, ids):
    """The files of all nodes in which the bytes of a viewing's id lie, tombstones left out. The second half of an id is written
    backwards and is random, so it lies there as it is, in packed columns as well."""
    ends, found = [uuid.UUID(i).bytes[:7:-1] for i in ids], []
    for node in c.nodes:
        for folder, _, names in os.walk(os.path.join(node.folder, "data/data", database)):
            for path in (os.path.join(folder, name) for name in names if "erased" not in folder):
                try:
                    with open(path, "rb") as file:
                        text = file.read()
                except FileNotFoundError:  # merged away meanwhile
                    continue
                if any(end in text for end in ends):
                    found.append(path)
    return found


class Faults:
    """One engine that goes through all of it, and what it has to equal: the store into which everything was merged."""

    def __init__(self, c):
        self.c, self.where = c, address(c, "matrix")
        self.folder = empty_folder("faults")
        self.whole = os.path.join(self.folder, "whole.sqlite")
        self.gone, self.late = [], {}  # viewings that are erased; their rows of before by table, which arrive again
        must(run("central", "init", self.where))

    def source(self, name, viewings, seed):
        path = os.path.join(self.folder, name + ".sqlite")
        must(run("audience", "--store", path, "--viewings", str(viewings), "--seed", str(seed)))
        must(run("merge", self.whole, path))
        return path

    def ask(self, sql, **settings):
        return next(n for n in self.c.nodes if n.is_running()).insist(sql, **settings)

    def take(self, *stores, **kw):
        return run("central", "take", self.where, *stores, **kw)

    def start_taking(self, store, **kw):
        return subprocess.Popen([*cluster.MORTAL, PROGRAM, "central", "take", self.where, store], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **kw)

    def judge(self, what):
        """Exactly the events recorded, none twice, and the report that of the merged sources."""
        exactly(self.ask, "matrix", self.whole, what)
        equal_reports(self.where, self.whole, (["--viewings", "all"], ["--format", "json"]), "equals, " + what)


def kill_when(faults, store, reached, what):
    """Kills a taker once the engine says so. The fault landed if it was still at work then."""
    taker = faults.start_taking(store)
    await_that(lambda: taker.poll() is not None or reached())
    landed = taker.poll() is None
    taker.kill()
    taker.communicate()
    ok(landed, "%s: it was killed at work" % what)
    must(faults.take(store))
    faults.judge(what)


def count_of(faults, table):
    return int(faults.ask("SELECT count() FROM matrix." + table))


def killed_takers(f):
    one = f.source("killed", 3000, 11)
    kill_when(f, one, lambda: count_of(f, "event") > 0, "killed when its first events were there")
    two, n = f.source("later", 3000, 12), count_of(f, "viewing")
    kill_when(f, two, lambda: count_of(f, "viewing") > n, "killed after a commit")


def node_stopped(f):
    one = f.source("replica", 400, 13)
    f.c.nodes[1].stop(signal.SIGKILL)
    refused = f.take(one)
    ok(refused.code == 3, "a replica is stopped: without a quorum nothing is taken", refused)
    f.c.nodes[1].start()
    again(f, one)
    f.judge("a replica was stopped and started")
    two = f.source("shard", 400, 14)
    for n in f.c.shard(2):
        n.stop(signal.SIGTERM)
    refused, report = f.take(two), run("report", "--store", f.where)
    ok(refused.code == 3, "a shard is stopped: nothing is taken", refused)
    ok(report.code == 3 and not report.out, "and no report is made of the other half", report)
    for n in f.c.shard(2):
        n.start()
    again(f, two)
    f.judge("a shard was stopped and started")


def again(f, *stores):
    """As a sender does: until it is taken."""
    last = []

    def taken():
        last[:] = [f.take(*stores)]
        return last[0].code == 0

    await_that(taken)
    ok(last[0].code == 0, "it is taken later", last[0])


def zookeeper_stopped(f):
    one = f.source("zookeeper", 400, 15)
    f.c.zookeeper.stop(signal.SIGKILL)
    refused, report = f.take(one), run("report", "--store", f.where)
    ok(refused.code == 3, "ZooKeeper is stopped: nothing is taken", refused)
    ok(report.code == 0, "and reports are made", report)
    f.c.zookeeper.start()
    again(f, one)
    f.judge("ZooKeeper was stopped and started")


def repeated(f):
    one = f.source("repeated", 400, 16)
    before = count_of(f, "event")
    for _ in range(3):
        must(f.take(one))
    ok(count_of(f, "event") > before, "the same was sent three times")
    f.judge("sent three times")
    two = f.source("both", 1500, 17)
    takers = [f.start_taking(two) for _ in range(2)]
    ok(all(t.poll() is None for t in takers), "two take the same at once")
    codes = []
    for t in takers:
        t.communicate()
        codes.append(t.returncode)
    ok(0 in codes, "at least one of them has taken it", codes)
    again(f, two)
    f.judge("two took the same")


CLOCK = """#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/time.h>
#include <time.h>
int gettimeofday(struct timeval *t, void *zone)
{
    static int (*real)(struct timeval *, void *);
    if (!real)
        real = (int (*)(struct timeval *, void *))dlsym(RTLD_NEXT, "gettimeofday");
    const int r = real(t, zone);
    t->tv_sec += OFF;
    return r;
}
int clock_gettime(clockid_t id, struct timespec *t)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    const int r = real(id, t);
    if (id == CLOCK_REALTIME)
        t->tv_sec += OFF;
    return r;
}
"""


def with_clock(folder, seconds):
    """What stands before a command whose clock is so much off."""
    source, library = os.path.join(folder, "clock.c"), os.path.join(folder, "clock%d.so" % seconds)
    with open(source, "w", encoding="ascii") as file:
        file.write(CLOCK)
    subprocess.run(["gcc", "-shared", "-fPIC", "-DOFF=(%d)" % seconds, "-o", library, source, "-ldl"], check=True)
    return [*cluster.MORTAL, "env", "LD_PRELOAD=" + library]


HOUR = 3600


def clocks_apart(ask, database, key):
    """Whether those that took in believed it to be an hour earlier, and an hour later."""
    spread = [int(n) - time.time() * 1000 for n in
              ask("SELECT min(received_ms), max(received_ms) FROM %s.event WHERE key %s" % (database, key)).split()]
    ok(spread[0] < -3500e3 and spread[1] > 3500e3, "what takes in believes it is an hour earlier, and later", spread)


def clocks_off(f):
    for off, store in ((HOUR, f.source("clocks", 400, 18)), (-HOUR, f.source("clocks too", 400, 21))):
        subprocess.run([*with_clock(f.folder, off), PROGRAM + "-network", "central", "take", f.where, store], check=True,
                       stdout=subprocess.DEVNULL)
    clocks_apart(f.ask, "matrix", "= ''")
    f.judge("clocks an hour off")


SMALL_DISK = """mount -t tmpfs -o size=$1 none "$2"
cp -a "$3/." "$2/"
mount --bind "$2" "$3"
shift 3
exec "$@"
"""


def disk_full(f):
    """A replica's files lie on a small disk, in a name space of its own: it is gone with the server, and where users may have name spaces,
    no root is needed."""
    node = f.c.nodes[2]
    data, small = os.path.join(node.folder, "data"), os.path.join(node.folder, "small")
    os.mkdir(small)
    own = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    can = subprocess.run([*own, "mount", "-t", "tmpfs", "none", small], check=False, capture_output=True, text=True)
    if can.returncode:
        skip("a disk that is full", "no file system may be mounted here: " + can.stderr.strip())
        return
    one = f.source("full", 1500, 19)
    node.stop(signal.SIGTERM)
    node.inside = [*own, "sh", "-ec", SMALL_DISK, "sh", "256m", small, data, *cluster.MORTAL]
    node.start()
    filler = "/proc/%d/root%s/filler" % (node.process.pid, data)
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1 << 16))
        except OSError as full:
            ok(full.errno == errno.ENOSPC and file.tell() > 0, "a node's disk is filled", full)
    refused = f.take(one)
    with open(os.path.join(node.folder, "errors"), encoding="utf-8", errors="replace") as file:
        said = re.findall("No space left on device|Not enough space|Cannot reserve", file.read())
    ok(refused.code == 3 and said, "it has no room for what it is to take, and nothing is taken", (str(refused), said))
    os.unlink(filler)
    again(f, one)
    f.judge("a disk was full")
    node.stop(signal.SIGKILL)
    node.inside = []
    # ClickHouse wants to be told that it is meant when a disk is that old.
    os.makedirs(os.path.join(data, "flags"), exist_ok=True)
    with open(os.path.join(data, "flags/force_restore_data"), "w", encoding="ascii"):
        pass
    node.start()
    rows = "SELECT count() FROM matrix.event_local FINAL"
    await_that(lambda: node.ask(rows) == f.c.nodes[3].ask(rows))
    ok(node.ask(rows) == f.c.nodes[3].ask(rows), "with its old disk, it fetches what it lacks")


def arrive_late(f):
    """Rows of erased viewings, as from a collector that had not heard of it."""
    for table, rows in f.late.items():
        f.ask("INSERT INTO matrix.%s FORMAT TabSeparated\n%s" % (table, rows), **QUORUM)
    listed = ",".join("'%s'" % i for i in f.gone)
    ok(int(f.ask("SELECT count() FROM matrix.event WHERE viewing IN (%s)" % listed)) > 0, "late arrivals are there")


def nothing_left(f, what):
    """Of an erased viewer: no row on any node and no byte in a file, but the tombstones."""
    done_with = run("central", "sweep", f.where, patience=300)
    listed = ",".join("'%s'" % i for i in f.gone)
    left = [n.ask("SELECT (SELECT count() FROM matrix.event_local WHERE viewing IN (%s)) + (SELECT count() FROM "
                  "matrix.viewing_local WHERE viewing IN (%s)) + (SELECT count() FROM matrix.counted_local WHERE viewing IN (%s))"
                  % (listed, listed, listed)) for n in f.c.nodes]
    ok(done_with.code == 0 and left == ["0\n"] * 4, "%s: nothing of an erased viewer is left on any node, late arrivals included" % what,
       (str(done_with), left))
    await_that(lambda: not files_with(f.c, "matrix", f.gone))
    ok(not files_with(f.c, "matrix", f.gone), "nor in any of their files", files_with(f.c, "matrix", f.gone))


def erased(f):
    """Some viewings of one viewer, while a replica of each shard is away; and what arrives of them later."""
    one = f.source("erased", 300, 20)
    must(f.take(one))
    with sqlite3.connect(one) as db:
        ids = [str(uuid.UUID(bytes=b)) for (b,) in db.execute("SELECT uuid FROM viewing WHERE mode = 0 AND chooser = 0 LIMIT 5")]
    listed = ",".join("'%s'" % i for i in ids)
    f.gone = ids
    f.late = {table: f.ask("SELECT * FROM matrix.%s WHERE viewing IN (%s) FORMAT TabSeparated" % (table, listed))
              for table in ("event", "viewing")}
    ok(len(ids) > 0 and f.late["event"].count("\n") > len(ids) and len(files_with(f.c, "matrix", ids)) >= 4,
       "%d viewings of a viewer are there, in the files too" % len(ids))
    f.c.nodes[1].stop(signal.SIGKILL)
    f.c.nodes[3].stop(signal.SIGKILL)
    refused = run("central", "erase", f.where, *ids)
    ok(refused.code == 3, "without a quorum, nothing is confirmed", refused)
    f.c.nodes[1].start()
    f.c.nodes[3].start()
    for i in ids:
        must(run("telemetry", "erase", i, "--store", f.whole))
    erasing = run("central", "erase", f.where, *ids, patience=300)
    ok("5 erased" in erasing.out, "with one, they are erased", erasing)
    arrive_late(f)
    must(f.take(one))
    f.judge("a viewer was erased, and arrived late")
    nothing_left(f, "erased")


def faults(c):
    """Everything that can break does, while a viewer is erased; then there is exactly what was recorded."""
    f = Faults(c)
    for case in (repeated, erased, node_stopped, zookeeper_stopped, clocks_off, killed_takers, disk_full):
        print("# " + case.__name__, flush=True)
        case(f)
    arrive_late(f)
    f.judge("after all this")
    nothing_left(f, "after all this")


def dashboard(top, both):
    """A real Prometheus reads both collectors, and has an answer to everything that the dashboard asks."""
    program, folder = shutil.which("prometheus"), os.path.join(top, "prometheus")
    if not program:
        skip("the dashboard on a real Prometheus", "there is no prometheus here")
        return
    os.makedirs(folder)
    with open(folder + "/prometheus.yml", "w", encoding="ascii") as f:
        json.dump({"global": {"scrape_interval": "1s"}, "scrape_configs": [
            {"job_name": "frumious", "static_configs": [{"targets": ["127.0.0.1:%d" % b.port for b in both]}]}]}, f)
    where = "127.0.0.1:%d" % free_ports(1)[0]
    with open(folder + "/log", "wb") as log:
        running = subprocess.Popen([*cluster.MORTAL, program, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                                    "--web.listen-address=" + where], cwd=folder, stdout=log, stderr=log)

    def answers(query):
        try:
            with urllib.request.urlopen("http://%s/api/v1/query?%s" % (where, urllib.parse.urlencode({"query": query})), timeout=30) as r:
                return json.load(r)["data"]["result"]
        except urllib.error.HTTPError as refused:
            return refused.read().decode()
        except OSError:
            return []

    try:
        queries = collect.dashboard_queries()
        await_that(lambda: all(isinstance(answers(q), list) and answers(q) for q in queries))
        silent = [q for q in queries if not isinstance(answers(q), list) or not answers(q)]
        ok(not silent, "a Prometheus that reads two collectors answers everything that the dashboard asks", [(q, answers(q)) for q in silent])
        ok(answers(queries[0])[0]["value"][1] == "1", "both are healthy, it says", answers(queries[0]))
    finally:
        running.kill()
        running.wait()


class Wire(http.server.ThreadingHTTPServer):
    """Stands between a collector and the engine. Right before or after an insert into a table has passed, something may be done; if that
    says no, the insert goes no further."""

    def __init__(self, node, database):
        super().__init__(("127.0.0.1", 0), WireHandler)
        self.node, self.database, self.watched, self.landed = node, database, None, False
        self.settings = ""  # that are added to each statement
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def watch(self, when, table, act):
        self.watched, self.landed = (when, table, act), False

    def passes(self, when, statement):
        if self.watched and self.watched[0] == when and statement.startswith(("INSERT INTO %s.%s " % (self.database, self.watched[1])).encode()):
            act, self.watched, self.landed = self.watched[2], None, True
            return act()
        return True

    def handle_error(self, request, client_address):
        pass  # a collector that was killed

    def close(self):
        self.shutdown()
        self.server_close()


class WireHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        statement = self.rfile.read(int(self.headers["Content-Length"]))
        if not self.server.passes("before", statement):
            self.close_connection = True
            return
        passed = urllib.request.Request(self.server.node.url() + self.path + self.server.settings, data=statement,
                                        headers={"Content-Type": self.headers["Content-Type"]})
        try:
            with urllib.request.urlopen(passed, timeout=60) as answer:
                status, text = answer.status, answer.read()
        except urllib.error.HTTPError as refused:
            status, text = refused.code, refused.read()
        self.server.passes("after", statement)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


def where_by(wire):
    return "clickhouse:http://127.0.0.1:%d/%s?cluster=%s&quorum=2" % (wire.server_port, wire.database, cluster.NAME)


def at_both(both, batches):
    """What each of two collectors answers when a batch comes to both at once."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [[answer[0] for answer in pool.map(lambda one, b=b: one.post(b), both)] for b in batches]


def collectors(c):
    """Two collectors before the same engine: what devices send to either, again and again, while they are killed, is there once."""
    where, top = address(c, "collected"), empty_folder("collectors")
    set_home(top + "/home")
    must(run("central", "init", where))
    film = top + "/film"
    must(run("new", film))
    with open(top + "/tokens", "w", encoding="ascii") as f:
        f.write("%s %s\n" % (collect.STORY, collect.TOKEN))
    devices = [collect.Device(top, n, film) for n in (1, 2)]
    batches = [d.batch(header, some) for d in devices for header, events in d.viewings
               for some in (events[:5], events[5:]) if some]
    wire = Wire(c.nodes[0], "collected")
    both = [collect.Collector(top, film, address=place, prefix=with_clock(top, off))
            for place, off in ((where_by(wire), -HOUR), (where, HOUR))]
    answers = []
    wire.watch("before", "event", lambda: answers.append(both[1].post(batches[0])[0]) or True)
    answers.append(both[0].post(batches[0])[0])
    ok(wire.landed and answers == [200, 200], "a collector is given a batch, and commits it, while another one commits it", answers)
    answers = at_both(both, batches)
    ok(all(200 in pair and set(pair) <= {200, 503} for pair in answers), "two are given all others at once, in parts", answers)
    ok([both[0].post(b)[0] for b in batches] == [200] * len(batches), "all of it again")
    answers = [one.post(batches[0])[0] for one in both for _ in range(3)]
    ok(answers == [200] * 6, "the same batch again and again, at both", answers)
    clocks_apart(c.nodes[0].ask, "collected", "!= ''")
    header, events = devices[0].viewings[0]
    answers = [both[0].post(devices[1].batch(header, events))[0], both[1].post(devices[0].batch(header, events[:3], key="0" * 64))[0]]
    ok(answers == [403, 403], "another key is refused at both", answers)
    changed = [dict(events[0], at_ms=events[0]["at_ms"] + 1)] + events[1:]
    ok(both[1].post(devices[0].batch(header, changed))[0] == 409, "and another content")
    whole = top + "/whole.sqlite"
    must(run("merge", whole, *[d.store for d in devices]))
    equal_reports(where, whole, (["--viewings", "all"], ["--format", "json"]), "equals, by collectors")
    dashboard(top, both)
    both[0].stop(signal.SIGKILL)
    wire.close()
    c.nodes[1].stop(signal.SIGKILL)
    answers = [both[1].post(b)[:2] for b in batches]
    ok({a[0] for a in answers} <= {200, 503} and any(a[0] == 503 and a[1]["Retry-After"] for a in answers),
       "a replica is away: what belongs to its shard is to come later, says the other collector", answers)
    c.nodes[1].start()
    await_that(lambda: all(both[1].post(b)[0] == 200 for b in batches))
    ok(both[1].post(batches[0])[0] == 200, "and takes it when it is back")
    exactly(c.nodes[0].ask, "collected", whole, "by two collectors, one killed, a replica away")
    gone = devices[0].viewings[1][0]["viewing"]
    answer = both[1].erase(devices[0], gone)
    ok(answer[0] == 200 and "confirmed_ms" in str(answer[2]), "an erasure is confirmed", answer)
    late = [b for b in batches if b["viewing"]["id"] == gone]
    ok(both[1].post(late[0])[0] == 410, "what arrives late is refused")
    must(run("telemetry", "erase", gone, "--store", whole))
    equal_reports(where, whole, (["--viewings", "all"], ["--format", "json"]), "equals, one erased")
    ok(both[1].stop() == 0, "a collector ends when it is asked to")
    collect.test_thousand(top, film, devices, address=where)
    exactly(c.nodes[0].ask, "collected", whole, "after hostile clients")


def month_now():
    return time.strftime("%Y%m", time.gmtime())


def clocks(c):
    """Devices whose clocks cannot be right: their viewings are dated as a collector for SQLite dates them, in reports, sums of months and what is
    kept; and a collector's list of erasures takes out of the engine what a backup brought back."""
    where, top = address(c, "clocks"), empty_folder("clocks")
    set_home(top + "/home")
    must(run("central", "init", where))
    film = top + "/film"
    must(run("new", film))
    with open(top + "/tokens", "w", encoding="ascii") as f:
        f.write("%s %s\n" % (collect.STORY, collect.TOKEN))
    device = collect.Device(top, 1, film)
    sent = collect.clocked_batches(device)
    list_of = ["--erasures", top + "/erasures"]
    at_engine, at_file = collect.Collector(top, film, *list_of, address=where), collect.Collector(top, film, store="whole.sqlite")
    answers = [one.post(b)[0] for _, _, batches in sent for b in batches for one in (at_engine, at_file)]
    ok(set(answers) == {200}, "viewings by clocks that are right and wrong are taken by both", answers)
    whole, shown = top + "/whole.sqlite", (["--viewings", "all"], ["--format", "json"], ["--over", "week"])
    equal_reports(where, whole, shown, "is that of a collector's file, some clocks being wrong")
    told = json.loads(must(run("report", "--store", where, "--format", "json")).out)["films"][0]
    ok(told["dated_by_receipt"] == 5 and not told["clock_not_believed"], "how many were dated by receipt is told", told["dated_by_receipt"])
    months = {t: set(c.nodes[0].ask("SELECT DISTINCT month FROM clocks.%s" % t).split()) for t in ("event", "viewing", "counted")}
    ok(len(set(map(frozenset, months.values()))) == 1 and all("202501" <= m <= month_now() for m in months["event"]), "no month is one of a wrong clock", months)
    closed = len([m for m in months["event"] if m < month_now()])
    rolled_now = must(run("central", "roll", where)).out
    ok(rolled_now.startswith("%d month" % closed), "months that are over are summed up", (rolled_now, months))
    equal_reports(where, whole, shown, "is that of the file, summed up")
    kept = must(run("central", "retain", where, "--days", "300", patience=300))
    ok("no month" in kept.out and not kept.err, "none of them is too old, and none has no date", kept)
    listed_erasures(c, where, device, sent, at_engine, lambda: collect.Collector(top, film, *list_of, address=where), top)
    must(run("telemetry", "erase", sent[1][1], "--store", whole))
    equal_reports(where, whole, shown[:1], "is that of the file, one erased")
    ok(at_file.stop() == 0, "the collector for SQLite ends")


def listed_erasures(c, where, device, sent, collector, again, top):
    """An erasure is confirmed; a backup of before brings the viewing back, and knows no tombstone; the collector's list takes it out again."""
    gone = sent[1][1]
    rows = {t: c.nodes[0].ask("SELECT * FROM clocks.%s WHERE viewing = '%s' FORMAT TabSeparated" % (t, gone)) for t in ("event", "viewing")}
    answer = collector.erase(device, gone)
    ok(answer[0] == 200 and "confirmed_ms" in str(answer[2]), "an erasure is confirmed", answer)
    with open(top + "/erasures", encoding="ascii") as f:
        ok(gone in f.read(), "and stands in the list")
    must(run("central", "sweep", where, patience=300))
    ok(collector.stop() == 0, "the collector ends")
    for shard in (0, 2):  # not for the whole cluster at once: there the engine's own worker may end (see WORKER_ENDED)
        c.nodes[shard].ask("TRUNCATE TABLE clocks.erased_local")
    await_that(lambda: all(n.ask("SELECT count() FROM clocks.erased_local") == "0\n" for n in c.nodes))
    for table, lines in rows.items():
        c.nodes[0].ask("INSERT INTO clocks.%s FORMAT TabSeparated\n%s" % (table, lines), **QUORUM)
    there = "SELECT count() FROM clocks.viewing FINAL WHERE viewing = '%s' AND (viewing, key) NOT IN (SELECT viewing, key FROM clocks.erased_local)" % gone
    ok(c.nodes[0].ask(there) == "1\n", "a backup has brought it back, and the tombstones are lost")
    second = again()
    said = second.said()
    ok("does not know the last erasure" in said, "the collector starts, finds that the engine does not know the last erasure of its list, and says so", said)
    ok(c.nodes[0].ask(there) == "0\n" and second.post(sent[1][2][0])[0] == 410, "what was erased is gone again, and refused", c.nodes[0].ask(there))
    ok(second.stop() == 0, "and ends")


# Who is killed, and when: around the two inserts of a commit.
KILLS = (("collector", "before", "event"), ("collector", "after", "event"), ("collector", "after", "viewing"),
         ("sender", "before", "event"), ("sender", "after", "viewing"))


def sharing(c):
    """What a device shares, by the real sender and a real collector, either of which is killed in the midst of a commit."""
    top, (port,) = empty_folder("sharing"), free_ports(1)
    set_home(top + "/home")
    wire, film = Wire(c.nodes[0], "shared"), top + "/film"
    where = where_by(wire)
    must(run("central", "init", where))
    must(run("new", film))
    with open(film + "/story.yaml", "a", encoding="utf-8") as f:
        f.write('share: {to: "http://127.0.0.1:%d", name: Example Films, token: %s}\n' % (port, collect.TOKEN))
    with open(top + "/tokens", "w", encoding="ascii") as f:
        f.write("%s %s\n" % (collect.STORY, collect.TOKEN))
    stores = []
    collector = None
    for number, (who, when, table) in enumerate(KILLS):
        stores.append(collect.Device(top, number, film).store)
        if not collector:
            collector = collect.Collector(top, film, "--listen", "127.0.0.1:%d" % port, address=where, prefix=cluster.MORTAL)
        killed_while_sharing(c, wire, film, collector, stores[-1], (who, when, table))
        if who == "collector":
            collector.stop(signal.SIGKILL)
            collector = collect.Collector(top, film, "--listen", "127.0.0.1:%d" % port, address=where, prefix=cluster.MORTAL)
        shared = run("share", "--yes", film, "--store", stores[-1], patience=300)
        ok(shared.code == 0, "what was cut off arrives when it is sent again", shared)
    whole = top + "/whole.sqlite"
    must(run("merge", whole, *stores))
    exactly(c.nodes[0].ask, "shared", whole, "senders and collectors were killed")
    equal_reports(where, whole, (["--viewings", "all"], ["--format", "json"]), "equals, after kills")
    ok(collector.stop() == 0, "the collector ends when it is asked to")
    wire.close()


def stored(c):
    """How many events and viewings the engine shows."""
    return [int(c.nodes[0].ask("SELECT count() FROM shared.%s FINAL" % table)) for table in ("event", "viewing")]


def killed_while_sharing(c, wire, film, collector, store, kill):
    """Each kill lands between two steps of a commit, and what the engine and the device then know is what it has to be."""
    who, when, table = kill
    what = "a %s is killed %s %s are written" % (who, when, "events" if table == "event" else "headers")
    before, sender = stored(c), None

    def act():
        (collector.process if who == "collector" else sender).kill()
        return who == "sender"

    with open(store + ".log", "wb") as log:
        # It waits for a moment in which `sender` is known.
        started = threading.Lock()
        started.acquire()  # pylint: disable=consider-using-with
        wire.watch(when, table, lambda: started.acquire() and act())
        sender = subprocess.Popen([PROGRAM, "share", "--yes", film, "--store", store, "--wait", "0"], stdout=log, stderr=log)
        started.release()
        code = sender.wait(300)
    seen = [stored(c)]

    def is_whole():
        seen.append(stored(c))
        return seen[-1][0] > before[0] and seen[-1][1] > before[1]

    # One replica may show a header before another does, until a quorum has it.
    if who == "sender":
        await_that(is_whole)
    after = seen[-1]
    with sqlite3.connect(store) as db:
        known = db.execute("SELECT coalesce(sum(acknowledged), 0) FROM shared").fetchone()[0]
    ok(wire.landed and code != 0 and known == 0, what + ": it landed, and the device was told nothing", (wire.landed, code, known))
    grown = [b > a for a, b in zip(before, after)]
    wanted = {("collector", "before", "event"): [False, False], ("collector", "after", "event"): [True, False]}.get(kill, [True, True])
    ok(grown == wanted, "%s: of the commit there is what there has to be" % what, (before, after))


def migrated(c):
    """The tables change while takers write into them."""
    folder, where = empty_folder("migrated"), address(c, "moved")
    store = folder + "/store.sqlite"
    must(run("audience", "--store", store, "--viewings", "6000", "--seed", "41"))
    steps = parts("telemetry/central/migrations.sql", database="moved")
    for one in steps["migration_0"] + steps["migration_1"]:
        c.nodes[0].ask(one)
    c.nodes[0].ask("INSERT INTO moved.migration VALUES (1, 0)", insert_distributed_sync=1)
    codes, enough = [], threading.Event()

    def take_on():
        while not enough.is_set():
            codes.append(run("central", "take", where, store, patience=300).code)

    taker = threading.Thread(target=take_on)
    taker.start()
    await_that(lambda: int(c.nodes[0].ask("SELECT count() FROM moved.event")) > 0)
    began = len(codes)
    step = run("central", "migrate", where, patience=300)
    await_that(lambda: len(codes) > began)
    enough.set()
    taker.join()
    ok(step.code == 0 and "2 steps taken" in step.out and began == 0 and set(codes) == {0}, "the tables change while a taker writes",
       (str(step), began, codes))
    equal_reports(where, store, (["--viewings", "all"],), "equals, migrated under load")


# ---- what an operator loses, and has again ------------------------------------------------------------------------------

BACKED_UP = ("event", "viewing", "counted", "story", "menu", "absent", "erased")


def lost(c):
    """A node that lost its disk is filled by its replica; a backup that is restored brings back no one who was erased since."""
    folder, where = empty_folder("lost"), address(c, "lost")
    store = folder + "/store.sqlite"
    must(run("central", "init", where))
    must(run("audience", "--store", store, "--viewings", "90", "--days", "90", "--seed", "51"))
    must(run("central", "take", where, store))
    must(run("central", "count", where))
    first_replicas = (c.nodes[0], c.nodes[2])
    for n in first_replicas:
        back_up(n, "%s/backup-%d" % (folder, n.shard))
    with sqlite3.connect(store) as db:
        one = str(uuid.UUID(bytes=db.execute("SELECT uuid FROM viewing ORDER BY id LIMIT 1 OFFSET 7").fetchone()[0]))
    must(run("central", "erase", where, one, patience=300))
    must(run("telemetry", "erase", one, "--store", store))
    emptied(c, where)
    count = "SELECT (SELECT count() FROM lost.event) + (SELECT count() FROM lost.viewing)"
    for n in first_replicas:
        for table in ("event", "viewing", "counted"):
            partitions = "SELECT DISTINCT partition FROM system.parts WHERE database = 'lost' AND table = '%s_local' AND active" % table
            for partition in n.ask(partitions).split():
                n.insist("ALTER TABLE lost.%s_local DROP PARTITION %s" % (table, partition))
    await_that(lambda: all(n.ask(count) == "0\n" for n in c.nodes))
    for n in first_replicas:
        restore(n, "%s/backup-%d" % (folder, n.shard))
    rows = "SELECT count() FROM lost.event_local WHERE viewing = '%s'" % one
    ok(sum(int(n.ask(rows)) for n in first_replicas) > 0, "a backup has rows of who was erased since")
    equal_reports(where, store, (["--viewings", "all"],), "restored, counts them for nothing")
    swept = run("central", "sweep", where, patience=300)
    await_that(lambda: run("central", "sweep", where, patience=300).code == 0)
    ok(all(n.ask(rows) == "0\n" for n in c.nodes), "and sweeping takes them out again", swept)
    keep_keys(folder, c)


def keep_keys(folder, c):
    """What a festival's collector took in keeps its key: its device may go on with it and erase it, and then it stays away."""
    where, store = address(c, "keys"), folder + "/collected.sqlite"
    must(run("central", "init", where))
    must(run("audience", "--store", store, "--viewings", "3", "--seed", "52"))
    with sqlite3.connect(store) as db, open(os.path.join(ROOT, "telemetry/store/schema.sql"), encoding="utf-8") as schema:
        db.executescript(schema.read().split("-- name: collected\n")[1].split("-- name:")[0])
        db.execute("INSERT INTO collected SELECT uuid, x'" + "ab" * 32 + "', 1, 0, 7, x'" + "00" * 32 + "', 'en', 1 FROM viewing WHERE id > 1")
        one, other = (str(uuid.UUID(bytes=b)) for (b,) in db.execute("SELECT uuid FROM viewing WHERE id > 1"))
    must(run("central", "take", where, store))
    keys = c.nodes[0].ask("SELECT key, count() FROM keys.viewing GROUP BY key ORDER BY key")
    ok(keys == "\t1\n" + "ab" * 32 + "\t2\n", "what a collector took in has its key in the engine, too", keys)
    consent = c.nodes[0].ask("SELECT DISTINCT consent FROM keys.viewing WHERE key != ''")
    ok(json.loads(consent) == {"text": "00" * 32, "language": "en", "answered_ms": 1, "clock_ms": 7}, "and what its viewer agreed to", consent)
    must(run("telemetry", "erase", other, "--store", store))
    erased = must(run("central", "take", where, store))
    ok("1 erased there, too" in erased.out, "what it erased later is erased in the engine", erased)
    equal_reports(where, store, (["--viewings", "all"],), "and counted as its store counts it")
    erased = must(run("central", "take", where, store))
    ok("too" not in erased.out, "once", erased)
    must(run("central", "erase", where, one, patience=300))
    again = must(run("central", "take", where, store))
    left = c.nodes[0].ask("SELECT count() FROM keys.viewing FINAL WHERE viewing = '%s'" % one)
    ok("erased" in again.out and left == "0\n", "and stays away once it is erased there", (again, left))


def back_up(node, folder):
    """Parts of all tables, as they are at this moment: what FREEZE links, copied."""
    shadow = node.folder + "/data/shadow"
    for table in BACKED_UP:
        node.ask("ALTER TABLE lost.%s_local FREEZE" % table)
    for frozen in glob.glob(shadow + "/*/data/lost"):
        shutil.copytree(frozen, folder, dirs_exist_ok=True)
    shutil.rmtree(shadow)


def restore(node, folder):
    """Attached to one replica, from which the others fetch it."""
    for path in sorted(glob.glob(folder + "/*_local/*")):
        table, part = path.split("/")[-2:]
        shutil.copytree(path, "%s/data/data/lost/%s/detached/%s" % (node.folder, table, part))
        node.insist("ALTER TABLE lost.%s ATTACH PART '%s'" % (table, part))


def emptied(c, where):
    """The last node comes back with an empty disk."""
    whole, node = c.nodes[2], c.nodes[3]
    node.stop(signal.SIGKILL)
    shutil.rmtree(node.folder + "/data")
    os.makedirs(node.folder + "/data")
    node.start()
    status = run("central", "status", where)
    ok(status.code == 1 and status.out.count("lacks 9 tables") == 1, "a node that lost its disk is told as lacking its tables", status)
    node.stop()
    shutil.copytree(whole.folder + "/data/metadata", node.folder + "/data/metadata", dirs_exist_ok=True)
    os.makedirs(node.folder + "/data/flags", exist_ok=True)
    pathlib.Path(node.folder, "data/flags/force_restore_data").touch()
    node.start()
    rows = "SELECT count() FROM lost.event_local FINAL"
    await_that(lambda: node.ask(rows) == whole.ask(rows) != "0\n")
    status = run("central", "status", where)
    ok(status.code == 0, "with its replica's definitions and a flag, it fetches all of it", status)


def parts(file, **values):
    """The parts of a .sql file by name, as the program sends them."""
    with open(os.path.join(ROOT, file), encoding="utf-8") as f:
        text = f.read()
    for name, value in {"database": "film", "cluster": cluster.NAME, **values}.items():
        text = text.replace("$" + name, value)
    each = re.split("^-- name: (.*)\n", text, flags=re.M)[1:]
    return {name: [one.strip() for one in re.sub("^-- .*\n", "", part, flags=re.M).split(";\n") if one.strip()]
            for name, part in zip(each[::2], each[1::2])}


def copy_rows(c, engine, folder):
    """All that the cluster holds, into the current release."""
    names = c.nodes[0].ask("SELECT name FROM system.tables WHERE database = 'film' AND engine = 'Distributed'").split()
    for name in names:
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(c.nodes[0].ask("SELECT * FROM film.%s FORMAT TabSeparatedWithNamesAndTypes" % name))
        engine.ask("INSERT INTO film.%s_local SELECT * FROM file('%s', 'TabSeparatedWithNamesAndTypes')" % (name, path))


def same_sums(c, engine, version):
    """The current release makes the same sums of the same viewings, and swaps them."""
    where, sums = address(c), "SELECT * FROM film.rolled ORDER BY month, cell, b, story, day, mode, chooser, nth"
    must(run("central", "roll", where))
    months = c.nodes[0].ask("SELECT DISTINCT month FROM film.rolled ORDER BY month").split()
    for number, month in enumerate(months * 2):  # the second time in the place of the first
        build = parts("telemetry/central/rolling.sql", staging="rolling_%d" % number, month=month)
        for one in sum((build[name] for name in ("stage", "fill", "swap", "unstage")), []):
            engine.ask(one)
    old, new = c.nodes[0].ask(sums), engine.ask(sums)
    ok(old == new and len(months) > 1, "ClickHouse %s sums up months as Debian's" % version, old[:300] + "\n" + new[:300])


def dialect(c):
    """The current release accepts every table and every query, and answers as Debian's does."""
    data = empty_folder("current")
    try:
        library = current.unpack(os.path.join(FOLDER, "npm"))
    except current.Unreached as why:
        skip("ClickHouse's current release answers as Debian's", why)
        return
    engine = current.Current(library, os.path.join(data, "engine"))
    version = engine.ask("SELECT version()").strip()
    where = address(c)
    must(run("central", "init", where))
    made, _ = sources()
    must(run("central", "take", where, *made))
    must(run("central", "count", where))
    for step in parts("telemetry/central/migrations.sql").values():
        for one in step:
            engine.ask(one)
    copy_rows(c, engine, data)
    ids = c.nodes[0].ask("SELECT toString(viewing) FROM film.viewing ORDER BY 1 LIMIT 50").split()
    listed = ",".join("'%s'" % i for i in ids)
    engine.ask("CREATE TABLE ids (id UUID) ENGINE = Memory")  # it comes beside a statement, which a library has no way for
    engine.ask("INSERT INTO ids VALUES " + ",".join("('%s')" % i for i in ids))
    same_sums(c, engine, version)
    month = c.nodes[0].ask("SELECT min(month) FROM film.rolled").strip()
    conditions = {"summed": "month IN (4294967295,%s)" % month, "others": "month != 4294967295 AND month != %s" % month}
    queries = parts("telemetry/central/central.sql", viewings=listed, encoding="6", most="30",
                    after=ids[9], parts="1", part="0", **conditions)
    rolling = parts("telemetry/central/rolling.sql", encoding="7", before="202612", **conditions)
    queries.update({"rolling " + name: rolling[name] for name in ("fitting", "due", "untrue")})
    queries.update({"held " + name: query for name, query in parts("telemetry/central/held.sql", viewings="'%s'" % ids[0], ids="'%s'" % ids[0],
                                                                   keys="'?'", links="'?'").items()})
    retaining = parts("telemetry/central/retaining.sql", month="202601", window="0", person="0")
    queries.update({"retaining " + name: retaining[name] for name in ("months", "watched")})
    queries.update({"status " + name: query for name, query in parts("telemetry/central/status.sql").items()
                    if name in ("step", "amounts", "erased")})
    erasing = parts("telemetry/central/erasing.sql", viewings=listed, window="0", person="0", table="viewing", keys="''")
    queries.update({"erasing " + name: erasing[name] for name in ("find", "left")})
    for name, (query,) in queries.items():
        old, new = (answer if "ORDER BY" in query else "".join(sorted(answer.splitlines(True)))
                    for answer in (c.nodes[0].ask(query.replace("IN ids", "IN (%s)" % listed)), engine.ask(query)))
        ok(old == new, "ClickHouse %s answers '%s' as Debian's" % (version, name), old[:500] + "\n" + new[:500])
    before = int(engine.ask("SELECT count() FROM film.viewing_local"))
    engine.ask(erasing["delete"][0] + " SETTINGS mutations_sync = 1")
    left = int(engine.ask("SELECT count() FROM film.viewing_local"))
    ok(left == before - 50, "and deletes erased viewings from its files", (before, left))
    engine.close()


def figures(c):
    """How fast it is here, as ratios in one run. Not part of a run without arguments."""
    folder = empty_folder("figures")
    store, where = folder + "/large.sqlite", address(c, "figures")
    must(run("audience", "--store", store, "--viewings", os.environ.get("VIEWINGS", "10000"), "--seed", "23", patience=600))
    must(run("central", "init", where))

    def timed(what, work):
        began = time.monotonic()
        result = work()
        print("# %-60s %7.2f s" % (what, time.monotonic() - began), flush=True)
        return result

    taken = timed("central take", lambda: must(run("central", "take", where, store, patience=600)))
    print("# " + taken.out.strip(), flush=True)
    node = c.nodes[0]
    rows = node.ask("SELECT * FROM figures.event FORMAT TabSeparated", timeout=600)
    node.ask("CREATE TABLE figures.copy_local ON CLUSTER '%s' AS figures.event_local ENGINE = ReplicatedReplacingMergeTree("
             "'/clickhouse/tables/figures/{shard}/copy', '{replica}') PARTITION BY month ORDER BY (viewing, seq)" % cluster.NAME)
    node.ask("CREATE TABLE figures.copy ON CLUSTER '%s' AS figures.copy_local ENGINE = Distributed('%s', 'figures', 'copy_local', "
             "cityHash64(toString(viewing)))" % (cluster.NAME, cluster.NAME))
    quorum = {"insert_distributed_sync": 1, "insert_quorum": 2, "insert_quorum_timeout": 60000}
    lines = rows.splitlines(True)

    def insert():
        for at in range(0, len(lines), 20000):
            node.ask("INSERT INTO figures.copy FORMAT TabSeparated\n" + "".join(lines[at:at + 20000]), timeout=600, **quorum)

    timed("the engine alone: the same %d rows, 20,000 at a time" % len(lines), insert)
    timed("central count", lambda: must(run("central", "count", where, patience=600)))
    timed("report of the engine", lambda: must(run("report", "--store", where, patience=600)))
    timed("report of the file, its events counted", lambda: must(run("report", "--store", store, "--recount", patience=600)))
    for table in ("event", "viewing", "counted"):
        size = sum(int(n.ask("SELECT sum(bytes) FROM system.parts WHERE database = 'figures' AND table = '%s_local' AND active" % table))
                   for n in (c.nodes[0], c.nodes[2]))
        print("# %s: %.1f bytes an event on one replica" % (table, size / len(lines)), flush=True)


STEPS = {"servers": servers, "tables": tables, "reports": reports, "rolled": rolled, "keeping": keeping, "migrated": migrated, "lost": lost, "faults": faults, "clocks": clocks,
         "collectors": collectors, "sharing": sharing, "dialect": dialect, "figures": figures}


def usage():
    parser = argparse.ArgumentParser(
        prog="make test-central", usage='make test-central [ARGS="STEP…"]', formatter_class=argparse.RawDescriptionHelpFormatter,
        description="Tests the distributed engine on real servers: all steps but figures, or those that are named.",
        epilog="\n".join("%-12s%s" % (name, " ".join(step.__doc__.split())) for name, step in STEPS.items()))
    parser.add_argument("steps", nargs="*", metavar="STEP", help="one of these:")
    names = parser.parse_args().steps
    unknown = [name for name in names if name not in STEPS]
    if unknown:
        parser.error("there is no step %s; there are %s" % (" and no ".join(unknown), ", ".join(STEPS)))
    return names or [name for name in STEPS if name != "figures"]


def end(*_):
    """A signal ends the test as an error does: what it started is stopped."""
    raise KeyboardInterrupt


def too_long(*_):
    raise TimeoutError("a step takes longer than %d s" % STEP_TIMEOUT)


# Two replicas of ClickHouse 18.16 that finish a statement for the cluster in the same moment: one of their workers ends for good.
WORKER_ENDED = re.compile(r"DDLWorker: Unexpected ZooKeeper error: .*Node exists, path: \S*/executed")


def worker_has_ended(folder):
    for log in glob.glob(os.path.join(folder, "node-*", "log")):
        with open(log, encoding="utf-8", errors="replace") as f:
            if WORKER_ENDED.search(f.read()):
                return True
    return False


def try_step(name, root, folder):
    """What it throws is a failure of it, and the next one goes on."""
    signal.alarm(STEP_TIMEOUT)
    try:
        with cluster.Cluster(folder, root) as c:
            STEPS[name](c)
    except Exception:  # pylint: disable=broad-exception-caught
        ok(False, "%s goes through" % name, traceback.format_exc())
    finally:
        signal.alarm(0)


def take_step(name, root):
    """On servers of its own; what they wrote stays if it fails. If it fails and one of them had a mistake of its own that nobody can
    mend from without, it is void, and is taken once more."""
    folder, began = os.path.join(FOLDER, "cluster", name), time.monotonic()
    print("# " + name, flush=True)
    for may_be_void in (True, False):
        before, said = (lib.points, lib.failures, lib.skipped), io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                try_step(name, root, folder)
            if may_be_void and lib.failures > before[1] and worker_has_ended(folder):
                lib.points, lib.failures, lib.skipped = before
                said = io.StringIO("".join("# void: %s\n" % line for line in said.getvalue().splitlines()) +
                                   "# an engine's worker has ended by itself; the step is taken once more\n")
                continue
            break
        finally:
            print(said.getvalue(), end="", flush=True)
    if lib.failures == before[1]:
        shutil.rmtree(folder, ignore_errors=True)
    print("# %s took %.0f s" % (name, time.monotonic() - began), flush=True)


def take_steps(names):
    with open(os.path.join(FOLDER, "lock"), "w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # they would wipe each other's servers
            print("# another test-central is at work in this tree; waiting for its end", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left in ("cluster", "home"):
            shutil.rmtree(os.path.join(FOLDER, left), ignore_errors=True)
        set_home(os.path.join(FOLDER, "home"))
        root = packages.unpack(FOLDER)
        for name in names:
            take_step(name, root)


def main():
    names = usage()
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    signal.signal(signal.SIGALRM, too_long)
    try:
        os.makedirs(FOLDER, exist_ok=True)
        take_steps(names)
    except (packages.Missing, OSError) as why:
        ok(False, "the servers can be started", why)
    except KeyboardInterrupt:
        ok(False, "nobody interrupts it")
    code = done()
    print(lib.total())
    return code


if __name__ == "__main__":
    sys.exit(main())
