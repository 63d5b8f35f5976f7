"""Debian's clickhouse-server and zookeeper, unpacked into a folder of the tests' own.

Nothing is installed: no service is registered or started, /etc and /var stay as they are, and no root is needed. What
the machine lacks of the two packages and what they depend on is fetched by apt-get and unpacked by dpkg-deb; what it
has already is used where it lies.
"""

import glob
import os
import re
import shutil
import subprocess
import sys

WANTED = ("clickhouse-server", "zookeeper")
LIBRARIES = "usr/lib/x86_64-linux-gnu"


class Missing(Exception):
    """The packages cannot be had. It says why, and what helps."""


def ask_apt(*arguments, **kw):
    try:
        return subprocess.run(["apt-get", *arguments], capture_output=True, text=True, timeout=1200, **kw)
    except FileNotFoundError:
        raise Missing("there is no apt-get here: this test takes its servers from Debian's packages") from None
    except subprocess.TimeoutExpired:
        raise Missing("apt-get %s does not come back" % arguments[0]) from None


def missing_packages():
    """What apt-get would install for them, itself included."""
    plan = ("-s", "install", "--no-install-recommends", *WANTED)
    say = ask_apt(*plan)
    if say.returncode and os.geteuid() == 0:  # an empty Debian knows no packages yet
        ask_apt("update", "-qq")
        say = ask_apt(*plan)
    if say.returncode:
        raise Missing("apt-get knows no %s (`apt-get update`, as root, may help):\n%s" % (" and no ".join(WANTED), say.stderr.strip()))
    return re.findall(r"^Inst (\S+)", say.stdout, re.M)


def unpack(folder):
    """Makes folder/root, once. Returns its path."""
    root = os.path.join(folder, "root")
    done = os.path.join(folder, "unpacked")
    if os.path.exists(done):
        return root
    debs = os.path.join(folder, "debs")
    for one in (debs, root):  # what was cut off is done anew
        shutil.rmtree(one, ignore_errors=True)
        os.makedirs(one)
    names = missing_packages()
    if names:
        got = ask_apt("download", "-qq", *names, cwd=debs)
        if got.returncode:
            raise Missing("apt-get cannot download what the servers need:\n" + got.stderr.strip())
    for deb in sorted(os.listdir(debs)):
        out = subprocess.run(["dpkg-deb", "-x", os.path.join(debs, deb), root], capture_output=True, text=True, timeout=300, check=False)
        if out.returncode:
            raise Missing("dpkg-deb cannot unpack %s:\n%s" % (deb, out.stderr.strip()))
    shutil.rmtree(debs)
    relink(root)
    with open(done, "w", encoding="utf-8") as f:
        f.write("\n".join(names))
    return root


def relink(root):
    """What links to a place of the whole system, as Java does to its settings, links to the same place in here, if it is here."""
    for folder, folders, names in os.walk(root):
        for path in (os.path.join(folder, name) for name in folders + names):
            if os.path.islink(path) and os.path.isabs(os.readlink(path)) and os.path.lexists(root + os.readlink(path)):
                target = root + os.readlink(path)
                os.unlink(path)
                os.symlink(target, path)


def java(root):
    """The machine's own, or the one that was unpacked, whose name in usr/bin only an installation makes."""
    found = [path for path in [shutil.which("java"), *glob.glob(os.path.join(root, "usr/lib/jvm/*/bin/java"))] if path]
    if not found:
        raise Missing("there is no Java in what Debian's packages depend on")
    return found[0]


def program(root, name):
    """A program's path: unpacked, or the machine's own."""
    for place in (os.path.join(root, "usr/sbin"), os.path.join(root, "usr/bin"), "/usr/sbin", "/usr/bin"):
        path = os.path.join(place, name)
        if os.access(path, os.X_OK):
            return path
    raise Missing("there is no program %s in Debian's packages" % name)


def library_path(root):
    return ":".join(os.path.join(root, place) for place in (LIBRARIES, LIBRARIES.removeprefix("usr/")))


def class_path(root):
    """ZooKeeper's jars, as its Debian package lists them."""
    names = ("zookeeper.jar", "zookeeper-jute.jar", "slf4j-api.jar", "slf4j-nop.jar", "netty-handler.jar",
             "netty-transport.jar", "netty-transport-native-epoll.jar", "netty-transport-native-unix-common.jar",
             "netty-common.jar", "netty-buffer.jar", "netty-codec.jar", "netty-resolver.jar", "metrics-core.jar",
             "snappy-java.jar", "jackson-core.jar", "jackson-databind.jar", "jackson-annotations.jar",
             "commons-cli.jar", "log4j-1.2.jar")
    found = []
    for name in names:
        for place in (os.path.join(root, "usr/share/java"), "/usr/share/java"):
            if os.path.exists(os.path.join(place, name)):
                found.append(os.path.join(place, name))
                break
    return ":".join(found)


if __name__ == "__main__":
    print(unpack(sys.argv[1]))
