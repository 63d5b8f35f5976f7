#!/usr/bin/python3
# tests/run: may run beside others
"""A story goes to a translator and comes back, as PO (by gettext's own tools too) and as a table; then a text changes."""
import os
import shutil
import subprocess
import tempfile

from lib import done, ok, run, skip

STORY = """frumious: 1
id: org.example.tower
title: The Tower
version: "1"
start: hall
languages: [en, de, fr]
nodes:
  hall:
    clip: {card: "Cold.\\nDark.", for: 2s}
    decision:
      id: door
      prompt: Which door?
      opens: 0s
      for: 1s
      default: left
      options: {left: {text: Left, goto: end}, right: {text: Right, goto: end}}
  end: {clip: {card: Over., for: 1s}, ending: {id: over, title: Over}}
"""
WORDS = {"The Tower": "Der Turm", "Cold.\\nDark.": "Kalt.\\nDunkel.", "Which door?": "Welche Tür?", "Left": "Links", "Right": "Rechts",
         "Over.": "Aus.", "Over": "Aus"}


def fill(po):
    """As a translator's editor does: the words below each text."""
    text = po.replace('msgid ""\n"Cold.\\n"\n"Dark."\n', 'msgid "Cold.\\nDark."\n')
    for source, word in WORDS.items():
        text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{word}"')
    return text


def pseudo(top):
    """Texts that only look translated take the translators' way, and the film plays with them."""
    story, po = f"{top}/pseudo/story.yaml", f"{top}/pseudo/made.po"
    os.makedirs(f"{top}/pseudo")
    with open(story, "w") as f:
        f.write(STORY.replace("[en, de, fr]", "[en, en-XA, ar-XB]"))
    for kind, language, words in (("long", "en-XA", "[Ļéƒţ öñé]"), ("rtl", "ar-XB", "לעפט")):
        r = run("export", "strings", "--language", language, "--pseudo", kind, story)
        ok(r.code == 0 and f'msgstr "{words}"' in r.out and 'msgstr ""\n"Content' not in r.out, f"pseudo, {kind}: words", r)
        with open(po, "w") as f:
            f.write(r.out)
        r = run("import", "strings", "--language", language, story, po)
        ok(r.code == 0 and "7 translations taken" in r.out, f"pseudo, {kind}: taken", r)
        r = run("play", "--headless", "--language", language, "--no-telemetry", story)
        ok(r.code == 0 and "ending    over" in r.out, f"pseudo, {kind}: plays", r)
    r = run("check", "--no-media", story)
    ok(r.code == 0 and " into `" not in r.out + r.err, "pseudo: all is there", r)
    r = run("export", "strings", "--language", "en-XA", "--pseudo", "loud", story)
    ok(r.code == 2 and "long or rtl" in r.err, "pseudo: an unknown kind", r)


def main():
    with tempfile.TemporaryDirectory() as top:
        story, po, csv = f"{top}/story.yaml", f"{top}/de.po", f"{top}/fr.csv"
        german = f"{top}/strings/de.yaml"
        with open(story, "w") as f:
            f.write(STORY)
        r = run("export", "strings", story)
        ok(r.code == 2 and "de, fr" in r.err, "with several languages, one must be named", r)
        r = run("export", "strings", "--language", "de", story)
        ok(r.code == 0 and r.out.count('msgstr ""\n') == len(WORDS) + 1, "all texts go out", r)
        with open(po, "w") as f:
            f.write(fill(r.out))
        if shutil.which("msgfmt"):
            made = subprocess.run(["msgfmt", "--check-format", "--check-domain", "--statistics", "-o", f"{top}/de.mo", po], capture_output=True,
                                  text=True, check=False)
            ok(made.returncode == 0 and "7 translated messages." in made.stderr, "msgfmt takes it", made.stderr)
            subprocess.run(["msgcat", "--width=30", "-o", po, po], check=True, capture_output=True)
        else:
            skip("msgfmt takes it", "there is no gettext here")
        r = run("import", "strings", "--language", "de", story, po)
        ok(r.code == 0 and "7 translations taken, 0 kept as they were, 0 still missing" in r.out, "all come back", r)
        r = run("check", "--no-media", story)
        ok(" into `de`" not in r.out + r.err and "fr" in r.out + r.err, "German is whole, French is not", r)
        r = run("play", "--headless", "--language", "de", "--no-telemetry", story)
        ok(r.code == 0 and "Links" in r.out + open(german).read(), "and plays", r)

        pseudo(top)

        with open(story, "w") as f:
            f.write(STORY.replace("prompt: Which door?", "prompt: Which of the doors?"))
        r = run("check", "--no-media", story)
        ok("W707" in r.out + r.err and "Which of the doors?" in r.out + r.err, "check says that a text changed", r)
        r = run("export", "strings", "--language", "de", story)
        ok(r.out.count("#, fuzzy") == 1 and 'msgid "Which of the doors?"\nmsgstr "Welche Tür?"' in r.out, "it goes out as fuzzy", r)
        with open(po, "w") as f:
            f.write(r.out)
        before = open(german).read()
        back = run("import", "strings", "--language", "de", story, po)
        ok(back.code == 0 and open(german).read() == before, "and changes nothing as long as it is", back)
        with open(po, "w") as f:
            f.write(r.out.replace("#, fuzzy\n", "").replace("Welche Tür?", "Welche der Türen?"))
        r = run("import", "strings", "--language", "de", story, po)
        ok("W707" not in run("check", "--no-media", story).out and "Welche der Türen?" in open(german).read(), "translated again, it is right", r)
        ok(open(german + "~").read() == before, "the file from before is beside it")

        r = run("export", "strings", "--language", "fr", "--format", "csv", story)
        with open(csv, "w") as f:
            f.write(r.out.replace(",Left,,", ",Left,Gauche,").replace(",Right,,", ',Right,"À droite, là",'))
        r = run("import", "strings", "--language", "fr", story, csv)
        ok(r.code == 0 and "2 translations taken, 0 kept as they were, 5 still missing" in r.out, "a table comes back", r)
        french = open(f"{top}/strings/fr.yaml").read()

        with open(po, "w") as f:
            f.write('msgctxt "option.door.left.text"\nmsgid "Left"\nmsgstr "' + "x" * 5000 + '"\n')
        r = run("import", "strings", "--language", "fr", story, po)
        ok(r.code != 0 and open(f"{top}/strings/fr.yaml").read() == french and "as it was" in r.err, "what would break the story changes nothing", r)
        with open(po, "w") as f:
            f.write("msgid \"Left\nmsgstr\n")
        r = run("import", "strings", "--language", "fr", story, po)
        ok(r.code != 0 and "line 1" in r.err, "a broken file is named with its line", r)
        os.remove(po)
        os.mkfifo(po)
        r = run("import", "strings", "--language", "fr", story, po)
        ok(r.code != 0 and r.err, "a pipe in its place is refused", r)
    return done()


raise SystemExit(main())
