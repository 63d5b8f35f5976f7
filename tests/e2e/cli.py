#!/usr/bin/python3
# tests/run: may run beside others
"""The command line as a stranger uses it: help, exit codes, what goes where, odd arguments and paths, transcripts, seeds,
screenshots, telemetry's verbs, and odd environments."""
import contextlib
import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
import lib
from lib import NOBODY, PATIENCE, PROGRAM, make_films, make_story, ok, play, rows, run, set_home, skip, try_rows, wait_for

COMMANDS = ("play", "check", "try", "explain", "telemetry")

# Of two options that can't both be meant, none is passed over: both are named, and what to do.
STORED = (["--store", "s"], ["--trust-store"], ["--channel", "festival"])
ELSEWHERE = (["--from", "hall"], ["--set", "a=1"], ["--watch"], ["--inspect"])
PAIRS = [("play", one, other, "leave one out") for one in (["--no-telemetry"], *ELSEWHERE) for other in STORED]
PAIRS += [("play", ["--resume"], other, "leave one out") for other in ELSEWHERE]
PAIRS += [("play", ["--watch"], other, "plays whatever is saved") for other in (["--choose", "first"], ["--screenshots", "d"], ["--trace", "t"])]
PAIRS += [
    ("play", ["--resume"], ["--restart"], "choose one"), ("play", ["--seed", "1"], ["--choose", __file__], "leave out --seed"),
    ("try", ["--seed", "1"], ["--choose", "t"], "leave out --seed"), ("check", ["--deep"], ["--no-media"], "choose one"),
    ("check", ["--strict"], ["--error-level", "error"], "choose one"), ("diff", ["--no-search"], ["--max-seconds", "2"], "leave one out"),
    ("diff", ["--no-search"], ["--max-memory", "9"], "leave one out"), ("diff", ["--no-search"], ["--threads", "2"], "leave one out"),
    ("export script", ["--no-search"], ["--max-seconds", "2"], "leave one out"), ("graph", ["--unfolded"], ["--by", "act"], "leave one out"),
    ("audience", ["--truth"], ["--store", "s"], "leave one out"), ("telemetry note", ["--remove", "1"], ["--date", "2026-01-31"], "leave one out"),
    ("telemetry note", ["--remove", "1"], ["--story", "x"], "leave one out"), ("report", ["--viewers"], ["--since", "2026-01-31"], "alone"),
    ("report", ["--viewers"], ["--time", "2"], "alone"), ("report", ["--viewers"], ["--viewings", "all"], "alone"), ("report", ["--viewers"], ["--pool"], "alone"),
    ("report", ["--viewers"], ["--timezone", "local"], "alone"),
]


def test_surface():
    r = run("--help")
    ok(r.code == 0 and not r.err and all(c in r.out for c in COMMANDS), "--help names every command, on stdout", r)
    r = run("--version")
    ok(r.code == 0 and re.match(r"frumious \d+\.\d+\.\d+\n", r.out) and not r.err, "--version", r)
    r = run()
    ok(r.code == 2 and not r.out and "Usage" in r.err, "without arguments: usage on stderr, 2", r)
    for command in COMMANDS:
        r = run(command, "--help")
        ok(r.code == 0 and f"frumious {command}" in r.out and not r.err, f"{command} --help", r)
        ok(run("help", command).out == r.out, f"help {command} is the same")
    rows_ = [  # arguments, exit code, what the message must say
        (["bogus"], 2, "bogus"), (["--bogus"], 2, "--bogus"), (["play", "--bogus"], 2, "--bogus"),
        (["check"], 2, "STORY"), (["check", "--bogus", "x"], 2, "--bogus"), (["explain", "X999"], 2, "X999"),
        (["telemetry"], 2, "show"), (["telemetry", "bogus"], 2, "bogus"), (["telemetry", "path", "extra"], 2, "too many"),
        (["telemetry", "show", "a", "b"], 2, "too many"), (["telemetry", "list", "-n", "x"], 2, "x"),
        (["telemetry", "list", "-n", "-1"], 2, "--limit"), (["telemetry", "list", "-n", "0"], 2, "--limit"),
        (["check", "x.yaml", "--format", "xml"], 2, "--format wants text, json or sarif, not 'xml'"),
        (["graph", "x.yaml", "--by", "sea"], 2, "--by wants node or act, not 'sea'"), (["report", "--time", "none", "--store", "/nowhere"], 3, "no such file"),
        (["diff", "a", "b", "--format", "x"], 2, "text or json, not 'x'"), (["explore", "a", "--format", "x"], 2, "not 'x'"), (["cover", "a", "--format", "x"], 2, "not 'x'"),
        (["simulate", "a", "--format", "x"], 2, "not 'x'"), (["telemetry", "list", "--store="], 2, "--store"),
        (["play", "--lang", "de", "x"], 2, "did you mean --language?"), (["report", "--formt=x"], 2, "did you mean --format?"),
        (["check", "--bogus=format", "x"], 2, "--help"), (["help", "bogus"], 2, "bogus"), (["help", "chekc"], 2, "`frumious check`"),
        (["export"], 2, "export script STORY"), (["export", "strngs", "x"], 2, "'strings'"), (["export", "x"], 2, "no verb 'x'"),
        (["export", "lines"], 2, "export lines STORY"), (["import", "otio", "x"], 2, "import otio STORY FILE"),
        (["import", "twe"], 2, "'twee'"), (["report", "all.sqlite"], 2, "--store"), (["audience", "x", "--store", "s"], 2, "nothing else"), (["telemetry", "lst"], 2, "'list'"),
        (["play", "a", "b"], 2, "one story"), (["play", "--realtime", "x"], 2, "--realtime"),
        (["play", "--cuts", "x"], 2, "--cuts"), (["play", "--headless", "--store=", "x"], 2, "--store"),
        (["play", "/nowhere/story.yaml"], 3, "/nowhere/story.yaml"), (["check", "/nowhere/story.yaml"], 3, ""),
    ]
    rows_ += [  # options that the verb has no use for are no longer passed over, and flags take no value
        (["telemetry", "list", "--story", "x"], 2, "--story is not for 'list'"), (["telemetry", "show", "--anonymous"], 2, "but for: export"),
        (["telemetry", "export", "--limit", "3"], 2, "--limit is not for 'export'"), (["telemetry", "path", "--now"], 2, "but for: retention"),
        (["telemetry", "erase", "all", "--dry-run"], 2, "but for: retention"), (["telemetry", "list", "--format", "csv"], 2, "but for: export, held"),
        (["telemetry", "export", "--k", "5"], 2, "--k goes with --anonymous"), (["telemetry", "export", "--anonymous", "--k", "0"], 2, "--k wants"),
        (["telemetry", "note", "--remove", "0"], 2, "--remove wants"), (["telemetry", "show", "--superseded"], 2, "but for: export"),
        (["export", "otio", "x", "-o", "y"], 2, "--output is not for 'otio', but for: cut"), (["export", "lines", "x", "--pseudo", "long"], 2, "but for: strings"),
        (["export", "strings", "x", "--choose", "y"], 2, "but for: otio, cut"), (["export", "shots", "x", "--no-search"], 2, "but for: script"),
        (["export", "cut", "x", "--format", "po"], 2, "--format is not for 'cut'"), (["import", "twee", "x", "--dry-run"], 2, "but for: otio"),
        (["import", "otio", "x", "y", "--video", "z"], 2, "but for: moments"), (["play", "--headless=no", "x"], 2, "--headless takes no value; leave out '=no'"),
        (["report", "--stills", "4"], 2, "--stills with --film"), (["report", "--stills", "4", "--film", "x"], 2, "--format html"),
        (["graph", "x", "--format", "dot", "--page", "a4"], 2, "dot has no page"), (["graph", "x", "--format", "json", "--portrait"], 2, "json has no page"),
        (["share", "--status", "--withdraw"], 2, "do not go together"), (["share", "--yes"], 2, "--yes wants a story"),
        (["check", "x", "--deep=3"], 2, "--deep takes no value"), (["telemetry", "export", "--anonymous=false"], 2, "--anonymous takes no value"),
    ]
    rows_ += [(["telemetry", "erase", "leftovers", "--story", "x"], 2, "'leftovers' and --story"),
              (["telemetry", "erase", "leftovers", "--viewer", "me"], 2, "'leftovers' and --viewer")]
    for size in ("x", "640", "159x90", "160x89", "0x0", "-5x100", "16385x100", "640x360x", "99999999999x100"):
        rows_.append((["play", "--size", size, "x"], 2, "--size"))
    for seed in ("-1", "x", "1e3", "18446744073709551616", ""):
        rows_.append((["play", f"--seed={seed}", "x"], 2, "--seed"))
    for verb, one, other, said in PAIRS:
        words = verb.split()
        given = [] if verb in ("report", "audience", "telemetry note") else ["x", "y"] if verb == "diff" else ["x"]
        r = run(*words, *one, *other, *given)
        told = said == "alone" or other[0] in r.err
        ok(r.code == 2 and not r.out and told and one[0] in r.err and said in r.err, f"{verb} {one[0]} {other[0]} is 2, and both are named", r)
    for args, code, said in rows_:
        r = run(*args)
        ok(r.code == code and said in r.err and (code != 2 or not r.out), f"{' '.join(args)} is {code} and says why", r)
    commands = re.findall(r"^  (\w+) +[a-z]", run("--help").out.split("Options:")[0], re.M)
    wide = [line for args in [[], *([c] for c in commands)] for line in run(*args, "--help").out.splitlines() if len(line) > 80]
    ok(len(commands) > 10 and not wide, "every help text fits 80 columns", wide)
    long = "a" * 100000
    for args, code in ((["x" + long], 2), (["check", long], 3), (["explain", long], 2), (["telemetry", long], 2),
                       (["play", "--headless", "--choose", long, "x"], 3)):
        r = run(*args)
        ok(r.code == code and len(r.err) + len(r.out) < 600000, f"a word of 100,000 letters ({args[0][:9]}) is {code}", r)


def test_manual():
    """engine/commands/README.md has a section for each command and names each of its options and verbs."""
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../engine/commands/README.md"), encoding="utf-8") as f:
        parts = re.findall(r"^### (\w+).*?\n(.*?)(?=^##|\Z)", f.read(), re.M | re.S)
    sections = {command: "".join(text for name, text in parts if name == command) for command, _ in parts}
    commands = re.findall(r"^  (\w+) +[a-z]", run("--help").out.split("Options:")[0], re.M)
    ok(len(commands) > 10 and sorted(commands) == sorted(sections), "the manual has a section for each command", f"{commands}\n{list(sections)}")
    for command in commands:
        text = run(command, "--help").out
        words = set(re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.M)) - {"--help"}
        words |= set(re.findall(r"^  (\w+)", text.split("Verbs:")[1], re.M)) if "Verbs:" in text else set()
        missing = [w for w in sorted(words) if not re.search(rf"[ `]{w}[ `]", sections.get(command, ""))]
        ok(not missing, f"the manual names every option of {command}", missing)


def test_output(story):
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb") as closed:
        r = play("--no-telemetry", "--record", f"{story}.piped", story, stdout=closed)
    ok(r.code == 3 and not r.err and os.path.exists(f"{story}.piped"), "into a closed pipe: the film still plays to its end", r)
    with open("/dev/full", "wb") as full:
        r = run("explain", stdout=full)
    ok(r.code == 3 and "standard output" in r.err, "a full disk behind stdout is a failure", r)
    store = f"{story}.closed.sqlite"
    r = subprocess.run(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", PROGRAM, "play", "--headless", "--store", store, "--record",
                        f"{story}.closed", story], timeout=60)
    text = open(f"{story}.closed").read()
    ok(r.returncode == 0 and text.startswith("frumious-transcript 1\n") and "node  " not in text and
       rows(store, "PRAGMA integrity_check") == [("ok",)], "standard files closed: nothing is written into other files", text)
    r = play("--no-telemetry", "--record", "/dev/stdout", story)
    ok(r.ended() and "frumious-transcript 1" in r.out, "a transcript can go to /dev/stdout", r)
    link = f"{story}.link"
    os.symlink(f"{story}.target", link)
    r = play("--no-telemetry", "--record", link, story)
    ok(r.ended() and os.path.islink(link) and os.path.exists(f"{story}.target"), "a transcript is written through a link", r)
    ok("\x1b[" not in run("check", story).out, "no colours into a pipe")


def test_colours(broken):
    def on_terminal(**env):
        """Runs check on a terminal (script makes one)."""
        r = subprocess.run(["script", "-qec", f"'{PROGRAM}' check '{broken}'", "/dev/null"], capture_output=True, timeout=60,
                           env={**os.environ, "TERM": "xterm", **env}, stdin=subprocess.DEVNULL)
        return r.stdout.decode()
    if not shutil.which("script"):
        skip("colours on a terminal", "script is missing")
        return
    ok("\x1b[" in on_terminal(), "a terminal gets colours", on_terminal())
    ok("\x1b[" not in on_terminal(NO_COLOR="1"), "NO_COLOR switches them off")
    ok("\x1b[" not in on_terminal(TERM="dumb"), "and so does a dumb terminal")


def test_paths(films, top):
    for name in ("with blank", "quote'\"s", "new\nline", "-dash", "ünï"):
        story = make_story(films, f"{top}/paths/{name}")
        r = play("--no-telemetry", story)
        ok(r.ended(), f"a story in a folder called {name!r}", r)
    folder = os.fsencode(f"{top}/paths/") + b"\xff\xfe"
    story = make_story(os.fsencode(films), folder)
    r = play("--store", folder + b"/s.sqlite", "--record", folder + b"/r", "--screenshots", folder + b"/p", story)
    ok(r.ended() and os.path.getsize(folder + b"/r") and os.path.getsize(folder + b"/s.sqlite") and os.listdir(folder + b"/p"),
       "paths that are not UTF-8", r)
    r = play("--no-telemetry", "./-dash/story.yaml", cwd=f"{top}/paths")
    ok(r.ended(), "a relative path", r)
    r = play("--no-telemetry", "--", "-x.yaml", cwd=os.path.dirname(shutil.copy(f"{top}/paths/-dash/story.yaml",
                                                                               f"{top}/paths/-dash/-x.yaml")))
    ok(r.ended(), "a story whose name begins with a dash, behind --", r)


def test_no_story(top):
    os.makedirs(f"{top}/odd")
    os.mkfifo(f"{top}/odd/fifo")
    open(f"{top}/odd/empty", "w").close()
    with open(f"{top}/odd/binary", "wb") as f:
        f.write(bytes(range(256)) * 50)
    for path, code in ((f"{top}/odd", 1), (f"{top}/odd/fifo", 1), (f"{top}/odd/empty", 1), (f"{top}/odd/binary", 1),
                       ("/dev/null", 1), ("/dev/zero", 1), (f"{top}/odd/missing", 3), ("", 3)):
        name = os.path.basename(path) or "''"
        r = play("--no-telemetry", path)
        ok(r.code == code and not r.out and path in r.err, f"{name} is no story to play: {code}", r)
        r = run("check", path)
        ok(r.code == code and path in r.out, f"{name} is no story to check: {code}", r)


def test_new(top):
    """A new film has no mistake, plays, and its schema lies beside it. What is there is never written over."""
    folder = f"{top}/new film/deep"
    r = run("new", folder, "--title", 'The "Night": Bus #2')
    ok(r.code == 0 and not r.err and 'The "Night": Bus #2' in r.out, "new makes a film", r)
    names = sorted(os.path.relpath(os.path.join(d, f), folder) for d, _, files in os.walk(folder) for f in files)
    ok(names == [".gitignore", "README.md", "media/README.txt", "story.schema.json", "story.yaml"], "all of its files", names)
    with open(f"{folder}/story.yaml", encoding="utf-8") as f:
        text = f.read()
    ok("$schema=./story.schema.json" in text.splitlines()[0] and "id: org.example.the-night-bus-2\n" in text, "names", text)
    r = run("check", "--strict", folder)
    ok(r.code == 0 and "0 errors, 0 warnings" in r.out, "check finds nothing", r)
    r = run("explore", folder)
    ok(r.code == 0 and "proved, 0 mistakes, 0 notes" in r.out, "explore finds nothing", r)
    r = play("--no-telemetry", folder)
    ok(r.code == 0 and "ending    outside" in r.out and not r.err, "it plays", r)
    r = run("new", folder)
    ok(r.code == 1 and "holds files already" in r.err, "what is there stays", r)
    os.mkdir(f"{top}/bus")
    r = run("new", f"{top}/bus", "--language", "de")
    with open(f"{top}/bus/story.yaml", encoding="utf-8") as f:
        text = f.read()
    ok(r.code == 0 and 'title: "bus"\n' in text and "languages: [de]" in text, "without a terminal nothing is asked", r)
    for args in ([], ["a", "b"], [f"{top}/x", "--language", "e n"], [f"{top}/x", "--language", "xx--"], [f"{top}/x", "--title", "a\nb"]):
        r = run("new", *args)
        ok(r.code == 2 and r.err and not os.path.exists(f"{top}/x"), f"new {args} is refused", r)


def test_unversioned(top):
    """A film that tells no version, as the first ones that people write: no word is left without what it is about."""
    story, store = f"{top}/plain.yaml", f"{top}/plain.sqlite"
    with open(story, "w", encoding="utf-8") as f:
        f.write("frumious: 1\nid: org.example.plain\ntitle: Plain\nstart: a\nnodes:\n"
                "  a: {clip: {card: A, for: 1s}, ending: {id: e, title: End}}\n")
    ok(run("play", "--headless", "--store", store, story).code == 0, "a film without a version plays")
    r = run("telemetry", "list", "--store", store)
    ok("\n  Plain: ending" in r.out, "list", r)
    r = run("telemetry", "status", "--store", store)
    ok("org.example.plain: 1\n" in r.out, "status", r)
    r = run("report", "--store", store)
    ok("    version –\n" in r.out, "report", r)
    r = run("report", "--story", "org.example.other", "--store", store)
    ok(r.code == 1 and r.err.endswith("  org.example.plain\n"), "what there is", r)
    with open(f"{top}/zeros.sqlite", "wb") as f:
        f.write(bytes(8192))
    r = run("telemetry", "list", "--store", f"{top}/zeros.sqlite")
    ok(r.code == 3 and "zeros.sqlite: is damaged. If it is a copy, copy it again." in r.err, "a damaged store, and what to do", r)


def watched_story(text, extra=""):
    return f"""frumious: 1
id: org.example.watched
title: Watched
start: hall
nodes:
  hall: {{clip: {{card: {text}, for: 900s}}, next: end}}
  end: {{clip: {{card: End, for: 1s}}, ending: {{id: end, title: End}}}}
{extra}"""


def test_play_watch(top):
    """What is saved is played at once, in the same node; mistakes are told, and the version before plays on."""
    path = f"{top}/watched/story.yaml"
    os.mkdir(os.path.dirname(path))

    def save(text, in_place):
        with open(path if in_place else path + "~", "w", encoding="utf-8") as f:
            f.write(text)
        if not in_place:
            os.replace(path + "~", path)

    record = f"{top}/watched/record.txt"

    def recorded():
        with open(record, encoding="utf-8") as f:
            return f.read()

    save(watched_story("One"), True)
    p = subprocess.Popen([PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--watch", "--record", record, path], text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    late = threading.Timer(PATIENCE, p.kill)
    late.start()

    def said(*parts):
        """The next line on standard error that holds one of these."""
        return next((line for line in p.stderr if any(part in line for part in parts)), "")

    ok("node      hall" in p.stdout.readline(), "it plays")
    for text, in_place, parts in (
            (watched_story("Two"), True, ("other words: `node.hall.card`; on in `hall` at",)),
            (watched_story("Two").replace("next: end", "next: ent"), False, ("there is no node or route `ent`; the version before plays on",)),
            (watched_story("{"), True, ("the version before plays on",)),
            (watched_story("Two", "  more: {clip: {card: More, for: 1s}, next: end}\n"), False, ("new: `more`; on in `hall` at",)),
            (watched_story("Two").replace("hall", "yard"), False, ("new: `yard`; gone: `hall`, `more`; on in `yard` at 00:00.000",))):
        save(text, in_place)
        line = said(*parts)
        ok(line, f"told: {parts[0]}")
    reloads = re.findall("^reload hall .*", recorded(), re.M)
    ok(len(reloads) == 2 and "node.hall.card" in reloads[0] and "new: `more`" in reloads[1], "each reload is a line of the transcript", reloads)
    nodes = [p.stdout.readline().split()[-1] for _ in range(3)]
    ok(nodes == ["hall", "hall", "yard"], "three versions were played, in the node where the one before was", nodes)
    p.terminate()
    p.communicate()
    late.cancel()
    ok(p.returncode == 130, "a signal ends it", p.returncode)
    lines = [line.split()[:3] for line in recorded().splitlines()]
    ok(["reload", "yard", "00:00.000"] in lines and lines[-1][:2] == ["stop", "yard"], "and the last transcript is of the version that played last", lines)
    r = run("play", "--headless", "--choose", record, "--no-telemetry", path)
    ok(r.code == 0 and "yard" in r.out, "which a replay can follow", r)
    r = run("play", "--watch", "--choose", "first", path)
    ok(r.code == 2 and "--watch" in r.err, "nobody can follow a transcript in a story that changes", r)


def test_folders(films, top):
    """A folder with a story.yaml is that story, a link to a story is the story, and a story alone is played."""
    story = make_story(films, f"{top}/folders/film")
    os.mkdir(f"{top}/folders/links")
    os.symlink("../film/story.yaml", f"{top}/folders/links/mine.yaml")
    os.symlink("../film", f"{top}/folders/links/folder")
    for path in ("film", "film/", "links/folder", "links/mine.yaml"):
        r = play("--no-telemetry", path, cwd=f"{top}/folders")
        ok(r.ended() and "missing" not in r.err, f"play {path}", r)
        r = run("check", path, cwd=f"{top}/folders")
        ok(r.code == 0 and "0 errors, 0 warnings" in r.out, f"check {path}", r)
    for name in ("film", "film/story.yaml", "./links/mine.yaml"):
        r = run(name, "--headless", "--size", "160x90", "--no-telemetry", cwd=f"{top}/folders")
        ok(r.ended(), f"frumious {name} plays it", r)
    r = run("try", "film", cwd=f"{top}/folders")
    ok(r.code == 0 and "Which colour?" in r.out, "other commands know folders, too", r)
    r = play("--no-telemetry", "Film/story.yaml", cwd=f"{top}/folders")
    ok(r.code == 3 and "there is `film/story.yaml`" in r.err, "a story in other capitals: named", r)
    r = run("chek", story)
    ok(r.code == 2 and "did you mean `frumious check`?" in r.err, "a misspelt command: named", r)
    r = run("nothing-of-the-kind")
    ok(r.code == 2 and "there is no command or story" in r.err, "neither a command nor a story", r)
    os.mkdir(f"{top}/folders/empty")
    r = run("check", "empty", cwd=f"{top}/folders")
    ok(r.code == 1 and "E505" in r.out and "a folder without a `story.yaml`" in r.out, "a folder without a story", r)


def test_stand_ins(films, top):
    """What lies in a film's place is said by name, where the film can't be read."""
    story = make_story(films, f"{top}/stand-ins")
    with open(f"{top}/stand-ins/red.mkv", "w") as f:
        f.write("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
    os.rename(f"{top}/stand-ins/blue.mkv", f"{top}/stand-ins/Blue.MKV")
    r = run("check", story)
    ok(r.code == 1 and "`red.mkv` is a pointer of Git LFS" in r.out and "git lfs pull" in r.out, "a pointer of Git LFS", r)
    p = play("--no-telemetry", story)
    ok(p.ended() and "red.mkv: a pointer of Git LFS" in p.err and "a slate stands in for it" in p.err, "play says it, too", p)
    ok("`blue.mkv` does not exist; there is `Blue.MKV`" in r.out, "a film in other capitals", r)
    with open(f"{top}/stand-ins/red.mkv", "wb") as f:
        f.write(b"\x1a\x45\xdf\xa3" + bytes(range(256)) * 40)
    r = run("check", story)
    ok(r.code == 1 and "damaged, or not in a supported format (see `clip` in stories/README.md)" in r.out, "damage: said to its end", r)
    open(f"{top}/stand-ins/red.mkv", "w").close()
    r = run("check", story)
    ok(r.code == 1 and "`red.mkv` is an empty file" in r.out, "an empty file", r)


def test_planned(story, top):
    """How long a whole file is planned to last is known when it is open, and with it how much of the film was watched."""
    store = f"{top}/planned.sqlite"
    r = play("--store", store, "--choose", "first", story)
    ok(r.ended(), "a play of whole files", r)
    planned = dict(lib.rows(store, "SELECT n.name, v.planned_us FROM visit v JOIN node n ON n.id = v.node"))
    ok(planned.get("over") == 2000000, "a card lasts as the story says", planned)
    ok(all(abs((planned.get(n) or 0) - 2000000) <= 100000 for n in ("red", "green", "blue") if n in planned) and "red" in planned,
       "each whole file of two seconds is planned as it is", planned)
    r = run("telemetry", "show", "--store", store)
    ok(" of 0 s" not in r.out and "of 2" in r.out, "and shown with it", r)


def test_check(story, broken):
    r = run("check", story)
    ok(r.code == 0 and "4 nodes, 2 decisions, 1 ending; 0 errors, 0 warnings" in r.out and not r.err, "check counts", r)
    r = run("check", story, broken)
    ok(r.code == 1 and "E201" in r.out and "`ocean`" in r.out and "^" in r.out, "check shows a mistake with its place", r)
    r = run("check", broken, "/nowhere")
    ok(r.code == 3, "the worst of several is the exit code", r)
    lean = os.path.join(os.path.dirname(story), "lean.yaml")
    with open(lean, "w") as f:
        f.write(open(story).read().replace("red.mkv", "unshot.mkv"))
    r = run("check", lean)
    ok(r.code == 0 and "W601" in r.out, "a missing film is a warning", r)
    ok(run("check", "--strict", lean).code == 1, "which --strict takes for a failure")
    codes = re.findall(r"^([EWN]\d{3}) ", run("explain").out, re.M)
    ok(len(codes) > 50 and len(set(codes)) == len(codes), "explain lists the codes")
    r = run("explain", *codes)
    ok(r.code == 0 and all(re.search(rf"^{c}  ", r.out, re.M) for c in codes), "and explains all of them", r)
    r = play("--no-telemetry", broken)
    ok(r.code == 1 and "E201" in r.err and not r.out, "a broken story is not played", r)


def test_relative_xdg(story, top):
    """A relative XDG_* is ignored: nothing is made in the folder that the program was started in."""
    folder, home = f"{top}/started", f"{top}/xdg-home"
    os.makedirs(folder)
    env = {**os.environ, "HOME": home, **{f"XDG_{n}": n.lower() for n in ("DATA_HOME", "CONFIG_HOME", "CACHE_HOME", "STATE_HOME")}}
    r = run("telemetry", "path", cwd=folder, env=env)
    ok(r.out == f"{home}/.local/share/frumious/telemetry.sqlite\n", "a relative XDG_DATA_HOME is ignored", r)
    r = play("--resume", os.path.abspath(story), cwd=folder, env=env)
    run("telemetry", "off", cwd=folder, env=env)
    ok(r.ended() and not os.listdir(folder) and os.path.exists(f"{home}/.config/frumious/settings.ini") and
       os.path.exists(f"{home}/.local/share/frumious/telemetry.sqlite"), "and so are the others, by all libraries", f"{r}\n{os.listdir(folder)}")
    env["XDG_DATA_HOME"] = f"{top}/xdg-data"
    r = run("telemetry", "path", cwd=folder, env=env)
    ok(r.out == f"{top}/xdg-data/frumious/telemetry.sqlite\n", "an absolute one counts", r)


def decisions(store):
    return rows(store, "SELECT decision, outcome, option, given, changes, latency_us FROM v_exposure ORDER BY viewing, seq")


def same_but_identity(a, b):
    """Two stores of one play each: every table equal but for ids, the store's own mark, wall-clock times and who made the file."""
    different = []
    for (table,) in rows(a, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name != 'control'"
                           " ORDER BY 1"):
        columns = [c[1] for c in rows(a, f"PRAGMA table_info({table})")]
        columns = [c for c in columns if c not in ("uuid", "viewer", "mark") and not c.endswith("_ms")]
        sql = f"SELECT {', '.join(columns)} FROM {table}" if columns else f"SELECT count(*) FROM {table}"
        x, y = sorted(map(repr, rows(a, sql))), sorted(map(repr, rows(b, sql)))
        if x != y:
            different.append(f"{table}: {[i for i in x if i not in y]} and {[i for i in y if i not in x]}")
    return different


def test_choose(story, top):
    folder = f"{top}/choose"
    os.makedirs(folder)
    for how in ("default", "first", "random"):
        plays = []
        for n in (1, 2):
            plays.append(play("--choose", how, "--seed", "12", "--store", f"{folder}/{how}{n}.sqlite", "--record",
                              f"{folder}/{how}{n}", story))
        ok(plays[0].ended() and plays[0].out == plays[1].out, f"--choose {how}, same seed: the same film",
           f"{plays[0]}\n{plays[1]}")
        different = same_but_identity(f"{folder}/{how}1.sqlite", f"{folder}/{how}2.sqlite")
        ok(not different, f"--choose {how}: and the same in the database", "\n".join(different))
        again = play("--choose", f"{folder}/{how}1", "--store", f"{folder}/{how}3.sqlite", "--record", f"{folder}/{how}3", story)
        strip = lambda text: [l.split(None, 1)[1] for l in text.splitlines()]
        ok(again.ended() and strip(again.out) == strip(plays[0].out), f"--choose {how} from its transcript: the same film",
           f"{plays[0]}\n{again}")
        tell = lambda n: [d[:3] for d in decisions(f"{folder}/{how}{n}.sqlite")]
        ok(tell(3) == tell(1), f"--choose {how} from its transcript: the same decisions", f"{tell(1)}\n{tell(3)}")
        ok(open(f"{folder}/{how}1").read() == open(f"{folder}/{how}3").read(), f"--choose {how}: its transcript again",
           open(f"{folder}/{how}1").read() + open(f"{folder}/{how}3").read())
        chooser = rows(f"{folder}/{how}3.sqlite", "SELECT chooser, mode FROM v_viewing")
        ok(chooser == [("transcript", "headless")], f"--choose {how}: a replay is marked as one", chooser)
    seen = {play("--choose", "random", "--no-telemetry", "--seed", str(n), story).out for n in range(8)}
    ok(len(seen) > 2, "other seeds give other films", seen)
    seen = {play("--choose", "random", "--no-telemetry", story).out for n in range(10)}
    ok(len(seen) > 1, "without --seed, random is random", seen)
    r = play("--seed", "18446744073709551615", "--store", f"{folder}/max.sqlite", story)
    shown = run("telemetry", "show", "--store", f"{folder}/max.sqlite")
    ok(r.ended() and "seed 18446744073709551615" in shown.out, "the largest seed, as telemetry shows it", shown)


def test_transcripts(story, top):
    head = "frumious-transcript 1\nstory org.example.small\nseed 5\n"
    cases = [  # name, text, exit code, in stdout, in stderr
        ("by hand", head + "pick red - which blue # a comment\npick blue - again on\n", 0, "which: blue", ""),
        ("a loop", head + "pick red - which blue\npick blue 00:00.700 again back\npick red - which blue\ntimeout blue - again\n",
         0, "again: back", ""),
        ("going back", head + "pick red - which blue\nback blue 00:00.400 which\ntimeout red - which\n", 0, "back to which", ""),
        ("left early", head + "pick red - which blue\nstop blue 00:00.100\n", 0, "node      blue", ""),
        ("only a head", head, 0, "ending    end", ""),
        ("windows line ends", head.replace("\n", "\r\n"), 0, "ending    end", ""),
        ("an option that is not there", head + "pick red - which violet\n", 1, "", "violet"),
        ("a decision that is not there", head + "pick red - when green\n", 1, "", "when"),
        ("the wrong decision", head + "pick blue - again on\n", 1, "", "again"),
        ("another story", head.replace("small", "large"), 1, "", "org.example.large"),
        ("no transcript", "hello\n", 1, "", "line 1"),
        ("nothing", "", 1, "", "the file is empty"),
        ("zeros", "\0" * 40, 1, "", "a zero byte"),
        ("a word too few", head + "pick red -\n", 1, "", "line 4"),
        ("a newer format", head.replace("transcript 1", "transcript 2"), 1, "", "transcript"),
        ("not UTF-8", head + "pick red - which bl\udcff\n", 1, "", "UTF-8"),
    ]
    for name, text, code, out, err in cases:
        path = f"{top}/{name}.transcript"
        with open(path, "wb") as f:
            f.write(text.encode("utf-8", "surrogateescape"))
        r = play("--no-telemetry", "--choose", path, story)
        ok(r.code == code and out in r.out and err in r.err and bool(r.err) == (code != 0), f"transcript: {name}", r)
    for path, code in ((f"{top}", 1), ("/nowhere", 3), ("RANDOM", 3), ("", 3)):
        r = play("--no-telemetry", "--choose", path, story)
        ok(r.code == code and not r.out and "default, first, random" in r.err, f"--choose {path!r} is {code}", r)


def test_files(story, films, top):
    r = play("--no-telemetry", "--screenshots", f"{top}/new/deep/er", "--cuts", "--choose", "first", "--seed", "1", story)
    names = sorted(os.listdir(f"{top}/new/deep/er"))
    ok(r.ended() and names[0] == "01-red.png" and "02-which.png" in names and names[-1].endswith("-ending-end.png"),
       "screenshots into a new folder", f"{r}\n{names}")
    sizes = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=width,height", "-of", "csv=p=0",
                            f"{top}/new/deep/er/{names[0]}"], capture_output=True, text=True, timeout=60).stdout.strip()
    ok(sizes == "160,90", "of the size asked for", sizes)
    for where in ("/proc/nowhere", story):
        r = play("--no-telemetry", "--screenshots", where, story)
        ok(r.code == 3 and where in r.err and not r.out, f"screenshots into {os.path.basename(where)} are refused at once", r)
    pipe = f"{top}/pipe"
    os.mkfifo(pipe)
    for option, where in [(o, w) for o in ("--record", "--trace") for w in ("/nowhere/transcript", top, pipe, "/dev/full")]:
        r = play("--no-telemetry", option, where, story)
        ok(r.code == 3 and where in r.err and not r.out, f"{option} {os.path.basename(where)} is refused before the film", r)
    ok(stat.S_ISFIFO(os.stat(pipe).st_mode), "and a pipe stays one")
    r = run("play", "--headless", "--no-telemetry", "--size", "4096x2160", "--screenshots", f"{top}/large", story)
    ok(r.ended(), "a large size", r)
    a = play("--no-telemetry", "--language", "de", "--screenshots", f"{top}/de", story)
    b = play("--no-telemetry", "--language", "en", "--screenshots", f"{top}/en", story)
    c = play("--no-telemetry", "--language", "en", "--screenshots", f"{top}/en2", story)
    ok(a.ended() and b.ended() and c.ended(), "languages play")
    read = lambda n: open(f"{top}/{n}/01-which.png", "rb").read()
    ok(read("de") != read("en"), "a panel in German looks different")
    ok(read("en") == read("en2"), "and twice the same play looks the same")
    r = play("--no-telemetry", "--language", "xx", story)
    ok(r.ended(), "a language that the story does not speak", r)
    r = play("--no-telemetry", "--realtime", story)
    ok(r.ended() and r.out.count("node  ") >= 2, "--realtime comes to the end", r)
    if os.getuid() != 0:
        skip("as another user", "needs root")
        return
    folder = f"{top}/readonly"
    own = make_story(films, folder)
    os.chmod(folder, 0o555)
    home = f"{top}/nobody"
    os.makedirs(home)
    os.chown(home, NOBODY, NOBODY)
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "env": dict(os.environ, HOME=home)}
    program = shutil.copy(PROGRAM, f"{top}/frumious")
    os.chmod(program, 0o755)
    before, lib.PROGRAM = lib.PROGRAM, program
    try:
        r = play("--record", f"{home}/r", own, **as_nobody)
        ok(r.ended() and not r.err and os.path.exists(f"{home}/.local/share/frumious/telemetry.sqlite"),
           "a story in a folder that can't be written", r)
        r = play("--no-telemetry", "--screenshots", f"{folder}/p", own, **as_nobody)
        ok(r.code == 3 and f"{folder}/p" in r.err, "no screenshots there", r)
        os.chmod(own, 0)
        r = play("--no-telemetry", own, **as_nobody)
        ok(r.code == 1 and own in r.err and "Permission denied" in r.err and "there is" not in r.err, "a story that can't be read is not said to be another file", r)
        os.chmod(own, 0o644)
        os.chmod(home, 0o500)
        shutil.rmtree(f"{home}/.local")
        r = play(own, **as_nobody)
        ok(r.ended() and r.err.count(".local") == 1 and "--store" in r.err, "a home that can't be written: the film plays", r)
        for verb, code in (("on", 3), ("list", 0), ("path", 0)):
            r = run("telemetry", verb, **as_nobody)
            ok(r.code == code, f"a home that can't be written: telemetry {verb} is {code}", r)
    finally:
        lib.PROGRAM = before


POST_PLAY = """\
frumious: 1
id: test.post-play
title: Post-play
start: film
state: {n: {type: int, min: 0, max: 2, keep: viewer}}
nodes:
  film: {clip: {card: A film, for: 300ms}, ending: {id: e, title: E}, next: credits}
  credits: {role: credits, clip: {card: Made by us, for: 300ms}, next: what-now}
  what-now:
    role: post-play
    clip: {card: What now?, for: 1s}
    decision:
      id: d
      opens: 100ms
      for: 400ms
      cut: now
      default: again
      variants: [{when: n > 0, default: leave}]
      options: {again: {text: Again, do: n += 1, then: again}, leave: {text: Leave, then: leave}}
"""


def test_post_play(top):
    """The film itself offers what to do next. Nobody touches a key: it begins anew once, and then leaves."""
    home, store = f"{top}/post-play", f"{top}/post-play/store.sqlite"
    os.makedirs(home)
    with open(f"{home}/story.yaml", "w") as f:
        f.write(POST_PLAY)
    env = dict(os.environ, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy", XDG_DATA_HOME=home, XDG_CONFIG_HOME=home)
    ok(run("telemetry", "on", env=env).code == 0, "post-play: recording is agreed to")
    r = run("play", "--store", store, f"{home}/story.yaml", env=env)
    ok(r.code == 0, "post-play: the film leaves by itself", r)
    r = run("telemetry", "list", "--store", store, env=env)
    ok(r.code == 0 and r.out.count('ending "E"') == 2, "post-play: it was seen twice, to its end", r)


def test_fix(top):
    """`check --fix` writes what leaves nothing to decide, and the check says what is left."""
    folder = f"{top}/fix"
    os.makedirs(f"{folder}/parts")
    with open(f"{folder}/story.yaml", "w", encoding="utf-8") as file:
        file.write("frumious: 1\nid: t.fix\ntitle: One: two  # mine\nstart: a\ninclude: parts/b.yaml\n"
                   "nodes:\n  a: {clip: {card: A, for: 2 s}, next: bb}\n")
    with open(f"{folder}/parts/b.yaml", "w", encoding="utf-8") as file:
        file.write("nodes:\n  b: {clip: {card: B, for: 1s}, ending: {id: b, titel: B}}\n")
    r = run("check", "--fix", "story.yaml", cwd=folder)
    main, part = (open(f"{folder}/{name}", encoding="utf-8").read() for name in ("story.yaml", "parts/b.yaml"))
    ok('title: "One: two"  # mine\n' in main and "for: 2s}, next: bb" in main and "title: B}}" in part,
       "check --fix mends all files of a story", f"{main}\n{part}")
    ok(r.code == 1 and "story.yaml:3: " in r.err and "parts/b.yaml:2: " in r.err and "E201" in r.out and "E102" not in r.out,
       "it says what it changed, and what is left to decide", r)
    os.chmod(f"{folder}/story.yaml", 0o640)
    r = run("check", "--fix", "story.yaml", cwd=folder)
    ok(r.code == 1 and not r.err and open(f"{folder}/story.yaml", encoding="utf-8").read() == main, "once mended, nothing changes", r)


def test_doctor(top):
    """Each thing that is missing, and nothing that is there. The fonts and decoders are this machine's."""
    rows = lambda r: dict(re.findall(r"^  (\w[\w ]*?) +(ok|less|MISSING)  ", r.out, re.M))
    r = run("doctor")
    ok(r.code == 3 and rows(r)["display"] == "MISSING" and "--headless" in r.out and not r.err, "doctor: no display", r)
    bare = {name: value for name, value in os.environ.items() if name != "XDG_RUNTIME_DIR"}
    r = run("doctor", env=bare)
    ok(r.code == 3 and rows(r)["display"] == "MISSING" and not r.err, "doctor: not even a folder for a display's sockets", r)
    home = f"{top}/doctor"
    store = f"{home}/frumious/telemetry.sqlite"
    os.makedirs(os.path.dirname(store))
    env = dict(os.environ, SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy", XDG_DATA_HOME=home, XDG_CONFIG_HOME=home)
    r = run("doctor", env=env)
    fine = ("display", "sound", "game pads", "film", "settings", "store", "recording")
    ok(r.code == 0 and all(rows(r)[what] == "ok" for what in fine) and not r.err, "doctor: all is there", r)
    ok(not os.listdir(os.path.dirname(store)), "doctor: nothing is written", os.listdir(os.path.dirname(store)))
    r = run("doctor", env=dict(env, SDL_AUDIODRIVER="none-such"))
    ok(r.code == 0 and rows(r)["sound"] == "less", "doctor: no sound", r)
    with contextlib.closing(sqlite3.connect(store)) as db:
        db.execute("CREATE TABLE other (x)")
    r = run("doctor", env=env)
    ok(r.code == 0 and rows(r)["store"] == "less" and "another program" in r.out, "doctor: a store that is none", r)
    r = run("doctor", "me")
    ok(r.code == 2 and "'me'" in r.err, "doctor takes no arguments", r)


def test_privacy(story, top):
    home = os.environ["HOME"]
    everything = lambda: sorted(os.path.join(d, f) for d, _, files in os.walk(home) for f in files)
    before = everything()
    r = play("--no-telemetry", story)
    new = [f for f in everything() if f not in before and "/fontconfig/" not in f]
    ok(r.ended() and not new, "--no-telemetry writes nothing at all", new)
    env = dict(os.environ, XDG_DATA_HOME=f"{top}/xdg/data", XDG_CONFIG_HOME=f"{top}/xdg/config")
    store = f"{top}/xdg/data/frumious/telemetry.sqlite"
    r = run("telemetry", "path", env=env)
    ok(r.out == store + "\n", "telemetry path follows XDG_DATA_HOME", r)
    r = run("telemetry", "list", env=env)
    ok(r.code == 0 and "othing" in r.out and not os.path.exists(store), "nothing recorded yet is no mistake", r)
    ok(run("telemetry", "off", env=env).code == 0, "telemetry off")
    r = play(story, env=env)
    ok(r.ended() and not os.path.exists(store), "record=no is respected", r)
    ok(run("telemetry", "on", env=env).code == 0, "telemetry on")
    r = play(story, env=env, umask=0)
    ok(r.ended() and os.path.exists(store), "and then it is recorded", r)
    modes = {f: stat.S_IMODE(os.stat(f"{top}/xdg/data/frumious/{f}").st_mode) for f in os.listdir(f"{top}/xdg/data/frumious")}
    ok(set(modes.values()) == {0o600}, "in files that are private whatever the umask", modes)
    ok(stat.S_IMODE(os.stat(f"{top}/xdg/data/frumious").st_mode) == 0o700, "in a private folder")
    settings = f"{top}/xdg/config/frumious/settings.ini"
    with open(settings, "a") as f:
        f.write("\n[later]\nkey=value\n")
    run("telemetry", "off", env=env)
    ok("key=value" in open(settings).read(), "keys of another version survive", open(settings).read())
    for name, text in (("garbage", b"\xff\x00[[[garbage\n=\n" * 50), ("odd values", b"[play]\nvolume=loud\nmute=7\n[telemetry]\nrecord=x\n"),
                       ("volume beyond", b"[play]\nvolume=1e999\n")):
        with open(settings, "wb") as f:
            f.write(text)
        r = play(story, env=env)
        ok(r.ended(), f"settings with {name}: the film plays", r)
    os.remove(settings)
    os.makedirs(settings)
    r = play(story, env=env)
    ok(r.ended(), "settings that are a folder: the film plays", r)
    r = run("telemetry", "off", env=env)
    ok(r.code == 3 and settings in r.err, "and can't be saved, which is said", r)


def test_telemetry(story, films, top):
    store = f"{top}/verbs.sqlite"
    for n in range(3):
        play("--store", store, "--seed", str(n), story)
    ids = [r[0] for r in rows(store, "SELECT id FROM v_viewing ORDER BY started")]
    r = run("telemetry", "list", "--store", store)
    ok(r.code == 0 and all(i in r.out for i in ids) and len(r.out.splitlines()) == 8 and max(map(len, r.out.splitlines())) <= 80,
       "list tells three viewings, in 80 columns", r)
    r = run("telemetry", "list", "-n", "1", "--store", store)
    ok(r.code == 0 and len(r.out.splitlines()) == 4, "list -n 1 tells one", r)
    last = run("telemetry", "show", "--store", store)
    ok(last.code == 0 and "Which" in last.out and "The end" in last.out and max(map(len, last.out.splitlines())) <= 80, "show tells a viewing", last)
    ok(run("telemetry", "show", "last", "--store", store).out == last.out, "which is the last one")
    r = run("telemetry", "show", ids[0], "--store", store)
    ok(r.code == 0 and ids[0] in r.out, "by its id", r)
    distinct = next(n for n in range(1, 37) if sum(i[:n] == ids[0][:n] for i in ids) == 1)
    r = run("telemetry", "show", ids[0][:distinct], "--store", store)
    ok(r.code == 0 and ids[0] in r.out, "by a beginning of it", r)
    r = run("telemetry", "show", ids[0][:2], "--store", store)
    ok(r.code == 1 and not r.out and ids[0][:2] in r.err, "an ambiguous beginning is refused", r)
    for id_ in ("ffffffff", "nonsense", "", ids[0] + "0", "%' OR 1"):
        r = run("telemetry", "show", id_, "--store", store)
        ok(r.code == 1 and not r.out and r.err, f"no viewing is called {id_!r}", r)
    r = run("telemetry", "list", "--store", f"{top}/none.sqlite")
    ok(r.code == 3 and "none.sqlite" in r.err and not os.path.exists(f"{top}/none.sqlite"), "a store that is not there stays so", r)
    for what, path in (("a folder", top), ("a story", story), ("a device", "/dev/null")):
        for verb in ("list", "show"):
            r = run("telemetry", verb, "--store", path)
            ok(r.code == 3 and path in r.err and not r.out, f"{verb}: {what} is no store", r)
    sneaky = make_story(films, f"{top}/sneaky")
    with open(sneaky, "w") as f:
        f.write(lib.STORY.replace("GREEN", "green.mkv").replace("title: Small", r'title: "Sm\e[31mall\a\u202e"'))
    r = play("--store", f"{top}/sneaky.sqlite", sneaky)
    shown = run("telemetry", "show", "--store", f"{top}/sneaky.sqlite")
    listed = run("telemetry", "list", "--store", f"{top}/sneaky.sqlite")
    ok(not any(c in r.out + r.err + shown.out + listed.out for c in "\x1b\a\u202e"), "a story's title can't talk to the terminal",
       f"{r}\n{shown}\n{listed}")


AGAIN = """frumious: 1
id: org.example.again
title: Again
start: hall
state: {oil: {type: int, min: 0, max: 9}}
nodes:
  hall:
    clip: {card: Hall, for: 6s}
    decision: {id: lamp, prompt: Fill it?, opens: 1s, for: 3s, default: not, options: {fill: {text: Fill, do: oil += 1}, not: "No"}}
    next: door
  door:
    clip: {card: Door, for: 6s}
    decision:
      id: more
      prompt: Once more?
      opens: 1s
      for: 3s
      cut: now
      default: go
      options:
        once: {text: Once more, goto: again(lamp)}
        go: {text: Go, goto: out}
  out:
    next: [{when: "oil == 3 and count(hall) == 1", goto: three}, {when: oil == 2, goto: two}, {goto: other}]
  three: {clip: {card: T, for: 1s}, ending: {id: three, title: Three}}
  two: {clip: {card: T, for: 1s}, ending: {id: two, title: Two}}
  other: {clip: {card: T, for: 1s}, ending: {id: other, title: Other}}
check: {goal: [three, two]}
"""
ACTS = """frumious: 1
id: test.acts
title: Acts
start: a
state: {n: {type: int, min: 0, max: 3}}
nodes:
  a:
    clip: {card: A, for: 2s}
    decision: {id: d, opens: 0.5s, for: 1s, default: x, options: {x: X, y: Y}}
    next: [{when: n > 0, goto: b}, {goto: c}]
  b: {clip: {card: B, for: 1s}, ending: {id: b, title: B}}
  c: {clip: {card: C, for: 1s}, enter: n = 0, ending: {id: c, title: C}}
"""


def test_acts(top):
    """What a writer does in the inspector is repeated from its transcript."""
    path, record, again = f"{top}/acts.yaml", f"{top}/acts.transcript", f"{top}/acts.again"
    with open(path, "w") as f:
        f.write(ACTS)
    for lines, nodes in (("", ["a", "c"]), ("change a 00:00.800 n 2\n", ["a", "b"]),
                         ("jump a 00:00.800 b\n", ["a", "b"]), ("jump a 00:00.200 a\nchange a 00:01.700 n 1\n", ["a", "a", "b"])):
        with open(record, "w") as f:
            f.write("frumious-transcript 1\n" + lines)
        r = play("--choose", record, "--record", again, "--no-telemetry", path)
        played = [line.split()[2] for line in r.out.splitlines() if " node " in line]
        ok(r.code == 0 and played == nodes, f"a transcript with {lines.split() or 'nothing'} plays {nodes}", r)
        acts = [line.split()[0] for line in open(again) if line.startswith(("change", "jump"))]
        ok(acts == [line.split()[0] for line in lines.splitlines()], "and is recorded again", open(again).read())


def test_again(top):
    """The film goes again to a moment that it has been at, and keeps what happened since; going back does not. Proved, played, and replayed."""
    path = f"{top}/again.yaml"
    with open(path, "w", encoding="utf-8") as f:
        f.write(AGAIN)
    r = run("explore", path)
    ok(r.code == 0 and ": proved, 0 mistakes" in r.out, "the ending is reached by those alone whose state was kept", r)
    fill, once = "pick hall - lamp fill\n", "pick door - more once\n"
    for name, lines, ending in (("again", (fill + once) * 2 + fill, "three"), ("back", (fill + once) * 2 + fill + "back door 00:00.500 lamp\npick hall - lamp not\n", "two")):
        texts = [f"{top}/{name}{i}.transcript" for i in range(3)]
        with open(texts[0], "w", encoding="utf-8") as f:
            f.write(f"frumious-transcript 1\nstory org.example.again\nseed 1\n{lines}pick door - more go\n")
        plays = [play("--choose", texts[i], "--record", texts[i + 1], "--no-telemetry", path) for i in range(2)]
        ok(plays[0].code == 0 and plays[0].out.count("(again lamp)") == 2 and f"ending    {ending}\n" in plays[0].out, f"{name}: ending {ending}", plays[0])
        same = [open(t, encoding="utf-8").read() for t in texts[1:]]
        ok(same[0] == same[1] and plays[0].out == plays[1].out, f"{name}: its transcript plays the same again", same)


def comma_locale(top):
    """What to add to the environment to be in Germany; None: that can't be made."""
    os.makedirs(f"{top}/locales")
    if not shutil.which("localedef") or not os.path.exists("/usr/share/i18n/locales/de_DE"):
        return None
    subprocess.run(["localedef", "-i", "de_DE", "-f", "UTF-8", f"{top}/locales/de_DE.UTF-8"], check=True, timeout=300)
    return {"LOCPATH": f"{top}/locales", "LC_ALL": "de_DE.UTF-8", "LANGUAGE": "en"}


def test_environment(story, top):
    r = run("play", "--no-telemetry", story, patience=20)
    ok(r.code == 3 and "--headless" in r.err and not r.out, "without a display: says what to do, 3", r)
    env = {k: v for k, v in os.environ.items() if k != "HOME"}
    r = play("--store", f"{top}/homeless.sqlite", story, env=env)
    ok(r.ended(), "without HOME", r)
    r = play("--no-telemetry", story, env={"PATH": os.environ["PATH"]})
    ok(r.ended(), "with an empty environment", r)
    for locale in ("C", "de_DE.UTF-8", "nonsense", "tr_TR.UTF-8"):
        r = play("--no-telemetry", "--record", f"{top}/locale", story, env=dict(os.environ, LC_ALL=locale))
        ok(r.ended() and "00:01.500 which" in open(f"{top}/locale").read(), f"LC_ALL={locale}", r)
    comma = comma_locale(top)
    for args in [("export", "shots"), ("check",), ("explore",)] if comma else []:
        there, here = (re.sub(r" in [0-9.,]+ s", "", run(*args, story, env={**os.environ, "LC_ALL": "C.UTF-8", **more}).out) for more in (comma, {}))
        ok(here and there == here, f"{args[-1]}: where numbers have a comma, they still have a point", f"{there}\n{here}")
    if not comma:
        skip("where numbers have a comma, they still have a point", "no localedef, or no sources of locales")
    conf = f"{top}/fonts.conf"
    with open(conf, "w") as f:
        f.write('<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>\n')
    r = play("--no-telemetry", "--screenshots", f"{top}/fontless", story, env=dict(os.environ, FONTCONFIG_FILE=conf))
    ok(r.ended() and "font" in r.err, "without any font: the film plays, and that is said", r)
    r = play("--no-telemetry", story, env=dict(os.environ, FONTCONFIG_FILE=f"{top}/missing.conf"))
    ok(r.code == 0 and "ending" in r.out, "with fontconfig's file missing", r)


def test_signals(story, top):
    for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")):
        store = f"{top}/{name}.sqlite"
        p = subprocess.Popen([PROGRAM, "play", "--headless", "--realtime", "--store", store, "--record", f"{top}/{name}", story],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = p.stdout.readline()  # narration comes line by line, into a pipe as well
        wait_for(lambda: try_rows(store, "SELECT 1 FROM v_viewing"), "the viewing is recorded")
        p.send_signal(number)
        out, err = p.communicate(timeout=60)
        ok(p.returncode == 130 and b"red" in first, f"{name}: 130", f"{p.returncode} {out} {err}")
        ok(rows(store, "SELECT reason FROM v_viewing") == [("killed",)], f"{name}: the viewing says so")
        ok("stop " in open(f"{top}/{name}").read(), f"{name}: the transcript ends there")
    p = subprocess.Popen([PROGRAM, "play", "--headless", "--realtime", "--no-telemetry", story], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    p.stdout.readline()
    p.send_signal(signal.SIGINT)
    p.send_signal(signal.SIGINT)
    p.communicate(timeout=60)
    ok(p.returncode in (130, -signal.SIGINT), "twice SIGINT ends it, too", p.returncode)


def main():
    with tempfile.TemporaryDirectory() as top:
        os.chmod(top, 0o755)
        set_home(f"{top}/home")
        films = f"{top}/films"
        make_films(films)
        story = make_story(films, f"{top}/story")
        broken = f"{top}/story/broken.yaml"
        with open(broken, "w") as f:
            f.write(lib.STORY.replace("GREEN", "green.mkv").replace("goto: over}, back", "goto: ocean}, back"))
        test_surface()
        test_manual()
        test_output(story)
        test_colours(broken)
        test_paths(films, top)
        test_no_story(top)
        test_new(top)
        test_unversioned(top)
        test_play_watch(top)
        test_folders(films, top)
        test_stand_ins(films, top)
        test_planned(story, top)
        test_check(story, broken)
        test_choose(story, top)
        test_transcripts(story, top)
        test_files(story, films, top)
        test_privacy(story, top)
        test_telemetry(story, films, top)
        test_relative_xdg(story, top)
        test_environment(story, top)
        test_acts(top)
        test_again(top)
        test_signals(story, top)
        test_fix(top)
        test_doctor(top)
        test_post_play(top)
    return lib.done()


if __name__ == "__main__":
    sys.exit(main())
