/*
 * limits: how large a story may be.
 *
 * Stories come from strangers: each number keeps a hostile or broken file from costing more than a moment and a little
 * memory. None stands in the way of a film: the largest one published has 250 nodes. Messages name the limit that was
 * exceeded; stories/README.md lists all of them, and a test holds its numbers against these.
 */
#pragma once

/* Of one file. A story of 100,000 nodes is 41 MB of YAML. */
#define STORY_FILE_BYTES_MAX (256 * 1024 * 1024)
/* Included files and the main one together. They cannot include each other in circles, but they could fan out. */
#define STORY_FILES_MAX 1000
/* Levels of nesting in YAML; the format itself needs 12. */
#define STORY_DEPTH_MAX 64
/* Events that all aliases of a file may expand to (against alias bombs). */
#define STORY_ALIAS_EVENTS_MAX 100000
/* YAML nodes that `defaults` and `cues` may expand to, likewise: twenty of each node of a story of 100,000. */
#define STORY_SHARED_PARTS_MAX 2000000
#define STORY_NODES_MAX        1000000
/* A set of options is a 64-bit mask. */
#define STORY_OPTIONS_MAX            64
#define STORY_DECISIONS_PER_NODE_MAX 32
/* Of one decision. Nobody could tell more of them apart, and the mixer has eight voices for everything. */
#define STORY_CUES_MAX 16
/* Earlier names of one thing: nobody renames it more often, and texts are looked up under each of them. */
#define STORY_FORMER_MAX 16
/* A printed page has 66 lines. */
#define STORY_INSCRIPTIONS_PER_NODE_MAX 64
#define STORY_VARS_MAX                  4096
#define STORY_ENUM_VALUES_MAX           1024
/* Of one decision: a step may have to look at each. */
#define STORY_VARIANTS_MAX 64
/* What each of them shows can only be told by viewers whom the others do not disturb. */
#define STORY_EXPERIMENTS_MAX 8
/* The ends of an int variable's range; leaves room for sums in 32 bits. */
#define STORY_INT_MAX 1000000000
/* count(node) stops here: only a finite state can be proved. */
#define STORY_COUNT_MAX      15
#define STORY_EXPR_BYTES_MAX 4096
#define STORY_EXPR_STACK     64
#define STORY_EXPR_DEPTH_MAX 48
/* Routes that use each other in a chain. */
#define STORY_ROUTE_DEPTH 32
/* Parts that a step may have to look at when it follows a route; those of nested routes count each time. */
#define STORY_ROUTE_PARTS_MAX 10000
#define STORY_TEXT_BYTES_MAX  4096
#define STORY_NAME_BYTES_MAX  128
/* What a viewing is recorded with. */
#define STORY_CHANNEL_BYTES_MAX 63
/* A token that is shorter than this is refused by `frumious collect` (telemetry/collect/tokens.h). */
#define STORY_TOKEN_BYTES_MIN 8
/* Scripts and notes are for people, and may be longer than what viewers read. */
#define STORY_SCRIPT_BYTES_MAX (64 * 1024)
/* One day: longer than any clip. */
#define STORY_TIME_US_MAX    (INT64_C(86400) * 1000000)
#define STORY_CODE_BYTES_MAX 16
#define STORY_WEIGHT_MAX     1000000
/* Problems of each severity that are kept in one run; the others are only counted. */
#define STORY_DIAGS_MAX 1000
/* Silent nodes that a step may pass; a longer chain is taken for a loop without film (play/play.h). */
#define STORY_SILENT_MAX 100000
/* Checkpoints kept for going back, besides those that the story's own back() needs. */
#define STORY_CHECKPOINTS_KEPT 32
