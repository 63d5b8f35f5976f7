#include "report/film_stills.h"

#include "base/beneath.h"
#include "base/confine.h"
#include "media/media.h"
#include "media/still_jpeg.h"

#include <string.h>

#define SIDE_MAX    240 /* pixels */
#define SECONDS_MAX 8   /* of a node */

/* Why a second has no picture. */
enum film_stills_lack { LACK_NONE, LACK_CHANGED, LACK_NO_PICTURE, LACK_FILE, LACK_ROOM, N_LACKS };

struct film_stills {
    const struct story *story;
    guint most, taken;
    struct media *media;   /* NULL until the first picture */
    GHashTable *stills;    /* key_of() -> base64, or "" where there is no picture */
    int64_t lack[N_LACKS]; /* how many seconds lack a picture, by why */
};

struct film_stills *film_stills_new(const struct story *s, guint most)
{
    struct film_stills *f = g_new0(struct film_stills, 1);
    f->story = s;
    f->most = MIN(most, FILM_STILLS_MOST);
    f->stills = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return f;
}

void film_stills_free(struct film_stills *f)
{
    if (!f)
        return;
    media_free(f->media);
    g_hash_table_unref(f->stills);
    g_free(f);
}

/* ---- which seconds ----------------------------------------------------------------------------------------------- */

static const struct story_node *node_of(const struct story *s, const struct survey_node *n)
{
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (strcmp(s->nodes[i].name, n->name) == 0)
            return &s->nodes[i];
    return NULL;
}

static char *key_of(const struct survey_node *n, int32_t second)
{
    return g_strdup_printf("%s/%016" G_GINT64_MODIFIER "x/%d", n->name, (uint64_t)n->hash, second);
}

static void begin_decoding(struct film_stills *f)
{
    if (f->media)
        return;
    confine_or_say(NULL);
    f->media = media_new();
}

static enum film_stills_lack take_picture(struct film_stills *f, const struct survey_node *n, int32_t second,
                                          bool pooled, char **jpeg)
{
    const struct story_node *node = node_of(f->story, n);
    if (!node || (!pooled && (int64_t)node->hash != n->hash))
        return LACK_CHANGED;
    if (node->clip.kind != STORY_FILM && node->clip.kind != STORY_STILL)
        return LACK_NO_PICTURE;
    if (f->taken >= f->most)
        return LACK_ROOM;
    begin_decoding(f);
    const bool film = node->clip.kind == STORY_FILM;
    g_autofree char *path = beneath_path(f->story->dir, node->clip.path);
    *jpeg = still_jpeg(f->media, path, film, film ? node->clip.from_us : 0, film ? node->clip.to_us : 0,
                       second * US_PER_SECOND + US_PER_SECOND / 2, SIDE_MAX);
    f->taken += *jpeg != NULL;
    return *jpeg ? LACK_NONE : LACK_FILE;
}

static void take_second(struct film_stills *f, const struct survey_node *n, int32_t second, bool pooled)
{
    g_autofree char *key = key_of(n, second);
    char *jpeg = NULL;
    if (g_hash_table_contains(f->stills, key))
        return;
    f->lack[take_picture(f, n, second, pooled, &jpeg)]++;
    g_hash_table_insert(f->stills, g_steal_pointer(&key), jpeg ? jpeg : g_strdup(""));
}

static void free_array(void *data)
{
    g_ptr_array_unref(data);
}

/* Of each node its worst second, then of each the next one: so a limit leaves out what matters least. */
static void take_film(struct film_stills *f, const struct survey_film *film, bool pooled)
{
    g_autoptr(GPtrArray) worst = g_ptr_array_new_with_free_func(free_array); /* of each node */
    for (guint i = 0; i < film->nodes->len; i++)
        g_ptr_array_add(worst,
                        drop_off_worst(((const struct survey_node *)film->nodes->pdata[i])->seconds, SECONDS_MAX));
    for (guint rank = 0; rank < SECONDS_MAX; rank++)
        for (guint i = 0; i < worst->len; i++) {
            const GPtrArray *of = worst->pdata[i];
            if (rank < of->len)
                take_second(f, film->nodes->pdata[i], ((const struct drop_off_second *)of->pdata[rank])->second,
                            pooled);
        }
}

void film_stills_take(struct film_stills *f, const struct survey *r)
{
    for (guint i = 0; i < r->films->len; i++) {
        const struct survey_film *film = r->films->pdata[i];
        if (strcmp(film->name, f->story->id) == 0)
            take_film(f, film, r->options.pool);
    }
}

const char *film_stills_at(const struct film_stills *f, const struct survey_node *n, int32_t second)
{
    if (!f)
        return NULL;
    g_autofree char *key = key_of(n, second);
    const char *jpeg = g_hash_table_lookup(f->stills, key);
    return jpeg && *jpeg ? jpeg : NULL;
}

char *film_stills_note(const struct film_stills *f)
{
    static const char *const why[N_LACKS] = {
        [LACK_CHANGED] = "the story no longer has their node, or has changed it",
        [LACK_NO_PICTURE] = "their node has no film",
        [LACK_FILE] = "the film is not there, ends before, or cannot be decoded",
        [LACK_ROOM] = "there are enough pictures (--stills)",
    };
    GString *note = g_string_new(NULL);
    g_string_append_printf(note, "The film's picture stands beside %u of the seconds in which most left.", f->taken);
    for (int i = LACK_NONE + 1; i < N_LACKS; i++)
        if (f->lack[i] > 0)
            g_string_append_printf(note, " %" G_GINT64_FORMAT " have none, because %s.", f->lack[i], why[i]);
    return g_string_free(note, FALSE);
}
