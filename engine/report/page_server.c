#include "report/page_server.h"

#include <assert.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#define CLIENTS_MAX        32   /* at once; more are turned away */
#define REQUEST_BYTES_MAX  8192 /* up to the empty line that ends a request */
#define CLIENT_TIMEOUT_SEC 10   /* of a browser that sends nothing, or takes nothing */

struct page_server {
    const struct page_server_options *options;
    char *host; /* "127.0.0.1:PORT"; NULL until it listens */
    int clients;
    GString *tag;  /* of `page` */
    GString *page; /* the last one that was made, or NULL */
    GMainLoop *loop;
};

/* One request; then the connection is closed. */
struct client {
    struct page_server *server;
    GSocketConnection *connection;
    gsize n;
    char request[REQUEST_BYTES_MAX]; /* n bytes and a 0 */
    GString *response;               /* NULL until the request has been read */
};

static bool page_server_check(const struct page_server *s)
{
    assert(s->options && s->options->tag && s->options->page && s->options->ready);
    assert(s->clients >= 0 && s->clients <= CLIENTS_MAX);
    assert(s->tag && (s->page || s->tag->len == 0));
    return true;
}

static bool client_check(const struct client *c)
{
    assert(c->server && c->connection);
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

/* There is exactly one Host line, and it names us. */
static bool names_this_host(const struct page_server *s, const char *request)
{
    g_auto(GStrv) lines = g_strsplit(request, "\r\n", -1);
    int hosts = 0, ours = 0;
    for (int i = 1; lines[i]; i++) {
        if (g_ascii_strncasecmp(lines[i], "Host:", 5) != 0)
            continue;
        hosts++;
        ours += strcmp(g_strstrip(lines[i] + 5), s->host) == 0;
    }
    return hosts == 1 && ours == 1;
}

static void put_response(GString *out, const char *status, const char *type, const char *body, gsize n)
{
    g_string_append_printf(out,
                           "HTTP/1.1 %s\r\nContent-Type: %s; charset=utf-8\r\nContent-Length: %" G_GSIZE_FORMAT
                           "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
                           "Cross-Origin-Resource-Policy: same-origin\r\nReferrer-Policy: no-referrer\r\n"
                           "Connection: close\r\n\r\n",
                           status, type, n);
    g_string_append_len(out, body, (gssize)n);
}

static void put_error_response(GString *out, const char *status, const char *why)
{
    g_autofree char *body = g_strconcat(why, "\n", NULL);
    put_response(out, status, "text/plain", body, strlen(body));
}

static void put_tag_response(const struct page_server *s, GString *out)
{
    g_autoptr(GString) tag = g_string_new(NULL);
    s->options->tag(tag, s->options->data);
    put_response(out, "200 OK", "text/plain", tag->str, tag->len);
}

static void respond(struct page_server *s, const char *request, GString *out)
{
    g_autoptr(GError) error = NULL;
    if (!names_this_host(s, request))
        put_error_response(out, "403 Forbidden", "Ask for this page by its own address.");
    else if (g_str_has_prefix(request, "GET /tag "))
        put_tag_response(s, out);
    else if (!g_str_has_prefix(request, "GET / "))
        put_error_response(out, "404 Not Found", "There is only one page here: /");
    else if (refresh_page(s, &error))
        put_response(out, "200 OK", "text/html", s->page->str, s->page->len);
    else
        put_error_response(out, "500 Internal Server Error", error->message);
}

/* ---- clients ----------------------------------------------------------------------------------------------------- */

static void close_client(struct client *c)
{
    c->server->clients--;
    assert(page_server_check(c->server));
    g_io_stream_close(G_IO_STREAM(c->connection), NULL, NULL);
    g_object_unref(c->connection);
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
    g_output_stream_write_all_async(stream, c->response->str, c->response->len, G_PRIORITY_DEFAULT, NULL,
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
    const bool whole = strstr(c->request, "\r\n\r\n") != NULL;
    if (!whole && c->n < REQUEST_BYTES_MAX - 1) {
        read_request(c);
        return;
    }
    c->response = g_string_new(NULL);
    if (whole)
        respond(c->server, c->request, c->response);
    else
        put_error_response(c->response, "431 Request Header Fields Too Large", "That request is too long.");
    send_response(c);
}

static void read_request(struct client *c)
{
    assert(client_check(c) && c->n < REQUEST_BYTES_MAX - 1 && !c->response);
    g_input_stream_read_async(g_io_stream_get_input_stream(G_IO_STREAM(c->connection)), c->request + c->n,
                              REQUEST_BYTES_MAX - 1 - c->n, G_PRIORITY_DEFAULT, NULL, on_request_read, c);
}

static gboolean on_connection(GSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
    (void)service;
    (void)source;
    struct page_server *s = data;
    if (s->clients == CLIENTS_MAX)
        return TRUE;
    s->clients++;
    assert(page_server_check(s));
    struct client *c = g_new0(struct client, 1);
    c->server = s;
    c->connection = g_object_ref(connection);
    g_socket_set_timeout(g_socket_connection_get_socket(connection), CLIENT_TIMEOUT_SEC);
    read_request(c);
    return TRUE;
}

/* ---- all --------------------------------------------------------------------------------------------------------- */

static gboolean on_stop_signal(gpointer data)
{
    g_main_loop_quit(data);
    return G_SOURCE_CONTINUE;
}

static void serve_until_stopped(struct page_server *s, GSocketService *service)
{
    s->loop = g_main_loop_new(NULL, FALSE);
    const guint signals[] = {g_unix_signal_add(SIGINT, on_stop_signal, s->loop),
                             g_unix_signal_add(SIGTERM, on_stop_signal, s->loop)};
    g_signal_connect(service, "incoming", G_CALLBACK(on_connection), s);
    g_autofree char *address = g_strdup_printf("http://%s/", s->host);
    s->options->ready(address, s->options->data);
    g_main_loop_run(s->loop);
    g_socket_service_stop(service);
    g_socket_listener_close(G_SOCKET_LISTENER(service));
    while (s->clients > 0) /* takes CLIENT_TIMEOUT_SEC at most */
        g_main_context_iteration(NULL, TRUE);
    for (size_t i = 0; i < G_N_ELEMENTS(signals); i++)
        g_source_remove(signals[i]);
    g_main_loop_unref(s->loop);
}

bool page_server_run(const struct page_server_options *options, GError **error)
{
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) asked = g_inet_socket_address_new(loopback, options->port), got = NULL;
    g_autoptr(GSocketService) service = g_socket_service_new();
    struct page_server s = {.options = options, .tag = g_string_new(NULL)};
    assert(page_server_check(&s));
    const bool ready = refresh_page(&s, error) &&
                       g_socket_listener_add_address(G_SOCKET_LISTENER(service), asked, G_SOCKET_TYPE_STREAM,
                                                     G_SOCKET_PROTOCOL_TCP, NULL, &got, error);
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
