#include "player/story_map.h"

#include "base/ini.h"
#include "player/viewer_file.h"

#include <assert.h>
#include <string.h>

#define FILE_NAME   "map.ini"
#define START_GROUP "start"
#define START_KEY   "start"
#define TIMEOUT_KEY "-" /* no name of an option */
#define WAYS_GROUP  "ways of "
#define LEADS_GROUP "transcripts"
#define DECISION    "decision "
#define ENDING      "ending "

struct story_map {
    const struct story *story;
    GKeyFile *file;
    bool kept, changed;
    GArray *ways;
    bool follows;          /* what comes next is where `from` leads */
    struct story_way from; /* `to` does not count */
    int32_t wanted;
};

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static char *group_of(const struct story_map *m, int32_t decision)
{
    return decision == STORY_MAP_START ? g_strdup(START_GROUP)
                                       : g_strconcat(WAYS_GROUP, m->story->decisions[decision].name, NULL);
}

static const char *key_of(const struct story_map *m, const struct story_way *w)
{
    if (w->decision == STORY_MAP_START)
        return START_KEY;
    if (w->option == STORY_MAP_TIMEOUT)
        return TIMEOUT_KEY;
    return m->story->options[m->story->decisions[w->decision].options.first + w->option].name;
}

static void read_way(struct story_map *m, struct story_way from, const char *to)
{
    from.ends = g_str_has_prefix(to, ENDING);
    from.to = -1;
    if (from.ends)
        from.to = story_find_ending(m->story, to + strlen(ENDING));
    else if (g_str_has_prefix(to, DECISION))
        from.to = story_find_decision(m->story, to + strlen(DECISION));
    if (from.to < 0) /* the story was edited since */
        return;
    g_array_append_val(m->ways, from);
}

static void read_answer(struct story_map *m, int32_t decision, int32_t option)
{
    const struct story_way from = {.decision = decision, .option = option};
    g_autofree char *group = group_of(m, decision);
    g_auto(GStrv) to = ini_list(m->file, group, key_of(m, &from));
    for (int i = 0; to && to[i]; i++)
        read_way(m, from, to[i]);
}

static void read_map(struct story_map *m)
{
    const struct story *s = m->story;
    read_answer(m, STORY_MAP_START, STORY_MAP_TIMEOUT);
    for (int32_t d = 0; d < s->n_decisions; d++)
        for (int32_t o = STORY_MAP_TIMEOUT; o < s->decisions[d].options.n; o++)
            read_answer(m, d, o);
}

static void write_way(struct story_map *m, const struct story_way *w)
{
    const struct story_ending *e = w->ends ? &m->story->endings[w->to] : NULL;
    const char *name = e ? story_first_name(m->story, e->was, e->name) : m->story->decisions[w->to].name;
    g_autofree char *group = group_of(m, w->decision), *to = g_strconcat(w->ends ? ENDING : DECISION, name, NULL);
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();
    g_auto(GStrv) before = ini_list(m->file, group, key_of(m, w));
    if (before)
        g_strv_builder_addv(all, (const char **)before);
    g_strv_builder_add(all, to);
    g_auto(GStrv) list = g_strv_builder_end(all);
    g_key_file_set_string_list(m->file, group, key_of(m, w), (const char *const *)list, g_strv_length(list));
    m->changed = true;
}

bool story_map_save(struct story_map *m, GError **error)
{
    if (!m->kept || !m->changed)
        return true;
    m->changed = !viewer_file_write(m->story, FILE_NAME, m->file, error);
    return !m->changed;
}

/* ---- making and freeing ------------------------------------------------------------------------------------------ */

struct story_map *story_map_new(const struct story *s, bool kept)
{
    struct story_map *m = g_new0(struct story_map, 1);
    *m = (struct story_map){
        .story = s,
        .file = kept ? viewer_file_read(s, FILE_NAME) : g_key_file_new(),
        .kept = kept,
        .ways = g_array_new(FALSE, FALSE, sizeof(struct story_way)),
        .follows = true,
        .from = {.decision = STORY_MAP_START, .option = STORY_MAP_TIMEOUT},
        .wanted = -1,
    };
    read_map(m);
    return m;
}

void story_map_free(struct story_map *m)
{
    if (!m)
        return;
    g_key_file_unref(m->file);
    g_array_unref(m->ways);
    g_free(m);
}

/* ---- finding ----------------------------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
    const struct story_way *x = a, *y = b;
    return x->decision != y->decision ? x->decision - y->decision : x->option - y->option;
}

static void find_way(struct story_map *m, bool ends, int32_t to)
{
    struct story_way w = m->from;
    w.ends = ends;
    w.to = to;
    for (guint i = 0; i < m->ways->len; i++) {
        const struct story_way *v = &g_array_index(m->ways, struct story_way, i);
        if (by_place(v, &w) == 0 && v->ends == ends && v->to == to)
            return;
    }
    g_array_append_val(m->ways, w);
    g_array_sort(m->ways, by_place);
    write_way(m, &w);
}

static void follow_open(struct story_map *m, int32_t decision)
{
    if (m->follows)
        find_way(m, false, decision);
    m->follows = false;
    m->wanted = decision;
}

/* Whoever goes back is asked again, and that is no way that the story leads. */
void story_map_effect(struct story_map *m, const struct play_effect *fx)
{
    if (fx->kind == PLAY_DID_OPEN)
        follow_open(m, fx->open.decision);
    else if (fx->kind == PLAY_DID_DECIDE) {
        m->follows = true;
        m->from = (struct story_way){.decision = fx->decide.decision, .option = fx->decide.option};
    } else if (fx->kind == PLAY_DID_END && m->follows)
        find_way(m, true, fx->end.ending);
    else if (fx->kind == PLAY_DID_REWIND)
        m->follows = false;
}

bool story_map_leads(const struct story_map *m, int32_t decision)
{
    return g_key_file_has_key(m->file, LEADS_GROUP, m->story->decisions[decision].name, NULL);
}

int32_t story_map_wanted(struct story_map *m)
{
    const int32_t d = m->wanted;
    m->wanted = -1;
    return d >= 0 && !story_map_leads(m, d) ? d : -1;
}

void story_map_keep(struct story_map *m, int32_t decision, const char *transcript)
{
    g_key_file_set_string(m->file, LEADS_GROUP, m->story->decisions[decision].name, transcript);
    m->changed = true;
}

char *story_map_transcript(const struct story_map *m, int32_t decision)
{
    return ini_text(m->file, LEADS_GROUP, m->story->decisions[decision].name);
}

const GArray *story_map_ways(const struct story_map *m)
{
    return m->ways;
}
