#!/usr/bin/python3
"""Plays every path through a branching story cut out of one film, and checks the picture at each cut.

The test makes the film (every frame different) or takes FRUMIOUS_TEST_FILM. The story has ranges that start between
key frames, a cut at once, a timeout, a step back, a loop and a node of three frames. build/tools/plan finds
transcripts that together take every path, and the real program plays each of them off-screen. At each cut, the first
picture shown must match the first frame of the range, as an independent linear decode of the film has it, and no
neighbouring frame may match better. The database must hold the same nodes and decisions as the transcript.
"""
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

from lib import done, ok

BUILD = os.environ.get("FRUMIOUS_BUILD", "build")
PROGRAM, PLAN = f"{BUILD}/frumious", f"{BUILD}/tools/plan"
SMALL_W = 96
TOLERANCE = 6.0  # mean difference of grey levels between two scalings of the same frame; neighbours are compared too


def run(*args, timeout=300, **kw):
    return subprocess.run(args, capture_output=True, text=True, timeout=timeout, **kw)


def probe(film):
    out = run("ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries",
              "stream=width,height,r_frame_rate:format=duration", "-of", "default=nw=1", film).stdout
    facts = dict(line.split("=") for line in out.split())
    num, den = map(int, facts["r_frame_rate"].split("/"))
    return int(facts["width"]), int(facts["height"]), num, den, float(facts["duration"])


def grey(path, w, h, count=None):
    """All pictures of a file, w x h grey bytes each. They are converted by way of RGB, as for a screen, with accurate
    rounding: FFmpeg's default comes out one level darker, and in a fade that is the difference between two frames."""
    limit = ["-frames:v", str(count)] if count else []
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:v:0", "-vsync", "passthrough", *limit, "-vf",
                          f"scale=flags=accurate_rnd+full_chroma_int,format=bgr0,scale={w}:{h}:flags=area", "-pix_fmt", "gray", "-f", "rawvideo", "-"],
                         capture_output=True, timeout=300).stdout
    return [raw[i:i + w * h] for i in range(0, len(raw), w * h)]


def difference(a, b, rows, w):
    """Mean difference over the upper rows; the panel may still be fading out over the lower ones."""
    n = rows * w
    return sum(abs(x - y) for x, y in zip(a[:n], b[:n])) / n


def make_film(path):
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=24:duration=30", "-f",
                    "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=30", "-c:v", "libx264", "-preset",
                    "veryfast", "-g", "48", "-bf", "2", "-pix_fmt", "yuv420p", "-c:a", "aac", path], check=True, timeout=300)


def make_story(folder, film, fps, duration):
    """Six ranges spread over the film; their first frames by node."""
    os.symlink(os.path.abspath(film), f"{folder}/film.mkv") if not os.path.exists(f"{folder}/film.mkv") else None
    total = int(duration * fps) - 4
    starts = {n: int(total * share) for n, share in
              {"a": 0.02, "b": 0.21, "c": 0.37, "d": 0.52, "blink": 0.66, "e": 0.83}.items()}
    lengths = {"a": 60, "b": 66, "c": 50, "d": 40, "blink": 3, "e": 30}

    def clip(node):
        first = starts[node]
        return "{media: film, from: %.6fs, to: %.6fs}" % (first / fps, (first + lengths[node]) / fps)

    with open(f"{folder}/story.yaml", "w") as f:
        f.write(f"""frumious: 1
id: org.example.edges
title: Edges
version: "1"
start: a
media: {{film: film.mkv}}
nodes:
  a:
    clip: {clip('a')}
    decision:
      id: d-first
      prompt: Where to?
      opens: 0.4s
      for: 1.2s
      default: left
      options:
        left: {{text: Left, goto: b}}
        right: {{text: Right, goto: c}}
  b:
    clip: {clip('b')}
    decision:
      id: d-now
      opens: 0.3s
      for: 1.5s
      cut: now
      timeout: {{goto: e}}
      options:
        one: {{text: One, goto: c}}
        two: {{text: Two, goto: d}}
  c:
    clip: {clip('c')}
    next:
      - {{when: count(c) >= 2, goto: blink}}
      - {{goto: a}}
  d:
    clip: {clip('d')}
    next: back(d-first)
  blink:
    clip: {clip('blink')}
    next: e
  e:
    clip: {clip('e')}
    ending: {{id: over, title: Over}}
""")
    return starts


def check_play(folder, name, nodes, starts, frames, size):
    w, h = size
    pictures, store = f"{folder}/{name}.pictures", f"{folder}/{name}.sqlite"
    played = run(PROGRAM, "play", "--headless", "--choose", f"{folder}/{name}", "--screenshots", pictures, "--cuts",
                 "--size", f"{w}x{h}", "--store", store, f"{folder}/story.yaml")
    if not ok(played.returncode == 0, f"{name} plays", played.stderr + played.stdout):
        return
    shown = re.findall(r"node +(\S+)", played.stdout)
    ok(shown == nodes, f"{name}: the nodes are those of the plan", f"planned {nodes}\nplayed  {shown}")
    small_h = len(frames[0]) // SMALL_W
    wrong, cuts = [], 0
    for file in sorted(os.listdir(pictures)):
        node = re.fullmatch(r"\d+-(.*)\.png", file).group(1)
        if node not in starts:
            continue
        cuts += 1
        got = grey(f"{pictures}/{file}", SMALL_W, small_h, 1)[0]
        first = starts[node]
        # After a step back, the range does not begin at its first frame, so any of its frames is accepted.
        own = range(first, first + 60) if node == "a" else [first]
        near = {n: difference(got, frames[n], small_h // 2, SMALL_W)
                for n in range(max(first - 2, 0), min(max(own) + 3, len(frames)))}
        best = min(near.values())
        fits = min(near[n] for n in own if n in near)
        if fits > TOLERANCE or fits > best + 0.05:
            wrong.append(f"{file}: frame {first} differs by {fits:.2f}, best {best:.2f}")
    ok(cuts == len(nodes) and not wrong, f"{name}: {len(nodes)} cuts show what belongs there",
       "\n".join(wrong) or f"{cuts} pictures for {len(nodes)} nodes")

    lines = [l.split() for l in open(f"{folder}/{name}") if re.match(r"(pick|timeout) ", l)]
    want = [(l[3], l[0], l[4] if l[0] == "pick" else None) for l in lines]
    db = sqlite3.connect(store)
    got = [(d, k, o if k == "pick" else None) for d, k, o in
           db.execute("SELECT decision, outcome, option FROM v_exposure WHERE outcome IN ('pick','timeout') ORDER BY seq")]
    ok(got == want, f"{name}: the database tells the same decisions", f"transcript {want}\ndatabase   {got}")
    visits = [n for (n,) in db.execute("SELECT node.name FROM visit JOIN node ON node.id = visit.node ORDER BY seq")]
    ok(visits == nodes, f"{name}: and the same nodes", visits)


def main():
    film = os.environ.get("FRUMIOUS_TEST_FILM", "")
    with tempfile.TemporaryDirectory() as top:
        films = [("made", f"{top}/made.mkv")]
        make_film(films[0][1])
        if film:
            films.append(("given", film))
        else:
            print("# FRUMIOUS_TEST_FILM is not set: only the film made here is played")
        for label, path in films:
            folder = f"{top}/{label}"
            os.makedirs(folder)
            subprocess.run(["cp", path, f"{folder}/film.mkv"], check=True)
            width, height, num, den, duration = probe(path)
            starts = make_story(folder, f"{folder}/film.mkv", num / den, duration)
            frames = grey(path, SMALL_W, max(SMALL_W * height // width, 8))
            plan = run(PLAN, f"{folder}/story.yaml", folder)
            ways = int(re.search(r"(\d+) ways", plan.stderr).group(1)) if plan.returncode == 0 else 0
            ok(ways >= 10, f"{label}: the plan takes {ways} ways", plan.stderr)
            scale = 2 if width < 800 else 1
            for line in plan.stdout.splitlines():
                name, *nodes = line.split()
                check_play(folder, name, nodes, starts, frames, (width * scale, height * scale))
    return done()


if __name__ == "__main__":
    sys.exit(main())
