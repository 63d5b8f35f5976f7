#include "report/page_server.h"

#include "base/interrupt.h"
#include "report/page_request.h"

#include <assert.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>

#define CLIENTS_MAX      32 /* at once; another one takes the place of the oldest */
#define REQUEST_SEC_MAX  10 /* from the connection to the end of the request, however its bytes come */
#define RESPONSE_SEC_MAX 30 /* until the browser has taken all of the page */

struct page_server {
    const struct page_server_options *options;
    char *host;    /* "127.0.0.1:PORT"; NULL until it listens */
    GQueue all;    /* client: every connection that is not closed, the oldest first */
    guint n_open;  /* of these, the ones that were not given up */
    GString *tag;  /* of `page` */
    GString *page; /* the last one that was made, or NULL */
};

/* One request; then the connection is closed. */
struct client {
    struct page_server *server;
    GSocketConnection *connection;
    GCancellable *given_up; /* cancelled: whatever it waits for fails, and then it is closed */
    guint deadline;         /* a source */
    gsize n;
    char request[PAGE_REQUEST_BYTES_MAX]; /* n bytes and a 0 */
    GString *response;                    /* NULL until the request has been read */
};

static bool page_server_check(const struct page_server *s)
{
    assert(s->options && s->options->tag && s->options->page && s->options->ready);
    assert(s->n_open <= CLIENTS_MAX && s->n_open <= s->all.length);
    assert(s->tag && (s->page || s->tag->len == 0));
    return true;
}

static bool client_check(const struct client *c)
{
    assert(c->server && c->connection && c->given_up);
    assert(c->n < sizeof c->request && c->request[c->n] == 0);
    return true;
}

static bool refresh_page(struct page_server *s, GError **error)
{
    g_autoptr(GString) tag = g_string_new(NULL), page = g_string_new(NULL);
    s->options->tag(tag, s->options->data);
    if (s->page && g_string_equal(tag, s->tag))
        return true;
    if (!s->options->page(tag->str, page, s->options->data, error))
        return false;
    if (s->page)
        g_string_free(s->page, TRUE);
    s->page = g_steal_pointer(&page);
    g_string_assign(s->tag, tag->str);
    assert(page_server_check(s));
    return true;
}

/* ---- responses --------------------------------------------------------------------------------------------------- */

/* A response to `head` has everything but the body. */
struct response {
    GString *out;
    bool head;
};

static void put_response(const struct response *r, const char *status, const char *type, const char *body, gsize n)
{
    GString *out = r->out;
    g_string_append_printf(out,
                           "HTTP/1.1 %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %" G_GSIZE_FORMAT
                           "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
                           "Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n"
                           "Connection: close\r\n\r\n",
                           status, type, n);
    if (!r->head)
        g_string_append_len(out, body, (gssize)n);
}

static void put_error_response(const struct response *r, const char *status, const char *why)
{
    g_autofree char *body = g_strconcat(why, "\n", NULL);
    put_response(r, status, "text/plain", body, strlen(body));
}

static void put_tag_response(const struct page_server *s, const struct response *r)
{
    g_autoptr(GString) tag = g_string_new(NULL);
    s->options->tag(tag, s->options->data);
    put_response(r, "200 OK", "text/plain", tag->str, tag->len);
}

static void put_page_response(struct page_server *s, const struct response *r)
{
    g_autoptr(GError) error = NULL;
    if (refresh_page(s, &error))
        put_response(r, "200 OK", "text/html", s->page->str, s->page->len);
    else
        put_error_response(r, "500 Internal Server Error", error->message);
}

/* The request has ended, or will never end. */
static void respond(struct page_server *s, const struct page_request *request, GString *out)
{
    const struct response r = {out, request->head};
    switch (request->kind) {
    case PAGE_REQUEST_PAGE:
        put_page_response(s, &r);
        return;
    case PAGE_REQUEST_TAG:
        put_tag_response(s, &r);
        return;
    case PAGE_REQUEST_FOREIGN:
        put_error_response(&r, "403 Forbidden", "Ask for this page by its own address.");
        return;
    case PAGE_REQUEST_WRITES:
        put_error_response(&r, "405 Method Not Allowed\r\nAllow: GET, HEAD", "This page can only be read.");
        return;
    case PAGE_REQUEST_UNKNOWN:
        put_error_response(&r, "404 Not Found", "There is only one page here: /");
        return;
    case PAGE_REQUEST_TOO_LONG:
        put_error_response(&r, "431 Request Header Fields Too Large", "That request is too long.");
        return;
    case PAGE_REQUEST_UNFINISHED:
        assert(request->kind != PAGE_REQUEST_UNFINISHED);
        return;
    }
}

/* ---- clients ----------------------------------------------------------------------------------------------------- */

/* The read or write that it waits for fails at once, and closes it. */
static void give_up_client(struct client *c)
{
    if (g_cancellable_is_cancelled(c->given_up))
        return;
    c->server->n_open--;
    g_cancellable_cancel(c->given_up);
}

static gboolean on_deadline(gpointer data)
{
    struct client *c = data;
    c->deadline = 0;
    give_up_client(c);
    return G_SOURCE_REMOVE;
}

static void set_deadline(struct client *c, guint seconds)
{
    if (c->deadline)
        g_source_remove(c->deadline);
    c->deadline = g_timeout_add_seconds(seconds, on_deadline, c);
}

static void close_client(struct client *c)
{
    give_up_client(c);
    g_queue_remove(&c->server->all, c);
    assert(page_server_check(c->server));
    if (c->deadline)
        g_source_remove(c->deadline);
    g_io_stream_close(G_IO_STREAM(c->connection), NULL, NULL);
    g_object_unref(c->connection);
    g_object_unref(c->given_up);
    if (c->response)
        g_string_free(c->response, TRUE);
    g_free(c);
}

static void on_response_written(GObject *stream, GAsyncResult *result, gpointer data)
{
    g_output_stream_write_all_finish(G_OUTPUT_STREAM(stream), result, NULL, NULL);
    close_client(data);
}

static void send_response(struct client *c)
{
    GOutputStream *stream = g_io_stream_get_output_stream(G_IO_STREAM(c->connection));
    set_deadline(c, RESPONSE_SEC_MAX);
    g_output_stream_write_all_async(stream, c->response->str, c->response->len, G_PRIORITY_DEFAULT, c->given_up,
                                    on_response_written, c);
}

static void read_request(struct client *c);

static void on_request_read(GObject *stream, GAsyncResult *result, gpointer data)
{
    struct client *c = data;
    const gssize got = g_input_stream_read_finish(G_INPUT_STREAM(stream), result, NULL);
    if (got <= 0) {
        close_client(c);
        return;
    }
    c->n += (gsize)got;
    c->request[c->n] = 0;
    assert(client_check(c));
    const struct page_request request = page_request_read(c->request, c->n, c->server->host);
    if (request.kind == PAGE_REQUEST_UNFINISHED) {
        read_request(c);
        return;
    }
    c->response = g_string_new(NULL);
    respond(c->server, &request, c->response);
    send_response(c);
}

static void read_request(struct client *c)
{
    assert(client_check(c) && c->n < PAGE_REQUEST_BYTES_MAX - 1 && !c->response);
    g_input_stream_read_async(g_io_stream_get_input_stream(G_IO_STREAM(c->connection)), c->request + c->n,
                              PAGE_REQUEST_BYTES_MAX - 1 - c->n, G_PRIORITY_DEFAULT, c->given_up, on_request_read, c);
}

/* Gives up the oldest one that has not finished its question; if all have, the oldest. */
static void make_room(struct page_server *s)
{
    struct client *oldest = NULL;
    for (GList *i = s->all.tail; i; i = i->prev) {
        struct client *c = i->data;
        const bool better = !oldest || oldest->response || !c->response;
        if (better && !g_cancellable_is_cancelled(c->given_up))
            oldest = c;
    }
    assert(oldest); /* n_open of them were not given up */
    give_up_client(oldest);
}

static gboolean on_connection(GSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
    (void)service;
    (void)source;
    struct page_server *s = data;
    if (s->n_open == CLIENTS_MAX)
        make_room(s);
    struct client *c = g_new0(struct client, 1);
    c->server = s;
    c->connection = g_object_ref(connection);
    c->given_up = g_cancellable_new();
    g_queue_push_tail(&s->all, c);
    s->n_open++;
    assert(page_server_check(s));
    set_deadline(c, REQUEST_SEC_MAX);
    read_request(c);
    return TRUE;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

/* Only wakes the loop. */
static gboolean on_interrupt(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd, (void)condition, (void)data;
    return G_SOURCE_REMOVE;
}

static void give_up_all(struct page_server *s)
{
    for (GList *i = s->all.head; i; i = i->next)
        give_up_client(i->data);
    while (s->all.length > 0) /* what was cancelled comes back at once */
        g_main_context_iteration(NULL, TRUE);
}

static void serve_until_stopped(struct page_server *s, GSocketService *service)
{
    g_autofree char *address = g_strdup_printf("http://%s/", s->host);
    g_unix_fd_add(interrupt_fd(), G_IO_IN, on_interrupt, NULL);
    g_signal_connect(service, "incoming", G_CALLBACK(on_connection), s);
    s->options->ready(address, s->options->data);
    while (!interrupt_requested())
        g_main_context_iteration(NULL, TRUE);
    g_socket_service_stop(service);
    g_socket_listener_close(G_SOCKET_LISTENER(service));
    give_up_all(s);
}

bool page_server_run(const struct page_server_options *options, GError **error)
{
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) asked = g_inet_socket_address_new(loopback, options->port), got = NULL;
    g_autoptr(GSocketService) service = g_socket_service_new();
    struct page_server s = {.options = options, .all = G_QUEUE_INIT, .tag = g_string_new(NULL)};
    assert(page_server_check(&s));
    /* Nobody is let in before the page is made. Making it may give up the right to make sockets (film_stills.h). */
    const bool ready = g_socket_listener_add_address(G_SOCKET_LISTENER(service), asked, G_SOCKET_TYPE_STREAM,
                                                     G_SOCKET_PROTOCOL_TCP, NULL, &got, error) &&
                       refresh_page(&s, error);
    if (ready) {
        s.host = g_strdup_printf("127.0.0.1:%u", g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(got)));
        serve_until_stopped(&s, service);
    }
    g_free(s.host);
    if (s.page)
        g_string_free(s.page, TRUE);
    g_string_free(s.tag, TRUE);
    return ready;
}
