#!/usr/bin/python3
# tests/run: may run beside others
"""Measures the sound of the project's own film with an independent meter (EBU R 128): every clip must be as loud as the
others, no true peak may come near full scale, and every sound must have captions in both languages. It also checks the
credits: everyone whom assets/LICENSES.md names must be named on the screen at every ending."""
import array
import concurrent.futures
import math
import os
import re
import subprocess

import yaml

from lib import done, ok

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
FILM = f"{ROOT}/stories/at-the-third-stroke"
LOUDNESS, TOLERANCE, PEAK = -20.0, 1.0, -2.0
LANGUAGES = ("en", "de")


def measure(file):
    """Integrated loudness and true peak of a file's sound, or None where it has none."""
    r = subprocess.run(["ffmpeg", "-hide_banner", "-nostats", "-i", f"{FILM}/{file}", "-map", "0:a:0?", "-af", "ebur128=peak=true",
                        "-f", "null", "-"], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    found = re.search(r"Summary:.*?I: +(\S+) LUFS.*?Peak: +(\S+) dBFS", r.stderr, re.S)
    return (float(found[1]), float(found[2])) if found else None


def tracks(value):
    """The files that `sound` or `subtitles` may name, each with the language it is for."""
    if value is None:
        return []
    if isinstance(value, str):
        return [(None, value)]
    if isinstance(value, list):
        return [t for v in value for t in tracks(v)]
    if "file" in value:
        return [(value.get("language"), value["file"])]
    return list(value.items())


def check_loudness(files):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        heard = dict(zip(files, pool.map(measure, files)))
    for file, got in heard.items():
        if got is None:
            ok(file.startswith("picture/"), f"{file}: a sound file has sound")
            continue
        ok(abs(got[0] - LOUDNESS) <= TOLERANCE and got[1] < PEAK, f"{file}: loudness and true peak", got)
    return {file for file, got in heard.items() if got}


def samples(file):
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", f"{FILM}/{file}", "-f", "s16le", "-ac", "2", "-ar", "48000", "-"],
                         capture_output=True, stdin=subprocess.DEVNULL, check=True).stdout
    return array.array("h", raw)


def check_bed(file):
    """A bed must be as quiet as background sound is in the film, and its end must lead into its beginning without a
    step."""
    x = samples(file)
    some = x[::7]
    level = 10 * math.log10(sum(v * v for v in some) / len(some) / 32768 ** 2)
    ok(-46 < level < -26 and measure(file)[1] < PEAK, f"{file}: as loud as a bed should be", level)
    ok(len(x) % (2 * 48000) == 0, f"{file}: lasts whole seconds", len(x) / 96000)
    steps = sorted(abs(b - a) for a, b in zip(x[::14], x[2::14]))  # every seventh step of the left channel
    join = max(abs(x[0] - x[-2]), abs(x[1] - x[-1]))
    ok(join <= steps[len(steps) * 99 // 100], f"{file}: no step where it is looped", (join, steps[-1]))


def check_captions(clips, sounding):
    for node, clip in sorted(clips.items()):
        sounds = [file for _, file in tracks(clip.get("sound"))]
        if not sounding & {*sounds, clip.get("file")}:
            continue
        for language in LANGUAGES:
            files = [file for tag, file in tracks(clip.get("subtitles")) if tag in (None, language)]
            good = files and all(os.path.exists(f"{FILM}/{f}") and "-->" in open(f"{FILM}/{f}", encoding="utf-8").read() for f in files)
            ok(good, f"{node}: what sounds is written, in {language}", files)


def named():
    """What the credits must name: every author of a model, typeface or voice of the film in LICENSES.md, and the
    licences."""
    names, licences = set(), set()
    with open(f"{ROOT}/assets/LICENSES.md", encoding="utf-8") as f:
        film = [part for part in f.read().split("\n## ") if "At the Third Stroke" in part.split("\n")[0]]
    rows = [[c.strip() for c in line.strip("| \n").split("|")] for line in "\n".join(film).split("\n") if line.startswith("|")]
    for _, _, author, licence in (r for r in rows if r[2] != "author" and "---" not in r[2]):
        author = re.sub(r", http\S+|, by way of.*|\(.*?\)| and others", "", author)
        names |= {n.strip() for part in author.split(";") for n in re.split(r", (?!s\.l\.)", part)}
        licences |= set(re.findall(r"CC BY [\d.]+(?: US)?|CC0", licence))
    return names, licences


def check_credits(nodes):
    names, licences = named()
    ok({"Reallusion", "Testinar", "Alan W Black"} <= names and licences == {"CC BY 3.0", "CC BY 3.0 US", "CC0"},
       "LICENSES.md is understood", (names, licences))
    with open(f"{FILM}/strings/de.yaml", encoding="utf-8") as f:
        german = yaml.load(f, yaml.BaseLoader)
    ends = [n for n, d in nodes.items() if "ending" in d]
    ok(len(ends) == 6, "six endings", ends)
    for node in ends:
        english = nodes[node].get("inscriptions") or [{"text": ""}]
        for language, text in (("en", english[0]["text"]), ("de", german.get(f"node.{node}.who.inscription", ""))):
            missing = {n for n in names | licences if n not in text}
            ok(not missing, f"{node}: everybody is named, in {language}", missing)


def main():
    with open(f"{FILM}/story.yaml", encoding="utf-8") as f:
        story = yaml.load(f, yaml.BaseLoader)
    nodes = story["nodes"]
    clips = {n: d["clip"] for n, d in nodes.items() if "clip" in d}
    files = {f for c in clips.values() for f in [c.get("file"), *(s for _, s in tracks(c.get("sound")))] if f}
    ok(len(files) > 60, "the film has its files", len(files))
    on_disk = {f"{d}/{f}" for d in ("picture", "sound") for f in os.listdir(f"{FILM}/{d}")}
    decisions = [{**story["defaults"]["decisions"], **d["decision"]} for d in nodes.values() if "decision" in d]
    cues = [c for d in decisions for c in story["cues"][d["cues"]]]
    ok(len(cues) == 3 * len(decisions) and len(cues) > 30, "three pips in each window", len(cues))
    pips = {c["sound"] for c in cues}
    beds = {d.get("bed") for d in decisions}
    ok(len(decisions) >= 12 and None not in beds, "a bed for each decision", decisions)
    used = files | pips | beds
    ok(used == on_disk, "every file is used, and every file used is there", used ^ on_disk)
    for file in sorted(beds):
        check_bed(file)
    for file in sorted(pips):
        peak = measure(file)[1]
        ok(-16 < peak < -6, f"{file}: as loud as a pip should be", peak)
    check_captions(clips, check_loudness(sorted(files)))
    check_credits(nodes)


main()
raise SystemExit(done())
