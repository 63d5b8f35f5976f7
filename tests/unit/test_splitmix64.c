/*
 * splitmix64 draws the numbers of the published generator: stored plays and simulated viewings depend on them.
 */
#include "base/splitmix64.h"
#include "tap.h"

int main(void)
{
    /* of the reference implementation, https://prng.di.unimi.it/splitmix64.c */
    static const uint64_t want[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                                    UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                                    UINT64_C(16408922859458223821)};
    uint64_t generator = 1234567;
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        ok(splitmix64_next(&generator) == want[i], "number %d", (int)i + 1);
    return tap_done();
}
