/* One request to whatever answers: who says nothing, or only just enough, is left after a time, which a clock that runs fast
 * makes short; and nothing goes by way of anybody else. */
#include "tap.h"

#include "telemetry/share/post.h"

#include <gio/gio.h>
#include <limits.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* ---- a clock ----------------------------------------------------------------------------------------------------- */

static atomic_bool runs;    /* the request has come as a whole: from now on, each look at the clock takes a second */
static atomic_int passed_s; /* how many seconds that were */
static atomic_int paid_s;   /* the clock goes no further before the other side has sent what is due by then */
static _Thread_local bool turns; /* of the thread that sends */

/* This program's own takes the place of the C library's. */
int clock_gettime(clockid_t clock, struct timespec *t)
{
    const long failed = syscall(SYS_clock_gettime, clock, t);
    if (turns && atomic_load(&runs)) {
        while (atomic_load(&paid_s) < atomic_load(&passed_s))
            sched_yield();
        atomic_fetch_add(&passed_s, 1);
    }
    if (turns)
        t->tv_sec += atomic_load(&passed_s);
    return (int)failed;
}

/* ---- who answers ------------------------------------------------------------------------------------------------- */

enum manner {
    ANSWERS,    /* as a collector does */
    IS_SILENT,  /* says nothing */
    DRIPS,      /* a letter now and then */
    KEEPS_UP,   /* more than is too slow, without end */
    SENDS_AWAY, /* to `elsewhere` */
};

struct peer {
    GSocket *socket;
    guint port;
    enum manner manner;
    guint elsewhere;   /* a port */
    atomic_int asked;  /* how many connections were made */
    atomic_bool whole; /* a request came as a whole */
    GThread *thread;
};

static bool send_text(GSocket *to, const char *text)
{
    return g_socket_send(to, text, strlen(text), NULL, NULL) == (gssize)strlen(text);
}

/* Up to the end of its body, which is gzip, as it has the length that its head tells. */
static bool take_request(GSocket *from)
{
    g_autoptr(GString) all = g_string_new(NULL);
    for (;;) {
        char piece[4096];
        const gssize n = g_socket_receive(from, piece, sizeof piece, NULL, NULL);
        if (n <= 0)
            return false;
        g_string_append_len(all, piece, n);
        const char *end = memmem(all->str, all->len, "\r\n\r\n", 4), *length = strstr(all->str, "Content-Length: ");
        if (end && length &&
            all->len >= (gsize)(end + 4 - all->str) + g_ascii_strtoull(length + strlen("Content-Length: "), NULL, 10))
            return true;
    }
}

/* So many letters every so many seconds of the clock, until nobody listens any more. */
static void drip(GSocket *to, int letters, int every_s)
{
    char text[64];
    memset(text, 'x', sizeof text);
    while (g_socket_condition_check(to, G_IO_IN | G_IO_HUP) == 0) {
        const int s = atomic_load(&paid_s);
        if (s > atomic_load(&passed_s))
            g_usleep(100);
        else if (s % every_s == 0 && g_socket_send(to, text, (gsize)letters, NULL, NULL) <= 0)
            break;
        else
            atomic_store(&paid_s, s + 1);
    }
    atomic_store(&paid_s, INT_MAX);
}

static void answer(struct peer *p, GSocket *to)
{
    g_autofree char *away = g_strdup_printf("HTTP/1.1 307 Elsewhere\r\nLocation: http://127.0.0.1:%u/v1/viewings\r\n"
                                            "Content-Length: 0\r\n\r\n",
                                            p->elsewhere);
    atomic_store(&paid_s, p->manner == IS_SILENT ? INT_MAX : 0);
    atomic_store(&runs, p->manner == IS_SILENT || p->manner == DRIPS || p->manner == KEEPS_UP);
    if (p->manner == ANSWERS)
        send_text(to, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    else if (p->manner == SENDS_AWAY)
        send_text(to, away);
    else if (p->manner == IS_SILENT)
        g_socket_condition_wait(to, G_IO_IN | G_IO_HUP, NULL, NULL);
    else if (send_text(to, "HTTP/1.1 200 OK\r\n\r\n"))
        drip(to, p->manner == DRIPS ? 1 : 64, p->manner == DRIPS ? 5 : 1);
}

/* Until its socket is shut. */
static gpointer serve(gpointer data)
{
    struct peer *p = data;
    GSocket *one;
    while ((one = g_socket_accept(p->socket, NULL, NULL))) {
        atomic_fetch_add(&p->asked, 1);
        if (take_request(one)) {
            atomic_store(&p->whole, true);
            answer(p, one);
        }
        g_object_unref(one);
    }
    return NULL;
}

static bool begin_peer(struct peer *p, enum manner manner, guint elsewhere)
{
    g_autoptr(GInetAddress) here = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new(here, 0), got = NULL;
    *p = (struct peer){.manner = manner, .elsewhere = elsewhere};
    p->socket = g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    if (!p->socket || !g_socket_bind(p->socket, any, TRUE, NULL) || !g_socket_listen(p->socket, NULL) ||
        !(got = g_socket_get_local_address(p->socket, NULL)))
        return false;
    p->port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(got));
    p->thread = g_thread_new("peer", serve, p);
    return true;
}

static void end_peer(struct peer *p)
{
    shutdown(g_socket_get_fd(p->socket), SHUT_RDWR);
    g_thread_join(p->thread);
    g_object_unref(p->socket);
}

/* What comes of a request to it; post_answer_clear() frees it. */
static void ask(const struct peer *p, struct post_answer *a)
{
    g_autofree char *address = g_strdup_printf("http://127.0.0.1:%u", p->port);
    g_autoptr(GString) json = g_string_new("{}");
    struct poster *poster = poster_new(address, "a-token", NULL, NULL);
    atomic_store(&passed_s, 0);
    turns = true;
    post(poster, "v1/viewings", json, a);
    turns = false;
    atomic_store(&runs, false);
    poster_free(poster);
}

/* ---- time -------------------------------------------------------------------------------------------------------- */

static void test_time(void)
{
    static const struct {
        enum manner manner;
        int least_s, most_s; /* by the clock that it turns, which it does not look at without end */
        const char *said, *what;
    } cases[] = {
        {IS_SILENT, 60, 590, "too slow", "who says nothing is left after a minute"},
        {DRIPS, 60, 590, "too slow", "who drips is left after a minute"},
        {KEEPS_UP, 600, 1200, "timed out", "who keeps up without end is left after ten minutes"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct peer p;
        struct post_answer a;
        if (!ok(begin_peer(&p, cases[i].manner, 0), "it listens"))
            return;
        ask(&p, &a);
        ok(atomic_load(&p.whole), "it got the whole request");
        ok(a.status == 0 && a.trouble && strstr(a.trouble, cases[i].said), "%s: %s", cases[i].what,
           a.trouble ? a.trouble : "no trouble");
        const int s = atomic_load(&passed_s);
        ok(s >= cases[i].least_s && s < cases[i].most_s, "after %d s", s);
        post_answer_clear(&a);
        end_peer(&p);
    }
}

/* ---- nobody else ------------------------------------------------------------------------------------------------- */

static void test_nobody_else(void)
{
    struct peer collector, away, other;
    struct post_answer a;
    if (!ok(begin_peer(&other, ANSWERS, 0) && begin_peer(&collector, ANSWERS, 0) &&
                begin_peer(&away, SENDS_AWAY, other.port),
            "they listen"))
        return;
    g_autofree char *proxy = g_strdup_printf("http://127.0.0.1:%u", other.port);
    ask(&away, &a);
    ok(a.status == 307 && atomic_load(&away.whole) && atomic_load(&other.asked) == 0,
       "who sends elsewhere is not followed: %d", a.status);
    post_answer_clear(&a);
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_setenv(names[i], proxy, TRUE);
    ask(&collector, &a);
    ok(a.status == 200 && strcmp(a.body->str, "{}") == 0 && atomic_load(&collector.asked) == 1 &&
           atomic_load(&other.asked) == 0,
       "what goes to this machine goes by no proxy: %d, %d asked", a.status, atomic_load(&other.asked));
    post_answer_clear(&a);
    ask(&other, &a);
    ok(a.status == 200 && atomic_load(&other.asked) == 1, "and the proxy would have answered");
    post_answer_clear(&a);
    end_peer(&away);
    end_peer(&collector);
    end_peer(&other);
}

int main(void)
{
    test_time();
    test_nobody_else();
    return tap_done();
}
