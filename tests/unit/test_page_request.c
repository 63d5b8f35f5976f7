/* Requests to `report --watch`: one row for each case; and cut at every byte. */
#include "tap.h"

#include "report/page_request.h"

#define HOST "127.0.0.1:8080"
#define OURS "Host: " HOST "\r\n"

static const struct {
    const char *what, *request;
    enum page_request_kind kind;
    bool head;
} cases[] = {
    {"the page", "GET / HTTP/1.1\r\n" OURS "Accept: */*\r\n\r\n", PAGE_REQUEST_PAGE, false},
    {"its head", "HEAD / HTTP/1.1\r\n" OURS "\r\n", PAGE_REQUEST_PAGE, true},
    {"the tag", "GET /tag HTTP/1.1\r\n" OURS "\r\n", PAGE_REQUEST_TAG, false},
    {"an old browser", "GET / HTTP/1.0\r\nhost:" HOST "\t \r\n\r\n", PAGE_REQUEST_PAGE, false},
    {"another page", "GET /etc/passwd HTTP/1.1\r\n" OURS "\r\n", PAGE_REQUEST_UNKNOWN, false},
    {"a longer tag", "GET /tags HTTP/1.1\r\n" OURS "\r\n", PAGE_REQUEST_UNKNOWN, false},
    {"writing", "POST / HTTP/1.1\r\n" OURS "\r\n", PAGE_REQUEST_WRITES, false},
    {"a method in small letters", "get / HTTP/1.1\r\n" OURS "\r\n", PAGE_REQUEST_WRITES, false},
    {"nothing", "\r\n\r\n", PAGE_REQUEST_FOREIGN, false},
    {"no host", "GET / HTTP/1.1\r\n\r\n", PAGE_REQUEST_FOREIGN, false},
    {"another name", "GET / HTTP/1.1\r\nHost: evil.example:8080\r\n\r\n", PAGE_REQUEST_FOREIGN, false},
    {"a name that begins as ours", "GET / HTTP/1.1\r\nHost: " HOST ".evil.example\r\n\r\n", PAGE_REQUEST_FOREIGN,
     false},
    {"the beginning of ours", "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", PAGE_REQUEST_FOREIGN, false},
    {"another port", "GET / HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n", PAGE_REQUEST_FOREIGN, false},
    {"two hosts", "GET / HTTP/1.1\r\n" OURS "Host: evil.example\r\n\r\n", PAGE_REQUEST_FOREIGN, false},
    {"our host twice", "GET / HTTP/1.1\r\n" OURS OURS "\r\n", PAGE_REQUEST_FOREIGN, false},
    {"our host in the first line", "GET / Host: " HOST "\r\n\r\n", PAGE_REQUEST_FOREIGN, false},
    {"our host in the body", "GET / HTTP/1.1\r\n\r\n" OURS "\r\n", PAGE_REQUEST_FOREIGN, false},
    {"another host in the body", "GET / HTTP/1.1\r\n" OURS "\r\nHost: evil.example\r\n", PAGE_REQUEST_PAGE, false},
    {"lines that end otherwise", "GET / HTTP/1.1\n" OURS "\n\n", PAGE_REQUEST_UNFINISHED, false},
};

static void test_cases(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct page_request r = page_request_read(cases[i].request, strlen(cases[i].request), HOST);
        is_int(r.kind, cases[i].kind, cases[i].what);
        if (r.kind != PAGE_REQUEST_UNFINISHED)
            ok(r.head == cases[i].head, "%s: %s", cases[i].what, r.head ? "without the body" : "with the body");
    }
}

/* However the bytes come, nothing is answered before the request has ended. */
static void test_pieces(void)
{
    const char *request = cases[0].request;
    int early = 0;
    for (size_t n = 0; n < strlen(request); n++) {
        g_autofree char *piece = g_strndup(request, n);
        early += page_request_read(piece, n, HOST).kind != PAGE_REQUEST_UNFINISHED;
    }
    is_int(early, 0, "no beginning of a request is answered");
}

static void test_length(void)
{
    g_autofree char *bytes = g_strnfill(PAGE_REQUEST_BYTES_MAX - 1, 'x');
    is_int(page_request_read(bytes, PAGE_REQUEST_BYTES_MAX - 1, HOST).kind, PAGE_REQUEST_TOO_LONG, "a flood ends");
    bytes[PAGE_REQUEST_BYTES_MAX - 2] = '\0';
    is_int(page_request_read(bytes, PAGE_REQUEST_BYTES_MAX - 2, HOST).kind, PAGE_REQUEST_UNFINISHED,
           "a byte less may still end well");
    bytes[0] = '\0';
    is_int(page_request_read(bytes, PAGE_REQUEST_BYTES_MAX - 2, HOST).kind, PAGE_REQUEST_UNFINISHED,
           "a NUL ends no request");
}

int main(void)
{
    test_cases();
    test_pieces();
    test_length();
    return tap_done();
}
