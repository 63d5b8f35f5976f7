/*
 * A fixed story goes on from any saved files: the place, the kept values and the place in memory that a killed program
 * left, one behind the other in the input, divided by lines of "%%". Whatever they hold, the film has a state that it
 * can be played on from.
 */
#include "base/paths.h"
#include "base/runtime.h"
#include "base/set_aside.h"
#include "file.h"
#include "play/play.h"
#include "play/transcript_text.h"
#include "play/resume.h"
#include "player/save.h"
#include "story_text.h"

#include <string.h>

const unsigned fuzz_runs = 1000;

static const char film[] = "frumious: 1\n"
                           "id: org.example.fuzz\n"
                           "title: Saved\n"
                           "version: \"1\"\n"
                           "start: hall\n"
                           "state:\n"
                           "  trust: {type: int, min: 0, max: 5, initial: 2}\n"
                           "  nights: {type: int, min: -3, max: 9, keep: viewer}\n"
                           "  learned: {type: bool, keep: viewer}\n"
                           "  mood: {type: enum, values: [low, high], keep: viewer}\n"
                           "nodes:\n"
                           "  hall:\n"
                           "    clip: {card: The hall, for: 20s}\n"
                           "    enter: [{do: trust = 3, when: not seen(hall)}, nights += 1]\n"
                           "    at: [{time: 4s, do: learned = true}]\n"
                           "    decision:\n"
                           "      id: which-door\n"
                           "      opens: 5s\n"
                           "      for: 9s\n"
                           "      default: left\n"
                           "      checkpoint: true\n"
                           "      options:\n"
                           "        left: {text: Left, do: trust += 1, goto: cellar}\n"
                           "        right: {text: Right, when: trust >= 3, goto: lottery}\n"
                           "        now: {text: Now, goto: attic}\n"
                           "  cellar:\n"
                           "    clip: {card: The cellar, for: 6s}\n"
                           "    decision:\n"
                           "      id: cut-it\n"
                           "      opens: 1s\n"
                           "      for: 4s\n"
                           "      cut: now\n"
                           "      timeout: {do: trust -= 1}\n"
                           "      options:\n"
                           "        rope: {text: The rope, goto: attic, do: learned = false}\n"
                           "        wire: {text: The wire, goto: quiet}\n"
                           "    next: attic\n"
                           "  quiet:\n"
                           "    enter: [trust = 0]\n"
                           "    next: [{when: \"picked(which-door, left)\", goto: attic}, {goto: hall}]\n"
                           "  attic:\n"
                           "    clip: {card: The attic, for: 4s}\n"
                           "    ending: {id: up, title: Up}\n"
                           "    next: [{when: count(attic) < 2, goto: back(which-door)}]\n"
                           "routes:\n"
                           "  lottery:\n"
                           "    - random: [{weight: 2, goto: cellar}, {weight: 1, goto: attic, when: learned}]\n";

static char *journal_path(const struct story *s)
{
    g_autofree char *folder = NULL, *file = paths_save(s->id, "last.transcript");
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, file, -1);
    const int fd = runtime_open(&folder);
    g_assert_true(fd >= 0);
    close(fd);
    return g_strconcat(folder, "/place-", sum, NULL);
}

/* Writes the part of the input that stands before the next divider, and goes behind it. */
static void put_part(const char *path, const uint8_t **at, const uint8_t *end)
{
    static const char divider[] = "%%\n";
    const uint8_t *stop = memmem(*at, (size_t)(end - *at), divider, strlen(divider));
    fuzz_put(path, *at, (size_t)((stop ? stop : end) - *at));
    *at = stop ? stop + strlen(divider) : end;
}

static const struct story *fixed_story(void)
{
    static struct story *s;
    if (!s)
        s = story_from_text(film);
    g_assert_nonnull(s);
    return s;
}

/* What the place leads to can be played on from. */
static void go_on(const struct story *s, const char *text, const int32_t *kept)
{
    struct viewing_place place;
    struct resume r;
    if (save_viewing(text, &place))
        g_assert_true(g_uuid_string_is_valid(place.id) && place.part_ms >= 0 && place.seq >= 0);
    resume_make(&r, s, text);
    if (r.state) {
        g_assert_true(play_check(s, r.state) && r.state[PLAY_PHASE] == PLAY_RUNNING && r.pos_us >= 0);
        resume_enter(&r, s);
    } else {
        r.state = g_new0(int32_t, (gsize)play_state_slots(s));
        play_init(s, r.state);
        g_assert_true(play_step(s, r.state, &(struct play_input){.kind = PLAY_START, .kept = kept}, NULL, NULL));
        g_assert_true(play_check(s, r.state));
    }
    resume_clear(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *at = data, *end = data + size;
    GError *error = NULL;
    int claim;
    fuzz_folder();
    const struct story *s = fixed_story();
    g_autofree char *place = paths_save(s->id, "last.transcript"), *values = paths_save(s->id, "kept.ini"),
                    *journal = journal_path(s);
    put_part(place, &at, end);
    put_part(values, &at, end);
    if (at < end)
        put_part(journal, &at, end);
    g_assert_true(save_claim(s, &claim) == SAVE_OURS);
    g_autofree int32_t *kept = save_load_kept(s);
    g_autofree char *text = save_load_transcript(s, &error);
    g_assert_true(text && !error);
    go_on(s, text, kept);
    save_release(claim);
    g_unlink(journal);
    set_aside_remove(place, NULL);
    set_aside_remove(values, NULL);
    return 0;
}
