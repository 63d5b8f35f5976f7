#!/usr/bin/python3
"""Installs into an empty folder, as a packager would. The desktop entry must have its icon in every size and start the
installed program, the validators of desktop entries and of AppStream metadata must accept their files, and uninstalling
must leave nothing behind."""
import configparser
import os
import struct
import subprocess
import tempfile

from lib import done, ok

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


def main():
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
        r = subprocess.run([f"{top}/usr/local/bin/frumious", "play", "--headless", "--from", "credits-precisely"], cwd=top,
                           capture_output=True, text=True, check=False)
        ok(r.returncode == 0 and "ending    precisely" in r.stdout, "which it plays", r.stdout + r.stderr)
        validate("desktop-file-validate", f"{share}/applications/org.frumious.Frumious.desktop")
        validate("appstreamcli", "validate", "--no-net", f"{share}/metainfo/org.frumious.Frumious.metainfo.xml")
        r = make("uninstall", top)
        left = [f for _, _, files in os.walk(top) for f in files]
        ok(r.returncode == 0 and not left, "uninstalling leaves nothing", r.stderr or left)


main()
raise SystemExit(done())
