#include "base/environment.h"
#include "tap.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *what, *name, *value, *want;
} rows[] = {
    {"an absolute path stays", "XDG_DATA_HOME", "/data", "/data"},
    {"a relative path is ignored", "XDG_CONFIG_HOME", "config", NULL},
    {"a dot is relative", "XDG_CACHE_HOME", "./cache", NULL},
    {"a tilde is relative, as only shells know it", "XDG_STATE_HOME", "~/state", NULL},
    {"the runtime folder, too", "XDG_RUNTIME_DIR", "run", NULL},
    {"of a list, what is absolute stays", "XDG_DATA_DIRS", "share:/usr/share::../x:/opt/share",
     "/usr/share:/opt/share"},
    {"a list of nothing else is ignored", "XDG_CONFIG_DIRS", ":etc", NULL},
    {"control characters are ignored", "LC_ALL", "en\033[31m", NULL},
    {"and directions", "TERM", "xterm\xe2\x80\xae", NULL},
    {"and C1", "SDL_VIDEODRIVER", "\xc2\x9b", NULL},
    {"bytes that are no UTF-8 stay", "TMPDIR", "/tmp/\xff", "/tmp/\xff"},
    {"HOME stays, whatever it is", "HOME", "/home/a\nb", "/home/a\nb"},
    {"fonts without an end are ignored", "FONTCONFIG_FILE", "/dev/zero", NULL},
    {"other variables stay", "LANG", "de_DE.UTF-8", "de_DE.UTF-8"},
};

static void test_fonts(void)
{
    static const struct {
        const char *what;
        int64_t bytes; /* -1: a pipe */
        bool stays;
    } files[] = {{"a pipe in place of fonts.conf is ignored", -1, false},
                 {"so is what is too large", (16 << 20) + 1, false},
                 {"a file stays", 16 << 20, true}};
    g_autofree char *folder = g_dir_make_tmp("frumious-fonts-XXXXXX", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *path = g_build_filename(folder, "fonts.conf", NULL);
        const bool made = files[i].bytes < 0
                              ? mkfifo(path, 0600) == 0
                              : g_file_set_contents(path, "", 0, NULL) && truncate(path, files[i].bytes) == 0;
        g_setenv("FONTCONFIG_FILE", path, TRUE);
        environment_clean();
        ok(made && (g_getenv("FONTCONFIG_FILE") != NULL) == files[i].stays, "%s", files[i].what);
        remove(path);
    }
    g_setenv("FONTCONFIG_FILE", "/dev/null", TRUE);
    environment_clean();
    is_str(g_getenv("FONTCONFIG_FILE"), "/dev/null", "and so does what has an end at once");
    remove(folder);
}

static void test_umask(void)
{
    umask(0777);
    environment_clean_umask();
    is_int(umask(022), 077, "the owner may use what is made, others as before");
}

static void test_home(void)
{
    static const char *const nowhere[] = {"", "home", "./home", "~"};
    for (size_t i = 0; i < G_N_ELEMENTS(nowhere); i++) {
        g_setenv("HOME", nowhere[i], TRUE);
        environment_clean();
        is_str(g_getenv("HOME"), NULL, "a HOME that is no absolute path is ignored");
    }
}

/* Whoever takes one out of many moves those behind it. */
static void test_many(void)
{
    enum { MANY = 3000 };
    int bad = 0, good = 0;
    for (int i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("MANY_%d", i);
        g_setenv(name, i % 3 ? "a\033[2Jb" : "good", TRUE);
    }
    environment_clean();
    for (int i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("MANY_%d", i);
        const char *value = g_getenv(name);
        bad += i % 3 && value;
        good += i % 3 == 0 && g_strcmp0(value, "good") == 0;
    }
    is_int(bad, 0, "of many, all that are odd are ignored");
    is_int(good, MANY / 3, "and the others stay");
}

static void test_signals(void)
{
    sigset_t all, now;
    struct sigaction child, growth;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_IGN);
    environment_clean_signals();
    sigprocmask(SIG_SETMASK, NULL, &now);
    sigaction(SIGCHLD, NULL, &child);
    sigaction(SIGXFSZ, NULL, &growth);
    is_int(sigismember(&now, SIGTERM) + sigismember(&now, SIGALRM) + sigismember(&now, SIGINT), 0,
           "no signal is blocked");
    ok(child.sa_handler == SIG_DFL, "children are waited for");
    ok(growth.sa_handler == SIG_IGN, "a file that may not grow is an error of the write");
}

int main(void)
{
    test_fonts();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        g_setenv(rows[i].name, rows[i].value, TRUE);
    environment_clean();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        is_str(g_getenv(rows[i].name), rows[i].want, rows[i].what);
    test_umask();
    test_home();
    test_many();
    test_signals();
    return tap_done();
}
