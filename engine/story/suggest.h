/*
 * suggest: "did you mean": the candidate that a misspelt word was probably meant to be.
 *
 * suggest_begin(), suggest_offer() for each candidate, suggest_best(). Holds borrowed pointers only; nothing
 * to free. The distance is Damerau-Levenshtein's (insert, remove, replace, swap of neighbours), letters' case
 * not counted.
 */
#pragma once

struct suggest {
    const char *word;
    const char *best;
    int distance; /* of best; before: the largest that is still a suggestion, plus one */
};

struct suggest suggest_begin(const char *word);
void suggest_offer(struct suggest *s, const char *candidate);

/* NULL where nothing is near enough. */
const char *suggest_best(const struct suggest *s);
