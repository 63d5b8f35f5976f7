#include "report/trait_section.h"

#include "base/json.h"
#include "report/chart_rules.h"

#include <assert.h>

/* ---- leans ------------------------------------------------------------------------------------------------------- */

static void put_bins(JsonBuilder *b, const int64_t *leans)
{
    int64_t bins[CHART_BINS];
    _Static_assert(COUNT_N_LEANS == CHART_LEANS, "leans are whole per cents");
    chart_count_bins(leans, bins);
    json_put_array(b, "bins");
    for (int i = 0; i < CHART_BINS; i++) {
        json_builder_begin_object(b);
        json_put_int(b, "from", i * 100 / CHART_BINS);
        json_put_int(b, "to", (i + 1) * 100 / CHART_BINS - (i + 1 < CHART_BINS));
        json_put_int(b, "n", bins[i]);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_mean(JsonBuilder *b, const struct survey_trait *t, bool enough)
{
    char mean[SHARE_NUMBER_BYTES], low[SHARE_NUMBER_BYTES], high[SHARE_NUMBER_BYTES];
    g_autofree char *text =
        enough ? g_strdup_printf("Mean lean: %s %% (%s to %s)", share_row_number(mean, t->mean * 100, 1),
                                 share_row_number(low, t->interval.low * 100, 1),
                                 share_row_number(high, t->interval.high * 100, 1))
               : g_strdup("Mean lean: " SHARE_TOO_FEW);
    json_put_text(b, "mean", text);
    json_put_bool(b, "too_few", !enough);
}

/* ---- traits ------------------------------------------------------------------------------------------------------ */

static void put_associations(JsonBuilder *b, const struct survey_trait *t)
{
    char bits[SHARE_NUMBER_BYTES];
    json_put_array(b, "associations");
    for (guint k = 0; k < t->associations->len; k++) {
        const struct survey_association *a = t->associations->pdata[k];
        if (!survey_is_associated(a))
            continue;
        json_builder_begin_object(b);
        json_put_text(b, "label", film_section_title(a->decision->title, a->decision->name));
        json_put_text(b, "bits", share_row_number(bits, a->bits, 3));
        json_put_int(b, "n", a->n);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
}

static void put_trait_shares(JsonBuilder *b, const struct film_section *s, guint at)
{
    const struct page_counts *c = &s->counts;
    json_put_array(b, "shares");
    share_row_put(b, c, (struct share_label){.title = "Surely for it"}, at + COUNT_SURE + 2, at + COUNT_PROFILES);
    share_row_put(b, c, (struct share_label){.title = "Not sure"}, at + COUNT_SURE + 1, at + COUNT_PROFILES);
    share_row_put(b, c, (struct share_label){.title = "Surely against it"}, at + COUNT_SURE, at + COUNT_PROFILES);
    share_row_put(b, c, (struct share_label){.title = "Have a profile"}, at + COUNT_PROFILES,
                  at + COUNT_TRAIT_VIEWINGS);
    json_builder_end_array(b);
}

static void put_trait(JsonBuilder *b, const struct film_section *s, guint i)
{
    const struct survey_trait *t = s->chosen->traits->pdata[i];
    json_builder_begin_object(b);
    film_section_put_version(b, s, (guint)t->version);
    json_put_int(b, "index", i);
    json_put_int(b, "place", s->layout->trait[i]);
    json_put_text(b, "name", t->name);
    put_trait_shares(b, s, s->layout->trait[i]);
    put_associations(b, t);
    put_mean(b, t, survey_profiles(t) >= s->counts.floor);
    put_bins(b, t->leans);
    json_builder_end_object(b);
}

/* Begins an object with an id for the contents; the caller ends it. */
static void begin_part(JsonBuilder *b, const struct film_section *s, const char *part)
{
    g_autofree char *id = g_strdup_printf("%s-%u", part, s->film_index);
    json_put_object(b, part);
    json_put_text(b, "id", id);
}

void trait_section_put(JsonBuilder *b, const struct film_section *s)
{
    if (s->film->traits->len == 0)
        return;
    assert(s->chosen->traits->len == s->film->traits->len);
    begin_part(b, s, "taste");
    json_put_array(b, "traits");
    for (guint i = 0; i < s->film->traits->len; i++)
        put_trait(b, s, i);
    json_builder_end_array(b);
    json_builder_end_object(b);
}

/* ---- props ------------------------------------------------------------------------------------------------------- */

static const char *prop_title(const struct survey_film *f, guint i)
{
    const struct survey_prop *p = f->props->pdata[i];
    return film_section_title(p->title, p->name);
}

/* The pair of counts, k and n, that stands `pair` behind each prop's first place. */
static void put_prop_shares(JsonBuilder *b, const struct film_section *s, const char *key, guint pair, guint version)
{
    json_put_array(b, key);
    for (guint i = 0; i < s->film->props->len; i++) {
        const struct survey_prop *p = s->film->props->pdata[i];
        const guint at = s->layout->prop[i] + pair;
        if (p->version == (int32_t)version)
            share_row_put(b, &s->counts, film_section_label(p->title, p->name), at, at + 1);
    }
    json_builder_end_array(b);
}

static void put_rival_shares(JsonBuilder *b, const struct film_section *s, guint version)
{
    json_put_array(b, "rivals");
    for (guint i = 0; i < s->film->props->len; i++) {
        const struct survey_prop *p = s->film->props->pdata[i];
        for (guint k = 0; k < p->rivals->len && p->version == (int32_t)version; k++) {
            const struct survey_rival *r = &g_array_index(p->rivals, struct survey_rival, k);
            const guint at = r->place;
            g_autofree char *pair =
                g_strdup_printf("%s rather than %s", prop_title(s->film, i), prop_title(s->film, (guint)r->prop));
            share_row_put(b, &s->counts, (struct share_label){.title = pair}, at, at + 1);
        }
    }
    json_builder_end_array(b);
}

static bool version_has_props(const struct survey_film *f, guint version)
{
    for (guint i = 0; i < f->props->len; i++)
        if (((const struct survey_prop *)f->props->pdata[i])->version == (int32_t)version)
            return true;
    return false;
}

void trait_section_put_props(JsonBuilder *b, const struct film_section *s)
{
    if (s->film->props->len == 0)
        return;
    begin_part(b, s, "props");
    json_put_array(b, "versions");
    for (guint v = 0; v < s->film->versions->len; v++) {
        if (!version_has_props(s->film, v))
            continue;
        json_builder_begin_object(b);
        film_section_put_version(b, s, v);
        put_prop_shares(b, s, "taken", COUNT_PROP_PICKS, v);
        put_prop_shares(b, s, "again", COUNT_PROP_SEEN_AGAIN, v);
        put_rival_shares(b, s, v);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}
