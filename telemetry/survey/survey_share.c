#include "telemetry/survey/survey_share.h"

#include "base/safe.h"

#include <math.h>

void survey_share_text(GString *out, struct survey_ratio r, int64_t floor)
{
    const struct stats_interval w = stats_wilson(r.k, r.n, STATS_Z95);
    char share[16], low[16], high[16];
    if (survey_is_enough(r.n, floor))
        safe_printf(out, "%6s %%  %5s to %5s  ",
                    g_ascii_formatd(share, sizeof share, "%.1f", stats_share(r.k, r.n) * 100),
                    g_ascii_formatd(low, sizeof low, "%.1f", w.low * 100),
                    g_ascii_formatd(high, sizeof high, "%.1f", w.high * 100));
    else
        g_string_append(out, "too few to say          ");
    safe_printf(out, "%" G_GINT64_FORMAT " of %" G_GINT64_FORMAT, r.k, r.n);
}

void survey_share_json(JsonBuilder *b, struct survey_ratio r, int64_t floor)
{
    const struct stats_interval w = stats_wilson(r.k, r.n, STATS_Z95);
    const bool enough = survey_is_enough(r.n, floor);
    json_put_int(b, "k", r.k);
    json_put_int(b, "n", r.n);
    json_put_rounded(b, "share", stats_share(r.k, r.n), enough);
    json_put_rounded(b, "low", w.low, enough);
    json_put_rounded(b, "high", w.high, enough);
}

void survey_share_csv(GString *out, struct survey_ratio r, int64_t floor)
{
    const struct stats_interval w = stats_wilson(r.k, r.n, STATS_Z95);
    const bool enough = survey_is_enough(r.n, floor);
    survey_share_csv_number(out, enough ? stats_share(r.k, r.n) : NAN);
    survey_share_csv_number(out, enough ? w.low : NAN);
    survey_share_csv_number(out, enough ? w.high : NAN);
}

void survey_share_csv_number(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append_c(out, ',');
    if (isfinite(value))
        g_string_append(out, g_ascii_formatd(text, sizeof text, "%.6f", value)); /* a number of ours: made safe */
}
