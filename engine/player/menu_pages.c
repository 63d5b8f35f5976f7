#include "player/menu_pages.h"

#include "base/paths.h"
#include "base/words.h"
#include "player/map_shape.h"
#include "player/next_films.h"
#include "player/profiles.h"
#include "player/viewing_facts.h"
#include "story/node_edges.h"

/* A text of the story's; NULL if it has none. */
static const char *story_words(const struct menu_subject *o, int32_t text)
{
    const char *words = text >= 0 ? story_text(o->story, text, controls_language(o->pages->controls)) : NULL;
    return words && *words ? words : NULL;
}

static void add_action(struct page *p, int id, const char *text)
{
    page_add(p, &(struct page_item){.id = id, .kind = VIEW_ITEM_ACTION, .text = text});
}

static void add_way_back(const struct menu_subject *o, struct page *p)
{
    add_action(p, MENU_ITEM_BACK, controls_words(o->pages->controls, "Back"));
    page_pin(p);
}

/* Once there is something on it. */
static void add_map(const struct menu_subject *o, struct page *p)
{
    if (story_map_ways(o->map)->len > 0)
        add_action(p, MENU_ITEM_MAP, controls_words(o->pages->controls, "The map"));
}

/* What there is to do and to set, with a film or without. */
static void add_usual(const struct menu_subject *o, struct page *p)
{
    const struct controls *c = o->pages->controls;
    menu_settings_add(o, MENU_MAIN, p);
    if (menu_settings_has_tracks(o))
        add_action(p, MENU_ITEM_TRACKS, controls_words(c, "Subtitles and sound"));
    add_action(p, MENU_ITEM_APPEARANCE, controls_words(c, "Appearance"));
    if (o->people)
        add_action(p, MENU_ITEM_VIEWERS, controls_words(c, "Who is watching"));
    add_action(p, MENU_ITEM_PRIVACY, controls_words(c, "What was recorded"));
    add_action(p, MENU_ITEM_KEYS, controls_words(c, "Keys"));
    add_action(p, MENU_ITEM_LEAVE, controls_words(c, "Leave"));
}

/* Where no film plays. */
static void fill_alone(const struct menu_subject *o, struct page *p)
{
    const char *title = o->story ? story_words(o, o->story->title) : NULL;
    page_begin(p, NULL, title ? title : controls_words(o->pages->controls, "Menu"), NULL);
    add_action(p, MENU_ITEM_GO_ON, controls_words(o->pages->controls, "Back"));
    add_usual(o, p);
}

static void fill_main(const struct menu_subject *o, struct page *p)
{
    if (!o->film) {
        fill_alone(o, p);
        return;
    }
    page_begin(p, NULL, story_words(o, o->story->title), NULL);
    const bool over = film_phase(o->film) == FILM_OVER;
    add_action(p, MENU_ITEM_GO_ON,
               over ? controls_words(o->pages->controls, "Back") : controls_words(o->pages->controls, "Go on"));
    add_action(p, MENU_ITEM_ANEW, controls_words(o->pages->controls, "Begin anew"));
    if (film_last_checkpoint(o->film) >= 0)
        add_action(p, MENU_ITEM_DECISIONS, controls_words(o->pages->controls, "Back to an earlier decision"));
    add_map(o, p);
    add_usual(o, p);
}

static void fill_anew(const struct menu_subject *o, struct page *p)
{
    page_begin(
        p, NULL, controls_words(o->pages->controls, "Begin anew?"),
        controls_words(o->pages->controls, "The film goes back to its beginning. Where you are now is not kept."));
    add_action(p, MENU_ITEM_BACK, controls_words(o->pages->controls, "No, go on here"));
    add_action(p, MENU_ITEM_SURELY, controls_words(o->pages->controls, "Begin anew"));
}

/* What a decision is called: its question, else the title of its scene. */
static const char *decision_name(const struct menu_subject *o, int32_t decision)
{
    const struct story *s = o->story;
    const char *prompt = story_words(o, s->decisions[decision].prompt);
    if (!prompt)
        prompt = story_words(o, s->nodes[s->decisions[decision].node].title);
    return prompt ? prompt : s->decisions[decision].name;
}

static bool leads_back(const struct menu_subject *o, int32_t checkpoint)
{
    const int32_t *state = film_state(o->film), decision = play_checkpoint(o->story, state, checkpoint);
    return decision != state[PLAY_OPEN] && play_can_go_back(o->story, state, decision);
}

/* What was answered; NULL: not known. */
static char *answer_words(const struct menu_subject *o, int32_t decision)
{
    bool picked;
    const char *taken = story_words(o, viewing_facts_taken(film_facts(o->film), decision, &picked));
    const char *how = picked ? WORDS("You chose: %s") : WORDS("You did not choose; it became: %s");
    return taken ? g_strdup_printf(controls_words(o->pages->controls, how), taken) : NULL;
}

/* How many viewings answered as this one did; NULL: there are no others. */
static char *share_words(const struct menu_subject *o, int32_t decision)
{
    bool picked;
    const int32_t option = viewing_facts_option(film_facts(o->film), decision, &picked);
    if (!o->after || !o->after->past || option < 0)
        return NULL;
    const struct past_choice *past = &o->after->past[o->story->decisions[decision].options.first + option];
    return past->of > 1
               ? g_strdup_printf(controls_words(o->pages->controls, "%d of %d viewings on this machine chose that."),
                                 (int)past->picks, (int)past->of)
               : NULL;
}

static void add_decision(const struct menu_subject *o, int32_t checkpoint, struct page *p)
{
    const int32_t decision = play_checkpoint(o->story, film_state(o->film), checkpoint);
    g_autofree char *note = answer_words(o, decision);
    const struct page_item item = {.id = MENU_CHECKPOINTS + checkpoint,
                                   .kind = VIEW_ITEM_ACTION,
                                   .text = decision_name(o, decision),
                                   .note = note,
                                   .pictured = moments_any(o->moments),
                                   .image = moments_picture(o->moments, decision)};
    page_add(p, &item);
}

/* The latest one first, and no more than there is room for. */
static void fill_decisions(const struct menu_subject *o, struct page *p)
{
    const int32_t *state = film_state(o->film);
    int left = VIEW_ITEMS_MAX - 1;
    page_begin(p, NULL, controls_words(o->pages->controls, "Back to an earlier decision"), NULL);
    for (int32_t i = state[PLAY_CHECKPOINTS] - 1; i >= 0 && left > 0; i--) {
        if (!leads_back(o, i))
            continue;
        add_decision(o, i, p);
        left--;
    }
    add_way_back(o, p);
}

static int32_t checkpoint_of(const struct menu_subject *o, int32_t decision)
{
    for (int32_t i = 0; i < film_state(o->film)[PLAY_CHECKPOINTS]; i++)
        if (play_checkpoint(o->story, film_state(o->film), i) == decision && leads_back(o, i))
            return i;
    return -1;
}

/* One answer of this viewing. Where the viewer can go back to it, the line does so. */
static void add_answer(const struct menu_subject *o, int32_t decision, struct page *p)
{
    const int32_t checkpoint = checkpoint_of(o, decision);
    g_autofree char *taken = answer_words(o, decision), *share = share_words(o, decision);
    g_autofree char *note =
        g_strdup_printf("%s%s%s", taken ? taken : "", taken && share ? "  \u00b7  " : "", share ? share : "");
    const struct page_item item = {.id = checkpoint < 0 ? MENU_WORDS + decision : MENU_CHECKPOINTS + checkpoint,
                                   .kind = checkpoint < 0 ? VIEW_ITEM_WORDS : VIEW_ITEM_ACTION,
                                   .text = decision_name(o, decision),
                                   .note = note,
                                   .pictured = checkpoint >= 0 && moments_any(o->moments),
                                   .image = moments_picture(o->moments, decision)};
    page_add(p, &item);
}

/* The latest answers, where there is no room for all. */
static void fill_path(const struct menu_subject *o, struct page *p)
{
    const GArray *path = viewing_facts_path(film_facts(o->film));
    page_begin(p, NULL, controls_words(o->pages->controls, "Your path"),
               controls_words(o->pages->controls, "Take a decision to go back to it."));
    for (guint i = path->len - MIN(path->len, VIEW_ITEMS_MAX - 1); i < path->len; i++)
        add_answer(o, g_array_index(path, int32_t, i), p);
    add_way_back(o, p);
}

static void fill_next(const struct menu_subject *o, struct page *p)
{
    const struct controls *c = o->pages->controls;
    page_begin(
        p, NULL, controls_words(c, "What you may like next"),
        controls_words(
            c,
            "Found on this machine alone: by your answers, and by what you have seen. Nothing of it is kept or sent."));
    for (guint i = 0; i < o->after->films->len; i++) {
        const struct next_film *f = o->after->films->pdata[i];
        page_add(p, &(struct page_item){
                        .id = MENU_FILMS + (int)i, .kind = VIEW_ITEM_ACTION, .text = f->title, .note = f->why});
    }
    add_way_back(o, p);
}

/* In per cent; 0 only while nothing was seen, and 100 only when no scene is left to which anything leads. */
static int seen_share(const struct menu_subject *o)
{
    int32_t seen = 0, all = 0;
    g_autoptr(GArray) edges = node_edges_of(o->story);
    g_autofree int32_t *index = node_edges_index(o->story, edges);
    g_autofree int32_t *depths = node_edges_depths(o->story, edges, index);
    for (int32_t n = 0; n < o->story->n_nodes; n++) {
        const bool shows = o->story->nodes[n].clip.kind != STORY_SILENT && (depths[n] >= 0 || o->seen_us[n] > 0);
        all += shows;
        seen += shows && o->seen_us[n] > 0;
    }
    const int share = all > 0 ? seen * 100 / all : 0;
    return seen > 0 ? MAX(share, 1) : 0;
}

static void add_tile(const struct menu_subject *o, const struct map_tile *t, int i, struct page *p)
{
    const char *ending = t->kind == MAP_ENDING ? story_words(o, o->story->endings[t->index].title) : NULL;
    struct page_item item = {.id = MENU_OTHER_TILES + i,
                             .kind = VIEW_ITEM_STUB,
                             .note = story_act_title(o->story, t->act, controls_language(o->pages->controls)),
                             .column = t->column,
                             .row = t->row};
    if (t->kind == MAP_ENDING) {
        item.kind = VIEW_ITEM_PLATE;
        item.text = ending ? ending : o->story->endings[t->index].name;
    } else if (t->kind == MAP_DECISION) {
        item.kind = story_map_leads(o->map, t->index) ? VIEW_ITEM_TILE : VIEW_ITEM_PLATE;
        item.id = MENU_TILES + t->index;
        item.text = decision_name(o, t->index);
    }
    page_add(p, &item);
}

/* Links to what there is no room for are left out with it. */
static void add_links(const struct map_shape *shape, int room, struct page *p)
{
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(struct view_link));
    for (guint i = 0; i < shape->links->len; i++) {
        const struct map_link *l = &g_array_index(shape->links, struct map_link, i);
        const struct view_link link = {l->from, l->to, l->far};
        if (l->from < room && l->to < room)
            g_array_append_val(links, link);
    }
    page_map(p, (const struct view_link *)(void *)links->data, (int)links->len);
}

static void fill_map(const struct menu_subject *o, struct page *p)
{
    const struct controls *c = o->pages->controls;
    const int room = VIEW_ITEMS_MAX - 1;
    struct map_shape shape;
    map_shape_make(&shape, o->story, story_map_ways(o->map));
    const int n = (int)shape.tiles->len, share = seen_share(o);
    g_autofree char *seen = g_strdup_printf(controls_words(c, "You have seen %d %% of the scenes."), share);
    g_autofree char *more =
        n > room ? g_strdup_printf(controls_words(c, "%d places have no room here."), n - room) : NULL;
    g_autofree char *text = g_strdup_printf("%s%s%s", seen, more ? " " : "", more ? more : "");
    page_begin(p, NULL, controls_words(c, "The map"), text);
    for (int i = 0; i < MIN(n, room); i++)
        add_tile(o, &g_array_index(shape.tiles, struct map_tile, i), i, p);
    add_links(&shape, room, p);
    map_shape_clear(&shape);
    add_way_back(o, p);
}

static void fill_replay(const struct menu_subject *o, struct page *p)
{
    const struct controls *c = o->pages->controls;
    page_begin(
        p, NULL, controls_words(c, "Watch from there?"),
        controls_words(c, "A new viewing begins before that decision, as a replay, with what led to it when you first "
                          "came there. Where you are now is not kept."));
    add_action(p, MENU_ITEM_BACK, controls_words(c, "No, go on here"));
    add_action(p, MENU_ITEM_SURELY, controls_words(c, "Watch from there"));
}

/* Who watches now is no way to anywhere. */
static void add_viewer(const struct menu_subject *o, int i, const char *name, bool now, struct page *p)
{
    page_add(p, &(struct page_item){.id = now ? MENU_ITEM_STAY : MENU_PEOPLE + i,
                                    .kind = VIEW_ITEM_ACTION,
                                    .text = name,
                                    .note = now ? controls_words(o->pages->controls, "watching now") : NULL});
}

static void fill_viewers(const struct menu_subject *o, struct page *p)
{
    const struct controls *c = o->pages->controls;
    const char *now = paths_profile();
    int n = 0;
    page_begin(
        p, NULL, controls_words(c, "Who is watching"),
        controls_words(
            c, "Each has settings, a place in the film and discoveries of their own, and says what may be recorded. "
               "The film goes on where they left off."));
    add_viewer(o, n++, controls_words(c, "Everyone"), !now, p);
    for (; o->people[n - 1]; n++)
        add_viewer(o, n, o->people[n - 1], g_strcmp0(now, o->people[n - 1]) == 0, p);
    if (n <= PROFILES_LISTED)
        add_action(p, MENU_PEOPLE + n, controls_words(c, "Somebody else"));
    add_way_back(o, p);
}

static void fill_tracks(const struct menu_subject *o, struct page *p)
{
    page_begin(p, NULL, controls_words(o->pages->controls, "Subtitles and sound"), NULL);
    menu_settings_add(o, MENU_TRACKS, p);
    add_way_back(o, p);
}

static void fill_appearance(const struct menu_subject *o, struct page *p)
{
    page_begin(p, NULL, controls_words(o->pages->controls, "Appearance"), NULL);
    menu_settings_add(o, MENU_APPEARANCE, p);
    add_way_back(o, p);
}

static void fill_keys(const struct menu_subject *o, struct page *p)
{
    int n;
    struct input_help_row *rows = input_help(o->pages->input, controls_language(o->pages->controls), &n);
    page_begin(p, NULL, controls_words(o->pages->controls, "Keys"), NULL);
    for (int i = 0; i < n; i++) {
        const struct page_item head = {.id = MENU_HEADS + i, .kind = VIEW_ITEM_HEAD, .text = rows[i].group};
        const struct page_item row = {
            .id = MENU_WORDS + i, .kind = VIEW_ITEM_WORDS, .text = rows[i].what, .value = rows[i].keys};
        if (rows[i].group)
            page_add(p, &head);
        page_add(p, &row);
    }
    input_help_free(rows, n);
    add_way_back(o, p);
}

/* How many endings there are, and how many were found; which ones is not told. */
static char *endings_words(const struct menu_subject *o, int32_t ending)
{
    int32_t n = 0;
    if (!o->found || o->story->n_endings < 2 || ending < 0)
        return NULL;
    for (int32_t i = 0; i < o->story->n_endings; i++)
        n += o->found[i] || i == ending;
    if (n == 2 && n == o->story->n_endings)
        return g_strdup(controls_words(o->pages->controls, "You have found both endings."));
    if (n == o->story->n_endings)
        return g_strdup_printf(controls_words(o->pages->controls, "You have found all %d endings."), (int)n);
    return g_strdup_printf(controls_words(o->pages->controls, "One of %d endings. You have found %d so far."),
                           (int)o->story->n_endings, (int)n);
}

/* On which decision most hung, and how others answered it; NULL: on none. */
static char *turning_words(const struct menu_subject *o)
{
    const struct turning_point *t = &o->after->turning;
    if (t->decision < 0)
        return NULL;
    const char *name = decision_name(o, t->decision);
    const struct controls *c = o->pages->controls;
    if (t->apart == 0)
        return g_strdup_printf(controls_words(c, "What you saw hung most on “%s”."), name);
    if (t->apart == t->others)
        return g_strdup_printf(
            controls_words(c, "Most hung on “%s”: any other answer would have led to another ending."), name);
    return g_strdup_printf(
        controls_words(c, "Most hung on “%s”: %d of %d other answers would have led to another ending."), name,
        (int)t->apart, (int)t->others);
}

/* What is said below the name of an ending, to be freed. */
static char *end_words(const struct menu_subject *o, int32_t ending)
{
    g_autofree char *endings = endings_words(o, ending), *turning = turning_words(o);
    g_autofree char *share = turning ? share_words(o, o->after->turning.decision) : NULL;
    const char *const parts[] = {endings, turning, share};
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i])
            g_string_append_printf(out, "%s%s", out->len ? " " : "", parts[i]);
    return g_string_free(out, FALSE);
}

static void add_noted(struct page *p, int id, const char *text, const char *note)
{
    page_add(p, &(struct page_item){.id = id, .kind = VIEW_ITEM_ACTION, .text = text, .note = note});
}

/* To the latest decision, and to the latest one with an answer that was never given, where that is another one. */
static void add_ways_back(const struct menu_subject *o, struct page *p)
{
    const struct controls *c = o->pages->controls;
    const int32_t last = film_last_checkpoint(o->film), unseen = o->after->unseen;
    const bool same = unseen == last && !o->after->unseen_elsewhere;
    g_autofree char *both = same && last >= 0
                                ? g_strdup_printf("%s  \u00b7  %s", decision_name(o, last),
                                                  controls_words(c, "it has an answer that you have not given"))
                                : NULL;
    if (last >= 0)
        add_noted(p, MENU_ITEM_BEFORE, controls_words(c, "One decision back"), both ? both : decision_name(o, last));
    if (unseen >= 0 && !same)
        add_noted(p, MENU_ITEM_UNSEEN, controls_words(c, "To what you have not seen"), decision_name(o, unseen));
}

static void fill_end(const struct menu_subject *o, struct page *p)
{
    const struct controls *c = o->pages->controls;
    const int32_t ending = film_state(o->film)[PLAY_ENDING];
    const char *name = ending >= 0 ? story_words(o, o->story->endings[ending].title) : NULL;
    g_autofree char *said = end_words(o, ending);
    page_begin(p, story_words(o, o->story->title), name ? name : controls_words(c, "The end"), said);
    add_ways_back(o, p);
    if (viewing_facts_path(film_facts(o->film))->len > 0)
        add_action(p, MENU_ITEM_PATH, controls_words(c, "Your path"));
    add_map(o, p);
    add_action(p, MENU_ITEM_AGAIN, controls_words(c, "Watch again"));
    if (o->after->films->len > 0)
        add_action(p, MENU_ITEM_NEXT, controls_words(c, "What you may like next"));
    add_action(p, MENU_ITEM_LOOK, controls_words(c, "The last picture, without the menu"));
    add_action(p, MENU_ITEM_PRIVACY, controls_words(c, "What was recorded"));
    add_action(p, MENU_ITEM_LEAVE, controls_words(c, "Leave"));
}

void menu_fill(const struct menu_subject *o, enum menu_place place, struct page *p)
{
    static void (*const fills[MENU_PLACES])(const struct menu_subject *o,
                                            struct page *p) = {[MENU_MAIN] = fill_main,
                                                               [MENU_END] = fill_end,
                                                               [MENU_ANEW] = fill_anew,
                                                               [MENU_DECISIONS] = fill_decisions,
                                                               [MENU_PATH] = fill_path,
                                                               [MENU_NEXT] = fill_next,
                                                               [MENU_MAP] = fill_map,
                                                               [MENU_REPLAY] = fill_replay,
                                                               [MENU_VIEWERS] = fill_viewers,
                                                               [MENU_TRACKS] = fill_tracks,
                                                               [MENU_APPEARANCE] = fill_appearance,
                                                               [MENU_KEYS] = fill_keys};
    fills[place](o, p);
    page_end(p);
}
