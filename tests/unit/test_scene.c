/* The scene: pictures on the panel are there when it is photographed, and stay while the panel slides out over the next
 * node, whose picture has another size. */
#include "media/media.h"
#include "media/mixer.h"
#include "player/film.h"
#include "player/scene.h"
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

struct seen {
    int in, open, out; /* pictures with the panel, by its phase */
    int without;       /* of those, some whose images were not there */
    int colours;       /* sum over the images' pixels: reads them, for the sanitizer */
    int64_t nodes_out; /* bits of the nodes over which it slid out */
};

static void look(const struct view *v, int32_t node, struct seen *seen)
{
    const struct view_panel *p = &v->panel;
    if (p->phase == VIEW_HIDDEN)
        return;
    seen->in += p->phase == VIEW_IN;
    seen->open += p->phase == VIEW_OPEN;
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

static struct seen play(struct media *m, const struct story *s)
{
    static float out[STEP * 2];
    struct mixer *x = mixer_new();
    const struct film_options fo = {.story = s, .media = m, .mixer = x, .seed = 1};
    const struct scene_options so = {.story = s, .media = m, .patient = true};
    const struct window_options wo = {.offscreen = true, .width = 640, .height = 360};
    struct film *f = film_new(&fo);
    struct scene *scene = scene_new(&so);
    struct window *w = window_open(&wo, NULL);
    struct mixer_now now = {0};
    struct seen seen = {0};
    film_start(f);
    for (int i = 0; i < PATIENCE_ROUNDS && film_phase(f) < FILM_OVER; i++) {
        struct view v = {0};
        film_tick(f, now.film_smp, &(struct viewing_clock){.playing_us = smp_to_us(now.film_smp)});
        scene_follow(scene, f, now.film_smp);
        scene_view(scene, f, &(struct subs_view){.w = 640, .h = 360}, &v);
        if (film_node(f) >= 0)
            look(&v, film_node(f), &seen);
        window_draw(w, &v);
        window_resize(w, 640 + i % 2 * 2, 360); /* everything is laid out and drawn anew */
        if (film_choice(f)->menu.decision >= 0 && film_pos_us(f) > US_PER_SECOND / 2)
            film_select(f, 0, VIEWING_KEY);
        const bool ready = film_is_ready(f, STEP) || film_phase(f) == FILM_OPENING;
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
        const struct seen seen = play(m, s);
        ok(seen.in > 0 && seen.open > 0 && seen.out > 0, "the panel comes (%d), is open (%d), and goes (%d)", seen.in,
           seen.open, seen.out);
        is_int(seen.without, 0, "always with its pictures, which take long to decode");
        ok(seen.colours > 0, "their pixels can be read");
        is_int(seen.nodes_out, 6, "it slides out over both nodes that follow");
    }
    story_free(s);
    media_free(m);
    mt_cleanup();
    return tap_done();
}
