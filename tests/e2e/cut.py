#!/usr/bin/python3
# tests/run: may run beside others
"""`export cut`: one way through a story as a file. Its pictures and its sound are held against what arithmetic says (tests/seam/story.py), picture by
picture and sample by sample; its chapters and subtitles are read by ffprobe; a copy holds the very packets of its sources."""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "seam"))
import lib
import media
import story
from lib import ok, run

EAR = os.path.join(os.environ.get("FRUMIOUS_BUILD", "build"), "tools/seam_ear")
if not os.path.exists(EAR):
    EAR = "build/tools/seam_ear"
EXACT = {"mp4": 0, "mov": 0, "mkv": 24}  # Matroska tells whole milliseconds

# Before version 6, FFmpeg sets the rotation of a copy by its metadata.
TURNED = ["-metadata:s:v:0", "rotate=90"]

SUBTITLED = """frumious: 1
id: org.example.cut
title: Subtitled
version: "1"
start: one
languages: [en, de]
acts: {first: The first act}
nodes:
  one:
    act: first
    clip: {file: FILM, subtitles: {en: one.en.srt, de: one.de.vtt}}
    decision:
      id: way
      prompt: Which way?
      opens: 0.2s
      closes: 0.8s
      cut: now
      options: {left: {text: Left, goto: two}, right: {text: Right, goto: two}}
      default: left
  two:
    clip: {card: "A card", for: 0.5s}
    next: three
  three:
    clip: {file: missing.mkv, from: 0s, to: 0.5s}
    ending: {id: end, title: The end}
"""


def ffmpeg(*args, **more):
    return subprocess.run(["ffmpeg", "-nostdin", "-v", "error", *args], check=True, capture_output=True, timeout=300, **more)


def probe(path, *args):
    done = subprocess.run(["ffprobe", "-v", "error", "-of", "json", *args, path], capture_output=True, text=True, timeout=300)
    return json.loads(done.stdout or "{}")


def pictures(path):
    """[(sample, (clip, frame))] of all pictures in a file."""
    raw = ffmpeg("-i", path, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", f"crop=iw:ih/12:0:0,scale={media.CELLS}:1:flags=area,format=gray", "-f",
                 "rawvideo", "-").stdout
    codes = [media.read_code([v > 127 for v in raw[i:i + media.CELLS]]) for i in range(0, len(raw), media.CELLS)]
    frames = probe(path, "-select_streams", "v:0", "-show_entries", "frame=pts_time")["frames"]
    return [(round(float(f["pts_time"]) * media.RATE), code) for f, code in zip(frames, codes)] + [("and more",)] * abs(len(frames) - len(codes))


def listen(path, pieces, folder):
    """What is wrong with its sound; None: nothing."""
    ffmpeg("-y", "-i", path, "-map", "0:a:0", "-f", "f32le", f"{folder}/heard")
    done = subprocess.run([EAR, f"{folder}/heard"], input="\n".join(pieces) + "\n", capture_output=True, text=True, timeout=300)
    return None if "sums wrong 0 jumps 0" in done.stdout else done.stdout + done.stderr


def differs(got, want, slack):
    """The first difference of two lists of pictures, or None."""
    for i, (a, b) in enumerate(zip(got, want)):
        if a[1] != b[1] or abs(a[0] - b[0]) > slack:
            return f"picture {i}: {a}, not {b}"
    return None if len(got) == len(want) else f"{len(got)} pictures, not {len(want)}"


def export(way, folder, suffix, *args):
    """Writes the story of a way, and exports it. (file, result)"""
    os.makedirs(folder, exist_ok=True)
    for clip in way.clips:
        clip.make(folder)
    transcript, out = way.write(folder), f"{folder}/out.{suffix}"
    return out, run("export", "cut", "-o", out, "--choose", transcript, *args, f"{folder}/story.yaml")


def judge(name, way, folder, suffix, *args, lossless=True):
    out, r = export(way, folder, suffix, *args)
    if not ok(r.code == 0, f"{name}: exported", r):
        return None
    shots = story.arithmetic(way)
    want = [p for s in shots for p in s.codes()]
    wrong = differs(pictures(out), want, EXACT[suffix])
    ok(not wrong, f"{name}: {len(want)} pictures, each in its place", wrong)
    if lossless:
        wrong = listen(out, [p for s in shots for p in s.pieces()], folder)
        ok(not wrong, f"{name}: every sample", wrong)
    end = shots[-1].start + shots[-1].length
    ends = [float(s["duration"]) for s in probe(out, "-show_entries", "stream=duration,codec_type")["streams"] if "duration" in s]
    ok(all(abs(e - end / media.RATE) < 0.03 for e in ends), f"{name}: sound and pictures end together", f"{ends} {end / media.RATE}")
    return out


def packets(path):
    return [p["data_hash"] for p in probe(path, "-select_streams", "v:0", "-show_packets", "-show_data_hash", "md5")["packets"]]


def test_encoded(top):
    a, b, c = (media.Clip(f"c{i}", fps=fps, frames=48, size=(320, 180), video="raw") for i, fps in enumerate((24, 24, 24)))
    way = story.mesh("mesh", [a, b, (c, 3, 27)])
    judge("a mesh, lossless", way, f"{top}/mesh", "mkv", "--codec", "ffv1")
    way = story.back("back", [a, b, c], [0.25])
    out, r = export(way, f"{top}/back", "mkv", "--codec", "ffv1")
    ok(r.code == 0 and len(pictures(out)) > 100, "a play in which the viewer went back", r)
    d = media.Clip("d", fps=25, frames=15, size=(320, 180))
    e = media.Clip("e", fps=10, frames=8, size=(180, 320), video="raw", audio=None)
    n = [story.Node("n0", d, goto="n1"), story.Node("n1", e, 2, 7, goto="n2"), story.Node("n2", d, ending=True)]
    way = story.Way("rates", n, [("n0", "next", None), ("n1", "next", None), ("n2", "end", None)])
    out, r = export(way, f"{top}/rates", "mp4", "--size", "320x180", "--rate", "25")
    frames = pictures(out) if r.code == 0 else []
    length = sum(s.length for s in story.arithmetic(way))
    ok([at for at, _ in frames] == [i * media.RATE // 25 for i in range(-(-length * 25 // media.RATE))], "a constant rate has one picture for each beat", (r, frames))


def test_copied(top):
    clips = [media.Clip(f"k{i}", fps=24, frames=24, size=(320, 180), video="h264", gop=12) for i in range(3)]
    nodes = [story.Node("n0", clips[0], options=[("o1", "n1"), ("o2", "n2")], default="o1", opens=0.1, closes=0.6),
             story.Node("n1", clips[1], 12, 24, goto="n2"), story.Node("n2", clips[2], 0, 12, goto="n3"), story.Node("n3", clips[0], ending=True)]
    way = story.Way("copy", nodes, [("n0", "o1", None), ("n1", "next", None), ("n2", "next", None), ("n3", "end", None)])
    for suffix, sound in (("mp4", []), ("mkv", ["--sound", "flac"]), ("mov", ["--sound", "pcm"])):
        out = judge(f"a copy into {suffix}", way, f"{top}/copy.{suffix}", suffix, "--copy", "always", *sound, lossless=bool(sound))
        if out:
            p = [packets(f"{top}/copy.{suffix}/{c.file}") for c in clips]
            ok(packets(out) == p[0] + p[1][12:] + p[2][:12] + p[0], "its packets are those of the clips")
    nodes[1].first, nodes[1].last = 5, 24
    out, r = export(way, f"{top}/nokey", "mp4", "--copy", "always")
    ok(r.code == 1 and "key frame" in r.err and not os.path.exists(out), "a cut at no key frame can't be copied, and says so", r)
    judge("what can't be copied is encoded", way, f"{top}/auto", "mov", "--sound", "pcm")
    out, r = export(way, f"{top}/copy.mp4", "mp4", "--copy", "never")
    ok(r.code == 3 and "exists" in r.err, "a file that is there stays", r)


def test_texts(top):
    film = media.Clip("film", fps=24, frames=36, size=(320, 180), video="raw")
    film.make(top)
    with open(f"{top}/one.en.srt", "w") as f:
        f.write("1\n00:00:00,100 --> 00:00:00,700\nOne <i>and</i>\n\n2\n00:00:00,500 --> 00:00:09,000\ntwo\n")
    with open(f"{top}/one.de.vtt", "w") as f:
        f.write("WEBVTT\n\n00:00.200 --> 00:00.400\nEins\n")
    with open(f"{top}/story.yaml", "w") as f:
        f.write(SUBTITLED.replace("FILM", film.file))
    with open(f"{top}/t", "w") as f:
        f.write("frumious-transcript 1\nstory org.example.cut\nseed 1\npick one 00:00.600 way right\n")
    for suffix, codec in (("mkv", "ffv1"), ("mp4", "h264"), ("mov", "prores")):
        out = f"{top}/out.{suffix}"
        r = run("export", "cut", "-o", out, "--codec", codec, "--choose", f"{top}/t", f"{top}/story.yaml")
        ok(r.code == 0 and "missing.mkv" in r.err and "2 tracks of subtitles" in r.out, f"{suffix}: a card, a slate, a cut at once, subtitles", r)
        got = probe(out, "-show_streams", "-show_chapters")
        streams = got.get("streams", [])
        languages = [s.get("tags", {}).get("language") for s in streams if s["codec_type"] == "subtitle"]
        ok(languages == ["eng", "ger"], f"{suffix}: a track for each language", languages)
        chapters = [(round(float(c["start_time"]), 2), c["tags"]["title"]) for c in got.get("chapters", [])]
        ok(chapters == [(0.0, "The first act"), (0.21, "Which way? – Right")], f"{suffix}: chapters at the act and the decision", chapters)
        texts = ffmpeg("-i", out, "-map", "0:s:0", "-f", "srt", "-").stdout.decode().replace("\r", "")
        ok("00:00:00,100 --> 00:00:00,500\nOne <i>and</i>\n\n" in texts and "00:00:00,500 --> 00:00:00,625\nOne <i>and</i>\ntwo" in texts and "00:00:09" not in texts,
           f"{suffix}: subtitles end with their shot", texts)
    shown, hidden = (f"{top}/{name}.mkv" for name in ("shown", "hidden"))
    for out, more in ((shown, ["--choices"]), (hidden, [])):
        run("export", "cut", "-o", out, "--codec", "ffv1", "--size", "640x360", *more, f"{top}/story.yaml")
    dark = [ffmpeg("-ss", "0.5", "-i", out, "-frames:v", "1", "-vf", "crop=iw:ih/5:0:4*ih/5,scale=1:1:flags=area,format=gray", "-f", "rawvideo", "-").stdout[0]
            for out in (shown, hidden)]
    ok(dark[0] + 20 < dark[1], "with --choices, the panel is in the picture", dark)
    for args, code in (([], 2), (["-o", f"{top}/x.avi"], 2), (["-o", f"{top}/x.mp4", "--language", "fr"], 2), (["-o", f"{top}/x.mp4", "--codec", "ffv1"], 2), (["-o", f"{top}/x.mp4", "--size", "321x180"], 2),
                       (["-o", f"{top}/x.mp4", "--rate", "0"], 2), (["-o", f"{top}/x.mp4", "--copy", "always", "--choices"], 2),
                       (["-o", f"{top}/x.mp4", "--copy", "always"], 1), (["-o", f"{top}/none/x.mp4"], 3), (["-o", f"{top}/x.mp4", "--choose", "none"], 3)):
        r = run("export", "cut", *args, f"{top}/story.yaml")
        ok(r.code == code and r.err and not r.out, f"export cut {' '.join(map(os.path.basename, args))}: exit code {code}", r)


SHOWN = """frumious: 1
id: org.example.shown
title: Shown
version: "1"
start: turned
nodes:
  turned: {clip: turned.mp4, next: uneven}
  uneven: {clip: uneven.mp4, next: still}
  still: {clip: {image: still.png, for: 0.5s, sound: tone.flac}, next: card}
  card: {clip: {card: "Later, at home", for: 0.5s}, next: asked}
  asked:
    clip: {file: film.mkv, from: 0.1s}
    inscriptions: [{text: "{timeouts()}", place: [100, 100, 300, 200]}]
    decision: {id: q, prompt: "Go on?", opens: 0.3s, for: 0.5s, cut: now, default: y, options: {y: {text: Yes, goto: end}, n: {text: No, goto: end}}}
  end: {clip: {file: film.mkv, to: 0.5s}, ending: {id: e, title: The end}}
"""


def test_shown(top):
    """A film that is turned, one with an uneven rate, a still, a card, words in the picture, a panel: every picture that the headless player photographs is in
    the file, pixel for pixel, and at its time."""
    test = ["-f", "lavfi", "-i", "testsrc2=size=240x180:rate=24:duration=1"]
    x264 = ["-c:v", "libx264", "-threads", "1", "-preset", "ultrafast"]
    ffmpeg("-y", *test, *x264, f"{top}/plain.mp4")
    ffmpeg("-y", "-i", f"{top}/plain.mp4", "-c", "copy", *TURNED, f"{top}/turned.mp4")
    ffmpeg("-y", *test, "-vf", "select='not(mod(n,3))+lt(n,9)'", "-fps_mode", "vfr", *x264, f"{top}/uneven.mp4")
    ffmpeg("-y", *test, "-frames:v", "1", f"{top}/still.png")
    ffmpeg("-y", *test, "-c:v", "ffv1", f"{top}/film.mkv")
    ffmpeg("-y", "-f", "lavfi", "-i", "sine=660:duration=0.5", f"{top}/tone.flac")
    with open(f"{top}/story.yaml", "w") as f:
        f.write(SHOWN)
    size = ["--size", "320x240"]
    r = run("play", "--headless", "--no-telemetry", "--screenshots", f"{top}/shots", "--cuts", *size, f"{top}/story.yaml")
    out = run("export", "cut", "--choices", "--codec", "ffv1", "-o", f"{top}/shown.mkv", *size, f"{top}/story.yaml")
    ok(r.code == 0 and out.code == 0, "played and exported", (r, out))
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    every, n = ffmpeg("-i", f"{top}/shown.mkv", "-fps_mode", "passthrough", *raw).stdout, 320 * 240 * 3
    places = {}
    for i in range(0, len(every), n):
        places.setdefault(every[i:i + n], []).append(i // n)
    times = [float(f["pts_time"]) for f in probe(f"{top}/shown.mkv", "-select_streams", "v:0", "-show_entries", "frame=pts_time")["frames"]]
    starts = {line.split()[2]: int(line[:2]) * 60 + float(line[3:9]) for line in r.out.splitlines() if " node " in line}
    for shot in sorted(os.listdir(f"{top}/shots")):
        found = [times[i] for i in places.get(ffmpeg("-i", f"{top}/shots/{shot}", *raw).stdout, [])]
        node = shot[3:-4]
        first = f"{top}/shots/{shot}" == min(f"{top}/shots/{s}" for s in os.listdir(f"{top}/shots") if s[3:] == shot[3:])
        ok(found and (node not in starts or not first or any(abs(at - starts[node]) < 0.002 for at in found)), f"{shot[3:]}: as the player shows it", (found, starts))


AIDED = """frumious: 1
id: org.example.aided
title: Aided
start: only
nodes:
  only:
    clip: {card: " ", for: 1s, described: tone.flac, signed: hands.mkv}
    ending: {id: end, title: The end}
"""


def test_aids(top):
    """Described sound and signed pictures: left out, and that is said; or taken."""
    ffmpeg("-y", "-f", "lavfi", "-i", "color=white:size=160x120:rate=24:duration=1", "-c:v", "ffv1", f"{top}/hands.mkv")
    ffmpeg("-y", "-f", "lavfi", "-i", "sine=660:duration=1", f"{top}/tone.flac")
    with open(f"{top}/story.yaml", "w") as f:
        f.write(AIDED)
    for aids in ([], ["--descriptions", "--signed"]):
        out = f"{top}/{len(aids)}.mkv"
        r = run("export", "cut", "--codec", "ffv1", "--size", "320x240", "-o", out, *aids, f"{top}/story.yaml")
        heard = max(ffmpeg("-i", out, "-f", "u8", "-ac", "1", "-").stdout, default=0) if r.code == 0 else 0
        seen = [max(p) for p in zip(*[iter(ffmpeg("-i", out, "-f", "rawvideo", "-pix_fmt", "gray", "-").stdout)] * (320 * 240))] if r.code == 0 else []
        ok(r.code == 0 and ("described sound is left out" not in r.err) == ("signed pictures are left out" not in r.err) == bool(aids), f"{aids}: what is left out is said", r)
        ok(seen and (heard > 132) == bool(aids) and all((p > 200) == bool(aids) for p in seen), f"{aids}: and the rest is heard, and seen in every picture", (heard, seen))
    r = run("export", "otio", f"{top}/story.yaml")
    ok(r.code == 0 and "left out" in r.err, "a timeline says so, too", r)


def test_interrupted(top):
    """A signal leaves nothing, whenever it comes."""
    film = media.Clip("long", fps=24, frames=2000, size=(640, 360))
    os.makedirs(f"{top}/long")
    film.make(f"{top}/long")
    story.Way("long", [story.Node("n0", film, ending=True)], [("n0", "end", None)]).write(f"{top}/long")
    p = subprocess.Popen([lib.PROGRAM, "export", "cut", "-o", f"{top}/long/out.mp4", "--copy", "never", f"{top}/long/story.yaml"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    busy = lambda: p.poll() is None and not any("deleted" in os.readlink(f"/proc/{p.pid}/fd/{n}") for n in os.listdir(f"/proc/{p.pid}/fd"))
    until = time.monotonic() + lib.PATIENCE
    while busy() and time.monotonic() < until:
        time.sleep(0.02)
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=lib.PATIENCE)
    ok(p.returncode == 130 and sorted(os.listdir(f"{top}/long")) == ["long.mkv", "story.yaml", "transcript"], "Ctrl-C leaves no half of a film",
       (p.returncode, os.listdir(f"{top}/long")))


def main():
    with tempfile.TemporaryDirectory() as top:
        for test in (test_encoded, test_copied, test_texts, test_shown, test_aids, test_interrupted):
            folder = f"{top}/{test.__name__}"
            os.mkdir(folder)
            test(folder)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
