#include "player/past_choices.h"

#include "telemetry/read/read.h"

#include <string.h>

bool past_choices_wanted(const struct story *s)
{
    for (int32_t i = 0; i < s->n_inscriptions; i++)
        if (strstr(story_text(s, s->inscriptions[i].text, NULL), "{share("))
            return true;
    return false;
}

static void add_share(const struct story *s, const struct read_share *share, struct past_choice *out)
{
    const int32_t d = story_find_decision(s, share->decision);
    if (d < 0 || (int64_t)s->decisions[d].hash != share->decision_hash)
        return;
    const struct story_span options = s->decisions[d].options;
    for (int32_t i = options.first; i < options.first + options.n; i++)
        if (strcmp(s->options[i].name, share->option) == 0) {
            out[i].picks += share->picks;
            out[i].of += share->available;
        }
}

struct past_choice *past_choices_read(const struct story *s, const char *path)
{
    const struct store_options o = {.path = path, .read_only = true, .quick = true};
    struct store *store = store_open(&o, NULL);
    GPtrArray *shares = store ? read_shares(store, s->id, NULL) : NULL;
    struct past_choice *out = shares ? g_new0(struct past_choice, (gsize)s->n_options + 1) : NULL;
    for (guint i = 0; shares && i < shares->len; i++)
        add_share(s, shares->pdata[i], out);
    g_clear_pointer(&shares, g_ptr_array_unref);
    store_close(store);
    return out;
}
