#!/usr/bin/python3
# tests/run: waits most of the time
"""Films that nobody has shot yet, from the shelf to an ending, by a game pad alone and by touch alone: a story of Twine as it was imported,
whose passages are cards, and a film of nothing but slates. A viewer with no keyboard gets through both, menu and map included."""
import os
import sys
import tempfile

import lib
from lib import ok, wait_for
from menu import GamePads, Lost, Screen, Touch
from window import Desktop, Pad

TWINE = """:: StoryTitle
The Walled Garden

:: StoryData
{"ifid": "1E7B6F0A-53C4-4D0B-9C57-6C2C1B1F7A11", "format": "SugarCube", "start": "Gate"}

:: Gate
<<set $key to false>>A gate in a wall. It is shut.

[[Look under the stone->Stone]]
[[Walk on->Road]]

:: Stone
<<set $key to true>>There is a key, as there always is.

[[Back to the gate->Wall]]

:: Wall
The key fits.

<<if $key>>[[Turn it->Garden]]<</if>>
[[Walk on->Road]]

:: Garden
Nobody has been here for years. Everything is in flower.

:: Road
It begins to rain.
"""
SLATES = """frumious: 1
id: org.example.slates
title: Not Shot Yet
start: stairs
nodes:
  stairs:
    title: The stairs
    script: A staircase. The light goes out on each floor that is left behind.
    clip: {file: stairs.mp4, for: 600s}
    decision: {id: floor, prompt: Which floor?, opens: 0.3s, for: 300s, cut: now, default: first, options: {first: {text: The first, goto: first}, roof: {text: The roof, goto: roof}}}
  first:
    title: The first floor
    clip: {file: first.mp4, for: 600s}
    decision: {id: knock, opens: 0.3s, for: 300s, cut: now, default: leave, options: {knock: {text: Knock, goto: roof}, leave: {text: Go up, goto: roof}}}
  roof:
    title: The roof
    clip: {file: roof.mp4, for: 1s}
    ending: {id: roof, title: Over the Town}
"""
# What is taken in each, and the ending that it leads to.
FILMS = {"The Walled Garden": (["Look under the stone", "Back to the gate", "Turn it"], "Garden"),
         "Not Shot Yet": (["The first", "Knock"], "Over the Town")}


def begin(desk, screen, hand, title):
    """From the shelf into the film. The first time it is asked what may be recorded."""
    screen.page("Films")
    screen.take(hand, title)
    if desk.answered() in (None, "ask"):
        screen.page("Before the film")
        screen.take(hand, "Fine")


def look_around(screen, hand, title):
    """The menu and the map, and back to the question."""
    hand.open_menu(screen)
    screen.page(title)
    screen.take(hand, "The map")
    screen.page("The map")
    screen.take(hand, "Back")
    screen.page(title)
    screen.take(hand, "Go on")


def is_offered(screen, text):
    """The question with this option is open, and nothing is over it."""
    view = screen.now()
    return "page" not in view and view.get("panel", {}).get("phase") == "open" and text in screen.texts()


def watch(desk, screen, hand, title):
    taken, ending = FILMS[title]
    desk.launch()
    begin(desk, screen, hand, title)
    for i, text in enumerate(taken):
        if not ok(wait_for(lambda: is_offered(screen, text), f"{text} is offered"), f"{title}: it asks, and offers: {text}", screen.now()):
            raise Lost
        if i == 0:
            look_around(screen, hand, title)
            wait_for(lambda: is_offered(screen, text), "it is offered again")
        screen.take(hand, text)
    ok(screen.page(ending), f"{title}: the ending {ending} is reached", screen.now())
    screen.take(hand, "Leave", desk.ended)
    ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, f"{title}: and its page leaves", desk.program.returncode)


def by_hand(top, hand, story):
    desk = Desktop(top, hand.given)
    pad = Pad(desk.folder)
    if not pad.there:
        lib.skip(f"{hand.given}: films that are not shot yet", "there is no C compiler")
        desk.stop()
        return
    screen = Screen(desk.screen.path)
    desk.store = f"{desk.folder}/data/frumious/telemetry.sqlite"
    desk.env.update(LD_PRELOAD=pad.library, PAD_CONTROL=pad.control)
    for kind, name, text in (("config", "settings.ini", "[play]\ntime=none\n"), ("data", "films", f"{story}\n{top}/slates.yaml\n")):
        os.makedirs(f"{desk.folder}/{kind}/frumious", exist_ok=True)
        with open(f"{desk.folder}/{kind}/frumious/{name}", "w") as f:
            f.write(text)
    try:
        for title in FILMS:
            watch(desk, screen, hand(desk, pad, screen), title)
        picked = desk.rows("SELECT DISTINCT outcome, given FROM v_exposure")
        ok(picked == [("pick", hand.given)] and len(desk.rows("SELECT 1 FROM v_exposure")) == 5, "every decision was taken by it, none by the clock", picked)
        ok(desk.rows("SELECT DISTINCT reason FROM v_viewing") == [("ended",)], "and both viewings came to their end", desk.rows("SELECT * FROM v_viewing"))
    except Lost:
        print(f"# {hand.given}: the screen shows {screen.now()}")
        desk.tell()
    finally:
        desk.stop()


def main():
    with tempfile.TemporaryDirectory() as top:
        for name, text in (("garden.twee", TWINE), ("slates.yaml", SLATES)):
            with open(f"{top}/{name}", "w") as f:
                f.write(text)
        r = lib.run("import", "twee", f"{top}/garden.twee", f"{top}/garden")
        ok(r.code == 0, "a story of Twine becomes a film, with nothing left out", r)
        lib.side_by_side(2, *((hand.given, by_hand, top, hand, f"{top}/garden/story.yaml") for hand in (GamePads, Touch)))
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
