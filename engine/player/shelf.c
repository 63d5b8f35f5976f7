#include "player/shelf.h"

#include "base/files.h"
#include "base/interrupt.h"
#include "base/paths.h"
#include "base/words.h"
#include "player/film_menu.h"
#include "player/found_endings.h"
#include "player/key_file.h"
#include "player/language_names.h"
#include "player/opened_films.h"
#include "player/pages.h"
#include "player/posters.h"
#include "player/profiles.h"
#include "player/save.h"
#include "play/resume.h"
#include "story/load.h"
#include "story/main_file.h"

#include <glib.h>
#include <string.h>

#define FILMS_MAX (OPENED_FILMS_MAX + 1)

/* ---- what is said of them ---------------------------------------------------------------------------------------- */

struct shelf_film {
    char *path, *title, *note;
    bool broken; /* it can't be played */
};

static void free_film(void *film)
{
    struct shelf_film *f = film;
    g_free(f->path);
    g_free(f->title);
    g_free(f->note);
    g_free(f);
}

static void add_part(GString *note, const char *part)
{
    g_string_append_printf(note, "%s%s", note->len ? "  \u00b7  " : "", part);
}

static bool was_left(const struct story *s)
{
    struct resume r = {0};
    g_autofree char *text = save_load_transcript(s, NULL);
    resume_make(&r, s, text);
    const bool left = r.state != NULL;
    resume_clear(&r);
    return left;
}

/* Its languages, whether it was left in the middle, and how many endings were found; never which. */
static char *note_of(const struct story *s, const char *language)
{
    GString *note = g_string_new(NULL);
    g_autofree bool *found = found_endings_load(s);
    int n = 0;
    for (int32_t i = 0; i < s->n_languages; i++)
        if (strcmp(s->languages[i], "und") != 0) /* the story does not say in which */
            g_string_append_printf(note, "%s%s", note->len ? ", " : "", language_name(s->languages[i]));
    if (was_left(s))
        add_part(note, words_in(language, "goes on where you left off"));
    for (int32_t i = 0; i < s->n_endings; i++)
        n += found[i];
    g_autofree char *endings = g_strdup_printf(words_in(language, "%d of %d endings found"), n, (int)s->n_endings);
    if (s->n_endings > 1 && n > 0)
        add_part(note, endings);
    return g_string_free(note, FALSE);
}

/* What a film is called of which nothing can be read: a folder or a file. */
static char *name_of(const char *path)
{
    g_autofree char *folder = g_path_get_dirname(path), *file = g_path_get_basename(path);
    return strcmp(file, "story.yaml") == 0 ? g_path_get_basename(folder) : g_steal_pointer(&file);
}

/* What is said of a film, in `language`; a story of NULL can't be played. */
static void describe(struct shelf_film *f, const struct story *s, const char *language)
{
    const char *title = s ? story_text(s, s->title, language) : NULL;
    g_free(f->title);
    g_free(f->note);
    f->title = title && *title ? g_strdup(title) : s ? g_strdup(s->id) : name_of(f->path);
    f->note =
        s ? note_of(s, language) : g_strdup(words_in(language, "can't be played as it is: `frumious check` says why"));
    f->broken = s == NULL;
}

static struct story *read_story(const char *path)
{
    struct diags *diags = diags_new();
    struct story *s = story_load(path, diags);
    diags_free(diags);
    return s;
}

static bool is_named_as_film(const char *path)
{
    static const char *const ends[] = {".yaml", ".yml", ".frumious"};
    g_autofree char *advice = NULL, *file = main_file_find(path, &advice), *small = g_utf8_strdown(file, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        if (g_str_has_suffix(small, ends[i]))
            return true;
    return false;
}

static char *words_about(const struct diags *diags, const char *path, const char *language)
{
    const struct diag *d = diags_len(diags) > 0 ? diags_get(diags, 0) : NULL;
    g_autofree char *name = name_of(path), *shown = g_filename_display_name(name),
                    *file = d ? g_path_get_basename(d->file) : NULL;
    if (!g_file_test(path, G_FILE_TEST_EXISTS))
        return g_strdup_printf(words_in(language, "%s can't be played: it is not there any more."), shown);
    if (!is_named_as_film(path))
        return g_strdup_printf(words_in(language,
                                        "%s can't be played: an interactive film is a file that ends in .yaml "
                                        "or .frumious."),
                               shown);
    if (!d || d->line == 0)
        return g_strdup_printf(words_in(language, "%s can't be played: `frumious check` says why."), shown);
    if (strcmp(file, name) == 0)
        return g_strdup_printf(
            words_in(language, "%s can't be played: there is a mistake in line %d. `frumious check` says more."), shown,
            (int)d->line);
    return g_strdup_printf(
        words_in(language, "%s can't be played: there is a mistake in line %d of %s. `frumious check` says more."),
        shown, (int)d->line, file);
}

char *shelf_refusal(const char *path, const char *language)
{
    struct diags *diags = diags_new();
    struct story *s = story_load(path, diags);
    diags_sort(diags);
    char *said = s ? NULL : words_about(diags, path, language);
    diags_free(diags);
    story_free(s);
    return said;
}

/* A film that lies in two places, as in a folder and in one file that was made of it, is one film: the one that was opened last. */
static bool is_there(GHashTable *known, const struct story *s)
{
    char *film = g_strdup_printf("%s\n%s\n%" G_GUINT64_FORMAT, s->id, s->version ? s->version : "", (guint64)s->hash);
    return !g_hash_table_add(known, film);
}

/* What can't be played comes last: it has no picture, and nobody has to wonder where it is. */
static GPtrArray *load_films(const char *language, struct posters *posters, GPtrArray *languages)
{
    GPtrArray *films = g_ptr_array_new_with_free_func(free_film);
    g_autoptr(GPtrArray) broken = g_ptr_array_new();
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) paths = opened_films_paths();
    for (int i = 0; paths[i]; i++) {
        struct story *s = read_story(paths[i]);
        if (s && is_there(known, s)) {
            story_free(s);
            continue;
        }
        struct shelf_film *f = g_new0(struct shelf_film, 1);
        f->path = g_strdup(paths[i]);
        describe(f, s, language);
        g_ptr_array_add(s ? films : broken, f);
        if (s) {
            posters_add(posters, s);
            menu_languages_add_story(languages, s);
        }
        story_free(s);
    }
    for (guint i = 0; i < broken->len; i++)
        g_ptr_array_add(films, broken->pdata[i]);
    return films;
}

/* In another language. */
static void describe_anew(const GPtrArray *films, const char *language)
{
    for (guint i = 0; i < films->len; i++) {
        struct shelf_film *f = films->pdata[i];
        struct story *s = f->broken ? NULL : read_story(f->path);
        describe(f, s, language);
        story_free(s);
    }
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

enum { VIEWERS = FILMS_MAX + 1, MENU, LEAVE };

struct shelf {
    struct pages pages;
    GPtrArray *films;
    struct posters *posters; /* of the same films */
    GPtrArray *languages;    /* that somebody may wish for */
    struct film_menu_alone menu;
    char *dropped; /* a film that was dropped on the window, */
    char *refused; /* or why what was wanted cannot be played */
    char *viewer;  /* somebody else watches, or NULL */
};

static void add_line(const struct shelf *s, int id, const char *text, struct page *p)
{
    page_add(p,
             &(struct page_item){.id = id, .kind = VIEW_ITEM_ACTION, .text = controls_words(s->pages.controls, text)});
}

static void fill_shelf(const struct shelf *s, struct page *p)
{
    const struct controls *c = s->pages.controls;
    page_begin(
        p, NULL, controls_words(c, "Films"),
        s->refused ? s->refused
        : s->films->len
            ? NULL
            : controls_words(c, "No film was opened yet. Drop a story on this window, or type `frumious STORY`."));
    for (guint i = 0; i < s->films->len; i++) {
        const struct shelf_film *f = s->films->pdata[i];
        page_add(p, &(struct page_item){.id = 1 + (int)i,
                                        .kind = VIEW_ITEM_ACTION,
                                        .text = f->title,
                                        .note = f->note,
                                        .pictured = true,
                                        .image = f->broken ? NULL : posters_picture(s->posters, i)});
    }
    const char *now = paths_profile();
    page_add(p, &(struct page_item){.id = VIEWERS,
                                    .kind = VIEW_ITEM_ACTION,
                                    .text = controls_words(c, "Who is watching"),
                                    .note = now ? now : controls_words(c, "Everyone")});
    page_pin(p);
    add_line(s, MENU, WORDS("Menu"), p);
    add_line(s, LEAVE, WORDS("Leave"), p);
    page_end(p);
}

/* True: that cannot be played, and the page says why. */
static bool refuse(struct shelf *s, const char *path)
{
    g_free(s->refused);
    s->refused = shelf_refusal(path, controls_language(s->pages.controls));
    return s->refused != NULL;
}

/* A story that is dropped on the window plays; what is none is said. */
static bool run_command(void *user, const struct input_event *ev)
{
    struct shelf *s = user;
    if (ev->action != INPUT_DROP)
        return film_menu_command_alone(&s->menu, ev);
    if (refuse(s, ev->text)) {
        if (s->menu.shown) /* the shelf's page, which says it, is not seen now */
            hud_say(controls_hud(s->pages.controls), s->refused, controls_now_us(s->pages.controls));
    } else {
        g_free(s->dropped);
        s->dropped = g_strdup(ev->text);
        controls_quit(s->pages.controls); /* also where the menu is open */
    }
    return true;
}

static bool more_posters(void *user)
{
    const struct shelf *s = user;
    return posters_work(s->posters);
}

static void shelf_clear(struct shelf *s)
{
    g_ptr_array_unref(s->films);
    g_ptr_array_unref(s->languages);
    posters_free(s->posters);
    g_free(s->dropped);
    g_free(s->refused);
}

static void show_menu(struct shelf *s, enum menu_place from)
{
    const struct controls *c = s->pages.controls;
    const char *language = controls_language(c);
    s->viewer = film_menu_show_alone(&s->menu, from);
    if (strcmp(language, controls_language(c)) != 0)
        describe_anew(s->films, controls_language(c));
}

/* True: the answer opens the menu, and takes no film. */
static bool opens_menu(struct shelf *s, const struct page_answer *asked)
{
    const bool back = asked->asks == PAGE_BACK && !pages_over(&s->pages); /* Esc, Start, the right button */
    const bool viewers = asked->asks == PAGE_TAKE && asked->id == VIEWERS;
    if (!back && !viewers && !(asked->asks == PAGE_TAKE && asked->id == MENU))
        return false;
    show_menu(s, viewers ? MENU_VIEWERS : MENU_MAIN);
    return true;
}

static struct shelf_film *film_of(const struct shelf *s, const struct page_answer *asked)
{
    const bool film = asked->asks == PAGE_TAKE && asked->id >= 1 && asked->id <= (int)s->films->len;
    return film ? s->films->pdata[asked->id - 1] : NULL;
}

/* The film that the viewer takes, NULL: none. */
static char *take_film(struct shelf *s)
{
    struct page *p = page_new();
    struct page_answer asked;
    pages_turn(&s->pages, p);
    do {
        fill_shelf(s, p);
        asked = pages_wait(&s->pages, p);
        if (opens_menu(s, &asked)) {
            pages_turn(&s->pages, p);
            asked.asks = PAGE_NOTHING;
        }
        if (film_of(s, &asked) && film_of(s, &asked)->broken && refuse(s, film_of(s, &asked)->path))
            asked.asks = PAGE_NOTHING;
    } while (asked.asks != PAGE_TAKE && !pages_over(&s->pages) && !s->dropped && !s->viewer);
    page_free(p);
    if (s->dropped)
        return g_steal_pointer(&s->dropped);
    const struct shelf_film *taken = s->viewer ? NULL : film_of(s, &asked);
    return taken ? g_strdup(taken->path) : NULL;
}

char *shelf_choose(struct settings *settings, char **viewer, GError **error)
{
    const char *language = settings_language(settings, NULL);
    const struct settings_window *kept = &settings->window;
    const struct window_options wo = {.title = "Frumious",
                                      .width = kept->width,
                                      .height = kept->height,
                                      .placed = kept->width > 0,
                                      .x = kept->x,
                                      .y = kept->y};
    struct shelf s = {.posters = posters_new(), .languages = menu_languages_new()};
    s.films = load_films(language, s.posters, s.languages);
    posters_start(s.posters); /* the window brings threads */
    interrupt_defer();
    struct window *w = window_open(&wo, error);
    if (!w) {
        shelf_clear(&s);
        return NULL;
    }
    struct input *in = input_open(w);
    const struct controls_options co = {.settings = settings,
                                        .input = in,
                                        .window = w,
                                        .language = language,
                                        .time_factor = settings->time_factor,
                                        .speaks = true};
    struct controls *c = controls_new(&co);
    s.pages = (struct pages){
        .controls = c, .input = in, .window = w, .command = run_command, .changed = more_posters, .user = &s};
    s.menu = (struct film_menu_alone){.pages = &s.pages, .languages = s.languages, .others = true};
    g_ptr_array_unref(key_file_bind(in)); /* the film says what is wrong with the keys */
    char *path = take_film(&s);
    *viewer = g_steal_pointer(&s.viewer);
    shelf_clear(&s);
    controls_free(c);
    input_close(in);
    window_close(w);
    return path;
}
