/* fuzz_transcript: any bytes are a transcript or are refused; what was read prints to text that reads and prints the same.
 */
#include "play/transcript_text.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    GError *error = NULL;
    struct transcript *t = transcript_parse((const char *)data, (gssize)size, &error), *again;
    if (!t) {
        g_assert(error && *error->message);
        g_error_free(error);
        return 0;
    }
    char *text = transcript_print(t);
    again = transcript_parse(text, -1, &error);
    g_assert_no_error(error);
    char *text_again = transcript_print(again);
    g_assert_cmpstr(text, ==, text_again);
    g_free(text_again);
    g_free(text);
    transcript_free(again);
    transcript_free(t);
    return 0;
}
