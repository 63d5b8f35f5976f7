/* The choice as it is seen: every state of the panel over bright, dark and busy footage, in windows of many shapes, in scripts of
 * four kinds. Each word's contrast is computed from the pixels that are drawn, and nothing leaves its place.
 * `make contact-sheet` leaves the pictures: look at them after every change of the design. */
#include "base/units.h"
#include "media/frame.h"
#include "present/anim.h"
#include "present/layout.h"
#include "present/panel.h"
#include "present/view.h"
#include "present/window.h"
#include "tests/look.h"
#include "tests/tap.h"

#include <math.h>
#include <string.h>

enum { BRIGHT, DARK, BUSY, FOOTAGES };
enum { ENGLISH, GERMAN, ARABIC, JAPANESE, LANGUAGES };
enum { FRAME_W = 1280, FRAME_H = 720, IMAGES = 3 };

static const char *const footage_names[FOOTAGES] = {"bright", "dark", "busy"};
static const char *const language_names[LANGUAGES] = {"en", "de", "ar", "ja"};

/* ---- footage ---- */

static void fill_luma(uint8_t *px, int w, int h, int footage)
{
    uint32_t seed = 88172645;
    for (int y = 0; y < h; y += 6)
        for (int x = 0; x < w; x += 6) {
            seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
            const uint8_t luma = footage == BRIGHT ? 235 : footage == DARK ? 20 : (uint8_t)(16 + (seed >> 8) % 220);
            for (int v = y; v < MIN(y + 6, h); v++)
                memset(px + (size_t)v * (size_t)w + x, luma, (size_t)MIN(6, w - x));
        }
}

/* The planes belong to the caller, as plane[0]. */
static struct frame frame_of(int w, int h, int footage, int tint)
{
    const size_t size = (size_t)w * (size_t)h;
    uint8_t *px = g_malloc(size * 3 / 2);
    struct frame f = {.format = FRAME_I420, .matrix = FRAME_BT709, .width = w, .height = h, .sar_num = 1, .sar_den = 1};
    fill_luma(px, w, h, footage);
    memset(px + size, 128 + tint, size / 4);
    memset(px + size * 5 / 4, 128 - tint, size / 4);
    f.plane[0] = px;
    f.plane[1] = px + size;
    f.plane[2] = px + size * 5 / 4;
    f.stride[0] = w;
    f.stride[1] = f.stride[2] = w / 2;
    return f;
}

static struct frame images[IMAGES];

/* ---- the texts ---- */

struct words {
    const char *prompt, *options[8], *sub, *reason, *longest, *sentence;
};

static const struct words words[LANGUAGES] = {
    {"The telephone rings in the empty room.",
     {"Answer it", "Let it ring", "Turn the lamp off", "Leave", "Call out", "Wait", "Hide", "Ask the time"},
     "the bell goes on",
     "the key is with him",
     "Counterrevolutionaries everywhere",
     "Say nothing at all, put the receiver down as quietly as it can be put down, and go on counting until morning"},
    {"Im leeren Zimmer klingelt das Telefon.",
     {"Abheben", "Klingeln lassen", "Lampe ausschalten", "Weggehen", "Rufen", "Warten", "Verstecken",
      "Nach der Zeit fragen"},
     "es klingelt weiter",
     "den Schlüssel hat er",
     "Donaudampfschifffahrtsgesellschaftskapitän",
     "Gar nichts sagen, den Hörer so leise auflegen, wie man einen Hörer nur auflegen kann, und weiterzählen bis zum "
     "Morgen"},
    {"الهاتف يرن في الغرفة الخالية.",
     {"أجب", "دعه يرن", "أطفئ المصباح", "غادر", "نادِ", "انتظر", "اختبئ", "اسأل عن الوقت"},
     "الجرس يستمر",
     "المفتاح معه",
     "أفاستسقيناكموها",
     "لا تقل شيئًا على الإطلاق، وضع السماعة بهدوء قدر الإمكان، واستمر في العد حتى الصباح"},
    {"誰もいない部屋で電話が鳴っている。",
     {"電話に出る", "鳴らしておく", "明かりを消す", "立ち去る", "呼びかける", "待つ", "隠れる", "時刻をたずねる"},
     "ベルは鳴り続ける",
     "鍵は彼が持っている",
     "スーパーコンピューターセンター",
     "何も言わずに受話器をできるだけ静かに置いて、朝が来るまで時報の音を数え続けることにする"},
};

/* ---- the states ---- */

enum what { PLAIN, SUBS, LOCKED, EIGHT, LONG_WORD, SENTENCE, PICTURES, CODE };

static const struct state {
    const char *name;
    enum what what;
    int count;
    enum view_layout layout;
    enum view_phase phase;
    int64_t phase_us;
    int focus, selected, taken, tried;
    bool timed_out;
} states[] = {
    {"rest", PLAIN, 2, VIEW_ROW, VIEW_OPEN, 0, 0, -1, -1, 0, false},
    {"coming", PLAIN, 2, VIEW_ROW, VIEW_IN, 300000, -1, -1, -1, 0, false},
    {"subs", SUBS, 3, VIEW_ROW, VIEW_OPEN, 0, 1, -1, -1, 0, false},
    {"selected", PLAIN, 3, VIEW_ROW, VIEW_OPEN, 0, 1, 1, -1, 0, false},
    {"taken", PLAIN, 3, VIEW_ROW, VIEW_CLOSED, 900000, 1, 1, 1, 0, false},
    {"timed_out", PLAIN, 3, VIEW_ROW, VIEW_CLOSED, 900000, 0, -1, 1, 0, true},
    {"locked", LOCKED, 3, VIEW_ROW, VIEW_OPEN, 0, 0, -1, -1, 0, false},
    {"locked_lit", LOCKED, 3, VIEW_ROW, VIEW_OPEN, 0, 2, -1, -1, 0, false},
    {"tried", LOCKED, 3, VIEW_ROW, VIEW_OPEN, 0, 2, -1, -1, 3, false},
    {"column", PLAIN, 4, VIEW_COLUMN, VIEW_OPEN, 0, 2, -1, -1, 0, false},
    {"corners", PLAIN, 4, VIEW_CORNERS, VIEW_OPEN, 0, 0, -1, -1, 0, false},
    {"eight", EIGHT, 8, VIEW_ROW, VIEW_OPEN, 0, 3, -1, -1, 0, false},
    {"long_word", LONG_WORD, 3, VIEW_ROW, VIEW_OPEN, 0, 0, -1, -1, 0, false},
    {"sentence", SENTENCE, 2, VIEW_ROW, VIEW_OPEN, 0, 1, -1, -1, 0, false},
    {"pictures", PICTURES, 3, VIEW_ROW, VIEW_OPEN, 0, 1, -1, -1, 0, false},
    {"pictures_taken", PICTURES, 3, VIEW_ROW, VIEW_CLOSED, 900000, 1, 1, 1, 0, false},
    {"code", CODE, 0, VIEW_CODE, VIEW_OPEN, 0, 4, -1, -1, 0, false},
    {"code_taken", CODE, 0, VIEW_CODE, VIEW_OPEN, 0, 4, 0, -1, 0, false},
};

static const char *const keys[] = {"1", "2", "3", "4", "5", "6", "7", "8"};

struct scene_of_choice {
    struct view_option options[8];
    struct view view;
};

static void fill_option(const struct state *s, const struct words *w, int i, struct view_option *o)
{
    *o = (struct view_option){.text = w->options[i], .key = keys[i]};
    if (s->what == SUBS)
        o->sub = w->sub;
    if (s->what == LOCKED && i == 2) {
        o->locked = true;
        o->reason = w->reason;
    }
    if (s->what == LONG_WORD && i == 0)
        o->text = w->longest;
    if (s->what == SENTENCE && i == 0)
        o->text = w->sentence;
    if (s->what == PICTURES)
        o->image = &images[i % IMAGES];
}

/* Pictures that differ have numbers that differ, as long as they are there. */
static uint64_t serial_of(const struct frame *f)
{
    return (uint64_t)(uintptr_t)f->plane[0];
}

static void fill_scene(const struct state *s, int language, const struct frame *f, struct scene_of_choice *out)
{
    const struct words *w = &words[language];
    *out = (struct scene_of_choice){0};
    for (int i = 0; i < s->count; i++)
        fill_option(s, w, i, &out->options[i]);
    out->view = (struct view){.frame = f,
                              .frame_serial = serial_of(f),
                              .panel = {.phase = s->phase,
                                        .phase_us = s->phase_us,
                                        .layout = s->layout,
                                        .from_right = language == ARABIC,
                                        .prompt = w->prompt,
                                        .options = out->options,
                                        .count = s->count,
                                        .focus = s->focus,
                                        .focus_from = -1,
                                        .focus_us = US_PER_SECOND,
                                        .tried = s->tried,
                                        .tried_us = 60000,
                                        .selected = s->selected,
                                        .taken = s->taken,
                                        .timed_out = s->timed_out,
                                        .left = 0.6,
                                        .code = s->what == CODE && s->selected >= 0 ? "0847" : "08",
                                        .code_length = s->what == CODE ? 4 : 0}};
}

/* ---- contrast, from the pixels ---- */

static double luminance(const uint8_t *bgrx)
{
    static const double weight[3] = {0.0722, 0.7152, 0.2126};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        const double v = (double)bgrx[i] / 255;
        sum += weight[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The contrast by WCAG 2 that nine in ten of the letters' full pixels have at least: each against what is seen around it, which
 * is the same picture without the words. 21: there are no words. */
static double contrast_in(const uint8_t *with, const uint8_t *without, int pitch, struct rect r)
{
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(double));
    double most = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int y = r.y; y < r.y + r.h; y++)
            for (int x = r.x; x < r.x + r.w; x++) {
                const size_t at = (size_t)y * (size_t)pitch + (size_t)x * 4;
                const double ink = luminance(with + at), ground = luminance(without + at);
                const double c = (MAX(ink, ground) + 0.05) / (MIN(ink, ground) + 0.05);
                if (pass == 0)
                    most = ink > ground ? MAX(most, ink) : most;
                else if (ink > ground && ink >= most * 0.9)
                    g_array_append_val(all, c);
            }
    if (all->len == 0)
        return 21;
    qsort(all->data, all->len, sizeof(double), by_size);
    return g_array_index(all, double, all->len / 10);
}

struct worst {
    double contrast;
    char where[160];
};

static void judge(struct worst *worst, double c, const char *what, const char *where)
{
    if (c >= worst->contrast)
        return;
    worst->contrast = c;
    g_snprintf(worst->where, sizeof worst->where, "%s of %s", what, where);
}

/* As drawn, without any of its words. */
static void take_words(struct scene_of_choice *s)
{
    for (int i = 0; i < 8; i++) {
        struct view_option *o = &s->options[i];
        o->text = o->text ? "\u00a0" : NULL;
        o->sub = o->sub ? "\u00a0" : NULL;
        o->reason = o->reason ? "\u00a0" : NULL;
        o->key = o->key ? "\u00a0" : NULL;
    }
    s->view.panel.prompt = "\u00a0";
}

static uint8_t *drawn(struct window *w, const struct view *v, int *pitch)
{
    int width, height;
    window_expose(w);
    window_draw(w, v);
    const uint8_t *px = window_read(w, &width, &height, pitch);
    return g_memdup2(px, (size_t)*pitch * (size_t)height);
}

static struct text_extent measure(void *text, const struct text_style *style, const char *s, int width)
{
    return text_size(text_get(text, style, s, width));
}

/* Where the words stand; the same as the window's own. */
static void layout_of(struct text *text, const struct view *v, int w, int h, struct layout_panel *l)
{
    const struct layout_request rq = {.w = w,
                                      .h = h,
                                      .picture = layout_picture(w, h, FRAME_W, FRAME_H, 1, 1),
                                      .panel = &v->panel,
                                      .text_scale = v->text_scale,
                                      .measure = measure,
                                      .user = text};
    layout_panel(&rq, l);
}

/* The ground is that of the words where they are: the shade is as long as what stands in it, so each word is taken alone. */
static void judge_words(struct window *w, struct text *text, int width, int height, const struct scene_of_choice *s,
                        const char *where, struct worst *worst)
{
    struct layout_panel l, bare;
    struct scene_of_choice without = *s;
    int pitch;
    without.view.panel.options = without.options;
    take_words(&without);
    layout_of(text, &s->view, width, height, &l);
    layout_of(text, &without.view, width, height, &bare);
    if (l.shade_y != bare.shade_y || l.solid_y != bare.solid_y || l.top_shade_y != bare.top_shade_y)
        return; /* words that wrap: the shade is another one, and so is the picture */
    g_autofree uint8_t *with = drawn(w, &s->view, &pitch), *ground = drawn(w, &without.view, &pitch);
    judge(worst, contrast_in(with, ground, pitch, l.prompt), "the question", where);
    for (int i = 0; i < l.count; i++) {
        g_autofree char *option = g_strdup_printf("option %d", i + 1),
                        *second = g_strdup_printf("the second line of option %d", i + 1),
                        *key = g_strdup_printf("the key of option %d", i + 1);
        judge(worst, contrast_in(with, ground, pitch, l.option[i].text), option, where);
        judge(worst, contrast_in(with, ground, pitch, l.option[i].sub), second, where);
        if (!s->options[i].locked) /* it has no key that works */
            judge(worst, contrast_in(with, ground, pitch, l.option[i].key), key, where);
    }
}

static void test_contrast(const struct frame *footage)
{
    static const struct {
        int w, h;
    } shapes[] = {{1280, 720}, {640, 360}, {540, 960}, {2560, 1080}};
    struct text *text = text_open();
    for (int high = 0; high < 2; high++)
        for (size_t z = 0; z < (high ? 2 : G_N_ELEMENTS(shapes)); z++) {
            const struct window_options o = {.offscreen = true, .width = shapes[z].w, .height = shapes[z].h};
            struct window *w = window_open(&o, NULL);
            struct worst worst = {.contrast = 22};
            for (int f = 0; f < FOOTAGES; f++)
                for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
                    struct scene_of_choice s;
                    g_autofree char *where = g_strdup_printf("%s on %s footage", states[i].name, footage_names[f]);
                    if (states[i].phase != VIEW_OPEN)
                        continue;
                    fill_scene(&states[i], (int)(i % LANGUAGES), &footage[f], &s);
                    s.view.high_contrast = high;
                    judge_words(w, text, shapes[z].w, shapes[z].h, &s, where, &worst);
                }
            ok(worst.contrast >= (high ? 7 : 4.5) && worst.contrast < 22, "%s %dx%d: at least %.1f, %s",
               high ? "high contrast," : "", shapes[z].w, shapes[z].h, worst.contrast, worst.where);
            window_close(w);
        }
    text_close(text);
}

/* ---- places ---- */

/* No words lie on each other, outside the window, or across the edge of the picture. */
static const char *wrong_place(const struct layout_panel *l, int w, int h)
{
    const struct rect window = {0, 0, w, h};
    struct rect all[4 * VIEW_OPTIONS_MAX + 2];
    int n = 0;
    all[n++] = l->prompt;
    for (int i = 0; i < l->count; i++) {
        all[n++] = l->option[i].image;
        all[n++] = l->option[i].text;
        all[n++] = l->option[i].sub;
        all[n++] = l->option[i].key;
    }
    for (int i = 0; i < n; i++) {
        if (rect_empty(all[i]))
            continue;
        if (!rect_inside(all[i], window))
            return "words outside the window";
        for (int k = i + 1; k < n; k++)
            if (rect_meet(all[i], all[k]))
                return "words on each other";
    }
    return NULL;
}

/* One size, on one line, where they stand in a row. */
static const char *wrong_images(const struct layout_panel *l)
{
    for (int i = 1; i < l->count; i++) {
        const struct rect a = l->option[0].image, b = l->option[i].image;
        const struct rect cell = l->option[0].cell, other = l->option[i].cell;
        if (a.w != b.w || a.h != b.h)
            return "pictures of several sizes";
        if (cell.y == other.y && a.y != b.y)
            return "pictures that are not level";
    }
    return NULL;
}

/* Where there is room nothing ends in an ellipsis, and no word is broken. */
static const char *wrong_words(struct text *text, const struct layout_panel *l, const struct view_panel *v, int w,
                               int h)
{
    for (int i = 0; i < l->count && w >= 540 && h >= 360; i++) {
        const struct layout_option *o = &l->option[i];
        if (measure(text, &o->text_style, v->options[i].text, o->text.w).cut)
            return "an option that is cut";
    }
    return l->prompt.h && measure(text, &l->prompt_style, v->prompt, l->prompt.w).cut ? "a question that is cut" : NULL;
}

/* In a language that reads from right to left, the first option is on the right. */
static const char *wrong_order(const struct layout_panel *l, bool from_right)
{
    for (int i = 1; i < l->count; i++) {
        const struct rect a = l->option[i - 1].cell, b = l->option[i].cell;
        if (abs(a.y - b.y) < a.h / 2 && (a.x < b.x) == from_right)
            return "the options in another order than they are read";
    }
    return NULL;
}

static void test_places(void)
{
    static const struct {
        int w, h;
    } shapes[] = {{320, 180},   {640, 360},   {1280, 720}, {1920, 1080},
                  {3840, 2160}, {2560, 1080}, {540, 960},  {360, 780}};
    struct text *text = text_open();
    const struct frame none = {0};
    for (size_t z = 0; z < G_N_ELEMENTS(shapes); z++) {
        const char *wrong = NULL, *where = "";
        g_autofree char *said = NULL;
        for (size_t i = 0; i < G_N_ELEMENTS(states) && !wrong; i++)
            for (int language = 0; language < LANGUAGES && !wrong; language++) {
                struct scene_of_choice s;
                struct layout_panel l;
                fill_scene(&states[i], language, &none, &s);
                layout_of(text, &s.view, shapes[z].w, shapes[z].h, &l);
                wrong = wrong_place(&l, shapes[z].w, shapes[z].h);
                wrong = wrong ? wrong : wrong_images(&l);
                wrong = wrong ? wrong : wrong_order(&l, language == ARABIC);
                wrong = wrong ? wrong : wrong_words(text, &l, &s.view.panel, shapes[z].w, shapes[z].h);
                s.view.text_scale = 2;
                layout_of(text, &s.view, shapes[z].w, shapes[z].h, &l);
                wrong = wrong                ? wrong
                        : shapes[z].w < 1280 ? NULL
                                             : wrong_words(text, &l, &s.view.panel, shapes[z].w, shapes[z].h);
                if (wrong)
                    where = said = g_strdup_printf("%s in %s: %s", states[i].name, language_names[language], wrong);
            }
        ok(!wrong, "%dx%d: everything has a place of its own %s", shapes[z].w, shapes[z].h, where);
    }
    text_close(text);
}

/* ---- as the viewer wishes ---- */

/* How a viewer may have it. */
static const struct {
    const char *how;
    float text_scale;
    bool high_contrast;
    const char *face;
} wishes[] = {{"", 1, false, NULL},
              {"_large", 2, false, NULL},
              {"_contrast", 1, true, NULL},
              {"_readable", 1, false, "OpenDyslexic"}};

static void wish_for(struct view *v, size_t wish)
{
    v->text_scale = wishes[wish].text_scale;
    v->high_contrast = wishes[wish].high_contrast;
    v->face = wishes[wish].face ? g_intern_static_string(wishes[wish].face) : NULL;
}

/* While a choice is open, all of it follows at once: as if it had been so from the beginning. */
static void test_wishes(const struct frame *footage)
{
    const struct window_options o = {.offscreen = true, .width = 1280, .height = 720};
    struct window *w = window_open(&o, NULL);
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(wishes); i++) {
        struct scene_of_choice s;
        int pitch, rows = 0;
        fill_scene(&states[2], ENGLISH, &footage[BUSY], &s);
        wish_for(&s.view, i % G_N_ELEMENTS(wishes));
        s.view.panel.from_right = i >= G_N_ELEMENTS(wishes);
        struct window *fresh = window_open(&o, NULL);
        g_autofree uint8_t *want = drawn(fresh, &s.view, &pitch), *got = drawn(w, &s.view, &pitch);
        for (int y = 0; y < 720; y++)
            rows += memcmp(want + (size_t)y * (size_t)pitch, got + (size_t)y * (size_t)pitch, 1280 * 4) != 0;
        ok(rows == 0, "another wish%s while the choice is open: %d lines differ from a choice that began so",
           wishes[i % G_N_ELEMENTS(wishes)].how, rows);
        window_close(fresh);
    }
    window_close(w);
}

/* ---- for eyes ---- */

static void keep_look(struct window *w, const struct frame *footage, size_t state, int language, int on, size_t wish)
{
    struct scene_of_choice s;
    fill_scene(&states[state], language, &footage[on], &s);
    wish_for(&s.view, wish);
    window_expose(w);
    window_draw(w, &s.view);
    g_autofree char *name = g_strdup_printf("choice_%s_%02zu_%s_%s%s", language_names[language], state,
                                            states[state].name, footage_names[on], wishes[wish].how);
    look_keep(w, name);
}

static void keep_looks(const struct frame *footage)
{
    static const struct {
        int w, h;
        bool all;
    } shapes[] = {{1280, 720, true},   {640, 360, true},    {540, 960, true},  {1920, 1080, false},
                  {3840, 2160, false}, {2560, 1080, false}, {720, 1280, false}};
    for (size_t z = 0; z < G_N_ELEMENTS(shapes); z++) {
        if (!look_wanted_at(shapes[z].w, shapes[z].h))
            continue;
        const struct window_options o = {.offscreen = true, .width = shapes[z].w, .height = shapes[z].h};
        struct window *w = window_open(&o, NULL);
        for (int language = 0; language < LANGUAGES; language++)
            for (size_t i = 0; i < G_N_ELEMENTS(states); i++)
                for (int f = 0; f < FOOTAGES; f++) {
                    const bool one = (i + (size_t)language) % FOOTAGES == (size_t)f;
                    for (size_t k = 0; k < (one && shapes[z].all ? G_N_ELEMENTS(wishes) : 1); k++)
                        if (one || shapes[z].all)
                            keep_look(w, footage, i, language, f, k);
                }
        window_close(w);
    }
}

int main(void)
{
    struct frame footage[FOOTAGES];
    for (int f = 0; f < FOOTAGES; f++)
        footage[f] = frame_of(FRAME_W, FRAME_H, f, 0);
    images[0] = frame_of(320, 180, BUSY, 40);
    images[1] = frame_of(180, 320, BRIGHT, -30);
    images[2] = frame_of(320, 240, DARK, 20);
    test_places();
    test_contrast(footage);
    test_wishes(footage);
    keep_looks(footage);
    for (int f = 0; f < FOOTAGES; f++)
        g_free((void *)(uintptr_t)footage[f].plane[0]);
    for (int i = 0; i < IMAGES; i++)
        g_free((void *)(uintptr_t)images[i].plane[0]);
    return tap_done();
}
