"""The surroundings of a player: a screen whose frame buffer is a file, a sound server whose sink is a pipe, an eye
and an ear, and a meter for the processor time and memory of the player and its descendants.

The sink takes sound at the pace of the system's clock. (PulseAudio's null sink does not suit: it makes a player that
asks for small buffers wait for a second and a half before it takes the second one.)

If root starts the benchmark, players run as the user nobody, because some refuse root. The eye, the ear and the sound
server then run at real-time priority, and all players and the X server get the same higher priority over other
programs.
"""
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.path.join(ROOT, os.environ.get("FRUMIOUS_BUILD", "build"))
sys.path.insert(0, os.path.join(ROOT, "tests", "seam"))
import rig

NOBODY = 65534
IS_ROOT = os.geteuid() == 0
TICK = os.sysconf("SC_CLK_TCK")
MEMORY_EVERY = 10  # the meter measures memory at every tenth look
LOOK = 0.05
PLAYERS = 10  # how much the nice value of players and the X server is lowered


def favour(by):
    return ["nice", "-n", str(-by)] if IS_ROOT else []


def on_time(priority):
    """Real-time priority: for the programs that judge, and for the sound server, which has it on every desktop."""
    return ["chrt", "-r", str(priority)] if IS_ROOT else []


@contextlib.contextmanager
def favoured():
    """Favours the whole session: a kernel with autogroups divides time among sessions first, and nice counts only
    within one."""
    try:
        with open("/proc/self/autogroup") as f:
            before = f.read().split()[-1]
        with open("/proc/self/autogroup", "w") as f:
            f.write("-19")
    except OSError:
        before = None
    try:
        yield
    finally:
        if before is not None:
            with open("/proc/self/autogroup", "w") as f:
                f.write(before)


def as_person():
    """The command prefix that runs a program as the user nobody. A capability replaces the desktop service that gives
    sound threads priority."""
    person = ["setpriv", "--inh-caps=+sys_nice", "--ambient-caps=+sys_nice", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]
    return person if IS_ROOT else []


def end(process, patience=5):
    """Ends the process and its descendants: first by SIGTERM, then by SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in tree(process.pid):
            try:
                os.kill(pid, number)
            except OSError:
                pass
        try:
            return process.wait(patience)
        except subprocess.TimeoutExpired:
            pass


class Stage:
    """A context with the screen and the sound server, in a new folder in which the user nobody can write."""

    def __init__(self, folder, width, height):
        self.folder, self.width, self.height = folder, width, height

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(f"{self.folder}/home")
        if IS_ROOT:
            os.chown(self.folder, NOBODY, NOBODY)
            os.chown(f"{self.folder}/home", NOBODY, NOBODY)
        self.screen = rig.Screen(self.folder, self.width, self.height)
        if IS_ROOT:
            os.setpriority(os.PRIO_PROCESS, self.screen.server.pid, -PLAYERS)
        home = f"{self.folder}/home"
        self.env = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "LC_ALL")}
        self.env.update(HOME=home, XDG_RUNTIME_DIR=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, XDG_CACHE_HOME=home, TMPDIR=home,
                        DISPLAY=self.screen.display, SDL_VIDEODRIVER="x11", SDL_AUDIODRIVER="pulseaudio",
                        PULSE_SERVER=f"unix:{home}/sound")
        self.sound = subprocess.Popen(
            [*on_time(5), *as_person(), "pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no",
             f"--load=module-pipe-sink sink_name=bench file={home}/pipe rate=48000 format=s16le channels=2 use_system_clock_for_timing=yes",
             f"--load=module-native-protocol-unix auth-anonymous=1 socket={home}/sound"],
            env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(200):
            if os.path.exists(f"{home}/sound") and os.path.exists(f"{home}/pipe"):
                return self
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError("the sound server does not start")

    def __exit__(self, *_):
        end(self.sound)
        self.screen.close()


def tree(pid):
    """The process and all its descendants."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        try:
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children") as f:
                    todo += map(int, f.read().split())
        except OSError:
            pass
    return found


def cpu_of(pid):
    with open(f"/proc/{pid}/stat") as f:
        words = f.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / TICK


def pss_of(pid):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return sum(int(line.split()[1]) for line in f if line.startswith("Pss:")) / 1024


class Meter(threading.Thread):
    """Cumulative processor seconds over time, and the largest sum of proportional set sizes."""

    def __init__(self, pid, server):
        super().__init__(daemon=True)
        self.pid, self.server, self.last = pid, server, {}
        self.cpu, self.x, self.peak_mb, self.over = [], [], 0.0, False
        self.start()

    def look(self, memory):
        pids = tree(self.pid)
        for pid in pids:
            try:
                self.last[pid] = cpu_of(pid)
            except (OSError, IndexError):
                pass
        now = time.monotonic_ns()
        self.cpu.append((now, sum(self.last.values())))
        self.x.append((now, cpu_of(self.server)))
        if memory:
            total = 0.0
            for pid in pids:
                try:
                    total += pss_of(pid)
                except OSError:
                    pass
            self.peak_mb = max(self.peak_mb, total)

    def run(self):
        n = 0
        while not self.over and os.path.exists(f"/proc/{self.pid}"):
            n += 1
            self.look(n % MEMORY_EVERY == 0)
            time.sleep(LOOK)


def at(curve, ns):
    """The value of the curve at `ns`, interpolated linearly between two looks."""
    before = curve[0]
    for point in curve:
        if point[0] >= ns:
            span = point[0] - before[0]
            return before[1] + (point[1] - before[1]) * ((ns - before[0]) / span if span else 0)
        before = point
    return before[1]


class Take:
    """What one play left behind."""

    def __init__(self, began_ns, meter, seen, sound, log):
        self.began_ns, self.meter, self.seen, self.sound, self.log = began_ns, meter, seen, sound, log


def play(stage, args, limit, extra_env=()):
    """Runs a player until it ends, or the limit in seconds."""
    seen, sound, log = (f"{stage.folder}/{n}" for n in ("seen", "sound.raw", "log"))
    env = dict(stage.env, **dict(extra_env))
    ear = subprocess.Popen([*on_time(4), "cat", f"{stage.folder}/home/pipe"], stdout=open(sound, "wb"))
    eye = subprocess.Popen([*on_time(6), f"{BUILD}/tools/seam_eye", stage.screen.buffer, seen, str(stage.width), str(stage.height)],
                           stdin=subprocess.PIPE)
    time.sleep(0.4)
    began = time.monotonic_ns()
    player = subprocess.Popen([*favour(PLAYERS), *as_person(), *args], env=env, cwd=f"{stage.folder}/home", stdin=subprocess.DEVNULL,
                              stdout=open(log, "wb"), stderr=subprocess.STDOUT)
    meter = Meter(player.pid, stage.screen.server.pid)
    try:
        player.wait(limit)
    except subprocess.TimeoutExpired:
        pass
    finally:
        meter.over = True
        meter.join()
        end(player)
        time.sleep(0.2)
        end(ear)
        eye.stdin.close()
        eye.wait()
    return Take(began, meter, seen, sound, log)
