#include "commands/network.h"

#include "base/console.h"
#include "base/interrupt.h"
#include "base/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <sys/wait.h>
#include <unistd.h>

#define NETWORK_PROGRAM "frumious-network"

/* Beside this program, or in libexec. NULL: it is not installed. Caller frees. */
static char *find_program(void)
{
    static const char *const places[] = {"", "../libexec/frumious"};
    g_autofree char *self = paths_program();
    g_autofree char *folder = self ? g_path_get_dirname(self) : NULL;
    for (size_t i = 0; folder && i < G_N_ELEMENTS(places); i++) {
        g_autofree char *program = g_build_filename(folder, places[i], NETWORK_PROGRAM, NULL);
        if (g_file_test(program, G_FILE_TEST_IS_EXECUTABLE))
            return g_steal_pointer(&program);
    }
    return NULL;
}

/* Returns only where it can't be started; errno says why. What whoever started us had open is no business of a program with sockets. */
static void become(const char *program, int argc, char *const *argv)
{
    g_autoptr(GPtrArray) longer = g_ptr_array_new();
    g_ptr_array_add(longer, (char *)NETWORK_PROGRAM);
    for (int i = 0; i <= argc; i++) /* the NULL at the end, too */
        g_ptr_array_add(longer, argv[i]);
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    execv(program, (char *const *)longer->pdata);
}

int network_run(int argc, char **argv)
{
    g_autofree char *program = find_program();
    if (program) {
        become(program, argc, argv);
        console_say("%s can't be started: %s", program, g_strerror(errno));
    } else
        console_say("`frumious %s` needs the program " NETWORK_PROGRAM
                    ", which is not installed; on Debian, the package frumious-network has it",
                    argv[0]);
    return EXIT_ENVIRONMENT;
}

/* ---- later ------------------------------------------------------------------------------------------------------- */

/* It keeps nothing open of the program that plays: neither its output, which somebody may read to its end, nor its files. */
static void leave_all(int from)
{
    const int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        (void)dup2(nothing, fd);
    if (from != STDERR_FILENO + 1)
        (void)dup3(from, STDERR_FILENO + 1, O_CLOEXEC);
    (void)close_range(STDERR_FILENO + 2, ~0U, 0);
}

static G_GNUC_NORETURN void wait_and_become(int from, const char *program, int argc, char *const *argv)
{
    char go = 0;
    (void)setsid();
    interrupt_end_at_once();
    leave_all(from);
    if (read(STDERR_FILENO + 1, &go, 1) == 1)
        become(program, argc, argv);
    _exit(0);
}

/* Forked twice, so that nobody has to wait for it. */
int network_wait(int argc, char *const *argv)
{
    int ends[2];
    g_autofree char *program = find_program();
    if (!program || pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    const pid_t between = fork();
    if (between == 0) {
        if (fork() != 0)
            _exit(0);
        close(ends[1]);
        wait_and_become(ends[0], program, argc, argv);
    }
    close(ends[0]);
    if (between > 0) {
        (void)waitpid(between, NULL, 0);
        return ends[1];
    }
    close(ends[1]);
    return -1;
}

void network_tell(int waiting, bool go)
{
    if (waiting < 0)
        return;
    if (go)
        (void)!write(waiting, "", 1);
    close(waiting);
}
