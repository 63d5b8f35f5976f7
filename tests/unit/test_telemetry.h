/* test_telemetry: the story that the telemetry tests share, and a play of it. */
#pragma once

#include "telemetry/write/writer.h"

/*
 * Tests that inject a fault at each step try every step. Under ThreadSanitizer they try every seventh, and under
 * AddressSanitizer every third: these are slow, and what they look for is as likely in one step as in another.
 */
#if defined __SANITIZE_THREAD__
#define TEST_STRIDE 7
#elif defined __SANITIZE_ADDRESS__
#define TEST_STRIDE 3
#else
#define TEST_STRIDE 1
#endif

static const struct tel_node test_nodes[] = {
    {"stop", "The stop", 0xf000000000000001u}, {"bus", NULL, 2}, {"home", "At home", 3}, {"never", NULL, 4}};
static const struct tel_option test_options[] = {
    {"single", "Single", 11}, {"return", "Return", 12}, {"ride", "Ride without", 13}, /* which-ticket */
    {"left", "Left", 21},     {"right", "Right", 22},                                 /* which-seat */
};
static const struct tel_decision test_decisions[] = {
    {"which-ticket", "Single or return?", 100, 0, 0, 3},
    {"which-seat", NULL, 200, 1, 3, 2},
};
static const struct tel_ending test_endings[] = {{"home", "Home"}, {"lost", "Lost"}};
static const struct tel_keyword test_traits[] = {{"bold", NULL}, {"tender", NULL}};
static const struct tel_keyword test_props[] = {{"ticket", "A ticket"}, {"window-seat", NULL}};
static const struct tel_tag test_option_traits[] = {{0, 0, -1}, {1, 0, 1}, {2, 0, 5}, {3, 1, 2}, {4, 0, 1}};
static const struct tel_tag test_option_props[] = {{0, 0, 0}, {1, 0, 0}, {3, 1, 0}};
static const struct tel_tag test_node_props[] = {{2, 0, 0}};
static const int32_t test_forgetful[] = {2}; /* nobody picks it */
static const struct tel_film_left test_film_left[] = {{0, 6000000, 20000000}, {1, 6000000, US_NONE}, {2, 0, 0}};
static const struct tel_arm test_arms[] = {{"fast", "opening", 1, "ending"}, {"slow", "opening", 3, "ending"}};
static const struct tel_story test_story = {.name = "org.example.night-bus",
                                            .version = "1.0",
                                            .title = "The Night Bus",
                                            .hash = 0xfedcba9876543210u,
                                            .nodes = test_nodes,
                                            .decisions = test_decisions,
                                            .options = test_options,
                                            .endings = test_endings,
                                            .n_nodes = 4,
                                            .n_decisions = 2,
                                            .n_options = 5,
                                            .n_endings = 2,
                                            .traits = test_traits,
                                            .props = test_props,
                                            .option_traits = test_option_traits,
                                            .option_props = test_option_props,
                                            .node_props = test_node_props,
                                            .n_traits = 2,
                                            .n_props = 2,
                                            .n_option_traits = 5,
                                            .n_option_props = 3,
                                            .n_node_props = 1,
                                            .forgetful = test_forgetful,
                                            .n_forgetful = 1,
                                            .film_left = test_film_left,
                                            .n_film_left = 3,
                                            .arms = test_arms,
                                            .n_arms = 2};

#define TEST_ID     "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001"
#define TEST_ID_2   "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0002"
#define TEST_VIEWER "12345678-9abc-4def-8123-456789abcdef"
#define TEST_START  INT64_C(1767225600000) /* 2026-01-01 00:00:00 UTC */

static inline struct tel_viewing test_viewing(const char *id)
{
    struct tel_viewing v = {.viewer = TEST_VIEWER,
                            .started_ms = TEST_START,
                            .time_mode = 1,
                            .seed = -7,
                            .language = "en",
                            .channel = "festival",
                            .subtitles = 2,
                            .arms = {1},
                            .n_arms = 1};
    g_strlcpy(v.id, id, sizeof v.id);
    g_strlcpy(v.engine, "0.1", sizeof v.engine);
    return v;
}

/*
 * One of everything: a pick, a timeout after which the film went on as with an option, a locked option, a changed
 * order, no time limit.
 */
static const struct tel_record test_play[] = {
    {.kind = TEL_VISIT, .at_us = 0, .visit = {0, 31400000}},
    {.kind = TEL_EXPOSURE, .at_us = 18000000, .exposure = {{0, 3, {0, 2, 1}, 1 << 2}, 0, 9000000, 1}},
    {.kind = TEL_OUTCOME, .at_us = 23250400, .outcome = {0, TEL_WHAT_PICK, 1, 3250400, TEL_GIVEN_MOUSE, 2}},
    {.kind = TEL_LEAVE, .at_us = 33400000, .leave = {0, 31400000, 2000000, 500000}},
    {.kind = TEL_VISIT, .at_us = 33400000, .visit = {1, US_NONE}},
    {.kind = TEL_EXPOSURE, .at_us = 40000000, .exposure = {{1, 2, {0, 1}, 0}, TEL_NONE, 20000000, 2}},
    {.kind = TEL_OUTCOME, .at_us = 60000000, .outcome = {1, TEL_WHAT_TIMEOUT, 0, 20000000, TEL_GIVEN_NOBODY, 0}},
    {.kind = TEL_EXPOSURE, .at_us = 61000000, .exposure = {{1, 2, {1, 0}, 0}, 1, US_NONE, 0}},
    {.kind = TEL_OUTCOME, .at_us = 3700000000, .outcome = {1, TEL_WHAT_PICK, 1, 3639000000, TEL_GIVEN_KEY, 1}},
    {.kind = TEL_LEAVE, .at_us = 3700000000, .leave = {1, 3666600000, 0, 0}},
    {.kind = TEL_VISIT, .at_us = 3700000000, .visit = {2, 6000000}},
    {.kind = TEL_REACHED, .at_us = 3706000000, .reached = {0}},
    {.kind = TEL_LEAVE, .at_us = 3706000000, .leave = {2, 6000000, 0, 0}},
    {.kind = TEL_FINISH, .at_us = 3706000000, .finish = {TEST_START + 3706000, TEL_REASON_ENDED}},
};

static inline void test_put_all(struct writer *w, const struct tel_record *records, size_t n)
{
    for (size_t i = 0; i < n; i++)
        writer_put(w, &records[i]);
}

static inline void test_play_all(struct writer *w, const char *id)
{
    const struct tel_viewing v = test_viewing(id);
    writer_story(w, &test_story);
    writer_begin(w, &v);
    test_put_all(w, test_play, G_N_ELEMENTS(test_play));
}

/* Enough time on any machine. */
#define TEST_LONG (60 * US_PER_SECOND)
