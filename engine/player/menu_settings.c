#include "player/menu_settings.h"

#include "base/words.h"
#include "player/extra_time.h"
#include "player/language_names.h"

#include <assert.h>

static const char *on_or_off(const struct menu_subject *o, bool on)
{
    return on ? controls_words(o->pages->controls, "on") : controls_words(o->pages->controls, "off");
}

/* ---- language ---------------------------------------------------------------------------------------------------- */

/* Language number `at` of those that the story's texts and tracks have; NULL: there are not so many. */
static const char *language_at(const struct menu_subject *o, int at)
{
    const struct story *s = o->story;
    if (at < s->n_languages)
        return s->languages[at];
    at -= s->n_languages;
    for (int32_t i = 0; i < s->n_tracks; i++) {
        bool known = s->tracks[i].language[0] == '\0';
        for (int32_t l = 0; l < s->n_languages && !known; l++)
            known = language_is_same(s->languages[l], s->tracks[i].language);
        for (int32_t k = 0; k < i && !known; k++)
            known = language_is_same(s->tracks[k].language, s->tracks[i].language);
        if (!known && at-- == 0)
            return s->tracks[i].language;
    }
    return NULL;
}

static int count_languages(const struct menu_subject *o)
{
    int n = 0;
    while (language_at(o, n))
        n++;
    return n;
}

static bool has_languages(const struct menu_subject *o)
{
    return count_languages(o) > 1;
}

static int language_now(const struct menu_subject *o)
{
    const char *now = controls_language(o->pages->controls);
    for (int i = 0; now && language_at(o, i); i++)
        if (language_is_same(now, language_at(o, i)))
            return i;
    return 0;
}

static void language_set(const struct menu_subject *o, int to)
{
    controls_set_language(o->pages->controls, o->film, o->scene, language_at(o, to));
    window_set_title(o->pages->window, story_text(o->story, o->story->title, language_at(o, to)));
}

static const char *language_words(const struct menu_subject *o, int at)
{
    return language_name(language_at(o, at));
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

static bool has_subtitles(const struct menu_subject *o)
{
    for (int32_t i = 0; i < o->story->n_nodes; i++)
        if (o->story->nodes[i].clip.subtitles.n > 0)
            return true;
    return false;
}

static int subtitles_now(const struct menu_subject *o)
{
    return controls_settings(o->pages->controls)->subtitles;
}

static void subtitles_set(const struct menu_subject *o, int to)
{
    controls_set_subtitles(o->pages->controls, o->scene, to != 0);
}

static const char *switch_words(const struct menu_subject *o, int at)
{
    return on_or_off(o, at != 0);
}

static int time_now(const struct menu_subject *o)
{
    return extra_time_index(controls_time_factor(o->pages->controls));
}

/* While a decision is open, time is never taken away. */
static int time_least(const struct menu_subject *o)
{
    return film_choice(o->film)->menu.decision >= 0 ? time_now(o) : 0;
}

static void time_set(const struct menu_subject *o, int to)
{
    controls_set_time_factor(o->pages->controls, o->film, extra_time_at(to));
}

static const char *time_words(const struct menu_subject *o, int at)
{
    return controls_words(o->pages->controls, extra_time_words(extra_time_at(at)));
}

static int speed_now(const struct menu_subject *o)
{
    return controls_speed_index(controls_speed(o->pages->controls));
}

static void speed_set(const struct menu_subject *o, int to)
{
    controls_set_speed(o->pages->controls, controls_speed_at(to));
}

static const char *speed_words(const struct menu_subject *o, int at)
{
    static const char *const words[] = {"50 %",  "60 %",  "75 %",  "90 %",  WORDS("the film's own"),
                                        "110 %", "125 %", "150 %", "175 %", "200 %"};
    static_assert(G_N_ELEMENTS(words) == CONTROLS_SPEEDS, "every speed has its words");
    return controls_words(o->pages->controls, words[at]);
}

#define VOLUME_STEP 5 /* per cent */

static int volume_now(const struct menu_subject *o)
{
    return controls_muted(o->pages->controls) ? 0
                                              : (controls_volume(o->pages->controls) + VOLUME_STEP / 2) / VOLUME_STEP;
}

static void volume_set(const struct menu_subject *o, int to)
{
    controls_set_volume(o->pages->controls, to * VOLUME_STEP);
}

static const char *volume_words(const struct menu_subject *o, int at)
{
    static const char *const words[] = {"0 %",  "5 %",  "10 %", "15 %", "20 %", "25 %", "30 %",
                                        "35 %", "40 %", "45 %", "50 %", "55 %", "60 %", "65 %",
                                        "70 %", "75 %", "80 %", "85 %", "90 %", "95 %", "100 %"};
    static_assert(G_N_ELEMENTS(words) == 100 / VOLUME_STEP + 1, "every step has its words");
    return controls_muted(o->pages->controls) ? controls_words(o->pages->controls, "muted") : words[at];
}

static const struct {
    int percent;
    const char *words;
} sizes[] = {{85, WORDS("small")},
             {100, WORDS("normal")},
             {125, WORDS("large")},
             {150, WORDS("larger")},
             {200, WORDS("largest")}};

static int size_now(const struct menu_subject *o)
{
    int nearest = 0;
    const int now = controls_settings(o->pages->controls)->text_size;
    for (int i = 0; i < (int)G_N_ELEMENTS(sizes); i++)
        nearest = ABS(sizes[i].percent - now) < ABS(sizes[nearest].percent - now) ? i : nearest;
    return nearest;
}

static void size_set(const struct menu_subject *o, int to)
{
    controls_set_text_size(o->pages->controls, sizes[to].percent);
}

static const char *size_words(const struct menu_subject *o, int at)
{
    return controls_words(o->pages->controls, sizes[at].words);
}

static int screen_now(const struct menu_subject *o)
{
    return window_fullscreen(o->pages->window);
}

static void screen_set(const struct menu_subject *o, int to)
{
    window_set_fullscreen(o->pages->window, to != 0);
}

#define SWITCH(text, member, turn)                                                                                     \
    {                                                                                                                  \
        MENU_APPEARANCE, text, 2, false, NULL, NULL, NULL, NULL, switch_words, offsetof(struct settings, member), turn \
    }

/* What can be set: `n` values, from 0 on; 0: as many as there are languages. */
static const struct setting {
    enum menu_place place;
    const char *text;
    int n;
    bool gauge;
    bool (*there)(const struct menu_subject *o); /* NULL: always */
    int (*now)(const struct menu_subject *o);
    int (*least)(const struct menu_subject *o); /* the first value that can be set now; NULL: 0 */
    void (*set)(const struct menu_subject *o, int to);
    const char *(*words)(const struct menu_subject *o, int at);
    size_t flag; /* of a switch, in place of `now` and `set`: which of struct settings it is, */
    void (*turn)(struct controls *c, bool on);
} settings[] = {
    {MENU_MAIN, WORDS("Language"), 0, false, has_languages, language_now, NULL, language_set, language_words, 0, NULL},
    {MENU_MAIN, WORDS("Subtitles"), 2, false, has_subtitles, subtitles_now, NULL, subtitles_set, switch_words, 0, NULL},
    {MENU_MAIN, WORDS("Time to decide"), EXTRA_TIME_SETTINGS, false, NULL, time_now, time_least, time_set, time_words,
     0, NULL},
    {MENU_MAIN, WORDS("Speed"), CONTROLS_SPEEDS, false, NULL, speed_now, NULL, speed_set, speed_words, 0, NULL},
    {MENU_MAIN, WORDS("Volume"), 100 / VOLUME_STEP + 1, true, NULL, volume_now, NULL, volume_set, volume_words, 0,
     NULL},
    {MENU_APPEARANCE, WORDS("Size of the text"), G_N_ELEMENTS(sizes), false, NULL, size_now, NULL, size_set, size_words,
     0, NULL},
    SWITCH(WORDS("High contrast"), high_contrast, controls_set_high_contrast),
    SWITCH(WORDS("Less motion"), reduced_motion, controls_set_reduced_motion),
    SWITCH(WORDS("Read aloud"), read_aloud, controls_set_read_aloud),
    SWITCH(WORDS("Mono sound"), mono, controls_set_mono),
    {MENU_APPEARANCE, WORDS("Full screen"), 2, false, NULL, screen_now, NULL, screen_set, switch_words, 0, NULL},
    SWITCH(WORDS("Wait while minimised"), wait_unseen, controls_set_wait_unseen),
};

static int value_now(const struct menu_subject *o, const struct setting *s)
{
    const char *all = (const char *)controls_settings(o->pages->controls);
    return s->turn ? *(const bool *)(all + s->flag) : s->now(o);
}

static int setting_count(const struct menu_subject *o, const struct setting *s)
{
    return s->n ? s->n : count_languages(o);
}

static int setting_least(const struct menu_subject *o, const struct setting *s)
{
    return s->least ? s->least(o) : 0;
}

void menu_settings_step(const struct menu_subject *o, int id, int step)
{
    assert(id >= MENU_SETTINGS && id < MENU_SETTINGS + (int)G_N_ELEMENTS(settings));
    const struct setting *s = &settings[id - MENU_SETTINGS];
    const int now = value_now(o, s), least = setting_least(o, s), n = setting_count(o, s);
    const int to = step ? now + step : now + 1 < n ? now + 1 : least;
    if (to < least || to >= n)
        return;
    if (s->turn)
        s->turn(o->pages->controls, to != 0);
    else
        s->set(o, to);
}

static void add_setting(const struct menu_subject *o, int index, struct page *p)
{
    const struct setting *s = &settings[index];
    const int now = value_now(o, s), n = setting_count(o, s);
    assert(now >= 0 && now < n);
    const struct page_item item = {.id = MENU_SETTINGS + index,
                                   .kind = VIEW_ITEM_SETTING,
                                   .text = controls_words(o->pages->controls, s->text),
                                   .value = s->words(o, now),
                                   .less = now > setting_least(o, s),
                                   .more = now + 1 < n,
                                   .gauge = s->gauge,
                                   .level = now * 100 / MAX(n - 1, 1)};
    page_add(p, &item);
}

void menu_settings_add(const struct menu_subject *o, enum menu_place place, struct page *p)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(settings); i++)
        if (settings[i].place == place && (!settings[i].there || settings[i].there(o)))
            add_setting(o, i, p);
}
