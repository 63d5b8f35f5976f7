"""A small client of the Language Server Protocol for tests: it says what a test wants, even nonsense, and reads what comes."""
import json
import subprocess
import threading
import queue
import pathlib


class Client:
    def __init__(self, program, args=("lsp",), cwd=None):
        self.process = subprocess.Popen([program, *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, cwd=cwd)
        self.inbox = queue.Queue()
        self.diagnostics = {}
        self.notified = []
        self.number = 0
        self.answers = {}
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        out = self.process.stdout
        while True:
            length = None
            while True:
                line = out.readline()
                if not line:
                    self.inbox.put(None)
                    return
                if line in (b"\r\n", b"\n"):
                    break
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self.inbox.put(json.loads(out.read(length)))

    def raw(self, data):
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def send(self, message):
        body = json.dumps(message).encode()
        self.raw(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method, params=None):
        self.send({"jsonrpc": "2.0", "method": method, "params": params or {}})

    def ask(self, method, params=None):
        self.number += 1
        self.send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params or {}})
        return self.number

    def take(self, timeout=60):
        """The next message; None at the end."""
        message = self.inbox.get(timeout=timeout)
        if message and message.get("method") == "textDocument/publishDiagnostics":
            self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
        if message and "id" in message and "method" not in message:
            self.answers[json.dumps(message["id"])] = message
        return message

    def answer(self, number, timeout=60):
        """The whole answer to a request."""
        while json.dumps(number) not in self.answers:
            if self.take(timeout) is None:
                return None
        return self.answers.pop(json.dumps(number))

    def request(self, method, params=None):
        answer = self.answer(self.ask(method, params))
        return answer.get("result") if answer else None

    def wait_for(self, condition, timeout=60):
        """Takes messages until the condition holds."""
        while not condition():
            if self.take(timeout) is None:
                return False
        return True

    def initialize(self, folder=None, creates=False):
        """`creates`: files, where an action asks for it."""
        can = {"workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}}} if creates else {}
        result = self.request("initialize", {"processId": None, "capabilities": can,
                                             "rootUri": pathlib.Path(folder).as_uri() if folder else None})
        self.notify("initialized")
        return result

    def open(self, path, text=None):
        path = pathlib.Path(path).absolute()
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": path.as_uri(), "languageId": "yaml", "version": 1,
            "text": path.read_text(encoding="utf-8") if text is None else text}})
        return path.as_uri()

    def change(self, uri, *changes):
        """Each a text, or (text, (line, unit), (line, unit))."""
        listed = [{"text": c} if isinstance(c, str) else
                  {"text": c[0], "range": {"start": {"line": c[1][0], "character": c[1][1]},
                                           "end": {"line": c[2][0], "character": c[2][1]}}} for c in changes]
        self.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2}, "contentChanges": listed})

    def at(self, method, uri, line, unit, **more):
        return self.request("textDocument/" + method, {"textDocument": {"uri": uri},
                                                       "position": {"line": line, "character": unit}, **more})

    def end(self):
        """An orderly end; the exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.process.wait(60)

    def actions(self, uri):
        """All code actions of a document, for its text as it is now; its diagnostics are known then."""
        return self.request("textDocument/codeAction", {"textDocument": {"uri": uri}, "context": {"diagnostics": []}, "range": {
            "start": {"line": 0, "character": 0}, "end": {"line": 10**6, "character": 0}}}) or []


def offset(text, place):
    """Where a place with UTF-16 units lies in a Python text."""
    at = 0
    for _ in range(place["line"]):
        end = text.find("\n", at)
        if end < 0:
            return len(text)
        at = end + 1
    units = 0
    while units < place["character"] and at < len(text) and text[at] != "\n":
        units += 2 if ord(text[at]) > 0xFFFF else 1
        at += 1
    return at


def applied(text, edits):
    """The text after edits, which all mean the text before."""
    for edit in sorted(edits, key=lambda e: offset(text, e["range"]["start"]), reverse=True):
        text = text[:offset(text, edit["range"]["start"])] + edit["newText"] + text[offset(text, edit["range"]["end"]):]
    return text
