#!/usr/bin/python3
# tests/run: may run beside others
"""Stories of Twine, as their authors write them, are imported; the result is checked, explored and played. And what is no Twee is refused."""
import os
import tempfile

from lib import done, ok, run

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fuzz/corpus/twee")
# What of each has no word in a story: line and a piece of the reason.
MISSED = {
    "sugarcube": [(42, "a value in the words"), (43, "words under a condition"), (46, "not there"), (49, "macro"), (54, "macro"),
                  (62, "Twine's own")],
    "cave": [(9, "sets what"), (11, "Twine's own"), (24, "sets what"), (25, "a value in the words"), (27, "sets what"), (28, "macro"), (31, "macro"), (31, "macro"),
             (31, "macro"), (32, "words under"), (34, "macro"), (35, "a picture"), (36, "macro"), *[(40, "words under")] * 3, (46, "HTML")],
    "harlowe": [(20, "macro"), (25, "words under a condition"), (27, "macro")],
}
# What must stand in each.
LINES = {
    "sugarcube": ["start: foyer", "wearing: {type: bool, initial: true}", "enter: [visits += 1, {do: [mood = nervous], when: visits >= 3 and mood == calm}]",
                  "when: not wearing and hp <= 0", "do: [wearing = false, hp -= 1]", "- {when: mood == nervous, goto: dead}", "act: chapter-one",
                  "- {when: not wearing, goto: won}", 'title: "Foyer of the Opera"', "Tags: indoors"],
    "cave": ["enter: [{do: [hasTorch = true], when: not hasTorch}]", "when: not (hasTorch and gold >= 5) and (gold < 5 and not seen(cave))",
             "name: {type: enum, values: [empty, Anna], initial: Anna}", "- {when: not hasTorch, goto: dark}", "do: [gold += 5]", "when: shop_if\n", "enter: [shop_if = gold < 10, {do: [gold -= 10, hasTorch = true], when: gold >= 10}]"],
    "harlowe": ["start: platform", "ticket: {type: enum, values: [empty, none, single], initial: none}", "do: [ticket = single, coins -= 2]",
                "when: coins < 2 and ticket != none", "when: not seen(road)", "- {when: ticket == none, goto: road}"],
}
MAPPED = """:: Start
<<set $door to "open">><<if $door is "shut">>[[Wait|End]]<<endif>><<silently>><<set $door to "open">><<endsilently>>[[Go on-> End ]] [[End<-Stay]] [[Look|End]] [[End]]

:: End
<<if $door is "open">><<goto "A  ending!">><<else>><<goto "A Ending">><</if>>

:: A  ending!
Over.

:: A Ending
Over, too.
"""
# Names that differ in a blank at their end, macros in other letters, a link out of the story.
BLANKS = """:: StoryData
{"ifid": "05E83F7C-608D-4114-884C-7EE53F4F6FD0", "format": "Harlowe", "start": "Start"}

:: Start
(Set: $late to false)(If: $late is true)[[[Choice]]](ELSE:)[[[Choice ]]]
[[see more->https://example.org/]]

:: Choice
First. [[ Choice ]]

:: Choice\\ 
Second.
"""
# Passages that others include stand where they are included; each closes what it opens.
INCLUDED = """:: StoryData
{"ifid": "05E83F7C-608D-4114-884C-7EE53F4F6FD0", "format": "SugarCube"}

:: Start
<<set $hp to 3>><<include "Weather">> <<print "Go!">> <<= $hp>>
<<if $hp is 2>><<include "Links">><</if>>[[On|End]]

:: Weather
It rains.<<if $hp is 3>><<set $hp to 2>><</if>><<display [[Dark]]>>

:: Dark
It is dark.<<if $hp is 1>>

:: Links
[[Run|End]]

:: Loop
<<include "Loop">><<include "Nowhere">><<include $x>><<goto "E" + $x>>
[[End]]

:: End
Over.
"""
INCLUDED_MISSED = [(5, "$hp"), (12, "not closed"), (12, "not closed"), (12, "not closed"), (18, "includes itself"), (18, "not there"), (18, "macro"), (18, "macro")]
HOSTILE = {
    "zero": (b":: A\nx\0y\n", ":2: a zero byte"),
    "latin1": (b":: A\n\xe9t\xe9\n", ":2: bytes that are not UTF-8"),
    "nothing": (b"Once upon a time\n", "no passage"),
    "large": (b":: A\n" + b"x" * (8 << 20), "large"),
    "many": (b":: A\n" * 20001, "more than 20,000 passages"),
}
STRANGE = {
    "title": ":: StoryTitle\nDie N\u00e4chtliche \u00dcberfahrt \u591c\u884c\n\n:: Start\nOver.\n",
    "far title": ":: StoryTitle\n\u591c\u884c\u5217\u8eca\n\n:: Start\nOver.\n",
    "bomb": "".join(f':: P{i}\n<<include "P{i + 1}">><<include "P{i + 1}">><<if $a>>\n' for i in range(40)) + ":: P40\n[[P0]]\n",
    "deep": ":: A\n" + "<<if $a>>" * 30000 + "x" + "<</if>>" * 30000 + "\n[[A]]\n",
    "brackets": ":: A\n" + "[[" * 200000 + "\n(if: " * 1000 + "[" * 50000,
    "long": ":: A\n<<if " + "(" * 100000 + "1" + ")" * 100000 + ">>[[A]]<</if>>\n" + "<<if $a is 1>>" + "<<elseif $b is 2>>[[A]]" * 2000,
    "control": ":: A\x1b]0;x\x07\nred \x1b[31m \u202e\n[[\x1bA|A]]\n",
    "loop": ":: A\n<<goto \"B\">>\n:: B\n<<if $x>><<goto \"A\">><</if>><<set $x to true>>\n",
    "null": ":: Null\n<<set $x to \"null\">>[[Null]] [[~]]\n:: ~\n<<if $x is \"null\">>[[Null]]<</if>>\n",
    "same": ":: A\n[[A]][[A]]\n:: a\n:: A!\n[[???]][[!!!]]\n:: \n[[->]]\n",
}


def check_story(folder, name):
    story = f"{folder}/story.yaml"
    r = run("check", "--no-media", story)
    ok(r.code == 0 and " 0 errors" in r.out + r.err, f"{name}: it is sound", r)
    r = run("fmt", "--check", story)
    ok(r.code == 0, f"{name}: it is laid out as fmt does", r)
    r = run("explore", story)
    ok(r.code in (0, 1) and "likely" in r.out, f"{name}: it can be explored", r)
    r = run("play", "--headless", "--choose=first" if name == "harlowe" else "--choose=random", "--seed=3", "--no-telemetry", story)
    ok(r.code == 0 and " node " in r.out, f"{name}: it plays", r)


def main():
    with tempfile.TemporaryDirectory() as top:
        for name, missed in MISSED.items():
            folder, source = f"{top}/{name}", f"{CORPUS}/{name}"
            r = run("import", "twee", source, folder)
            told = all(f"{name}:{line}: " in r.out and why in r.out.split(f"{name}:{line}: ")[1].split("\n")[0] for line, why in missed)
            ok(r.code == 1 and told and r.out.count(f"{source}:") == len(missed), f"{name}: what is left out is listed, each with its line", r)
            text = open(f"{folder}/story.yaml", encoding="utf-8").read()
            absent = [line for line in LINES[name] if line not in text]
            ok(not absent, f"{name}: names, variables, conditions and effects", absent)
            ok(all(f"ine {line}: " in text for line, _ in missed), f"{name}: and in the notes", text)
            ok(open(f"{folder}/source.twee", "rb").read() == open(source, "rb").read(), f"{name}: the source is kept")
            check_story(folder, name)
        with open(f"{top}/plain.twee", "w", encoding="utf-8") as f:
            f.write(MAPPED)
        r = run("import", "twee", "plain.twee", cwd=top)
        ok(r.code == 0 and "4 passages, 5 links, 1 variable" in r.out, "all of it fits: the exit status is 0, the folder has the file's name", r)
        text = open(f"{top}/plain/story.yaml", encoding="utf-8").read()
        ok("a-ending-2:" in text and "- {when: door == open, goto: a-ending}\n      - {goto: a-ending-2}" in text, "two names that are nearly the same are two", text)
        check_story(f"{top}/plain", "plain")
        with open(f"{top}/blanks.twee", "w", encoding="utf-8") as f:
            f.write(BLANKS)
        r = run("import", "twee", "blanks.twee", cwd=top)
        text = open(f"{top}/blanks/story.yaml", encoding="utf-8").read()
        ok(r.code == 1 and r.out.count("blanks.twee:") == 1 and "leads out of the story" in r.out and "3 passages, 3 links, 1 variable" in r.out, "a link out of the story is no option", r)
        ok("when: late\n          goto: choice\n" in text and "when: not late\n          goto: choice-2" in text, "a blank at a name's end counts where a passage has it", text)
        check_story(f"{top}/blanks", "blanks")
        with open(f"{top}/included.twee", "w", encoding="utf-8") as f:
            f.write(INCLUDED)
        r = run("import", "twee", "included.twee", cwd=top)
        told = [(line, why) for line, why in INCLUDED_MISSED if not any(f"included.twee:{line}: " in said and why in said for said in r.out.splitlines())]
        text = open(f"{top}/included/story.yaml", encoding="utf-8").read()
        ok(r.code == 1 and not told and r.out.count("included.twee:") == len(INCLUDED_MISSED), "what can't be included is listed", (told, r))
        ok("It rains.It is dark. Go! $hp" in text and "enter: [hp = 3, {do: [hp = 2], when: hp == 3}]" in text and 'text: "Run"\n          when: hp == 2\n' in text,
           "passages stand where they are included", text)
        check_story(f"{top}/included", "included")
        r = run("import", "twee", "plain.twee", cwd=top)
        ok(r.code == 1 and "holds files already" in r.err, "nothing is written over", r)
        for name, (content, why) in HOSTILE.items():
            with open(f"{top}/{name}.twee", "wb") as f:
                f.write(content)
            r = run("import", "twee", f"{top}/{name}.twee", f"{top}/{name}")
            ok(r.code in (1, 3) and why in r.err and not os.path.exists(f"{top}/{name}"), f"{name}: refused", r)
        for name, content in STRANGE.items():
            with open(f"{top}/{name}.twee", "w", encoding="utf-8") as f:
                f.write(content)
            r = run("import", "twee", f"{top}/{name}.twee", f"{top}/{name}")
            ok(r.code in (0, 1) and "\x1b" not in r.out + r.err, f"{name}: read", r.err[-500:])
            r = run("check", "--no-media", f"{top}/{name}/story.yaml")
            ok(r.code == 0, f"{name}: a sound story comes of it", (r.out + r.err)[-1500:])
    done()


main()
