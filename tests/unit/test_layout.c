/* Layout: for any window, picture, number of options and length of texts, everything is inside the window, nothing
 * that can be hit overlaps, hits agree with the rectangles, and what the design promises about the picture holds. A
 * ruler stands in for the fonts. */
#include "tap.h"
#include <math.h>
#include <stdlib.h>
#include "media/subs_view.h"
#include "present/layout.h"

/* Letters are 0.55 em wide, words wrap at spaces, and a word that is too long is cut. */
static struct text_extent ruler(void *user, const struct text_style *style, const char *text, int width)
{
    const double em = style->px * 0.55;
    struct text_extent e = {0};
    double line = 0;
    (void)user;
    e.lines = text && *text ? 1 : 0;
    for (const char *s = text; s && *s;) {
        const size_t n = strcspn(s, " ");
        double w = (double)n * em;
        e.cut |= w > width;
        w = MIN(w, width);
        if (line > 0 && line + em + w > width) {
            e.lines++;
            line = 0;
        }
        line += (line > 0 ? em : 0) + w;
        e.w = MAX(e.w, (int)line);
        s += n + strspn(s + n, " ");
    }
    if (style->max_lines > 0 && e.lines > style->max_lines) {
        e.lines = style->max_lines;
        e.cut = true;
    }
    e.h = e.lines * (style->px * 126 / 100);
    e.baseline = style->px;
    return e;
}

static const struct {
    int w, h;
} windows[] = {{640, 360},  {1024, 600}, {1280, 720}, {1920, 1080}, {3840, 2160}, {600, 900}, {1080, 1920},
               {1024, 768}, {320, 180},  {2560, 720}, {200, 200},   {64, 48},     {1, 1}};
static const struct {
    int w, h;
} pictures[] = {{1280, 640}, {1920, 1080}, {640, 480}, {480, 640}, {2390, 1000}, {0, 0}};
static const char *const texts[] = {
    "Yes",
    "By the door",
    "Answer line 08 before it stops",
    "Tell her that the record of every decision she takes is the only thing that ever leaves the building tonight",
    "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft",
    ""};

static bool part_inside(const struct layout_option *o)
{
    const struct rect parts[] = {o->image, o->text, o->sub, o->key, o->line};
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (!rect_empty(parts[i]) && !rect_inside(parts[i], o->cell))
            return false;
    return true;
}

static const char *wrong(const struct layout_request *rq, const struct layout_panel *l)
{
    const struct rect all = {0, 0, rq->w, rq->h};
    if (l->count != (rq->panel->layout == VIEW_CODE ? 0 : rq->panel->count))
        return "an option is missing";
    for (int i = 0; i < l->count; i++) {
        const struct rect c = l->option[i].cell;
        if (!rect_inside(c, all))
            return "a cell leaves the window";
        if (!part_inside(&l->option[i]))
            return "a part leaves its cell";
        for (int k = 0; k < i; k++)
            if (rect_meet(c, l->option[k].cell))
                return "two cells overlap";
        if (rq->h >= 180 && (rect_meet(c, l->bar) || rect_meet(c, l->prompt)))
            return "a cell covers the bar or the prompt";
        if (!rect_empty(c) && layout_option_at(l, c.x + c.w / 2, c.y + c.h / 2) != i)
            return "a hit in the middle of a cell finds another";
        if (rq->h >= 180 && rect_empty(c))
            return "a cell is empty";
        if (2 * rq->picture.w >= rq->w && rq->w >= 320 &&
            (c.x < rq->picture.x || c.x + c.w > rq->picture.x + rq->picture.w))
            return "the picture's edge runs through an option";
    }
    for (int i = 0; i < l->pad_count; i++) {
        if (!rect_inside(l->pad[i].cell, all) && rq->h >= 180 && rq->w >= 320)
            return "a key of the pad leaves the window";
        for (int k = 0; k < i; k++)
            if (rect_meet(l->pad[i].cell, l->pad[k].cell))
                return "two keys of the pad overlap";
    }
    if (!rect_inside(l->bar, all) || !rect_inside(l->prompt, all))
        return "bar or prompt leave the window";
    if (l->picture.w != rq->picture.w || l->picture.h != rq->picture.h || l->picture.y > rq->picture.y ||
        l->picture.y < 0)
        return "the picture is resized, or moved down or out";
    if (l->subs_floor > rq->h)
        return "subtitles may stand below the window";
    return NULL;
}

static const char *const layouts[] = {"row", "column", "corners", "code"};

/* Checks one set of options in all windows with all pictures, and prints the first fault. */
static bool sweep_windows(struct view_panel *p, int *checked)
{
    for (size_t w = 0; w < G_N_ELEMENTS(windows); w++) {
        for (size_t k = 0; k < G_N_ELEMENTS(pictures); k++) {
            struct layout_request rq = {.w = windows[w].w, .h = windows[w].h, .panel = p, .measure = ruler};
            rq.picture = layout_picture(rq.w, rq.h, pictures[k].w, pictures[k].h, 1, 1);
            struct layout_panel l;
            layout_panel(&rq, &l);
            ++*checked;
            const char *fault = wrong(&rq, &l);
            if (!fault)
                continue;
            printf("# %s: window %dx%d picture %dx%d layout %s options %d text \"%s\"\n", fault, rq.w, rq.h,
                   pictures[k].w, pictures[k].h, layouts[p->layout], p->count, p->options[0].text);
            return false;
        }
    }
    return true;
}

static void test_sweep(void)
{
    for (int layout = VIEW_ROW; layout <= VIEW_CODE; layout++) {
        int checked = 0;
        bool good = true;
        for (int n = 1; n <= 8 && good; n++) {
            for (size_t t = 0; t < 4 * G_N_ELEMENTS(texts) && good; t++) {
                struct view_option o[8] = {0};
                for (int i = 0; i < n; i++) {
                    o[i].text = texts[t / 4];
                    o[i].key = t & 1 ? "1" : NULL;
                    o[i].sub = t & 2 ? texts[2] : NULL;
                }
                struct view_panel p = {.layout = (enum view_layout)layout,
                                       .options = o,
                                       .count = n,
                                       .prompt = t & 1 ? texts[3] : texts[1]};
                good = sweep_windows(&p, &checked);
            }
        }
        ok(good, "%s: %d layouts, all inside, none overlap", layouts[layout], checked);
    }
}

/* The same with everything chosen at random. */
static void test_random(guint32 seed)
{
    GRand *r = g_rand_new_with_seed(seed);
    bool good = true;
    printf("# seed %u\n", seed);
    for (int i = 0; i < 3000 && good; i++) {
        struct view_option o[VIEW_OPTIONS_MAX] = {0};
        struct view_panel p = {
            .layout = (enum view_layout)g_rand_int_range(r, 0, 4), .options = o, .count = g_rand_int_range(r, 1, 9)};
        p.prompt = g_rand_boolean(r) ? texts[g_rand_int_range(r, 0, G_N_ELEMENTS(texts))] : NULL;
        p.code_letters = g_rand_boolean(r);
        for (int k = 0; k < p.count; k++) {
            o[k].text = texts[g_rand_int_range(r, 0, G_N_ELEMENTS(texts))];
            o[k].sub = g_rand_boolean(r) ? texts[g_rand_int_range(r, 0, G_N_ELEMENTS(texts))] : NULL;
            o[k].locked = g_rand_boolean(r);
            o[k].reason = "because";
        }
        struct layout_request rq = {.w = g_rand_int_range(r, 1, 4000),
                                    .h = g_rand_int_range(r, 1, 2400),
                                    .panel = &p,
                                    .measure = ruler,
                                    .text_scale = (float)g_rand_double_range(r, 0.5, 2.5)};
        rq.picture = layout_picture(rq.w, rq.h, g_rand_int_range(r, 1, 4000), g_rand_int_range(r, 1, 2400),
                                    g_rand_int_range(r, 1, 20), g_rand_int_range(r, 1, 20));
        struct layout_panel l;
        layout_panel(&rq, &l);
        const char *fault = wrong(&rq, &l);
        good = !fault || rq.h < 180 || rq.w < 320;
        if (!good)
            printf("# %s: window %dx%d layout %s options %d scale %g\n", fault, rq.w, rq.h, layouts[p.layout], p.count,
                   (double)rq.text_scale);
    }
    ok(good, "3000 random panels");
    g_rand_free(r);
}

static void test_picture(void)
{
    static const struct {
        int w, h, pw, ph, sn, sd;
        struct rect want;
    } rows[] = {{1280, 720, 1280, 640, 1, 1, {0, 40, 1280, 640}},  {1280, 720, 640, 480, 1, 1, {160, 0, 960, 720}},
                {600, 900, 1280, 640, 1, 1, {0, 300, 600, 300}},   {1280, 720, 720, 576, 64, 45, {0, 0, 1280, 720}},
                {1920, 1080, 1280, 720, 1, 1, {0, 0, 1920, 1080}}, {100, 100, 0, 0, 1, 1, {0, 0, 100, 100}},
                {100, 100, 1, 1000000, 1, 1, {49, 0, 2, 100}},     {1, 1, 3, 7, 1, 1, {0, 0, 1, 1}}};
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct rect r = layout_picture(rows[i].w, rows[i].h, rows[i].pw, rows[i].ph, rows[i].sn, rows[i].sd);
        ok(memcmp(&r, &rows[i].want, sizeof r) == 0, "%dx%d of %d:%d in %dx%d: %d,%d %dx%d", rows[i].pw, rows[i].ph,
           rows[i].sn, rows[i].sd, rows[i].w, rows[i].h, r.x, r.y, r.w, r.h);
    }
}

/* What the design says about a 2:1 film. */
/* Where the words read from right to left, options and their keys stand as in a mirror; what is in the middle stays. */
static void test_from_right(void)
{
    static const struct view_option o[] = {
        {.text = "Yes", .key = "1"}, {.text = "By the door", .key = "2", .sub = "now"}, {.text = "No"}};
    for (int layout = VIEW_ROW; layout <= VIEW_CODE; layout++) {
        struct view_panel p = {.phase = VIEW_OPEN, .layout = layout, .prompt = "Which?", .options = o, .count = 3};
        struct layout_request rq = {.w = 1280, .h = 720, .panel = &p, .measure = ruler};
        struct layout_panel left, right;
        rq.picture = layout_picture(rq.w, rq.h, 1920, 1080, 1, 1);
        layout_panel(&rq, &left);
        p.from_right = true;
        layout_panel(&rq, &right);
        bool good = !wrong(&rq, &right) && left.prompt.x == right.prompt.x && left.bar.x == right.bar.x &&
                    left.pad[0].cell.x == right.pad[0].cell.x;
        for (int i = 0; i < right.count; i++) {
            const struct layout_option *a = &left.option[i], *b = &right.option[i];
            good &= b->cell.x == 1280 - a->cell.x - a->cell.w && b->key.x == 1280 - a->key.x - a->key.w &&
                    b->text.x == 1280 - a->text.x - a->text.w && b->cell.y == a->cell.y;
        }
        ok(good && (layout == VIEW_COLUMN || layout == VIEW_CODE || right.option[0].cell.x > right.option[1].cell.x),
           "%s: the first option is at the right", layouts[layout]);
    }
}

static void test_lift(void)
{
    const struct view_option o[] = {{.text = "By the door"}, {.text = "To the desk"}};
    struct view_panel p = {.options = o, .count = 2, .prompt = "Where?", .lifts = true};
    const struct layout_request rq = {
        .w = 1280, .h = 720, .panel = &p, .measure = ruler, .picture = {0, 40, 1280, 640}};
    struct layout_panel l;
    for (p.lift = 0; p.lift <= 1000; p.lift += 250) {
        layout_panel(&rq, &l);
        ok(l.subs_floor == l.picture.y + 640 - 640 * p.lift / 1000, "subtitles are lifted by %d thousandths", p.lift);
    }
}

static void test_design(void)
{
    const struct view_option o[] = {{.text = "By the door"}, {.text = "To the desk"}};
    const struct view_panel p = {.options = o, .count = 2, .prompt = "Where?"};
    struct layout_request rq = {.w = 1280, .h = 720, .panel = &p, .measure = ruler, .picture = {0, 40, 1280, 640}};
    struct layout_panel l;
    layout_panel(&rq, &l);
    ok(l.picture.y < 40, "the picture gives way: up by %d", 40 - l.picture.y);
    ok(l.option[0].cell.y >= l.picture.y + l.picture.h, "two options stand below it");
    ok(l.option[0].cell.y == l.option[1].cell.y && l.option[0].cell.x < l.option[1].cell.x, "in a row, in order");
    ok(l.subs_floor < l.prompt.y, "subtitles stay above the prompt");
    rq = (struct layout_request){.w = 600, .h = 900, .panel = &p, .measure = ruler, .picture = {0, 300, 600, 300}};
    layout_panel(&rq, &l);
    ok(l.picture.y == 300 && l.prompt.y >= 600 && l.shade_y == 900,
       "a tall window: all below, no shade, the picture stays");
    rq = (struct layout_request){.w = 1280, .h = 720, .panel = &p, .measure = ruler, .picture = {0, 0, 1280, 720}};
    layout_panel(&rq, &l);
    ok(l.picture.y == 0 && l.shade_y > 360 && l.solid_y < l.prompt.y, "a full picture: only its lower half is shaded");
    ok(layout_text_px(3840, 2160, 1) == 3 * layout_text_px(1280, 720, 1) || layout_text_px(3840, 2160, 1) > 70,
       "type grows with the window");
    ok(layout_text_px(640, 360, 1) >= 15 && layout_text_px(320, 180, 1) >= 15, "and has a floor");
    for (int w = 320; w <= 1920; w += 40)
        for (int h = w; h <= 2 * w; h += 40) { /* the taller, the more lines */
            const int px = layout_text_px(w, h, 1);
            if (px < layout_text_px(w, h - 40, 1) || (h >= w * 8 / 5 && px * 1000 < MIN(w * 37, 71000)) ||
                px > MAX(15, w / 22)) {
                ok(false, "%dx%d: letters of %d pixels", w, h, px);
                return;
            }
        }
    ok(true, "a tall window has letters as large as its width allows");
}

/* In a tall window all of a choice stands below the picture, in letters of full size, and a pad is one for fingers. */
static void test_tall(void)
{
    static const int tall[][2] = {{720, 1280}, {1080, 1920}, {540, 960}};
    const struct view_option o[] = {{.text = texts[3], .key = "1"}, {.text = "By the door", .key = "2"}};
    for (size_t i = 0; i < G_N_ELEMENTS(tall); i++) {
        const int w = tall[i][0], h = tall[i][1], base = layout_text_px(w, h, 1);
        struct view_panel p = {.options = o, .count = 2, .prompt = "Where does the umbrella go?"};
        const struct layout_request rq = {
            .w = w, .h = h, .panel = &p, .measure = ruler, .picture = layout_picture(w, h, 16, 9, 1, 1)};
        const int below = rq.picture.y + rq.picture.h;
        struct layout_panel l;
        layout_panel(&rq, &l);
        ok(l.option[0].text_style.px == base && l.prompt.y >= below, "%dx%d: a long answer is as large as any", w, h);
        p.layout = VIEW_CODE;
        layout_panel(&rq, &l);
        ok(l.pad[0].cell.x == l.pad[3].cell.x && l.pad[2].cell.x == l.pad[11].cell.x && l.prompt.y >= below &&
               l.pad[0].cell.w >= w / 9,
           "%dx%d: the pad has three columns", w, h);
    }
}

/* Up and down, by what is seen. */
static void test_row_step(void)
{
    static const struct {
        const char *what;
        enum view_layout layout;
        int w, h, count, from, way, to;
    } rows[] = {{"a row: the next one", VIEW_ROW, 1280, 720, 2, 0, 1, 1},
                {"and back", VIEW_ROW, 1280, 720, 2, 1, -1, 0},
                {"a column", VIEW_COLUMN, 1280, 720, 3, 0, 1, 1},
                {"its end", VIEW_COLUMN, 1280, 720, 3, 2, 1, 2},
                {"corners: the one below", VIEW_CORNERS, 1280, 720, 4, 1, 1, 3},
                {"the one above", VIEW_CORNERS, 1280, 720, 4, 2, -1, 0},
                {"a grid: the one below", VIEW_ROW, 1280, 720, 8, 1, 1, 5},
                {"there is none", VIEW_ROW, 1280, 720, 8, 5, 1, 5},
                {"a pad of six columns", VIEW_CODE, 400, 300, 0, 1, 1, 7},
                {"a pad of three", VIEW_CODE, 720, 1280, 0, 1, 1, 4},
                {"nothing has the focus", VIEW_ROW, 1280, 720, 2, -1, 1, -1}};
    struct view_option o[8] = {0};
    for (int i = 0; i < 8; i++)
        o[i].text = "Turn the lamp off";
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct view_panel p = {.layout = rows[i].layout, .options = o, .count = rows[i].count};
        const struct layout_request rq = {.w = rows[i].w,
                                          .h = rows[i].h,
                                          .panel = &p,
                                          .measure = ruler,
                                          .picture = layout_picture(rows[i].w, rows[i].h, 16, 9, 1, 1)};
        struct layout_panel l;
        layout_panel(&rq, &l);
        is_int(layout_row_step(&l, rows[i].from, rows[i].way), rows[i].to, rows[i].what);
    }
}

/* The text of subtitles, in pixels, over a film of 16:9 or another shape. */
static void test_subs(void)
{
    static const struct {
        int w, h, picture_h;
        float text_scale;
        int px;
        const char *what;
    } cases[] = {
        {1280, 720, 720, 1, 39, "a full window"},
        {1280, 720, 536, 1, 39, "a wide film is letterboxed: its text is no smaller"},
        {540, 960, 304, 1, 29, "a tall window"},
        {1080, 1920, 607, 0, 58, "the same with more pixels"},
        {405, 720, 720, 1, 22, "a tall film in a window of its shape"},
        {320, 180, 180, 1, 15, "a tiny window"},
        {1280, 720, 720, 2, 78, "a viewer who wants larger text"},
        {1280, 720, 720, 0.7f, 27, "and one who wants smaller text"},
        {540, 960, 304, 3, 43, "two lines leave most of the picture free"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        const float scale = layout_subs_scale(cases[i].w, cases[i].h, cases[i].picture_h, cases[i].text_scale);
        is_int(lround((double)scale * SUBS_TEXT_SHARE * cases[i].picture_h), cases[i].px, cases[i].what);
    }
}

int main(int argc, char **argv)
{
    test_picture();
    test_lift();
    test_design();
    test_tall();
    test_row_step();
    test_subs();
    test_from_right();
    test_sweep();
    test_random(argc > 1 ? (guint32)strtoul(argv[1], NULL, 10) : 20261123);
    return tap_done();
}
