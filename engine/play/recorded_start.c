#include "play/recorded_start.h"

#include <string.h>

/* "NAME=VALUE" for each `set` line, as in variant_new(). */
static void add_recorded(const struct transcript *t, GStrvBuilder *all)
{
    for (int32_t i = 0; i < transcript_n_sets(t); i++) {
        const struct transcript_value *set = transcript_get_set(t, i);
        g_autofree char *text = g_strconcat(set->var, "=", set->value, NULL);
        g_strv_builder_add(all, text);
    }
}

struct variant *recorded_start(const struct story *s, const struct transcript *t, const char *from, char *const *sets,
                               GError **error)
{
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    const bool ours = t && (!*transcript_story_id(t) || strcmp(transcript_story_id(t), s->id) == 0);
    if (ours)
        add_recorded(t, all);
    if (sets)
        g_strv_builder_addv(all, (const char **)(gpointer)sets);
    if (ours && !from)
        from = transcript_header(t)->from;
    g_auto(GStrv) values = g_strv_builder_end(all);
    struct variant *v = variant_new(s, from, values, error);
    if (!v && ours && transcript_begins_elsewhere(t))
        g_prefix_error(error, "to begin as the transcript does: ");
    return v;
}
