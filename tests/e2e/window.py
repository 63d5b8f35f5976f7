#!/usr/bin/python3
# tests/run: waits most of the time
"""Drives the real program in a real window under Xvfb: keys, mouse, pause, full screen, resizing, volume, leaving.
Each test has a screen and a home of its own, and some run at once. They look at screenshots on the way and at what the player says it
shows, and at the end they read in the database what happened."""
import configparser
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import lib
from lib import PROGRAM, ok, wait_for

SCREEN_W, SCREEN_H = 1024, 600
STOPPED_S = 15  # a process that stood for so long, without its clock: a debugger, a machine that froze
PAUSED_S = 0.7
SEEN_S = 0.8  # from then on a press counts for a question that is on the screen (player/press_guard.h), with some to spare
COLOURS = {"red": (200, 30, 30), "green": (30, 170, 40), "blue": (40, 50, 210)}


def make_story(folder):
    for name, (r, g, b) in COLOURS.items():
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i",
                        f"color=0x{r:02x}{g:02x}{b:02x}:size=640x320:rate=24:duration=12", "-f", "lavfi", "-i",
                        "sine=frequency=220:duration=12", "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast",
                        "-c:a", "aac", "-shortest", f"{folder}/{name}.mp4"], check=True, timeout=120)
    with open(f"{folder}/story.yaml", "w") as f:
        f.write("""frumious: 1
id: org.example.window
title: Window
version: "1"
start: red
nodes:
  red:
    clip: red.mp4
    decision:
      id: which
      prompt: Which colour?
      default: stay
      opens: 1s
      for: 60s
      cut: now
      options:
        stay: {text: Stay, goto: red}
        green: {text: Green, goto: green}
        blue: {text: Blue, goto: blue}
  green:
    clip: green.mp4
    decision:
      id: again
      default: blue
      opens: 1s
      for: 60s
      cut: now
      options:
        red: {text: Red, goto: red}
        blue: {text: Blue, goto: blue}
  blue:
    clip: blue.mp4
    decision: {id: last, opens: 0.5s, for: 60s, default: on, options: {on: {text: On}, off: {text: Off}}}
    ending: {id: sea, title: The sea}
""")


class Desktop:
    """An X server and a home folder for this test alone."""

    def __init__(self, folder, name, managed=True):
        self.folder = f"{folder}/{name}"
        os.makedirs(self.folder)
        self.server = lib.Display(SCREEN_W, SCREEN_H)
        self.display = self.server.name
        self.env = dict(os.environ, DISPLAY=self.display, HOME=self.folder, XDG_CONFIG_HOME=f"{self.folder}/config",
                        XDG_DATA_HOME=f"{self.folder}/data", XDG_CACHE_HOME=f"{self.folder}/cache", SDL_AUDIODRIVER="dummy", SDL_VIDEODRIVER="x11")
        self.screen = lib.Screen(f"{self.folder}/screen")
        self.env.update(FRUMIOUS_SCREEN_LOG=self.screen.path)
        self.store = f"{self.folder}/store.sqlite"
        self.program = None
        self.manager = None
        if not managed:
            return
        self.manager = subprocess.Popen(["openbox", "--sm-disable"], env=self.env, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        # A window that is mapped before the window manager runs may never get the focus.
        wait_for(lambda: "window id" in subprocess.run(["xprop", "-root", "_NET_SUPPORTING_WM_CHECK"], env=self.env,
                                                       capture_output=True, text=True, timeout=60).stdout,
                 "the window manager is there")

    def consent(self, answer):
        os.makedirs(f"{self.folder}/config/frumious", exist_ok=True)
        with open(f"{self.folder}/config/frumious/settings.ini", "w") as f:
            f.write(f"[telemetry]\nrecord={answer}\n")

    def answered(self):
        """What the question before the film was answered; None: nothing yet."""
        settings = configparser.ConfigParser()
        settings.read(f"{self.folder}/config/frumious/settings.ini")
        return settings.get("telemetry", "record", fallback=None)

    def fresh(self):
        """The program and its store are gone; the desktop stays."""
        if self.program and self.program.poll() is None:
            self.program.kill()
        self.program.wait()
        for tail in ("", "-wal", "-shm"):
            if os.path.exists(self.store + tail):
                os.remove(self.store + tail)

    def forget_consent(self):
        """The question before the film will be asked again."""
        shutil.rmtree(f"{self.folder}/config", ignore_errors=True)

    def launch(self, *args):
        self.log = open(f"{self.folder}/log", "w")
        self.screen.begin()
        self.program = subprocess.Popen([PROGRAM, *args], env=self.env, stdout=self.log, stderr=self.log)
        found = wait_for(self.nudged_window, "the window is there")
        if found and self.manager:
            self.tool("windowactivate", "--sync", found)
        elif not found:
            print("#", open(f"{self.folder}/log").read())
        return found

    def start(self, story, *more, size=("--size", "800x450")):
        return self.launch("play", *size, "--store", self.store, *more, story)

    def tool(self, *args):
        return subprocess.run(["xdotool", *args], env=self.env, capture_output=True, text=True, timeout=60).stdout.strip()

    def window(self):
        return self.tool("search", "--onlyvisible", "--class", "frumious").split("\n")[0]

    def nudged_window(self):
        """The window, for whoever waits for it to appear: what openbox was asked while it started it may only do at its next event."""
        if self.manager:
            self.tool("set_desktop", "0")
        return self.window()

    def key(self, *keys):
        self.tool("key", *keys)

    def page(self):
        """The title of the page over the film, or before or after it."""
        return self.screen.now().get("page", {}).get("title")

    def wait_for_page(self, title):
        return wait_for(lambda: self.page() == title, f"the page {title} is there")

    def asks(self):
        """A question is open, and nothing is over it."""
        view = self.screen.now()
        return "page" not in view and view.get("panel", {}).get("phase") == "open"

    def slowly(self, *keys):
        """Presses one key after the other, each when the viewer has seen what the one before it did."""
        for key in keys:
            self.screen.wait_to_press()
            before = self.screen.offered(self.screen.now())
            self.key(key)
            lib.soon(lambda: self.screen.offered(self.screen.now()) != before)

    def click(self, place, button="1"):
        """In the middle of what the player says is there."""
        self.tool("mousemove", "--window", self.window(), str(place[0] + place[2] // 2), str(place[1] + place[3] // 2), "click", button)

    def place_of(self, text):
        """Of a line of a page, or of an option."""
        return next((line["row"] for line in self.screen.lines(self.screen.now()) if line["text"] == text and "row" in line), None)

    def click_text(self, text):
        place = wait_for(lambda: self.place_of(text), f"{text} is there")
        self.screen.wait_to_press()
        if place:
            self.click(self.place_of(text) or place)

    def average(self, x, y, width, height):
        """The colour of that part of the screen."""
        pixels = self.server.grab(x, y, width, height)
        return tuple(sum(pixels[channel::4]) // (width * height) for channel in (2, 1, 0))

    def colour(self, x=None, y=None):
        """The colour in the middle of the upper part of the screen, averaged over a few pixels."""
        return self.average(x or SCREEN_W // 2, y or SCREEN_H // 3, 8, 8)

    def darkness(self):
        """The brightest channel of the average colour of the window's middle, where a page or a question has words."""
        return max(self.average((SCREEN_W - 480) // 2, (SCREEN_H - 200) // 2, 480, 200))

    def is_page(self):
        """The page covers the film, which is brighter. Not one place is looked at: a word may stand there."""
        return self.darkness() < 60

    def shows_words(self):
        """Is there something on the dark screen? The question before the film and the end screen are words on black."""
        return self.is_page() and len(set(self.server.grab(0, 100, SCREEN_W, 400)[1::4])) > 40

    def picture(self):
        """The whole screen: the green of all its pixels."""
        return self.server.grab(0, 0, SCREEN_W, SCREEN_H)[1::4]

    def shows(self, name):
        return max(abs(a - b) for a, b in zip(self.colour(), COLOURS[name])) < 30

    def rows(self, sql):
        return lib.try_rows(self.store, sql)

    def exposed(self, decision, times=1):
        return len(self.rows(f"SELECT 1 FROM v_exposure WHERE decision = '{decision}'")) >= times

    def decided(self, decision):
        return self.rows(f"SELECT outcome, option, given FROM v_exposure WHERE decision = '{decision}' AND outcome != 'unknown'")

    def tell(self):
        """For whoever looks for why the program does not go on: what it said, whether its window is seen, and where each of its threads is."""
        with open(f"{self.folder}/log", encoding="utf-8", errors="replace") as f:
            print("".join(f"# {line.rstrip()}\n" for line in f), end="")
        if self.ended():
            print(f"# it has ended: {self.program.returncode}")
            return
        for tool in (["xwininfo", "-root", "-tree"], ["xwininfo", "-id", self.tool("search", "--class", "frumious").split("\n")[-1]],
                     ["gdb", "-p", str(self.program.pid), "-batch", "-ex", "thread apply all backtrace"]):
            if shutil.which(tool[0]):
                said = subprocess.run(tool, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False).stdout
                print("".join(f"# {line}\n" for line in said.splitlines() if line), end="")

    def stop(self):
        if self.program and self.program.poll() is None:
            self.program.kill()
            self.program.wait()
        if self.manager:
            self.manager.terminate()
            self.manager.wait()
        self.server.close()

    def ended(self):
        return self.program.poll() is not None


def size_of(desk):
    text = desk.tool("getwindowgeometry", desk.window())
    match = re.search(r"Geometry: (\d+)x(\d+)", text)
    return (int(match.group(1)), int(match.group(2))) if match else None


def property_of(desk, name, *more):
    r = subprocess.run(["xprop", "-id", desk.window(), "-notype", *more, name], env=desk.env, capture_output=True, text=True, timeout=60)
    return r.stdout.partition(" = ")[2].strip()


def test_icon(desk):
    """A dock finds the desktop entry by the window's class; where there is none, it shows the window's own icon."""
    icon = os.path.join(os.path.dirname(__file__), "../../assets/icons/128x128.png")
    pixels = subprocess.run(["ffmpeg", "-v", "error", "-i", icon, "-f", "rawvideo", "-pix_fmt", "bgra", "-"], check=True, capture_output=True,
                            timeout=120).stdout
    numbers = property_of(desk, "_NET_WM_ICON", "-len", "1000000", "-f", "_NET_WM_ICON", "32c", " = $0+\\n")
    got = [int(n) for n in numbers.split(", ") if n.isdigit()]
    ok(got[:2] == [128, 128] and got[2:] == list(struct.unpack(f"<{128 * 128}I", pixels)), "the window has the icon that is installed", got[:2])
    ok(property_of(desk, "WM_CLASS").count("org.frumious.Frumious") == 2, "and the class that the desktop entry names",
       property_of(desk, "WM_CLASS"))


def test_play(top, story):
    desk = Desktop(top, "play")
    desk.consent("yes")
    try:
        if not ok(desk.start(story), "a window opens"):
            return
        wait_for(lambda: desk.shows("red"), "the first clip is seen")
        test_icon(desk)
        wait_for(lambda: desk.exposed("which"), "the first decision is open")
        desk.key("f")
        wait_for(lambda: size_of(desk) == (SCREEN_W, SCREEN_H), "the window fills the screen")
        ok(desk.shows("red"), "full screen shows the film", desk.colour())
        desk.key("t")  # no option begins with this letter, so the key means more time
        desk.key("9")  # the decision has three options: this key keeps its usual meaning
        desk.key("Right", "Return")
        wait_for(lambda: desk.shows("green"), "the branch is seen")
        ok(desk.decided("which") == [("pick", "green", "key")], "arrow and Enter picked Green", desk.decided("which"))

        wait_for(lambda: desk.exposed("again"), "the second decision is open")
        desk.key("space")
        wait_for(lambda: desk.screen.now()["paused"], "it is paused")
        time.sleep(PAUSED_S)
        before = desk.decided("again")
        desk.key("space")
        ok(not before, "nothing happens while it is paused")
        wait_for(lambda: not desk.screen.now()["paused"], "it goes on")
        desk.click_text("Red")
        outcome = wait_for(lambda: desk.decided("again"), "a click picks an option")
        ok(outcome == [("pick", "red", "mouse")], "the database says that it was the mouse", outcome)
        wait_for(lambda: desk.exposed("which", 2) and desk.asks(), "the first decision is open again")
        desk.slowly("3")
        wait_for(lambda: desk.shows("blue"), "the ending is seen")
        desk.key("f")
        wait_for(lambda: size_of(desk) != (SCREEN_W, SCREEN_H), "the window is a window again")
        desk.tool("windowsize", desk.window(), "500", "400")
        wait_for(lambda: size_of(desk) == (500, 400), "the window is resized")
        wait_for(lambda: desk.exposed("last"), "the last decision is open")
        desk.key("b", "q")
        wait_for(desk.ended, "the program leaves")
        ok(desk.program.returncode == 0, "q leaves with success", open(f"{desk.folder}/log").read())
        ok(desk.decided("last") == [("quit", None, "nobody")], "the open decision ended as quit", desk.decided("last"))
        viewing = desk.rows("SELECT reason, mode, chooser, paused_us, ending FROM v_viewing")
        ok(len(viewing) == 1 and viewing[0][:3] == ("left", "window", "person") and viewing[0][4] == "sea",
           "the viewing: left, in a window, by a person, the sea reached", viewing)
        ok(viewing and viewing[0][3] >= 500000, "the pause is told apart from playing", viewing)
        settings = open(f"{desk.folder}/config/frumious/settings.ini").read()
        ok("volume=" in settings and "volume=1\n" not in settings, "the volume is remembered", settings)
        ok("time=2\n" in settings, "and how much time there is to decide", settings)
        ok("width=500\n" in settings and "height=400\n" in settings, "and the window's size", settings)
        times = desk.rows("SELECT time_mode, window_us FROM v_exposure ORDER BY seq")
        ok(times[:1] == [(1, 60000000)] and set(times[1:]) == {(2, 120000000)}, "from the next decision on the database has it", times)
        shown = subprocess.run([PROGRAM, "telemetry", "show", "--store", desk.store], capture_output=True, text=True,
                               env=desk.env, timeout=60)
        ok(shown.returncode == 0 and "Green" in shown.stdout, "telemetry show tells it", shown.stdout + shown.stderr)
    finally:
        desk.stop()


def test_left(top, story):
    desk = Desktop(top, "consent-left")
    try:
        desk.start(story)
        wait_for(desk.shows_words, "the question is seen")
        for title in ("Menu", "Before the film"):
            desk.slowly("Escape")
            wait_for(lambda: ("Volume" in desk.screen.texts()) == (title == "Menu"), f"Esc leads to: {title}")
        desk.slowly("q")
        ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, "q leaves before the film", desk.program.returncode)
        ok(not os.path.exists(desk.store) and desk.answered() in (None, "ask"), "and answers nothing", desk.answered())
    finally:
        desk.stop()


def test_consent(top, story, keys, answer):
    desk = Desktop(top, f"consent-{answer}")
    try:
        desk.start(story)
        wait_for(desk.shows_words, "the question is seen")
        desk.screen.wait_to_press()  # the question stays open; the film does not play behind it
        ok(not desk.shows("red"), "the question comes before the film", desk.colour())
        desk.key(*keys)
        wait_for(lambda: desk.shows("red"), "the film is seen after the answer")
        wait_for(desk.asks, "and asks")
        desk.key("q")
        wait_for(desk.ended, "the program leaves")
        settings = open(f"{desk.folder}/config/frumious/settings.ini").read()
        ok(f"record={answer}" in settings, f"the answer {answer} is remembered", settings)
        if answer == "no":
            ok(not os.path.exists(desk.store), "and nothing was recorded")
        elif answer == "count":
            full = [table for table, in desk.rows("SELECT name FROM sqlite_schema WHERE type = 'table'") if desk.rows(f"SELECT 1 FROM {table}")]
            ok(set(full) == {"control", "unrecorded"} and desk.rows("SELECT sum(viewings) FROM unrecorded") == [(1,)], "and one viewing was counted", full)
        else:
            ok(len(desk.rows("SELECT id FROM v_viewing")) == 1, "and the viewing was recorded")
    finally:
        desk.stop()


def exported(desk):
    return [n for n in os.listdir(desk.folder) if n.startswith("frumious-viewing-")]


def test_recorded(top, story):
    """The page "What was recorded", by keys alone; the film waits behind it."""
    desk = Desktop(top, "recorded")
    desk.consent("yes")
    try:
        desk.start(story)
        wait_for(lambda: desk.exposed("which"), "the first decision is open")
        desk.key("r")
        ok(desk.wait_for_page("What was recorded") and wait_for(desk.is_page, "the page covers the film"), "the page is there", desk.colour())
        desk.slowly("Up", "Up", "Return")  # up from Back: Erase, Export
        files = wait_for(lambda: exported(desk), "the viewing is exported")
        wait_for(lambda: os.path.getsize(f"{desk.folder}/{files[0]}") > 0, "the export is written")
        with open(f"{desk.folder}/{files[0]}") as f:
            lines = f.read()
        ok(desk.rows("SELECT id FROM v_viewing")[0][0] in lines and '"exposure"' in lines, "it is this viewing", lines)
        ok(os.stat(f"{desk.folder}/{files[0]}").st_mode & 0o77 == 0, "readable by its owner only")
        desk.slowly("Down", "Return", "Return")  # Erase, but Keep it
        ok(len(desk.rows("SELECT id FROM v_viewing")) == 1, "who answers Keep it has kept it")
        desk.slowly("Return", "Down", "Return")  # Erase, and Erase
        ok(wait_for(lambda: desk.rows("SELECT count(*) FROM v_viewing") == [(0,)], "the viewing is erased"), "erased")
        desk.key("Escape")
        ok(wait_for(lambda: desk.shows("red"), "the film goes on"), "the film goes on where it waited", desk.colour())
        wait_for(desk.asks, "the question is open")
        desk.slowly("2")
        ok(wait_for(lambda: desk.shows("green"), "the choice is taken"), "and takes choices", desk.colour())
        desk.key("q")
        wait_for(desk.ended, "the program leaves")
        ok(desk.rows("SELECT count(*) FROM v_viewing") == [(0,)], "nothing more of it was recorded")
    finally:
        desk.stop()


class Pad:
    """A simulated game pad, on a machine that can compile e2e/pad.c."""

    def __init__(self, top):
        self.library, self.control, self.count = f"{top}/pad.so", f"{top}/pad", 0
        self.there = lib.preload("e2e/pad.c", self.library, "-lSDL2", "-lpthread")

    def press(self, button, pause=None):
        """Waits until it was done, or for as long as is said."""
        self.count += 1
        with open(f"{self.control}.new", "w") as f:
            f.write(f"{self.count} {button}\n")
        os.replace(f"{self.control}.new", self.control)
        if pause is None:
            lib.soon(self.is_done)
        else:
            time.sleep(pause)

    def is_done(self):
        """Was the last order carried out?"""
        return os.path.exists(f"{self.control}.done") and open(f"{self.control}.done").read().strip() == str(self.count)


def stands(desk):
    """The picture, if nothing moves in it."""
    before = desk.picture()
    time.sleep(0.1)
    return before if desk.picture() == before else None


def scrolls(desk, down, up, how):
    """Scrolls the page down and back up."""
    top = wait_for(lambda: stands(desk), "the page is there")
    down()
    ok(wait_for(lambda: desk.picture() != top, f"{how} scrolls"), f"{how} scrolls the page down")
    up()
    ok(wait_for(lambda: desk.picture() == top, f"{how} scrolls back"), "and up again")


def test_recorded_hands(top, story):
    """The same page by the wheel and the mouse alone, then by a game pad alone."""
    desk = Desktop(top, "hands")
    pad = Pad(desk.folder)
    desk.consent("yes")
    if pad.there:
        desk.env.update(LD_PRELOAD=pad.library, PAD_CONTROL=pad.control)
    try:
        desk.start(story)
        wait_for(lambda: desk.exposed("which"), "the first decision is open")
        desk.key("space")
        link = wait_for(lambda: desk.screen.now()["paused"] and desk.screen.now().get("link"), "the link is below the pause sign")
        desk.click(link)
        desk.click_text("What was recorded")
        if not ok(desk.wait_for_page("What was recorded") and wait_for(desk.is_page, "it covers the film"),
                  "a click while it is paused opens the menu, and another one the page", desk.colour()):
            return
        desk.slowly("Down", "Return")  # down from Back: what is kept, and why
        wait_for(lambda: desk.page() != "What was recorded", "the page about what is kept is there")
        scrolls(desk, lambda: desk.tool("click", "5"), lambda: desk.tool("click", "4"), "the wheel")
        desk.click_text("Back")
        ok(desk.wait_for_page("What was recorded"), "a click leads back")
        for page in ("Window", None):  # the page's way back to the menu, and the menu's to the film
            desk.screen.wait_to_press()
            desk.tool("click", "3")
            wait_for(lambda: desk.page() == page, "the right button leaves it")
        ok(wait_for(lambda: desk.shows("red"), "the film goes on"), "the right button leaves page and menu", desk.colour())
        if not pad.there:
            print("# no pad: it can't be compiled")
            return
        pad.press("x")
        ok(desk.wait_for_page("What was recorded") and wait_for(desk.is_page, "it covers the film"), "a pad opens the page")

        def press(*buttons):
            for button in buttons:
                desk.screen.wait_to_press()
                pad.press(button)
        press("dpdown", "a")  # what is kept, and why
        wait_for(lambda: desk.page() != "What was recorded", "the page about what is kept is there")
        scrolls(desk, lambda: pad.press("dpdown"), lambda: pad.press("dpup"), "the pad")
        press("b")
        desk.wait_for_page("What was recorded")
        press("dpdown", "dpdown", "a")  # on to Export
        ok(wait_for(lambda: exported(desk), "the viewing is exported"), "a pad exports the viewing")
        press("b")
        ok(wait_for(lambda: desk.shows("red"), "the film goes on"), "and closes the page", desk.colour())
    finally:
        desk.stop()


def test_signal(top, story):
    """Stopped while a question is open, and going on: that time was not the viewer's. Then the end by a signal."""
    desk = Desktop(top, "signal")
    desk.consent("yes")
    try:
        began = time.monotonic()
        desk.start(story)
        wait_for(lambda: desk.exposed("which"), "the first decision is open")
        desk.program.send_signal(signal.SIGSTOP)
        time.sleep(STOPPED_S)
        desk.program.send_signal(signal.SIGCONT)
        desk.screen.wait_to_press()
        ok(not desk.decided("which"), "a question is open after 15 seconds in which the process stood", desk.decided("which"))
        desk.slowly("2")
        wait_for(lambda: desk.decided("which"), "it is answered")
        passed = time.monotonic() - began
        picked = desk.rows("SELECT o.at_ms FROM v_exposure e JOIN outcome o ON o.viewing = e.viewing AND o.exposure = e.seq")
        ok(desk.decided("which") == [("pick", "green", "key")] and picked[0][0] / 1000 <= passed - STOPPED_S, "and the film's clock stood with it",
           (desk.decided("which"), picked, passed))
        ok(wait_for(lambda: desk.shows("green"), "the branch is seen"), "and goes on")
        desk.program.send_signal(signal.SIGTERM)
        wait_for(desk.ended, "the program leaves")
        ok(desk.program.returncode == 130, "SIGTERM leaves with 130", desk.program.returncode)
        ok(desk.rows("SELECT reason FROM v_viewing") == [("killed",)], "and the viewing says so", desk.rows("SELECT * FROM v_viewing"))
    finally:
        desk.stop()


def beside(desk, story):
    """A second player of the same film for the same viewer: it says so, and takes the focus, but the first one is seen and plays on."""
    second = lib.Screen(f"{desk.folder}/second")
    program = subprocess.Popen([PROGRAM, "play", "--size", "400x300", "--store", desk.store, story], env=dict(desk.env, FRUMIOUS_SCREEN_LOG=second.path),
                               stdout=desk.log, stderr=desk.log)
    ok(wait_for(lambda: "open in another window" in (second.now()["notice"] or ""), "it is said"), "a second player of a film says so")
    focused = lambda: desk.tool("getwindowfocus", "getwindowpid")
    ok(wait_for(lambda: focused() == str(program.pid), "the second one has the focus"), "and has the focus", (focused(), program.pid))
    ok(not desk.screen.now()["paused"] and desk.asks(), "a film whose window loses the focus is not paused", desk.screen.now())
    program.terminate()
    ok(program.wait(lib.PATIENCE) == 130, "the second one leaves")


def test_unseen(top, story):
    """A question waits for a viewer who has minimised the window, and its film waits with it; not for one who looks at another window."""
    desk = Desktop(top, "unseen")
    desk.consent("yes")
    try:
        window = desk.start(story)
        wait_for(lambda: desk.exposed("which") and desk.asks(), "the first decision is open")
        beside(desk, story)
        desk.tool("windowminimize", window)
        wait_for(lambda: not desk.window(), "the window is minimised")
        time.sleep(2)
        desk.tool("windowmap", window)
        desk.tool("windowactivate", "--sync", window)
        wait_for(desk.window, "the window is back")
        ok(wait_for(lambda: "waited for you" in (desk.screen.now()["notice"] or ""), "it is said"), "who comes back is told that the film has waited", desk.screen.now())
        ok(desk.screen.now()["paused"], "and it still waits", desk.screen.now())
        desk.key("space")
        wait_for(lambda: not desk.screen.now()["paused"], "and goes on")
        desk.key("q")
        wait_for(desk.ended, "the program leaves")
        told = desk.rows("SELECT reason, paused_us FROM v_viewing ORDER BY paused_us DESC")
        ok(told and told[0][0] == "left" and told[0][1] >= 1500000, "a question that nobody can see waits, and the film with it", told)
    finally:
        desk.stop()


def test_place(top, story):
    """The window comes back where it was, however often, frame and all."""
    desk = Desktop(top, "place")
    desk.consent("yes")
    places = []
    try:
        for start in range(3):
            window = desk.start(story, "--restart", size=())
            wait_for(lambda: desk.shows("red"), "the film is seen")
            if start == 0:
                desk.tool("windowsize", "--sync", window, "640", "360")
                desk.tool("windowmove", "--sync", window, "60", "40")
            places.append(desk.tool("getwindowgeometry", window).split("\n")[1:])
            desk.key("q")
            wait_for(desk.ended, "the program leaves")
        ok(places[0] == places[1] == places[2] and "640x360" in places[0][1], "the window comes back where it was", places)
    finally:
        desk.stop()


def test_bare_screen(top, story):
    """Without a window manager the player fills the screen itself, at the start and on a key, and leaves it again."""
    desk = Desktop(top, "bare", managed=False)
    desk.consent("yes")
    whole = (SCREEN_W, SCREEN_H)
    try:
        desk.start(story)
        wait_for(lambda: desk.exposed("which"), "the first decision is open")
        ok(size_of(desk) == (800, 450), "a window of its size", size_of(desk))
        desk.key("f")
        ok(wait_for(lambda: size_of(desk) == whole, "the window fills the screen"), "f fills the screen", size_of(desk))
        shows_wide = lambda: all(max(desk.colour(x, SCREEN_H // 3)) > 120 for x in (12, SCREEN_W - 12))
        ok(wait_for(shows_wide, "the film fills it"), "with the film", [desk.colour(x, SCREEN_H // 3) for x in (12, SCREEN_W - 12)])
        desk.key("f")
        ok(wait_for(lambda: size_of(desk) == (800, 450), "the window is a window again"), "and again: a window", size_of(desk))
        ok(wait_for(lambda: not shows_wide(), "the screen beside it is free"), "and nothing beside it")
        desk.key("q")
        wait_for(desk.ended, "the program leaves")
        desk.start(story, "--fullscreen", "--restart")
        ok(wait_for(lambda: size_of(desk) == whole and shows_wide(), "it begins in full screen"), "--fullscreen fills it at once",
           size_of(desk))
        desk.key("q")
        ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, "q leaves")
    finally:
        desk.stop()


def test_late_event(top):
    """SDL wakes itself by an event to the window, which the X server may read when a key has closed it: that ends no program."""
    desk = Desktop(top, "late", managed=False)
    try:
        r = subprocess.run([f"{lib.BUILD}/tools/late_event"], env=desk.env, capture_output=True, text=True, timeout=lib.PATIENCE)
        ok(r.returncode == 0 and r.stdout == "open\nopen\n", "an event for a window that was closed ends nothing, however often", r)
    finally:
        desk.stop()


CODE = """frumious: 1
id: org.example.code
title: Code
start: ask
nodes:
  ask:
    clip: {card: Hello., for: 600s}
    decision: {id: code, prompt: The code?, opens: 0.2s, for: 300s, layout: code, default: wrong, options: {right: {code: "1234"}, wrong: {wrong: true}}}
    ending: {id: end, title: The end}
"""


def test_code(top):
    """Digits and Enter type a code. Letters, which no code here has, keep their usual meaning: more time, and leaving."""
    desk = Desktop(top, "code")
    desk.consent("yes")
    typed = lambda: desk.screen.now().get("panel", {}).get("code")
    with open(f"{desk.folder}/code.yaml", "w") as f:
        f.write(CODE)
    try:
        desk.start(f"{desk.folder}/code.yaml")
        wait_for(desk.asks, "the code is asked for")
        desk.slowly("1", "2")
        ok(wait_for(lambda: typed() == "12", "the digits are there"), "digits are typed", typed())
        desk.key("t")
        ok(wait_for(lambda: "2 times" in (desk.screen.now()["notice"] or ""), "there is more time") and typed() == "12", "t gives more time, and types nothing", typed())
        desk.slowly("BackSpace")
        ok(wait_for(lambda: typed() == "1", "a digit is erased"), "Backspace erases", typed())
        desk.key("q")
        ok(wait_for(desk.ended, "the program leaves") and desk.decided("code") == [("quit", None, "nobody")], "q leaves, and decides nothing", desk.decided("code"))
    finally:
        desk.stop()


AGAIN = """frumious: 1
id: org.example.again
title: Again
start: way
nodes:
  way: {clip: {card: A way., for: 6s}, next: ask}
  ask:
    clip: {card: Hello., for: 600s}
    decision: {id: more, prompt: Once more?, opens: 0.2s, for: 300s, cut: now, default: on, options: {back: {text: Again, goto: way}, on: {text: On, goto: end}}}
  end: {clip: {card: End., for: 600s}, ending: {id: end, title: The end}}
"""


def test_skip(top):
    """What was seen is skipped up to the next choice; what was not seen is not, and that is said. The record tells one from the other."""
    desk = Desktop(top, "skip")
    desk.consent("yes")
    with open(f"{desk.folder}/again.yaml", "w") as f:
        f.write(AGAIN)
    try:
        desk.start(f"{desk.folder}/again.yaml")
        wait_for(lambda: "page" not in desk.screen.now() and "width" in desk.screen.now(), "the film is seen")
        desk.key("Tab")
        ok(wait_for(lambda: "not seen before" in (desk.screen.now()["notice"] or ""), "it is said"), "what was not seen is not skipped", desk.screen.now())
        wait_for(desk.asks, "the question is there")
        desk.slowly("1")
        wait_for(lambda: len(desk.rows("SELECT 1 FROM visit")) == 3, "the way is seen again")
        desk.key("Tab")
        ok(wait_for(lambda: desk.exposed("more", 2) and desk.asks(), "the question is there again"), "what was seen is skipped up to the question")
        played = desk.rows("SELECT l.playing_us, v.planned_us FROM leave l JOIN visit v ON v.viewing = l.viewing AND v.seq = l.visit ORDER BY l.seq")
        whole, skipped = played[0], played[2]  # a scene is left within a picture of its end
        ok(whole[0] > whole[1] - 100e3 and skipped[0] < skipped[1] / 2, "and did not play, by the record", played)
    finally:
        desk.stop()


def wait_for_question(desk):
    wait_for(desk.shows_words, "the question is seen")
    ok(not desk.decided("which") and desk.program.poll() is None, "the question waits for an answer")


def wait_for_page(desk):
    wait_for(lambda: desk.exposed("which"), "the first decision is open")
    desk.key("r")
    ok(desk.wait_for_page("What was recorded") and wait_for(desk.is_page, "it covers the film"), "the page is there", desk.darkness())


def wait_for_erasing(desk):
    """The question on the page."""
    wait_for_page(desk)
    desk.slowly("Up", "Return")
    ok(wait_for(lambda: desk.page() not in (None, "What was recorded"), "it is asked"), "Erase asks first", desk.screen.now())
    ok(len(desk.rows("SELECT id FROM v_viewing")) == 1, "nothing is erased meanwhile")


def wait_for_end(desk):
    """The ending is reached when its node begins; its card is words on black, too."""
    wait_for(lambda: desk.rows("SELECT 1 FROM v_viewing WHERE ending = 'end'"), "the ending is reached")
    ok(desk.wait_for_page("The end") and wait_for(desk.shows_words, "it is seen"), "the end screen is there", desk.darkness())


SHORT = """frumious: 1
id: org.example.short
title: Short
start: over
nodes:
  over: {clip: {card: Over., for: 100ms}, ending: {id: end, title: The end}}
"""


def test_signal_everywhere(top, story):
    """A signal ends the program from wherever the film waits, too: the question before it, the page over it, the question on
    that page, and the end screen."""
    desk = Desktop(top, "everywhere")
    try:
        for name, sent, film, arrive in (("question", signal.SIGTERM, story, wait_for_question), ("question", signal.SIGHUP, story, wait_for_question),
                                         ("page", signal.SIGINT, story, wait_for_page), ("page", signal.SIGTERM, story, wait_for_page),
                                         ("erasing", signal.SIGHUP, story, wait_for_erasing),
                                         ("end", signal.SIGINT, f"{top}/short/story.yaml", wait_for_end),
                                         ("end", signal.SIGTERM, f"{top}/short/story.yaml", wait_for_end)):
            desk.forget_consent()
            if name != "question":
                desk.consent("yes")
            desk.start(film)
            arrive(desk)
            desk.program.send_signal(sent)
            wait_for(desk.ended, "the program leaves")
            ok(desk.program.poll() == 130, f"{sent.name} over the {name} leaves with 130", desk.program.poll())
            ended = desk.rows("SELECT reason FROM v_viewing")
            ok(ended == {"question": [], "end": [("ended",)]}.get(name, [("killed",)]), f"{name}: the viewing says so", ended)
            desk.fresh()
    finally:
        desk.stop()


QUICK = """frumious: 1
id: org.example.quick
title: Quick
start: red
nodes:
  red:
    clip: red.mp4
    decision: {id: first, opens: 0.5s, for: 60s, cut: now, default: on, options: {on: {text: On, goto: green}, off: {text: Off}}}
    next: blue
  green:
    clip: green.mp4
    decision: {id: second, opens: 0.1s, for: 60s, cut: now, default: up, options: {up: {text: Up, goto: blue}, down: {text: Down}}}
    next: blue
  blue:
    clip: blue.mp4
    ending: {id: sea, title: The sea}
"""
APART_S = 0.25  # the second half of a double press; the question opens 0.1 s after the first
TAKES = 4


def press_twice(desk, given, pad):
    """Both presses at once, so that nothing but the pause is between them. False: the machine was too busy."""
    begin = time.monotonic()
    if given == "pad":
        pad.press("a", APART_S)
        pad.press("a", 0)
    elif given == "mouse":
        desk.tool("click", "--delay", "0", "1", "sleep", str(APART_S), "click", "--delay", "0", "1")
    else:
        desk.tool("key", "Return", "sleep", str(APART_S), "key", "Return")
    return time.monotonic() - begin < 0.45


def double_press(desk, given, pad):
    """One play with a double press. False: the machine was too busy, or the second press came before the question."""
    desk.start(f"{os.path.dirname(desk.folder)}/quick.yaml", "--restart")
    wait_for(lambda: desk.exposed("first") and desk.asks(), "the first question is open")
    if given == "mouse":
        x, y, width, height = desk.place_of("On")
        desk.tool("mousemove", "--window", desk.window(), str(x + width // 2), str(y + height // 2))
    desk.screen.wait_to_press()
    calm = press_twice(desk, given, pad)
    wait_for(lambda: desk.exposed("second"), "the next question is open")
    first = desk.rows("SELECT o.at_ms FROM v_exposure e JOIN outcome o ON o.viewing = e.viewing AND o.exposure = e.seq")
    second = desk.rows("SELECT at_ms FROM v_exposure WHERE decision = 'second'")
    if not calm or not first or second[0][0] - first[0][0] > 200:
        return False
    desk.screen.wait_to_press()
    ok(desk.decided("first") == [("pick", "on", given)] and desk.decided("second") == [],
       f"{given}: the second half of a double press answers nothing", desk.rows("SELECT * FROM v_exposure"))
    desk.key("2")
    wait_for(lambda: desk.decided("second"), "the next press is taken")
    ok(desk.decided("second") == [("pick", "down", "key")], f"{given}: a pick of its own counts", desk.decided("second"))
    return True


def test_double_press(top, given):
    """The second half of a double press does not answer the next question; a pick of its own does."""
    desk = Desktop(top, f"quick-{given}")
    pad = Pad(desk.folder) if given == "pad" else None
    desk.consent("yes")
    if pad and pad.there:
        desk.env.update(LD_PRELOAD=pad.library, PAD_CONTROL=pad.control)
    try:
        if pad and not pad.there:
            print("# no pad: it can't be compiled")
            return
        for _ in range(TAKES):
            done = double_press(desk, given, pad)
            desk.fresh()
            if done:
                break
        else:
            lib.skip(f"{given}: the second half of a double press answers nothing", "the machine had no calm moment")
    finally:
        desk.stop()


def main():
    with tempfile.TemporaryDirectory() as top:
        make_story(top)
        story = f"{top}/story.yaml"
        with open(f"{top}/quick.yaml", "w") as f:
            f.write(QUICK)
        os.makedirs(f"{top}/short")
        with open(f"{top}/short/story.yaml", "w") as f:
            f.write(SHORT)
        lib.side_by_side(
            4, ("signal", test_signal, top, story), ("signal everywhere", test_signal_everywhere, top, story), ("play", test_play, top, story),
            ("hands", test_recorded_hands, top, story), ("recorded", test_recorded, top, story), ("place", test_place, top, story),
            ("bare screen", test_bare_screen, top, story), ("unseen", test_unseen, top, story),
            *((f"consent: {answer}", test_consent, top, story, keys, answer)
              for keys, answer in ((["Right", "Right", "Return"], "no"), (["Right", "Return"], "count"), (["Return"], "yes"))),
            ("consent: left", test_left, top, story), ("late event", test_late_event, top),
            ("code", test_code, top), ("skip", test_skip, top))
        # Presses that follow each other as a hand's do want a machine that does nothing else.
        for given in ("key", "pad", "mouse"):
            test_double_press(top, given)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
