#include "player/menu_settings.h"

#include "base/words.h"
#include "player/extra_time.h"
#include "player/language_names.h"
#include "player/track_list.h"

#include <assert.h>
#include <string.h>

static const char *on_or_off(const struct menu_subject *o, bool on)
{
    return on ? controls_words(o->pages->controls, "on") : controls_words(o->pages->controls, "off");
}

/* ---- language ---------------------------------------------------------------------------------------------------- */

GPtrArray *menu_languages_new(void)
{
    GPtrArray *languages = g_ptr_array_new();
    menu_languages_add(languages, "en"); /* which the words are written in */
    for (const struct words_language *l = words_languages; l->tag; l++)
        menu_languages_add(languages, l->tag);
    return languages;
}

void menu_languages_add(GPtrArray *languages, const char *tag)
{
    bool known = tag[0] == '\0' || strcmp(tag, "und") == 0; /* it is none in particular */
    for (guint i = 0; i < languages->len && !known; i++)
        known = language_is_same(languages->pdata[i], tag);
    if (!known)
        g_ptr_array_add(languages, (gpointer)g_intern_string(tag));
}

void menu_languages_add_story(GPtrArray *languages, const struct story *s)
{
    for (int32_t i = 0; i < s->n_languages; i++)
        menu_languages_add(languages, s->languages[i]);
    for (int32_t i = 0; i < s->n_tracks; i++)
        menu_languages_add(languages, s->tracks[i].language);
}

static bool plays(const struct menu_subject *o)
{
    return o->film != NULL;
}

/* Of those that can be wished for, the first is that of the desktop: "". */
static const char *wished_language_at(const struct menu_subject *o, int at)
{
    return at == 0 ? "" : at <= (int)o->languages->len ? o->languages->pdata[at - 1] : NULL;
}

/* Language number `at` of those that the story's texts and tracks have; NULL: there are not so many. */
static const char *language_at(const struct menu_subject *o, int at)
{
    const struct story *s = o->story;
    if (!plays(o))
        return wished_language_at(o, at);
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
    const struct controls *c = o->pages->controls;
    const char *now = plays(o) ? controls_language(c) : controls_settings(c)->language;
    for (int i = plays(o) ? 0 : 1; now && language_at(o, i); i++)
        if (language_is_same(now, language_at(o, i)))
            return i;
    return 0;
}

static void language_set(const struct menu_subject *o, int to)
{
    struct controls *c = o->pages->controls;
    if (plays(o))
        controls_set_language(c, o->film, o->scene, language_at(o, to));
    else
        controls_wish_language(c, o->story, language_at(o, to));
    if (o->story)
        window_set_title(o->pages->window, story_text(o->story, o->story->title, controls_language(c)));
}

static const char *language_words(const struct menu_subject *o, int at)
{
    const char *tag = language_at(o, at);
    return tag[0] ? language_name(tag) : controls_words(o->pages->controls, "as the desktop");
}

/* ---- the others -------------------------------------------------------------------------------------------------- */

static struct track_list tracks_of(const struct menu_subject *o, enum stream_kind kind)
{
    struct track_list l;
    const struct segment_tracks now = controls_tracks(o->pages->controls);
    if (plays(o))
        track_list_make(&l, o->story, o->film, kind);
    else
        track_list_wishes(&l, o->languages, kind == STREAM_SOUND ? &now.sound : &now.text);
    return l;
}

static bool has_subtitles(const struct menu_subject *o)
{
    return tracks_of(o, STREAM_TEXT).n > 0;
}

static bool has_sounds(const struct menu_subject *o)
{
    return tracks_of(o, STREAM_SOUND).n > 1;
}

/* ---- somebody who signs ------------------------------------------------------------------------------------------ */

static const struct {
    int percent;
    const char *words;
} signers[] = {{0, WORDS("off")}, {25, WORDS("small")}, {35, WORDS("normal")}, {50, WORDS("large")}};

static bool has_signer(const struct menu_subject *o)
{
    bool has = !o->story; /* one that comes may have somebody */
    for (int32_t i = 0; o->story && i < o->story->n_nodes; i++)
        has |= o->story->nodes[i].clip.signs.n > 0;
    return has;
}

static int signer_now(const struct menu_subject *o)
{
    int nearest = 0;
    const int now = controls_settings(o->pages->controls)->signer;
    for (int i = 1; i < (int)G_N_ELEMENTS(signers) && now > 0; i++)
        nearest = nearest == 0 || ABS(signers[i].percent - now) < ABS(signers[nearest].percent - now) ? i : nearest;
    return nearest;
}

static void signer_set(const struct menu_subject *o, int to)
{
    controls_set_signer(o->pages->controls, o->film, signers[to].percent);
}

static const char *signer_words(const struct menu_subject *o, int at)
{
    return controls_words(o->pages->controls, signers[at].words);
}

bool menu_settings_has_tracks(const struct menu_subject *o)
{
    return has_subtitles(o) || has_sounds(o) || has_signer(o);
}

/* In which language the film has it, if the viewer does not say otherwise. */
static struct stream_wish spoken(const struct menu_subject *o, struct stream_wish wish)
{
    const char *texts = controls_language(o->pages->controls);
    if (!wish.language && plays(o))
        wish.language = texts && *texts ? texts : o->story->languages[0];
    return wish;
}

/* The first value is none. */
static int subtitles_count(const struct menu_subject *o)
{
    return tracks_of(o, STREAM_TEXT).n + 1;
}

static int subtitles_now(const struct menu_subject *o)
{
    const struct settings *set = controls_settings(o->pages->controls);
    const struct track_list l = tracks_of(o, STREAM_TEXT);
    const struct stream_wish wish = spoken(o, set->text);
    return set->subtitles ? track_list_find(&l, &wish) + 1 : 0;
}

static void subtitles_set(const struct menu_subject *o, int to)
{
    const struct track_list l = tracks_of(o, STREAM_TEXT);
    if (to > 0)
        controls_set_text(o->pages->controls, o->film, &l.all[to - 1]);
    controls_set_subtitles(o->pages->controls, o->scene, to > 0);
}

static const char *subtitles_words(const struct menu_subject *o, int at)
{
    const struct track_list l = tracks_of(o, STREAM_TEXT);
    return at == 0 ? on_or_off(o, false)
                   : track_list_words(&l, at - 1, STREAM_TEXT, controls_language(o->pages->controls));
}

static int sound_count(const struct menu_subject *o)
{
    return tracks_of(o, STREAM_SOUND).n;
}

static int sound_now(const struct menu_subject *o)
{
    const struct track_list l = tracks_of(o, STREAM_SOUND);
    const struct stream_wish wish = spoken(o, controls_tracks(o->pages->controls).sound);
    return track_list_find(&l, &wish);
}

static void sound_set(const struct menu_subject *o, int to)
{
    const struct track_list l = tracks_of(o, STREAM_SOUND);
    controls_set_sound(o->pages->controls, o->film, &l.all[to]);
}

static const char *sound_words(const struct menu_subject *o, int at)
{
    const struct track_list l = tracks_of(o, STREAM_SOUND);
    return track_list_words(&l, at, STREAM_SOUND, controls_language(o->pages->controls));
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
    return plays(o) && film_choice(o->film)->menu.decision >= 0 ? time_now(o) : 0;
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

static int nearest_size(int percent)
{
    int nearest = 0;
    for (int i = 0; i < (int)G_N_ELEMENTS(sizes); i++)
        nearest = ABS(sizes[i].percent - percent) < ABS(sizes[nearest].percent - percent) ? i : nearest;
    return nearest;
}

static int size_now(const struct menu_subject *o)
{
    return nearest_size(controls_settings(o->pages->controls)->text_size);
}

static void size_set(const struct menu_subject *o, int to)
{
    controls_change(o->pages->controls)->text_size = sizes[to].percent;
}

static const char *size_words(const struct menu_subject *o, int at)
{
    return controls_words(o->pages->controls, sizes[at].words);
}

/* ---- how subtitles look ------------------------------------------------------------------------------------------ */

static int subtitle_size_now(const struct menu_subject *o)
{
    const int percent = controls_settings(o->pages->controls)->subtitle_size;
    return percent == 0 ? 0 : nearest_size(percent) + 1;
}

static void subtitle_size_set(const struct menu_subject *o, int to)
{
    controls_change(o->pages->controls)->subtitle_size = to == 0 ? 0 : sizes[to - 1].percent;
}

static const char *subtitle_size_words(const struct menu_subject *o, int at)
{
    return at == 0 ? controls_words(o->pages->controls, "as all text") : size_words(o, at - 1);
}

static int place_now(const struct menu_subject *o)
{
    return (int)controls_settings(o->pages->controls)->subtitle_place;
}

static void place_set(const struct menu_subject *o, int to)
{
    controls_change(o->pages->controls)->subtitle_place = (enum subs_place)to;
}

static const char *place_words(const struct menu_subject *o, int at)
{
    static const char *const words[] = {
        [SUBS_BOTTOM] = WORDS("bottom"), [SUBS_HIGHER] = WORDS("higher"), [SUBS_TOP] = WORDS("top")};
    return controls_words(o->pages->controls, words[at]);
}

static int background_now(const struct menu_subject *o)
{
    return (int)controls_settings(o->pages->controls)->subtitle_background;
}

static void background_set(const struct menu_subject *o, int to)
{
    controls_change(o->pages->controls)->subtitle_background = (enum subs_background)to;
}

static const char *background_words(const struct menu_subject *o, int at)
{
    static const char *const words[] = {
        [SUBS_OUTLINE] = WORDS("outline"), [SUBS_BOX] = WORDS("box"), [SUBS_NO_BACKGROUND] = WORDS("none")};
    return controls_words(o->pages->controls, words[at]);
}

/* ---- faces ------------------------------------------------------------------------------------------------------- */

/* The first value is none in particular; behind the families that can be chosen comes one that only the settings' file names. */
static int count_faces(const struct menu_subject *o, const char *now)
{
    const char *const *all = window_font_families(o->pages->window);
    const int n = (int)g_strv_length((char **)all);
    return 1 + n + (now && !g_strv_contains(all, now));
}

static const char *face_at(const struct menu_subject *o, const char *now, int at)
{
    const char *const *all = window_font_families(o->pages->window);
    return at == 0 ? NULL : at <= (int)g_strv_length((char **)all) ? all[at - 1] : now;
}

static int face_index(const struct menu_subject *o, const char *now)
{
    int at = 0;
    while (now && at + 1 < count_faces(o, now) && g_strcmp0(face_at(o, now, at), now) != 0)
        at++;
    return at;
}

static const char *subtitle_face(const struct menu_subject *o)
{
    return controls_settings(o->pages->controls)->subtitle_face;
}

static const char *own_face(const struct menu_subject *o)
{
    return controls_settings(o->pages->controls)->face;
}

static int subtitle_faces(const struct menu_subject *o)
{
    return count_faces(o, subtitle_face(o));
}

static int subtitle_face_now(const struct menu_subject *o)
{
    return face_index(o, subtitle_face(o));
}

static void subtitle_face_set(const struct menu_subject *o, int to)
{
    controls_change(o->pages->controls)->subtitle_face = face_at(o, subtitle_face(o), to);
}

static const char *subtitle_face_words(const struct menu_subject *o, int at)
{
    const char *face = face_at(o, subtitle_face(o), at);
    return face ? face : controls_words(o->pages->controls, "the desktop's");
}

static int own_faces(const struct menu_subject *o)
{
    return count_faces(o, own_face(o));
}

static int own_face_now(const struct menu_subject *o)
{
    return face_index(o, own_face(o));
}

static void own_face_set(const struct menu_subject *o, int to)
{
    controls_change(o->pages->controls)->face = face_at(o, own_face(o), to);
}

static const char *own_face_words(const struct menu_subject *o, int at)
{
    const char *face = face_at(o, own_face(o), at);
    return face ? face : controls_words(o->pages->controls, "the player's");
}

static int screen_now(const struct menu_subject *o)
{
    return window_fullscreen(o->pages->window);
}

static void screen_set(const struct menu_subject *o, int to)
{
    window_set_fullscreen(o->pages->window, to != 0);
}

/* A line of the table; members that are not named are zero. */
#define SWITCH(at, said, member, does, when)                                                                           \
    {                                                                                                                  \
        .place = at, .there = when, .text = said, .n = 2, .words = switch_words,                                       \
        .flag = offsetof(struct settings, member), .turn = does                                                        \
    }
#define CHOICE(at, said, count, name, when)                                                                            \
    {                                                                                                                  \
        .place = at, .there = when, .text = said, .n = count, .now = name##_now, .set = name##_set,                    \
        .words = name##_words                                                                                          \
    }
#define COUNTED(at, said, counted, name, when)                                                                         \
    {                                                                                                                  \
        .place = at, .there = when, .text = said, .count = counted, .now = name##_now, .set = name##_set,              \
        .words = name##_words                                                                                          \
    }

/* What can be set: `n` values, from 0 on. */
static const struct setting {
    enum menu_place place;
    const char *text;
    int n;
    int (*count)(const struct menu_subject *o); /* in place of `n`, where that depends on the film or the machine */
    bool gauge;
    bool (*there)(const struct menu_subject *o); /* NULL: always */
    int (*now)(const struct menu_subject *o);
    int (*least)(const struct menu_subject *o); /* the first value that can be set now; NULL: 0 */
    void (*set)(const struct menu_subject *o, int to);
    const char *(*words)(const struct menu_subject *o, int at);
    size_t flag; /* of a switch, in place of `now` and `set`: which of struct settings it is, */
    void (*turn)(struct controls *c, bool on); /* and how it is set; NULL: it is read when it matters */
} settings[] = {
    COUNTED(MENU_MAIN, WORDS("Language"), count_languages, language, has_languages),
    {.place = MENU_MAIN,
     .text = WORDS("Time to decide"),
     .n = EXTRA_TIME_SETTINGS,
     .now = time_now,
     .least = time_least,
     .set = time_set,
     .words = time_words},
    CHOICE(MENU_MAIN, WORDS("Speed"), CONTROLS_SPEEDS, speed, plays),
    {.place = MENU_MAIN,
     .text = WORDS("Volume"),
     .n = 100 / VOLUME_STEP + 1,
     .gauge = true,
     .now = volume_now,
     .set = volume_set,
     .words = volume_words},
    COUNTED(MENU_TRACKS, WORDS("Sound"), sound_count, sound, has_sounds),
    CHOICE(MENU_TRACKS, WORDS("Sign language"), G_N_ELEMENTS(signers), signer, has_signer),
    COUNTED(MENU_TRACKS, WORDS("Subtitles"), subtitles_count, subtitles, has_subtitles),
    CHOICE(MENU_TRACKS, WORDS("Size"), G_N_ELEMENTS(sizes) + 1, subtitle_size, has_subtitles),
    CHOICE(MENU_TRACKS, WORDS("Place"), SUBS_TOP + 1, place, has_subtitles),
    CHOICE(MENU_TRACKS, WORDS("Background"), SUBS_NO_BACKGROUND + 1, background, has_subtitles),
    COUNTED(MENU_TRACKS, WORDS("Font"), subtitle_faces, subtitle_face, has_subtitles),
    SWITCH(MENU_TRACKS, WORDS("Instead of the film's own style"), subtitle_over, NULL, has_subtitles),
    CHOICE(MENU_APPEARANCE, WORDS("Size of the text"), G_N_ELEMENTS(sizes), size, NULL),
    COUNTED(MENU_APPEARANCE, WORDS("Font"), own_faces, own_face, NULL),
    SWITCH(MENU_APPEARANCE, WORDS("High contrast"), high_contrast, NULL, NULL),
    SWITCH(MENU_APPEARANCE, WORDS("Less motion"), reduced_motion, NULL, NULL),
    SWITCH(MENU_APPEARANCE, WORDS("Read aloud"), read_aloud, controls_set_read_aloud, NULL),
    SWITCH(MENU_APPEARANCE, WORDS("Mono sound"), mono, controls_set_mono, NULL),
    {.place = MENU_APPEARANCE,
     .text = WORDS("Full screen"),
     .n = 2,
     .now = screen_now,
     .set = screen_set,
     .words = switch_words},
    SWITCH(MENU_APPEARANCE, WORDS("Wait while minimised"), wait_unseen, NULL, NULL),
};

static bool is_switch(const struct setting *s)
{
    return s->now == NULL;
}

static int value_now(const struct menu_subject *o, const struct setting *s)
{
    const char *all = (const char *)controls_settings(o->pages->controls);
    return is_switch(s) ? *(const bool *)(all + s->flag) : s->now(o);
}

static int setting_count(const struct menu_subject *o, const struct setting *s)
{
    return s->count ? s->count(o) : s->n;
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
    else if (is_switch(s))
        *(bool *)((char *)controls_change(o->pages->controls) + s->flag) = to != 0;
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
