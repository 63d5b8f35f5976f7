/*
 * text_field: cuts an inscription's text into words and {fields}. Pure; allocates nothing.
 *
 *     "LINE {line}: {chosen(sugar)}, after {waited(sugar)}"
 *
 * `{{` stands for a brace. The loader checks the names and types of all fields in every language, so the inscriptions
 * of a loaded story have no FIELD_BROKEN, and every name in them can be looked up.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum text_field_kind {
    FIELD_TEXT,     /* words, shown as they are */
    FIELD_VALUE,    /* {name}: the present value of an int or enum variable */
    FIELD_CHOSEN,   /* {chosen(decision)}: the option that was taken when the decision was last open in this viewing */
    FIELD_WAITED,   /* {waited(decision)}: how many seconds passed until then */
    FIELD_SHARE,    /* {share(decision)}: how many earlier viewings on this machine took the same option */
    FIELD_TIMEOUTS, /* {timeouts()}: how often nobody chose in this viewing */
    FIELD_WATCHED,  /* {watched()}: how long this viewing has run, without pauses */
    FIELD_BROKEN,   /* braces around anything else */
};

/*
 * Borrowed from the text, not NUL-terminated. `at`, `len`: the words of FIELD_TEXT; the name in FIELD_VALUE,
 * FIELD_CHOSEN, FIELD_WAITED and FIELD_SHARE; otherwise what stands between the braces.
 */
struct text_field {
    enum text_field_kind kind;
    const char *at;
    size_t len;
};

/* Reads the piece at *cursor, and moves *cursor behind it. False at the end of the text. */
bool text_field_next(const char **cursor, struct text_field *out);
