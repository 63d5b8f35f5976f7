#include "telemetry/share/post.h"

#include "base/interrupt.h"
#include "telemetry/share/patience.h"

#include <curl/curl.h>
#include <gio/gio.h>
#include <string.h>

#define ANSWER_MAX      (256 * 1024) /* bytes; that of a thousand erasures has some 100,000 */
#define CONNECT_SECONDS 30
#define SLOW_SECONDS    60 /* with less than SLOW_BYTES a second for so long, it ends */
#define SLOW_BYTES      16L
#define SECONDS_MAX     600 /* all of a request: an answer that drips just fast enough is not waited for, either */

struct poster {
    CURL *curl;
    char *base; /* ends with "/" */
    struct curl_slist *headers;
    struct post_answer *answer; /* of the request that runs */
    char trouble[CURL_ERROR_SIZE];
};

/* ---- what comes back --------------------------------------------------------------------------------------------- */

static size_t take_body(char *bytes, size_t size, size_t n, void *data)
{
    struct poster *p = data;
    if (p->answer->body->len + size * n > ANSWER_MAX)
        return 0;
    g_string_append_len(p->answer->body, bytes, (gssize)(size * n));
    return size * n;
}

static int is_to_stop(void *data, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)data, (void)a, (void)b, (void)c, (void)d;
    return interrupt_requested();
}

/* ---- setting up -------------------------------------------------------------------------------------------------- */

static void set_headers(struct poster *p, const char *token)
{
    static const char *const fixed[] = {"Content-Type: application/json", "Content-Encoding: gzip", "Expect:"};
    for (size_t i = 0; i < G_N_ELEMENTS(fixed); i++)
        p->headers = curl_slist_append(p->headers, fixed[i]);
    g_autofree char *authorization = token ? g_strconcat("Authorization: Bearer ", token, NULL) : NULL;
    if (authorization)
        p->headers = curl_slist_append(p->headers, authorization);
}

static bool set_options(struct poster *p, const char *certificates)
{
    CURL *c = p->curl;
    const bool plain = g_str_has_prefix(p->base, "http:");
    CURLcode rc = CURLE_OK;
#define SET(option, value) rc = rc == CURLE_OK ? curl_easy_setopt(c, option, value) : rc
    SET(CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_POST, 1L);
    SET(CURLOPT_HTTPHEADER, p->headers);
    SET(CURLOPT_USERAGENT, "frumious");
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    SET(CURLOPT_LOW_SPEED_LIMIT, SLOW_BYTES);
    SET(CURLOPT_LOW_SPEED_TIME, (long)SLOW_SECONDS);
    SET(CURLOPT_TIMEOUT, (long)SECONDS_MAX);
    SET(CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)PATIENCE_BYTES_PER_S); /* within a request */
    SET(CURLOPT_WRITEFUNCTION, take_body);
    SET(CURLOPT_WRITEDATA, (void *)p);
    SET(CURLOPT_XFERINFOFUNCTION, is_to_stop);
    SET(CURLOPT_NOPROGRESS, 0L);
    SET(CURLOPT_ERRORBUFFER, p->trouble);
    if (plain) /* to this machine: no proxy is in between */
        SET(CURLOPT_PROXY, "");
    if (certificates)
        SET(CURLOPT_CAINFO, certificates);
#undef SET
    return rc == CURLE_OK;
}

struct poster *poster_new(const char *address, const char *token, const char *certificates, GError **error)
{
    static gsize done;
    if (g_once_init_enter(&done)) {
        (void)curl_global_init(CURL_GLOBAL_DEFAULT);
        g_once_init_leave(&done, 1);
    }
    struct poster *p = g_new0(struct poster, 1);
    p->base = g_strconcat(address, g_str_has_suffix(address, "/") ? "" : "/", NULL);
    p->curl = curl_easy_init();
    if (p->curl)
        set_headers(p, token);
    if (p->curl && p->headers && set_options(p, certificates))
        return p;
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "libcurl cannot be set up to send to %s", address);
    poster_free(p);
    return NULL;
}

void poster_free(struct poster *p)
{
    if (!p)
        return;
    curl_easy_cleanup(p->curl);
    curl_slist_free_all(p->headers);
    g_free(p->base);
    g_free(p);
}

/* ---- sending ----------------------------------------------------------------------------------------------------- */

static GBytes *compressed(const GString *json)
{
    g_autoptr(GZlibCompressor) gzip = g_zlib_compressor_new(G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
    g_autoptr(GOutputStream) memory = g_memory_output_stream_new_resizable();
    g_autoptr(GOutputStream) out = g_converter_output_stream_new(memory, G_CONVERTER(gzip));
    (void)g_output_stream_write_all(out, json->str, json->len, NULL, NULL, NULL);
    (void)g_output_stream_close(out, NULL, NULL);
    return g_memory_output_stream_steal_as_bytes(G_MEMORY_OUTPUT_STREAM(memory));
}

static void read_answer(struct poster *p, CURLcode rc)
{
    long status = 0;
    curl_off_t retry = -1;
    struct post_answer *a = p->answer;
    if (rc == CURLE_OK) {
        (void)curl_easy_getinfo(p->curl, CURLINFO_RESPONSE_CODE, &status);
        if (status >= 400)
            (void)curl_easy_getinfo(p->curl, CURLINFO_RETRY_AFTER, &retry);
    } else
        a->trouble = g_strdup(p->trouble[0] ? p->trouble : curl_easy_strerror(rc));
    a->status = (int)status;
    a->retry_after = retry > 0 ? (int)MIN(retry, INT32_MAX) : -1;
}

void post(struct poster *p, const char *path, const GString *json, struct post_answer *answer)
{
    g_autofree char *url = g_strconcat(p->base, path, NULL);
    g_autoptr(GBytes) body = compressed(json);
    *answer = (struct post_answer){.sent = g_bytes_get_size(body), .body = g_string_new(NULL), .retry_after = -1};
    p->answer = answer;
    p->trouble[0] = '\0';
    CURLcode rc = curl_easy_setopt(p->curl, CURLOPT_URL, url);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(p->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)g_bytes_get_size(body));
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(p->curl, CURLOPT_POSTFIELDS, g_bytes_get_data(body, NULL));
    if (rc == CURLE_OK)
        rc = curl_easy_perform(p->curl);
    read_answer(p, rc);
    p->answer = NULL;
}

void post_answer_clear(struct post_answer *answer)
{
    if (answer->body)
        g_string_free(answer->body, TRUE);
    g_free(answer->trouble);
    *answer = (struct post_answer){0};
}
