#include "telemetry/central/engine.h"

#include "base/embedded.h"
#include "base/interrupt.h"
#include "base/units.h"

#include <assert.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CLUSTER_DEFAULT   "frumious"
#define QUORUM_DEFAULT    2
#define QUORUM_MOST       9
#define CONNECT_TIMEOUT_S 5L
#define TURN_LEAST_US     (20 * US_PER_MS)
#define TURN_MOST_US      (120 * US_PER_MS)
#define MESSAGE_MAX       400 /* bytes of what the engine says of a mistake; the rest is its stack */

G_DEFINE_QUARK(engine - error - quark, engine_error)

struct engine {
    char **hosts; /* "http://host:port", ended by NULL */
    guint n_hosts, at;
    char *database, *cluster;
    uint64_t quorum;
    bool serves;
    CURL *curl;
};

/* ---- the address ------------------------------------------------------------------------------------------------- */

static bool fail_address(const char *address, const char *what, GError **error)
{
    g_set_error(error, ENGINE_ERROR, ENGINE_ERROR_ADDRESS,
                "%s %s; it wants clickhouse:http://HOST:PORT/DATABASE?cluster=NAME&quorum=N", address, what);
    return false;
}

/* The names go into statements as they are. */
static bool is_name(const char *text)
{
    for (const char *c = text; *c; c++)
        if (!g_ascii_isalnum(*c) && *c != '_')
            return false;
    return *text && !g_ascii_isdigit(*text);
}

static bool parse_setting(struct engine *e, const char *address, const char *setting, GError **error)
{
    const char *value = strchr(setting, '=');
    if (value && g_str_has_prefix(setting, "cluster=") && is_name(value + 1)) {
        g_free(e->cluster);
        e->cluster = g_strdup(value + 1);
        return true;
    }
    if (value && g_str_has_prefix(setting, "quorum="))
        return g_ascii_string_to_unsigned(value + 1, 10, 1, QUORUM_MOST, &e->quorum, NULL) ||
               fail_address(address, "has a quorum that is no small number", error);
    return fail_address(address, "has a setting that is neither cluster=NAME nor quorum=N", error);
}

static bool parse_settings(struct engine *e, const char *address, const char *settings, GError **error)
{
    g_auto(GStrv) each = g_strsplit(settings ? settings : "", "&", -1);
    for (guint i = 0; each[i]; i++)
        if (*each[i] && !parse_setting(e, address, each[i], error))
            return false;
    return true;
}

/* "http://a:1,b:2/database?settings" */
static bool parse_address(struct engine *e, const char *address, GError **error)
{
    const char *url = address + (g_str_has_prefix(address, ENGINE_PREFIX) ? strlen(ENGINE_PREFIX) : 0);
    const char *scheme = g_str_has_prefix(url, "https://") ? "https://" : "http://";
    if (!g_str_has_prefix(url, scheme))
        return fail_address(address, "is no address of a ClickHouse", error);
    const char *hosts = url + strlen(scheme), *slash = strchr(hosts, '/'), *query = strchr(hosts, '?');
    if (!slash || slash == hosts || (query && query < slash))
        return fail_address(address, "names no database", error);
    if (memchr(hosts, '@', (size_t)(slash - hosts)))
        return fail_address(address, "holds a user: name and password come from ~/.netrc", error);
    e->database = query ? g_strndup(slash + 1, (gsize)(query - slash - 1)) : g_strdup(slash + 1);
    if (!is_name(e->database))
        return fail_address(address, "names a database otherwise than by letters, digits and _", error);
    g_autofree char *list = g_strndup(hosts, (gsize)(slash - hosts));
    e->hosts = g_strsplit(list, ",", -1);
    e->n_hosts = g_strv_length(e->hosts);
    for (guint i = 0; i < e->n_hosts; i++) {
        char *host = e->hosts[i];
        e->hosts[i] = g_strconcat(scheme, host, NULL);
        g_free(host);
    }
    return parse_settings(e, address, query ? query + 1 : NULL, error);
}

struct engine *engine_open(const char *address, GError **error)
{
    struct engine *e = g_new0(struct engine, 1);
    e->cluster = g_strdup(CLUSTER_DEFAULT);
    e->quorum = QUORUM_DEFAULT;
    if (!parse_address(e, address, error)) {
        engine_close(e);
        return NULL;
    }
    e->curl = curl_easy_init();
    assert(e->curl);
    return e;
}

void engine_close(struct engine *e)
{
    if (!e)
        return;
    curl_easy_cleanup(e->curl);
    g_strfreev(e->hosts);
    g_free(e->database);
    g_free(e->cluster);
    g_free(e);
}

void engine_serve(struct engine *e)
{
    e->serves = true;
}

const char *engine_database(const struct engine *e)
{
    return e->database;
}

const char *engine_cluster(const struct engine *e)
{
    return e->cluster;
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

char *engine_statement(const struct engine *e, const char *file, const char *part, ...)
{
    GString *sql = g_string_new(embedded_part(file, part));
    va_list pairs;
    g_string_replace(sql, "$database", e->database, 0);
    g_string_replace(sql, "$cluster", e->cluster, 0);
    va_start(pairs, part);
    for (const char *name = va_arg(pairs, const char *); name; name = va_arg(pairs, const char *))
        g_string_replace(sql, name, va_arg(pairs, const char *), 0);
    va_end(pairs);
    return g_string_free(sql, FALSE);
}

/* Almost all of a text needs no escape, and is appended as it is. */
static void append_escaped(GString *out, const char *text)
{
    for (;;) {
        const size_t plain = strcspn(text, "\t\n\r\\'");
        g_string_append_len(out, text, (gssize)plain);
        text += plain;
        if (!*text)
            return;
        g_string_append_c(out, '\\');
        g_string_append_c(out, *text == '\t' ? 't' : *text == '\n' ? 'n' : *text == '\r' ? 'r' : *text);
        text++;
    }
}

void engine_quote(GString *sql, const char *text)
{
    g_string_append_c(sql, '\'');
    append_escaped(sql, text);
    g_string_append_c(sql, '\'');
}

void engine_list(GString *list, const char *text)
{
    if (list->len > 0)
        g_string_append_c(list, ',');
    engine_quote(list, text);
}

void engine_field(GString *rows, bool first, const char *text)
{
    if (!first)
        g_string_append_c(rows, '\t');
    append_escaped(rows, text);
}

void engine_put_number(GString *text, int64_t n)
{
    char digits[24], *at = digits + sizeof digits;
    uint64_t left = n < 0 ? -(uint64_t)n : (uint64_t)n;
    do
        *--at = (char)('0' + left % 10);
    while (left /= 10);
    if (n < 0)
        *--at = '-';
    g_string_append_len(text, at, digits + sizeof digits - at);
}

void engine_field_number(GString *rows, bool first, int64_t n)
{
    if (!first)
        g_string_append_c(rows, '\t');
    engine_put_number(rows, n);
}

/* ---- asking ------------------------------------------------------------------------------------------------------ */

static size_t take_bytes(char *bytes, size_t one, size_t n, void *data)
{
    GString *answer = data;
    if ((int64_t)answer->len > ENGINE_ANSWER_MAX)
        return 0;
    g_string_append_len(answer, bytes, (gssize)(one * n));
    return one * n;
}

static int end_early(void *data, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    const struct engine *e = data;
    (void)down_all, (void)down, (void)up_all, (void)up;
    return !e->serves && interrupt_requested();
}

static bool has_code(const char *message, int code)
{
    return g_str_has_prefix(message, "Code: ") && g_ascii_strtoll(message + strlen("Code: "), NULL, 10) == code;
}

#define CODE_LATE 159 /* not every node has done a statement in time */

/* A missing quorum, a lost ZooKeeper, a shard that is away, a full disk: what a later try may find mended. */
static bool is_away(const char *message)
{
    static const int codes[] = {CODE_LATE, 202, 209, 210, 225, 242, 243, 252, 279, 285, 286, 289, 319, 999};
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (has_code(message, codes[i]))
            return true;
    return strstr(message, "uorum") || strstr(message, "No space left");
}

/* What the engine says, without its stack. */
static void fail_refused(const struct engine *e, const GString *answer, GError **error)
{
    g_autofree char *message = g_utf8_make_valid(answer->str, (gssize)MIN(answer->len, MESSAGE_MAX));
    g_strdelimit(message, "\n\r", ' ');
    g_set_error(error, ENGINE_ERROR, is_away(answer->str) ? ENGINE_ERROR_AWAY : ENGINE_ERROR_REFUSED, "%s%s: %s",
                has_code(answer->str, CODE_LATE)
                    ? "not every node has done it yet; those go on with it by themselves: do it again later. "
                    : "",
                e->hosts[e->at], g_strstrip(message));
}

/* What goes over to the engine. */
struct posted {
    const char *bytes;
    size_t size;
    const char *table; /* NULL: it is a statement. Else rows of this table, for a statement among the settings */
};

static curl_mime *attach_table(const struct engine *e, const struct posted *p)
{
    curl_mime *form = curl_mime_init(e->curl);
    curl_mimepart *part = curl_mime_addpart(form);
    curl_mime_name(part, p->table);
    curl_mime_filename(part, p->table); /* the engine takes what has none for a setting */
    curl_mime_data(part, p->bytes, p->size);
    curl_easy_setopt(e->curl, CURLOPT_MIMEPOST, form);
    return form;
}

static void attach_statement(const struct engine *e, const struct posted *p)
{
    curl_easy_setopt(e->curl, CURLOPT_POST, 1L);
    curl_easy_setopt(e->curl, CURLOPT_POSTFIELDS, p->bytes);
    curl_easy_setopt(e->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)p->size);
}

/* One try, at the host that is taken. *code is curl's. */
static CURLcode try_host(struct engine *e, const char *settings, const struct posted *p, GString *answer, long *status)
{
    g_autofree char *url = g_strconcat(e->hosts[e->at], "/?", settings, NULL);
    g_string_truncate(answer, 0);
    curl_easy_reset(e->curl);
    curl_easy_setopt(e->curl, CURLOPT_URL, url);
    curl_mime *form = p->table ? attach_table(e, p) : NULL;
    if (!form)
        attach_statement(e, p);
    curl_easy_setopt(e->curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e->curl, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    curl_easy_setopt(e->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(e->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_TIMEOUT_S);
    curl_easy_setopt(e->curl, CURLOPT_TIMEOUT, e->serves ? (long)ENGINE_SERVICE_S : (long)ENGINE_PATIENCE_S);
    curl_easy_setopt(e->curl, CURLOPT_WRITEFUNCTION, take_bytes);
    curl_easy_setopt(e->curl, CURLOPT_WRITEDATA, answer);
    curl_easy_setopt(e->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(e->curl, CURLOPT_XFERINFOFUNCTION, end_early);
    curl_easy_setopt(e->curl, CURLOPT_XFERINFODATA, e);
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    curl_easy_setopt(e->curl, CURLOPT_HTTPHEADER, headers);
    const CURLcode code = curl_easy_perform(e->curl);
    curl_easy_getinfo(e->curl, CURLINFO_RESPONSE_CODE, status);
    curl_slist_free_all(headers);
    curl_mime_free(form);
    return code;
}

/*
 * What goes wrong before a statement can have been taken is tried at the next host. The whole answer is made before it is sent,
 * so that a mistake in its middle is one.
 */
static bool post_all(struct engine *e, const char *settings, const struct posted *p, GString *answer, GError **error)
{
    g_autofree char *all = g_strconcat("wait_end_of_query=1", settings, NULL);
    CURLcode code = CURLE_OK;
    long status = 0;
    for (guint tried = 0; tried < e->n_hosts; tried++) {
        code = try_host(e, all, p, answer, &status);
        if (code != CURLE_COULDNT_CONNECT && code != CURLE_COULDNT_RESOLVE_HOST)
            break;
        if (tried + 1 < e->n_hosts)
            e->at = (e->at + 1) % e->n_hosts;
    }
    if (code == CURLE_OK && status == 200)
        return true;
    if (code == CURLE_OK)
        fail_refused(e, answer, error);
    else
        g_set_error(error, ENGINE_ERROR, ENGINE_ERROR_AWAY, "%s: %s", e->hosts[e->at],
                    code == CURLE_ABORTED_BY_CALLBACK ? "interrupted" : curl_easy_strerror(code));
    return false;
}

static bool post(struct engine *e, const char *settings, const char *sql, size_t size, GString *answer, GError **error)
{
    const struct posted statement = {.bytes = sql, .size = size};
    return post_all(e, settings, &statement, answer, error);
}

static bool tell(struct engine *e, const char *sql, GError **error)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    return post(e, "", sql, strlen(sql), answer, error);
}

bool engine_tell_later(struct engine *e, const char *sql, GError **error)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    return post(e, "&distributed_ddl_task_timeout=0", sql, strlen(sql), answer, error);
}

bool engine_tell_all(struct engine *e, const char *sql, GError **error)
{
    g_auto(GStrv) each = g_strsplit(sql, ";\n", -1);
    for (guint i = 0; each[i]; i++)
        if (*g_strstrip(each[i]) && !tell(e, each[i], error))
            return false;
    return true;
}

/* A table of a shard takes one insert by a quorum at a time: another program's is under way, or a replica that has to have it is away. */
static bool is_taken(const GError *error)
{
    return strstr(error->message, "Another quorum insert") || strstr(error->message, "Quorum for previous write");
}

static bool insert(struct engine *e, const char *settings, const GString *sql, GError **error)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    const gint64 until_us = g_get_monotonic_time() + ENGINE_QUORUM_WAIT_S * US_PER_SECOND;
    for (;;) {
        g_autoptr(GError) failure = NULL;
        if (post(e, settings, sql->str, sql->len, answer, &failure))
            return true;
        if (!is_taken(failure) || g_get_monotonic_time() > until_us || end_early(e, 0, 0, 0, 0) != 0) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        g_usleep((gulong)g_random_int_range(TURN_LEAST_US, TURN_MOST_US)); /* so that not all come back at once */
    }
}

/* Rows are known by their identity, so that blocks need not be: a block that was written before without a quorum would then count as done. */
bool engine_insert(struct engine *e, const char *table, const GString *rows, GError **error)
{
    g_autoptr(GString) sql = g_string_new(NULL);
    g_autofree char *settings = g_strdup_printf("&insert_distributed_sync=1&insert_deduplicate=0&insert_quorum=%" PRIu64
                                                "&insert_quorum_timeout=%d",
                                                e->quorum, ENGINE_QUORUM_WAIT_S * 1000);
    g_string_printf(sql, "INSERT INTO %s.%s FORMAT TabSeparated\n", e->database, table);
    g_string_append_len(sql, rows->str, (gssize)rows->len);
    return insert(e, settings, sql, error);
}

/* ---- answers ----------------------------------------------------------------------------------------------------- */

/* Undoes append_escaped(), in place. */
static void unescape(char *field)
{
    char *to = field;
    for (const char *from = field; *from; from++) {
        if (*from == '\\' && from[1]) {
            from++;
            *to++ = (char)(*from == 't' ? '\t' : *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from);
        } else
            *to++ = *from;
    }
    *to = '\0';
}

static void free_line(void *line)
{
    g_strfreev(line);
}

static struct engine_rows *split_answer(const GString *answer)
{
    struct engine_rows *r = g_new0(struct engine_rows, 1);
    r->lines = g_ptr_array_new_with_free_func(free_line);
    const char *end = answer->str + answer->len;
    for (const char *line = answer->str; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        stop = stop ? stop : end;
        g_autofree char *text = g_strndup(line, (gsize)(stop - line));
        char **fields = g_strsplit(text, "\t", -1);
        for (guint i = 0; fields[i]; i++)
            unescape(fields[i]);
        g_ptr_array_add(r->lines, fields);
        line = stop + 1;
    }
    return r;
}

struct engine_rows *engine_ask(struct engine *e, const char *sql, GError **error)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    return post(e, "&default_format=TabSeparated", sql, strlen(sql), answer, error) ? split_answer(answer) : NULL;
}

struct engine_rows *engine_ask_of(struct engine *e, const char *sql, const GString *ids, GError **error)
{
    g_autoptr(GString) answer = g_string_new(NULL);
    g_autofree char *query = g_uri_escape_string(sql, NULL, FALSE);
    g_autofree char *settings = g_strconcat("&default_format=TabSeparated&ids_structure=id%20UUID&query=", query, NULL);
    const struct posted table = {ids->str, ids->len, "ids"};
    return post_all(e, settings, &table, answer, error) ? split_answer(answer) : NULL;
}

void engine_rows_free(struct engine_rows *r)
{
    if (!r)
        return;
    g_ptr_array_unref(r->lines);
    g_free(r);
}

char **engine_next(struct engine_rows *r)
{
    return r->at < r->lines->len ? r->lines->pdata[r->at++] : NULL;
}

void engine_rewind(struct engine_rows *r)
{
    r->at = 0;
}

bool engine_ask_number(struct engine *e, const char *sql, int64_t *n, GError **error)
{
    struct engine_rows *r = engine_ask(e, sql, error);
    char **line = r ? engine_next(r) : NULL;
    *n = line && line[0] ? g_ascii_strtoll(line[0], NULL, 10) : 0;
    engine_rows_free(r);
    return r != NULL;
}
