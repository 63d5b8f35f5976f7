/*
 * page: the report as one HTML page that needs nothing but itself.
 *
 * What the page looks like stands in web/: templates, style sheet, script. Here its values are put together and the
 * templates filled. Every table is written here and can be read without a script, printed and mailed. Charts are
 * drawn by the page's script, from counts that the page carries, and so are its filters; where the script could not
 * be bundled when the program was built, the page is one of tables and the graph. What a story says is text, whatever
 * it contains. The page asks the network for nothing and forbids itself to.
 *
 * A page that is served to a browser (report --watch) differs in one thing: it asks its server whether it is out of
 * date.
 *
 * One thread. Laying the graph out (explore/traffic.h) takes most of the time.
 */
#pragma once

#include "report/count_cube.h"
#include "report/decision_impact.h"
#include "telemetry/survey/survey.h"

#include <glib.h>

/*
 * Appends the whole page. `survey`: what was asked for; `cube`: everybody's viewings, of the same stores and options;
 * `impact`: what the decisions change, or NULL: not known. `tag`: NULL for a file; else the page is served
 * (report/page_server.h): every two seconds it asks for "/tag" where it came from, and for nothing else, and loads
 * itself anew when the answer is another than this.
 */
void page_write(const struct survey *survey, const struct count_cube *cube, const struct decision_impact *impact,
                const char *tag, GString *out);
