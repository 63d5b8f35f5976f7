#!/usr/bin/python3
"""Measures the distributed engine and what the program adds to it: `make bench-central`. See tests/bench/README.md.

Usage: tests/bench/central.py [intake] [shards] [reports] [OPTION…]. Real servers on loopback, as in tests/central. All that is
written is under build/central-bench.

intake   Senders hand over batches to `frumious collect`, which commits to the engine. The very rows that arrived then go once
         more into tables of the same form, by a client that does nothing but send them.
shards   The same on one shard and on two.
reports  A made-up audience, taken in and counted by the program, is multiplied inside the engine, each viewing under other ids, until
         there are so many events. `report` reads that. DuckDB answers questions of the report over the same viewings, in tables that
         were made for it, where the variable DUCKDB names a folder with node_modules/@duckdb/node-api. The answers have to be the same.
"""

import argparse
import gzip
import http.client
import json
import os
import random
import re
import resource
import select
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.parse
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/central"), os.path.join(ROOT, "tests/e2e")]
import bench_report  # noqa: E402  pylint: disable=wrong-import-position
import cluster  # noqa: E402  pylint: disable=wrong-import-position
import packages  # noqa: E402  pylint: disable=wrong-import-position
import collect  # noqa: E402  pylint: disable=wrong-import-position
from lib import run, set_home  # noqa: E402  pylint: disable=wrong-import-position

FOLDER = os.path.join(ROOT, "build/central-bench")
TICKS = os.sysconf("SC_CLK_TCK")
LARGE = 20000  # rows of a large insert
DAY_MS = 86400000
FIRST_MS = 1767225600000  # 1 January 2026
DEVICES = 5
WARM = 64  # viewings that are sent before it counts: then the engine knows the film, and the collector has asked for it


def must(ran):
    if ran.code != 0:
        raise RuntimeError(str(ran))
    return ran


def address(c, database):
    return "clickhouse:http://%s/%s?cluster=%s&quorum=%d" % (",".join("127.0.0.1:%d" % n.http for n in c.nodes), database, cluster.NAME,
                                                            cluster.REPLICAS)


def cpu_s(*pids):
    """Processor time of processes so far."""
    total = 0
    for pid in pids:
        with open("/proc/%d/stat" % pid, encoding="ascii") as f:
            total += sum(map(int, f.read().rpartition(")")[2].split()[11:13]))
    return total / TICKS


def servers(c):
    return [n.process.pid for n in c.nodes]


def tell(what, value, unit, more=""):
    print("%-64s %12s %s%s" % (what, value, unit, "  (%s)" % more if more else ""), flush=True)


# ---- senders ------------------------------------------------------------------------------------------------------------


def new_id(rand, began_ms):
    """A UUID of version 7."""
    return str(uuid.UUID(int=began_ms << 80 | 7 << 76 | rand.getrandbits(12) << 64 | 2 << 62 | rand.getrandbits(62)))


def request(document):
    body = gzip.compress(json.dumps(document).encode(), 6)
    return b"POST /v1/viewings HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer %s\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (
        collect.TOKEN.encode(), len(body), body)


def make_requests(devices, viewings, parts, seed="23"):
    """For each viewing, its batches as bytes; and how many events they all have. Each is a played one under an id of its own."""
    rand, all_, events = random.Random(seed), [], 0
    played = [(d, header, some) for d in devices for header, some in d.viewings]
    for _ in range(viewings):
        device, header, some = rand.choice(played)
        began_ms = FIRST_MS + rand.randrange(25 * DAY_MS)
        own = dict(header, viewing=new_id(rand, began_ms), started_ms=began_ms, viewer=new_id(rand, began_ms), nth=1)
        size = -(-len(some) // parts)
        all_.append([request(device.batch(own, some[at:at + size])) for at in range(0, len(some), size)])
        events += len(some)
    return all_, events


class Sender:
    """One connection: viewing after viewing, each batch again until it is acknowledged."""

    def __init__(self, port, viewings):
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.viewings, self.batches, self.answer = viewings, iter(()), b""
        self.one = None

    def go_on(self):
        """Sends the next batch. False: there is none."""
        self.one = next(self.batches, None)
        if self.one is None:
            self.batches = iter(next(self.viewings, ()))
            self.one = next(self.batches, None)
        if self.one is None:
            self.socket.close()
            return False
        self.send()
        return True

    def send(self):
        self.socket.sendall(self.one)

    def take(self):
        """Some of the answer is here. The status, once all of it is."""
        more = self.socket.recv(65536)
        if not more:
            raise RuntimeError("the collector has closed a connection")
        self.answer += more
        head, _, body = self.answer.partition(b"\r\n\r\n")
        if len(body) < int(re.search(rb"content-length: *(\d+)", head, re.I)[1] if body else 1):
            return None
        status, self.answer = int(self.answer[9:12]), b""
        if status not in (200, 503):
            raise RuntimeError(body)
        return status


def send_all(port, viewings, senders):
    """How often they were told to come later. Nothing but the sockets is looked at: what sends has the same processor as what is measured."""
    shared, poll, late, told = iter(viewings), select.epoll(), [], 0
    by_number = {}
    for one in (Sender(port, shared) for _ in range(senders)):
        if one.go_on():
            by_number[one.socket.fileno()] = one
            poll.register(one.socket, select.EPOLLIN)
    while by_number:
        while late and late[0][0] < time.monotonic():
            late.pop(0)[1].send()
        for number, _ in poll.poll(0.1 if late else 60, 256):
            status = by_number[number].take()
            if status == 503:
                told += 1
                late.append((time.monotonic() + 0.5, by_number[number]))
            elif status and not by_number[number].go_on():
                del by_number[number]
    return told


# ---- taking in ----------------------------------------------------------------------------------------------------------


class Plain:
    """A client that does nothing but insert rows which it has in memory."""

    def __init__(self, node):
        self.port = node.http
        self.connection = None
        self.path = "/?" + urllib.parse.urlencode({"insert_distributed_sync": 1, "insert_deduplicate": 0, "insert_quorum": cluster.REPLICAS,
                                                   "insert_quorum_timeout": 60000})

    def insert(self, statement):
        if not self.connection:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            self.connection.request("POST", self.path, body=statement)
            answer = self.connection.getresponse()
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):  # the server has let go of a connection that was idle
            self.connection.close()
            self.connection.request("POST", self.path, body=statement)
            answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(text.decode(errors="replace"))


def copy_tables(c, database, number):
    """Tables of the same form as those of events and viewings."""
    for table, key, more, granularity in (("event", "viewing, seq", "", 1024), ("viewing", "viewing", ", upto", 256)):
        name = "%s_again%d" % (table, number)
        c.nodes[0].ask("CREATE TABLE {d}.{n}_local ON CLUSTER '{c}' AS {d}.{t}_local ENGINE = ReplicatedReplacingMergeTree("
                       "'/clickhouse/tables/{d}/{{shard}}/{n}', '{{replica}}'{m}) PARTITION BY month ORDER BY ({k}) "
                       "SETTINGS index_granularity = {g}".format(d=database, n=name, t=table, c=cluster.NAME, m=more, k=key, g=granularity))
        c.nodes[0].ask("CREATE TABLE {d}.{n} ON CLUSTER '{c}' AS {d}.{n}_local ENGINE = Distributed('{c}', '{d}', '{n}_local', "
                       "cityHash64(toString(viewing)))".format(d=database, n=name, c=cluster.NAME))


def insert_again(c, database, number, rows):
    """The rows of `rows` events at a time, with the viewings that go with them. (seconds, the servers' processor time)"""
    copy_tables(c, database, number)
    parts = {}
    for table in ("event", "viewing"):
        parts[table] = c.nodes[0].ask("SELECT * FROM %s.%s ORDER BY viewing FORMAT TabSeparated" % (database, table), timeout=600).splitlines(True)
    n = -(-len(parts["event"]) // rows)
    statements = []
    for i in range(n):
        for table, lines in parts.items():
            some = lines[len(lines) * i // n:len(lines) * (i + 1) // n]
            statements.append(("INSERT INTO %s.%s_again%d FORMAT TabSeparated\n%s" % (database, table, number, "".join(some))).encode())
    plain, cpu, began = Plain(c.nodes[0]), cpu_s(*servers(c)), time.monotonic()
    for one in statements:
        plain.insert(one)
    return time.monotonic() - began, cpu_s(*servers(c)) - cpu


def intake(c, o):
    """One run: what arrives through a collector, and the engine alone with the same rows. The ratio."""
    top, database = os.path.join(FOLDER, "intake"), "bench"
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(top)
    set_home(top + "/home")
    must(run("central", "init", address(c, database)))
    with open(top + "/tokens", "w", encoding="ascii") as f:
        f.write("%s %s\n" % (o.id, collect.TOKEN))
    devices = [collect.Device(top, n, o.film) for n in range(1, DEVICES + 1)]
    viewings, events = make_requests(devices, o.viewings, o.parts)
    warm, more = make_requests(devices, WARM, o.parts, "warm")
    batches = sum(map(len, viewings))
    tell("viewings, batches, events", "%d %d %d" % (len(viewings), batches, events), "", "%d connections" % o.senders)
    tell("a request, its head included", "%.0f" % (sum(len(b) for each in viewings for b in each) / batches), "bytes")
    collector = collect.Collector(top, o.film, "--connections", str(o.senders + 8), "--connections-of-one", str(o.senders + 8),
                                  address=address(c, database))
    pid = collector.process.pid
    send_all(collector.port, warm, WARM)
    begun = collector.metric("commits_total")
    before, began = (cpu_s(pid), cpu_s(*servers(c)), cpu_s(os.getpid())), time.monotonic()
    later = send_all(collector.port, viewings, o.senders)
    s = time.monotonic() - began
    used = [now - then for now, then in zip((cpu_s(pid), cpu_s(*servers(c)), cpu_s(os.getpid())), before)]
    groups = collector.metric("commits_total") - begun
    collector.stop()
    there = int(c.nodes[0].ask("SELECT count() FROM %s.event" % database))
    if there != events + more:
        raise RuntimeError("%d events were acknowledged, %d are there" % (events + more, there))
    rate = events / s
    tell("collector, end to end", "%.0f" % rate, "events/s", "%.2f s, %d commits of %.0f events, %d told to come later" % (s, groups, events / groups, later))
    tell("processor time for each event: collector", "%.2f" % (1e6 * used[0] / events), "µs")
    tell("servers", "%.2f" % (1e6 * used[1] / events), "µs")
    tell("senders (this program)", "%.2f" % (1e6 * used[2] / events), "µs")
    ratios = []
    for number, rows in enumerate((max(1, int(events / groups)), LARGE)):
        alone, cpu = insert_again(c, database, number, rows)
        ratios.append(rate * alone / events)
        tell("the engine alone, %d events at a time" % rows, "%.0f" % (events / alone), "events/s", "servers %.2f µs an event" % (1e6 * cpu / events))
        tell("  end to end is of that", "%.2f" % ratios[-1], "")
    return rate, ratios


# ---- reports ------------------------------------------------------------------------------------------------------------

TEMPLATE = 3020  # viewings: 100,000 events
AT_ONCE = 20     # copies by one insert
KINDS = ("visit", "leave", "exposure", "outcome", "reached", "stall", "gap", "resume", "finish", "superseded")
# The n-th copy's id, of the same shard and month as any.
COPY = "toUUID(concat(substring(toString(viewing), 1, 24), substring(concat('000000000000', lower(hex(toUInt32(%d + i + 1)))) AS h, length(h) - 11, 12)))"
COPIED = {"event": "month, {id} AS v, seq, key, kind, at_ms, received_ms, body",
          "viewing": "month, {id} AS v, upto, story, key, received_ms, consent, header",
          "counted": "month, {id} AS v, key, version, story, day, mode, chooser, nth, keys, bs, ns, path"}


def multiply(c, copies):
    """Each viewing of `template` comes `copies` times into `large`."""
    node = c.nodes[0]
    for table in ("story", "menu", "absent"):
        node.ask("INSERT INTO large.%s SELECT * FROM template.%s" % (table, table), timeout=600, insert_distributed_sync=1)
    for table in COPIED:
        for n in c.nodes:
            n.ask("CREATE TABLE large.from_%s ENGINE = Memory AS SELECT * FROM template.%s" % (table, table), timeout=600)
    for at in range(0, copies, AT_ONCE):
        for table, columns in COPIED.items():
            for n in c.nodes:
                n.ask("INSERT INTO large.%s_local SELECT %s FROM large.from_%s ARRAY JOIN range(toUInt64(%d)) AS i WHERE "
                      "cityHash64(toString(v)) %% %d = %d" % (table, columns.format(id=COPY % at), table, min(AT_ONCE, copies - at),
                                                             cluster.SHARDS, n.shard - 1), timeout=1200, max_threads=1)


# What both are asked, and how it is read out of a report. People's first viewings, with time as the film has it.
ANSWERS = {
    "nodes": "SELECT n.name, count(DISTINCT i.viewing), count(*) FROM viewing v JOIN visit i ON i.viewing = v.id JOIN node n ON n.id = i.node"
             f" WHERE {bench_report.PEOPLE} GROUP BY n.name, n.hash",
    "endings": "SELECT e.name, count(DISTINCT r.viewing) FROM viewing v JOIN reached r ON r.viewing = v.id JOIN ending e ON e.id = r.ending"
               f" WHERE {bench_report.PEOPLE} GROUP BY e.name, e.story",
    "decisions": "SELECT d.name, o.name, count(DISTINCT u.viewing) FROM viewing v JOIN exposure x ON x.viewing = v.id JOIN outcome u ON"
                 " u.viewing = x.viewing AND u.exposure = x.seq JOIN option o ON o.id = u.option JOIN decision d ON d.id = o.decision"
                 f" WHERE {bench_report.PEOPLE} AND x.time_mode = 1 AND u.what = 0 GROUP BY d.name, d.hash, o.name",
}
NAMES = {"node": "id, name, hash", "ending": "id, name, story", "decision": "id, name, hash", "option": "id, decision, name"}
READ = {"nodes": lambda film: [[n["id"], n["reach"]["k"], n["visits"]] for n in film["nodes"]],
        "endings": lambda film: [[e["id"], e["reach"]["k"]] for e in film["endings"]],
        "decisions": lambda film: [[d["id"], o["id"], o["picks"]["k"]] for d in film["decisions"] for o in d["options"]]}
NODE = """
const { createRequire } = require('module'), fs = require('fs');
const { DuckDBInstance } = createRequire(process.argv[2] + '/')('@duckdb/node-api');
(async () => {
  const ask = JSON.parse(fs.readFileSync(0, 'utf8'));
  const c = await (await DuckDBInstance.create(ask.file, { threads: '2', memory_limit: '3GB' })).connect();
  for (const q of ask.make) await c.run(q);
  const results = [];
  for (const q of ask.questions) {
    const wall = process.hrtime.bigint(), cpu = process.cpuUsage();
    const rows = (await c.runAndReadAll(q)).getRowsJson(), used = process.cpuUsage(cpu);
    results.push([Number(process.hrtime.bigint() - wall) / 1e9, (used.user + used.system) / 1e6, rows]);
  }
  console.log(JSON.stringify(results));
})();
"""


def duckdb(folder, make, questions):
    script = os.path.join(folder, "ask.js")
    with open(script, "w", encoding="ascii") as f:
        f.write(NODE)
    asked = json.dumps({"file": os.path.join(folder, "large.duckdb"), "make": make, "questions": questions})
    return json.loads(subprocess.run(["node", script, os.path.abspath(os.environ["DUCKDB"])], input=asked, check=True, stdout=subprocess.PIPE,
                                     text=True).stdout)


def make_duckdb(folder, store, copies):
    """The same viewings, each under numbers of its own, in tables with the columns that the questions need."""
    made = []
    with sqlite3.connect(store) as db:
        for table, columns in {**bench_report.TABLES, **NAMES}.items():
            path = os.path.join(folder, table + ".csv")
            with open(path, "w", encoding="utf-8") as f:
                f.write(columns.replace(" ", "") + "\n")
                for row in db.execute("SELECT %s FROM %s ORDER BY 1" % (columns, table)):
                    f.write(",".join("" if v is None else str(v) for v in row) + "\n")
            key = {"viewing": "id"}.get(table, "viewing")
            from_ = "read_csv('%s', header = true)" % path
            made.append('CREATE TABLE "%s" AS SELECT * FROM %s' % (table, from_) if table in NAMES else
                        'CREATE TABLE "%s" AS SELECT t.* REPLACE (t.%s * 1000000 + i.range AS %s) FROM range(%d) i, %s t' % (
                            table, key, key, copies, from_))
    duckdb(folder, made, [])


def check(answers, film):
    for name, rows in answers.items():
        theirs = sorted([[str(v) for v in row] for row in rows])
        ours = sorted([[str(v) for v in row] for row in READ[name](film) if row[-1] > 0])
        if theirs != ours:
            raise RuntimeError("%s: DuckDB says %s, the report %s" % (name, theirs[:5], ours[:5]))


def reports(c, o):
    top = os.path.join(FOLDER, "reports")
    shutil.rmtree(top, ignore_errors=True)
    os.makedirs(top)
    store = top + "/template.sqlite"
    must(run("audience", "--store", store, "--viewings", str(TEMPLATE), "--seed", "23", "--days", "60"))
    for database in ("template", "large"):
        must(run("central", "init", address(c, database)))
    must(run("central", "take", address(c, "template"), store, patience=600))
    must(run("central", "count", address(c, "template"), patience=600))
    with sqlite3.connect(store) as db:
        events = sum(db.execute("SELECT count(*) FROM " + k).fetchone()[0] for k in KINDS)
    copies = max(1, round(o.events / events))
    multiply(c, copies)
    there = c.nodes[0].ask("SELECT count() FROM large.event").strip(), c.nodes[0].ask("SELECT uniqExact(viewing) FROM large.viewing", timeout=600).strip()
    if there != (str(events * copies), str(TEMPLATE * copies)):
        raise RuntimeError("%s events and viewings are there, not %d and %d" % (there, events * copies, TEMPLATE * copies))
    tell("viewings, events", "%s %s" % (there[1], there[0]), "")
    for table in COPIED:
        size = sum(int(n.ask("SELECT sum(bytes) FROM system.parts WHERE database = 'large' AND table = '%s_local' AND active" % table)) for n in c.nodes)
        tell("on disk: " + table, "%.1f" % (size / events / copies), "bytes an event")
    for _ in range(3):
        answer = timed(c, "report of the engine, all counted", "report", "--store", address(c, "large"), "--format", "json")
    timed(c, "central roll", "central", "roll", address(c, "large"))
    tell("sums of months", c.nodes[0].ask("SELECT sum(bytes) FROM system.parts WHERE database = 'large' AND table = 'rolled' AND active").strip(),
         "bytes", c.nodes[0].ask("SELECT concat(toString(count()), ' rows, ', toString(uniqExact(month)), ' months') FROM large.rolled").strip())
    for _ in range(3):
        rolled = timed(c, "report of the engine, months summed up", "report", "--store", address(c, "large"), "--format", "json")
    if json.loads(rolled.out)["films"] != json.loads(answer.out)["films"]:
        raise RuntimeError("with sums of months, the report is another one")
    months = c.nodes[0].ask("SELECT DISTINCT month FROM large.rolled").split()
    for name in ("cells", "n_viewings", "stale"):
        ask_part(c, name)
    examples = [line.split("\t")[2] for line in ask_part(c, "examples").splitlines()]
    for at in range(0, len(examples), 1000):  # as gather.c asks
        for name in ("these_viewings", "events"):
            ask_part(c, name, viewings=examples[at:at + 1000])
    for name in ("cells", "stale"):
        ask_part(c, name, months)
    ask_part(c, "fitting", file="rolling")
    if not os.environ.get("DUCKDB"):
        print("DuckDB: not asked (DUCKDB names no folder with node_modules/@duckdb/node-api)")
        return
    make_duckdb(top, store, copies)
    tell("on disk: DuckDB's file", "%.1f" % (os.path.getsize(top + "/large.duckdb") / events / copies), "bytes an event")
    for _ in range(3):
        asked = duckdb(top, [], list(ANSWERS.values()))
        tell("DuckDB: nodes, endings, decisions", "%.2f" % sum(a[0] for a in asked), "s", "%.2f CPU s" % sum(a[1] for a in asked))
    check({name: a[2] for name, a in zip(ANSWERS, asked)}, json.loads(answer.out)["films"][0])
    asked = duckdb(top, [], bench_report.QUESTIONS)
    tell("DuckDB: the questions of bench_report.py", "%.2f" % sum(a[0] for a in asked), "s", "%.2f CPU s" % sum(a[1] for a in asked))


def timed(c, what, *arguments):
    cpu, began = cpu_s(*servers(c)), time.monotonic()
    own = resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = must(run(*arguments, patience=3000))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    tell(what, "%.2f" % (time.monotonic() - began), "s", "servers %.2f CPU s, the program %.2f" % (
        cpu_s(*servers(c)) - cpu, used.ru_utime + used.ru_stime - own.ru_utime - own.ru_stime))
    return answer


def ask_part(c, name, months=(), file="central", viewings=()):
    """One of the program's own questions, alone; `months`: those whose sums it uses. The answer."""
    with open(os.path.join(ROOT, "telemetry/central/%s.sql" % file), encoding="utf-8") as f:
        sql = f.read().split("-- name: %s\n" % name)[1].split("-- name: ")[0]
    for key, value in {"database": "large", "most": "2000", "encoding": "7", "parts": "1", "part": "0",
                       "viewings": ",".join("'%s'" % v for v in viewings),
                       "summed": "month IN (%s)" % ",".join(["0", *months]), "others": " AND ".join(["1", *("month != " + m for m in months)])}.items():
        sql = sql.replace("$" + key, value)
    cpu, began = cpu_s(*servers(c)), time.monotonic()
    answer = c.nodes[0].ask(sql, timeout=3000)
    tell("  of it, `%s`%s" % (name, " with sums of months" if months else ""), "%.2f" % (time.monotonic() - began), "s", "servers %.2f CPU s, %.1f MB" % (cpu_s(*servers(c)) - cpu, len(answer) / 1e6))
    return answer


def with_cluster(o, shards, replicas, root, work):
    cluster.SHARDS, cluster.REPLICAS = shards, replicas
    folder = os.path.join(o.data or FOLDER, "cluster")
    try:
        with cluster.Cluster(folder, root) as c:
            return work(c)
    finally:
        if o.data:
            shutil.rmtree(folder, ignore_errors=True)


def end(*_):
    sys.exit(1)


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("what", nargs="*", default=[])
    p.add_argument("--film", default=os.path.join(ROOT, "stories/lighthouse"), help="whose headless plays are the viewings that are sent")
    p.add_argument("--id", default="org.example.lighthouse", help="its id")
    p.add_argument("--viewings", type=int, default=10000, help="to send")
    p.add_argument("--parts", type=int, default=1, help="batches of each viewing")
    p.add_argument("--senders", type=int, default=500, help="connections at once")
    p.add_argument("--events", type=float, default=1e7, help="of reports")
    p.add_argument("--shards", type=int, nargs="+", default=[1, 2], help="on how many shards, one after the other: shards and reports")
    p.add_argument("--data", metavar="FOLDER", help="where the servers keep their data, in place of build/central-bench: in /dev/shm, the file "
                   "system counts for nothing")
    o = p.parse_args()
    signal.signal(signal.SIGTERM, end)
    what = o.what or ["intake", "shards", "reports"]
    root = packages.unpack(FOLDER)
    if "intake" in what:
        with_cluster(o, 2, 2, root, lambda c: intake(c, o))
    if "shards" in what:
        for shards in o.shards:
            print("# %d shard%s" % (shards, "s" if shards > 1 else ""))
            with_cluster(o, shards, 1, root, lambda c: intake(c, o))
    if "reports" in what:
        for shards in o.shards:
            print("# %d shard%s" % (shards, "s" if shards > 1 else ""))
            with_cluster(o, shards, 1, root, lambda c: reports(c, o))


if __name__ == "__main__":
    sys.exit(main())
