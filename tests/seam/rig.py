"""Plays a way for real: the program in a window under Xvfb, its sound into a device that keeps every sample, an eye on the screen."""
import os
import subprocess
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("FRUMIOUS_BUILD", "build"))
TOOLS = BUILD if os.path.exists(f"{BUILD}/tools/seam_ear") else f"{ROOT}/build"
WIDTH, HEIGHT = 640, 360


class Screen:
    """An X server whose frame buffer is a file."""

    def __init__(self, folder, width=WIDTH, height=HEIGHT):
        self.width, self.height, self.buffer = width, height, f"{folder}/Xvfb_screen0"
        for _ in range(5):  # others may take the same number at the same moment
            read, write = os.pipe()
            self.server = subprocess.Popen(["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp",
                                            "-noreset", "-fbdir", folder], pass_fds=[write], stderr=subprocess.DEVNULL)
            os.close(write)
            with os.fdopen(read) as answer:
                number = answer.readline().strip()
            if number and self.server.poll() is None and os.path.exists(self.buffer):
                self.display = ":" + number
                return
            self.close()
        raise RuntimeError("no X server starts")

    def close(self):
        self.server.terminate()
        self.server.wait()


class Take:
    """What one play left behind."""

    def __init__(self, folder):
        self.trace, self.sound, self.seen, self.record = (f"{folder}/{n}" for n in ("trace", "sound.raw", "seen", "record"))
        self.code, self.log, self.sink, self.shifts, self.memory = None, "", {}, [], []


def watch_memory(take, pid):
    """Resident kilobytes, four times a second, until the program is gone."""
    try:
        while True:
            with open(f"/proc/{pid}/status") as f:
                take.memory += [int(line.split()[1]) for line in f if line.startswith("VmRSS")]
            time.sleep(0.25)
    except OSError:
        pass


def play(way, screen, media, folder, hand=None, ppm=0, limit=600):
    """hand(way, program, screen): what a person does meanwhile."""
    os.makedirs(folder, exist_ok=True)
    for clip in way.clips:
        if not os.path.exists(f"{folder}/{clip.file}"):
            os.link(f"{media}/{clip.file}", f"{folder}/{clip.file}")
    transcript = way.write(folder)
    take = Take(folder)
    fifo = f"{folder}/device"
    os.mkfifo(fifo)
    home = f"{folder}/home"
    env = dict(os.environ, DISPLAY=screen.display, HOME=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, XDG_STATE_HOME=home,
               SDL_VIDEODRIVER="x11", SDL_AUDIODRIVER="disk", SDL_DISKAUDIOFILE=fifo, SDL_DISKAUDIODELAY="0")
    sink = subprocess.Popen([f"{TOOLS}/tools/seam_sink", fifo, take.sound, str(ppm)], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    eye = subprocess.Popen([f"{TOOLS}/tools/seam_eye", screen.buffer, take.seen, str(screen.width), str(screen.height)],
                           stdin=subprocess.PIPE)
    args = [f"{BUILD}/frumious", "play", "--size", f"{screen.width}x{screen.height}", "--no-telemetry", "--once", "--trace", take.trace,
            "--record", take.record, *(["--choose", transcript] if transcript else []), f"{folder}/story.yaml"]
    program = subprocess.Popen(args, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    threading.Thread(target=watch_memory, args=(take, program.pid), daemon=True).start()
    try:
        if hand:
            hand(way, program, screen, env)
        take.log, _ = program.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        program.kill()
        take.log = program.communicate()[0] + "\n(took too long)"
    take.code = program.returncode
    eye.stdin.close()
    eye.wait()
    for line in sink.communicate(timeout=20)[0].splitlines():
        words = line.split()
        if words[0] == "shift":
            take.shifts.append((int(words[1]), int(words[2])))
        else:
            take.sink = dict(zip(words[::2], map(int, words[1::2])))
    os.unlink(fifo)
    return take
