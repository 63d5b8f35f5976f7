#!/usr/bin/python3
# tests/run: may run beside others
"""What producers ask, of stores whose truth is known: each number is counted anew from the events by plain SQL."""
import base64
import collections
import csv
import datetime
import io
import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile

from lib import PROGRAM, done, ok, play, run, set_home, skip

Z = 1.959963984540054
COUNTED = "v.mode = 'window' AND v.chooser = 'person' AND v.nth = 1 AND v.time_mode = 1"


def wilson(k, n):
    p, zz = k / n, Z * Z
    centre, half = (p + zz / (2 * n)) / (1 + zz / n), Z * math.sqrt(p * (1 - p) / n + zz / (4 * n * n)) / (1 + zz / n)
    return p, 0 if k == 0 else centre - half, 1 if k == n else centre + half


def report(store, *args):
    return run("report", "--store", store, *args)


def begins(day, period):
    at = datetime.date.fromisoformat(day)
    return str({"day": at, "week": at - datetime.timedelta(at.weekday()), "month": at.replace(day=1), "year": at.replace(month=1, day=1)}[period])


# ---- over calendar time

def truth_over_time(store, period):
    """{(date, kind, version, id, option): (k, n)}, n = 0 for how many began."""
    k, n = collections.Counter(), collections.Counter()
    day = "date(v.started_ms / 1000, 'unixepoch')"
    with sqlite3.connect(store) as db:
        endings = {}
        for version, name in db.execute("SELECT s.version, e.name FROM ending e JOIN story s ON s.id = e.story"):
            endings.setdefault(version, []).append(name)
        for began, version, ending in db.execute(f"SELECT {day}, version, ending FROM v_viewing v WHERE {COUNTED}"):
            at = begins(began, period)
            k[at, "viewings", version, None, None] += 1
            for one in ["reached an ending", *endings[version]]:
                key = (at, one, version, None, None) if one.startswith("reached an") else (at, "ending", version, one, None)
                n[key] += 1
                k[key] += ending == one or (one.startswith("reached an") and ending is not None)
        # A decision is the same in two versions where its hash is: it is told of the first that has it.
        first = dict(db.execute("SELECT printf('%016x', d.hash), min(s.version) FROM decision d JOIN story s ON s.id = d.story GROUP BY 1"))
        rows = db.execute(f"SELECT {day}, x.decision_hash, x.decision, x.available, x.outcome, x.option FROM v_exposure x JOIN v_viewing v USING(viewing) WHERE {COUNTED}")
        for began, hash_, name, available, outcome, option in rows:
            at = begins(began, period)
            key = (at, "timeout", first[hash_], name, None)
            n[key] += 1
            k[key] += outcome == "timeout"
            for one in filter(None, (available or "").replace(",", " ").split()):
                key = (at, "option", first[hash_], name, one)
                n[key] += 1
                k[key] += outcome == "pick" and option == one
    return {key: (k[key], n[key]) for key in set(k) | set(n)}


def same_over_time(store, period, floor):
    args = ("--over", period, "--floor", str(floor))
    data = json.loads(report(store, *args, "--format", "json").out)
    film, = data["films"]
    want = truth_over_time(store, period)
    got = {(r["date"], r["kind"], r["version"], r["id"], r["option"]): (r["k"], r["n"]) for r in film["rows"]}
    wrong = [(key, got.get(key), want.get(key)) for key in set(got) | set(want) if got.get(key) != want.get(key)]
    ok(film["period"] == period and len(got) == len(film["rows"]) > 20 and not wrong, f"by {period}: {len(got)} numbers are those of the events", wrong[:4])
    odd = [r for r in film["rows"] if (r["share"] is None) != (r["n"] < floor) or
           (r["share"] is not None and any(abs(r[name] - x) > 1e-6 for name, x in zip(("share", "low", "high"), wilson(r["k"], r["n"]))))]
    shown = sum(r["share"] is not None for r in film["rows"])
    ok(not odd and 0 < shown < len(got), f"by {period}: {shown} have a share with Wilson's interval, the others too few cases", odd[:2])
    rows = [r for r in csv.DictReader(io.StringIO(report(store, *args, "--format", "csv").out)) if r["kind"] not in ("note", "first of version")]
    same = [(r["date"], r["kind"], r["version"], r["id"] or None, r["option"] or None, int(r["k"]), int(r["n"] or 0)) for r in rows]
    ok(sorted(same, key=str) == sorted(((*key, *kn) for key, kn in got.items()), key=str), f"by {period}: so says the CSV", same[:3])
    return film


def over_time(top):
    store, other, both = f"{top}/time.sqlite", f"{top}/other.sqlite", f"{top}/both.sqlite"
    run("audience", "--store", store, "--viewings", "900", "--levels", "3", "--seed", "5", "--days", "40")
    for period, floor in (("day", 15), ("week", 70), ("month", 200)):
        film = same_over_time(store, period, floor)

    notes = (("The trailer is out", "2026-01-12"), ("A <b>festival</b>", "2026-02-01"), ("The trailer is out", "2026-01-12"))
    for words, date in notes:
        r = run("telemetry", "note", words, "--date", date, "--store", store)
        ok(r.code == 0, f"noted: {words}", r)
    run("telemetry", "note", "Of another film", "--story", "org.example.other", "--store", store)
    listed = run("telemetry", "note", "--store", store).out.splitlines()
    ok(len(listed) == 3 and "2026-01-12  The trailer is out" in listed[0] and "org.example.other: Of another film" in listed[2], "each is noted once", listed)
    film = json.loads(report(store, "--over", "week", "--format", "json").out)["films"][0]
    marks = [(m["date"], m["kind"], m["text"]) for m in film["marks"]]
    with sqlite3.connect(store) as db:
        versions = db.execute("SELECT date(min(started_ms) / 1000, 'unixepoch'), 'version', version FROM v_viewing v WHERE v.mode = 'window' AND v.chooser = 'person' GROUP BY version").fetchall()
    want = sorted([*versions, *((date, "note", words) for words, date in notes[:2])])
    ok(sorted(marks) == want, "marks: the first viewing of each version, and what was noted of this film", (marks, want))
    since = "2026-01-14"
    later = json.loads(report(store, "--over", "week", "--since", since, "--format", "json").out)["films"][0]
    ok([(m["date"], m["kind"], m["text"]) for m in later["marks"]] == [m for m in want if m[0] >= since] != want and later["rows"][0]["date"] == since,
       "what happened before the first day that is told has no mark over its week", later["marks"])
    text = report(store, "--over", "week").out
    ok("2026-01-12  The trailer is out" in text and "first viewing of version 2.0" in text and "another film" not in text, "the text has them", text)
    page = report(store, "--format", "html").out
    ok("A &lt;b&gt;festival&lt;/b&gt;" in page and "<b>festival" not in page and "another film" not in page, "the page has them, as text")
    rows = list(csv.DictReader(io.StringIO(report(store, "--over", "day", "--format", "csv").out)))
    ok([(r["date"], r["title"]) for r in rows if r["kind"] == "note"] == [(d, w) for w, d in notes[:2]], "and the CSV", rows[:3])
    decision = report(store, "--over", "month", "--decision", "choice-0").out
    some = next(r for r in json.loads(report(store, "--over", "month", "--format", "json").out)["films"][0]["rows"] if r["id"] == "choice-0" and r["option"] == "o1")
    ok(f"{some['k']} of {some['n']}" in next(line for line in decision.splitlines() if some["title"] in line), "one decision in the terminal", decision)

    ok(run("telemetry", "note", "--remove", "99", "--store", store).code == 1 and run("telemetry", "note", "--remove", listed[1].split()[0], "--store", store).code == 0, "one is removed")
    run("audience", "--store", other, "--viewings", "30", "--levels", "3", "--seed", "6")
    run("telemetry", "note", "The trailer is out", "--date", "2026-01-12", "--store", other)
    run("telemetry", "note", "Only there", "--date", "2026-01-13", "--store", other)
    for _ in range(2):
        run("merge", both, store, other)
    ok([line.split("  ")[-1] for line in run("telemetry", "note", "--store", both).out.splitlines()] == ["The trailer is out", "Only there", "org.example.other: Of another film"], "merged, each is there once",
       run("telemetry", "note", "--store", both).out)
    run("telemetry", "erase", "all", "--store", both)
    ok("Nothing is noted" in run("telemetry", "note", "--store", both).out, "and gone with everything")
    for bad in (("--date", "2026-02-30"), ("--date", "soon"), ("--remove", "1")):
        ok(run("telemetry", "note", "x", *bad, "--store", store).code == 2, f"refused: note x {' '.join(bad)}")
    ok(run("telemetry", "note", "x" * 401, "--store", store).code == 2 and run("telemetry", "note", "", "--store", store).code == 2, "nor too long, nor empty")
    ok(all(report(store, "--over", *args).code == 2 for args in (("hour",), ("day", "--format", "html"), ("day", "--watch"), ("day", "--against", "time=2"))), "not over anything, nor with what it cannot be")


# ---- segments

WAYS = {  # what SQL says of each viewing
    "input": "coalesce((SELECT given FROM v_exposure x WHERE x.viewing = v.viewing AND x.outcome = 'pick' GROUP BY given ORDER BY count(*) DESC, min(seq) LIMIT 1), 'nobody')",
    "viewings": "CASE v.nth WHEN 1 THEN 'first' WHEN 2 THEN 'replay' ELSE 'unknown' END",
    "time": "CAST(v.time_mode AS TEXT)",
    "language": "coalesce(v.language, 'unknown')",
    "subtitles": "CASE v.subtitles WHEN 0 THEN 'off' WHEN 1 THEN 'on' ELSE 'unknown' END",
    "channel": "coalesce(v.channel, '(none)')",
    "took=choice-0": "coalesce((SELECT CASE x.outcome WHEN 'pick' THEN x.option WHEN 'timeout' THEN '(timeout)' ELSE '(left)' END FROM v_exposure x WHERE x.viewing = v.viewing AND x.decision = 'choice-0'), '(not asked)')",
}


ARM = "coalesce(substr(v.arms, 9), '(none)')"


def truth_by(store, way):
    """{(part, kind, version, id, option): (k, n)} of those that plain SQL can tell."""
    counted = COUNTED
    for name, column in (("viewings", "nth"), ("time", "time_mode")):
        counted = counted.replace(f" AND v.{column} = 1", "") if way == name else counted
    truth = {}
    with sqlite3.connect(store) as db:
        whole = f"FROM v_viewing v WHERE {counted}"
        for part, version, n, reached in db.execute(f"SELECT {WAYS.get(way, ARM)}, version, count(*), sum(ending IS NOT NULL) {whole} GROUP BY 1, 2"):
            truth[part, "film", version, "reached an ending", None] = (reached, n)
            for ending, in db.execute("SELECT e.name FROM ending e JOIN story s ON s.id = e.story WHERE s.version = ?", (version,)):
                truth[part, "ending", version, ending, None] = (0, n)
        for part, version, ending, k in db.execute(f"SELECT {WAYS.get(way, ARM)}, version, ending, count(*) {whole} AND ending IS NOT NULL GROUP BY 1, 2, 3"):
            truth[part, "ending", version, ending, None] = (k, truth[part, "ending", version, ending, None][1])
        mode = counted.replace("v.time_mode", "x.time_mode")
        for part, option, k in db.execute(f"SELECT {WAYS.get(way, ARM)}, x.option, count(*) FROM v_exposure x JOIN v_viewing v USING(viewing) WHERE {mode} "
                                          "AND x.decision = 'choice-0' AND x.outcome = 'pick' GROUP BY 1, 2"):
            truth[part, "option", None, "choice-0", option] = k
    return truth


def side_by_side(store, way, floor):
    args = ("--by", way, "--floor", str(floor))
    data = json.loads(report(store, *args, "--format", "json").out)
    film, want = data["films"][0], truth_by(store, way)
    got = collections.Counter()
    for r in film["rows"]:
        for part, s in zip(data["parts"], r["shares"]):
            key = (part, r["kind"], r["version"], r["id"], r["option"])
            got[key] = s["k"] + got[key] if r["kind"] == "option" else (s["k"], s["n"])  # of an option that changed there are two
            if (s["share"] is None) != (s["n"] < floor) or (s["share"] is not None and any(abs(s[name] - x) > 1e-6 for name, x in zip(("share", "low", "high"), wilson(s["k"], s["n"])))):
                ok(False, f"by {way}: too few cases have no share, others Wilson's interval", (r, s))
    wrong = [(key, got[key], kn) for key, kn in want.items() if got[key] != kn]
    ok(len(want) > 12 and len(data["parts"]) > 1 and not wrong, f"by {way}: {len(want)} numbers of {len(data['parts'])} parts are those of the events", wrong[:4])
    rows = list(csv.DictReader(io.StringIO(report(store, *args, "--format", "csv").out)))
    same = sum(len(r["shares"]) for r in film["rows"]) == len(rows) and all(
        int(line["k"]) == s["k"] and int(line["n"]) == s["n"] and line["part"] == part
        for line, (part, s) in zip(rows, ((part, s) for r in film["rows"] for part, s in zip(data["parts"], r["shares"]))))
    ok(same, f"by {way}: so says the CSV", rows[:2])
    return data


def segments(top):
    store = f"{top}/segments.sqlite"
    run("audience", "--store", store, "--viewings", "900", "--levels", "3", "--seed", "8")
    with sqlite3.connect(store) as db:  # most use one form of input, some change it; those with a pad leave sooner
        db.execute("UPDATE outcome SET given = 1 + (viewing + (viewing % 7 = 0 AND seq > 6)) % 3 WHERE what = 0")
        db.execute("UPDATE viewing SET language = iif(id % 5, 'en', 'de'), subtitles = iif(id % 7, id % 2, NULL), channel = iif(id % 3, 'festival', NULL)")
        db.execute("INSERT INTO arm(story, experiment, position, name, weight) SELECT s.id, 'opening', n, iif(n, 'slow', 'fast'), 1 FROM story s, (SELECT 0 AS n UNION SELECT 1)")
        db.execute("INSERT INTO viewing_arm SELECT v.id, a.id FROM viewing v JOIN arm a ON a.story = v.story AND a.position = v.id / 3 % 2")
        db.execute("DELETE FROM reached WHERE viewing % 3 = 2 AND viewing % 2 = 0")
    for way in WAYS:
        data = side_by_side(store, way, 15)
        parts = dict(zip(data["parts"], data["films"][0]["viewings"]))
        if way == "input":
            ok(set(parts) == {"key", "mouse", "pad", "nobody"} and all(parts[p] > 100 for p in ("key", "mouse", "pad")), "three forms of input, and those who picked nothing", parts)
            stars = {(r["id"], r["version"]): r["q"] for r in data["films"][0]["rows"] if r["kind"] == "film"}
            ok(stars["reached an ending", "1.0"] <= 0.05 and not (stars["watched 2 minutes", "1.0"] or 1) <= 0.05, "a part that differs is marked, one that does not is not", stars)
            text = report(store, "--by", "input").out
            ok("  reached an ending, version 1.0  *" in text and f"pad                     {parts['pad']} viewings" in text, "and in the terminal", text[:800])
    only = ("--only", "input=pad")
    film = json.loads(report(store, *only, "--format", "json").out)
    want = truth_by(store, "input")
    ok(film["selected"]["only"] == ["input=pad"] and all(v["reached_an_ending"]["k"] == want["pad", "film", v["version"], "reached an ending", None][0] for v in film["films"][0]["versions"]),
       "--only reports on one part", film["selected"])
    ok("Only input=pad" in report(store, *only).out and "only input=pad" in report(store, *only, "--format", "html").out, "which text and page say")
    two = json.loads(report(store, *only, "--only", "took=choice-0:o0", "--format", "json").out)["films"][0]
    with sqlite3.connect(store) as db:
        n, = db.execute(f"SELECT count(*) FROM v_viewing v WHERE {COUNTED} AND {WAYS['input']} = 'pad' AND {WAYS['took=choice-0']} = 'o0'").fetchone()
    ok(sum(v["viewings"] for v in two["versions"]) == n > 20, "or on what two have in common", n)
    rows = json.loads(report(store, *only, "--against", "input=mouse", "--format", "json").out)["films"][0]["rows"]
    wrong = [r for r in rows if r["id"] == "reached an ending" and (r["k1"], r["n1"], r["k2"], r["n2"]) != want["pad", "film", r["version"], r["id"], None] + want["mouse", "film", r["version"], r["id"], None]]
    ok(not wrong and any(r["strata"] for r in rows), "two parts are compared, each version with itself", wrong)
    n = {}
    for part in ("language=de", "subtitles=off", "channel=festival", "arm=opening:slow"):
        film = json.loads(report(store, "--only", part, "--format", "json").out)["films"][0]
        way, _, value = part.rpartition(":" if ":" in part else "=")
        truth = truth_by(store, "arm" if way == "arm=opening" else way)
        n[part] = [v["viewings"] - truth[value, "film", v["version"], "reached an ending", None][1] for v in film["versions"]]
    ok(n == {part: [0, 0] for part in n}, "a part by language, subtitles, channel or arm", n)
    ok("arm=EXPERIMENT:ARM" in report(store, "--only", "arm=opening").err, "what a part wants is told")
    for bad in (("--only", "arm=opening"), ("--by", "arm"), ("--only", "input"), ("--only", "shoes=red"), ("--only", "input=foot"), ("--against", "subtitles=maybe"), ("--by", "input=pad"), ("--by", "took"), ("--by", "input", "--format", "pdf"), ("--by", "input", "--film", "x"), ("--against", "took=choice-0")):
        ok(report(store, *bad).code == 2, f"refused: {' '.join(bad)}")


def page_data(page):
    return json.loads(re.search(r'<script type="application/json" id="data-0">(.*?)</script>', page, re.S)[1])


def many_parts(top):
    """Of many values the commonest can be told apart on the page; of many kinds, so many as make few enough parts. Their counts are those of the events."""
    store, evil = f"{top}/parts.sqlite", "</script><b>"
    run("audience", "--store", store, "--viewings", "900", "--levels", "2", "--seed", "4")
    before = page_data(report(store, "--format", "html").out)
    ok([k["name"] for k in before["kinds"]] == ["input"] and len(before["parts"]) == len(before["kinds"][0]["values"]) > 1, "what is the same for everybody is no filter", before["kinds"])
    with sqlite3.connect(store) as db:
        db.execute("UPDATE viewing SET language = iif(id % 9 < 2, ?, 'l' || (id * 13 / 5 % 14)), channel = 'c' || (id * 7 / 3 % 12), subtitles = id / 5 % 2", (evil,))
        db.execute("UPDATE outcome SET given = 1 + viewing / 2 % 3 WHERE what = 0")
    page = report(store, "--format", "html").out
    data = page_data(page)
    names, values = [k["name"] for k in data["kinds"]], [k["values"] for k in data["kinds"]]
    ok(names == ["language", "channel"] and values[0][0] == evil and values[0][-1] == "(other)" and len(values[0]) == 13 and len(values[1]) == 12 and len(data["parts"]) <= 255,
       "the commonest twelve values, and few enough parts", (names, values, len(data["parts"])))
    ok("filter by these as well: subtitles, input." in page and evil not in page, "what is left out is told", re.findall("filter by these.*", page))
    viewings = [data["versions"][v]["at"] + data["offset"]["viewings"] for v in (0, 1)]
    got = collections.Counter()
    for version, nth, mode, _, part, counts in data["cells"]:
        at = 0
        for step, n in zip(counts[::2], counts[1::2]):
            at += step
            if nth == mode == 1 and at == viewings[version]:
                got[version, *(v[i] for v, i in zip(values, data["parts"][part]))] += n
    with sqlite3.connect(store) as db:
        want = collections.Counter()
        for version, language, channel, n in db.execute(f"SELECT version, language, channel, count(*) FROM v_viewing v WHERE {COUNTED} GROUP BY 1, 2, 3"):
            want[int(version[0]) - 1, language if language in values[0] else "(other)", channel] += n
    ok(got == want and len(want) > 100, f"{len(want)} parts have the viewings that the events say", ((got - want).most_common(3), (want - got).most_common(3)))


# ---- experiments

def sequence(k1, n1, k2, n2):
    """The difference, its interval at all looks and the evidence, by the formula of engine/base/stats.h."""
    p, q, t = (k1 + 0.5) / (n1 + 1), (k2 + 0.5) / (n2 + 1), 0.01
    v, d = p * (1 - p) / n1 + q * (1 - q) / n2, k1 / n1 - k2 / n2
    half = math.sqrt(v * (v + t) / t * (2 * math.log(20) + math.log((v + t) / v)))
    return d, max(d - half, -1), min(d + half, 1), math.sqrt(v / (v + t)) * math.exp(t * d * d / (2 * v * (v + t)))


def primary(store):
    """A difference that is too small to stand out among all rows is enough where the story named it beforehand; and by no other name."""
    def told():
        film = json.loads(report(store, "--by", "arm=order", "--format", "json").out)["films"][0]
        return film, {(r["kind"], r["version"], r["id"], r["option"]): r for r in film["rows"]}

    with sqlite3.connect(store) as db:  # south reaches an ending less often, by more than chance and less than all rows ask for
        db.execute("DELETE FROM reached WHERE viewing / 7 % 2 AND viewing % 29 < 3 AND viewing IN (SELECT v.id FROM viewing v JOIN story s ON s.id = v.story WHERE s.version = '1.0')")
    before, rows = told()
    ending = ("film", "1.0", "reached an ending", None)
    ok(before["versions"][0]["outcome"] is None and not any(r["primary"] for r in rows.values()) and "named no `outcome`" in report(store, "--by", "arm=order").out, "no outcome was named")
    evidence, m = rows[ending]["arms"][1]["evidence"], sum(r["arms"][1]["evidence"] is not None for r in rows.values())
    ok(20 < evidence < 20 * m and not rows[ending]["arms"][1]["marked"], f"evidence of {evidence:.0f} is too little for {m} rows", rows[ending])
    for outcome, want in (("ending", ending), ("ending=end-1", ("ending", "1.0", "end-1", None)), ("node=scene-1-a", ("reach", None, "scene-1-a", None)), ("took=choice-0:o1", ("option", None, "choice-0", "o1"))):
        with sqlite3.connect(store) as db:
            db.execute("UPDATE arm SET outcome = ? WHERE experiment = 'order' AND story IN (SELECT id FROM story WHERE version = '1.0')", (outcome,))
        film, rows = told()
        named = [key for key, r in rows.items() if r["primary"]]
        ok(set(named) == {want} and film["rows"][0]["primary"] and film["versions"][0]["outcome"] == outcome and film["versions"][1]["outcome"] is None, f"{outcome} is that row, and stands first", named)
        ok(rows[ending]["arms"][1]["marked"] == (want == ending), "which alone it marks" if want == ending else "and does not mark another one", rows[ending]["arms"])
    with sqlite3.connect(store) as db:
        db.execute("UPDATE arm SET outcome = 'ending' WHERE outcome IS NOT NULL")
    text, page = report(store, "--by", "arm=order").out, re.sub(r"\s+", " ", report(store, "--format", "html").out)
    ok(re.search(r"the primary outcome\)\n\n  reached an ending, version 1.0\n.*\n.* \*\n\nAll other outcomes\n", text), "so says the text", text[:1500])
    line = next(csv.DictReader(io.StringIO(report(store, "--by", "arm=order", "--format", "csv").out)))
    ok(line["primary"] == "1" and line["id"] == "reached an ending", "the CSV", line)
    ok("reached an ending, version 1.0: the primary outcome</th>" in page and re.search(r'<summary>order <span class="gist">south: -\d+\.\d points \(.*? \*</span>', page) and "<summary>opening <span" not in page,
       "and the page, also where the experiment is closed", re.findall("<summary>o.*?</summary>", page))


def experiments(top):
    """Two experiments over one audience: one arm of the first keeps viewers from the endings, those of the second are alike."""
    store = f"{top}/experiments.sqlite"
    run("audience", "--store", store, "--viewings", "2500", "--levels", "3", "--seed", "9")
    with sqlite3.connect(store) as db:
        for name, arms in (("opening", (("fast", 2), ("slow", 1))), ("order", (("north", 1), ("south", 1)))):
            for position, (arm, weight) in enumerate(arms):
                db.execute("INSERT INTO arm(story, experiment, position, name, weight) SELECT id, ?, ?, ?, ? FROM story", (name, position, arm, weight))
        db.execute("INSERT INTO viewing_arm SELECT v.id, a.id FROM viewing v JOIN arm a ON a.story = v.story AND a.experiment = 'opening' AND a.position = (v.id * 7919 % 3 = 2)")
        db.execute("INSERT INTO viewing_arm SELECT v.id, a.id FROM viewing v JOIN arm a ON a.story = v.story AND a.experiment = 'order' AND a.position = v.id / 7 % 2")
        db.execute("DELETE FROM reached WHERE viewing * 7919 % 3 = 2 AND viewing % 5 < 2")
        counted = {(e, a, v): (k, n) for e, a, v, k, n in db.execute(
            f"SELECT a.experiment, a.name, v.version, sum(v.ending IS NOT NULL), count(*) FROM v_viewing v JOIN viewing_arm x USING(viewing) JOIN arm a ON a.id = x.arm WHERE {COUNTED} GROUP BY 1, 2, 3")}
    data = json.loads(report(store, "--by", "arm=opening", "--format", "json").out)
    film = data["films"][0]
    ok(data["arms"] == ["fast", "slow"] and all(v["weights"] == [2, 1] and v["mismatch_p"] > 0.001 and v["viewings"] == [counted["opening", a, v["version"]][1] for a in data["arms"]]
                                                for v in film["versions"]), "arms in the author's order, as large as their weights", film["versions"])
    row = next(r for r in film["rows"] if r["id"] == "reached an ending" and r["version"] == "1.0")
    fast, slow = row["arms"]
    want = sequence(*counted["opening", "slow", "1.0"], *counted["opening", "fast", "1.0"])
    got = [slow[name] for name in ("difference", "from", "to", "evidence")]
    ok(all(abs(g - w) <= 1e-6 * max(1, abs(w)) for g, w in zip(got, want)) and slow["marked"] and want[2] < -0.1 and fast["difference"] is None, "an arm that drives viewers away is found", (got, want))
    unmarked = [r["id"] for r in film["rows"] if r["kind"] == "reach" and r["arms"][1]["marked"]]
    ok(not unmarked, "and what it does not change is not", unmarked)
    text, lines = report(store, "--by", "arm=opening").out, list(csv.DictReader(io.StringIO(report(store, "--by", "arm=opening", "--format", "csv").out)))
    line = next(x for x in lines if x["id"] == "reached an ending" and x["version"] == "1.0" and x["arm"] == "slow")
    ok("as large as their weights" in text and f"({want[1] * 100:+.1f} to {want[2] * 100:+.1f})  *" in re.sub(" +", " ", text).replace(") *", ")  *")
       and line["marked"] == "1" and abs(float(line["from"]) - want[1]) < 1e-6, "so say text and CSV", text[:1500])
    page = report(store, "--by", "arm=opening", "--format", "html").out
    ok(f"{want[1] * 100:.1f} to {want[2] * 100:.1f}".replace("-", "−") in page.replace("-", "−") and "<td>*</td>" in page and "as large as their weights, as far" in re.sub(r"\s+", " ", page) and "<script" not in page, "and the page", page[-1500:])
    with sqlite3.connect(store) as db:  # a sixth of one arm is lost
        db.execute("DELETE FROM viewing_arm WHERE viewing % 6 = 0 AND arm IN (SELECT id FROM arm WHERE name = 'fast')")
        db.execute("UPDATE arm SET weight = 4 WHERE name = 'fast'")
    lost = json.loads(report(store, "--by", "arm=opening", "--format", "json").out)["films"][0]["versions"]
    ok(all(v["mismatch_p"] < 0.001 for v in lost) and "WARNING: the arms are not as large" in report(store, "--by", "arm=opening").out, "an arm that loses viewings is told", lost)
    primary(store)
    r = report(store, "--by", "arm=none")
    ok(r.code == 1 and "has an experiment 'none'" in r.err, "an experiment that no film has", r)


# ---- viewers

def give_links(store, n):
    """Two of three viewings by people get a link: so many viewers, each with a first viewing, some with more."""
    with sqlite3.connect(store) as db:
        people = [i for (i,) in db.execute("SELECT id FROM viewing WHERE mode = 0 AND chooser = 0 ORDER BY started_ms, id")]
        db.execute("UPDATE viewing SET viewer = NULL")
        for v in range(1, n + 1):
            db.execute("INSERT INTO viewer(id, uuid) VALUES(?, randomblob(16))", (v,))
        times = collections.Counter()
        for place, i in enumerate(people):
            who = 1 + place * 7919 % (2 * n) % n if place % 3 else None
            times[who] += 1
            db.execute("UPDATE viewing SET viewer = ?, nth = ? WHERE id = ?", (who, times[who] if who else None, i))


def truth_of_viewers(store, part="1"):
    """{(kind, version, id, option): (k, n)}, from the rows, viewing by viewing; of the viewers whose first viewing is in that part, and of its viewings."""
    with sqlite3.connect(store) as db:
        viewings = db.execute("SELECT v.id, v.viewer, v.nth, s.id, s.version FROM viewing v JOIN story s ON s.id = v.story WHERE v.mode = 0 AND v.chooser = 0").fetchall()
        nodes, there, visited, picked = {}, collections.defaultdict(set), collections.defaultdict(set), {}
        for i, story, name in db.execute("SELECT id, story, name FROM node"):
            nodes[i] = name
            there[story].add(name)
        for viewing, node in db.execute("SELECT viewing, node FROM visit"):
            visited[viewing].add(nodes[node])
        for viewing, what, decision, hash_, option in db.execute(
                "SELECT u.viewing, u.what, d.name, d.hash, o.name FROM outcome u JOIN exposure e ON e.viewing = u.viewing AND e.seq = u.exposure JOIN menu m ON m.id = e.menu "
                "JOIN decision d ON d.id = m.decision LEFT JOIN option o ON o.id = u.option ORDER BY u.viewing, e.seq"):
            picked[viewing, decision, hash_] = (what, option)  # each is asked once here
        wanted = {i for (i,) in db.execute(f"SELECT id FROM viewing WHERE {part}")}
    by = collections.defaultdict(list)
    for v in viewings:
        by[v[1]].append(v)
    by = collections.defaultdict(list, {who: all_ for who, all_ in by.items() if who and min(v[0] for v in all_) in wanted} | {None: [v for v in by[None] if v[0] in wanted]})
    viewings = [v for v in viewings if v[0] in wanted]
    linked = {who: all_ for who, all_ in by.items() if who is not None}
    truth = {("came back", None, "twice", None): (sum(len(a) > 1 for a in linked.values()), len(linked)), ("not linked", None, "no link", None): (len(by[None]), len(viewings))}
    for least in (25, 50, 75, 100):
        seen = lambda which: [100 * len(set().union(*(visited[v[0]] for v in which(a)))) >= least * len(set().union(*(there[v[3]] for v in a))) for a in linked.values() if which(a)]
        for words, which in (("first viewing", lambda a: [v for v in a if v[2] == 1]), ("all viewings", lambda a: a)):
            truth["film seen", None, words, f"{least} %"] = (sum(seen(which)), len(seen(which)))
    pairs = collections.Counter()
    for all_ in linked.values():
        at = {v[2]: v[0] for v in all_}
        for viewing, decision, hash_ in [key for key in picked if key[0] == at.get(1)]:
            one, two = picked[viewing, decision, hash_], picked.get((at.get(2), decision, hash_))
            if two and one[0] == two[0] == 0:
                pairs[decision, hash_, one[1], two[1]] += 1
    return truth, pairs


def counts_of_viewers(data, part):
    """(k, n) of each row of viewers, added up from the page's cells of the parts that are wanted."""
    x, first = collections.Counter(), data["n"] - 3 * len(data["viewers"])
    for _, nth, mode, _, of, counts in data["cells"]:
        at = 0
        for step, n in zip(counts[::2], counts[1::2]):
            at += step
            if part(data["parts"][of]):
                x[at] += n
            if (at >= first) != (nth == mode == -1):
                ok(False, "cells of viewers are of any place and time mode, and no others are", (at, nth, mode))
    return [(x[first + 3 * i], x[first + 3 * i + 1]) for i in range(len(data["viewers"]))]


def viewers(top):
    store = f"{top}/viewers.sqlite"
    run("audience", "--store", store, "--viewings", "600", "--levels", "3", "--seed", "9")
    give_links(store, 150)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE viewing SET language = iif(id / 3 % 3, 'en', 'de')")
    rows = json.loads(report(store, "--viewers", "--format", "json").out)["rows"]
    got = {(r["kind"], r["version"], r["id"], r["option"]): (r["k"], r["n"]) for r in rows if r["kind"] != "second choice"}
    want, pairs = truth_of_viewers(store)
    wrong = [(key, got.get(key), kn) for key, kn in want.items() if got.get(key) != kn]
    ok(not wrong and want["came back", None, "twice", None][0] > 50, "who came back, and what they have seen, first and in all", wrong)
    again = collections.Counter()
    for r in rows:
        if r["kind"] == "second choice" and r["option"]:
            again[r["id"], r["option"]] += r["k"]
    told = collections.Counter()
    for (decision, _, one, two), k in pairs.items():
        told[decision, f"{one} → {two}"] += k
    others = sum(r["k"] for r in rows if r["kind"] == "second choice" and not r["option"])
    ok(again == told and sum(told.values()) > 100 and others == sum(k for (_, _, a, b), k in pairs.items() if a != b), "second choices beside first ones", (again - told, told - again, others))
    with sqlite3.connect(store) as db:
        late = dict(db.execute("SELECT decision, count(*) FROM v_exposure x WHERE outcome = 'timeout' AND x.mode = 'window' AND x.chooser = 'person' GROUP BY 1"))
        first = dict(db.execute("SELECT decision, count(*) FROM v_exposure x WHERE outcome = 'timeout' AND option = 'o0' AND x.mode = 'window' AND x.chooser = 'person' GROUP BY 1"))
        shown = {(version, name): (k, us) for version, name, k, us in db.execute(
            "SELECT s.version, p.name, count(DISTINCT v.id), sum(l.playing_us - l.hidden_us) FROM prop p JOIN story s ON s.id = p.story JOIN node_prop n ON n.prop = p.id "
            "JOIN visit i ON i.node = n.node JOIN viewing v ON v.id = i.viewing JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq WHERE v.mode = 0 AND v.chooser = 0 GROUP BY 1, 2")}
    led = collections.Counter()
    for r in rows:
        if r["kind"] == "what a timeout led to":
            led[r["id"]] += r["k"]
    ok(led == collections.Counter(late) and first == late, "what timeouts led to", (led, late, first))
    on_screen = {(r["version"], r["id"]): (r["k"], r["seconds_each"]) for r in rows if r["kind"] == "prop on screen"}
    ok(on_screen and set(on_screen) == set(shown) and all(on_screen[p][0] == k and abs(on_screen[p][1] - us / 1e6 / k) < 2e-6 for p, (k, us) in shown.items()), "how long props were on screen", (on_screen, shown))
    odd = [r for r in rows if (r["share"] is None) != (r["n"] < 20) or (r["share"] is not None and any(abs(r[name] - x) > 1e-6 for name, x in zip(("share", "low", "high"), wilson(r["k"], r["n"]))))]
    ok(not odd and any(r["share"] is None for r in rows) and any(r["share"] is not None for r in rows), "shares with Wilson's interval; too few have none", odd[:2])
    page = report(store, "--format", "html").out
    data = page_data(page)
    ok(counts_of_viewers(data, lambda part: True) == [(r["k"], r["n"]) for r in rows], "the page's cells add up to the same", rows[:2])
    german = [k["name"] for k in data["kinds"]].index("language"), data["kinds"][[k["name"] for k in data["kinds"]].index("language")]["values"].index("de")
    got = {(r["kind"], r["version"], r["id"], r["option"]): kn for r, kn in zip(rows, counts_of_viewers(data, lambda part: part[german[0]] == german[1])) if r["kind"] != "second choice"}
    want_german, pairs_german = truth_of_viewers(store, "language = 'de'")
    wrong = [(key, got.get(key), kn) for key, kn in want_german.items() if got.get(key) != kn]
    ok(not wrong and 20 < want_german["came back", None, "twice", None][1] < want["came back", None, "twice", None][1] - 20, "and of a part, to what those did whose first viewing was in it", wrong)
    told_german = sum(kn[0] for r, kn in zip(rows, counts_of_viewers(data, lambda part: part[german[0]] == german[1])) if r["kind"] == "second choice" and r["option"])
    ok(told_german == sum(pairs_german.values()) > 20, "second choices, too", (told_german, sum(pairs_german.values())))
    ok("told of everybody" in report(store, "--only", "input=key", "--format", "html").out, "a page of a part says why it has none")
    lines = list(csv.DictReader(io.StringIO(report(store, "--viewers", "--format", "csv").out)))
    ok([(l["kind"], int(l["k"]), int(l["n"])) for l in lines] == [(r["kind"], r["k"], r["n"]) for r in rows], "the CSV has the same", lines[:2])
    text = report(store, "--viewers").out
    back = want["came back", None, "twice", None]
    ok(f"{back[0]} of {back[1]}" in text and "Props on screen" in text and "too few to say" in text, "and the terminal", text[:600])
    ok(all(report(store, "--viewers", *bad).code == 2 for bad in (("--by", "input"), ("--format", "html"), ("--store", store), ("--version", "1.0"))), "not with what it cannot be")


# ---- on paper

def paper(top):
    """The page as a PDF, where a browser is installed; a message that says what is missing where none is."""
    store, none = f"{top}/paper.sqlite", f"{top}/no-programs"
    run("audience", "--store", store, "--viewings", "60", "--levels", "2")
    os.makedirs(none, exist_ok=True)
    r = subprocess.run([PROGRAM, "report", "--store", store, "--format", "pdf"], capture_output=True, check=False, env={**os.environ, "PATH": none})
    ok(r.returncode == 3 and not r.stdout and b"chromium" in r.stderr and b"--format html" in r.stderr, "without a browser it says what to do", r)
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None)
    alone = [browser, "--headless", "--disable-gpu", f"--user-data-dir={top}/profile", f"--print-to-pdf={top}/blank.pdf", *(["--no-sandbox"] * (os.geteuid() == 0)), "about:blank"]
    if not browser or subprocess.run(alone, capture_output=True, check=False).returncode:
        skip("a PDF of the page", "no Chromium is installed, or it does not work here")
        return
    r = subprocess.run([PROGRAM, "report", "--store", store, "--format", "pdf"], capture_output=True, check=False)
    pages = len(re.findall(rb"/Type ?/Page\b", r.stdout))
    ok(r.returncode == 0 and r.stdout.startswith(b"%PDF-") and r.stdout.rstrip().endswith(b"%%EOF") and pages > 2, "a PDF of several pages", (r.returncode, r.stderr[-400:], len(r.stdout), pages))
    left = [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("frumious-")]
    ok(not left, "and nothing else is left", left)


STILLS = """
frumious: 1
id: org.example.stills
title: Two colours
version: "1"
start: a
nodes:
  a: {title: First, clip: {file: a.mkv}, next: b}
  b: {clip: {card: The end, for: 1s}, ending: {id: end, title: End}}
"""


def colour(jpeg):
    """The picture's mean colour: (red, green, blue)."""
    r = subprocess.run(["ffmpeg", "-v", "error", "-i", "-", "-vf", "scale=1:1", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], input=jpeg, capture_output=True, check=True)
    return tuple(r.stdout[:3])


def gives_up_rights(top, folder, store):
    """A stranger's film is opened only when no program can be started, and no connection opened, any more."""
    if not shutil.which("strace"):
        return skip("what the report asks of the kernel", "no strace here")
    log = f"{top}/stills-strace"
    traced = subprocess.run(["strace", "-f", "-qq", "-e", "trace=seccomp,openat,openat2", "-e", "signal=none", "-o", log, PROGRAM, "report", "--store",
                             store, "--film", folder, "--floor", "1", "--format", "html"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            timeout=120, check=False)
    if traced.returncode != 0:
        return skip("what the report asks of the kernel", "tracing is not allowed here")
    with open(log, encoding="utf-8") as f:
        calls = f.read().splitlines()
    film = next((i for i, line in enumerate(calls) if "a.mkv" in line), None)
    confined = next((i for i, line in enumerate(calls) if "seccomp(" in line and "= 0" in line), None)
    ok(film is not None and confined is not None and confined < film, "the report's pictures are decoded without rights", (confined, film))
    return None


def stills(top):
    """The film is red for two seconds, then blue; one viewer leaves in each colour, and the page shows it."""
    folder, store = f"{top}/stills", f"{top}/stills.sqlite"
    os.mkdir(folder)
    with open(f"{folder}/story.yaml", "w", encoding="utf-8") as f:
        f.write(STILLS)
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=320x180:r=25:d=2", "-f", "lavfi", "-i", "color=blue:s=320x180:r=25:d=2",
                    "-filter_complex", "concat", "-c:v", "mpeg4", "-q:v", "2", f"{folder}/a.mkv"], check=True)
    for seed in ("1", "2"):
        play("--store", store, "--seed", seed, folder)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE viewing SET mode = 0, chooser = 0, nth = 1")
        for viewing, played in db.execute("SELECT id, 700000 + 2600000 * (id > (SELECT min(id) FROM viewing)) FROM viewing").fetchall():
            for table in ("leave", "reached", "finish", "visit"):
                db.execute(f"DELETE FROM {table} WHERE viewing = ? AND seq > 2", (viewing,))
            db.execute("UPDATE leave SET playing_us = ? WHERE viewing = ?", (played, viewing))
            db.execute("INSERT INTO finish(viewing, seq, at_ms, ended_ms, reason) VALUES(?, 3, 1000, 1000, 1)", (viewing,))
    pictures = lambda page: {int(s): base64.b64decode(j) for s, j in re.findall(r'data-second="(\d+)".*?<img src="data:image/jpeg;base64,([^"]+)"', page)}
    page = report(store, "--film", folder, "--format", "html").out
    got = {second: colour(jpeg) for second, jpeg in pictures(page).items()}
    ok(set(got) == {0, 3} and got[0][0] > 150 > 100 > got[0][2] and got[3][2] > 150 > 100 > got[3][0], "beside a second stands the film of that second", got)
    ok(max(map(len, pictures(page).values())) < 20000 and "stands beside 2 of the seconds" in page, "small, and counted", page.count("<img"))
    one = report(store, "--film", folder, "--stills", "1", "--format", "html").out
    ok(len(pictures(one)) == 1 and "1 have none, because there are enough pictures (--stills)" in one, "no more than asked for, and it says so", len(pictures(one)))
    ok(not pictures(report(store, "--format", "html").out) and "With --film STORY" in report(store, "--format", "html").out, "without the film, it says how to have them")
    gives_up_rights(top, folder, store)
    os.remove(f"{folder}/a.mkv")
    gone = report(store, "--film", folder, "--format", "html")
    ok(gone.code == 0 and not pictures(gone.out) and "2 have none, because the film is not there, ends before, or cannot be decoded" in gone.out, "without its clip, it says why", gone)


def main():
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        over_time(top)
        segments(top)
        many_parts(top)
        experiments(top)
        viewers(top)
        stills(top)
        paper(top)
    return done()


raise SystemExit(main())
