#include "report/impact_section.h"

#include "base/json.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A decision matters from here on: its option shifts the odds of the endings by so much. */
#define MATTERS_SHIFT 0.2

enum verdict { VERDICT_USUAL, VERDICT_UNNOTICED, VERDICT_AGONISES, VERDICT_ILLUSION };
static const char *const verdict_words[] = {
    [VERDICT_USUAL] = "",
    [VERDICT_UNNOTICED] = "matters, goes by unnoticed",
    [VERDICT_AGONISES] = "agonises, changes little",
    [VERDICT_ILLUSION] = "changes nothing",
};

static int by_double(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median of the decisions' own medians; where none is known no verdict needs it. */
static double usual_ms(const GArray *rows)
{
    g_autofree double *times = g_new(double, rows->len + 1);
    guint n = 0;
    for (guint i = 0; i < rows->len; i++) {
        const struct decision_impact_row *r = &g_array_index(rows, struct decision_impact_row, i);
        if (isfinite(r->median.value))
            times[n++] = r->median.value;
    }
    qsort(times, n, sizeof *times, by_double);
    return n > 0 ? (times[(n - 1) / 2] + times[n / 2]) / 2 : 0;
}

static enum verdict verdict_of(const struct decision_impact_row *r, double usual)
{
    if (r->film->illusion)
        return VERDICT_ILLUSION;
    if (!r->film->compared || !isfinite(r->median.value))
        return VERDICT_USUAL;
    if (r->film->shift >= MATTERS_SHIFT)
        return r->median.value < usual ? VERDICT_UNNOTICED : VERDICT_USUAL;
    return r->median.value > usual ? VERDICT_AGONISES : VERDICT_USUAL;
}

static void put_number(JsonBuilder *b, const char *key, double value, const char *unit)
{
    char number[DECIMAL_BYTES];
    g_autofree char *text = g_strdup_printf("%s %s", decimal_text(number, value, 1), unit);
    json_put_text(b, key, text);
}

static void put_row(JsonBuilder *b, const struct decision_impact_row *r, guint index, double usual)
{
    json_builder_begin_object(b);
    json_put_int(b, "index", index);
    json_put_int(b, "number", index + 1);
    json_put_text(b, "title", r->title);
    if (r->film->compared)
        put_number(b, "shift", r->film->shift * 100, "%");
    if (isfinite(r->film->measured))
        put_number(b, "measured", r->film->measured * 100, r->film->uniform ? "% *" : "%");
    put_number(b, "own_film", (double)r->film->exclusive_us / 1e6, "s");
    if (isfinite(r->median.value))
        put_number(b, "half_within", r->median.value / 1000, "s");
    else
        json_put_text(b, "half_within", r->enough ? "not reached" : SHARE_TOO_FEW);
    json_put_text(b, "verdict", verdict_words[verdict_of(r, usual)]);
    json_builder_end_object(b);
}

void impact_section_put(JsonBuilder *b, const struct film_section *s)
{
    const GArray *rows = decision_impact_rows(s->impact, s->film_index);
    if (!rows)
        return;
    g_autofree char *id = g_strdup_printf("consequence-%u", s->film_index);
    const double usual = usual_ms(rows);
    json_put_object(b, "impact");
    json_put_text(b, "id", id);
    json_put_text(b, "measured_note", decision_impact_measured(s->impact));
    json_put_array(b, "rows");
    for (guint i = 0; i < rows->len; i++)
        put_row(b, &g_array_index(rows, struct decision_impact_row, i), i, usual);
    json_builder_end_array(b);
    if (decision_impact_changed(s->impact) > 0)
        json_put_int(b, "left_out", decision_impact_changed(s->impact));
    json_builder_end_object(b);
}
