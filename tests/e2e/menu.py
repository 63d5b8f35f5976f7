#!/usr/bin/python3
# tests/run: waits most of the time
"""From the shelf to leaving, by keys alone, by game pads alone, by the mouse alone and by touch alone: the question before the film, a decision, the
menu and a setting in it, the map and a checkpoint on it, an ending, its credits, the page after it, one decision back, what was not seen, and out. A
real window under Xvfb. What is on the screen, and where, the player itself tells (present/screen_log.h), so nothing waits for a fixed time; the store
and the settings tell what happened."""
import glob
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import lib
from lib import ok, wait_for
from window import Desktop, Pad

STORY = """frumious: 1
id: org.example.menu
title: The Long Way
share: {to: "http://127.0.0.1:9/films", name: Example Films, token: public-1}
traits: [bold]
start: ask
nodes:
  ask:
    clip: {card: Hello., for: 600s, sound: &sound [{language: en, file: en.wav}, {language: de, file: de.wav}], subtitles: {en: en.srt, de: de.srt},
      described: {file: voice.wav, mix: true}, signed: signs.mkv}
    decision: {id: first, prompt: Which way?, opens: 0.2s, for: 500s, cut: now, default: left, options: {left: {text: Left, goto: door, traits: {bold: 1}},
      right: {text: Right, goto: home}, hill: {text: Up the hill, goto: home, when: key, locked: The gate is shut.}}}
  door:
    clip: {card: A door., for: 600s, subtitles: beside.mkv}
    decision: {id: second, prompt: And then?, opens: 0.2s, for: 500s, cut: now, default: open, options: {open: {text: Open it, goto: inside}, leave: {text: Leave it, goto: home}}}
  inside:
    clip: {card: Inside., for: 600s}
    inscriptions: &credits {look: credits, place: [60, 0, 880, 1000], size: 60, at: 100ms, text: "Written by: Nobody\\n: Somebody\\n\\nThank you."}
    ending: {id: inside, title: Inside}
  home:
    clip: {card: Home., for: 600s}
    inscriptions: *credits
    ending: {id: home, title: Home}
state:
  key: {type: bool}
"""
OTHER = """frumious: 1
id: org.example.other
title: Another Film
traits: [bold]
start: on
nodes:
  on:
    clip: {card: Another one., for: 600s}
    decision: {id: other, prompt: What now?, opens: 0.2s, for: 500s, default: a, options: {a: {text: This, traits: {bold: 1}}, b: {text: That}}}
    ending: {id: end, title: End}
"""
SIZE = (1000, 560)


class Lost(Exception):
    """The journey can't go on: what should be on the screen is not."""


def must(answer):
    if not answer:
        raise Lost
    return answer


class Screen(lib.Screen):
    """What the player says it shows, and the presses that a viewer would make of it."""

    def focus_on(self, hand, text):
        """Moves the light there, one step at a time, as the eye would."""
        for _ in range(60):
            view = self.now()
            lines = self.lines(view)
            at = next((line for line in lines if line["focus"]), None)
            to = next((line for line in lines if line["text"] == text), None)
            if to is None or to is at:
                return to is not None
            hand.step(self.way(lines, at, to))
            lib.soon(lambda: self.now() != view)
        return False

    @staticmethod
    def way(lines, at, to):
        if at is None or "row" not in at or "row" not in to:
            return "Up" if at is not None and lines.index(to) < lines.index(at) else "Down"
        dx, dy = ((to["row"][i] + to["row"][i + 2] / 2) - (at["row"][i] + at["row"][i + 2] / 2) for i in (0, 1))
        if abs(dx) > at["row"][2] / 2:
            return "Right" if dx > 0 else "Left"
        return "Down" if dy > 0 else "Up"

    def take(self, hand, text, done=lambda: False):
        """Takes what has these words, on a page or of a question. A press that came too early does nothing, and is made again.
        `done`: that it was taken, where the screen does not tell."""
        must(wait_for(lambda: text in self.texts(), f"{text} is offered"))
        for _ in range(6):
            before = self.question()
            if not hand.point(self, text):
                continue
            self.wait_to_press()
            if self.question() == before:
                hand.press(self, text)
            if lib.soon(lambda: self.question() != before or done(), 3):
                return True
        must(ok(False, f"{hand.given}: {text} is taken", self.now()))

    def page(self, title):
        return must(wait_for(lambda: self.now().get("page", {}).get("title") == title, f"the page {title} is there"))

    def asks(self, prompt):
        """The question is open, and nothing is over it."""
        def shows():
            view = self.now()
            return "page" not in view and view.get("panel", {}).get("prompt") == prompt and view["panel"]["phase"] == "open"
        return must(wait_for(shows, f"it is asked: {prompt}"))

    def focused(self):
        return next((line["text"] for line in self.lines(self.now()) if line["focus"]), None)

    def value(self, text):
        return next((line.get("value") for line in self.lines(self.now()) if line["text"] == text), None)


class Keys:
    given = "key"
    names = {}

    def __init__(self, desk, pad, screen):
        self.desk, self.pad, self.screen = desk, pad, screen

    def key(self, name):
        self.desk.key(name)

    def step(self, way):
        self.key(way)

    def point(self, screen, text):
        return screen.focus_on(self, text)

    def press(self, screen, text):
        self.key("Return")

    def open_menu(self, screen):
        self.key("Escape")

    def more(self, screen, text):
        screen.focus_on(self, text)
        self.key("Right")

    def skip_credits(self, screen):
        self.key("Tab")

    def between(self):
        """Something that may happen in the middle of a film."""


class GamePads(Keys):
    """Two of them: the second is plugged in while the film plays, and the first one goes."""
    given = "pad"
    names = {"Escape": "start", "Down": "dpdown", "Up": "dpup", "Left": "dpleft", "Right": "dpright", "Return": "a", "Tab": "b"}

    def key(self, name):
        self.pad.press(self.names[name])

    def between(self):
        def follow(order):
            self.pad.press(order)
            ok(wait_for(self.pad.is_done, f"the pads follow: {order}"), f"pad: {order}, while the film plays")
        def waits():
            return self.screen.now().get("paused") and "game pad is gone" in (self.screen.now()["notice"] or "")
        for order in ("first", "dpright", "unplug"):
            follow(order)
        ok(wait_for(waits, "the film waits"), "pad: it is unplugged while a question is open: the film waits, and says so", self.screen.now())
        follow("plug")
        ok(wait_for(lambda: not self.screen.now()["paused"], "the film goes on"), "pad: once one is plugged in, the film goes on", self.screen.now())
        follow("second")


class Mouse(Keys):
    given = "mouse"

    def click(self, place, button="1"):
        self.desk.tool("mousemove", "--window", self.desk.window(), str(place[0]), str(place[1]), "click", button)

    @staticmethod
    def middle(rect):
        return rect[0] + rect[2] // 2, rect[1] + rect[3] // 2

    def point(self, screen, text):
        return any("row" in line for line in screen.lines(screen.now()) if line["text"] == text)

    def press(self, screen, text):
        line = next((line for line in screen.lines(screen.now()) if line["text"] == text and "row" in line), None)
        if line:
            self.click(self.middle(line["row"]))

    def open_menu(self, screen):
        self.click((SIZE[0] // 2, SIZE[1] // 5), "3")

    def more(self, screen, text):
        self.click(self.middle(next(line["more"] for line in screen.lines(screen.now()) if line["text"] == text)))

    def skip_credits(self, screen):
        lib.soon(lambda: "skip" in screen.now(), 3)  # once the question before them has faded
        skip = screen.now().get("skip")
        self.click(self.middle(skip) if skip else (SIZE[0] // 2, SIZE[1] // 2))


class Touch(Mouse):
    given = "touch"

    def click(self, place, button="1"):
        # in the middle of a thousandth, so that it comes out where it was meant
        now = self.screen.now()
        self.pad.press(f"{'hold' if button == '3' else 'touch'} {place[0] * 1000 // now['width']} {place[1] * 1000 // now['height']}")


# What each answers to the question whether to share, which comes once, after the first credits.
ANSWERS = {"key": "Ask me later", "pad": "No, share nothing", "mouse": "No, share nothing", "touch": "No, share nothing"}


def watch_credits(screen, hand, ending, asked=False):
    """Credits roll for ten minutes; the viewer leaves them. `asked`: then comes the question whether to share."""
    wait_for(lambda: screen.now()["credits"], "the credits roll")
    for _ in range(6):
        hand.skip_credits(screen)
        if lib.soon(lambda: "page" in screen.now(), 3):
            break
    if asked:
        screen.page("Share what is recorded?")
        screen.take(hand, ANSWERS[hand.given])
    return ok(screen.page(ending), f"{hand.given}: the credits are left out; then comes the page after the ending {ending}", screen.now())


def let_watch(desk, screen, hand, page):
    """Somebody else, who has settings of their own, and then everyone again; each time the page is there anew, for them."""
    for name, line in (("Viewer 2", "Viewer 2" if page == "Before the film" else "Somebody else"), ("Everyone", "Everyone")):
        screen.take(hand, "Who is watching")
        screen.page("Who is watching")
        screen.take(hand, line)
        last = f"{desk.folder}/config/frumious"
        ok(wait_for(lambda: screen.now().get("page", {}).get("title") == page, f"{page} again"), f"{hand.given}: {page}: {name} is watching", screen.now())
    ok(os.path.isdir(f"{last}/profiles/Viewer 2"), f"{hand.given}: who was new has a place of their own", os.listdir(last))


def rest_pointer(desk, screen, text):
    """Lays the pointer on the line with these words, and leaves it there."""
    row = next(line["row"] for line in screen.lines(screen.now()) if line["text"] == text)
    desk.tool("mousemove", "--window", desk.window(), *map(str, Mouse.middle(row)))
    wait_for(lambda: screen.focused() == text, "the pointer brings the light")


# Elsewhere: what changes the words of the menu itself, and what needs a screen.
OTHERS = ("Language", "Full screen")
PAGES = ("The Long Way", "Subtitles and sound", "Appearance")


def settings_of(screen):
    return {line["text"]: line["value"] for line in screen.lines(screen.now()) if line.get("value") and line["text"] not in OTHERS}


def each_page(screen, hand, visit):
    """What `visit` makes of the settings of each page of the menu, which is open."""
    found = {}
    for page in PAGES:
        if page != PAGES[0]:
            screen.take(hand, page)
            screen.page(page)
        for text, value in visit(screen, hand).items():
            found[page, text] = value
        if page != PAGES[0]:
            screen.take(hand, "Back")
            screen.page(PAGES[0])
    return found


def step_all(screen, hand):
    """Each setting of the page to the next value, or to the one before."""
    before = settings_of(screen)
    for text, value in before.items():
        screen.focus_on(hand, text)
        for way in ("Right", "Left"):
            hand.key(way)
            if lib.soon(lambda: screen.value(text) != value, 2):
                break
        ok(screen.value(text) != value, f"{text} is set while the film plays, at once", (value, screen.value(text)))
    return settings_of(screen)


def open_menu_of(desk, screen, hand):
    desk.start(f"{os.path.dirname(desk.folder)}/story.yaml", "--restart", size=())
    screen.asks("Which way?")
    hand.open_menu(screen)
    screen.page(PAGES[0])


def settings(desk, screen, hand):
    """Each setting is set while the film plays, by keys. After a restart it is what it was, but for the speed, which is the film's own
    again."""
    desk.consent("yes")
    open_menu_of(desk, screen, hand)
    were_set = each_page(screen, hand, step_all)
    ok(len(were_set) >= 18, "every setting of the menu", were_set)
    screen.take(hand, "Leave", desk.ended)
    wait_for(desk.ended, "the program leaves")
    open_menu_of(desk, screen, hand)
    now = each_page(screen, hand, lambda screen, hand: settings_of(screen))
    ok(now.pop((PAGES[0], "Speed"), None) == "the film's own", "the speed is the film's own again")
    for key, value in now.items():
        ok(were_set.get(key) == value, f"{key[1]} is remembered", (were_set.get(key), value))
    screen.take(hand, "Leave", desk.ended)
    wait_for(desk.ended, "the program leaves")


def watched_by_another(screen, hand):
    """Somebody else, in the middle of the film: who is new is asked what may be recorded. Everyone's film goes on where it was left."""
    hand.open_menu(screen)
    screen.page("The Long Way")
    screen.take(hand, "Who is watching")
    screen.page("Who is watching")
    screen.take(hand, "Viewer 2")
    ok(screen.page("Before the film"), f"{hand.given}: somebody else is watching, from the film's own menu, and is asked themselves", screen.now())
    screen.take(hand, "Who is watching")
    screen.page("Who is watching")
    screen.take(hand, "Everyone")
    ok(screen.asks("And then?"), f"{hand.given}: and everyone's film goes on where it was left", screen.now())


def try_locked(desk, screen, hand):
    """An option that is locked can be pointed at and tried, as any other. It answers, and nothing is decided."""
    def tried():
        return any(line.get("tried") for line in screen.lines(screen.now()))
    screen.asks("Which way?")
    ok(not next(line for line in screen.lines(screen.now()) if line["locked"])["focus"], f"{hand.given}: the light does not begin on a locked option", screen.now())
    for _ in range(6):
        screen.wait_to_press()
        if hand.point(screen, "Up the hill"):
            hand.press(screen, "Up the hill")
        if lib.soon(tried, 3):
            break
    ok(tried(), f"{hand.given}: a locked option answers when it is tried", screen.now())
    if hand.given == "key":
        hand.key("Left")
        wait_for(lambda: not tried(), "the light is elsewhere")
        for _ in range(6):
            screen.wait_to_press()
            hand.key("u")
            if lib.soon(tried, 3):
                break
        ok(tried(), f"{hand.given}: also by its first letter", screen.now())
    ok(screen.asks("Which way?") and not any(line["taken"] for line in screen.lines(screen.now())) and not desk.decided("first"), f"{hand.given}: and decides nothing", screen.now())


def offers_files_beside(screen, hand):
    """Subtitles in one file for several languages, which the story names once: the menu has each by its name."""
    hand.open_menu(screen)
    screen.page("The Long Way")
    screen.take(hand, "Subtitles and sound")
    screen.page("Subtitles and sound")
    offered = [screen.value("Subtitles")]
    for _ in range(6):
        screen.wait_to_press()
        hand.more(screen, "Subtitles")
        if not lib.soon(lambda: screen.value("Subtitles") != offered[-1], 3):
            continue
        if screen.value("Subtitles") == offered[0]:
            break
        offered.append(screen.value("Subtitles"))
    ok({"english, with sounds", "fran\u00e7ais"} <= {text.lower() for text in offered}, f"{hand.given}: the subtitles of a file beside the clip, by name", offered)
    screen.take(hand, "Back")
    screen.page("The Long Way")
    screen.take(hand, "Go on")
    screen.asks("And then?")


def look_back(screen, hand):
    """The page after the first ending: how many there are, on which decision most hung, how others chose, the way that led here, and what
    the viewer may like next."""
    given = hand.given
    text = screen.now()["page"]["text"]
    ok("One of 2 endings. You have found 1 so far." in text and "Most hung on \u201cWhich way?\u201d: any other answer would have led to another ending." in text,
       f"{hand.given}: the page after an ending tells what it hung on, and how many endings there are", text)
    ok("2 of 2 viewings on this machine chose that." in text, f"{hand.given}: and how others chose", text)
    screen.take(hand, "Your path")
    screen.page("Your path")
    path = [(line["text"], line["note"]) for line in screen.lines(screen.now())]
    ok([text for text, _ in path] == ["Which way?", "And then?", "Back"] and "Left" in path[0][1] and "Open it" in path[1][1], f"{hand.given}: the path that led here", path)
    screen.take(hand, "Back")
    screen.page("Inside")
    screen.take(hand, "What you may like next")
    screen.page("What you may like next")
    films = [(line["text"], line["note"]) for line in screen.lines(screen.now())]
    ok(films[0][0] == "Another Film" and films[0][1].startswith("Because of your answers here: most were \u201cbold\u201d"), f"{given}: another film of the shelf, and why", films)
    screen.take(hand, "Back")
    screen.page("Inside")


def set_one(screen, hand, text):
    """Steps a setting of the page; its value then."""
    before = screen.value(text)
    for _ in range(6):
        screen.wait_to_press()
        hand.more(screen, text)
        if lib.soon(lambda: screen.value(text) != before, 3):
            break
    ok(screen.value(text) != before, f"{hand.given}: {text} is set", screen.now())
    return screen.value(text)


def asks_for_page(screen, hand, key, page, back):
    """A key that opens a page over a film opens it also where none plays."""
    screen.wait_to_press()
    hand.key(key)
    screen.page(page)
    screen.wait_to_press()
    hand.key("Escape")
    ok(screen.page(back), f"{key} opens the page {page} over {back}, and Esc leads back")


def menu_of_shelf(screen, hand):
    """The menu before any film was chosen: how films are to be heard and read, and what was recorded in all."""
    if hand.given == "key":
        asks_for_page(screen, hand, "question", "Keys", "Films")
    hand.open_menu(screen)
    screen.page("Menu")
    screen.take(hand, "What was recorded")
    screen.page("What was recorded")
    ok("Nothing is recorded of what you watched." in screen.now()["page"]["text"], f"{hand.given}: on the shelf, nothing is recorded yet", screen.now())
    screen.take(hand, "Back")
    screen.page("Menu")
    screen.take(hand, "Subtitles and sound")
    screen.page("Subtitles and sound")
    ok(set_one(screen, hand, "Sound") == "as the texts, described", f"{hand.given}: on the shelf, sound with descriptions is wished for", screen.now())
    ok(set_one(screen, hand, "Subtitles") == "as the texts, with sounds", f"{hand.given}: and subtitles that tell of sounds", screen.now())
    screen.take(hand, "Back")
    screen.page("Menu")
    screen.take(hand, "Back")
    screen.page("Films")


def menu_before_film(screen, hand):
    """The menu at the question before the film. What is set there is returned."""
    if hand.given == "key":
        asks_for_page(screen, hand, "r", "What was recorded", "Before the film")
    hand.open_menu(screen)
    screen.page("The Long Way")
    time = set_one(screen, hand, "Time to decide")
    screen.take(hand, "Back")
    screen.page("Before the film")
    return time


def all_recorded(desk, screen, hand):
    """On the shelf again: all that was watched is there, until it is erased."""
    wait_for(desk.ended, "the program leaves")
    desk.launch()
    screen.page("Films")
    screen.take(hand, "Menu")
    screen.page("Menu")
    screen.take(hand, "What was recorded")
    screen.page("What was recorded")
    told = [line["text"] for line in screen.lines(screen.now())].count("The Long Way")
    ok(told == len(desk.rows("SELECT 1 FROM v_viewing")) == 2, f"{hand.given}: on the shelf, each viewing is told", screen.now())
    ids = [bytes(uuid) for uuid, in desk.rows("SELECT uuid FROM viewing")]

    def held():
        return [name for name in glob.glob(f"{desk.store}*") for uuid in ids if uuid in open(name, "rb").read()]
    there = held()
    idle = sqlite3.connect(desk.store)  # somebody else has it open, so closing it empties no log; held() would break its locks
    idle.execute("SELECT count(*) FROM viewing").fetchall()
    screen.take(hand, "Erase")
    screen.page("Erase?")
    screen.take(hand, "Erase")
    wait_for(lambda: "Erased." in (screen.now().get("page", {}).get("text") or ""), "it is erased")
    ok(desk.rows("SELECT 1 FROM v_viewing") == [], f"{hand.given}: and all of it can be erased there", screen.now())
    ok(ids and there and not held(), f"{hand.given}: no byte of it is left in the store's files", (ids, there, held()))
    idle.close()
    screen.take(hand, "Back")
    screen.page("Menu")
    screen.take(hand, "Leave", desk.ended)
    ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, f"{hand.given}: the menu of the shelf leaves", desk.program.returncode)


def journey(desk, screen, hand):
    given = hand.given
    screen.page("Films")
    ok(screen.texts().count("The Long Way") == 1, f"{given}: without arguments there is a shelf; a film that lies in two places is there once", screen.texts())
    menu_of_shelf(screen, hand)
    screen.take(hand, "dropped.yaml", lambda: "can't be played" in (screen.now()["page"]["text"] or ""))
    ok("can't be played" in screen.now()["page"]["text"], f"{given}: a film that is broken is there, and says so", screen.now())
    let_watch(desk, screen, hand, "Films")
    screen.take(hand, "The Long Way")
    screen.page("Before the film")
    if given == "key":
        rest_pointer(desk, screen, "Only count that I watched")
    let_watch(desk, screen, hand, "Before the film")
    screen.wait_to_press()
    ok(given != "key" or screen.focused() == "Fine", f"{given}: a pointer beneath which a window opens has pointed at nothing", screen.now())
    set_before = menu_before_film(screen, hand)
    screen.take(hand, "Fine")
    ok(wait_for(desk.answered, "it is answered") == "yes", f"{given}: the question before the film is answered", desk.answered())
    screen.asks("Which way?")
    hand.between()
    try_locked(desk, screen, hand)

    hand.open_menu(screen)
    ok(screen.page("The Long Way"), f"{given}: the menu opens while a question is open")
    ok(screen.value("Time to decide") == set_before, f"{given}: what was set before the film holds in it", screen.now())
    set_one(screen, hand, "Time to decide")
    screen.take(hand, "Go on")
    screen.asks("Which way?")
    ok(not desk.decided("first"), f"{given}: and the film goes on, with its question open")
    screen.take(hand, "Left")
    ok(screen.asks("And then?"), f"{given}: a decision is taken")

    offers_files_beside(screen, hand)
    watched_by_another(screen, hand)
    hand.open_menu(screen)
    screen.page("The Long Way")
    screen.take(hand, "The map")
    screen.page("The map")
    screen.take(hand, "Which way?")
    screen.page("Watch from there?")
    screen.take(hand, "Watch from there")
    ok(screen.asks("Which way?"), f"{given}: a checkpoint of the map begins a replay there", screen.now())
    screen.take(hand, "Left")
    screen.asks("And then?")
    screen.take(hand, "Open it")
    watch_credits(screen, hand, "Inside", True)
    look_back(screen, hand)

    screen.take(hand, "One decision back")
    ok(screen.asks("And then?"), f"{given}: one decision back")
    screen.take(hand, "Leave it")
    watch_credits(screen, hand, "Home")
    ok("To what you have not seen" in screen.texts(), f"{given}: what was not seen is offered", screen.texts())
    screen.take(hand, "To what you have not seen")
    screen.asks("Which way?")
    screen.take(hand, "Right")
    watch_credits(screen, hand, "Home")


def judge(desk, given):
    ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, f"{given}: the page after it leaves", desk.program.returncode)
    taken = desk.rows("SELECT decision, option, given FROM v_exposure WHERE outcome = 'pick' ORDER BY viewing, seq")
    ok({row[:2] for row in taken} >= {("first", "left"), ("first", "right"), ("second", "open"), ("second", "leave")} and {row[2] for row in taken} == {given},
       f"{given}: it alone took all options", taken)
    ok(desk.rows("SELECT answer FROM consent") == ([] if given == "key" else [(0,)]), f"{given}: what was answered about sharing is kept",
       desk.rows("SELECT * FROM consent"))
    ok(sorted(desk.rows("SELECT reason FROM v_viewing WHERE story = 'org.example.menu'")) == [("ended",), ("restarted",)], f"{given}: one viewing, and a replay that ended",
       desk.rows("SELECT * FROM v_viewing"))
    with open(f"{desk.folder}/config/frumious/settings.ini") as f:
        settings = f.read()
    ok("time=3\n" in settings, f"{given}: the time to decide was set, and is remembered", settings)
    ok("[sound]\nlanguage=\nkind=described\n" in settings, f"{given}: and the sound that was wished for on the shelf", settings)


def another_film(desk, screen, hand, top):
    """What is dropped on the window while a film plays is played; what is no film is refused, and the film goes on."""
    screen.take(hand, "One decision back")
    screen.asks("Which way?")
    hand.pad.press("drop -", 0)
    ok(wait_for(lambda: "can't be played" in (screen.now()["notice"] or ""), "it is said"), "what is no film is refused", screen.now())
    screen.asks("Which way?")
    with open(f"{top}/dropped.yaml", "w") as f:
        f.write(OTHER)
    hand.pad.press("drop -", 0)
    ok(screen.asks("What now?"), "a story that is dropped on the window while a film plays is played", screen.now())
    hand.open_menu(screen)
    screen.page("Another Film")
    screen.take(hand, "Leave", desk.ended)
    ok(wait_for(desk.ended, "the program leaves") and desk.program.returncode == 0, "and is left", desk.program.returncode)


def take_next(screen, hand):
    """The film that the viewer may like plays at once."""
    screen.take(hand, "What you may like next")
    screen.page("What you may like next")
    screen.take(hand, "Another Film")
    ok(screen.asks("What now?"), f"{hand.given}: the film that was named is played", screen.now())
    hand.open_menu(screen)
    screen.page("Another Film")


def with_hand(top, hand, watch):
    """Watches as `watch` says, at a screen of its own."""
    os.makedirs(top)
    with open(f"{top}/story.yaml", "w") as f:
        f.write(STORY)
    with open(f"{top}/dropped.yaml", "w") as f:
        f.write("no film\n")
    shutil.copy(f"{os.path.dirname(top)}/beside.mkv", top)
    desk, pad = Desktop(top, "desk"), Pad(top)
    if not pad.there and hand in (GamePads, Touch):
        lib.skip(f"{hand.given}: from the shelf to leaving", "there is no C compiler")
        desk.stop()
        return
    screen = Screen(desk.screen.path)
    desk.store = f"{desk.folder}/data/frumious/telemetry.sqlite"
    if pad.there:
        desk.env.update(LD_PRELOAD=pad.library, PAD_CONTROL=pad.control, PAD_DROP=f"{top}/dropped.yaml")
    try:
        watch(desk, screen, hand(desk, pad, screen))
    except Lost:
        print(f"# {hand.given}: the screen shows {screen.now()}")
        desk.tell()
    finally:
        desk.stop()


def from_shelf(desk, screen, hand):
    top = os.path.dirname(desk.folder)
    os.makedirs(f"{desk.folder}/config/frumious")
    os.makedirs(f"{desk.folder}/data/frumious")
    with open(f"{desk.folder}/config/frumious/settings.ini", "w") as f:
        f.write(f"[window]\nwidth={SIZE[0]}\nheight={SIZE[1]}\nx=0\ny=0\n")
    os.makedirs(f"{top}/copy")
    shutil.copy(f"{top}/story.yaml", f"{top}/copy")
    with open(f"{desk.folder}/data/frumious/films", "w") as f:
        f.write(f"{top}/story.yaml\n{top}/copy/story.yaml\n{top}/dropped.yaml\n{top}/another.yaml\n")
    with open(f"{top}/another.yaml", "w") as f:
        f.write(OTHER)
    desk.launch()
    journey(desk, screen, hand)
    if hand.given == "touch":
        another_film(desk, screen, hand, top)
    else:
        if hand.given == "mouse":
            take_next(screen, hand)
        screen.take(hand, "Leave", desk.ended)
        judge(desk, hand.given)
    if hand.given == "key":
        all_recorded(desk, screen, hand)


def make_beside(folder):
    """A file of nothing but subtitles: French ones, and English ones that also say what is heard."""
    with open(f"{folder}/words.srt", "w") as f:
        f.write("1\n00:00:00,000 --> 00:00:20,000\nwords\n")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", f"{folder}/words.srt", "-map", "0", "-map", "0", "-c:s", "srt", "-metadata:s:s:0", "language=fre",
                    "-metadata:s:s:1", "language=eng", "-disposition:s:1", "hearing_impaired", f"{folder}/beside.mkv"], check=True, timeout=120)


def main():
    with tempfile.TemporaryDirectory() as top:
        make_beside(top)
        lib.side_by_side(5, *((hand.given, with_hand, f"{top}/{hand.given}", hand, from_shelf) for hand in (Keys, GamePads, Mouse, Touch)),
                         ("settings", with_hand, f"{top}/settings", Keys, settings))
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
