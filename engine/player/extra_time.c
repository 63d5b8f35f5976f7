#include "player/extra_time.h"
#include "base/words.h"
#include "media/mixer.h"

#include <glib.h>

static const struct {
    int32_t times;
    const char *name, *says;
} modes[] = {
    {1, "1", WORDS("Time to decide: as the film has it")},
    {2, "2", WORDS("Time to decide: 2 times as long")},
    {3, "3", WORDS("Time to decide: 3 times as long")},
    {5, "5", WORDS("Time to decide: 5 times as long")},
    {10, "10", WORDS("Time to decide: 10 times as long")},
    {EXTRA_TIME_NO_LIMIT, "none", WORDS("Time to decide: no limit")},
};

static size_t mode_index(int32_t times)
{
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        if (modes[i].times == times)
            return i;
    return 0;
}

bool extra_time_parse(const char *text, int32_t *times)
{
    for (size_t i = 0; i < G_N_ELEMENTS(modes); i++)
        if (g_str_equal(text, modes[i].name) || (modes[i].times == EXTRA_TIME_NO_LIMIT && g_str_equal(text, "0"))) {
            *times = modes[i].times;
            return true;
        }
    return false;
}

const char *extra_time_name(int32_t times)
{
    return modes[mode_index(times)].name;
}

const char *extra_time_message(int32_t times)
{
    return modes[mode_index(times)].says;
}

int32_t extra_time_next(int32_t times, bool up)
{
    const size_t next = mode_index(times) + 1;
    if (next < G_N_ELEMENTS(modes))
        return modes[next].times;
    return up ? times : modes[0].times;
}

int64_t extra_time_us(const struct extra_time *h, int64_t window_us)
{
    return h->times == EXTRA_TIME_NO_LIMIT ? INT64_MAX : window_us * (h->times - 1);
}

void extra_time_wait_at(struct extra_time *h, struct mixer *m, int64_t at_smp, int64_t for_us)
{
    struct mixer_now mix;
    if (for_us == 0)
        at_smp = 0;
    if (at_smp == h->at_smp && (at_smp == 0 || for_us == h->for_us))
        return;
    mixer_now(m, &mix);
    if (at_smp != h->at_smp) {
        if (at_smp != 0 && mix.film_smp >= at_smp)
            return;
        h->total_us += h->held_us;
        h->held_us = 0;
        h->waits = false;
    }
    h->at_smp = at_smp;
    h->for_us = at_smp == 0 ? 0 : for_us;
    mixer_wait_at(m, at_smp, h->for_us == INT64_MAX ? INT64_MAX : us_to_smp(h->for_us));
}

void extra_time_tick(struct extra_time *h, int64_t heard_smp, int64_t playing_us)
{
    if (h->at_smp == 0 || heard_smp < h->at_smp)
        return;
    if (!h->waits)
        h->since_us = playing_us;
    h->waits = true;
    h->held_us = heard_smp > h->at_smp ? h->for_us : MIN(playing_us - h->since_us, h->for_us);
}
