#!/usr/bin/python3
# tests/run: may run beside others
"""Runs the writers' tools as commands: check on real media and in each output format, simulate, graph, cover."""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.dom.minidom
import xml.parsers.expat

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import done, golden, ok, run, schema, set_home  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
FILM = "stories/at-the-third-stroke/story.yaml"

# Each wrong clip has one mistake, or mistakes that always come together.
LINT = """frumious: 1
id: test.lint
title: Lint
version: "1"
start: good
nodes:
  good:
    clip: good.mp4
    next: small
  small:
    clip: small.mp4
    next: broken
  broken:
    clip: broken.mp4
    next: beyond
  beyond:
    clip: {file: good.mp4, from: 1.8s, to: 7s}
    next: asking
  asking:
    clip: {file: good.mp4, subtitles: {en: lines.vtt}}
    decision: {id: d, opens: 1s, for: 3s, default: x, options: {x: {text: X}, y: {text: Y}}}
    next: hasty
  hasty:
    clip: hasty.mp4
    next: end
  end: {clip: {card: End, for: 2s}, ending: {id: end, title: End}}
"""
VTT = "WEBVTT\n\n00:00.500 --> 00:01.500\nEarly\n\n00:02.500 --> 00:05.000\nLate\n"
SMALL = """frumious: 1
id: test.small
title: 'Small & "odd" <b>'
version: "1"
start: hall
state: {key: bool}
nodes:
  hall:
    title: "The hall \\"<i>\\" & more"
    clip: {card: Hall, for: 8s}
    decision:
      {id: door, prompt: "Which <door>?", opens: 2s, for: 4s, default: left, options: {left: {text: "Left & \\"l\\"", goto: cellar},
       right: {text: Right, goto: attic}}}
  cellar: {clip: {card: Cellar, for: 3s}, enter: [key = true], next: gate}
  attic: {clip: {card: Attic, for: 3s}, next: gate}
  gate: {next: [{when: key, goto: out}, {goto: hall}]}
  out: {clip: {card: Out, for: 3s}, ending: {id: out, title: Out}}
"""
WANT = ["W811:11", "W814:11", "E801:14", "E803:17", "N830:17", "W805:21", "W820:20", "W816:24"]


def film(path, size, channels, seconds, sound):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds}",
                    "-f", "lavfi", "-i", f"sine=frequency=220:sample_rate=48000:duration={sound}", "-ac", str(channels), "-pix_fmt",
                    "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "500", "-keyint_min", "500", "-c:a", "aac", path],
                   check=True, timeout=300)


def make_lint(folder):
    film(f"{folder}/good.mp4", "160x90", 2, 3, 3)
    film(f"{folder}/small.mp4", "80x48", 1, 1, 1)
    film(f"{folder}/hasty.mp4", "160x90", 2, 3, 1)
    with open(f"{folder}/broken.mp4", "wb") as f:
        f.write(bytes(range(256)) * 40)
    with open(f"{folder}/lines.vtt", "w") as f:
        f.write(VTT)
    with open(f"{folder}/story.yaml", "w") as f:
        f.write(LINT)


def test_lint(folder):
    r = run("check", "story.yaml", cwd=folder)
    got = re.findall(r"^story.yaml:(\d+):\d+: \w+\[(\w+)\]", r.out, re.M)
    ok(sorted(f"{code}:{line}" for line, code in got) == sorted(WANT), "the mistakes in the media are found, and nothing else", r)
    ok(r.code == 1 and "2 errors, 5 warnings, 1 note" in r.out, "a file that can't be read fails the check", r)
    golden("check.txt", re.sub(r"(can't be read: ).*", r"\1…", r.out))
    r = run("check", "--no-media", "story.yaml", cwd=folder)
    ok(r.code == 0 and "0 errors, 0 warnings\n" in r.out, "--no-media looks at none", r)


def test_levels(folder):
    with open(f"{folder}/mild.yaml", "w") as f:
        f.write(LINT.replace("next: broken", "next: end").replace("clip: broken.mp4", "clip: good.mp4").replace("7s", "3s"))
    for args, code in (([], 0), (["--error-level", "error"], 0), (["--strict"], 1), (["--error-level", "warning"], 1),
                       (["--error-level", "note"], 1), (["--error-level", "fatal"], 2), (["--format", "xml"], 2)):
        r = run("check", *args, "mild.yaml", cwd=folder)
        ok(r.code == code, f"check {' '.join(args)}: exit code {code}", r)
    with open(f"{folder}/note.yaml", "w") as f:
        f.write("frumious: 1\nid: t.n\ntitle: N\nversion: '1'\nstart: a\nnodes:\n  a: {clip: {file: good.mp4, from: 1.8s}, ending: {id: e, title: E}}\n")
    r = run("check", "--strict", "note.yaml", cwd=folder)
    ok(r.code == 0 and "N830" in r.out, "a note is no warning", r)
    r = run("check", "--error-level", "note", "note.yaml", cwd=folder)
    ok(r.code == 1, "unless asked for", r)


def test_formats(folder):
    r = run("check", "--format", "json", "story.yaml", "mild.yaml", "none.yaml", cwd=folder)
    report = json.loads(r.out)
    schema("check.schema.json", report, "check's JSON is as its schema says")
    first, none = report["stories"][0], report["stories"][2]
    ok(r.code == 3 and first["errors"] == 2 and first["nodes"] == 7 and not none["loaded"], "it counts", r)
    ok(sorted(f"{d['code']}:{d['line']}" for d in first["diagnostics"]) == sorted(WANT), "and tells the same", r)
    r = run("check", "--format", "sarif", "story.yaml", f"{folder}/mild.yaml", "none.yaml", cwd=folder)
    log = json.loads(r.out)
    schema("sarif-subset.schema.json", log, "SARIF is as its schema says")
    rules, results = log["runs"][0]["tool"]["driver"]["rules"], log["runs"][0]["results"]
    ok(all(rules[x["ruleIndex"]]["id"] == x["ruleId"] for x in results) and len(results) > len(WANT), "its rules are the codes", results)
    places = [x["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for x in results]
    ok("story.yaml" in places and any(p.startswith("file:///") for p in places), "relative and absolute places", places)
    with open(f"{folder}/odd.yaml", "w") as f:
        f.write("frumious: 1\nodd: yes\n")
    odd = os.path.join(folder, "ö %41.yaml")
    with open(odd, "w") as f:
        f.write("frumious: 1\nodd: <&\"\u2028>\n")
    r = run("check", "--format", "sarif", "ö %41.yaml", cwd=folder)
    log = json.loads(r.out)
    schema("sarif-subset.schema.json", log, "a file with an odd name, too")
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    ok(place == "%C3%B6%20%2541.yaml", "which is escaped", place)


def test_simulate(folder):
    r = run("simulate", "--runs", "3000", "--seed", "5", "--format", "json", FILM)
    report = json.loads(r.out)
    total = sum(e["viewings"] for e in report["endings"]) + report["no_ending"] + report["stuck"] + report["endless"]
    ok(r.code == 0 and not r.err and report["viewings"] == total == 3000, "simulate: each viewing ends in one way", r)
    ok(run("simulate", "--runs", "3000", "--seed", "5", "--format", "json", FILM).out == r.out, "the same seed, the same numbers")
    ok(all(run("simulate", "--runs", "3000", "--seed", "5", "--threads", n, "--format", "json", FILM).out == r.out for n in "13"),
       "and so with any number of threads")
    ok(run("simulate", "--runs", "3000", "--seed", "6", "--format", "json", FILM).out != r.out, "another seed, others")
    with open(f"{folder}/small.yaml", "w") as f:
        f.write(SMALL)
    golden("simulate.txt", run("simulate", "--model", "default", "--runs", "10", "small.yaml", cwd=folder).out)
    ok("impatient" in run("simulate", "--help").out, "--help tells the models")
    for args, code in (([], 2), (["--runs", "0", FILM], 2), (["--model", "wise", FILM], 2), (["--seed", "-1", FILM], 2),
                       (["--format", "xml", FILM], 2), ([FILM, FILM], 2), (["none.yaml"], 3), ([f"{folder}/odd.yaml"], 1)):
        r = run("simulate", *args)
        ok(r.code == code and r.err and not r.out, f"simulate {' '.join(map(os.path.basename, args))}: exit code {code}", r)


def test_dense_graph(folder):
    """A hundred nodes with six options each: laid out, no larger than a poster, and the options' texts are in tooltips."""
    with open(f"{folder}/dense.yaml", "w") as f:
        f.write("frumious: 1\nid: test.dense\ntitle: Dense\nversion: '1'\nstart: n0\nnodes:\n")
        for i in range(100):
            options = ", ".join(f"o{k}: {{text: Way {k}, goto: n{min(100, max(1, i + (7 * i + 11 * k) % 31 - 10))}}}" for k in range(6))
            f.write(f"  n{i}: {{clip: {{card: A, for: 9s}}, decision: {{id: d{i}, opens: 1s, for: 5s, default: o0, options: {{{options}}}}}}}\n")
        f.write("  n100: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n")
    out = run("graph", "--plain", f"{folder}/dense.yaml").out
    svg = xml.dom.minidom.parseString(out).documentElement
    width, height = (float(svg.getAttribute(side).removesuffix("pt")) for side in ("width", "height"))
    ok(width <= 33.2 * 72 and height <= 46.9 * 72, "a drawing of many arrows fits a poster", f"{width} x {height}")
    texts = [t.firstChild.data for t in svg.getElementsByTagName("text") if t.firstChild]
    ok("Way 3" in out and not any("Way" in t for t in texts), "its arrows have tooltips instead of labels", texts[:9])


def test_graph(folder):
    for name in ("dot", "mermaid"):
        golden(f"graph.{name}", run("graph", "--format", name, "small.yaml", cwd=folder).out)
    r = run("graph", "--format", "json", "small.yaml", cwd=folder)
    report = json.loads(r.out)
    schema("graph.schema.json", report, "graph's JSON is as its schema says")
    ok([n["node"] for n in report["nodes"]] == ["hall", "cellar", "attic", "gate", "out"] and len(report["edges"]) == 6, "it has all nodes and ways", r)
    stories = [FILM, "stories/lighthouse/story.yaml", f"{folder}/small.yaml"]
    for story in stories + sorted(glob.glob("tests/stories/valid/*.yaml")):
        report = json.loads(run("graph", "--plain", "--format", "json", story).out)
        r = run("graph", story)
        try:
            picture = xml.dom.minidom.parseString(r.out)
        except xml.parsers.expat.ExpatError as e:
            ok(False, f"{os.path.basename(story)}: the SVG is well-formed", f"{e}\n{r}")
            continue
        drawn = [g.getAttribute("class") for g in picture.getElementsByTagName("g")]
        pairs = {(e["from"], e["to"]) for e in report["edges"]}
        ok((drawn.count("node"), drawn.count("edge")) == (len(report["nodes"]), len(pairs)),
           f"{os.path.basename(story)}: a box for each node, an arrow for each way", f"{drawn.count('node')} {drawn.count('edge')} {len(pairs)}")
    with open(f"{folder}/lonely.yaml", "w") as file:
        file.write("frumious: 1\nid: test.lonely\ntitle: Lonely\nstart: n0\nnodes:\n")
        file.writelines(f"  n{i}: {{clip: {{card: N, for: 2s}}, ending: {{id: e{i}, title: The end {i}}}}}\n" for i in range(40))
    svg = xml.dom.minidom.parseString(run("graph", f"{folder}/lonely.yaml").out).documentElement
    ok(float(svg.getAttribute("width").rstrip("pt")) < 1000, "nodes that nothing leads to don't make it wide", svg.getAttribute("width"))
    r = run("graph", f"{folder}/small.yaml")
    texts = [t.firstChild.data.strip() for t in xml.dom.minidom.parseString(r.out).getElementsByTagName("text")]
    ok('The hall "<i>" & more' in texts and 'Left & "l"' in texts, "texts are drawn as they stand", texts)
    with open(f"{folder}/lost.yaml", "w") as f:
        f.write(SMALL.replace("next: gate}\n  gate", "next: gate}\n  lost: {clip: {card: L, for: 2s}, next: gate}\n  gate"))
    r = run("graph", "--format", "json", f"{folder}/lost.yaml")
    found = {n["node"]: n["finding"] for n in json.loads(r.out)["nodes"]}
    ok(found["lost"] and not found["hall"], "findings are marked", found)
    r = run("graph", "--plain", "--format", "json", f"{folder}/lost.yaml")
    ok(not any(n["finding"] for n in json.loads(r.out)["nodes"]), "--plain marks none", r)
    with open(f"{folder}/wide.yaml", "w") as f:
        f.write("frumious: 1\nid: t.w\ntitle: W\nstart: n0\nnodes:\n" + "".join(
            f"  n{i}: {{clip: {{card: A, for: 2s}}, next: n{i + 1}}}\n" for i in range(2001)) +
            "  n2001: {clip: {card: A, for: 2s}, ending: {id: e, title: E}}\n")
    for args, code in (([], 2), (["--format", "png", FILM], 2), ([FILM, FILM], 2), (["none.yaml"], 3), ([f"{folder}/odd.yaml"], 1),
                       (["--plain", f"{folder}/wide.yaml"], 1)):
        r = run("graph", *args)
        ok(r.code == code and r.err and not r.out, f"graph {' '.join(map(os.path.basename, args))}: exit code {code}", r)
    test_dense_graph(folder)
    r = run("graph", "--plain", "--format", "dot", f"{folder}/wide.yaml")
    ok(r.code == 0 and r.out.count("->") == 2001, "DOT draws as many as there are", r)


def test_cover(folder):
    r = run("cover", "--transcripts", "viewings", "small.yaml", cwd=folder)
    golden("cover.txt", r.out)
    ok(r.code == 0 and sorted(os.listdir(f"{folder}/viewings")) == ["01.transcript"], "cover writes each viewing", r)
    r = run("play", "--headless", "--no-telemetry", "--choose", "viewings/01.transcript", "small.yaml", cwd=folder)
    ok(r.code == 0 and "ending    out" in r.out, "which the program plays", r)
    for args, code in (([], 2), ([FILM, FILM], 2), (["none.yaml"], 3), ([f"{folder}/odd.yaml"], 1),
                       (["--transcripts", f"{folder}/odd.yaml/x", f"{folder}/small.yaml"], 3)):
        r = run("cover", *args)
        ok(r.code == code and r.err, f"cover {' '.join(map(os.path.basename, args))}: exit code {code}", r)


def main():
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        make_lint(top)
        test_lint(top)
        test_levels(top)
        test_formats(top)
        test_simulate(top)
        test_graph(top)
        test_cover(top)
    return done()


raise SystemExit(main())
