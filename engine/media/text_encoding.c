#include "media/text_encoding.h"

#include <string.h>
#include <uchardet/uchardet.h>

/* So many bytes show whether zeros are part of a text in UTF-16. */
enum { HEAD_BYTES = 4096 };

/* uchardet counts letters, and trusts no count of a few: a shorter text is read again and again, up to so many bytes. */
enum { GUESS_BYTES = 2048 };

static const struct {
    const char *bytes;
    gsize n;
    const char *encoding;
} marks[] = {
    /* UTF-32 first: its mark begins as that of UTF-16 does */
    {"\xff\xfe\0\0", 4, "UTF-32LE"}, {"\0\0\xfe\xff", 4, "UTF-32BE"}, {"\xef\xbb\xbf", 3, "UTF-8"},
    {"\xff\xfe", 2, "UTF-16LE"},     {"\xfe\xff", 2, "UTF-16BE"},
};

/* uchardet names the small standard; what people's programs write is the larger one, which adds letters where the
 * standard has control characters. */
static const struct {
    const char *guessed, *read_as;
} larger[] = {
    {"ISO-8859-1", "WINDOWS-1252"},
    {"ISO-8859-9", "WINDOWS-1254"},
    {"TIS-620", "CP874"},
    {"SHIFT_JIS", "CP932"},
    {"GB2312", "GB18030"},
    {"EUC-KR", "UHC"},
    {"ASCII", "UTF-8"},
};

static int find_mark(const char *bytes, gsize n)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(marks); i++)
        if (n >= marks[i].n && memcmp(bytes, marks[i].bytes, marks[i].n) == 0)
            return i;
    return -1;
}

/* UTF-16 without a mark: one byte of each pair is almost never zero, the other is zero for every digit, space and end
 * of line. Subtitles are full of these. NULL: it is something else. */
static const char *unmarked_utf16(const char *bytes, gsize n)
{
    gsize zeros[2] = {0, 0};
    const gsize pairs = MIN(n, (gsize)HEAD_BYTES) / 2;
    for (gsize i = 0; i < pairs * 2; i++)
        zeros[i % 2] += bytes[i] == '\0';
    if (pairs < 8 || MIN(zeros[0], zeros[1]) > pairs / 50)
        return NULL;
    return zeros[1] > pairs / 5 ? "UTF-16LE" : zeros[0] > pairs / 5 ? "UTF-16BE" : NULL;
}

bool text_encoding_is_text(const char *head, gsize n)
{
    return find_mark(head, n) >= 0 || unmarked_utf16(head, n) || !memchr(head, '\0', MIN(n, (gsize)HEAD_BYTES));
}

static char *guess(const char *bytes, gsize n)
{
    uchardet_t detector = uchardet_new();
    bool good = n > 0;
    for (gsize done = 0; good && done < MAX(n, (gsize)GUESS_BYTES); done += n)
        good = uchardet_handle_data(detector, bytes, n) == 0;
    uchardet_data_end(detector);
    char *name = g_strdup(good ? uchardet_get_charset(detector) : "");
    uchardet_delete(detector);
    for (gsize i = 0; i < G_N_ELEMENTS(larger); i++)
        if (g_ascii_strcasecmp(name, larger[i].guessed) == 0) {
            g_free(name);
            return g_strdup(larger[i].read_as);
        }
    return name;
}

/* NULL: the bytes are not in this encoding, or iconv does not know it. */
static char *convert(const char *bytes, gsize n, const char *from, gsize *out_n)
{
    const gsize unit = g_str_has_prefix(from, "UTF-16") ? 2 : 1;
    if (strcmp(from, "UTF-8") != 0)
        return g_convert(bytes, (gssize)(n / unit * unit), "UTF-8", from, NULL, out_n, NULL);
    if (!g_utf8_validate_len(bytes, n, NULL))
        return NULL;
    *out_n = n;
    return g_strndup(bytes, n);
}

/* Nearly UTF-8: a file that was cut or pasted together. Its broken letters become U+FFFD. */
static char *repair(const char *bytes, gsize n, gsize *out_n)
{
    char *text = g_utf8_make_valid(bytes, (gssize)n);
    *out_n = strlen(text);
    return text;
}

static char *finish(char *text, enum text_encoding_source source, const char *name, struct text_encoding *out)
{
    out->source = text ? source : TEXT_ENCODING_UNKNOWN;
    g_strlcpy(out->name, text ? name : "", sizeof out->name);
    return text;
}

char *text_encoding_to_utf8(const char *bytes, gsize n, struct text_encoding *encoding, gsize *out_n)
{
    const int mark = find_mark(bytes, n);
    const gsize skip = mark >= 0 ? marks[mark].n : 0;
    const char *sure = mark >= 0 ? marks[mark].encoding : unmarked_utf16(bytes, n);
    sure = sure ? sure : "UTF-8";
    char *text = convert(bytes + skip, n - skip, sure, out_n);
    if (text)
        return finish(text, TEXT_ENCODING_SURE, sure, encoding);
    g_autofree char *guessed = mark >= 0 ? g_strdup(sure) : guess(bytes, n);
    if (strcmp(guessed, "UTF-8") == 0)
        text = repair(bytes + skip, n - skip, out_n);
    else if (guessed[0] != '\0' && mark < 0)
        text = convert(bytes, n, guessed, out_n);
    return finish(text, TEXT_ENCODING_GUESSED, guessed, encoding);
}
