#include "player/choice.h"

#include "present/view.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

bool choice_check(const struct choice *c)
{
    const int32_t places = c->n_pad > 0 ? c->n_pad : c->menu.n;
    assert(c->focus >= -1 && c->focus < MAX(places, 1));
    assert(c->selected == -1 || menu_can_pick(&c->menu, menu_place(&c->menu, c->selected)));
    assert(c->menu.decision >= 0 ||
           (c->selected == -1 && c->typed[0] == '\0')); /* without a decision there is nothing to select or type */
    assert(c->changes >= 0 && (c->changes == 0 || c->selected >= 0));
    assert(memchr(c->typed, '\0', sizeof c->typed));
    return true;
}

void choice_clear(struct choice *c)
{
    memset(c, 0, sizeof *c);
    menu_clear(&c->menu);
    c->focus = c->first_focus = c->selected = -1;
}

/* Places that the panel shows. An option that nobody sees gets no focus and has no key. */
static int32_t shown_places(const struct choice *c)
{
    return MIN(c->menu.n, VIEW_OPTIONS_MAX);
}

static bool can_pick_shown(const struct choice *c, int32_t place)
{
    return place < shown_places(c) && menu_can_pick(&c->menu, place);
}

static int32_t place_of_option(const struct choice *c, int32_t option)
{
    const int32_t place = menu_place(&c->menu, option);
    return can_pick_shown(c, place) ? place : -1;
}

static int32_t first_open_place(const struct choice *c)
{
    for (int32_t p = 0; p < shown_places(c); p++)
        if (menu_can_pick(&c->menu, p))
            return p;
    return -1;
}

/* Every place that can be picked is equally likely, so that the focus does not favour one of them. */
static int32_t random_open_place(const struct choice *c, uint32_t random)
{
    int32_t n = 0;
    for (int32_t p = 0; p < shown_places(c); p++)
        n += menu_can_pick(&c->menu, p);
    if (n == 0)
        return -1;
    int32_t k = (int32_t)(((uint64_t)random * (uint64_t)n) >> 32);
    for (int32_t p = 0; p < shown_places(c); p++)
        if (menu_can_pick(&c->menu, p) && k-- == 0)
            return p;
    return -1;
}

/* `fallback`: the default option, or -1. */
static int32_t start_focus(const struct choice *c, const struct story_decision *d, int32_t fallback, uint32_t random)
{
    int32_t place = -1;
    switch (d->focus) {
    case STORY_FOCUS_DEFAULT:
        place = fallback >= 0 ? place_of_option(c, fallback) : -1;
        break;
    case STORY_FOCUS_RANDOM:
        place = random_open_place(c, random);
        break;
    case STORY_FOCUS_OPTION:
        place = place_of_option(c, d->focus_option);
        break;
    }
    return place >= 0 ? place : first_open_place(c);
}

/* The keys in the pad's order (present/view.h); \b deletes, \r confirms. */
static const char *pad_keys(const struct story *s, int32_t decision)
{
    return menu_code_has_letters(s, decision) ? "ABCDEFGHIJKLMNOPQRSTUVWXYZ\b\r" : "1234567890\b\r";
}

uint32_t choice_pad_key(const struct choice *c, const struct story *s)
{
    const char key = pad_keys(s, c->menu.decision)[c->focus];
    return key == '\b' ? 0 : (uint32_t)key;
}

void choice_open(struct choice *c, const struct story *s, const int32_t *state, int64_t pos_us, uint32_t random)
{
    choice_clear(c);
    menu_make(&c->menu, s, state, state[PLAY_OPEN]);
    if (s->decisions[c->menu.decision].layout == STORY_CODE) {
        c->n_pad = (int32_t)strlen(pad_keys(s, c->menu.decision));
        c->focus = 0;
    } else
        c->focus = c->first_focus =
            start_focus(c, &s->decisions[c->menu.decision], play_default_option(s, state, c->menu.decision), random);
    c->opened_us = pos_us;
    assert(choice_check(c));
}

bool choice_move(struct choice *c, int32_t n)
{
    const int32_t step = n < 0 ? -1 : 1;
    if (c->n_pad > 0) {
        c->focus = (c->focus + n + c->n_pad) % c->n_pad;
        c->pointed = true;
        return true;
    }
    return choice_set_focus(c, c->focus + step);
}

bool choice_set_focus(struct choice *c, int32_t place)
{
    if (c->n_pad > 0 || place < 0 || place >= shown_places(c))
        return false;
    c->focus = place;
    return true;
}

/* Selects nothing if the option belongs to a decision that has closed meanwhile. */
void choice_take_back(struct choice *c, int32_t option)
{
    c->selected = menu_can_pick(&c->menu, menu_place(&c->menu, option)) ? option : -1;
    assert(choice_check(c));
}

void choice_set_waited(struct choice *c, int64_t waited_us)
{
    assert(waited_us >= 0);
    c->waited_us = waited_us;
}

bool choice_select(struct choice *c, int32_t place, int64_t pos_us, enum viewing_device device)
{
    if (!menu_can_pick(&c->menu, place))
        return false;
    const int32_t option = c->menu.options[place];
    c->focus = place;
    if (option == c->selected)
        return true;
    c->changes += c->selected >= 0;
    c->selected = option;
    c->selected_us = pos_us;
    c->selected_waited_us = c->waited_us;
    c->device = device;
    assert(choice_check(c));
    return true;
}

int64_t choice_latency_us(const struct choice *c, bool picked, int64_t pos_us)
{
    const int64_t until_us = picked ? c->selected_us + c->selected_waited_us : pos_us + c->waited_us;
    return MAX(until_us - c->opened_us, 0);
}

/* Of the places for which `suits` holds, the only one that can be picked; where none of these can be, the only one that is locked. -1:
 * there is none, or several. */
static int32_t only_place(const struct choice *c,
                          bool (*suits)(const struct choice *c, int32_t place, const void *what), const void *what)
{
    int32_t found = -1, n = 0;
    for (int pass = 0; pass < 2 && n == 0; pass++)
        for (int32_t p = 0; p < shown_places(c); p++)
            if (menu_can_pick(&c->menu, p) == (pass == 0) && suits(c, p, what)) {
                found = p;
                n++;
            }
    return n == 1 ? found : -1;
}

/* What a key is compared with. */
struct key_wish {
    const struct story *story;
    const int32_t *state; /* NULL, with `language`: an option's own key alone counts */
    const char *language;
    gunichar character; /* in lower case */
};

static int32_t option_at(const struct choice *c, const struct story *s, int32_t place)
{
    return s->decisions[c->menu.decision].options.first + c->menu.options[place];
}

static bool has_key(const struct choice *c, int32_t place, const void *what)
{
    const struct key_wish *w = what;
    const char *key = w->story->options[option_at(c, w->story, place)].key;
    return key && g_utf8_strlen(key, -1) == 1 && g_unichar_tolower(g_utf8_get_char(key)) == w->character;
}

static bool begins_with(const struct choice *c, int32_t place, const void *what)
{
    const struct key_wish *w = what;
    const struct menu_words words = menu_words(w->story, w->state, option_at(c, w->story, place));
    const char *text = story_text(w->story, words.text, w->language);
    return text && g_unichar_tolower(g_utf8_get_char(text)) == w->character;
}

int32_t choice_place_of_key(const struct choice *c, const struct story *s, uint32_t character)
{
    const struct key_wish wish = {.story = s, .character = g_unichar_tolower(character)};
    return only_place(c, has_key, &wish);
}

int32_t choice_place_of_letter(const struct choice *c, const struct story *s, const int32_t *state,
                               const char *language, uint32_t letter)
{
    const struct key_wish wish = {s, state, language, g_unichar_tolower(letter)};
    const int32_t own = only_place(c, has_key, &wish);
    return own >= 0 ? own : only_place(c, begins_with, &wish);
}

/* The option whose code is typed, else the option for wrong codes, -1: there is none. */
static int32_t option_of_code(const struct choice *c, const struct story *s)
{
    const struct story_decision *d = &s->decisions[c->menu.decision];
    int32_t wrong = -1;
    for (int32_t i = 0; i < d->options.n; i++) {
        const char *code = s->options[d->options.first + i].code;
        if ((c->menu.open >> i & 1) == 0)
            continue;
        if (!code)
            wrong = i;
        else if (g_ascii_strcasecmp(code, c->typed) == 0)
            return i;
    }
    return wrong;
}

int32_t choice_type(struct choice *c, const struct story *s, uint32_t character)
{
    const struct story_decision *d = &s->decisions[c->menu.decision];
    const size_t length = (size_t)menu_code_length(s, c->menu.decision); /* only then can a code be wrong */
    size_t n = strlen(c->typed);
    c->pointed &= character == choice_pad_key(c, s);
    if (character == '\r')
        return n > 0 ? option_of_code(c, s) : -1;
    if (character == 0) {
        if (n > 0)
            c->typed[n - 1] = '\0';
        return -1;
    }
    if (character > 127 || !g_ascii_isalnum((char)character) || n >= length)
        return -1;
    c->typed[n++] = (char)g_ascii_toupper((char)character);
    c->typed[n] = '\0';
    const int32_t option = option_of_code(c, s);
    const bool right = option >= 0 && s->options[d->options.first + option].code;
    return n == length || right ? option : -1;
}
