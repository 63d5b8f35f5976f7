#include "story/story_files.h"

#include "base/beneath.h"

#include <glib.h>

static void visit_clip(const struct story *s, const struct story_clip *c, story_files_visit visit, void *user)
{
    if (c->path)
        visit(user, c->path, c, false);
    for (int32_t k = 0; k < c->sounds.n; k++)
        visit(user, s->tracks[c->sounds.first + k].path, NULL, false);
    for (int32_t k = 0; k < c->subtitles.n; k++)
        visit(user, s->tracks[c->subtitles.first + k].path, NULL, true);
    for (int32_t k = 0; k < c->described.n; k++)
        visit(user, s->tracks[c->described.first + k].path, NULL, false);
    for (int32_t k = 0; k < c->signs.n; k++)
        visit(user, s->tracks[c->signs.first + k].path, NULL, false);
}

static void visit_if_any(const char *path, story_files_visit visit, void *user)
{
    if (path)
        visit(user, path, NULL, false);
}

void story_files_each(const struct story *s, story_files_visit visit, void *user)
{
    for (int32_t i = 0; i < s->n_nodes; i++)
        visit_clip(s, &s->nodes[i].clip, visit, user);
    for (int32_t i = 0; i < s->n_decisions; i++) {
        visit_if_any(s->decisions[i].sound, visit, user);
        visit_if_any(s->decisions[i].bed, visit, user);
    }
    for (int32_t i = 0; i < s->n_cues; i++)
        visit_if_any(s->cues[i].sound, visit, user);
    for (int32_t i = 0; i < s->n_options; i++)
        visit_if_any(s->options[i].image, visit, user);
    for (int32_t i = 0; i < s->n_labels; i++)
        visit_if_any(s->labels[i].image, visit, user);
}

const char *story_files_poster(const struct story *s)
{
    static const char *const names[] = {"poster.jpg", "poster.png"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = beneath_path(s->dir, names[i]);
        if (beneath_is_file(path))
            return names[i];
    }
    return NULL;
}
