/* Digests beside published examples (FIPS 180-2, RFC 4231), and their digits. */
#include "tap.h"

#include "base/hex.h"
#include "base/sha256.h"

#include <string.h>

static void is_digest(const uint8_t digest[SHA256_SIZE], const char *wanted, const char *name)
{
    char text[2 * SHA256_SIZE + 1];
    uint8_t bytes[SHA256_SIZE];
    hex_print(digest, SHA256_SIZE, text);
    is_str(text, wanted, name);
    ok(hex_parse(text, SHA256_SIZE, bytes) && memcmp(bytes, digest, SHA256_SIZE) == 0, "and back");
}

int main(void)
{
    static const char *const wrong[] = {"", "0", "012", "0g", "0A", "0123", " 01", "01 "};
    uint8_t digest[SHA256_SIZE], byte = 0;
    sha256("abc", 3, digest);
    is_digest(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "of three letters");
    sha256("", 0, digest);
    is_digest(digest, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "of nothing");
    sha256_keyed("Jefe", 4, "what do ya want for nothing?", 28, digest);
    is_digest(digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", "with a key");
    ok(hex_parse("a0", 1, &byte) && byte == 0xa0, "one byte");
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        ok(!hex_parse(wrong[i], 1, &byte), "no byte: \"%s\"", wrong[i]);
    return tap_done();
}
