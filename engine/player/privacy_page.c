#include "player/privacy_page.h"

#include "base/interrupt.h"
#include "base/words.h"
#include "player/privacy_words.h"
#include "player/sharing.h"
#include "telemetry/dictionary.h"
#include "telemetry/keep/erase.h"
#include "telemetry/keep/retention.h"
#include "telemetry/read/export.h"

#include <assert.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define FLUSH_US (2 * US_PER_SECOND)
#define ERASE_US (20 * US_PER_SECOND)
#define WAIT_US  (INT64_C(15) * US_PER_MS)
#define ERASE_MS 2000 /* for other programs that read */
/* So many lines are on a page; the rest is on the next ones. */
#define LINES_MAX (VIEW_ITEMS_MAX - 9)

enum privacy_place { PLACE_DECISIONS, PLACE_EVERYTHING, PLACE_REASONS };

enum privacy_item { EARLIER = 1, LATER, REASONS, EVERYTHING, EXPORT, ERASE, SHARE, BACK, LINES };

struct privacy_page {
    const struct privacy_page_options *o;
    struct page *page;
    enum privacy_place place;
    GPtrArray *lines; /* struct privacy_line *, of the place */
    int first;        /* the first of them that is shown */
    char *text;       /* what stands below the title */
    char *shared;     /* whether it is shared, or NULL */
    enum sharing_answer sharing;
    char *said; /* what the latest button did, instead of that; or NULL */
    bool there; /* something is recorded */
    bool erased, open;
};

/* In the viewer's language. */
static const char *translated(const struct privacy_page *r, const char *english) G_GNUC_FORMAT(2);
static const char *translated(const struct privacy_page *r, const char *english)
{
    return controls_words(r->o->pages->controls, english);
}

static const char *language(const struct privacy_page *r)
{
    return controls_language(r->o->pages->controls);
}

/* Is it about all viewings of a viewer? */
static bool of_all(const struct privacy_page *r)
{
    return r->o->recorder == NULL;
}

/* Which viewings it is about; `id` holds the name of the one that plays. */
static struct read_filter which_viewings(const struct privacy_page *r, char id[TEL_ID_SIZE])
{
    if (of_all(r))
        return (struct read_filter){.viewer = r->o->viewer};
    recorder_viewing(r->o->recorder, id);
    return (struct read_filter){.viewing = id};
}

/* ---- what is read ------------------------------------------------------------------------------------------------ */

static struct store *open_viewing_store(const struct privacy_page *r, GError **error)
{
    const struct store_options so = {.path = r->o->store, .read_only = true, .follow = true, .quick = true};
    return store_open(&so, error);
}

static void read_decisions(struct privacy_page *r, struct store *s, const char *id, GError **error)
{
    struct read_viewing *v = read_viewing(s, id, error);
    if (!v)
        return;
    r->lines = privacy_words_decisions(v, language(r));
    r->text = privacy_words_summary(v, MAX(v->summary.watched_us, r->o->watched_us), language(r));
    read_viewing_free(v);
}

static void read_all(struct privacy_page *r, GError **error)
{
    const struct read_filter which = {.viewer = r->o->viewer};
    struct store *s = open_viewing_store(r, error);
    g_autoptr(GArray) all = s ? read_matching_ids(s, &which, error) : NULL;
    r->lines = all ? privacy_words_viewings(s, all, language(r), error) : NULL;
    if (r->lines)
        r->text =
            g_strdup(translated(r, "What you have watched, on this machine, the latest first. It is not sent unless "
                                   "you share it."));
    store_close(s);
}

static void read_record(struct privacy_page *r, GError **error)
{
    char id[TEL_ID_SIZE];
    writer_flush(r->o->writer, FLUSH_US);
    recorder_viewing(r->o->recorder, id);
    struct store *s = open_viewing_store(r, error);
    if (s && r->place == PLACE_DECISIONS)
        read_decisions(r, s, id, error);
    else if (s) {
        r->lines = privacy_words_everything(s, id, language(r), error);
        r->text = g_strdup_printf(translated(r, "It is kept in %s."), s->path);
    }
    store_close(s);
}

/* The lines of a place, or why there are none. */
static void read_place(struct privacy_page *r)
{
    g_autoptr(GError) error = NULL;
    g_clear_pointer(&r->lines, g_ptr_array_unref);
    g_clear_pointer(&r->text, g_free);
    g_clear_pointer(&r->shared, g_free);
    if (r->place == PLACE_DECISIONS && r->o->sharing) /* nowhere else is it said */
        r->sharing = sharing_read(r->o->sharing, &r->shared);
    r->first = 0;
    if (r->place == PLACE_REASONS) {
        const char *kept = dictionary_retention(dictionary_find("viewing", NULL));
        r->lines = privacy_words_reasons(language(r));
        r->text = g_strdup_printf(translated(r, "That is all: nothing about you or your machine, and nothing is sent "
                                                "unless you agree to it. All of it is kept %s."),
                                  translated(r, kept));
        return;
    }
    if (of_all(r))
        read_all(r, &error);
    else if (!r->o->off && !r->erased)
        read_record(r, &error);
    r->there = r->lines != NULL;
    if (r->there)
        return;
    r->lines = g_ptr_array_new();
    g_free(r->text);
    r->text =
        r->o->counted
            ? g_strdup(translated(r, "Nothing: recording is off. When the film ends, one more viewing is counted."))
        : r->o->off ? g_strdup(translated(r, "Nothing: recording is off."))
        : !error || g_error_matches(error, STORE_ERROR, STORE_ERROR_NOT_FOUND)
            ? g_strdup(translated(r, of_all(r) ? WORDS("Nothing is recorded of what you watched.")
                                               : WORDS("Nothing is recorded of this viewing.")))
            : g_strdup_printf(translated(r, "It can't be read: %s"), error->message);
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static void add_lines(struct privacy_page *r)
{
    const int end = MIN(r->first + LINES_MAX, (int)r->lines->len);
    for (int i = r->first; i < end; i++) {
        const struct privacy_line *l = r->lines->pdata[i];
        page_add(r->page, &(struct page_item){.id = LINES + i,
                                              .kind = l->head ? VIEW_ITEM_HEAD : VIEW_ITEM_WORDS,
                                              .text = l->text,
                                              .value = l->value,
                                              .note = l->note});
    }
}

/* Nothing can be shared that is not recorded; but what was shared can be taken back. */
static void add_sharing(struct privacy_page *r)
{
    const bool shares = r->sharing == SHARING_AGREED;
    if (!r->o->sharing || (!shares && (r->sharing == SHARING_NOWHERE || r->o->off || !r->o->sharing->sends)))
        return;
    page_add(r->page, &(struct page_item){.id = SHARE,
                                          .kind = VIEW_ITEM_ACTION,
                                          .text = translated(r, shares ? WORDS("Share no more") : WORDS("Share")),
                                          .note = r->shared});
    page_pin(r->page);
}

static void add_action(struct privacy_page *r, enum privacy_item id, const char *text)
{
    page_add(r->page, &(struct page_item){.id = (int)id, .kind = VIEW_ITEM_ACTION, .text = text});
    page_pin(r->page);
}

static void fill_page(struct privacy_page *r)
{
    static const char *const titles[] = {[PLACE_DECISIONS] = WORDS("What was recorded"),
                                         [PLACE_EVERYTHING] = WORDS("Every detail"),
                                         [PLACE_REASONS] = WORDS("What is kept, and why")};
    const bool home = r->place == PLACE_DECISIONS;
    page_begin(r->page, NULL, translated(r, titles[r->place]), r->said ? r->said : r->text);
    add_lines(r);
    if (r->first > 0)
        add_action(r, EARLIER, translated(r, "The page before"));
    if (r->first + LINES_MAX < (int)r->lines->len)
        add_action(r, LATER, translated(r, "The next page"));
    if (home)
        add_action(r, REASONS, translated(r, "What is kept, and why"));
    if (home && r->there && !of_all(r))
        add_action(r, EVERYTHING, translated(r, "Every detail"));
    if (home && r->there) {
        add_action(r, EXPORT, translated(r, "Export"));
        add_action(r, ERASE, translated(r, "Erase"));
    }
    if (home)
        add_sharing(r);
    add_action(r, BACK, translated(r, "Back"));
    page_end(r->page);
}

/* `from`: the line that has the focus there; 0: the first one. */
static void go_to(struct privacy_page *r, enum privacy_place place, enum privacy_item from)
{
    r->place = place;
    g_clear_pointer(&r->said, g_free);
    read_place(r);
    pages_turn(r->o->pages, r->page);
    fill_page(r);
    page_focus(r->page, from ? (int)from : BACK);
}

static void turn_lines(struct privacy_page *r, int by)
{
    r->first += by;
    pages_turn(r->o->pages, r->page);
    fill_page(r);
    page_focus(r->page, BACK);
}

/* Says what came of it, where the viewer is. */
static void show_result(struct privacy_page *r, char *text)
{
    read_place(r);
    g_free(r->said);
    r->said = text;
}

/* ---- what the viewer can do -------------------------------------------------------------------------------------- */

static bool write_line(const char *text, void *stream)
{
    return g_output_stream_write_all(stream, text, strlen(text), NULL, NULL, NULL);
}

/* Writes a file of JSON Lines into the viewer's documents, never over one that exists. */
static void export_viewing(struct privacy_page *r)
{
    char id[TEL_ID_SIZE];
    const struct read_filter which = which_viewings(r, id);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDateTime) now = g_date_time_new_now_local();
    g_autofree char *name = g_date_time_format(now, "frumious-viewing-%Y%m%d-%H%M%S.jsonl");
    const char *documents = g_get_user_special_dir(G_USER_DIRECTORY_DOCUMENTS);
    g_autofree char *path = g_build_filename(documents ? documents : g_get_home_dir(), name, NULL);
    g_autoptr(GFile) file = g_file_new_for_path(path);
    const struct export_options everything = {.format = EXPORT_JSONL, .superseded = true};
    struct store *s = open_viewing_store(r, &error);
    g_autoptr(GFileOutputStream) out = s ? g_file_create(file, G_FILE_CREATE_PRIVATE, NULL, &error) : NULL;
    if (out)
        g_chmod(path, 0600); /* an odd umask must not take it from its owner */
    const bool done = out && export_viewings(s, &which, &everything, write_line, out, &error) &&
                      g_output_stream_close(G_OUTPUT_STREAM(out), NULL, &error);
    if (out && !done)
        g_file_delete(file, NULL, NULL);
    store_close(s);
    show_result(r, done ? g_strdup_printf(translated(r, "Exported to %s"), path)
                        : g_strdup_printf(translated(r, "It could not be exported: %s"),
                                          error ? error->message : translated(r, "the file can't be written")));
}

static bool surely_erases(struct privacy_page *r)
{
    const char *const answers[] = {translated(r, "Keep it"), translated(r, "Erase")};
    const char *question =
        of_all(r) ? WORDS("Erase what is recorded of all that you watched, for good? What you have found "
                          "of the films, and where you left off, stays.")
                  : WORDS("Erase what is recorded of this viewing, for good? The film goes on, and nothing "
                          "more of it is recorded.");
    return pages_ask(r->o->pages, translated(r, "Erase?"), translated(r, question), answers, G_N_ELEMENTS(answers),
                     0) == 1;
}

/* Nothing plays, so it may be waited for. */
static void erase_all(struct privacy_page *r)
{
    const struct read_filter which = {.viewer = r->o->viewer};
    const struct store_options so = {.path = r->o->store, .trust = r->o->trust};
    g_autoptr(GError) error = NULL;
    g_autofree char *waits_for = NULL;
    int64_t n = 0;
    if (!surely_erases(r))
        return;
    struct store *s = retention_open(&so, NULL, &error);
    const bool erased = s && erase_viewings(s, &which, &n, &error);
    const bool done = erased && erase_scrub(s, ERASE_MS, &waits_for, &error) && !waits_for;
    retention_close(s);
    r->erased |= erased;
    show_result(r, done     ? g_strdup(translated(r, "Erased. The store confirms that nothing of it is left."))
                   : erased ? g_strdup(translated(
                                  r, "It is erased, but another program is still reading it: until that ends, its "
                                     "file may hold some of it."))
                            : g_strdup_printf(translated(r, "It could not be erased: %s"),
                                              error ? error->message : translated(r, "the file can't be written")));
}

/* Asks, then erases and waits until the store confirms it. */
static void erase_viewing(struct privacy_page *r)
{
    const int64_t until_us = g_get_monotonic_time() + ERASE_US;
    if (!surely_erases(r))
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

static void change_sharing(struct privacy_page *r)
{
    char *says = r->sharing == SHARING_AGREED ? sharing_withdraw(r->o->sharing) : sharing_ask(r->o->sharing);
    if (says)
        show_result(r, says);
}

static void go_back(struct privacy_page *r)
{
    if (r->place == PLACE_DECISIONS)
        r->open = false;
    else
        go_to(r, PLACE_DECISIONS, r->place == PLACE_REASONS ? REASONS : EVERYTHING);
}

static void take_item(struct privacy_page *r, int id)
{
    switch (id) {
    case EARLIER:
        turn_lines(r, -LINES_MAX);
        break;
    case LATER:
        turn_lines(r, LINES_MAX);
        break;
    case EVERYTHING:
        go_to(r, PLACE_EVERYTHING, 0);
        break;
    case REASONS:
        go_to(r, PLACE_REASONS, 0);
        break;
    case EXPORT:
        export_viewing(r);
        break;
    case ERASE:
        if (of_all(r))
            erase_all(r);
        else
            erase_viewing(r);
        break;
    case SHARE:
        change_sharing(r);
        break;
    default:
        assert(id == BACK);
        go_back(r);
    }
}

bool privacy_page_show(const struct privacy_page_options *o)
{
    struct privacy_page r = {.o = o, .page = page_new(), .open = true};
    go_to(&r, PLACE_DECISIONS, 0);
    while (r.open && !pages_over(o->pages)) {
        const struct page_answer asked = pages_wait(o->pages, r.page);
        if (asked.asks == PAGE_TAKE)
            take_item(&r, asked.id);
        else if (asked.asks == PAGE_BACK)
            go_back(&r);
        if (controls_take_request(o->pages->controls) == CONTROLS_PRIVACY_PAGE) /* the key that opened it */
            r.open = false;
        fill_page(&r);
    }
    controls_question_closed(o->pages->controls);
    page_free(r.page);
    g_clear_pointer(&r.lines, g_ptr_array_unref);
    g_free(r.text);
    g_free(r.shared);
    g_free(r.said);
    return r.erased;
}
