#include "shoot/shooting_lists.h"

#include "base/beneath.h"
#include "base/safe.h"
#include "shoot/fountain.h"

#include <stdlib.h>
#include <string.h>

static void end_row(GString *out, const char *const *fields, size_t n)
{
    safe_csv_fields(out, fields, n);
    g_string_append(out, "\r\n");
}

static const char *act_of(const struct story *s, int32_t node)
{
    return story_act_title(s, s->nodes[node].act, NULL);
}

static bool exists(const struct story *s, const char *path)
{
    g_autofree char *full = beneath_path(s->dir, path);
    return beneath_is_file(full);
}

/* ---- shots ---------------------------------------------------------------------------------------------------------- */

/* Seconds, or nothing where only the file knows. */
static char *seconds(int64_t us)
{
    return us == US_NONE ? NULL : g_strdup_printf("%.3f", (double)us / 1e6);
}

static char *list_tracks(const struct story *s, struct story_span span, bool *all_exist)
{
    GString *out = g_string_new(NULL);
    for (int32_t i = span.first; i < span.first + span.n; i++) {
        const struct story_track *t = &s->tracks[i];
        g_string_append_printf(out, "%s%s%s%s", out->len ? "; " : "", t->path, *t->language ? " " : "", t->language);
        *all_exist = *all_exist && exists(s, t->path);
    }
    return g_string_free(out, FALSE);
}

static char *list_props(const struct story *s, struct story_span span)
{
    GString *out = g_string_new(NULL);
    for (int32_t i = span.first; i < span.first + span.n; i++) {
        const int32_t prop = s->node_props[i];
        g_string_append_printf(out, "%s%s", out->len ? "; " : "",
                               s->prop_titles[prop] ? s->prop_titles[prop] : s->props[prop]);
    }
    return g_string_free(out, FALSE);
}

static char *list_notes(const struct story *s, int32_t node, bool todo)
{
    GString *out = g_string_new(NULL);
    for (int32_t i = 0; i < s->n_notes; i++)
        if (s->notes[i].node == node && s->notes[i].todo == todo)
            g_string_append_printf(out, "%s%s", out->len ? "; " : "", s->notes[i].text);
    return g_string_free(out, FALSE);
}

static void add_shot(const struct scenes *sc, int32_t scene, GString *out)
{
    static const char *const kinds[] = {
        [STORY_SILENT] = "none", [STORY_FILM] = "film", [STORY_STILL] = "still", [STORY_CARD] = "card"};
    const struct story *s = sc->story;
    const int32_t node = sc->nodes[scene];
    const struct story_node *n = &s->nodes[node];
    const struct story_clip *c = &n->clip;
    const int64_t first_us = c->from_us == US_NONE ? 0 : c->from_us;
    const int64_t us = c->kind == STORY_FILM && c->to_us != US_NONE ? c->to_us - first_us : c->for_us;
    bool tracks_exist = true;
    g_autofree char *number = g_strdup_printf("%d", scene + 1), *length = seconds(us), *from = seconds(c->from_us),
                    *to = seconds(c->to_us), *sounds = list_tracks(s, c->sounds, &tracks_exist),
                    *subtitles = list_tracks(s, c->subtitles, &tracks_exist),
                    *described = list_tracks(s, c->described, &tracks_exist),
                    *signs = list_tracks(s, c->signs, &tracks_exist), *props = list_props(s, n->props),
                    *todo = list_notes(s, node, true), *notes = list_notes(s, node, false);
    const bool all = (!c->path || exists(s, c->path)) && tracks_exist;
    const char *const fields[] = {number,
                                  n->name,
                                  act_of(s, node),
                                  scenes_title(s, node),
                                  kinds[c->kind],
                                  c->path,
                                  from,
                                  to,
                                  length,
                                  sounds,
                                  subtitles,
                                  described,
                                  signs,
                                  props,
                                  all ? "yes" : "no",
                                  todo,
                                  notes};
    end_row(out, fields, G_N_ELEMENTS(fields));
}

guint shooting_list_shots(const struct scenes *sc, GString *out)
{
    static const char *const columns[] = {"scene",  "node",  "act",     "title",  "kind",      "file",
                                          "from",   "to",    "seconds", "sounds", "subtitles", "described",
                                          "signed", "props", "exists",  "todo",   "note"};
    end_row(out, columns, G_N_ELEMENTS(columns));
    for (int32_t i = 0; i < sc->n; i++)
        add_shot(sc, i, out);
    return (guint)sc->n;
}

/* ---- lines ---------------------------------------------------------------------------------------------------------- */

struct spoken {
    char *speaker, *how, *words;
    int32_t scene, number; /* of the line in its scene, from 1 */
};

static void free_spoken(gpointer data)
{
    struct spoken *l = data;
    g_free(l->speaker);
    g_free(l->how);
    g_free(l->words);
    g_free(l);
}

/* Lines of one speech, which only a line's end parts, are one line to record. */
static void gather_scene(const struct scenes *sc, int32_t scene, GPtrArray *all)
{
    const char *script = sc->story->nodes[sc->nodes[scene]].script;
    g_autoptr(GPtrArray) lines = script ? fountain_parse(script) : g_ptr_array_new();
    struct spoken *now = NULL;
    int32_t number = 0;
    g_autofree char *how = NULL;
    for (guint i = 0; i < lines->len; i++) {
        const struct fountain_line *l = lines->pdata[i];
        if (l->kind == FOUNTAIN_PARENTHETICAL) {
            g_free(how);
            how = g_strdup(l->text);
            now = NULL;
        } else if (l->kind == FOUNTAIN_DIALOGUE && now) {
            char *longer = g_strconcat(now->words, " ", l->text, NULL);
            g_free(now->words);
            now->words = longer;
        } else if (l->kind == FOUNTAIN_DIALOGUE) {
            now = g_new(struct spoken, 1);
            *now = (struct spoken){g_strdup(l->speaker), g_steal_pointer(&how), g_strdup(l->text), scene, ++number};
            g_ptr_array_add(all, now);
        } else {
            now = NULL;
            g_clear_pointer(&how, g_free);
        }
    }
}

static gint by_speaker(gconstpointer pa, gconstpointer pb)
{
    const struct spoken *a = *(struct spoken *const *)pa, *b = *(struct spoken *const *)pb;
    const int order = g_utf8_collate(a->speaker, b->speaker);
    if (order != 0)
        return order;
    return a->scene != b->scene ? a->scene - b->scene : a->number - b->number;
}

/* "cellar-02-nell.wav": letters and digits of the speaker in small letters. */
static char *recording_name(const struct story *s, int32_t node, const struct spoken *l)
{
    g_autoptr(GString) speaker = g_string_new(NULL);
    for (const char *p = l->speaker; *p; p = g_utf8_next_char(p)) {
        const gunichar c = g_unichar_tolower(g_utf8_get_char(p));
        if (g_unichar_isalnum(c))
            g_string_append_unichar(speaker, c);
        else if (speaker->len && speaker->str[speaker->len - 1] != '-')
            g_string_append_c(speaker, '-');
    }
    return g_strdup_printf("%s-%02d-%s.wav", s->nodes[node].name, l->number, speaker->str);
}

guint shooting_list_lines(const struct scenes *sc, GString *out)
{
    static const char *const columns[] = {"speaker", "scene", "node",      "title",    "line",
                                          "how",     "words", "record_as", "goes_into"};
    const struct story *s = sc->story;
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(free_spoken);
    for (int32_t i = 0; i < sc->n; i++)
        gather_scene(sc, i, all);
    g_ptr_array_sort(all, by_speaker);
    end_row(out, columns, G_N_ELEMENTS(columns));
    for (guint i = 0; i < all->len; i++) {
        const struct spoken *l = all->pdata[i];
        const int32_t node = sc->nodes[l->scene];
        const struct story_clip *c = &s->nodes[node].clip;
        bool unused = true;
        g_autofree char *scene = g_strdup_printf("%d", l->scene + 1), *number = g_strdup_printf("%d", l->number),
                        *name = recording_name(s, node, l), *sounds = list_tracks(s, c->sounds, &unused);
        const char *const fields[] = {l->speaker,
                                      scene,
                                      s->nodes[node].name,
                                      scenes_title(s, node),
                                      number,
                                      l->how,
                                      l->words,
                                      name,
                                      c->sounds.n > 0         ? sounds
                                      : c->kind == STORY_FILM ? c->path
                                                              : NULL};
        end_row(out, fields, G_N_ELEMENTS(fields));
    }
    return all->len;
}
