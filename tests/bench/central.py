#!/usr/bin/python3
"""Measures the distributed engine and what the program adds to it: `make bench-central`. See tests/bench/README.md.

Usage: tests/bench/central.py [intake] [shards] [OPTION…]. Real servers on loopback, as in tests/central. All that is
written is under build/central-bench.

intake   Senders hand over batches to `frumious collect`, which commits to the engine. The very rows that arrived then go once
         more into tables of the same form, by a client that does nothing but send them.
shards   The same on one shard and on two.
"""

import argparse
import asyncio
import gzip
import http.client
import json
import os
import random
import shutil
import signal
import sys
import time
import urllib.parse
import uuid

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/central"), os.path.join(ROOT, "tests/e2e")]
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


def make_requests(devices, viewings, parts):
    """For each viewing, its batches as bytes; and how many events they all have. Each is a played one under an id of its own."""
    rand, all_, events = random.Random(23), [], 0
    played = [(d, header, some) for d in devices for header, some in d.viewings]
    for _ in range(viewings):
        device, header, some = rand.choice(played)
        began_ms = FIRST_MS + rand.randrange(25 * DAY_MS)
        own = dict(header, viewing=new_id(rand, began_ms), started_ms=began_ms, viewer=new_id(rand, began_ms), nth=1)
        size = -(-len(some) // parts)
        all_.append([request(device.batch(own, some[at:at + size])) for at in range(0, len(some), size)])
        events += len(some)
    return all_, events


async def send(port, viewings):
    """One connection: viewing after viewing, each batch again until it is acknowledged. How often it was told to come later."""
    later = 0
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for batches in viewings:
        for one in batches:
            while True:
                writer.write(one)
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                if head.startswith(b"HTTP/1.1 200"):
                    break
                if not head.startswith(b"HTTP/1.1 503"):
                    raise RuntimeError(body)
                later += 1
                await asyncio.sleep(0.5)
    writer.close()
    return later


async def send_all(port, viewings, senders):
    shared = iter(viewings)
    return sum(await asyncio.gather(*(send(port, shared) for _ in range(senders))))


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
    for table, key, more in (("event", "viewing, seq", ""), ("viewing", "viewing", ", upto")):
        name = "%s_again%d" % (table, number)
        c.nodes[0].ask("CREATE TABLE {d}.{n}_local ON CLUSTER '{c}' AS {d}.{t}_local ENGINE = ReplicatedReplacingMergeTree("
                       "'/clickhouse/tables/{d}/{{shard}}/{n}', '{{replica}}'{m}) PARTITION BY month ORDER BY ({k})".format(
                           d=database, n=name, t=table, c=cluster.NAME, m=more, k=key))
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
    batches = sum(map(len, viewings))
    tell("viewings, batches, events", "%d %d %d" % (len(viewings), batches, events), "", "%d connections" % o.senders)
    collector = collect.Collector(top, o.film, "--connections", str(o.senders + 8), "--connections-of-one", str(o.senders + 8),
                                  address=address(c, database))
    pid = collector.process.pid
    before, began = (cpu_s(pid), cpu_s(*servers(c)), cpu_s(os.getpid())), time.monotonic()
    later = asyncio.run(send_all(collector.port, viewings, o.senders))
    s = time.monotonic() - began
    used = [now - then for now, then in zip((cpu_s(pid), cpu_s(*servers(c)), cpu_s(os.getpid())), before)]
    groups = collector.metric("commits_total")
    collector.stop()
    there = int(c.nodes[0].ask("SELECT count() FROM %s.event" % database))
    if there != events:
        raise RuntimeError("%d events were acknowledged, %d are there" % (events, there))
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


def with_cluster(shards, replicas, root, work):
    cluster.SHARDS, cluster.REPLICAS = shards, replicas
    with cluster.Cluster(os.path.join(FOLDER, "cluster"), root) as c:
        return work(c)


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
    o = p.parse_args()
    signal.signal(signal.SIGTERM, end)
    what = o.what or ["intake", "shards"]
    root = packages.unpack(FOLDER)
    if "intake" in what:
        with_cluster(2, 2, root, lambda c: intake(c, o))
    if "shards" in what:
        for shards in (1, 2):
            print("# %d shard%s" % (shards, "s" if shards > 1 else ""))
            with_cluster(shards, 1, root, lambda c: intake(c, o))


if __name__ == "__main__":
    sys.exit(main())
