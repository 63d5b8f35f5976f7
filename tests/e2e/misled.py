#!/usr/bin/python3
# tests/run: may run beside others
"""Numbers that must not mislead: stores whose truth is known, with something taken away, in text, JSON, CSV and page alike."""
import csv
import html
import io
import json
import math
import os
import re
import shutil
import sqlite3
import tempfile
import time

import jsonschema

from lib import done, ok, run, set_home

Z = 1.959963984540054


def formats(store, *args):
    """(text, JSON, CSV rows, page) of one report; the JSON is valid."""
    out = {f: run("report", "--store", store, "--recount", "--viewings", "all", "--time", "all", "--format", f, *args).out
           for f in ("text", "json", "csv", "html")}
    data = json.loads(out["json"])
    jsonschema.validate(data, json.load(open("telemetry/report.schema.json")))
    return out["text"], data["films"][0], list(csv.DictReader(io.StringIO(out["csv"]))), html.unescape(out["html"])


def change(store, *statements):
    with sqlite3.connect(store) as db:
        db.execute("PRAGMA foreign_keys=ON")
        for sql in statements:
            db.execute(sql) if isinstance(sql, str) else db.execute(*sql)


def shares(film):
    """{name: the share} of all that an erased viewing may have been in."""
    found = {}
    for v in film["versions"]:
        for name in ("reached_an_ending", "watched_2_minutes", "watched_70_percent"):
            found[v["version"], name] = v[name]
    for e in film["endings"]:
        found["ending", e["id"], e["version"]] = e["reach"]
    for n in film["nodes"]:
        found["reach", n["id"]] = n["reach"]
        found["drop-off", n["id"]] = n["drop_off"]
    for d in film["decisions"]:
        for o in d["options"]:
            found["pick", d["id"], d["hash"], o["id"]] = o["picks"]
    return found


def percents(low, high):
    return f"{low * 100:.1f} to {high * 100:.1f}"


def erased(top, whole):
    """Of 300 viewers, those who took one option have it erased. Whatever a report says then, its bounds hold the truth."""
    store = f"{top}/erased.sqlite"
    shutil.copy(whole, store)
    truth = shares(formats(whole)[1])
    with sqlite3.connect(store) as db:
        option, = db.execute("SELECT o.id FROM option o JOIN decision d ON d.id = o.decision JOIN story t ON t.id = d.story "
                                      "WHERE d.name = 'choice-0' AND o.name = 'o1' AND t.version = '1.0'").fetchone()
        gone = [bytes(u).hex() for (u,) in db.execute(
            "SELECT uuid FROM viewing v WHERE mode = 0 AND chooser = 0 AND EXISTS(SELECT 1 FROM outcome u WHERE u.viewing = v.id AND u.what = 0 AND u.option = ?) "
            "ORDER BY id LIMIT 13", (option,))]
    change(store, ("INSERT INTO option_forget VALUES(?)", (option,)))
    for g in gone:
        r = run("telemetry", "erase", f"{g[:8]}-{g[8:12]}-{g[12:16]}-{g[16:20]}-{g[20:]}", "--store", store)
        if r.code:
            ok(False, "a viewing is erased", r)
    text, film, rows, page = formats(store)
    version = next(v for v in film["versions"] if v["version"] == "1.0")
    ok(len(gone) == 13 and version["erased"] == {"by_choice": 13, "by_age": 0}, "13 were erased by choice", version["erased"])
    found = shares(film)
    outside = [(name, s, truth[name]) for name, s in found.items()
               if s["least"] is not None and truth[name]["n"] and not s["least"] - 1e-6 <= truth[name]["k"] / truth[name]["n"] <= s["most"] + 1e-6]
    bounded = [name for name, s in found.items() if s["least"] is not None]
    moved = [name for name, s in found.items() if s["n"] and truth[name]["n"] and s["k"] / s["n"] != truth[name]["k"] / truth[name]["n"]]
    ok(len(bounded) > 30 and not outside, f"the bounds of {len(bounded)} shares hold the truth", outside[:3])
    ok(len(moved) > 10 and all(name in bounded for name in moved), "no share moved that has no bounds", [m for m in moved if m not in bounded])
    exact = [name for name, s in found.items() if s["least"] is not None and
             (abs(s["least"] - s["k"] / (s["n"] + 13)) > 1e-6 or abs(s["most"] - (s["k"] + 13) / (s["n"] + 13)) > 1e-6) and s["n"] + 13 and "1.0" in str(name)]
    ok(not exact, "they are as narrow as 13 viewings of which nothing is known allow", exact)

    d = next(d for d in film["decisions"] if d["id"] == "choice-0" and 0 in d["versions"])
    burn, keep = (next(o for o in d["options"] if o["id"] == name) for name in ("o1", "o0"))
    ok(burn["erases"] and burn["picks"]["share"] is None and burn["picks"]["most"] > 0 and not keep["erases"], "what erases has no share", burn)
    line = next(r for r in rows if r["kind"] == "option" and r["id"] == d["id"] and r["option"] == "o1" and "erases" in r["number"])
    ok(not line["value"] and abs(float(line["most"]) - burn["picks"]["most"]) < 1e-6, "nor in the CSV", line)
    kept = next(r for r in rows if r["kind"] == "option" and r["id"] == d["id"] and r["option"] == "o0" and r["number"] == "pick" and int(r["n"]) == keep["picks"]["n"])
    ok(abs(float(kept["least"]) - keep["picks"]["least"]) < 1e-6, "the others have their bounds there", kept)
    want = percents(keep["picks"]["least"], keep["picks"]["most"])
    squeezed = re.sub(r" +", " ", text)
    ok("Answer 1 of 0 cannot be counted: a pick erases the viewing" in squeezed and f"with the erased: {want}" in squeezed
       and "erased by somebody's choice 13" in squeezed, "the text says so", text[:3000])
    ok("cannot be counted: it erases" in page and f'<td class="n e">{want}</td>' in page and "13 <small>by choice, 0 by age" in page, "and the page", want)
    some = next(r for r in rows if r["number"] == "erased by choice" and r["versions"] == "1.0")
    ok(some["k"] == "13", "and the CSV", some)

    change(store, "INSERT INTO unrecorded SELECT hash, 1, 5 FROM story WHERE version = '1.0'", "INSERT INTO unrecorded SELECT hash, 2, 4 FROM story WHERE version = '1.0'")
    text, film, rows, page = formats(store)
    said = [v["not_recorded"] for v in film["versions"]], [r["k"] for r in rows if r["number"] == "not recorded"]
    ok(said == ([9, 0], ["9", "0"]) and re.search(r"not recorded, only counted +9", text) and 'data-unrecorded="">9 ' in page and shares(film) == found,
       "how many viewings were not recorded is told everywhere, and changes nothing else", said)
    ok("9 more viewings" in run("telemetry", "status", "--store", store).out, "and by the store's status")

    both = f"{top}/both.sqlite"
    for _ in range(2):
        run("merge", both, store)
    ok(formats(both)[1]["versions"][0]["erased"]["by_choice"] == 13, "merged twice, it is counted once")
    run("telemetry", "erase", "all", "--store", both)
    run("merge", both, whole)
    ok(not sqlite3.connect(both).execute("SELECT count(*) FROM erased WHERE by_viewer = 13").fetchone()[0], "and gone with everything")


def running(top, whole):
    """Fifty of them still play: what is over, and what was answered, counts as if the fifty had not begun."""
    live, rest = f"{top}/live.sqlite", f"{top}/rest.sqlite"
    shutil.copy(whole, live)
    now = int(time.time() * 1000)
    playing = "(SELECT id FROM viewing WHERE mode = 0 AND chooser = 0 AND id % 5 = 0 ORDER BY id LIMIT 50)"
    last = "(SELECT max(seq) FROM exposure e WHERE e.viewing = outcome.viewing)"
    change(live, f"DELETE FROM finish WHERE viewing IN {playing}", f"DELETE FROM reached WHERE viewing IN {playing}",
           f"DELETE FROM outcome WHERE viewing IN {playing} AND exposure = {last}",
           f"INSERT INTO alive SELECT id, {now} FROM viewing WHERE id IN {playing}")
    shutil.copy(live, rest)
    change(rest, f"DELETE FROM outcome WHERE viewing IN {playing}", *(f"DELETE FROM {t} WHERE viewing IN {playing}" for t in ("stall", "leave", "visit", "exposure")),
           f"DELETE FROM viewing WHERE id IN {playing}")
    text, film, rows, page = formats(live)
    _, without, _, _ = formats(rest)
    names = ("viewings", "ended_by", "reached_an_ending", "watched_2_minutes", "watched_70_percent", "seconds", "distinct_paths")
    same = [[v[n] for n in names] for v in film["versions"]] == [[v[n] for n in names] for v in without["versions"]]
    ok(same and sum(v["still_running"] for v in film["versions"]) == 50, "fifty play: every headline is that of the others", [v["still_running"] for v in film["versions"]])
    seen = [[{k: v for k, v in n.items() if k != "by_second"} for n in f["nodes"]] for f in (film, without)]
    ok(film["endings"] == without["endings"] and seen[0] == seen[1], "endings and nodes, too")
    opened = sqlite3.connect(live).execute(f"SELECT count(DISTINCT viewing) FROM exposure WHERE viewing IN {playing}").fetchone()[0]
    ok(sum(d["not_yet_answered"] for d in film["decisions"]) == opened > 30, "their open decisions are not yet answered", opened)
    gone = sum(d["outcomes"]["unknown"] for d in film["decisions"])
    ok(gone == sum(d["outcomes"]["unknown"] for d in without["decisions"]), "and not left, skipped or gone back", gone)
    answered = sum(o["picks"]["k"] for d in film["decisions"] for o in d["options"])
    others = sum(o["picks"]["k"] for d in without["decisions"] for o in d["options"])
    of_them = sqlite3.connect(live).execute(f"SELECT count(*) FROM outcome WHERE what = 0 AND viewing IN {playing}").fetchone()[0]
    ok(answered == others + of_them and of_them > 50, "what they answered counts at once", (answered, others, of_them))
    squeezed = re.sub(r" +", " ", text)
    per_version = [v["still_running"] for v in film["versions"]]
    ok(all(f"still running {n}\n" in squeezed for n in per_version) and "– not yet answered" in text, "the text has both", text[:800])
    ok([int(r["k"]) for r in rows if r["number"] == "still running"] == per_version
       and sum(int(r["k"]) for r in rows if r["number"] == "not yet answered") == opened, "the CSV")
    ok(re.search(r'Still running</dt><dd data-key="\d+">50<', page) and sum(map(int, re.findall(r'data-c="\d+">(\d+)</span> not yet answered', page))) == opened, "and the page")
    for words, seen in (("three minutes ago", now - 180_000), ("in three minutes, as the clock was before it was put right", now + 180_000)):
        change(live, f"UPDATE alive SET seen_ms = {seen}")
        film = formats(live)[1]
        ok(sum(v["still_running"] for v in film["versions"]) == 0 and sum(v["ended_by"]["unknown"] for v in film["versions"]) >= 50
           and not any(d["not_yet_answered"] for d in film["decisions"]), f"seen {words}: they were cut off")


def left_early(top, whole):
    """Three of four leave in the first scene of a film of four: nobody of them has watched 70 % of it."""
    store = f"{top}/early.sqlite"
    shutil.copy(whole, store)
    gone = "(SELECT id FROM viewing WHERE mode = 0 AND chooser = 0 AND id % 4)"
    change(store, f"DELETE FROM reached WHERE viewing IN {gone}", f"DELETE FROM outcome WHERE viewing IN {gone}",
           f"DELETE FROM stall WHERE viewing IN {gone}", f"DELETE FROM exposure WHERE viewing IN {gone}",
           f"DELETE FROM leave WHERE viewing IN {gone}", f"DELETE FROM visit WHERE viewing IN {gone} AND seq > 1",
           f"INSERT INTO leave SELECT viewing, 2, 10000, seq, 10000000, 0, 0 FROM visit WHERE viewing IN {gone}",
           f"UPDATE finish SET reason = 1 WHERE viewing IN {gone}", "DELETE FROM film_left WHERE shortest_us = 0",
           "UPDATE film_left SET expected_us = NULL WHERE shortest_us = 40000000")
    text, film, rows, page = formats(store)
    want = []
    for v in film["versions"]:
        with sqlite3.connect(store) as db:
            stayed, early = db.execute("SELECT sum(f.reason = 0), sum(f.reason = 1 AND v.id % 4) FROM viewing v JOIN finish f ON f.viewing = v.id JOIN story t ON t.id = v.story "
                                       "WHERE v.mode = 0 AND v.chooser = 0 AND t.version = ?", (v["version"],)).fetchone()
        want.append((stayed, early))
        got = v["watched_70_percent"]
        ok(v["completion"][12] >= early and got["k"] <= v["viewings"] - early and got["k"] >= stayed,
           f"version {v['version']}: {early} watched 10 of 80 seconds, which is 12 % and not all", (got, stayed, v["completion"][:20]))
        ok(v["watched_70_percent_expected"]["n"] <= got["n"] and v["watched_70_percent_expected"]["n"] >= stayed + early, "and by the expected way", v["watched_70_percent_expected"])
        row = next(r for r in rows if r["number"] == "watched 70 percent" and r["versions"] == v["version"])
        ok((int(row["k"]), int(row["n"])) == (got["k"], got["n"]), "the CSV")
        ok(re.search(rf"watched 70 % of their path .* {got['k']} of {got['n']}\n", text) and "left: by the expected way" in text, "the text")
    k, n = (sum(v["watched_70_percent"][x] for v in film["versions"]) for x in "kn")
    ok(re.search(rf"Watched 70 % of their path</dt>.*?{k} of {n}", page, re.S) and "The same, left by the expected way" in page and k / n < 0.5, "and the page", (k, n))


def pooled(top, whole):
    """Both versions say that replays take it 5 points more often; most first viewings are of one version, most replays of the other."""
    store = f"{top}/pooled.sqlite"
    run("audience", "--store", store, "--viewings", "1600", "--levels", "2", "--seed", "8")
    with sqlite3.connect(store) as db:
        for version, base, firsts in (("1.0", 70, 0.9), ("2.0", 20, 0.1)):
            asked = db.execute("SELECT e.viewing, e.seq, min(o.id), max(CASE WHEN o.name = 'o1' THEN o.id END), min(CASE WHEN o.name = 'o0' THEN o.id END) FROM exposure e "
                               "JOIN menu_option mo ON mo.menu = e.menu JOIN option o ON o.id = mo.option JOIN menu m ON m.id = e.menu JOIN decision d ON d.id = m.decision "
                               "JOIN story t ON t.id = d.story JOIN viewing v ON v.id = e.viewing WHERE d.name = 'choice-2' AND t.version = ? AND v.mode = 0 AND v.chooser = 0 "
                               "GROUP BY e.viewing, e.seq ORDER BY e.viewing", (version,)).fetchall()
            n1 = round(len(asked) * firsts)
            for group, nth, share in ((asked[:n1], 1, base), (asked[n1:], 2, base + 5)):
                for i, (viewing, seq, _, o1, o0) in enumerate(group):
                    picked = o1 if i < round(len(group) * share / 100) else o0
                    db.execute("DELETE FROM outcome WHERE viewing = ? AND exposure = ?", (viewing, seq))
                    db.execute("INSERT INTO outcome VALUES(?, ?, 99, ?, 0, ?, 1000000, 2, 0)", (viewing, seq + 1, seq, picked))
                    db.execute("UPDATE viewing SET nth = ?, time_mode = 1 WHERE id = ?", (nth, viewing))
        db.execute("UPDATE exposure SET time_mode = 1")
    mixed(whole, store)
    out = run("report", "--store", store, "--recount", "--against", "viewings=replay", "--format", "json").out
    r = next(r for r in json.loads(out)["films"][0]["rows"] if r["id"] == "choice-2" and r["option"] == "o1")
    apart = [s["k1"] / s["n1"] - s["k2"] / s["n2"] for s in r["strata"]]
    ok(len(apart) == 2 and all(-0.07 < d < -0.03 for d in apart), "both versions say that it is 5 points less", r["strata"])
    ok(r["k1"] / r["n1"] - r["k2"] / r["n2"] > 0.25, "added up they would say the contrary", r)
    ok(r["method"] == "mantel-haenszel" and min(apart) <= r["difference"] <= max(apart) and r["low"] < r["difference"] < r["high"], "so they are not added up", r)
    ok(r["strata_q"] > 0.05, "and the versions agree", r)
    table = list(csv.DictReader(io.StringIO(run("report", "--store", store, "--recount", "--against", "viewings=replay", "--format", "csv").out)))
    want = [(row["kind"], row["id"], row["option"] or "", str(row["k1"]), "" if row[key] is None else f"{row[key]:.6f}") for row in json.loads(out)["films"][0]["rows"] for key in ("difference", "low", "high", "q")]
    got = [(row["kind"], row["id"], row["option"], row["k1"], row[key]) for row in table if row["method"] != "stratum" for key in ("difference", "low", "high", "q")]
    ok(len(want) == len(got) > 0 and all(a[:4] == b[:4] and (a[4] == b[4] or abs(float(a[4]) - float(b[4])) < 2e-6) for a, b in zip(want, got)), "the table says the same", [p for p in zip(want, got) if p[0] != p[1]][:3])
    ok([(s["version"], s["k1"], s["n2"]) for s in table if s["method"] == "stratum" and (s["id"], s["option"]) == ("choice-2", "o1")]
       == [(s["version"], str(s["k1"]), str(s["n2"])) for s in r["strata"]], "and has the strata", table[:3])
    text = run("report", "--store", store, "--recount", "--against", "viewings=replay").out
    lines = [" ".join(line.split()) for line in text.splitlines()]
    ok("version 1.0 69.8 75.0 -5.2 178 of 255, 21 of 28" in lines and "differ more than chance allows" not in text.split("choice-2")[1].split("choice-3")[0], "the text shows the strata", text)
    with sqlite3.connect(store) as db:
        db.execute("UPDATE outcome SET option = (SELECT o.id FROM option o JOIN menu m ON m.decision = o.decision JOIN exposure e ON e.menu = m.id WHERE e.viewing = outcome.viewing "
                   "AND e.seq = outcome.exposure AND o.name = 'o1') WHERE exposure IN (SELECT seq FROM exposure e WHERE e.viewing = outcome.viewing AND e.menu IN (SELECT m.id FROM menu m "
                   "JOIN decision d ON d.id = m.decision WHERE d.name = 'choice-2')) AND viewing IN (SELECT v.id FROM viewing v JOIN story t ON t.id = v.story WHERE t.version = '2.0' AND v.nth = 1)")
    out = run("report", "--store", store, "--recount", "--against", "viewings=replay", "--format", "json").out
    r = next(r for r in json.loads(out)["films"][0]["rows"] if r["id"] == "choice-2" and r["option"] == "o1")
    text = run("report", "--store", store, "--recount", "--against", "viewings=replay").out
    ok(r["strata_q"] < 0.05 and "The versions differ more than chance allows" in text, "where versions disagree, that is what is said", r)


def chance(groups):
    """How likely chance makes the shares of groups (k, n) differ as much (Pearson); None where too few are large enough."""
    share = sum(k for k, _ in groups) / sum(n for _, n in groups)
    groups = [(k, n) for k, n in groups if n * share >= 5 and n * (1 - share) >= 5]
    if len(groups) < 2:
        return None
    p = sum(k for k, _ in groups) / sum(n for _, n in groups)
    x = sum((k - n * p) ** 2 / (n * p * (1 - p)) for k, n in groups)
    return {2: math.erfc(math.sqrt(x / 2)), 3: math.exp(-x / 2)}[len(groups)]


def corrected(all_p):
    """Benjamini and Hochberg, by their definition."""
    n = len(all_p)
    return [min([1] + [n * p / sum(other <= p for other in all_p) for p in all_p if p >= mine]) for mine in all_p]


PICKS = """SELECT d.name, d.hash, o.name, t.version, CASE min(coalesce(v.nth, 0), 2) WHEN 0 THEN 'unknown' WHEN 1 THEN 'first' ELSE 'replay' END, e.time_mode,
    sum(u.what = 0 AND u.option = o.id), count(*)
    FROM exposure e JOIN menu_option mo ON mo.menu = e.menu AND mo.locked = 0 JOIN option o ON o.id = mo.option JOIN decision d ON d.id = o.decision
    JOIN viewing v ON v.id = e.viewing JOIN story t ON t.id = v.story LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq
    WHERE v.mode = 0 AND v.chooser = 0 GROUP BY 1, 2, 3, 4, 5, 6"""


def parts_of_picks(store):
    """{(decision, hash, option, by): {part: (k, n)}}, from the events."""
    found = {}
    for d, h, o, *parts, k, n in sqlite3.connect(store).execute(PICKS):
        for by, part in zip(("version", "viewings", "time"), parts):
            cell = found.setdefault((d, f"{h & (1 << 64) - 1:016x}", o, by), {})
            cell[str(part)] = tuple(map(sum, zip(cell.get(str(part), (0, 0)), (k, n))))
    return found


def mixed(whole, store):
    """The plain report of it: a share that adds up versions, or first viewings and replays, which differ, says so."""
    text, film, rows, page = formats(store)
    told, hashes = film["mixed"], {(d["id"], tuple(d["versions"])): d["hash"] for d in film["decisions"]}
    picks = {(m["id"], hashes[m["id"], tuple(m["versions"])], m["option"], m["by"]): m for m in told if m["kind"] == "option"}
    want = {key: parts for key, parts in parts_of_picks(store).items() if chance(list(parts.values())) is not None}
    wrong = [(key, parts, picks.get(key)) for key, parts in want.items()
             if key not in picks or abs(picks[key]["p"] - chance(list(parts.values()))) > 2e-6
             or {p["name"]: (p["share"]["k"], p["share"]["n"]) for p in picks[key]["parts"]} != parts]
    ok(len(want) > 8 and set(picks) == set(want) and not wrong, f"{len(want)} shares of options are tested in their parts, as the events have them", wrong[:3])
    q = corrected([m["p"] for m in told])
    ok(all(abs(m["q"] - x) < 1e-4 and m["differ"] == (m["q"] <= 0.05) for m, x in zip(told, q)), "corrected for all of them")
    differ = [m for m in told if m["differ"]]
    o1 = next(m for m in differ if (m["id"], m["option"], m["by"]) == ("choice-2", "o1", "version"))
    words = ", ".join(f"{p['name']} {p['share']['share'] * 100:.1f} % of {p['share']['n']}" for p in o1["parts"])
    ok(f"pick: the versions differ: {words}" in text and "they differ more than chance allows" in text and text.count(" differ: ") == len(differ), "the text says so", words)
    row = next(r for r in rows if r["id"] == "choice-2" and r["option"] == "o1" and r["number"] == "pick, chance by version")
    part = next(r for r in rows if r["id"] == "choice-2" and r["option"] == "o1" and r["number"] == "pick, version 2.0")
    ok(float(row["value"]) < 1e-5 and int(part["n"]) == o1["parts"][1]["share"]["n"] and sum(", chance by " in r["number"] for r in rows) == len(told), "the CSV")
    cell = ", ".join(f"{p['name']}: {p['share']['share'] * 100:.1f} % of {p['share']['n']}" for p in o1["parts"])
    ok(f"<span>{len(differ)}</span> of the shares below add up parts" in page and f"<td>pick</td><td>versions</td><td>{cell}</td>" in page, "and the page", cell)
    alike = [m for m in formats(whole)[1]["mixed"] if m["by"] == "version" and m["kind"] in ("option", "decision")]
    ok(len(alike) > 4 and not any(m["differ"] for m in alike), "an audience that decides alike in both versions is not told to differ", [(m["id"], m["q"]) for m in alike])
    alone = formats(store, "--version", "1.0")[1]["mixed"]
    ok(not any(m["by"] == "version" for m in alone), "one version is not mixed")


def interval(groups):
    """Of clusters (k, n): Wilson's interval for the number of cases that would vary as much."""
    k, n = (sum(g[i] for g in groups) for i in (0, 1))
    p = k / n
    effect = max(1.0, sum((a - p * b) ** 2 for a, b in groups) / n / (p * (1 - p)))
    a, b, c = 1 + Z * Z / n * effect, -(2 * p + Z * Z / n * effect), p * p
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def again(top, whole):
    """One viewer goes back nine times and takes the same each time: one answer in the headline, ten beside it."""
    store = f"{top}/again.sqlite"
    shutil.copy(whole, store)
    before = formats(whole)[1]
    with sqlite3.connect(store) as db:
        viewing, menu, option = db.execute("SELECT e.viewing, e.menu, u.option FROM exposure e JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq "
                                           "JOIN viewing v ON v.id = e.viewing JOIN menu m ON m.id = e.menu JOIN decision d ON d.id = m.decision "
                                           "WHERE d.name = 'choice-0' AND u.what = 0 AND v.chooser = 0 AND v.mode = 0 ORDER BY e.viewing LIMIT 1").fetchone()
        seq = 10_000
        for i in range(9):
            db.execute("INSERT INTO exposure VALUES(?, ?, 99, ?, NULL, 8000000, 1)", (viewing, seq, menu))
            db.execute("INSERT INTO outcome VALUES(?, ?, 99, ?, 0, ?, 1000000, 2, 0)", (viewing, seq + 1, seq, option))
            seq += 2
        answers = db.execute("SELECT d.hash, o.name, sum(u.what = 0 AND u.option = o.id), count(*) FROM exposure e JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq "
                             "JOIN viewing v ON v.id = e.viewing JOIN menu_option mo ON mo.menu = e.menu AND mo.locked = 0 JOIN option o ON o.id = mo.option "
                             "JOIN decision d ON d.id = o.decision WHERE d.name = 'choice-0' AND v.chooser = 0 AND v.mode = 0 GROUP BY d.hash, o.name, e.viewing").fetchall()
    text, film, rows, page = formats(store)
    heads = lambda f: [(o["picks"], o["median_ms"], o["shown_first"]) for d in f["decisions"] for o in d["options"]]
    ok(heads(film) == heads(before), "going back nine times changes no headline")
    d = next(d for d in film["decisions"] if d["id"] == "choice-0" and d["asked_again"])
    wrong = []
    for o in d["options"]:
        groups = [(k, n) for h, name, k, n in answers if f"{h & (1 << 64) - 1:016x}" == d["hash"] and name == o["id"]]
        low, high = interval(groups)
        got = o["all_answers"]
        if (got["k"], got["n"]) != tuple(map(sum, zip(*groups))) or abs(got["low"] - low) > 2e-6 or abs(got["high"] - high) > 2e-6:
            wrong.append((got, low, high))
        csv_row = next(r for r in rows if r["id"] == "choice-0" and r["option"] == o["id"] and r["number"] == "pick, of all answers" and int(r["n"]) == got["n"])
        if abs(float(csv_row["high"]) - high) > 2e-6:
            wrong.append(csv_row)
        if f"{percents(got['low'], got['high'])}</td>" not in page or percents(got["low"], got["high"]).replace(" ", "") not in text.replace(" ", ""):
            wrong.append(("not told", o["id"], got))
    ok(not wrong and d["asked_again"] == 9, "all answers stand beside it, and their intervals know that ten are one viewer's", wrong[:3])
    widened = [o for o in d["options"] if o["all_answers"]["high"] - o["all_answers"]["low"] > o["picks"]["high"] - o["picks"]["low"]]
    ok(widened, "so that ten answers of one viewer say less than ten viewers' would")
    ok("all answers, with 9 more after going back" in text, "the text says how many they are")


MENUS = """SELECT d.name, d.hash, (SELECT group_concat(name, ' ') FROM (SELECT o.name FROM menu_option mo JOIN option o ON o.id = mo.option
        WHERE mo.menu = e.menu AND mo.locked = 0 ORDER BY o.position)), coalesce((SELECT name FROM option WHERE id = u.option AND u.what = 0), ''), count(*)
    FROM exposure e JOIN menu m ON m.id = e.menu JOIN decision d ON d.id = m.decision JOIN viewing v ON v.id = e.viewing
    LEFT JOIN outcome u ON u.viewing = e.viewing AND u.exposure = e.seq WHERE v.mode = 0 AND v.chooser = 0 GROUP BY 1, 2, 3, 4"""


def menus_of(store):
    """{(decision, hash): {open options: {picked: how often}}}, from the events."""
    found = {}
    for d, h, options, picked, n in sqlite3.connect(store).execute(MENUS):
        menu = found.setdefault((d, f"{h & (1 << 64) - 1:016x}"), {}).setdefault(options, {})
        menu[picked] = menu.get(picked, 0) + n
    return found


def offered(top, whole):
    """o3 is offered to some only, of whom few take o0; the others mostly do. Added up, o0 looks better than o3, but nobody who had both preferred it."""
    store = f"{top}/offered.sqlite"
    shutil.copy(whole, store)
    with sqlite3.connect(store) as db:
        asked = db.execute("SELECT e.viewing, e.seq, max(o.name = 'o3'), max(CASE WHEN o.name = 'o0' THEN o.id END), max(CASE WHEN o.name = 'o3' THEN o.id END), max(CASE WHEN o.name = 'o1' THEN o.id END) "
                           "FROM exposure e JOIN menu_option mo ON mo.menu = e.menu AND mo.locked = 0 JOIN option o ON o.id = mo.option JOIN decision d ON d.id = o.decision "
                           "JOIN viewing v ON v.id = e.viewing WHERE d.name = 'choice-2' AND v.mode = 0 AND v.chooser = 0 GROUP BY 1, 2").fetchall()
        for i, (viewing, seq, both, o0, o3, o1) in enumerate(asked):
            picked = (o3 if i % 20 < 7 else o0 if i % 20 < 12 else o1) if both else (o0 if i % 10 else o1)
            db.execute("DELETE FROM outcome WHERE viewing = ? AND exposure = ?", (viewing, seq))
            db.execute("INSERT INTO outcome VALUES(?, ?, 99, ?, 0, ?, 1000000, 2, 0)", (viewing, seq + 1, seq, picked))
    text, film, rows, page = formats(store)
    truth, wrong = menus_of(store), []
    for d in film["decisions"]:
        told = {" ".join(o["id"] for o in m["options"]): (m["exposures"], {o["id"]: (o["picks"]["k"], o["picks"]["n"]) for o in m["options"]}) for m in d["menus"]}
        want = {}
        for options, picked in truth.get((d["id"], d["hash"]), {}).items():
            n = sum(picked.values())
            want[options] = n, {o: (picked.get(o, 0), n) for o in options.split()}
        wrong += [(d["id"], told, want)] if told != want else []
    ok(not wrong and sum(len(d["menus"]) > 1 for d in film["decisions"]) >= 1, "what was offered together, and picked of that, is what the events have", wrong[:1])
    d = next(d for d in film["decisions"] if d["id"] == "choice-2" and len(d["menus"]) == 2)
    share = {o["id"]: o["picks"]["share"] for o in d["options"]}
    both = {o["id"]: o["picks"] for o in next(m for m in d["menus"] if len(m["options"]) == 4)["options"]}
    ok(share["o0"] > share["o3"] and both["o0"]["share"] < both["o3"]["share"] - 0.05, "added up, o0 is ahead; of those who had both, o3 is", (share, both))
    line = lambda o: rf"{o} of 2 +[█·]+ +{both[f'o{o[-1]}']['share'] * 100:.1f} % .* {both[f'o{o[-1]}']['k']} of {both[f'o{o[-1]}']['n']}\n"
    ok("not all were offered to the same people" in text and re.search(line("Answer 0"), text) and re.search(line("Answer 3"), text), "the text says so", text[:200])
    row = next(r for r in rows if r["number"] == "pick, of the menu o0 o1 o2 o3" and r["option"] == "o3")
    ok((int(row["k"]), int(row["n"])) == (both["o3"]["k"], both["o3"]["n"]) and not [r for r in rows if "of the menu" in r["number"] and r["id"] == "choice-0"], "the CSV, where there are several")
    part = page.split("Not all of these options were offered to the same people")
    ok(any(f"{both['o3']['k']} of {both['o3']['n']}</td>" in p.split("</details>")[0] for p in part[1:]) and "<details data-menus=\"\"><summary>" in page, "and the page", len(part))


def clocks(top, whole):
    """Of 300 viewings, two began in 1970 and one in 2100, as their clocks said: the period is still that of the others."""
    store = f"{top}/clocks.sqlite"
    shutil.copy(whole, store)
    people = "(SELECT id FROM viewing WHERE mode = 0 AND chooser = 0 ORDER BY id LIMIT {} OFFSET {})"
    change(store, "UPDATE viewing SET started_ms = 5000 WHERE id IN " + people.format(2, 40), "UPDATE viewing SET started_ms = 4105000000000 WHERE id IN " + people.format(1, 90))
    before, (text, film, rows, page) = formats(whole)[1], formats(store)
    ok(film["clock_not_believed"] == [{"day": "1970-01-01", "viewings": 2}, {"day": "2100-01-30", "viewings": 1}], "it is said how many clocks are not believed, and what they said", film["clock_not_believed"])
    ok(not before["clock_not_believed"] and [v["viewings"] for v in film["versions"]] == [v["viewings"] for v in before["versions"]]
       and shares(film) == shares(before), "these viewings count like any other")
    ok("3 viewings began, as a clock said that cannot have been right, before 2020 or later than tomorrow (1970-01-01: 2, 2100-01-30: 1)" in text, "the text says so", text[:900])
    told = {r["number"]: r["k"] for r in rows if "clock not believed" in r["number"]}
    ok(told == {"clock not believed, 1970-01-01": "2", "clock not believed, 2100-01-30": "1"}, "the CSV", told)
    data = json.loads(re.search(r'<script type="application/json" id="data-0">(.*?)</script>', run("report", "--store", store, "--recount", "--viewings", "all", "--time", "all", "--format", "html").out, re.S)[1])
    days = {g[4] for g in data["groups"]} - {data["noDay"]}
    ok("Viewings that began on 1970-01-01, as a clock said" in page and max(days) - min(days) < 400, "and the page, whose days are those of the others", sorted(days)[:3])
    since = formats(store, "--since", "2020-01-02")
    ok(sum(v["viewings"] for v in since[1]["versions"]) == sum(v["viewings"] for v in before["versions"]) - 3 and "left out here" in since[0], "who asks for days does not get them")


def zones(top, whole):
    """Half an hour before midnight in UTC is the next day in Berlin, and in Kolkata; in New York it is not."""
    store = f"{top}/zones.sqlite"
    shutil.copy(whole, store)
    late = 1767223800000  # 2025-12-31 23:30 UTC
    change(store, f"UPDATE viewing SET started_ms = {late} WHERE mode = 0 AND chooser = 0 AND id % 2", f"UPDATE viewing SET started_ms = {late - 7200000} WHERE mode = 0 AND chooser = 0 AND id % 2 = 0")
    (odd, even), = sqlite3.connect(store).execute("SELECT sum(id % 2), sum(id % 2 = 0) FROM viewing WHERE mode = 0 AND chooser = 0")
    for zone, want in (("UTC", 0), ("Europe/Berlin", odd), ("Asia/Kolkata", odd + even), ("America/New_York", 0)):
        text, film, rows, page = formats(store, "--since", "2026-01-01", "--timezone", zone)
        ok(sum(v["viewings"] + v["still_running"] for v in film["versions"]) == want, f"in {zone}, {want} viewings began in 2026", [v["viewings"] for v in film["versions"]])
        ok(f'"timezone":"{zone.replace("/", "/")}"' in page, "the page says whose days they are")
    r = run("report", "--store", store, "--timezone", "Mars/Olympus")
    ok(r.code == 3 or r.code == 2, "another planet's", r)
    ok("--timezone a name of the time zone database, as Europe/Berlin" in r.err and "Mars/Olympus" in r.err, "is an error that says what to give", r)


def named(whole):
    """Paths have ids, and titles beside them."""
    text, film, rows, page = formats(whole)
    nodes = {n["id"]: n["title"] for n in film["nodes"]}
    path = film["versions"][0]["paths"][0]
    words = [f"{nodes[n]} [{n}]" if nodes[n] else n for n in path["nodes"]]
    ok(path["words"] == words and " > ".join(words) in " ".join(text.split()) and " › ".join(words) in page, "a path names its nodes by id, and says their titles", path)
    row = next(r for r in rows if r["kind"] == "path" and r["id"] == " > ".join(path["nodes"]))
    ok(row["title"] == " > ".join(words) and (int(row["k"]), int(row["n"])) == (path["viewings"]["k"], path["viewings"]["n"]), "so does the CSV", row)


EVENTS = ("leave", "outcome", "exposure", "reached", "gap", "stall", "resume")


def end_here(db, viewing, seq):
    """Nothing came after this visit."""
    for table in EVENTS + ("visit",):
        db.execute(f"DELETE FROM {table} WHERE viewing = ? AND seq > ?", (viewing, seq))


def stay(db, kind, viewing, seq, at_ms):
    """Makes one visit end in a known way: (the second in which it did, how)."""
    if kind in (0, 1):
        end_here(db, viewing, seq)
        played = (3400000, 7900000)[kind]
        db.execute("INSERT INTO leave(viewing, seq, at_ms, visit, playing_us, paused_us, hidden_us) VALUES(?, ?, ?, ?, ?, 0, 0)", (viewing, seq + 1, at_ms + played // 1000, seq, played))
        db.execute("UPDATE finish SET reason = 1, seq = ? WHERE viewing = ?", (seq + 2, viewing))
        return played // 1000000, "left"
    if kind in (2, 3):
        end_here(db, viewing, seq)
        db.execute("DELETE FROM finish WHERE viewing = ?", (viewing,))
        seen = int(time.time() * 1000) + 60000
        if kind == 2:  # still running, or nearly so: it was seen there
            db.execute("UPDATE viewing SET started_ms = ? WHERE id = ?", (seen - at_ms - 5500, viewing))
            db.execute("INSERT OR REPLACE INTO alive VALUES(?, ?)", (viewing, seen))
        return (5 if kind == 2 else 0), "other"
    last, = db.execute("SELECT max(e.seq) FROM exposure e WHERE e.viewing = ? AND e.seq > ? AND e.seq < (SELECT min(seq) FROM visit WHERE viewing = ? AND seq > ?)", (viewing, seq, viewing, seq)).fetchone()
    answered, = db.execute("SELECT at_ms FROM outcome WHERE viewing = ? AND exposure = ?", (viewing, last)).fetchone()
    db.execute("UPDATE outcome SET what = ?, option = CASE ? WHEN 0 THEN option END WHERE viewing = ? AND exposure = ?", (3 if kind == 4 else 0, 3 if kind == 4 else 0, viewing, last))
    played = 6200000 if kind == 4 else 12000000
    db.execute("UPDATE leave SET playing_us = ?, at_ms = ? WHERE viewing = ? AND visit = ?", (played, answered + 100, viewing, seq))
    return played // 1000000, "jumped" if kind == 4 else "other"


def survival(stays):
    """{second: (left, at risk, share still there after it, low, high)} by Kaplan and Meier, with Greenwood's variance."""
    share, variance, curve = 1, 0, {}
    for second in sorted({s for s, _ in stays}):
        risk = sum(s >= second for s, _ in stays)
        gone = sum(s == second and how == "left" for s, how in stays)
        if gone:
            share *= 1 - gone / risk
            variance += gone / (risk * (risk - gone))
        spread = math.exp(Z * math.sqrt(variance) / abs(math.log(share))) if share < 1 else 1
        curve[second] = (gone, risk, share, share**spread, share ** (1 / spread))
    return curve


def second_by_second(top, whole):
    """Who left a node at which second, where some still watch, some were cut off, some went back and some cut it short by a pick."""
    store = f"{top}/seconds.sqlite"
    shutil.copy(whole, store)
    stays = []
    with sqlite3.connect(store) as db:
        visits = db.execute("SELECT i.viewing, i.seq, i.at_ms, l.playing_us, f.reason, i.seq = (SELECT max(seq) FROM visit WHERE viewing = i.viewing) "
                            "FROM visit i JOIN node n ON n.id = i.node JOIN viewing v ON v.id = i.viewing JOIN leave l ON l.viewing = i.viewing AND l.visit = i.seq "
                            "JOIN finish f ON f.viewing = i.viewing WHERE n.name = 'scene-1-a' AND v.mode = 0 AND v.chooser = 0 ORDER BY 1, 2").fetchall()
        db.execute("PRAGMA foreign_keys=ON")
        for i, (viewing, seq, at_ms, played, reason, last) in enumerate(visits):
            known = i % 10 < 6 and not (last and i % 10 > 3)
            stays.append(stay(db, i % 10, viewing, seq, at_ms) if known else (played // 1000000, "left" if last and reason in (1, 2, 3) else "other"))
    want = survival(stays)
    text, film, rows, page = formats(store)
    node = next(n for n in film["nodes"] if n["id"] == "scene-1-a")
    told = {s["second"]: s for s in node["by_second"]}
    ok(len(stays) > 100 and sum(how == "left" for _, how in stays) > 20 and sum(how == "jumped" for _, how in stays) > 5, "viewings were left, and others went back", len(stays))
    wrong = [(s, w, told.get(s)) for s, w in want.items()
             if s not in told or (told[s]["left"]["k"], told[s]["left"]["n"]) != w[:2] or max(abs(told[s][k] - v) for k, v in zip(("still_there", "still_there_low", "still_there_high"), w[2:])) > 1e-6]
    ok(not wrong and told.keys() == want.keys(), "the curve is the one that was made", wrong[:3])
    counts = {how: {s: sum(x == (s, how) for x in stays) for s in want} for how in ("jumped", "other")}
    ok(all(told[s]["jumped"] == counts["jumped"][s] and told[s]["went_on"] == counts["other"][s] for s in want), "who went back is told apart from who went on", told)
    ok(told[3]["q"] < 0.01 and told[7]["q"] < 0.01, "seconds in which more left than elsewhere stand out", (told[3]["q"], told[7]["q"]))
    gone, risk = want[3][:2]
    ok(re.search(rf"0:03 .* {gone} of {risk} \*", text), "the text tells the worst seconds", text)
    cell = next(r for r in rows if r["kind"] == "node" and r["id"] == "scene-1-a" and r["number"] == "still there after second 3")
    ok(abs(float(cell["value"]) - want[3][2]) < 1e-6 and int(cell["n"]) == risk, "so does the CSV", cell)


def main():
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        whole = f"{top}/whole.sqlite"
        ok(run("audience", "--store", whole, "--viewings", "300", "--levels", "3", "--seed", "5").code == 0, "there is an audience")
        erased(top, whole)
        running(top, whole)
        left_early(top, whole)
        pooled(top, whole)
        again(top, whole)
        offered(top, whole)
        second_by_second(top, whole)
        clocks(top, whole)
        named(whole)
        if os.path.exists("/usr/share/zoneinfo/Asia/Kolkata"):  # of the package tzdata
            zones(top, whole)
    return done()


raise SystemExit(main())
