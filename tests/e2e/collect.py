#!/usr/bin/python3
# tests/run: may run beside others
"""The collector: what several devices share arrives once and whole, and its report is that of their stores merged, to the byte. Devices
are played for by a small sender of our own; what they send comes out of real stores. Then hostile clients, a full disk, kills before and
after a commit, late arrivals after an erasure: each case makes sure that its fault happened."""
import gzip
import hashlib
import hmac
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
import tempfile
import threading
import time
import uuid

sys.dont_write_bytecode = True
import lib
from lib import PATIENCE, done, free_ports, ok, set_home, skip, wait_for

TOKEN = "0123456789abcdef-the-token"
STORY = "org.example.film"
DEVICES, PLAYS = 3, 4
FIELDS = ("started_ms", "mode", "chooser", "time_mode", "seed", "engine", "nth", "language", "subtitles", "channel", "arms")


# ---- devices ------------------------------------------------------------------------------------------------------------------

class Device:
    """A store with viewings, as a sender sees it."""

    def __init__(self, top, number, film):
        self.store = f"{top}/device{number}.sqlite"
        self.secret = hashlib.sha256(b"secret %d" % number).digest()
        for i in range(PLAYS):
            r = lib.run("play", "--headless", "--choose", "random", "--seed", str(10 * number + i), "--language", "en", "--store", self.store, film)
            assert r.code == 0, r
        self.humanize(number)
        r = lib.run("telemetry", "export", "all", "--superseded", "--store", self.store)
        assert r.code == 0, r
        self.viewings = self.read(r.out)

    def humanize(self, number):
        """Machines' plays count as those of people, with a link and a place among them."""
        db = sqlite3.connect(self.store)
        db.execute("INSERT INTO viewer(uuid) VALUES(?)", (bytes([number]) * 16,))
        for place, (viewing,) in enumerate(db.execute("SELECT id FROM viewing ORDER BY id").fetchall(), 1):
            db.execute("UPDATE viewing SET mode = 0, chooser = 0, viewer = (SELECT max(id) FROM viewer), nth = ? WHERE id = ?", (place, viewing))
        db.execute("UPDATE outcome SET given = 1 WHERE given = 6")
        db.commit()
        db.close()

    @staticmethod
    def read(text):
        """[(header, [event])] of an export, everything in the order of its numbers."""
        found = []
        for line in text.splitlines():
            row = json.loads(line)
            kind = row.pop("record")
            row.pop("viewing") if kind != "viewing" else None
            if kind == "viewing":
                found.append((row, []))
                continue
            if kind == "superseded":
                kind = row.pop("kind")
                row.update(row.pop("body"))
            found[-1][1].append(dict(row, event=kind))
        for _, events in found:
            events.sort(key=lambda e: e["seq"])
        return found

    def key(self, viewing):
        return hmac.new(self.secret, viewing.encode(), "sha256").hexdigest()

    def batch(self, header, events, **change):
        viewer = header["viewer"] and hmac.new(self.secret, header["viewer"].encode(), "sha256").hexdigest()
        made = {"format": 1, "batch": str(uuid.uuid4()),
                "story": {"id": header["story"], "version": header["version"], "hash": header["story_hash"]},
                "consent": {"text": hashlib.sha256(b"May we?").hexdigest(), "language": "en", "answered_ms": 1700000000000},
                "viewing": {"id": header["viewing"], **{name: header[name] for name in FIELDS}},
                "viewer": viewer, "key": self.key(header["viewing"]), "from": events[0]["seq"], "to": events[-1]["seq"],
                "sent_ms": int(time.time() * 1000), "events": events}
        made.update(change)
        return made


# ---- the collector ------------------------------------------------------------------------------------------------------------

class Collector:
    def __init__(self, top, film, *more, store="central.sqlite", prefix=(), address=None):
        self.store = f"{top}/{store}"
        self.log = open(f"{top}/log", "a+", encoding="utf-8")
        command = [*prefix, lib.PROGRAM, "collect", "--store", address or f"sqlite:{self.store}", "--story", film, "--token-file", f"{top}/tokens",
                   "--listen", "127.0.0.1:0", "--rate", "0", *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listens at http://127\.0\.0\.1:(\d+)\n", line)
        assert found, (line, self.said())
        self.port = int(found[1])

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def ask(self, method, path, body=None, **headers):
        """(status, headers, parsed body or text) of a request on a connection of its own."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            c.request(method, path, body=body, headers=headers)
            r = c.getresponse()
            text = r.read().decode()
            kind = r.headers.get("Content-Type", "")
            return r.status, r.headers, json.loads(text) if kind.startswith("application/json") else text
        finally:
            c.close()

    def post(self, document, path="/v1/viewings", token=TOKEN, pack=True, **headers):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        if pack and not isinstance(document, bytes):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.ask("POST", path, body, **headers)

    def erase(self, device, *viewings, key=None):
        return self.post({"format": 1, "erasures": [{"viewing": v, "key": key or device.key(v)} for v in viewings]}, "/v1/erasures")

    def metric(self, name):
        text = self.ask("GET", "/metrics")[2]
        return float(re.search(rf"^frumious_collect_{re.escape(name)} (\S+)$", text, re.M)[1])

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        self.log.close()
        return code


def expect(answer, status, error, what):
    got = answer[2].get("error") if isinstance(answer[2], dict) else answer[2]
    return ok(answer[0] == status and got == error, what, f"{answer[0]} {answer[2]}, wanted {status} {error}")


def send_all(collector, devices, rand):
    """Everything, in batches split anywhere, those of different viewings mixed, some of them again. Returns how many were sent."""
    lines = []
    for device in devices:
        for header, events in device.viewings:
            at, batches = 0, []
            while at < len(events):
                n = rand.randint(1, 6)
                batches.append((device, header, events[max(0, at - rand.randint(0, 2)):at + n]))
                at += n
            lines.append(batches)
    sent = wrong = 0
    while lines:
        line = rand.choice(lines)
        device, header, events = line.pop(0)
        if not line:
            lines.remove(line)
        document = device.batch(header, events)
        for _ in range(3 if rand.random() < 0.3 else 1):
            status, _, body = collector.post(document, pack=rand.random() < 0.7)
            sent += 1
            if status != 200 or body != {"viewing": header["viewing"], "acknowledged": events[-1]["seq"]}:
                wrong += 1
                print(f"#   {status} {body}")
    ok(not wrong, f"{sent} batches, split anywhere and some of them three times, are acknowledged")
    return sent


TABLES = ("visit", "leave", "exposure", "outcome", "reached", "stall", "gap", "resume", "finish", "superseded")


def events_in(store):
    """Every event of a store by viewing and number, without its own ids."""
    return {(line["viewing"], line["seq"]): line for line in map(json.loads, lib.run("telemetry", "export", "all", "--superseded", "--store", store).out.splitlines())
            if line["record"] != "viewing"}


def test_same_report(top, film, devices):
    collector = Collector(top, film)
    send_all(collector, devices, random.Random(23))
    ok(collector.stop() == 0, "asked to end, it ends well")
    sources = {}
    for device in devices:
        sources.update(events_in(device.store))
    ok(events_in(collector.store) == sources, f"exactly the {len(sources)} events that were recorded are there, none twice")
    os.makedirs(f"{top}/merged", exist_ok=True)
    r = lib.run("merge", f"{top}/merged/central.sqlite", *(device.store for device in devices))
    ok(r.code == 0, "the stores are merged", r)
    for how in ([], ["--format", "json"], ["--format", "csv"], ["--viewers"], ["--over", "day"], ["--by", "language"], ["--recount"]):
        got = lib.run("report", "--store", "central.sqlite", *how, cwd=top)
        wanted = lib.run("report", "--store", "central.sqlite", *how, cwd=f"{top}/merged")
        ok(got.code == 0 and got.out == wanted.out and len(got.out) > 100, f"the report is that of the stores merged, to the byte: {' '.join(how) or 'text'}",
           f"{got.out}\n---\n{wanted.out}")


# ---- what is refused -----------------------------------------------------------------------------------------------------------

def test_refusals(collector, device):
    header, events = device.viewings[0]
    good = device.batch(header, events)
    expect(collector.post(good, token=None), 403, "token", "without a token, nothing")
    expect(collector.post(good, token="0123456789abcdef-another"), 403, "token", "nor with another one")
    expect(collector.post(dict(good, story=dict(good["story"], version="9"))), 422, "story", "a version that nobody knows")
    expect(collector.post({k: v for k, v in good.items() if k != "consent"}), 422, "consent", "without consent, nothing")
    expect(collector.post(dict(good, events=[dict(events[0], node="attic"), *events[1:]])), 422, "name", "a node that the story has not")
    expect(collector.post(dict(good, events=[dict(events[0], at_ms="0"), *events[1:]])), 422, "invalid", "a number as a text")
    expect(collector.post(dict(good, events=events[:1] + events[2:])), 422, "invalid", "a hole within")
    expect(collector.post(device.batch(header, events[2:])), 409, "hole", "events that begin too late")
    ok(collector.post(device.batch(header, events[2:]))[2]["expected"] == 1, "and which one is wanted")
    expect(collector.post(b"{}", **{"Content-Encoding": "br"}), 415, "type", "packed in another way")
    expect(collector.post(b"[" * 200000), 400, "malformed", "brackets without end")
    expect(collector.post(b"x" * 300000), 413, "too-large", "too large a body")
    expect(collector.post(b""), 400, "malformed", "no body at all")
    expect(collector.ask("GET", "/v1/viewings"), 405, "method", "another method")
    c = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=PATIENCE)
    told = []
    for method, path in (("GET", "/health"), ("HEAD", "/health"), ("GET", "/nothing"), ("POST", "/v1/erasures"), ("GET", "/metrics")):
        c.request(method, path, body=b"{}" if method == "POST" else None)
        told.append((c.getresponse(), c.sock))
        told[-1][0].read()
    ok([r.status for r, _ in told] == [200, 200, 404, 403, 200] and len({id(sock) for _, sock in told}) == 1, "one connection serves for several requests, refused ones too", told)
    c.close()
    expect(collector.ask("GET", "/etc/passwd"), 404, "not-found", "another address")
    ok(collector.post(good)[0] == 200, "the same without a mistake is taken")
    changed = [dict(e, at_ms=e["at_ms"] + 1) if i == 1 else e for i, e in enumerate(events)]
    expect(collector.post(device.batch(header, changed)), 409, "conflict", "the same numbers with another content")
    expect(collector.post(dict(good, viewing=dict(good["viewing"], started_ms=5))), 409, "conflict", "the same viewing with another beginning")
    return header["viewing"]


def test_hostile(collector, device, victim):
    header, events = device.viewings[1]
    good = device.batch(header, events)
    packed = gzip.compress(json.dumps(good).encode())
    zipped = {"Content-Encoding": "gzip"}
    expect(collector.post(packed[:-9], **zipped), 400, "malformed", "gzip that is cut off")
    expect(collector.post(packed + b"more", **zipped), 400, "malformed", "gzip with something behind it")
    bomb = gzip.compress(b"\0" * 200_000_000, 9)
    ok(len(bomb) < 256 * 1024, f"a bomb of {len(bomb)} bytes")
    expect(collector.post(bomb, **zipped), 413, "too-large", "is not unpacked")
    peak = resident(collector)
    ok(peak < 150_000, f"memory stays bounded ({peak} KiB at most)")
    # Somebody who knows nothing but the id of another's viewing.
    stolen = dict(good, viewing=dict(good["viewing"], id=victim), key="ab" * 32)
    expect(collector.post(stolen), 403, "key", "another's viewing takes nothing from a stranger")
    answer = collector.erase(device, victim, key="ab" * 32)
    ok(answer[0] == 200 and answer[2]["erasures"] == [{"viewing": victim, "error": "key"}], "nor can a stranger erase it", answer)
    unborn = str(uuid.uuid4())
    collector.erase(device, unborn, key="ab" * 32)
    forged = dict(good, viewing=dict(good["viewing"], id=unborn), key=device.key(unborn))
    ok(collector.post(forged)[0] == 200, "nor keep a viewing out that is to come")
    ok(collector.erase(device, unborn)[2]["erasures"][0].get("confirmed_ms", 0) > 0, "which its own device can erase")
    for name, value in (("a list", [1, 2]), ("null", None), ("a number", 7), ("deep", [[[[[[[[]]]]]]]])):
        answer = collector.post(dict(good, viewing=value))
        ok(answer[0] in (400, 422), f"{name} in the place of a viewing is refused", answer)


def raw(collector, *lines):
    """A connection on which the head of a request was sent that says who sends it."""
    s = socket.create_connection(("127.0.0.1", collector.port), timeout=PATIENCE)
    s.sendall("\r\n".join(["POST /v1/viewings HTTP/1.1", "Host: x", f"Authorization: Bearer {TOKEN}", *lines, "", ""]).encode())
    return s


def test_endless(collector, device):
    """A body that says that it is endless is refused at once, and one that only is so is cut off."""
    with raw(collector, f"Content-Length: {1 << 40}") as s:
        said = s.recv(4096)
    ok(said.startswith(b"HTTP/1.1 413 "), "a body of a terabyte is refused by its head", said[:100])
    before, sent = collector.metric("cut_off_total"), 0
    with raw(collector, "Transfer-Encoding: chunked") as s:
        try:
            while sent < 64 << 20:
                s.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
                sent += 0x10000
        except OSError:
            pass
    ok(1 << 20 < sent < 64 << 20 and collector.metric("cut_off_total") > before, "one without end is cut off", sent)
    ok(collector.post(device.batch(*device.viewings[1]))[0] == 200, "and others are served")


def open_files(collector):
    return len(os.listdir(f"/proc/{collector.process.pid}/fd"))


def test_connections(top, film, devices):
    """So many connections at once, and of one address fewer."""
    collector = Collector(top, film, "--connections-of-one", "5", "--connections", "40", store="few.sqlite")
    many = []
    try:
        many = [socket.create_connection(("127.0.0.1", collector.port), timeout=PATIENCE, source_address=("127.2.0.1", 0)) for _ in range(20)]
        ended = select.select(many, [], [], PATIENCE)[0]
        ok(wait_for(lambda: len(select.select(many, [], [], 0)[0]) >= 15, "they are closed") and collector.metric("connections") <= 6, "of twenty of one address five may stay",
           (len(ended), collector.metric("connections")))
        ok(collector.post(devices[0].batch(*devices[0].viewings[0]))[0] == 200, "and others are served")
        for s in many:
            s.close()
        ok(wait_for(lambda: collector.metric("connections") <= 1, "they are gone"), "and all is as before")
        before = open_files(collector)
        many = [socket.create_connection(("127.0.0.1", collector.port), timeout=PATIENCE, source_address=(f"127.3.{i}.1", 0)) for i in range(200)]
        seen = [0]
        wait_for(lambda: seen.append(open_files(collector)) or seen[-1] > before + 20 and seen[-1] == seen[-20 if len(seen) > 20 else 0], "no more are let in")
        ok(20 < max(seen) - before <= 40, "of two hundred addresses forty are let in", (before, max(seen)))
    finally:
        for s in many:
            s.close()
        collector.stop()


def test_slow(top, film, devices):
    """Senders that drip must not keep others from being served, nor stay."""
    collector = Collector(top, film, "--request-seconds", "1", "--connections-of-one", "1000", store="slow.sqlite")
    try:
        drips = [socket.create_connection(("127.0.0.1", collector.port)) for _ in range(40)]
        for i, s in enumerate(drips):
            s.sendall(b"POST /v1/view" if i % 2 else
                      b"POST /v1/viewings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + TOKEN.encode() + b"\r\nContent-Length: 1000\r\n\r\n{")
        header, events = devices[0].viewings[0]
        ok(collector.post(devices[0].batch(header, events))[0] == 200, "while 40 drip, others are served")
        ok(wait_for(lambda: collector.metric("cut_off_total") >= 40, "they are cut off"), "who takes too long is cut off")
        gone = 0
        for s in drips:
            s.settimeout(PATIENCE)
            try:
                gone += s.recv(1) == b""
            except ConnectionError:
                gone += 1
            s.close()
        ok(gone == 40, "each of them", gone)
    finally:
        collector.stop()


THOUSAND = 1100  # more than the files that a program may have open if it does not ask


def hostile_requests(device, victim):
    """What hostile clients send: each the beginning of a connection, and most of them all of it."""
    header, events = device.viewings[1]
    good = device.batch(header, events)
    packed = gzip.compress(json.dumps(good).encode())

    def post(body, *more, length=None):
        return "\r\n".join(["POST /v1/viewings HTTP/1.1", "Host: x", f"Authorization: Bearer {TOKEN}", *more,
                            f"Content-Length: {len(body) if length is None else length}", "", ""]).encode() + body

    def batch(**change):
        return post(json.dumps(dict(good, **change)).encode())

    return [b"", b"POST /v1/view", post(b"{", length=1000), post(packed, "Content-Encoding: gzip", length=len(packed) + 9),
            post(packed[:-9], "Content-Encoding: gzip"), post(gzip.compress(b"\0" * 200_000_000, 9), "Content-Encoding: gzip"),
            batch(events=[dict(events[0], at_ms="0"), *events[1:]]), batch(viewing=[[[[[]]]]]), batch(),
            batch(viewing=dict(good["viewing"], id=victim), key="ab" * 32), batch(viewing=dict(good["viewing"], id=str(uuid.uuid4())), key="cd" * 31),
            post(b"", length=1 << 40), b"\x16\x03\x01\x02\0\x01\0" * 100, b"GET /" + b"a" * 100_000]


def resident(collector, what="VmHWM"):
    with open(f"/proc/{collector.process.pid}/status", encoding="ascii") as f:
        return int(re.search(rf"{what}:\s+(\d+)", f.read())[1])


def test_thousand(top, film, devices, address=None):
    """More than a thousand hostile connections at once, from many addresses, while honest clients are served."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * THOUSAND:
        if hard != resource.RLIM_INFINITY and hard < 2 * THOUSAND:
            skip("a thousand hostile connections at once", f"no more than {hard} files may be open here")
            return
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * THOUSAND, hard))
    # Open files as a login has them: it has to ask for more than the first number.
    collector = Collector(top, film, "--connections", "2000", "--request-seconds", "60", store="thousand.sqlite", address=address,
                          prefix=["prlimit", "--nofile=1024:4096"])
    hostile = []
    try:
        header, events = devices[0].viewings[0]
        ok(collector.post(devices[0].batch(header, events))[0] == 200, "a viewing that others will want")
        before = resident(collector)
        for i in range(THOUSAND):
            hostile.append(socket.create_connection(("127.0.0.1", collector.port), timeout=PATIENCE, source_address=(f"127.1.{i // 50}.1", 0)))
        ok(wait_for(lambda: collector.metric("connections") > THOUSAND, "they are there"), f"{THOUSAND} hostile connections are open at once")
        kinds = hostile_requests(devices[0], header["viewing"])
        senders = threading.Thread(target=lambda: [send_what_goes(s, kinds[i % len(kinds)]) for i, s in enumerate(hostile)])
        senders.start()
        answers = [collector.post(device.batch(h, e))[0] for device in devices[1:] for h, e in device.viewings]
        senders.join()
        answers += [collector.post(device.batch(h, e))[0] for device in devices[1:] for h, e in device.viewings]
        ok(answers == [200] * len(answers), f"meanwhile {len(answers)} batches of others are taken", answers)
        refused = sum(collector.metric(f'answers_total{{answer="{name}",status="{status}"}}') for name, status in
                      (("malformed", 400), ("too-large", 413), ("invalid", 422), ("key", 403)))
        ok(refused > THOUSAND // len(kinds) * 4, "what is hostile is refused", refused)
        told = [s.recv(100) for s in hostile[4::len(kinds)]]
        ok(all(t.startswith(b"HTTP/1.1 400") for t in told), "and told why", told)
        peak = resident(collector)
        ok(peak - before < 64 * 1024, f"its memory stays bounded: {before // 1024} MiB before, {peak // 1024} at most")
        for s in hostile:
            s.close()
        ok(wait_for(lambda: collector.metric("connections") < 10, "they are gone") and collector.post(devices[1].batch(*devices[1].viewings[0]))[0] == 200, "and all is as before")
    finally:
        for s in hostile:
            s.close()
        collector.stop()


CROWD = 700  # more than the usual 512 of a queue


def test_crowd(top, film, device):
    """Who comes while the collector is busy finds a place in its queue: else, their kernel would only try again a second later."""
    with open("/proc/sys/net/core/somaxconn", encoding="ascii") as f:
        if int(f.read()) < CROWD:
            skip("a crowd finds its place in the queue", "queues are shorter here")
            return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 2 * CROWD:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(2 * CROWD, hard) if hard != resource.RLIM_INFINITY else 2 * CROWD, hard))
    collector = Collector(top, film, "--connections-of-one", "1000", store="crowd.sqlite")
    crowd = []
    try:
        collector.process.send_signal(signal.SIGSTOP)
        try:
            for _ in range(CROWD):
                crowd.append(socket.create_connection(("127.0.0.1", collector.port), timeout=PATIENCE))
        except OSError as e:
            print("#", e)
        collector.process.send_signal(signal.SIGCONT)
        ok(len(crowd) == CROWD, f"while it stands still, {CROWD} find their place in its queue", len(crowd))
        ok(wait_for(lambda: collector.metric("connections") > CROWD, "they are there"), "and are let in")
        ok(collector.post(device.batch(*device.viewings[0]))[0] == 200, "and others are served")
    finally:
        for s in crowd:
            s.close()
        collector.process.send_signal(signal.SIGCONT)
        collector.stop()


def send_what_goes(s, request):
    try:
        s.sendall(request)
    except OSError:
        pass  # it has been cut off


def test_rate(top, film, devices):
    collector = Collector(top, film, "--rate", "1", "--behind-proxy", store="rate.sqlite")
    try:
        header, events = devices[0].viewings[0]
        document = devices[0].batch(header, events)
        answers = [collector.post(document, **{"X-Forwarded-For": f"203.0.113.{i}, 192.0.2.{i}, 198.51.100.1"}) for i in range(40)]
        refused = [a for a in answers if a[0] == 429]
        ok(refused and int(refused[0][1]["Retry-After"]) >= 1 and refused[0][2]["error"] == "rate", "who sends too much is told to wait", answers[-1])
        ok(collector.post(document, **{"X-Forwarded-For": "203.0.113.7, 198.51.100.2"})[0] == 200, "and nobody else")
    finally:
        collector.stop()
    collector = Collector(top, film, "--rate", "1", store="rate.sqlite")
    try:
        answers = [collector.post(document, **{"X-Forwarded-For": f"198.51.100.{i}"})[0] for i in range(40)]
        ok(429 in answers, "where no proxy stands in front, nobody becomes others by what they say", answers)
    finally:
        collector.stop()


# ---- faults --------------------------------------------------------------------------------------------------------------------

def test_locked(collector, device):
    """Another program has the store to itself."""
    header, events = device.viewings[2]
    document = device.batch(header, events)
    db = sqlite3.connect(collector.store, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    status, headers, body = collector.post(document)
    ok(status == 503 and body["error"] == "busy" and int(headers["Retry-After"]) > 0, "a locked store: come again later", body)
    ok(collector.ask("GET", "/health")[0] == 503 and collector.metric("healthy") == 0, "and /health says so")
    db.execute("ROLLBACK")
    db.close()
    ok(wait_for(lambda: collector.post(document)[0] == 200, "it is taken"), "once it is free, the same batch is taken")
    ok(collector.ask("GET", "/health")[0] == 200 and collector.metric("commit_failures_total") > 0, "and all is well again")
    wait_for(lambda: "kept again" in collector.said(), "it is said")
    said = collector.said()
    ok("asked to come again later" in said and "CRITICAL" not in said, "both were said, and no library had anything to say", said)
    ok(header["viewing"] not in said and TOKEN not in said and "127.0.0.1" not in said, "and nothing of a person", said)


def test_full(top, film, devices):
    """A file that may not grow."""
    collector = Collector(top, film, store="full.sqlite", prefix=["prlimit", "--fsize=400000", "sh", "-c", 'trap "" XFSZ; exec "$@"', "sh"])
    try:
        sent = []
        refused = None
        for i in range(2000):
            header, events = devices[0].viewings[i % PLAYS]
            viewing = dict(header, viewing=str(uuid.UUID(int=i + 1)))
            status, _, body = collector.post(devices[0].batch(viewing, events))
            if status == 503:
                refused = body
                break
            sent.append(viewing["viewing"])
        ok(refused and refused["error"] == "busy" and len(sent) > 3, f"a full disk: after {len(sent)} viewings, come again later", refused)
        ok(collector.process.poll() is None, "and it goes on")
    finally:
        collector.stop(signal.SIGKILL)
    there = {viewing for viewing, _ in events_in(collector.store)}
    ok(there == set(sent), "what was acknowledged is there, and nothing else", len(there ^ set(sent)))


def test_kill(top, film, devices):
    """Killed while batches wait, and right after an answer: what was acknowledged is there, and sending all again makes it whole."""
    acknowledged = {}
    killed_before = killed_after = 0
    for turn in range(4):
        collector = Collector(top, film, "--group-ms", "300" if turn % 2 else "0", store="killed.sqlite")
        for device in devices:
            for header, events in device.viewings[turn:turn + 1]:
                document = json.dumps(device.batch(header, events)).encode()
                head = f"POST /v1/viewings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(document)}\r\n\r\n".encode()
                with socket.create_connection(("127.0.0.1", collector.port), timeout=PATIENCE) as s:
                    s.sendall(head + document)
                    if turn % 2 and device is devices[-1]:
                        wait_for(lambda: collector.metric("waiting") > 0, "it waits for its commit")
                        collector.process.kill()
                        killed_before += 1
                        break
                    if b" 200 " in s.recv(4096).split(b"\r\n")[0]:
                        acknowledged[header["viewing"]] = events[-1]["seq"]
        killed_after += turn % 2 == 0
        collector.stop(signal.SIGKILL)
    there = events_in(collector.store)
    lost = [v for v, last in acknowledged.items() if any((v, seq) not in there for seq in range(1, last + 1))]
    ok(killed_before == 2 and killed_after == 2 and len(acknowledged) >= 8 and not lost, "killed before and after commits, what was acknowledged is there", lost)
    collector = Collector(top, film, store="killed.sqlite")
    for device in devices:
        for header, events in device.viewings:
            collector.post(device.batch(header, events))
    ok(collector.stop() == 0, "started again, it is sent all of it once more")
    sources = {}
    for device in devices:
        sources.update(events_in(device.store))
    ok(events_in(collector.store) == sources, "and has exactly what was recorded")


def test_stop(top, film, devices):
    """Asked to end while batches wait for their commit: they are answered."""
    collector = Collector(top, film, "--group-ms", "1000", store="stopped.sqlite")
    header, events = devices[0].viewings[0]
    document = json.dumps(devices[0].batch(header, events)).encode()
    half = raw(collector, "Content-Length: 1000")
    half.sendall(b"{")
    with socket.create_connection(("127.0.0.1", collector.port), timeout=PATIENCE) as s:
        s.sendall(f"POST /v1/viewings HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {len(document)}\r\n\r\n".encode() + document)
        wait_for(lambda: collector.metric("waiting") == 1, "it waits for its commit")
        collector.process.terminate()
        answer = s.recv(4096)
    ok(b" 200 " in answer.split(b"\r\n")[0] and b'"acknowledged"' in answer, "asked to end, it first answers who waits", answer)
    ok(collector.stop() == 0, "and then ends well, though half of a request is there, and no more of it comes")
    half.close()
    ok((header["viewing"], events[-1]["seq"]) in events_in(collector.store), "with all of it kept")


# ---- erasures ------------------------------------------------------------------------------------------------------------------

def test_erasure(collector, device):
    header, events = device.viewings[3]
    viewing = header["viewing"]
    half = len(events) // 2
    ok(collector.post(device.batch(header, events[:half]))[0] == 200, "half of a viewing is there")
    answer = collector.erase(device, viewing, viewing)
    confirmed = [e.get("confirmed_ms") for e in answer[2]["erasures"]]
    ok(answer[0] == 200 and len(confirmed) == 2 and all(confirmed), "its device has it erased, also twice at once", answer)
    expect(collector.post(device.batch(header, events[half:])), 410, "erased", "the other half comes too late")
    expect(collector.post(device.batch(header, events)), 410, "erased", "and so does all of it")
    ok([e["confirmed_ms"] for e in collector.erase(device, viewing)[2]["erasures"]] == confirmed[:1], "erasing again confirms again")
    left = [t for t in TABLES if lib.rows(collector.store, f"SELECT 1 FROM {t} e JOIN viewing v ON v.id = e.viewing WHERE hex(v.uuid) = '{uuid.UUID(viewing).hex.upper()}'")]
    ok(not left and not lib.rows(collector.store, f"SELECT 1 FROM collected WHERE hex(viewing) = '{uuid.UUID(viewing).hex.upper()}'"), "nothing of it is left", left)
    early = dict(header, viewing=str(uuid.uuid4()))
    collector.erase(device, early["viewing"])
    expect(collector.post(device.batch(early, events)), 410, "erased", "an erasure that overtook its viewing wins")
    # The operator erases by hand.
    other = dict(header, viewing=str(uuid.uuid4()))
    collector.post(device.batch(other, events[:half]))
    r = lib.run("telemetry", "erase", other["viewing"], "--store", collector.store)
    ok(r.code == 0, "the operator erases a viewing", r)
    expect(collector.post(device.batch(other, events[half:])), 410, "erased", "of which nothing is taken any more")


def test_backup(top, film, device):
    """A store that is restored erases again what was erased since the copy was made, before it takes anything."""
    erasures = f"{top}/erasures"
    with_list = lambda: Collector(top, film, "--erasures", erasures, store="restored.sqlite")  # noqa: E731

    def restored(collector):
        collector.stop(signal.SIGKILL)
        for suffix in ("-wal", "-shm"):
            if os.path.exists(collector.store + suffix):
                os.unlink(collector.store + suffix)
        shutil.copy(f"{top}/backup.sqlite", collector.store)
        return with_list()

    (header, events), (other, more) = device.viewings[:2]
    collector = with_list()
    ok(all(collector.post(device.batch(h, e))[0] == 200 for h, e in ((header, events), (other, more))), "two viewings are there")
    ok(collector.stop() == 0, "the collector ends")
    shutil.copy(collector.store, f"{top}/backup.sqlite")
    collector = with_list()
    confirmed = collector.erase(device, header["viewing"])[2]["erasures"][0]["confirmed_ms"]
    collector = restored(collector)
    told = collector.said()
    ok("as if it was restored: it was done again" in told, "it says that the store was restored", told)
    expect(collector.post(device.batch(header, events)), 410, "erased", "who was erased since the backup stays erased")
    ok(collector.erase(device, header["viewing"])[2]["erasures"][0]["confirmed_ms"] == confirmed, "as of the day when it was done")
    ok(collector.post(device.batch(other, more))[0] == 200, "the others are there")
    ids = lib.rows(collector.store, "SELECT lower(hex(uuid)) FROM viewing")
    ok(ids == [(uuid.UUID(other["viewing"]).hex,)], "and nobody else", ids)
    collector.erase(device, other["viewing"])
    collector = restored(collector)
    ok("all 3 of them were done again" in collector.said(), "where more were noted, it does all of them", collector.said())
    second = lib.run("collect", "--store", f"sqlite:{top}/else.sqlite", "--story", film, "--token-file", f"{top}/tokens", "--erasures", erasures)
    ok(second.code == 3 and "another collector" in second.err, "two collectors have two lists", second)
    collector.stop()


def test_share(top, film, devices):
    """The real sender against the real collector: all of it arrives once, though the collector is killed meanwhile; the report is that of the
    stores merged; and what is erased or taken back goes."""
    (port,) = free_ports(1)
    own = f"{top}/shared"
    shutil.copytree(film, own)
    with open(f"{own}/story.yaml", "a", encoding="utf-8") as f:
        f.write(f'share: {{to: "http://127.0.0.1:{port}", name: Example Films, token: {TOKEN}}}\n')
    stores = []
    for n, device in enumerate(devices):
        stores.append(f"{own}/device{n}.sqlite")
        shutil.copy(device.store, stores[-1])
    said = lib.run("share", "--yes", own, "--store", stores[0], "--wait", "0")
    ok(said.code != 0 and "cannot be reached" in said.err, "without a collector, nothing is lost and it is said", said)
    collector = Collector(top, own, "--listen", f"127.0.0.1:{port}", store="shared.sqlite")
    first = lib.run("share", "--yes", own, "--store", stores[0])
    ok(first.code == 0, "what one device shares", first)
    collector.stop(signal.SIGKILL)
    collector = Collector(top, own, "--listen", f"127.0.0.1:{port}", store="shared.sqlite")
    try:
        shared = [lib.run("share", "--yes", own, "--store", store) for store in stores]
        ok(all(r.code == 0 for r in shared), "and the others, after the collector was killed and started again", "\n".join(map(str, shared)))
        sources = {}
        for store in stores:
            sources.update(events_in(store))
        ok(events_in(collector.store) == sources, "exactly what was recorded arrives")
        r = lib.run("merge", f"{own}/shared.sqlite", *stores)
        reports = [lib.run("report", "--store", "shared.sqlite", *how, cwd=where).out for where in (top, own) for how in ((), ("--viewers",), ("--format", "json"))]
        ok(r.code == 0 and reports[:3] == reports[3:] and len(reports[0]) > 100, "the report is that of the stores merged, to the byte", "\n---\n".join(reports))
        gone = lib.rows(stores[0], "SELECT hex(uuid) FROM viewing ORDER BY id")[0][0]
        lib.run("telemetry", "erase", str(uuid.UUID(gone)), "--store", stores[0])
        r = lib.run("share", "--store", stores[0])
        ok(r.code == 0 and not lib.rows(collector.store, f"SELECT 1 FROM viewing WHERE hex(uuid) = '{gone}'"), "what is erased on a device goes", r)
        r = lib.run("share", "--withdraw", own, "--store", stores[1])
        taken = {row[0] for row in lib.rows(stores[1], "SELECT hex(uuid) FROM viewing")}
        left = {row[0] for row in lib.rows(collector.store, "SELECT hex(uuid) FROM viewing")}
        ok(r.code == 0 and len(taken) == PLAYS and not taken & left and len(left) == (DEVICES - 1) * PLAYS - 1, "what is taken back goes, and no more", r)
    finally:
        collector.stop()


def test_metrics(collector):
    text = collector.ask("GET", "/metrics")[2]
    if not shutil.which("promtool"):
        skip("Prometheus reads the figures", "there is no promtool here")
    else:
        r = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, check=False)
        ok(r.returncode == 0 and not r.stderr, "Prometheus reads the figures, and has nothing to say about them", r.stdout + r.stderr)
    ok(collector.metric("events_total") > 20 and collector.metric('answers_total{answer="erased",status="410"}') > 0, "and they count", text)


def dashboard():
    with open(f"{lib.HERE}/../../telemetry/central/dashboard.json", encoding="utf-8") as f:
        return json.load(f)


def dashboard_queries():
    """What the dashboard asks Prometheus, with what Grafana puts in the place of its variables."""
    return [t["expr"].replace("$__rate_interval", "1m").replace("$job", ".*") for p in dashboard()["panels"] for t in p["targets"]]


def test_dashboard_form():
    """What Grafana takes for granted of a dashboard, and does not say where it is not so."""
    board = dashboard()
    panels, names = board["panels"], [v["name"] for v in board["templating"]["list"]]
    cells = [(x, y) for p in panels for x in range(p["gridPos"]["x"], p["gridPos"]["x"] + p["gridPos"]["w"])
             for y in range(p["gridPos"]["y"], p["gridPos"]["y"] + p["gridPos"]["h"])]
    ok(len(set(cells)) == len(cells) and max(x for x, _ in cells) < 24, "no panel of the dashboard lies on another one, or beyond 24 columns")
    ok(len({p["id"] for p in panels}) == len(panels) and all(p["title"] and p["type"] in ("stat", "timeseries") for p in panels), "each has a number of its own")
    targets = [(p, t) for p in panels for t in p["targets"]]
    ok(all(len({t["refId"] for t in p["targets"]}) == len(p["targets"]) for p in panels), "and so has each of its queries")
    ok(all(part["datasource"] == {"type": "prometheus", "uid": "${source}"} for both in targets for part in both), "all ask the Prometheus that is chosen")
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(board))) - {"__rate_interval", "__all"}
    ok(used == set(names), "each variable is there, and is used", used ^ set(names))


def test_dashboard(collector, top):
    """Every expression of the dashboard is one, and asks for figures that there are; every figure is in it."""
    there = set(re.findall(r"^# TYPE (\S+)", collector.ask("GET", "/metrics")[2], re.M))
    asked = {re.sub("_bucket$", "", name) for q in dashboard_queries() for name in re.findall(r"frumious_\w+", q)}
    ok(asked == there, "the dashboard shows each figure", asked ^ there)
    if not shutil.which("promtool"):
        skip("Prometheus understands the dashboard's expressions", "there is no promtool here")
        return
    rules = [{"record": f"asked:{i}", "expr": q} for i, q in enumerate(dashboard_queries())]
    with open(f"{top}/rules.yml", "w", encoding="utf-8") as f:
        json.dump({"groups": [{"name": "dashboard", "rules": rules}]}, f)
    r = subprocess.run(["promtool", "check", "rules", f"{top}/rules.yml"], capture_output=True, text=True, check=False)
    ok(r.returncode == 0 and f"{len(rules)} rules found" in r.stdout, "Prometheus understands the dashboard's expressions", r.stdout + r.stderr)


DAY_MS = 86400000


def clocks():
    """What clocks say: {name: (when a viewing began, when it was sent, how many days ago it then counts as begun)}, and whether that is believed."""
    now = int(time.time() * 1000)
    far = 2115000000000  # in 2037
    return {"right": (now - 40 * DAY_MS, now, 40), "fast": (far, far + DAY_MS, 1), "fast, set since": (far, now, 0),
            "never set": (5 * DAY_MS, 7 * DAY_MS, 2), "never set before, set since": (5 * DAY_MS, now, 0), "a year slow": (now - 371 * DAY_MS, now - 370 * DAY_MS, 1)}


def clocked_batches(device):
    """[(name, id of a viewing, its batches)]: one that is the same for all, by each of these clocks."""
    found = []
    for name, (began, sent, _) in clocks().items():
        hexed = f"{began:012x}7{os.urandom(2).hex()[:3]}8{os.urandom(8).hex()[:15]}"
        header, events = device.viewings[0]
        header = dict(header, viewing=str(uuid.UUID(hexed)), started_ms=began, nth=1)
        found.append((name, header["viewing"], [device.batch(header, some, sent_ms=sent) for some in (events[:4], events[4:])]))
    return found


def test_clocks(top, film, device):
    """A clock that cannot be right dates nothing: the collector does, by when it received the viewing."""
    collector = Collector(top, film, store="clocks.sqlite")
    wanted, sent = clocks(), clocked_batches(device)
    answers = [collector.post(b)[0] for _, _, batches in sent for b in batches]
    again = [collector.post(batches[0])[0] for _, _, batches in sent]
    expect(collector.post(dict(sent[1][2][1], viewing=dict(sent[1][2][1]["viewing"], started_ms=5))), 409, "conflict", "another beginning than was said is another viewing")
    ok(collector.stop() == 0 and set(answers + again) == {200}, "viewings by clocks that are right and wrong are taken, in parts", (answers, again))
    store = collector.store
    told = {}
    for line in map(json.loads, lib.run("telemetry", "export", "all", "--store", store).out.splitlines()):
        if line["record"] == "viewing":
            told[line["viewing"]] = line
    for name, viewing, _ in sent:
        began, _, days = wanted[name]
        off = time.time() * 1000 - days * DAY_MS - told[viewing]["started_ms"]
        said = told[viewing]["device_ms"]
        ok(0 <= off < PATIENCE * 1000 and said == (None if name == "right" else began), f"{name}: {days} days ago; what was said is kept", told[viewing])
    film_told = json.loads(lib.run("report", "--store", store, "--format", "json").out)["films"][0]
    ok(film_told["dated_by_receipt"] == 5 and not film_told["clock_not_believed"], "the report tells how many were dated so", film_told["dated_by_receipt"])
    text = lib.run("report", "--store", store).out
    ok("5 of these counted are dated by when the collector received them" in text, "in words, too", text)
    ok(",dated by receipt,5," in lib.run("report", "--store", store, "--format", "csv").out, "and in the CSV", text)
    weeks = {r["date"] for r in json.loads(lib.run("report", "--store", store, "--over", "week", "--format", "json").out)["films"][0]["rows"]}
    ok(len(weeks) in (2, 3) and max(weeks) <= time.strftime("%Y-%m-%d", time.gmtime()), "no week is one of a wrong clock", weeks)
    listed = lib.run("telemetry", "list", "--store", store).out
    ok(listed.count("; received ") == 6 and listed.count("dated by that") == 5, "the list says when each was received", listed)
    shown = lib.run("telemetry", "show", sent[1][1], "--store", store).out
    ok("\nreceived " in shown and "the device's clock was -" in shown and "its own clock cannot have been right: 2037-" in shown, "and so is a viewing shown", shown)
    held = lib.run("telemetry", "held", sent[1][1], "--store", store).out
    ok("begun on 2037-" in held and "which cannot be: it counts as begun on 20" in held, "and what is held of it", held)
    age = lib.run("telemetry", "retention", "300", "--now", "--store", store)
    ok(age.code == 0 and lib.run("telemetry", "list", "--store", store).out.count("; received ") == 6, "none of them is too old", age)
    lib.run("merge", f"{top}/clocks-merged.sqlite", store)
    same = [lib.run("report", "--store", name, "--format", "csv", cwd=top).out for name in ("clocks.sqlite", "clocks-merged.sqlite")]
    ok(same[0] == same[1], "merged, it is the same", same)


def test_resume(collector, device):
    """A viewing that goes on: the numbers that a resume supersedes are sent as they were, and superseded here by the same rule."""
    header, _ = device.viewings[0]
    header = dict(header, viewing=str(uuid.uuid4()))
    node = {"node": "door", "planned_us": None}
    times = {"playing_us": 5, "paused_us": 0, "hidden_us": 0}
    events = [dict(seq=1, at_ms=0, event="visit", **node),
              dict(seq=2, at_ms=3000, event="exposure", decision="knock", menu=["knock", "wait"], locked=[], focus=1, window_us=8000000, time_mode=1),
              dict(seq=3, at_ms=4000, event="outcome", exposure=2, what="quit", option=None, latency_us=7, given="nobody", changes=0),
              dict(seq=4, at_ms=4000, event="leave", visit=1, **times),
              dict(seq=5, at_ms=4000, event="finish", ended_ms=header["started_ms"] + 4000, reason="left"),
              dict(seq=6, at_ms=4000, event="resume", resumed_ms=header["started_ms"] + 9000, ended_ms=None, reason="left", place=1, **times),
              dict(seq=7, at_ms=4000, event="visit", **node),
              dict(seq=8, at_ms=9000, event="leave", visit=1, **times)]
    for cut in (6, 7, 8):  # in three batches: a visit is known as behind a resume that came before
        got = collector.post(device.batch(header, events[:cut] if cut == 6 else events[cut - 1:cut]))
        ok(got[0] == 200, f"up to event {cut}", got)
    found = {k: v for k, v in events_in(collector.store).items() if k[0] == header["viewing"]}
    kinds = [found[header["viewing"], seq]["record"] for seq in range(1, 9)]
    ok(kinds == ["visit", "superseded", "superseded", "superseded", "superseded", "resume", "superseded", "leave"], "what does not count is superseded", kinds)
    ok(collector.post(device.batch(header, events))[0] == 200, "all of it again is what is there")
    wrong = [dict(e, at_ms=e["at_ms"] + 1) if e["seq"] == 3 else e for e in events]
    expect(collector.post(device.batch(header, wrong)), 409, "conflict", "another content of what was superseded is not")


def main():
    top = tempfile.mkdtemp(prefix="frumious-collect-")
    try:
        set_home(f"{top}/home")
        film = f"{top}/film"
        assert lib.run("new", film).code == 0
        with open(f"{top}/tokens", "w", encoding="ascii") as f:
            f.write(f"# who may send\n{STORY} {TOKEN}\n")
        devices = [Device(top, n, film) for n in range(1, DEVICES + 1)]
        test_same_report(top, film, devices)
        collector = Collector(top, film, store="other.sqlite")
        try:
            victim = test_refusals(collector, devices[0])
            test_hostile(collector, devices[0], victim)
            test_endless(collector, devices[0])
            test_resume(collector, devices[1])
            test_erasure(collector, devices[0])
            test_locked(collector, devices[0])
            test_metrics(collector)
            test_dashboard_form()
            test_dashboard(collector, top)
            ok(collector.process.poll() is None, "after all this it is still there")
        finally:
            collector.stop()
        test_clocks(top, film, devices[0])
        test_backup(top, film, devices[0])
        test_share(top, film, devices)
        test_connections(top, film, devices)
        test_slow(top, film, devices)
        test_thousand(top, film, devices)
        test_crowd(top, film, devices[0])
        test_rate(top, film, devices)
        test_stop(top, film, devices)
        test_kill(top, film, devices)
        test_full(top, film, devices)
    finally:
        shutil.rmtree(top)
    return done()


if __name__ == "__main__":
    sys.exit(main())
