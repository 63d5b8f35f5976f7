/*
 * page_html: the pieces that the HTML report is made of: text, rows with a bar and its interval, the curve of a decision.
 *
 * Pure: appends to a string. Whatever a story says goes through html_text() and is text. Numbers are written the same in
 * every locale. Figures carry the places of their counts (report/count_layout.h) as data-… attributes, so that a script can find
 * them. One thread.
 */
#pragma once

#include "report/count_layout.h"

#include <glib.h>

struct html {
    GString *out;
    const int64_t *x; /* counts, by place */
    int64_t floor;    /* below, a share is too few to say */
};

/* Escaped for text and for attributes in double quotes. */
void html_text(GString *out, const char *text);

/* printf into the page; the arguments are not escaped. */
void html_put(GString *out, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

/* A number with `digits` decimals and a point, whatever the locale. Returns the buffer, of 32 bytes. */
const char *html_number(char *buffer, double value, int digits);

/* <table> with a caption and heads, which ends in "…</thead><tbody>"; heads are `n` plain texts. Then rows, then: */
void html_table(GString *out, const char *name, const char *caption, const char *const *heads, int n);
void html_table_end(GString *out);
/* One whose rows are shares: the first head is `what`; `more` is a further one, or NULL. */
void html_share_table(GString *out, const char *name, const char *caption, const char *what, const char *more);

/* A row: `label`, a bar with a whisker, share, interval, "k of n"; of the counts at places k and n. */
void html_share(const struct html *h, const char *label, guint k, guint n);
/* One that stands there only where k is not 0. */
void html_share_if_any(const struct html *h, const char *label, guint k, guint n);
/* One of another kind, in a table with options. */
void html_share_other(const struct html *h, const char *label, guint k, guint n);
/* An option's, with the time by which half of its picks had happened; counts from `option`. */
void html_option(const struct html *h, const char *label, guint option);

/* The same of two counts that stay what they are. */
void html_share_fixed(const struct html *h, const char *label, int64_t k, int64_t n);

/* Two shares and the interval of their difference; a and b are the places of k, n follows. */
void html_difference(const struct html *h, const char *label, guint a, guint b);

/* A cell with the mean of a sum in µs at `sum`, over the count at `n`, in seconds. */
void html_seconds(const struct html *h, guint sum, guint n);

/* A cell or span with one count. `element`: "td", "span", "strong". */
void html_count(const struct html *h, const char *element, guint at);

/* A folded table of what a figure shows; paper has the figure alone. Then rows, then html_folded_end(). */
void html_folded(GString *out, const char *name, const char *caption, const char *const *heads, int n, bool hidden);
void html_folded_end(GString *out);

/*
 * A decision's figure: who is still undecided after how long (Kaplan-Meier, with its interval), and a table of it; counts
 * from `decision`. `label` is its title, `name` what the table is called.
 */
void html_curve(const struct html *h, const char *label, const char *name, guint decision);
