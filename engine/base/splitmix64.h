/*
 * splitmix64: the project's generator of pseudo-random numbers (Steele, Lea and Flood, "Fast splittable pseudorandom
 * number generators", OOPSLA 2014). Its state is one 64-bit word, every seed is good, and it draws the same numbers on
 * every machine. Stored plays and simulated viewings depend on these numbers, so the constants never change.
 *
 * Not for secrets. Pure; the caller owns the state.
 */
#pragma once

#include <stdint.h>

/* The golden ratio as a 64-bit fraction: an odd number whose multiples are spread evenly. */
#define SPLITMIX64_STEP UINT64_C(0x9e3779b97f4a7c15)

/* Draws the next number and advances the generator. */
static inline uint64_t splitmix64_next(uint64_t *generator)
{
    uint64_t z = *generator += SPLITMIX64_STEP;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}
