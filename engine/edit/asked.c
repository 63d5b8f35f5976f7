#include "edit/asked.h"

#include "base/json.h"

gsize asked_offset(const struct asked *a)
{
    JsonObject *p = json_get_object(a->params, "position");
    const gint64 line = json_get_int(p, "line", 0), unit = json_get_int(p, "character", 0);
    return text_map_offset(
        a->d->map, (struct text_place){(guint32)CLAMP(line, 0, G_MAXINT32), (guint32)CLAMP(unit, 0, G_MAXINT32)});
}

JsonNode *asked_refuse(struct asked *a, char *why)
{
    a->code = RPC_REQUEST_FAILED;
    a->error = why;
    return NULL;
}
