#include "player/seen_scenes.h"

#include "base/ini.h"
#include "player/film.h"
#include "player/viewer_file.h"

#include <assert.h>

#define FILE_NAME "seen.ini"
#define GROUP     "scenes"
#define WHOLE     "whole"

/* A position that is further on than this was not come to by watching. */
#define LEAP_US (2 * US_PER_SECOND)
/* A node of which no more than this is missing was seen to its end. */
#define END_US (US_PER_SECOND / 2)

struct seen_scenes {
    const struct story *story;
    GKeyFile *file; /* NULL: nothing is kept */
    int64_t *us;
    bool changed;
    int32_t node;  /* that was watched last, */
    int64_t at_us; /* until there */
};

static int64_t read_us(GKeyFile *file, const char *node)
{
    g_autofree char *value = ini_text(file, GROUP, node);
    if (!value || g_str_equal(value, WHOLE))
        return value ? FILM_SEEN_WHOLE : 0;
    const int64_t ms = g_ascii_strtoll(value, NULL, 10);
    return CLAMP(ms, 0, G_MAXINT32) * US_PER_MS;
}

struct seen_scenes *seen_scenes_new(const struct story *s, bool kept)
{
    struct seen_scenes *seen = g_new0(struct seen_scenes, 1);
    *seen = (struct seen_scenes){
        .story = s,
        .file = kept ? viewer_file_read(s, FILE_NAME) : NULL,
        .us = g_new0(int64_t, (gsize)s->n_nodes + 1),
        .node = -1,
    };
    for (int32_t n = 0; kept && n < s->n_nodes; n++) {
        const struct story_node *node = &s->nodes[n];
        seen->us[n] = read_us(seen->file, node->name);
        for (int32_t i = 0; i < node->was.n; i++)
            seen->us[n] = MAX(seen->us[n], read_us(seen->file, s->former[node->was.first + i]));
    }
    return seen;
}

void seen_scenes_free(struct seen_scenes *seen)
{
    if (!seen)
        return;
    g_clear_pointer(&seen->file, g_key_file_unref);
    g_free(seen->us);
    g_free(seen);
}

static void raise_to(struct seen_scenes *seen, int32_t node, int64_t us)
{
    if (us <= seen->us[node])
        return;
    seen->us[node] = us;
    seen->changed = true;
}

void seen_scenes_watch(struct seen_scenes *seen, int32_t node, int64_t pos_us, int64_t length_us)
{
    if (node < 0)
        return;
    assert(node < seen->story->n_nodes);
    const int64_t from_us = node == seen->node ? seen->at_us : 0, at_us = MAX(pos_us, 0);
    const bool watched = at_us >= from_us && at_us - from_us < LEAP_US && from_us <= seen->us[node];
    if (watched)
        raise_to(seen, node, at_us);
    if (length_us != US_NONE && length_us > 0 && seen->us[node] >= length_us - MIN(END_US, length_us / 2))
        raise_to(seen, node, FILM_SEEN_WHOLE);
    seen->node = node;
    seen->at_us = at_us;
}

const int64_t *seen_scenes_us(const struct seen_scenes *seen)
{
    return seen->us;
}

static void write_us(struct seen_scenes *seen, int32_t node)
{
    g_autofree char *ms = g_strdup_printf("%" G_GINT64_FORMAT, seen->us[node] / US_PER_MS);
    if (seen->us[node] > 0)
        g_key_file_set_string(seen->file, GROUP, seen->story->nodes[node].name,
                              seen->us[node] == FILM_SEEN_WHOLE ? WHOLE : ms);
}

bool seen_scenes_save(struct seen_scenes *seen, GError **error)
{
    if (!seen->file || !seen->changed)
        return true;
    for (int32_t n = 0; n < seen->story->n_nodes; n++)
        write_us(seen, n);
    seen->changed = !viewer_file_write(seen->story, FILE_NAME, seen->file, error);
    return !seen->changed;
}
