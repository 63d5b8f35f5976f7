#!/usr/bin/python3
# tests/run: may run beside others
"""What `check --deep` promises of a file, `play` keeps, and the other way round: good files, truncated ones, flipped bits,
and headers and time stamps that lie. The two are held against each other, file by file."""
import re
import struct
import subprocess
import sys
import tempfile

from lib import done, ok, play, run, set_home

SECONDS = 2
PICTURE = ["-f", "lavfi", "-i", f"testsrc2=size=96x64:rate=25:duration={SECONDS}"]
SOUND = ["-f", "lavfi", "-i", f"sine=sample_rate=48000:duration={SECONDS}"]
H264 = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "25", "-c:a", "aac"]
VP8 = ["-pix_fmt", "yuv420p", "-c:v", "libvpx", "-cpu-used", "8", "-deadline", "realtime", "-c:a", "libopus"]
HOURS = SECONDS + 67108.864  # bit 26 of a time in ms


def ffmpeg(*args):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *args], check=True, timeout=300)


def cut(data, share):
    return data[:int(len(data) * share)]


def flip(data):
    """Some bytes in the third quarter of the file."""
    out = bytearray(data)
    for i in range(len(out) // 2, len(out) * 3 // 4, 97):
        out[i] ^= 0x5a
    return out


def flv_tags(data, kind):
    at, found = 13, []
    while at + 11 < len(data):
        if data[at] == kind:
            found.append(at)
        at += 15 + int.from_bytes(data[at + 1:at + 4], "big")
    return found


def flv_time(data, kind, which):
    """One bit of one tag's time stamp, so that it lies 18.6 hours later."""
    out = bytearray(data)
    tags = flv_tags(data, kind)
    out[tags[int(which * (len(tags) - 1))] + 7] ^= 4
    return out


def flv_header(data):
    out = bytearray(data)
    struct.pack_into(">d", out, out.index(b"duration") + 9, HOURS)
    return out


def mkv_header(data):
    """The length of the film, and those of its tracks."""
    out = bytearray(data)
    struct.pack_into(">d", out, out.index(b"\x44\x89\x88") + 3, HOURS * 1000)
    return out.replace(b"00:00:0", b"18:38:3")


def mp4_header(data):
    out = bytearray(data)
    for box in (b"mvhd", b"mdhd"):
        at = out.index(box) + 20
        struct.pack_into(">I", out, at, struct.unpack_from(">I", out, at)[0] * 1000)
    return out


def small_header(data):
    """The file's header says 96x64 of pictures whose own headers say 9000x6000."""
    for sizes in ("<II", ">HH"):  # AVI, MOV; Matroska has two elements
        data = data.replace(struct.pack(sizes, 9000, 6000), struct.pack(sizes, 96, 64), 1)
    return data.replace(b"\xb0\x82\x23\x28", b"\xb0\x82\x00\x60", 1).replace(b"\xba\x82\x17\x70", b"\xba\x82\x00\x40", 1)


def large_pngs(data):
    head = b"IHDR" + struct.pack(">II", 96, 64)
    return data.replace(head, b"IHDR" + struct.pack(">II", 9000, 6000))


def mkv_narrow(data):
    """The file's header says that the picture is 48 wide."""
    return data.replace(b"\xb0\x81\x60", b"\xb0\x81\x30", 1)


def many_scans():
    """A JPEG that is gone over 600 times."""
    return (b"\xff\xd8\xff\xc2\x00\x0b\x08\x00\x40\x00\x60\x01\x01\x11\x00" + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\x00" * 600 + b"\xff\xd9")


def mp4_times(data, bit, track=0):
    """One bit of how long each picture stands, or each packet of sound lasts."""
    out = bytearray(data)
    table = -1
    for _ in range(track + 1):
        table = out.index(b"stts", table + 1)
    out[table + 16 + 3 - bit // 8] ^= 1 << bit % 8
    return out


def shorter_edits(data, ms):
    """The last edit of each track, and the film, last for so long."""
    out = bytearray(data)
    at = -1
    for box, field in ((b"mvhd", 20), (b"tkhd", 24), (b"elst", 12), (b"tkhd", 24), (b"elst", 12)):
        at = out.index(box, at + 1)
        struct.pack_into(">I", out, at + field, ms)
    return out


def mp4_one_time(data, share, bit):
    """The same of one picture of many that each have a time of their own."""
    out = bytearray(data)
    table = out.index(b"stts")
    entries = struct.unpack_from(">I", out, table + 8)[0]
    if entries < 10:
        raise ValueError(f"{entries} entries")
    out[table + 12 + 8 * int(share * (entries - 1)) + 4 + 3 - bit // 8] ^= 1 << bit % 8
    return out


# What is done to which good file; what both must say: nothing, that it is damaged, or that there is only a slate; and
# how long it plays, where that is known.
OWN_HEADERS = ("large.mkv", "large.avi", "large.mov", "pngs.mkv", "pngs.mov", "scans.mkv")  # each of whose pictures has one
FINE, DAMAGED, SLATE = "fine", "damaged", "slate"
CASES = [
    ("good.mp4", None, FINE, 2), ("good.mkv", None, FINE, 2), ("good.webm", None, FINE, 2), ("good.flv", None, FINE, 2),
    ("good.avi", None, FINE, None), ("good.ts", None, FINE, 2), ("good.gif", None, FINE, 2), ("good.png", None, FINE, 1),
    ("good.mp4", lambda d: cut(d, 0.7), SLATE, None),  # its index lies at the end
    ("front.mp4", lambda d: cut(d, 0.7), DAMAGED, None),
    ("good.mkv", lambda d: cut(d, 0.7), DAMAGED, None),
    ("good.mkv", lambda d: cut(d, 0.98), DAMAGED, None),
    ("good.webm", lambda d: cut(d, 0.7), DAMAGED, None),
    ("good.flv", lambda d: cut(d, 0.7), DAMAGED, None),
    ("good.png", lambda d: cut(d, 0.7), SLATE, None),
    ("good.bmp", lambda d: cut(d, 0.7), SLATE, None),
    ("voice.mkv", lambda d: d[:d.index(b"\x1f\x43\xb6\x75") + 12], SLATE, None),  # its headers alone
    ("good.png", flip, SLATE, None),
    ("good.mp4", flip, DAMAGED, 2), ("good.mkv", flip, DAMAGED, 2), ("good.flv", flip, DAMAGED, 2),
    ("good.flv", lambda d: flv_time(d, 9, 0.5), DAMAGED, 2),
    ("good.flv", lambda d: flv_time(d, 8, 0.5), DAMAGED, 2),
    ("good.flv", lambda d: flv_time(d, 9, 1 / 50), DAMAGED, 2),  # the first picture; before it comes the decoder's header
    ("good.flv", lambda d: flv_time(d, 8, 1), DAMAGED, 2),
    ("good.flv", flv_header, DAMAGED, 2), ("good.mkv", mkv_header, DAMAGED, 2),
    ("good.mp4", lambda d: mp4_times(d, 31), DAMAGED, 2), ("good.mp4", lambda d: mp4_times(d, 20), DAMAGED, 2),
    ("good.mp4", lambda d: mp4_times(d, 31, 1), DAMAGED, 2), ("good.mp4", lambda d: mp4_times(d, 11, 1), DAMAGED, 2),
    ("voice.m4a", None, FINE, 2), ("voice.m4a", lambda d: mp4_times(d, 20), DAMAGED, 2),
    ("edited.mp4", None, FINE, 0.4),  # most of its sound lies behind the end of its edit list
    ("steps.mp4", None, FINE, 2), ("steps.mp4", lambda d: mp4_one_time(d, 0.5, 26), DAMAGED, 2),
    ("steps.mp4", lambda d: mp4_one_time(d, 1, 25), DAMAGED, 2), ("steps.mp4", lambda d: mp4_one_time(d, 0, 18), DAMAGED, 2),
    ("good.gif", lambda d: cut(d, 0.5), DAMAGED, None),
    ("good.mp4", mp4_header, FINE, 2),  # its table of frames is right
    ("jpegs.mkv", mkv_narrow, FINE, 2),
    ("large.mkv", small_header, SLATE, None), ("large.avi", small_header, SLATE, None), ("large.mov", small_header, SLATE, None),
    ("pngs.mkv", large_pngs, SLATE, None), ("pngs.mov", large_pngs, SLATE, None),
    ("frames.mjpeg", None, SLATE, None), ("wide.mjpeg", None, SLATE, None),  # without a container; FFmpeg takes the second for a still
    ("grows.mkv", None, DAMAGED, None),  # a small picture, then a large one
    ("scans.mkv", None, SLATE, None),
]


def join(made, *files):
    with open(made, "wb") as out:
        for name in files:
            with open(name, "rb") as f:
                out.write(f.read())


def make(folder):
    def at(name):
        return f"{folder}/{name}"
    ffmpeg(*PICTURE, *SOUND, *H264, at("good.mp4"))
    for name in ("good.mkv", "good.flv", "good.ts"):
        ffmpeg("-i", at("good.mp4"), "-c", "copy", at(name))
    ffmpeg("-i", at("good.mp4"), "-c", "copy", "-movflags", "faststart", at("front.mp4"))
    ffmpeg(*PICTURE, "-vf", "settb=1/1000,setpts=N*40+7*mod(N*7\\,5)", "-fps_mode", "passthrough", *H264, at("steps.mp4"))
    ffmpeg(*SOUND, "-c:a", "libopus", at("voice.mkv"))
    ffmpeg(*SOUND, "-c:a", "aac", at("voice.m4a"))
    with open(at("good.mp4"), "rb") as good, open(at("edited.mp4"), "wb") as edited:
        edited.write(shorter_edits(good.read(), 400))
    ffmpeg(*PICTURE, *SOUND, *VP8, at("good.webm"))
    ffmpeg(*PICTURE, *SOUND, "-c:v", "mpeg4", "-q:v", "3", "-c:a", "mp2", at("good.avi"))
    for name, codec in (("jpegs.mkv", ["mjpeg", "-pix_fmt", "yuvj420p"]), ("pngs.mkv", ["png"]), ("pngs.mov", ["png"])):
        ffmpeg(*PICTURE, "-c:v", *codec, at(name))
    for name, size in (("small.mjpeg", "96x64"), ("large.mjpeg", "9000x6000")):
        ffmpeg("-f", "lavfi", "-i", f"color=size={size}", "-frames:v", "1", "-c:v", "mjpeg", "-q:v", "31", "-pix_fmt", "yuvj420p", at(name))
    for name, size in (("frames.mjpeg", "96x64"), ("wide.mjpeg", "1280x720")):
        ffmpeg(*PICTURE, "-s", size, "-c:v", "mjpeg", "-q:v", "5", "-pix_fmt", "yuvj420p", "-f", "mjpeg", at(name))
    join(at("grows.mjpeg"), at("small.mjpeg"), at("large.mjpeg"), at("small.mjpeg"))
    for name in ("large.mkv", "large.avi", "large.mov", "grows.mkv"):
        ffmpeg("-f", "mjpeg", "-i", at(name.split(".")[0] + ".mjpeg"), "-c", "copy", at(name))
    with open(at("scans.mjpeg"), "wb") as f:
        f.write(many_scans() * 5)
    ffmpeg("-f", "mjpeg", "-i", at("scans.mjpeg"), "-c", "copy", at("scans.mkv"))
    for name in ("good.gif", "good.png", "good.bmp"):
        ffmpeg(*PICTURE, *(["-r", "10"] if name == "good.gif" else ["-frames:v", "1"]), at(name))
    names = []
    for n, (good, change, _, _) in enumerate(CASES):
        with open(at(good), "rb") as f:
            data = f.read()
        made = change(data) if change else data
        ok(change is None or bytes(made) != data, f"{good}, case {n}: the fault has landed")
        names.append(f"{n}-{good}")
        with open(at(names[-1]), "wb") as f:
            f.write(made)
    return names


def write_story(folder, names):
    still = re.compile(r"\.(png|bmp)$")
    clips = [f"{{image: {name}, for: 1s}}" if still.search(name) else name for name in names]
    nodes = [f"  n{i}: {{clip: {clip}, next: n{i + 1}}}\n" for i, clip in enumerate(clips)]
    with open(f"{folder}/story.yaml", "w", encoding="utf-8") as f:
        f.write("frumious: 1\nid: org.example.promises\ntitle: Promises\nversion: \"1\"\nstart: n0\nnodes:\n" + "".join(nodes) +
                f"  n{len(clips)}: {{clip: {{card: End, for: 1s}}, ending: {{id: end, title: End}}}}\n")


def promised(report, name):
    codes = {code for code, text in re.findall(r"\[(\w+)\]: (.*)", report.out) if f"`{name}`" in text}
    return SLATE if "E801" in codes else DAMAGED if codes & {"W844", "W845"} else FINE


def kept(played, name):
    said = [line for line in played.err.splitlines() if f"/{name}: " in line]
    return SLATE if any("a slate stands in" in line for line in said) else DAMAGED if said else FINE


def lengths(played):
    at = [int(h or 0) * 3600 + int(m) * 60 + float(s)
          for h, m, s in re.findall(r"^(?:(\d+):)?(\d+):([\d.]+)  node", played.out, re.M)]
    return [b - a for a, b in zip(at, at[1:])]


with tempfile.TemporaryDirectory() as scratch:
    set_home(f"{scratch}/home")
    files = make(scratch)
    write_story(scratch, files)
    checked = run("check", "--deep", "story.yaml", cwd=scratch)
    looked = run("check", "story.yaml", cwd=scratch)
    ran = play("--no-telemetry", "story.yaml", cwd=scratch)
    took = lengths(ran)
    ok(ran.ended() and len(took) == len(files), "the film plays to its end, through all of them", ran)
    for name, (good, _, want, long), lasted in zip(files, CASES, took):
        ok(promised(checked, name) == want, f"{name}: check says that it is {want}",
           "\n".join(line for line in checked.out.splitlines() if name in line))
        if want == SLATE and good in OWN_HEADERS:
            ok(promised(looked, name) == SLATE, f"{name}: so does check that decodes one picture", looked)
        ok(kept(ran, name) == want, f"{name}: play says that it is {want}", ran.err)
        ok(abs(lasted - long) < 0.1 if long else lasted < 10, f"{name}: it plays {lasted:.3f} s")
sys.exit(done())
