#include "edit/asked.h"

#include "base/json.h"
#include "edit/lsp_place.h"

gsize asked_offset(const struct asked *a)
{
    struct text_place place;
    lsp_get_place(json_get_object(a->params, "position"), &place);
    return text_map_offset(a->d->map, place);
}

bool asked_fits(const char *query, gsize n, const char *text)
{
    const char *const end = query + n;
    for (const char *p = text; *p && query < end; p = g_utf8_next_char(p))
        if (g_unichar_tolower(g_utf8_get_char(p)) == g_unichar_tolower(g_utf8_get_char(query)))
            query = g_utf8_next_char(query);
    return query == end;
}

JsonNode *asked_refuse(struct asked *a, char *why)
{
    a->code = RPC_REQUEST_FAILED;
    a->error = why;
    return NULL;
}
