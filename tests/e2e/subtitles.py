#!/usr/bin/python3
# tests/run: waits most of the time
"""Subtitles as a viewer meets them: on which clock they run, in whatever bytes they come, and what is said of a file of
which something can't be shown. The pictures are those of a headless play; white pixels in them are letters."""
import os
import random
import resource
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from lib import PROGRAM, done, ok, play, run

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


# ---- subtitles that are pictures -----------------------------------------------------------------------------------

W, H, BATCH, MEMORY_MB = 320, 180, 20, 400


def pgs():
    """Three bars in the format of Blu-ray, of which FFmpeg makes what television sends (DVB)."""
    def segment(at, kind, data):
        return b"PG" + struct.pack(">IIBH", at, 0, kind, len(data)) + data
    bar = (bytes([0, 0xC0, 100, 1]) + b"\0\0") * 20
    out = b""
    for i in range(3):
        at = 90000 * (1 + 2 * i) // 4
        window = bytes([1]) + struct.pack(">BHHHH", 0, 10, 10, 100, 20)
        out += segment(at, 0x16, struct.pack(">HHBHBBBBHBBHH", W, H, 0x10, 2 * i, 0x80, 0, 0, 1, 0, 0, 0, 10, 10)) + segment(at, 0x17, window)
        out += segment(at, 0x14, bytes([0, 0, 1, 235, 128, 128, 255]))
        out += segment(at, 0x15, struct.pack(">HBB", 0, 0, 0xC0) + struct.pack(">I", len(bar) + 4)[1:] + struct.pack(">HH", 100, 20) + bar)
        out += segment(at, 0x80, b"")
        at += 22500
        out += segment(at, 0x16, struct.pack(">HHBHBBBB", W, H, 0x10, 2 * i + 1, 0, 0, 0, 0)) + segment(at, 0x17, window) + segment(at, 0x80, b"")
    return out


def places(film):
    """Where in the file the bytes of its subtitles lie."""
    def ask(entries):
        return subprocess.run(["ffprobe", "-v", "error", "-select_streams", "s", "-show_entries", entries, "-of", "csv=p=0", film],
                              capture_output=True, text=True, check=True, timeout=60).stdout.split()
    if film.endswith(".mkv"):
        return [at for line in ask("packet=size,pos") for size, pos in [map(int, line.strip(",").split(","))] for at in range(pos, pos + size + 8)]
    with open(film, "rb") as f:
        data = f.read()
    pid = int(ask("stream=id")[0].strip(","), 16)
    return [at for i in range(0, len(data), 188) if (data[i + 1] & 31) << 8 | data[i + 2] == pid for at in range(i + 4, i + 188)]


def damage(data, at, rng, huge):
    data = bytearray(data)
    begin = data.find(b"\x0f\x11") if huge else -1  # a region of the picture: its width and height
    while 0 <= begin < len(data) - 12:
        data[begin + 8:begin + 12] = rng.choice((b"\xff\xff\xff\xff", b"\x40\0\x40\0", b"\0\0\0\0"))
        begin = data.find(b"\x0f\x11", begin + 1)
    for _ in range(rng.choice((0, 1) if huge else (1, 5, 200))):
        data[rng.choice(at)] = rng.choice((0, 255, rng.randrange(256)))
    return bytes(data)


def run_bounded(*args):
    """Exit code, and how much memory it took."""
    with open(os.devnull, "w") as nowhere:
        child = subprocess.Popen([PROGRAM, *args], stdin=subprocess.DEVNULL, stdout=nowhere, stderr=nowhere,
                                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)))
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, used.ru_maxrss // 1024


def test_pictures(top):
    """Subtitles of television, whole and damaged: none is shown, and none holds anything up."""
    folder, rng = f"{top}/dvb", random.Random(18)
    os.mkdir(folder)
    with open(f"{folder}/bars.sup", "wb") as f:
        f.write(pgs())
    for name, given in (("film.ts", ["-f", "lavfi", "-i", f"testsrc2=s={W}x{H}:r=24:d=2", "-i", f"{folder}/bars.sup", "-map", "0", "-map", "1", "-c:v",
                                     "libx264", "-preset", "ultrafast", "-c:s", "dvbsub"]), ("film.mkv", ["-i", f"{folder}/film.ts", "-map", "0", "-c", "copy"])):
        made = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *given, f"{folder}/{name}"], capture_output=True, text=True, timeout=120, check=False)
        if not ok(made.returncode == 0, f"{name} has subtitles that are pictures", made.stderr):
            return
    for name in ("film.ts", "film.mkv"):
        at = places(f"{folder}/{name}")
        ok(len(at) > 1000, f"{name}: {len(at)} bytes of them")
        with open(f"{folder}/{name}", "rb") as f:
            whole = f.read()
        nodes = ""
        for i in range(BATCH):
            with open(f"{folder}/{i}{name[4:]}", "wb") as f:
                f.write(damage(whole, at, rng, i % 3 == 0) if i else whole)
            nodes += f"  n{i}: {{clip: {{file: {i}{name[4:]}, to: 0.5s}}, next: {f'n{i + 1}' if i + 1 < BATCH else 'end'}}}\n"
        with open(f"{folder}/story.yaml", "w", encoding="utf-8") as f:
            f.write(f"frumious: 1\nid: org.example.dvb\ntitle: Bars\nversion: '1'\nstart: n0\nlanguages: [en]\nnodes:\n{nodes}"
                    "  end: {clip: {card: x, for: 1s}, ending: {id: end, title: End}}\n")
        c = run("check", f"{folder}/story.yaml")
        ok(any("[N839]" in line and f"`0{name[4:]}`" in line for line in (c.out + c.err).splitlines()), f"{name}: check says that they can't be shown", c)
        r = play("--no-telemetry", f"{folder}/story.yaml")
        words = f"0{name[4:]}: holds its subtitles as pictures, which can't be shown; `frumious check` says of which clips that is so"
        ok((r.err + r.out).count(words) == 1 == (r.err + r.out).count("as pictures"), f"{name}: so does the player, once", r)
        for args in (["check", "--deep"], ["play", "--headless", "--no-telemetry"]):
            code, mb = run_bounded(*args, f"{folder}/story.yaml")
            ok(code in (0, 1) and mb < MEMORY_MB, f"{name}, damaged in {BATCH} ways, {args[0]}: ends with {code}, and took {mb} MB")


def test_format(top):
    """Subtitles in a format that nothing here reads."""
    folder = f"{top}/ttml"
    os.mkdir(folder)
    with open(f"{folder}/film.srt", "w", encoding="utf-8") as f:
        f.write(NOW)
    made = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "color=blue:size=320x180:rate=10:duration=1", "-i", f"{folder}/film.srt",
                           "-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:s", "ttml", f"{folder}/film.mp4"], capture_output=True, text=True, timeout=100, check=False)
    if not ok(made.returncode == 0, "there is a film with TTML", made.stderr):
        return
    said = "film.mp4: holds its subtitles in a format that nothing here can read"
    for clip, code in (("film.mp4", "N839"), ("{file: film.mp4, subtitles: film.mp4}", "E801")):
        with open(f"{folder}/story.yaml", "w", encoding="utf-8") as f:
            f.write(f"frumious: 1\nid: org.example.ttml\ntitle: T\nstart: a\nlanguages: [en]\nnodes:\n  a: {{clip: {clip}, next: a2}}\n"
                    f"  a2: {{clip: {clip}, next: end}}\n  end: {{clip: {{card: x, for: 1s}}, ending: {{id: end, title: End}}}}\n")
        c, r = run("check", f"{folder}/story.yaml"), play("--no-telemetry", f"{folder}/story.yaml")
        ok(f"[{code}]" in c.err + c.out and "in a format that nothing here can read" in c.err + c.out, f"{clip}: check says so, {code}", c)
        ok(r.ended() and (r.err + r.out).count(said) == 1, f"{clip}: so does the player, once", r)


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
            unseen = play("--no-telemetry", story)
            ok((unseen.err + unseen.out).count(words) == 1 or "heavy" in words, f"and so where nobody sees pictures: {words}", unseen)
        c = run("check", story)
        for code, name in (("E851", "noise.srt"), ("W852", "legacy.srt"), ("W853", "heavy.ass"), ("W854", "film.srt")):
            ok(any(f"[{code}]" in line and f"`{name}`" in line for line in (c.out + c.err).splitlines()),
               f"check finds {code} in {name}", c)
        both, signs = letters(pictures["two"]), letters(pictures["signs"])
        ok(0 < signs < both / 4, "where the story names no subtitles, signs are shown and nothing else", (signs, both))
        test_without(top, story, signs)
        test_looks(top, story)
        test_pictures(top)
        test_format(top)
    return done()


if __name__ == "__main__":
    sys.exit(main())
