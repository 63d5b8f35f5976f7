"""Two shards with two replicas each, and a ZooKeeper, on loopback: real servers with configurations of the tests' own.

All they write is in one folder. They are stopped when the cluster is left, by an error or Ctrl-C too, and the kernel
ends them should the test itself be killed.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import packages

SHARDS, REPLICAS = 2, 2
NAME = "frumious_test"  # of the cluster, as ClickHouse knows it
START_TIMEOUT = 120
MORTAL = ("setpriv", "--pdeathsig", "KILL")  # before a command: it ends when the test does, however that ends


class Ports:
    """Ports of loopback for as long as it lives. They lie below those that the kernel gives to connections, so that nobody has taken
    one when a server that was stopped comes back; the first of them is bound, which tells other tests that the rest is taken, too."""

    def __init__(self, n):
        with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as f:
            below = int(f.read().split()[0])
        for first in range(below - n - 1, 1024, -n - 1):
            try:
                self.claim = socket.create_server(("127.0.0.1", first))
                self.numbers = list(range(first + 1, first + 1 + n))
                for port in self.numbers:
                    socket.create_server(("127.0.0.1", port)).close()
                return
            except OSError:
                self.release()
        raise RuntimeError("there are no %d free ports in a row below %d" % (n, below))

    claim = None

    def release(self):
        if self.claim:
            self.claim.close()
            self.claim = None


class Server:
    """A process that listens on a port of loopback."""

    def __init__(self, folder, port, root):
        self.folder, self.port, self.root, self.process = folder, port, root, None
        self.inside = []  # what stands before its command
        os.makedirs(folder, exist_ok=True)

    def command(self):
        raise NotImplementedError

    def environment(self):
        return {**os.environ, "LD_LIBRARY_PATH": packages.library_path(self.root)}

    def is_up(self):
        raise NotImplementedError

    def begin(self):
        with open(os.path.join(self.folder, "output"), "ab") as log:
            # A group of its own: Ctrl-C reaches the test alone.
            self.process = subprocess.Popen([*MORTAL, *self.inside, *self.command()], cwd=self.folder, env=self.environment(), stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL, process_group=0)

    def await_that(self, question, complaint):
        until = time.monotonic() + START_TIMEOUT
        while not question():
            if self.process.poll() is not None:
                raise RuntimeError("%s has ended: see %s/output" % (self.command()[0], self.folder))
            if time.monotonic() > until:
                raise RuntimeError("%s %s: see %s/output" % (self.command()[0], complaint, self.folder))
            time.sleep(0.05)

    def await_up(self):
        self.await_that(self.is_up, "does not come up")

    def start(self):
        self.begin()
        self.await_up()

    def stop(self, how=signal.SIGTERM):
        if not self.process:
            return
        if self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def is_running(self):
        return self.process is not None and self.process.poll() is None


class ZooKeeper(Server):
    def __init__(self, folder, port, root):
        super().__init__(folder, port, root)
        with open(os.path.join(folder, "zoo.cfg"), "w", encoding="utf-8") as f:
            f.write("tickTime=1000\ndataDir=%s/data\nclientPort=%d\nclientPortAddress=127.0.0.1\n"
                    "admin.enableServer=false\n4lw.commands.whitelist=ruok\nforceSync=no\n"
                    "autopurge.purgeInterval=0\n" % (folder, port))

    def command(self):
        return [packages.java(self.root), "-Xmx128m", "-Xms32m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
                packages.class_path(self.root), "org.apache.zookeeper.server.quorum.QuorumPeerMain",
                os.path.join(self.folder, "zoo.cfg")]

    def is_up(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                s.sendall(b"ruok")
                return s.recv(4) == b"imok"
        except OSError:
            return False


CONFIG = """<?xml version="1.0"?>
<yandex>
  <logger><level>warning</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog><size>100M</size>
    <count>1</count><levels><DDLWorker>debug</DDLWorker></levels></logger>
  <listen_host>127.0.0.1</listen_host>
  <http_port>{http}</http_port><tcp_port>{tcp}</tcp_port>
  <interserver_http_host>127.0.0.1</interserver_http_host><interserver_http_port>{inter}</interserver_http_port>
  <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path>
  <user_files_path>{folder}/files/</user_files_path><format_schema_path>{folder}/schemas/</format_schema_path>
  <users_config>{folder}/users.xml</users_config>
  <default_profile>default</default_profile><default_database>default</default_database>
  <max_connections>256</max_connections><max_concurrent_queries>100</max_concurrent_queries>
  <keep_alive_timeout>3</keep_alive_timeout>
  <mark_cache_size>67108864</mark_cache_size><uncompressed_cache_size>0</uncompressed_cache_size>
  <timezone>UTC</timezone>
  <zookeeper><node><host>127.0.0.1</host><port>{zookeeper}</port></node>
    <session_timeout_ms>6000</session_timeout_ms></zookeeper>
  <macros><shard>{shard}</shard><replica>{shard}-{replica}</replica><cluster>{cluster}</cluster></macros>
  <distributed_ddl><path>/clickhouse/task_queue/ddl</path></distributed_ddl>
  <remote_servers><{cluster}>{shards}</{cluster}></remote_servers>
  <merge_tree><zookeeper_session_expiration_check_period>1</zookeeper_session_expiration_check_period><old_parts_lifetime>5</old_parts_lifetime><cleanup_delay_period>2</cleanup_delay_period>
    <cleanup_delay_period_random_add>1</cleanup_delay_period_random_add></merge_tree>
</yandex>
"""

USERS = """<?xml version="1.0"?>
<yandex>
  <profiles><default><max_memory_usage>1500000000</max_memory_usage><max_threads>2</max_threads>
    <background_pool_size>4</background_pool_size><background_schedule_pool_size>4</background_schedule_pool_size>
    <load_balancing>random</load_balancing></default></profiles>
  <quotas><default/></quotas>
  <users><default><password></password><networks><ip>127.0.0.1</ip></networks><profile>default</profile>
    <quota>default</quota></default></users>
</yandex>
"""


class Node(Server):
    """One replica of one shard."""

    def __init__(self, folder, ports, shard, replica, root):
        super().__init__(folder, ports[0], root)
        self.http, self.tcp, self.inter = ports
        self.shard, self.replica = shard, replica
        self.said = 0  # bytes of its log before its latest start

    def configure(self, shards, zookeeper):
        for name in ("data", "tmp", "files", "schemas"):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)
        with open(os.path.join(self.folder, "config.xml"), "w", encoding="utf-8") as f:
            f.write(CONFIG.format(folder=self.folder, http=self.http, tcp=self.tcp, inter=self.inter, shard=self.shard,
                                  replica=self.replica, cluster=NAME, shards=shards, zookeeper=zookeeper))
        with open(os.path.join(self.folder, "users.xml"), "w", encoding="utf-8") as f:
            f.write(USERS)

    def command(self):
        return [packages.program(self.root, "clickhouse-server"),
                "--config-file=" + os.path.join(self.folder, "config.xml")]

    def is_up(self):
        try:
            return self.ask("SELECT 1", timeout=5) == "1\n"
        except (OSError, RuntimeError):
            return False

    def begin(self):
        log = os.path.join(self.folder, "log")
        self.said = os.path.getsize(log) if os.path.exists(log) else 0
        super().begin()

    def await_up(self):
        """Until it answers, and its worker for statements for the cluster has met ZooKeeper and gone through what was done before.
        ClickHouse 18.16 crashes when it is given such a statement earlier; and the worker ends for good when ZooKeeper goes earlier."""
        super().await_up()
        self.await_that(self.has_gone_through, "does not go through what was asked of the cluster")

    def has_gone_through(self):
        with open(os.path.join(self.folder, "log"), "rb") as log:
            log.seek(self.said)
            return b"DDLWorker: Waiting a watch" in log.read()

    def url(self):
        return "http://127.0.0.1:%d" % self.http

    def ask(self, sql, timeout=60, **settings):
        """The answer to a statement. RuntimeError with the server's message."""
        query = urllib.parse.urlencode(settings)
        request = urllib.request.Request(self.url() + "/?" + query, data=sql.encode())
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError as e:
            raise RuntimeError(e.read().decode(errors="replace").strip()) from None

    def insist(self, sql, **settings):
        """The answer to a statement that may be done twice. A server that has lost ZooKeeper only notices when it asks."""
        until = time.monotonic() + START_TIMEOUT
        while True:
            try:
                return self.ask(sql, **settings)
            except (OSError, RuntimeError):
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)


class Cluster:
    def __init__(self, folder, root):
        self.folder, self.root = folder, root
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.ports = Ports(1 + 3 * SHARDS * REPLICAS)
        ports = self.ports.numbers
        self.zookeeper = ZooKeeper(os.path.join(folder, "zookeeper"), ports.pop(), root)
        self.nodes = []
        for shard in range(1, SHARDS + 1):
            for replica in range(1, REPLICAS + 1):
                own = [ports.pop() for _ in range(3)]
                self.nodes.append(Node(os.path.join(folder, "node-%d-%d" % (shard, replica)), own, shard, replica,
                                       root))
        shards = "".join(
            "<shard><internal_replication>true</internal_replication>%s</shard>" % "".join(
                "<replica><host>127.0.0.1</host><port>%d</port></replica>" % n.tcp for n in self.nodes
                if n.shard == shard) for shard in range(1, SHARDS + 1))
        for n in self.nodes:
            n.configure(shards, self.zookeeper.port)

    def start(self):
        self.zookeeper.start()
        for n in self.nodes:
            n.begin()
        for n in self.nodes:
            n.await_up()

    def stop(self):
        for n in self.nodes:
            n.stop(signal.SIGKILL)
        self.zookeeper.stop(signal.SIGKILL)
        self.ports.release()

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def shard(self, n):
        return [node for node in self.nodes if node.shard == n]

    def resident_mib(self):
        """The memory of all servers together."""
        total = 0
        for s in [self.zookeeper, *self.nodes]:
            if s.is_running():
                with open("/proc/%d/status" % s.process.pid, encoding="ascii") as f:
                    total += next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
        return total // 1024
