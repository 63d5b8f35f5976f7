#!/usr/bin/python3
# tests/run: may run beside others
"""Runs the writers' tools as commands: check on real media and in each output format, simulate, graph, cover, diff, export."""
import csv
import glob
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom
import xml.parsers.expat

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import PATIENCE, PROGRAM, done, golden, ok, run, schema, set_home  # noqa: E402

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
    schema("simulate.schema.json", report, "the report is as its schema says")
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


PICTURE = xml.dom.minidom.parseString


def drawn_arrows(svg):
    """Of each arrow that is drawn, by its number: dashed, bold, double."""
    arrows = {}
    for g in svg.getElementsByTagName("g"):
        if g.getAttribute("id").startswith("arrow") and g.getAttribute("class") == "edge":
            lines = g.getElementsByTagName("path")
            arrows[int(g.getAttribute("id")[5:])] = (lines[0].hasAttribute("stroke-dasharray"), lines[0].getAttribute("stroke-width") in ("2", "1.6"), len(lines) > 1)
    return arrows


def dot_arrows(dot):
    """The same of a DOT document, in which they stand in the order of their numbers."""
    found = re.findall(r'^  n\d+ -> n\d+ \[style="(\w+)", color="([^"]*)"', dot, re.M)
    return {i: (style == "dashed", style == "bold", ":" in color) for i, (style, color) in enumerate(found)}


def look_at_page(folder, story, *options):
    """An SVG that shows each node, and each arrow as the DOT of the same story has it. (its nodes, its arrows, what was said)"""
    name = " ".join([os.path.basename(os.path.dirname(story) if story.endswith("/story.yaml") else story), *options])
    r, report = run("graph", "--plain", *options, story), json.loads(run("graph", "--plain", "--format", "json", story).out)
    schema("graph.schema.json", report, f"{name}: its JSON is as the schema says")
    try:
        svg = PICTURE(r.out)
    except xml.parsers.expat.ExpatError as e:
        ok(False, f"{name}: the SVG is well-formed", f"{e}\n{r}")
        return None
    tips = [a.getAttribute("xlink:title") for a in svg.getElementsByTagName("a") if a.parentNode.getAttribute("id").startswith("a_box")]
    shown = [node for tip in tips for node in tip.split(" → ")]
    ok(set(shown) >= {n["node"] for n in report["nodes"]}, f"{name}: each node is drawn", sorted({n["node"] for n in report["nodes"]} - set(shown)))
    arrows = drawn_arrows(svg)
    ok(arrows == dot_arrows(run("graph", "--plain", "--format", "dot", story).out), f"{name}: each arrow is drawn, and as DOT has it", arrows)
    return svg, len(report["nodes"]), len(arrows), r


def write_asking(path, n, each, leads):
    """n nodes that ask, each with so many options; leads(i, k) says where to."""
    with open(path, "w") as f:
        f.write("frumious: 1\nid: test.asking\ntitle: Asking\nversion: '1'\nstart: n0\nnodes:\n")
        for i in range(n):
            options = ", ".join(f"o{k}: {{text: Way {k}, goto: n{leads(i, k)}}}" for k in range(each))
            f.write(f"  n{i}: {{clip: {{card: A, for: 9s}}, decision: {{id: d{i}, opens: 1s, for: 5s, default: o0, options: {{{options}}}}}}}\n")
        f.write(f"  n{n}: {{clip: {{card: E, for: 2s}}, ending: {{id: e, title: E}}}}\n")


def ends_within(svg):
    """Do all panels and texts of the page end within it?"""
    width, height = (float(n) for n in re.search(r'viewBox="0 0 (\d+) (\d+)"', svg).groups())
    at, good = None, True
    for line in svg.split("\n"):
        moved = re.match(r'<g transform="translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)">$', line)
        at = [float(n) for n in moved.groups()] if moved else at
        panel = re.match(r'<svg x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)">', line)
        if panel and at:
            x, y, w, h = (float(n) for n in panel.groups())
            good = good and at[0] + (x + w) * at[2] <= width and at[1] + (y + h) * at[2] <= height
    return good and at is not None


def test_pages(folder):
    """Stories of every shape on a page: the film, what is valid, a tangle, one that hardly merges, one that is too large."""
    for story in (FILM, "stories/lighthouse/story.yaml", f"{folder}/small.yaml", *sorted(glob.glob("tests/stories/valid/*.yaml"))):
        look_at_page(folder, story)
    write_asking(f"{folder}/dense.yaml", 60, 6, lambda i, k: min(60, max(1, i + (7 * i + 11 * k) % 31 - 10)))
    look_at_page(folder, f"{folder}/dense.yaml")
    subprocess.run(["tests/bench/explore/hard.py", f"{folder}/hard.yaml"], check=True, timeout=60)
    svg, _, _, _ = look_at_page(folder, f"{folder}/hard.yaml", "--page", "a0")
    ok((svg.documentElement.getAttribute("width"), svg.documentElement.getAttribute("height")) == ("1189mm", "841mm"), "a sheet of paper has its size")
    r = run("graph", "--plain", f"{folder}/hard.yaml", "--by", "act", "--format", "dot")
    ok(8 <= r.out.count("shape=folder") <= 16, "the overview of a film without acts has a few parts", r.out.count("shape=folder"))
    r = run("graph", "--plain", f"{folder}/hard.yaml", "--page", "a4")
    ok(r.code == 0 and "points high" in r.err and "larger sheet" in r.err, "text that is too small to read is said", r.err)
    r = run("graph", "--plain", f"{folder}/small.yaml")
    width, height = (int(n) for n in re.search(r'width="(\d+)px" height="(\d+)px"', r.out).groups())
    ok(width < 1920 and height < 1080 and not r.err, "a small story takes less than a screen", r.out[:300] + r.err)
    ok(ends_within(r.out), "and all of it is there", r.out[:300])
    r = run("graph", "--plain", f"{folder}/hard.yaml")
    width = int(re.search(r'width="(\d+)px"', r.out).group(1))
    ok(1500 < width <= 1920 and ends_within(r.out), "a large one takes most of it", r.out[:300])
    r = run("graph", "--plain", "--portrait", "--page", "a2", f"{folder}/hard.yaml")
    ok('width="420mm" height="594mm"' in r.out and ends_within(r.out), "a sheet may stand upright", r.out[:300])
    write_asking(f"{folder}/vast.yaml", 1100, 2, lambda i, k: min(1100, i + 1 + k))
    r = run("graph", "--plain", f"{folder}/vast.yaml")
    texts = " ".join(t.firstChild.data for t in PICTURE(r.out).getElementsByTagName("text") if t.firstChild)
    ok(r.code == 0 and "overview" in r.err and "1100 decisions" in texts, "a story that is too large for a page becomes an overview", r.err + texts[:300])


def test_acts(folder):
    with open(f"{folder}/acts.yaml", "w") as f:
        f.write("frumious: 1\nid: test.acts\ntitle: Acts\nstart: a\nacts: {one: The call, two: The sea}\ninclude: [two.yaml]\nnodes:\n"
                "  a: {act: one, clip: {card: A, for: 2s}, next: b}\n")
    with open(f"{folder}/two.yaml", "w") as f:
        f.write("act: two\nnodes:\n  b: {clip: {card: B, for: 2s}, next: e}\n  e: {clip: {card: E, for: 2s}, ending: {id: e, title: E}}\n")
    report = json.loads(run("graph", "--format", "json", f"{folder}/acts.yaml").out)
    ok([(n["node"], n["act"]) for n in report["nodes"]] == [("a", "one"), ("b", "two"), ("e", "two")], "a file names the act of its nodes", report)
    dot = run("graph", "--format", "dot", f"{folder}/acts.yaml").out
    ok(dot.count("subgraph cluster_") == 2 and '"1: The call"' in dot, "each act is a cluster", dot)
    golden("graph-acts.dot", run("graph", "--format", "dot", "--by", "act", f"{folder}/acts.yaml").out)
    texts = " ".join(t.firstChild.data for t in PICTURE(run("graph", f"{folder}/acts.yaml").out).getElementsByTagName("text") if t.firstChild)
    ok("1: The call" in texts and "2: The sea" in texts, "and has its part of the page", texts)
    behind = "tests/stories/valid/behind.yaml"
    dot, page = run("graph", "--format", "dot", behind).out, run("graph", behind).out
    ok(dot.count("(credits)") == 1 and dot.count("(after the film)") == 1 and "credits, and what" in page, "what comes behind the endings is told apart", dot)


def test_graph(folder):
    for name in ("dot", "mermaid"):
        golden(f"graph.{name}", run("graph", "--format", name, "small.yaml", cwd=folder).out)
    r = run("graph", "--format", "json", "small.yaml", cwd=folder)
    report = json.loads(r.out)
    ok([n["node"] for n in report["nodes"]] == ["hall", "cellar", "attic", "gate", "out"] and len(report["edges"]) == 6, "it has all nodes and ways", r)
    test_pages(folder)
    test_acts(folder)
    with open(f"{folder}/lonely.yaml", "w") as file:
        file.write("frumious: 1\nid: test.lonely\ntitle: Lonely\nstart: n0\nnodes:\n")
        file.writelines(f"  n{i}: {{clip: {{card: N, for: 2s}}, ending: {{id: e{i}, title: The end {i}}}}}\n" for i in range(40))
    r = run("graph", "--plain", f"{folder}/lonely.yaml")
    ok(r.code == 0 and not r.err, "nodes that nothing leads to don't make the text small", r.err)
    r = run("graph", f"{folder}/small.yaml")
    texts = [t.firstChild.data.strip() for t in PICTURE(r.out).getElementsByTagName("text") if t.firstChild]
    ok('▶ The hall "<i>" & more' in texts and 'Left & "l"' in texts, "texts are drawn as they stand", texts)
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
    for args, code in (([], 2), (["--format", "png", FILM], 2), (["--page", "a9", FILM], 2), (["--by", "x", FILM], 2), ([FILM, FILM], 2),
                       (["--by", "act", "--format", "json", FILM], 2),
                       (["none.yaml"], 3), ([f"{folder}/odd.yaml"], 1)):
        r = run("graph", *args)
        ok(r.code == code and r.err and not r.out, f"graph {' '.join(map(os.path.basename, args))}: exit code {code}", r)
    for args, arrows in (([], 1), (["--unfolded"], 2001)):
        r = run("graph", "--plain", "--format", "dot", *args, f"{folder}/wide.yaml")
        ok(r.code == 0 and r.out.count("->") == arrows, f"DOT {' '.join(args)}: a chain has {arrows} arrows", r)


def test_cover(folder):
    r = run("cover", "--transcripts", "viewings", "small.yaml", cwd=folder)
    golden("cover.txt", r.out)
    ok(r.code == 0 and sorted(os.listdir(f"{folder}/viewings")) == ["01.transcript"], "cover writes each viewing", r)
    r = run("play", "--headless", "--no-telemetry", "--choose", "viewings/01.transcript", "small.yaml", cwd=folder)
    ok(r.code == 0 and "ending    out" in r.out, "which the program plays", r)
    flags = range(18)
    with open(f"{folder}/flags.yaml", "w") as f:
        f.write("frumious: 1\nid: t.f\ntitle: F\nstart: n0\nstate: {" + ", ".join(f"f{i}: bool" for i in flags) + "}\nnodes:\n" + "".join(
            f"  n{i}: {{clip: {{card: A, for: 5s}}, decision: {{id: d{i}, opens: 1s, for: 2s, default: a, options: {{a: {{text: A}}, b: {{text: B, do: f{i} = true}}}}}}, next: n{i + 1}}}\n"
            for i in flags) + f"  n{len(flags)}: {{next: [{{when: {' and '.join(f'f{i}' for i in flags)} and not f0, goto: never}}, {{goto: end}}]}}\n"
            "  never: {clip: {card: Never, for: 1s}, next: end}\n  end: {clip: {card: End, for: 1s}, ending: {id: e, title: E}}\n")
    for args, story, verdict in (([], f"{folder}/small.yaml", "complete"), ([], FILM, "complete"), (["--max-memory", "1"], f"{folder}/flags.yaml", "partial")):
        r = run("cover", "--format", "json", *args, story)
        report = json.loads(r.out)
        schema("cover.schema.json", report, f"{os.path.basename(story)}: the cover is as its schema says")
        shown = report["nodes_shown"] + len(report["nodes_not_shown"]), report["options_shown"] + len(report["options_not_shown"])
        new = sum(v["new_nodes"] for v in report["viewings"]), sum(v["new_options"] for v in report["viewings"])
        ok(r.code == (verdict == "partial") and (report["verdict"], report["reason"] is None) == (verdict, verdict == "complete"), "which tells how far it came", r)
        ok(shown == (report["nodes"], report["options"]) and new == (report["nodes_shown"], report["options_shown"]), "and whose numbers agree", r.out[:2000])
    for args, code in (([], 2), ([FILM, FILM], 2), (["none.yaml"], 3), ([f"{folder}/odd.yaml"], 1), (["--format", "x", FILM], 2),
                       (["--transcripts", f"{folder}/odd.yaml/x", f"{folder}/small.yaml"], 3)):
        r = run("cover", *args)
        ok(r.code == code and r.err, f"cover {' '.join(map(os.path.basename, args))}: exit code {code}", r)


SPEECH = """frumious: 1
id: org.example.speech
title: A speech
version: "2"
start: a
nodes:
  a:
    title: The stair
    script: |
      NELL (O.S.)
      (calls)
      Is it deep?

      He waits.

      NELL (O.S.)
      Well?

      @Søren
""" + "".join(f"      Line {i}\n" for i in range(100)) + """
    clip: {card: x, for: 20s}
    ending: {id: e, title: End}
"""


def test_shoot(folder):
    """Our own film as its crew gets it; the files of test_shoot.c say the rest."""
    r = run("export", "script", FILM)
    ok(r.code == 0 and not r.err and r.out.startswith("Title: At the Third Stroke\n") and "After 4 By the Door: umbrella is out" in r.out,
       "the script tells the state on entry", r)
    r = run("export", "script", "--format", "html", "--no-search", FILM)
    ok(r.code == 0 and r.out.startswith("<!DOCTYPE html>") and "By the Door: " not in r.out, "as a page, without a search", r)
    with open(f"{folder}/speech.yaml", "w") as f:
        f.write(SPEECH)
    with open(f"{folder}/speech.pdf", "wb") as f:
        done = subprocess.run([PROGRAM, "export", "script", "--format", "pdf", f"{folder}/speech.yaml"], stdout=f, stderr=subprocess.PIPE, timeout=PATIENCE)
    pages = subprocess.run(["pdftotext", "-layout", f"{folder}/speech.pdf", "-"], capture_output=True, text=True, timeout=PATIENCE).stdout.split("\f")
    lines = [[line.strip() for line in page.splitlines() if line.strip()] for page in pages]
    ok(done.returncode == 0 and lines[0] == ["A SPEECH", "Version 2"] and lines[1][0].split() == ["1", "THE", "STAIR", "1"], "as PDF, with a title and numbers of scenes", (done.stderr, lines[:2]))
    ok(lines[1][-1] == "(MORE)" and lines[2][:3] == ["2.", "SØREN (CONT'D)", lines[2][2]] and "NELL (O.S.) (CONT'D)" in lines[1], "a speech that a page divides goes on", lines[1:3])
    spoken = [int(line[5:]) for page in lines for line in page if line.startswith("Line ")]
    ok(spoken == list(range(100)) and all(len(page) <= 55 for page in lines), "and loses nothing", spoken)
    r = run("export", "shots", FILM)
    rows = list(csv.DictReader(io.StringIO(r.out)))
    ok(r.code == 0 and len(rows) > 30 and all(row["exists"] == "yes" for row in rows if row["file"]), "the shots, all of which exist", r.out[:800])
    r = run("export", "lines", "tests/stories/valid/anchors.yaml")
    ok(r.code == 0 and r.out.startswith("speaker,") and "nothing is spoken" in r.err, "where nobody speaks, that is said", r)
    r = run("export", "notes", FILM)
    ok(r.code == 0 and re.match(r"stories/at-the-third-stroke/story\.yaml:\d+:5: note: \(s01\) ", r.out), "its notes", r)
    for args, code in ((["script"], 2), (["script", "none.yaml"], 3), (["script", "--format", "po", FILM], 2), (["shots", "--format", "html", FILM], 2),
                       (["notes", f"{folder}/odd.yaml"], 1)):
        r = run("export", *args)
        ok(r.code == code and r.err, f"export {' '.join(map(os.path.basename, args))}: exit code {code}", r)


OTIO = {  # opentimelineio's serialized schema: the fields of each class, and what they hold
    "Timeline.1": {"metadata": dict, "name": str, "global_start_time": "RationalTime.1", "tracks": "Stack.1"},
    "Stack.1": {"metadata": dict, "name": str, "source_range": "TimeRange.1", "effects": list, "markers": list, "enabled": bool, "children": list},
    "Track.1": {"metadata": dict, "name": str, "kind": str, "source_range": "TimeRange.1", "effects": list, "markers": list, "enabled": bool,
                "children": list},
    "Clip.1": {"metadata": dict, "name": str, "source_range": "TimeRange.1", "effects": list, "markers": list, "enabled": bool, "media_reference": dict},
    "Gap.1": {"metadata": dict, "name": str, "source_range": "TimeRange.1", "effects": list, "markers": list, "enabled": bool},
    "Marker.1": {"metadata": dict, "name": str, "color": str, "comment": str, "range": "TimeRange.1"},
    "ExternalReference.1": {"metadata": dict, "name": str, "available_range": "TimeRange.1", "target_url": str},
    "GeneratorReference.1": {"metadata": dict, "name": str, "available_range": "TimeRange.1", "generator_kind": str, "parameters": dict},
    "TimeRange.1": {"start_time": "RationalTime.1", "duration": "RationalTime.1"},
    "RationalTime.1": {"rate": float, "value": float},
}


def otio_faults(value):
    """What a strict reader of OpenTimelineIO would refuse, within this value."""
    if isinstance(value, list):
        return [f for v in value for f in otio_faults(v)]
    if not isinstance(value, dict):
        return []
    fields = OTIO.get(value.get("OTIO_SCHEMA"))
    if "OTIO_SCHEMA" in value and not fields:
        return [f"unknown class {value['OTIO_SCHEMA']}"]
    faults = [f for v in value.values() for f in otio_faults(v)]
    if not fields:
        return faults
    if set(value) != {"OTIO_SCHEMA", *fields}:
        faults.append(f"{value['OTIO_SCHEMA']} has {sorted(value)}")
    for name, kind in fields.items():
        v = value.get(name)
        right = v is None or v.get("OTIO_SCHEMA") == kind if isinstance(kind, str) else isinstance(v, kind)
        faults += [] if right else [f"{value['OTIO_SCHEMA']}.{name} is {v!r}"]
    return faults


def seconds_of(time):
    return time["value"] / time["rate"]


def track_ends(timeline):
    """Of each track, at which second each of its parts ends."""
    ends = []
    for track in timeline["tracks"]["children"]:
        at, ends = 0, [*ends, []]
        for part in track["children"]:
            at += seconds_of(part["source_range"]["duration"])
            ends[-1].append(at)
    return ends


OTIO_STORY = """frumious: 1
id: org.example.reel
title: Reel
version: "1"
start: one
media: {reel: reel.mkv}
nodes:
  one:
    clip: {media: reel, from: 1.001s, to: 3.003s, sound: {file: reel.mkv, clock: film}}
    decision: {id: way, prompt: "Which way?", opens: 0.5s, for: 1s, cut: now, default: left, options: {left: {text: Left, goto: two}, right: {text: Right, goto: two}}}
  two: {clip: reel.mkv, next: card}
  card: {clip: {card: The end, for: 2s}, ending: {id: end, title: End}}
"""


def test_otio(folder):
    """Clips and plays for picture editors: what opentimelineio reads, at the rates of the files, and sounds beside pictures."""
    reel = f"{folder}/reel"
    os.mkdir(reel)
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=24000/1001:duration=4.004", "-f", "lavfi", "-i",
                    "sine=duration=4.004", "-c:v", "libx264", "-threads", "1", "-preset", "ultrafast", "-c:a", "flac", f"{reel}/reel.mkv"], check=True)
    story, played = f"{reel}/story.yaml", f"{reel}/played.transcript"
    with open(story, "w") as f:
        f.write(OTIO_STORY)
    with open(played, "w") as f:
        f.write("frumious-transcript 1\nstory org.example.reel\nseed 1\npick one 00:01.001 way right\n")
    for args in ([FILM], [story], ["--choose", played, story]):
        r = run("export", "otio", *args)
        timeline = json.loads(r.out) if r.code == 0 else {}
        ok(not r.err and timeline.get("OTIO_SCHEMA") == "Timeline.1" and not otio_faults(timeline), f"{len(args)}: a timeline as opentimelineio says",
           f"{otio_faults(timeline)[:5]} {r.err[:500]}")
        ends = track_ends(timeline)
        ok(len(ends) == 2 and len(ends[0]) >= 3 and abs(ends[0][-1] - ends[1][-1]) < 1e-6, "its sounds end with its pictures", ends)
    picture, sound = (t["children"] for t in timeline["tracks"]["children"])
    ranges = [tuple(round(p["source_range"][k]["value"], 6) for k in ("start_time", "duration")) for p in picture]
    ok(ranges == [(24, 24), (0, 96), (0, 48)], "what was seen, in frames: the pick cuts", ranges)
    ok(picture[0]["source_range"]["duration"]["rate"] == 24000 / 1001 and seconds_of(sound[0]["source_range"]["start_time"]) == 1.001,
       "at the film's rate, and the sound of its own clock from the same moment", sound[0])
    mark = picture[0]["markers"][0]
    ok((mark["name"], mark["comment"], mark["metadata"]["frumious"]["option"]) == ("Which way?", "picked: Right", "right"), "the decision and the pick", mark)
    ok(picture[1]["media_reference"]["target_url"] == f"file://{os.path.realpath(reel)}/reel.mkv", "the file", picture[1])
    with open(played, "a") as f:
        f.write("pick two 00:01.000 way left\n")
    for args, code in (([f"{reel}/none.yaml"], 3), (["--format", "edl", story], 2), (["--choose", played, story], 1), (["--choose", "none", story], 3),
                       (["--language", "de", story], 2), ([f"{folder}/odd.yaml"], 1)):
        r = run("export", "otio", *args)
        ok(r.code == code and r.err and not r.out, f"export otio {' '.join(map(os.path.basename, args))}: exit code {code}", r)


RECUT = """# Ours.
frumious: 1
id: org.example.recut
title: Recut
version: "1"
start: one
include: [more.yaml]
media: {reel: reel.mkv}
nodes:
  one:   # the first
    clip:
      media: reel      # all of it
      to: "00:03.000"  # until he turns
    next: two
  two: {clip: reel.mkv, next: three}   # bare
  three:
    clip: {file: reel.mkv, from: 1s}
    next: four
  five: {clip: &shared {file: reel.mkv, to: 2s}, next: six}
  six: {clip: *shared, next: seven}
  seven: {clip: {card: "Over, and out", for: 2s}, ending: {id: end, title: End}}
"""


def retimed(timeline, start, duration):
    """A timeline whose pictures begin and last so many frames longer, by node."""
    for part in timeline["tracks"]["children"][0]["children"]:
        part["source_range"]["start_time"]["value"] += start.get(part["name"], 0)
        part["source_range"]["duration"]["value"] += duration.get(part["name"], 0)
    return timeline


def test_recut(folder):
    """A picture editor's changes come back into the YAML: nothing else of it moves, and nothing is written if it would not load."""
    reel = f"{folder}/recut"
    os.mkdir(reel)
    os.rename(f"{folder}/reel/reel.mkv", f"{reel}/reel.mkv")
    shutil.copy(f"{reel}/reel.mkv", f"{reel}/take two.mkv")
    story, more, cut = f"{reel}/story.yaml", f"{reel}/more.yaml", f"{reel}/cut.otio"
    parts = {story: RECUT, more: "nodes:\r\n  four:\r\n    clip:\r\n      file: reel.mkv # four\r\n    next: five\r\n"}
    for path, text in parts.items():
        with open(path, "w", newline="") as f:
            f.write(text)

    def read(path):
        with open(path, newline="") as f:
            return f.read()

    def take(timeline, *options):
        with open(cut, "w") as f:
            json.dump(timeline, f)
        return run("import", "otio", *options, reel, cut)
    out = json.loads(run("export", "otio", story).out)
    r = take(out)
    ok(r.code == 0 and r.out == "0 clips changed, 7 as before\n" and not r.err and read(story) == RECUT, "what comes back as it went changes nothing", r)
    # Frames are 1001/24000 s.
    recut = retimed(json.loads(json.dumps(out)), {"one": 24, "two": 48, "four": 24}, {"one": -48, "two": -48, "three": -24, "four": -48, "six": -24, "seven": 24})
    for part in recut["tracks"]["children"][0]["children"]:
        if part["name"] == "three":
            part["media_reference"]["target_url"] = f"file://{reel}/take%20two.mkv"
    recut["tracks"]["children"][0]["children"][2]["OTIO_SCHEMA"] = "Clip.2"
    three = recut["tracks"]["children"][0]["children"][2]
    three["media_references"] = {"DEFAULT_MEDIA": three.pop("media_reference")}
    three["active_media_reference_key"] = "DEFAULT_MEDIA"
    recut["tracks"]["children"][0]["children"][1]["metadata"] = {}  # as programs leave it that keep none
    r = take(recut, "--dry-run")
    ok(r.code == 1 and "5 clips would change, 1 as before" in r.out and "six: its clip is shared" in r.err and read(story) == RECUT, "--dry-run says it", r)
    r = take(recut)
    want = (RECUT.replace("media: reel      # all of it\n", "media: reel      # all of it\n      from: \"00:01.001\"\n").replace('"00:03.000"', '"00:02.002"')
            .replace("two: {clip: reel.mkv,", "two: {clip: {file: reel.mkv, from: 2.002s},")
            .replace("{file: reel.mkv, from: 1s}", '{file: "take two.mkv", from: 1s, to: 3.003s}').replace("for: 2s", "for: 3.003s"))
    got = read(story)
    ok(r.code == 1 and got == want, "files and ranges come back, beside comments that stay", f"{r}{got}")
    ok(read(more) == parts[more].replace(" # four\r\n", " # four\r\n      from: 1.001s\r\n      to: 3.003s\r\n"),
       "also in a file that is included, whose lines end as they did", read(more))
    ok(read(story + "~") == RECUT, "the file from before is beside it")
    r = take(recut)
    ok(r.code == 1 and "has changed since" in r.err and read(story) == got, "an older timeline takes nothing back", r)
    r = run("import", "otio", story, story)
    ok(r.code == 1 and r.err and read(story) == got, "what is no timeline is refused", r)
    fresh = json.loads(run("export", "otio", story).out)
    fresh = retimed(fresh, {}, {"three": -20})
    fresh["tracks"]["children"][0]["children"] += [{"OTIO_SCHEMA": "Transition.1", "name": "Wipe"}, {"OTIO_SCHEMA": "Clip.2", "name": "titles"}, 7, [None]]
    fresh["tracks"]["children"][0]["children"][2]["media_reference"]["target_url"] = "file:///etc/passwd"
    r = take(fresh)
    ok(r.code == 1 and all(w in r.err for w in ("Wipe", "titles", "/etc/passwd")) and read(story) == got, "what a story cannot say is listed", r)
    os.mkdir(f"{reel}/folder")
    fresh["tracks"]["children"][0]["children"][2]["media_reference"]["target_url"] = f"file://{reel}/folder"
    r = take(fresh)
    ok(r.code == 1 and "as it was before" in r.err and read(story) == got, "what would no longer load is put back", r)
    for text in ("[" * 100000, "{}", "[]", "7", '{"OTIO_SCHEMA": 3}', "", '{"OTIO_SCHEMA": "Timeline.1", "tracks": 5'):
        with open(cut, "w") as f:
            f.write(text)
        r = run("import", "otio", story, cut)
        ok(r.code == 1 and r.err and read(story) == got, f"{text[:20]}: refused", r)


def test_fmt(folder):
    path = f"{folder}/untidy.yaml"
    with open(f"{folder}/small.yaml") as f:
        tidy = f.read()
    with open(path, "w") as f:
        f.write(tidy.replace("\n", "  \n\n\n\n").replace("  hall:", "      hall:", 0))
    r = run("fmt", "--check", path)
    ok(r.code == 1 and r.out == path + "\n" and "\n\n\n" in open(path).read(), "fmt --check names what would change, and changes nothing", r)
    r = run("fmt", path)
    ok(r.code == 0 and r.out == path + "\n", "fmt changes it", r)
    r = run("fmt", path)
    ok(r.code == 0 and not r.out, "once", r)
    r = run("diff", "--no-search", f"{folder}/small.yaml", path)
    ok("nothing that a viewer could notice" in r.out, "and it says the same", r)
    r = run("fmt", f"{folder}/odd.yaml", f"{folder}/none.yaml")
    ok(r.code == 3 and r.err, "what can't be read is said", r)
    os.mkdir(f"{folder}/untidy")
    with open(f"{folder}/untidy/story.yaml", "w") as f:
        f.write(tidy + "\n\n\n")
    r = run("fmt", f"{folder}/untidy")
    ok(r.code == 0 and r.out == f"{folder}/untidy/story.yaml\n", "of a folder, its story is laid out", r)
    with open(f"{folder}/untidy/story.yaml", "w") as f:
        f.write("a: [")
    r = run("fmt", f"{folder}/untidy")
    ok(r.code == 1 and "line 2" in r.err, "what is no YAML is a mistake of the story", r)


def test_diff(folder):
    """Two versions of a film: a decision renamed with `was`, a way closed, a node renamed without it."""
    with open(f"{folder}/small.yaml") as f:
        before = f.read()
    after = before.replace('version: "1"', 'version: "2"').replace("id: door,", "id: gate, was: door,").replace(
        "cellar", "crypt").replace("when: key", "when: key and not key")
    with open(f"{folder}/later.yaml", "w") as f:
        f.write(after)
    r = run("diff", "small.yaml", "later.yaml", cwd=folder)
    golden("diff.txt", r.out)
    ok(r.code == 0, "diff compares two versions", r)
    for args in (["small.yaml", "later.yaml"], ["--no-search", "later.yaml", "small.yaml"], ["--max-memory", "1", "flags.yaml", "flags.yaml"]):
        r = run("diff", "--format", "json", *args, cwd=folder)
        schema("diff.schema.json", json.loads(r.out), f"diff {' '.join(args)}: as its schema says")
        ok(r.code == 0 and ("reach" in json.loads(r.out)) == ("--no-search" not in args), "and it is all there", r)
    shared = 'share: {to: "https://films.example/in", name: WHO, token: TOKEN}\n'
    for name, who, token in (("ours", "Us", "abc"), ("theirs", "Them", "xyz")):
        with open(f"{folder}/{name}.yaml", "w") as f:
            f.write(before + shared.replace("WHO", who).replace("TOKEN", token))
    for args, told in ((["ours", "theirs"], "share `Them` has changed: who gets it, the token\n"), (["small", "ours"], "share `Us` is new\n"), (["ours", "small"], "share `Us` is gone\n")):
        r = run("diff", "--no-search", *(f"{a}.yaml" for a in args), cwd=folder)
        ok(r.code == 0 and told in r.out and "xyz" not in r.out, f"diff {' '.join(args)}: where viewings may be sent", r)
    r = run("diff", FILM, FILM)
    ok(r.code == 0 and "nothing that a viewer could notice" in r.out and "proved" in r.out, "a film is as itself", r)
    for args, code in ((["small.yaml"], 2), (["small.yaml", "none.yaml"], 3), (["odd.yaml", "small.yaml"], 1), (["--format", "x", "small.yaml", "small.yaml"], 2)):
        r = run("diff", *args, cwd=folder)
        ok(r.code == code and r.err, f"diff {' '.join(args)}: exit code {code}", r)


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
        test_diff(top)
        test_fmt(top)
        test_shoot(top)
        test_otio(top)
        test_recut(top)
    return done()


raise SystemExit(main())
