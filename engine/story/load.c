#include "story/load.h"

#include "base/beneath.h"
#include "base/packed_folder.h"
#include "base/stand_in.h"
#include "story/finish.h"
#include "story/former_names.h"
#include "story/limits.h"
#include "story/main_file.h"
#include "story/missing_file.h"
#include "story/read_experiment.h"
#include "story/read_node.h"
#include "story/read_route.h"
#include "story/read_share.h"
#include "story/read_state.h"
#include "story/resolve.h"
#include "story/shared.h"
#include "story/translations.h"
#include "story/validate.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- top-level keys ------------------------------------------------------------------------------------------- */

static void top_frumious(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    const struct yml_node *v = key->value;
    if (v->kind != YML_SCALAR || v->quote || strcmp(v->text, "1") != 0)
        builder_error(b, v, "E111", "write `frumious: 1`; the story's own version goes into `version`",
                      "this program knows only version 1 of the format");
}

static void top_id(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    const char *text = read_text(b, key->value, STORY_NAME_BYTES_MAX);
    if (!text)
        return;
    for (const char *p = text; *p; p++) {
        if (!g_ascii_isalnum(*p) && !strchr("._-", *p)) {
            builder_error(b, key->value, "E114", "write something like `org.example.night-bus`",
                          "an id consists of letters (a to z), digits, `.`, `_` and `-`");
            return;
        }
    }
    b->id = builder_keep(b, text);
}

static void top_title(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    const char *text = read_text(b, key->value, STORY_TEXT_BYTES_MAX);
    if (text)
        b->title = builder_add_text(b, key->value, text, "title", NULL, NULL, NULL);
}

static void top_version(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    const char *text = read_text(b, key->value, STORY_NAME_BYTES_MAX);
    b->version = text ? builder_keep(b, text) : NULL;
}

static void top_channel(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    const char *name = read_name(b, key->value, false);
    if (name && strlen(name) > STORY_CHANNEL_BYTES_MAX)
        builder_error(b, key->value, "E514", "shorten it", "this name is longer than %d bytes",
                      STORY_CHANNEL_BYTES_MAX);
    else if (name)
        b->channel = builder_keep(b, name);
}

static void top_start(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    const char *name = read_name(b, key->value, false);
    if (name)
        b->start = (struct pending_name){builder_keep(b, name), builder_mark(b, key->value), key->value->width};
}

static void top_include(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    for (const struct yml_node *v = read_first(key->value); v; v = read_next(key->value, v)) {
        const char *path = read_include(b, v);
        const struct pending_name ref = {path, builder_mark(b, v), v->width};
        if (path)
            g_array_append_val(b->includes, ref);
    }
}

static void top_route(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    read_check_name(b, key, false);
    const char *name = builder_keep(b, key->text);
    const int32_t route = read_present(b, key) ? read_route(b, key->value, name, builder_mark(b, key)) : -1;
    /* A broken route still gets its name, so that the targets that use it are not reported. */
    b->targets_broken |= route < 0;
    const int32_t index = route < 0 ? read_empty_route(b, name, builder_mark(b, key)) : route;
    builder_declare(b, SPACE_PLACES, name, index << 1 | 1, key, "node or route");
}

static void part_act(struct builder *b, const struct yml_node *key, void *into)
{
    (void)into;
    b->file_act = read_act(b, key->value);
}

struct top_row {
    struct read_row row;
    bool each; /* the value is a mapping, and the row reads its entries one by one */
};

static const struct top_row main_rows[] = {
    {{"frumious", top_frumious, true}, false},
    {{"id", top_id, true}, false},
    {{"title", top_title, true}, false},
    {{"version", top_version, false}, false},
    {{"start", top_start, true}, false},
    {{"languages", read_languages, false}, false},
    {{"media", read_medium, false}, true},
    {{"state", read_variable, false}, true},
    {{"defaults", shared_read_defaults, false}, false},
    {{"cues", shared_read_cue_set, false}, true},
    {{"nodes", read_node, false}, true},
    {{"routes", top_route, false}, true},
    {{"check", read_check, false}, false},
    {{"include", top_include, false}, false},
    {{"traits", read_traits, false}, false},
    {{"props", read_props, false}, false},
    {{"acts", read_acts, false}, false},
    {{"channel", top_channel, false}, false},
    {{"share", read_share, false}, false},
    {{"experiments", read_experiment, false}, true},
    {{"note", read_note, false}, false},
    {{"todo", read_note, false}, false},
    {{"meta", read_meta, false}, false},
    {{NULL, NULL, false}, false},
};

static const struct top_row part_rows[] = {
    {{"media", read_medium, false}, true}, {{"state", read_variable, false}, true},
    {{"nodes", read_node, false}, true},   {{"routes", top_route, false}, true},
    {{"check", read_check, false}, false}, {{"include", top_include, false}, false},
    {{"act", part_act, false}, false},     {{"note", read_note, false}, false},
    {{"todo", read_note, false}, false},   {{"meta", read_meta, false}, false},
    {{NULL, NULL, false}, false},
};

static_assert(G_N_ELEMENTS(main_rows) <= 64, "the keys that were seen are bits of 64");
static_assert(G_N_ELEMENTS(part_rows) <= G_N_ELEMENTS(main_rows), "find_top_row() has room for the longer table");

/* ---- one file ------------------------------------------------------------------------------------------------- */

static void load_entry(struct builder *b, const struct top_row *row, const struct yml_node *key)
{
    /* A variable whose value is broken exists all the same: uses of it are no mistake. */
    const bool declares = row->row.read == read_node || row->row.read == read_variable;
    if (key->kind == YML_SCALAR && (declares || key->value->kind != YML_BROKEN))
        row->row.read(b, key, NULL);
}

/* Reads the value of a top-level key. The key is passed by value, because reading in pieces invalidates its node. */
static void load_value(struct builder *b, struct yml *y, const struct top_row *row, struct yml_node key)
{
    key.text = row->row.name;
    if (row->each && yml_enter(y)) {
        bool empty = true;
        for (const struct yml_node *k = yml_pair(y); k; k = yml_pair(y)) {
            empty = false;
            load_entry(b, row, k);
            yml_recycle(y);
        }
        if (empty && row->row.read == read_node && !yml_failed(y)) {
            builder_error(b, &key, "E116", "a story needs at least one node", "`%s` is empty", key.text);
            b->cut_short = true;
        }
        return;
    }
    key.value = yml_read(y);
    if (!key.value)
        return;
    if (row->each && key.value->kind == YML_MAP) /* an alias of a mapping */
        for (const struct yml_node *k = key.value->first; k; k = k->next)
            load_entry(b, row, k);
    else if (row->row.read == read_meta || read_present(b, &key)) {
        if (!row->each) {
            row->row.read(b, &key, NULL);
            return;
        }
        g_autofree char *advice = g_strdup_printf("write a name for each below it: `%s: {some-name: …}`", key.text);
        builder_error(b, key.value, "E106", advice, "`%s` needs a mapping of names", key.text);
        b->cut_short = true; /* uses of these names must not be reported */
    } else if (row->each) {
        b->cut_short = true;
    }
}

static bool has_row(const struct top_row *rows, const char *name)
{
    while (rows->row.name && strcmp(rows->row.name, name) != 0)
        rows++;
    return rows->row.name;
}

/* Is it a key that only the main file has? Reports it. */
static bool belongs_into_main(struct builder *b, const struct yml_node *key)
{
    if (has_row(part_rows, key->text) || !has_row(main_rows, key->text))
        return false;
    builder_error(b, key, "E101", "only the main file of a story has it", "an included file has no key `%s`",
                  key->text);
    return true;
}

static const struct top_row *find_top_row(struct builder *b, const struct top_row *rows, const struct yml_node *key)
{
    if (rows == part_rows && belongs_into_main(b, key))
        return NULL;
    struct read_row plain[G_N_ELEMENTS(main_rows)];
    size_t i = 0;
    do
        plain[i] = rows[i].row;
    while (rows[i++].row.name);
    const struct read_row *row = read_find_row(b, plain, key, rows == main_rows ? "a story" : "an included file");
    return row ? rows + (row - plain) : NULL;
}

static void load_mapping(struct builder *b, struct yml *y, struct source_text *src, const struct top_row *rows)
{
    uint64_t seen = 0;
    struct yml_node late, first = {.file = src->number, .line = 1, .col = 1, .width = 1};
    for (const struct yml_node *key = yml_key(y); key; key = yml_key(y)) {
        const struct top_row *row = key->kind == YML_SCALAR ? find_top_row(b, rows, key) : NULL;
        const uint64_t bit = row ? UINT64_C(1) << (row - rows) : 0;
        if (seen & bit)
            builder_error(b, key, "E104", "put both into one", "`%s` is given twice", key->text);
        if (seen == 0)
            first = *key;
        if (row && rows == main_rows && row->row.read == read_node && shared_is_late(src, key, &late)) {
            shared_report_late(b, &late);
            return;
        }
        if (row && !(seen & bit))
            load_value(b, y, row, *key);
        else
            yml_read(y);
        seen |= bit;
        yml_recycle(y);
    }
    for (const struct top_row *r = rows; r->row.name && !yml_failed(y); r++)
        if (r->row.required && !(seen >> (r - rows) & 1))
            builder_error(b, &first, "E105", read_key_example(r->row.name), "a story needs `%s`", r->row.name);
}

static void load_source(struct builder *b, struct source_text *src, const struct top_row *rows)
{
    const guint first_node = b->nodes->len;
    b->file_act = -1;
    builder_add_source(b, src);
    struct yml *y = yml_open(src, b->diags);
    if (yml_enter(y)) {
        load_mapping(b, y, src, rows);
    } else {
        const struct yml_node start = {.file = src->number, .line = 1, .col = 1, .width = 1};
        const struct yml_node *root = yml_read(y);
        b->cut_short = true;
        if (root && root->kind != YML_BROKEN && (root->kind != YML_SCALAR || root->len > 0))
            builder_error(b, root, "E106", "a story begins with `frumious: 1`", "a mapping was expected here");
        else if (!yml_failed(y) && !(root && root->kind == YML_BROKEN))
            builder_error(b, &start, "E107", "a story begins with `frumious: 1`", "this file is empty");
    }
    b->cut_short |= yml_failed(y);
    yml_close(y);
    for (guint i = first_node; i < b->nodes->len; i++) {
        struct story_node *n = &g_array_index(b->nodes, struct story_node, i);
        n->act = n->act < 0 ? b->file_act : n->act;
    }
    assert(builder_check(b));
}

/* Reports a problem of a whole file: at the `include` that names it, or for the main file. */
static void report_file(struct builder *b, const char *code, const char *name, const struct pending_name *ref,
                        const char *advice, const char *message)
{
    const struct diag_at whole = {.file = name};
    b->cut_short = true;
    if (ref)
        builder_error_at(b, ref->mark, ref->width, code, advice, "%s", message);
    else
        diags_add(b->diags, code, &whole, advice, "%s", message);
}

/* Reports why a file could not be opened. `advice`: for the main file, or NULL. */
static void report_unopened(struct builder *b, enum source_text_problem problem, const char *why, const char *name,
                            const struct pending_name *ref, const char *advice)
{
    static const char *const codes[] = {
        [SOURCE_TEXT_UNREADABLE] = "E100", [SOURCE_TEXT_SPECIAL] = "E505", [SOURCE_TEXT_LARGE] = "E510"};
    struct missing_file m = {0};
    if (problem == SOURCE_TEXT_UNREADABLE)
        missing_file_explain(&m, ref ? b->dir : ".", ref ? ref->name : name);
    g_autofree char *message =
        problem == SOURCE_TEXT_UNREADABLE
            ? g_strdup_printf("`%s` can't be read: %s%s", name, why, m.instead ? m.instead : "")
        : problem == SOURCE_TEXT_SPECIAL
            ? g_strdup_printf(advice ? "`%s` is a folder without a `" MAIN_FILE_NAME "`" : "`%s` is not a regular file",
                              name)
            : g_strdup_printf("`%s` is larger than %d MiB", name, STORY_FILE_BYTES_MAX / (1024 * 1024));
    report_file(b, codes[problem], name, ref, m.advice ? m.advice : advice, message);
    missing_file_clear(&m);
}

/* Reads one file. `ref`: the `include` that names it, or NULL for the main file. `advice`: what else to do about that
 * one if it can't be opened, or NULL. */
static void load_file(struct builder *b, const char *path, const char *name, const struct pending_name *ref,
                      const char *advice)
{
    struct source_text *src;
    const char *why = NULL;
    const enum source_text_problem problem = source_text_open_from(&src, b->buffers, path, name, &why);
    if (problem != SOURCE_TEXT_OK) {
        report_unopened(b, problem, why, name, ref, advice);
        return;
    }
    const struct stand_in is = src->len > 0 ? stand_in_at(path) : (struct stand_in){0};
    if (is.what) {
        g_autofree char *message = g_strdup_printf("`%s` is %s", name, is.what);
        report_file(b, "E100", name, ref, is.remedy, message);
        source_text_close(src);
        return;
    }
    load_source(b, src, ref ? part_rows : main_rows);
}

/* ---- all of them ---------------------------------------------------------------------------------------------- */

/* By which a file is known under all its names; in a pack it has one. To be freed by free(); NULL: it is not there. */
static char *real_name(const char *path, const char *path_beneath)
{
    char *real = realpath(path, NULL);
    return real || errno != ENOTDIR || !beneath_is_file(path_beneath) ? real : strdup(path);
}

/* Included files may include more; each is read once. */
static void load_includes(struct builder *b, const char *path)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, free, NULL);
    char *real = real_name(path, path);
    if (real)
        g_hash_table_add(known, real);
    for (guint i = 0; i < b->includes->len; i++) {
        const struct pending_name ref = g_array_index(b->includes, struct pending_name, i);
        g_autofree char *full = g_build_filename(b->dir, ref.name, NULL),
                        *path_beneath = beneath_path(b->dir, ref.name);
        const char *name = strcmp(b->dir, ".") == 0 ? ref.name : full;
        if (b->sources->len >= STORY_FILES_MAX) {
            builder_error_at(b, ref.mark, ref.width, "E513", "put several into one", "more than %d files",
                             STORY_FILES_MAX);
            return;
        }
        real = real_name(full, path_beneath);
        if (real && !g_hash_table_add(known, real))
            builder_error_at(b, ref.mark, ref.width, "E515", "include each file once", "`%s` has been read already",
                             ref.name);
        else
            load_file(b, path_beneath, name, &ref, NULL);
    }
}

/* `path` is a pack: what it lies in, and the story's folder. */
static void load_packed(struct builder *b, const char *path)
{
    const struct stand_in is = folder_problem(b->folder) ? stand_in_at(path) : (struct stand_in){0};
    g_autofree char *name = g_build_filename(path, MAIN_FILE_NAME, NULL), *within = beneath_path(path, MAIN_FILE_NAME),
                    *problem = is.what ? g_strdup_printf("`%s` is %s", path, is.what)
                               : folder_problem(b->folder)
                                   ? g_strdup_printf("`%s` can't be played: %s", path, folder_problem(b->folder))
                                   : NULL;
    if (problem)
        report_file(b, "E100", path, NULL, is.what ? is.remedy : "copy it again, or make it anew by `frumious pack`",
                    problem);
    else
        load_file(b, within, name, NULL, NULL);
}

static void load_main(struct builder *b, const char *path, const char *advice)
{
    g_autofree char *plain = beneath_name(path); /* the user named it, so it may lie anywhere */
    if (packed_folder_is(plain))
        load_packed(b, plain);
    else
        load_file(b, plain, path, NULL, advice);
}

static void load_all(struct builder *b, const char *path, const char *advice)
{
    static const char undetermined[] = "und"; /* BCP 47's tag for a language that is not known */
    load_main(b, path, advice);
    load_includes(b, path);
    b->languages_unknown = b->languages->len == 0;
    if (b->languages_unknown) {
        const char *tag = undetermined;
        g_array_append_val(b->languages, tag);
    }
    if (b->cut_short)
        return;
    assert(b->languages->len > 0);
    former_names_check(b);
    resolve_names(b);
    resolve_expressions(b);
    resolve_inscriptions(b);
    b->left_out = validate_story(b);
    translations_load(b);
}

struct story *story_load(const char *path, struct diags *diags)
{
    return story_load_from(path, NULL, diags);
}

struct story *story_load_from(const char *path, const struct source_buffers *buffers, struct diags *diags)
{
    struct story_parts parts;
    struct story *s = story_load_parts(path, buffers, diags, &parts);
    story_free(parts.story);
    return s;
}

struct story *story_load_parts(const char *path, const struct source_buffers *buffers, struct diags *diags,
                               struct story_parts *parts)
{
    struct builder *b = builder_new(diags);
    b->buffers = buffers;
    g_autofree char *advice = NULL, *file = main_file_find(path, &advice),
                    *dir = packed_folder_is(file) ? g_strdup(file) : g_path_get_dirname(file);
    b->dir = builder_keep(b, dir);
    b->folder = folder_new(dir);
    const size_t before = diags_count(diags, DIAG_ERROR);
    load_all(b, file, advice);
    struct story *s = NULL;
    *parts = (struct story_parts){.story = NULL};
    if (diags_count(diags, DIAG_ERROR) == before)
        s = finish_story(b, file);
    else
        finish_parts(b, file, parts);
    builder_free(b);
    diags_sort(diags);
    return s;
}
