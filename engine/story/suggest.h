/*
 * suggest: finds the word that a misspelt one was probably meant to be, for "did you mean".
 *
 * suggest_begin(), then suggest_offer() for each candidate, then suggest_best(). Borrows all words and owns nothing.
 * The distance is that of Damerau and Levenshtein (insertions, deletions, replacements, swaps of neighbours), without
 * regard to upper and lower case. Words that look alike (base/lookalike.h) are nearest of all. One candidate costs O(length squared), up to 64 characters; longer ones are skipped.
 */
#pragma once

struct suggest {
    const char *word;
    const char *best; /* the nearest candidate so far, or NULL */
    int distance;     /* of best; without one, the first distance that is too far to suggest */
};

struct suggest suggest_begin(const char *word);

/* Of equally near candidates the first one wins. */
void suggest_offer(struct suggest *s, const char *candidate);

/* NULL if nothing was near enough. */
const char *suggest_best(const struct suggest *s);

/* "did you mean `x`?", and in what it differs where the eye can't see it; NULL if nothing was near enough. The caller
 * frees it. */
char *suggest_advice(const struct suggest *s);
