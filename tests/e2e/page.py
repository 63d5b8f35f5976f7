#!/usr/bin/python3
# tests/run: may run beside others
"""The HTML report: one file that loads nothing else, shows the numbers of the JSON report, and escapes the story's text."""
import base64
import hashlib
import html.parser
import http.client
import json
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile

import jsonschema

from lib import PATIENCE, PROGRAM, done, ok, play, run, set_home

EVIL = '<script>alert("1")</script><img src=x onerror=alert(2)>'
VOID = {"meta", "br", "img", "link", "hr", "input", "rect", "path"}


class Page(html.parser.HTMLParser):
    """Elements that are open, text of table rows, what is out of order."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.tags, self.ids, self.rows, self.links, self.row = [], [], [], [], [], [], None
        self.scripts = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        attrs = dict(attrs)
        if "id" in attrs:
            self.ids.append(attrs["id"])
        if tag == "a":
            self.links.append(attrs.get("href", ""))
        self.wrong += [f"{tag} has {a}" for a in attrs if a in ("src", "srcset", "action") or a.startswith("on")]
        if tag == "script":
            self.scripts.append((attrs, ""))
        if tag == "tr":
            self.row = []
        if tag in ("td", "th") and self.row is not None:
            self.row.append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes nothing")
        if tag == "tr" and self.row is not None:
            self.rows.append([c.strip() for c in self.row])
            self.row = None

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        if self.row:
            self.row[-1] += data


def report(store, *args):
    return subprocess.run([PROGRAM, "report", "--store", store, *args], capture_output=True, text=True, check=False)


def sound(name, text):
    page = Page(text)
    ok(not page.wrong and not page.open, f"{name}: every element is closed, nothing is fetched or run", (page.wrong[:5], page.open))
    run_by_page = [code for attrs, code in page.scripts if attrs.get("type") != "application/json"]
    allowed = re.findall(r"script-src ([^;\"]*)", text)
    ours = [f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for code in run_by_page]
    ok(len(run_by_page) == 1 and ours == allowed and "img" not in page.tags, f"{name}: its one script is the one that it allows", (ours, allowed))
    ok(all(json.loads(code) for attrs, code in page.scripts if attrs.get("type") == "application/json"), f"{name}: and its data can be read")
    ok(len(page.ids) == len(set(page.ids)), f"{name}: every id is there once", [i for i in page.ids if page.ids.count(i) > 1][:5])
    dead = [a for a in page.links if not a.startswith("#") or a[1:] not in page.ids]
    ok(not dead, f"{name}: every link leads somewhere on the page", dead)
    ok("default-src 'none'" in text and not re.search(r"url\(|@import", text), f"{name}: and the page forbids itself the network")
    return page


FILM = """frumious: 1
id: test.impact
title: Impact
start: a
nodes:
  a:
    clip: {card: a, for: 3s}
    decision: {id: nothing, prompt: Nothing?, opens: 0s, for: 1s, default: one, options: {one: {text: One, goto: b}, two: {text: Two, goto: b}}}
  b:
    clip: {card: b, for: 3s}
    decision: {id: everything, prompt: Everything?, opens: 0s, for: 1s, default: left, options: {left: {text: L, goto: l}, right: {text: R, goto: r}}}
  l: {clip: {card: l, for: 5s}, ending: {id: l, title: Left}}
  r: {clip: {card: r, for: 7s}, ending: {id: r, title: Right}}
"""


def play_as_people(store, story, seeds):
    for seed in seeds:
        play("--store", store, "--choose", "random", "--seed", str(seed), story)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE viewing SET chooser = 0, mode = 0, nth = 1")


def impact(top):
    """What decisions change, beside what people did: an illusion, and one that is everything."""
    story, store = f"{top}/impact.yaml", f"{top}/impact.sqlite"
    with open(story, "w") as f:
        f.write(FILM)
    play_as_people(store, story, range(6))
    args = ("--recount", "--floor", "1", "--film", story)
    text = report(store, *args).stdout
    lines = [re.split(r"  +", line.strip()) for line in text.split("Consequence against hesitation")[-1].splitlines()]
    ok(any(line[:2] == ["Nothing?", "0.0 %"] and line[-1] == "changes nothing" for line in lines), "an illusion is told as one", text[-700:])
    ok(["Everything?", "100.0 %", "100.0 %", "12.0 s"] in [line[:4] for line in lines], "a choice that is everything", text[-700:])
    page = sound("with the film", report(store, *args, "--format", "html").stdout)
    ok(["Everything?", "2", "100.0 %", "100.0 %", "12.0 s"] in [row[:5] for row in page.rows], "the page has the same", page.rows[-20:])
    with open(story, "w") as f:
        f.write(FILM.replace("for: 1s, default: one", "for: 2s, default: one"))
    text = report(store, *args).stdout
    ok("1 more are not in this version" in text and "Nothing?" not in text.split("Consequence")[-1], "a decision that changed since is left out", text[-400:])
    ok(report(store, "--film", f"{top}/none.yaml").returncode == 3, "a story that is not there")


SECOND = """frumious: 1
id: test.measured
title: Measured
start: a
nodes:
  a:
    clip: {card: a, for: 3s}
    decision: {id: first, prompt: First?, opens: 0s, for: 1s, default: one, options: {one: {text: One, goto: l}, two: {text: Two, goto: b}}}
  b:
    clip: {card: b, for: 3s}
    decision: {id: second, prompt: Second?, opens: 0s, for: 1s, default: left, options: {left: {text: L, goto: l}, right: {text: R, goto: r}}}
  l: {clip: {card: l, for: 5s}, ending: {id: l, title: Left}}
  r: {clip: {card: r, for: 7s}, ending: {id: r, title: Right}}
"""


def measured(top):
    """What a decision changes where people decide later as they did: by hand from the report's own shares, in every format."""
    story, store = f"{top}/measured.yaml", f"{top}/measured.sqlite"
    with open(story, "w") as f:
        f.write(SECOND)
    play_as_people(store, story, range(1, 46))
    args = ("--recount", "--floor", "1", "--film", story)
    data = json.loads(report(store, *args, "--format", "json").stdout)
    jsonschema.validate(data, json.load(open("telemetry/report.schema.json")))
    first, second = data["films"][0]["decisions"]
    picks = {o["id"]: o["picks"]["share"] for o in second["options"]}
    late = second["outcomes"]["timeout"] / second["exposures"]
    want = picks["right"] / (picks["left"] + picks["right"] + late)
    got = first["consequence"]
    ok(got["shift"] == 0.5 and abs(got["shift_measured"] - want) < 2e-6 and want != 0.5 and not got["measured_alike"],
       "the first decision changes what people's second one leaves of it", (got, want))
    ok(second["consequence"]["shift_measured"] == 1, "the second one everything", second["consequence"])
    text, csv = report(store, *args).stdout, report(store, *args, "--format", "csv").stdout
    ok(re.search(rf"First\? +50.0 % +{want * 100:.1f} % ", text) and "as those counted here." in text, "so says the table", text[-700:])
    ok(f"first,,First?,endings shift as measured,,,{got['shift_measured']:.6f},,,,\r\n" in csv.replace("\n", "\r\n").replace("\r\r", "\r"), "and the CSV", csv)
    page = sound("as measured", report(store, *args, "--format", "html").stdout)
    ok(["First?", "1", "50.0 %", percent(want)] in [row[:4] for row in page.rows], "and the page", page.rows[-9:])
    floor = first["exposures"]  # fewer came to the second
    few = json.loads(report(store, "--recount", "--floor", str(floor), "--film", story, "--format", "json").stdout)["films"][0]["decisions"]
    ok(few[0]["consequence"]["shift_measured"] == 0.5 and few[1]["consequence"]["measured_alike"] and not few[0]["consequence"]["measured_alike"],
       "with too few cases any option is taken alike", few)
    text = report(store, "--recount", "--floor", str(floor), "--film", story).stdout
    ok("1 of 2 with too few cases to say: any option alike there" in text, "which is said", text[-500:])
    text = report(store, "--recount", "--floor", "1000", "--film", story).stdout
    ok("As measured: too few to say, of every decision." in text, "and where nothing is known", text[-500:])


def verdicts(top):
    """45 viewings, all quick at the first decision and slow at the second: that is sure. Of 5, it is perhaps so."""
    story, store = f"{top}/measured.yaml", f"{top}/verdicts.sqlite"
    shutil.copy(f"{top}/measured.sqlite", store)
    with sqlite3.connect(store) as db:
        for name, fastest in (("first", 200_000), ("second", 700_000)):
            db.execute("UPDATE outcome SET what = 0, option = coalesce(option, (SELECT min(o.id) FROM option o JOIN decision d ON d.id = o.decision WHERE d.name = ?1)), "
                       "latency_us = ?2 + 3000 * (viewing % 50) WHERE EXISTS(SELECT 1 FROM exposure e JOIN menu m ON m.id = e.menu JOIN decision d ON d.id = m.decision "
                       "WHERE e.viewing = outcome.viewing AND e.seq = outcome.exposure AND d.name = ?1)", (name, fastest))
    args = ("--recount", "--floor", "1", "--film", story)
    for words, keep in (("matters, goes by unnoticed", 45), ("perhaps: matters, goes by unnoticed", 5)):
        with sqlite3.connect(store) as db:
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("DELETE FROM viewing WHERE id NOT IN (SELECT viewing FROM exposure GROUP BY viewing HAVING count(*) = 2 ORDER BY viewing LIMIT ?)", (keep,))
        decisions = json.loads(report(store, *args, "--format", "json").stdout)["films"][0]["decisions"]
        told, asked = [d["consequence"]["verdict"] for d in decisions], decisions[0]["exposures"]
        ok(told == [words, ""], f"the first decision: {words}", told)
        text, csv = report(store, *args).stdout, report(store, *args, "--format", "csv").stdout
        page = sound(words, report(store, *args, "--format", "html").stdout)
        ok(re.search(rf"First\?.* of {asked}   {words}\n", text) and f",first,,First?,\"verdict: {words}\",,{asked}," in csv and any(row[:1] == ["First?"] and row[-2:] == [str(asked), words] for row in page.rows),
           "so say the text, the CSV and the page, with how many were asked", text[-500:])


def ask(port, path="/", host=None, method="GET", more=()):
    """(status, body) of a server on this machine."""
    c = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    c.putrequest(method, path, skip_host=True)
    for line in (host or f"127.0.0.1:{port}", *more):
        c.putheader("Host", line)
    c.endheaders()
    r = c.getresponse()
    body = r.read().decode()
    c.close()
    return r.status, body


def said(port, text):
    """Everything that comes back on one connection, whatever is said on it."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as s:
        got = b""
        try:
            s.sendall(text.encode())
            while piece := s.recv(1 << 16):
                got += piece
        except ConnectionError:  # it has heard enough, and what is still on its way is not taken
            pass
    return got.decode()


def listens(port):
    """Addresses on which something listens there, as the kernel has them."""
    rows = [line.split() for name in ("tcp", "tcp6") for line in open(f"/proc/net/{name}").read().splitlines()[1:]]
    return [row[1].split(":")[0] for row in rows if row[3] == "0A" and int(row[1].split(":")[1], 16) == port]


def follow(p, store, story):
    address = p.stdout.readline().strip()
    port = int(address.rstrip("/").rsplit(":", 1)[1])
    ok(address == f"http://127.0.0.1:{port}/" and listens(port) == ["0100007F"], "it listens on the loopback address only", (address, listens(port)))
    status, page = ask(port)
    rows = Page(page).rows
    ok(status == 200 and "45 of 45" in [cell for row in rows for cell in row], "the page is served", (status, rows[:5]))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)[1]
    scripts = [f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" for attrs, code in Page(page).scripts if attrs.get("type") != "application/json"]
    ok(policy == f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src {' '.join(scripts)}; connect-src 'self'", "it may ask its server, and run its own two scripts", policy)
    status, tag = ask(port, "/tag")
    ok(status == 200 and f'data-tag="{tag}"' in page and ask(port, "/tag")[1] == tag and ask(port)[1] == page, "nothing changes while nothing happens", tag)
    play("--store", store, "--choose", "random", "--seed", "99", story)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE viewing SET chooser = 0, mode = 0, nth = 1")
    new = ask(port, "/tag")[1]
    rows = Page(ask(port)[1]).rows
    ok(new != tag and "46 of 46" in [cell for row in rows for cell in row], "another viewing, another page", (tag, new, rows[:5]))
    for words, want, args in (("another name", 403, {"host": "evil.example"}), ("another name with the port", 403, {"host": f"evil.example:{port}"}), ("two names", 403, {"more": ["evil.example"]}),
                              ("another page", 404, {"path": "/etc/passwd"}), ("another method", 405, {"method": "POST"}), ("a tag for somebody else", 403, {"path": "/tag", "host": "evil.example"})):
        status, body = ask(port, **args)
        ok(status == want and "Measured" not in body and len(body) < 100, f"{words} is refused", (status, body[:200]))
    ok(ask(port, more=["x" * 9000])[0] == 431, "so is too much")
    whole, head = (said(port, f"{method} / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n") for method in ("GET", "HEAD"))
    ok(head.endswith("\r\n\r\n") and whole.startswith(head) and len(whole) > len(head), "HEAD gets what GET gets, but for the page", head)
    ok(all(f"\r\n{line}\r\n" in head for line in ("X-Frame-Options: DENY", "Cross-Origin-Resource-Policy: same-origin", "X-Content-Type-Options: nosniff",
                                                   "Cache-Control: no-store", "Referrer-Policy: no-referrer", "Connection: close")),
       "no other site may show it or take it in, and nobody keeps it", head)
    own = f"Host: 127.0.0.1:{port}\r\n"
    for words, want, text in (("HTTP/1.0", 200, f"GET / HTTP/1.0\r\n{own}\r\n"), ("HTTP/1.0 without a name", 403, "GET / HTTP/1.0\r\n\r\n"), ("HTTP/0.9", 403, "GET /\r\n\r\n"),
                              ("a folded name", 403, f"GET / HTTP/1.1\r\nHost: evil.example\r\n 127.0.0.1:{port}\r\n\r\n"),
                              ("a whole address", 404, f"GET http://evil.example/ HTTP/1.1\r\n{own}\r\n"), ("a way up", 404, f"GET /../../etc/passwd HTTP/1.1\r\n{own}\r\n"),
                              ("a question of another page's", 405, f"OPTIONS / HTTP/1.1\r\n{own}Origin: http://evil.example\r\nAccess-Control-Request-Method: GET\r\n\r\n"),
                              ("an echo", 405, f"TRACE / HTTP/1.1\r\n{own}\r\n"), ("a tunnel", 405, f"CONNECT evil.example:80 HTTP/1.1\r\n{own}\r\n"),
                              ("a thousand questions", 200, f"GET /tag HTTP/1.1\r\n{own}\r\n" * 1000)):
        got = said(port, text)
        ok(got.startswith(f"HTTP/1.1 {want} ") and got.count("HTTP/1.1 ") == 1 and "Access-Control" not in got, f"{words}: one answer, {want}", got[:300])
    got = said(port, f"GET / HTTP/1.1\r\n{own}X: " + "x" * 20_000_000)
    ok(got == "" or got.startswith("HTTP/1.1 431 "), "twenty million letters are not listened to", got[:300])
    taken = subprocess.run([PROGRAM, "report", "--watch", "--port", str(port), "--store", store], capture_output=True, text=True, timeout=PATIENCE, check=False)
    ok(taken.returncode == 3 and str(port) in taken.stderr and not taken.stdout, "a port that is taken", taken)
    p.send_signal(signal.SIGINT)
    ok(p.wait(PATIENCE) == 130 and not listens(port), "Ctrl-C ends it", p.returncode)


def watch(top):
    """The page, served to this machine alone, follows the store."""
    store, story = f"{top}/measured.sqlite", f"{top}/measured.yaml"
    with subprocess.Popen([PROGRAM, "report", "--watch", "--store", store, "--recount", "--floor", "1", "--film", story], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as p:
        try:
            follow(p, store, story)
        finally:
            p.kill()
    for args in (["--format", "json"], ["--decision", "first"], ["--against", "time=2"], ["--port", "70000"]):
        ok(report(store, "--watch", *args).returncode == 2, f"not with {args[0]}")
    ok(report(f"{top}/no.sqlite", "--watch").returncode == 3, "a store that is not there")


def percent(share):
    return f"{share * 100:.1f} %"


def same_numbers(page, data):
    """Each option's row: share, interval, counts, against the JSON report."""
    rows, wrong, n = {tuple(r) for r in page.rows}, [], 0
    for film in data["films"]:
        for decision in film["decisions"]:
            for option in decision["options"]:
                p = option["picks"]
                took = "" if option["median_ms"] is None else f"{option['median_ms'] / 1000:.1f} s"
                want = (option["title"], "", percent(p["share"]), f"{p['low'] * 100:.1f} to {p['high'] * 100:.1f}", f"{p['k']} of {p['n']}", took) \
                    if p["share"] is not None else (option["title"], "", "too few to say", "", f"{p['k']} of {p['n']}", took)
                n += 1
                if want not in rows:
                    wrong.append(want)
    ok(n > 10 and not wrong, f"the page's {n} options have the numbers of the JSON report", wrong[:4])


def main():
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        store = f"{top}/a.sqlite"
        made = run("audience", "--store", store, "--viewings", "400", "--seed", "3")
        ok(made.code == 0, "there is an audience", made)
        r = report(store, "--format", "html")
        page = sound("audience", r.stdout)
        ok(r.returncode == 0 and len(r.stdout) < 2 << 20, "it is small", len(r.stdout))
        same_numbers(page, json.loads(report(store, "--format", "json").stdout))
        ok("svg" in page.tags and r.stdout.count('class="node') > 10, "the film is drawn", r.stdout.count('class="node'))

        with sqlite3.connect(store) as db:
            for table in ("story", "node", "decision", "option", "ending"):
                db.execute(f"UPDATE {table} SET title = ?", (EVIL + table,))
        r = report(store, "--format", "html")
        sound("a story that says <script>", r.stdout)
        ok(r.stdout.count("&lt;script&gt;alert(&quot;1&quot;)") > 10, "its words are there to read")

        empty = f"{top}/empty.sqlite"
        run("audience", "--store", empty, "--viewings", "1", "--seed", "1")
        ok(run("telemetry", "erase", "all", "--store", empty).code == 0, "everything is erased")
        r = report(empty, "--format", "html")
        sound("an empty store", r.stdout)
        ok("Nothing is recorded yet" in r.stdout, "which it says")
        ok(r.returncode == 0, "which is no mistake", r.stderr)
        impact(top)
        measured(top)
        verdicts(top)
        watch(top)
    return done()


raise SystemExit(main())
