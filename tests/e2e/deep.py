#!/usr/bin/python3
# tests/run: may run beside others
"""check --deep finds every fault that only decoding can reveal, in clips with one fault each, and reports nothing else."""
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile

from lib import PATIENCE, PROGRAM, done, golden, ok, read_until, run, schema, set_home

FILM = "stories/at-the-third-stroke/story.yaml"
# Cards keep apart what would jump at the cut. Who hears `low` in `both` hears `low` in `again`.
STORY = """frumious: 1
id: test.deep
title: Deep
version: "1"
start: flash
languages: [en, de]
nodes:
  flash: {clip: flash.mp4, next: red}
  red: {clip: red.mp4, next: p1}
  p1: {clip: {card: P, for: 2s}, next: quiet}
  quiet: {clip: quiet.mp4, next: [{goto: via}]}
  via: {next: loud}
  loud: {clip: loud.mp4, next: p2}
  p2: {clip: {card: P, for: 2s}, next: peak}
  peak: {clip: peak.mkv, next: p3}
  p3: {clip: {card: P, for: 2s}, next: cut}
  cut: {clip: cut.mkv, next: damaged}
  damaged: {clip: damaged.mp4, next: whole}
  whole: {clip: {file: damaged.mp4, to: 2s}, next: apart}
  apart: {clip: apart.mkv, next: p4}
  p4: {clip: {card: P, for: 2s}, next: mute}
  mute: {clip: mute.mkv, next: p5}
  p5: {clip: {card: P, for: 2s}, next: both}
  both: {clip: {card: P, for: 2s, sound: [{file: low.opus, language: en}, {file: high.opus, language: de}]}, next: again}
  again: {clip: {card: P, for: 2s, sound: [{file: low.opus, language: en}, {file: high.opus, language: de}]}, next: other}
  other: {clip: {card: P, for: 2s, sound: high.opus}, next: p6}
  p6: {clip: {card: P, for: 2s}, next: told}
  told: {clip: {card: P, for: 2s, sound: low.opus, described: high.opus}, next: plain}
  plain: {clip: {card: P, for: 2s, sound: low.opus}, next: voice}
  voice: {clip: {card: P, for: 2s, sound: low.opus, described: {file: high.opus, mix: true}}, next: signs}
  signs: {clip: {card: P, for: 6s, signed: damaged.mp4}, next: end}
  end: {clip: {card: End, for: 2s}, ending: {id: end, title: End}}
"""
# Lines of the story. `whole` is a part of `damaged` without the damage; `other` is louder for those who hear English; `plain` is
# quieter for those who have heard `told` described.
WANT = ["W840:8", "W841:9", "W842:13", "W843:15", "W844:17", "W845:18", "W817:20", "W816:22", "W842:26", "W842:29", "W845:31"]
TURNS = "mod(floor(N/3),2)"  # eight changes a second
RED = f"format=gbrp,geq=r='if({TURNS},255,127)':g='if({TURNS},0,127)':b='if({TURNS},0,127)'"
FLASH = f"format=yuv420p,geq=lum='if({TURNS},235,16)':cb=128:cr=128"
CODE = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-g", "500", "-keyint_min", "500"]
PICTURE = ["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=6"]


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *args], check=True, timeout=300)


def tone(level, seconds=6):
    return ["-f", "lavfi", "-i", f"aevalsrc='{level}*sin(440*2*PI*t)|{level}*sin(440*2*PI*t)':s=48000:d={seconds}"]


def make(folder):
    def at(name):
        return f"{folder}/{name}"
    for name, filters in (("flash.mp4", FLASH), ("red.mp4", RED)):
        ffmpeg("-f", "lavfi", "-i", f"color=gray:s=160x90:r=24:d=3,{filters}", *CODE, at(name))
    for name, level in (("quiet.mp4", 0.1), ("loud.mp4", 0.3)):
        ffmpeg(*PICTURE, *tone(level), *CODE, "-c:a", "aac", "-t", "4", at(name))
    ffmpeg(*PICTURE, *tone(0.99), *CODE, "-c:a", "flac", "-t", "3", at("peak.mkv"))
    ffmpeg(*PICTURE, *tone(0.1), *CODE, "-c:a", "aac", at("full.mkv"))
    with open(at("full.mkv"), "rb") as f:
        whole = f.read()
    with open(at("cut.mkv"), "wb") as f:
        f.write(whole[:len(whole) * 6 // 10])
    ffmpeg(*PICTURE, *CODE, at("damaged.mp4"))
    with open(at("damaged.mp4"), "r+b") as f:
        whole = f.read()
        start = whole.index(b"mdat")
        f.seek(start + (len(whole) - start) // 2)
        f.write(bytes((k * 37) & 255 for k in range(600)))
    # A fragment holds all of its picture and then all of its sound.
    ffmpeg(*PICTURE, *tone(0.1), *CODE, "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4",
           at("apart.mkv"))
    ffmpeg(*PICTURE, *tone(0.1, 3), *CODE, "-c:a", "aac", "-live", "1", at("mute.mkv"))
    for name, level in (("low.opus", 0.05), ("high.opus", 0.3)):
        ffmpeg(*tone(level, 2), "-c:a", "libopus", at(name))
    with open(at("story.yaml"), "w", encoding="utf-8") as f:
        f.write(STORY)
    os.makedirs(at("strings"))
    with open(at("strings/de.yaml"), "w", encoding="utf-8") as f:
        cards = re.findall(r"^  (\w+): {clip: {card", STORY, re.M)
        f.write("title: Tief\nending.end.title: Ende\n" + "".join(f"node.{c}.card: K\n" for c in cards))


def test_faults(folder):
    r = run("check", "--deep", "story.yaml", cwd=folder)
    got = [f"{code}:{line}" for line, code in re.findall(r"^story.yaml:(\d+):\d+: \w+\[(\w+)\]", r.out, re.M)]
    ok(got == WANT, "every fault is found, and nothing else", (got, r))
    ok(r.code == 0 and "0 errors, 11 warnings\n13 of 13 pieces" in r.out and r.err == "", "and counted", r)
    # The numbers are FFmpeg's encoders' as much as ours.
    golden("check-deep.txt", re.sub(r"\d+(\.\d+)?(?= damaged| LU | dBTP$| and -| LUFS\)|s to |s into|s of the|s can|s apart|s$)", "N", r.out, flags=re.M))
    codes = {c for c in re.findall(r"^([EWN]84\d) ", run("explain").out, re.M)}
    ok(codes == {w[:4] for w in WANT if w.startswith("W84")}, "every code of --deep has its fault", codes)
    r = run("check", "story.yaml", cwd=folder)
    ok(set(re.findall(r"\[(\w+)\]", r.out)) <= {"W817", "W816", "W844", "N838"} and "W844" in r.out and "pieces" not in r.out, "without it nothing is decoded", r)
    ok(r.out.count("N838") == 1 and "nothing in `mute.mkv` tells where it ends" in r.out, "and what is not known is said", r)
    r = run("check", "--deep", "--no-media", "story.yaml", cwd=folder)
    ok(r.code == 2 and "--no-media" in r.err, "--deep and --no-media don't go together", r)


def test_formats(folder):
    r = run("check", "--deep", "--format", "json", "story.yaml", cwd=folder)
    report = json.loads(r.out)
    schema("check.schema.json", report, "the JSON is as its schema says")
    story = report["stories"][0]
    ok([f"{d['code']}:{d['line']}" for d in story["diagnostics"]] == WANT, "it tells the same", r)
    ok(story["deep"]["pieces"] == story["deep"]["decoded"] == 13, "how much was decoded", story["deep"])
    ok(30e6 < story["deep"]["film_us"] < 60e6, "and how long that is", story["deep"])
    r = run("check", "--deep", "--format", "sarif", "--strict", "story.yaml", cwd=folder)
    log = json.loads(r.out)
    schema("sarif-subset.schema.json", log, "SARIF is as its schema says")
    results = log["runs"][0]["results"]
    ok(r.code == 1 and [x["ruleId"] for x in results] == [w[:4] for w in WANT], "and tells the same", r)


def interrupted(*args):
    """Ctrl-C as soon as something was decoded; on a terminal, which shows the progress."""
    master, slave = pty.openpty()
    p = subprocess.Popen([PROGRAM, "check", "--deep", *args, FILM], stdout=subprocess.PIPE, stderr=slave, text=True)
    os.close(slave)
    shown = read_until(master, r"[1-9]\d* % of \d+ s of film decoded, \d+ s left")
    p.send_signal(signal.SIGINT)
    out = p.communicate(timeout=PATIENCE)[0]
    os.close(master)
    return p.returncode, out, shown


def test_partial():
    code, out, shown = interrupted()
    ok(code == 130 and re.search(r"^partial: it was interrupted; \d+ of 65 pieces", out, re.M), "Ctrl-C: a partial report", (code, out, shown))
    code, out, _ = interrupted("--format", "sarif")
    log = json.loads(out)
    schema("sarif-subset.schema.json", log, "a partial log is as its schema says")
    ok(code == 130 and log["runs"][0]["invocations"][0]["executionSuccessful"] is False, "and says so", out)
    code, out, _ = interrupted("--format", "json")
    deep = json.loads(out)["stories"][0]["deep"]
    ok(code == 130 and deep["decoded"] < deep["pieces"] == 65, "so does the JSON", deep)


with tempfile.TemporaryDirectory() as scratch:
    set_home(f"{scratch}/home")
    make(scratch)
    test_faults(scratch)
    test_formats(scratch)
test_partial()
sys.exit(done())
