#include "story/read_decision.h"

#include "story/limits.h"
#include "story/read_route.h"
#include "story/shared.h"

#include <assert.h>
#include <string.h>

/* The largest score of a trait: enough for any weighting, and small enough to add up. */
#define TRAIT_SCORE_MAX 1000

static const char *const layout_words[] = {
    [STORY_ROW] = "row", [STORY_COLUMN] = "column", [STORY_CORNERS] = "corners", [STORY_CODE] = "code", NULL};
static const char *const cut_words[] = {
    [STORY_CUT_END] = "end", [STORY_CUT_NOW] = "now", [STORY_CUT_PICK] = "pick", NULL};

/* ---- options -------------------------------------------------------------------------------------------------- */

struct option_draft {
    struct story_option o;
    const char *decision;                /* its name, for the keys of texts */
    const struct yml_node *code, *wrong; /* values, or NULL */
    const struct yml_node *then;         /* key, or NULL */
    bool is_wrong;
};

static int32_t option_words(struct builder *b, const struct yml_node *v, const struct option_draft *in,
                            const char *suffix)
{
    const char *text = read_text(b, v, STORY_TEXT_BYTES_MAX);
    return text ? builder_add_text(b, v, text, "option", in->decision, in->o.name, suffix) : -1;
}

static void option_text(struct builder *b, const struct yml_node *key, void *into)
{
    struct option_draft *in = into;
    in->o.text = option_words(b, key->value, in, "text");
}

static void option_sub(struct builder *b, const struct yml_node *key, void *into)
{
    struct option_draft *in = into;
    in->o.sub = option_words(b, key->value, in, "sub");
}

static void option_locked(struct builder *b, const struct yml_node *key, void *into)
{
    struct option_draft *in = into;
    in->o.locked = option_words(b, key->value, in, "locked");
}

static void option_image(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct option_draft *)into)->o.image = read_path(b, key->value, READ_PICTURE);
}

static void option_key(struct builder *b, const struct yml_node *key, void *into)
{
    const char *text = read_text(b, key->value, STORY_NAME_BYTES_MAX);
    ((struct option_draft *)into)->o.key = text ? builder_keep(b, text) : NULL;
}

static void option_when(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct option_draft *)into)->o.when = read_condition(b, key->value);
}

static void option_do(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct option_draft *)into)->o.run = read_effects(b, key->value);
}

static void option_after(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct option_draft *)into)->o.after = read_effects(b, key->value);
}

static void option_goto(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct option_draft *)into)->o.to = read_target(b, key->value);
}

static void option_code(struct builder *b, const struct yml_node *key, void *into)
{
    struct option_draft *in = into;
    const struct yml_node *v = key->value;
    in->code = key;
    const char *text = read_text(b, v, STORY_TEXT_BYTES_MAX);
    if (!text)
        return;
    bool good = v->len <= STORY_CODE_BYTES_MAX;
    for (const char *p = text; *p; p++)
        good &= g_ascii_isalnum(*p);
    if (good)
        in->o.code = builder_keep(b, text);
    else
        builder_error(b, v, "E413", "leave out what is neither a digit nor a letter",
                      "a code is 1 to %d digits or letters", STORY_CODE_BYTES_MAX);
}

static void option_wrong(struct builder *b, const struct yml_node *key, void *into)
{
    struct option_draft *in = into;
    in->wrong = key;
    read_bool(b, key->value, &in->is_wrong);
}

static void option_forget(struct builder *b, const struct yml_node *key, void *into)
{
    read_bool(b, key->value, &((struct option_draft *)into)->o.forget);
}

static void option_then(struct builder *b, const struct yml_node *key, void *into)
{
    static const char *const words[] = {[STORY_THEN_NOTHING] = "nothing",
                                        [STORY_THEN_AGAIN] = "again",
                                        [STORY_THEN_NEXT] = "next",
                                        [STORY_THEN_LEAVE] = "leave",
                                        NULL};
    const int then = read_word(b, key->value, words);
    ((struct option_draft *)into)->o.then = (enum story_then)MAX(then, 0);
    ((struct option_draft *)into)->then = key;
}

static void option_traits(struct builder *b, const struct yml_node *key, void *into)
{
    struct option_draft *in = into;
    in->o.traits.first = (int32_t)b->option_traits->len;
    if (key->value->kind != YML_MAP) {
        builder_error(b, key, "E106", "`traits: {bold: 2}`", "`traits` needs a mapping of names to scores");
        return;
    }
    for (const struct yml_node *k = key->value->first; k; k = k->next) {
        struct story_trait t = {-1, 0};
        if (!read_check_name(b, k, false) || !read_present(b, k) ||
            !read_int(b, k->value, -TRAIT_SCORE_MAX, TRAIT_SCORE_MAX, &t.score))
            continue;
        t.trait = builder_use_tag(b, SPACE_TRAITS, k);
        g_array_append_val(b->option_traits, t);
    }
    in->o.traits.n = (int32_t)b->option_traits->len - in->o.traits.first;
}

static void option_props(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct option_draft *)into)->o.props = read_used_props(b, key->value, b->option_props);
}

struct label_draft {
    struct story_label label;
    const struct option_draft *option;
    int number; /* from 1, in the keys of texts */
};

static int32_t label_words(struct builder *b, const struct yml_node *v, const struct label_draft *in,
                           const char *suffix)
{
    char last[40];
    g_snprintf(last, sizeof last, "label%d.%s", in->number, suffix);
    return option_words(b, v, in->option, last);
}

static void label_when(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct label_draft *)into)->label.when = read_condition(b, key->value);
}

static void label_text(struct builder *b, const struct yml_node *key, void *into)
{
    struct label_draft *in = into;
    in->label.text = label_words(b, key->value, in, "text");
}

static void label_sub(struct builder *b, const struct yml_node *key, void *into)
{
    struct label_draft *in = into;
    in->label.sub = label_words(b, key->value, in, "sub");
}

static void label_image(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct label_draft *)into)->label.image = read_path(b, key->value, READ_PICTURE);
}

static const struct read_row label_rows[] = {{"when", label_when, true}, {"text", label_text, false},
                                             {"sub", label_sub, false},  {"image", label_image, false},
                                             {"note", read_note, false}, {NULL, NULL, false}};

static void option_labels(struct builder *b, const struct yml_node *key, void *into)
{
    struct option_draft *in = into;
    in->o.labels.first = (int32_t)b->labels->len;
    if (key->value->kind != YML_LIST) {
        builder_error(b, key, "E106", "`labels: [{when: …, text: …}]`", "`labels` needs a list");
        return;
    }
    int number = 0;
    for (const struct yml_node *v = key->value->first; v; v = v->next) {
        struct label_draft label = {{-1, -1, -1, NULL}, in, ++number};
        read_map(b, v, label_rows, &label, "a label", v);
        g_array_append_val(b->labels, label.label);
    }
    in->o.labels.n = number;
}

static void option_was(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct option_draft *)into)->o.was = read_was(b, key->value, false);
}

static const struct read_row option_rows[] = {
    {"text", option_text, false},     {"sub", option_sub, false},     {"image", option_image, false},
    {"key", option_key, false},       {"when", option_when, false},   {"locked", option_locked, false},
    {"labels", option_labels, false}, {"do", option_do, false},       {"goto", option_goto, false},
    {"after", option_after, false},   {"code", option_code, false},   {"wrong", option_wrong, false},
    {"traits", option_traits, false}, {"props", option_props, false}, {"forget", option_forget, false},
    {"then", option_then, false},     {"was", option_was, false},     {"note", read_note, false},
    {"todo", read_note, false},       {"meta", read_meta, false},     {NULL, NULL, false},
};

/* `code` and `wrong` go with the layout `code`, and only with it. */
static void check_code(struct builder *b, const struct option_draft *in, const struct yml_node *key, bool code_layout)
{
    if (!code_layout) {
        if (in->code)
            builder_error(b, in->code, "E413", "`layout: code`", "`code` means something only in a code entry");
        if (in->wrong)
            builder_error(b, in->wrong, "E413", "`layout: code`", "`wrong` means something only in a code entry");
    } else if (in->is_wrong && in->code) {
        builder_error(b, in->code, "E413", "remove it, or let another option be the one for wrong codes",
                      "the option for wrong codes has no code");
    } else if (!in->is_wrong && !in->code) {
        builder_error(b, key, "E413", "give it a `code`, or `wrong: true`",
                      "every option of a code entry needs a code");
    }
}

/* An option that is shown by its picture or typed as a code: its name is the text for what can show neither. */
static int32_t implied_text(struct builder *b, const struct yml_node *key, const char *decision, const char *name)
{
    const int32_t text = builder_add_text(b, key, name, "option", decision, name, "text");
    g_array_index(b->texts, struct builder_text, text).implied = true;
    return text;
}

/* True if it is the option for wrong codes. */
static bool read_option(struct builder *b, const struct yml_node *key, const char *decision, bool code_layout)
{
    const struct story_option none = {.text = -1, .sub = -1, .when = -1, .locked = -1};
    struct option_draft in = {.o = none, .decision = decision};
    read_check_name(b, key, false);
    in.o.name = builder_keep(b, key->text);
    in.o.mark = builder_mark(b, key);
    const struct yml_node *defaults = shared_defaults(b, BUILDER_OPTIONS, key->value);
    if (key->value->kind == YML_SCALAR) {
        if (read_present(b, key))
            in.o.text = option_words(b, key->value, &in, "text");
        if (defaults)
            read_map(b, defaults, option_rows, &in, "an option", key);
    } else if (read_map_with(b, key->value, defaults, option_rows, &in, "an option", key) &&
               !read_means(key->value, option_rows, "text")) {
        if (in.o.image || read_find(key->value, "image") || code_layout)
            in.o.text = implied_text(b, key, decision, in.o.name);
        else
            builder_error(b, key, "E105", "`text: Open the door`", "an option needs `text` or `image`");
    }
    if (in.o.locked >= 0 && !read_find(key->value, "when"))
        builder_error(b, key, "E105", "say `when` the option is available", "an option with `locked` needs `when`");
    check_code(b, &in, key, code_layout);
    if (in.o.to.kind == STORY_NOWHERE && read_means(key->value, option_rows, "goto"))
        b->targets_broken = true; /* it says where the film goes, in other words */
    if (in.then && (b->node_role != STORY_ROLE_POST_PLAY || in.o.to.kind != STORY_NOWHERE))
        builder_error(b, in.then, "E415", b->node_role == STORY_ROLE_POST_PLAY ? "remove one of the two" : NULL,
                      b->node_role == STORY_ROLE_POST_PLAY
                          ? "an option has `goto` or `then`, not both: `then` is for when the film is over"
                          : "`then` is for options of a node with `role: post-play`");
    g_array_append_val(b->options, in.o);
    return in.is_wrong;
}

/* ---- decisions ------------------------------------------------------------------------------------------------ */

struct decision_draft {
    struct story_decision *d;
    struct decision_window *w;
    const struct yml_node *length, *closes;       /* keys, or NULL */
    const struct yml_node *fallback, *focus, *as; /* values: options' names, or NULL */
    const struct yml_node *variants;              /* value, or NULL */
    int64_t length_us, closes_us, early_us;
    bool has_opens, has_length, has_closes, options_broken;
};

static void decision_id(struct builder *b, const struct yml_node *key, void *into)
{
    struct decision_draft *in = into;
    in->w->id = read_name(b, key->value, false) ? key->value : NULL;
}

static void decision_prompt(struct builder *b, const struct yml_node *key, void *into)
{
    struct decision_draft *in = into;
    const char *text = read_text(b, key->value, STORY_TEXT_BYTES_MAX);
    if (text)
        in->d->prompt = builder_add_text(b, key->value, text, "decision", in->d->name, NULL, "prompt");
}

static void decision_opens(struct builder *b, const struct yml_node *key, void *into)
{
    struct decision_draft *in = into;
    in->w->opens = key->value;
    in->has_opens = read_time(b, key->value, &in->d->opens_us);
}

static void decision_early(struct builder *b, const struct yml_node *key, void *into)
{
    read_time(b, key->value, &((struct decision_draft *)into)->early_us);
}

static void decision_lift(struct builder *b, const struct yml_node *key, void *into)
{
    read_int(b, key->value, 0, 1000, &((struct decision_draft *)into)->d->lift);
}

static void decision_for(struct builder *b, const struct yml_node *key, void *into)
{
    struct decision_draft *in = into;
    in->length = key;
    in->has_length = read_time(b, key->value, &in->length_us);
}

static void decision_closes(struct builder *b, const struct yml_node *key, void *into)
{
    struct decision_draft *in = into;
    in->closes = key;
    in->has_closes = read_time(b, key->value, &in->closes_us);
}

static void decision_layout(struct builder *b, const struct yml_node *key, void *into)
{
    const int layout = read_word(b, key->value, layout_words);
    ((struct decision_draft *)into)->d->layout = (enum story_layout)MAX(layout, 0);
}

static void decision_default(struct builder *b, const struct yml_node *key, void *into)
{
    if (read_name(b, key->value, false))
        ((struct decision_draft *)into)->fallback = key->value;
}

static void decision_focus(struct builder *b, const struct yml_node *key, void *into)
{
    struct decision_draft *in = into;
    const char *name = read_name(b, key->value, false);
    if (!name || strcmp(name, "default") == 0)
        return;
    in->d->focus = strcmp(name, "random") == 0 ? STORY_FOCUS_RANDOM : STORY_FOCUS_OPTION;
    in->focus = in->d->focus == STORY_FOCUS_OPTION ? key->value : NULL;
}

static void decision_sound(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct decision_draft *)into)->d->sound = read_path(b, key->value, READ_SOUND);
}

static void decision_bed(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct decision_draft *)into)->d->bed = read_path(b, key->value, READ_SOUND);
}

static void cue_before(struct builder *b, const struct yml_node *key, void *into)
{
    read_time(b, key->value, &((struct story_cue *)into)->before_us);
}

static void cue_sound(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct story_cue *)into)->sound = read_path(b, key->value, READ_SOUND);
}

static const struct read_row cue_rows[] = {
    {"before", cue_before, true}, {"sound", cue_sound, true}, {"note", read_note, false}, {NULL, NULL, false}};

static void decision_cues(struct builder *b, const struct yml_node *key, void *into)
{
    struct story_decision *d = ((struct decision_draft *)into)->d;
    d->cues.first = (int32_t)b->cues->len;
    const struct yml_node *list = key->value;
    if (list->kind == YML_SCALAR)
        list = shared_cues(b, list);
    if (list && list->kind != YML_LIST)
        builder_error(b, key, "E106", "`cues: [{before: 1s, sound: …}]`", "`cues` needs a list, or the name of one");
    for (const struct yml_node *v = list && list->kind == YML_LIST ? list->first : NULL; v; v = v->next) {
        struct story_cue cue = {.mark = builder_mark(b, v)};
        if (d->cues.n == STORY_CUES_MAX) {
            builder_error(b, v, "E513", "use fewer cues", "more than %d cues", STORY_CUES_MAX);
            return;
        }
        if (!read_map(b, v, cue_rows, &cue, "a cue", v) || !cue.sound)
            continue;
        g_array_append_val(b->cues, cue);
        d->cues.n++;
    }
}

static void decision_cut(struct builder *b, const struct yml_node *key, void *into)
{
    const int cut = read_word(b, key->value, cut_words);
    ((struct decision_draft *)into)->d->cut = (enum story_cut)MAX(cut, 0);
}

static void decision_checkpoint(struct builder *b, const struct yml_node *key, void *into)
{
    read_bool(b, key->value, &((struct decision_draft *)into)->d->checkpoint);
}

static void timeout_do(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct decision_draft *)into)->d->timeout.run = read_effects(b, key->value);
}

static void timeout_goto(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct decision_draft *)into)->d->timeout.to = read_target(b, key->value);
}

static void timeout_as(struct builder *b, const struct yml_node *key, void *into)
{
    if (read_name(b, key->value, false))
        ((struct decision_draft *)into)->as = key->value;
}

static const struct read_row timeout_rows[] = {{"do", timeout_do, false},
                                               {"goto", timeout_goto, false},
                                               {"as", timeout_as, false},
                                               {"note", read_note, false},
                                               {NULL, NULL, false}};

static void decision_timeout(struct builder *b, const struct yml_node *key, void *into)
{
    struct decision_draft *in = into;
    in->d->timeout.given = true;
    in->w->timeout = key;
    if (!read_map(b, key->value, timeout_rows, in, "a timeout", key))
        return;
    const struct yml_node *as = read_find(key->value, "as");
    if (as && read_find(key->value, "goto"))
        builder_error(b, as, "E115", "remove one of them", "a timeout has `goto` or `as`, not both");
}

static void check_codes(struct builder *b, const struct story_decision *d, int wrongs, const struct yml_node *key)
{
    const struct story_option *o = &g_array_index(b->options, struct story_option, d->options.first);
    if (wrongs != 1)
        builder_error(b, key, "E413", "`wrong: true`",
                      "a code entry needs one option with `wrong: true`, but this one has %d", wrongs);
    for (int32_t i = 0; i < d->options.n; i++)
        for (int32_t j = 0; j < i && o[i].code; j++)
            if (o[j].code && g_ascii_strcasecmp(o[i].code, o[j].code) == 0) {
                builder_error_at(b, o[i].mark, (uint32_t)strlen(o[i].name), "E413", "give one of them another code",
                                 "`%s` has the same code as `%s`", o[i].name, o[j].name);
                break;
            }
}

static void decision_options(struct builder *b, const struct yml_node *key, void *into)
{
    struct decision_draft *in = into;
    struct story_decision *d = in->d;
    const bool code = d->layout == STORY_CODE;
    int wrongs = 0;
    d->options.first = (int32_t)b->options->len;
    in->options_broken = true;
    if (key->value->kind != YML_MAP || key->value->len == 0) {
        builder_error(b, key, key->value->kind == YML_MAP ? "E116" : "E106", "`options: {yes: {text: Yes, goto: …}}`",
                      "`options` needs a mapping of names to options");
        return;
    }
    for (const struct yml_node *k = key->value->first; k; k = k->next) {
        if (d->options.n == STORY_OPTIONS_MAX) {
            builder_error(b, k, "E513", "ask in two decisions", "more than %d options", STORY_OPTIONS_MAX);
            break;
        }
        wrongs += read_option(b, k, d->name, code);
        d->options.n++;
        assert(b->options->len == (guint)(d->options.first + d->options.n));
    }
    in->options_broken = false;
    if (code)
        check_codes(b, d, wrongs, key);
}

/* read_decision() reads the options last, when the decision's id and layout are known. */
static void skip_options(struct builder *b, const struct yml_node *key, void *into)
{
    (void)b;
    (void)key;
    (void)into;
}

/* Read after the options, because they name them. */
static void decision_variants(struct builder *b, const struct yml_node *key, void *into)
{
    if (key->value->kind == YML_LIST)
        ((struct decision_draft *)into)->variants = key->value;
    else
        builder_error(b, key, "E106", "`variants: [{when: …, default: …}]`", "`variants` needs a list");
}

static void decision_was(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct decision_draft *)into)->d->was = read_was(b, key->value, false);
}

static const struct read_row decision_rows[] = {
    {"id", decision_id, true},
    {"prompt", decision_prompt, false},
    {"early", decision_early, false},
    {"opens", decision_opens, true},
    {"for", decision_for, false},
    {"closes", decision_closes, false},
    {"layout", decision_layout, false},
    {"lift", decision_lift, false},
    {"default", decision_default, false},
    {"variants", decision_variants, false},
    {"focus", decision_focus, false},
    {"sound", decision_sound, false},
    {"bed", decision_bed, false},
    {"cues", decision_cues, false},
    {"cut", decision_cut, false},
    {"checkpoint", decision_checkpoint, false},
    {"timeout", decision_timeout, false},
    {"options", skip_options, true},
    {"was", decision_was, false},
    {"note", read_note, false},
    {"todo", read_note, false},
    {"meta", read_meta, false},
    {NULL, NULL, false},
};

/* The index of the option that the value names, or -1, which is reported. */
static int32_t find_named_option(struct builder *b, const struct decision_draft *in, const struct yml_node *v)
{
    if (!v || in->options_broken)
        return -1;
    const struct story_option *o = &g_array_index(b->options, struct story_option, in->d->options.first);
    for (int32_t i = 0; i < in->d->options.n; i++)
        if (strcmp(o[i].name, v->text) == 0)
            return i;
    g_autofree char *advice = builder_suggest_option(b, in->d->options, v->text);
    if (!builder_excuses(b, v->text))
        builder_error(b, v, "E203", advice, "this decision has no option `%s`", v->text);
    return -1;
}

/* The option as which a timeout goes on, or -1: `as: default` is the default, unless an option is called so. */
static int32_t find_timeout_option(struct builder *b, const struct decision_draft *in)
{
    const struct yml_node *as = in->as;
    bool means_default = as && !in->options_broken && strcmp(as->text, "default") == 0;
    for (int32_t i = 0; means_default && i < in->d->options.n; i++) {
        const struct story_option *o = &g_array_index(b->options, struct story_option, in->d->options.first + i);
        means_default = strcmp(o->name, "default") != 0;
    }
    if (!means_default)
        return find_named_option(b, in, as);
    if (!in->fallback)
        builder_error(b, in->w->at, "E105", "`default: …`",
                      "when the time is up, this decision goes on with its default, but it has no `default`");
    return in->d->fallback;
}

struct variant_draft {
    struct story_variant variant;
    const struct decision_draft *of;
};

static void variant_when(struct builder *b, const struct yml_node *key, void *into)
{
    ((struct variant_draft *)into)->variant.when = read_condition(b, key->value);
}

static void variant_default(struct builder *b, const struct yml_node *key, void *into)
{
    struct variant_draft *in = into;
    if (read_name(b, key->value, false))
        in->variant.fallback = find_named_option(b, in->of, key->value);
}

/* All options, each once. */
static void variant_order(struct builder *b, const struct yml_node *key, void *into)
{
    struct variant_draft *in = into;
    const int32_t first = (int32_t)b->orders->len, wanted = in->of->d->options.n;
    uint64_t seen = 0;
    for (const struct yml_node *v = read_first(key->value); v; v = read_next(key->value, v)) {
        const int32_t option = read_name(b, v, false) ? find_named_option(b, in->of, v) : -1;
        if (option < 0)
            return;
        seen |= UINT64_C(1) << option;
        g_array_append_val(b->orders, option);
    }
    in->variant.order = (struct story_span){first, (int32_t)b->orders->len - first};
    if (in->variant.order.n != wanted || __builtin_popcountll(seen) != wanted)
        builder_error(b, key, "E115", "`order: [right, left]`", "`order` names each option of the decision once");
}

static const struct read_row variant_rows[] = {{"when", variant_when, true},
                                               {"default", variant_default, false},
                                               {"order", variant_order, false},
                                               {"note", read_note, false},
                                               {NULL, NULL, false}};

static void finish_variants(struct builder *b, const struct decision_draft *in)
{
    const struct yml_node *list = in->options_broken ? NULL : in->variants;
    in->d->variants.first = (int32_t)b->variants->len;
    for (const struct yml_node *v = list ? list->first : NULL; v; v = v->next) {
        struct variant_draft draft = {{.when = -1, .fallback = -1}, in};
        if (in->d->variants.n == STORY_VARIANTS_MAX) {
            builder_error(b, v, "E513", "ask in another node instead", "more than %d variants", STORY_VARIANTS_MAX);
            return;
        }
        read_map(b, v, variant_rows, &draft, "a variant", v);
        if (draft.variant.fallback >= 0 && in->d->timeout.given)
            builder_error(b, v, "E115", "let the timeout's `goto` be a route with a `when`",
                          "a decision with a `timeout` takes no `default`, so no variant can change it");
        g_array_append_val(b->variants, draft.variant);
        in->d->variants.n++;
    }
}

static void finish_window(struct builder *b, struct decision_draft *in)
{
    struct story_decision *d = in->d;
    const struct yml_node *end = in->closes ? in->closes : in->length;
    if (in->length && in->closes)
        builder_error(b, in->closes, "E115", "remove one of them", "a window has `for` or `closes`, not both");
    else if (!end && !b->defaults_broken && !read_means(in->w->at, decision_rows, "for") &&
             !read_means(in->w->at, decision_rows, "closes"))
        builder_error(b, in->w->at, "E105", "`for: 8s`", "a decision needs `for` or `closes`");
    in->w->closes = end ? end->value : NULL;
    in->w->timed = end && in->has_opens && (in->closes ? in->has_closes : in->has_length);
    if (!end || !in->w->timed)
        return;
    d->closes_us = in->closes ? in->closes_us : d->opens_us + in->length_us;
    d->shown_us = MAX(d->opens_us - in->early_us, 0); /* a default may ask for more than there is before some windows */
    if (d->closes_us <= d->opens_us) {
        builder_error(b, end->value, "E402", "close it later, or open it earlier",
                      "the decision closes before it opens");
        in->w->timed = false;
    }
}

static void check_cues(struct builder *b, const struct story_decision *d)
{
    assert(d->opens_us < d->closes_us && d->cues.n <= STORY_CUES_MAX);
    for (int32_t i = 0; i < d->cues.n; i++) {
        const struct story_cue *cue = &g_array_index(b->cues, struct story_cue, d->cues.first + i);
        if (cue->before_us > d->closes_us - d->opens_us)
            builder_error_at(b, cue->mark, 1, "E414",
                             "`before` counts back from the end of the window, and is no longer than it",
                             "this cue would sound before the decision opens");
    }
}

bool read_decision(struct builder *b, const struct yml_node *v, struct story_decision *d, struct decision_window *w)
{
    *d = (struct story_decision){.name = "",
                                 .prompt = -1,
                                 .lift = STORY_LIFT_NONE,
                                 .fallback = -1,
                                 .focus_option = -1,
                                 .checkpoint = true,
                                 .timeout = {.as = -1},
                                 .mark = builder_mark(b, v)};
    *w = (struct decision_window){.at = v};
    struct decision_draft in = {.d = d, .w = w, .options_broken = true};
    const struct yml_node *id = read_find(v, "id"), *options = read_find(v, "options");
    if (id && id->value->kind == YML_SCALAR) /* for the keys of texts */
        d->name = builder_keep(b, id->value->text);
    if (!read_map_with(b, v, shared_defaults(b, BUILDER_DECISIONS, v), decision_rows, &in, "a decision", v))
        return false;
    if (options && options->value->kind != YML_BROKEN && read_present(b, options))
        decision_options(b, options, &in);
    finish_window(b, &in);
    if (w->timed)
        check_cues(b, d);
    d->fallback = find_named_option(b, &in, in.fallback);
    finish_variants(b, &in);
    d->focus_option = find_named_option(b, &in, in.focus);
    d->timeout.as = find_timeout_option(b, &in);
    if (!in.options_broken && !b->defaults_broken && !d->timeout.given && !read_means(v, decision_rows, "default") &&
        !read_means(v, decision_rows, "timeout"))
        builder_error(b, v, "E408", "add `default: …` with the option that is taken then",
                      "there is neither `default` nor `timeout`, so nothing happens if nobody chooses");
    if (in.options_broken || (in.as && d->timeout.as < 0))
        b->targets_broken = true;
    return true;
}
