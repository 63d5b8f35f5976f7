#!/usr/bin/python3
# tests/run: may run beside others
"""`frumious explore` from outside: its exit codes, its two formats, and that the player can play its witnesses."""
import glob
import json
import os
import re
import signal
import subprocess
import tempfile
import time

from lib import PROGRAM, done, golden, ok, run, schema

FILM = "stories/at-the-third-stroke/story.yaml"

BROKEN = """frumious: 1
id: test.broken
title: Broken
version: "1"
start: a
state: {n: {type: int, min: 0, max: 1}}
nodes:
  a:
    clip: {card: A, for: 4s}
    decision:
      id: d
      opens: 1s
      for: 2s
      cut: now
      default: out
      options:
        out: {text: Out, goto: home}
        in: {text: In, do: n += 1, goto: b}
        never: {text: Never, when: n > 1, goto: home}
  b:
    clip: {card: B, for: 2s}
    next: [{random: [{weight: 1, goto: a}, {weight: 9, goto: c}]}]
  c:
    clip: {card: C, for: 2s}
    next: [{when: n == 0, goto: home}]
  home:
    clip: {card: Home, for: 2s}
    ending: {id: home, title: Home}
"""

# More states than anybody waits for.
ENDLESS = """frumious: 1
id: test.endless
title: Endless
version: "1"
start: a
state: {n: {type: int, min: 0, max: 1000000000}}
nodes:
  a:
    clip: {card: A, for: 4s}
    decision:
      {id: d, opens: 1s, for: 2s, default: x, options: {x: {text: X, do: n += 1, goto: a}, y: {text: Y, goto: e}}}
  e:
    clip: {card: E, for: 2s}
    enter: [{do: n = 0, when: n == 7}]
    ending: {id: e, title: E}
"""


def test_schema():
    for story in [FILM, "stories/lighthouse/story.yaml"] + sorted(glob.glob("tests/stories/valid/*.yaml")):
        r = run("explore", "--format", "json", "--max-states", "3000", story)
        schema("explore.schema.json", json.loads(r.out), f"{os.path.basename(story)}: the report is as its schema says")


ILLUSION = """frumious: 1
id: test.illusion
title: Illusion
version: "1"
start: a
nodes:
  a:
    clip: {card: A, for: 9s}
    decision: {id: tea, opens: 1s, for: 5s, default: x, options: {x: {text: Tea}, y: {text: Coffee}}}
    next: b
  b:
    clip: {card: B, for: 9s}
    decision: {id: door, opens: 1s, for: 5s, default: x, options: {x: {text: In, goto: in}, y: {text: Out, goto: out}}}
  in: {clip: {card: In, for: 61s}, ending: {id: in, title: In}}
  out: {clip: {card: Out, for: 2s}, ending: {id: out, title: Out}}
  lost: {clip: {card: Lost, for: 65s}, ending: {id: lost, title: Lost}}
"""


# Whoever meets Anna has no letter, so nobody comes to the cellar; nothing leads to the attic.
CAUSES = """frumious: 1
id: test.causes
title: Causes
version: "1"
start: a
state: {anna: bool, letter: bool}
nodes:
  a:
    clip: {card: A, for: 9s}
    decision:
      id: who
      opens: 1s
      for: 5s
      default: x
      options: {x: {text: Anna, do: anna = true}, y: {text: Letter, do: letter = true}, z: {text: Both, when: anna and letter}}
    next: [{when: anna and letter, goto: cellar}, {when: anna and (letter or not anna), goto: cellar}, {goto: b}, {when: letter, goto: b}]
  cellar: {clip: {card: C, for: 9s}, next: stairs}
  stairs: {clip: {card: S, for: 9s}, next: [{when: letter, goto: vault}, {goto: home}]}
  vault: {clip: {card: V, for: 9s}, ending: {id: vault, title: Vault}}
  attic: {clip: {card: T, for: 9s}, next: home}
  b:
    clip: {card: B, for: 2s}
    enter: [{do: letter = false, when: anna and letter}]
    next: [{when: letter and not anna, goto: home}, {goto: out}, {goto: home}]
  home: {clip: {card: H, for: 2s}, ending: {id: home, title: Home}}
  out: {clip: {card: O, for: 2s}, ending: {id: out, title: Out}}
"""


def test_report(folder):
    for name, story in (("explore", ILLUSION), ("explore-causes", CAUSES)):
        with open(f"{folder}/{name}.yaml", "w") as f:
            f.write(story)
        r = run("explore", f"{folder}/{name}.yaml")
        text = re.sub(r"in [0-9.]+ s$", "in T s", r.out.replace(folder, "FOLDER"), flags=re.M)
        golden(f"{name}.txt", text)


def test_films(folder):
    """Twenty questions, each with a default that time takes: as many films as answers, not as clicks."""
    with open(f"{folder}/films.yaml", "w") as f:
        f.write("frumious: 1\nid: test.films\ntitle: Films\nversion: '1'\nstart: n0\nnodes:\n")
        for i in range(20):
            f.write(f"  n{i}: {{clip: {{card: A, for: 9s}}, decision: {{id: d{i}, opens: 1s, for: 5s, default: x, options: {{x: X, y: Y}}}}, next: n{i + 1}}}\n")
        f.write("  n20: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n")
    odds = json.loads(run("explore", "--format", "json", f"{folder}/films.yaml").out)["odds"]
    ok(odds["viewings"] == 2**20 and odds["viewings_all"] and odds["viewings_bound"] is None, "20 questions are 2^20 films", odds)


def test_partial(folder):
    """What was followed until a limit came is told, with its witnesses."""
    with open(f"{folder}/endless.yaml", "w") as f:
        f.write(ENDLESS)
    r = run("explore", "--format", "json", "--max-states", "2000", "--witness", f"{folder}/partial", f"{folder}/endless.yaml")
    report = json.loads(r.out)
    schema("explore.schema.json", report, "a partial report is as its schema says")
    e = report["endings"][0]
    ok(report["verdict"] == "partial" and e["shortest_us"] == 6000000 and os.path.exists(e["witness"]), "with times and witnesses", e)
    ok(report["odds"]["sampled"] == 20000 and e["likelihood_low"] < 1 <= e["likelihood_high"] + 1e-9 and report["not_known"], "chances are estimated, and it says why", report["odds"])
    r = run("explore", "--max-states", "2000", f"{folder}/endless.yaml")
    words = " ".join(r.out.split())  # lines are folded
    ok("estimated from 20000 simulated viewings" in words and "not known, because" in words, "in words, too", r.out)


def questions(n):
    """A story of n yes/no questions, all of which are remembered until its end."""
    text = "frumious: 1\nid: test.questions\ntitle: Q\nversion: '1'\nstart: n0\nstate:\n"
    text += "".join(f"  v{i}: bool\n" for i in range(n)) + "nodes:\n"
    for i in range(n):
        text += (f"  n{i}: {{clip: {{card: N, for: 6s}}, decision: {{id: d{i}, opens: 1s, for: 3s, default: x, options: "
                 f"{{x: {{text: X, goto: n{i + 1}}}, y: {{text: Y, do: v{i} = true, goto: n{i + 1}}}}}}}}}\n")
    text += f"  n{n}: {{next: r}}\n"
    text += "".join(f"  e{i}: {{clip: {{card: E, for: 2s}}, ending: {{id: e{i}, title: E}}}}\n" for i in range(n))
    return text + "routes:\n  r: [" + "".join(
        f"{{when: v{i} and not v{(i + 3) % n}, goto: e{i}}}, " for i in range(n - 1)) + f"{{goto: e{n - 1}}}]\n"


def test_bounds(folder):
    """Where not all futures can be compared to their end, it says how far they were, and leaves nothing out."""
    with open(f"{folder}/questions.yaml", "w") as f:
        f.write(questions(20))
    r = run("explore", "--format", "json", f"{folder}/questions.yaml")
    said = json.loads(r.out)
    schema("explore.schema.json", said, "bounds: the report is as its schema says")
    bounds = [d for d in said["decisions"] if d["apart_at_least"]]
    ok(said["odds"]["viewings"] == 2 ** 20, "20 yes/no questions are 2^20 viewings")
    ok(0 < len(bounds) < 20, f"how long {len(bounds)} decisions of 20 lead apart is a bound")
    ok(all(d["apart_us"] > 60e6 and not d["complete"] for d in bounds), "and no empty one")
    text = run("explore", f"{folder}/questions.yaml").out
    ok(len(re.findall(r" at least [0-9]+:", text)) == len(bounds) and " - " not in text.split("meet after  ")[1], "the text tells the same")


def test_film():
    r = run("explore", FILM)
    ok(r.code == 0 and "proved, 0 mistakes" in r.out, "the project's film is proved sound", r.out + r.err)
    r = run("explore", "--strict", FILM)
    ok(r.code == (1 if "[" in r.out else 0), "with --strict its notes count", r.out)
    r = run("explore", "--max-states", "100", FILM)
    ok(r.code == 1 and "partial" in r.out and "proved" not in r.out, "a limit makes it partial", r.out)


def test_unloaded(folder):
    with open(f"{folder}/unloaded.yaml", "w") as f:
        f.write(BROKEN.replace("goto: home}", "goto: hame}"))
    r = run("explore", "--format", "json", f"{folder}/unloaded.yaml")
    report = json.loads(r.out)
    schema("check.schema.json", report, "a story that can't be loaded: JSON says so, as that of check")
    ok(r.code == 1 and report["stories"][0]["errors"] == 3, "with its mistakes", r.out)
    r = run("explore", "--format", "sarif", f"{folder}/unloaded.yaml")
    log = json.loads(r.out)
    schema("sarif-subset.schema.json", log, "and so does SARIF")
    ok(r.code == 1 and len(log["runs"][0]["results"]) == 3, "with the same", r.out)


def test_usage(folder):
    for args, code in (([], 2), (["--format", "xml", FILM], 2), (["--max-states", "0", FILM], 2), ([FILM, FILM], 2),
                       (["--max-memory", "-1", FILM], 2), ([f"{folder}/none.yaml"], 3),
                       (["--witness", f"{folder}/broken.yaml/x", f"{folder}/broken.yaml"], 3)):
        r = run("explore", *args)
        ok(r.code == code and r.err, f"explore {' '.join(map(os.path.basename, args))}: exit code {code}",
           f"{r.code} {r.err}")


def test_witnesses(folder):
    story, out = f"{folder}/broken.yaml", f"{folder}/witnesses"
    r = run("explore", "--format", "json", "--witness", out, story)
    report = json.loads(r.out)
    schema("explore.schema.json", report, "the report of a broken story is as its schema says")
    kinds = sorted(f["kind"] for f in report["findings"])
    ok(r.code == 1 and report["verdict"] == "proved", "a broken story: exit code 1, proved", r.out)
    ok(kinds == ["clamped", "option-never-available", "stuck"], "its findings", kinds)
    ok(all(f["file"] == story and f["line"] > 0 for f in report["findings"]), "each has its place", r.out)
    likely = report["endings"][0].pop("likelihood")
    soonest = report["endings"][0].pop("witness")
    r = run("play", "--headless", "--no-telemetry", "--choose", soonest, story)
    ok("home" in r.out, "the program plays the soonest play to it", r.out + r.err + open(soonest).read())
    ok(report["endings"] == [{"ending": "home", "reached": True, "shortest_us": 3000000, "unbounded": True}],
       "its ending, soonest and latest", report["endings"])
    stuck = report["odds"]["no_ending"]
    ok(0.5 < likely < 0.6 and abs(likely + stuck - 1) < 1e-9, "how likely it is, and to get stuck", f"{likely} {stuck}")
    d = report["decisions"][0]
    ok(d["decision"] == "d" and d["apart_for_good"] is False and not d["illusion"] and d["own_nodes"] == ["b", "c", "home"], "what d changes", d)
    shows = {"stuck": "can't go on", "clamped": "d: in"}
    written = {f["kind"]: f["witness"] for f in report["findings"] if f["witness"]}
    ok(sorted(written) == sorted(shows), "a witness of everything that happens", written)
    for kind, path in written.items():
        r = run("play", "--headless", "--no-telemetry", "--choose", path, story)
        ok(shows[kind] in (r.out + r.err), f"{kind}: the program plays the witness",
           r.out + r.err + open(path).read())


def region(lines, location):
    at = location["physicalLocation"]["region"]
    return lines[at["startLine"] - 1][at["startColumn"] - 1:at["endColumn"] - 1]


# What findings are about that have no name where they stand: a decision in either style, a part without a condition, quoted conditions.
SPANS = """frumious: 1
id: test.spans
title: Spans
version: "1"
start: a
state: {s: bool, "été": bool}
nodes:
  a:
    clip: {card: A, for: 9s}
    decision:
      id: ask   # a "quoted" word, and a comma
      opens: 1s
      for: 5s
      default: x
      options: {x: {text: X, when: "été and s"}}
    next: [{when: 'not s', goto: b}, {goto: "home"}]
  b:
    clip: {card: B, for: 9s}
    decisions: [{id: q, opens: 1s, for: 2s, cut: now, default: x, options: {x: {text: "{", goto: home}, y: {text: Y, goto: home}}}, {id: r, opens: 5s, for: 2s, default: x, options: {x: X, y: Y}}]
  home:
    clip: {card: Home, for: 2s}
    enter: [{do: s = true, when: "s or été"}]
    ending: {id: home, title: Home}
"""


def test_spans(folder):
    with open(f"{folder}/spans.yaml", "w", encoding="utf-8") as f:
        f.write(SPANS)
    r = run("explore", "--format", "sarif", f"{folder}/spans.yaml")
    lines = SPANS.split("\n")
    meant = {x["ruleId"]: region(lines, x["locations"][0]) for x in json.loads(r.out)["runs"][0]["results"]}
    ok(meant == {"nothing-to-choose": "id: ask", "decision-never-opens": "{id: r, opens: 5s, for: 2s, default: x, options: {x: X, y: Y}}",
                 "option-never-available": "été and s", "part-never-wins": '{goto: "home"}', "effect-never-runs": "s or été"},
       "regions span what is meant", meant)
    text = run("explore", f"{folder}/spans.yaml").out.split("\n")
    at = next(i for i, line in enumerate(text) if "effect-never-runs" in line)
    ok(text[at + 1].index("s or") == text[at + 2].index("^") and text[at + 2].count("~") == len("s or été") - 1, "and so does the text",
       "\n".join(text[at:at + 4]))


def test_causes(folder):
    """Documents tell the causes and what belongs together, as the text does."""
    r = run("explore", "--format", "json", f"{folder}/explore-causes.yaml")
    report = json.loads(r.out)
    schema("explore.schema.json", report, "causes: the report is as its schema says")
    findings, groups = report["findings"], report["groups"]
    ok(sorted(i for g in groups for i in g["findings"]) == list(range(len(findings))), "each finding is in one group", groups)
    ok(all(findings[i]["group"] == k for k, g in enumerate(groups) for i in g["findings"]), "which it names", groups)
    ok(len(groups[0]["findings"]) == 4 and len(groups[0]["ways_in"]) == 2, "three nodes and an ending have one cause, and two ways lead in", groups[0])
    effect = next(f for f in findings if f["kind"] == "effect-never-runs")
    ok(effect["because"] == "`anna` and `letter` are never true there together" and effect["help"] and "letter = false" in effect["source"],
       "a change that never happens has its cause, its line and advice", effect)
    results = json.loads(run("explore", "--format", "sarif", f"{folder}/explore-causes.yaml").out)["runs"][0]["results"]
    ok([x["properties"]["group"] - 1 for x in results] == [f["group"] for f in findings], "SARIF has the groups", results)
    ok(all(x["message"]["text"].endswith(f["because"] or "") for x, f in zip(results, findings)), "and the causes", results)
    related = [p["message"]["text"] for p in results[0]["relatedLocations"]]
    ok(related == [w["message"] for w in groups[0]["ways_in"]], "and the ways in", related)


def test_sarif(folder):
    r = run("explore", "--format", "sarif", f"{folder}/broken.yaml")
    log = json.loads(r.out)
    schema("sarif-subset.schema.json", log, "SARIF is as its schema says")
    rules, results = log["runs"][0]["tool"]["driver"]["rules"], log["runs"][0]["results"]
    ok(sorted(x["ruleId"] for x in results) == ["clamped", "option-never-available", "stuck"], "SARIF tells the same", r.out)
    ok(all(rules[x["ruleIndex"]]["id"] == x["ruleId"] for x in results), "its rules are the kinds", results)
    with open(f"{folder}/broken.yaml", encoding="utf-8") as f:
        lines = f.read().split("\n")
    meant = {x["ruleId"]: region(lines, x["locations"][0]) for x in results}
    ok(meant == {"clamped": "n", "option-never-available": "n > 1", "stuck": "c"}, "its regions span what is meant", meant)
    for rule in rules:
        r = run("explain", rule["id"])
        ok(r.code == 0 and rule["fullDescription"]["text"] in r.out, f"explain {rule['id']}", r.out + r.err)


def resident_mib(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_interrupt(folder):
    with open(f"{folder}/endless.yaml", "w") as f:
        f.write(ENDLESS)
    p = subprocess.Popen([PROGRAM, "explore", "--max-memory", "8000", f"{folder}/endless.yaml"], stdout=subprocess.PIPE, text=True)
    until = time.monotonic() + 60
    while resident_mib(p.pid) < 60 and p.poll() is None and time.monotonic() < until:  # by then it searches
        time.sleep(0.02)
    p.send_signal(signal.SIGINT)
    out, _ = p.communicate(timeout=120)
    ok(p.returncode == 130 and "partial" in out and "it was stopped" in out, "Ctrl-C: a partial report, exit code 130",
       f"{p.returncode} {out}")


def main():
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/broken.yaml", "w") as f:
            f.write(BROKEN)
        test_film()
        test_schema()
        test_report(folder)
        test_films(folder)
        test_bounds(folder)
        test_partial(folder)
        test_unloaded(folder)
        test_usage(folder)
        test_witnesses(folder)
        test_sarif(folder)
        test_spans(folder)
        test_causes(folder)
        test_interrupt(folder)
    return done()


raise SystemExit(main())
