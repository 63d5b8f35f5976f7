"""Test films in which every frame carries its own number, and whose sound is one tone of continuous phase.

The upper edge of each frame is a strip of 32 black and white blocks: 1 0, clip (8 bits), frame (14 bits), check (6
bits), 0 1. The tone has `fps * k` Hz on the left and `fps * j` Hz on the right, so both are at phase 0 at every frame
boundary, and the phase continues wherever one clip follows another at a frame boundary. k and j differ from clip to
clip. FFmpeg's AAC encoder spoils the beginning of a tone, so sound in AAC is compared with FFmpeg's own linear decode
of the file.
"""
import os
import subprocess

RATE = 48000
CELLS = 32
RANGE_BITS = 14
VIDEO = {
    "h264": ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-bf", "3", "-x264-params",
             "open-gop=0:scenecut=0:keyint={gop}:min-keyint={gop}"],
    "h264-open": ["-c:v", "libx264", "-preset", "veryfast", "-crf", "24", "-bf", "3", "-x264-params",
                  "open-gop=1:b-pyramid=2:scenecut=0:keyint={gop}:min-keyint={gop}"],
    "vp9": ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-g", "{gop}"],
    "av1": ["-c:v", "libsvtav1", "-preset", "12", "-crf", "40", "-g", "{gop}"],
    "gif": [],
    "raw": ["-c:v", "rawvideo"],
}
AUDIO = {
    "aac": ["-c:a", "aac", "-b:a", "{bits}k"],
    "opus": ["-c:a", "libopus", "-b:a", "{bits}k"],
    "flac": ["-c:a", "flac"],
    "pcm": ["-c:a", "pcm_s16le"],
}
CHANNELS = {"mono": 1, "stereo": 2, "5.1": 6}


def check_bits(clip, frame):
    return (clip * 7 + frame * 13 + 5) % 64


def code_bits(clip, frame):
    word = 0b10 << 30 | clip << 22 | frame << 8 | check_bits(clip, frame) << 2 | 0b01
    return [word >> (CELLS - 1 - i) & 1 for i in range(CELLS)]


def read_code(bits):
    """The (clip, frame) that a strip encodes, or None."""
    word = 0
    for b in bits:
        word = word << 1 | b
    clip, frame = word >> 22 & 255, word >> 8 & 0x3fff
    good = word >> 30 == 0b10 and word & 3 == 0b01 and word >> 2 & 63 == check_bits(clip, frame)
    return (clip, frame) if good else None


class Clip:
    """One file. fps must divide 48000. With frames 0 it has only sound, which lasts `beats` periods of fps.

    sound_extra: by how many seconds the sound is longer than the picture, or shorter if negative. audio None: no sound.
    stands: the frames that are in the file, the first and the last among them; each stays until the next one. cut: the file
    is a copy without decoding from that frame on, so its container has to say that it holds packets that are never shown.
    """
    made = 0

    def __init__(self, name, fps=24, frames=30, size=(640, 360), video="h264", audio="flac", rate=48000, layout="stereo", gop=None,
                 container=None, sound_extra=0.0, beats=0, stands=None, cut=0):
        Clip.made = Clip.made % 250 + 1
        self.id, self.name, self.fps, self.frames, self.size = Clip.made, name, fps, frames, size
        self.video, self.audio, self.rate, self.layout = video if frames else None, audio, rate, layout
        self.gop, self.sound_extra, self.beats = gop or fps * 2, sound_extra, (beats or frames) - cut
        self.stands, self.cut = stands, cut
        self.container = container or ("mp4" if audio == "aac" else "mkv")
        self.reference = None
        # The comparison relies on lossy codecs being good at these tones: 700 to 2000 Hz.
        k = round((700 + self.id * 37 % 40 * 20) / fps)
        self.hz = (fps * k, fps * (k + max(1, round(300 / fps)))) if audio else (0, 0)
        if layout == "mono":
            self.hz = (self.hz[0], self.hz[0])

    @property
    def file(self):
        return f"{self.name}.{self.container}"

    @property
    def frame_smp(self):
        return RATE // self.fps

    def pictures(self):
        """(from beat, until beat, number) of each picture that is shown."""
        numbers = self.stands or range(self.cut, self.frames)
        return [(n - self.cut, until - self.cut, n) for n, until in zip(numbers, [*numbers[1:], self.frames])]

    @property
    def sound_smp(self):
        """How many samples have sound, from the beginning of the file."""
        return round(self.beats * self.frame_smp + self.sound_extra * RATE) if self.audio else 0

    def _tones(self):
        left, right = (f"0.5*sin(2*PI*{hz}*t)" for hz in self.hz)
        by = {"mono": [left], "stereo": [left, right], "5.1": [left, right, "0", "0", left, right]}
        return "|".join(by[self.layout])

    def _select(self):
        return f",select='{'+'.join(f'eq(n,{n})' for n in self.stands)}'" if self.stands else ""

    def make(self, folder):
        path = f"{folder}/{self.file}"
        self.reference = f"{path}.linear" if self.audio == "aac" else None
        if not os.path.exists(path):
            self._encode(f"{path}.full.{self.container}" if self.cut else path)
        if not os.path.exists(path):
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-ss", str(self.cut / self.fps), "-i", f"{path}.full.{self.container}",
                            "-c", "copy", path], check=True, timeout=300)
        if self.reference and not os.path.exists(self.reference):
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", path, "-map", "0:a", "-f", "f32le", "-ac", "2", "-ar", str(RATE),
                            f"{self.reference}.part"], check=True, timeout=300)
            os.rename(f"{self.reference}.part", self.reference)

    def _encode(self, path):
        w, h = self.size
        seconds = (self.frames or self.beats) / self.fps
        args, filters, maps, codes = ["ffmpeg", "-v", "error", "-y"], [], [], b""
        if self.frames:
            strip = max(h // 10 & ~1, 2)
            codes = b"".join(bytes(255 * b for b in code_bits(self.id, i)) for i in range(self.frames))
            args += ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{CELLS}x1", "-r", str(self.fps), "-i", "pipe:0", "-f", "lavfi",
                     "-i", f"testsrc2=size={w}x{h}:rate={self.fps}:duration={seconds + 1}"]
            filters.append(f"[0:v]scale={w}:{strip}:flags=neighbor,format=yuv420p[strip];"
                           f"[1:v][strip]overlay=0:0:shortest=1,format=yuv420p{self._select()}[v]")
            maps += ["-map", "[v]", "-fps_mode", "vfr"] + [a.format(gop=self.gop) for a in VIDEO[self.video]]
        if self.audio:
            samples = round(self.sound_smp * self.rate / RATE)
            n = 2 if self.frames else 0
            args += ["-f", "lavfi", "-i", f"aevalsrc={self._tones()}:s={self.rate}:c={self.layout}:d={samples / self.rate + 0.1}"]
            filters.append(f"[{n}:a]atrim=end_sample={samples}[a]")
            bits = 128 * CHANNELS[self.layout]
            maps += ["-map", "[a]"] + [a.format(bits=bits) for a in AUDIO[self.audio]]
        args += ["-filter_complex", ";".join(filters), *maps, "-threads", "1", f"{path}.part.{self.container}"]
        done = subprocess.run(args, input=codes, capture_output=True, timeout=900)
        if done.returncode:
            raise RuntimeError(f"{self.file}: {done.stderr.decode()}")
        os.rename(f"{path}.part.{self.container}", path)
