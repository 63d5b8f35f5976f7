#include "explore/graphviz.h"

#include <assert.h>
#include <graphviz/gvc.h>

void graphviz_wrap(GString *out, const char *text, glong chars, int lines)
{
    assert(chars > 1 && lines > 0);
    g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
    glong width = 0;
    int line = 1;
    for (int i = 0; words[i]; i++) {
        const glong n = g_utf8_strlen(words[i], -1);
        if (n == 0)
            continue;
        if (width > 0 && width + 1 + n > chars) {
            if (line++ == lines) {
                g_string_append(out, " …");
                return;
            }
            g_string_append_c(out, '\n');
            width = 0;
        } else if (width > 0) {
            g_string_append_c(out, ' ');
            width++;
        }
        if (n > chars) {
            const char *end = g_utf8_offset_to_pointer(words[i], chars - 1);
            g_string_append_len(out, words[i], end - words[i]);
            g_string_append(out, "…");
        } else
            g_string_append(out, words[i]);
        width += MIN(n, chars);
    }
}

/* Graphviz complains about fonts wider than it expected and the like; none of it matters to the user. */
static int ignore_message(char *message)
{
    (void)message;
    return 0;
}

/* One for the whole process, never freed: Graphviz 2.43 keeps the name of the latest font beyond the context it came from, and
 * reads it when the next context measures a text. */
static GVC_t *context(void)
{
    static GVC_t *only;
    if (!only) {
        only = gvContext();
        agseterrf(ignore_message);
    }
    return only;
}

bool graphviz_svg(const char *dot, GString *out, GError **error)
{
    char *svg = NULL;
    unsigned length = 0;
    GVC_t *gvc = context();
    Agraph_t *g = gvc ? agmemread(dot) : NULL;
    bool good = g && gvLayout(gvc, g, "dot") == 0;
    if (good) {
        good = gvRenderData(gvc, g, "svg", &svg, &length) == 0 && svg;
        gvFreeLayout(gvc, g);
    }
    if (good)
        g_string_append_len(out, svg, length);
    else
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "Graphviz can't lay it out");
    gvFreeRenderData(svg);
    if (g)
        agclose(g);
    return good;
}
