/* The layout of `fmt`, as one edit of what it changes. */

#include "base/json.h"
#include "edit/asked.h"
#include "edit/lsp_place.h"
#include "story/yaml_layout.h"

#include <string.h>

/* Backwards to where a character begins. */
static gsize char_begin(const char *text, gsize at)
{
    while (at > 0 && ((guchar)text[at] & 0xC0) == 0x80)
        at--;
    return at;
}

static JsonNode *edit_of(const struct document *d, const char *old, gsize len, const char *laid_out)
{
    const gsize new_len = strlen(laid_out);
    gsize same = 0, same_end = 0;
    while (same < len && same < new_len && old[same] == laid_out[same])
        same++;
    same = char_begin(old, MIN(same, len));
    while (same_end < len - same && same_end < new_len - same &&
           old[len - 1 - same_end] == laid_out[new_len - 1 - same_end])
        same_end++;
    while (same_end > 0 && ((guchar)old[len - same_end] & 0xC0) == 0x80)
        same_end--;
    g_autofree char *text = g_strndup(laid_out + same, new_len - same_end - same);
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_array(b);
    if (len != new_len || same < len) {
        json_builder_begin_object(b);
        lsp_put_range(b, "range", d->map, same, len - same_end);
        json_put_text(b, "newText", text);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    return json_builder_get_root(b);
}

JsonNode *answer_layout(struct asked *a)
{
    gsize len;
    g_autoptr(GError) error = NULL;
    if (!a->d || !a->d->film)
        return NULL;
    const char *text = document_text(a->d, &len);
    g_autofree char *laid_out = yaml_layout(text, len, &error);
    return laid_out ? edit_of(a->d, text, len, laid_out) : asked_refuse(a, g_strdup(error->message));
}
