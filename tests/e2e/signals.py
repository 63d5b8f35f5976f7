#!/usr/bin/python3
# tests/run: may run beside others
"""Every command that works for a while gets signals at random moments. It ends with 130, within a second of its own time, and what it was
writing is as it was before or as it is after a run that nobody disturbed. A command that is not listed here or in OTHERS fails the test.

What some of them still have to tell is in interrupt.py."""
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
import tempfile

from interrupt import FILM, MOST, Running, at, chain, is_sound
from lib import done, ok, run, set_home, skip

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
EACH = 2  # signals
LONGEST = 1.5  # processor seconds: a command that takes longer gets its signals until then
# Where the others are tested, or why nobody can wait for them.
OTHERS = {"collect": "e2e/collect.py", "share": "e2e/share.py", "central": "central/central.py", "lsp": "e2e/lsp.py", "new": "at once", "explain": "at once",
          "doctor": "at once"}


def content(path):
    """Of a file, or of all files of a folder, by their names; {}: there is none."""
    if os.path.isfile(path):
        with open(path, "rb") as f:
            return {"": f.read()}
    return {os.path.relpath(f"{folder}/{name}", path): content(f"{folder}/{name}")[""] for folder, _, names in os.walk(path) for name in names}


class Case:
    """`args`: of the command. `writes`: a file or folder that it writes, in place of `before`. `parts`: its files come one after the other."""

    def __init__(self, name, *args, writes=None, before=None, parts=False):
        self.name, self.args, self.writes, self.before, self.parts = name, args, writes, before, parts

    def begin(self):
        """As it is before it runs."""
        if self.writes:
            for path in (self.writes, self.writes + "~", self.writes + "-wal", self.writes + "-shm"):
                if os.path.isdir(path):
                    shutil.rmtree(path)
                elif os.path.lexists(path):
                    os.unlink(path)
            if self.before:
                shutil.copy(self.before, self.writes)

    def is_whole(self, old, new):
        """Nothing half-written, and nothing beside it."""
        if not self.writes:
            return True
        if self.writes.endswith(".sqlite"):
            return is_sound(self.writes) and not sqlite3.connect(self.writes).execute("PRAGMA foreign_key_check").fetchall()
        folder, name = os.path.split(self.writes)
        beside = [n for n in os.listdir(folder) if n.startswith(name + ".") or (n.startswith(name) and n not in (name, name + "~"))]
        now = content(self.writes)
        return not beside and (all(new.get(k) == v for k, v in now.items()) if self.parts else now in (old, new))


def test_case(top, case, rand):
    case.begin()
    old = content(case.writes) if case.writes else {}
    r = Running(top, *case.args)
    r.reach(at(r, LONGEST))
    if r.alive():
        cost, new = LONGEST, None
        r.end(signal.SIGKILL)
    else:
        cost, new = r.cpu(), content(case.writes) if case.writes else {}
        ok(r.process.wait() in (0, 1), f"{case.name}: without a signal it comes to its end", r.text()[1][-500:])
    wrong, landed = [], 0
    for _ in range(4 * EACH):
        case.begin()
        number, moment = rand.choice(SIGNALS), rand.uniform(0.05, 0.9) * cost
        r = Running(top, *case.args)
        if not r.reach(lambda p=r, n=number, m=moment: p.cpu() >= m and p.catches(n)):
            r.process.wait()
            continue
        spent, there = r.end(number), r.process.returncode
        if there in (0, 1):  # it had ended by itself when the signal came
            continue
        landed += 1
        if there != 130 or spent is None or spent > MOST or not case.is_whole(old, new if new is not None else old):
            wrong.append((number.name, round(moment, 2), there, spent, r.text()[1][-300:]))
        if landed == EACH:
            break
    ok(landed and not wrong, f"{case.name}: {landed} signals at random moments, each ends it, and nothing is half-written", wrong)


def make(top):
    """What the commands work on."""
    files = {name: f"{top}/{name}" for name in ("big.yaml", "untidy.yaml", "next.yaml", "in.sqlite", "de.po", "story.twee", "cut.otio")}
    text = chain(6000).replace("start:", "languages: [en, de]\nstart:")
    for name, what in (("big.yaml", text), ("untidy.yaml", text.replace("\n", "   \n")), ("next.yaml", text.replace("for: 2s", "for: 3s")),
                       ("story.twee", "".join(f":: p{i}\n{'words ' * 50}[[p{i + 1}]] [[p{i // 2}]]\n\n" for i in range(6000)))):
        with open(files[name], "w", encoding="utf-8") as f:
            f.write(what)
    translated = run("export", "strings", "--language", "de", files["big.yaml"]).out
    with open(files["de.po"], "w", encoding="utf-8") as f:
        f.write(re.sub(r'msgid "([^"]+)"\nmsgstr ""', r'msgid "\1"\nmsgstr "\1!"', translated))
    timeline = run("export", "otio", files["big.yaml"]).out
    with open(files["cut.otio"], "w", encoding="utf-8") as f:
        f.write(timeline.replace('"value" : 100.0', '"value" : 50.0').replace('"value" : 100', '"value" : 50'))
    ok(run("audience", "--store", files["in.sqlite"], "--viewings", "2000").code == 0, "a store")
    return files


def cases_of(top, f):
    work = f"{top}/work"
    os.makedirs(f"{work}/strings")
    shutil.copy(f["big.yaml"], f"{work}/story.yaml")
    store, big = f"{work}/own.sqlite", f["big.yaml"]
    return [
        Case("check", "check", big), Case("check --deep", "check", "--deep", FILM), Case("explore", "explore", "-j", "2", big), Case("cover", "cover", big),
        Case("simulate", "simulate", "-j", "2", "--runs", "100000", big), Case("graph", "graph", "--format", "dot", big), Case("diff", "diff", big, f["next.yaml"]),
        Case("try", "try", big), Case("fmt --check", "fmt", "--check", f["untidy.yaml"]),
        Case("fmt", "fmt", f"{work}/untidy.yaml", writes=f"{work}/untidy.yaml", before=f["untidy.yaml"]),
        Case("pack", "pack", big, f"{work}/film.frumious", writes=f"{work}/film.frumious"),
        *(Case(f"export {verb}", "export", verb, *more, big) for verb, *more in
          (["strings", "--language", "de"], ["script"], ["shots"], ["lines"], ["notes"], ["otio"])),
        Case("export cut", "export", "cut", FILM, "-o", f"{work}/cut.mkv", writes=f"{work}/cut.mkv"),
        Case("import strings", "import", "strings", "--language", "de", f"{work}/story.yaml", f["de.po"], writes=f"{work}/strings/de.yaml"),
        Case("import otio", "import", "otio", f"{work}/recut.yaml", f["cut.otio"], writes=f"{work}/recut.yaml", before=big),
        Case("import twee", "import", "twee", f["story.twee"], f"{work}/twee", writes=f"{work}/twee", parts=True),
        Case("play --headless", "play", "--headless", "--choose", "random", "--store", store, FILM, writes=store),
        *(Case(f"telemetry {verb}", "telemetry", verb, *more, "--store", f["in.sqlite"]) for verb, *more in (["list", "-n", "4000"], ["export"], ["export", "--anonymous"])),
        Case("telemetry erase", "telemetry", "erase", "--story", "org.example.audience", "--store", store, writes=store, before=f["in.sqlite"]),
        *(Case(f"report {how}", "report", "--recount", "--format", how, "--store", f["in.sqlite"]) for how in ("text", "html")),
        Case("merge", "merge", store, f["in.sqlite"], writes=store), Case("audience", "audience", "--store", store, "--viewings", "4000", writes=store),
    ]


def main():
    if not os.path.exists("/proc/self/stat"):
        skip("signals", "no /proc")
        return done()
    with tempfile.TemporaryDirectory() as top:
        set_home(f"{top}/home")
        rand = random.Random(18)
        cases = cases_of(top, make(top))
        listed = re.findall(r"^  ([a-z]+)  ", run("--help").out.split("Commands:")[1].split("\n\n")[0], re.M)
        missing = [name for name in listed if name not in OTHERS and not any(c.args[0] == name for c in cases)]
        ok(len(listed) > 20 and not missing, "every command is here, or tested elsewhere", (listed, missing))
        for case in cases:
            test_case(top, case, rand)
    return done()


if __name__ == "__main__":
    sys.exit(main())
