#include "present/screen_log.h"

#include "base/json.h"
#include "present/credits.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

struct screen_log {
    int fd;
    char *last; /* NULL: nothing was written yet */
};

struct screen_log *screen_log_open(void)
{
    const char *path = g_getenv("FRUMIOUS_SCREEN_LOG");
    const int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd < 0)
        return NULL;
    struct screen_log *l = g_new0(struct screen_log, 1);
    l->fd = fd;
    return l;
}

void screen_log_close(struct screen_log *l)
{
    if (!l)
        return;
    close(l->fd);
    g_free(l->last);
    g_free(l);
}

static void put_rect(JsonBuilder *b, const char *key, struct rect r)
{
    if (rect_empty(r))
        return;
    json_put_array(b, key);
    json_builder_add_int_value(b, r.x);
    json_builder_add_int_value(b, r.y);
    json_builder_add_int_value(b, r.w);
    json_builder_add_int_value(b, r.h);
    json_builder_end_array(b);
}

static void put_page(JsonBuilder *b, const struct view_page *p, const struct layout_page *l)
{
    json_put_object(b, "page");
    json_put_text(b, "title", p->title);
    json_put_text(b, "text", p->text);
    json_put_array(b, "items");
    for (int i = 0; i < MIN(p->count, l->count); i++) {
        json_builder_begin_object(b);
        json_put_text(b, "text", p->items[i].text);
        json_put_text(b, "value", p->items[i].value);
        json_put_text(b, "note", p->items[i].note);
        json_put_bool(b, "focus", i == p->focus);
        put_rect(b, "row", l->item[i].row);
        put_rect(b, "less", l->item[i].less);
        put_rect(b, "more", l->item[i].more);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void put_panel(JsonBuilder *b, const struct view_panel *p, const struct layout_panel *l)
{
    static const char *const phases[] = {
        [VIEW_IN] = "in", [VIEW_OPEN] = "open", [VIEW_CLOSED] = "closed", [VIEW_OUT] = "out"};
    json_put_object(b, "panel");
    json_put_text(b, "phase", phases[p->phase]);
    json_put_text(b, "prompt", p->prompt);
    json_put_text(b, "code", p->code);
    json_put_array(b, "options");
    for (int i = 0; i < MIN(p->count, l->count); i++) {
        json_builder_begin_object(b);
        json_put_text(b, "text", p->options[i].text);
        json_put_bool(b, "locked", p->options[i].locked);
        json_put_bool(b, "focus", i == p->focus);
        json_put_bool(b, "taken", i == p->taken || i == p->selected);
        json_put_bool(b, "tried", i + 1 == p->tried);
        put_rect(b, "row", l->option[i].cell);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
}

static void write_line(int fd, const GString *line)
{
    for (gsize at = 0; at < line->len;) {
        const ssize_t n = write(fd, line->str + at, line->len - at);
        if (n < 0 && errno != EINTR)
            return;
        at += n > 0 ? (gsize)n : 0;
    }
}

void screen_log_view(struct screen_log *l, const struct view *v, const struct screen_places *places)
{
    if (!l)
        return;
    g_autoptr(JsonBuilder) b = json_builder_new();
    g_autoptr(GString) now = g_string_new(NULL);
    json_builder_begin_object(b);
    json_put_int(b, "width", places->w);
    json_put_int(b, "height", places->h);
    json_put_bool(b, "paused", v->paused);
    json_put_bool(b, "credits", credits_are_in(v));
    json_put_text(b, "notice", v->notice);
    if (v->page)
        put_page(b, v->page, places->page);
    if (v->panel.phase != VIEW_HIDDEN)
        put_panel(b, &v->panel, places->panel);
    put_rect(b, "link", places->link);
    put_rect(b, "skip", places->skip);
    put_rect(b, "bar", places->bar);
    json_builder_end_object(b);
    json_put_document(b, false, now);
    if (g_strcmp0(l->last, now->str) == 0)
        return;
    write_line(l->fd, now);
    g_free(l->last);
    l->last = g_string_free(g_steal_pointer(&now), FALSE);
}
