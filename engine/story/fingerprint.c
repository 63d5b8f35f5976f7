#include "story/fingerprint.h"

#include <glib.h>
#include <string.h>

bool fingerprint_is(const char *text)
{
    return strlen(text) == FINGERPRINT_BYTES - 1 && strspn(text, "0123456789abcdef") == FINGERPRINT_BYTES - 1;
}

void fingerprint_text(const char *text, char out[FINGERPRINT_BYTES])
{
    g_autofree char *digits = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    g_strlcpy(out, digits, FINGERPRINT_BYTES);
}
