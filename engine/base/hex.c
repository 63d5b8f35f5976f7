#include "base/hex.h"

#include <string.h>

void hex_print(const uint8_t *bytes, gsize n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (gsize i = 0; i < n; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * n] = '\0';
}

bool hex_parse(const char *text, gsize n, uint8_t *bytes)
{
    if (strlen(text) != 2 * n || strspn(text, "0123456789abcdef") != 2 * n)
        return false;
    for (gsize i = 0; i < n; i++)
        bytes[i] = (uint8_t)(g_ascii_xdigit_value(text[2 * i]) << 4 | g_ascii_xdigit_value(text[2 * i + 1]));
    return true;
}
