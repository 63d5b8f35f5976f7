#include "base/console.h"

#include <assert.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static_assert(EXIT_INTERRUPTED == 128 + SIGINT, "as shells report a program that SIGINT ended");

void console_say(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    g_autofree char *message = g_strdup_vprintf(fmt, ap);
    va_end(ap);
    fprintf(stderr, "frumious: %s\n", message);
}

bool console_colour(int fd)
{
    const char *term = g_getenv("TERM");
    const char *no = g_getenv("NO_COLOR");
    return isatty(fd) && !(no && no[0] != '\0') && g_strcmp0(term, "dumb") != 0;
}

bool console_is_steered_by(gunichar c)
{
    const bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    return g_unichar_iscntrl(c) || turns || c == 0x2028 || c == 0x2029;
}
