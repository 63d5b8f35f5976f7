#include "player/scene.h"
#include "player/signer.h"
#include "player/viewing_facts.h"
#include "base/beneath.h"
#include "base/interrupt.h"
#include "media/subs.h"
#include "play/schedule.h"
#include "present/anim.h"
#include "present/text.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* How long the option that was taken stays lit if the film goes on in the same node. */
#define TAKEN_US (INT64_C(2400) * US_PER_MS)

/* A play that waits for its pictures waits so long for the subtitles of one file, asking in between whether to end. */
#define SUBS_WAIT_US (10 * US_PER_SECOND)
enum { SUBS_SLICE_MS = 20 };
/* Subtitles are opened for so many clips that may come. */
enum { SUBS_COMING_MAX = 8 };
/* The first picture of a clip may wait so long for its subtitles: a part of the time that is left to compose it. */
enum { FIRST_WAIT_MS = 4 };
/* And so long for an option's image. */
#define IMAGE_WAIT_US  (10 * US_PER_SECOND)
#define IMAGE_SLICE_US 500

/* An open file of subtitles, for one node. */
struct subs_slot {
    char *path; /* NULL: none */
    int64_t from_us;
    bool only_forced;
    struct stream_wish wish; /* strings that live as long as the film's */
    struct subs *subs;
    bool given_up; /* waiting for it took too long */
};

struct option_image {
    const char *path; /* relative, the story's */
    struct clip *clip;
    bool given_up; /* waiting for it took too long */
};

struct scene {
    struct scene_options o;
    bool recorded;
    const struct story *story;
    int64_t now_us; /* film position plus the time that the film has waited */
    int32_t node;   /* whose clip plays */

    /* the panel */
    enum view_phase phase;
    int64_t phase_at_us;
    struct menu menu; /* on the panel: open, about to open, or just closed */
    int32_t menu_node;
    struct view_option options[VIEW_OPTIONS_MAX];
    int n_shown; /* of them */
    bool from_right;
    int32_t read_decision;     /* for which that was found out; -1: none yet */
    const char *read_language; /* and in which language */
    int32_t taken;
    bool timed_out;
    int focus_from;
    int32_t last_focus, last_selected; /* while the panel was open */
    double last_left;
    int64_t closed_at_us;
    int tried; /* the locked option that was tried last in this decision; -1: none */
    int64_t tried_at_us;
    int64_t focus_at_us;
    char keys[VIEW_OPTIONS_MAX][4];
    char typed[STORY_CODE_BYTES_MAX + 1];
    GArray *images;     /* struct option_image, of the node's options */
    GArray *old_images; /* of nodes before, one of whose panels still slides out with them */

    struct subs_slot subs, next_subs;         /* of this node, and of the one that comes next, */
    int64_t next_from_us;                     /* from there on */
    struct subs_slot coming[SUBS_COMING_MAX]; /* of nodes to which the viewer may cut at once */
    int n_coming;
    unsigned coming_serial;           /* film_coming_subtitles() */
    struct subs_view area, next_area; /* of this picture, and of the first one then; 0 x 0: not known */
    int64_t start_smp;                /* film position of the 0 of the clip that plays; INT64_MIN: none does */
    bool fresh;                       /* its first picture is still to come */
    GHashTable *told;                 /* what was said about subtitles */
    char *unshown;                    /* a sentence about subtitles that can't be shown, not said yet; NULL: none */
    bool unshown_told;                /* there was such a sentence; one stands for all clips */
    int64_t looked_smp;               /* the start_smp of the last clip that was asked for such; INT64_MIN: none */

    struct signer *signer;
    float signer_share;
    bool signer_low;

    GArray *inscriptions; /* struct view_inscription; owns the texts */
    bool credits;         /* some of them are */

    struct view_card card;
    int pic_w, pic_h;
};

static bool scene_check(const struct scene *s)
{
    assert(s->node >= -1 && s->node < s->story->n_nodes);
    assert(s->n_shown >= 0 && s->n_shown <= VIEW_OPTIONS_MAX && s->n_shown <= s->menu.n);
    assert(s->phase == VIEW_HIDDEN || s->menu.decision >= 0); /* a panel shows some decision's menu */
    assert(s->phase_at_us <= s->now_us && s->focus_at_us <= s->now_us);
    assert(!s->subs.path == !s->subs.subs && !s->next_subs.path == !s->next_subs.subs);
    return true;
}

static void clear_inscription(void *inscription)
{
    g_free((char *)((struct view_inscription *)inscription)->text);
}

struct scene *scene_new(const struct scene_options *o)
{
    struct scene *s = g_new0(struct scene, 1);
    s->o = *o;
    s->story = o->story;
    s->node = s->focus_from = s->taken = s->read_decision = -1;
    s->start_smp = s->looked_smp = INT64_MIN;
    menu_clear(&s->menu);
    s->signer = signer_new(o->media, o->patient);
    s->images = g_array_new(FALSE, TRUE, sizeof(struct option_image));
    s->old_images = g_array_new(FALSE, TRUE, sizeof(struct option_image));
    s->inscriptions = g_array_new(FALSE, TRUE, sizeof(struct view_inscription));
    g_array_set_clear_func(s->inscriptions, clear_inscription);
    s->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return s;
}

static void drop_images(GArray *images)
{
    for (guint i = 0; i < images->len; i++)
        clip_close(g_array_index(images, struct option_image, i).clip);
    g_array_set_size(images, 0);
}

static void clear_slot(struct subs_slot *slot)
{
    subs_close(slot->subs);
    g_free(slot->path);
    *slot = (struct subs_slot){0};
}

void scene_free(struct scene *s)
{
    if (!s)
        return;
    drop_images(s->images);
    drop_images(s->old_images);
    g_array_unref(s->images);
    g_array_unref(s->old_images);
    g_array_unref(s->inscriptions);
    signer_free(s->signer);
    clear_slot(&s->subs);
    clear_slot(&s->next_subs);
    for (int i = 0; i < s->n_coming; i++)
        clear_slot(&s->coming[i]);
    g_hash_table_unref(s->told);
    g_free(s->unshown);
    g_free(s);
}

/* ---- the panel -------------------------------------------------------------------------------------------------- */

static void open_image(struct scene *s, const char *path)
{
    if (!path)
        return;
    g_autofree char *full = beneath_path(s->story->dir, path);
    const struct clip_spec spec = {.path = full, .for_us = US_PER_SECOND, .no_sound = true};
    const struct option_image image = {path, clip_open(s->o.media, &spec), false};
    g_array_append_val(s->images, image);
}

/* Opens the images of all options of the node when it is entered, long before they are shown. */
static void open_images(struct scene *s)
{
    const struct story *st = s->story;
    const struct story_span ds = st->nodes[s->node].decisions;
    g_array_append_vals(s->old_images, s->images->data, s->images->len);
    g_array_set_size(s->images, 0);
    if (s->phase == VIEW_HIDDEN)
        drop_images(s->old_images);
    for (int32_t d = ds.first; d < ds.first + ds.n; d++) {
        const struct story_span os = st->decisions[d].options;
        for (int32_t o = os.first; o < os.first + os.n; o++) {
            open_image(s, st->options[o].image);
            for (int32_t l = 0; l < st->options[o].labels.n; l++)
                open_image(s, st->labels[st->options[o].labels.first + l].image);
        }
    }
}

/* A play that runs faster than time shows what a viewer would see: they would see the image long before it matters. */
static void wait_for_image(struct option_image *image)
{
    const int64_t give_up = g_get_monotonic_time() + IMAGE_WAIT_US;
    while (!image->given_up && clip_state(image->clip) == CLIP_OPENING && !interrupt_requested()) {
        g_usleep(IMAGE_SLICE_US);
        image->given_up = g_get_monotonic_time() > give_up;
    }
}

static const struct frame *image_frame(struct scene *s, const char *path)
{
    for (guint i = 0; path && i < s->images->len; i++) {
        struct option_image *image = &g_array_index(s->images, struct option_image, i);
        if (image->path != path)
            continue;
        if (s->o.patient)
            wait_for_image(image);
        return clip_peek(image->clip);
    }
    return NULL;
}

/* Does the option have a key of its own, and does that take it? A key that serves the viewer goes on doing so. */
static bool own_key(const struct scene *s, const struct story_option *o)
{
    return o->key && !(s->o.input && input_serves(s->o.input, g_utf8_get_char(o->key)));
}

/* An option as it looks in this state. */
static void fill_option(struct scene *s, const int32_t *state, int32_t option, bool open, int place)
{
    const struct story_option *o = &s->story->options[option];
    const struct menu_words words = menu_words(s->story, state, option);
    if (place < 10)
        g_snprintf(s->keys[place], sizeof s->keys[place], "%d", (place + 1) % 10);
    s->options[place] = (struct view_option){
        .text = story_text(s->story, words.text, s->o.language),
        .sub = story_text(s->story, words.sub, s->o.language),
        .key = own_key(s, o) ? o->key : s->keys[place],
        .reason = open ? NULL : story_text(s->story, o->locked, s->o.language),
        .image = image_frame(s, words.image),
        .locked = !open,
    };
}

/* The question decides which way the panel reads, and the options where it has no letters. */
static void find_direction(struct scene *s, int32_t decision)
{
    if (s->read_decision == decision && s->read_language == s->o.language)
        return;
    s->read_decision = decision;
    s->read_language = s->o.language;
    enum text_direction d = text_direction(story_text(s->story, s->story->decisions[decision].prompt, s->o.language));
    for (int i = 0; d == TEXT_NO_DIRECTION && i < s->n_shown; i++)
        d = text_direction(s->options[i].text);
    s->from_right = d == TEXT_FROM_RIGHT;
}

bool scene_waits(const struct scene *s)
{
    const struct story_decision *d = s->phase == VIEW_IN ? &s->story->decisions[s->menu.decision] : NULL;
    return d && d->shown_us < d->opens_us;
}

bool scene_reads_from_right(const struct scene *s)
{
    return s->from_right;
}

/* Puts the decision's menu, as it is in this state, on the panel. */
static void fill_options(struct scene *s, const int32_t *state, int32_t decision)
{
    const struct story_decision *d = &s->story->decisions[decision];
    drop_images(s->old_images);
    menu_make(&s->menu, s->story, state, decision);
    s->n_shown = MIN(s->menu.n, VIEW_OPTIONS_MAX);
    for (int i = 0; i < s->n_shown; i++)
        fill_option(s, state, d->options.first + s->menu.options[i], menu_can_pick(&s->menu, i), i);
    find_direction(s, decision);
}

/* Where the option is drawn, -1: nowhere. */
static int place_of_option(const struct scene *s, int32_t option)
{
    const int32_t place = menu_place(&s->menu, option);
    return place < s->n_shown ? place : -1;
}

static void enter_phase(struct scene *s, enum view_phase phase, int64_t at_us)
{
    if (phase == VIEW_HIDDEN)
        drop_images(s->old_images);
    s->phase = phase;
    s->phase_at_us = at_us;
}

static void follow_open_panel(struct scene *s, struct film *f)
{
    const struct choice *c = film_choice(f);
    if (s->phase != VIEW_OPEN || s->menu.decision != c->menu.decision) {
        enter_phase(s, VIEW_OPEN, s->now_us);
        s->focus_from = -1;
        s->focus_at_us = s->now_us;
        s->tried = -1;
        s->typed[0] = '\0';
    }
    s->menu_node = s->node;
    s->last_focus = c->focus;
    s->last_left = film_time_left(f);
    fill_options(s, film_state(f), c->menu.decision);
    s->last_selected = place_of_option(s, c->selected);
    g_strlcpy(s->typed, c->typed, sizeof s->typed);
}

static void follow_closed_panel(struct scene *s, struct film *f)
{
    int32_t option;
    int64_t at_us;
    if (s->phase == VIEW_OPEN) {
        film_taken(f, &option, &s->timed_out, &at_us);
        s->taken = option;
        enter_phase(s, VIEW_CLOSED, s->now_us);
        s->closed_at_us = s->now_us;
    }
    if (s->phase == VIEW_CLOSED) {
        const int64_t length = film_length_us(f);
        const bool ends = length != US_NONE && length - film_pos_us(f) <= ANIM_OUT_US;
        if (s->node != s->menu_node || ends || s->now_us - s->phase_at_us >= TAKEN_US)
            enter_phase(s, VIEW_OUT, s->now_us);
    }
    if (s->phase == VIEW_OUT && s->now_us - s->phase_at_us >= ANIM_OUT_US)
        enter_phase(s, VIEW_HIDDEN, s->now_us);
}

/* The panel slides in before its time, so that it is in place then. One that comes late, since a panel before it was still
 * to be seen or the clip begins, slides in from now on, as far as there is time. */
static void follow_coming_panel(struct scene *s, struct film *f)
{
    const int32_t next = schedule_next_decision(s->story, film_state(f));
    const struct story_decision *d = next >= 0 ? &s->story->decisions[next] : NULL;
    const bool idle = s->phase == VIEW_HIDDEN || (s->phase == VIEW_OUT && s->node != s->menu_node);
    const int64_t wait = d ? d->shown_us - film_pos_us(f) : INT64_MAX;
    const int64_t left = d && wait < 0 ? CLAMP(d->opens_us - film_pos_us(f), 0, ANIM_IN_US) : wait;
    if (s->phase == VIEW_IN && (next != s->menu.decision || wait > ANIM_IN_US))
        enter_phase(s, VIEW_HIDDEN, s->now_us);
    if (next < 0 || wait > ANIM_IN_US || !(idle || s->phase == VIEW_IN))
        return;
    s->menu_node = s->node;
    if (s->phase != VIEW_IN)
        enter_phase(s, VIEW_IN, s->now_us - (ANIM_IN_US - left));
    fill_options(s, film_state(f), next);
}

/* ---- subtitles -------------------------------------------------------------------------------------------------- */

static bool is_in_slot(const struct subs_slot *slot, const struct film_subtitles *t)
{
    return g_strcmp0(slot->path, t->path) == 0 &&
           (!t->path || (slot->from_us == t->from_us && slot->only_forced == t->only_forced &&
                         stream_wish_equal(&slot->wish, &t->wish)));
}

/* True: it was open already. */
static bool take_coming(struct scene *s, struct subs_slot *slot, const struct film_subtitles *t)
{
    for (int i = 0; i < s->n_coming; i++)
        if (is_in_slot(&s->coming[i], t)) {
            *slot = s->coming[i];
            s->coming[i] = s->coming[--s->n_coming];
            return true;
        }
    return false;
}

static void fill_slot(struct scene *s, struct subs_slot *slot, const struct film_subtitles *t)
{
    if (is_in_slot(slot, t))
        return;
    clear_slot(slot);
    if (!t->path || take_coming(s, slot, t))
        return;
    struct stream_wish wish = t->wish;
    if (!wish.language || !wish.language[0])
        wish.language = s->story->languages[0];
    const struct subs_spec spec = {t->path, wish, t->only_forced, t->from_us};
    *slot =
        (struct subs_slot){g_strdup(t->path), t->from_us, t->only_forced, t->wish, subs_open(s->o.media, &spec), false};
}

static void follow_coming(struct scene *s, const struct film *f)
{
    struct film_subtitles all[SUBS_COMING_MAX];
    struct subs_slot slots[SUBS_COMING_MAX] = {0};
    unsigned serial;
    const int n = film_coming_subtitles(f, all, s->o.subtitles ? SUBS_COMING_MAX : 0, &serial);
    if (serial == s->coming_serial)
        return;
    for (int i = 0; i < n; i++)
        fill_slot(s, &slots[i], &all[i]);
    for (int i = 0; i < s->n_coming; i++) /* nobody wants them any more */
        clear_slot(&s->coming[i]);
    memcpy(s->coming, slots, sizeof slots);
    s->n_coming = n;
    s->coming_serial = serial;
}

/* The films of a disc or of television hold all of theirs in one way, so the first is named. */
static void note_unshown(struct scene *s, const struct film *f)
{
    int n;
    if (s->unshown_told || s->looked_smp == s->start_smp || !film_streams(f, &n))
        return;
    s->looked_smp = s->start_smp;
    const int stream = film_unshown_text(f, s->o.subtitles);
    if (stream < 0)
        return;
    g_autofree char *name = beneath_name(film_path(f));
    s->unshown = g_strdup_printf("%s: %s; `frumious check` says of which clips that is so", name,
                                 stream_choice_why_unshown(&film_streams(f, &n)[stream]));
    s->unshown_told = true;
}

static void follow_subs(struct scene *s, struct film *f)
{
    const struct film_subtitles now = film_subtitles(f, s->o.subtitles), next = film_next_subtitles(f, s->o.subtitles);
    const int64_t start_smp = film_node(f) < 0 ? INT64_MIN : film_smp_at(f, 0);
    const bool cut = start_smp != s->start_smp; /* perhaps to another place of the same node */
    s->start_smp = start_smp;
    s->fresh |= cut;
    if ((cut || !is_in_slot(&s->subs, &now)) && is_in_slot(&s->next_subs, &now)) {
        const struct subs_slot swap = s->subs;
        s->subs = s->next_subs;
        s->next_subs = swap;
    }
    fill_slot(s, &s->subs, &now);
    if (next.path)
        fill_slot(s, &s->next_subs, &next);
    follow_coming(s, f);
    note_unshown(s, f);
}

/* A play that runs faster than time shows what a viewer would see. */
static void wait_for_subs(struct subs_slot *slot, int64_t at_us, const struct subs_view *v)
{
    const int64_t give_up = g_get_monotonic_time() + SUBS_WAIT_US;
    while (!slot->given_up && !interrupt_requested() && !subs_wait(slot->subs, at_us, v, SUBS_SLICE_MS))
        slot->given_up = g_get_monotonic_time() > give_up;
}

static void fill_subs(struct scene *s, struct film *f, const struct subs_view *sv, struct view *v)
{
    if (!s->subs.subs || sv->w == 0)
        return;
    if (s->o.patient)
        wait_for_subs(&s->subs, film_pos_us(f), sv);
    else if (s->fresh)
        subs_wait(s->subs.subs, film_pos_us(f), sv, FIRST_WAIT_MS);
    s->fresh = false;
    v->subs = subs_show(s->subs.subs, film_pos_us(f), sv, &v->sub_count);
}

/* Those of the next clip's first picture are drawn before the cut; those of clips that may come, for pictures as large as this. */
static void prepare_next_subs(struct scene *s, const struct film *f, const struct scene_areas *areas)
{
    int n;
    s->next_from_us = film_next_from_us(f);
    s->area = areas->now;
    s->next_area = areas->next;
    if (s->next_subs.subs && areas->next.w > 0)
        subs_show(s->next_subs.subs, s->next_from_us, &areas->next, &n);
    for (int i = 0; i < s->n_coming && areas->now.w > 0; i++)
        subs_show(s->coming[i].subs, 0, &areas->now, &n);
}

bool scene_is_prepared(struct scene *s)
{
    for (int i = 0; i < s->n_coming; i++)
        if (!subs_wait(s->coming[i].subs, 0, &s->area, 0))
            return false;
    if (!s->next_subs.subs)
        return true;
    return s->next_area.w > 0 && subs_wait(s->next_subs.subs, s->next_from_us, &s->next_area, 0);
}

/* So that a play without pictures, which is done in no time, says the same. */
static void wait_for_file(struct subs_slot *slot)
{
    const int64_t give_up = g_get_monotonic_time() + SUBS_WAIT_US;
    while (slot->subs && !slot->given_up && !interrupt_requested() && !subs_wait_open(slot->subs, SUBS_SLICE_MS))
        slot->given_up = g_get_monotonic_time() > give_up;
}

char *scene_take_problem(struct scene *s)
{
    if (s->o.patient)
        wait_for_file(&s->subs);
    struct subs_slot *const slots[] = {&s->subs, &s->next_subs};
    for (size_t i = 0; i < G_N_ELEMENTS(slots); i++)
        for (char *words; slots[i]->subs && (words = subs_take_problem(slots[i]->subs)); g_free(words))
            if (g_hash_table_add(s->told, g_strdup(words)))
                return words;
    return g_steal_pointer(&s->unshown);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

void scene_follow(struct scene *s, struct film *f, int64_t film_smp)
{
    s->now_us = smp_to_us(film_smp) + film_waited_us(f); /* the panel moves while the film waits */
    follow_subs(s, f);
    signer_follow(s->signer, f, film_smp);
    if (film_node(f) < 0)
        return;
    if (s->node != film_node(f)) {
        s->node = film_node(f);
        open_images(s);
    }
    if (film_choice(f)->menu.decision >= 0)
        follow_open_panel(s, f);
    else {
        follow_closed_panel(s, f);
        follow_coming_panel(s, f);
    }
    assert(scene_check(s));
}

static void fill_panel(const struct scene *s, struct film *f, struct view_panel *p)
{
    const struct choice *c = film_choice(f);
    const struct story_decision *d = &s->story->decisions[s->menu.decision];
    static const enum view_layout layouts[] = {
        [STORY_ROW] = VIEW_ROW, [STORY_COLUMN] = VIEW_COLUMN, [STORY_CORNERS] = VIEW_CORNERS, [STORY_CODE] = VIEW_CODE};
    const bool open = s->phase == VIEW_OPEN;

    p->phase = s->phase;
    p->phase_us = s->now_us - s->phase_at_us;
    if (s->phase == VIEW_IN && d->shown_us < d->opens_us)
        p->opens_us = MAX(d->opens_us - film_pos_us(f), 0);
    p->lifts = d->lift != STORY_LIFT_NONE;
    p->lift = d->lift;
    p->layout = layouts[d->layout];
    p->from_right = s->from_right;
    p->prompt = story_text(s->story, d->prompt, s->o.language);
    p->options = s->options;
    p->count = s->n_shown;
    const bool over = s->phase == VIEW_CLOSED || s->phase == VIEW_OUT; /* what it was goes on from there */
    p->closed_us = s->phase == VIEW_OUT ? s->now_us - s->closed_at_us : 0;
    p->focus = open ? c->focus : over ? s->last_focus : -1;
    p->focus_from = open ? s->focus_from : -1;
    p->focus_us = s->now_us - s->focus_at_us;
    p->tried = open ? s->tried + 1 : 0;
    p->tried_us = s->now_us - s->tried_at_us;
    p->selected = open ? place_of_option(s, c->selected) : over ? s->last_selected : -1;
    p->taken = over ? place_of_option(s, s->taken) : -1;
    p->timed_out = s->timed_out;
    p->left = over ? s->last_left : film_time_left(f);
    p->code = s->typed;
    p->code_letters = menu_code_has_letters(s->story, s->menu.decision);
    p->code_length = menu_code_length(s->story, s->menu.decision);
    if (p->layout == VIEW_CODE && s->taken >= 0 && !open)
        p->code_wrong = s->story->options[d->options.first + s->taken].code == NULL;
}

/* When the node's credits begin; until then the words of its card stand. */
static int64_t credits_at_us(const struct story *s, const struct story_node *n)
{
    int64_t at_us = INT64_MAX;
    for (int32_t i = n->inscriptions.first; i < n->inscriptions.first + n->inscriptions.n; i++)
        if (s->inscriptions[i].look == STORY_CREDITS)
            at_us = MIN(at_us, s->inscriptions[i].at_us);
    return at_us;
}

static void fill_card(struct scene *s, struct film *f, struct view *v)
{
    const struct story_node *n = &s->story->nodes[s->node];
    const int64_t length = film_length_us(f);
    s->card = (struct view_card){.at_us = film_pos_us(f), .dur_us = length == US_NONE ? 0 : length};
    if (film_is_slate(f)) {
        s->card.look = VIEW_CARD_SLATE;
        s->card.label = n->name;
        s->card.title = story_text(s->story, n->title, s->o.language);
        s->card.body = n->script;
        s->card.note = film_missing_file(f);
    } else if (n->clip.kind == STORY_CARD) {
        const int64_t until_us = credits_at_us(s->story, n);
        s->card.look = n->ending >= 0 ? VIEW_CARD_ENDING : VIEW_CARD_TEXT;
        s->card.title = s->card.at_us < until_us ? story_text(s->story, n->clip.card, s->o.language) : NULL;
        s->card.dur_us = s->card.dur_us > 0 ? MIN(s->card.dur_us, until_us) : 0;
    } else
        return;
    v->card = &s->card;
}

/* Cuts a text that appears as if typed down to what is there after `us`. */
static void keep_typed(char *text, int32_t per_second, int64_t us)
{
    const int64_t n = us * per_second / US_PER_SECOND;
    if (per_second > 0 && n < g_utf8_strlen(text, -1))
        *g_utf8_offset_to_pointer(text, n) = '\0';
}

/* The part of its time that is over, 0..1. */
static float part_over(const struct film *f, const struct story_inscription *in)
{
    const int64_t length = film_length_us(f), rest = length == US_NONE ? US_NONE : length - in->at_us,
                  whole = in->for_us == US_NONE ? rest
                          : rest == US_NONE     ? in->for_us
                                                : MIN(in->for_us, rest);
    return whole > 0 ? (float)MIN((double)(film_pos_us(f) - in->at_us) / (double)whole, 1.0) : 0.0F;
}

static void fill_inscription(struct scene *s, const struct film *f, const struct story_inscription *in)
{
    const int64_t since = film_pos_us(f) - in->at_us;
    if (since < 0 || (in->for_us != US_NONE && since >= in->for_us) ||
        (in->record == STORY_RECORD_KEPT && !s->recorded) || (in->record == STORY_RECORD_ERASED && s->recorded) ||
        (in->when >= 0 && !play_eval(s->story, film_state(f), in->when)))
        return;
    char *text = viewing_facts_fill(film_facts(f), story_text(s->story, in->text, s->o.language), film_state(f),
                                    film_watched_us(f), s->o.language);
    keep_typed(text, in->typed, since);
    const struct view_inscription v = {text,
                                       in->left,
                                       in->top,
                                       in->width,
                                       in->height,
                                       in->size,
                                       (enum view_look)in->look,
                                       (enum view_align)in->align,
                                       in->rgb,
                                       in->look == STORY_CREDITS ? part_over(f, in) : 0.0F};
    s->credits |= in->look == STORY_CREDITS;
    g_array_append_val(s->inscriptions, v);
}

static void fill_inscriptions(struct scene *s, const struct film *f, struct view *v)
{
    const struct story_span span = s->story->nodes[s->node].inscriptions;
    g_array_set_size(s->inscriptions, 0);
    s->credits = s->story->nodes[s->node].role == STORY_ROLE_CREDITS;
    for (int32_t i = 0; i < span.n; i++)
        fill_inscription(s, f, &s->story->inscriptions[span.first + i]);
    v->inscriptions = (const struct view_inscription *)(void *)s->inscriptions->data;
    v->inscription_count = (int)s->inscriptions->len;
}

void scene_view(struct scene *s, struct film *f, const struct scene_areas *areas, struct view *v)
{
    prepare_next_subs(s, f, areas);
    v->frame = film_frame(f);
    v->frame_serial = film_frame_serial(f) + 1;
    if (v->frame) {
        s->pic_w = v->frame->width * v->frame->sar_num / v->frame->sar_den;
        s->pic_h = v->frame->height;
    }
    v->pic_w = s->pic_w;
    v->pic_h = s->pic_h;
    if (s->node < 0)
        return;
    v->inset = s->signer_share > 0 ? signer_picture(s->signer, &v->inset_serial) : NULL;
    v->inset_share = s->signer_share;
    v->inset_low = s->signer_low;
    fill_card(s, f, v);
    fill_inscriptions(s, f, v);
    if (s->phase != VIEW_HIDDEN)
        fill_panel(s, f, &v->panel);
    fill_subs(s, f, &areas->now, v);
}

bool scene_moves(const struct scene *s)
{
    uint64_t serial;
    return s->phase != VIEW_HIDDEN || s->card.dur_us > 0 || signer_picture(s->signer, &serial) ||
           (s->node >= 0 && s->story->nodes[s->node].inscriptions.n > 0);
}

bool scene_shows_credits(const struct scene *s)
{
    return s->credits;
}

bool scene_asks(const struct scene *s)
{
    return s->phase == VIEW_IN || s->phase == VIEW_OPEN;
}

void scene_set_language(struct scene *s, const char *language)
{
    s->o.language = language;
}

void scene_tried(struct scene *s, int place)
{
    s->tried = place;
    s->tried_at_us = s->now_us;
}

void scene_focus_moved(struct scene *s, int from)
{
    s->focus_from = from;
    s->focus_at_us = s->now_us;
    s->tried = -1;
}

void scene_set_recorded(struct scene *s, bool recorded)
{
    s->recorded = recorded;
}

void scene_set_signer(struct scene *s, float share, bool low)
{
    s->signer_share = share;
    s->signer_low = low;
}

void scene_set_subtitles(struct scene *s, bool on)
{
    s->o.subtitles = on;
    s->coming_serial = 0;
}
