#!/usr/bin/python3
# tests/run: may run beside others
"""frumious try: sessions through a pipe, compared with golden texts; a session on a terminal; transcripts that the
player wrote, and transcripts that the player reads."""
import os
import pty
import re
import subprocess
import sys
import tempfile

from lib import PATIENCE, PROGRAM, done, golden, ok, play, read_until, run, set_home

STORY = """frumious: 1
id: test.try
title: Try
version: "1"
start: hall
languages: [en, de]
state:
  oil: {type: int, min: 0, max: 2, initial: 1}
  mood: {type: enum, values: [calm, angry], initial: calm}
  met: bool
  visits: {type: int, min: 0, max: 9, keep: viewer}
nodes:
  hall:
    title: The hall
    script: |
      A hall.
      Cold.
    clip: {card: Hall, for: 20s}
    enter: [visits += 1, {do: met = true, when: seen(cellar)}]
    at: [{time: 8s, do: mood = angry}]
    decisions:
      - {id: hum, opens: 1s, for: 2s, default: quiet, options: {quiet: Keep quiet, loud: {text: Hum, do: oil += 5}}}
      - id: door
        prompt: Which door?
        opens: 6s
        for: 6s
        default: wait
        options:
          left: {text: Left, sub: It is dark., when: oil > 0 and not met, locked: Too dark., do: oil -= 1, goto: by-mood}
          right: {text: Right, labels: [{when: met, text: Right again}], goto: keypad}
          secret: {text: Secret, when: mood == angry and oil == 2, goto: cellar}
          wait: {text: Wait, goto: lottery}
    next: cellar
  keypad:
    clip: {card: Code?, for: 9s}
    decision:
      {id: pad, opens: 1s, for: 5s, layout: code, cut: now, default: wrong,
       options: {right: {code: 0417, goto: out}, wrong: {wrong: true, goto: cellar}}}
    next: cellar
  cellar: {clip: {card: Cellar, for: 4s}, next: again}
  again: {next: [{when: met, goto: back(door)}, {goto: hall}]}
  out: {clip: {card: Out, for: 3s}, ending: {id: out, title: Outside}}
routes:
  by-mood: [{when: mood == calm, goto: out}, {when: "picked(hum, loud)", goto: keypad}, {goto: deeper}]
  deeper: [{when: oil > 1, goto: out}, {goto: cellar}]
  lottery: [{random: [{weight: 3, goto: cellar}, {when: met, goto: out}]}]
"""
GERMAN = """title: Versuch
node.hall.title: Die Halle
node.hall.card: Halle
node.keypad.card: Code?
node.cellar.card: Keller
node.out.card: Draussen
ending.out.title: Im Freien
decision.door.prompt: Welche?
option.hum.quiet.text: Still
option.hum.loud.text: Summen
option.door.left.text: Links
option.door.left.sub: Dunkel.
option.door.left.locked: Zu dunkel.
option.door.right.text: Rechts
option.door.right.label1.text: Wieder rechts
option.door.secret.text: Geheim
option.door.wait.text: Warten
"""
SESSION = """help
?
loud
?
state
u
1
?
wait
back hum
undo
2
0000
state
nonsense
=quiet
1
2
0417
?
3
undo
0417
back nowhere
save
quit
"""
ENDLESS = """frumious: 1
id: test.round
title: Round
start: a
nodes:
  a: {clip: {card: A, for: 2s}, decision: {id: d, opens: 0s, for: 1s, default: x, options: {x: {text: X, goto: b}, y: {text: Y, goto: c}}}}
  b: {clip: {card: B, for: 2s}, next: b}
  c: {clip: {card: C, for: 2s}, ending: {id: c, title: C}}
"""


def session(text, *args, cwd):
    return run("try", *args, "story.yaml", cwd=cwd, stdin=None, input=text.encode())


def test_golden(folder):
    r = session(SESSION, cwd=folder)
    ok(r.code == 0 and r.err == "", "a session through a pipe", r)
    golden("try.txt", r.out)
    r = session("", "--language", "de", cwd=folder)
    ok(r.code == 0 and "Die Halle" in r.out and "1 quiet: Still" in r.out and r.out.endswith("> \n"), "in another language; no input at all", r)
    r = session("", "--language", "fr", cwd=folder)
    ok(r.code == 0 and "no texts in 'fr'; they are shown in 'en'" in r.err, "in a language that it does not have, which is said", r)


def test_transcripts(folder):
    r = session("2\nwait\nloud\nwait\n1\nright\n0417\nsave t.txt\n", "--seed", "7", cwd=folder)
    ok(r.code == 0 and "Ending: Outside" in r.out, "a play to its end", r)
    with open(f"{folder}/t.txt", encoding="utf-8") as f:
        text = f.read()
    ok("seed 7" in text and "pick keypad 00:01" in text and "timeout hall" in text, "its transcript", text)
    p = play("--choose", "t.txt", "--no-telemetry", "story.yaml", cwd=folder)
    ok(p.code == 0 and "ending    out" in p.out, "the player plays it to the same end", p)
    again = session("save u.txt\nu\n0000\nback hum\nsave v.txt\n", "--choose", "t.txt", cwd=folder)
    with open(f"{folder}/u.txt", encoding="utf-8") as f:
        ok(f.read() == text, "try goes along it, and it stays the same")
    ok(again.code == 0 and "Ending: Outside" in again.out and "?? pad" in again.out and "== back in hall, before hum" in again.out, "and it can be undone", again)
    third = session("state\n", "--choose", "v.txt", cwd=folder)
    ok(third.code == 0 and "?? hum" in third.out.split("back in hall")[-1], "a play that went back goes on where it was left", third)
    p = play("--choose", "v.txt", "--no-telemetry", "story.yaml", cwd=folder)
    ok(p.code == 0, "and in the player, too", p)


def elsewhere_again(folder):
    """What began elsewhere begins there again, from its transcript alone: in `try` and in the player, which then writes the same."""
    start = ["--from", "keypad", "--set", "met=true", "--set", "oil=2"]
    r = session("2\nsave e.txt\n", *start, cwd=folder)
    with open(f"{folder}/e.txt", encoding="utf-8") as f:
        text = f.read()
    lines = [line for line in text.splitlines() if line.split()[0] in ("from", "set", "keep")]
    ok("Saved." in r.out and lines == ["from keypad", "set oil 2", "set met true"], "its transcript says where it began", text)
    r = session("state\nsave f.txt\n", "--choose", "e.txt", cwd=folder)
    with open(f"{folder}/f.txt", encoding="utf-8") as f:
        ok(r.code == 0 and r.out.startswith("\n== keypad") and f.read() == text, "which `try` follows", r)
    p = play("--choose", "e.txt", "--record", "g.txt", "--store", "none.sqlite", "story.yaml", cwd=folder)
    with open(f"{folder}/g.txt", encoding="utf-8") as f:
        again = f.read()
    ok(p.code == 0 and re.findall(r"node +(\w+)", p.out)[0] == "keypad" and not os.path.exists(f"{folder}/data/frumious/telemetry.sqlite"), "so does the player, which records nothing", p)
    ok("from keypad\nset oil 2\nset met true\n" in again and " pad wrong\nstop hall " in again, "and writes a transcript of the same play", again)
    arm = os.path.abspath(f"{os.path.dirname(__file__)}/../stories/valid/experiments.yaml")
    first = [play("--choose", "first", "--seed", str(seed), "--set", "opening=slow", "--record", f"arm{seed}.txt", "--no-telemetry", arm, cwd=folder) for seed in range(4)]
    again = [play("--choose", f"arm{seed}.txt", "--no-telemetry", arm, cwd=folder) for seed in range(4)]
    ok(all(a.code == 0 and "slow-opening" in a.out and a.out == b.out for a, b in zip(first, again)), "so does an arm that was chosen, whatever the seed", first[0].out + again[0].out)
    p = play("--choose", "e.txt", "--from", "hall", "--no-telemetry", "story.yaml", cwd=folder)
    ok(p.code == 1 and "begins at node" in p.err, "another start does not fit it", p)
    with open(f"{folder}/e.txt", "w", encoding="utf-8") as f:
        f.write(text.replace("from keypad", "from keypat"))
    p = play("--choose", "e.txt", "--no-telemetry", "story.yaml", cwd=folder)
    ok(p.code == 2 and "did you mean 'keypad'" in p.err and "the transcript" in p.err, "nor does a node that is gone", p)


def test_elsewhere(folder):
    r = session("?\n2\n", "--from", "keypad", "--set", "met=true", "--set", "mood=angry", "--set", "oil=2", cwd=folder)
    ok(r.code == 0 and r.out.startswith("\n== keypad") and "?? pad" in r.out, "--from begins there", r)
    ok("== cellar" in r.out and "?? door" not in r.out.split("== cellar")[0], "and goes on from there", r)
    elsewhere_again(folder)
    p = play("--from", "out", "--set", "met=true", "--set", "oil=2", "story.yaml", cwd=folder, env=dict(os.environ, XDG_DATA_HOME=f"{folder}/data"))
    nodes = re.findall(r"node +(\w+)", p.out)
    ok(p.code == 0 and nodes == ["out"] and not os.path.exists(f"{folder}/none.sqlite"), "so does play, and records nothing", p)
    p = play("--from", "hal", "story.yaml", cwd=folder)
    ok(p.code == 2 and "did you mean 'hall'" in p.err, "and refuses what is not there", p)
    for args, words in ((["--from", "hal"], "did you mean 'hall'"), (["--set", "oil=3"], "a whole number from 0 to 2"),
                        (["--set", "oil="], "a whole number"), (["--set", "mood=sad"], "calm or angry"), (["--set", "met=yes"], "true or false"),
                        (["--set", "moot=calm"], "did you mean 'mood'"), (["--set", "met"], "NAME=VALUE"), (["--seed", "x"], "--seed")):
        r = session("", *args, cwd=folder)
        ok(r.code == 2 and words in r.err, f"{' '.join(args)} is refused", r)
    r = session("", "--choose", "none.txt", cwd=folder)
    ok(r.code == 3 and "none.txt" in r.err, "a transcript that is not there", r)
    with open(f"{folder}/other.txt", "w", encoding="utf-8") as f:
        f.write("frumious-transcript 1\nstory test.try\npick hall 00:02 hum shout\n")
    r = session("", "--choose", "other.txt", cwd=folder)
    ok(r.code == 1 and "shout" in r.err, "one that does not fit", r)


def test_round(folder):
    with open(f"{folder}/round.yaml", "w", encoding="utf-8") as f:
        f.write(ENDLESS)
    r = run("try", "round.yaml", cwd=folder, stdin=None, input=b"1\nundo\n2\n")
    ok(r.code == 0 and "runs in a circle" in r.out and "Ending: C" in r.out, "a film that never asks again is told, and undone", r.out[-600:])


def test_terminal(folder):
    """On a terminal, typed text is echoed only once, by the terminal; Ctrl-D ends the session."""
    master, slave = pty.openpty()
    p = subprocess.Popen([PROGRAM, "try", "story.yaml"], cwd=folder, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    seen = ""
    for want, typed in (("hall", b"1\n"), ("door", b"2\n"), ("pad", b"0417\n"), ("Outside", b"\x04")):
        seen += read_until(master, want + r".*> $")
        os.write(master, typed)
    code = p.wait(timeout=PATIENCE)
    os.close(master)
    ok(code == 0 and "Ending: Outside" in seen and seen.count("0417") == 2, "on a terminal", seen)  # once typed, once listed


with tempfile.TemporaryDirectory() as top:
    set_home(f"{top}/home")
    os.makedirs(f"{top}/strings")
    with open(f"{top}/story.yaml", "w", encoding="utf-8") as file:
        file.write(STORY)
    with open(f"{top}/strings/de.yaml", "w", encoding="utf-8") as file:
        file.write(GERMAN)
    test_golden(top)
    test_transcripts(top)
    test_elsewhere(top)
    test_round(top)
    test_terminal(top)
sys.exit(done())
