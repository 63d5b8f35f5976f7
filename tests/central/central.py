#!/usr/bin/python3
"""The distributed engine, tested on real servers: `make test-central`. See tests/README.md.

Usage: tests/central/central.py [STEP…]. Everything that it writes is under build/central.
"""

import difflib
import os
import re
import shutil
import signal
import sqlite3
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/e2e")]
import cluster  # noqa: E402  pylint: disable=wrong-import-position
import current  # noqa: E402  pylint: disable=wrong-import-position
import packages  # noqa: E402  pylint: disable=wrong-import-position
from lib import done, ok, run  # noqa: E402  pylint: disable=wrong-import-position

FOLDER = os.path.join(ROOT, "build/central")
ROWS = 100


def servers(c):
    """What the other steps take for granted: writing on one node shows on the others, by a quorum, and survives a stop."""
    on = " ON CLUSTER '%s'" % cluster.NAME
    first = c.nodes[0]
    first.ask("CREATE DATABASE selftest" + on)
    first.ask("CREATE TABLE selftest.row_local" + on + " (id UInt64) ENGINE = "
              "ReplicatedReplacingMergeTree('/clickhouse/selftest/{shard}/row', '{replica}') ORDER BY id")
    first.ask("CREATE TABLE selftest.row" + on + " AS selftest.row_local ENGINE = "
              "Distributed('%s', 'selftest', 'row_local', id)" % cluster.NAME)
    write = "INSERT INTO selftest.row FORMAT JSONEachRow " + "".join('{"id":%d}\n' % i for i in range(ROWS))
    quorum = {"insert_distributed_sync": 1, "insert_quorum": 2, "insert_quorum_timeout": 3000}
    first.ask(write, **quorum)
    counts = [int(n.ask("SELECT count() FROM selftest.row_local")) for n in c.nodes]
    ok(counts == [ROWS // 2] * 4, "a quorum has written half of the rows to both replicas of each shard", counts)
    c.nodes[3].stop(signal.SIGKILL)
    try:
        first.ask(write.replace('"id":', '"id":1'), **quorum)
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
    first.insist("DROP DATABASE IF EXISTS selftest" + on)
    print("# the servers take %d MiB together" % c.resident_mib(), flush=True)


def await_that(question):
    """Until the answer is yes; not for ever."""
    until = time.monotonic() + cluster.START_TIMEOUT
    while not question() and time.monotonic() < until:
        time.sleep(0.1)


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
    c.nodes[0].insist("ALTER TABLE film.migration_local ON CLUSTER '%s' DELETE WHERE number > 1" % cluster.NAME)
    # A shard changes its last part that a quorum wrote only when there is another one.
    c.nodes[0].ask("INSERT INTO film.migration VALUES (0, 0), (1, 0)", insert_distributed_sync=1, insert_quorum=2,
                   insert_deduplicate=0)
    await_that(lambda: all(n.ask("SELECT max(number) > 1 FROM film.migration_local") == "0\n" for n in c.nodes))
    cut = run("central", "migrate", where)
    ok(cut.code == 0 and "1 step taken" in cut.out, "steps that were cut off before they were noted are taken anew", cut)
    status = run("central", "status", where)
    ok(status.code == 0 and status.out.count("0 s behind") == 4, "status tells of all four nodes", status)
    c.nodes[2].stop(signal.SIGKILL)
    status = run("central", "status", where)
    ok(status.code == 1 and status.out.count("does not answer") == 1, "and of one that was killed", status)
    c.nodes[2].start()
    wrong = [run("central", "status", a).code for a in ("film", "clickhouse:http://127.0.0.1:1", where + "&quorum=x",
                                                        where.replace("film", "a;b"), "clickhouse:http://u:p@h:1/film")]
    ok(wrong == [2] * 5, "an address that makes no sense is refused", wrong)
    away = run("central", "status", "clickhouse:http://127.0.0.1:1/film")
    ok(away.code == 3, "nobody at the address", away)


AUDIENCES = ((1, 300), (2, 500), (3, 200))  # seed, viewings


def sources():
    """Stores of several machines, and one into which they are merged: what a report of the engine has to equal."""
    folder = os.path.join(FOLDER, "sources")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    made = []
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
           "\n".join(difflib.unified_diff(theirs.out.splitlines(), ours.out.splitlines(), lineterm="", n=0))[:3000] +
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


def dialect(c):
    """The current release accepts every table and every query, and answers as Debian's does."""
    data = os.path.join(FOLDER, "current")
    shutil.rmtree(data, ignore_errors=True)
    os.makedirs(data)
    engine = current.Current(current.unpack(os.path.join(FOLDER, "npm")), os.path.join(data, "engine"))
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
    queries = parts("telemetry/central/central.sql", viewings=",".join("'%s'" % i for i in ids), encoding="6", most="30",
                    path="14", after=ids[9])
    for name, (query,) in queries.items():
        old, new = c.nodes[0].ask(query), engine.ask(query)
        ok(old == new, "ClickHouse %s answers '%s' as Debian's" % (version, name), old[:500] + "\n" + new[:500])
    engine.close()


STEPS = {"servers": servers, "tables": tables, "reports": reports, "dialect": dialect}


def end(*_):
    """A signal ends the test as an error does: what it started is stopped."""
    sys.exit(1)


def main():
    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    names = sys.argv[1:] or list(STEPS)
    root = packages.unpack(FOLDER)
    with cluster.Cluster(os.path.join(FOLDER, "cluster"), root) as c:
        for name in names:
            print("# " + name, flush=True)
            STEPS[name](c)
    return done()


if __name__ == "__main__":
    sys.exit(main())
