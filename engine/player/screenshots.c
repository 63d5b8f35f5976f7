#include "player/screenshots.h"
#include "media/frame.h"

#include <assert.h>
#include <errno.h>
#include <gio/gio.h>

/* By then the panel is in place and its bar has begun to shrink. */
#define DECISION_AFTER_US (INT64_C(1200) * US_PER_MS)
#define ENDING_AFTER_US   (INT64_C(2000) * US_PER_MS)

struct screenshots {
    const struct story *story;
    char *folder;
    bool cuts;
    int number;
    int32_t node;     /* the last one seen */
    int32_t decision; /* the last one photographed */
    int32_t ending;
};

struct screenshots *screenshots_new(const char *folder, const struct story *s, bool cuts, GError **error)
{
    if (g_mkdir_with_parents(folder, 0777) != 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't create %s: %s", folder, g_strerror(errno));
        return NULL;
    }
    struct screenshots *p = g_new0(struct screenshots, 1);
    p->story = s;
    p->folder = g_strdup(folder);
    p->cuts = cuts;
    p->node = p->decision = p->ending = -1;
    return p;
}

void screenshots_free(struct screenshots *p)
{
    if (!p)
        return;
    g_free(p->folder);
    g_free(p);
}

bool screenshots_write(const char *folder, const char *name, struct window *w, GError **error)
{
    int width, height, pitch;
    const char *why = NULL;
    g_autofree char *path = g_strdup_printf("%s/%s.png", folder, name);
    const uint8_t *pixels = window_read(w, &width, &height, &pitch);
    if (!pixels)
        return true; /* nothing was drawn yet */
    if (frame_write_png(path, pixels, width, height, pitch, &why))
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "can't write %s: %s", path, why);
    return false;
}

bool screenshots_take(struct screenshots *p, const char *name, struct window *w, GError **error)
{
    return screenshots_write(p->folder, name, w, error);
}

static char *numbered(struct screenshots *p, const char *prefix, const char *what)
{
    g_autofree char *plain = g_uri_escape_string(what, NULL, TRUE); /* ids are untrusted text */
    return g_strdup_printf("%02d-%s%s", ++p->number, prefix, plain);
}

static bool decision_due(struct screenshots *p, struct film *f)
{
    const struct choice *c = film_choice(f);
    if (c->menu.decision < 0 || c->menu.decision == p->decision)
        return false;
    const struct story_decision *d = &p->story->decisions[c->menu.decision];
    return film_pos_us(f) - d->opens_us >= MIN(DECISION_AFTER_US, (d->closes_us - d->opens_us) / 3);
}

static bool ending_due(struct screenshots *p, struct film *f)
{
    const int64_t pos = film_pos_us(f), length = film_length_us(f);
    return p->story->nodes[p->node].ending >= 0 && p->ending < 0 &&
           (pos >= ENDING_AFTER_US || (length != US_NONE && pos >= length / 2));
}

char *screenshots_due(struct screenshots *p, struct film *f)
{
    const int32_t node = film_node(f);
    assert(p->node < p->story->n_nodes && p->number >= 0);
    if (node < 0)
        return NULL;
    if (node != p->node) {
        p->node = node;
        p->decision = p->ending = -1;
        if (p->cuts)
            return numbered(p, "", p->story->nodes[node].name);
    }
    if (decision_due(p, f)) {
        p->decision = film_choice(f)->menu.decision;
        return numbered(p, "", p->story->decisions[p->decision].name);
    }
    if (ending_due(p, f)) {
        p->ending = p->story->nodes[node].ending;
        return numbered(p, "ending-", p->story->endings[p->ending].name);
    }
    return NULL;
}
