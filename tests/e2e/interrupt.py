#!/usr/bin/python3
# tests/run: may run beside others
"""Signals end every command within a second, with what it has: long commands on stories, stores and films that are made big enough.

What a command does after a signal is measured as its processor time, which a busy machine does not change. Each test makes sure that
the command was still at work when the signal came.
"""
import glob
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from lib import PATIENCE, PROGRAM, done, ok, preload, rows, run, set_home, skip, wait_for

TICKS = os.sysconf("SC_CLK_TCK")
THREADS = 2
MOST = 1.0 * THREADS + 0.5  # processor seconds from the signal to the end: a second on every thread, and the clock's grain
FILM = "stories/at-the-third-stroke/story.yaml"
HEAD = "frumious: 1\nid: org.example.big\ntitle: Big\nversion: '1'\nstart: n0\n"
OVER = "  over: {clip: {card: Over., for: 2s}, ending: {id: end, title: The end}}\n"
NOT_TOLD = "is not told"


# ---- stories --------------------------------------------------------------------------------------------------------

def question(i, options):
    return (f"  n{i}:\n    clip: {{card: x, for: 4s}}\n    decision: {{id: d{i}, opens: 1s, for: 2s, default: o0, checkpoint: false, "
            f"options: {{{', '.join(f'o{k}: {{text: T{k}, {o}}}' for k, o in enumerate(options))}}}}}\n")


def chain(n):
    """Every node asks, and each answer but one ends the film: each node needs a viewing of its own."""
    return HEAD + "nodes:\n" + "".join(question(i, [f"goto: {f'n{i + 1}' if i + 1 < n else 'over'}", "goto: over"]) for i in range(n)) + OVER


def flags(n):
    """As many states as there are ways, none equal to another."""
    state = "".join(f"  v{i}: {{type: int, min: 0, max: 63}}\n" for i in range(n))
    nodes = "".join(question(i, [f"do: v{i} = {k}, goto: {f'n{i + 1}' if i + 1 < n else 'last'}" for k in range(64)]) for i in range(n))
    total = " + ".join(f"v{i}" for i in range(n))
    return f"{HEAD}state:\n{state}nodes:\n{nodes}  last: {{clip: {{card: x, for: 1s}}, next: [{{when: {total} > 99, goto: n0}}, {{goto: over}}]}}\n{OVER}"


def draws(n):
    """Silent nodes in a circle that each draw where to go on: one step of the search follows all of it, again and again."""
    nodes = "".join(f"  n{i}: {{next: [{{random: [{{goto: n{(i + 1) % n}}}, {{goto: m{i}}}]}}]}}\n"
                    f"  m{i}: {{next: [{{random: [{{goto: n{(i + 1) % n}}}, {{goto: over}}]}}]}}\n" for i in range(n))
    return HEAD + "nodes:\n" + nodes + OVER


def silent(n):
    return HEAD + "nodes:\n" + "".join(f"  n{i}: {{next: {f'n{i + 1}' if i + 1 < n else 'over'}}}\n" for i in range(n)) + OVER


def tangle(n, each):
    """A graph in which everything leads everywhere."""
    rand = random.Random(1)
    return HEAD + "nodes:\n" + "".join(question(i, [f"goto: n{rand.randrange(n)}" for _ in range(each)] + ["goto: over"]) for i in range(n)) + OVER


def stuck(n):
    """Each of n answers leads to a place of its own where the film is stuck: n findings, each with a witness."""
    ways = "".join(question(i, [f"goto: n{i + 1}", f"goto: s{i}"]) + f"  s{i}: {{next: [{{when: seen(over), goto: over}}]}}\n" for i in range(n))
    return f"{HEAD}nodes:\n{ways}  n{n}: {{next: over}}\n{OVER}"


# ---- running --------------------------------------------------------------------------------------------------------

class Running:
    """One command. Its output goes into files, so that it never waits for this test."""

    def __init__(self, top, *args, ignore=(), env=None):
        def signals():
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN if number in ignore else signal.SIG_DFL)
        self.out, self.err = tempfile.TemporaryFile(dir=top), tempfile.TemporaryFile(dir=top)
        self.process = subprocess.Popen([PROGRAM, *args], stdin=subprocess.DEVNULL, stdout=self.out, stderr=self.err, preexec_fn=signals,
                                        env={**os.environ, **(env or {})})

    def alive(self):
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def cpu(self):
        """Also of a process that has ended and was not waited for."""
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def catches(self, number):
        """Has it come so far as to handle the signal?"""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as f:
            caught = [line.split()[1] for line in f if line.startswith("SigCgt:")]
        return bool(caught) and bool(int(caught[0], 16) >> number - 1 & 1)

    def reach(self, there):
        """Until there() is true, or it ends. Is it still at work?"""
        end = time.monotonic() + PATIENCE
        while self.alive() and not there() and time.monotonic() < end:
            time.sleep(0.005)
        return self.alive() and there()

    def end(self, number):
        """Sends the signal. Processor seconds until the end, or None: it does not end."""
        before = self.cpu()
        os.kill(self.process.pid, number)  # send_signal() would wait for a process that has ended
        if not wait_for(lambda: not self.alive(), f"{' '.join(self.process.args[1:3])} ends"):
            self.process.kill()
            self.process.wait()
            return None
        spent = self.cpu() - before
        self.process.wait()
        return spent

    def text(self):
        self.out.seek(0)
        self.err.seek(0)
        return self.out.read().decode(errors="replace"), self.err.read().decode(errors="replace")


def ends(what, r, there, number=signal.SIGINT):
    """The signal comes while it works; it ends with 130, soon. Its output and messages."""
    landed = r.reach(there)
    spent = r.end(number)
    out, err = r.text()
    ok(landed and r.process.returncode == 130 and spent is not None and spent <= MOST,
       f"{what}: {signal.Signals(number).name} ends it", f"at work: {landed}, exit {r.process.returncode}, {spent} s\n{out[-500:]}\n{err[-500:]}")
    return out, err


def at(r, seconds):
    return lambda: r.cpu() >= seconds


# ---- commands -------------------------------------------------------------------------------------------------------

def test_explore(top, stories):
    threads = ["-j", str(THREADS)]
    r = Running(top, "explore", *threads, stories["long"])
    out, err = ends("explore, while it loads", r, lambda: r.catches(signal.SIGINT))
    ok(not out and NOT_TOLD not in err, "and says nothing", out + err)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        r = Running(top, "explore", *threads, stories["flags"])
        out, err = ends("explore", r, at(r, 0.6), number)
        ok("partial" in out and "it was stopped" in out and NOT_TOLD not in err, "with what it has, which is said to be partial", out + err)
    r = Running(top, "explore", *threads, "--format", "json", stories["flags"])
    out, err = ends("explore, as JSON", r, at(r, 0.6))
    ok(json.loads(out or "{}").get("reason") == "it was stopped", "a whole document", out[:300] + err)
    r = Running(top, "explore", *threads, "--max-seconds", "1", stories["flags"])
    ok(wait_for(lambda p=r: not p.alive(), "the time limit"), "explore --max-seconds 1 ends")
    spent, code = r.cpu(), r.process.wait()
    out, err = r.text()
    ok(code == 1 and spent <= MOST + THREADS and "the limit on time was reached" in out, "in time, and says so", (code, spent, out[-500:], err))
    answer = run("explore", *threads, stories["draws"])
    ok(answer.code == 1 and "too many random routes" in answer.out, "silent nodes that draw without end are given up, which is said", answer)
    r = Running(top, "explore", *threads, stories["flags"], ignore=[signal.SIGHUP])
    landed = r.reach(at(r, 0.2))
    r.process.send_signal(signal.SIGHUP)
    before = r.cpu()
    ok(landed and r.reach(at(r, before + 0.3)), "under nohup, SIGHUP does nothing")
    r.end(signal.SIGTERM)


def test_witnesses(top, stories):
    r = Running(top, "explore", "-j", str(THREADS), "--witness", f"{top}/witnesses", stories["stuck"])
    out, err = ends("explore, while it writes witnesses", r, lambda: len(glob.glob(f"{top}/witnesses/*.transcript")) > 5)
    files = sorted(glob.glob(f"{top}/witnesses/*"))
    ok(5 < len(files) < 3000 and all(f.endswith(".transcript") for f in files), "some are there, and nothing half-written beside them", files[-5:])
    ok("before all witnesses were written" in err and "stuck" in out, "which is said, and the report comes all the same", out[-500:] + err)
    texts = [open(f, encoding="utf-8").read() for f in files]
    ok(all(t.startswith("frumious-transcript") and t.endswith("\n") for t in texts) and run("try", "--choose", files[-1], stories["stuck"]).code == 0,
       "each is whole", texts[-1][:300])


def test_others(top, stories):
    r = Running(top, "cover", stories["chain"])
    out, err = ends("cover", r, at(r, 0.6))
    ok("partial: it was stopped" in out and NOT_TOLD not in err, "with the viewings that it has", out[-300:] + err)
    r = Running(top, "simulate", "-j", str(THREADS), "--runs", "1000000000", stories["flags"])
    out, err = ends("simulate", r, at(r, 0.5), signal.SIGHUP)
    ok("(stopped)" in out and "Length: " in out, "with the viewers so far", out[-300:] + err)
    with open(f"{top}/slower.yaml", "w", encoding="utf-8") as f:
        f.write(chain(4000).replace("for: 2s", "for: 3s"))
    r = Running(top, "diff", stories["chain"], f"{top}/slower.yaml")
    out, err = ends("diff", r, at(r, 0.9), signal.SIGHUP)
    ok("Recorded numbers" in out and "not every node was tried" in out and NOT_TOLD not in err, "with the places that it has left so far", out[-300:] + err)
    r = Running(top, "diff", "--max-seconds", "1", stories["chain"], f"{top}/slower.yaml")
    ok(wait_for(lambda p=r: not p.alive(), "the time limit") and "not every node was tried" in r.text()[0], "diff --max-seconds 1 ends, and says so", r.text()[1])
    r.process.wait()
    r = Running(top, "graph", "--plain", stories["tangle"])
    ends("graph, inside Graphviz", r, at(r, 0.6))
    ok(not r.text()[0], "and draws nothing")
    r = Running(top, "check", "--deep", FILM)
    out, err = ends("check --deep", r, at(r, 0.8))
    ok("partial: it was interrupted" in out and NOT_TOLD not in err, "and says what was decoded", out[-300:] + err)
    r = Running(top, "play", "--headless", "--no-telemetry", "--choose", "random", "--seed", "3", "--record", f"{top}/play.transcript", "--screenshots", f"{top}/pictures",
                "--cuts", FILM)
    ends("play --headless", r, lambda: glob.glob(f"{top}/pictures/*.png"))
    ok(open(f"{top}/play.transcript", encoding="utf-8").read().rstrip().rsplit("\n", 1)[-1].startswith("stop "), "and the transcript says where it was left")


# ---- decoders that don't come back ------------------------------------------------------------------------------------

def with_fault(top, library, name, env, *args):
    """A command with a library of tests/faults in front of others, and whether its fault has struck: then it has written into its log."""
    log = f"{top}/{name}.fault"
    return (Running(top, *args, env={"LD_PRELOAD": library, "STUCK_LOG": log, "SLOW_LOG": log, **env}),
            lambda: os.path.exists(log) and os.path.getsize(log) > 0)


def decode_until_stuck(top, library, name, after, *args):
    """A decoder never comes back from its call after so many packets."""
    return with_fault(top, library, name, {"STUCK_AFTER": str(after)}, *args)


def test_stuck_decoders(top):
    library, store, transcript = f"{top}/stuck_decoder.so", f"{top}/stuck.sqlite", f"{top}/stuck.transcript"
    if not preload("faults/stuck_decoder.c", library, "-ldl"):
        skip("decoders that don't come back", "no C compiler")
        return
    for number in (signal.SIGINT, signal.SIGTERM):
        r, there = decode_until_stuck(top, library, f"play{number}", 60, "play", "--headless", "--resume", "--restart", "--store", store, "--record", transcript, FILM)
        ends("play, inside a decoder", r, there, number)
        with open(transcript, encoding="utf-8") as f:
            ok(f.read().rstrip().rsplit("\n", 1)[-1].startswith("stop "), "the transcript says where it was left")
        saved = glob.glob(f"{os.environ['HOME']}/.local/share/frumious/saves/*/last.transcript")
        ok(saved and "\nstop " in open(saved[0], encoding="utf-8").read(), "and so does the saved place", saved)
    ok(len(rows(store, "SELECT 1 FROM viewing")) == 2, "the store has both viewings")
    for name, args in (("check", ["check", FILM]), ("deep", ["check", "--deep", FILM])):
        r, there = decode_until_stuck(top, library, name, 0, *args)
        out, err = ends(f"{' '.join(args[:-1])}, inside a decoder", r, there, signal.SIGTERM)
        ok("partial: it was interrupted" in out and NOT_TOLD not in err, "with what it has found", out + err)


# ---- disks that hang ------------------------------------------------------------------------------------------------

HOUR_MS = 3600000
FORGET = (HEAD + "nodes:\n  n0:\n    clip: {card: x, for: 1s}\n"
          "    decision: {id: d, opens: 200ms, for: 500ms, default: a, options: {a: {text: A, forget: true}, b: B}}\n    next: long\n"
          "  long: {clip: {card: y, for: 10m}, next: over}\n" + OVER)


def hang(top, library, name, file, *args, at="SLOW_FILE"):
    """A disk stands still for an hour at one file, or (SLOW_NAME) as that is put into its place."""
    return with_fault(top, library, name, {"SLOW_STALL": str(HOUR_MS), at: file}, *args)


def test_hanging_disks(top, stories):
    library, store, transcript = f"{top}/slow_disk.so", f"{top}/hung.sqlite", f"{top}/hung.transcript"
    if not preload("faults/slow_disk.c", library, "-ldl"):
        skip("disks that hang", "no C compiler")
        return
    with open(f"{top}/forget.yaml", "w", encoding="utf-8") as f:
        f.write(FORGET)
    with open(f"{top}/short.yaml", "w", encoding="utf-8") as f:
        f.write(chain(2))
    short = ["play", "--headless", "--store", store, f"{top}/short.yaml"]
    ok(run(*short).code == 0, "a store")
    for name, words in (("keep", "the store does not answer; what was decided last comes there at the next start"),
                        ("forget", "could not be erased: the store could not be written; `frumious telemetry erase last` tries again")):
        r, there = hang(top, library, name, "hung.sqlite-wal", "play", "--headless", "--realtime", "--choose", "first",
                        "--store", store, "--record", transcript, f"{top}/forget.yaml")
        out, err = ends(f"play, while its store's disk hangs ({name})", r, lambda n=name, p=r, t=there: t() and (n == "keep" or "long" in p.text()[0]), signal.SIGTERM)
        ok(words in err, "which is said", out + err)
        with open(transcript, encoding="utf-8") as f:
            ok(f.read().rstrip().rsplit("\n", 1)[-1].startswith("stop "), "the transcript is there, and says where it was left")
    before = len(rows(store, "SELECT 1 FROM viewing"))
    ok(run(*short).code == 0 and len(rows(store, "SELECT 1 FROM viewing")) > before + 1,
       "the next start brings what the store lacks")
    r, there = hang(top, library, "read", "hung.sqlite", *short)
    out, err = ends("play, while it waits to read its store", r, there, signal.SIGHUP)
    ok("does not answer" in err, "which is said", out + err)
    for args in (["check"], ["check", "--deep"]):
        r, there = hang(top, library, "hung-" + "-".join(args), "bed-corridor.flac", *args, FILM)
        out, err = ends(f"{' '.join(args)}, while a disk hangs", r, there)
        ok("partial: it was interrupted" in out and NOT_TOLD not in err, "with what it has found", out[-500:] + err)
    test_hanging_names(top, library, stories)


def test_hanging_names(top, library, stories):
    """A file is written, and the disk hangs as it is put into its place."""
    settings = f"{os.environ['HOME']}/.config/frumious/settings.ini"
    ok(run("telemetry", "viewer", "new").code == 0, "settings")
    with open(settings, encoding="utf-8") as f:
        before = f.read()
    for name, file, args in (("settings", "settings.ini", ["telemetry", "viewer", "new"]),
                             ("witness", "ending-end.transcript", ["explore", "-j", str(THREADS), "--witness", f"{top}/hung", stories["stuck"]])):
        r, there = hang(top, library, f"named-{name}", file, *args, at="SLOW_NAME")
        out, err = ends(f"{args[0]}, while a file's place does not come", r, there, signal.SIGTERM)
        ok("a disk does not take a file" in err and err.count("frumious: interrupted") == (name == "witness") + 1, "which is said", out + err)
    with open(settings, encoding="utf-8") as f:
        ok(f.read() == before, "and the file that was there stays")


# ---- stores ---------------------------------------------------------------------------------------------------------

def is_sound(store):
    with sqlite3.connect(store) as db:
        return db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_long_texts(top):
    """One statement brings in many long texts: a signal does not wait for its end."""
    long, into = f"{top}/long.sqlite", f"{top}/long-all.sqlite"
    with open(f"{top}/long.yaml", "w", encoding="utf-8") as f:
        f.write(chain(2))
    run("play", "--headless", "--store", long, f"{top}/long.yaml")
    with sqlite3.connect(long) as db:
        db.executemany("INSERT INTO node(story, name, hash) SELECT id, ?, ? FROM story", ((f"{'x' * 100000}{i}", i) for i in range(1000)))
    r = Running(top, "merge", into, long)
    out, err = ends("merge, in the middle of long texts", r, lambda: os.path.exists(into + "-wal") and os.path.getsize(into + "-wal") > 1e7)
    ok(is_sound(into) and "merge it once more" in err and NOT_TOLD not in err and "0 viewings" in out, "and nothing of them is there", out + err)
    r = run("merge", into, long)
    with sqlite3.connect(into) as db:
        ok(r.code == 0 and "1 viewing " in r.out and db.execute("SELECT count(*) FROM node WHERE length(name) > 100000").fetchone()[0] == 1000,
           "merged once more, all is there", r)


def test_stores(top):
    big = f"{top}/big.sqlite"
    r = Running(top, "audience", "--store", big, "--viewings", "1000000")
    ends("audience", r, lambda: os.path.exists(big) and os.path.getsize(big) > 1e7)
    ok(is_sound(big), "and the store is sound")
    r = Running(top, "merge", f"{top}/all.sqlite", big)
    out, err = ends("merge", r, lambda: os.path.exists(f"{top}/all.sqlite") and os.path.getsize(f"{top}/all.sqlite") > 1e6, signal.SIGTERM)
    ok(is_sound(f"{top}/all.sqlite") and "merge it once more" in err and "brought in" in out, "and the store is sound, with a part of the other", out + err)
    test_long_texts(top)
    for words, args in (("report", ["report", "--recount", "--format", "html", "--store", big]), ("telemetry export", ["telemetry", "export", "--store", big])):
        r = Running(top, *args)
        ends(words, r, at(r, 0.1), signal.SIGHUP)
    return big


# ---- report --watch -------------------------------------------------------------------------------------------------

def get(port, method="GET", path="/"):
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    c.request(method, path)
    r = c.getresponse()
    body = r.read()
    c.close()
    return r.status, r.getheader("Content-Length"), body


def drip(port, stop, closed):
    """A caller that sends a byte now and then, and never a whole request; another one as soon as it is closed."""
    while not stop.is_set():
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
                s.sendall(b"GET / HTTP/1.1\r\nX: ")
                while not stop.wait(0.1):
                    s.sendall(b"x")
        except OSError:
            closed.append(1)
            if stop.wait(0.05):
                return


def take_nothing(port):
    """A caller that asks and does not read."""
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    s.connect(("127.0.0.1", port))
    s.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    return s


def test_watch(top):
    store, stop, closed = f"{top}/watched.sqlite", threading.Event(), []
    ok(run("audience", "--store", store, "--viewings", "60").code == 0, "a store to watch")
    r = Running(top, "report", "--watch", "--store", store)
    address = wait_for(lambda: r.text()[0].strip() if r.text()[0].endswith("\n") else None, "report --watch listens")
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    callers = [threading.Thread(target=drip, args=(port, stop, closed), daemon=True) for _ in range(40)]
    for caller in callers:
        caller.start()
    idle = [take_nothing(port) for _ in range(3)]
    wait_for(lambda: closed, "there are more callers than places")
    status, length, body = get(port)
    ok(status == 200 and len(body) == int(length), "40 callers who drip lock nobody out", (status, length, len(body)))
    status, length, nothing = get(port, "HEAD")
    ok(status == 200 and not nothing and int(length) == len(body), "HEAD has the page's length, and no page", (status, length, len(nothing)))
    ok(get(port, "HEAD", "/tag")[0] == 200 and get(port, "PUT")[0] == 405, "also of the tag; nothing can be put there")
    ends("report --watch, while they go on", r, lambda: True, signal.SIGHUP)
    stop.set()
    for s in idle:
        s.close()
    for caller in callers:
        caller.join()


def sockets(port):
    """(state, bytes that wait to be taken) of the connections that the server of this port has, as the kernel tells it."""
    with open("/proc/net/tcp", encoding="ascii") as f:
        lines = [line.split() for line in f.readlines()[1:]]
    return [(line[3], int(line[4].split(":")[0], 16)) for line in lines if line[1] == f"0100007F:{port:04X}" and line[3] != "0A"]


OPEN = "01"


def test_watch_alone(top):
    """Few callers, whom no other one displaces: each is left after a time all the same. The server's clock runs fast."""
    library, store, stop, closed = f"{top}/fast_clock.so", f"{top}/watched.sqlite", threading.Event(), []
    if not preload("faults/fast_clock.c", library, "-ldl"):
        skip("report --watch and few callers", "there is no C compiler here")
        return
    r = Running(top, "report", "--watch", "--store", store, env={"LD_PRELOAD": library, "FAST_CLOCK": "20"})
    address = wait_for(lambda: r.text()[0].strip() if r.text()[0].endswith("\n") else None, "report --watch listens")
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    silent = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    ok(silent.recv(1) == b"", "who says nothing is left")
    silent.close()
    caller = threading.Thread(target=drip, args=(port, stop, closed), daemon=True)
    caller.start()
    ok(wait_for(lambda: len(closed) > 1, "it is left"), "who drips is left, however often", closed)
    stop.set()
    caller.join()
    full = take_nothing(port)
    ok(wait_for(lambda: any(state == OPEN and waiting for state, waiting in sockets(port)), "it waits"), "a page that nobody takes waits in the server")
    ok(wait_for(lambda: not any(state == OPEN for state, _ in sockets(port)), "it is left"), "and who takes nothing is left", sockets(port))
    full.close()
    ends("report --watch with a fast clock", r, lambda: True, signal.SIGHUP)


def test_watch_places(top):
    """Who gives up a place when all are taken: the one that has not asked for longest, and none that is being answered."""
    library, store = f"{top}/fast_clock.so", f"{top}/watched.sqlite"
    if not os.path.exists(library):
        skip("report --watch and its places", "there is no C compiler here")
        return
    r = Running(top, "report", "--watch", "--store", store, env={"LD_PRELOAD": library})
    address = wait_for(lambda: r.text()[0].strip() if r.text()[0].endswith("\n") else None, "report --watch listens")
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    reader = take_nothing(port)
    ok(wait_for(lambda: any(state == OPEN and waiting for state, waiting in sockets(port)), "it waits"), "one is being answered")
    silent = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(31)]
    honest = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    honest.sendall(b"GET /tag HTTP/1.1\r\n")
    silent += [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(5)]
    ok(wait_for(lambda: sum(state == OPEN for state, _ in sockets(port)) == 32, "places are taken"), "thirty-two have a place", sockets(port))
    ok(all(s.recv(1) == b"" for s in silent[:6]), "the oldest of those who say nothing give up their places")
    honest.sendall(f"Host: 127.0.0.1:{port}\r\n\r\n".encode())
    ok(honest.recv(4096).startswith(b"HTTP/1.1 200 "), "who is in the middle of a question gets an answer")
    reader.settimeout(PATIENCE)
    page = b""
    try:
        while piece := reader.recv(1 << 16):
            page += piece
    except ConnectionError:
        pass
    head, _, body = page.partition(b"\r\n\r\n")
    ok(f"Content-Length: {len(body)}\r\n".encode() in head, "and who was being answered gets all of it", (head, len(body)))
    for s in (reader, honest, *silent):
        s.close()
    ends("report --watch, all places taken", r, lambda: True, signal.SIGHUP)


def main():
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        stories = {}
        for name, text in (("chain", chain(4000)), ("flags", flags(10)), ("draws", draws(3000)), ("tangle", tangle(400, 10)), ("long", silent(60000)), ("stuck", stuck(2500))):
            stories[name] = f"{top}/{name}.yaml"
            with open(stories[name], "w", encoding="utf-8") as f:
                f.write(text)
        if not os.path.exists("/proc/self/stat"):
            skip("signals", "no /proc")
            return done()
        test_explore(top, stories)
        test_witnesses(top, stories)
        test_others(top, stories)
        test_stuck_decoders(top)
        test_hanging_disks(top, stories)
        test_stores(top)
        test_watch(top)
        test_watch_alone(top)
        test_watch_places(top)
    return done()


if __name__ == "__main__":
    sys.exit(main())
