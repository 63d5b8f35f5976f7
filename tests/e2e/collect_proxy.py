#!/usr/bin/python3
# tests/run: may run beside others
"""The collector as it is run: the examples of telemetry/collect are started, but for names, places and ports that are the test's own. nginx is
the TLS proxy, with a certificate of the test's CA; the command is that of the systemd unit."""
import os
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import http.client

sys.dont_write_bytecode = True
import collect
import lib
from lib import PATIENCE, done, free_ports, ok, set_home, skip, wait_for

EXAMPLES = os.path.join(lib.HERE, "../../telemetry/collect")


def read(name):
    with open(f"{EXAMPLES}/{name}", encoding="utf-8") as f:
        return f.read()


def changed(text, *pairs):
    """With each text replaced that has to be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def start_nginx(top, port, upstream):
    """The example within the frame that Debian's nginx.conf has, and in a folder of its own."""
    site = changed(read("nginx.conf"), ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"), ("127.0.0.1:8471", f"127.0.0.1:{upstream}"),
                   ("/etc/ssl/frumious/collect.example.org.pem", f"{top}/cert.pem"), ("/etc/ssl/frumious/collect.example.org.key", f"{top}/key.pem"),
                   ("/var/log/nginx/frumious-collect.log", f"{top}/nginx/error.log"))
    os.makedirs(f"{top}/nginx/temp")
    temp = "".join(f"{kind}_temp_path {top}/nginx/temp/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    with open(f"{top}/nginx/nginx.conf", "w", encoding="utf-8") as f:
        f.write(f"daemon off;\nmaster_process off;\npid {top}/nginx/pid;\nevents {{}}\nhttp {{\naccess_log {top}/nginx/access.log;\n{temp}{site}}}\n")
    return subprocess.Popen(["/usr/sbin/nginx", "-p", f"{top}/nginx", "-e", f"{top}/nginx/error.log", "-c", f"{top}/nginx/nginx.conf"],
                            stdin=subprocess.DEVNULL)


def unit_command(top, film, port):
    """ExecStart of the unit, with what systemd and the operator would fill in."""
    line = re.search(r"^ExecStart=(.*)$", read("frumious-collect.service"), re.M)[1]
    line = changed(line, ("/usr/bin/frumious", lib.PROGRAM), ("/usr/share/frumious/stories/at-the-third-stroke", film),
                   ("${STATE_DIRECTORY}", f"{top}/state"), ("${LOGS_DIRECTORY}", top), ("${CREDENTIALS_DIRECTORY}", top))
    return [*shlex.split(line), "--listen", f"127.0.0.1:{port}"]


def test_unit(top):
    if not shutil.which("systemd-analyze"):
        skip("the unit is one", "there is no systemd-analyze here")
        return
    unit = f"{top}/frumious-collect.service"
    with open(unit, "w", encoding="utf-8") as f:
        f.write(changed(read("frumious-collect.service"), ("/usr/bin/frumious", lib.PROGRAM)))
    r = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    said = "".join(line + "\n" for line in r.stderr.splitlines() if "frumious-collect" in line)
    ok(not said, "systemd reads the unit, and has nothing to say about it", said)


class Proxied:
    def __init__(self, top, port):
        self.context, self.port = ssl.create_default_context(cafile=f"{top}/cert.pem"), port

    def post(self, document, path="/v1/viewings", **headers):
        c = http.client.HTTPSConnection("localhost", self.port, timeout=PATIENCE, context=self.context)
        try:
            c.request("POST", path, document, {"Authorization": f"Bearer {collect.TOKEN}", **headers})
            r = c.getresponse()
            return r.status, r.read().decode()
        finally:
            c.close()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def test_proxy(top, device, proxied):
    header, events = device.viewings[0]
    document = collect.json.dumps(device.batch(header, events)).encode()
    status, body = proxied.post(document)
    ok(status == 200 and '"acknowledged"' in body, "a viewing goes through TLS and the proxy, and is kept", (status, body))
    packed = collect.gzip.compress(document)
    status, body = proxied.post(packed, **{"Content-Encoding": "gzip"})
    ok(status == 200, "compressed, too", (status, body))
    status, body = proxied.post(b"x" * 300_000)
    ok(status == 413 and '"too-large"' in body, "what is too large is refused in the collector's words", (status, body))
    try:
        http.client.HTTPSConnection("localhost", proxied.port, timeout=PATIENCE).request("GET", "/health")
        ok(False, "nobody who doesn't know the CA talks to it")
    except ssl.SSLCertVerificationError:
        ok(True, "nobody who doesn't know the CA talks to it")
    ok(proxied.post(b"", "/metrics")[0] == 404, "the figures are not for everybody")
    # A client that calls itself another each time is still one.
    answers = [proxied.post(b"{}", **{"X-Forwarded-For": f"203.0.113.{i}"})[0] for i in range(40)]
    ok(429 in answers, "an invented X-Forwarded-For is of no use", answers)
    found = subprocess.run(["grep", "-rlE", "127\\.0\\.0\\.1|203\\.0\\.113", f"{top}/nginx", "--include=*.log"], capture_output=True, text=True, check=False)
    ok(not found.stdout, "no log has an address", found.stdout)


def main():
    if not os.path.exists("/usr/sbin/nginx"):
        print("1..0 # SKIP nginx is missing: engine/setup test")
        return 0
    top = tempfile.mkdtemp(prefix="frumious-proxy-")
    children = []
    try:
        set_home(f"{top}/home")
        film = f"{top}/film"
        assert lib.run("new", film).code == 0
        os.makedirs(f"{top}/state")
        with open(f"{top}/tokens", "w", encoding="ascii") as f:
            f.write(f"{collect.STORY} {collect.TOKEN}\n")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=DNS:localhost", "-keyout", f"{top}/key.pem", "-out", f"{top}/cert.pem"], check=True, capture_output=True)
        test_unit(top)
        port, upstream = free_ports(2)
        children.append(subprocess.Popen([*unit_command(top, film, upstream), "--rate", "2"], stdout=subprocess.DEVNULL))
        children.append(start_nginx(top, port, upstream))
        wait_for(lambda: listens(port) and listens(upstream), "both listen")
        test_proxy(top, collect.Device(top, 1, film), Proxied(top, port))
        children[0].terminate()
        ok(children[0].wait(timeout=PATIENCE) == 0, "the unit's command ends well when systemd asks it to")
    finally:
        for child in children:
            child.kill()
            child.wait()
        shutil.rmtree(top)
    return done()


if __name__ == "__main__":
    sys.exit(main())
