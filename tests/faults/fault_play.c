/*
 * fault_play: puts fault_vfs.h under the whole player, preloaded (LD_PRELOAD) by tests/e2e/store.py, which compiles it:
 * cc -shared -fPIC … -lsqlite3. From the environment:
 *   FAULT_CONTROL  a file; while it contains one of the words below, that fault strikes every time
 *   FAULT_LOG      a file that gets a line when a fault begins to strike: its word
 */
#include "fault_vfs.h"

#include <pthread.h>
#include <stdio.h>

#define POLL_US 2000

static const struct {
    const char *word;
    enum fault_class fault_class;
    int rc;
    bool torn;
} faults[] = {
    {"full", FAULT_WRITE, SQLITE_FULL, false},
    {"short", FAULT_WRITE, SQLITE_FULL, true},
    {"error", FAULT_WRITE, SQLITE_IOERR_WRITE, false},
    {"readonly", FAULT_WRITE, SQLITE_READONLY, false},
};

static void read_word(char *word, size_t size)
{
    FILE *f = fopen(getenv("FAULT_CONTROL"), "re");
    word[0] = '\0';
    if (!f)
        return;
    if (!fgets(word, (int)size, f))
        word[0] = '\0';
    fclose(f);
}

static void tell(const char *word)
{
    FILE *f = fopen(getenv("FAULT_LOG"), "ae");
    if (!f)
        return;
    fprintf(f, "%s\n", word);
    fclose(f);
}

static void begin(const char *word)
{
    fault_disarm();
    atomic_store(&fault_gate_, strcmp(word, "hang") == 0);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strcmp(word, faults[i].word) == 0) {
            atomic_store(&fault_plan_.torn, faults[i].torn);
            fault_arm(faults[i].fault_class, faults[i].rc, 1, true);
        }
}

static bool strikes(void)
{
    return atomic_load(&fault_gate_) ? atomic_load(&fault_waiting_) > 0
                                     : atomic_load(&fault_plan_.fault_class) >= 0 && fault_landed() > 0;
}

static void *follow(void *unused)
{
    char now[32] = "", word[32];
    bool told = false;
    for (;; usleep(POLL_US)) {
        read_word(word, sizeof word);
        if (strcmp(word, now) != 0) {
            begin(strcpy(now, word));
            told = false;
        }
        if (!told && strikes()) {
            tell(now);
            told = true;
        }
    }
    return unused;
}

__attribute__((constructor)) static void start(void)
{
    pthread_t thread;
    fault_register();
    sqlite3_vfs_register(sqlite3_vfs_find(FAULT_VFS), 1);
    if (getenv("FAULT_CONTROL") && getenv("FAULT_LOG") && pthread_create(&thread, NULL, follow, NULL) == 0)
        pthread_detach(thread);
}
