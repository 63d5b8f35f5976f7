/*
 * text_encoding: the bytes of a text file become UTF-8. Private to media.
 *
 * A mark at the file's beginning (BOM) decides; then UTF-16 without a mark, which the zeros in it give away; then UTF-8,
 * if every byte is valid; then the guess of the library uchardet, as in mpv. Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum text_encoding_source {
    TEXT_ENCODING_SURE,    /* a mark, UTF-16, or valid UTF-8 */
    TEXT_ENCODING_GUESSED, /* may be wrong; UTF-8: some bytes of it are not, and became U+FFFD */
    TEXT_ENCODING_UNKNOWN, /* no encoding fits */
};

struct text_encoding {
    enum text_encoding_source source;
    char name[32]; /* as iconv calls it; "" for UNKNOWN */
};

/* Does a file that begins with these bytes hold text? Text in one byte per letter never contains a zero. */
bool text_encoding_is_text(const char *head, gsize n);

/* The text in UTF-8 without a mark, *out_n bytes and a zero behind them; g_free() it. NULL: no encoding fits the bytes.
 * *encoding is set either way. */
char *text_encoding_to_utf8(const char *bytes, gsize n, struct text_encoding *encoding, gsize *out_n);
