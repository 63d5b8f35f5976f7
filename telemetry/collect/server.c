#include "telemetry/collect/server.h"

#include "telemetry/collect/intake.h"
#include "telemetry/collect/metrics.h"
#include "telemetry/collect/rate.h"

#include <assert.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    FILES_ELSE = 128, /* open files beside connections: those of the store, the server's own */
    DEFAULT_PORT = 8471,
    HEAD_BYTES_MAX = 16 * 1024, /* of one connection: its headers, and what it reads at a time */
    BUSY_RETRY_S = 5,
    EXCESS_MAX = 8 * WIRE_BODY_MAX, /* so much of a body that is too large is thrown away before its sender is told */
};

struct server {
    struct server_options o;
    const struct wire_catalogue *catalogue;
    const struct tokens *tokens;
    struct committer *committer;
    struct rate *rate;
    struct MHD_Daemon *daemon;
    char *address;
    GMutex lock; /* of all below */
    GCond idle;
    GQueue connections; /* struct connection */
    guint under_way;    /* requests between their first line and the end of their answer */
    int stops;          /* 1: nobody is let in any more; by atomic operations */
    struct metrics metrics;
};

/* An open connection. */
struct connection {
    int fd;
    int64_t
        since_us; /* when the request that is awaited or is coming began; 0: it is here, and its answer is being made */
    bool cut, idle; /* idle: its latest request was answered, and no other one has come */
    GList link;
};

enum request_state { REQUEST_COMES, REQUEST_WAITS, REQUEST_IS_ANSWERED };

enum page { PAGE_NONE, PAGE_HEALTH, PAGE_METRICS, PAGE_VIEWINGS, PAGE_ERASURES };

/* One request. It is answered when it has come as a whole: libmicrohttpd closes the connection of one that is answered before. */
struct request {
    enum page page;
    struct server *server;
    struct MHD_Connection *connection;
    enum request_state state;
    struct intake in;
    char *token;
    GByteArray *body;
    gsize came;
    enum wire_code refused; /* by its head; then its body is thrown away, and it is told when it has come */
    guint retry_s;
    int64_t whole_us; /* when its last byte was here */
    struct commit_request commit;
};

/* ---- answers ------------------------------------------------------------------------------------------------------- */

static struct MHD_Response *make_response(GString *body, const char *type)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(body->len, body->str, MHD_RESPMEM_MUST_COPY);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
    return r;
}

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status, struct MHD_Response *r)
{
    const enum MHD_Result done = MHD_queue_response(connection, status, r);
    MHD_destroy_response(r);
    return done;
}

static void count_answer(struct server *s, enum wire_code code)
{
    g_mutex_lock(&s->lock);
    s->metrics.answers[code]++;
    g_mutex_unlock(&s->lock);
}

static enum MHD_Result answer(struct server *s, struct MHD_Connection *connection, enum wire_code code, GString *body,
                              guint retry_s)
{
    struct MHD_Response *r = make_response(body, "application/json");
    if (retry_s > 0) {
        char seconds[16];
        g_snprintf(seconds, sizeof seconds, "%u", retry_s);
        MHD_add_response_header(r, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    }
    if (code == WIRE_NO_METHOD)
        MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, POST");
    if (g_atomic_int_get(&s->stops))
        MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
    count_answer(s, code);
    g_string_free(body, TRUE);
    return queue(connection, (unsigned)wire_code_http(code), r);
}

static enum MHD_Result answer_refusal(struct server *s, struct MHD_Connection *connection,
                                      const struct wire_refusal *refusal, guint retry_s)
{
    return answer(s, connection, refusal->code, wire_refusal_write(refusal), retry_s);
}

static enum MHD_Result refuse(struct server *s, struct MHD_Connection *connection, enum wire_code code, guint retry_s)
{
    struct wire_refusal refusal;
    wire_refuse(&refusal, code, "%s", wire_code_what(code));
    return answer_refusal(s, connection, &refusal, retry_s);
}

static enum MHD_Result answer_health(struct server *s, struct MHD_Connection *connection)
{
    struct commit_counts counts;
    committer_read(s->committer, &counts, NULL);
    g_autoptr(GString) body = g_string_new(counts.healthy ? "{\"healthy\":true}\n" : "{\"healthy\":false}\n");
    return queue(connection, counts.healthy ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE,
                 make_response(body, "application/json"));
}

static enum MHD_Result answer_metrics(struct server *s, struct MHD_Connection *connection)
{
    struct commit_counts counts;
    g_autoptr(GString) body = g_string_new(NULL);
    committer_read(s->committer, &counts, NULL);
    g_mutex_lock(&s->lock);
    struct metrics metrics = s->metrics;
    metrics.connections = s->connections.length;
    g_mutex_unlock(&s->lock);
    metrics_write(&metrics, &counts, body);
    return queue(connection, MHD_HTTP_OK, make_response(body, "text/plain; version=0.0.4; charset=utf-8"));
}

/* ---- connections --------------------------------------------------------------------------------------------------- */

static struct connection *connection_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void set_since(struct server *s, struct MHD_Connection *connection, int64_t since_us)
{
    g_mutex_lock(&s->lock);
    connection_of(connection)->since_us = since_us;
    g_mutex_unlock(&s->lock);
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct server *s = data;
    struct connection *c = *context;
    g_mutex_lock(&s->lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        *context = c = g_new0(struct connection, 1);
        c->fd = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        c->since_us = g_get_monotonic_time();
        c->link.data = c;
        g_queue_push_tail_link(&s->connections, &c->link);
    } else {
        g_queue_unlink(&s->connections, &c->link);
        g_free(c);
    }
    g_mutex_unlock(&s->lock);
}

/* libmicrohttpd reads the end of the stream, and closes the connection. */
static void cut_off(struct server *s, int64_t older_than_us)
{
    g_mutex_lock(&s->lock);
    for (GList *i = s->connections.head; i; i = i->next) {
        struct connection *c = i->data;
        if (c->cut || c->since_us == 0 || c->since_us > older_than_us)
            continue;
        c->cut = true;
        s->metrics.cut_off += !c->idle;
        shutdown(c->fd, SHUT_RDWR);
    }
    g_mutex_unlock(&s->lock);
}

void server_tend(struct server *s)
{
    cut_off(s, g_get_monotonic_time() - (int64_t)s->o.request_ms * G_TIME_SPAN_MILLISECOND);
}

/* Who sends: the connection's other end or, behind a proxy, the client that the proxy names. Caller frees. */
static char *client_of(const struct server *s, struct MHD_Connection *connection)
{
    const char *named = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Forwarded-For");
    if (s->o.proxied && named) {
        const char *last = strrchr(named, ',');
        return g_strstrip(g_strdup(last ? last + 1 : named));
    }
    struct sockaddr *address = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
    const gsize size = address->sa_family == AF_INET6 ? 28 : 16;
    g_autoptr(GSocketAddress) a = g_socket_address_new_from_native(address, size);
    return G_IS_INET_SOCKET_ADDRESS(a)
               ? g_inet_address_to_string(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(a)))
               : g_strdup("");
}

/* ---- requests ------------------------------------------------------------------------------------------------------ */

static void request_free(struct request *r)
{
    intake_clear(&r->commit.item);
    g_byte_array_unref(r->body);
    g_free(r->token);
    g_free(r);
}

/* Every request that was answered, or whose connection broke. */
static void on_completed(void *data, struct MHD_Connection *connection, void **context,
                         enum MHD_RequestTerminationCode code)
{
    struct server *s = data;
    (void)code;
    if (!*context)
        return;
    request_free(*context);
    *context = NULL;
    g_mutex_lock(&s->lock);
    assert(s->under_way > 0);
    connection_of(connection)->since_us = g_get_monotonic_time();
    connection_of(connection)->idle = true;
    s->under_way--;
    g_cond_signal(&s->idle);
    g_mutex_unlock(&s->lock);
}

static void on_committed(struct commit_request *commit, void *data)
{
    struct request *r = data;
    assert(commit == &r->commit);
    MHD_resume_connection(r->connection);
}

static enum MHD_Result answer_committed(struct request *r)
{
    struct server *s = r->server;
    struct collect_item *item = &r->commit.item;
    const double seconds = (double)(g_get_monotonic_time() - r->whole_us) / G_USEC_PER_SEC;
    r->state = REQUEST_IS_ANSWERED;
    set_since(s, r->connection, g_get_monotonic_time());
    if (r->commit.later)
        return refuse(s, r->connection, WIRE_NO_BUSY, BUSY_RETRY_S);
    if (item->batch && item->refusal.code != WIRE_TAKEN)
        return answer_refusal(s, r->connection, &item->refusal, 0);
    g_mutex_lock(&s->lock);
    metrics_time(&s->metrics, seconds);
    g_mutex_unlock(&s->lock);
    return answer(s, r->connection, WIRE_TAKEN,
                  item->batch ? wire_acknowledgement_write(item->batch->viewing, item->acknowledged)
                              : wire_erased_write(item->erasures, item->n),
                  0);
}

/* It is here as a whole. */
static enum MHD_Result judge(struct request *r)
{
    struct server *s = r->server;
    struct wire_refusal refusal;
    g_mutex_lock(&s->lock);
    s->metrics.requests += r->page >= PAGE_VIEWINGS;
    s->metrics.bytes += r->came;
    g_mutex_unlock(&s->lock);
    r->whole_us = g_get_monotonic_time();
    r->in.body = r->body->data;
    r->in.size = r->body->len;
    r->state = REQUEST_IS_ANSWERED;
    if (r->refused != WIRE_TAKEN)
        return refuse(s, r->connection, r->refused, r->retry_s);
    if (r->page == PAGE_HEALTH || r->page == PAGE_METRICS)
        return r->page == PAGE_HEALTH ? answer_health(s, r->connection) : answer_metrics(s, r->connection);
    const bool good = intake_read(&r->in, s->catalogue, s->tokens, &r->commit.item, &refusal);
    g_byte_array_set_size(r->body, 0);
    if (!good)
        return answer_refusal(s, r->connection, &refusal, 0);
    r->state = REQUEST_WAITS;
    r->commit.item.received_ms = g_get_real_time() / G_TIME_SPAN_MILLISECOND;
    r->commit.done = on_committed;
    r->commit.data = r;
    set_since(s, r->connection, 0); /* from now on it is the committer that takes its time */
    MHD_suspend_connection(r->connection);
    committer_put(s->committer, &r->commit);
    return MHD_YES;
}

static enum MHD_Result go_on(struct request *r, const char *upload, size_t *size)
{
    if (r->state == REQUEST_WAITS)
        return answer_committed(r);
    if (*size == 0)
        return judge(r);
    r->came += *size;
    if (r->came > EXCESS_MAX) {
        g_mutex_lock(&r->server->lock);
        r->server->metrics.cut_off++;
        g_mutex_unlock(&r->server->lock);
        return MHD_NO;
    }
    if (r->came > WIRE_BODY_MAX && r->refused == WIRE_TAKEN)
        r->refused = WIRE_NO_TOO_LARGE;
    if (r->refused == WIRE_TAKEN)
        g_byte_array_append(r->body, (const guint8 *)upload, (guint)*size);
    *size = 0;
    return MHD_YES;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static enum page page_of(const char *url)
{
    static const char *const pages[] = {
        [PAGE_HEALTH] = "/health",
        [PAGE_METRICS] = "/metrics",
        [PAGE_VIEWINGS] = "/v1/viewings",
        [PAGE_ERASURES] = "/v1/erasures",
    };
    for (size_t i = PAGE_HEALTH; i < G_N_ELEMENTS(pages); i++)
        if (strcmp(url, pages[i]) == 0)
            return (enum page)i;
    return PAGE_NONE;
}

static bool is_method_of(enum page page, const char *method)
{
    if (page == PAGE_VIEWINGS || page == PAGE_ERASURES)
        return strcmp(method, MHD_HTTP_METHOD_POST) == 0;
    return strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
}

/* Whether a sender is refused by the head of its request. */
static enum wire_code judge_sender(struct server *s, struct MHD_Connection *connection, const char *token,
                                   const char *encoding, guint *retry_s)
{
    g_autofree char *client = client_of(s, connection);
    if (g_atomic_int_get(&s->stops)) {
        *retry_s = BUSY_RETRY_S;
        return WIRE_NO_BUSY;
    }
    if (!rate_take(s->rate, client, g_get_monotonic_time(), retry_s))
        return WIRE_NO_RATE;
    if (!token || !tokens_allow(s->tokens, NULL, token))
        return WIRE_NO_TOKEN;
    return encoding && g_ascii_strcasecmp(encoding, "gzip") != 0 && g_ascii_strcasecmp(encoding, "identity") != 0
               ? WIRE_NO_TYPE
               : WIRE_TAKEN;
}

/* Whether it is refused by its head. */
static enum wire_code judge_head(struct request *r, const char *method, const char *encoding)
{
    if (r->page == PAGE_NONE)
        return WIRE_NO_NOT_FOUND;
    if (!is_method_of(r->page, method))
        return WIRE_NO_METHOD;
    return r->page < PAGE_VIEWINGS ? WIRE_TAKEN
                                   : judge_sender(r->server, r->connection, r->token, encoding, &r->retry_s);
}

static enum MHD_Result begin(struct server *s, struct MHD_Connection *connection, const char *url, const char *method,
                             void **context)
{
    const char bearer[] = "Bearer ";
    const char *length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
    const char *encoding = header(connection, MHD_HTTP_HEADER_CONTENT_ENCODING);
    const char *token = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
    struct request *r = g_new0(struct request, 1);
    r->server = s;
    r->connection = connection;
    r->page = page_of(url);
    if (token && g_ascii_strncasecmp(token, bearer, strlen(bearer)) == 0)
        r->token = g_strdup(token + strlen(bearer));
    r->in.kind = r->page == PAGE_VIEWINGS ? INTAKE_BATCH : INTAKE_ERASURES;
    r->in.gzip = encoding && g_ascii_strcasecmp(encoding, "gzip") == 0;
    r->in.token = r->token;
    r->body = g_byte_array_new();
    r->refused = judge_head(r, method, encoding);
    *context = r;
    g_mutex_lock(&s->lock);
    s->under_way++;
    connection_of(connection)->idle = false;
    g_mutex_unlock(&s->lock);
    /* What is out of all proportion is not even thrown away. */
    return length && g_ascii_strtoull(length, NULL, 10) > EXCESS_MAX ? refuse(s, connection, WIRE_NO_TOO_LARGE, 0)
                                                                     : MHD_YES;
}

/* NOLINTNEXTLINE(readability-function-size): the parameters are libmicrohttpd's */
static enum MHD_Result on_request(void *data, struct MHD_Connection *connection, const char *url, const char *method,
                                  const char *version, const char *upload, size_t *upload_size, void **context)
{
    (void)version;
    return *context ? go_on(*context, upload, upload_size) : begin(data, connection, url, method, context);
}

/* ---- beginning and end --------------------------------------------------------------------------------------------- */

static char *address_text(GSocketAddress *address)
{
    g_autofree char *host = g_inet_address_to_string(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
    const unsigned port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(address));
    return g_strdup_printf(strchr(host, ':') ? "[%s]:%u" : "%s:%u", host, port);
}

/* A socket that listens, for libmicrohttpd to close; -1 and error: it can't. */
static int open_listener(const struct server_options *o, char **address, GError **error)
{
    g_autoptr(GNetworkAddress) place = G_NETWORK_ADDRESS(g_network_address_parse(o->listen, DEFAULT_PORT, error));
    if (!place)
        return -1;
    g_autoptr(GSocketAddress) asked =
        g_inet_socket_address_new_from_string(g_network_address_get_hostname(place), g_network_address_get_port(place));
    if (!asked) {
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                    "'%s' is no address to listen at, as 127.0.0.1:%d is", o->listen, DEFAULT_PORT);
        return -1;
    }
    g_autoptr(GSocket) socket =
        g_socket_new(g_socket_address_get_family(asked), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
    /* A connection that finds no place in the queue is tried again by its sender's kernel, a second later. */
    if (socket)
        g_socket_set_listen_backlog(socket, (gint)o->connections);
    if (!socket || !g_socket_bind(socket, asked, TRUE, error) || !g_socket_listen(socket, error))
        return -1;
    g_autoptr(GSocketAddress) got = g_socket_get_local_address(socket, error);
    if (!got)
        return -1;
    *address = address_text(got);
    return fcntl(g_socket_get_fd(socket), F_DUPFD_CLOEXEC, 0);
}

static void server_free(struct server *s)
{
    rate_free(s->rate);
    g_mutex_clear(&s->lock);
    g_cond_clear(&s->idle);
    g_free(s->address);
    g_free(s);
}

/* Asks for as many open files as there may be connections: with fewer, a crowd of connections would leave none for the store. */
static bool make_room(guint connections, GError **error)
{
    const rlim_t wanted = (rlim_t)connections + FILES_ELSE;
    struct rlimit files = {0};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur >= wanted)
        return true;
    const struct rlimit more = {wanted, files.rlim_max};
    if (setrlimit(RLIMIT_NOFILE, &more) == 0)
        return true;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_TOO_MANY_OPEN_FILES,
                "%u connections want %u open files, and %" G_GUINT64_FORMAT " are allowed; allow more (ulimit -n, "
                "LimitNOFILE=), or fewer --connections",
                connections, (guint)wanted, (guint64)files.rlim_max);
    return false;
}

static struct MHD_Daemon *start_daemon(struct server *s, int fd)
{
    const struct server_options *o = &s->o;
    return MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, s,
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, o->threads,
                            MHD_OPTION_CONNECTION_LIMIT, o->connections, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
                            o->proxied ? 0 : o->connections_of_one, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)HEAD_BYTES_MAX, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                            MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_END);
}

struct server *server_start(const struct server_options *o, const struct wire_catalogue *catalogue,
                            const struct tokens *tokens, struct committer *committer, GError **error)
{
    struct server *s = g_new0(struct server, 1);
    assert(o->threads > 1 && o->connections >= o->threads && o->request_ms > 0);
    s->o = *o;
    s->catalogue = catalogue;
    s->tokens = tokens;
    s->committer = committer;
    s->rate = rate_new(o->rate, MAX(o->burst, 1));
    g_mutex_init(&s->lock);
    g_cond_init(&s->idle);
    g_queue_init(&s->connections);
    const int fd = make_room(o->connections, error) ? open_listener(o, &s->address, error) : -1;
    if (fd >= 0)
        s->daemon = start_daemon(s, fd);
    if (s->daemon)
        return s;
    if (fd >= 0)
        g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the server can't be started at %s", s->address);
    server_free(s);
    return NULL;
}

const char *server_address(const struct server *s)
{
    assert(s->address);
    return s->address;
}

void server_stop(struct server *s, guint patience_ms)
{
    const int64_t until = g_get_monotonic_time() + patience_ms * G_TIME_SPAN_MILLISECOND;
    const int fd = MHD_quiesce_daemon(s->daemon);
    g_mutex_lock(&s->lock);
    g_atomic_int_set(&s->stops, 1);
    while (s->under_way > 0 && g_cond_wait_until(&s->idle, &s->lock, until))
        continue;
    g_mutex_unlock(&s->lock);
    cut_off(s, G_MAXINT64);
    g_mutex_lock(&s->lock);
    while (s->under_way > 0) /* what waits for a commit gets its answer */
        g_cond_wait(&s->idle, &s->lock);
    g_mutex_unlock(&s->lock);
    MHD_stop_daemon(s->daemon);
    if (fd >= 0)
        (void)close(fd);
    server_free(s);
}
