/* The pages of the menu: no label is cut at any size or in any language, settings hold at once and are saved, a film that
 * is over goes back to a decision, of which the picture is kept, and endings that were found are remembered. */
#include "media/frame.h"
#include "media/media.h"
#include "media/mixer.h"
#include "player/found_endings.h"
#include "player/menu_pages.h"
#include "player/next_films.h"
#include "player/seen_scenes.h"
#include "present/page_layout.h"
#include "tests/look.h"
#include "tests/story_text.h"
#include "tests/tap.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 4801, PATIENCE_ROUNDS = 20000 };

static const char yaml[] =
    "frumious: 1\nid: test.menu\ntitle: At the Third Stroke\nstart: a\nlanguages: [en, de]\nnodes:\n"
    "  a:\n    clip: {image: a.png, for: 1s, subtitles: {en: a.srt, de: de.srt, fr: fr.srt},\n      sound: [{language: "
    "en, file: en.opus}, {language: de, file: de.opus}],\n      described: {file: voice.opus, mix: true}, signed: "
    "signs.mp4}\n    decision:\n"
    "      {id: d, prompt: 'Which way?', opens: 0.2s, for: 0.7s, cut: now, default: x, options: "
    "{x: {text: X, goto: b}, "
    "y: {text: Y, goto: c}}}\n"
    "  b: {clip: {card: B, for: 0.5s}, ending: {id: b, title: The long night}}\n"
    "  c: {clip: {card: C, for: 0.5s}, ending: {id: c, title: Off duty}}\n";

struct bench {
    struct story *story;
    struct media *media;
    struct mixer *mixer;
    struct film *film;
    struct scene *scene;
    struct settings *settings;
    struct window *window;
    struct input *input;
    struct story_map *map;
    struct moments *moments;
    int64_t seen_us[4];
};

/* Plays on to the film's end, and takes this option when it is asked. */
static void play_on(struct bench *b, int32_t option)
{
    struct film *f = b->film;
    struct mixer *x = b->mixer;
    static float out[BUFFER * 2];
    struct mixer_now now;
    mixer_now(x, &now);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) < FILM_OVER; i++) {
        film_tick(f, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        moments_follow(b->moments, f);
        if (film_choice(f)->menu.decision >= 0)
            film_select_option(f, option, VIEWING_KEY);
        g_usleep(200);
        mixer_render(x, out, BUFFER);
        mixer_now(x, &now);
    }
    ok(film_phase(f) == FILM_OVER, "the film comes to its end");
}

static void find(void *map, const struct play_effect *fx)
{
    story_map_effect(map, fx);
}

/* The picture of the first scene: one colour. */
static void write_picture(const char *path)
{
    enum { W = 640, H = 480 };
    static uint32_t px[W * H];
    const char *why = "fine";
    for (int i = 0; i < W * H; i++)
        px[i] = 0x4080c0;
    ok(frame_write_png(path, (const uint8_t *)px, W, H, 4 * W, &why), "the picture is written: %s", why);
}

static void open_bench(struct bench *b, const char *home)
{
    g_autofree char *story = g_build_filename(home, "story.yaml", NULL),
                    *picture = g_build_filename(home, "a.png", NULL);
    write_picture(picture);
    b->story = story_from_text_at(story, yaml);
    b->moments = moments_new();
    b->media = media_new();
    b->mixer = mixer_new();
    b->map = story_map_new(b->story, false);
    b->film = film_new(&(struct film_options){
        .story = b->story, .media = b->media, .mixer = b->mixer, .seed = 1, .watch = find, .watch_user = b->map});
    b->scene = scene_new(&(struct scene_options){.story = b->story, .media = b->media});
    b->settings = settings_load();
    b->window = window_open(&(struct window_options){.offscreen = true}, NULL);
    b->input = input_open(b->window);
    film_start(b->film);
    play_on(b, 0);
}

static void close_bench(struct bench *b)
{
    input_close(b->input);
    window_close(b->window);
    settings_free(b->settings);
    scene_free(b->scene);
    story_map_free(b->map);
    moments_free(b->moments);
    film_free(b->film);
    mixer_free(b->mixer);
    media_free(b->media);
    story_free(b->story);
}

static struct controls *controls_in(struct bench *b, const char *language)
{
    const struct controls_options o = {
        .settings = b->settings, .input = b->input, .window = b->window, .language = language, .time_factor = 1};
    struct controls *c = controls_new(&o);
    controls_begin(c, b->mixer);
    return c;
}

static struct text_extent measure_block(void *user, const struct text_style *style, const char *text, int width)
{
    return text_size(text_get(user, style, text, width));
}

/* Over the film's picture; in the usual sizes also as those see it who need larger letters, more contrast or another face. */
static void leave_pictures(struct bench *b, struct page *p, const int size[2], const char *language, int place)
{
    const struct view usual = {.frame = moments_picture(b->moments, 0), .page = page_view(p, US_PER_SECOND)};
    struct view large = usual, contrast = usual, readable = usual;
    large.text_scale = 2;
    contrast.high_contrast = true;
    readable.face = g_intern_static_string("OpenDyslexic");
    const struct {
        const char *how;
        const struct view *v;
    } looks[] = {{"", &usual}, {"_large", &large}, {"_contrast", &contrast}, {"_readable", &readable}};
    const bool all = size[0] == 1280 || size[0] == 540;
    window_resize(b->window, size[0], size[1]);
    for (size_t i = 0; i < (all ? G_N_ELEMENTS(looks) : 1); i++) {
        g_autofree char *name = g_strdup_printf("menu_%02d_%s%s", place, language, looks[i].how);
        window_draw(b->window, looks[i].v);
        look_keep(b->window, name);
    }
}

/* Nothing is cut on any of these pages, in any size of the window. */
static void test_pages(struct bench *b, const struct menu_subject *o, const char *what, const char *face, bool keeps)
{
    static const int sizes[][2] = {{640, 360}, {1280, 720},  {1920, 1080}, {3840, 2160},
                                   {540, 960}, {2560, 1080}, {3440, 1440}, {1080, 1920}};
    static const bool alone[MENU_PLACES] = {
        [MENU_MAIN] = true, [MENU_VIEWERS] = true, [MENU_TRACKS] = true, [MENU_APPEARANCE] = true, [MENU_KEYS] = true};
    const char *language = controls_language(o->pages->controls);
    struct text *text = text_open();
    text_prefer(text, face);
    struct page *p = page_new();
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (int place = 0; place < MENU_PLACES; place++) {
            struct layout_page l;
            if (!o->film && !alone[place])
                continue;
            menu_fill(o, (enum menu_place)place, p);
            const struct view_page *v = page_view(p, 0);
            layout_page(&(struct layout_page_request){sizes[i][0], sizes[i][1], v, 1, measure_block, text}, &l);
            ok(v->count > 0 && !l.cut && (l.last == 0 || place == MENU_KEYS || place == MENU_END),
               "%s, %s, %dx%d, %s: nothing on page %d is cut", what, language, sizes[i][0], sizes[i][1],
               face ? face : "own font", place);
            if (keeps && look_wanted() && !face)
                leave_pictures(b, p, sizes[i], language, place);
        }
    page_free(p);
    text_close(text);
}

/* `face`: NULL, or a family that the viewer has chosen, of which the letters are wider. */
static void test_labels(struct bench *b, const char *language, const char *face)
{
    struct controls *c = controls_in(b, language);
    const struct pages pages = {.controls = c, .input = b->input, .window = b->window};
    g_autofree bool *found = found_endings_load(b->story);
    struct next_film film = {"/films/other.yaml", "Another Film, with a Longer Title",
                             "Because you have found no ending of it yet."};
    struct past_choice past[2] = {{3, 7}, {4, 7}};
    g_autoptr(GPtrArray) films = g_ptr_array_new();
    g_ptr_array_add(films, &film);
    char *people[] = {(char *)"Anna", (char *)"Somebody with a longer name", NULL};
    const struct look_back after = {.turning = {0, 0, 1, 1}, .past = past, .films = films, .unseen = 0};
    const struct menu_subject subject = {&pages,     b->story,   b->film, b->scene, found, b->map,
                                         b->seen_us, b->moments, &after,  people,   NULL};
    g_autoptr(GPtrArray) languages = menu_languages_new();
    menu_languages_add_story(languages, b->story);
    const struct menu_subject shelf = {.pages = &pages, .people = people, .languages = languages},
                              before = {.pages = &pages, .story = b->story, .people = people, .languages = languages};
    test_pages(b, &subject, "in the film", face, true);
    test_pages(b, &shelf, "on the shelf", face, false);
    test_pages(b, &before, "before the film", face, false);
    controls_free(c);
}

/* Where no film plays, there is what can be wished for, and nothing that needs a film. */
static void test_alone(struct bench *b)
{
    static const struct {
        enum menu_place place;
        const char *line;
        bool there;
    } rows[] = {{MENU_MAIN, "Language", true},
                {MENU_MAIN, "Time to decide", true},
                {MENU_MAIN, "Volume", true},
                {MENU_MAIN, "Subtitles and sound", true},
                {MENU_MAIN, "Appearance", true},
                {MENU_MAIN, "Who is watching", true},
                {MENU_MAIN, "What was recorded", true},
                {MENU_MAIN, "Keys", true},
                {MENU_MAIN, "Leave", true},
                {MENU_MAIN, "Speed", false},
                {MENU_MAIN, "Begin anew", false},
                {MENU_MAIN, "The map", false},
                {MENU_TRACKS, "Sound", true},
                {MENU_TRACKS, "Subtitles", true},
                {MENU_TRACKS, "Sign language", true},
                {MENU_TRACKS, "Size", true}};
    struct controls *c = controls_in(b, "en");
    const struct pages pages = {.controls = c, .input = b->input, .window = b->window};
    g_autoptr(GPtrArray) languages = menu_languages_new();
    menu_languages_add_story(languages, b->story);
    char *nobody[] = {NULL};
    const struct menu_subject o = {.pages = &pages, .people = nobody, .languages = languages};
    struct page *p = page_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        bool there = false;
        menu_fill(&o, rows[i].place, p);
        for (int k = 0; k < page_view(p, 0)->count; k++)
            there |= strcmp(page_view(p, 0)->items[k].text, rows[i].line) == 0;
        ok(there == rows[i].there, "where no film plays, %s is %s", rows[i].line, there ? "there" : "not there");
    }
    ok(languages->len == 3 && strcmp(languages->pdata[2], "fr") == 0,
       "the languages are the program's, and those of the story's texts and tracks, each once: %u", languages->len);
    page_free(p);
    controls_free(c);
}

/* Every value of every setting on the page: one step after the other, then from the last one round to the first. */
static void test_settings(struct bench *b, enum menu_place place, bool alone)
{
    struct controls *c = controls_in(b, "de");
    const struct pages pages = {.controls = c, .input = b->input, .window = b->window};
    g_autoptr(GPtrArray) languages = menu_languages_new();
    menu_languages_add_story(languages, b->story);
    const struct menu_subject in_film = {&pages,     b->story,   b->film, b->scene, NULL, b->map,
                                         b->seen_us, b->moments, NULL,    NULL,     NULL},
                              wished = {.pages = &pages, .languages = languages}, subject = alone ? wished : in_film;
    if (alone)
        controls_wish_language(c, NULL, "de");
    controls_set_volume(c, 100);
    struct page *p = page_new();
    menu_fill(&subject, place, p);
    for (int i = 0; i < page_view(p, 0)->count; i++) {
        const struct view_item *item = &page_view(p, 0)->items[i];
        if (item->kind != VIEW_ITEM_SETTING || strcmp(item->text, "Vollbild") == 0) /* this window has no screen */
            continue;
        g_autofree char *name = g_strdup(item->text), *before = g_strdup(item->value);
        const struct window_hit hit = {.kind = WINDOW_HIT_ITEM, .index = i};
        const struct input_event click = {.action = INPUT_CLICK, .value = 1};
        int n = 0;
        do {
            const struct page_answer a = page_input(p, &click, &hit);
            ok(a.asks == PAGE_STEP, "a click steps %s", name);
            menu_settings_step(&subject, a.id, a.step);
            menu_fill(&subject, place, p);
            n++;
        } while (n < 30 && strcmp(page_view(p, 0)->items[i].value, before) != 0);
        ok(n >= 2 && n < 30, "%s has %d values, and comes back to '%s'", name, n, before);
    }
    controls_set_volume(c, 35);
    controls_change(c)->text_size = 150;
    controls_change(c)->high_contrast = true;
    controls_save(c);
    struct settings *again = settings_load();
    ok(again->text_size == 150 && again->high_contrast && again->volume == 0.35 && !again->mute, "they are saved");
    controls_command(c, b->film, b->scene, INPUT_MUTE, 0);
    controls_change(c)->text_size = 100;
    controls_change(c)->high_contrast = false;
    controls_free(c);
    settings_free(again);
    again = settings_load();
    ok(again->mute && again->text_size == 100, "mute as well");
    settings_free(again);
    page_free(p);
}

/* Until the first picture of a film that has just begun. */
static void begin(struct film *f, struct mixer *x)
{
    static float out[256 * 2];
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && film_node(f) < 0; i++) {
        film_tick(f, 0, &(struct viewing_clock){0});
        mixer_render(x, out, film_node(f) < 0 ? 1 : 256);
        g_usleep(200);
    }
}

static void test_language(struct bench *b)
{
    struct mixer *x = mixer_new();
    struct film *f =
        film_new(&(struct film_options){.story = b->story, .media = b->media, .mixer = x, .seed = 1, .language = "en"});
    struct controls *c = controls_in(b, "en");
    const struct pages pages = {.controls = c, .input = b->input, .window = b->window};
    const struct menu_subject subject = {&pages,     b->story,   f,    b->scene, NULL, b->map,
                                         b->seen_us, b->moments, NULL, NULL,     NULL};
    struct page *p = page_new();
    begin(f, x);
    ok(film_node(f) == 0 && g_str_has_suffix(film_subtitles(f, true).path, "a.srt"), "subtitles in the first language");
    static const struct {
        const char *value, *title, *subtitles;
    } steps[] = {
        {"Deutsch", "Sprache", "de.srt"}, {"Fran\u00e7ais", "Language", "fr.srt"}, {"English", "Language", "a.srt"}};
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        int at = -1;
        menu_settings_step(&subject, MENU_SETTINGS, 0);
        menu_fill(&subject, MENU_MAIN, p);
        const struct view_page *v = page_view(p, 0);
        for (int k = 0; k < v->count; k++)
            at = strcmp(v->items[k].text, steps[i].title) == 0 ? k : at;
        ok(at >= 0 && strcmp(v->items[at].value, steps[i].value) == 0, "the menu is in the language: %s",
           steps[i].value);
        ok(g_str_has_suffix(film_subtitles(f, true).path, steps[i].subtitles), "and so are the subtitles, at once");
        is_str(controls_settings(c)->language, i == 0 ? "de" : i == 1 ? "fr" : "en", "and it is kept");
    }
    page_free(p);
    controls_free(c);
    mixer_free(x);
    film_free(f);
}

static void test_back(struct bench *b)
{
    struct film *f = b->film;
    is_str(b->story->endings[film_state(f)[PLAY_ENDING]].name, "b", "one ending");
    ok(film_back(f, film_last_checkpoint(f)) && film_phase(f) == FILM_PLAYING, "a film that is over goes back");
    play_on(b, 1);
    is_str(b->story->endings[film_state(f)[PLAY_ENDING]].name, "c", "and on to the other one");
}

static void test_moments(struct bench *b)
{
    const struct frame *f = moments_picture(b->moments, 0);
    struct controls *c = controls_in(b, "en");
    const struct pages pages = {.controls = c, .input = b->input, .window = b->window};
    const struct menu_subject subject = {&pages,     b->story,   b->film, b->scene, NULL, b->map,
                                         b->seen_us, b->moments, NULL,    NULL,     NULL};
    struct page *p = page_new();
    ok(f && f->width == 240 && f->height == 180, "the picture of the decision is kept, small");
    const uint8_t *px = f ? f->plane[0] + (ptrdiff_t)90 * f->stride[0] + (ptrdiff_t)120 * 4 : (const uint8_t *)"";
    ok(f && ABS(px[0] - 0xc0) < 4 && ABS(px[1] - 0x80) < 4 && ABS(px[2] - 0x40) < 4 && px[3] == 0xff,
       "and it is the one that was shown");
    menu_fill(&subject, MENU_DECISIONS, p);
    const struct view_item *item = page_view(p, 0)->items;
    ok(item->pictured && item->image == f, "the way back shows it");
    page_free(p);
    controls_free(c);
}

static void test_found(const struct story *s)
{
    g_autoptr(GError) error = NULL;
    bool *found = found_endings_load(s);
    ok(!found[0] && !found[1], "no ending was found yet");
    g_free(found);
    ok(found_endings_add(s, 1, &error) && found_endings_add(s, 1, &error), "one is: %s",
       error ? error->message : "fine");
    found = found_endings_load(s);
    ok(!found[0] && found[1], "and remembered");
    g_free(found);
}

/* What a viewer sees of a node of 10 s, and how much of it they have seen without a gap then; -1: to its end. */
static void test_seen(const struct story *s)
{
    static const struct {
        const char *what;
        int32_t node;
        int from, to; /* ms */
        int seen;
    } rows[] = {{"its beginning", 0, 0, 4000, 4000},        {"the same again", 0, 0, 3000, 4000},
                {"behind a gap", 0, 6000, 8000, 4000},      {"over the gap", 0, 3500, 6500, 6500},
                {"not quite to its end", 1, 0, 9400, 9400}, {"to its end", 1, 9000, 9900, -1}};
    struct seen_scenes *seen = seen_scenes_new(s, true);
    g_autoptr(GError) error = NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int ms = rows[i].from; ms <= rows[i].to; ms += 100)
            seen_scenes_watch(seen, rows[i].node, ms * US_PER_MS, 10 * US_PER_SECOND);
        seen_scenes_watch(seen, 2, 0, US_NONE);
        is_int(seen_scenes_us(seen)[rows[i].node], rows[i].seen < 0 ? FILM_SEEN_WHOLE : rows[i].seen * US_PER_MS,
               rows[i].what);
    }
    ok(seen_scenes_save(seen, &error), "it is saved: %s", error ? error->message : "fine");
    seen_scenes_free(seen);
    seen = seen_scenes_new(s, true);
    ok(seen_scenes_us(seen)[0] == 6500 * US_PER_MS && seen_scenes_us(seen)[1] == FILM_SEEN_WHOLE &&
           seen_scenes_us(seen)[2] == 0,
       "and remembered");
    seen_scenes_free(seen);
    seen = seen_scenes_new(s, false);
    is_int(seen_scenes_us(seen)[0], 0, "a play that keeps nothing knows nothing");
    seen_scenes_free(seen);
}

int main(void)
{
    struct bench b = {0};
    g_autofree char *home = g_dir_make_tmp("frumious-menu-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    g_setenv("XDG_DATA_HOME", home, TRUE);
    open_bench(&b, home);
    test_found(b.story);
    test_seen(b.story);
    test_language(&b);
    test_labels(&b, "en", NULL);
    test_labels(&b, "de", NULL);
    test_labels(&b, "de", g_intern_static_string("OpenDyslexic"));
    test_alone(&b);
    for (int alone = 0; alone < 2; alone++) {
        test_settings(&b, MENU_MAIN, alone);
        test_settings(&b, MENU_TRACKS, alone);
        test_settings(&b, MENU_APPEARANCE, alone);
    }
    test_moments(&b);
    test_back(&b);
    close_bench(&b);
    return tap_done();
}
