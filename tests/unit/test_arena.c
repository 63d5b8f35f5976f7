/* The arena: pieces are aligned, zeroed and separate, large ones too, and a reset gives their memory back. */
#include "tap.h"

#include "base/arena.h"

#include <string.h>

enum { PIECES = 5000, LARGE = 300 * 1024 };

static void test_pieces(void)
{
    struct arena *a = arena_new();
    char *pieces[PIECES];
    int crooked = 0, dirty = 0, mixed = 0;
    for (int i = 0; i < PIECES; i++) {
        const size_t size = 1 + (size_t)i % 97;
        char *p = pieces[i] = arena_alloc(a, size);
        crooked += (uintptr_t)p % 8 != 0;
        for (size_t k = 0; k < size; k++)
            dirty += p[k] != 0;
        memset(p, i & 0x7F, size);
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t k = 0; k < 1 + (size_t)i % 97; k++)
            mixed += pieces[i][k] != (i & 0x7F);
    is_int(crooked, 0, "every piece is aligned to 8 bytes");
    is_int(dirty, 0, "every piece is zeroed");
    is_int(mixed, 0, "no piece overlaps another");
    arena_free(a);
}

static void test_copies(void)
{
    static const int64_t numbers[] = {1, -2, INT64_MAX};
    struct arena *a = arena_new();
    is_str(arena_copy(a, "lamplight", 4), "lamp", "a copied text ends with a NUL");
    const int64_t *copy = arena_dup(a, numbers, sizeof numbers);
    ok((uintptr_t)copy % 8 == 0 && memcmp(copy, numbers, sizeof numbers) == 0, "copied data is aligned and equal");
    ok(arena_dup(a, NULL, 0) != NULL, "a copy of nothing is a valid pointer");
    arena_free(a);
}

static void test_reset(void)
{
    struct arena *a = arena_new();
    const size_t empty = arena_held(a);
    char *large = arena_alloc(a, LARGE), *small = arena_alloc(a, 8);
    memset(large, 1, LARGE);
    ok(small[0] == 0 && arena_held(a) >= empty + LARGE, "a large piece has memory of its own");
    is_int((int64_t)arena_used(a), LARGE + 8, "the bytes of all pieces are counted");
    arena_reset(a);
    is_int((int64_t)arena_held(a), (int64_t)empty, "a reset arena holds as much as a new one");
    is_int((int64_t)arena_used(a), 0, "and has no pieces");
    for (int i = 0; i < PIECES; i++)
        memset(arena_alloc(a, 1000), 2, 1000);
    ok(arena_check(a) && arena_held(a) >= (size_t)PIECES * 1000, "and is used again");
    arena_free(a);
    arena_free(NULL);
}

int main(void)
{
    test_pieces();
    test_copies();
    test_reset();
    return tap_done();
}
