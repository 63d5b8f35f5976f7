#include "edit/rpc.h"

#include "base/console.h"
#include "base/json.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define HEADER_BYTES_MAX  1024
#define MESSAGE_BYTES_MAX (64 * 1024 * 1024)
#define SKIPPED_BYTES_MAX (INT64_C(1) << 32) /* a longer message is not waited for */
#define NESTED_MAX        64

struct reader {
    int fd;
    rpc_take take;
    void *user;
    char buffer[64 * 1024];
    size_t begin, end; /* what is read and not used */
};

/* On its way from the reading thread to the main one. */
struct delivery {
    rpc_take take;
    void *user;
    JsonNode *message;
    char *problem; /* NULL: there is a message, or the end */
    enum rpc_error code;
};

/* ---- writing ----------------------------------------------------------------------------------------------------- */

static bool write_message(JsonBuilder *b)
{
    g_autoptr(GString) document = g_string_new(NULL), out = g_string_new(NULL);
    json_put_document(b, false, document);
    g_object_unref(b);
    g_string_append_printf(out, "Content-Length: %zu\r\n\r\n", document->len);
    g_string_append_len(out, document->str, (gssize)document->len);
    return console_write_bytes(out->str, out->len) && console_flush();
}

static JsonBuilder *begin_message(void)
{
    JsonBuilder *b = json_builder_new();
    json_builder_begin_object(b);
    json_put_text(b, "jsonrpc", "2.0");
    return b;
}

static void put_node(JsonBuilder *b, const char *key, JsonNode *node)
{
    json_builder_set_member_name(b, key);
    json_builder_add_value(b, node ? node : json_node_new(JSON_NODE_NULL));
}

bool rpc_reply(JsonNode *id, JsonNode *result)
{
    JsonBuilder *b = begin_message();
    put_node(b, "id", id ? json_node_copy(id) : NULL);
    put_node(b, "result", result);
    json_builder_end_object(b);
    return write_message(b);
}

bool rpc_reply_error(JsonNode *id, enum rpc_error code, const char *message)
{
    JsonBuilder *b = begin_message();
    put_node(b, "id", id ? json_node_copy(id) : NULL);
    json_put_object(b, "error");
    json_put_int(b, "code", code);
    json_put_text(b, "message", message);
    json_builder_end_object(b);
    json_builder_end_object(b);
    return write_message(b);
}

bool rpc_notify(const char *method, JsonNode *params)
{
    JsonBuilder *b = begin_message();
    json_put_text(b, "method", method);
    put_node(b, "params", params);
    json_builder_end_object(b);
    return write_message(b);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static gboolean deliver(void *data)
{
    struct delivery *d = data;
    if (d->problem)
        rpc_reply_error(NULL, d->code, d->problem);
    else
        d->take(d->user, g_steal_pointer(&d->message));
    return G_SOURCE_REMOVE;
}

static void delivery_free(void *data)
{
    struct delivery *d = data;
    g_clear_pointer(&d->message, json_node_unref);
    g_free(d->problem);
    g_free(d);
}

static void send_on(const struct reader *r, JsonNode *message, enum rpc_error code, const char *problem)
{
    struct delivery *d = g_new(struct delivery, 1);
    *d = (struct delivery){r->take, r->user, message, g_strdup(problem), code};
    g_idle_add_full(G_PRIORITY_DEFAULT, deliver, d,
                    delivery_free); /* not g_main_context_invoke(), which may run it here */
}

/* False: there is no more. */
static bool fill(struct reader *r)
{
    assert(r->begin == r->end);
    ssize_t n;
    do
        n = read(r->fd, r->buffer, sizeof r->buffer);
    while (n < 0 && errno == EINTR);
    r->begin = 0;
    r->end = n > 0 ? (size_t)n : 0;
    return n > 0;
}

/* One line of a header without its end; a longer one is cut. False: the stream ends. */
static bool read_line(struct reader *r, GString *line)
{
    g_string_truncate(line, 0);
    for (;;) {
        if (r->begin == r->end && !fill(r))
            return false;
        const char c = r->buffer[r->begin++];
        if (c == '\n')
            break;
        if (line->len < HEADER_BYTES_MAX)
            g_string_append_c(line, c);
    }
    if (line->len && line->str[line->len - 1] == '\r')
        g_string_truncate(line, line->len - 1);
    return true;
}

/* The length that a block of headers tells, or -1. *ended: the stream ends. */
static int64_t read_header(struct reader *r, bool *ended)
{
    static const char name[] = "content-length:";
    g_autoptr(GString) line = g_string_new(NULL);
    int64_t length = -1;
    bool any = false;
    while (!(*ended = !read_line(r, line))) {
        if (line->len == 0 && any)
            return length;
        any |= line->len > 0;
        guint64 n;
        if (g_ascii_strncasecmp(line->str, name, strlen(name)) == 0 &&
            g_ascii_string_to_unsigned(g_strstrip(line->str + strlen(name)), 10, 0, INT64_MAX, &n, NULL))
            length = (int64_t)n;
    }
    return -1;
}

/* Moves `n` bytes to `to`, or nowhere if that is NULL. False: the stream ends. */
static bool read_bytes(struct reader *r, int64_t n, char *to)
{
    while (n > 0) {
        if (r->begin == r->end && !fill(r))
            return false;
        const size_t part = (size_t)MIN(n, (int64_t)(r->end - r->begin));
        if (to)
            to = (char *)memcpy(to, r->buffer + r->begin, part) + part;
        r->begin += part;
        n -= (int64_t)part;
    }
    return true;
}

static void take_document(const struct reader *r, const char *text, size_t len)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonParser) parser = json_read(text, len, NESTED_MAX, &error);
    if (!parser)
        send_on(r, NULL, RPC_PARSE_ERROR, error->message);
    else if (!JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
        send_on(r, NULL, RPC_INVALID_REQUEST, "a message is an object");
    else
        send_on(r, json_parser_steal_root(parser), RPC_PARSE_ERROR, NULL);
}

/* False: the stream ends. */
static bool read_message(struct reader *r)
{
    bool ended;
    const int64_t length = read_header(r, &ended);
    if (ended)
        return false;
    if (length < 0) {
        send_on(r, NULL, RPC_PARSE_ERROR, "a header without Content-Length");
        return true;
    }
    if (length > MESSAGE_BYTES_MAX) {
        send_on(r, NULL, RPC_INVALID_REQUEST, "this message is too long");
        return length <= SKIPPED_BYTES_MAX && read_bytes(r, length, NULL);
    }
    g_autofree char *text = g_malloc((gsize)length + 1);
    if (!read_bytes(r, length, text))
        return false;
    text[length] = '\0';
    take_document(r, text, (size_t)length);
    return true;
}

static void *read_all(void *data)
{
    struct reader *r = data;
    while (read_message(r))
        ;
    send_on(r, NULL, RPC_PARSE_ERROR, NULL);
    g_free(r);
    return NULL;
}

void rpc_listen(int fd, rpc_take take, void *user)
{
    struct reader *r = g_new0(struct reader, 1);
    r->fd = fd;
    r->take = take;
    r->user = user;
    g_thread_unref(g_thread_new("rpc", read_all, r));
}
