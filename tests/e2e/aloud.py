#!/usr/bin/python3
# tests/run: waits most of the time
"""A viewer who cannot read the screen has questions, options and pages read aloud, the shelf and its menu as well: by a real speech service of this test's own, whose
voice speaks into a file. A service that hangs, or none, holds no film up."""
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import wave

import lib
from lib import ok, wait_for
from menu import Keys, Screen
from window import SEEN_S, Desktop

STORY = """frumious: 1
id: org.example.aloud
title: Aloud
start: ask
nodes:
  ask:
    clip: {card: Hello., for: 600s}
    decision: {id: first, prompt: Where does the umbrella go?, opens: 0.5s, for: 500s, cut: now, default: door,
      options: {door: {text: By the door, goto: over}, desk: {text: To the desk, goto: over}}}
  over: {clip: {card: Over., for: 300ms}, ending: {id: end, title: The end of it}}
"""
SERVICE = """AudioOutputMethod "alsa"
AudioALSADevice "null"
AddModule "file" "sd_generic" "file.conf"
DefaultModule file
"""
# What it is to say is added to the file `said`, and spoken into voice.wav.
MODULE = """GenericExecuteSynth \\
"printf '%s\\\\n' \\'$DATA\\' >> {top}/said; espeak-ng -w {top}/voice.wav \\'$DATA\\'"
GenericLanguage "en" "en" "utf-8"
AddVoice "en" "MALE1" "en"
DefaultVoice "en"
"""


class Service:
    def __init__(self, top):
        self.top, self.socket = top, f"{top}/speech"
        os.makedirs(f"{top}/modules")
        for name, text in (("speechd.conf", SERVICE), ("modules/file.conf", MODULE.format(top=top))):
            with open(f"{top}/{name}", "w") as f:
                f.write(text)
        self.process = subprocess.Popen(["speech-dispatcher", "-s", "-t", "0", "-c", "unix_socket", "-S", self.socket, "-C", top,
                                         "-L", top, "-P", f"{top}/pid"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.socket), "the speech service is there")

    def said(self):
        if not os.path.exists(f"{self.top}/said"):
            return ""
        with open(f"{self.top}/said") as f:
            return " ".join(f.read().split())


def settings(desk):
    os.makedirs(f"{desk.folder}/config/frumious", exist_ok=True)
    with open(f"{desk.folder}/config/frumious/settings.ini", "w") as f:
        f.write("[telemetry]\nrecord=no\n[play]\nread-aloud=true\n")


def heard(service, words, what):
    ok(wait_for(lambda: words in service.said(), what), what, service.said())


def voice(service):
    """Seconds of the file, and whether there is anything in it."""
    with wave.open(f"{service.top}/voice.wav") as f:
        samples = f.readframes(f.getnframes())
        return f.getnframes() / f.getframerate(), any(samples)


def listen(desk, story, service):
    desk.env["SPEECHD_ADDRESS"] = f"unix_socket:{service.socket}"
    settings(desk)
    desk.start(story)
    heard(service, "Where does the umbrella go? 1: By the door. 2: To the desk.", "the question is read, with its options")
    time.sleep(SEEN_S)
    desk.key("Right")
    heard(service, "2: To the desk. To the desk.", "and the option that gets the light")
    desk.key("Escape")
    heard(service, "Aloud. Go on.", "the menu, and what has its focus")
    desk.key("Down")
    heard(service, "Begin anew.", "and what gets it")
    switch(desk, service)
    wait_for(lambda: os.path.exists(f"{service.top}/voice.wav") and os.path.getsize(f"{service.top}/voice.wav") > 5000, "a voice")
    seconds, sounds = voice(service)
    ok(sounds and 0.2 < seconds < 10, "a voice is heard", seconds)
    desk.key("q")
    ok(wait_for(desk.ended, "the program ends") and desk.program.returncode == 0, "the program ends well", desk.program.returncode)


def switch(desk, service):
    """Off and on again in the menu, at once."""
    screen = Screen(desk.screen.path)
    hand = Keys(desk, None, screen)
    screen.take(hand, "Appearance")
    screen.page("Appearance")
    screen.focus_on(hand, "Read aloud")
    heard(service, "Read aloud: on.", "a setting is read with its value")
    hand.key("Left")
    wait_for(lambda: screen.value("Read aloud") == "off", "it is switched off")
    screen.focus_on(hand, "Mono sound")
    screen.focus_on(hand, "Read aloud")
    before = service.said()
    hand.key("Right")
    wait_for(lambda: screen.value("Read aloud") == "on", "it is switched on")
    ok(wait_for(lambda: "Read aloud: on." in service.said()[len(before):], "it speaks again"), "switched on in the menu, it speaks at once", service.said())
    ok("Mono sound" not in service.said(), "and said nothing while it was off", service.said())


def listen_on_shelf(desk, story, service):
    """Before any film is chosen: the shelf, its menu, and a setting in it. Only what is said from now on counts."""
    os.makedirs(f"{desk.folder}/data/frumious", exist_ok=True)
    with open(f"{desk.folder}/data/frumious/films", "w") as f:
        f.write(f"{story}\n")
    screen = Screen(desk.screen.path)
    hand = Keys(desk, None, screen)
    before = len(service.said())

    def says(words, what):
        ok(wait_for(lambda: words in service.said()[before:], what), what, service.said()[before:])
    settings(desk)
    desk.launch()
    screen.page("Films")
    says("Films. Aloud.", "the shelf is read, and the film that has its focus")
    screen.focus_on(hand, "Who is watching")
    says("Who is watching.", "and what gets it")
    hand.open_menu(screen)
    screen.page("Menu")
    says("Menu.", "the menu without a film")
    screen.focus_on(hand, "Volume")
    says("Volume: 100 %.", "and a setting in it, with its value")
    screen.take(hand, "Appearance")
    screen.page("Appearance")
    says("Appearance.", "and a page that it leads to")
    desk.key("q")
    ok(wait_for(desk.ended, "the program ends") and desk.program.returncode == 0, "the shelf is left", desk.program.returncode)


def without(desk, story, address, what):
    """The film plays as if nothing were asked of it."""
    desk.env["SPEECHD_ADDRESS"] = f"unix_socket:{address}"
    settings(desk)
    ok(desk.start(story), f"{what}: the film is there")
    desk.key("q")
    ok(wait_for(desk.ended, "the program ends") and desk.program.returncode == 0, f"{what}: and ends", desk.program.returncode)


def main():
    if not all(map(shutil.which, ("speech-dispatcher", "espeak-ng"))):
        lib.skip("questions are read aloud", "there is no speech-dispatcher, or no espeak-ng")
        return lib.done()
    with tempfile.TemporaryDirectory() as top:
        story = f"{top}/story.yaml"
        with open(story, "w") as f:
            f.write(STORY)
        os.makedirs(f"{top}/service")
        service, desk = Service(f"{top}/service"), Desktop(top, "desk")
        try:
            listen(desk, story, service)
            listen_on_shelf(desk, story, service)
            without(desk, story, f"{top}/nobody", "no service")
            with socket.socket(socket.AF_UNIX) as deaf:
                deaf.bind(f"{top}/deaf")
                deaf.listen(8)
                without(desk, story, f"{top}/deaf", "a service that hangs")
        finally:
            desk.stop()
            service.process.terminate()
            service.process.wait()
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
