"""Makes the film that every player gets: three segments as clips, one long file with the same kind of picture, and
stories.

Each frame carries its number in the strip of blocks that tests/seam/media.py describes. The picture moves everywhere
and is noisy, so that decoding it costs as much as decoding a real film of its bit rate. The files are H.264 High with
B-frames, a key frame every two seconds, and AAC.
"""
import os
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "seam"))
from media import CELLS, code_bits

FPS, GOP, RATE = 24, 48, 48000
BITRATE = {720: "3000k", 1080: "6000k"}
LONG_ID = 9
OFF_KEY = GOP - 2  # the worst place to begin: the player must first decode everything since the key frame
MANY = 8
# The same pictures as people's devices keep them: how each is encoded, and what is added to the picture's filters.
H264 = ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "medium"]
TEN_BITS = ["-pix_fmt", "yuv420p10le", "-c:v", "libx265", "-preset", "veryfast", "-tag:v", "hvc1", "-color_primaries", "bt2020", "-colorspace", "bt2020nc"]
KINDS = {
    "upright": (H264, ""),
    "turned": (H264, ",transpose=clock"),
    "variable": ([*H264, "-fps_mode", "vfr"], ",select='not(eq(mod(n,7),2)+eq(mod(n,11),6))'"),
    "PQ": ([*TEN_BITS, "-color_trc", "smpte2084"], ""),
    "HLG": ([*TEN_BITS, "-color_trc", "arib-std-b67"], ""),
}
HIGH_RANGE = ("PQ", "HLG")
MATRIX, LEFT = (struct.pack(">9i", *m) for m in ((65536, 0, 0, 0, 65536, 0, 0, 0, 1 << 30), (0, -65536, 0, 65536, 0, 0, 0, 0, 1 << 30)))
HOURS, LAP = 5, 60  # a film with a large index; it repeats this many seconds


class Film:
    """Each segment has `frames` frames, so the branch comes after `frames`. `expected[way]` lists the (clip, frame)
    that the screen must show, in order; `shown` of them belong to the first segment."""

    def __init__(self, folder, height, seconds, kind="upright"):
        self.folder, self.height, self.width, self.frames = f"{folder}/{height}p-{seconds}s", height, height * 16 // 9, seconds * FPS
        self.kind = kind
        if kind != "upright":
            self.folder += f"-{kind}"
        self.seconds = seconds
        self.branch = (self.frames * 2 // GOP + 1) * GOP + OFF_KEY  # where the second range of the long file begins
        self.long = self.branch + self.frames + MANY * GOP
        n = [i for i in range(self.frames) if kind != "variable" or (i % 7 != 2 and i % 11 != 6)]
        self.shown = len(n)
        self.expected = {"clips": [(1, i) for i in n] + [(2, i) for i in n],
                         "ranges": [(LONG_ID, i) for i in n] + [(LONG_ID, self.branch + i) for i in n]}

    def path(self, name):
        return f"{self.folder}/{name}"

    def make(self, whole=True):
        """Not whole: no more than the two clips and the story of them."""
        os.makedirs(self.folder, exist_ok=True)
        for ident, name in enumerate("abc", 1):
            made = self._encode(f"{name}.mp4", ident, self.frames, 240 * (ident + 3))
            if made and self.kind == "turned":
                self._turn(f"{name}.mp4")
        if not whole:
            self._stories("clips")
            return
        self._encode("film.mp4", LONG_ID, self.long, 960)
        for name in "ab":
            self._run(["-i", self.path(f"{name}.mp4"), "-c", "copy", "-movflags", "frag_keyframe+empty_moov+default_base_moof+negative_cts_offsets"],
                      f"{name}.frag.mp4")
        for i in range(MANY):
            if not os.path.exists(self.path(f"o{i}.mp4")):
                os.link(self.path("b.mp4"), self.path(f"o{i}.mp4"))
        self._stories()

    def make_hours(self):
        """Makes a film of five hours at a low bit rate, but with as many packets as any film of that length."""
        self._run(["-f", "lavfi", "-i", f"gradients=s={self.width}x{self.height}:r={FPS}:d={LAP}:speed=0.005,format=yuv420p", "-f", "lavfi",
                   "-i", f"sine=440:d={LAP}:r={RATE}", "-c:v", "libx264", "-preset", "veryfast", "-b:v", "40k", "-g", str(GOP), "-c:a", "aac",
                   "-b:a", "32k"], "lap.mp4")
        self._run(["-stream_loop", str(HOURS * 3600 // LAP - 1), "-i", self.path("lap.mp4"), "-c", "copy"], "hours.mp4")

    def _turn(self, name):
        """Has the file say that its pictures are to be shown turned to the left by a quarter. (How FFmpeg is asked to say so
        depends on its version.)"""
        with open(self.path(name), "r+b") as f:
            data = f.read()
            f.seek(data.index(MATRIX, data.index(b"tkhd")))
            f.write(LEFT)

    def _run(self, args, name, data=b""):
        """False: it was there already."""
        path, part = self.path(name), self.path(f"part.{name}")
        if os.path.exists(path):
            return False
        print(f"  making {path}", flush=True)
        done = subprocess.run(["nice", "ffmpeg", "-v", "error", "-y", *args, part], input=data, capture_output=True, timeout=1800)
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.decode()}")
        os.rename(part, path)
        return True

    def _encode(self, name, ident, frames, hz):
        codes = b"".join(bytes(255 * b for b in code_bits(ident, i)) for i in range(frames))
        strip = self.height // 10 & ~1
        coder, filters = KINDS[self.kind]
        keys = f"keyint={GOP}:min-keyint={GOP}:scenecut=0:open-gop=0"
        picture = f"testsrc2=size={self.width}x{self.height}:rate={FPS},noise=alls=9:allf=t+u,format=yuv420p[p]"
        return self._run(["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{CELLS}x1", "-r", str(FPS), "-i", "pipe:0",
                          "-f", "lavfi", "-i", f"aevalsrc=0.5*sin(2*PI*{hz}*t):s={RATE}:c=stereo:d={frames / FPS}", "-filter_complex",
                          f"{picture};[0:v]scale={self.width}:{strip}:flags=neighbor,format=yuv420p[s];[p][s]overlay=0:0:shortest=1{filters}[v]",
                          "-map", "[v]", "-map", "1:a", *coder, "-b:v", BITRATE[self.height], "-maxrate", BITRATE[self.height], "-bufsize", "12M",
                          *(["-x265-params", f"{keys}:log-level=error"] if "libx265" in coder else ["-x264-params", keys]),
                          "-c:a", "aac", "-b:a", "160k"], name, codes)

    def _stories(self, only=""):
        def span(first):
            return f"{{file: film.mp4, from: {first / FPS:.6f}s, to: {(first + self.frames) / FPS:.6f}s}}"

        many = [f"o{i}" for i in range(MANY)]
        stories = {
            "clips": ("a.mp4", {"b": "b.mp4", "c": "c.mp4"}),
            "ranges": (span(0), {"b": span(self.branch), "c": span(self.branch - GOP)}),
            "many": ("a.mp4", {o: f"{o}.mp4" for o in many}),
            "far": (span(0), {o: span(self.branch + GOP * i) for i, o in enumerate(many)}),
            "one": ("a.mp4", {"b": "b.mp4"}),
        }
        for name in [only] if only else stories:
            first, options = stories[name]
            with open(self.path(f"{name}.yaml"), "w") as f:
                f.write(self._story(name, first, options))

    def _story(self, name, first, options):
        """The text of a story whose decision is open for half of the first segment. Its default is taken, as nobody
        chooses."""
        lines = [f"frumious: 1\nid: org.example.cost.{name}\ntitle: Cost\nversion: \"1\"\nstart: a\nnodes:\n  a:\n    clip: {first}"]
        if len(options) > 1:
            lines.append(f"    decision:\n      id: way\n      prompt: Which way?\n      opens: {self.seconds / 4}s\n      for: "
                         f"{self.seconds / 2}s\n      default: {next(iter(options))}\n      options:")
            lines += [f"        {o}: {{text: Way {o}, goto: {o}}}" for o in options]
        else:
            lines.append(f"    next: {next(iter(options))}")
        for o, clip in options.items():
            lines.append(f"  {o}:\n    clip: {clip}\n    ending: {{id: e-{o}, title: The end}}")
        return "\n".join(lines) + "\n"
