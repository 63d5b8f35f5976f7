#!/usr/bin/python3
# tests/run: waits most of the time
"""Subtitles as a viewer meets them: on which clock they run, in whatever bytes they come, and what is said of a file of
which something can't be shown. The pictures are those of a headless play; white pixels in them are letters."""
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from lib import done, ok, play, run

# At second 10 of the film there is a line, at second 0 there is none.
LINES = "1\n00:00:10,000 --> 00:00:12,000\nПривет, как дела? Это мой дом.\n"
NOW = LINES.replace("00:00:10", "00:00:00").replace("00:00:12", "00:00:01")
HEAVY = ("[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\nFormat: Name, Fontname, Fontsize, "
         "PrimaryColour, Alignment, MarginV\nStyle: Default,sans-serif,28,&H00FFFFFF,2,20\n\n[Events]\n"
         "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
         "Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,shown\n"
         + "Dialogue: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,," + r"{\blur100\fs300\bord50}a" * 2000 + "\n")

# A film with two texts: everything that is said, and what is written on the wall.
FULL = "1\n00:00:10,000 --> 00:00:12,000\n" + "Everything that is said is here\n" * 4
SIGN = "1\n00:00:10,000 --> 00:00:12,000\nEXIT\n"

# name, its subtitles, whether the first picture of that part of the film has letters
NODES = [("own", "film.mkv", True), ("own-mp4", "film.mp4", True), ("turned", "{file: film.mkv, clock: clip}", False),
         ("said", "{file: film.srt, clock: film}", True), ("language", "{en: {file: film.srt, clock: film}}", True),
         ("unsaid", "film.srt", False), ("legacy", "legacy.srt", True), ("wide", "wide.srt", True),
         ("noise", "noise.srt", False), ("heavy", "heavy.ass", True), ("two", "two.mkv", True), ("signs", None, True)]


def file_of(node):
    return "film.mp4" if "mp4" in node else "two.mkv" if node in ("two", "signs") else "film.mkv"


def make(folder):
    files = {"film.srt": LINES.encode(), "legacy.srt": NOW.encode("cp1251"), "wide.srt": NOW.encode("utf-16"),
             "noise.srt": b"\xff\x81\x8d\x8f\x90\x9d\xff\x81", "heavy.ass": HEAVY.encode(), "full.srt": FULL.encode(),
             "sign.srt": SIGN.encode()}
    for name, data in files.items():
        with open(f"{folder}/{name}", "wb") as f:
            f.write(data)
    for name, args in (("film.mkv", ["-c:s", "srt"]), ("film.mp4", ["-c:s", "mov_text"])):
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", "color=blue:size=320x180:rate=10:duration=12",
                        "-i", f"{folder}/film.srt", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast",
                        "-g", "10", *args, f"{folder}/{name}"], check=True, timeout=100)
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", f"{folder}/film.mkv", "-i", f"{folder}/full.srt",
                    "-i", f"{folder}/sign.srt", "-map", "0:v", "-map", "1", "-map", "2", "-c", "copy",
                    "-metadata:s:s", "language=eng", "-disposition:s:0", "default", "-disposition:s:1", "forced",
                    f"{folder}/two.mkv"], check=True, timeout=100)
    nodes = "".join(f"  {name}: {{clip: {{file: {file_of(name)}, from: 10s, to: 11s"
                    f"{f', subtitles: {subtitles}' if subtitles else ''}}}, next: {after}}}\n"
                    for (name, subtitles, _), after in zip(NODES, [n[0] for n in NODES[1:]] + ["end"]))
    with open(f"{folder}/story.yaml", "w") as f:
        f.write("frumious: 1\nid: org.example.subtitles\ntitle: Subtitles\nlanguages: [en]\nstart: own\nnodes:\n" + nodes +
                "  end: {clip: {card: End, for: 1s}, ending: {id: end, title: End}}\n")
    return f"{folder}/story.yaml"


def letters(png, part="null"):
    """How many pixels are nearly white."""
    grey = subprocess.run(["ffmpeg", "-v", "error", "-i", png, "-vf", part, "-pix_fmt", "gray", "-f", "rawvideo", "-"],
                          capture_output=True, check=True, timeout=60).stdout
    return sum(v > 200 for v in grey)


def pictures_of(folder):
    """The first picture of each node, by its name."""
    found = {}
    for file in sorted(os.listdir(folder)):
        for name, _, _ in NODES:
            if f"-{name}." in file or file.startswith(name + ".") or file.endswith(f" {name}.png"):
                found.setdefault(name, f"{folder}/{file}")
    return found


def pictures_with(top, story, name, settings):
    """Those of a viewer with these settings."""
    os.makedirs(f"{top}/{name}/frumious")
    with open(f"{top}/{name}/frumious/settings.ini", "w") as f:
        f.write(settings)
    r = play("--size", "640x360", "--no-telemetry", "--screenshots", f"{top}/{name}/pictures", "--cuts", story,
             env=dict(os.environ, XDG_CONFIG_HOME=f"{top}/{name}"))
    ok(r.ended(), f"it plays, subtitles {name}", r)
    return pictures_of(f"{top}/{name}/pictures")


def test_without(top, story, signs):
    """The same film for a viewer who has switched subtitles off."""
    for name, file in pictures_with(top, story, "off", "[play]\nsubtitles=false\n").items():
        n = letters(file)
        wanted = file_of(name) == "two.mkv"
        ok(n == signs if wanted else n == 0, f"{name}, without subtitles: {'the sign' if wanted else 'no letters'}", n)


def test_looks(top, story):
    """Where the viewer wants them is where a headless play's pictures show them, too."""
    pictures = pictures_with(top, story, "on top", "[subtitles]\nplace=top\nsize=150\n")
    for name, top_half, bottom_half in (("own", True, False), ("said", True, False), ("heavy", False, True)):
        n = letters(pictures[name], "crop=iw:ih/2:0:0"), letters(pictures[name], "crop=iw:ih/2:0:ih/2")
        ok((n[0] > 50, n[1] > 50) == (top_half, bottom_half), f"{name}: {'on top' if top_half else 'where its own style has them'}", n)


def main():
    with tempfile.TemporaryDirectory(prefix="frumious-subtitles-") as top:
        story = make(top)
        r = play("--size", "640x360", "--no-telemetry", "--screenshots", f"{top}/pictures", "--cuts", story)
        ok(r.ended(), "the film plays", r)
        pictures = pictures_of(f"{top}/pictures")
        ok(len(pictures) == len(NODES), "there is a picture of every node", sorted(os.listdir(f"{top}/pictures")))
        for name, _, shown in NODES:
            n = letters(pictures[name]) if name in pictures else -1
            ok(n > 50 if shown else n == 0, f"{name}: letters are {'there' if shown else 'not there'}", n)
        for words in ("legacy.srt: it is not in UTF-8; it is read as WINDOWS-1251, which is a guess; save it as UTF-8",
                      "noise.srt: its letters fit no encoding that is known; save it as UTF-8",
                      "heavy.ass: a line at 0:00:00 can't be shown: letters or shapes that are too large"):
            ok(r.err.count(words) + r.out.count(words) == 1, f"said once: {words}", r)
        c = run("check", story)
        for code, name in (("E851", "noise.srt"), ("W852", "legacy.srt"), ("W853", "heavy.ass"), ("W854", "film.srt")):
            ok(any(f"[{code}]" in line and f"`{name}`" in line for line in (c.out + c.err).splitlines()),
               f"check finds {code} in {name}", c)
        both, signs = letters(pictures["two"]), letters(pictures["signs"])
        ok(0 < signs < both / 4, "where the story names no subtitles, signs are shown and nothing else", (signs, both))
        test_without(top, story, signs)
        test_looks(top, story)
    return done()


if __name__ == "__main__":
    sys.exit(main())
