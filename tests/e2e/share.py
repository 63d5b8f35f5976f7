#!/usr/bin/python3
# tests/run: may run beside others
"""Sharing: nothing leaves before a viewer has said yes; then exactly what an export tells, once, however often it is interrupted; and what
is erased or taken back here is erased there. The collector here keeps what it is sent and follows telemetry/wire/README.md; it can be told
to misbehave."""
import gzip
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import pty
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import threading

from menu import Keys, Screen
from window import Desktop
from lib import PROGRAM, done, ok, read_until, rows, run, set_home, skip, try_rows, wait_for

TOKEN = "public-1"


class Collector(http.server.ThreadingHTTPServer):
    """Requests are answered one at a time. `faults`: for the next requests, "busy", "cut" (kept, and no answer), "hang" (kept, and the
    answer waits for `release`) or None."""

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.lock, self.release, self.hanging = threading.Lock(), threading.Event(), threading.Event()
        self.viewings, self.keys, self.erased, self.faults, self.batches, self.wrong = {}, {}, set(), [], [], []
        self.address = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server_port}/films"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # a client that was killed, or that does not trust us

    def take(self, batch):
        """Status and answer, as the reference has them."""
        viewing = batch["viewing"]["id"]
        if viewing in self.erased:
            return 410, {"error": "erased", "message": "", "retry": False}
        if self.keys.setdefault(viewing, batch["key"]) != batch["key"]:
            return 403, {"error": "key", "message": "", "retry": False}
        have = self.viewings.setdefault(viewing, {})
        last = max(have, default=0)
        if batch["from"] > last + 1:
            return 409, {"error": "hole", "message": "", "expected": last + 1, "retry": False}
        for event in batch["events"]:
            if have.setdefault(event["seq"], event) != event:
                self.wrong.append((viewing, event))
        self.batches.append(batch)
        return 200, {"viewing": viewing, "acknowledged": max(have)}

    def erase(self, erasures):
        answers = []
        for e in erasures:
            if self.keys.setdefault(e["viewing"], e["key"]) != e["key"]:
                answers.append({"viewing": e["viewing"], "error": "key"})
                continue
            self.erased.add(e["viewing"])
            self.viewings.pop(e["viewing"], None)
            answers.append({"viewing": e["viewing"], "confirmed_ms": 1767230600000})
        return 200, {"erasures": answers}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        server = self.server
        body = json.loads(gzip.decompress(self.rfile.read(int(self.headers["Content-Length"]))))
        with server.lock:
            fault = server.faults.pop(0) if server.faults else None
            if fault == "busy":
                status, answer = 503, {"error": "busy", "message": "", "retry": True}
            elif self.headers["Authorization"] != f"Bearer {TOKEN}":
                status, answer = 403, {"error": "token", "message": "", "retry": False}
            elif self.path == "/films/v1/viewings":
                status, answer = server.take(body)
            else:
                status, answer = server.erase(body["erasures"])
        if fault == "cut":
            self.close_connection = True
            return
        if fault == "hang":
            server.hanging.set()
            server.release.wait(60)
        text = json.dumps(answer).encode()
        self.send_response(status)
        if fault == "busy":
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *args):
        pass


def write_story(folder, address):
    path = f"{folder}/story.yaml"
    pathlib.Path(path).write_text(
        "frumious: 1\nid: org.example.audience\ntitle: Made up\n"
        f"share: {{to: \"{address}\", name: Example Films, token: {TOKEN}}}\n"
        "start: end\nnodes: {end: {clip: {card: End, for: 1s}, ending: {id: end, title: End}}}\n", encoding="utf-8")
    return path


def exported(store):
    """What an export tells of people's viewings, as it has to arrive."""
    viewings, person = {}, False
    for line in map(json.loads, run("telemetry", "export", "--superseded", "--store", store).out.splitlines()):
        viewing, record = line.pop("viewing"), line.pop("record")
        person = line["chooser"] == "person" if record == "viewing" else person
        if not person:
            continue
        events = viewings.setdefault(viewing, {})
        if record == "superseded":
            events[line["seq"]] = {"seq": line["seq"], "at_ms": line["at_ms"], "event": line["kind"], **line["body"]}
        elif record != "viewing":
            events[line["seq"]] = {**line, "event": record}
    return viewings


def link_viewers(store):
    """A made-up audience has no links: two people, then."""
    db = sqlite3.connect(store)
    db.executescript("INSERT INTO viewer(uuid) VALUES(randomblob(16)), (randomblob(16)); UPDATE viewing SET viewer = 1 + id % 2")
    db.close()


def arrived(collector, store, what):
    wanted = exported(store)
    ok(collector.viewings == wanted and not collector.wrong, f"{what}: what the export tells is there, once",
       f"{len(collector.viewings)} of {len(wanted)} viewings; {collector.wrong[:1]}")


def answer_on_terminal(story, store, locale, asked, answer):
    """The question, and what is said to the answer, in which nothing is shared."""
    ours, theirs = pty.openpty()
    child = subprocess.Popen([PROGRAM, "share", story, "--store", store], stdin=theirs, stdout=theirs, stderr=theirs,
                             env={**os.environ, "LANG": locale, "LC_ALL": locale, "LANGUAGE": ""})
    os.close(theirs)
    question = read_until(ours, asked)
    os.write(ours, answer)
    said = read_until(ours, "Nothing is shared")
    child.wait(60)
    os.close(ours)
    return question, said


def asks_first(collector, story, store):
    asked = run("share", story, "--store", store)
    ok(asked.code == 2 and "What is sent" in asked.err, "without a terminal nobody can be asked", asked.err)
    question, said = answer_on_terminal(story, store, "C.UTF-8", r"\[y/N\]", b"n\n")
    ok(all(word in question for word in ("Example Films", collector.address, "--withdraw", "What is sent")),
       "the question says what, to whom, and how to take it back", question)
    ok("Nothing is shared" in said and not collector.batches, "no is no")
    ok(rows(store, "SELECT answer, text LIKE '%What is sent%' FROM consent") == [(0, 1)], "and is kept, with what was asked")
    for answer, words in ((b"\n", "a line with nothing in it"), (b"\x04", "the end of what is typed"), (b" \n", "a blank"), (b"never\n", "another word")):
        question, said = answer_on_terminal(story, store, "C.UTF-8", r"\[y/N\]", answer)
        ok("Nothing is shared" in said and not collector.batches and rows(store, "SELECT count(*) FROM consent WHERE answer = 1") == [(0,)], f"{words} is no yes", said)
    question, said = answer_on_terminal(story, store, "de_AT.UTF-8", r"\[j/N\]", b"nein\n")
    ok("Was verschickt wird" in question and "Example Films" in question and "Nichts wird geteilt." in said, "a German desktop asks in German, and answers so", question + said)
    ok(rows(store, "SELECT answer, language, text LIKE '%Was verschickt wird%' FROM consent ORDER BY id DESC LIMIT 1") == [(0, "de-AT", 1)],
       "which is kept as it was asked")
    ok(run("share", "--store", store).code == 0 and not collector.batches, "a timer that comes by sends nothing")


def sends_all(collector, story, store):
    collector.faults = ["busy", None, "cut"]
    first = run("share", story, "--yes", "--store", store, "--wait", "30")
    ok(first.code == 0 and f"{len(exported(store))} viewings sent" in first.out, "yes: all is sent, although the collector is busy, and cuts a line", first.out + first.err)
    arrived(collector, store, "after trouble")
    batch = collector.batches[0]
    (secret, text), = rows(store, "SELECT d.secret, c.text FROM destination d JOIN consent c ON c.destination = d.id WHERE c.answer = 1")
    viewing = bytes.fromhex(batch["viewing"]["id"].replace("-", ""))
    ok(batch["key"] == hmac.new(secret, viewing, hashlib.sha256).hexdigest(), "a key is the HMAC of the viewing's id")
    ok(batch["consent"]["text"] == hashlib.sha256(text.encode()).hexdigest() and text in first.out, "the consent is to the text that was shown")
    links = {uuid.hex() for uuid, in rows(store, "SELECT uuid FROM viewer")}
    linked = [b for b in collector.batches if b["viewer"]]
    ok(linked and not any(link in json.dumps(collector.batches).replace("-", "") for link in links), "the viewer's link stays here; an HMAC stands for it")
    sent = len(collector.batches)
    again = run("share", "--store", store)
    ok(again.code == 0 and len(collector.batches) == sent, "what was acknowledged is not sent again", again.out + again.err)
    ok("What is recorded here of this film was sent before." in again.out, "and it is said that it was sent before", again.out)
    german = run("share", "--store", store, env=dict(os.environ, LANGUAGE="de", LC_ALL="de_DE.UTF-8"))
    ok("verschickt sind 0 Ereignisse aus 0 Vorführungen" in german.out and "wurde schon verschickt" in german.out, "in German, too", german.out + german.err)
    status = run("telemetry", "status", "--store", store).out + run("telemetry", "show", "last", "--store", store).out
    ok("agreed to on" in status and "Shared with Example Films" in status, "status and show tell it", status)


def killed(collector, story, store):
    """Killed while the collector has a batch and its answer is not there yet."""
    more = f"{store}.more"
    run("audience", "--store", more, "--viewings", "30", "--levels", "4", "--seed", "7")
    run("merge", store, more)
    for _ in range(3):
        collector.release.clear()
        collector.hanging.clear()
        collector.faults = [None] * 4 + ["hang"]
        child = subprocess.Popen([PROGRAM, "share", "--store", store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        landed = collector.hanging.wait(60)
        child.send_signal(signal.SIGKILL)
        child.wait(60)
        collector.release.set()
        ok(landed, "killed while it waits for an answer")
    collector.faults = []
    last = run("share", "--store", store)
    ok(last.code == 0, "and started again", last.err)
    arrived(collector, store, "after kills")


def erases(collector, story, store):
    viewing = run("telemetry", "list", "--store", store).out.splitlines()[2].split()[2]
    ok(run("telemetry", "erase", viewing, "--store", store).code == 0 and viewing in collector.viewings, "one is erased here")
    ok("1 erasure waits" in run("telemetry", "status", "--store", store).out, "the erasure waits")
    told = run("share", "--store", store)
    ok("1 erasure confirmed" in told.out and viewing not in collector.viewings and viewing in collector.erased, "and arrives", told.out + told.err)
    ok(rows(store, "SELECT count(*) FROM outbox") == [(0,)], "no id of it is left here")
    arrived(collector, store, "the rest")


def only_to_whom(collector, story, store):
    """A yes is one to this address; and after a no only erasures leave, though there was a yes before."""
    other = Collector()
    folder = tempfile.mkdtemp(dir=os.path.dirname(story))
    asked = run("share", write_story(folder, other.address), "--store", store)
    ok(asked.code == 2 and "nobody has agreed" in asked.err and not other.batches and not other.keys, "the film names somebody else: they are asked about anew, and get nothing", asked)
    other.shutdown()
    more, sent = f"{store}.after", len(collector.batches)
    run("audience", "--store", more, "--viewings", "3", "--levels", "4", "--seed", "8")
    run("merge", store, more)
    (destination,), = rows(store, "SELECT id FROM destination WHERE secret IS NOT NULL")
    db = sqlite3.connect(store)
    db.execute("INSERT INTO consent(destination, answered_ms, answer, language, text) VALUES(?, 1767230700000, 0, 'en', 'No')", (destination,))
    db.commit()
    db.close()
    viewing = next(iter(collector.viewings))
    run("telemetry", "erase", viewing, "--store", store)
    told = run("share", "--store", store)
    ok(told.code == 0 and viewing in collector.erased and len(collector.batches) == sent, "after a no an erasure leaves, and no viewing", told)
    told = run("share", story, "--yes", "--store", store)
    ok(told.code == 0 and len(collector.batches) > sent, "and with another yes they do", told)
    arrived(collector, store, "after another yes")


class Forgetful(Collector):
    """It takes an event at a time, and then says that it lacks the first."""

    def take(self, batch):
        if len(batch["events"]) > 1:
            return 413, {"error": "too-large", "message": "", "retry": False}
        if batch["from"] > 1:
            return 409, {"error": "hole", "message": "", "expected": 1, "retry": False}
        self.batches.append(batch)
        return 200, {"viewing": batch["viewing"]["id"], "acknowledged": 1}


def asks_again(folder):
    collector, store = Forgetful(), f"{folder}/forgetful.sqlite"
    run("audience", "--store", store, "--viewings", "1", "--levels", "2")
    told = run("share", "--yes", write_story(folder, collector.address), "--store", store)
    ok(told.code != 0 and "asks for the same again and again" in told.err and len(collector.batches) > 10, "who takes a viewing back without end is left", (told, len(collector.batches)))
    collector.shutdown()


def is_refused(collector, story, store):
    """Viewings that came there with other keys first: nothing of them is taken, or erased, and both are said."""
    more = f"{store}.refused"
    run("audience", "--store", more, "--viewings", "2", "--levels", "4", "--seed", "9")
    run("merge", store, more)
    ids = [line.split()[2] for line in run("telemetry", "list", "--store", more).out.splitlines()[2:6:2]]
    whole = [viewing for viewing in told(more) if any(viewing.startswith(start) for start in ids)]
    collector.keys.update({viewing: "00" * 32 for viewing in whole})
    sent = run("share", "--store", store)
    ok("2 viewings cannot be sent" in sent.out and any(f"the first of these viewings cannot be sent to Example Films: {viewing}: the viewing came with another key first" in sent.err
                                                       for viewing in whole), "refused viewings are counted; the first is named, with the reason", sent)
    for viewing in whole:
        run("telemetry", "erase", viewing, "--store", store)
    sent = run("share", "--store", store)
    ok("refuses to erase 2 viewings" in sent.err and rows(store, "SELECT count(*) FROM outbox") == [(0,)], "an erasure that is refused for good waits no more, and is said",
       sent)


def takes_back(collector, story, store):
    (secret,), = rows(store, "SELECT secret FROM destination")
    n, (before,) = len(collector.viewings), rows(store, "SELECT sum(erasures) FROM destination")[0]
    collector.faults = ["busy"] * 2

    def left():
        return [suffix for suffix in ("", "-wal") if os.path.exists(store + suffix) and secret in pathlib.Path(store + suffix).read_bytes()]
    there = left()
    idle = sqlite3.connect(store)  # somebody else has it open, so closing it empties no log; left() would break its locks
    idle.execute("SELECT count(*) FROM destination").fetchall()
    told = run("share", "--withdraw", story, "--store", store, "--wait", "0")
    ok(told.code != 0 and f"{n} erasures wait to be confirmed" in told.out, "taken back while the collector is busy", told.out + told.err)
    ok(there and not left() and rows(store, "SELECT secret FROM destination") == [(None,)], "of the secret nothing is left", f"{there} {left()}")
    idle.close()
    os.remove(story)  # also much later, and without the film
    collector.faults = []
    told = run("share", "--store", store)
    ok(told.code == 0 and not collector.viewings, "later all of it is erased there", told.out + told.err)
    told = run("share", "--status", "--store", store)
    ok(f"{n + before} erasures confirmed, the latest on" in told.out and "you took it back" in told.out, "which status says, and when", told.out)
    story = write_story(os.path.dirname(story), collector.address)
    before = len(collector.batches)
    told = run("share", "--yes", story, "--store", store)
    ok(told.code == 0 and len(collector.batches) == before, "what was taken back is never offered again, whatever is answered later", told.out + told.err)
    ok("What was taken back, or refused before, is not offered again." in told.out, "and why nothing is sent is said", told.out)
    told = run("share", "--yes", story, "--store", os.path.join(os.path.dirname(story), "nothing.sqlite"))
    ok(told.code == 0 and "No viewing of this film is recorded here." in told.out, "also where nothing was recorded", told.out + told.err)


def checks_certificates(folder):
    if not shutil.which("openssl"):
        skip("certificates are checked", "openssl makes one, and is not here")
        return
    for name, good in (("DNS:films.example", False), ("IP:127.0.0.1", True)):
        store = f"{folder}/tls-{good}.sqlite"
        run("audience", "--store", store, "--viewings", "5", "--levels", "3")
        certificate, trusted = f"{folder}/cert.pem", f"{folder}/only.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=films",
                        "-addext", f"subjectAltName={name}", "-keyout", certificate, "-out", trusted], check=True, capture_output=True)
        with open(certificate, "ab") as f:
            f.write(pathlib.Path(trusted).read_bytes())
        collector = Collector(certificate)
        story = write_story(folder, collector.address)
        told = run("share", "--yes", story, "--store", store, "--wait", "0")
        ok(told.code != 0 and "cannot be reached" in told.err and "certificate" in told.err and not collector.batches, "nothing goes to whom no certificate speaks for", told.out + told.err)
        told = run("share", story, "--store", store, "--ca-file", trusted, "--wait", "0")
        if good:
            ok(told.code == 0, "the one of --ca-file does", told.out + told.err)
            arrived(collector, store, "by TLS")
        else:
            ok(told.code != 0 and "cannot be reached" in told.err and not collector.batches, "nor does one that is trusted, and speaks for somebody else", told.out + told.err)
        collector.shutdown()


def endless(head, more):
    """Answers for as long as anybody listens."""
    def answer(connection):
        connection.sendall(head)
        while True:
            connection.sendall(more)
    return answer


def with_body(text, status="200 OK", more=""):
    return lambda connection: connection.sendall(f"HTTP/1.1 {status}\r\n{more}Content-Length: {len(text)}\r\n\r\n{text}".encode())


# What stands at the address answers no request as a collector does; what is said then.
HOSTILE = {
    "headers without end": (endless(b"HTTP/1.1 200 OK\r\n", b"X: " + b"a" * 1000 + b"\r\n"), "cannot be reached"),
    "a header without end": (endless(b"HTTP/1.1 200 OK\r\nX: ", b"a" * 10000), "cannot be reached"),
    "hints without end": (endless(b"", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" * 100), "cannot be reached"),
    "a body without end": (endless(b"HTTP/1.1 200 OK\r\n\r\n", b'{"acknowledged":' * 1000), "cannot be reached"),
    "pieces without end": (endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\n[\r\n" * 1000), "cannot be reached"),
    "another place": (with_body("", "302 Found", "Location: file:///etc/passwd\r\n"), "refuses"),
    "another place to send to": (with_body("", "307 Temporary Redirect", "Location: http://127.0.0.1:1/\r\n"), "refuses"),
    "all, a million times": (with_body('{"viewing":"x","acknowledged":-1}'), "refuses"),
    "less than it was sent": (with_body('{"viewing":"x","acknowledged":1}'), "acknowledges less"),
    "brackets": (with_body("[" * 200000), "refuses"),
    "a hole that cannot be": (with_body('{"error":"hole","expected":1,"message":"","retry":false}', "409 Conflict"), "in an order that cannot be"),
    "a week": (with_body("", "503 Busy", "Retry-After: 604800\r\n"), "is busy"),
}


def meets_strangers(folder):
    """The sender ends, soon, with little memory, goes nowhere else, and nothing counts as sent."""
    store = f"{folder}/stranger.sqlite"
    run("audience", "--store", store, "--viewings", "2", "--levels", "2")
    for what, (answer, said) in HOSTILE.items():
        with socket.create_server(("127.0.0.1", 0)) as listening:
            asked = []

            def serve():
                while True:
                    try:
                        connection, _ = listening.accept()
                    except OSError:
                        return
                    with connection:
                        try:
                            while b"\r\n\r\n" not in connection.recv(1 << 16):
                                pass
                            asked.append(1)
                            answer(connection)
                        except OSError:
                            pass
            threading.Thread(target=serve, daemon=True).start()
            story = write_story(folder, f"http://127.0.0.1:{listening.getsockname()[1]}/films")
            child = subprocess.Popen([PROGRAM, "share", "--yes", story, "--store", store, "--wait", "1"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            text = child.stdout.read()
            _, status, used = os.wait4(child.pid, 0)
            child.returncode = os.waitstatus_to_exitcode(status)
            listening.shutdown(socket.SHUT_RDWR)
        ok(asked and child.returncode != 0 and said in text and used.ru_maxrss < 200 * 1024, f"{what}: {said}", (len(asked), child.returncode, used.ru_maxrss, text[-300:]))
    ok(rows(store, "SELECT coalesce(max(acknowledged), 0) FROM shared") == [(0,)], "nothing of it counts as sent", rows(store, "SELECT * FROM shared"))


FILM = """frumious: 1
id: org.example.shared
title: Shared
version: "1"
start: red
%snodes:
  red:
    clip: {card: Red, for: 2s}
    decision: {id: which, opens: 0.3s, for: 1.2s, default: green, options: {green: {text: Green, goto: green}, blue: {text: Blue, goto: blue}}}
  green: {clip: {card: Green, for: 1s}, next: blue}
  blue:
    clip: {card: Blue, for: 2s}
    decision: {id: again, opens: 0.2s, for: 1s, default: on, options: {on: {text: On, goto: over}, back: {text: Back, goto: red}}}
  over: {clip: {card: Over., for: 1s}, ending: {id: end, title: The end}}
"""


def play_until(node, *args):
    """Plays in real time and is killed as soon as it is in that node."""
    child = subprocess.Popen([PROGRAM, "play", "--headless", "--realtime", "--resume", *args], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for said in child.stdout:
        if said.split()[1:] == ["node", node]:
            break
    child.kill()
    child.wait(60)
    child.stdout.close()


def record_viewings(folder, film, store):
    """Whole ones, and some that were killed and went on, which supersede something. Machines' plays are made a person's."""
    for seed in range(8):
        how = ["--choose", "random", "--seed", str(seed), "--size", "160x90", "--store", store, film]
        if seed < 3:
            play_until("blue", *how)
        run("play", "--headless", "--resume", *how)
    db = sqlite3.connect(store)
    db.executescript("UPDATE viewing SET mode = 0, chooser = 0; UPDATE outcome SET given = 1 WHERE given = 6")
    db.close()


def told(store):
    """An export of all, but for the viewer's link, which another number stands for elsewhere; by viewings, which come in any order."""
    viewings = {}
    for line in map(json.loads, run("telemetry", "export", "--superseded", "--store", store).out.splitlines()):
        line.pop("viewer", None)
        viewings.setdefault(line["viewing"], []).append(line)
    return viewings


def held(key, store):
    """The audit of a key, checked against its schema where that can be."""
    said = run("telemetry", "held", key, "--format", "json", "--store", store)
    answer = json.loads(said.out)
    try:
        import jsonschema
        jsonschema.validate(answer, json.loads(pathlib.Path("telemetry/held.schema.json").read_text(encoding="utf-8")))
    except ImportError:
        pass
    return answer


def audit(centre, store):
    """What the collector's operator answers about an id and a link; and erases, in a copy."""
    said = run("telemetry", "held", "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001", "--store", store)
    ok(said.code != 0 and "no collector's store" in said.err, "a viewer's own store is none", said)
    viewing = next(iter(told(store)))
    answer = held(viewing, centre)
    (one,), (consent,) = answer["viewings"], rows(store, "SELECT text FROM consent")[0]
    ok(one["viewing"] == viewing and one["received"]["events"] == max(line.get("seq", 0) for line in told(store)[viewing]) and
       one["received"]["consent"] == hashlib.sha256(consent.encode()).hexdigest() and "erased_ms" not in answer, "the audit of an id tells what came, and what was agreed to", answer)
    link = one["viewer"]
    copy = f"{centre}.copy"
    source, target = sqlite3.connect(centre), sqlite3.connect(copy)
    source.backup(target)
    (secret, uuid), = rows(store, "SELECT d.secret, v.uuid FROM destination d, viewer v")
    sent = hmac.new(secret, uuid, hashlib.sha256).hexdigest()
    of_link = [{line["viewing"] for line in held(key, centre)["viewings"]} for key in (link, sent)]
    ok(of_link == [set(told(store))] * 2, "of a link, as it is kept and as it is sent: all viewings", of_link)
    source.close(), target.close()
    text = run("telemetry", "held", viewing, "--store", centre).out
    ok(viewing in text and link in text and "agreed on" in text, "in words, too", text)
    erased = run("telemetry", "erase", "--viewer", link, "--store", copy)
    ok(erased.code == 0 and not held(link, copy)["viewings"] and "erased_ms" in held(viewing, copy) and "asked to be erased on" in
       run("telemetry", "held", viewing, "--store", copy).out, "erased by the link: nothing is held but when that was", erased)


def with_the_real_collector(folder):
    """Killed while it sends to `frumious collect`; what arrived is what the export here tells, to the field, and goes when it is taken back."""
    set_home(f"{folder}/home")
    film, store, centre = f"{folder}/film.yaml", f"{folder}/device.sqlite", f"{folder}/centre.sqlite"
    pathlib.Path(film).write_text(FILM % "", encoding="utf-8")
    pathlib.Path(f"{folder}/tokens").write_text(f"org.example.shared {TOKEN}-0123456789\n", encoding="utf-8")
    record_viewings(folder, film, store)
    db = sqlite3.connect(store)
    db.executescript("DELETE FROM viewer; INSERT INTO viewer(id, uuid) VALUES(1, randomblob(16)); UPDATE viewing SET viewer = 1")
    db.close()
    ok(rows(store, "SELECT count(*) > 0 FROM superseded") == [(1,)], "viewings that went on are among them")
    collect = subprocess.Popen([PROGRAM, "collect", "--store", f"sqlite:{centre}", "--story", film, "--token-file", f"{folder}/tokens", "--listen",
                                "127.0.0.1:0", "--rate", "0"], stdout=subprocess.PIPE, text=True)
    address = collect.stdout.readline().split()[-1]
    pathlib.Path(film).write_text(FILM % f"share: {{to: '{address}', name: Example Films, token: {TOKEN}-0123456789}}\n", encoding="utf-8")
    child = subprocess.Popen([PROGRAM, "share", "--yes", film, "--store", store], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: try_rows(centre, "SELECT 1 FROM viewing"), "the first viewing arrives")
    child.kill()
    child.wait(60)
    for _ in range(2):
        sent = run("share", film, "--store", store)
        ok(sent.code == 0, "sent", sent)
    ok(told(centre) == told(store), "the collector's store tells what this one tells", f"{told(centre)}\n{told(store)}")
    reports = [run("report", "--store", s, "--recount", "--viewings", "all", "--floor", "1", "--format", "json").out for s in (centre, store)]
    ok(reports[0] == reports[1], "and so does its report", "\n".join(reports))
    audit(centre, store)
    run("telemetry", "erase", "last", "--store", store)
    sent = run("share", "--store", store)
    ok(sent.code == 0 and told(centre) == told(store), "one is erased, here and there", sent)
    sent = run("share", "--withdraw", "org.example.shared", "--store", store)
    ok(sent.code == 0 and rows(centre, "SELECT count(*) FROM viewing") == [(0,)] and "confirmed, the latest on" in sent.out, "and all of it is taken back", sent)
    collect.terminate()
    collect.wait(60)
    collect.stdout.close()


ASKED = """frumious: 1
id: org.example.asked
title: Asked
share: {to: "%s", name: Example Films, token: %s}
languages: [de]
start: end
nodes: {end: {clip: {card: Ende, for: 1s}, ending: {id: end, title: Ende}}}
"""


class Viewer:
    """Somebody at a screen, with a keyboard, who watches a film to its end."""

    def __init__(self, folder, film, store):
        self.desk, self.film = Desktop(folder, "desk"), film
        self.desk.consent("yes")
        self.desk.store = store
        self.screen = Screen(self.desk.screen.path)
        self.hand = Keys(self.desk, None, self.screen)

    def watch(self, *more):
        self.desk.start(self.film, *more)

    def take(self, *texts):
        for text in texts:
            self.screen.take(self.hand, text, self.desk.ended)

    def leave(self):
        self.take("Verlassen")
        return wait_for(self.desk.ended, "the program leaves")


def asked_in_film(folder):
    """After the credits: the question, in the film's language; later, no, yes; then what was recorded is sent when the film is over; on the page
    "What was recorded" it is taken back. The program that plays is watched elsewhere (telemetry.py): it opens no socket."""
    if not shutil.which("Xvfb") or not shutil.which("xdotool"):
        skip("the question after the credits", "there is no Xvfb or no xdotool")
        return
    os.makedirs(f"{folder}/asked")
    collector, film, store = Collector(), f"{folder}/asked/film.yaml", f"{folder}/asked/store.sqlite"
    pathlib.Path(film).write_text(ASKED % (collector.address, TOKEN), encoding="utf-8")
    run("play", film, "--headless", "--choose", "default", "--store", store)
    ok(rows(store, "SELECT count(*) FROM consent") == [(0,)], "a machine's play is not asked")
    viewer = Viewer(folder, film, store)
    try:
        viewer.watch()
        viewer.screen.page("Teilen, was aufgezeichnet ist?")
        text = viewer.screen.now()["page"]["text"]
        ok("Example Films" in text and collector.address in text and "Was aufgezeichnet wurde" in text, "the question says to whom, and how to take it back", text)
        viewer.take("Später fragen")
        ok(viewer.leave() and rows(store, "SELECT count(*) FROM consent") == [(0,)] and not collector.batches, "later: nothing is kept, nothing is sent")
        viewer.watch()
        viewer.take("Ja, teilen")
        ok(rows(store, "SELECT answer, language, text FROM consent") == [(1, "de", text)], "yes: kept, with what was shown and its language",
           rows(store, "SELECT answer, language, text FROM consent"))
        ok(viewer.leave() and wait_for(lambda: rows(store, "SELECT count(*) FROM shared WHERE acknowledged = offered") == [(2,)], "it is sent"),
           "when the film is over, another program sends both viewings", rows(store, "SELECT * FROM shared"))
        viewer.watch()
        viewer.take("Was aufgezeichnet wurde", "Nicht mehr teilen")
        viewer.take("Nicht mehr teilen")
        ok(wait_for(lambda: "Zurückgenommen" in str(viewer.screen.now().get("page", {}).get("text")), "it is said"), "it is taken back on the page", viewer.screen.now())
        ok(rows(store, "SELECT count(*) FROM outbox") == [(2,)] and rows(store, "SELECT secret FROM destination") == [(None,)], "both erasures wait; the secret is gone")
        viewer.take("Zurück")
        ok(viewer.leave() and wait_for(lambda: rows(store, "SELECT count(*) FROM outbox") == [(0,)], "it is confirmed"), "and are sent when the film is over")
        ok(len(collector.erased) == 2 and not collector.viewings, "nothing of it is left there", collector.viewings)
    finally:
        viewer.desk.stop()
        collector.shutdown()


def main():
    with tempfile.TemporaryDirectory(prefix="share-") as folder:
        collector, store = Collector(), f"{folder}/store.sqlite"
        story = write_story(folder, collector.address)
        run("audience", "--store", store, "--viewings", "40", "--levels", "4")
        link_viewers(store)
        for step in (asks_first, sends_all, killed, erases, only_to_whom, is_refused, takes_back):
            step(collector, story, store)
        collector.shutdown()
        meets_strangers(folder)
        asks_again(folder)
        asked_in_film(folder)
        checks_certificates(folder)
        with_the_real_collector(folder)
    return done()


sys.exit(main())
