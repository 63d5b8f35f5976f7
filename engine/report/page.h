/*
 * page: the report as one HTML page that needs nothing but itself.
 *
 * Every figure and table is written here and can be read without a script, printed and mailed; what a story says is
 * text, whatever it contains. The page asks the network for nothing and forbids itself to. Where the script was there
 * when the program was built (base/embedded.h), the page carries it, and it makes more of what stands there: filters,
 * a graph to walk through, flows.
 *
 * One that is served to a browser (report --watch) differs in one thing: it asks its server whether it is out of date.
 *
 * One thread. Lays a graph out (explore/traffic.h), which is what takes the time.
 */
#pragma once

#include "report/count_cube.h"
#include "report/decision_impact.h"
#include "telemetry/survey/survey.h"

#include <glib.h>

/* Appends the whole page. `r`: what was asked for; `c`: everybody, of the same stores and options; `w`: what the
 * decisions change, or NULL: not known. `tag`: NULL for a file; else the page is served (report/page_server.h), asks for "/tag" of
 * where it came from and for nothing else, and loads itself anew when it gets another answer than this. */
void page_write(const struct survey *r, const struct count_cube *c, const struct decision_impact *w, const char *tag,
                GString *out);
