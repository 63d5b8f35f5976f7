/* What a process can do no more once it is confined: the kernel answers, in threads that were there before, too. Each case is a
 * process of its own. */
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/confine.h"
#include "base/helper.h"
#include "tap.h"

/* Nothing that the kernel offers is there: a skip, not a failure. */
enum { MISSING = 77 };

static char *folder; /* of this test; "inside" beneath it may be written */

static int try_exec(void)
{
    char *const arguments[] = {"true", NULL}, *const environment[] = {NULL};
    execve("/bin/true", arguments, environment);
    return errno;
}

static int try_socket(int family)
{
    const int fd = socket(family, SOCK_STREAM, 0);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int try_inet(void)
{
    return try_socket(AF_INET);
}

static int try_inet6(void)
{
    return try_socket(AF_INET6);
}

static int try_unix(void)
{
    return try_socket(AF_UNIX);
}

static int try_ring(void)
{
    return syscall(SYS_io_uring_setup, 1, NULL) < 0 ? errno : 0;
}

static int try_keys(void)
{
    return syscall(SYS_keyctl, 0, -2, 0) < 0 ? errno : 0;
}

/* By a descriptor, without a path. */
static int try_exec_open(void)
{
    char *const arguments[] = {"true", NULL}, *const environment[] = {NULL};
    const int fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
    syscall(SYS_execveat, fd, "", arguments, environment, AT_EMPTY_PATH);
    return errno;
}

#ifndef __SANITIZE_ADDRESS__ /* whose leaks are found by tracing */
static int try_trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0 ? errno : 0;
}
#endif

/* What is read, and written, is this process's own. */
static int try_memory(long call)
{
    char from[8] = "secret", to[8] = "";
    struct iovec local = {to, sizeof to}, remote = {from, sizeof from};
    return syscall(call, getpid(), &local, 1, &remote, 1, 0) < 0 ? errno : 0;
}

static int try_read_memory(void)
{
    return try_memory(SYS_process_vm_readv);
}

static int try_write_memory(void)
{
    return try_memory(SYS_process_vm_writev);
}

/* What has never been offered by a kernel before is EPERM as well, not ENOSYS: the filter answers before it. */
static int try_other_calls(void)
{
    enum { OTHER_CALLS = 0x40000000 };
    return syscall(OTHER_CALLS + SYS_getpid) < 0 ? errno : 0;
}

static void *nothing(void *user)
{
    return user;
}

static int try_thread(void)
{
    pthread_t thread;
    const int error = pthread_create(&thread, NULL, nothing, NULL);
    return error ? error : pthread_join(thread, NULL);
}

static int try_write(const char *name)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    const int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return errno;
    close(fd);
    return 0;
}

static int try_write_inside(void)
{
    return try_write("inside/new");
}

static int try_write_outside(void)
{
    return try_write("outside");
}

static int try_change_outside(void)
{
    return try_write("there");
}

static int try_remove_outside(void)
{
    g_autofree char *path = g_build_filename(folder, "there", NULL);
    return g_unlink(path) < 0 ? errno : 0;
}

static int try_empty_outside(void)
{
    g_autofree char *path = g_build_filename(folder, "there", NULL);
    return truncate(path, 0) < 0 ? errno : 0;
}

static int try_folder_outside(void)
{
    g_autofree char *path = g_build_filename(folder, "folder", NULL);
    if (g_mkdir(path, 0700) < 0)
        return errno;
    return g_rmdir(path) < 0 ? errno : 0;
}

static int try_remove_folder_outside(void)
{
    g_autofree char *path = g_build_filename(folder, "empty", NULL);
    if (g_rmdir(path) < 0)
        return errno;
    return g_mkdir(path, 0700) < 0 ? errno : 0;
}

static int try_link_outside(void)
{
    g_autofree char *path = g_build_filename(folder, "link", NULL);
    if (symlink("there", path) < 0)
        return errno;
    return g_unlink(path) < 0 ? errno : 0;
}

static int try_pipe_outside(void)
{
    g_autofree char *path = g_build_filename(folder, "pipe", NULL);
    if (mkfifo(path, 0600) < 0)
        return errno;
    return g_unlink(path) < 0 ? errno : 0;
}

static int try_socket_outside(void)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    g_snprintf(name.sun_path, sizeof name.sun_path, "%s/socket", folder);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof name) < 0)
        return errno;
    close(fd);
    return g_unlink(name.sun_path) < 0 ? errno : 0;
}

/* Into the folder that may be written, from one that may not. */
static int try_move_inside(void)
{
    g_autofree char *from = g_build_filename(folder, "there", NULL),
                    *to = g_build_filename(folder, "inside", "there", NULL);
    if (g_rename(from, to) < 0)
        return errno;
    return g_rename(to, from) < 0 ? errno : 0;
}

static int try_read_outside(void)
{
    g_autofree char *path = g_build_filename(folder, "there", NULL), *text = NULL;
    return g_file_get_contents(path, &text, NULL, NULL) ? 0 : EACCES;
}

static bool confine_all(GError **error)
{
    return confine_process(error);
}

static bool confine_files(GError **error)
{
    g_autofree char *inside = g_build_filename(folder, "inside", NULL), *none = g_build_filename(folder, "none", NULL);
    return confine_writes((const char *const[]){none, inside, NULL}, error);
}

static const struct {
    const char *what;
    bool (*confine)(GError **error);
    int (*attempt)(void);
    int error; /* afterwards; before, all of them succeed but those that say so */
    bool fails_before;
} cases[] = {
    {"a program is started", confine_all, try_exec, EPERM, false},
    {"a socket to the network", confine_all, try_inet, EPERM, false},
    {"a newer one", confine_all, try_inet6, EPERM, true},
    {"a socket on this machine", confine_all, try_unix, 0, false},
    {"a ring of calls", confine_all, try_ring, EPERM, true},
    {"the keys of the session", confine_all, try_keys, EPERM, true},
    {"a program is started by its descriptor", confine_all, try_exec_open, EPERM, false},
#ifndef __SANITIZE_ADDRESS__
    {"a process is traced", confine_all, try_trace, EPERM, false},
#endif
    {"a process's memory is read", confine_all, try_read_memory, EPERM, false},
    {"a process's memory is written", confine_all, try_write_memory, EPERM, false},
#ifdef __x86_64__
    {"the other set of calls", confine_all, try_other_calls, EPERM, true},
#endif
    {"a thread", confine_all, try_thread, 0, false},
    {"a file is made where it may be", confine_files, try_write_inside, 0, false},
    {"a file is made elsewhere", confine_files, try_write_outside, EACCES, false},
    {"a file is changed elsewhere", confine_files, try_change_outside, EACCES, false},
    {"a file is read elsewhere", confine_files, try_read_outside, 0, false},
    {"a file is emptied elsewhere", confine_files, try_empty_outside, EACCES, false},
    {"a folder is made elsewhere", confine_files, try_folder_outside, EACCES, false},
    {"a folder is removed elsewhere", confine_files, try_remove_folder_outside, EACCES, false},
    {"a link is made elsewhere", confine_files, try_link_outside, EACCES, false},
    {"a pipe is made elsewhere", confine_files, try_pipe_outside, EACCES, false},
    {"a socket is made elsewhere", confine_files, try_socket_outside, EACCES, false},
    {"a file is moved out of elsewhere", confine_files, try_move_inside, EACCES, false},
    {"a file is removed elsewhere", confine_files, try_remove_outside, EACCES, false},
};

/* The exit code of a child that tries it. Starting /bin/true ends the child with 0. */
static int attempt(size_t i, bool confined)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0)
        _exit(confined && !cases[i].confine(NULL) ? MISSING : cases[i].attempt());
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const int after = attempt(i, true);
        if (after == MISSING) {
            skip(cases[i].what, "this kernel, or a sandbox around the test, does not offer it");
            continue;
        }
        ok(after == cases[i].error, "confined, %s: %s", cases[i].what, after ? g_strerror(after) : "done");
        const int before = attempt(i, false);
        ok(before == 0 || cases[i].fails_before, "before, %s: %s", cases[i].what, before ? g_strerror(before) : "done");
    }
}

static atomic_int go;

/* Was there before its process was confined. */
static void *waits(void *user)
{
    (void)user;
    while (atomic_load(&go) == 0)
        g_usleep(1000);
    return GINT_TO_POINTER(try_inet());
}

static int other_thread(void)
{
    pthread_t thread;
    void *error = NULL;
    if (pthread_create(&thread, NULL, waits, NULL) != 0)
        return 1;
    const bool done = confine_process(NULL);
    atomic_store(&go, 1);
    pthread_join(thread, &error);
    return done ? GPOINTER_TO_INT(error) : MISSING;
}

static void test_other_thread(void)
{
    int status = 0;
    const pid_t child = fork();
    if (child == 0)
        _exit(other_thread());
    waitpid(child, &status, 0);
    if (WIFEXITED(status) && WEXITSTATUS(status) == MISSING)
        skip("a thread that was there before", "this kernel, or a sandbox around the test, does not offer it");
    else
        ok(WIFEXITED(status) && WEXITSTATUS(status) == EPERM, "a thread that was there before is confined as well");
}

/* ---- a process for strangers' files ------------------------------------------------------------------------------ */

static int left_open = -1;

/* What it may do, a byte each: starting a program, a socket, writing outside, writing inside; and whether it has what was open. */
static void try_everything(void *user, int to)
{
    (void)user;
    const uint8_t errors[] = {(uint8_t)try_inet(), (uint8_t)try_write_outside(), (uint8_t)try_write_inside(),
                              (uint8_t)(fcntl(left_open, F_GETFD) < 0 ? errno : 0), (uint8_t)try_exec()};
    if (write(to, errors, sizeof errors) != sizeof errors)
        abort();
}

static void do_nothing(void *user, int to)
{
    (void)user;
    (void)to;
    for (;;)
        pause();
}

static void tell_and_wait(void *user, int to)
{
    if (write(to, "x", 1) == 1)
        do_nothing(user, to);
}

/* What it hands back until it ends. */
static ssize_t hear(const struct helper *h, uint8_t *bytes, size_t n)
{
    struct pollfd from = {.fd = h->from, .events = POLLIN};
    return poll(&from, 1, 60000) == 1 ? read(h->from, bytes, n) : -1;
}

/* Who starts it is killed, and so cannot end it. */
static void test_orphan(const char *inside)
{
    int status, ends[2];
    struct helper h = {0};
    if (pipe(ends) != 0)
        return;
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        uint8_t byte;
        dup2(ends[1], STDIN_FILENO);                   /* a standard file, which the helper keeps */
        helper_start(&h, tell_and_wait, NULL, inside); /* which inherits the pipe's end */
        hear(&h, &byte, 1);                            /* by now it knows whose child it is */
        kill(getpid(), SIGKILL);
    }
    close(ends[1]);
    waitpid(child, &status, 0);
    struct pollfd gone = {.fd = ends[0], .events = POLLIN};
    ok(poll(&gone, 1, 60000) == 1 && gone.revents & POLLHUP, "it does not outlive who started it");
    close(ends[0]);
}

static void test_helper(void)
{
    struct helper h;
    uint8_t errors[8] = {0};
    g_autofree char *inside = g_build_filename(folder, "inside", NULL);
    if (attempt(0, true) == MISSING || attempt(G_N_ELEMENTS(cases) - 1, true) == MISSING) {
        skip("a process for strangers' files", "this kernel, or a sandbox around the test, does not offer it");
        return;
    }
    left_open = open("/dev/null", O_RDONLY);
    ok(left_open > STDERR_FILENO && helper_start(&h, try_everything, NULL, inside) &&
           hear(&h, errors, sizeof errors) == 5,
       "it hands something back");
    close(left_open);
    ok(errors[0] == EPERM && errors[1] == EACCES && errors[2] == 0 && errors[4] == EPERM,
       "it has no network, writes in its folder alone, and starts nothing: %d %d %d %d", errors[0], errors[1],
       errors[2], errors[4]);
    is_int(errors[3], EBADF, "nor has it what was open");
    is_int(hear(&h, errors, sizeof errors), 0, "and ends when its work is done");
    helper_stop(&h);
    ok(helper_start(&h, do_nothing, NULL, inside), "one that goes on for good");
    const pid_t process = h.process;
    helper_stop(&h);
    ok(kill(process, 0) != 0 && errno == ESRCH && h.process == 0, "is ended");
    helper_stop(&h);
    ok(h.process == 0, "once");
    test_orphan(inside);
}

int main(void)
{
    folder = g_dir_make_tmp("frumious-confine-XXXXXX", NULL);
    g_autofree char *inside = g_build_filename(folder, "inside", NULL),
                    *there = g_build_filename(folder, "there", NULL), *empty = g_build_filename(folder, "empty", NULL),
                    *remove = g_strdup_printf("rm -r '%s'", folder);
    ok(g_mkdir(inside, 0700) == 0 && g_mkdir(empty, 0700) == 0 && g_file_set_contents(there, "x", 1, NULL),
       "a folder to write in");
    test_cases();
    test_other_thread();
    test_helper();
    ok(system(remove) == 0, "cleaned up");
    g_free(folder);
    return tap_done();
}
