/* hex: bytes as hexadecimal digits. */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* `out` has 2 * n + 1 bytes. */
void hex_print(const uint8_t *bytes, gsize n, char *out);

/* False: it is not 2 * n hexadecimal digits in small letters. */
bool hex_parse(const char *text, gsize n, uint8_t *bytes);
