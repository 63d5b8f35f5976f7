#!/usr/bin/python3
# tests/run: may run beside others
"""The collector as it is run: the examples of telemetry/collect are started, but for names, places and ports that are the test's own. nginx is
the TLS proxy, with a certificate of the test's CA; the command is that of the systemd unit, and so are the system calls that it may use. The
unit of whoever shares is started likewise."""
import ctypes
import ctypes.util
import errno
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


UNIT, SHARE_UNIT = "frumious-collect.service", "../../assets/systemd/frumious-share.service"


def settings(unit, name):
    return re.findall(rf"^{name}=(.*)$", read(unit), re.M)


def unit_command(top, film, port):
    """ExecStart of the unit, with what systemd and the operator would fill in."""
    line = changed(settings(UNIT, "ExecStart")[0], ("/usr/bin/frumious", lib.PROGRAM), ("/usr/share/frumious/stories/at-the-third-stroke", film),
                   ("${STATE_DIRECTORY}", f"{top}/state"), ("${LOGS_DIRECTORY}", top), ("${CREDENTIALS_DIRECTORY}", top))
    return [*shlex.split(line), "--listen", f"127.0.0.1:{port}"]


def calls_of(name):
    """The system calls that systemd has in a group, or the one of that name."""
    if not name.startswith("@"):
        return {name}
    r = subprocess.run(["systemd-analyze", "syscall-filter", name], capture_output=True, text=True, check=True)
    lines = [line.strip() for line in r.stdout.splitlines()[1:]]
    return set().union(*(calls_of(line) for line in lines if line and not line.startswith("#")))


def confinement(unit):
    """What a process has to call before it becomes the unit's, to have the unit's filter of system calls; None where that cannot be made here.
    What is not allowed ends the program, as systemd does it, unless the unit says that such a call fails."""
    path = ctypes.util.find_library("seccomp")
    if not path or not shutil.which("systemd-analyze"):
        return None
    seccomp = ctypes.CDLL(path)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    allowed = set()
    for names in settings(unit, "SystemCallFilter"):
        calls = set().union(*map(calls_of, names.removeprefix("~").split()))
        allowed = allowed - calls if names.startswith("~") else allowed | calls
    assert len(allowed) > 100, allowed
    numbers = [seccomp.seccomp_syscall_resolve_name(name.encode()) for name in allowed]
    fails = settings(unit, "SystemCallErrorNumber")
    action = 0x00050000 | getattr(errno, fails[-1]) if fails else 0x80000000

    def confine():
        rules = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(action)))
        for number in numbers:
            seccomp.seccomp_rule_add(rules, ctypes.c_uint32(0x7FFF0000), number, 0)  # those of other machines have no rule
        if seccomp.seccomp_load(rules) != 0:
            os._exit(99)
    return confine


def test_units(top):
    if not shutil.which("systemd-analyze"):
        skip("the units are such", "there is no systemd-analyze here")
        return
    os.makedirs(f"{top}/units")
    for unit, command, kind in ((UNIT, "/usr/bin/frumious", ()), (SHARE_UNIT, "frumious", ("--user",))):
        name = os.path.basename(unit)
        with open(f"{top}/units/{name}", "w", encoding="utf-8") as f:
            f.write(changed(read(unit), (f"ExecStart={command} ", f"ExecStart={lib.PROGRAM} ")))
        timer = unit.replace(".service", ".timer")
        if os.path.exists(f"{EXAMPLES}/{timer}"):
            shutil.copy(f"{EXAMPLES}/{timer}", f"{top}/units")
        os.makedirs(f"{top}/runtime", mode=0o700, exist_ok=True)
        r = subprocess.run(["systemd-analyze", "verify", *kind, "--man=no", f"{top}/units/{name}"], capture_output=True, text=True, check=False,
                           env={**os.environ, "XDG_RUNTIME_DIR": f"{top}/runtime"})
        said = "".join(line + "\n" for line in r.stderr.splitlines() if "frumious" in line)
        ok(not said, f"systemd reads {name}, and has nothing to say about it", said)
    r = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", f"{top}/units/{UNIT}"], capture_output=True, text=True,
                       check=False)
    ok(r.returncode == 0, "what the collector's unit leaves open is little, by systemd's own measure: 1.5 of 10 at most", r.stdout + r.stderr)


def test_share(top, film, device, port):
    """Who shares, with the system calls that the user's unit allows, against the collector with those that its unit allows."""
    own, confine = f"{top}/shared", confinement(SHARE_UNIT)
    if not confine:
        skip("the unit of whoever shares allows what it needs", "there is no systemd-analyze or libseccomp here")
        return
    shutil.copytree(film, own)
    with open(f"{own}/story.yaml", "a", encoding="utf-8") as f:
        f.write(f'share: {{to: "http://127.0.0.1:{port}", name: Example Films, token: {collect.TOKEN}}}\n')
    shutil.copy(device.store, f"{own}/own.sqlite")
    r = lib.run("share", "--yes", own, "--store", f"{own}/own.sqlite", preexec_fn=confine)
    ok(r.code == 0 and re.search(r"\d", r.out), "with the system calls that its unit allows, what is agreed to is shared", r)


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
        test_units(top)
        port, upstream = free_ports(2)
        confine = confinement(UNIT)
        if not confine:
            skip("the collector has the system calls that its unit allows, and no others", "there is no systemd-analyze or libseccomp here")
        children.append(subprocess.Popen([*unit_command(top, film, upstream), "--rate", "2"], stdout=subprocess.DEVNULL, preexec_fn=confine))
        children.append(start_nginx(top, port, upstream))
        wait_for(lambda: children[0].poll() is not None or (listens(port) and listens(upstream)), "both listen")
        ok(children[0].poll() is None, "the unit's command begins, with the system calls that it allows", children[0].poll())
        device = collect.Device(top, 1, film)
        test_proxy(top, device, Proxied(top, port))
        test_share(top, film, device, upstream)
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
