/*
 * film_stills: the film's own picture at the seconds in which most viewers left, for the report's page.
 *
 * film_stills_new() once; film_stills_take() for each survey whose worst seconds are to have a picture, the most important
 * first; film_stills_at() for what is there; film_stills_free(). Taking decodes the film, some 0.1 s for each picture, and only
 * what was not taken before. The number of pictures is limited, and so is their size: a page stays a page.
 *
 * A story comes from a stranger: before the first of its files is opened, the process gives up what it does not need for that
 * (base/confine.h). From then on it can start no program.
 *
 * Main thread.
 */
#pragma once

#include "story/story.h"
#include "telemetry/survey/survey.h"

struct film_stills;

#define FILM_STILLS_MOST 400 /* some 3 MB in a page */

/* At most `most` pictures. `s` is borrowed and outlives it. */
struct film_stills *film_stills_new(const struct story *s, guint most);
void film_stills_free(struct film_stills *f); /* accepts NULL */

/* Pictures of the worst seconds of each node of the story's film in the survey: of all nodes the worst one first. A node that
 * has changed since it was seen gets none. */
void film_stills_take(struct film_stills *f, const struct survey *r);

/* A JPEG file as base64, or NULL: there is none. `f` may be NULL. Lives as long as `f`. */
const char *film_stills_at(const struct film_stills *f, const struct survey_node *n, int32_t second);

/* How many pictures there are, and which are missing and why, in one or more sentences. The caller frees. */
char *film_stills_note(const struct film_stills *f);
