#include "player/extra_time.h"
#include "base/words.h"
#include "media/mixer.h"

#include <assert.h>
#include <glib.h>

static const struct {
    int32_t time_factor;
    const char *name, *message, *words;
} modes[EXTRA_TIME_SETTINGS] = {
    {1, "1", WORDS("Time to decide: as the author set it"), WORDS("as the film sets it")},
    {2, "2", WORDS("Time to decide: 2 times as long"), WORDS("2 times as long")},
    {3, "3", WORDS("Time to decide: 3 times as long"), WORDS("3 times as long")},
    {5, "5", WORDS("Time to decide: 5 times as long"), WORDS("5 times as long")},
    {10, "10", WORDS("Time to decide: 10 times as long"), WORDS("10 times as long")},
    {EXTRA_TIME_NO_LIMIT, "none", WORDS("Time to decide: no limit"), WORDS("no limit")},
};

static size_t mode_index(int32_t time_factor)
{
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        if (modes[i].time_factor == time_factor)
            return i;
    return 0;
}

bool extra_time_parse(const char *text, int32_t *time_factor)
{
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        if (g_str_equal(text, modes[i].name) ||
            (modes[i].time_factor == EXTRA_TIME_NO_LIMIT && g_str_equal(text, "0"))) {
            *time_factor = modes[i].time_factor;
            return true;
        }
    return false;
}

const char *extra_time_name(int32_t time_factor)
{
    return modes[mode_index(time_factor)].name;
}

const char *extra_time_message(int32_t time_factor)
{
    return modes[mode_index(time_factor)].message;
}

const char *extra_time_words(int32_t time_factor)
{
    return modes[mode_index(time_factor)].words;
}

int32_t extra_time_at(int i)
{
    return modes[CLAMP(i, 0, EXTRA_TIME_SETTINGS - 1)].time_factor;
}

int extra_time_index(int32_t time_factor)
{
    return (int)mode_index(time_factor);
}

int32_t extra_time_next(int32_t time_factor, bool up)
{
    const size_t next = mode_index(time_factor) + 1;
    if (next < G_N_ELEMENTS(modes))
        return modes[next].time_factor;
    return up ? time_factor : modes[0].time_factor;
}

bool extra_time_check(const struct extra_time *e)
{
    assert(modes[mode_index(e->time_factor)].time_factor == e->time_factor);
    assert(e->at_smp >= 0 && e->for_us >= 0 && (e->at_smp > 0) == (e->for_us > 0));
    assert(e->here_us >= 0 && e->here_us <= MAX(e->for_us, 0) && e->before_us >= 0);
    assert(e->waits || e->here_us == 0); /* only where the film stands does time pass */
    return true;
}

void extra_time_init(struct extra_time *e)
{
    *e = (struct extra_time){.time_factor = 1};
}

void extra_time_set_factor(struct extra_time *e, int32_t time_factor)
{
    e->time_factor = time_factor;
    assert(extra_time_check(e));
}

int32_t extra_time_factor(const struct extra_time *e)
{
    return e->time_factor;
}

int64_t extra_time_stop_smp(const struct extra_time *e)
{
    return e->at_smp;
}

int64_t extra_time_waited_here_us(const struct extra_time *e)
{
    return e->here_us;
}

int64_t extra_time_left_us(const struct extra_time *e)
{
    return e->for_us - e->here_us;
}

int64_t extra_time_waited_us(const struct extra_time *e)
{
    return e->before_us + e->here_us;
}

int64_t extra_time_us(const struct extra_time *e, int64_t window_us)
{
    return e->time_factor == EXTRA_TIME_NO_LIMIT ? INT64_MAX : window_us * (e->time_factor - 1);
}

void extra_time_wait_at(struct extra_time *e, struct mixer *m, int64_t at_smp, int64_t for_us)
{
    struct mixer_now mix;
    if (for_us == 0)
        at_smp = 0;
    if (at_smp == e->at_smp && (at_smp == 0 || for_us == e->for_us))
        return;
    mixer_now(m, &mix);
    if (at_smp != e->at_smp) {
        if (at_smp != 0 && mix.film_smp >= at_smp)
            return;
        e->before_us += e->here_us;
        e->here_us = 0;
        e->waits = false;
    }
    e->at_smp = at_smp;
    e->for_us = at_smp == 0 ? 0 : for_us;
    mixer_wait_at(m, at_smp, e->for_us == INT64_MAX ? INT64_MAX : us_to_smp(e->for_us));
}

void extra_time_tick(struct extra_time *e, int64_t heard_smp, int64_t playing_us)
{
    if (e->at_smp == 0 || heard_smp < e->at_smp)
        return;
    if (!e->waits)
        e->since_us = playing_us;
    e->waits = true;
    e->here_us = heard_smp > e->at_smp ? e->for_us : MIN(playing_us - e->since_us, e->for_us);
}
