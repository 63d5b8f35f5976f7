#include "report/page_head.h"

#include "base/embedded.h"
#include "base/json.h"

const char *page_head_template(const char *name)
{
    g_autofree char *file = g_strdup_printf("engine/report/web/%s.html", name);
    return embedded_file(file)->text;
}

void page_head_put(JsonBuilder *b, const char *title)
{
    json_put_text(b, "page_title", title);
    json_put_text(b, "style", embedded_file("engine/report/web/page.css")->text);
}
