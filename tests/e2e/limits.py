#!/usr/bin/python3
# tests/run: may run beside others
"""What the system does not give: calls that a sandbox refuses, files that may not grow, no more open files, no threads, signals
that whoever started the program has blocked, standard files that are closed, others that are open, a umask that takes everything, fonts
without an end, no /proc. Each attack shows first that it is one."""
import ctypes
import errno
import os
import platform
import resource
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True
import lib
from lib import NOBODY, ok, run, skip

# Numbers of calls: those of Linux since 5.0 are the same everywhere.
NEW = {"openat2": 437, "landlock_create_ruleset": 444, "landlock_add_rule": 445, "landlock_restrict_self": 446}
CALLS = {"x86_64": {"seccomp": 317, "openat": 257, "link": 86, "linkat": 265, **NEW},
         "aarch64": {"seccomp": 277, "openat": 56, "linkat": 37, **NEW}}.get(platform.machine())
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2
LOAD, EQUAL, HAS_BITS, RETURN = 0x20, 0x15, 0x45, 0x06
FLAGS = 16 + 8 * 2  # where the third argument of a call stands
UNNAMED = 0o20000000  # O_TMPFILE's own bit
ALLOW, REFUSE = 0x7fff0000, 0x00050000
PROTECTION = ["openat2", "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self", "seccomp"]


def refuse(number, calls, unnamed=False):
    """In a child that is to become a program: these calls fail from here on; `unnamed`: so do files without a name."""
    code = [(LOAD, 0, 0, 0)]
    for name in calls:
        if name in CALLS:
            code += [(EQUAL, 0, 1, CALLS[name]), (RETURN, 0, 0, REFUSE | number)]
    if unnamed:
        code += [(EQUAL, 0, 3, CALLS["openat"]), (LOAD, 0, 0, FLAGS), (HAS_BITS, 0, 1, UNNAMED), (RETURN, 0, 0, REFUSE | errno.EOPNOTSUPP)]
    code += [(RETURN, 0, 0, ALLOW)]
    text = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in code))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]
    program = Program(len(code), ctypes.addressof(text))
    libc = ctypes.CDLL(None)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0 or libc.prctl(SET_SECCOMP, FILTER, ctypes.byref(program), 0, 0) != 0:
        os._exit(99)


def bytes_of(path):
    with open(path, "rb") as f:
        return f.read()


def left(folder, *known):
    return sorted(set(os.listdir(folder)) - set(known))


def test_refused(films, story, top):
    """A sandbox, or an old kernel: it is said what is missing, and what can be kept is."""
    whole = run("check", story)
    for number in (errno.ENOSYS, errno.EPERM):
        what = errno.errorcode[number]
        sandbox = {"preexec_fn": lambda: refuse(number, PROTECTION)}
        r = run("check", story, **sandbox)
        ok(r.code == 0 and r.out == whole.out and r.err.count("give up rights") == 1 and "Landlock: " in r.err and "seccomp: " in r.err,
           f"{what}: check finds the same, and says which rights it keeps", r)
        r = lib.play("--no-telemetry", story, **sandbox)
        ok(r.ended() and r.err.count("give up rights") == 1, f"{what}: so does a film that plays", r)
        r = run("doctor", **sandbox)
        ok("protection less" in r.out and "SECURITY.md" in r.out, f"{what}: doctor says so", r)
        link = lib.make_story(films, f"{top}/link-{what}")
        shutil.move(f"{top}/link-{what}/red.mkv", f"{top}/outside-{what}.mkv")
        os.symlink(f"{top}/outside-{what}.mkv", f"{top}/link-{what}/red.mkv")
        r = run("check", link, **sandbox)
        ok(r.code == 1 and "E504" in r.out, f"{what}: a link still leads nowhere", r)
    r = run("doctor")
    ok("protection ok" in r.out and not r.err or "protection less" in r.out, "doctor: what this machine protects", r)


def test_one_name(story, top):
    """A file system like that of a stick: no file has two names, and none is without one."""
    stick = f"{top}/stick"
    os.makedirs(stick)
    one_name = {"preexec_fn": lambda: refuse(errno.EPERM, ["link", "linkat"], unnamed=True)}
    probe = ("import os, sys\nfor f in (lambda: os.link(sys.argv[1], sys.argv[1] + '2'), lambda: os.open('/tmp', os.O_TMPFILE | os.O_RDWR)):\n"
             "    try:\n        f()\n    except OSError:\n        continue\n    sys.exit(1)\n")
    ok(subprocess.run([sys.executable, "-c", probe, story], **one_name, check=False).returncode == 0, "no second names, and none without")
    r = run("export", "cut", "-o", f"{stick}/film.mkv", story, **one_name)
    ok(r.code == 0 and left(stick) == ["film.mkv"] and os.path.getsize(f"{stick}/film.mkv") > 10000, "cut: the film gets its name all the same",
       (r, left(stick)))


def test_growing(story, top):
    """A file may not grow further: an error with its reason, nobody's sudden end; what was there stays."""
    store, full = f"{top}/store.sqlite", f"{top}/full.sqlite"
    ok(run("audience", "--store", full, "--viewings", "40").code == 0, "a store")
    shutil.copy(full, store)
    rows = (
        ("pack", lambda d: ("pack", story, f"{d}/film.frumious"), 3),
        ("cut", lambda d: ("export", "cut", "-o", f"{d}/film.mkv", story), 3),
        ("merge", lambda d: ("merge", f"{d}/all.sqlite", full), 3),
        ("audience", lambda d: ("audience", "--store", f"{d}/new.sqlite", "--viewings", "5"), 3),
        ("explore", lambda d: ("explore", "--witness", d, story), 3),
        ("new", lambda d: ("new", f"{d}/film"), 3),
        ("play", lambda d: ("play", "--headless", "--size", "160x90", "--no-telemetry", "--screenshots", d, story), 3),
        ("erase", lambda d: ("telemetry", "erase", "all", "--store", store), 1),
    )
    for size in (10, 1000):
        for what, command, code in rows:
            folder = tempfile.mkdtemp(dir=top)
            r = run(*command(folder), preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)))
            told = "File too large" in r.err or "may not grow" in r.err or "disk I/O error" in r.err
            kept = what in ("explore", "new") and r.code == 0 and size > 10  # what is that short fits
            ok(told and r.code in (code, 3) or kept, f"{what}, {size} bytes at most: an error that says why", r)
            if what == "cut":
                ok(not left(folder), "cut: nothing is left", left(folder))
    listed = [run("telemetry", "list", "-n", "1000", "--store", path).out for path in (full, store)]
    ok(listed[0] == listed[1] and len(listed[0].splitlines()) > 40, "what could not be erased is there, whole", listed[1])


def test_open_files(top):
    """However many files may be open: it works, or it is said what is wanted, and no sound store is called a broken one."""
    full, told, worked = f"{top}/full.sqlite", 0, 0
    for most in range(4, 24):
        folder = tempfile.mkdtemp(dir=top)
        r = run("merge", f"{folder}/all.sqlite", full, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
        if r.code == 127:  # the loader of programs did not come so far
            continue
        told += "ulimit -n" in r.err
        worked += r.code == 0
        if not (r.code == 0 or r.code == 3 and r.err and ".recover" not in r.err and "damaged" not in r.err):
            ok(False, f"merge with {most} open files", r)
    ok(told > 0 and worked > 0, f"merge: {told} times it was said which limit is too low, {worked} times it was high enough")


def test_clips(story, top):
    """The machine opens no more of a film's clips: a linear film is whole, or there is none and the exit code says so."""
    lacked = whole = 0
    for most in range(4, 40):
        folder = tempfile.mkdtemp(dir=top)
        r = run("export", "cut", "-o", f"{folder}/film.mkv", story, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (most, most)))
        if "Too many open files; a slate stands in for it" in r.err:
            lacked += 1
            if r.code != 3 or left(folder) or "so it is not written" not in r.err:
                ok(False, f"cut with {most} open files", (r, left(folder)))
        elif r.code == 0:
            whole += 1
            if left(folder) != ["film.mkv"]:
                ok(False, f"cut with {most} open files", (r, left(folder)))
            break
    ok(lacked > 0 and whole > 0, f"cut: {lacked} times a clip could not be opened and there is no film, {whole} times there is one")


def as_nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)


def as_nobody_alone():
    """A user who has no more processes or threads to start."""
    as_nobody()
    resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))


def in_child(question, prepare):
    child = os.fork()
    if child == 0:
        try:
            prepare()
            os._exit(0 if question() else 1)
        finally:
            os._exit(2)
    return os.waitpid(child, 0)[1] == 0


def has_no_thread():
    try:
        threading.Thread(target=int).start()
    except RuntimeError:
        return os.access(lib.PROGRAM, os.X_OK)
    return False


def test_threads(story, top):
    os.chmod(top, 0o755)
    home = f"{top}/nobody"
    os.makedirs(home)
    os.chmod(home, 0o777)
    alone = {"preexec_fn": as_nobody_alone, "env": dict(os.environ, HOME=home)}
    if not in_child(has_no_thread, as_nobody_alone):
        return skip("no threads", "no limit holds them back here, or another user may not start the program")
    for command in (("check", story), ("check", "--deep", story), ("simulate", story), ("pack", story, f"{home}/film.frumious"),
                    ("play", "--headless", "--size", "160x90", story)):
        r = run(*command, **alone)
        ok(r.code == 3 and "creating thread" in r.err and "core" not in r.err, f"{' '.join(command[:2])}: that there is no thread is said", r)
    r = run("explore", story, **alone)
    ok(r.code == 0, "explore needs none", r)
    return None


def masked():
    as_nobody()
    os.umask(0o777)


def can_reopen(path):
    """Whether what is made there may be opened again."""
    with open(path, "w", encoding="utf-8"):
        pass
    try:
        with open(path, encoding="utf-8"):
            return True
    except OSError:
        return False


def test_umask(films, top):
    """A umask that takes everything, the owner's own rights as well: what the program makes it can open again."""
    home = f"{top}/masked"
    os.makedirs(home)
    os.chmod(home, 0o777)
    story = lib.make_story(films, f"{home}/story")
    whoever = {"preexec_fn": masked, "env": dict(os.environ, HOME=f"{home}/own")}
    if not in_child(lambda: os.access(lib.PROGRAM, os.X_OK) and not can_reopen(f"{home}/probe"), masked):
        return skip("a umask that takes everything", "it takes nothing here, or another user may not start the program")
    for command in (("play", "--headless", "--size", "160x90", "--profile", "Ada", story), ("play", "--headless", "--size", "160x90", story),
                    ("telemetry", "status"), ("new", f"{home}/film"), ("check", f"{home}/film"), ("pack", story, f"{home}/film.frumious"),
                    ("check", f"{home}/film.frumious"), ("audience", "--store", f"{home}/s.sqlite", "--viewings", "5"),
                    ("merge", f"{home}/all.sqlite", f"{home}/s.sqlite"), ("report", "--store", f"{home}/all.sqlite")):
        r = run(*command, **whoever)
        ok(r.code == 0 and not r.err, f"umask 777: {' '.join(command[:2])}", r)
    return None


def test_fonts(story, top):
    """Where fontconfig is to read its settings there is no end of them."""
    pipe = f"{top}/fonts.conf"
    os.mkfifo(pipe)
    whole = run("graph", story)
    for path in (pipe, "/dev/zero"):
        odd = {"env": dict(os.environ, FONTCONFIG_FILE=path)}
        if shutil.which("fc-match") and path == pipe:
            try:
                subprocess.run(["fc-match", "sans"], capture_output=True, timeout=2, check=False, **odd)
                ok(False, "fontconfig itself waits for a pipe")
            except subprocess.TimeoutExpired:
                ok(True, "fontconfig itself waits for a pipe")
        r = run("graph", story, **odd)
        ok(r.code == 0 and r.out == whole.out, f"{path}: graph draws as without it", r)
        r = lib.play("--no-telemetry", story, **odd)
        ok(r.ended(), f"{path}: a film plays", r)


def opened(pid):
    """What a process has open but the standard files."""
    return [os.readlink(f"/proc/{pid}/fd/{number}") for number in os.listdir(f"/proc/{pid}/fd") if int(number) > 2]


def test_inherited(story, top):
    """Whoever starts the program has left files, pipes and sockets open: the program with sockets has none of them."""
    reader, writer = os.pipe()
    with open(f"{top}/kept", "wb") as kept, socket.socketpair()[0] as wire, open(f"{top}/tokens", "w", encoding="utf-8") as tokens:
        tokens.write("org.example.small 0123456789abcdef-the-token\n")
        tokens.flush()
        ours = [os.readlink(f"/proc/self/fd/{fd}") for fd in (reader, kept.fileno(), wire.fileno())]
        collect = subprocess.Popen([lib.PROGRAM, "collect", "--store", f"sqlite:{top}/kept.sqlite", "--story", story, "--token-file", tokens.name,
                                    "--listen", "127.0.0.1:0"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   pass_fds=[reader, kept.fileno(), wire.fileno()])
        try:
            lib.wait_for(lambda: os.readlink(f"/proc/{collect.pid}/exe").endswith("frumious-network"), "the program with sockets runs")
            found = [what for what in opened(collect.pid) if what in ours]
            ok(not found, "it has nothing open of those who started it", found)
        finally:
            collect.kill()
            said = collect.communicate(timeout=lib.PATIENCE)[1]
        print("\n".join(f"# {line}" for line in said.decode(errors="replace").splitlines()))
    os.close(reader)
    os.close(writer)


def test_without_proc(story):
    """A sandbox without /proc: the program with sockets is found all the same."""
    box = ["bwrap", "--ro-bind", "/", "/", "--tmpfs", "/proc", "--dev-bind", "/dev", "/dev", "--die-with-parent"]
    if not shutil.which("bwrap") or subprocess.run([*box, "sh", "-c", "test ! -e /proc/self"], capture_output=True, check=False).returncode != 0:
        return skip("a sandbox without /proc", "bwrap is not here, or may not do that")
    here = os.path.dirname(lib.PROGRAM)
    for command in ([lib.PROGRAM], ["sh", "-c", f'cd "{here}" && exec ./frumious "$@"', "sh"], ["env", f"PATH={here}:/usr/bin:/bin", "frumious"]):
        r = subprocess.run([*box, *command, "collect", "--help"], capture_output=True, text=True, check=False, timeout=lib.PATIENCE)
        ok(r.returncode == 0 and "--token-file" in r.stdout, f"without /proc: {command[0]} finds frumious-network", r)
    r = subprocess.run([*box, lib.PROGRAM, "check", story], capture_output=True, text=True, check=False, timeout=lib.PATIENCE)
    ok(r.returncode == 0, "without /proc: check", r)
    r = subprocess.run([*box, lib.PROGRAM, "play", "--headless", "--size", "160x90", "--no-telemetry", story], capture_output=True, text=True, check=False,
                       timeout=lib.PATIENCE)
    ok(r.returncode == 0 and "ending    end" in r.stdout, "without /proc: play", r)
    return None


def test_blocked(story, top):
    """Whoever starts the program has blocked all signals, and does not want to know of children."""
    def deaf():
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    with open(f"{top}/blocked", "w+b") as out:
        probe = subprocess.run(["cat", "/proc/self/status"], preexec_fn=deaf, capture_output=True, text=True, check=True).stdout
        ok(any(line.startswith("SigBlk:") and int(line.split()[1], 16) & 1 << signal.SIGTERM - 1 for line in probe.splitlines()), "signals are blocked")
        play = subprocess.Popen([lib.PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--no-telemetry", story], stdout=out, stderr=out,
                                stdin=subprocess.DEVNULL, preexec_fn=deaf, restore_signals=False)
        lib.wait_for(lambda: b"node" in bytes_of(f"{top}/blocked"), "the film plays")
        play.terminate()
        try:
            ok(play.wait(timeout=lib.PATIENCE) == 130, "a signal ends the film all the same", bytes_of(f"{top}/blocked"))
        except subprocess.TimeoutExpired:
            play.kill()
            ok(False, "a signal ends the film all the same")


def standard_files(pid):
    """Of the program that this process is, or has started."""
    while os.readlink(f"/proc/{pid}/exe") != os.path.realpath(lib.PROGRAM):
        with open(f"/proc/{pid}/task/{pid}/children") as f:
            pid = f.read().split()[0]
    return [os.readlink(f"/proc/{pid}/fd/{number}") if os.path.lexists(f"/proc/{pid}/fd/{number}") else None for number in range(3)]


def test_closed(story, top):
    """Standard files are closed, and there is no /dev/null to put in their place: no message goes into the store."""
    store = f"{top}/full.sqlite"
    if not shutil.which("bwrap"):
        return skip("standard files that are closed, without /dev", "no bwrap here")
    box = ["bwrap", "--ro-bind", "/", "/", "--bind", top, top, "--tmpfs", "/dev", "--die-with-parent"]
    if subprocess.run([*box, "true"], capture_output=True, check=False).returncode != 0:
        return skip("standard files that are closed, without /dev", "bwrap may not do that here")
    before = bytes_of(store)
    shell = 'test ! -e /dev/null && exec "$@" <&- >&- 2>&-'
    for command, code in ((("telemetry", "erase", "none-such", "--store", store), None), (("telemetry", "show", "none-such", "--store", store), None),
                          (("report", "--store", store), 3)):
        r = subprocess.run([*box, "sh", "-c", shell, "sh", lib.PROGRAM, *command], check=False, capture_output=True, timeout=lib.PATIENCE)
        ok(r.returncode == code or code is None and r.returncode > 0, f"{' '.join(command[:2])}: what can't be said is no success", r)
    ok(bytes_of(store) == before, "the store is as it was, byte by byte")
    play = subprocess.Popen([*box, "sh", "-c", shell, "sh", lib.PROGRAM, "play", "--headless", "--realtime", "--size", "160x90", "--no-telemetry",
                             "--trace", f"{top}/trace", story], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        lib.wait_for(lambda: play.poll() is not None or os.path.exists(f"{top}/trace") and os.path.getsize(f"{top}/trace") > 0, "the film plays")
        where = standard_files(play.pid)
        ok(where == ["/"] * 3, "each of the three leads where nothing can be written", where)
    finally:
        play.terminate()
        play.wait(timeout=lib.PATIENCE)
    return None


def test_locale(story):
    """A locale without letters beyond ASCII, as cron and containers have it; and what is no text in any."""
    for locale in ("C", "POSIX", "C.UTF-8"):
        r = lib.play("--no-telemetry", "--profile=Jörg", story, env=dict(os.environ, LC_ALL=locale))
        ok(r.ended() and not r.err, f"{locale}: a name may have an umlaut", r)
    r = lib.play("--no-telemetry", b"--profile=J\xf6rg", story)
    ok(r.code == 2 and "no text in UTF-8" in r.err, "bytes that are no text are called that", r)


def test_tokens(story, top):
    """A file of tokens that has no end: only so much of it is read."""
    endless = f"{top}/endless"
    with open(endless, "wb") as f:
        f.truncate(1 << 40)
    for path, wanted in (("/dev/zero", "is a device"), (endless, "larger than")):
        r = run("collect", "--store", f"sqlite:{top}/kept.sqlite", "--story", story, "--token-file", path, "--listen", "127.0.0.1:0")
        ok(r.code == 3 and wanted in r.err, f"tokens from {path}: refused", r)


def main():
    with tempfile.TemporaryDirectory(prefix="frumious-") as top:
        lib.set_home(f"{top}/home")
        os.environ.update(SDL_VIDEODRIVER="dummy", SDL_AUDIODRIVER="dummy")
        lib.make_films(f"{top}/films")
        story = lib.make_story(f"{top}/films", f"{top}/story")
        if CALLS:
            test_refused(f"{top}/films", story, top)
            test_one_name(story, top)
        else:
            skip("calls that are refused", "their numbers are not known here")
        test_growing(story, top)
        test_open_files(top)
        test_clips(story, top)
        test_threads(story, top)
        test_umask(f"{top}/films", top)
        test_fonts(story, top)
        test_inherited(story, top)
        test_without_proc(story)
        test_blocked(story, top)
        test_locale(story)
        test_tokens(story, top)
        test_closed(story, top)
    return lib.done()


sys.exit(main())
