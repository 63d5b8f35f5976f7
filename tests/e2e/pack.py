#!/usr/bin/python3
# tests/run: may run beside others
"""A film in one file: it holds what plays and nothing else, plays as the folder does, is the same bytes every time, and is made whole or
not at all. What is no sound pack is refused."""
import filecmp
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import zipfile

import lib
from lib import PROGRAM, done, ok, run

ENDLESS = "frumious: 1\nid: org.example.endless\ntitle: E\nstart: a\nnodes:\n  a: {clip: {card: A, for: 1s}, next: a}\n"


def make(top):
    """The small story of three films in a folder of its own, with a text, a poster, and things that do not play."""
    films, folder = f"{top}/films", f"{top}/small"
    lib.make_films(films)
    lib.make_story(films, folder)
    os.makedirs(f"{folder}/parts")
    with open(f"{folder}/story.yaml") as f:
        text = f.read()
    with open(f"{folder}/story.yaml", "w") as f:
        head, end = text.split("  over:\n")
        aided = "clip: {file: ./red.mkv, described: {file: blue.flac, mix: true}, signed: hands.mkv}"
        f.write(head.replace("clip: red.mkv", aided) + "include: [parts/end.yaml]\n")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x36:d=1", "-f", "lavfi", "-i", "sine=440:duration=1", "-map", "0", "-c:v",
                    "ffv1", f"{folder}/hands.mkv", "-map", "1", f"{folder}/blue.flac"], check=True, timeout=120)
    with open(f"{folder}/parts/end.yaml", "w") as f:
        f.write("nodes:\n  over:\n" + end)
    for name in ("notes.txt", "story.yaml~", "green-take-1.mkv"):
        shutil.copy(f"{folder}/story.yaml", f"{folder}/{name}")
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=s=64x36", "-frames:v", "1", f"{folder}/poster.png"], check=True,
                   timeout=120)
    return folder


def test_content(top, folder):
    pack = f"{top}/small.frumious"
    r = run("pack", folder, cwd=top)
    ok(r.code == 0 and "checked and proved" in r.out and os.path.exists(pack), "a film is packed", r.out + r.err)
    with zipfile.ZipFile(pack) as z:
        names = [i.filename for i in z.infolist()]
        ok(z.testzip() is None and all(i.compress_type == zipfile.ZIP_STORED for i in z.infolist()), "another reader finds it sound, and nothing compressed")
        ok(z.read("red.mkv") == open(f"{folder}/red.mkv", "rb").read(), "with the files' own bytes")
    want = sorted(["blue.flac", "blue.mkv", "green.mkv", "hands.mkv", "parts/end.yaml", "poster.png", "red.mkv", "story.yaml", "strings/de.yaml"])
    ok(names == want, "it holds what plays and nothing else", names)
    moved = f"{top}/elsewhere/film"
    shutil.copytree(folder, moved)
    r = run("pack", f"{moved}/story.yaml", f"{top}/again.frumious")
    ok(filecmp.cmp(pack, f"{top}/again.frumious", shallow=False), "the same story gives the same bytes, later and elsewhere", r.err)
    r = run("pack", pack, f"{top}/again.frumious")
    ok(r.code == 0 and filecmp.cmp(pack, f"{top}/again.frumious", shallow=False), "and so does the pack, over an earlier one", r.err)
    return pack


def played(story, to, temporary):
    os.makedirs(to)
    r = subprocess.run([PROGRAM, "play", "--headless", "--no-telemetry", "--seed", "3", "--choose", "first", "--record", f"{to}/transcript",
                        "--screenshots", f"{to}/pictures", "--cuts", story], env=dict(os.environ, TMPDIR=temporary), capture_output=True, text=True,
                       timeout=lib.PATIENCE, check=False)
    return r


def test_plays(top, folder, pack):
    """The folder is gone when the pack plays."""
    temporary = f"{top}/tmp"
    os.makedirs(temporary)
    one = played(f"{folder}/story.yaml", f"{top}/one", temporary)
    os.rename(folder, f"{folder}.away")
    other = played(pack, f"{top}/other", temporary)
    ok(one.returncode == other.returncode == 0 and one.stdout == other.stdout, "a pack plays as its folder does", one.stderr + other.stderr)
    pictures = sorted(os.listdir(f"{top}/one/pictures"))
    same = filecmp.cmpfiles(f"{top}/one/pictures", f"{top}/other/pictures", pictures, shallow=False)[0]
    ok(len(pictures) > 4 and sorted(same) == pictures, "with the same pictures", (pictures, same))
    ok(not os.listdir(temporary), "and nothing is unpacked", os.listdir(temporary))
    for command in (["check", "--deep"], ["explore"], ["graph"], ["cover"], ["simulate", "--runs", "20"], ["export", "strings", "--language", "de"]):
        r = run(*command, pack)
        ok(r.code == 0 and r.out, f"{command[0]} takes a pack", r.out + r.err)
    with open(f"{top}/de.po", "w") as f:
        f.write(run("export", "strings", "--language", "de", pack).out.replace('msgstr "Blau"', 'msgstr "Blaues"'))
    before = open(pack, "rb").read()
    r = run("import", "strings", "--language", "de", pack, f"{top}/de.po")
    ok(r.code == 2 and "import into" in r.err and open(pack, "rb").read() == before, "translations do not go into a pack", r.out + r.err)
    os.rename(f"{folder}.away", folder)


def test_refused(top, folder, pack):
    """Exit code 1 and a reason; and there is no file."""
    to = f"{top}/none.frumious"

    def refused(what, word, *args, code=1):
        r = run("pack", *args)
        ok(r.code == code and word in r.err and not os.path.exists(to), f"not packed: {what}", f"{r.code} {r.out}{r.err}")

    with open(f"{top}/endless.yaml", "w") as f:
        f.write(ENDLESS)
    refused("what has no ending", "--draft", f"{top}/endless.yaml", to)
    refused("what is not there", "there is no story", f"{top}/nothing.yaml", to, code=3)
    os.rename(f"{folder}/blue.mkv", f"{folder}/blue.away")
    refused("a film without one of its clips", "blue.mkv", folder, to)
    r = run("pack", "--draft", folder, to)
    ok(r.code == 0 and "draft" in r.out, "--draft packs it all the same", r.out + r.err)
    os.remove(to)
    os.rename(f"{folder}/blue.away", f"{folder}/blue.mkv")
    with open(f"{folder}/parts/end.yaml", "a") as f:
        f.write("  x: {goto: nowhere}\n")
    refused("a story with a mistake", "E", folder, to)
    other = f"{top}/precious"
    with open(other, "w") as f:
        f.write("mine")
    r = run("pack", pack, other)
    ok(r.code == 2 and open(other).read() == "mine", "what is there and no pack stays", r.err)


def test_whole(top, pack):
    """No room: the pack that was there stays, and nothing lies beside it."""
    place = f"{top}/full"
    os.makedirs(place)
    shutil.copy(pack, f"{place}/film.frumious")
    r = subprocess.run([PROGRAM, "pack", pack, f"{place}/film.frumious"], capture_output=True, text=True, timeout=lib.PATIENCE, check=False,
                       restore_signals=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000)))
    ok(r.returncode == 3 and "can't be written" in r.stderr, "a disk without room is told", f"{r.returncode} {r.stderr}")
    ok(os.listdir(place) == ["film.frumious"] and filecmp.cmp(pack, f"{place}/film.frumious", shallow=False), "what was there stays whole", os.listdir(place))


def test_lies(top, pack):
    """What else is called so. All lies that zip allows are in unit/test_packed_folder.c."""
    with zipfile.ZipFile(pack) as z:
        files = [(i, z.read(i)) for i in z.namelist()]
    bomb, cut, late = (f"{top}/{name}.frumious" for name in ("bomb", "cut", "late"))
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("story.yaml", b"# " + b"x" * 50_000_000)
    with open(cut, "wb") as f:
        f.write(open(pack, "rb").read()[:-1000])
    with zipfile.ZipFile(late, "w", zipfile.ZIP_STORED) as z:
        for name, data in files[:-2]:
            z.writestr(name, data)
    for path, word in ((bomb, "compressed"), (cut, "cut off"), (late, "story.yaml")):
        for command in (["check"], ["explore"], ["play", "--headless", "--no-telemetry"]):
            r = run(*command, path)
            ok(r.code == 1 and word in r.out + r.err, f"{command[0]} refuses {os.path.basename(path)}", f"{r.code} {r.out}{r.err}")


def main():
    with tempfile.TemporaryDirectory() as top:
        lib.set_home(f"{top}/home")
        folder = make(top)
        pack = test_content(top, folder)
        test_plays(top, folder, pack)
        test_refused(top, folder, pack)
        test_whole(top, pack)
        test_lies(top, pack)
    return done()


if __name__ == "__main__":
    sys.exit(main())
