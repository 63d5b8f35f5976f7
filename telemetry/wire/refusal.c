#include "telemetry/wire/refusal.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

static const struct {
    const char *word;
    int http;
    bool retry;
    const char *what, *remedy;
} codes[WIRE_CODES] = {
    [WIRE_TAKEN] = {"ok", 200, false, "", ""},
#define WIRE_REFUSAL(NAME, word, http, retry, what, remedy) [WIRE_NO_##NAME] = {word, http, retry, what, remedy},
#include "telemetry/wire/refusals.def"
#undef WIRE_REFUSAL
};

/* What was cut in the middle of a character ends before it. */
static void end_whole(char *text)
{
    const char *end;
    if (!g_utf8_validate(text, -1, &end))
        text[end - text] = '\0';
}

bool wire_refuse(struct wire_refusal *r, enum wire_code code, const char *format, ...)
{
    va_list ap;
    assert(code > WIRE_TAKEN && code < WIRE_CODES);
    *r = (struct wire_refusal){.code = code};
    va_start(ap, format);
    g_vsnprintf(r->message, sizeof r->message, format, ap);
    va_end(ap);
    end_whole(r->message);
    return false;
}

int wire_code_http(enum wire_code code)
{
    assert(code < WIRE_CODES);
    return codes[code].http;
}

const char *wire_code_word(enum wire_code code)
{
    assert(code < WIRE_CODES);
    return codes[code].word;
}

bool wire_code_retry(enum wire_code code)
{
    assert(code < WIRE_CODES);
    return codes[code].retry;
}

const char *wire_code_what(enum wire_code code)
{
    assert(code < WIRE_CODES);
    return codes[code].what;
}

const char *wire_code_remedy(enum wire_code code)
{
    assert(code < WIRE_CODES);
    return codes[code].remedy;
}

enum wire_code wire_code_find(const char *word)
{
    enum wire_code code = WIRE_TAKEN;
    while (code < WIRE_CODES && strcmp(codes[code].word, word) != 0)
        code++;
    return code;
}
