#include "telemetry/collect/server.h"

#include <assert.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <string.h>

enum { DEFAULT_PORT = 8471 };

struct server {
    struct MHD_Daemon *daemon;
    char *address;
};

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned status, const char *body)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    const enum MHD_Result done = MHD_queue_response(connection, status, r);
    MHD_destroy_response(r);
    return done;
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **request)
{
    (void)data, (void)version, (void)upload, (void)upload_size, (void)request;
    if (strcmp(url, "/health") != 0)
        return respond(connection, MHD_HTTP_NOT_FOUND, "{\"error\":\"not-found\"}\n");
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return respond(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "{\"error\":\"method\"}\n");
    return respond(connection, MHD_HTTP_OK, "{\"healthy\":true}\n");
}

static char *address_text(GSocketAddress *address)
{
    g_autofree char *host = g_inet_address_to_string(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
    const unsigned port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address));
    return g_strdup_printf(strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

/* A socket that listens, for libmicrohttpd to close; -1 and error: it can't. */
static int open_listener(const char *listen, char **address, GError **error)
{
    g_autoptr(GNetworkAddress) place = G_NETWORK_ADDRESS(g_network_address_parse(listen, DEFAULT_PORT, error));
    if (!place)
        return -1;
    g_autoptr(GSocketAddress) asked =
        g_inet_socket_address_new_from_string(g_network_address_get_hostname(place), g_network_address_get_port(place));
    if (!asked) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "'%s' is no address to listen at, as 127.0.0.1:%d is", listen, DEFAULT_PORT);
        return -1;
    }
    g_autoptr(GSocket) socket =
        g_socket_new(g_socket_address_get_family(asked), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
    if (!socket || !g_socket_bind(socket, asked, TRUE, error) || !g_socket_listen(socket, error))
        return -1;
    g_autoptr(GSocketAddress) got = g_socket_get_local_address(socket, error);
    if (!got)
        return -1;
    *address = address_text(got);
    return fcntl(g_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0);
}

struct server *server_start(const char *listen, GError **error)
{
    struct server *s = g_new0(struct server, 1);
    const int fd = open_listener(listen, &s->address, error);
    if (fd >= 0)
        s->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, on_request, s,
                                     MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_END);
    if (s->daemon)
        return s;
    if (fd >= 0)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the server can't be started at %s", s->address);
    server_stop(s);
    return NULL;
}

const char *server_address(const struct server *s)
{
    assert(s->address);
    return s->address;
}

void server_stop(struct server *s)
{
    if (!s)
        return;
    if (s->daemon)
        MHD_stop_daemon(s->daemon);
    g_free(s->address);
    g_free(s);
}
