/*
 * Any bytes are a request to `report --watch`, whole and a byte at a time: what it answers does not depend on how they
 * come, and it gives its page to nobody who does not call it by its own address.
 */
#include "file.h"
#include "report/page_request.h"

#include <string.h>

#define HOST "127.0.0.1:8080"

static bool is_answer(enum page_request_kind kind)
{
    return kind == PAGE_REQUEST_PAGE || kind == PAGE_REQUEST_TAG;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char bytes[PAGE_REQUEST_BYTES_MAX] = "";
    struct page_request first = {0};
    const size_t most = MIN(size, sizeof bytes - 1);
    for (size_t n = 0; n <= most; n++) {
        bytes[n] = '\0';
        first = page_request_read(bytes, n, HOST);
        if (first.kind != PAGE_REQUEST_UNFINISHED)
            break;
        bytes[n] = n < most ? (char)data[n] : '\0';
    }
    memcpy(bytes, data, most);
    bytes[most] = '\0';
    const struct page_request whole = page_request_read(bytes, most, HOST);
    g_assert_true(whole.kind == first.kind && whole.head == first.head);
    g_assert_true(most < sizeof bytes - 1 || whole.kind != PAGE_REQUEST_UNFINISHED);
    if (is_answer(whole.kind))
        g_assert_true(strstr(bytes, HOST) && g_str_has_prefix(bytes, whole.head ? "HEAD /" : "GET /"));
    return 0;
}
