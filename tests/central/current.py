"""The current release of ClickHouse, as a library (npm's @chdb/lib-linux-x64-gnu), in this process.

It is one server without ZooKeeper or cluster. So statements are run as they are, save for three things: what is
replicated is not, what is done on a cluster is done here, and a Distributed table is a Merge of its one shard.
"""

import ctypes
import os
import re
import shutil
import subprocess

PACKAGE = "@chdb/lib-linux-x64-gnu"
ENVIRONMENT = dict(os.environ)  # as the test was started: with the user's settings of npm
# What npm says when it cannot reach its registry.
UNREACHED = re.compile(r"\w*CERT_\w+|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|50[234] ")


class Unreached(Exception):
    """npm's registry cannot be reached."""


def unpack(folder):
    """The library's path; it is fetched once."""
    path = os.path.join(folder, "node_modules", PACKAGE, "libchdb.so")
    if os.path.exists(path):
        return path
    if not shutil.which("npm"):
        raise Unreached("there is no npm here")
    os.makedirs(folder, exist_ok=True)
    got = subprocess.run(["npm", "install", "--loglevel=error", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE], check=False,
                         timeout=500, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    reason = UNREACHED.search(got.stderr) if got.returncode else None
    if reason:
        raise Unreached("npm's registry cannot be reached (%s)" % reason[0].strip())
    if got.returncode:
        raise RuntimeError("npm install %s:\n%s" % (PACKAGE, got.stderr.strip()))
    return path


def alone(sql):
    """A statement for one server, made of one for a cluster."""
    sql = re.sub(r"\s+ON CLUSTER '[^']*'", "", sql)
    sql = re.sub(r"Replicated(\w*MergeTree)\(\s*'[^']*',\s*'[^']*'(?:,\s*)?", r"\1(", sql)
    return re.sub(r"Distributed\('?\w+'?,\s*'?(\w+)'?,\s*'?(\w+)'?,.*\)\s*$", r"Merge('\1', '^\2$')", sql, flags=re.S)


class Current:
    def __init__(self, library, folder):
        self.lib = ctypes.CDLL(library)
        self.lib.chdb_connect.restype = ctypes.POINTER(ctypes.c_void_p)
        self.lib.chdb_connect.argtypes = [ctypes.c_int, ctypes.POINTER(ctypes.c_char_p)]
        self.lib.chdb_query.restype = ctypes.c_void_p
        self.lib.chdb_query.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
        for name, kind in (("error", ctypes.c_char_p), ("buffer", ctypes.c_void_p), ("length", ctypes.c_size_t)):
            call = getattr(self.lib, "chdb_result_" + name)
            call.restype, call.argtypes = kind, [ctypes.c_void_p]
        self.lib.chdb_destroy_query_result.argtypes = [ctypes.c_void_p]
        self.lib.chdb_close_conn.argtypes = [ctypes.POINTER(ctypes.c_void_p)]
        arguments = [b"clickhouse", b"--path=" + os.fsencode(folder)]
        self.connection = self.lib.chdb_connect(len(arguments), (ctypes.c_char_p * len(arguments))(*arguments))
        if not self.connection:
            raise RuntimeError("chdb does not start in " + folder)

    def ask(self, sql):
        """The answer to a statement. RuntimeError with the engine's message."""
        result = self.lib.chdb_query(self.connection[0], alone(sql).encode(), b"TabSeparated")
        try:
            error = self.lib.chdb_result_error(result)
            if error:
                raise RuntimeError(error.decode(errors="replace").strip())
            n = self.lib.chdb_result_length(result)
            return ctypes.string_at(self.lib.chdb_result_buffer(result), n).decode() if n else ""
        finally:
            self.lib.chdb_destroy_query_result(result)

    def close(self):
        self.lib.chdb_close_conn(self.connection)
