#!/usr/bin/python3
# tests/run: waits most of the time
"""From the question before the film to an ending, through the menu and the page after the ending, by keys alone, by a game pad alone, by the mouse alone and
by touch alone; the store and the settings tell what happened. A real window under Xvfb."""
import sys
import tempfile
import time

import lib
from lib import ok, wait_for
from window import SEEN_S, Desktop, Pad, spot_of_line

STORY = """frumious: 1
id: org.example.menu
title: Menu
start: ask
nodes:
  ask:
    clip: {card: Hello., for: 100s}
    decision: {id: first, prompt: Which way?, opens: 0.2s, for: 90s, cut: now, default: on, options: {on: {text: On, goto: over}, off: {text: Off, goto: over}}}
  over: {clip: {card: Over., for: 200ms}, ending: {id: end, title: The end of it}}
"""
WIDTH, HEIGHT = 800, 450
LINES, TIME = 11, 3         # lines of the menu; that of the time to decide
MORE_X = 497                # the arrow that steps a setting on
LEAVE = (75, 388)           # the last line of the page after the ending
OPTIONS = [(x, y) for y in range(94, 60, -4) for x in (30, 70, 50)]  # per cent of the window: where options may be


class Keys:
    given = "key"

    def __init__(self, desk, pad):
        self.desk = desk

    def answer(self):
        self.press("Return")

    def press(self, *keys):
        for key in keys:
            self.desk.key(key)
            time.sleep(SEEN_S)

    def open_menu(self):
        self.press("Escape")

    def more_time_and_go_on(self):
        self.press("Down", "Down", "Down", "Right", "Up", "Up", "Up", "Return")

    def pick(self):
        self.press("Return")

    def leave(self):
        self.press("Up", "Return")  # up from the first line to the last one


def back_from_the_end(desk):
    """Backspace means over the page after an ending what it means over the film: one decision back."""
    desk.key("BackSpace")
    ok(wait_for(lambda: desk.exposed("first", 2), "it is asked again"), "key: Backspace goes one decision back from the ending")
    time.sleep(SEEN_S)
    desk.key("Return")
    wait_for(lambda: len(desk.rows("SELECT 1 FROM reached")) == 2, "the ending is reached again")
    time.sleep(2 * SEEN_S)


class GamePad(Keys):
    given = "pad"
    names = {"Escape": "start", "Down": "dpdown", "Up": "dpup", "Right": "dpright", "Return": "a"}

    def __init__(self, desk, pad):
        self.pad = pad

    def press(self, *keys):
        for key in keys:
            self.pad.press(self.names[key], SEEN_S)


class Mouse:
    given = "mouse"

    def __init__(self, desk, pad):
        self.desk = desk

    def click(self, x, y, button="1"):
        self.desk.tool("mousemove", "--window", self.desk.window(), str(x), str(y), "click", button)
        time.sleep(SEEN_S)

    def answer(self):
        """What is hit first from above is the first answer; where it is depends on the words above it and their font."""
        for y in range(180, 300, 12):
            if not self.desk.answered():
                self.click(100, y)

    def open_menu(self):
        self.click(WIDTH // 2, HEIGHT // 4, "3")

    def more_time_and_go_on(self):
        self.click(MORE_X, spot_of_line(TIME, LINES)[1])
        self.click(*spot_of_line(0, LINES))

    def pick(self):
        for x, y in OPTIONS:
            self.click(WIDTH * x // 100, HEIGHT * y // 100)
            if self.desk.decided("first"):
                return

    def leave(self):
        self.click(*LEAVE)


class Touch(Mouse):
    given = "touch"

    def __init__(self, desk, pad):
        self.desk, self.pad = desk, pad

    def click(self, x, y, button="1"):
        self.pad.press(f"{'hold' if button == '3' else 'touch'} {x * 1000 // WIDTH} {y * 1000 // HEIGHT}", SEEN_S)


def play(top, hand):
    desk, pad = Desktop(top, f"by-{hand.given}"), Pad(top)
    if not pad.there and hand in (GamePad, Touch):
        lib.skip(f"{hand.given}: from the start to an ending", "there is no C compiler")
        desk.stop()
        return
    if pad.there:
        desk.env.update(LD_PRELOAD=pad.library, PAD_CONTROL=pad.control)
    try:
        hands = hand(desk, pad)
        desk.start(f"{top}/story.yaml")
        wait_for(desk.shows_words, "the question before the film")
        time.sleep(2 * SEEN_S)  # until it takes presses
        hands.answer()
        ok(desk.answered() == "yes", f"{hand.given}: the question before the film is answered", desk.answered())
        wait_for(lambda: desk.exposed("first"), "the decision is open")
        time.sleep(SEEN_S)
        before = desk.picture()
        hands.open_menu()
        ok(wait_for(lambda: desk.picture() != before, "the menu is there"), f"{hand.given}: the menu opens")
        hands.more_time_and_go_on()
        ok(desk.program.poll() is None and not desk.decided("first"), f"{hand.given}: and the film goes on")
        hands.pick()
        wait_for(lambda: desk.rows("SELECT 1 FROM v_viewing WHERE ending = 'end'"), "the ending is reached")
        time.sleep(2 * SEEN_S)  # until the page after it is there, and takes presses
        if hand is Keys:
            back_from_the_end(desk)
        hands.leave()
        ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, f"{hand.given}: the page after it leaves")
        ok([row[2] for row in desk.decided("first")] == [hand.given] * (2 if hand is Keys else 1), f"{hand.given}: it took the option", desk.decided("first"))
        ok(desk.rows("SELECT reason FROM v_viewing") == [("ended",)], f"{hand.given}: one viewing, that ended", desk.rows("SELECT * FROM v_viewing"))
        with open(f"{desk.folder}/config/frumious/settings.ini") as f:
            settings = f.read()
        ok("time=2\n" in settings, f"{hand.given}: the time to decide was set, and is remembered", settings)
    finally:
        desk.stop()


def main():
    with tempfile.TemporaryDirectory() as top:
        with open(f"{top}/story.yaml", "w") as f:
            f.write(STORY)
        for hand in (Keys, GamePad, Mouse, Touch):
            play(top, hand)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
