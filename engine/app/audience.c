#include "app/audience.h"

#include "telemetry/taste.h"

#include <math.h>
#include <string.h>

/* ---- the model: every number that the truth depends on -------------------------------------------------------- */

#define VERSIONS     2
#define OPTIONS_MAX  4
#define ENDINGS      3
#define WINDOW_US    (8 * US_PER_SECOND)
#define CLIP_US      (20 * US_PER_SECOND)
#define OPENS_US     (10 * US_PER_SECOND)
#define START_MS     INT64_C(1767225600000) /* 2026-01-01 */
#define DAY_MS       INT64_C(86400000)
#define QUEUE_ENOUGH 2000

#define FIRST_FAVOUR  1.5  /* what stands first is so much likelier */
#define LIGHT_FAVOUR  1.3  /* and what has the light */
#define REPLAY_FAVOUR 2.0  /* the last option, in a replay */
#define BOLD_FAVOUR   2.0  /* all options but the first, for every second viewer */
#define SPREAD_VIEWER 0.3  /* of the logarithm of a viewer's slowness */
#define SPREAD_CHOICE 0.4  /* and of one choice's */
#define LEAVE_OPEN    0.03 /* who leaves while a decision is open, at some moment of its window */
#define LEAVE_BEFORE  0.01 /* who leaves before one opens */
#define LOCKED        0.2  /* how often the last option is locked, in every third decision */
#define REPLAYS       0.2
#define LINKS_OFF     0.1 /* viewings of which nobody knows whether they are the first */
#define LONGER        0.1 /* viewings with twice the author's time */
#define MACHINES      0.05
#define PAUSES        0.1

struct model {
    struct audience_options o;
    struct tel_story story[VERSIONS];
    struct tel_node *nodes; /* two per level, then one per ending */
    struct tel_decision *decisions[VERSIONS];
    struct tel_option *options[VERSIONS];
    struct tel_ending endings[ENDINGS];
    struct tel_tag *bold, *props; /* of options, alike in both versions */
    struct tel_tag shown;         /* by a node */
    int32_t n_bold, n_props;
    GStringChunk *names;
    int32_t n_decisions;
};

static int options_of(int decision)
{
    return 2 + decision % 3;
}

/* Where options change places between viewers, so that position and liking can be told apart. */
static bool is_shuffled(int decision)
{
    return decision % 2 == 1;
}

static bool may_lock(int decision)
{
    return decision % 3 == 2;
}

/* What a viewer is like; odds of options follow from it. */
struct kind {
    int version;
    bool replay, bold;
};

/* Every option but the first scores in the film's only trait: each pick tells as much of it. */
static bool is_bold(int option)
{
    return option > 0;
}

/* Version 2 changed the first decision. */
static double liking(struct kind k, int decision, int option)
{
    double w = 1 + (decision * 7 + option * 5) % 4;
    if (k.version == 1 && decision == 0)
        w = 5 - w;
    w *= k.bold && is_bold(option) ? BOLD_FAVOUR : 1;
    return k.replay && option == options_of(decision) - 1 ? w * REPLAY_FAVOUR : w;
}

static double median_us(int decision)
{
    return (1.5 + decision % 5) * 1e6;
}

/* ---- the film ------------------------------------------------------------------------------------------------- */

G_GNUC_PRINTF(2, 3) static const char *name(struct model *m, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_autofree char *text = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    return g_string_chunk_insert_const(m->names, text);
}

static const struct tel_word traits[] = {{"bold", NULL}};
static const struct tel_word props[] = {{"tea", "Tea"}, {"coffee", "Coffee"}, {"cake", "Cake"}};
enum prop { TEA, COFFEE, CAKE };

/* Tea stands against coffee in every third decision, cake against coffee in the next but one; an ending shows tea. */
static void tag_options(struct model *m)
{
    const int32_t most = m->n_decisions * OPTIONS_MAX;
    m->bold = g_new0(struct tel_tag, (size_t)most);
    m->props = g_new0(struct tel_tag, (size_t)most);
    m->shown = (struct tel_tag){m->n_decisions, TEA, 0};
    for (int32_t i = 0, at = 0; i < m->n_decisions; i++)
        for (int o = 0; o < options_of(i); o++, at++) {
            if (is_bold(o))
                m->bold[m->n_bold++] = (struct tel_tag){at, 0, 1};
            if (o < 2 && i % 3 != 1)
                m->props[m->n_props++] = (struct tel_tag){at, i % 3 == 2 && o == 0 ? CAKE : o == 0 ? TEA : COFFEE, 0};
        }
}

static void make_version(struct model *m, int version)
{
    const int32_t n = m->n_decisions;
    struct tel_decision *d = m->decisions[version] = g_new0(struct tel_decision, (size_t)n);
    struct tel_option *options = m->options[version] = g_new0(struct tel_option, (size_t)n * OPTIONS_MAX);
    int32_t at = 0;
    for (int32_t i = 0; i < n; i++) {
        const uint64_t changed = version == 1 && i == 0 ? 1 << 20 : 0;
        d[i] = (struct tel_decision){
            name(m, "choice-%d", i), name(m, "Question %d?", i), 1000 + (uint64_t)i + changed, i, at, options_of(i)};
        for (int o = 0; o < options_of(i); o++)
            options[at++] = (struct tel_option){name(m, "o%d", o), name(m, "Answer %d of %d", o, i),
                                                (uint64_t)(i * OPTIONS_MAX + o) + changed};
    }
    m->story[version] = (struct tel_story){.name = "org.example.audience",
                                           .version = version ? "2.0" : "1.0",
                                           .title = "The Made-up Audience",
                                           .hash = 77 + (uint64_t)version,
                                           .nodes = m->nodes,
                                           .decisions = d,
                                           .options = options,
                                           .endings = m->endings,
                                           .n_nodes = n + ENDINGS,
                                           .n_decisions = n,
                                           .n_options = at,
                                           .n_endings = ENDINGS,
                                           .traits = traits,
                                           .props = props,
                                           .option_traits = m->bold,
                                           .option_props = m->props,
                                           .node_props = &m->shown,
                                           .n_traits = G_N_ELEMENTS(traits),
                                           .n_props = G_N_ELEMENTS(props),
                                           .n_option_traits = m->n_bold,
                                           .n_option_props = m->n_props,
                                           .n_node_props = 1};
}

static void model_init(struct model *m, const struct audience_options *o)
{
    *m = (struct model){.o = *o, .names = g_string_chunk_new(4096)};
    m->o.levels = o->levels > 0 ? MIN(o->levels, AUDIENCE_LEVELS_MAX) : 8;
    m->o.days = o->days > 0 ? o->days : 30;
    m->n_decisions = 2 * m->o.levels;
    m->nodes = g_new0(struct tel_node, (size_t)m->n_decisions + ENDINGS);
    for (int32_t i = 0; i < m->n_decisions; i++)
        m->nodes[i] = (struct tel_node){name(m, "scene-%d-%c", i / 2 + 1, 'a' + i % 2),
                                        name(m, "Scene %d %c", i / 2 + 1, 'A' + i % 2), 1 + (uint64_t)i};
    for (int i = 0; i < ENDINGS; i++) {
        m->nodes[m->n_decisions + i] =
            (struct tel_node){name(m, "last-%d", i + 1), name(m, "Last %d", i + 1), 900 + (uint64_t)i};
        m->endings[i] = (struct tel_ending){name(m, "end-%d", i + 1), name(m, "Ending %d", i + 1)};
    }
    tag_options(m);
    for (int v = 0; v < VERSIONS; v++)
        make_version(m, v);
}

static void model_clear(struct model *m)
{
    for (int v = 0; v < VERSIONS; v++) {
        g_free(m->decisions[v]);
        g_free(m->options[v]);
    }
    g_free(m->nodes);
    g_free(m->bold);
    g_free(m->props);
    g_string_chunk_free(m->names);
}

/* The second node of the next level after an odd option, the first after an even one; endings likewise. */
static int32_t next_node(const struct model *m, int32_t decision, int option)
{
    const int32_t level = decision / 2 + 1;
    return level < m->o.levels ? level * 2 + option % 2 : m->n_decisions + option % ENDINGS;
}

/* ---- a viewing ------------------------------------------------------------------------------------------------ */

struct play {
    struct model *m;
    struct writer *w;
    GRand *rand;
    struct kind kind;
    int time_mode;
    bool machine;
    double slowness;
    int64_t now_us, started_ms;
    uint64_t events;
};

static double draw(struct play *p)
{
    return g_rand_double(p->rand);
}

/* Box and Muller's; one of the two is enough. */
static double draw_normal(struct play *p)
{
    const double u = 1 - draw(p), v = draw(p);
    return sqrt(-2 * log(u)) * cos(2 * G_PI * v);
}

static void put(struct play *p, struct tel_record record)
{
    record.at_us = p->now_us;
    writer_put(p->w, &record);
    p->events++;
}

static int draw_option(struct play *p, int decision, const struct tel_menu *menu, int focus)
{
    double weights[OPTIONS_MAX], all = 0;
    for (int i = 0; i < menu->n; i++) {
        const int o = menu->options[i];
        weights[i] = menu->locked >> o & 1
                         ? 0
                         : liking(p->kind, decision, o) * (i == 0 ? FIRST_FAVOUR : 1) * (i == focus ? LIGHT_FAVOUR : 1);
        all += weights[i];
    }
    double at = draw(p) * all;
    int i = 0;
    while (i + 1 < menu->n && at >= weights[i])
        at -= weights[i++];
    return menu->options[i];
}

static struct tel_menu draw_menu(struct play *p, int decision)
{
    struct tel_menu menu = {.decision = decision, .n = (uint8_t)options_of(decision)};
    for (int i = 0; i < menu.n; i++)
        menu.options[i] = (uint8_t)i;
    for (int i = menu.n - 1; is_shuffled(decision) && i > 0; i--) {
        const int j = (int)(draw(p) * (i + 1));
        const uint8_t o = menu.options[i];
        menu.options[i] = menu.options[j];
        menu.options[j] = o;
    }
    if (may_lock(decision) && draw(p) < LOCKED)
        menu.locked = UINT64_C(1) << (menu.n - 1);
    return menu;
}

/* The option that the film goes on with, or -1: the viewer left. */
static int decide(struct play *p, int32_t decision)
{
    const struct tel_menu menu = draw_menu(p, decision);
    const int focus = is_shuffled(decision) ? (int)(draw(p) * menu.n) : 0;
    const int64_t window_us = WINDOW_US * p->time_mode;
    const int64_t pick_us = (int64_t)(median_us(decision) * p->slowness * exp(SPREAD_CHOICE * draw_normal(p)));
    const int64_t quit_us = draw(p) < LEAVE_OPEN ? (int64_t)(draw(p) * (double)window_us) : INT64_MAX;
    const int picked = draw_option(p, decision, &menu, focus);
    put(p, (struct tel_record){.kind = TEL_EXPOSURE, .exposure = {menu, focus, window_us, p->time_mode}});

    struct tel_outcome u = {decision, TEL_WHAT_PICK, picked, pick_us, TEL_GIVEN_MOUSE, picked % 2};
    if (quit_us < MIN(pick_us, window_us))
        u = (struct tel_outcome){decision, TEL_WHAT_QUIT, TEL_NONE, quit_us, TEL_GIVEN_NOBODY, 0};
    else if (pick_us > window_us)
        u = (struct tel_outcome){decision, TEL_WHAT_TIMEOUT, 0, window_us, TEL_GIVEN_NOBODY, 0};
    p->now_us += u.latency_us;
    put(p, (struct tel_record){.kind = TEL_OUTCOME, .outcome = u});
    return u.what == TEL_WHAT_QUIT ? -1 : u.option;
}

static void leave(struct play *p, int32_t node, int64_t playing_us)
{
    const int64_t paused_us = draw(p) < PAUSES ? 5 * US_PER_SECOND : 0;
    p->now_us += paused_us;
    put(p, (struct tel_record){.kind = TEL_LEAVE, .leave = {node, playing_us, paused_us, paused_us / 4}});
}

static void finish(struct play *p, int32_t reason)
{
    const int64_t ended_ms = p->started_ms + p->now_us / US_PER_MS;
    put(p, (struct tel_record){.kind = TEL_FINISH, .finish = {ended_ms, reason}});
}

static void play_film(struct play *p)
{
    const struct model *m = p->m;
    int32_t node = 0;
    while (node < m->n_decisions) {
        const int64_t entered_us = p->now_us;
        put(p, (struct tel_record){.kind = TEL_VISIT, .visit = {node, CLIP_US}});
        p->now_us += OPENS_US;
        const int option = draw(p) < LEAVE_BEFORE ? -1 : decide(p, node);
        if (option >= 0)
            p->now_us = MAX(p->now_us, entered_us + CLIP_US);
        leave(p, node, p->now_us - entered_us);
        if (option < 0) {
            finish(p, TEL_REASON_LEFT);
            return;
        }
        node = next_node(m, node, option);
    }
    put(p, (struct tel_record){.kind = TEL_VISIT, .visit = {node, CLIP_US}});
    p->now_us += CLIP_US;
    put(p, (struct tel_record){.kind = TEL_REACHED, .reached = {node - m->n_decisions}});
    leave(p, node, CLIP_US);
    finish(p, TEL_REASON_ENDED);
}

static void make_id(struct play *p, char id[TEL_ID_SIZE], int64_t wall_ms)
{
    const guint32 a = g_rand_int(p->rand), b = g_rand_int(p->rand), c = g_rand_int(p->rand);
    g_snprintf(id, TEL_ID_SIZE, "%08x-%04x-7%03x-%04x-%04x%08x", (guint)(wall_ms >> 16), (guint)(wall_ms & 0xffff),
               a & 0xfff, 0x8000 | (a >> 12 & 0x3fff), b & 0xffff, c);
}

static void play_once(struct play *p, int64_t i)
{
    const struct model *m = p->m;
    struct tel_viewing v = {.mode = TEL_MODE_WINDOW, .chooser = TEL_CHOOSER_PERSON};
    p->started_ms = START_MS + (int64_t)((double)i / (double)m->o.viewings * (double)(m->o.days * DAY_MS));
    p->now_us = 0;
    p->machine = draw(p) < MACHINES;
    p->kind.replay = draw(p) < REPLAYS;
    p->kind.bold = i & 1;
    p->time_mode = draw(p) < LONGER ? 2 : 1;
    p->slowness = exp(SPREAD_VIEWER * draw_normal(p));
    v.started_ms = p->started_ms;
    v.time_mode = p->time_mode;
    v.nth = draw(p) < LINKS_OFF ? 0 : p->kind.replay ? 2 : 1;
    if (p->machine) {
        v.mode = TEL_MODE_HEADLESS;
        v.chooser = TEL_CHOOSER_RANDOM;
    }
    make_id(p, v.id, p->started_ms);
    g_strlcpy(v.engine, "audience", sizeof v.engine);
    writer_begin(p->w, &v);
    play_film(p);
}

uint64_t audience_write(struct writer *w, const struct audience_options *o)
{
    struct model m;
    model_init(&m, o);
    struct play p = {.m = &m, .w = w, .rand = g_rand_new_with_seed(o->seed), .kind = {.version = -1}};
    for (int64_t i = 0; i < o->viewings; i++) {
        const int version = i >= o->viewings / 2;
        if (version != p.kind.version)
            writer_story(w, &m.story[version]);
        p.kind.version = version;
        struct writer_status status;
        writer_status(w, &status);
        if (status.queued > QUEUE_ENOUGH)
            writer_flush(w, US_PER_SECOND * 60);
        play_once(&p, i);
    }
    g_rand_free(p.rand);
    model_clear(&m);
    return p.events;
}

/* ---- what is so ------------------------------------------------------------------------------------------------ */

static double below(double z)
{
    return erfc(-z / G_SQRT2) / 2;
}

/*
 * A latency is log-normal. Picked is who decides within the window W and did not leave before: a leaver's moment is even
 * over the window, so of those who'd decide after t the share t / W is gone. That needs the mean of t below W.
 */
static double picked_share(int decision)
{
    const double w = (double)WINDOW_US, mu = log(median_us(decision));
    const double spread = hypot(SPREAD_VIEWER, SPREAD_CHOICE);
    const double in_time = below((log(w) - mu) / spread);
    const double mean = exp(mu + spread * spread / 2) * below((log(w) - mu - spread * spread) / spread);
    return in_time - LEAVE_OPEN * mean / w;
}

/* Goes through all orders of the options, each as likely as the other. Of the picks. */
static double order_share(struct kind k, int decision, int option, bool locked)
{
    const int n = options_of(decision);
    int order[OPTIONS_MAX], orders = 0;
    double share = 0;
    for (int code = 0; code < (is_shuffled(decision) ? 256 : 1); code++) {
        unsigned seen = 0;
        for (int i = 0; i < n; i++) {
            order[i] = is_shuffled(decision) ? code >> 2 * i & 3 : i;
            seen |= 1u << order[i];
        }
        if (seen != (1u << n) - 1 || (is_shuffled(decision) && code >> 2 * n != 0))
            continue;
        const int lights = is_shuffled(decision) ? n : 1;
        for (int focus = 0; focus < lights; focus++) {
            double mine = 0, all = 0;
            for (int i = 0; i < n; i++) {
                const double w =
                    locked && order[i] == n - 1
                        ? 0
                        : liking(k, decision, order[i]) * (i == 0 ? FIRST_FAVOUR : 1) * (i == focus ? LIGHT_FAVOUR : 1);
                mine += order[i] == option ? w : 0;
                all += w;
            }
            share += mine / all;
            orders++;
        }
    }
    return share / orders;
}

/* Of exposures: of all, or (`open`) of those in which it could be taken. */
static double option_share(struct kind k, int decision, int option, bool open)
{
    const double free = order_share(k, decision, option, false), locked = order_share(k, decision, option, true);
    const bool itself = option == options_of(decision) - 1;
    const double how_often = may_lock(decision) && !(itself && open) ? LOCKED : 0;
    return picked_share(decision) * (free * (1 - how_often) + locked * how_often);
}

/* The window closed, and they had not left. */
static double timeout_share(int decision)
{
    const double spread = hypot(SPREAD_VIEWER, SPREAD_CHOICE);
    return (1 - below(log((double)WINDOW_US / median_us(decision)) / spread)) * (1 - LEAVE_OPEN);
}

/*
 * How a kind of viewer goes through the film: how likely each decision is asked of them, and how much of the trait they
 * have picked when they stop. Level by level; what counts of the past is the node and the picks, bold and all.
 */
struct course {
    double *asked;         /* by decision */
    double lean, profiles; /* sums over those with a profile: of leans in whole per cent, of how many */
    double *at, *next;     /* by node of the level, picks, bold picks */
    int32_t size;          /* picks + 1, at most */
};

static double *cell(double *at, const struct course *c, int node, int picks, int bold)
{
    return &at[((ptrdiff_t)node * c->size + picks) * c->size + bold];
}

static void stop(struct course *c, double share, int picks, int bold)
{
    if (picks < TASTE_PICKS)
        return;
    c->profiles += share;
    c->lean += share * floor(100.0 * bold / picks + 0.5) / 100;
}

static void decide_all(struct course *c, const struct model *m, struct kind k, int32_t decision, int picks, int bold)
{
    const double share = *cell(c->at, c, decision & 1, picks, bold), asked = share * (1 - LEAVE_BEFORE);
    const bool last = decision / 2 + 1 == m->o.levels;
    double gone = share;
    c->asked[decision] += asked;
    for (int o = -1; o < options_of(decision); o++) { /* -1: nobody chose, and the film goes on as the first */
        const double here = asked * (o < 0 ? timeout_share(decision) : option_share(k, decision, o, false));
        const int after = picks + (o >= 0), after_bold = bold + (o >= 0 && is_bold(o));
        gone -= here;
        if (last)
            stop(c, here, after, after_bold);
        else
            *cell(c->next, c, MAX(o, 0) % 2, after, after_bold) += here;
    }
    stop(c, gone, picks, bold);
}

static void course_init(struct course *c, const struct model *m, struct kind k)
{
    *c = (struct course){.asked = g_new0(double, (size_t)m->n_decisions), .size = m->o.levels + 1};
    const size_t cells = 2 * (size_t)c->size * (size_t)c->size;
    c->at = g_new0(double, cells);
    *cell(c->at, c, 0, 0, 0) = 1;
    for (int32_t level = 0; level < m->o.levels; level++) {
        c->next = g_new0(double, cells);
        for (int node = 0; node < 2; node++)
            for (int picks = 0; picks <= level; picks++)
                for (int bold = 0; bold <= picks; bold++)
                    decide_all(c, m, k, level * 2 + node, picks, bold);
        g_free(c->at);
        c->at = c->next;
    }
    g_clear_pointer(&c->at, g_free);
}

/* Of all viewers: what each kind does, by how many of them are asked. */
struct truth {
    const struct model *m;
    struct kind kinds[2];
    struct course courses[2];
};

static void truth_init(struct truth *t, const struct model *m, int version, bool replay)
{
    t->m = m;
    for (int i = 0; i < 2; i++) {
        t->kinds[i] = (struct kind){version, replay, i};
        course_init(&t->courses[i], m, t->kinds[i]);
    }
}

static void truth_clear(struct truth *t)
{
    for (int i = 0; i < 2; i++)
        g_free(t->courses[i].asked);
}

/* In exposures in which it could be taken. */
static double true_share(const struct truth *t, int decision, int option)
{
    double picked = 0, asked = 0;
    for (int i = 0; i < 2; i++) {
        picked += t->courses[i].asked[decision] * option_share(t->kinds[i], decision, option, true);
        asked += t->courses[i].asked[decision];
    }
    return picked / asked;
}

static double true_lean(const struct truth *t)
{
    return (t->courses[0].lean + t->courses[1].lean) / (t->courses[0].profiles + t->courses[1].profiles);
}

/* Picks of tea, of those of tea or coffee. */
static double true_tea(const struct truth *t)
{
    double picks[2] = {0};
    for (int32_t d = 0; d < t->m->n_decisions; d += 3)
        for (int o = 0; o < 2; o++)
            for (int i = 0; i < 2; i++)
                picks[o] += t->courses[i].asked[d] * option_share(t->kinds[i], d, o, false);
    return picks[0] / (picks[0] + picks[1]);
}

static void append_number(GString *json, const char *key, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_printf(json, "\"%s\": %s", key,
                           isfinite(value) ? g_ascii_formatd(text, sizeof text, "%.9g", value) : "null");
}

static void append_both(GString *json, double first, double replay)
{
    append_number(json, "first", first);
    g_string_append(json, ", ");
    append_number(json, "replay", replay);
    g_string_append_c(json, '}');
}

static void append_decision(GString *json, const struct truth *first, const struct truth *replay, int32_t d)
{
    const double spread = hypot(SPREAD_VIEWER, SPREAD_CHOICE);
    const struct model *m = first->m;
    const int version = first->kinds[0].version;
    g_string_append_printf(json, "{\"version\": \"%s\", \"decision\": \"%s\", ", m->story[version].version,
                           m->decisions[version][d].name);
    append_number(json, "median_ms", median_us(d) / 1e3);
    g_string_append(json, ", ");
    append_number(json, "p90_ms", median_us(d) / 1e3 * exp(1.2815515655446004 * spread));
    g_string_append(json, ", \"options\": [");
    for (int i = 0; i < options_of(d); i++) {
        g_string_append_printf(json, "%s{\"id\": \"o%d\", ", i ? ", " : "", i);
        append_both(json, true_share(first, d, i), true_share(replay, d, i));
    }
    g_string_append(json, "]}");
}

void audience_truth(const struct audience_options *o, GString *json)
{
    struct model m;
    model_init(&m, o);
    struct truth truths[VERSIONS][2];
    for (int v = 0; v < VERSIONS; v++)
        for (int replay = 0; replay < 2; replay++)
            truth_init(&truths[v][replay], &m, v, replay);
    g_string_append(json, "{\"decisions\": [\n");
    for (int v = 0; v < VERSIONS; v++)
        for (int32_t d = 0; d < m.n_decisions; d++) {
            g_string_append(json, v || d ? ",\n" : "");
            append_decision(json, &truths[v][0], &truths[v][1], d);
        }
    g_string_append(json, "],\n\"taste\": [");
    for (int v = 0; v < VERSIONS; v++) {
        g_string_append_printf(json, "%s{\"version\": \"%s\", \"trait\": \"bold\", ", v ? ", " : "",
                               m.story[v].version);
        append_both(json, true_lean(&truths[v][0]), true_lean(&truths[v][1]));
    }
    g_string_append(json, "],\n\"tea_rather_than_coffee\": [");
    for (int v = 0; v < VERSIONS; v++) {
        g_string_append_printf(json, "%s{\"version\": \"%s\", ", v ? ", " : "", m.story[v].version);
        append_both(json, true_tea(&truths[v][0]), true_tea(&truths[v][1]));
    }
    g_string_append(json, "]}\n");
    for (int v = 0; v < VERSIONS; v++)
        for (int replay = 0; replay < 2; replay++)
            truth_clear(&truths[v][replay]);
    model_clear(&m);
}
