/*
 * The program's own files, and the files of a story: what stands in their place, links, and whoever swaps one while it
 * is opened. Files that a story may not reach hold the word that must not be read.
 */
#include "tap.h"

#include "base/beneath.h"
#include "base/files.h"
#include "base/fresh_file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char *top;

static char *in_top(const char *name)
{
    return g_build_filename(top, name, NULL);
}

static void put(const char *name, const char *text)
{
    g_autofree char *path = in_top(name);
    if (!g_file_set_contents(path, text, -1, NULL))
        ok(false, "a file cannot be written");
}

static void make_folder(const char *name)
{
    g_autofree char *path = in_top(name);
    if (g_mkdir(path, 0700) != 0)
        ok(false, "a folder cannot be made");
}

static void make_link(const char *target, const char *name)
{
    g_autofree char *path = in_top(name);
    if (symlink(target, path) != 0)
        ok(false, "a link cannot be made");
}

/* ---- beneath a folder -------------------------------------------------------------------------------------------- */

/* What can be read there, or the cause why not; the caller frees it. */
static char *read_beneath(const char *folder, const char *path)
{
    g_autofree char *dir = in_top(folder), *marked = beneath_path(dir, path);
    struct beneath_file file;
    char text[16] = "";
    if (!beneath_open(marked, &file))
        return g_strdup(errno == EXDEV ? "leads out" : errno == ENOENT ? "missing" : g_strerror(errno));
    const ssize_t n = beneath_read(&file, text, sizeof text - 1, 0);
    beneath_close(&file);
    return g_strdup(n < 0 ? "unreadable" : text);
}

static void make_story(void)
{
    g_autofree char *inside = in_top("story/clips/in.mp4"), *fifo = in_top("story/fifo");
    make_folder("story");
    make_folder("story/clips");
    make_folder("outside");
    put("story/clips/in.mp4", "inside");
    put("outside/secret", "secret");
    make_link("clips", "story/linked");             /* to a folder beneath */
    make_link("../clips/in.mp4", "story/clips/up"); /* up and down again, and beneath all the time */
    make_link(inside, "story/absolute");            /* absolute, but beneath */
    make_link("../outside/secret", "story/out");
    make_link("../outside", "story/out-folder");
    make_link("/proc/self/root", "story/root");
    make_link("loop", "story/loop");
    make_link("story", "by-link"); /* the user names the story's folder by a link */
    if (mkfifo(fifo, 0600) != 0)
        ok(false, "a pipe cannot be made");
}

static void test_beneath(void)
{
    static const struct {
        const char *folder, *path, *wanted;
    } cases[] = {
        {"story", "clips/in.mp4", "inside"},
        {"story", "linked/in.mp4", "inside"},
        {"story", "clips/up", "inside"},
        {"story", "absolute", "inside"},
        {"by-link", "clips/in.mp4", "inside"},
        {"by-link", "absolute", "inside"},
        {"story/.", "clips/in.mp4", "inside"},
        {"story/./clips", "in.mp4", "inside"},
        {"story", "clips/./in.mp4", "inside"},
        {"story", "./clips//in.mp4", "inside"},
        {"story", "clips/../clips/in.mp4", "inside"},
        {"story", "out", "leads out"},
        {"story", "out-folder/secret", "leads out"},
        {"story", "out-folder/./secret", "leads out"}, /* a mark in the story's part does not move the limit */
        {"story", "root/etc/hostname", "leads out"},
        {"story", "../outside/secret", "leads out"},
        {"story", "clips/../../outside/secret", "leads out"},
        {"story", "loop", "Too many levels of symbolic links"},
        {"story", "none.mp4", "missing"},
        {"none", "in.mp4", "missing"},
        {"story", "clips/in.mp4/x", "Not a directory"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *got = read_beneath(cases[i].folder, cases[i].path);
        g_autofree char *name = g_strdup_printf("%s beneath %s", cases[i].path, cases[i].folder);
        is_str(got, cases[i].wanted, name);
    }
    g_autofree char *marked = beneath_path("a/./b/.", "c/./d"), *name = beneath_name(marked);
    is_str(name, "a/b/c/d", "people read the path without its mark");
    g_autofree char *fifo = in_top("story"), *pipe = beneath_path(fifo, "fifo");
    struct beneath_file end;
    ok(beneath_open(pipe, &end), "opening a pipe does not wait for its other end");
    beneath_close(&end);
}

/* ---- swapped while it is opened ---------------------------------------------------------------------------------- */

struct swapper {
    char *one, *other;
    _Atomic bool stop;
    _Atomic int swaps;
};

/* Exchanges a clip and a link to the secret again and again; each moment is one or the other. */
static void *swap(void *data)
{
    struct swapper *s = data;
    while (!atomic_load(&s->stop))
        if (syscall(SYS_renameat2, AT_FDCWD, s->one, AT_FDCWD, s->other, 2 /* RENAME_EXCHANGE */) == 0)
            atomic_fetch_add(&s->swaps, 1);
        else
            g_usleep(100);
    return NULL;
}

static void test_swapped(const char *one, const char *other, const char *read)
{
    struct swapper s = {.one = in_top(one), .other = in_top(other)};
    int secrets = 0, reads = 0, refused = 0;
    pthread_t thread;
    if (syscall(SYS_renameat2, AT_FDCWD, s.one, AT_FDCWD, s.other, 2) != 0) {
        skip("a clip that is swapped while it is opened", "this file system cannot exchange files");
    } else if (pthread_create(&thread, NULL, swap, &s) == 0) {
        for (int i = 0; i < 2000 || (i < 200000 && (refused == 0 || reads == 0 || atomic_load(&s.swaps) < 100)); i++) {
            g_autofree char *got = read_beneath("story", read);
            secrets += strcmp(got, "secret") == 0;
            reads += strcmp(got, "inside") == 0;
            refused += strcmp(got, "inside") != 0;
        }
        atomic_store(&s.stop, true);
        pthread_join(thread, NULL);
        ok(reads > 0 && refused > 0 && s.swaps >= 100, "%s: swapped %d times, read %d times and refused %d times", read,
           s.swaps, reads, refused);
        is_int(secrets, 0, "and what lies outside is never read");
    }
    g_free(s.one);
    g_free(s.other);
}

/* An older kernel, or a sandbox that does not know the call: from here on openat2() fails in this process. */
static bool forbid_openat2(int error)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = G_N_ELEMENTS(code), .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0 &&
           syscall(SYS_openat2, AT_FDCWD, ".", NULL, 0) < 0 && errno == error;
}

static void test_story_files(void)
{
    test_beneath();
    test_swapped("story/swapped", "swap-link", "swapped");
    test_swapped("story/folder", "swap-folder-link", "folder/secret");
}

/* ---- the program's own files ------------------------------------------------------------------------------------- */

static void make_socket(const char *name)
{
    g_autofree char *path = in_top(name);
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    g_strlcpy(at.sun_path, path, sizeof at.sun_path);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&at, sizeof at) != 0)
        ok(false, "a socket cannot be made");
    close(fd);
}

static void test_in_its_place(void)
{
    static const char *const names[] = {"own-fifo", "own-folder", "own-socket", "/dev/null", "own-link-to-fifo"};
    g_autofree char *fifo = in_top("own-fifo");
    make_folder("own-folder");
    make_socket("own-socket");
    make_link("own-fifo", "own-link-to-fifo");
    if (mkfifo(fifo, 0600) != 0)
        ok(false, "a pipe cannot be made");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = names[i][0] == '/' ? g_strdup(names[i]) : in_top(names[i]);
        struct stat before, after;
        g_autoptr(GError) reading = NULL, writing = NULL;
        lstat(path, &before);
        g_autofree char *text = files_read(path, 100, NULL, &reading);
        ok(!text && g_error_matches(reading, G_FILE_ERROR, G_FILE_ERROR_INVAL) && strstr(reading->message, path),
           "%s is not read", names[i]);
        ok(!files_replace(path, "x", -1, true, &writing) && writing && strstr(writing->message, path),
           "nor is it written");
        g_autoptr(GError) before_work = NULL, creating = NULL;
        ok(!files_may_replace(path, &before_work) && strstr(before_work->message, path),
           "which is told before the work");
        ok(files_create(path, &creating) < 0 && strstr(creating->message, path), "nor is it emptied");
        lstat(path, &after);
        ok(before.st_ino == after.st_ino && before.st_mode == after.st_mode, "and it stays what it is");
    }
}

static mode_t mode_of(const char *path)
{
    struct stat st = {0};
    stat(path, &st);
    return st.st_mode & 07777;
}

/* Whether it is there already or not. */
static void test_created(const char *path)
{
    const int fd = files_create(path, NULL);
    struct stat st = {0};
    ok(fd >= 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == 0600 && st.st_size == 0,
       "an empty file, its owner's alone");
    if (fd >= 0)
        close(fd);
}

static void test_mode(void)
{
    static const mode_t umasks[] = {0, 022, 077, 0277, 0777};
    g_autofree char *path = in_top("own");
    for (size_t i = 0; i < G_N_ELEMENTS(umasks); i++) {
        const mode_t was = umask(umasks[i]);
        const bool fresh = files_replace(path, "one", -1, i % 2 == 0, NULL);
        const mode_t made = mode_of(path);
        g_chmod(path, 0666);
        const bool again = files_replace(path, "two", -1, false, NULL);
        umask(was);
        ok(fresh && again && made == 0600 && mode_of(path) == 0600, "0600 with the umask %03o", (unsigned)umasks[i]);
        g_chmod(path, 0666);
        test_created(path);
        g_unlink(path);
        umask(umasks[i]);
        test_created(path);
        umask(was);
        g_unlink(path);
    }
}

/* What a user works on: a file that was there keeps its mode. */
static void test_work(void)
{
    static const mode_t modes[] = {0644, 0600, 0664, 0755};
    g_autofree char *path = in_top("work.yaml");
    struct stat st;
    ok(files_replace_work(path, "new", -1, NULL) && stat(path, &st) == 0 && (st.st_mode & 0777) == 0644,
       "a new story can be read");
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++) {
        g_autofree char *text = NULL;
        chmod(path, modes[i]);
        ok(files_replace_work(path, "one\0two", 3, NULL) && stat(path, &st) == 0 && (st.st_mode & 0777) == modes[i] &&
               g_file_get_contents(path, &text, NULL, NULL) && g_str_equal(text, "one"),
           "one of mode %o keeps it", (unsigned)modes[i]);
    }
}

static void test_contents(void)
{
    g_autofree char *path = in_top("text"), *link = in_top("text-link");
    g_autoptr(GError) error = NULL;
    size_t len = 0;
    make_link("text", "text-link");
    ok(!files_read(path, 10, NULL, &error) && g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT), "no file");
    g_clear_error(&error);
    ok(files_replace(path, "one\0two", 7, true, NULL), "written");
    g_autofree char *text = files_read(path, 7, &len, NULL);
    ok(text && len == 7 && memcmp(text, "one\0two", 8) == 0, "what was written is read, and a NUL behind it");
    ok(!files_read(path, 6, NULL, &error) && strstr(error->message, "larger"), "but not if it is too large");
    g_clear_error(&error);
    ok(!files_read("/proc/self/mem", 10, NULL, &error) && error, "a file that cannot be read says so");
    ok(files_replace(link, "three", -1, false, NULL) && g_file_test(link, G_FILE_TEST_IS_SYMLINK),
       "a link stays a link");
    g_autofree char *through = files_read(path, 10, NULL, NULL);
    is_str(through, "three", "and what it leads to is replaced");
    int ends[2];
    g_clear_error(&error);
    ok(pipe(ends) == 0, "a pipe");
    g_autofree char *unnamed = g_strdup_printf("/proc/self/fd/%d", ends[1]);
    ok(!files_replace(unnamed, "x", -1, false, &error) && strstr(error->message, "is a pipe"),
       "a link of the kernel's to what has no name: %s", error ? error->message : "written");
    close(ends[0]);
    close(ends[1]);
    g_autofree char *nowhere = in_top("none/file");
    g_clear_error(&error);
    ok(!files_replace(nowhere, "x", -1, false, &error) && strstr(error->message, nowhere), "no folder: it is named");
}

static void remove_all(const char *path)
{
    g_autoptr(GDir) d = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    for (const char *name; d && (name = g_dir_read_name(d));) {
        g_autofree char *file = g_build_filename(path, name, NULL);
        remove_all(file);
    }
    g_remove(path);
}

/* A file as `user`, whoever we are. */
static void put_as(uid_t user, const char *name, const char *text)
{
    g_autofree char *path = in_top(name);
    put(name, text);
    ok(chown(path, user, user) == 0 && chmod(path, 0600) == 0, "%s is user %d's", name, (int)user);
}

static void link_as(uid_t user, const char *target, const char *name)
{
    g_autofree char *path = in_top(name);
    make_link(target, name);
    ok(lchown(path, user, user) == 0, "%s is user %d's", name, (int)user);
}

/* 0: `name` is not written to; 1: it is; 2: it is not, and nothing is said of it. */
static int write_as(uid_t user, const char *name)
{
    g_autofree char *path = in_top(name);
    g_autoptr(GError) error = NULL;
    int status = -1;
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        const bool become = setgid(user) == 0 && setuid(user) == 0;
        const bool written = files_replace(path, "taken", -1, false, &error);
        _exit(!become ? 3 : written ? 1 : strstr(error->message, path) ? 0 : 2);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 4;
}

/* A folder like /tmp, in which another user makes links to what is ours; and our folder, in which a file can't be read. */
static void test_others(void)
{
    enum { WE = 61001, THEY = 61002 };
    static const char *const folders[] = {"", "shared", "home"};
    g_autofree char *kept = in_top("home/kept"), *fresh = in_top("home/fresh"), *closed = in_top("home/closed");
    g_autofree char *text = NULL, *still = NULL, *sticky = NULL;
    if (geteuid() != 0) {
        skip("links of other users", "only root can become another user");
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = in_top(folders[i]);
        ok((i == 0 || g_mkdir(path, 0700) == 0) && chmod(path, i == 1 ? 01777 : 0755) == 0 &&
               (i < 2 || chown(path, WE, WE) == 0),
           "the folder %s", folders[i]);
    }
    put_as(WE, "home/kept", "kept");
    put_as(THEY, "home/closed", "closed");
    link_as(THEY, kept, "shared/to-kept");
    link_as(THEY, fresh, "shared/to-fresh");
    link_as(WE, fresh, "shared/own");
    const bool guarded =
        g_file_get_contents("/proc/sys/fs/protected_symlinks", &sticky, NULL, NULL) && sticky[0] == '1';
    if (guarded)
        is_int(write_as(WE, "shared/to-kept"), 0,
               "another's link to a file of ours, where all may write, is not followed");
    else
        skip("another's link to a file of ours", "this kernel follows it");
    is_int(write_as(WE, "shared/to-fresh"), 0, "nor to a place of ours where nothing is");
    ok(g_file_get_contents(kept, &text, NULL, NULL) && (!guarded || g_str_equal(text, "kept")) &&
           !g_file_test(fresh, G_FILE_TEST_EXISTS),
       "nothing was written there");
    is_int(write_as(WE, "shared/own"), 1, "a link of our own is");
    is_int(write_as(WE, "home/closed"), 0, "a file that we can't read is not written over");
    ok(g_file_get_contents(closed, &still, NULL, NULL) && g_str_equal(still, "closed"), "and stays");
}

/* Nothing is seen of a file before it is whole, and what stands there stays. */
static void test_fresh(void)
{
    g_autofree char *path = in_top("fresh"), *nowhere = in_top("none/fresh");
    g_autofree char *text = NULL;
    g_autoptr(GError) taken = NULL, late = NULL, missing = NULL;
    struct fresh_file f, second, third;
    ok(fresh_file_begin(&f, path, NULL) && !g_file_test(path, G_FILE_TEST_EXISTS),
       "a file that is written has no name");
    ok(fresh_file_begin(&second, path, NULL) && files_write(second.fd, "second", 6),
       "two may be written for one place");
    ok(files_write(f.fd, "first", 5) && fresh_file_keep(&f, NULL), "a whole one gets its name");
    ok(!fresh_file_keep(&second, &late) && strstr(late->message, path), "what stands there by then stays");
    ok(g_file_get_contents(path, &text, NULL, NULL), "it is there");
    is_str(text, "first", "and is the first one");
    ok(!fresh_file_begin(&third, path, &taken) && third.fd < 0, "what stands there is never begun");
    ok(!fresh_file_begin(&third, nowhere, &missing) && strstr(missing->message, nowhere),
       "a folder that is missing is told");
    g_unlink(path);
    ok(fresh_file_begin(&f, path, NULL), "begun again");
    fresh_file_drop(&f);
    fresh_file_drop(&f);
    ok(!g_file_test(path, G_FILE_TEST_EXISTS), "and dropped: nothing is left");
}

int main(void)
{
    top = g_dir_make_tmp("files-XXXXXX", NULL); /* absolute */
    make_story();
    put("story/swapped", "inside");
    make_link("../outside/secret", "swap-link");
    make_folder("swap-folder");
    put("swap-folder/secret", "secret");
    make_folder("story/folder");
    put("story/folder/secret", "inside");
    make_link("../swap-folder", "swap-folder-link");
    test_story_files();
    test_in_its_place();
    test_mode();
    test_work();
    test_contents();
    test_fresh();
    test_others();
    if (forbid_openat2(ENOSYS))
        test_story_files();
    else
        skip("a kernel without openat2()", "this process may not filter its own calls");
    remove_all(top);
    g_free(top);
    return tap_done();
}
