#include "report/impact_section.h"

#include "base/json.h"

#include <assert.h>
#include <math.h>

static void put_number(JsonBuilder *b, const char *key, double value, const char *unit)
{
    char number[SHARE_NUMBER_BYTES];
    g_autofree char *text = g_strdup_printf("%s %s", share_row_number(number, value, 1), unit);
    json_put_text(b, key, text);
}

static void put_row(JsonBuilder *b, const struct decision_impact_row *r, const char *id, guint index)
{
    assert(!r->film->compared || (r->film->shift >= 0 && r->film->shift <= 1));
    json_builder_begin_object(b);
    json_put_int(b, "index", index);
    json_put_int(b, "number", index + 1);
    json_put_text(b, "title", r->title);
    json_put_text(b, "id", id);
    if (r->film->compared)
        put_number(b, "shift", r->film->shift * 100, "%");
    if (isfinite(r->film->measured))
        put_number(b, "measured", r->film->measured * 100, r->film->uniform ? "% *" : "%");
    put_number(b, "own_film", (double)r->film->exclusive_us / 1e6, "s");
    if (isfinite(r->median.value))
        put_number(b, "half_within", r->median.value / 1000, "s");
    else
        json_put_text(b, "half_within", r->enough ? "not reached" : SHARE_TOO_FEW);
    json_put_int(b, "asked", r->exposures);
    json_put_text(b, "verdict", r->film->verdict);
    json_builder_end_object(b);
}

void impact_section_put(JsonBuilder *b, const struct film_section *s)
{
    const GArray *rows = decision_impact_rows(s->impact, s->film_index);
    if (!rows)
        return;
    g_autofree char *id = g_strdup_printf("consequence-%u", s->film_index);
    json_put_object(b, "impact");
    json_put_text(b, "id", id);
    json_put_text(b, "measured_note", decision_impact_measured(s->impact));
    json_put_array(b, "rows");
    for (guint i = 0; i < rows->len; i++) {
        const struct decision_impact_row *r = &g_array_index(rows, struct decision_impact_row, i);
        put_row(b, r, ((const struct survey_decision *)s->film->decisions->pdata[r->decision])->name, i);
    }
    json_builder_end_array(b);
    if (decision_impact_changed(s->impact) > 0)
        json_put_int(b, "left_out", decision_impact_changed(s->impact));
    json_builder_end_object(b);
}
