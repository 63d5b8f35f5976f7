#include "check/checked_story.h"

#include "check/lint_footage.h"
#include "check/lint_texts.h"
#include "media/media.h"
#include "present/text.h"

#include <assert.h>

static struct text_extent measure_text(void *user, const struct text_style *style, const char *words, int width)
{
    return text_size(text_get(user, style, words, width));
}

/* Without a font, it counts the characters of a text instead of measuring it. */
static void check_texts(const struct story *story, struct diags *diags)
{
    struct text *text = lint_texts_wants_measure(story) ? text_open() : NULL;
    const bool measures = text && !text_problem(text);
    lint_texts(story, measures || !text ? measure_text : NULL, text, diags);
    text_close(text);
}

static void decode_media(const struct story *story, GHashTable *facts, const struct check_options *o,
                         struct checked_story *out)
{
    const struct lint_deep deep = lint_deep_run(story, facts, out->diags, o->on_decoded, o->user);
    assert(deep.decoded <= deep.ranges);
    out->ranges = deep.ranges;
    out->decoded = deep.decoded;
    out->film_us = deep.film_us;
}

static void check_story_media(const struct story *story, const struct check_options *o, struct checked_story *out)
{
    struct media *quiet = media_new(); /* silences FFmpeg: what it says about a file is reported as a diagnostic */
    GHashTable *facts = o->no_media ? g_hash_table_new(g_str_hash, g_str_equal)
                                    : lint_files(story, o->known, o->deep, o->on_file, o->user);
    lint_run(story, facts, out->diags);
    lint_footage(story, facts, out->deep, out->diags);
    check_texts(story, out->diags);
    if (out->deep)
        decode_media(story, facts, o, out);
    diags_sort(out->diags);
    if (o->keep)
        out->facts = facts;
    else
        g_hash_table_unref(facts);
    media_free(quiet);
}

void checked_story_init(struct checked_story *out, const char *path, const struct check_options *o)
{
    assert(!(o->deep && o->no_media));
    struct diags *diags = diags_new();
    struct story_parts parts;
    struct story *story = story_load_parts(path, o->buffers, diags, &parts);
    *out = (struct checked_story){.path = path, .diags = diags, .loaded = story != NULL};
    out->exists = story || g_file_test(path, G_FILE_TEST_EXISTS);
    if (story) {
        out->deep = o->deep;
        out->n_nodes = story->n_nodes;
        out->n_decisions = story->n_decisions;
        out->n_endings = story->n_endings;
        check_story_media(story, o, out);
    } else if (out->exists) {
        out->left_out = parts.left_out | (o->no_media ? 0 : CHECK_LEFT_JOINS) | (o->deep ? CHECK_LEFT_DECODING : 0);
        if (parts.story)
            check_story_media(parts.story, o, out);
        story_free(parts.story);
    }
    assert(out->loaded || diags_count(diags, DIAG_ERROR) > 0);
    if (o->keep)
        out->story = story;
    else
        story_free(story);
}

void checked_story_clear(struct checked_story *c)
{
    diags_free(c->diags);
    story_free(c->story);
    if (c->facts)
        g_hash_table_unref(c->facts);
    *c = (struct checked_story){.path = NULL};
}
