/*
 * shared: what a story says once for many decisions, clips and options. Internal to story/.
 *
 * `defaults:` holds keys that decisions, clips and options have where they do not say them; `cues:` holds sets of cues
 * with names. Both are kept as YAML and read anew wherever they are used, as if they stood there: so everything behind
 * the loader sees only stories that are written out. Both stand above `nodes`. How much they may expand to is limited
 * (STORY_SHARED_PARTS_MAX).
 */
#pragma once

#include "story/read.h"

/* The readers of the key `defaults` and of each entry of `cues`. */
void shared_read_defaults(struct builder *b, const struct yml_node *key, void *into);
void shared_read_cue_set(struct builder *b, const struct yml_node *key, void *into);

/*
 * The defaults that apply to `own`, the value of a decision, clip or option: those that it does not say itself, and that
 * fit what it says. A mapping, or NULL if there are none. It lives as long as the builder.
 */
const struct yml_node *shared_defaults(struct builder *b, enum builder_kind kind, const struct yml_node *own);

/* The list of the set of cues that `v` names; NULL, which is reported, if there is none. */
const struct yml_node *shared_cues(struct builder *b, const struct yml_node *v);

/*
 * Does a top-level `defaults` or `cues` stand below `nodes`, the key, in a main file? Found before the nodes are read,
 * because each of them would miss what it says. *late: where, if so.
 */
bool shared_is_late(struct source_text *src, const struct yml_node *nodes, struct yml_node *late);
void shared_report_late(struct builder *b, const struct yml_node *key);
