#!/usr/bin/python3
# tests/run: may run beside others
"""The story format: the loader, the JSON Schema and the reference say the same. TAP on stdout.

    tests/e2e/schema.py [SEED] [--update]

Every story in tests/stories/valid loads and fits stories/story.schema.json. Every story in tests/stories/broken gives
exactly the problems, at exactly the places, that its first line expects, and the schema judges it as that line says:

    # expect: E101:12:5 W601:3:1 E104@parts/a.yaml:3:1; schema: reject

`schema: accept` marks mistakes that no schema can see, such as unknown names. Then: hostile files that can't be kept
in a repository (links, pipes, huge ones), the stories in stories/README.md, the printed texts (tests/golden/diag,
renewed by --update), what editors show by the schema, and a few hundred random damages to good stories, about which
schema and loader must agree.

FRUMIOUS names the program (build/frumious). Needs python3-yaml and python3-jsonschema.
"""
import copy
import json
import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

try:
    import jsonschema
    import yaml
except ImportError as missing:
    print(f"1..0 # SKIP {missing.name} is missing: install python3-{missing.name}")
    sys.exit(0)

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(os.environ.get("FRUMIOUS", ROOT / "build/frumious")).resolve()
SCHEMA = ROOT / "stories/story.schema.json"
README = ROOT / "stories/README.md"
CORPUS = ROOT / "tests/stories"
GOLDEN = ROOT / "tests/golden/diag"
UPDATE = "--update" in sys.argv or os.environ.get("FRUMIOUS_GOLDEN") == "write"
SEED = int(next((a for a in sys.argv[1:] if a.lstrip("-").isdigit()), "1"))
DAMAGES = int(os.environ.get("FRUMIOUS_DAMAGES", "400"))
SECONDS = 30  # for one run of the program: generous, since sanitizer builds are slow

count = failed = 0


def ok(good, what, *details):
    global count, failed
    count += 1
    failed += not good
    print(f"{'ok' if good else 'not ok'} {count} - {what}")
    if not good:
        for line in "\n".join(str(d) for d in details).splitlines():
            print(f"#   {line}")
    sys.stdout.flush()
    return good


# ---- YAML as the loader reads it -------------------------------------------------------------------------------------

class Refused(Exception):
    """What the loader's own reader of YAML refuses, and so no schema gets to see."""


NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
PARTS_MAX, DEPTH_MAX = 100000, 64  # of engine/story/limits.h


def scalar(node):
    """Plain true, false and JSON numbers are what they look like; null, ~ and nothing are nothing; all else is text."""
    text = node.value
    if "\0" in text:
        raise Refused("a NUL character")
    if node.style in ('"', "'", "|", ">"):
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if NUMBER.fullmatch(text):
        return json.loads(text)
    return text


def key_of(node, seen):
    if not isinstance(node, yaml.ScalarNode):
        raise Refused("a key that is no scalar")
    if node.value in seen:
        raise Refused(f"duplicate key {node.value}")
    return node.value


def value_of(node, budget, depth=0):
    budget[0] -= 1
    if budget[0] < 0 or depth > DEPTH_MAX:
        raise Refused("too many parts, or nested too deeply")
    if isinstance(node, yaml.ScalarNode):
        return scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item, budget, depth + 1) for item in node.value]
    out = {}
    for key, value in node.value:
        out[key_of(key, out)] = value_of(value, budget, depth + 1)
    return out


def read_yaml(path):
    text = Path(path).read_bytes().decode("utf-8-sig")
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if getattr(event, "tag", None):
            raise Refused("a tag")
    node = yaml.compose(text, Loader=yaml.CSafeLoader)
    if node is None:
        raise Refused("nothing")
    return value_of(node, [PARTS_MAX])


def load_schema():
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def schema_says(validator, path):
    """None if the schema accepts the file, else why not."""
    try:
        value = read_yaml(path)
    except (Refused, UnicodeDecodeError, RecursionError, yaml.YAMLError) as why:
        return f"no story at all: {why}"
    return None if validator.is_valid(value) else why_not(validator, value)


def why_not(validator, value):
    """The likeliest reason. Looking for it takes ten times as long as asking whether there is one."""
    error = jsonschema.exceptions.best_match(validator.iter_errors(value))
    return error and f"/{'/'.join(str(p) for p in error.absolute_path)}: {error.message[:200]}"


# ---- the loader ------------------------------------------------------------------------------------------------------

PLACE = re.compile(r"^(?P<file>.+?):(?:(?P<line>\d+):(?P<col>\d+):)? (?:error|warning|note)\[(?P<code>\w+)\]: ")


def run(*args, cwd=ROOT):
    env = dict(os.environ, NO_COLOR="1", LC_ALL="C.UTF-8")
    done = subprocess.run([PROGRAM, *args], cwd=cwd, env=env, capture_output=True, timeout=SECONDS)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def problems(text, main):
    """The printed problems as `CODE:line:col`, in files other than the main one `CODE@file:line:col`."""
    found = []
    for match in filter(None, map(PLACE.match, text.splitlines())):
        other = "" if match["file"] == str(main) else "@" + os.path.relpath(match["file"], Path(main).parent)
        found.append(f"{match['code']}{other}:{match['line'] or 0}:{match['col'] or 0}")
    return found


def check(path, cwd=ROOT):
    code, out, err = run("check", "--no-media", path, cwd=cwd)
    return code, problems(out, path), out + err


def check_all(paths):
    """path -> what check() says of it; several at a time, as most of it is the program's start."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(paths, pool.map(check, paths)))


def check_together(paths):
    """path -> the codes of the problems that one run of the program tells of the story and its folder, and the run's status
    and text."""
    code, out, err = run("check", "--no-media", *paths)
    codes, home = {path: set() for path in paths}, {path.parent: path for path in paths}
    for match in filter(None, map(PLACE.match, out.splitlines())):
        for folder in Path(match["file"]).parents:
            if folder in home:
                codes[home[folder]].add(match["code"])
    return codes, code, out + err


def expected(path):
    """What a story's first line expects: problems, and whether the schema accepts it (None: it does not say)."""
    first = Path(path).read_bytes().split(b"\n", 1)[0].decode("utf-8", "replace")
    match = re.match(r"# expect:\s*([^;]*?)\s*(?:;\s*schema:\s*(accept|reject))?\s*$", first)
    if not match:
        return [], None
    return match[1].split(), match[2] and match[2] == "accept"


def same(got, want):
    return sorted(got) == sorted(want)


def stories(folder):
    return sorted([*folder.glob("*.yaml"), *folder.glob("*/story.yaml")])


def judge(path, said, validator, want, accepted, shown=None):
    """Three checks of one story, of which check() said that: problems and places, exit status, the schema."""
    name = shown or path.relative_to(CORPUS)
    code, got, text = said
    errors = any(problem[0] == "E" for problem in want)
    ok(same(got, want), f"{name}: problems", f"   got: {' '.join(got)}", f"wanted: {' '.join(want)}", text)
    ok(code == (1 if errors else 0), f"{name}: exit status", f"got {code}", text)
    if accepted is not None:
        why = schema_says(validator, path)
        ok((why is None) == accepted, f"{name}: the schema {'accepts' if accepted else 'rejects'} it", why)
    return got


# ---- the corpus ------------------------------------------------------------------------------------------------------

def test_valid(validator):
    paths = stories(CORPUS / "valid") + stories(ROOT / "stories")
    said = check_all([path.relative_to(ROOT) for path in paths])
    for path in paths:
        want, _ = expected(path)
        name = path.relative_to(ROOT)
        code, got, text = said[name]
        ok(code == 0, f"{name}: loads", text)
        if path.is_relative_to(CORPUS):
            ok(same(got, want), f"{name}: no other problems", f"   got: {got}", f"wanted: {want}", text)
        why = schema_says(validator, path)
        ok(why is None, f"{name}: fits the schema", why)
    for path in sorted((CORPUS / "valid").glob("*/parts/*.yaml")):
        why = schema_says(validator, path)
        ok(why is None, f"{path.relative_to(ROOT)}: fits the schema", why)


def test_broken(validator):
    """The codes that were met, and what the program printed of each story."""
    met, printed = set(), {}
    paths = stories(CORPUS / "broken")
    said = check_all([path.relative_to(ROOT) for path in paths])
    for path in paths:
        want, accepted = expected(path)
        ok(bool(want) and accepted is not None, f"{path.relative_to(CORPUS)}: its first line says what to expect")
        met.update(p[:4] for p in judge(path, said[path.relative_to(ROOT)], validator, want, accepted))
        printed[path] = said[path.relative_to(ROOT)][2]
    return met, printed


def story_with(clip="{card: A, for: 1s}", extra=""):
    return (f"frumious: 1\nid: test.made\ntitle: Made\nstart: a\n{extra}nodes:\n"
            f"  a:\n    clip: {clip}\n    ending: {{id: a, title: A}}\n")


def bomb(levels, width):
    lines = ["meta:", "  a0: &a0 [x, x]"]
    for i in range(1, levels):
        lines.append(f"  a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * width)}]")
    return "\n".join(lines) + "\n"


def many_problems():
    """A chain of 1200 nodes, each with one mistake: more than are shown."""
    nodes = "".join(f"  n{i}: {{clip: {{card: A, for: 1}}, next: n{i + 1}}}\n" for i in range(1200))
    return story_with().replace("start: a", "start: n0") + nodes + "  n1200: {clip: {card: B, for: 1s}, next: a}\n"


# Files that can't stand in a repository as they are: (name, bytes, problems, does the schema accept it)
MADE = [
    ("bom", b"\xef\xbb\xbf" + story_with().encode(), [], True),
    ("crlf", story_with().replace("\n", "\r\n").encode(), [], True),
    ("no-end-of-line", story_with().rstrip("\n").encode(), [], True),
    ("empty", b"", ["E107:1:1"], False),
    ("blank", b"\n\n  \n", ["E107:1:1"], False),
    ("comment-only", b"# nothing\n", ["E107:1:1"], False),
    ("latin-1", story_with("{card: \u00fc, for: 1s}").encode("latin-1"), ["E103:7:18"], False),
    ("nul-byte", b"frumious: 1\nid: a\x00b\n", ["E103:2:6"], False),
    ("control", b"frumious: 1\nid: a\x07b\n", ["E103:2:6"], False),
    ("utf-16", story_with().encode("utf-16"), ["E103:0:0"], False),
    ("truncated-utf8", story_with().encode() + b"# \xe2\x82", ["E103:9:3"], False),
    ("alias-bomb", story_with(extra=bomb(30, 10)).encode(), None, False),
    ("deep-list", (story_with() + "meta: " + "[" * 5000 + "]" * 5000).encode(), None, False),
    ("deep-map", (story_with() + "meta: " + "{a: " * 5000 + "}" * 5000).encode(), None, False),
    ("many-problems", many_problems().encode(), None, False),
    ("long-line", story_with("{card: %s, for: 1s}" % ("x" * 1000000)).encode(), None, False),
]
# The same where the places don't matter: codes that must be among the problems.
MADE_CODES = {"alias-bomb": "E512", "deep-list": "E511", "deep-map": "E511", "many-problems": "E401",
              "long-line": "E514"}


def test_made(validator, met):
    with tempfile.TemporaryDirectory(prefix="frumious-") as tmp:
        for name, data, want, accepted in MADE:
            path = Path(tmp) / f"{name}.yaml"
            path.write_bytes(data)
            if want is not None:
                met.update(p[:4] for p in judge(path, check(path), validator, want, accepted, f"made {name}"))
                continue
            code, got, text = check(path)
            codes = {p[:4] for p in got}
            ok(code == 1 and codes == {MADE_CODES[name]}, f"made {name}: refused, with {MADE_CODES[name]} only",
               f"status {code}, {sorted(codes)}", text[:2000])
            ok(len(text) < 1000000, f"made {name}: says so in few words", f"{len(text)} characters")
            met.update(codes)


def make_links(tmp):
    outside = tmp / "outside"
    inside = tmp / "film"
    for folder in (outside, inside, inside / "below"):
        folder.mkdir()
    for file in (outside / "secret.png", inside / "below/still.png", outside / "part.yaml"):
        file.write_text("note: x\n")
    (inside / "link.png").symlink_to(outside / "secret.png")
    (inside / "out").symlink_to(outside)
    (inside / "round.png").symlink_to("round.png")
    (inside / "fine.png").symlink_to("below/still.png")
    (inside / "also-fine").symlink_to("below")
    (inside / "link.yaml").symlink_to(outside / "part.yaml")
    os.mkfifo(inside / "pipe.png")
    os.mkfifo(inside / "pipe.yaml")
    (inside / "large.yaml").touch()
    os.truncate(inside / "large.yaml", 257 * 1024 * 1024)
    (inside / "secret.yaml").write_text("note: x\n")
    return inside


# What stands at the place of a picture, and what the loader says to it.
PICTURES = [
    ("fine.png", None), ("also-fine/still.png", None), ("below/still.png", None),
    ("link.png", "E504"), ("out/secret.png", "E504"), ("pipe.png", "E505"), ("below", "E505"),
    ("missing.png", "W601"), ("missing/at-all.png", "W601"), ("below/still.png/odd", "W601"), ("round.png", None),
]
INCLUDES = [
    ("secret.yaml", None), ("link.yaml", "E504"), ("out/part.yaml", "E504"), ("pipe.yaml", "E505"),
    ("below", "E505"), ("large.yaml", "E510"), ("missing.yaml", "E100"),
]


def test_links(met):
    with tempfile.TemporaryDirectory(prefix="frumious-") as name:
        inside = make_links(Path(name))
        story = inside / "story.yaml"
        for picture, want in PICTURES:
            story.write_text(story_with(f"{{image: {picture}, for: 1s}}"))
            code, got, text = check(story)
            codes = {p[:4] for p in got}
            met.update(codes)
            if picture == "round.png":
                ok(codes in ({"W601"}, {"E504"}, {"E505"}), "a link to itself is no picture", text)
            else:
                ok(codes == ({want} if want else set()), f"picture {picture}: {want or 'taken'}", text)
        for include, want in INCLUDES:
            story.write_text(story_with(extra=f"include: [{include}]\n"))
            code, got, text = check(story)
            met.update(p[:4] for p in got)
            ok({p[:4] for p in got} == ({want} if want else set()), f"include {include}: {want or 'taken'}", text)
        for what, path, want, status in (("missing", inside / "nothing.yaml", "E100", 3),
                                         ("pipe", inside / "pipe.yaml", "E505", 1), ("folder", inside, None, 1),
                                         ("large", inside / "large.yaml", "E510", 1)):
            code, got, text = check(path)
            if want:
                ok(code == status and {p[:4] for p in got} == {want}, f"a {what} for a story: {want}", text)
            else:
                ok(code in (0, 1) and "Segmentation" not in text, f"a {what} for a story: an answer", text)


# ---- the printed texts -----------------------------------------------------------------------------------------------

def test_golden(printed):
    for path in stories(CORPUS / "broken"):
        golden = GOLDEN / f"{path.relative_to(CORPUS / 'broken').with_suffix('').as_posix().replace('/', '-')}.txt"
        if not golden.exists():
            continue
        out = printed[path]
        if UPDATE and out != golden.read_text(encoding="utf-8"):
            print(f"# renewed {golden.relative_to(ROOT)}")
            golden.write_text(out, encoding="utf-8")
        text = golden.read_text(encoding="utf-8")
        ok(out == text, f"{golden.relative_to(ROOT)}: the printed text", "---- got", out, "---- wanted", text)


def test_codes(met):
    """Every code has a story that shows it, and a text that explains it."""
    _, out, _ = run("explain")
    codes = re.findall(r"^([EWN]\d+)\s", out, re.M)
    ok(len(codes) > 50 and len(codes) == len(set(codes)), f"explain lists {len(codes)} codes, each once")
    for code in codes:
        if code[1] == "8" or code in ("W705", "W706"):
            continue  # of media and the room for texts: tests/unit/test_lint.c
        ok(code in met, f"{code}: some broken story shows it")
    status, out, _ = run("explain", *codes)
    texts = dict(re.findall(r"^([EWN]\d+)  (.*?)(?=^[EWN]\d+  |\Z)", out, re.M | re.S))
    ok(status == 0 and len(texts) == len(codes), "explain takes all of them at once", out[:500])
    for code in codes:
        ok(len(texts.get(code, "")) > 80, f"{code}: explained", texts.get(code))
    ok(run("explain", "E999")[0] != 0, "a code that does not exist is not explained")


def test_media_beside_errors():
    """What was read of a story with errors is checked with its media, but not a node in which an error is."""
    path = CORPUS / "broken/E204-beside-warnings/story.yaml"
    _, out, _ = run("check", "--format", "json", path)
    story = json.loads(out)["stories"][0]
    places = sorted((d["code"], d["line"]) for d in story["diagnostics"])
    ok(places == [("E204", 11), ("E412", 33), ("E801", 10), ("E801", 10), ("E801", 14), ("W602", 32)],
       "errors hide no file that can't be read", places)
    ok(story["left_out"] == ["broken-nodes", "unused", "joins"], "what is left out is said", story["left_out"])


# ---- the reference ---------------------------------------------------------------------------------------------------

BLOCK = re.compile(r"^<!-- file: (\S+) -->\n+```yaml\n(.*?)^```$", re.M | re.S)


def test_reference(validator):
    """Complete stories in stories/README.md load; nothing but their films is missing."""
    text = README.read_text(encoding="utf-8")
    blocks = BLOCK.findall(text)
    ok(len(blocks) >= 3, f"stories/README.md has {len(blocks)} files to try")
    with tempfile.TemporaryDirectory(prefix="frumious-") as tmp:
        for name, body in blocks:
            path = Path(tmp) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
        for name, body in blocks:
            path = Path(tmp) / name
            if "/strings/" in name:
                continue
            why = schema_says(validator, path)
            ok(why is None, f"README {name}: fits the schema", why)
            if not path.name == "story.yaml":
                continue
            code, got, out = check(path)
            ok(code == 0 and {p[:4] for p in got} <= {"W601", "W703"}, f"README {name}: loads", out)
    tested_keys(text, validator.schema)


def tested_keys(text, schema):
    """Every key that the schema knows is named in the reference."""
    keys = set()

    def walk(value):
        if isinstance(value, dict):
            for key, below in value.items():
                if key == "properties":
                    keys.update(below)
                walk(below)
        elif isinstance(value, list):
            for below in value:
                walk(below)

    walk(schema)
    missing = sorted(k for k in keys if not re.search(rf"`{re.escape(k)}\b", text))
    ok(not missing, f"README names all {len(keys)} keys of the schema", missing)


# What stands in a good story, what is written instead, and what editors then show: beginnings of the schema's own words.
MISWRITTEN = [
    ("title: Made", "title: [a]", "A text is expected"),
    ("title: Made", "title: ~", "A text is expected"),
    ("start: a", "start: a b", "A name consists of"),
    ("start: a", "start: 1.5", "A name is expected"),
    ("start: a", "start: {a: b}", "A name is expected"),
    ("id: test.made", "id: night bus", "The id of a story consists of"),
    ("for: 1s", "for: 1", "A time needs its unit"),
    ("for: 1s", "for: eight", "A time needs its unit"),
    ("for: 1s", "for: 0s", "This must last longer than nothing"),
    ("card: A", "image: /a.png", "Only files in the story's folder"),
    ("card: A", "image: [a.png]", "The path of a file is expected"),
    ("start: a", "start: a\nlanguages: [en_US]", "A language tag is expected"),
    ("start: a", "start: a\nlanguages: [3]", "A language tag is expected"),
    ("start: a", "start: a\nstate: {not: {type: bool}}", "A name in expressions consists of"),
    ("ending:", "enter: x == 1\n    ending:", "An effect is"),
    ("ending:", "enter: {do: x = 1, when: 3}\n    ending:", "A condition is expected"),
]


def leaves(errors):
    for error in errors:
        yield from leaves(error.context) if error.context else [error]


def shown(error):
    """As yaml-language-server and Visual Studio Code do it: the schema's own words, if it has any."""
    words = error.validator == "pattern" and error.schema.get("patternErrorMessage")
    return words or error.schema.get("errorMessage") or error.message


def parts_of(schema, name=""):
    """Every schema within a schema, and the keyword under which it stands."""
    if isinstance(schema, dict):
        yield name, schema
        for key, value in schema.items():
            yield from parts_of(value, key)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts_of(value, name)


def test_in_editors(validator):
    """Editors offer the types that they find and show what the schema says: neither `true` for a name, nor a pattern."""
    good = story_with()
    ok(validator.is_valid(yaml.safe_load(good)), "editors: the story is good as it is")
    for old, new, words in MISWRITTEN:
        ok(old in good, f"editors: {old} is in the story")
        said = {shown(e) for e in leaves(validator.iter_errors(yaml.safe_load(good.replace(old, new, 1))))}
        ok(any(one.startswith(words) for one in said) and not any("does not match" in one for one in said),
           f"editors: {new!r} gets plain words", *sorted(said))
    for name, part in parts_of(validator.schema):
        if isinstance(part.get("pattern"), str):
            ok("patternErrorMessage" in part, f"editors: {part['pattern'][:50]} has words of its own")
        if name not in ("if", "not") and isinstance(part.get("type"), list) and name != "initial":
            ok(not {"string", "boolean"} <= set(part["type"]), f"editors: no `true` is offered for a text in {name}")


def test_limits():
    """The reference's table of limits has the numbers of engine/story/limits.h."""
    text = README.read_text(encoding="utf-8")
    header = (ROOT / "engine/story/limits.h").read_text(encoding="utf-8")
    table = dict(re.findall(r"^\| `(STORY_\w+)` \| ([^|]*?) \|", text, re.M))
    for name, value in re.findall(r"^#define (STORY_\w+)\s+(.+)$", header, re.M):
        number = eval(re.sub(r"INT64_C", "", value))  # our own header: products of numbers
        said = re.sub(r"[^0-9]", "", table.get(name, ""))
        ok(said == str(number), f"README tells {name}", f"got {table.get(name)!r}, wanted {number}")


# ---- agreement under damage ------------------------------------------------------------------------------------------

# What a shape can show: the loader may give these only where the schema rejects, too. With `defaults`, what a node lacks
# may stand there (E105).
SHAPE = {"E101", "E105", "E106", "E107", "E111", "E112", "E114", "E116", "E117", "E501", "E502", "E503"}
# A schema can't see which of these it is, or not all of it.
VALUES = [None, True, False, 0, -1, 7, 1.5, 10 ** 12, "", "x", "a b", "8s", "8", "true", "1 < 2", "x = 1", "../x",
          "/x", "https://example.org/x", [], {}, [[]], ["x"], {"x": "y"}, {"goto": "x"}, {"do": "x = 1"}, "toggle x",
          "back(x)", "\u00e4", "n\u0308"]


def places(value, path=()):
    yield path
    if isinstance(value, dict):
        for key in value:
            yield from places(value[key], path + (key,))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from places(item, path + (i,))


def damaged(rng, story):
    """A copy of the story with one thing wrong, or at least different, and what was done."""
    out = copy.deepcopy(story)
    path = rng.choice([p for p in places(out) if p and "meta" not in p])
    parent = out
    for step in path[:-1]:
        parent = parent[step]
    last, kind = path[-1], rng.randrange(5)
    if kind == 0:
        del parent[last]
    elif kind == 1:
        parent[last] = copy.deepcopy(rng.choice(VALUES))
    elif kind == 4:
        parent[last] = {dict: {}, list: [], str: ""}.get(type(parent[last]), None)
    elif kind == 2 and isinstance(parent, dict):
        new = rng.choice(["x", "text", "goto", "for", "do", "when", "from", "code", "note", "a b", "initial", ""])
        value = parent.pop(last)
        parent[new] = value
    else:
        parent[last] = [parent[last]] if rng.random() < 0.5 else {"x": parent[last]}
    return out, f"{'/'.join(map(str, path))} kind {kind}"


def test_damage(validator):
    rng = random.Random(SEED)
    print(f"# seed {SEED}, {DAMAGES} damages")
    good = [(p, read_yaml(p)) for p in stories(CORPUS / "valid")]
    disagreements = []
    with tempfile.TemporaryDirectory(prefix="frumious-") as tmp:
        made = {}
        for i in range(DAMAGES):
            origin, story = rng.choice(good)
            value, what = damaged(rng, story)
            path = Path(tmp) / f"{i}" / "story.yaml"
            path.parent.mkdir()
            path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
            made[path] = value, (origin.name, what, path.read_text(encoding="utf-8")[:500])
        said, status, text = check_together(list(made))
        ok(status in (0, 1), f"{DAMAGES} damaged stories: looked at in one run", f"exit status {status}", text[-2000:])
        for path, (value, what) in made.items():
            errors = {code for code in said[path] if code[0] == "E"}
            fits = validator.is_valid(value)
            if not fits and not errors:
                disagreements.append((*what, "only the schema rejects", why_not(validator, value)))
            elif fits and errors & (SHAPE - {"E105"} if "defaults" in value else SHAPE):
                disagreements.append((*what, "only the loader rejects", sorted(errors)))
    for item in disagreements[:20]:
        print("#", *item, sep="\n#   ")
    ok(not disagreements, f"{DAMAGES} damaged stories: schema and loader agree", f"{len(disagreements)} do not")


def main():
    if not os.access(PROGRAM, os.X_OK):
        print(f"Bail out! {PROGRAM} is not there; `make` builds it")
        return 1
    validator = load_schema()
    test_valid(validator)
    met, printed = test_broken(validator)
    test_made(validator, met)
    test_links(met)
    test_golden(printed)
    test_media_beside_errors()
    test_codes(met)
    test_reference(validator)
    test_in_editors(validator)
    test_limits()
    test_damage(validator)
    print(f"1..{count}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
