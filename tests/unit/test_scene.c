/* The scene: pictures on the panel are there when it is photographed, and stay while the panel slides out over the next
 * node, whose picture has another size. */
#include "media/media.h"
#include "media/mixer.h"
#include "player/film.h"
#include "player/scene.h"
#include "present/layout.h"
#include "present/window.h"
#include "tests/story_text.h"
#include "tests/tap.h"
#include "tests/unit/media_test.h"

#include <stdlib.h>

enum { STEP = 480, PATIENCE_ROUNDS = 60000 };

static const char yaml[] =
    "frumious: 1\nid: test.scene\ntitle: Scene\nstart: a\nnodes:\n"
    "  a:\n    clip: a.mkv\n    decision:\n"
    "      id: d\n      opens: 0.1s\n      for: 0.8s\n      cut: now\n      default: x\n"
    "      options:\n        x: {text: X, image: x.png, goto: b}\n        y: {text: Y, image: y.png, goto: b}\n"
    "  b: {clip: {image: b.png, for: 100ms}, next: c}\n"
    "  c: {clip: {image: c.png, for: 1s}, ending: {id: e, title: E}}\n";

/* Each node has a subtitle from its first picture on, whose shape is another than that of the one before; one is followed by
 * itself. */
static const char said_yaml[] =
    "frumious: 1\nid: test.said\ntitle: Said\nstart: a\nnodes:\n"
    "  a: {clip: {file: a.mkv, to: 0.5s, subtitles: a.srt}, next: b}\n"
    "  b: {clip: {image: b.png, for: 200ms, subtitles: b.srt}, next: c}\n"
    "  c: {clip: {file: a.mkv, from: 0.5s, to: 1s, subtitles: {file: a.srt, clock: film}}, enter: again += 1,\n"
    "      next: [{when: again < 3, goto: c}, {goto: f}]}\n"
    "  f:\n    clip: {file: a.mkv, to: 1s, subtitles: a.srt}\n    decision:\n"
    "      {id: q, opens: 0.1s, for: 0.8s, cut: now, default: y, options: {x: {text: X, goto: g}, y: {text: Y, goto: "
    "c}}}\n"
    "  g: {clip: {file: a.mkv, from: 1s, to: 1.5s, subtitles: b.srt}, next: e}\n"
    "  e: {clip: {image: c.png, for: 200ms, subtitles: b.srt}, ending: {id: e, title: E}}\n"
    "state: {again: {type: int, min: 0, max: 3}}\n";

/* The second question is seen before it takes answers: from the moment on at which the first one has gone. */
static const char early_yaml[] =
    "frumious: 1\nid: test.early\ntitle: Early\nstart: a\nnodes:\n"
    "  a:\n    clip: {image: b.png, for: 8s}\n    decisions:\n"
    "      - {id: one, early: 2s, opens: 0.5s, for: 0.5s, default: x, options: {x: X}}\n"
    "      - {id: two, early: 2s, opens: 7s, for: 0.5s, lift: 240, default: x, options: {x: X}}\n"
    "    ending: {id: e, title: E}\n";

/* Signs for a clip, for a part of a film, for nobody, for speakers of another language. */
static const char signed_yaml[] =
    "frumious: 1\nid: test.signed\ntitle: Signed\nstart: a\nlanguages: [en, de]\nnodes:\n"
    "  a: {clip: {file: a.mkv, to: 1s, signed: signs.mkv}, next: b}\n"
    "  b: {clip: {file: a.mkv, from: 0.5s, to: 1s, signed: {file: signs.mkv, language: en, clock: film}}, next: c}\n"
    "  c: {clip: {file: a.mkv, to: 0.5s}, next: d}\n"
    "  d: {clip: {file: a.mkv, to: 0.5s, signed: {file: signs.mkv, language: de}}, ending: {id: e, title: E}}\n";

struct seen {
    int firsts, silent; /* first pictures of clips; of those, some without subtitles */
    int late;           /* presses after which subtitles were still to be drawn */
    int in, open, out;  /* pictures with the panel, by its phase */
    int waits, lifted;  /* of those, some before it takes answers, and some that say where subtitles end */
    int without;        /* of those, some whose images were not there */
    int colours;        /* sum over the images' pixels: reads them, for the sanitizer */
    int64_t nodes_out;  /* bits of the nodes over which it slid out */
};

static void look(const struct view *v, int32_t node, struct seen *seen)
{
    const struct view_panel *p = &v->panel;
    if (p->phase == VIEW_HIDDEN)
        return;
    seen->in += p->phase == VIEW_IN;
    seen->open += p->phase == VIEW_OPEN;
    seen->waits += p->opens_us > 0;
    seen->lifted += p->lifts && p->lift == 240;
    seen->out += p->phase == VIEW_OUT;
    if (p->phase == VIEW_OUT)
        seen->nodes_out |= INT64_C(1) << node;
    for (int i = 0; i < p->count; i++) {
        const struct frame *f = p->options[i].image;
        seen->without += !f;
        if (f)
            seen->colours += f->plane[0][(f->height - 1) * f->stride[0] + f->width / 2];
    }
}

static struct subs_view area_of(const struct frame *f)
{
    const struct rect r = layout_picture(640, 360, f ? f->width : 0, f ? f->height : 0, 1, 1);
    return (struct subs_view){.w = r.w, .h = r.h};
}

static struct scene_areas areas_of(const struct film *f)
{
    const struct frame *next;
    struct scene_areas a = {.now = area_of(film_frame(f))};
    if (film_next_picture(f, &next))
        a.next = area_of(next);
    return a;
}

/* Are the subtitles of what is cut to at once there already? */
static bool is_prepared_after_press(struct scene *scene, struct film *f)
{
    struct view v = {0};
    film_select(f, 0, VIEWING_KEY);
    const struct scene_areas areas = areas_of(f);
    scene_follow(scene, f, film_smp_at(f, film_pos_us(f)));
    scene_view(scene, f, &areas, &v);
    return scene_is_prepared(scene);
}

static struct seen play(struct media *m, const struct story *s, bool patient)
{
    static float out[STEP * 2];
    struct mixer *x = mixer_new();
    const struct film_options fo = {.story = s, .media = m, .mixer = x, .seed = 1};
    const struct scene_options so = {.story = s, .media = m, .subtitles = true, .patient = patient};
    const struct window_options wo = {.offscreen = true, .width = 640, .height = 360};
    struct film *f = film_new(&fo);
    struct scene *scene = scene_new(&so);
    struct window *w = window_open(&wo, NULL);
    struct mixer_now now = {0};
    struct seen seen = {0};
    int64_t start_smp = -1;
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) < FILM_OVER; i++) {
        struct view v = {0};
        film_tick(f, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        scene_follow(scene, f, now.film_smp);
        const struct scene_areas areas = areas_of(f);
        scene_view(scene, f, &areas, &v);
        if (film_node(f) >= 0)
            look(&v, film_node(f), &seen);
        if (film_node(f) >= 0 && film_smp_at(f, 0) != start_smp) {
            start_smp = film_smp_at(f, 0);
            seen.firsts++;
            seen.silent += v.sub_count == 0;
        }
        window_draw(w, &v);
        window_resize(w, 640 + i % 2 * 2, 360); /* everything is laid out and drawn anew */
        film_hold_back(f, !scene_is_prepared(scene));
        if (film_choice(f)->menu.decision >= 0 && film_pos_us(f) > US_PER_SECOND / 2)
            seen.late += !is_prepared_after_press(scene, f);
        const bool ready = (film_is_ready(f, STEP) || film_phase(f) == FILM_OPENING) && scene_is_prepared(scene);
        if (!ready)
            g_usleep(300);
        mixer_render(x, out, ready ? STEP : 0);
        mixer_now(x, &now);
    }
    ok(film_phase(f) == FILM_OVER, "the film comes to its end");
    window_close(w);
    scene_free(scene);
    film_free(f);
    mixer_free(x);
    return seen;
}

static void test_subtitles(struct media *m)
{
    static const char a[] = "1\n00:00:00,000 --> 00:00:02,000\nFrom the first picture on\n", *const names[] = {"a.srt",
                                                                                                               "b.srt"};
    g_autofree char *path = mt_path("said.yaml");
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *file = mt_path(names[i]);
        g_file_set_contents(file, a, -1, NULL);
    }
    struct story *s = story_from_text_at(path, said_yaml);
    if (!ok(s != NULL, "the story loads"))
        return;
    const struct seen seen = play(m, s, false);
    is_int(seen.firsts, 8, "eight clips come");
    is_int(seen.silent, 0, "each with its subtitle on its first picture");
    is_int(seen.late, 0, "that of a clip that a press cuts to was drawn before");
    story_free(s);
}

/* Pictures come every 10 ms. */
static void test_early(struct media *m)
{
    g_autofree char *path = mt_path("early.yaml");
    struct story *s = story_from_text_at(path, early_yaml);
    if (!ok(s != NULL, "the story loads"))
        return;
    is_int(s->decisions[0].shown_us, 0, "no question is seen before its clip begins");
    const struct seen seen = play(m, s, true);
    ok(abs(seen.waits - 310) < 5, "the panels wait for half a second, and for two with the time to slide in: %d",
       seen.waits);
    ok(seen.open >= 98 && seen.open <= 102, "they take answers as long as their windows say: %d", seen.open);
    ok(seen.lifted > 0 && seen.lifted < seen.in + seen.open + seen.out + 500, "one lifts the subtitles: %d",
       seen.lifted);
    story_free(s);
}

/* Its frames are 8 brighter each, from 16 on, 25 a second. */
#define SIGNS "-f lavfi -i color=black:size=64x64:rate=25:duration=1 -vf geq=lum=16+8*N:cb=128:cr=128 -pix_fmt yuv420p "

struct signs {
    int right, wrong, none; /* pictures of film, by what of the signs came with them */
};

static void count_signs(const struct view *v, int64_t film_us, int64_t from_us, struct signs *out)
{
    const int64_t frame = (film_us + from_us) * 25 / US_PER_SECOND;
    const int want = (int)(16 + 8 * MIN(frame, 24)), got = v->inset ? v->inset->plane[0][0] : -1;
    if (!v->inset)
        out->none++;
    else if (abs(got - want) <= 8) /* a picture may be due at the very edge of a sample */
        out->right++;
    else
        out->wrong++;
}

/* Beside every picture of the film stands the one of the signs that belongs to it, also where the viewer goes to. */
static void test_signs(struct media *m, bool signs)
{
    static float out[STEP * 2];
    g_autofree char *path = mt_path("signed.yaml");
    struct story *s = story_from_text_at(path, signed_yaml);
    struct mixer *x = mixer_new();
    struct film *f = film_new(&(struct film_options){
        .story = s, .media = m, .mixer = x, .seed = 1, .language = "en", .tracks = {.signs = signs}});
    struct scene *scene = scene_new(&(struct scene_options){.story = s, .media = m, .patient = true});
    struct mixer_now now = {0};
    struct signs seen[4] = {0};
    bool sought = false;
    scene_set_signer(scene, 0.35f, false);
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) < FILM_OVER; i++) {
        struct view v = {0};
        film_tick(f, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        scene_follow(scene, f, now.film_smp);
        scene_view(scene, f, &(struct scene_areas){0}, &v);
        if (film_node(f) >= 0)
            count_signs(&v, film_pos_us(f), film_node(f) == 1 ? US_PER_SECOND / 2 : 0, &seen[film_node(f)]);
        if (film_node(f) == 0 && !sought && film_pos_us(f) > US_PER_SECOND / 4)
            sought = film_seek(f, US_PER_SECOND * 3 / 4);
        const bool ready = film_is_ready(f, STEP) || film_phase(f) == FILM_OPENING;
        if (!ready)
            g_usleep(300);
        mixer_render(x, out, ready ? STEP : 0);
        mixer_now(x, &now);
    }
    ok(sought && film_phase(f) == FILM_OVER, "the film comes to its end");
    for (int n = 0; n < 4; n++) {
        const bool there = signs && n < 2;
        ok(seen[n].wrong == 0 && (there ? seen[n].right > 30 && seen[n].none == 0 : seen[n].right == 0),
           "signs %s, node %d: %d right, %d wrong, %d without", signs ? "on" : "off", n, seen[n].right, seen[n].wrong,
           seen[n].none);
    }
    scene_free(scene);
    film_free(f);
    mixer_free(x);
    story_free(s);
}

int main(void)
{
    struct media *m = media_new();
    g_autofree char *path = mt_path("story.yaml");
    ok(mt_ffmpeg("-f lavfi -i color=white:size=192x96:rate=24:duration=2 -pix_fmt yuv420p -c:v ffv1 a.mkv") &&
           mt_ffmpeg("-f lavfi -i color=red:size=1600x1600,noise=alls=40 -frames:v 1 x.png") &&
           mt_ffmpeg("-f lavfi -i color=blue:size=1600x1600,noise=alls=40 -frames:v 1 y.png") &&
           mt_ffmpeg("-f lavfi -i color=white:size=96x192 -frames:v 1 b.png") &&
           mt_ffmpeg("-f lavfi -i color=white:size=320x96 -frames:v 1 c.png"),
       "the pictures are made");
    struct story *s = story_from_text_at(path, yaml);
    if (ok(s != NULL, "the story loads")) {
        const struct seen seen = play(m, s, true);
        ok(seen.in > 0 && seen.open > 0 && seen.out > 0, "the panel comes (%d), is open (%d), and goes (%d)", seen.in,
           seen.open, seen.out);
        is_int(seen.without, 0, "always with its pictures, which take long to decode");
        ok(seen.colours > 0, "their pixels can be read");
        is_int(seen.nodes_out, 6, "it slides out over both nodes that follow");
    }
    story_free(s);
    test_subtitles(m);
    test_early(m);
    if (ok(mt_ffmpeg(SIGNS "-c:v ffv1 signs.mkv"), "signs are made")) {
        test_signs(m, true);
        test_signs(m, false);
    }
    media_free(m);
    mt_cleanup();
    return tap_done();
}
