#!/usr/bin/python3
# tests/run: may run beside others
"""The report's page in Chromium: its script changes nothing until it is asked, recomputes what `frumious report` would say of
a filter, can be used by mouse, finger and keys, has no accessibility finding, and takes a story's words for words."""
import collections
import contextlib
import csv
import io
import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile

from lib import PROGRAM, done, ok, play, run, set_home

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODULES = os.path.join(ROOT, "build/page/browser")
EVIL = '</script><script>alert("1")</script><!--<img src=x onerror=alert(2)>\u2028\u2029 & "\\'
VIEWINGS = {"first": "first viewings", "replay": "replays", "unknown": "first or not: unknown", "all": "all viewings"}
TIMES = {"1": "author's time", "2": "2 × the time", "all": "any time mode"}


def report(store, *args):
    return subprocess.run([PROGRAM, "report", "--store", store, *args], capture_output=True, text=True, check=True).stdout


def save(path, text):
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)
    return path


def look(pages):
    """What Chromium saw: {name: {errors, requests, results}}; results as the steps that tests/page/look.mjs describes."""
    job = {"modules": MODULES, "chromium": shutil.which("chromium"), "pages": pages}
    r = subprocess.run(["node", os.path.join(ROOT, "tests/page/look.mjs")], input=json.dumps(job), capture_output=True, text=True, check=False)
    if not ok(r.returncode == 0, "the browser looked at the pages", r.stderr[-2000:]):
        raise SystemExit(done() or 1)
    return {page["name"]: page for page in json.loads(r.stdout)}


# ---- what the page should say, from the JSON report

# The JSON's numbers are rounded to a millionth, which can round to another decimal than the numbers themselves: what is shown
# is made from the JSON's counts, and the JSON's own numbers must agree with it.

def wilson(k, n, z=1.959963984540054):
    p, zz = k / n, z * z
    centre = (p + zz / (2 * n)) / (1 + zz / n)
    half = z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return p, 0 if k == 0 else max(0, centre - half), 1 if k == n else min(1, centre + half)


def newcombe(a, b):
    (p, low, high), (q, q_low, q_high) = wilson(a["k"], a["n"]), wilson(b["k"], b["n"])
    return p - q, p - q - math.hypot(p - low, q_high - q), p - q + math.hypot(high - p, q - q_low)


def shown(numbers, told):
    agree = all(abs(n - t) < 1e-6 for n, t in zip(numbers, told))
    value, low, high = (f"{n * 100:.1f}" for n in numbers)
    return value if agree else f"the JSON says {told}", f"{low} to {high}"


def share(p):
    if p["share"] is None:
        return ["too few to say", "", f"{p['k']} of {p['n']}"]
    value, interval = shown(wilson(p["k"], p["n"]), (p["share"], p["low"], p["high"]))
    return [f"{value} %", interval, f"{p['k']} of {p['n']}"]


def points(p):
    a, b = p["a"], p["b"]
    counted = f"{a['k']} of {a['n']} against {b['k']} of {b['n']}"
    if p["difference"] is None:
        return ["too few to say", "", counted]
    value, interval = shown(newcombe(a, b), (p["difference"], p["low"], p["high"]))
    return [f"{value} points", interval, counted]


def seconds(ms):
    return "" if ms is None else f"{ms / 1000:.1f} s"


def time_text(t):
    if t["ms"] is None:
        return "not reached: too many let the time run out, or left"
    low, high = ("…" if t[k] is None else f"{t[k] / 1000:.1f}" for k in ("low", "high"))
    return f"{seconds(t['ms'])} ({low} to {high})"


def curve_rows(curve):
    """At each step of the axis, which has ten at most: how many are still undecided."""
    step = next(s for s in (100, 200, 500, 1000, 2000, 5000) if curve[-1][0] <= 10 * s)
    for i in range(1, math.ceil(curve[-1][0] / step) + 1):
        at = next((c for c in reversed(curve) if c[0] <= i * step), (0, 1, 1, 1))
        yield f"{i * step / 1000:.{int(step < 1000)}f} s", at[1:4]


def is_curve(rows, d):
    """Whether a table has the JSON's curve, whose rounding can be seen in the last decimal."""
    curve = d["decision_time"]["curve"]
    want = list(curve_rows(curve)) if curve and d["exposures"] >= 20 else []
    near = lambda text, share: abs(float(text) - share * 100) < 0.051
    return len(rows) == len(want) and all(time == row[0] and row[1].endswith(" %") and all(map(near, [row[1][:-2], *row[2].split(" to ")], shares))
                                          for row, (time, shares) in zip(rows, want))


def worst_seconds(node):
    """The eight seconds of a node in which most left: (what the page calls it, the JSON's)."""
    left = [s for s in node["by_second"] if s["left"]["k"]]
    for s in sorted(left, key=lambda s: (-s["left"]["k"], s["second"]))[:8]:
        yield f"{s['second'] // 60}:{s['second'] % 60:02}" + (" *" if s["q"] is not None and s["q"] <= 0.05 else ""), s


def expected(film):
    """Rows by table: Counter of tuples, and the captions of curves, as the page should have them."""
    rows = collections.defaultdict(collections.Counter)
    curves = collections.Counter()
    for d in film["decisions"]:
        for o in d["options"]:
            rows[d["id"]][(o["title"], *share(o["picks"]), seconds(o["median_ms"]))] += 1
            rows[d["id"] + "-place"][(o["title"], *points(o["shown_first"]))] += 1
            rows[d["id"] + "-light"][(o["title"], *points(o["in_the_light"]))] += 1
        for m in d["menus"] if len(d["menus"]) > 1 else []:
            for o in m["options"]:
                rows[d["id"] + "-menu"][(o["title"], *share(o["picks"]))] += 1
        t = d["decision_time"]
        enough = d["exposures"] >= 20
        curves[d["title"], "Still undecided: " + (f"half decided within {time_text(t['median'])}; nine in ten within {time_text(t['p90'])}"
                                                  if enough else "too few to say")] += 1
    for n in film["nodes"]:
        if n["reach"]["k"]:
            rows["reach"][(n["title"], *share(n["reach"]))] += 1
        if n["drop_off"]["k"]:
            rows["drop-off"][(n["title"], *share(n["drop_off"]))] += 1
        for clock, s in worst_seconds(n) if len(film["nodes"]) < 60 else []:  # of more nodes, not all are shown
            rows[f"seconds-{n['title']}"][(clock, *share(s["left"]))] += 1
    for e in film["endings"]:
        if film["versions"][e["version"]]["viewings"]:
            rows["endings"][(e["title"], *share(e["reach"]))] += 1
    for v in film["versions"]:
        if v["viewings"]:
            for p in v["paths"]:
                rows["paths"][(" › ".join(p["words"]), *share(p["viewings"]))] += 1
            rows["paths"][("all other whole paths", *share(v["other_paths"]))] += 1
            rows["paths"][("no whole path", *share(v["no_whole_path"]))] += 1
    for m in film["mixed"]:
        if m["differ"]:
            rows["mixed"][mixed_row(film, m)] += 1
    return rows, curves


def mixed_row(film, m):
    """A share that adds up parts of the audience which differ."""
    title = m["title"] or m["option"] or m["id"]
    if m["kind"] == "option":
        asked = next(d for d in film["decisions"] if d["id"] == m["id"] and set(m["versions"]) <= set(d["versions"]))
        title = f"{asked['title'] or asked['id']} › {title}"
    parts = ", ".join(f"{p['name']}: {p['share']['k'] / p['share']['n'] * 100:.1f} % of {p['share']['n']}" for p in m["parts"])
    by = {"version": "versions", "viewings": "first viewings and replays", "time": "time modes"}[m["by"]]
    return title, m["number"], by, parts


def same_as_report(seen, film, words):
    """Every row of these tables on the page, and no other, is what the report says."""
    want, curves = expected(film)
    got = collections.defaultdict(collections.Counter)
    for t in seen["tables"]:
        for r in t["rows"]:
            got[t["name"]][tuple(r)] += 1
    wrong, n = [], 0
    for name, rows in want.items():
        shown = got[name]
        if not name.endswith(("-place", "-light", "-menu")) and name.startswith("choice"):
            shown = collections.Counter({r: k for r, k in shown.items() if r[0] not in ("Nobody chose in time", "Left, skipped, went back", "Changed their mind")})
        n += sum(rows.values())
        wrong += [(name, "missing", r) for r in rows - shown] + [(name, "too much", r) for r in shown - rows]
    tables = [t["rows"] for t in seen["tables"] if t["name"].endswith("-time")]
    wrong += [("curve", d["id"]) for d in film["decisions"] if d["exposures"] >= 20 and d["decision_time"]["curve"] and not any(is_curve(rows, d) for rows in tables)]
    have = collections.Counter((c["title"], c["caption"]) for c in seen["curves"])
    wrong += [("curve", c) for c in (curves - have) | (have - curves)]
    viewings = sum(v["viewings"] for v in film["versions"])
    wrong += [] if seen["keys"][0] == str(viewings) else [("viewings", viewings, seen["keys"])]
    ok(n > 50 and not wrong, f"{words}: the page's {n} rows are the report's", wrong[:6])


# ---- filters

def days(store):
    with sqlite3.connect(store) as db:
        return [r[0] for r in db.execute("SELECT DISTINCT date(started_ms / 1000, 'unixepoch') FROM viewing ORDER BY 1")]


def filters(store):
    day, later = days(store)[-9], days(store)[-4]
    return [
        {},
        {"viewings": "replay"},
        {"viewings": "all", "time": "all"},
        {"time": "2"},
        {"time": "2", "viewings": "all"},
        {"version": "2.0"},
        {"version": "1.0", "viewings": "replay", "time": "all"},
        {"since": day},
        {"to": later},
        {"since": day, "to": later, "viewings": "all"},
        {"version": "2.0", "viewings": "all", "time": "all", "since": day},
    ]


def chosen(f):
    """A filter as the page's selects have it."""
    names = {"version": ("version", lambda v: v), "viewings": ("viewings", VIEWINGS.get), "time": ("time", TIMES.get), "since": ("from", lambda v: v), "to": ("to", lambda v: v)}
    return {names[k][0]: names[k][1](v) for k, v in f.items()}


def until(store, day):
    """A copy of the store without what began on a later day."""
    copy = f"{store}-{day}"
    shutil.copy(store, copy)
    with sqlite3.connect(copy) as db:
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("DELETE FROM viewing WHERE date(started_ms / 1000, 'unixepoch') > ?", (day,))
    return copy


def same_over_time(seen, film, words):
    """Each day's rows, and what happened, are those of `report --over day`."""
    rows = collections.defaultdict(dict)
    for r in film["rows"]:
        if r["kind"] in ("viewings", "reached an ending"):
            rows[r["date"], r["version"]][r["kind"]] = r
    want = [(*key, str(r["viewings"]["k"]), *share(r["reached an ending"]), "") for key, r in rows.items()]
    shown = next(t["rows"] for t in seen["tables"] if t["name"] == "launch")
    marks = [(r[0], r[1] if r[6].startswith("first viewing") else r[6]) for r in shown if r[6]]
    ok([tuple(r) for r in shown if not r[6]] == want and marks == [(m["date"], m["text"]) for m in film["marks"]] and want,
       f"{words}: {len(want)} rows over time are the report's", (shown[:3], want[:3], marks))


def recomputed(store, results, asked):
    for f, seen in zip(asked, results):
        args = [a for k, v in f.items() if k != "to" for a in (f"--{k}", v)]
        words = " ".join(f"{k} {v}" for k, v in f.items()) or "as it opens"
        film = json.loads(report(until(store, f["to"]) if "to" in f else store, "--format", "json", *args))["films"][0]
        same_as_report(seen, film, words)
        if not {"to", "since", "version"} & set(f):  # those of the program take the other marks away, too
            same_over_time(seen, json.loads(report(store, "--over", "day", "--format", "json", *args))["films"][0], words)


# ---- two sides

SIDES = [  # an address, and the report that says the same
    ("#?viewings=all&compare=&b-viewings=replay", ("--viewings", "all", "--against", "viewings=replay")),
    ("#?version=1.0&compare=&b-version=2.0", ("--version", "1.0", "--against", "version=2.0")),
    ("#?time=all&viewings=all&compare=&b-time=2&b-viewings=all", ("--time", "all", "--viewings", "all", "--against", "time=2")),
]


def side_rows(row):
    """A row of the comparison's JSON as the page's table has it: texts, and numbers that may differ in the last decimal."""
    counts = [f"{p['k1']} of {p['n1']}, {p['k2']} of {p['n2']}" for p in (row, *row["strata"])]
    shares = [[f"{p['k1'] / p['n1'] * 100:.1f} %", f"{p['k2'] / p['n2'] * 100:.1f} %"] if p["n1"] and p["n2"] else None for p in (row, *row["strata"])]
    numbers = None if row["difference"] is None else [row[n] * 100 for n in ("difference", "low", "high")]
    note = " ".join(["*"] * (row["q"] is not None and row["q"] <= 0.05) + ["changed between the two"] * row["changed"]
                    + ["the versions differ more than chance allows: look at each"] * (row["strata_q"] is not None and row["strata_q"] <= 0.05))
    yield row["title"] or row["option"], shares[0], numbers, counts[0], note
    for s, p, c in zip(row["strata"], shares[1:], counts[1:]):
        yield f"version {s['version']}", p, [(s["k1"] / s["n1"] - s["k2"] / s["n2"]) * 100], c, ""


def is_side_row(shown, want):
    title, shares, numbers, counts, note = want
    said = [] if numbers is None else [float(n) for n in re.findall(r"[-+]?\d+\.\d", f"{shown[3]} {shown[4]}")]
    return (shown[0] == title and (shares is None or shown[1:3] == shares) and shown[5:] == [counts, note] and (numbers is not None or shown[3] == "too few to say")
            and len(said) == len(numbers or []) and all(abs(a - b) < 0.0501 for a, b in zip(said, numbers or [])))


def side_by_side(store, results, sides=None):
    for (address, args), seen in zip(sides or SIDES, results):
        told = json.loads(report(store, *args, "--format", "json"))["films"][0]["rows"]
        want = [r for row in told for r in side_rows(row)]
        shown = [r for r in next(t["rows"] for t in seen["tables"] if t["name"] == "side-by-side") if len(r) > 1]
        wrong = [(a, b) for a, b in zip(shown, want) if not is_side_row(a, b)]
        ok(len(shown) == len(want) > 40 and not wrong, f"{address}: {len(want)} rows side by side are the report's, stars and all", (len(shown), len(want), wrong[:3]))


def judge_linked(store, seen, unknown):
    got = seen["results"]
    film = json.loads(report(store, "--version", "2.0", "--viewings", "replay", "--time", "all", "--format", "json"))["films"][0]
    same_as_report(got[0], film, "a link with filters")
    ok(got[1] == "#endings-0?version=2.0&viewings=replay&time=all&period=week" and got[2] == "week", "a link opens what its sender saw", got[1:])
    ok(got[5] == "#paths-0?version=2.0&viewings=replay&time=2&period=week" and got[7] == "#paths-0?period=week", "each choice stands in the address; links within the page leave it there", got[1:])
    text, start, version = unknown["results"]
    ok("version “9”, which is not in this page" in text and version == "-1" and start == "20454", "what a link asks for and the page does not have is told", (text, start))


# ---- segments

PARTS = [  # an address of the page that can be filtered by what was taken as well, and the report that says the same
    ("#?language=de&viewings=all", ("--only", "language=de", "--viewings", "all")),
    ("#?arm%3Dopening=slow&time=all&viewings=all", ("--only", "arm=opening:slow", "--time", "all", "--viewings", "all")),
    ("#?channel=festival&input=mouse&viewings=all", ("--only", "channel=festival", "--only", "input=mouse", "--viewings", "all")),
    ("#?took%3Dchoice-0=o1&viewings=all", ("--only", "took=choice-0:o1", "--viewings", "all")),
]
PART_SIDES = [
    ("#?viewings=all&language=de&compare=&b-viewings=all&b-language=en", ("--viewings", "all", "--only", "language=de", "--against", "language=en")),
    ("#?viewings=all&channel=festival&arm%3Dopening=fast&compare=&b-viewings=all&b-channel=festival&b-arm%3Dopening=slow",
     ("--viewings", "all", "--only", "channel=festival", "--only", "arm=opening:fast", "--against", "arm=opening:slow")),
]


def parts_store(top, whole):
    """An audience in two languages, of two channels, with two arms and three forms of input."""
    store = f"{top}/parts.sqlite"
    shutil.copy(whole, store)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE outcome SET given = 1 + viewing % 3 WHERE what = 0")
        db.execute("UPDATE viewing SET language = iif(id % 5 > 1, 'en', 'de'), channel = iif(id % 3, 'festival', NULL)")
        db.execute("INSERT INTO arm(story, experiment, position, name, weight) SELECT s.id, 'opening', n, iif(n, 'slow', 'fast'), 1 FROM story s, (SELECT 0 AS n UNION SELECT 1)")
        db.execute("INSERT INTO viewing_arm SELECT v.id, a.id FROM viewing v JOIN arm a ON a.story = v.story AND a.position = v.id / 7 % 2")
        db.executemany("INSERT OR IGNORE INTO viewer(id, uuid) VALUES(?, randomblob(16))", [(i,) for i in range(1, 201)])
        db.execute("UPDATE viewing SET viewer = iif(id % 3, 1 + id % 200, NULL)")
    return store


def parts_pages(top, store):
    page = save(f"{top}/parts.html", report(store, "--by", "took=choice-0", "--format", "html"))
    pages = [{"name": f"part {i}", "file": page, "hash": address, "options": CALM, "steps": [["read", None]]} for i, (address, _) in enumerate(PARTS + PART_SIDES)]
    used_ = [["count", ".filters .more[open]"], ["click", ".filters .more summary"], ["pick", [".filters [name=language]", "de"]], ["address", None], ["axe", None],
             ["click", ".trial summary"], ["axe", None], ["click", ".filters > button"], ["address", None]]
    return [*pages, {"name": "parts", "file": page, "options": CALM, "steps": used_}]


def judge_parts(store, seen):
    for i, (address, args) in enumerate(PARTS):
        same_as_report(seen[f"part {i}"]["results"][0], json.loads(report(store, *args, "--format", "json"))["films"][0], f"{address}, by segments")
    side_by_side(store, [seen[f"part {len(PARTS) + i}"]["results"][0] for i in range(len(PART_SIDES))], PART_SIDES)
    tables = {t["name"]: t["rows"] for t in seen[f"part {len(PARTS)}"]["results"][0]["tables"]}
    beside = {r[0]: r for r in tables["viewers-side-by-side"] if len(r) > 1}
    same = [r for name in ("came-back", "film-seen") for r in tables[name] if beside[r[0]][5].split(", ")[0] != r[3]]
    ok(len(tables["came-back"]) == 2 and not same and beside["watched it twice or more"][5].count(" of ") == 2, "what people did over all their viewings stands side by side, by their first viewing", (same, list(beside.values())[:2]))
    got = seen["parts"]["results"]
    ok(got[0] == 0 and got[3] == "#?language=de" and got[8] == "", "a segment that is chosen stands in the address, until it is chosen no more", got)
    accessible(["more filters", "an experiment"], [got[4], got[6]])


# ---- flows

def flows(seen, words):
    """What flows into a box flows out of it, but for where viewings begin and end."""
    into, out, boxes = collections.Counter(), collections.Counter(), {}
    for text in seen["flow"]:
        ends, n = text.rsplit(": ", 1)
        a, b = ends.split(" → ")
        out[a] += int(n)
        into[b] += int(n)
    for kind, text in seen["boxes"]:
        boxes.setdefault(text.rsplit(": ", 1)[0], kind.split()[-1])
    inner = [b for b, kind in boxes.items() if into[b] and out[b] and kind == "node"]
    wrong = [(b, into[b], out[b]) for b in inner if into[b] != out[b]]
    ok(len(inner) > 8 and not wrong, f"{words}: what comes into each of {len(inner)} nodes goes on, or is told to leave", wrong[:4])


# ---- charts, which the script draws

def drawn_curve(path):
    """A curve's corners from its path: (x, y) in the drawing's units, a step down at each moment."""
    return [tuple(map(float, p.split(","))) for p in re.findall(r"[ML]([\d.]+,[\d.]+)", path)]


def is_drawn(c, d):
    """Whether a decision's curve is the report's: it comes down at each moment to where the report says, with a band and axes."""
    curve = d["decision_time"]["curve"]
    if d["exposures"] < 20 or not curve:
        return not c["line"] and not c["ticks"]
    corners = drawn_curve(c["line"])
    shares = [1 - (y - 10) / 150 for _, y in corners][2::2]  # the plot's top and height: BOX in web/curve.js
    down = len(shares) == len(curve) and all(abs(a - b[1]) < 0.001 for a, b in zip(shares, curve)) and [x for x, _ in corners] == sorted(x for x, _ in corners)
    return down and len(drawn_curve(c["band"])) > 2 * len(curve) and c["ticks"][:5] == ["0 %", "25 %", "50 %", "75 %", "100 %"] and c["ticks"][-1].endswith(" s")


def curves_drawn(seen, film, words):
    """Every curve that has enough cases is drawn; no other is. Versions can have different decisions of one name."""
    wrong = [(c["title"], c["ticks"], c["line"][:200]) for c in seen["curves"] if not any(is_drawn(c, d) for d in film["decisions"] if d["id"] + "-time" == c["csv"])]
    n = sum(bool(c["line"]) for c in seen["curves"])
    ok(n > 4 and n == sum(d["exposures"] >= 20 and bool(d["decision_time"]["curve"]) for d in film["decisions"]) and not wrong, f"{words}: the {n} curves that are drawn are the report's", wrong[:4])


def bars_drawn(seen, words):
    """Each row of shares has a bar as long as its share, with a whisker as long as its interval."""
    wrong, n = [], 0
    for t in seen["tables"]:
        for row, bars in zip(t["rows"], t["bars"]):
            if not bars or len(row) < 4:
                continue
            fill, whisker = (tuple(float(v or 0) for v in b.split(",")) for b in bars.split(" "))
            low, high = map(float, row[2].split(" to ")) if row[2] else (0, 0)
            share = float(row[1].removesuffix(" %")) if row[2] else 0
            n += 1
            if abs(fill[1] - share) > 0.06 or abs(whisker[0] - low) > 0.06 or abs(whisker[0] + whisker[1] - high) > 0.12:
                wrong.append((t["name"], row, bars))
    ok(n > 50 and not wrong, f"{words}: {n} bars are as long as their shares", wrong[:4])


def leans_drawn(seen, film, words):
    """A histogram's bars are as high as its table says, beside each other."""
    want = [[sum(t["leans"][i:i + 5 + (i == 95)]) for i in range(0, 100, 5)] for t in film["traits"]]
    near = lambda a, b: all(abs(x / 90 - n / max(b)) < 0.01 for x, n in zip(a, b))  # plot's height: BOX in web/traits.js
    ok(len(want) == len(seen["bins"]) > 1 and all(map(near, seen["bins"], want)), f"{words}: leans are drawn as they are", (seen["bins"], want))


def impact_drawn(seen, words):
    """A dot for each decision that could be compared and whose median is known, where its row says, with its number."""
    rows = next(t["rows"] for t in seen["tables"] if t["name"] == "consequence")
    want = {r[1]: r for r in rows if r[2] and r[5].endswith(" s")}
    wrong = [d for d in seen["dots"] if abs((274 - d["place"][1]) / 260 * 100 - float(want[d["words"][1]][2][:-2])) > 0.1 or d["words"][0] != want[d["words"][1]][0]]
    order = [float(want[d["words"][1]][5][:-2]) for d in sorted(seen["dots"], key=lambda d: d["place"][0])]
    ok(len(seen["dots"]) == len(want) > 1 and not wrong and order == sorted(order), f"{words}: decisions stand where their rows say", (seen["dots"], rows))


def as_written(text, seen):
    """What the page has before its script runs: (tables' rows, none of which the script changed; nothing drawn but the graph)."""
    ok(not seen["bars"] and not seen["drawn"] and seen["open"] == seen["folded"] > 4, "without a script there are tables, all open, and no chart", seen)
    got = [t["rows"] for t in seen["read"]["tables"]]
    want = [t["rows"] for t in text["tables"]]
    wrong = [(a, b) for a, b in zip(got, want) if a != b]
    ok(len(got) == len(want) > 20 and not wrong, f"the script's {len(want)} tables are those that the program wrote", wrong[:2])


# ---- the pages

CALM = {"reducedMotion": "reduce"}


def audience_page(top, store):
    asked = filters(store)
    steps = [["read", None]]
    for f in asked:
        steps += [["select", chosen(f)], ["read", None]]
    return {"name": "audience", "file": save(f"{top}/audience.html", report(store, "--format", "html")), "options": CALM, "steps": steps}, asked


def used(file):
    """Clicks and keys."""
    return [
        ["fill", [".tools input", "scene 5"]], ["text", ".tools [role=status]"], ["count", ".graph .node.found"],
        ["fill", [".tools input", "Scene 5 B"]], ["press", "Enter"], ["text", ".panel h3"], ["focused", None],
        ["text", ".panel .facts"], ["count", ".panel figure.curve path.line"], ["count", ".panel table"],
        ["press", "Escape"], ["shown", ".panel"], ["focused", None],
        ["press", "ArrowRight"], ["press", "Enter"], ["text", ".panel h3"], ["click", ".panel .close"], ["shown", ".panel"],
        ["fill", [".tools input", ""]], ["attribute", [".graph svg > g", "transform"]],
        ["focus", ".graph svg"], ["press", "+"], ["attribute", [".graph svg > g", "transform"]],
        ["press", "ArrowRight"], ["attribute", [".graph svg > g", "transform"]],
        ["drag", [".graph svg", 60, 30]], ["attribute", [".graph svg > g", "transform"]],
        ["click", ".tools button[title='The whole film']"], ["attribute", [".graph svg > g", "transform"]],
        ["wheel", [".graph svg", -240, "Control"]], ["attribute", [".graph svg > g", "transform"]],
        ["click", "article figure.curve svg"], ["press", "Home"], ["press", "PageDown"], ["attribute", ["article figure.curve svg", "aria-valuetext"]],
        ["press", "ArrowRight"], ["attribute", ["article figure.curve svg", "aria-valuetext"]],
        ["click", ".flows .box.node"], ["text", ".panel h3"],
    ]


def judge_used(seen):
    r = iter(seen["results"])

    def next_of(n=1):
        for _ in range(n - 1):
            next(r)
        return next(r)

    ok(next_of(2) == "2 nodes" and next_of() == 2, "search says and shows what it found")
    ok(next_of(3) == "Scene 5 B", "Enter opens the node's page")
    ok("Scene 5 B" in next_of(), "which has the focus")
    facts = next_of()
    ok("Reach" in facts and re.search(r"\d+ of \d+", facts), "and says who came", facts)
    ok(next_of() == 1 and next_of() == 3, "its decision's curve; options, where from, where to")
    ok(next_of(2) is False, "Escape closes it")
    ok("Scene 5 B" in next_of(), "and leaves the focus on the node")
    ok(next_of(3) not in ("Scene 5 B", "", None), "an arrow goes to the next node, Enter opens it")
    ok(next_of(2) is False, "a click closes it")
    before = next_of(2)
    larger = next_of(3)
    ok(larger != before and "scale(1.5" in larger, "plus zooms", (before, larger))
    moved = next_of(2)
    ok(moved != larger, "arrows move", (larger, moved))
    dragged = next_of(2)
    ok(dragged != moved, "the mouse moves", (moved, dragged))
    whole = next_of(2)
    ok("scale(1)" in whole, "a button shows all", whole)
    ok("scale(1)" not in next_of(2), "Ctrl and the wheel zoom")
    one, two = next_of(4), next_of(2)
    ok(one != two and re.match(r"after \d+\.\d s, \d+\.\d % \(\d", one), "keys read the curve", (one, two))
    ok(next_of(2) == "Scene 1 A", "a box of the flow opens its node")


def accessible(seen, results):
    for what, r in zip(seen, results):
        ok(r and not r["violations"] and r["passes"] > 8, f"{what}: no accessibility finding", json.dumps(r and r["violations"], indent=1))


@contextlib.contextmanager
def watched(top, store):
    """(how many first viewings there are in the end, a page that is served): when the store changes it loads itself anew, and what was chosen stays."""
    copy = f"{top}/watched.sqlite"  # with all viewings first ones, in the end
    shutil.copy(store, copy)
    change = ["python3", "-c", "import sqlite3, sys\nwith sqlite3.connect(sys.argv[1]) as db: db.execute('UPDATE viewing SET nth = 1')", copy]
    with sqlite3.connect(copy) as db:
        firsts = db.execute("SELECT count(*) FROM viewing WHERE time_mode = 2 AND mode = 0 AND chooser = 0").fetchone()[0]
    with subprocess.Popen([PROGRAM, "report", "--watch", "--store", copy], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as p:
        url = p.stdout.readline().strip()
        steps = [["select", {"time": TIMES["2"]}], ["text", ".filters [role=status]"], ["scrolled", 700], ["run", change],
                 ["becomes", [".filters [role=status]", f"{firsts} of"]], ["value", ".filters [name=time]"], ["scrolled", 0]]
        try:
            yield firsts, {"name": "watched", "url": url, "options": CALM, "steps": steps}
        finally:
            p.terminate()


def judge_watched(seen, firsts, url):
    got = seen["results"]
    ok(not seen["errors"] and not got[1].startswith(f"{firsts} of") and got[4], "a served page shows what came into the store", (got, seen["errors"], firsts))
    ok(got[5] == "2" and got[6] == 700, "with the filter that was chosen, where it was read", got)
    ok(seen["requests"] and set(seen["requests"]) == {f"{url}tag"}, "and asks its server for nothing but whether it is old", seen["requests"][:4])


def quiet(pages):
    for name, page in pages.items():
        ok(not page["errors"], f"{name}: no error in the console, every step done", page["errors"][:4])
        ok(not page["requests"], f"{name}: asks nobody for anything", page["requests"][:4])


def as_csv(seen, page_tables):
    got = list(csv.reader(io.StringIO(seen["text"].removeprefix("\ufeff"))))
    table = next(t for t in page_tables if t["name"] == "reach")
    ok(seen["name"] == "reach.csv" and got[0] == ["Node", "id", "share", "low", "high", "k", "n"] and all(a[1] == a[0].lower().replace(" ", "-") for a in got[1:]) and len(got) == len(table["rows"]) + 1, "a table as CSV", got[:3])
    wrong = [(a, b) for a, b in zip(got[1:], table["rows"]) if a[0] != b[0] or f"{a[5]} of {a[6]}" != b[3] or (a[2] and f"{float(a[2]) * 100:.1f} %" != b[1])]
    ok(not wrong, "with the numbers of the table", wrong[:3])


def curve_as_csv(seen, film):
    """Every moment of the curve, not only those that have a row."""
    d = next(d for d in film["decisions"] if seen["name"] == d["id"] + "-time.csv")
    got = list(csv.reader(io.StringIO(seen["text"].removeprefix("\ufeff"))))
    same = [all(abs(float(a) - b) < 2e-6 for a, b in zip(row, (c[0] / 1000, *c[1:4]))) for row, c in zip(got[1:], d["decision_time"]["curve"])]
    ok(got[0] == ["seconds", "undecided", "low", "high"] and len(same) == len(got) - 1 == len(d["decision_time"]["curve"]) > 20 and all(same),
       "a curve as CSV has every moment of the report's", got[:3])


def evil_store(top, store):
    evil = f"{top}/evil.sqlite"
    shutil.copy(store, evil)
    with sqlite3.connect(evil) as db:
        for table in ("story", "node", "decision", "option", "ending"):
            db.execute(f"UPDATE {table} SET title = ?", (EVIL + table,))
        db.execute("UPDATE story SET version = ? || version", (EVIL,))
    return evil


LOOP = """frumious: 1
id: test.loop
title: Loop
start: a
traits: [bold, careful]
props: {lamp: The lamp, key: The key}
nodes:
  a:
    clip: {card: a, for: 2s}
    title: The hall
    decision: {id: light, prompt: Light?, opens: 0s, for: 1s, default: dark, options: {lamp: {text: Lamp, goto: b, traits: {careful: 1}, props: [lamp]}, key: {text: Key, goto: b, traits: {bold: 1}, props: [key]}, dark: {text: None, goto: b, traits: {bold: 1}}}}
  b:
    clip: {card: b, for: 3s}
    title: The stairs
    props: [lamp]
    decision: {id: again, prompt: Again?, opens: 0s, for: 1s, default: on, options: {on: {text: On, goto: c, traits: {bold: 1}}, back: {text: Back, goto: a, traits: {careful: 1}}}}
  c:
    clip: {card: c, for: 2s}
    decision: {id: door, prompt: Door?, opens: 0s, for: 1s, default: shut, options: {open: {text: Open, goto: d, traits: {bold: 1}, props: [key]}, shut: {text: Shut, goto: d, traits: {careful: 1}, props: [lamp]}}}
  d: {clip: {card: d, for: 2s}, ending: {id: d, title: Out}}
"""


def loop_store(top):
    """A film that leads back, with traits and props, played some times."""
    story, store = save(f"{top}/loop.yaml", LOOP), f"{top}/loop.sqlite"
    for seed in range(16):
        play("--store", store, "--choose", "random", "--seed", str(seed), story)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE viewing SET chooser = 0, mode = 0, nth = 1 + id % 2")  # as if people had played
    return store, ("--recount", "--floor", "1"), story


def traits_and_props(seen, film, words):
    """Rows of what traits and props tell, on the page and in the report."""
    titles = {d["id"]: d["title"] for d in film["decisions"]}
    want, prop = collections.Counter(), [p["title"] for p in film["props"]]
    for t in film["traits"]:
        bins = [sum(t["leans"][i:i + 5 + (i == 95)]) for i in range(0, 100, 5)]
        want.update({(t["id"] + "-leans", (f"{5 * i} to {5 * i + 4 + (i == 19)} %", str(n))): 1 for i, n in enumerate(bins)})
        want[t["id"], ("Surely for it", *share(t["surely_for"]))] += 1
        want[t["id"], ("Have a profile", *share(t["profiles"]))] += 1
        for told in t["told_by"]:
            if told["corrected"] is not None and told["corrected"] <= 0.05:
                want["told-by", (titles[told["decision"]], f"{told['bits']:.3f} bits", str(told["n"]))] += 1
    asked = [told for t in film["traits"] for told in t["told_by"] if told["bits"] is not None]
    false = [min(1, *(len(asked) * other["chance"] / sum(o["chance"] <= other["chance"] for o in asked) for other in asked if other["chance"] >= told["chance"])) for told in asked]
    ok(asked and all(abs(told["corrected"] - q) < 1e-4 for told, q in zip(asked, false)), f"{words}: what tells of a trait is corrected for all {len(asked)} that were asked", asked[:2])
    for p in film["props"]:
        want["props", (p["title"], *share(p["picks"]))] += 1
        want["props-again", (p["title"], *share(p["seen_again"]))] += 1
        for r in p["against"]:
            want["props-against", (f"{p['title']} rather than {prop[r['prop']]}", *share(r["picks"]))] += 1
    got = collections.Counter((t["name"], tuple(r)) for t in seen["tables"] for r in t["rows"])
    means = [f"Mean lean: {t['mean']['lean'] * 100:.1f} % ({t['mean']['low'] * 100:.1f} to {t['mean']['high'] * 100:.1f})" for t in film["traits"] if t["mean"]["lean"] is not None]
    ok(len(want) >= 10 and not want - got and set(means) <= set(seen["spreads"]), f"{words}: traits and props are the report's", (list(want - got)[:4], means, seen["spreads"]))


def gist_of(decision):
    told = [o for o in decision["options"] if o["picks"]["share"] is not None]
    best = max(told, key=lambda o: o["picks"]["k"] / o["picks"]["n"], default=None)
    if not decision["exposures"]:
        return "nobody was asked"
    return f"{best['title']}: {best['picks']['share'] * 100:.1f} % of {best['picks']['n']}" if best else f"{decision['exposures']} were asked"


def folds(got, film, small):
    """A long story's page folds, and is no wider than a phone."""
    (width, height), closed, gists, _, opened, unvisited, axe = got
    ok(width == 390 and height < 10000 and small[0] == 420, "no wider than a phone, and folded", (got[0], small))
    ok(closed >= len(gists) and gists == [gist_of(d) for d in film["decisions"][1:]] and opened == 1, "all but one decision are a line each, with their commonest answer, and open",
       (closed, gists, opened))
    nobody = [n["title"] for n in film["nodes"] if not n["reach"]["k"]]
    ok(nobody and unvisited.split() == f"Nobody came to {len(nobody)} of the nodes: {', '.join(nobody)}".split(), "nodes that nobody reached stand apart", (unvisited, nobody))
    accessible(["folded"], [axe])


def main():
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        store = f"{top}/a.sqlite"
        run("audience", "--store", store, "--viewings", "900", "--seed", "3", "--days", "20")
        run("audience", "--store", f"{top}/small.sqlite", "--viewings", "300", "--levels", "3", "--days", "5")
        run("audience", "--store", f"{top}/large.sqlite", "--viewings", "400", "--levels", "120", "--days", "10")
        run("audience", "--store", f"{top}/empty.sqlite", "--viewings", "1")
        run("telemetry", "erase", "all", "--store", f"{top}/empty.sqlite")
        first, asked = audience_page(top, store)
        large = report(f"{top}/large.sqlite", "--format", "html")
        evil = save(f"{top}/evil.html", report(evil_store(top, store), "--format", "html"))
        empty = save(f"{top}/empty.html", report(f"{top}/empty.sqlite", "--format", "html"))
        small = save(f"{top}/small.html", report(f"{top}/small.sqlite", "--format", "html"))
        open_panel = [["fill", [".tools input", "Scene 2 B"]], ["press", "Enter"], ["click", "summary"]]
        axe = [["axe", None], ["media", {"colorScheme": "dark"}], ["axe", None]]
        loop, floor, story = loop_store(top)
        parts = parts_store(top, store)
        with watched(top, store) as (firsts, live):
            seen = look([
                first,
                {"name": "without a script", "file": first["file"], "options": {"javaScriptEnabled": False},
                 "steps": [["read", None], ["count", "table .bar"], ["count", "figure svg"], ["count", "details.same"], ["count", "details.same[open]"]]},
                {"name": "use", "file": first["file"], "options": CALM, "steps": used(first["file"])},
                *({"name": f"side {i}", "file": first["file"], "hash": address, "options": CALM, "steps": [["read", None], ["axe", None]]} for i, (address, _) in enumerate(SIDES)),
                {"name": "linked", "file": first["file"], "hash": "#endings-0?version=2.0&viewings=replay&time=all&period=week", "options": CALM,
                 "steps": [["read", None], ["address", None], ["value", "[name=period]"], ["click", "nav a[href='#paths-0']"],
                           ["pick", [".filters [name=time]", TIMES["2"]]], ["address", None], ["click", ".filters button"], ["address", None]]},
                {"name": "unknown", "file": first["file"], "hash": "#?version=9&from=2020-01-01", "options": CALM, "steps": [["text", ".filters [role=status]"], ["value", ".filters [name=from]"], ["value", ".filters [name=version]"]]},
                {"name": "finger", "file": small, "options": {**CALM, "hasTouch": True, "viewport": {"width": 420, "height": 800}},
                 "steps": [["size", None], ["tap", ".graph .node.decision"], ["text", ".panel h3"], ["axe", None]]},
                {"name": "folded", "file": first["file"], "options": {**CALM, "viewport": {"width": 390, "height": 800}},
                 "steps": [["size", None], ["count", "article details.fold:not([open])"], ["texts", "article[id^=decision] details.fold .gist"], ["click", "article details.fold summary"],
                           ["count", "article details.fold[open]"], ["text", "[data-unvisited]"], ["axe", None]]},
                {"name": "accessibility", "file": small, "options": {**CALM, "colorScheme": "light"}, "steps": open_panel + axe},
                {"name": "csv", "file": first["file"], "options": CALM, "steps": [["select", {"viewings": "replays"}], ["read", None], ["click", "details.fold:has(table[data-csv=reach]) > summary"], ["csv", "table[data-csv=reach] .csv"],
                                                                       ["click", "article details.same:has(table[data-csv$=-time]) summary"], ["csv", "table[data-csv$=-time] .csv"]]},
                {"name": "evil", "file": evil, "options": CALM, "steps": [["read", None], ["select", {"viewings": "all viewings"}], ["click", ".graph .node.decision"],
                                                                         ["text", ".panel h3"], ["count", "img"], ["count", "script"]]},
                {"name": "empty", "file": empty, "options": CALM, "steps": [["text", "h1"]] + axe},
                {"name": "loop", "file": save(f"{top}/loop.html", report(loop, *floor, "--film", story, "--viewings", "all", "--format", "html")),
                 "options": CALM, "steps": [["read", None], ["select", {"viewings": "replays"}], ["read", None], ["axe", None]]},
                {"name": "250 nodes", "file": save(f"{top}/large.html", large), "options": CALM,
                 "steps": [["read", None], ["fill", [".tools input", "Scene 99 A"]], ["press", "Enter"], ["text", ".panel h3"], ["select", {"viewings": "replays"}], ["read", None]]},
                *parts_pages(top, parts),
                live,
            ])
        judge_watched(seen.pop("watched"), firsts, live["url"])
        quiet(seen)
        judge_parts(parts, seen)
        sides = [seen[f"side {i}"]["results"] for i in range(len(SIDES))]
        side_by_side(store, [read for read, _ in sides])
        accessible(["side by side"], sides[0][1:])
        judge_linked(store, seen["linked"], seen["unknown"])
        recomputed(store, seen["audience"]["results"][2::2], asked)
        opened, first_state = seen["audience"]["results"][0], seen["audience"]["results"][2]
        ok(opened == first_state, "a filter taken back leaves no trace")
        plain = dict(zip(("read", "bars", "drawn", "folded", "open"), seen["without a script"]["results"]))
        as_written(opened, plain)
        for state, args in ((opened, ()), (seen["audience"]["results"][4], ("--viewings", "replay"))):
            curves_drawn(state, json.loads(report(store, "--format", "json", *args))["films"][0], " ".join(args) or "as it opens")
            bars_drawn(state, " ".join(args) or "as it opens")
        judge_used(seen["use"])
        flows(opened, "as it opens")
        flows(seen["audience"]["results"][6], "everybody")
        ok(seen["finger"]["results"][2].startswith("Scene"), "a finger opens a node's page", seen["finger"]["results"])
        accessible(["on a phone"], seen["finger"]["results"][3:])
        folds(seen["folded"]["results"], json.loads(report(store, "--format", "json"))["films"][0], seen["finger"]["results"][0])
        accessible(["light", "dark"], [r for r in seen["accessibility"]["results"] if isinstance(r, dict)])
        as_csv(seen["csv"]["results"][3], seen["csv"]["results"][1]["tables"])
        curve_as_csv(seen["csv"]["results"][5], json.loads(report(store, "--viewings", "replay", "--format", "json"))["films"][0])
        ok(seen["evil"]["results"][3] == EVIL.replace("\u2028", "\u2028") + "node", "a story's words are words", seen["evil"]["results"][3])
        ok(seen["evil"]["results"][4] == 0 and seen["evil"]["results"][5] == 2, "and make no element", seen["evil"]["results"][4:])
        ok(seen["empty"]["results"][0] == "Nothing is recorded yet", "an empty store")
        accessible(["empty, light", "empty, dark"], [r for r in seen["empty"]["results"] if isinstance(r, dict)])
        back = [t for _, t in seen["loop"]["results"][0]["boxes"] if t.startswith("↩")]
        for i, which in ((0, "all"), (2, "replay")):
            film = json.loads(report(loop, *floor, "--viewings", which, "--format", "json"))["films"][0]
            traits_and_props(seen["loop"]["results"][i], film, which)
            leans_drawn(seen["loop"]["results"][i], film, which)
            impact_drawn(seen["loop"]["results"][i], which)
        accessible(["traits and props"], seen["loop"]["results"][3:])
        ok(back, "a way back ends where it says so", seen["loop"]["results"][0]["boxes"])
        ok(seen["250 nodes"]["results"][3] == "Scene 99 A", "one of 250 nodes is found")
        film = json.loads(report(f"{top}/large.sqlite", "--viewings", "replay", "--format", "json"))["films"][0]
        same_as_report(seen["250 nodes"]["results"][5], film, "250 nodes, replays")
        sizes = [os.path.getsize(page) for page in (empty, first["file"])]
        ok(sizes[0] < 256 << 10 and sizes[1] < 2 << 20, "the page without data is small, and with a film of 20 nodes", sizes)
    return done()


raise SystemExit(main())
