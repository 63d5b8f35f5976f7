"""Helpers of the end-to-end tests that run the program off-screen: a story of three short films, running it, writing TAP."""
import ctypes
import itertools
import json
import multiprocessing
import os
import re
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
BUILD = os.environ.get("FRUMIOUS_BUILD", "build")
PROGRAM = os.path.abspath(f"{BUILD}/frumious")
PATIENCE = int(os.environ.get("FRUMIOUS_PATIENCE", "60"))  # seconds until something that must happen counts as not happening; no time is asserted
NOBODY = 65534
points = failures = skipped = 0
beside = None  # the name of the test that runs beside others
displays = itertools.count()

STORY = """frumious: 1
id: org.example.small
title: Small
version: "1"
start: red
languages: [en, de]
nodes:
  red:
    clip: red.mkv
    decision:
      id: which
      prompt: Which colour?
      opens: 0.3s
      for: 1.2s
      default: green
      options:
        green: {text: Green, goto: green}
        blue: {text: Blue, goto: blue}
  green:
    clip: GREEN
    next: [{random: [{goto: blue}, {goto: over}]}]
  blue:
    clip: blue.mkv
    decision:
      id: again
      opens: 0.2s
      for: 1s
      cut: now
      default: on
      options: {on: {text: On, goto: over}, back: {text: Back, goto: red}}
  over:
    clip: {card: Over., for: 2s}
    ending: {id: end, title: The end}
"""


GERMAN = """title: Klein
decision.which.prompt: Welche Farbe?
option.which.green.text: Grün
option.which.blue.text: Blau
option.again.on.text: Weiter
option.again.back.text: Zurück
ending.end.title: Das Ende
node.over.card: Aus.
"""


def say(good, what, more=""):
    """A point. Those of tests that run beside each other have a name instead of a number, and each comes in one piece."""
    global points
    points += 1
    number = f"- {beside}: " if beside else f"{points} - "
    sys.stdout.write(f"{'ok' if good else 'not ok'} {number}{what}{more}\n")  # print() writes the line's end by itself
    sys.stdout.flush()


def ok(good, what, detail=""):
    global failures
    failures += not good
    told = "" if good or detail == "" else str(detail).encode("utf-8", "backslashreplace").decode()
    say(good, what, "".join(f"\n#   {line}" for line in told.split("\n")) if told else "")
    return bool(good)


def skip(what, why):
    global skipped
    skipped += 1
    say(True, what, f" # SKIP {why}")


def by_itself(name, function, *args):
    global beside, points, failures, skipped
    beside, points, failures, skipped = name, 0, 0, 0
    try:
        function(*args)
    except Exception:  # the others go on, and this one has failed
        ok(False, "it comes to its end", traceback.format_exc())
    return points, failures, skipped


def side_by_side(width, *tests):
    """Runs tests (name, function, arguments …), so many at once, each in a process of its own; their points count here."""
    global points, failures, skipped
    sys.stdout.flush()
    with multiprocessing.get_context("fork").Pool(width, maxtasksperchild=1) as pool:
        for made, failed, left_out in pool.starmap(by_itself, tests, chunksize=1):
            points += made
            failures += failed
            skipped += left_out


def done():
    print(f"1..{points}")
    return 1 if failures else 0


def total():
    """What tests/run would say of these points."""
    return f"{points - failures - skipped} passed, {failures} failed, {skipped} skipped"


SLOW = re.compile(r".*: its pictures? (come too late|stood still for) .*\n")


class Ran:
    """One run: exit code, text of both outputs. It reads well when a test prints it. What the program says of a busy machine
    is left out: it is true, and says nothing of what a test looks at."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, SLOW.sub("", err)

    def __str__(self):
        return f"exit {self.code}\n{self.out[-1500:]}\n--- messages\n{self.err[-1500:]}"

    def ended(self):
        return self.code == 0 and "ending    end" in self.out


def run(*args, patience=PATIENCE, **kw):
    """Runs the program. What does not come back within the patience is killed and has exit code None."""
    kw.setdefault("stdin", subprocess.DEVNULL)
    try:
        r = subprocess.run([PROGRAM, *args], stdout=kw.pop("stdout", subprocess.PIPE), stderr=kw.pop("stderr", subprocess.PIPE),
                           timeout=patience, **kw)
        return Ran(r.returncode, (r.stdout or b"").decode(errors="backslashreplace"),
                   (r.stderr or b"").decode(errors="backslashreplace"))
    except subprocess.TimeoutExpired as late:
        return Ran(None, (late.stdout or b"").decode(errors="backslashreplace"),
                   (late.stderr or b"").decode(errors="backslashreplace") + f"\n(still running after {patience} s)")


def play(*args, **kw):
    return run("play", "--headless", "--size", "160x90", *args, **kw)


def wait_for(question, what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.02)
    ok(False, f"waiting until {what}")
    return None


def soon(question, seconds=1):
    """Whether it becomes true before long; whoever asks knows what else to do."""
    end = time.monotonic() + seconds
    while not question():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def free_ports(n):
    """Ports of loopback that nobody has now. They are given back at once, so a rare collision shows as a server that does not start."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


class Screen:
    """What the player says it shows (present/screen_log.h, FRUMIOUS_SCREEN_LOG), and when a press counts for it (player/press_guard.h)."""

    def __init__(self, path):
        self.path, self.asked, self.seen_at = path, None, 0

    def begin(self):
        """A program that begins has shown nothing yet, although it may soon show what the one before it did."""
        open(self.path, "w").close()
        self.asked = None

    def now(self):
        """The view that was drawn last."""
        view = {"credits": False, "notice": None}
        try:
            with open(self.path, "rb") as f:
                f.seek(max(os.path.getsize(self.path) - 65536, 0))
                lines = f.read().split(b"\n")
            view = json.loads(lines[-2]) if len(lines) > 1 else view
        except OSError:
            pass
        asked = self.asks_in(view)
        if self.words_of(asked) != self.words_of(self.asked or ()):
            self.seen_at = time.monotonic()
        self.asked = asked
        return view

    @staticmethod
    def lines(view):
        """What can be taken or set: a page's, else the options of a question."""
        return view.get("page", {}).get("items") or view.get("panel", {}).get("options") or []

    def texts(self):
        return [line["text"] for line in self.lines(self.now())]

    @classmethod
    def asks_in(cls, view):
        """Changes whenever a press was taken: what is asked, and the option that is taken."""
        page, panel = view.get("page"), view.get("panel", {})
        if page:
            return "page", page["title"], tuple(line["text"] for line in page["items"])
        return "panel", panel.get("prompt"), panel.get("phase") in ("in", "open"), tuple((o["text"], o["taken"]) for o in panel.get("options", ()))

    @staticmethod
    def words_of(asked):
        """The same for as long as it is one question, whatever is taken."""
        return asked[:2], [option[0] for option in asked[3:] and asked[3]]

    def question(self):
        return self.asks_in(self.now())

    @classmethod
    def offered(cls, view):
        """Changes whenever a press was taken or has moved the light; not with a notice, nor with a window that is laid out anew."""
        return cls.asks_in(view), [{key: value for key, value in line.items() if key != "row"} for line in cls.lines(view)]

    def wait_to_press(self):
        """Until a press counts for what is on the screen: it has to be seen, and no second half of a double press."""
        self.now()
        while time.monotonic() - self.seen_at < 0.6:
            time.sleep(0.02)
            self.now()


def read_until(fd, pattern):
    """What comes from a terminal until the pattern is in it; or until its end, or for as long as the patience lasts."""
    text, end = "", time.monotonic() + PATIENCE
    while not re.search(pattern, text, re.S) and select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
        try:
            text += os.read(fd, 4096).decode(errors="replace")
        except OSError:  # the other side is closed
            break
    return text


def rows(store, sql):
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)
    try:
        return db.execute(sql).fetchall()
    finally:
        db.close()


def try_rows(store, sql):
    """Nothing while the store is not there or its tables are being made."""
    try:
        return rows(store, sql)
    except sqlite3.OperationalError:
        return []


def golden(name, text):
    """The text is that of tests/golden/tools/NAME; with FRUMIOUS_GOLDEN=write it becomes that."""
    path = os.path.join(HERE, "../golden/tools", name)
    if os.environ.get("FRUMIOUS_GOLDEN") == "write":
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
    with open(path, encoding="utf-8") as f:
        want = f.read()
    ok(text == want, f"{name} reads as it should", f"---- got\n{text}\n---- wanted\n{want}")


def schema(name, document, what):
    """The document is as tests/schemas/NAME says."""
    import jsonschema  # for those who need it
    with open(os.path.join(HERE, "../schemas", name), encoding="utf-8") as f:
        validator = jsonschema.Draft7Validator(json.load(f))
    mistakes = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(document)]
    ok(not mistakes, what, "\n".join(mistakes[:5]))


class XImage(ctypes.Structure):
    """The beginning of Xlib's, as far as the size of its lines."""
    _fields_ = [*((name, ctypes.c_int) for name in ("width", "height", "xoffset", "format")), ("data", ctypes.c_void_p),
                *((name, ctypes.c_int) for name in ("byte_order", "bitmap_unit", "bitmap_bit_order", "bitmap_pad", "depth", "bytes_per_line"))]


Z_PIXMAP = 2


class Display:
    """An X server of our own, without a window manager; close() it."""

    xlib = connection = None

    def __init__(self, width, height):
        # A number of our own: servers that look for a free one take each other's sockets away.
        for _ in range(20):
            self.name = f":{1000 + (os.getpid() * 8 + next(displays)) % 50000}"
            read, write = os.pipe()
            self.server = subprocess.Popen(["Xvfb", self.name, "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24",
                                            "-nolisten", "tcp", "-noreset"], pass_fds=[write], stderr=subprocess.DEVNULL)
            os.close(write)
            with os.fdopen(read) as ready:  # up to the end of its line: the server dies of a pipe closed too early
                if ready.readline():
                    return
            self.server.wait(timeout=PATIENCE)  # the number was another's
        raise RuntimeError("no X server starts")

    def connect(self):
        x = ctypes.CDLL("libX11.so.6")
        x.XOpenDisplay.restype = ctypes.c_void_p
        x.XDefaultRootWindow.restype = ctypes.c_ulong
        x.XGetImage.restype = ctypes.POINTER(XImage)
        for name in ("XDefaultRootWindow", "XCloseDisplay"):
            getattr(x, name).argtypes = [ctypes.c_void_p]
        x.XGetImage.argtypes = [ctypes.c_void_p, ctypes.c_ulong, *[ctypes.c_int] * 2, *[ctypes.c_uint] * 2, ctypes.c_ulong, ctypes.c_int]
        self.xlib, self.connection = x, x.XOpenDisplay(self.name.encode())

    def grab(self, x, y, width, height):
        """What the screen shows there, without the pointer: blue, green, red and a byte for nothing, line by line."""
        if not self.connection:
            self.connect()
        image = self.xlib.XGetImage(self.connection, self.xlib.XDefaultRootWindow(self.connection), x, y, width, height, 0xffffffff, Z_PIXMAP)
        at = image.contents
        pixels = ctypes.string_at(at.data, at.bytes_per_line * at.height)
        self.xlib.XDestroyImage(image)
        return pixels

    def close(self):
        if self.connection:
            self.xlib.XCloseDisplay(self.connection)
        self.server.terminate()
        self.server.wait(timeout=PATIENCE)


def make_films(folder):
    os.makedirs(folder)
    for colour in ("red", "green", "blue"):
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"testsrc2=size=160x90:rate=24:duration=2",
                        "-f", "lavfi", "-i", "sine=frequency=220:duration=2", "-pix_fmt", "yuv420p", "-c:v", "libx264",
                        "-preset", "ultrafast", "-g", "12", "-c:a", "aac", f"{folder}/{colour}.mkv"], check=True, timeout=300)


def make_story(films, folder, green="green.mkv", text=STORY):
    """A folder with the story; `green` is the YAML of the second node's clip. Returns the story's path."""
    shutil.copytree(films, folder)
    inside = lambda name: os.path.join(folder, os.fsencode(name) if isinstance(folder, bytes) else name)
    os.makedirs(inside("strings"))
    with open(inside("story.yaml"), "w") as f:
        f.write(text.replace("GREEN", green))
    with open(inside("strings/de.yaml"), "w") as f:
        f.write(GERMAN)
    return inside("story.yaml")


def preload(source, made, *libraries):
    """Compiles a file of tests/ into a library to be put under the program (LD_PRELOAD). False: there is no C compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler:
        subprocess.run([compiler, "-O1", "-shared", "-fPIC", "-D_GNU_SOURCE", f"{HERE}/../{source}", "-o", made, *libraries], check=True)
    return bool(compiler)


def set_home(folder):
    """A home that belongs to this test alone, whoever starts it."""
    os.makedirs(folder)
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "NO_COLOR", "LANGUAGE"):
        os.environ.pop(name, None)
    os.environ.update(HOME=folder, LC_ALL="C.UTF-8")
