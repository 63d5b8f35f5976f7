/*
 * catalogue: the stories that a collector knows, each in its versions, with the names of what they consist of. It comes from the
 * operator's own story files, never from a client. Once it is made, any number of threads may read it.
 */
#pragma once

#include "telemetry/wire/batch.h"

struct wire_catalogue;

struct wire_catalogue *wire_catalogue_new(void);
void wire_catalogue_free(struct wire_catalogue *c); /* accepts NULL */

/* Adds a copy of a version of a story, whose indices and names are sound. False: it has it already, or they are not. */
bool wire_catalogue_add(struct wire_catalogue *c, const struct tel_story *story);

/* How many versions there are, and each of them. Borrowed. */
guint wire_catalogue_size(const struct wire_catalogue *c);
const struct tel_story *wire_catalogue_at(const struct wire_catalogue *c, guint i);

/*
 * Whether the story of a batch that was read is known, and has all that the batch names. The `number` of each name becomes its place in
 * the story; that of an option its place among the options of its decision. Of an outcome whose exposure is not in the batch it stays
 * TEL_NONE: only who has the exposure knows of which decision it is (wire_catalogue_option()). *story: which one it is. False and
 * *refusal.
 */
bool wire_catalogue_check(const struct wire_catalogue *c, struct wire_batch *b, int *story,
                          struct wire_refusal *refusal);

/* The place of an option among those of a decision; TEL_NONE: it has none of this name. */
int32_t wire_catalogue_option(const struct tel_story *story, int32_t decision, const char *name);

/* What was offered, from the fields of an exposure that was checked. */
struct tel_menu wire_menu(const struct tel_story *story, const struct wire_event *exposure);

/* The arms of a batch that was checked, as places in the story. */
void wire_arms(const struct tel_story *story, const struct wire_batch *b, struct tel_viewing *v);
