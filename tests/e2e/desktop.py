#!/usr/bin/python3
# tests/run: waits most of the time
"""The desktop sees the film and steers it (MPRIS, by playerctl on a session bus of this test's own): play, pause, volume, metadata with
the poster, position; next does nothing while a choice is open. Then the shelf, from which the film is taken again, and on which
a story is dropped; an input method that hangs; and a bus that does."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile

import lib
from lib import ok, wait_for
from window import Desktop, Pad

STORY = """frumious: 1
id: org.example.desktop
title: Night & Day
start: ask
nodes:
  ask:
    clip: {card: Hello., for: 100s}
    decision: {id: first, prompt: Which way?, opens: 0.2s, for: 90s, default: on, options: {on: {text: On, goto: over}, off: {text: Off, goto: over}}}
  over: {clip: {card: Over., for: 200ms}, ending: {id: end, title: The end of it}}
"""


def ctl(desk, *args):
    return subprocess.run(["playerctl", *args], env=desk.env, capture_output=True, text=True, timeout=60).stdout.strip()


def rate(desk, how, *value):
    """playerctl has no word for it."""
    return subprocess.run(["gdbus", "call", "--session", "--dest", f"org.mpris.MediaPlayer2.{ctl(desk, '-l')}", "--object-path",
                           "/org/mpris/MediaPlayer2", "--method", f"org.freedesktop.DBus.Properties.{how}", "org.mpris.MediaPlayer2.Player",
                           "Rate", *value], env=desk.env, capture_output=True, text=True, timeout=60).stdout


def becomes(desk, question, answer, what):
    ok(wait_for(lambda: ctl(desk, *question) == answer, what), what, ctl(desk, *question))


def stands(desk):
    """The desktop is told that the film is paused before the film has heard it; so this may be asked again."""
    before = ctl(desk, "position")
    ctl(desk, "pause")
    return ctl(desk, "status") == "Paused" and ctl(desk, "position") == before


def shelf(desk):
    """Without arguments: the films that were opened before, the latest first; Enter plays it."""
    desk.launch()
    desk.wait_for_page("Films")
    ok(desk.program.poll() is None and not ctl(desk, "-l"), "without arguments no film plays yet")
    desk.slowly("Home", "Return")  # the pointer may have brought the light to another one
    becomes(desk, ["metadata", "xesam:title"], "Night & Day", "the film that was opened before plays")
    desk.key("q")
    ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, "and is left", desk.program.returncode)


def drop(desk, pad, top):
    """What is no film leaves the shelf as it is; a story that is dropped on it plays."""
    if not pad.there:
        lib.skip("a story that is dropped on the shelf plays", "there is no C compiler")
        return
    other, story = f"{top}/dropped.frumious", f"{top}/dropped.yaml"
    with open(other, "w") as f:
        f.write("no film\n")
    desk.env.update(LD_PRELOAD=pad.library, PAD_CONTROL=pad.control, PAD_DROP=other)
    desk.launch()
    desk.wait_for_page("Films")
    pad.press("drop -")
    ok(wait_for(lambda: "can't be played" in (desk.screen.now()["page"]["text"] or ""), "it is said") and desk.page() == "Films",
       "what is no film is refused, and the shelf stays", desk.screen.now())
    with open(story, "w") as f:
        f.write(STORY.replace("Night & Day", "Dropped"))
    lib.run("pack", story, other)
    os.remove(story)
    desk.slowly("Escape")
    desk.wait_for_page("Menu")
    os.rename(other, f"{top}/film")
    with open(other, "w") as f:
        f.write("no film\n")
    pad.press("drop -")
    ok(wait_for(lambda: "can't be played" in (desk.screen.now()["notice"] or ""), "it is said") and desk.page() == "Menu",
       "what is no film is refused at once while the menu is open", desk.screen.now())
    os.rename(f"{top}/film", other)
    pad.press("drop -")
    becomes(desk, ["metadata", "xesam:title"], "Dropped", "a film in one file that is dropped on the shelf, with its menu open, plays")
    desk.key("q")
    ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, "and is left", desk.program.returncode)


class InputMethod:
    """fcitx and IBus in one, that let a program in and then hang: whoever asked them about a key would wait."""

    def __init__(self, desk, top):
        self.desk, self.log = desk, f"{top}/asked"
        with open(self.log, "w") as f:
            self.program = subprocess.Popen([f"{lib.BUILD}/tools/deaf_input_method"], env=desk.env, stdout=f)
        wait_for(lambda: "there" in self.asked(), "the input method is there")
        folder = f"{desk.env['XDG_CONFIG_HOME']}/ibus/bus"
        os.makedirs(folder, exist_ok=True)
        with open(next(filter(os.path.exists, ("/var/lib/dbus/machine-id", "/etc/machine-id")))) as f:
            machine = f.read().strip()
        with open(f"{folder}/{machine}-unix-{desk.env['DISPLAY'].split(':')[1].split('.')[0]}", "w") as f:
            f.write(f"IBUS_ADDRESS={desk.env['DBUS_SESSION_BUS_ADDRESS']}\n")

    def asked(self):
        with open(self.log) as f:
            return f.read().split()

    def beside(self, name, variables, what):
        """Another program of SDL's asks it, and the player, in what() is done with it, does not."""
        self.desk.env.update(variables)
        before = len(self.asked())
        subprocess.run([f"{lib.BUILD}/tools/deaf_input_method", "ask"], env=self.desk.env, check=True, timeout=lib.PATIENCE)
        ok(wait_for(lambda: "CreateInputContext" in self.asked()[before:], "it is asked"), f"{name} hangs, and other programs ask it")
        before = len(self.asked())
        what()
        ok(self.asked()[before:] == [], f"the player has its keys without {name}", self.asked()[before:])

    def end(self):
        self.program.kill()
        self.program.wait()


def deaf(desk, top):
    """A bus that takes connections and never says anything holds nothing up, neither the player nor its libraries."""
    with socket.socket(socket.AF_UNIX) as bus:
        bus.bind(f"{top}/deaf")
        bus.listen()
        desk.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={top}/deaf"
        desk.fresh()
        desk.start(f"{top}/story.yaml", "--restart")
        ok(wait_for(lambda: desk.exposed("first"), "the decision is open"), "the film plays beside a bus that hangs")
        bus.settimeout(lib.PATIENCE)
        bus.accept()[0].close()
        desk.key("q")
        wait_for(desk.ended, "the program leaves")
        with open(f"{desk.folder}/log", encoding="utf-8") as f:
            ok("bus (D-Bus) does not answer" in f.read(), "which was asked, and the viewer is told")


def play(top):
    desk = Desktop(top, "desktop", managed=False)
    desk.consent("yes")
    method = None
    try:
        desk.start(f"{top}/story.yaml")
        wait_for(lambda: desk.exposed("first"), "the decision is open")
        ok(ctl(desk, "-l").startswith("frumious"), "the desktop sees the player", ctl(desk, "-l"))
        becomes(desk, ["status"], "Playing", "the film plays")
        ok(ctl(desk, "metadata", "xesam:title") == "Night & Day", "its title", ctl(desk, "metadata"))
        ok(ctl(desk, "metadata", "mpris:artUrl") == f"file://{top}/poster.png", "its poster", ctl(desk, "metadata"))
        ok(ctl(desk, "metadata", "mpris:length") == "100000000", "how long the scene is", ctl(desk, "metadata"))
        ok(float(ctl(desk, "position") or 0) > 0.1, "and where it is", ctl(desk, "position"))
        ctl(desk, "pause")
        becomes(desk, ["status"], "Paused", "pause pauses it")
        ok(wait_for(lambda: stands(desk), "it stands"), "and it stands", ctl(desk, "position"))
        ctl(desk, "play")
        becomes(desk, ["status"], "Playing", "play lets it go on")
        ctl(desk, "play-pause")
        becomes(desk, ["status"], "Paused", "play-pause pauses it")
        desk.key("space")
        becomes(desk, ["status"], "Playing", "what a key does is told as well")
        ctl(desk, "volume", "0.4")
        becomes(desk, ["volume"], "0.400000", "the volume is set")
        rate(desk, "Set", "<1.5>")
        ok(wait_for(lambda: "<1.5>" in rate(desk, "Get"), "the speed is told"), "the speed is set", rate(desk, "Get"))
        at = ctl(desk, "position")
        ctl(desk, "position", "30")
        ok(wait_for(lambda: float(ctl(desk, "position") or 0) > 25, "it is there"), "the desktop seeks", (at, ctl(desk, "position")))
        ctl(desk, "next")
        ok(not desk.decided("first") and ctl(desk, "status") == "Playing", "next decides nothing while a choice is open")
        desk.key("q")
        wait_for(desk.ended, "the program leaves")
        with open(f"{desk.folder}/config/frumious/settings.ini") as f:
            settings = f.read()
        ok("volume=0.4" in settings, "the volume is remembered", settings)
        ok(not ctl(desk, "-l"), "and the desktop sees no player any more", ctl(desk, "-l"))
        method = InputMethod(desk, top)
        method.beside("fcitx", {"XMODIFIERS": "@im=fcitx"}, lambda: shelf(desk))
        method.beside("IBus", {"XMODIFIERS": ""}, lambda: drop(desk, Pad(top), top))
        deaf(desk, top)
    finally:
        if method:
            method.end()
        desk.stop()


def main():
    if not shutil.which("playerctl") or not shutil.which("dbus-run-session"):
        print("1..0 # SKIP no playerctl, or no dbus-run-session")
        return 0
    if "FRUMIOUS_OWN_BUS" not in os.environ:
        os.environ["FRUMIOUS_OWN_BUS"] = "1"
        os.execvp("dbus-run-session", ["dbus-run-session", "--", sys.executable, os.path.abspath(__file__)])
    with tempfile.TemporaryDirectory() as top:
        with open(f"{top}/story.yaml", "w") as f:
            f.write(STORY)
        with open(f"{top}/poster.png", "wb") as f:
            f.write(b"\x89PNG")
        play(top)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
