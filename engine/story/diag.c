#include "story/diag.h"

#include "base/arena.h"
#include "base/console.h"
#include "base/safe.h"
#include "story/limits.h"

#include <assert.h>
#include <string.h>

/* A longer line is cut to a window around the caret: even a line of a megabyte can be printed. */
#define LINE_CHARS_MAX    240
#define LINE_CHARS_BEFORE 100
#define TAB_WIDTH         4

struct diag_entry {
    struct diag diag;
    guint order; /* in which it was added */
};

struct diags {
    struct arena *arena;
    GArray *entries; /* struct diag_entry */
    GHashTable *known;
    size_t counts[DIAG_ERROR + 1], kept[DIAG_ERROR + 1];
    size_t errors_found;
};

/* O(1). */
static bool diags_check(const struct diags *d)
{
    size_t kept = 0;
    for (int s = DIAG_NOTE; s <= DIAG_ERROR; s++) {
        assert(d->kept[s] <= d->counts[s] && d->kept[s] <= STORY_DIAGS_MAX);
        kept += d->kept[s];
    }
    assert(kept == d->entries->len);
    assert(g_hash_table_size(d->known) == kept);
    return true;
}

struct diags *diags_new(void)
{
    struct diags *d = g_new0(struct diags, 1);
    d->arena = arena_new();
    d->entries = g_array_new(FALSE, FALSE, sizeof(struct diag_entry));
    d->known = g_hash_table_new(g_str_hash, g_str_equal);
    return d;
}

void diags_free(struct diags *d)
{
    if (!d)
        return;
    g_hash_table_destroy(d->known);
    g_array_free(d->entries, TRUE);
    arena_free(d->arena);
    g_free(d);
}

static const char *skip_chars(const char *p, const char *end, uint32_t n)
{
    while (n-- > 0 && p < end)
        p += g_utf8_skip[(guchar)*p];
    return MIN(p, end);
}

/* The line, or a window around the caret. Bytes that are not UTF-8 become U+FFFD. *col: where the caret is in it. To be freed. */
static char *window_of(const struct diag_at *at, uint32_t *col)
{
    assert(at->col >= 1);
    const char *from = at->text, *const end = at->text + at->text_len;
    *col = at->col;
    if (at->text_len > LINE_CHARS_MAX && at->col > LINE_CHARS_BEFORE + 1) {
        from = skip_chars(from, end, at->col - 1 - LINE_CHARS_BEFORE);
        *col = LINE_CHARS_BEFORE + 1;
    }
    const char *to = skip_chars(from, end, LINE_CHARS_MAX);
    return g_utf8_make_valid(from, to - from);
}

static void copy_source(struct diags *d, struct diag *diag, const struct diag_at *at)
{
    g_autofree char *valid = window_of(at, &diag->source_col);
    diag->source = arena_copy(d->arena, valid, strlen(valid));
}

static bool is_new(struct diags *d, const char *code, const struct diag_at *at, const char *message)
{
    g_autofree char *key = g_strdup_printf("%s:%u:%u:%s:%s", code, at->line, at->col, at->file, message);
    if (g_hash_table_contains(d->known, key))
        return false;
    return g_hash_table_add(d->known, arena_copy(d->arena, key, strlen(key)));
}

void diags_add(struct diags *d, const char *code, const struct diag_at *at, const char *advice, const char *format, ...)
{
    const struct diag_rule *rule = diag_rule_find(code);
    assert(rule && at->file);
    va_list ap;
    va_start(ap, format);
    g_autofree char *message = g_strdup_vprintf(format, ap);
    va_end(ap);
    d->errors_found += rule->severity == DIAG_ERROR;
    if (d->kept[rule->severity] >= STORY_DIAGS_MAX) {
        d->counts[rule->severity]++;
        return;
    }
    if (!is_new(d, code, at, message))
        return;
    struct diag_entry e = {.order = d->entries->len};
    e.diag = (struct diag){
        .rule = rule,
        .file = arena_copy(d->arena, at->file, strlen(at->file)),
        .line = at->line,
        .col = at->col,
        .len = MAX(at->len, 1),
        .message = arena_copy(d->arena, message, strlen(message)),
        .advice = advice ? arena_copy(d->arena, advice, strlen(advice)) : NULL,
    };
    if (at->text)
        copy_source(d, &e.diag, at);
    g_array_append_val(d->entries, e);
    d->counts[rule->severity]++;
    d->kept[rule->severity]++;
    assert(diags_check(d));
}

size_t diags_count(const struct diags *d, enum diag_severity at_least)
{
    size_t n = 0;
    for (int s = (int)at_least; s <= DIAG_ERROR; s++)
        n += d->counts[s];
    return n;
}

size_t diags_errors_found(const struct diags *d)
{
    return d->errors_found;
}

size_t diags_len(const struct diags *d)
{
    return d->entries->len;
}

const struct diag *diags_get(const struct diags *d, size_t i)
{
    assert(i < d->entries->len);
    return &g_array_index(d->entries, struct diag_entry, i).diag;
}

static int entry_by_place(const void *pa, const void *pb)
{
    const struct diag_entry *a = pa, *b = pb;
    const int file = strcmp(a->diag.file, b->diag.file);
    if (file)
        return file;
    if (a->diag.line != b->diag.line)
        return a->diag.line < b->diag.line ? -1 : 1;
    if (a->diag.col != b->diag.col)
        return a->diag.col < b->diag.col ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

void diags_sort(struct diags *d)
{
    if (d->entries->len > 1)
        qsort(d->entries->data, d->entries->len, sizeof(struct diag_entry), entry_by_place);
}

/* ---- printing -------------------------------------------------------------------------------------------------- */

static const char *const severity_words[] = {[DIAG_NOTE] = "note", [DIAG_WARNING] = "warning", [DIAG_ERROR] = "error"};

static_assert(PAINT_NOTE + DIAG_WARNING == PAINT_WARNING && PAINT_NOTE + DIAG_ERROR == PAINT_ERROR,
              "print_diag() adds a severity to PAINT_NOTE");

static void append_painted(GString *out, bool colour, enum console_paint paint, const char *text)
{
    console_paint(out, paint, colour);
    safe_append(out, text);
    console_paint(out, PAINT_NONE, colour);
}

/* Appends a character of a line, tabs as TAB_WIDTH blanks. Returns how many columns it takes. */
static int print_char(gunichar c, GString *out)
{
    char text[8] = "";
    if (c == '\t') {
        safe_printf(out, "%*s", TAB_WIDTH, "");
        return TAB_WIDTH;
    }
    g_unichar_to_utf8(c, text);
    safe_append(out, text);
    return safe_is_control(c) ? 1 : safe_columns(c);
}

/* Prints the line, and below it a caret and tildes for `len` characters from `at` on. */
static void print_source(const char *source, uint32_t at, uint32_t len, GString *out, bool colour)
{
    g_autoptr(GString) marks = g_string_new(NULL);
    uint32_t col = 1, before = 0, under = 0;
    g_string_append(out, "  ");
    for (const char *p = source; *p; p = g_utf8_next_char(p), col++) {
        const int width = print_char(g_utf8_get_char(p), out);
        if (col < at)
            before += (uint32_t)width;
        else if (col < at + len)
            under += (uint32_t)width;
    }
    safe_printf(out, "\n  %*s", (int)before, "");
    g_string_append_c(marks, '^');
    for (uint32_t i = 1; i < under; i++)
        g_string_append_c(marks, '~');
    append_painted(out, colour, PAINT_CARET, marks->str);
}

void diag_print_source(const struct diag_at *at, GString *out, bool colour)
{
    uint32_t col;
    if (!at->text)
        return;
    g_autofree char *source = window_of(at, &col);
    print_source(source, col, at->len, out, colour);
    g_string_append_c(out, '\n');
}

static void print_diag(const struct diag *diag, GString *out, bool colour)
{
    const enum diag_severity severity = diag->rule->severity;
    g_autofree char *place = diag->line ? g_strdup_printf("%s:%u:%u: ", diag->file, diag->line, diag->col)
                                        : g_strdup_printf("%s: ", diag->file);
    g_autofree char *kind = g_strdup_printf("%s[%s]: ", severity_words[severity], diag->rule->code);
    append_painted(out, colour, PAINT_PLACE, place);
    append_painted(out, colour, (enum console_paint)(PAINT_NOTE + (int)severity), kind);
    safe_append(out, diag->message);
    if (diag->source) {
        g_string_append_c(out, '\n');
        print_source(diag->source, diag->source_col, diag->len, out, colour);
    }
    if (diag->advice) {
        g_string_append(out, "\n  ");
        append_painted(out, colour, PAINT_HELP, "help: ");
        safe_append(out, diag->advice);
    }
    g_string_append_c(out, '\n');
}

void diags_print(const struct diags *d, GString *out, bool colour)
{
    for (guint i = 0; i < d->entries->len; i++) {
        if (i > 0)
            g_string_append_c(out, '\n');
        print_diag(&g_array_index(d->entries, struct diag_entry, i).diag, out, colour);
    }
    const size_t lost = diags_count(d, DIAG_NOTE) - d->entries->len;
    if (lost > 0)
        safe_printf(out, "\nand %zu more that are not shown\n", lost);
}
