#!/usr/bin/python3
"""Measures what a report costs: bench_report.py [--keep FOLDER [--prepare]] [VIEWINGS | STORE]…

Each VIEWINGS stands for a new store with a made-up audience of that size (30,200 viewings are a million events). A
STORE keeps its contents, apart from its sums. The program measures the stores one after the other in one run: the
first report, later ones, --recount, the questions below as plain SQL in SQLite over the same tables, and the first
report after all sums were lost (as after a migration). If the variable DUCKDB names a folder with
node_modules/@duckdb/node-api, it also measures the same SQL in DuckDB with two threads, over tables loaded into a
file beforehand. The SQL has an advantage: it asks for counts only, without intervals, curves, trait profiles or
formatting. Everything runs at the priority of this program.

Afterwards the program removes the stores that it made, or keeps them in FOLDER for the next time. --prepare only makes
the stores.
"""
import argparse
import json
import os
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

BUILD = os.environ.get("FRUMIOUS_BUILD") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../build")
PROGRAM = os.path.join(BUILD, "frumious")
PEOPLE = "v.mode = 0 AND v.chooser = 0 AND v.nth = 1 AND v.time_mode = 1"
QUESTIONS = [
    "SELECT story, mode, chooser, nth, time_mode, count(*) FROM viewing GROUP BY 1, 2, 3, 4, 5",
    f"SELECT v.story, f.reason, count(*) FROM viewing v LEFT JOIN finish f ON f.viewing = v.id WHERE {PEOPLE} GROUP BY 1, 2",
    f"SELECT r.ending, count(DISTINCT r.viewing) FROM viewing v JOIN reached r ON r.viewing = v.id WHERE {PEOPLE} GROUP BY 1",
    f"SELECT i.node, count(DISTINCT i.viewing), count(*), sum(l.playing_us), sum(l.paused_us), sum(i.planned_us) FROM viewing v"
    f" JOIN visit i ON i.viewing = v.id LEFT JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq WHERE {PEOPLE} GROUP BY 1",
    f"SELECT a, node, count(*) FROM (SELECT i.node, lag(i.node) OVER (PARTITION BY i.viewing ORDER BY i.seq) AS a FROM viewing v"
    f" JOIN visit i ON i.viewing = v.id WHERE {PEOPLE}) AS x GROUP BY 1, 2",
    f"SELECT x.menu, u.what, u.option, x.focus, count(*), sum(u.changes) FROM viewing v JOIN exposure x ON x.viewing = v.id"
    f" LEFT JOIN outcome u ON u.viewing = x.viewing AND u.exposure = x.seq WHERE {PEOPLE} AND x.time_mode = 1 GROUP BY 1, 2, 3, 4",
    f"SELECT x.menu, u.what, u.option, cast(ln(u.latency_us) * 50 AS INTEGER), count(*) FROM viewing v JOIN exposure x ON"
    f" x.viewing = v.id JOIN outcome u ON u.viewing = x.viewing AND u.exposure = x.seq WHERE {PEOPLE} AND x.time_mode = 1"
    f" AND u.latency_us > 0 GROUP BY 1, 2, 3, 4",
    f"SELECT path, count(*) AS n FROM (SELECT i.viewing, group_concat(i.node, ',') AS path FROM viewing v JOIN visit i ON"
    f" i.viewing = v.id WHERE {PEOPLE} GROUP BY 1) AS p GROUP BY 1 ORDER BY n DESC LIMIT 10",
]
TABLES = {"viewing": "id, story, mode, chooser, time_mode, nth", "visit": "viewing, seq, node, planned_us",
          "leave": "viewing, visit, playing_us, paused_us", "exposure": "viewing, seq, menu, focus, time_mode",
          "outcome": "viewing, exposure, what, option, latency_us, changes", "reached": "viewing, ending", "finish": "viewing, reason"}
NODE = """
const { createRequire } = require('module'), fs = require('fs');
const { DuckDBInstance } = createRequire(process.argv[2] + '/')('@duckdb/node-api');
(async () => {
  const ask = JSON.parse(fs.readFileSync(0, 'utf8'));
  const c = await (await DuckDBInstance.create(ask.file, { threads: '2' })).connect();
  for (const t of ask.tables) await c.run(`CREATE TABLE "${t}" AS SELECT * FROM read_csv('${ask.dir}/${t}.csv', header = true)`);
  const times = [];
  if (!ask.tables.length)
  for (let round = 0; round < 3; round++) {
    const wall = process.hrtime.bigint(), cpu = process.cpuUsage();
    for (const q of ask.questions) await c.runAndReadAll(q);
    const used = process.cpuUsage(cpu);
    times.push([Number(process.hrtime.bigint() - wall) / 1e9, (used.user + used.system) / 1e6]);
  }
  console.log(JSON.stringify(times));
})();
"""


def cpu(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def timed(call, who=resource.RUSAGE_CHILDREN):
    wall, used = time.monotonic(), cpu(who)
    call()
    return time.monotonic() - wall, cpu(who) - used


def row(what, times):
    walls, cpus = zip(*times)
    print(f"{what:44} {statistics.median(walls):9.2f} {min(walls):9.2f} {max(walls):9.2f} {statistics.median(cpus):9.2f}", flush=True)


def report(store, *args):
    subprocess.run([PROGRAM, "report", "--store", store, "--format", "json", *args], check=True, stdout=subprocess.DEVNULL)


def ask_sqlite(store):
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    for question in QUESTIONS:
        db.execute(question).fetchall()
    db.close()


def duckdb(file, tables, temp):
    """Asks the questions three times, and returns (seconds, CPU seconds) of each round. With `tables`, it instead loads
    them from CSV files."""
    script = os.path.join(temp, "ask.js")
    with open(script, "w") as f:
        f.write(NODE)
    asked = json.dumps({"file": file, "dir": temp, "tables": tables, "questions": QUESTIONS})
    node = subprocess.run(["node", script, os.path.abspath(os.environ["DUCKDB"])], input=asked, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(node.stdout)


def load_duckdb(store, file, temp):
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    for table, columns in TABLES.items():  # SQLite formats the lines: Python is too slow for a hundred million
        line = "||','||".join(f"coalesce({c}, '')" for c in columns.replace(" ", "").split(","))
        key = "id" if table == "viewing" else "viewing"
        last = db.execute(f"SELECT coalesce(max({key}), 0) FROM {table}").fetchone()[0]
        with open(os.path.join(temp, table + ".csv"), "w") as f:
            f.write(columns.replace(" ", "") + "\n")
            for at in range(0, last + 1, 20000):
                lines = db.execute(f"SELECT group_concat({line}, char(10)) FROM {table} WHERE {key} >= ? AND {key} < ?", (at, at + 20000))
                some = lines.fetchone()[0]
                f.write(some + "\n" if some else "")
    duckdb(file + ".new", list(TABLES), temp)
    os.rename(file + ".new", file)


def prepare(what, keep):
    """Makes the store and DuckDB's file if they are missing, and returns both paths (None without DuckDB)."""
    store = what if os.path.exists(what) else os.path.join(keep, f"{int(what)}.sqlite")
    if not os.path.exists(store):
        subprocess.run([PROGRAM, "audience", "--store", store + ".new", "--viewings", what], check=True, stdout=subprocess.DEVNULL)
        db = sqlite3.connect(store + ".new")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        db.close()
        os.rename(store + ".new", store)
    if not os.environ.get("DUCKDB"):
        return store, None
    file = os.path.join(keep, os.path.basename(store) + ".duckdb")
    if not os.path.exists(file):
        with tempfile.TemporaryDirectory(dir=keep) as temp:
            load_duckdb(store, file, temp)
    return store, file


def measure(store, duck):
    db = sqlite3.connect(store)
    events = db.execute(f"SELECT {' + '.join(f'(SELECT count(*) FROM {t})' for t in list(TABLES)[1:] + ['gap'])}").fetchone()[0]
    db.close()
    print(f"\n{events} events, {os.path.getsize(store) / 1e6:.1f} MB")
    print(f"{'':44} {'seconds':>9} {'least':>9} {'most':>9} {'CPU s':>9}")
    row("report: the first", [timed(lambda: report(store))])
    row("report: later ones", [timed(lambda: report(store)) for _ in range(7)])
    db = sqlite3.connect(store)
    kept, rows = db.execute("SELECT sum(pgsize), (SELECT count(*) FROM tally) FROM dbstat WHERE name GLOB '*tally*'").fetchone()
    db.close()
    row("report --recount", [timed(lambda: report(store, "--recount"))])
    row("the questions in SQLite", [timed(lambda: ask_sqlite(store), resource.RUSAGE_SELF)])
    if duck:
        with tempfile.TemporaryDirectory() as temp:
            row("the questions in DuckDB, loaded before", duckdb(duck, [], temp))
    else:
        print("DuckDB: not asked (DUCKDB names no folder with node_modules/@duckdb/node-api)")
    db = sqlite3.connect(store)
    db.executescript("DELETE FROM tally; INSERT OR IGNORE INTO tally_todo SELECT id FROM viewing")
    db.close()
    row("report: the first after all sums were lost", [timed(lambda: report(store))])
    print(f"kept sums: {kept / 1e6:.2f} MB in {rows} rows, {100 * kept / os.path.getsize(store):.2f} % of the store", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--keep")
    parser.add_argument("--prepare", action="store_true")
    parser.add_argument("what", nargs="*", default=["30200"])
    options = parser.parse_args()
    keep = options.keep or tempfile.mkdtemp(prefix="bench-report-")
    try:
        for what in options.what:
            made = prepare(what, keep)
            if not options.prepare:
                measure(*made)
    finally:
        if not options.keep:
            shutil.rmtree(keep)


if __name__ == "__main__":
    sys.exit(main())
