/* What the panel, cards and overlays look like: draws a gallery off-screen and checks what can be checked without
 * eyes. The still FRUMIOUS_STILL=FILE is behind it, if that is given. `make contact-sheet` leaves the pictures: look at
 * them after every change of the design. */
#include "tap.h"
#include "tests/look.h"
#include <math.h>
#include <gio/gio.h>
#include "base/units.h"
#include "media/frame.h"
#include "media/subs.h"
#include "present/anim.h"
#include "present/panel.h"
#include "present/view.h"
#include "present/window.h"

#define STILL_W 1280
#define STILL_H 640

static uint8_t *still_pixels;

/* A 2:1 picture: the still that was asked for, else bright and dark stripes. */
static struct frame still_frame(void)
{
    const size_t size = STILL_W * STILL_H * 3 / 2;
    still_pixels = g_malloc0(size);
    for (int i = 0; i < STILL_W * STILL_H; i++)
        still_pixels[i] = (uint8_t)((i / 40) % 2 ? 235 : 30);
    memset(still_pixels + STILL_W * STILL_H, 128, size - STILL_W * STILL_H);
    if (g_getenv("FRUMIOUS_STILL")) {
        char *argv[] = {"ffmpeg",
                        "-v",
                        "error",
                        "-i",
                        (char *)g_getenv("FRUMIOUS_STILL"),
                        "-vf",
                        "crop=1280:640,format=yuv420p",
                        "-frames:v",
                        "1",
                        "-f",
                        "rawvideo",
                        "-",
                        NULL};
        GSubprocess *p = g_subprocess_newv((const char *const *)argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL);
        GBytes *out = NULL;
        if (p && g_subprocess_communicate(p, NULL, NULL, &out, NULL, NULL) && out && g_bytes_get_size(out) >= size)
            memcpy(still_pixels, g_bytes_get_data(out, NULL), size);
        g_clear_pointer(&out, g_bytes_unref);
        g_clear_object(&p);
    }
    struct frame f = {
        .format = FRAME_I420, .matrix = FRAME_BT709, .width = STILL_W, .height = STILL_H, .sar_num = 1, .sar_den = 1};
    f.plane[0] = still_pixels;
    f.plane[1] = f.plane[0] + STILL_W * STILL_H;
    f.plane[2] = f.plane[1] + STILL_W * STILL_H / 4;
    f.stride[0] = STILL_W;
    f.stride[1] = f.stride[2] = STILL_W / 2;
    return f;
}

static const struct view_option two[] = {{.text = "By the door", .key = "1"}, {.text = "To the desk", .key = "2"}};
static const struct view_option three[] = {
    {.text = "Single", .key = "1"},
    {.text = "Return", .key = "2"},
    {.text = "Ride without", .key = "3", .locked = true, .reason = "the driver does not trust you"}};
static const struct view_option four[] = {{.text = "Answer line 08", .sub = "the bell goes on"},
                                          {.text = "Let it ring", .sub = "somebody else may"},
                                          {.text = "Turn the lamp off"},
                                          {.text = "Leave the room"}};
static const struct view_option eight[] = {
    {.text = "Sugar Puffs", .key = "1"},    {.text = "Frosties", .key = "2"},
    {.text = "Thompson Twins", .key = "3"}, {.text = "Now 2", .key = "4"},
    {.text = "The phone box", .key = "5"},  {.text = "Walk away", .key = "6"},
    {.text = "Ask the time", .key = "7"},   {.text = "Ask who is counting", .key = "8"}};
static const struct view_option long_two[] = {
    {.text = "Tell her that the record of every decision she takes is the only thing that ever leaves the building"},
    {.text = "Say nothing at all, put the receiver down as quietly as it can be put down, and go on counting the "
             "strokes until morning"}};
static const struct view_option arabic[] = {{.text = "أجب على الهاتف 08"}, {.text = "دعه يرن"}};
static const struct view_option hebrew[] = {{.text = "לענות לקו 08"}, {.text = "לתת לו לצלצל (עד הבוקר)"}};
static const struct view_option cjk[] = {
    {.text = "08番線に出る"}, {.text = "鳴らしておく"}, {.text = "让它响"}, {.text = "전화를 받는다"}};
static const struct view_option greek[] = {
    {.text = "Σήκωσε το ακουστικό"}, {.text = "Άφησέ το να χτυπά"}, {.text = "Погасить лампу"}};
static const struct view_option evil[] = {
    {.text = "safe\u202Egnp.exe \xff\xfe\x01 Z\u0351\u0352\u0353\u0354\u0355\u0356\u0357algo"},
    {.text = ""},
    {.text = "👾 emoji \U0010FFFD"}};

static const struct view_item items[] = {
    {.text = "Go on", .level = -1},
    {.text = "Back to an earlier decision", .note = "You chose: Let it ring", .level = -1},
    {.kind = VIEW_ITEM_SETTING, .text = "Subtitles", .value = "off", .more = true, .level = -1},
    {.kind = VIEW_ITEM_SETTING, .text = "Volume", .value = "70 %", .less = true, .more = true, .level = 70},
    {.kind = VIEW_ITEM_HEAD, .text = "When the film asks", .level = -1},
    {.kind = VIEW_ITEM_WORDS, .text = "Pause", .value = "Space, P", .level = -1},
    {.text = "Back", .level = -1}};
static const struct view_page page = {.label = "At the Third Stroke",
                                      .title = "Off Duty",
                                      .text = "One of six endings. You have found two of them.",
                                      .items = items,
                                      .count = G_N_ELEMENTS(items),
                                      .pinned = 1,
                                      .focus = 3,
                                      .open_us = US_PER_SECOND};
static const char *const stats[] = {"frame    1204  p50 0.21 ms  p99 1.10 ms  late 0",
                                    "picture  surface 1280x640 -> 1280x640", "warm     2 of 2  31.4 MB of 256 MB",
                                    "sound    pulseaudio 1024  drift 0.02 ms"};
static const struct view_card cards[] = {
    {.look = VIEW_CARD_TEXT, .title = "At the Third Stroke", .at_us = 2 * US_PER_SECOND, .dur_us = 6 * US_PER_SECOND},
    {.look = VIEW_CARD_TEXT, .body = "First night alone.", .at_us = 2 * US_PER_SECOND},
    {.look = VIEW_CARD_SLATE,
     .title = "The corridor",
     .label = "S03  corridor",
     .body = "Corridor. A tube flickers. NELL, in silhouette, comes in with a wet umbrella and stops. Somewhere behind "
             "the wall a relay clicks, three times, and something that has been turning all along can now be "
             "heard.\n\nCLOCK: At the third stroke it will be eleven forty-one, precisely.",
     .note = "s03.mkv: no such file",
     .at_us = 2300000,
     .dur_us = 9 * US_PER_SECOND},
    {.look = VIEW_CARD_ENDING,
     .label = "Ending two of six",
     .title = "Off Duty",
     .body = "You were with us three minutes, twelve seconds.",
     .at_us = 3 * US_PER_SECOND},
};

#define PANEL(lay, q, opts)                                                                                            \
    {                                                                                                                  \
        .layout = lay, .prompt = q, .options = opts, .count = G_N_ELEMENTS(opts), .focus_from = -1, .selected = -1,    \
        .taken = -1, .phase = VIEW_OPEN, .left = 0.62, .focus_us = US_PER_SECOND                                       \
    }

static const struct look {
    const char *name;
    struct view_panel panel;
    int card; /* 1.. of cards */
    bool page, stats, notice, paused, volume, from_right;
} looks[] = {
    {.name = "two", .panel = PANEL(VIEW_ROW, "Where does the umbrella go?", two)},
    {.name = "three", .panel = PANEL(VIEW_ROW, "Single or return?", three)},
    {.name = "four", .panel = PANEL(VIEW_ROW, "Line 08 is ringing.", four)},
    {.name = "eight", .panel = PANEL(VIEW_ROW, "What first?", eight)},
    {.name = "column", .panel = PANEL(VIEW_COLUMN, "Line 08 is ringing.", four)},
    {.name = "corners", .panel = PANEL(VIEW_CORNERS, "Line 08 is ringing.", four)},
    {.name = "corners2", .panel = PANEL(VIEW_CORNERS, "", two)},
    {.name = "long",
     .panel = PANEL(
         VIEW_ROW,
         "The line is open, and whoever is at the other end has begun to count backwards. What will you tell her now?",
         long_two)},
    {.name = "arabic", .panel = PANEL(VIEW_ROW, "الخط 08 يرن. ماذا تفعل؟", arabic), .from_right = true},
    {.name = "hebrew", .panel = PANEL(VIEW_ROW, "קו 08 מצלצל. מה עכשיו?", hebrew), .from_right = true},
    {.name = "cjk", .panel = PANEL(VIEW_ROW, "08番線が鳴っている。", cjk)},
    {.name = "greek", .panel = PANEL(VIEW_ROW, "Η γραμμή 08 χτυπά. Линия звонит.", greek)},
    {.name = "evil", .panel = PANEL(VIEW_ROW, "\xc3(broken\nlines\tand\x7ftabs", evil)},
    {.name = "code",
     .panel = {.layout = VIEW_CODE,
               .prompt = "What is the number of the line?",
               .phase = VIEW_OPEN,
               .left = 0.4,
               .code = "08",
               .code_length = 4,
               .focus = 4,
               .focus_from = -1}},
    {.name = "letters",
     .panel = {.layout = VIEW_CODE,
               .prompt = "Her name",
               .phase = VIEW_OPEN,
               .left = 0.4,
               .code = "NEL",
               .code_letters = true,
               .focus = 4,
               .focus_from = -1}},
    {.name = "title", .card = 1},
    {.name = "card", .card = 2},
    {.name = "slate", .card = 3},
    {.name = "ending", .card = 4},
    {.name = "page", .page = true},
    {.name = "stats", .stats = true, .notice = true, .volume = true},
    {.name = "paused", .paused = true},
};

static const struct {
    int w, h;
} sizes[] = {{1280, 720}, {640, 360}, {1024, 600}, {1920, 1080}, {3840, 2160}, {600, 900}, {1024, 768}};

static struct view view_of(const struct look *l, const struct frame *f)
{
    struct view v = {.frame = f, .frame_serial = 1, .panel = l->panel};
    v.panel.from_right = l->from_right;
    if (l->card) {
        v.frame = NULL;
        v.card = &cards[l->card - 1];
        v.pic_w = 2;
        v.pic_h = 1;
    }
    v.page = l->page ? &page : NULL;
    v.stats = l->stats ? stats : NULL;
    v.stat_count = l->stats ? G_N_ELEMENTS(stats) : 0;
    v.paused = l->paused;
    v.paused_us = US_PER_SECOND;
    v.volume_shown = l->volume;
    v.volume = 70;
    v.volume_us = 200000;
    v.notice = l->notice ? "s03.mkv is missing: a slate plays in its place" : NULL;
    v.notice_us = US_PER_SECOND;
    return v;
}

static guint checksum(struct window *w)
{
    int pw = 0, ph = 0, pitch = 0;
    const uint8_t *px = window_read(w, &pw, &ph, &pitch);
    GBytes *b = g_bytes_new_static(px, (size_t)pitch * ph);
    const guint sum = g_bytes_hash(b);
    g_bytes_unref(b);
    return sum;
}

/* Every look in every size is drawn, is the same twice, and differs from the bare picture. */
static void test_gallery(const struct frame *f)
{
    for (size_t s = 0; s < (look_wanted() ? G_N_ELEMENTS(sizes) : 3); s++) {
        struct window *w =
            window_open(&(struct window_options){.offscreen = true, .width = sizes[s].w, .height = sizes[s].h}, NULL);
        const struct view bare = {.frame = f, .frame_serial = 1};
        window_draw(w, &bare);
        const guint nothing = checksum(w);
        bool drawn = true, same = true;
        for (size_t i = 0; i < G_N_ELEMENTS(looks); i++) {
            const struct view v = view_of(&looks[i], f);
            drawn &= window_draw(w, &v) && checksum(w) != nothing;
            const guint first = checksum(w);
            look_keep(w, looks[i].name);
            window_draw(w, &bare);
            same &= checksum(w) == nothing; /* nothing of it is left behind */
            window_draw(w, &v);
            same &= checksum(w) == first;
        }
        ok(drawn, "%dx%d: every look draws something", sizes[s].w, sizes[s].h);
        ok(same, "%dx%d: the same view, the same pixels; nothing is left behind", sizes[s].w, sizes[s].h);
        window_close(w);
    }
}

/* The course of a decision in pictures; each phase looks different. */
static void test_phases(const struct frame *f)
{
    static const struct {
        const char *name;
        enum view_phase phase;
        int64_t us;
        int focus, selected, taken;
        bool timed_out;
    } steps[] = {{"a_in_200", VIEW_IN, 200000, 0, -1, -1, false},
                 {"b_in_400", VIEW_IN, 400000, 0, -1, -1, false},
                 {"c_open", VIEW_OPEN, 0, 0, -1, -1, false},
                 {"d_selected", VIEW_OPEN, 0, 1, 1, -1, false},
                 {"e_taken_50", VIEW_CLOSED, 50000, 1, 1, 1, false},
                 {"f_taken_900", VIEW_CLOSED, 900000, 1, 1, 1, false},
                 {"g_timeout_200", VIEW_CLOSED, 200000, 0, -1, 1, true},
                 {"h_timeout_1500", VIEW_CLOSED, 1500000, 0, -1, 1, true},
                 {"i_out_200", VIEW_OUT, 200000, 1, 1, 1, false}};
    struct window *w = window_open(&(struct window_options){.offscreen = true}, NULL);
    guint before = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        struct view v = {.frame = f, .frame_serial = 7, .panel = PANEL(VIEW_ROW, "Where does the umbrella go?", two)};
        v.panel.phase = steps[i].phase;
        v.panel.phase_us = steps[i].us;
        v.panel.focus = steps[i].focus;
        v.panel.selected = steps[i].selected;
        v.panel.taken = steps[i].taken;
        v.panel.timed_out = steps[i].timed_out;
        window_draw(w, &v);
        char *name = g_strdup_printf("phase_%s", steps[i].name);
        look_keep(w, name);
        ok(checksum(w) != before, "%s: differs from the one before", steps[i].name);
        before = checksum(w);
        g_free(name);
    }
    window_close(w);
}

/* A notice, which often says why the slate is there, hides none of its words. */
static void test_slate_notice(void)
{
    static const struct {
        int w, h;
    } windows[] = {{640, 360}, {1280, 720}, {2560, 1080}, {3840, 2160}, {540, 960}};
    for (size_t i = 0; i < G_N_ELEMENTS(windows); i++) {
        const struct window_options o = {.offscreen = true, .width = windows[i].w, .height = windows[i].h};
        struct window *w = window_open(&o, NULL);
        struct view v = {.card = &cards[2], .pic_w = 16, .pic_h = 9};
        int width = 0, height = 0, pitch = 0, last = 0;
        window_draw(w, &v);
        const uint8_t *px = window_read(w, &width, &height, &pitch);
        g_autofree uint8_t *bare = g_memdup2(px, (gsize)pitch * height);
        v.notice = "The film has waited for you";
        v.notice_us = US_PER_SECOND;
        window_draw(w, &v);
        px = window_read(w, &width, &height, &pitch);
        bool hidden = false;
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) {
                const size_t at = (size_t)y * pitch + (size_t)x * 4;
                const bool differs = memcmp(px + at, bare + at, 3) != 0;
                last = differs ? y : last;
                hidden |= differs && bare[at + 1] > 80; /* the leader's hairlines are darker */
            }
        ok(last > 0 && !hidden, "%dx%d: a notice lies over none of a slate's words", width, height);
        window_close(w);
    }
}

static double luminance(uint32_t rgb)
{
    static const double weight[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        const double v = (double)(rgb >> (16 - 8 * i) & 255) / 255;
        sum += weight[i] * (v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4));
    }
    return sum;
}

/* The contrast of two colours by WCAG 2, 1..21. */
static double contrast(uint32_t a, uint32_t b)
{
    const double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

/* WCAG's contrast of each ink, at its opacity, on the panel over the whitest picture. */
static void test_contrast(void)
{
    const struct view_panel open = PANEL(VIEW_ROW, "", three);
    const double white = 255 * (1 - (double)PANEL_OPACITY);
    static const struct {
        const char *what;
        uint32_t rgb;
        int option;
    } inks[] = {{"the option in the light", COLOUR_INK, 0},
                {"an option at rest", COLOUR_INK, 1},
                {"a locked option", COLOUR_INK, 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(inks); i++) {
        const double a = (double)anim_option(&open, inks[i].option, false).ink;
        uint32_t ink = 0, ground = 0;
        for (int k = 0; k < 3; k++) {
            const double back = white + (double)PANEL_OPACITY * (COLOUR_SHADE >> 8 * k & 255);
            ground |= (uint32_t)back << 8 * k;
            ink |= (uint32_t)(a * (inks[i].rgb >> 8 * k & 255) + (1 - a) * back) << 8 * k;
        }
        const double c = contrast(ink, ground);
        ok(c >= 4.5, "%s: contrast %.2f over white", inks[i].what, c);
    }
}

/* Every motion ends where the next phase begins, stays in 0..1, and is over in time. */
static void test_anim(void)
{
    struct view_panel p = PANEL(VIEW_ROW, "", two);
    p.phase = VIEW_IN;
    for (p.phase_us = 0; p.phase_us <= 2 * ANIM_IN_US; p.phase_us += 10000) {
        const struct anim_panel a = anim_panel(&p, false);
        if (a.alpha < 0 || a.alpha > 1 || a.rise < 0 || a.rise > 1 || a.room < 0 || a.room > 1 || a.bar < 0 ||
            a.bar > 1) {
            ok(false, "in 0..1 at %d us", (int)p.phase_us);
            return;
        }
    }
    p.phase_us = 10 * US_PER_SECOND;
    p.opens_us = US_PER_SECOND;
    ok(anim_panel(&p, false).alpha >= 1 && anim_panel(&p, false).bar <= 0,
       "a panel that waits is there, its clock is not");
    const float dim = anim_option(&p, 0, false).ink;
    p.opens_us = ANIM_WAKE_US / 2;
    const float waking = anim_option(&p, 0, false).ink;
    p.opens_us = 0;
    const float awake = anim_option(&p, 0, false).ink;
    ok(dim < 0.6f * awake && waking > dim && waking < awake, "it is dim, and lights up before it takes answers");
    p.phase_us = ANIM_IN_US;
    const struct anim_panel in = anim_panel(&p, false);
    p.phase = VIEW_OPEN;
    const struct anim_panel open = anim_panel(&p, false);
    ok(memcmp(&in, &open, sizeof in) == 0, "the end of sliding in is the open panel");
    p.phase = VIEW_OUT;
    p.phase_us = ANIM_OUT_US;
    ok(anim_panel(&p, false).alpha <= 0, "nothing is left at the end");
    p.phase = VIEW_CLOSED;
    p.taken = p.selected = 1;
    p.phase_us = 2 * US_PER_SECOND;
    const struct anim_option taken = anim_option(&p, 1, false), other = anim_option(&p, 0, false);
    ok(taken.ink > 0.99f && taken.line > 0.99f && other.ink < 0.2f, "taken stays lit, the other has faded");
    p.timed_out = true;
    ok(anim_option(&p, 1, false).line <= 0, "a timeout has no line under it");
    p.phase = VIEW_IN;
    p.phase_us = 0;
    ok(anim_panel(&p, true).rise >= 1 && anim_panel(&p, true).alpha <= 0, "reduced motion only fades");
    ok(anim_fade(-1, 10) <= 0 && anim_fade(ANIM_NOTICE_US, ANIM_NOTICE_US) <= 0 &&
           anim_fade(US_PER_SECOND, ANIM_NOTICE_US) >= 1,
       "a notice comes and goes");
}

/* How bright the lower half of the window is, all in all. */
static double brightness(struct window *w, const struct view *v)
{
    int width, height, pitch;
    double sum = 0;
    window_expose(w);
    window_draw(w, v);
    const uint8_t *px = window_read(w, &width, &height, &pitch);
    for (int y = height / 2; y < height; y++)
        for (int x = 0; x < width; x++)
            sum += px[(size_t)y * (size_t)pitch + (size_t)x * 4 + 1];
    return sum;
}

static void test_answers(void)
{
    static const struct view_option locked[] = {{.text = "By the door"},
                                                {.text = "To the desk", .reason = "No key", .locked = true}};
    struct window *w = window_open(&(struct window_options){.offscreen = true, .width = 640, .height = 360}, NULL);
    struct view v = {.panel = PANEL(VIEW_ROW, "Where does the umbrella go?", locked)};
    v.panel.left = -1;
    const struct anim_option open_lit = anim_option(&v.panel, 0, false), shut = anim_option(&v.panel, 1, false);
    v.panel.focus = 1;
    const struct anim_option shut_lit = anim_option(&v.panel, 1, false);
    ok(shut_lit.light >= open_lit.light && shut_lit.line >= open_lit.line && shut_lit.line > 0 && shut.light <= 0,
       "the light on a locked option is the light on any other");
    ok(shut_lit.ink <= shut.ink && shut_lit.ink < open_lit.ink, "and its words stay those of a locked one");
    v.panel.focus = 0;
    const double rest = brightness(w, &v);
    v.panel.tried = 2;
    ok(brightness(w, &v) > rest * 1.05, "a locked option that is tried lights up");
    v.panel.tried_us = ANIM_TRIED_US;
    is_int((int)(brightness(w, &v) - rest), 0, "and is then as before");
    v.panel.count = 0;
    v.panel.phase = VIEW_CLOSED;
    v.panel.phase_us = ANIM_CLOSE_US;
    const double faded = brightness(w, &v);
    v.panel.phase = VIEW_OUT;
    v.panel.phase_us = 0;
    v.panel.closed_us = ANIM_CLOSE_US;
    ok(brightness(w, &v) <= faded, "the prompt fades once: the way out goes on where it was");
    v.panel = (struct view_panel){.phase = VIEW_OPEN,
                                  .layout = VIEW_CODE,
                                  .code = "4711",
                                  .code_length = 4,
                                  .left = -1,
                                  .focus = -1,
                                  .selected = -1,
                                  .taken = -1};
    const double typed = brightness(w, &v);
    v.panel.selected = 0;
    ok(fabs(brightness(w, &v) - typed) > 100, "a code shows that it was taken");
    window_close(w);
}

/* ---- motion: sixty pictures a second ---- */

enum { OPENS_US = 700000, CLOSES_US = 2000000, GOES_US = 2600000, OVER_US = 3100000, PICTURE_US = 16667 };

/* A decision from its coming to its end, as player/scene.h makes it; `now` is one that cuts at once. */
static const struct course {
    const char *what;
    bool timed_out, now, code, high_contrast;
} courses[] = {{"a pick", false, false, false, false},
               {"nobody chooses", true, false, false, false},
               {"a pick that cuts", false, true, false, false},
               {"a code", false, false, true, false},
               {"high contrast", false, false, false, true}};

static struct view at_time(const struct course *k, int64_t us)
{
    const int64_t goes = k->now ? CLOSES_US + PICTURE_US : GOES_US;
    struct view v = {.panel = PANEL(VIEW_ROW, "Where does the umbrella go?", three), .high_contrast = k->high_contrast};
    struct view_panel *p = &v.panel;
    const bool over = us >= CLOSES_US;
    if (k->code) {
        p->layout = VIEW_CODE;
        p->code = "4711";
        p->code_length = 4;
    }
    p->phase = us < OPENS_US ? VIEW_IN : !over ? VIEW_OPEN : us < goes ? VIEW_CLOSED : VIEW_OUT;
    p->phase_us = us - (us < OPENS_US ? OPENS_US - ANIM_IN_US : !over ? OPENS_US : us < goes ? CLOSES_US : goes);
    p->closed_us = p->phase == VIEW_OUT ? us - CLOSES_US : 0;
    p->focus = us < OPENS_US ? -1 : us < OPENS_US + 400000 ? 0 : 1;
    p->focus_from = p->focus == 1 ? 0 : -1;
    p->focus_us = us - OPENS_US - (p->focus == 1 ? 400000 : 0);
    p->taken = over ? 1 : -1;
    p->timed_out = k->timed_out;
    p->left = 1 - (double)CLAMP(us - OPENS_US, 0, CLOSES_US - OPENS_US) / (CLOSES_US - OPENS_US) * (k->now ? 0.5 : 1);
    if (over && us - goes >= ANIM_OUT_US)
        p->phase = VIEW_HIDDEN;
    return v;
}

/* How much a square of 16 pixels changes at most between two pictures, in levels of 255. */
static double change(const uint8_t *a, const uint8_t *b, int width, int height, int pitch)
{
    double most = 0;
    for (int y = 0; y + 16 <= height; y += 16)
        for (int x = 0; x + 16 <= width; x += 16) {
            int sum = 0;
            for (int k = 0; k < 256; k++) {
                const size_t at = (size_t)(y + k / 16) * (size_t)pitch + (size_t)(x + k % 16) * 4 + 1;
                sum += a[at] - b[at];
            }
            most = MAX(most, fabs(sum / 256.0));
        }
    return most;
}

/* Nothing jumps: what changes at once is the answer to a press, and what a panel that goes leaves behind. */
static void test_smooth(void)
{
    struct window *w = window_open(&(struct window_options){.offscreen = true, .width = 640, .height = 360}, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(courses); i++) {
        g_autofree uint8_t *before = NULL;
        double most = 0;
        int64_t where = 0;
        for (int64_t us = 0; us < OVER_US; us += PICTURE_US) {
            int width, height, pitch;
            const struct view v = at_time(&courses[i], us);
            window_draw(w, &v);
            const uint8_t *px = window_read(w, &width, &height, &pitch);
            const double now = before ? change(before, px, width, height, pitch) : 0;
            if (now > most) {
                most = now;
                where = us;
            }
            g_free(before);
            before = g_memdup2(px, (size_t)pitch * (size_t)height);
        }
        ok(most <= 30, "%s: no picture differs from the one before by more than %.1f levels, at %d ms", courses[i].what,
           most, (int)(where / 1000));
    }
    window_close(w);
}

int main(void)
{
    const struct frame f = still_frame();
    test_anim();
    test_contrast();
    test_slate_notice();
    test_phases(&f);
    test_answers();
    test_smooth();
    test_gallery(&f);
    g_free(still_pixels);
    return tap_done();
}
