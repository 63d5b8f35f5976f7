#include "base/console.h"

#include "base/safe.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static_assert(EXIT_INTERRUPTED == 128 + SIGINT, "as shells report a program that SIGINT ended");

static const char *const paints[] = {
    [PAINT_NONE] = "\033[0m",       [PAINT_PLACE] = "\033[1m",    [PAINT_NOTE] = "\033[1;36m",
    [PAINT_WARNING] = "\033[1;35m", [PAINT_ERROR] = "\033[1;31m", [PAINT_CARET] = "\033[1;32m",
    [PAINT_HELP] = "\033[1;36m",
};

/* ---- on its way out ---------------------------------------------------------------------------------------------- */

/* How many bytes at `p`, which has a NUL behind its end, may go out as they are although they hold a control character. */
static size_t allowed_control(const char *p)
{
    if (*p == '\n' || *p == '\t')
        return 1;
    if (p[0] == '\r' && p[1] == '\n')
        return 2;
    for (size_t i = 0; *p == '\033' && i < G_N_ELEMENTS(paints); i++)
        if (g_str_has_prefix(p, paints[i]))
            return strlen(paints[i]);
    return 0;
}

/* How many bytes from `p` to `end` can be written as they are. */
static size_t harmless_length(const char *p, const char *end)
{
    const char *const begin = p;
    while (p < end) {
        const gunichar c = (guchar)*p < 0x80 ? (guchar)*p : g_utf8_get_char_validated(p, end - p);
        size_t n = (c == (gunichar)-1 || c == (gunichar)-2) ? 0 : g_utf8_skip[(guchar)*p];
        if (n > 0 && safe_is_control(c))
            n = allowed_control(p);
        if (n == 0)
            break;
        p += n;
    }
    return (size_t)(p - begin);
}

static bool put(FILE *file, const char *text, size_t length)
{
    static const char replacement[] = "\uFFFD";
    const char *p = text, *const end = text + length;
    while (p < end) {
        const size_t n = harmless_length(p, end);
        fwrite(p, 1, n, file);
        p += n;
        if (p == end)
            break;
        fputs(replacement, file);
        const gunichar c = g_utf8_get_char_validated(p, end - p);
        p += c == (gunichar)-1 || c == (gunichar)-2 || c == 0 ? 1 : g_utf8_skip[(guchar)*p];
    }
    return !ferror(file);
}

/* One write for each message: those of several processes and threads do not mix. */
static void put_message(const char *before, const char *format, va_list ap, const char *after)
{
    g_autoptr(GString) text = g_string_new(before);
    safe_vprintf(text, format, ap);
    g_string_append(text, after);
    fwrite(text->str, 1, text->len, stderr);
}

void console_say(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    put_message("frumious: ", format, ap, "\n");
    va_end(ap);
}

void console_more(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    put_message("  ", format, ap, "\n");
    va_end(ap);
}

void console_print(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    g_autoptr(GString) text = g_string_new(NULL);
    safe_vprintf(text, format, ap);
    fwrite(text->str, 1, text->len, stdout);
    va_end(ap);
}

bool console_write(const GString *text)
{
    return put(stdout, text->str, text->len);
}

bool console_write_message(const GString *text)
{
    return put(stderr, text->str, text->len);
}

bool console_write_bytes(const void *bytes, gsize n)
{
    return fwrite(bytes, 1, n, stdout) == n;
}

bool console_flush(void)
{
    return fflush(stdout) == 0;
}

void console_flush_lines(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
}

int console_finish(int code)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    assert(code >= 0 && code <= 255); /* what a shell can see */
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (poll(&out, 1, 0) != 1 || (out.revents & POLLERR) == 0)
        console_say("standard output can't be written; is the disk full?");
    return code == EXIT_OK ? EXIT_ENVIRONMENT : code;
}

/* ---- progress ---------------------------------------------------------------------------------------------------- */

#define CLEAR_LINE "\r\033[K"

/* A global, because there is one terminal. */
static bool progress_shown;

void console_progress(const char *format, ...)
{
    if (!isatty(STDERR_FILENO))
        return;
    va_list ap;
    va_start(ap, format);
    put_message(CLEAR_LINE, format, ap, "");
    va_end(ap);
    progress_shown = true;
}

void console_progress_end(void)
{
    if (progress_shown)
        fputs(CLEAR_LINE, stderr);
    progress_shown = false;
}

/* ---- colours ----------------------------------------------------------------------------------------------------- */

void console_paint(GString *out, enum console_paint paint, bool colour)
{
    if (colour)
        g_string_append(out, paints[paint]);
}

bool console_colour(int fd)
{
    const char *term = g_getenv("TERM");
    const char *no = g_getenv("NO_COLOR");
    return isatty(fd) && !(no && no[0] != '\0') && g_strcmp0(term, "dumb") != 0;
}
