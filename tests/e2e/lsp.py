#!/usr/bin/python3
# tests/run: may run beside others
"""The language server, through a small client: what editors ask, and what no editor should say."""
import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from lib import HERE, PROGRAM, done, ok  # noqa: E402
from lsp_client import Client, applied  # noqa: E402

STORY = """frumious: 1
id: org.example.edit
title: Edit
start: one
include: more.yaml
state:
  met: {type: bool}
nodes:
  one:
    title: "Eins \U0001F600 e\u0301"
    clip: {card: One, for: 4s}
    decision:
      id: door
      opens: 1s
      for: 2s
      default: open
      options: {open: {text: Open, do: met = true, goto: two}, stay: {text: Stay, goto: end}}
"""
MORE = """nodes:
  two:
    clip: {card: Two, for: 2s}
    next: [{when: met, goto: end}, {goto: one}]
  end:
    clip: {card: End, for: 2s}
    ending: {id: fin, title: The end}
"""


def write(folder):
    for name, text in (("story.yaml", STORY), ("more.yaml", MORE)):
        with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
            file.write(text)


def find(text, what, nth=0):
    """Line and UTF-16 unit of a piece of a text."""
    at = -1
    for _ in range(nth + 1):
        at = text.index(what, at + 1)
    line = text.count("\n", 0, at)
    begin = text.rfind("\n", 0, at) + 1
    return line, len(text[begin:at].encode("utf-16-le")) // 2


def checked(path):
    """What `check` says: code, line, column."""
    out = subprocess.run([PROGRAM, "check", "--format", "json", path], capture_output=True, text=True).stdout
    return json.loads(out)["stories"][0]["diagnostics"]


def test_session(folder):
    c = Client(PROGRAM)
    ok("definitionProvider" in c.initialize(folder)["capabilities"], "it says what it can")
    main, more = c.open(f"{folder}/story.yaml"), f"file://{folder}/more.yaml"
    hover = c.at("hover", main, 8, 3)["contents"]["value"]
    ok("`open` Open → `two`" in hover and "0:04" in hover and "from: `start` (line 4), `two` (more\\.yaml, line 4)" in hover, "where the ways lead, and what leads there", hover)
    where = c.at("definition", main, *find(STORY, "goto: two", 0)[:1], find(STORY, "goto: two")[1] + 7)
    ok(where and where[0]["uri"] == more and where[0]["range"]["start"] == {"line": 1, "character": 2},
       "a name's declaration in another file, which is not open", where)
    uses = c.at("references", main, 8, 3, context={"includeDeclaration": True})
    ok([u["uri"] == main for u in uses] == [True, True, False], "its uses in all files", uses)
    line, unit = find(STORY, '"Eins')
    c.change(main, ("Zwei \U0001F600\U0001F600", (line, unit + 1), (line, unit + 8)), ("x", (line, unit + 1), (line, unit + 1)))
    c.change(main, ("", (0, 0), (0, 0)))
    c.change(main, ("tow", (16, 0), (16, 0)), ("", (16, 0), (16, 3)))
    l2, u2 = find(STORY, "goto: two")
    c.change(main, ("tow", (l2, u2 + 6), (l2, u2 + 9)))
    c.wait_for(lambda: c.diagnostics.get(main))
    d = c.diagnostics[main][0]
    ok(d["code"] == "E201" and d["range"] == {"start": {"line": l2, "character": u2 + 6}, "end": {"line": l2, "character": u2 + 9}} and
       "did you mean `two`?" in d["message"], "a mistake in what is typed, at its very characters", d)
    labels = [i["label"] for i in c.at("completion", main, l2, u2 + 6)["items"]]
    ok(labels[:3] == ["one", "two", "end"], "what can stand there", labels)
    c.change(main, ("two", (l2, u2 + 6), (l2, u2 + 9)))
    c.wait_for(lambda: not c.diagnostics.get(main))
    ok(True, "mended: the mistake goes")
    os.mkdir(f"{folder}/strings")
    german = c.open(f"{folder}/strings/de.yaml", "node.one.title: Eins\n\n")
    labels = [i["label"] for i in c.at("completion", german, 1, 0)["items"]]
    ok("decision.door.prompt" not in labels and "option.door.open.text" in labels and "node.one.title" not in labels,
       "in a translation, the keys of the texts that it lacks", labels)
    c.open(f"{folder}/more.yaml", MORE.replace("goto: one", "goto: uno"))
    c.wait_for(lambda: c.diagnostics.get(more))
    ok([d["code"] for d in c.diagnostics[more]] == ["E201"], "a mistake in an included file, unsaved", c.diagnostics)
    text = "\ufefffrumious: 1\nid: a\ntitle: A\nstart: one\nhue: 3\nnodes:\n  one: {clip: {card: A, for: 1s}, ending: {id: e, title: E}}\n"
    marked = c.open(f"{folder}/marked.yaml", text.replace("\nhue: 3", ""))
    marked_text = "\ufeffhue: 3\n" + text[1:].replace("hue: 3\n", "")
    c.change(marked, marked_text)
    c.wait_for(lambda: c.diagnostics.get(marked))
    d = c.diagnostics[marked][0]["range"]
    ok(d == {"start": {"line": 0, "character": 1}, "end": {"line": 0, "character": 4}}, "behind a byte order mark, a mistake at its characters", d)
    hover = c.at("hover", marked, 0, 4)
    ok(hover and c.diagnostics[marked][0]["code"] in hover["contents"]["value"], "and what the rule says, at its end", hover)
    ok(c.end() == 0, "an orderly end")


def is_main(text):
    return any(line.startswith(("frumious:", "start:")) for line in text.split("\n"))


def test_broken():
    """Every broken story of the tests gets the diagnostics that check gives, and each action that is offered mends what it is for."""
    folder = os.path.abspath(os.path.join(HERE, "../stories/broken"))
    c = Client(PROGRAM)
    c.initialize()
    stories, actions, other, unmended = 0, 0, [], []
    same = lambda d: (d["code"], d["message"])  # noqa: E731
    for name in sorted(os.listdir(folder)):
        path = f"{folder}/{name}"
        try:
            with open(path, encoding="utf-8", newline="") as file:
                text = file.read()
        except (UnicodeDecodeError, IsADirectoryError):
            continue
        if not name.endswith(".yaml") or not is_main(text):
            continue
        uri = c.open(path, text)
        offered = c.actions(uri)
        before = c.diagnostics[uri]
        stories += 1
        if stories % 6 == 0 and [d["code"] for d in before] != [x["code"] for x in checked(path) if os.path.abspath(x["file"]) == path]:
            other.append((name, before))
        for action in offered:
            was = same(action["diagnostics"][0])
            c.change(uri, applied(text, action["edit"]["changes"].get(uri, [])))
            c.actions(uri)
            after = [same(d) for d in c.diagnostics[uri]]
            actions += 1
            if after.count(was) >= [same(d) for d in before].count(was) or any(code in ("E102", "E103") for code, _ in after):
                unmended.append((name, was, action["title"], after))
        c.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    ok(stories > 100 and not other, f"{stories} broken stories: what check says", other)
    ok(actions > 300 and not unmended, f"{actions} actions, each mends its mistake and makes no worse one", unmended)
    ok(c.end() == 0, "an orderly end")


def test_new_file(folder):
    """A language without a file: the file is made, by a client that can."""
    text = STORY.replace("include: more.yaml\n", "languages: [en, de]\n").replace("goto: two", "goto: end") + MORE[MORE.index("  end:"):]
    os.mkdir(f"{folder}/new")
    with open(f"{folder}/new/story.yaml", "w", encoding="utf-8") as file:
        file.write(text)
    for creates in (False, True):
        c = Client(PROGRAM)
        c.initialize(folder, creates)
        uri = c.open(f"{folder}/new/story.yaml")
        made = [a["edit"]["documentChanges"] for a in c.actions(uri) if "documentChanges" in a["edit"]]
        if not creates:
            ok(not made, "no file for a client that can't make one", made)
        else:
            ok(len(made) == 1 and made[0][0]["kind"] == "create" and made[0][0]["uri"].endswith("/new/strings/de.yaml") and
               made[0][1]["edits"][0]["newText"].startswith("#"), "a language's file, for one that can", made)
        ok(c.end() == 0, "an orderly end")


METHODS = [*("textDocument/" + m for m in (
    "completion", "definition", "references", "prepareRename", "rename", "hover", "documentSymbol", "foldingRange", "documentLink",
    "formatting", "codeAction")), "workspace/symbol"]


def framed(body):
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_last_words(uri):
    """Requests that wait for a story which is not read yet when the end comes, in one burst with it."""
    waits = [m for m in METHODS if m not in ("textDocument/completion", "textDocument/formatting", "workspace/symbol")]
    asks = [{"jsonrpc": "2.0", "id": m, "method": m, "params": {"textDocument": {"uri": uri}, "position": {"line": 8, "character": 3}, "newName": "x",
                                                                "context": {"diagnostics": []}, "range": {"start": {"line": 0, "character": 0},
                                                                                                          "end": {"line": 9, "character": 0}}}} for m in waits]
    long = STORY + "".join(f"  n{i}:\n    title: Nummer {i}\n    clip: {{card: One, for: 4s}}\n    next: n{i + 1}\n" for i in range(20000))
    shutdown, leave = {"jsonrpc": "2.0", "id": "s", "method": "shutdown"}, {"jsonrpc": "2.0", "method": "exit"}
    for name, end, code in (("shutdown", [shutdown, leave], 0), ("exit alone", [leave], 1), ("the end of what comes", [], 1)):
        c = Client(PROGRAM)
        c.initialize()
        c.raw(b"".join(framed(json.dumps(m).encode()) for m in (
            {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {"uri": uri, "languageId": "yaml", "version": 1, "text": long}}},
            *asks, *end)))
        if not end:
            c.process.stdin.close()
        c.wait_for(lambda: False)
        missing = [m for m in waits if json.dumps(m) not in c.answers]
        late = [m for m in waits if c.answers.get(json.dumps(m), {}).get("error", {}).get("code") == -32800]
        ok(not missing and late, f"right before {name}: every request is answered, those that come too late by an error", (missing, late))
        ok((json.dumps("s") in c.answers) == (shutdown in end) and c.process.wait(60) == code, "and then it ends", c.answers)


def test_hostile(folder):
    c = Client(PROGRAM)
    ok(c.answer(c.ask("textDocument/hover"))["error"]["code"] == -32002, "before initialize, nothing")
    c.initialize()
    for name, data, code in (
            ("a header without a length", b"Content-Type: x\r\n\r\n", -32700),
            ("no JSON", framed(b"{nope"), -32700),
            ("no UTF-8", framed(b'{"a":"\xff"}'), -32700),
            ("deep JSON", framed(b"[" * 1000000), -32700),
            ("a list", framed(b"[1]"), -32600),
            ("a negative length", b"Content-Length: -5\r\n\r\n", -32700),
            ("a length that is no number", b"Content-Length: 5x\r\n\r\n", -32700),
            ("a message of 70 MB", framed(b" " * 70_000_000), -32600)):
        c.raw(data)
        m = c.take()
        ok(m.get("error", {}).get("code") == code and m["id"] is None, f"{name}: an error, and it goes on", m)
    ok(c.answer(c.ask("no/such"))["error"]["code"] == -32601, "an unknown method")
    c.notify("no/such")
    for params in ([], 5, {"textDocument": 1}, {"textDocument": {"uri": 5}}, {"textDocument": {"uri": "http://x/y"}, "position": []}):
        for method in METHODS:
            c.send({"jsonrpc": "2.0", "id": "x", "method": method, "params": params})
            a = c.answer("x")
            ok(a and ("result" in a or "error" in a), f"{method} with odd parameters", a)
    main = c.open(f"{folder}/story.yaml")
    c.change(main, ("x", (10**9, 10**9), (10**9, 10**9)), ("y", (5, 5), (1, 1)), ("", (-1, 0), (0, 0)), ("z", (0, 0), (2**40, 2**40)))
    for method in METHODS:
        a = c.answer(c.ask(method, {"textDocument": {"uri": main}, "position": {"line": 10**12, "character": -7}, "newName": "x y",
                                    "range": {"start": {"line": 10**12, "character": 5}, "end": {"line": 0, "character": 0}}}))
        ok("result" in a or "error" in a, f"{method}: places out of range", a)
    c.notify("textDocument/didChange", {"textDocument": {"uri": main}, "contentChanges": [1, None, {"text": 5}, {"range": 5, "text": "a"}]})
    c.change(main, STORY)
    a = c.ask("textDocument/references", {"textDocument": {"uri": main}, "position": {"line": 8, "character": 3}})
    c.notify("$/cancelRequest", {"id": a})
    b = c.answer(a)
    ok(b.get("error", {}).get("code") == -32800 or "result" in b, "a cancelled request is answered all the same", b)
    burst = b"".join(framed(json.dumps(m).encode()) for m in (
        {"jsonrpc": "2.0", "id": "slow", "method": "textDocument/references", "params": {"textDocument": {"uri": main}}},
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "slow"}}))
    c.change(main, STORY + "#\n")
    c.raw(burst)
    ok("slow" in str(c.answer("slow")), "also in one burst")
    c.request("shutdown")
    ok(c.answer(c.ask("textDocument/definition"))["error"]["code"] == -32600, "after shutdown, nothing")
    c.notify("exit")
    ok(c.process.wait(60) == 0, "and then the end")
    test_last_words(main)
    c = Client(PROGRAM)
    c.raw(b"Content-Length: 99\r\n\r\n{")
    c.process.stdin.close()
    ok(c.process.wait(60) == 1, "a client that goes away: exit code 1")


def main():
    with tempfile.TemporaryDirectory() as folder:
        write(folder)
        test_session(folder)
        test_broken()
        test_new_file(folder)
        test_hostile(folder)
    done()


if __name__ == "__main__":
    main()
