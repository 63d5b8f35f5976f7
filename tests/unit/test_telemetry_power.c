/*
 * Loss of power at random moments while a store is written: what was not flushed is there, is not there, or is torn.
 * What is found afterwards is whole, and a beginning of what was written. On a disk that promises flushes and does not
 * do them, only this can be promised: a store that is not whole is set aside, with a notice, and the next play is
 * recorded. Argument: a seed.
 */
#include "tap.h"
#include "test_store.h"
#include "test_telemetry.h"

#include "faults/power_vfs.h"
#include "telemetry/write/sink.h"

#include <glib/gstdio.h>
#include <stdlib.h>

#define EVENTS ((int)G_N_ELEMENTS(test_play))

static char *dir;

static void remove_files(const char *part)
{
    g_autoptr(GDir) d = g_dir_open(dir, 0, NULL);
    for (const char *name; (name = g_dir_read_name(d));)
        if (strstr(name, part)) {
            g_autofree char *file = g_build_filename(dir, name, NULL);
            g_unlink(file);
        }
}

/* Play number i, as one batch; its seed is i. */
static bool write_play(struct sink *s, int i)
{
    struct sink_entry entries[2 + G_N_ELEMENTS(test_play)] = {{0}};
    struct tel_viewing v = test_viewing(TEST_ID);
    struct sink_result result = {0};
    size_t n = 0;
    tel_new_id(v.id, TEST_START);
    v.seed = i;
    if (i == 0)
        entries[n++] = (struct sink_entry){.kind = SINK_STORY, .story = tel_story_copy(&test_story)};
    entries[n++] = (struct sink_entry){.kind = SINK_BEGIN, .viewing = g_memdup2(&v, sizeof v)};
    for (int k = 0; k < EVENTS; k++)
        entries[n++] = (struct sink_entry){.kind = SINK_EVENT, .seq = k + 1, .record = test_play[k]};
    const bool done = sink_write(s, entries, n, &result, NULL);
    g_free(result.notice);
    return done;
}

struct tally {
    int failures, sectors, losses, aside, empty, wrong;
};

/* What the next program finds. */
static void look(const char *path, int written, bool lies, struct tally *t)
{
    const struct store_options so = {.path = path};
    g_autoptr(GError) error = NULL;
    struct store *s = store_open(&so, &error);
    if (!s) {
        printf("# cannot be opened: %s\n", error->message);
        t->wrong++;
        return;
    }
    const int64_t viewings = ask(s, "SELECT count(*) FROM viewing"),
                  last = ask(s, "SELECT coalesce(max(seed), -1) FROM viewing");
    const int64_t events =
        ask(s, "SELECT (SELECT count(*) FROM visit) + (SELECT count(*) FROM leave) + (SELECT count(*) FROM "
               "exposure) + (SELECT count(*) FROM outcome) + (SELECT count(*) FROM reached) + (SELECT "
               "count(*) FROM finish)");
    const bool whole = ask(s, "SELECT integrity_check = 'ok' FROM pragma_integrity_check LIMIT 1") == 1;
    const bool head = viewings == last + 1 && events == viewings * EVENTS && viewings <= written;
    t->aside += s->aside != NULL;
    t->losses += viewings < written;
    t->empty += viewings == 0;
    if (!lies && (!whole || !head || s->aside)) {
        printf("# of %d: %d viewings up to %d, %d events, whole %d, aside %s\n", written, (int)viewings, (int)last,
               (int)events, whole, s->aside ? s->aside : "-");
        t->wrong++;
    }
    store_close(s);
}

/* The next play goes into what is there. */
static void play_on(const char *path, struct tally *t)
{
    const struct sink_options o = {.path = path};
    struct sink *s = sink_new(&o);
    bool done = false;
    for (int tries = 0; tries < 3 && !done;
         tries++) /* damage that shows only when it is written sets the store aside */
        done = write_play(s, 0);
    if (!done) {
        printf("# the next play cannot be recorded\n");
        t->wrong++;
    }
    sink_free(s);
}

static struct tally trial(GRand *rand, int plays, bool lies)
{
    g_autofree char *path = g_build_filename(dir, "t.sqlite", NULL), *copy = g_build_filename(dir, "copy.sqlite", NULL);
    const struct sink_options o = {.path = path, .vfs = POWER_VFS};
    struct tally t = {0};
    struct sink *s = sink_new(&o);
    power_lies(lies);
    for (int i = 0; i < plays; i++) {
        if (!write_play(s, i))
            t.wrong++;
        if (g_rand_int_range(rand, 0, 6) && i > 3)
            continue;
        t.failures++;
        t.sectors += power_fail(path, copy, rand);
        look(copy, i + 1, lies, &t);
        if (lies || t.failures % 8 == 0)
            play_on(copy, &t);
        remove_files("copy");
    }
    sink_free(s);
    remove_files("t.sqlite");
    g_hash_table_remove_all(power_contents_);
    return t;
}

int main(int argc, char **argv)
{
    const uint32_t seed = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1913;
    GRand *rand = g_rand_new_with_seed(seed);
    printf("# seed %u\n", seed);
    dir = g_dir_make_tmp("power-XXXXXX", NULL);
    power_register();

    const struct tally t = trial(rand, 200, false);
    ok(t.failures > 20 && t.sectors > 500 && t.losses > 10 && power_flushes_ > 3,
       "the power failed %d times, %d sectors were lost, %d times with the latest plays; %d flushes", t.failures,
       t.sectors, t.losses, power_flushes_);
    is_int(t.wrong, 0, "each time the store is whole, and a beginning of what was written");
    is_int(t.aside, 0, "none is set aside");
    ok(t.empty < t.failures, "what had been flushed is there: %d times nothing had been", t.empty);

    const struct tally u = trial(rand, 100, true);
    ok(power_lost_flushes_ > 2 && u.sectors > 500, "on a disk that lies about %d flushes: %d failures, %d sectors lost",
       power_lost_flushes_, u.failures, u.sectors);
    is_int(u.wrong, 0, "each time the store opens, and the next play is recorded");
    ok(u.losses > 0, "%d times something was lost, %d times all, %d stores were set aside", u.losses, u.empty, u.aside);

    power_unregister();
    g_rand_free(rand);
    g_rmdir(dir);
    g_free(dir);
    return tap_done();
}
