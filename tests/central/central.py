#!/usr/bin/python3
"""The distributed engine, tested on real servers: `make test-central`. See tests/README.md.

Usage: tests/central/central.py [STEP…]. Everything that it writes is under build/central.
"""

import os
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, os.path.join(ROOT, "tests/e2e")]
import cluster  # noqa: E402  pylint: disable=wrong-import-position
import packages  # noqa: E402  pylint: disable=wrong-import-position
from lib import done, ok  # noqa: E402  pylint: disable=wrong-import-position

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


STEPS = {"servers": servers}


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
