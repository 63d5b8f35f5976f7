#include "report/share_rows.h"

#include "base/json.h"

#include <assert.h>
#include <stdio.h>

const char *share_row_number(char buffer[SHARE_NUMBER_BYTES], double value, int digits)
{
    char format[8];
    assert(digits >= 0 && digits <= 9);
    snprintf(format, sizeof format, "%%.%df", digits);
    return g_ascii_formatd(buffer, SHARE_NUMBER_BYTES, format, value);
}

void share_row_put_interval(JsonBuilder *b, struct stats_interval range)
{
    assert(!(range.low > range.high));
    char low[SHARE_NUMBER_BYTES], high[SHARE_NUMBER_BYTES];
    g_autofree char *text = g_strdup_printf("%s to %s", share_row_number(low, range.low * 100, 1),
                                            share_row_number(high, range.high * 100, 1));
    json_put_text(b, "interval", text);
}

static void put_share(JsonBuilder *b, double share, const char *unit)
{
    char number[SHARE_NUMBER_BYTES];
    g_autofree char *text = g_strdup_printf("%s %s", share_row_number(number, share * 100, 1), unit);
    json_put_text(b, "share", text);
}

void share_row_put_members(JsonBuilder *b, int64_t floor, int64_t k, int64_t n)
{
    g_autofree char *counted = g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, k, n);
    assert(floor > 0 && k >= 0 && k <= n);
    if (n >= floor) {
        put_share(b, stats_share(k, n), "%");
        share_row_put_interval(b, stats_wilson(k, n, STATS_Z95));
    } else
        json_put_text(b, "share", SHARE_TOO_FEW);
    json_put_text(b, "counted", counted);
}

/* Viewings that somebody chose to erase, of the versions of what this place counts; -1: it belongs to no such thing. */
static int64_t erased_at(const struct page_counts *c, guint place)
{
    GArray *versions = count_layout_versions(c->layout, place);
    int64_t n = 0;
    if (!versions)
        return -1;
    for (guint i = 0; i < versions->len; i++) {
        const gpointer v = c->layout->film->versions->pdata[g_array_index(versions, int32_t, i)];
        n += ((const struct catalogue_version *)v)->erased;
    }
    g_array_unref(versions);
    return n;
}

void share_row_put_bounds(JsonBuilder *b, const struct page_counts *c, guint k, guint n)
{
    char low[SHARE_NUMBER_BYTES], high[SHARE_NUMBER_BYTES];
    g_autofree char *text = NULL;
    const int64_t erased = c->bounded ? erased_at(c, n) : 0;
    if (!c->bounded)
        return;
    if (erased > 0) {
        const struct stats_interval i = stats_bounds(c->x[k], c->x[n], erased);
        text =
            g_strdup_printf("%s to %s", share_row_number(low, i.low * 100, 1), share_row_number(high, i.high * 100, 1));
    }
    json_put_object(b, "bounds");
    json_put_text(b, "text", text ? text : "–");
    json_builder_end_object(b);
}

/* The caller ends the object. */
static void begin_row(JsonBuilder *b, struct share_label label)
{
    json_builder_begin_object(b);
    json_put_text(b, "label", label.title);
    json_put_text(b, "id", label.id);
}

static void begin_share_row(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint k, guint n)
{
    assert(k < c->n && n < c->n);
    begin_row(b, label);
    json_put_int(b, "k_place", k);
    json_put_int(b, "n_place", n);
    share_row_put_bounds(b, c, k, n);
    share_row_put_members(b, c->floor, c->x[k], c->x[n]);
}

void share_row_put(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint k, guint n)
{
    begin_share_row(b, c, label, k, n);
    json_builder_end_object(b);
}

void share_row_put_if_any(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint k, guint n)
{
    begin_share_row(b, c, label, k, n);
    json_put_bool(b, "rare", true);
    json_put_bool(b, "hidden", c->x[k] == 0);
    json_builder_end_object(b);
}

void share_row_put_other(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint k, guint n)
{
    begin_share_row(b, c, label, k, n);
    json_put_bool(b, "other", true);
    json_builder_end_object(b);
}

/* An option whose pick erases the viewing: it has no share. */
static void put_forgetful(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint option)
{
    begin_row(b, label);
    json_put_int(b, "k_place", option + COUNT_PICKS);
    json_put_int(b, "n_place", option + COUNT_AVAILABLE);
    json_put_bool(b, "forgets", true);
    share_row_put_bounds(b, c, option + COUNT_PICKS, option + COUNT_AVAILABLE);
    json_put_text(b, "share", SHARE_UNCOUNTABLE);
    json_put_bool(b, "other", true);
    json_builder_end_object(b);
}

void share_row_put_all(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint option)
{
    const int64_t *x = c->x + option, *more = x + COUNT_AGAIN;
    const struct stats_clusters all = {.k = x[COUNT_PICKS] + more[TALLY_AGAIN_PICKS],
                                       .n = x[COUNT_AVAILABLE] + more[TALLY_AGAIN_OFFERS],
                                       .kk = x[COUNT_PICKS] + more[TALLY_AGAIN_PICKS_SQUARED],
                                       .kn = x[COUNT_PICKS] + more[TALLY_AGAIN_PICKS_OFFERS],
                                       .nn = x[COUNT_AVAILABLE] + more[TALLY_AGAIN_OFFERS_SQUARED],
                                       .clusters = x[COUNT_AVAILABLE] + more[TALLY_AGAIN_VIEWINGS]};
    assert(option + COUNTS_PER_OPTION <= c->n);
    begin_row(b, label);
    json_put_int(b, "place", option);
    json_put_int(b, "viewings", all.clusters);
    share_row_put_members(b, c->floor, all.k, all.n);
    if (all.n >= c->floor)
        share_row_put_interval(b, stats_cluster_interval(&all, STATS_Z95));
    json_builder_end_object(b);
}

void share_row_put_option(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint option,
                          bool forgets)
{
    if (forgets) {
        put_forgetful(b, c, label, option);
        return;
    }
    g_autofree struct stats_moment *moments = g_new(struct stats_moment, STATS_CLASSES);
    assert(option + COUNTS_PER_OPTION <= c->n);
    const size_t n = stats_moments(c->x + option + COUNT_OPTION_PICKED_AT, NULL, moments);
    char number[SHARE_NUMBER_BYTES];
    g_autofree char *half = NULL;
    if (n > 0 && c->x[option + COUNT_PICKS] >= c->floor)
        half = g_strdup_printf("%s s", share_row_number(number, stats_quantile(moments, n, 0.5) / 1000, 1));
    begin_share_row(b, c, label, option + COUNT_PICKS, option + COUNT_AVAILABLE);
    json_put_object(b, "took");
    json_put_int(b, "place", option + COUNT_OPTION_PICKED_AT);
    json_put_text(b, "text", half ? half : "");
    json_builder_end_object(b);
    json_builder_end_object(b);
}

void share_row_put_fixed(JsonBuilder *b, int64_t floor, struct share_label label, int64_t k, int64_t n)
{
    begin_row(b, label);
    share_row_put_members(b, floor, k, n);
    json_builder_end_object(b);
}

void share_row_put_difference(JsonBuilder *b, const struct page_counts *c, struct share_label label, guint first,
                              guint second)
{
    const int64_t *x = c->x + first, *y = c->x + second;
    g_autofree char *counted = g_strdup_printf("%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT " against %" G_GINT64_FORMAT
                                               " of %" G_GINT64_FORMAT,
                                               x[0], x[1], y[0], y[1]);
    assert(first + 1 < c->n && second + 1 < c->n);
    begin_row(b, label);
    json_put_int(b, "a_place", first);
    json_put_int(b, "b_place", second);
    if (MIN(x[1], y[1]) >= c->floor) {
        put_share(b, stats_share(x[0], x[1]) - stats_share(y[0], y[1]), "points");
        share_row_put_interval(b, stats_difference(x[0], x[1], y[0], y[1], STATS_Z95));
    } else
        json_put_text(b, "share", SHARE_TOO_FEW);
    json_put_text(b, "counted", counted);
    json_builder_end_object(b);
}

void share_row_put_mean(JsonBuilder *b, const struct page_counts *c, guint sum, guint of)
{
    char number[SHARE_NUMBER_BYTES];
    g_autofree char *text = NULL;
    if (c->x[of] > 0)
        text = g_strdup_printf("%s s", share_row_number(number, (double)c->x[sum] / 1e6 / (double)c->x[of], 1));
    assert(sum < c->n && of < c->n);
    json_builder_begin_object(b);
    json_put_int(b, "sum", sum);
    json_put_int(b, "of", of);
    json_put_text(b, "text", text ? text : "");
    json_builder_end_object(b);
}
