#include "telemetry/audience/audience.h"

#include <assert.h>
#include <math.h>

#define OPENS_US       (10 * US_PER_SECOND)   /* from the start of the film to the opening of the decision */
#define START_MS       INT64_C(1767225600000) /* 2026-01-01 */
#define DAY_MS         INT64_C(86400000)
#define QUEUE_ENOUGH   2000 /* events in the queue; with more, the audience waits for the writer */
#define REFUSALS_MAX   10   /* seconds in a row in which the store refuses */
#define REPLAY_SHARE   0.2  /* of viewings: not the first one */
#define UNLINKED_SHARE 0.1  /* of viewings: whether it is the first one is not known */
#define LONGER_SHARE   0.1  /* of viewings: with twice the author's time */
#define MACHINE_SHARE  0.05 /* of viewings: a machine plays */
#define PAUSE_SHARE    0.1  /* of visits */

/* ---- a viewing ------------------------------------------------------------------------------------------------ */

/* The viewing that is being written, and what it draws from. */
struct audience_play {
    struct audience_model *m;
    struct writer *w;
    GRand *rand;
    struct audience_viewer viewer;
    int time_mode;
    bool machine;
    double slowness; /* the decision time of this viewer, over that of the median viewer */
    int64_t now_us, started_ms;
    uint64_t events;
};

static double draw(struct audience_play *p)
{
    return g_rand_double(p->rand);
}

/* By Box and Muller; the second of the two numbers that their method gives is not needed. */
static double draw_normal(struct audience_play *p)
{
    const double u = 1 - draw(p), v = draw(p);
    return sqrt(-2 * log(u)) * cos(2 * G_PI * v);
}

static void write_record(struct audience_play *p, struct tel_record record)
{
    record.at_us = p->now_us;
    writer_put(p->w, &record);
    p->events++;
}

static int draw_option(struct audience_play *p, int decision, const struct tel_menu *menu, int focus)
{
    double weights[AUDIENCE_OPTIONS_MAX], all = 0;
    for (int i = 0; i < menu->n; i++) {
        const int o = menu->options[i];
        weights[i] = menu->locked >> o & 1 ? 0
                                           : audience_model_weight(p->viewer, decision, o) *
                                                 (i == 0 ? FIRST_FAVOUR : 1) * (i == focus ? FOCUS_FAVOUR : 1);
        all += weights[i];
    }
    assert(all > 0);
    double at = draw(p) * all;
    int i = 0;
    while (i + 1 < menu->n && at >= weights[i])
        at -= weights[i++];
    return menu->options[i];
}

/* The options in the order in which they are shown. */
static struct tel_menu draw_menu(struct audience_play *p, int decision)
{
    struct tel_menu menu = {.decision = decision, .n = (uint8_t)audience_model_n_options(decision)};
    assert(menu.n >= 2 && menu.n <= AUDIENCE_OPTIONS_MAX);
    for (int i = 0; i < menu.n; i++)
        menu.options[i] = (uint8_t)i;
    for (int i = menu.n - 1; audience_model_is_shuffled(decision) && i > 0; i--) {
        const int j = (int)(draw(p) * (i + 1));
        const uint8_t o = menu.options[i];
        menu.options[i] = menu.options[j];
        menu.options[j] = o;
    }
    if (audience_model_may_lock(decision) && draw(p) < LOCKED_SHARE)
        menu.locked = UINT64_C(1) << (menu.n - 1);
    return menu;
}

/* Returns the option that the film goes on with, or -1 where the viewer left. */
static int write_decision(struct audience_play *p, int32_t decision)
{
    const struct tel_menu menu = draw_menu(p, decision);
    const int focus = audience_model_is_shuffled(decision) ? (int)(draw(p) * menu.n) : 0;
    const int64_t window_us = AUDIENCE_WINDOW_US * p->time_mode;
    const int64_t pick_us =
        (int64_t)(audience_model_median_us(decision) * p->slowness * exp(SPREAD_CHOICE * draw_normal(p)));
    const int64_t quit_us = draw(p) < LEAVE_WHILE_OPEN ? (int64_t)(draw(p) * (double)window_us) : INT64_MAX;
    const int picked = draw_option(p, decision, &menu, focus);
    write_record(p, (struct tel_record){.kind = TEL_EXPOSURE, .exposure = {menu, focus, window_us, p->time_mode}});

    struct tel_outcome u = {decision, TEL_WHAT_PICK, picked, pick_us, TEL_GIVEN_MOUSE, picked % 2};
    if (quit_us < MIN(pick_us, window_us))
        u = (struct tel_outcome){decision, TEL_WHAT_QUIT, TEL_NONE, quit_us, TEL_GIVEN_NOBODY, 0};
    else if (pick_us > window_us)
        u = (struct tel_outcome){decision, TEL_WHAT_TIMEOUT, 0, window_us, TEL_GIVEN_NOBODY, 0};
    assert(u.latency_us >= 0 && u.latency_us <= window_us);
    p->now_us += u.latency_us;
    write_record(p, (struct tel_record){.kind = TEL_OUTCOME, .outcome = u});
    return u.what == TEL_WHAT_QUIT ? -1 : u.option;
}

static void write_leave(struct audience_play *p, int32_t node, int64_t playing_us)
{
    const int64_t paused_us = draw(p) < PAUSE_SHARE ? 5 * US_PER_SECOND : 0;
    p->now_us += paused_us;
    write_record(p, (struct tel_record){.kind = TEL_LEAVE, .leave = {node, playing_us, paused_us, paused_us / 4}});
}

static void write_finish(struct audience_play *p, int32_t reason)
{
    const int64_t ended_ms = p->started_ms + p->now_us / US_PER_MS;
    write_record(p, (struct tel_record){.kind = TEL_FINISH, .finish = {ended_ms, reason}});
}

static void write_film(struct audience_play *p)
{
    const struct audience_model *m = p->m;
    int32_t node = 0;
    while (node < m->n_decisions) {
        const int64_t entered_us = p->now_us;
        write_record(p, (struct tel_record){.kind = TEL_VISIT, .visit = {node, AUDIENCE_CLIP_US}});
        p->now_us += OPENS_US;
        const int option = draw(p) < LEAVE_BEFORE ? -1 : write_decision(p, node);
        if (option >= 0)
            p->now_us = MAX(p->now_us, entered_us + AUDIENCE_CLIP_US);
        write_leave(p, node, p->now_us - entered_us);
        if (option < 0) {
            write_finish(p, TEL_REASON_LEFT);
            return;
        }
        node = audience_model_next_node(m, node, option);
    }
    write_record(p, (struct tel_record){.kind = TEL_VISIT, .visit = {node, AUDIENCE_CLIP_US}});
    p->now_us += AUDIENCE_CLIP_US;
    write_record(p, (struct tel_record){.kind = TEL_REACHED, .reached = {node - m->n_decisions}});
    write_leave(p, node, AUDIENCE_CLIP_US);
    write_finish(p, TEL_REASON_ENDED);
}

/* A UUID of version 7, as real viewings have. */
static void draw_id(struct audience_play *p, char id[TEL_ID_SIZE], int64_t wall_ms)
{
    const guint32 a = g_rand_int(p->rand), b = g_rand_int(p->rand), c = g_rand_int(p->rand);
    g_snprintf(id, TEL_ID_SIZE, "%08x-%04x-7%03x-%04x-%04x%08x", (guint)(wall_ms >> 16), (guint)(wall_ms & 0xffff),
               a & 0xfff, 0x8000 | (a >> 12 & 0x3fff), b & 0xffff, c);
}

static void write_viewing(struct audience_play *p, int64_t i)
{
    const struct audience_model *m = p->m;
    struct tel_viewing v = {.mode = TEL_MODE_WINDOW, .chooser = TEL_CHOOSER_PERSON};
    p->started_ms = START_MS + (int64_t)((double)i / (double)m->o.viewings * (double)(m->o.days * DAY_MS));
    p->now_us = 0;
    p->machine = draw(p) < MACHINE_SHARE;
    p->viewer.replay = draw(p) < REPLAY_SHARE;
    p->viewer.bold = i & 1;
    p->time_mode = draw(p) < LONGER_SHARE ? 2 : 1;
    p->slowness = exp(SPREAD_VIEWER * draw_normal(p));
    v.started_ms = p->started_ms;
    v.time_mode = p->time_mode;
    v.nth = draw(p) < UNLINKED_SHARE ? 0 : p->viewer.replay ? 2 : 1;
    if (p->machine) {
        v.mode = TEL_MODE_HEADLESS;
        v.chooser = TEL_CHOOSER_RANDOM;
    }
    draw_id(p, v.id, p->started_ms);
    g_strlcpy(v.engine, "audience", sizeof v.engine);
    writer_begin(p->w, &v);
    write_film(p);
}

/* False: the store refuses, and does not stop to. */
static bool drain(struct writer *w)
{
    int refused = 0;
    while (refused < REFUSALS_MAX && !writer_flush(w, US_PER_SECOND)) {
        struct writer_status status;
        writer_status(w, &status);
        refused = status.error[0] != '\0' ? refused + 1 : 0;
    }
    return refused < REFUSALS_MAX;
}

uint64_t audience_write(struct writer *w, const struct audience_options *o)
{
    struct audience_model m;
    audience_model_init(&m, o);
    struct audience_play p = {.m = &m, .w = w, .rand = g_rand_new_with_seed(o->seed), .viewer = {.version = -1}};
    bool taken = true;
    for (int64_t i = 0; taken && i < o->viewings; i++) {
        const int version = i >= o->viewings / 2;
        if (version != p.viewer.version)
            writer_story(w, &m.story[version]);
        p.viewer.version = version;
        struct writer_status status;
        writer_status(w, &status);
        taken = status.queued <= QUEUE_ENOUGH || drain(w);
        if (taken)
            write_viewing(&p, i);
    }
    if (taken)
        (void)drain(w);
    g_rand_free(p.rand);
    audience_model_clear(&m);
    return p.events;
}
