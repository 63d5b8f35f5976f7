#include "player/privacy_page.h"

#include "base/interrupt.h"
#include "base/words.h"
#include "telemetry/dictionary.h"
#include "telemetry/read/export.h"
#include "telemetry/read/show.h"

#include <assert.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define FLUSH_US (2 * US_PER_SECOND)
#define ERASE_US (20 * US_PER_SECOND)
#define WAIT_US  (INT64_C(15) * US_PER_MS)
/* A line of show_viewing() with at least this indentation is part of an offer, below the event that it belongs to. */
#define DEEP 11

enum { EXPORT, ERASE, CLOSE };

struct privacy_page {
    const struct privacy_page_options *o;
    GArray *lines; /* struct view_line; owns the texts */
    struct view_sheet sheet;
    char *said; /* what the latest button did, or NULL */
    bool erased;
};

/* ---- the text ---------------------------------------------------------------------------------------------------- */

static void clear_line(void *line)
{
    g_free((char *)((struct view_line *)line)->text);
}

static void add_page_line(struct privacy_page *r, enum view_ink ink, int indent, char *text)
{
    const struct view_line line = {text, ink, indent};
    g_array_append_val(r->lines, line);
}

/* In the viewer's language. */
static const char *translated(const struct privacy_page *r, const char *english) G_GNUC_FORMAT(2);
static const char *translated(const struct privacy_page *r, const char *english)
{
    return words_in(hud_language(controls_hud(r->o->controls)), english);
}

static void add_words(struct privacy_page *r, enum view_ink ink, const char *english)
{
    add_page_line(r, ink, 0, g_strdup(translated(r, english)));
}

/* Lines for a terminal become lines of the page: leading blanks become steps of indentation. */
static void add_shown(struct privacy_page *r, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (int i = 0; lines[i]; i++) {
        const size_t blanks = strspn(lines[i], " ");
        const bool inside = blanks >= DEEP;
        add_page_line(r,
                      i == 0   ? VIEW_INK_HEAD
                      : inside ? VIEW_INK_QUIET
                               : VIEW_INK_TEXT,
                      inside ? 2 + (blanks > DEEP + 2) : blanks > 0, g_strdup(lines[i] + blanks));
    }
}

/* The registry's texts begin in lower case; this makes sentences of them. */
static char *registry_sentence(const char *what, const char *why)
{
    const char *rest = g_utf8_next_char(what);
    char first[8] = "";
    g_unichar_to_utf8(g_unichar_toupper(g_utf8_get_char(what)), first);
    return g_strdup_printf("%s%s. %s", first, rest, why);
}

/* Every kind of event, what it tells, and why it is kept; not how tables hold it. */
static void add_registry(struct privacy_page *r)
{
    const struct dictionary_entry *table, *e;
    const char *kept = dictionary_retention(dictionary_find("viewing", NULL));
    add_words(r, VIEW_INK_HEAD, "What is kept, and why");
    add_page_line(
        r, VIEW_INK_TEXT, 0,
        g_strdup_printf(
            translated(r, "That is all: nothing about you or your machine, and nothing is sent. All of it is kept %s."),
            translated(r, kept)));
    for (size_t t = 0; (table = dictionary_at(t)) && !table->column; t++) {
        if (!table->event && strcmp(table->table, "viewing") != 0)
            continue;
        add_words(r, VIEW_INK_TEXT, "");
        add_page_line(r, VIEW_INK_TEXT, 0,
                      g_strdup_printf("%s %s", translated(r, table->what), translated(r, table->why)));
        for (size_t i = 0; (e = dictionary_at(i)); i++)
            if (e->column && strcmp(e->table, table->table) == 0)
                add_page_line(r, VIEW_INK_QUIET, 1, registry_sentence(translated(r, e->what), translated(r, e->why)));
    }
}

static struct store *open_viewing_store(const struct privacy_page *r, GError **error)
{
    const struct store_options so = {.path = r->o->store, .read_only = true, .follow = true, .quick = true};
    return store_open(&so, error);
}

static void add_viewing_rows(struct privacy_page *r)
{
    char id[TEL_ID_SIZE];
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    writer_flush(r->o->writer, FLUSH_US);
    recorder_viewing(r->o->recorder, id);
    struct store *s = open_viewing_store(r, &error);
    if (s && show_viewing(s, id, hud_language(controls_hud(r->o->controls)), text, &error)) {
        add_page_line(
            r, VIEW_INK_TEXT, 0,
            g_strdup_printf(translated(r, "Of this viewing, in %s. It is on this machine only and never sent."),
                            s->path));
        add_words(r, VIEW_INK_TEXT, "");
        add_shown(r, text->str);
    } else if (g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND))
        add_words(r, VIEW_INK_TEXT, "Nothing is recorded of this viewing.");
    else
        add_page_line(r, VIEW_INK_TEXT, 0, g_strdup_printf(translated(r, "It can't be read: %s"), error->message));
    store_close(s);
}

static void fill_page(struct privacy_page *r)
{
    g_array_set_size(r->lines, 0);
    if (r->said) {
        add_page_line(r, VIEW_INK_HEAD, 0, g_strdup(r->said));
        add_words(r, VIEW_INK_TEXT, "");
    }
    if (r->o->off)
        add_words(r, VIEW_INK_TEXT, "Nothing: recording is off.");
    else
        add_viewing_rows(r);
    add_words(r, VIEW_INK_TEXT, "");
    add_registry(r);
    r->sheet.lines = (const struct view_line *)(void *)r->lines->data;
    r->sheet.count = (int)r->lines->len;
    r->sheet.first = 0;
}

static void show_result(struct privacy_page *r, char *text)
{
    g_free(r->said);
    r->said = text;
    fill_page(r);
}

/* ---- the buttons ------------------------------------------------------------------------------------------------- */

static bool write_line(const char *text, void *stream)
{
    return g_output_stream_write_all(stream, text, strlen(text), NULL, NULL, NULL);
}

/* Writes a file of JSON Lines into the viewer's documents, never over one that exists. */
static void export_viewing(struct privacy_page *r)
{
    char id[TEL_ID_SIZE];
    g_autoptr(GError) error = NULL;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *name = g_date_time_format(now, "frumious-viewing-%Y%m%d-%H%M%S.jsonl");
    const char *documents = g_get_user_special_dir(G_USER_DIRECTORY_DOCUMENTS);
    g_autofree char *path = g_build_filename(documents ? documents : g_get_home_dir(), name, NULL);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    recorder_viewing(r->o->recorder, id);
    const struct read_filter which = {.viewing = id};
    struct store *s = open_viewing_store(r, &error);
    g_autoptr(GFileOutputStream) out = s ? g_file_create(file, G_FILE_CREATE_PRIVATE, NULL, &error) : NULL;
    if (out)
        g_chmod(path, 0600); /* an odd umask must not take it from its owner */
    const bool done = out && export_viewings(s, &which, EXPORT_JSONL, write_line, out, &error) &&
                      g_output_stream_close(G_OUTPUT_STREAM(out), NULL, &error);
    if (out && !done)
        g_file_delete(file, NULL, NULL);
    store_close(s);
    show_result(r, done ? g_strdup_printf(translated(r, "Exported to %s"), path)
                        : g_strdup_printf(translated(r, "It could not be exported: %s"),
                                          error ? error->message : translated(r, "the file can't be written")));
}

static void draw_page(struct privacy_page *r)
{
    struct view v = {0};
    struct window *w = r->o->window;
    r->o->picture(r->o->user, &v);
    controls_look(r->o->controls, &v);
    v.sheet = &r->sheet;
    if (window_draw(w, &v))
        window_flip(w);
    controls_shown(r->o->controls, true, g_get_monotonic_time());
    r->sheet.first = MIN(r->sheet.first, window_sheet_last(w));
}

/* Asks, then erases and waits until the store confirms it. */
static void erase_viewing(struct privacy_page *r)
{
    const char *const buttons[] = {translated(r, "Keep it"), translated(r, "Erase")};
    const int64_t until_us = g_get_monotonic_time() + ERASE_US;
    hud_ask(controls_hud(r->o->controls), translated(r, "Erase"),
            translated(r, "Erase what is recorded of this viewing, for good? The film goes on, and nothing "
                          "more of it is recorded."),
            buttons, 2, g_get_monotonic_time());
    if (controls_dialog(r->o->controls) != 1)
        return;
    r->erased = true;
    recorder_stop(r->o->recorder);
    viewing_eraser_begin(r->o->eraser);
    while (viewing_eraser_pending(r->o->eraser) && g_get_monotonic_time() < until_us && !interrupt_requested()) {
        viewing_eraser_poll(r->o->eraser);
        g_usleep(WAIT_US);
    }
    show_result(
        r, g_strdup(translated(r, viewing_eraser_poll(r->o->eraser)
                                      ? WORDS("It is not erased yet: another program is reading it. Erasing is tried "
                                              "again until the film ends.")
                                      : WORDS("Erased. The store confirms that nothing of this viewing is left."))));
}

static void press_button(struct privacy_page *r, int button, bool *open)
{
    const bool nothing = r->o->off || r->erased;
    if (button == CLOSE)
        *open = false;
    else if (nothing)
        show_result(r, g_strdup(translated(r, "There is nothing to export or erase.")));
    else if (button == EXPORT)
        export_viewing(r);
    else
        erase_viewing(r);
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static_assert(G_N_ELEMENTS(((struct view_sheet *)NULL)->buttons) > CLOSE, "the sheet has room for every button");

static bool privacy_page_check(const struct privacy_page *r)
{
    assert(r->sheet.focus >= 0 && r->sheet.focus < r->sheet.button_count);
    assert(r->sheet.count == (int)r->lines->len && r->sheet.first >= 0 && r->sheet.first < MAX(r->sheet.count, 1));
    return true;
}

static void scroll_page(struct privacy_page *r, int lines)
{
    r->sheet.first = CLAMP(r->sheet.first + lines, 0, r->sheet.count - 1);
}

/* The button that this event presses, -1: none. */
static int handle_event(struct privacy_page *r, const struct input_event *ev, bool *open)
{
    assert(privacy_page_check(r));
    const struct window_hit hit = window_hit_at(r->o->window, ev->x, ev->y);
    struct view_sheet *s = &r->sheet;
    switch (ev->action) {
    case INPUT_FOCUS_ROW:
    case INPUT_SCROLL:
        scroll_page(r, ev->value);
        return -1;
    case INPUT_FOCUS:
        s->focus = (s->focus + ev->value + s->button_count) % s->button_count;
        return -1;
    case INPUT_MOVE:
        s->focus = hit.kind == WINDOW_HIT_BUTTON ? hit.index : s->focus;
        return -1;
    case INPUT_CLICK:
        return controls_press(r->o->controls, ev) && hit.kind == WINDOW_HIT_BUTTON ? hit.index : -1;
    case INPUT_CHOOSE:
        return controls_press(r->o->controls, ev) ? s->focus : -1;
    case INPUT_QUIT:
        controls_quit(r->o->controls);
        *open = false;
        return -1;
    case INPUT_REDRAW:
        window_expose(r->o->window);
        return -1;
    case INPUT_FULLSCREEN:
        window_set_fullscreen(r->o->window, !window_fullscreen(r->o->window));
        return -1;
    case INPUT_BACK:
    case INPUT_MENU:
    case INPUT_PRIVACY_PAGE:
        *open = false;
        return -1;
    default:
        return -1;
    }
}

bool privacy_page_show(const struct privacy_page_options *o)
{
    struct privacy_page r = {.o = o,
                             .lines = g_array_new(FALSE, FALSE, sizeof(struct view_line)),
                             .sheet = {.button_count = 3, .focus = CLOSE}};
    bool open = true;
    r.sheet.title = translated(&r, "What was recorded");
    r.sheet.buttons[EXPORT] = translated(&r, "Export");
    r.sheet.buttons[ERASE] = translated(&r, "Erase");
    r.sheet.buttons[CLOSE] = translated(&r, "Close");
    g_array_set_clear_func(r.lines, clear_line);
    fill_page(&r);
    controls_question_closed(o->controls); /* the film's, behind the page */
    while (open && !controls_has_quit(o->controls) && !interrupt_requested()) {
        struct input_event ev;
        draw_page(&r);
        input_wait(o->input, window_rest_us(o->window));
        while (open && input_poll(o->input, INPUT_DIALOG, &ev)) {
            const int button = handle_event(&r, &ev, &open);
            if (button >= 0)
                press_button(&r, button, &open);
        }
    }
    controls_question_closed(o->controls);
    g_array_unref(r.lines);
    g_free(r.said);
    return r.erased;
}
