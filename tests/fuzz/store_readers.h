/*
 * store_readers: everything that reads a store, one after the other, for fuzz targets: each has something to tell or
 * says what is wrong, and whatever it tells is text.
 */
#pragma once

#include "file.h"

#include "telemetry/keep/status.h"
#include "telemetry/read/anonymous.h"
#include "telemetry/read/show.h"
#include "telemetry/survey/survey.h"

#include <string.h>

/* In the middle of 2026, when all the viewings of our stores are over. */
#define READERS_NOW_MS INT64_C(1782000000000)

/* Either it is done or there is a message, never both. */
static inline bool readers_told(bool done, GError **error)
{
    g_assert_true(done == !*error);
    g_assert_true(!*error || *(*error)->message);
    g_clear_error(error);
    return done;
}

static inline void readers_text(GString *text)
{
    g_assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
    g_string_set_size(text, 0);
}

static inline bool readers_put(const char *text, void *data)
{
    g_assert_true(g_utf8_validate(text, -1, NULL));
    *(size_t *)data += strlen(text);
    return true;
}

static inline void readers_words(struct store *s, GString *text)
{
    const struct read_filter all = {0};
    GError *error = NULL;
    readers_told(show_list(s, 0, text, &error), &error);
    readers_text(text);
    g_autoptr(GArray) ids = read_matching_ids(s, &all, &error);
    readers_told(ids != NULL, &error);
    for (guint i = 0; ids && i < MIN(ids->len, 4); i++) {
        readers_told(show_viewing_by_number(s, g_array_index(ids, int64_t, i), text, &error), &error);
        readers_text(text);
    }
    readers_told(show_viewing(s, "last", "de", text, &error), &error);
    readers_told(status_text(s, text, &error), &error);
    readers_text(text);
}

static inline void readers_lines(struct store *s)
{
    const struct read_filter all = {0};
    const struct anonymous_options anonymous = {.now_ms = READERS_NOW_MS};
    GError *error = NULL;
    size_t bytes = 0;
    for (int format = EXPORT_JSONL; format <= EXPORT_CSV; format++) {
        readers_told(
            export_viewings(s, &all,
                            &(const struct export_options){.format = (enum export_format)format, .superseded = true},
                            readers_put, &bytes, &error),
            &error);
        readers_told(anonymous_export(s, &anonymous, (enum export_format)format, readers_put, &bytes, &error), &error);
    }
}

static inline void readers_survey(struct store *s, bool recount, GString *text)
{
    const struct survey_options o = {.viewings = COUNT_ALL, .time = COUNT_ALL, .floor = 1, .recount = recount};
    struct count_cube_options co = survey_cube_options(&o);
    GError *error = NULL;
    co.apart = COUNT_APART_DAYS;
    struct count_cube *cube = count_cube_new(&s, 1, &co, &error);
    struct survey *survey = cube ? survey_slice(cube, &o, &error) : NULL;
    readers_told(survey != NULL, &error);
    if (survey) {
        g_assert_true(count_cube_check(cube) && survey_check(survey));
        survey_text(survey, text);
        survey_json(survey, NULL, text);
        survey_csv(survey, NULL, text);
        readers_text(text);
    }
    survey_free(survey);
    count_cube_free(cube);
}

static inline void readers_all(const char *path)
{
    const struct store_options o = {.path = path, .read_only = true};
    g_autoptr(GString) text = g_string_new(NULL);
    GError *error = NULL;
    struct store *s = store_open(&o, &error);
    if (!readers_told(s != NULL, &error))
        return;
    readers_words(s, text);
    readers_lines(s);
    readers_survey(s, false, text);
    readers_survey(s, true, text);
    store_close(s);
}

static inline void readers_remove(const char *path)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < G_N_ELEMENTS(suffixes); i++) {
        g_autofree char *file = g_strconcat(path, suffixes[i], NULL);
        g_unlink(file);
    }
}
