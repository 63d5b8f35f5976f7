#include "telemetry/store/note.h"

#include "base/embedded.h"
#include "telemetry/store/query.h"

#include <assert.h>
#include <string.h>

#define DAYS_MAX 3000000 /* on either side of 1970: the years that every calendar here knows */

static const char *note_sql(const char *name)
{
    return embedded_part("telemetry/store/note.sql", name);
}

bool note_add(struct store *s, const struct note *n, GError **error)
{
    assert(n->story && n->text[0] && strlen(n->text) <= NOTE_TEXT_MAX);
    struct query q = query_begin(s, note_sql("add"), "cannot be written");
    query_bind(&q, n->day);
    query_bind_text(&q, n->story);
    query_bind_text(&q, n->text);
    return query_run(&q, error);
}

bool note_remove(struct store *s, int64_t id, bool *found, GError **error)
{
    struct query q = query_begin(s, note_sql("remove"), "cannot be written");
    query_bind(&q, id);
    *found = query_next(&q);
    return query_run(&q, error);
}

static void free_note(void *data)
{
    struct note *n = data;
    g_free(n->story);
    g_free(n->text);
    g_free(n);
}

GPtrArray *notes_new(void)
{
    return g_ptr_array_new_with_free_func(free_note);
}

static int compare_notes(const void *a, const void *b)
{
    const struct note *p = *(struct note *const *)a, *q = *(struct note *const *)b;
    if (p->day != q->day)
        return p->day < q->day ? -1 : 1;
    const int story = strcmp(p->story, q->story);
    return story != 0 ? story : strcmp(p->text, q->text);
}

void notes_sort(GPtrArray *notes)
{
    g_ptr_array_sort(notes, compare_notes);
}

static bool has_note(const GPtrArray *notes, const struct note *n)
{
    for (guint i = 0; i < notes->len; i++)
        if (compare_notes(&notes->pdata[i], &n) == 0)
            return true;
    return false;
}

bool notes_read(struct store *s, GPtrArray *notes, GError **error)
{
    struct query q = query_begin(s, note_sql("read"), "cannot be read");
    while (query_next(&q)) {
        struct note *n = g_new0(struct note, 1);
        *n = (struct note){query_number(&q, 0), (int32_t)query_number_in(&q, 1, -DAYS_MAX, DAYS_MAX, 0),
                           query_copy_name(&q, 2), query_copy_name(&q, 3)};
        if (has_note(notes, n))
            free_note(n);
        else
            g_ptr_array_add(notes, n);
    }
    return query_end(&q, error);
}

bool note_is_about(const struct note *n, const char *story)
{
    return n->story[0] == '\0' || strcmp(n->story, story) == 0;
}
