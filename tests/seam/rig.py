"""Plays a path through a story for real. The program runs in a window under Xvfb, the sound device keeps every
sample, and the eye, a program of its own, watches the screen."""
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
        for _ in range(5):  # another process may take the same display number at the same moment
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


class Device:
    """A sound device that keeps its own time: see tools/seam_sink.c. ppm: how much slower than nominal; then: the same,
    after five seconds; burst: buffers asked for at once; late: buffers by which an ask may be late."""
    CHANGE_SMP = 5 * 48000 // 1024 * 1024

    def __init__(self, ppm=0, then=None, burst=1, late=0):
        self.ppm, self.then, self.burst, self.late = ppm, ppm if then is None else then, burst, late

    def args(self):
        return [f"ppm={self.ppm}", f"then={self.then}", f"burst={self.burst}", f"late={self.late}"]

    def plays_ns(self, smp):
        """When it plays this sample of the recording, since the first one."""
        before = min(smp, self.CHANGE_SMP)
        return (before * (1 + self.ppm / 1e6) + (smp - before) * (1 + self.then / 1e6)) * 1e9 / 48000


class Take:
    """What one play left behind."""

    def __init__(self, folder):
        self.trace, self.sound, self.seen, self.record, self.machine = (f"{folder}/{n}" for n in (
            "trace", "sound.raw", "seen", "record", "machine"))
        self.store = f"{folder}/store.sqlite"  # used only if play() gets telemetry=True
        self.device = Device()
        self.code, self.log, self.sink, self.shifts, self.memory = None, "", {}, [], []


TICKS_NS = 10 ** 9 // os.sysconf("SC_CLK_TCK")


def read(path):
    with open(path) as f:
        return f.read()


def waited_ns(pid, known):
    """How long the threads of a process waited for a CPU since the last call with the same dictionary."""
    sum_ns = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            wait = int(read(f"/proc/{pid}/task/{thread}/schedstat").split()[1])
        except (OSError, IndexError):
            continue  # the thread has ended, or this kernel does not count
        sum_ns += wait - known.get(thread, 0)
        known[thread] = wait
    return sum_ns


def used_ns(pid):
    words = read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) * TICKS_NS


def machine_ns():
    """The CPU time that was busy, idle, and stolen by another machine on the same host."""
    user, nice, system, idle, io, irq, softirq, stolen = (int(w) * TICKS_NS for w in read("/proc/stat").split()[1:9])
    return user + nice + system + irq + softirq, idle + io, stolen


class Watch(threading.Thread):
    """Looks twenty times a second at who uses the CPUs, and writes a line for each look into the take's file
    "machine": FROM_NS TO_NS WAITED OTHERS IDLE STOLEN READ: how long our programs waited for a CPU, the CPU time of
    other programs, idle time, the time that the host took (all in ns), and the bytes that the player had to fetch
    from a disk."""

    def __init__(self, take, pid, ours):
        super().__init__(daemon=True)
        self.take, self.pid, self.ours, self.over = take, pid, [pid, os.getpid(), *ours], threading.Event()
        self.known = {p: {} for p in self.ours}

    def look(self):
        now = time.monotonic_ns()
        waited = sum(waited_ns(p, self.known[p]) for p in self.ours if p != os.getpid())
        busy, idle, stolen = machine_ns()
        fetched = 0
        try:
            fetched = int(next(line for line in read(f"/proc/{self.pid}/io").splitlines() if line.startswith("read_bytes")).split()[1])
        except (OSError, StopIteration):
            pass
        return now, waited, busy - sum(used_ns(p) for p in self.ours), idle, stolen, fetched

    def run(self):
        with open(self.take.machine, "w") as out:
            try:
                before, memory_at = self.look(), 0
                while not self.over.wait(0.05):
                    now = self.look()
                    print(before[0], now[0], now[1], *(n - b for n, b in zip(now[2:], before[2:])), file=out)
                    before = now
                    if now[0] - memory_at > 25e7:
                        memory_at = now[0]
                        self.take.memory += [int(line.split()[1]) for line in read(f"/proc/{self.pid}/status").splitlines()
                                             if line.startswith("VmRSS")]
            except (OSError, ValueError):
                pass  # the player has ended


def pack(way, folder):
    """The film in one file, and nothing of it left beside that."""
    film = f"{folder}/film.frumious"
    subprocess.run([f"{BUILD}/frumious", "pack", "--draft", f"{folder}/story.yaml", film], check=True, capture_output=True, timeout=600)
    for name in ["story.yaml", *(clip.file for clip in way.clips)]:
        os.remove(f"{folder}/{name}")
    return film


def play(way, screen, media, folder, hand=None, limit=600, more=None, telemetry=False):
    """Plays the way, and returns the take. hand(way, program, screen) acts as the viewer meanwhile. more: environment
    variables for the program alone. telemetry: record into the take's store."""
    os.makedirs(folder, exist_ok=True)
    for clip in way.clips:
        if not os.path.exists(f"{folder}/{clip.file}"):
            os.link(f"{media}/{clip.file}", f"{folder}/{clip.file}")
    transcript = way.write(folder)
    film = pack(way, folder) if way.packed else f"{folder}/story.yaml"
    take = Take(folder)
    take.device = way.device or take.device
    fifo = f"{folder}/device"
    os.mkfifo(fifo)
    home = f"{folder}/home"
    env = dict(os.environ, DISPLAY=screen.display, HOME=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, XDG_STATE_HOME=home,
               SDL_VIDEODRIVER="x11", SDL_AUDIODRIVER="disk", SDL_DISKAUDIOFILE=fifo, SDL_DISKAUDIODELAY="0")
    os.makedirs(f"{home}/frumious", exist_ok=True)
    with open(f"{home}/frumious/settings.ini", "w") as f:
        f.write("[telemetry]\nrecord=yes\n")  # nobody will answer the question before the first film
    sink = subprocess.Popen([f"{TOOLS}/tools/seam_sink", fifo, take.sound, *take.device.args()], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)
    eye = subprocess.Popen([f"{TOOLS}/tools/seam_eye", screen.buffer, take.seen, str(screen.width), str(screen.height)],
                           stdin=subprocess.PIPE)
    recording = ["--store", take.store] if telemetry else ["--no-telemetry"]
    args = [f"{BUILD}/frumious", "play", "--size", f"{screen.width}x{screen.height}", *recording, "--once", "--trace", take.trace,
            "--record", take.record, *(["--choose", transcript] if transcript else []), *way.args, film]
    program = subprocess.Popen(args, env=dict(env, **(more or {})), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    watch = Watch(take, program.pid, [screen.server.pid, sink.pid, eye.pid])
    watch.start()
    try:
        if hand:
            hand(way, program, screen, env)
        take.log, _ = program.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        program.kill()
        take.log = program.communicate()[0] + "\n(took too long)"
    except BaseException:
        for one in (program, eye, sink):
            one.kill()
        raise
    take.code = program.returncode
    watch.over.set()
    watch.join()
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
