#include "player/signer.h"

#include "base/interrupt.h"
#include "media/deck.h"

#include <assert.h>
#include <string.h>

/* Of memory, for all that waits: a small picture needs little. */
#define WAITING_BYTES (INT64_C(48) * 1000000)
/* A patient one waits so long for one picture, asking in between whether to end. */
#define WAIT_US  (10 * US_PER_SECOND)
#define SLICE_US 500

struct signer {
    struct media *media;
    struct deck *deck;
    bool patient, given_up;
    unsigned coming; /* of what the deck was told last: film_coming_signs() */
    struct clip *clip;
    int64_t start_smp;       /* film position of its 0 */
    struct film_signs shown; /* what it shows; the path is its own, NULL: nothing is to be seen */
    struct frame *frame;
    uint64_t serial;
};

struct signer *signer_new(struct media *media, bool patient)
{
    struct signer *s = g_new0(struct signer, 1);
    s->media = media;
    s->deck = deck_new(media, &(struct deck_opts){.budget_bytes = WAITING_BYTES, .parallel = 1});
    s->patient = patient;
    s->start_smp = INT64_MIN;
    return s;
}

static void drop(struct signer *s)
{
    clip_close(g_steal_pointer(&s->clip));
    g_free((char *)s->shown.path);
    s->shown = (struct film_signs){0};
    if (s->frame)
        s->serial++;
    g_clear_pointer(&s->frame, frame_free);
}

void signer_free(struct signer *s)
{
    if (!s)
        return;
    drop(s);
    deck_free(s->deck);
    g_free(s);
}

/* Its name in the deck. */
static char *key_of(const struct film_signs *g)
{
    return g_strdup_printf("%s|%" G_GINT64_FORMAT "|%" G_GINT64_FORMAT, g->path, g->from_us, g->start_smp);
}

static bool same_signs(const struct film_signs *a, const struct film_signs *b)
{
    return g_strcmp0(a->path, b->path) == 0 && a->from_us == b->from_us && a->start_smp == b->start_smp;
}

static struct clip_spec spec_of(const struct film_signs *g)
{
    return (struct clip_spec){.path = g->path, .from_us = g->from_us, .start_smp = g->start_smp, .no_sound = true};
}

static bool is_wanted(const struct deck_want *wants, int n, const char *key)
{
    for (int i = 0; i < n; i++)
        if (g_str_equal(wants[i].key, key))
            return true;
    return false;
}

/* What comes next for sure has the highest priority. */
static void follow_coming(struct signer *s, const struct film *f)
{
    struct film_signs all[FILM_SIGNS_MAX];
    struct deck_want wants[FILM_SIGNS_MAX];
    unsigned serial;
    int n = 0;
    const int found = film_coming_signs(f, all, &serial);
    if (serial != s->coming) {
        for (int i = 0; i < found; i++) {
            char *key = key_of(&all[i]);
            if (is_wanted(wants, n, key))
                g_free(key);
            else
                wants[n++] = (struct deck_want){key, spec_of(&all[i]), found - i};
        }
        deck_want(s->deck, wants, n);
        s->coming = serial;
    }
    for (int i = 0; i < n; i++)
        g_free((char *)wants[i].key);
    deck_poll(s->deck);
}

/* The clip that plays is another one, or has other signs. */
static void begin(struct signer *s, const struct film_signs *now)
{
    drop(s);
    s->shown = *now;
    s->shown.path = g_strdup(now->path);
    s->given_up = false;
    if (!now->path)
        return;
    g_autofree char *key = key_of(now);
    struct clip_spec spec = spec_of(now);
    spec.at_once = true;
    s->clip = deck_take(s->deck, key, NULL);
    if (!s->clip)
        s->clip = clip_open(s->media, &spec);
    clip_play(s->clip);
}

/* A play that runs faster than time shows what a viewer would see. */
static void wait_for_picture(struct signer *s, int64_t pos_smp)
{
    const int64_t give_up = g_get_monotonic_time() + WAIT_US;
    while (!s->given_up && !interrupt_requested() && !clip_is_ready(s->clip, pos_smp)) {
        g_usleep(SLICE_US);
        s->given_up = g_get_monotonic_time() > give_up;
    }
}

void signer_follow(struct signer *s, const struct film *f, int64_t film_smp)
{
    const struct film_signs now = film_signs(f);
    const int64_t start_smp = film_node(f) < 0 ? INT64_MIN : film_smp_at(f, 0);
    if (start_smp != s->start_smp || !same_signs(&now, &s->shown))
        begin(s, &now);
    s->start_smp = start_smp;
    follow_coming(s, f);
    if (!s->clip)
        return;
    if (s->patient)
        wait_for_picture(s, film_smp - start_smp);
    struct frame *frame = clip_take_due(s->clip, film_smp - start_smp, NULL);
    if (!frame)
        return;
    frame_free(s->frame);
    s->frame = frame;
    s->serial++;
}

const struct frame *signer_picture(const struct signer *s, uint64_t *serial)
{
    *serial = s->serial;
    return s->frame;
}
