#include "report/page_request.h"

#include <assert.h>
#include <string.h>

#define END_OF_LINE    "\r\n"
#define END_OF_REQUEST "\r\n\r\n"

/* There is exactly one Host line, and it names us. */
static bool names_this_host(const char *request, const char *host)
{
    g_auto(GStrv) lines = g_strsplit(request, END_OF_LINE, -1);
    int hosts = 0, ours = 0;
    for (int i = 1; lines[0] && lines[i]; i++) {
        if (g_ascii_strncasecmp(lines[i], "Host:", 5) != 0)
            continue;
        hosts++;
        ours += strcmp(g_strstrip(lines[i] + 5), host) == 0;
    }
    return hosts == 1 && ours == 1;
}

/* What is asked for by this method, or NULL. */
static const char *target_of(const char *request, const char *method)
{
    return g_str_has_prefix(request, method) ? request + strlen(method) : NULL;
}

static enum page_request_kind kind_of(const char *request, const char *target, const char *host)
{
    if (!names_this_host(request, host))
        return PAGE_REQUEST_FOREIGN;
    if (!target)
        return PAGE_REQUEST_WRITES;
    return g_str_has_prefix(target, "/tag ") ? PAGE_REQUEST_TAG
           : g_str_has_prefix(target, "/ ")  ? PAGE_REQUEST_PAGE
                                             : PAGE_REQUEST_UNKNOWN;
}

struct page_request page_request_read(const char *bytes, gsize n, const char *host)
{
    assert(n < PAGE_REQUEST_BYTES_MAX && bytes[n] == '\0');
    const char *end = strstr(bytes, END_OF_REQUEST);
    const bool full = n == PAGE_REQUEST_BYTES_MAX - 1;
    if (!end)
        return (struct page_request){.kind = full ? PAGE_REQUEST_TOO_LONG : PAGE_REQUEST_UNFINISHED};
    g_autofree char *request = g_strndup(bytes, (gsize)(end - bytes));
    const char *head = target_of(request, "HEAD "), *target = head ? head : target_of(request, "GET ");
    return (struct page_request){kind_of(request, target, host), head != NULL};
}
