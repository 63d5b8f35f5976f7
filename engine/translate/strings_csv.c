#include "translate/strings_csv.h"

#include "base/safe.h"
#include "translate/strings_import.h"

#include <string.h>

enum column { KEY, CONTEXT, SOURCE, TRANSLATION, OF, STATE, N_COLUMNS };
static const char *const columns[N_COLUMNS] = {
    [KEY] = "key", [CONTEXT] = "context", [SOURCE] = "source", [TRANSLATION] = "translation",
    [OF] = "of",   [STATE] = "state"};

/* ---- writing --------------------------------------------------------------------------------------------------------- */

static char *escape(const char *text)
{
    GString *out = g_string_new(NULL);
    for (const char *c = text ? text : ""; *c; c = g_utf8_next_char(c)) {
        const gunichar u = g_utf8_get_char(c);
        if (u == '\n' || u == '\\')
            g_string_append(out, u == '\n' ? "\\n" : "\\\\");
        else if (safe_is_control(u))
            g_string_append_printf(out, "\\u%04x", u);
        else
            g_string_append_unichar(out, u);
    }
    return g_string_free(out, FALSE);
}

void strings_csv_write(const struct strings *t, GString *out)
{
    safe_csv_fields(out, columns, N_COLUMNS);
    g_string_append(out, "\r\n");
    for (int32_t i = 0; i < t->n_entries; i++) {
        const struct strings_entry *e = &t->entries[i];
        g_autofree char *source = escape(e->source), *translation = escape(e->translation),
                        *context = escape(e->context);
        const char *const fields[N_COLUMNS] = {
            [KEY] = e->key,    [CONTEXT] = context,
            [SOURCE] = source, [TRANSLATION] = translation,
            [OF] = e->of,      [STATE] = !e->translation ? "missing" : e->outdated ? "fuzzy" : ""};
        safe_csv_fields(out, fields, N_COLUMNS);
        g_string_append(out, "\r\n");
    }
}

/* ---- reading --------------------------------------------------------------------------------------------------------- */

#define FIELDS_MAX 1024 /* of a row; spreadsheets have such many columns, and no table of translations needs them */

/* What parts the fields: the table's first row, which has names only, tells. Spreadsheets also write semicolons and tabs. */
static char separator_of(const char *text)
{
    const char *first = text + strcspn(text, ",;\t\r\n");
    return *first == ';' || *first == '\t' ? *first : ',';
}

/* Appends one field to `out`, from *at on, which is then at what follows it: a separator, a line end or the end. */
static void read_field(const char **at, char separator, GString *out)
{
    const bool quoted = **at == '"';
    const char *c = *at + quoted;
    for (; *c; c++) {
        if (quoted && c[0] == '"' && c[1] != '"')
            break;
        if (!quoted && (*c == separator || *c == '\r' || *c == '\n'))
            break;
        c += quoted && *c == '"';
        g_string_append_c(out, *c);
    }
    *at = c + (quoted && *c == '"');
}

/* The fields of the next row; empty at the end. Those behind the FIELDS_MAX-th are passed over. */
static GPtrArray *read_row(const char **at, char separator)
{
    GPtrArray *row = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) one = g_string_new(NULL);
    while (**at == '\r' || **at == '\n')
        (*at)++;
    while (**at) {
        g_string_truncate(one, 0);
        read_field(at, separator, one);
        if (row->len < FIELDS_MAX)
            g_ptr_array_add(row, g_strndup(one->str, one->len));
        if (**at != separator)
            break;
        (*at)++;
    }
    while (**at && **at != '\r' && **at != '\n')
        (*at)++;
    return row;
}

/* Of four hexadecimal digits, or 0. */
static gunichar character_of(const char *digits)
{
    gunichar u = 0;
    for (int i = 0; i < 4; i++) {
        if (!g_ascii_isxdigit(digits[i]))
            return 0;
        u = u * 16 + (gunichar)g_ascii_xdigit_value(digits[i]);
    }
    return g_unichar_validate(u) ? u : 0;
}

/* A text as it was before escape(), and before safe_csv() kept a spreadsheet from running it. */
static char *unescape(const char *field)
{
    GString *out = g_string_new(NULL);
    for (const char *c = field + (field[0] == '\'' && field[1] && !g_ascii_isalnum(field[1])); *c; c++) {
        if (*c != '\\')
            g_string_append_c(out, *c);
        else if (c[1] == 'u' && character_of(c + 2)) {
            g_string_append_unichar(out, character_of(c + 2));
            c += 5;
        } else if (c[1]) {
            c++;
            g_string_append_c(out, *c == 'n' ? '\n' : *c);
        }
    }
    return g_string_free(out, FALSE);
}

static const char *field(const GPtrArray *row, const int place[N_COLUMNS], enum column c)
{
    return place[c] >= 0 && (guint)place[c] < row->len ? row->pdata[place[c]] : "";
}

/* A row without a key, as spreadsheets write them at the end, is none. */
static void read_answer(const GPtrArray *row, const int place[N_COLUMNS], GArray *answers)
{
    if (!field(row, place, KEY)[0])
        return;
    struct strings_answer a = {.key = g_strdup(field(row, place, KEY)),
                               .translation = unescape(field(row, place, TRANSLATION)),
                               .unsure = g_ascii_strcasecmp(field(row, place, STATE), "fuzzy") == 0};
    const char *of = field(row, place, OF);
    g_autofree char *source = unescape(field(row, place, SOURCE));
    if (fingerprint_is(of))
        g_strlcpy(a.of, of, sizeof a.of);
    else
        fingerprint_text(source, a.of);
    g_array_append_val(answers, a);
}

static bool find_columns(const GPtrArray *head, int place[N_COLUMNS])
{
    for (int c = 0; c < N_COLUMNS; c++) {
        place[c] = -1;
        for (guint i = 0; i < head->len; i++)
            if (g_ascii_strcasecmp(head->pdata[i], columns[c]) == 0)
                place[c] = (int)i;
    }
    return place[KEY] >= 0 && place[TRANSLATION] >= 0 && (place[OF] >= 0 || place[SOURCE] >= 0);
}

static GArray *read_table(const char *text, const char *name, GError **error)
{
    int place[N_COLUMNS];
    const char separator = separator_of(text), *at = text;
    g_autoptr(GPtrArray) head = read_row(&at, separator);
    if (!g_utf8_validate(text, -1, NULL) || !find_columns(head, place)) {
        g_set_error(
            error, G_CONVERT_ERROR, G_CONVERT_ERROR_ILLEGAL_SEQUENCE,
            "%s is no table of translations: UTF-8 is needed, and a first row with the names key, translation and of",
            name);
        return NULL;
    }
    GArray *answers = strings_answers_new();
    while (*at) {
        g_autoptr(GPtrArray) row = read_row(&at, separator);
        if (strings_answers_full(answers, name, error)) {
            g_array_unref(answers);
            return NULL;
        }
        read_answer(row, place, answers);
    }
    return answers;
}

GArray *strings_csv_read(const char *path, GError **error)
{
    g_autofree char *text = strings_read_file(path, error);
    return text ? read_table(text, path, error) : NULL;
}
