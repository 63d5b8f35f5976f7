/* Credits: they roll through their place, slow down and rest with their last part in the middle; in pages where no motion is
 * wanted; read in every window; the way past them is where it is clicked. `make contact-sheet` leaves the pictures. */
#include "base/units.h"
#include "present/anim.h"
#include "present/credits.h"
#include "present/view.h"
#include "present/window.h"
#include "tests/look.h"
#include "tests/tap.h"

#include <math.h>
#include <string.h>

static const char english[] =
    "# At the Third Stroke\n\nFigures: Reallusion\n: reallusion.com, CC BY 3.0 US\n"
    "Mug and car: Andrew Kator & Jennifer Legaz\nDesk lamp, telephone, pen box: Scopia Visual "
    "Interfaces Systems, s.l.\nRadio: Jay-Artist\nUmbrella: Ralmon\nRadiator: Testinar\n"
    "All models were relit and given other materials.\n\nThe Clock: Festival\n: Centre for Speech "
    "Technology Research,\n: University of Edinburgh\nThe Caller: Flite\n\nLeague Spartan: Micah "
    "Rich, Caroline Hadilaksono, Tyler Finck\nCourier Prime: Quote-Unquote Apps\n\nYou have been "
    "listening to the national speaking clock.";
static const char german[] =
    "# Beim dritten Ton\n\nFiguren: Reallusion\nOberflächenbeleuchtungsgestaltung: Andrew Kator\n"
    ": Jennifer Legaz\nHeizkörper: Testinar\nAlle Modelle wurden neu beleuchtet.\n\nDie Uhr: "
    "Festival\n: Centre for Speech Technology Research\n\nSie hörten die Zeitansage.";
static const char arabic[] =
    "# عند الدقة الثالثة\n\nالشخصيات: ريالوجن\nالمصباح: سكوبيا\n: ماجد\nالمذياع: جاي\n\nالساعة: فستيفال\n: جامعة "
    "إدنبرة\nالمتصل: فلايت\n\nكنتم تستمعون إلى الساعة الناطقة.";
static const char japanese[] =
    "# 三つ目の音で\n\n人物: リアリュージョン\nマグカップと自動車: アンドリュー・ケイター\n: ジェニファー・レガズ\n"
    "ラジオ: ジェイ\n\n時報: フェスティバル\n: "
    "エディンバラ大学音声技術研究センター\n\nお聞きいただいたのは時報でした。";

static const struct {
    const char *name, *text;
} languages[] = {{"english", english}, {"german", german}, {"arabic", arabic}, {"japanese", japanese}};

static const struct {
    int w, h;
} sizes[] = {{1280, 720}, {640, 360}, {540, 960}, {320, 180}, {1920, 1080}, {3840, 2160}, {2560, 1080}};

static struct view_inscription credits_of(const char *text, float through)
{
    return (struct view_inscription){.text = text,
                                     .left = 60,
                                     .width = 880,
                                     .height = 1000,
                                     .size = 34,
                                     .look = VIEW_CREDITS,
                                     .rgb = 0xd8ceb6,
                                     .through = through};
}

static void test_motion(void)
{
    float before = 0, step = 1;
    bool on = true, slows = true;
    for (int i = 1; i <= 1000; i++) {
        const float at = credits_rolled((float)i / 1000);
        on &= at >= before;
        slows &= at - before <= step + 1e-5F;
        step = at - before;
        before = at;
    }
    ok(on && slows, "credits roll on, and never faster than before");
    ok(fabsf(credits_rolled(0)) < 1e-6F && fabsf(credits_rolled(1) - 1) < 1e-5F, "from the first line to the last");
    ok(credits_rolled(0.95F) > 0.9999F, "where they rest before the end");
}

/* The rows of the window, from `from` to `to`, that have something bright on them. */
static int lit_rows(struct window *w, const struct view *v, int *first, int *last)
{
    int width, height, pitch, n = 0;
    window_expose(w);
    window_draw(w, v);
    const uint8_t *px = window_read(w, &width, &height, &pitch);
    *first = *last = -1;
    for (int y = 0; y < height; y++) {
        bool lit = false;
        for (int x = 0; x < width; x++)
            lit |= px[(size_t)y * (size_t)pitch + (size_t)x * 4 + 1] > 90;
        if (!lit)
            continue;
        *first = *first < 0 ? y : *first;
        *last = y;
        n++;
    }
    return n;
}

static void test_roll(struct window *w, int h, const char *name, const char *text)
{
    static const int steps[] = {16, 30, 45, 70, 100};
    struct view v = {.inscription_count = 1};
    int first, last = 0, before = h;
    bool moves = true;
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        struct view_inscription in = credits_of(text, (float)steps[i] / 100);
        in.top = 250; /* in half of the picture's height, all of them roll */
        in.height = 500;
        v.inscriptions = &in;
        const int lit = lit_rows(w, &v, &first, &last);
        moves &= lit > 0;
        if (i == 0)
            moves &= first > h * 3 / 10; /* they come from below */
        g_autofree char *kept = g_strdup_printf("credits_%s_%03d", name, steps[i]);
        look_keep(w, kept);
        before = MIN(before, first);
    }
    ok(moves && before < h * 2 / 5, "%s: they come from below and roll up (to %d of %d)", name, before, h);
    ok(last >= h / 2 && last <= h * 3 / 4, "%s: the last part rests in the middle (down to %d of %d)", name, last, h);
}

/* In pages, everything is shown once, and nothing is cut. */
static void test_pages(struct window *w, int h, const char *name, const char *text)
{
    struct view v = {.inscription_count = 1, .reduced_motion = true};
    int first, last, pages = 0, shown = 0;
    bool whole = true, was_lit = false;
    for (int i = 0; i <= 1000; i += 10) {
        struct view_inscription in = credits_of(text, (float)i / 1000);
        v.inscriptions = &in;
        const int lit = lit_rows(w, &v, &first, &last);
        whole &= lit == 0 || (first >= 0 && last < h);
        if (lit > 0 && !was_lit)
            pages++;
        if (lit > shown && look_wanted()) {
            g_autofree char *kept = g_strdup_printf("credits_%s_page%d", name, pages);
            look_keep(w, kept);
        }
        shown = lit > 0 ? MAX(lit, shown) : 0;
        was_lit = lit > 0;
    }
    ok(whole && pages >= 1, "%s: %d pages, each whole", name, pages);
}

static void test_sizes(void)
{
    for (size_t s = 0; s < (look_wanted() ? G_N_ELEMENTS(sizes) : 4); s++) {
        const struct window_options o = {.offscreen = true, .width = sizes[s].w, .height = sizes[s].h};
        struct window *w = window_open(&o, NULL);
        for (size_t l = 0; l < G_N_ELEMENTS(languages); l++) {
            g_autofree char *name = g_strdup_printf("%s at %dx%d", languages[l].name, sizes[s].w, sizes[s].h);
            test_roll(w, sizes[s].h, look_wanted() ? languages[l].name : name, languages[l].text);
            if (s < 3 && l < 1)
                test_pages(w, sizes[s].h, look_wanted() ? languages[l].name : name, languages[l].text);
        }
        window_close(w);
    }
}

static void test_short(struct window *w)
{
    struct view_inscription in = credits_of("Written by: Ada Example", 0.5F);
    struct view v = {.inscriptions = &in, .inscription_count = 1};
    int first, last;
    lit_rows(w, &v, &first, &last);
    const int middle = (first + last) / 2;
    in.through = 0.8F;
    lit_rows(w, &v, &first, &last);
    is_int((first + last) / 2, middle, "what fits stands still");
    static const char *const odd[] = {"",
                                      "\n\n",
                                      ": nobody's role",
                                      "#",
                                      "# ",
                                      "a: ",
                                      "A role that is no role because it is far too "
                                      "long to stand beside anything at all: words"};
    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        in = credits_of(odd[i], 0.5F);
        lit_rows(w, &v, &first, &last);
        v.reduced_motion = !v.reduced_motion;
        lit_rows(w, &v, &first, &last);
    }
    ok(true, "odd texts are drawn");
}

/* Where it can be clicked. */
static struct rect way_past_place(struct window *w)
{
    struct rect r = {0};
    for (int y = 0; y < 720; y++)
        for (int x = 0; x < 1280; x++)
            if (window_hit_at(w, x, y).kind == WINDOW_HIT_SKIP)
                r = rect_empty(r) ? (struct rect){x, y, 1, 1} : rect_union(r, (struct rect){x, y, 1, 1});
    return r;
}

static void test_way_past(struct window *w)
{
    struct view_inscription in = credits_of(english, 0.3F);
    struct view v = {.inscriptions = &in,
                     .inscription_count = 1,
                     .skip_link = "Skip the credits   [Tab]",
                     .skip_link_us = US_PER_SECOND};
    window_draw(w, &v);
    look_keep(w, "credits_way_past");
    bool found = false, elsewhere = false;
    for (int y = 0; y < 720; y += 8)
        for (int x = 0; x < 1280; x += 8) {
            const bool hit = window_hit_at(w, x, y).kind == WINDOW_HIT_SKIP;
            found |= hit && x > 640 && y > 480;
            elsewhere |= hit && (x < 640 || y < 480);
        }
    ok(found && !elsewhere, "the way past them is in the lower corner");
    const struct rect before = way_past_place(w);
    const struct view_bar bar = {.played = 0.3F,
                                 .reach = 1,
                                 .then = VIEW_BAR_END,
                                 .time = "0:07",
                                 .comes = "The film ends in 0:19",
                                 .stays = true};
    v.bar = &bar;
    window_draw(w, &v);
    look_keep(w, "credits_way_past_bar");
    const struct rect beside = way_past_place(w);
    ok(!rect_empty(before) && memcmp(&before, &beside, sizeof before) == 0, "it stays where it is when the bar comes");
    v.bar = NULL;
    v.skip_link_us = ANIM_SKIP_US;
    window_draw(w, &v);
    found = false;
    for (int y = 0; y < 720; y += 8)
        for (int x = 0; x < 1280; x += 8)
            found |= window_hit_at(w, x, y).kind == WINDOW_HIT_SKIP;
    ok(!found, "and goes by itself");
}

int main(void)
{
    test_motion();
    test_sizes();
    struct window *w = window_open(&(struct window_options){.offscreen = true, .width = 1280, .height = 720}, NULL);
    test_short(w);
    test_way_past(w);
    window_close(w);
    return tap_done();
}
