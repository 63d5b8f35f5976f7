#!/usr/bin/python3
# tests/run: may run beside others
"""The language server, driven by a real editor: Neovim without a window does what a writer does (tests/lsp_editor.lua)."""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import HERE, PROGRAM, done, ok, skip  # noqa: E402

STORY = """frumious: 1
id: org.example.edit
title: Edit
start: one
include: more.yaml
nodes:
  one: # a remark that stays
    clip: {card: "Eins \U0001F600", for: 4s}
    decision:
      id: door
      opens: 1s
      for: 2s
      default: open
      options: {open: {text: "\U0001F600", goto: tow}, stay: {text: Stay, goto: end}}
"""
MORE = """nodes:
  # two follows one
  two:
    clip: {card: Two, for: 2s}
    next: [{when: seen(two) and seen(one), goto: end}, {goto: one}]
  end:
    clip: {card: End, for: 2s}
    ending: {id: fin, title: The end}
"""


def main():
    if not shutil.which("nvim"):
        skip("the language server in Neovim", "there is no Neovim here")
        return done()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("story.yaml", STORY), ("more.yaml", MORE)):
            with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        log = f"{folder}/out.jsonl"
        r = subprocess.run(["nvim", "--headless", "--clean", "-c", f"luafile {os.path.abspath(HERE + '/../lsp_editor.lua')}"], cwd=folder,
                           env={**os.environ, "OUT": log, "PROGRAM": PROGRAM, "HOME": folder}, capture_output=True, text=True, timeout=300)
        with open(log, encoding="utf-8") as file:
            told = {s["step"]: s["value"] for s in map(json.loads, file)}
        ok(r.returncode == 0, "Neovim comes to the end", r.stderr[-2000:])
        ok(told.get("a mistake is shown") == ["E201"], "a mistake is shown", told)
        ok(told.get("its advice is taken"), "check's advice is an action, and mends it", told)
        ok(told.get("and the mistake is gone"), "and the mistake is gone")
        ok(told.get("what can be typed", [])[:2] == ["open", "stay"], "completion of the decision's own options", told.get("what can be typed"))
        ok(told.get("to another file") == "  two:", "the declaration, in another file", told.get("to another file"))
        more = MORE.replace("two:\n", "zwei:\n    was: two\n").replace("seen(two)", "seen(zwei)")
        ok(told.get("renamed there") == more.rstrip("\n"), "renamed there, with `was` and all comments", told.get("renamed there"))
        story = STORY.replace("goto: tow", "goto: zwei")
        ok(told.get("and here") == story.rstrip("\n"), "and in the first file", told.get("and here"))
        hover = told.get("hover") or ""
        ok(("→ `zwei`" in hover or "→ `two`" in hover) and "0:04" in hover, "hover tells where the ways lead, and how long it lasts", hover)
        ok(told.get("outline") == ["one"], "the outline", told.get("outline"))
        ok(told.get("laid out"), "the layout of fmt")
        check = subprocess.run([PROGRAM, "check", "--strict", f"{folder}/story.yaml"], capture_output=True, text=True)
        ok(check.returncode == 0, "what was saved is right", check.stdout)
    done()


if __name__ == "__main__":
    main()
