/* Every setting of the menu, in a whole play: once it is set, the next picture, or the next sound, is another one. What each
 * changes is looked up by its name; one that this test does not know fails. */
#include "player/menu_pages.h"
#include "player/playthrough.h"
#include "tests/story_text.h"
#include "tests/unit/media_test.h"

enum {
    STEP = FILM_RATE / 25,
    PATIENCE_ROUNDS = 20000,
    SOON_STEPS = 400,
    OPENS_US = 5000,
    SETTLE_STEPS = 3,
    SETTLE_FILE_STEPS = 12
};

static const char yaml[] =
    "frumious: 1\nid: test.effects\ntitle: Film\nstart: a\nlanguages: [en, de]\nnodes:\n"
    "  a:\n    clip: {card: A, for: 60s, subtitles: {en: en.srt, de: de.ass}, signed: signs.mkv,\n"
    "      sound: &sound [{language: en, file: en.wav}, {language: de, file: de.wav}]}\n"
    "    decision: {id: d, prompt: Which way?, opens: 1s, for: 50s, cut: now, default: x,\n"
    "      options: {x: {text: X, goto: b}, y: {text: Y, goto: b}}}\n"
    "  b: {clip: {card: B, for: 60s, sound: *sound}, ending: {id: b, title: B}}\n";

static const char ass[] =
    "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\n"
    "Format: Name, Fontname, Fontsize, PrimaryColour, Alignment\nStyle: Default,Sans,60,&H0000FFFF,5\n\n[Events]\n"
    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
    "Dialogue: 0,0:00:00.00,0:01:00.00,Default,,0,0,0,,Worte\n";

struct rig {
    struct player_context ctx;
    struct playthrough pt;
    float out[STEP * FILM_CHANNELS]; /* the sound that was played last */
    int64_t ran_smp;                 /* so much film went by with it */
};

/* Plays one step on, once it is decoded. */
static void step_on(struct rig *r)
{
    struct mixer_now before, after;
    struct film *f = r->pt.film;
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) != FILM_OPENING && !film_is_ready(f, STEP); i++) {
        g_usleep(200);
        film_tick(f, r->pt.heard_smp, &r->pt.clock);
        mixer_render(r->pt.mixer, r->out, 0);
    }
    mixer_now(r->pt.mixer, &before);
    audio_step(r->pt.audio, STEP, r->out);
    mixer_now(r->pt.mixer, &after);
    r->ran_smp = after.film_smp - before.film_smp;
    playthrough_tick(&r->pt, after.film_smp);
}

static bool play_until(struct rig *r, enum view_phase phase, int64_t us)
{
    for (int i = 0; i < PATIENCE_ROUNDS; i++) {
        struct view v = {0};
        playthrough_view(&r->pt, true, &v);
        if (film_node(r->pt.film) >= 0 && v.panel.phase == phase && v.panel.phase_us >= us)
            return true;
        if (film_phase(r->pt.film) == FILM_OPENING)
            g_usleep(200);
        step_on(r);
    }
    return false;
}

/* ---- what is seen and heard of it -------------------------------------------------------------------------------- */

/* Any number that tells one picture, or one sound, from another. */
typedef double (*look)(struct rig *r);

static double picture(struct rig *r)
{
    int w, h, pitch;
    playthrough_tick(&r->pt, r->pt.heard_smp);
    playthrough_compose(&r->pt);
    const uint8_t *px = window_read(r->ctx.window, &w, &h, &pitch);
    g_autoptr(GBytes) all = g_bytes_new_static(px, (gsize)pitch * (gsize)h);
    return g_bytes_hash(all);
}

static double subtitles(struct rig *r)
{
    struct view v = {0};
    double sum = 0;
    playthrough_tick(&r->pt, r->pt.heard_smp);
    playthrough_view(&r->pt, true, &v);
    for (int i = 0; i < v.sub_count; i++) {
        const struct subs_image *s = &v.subs[i];
        sum += s->x + s->y * 3.0 + s->w * 5.0 + s->h * 7.0 + s->rgba * 11.0;
        for (int y = 0; y < s->h; y++)
            for (int x = 0; x < s->w; x++)
                sum += s->alpha[(size_t)y * (size_t)s->stride + (size_t)x];
    }
    return sum;
}

static double signer_height(struct rig *r)
{
    struct view v = {0};
    step_on(r);
    playthrough_view(&r->pt, true, &v);
    return v.inset ? (double)v.inset_share : 0;
}

/* Per cent, at the end of a step: a change of the volume is a short slope. */
static double loudness(struct rig *r)
{
    float most = 0;
    step_on(r);
    for (int i = STEP * 3 / 4; i < STEP; i++)
        most = MAX(most, fabsf(r->out[2 * i]));
    return round((double)most * 100);
}

/* In steps of 250 Hz. */
static double tone(struct rig *r)
{
    int rising = 0;
    step_on(r);
    for (int i = 1; i < STEP; i++)
        rising += r->out[2 * i - 2] < 0 && r->out[2 * i] >= 0;
    return round(rising / 10.0);
}

static double sides_differ(struct rig *r)
{
    bool differ = false;
    step_on(r);
    for (int i = 0; i < STEP; i++)
        differ |= fabsf(r->out[2 * i] - r->out[2 * i + 1]) > 0.01F;
    return differ;
}

/* Stretched sound is pulled in pieces, so a single step says little. */
static double film_in_a_second(struct rig *r)
{
    int64_t sum = 0;
    for (int i = 0; i < 25; i++) {
        step_on(r);
        sum += r->ran_smp;
    }
    return round((double)sum * 20 / FILM_RATE);
}

static double time_left(struct rig *r)
{
    playthrough_tick(&r->pt, r->pt.heard_smp);
    return film_time_left(r->pt.film);
}

/* Does the film stop when nobody can see it? Asked of controls of a viewer's: in this play a machine decides. */
static double stops_unseen(struct rig *r)
{
    const struct controls_options co = {
        .settings = r->ctx.o->settings, .input = r->ctx.input, .window = r->ctx.window, .time_factor = 1};
    struct controls *c = controls_new(&co);
    controls_begin(c, r->pt.mixer);
    controls_seen(c, r->pt.film, false);
    const bool stops = controls_paused(c);
    controls_resume(c);
    controls_free(c);
    return stops;
}

/* In this order. */
static const struct {
    const char *name;
    enum menu_place place;
    look look;                         /* NULL: it needs a screen, or a service, and is tested with them in tests/e2e */
    const char *language;              /* of the subtitles that are shown; NULL: none are */
    enum { COMING, OPEN, ALONE } when; /* while the panel slides in, it is open, or none is there */
    bool opens;                        /* a file is opened first: the film plays on until then */
} rows[] = {
    {"Less motion", MENU_APPEARANCE, picture, NULL, COMING, false},
    {"Size of the text", MENU_APPEARANCE, picture, NULL, OPEN, false},
    {"Font", MENU_APPEARANCE, picture, NULL, OPEN, false},
    {"High contrast", MENU_APPEARANCE, picture, NULL, OPEN, false},
    {"Wait while minimised", MENU_APPEARANCE, stops_unseen, NULL, OPEN, false},
    {"Read aloud", MENU_APPEARANCE, NULL, NULL, OPEN, false},
    {"Full screen", MENU_APPEARANCE, NULL, NULL, OPEN, false},
    {"Subtitles", MENU_TRACKS, subtitles, "en", OPEN, false},
    {"Size", MENU_TRACKS, subtitles, "en", OPEN, false},
    {"Place", MENU_TRACKS, subtitles, "en", OPEN, false},
    {"Background", MENU_TRACKS, subtitles, "en", OPEN, false},
    {"Font", MENU_TRACKS, subtitles, "en", OPEN, false},
    {"Instead of the film's own style", MENU_TRACKS, subtitles, "de", OPEN, false},
    {"Sign language", MENU_TRACKS, signer_height, NULL, OPEN, true},
    {"Mono sound", MENU_APPEARANCE, sides_differ, NULL, OPEN, false},
    {"Sound", MENU_TRACKS, tone, NULL, OPEN, true},
    {"Volume", MENU_MAIN, loudness, NULL, OPEN, false},
    {"Speed", MENU_MAIN, film_in_a_second, NULL, ALONE, false},
    {"Time to decide", MENU_MAIN, time_left, NULL, OPEN, false},
    {"Language", MENU_MAIN, picture, NULL, OPEN, false},
};

static bool is_known(const char *name, enum menu_place place)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (rows[i].place == place && g_str_equal(rows[i].name, name))
            return true;
    return false;
}

/* The line of the page, filled anew. NULL: the setting is not there. */
static const struct view_item *find_line(const struct menu_subject *o, enum menu_place place, const char *name,
                                         struct page *p)
{
    menu_fill(o, place, p);
    const struct view_page *v = page_view(p, 0);
    for (int i = 0; i < v->count; i++)
        if (v->items[i].kind == VIEW_ITEM_SETTING && g_str_equal(v->items[i].text, name))
            return &v->items[i];
    return NULL;
}

/* As a viewer's press does: to the right, or where there is nothing more, to the left. True: it was set. */
static bool set_line(const struct menu_subject *o, enum menu_place place, const char *name, struct page *p)
{
    const struct view_item *line = find_line(o, place, name, p);
    if (!line || (!line->more && !line->less))
        return false;
    const struct window_hit hit = {
        .kind = WINDOW_HIT_ITEM, .index = (int)(line - page_view(p, 0)->items), .step = line->more ? 1 : -1};
    const struct page_answer a = page_input(p, &(struct input_event){.action = INPUT_CLICK, .value = 1}, &hit);
    menu_settings_step(o, a.id, a.step);
    return a.asks == PAGE_STEP;
}

static void test_row(struct rig *r, const struct menu_subject *o, size_t i, struct page *p)
{
    struct controls *c = r->ctx.controls;
    controls_set_subtitles(c, r->pt.scene, rows[i].language != NULL);
    if (rows[i].language)
        controls_set_text(c, r->pt.film, &(struct stream_wish){.language = rows[i].language});
    const struct view_item *line = find_line(o, rows[i].place, rows[i].name, p);
    ok(line != NULL, "%s is on its page", rows[i].name);
    if (!line || !rows[i].look)
        return;
    if (!line->more && !line->less) {
        skip(rows[i].name, "this machine has only one value");
        return;
    }
    double before = rows[i].look(r), now = before;
    for (int k = 0; k < (rows[i].opens ? SETTLE_FILE_STEPS : SETTLE_STEPS);
         k++) /* what was set before has come by then */
        before = rows[i].look(r);
    const bool stands = rows[i].look(r) == before;
    const bool was_set = set_line(o, rows[i].place, rows[i].name, p);
    now = rows[i].look(r);
    for (int k = 0; k < SOON_STEPS && rows[i].opens && now == before; k++) {
        g_usleep(OPENS_US);
        now = rows[i].look(r);
    }
    ok(stands && was_set && now != before, "%s: what it changes is another at once: %g, then %g", rows[i].name, before,
       now);
}

static void test_rows(struct rig *r, const struct menu_subject *o, int when, struct page *p)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((int)rows[i].when == when)
            test_row(r, o, i, p);
}

static void test_play(struct rig *r)
{
    const struct pages pages = {.controls = r->ctx.controls, .input = r->ctx.input, .window = r->ctx.window};
    const int64_t seen_us[2] = {0};
    const struct menu_subject subject = {&pages,  r->ctx.story,  r->pt.film, r->pt.scene, NULL, r->pt.map,
                                         seen_us, r->pt.moments, NULL,       NULL,        NULL};
    struct page *p = page_new();
    static const enum menu_place places[] = {MENU_MAIN, MENU_TRACKS, MENU_APPEARANCE};
    ok(play_until(r, VIEW_IN, 100 * US_PER_MS), "the panel slides in");
    for (size_t k = 0; k < G_N_ELEMENTS(places); k++) {
        menu_fill(&subject, places[k], p);
        const struct view_page *v = page_view(p, 0);
        for (int i = 0; i < v->count; i++)
            if (v->items[i].kind == VIEW_ITEM_SETTING)
                ok(is_known(v->items[i].text, places[k]), "%s has a test", v->items[i].text);
    }
    test_rows(r, &subject, COMING, p);
    ok(play_until(r, VIEW_OPEN, US_PER_SECOND), "the question is open");
    test_rows(r, &subject, OPEN, p);
    ok(film_select_option(r->pt.film, 0, VIEWING_KEY) && play_until(r, VIEW_OUT, 0) && play_until(r, VIEW_HIDDEN, 0),
       "it is answered");
    controls_set_language(r->ctx.controls, r->pt.film, r->pt.scene, "en");
    test_rows(r, &subject, ALONE, p);
    page_free(p);
}

static bool write_text(const char *name, const char *text)
{
    g_autofree char *path = mt_path(name);
    return g_file_set_contents(path, text, -1, NULL);
}

static bool make_media(void)
{
    g_autofree char *strings = mt_path("strings");
    return g_mkdir(strings, 0700) == 0 && write_text("strings/de.yaml", "decision.d.prompt: Wohin?\n") &&
           write_text("en.srt", "1\n00:00:00,000 --> 00:01:00,000\nWords\n") && write_text("de.ass", ass) &&
           mt_ffmpeg("-f lavfi -i 'aevalsrc=0.4*sin(2764.6*t)|0:d=61:s=48000' en.wav") &&
           mt_ffmpeg("-f lavfi -i 'aevalsrc=0.4*sin(5529.2*t)|0:d=61:s=48000' de.wav") &&
           mt_ffmpeg("-f lavfi -i testsrc2=s=128x128:r=5:d=61 -c:v mpeg4 signs.mkv");
}

int main(void)
{
    struct rig r = {0};
    int code;
    g_autofree char *path = mt_path("story.yaml"), *home = g_dir_make_tmp("frumious-effects-XXXXXX", NULL);
    g_setenv("XDG_CONFIG_HOME", home, TRUE);
    g_setenv("XDG_DATA_HOME", home, TRUE);
    const bool made = make_media();
    struct story *s = story_from_text_at(path, yaml);
    struct settings *settings = settings_load();
    const struct player_options o = {.story = s,
                                     .settings = settings,
                                     .headless = true,
                                     .hwdec = "off",
                                     .no_telemetry = true,
                                     .width = 640,
                                     .height = 360,
                                     .language = "en",
                                     .time_factor = 1};
    if (ok(made && s != NULL, "the film is there") && ok(player_context_open(&r.ctx, &o, &code), "it opens") &&
        ok(player_context_record(&r.ctx), "nothing is recorded")) {
        playthrough_open(&r.pt, &r.ctx);
        player_context_warm(&r.ctx);
        test_play(&r);
        playthrough_close(&r.pt);
        player_context_close(&r.ctx);
    }
    settings_free(settings);
    story_free(s);
    g_autofree char *words = mt_path("strings/de.yaml");
    g_unlink(words);
    mt_cleanup();
    return tap_done();
}
