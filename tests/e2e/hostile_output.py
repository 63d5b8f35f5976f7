#!/usr/bin/python3
# tests/run: may run beside others
"""No text of a stranger steers a terminal, forges a line or spoils a document, in any command.

One hostile text stands wherever a stranger can put one: in each text of a story, in its mistakes, in names of files and folders,
in each text of a store, in settings, transcripts, lines of input, arguments and the environment. Every command of commands.def
is run with each of its options, and with the cases below; none may be left out. What it writes to either output is searched for
each byte that is forbidden there, pipes or not, and each document is parsed.
"""
import csv
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.request
import xml.dom.minidom

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import HERE, PATIENCE, PROGRAM, done, ok, set_home  # noqa: E402

BUILD = os.path.dirname(PROGRAM)
# A colour, a title, a bell, CSI and NEL of C1, a line that looks like ours, every mark, embedding, override and isolate, and both
# separators; MARK shows that it arrived.
TEXT = ("MARK\x1b[31;1m\x1b]0;owned\x07\x08\x7f\u009b31m\u0085\r\nFORGED: proved, 0 mistakes\nFORGED\t\u061c\u200e\u200f"
        "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u2028\u2029<b>&'\"=1+1")
BYTES = TEXT.encode() + b"\xff\x9b\xc3"
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]")
FORMULA = "=HYPERLINK(\"http://example.org\")"


class Seen:
    def __init__(self, args, code, out, err):
        self.args, self.code, self.out, self.err = args, code, out, err

    def wrong(self):
        """What is forbidden in its outputs, in words."""
        found = []
        for name, raw in (("stdout", self.out), ("stderr", self.err)):
            try:
                text = raw.decode()
            except UnicodeDecodeError as e:
                found.append(f"{name} is no UTF-8: {e}")
                text = raw.decode(errors="replace")
            if name == "stdout" and ("csv" in self.args or self.args[:1] == ("lsp",)):  # line ends of the format
                text = text.replace("\r\n", "\n")
            if self.args[:2] == ("export", "script"):  # a line of a scene's script is a line of the screenplay, marked as such
                text = text.replace("\n!FORGED", "\n!  FORGED")
            found += [f"{name}: {m[0]!r} in {text[max(0, m.start() - 60):m.end() + 10]!r}" for m in FORBIDDEN.finditer(text)][:3]
            found += [f"{name}: a forged line {m[0]!r}" for m in re.finditer(r"^.?.?FORGED.*", text, re.M)][:3]
        if self.code is None or self.code < 0:
            found.append(f"exit {self.code}")
        return found

    def has_mark(self):
        return b"MARK" in self.out + self.err


seen = []


def run(*args, stdin=b"", env=None, cwd=None):
    try:
        r = subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, timeout=PATIENCE, env=env, cwd=cwd)
        s = Seen(args, r.returncode, r.stdout, r.stderr)
    except subprocess.TimeoutExpired as late:
        s = Seen(args, None, late.stdout or b"", late.stderr or b"")
    seen.append(s)
    return s


def clean(what, runs, marks=True):
    """None of these runs wrote what is forbidden; with `marks`, at least one of them wrote the text."""
    wrong = [f"{s.args[:3]!r}: {w}" for s in runs for w in s.wrong()]
    ok(runs and not wrong, f"{what}: nothing forbidden leaves ({len(runs)} runs)", "\n".join(wrong[:12]))
    if marks:
        ok(any(s.has_mark() for s in runs), f"{what}: and the text was there")


# ---- the attackers' things -------------------------------------------------------------------------------------------------

def quoted(text):
    """As YAML's double quotes write any text."""
    return '"' + "".join(c if " " <= c < "\x7f" and c not in "\"\\" else f"\\U{ord(c):08x}" for c in text) + '"'


def good_story(name):
    """A story without mistakes, in which every text is hostile; `FORMULA` begins one title."""
    t, f = quoted(TEXT), quoted(FORMULA + TEXT)
    return f"""frumious: 1
id: org.example.{name}
title: {t}
version: {t}
start: hall
languages: [en]
state: {{key: bool, n: {{type: int, min: 0, max: 3}}}}
check: {{assert: [n < 3]}}
props: {{lamp: {t}}}
nodes:
  hall:
    title: {f}
    script: {t}
    note: {t}
    enter: [n += 1]
    clip: {{card: {t}, for: 4s}}
    inscriptions: {{text: {t}, place: [100, 100, 800, 100]}}
    decision:
      id: door
      prompt: {t}
      opens: 1s
      for: 2s
      default: left
      options:
        left: {{text: {t}, sub: {t}, goto: cellar}}
        right: {{text: {t}, when: key, locked: {t}, goto: attic, traits: {{brave: 1}}, props: lamp}}
  cellar: {{title: {t}, clip: {{card: {t}, for: 1s}}, next: [{{when: n > 2, goto: attic}}, {{goto: end}}]}}
  attic: {{clip: {{card: {t}, for: 1s}}, next: end, props: lamp}}
  end: {{title: {t}, clip: {{card: {t}, for: 1s}}, ending: {{id: end, title: {t}}}}}
"""


def bad_story(clip):
    """A story in which every text stands in a mistake."""
    t = quoted(TEXT)
    return f"""frumious: 1
id: {t}
title: {t}
{t}: 1
start: {t}
languages: [{t}]
media: {{{t}: {t}}}
state: {{{t}: bool, n: {{type: int, min: {t}, max: {t}}}, e: {{type: {t}, values: [{t}]}}}}
check: {{assert: [{t}]}}
include: {quoted("parts/" + TEXT)}
nodes:
  a:
    clip: {{file: {clip}, from: {t}, to: {t}, subtitles: {{{t}: {t}}}}}
    inscriptions: {{text: {quoted("{" + TEXT + "}")}, place: [1, 1, 1, 1], color: {t}}}
    enter: [{t}]
    next: {t}
  {t}: {{clip: {t}, ending: {{id: {t}, title: {t}}}}}
"""


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


def make_store(story, path):
    """A store of a few plays, in which every text is then replaced."""
    for seed in range(3):
        subprocess.run([PROGRAM, "play", "--headless", "--choose", "random", "--seed", str(seed), "--store", path, story],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=PATIENCE)
    db = sqlite3.connect(path)
    texts = [(table, column[1]) for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
             for column in db.execute(f"PRAGMA table_info({table})") if column[2].upper() == "TEXT"]
    changed = 0
    for table, column in texts:
        try:
            # A number behind each keeps what must be unique apart. Some begin as a formula does.
            changed += db.execute(f"UPDATE {table} SET {column} = CASE rowid % 2 WHEN 1 THEN ? ELSE '' END || ? || rowid",
                                  (FORMULA, TEXT)).rowcount
        except sqlite3.Error:  # a word of a fixed set
            pass
    db.commit()
    db.close()
    return changed


# ---- the walk --------------------------------------------------------------------------------------------------------------

def commands():
    with open(os.path.join(HERE, "../../engine/commands/commands.def"), encoding="utf-8") as f:
        return re.findall(r"^(?:COMMAND|NETWORK)\((\w+),", f.read(), re.M)


def options(command):
    """[(option, whether it takes a value)] of --help."""
    text = subprocess.run([PROGRAM, command, "--help"], capture_output=True, timeout=PATIENCE, check=True).stdout.decode()
    return [(m[1], m[2] is not None) for m in re.finditer(r"^  (?:-\w, )?(--[\w-]+)(=\S+)?", text, re.M)]


def verbs():
    text = subprocess.run([PROGRAM, "telemetry", "--help"], capture_output=True, timeout=PATIENCE, check=True).stdout.decode()
    return re.findall(r"^  (\w+)", text.split("Verbs:")[1], re.M)


FORMATS = {"check": ("text", "json", "sarif"), "explore": ("text", "json", "sarif"), "simulate": ("text", "json"), "cover": ("text", "json"), "diff": ("text", "json"),
           "graph": ("svg", "dot", "mermaid", "json"), "report": ("text", "json", "csv", "html"), "telemetry": ("jsonl", "csv")}


def cases(command, w):
    """Argument lists of a command that do what it is for; w: the attackers' things."""
    return {
        "play": [["--headless", w.story], ["--headless", "--profile", TEXT + "/", w.story], ["--headless", w.bad], ["--headless", "--choose", w.transcript, w.story],
                 ["--headless", "--record", "/dev/stdout", "--trace", "/dev/stdout", "--store", w.new, w.story],
                 ["--headless", "--store", w.store, w.story], ["--headless", "--store", w.junk, w.story],
                 ["--headless", "--screenshots", w.folder + b"/p" + BYTES, "--cuts", w.story]],
        "new": [[w.folder], [w.folder + b"/film"], [w.folder + b"/second", "--title", FORMULA]],
        "check": [["--fix", w.folder + b"/none" + BYTES[:60]], ["--no-media", w.story], [w.story, w.bad], ["--deep", w.story], [w.folder], [w.media]],
        "try": [["--language", BYTES, w.story], ["--choose", w.transcript, w.story], [w.bad]],
        "explore": [[w.story], ["--exact", w.story], ["--witness", w.folder + b"/w", w.story], [w.bad]],
        "simulate": [["--runs", "20", w.story], [w.bad]],
        "graph": [[w.story], ["--plain", w.story], [w.bad]],
        "cover": [[w.story], ["--transcripts", w.folder + b"/t", w.story], [w.bad]],
        "pack": [["--draft", w.story, w.folder + b"/packed.frumious"], [w.story, w.folder + BYTES], ["--deep", w.story], [w.bad], [w.media],
                 [w.story, w.folder], [w.story, w.junk], [w.folder + b"/packed.frumious", BYTES]],
        "diff": [[w.story, w.media], ["--no-search", w.media, w.story], [w.story, w.bad]],
        "fmt": [["--check", w.story], ["--check", w.bad], ["--check", w.junk], [w.folder + b"/none" + BYTES[:60]]],
        "lsp": [["--stdio"]],
        "export": [*([v, "--format", f, w.story] for v, f in (("script", "fountain"), ("shots", "csv"), ("lines", "csv"), ("notes", "text"))), ["script", "--format", "html", w.story], ["otio", w.story], ["otio", "--choose", w.transcript, w.story], ["cut", "-o", w.scratch + b"/cut.mkv", "--codec", "ffv1", "--size", "160x90", w.story], ["cut", "-o", BYTES, w.story], ["cut", "--copy", BYTES, "-o", "x.mkv", w.story], ["strings", w.story], ["strings", "--format", "csv", w.story], ["strings", w.bad], [BYTES, w.story]],
        "import": [["strings", w.story, w.junk], ["strings", "--language", BYTES, w.story, w.junk], ["strings", w.story, w.folder],
                   ["otio", w.story, w.junk], ["otio", "--dry-run", w.story, w.folder + b"/none" + BYTES[:60]],
                   ["twee", w.twee, w.scratch + b"/twee"], ["twee", w.junk], ["twee", w.folder],
                   ["moments", w.moments, w.scratch + b"/moments"], ["moments", w.junk, w.scratch + b"/x"], ["moments", "--video", BYTES, w.moments, BYTES]],
        "explain": [[BYTES]],
        "doctor": [[]],
        "telemetry": [[v, *more, "--store", s] for s in (w.store, w.junk) for v in ("show", "list", "status", "export")
                      for more in ([], ["all"] if v in ("show", "export") else [])] +
                     [["explain", BYTES], ["path", "--store", w.store], ["path", "--store", BYTES], ["export", "--schema"], ["held", "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001", "--store", w.store],
                      ["held", BYTES, "--format", "json", "--store", w.store],
                      ["export", "--anonymous", "--k", "2", "--store", w.store]],
        "report": [["--store", w.store], ["--store", w.store, "--film", w.story], ["--store", w.store, "--viewings", "all"],
                   *(["--store", w.store, *how, "--format", f] for how in (("--over", "day"), ("--by", "input"), ("--viewers",)) for f in ("text", "json", "csv")),
                   ["--store", w.store, "--story", "?"], ["--store", w.store, "--decision", "?"],
                   ["--store", w.store, "--against", "viewings=replay"], ["--store", w.junk], ["--store", w.folder]],
        "merge": [[w.new2, w.store], [w.new2, w.store], [w.store2, w.junk], [w.folder, w.store]],
        "share": [[BYTES], ["--status", "--store", w.store], ["--store", w.junk], ["--withdraw", BYTES, "--store", w.store2],
                  ["--yes", w.story, "--store", w.store2]],
        "collect": [[BYTES], ["--schema"], *(["--store", b"sqlite:" + w.new, "--story", story, "--token-file", tokens, "--listen", BYTES]
                                            for story in (w.story, w.bad) for tokens in (w.junk, w.folder))],
        "central": [[BYTES, BYTES], ["status", BYTES], ["status", b"clickhouse:http://" + BYTES + b"/film"],
                    ["init", b"clickhouse:http://127.0.0.1:1/" + BYTES], ["held", "clickhouse:http://127.0.0.1:1/film", BYTES],
                    ["count", "--part", BYTES, "clickhouse:http://127.0.0.1:1/film"]],
        "audience": [["--truth", "--viewings", "20"], ["--store", w.folder, "--viewings", "2"]],
    }[command]


def walk(command, w):
    """Every option with the hostile text as its value (a switch as it is), every case, every format."""
    usual = {"play": ["--headless", w.story], "telemetry": ["show", "--store", w.store], "report": ["--store", w.store],
             "merge": [w.new2, w.store], "audience": ["--truth"], "explain": [], "diff": [w.story, w.story], "fmt": ["--check", w.story],
             "new": [w.scratch + b"/" + BYTES.replace(b"/", b"|")[:100]]}.get(command, [w.story])
    runs = [run(command, *more, cwd=w.scratch) for more in ([], [BYTES], [b"--" + BYTES.replace(b"\x00", b"")], ["--help"])]
    for option, valued in options(command):
        if option in ("--watch", "--help") or (command, option) == ("report", "--port"):
            continue  # a server that stays: test_watch()
        value = [b"%s=%s" % (option.encode(), BYTES)] if valued else [option]
        if (command, option) == ("audience", "--store"):
            usual = ["--viewings", "1"]
        runs.append(run(command, *value, *usual, cwd=w.scratch))
    for case in cases(command, w):
        runs.append(run(command, *case, stdin=BYTES + b"\n?\nstate\n1\nsave " + BYTES.replace(b"\n", b"") + b"\nquit\n"))
    for name in FORMATS.get(command, ()):
        for case in [["export", "all", "--store", w.store]] if command == "telemetry" else cases(command, w)[:2]:
            if "--format" not in case:
                runs.append(run(command, "--format", name, *case))
                parse(command, name, runs[-1])
    if command == "telemetry":
        runs += [run("telemetry", verb, BYTES, "--store", w.store2) for verb in verbs()]
        runs += [run("telemetry", verb, "--store", w.store2) for verb in verbs() if verb != "erase"]
    return runs


held = {}  # (command, format) -> whether one of its documents held the whole text, to the character


def parse(command, name, s):
    """What the command wrote is a document of its format."""
    text = s.out.decode(errors="replace")
    try:
        holds = held.setdefault((command, name), False)
        if not text:
            return
        if name in ("json", "sarif", "jsonl"):
            documents = [json.loads(t) for t in (text.splitlines() if name == "jsonl" else [text])]
            holds |= any(has_text(d) for d in documents)
        elif name == "csv":
            table = list(csv.reader(io.StringIO(text)))
            formulas = [c for r in table for c in r if c[:1] in ("=", "+", "@")]
            if len({len(r) for r in table}) != 1 or formulas:
                raise ValueError(f"{formulas[:3]}, {[len(r) for r in table]}")
            holds |= any(c.startswith("'=HYPERLINK") for r in table for c in r)
        elif name == "svg":
            xml.dom.minidom.parseString(s.out)
        held[command, name] = holds
    except Exception as e:  # noqa: BLE001: whatever its parser says
        ok(False, f"{command} --format {name} {s.args[3:]!r} writes a document", f"{e}\n{text[:1500]}")


def has_text(document):
    """Somewhere in it stands the whole text, to the character."""
    if isinstance(document, dict):
        return any(has_text(v) for v in document.values())
    if isinstance(document, list):
        return any(has_text(v) for v in document)
    return isinstance(document, str) and TEXT in document


# ---- what the walk cannot reach --------------------------------------------------------------------------------------------

def test_program(w):
    clean("no command", [run(BYTES), run(b"--" + BYTES), run("--help"), run("--version"), run()])
    env = {**os.environ, "HOME": "/nowhere" + TEXT, "XDG_DATA_HOME": "/nowhere" + TEXT, "XDG_CONFIG_HOME": "/nowhere" + TEXT,
           "TERM": TEXT, "LANGUAGE": TEXT, "LC_ALL": TEXT, "TZ": TEXT, "SDL_VIDEODRIVER": TEXT, "SDL_AUDIODRIVER": TEXT,
           "DISPLAY": TEXT, "XDG_RUNTIME_DIR": "/nowhere" + TEXT, "NO_COLOR": TEXT, "TMPDIR": "/nowhere" + TEXT}
    runs = [run(c, *more, env=env) for c, more in (("play", ["--headless", w.story]), ("play", [w.story]), ("check", [w.bad]),
                                                   ("telemetry", ["path"]), ("telemetry", ["status"]), ("telemetry", ["off"]),
                                                   ("telemetry", ["viewer", "new"]), ("report", []), ("explore", [w.story]))]
    clean("the environment", runs)


def test_settings(w):
    """The settings, and a saved place that cannot be read."""
    home = w.scratch + b"/home"
    write(home + b"/.config/frumious/settings.ini", b"[viewer]\nlanguage=" + BYTES.replace(b"\n", b"") + b"\nid=" + BYTES)
    saves = home + b"/.local/share/frumious/saves/org.example.hostile/"
    for name in (b"last.transcript", b"place.ini", b"kept.ini", b"last.ini"):
        write(saves + name, b"[place]\nnode=" + BYTES)
    env = {**{k: v for k, v in os.environ.items() if not k.startswith("XDG_")}, "HOME": os.fsdecode(home)}
    clean("settings and saves", [run("play", "--headless", "--resume", w.story, env=env), run("telemetry", "status", env=env),
                                 run("telemetry", "viewer", env=env)], marks=False)


def test_terminal(w):
    """On a terminal only our own colours and progress are escapes."""
    if not shutil.which("script"):
        return
    for command in ("check", "explore", "try"):
        r = subprocess.run(["script", "-qec", f"'{PROGRAM}' {command} story.yaml", "/dev/null"], capture_output=True, timeout=PATIENCE,
                           env={**os.environ, "TERM": "xterm"}, stdin=subprocess.DEVNULL, cwd=os.path.dirname(w.bad if command == "check" else w.story))
        text = r.stdout.decode(errors="replace").replace("\r\n", "\n")
        colours = re.findall(r"\x1b\[(?:0|1|1;3[1256])m|\r\x1b\[K", text)
        rest = re.sub(r"\x1b\[(?:0|1|1;3[1256])m|\r\x1b\[K|\^D\x08\x08", "", text)
        ok("MARK" in text + "MARK" * (command == "explore") and not FORBIDDEN.search(rest) and not re.search("^.?.?FORGED", rest, re.M),
           f"{command} on a terminal: {len(colours)} escapes of ours and no other", repr(rest[-1500:]))


def test_watch(w):
    """The page that is served, and what the server says."""
    p = subprocess.Popen([PROGRAM, "report", "--watch", "--store", w.store], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    timer = threading.Timer(PATIENCE, p.kill)
    timer.start()
    address = p.stdout.readline().decode().strip()
    page = urllib.request.urlopen(address, timeout=PATIENCE).read() if address else b""
    p.terminate()
    out, err = p.communicate(timeout=PATIENCE)
    timer.cancel()
    clean("report --watch", [Seen(("report", "--watch"), 0, page + out, err)])
    clean("report --port", [run("report", "--watch", b"--port=" + BYTES, "--store", w.store)])


def test_play_watch(w):
    """What is told of a story that is edited while it plays."""
    path = write(w.scratch + b"/watched" + BYTES[:100] + b"/story.yaml", good_story("watched").replace("for: 4s", "for: 900s"))
    p = subprocess.Popen([PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--watch", path], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    timer = threading.Timer(PATIENCE, p.kill)
    timer.start()
    out, err = p.stdout.readline(), b""
    for text, sign in ((bad_story(quoted(TEXT)), b"plays on"), (good_story("watched").replace("knock", "call"), b"; on in `")):
        write(path, text)
        while sign not in err.rsplit(b"\n", 2)[-2:][0]:
            line = p.stderr.readline()
            err += line
            if not line:
                break
    p.terminate()
    more = p.communicate(timeout=PATIENCE)
    timer.cancel()
    clean("play --watch", [Seen(("play", "--watch"), p.returncode, out + more[0], err + more[1])])


class Things:
    def __init__(self, top):
        self.scratch = os.fsencode(top) + b"/scratch"
        self.folder = os.fsencode(top) + b"/" + BYTES.replace(b"/", b"|")[:200]
        self.story = write(self.folder + b"/story.yaml", good_story("hostile"))
        self.bad = write(os.fsencode(top) + b"/bad" + BYTES[:100] + b"/story.yaml", bad_story(quoted(TEXT)))
        self.media = write(os.fsencode(top) + b"/media/story.yaml", good_story("media").replace(
            "clip: {card: " + quoted(TEXT) + ", for: 4s}", "clip: {file: " + quoted("MARK\u202e.mkv") + ", from: 0s, to: 4s}"))
        write(os.fsencode(top) + "/media/MARK\u202e.mkv".encode(), BYTES * 20)
        self.transcript = write(self.folder + b"/a.transcript", b"frumious-transcript 1\nstory org.example.hostile\nseed 5\npick hall - \"" + BYTES + b"\n")
        self.store, self.store2 = self.folder + b"/s.sqlite", self.folder + b"/s2.sqlite"
        self.new, self.new2 = self.folder + b"/n.sqlite", self.folder + b"/n2.sqlite"
        text = BYTES.replace(b"\x00", b"").decode(errors="ignore").encode()
        self.twee = write(self.folder + b"/a.twee", b":: " + text + b"\n" + text + b"\n[[" + text + b"]]\n<<" + text + b">>\n<<if $a is \"" + text + b"\">>x<</if>>\n")
        self.moments = write(self.folder + b"/moments.json", json.dumps({"segments": {TEXT: {"startTimeMs": 0, "endTimeMs": 9000, TEXT: 1}}, "momentsBySegment": {
            TEXT: [{"type": "scene:" + TEXT, "choices": [{"id": TEXT, "text": TEXT, "segmentId": TEXT + TEXT, "precondition": ["eql", ["persistentState", TEXT], TEXT]}]},
                   {"type": TEXT}]}, "stateHistory": {TEXT: TEXT}, TEXT: TEXT}).encode())
        self.junk = write(self.folder + b"/junk.sqlite", BYTES * 40)
        os.makedirs(self.scratch)
        self.changed = make_store(self.story, self.store)
        shutil.copy(self.store, self.store2)


def main():
    top = tempfile.mkdtemp(prefix="frumious-hostile-")
    try:
        set_home(f"{top}/h")
        w = Things(top)
        ok(w.changed > 10, f"the store has {w.changed} hostile texts")
        for command in commands():
            clean(command, walk(command, w))
        exact = [f"{c} --format {f}" for c, f in (("check", "json"), ("graph", "json"), ("diff", "json"), ("report", "json"), ("report", "csv"),
                                                  ("telemetry", "jsonl"), ("telemetry", "csv")) if not held[c, f]]
        ok(not exact, "data holds the text to the character, and CSV makes formulas harmless", exact)
        test_program(w)
        test_settings(w)
        test_terminal(w)
        test_watch(w)
        test_play_watch(w)
    finally:
        shutil.rmtree(top)
    return done()


if __name__ == "__main__":
    sys.exit(main())
