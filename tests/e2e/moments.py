#!/usr/bin/python3
# tests/run: may run beside others
"""The two documents of a published film are imported; the result is checked, explored and played on a video. What no story has a word for is listed, and
what is none of the documents refused. The documents are written for this test in the described form: no published one is in this repository."""
import json
import os
import random
import subprocess
import tempfile

from lib import done, ok, run

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fuzz/corpus/moments")
# What of each has no word in a story: a place and what is there.
MISSED = {
    "branching": ["round: segmentGroup", "1A: choices.image", "1A: scene.layoutType", "1A: scene.trackingInfo", "1A: scene.config.randomInitialDefault", "1A: segment.ui", "1A: segment.next.weight of 2B",
                  "E2: choices.optionType", "E2: scene.config.defaultSelectType", "0cr1: moment.notification:action", "0cr1: moment.action", "map.ui", "value.segmentHistory",
                  "value.snapshots", "value.choicePointNavigatorMetadata", "value.commonMetadata"],
    "other": ["momentsBySegment not there", "segmentGroups", "stateHistory global.mixed", "end: segment nowhere", "intro: choiceSets", "intro: moment.notification:inlineTutorial",
              "intro: moment.headerText", "intro: moment.bodyText", "intro: scene.uiHideMS", "intro: scene.answerSequence", "intro: scene.correctIndex",
              "intro: overrides.data.icon", "intro: choices.icon", "intro: choices", "intro: segmentGroup gone", "fight: impression", "fight: write global.mixed"],
    "lone": ["segmentGroups", "segments", "stateHistory x", "initialSegment", "a: choices", "c: moment.without a type"],
}
# What must stand in each.
LINES = {
    "branching": ["start: 1A", "p_ps: {type: enum, values: [n, b], initial: n}", "clip: {media: film, from: 175.000s}", '- {do: ["p_on = true"], when: "not p_on"}',
                  '- {time: 7.400s, do: ["p_met = false", "p_ps = n"]}', "opens: 11.040s\n        closes: 20.000s\n        early: 3.640s\n        default: 1A-2",
                  'goto: ways\n            after: ["p_ps = b", "p_met = true"]', '- {when: "p_met and (p_ps == b or (not p_on or p_e1))", goto: E2}',
                  "layout: code", 'code: "451"\n            goto: 3D', "wrong: true\n            goto: SS1", "cut: pick", 'when: "not p_met"', "next: 3D-next",
                  'at:\n      - {time: 2.000s, do: ["p_e1 = true"]}\n    next: 0cr1\n    ending:', "role: credits"],
    "other": ["global_lives: {type: int, min: -10, max: 13, initial: 3", 'meta: {variable: "global.lives"}', "global_name: {type: enum, values: [none, Zoë], initial: none, meta", "and_: {type: bool, initial: true",
              '- {when: "global_lives > 0 and global_name == Zoë", goto: won-one}', '- {do: ["global_lives -= 1"], when: "global_lives > 0"}', 'prompt: "Who: you?"',
              'sub: "really"', "timeout: {goto: lost}", "labels:\n              - when: \"global_lives + 1 <= 2\"\n                text: \"Fight?\"",
              '- {when: "global_lives + 1 <= 2", goto: lost}', 'when: "not lives"', 'title: "won one"', 'after: ["global_lives = global_lives * 2"]', "todo: Ways lead here"],
    "lone": ['card: "a"', 'text: "…"', "goto: b"],
}
REFUSED = {
    "nothing": (b"{}", "neither"),
    "broken": (b'{"segments": {', "broken"),
    "deep": (b"[" * 300 + b"]" * 300, "nested too deeply"),
    "empty": (b'{"segments": {}}', "no segment"),
    "binary": (b"\x00\xff" * 100, "binary"),
}


VALUES = (None, True, -1, 1e300, 1.5, 2**62, "", "null", "1A", "\0x", "x" * 5000, "ä b: #{}", "- x", [], {}, [[]], ["not"], ["persistentState", "p_met"], ["precondition", "loop"],
          {"segmentGroup": "ways"}, {"segment": "1A", "precondition": ["not", ["persistentState", "lives"]]})


def places(node, path=()):
    if path:
        yield path
    for key in node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ():
        yield from places(node[key], path + (key,))


def spoilt(document, rand):
    """A copy with some members missing, of another kind, or under another name."""
    copy = json.loads(json.dumps(document))
    for _ in range(rand.randint(1, 8)):
        path = rand.choice(list(places(copy)))
        above = copy
        for key in path[:-1]:
            above = above[key]
        how, value = rand.random(), json.loads(json.dumps(rand.choice(VALUES)))
        if how < 0.5:
            above[path[-1]] = value
        elif how < 0.7 or isinstance(above, list):
            del above[path[-1]]
        else:
            above[str(value)] = above.pop(path[-1])
    return copy


def play(story, *lines):
    """The nodes of a play."""
    with open(f"{story}.t", "w") as f:
        f.write("frumious-transcript 1\nstory org.example.film80000001\nseed 1\n" + "".join(line + "\n" for line in lines))
    r = run("play", "--headless", "--no-telemetry", "--choose", f"{story}.t", story)
    return [line.split()[2] for line in r.out.splitlines() if line.split()[1:2] == ["node"]] or [r.err]


def main():
    with tempfile.TemporaryDirectory() as top:
        video = f"{top}/Film.mp4"
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25:duration=178", "-c:v", "libx264", "-threads", "1", "-preset",
                        "ultrafast", "-g", "25", video], check=True, timeout=300)
        for name, missed in MISSED.items():
            folder = f"{top}/{name}"
            r = run("import", "moments", *(["--video", video] if name == "branching" else []), f"{CORPUS}/{name}", folder)
            told = [line for line in missed if f"\n{line}: " not in "\n" + r.out]
            ok(r.code == 1 and not told and len(r.out.splitlines()) == len(missed) + 1, f"{name}: what is left out is listed", (told, r.out, r.err))
            text = open(f"{folder}/story.yaml", encoding="utf-8").read()
            absent = [line for line in LINES[name] if line not in text]
            ok(not absent, f"{name}: segments, times, variables, conditions, ways", absent)
            r = run("check", f"{folder}/story.yaml")
            ok(r.code == 0 and " 0 errors" in r.out + r.err and "W607" not in r.out + r.err, f"{name}: it is sound, and nothing stands behind what always holds", r)
            ok(run("fmt", "--check", f"{folder}/story.yaml").code == 0, f"{name}: it is laid out as fmt does")
            r = run("explore", f"{folder}/story.yaml")
            ok(r.code in (0, 1) and ": proved" in r.out, f"{name}: all plays are explored", r)
            r = run("play", "--headless", "--choose=random", "--seed=3", "--no-telemetry", f"{folder}/story.yaml")
            ok(r.code == 0 and " node " in r.out, f"{name}: it plays", r)
        story = f"{top}/branching/story.yaml"
        ok(os.stat(f"{top}/branching/Film.mp4").st_ino == os.stat(video).st_ino, "the video has a second name beside the story")
        # An option leads where its group leads before it writes: `p_met` is still false.
        way = play(story, "pick 1A - 1A 1A-2", "pick 2C - 2C 2C-1", "pick E2 - E2 E2-2")
        ok(way == ["1A", "2C", "3D", "E2", "0cr1", "IDNT"], "the target comes first, then the writes", way)
        way = play(story, "pick 1A - 1A 1A-1", "timeout 2B - 2B")
        ok(way == ["1A", "2B", "3D", "E1", "0cr1", "IDNT"], "a question without a way changes nothing", way)
        r = run("import", "moments", f"{CORPUS}/branching", f"{top}/branching")
        ok(r.code == 1 and "holds files already" in r.err, "nothing is written over", r)
        documents = json.load(open(f"{CORPUS}/branching", encoding="utf-8"))
        for part in documents:
            json.dump(documents[part], open(f"{top}/{part}.json", "w", encoding="utf-8"))
        r = run("import", "moments", f"{top}/moments.json", f"{top}/map.json", f"{top}/apart")
        ok(open(f"{top}/apart/story.yaml").read() == open(story).read().replace("Film.mp4", "film.mp4"), "two files, in any order, are the same", r)
        for part, name in ("map", "SegmentMap"), ("moments", "moments"):  # as web players keep them
            with open(f"{top}/{part}.js", "w", encoding="utf-8") as f:
                f.write(f"\ufeffvar {name} = {json.dumps(documents[part])};\n")
        r = run("import", "moments", f"{top}/moments.js", f"{top}/map.js", f"{top}/scripts")
        ok(open(f"{top}/scripts/story.yaml").read() == open(f"{top}/apart/story.yaml").read(), "two scripts are the same", r)
        for name, (content, why) in REFUSED.items():
            with open(f"{top}/{name}.json", "wb") as f:
                f.write(content)
            r = run("import", "moments", f"{top}/{name}.json", f"{top}/{name}.story")
            ok(r.code == 1 and why in r.err and not os.path.exists(f"{top}/{name}.story"), f"{name}: refused", r)
        rand, wrong = random.Random(22), []
        for i in range(40):
            with open(f"{top}/spoilt{i}", "w", encoding="utf-8") as f:
                json.dump(spoilt(json.load(open(f"{CORPUS}/{rand.choice(['branching', 'other'])}", encoding="utf-8")), rand), f)
            r = run("import", "moments", f"{top}/spoilt{i}", f"{top}/spoilt{i}.story")
            if r.code not in (0, 1) or (not os.path.exists(f"{top}/spoilt{i}.story/story.yaml") and "neither" not in r.err and "no segment" not in r.err) or "error[" in r.err:
                wrong.append((open(f"{top}/spoilt{i}").read(), r.err))
        ok(not wrong, "documents with members missing or of another kind become stories that load", wrong[:1])
        conditions = {f"c{i}": ["and"] + [["precondition", f"c{i + 1}"]] * 30 for i in range(12)} | {"c12": ["persistentState", "p_a"]}
        with open(f"{top}/bomb.json", "w", encoding="utf-8") as f:
            json.dump({"segments": {"s": {"startTimeMs": 0, "endTimeMs": 9, "next": {}}}, "initialSegment": "s", "preconditions": conditions, "stateHistory": {"p_a": True},
                       "momentsBySegment": {"s": [{"type": "scene:cs_bs", "startMs": 0, "endMs": 9, "precondition": ["precondition", "c0"]}]}}, f)
        r = run("import", "moments", f"{top}/bomb.json", f"{top}/bomb.story")
        ok(r.code == 1 and os.path.exists(f"{top}/bomb.story/story.yaml"), "conditions that name others a million times a million times are left out at once", r)
        r = run("import", "moments", "--video", f"{top}/none.mp4", f"{CORPUS}/branching", f"{top}/x")
        ok(r.code == 3 and "none.mp4" in r.err, "a video that is not there is told", r)
    done()


main()
