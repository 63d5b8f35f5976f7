#include "play/menu.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

static_assert(STORY_OPTIONS_MAX <= 64, "the options of a decision are the bits of a uint64_t");

/* Every option on the panel once, and every open one among them. */
static bool menu_check(const struct menu *m)
{
    uint64_t on_panel = 0;
    assert(m->decision >= -1 && m->n >= 0 && m->n <= STORY_OPTIONS_MAX);
    for (int32_t i = 0; i < m->n; i++) {
        assert((on_panel >> m->options[i] & 1) == 0);
        on_panel |= UINT64_C(1) << m->options[i];
    }
    assert((m->open & ~on_panel) == 0);
    return true;
}

void menu_clear(struct menu *m)
{
    *m = (struct menu){.decision = -1};
}

void menu_make(struct menu *m, const struct story *s, const int32_t *state, int32_t decision)
{
    assert(decision >= 0 && decision < s->n_decisions);
    const struct story_span options = s->decisions[decision].options;
    const struct story_variant *v = play_variant(s, state, decision);
    menu_clear(m);
    m->decision = decision;
    m->open = play_options(s, state, decision);
    for (int32_t i = 0; i < options.n; i++) {
        const int32_t option = v && v->order.n > 0 ? s->orders[v->order.first + i] : i;
        if ((m->open >> option & 1) != 0 || s->options[options.first + option].locked >= 0)
            m->options[m->n++] = option;
    }
    assert(menu_check(m));
}

bool menu_can_pick(const struct menu *m, int32_t place)
{
    return place >= 0 && place < m->n && (m->open >> m->options[place] & 1) != 0;
}

int32_t menu_place(const struct menu *m, int32_t option)
{
    for (int32_t p = 0; p < m->n; p++)
        if (m->options[p] == option)
            return p;
    return -1;
}

struct menu_words menu_words(const struct story *s, const int32_t *state, int32_t option)
{
    assert(option >= 0 && option < s->n_options);
    const struct story_option *o = &s->options[option];
    struct menu_words words = {o->text, o->sub, o->image};
    for (int32_t i = 0; i < o->labels.n; i++) {
        const struct story_label *l = &s->labels[o->labels.first + i];
        if (!play_eval(s, state, l->when))
            continue;
        words.text = l->text >= 0 ? l->text : words.text;
        words.sub = l->sub >= 0 ? l->sub : words.sub;
        words.image = l->image ? l->image : words.image;
        break;
    }
    return words;
}

int32_t menu_code_length(const struct story *s, int32_t decision)
{
    const struct story_span options = s->decisions[decision].options;
    size_t longest = 0;
    for (int32_t i = 0; i < options.n; i++) {
        const char *code = s->options[options.first + i].code;
        longest = MAX(longest, code ? strlen(code) : 0);
    }
    assert(longest <= STORY_CODE_BYTES_MAX);
    return (int32_t)longest;
}

bool menu_code_has_letters(const struct story *s, int32_t decision)
{
    const struct story_span options = s->decisions[decision].options;
    for (int32_t i = 0; i < options.n; i++)
        for (const char *c = s->options[options.first + i].code; c && *c; c++)
            if (g_ascii_isalpha(*c))
                return true;
    return false;
}

int32_t menu_last_back(const struct story *s, const int32_t *state)
{
    for (int32_t i = state[PLAY_CHECKPOINTS] - 1; i >= 0; i--) {
        const int32_t decision = play_checkpoint(s, state, i);
        if (decision != state[PLAY_OPEN] && play_can_go_back(s, state, decision))
            return decision;
    }
    return -1;
}
