/*
 * signer: somebody who signs, in a corner of the picture: a film of its own beside each clip that has one.
 *
 * It never holds up the film: clips of signs that may come are opened behind those of the film itself, in a deck of their own, and
 * one that is late is not seen until it is there. Main thread; never waits, unless it is patient.
 */
#pragma once

#include "player/film.h"

struct signer;
struct media;

/* `patient`: each picture is waited for, because the play runs faster than time, or is photographed. Borrowed until signer_free(). */
struct signer *signer_new(struct media *media, bool patient);
void signer_free(struct signer *s); /* accepts NULL */

/* What is to be seen when film position `film_smp` is heard. After every film_tick(). */
void signer_follow(struct signer *s, const struct film *f, int64_t film_smp);

/* Borrowed until the next signer_follow(); the serial rises whenever it is another one. NULL: nothing is to be seen. */
const struct frame *signer_picture(const struct signer *s, uint64_t *serial);
