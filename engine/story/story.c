#include "story/story.h"

#include "story/story_owned.h"

#include <assert.h>
#include <string.h>

static int32_t language_index(const struct story *s, const char *language)
{
    if (!language)
        return 0;
    for (int32_t i = 0; i < s->n_languages; i++)
        if (g_ascii_strcasecmp(s->languages[i], language) == 0)
            return i;
    /* For de-AT, any German will do. */
    const size_t n = strcspn(language, "-_");
    for (int32_t i = 0; i < s->n_languages; i++)
        if (strcspn(s->languages[i], "-_") == n && g_ascii_strncasecmp(s->languages[i], language, n) == 0)
            return i;
    return 0;
}

bool story_is_language_tag(const char *tag)
{
    const char *p = tag;
    int letters = 0;
    while (g_ascii_isalpha(*p))
        p++, letters++;
    if (letters < 2 || letters > 8)
        return false;
    while (*p == '-') {
        int n = 0;
        for (p++; g_ascii_isalnum(*p); p++)
            n++;
        if (n < 1 || n > 8)
            return false;
    }
    return *p == '\0';
}

const char *story_text(const struct story *s, int32_t id, const char *language)
{
    assert(id < s->n_texts);
    if (id < 0)
        return NULL;
    const char *translated = s->texts[(size_t)language_index(s, language) * (size_t)s->n_texts + (size_t)id];
    return translated ? translated : s->texts[id];
}

const char *story_act_title(const struct story *s, int32_t act, const char *language)
{
    assert(act < s->n_acts);
    if (act < 0)
        return NULL;
    const char *title = story_text(s, s->act_titles[act], language);
    return title ? title : s->acts[act];
}

bool story_has_roles(const struct story *s)
{
    for (int32_t i = 0; i < s->n_nodes; i++)
        if (s->nodes[i].role != STORY_ROLE_NONE)
            return true;
    return false;
}

const char *story_language(const struct story *s, const char *language)
{
    const char *found = s->languages[language_index(s, language)];
    return strcmp(found, "und") == 0 ? NULL : found;
}

const char *story_text_key(const struct story *s, int32_t id)
{
    assert(id < s->n_texts);
    return id < 0 ? NULL : s->text_keys[id];
}

bool story_track_is_films(const struct story_clip *c, const struct story_track *t)
{
    const bool own = c->path && strcmp(c->path, t->path) == 0;
    return c->kind == STORY_FILM && (t->clock == STORY_CLOCK_FILM || (t->clock == STORY_CLOCK_AS_FILE && own));
}

int64_t story_track_from_us(const struct story_clip *c, const struct story_track *t)
{
    return story_track_is_films(c, t) && c->from_us != US_NONE ? c->from_us : 0;
}

static int32_t find_name(GHashTable *index, const char *name)
{
    return GPOINTER_TO_INT(g_hash_table_lookup(index, name)) - 1;
}

int32_t story_find_node(const struct story *s, const char *name)
{
    return find_name(s->owned->nodes, name);
}

int32_t story_find_decision(const struct story *s, const char *name)
{
    return find_name(s->owned->decisions, name);
}

static bool had_name(const struct story *s, struct story_span was, const char *name)
{
    for (int32_t i = 0; i < was.n; i++)
        if (strcmp(s->former[was.first + i], name) == 0)
            return true;
    return false;
}

int32_t story_find_option(const struct story *s, int32_t decision, const char *name)
{
    assert(decision >= 0 && decision < s->n_decisions);
    const struct story_span options = s->decisions[decision].options;
    for (int32_t i = 0; i < options.n; i++) {
        const struct story_option *o = &s->options[options.first + i];
        if (strcmp(o->name, name) == 0 || had_name(s, o->was, name))
            return i;
    }
    return -1;
}

int32_t story_find_var(const struct story *s, const char *name)
{
    return find_name(s->owned->vars, name);
}

struct story_span story_value_was(const struct story *s, int32_t name)
{
    assert(name >= 0 && name < s->n_names);
    for (int32_t i = 0; i < s->n_renamed_values; i++)
        if (s->renamed_values[i].name == name)
            return s->renamed_values[i].was;
    return (struct story_span){0};
}

int32_t story_find_value(const struct story *s, const struct story_var *v, const char *name)
{
    assert(v->type == STORY_ENUM);
    for (int32_t i = 0; i < v->values.n; i++) {
        const int32_t at = v->values.first + i;
        if (strcmp(s->names[at], name) == 0 || had_name(s, story_value_was(s, at), name))
            return i;
    }
    return -1;
}

const char *story_first_name(const struct story *s, struct story_span was, const char *name)
{
    return was.n > 0 ? s->former[was.first] : name;
}

int32_t story_find_ending(const struct story *s, const char *name)
{
    for (int32_t i = 0; i < s->n_endings; i++)
        if (strcmp(s->endings[i].name, name) == 0 || had_name(s, s->endings[i].was, name))
            return i;
    return -1;
}

char *story_outcome_text(const struct story *s, const struct story_outcome *o)
{
    switch (o->kind) {
    case STORY_OUTCOME_NONE:
        return NULL;
    case STORY_OUTCOME_ENDED:
        return g_strdup("ending");
    case STORY_OUTCOME_ENDING:
        return g_strconcat("ending=", story_first_name(s, s->endings[o->index].was, s->endings[o->index].name), NULL);
    case STORY_OUTCOME_NODE:
        return g_strconcat("node=", story_first_name(s, s->nodes[o->index].was, s->nodes[o->index].name), NULL);
    case STORY_OUTCOME_PICK:
        break;
    }
    const struct story_decision *d = &s->decisions[o->index];
    const struct story_option *option = &s->options[o->option];
    return g_strconcat("took=", story_first_name(s, d->was, d->name), ":",
                       story_first_name(s, option->was, option->name), NULL);
}

void story_free(struct story *s)
{
    if (!s)
        return;
    story_owned_free(s->owned);
    g_free(s);
}
