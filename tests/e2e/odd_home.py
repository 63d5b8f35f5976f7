#!/usr/bin/python3
# tests/run: waits most of the time
"""Odd files in the viewer's own folders, in a real window: keys and profiles that are huge, no files, no text, or change while the
film plays. The window opens, what is wrong is said in short and steers no terminal, the film can be left, and the menu shows what
there is."""
import os
import shutil
import sys
import tempfile

import lib
from lib import ok, wait_for
from window import Desktop, make_story

EVERYTHING = [*"abcdefghijklmnopqrstuvwxyz0123456789", "SPACE", "TAB", "ENTER", "ESC", "BS", "LEFT", "RIGHT", "UP", "DOWN", "F1", "F11", "?"]
SAID_MOST = 20000  # bytes, of all that is said


def put(path, content):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(content)


def zeros(path):
    put(path, b"")
    os.truncate(path, 100 << 20)


def device(path):
    os.symlink("/dev/zero", path)


# Of the keys' file: how it comes to be; what must be said; whether the usual keys hold.
KEYS = (
    ("100 MB", zeros, "larger than", True),
    ("a pipe", os.mkfifo, "is a pipe", True),
    ("a folder", os.mkdir, "is a folder", True),
    ("a link to a device", device, "is a device", True),
    ("no text", lambda p: put(p, bytes(range(256)) * 500), "is no text", True),
    ("escapes", lambda p: put(p, b"q\x1b[2J\x9b quit\n\xe2\x80\xaeq fly\nz \x1b]0;x\x07fly\n" * 400), "more lines are wrong", True),
    ("one long line", lambda p: put(p, b"x" * 250000 + b" quit"), "there is no key", True),
    ("a number that is none", lambda p: put(p, b"z add volume abc\n"), "'add volume' wants a whole number other than 0", True),
    ("everything quits", lambda p: put(p, "".join(f"{key} quit\n" for key in EVERYTHING).encode()), "", False),
)


def said(desk):
    with open(f"{desk.folder}/log", "rb") as f:
        return f.read()


def is_harmless(text):
    """Short, and nothing in it steers a terminal."""
    return len(text) < SAID_MOST and not any(byte < 32 and byte != 10 or byte == 127 for byte in text) and "\x9b" not in text.decode(errors="replace")


def leave(desk, what):
    desk.key("q")
    wait_for(desk.ended, f"{what}: q leaves")
    ok(desk.program.returncode == 0, f"{what}: with success", said(desk))


def test_keys(top, story):
    desk = Desktop(top, "keys")
    desk.consent("no")
    keys = f"{desk.folder}/config/frumious/keys.conf"
    try:
        for what, make, wanted, usual in KEYS:
            make(keys)
            if not ok(desk.start(story), f"keys, {what}: a window opens", said(desk)):
                continue
            wait_for(desk.asks, f"{what}: the question is open")
            ok(wanted in said(desk).decode(errors="replace") and is_harmless(said(desk)), f"{what}: what is wrong is said", said(desk)[:2000])
            if not usual:  # arrows and Enter lead through a choice whatever they are bound to
                desk.slowly("Right", "Return")
                wait_for(lambda: desk.shows("green"), "an option is picked all the same")
            leave(desk, what)
            desk.fresh()
            shutil.rmtree(keys) if os.path.isdir(keys) else os.remove(keys)
    finally:
        desk.stop()


def test_keys_change(top, story):
    """The keys are read once: what becomes of their file while the film plays changes nothing."""
    desk = Desktop(top, "keys-change")
    desk.consent("no")
    keys = f"{desk.folder}/config/frumious/keys.conf"
    put(keys, b"x quit\n")
    try:
        desk.start(story)
        wait_for(desk.asks, "the question is open")
        os.remove(keys)
        os.mkfifo(keys)
        desk.key("h")
        desk.wait_for_page("Keys")
        ok("Ctrl+Q, X" in str(desk.screen.now()["page"]) or "X" in str(desk.screen.now()["page"]["items"]), "the page of keys has the viewer's own",
           desk.screen.now()["page"])
        desk.key("x")
        wait_for(desk.ended, "and the key leaves")
        ok(desk.program.returncode == 0 and not said(desk), "nothing is said", said(desk))
    finally:
        desk.stop()


def many(folder):
    for i in range(30000):
        os.makedirs(f"{folder}/Viewer {i}")


def odd_names(folder):
    for name in (b"Anna", b"\x1b[31mred\x1b[0m", "\u202eannA".encode(), b"\xff\xfe", b".hidden", b"a\nb", b" blank", b"x" * 200):
        os.makedirs(os.path.join(os.fsencode(folder), name))
    os.symlink("/", f"{folder}/Root")
    os.mkfifo(f"{folder}/Pipe")


PROFILES = (
    ("30,000", many, lambda names: len(names) <= 24 and "Viewer 1" in " ".join(names)),
    ("odd names", odd_names, lambda names: "Anna" in names and not any(ord(c) < 32 or c == "\u202e" for name in names for c in name) and "Pipe" not in names),
    ("a pipe", os.mkfifo, lambda names: "Everyone" in names),
    ("a file", lambda p: put(p, b"x"), lambda names: "Everyone" in names),
    ("a link in a circle", lambda p: os.symlink(os.path.basename(p), p), lambda names: "Everyone" in names),
)
LAST = (("a pipe", os.mkfifo), ("100 MB", zeros), ("escapes", lambda p: put(p, b"\x1b[2J\x1b]0;x\x07")), ("a way out", lambda p: put(p, b"../..")))


def test_profiles(top, story):
    desk = Desktop(top, "profiles")
    desk.consent("no")
    folder, last = f"{desk.folder}/config/frumious/profiles", f"{desk.folder}/config/frumious/profile"
    try:
        for what, make, right in PROFILES:
            make(folder)
            desk.start(story)
            wait_for(desk.asks, f"profiles, {what}: the film plays")
            desk.slowly("Escape")
            wait_for(lambda: "page" in desk.screen.now(), "the menu is there")
            desk.click_text("Who is watching")
            desk.wait_for_page("Who is watching")
            ok(right(desk.screen.texts()), f"profiles, {what}: the menu shows what can be chosen", desk.screen.texts())
            ok(is_harmless(said(desk)), "and little is said", said(desk)[:2000])
            leave(desk, what)
            desk.fresh()
            shutil.rmtree(folder) if os.path.isdir(folder) and not os.path.islink(folder) else os.remove(folder)
        for what, make in LAST:
            make(last)
            ok(desk.start(story), f"who watched last, {what}: a window opens")
            wait_for(desk.asks, "the film plays")
            ok(is_harmless(said(desk)), "and little is said", said(desk)[:2000])
            leave(desk, what)
            desk.fresh()
            os.remove(last)
    finally:
        desk.stop()


def main():
    with tempfile.TemporaryDirectory() as top:
        make_story(top)
        story = f"{top}/story.yaml"
        lib.side_by_side(2, ("keys", test_keys, top, story), ("keys that change", test_keys_change, top, story), ("profiles", test_profiles, top, story))
    return lib.done()


sys.exit(main())
