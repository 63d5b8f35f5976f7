/*
 * limits: how large a story may be. Stories come from strangers: each number keeps a hostile or broken file
 * from costing more than a moment and a little memory, and none stands in the way of a film (the largest one
 * published has 250 nodes). Messages name the limit they met.
 */
#pragma once

/* A 100,000-node story is 41 MB of YAML. */
#define STORY_FILE_BYTES_MAX (256 * 1024 * 1024)
/* Included files, the main one counted; they can't include in circles, but could fan out. */
#define STORY_FILES_MAX 1000
/* YAML nesting: the format itself needs 12. */
#define STORY_DEPTH_MAX 64
/* Aliases are refused when what they expand to exceeds this many events (alias bombs). */
#define STORY_ALIAS_EVENTS_MAX 100000
#define STORY_NODES_MAX        1000000
/* An option set is a 64-bit mask. */
#define STORY_OPTIONS_MAX            64
#define STORY_DECISIONS_PER_NODE_MAX 32
/* Of one decision. More would not be heard apart, and the mixer has eight voices for all there is. */
#define STORY_CUES_MAX 16
/* A page of a printer has 66 lines. */
#define STORY_INSCRIPTIONS_PER_NODE_MAX 64
#define STORY_VARS_MAX                  4096
#define STORY_ENUM_VALUES_MAX           1024
/* An int variable's ends; leaves room for sums in 32 bits. */
#define STORY_INT_MAX 1000000000
/* count(node) stays here: finite state is what makes proofs possible. */
#define STORY_COUNT_MAX      15
#define STORY_EXPR_BYTES_MAX 4096
#define STORY_EXPR_STACK     64
#define STORY_EXPR_DEPTH_MAX 48
#define STORY_ROUTE_DEPTH    32
/* Parts that one step may look at when it follows a route, those of nested routes each time they are met. */
#define STORY_ROUTE_PARTS_MAX 10000
#define STORY_TEXT_BYTES_MAX  4096
#define STORY_NAME_BYTES_MAX  128
/* Scripts and notes are for people, and may be longer than what is shown. */
#define STORY_SCRIPT_BYTES_MAX (64 * 1024)
/* One day: longer than any clip. */
#define STORY_TIME_US_MAX    (INT64_C(86400) * 1000000)
#define STORY_CODE_BYTES_MAX 16
#define STORY_WEIGHT_MAX     1000000
/* Problems collected in one run before the loader stops looking. */
#define STORY_DIAGS_MAX 1000
/* Silent nodes that one step may pass; a longer chain is a loop without film (play/play.h). */
#define STORY_SILENT_MAX 100000
/* Checkpoints kept for going back, besides those that the story's own back() needs. */
#define STORY_CHECKPOINTS_KEPT 32
