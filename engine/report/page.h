/*
 * page: the report as one HTML page that needs nothing but itself.
 *
 * What the page looks like stands in web/: templates, a style sheet and a script. This module puts the values together
 * and fills the templates. All tables are written here, so they can be read without a script, printed and mailed. The
 * script draws the charts and works the filters, from counts that the page carries. If it could not be bundled when the
 * program was built, the page has tables and the graph only. Whatever a story says is text. The page loads nothing from
 * the network, and its policy forbids it to.
 *
 * A page that is served to a browser (report --watch) differs in one thing: it asks its server whether it is out of
 * date.
 *
 * One thread. Most of the time goes into laying out the graph (explore/traffic.h).
 */
#pragma once

#include "report/decision_impact.h"
#include "report/film_stills.h"
#include "telemetry/count/count_cube.h"
#include "telemetry/survey/survey.h"
#include "telemetry/survey/viewers.h"

#include <glib.h>

/* What a page is made from. Everything is borrowed; both surveys are slices of the cube. */
struct page_source {
    const struct survey *survey;          /* what was asked for */
    const struct survey *everybody;       /* all viewings: the page shows all of their things, and can filter them */
    const struct count_cube *cube;        /* loaded with COUNT_APART_DAYS */
    const struct decision_impact *impact; /* what the decisions change, or NULL if that is not known */
    const struct film_stills *stills;     /* pictures of one film, or NULL, and */
    const char *stills_lack;              /* a sentence that says why, or how to have them */
    const struct viewers *viewers;        /* of all films, or NULL, and */
    const char *viewers_lack;             /* a sentence that says why, or how to have them */
    const GPtrArray *trials; /* struct trial *: the stores' experiments; NULL: there are too many viewings */
    const GPtrArray *notes;  /* struct note *, in order: what the producer noted of days */
};

/*
 * Appends the whole page. `tag`: NULL for a page that is a file; for one that is served (page_server.h) the server's
 * present tag: every two seconds the page asks its server for "/tag", and loads itself anew when the answer differs.
 */
void page_write(const struct page_source *source, const char *tag, GString *out);
