#!/usr/bin/python3
"""Installs into an empty folder, as a packager would. The desktop entry must have its icon in every size and start the
installed program; a desktop must know a story by its name, shells must complete every command, verb and option, and the
manual must name them; the validators of desktop entries, AppStream metadata and manual pages must accept their files, and
uninstalling must leave nothing behind. Debian's control file must ask for every package that packages.txt lists."""
import configparser
import email
import glob
import os
import re
import shutil
import struct
import subprocess
import tempfile

import yaml

from lib import PROGRAM, done, ok, skip

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIZES = (48, 64, 128, 256)


def make(target, top):
    return subprocess.run(["make", "-s", target, f"DESTDIR={top}"], cwd=ROOT, capture_output=True, text=True, check=False)


def png_size(path):
    with open(path, "rb") as f:
        head = f.read(24)
    return struct.unpack(">II", head[16:]) if head.startswith(b"\x89PNG\r\n\x1a\n") else None


def validate(*command):
    r = subprocess.run(command, capture_output=True, text=True, check=False)
    ok(r.returncode == 0, f"{command[0]} finds nothing wrong", r.stdout + r.stderr)


def says(*command):
    return subprocess.run([PROGRAM, *command, "--help"], capture_output=True, text=True, check=False).stdout


def commands():
    """{command: (its long options, its verbs)} as --help tells them."""
    names = re.findall(r"^  ([a-z]+) +[a-z]", says().split("Options:")[0], re.M)
    texts = {name: says(name) for name in names}
    return {name: (re.findall(r"^  (?:-\w, )?--([a-z-]+)", text, re.M),
                   re.findall(r"^  ([a-z]+)", text.split("Verbs:")[1], re.M) if "Verbs:" in text else []) for name, text in texts.items()}


BASH = """source "$1"; shift; complete -p frumious >&2
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _frumious 2>/dev/null; printf '%s\\n' "${COMPREPLY[@]}"
"""


def bash(script, *words):
    r = subprocess.run(["bash", "-c", BASH, "bash", script, "frumious", *words], capture_output=True, text=True, check=False)
    return [word.rstrip("=") for word in r.stdout.split()]


def fish(script, *words):
    line = " ".join(["frumious", *words])
    r = subprocess.run(["fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", script, line],
                       capture_output=True, text=True, check=False, cwd="/proc/self/fdinfo")
    return [row.split("\t")[0].rstrip("=") for row in r.stdout.splitlines() if "\t" in row]


def test_shells(share):
    """Both shells are asked as a person would: the beginning of the word, then the Tab key."""
    known = commands()
    ok(len(known) > 10 and known["telemetry"][1] and len(known["play"][0]) > 20, "the commands that --help tells", known)
    for shell, complete, script in (("bash", bash, f"{share}/bash-completion/completions/frumious"),
                                    ("fish", fish, f"{share}/fish/vendor_completions.d/frumious.fish")):
        if not shutil.which(shell):
            skip(f"{shell} completes", f"there is no {shell} here")
            continue
        got = complete(script, "")
        ok(sorted(got) == sorted(known), f"{shell} completes the commands", got)
        for name, (options, verbs) in known.items():
            got = complete(script, name, "--")
            ok(sorted(got) == sorted(f"--{o}" for o in options), f"{shell} completes the options of {name}", f"{got}\n{options}")
            got = complete(script, name, "") if verbs else []
            ok(sorted(got) == sorted(verbs), f"{shell} completes the verbs of {name}", f"{got}\n{verbs}")
    script = f"{share}/zsh/site-functions/_frumious"
    if shutil.which("zsh"):
        r = subprocess.run(["zsh", "-n", script], capture_output=True, text=True, check=False)
        ok(r.returncode == 0 and not r.stderr, "zsh reads its completions", r.stderr)
    with open(script) as f:
        text = f.read()
    missing = [o for options, _ in known.values() for o in options if not re.search(rf"--{o}[=\[}}]", text)]
    ok(not missing, "and they have every option", missing)
    return known


def test_manual(page, known):
    with open(page) as f:
        text = f.read().replace("\\-", "-")
    missing = [o for options, verbs in known.values() for o in [f"--{o}" for o in options] + verbs if o not in text]
    ok(not missing, "the manual names every option and verb", missing)
    if not shutil.which("groff"):
        skip("the manual is a manual page", "there is no groff here")
        return
    r = subprocess.run(["groff", "-man", "-Kutf8", "-Tutf8", "-ww", page], capture_output=True, text=True, check=False)
    ok(r.returncode == 0 and not r.stderr and "interactive films" in r.stdout, "the manual is a manual page", f"{r.stderr}\n{r.stdout[:500]}")


def test_upload():
    """Who uploads a package says in whose name, before anything is made."""
    for name, source, suite, maintainer, word in (("nobody", "-S", "unstable", "", "needs somebody"), ("nobody, for a PPA", "", "noble", "", "needs somebody"),
                                                  ("a name alone", "-S", "noble", "Ada", "is written"), ("an address alone", "-S", "noble", "<a@b>", "is written")):
        with tempfile.TemporaryDirectory() as top:
            r = subprocess.run(["sh", "assets/debian/assemble", f"{top}/tree", "1.0", suite, source, maintainer], cwd=ROOT, capture_output=True, text=True, check=False)
            ok(r.returncode == 1 and word in r.stderr and not os.listdir(top), f"a package is not uploaded in the name of {name}", r.stderr)


def test_flatpak():
    """The manifest is one, and has a source with a hash for everything that is fetched."""
    with open(f"{ROOT}/assets/flatpak/org.frumious.Frumious.yml", encoding="utf-8") as f:
        manifest = yaml.safe_load(f)
    fetched = [source for module in manifest["modules"] for source in module["sources"] if source["type"] == "archive"]
    ok(manifest["app-id"] == "org.frumious.Frumious" and len(fetched) > 8 and all(re.fullmatch("[0-9a-f]{64}", s["sha256"]) for s in fetched), "the Flatpak's sources have hashes", fetched)
    ok("--share=network" in manifest["finish-args"], "and what viewers agree to share can leave it")
    if not shutil.which("flatpak-builder"):
        skip("flatpak-builder reads the manifest", "it is not installed")
        return
    with tempfile.TemporaryDirectory() as top:
        r = subprocess.run(["flatpak-builder", "--show-manifest", f"{ROOT}/assets/flatpak/org.frumious.Frumious.yml"], cwd=top, capture_output=True,
                           text=True, check=False)
    ok(r.returncode == 0 and not r.stderr and '"make install' in r.stdout, "flatpak-builder reads the manifest", r.stderr)


def test_control():
    """What Debian's package is built with and needs is what packages.txt says; `make test-deb` installs it."""
    r = subprocess.run(["awk", "-f", "assets/debian/control.awk", "engine/packages.txt", "assets/debian/control.in"], cwd=ROOT,
                       capture_output=True, text=True, check=False)
    source, program, network, film = [email.message_from_string(text) for text in r.stdout.strip().split("\n\n")]
    names = [{re.sub(r"\s*\(.*", "", name.strip()) for name in (field or "").split(",")}
             for field in (source["Build-Depends"], program["Depends"], film["Depends"])]
    with open(f"{ROOT}/engine/packages.txt", encoding="utf-8") as f:
        rows = [line.split() for line in f if re.match(r"[a-z]", line)]
    place = {"run": 1, "film": 2}
    linked = [row for row in rows if row[1] == "play" and row[2] != "-"]
    missing = [row[0] for row in linked if row[0].replace("|", " | ") not in names[place.get(row[2], 0)]]
    ok(not network["Depends"].count("@"), "and the network's package has no gap", network["Depends"])
    ok(len(linked) > 20 and not missing, "Debian's control file asks for every library and font of packages.txt", missing)


def needed(program):
    """The libraries that a program is linked with."""
    r = subprocess.run(["readelf", "-d", program], capture_output=True, text=True, check=True)
    return set(re.findall(r"NEEDED.*\[(\w+)", r.stdout))


def test_network(prefix):
    """The program that plays links no network library; the commands that need one are in a program that it finds."""
    player, network = f"{prefix}/bin/frumious", f"{prefix}/libexec/frumious/frumious-network"
    libraries = {"libmicrohttpd", "libcurl", "libgnutls"}
    ok(not needed(player) & libraries, "the program that plays links no network library", needed(player))
    ok("libmicrohttpd" in needed(network) and "libSDL2" not in needed(network), "frumious-network does, and no window", needed(network))
    r = subprocess.run([player, "collect", "--help"], capture_output=True, text=True, check=False)
    ok(r.returncode == 0 and "--listen" in r.stdout, "the installed program finds it", r.stdout + r.stderr)
    os.rename(network, f"{network}.aside")
    r = subprocess.run([player, "collect", "--help"], capture_output=True, text=True, check=False)
    ok(r.returncode == 3 and "the package frumious-network has it" in r.stderr, "without it, the program says what to install", r.stderr)
    os.rename(f"{network}.aside", network)
    r = subprocess.run([network, "play"], capture_output=True, text=True, check=False)
    ok(r.returncode == 2 and "frumious, which starts it" in r.stderr, "and it does nothing else", r.stderr)


def test_story_type(share, top):
    """A desktop knows a story, and has a program for it."""
    if not shutil.which("update-mime-database") or not shutil.which("gio"):
        skip("a story's type", "update-mime-database and gio are needed")
        return
    for folder in ("home", "data"):
        os.makedirs(f"{top}.{folder}")
    shutil.copytree(f"{share}/mime", f"{top}.data/mime")
    shutil.copytree("/usr/share/mime/packages", f"{top}.data/mime/packages", dirs_exist_ok=True)
    subprocess.run(["update-mime-database", f"{top}.data/mime"], check=True, capture_output=True)
    for name, kind, text in (("story.yaml", "application/vnd.frumious.story+yaml", "frumious: 1\n"), ("other.yaml", "application/x-yaml", "a: 1\n"),
                             ("film.frumious", "application/vnd.frumious.film+zip", "PK\3\4"), ("other.zip", "application/zip", "PK\3\4")):
        with open(f"{top}.home/{name}", "w") as f:
            f.write(text)
        env = dict(os.environ, XDG_DATA_HOME=f"{top}.home", XDG_DATA_DIRS=f"{top}.data")
        r = subprocess.run(["gio", "info", "-a", "standard::content-type", f"{top}.home/{name}"], capture_output=True, text=True,
                           env=env, check=False)
        got = re.search(r"content-type: (\S+)", r.stdout)
        ok(got and got.group(1).replace("/yaml", "/x-yaml") == kind, f"{name} is {kind}", r.stdout + r.stderr)


def main():
    test_control()
    test_upload()
    test_flatpak()
    with tempfile.TemporaryDirectory() as top:
        r = make("install", top)
        ok(r.returncode == 0, "installs", r.stderr)
        share = f"{top}/usr/local/share"
        entry = configparser.ConfigParser(interpolation=None)
        entry.read(f"{share}/applications/org.frumious.Frumious.desktop")
        entry = entry["Desktop Entry"]
        icons = f"{share}/icons/hicolor"
        for size in SIZES:
            path = f"{icons}/{size}x{size}/apps/{entry['Icon']}.png"
            got = png_size(path) if os.path.exists(path) else None
            ok(got == (size, size), f"an icon of {size} pixels", got)
        ok(os.path.exists(f"{icons}/scalable/apps/{entry['Icon']}.svg"), "an icon for any size")
        ok(os.access(f"{top}/usr/local/bin/{entry['Exec'].split()[0]}", os.X_OK), "the program that the entry starts is there")
        ok(os.path.exists(f"{share}/frumious/stories/at-the-third-stroke/story.yaml"), "and its film")
        test_network(f"{top}/usr/local")
        r = subprocess.run([f"{top}/usr/local/bin/frumious", "play", "--headless", "--from", "credits-precisely"], cwd=top,
                           capture_output=True, text=True, check=False)
        ok(r.returncode == 0 and "ending    precisely" in r.stdout, "which it plays", r.stdout + r.stderr)
        validate("desktop-file-validate", f"{share}/applications/org.frumious.Frumious.desktop")
        validate("appstreamcli", "validate", "--no-net", f"{share}/metainfo/org.frumious.Frumious.metainfo.xml")
        known = test_shells(share)
        test_manual(f"{share}/man/man1/frumious.1", known)
        test_story_type(share, f"{top}/scratch")
        ok(entry["MimeType"] == "application/vnd.frumious.story+yaml;application/vnd.frumious.film+zip;", "the program that opens it", dict(entry))
        for folder in glob.glob(f"{top}/scratch.*"):
            shutil.rmtree(folder)
        r = make("uninstall", top)
        left = [f for _, _, files in os.walk(top) for f in files]
        ok(r.returncode == 0 and not left, "uninstalling leaves nothing", r.stderr or left)


main()
raise SystemExit(done())
