/*
 * build: a story while it is being loaded. Internal to story/.
 *
 * Everything grows in arrays; indices are handed out at once, names are looked up when all files have been read. So
 * targets and expressions are first *pending*: a target's kind is BUILD_PENDING_* and its index a ref; an expression
 * is listed in `todos`. load.c says in which order the parts run. One thread; builder_free() frees what story_load()
 * did not take over.
 */
#pragma once

#include "base/arena.h"
#include "story/diag.h"
#include "story/folder.h"
#include "story/source_text.h"
#include "story/story.h"
#include "story/yml.h"

/* Kinds of targets that exist only while loading; see enum story_target_kind. */
#define TARGET_PENDING_PLACE  ((enum story_target_kind)100)
#define TARGET_PENDING_BACK   ((enum story_target_kind)101)
#define TARGET_PENDING_BROKEN ((enum story_target_kind)102) /* reported already */

/* Sets of names. Values: index + 1; PLACES: (index << 1 | is_route) + 1. */
enum builder_space {
    SPACE_PLACES,
    SPACE_DECISIONS,
    SPACE_VARS,
    SPACE_ENDINGS,
    SPACE_MEDIA,
    SPACE_TRAITS,
    SPACE_PROPS,
    SPACE_N
};

/* A trait or a prop: declared by the story, or just used. */
struct builder_tag {
    const char *name, *title;
    struct story_mark mark; /* of its declaration */
    bool declared, used;
};

struct builder_tag_use {
    enum builder_space space; /* TRAITS or PROPS */
    int32_t index;
    struct story_mark mark;
    uint32_t width;
};

/* A name that was used and must exist. */
struct pending_name {
    const char *name;
    struct story_mark mark;
    uint32_t width;
};

struct builder_medium {
    const char *name, *path;
    struct story_mark mark;
    bool used;
};

/* What the loader must know about a variable beyond the model. */
struct builder_var {
    bool broken; /* its type is not known */
    bool read, written;
};

/* An expression to be compiled when all names are known. */
struct pending_expr {
    int32_t expr;
    int32_t effect;         /* whose value it is; -1: a condition */
    const char *var;        /* of the effect; NULL: a condition */
    struct story_mark mark; /* of the scalar it stands in */
    uint32_t width;
    uint32_t offset, var_offset; /* bytes into the scalar's value */
    char quote;
    bool negate, toggle, add;
};

struct builder_text {
    const char *key, *text;
    struct story_mark mark;
    bool fields; /* an inscription's: has fields (story/text_field.h) */
};

struct builder {
    struct diags *diags;
    struct arena *arena;   /* what the story keeps */
    struct arena *scratch; /* what ends with the loading */
    struct folder *folder;
    const char *dir;
    GPtrArray *sources;      /* struct source_text, by file number */
    struct source_text *src; /* being read */
    uint16_t file;
    GArray *includes; /* struct pending_name: names of files to be read */
    GHashTable *missing_reported;
    bool cut_short;                          /* a file could not be read to its end: names may be missing */
    bool targets_broken, expressions_broken; /* so that lints would only repeat known mistakes */
    bool traits_declared, props_declared;
    int comparisons_left; /* looking for "did you mean" is slow; a hostile file must not ask for it without end */

    const char *id, *version;
    int32_t title;
    struct pending_name start;
    int32_t start_node;

    GHashTable *spaces[SPACE_N];
    GArray *languages, *names;
    GArray *traits, *props; /* struct builder_tag */
    GArray *tag_uses;       /* struct builder_tag_use */
    GArray *vars, *memories, *code, *exprs, *effects, *parts, *routes, *cues, *labels, *option_traits, *option_props;
    GArray *node_props;
    GArray *options, *decisions, *tracks, *ats, *events, *inscriptions, *nodes, *endings, *asserts, *goals;
    GArray *texts;          /* struct builder_text */
    GArray *pending_names;  /* struct pending_name */
    GArray *media;          /* struct builder_medium */
    GArray *clip_media;     /* per node: ref of its medium, or -1 */
    GArray *pending_exprs;  /* struct pending_expr */
    GArray *var_uses;       /* struct builder_var */
    GArray *language_marks; /* struct pending_name: each of `languages` */
    GArray *track_marks;    /* struct pending_name: language of each track */
    GArray *goal_names;     /* struct pending_name */
    GHashTable *memory_index;
    const char **translations; /* [language * n_texts + text], NULL where there is none; language 0 is unused */
    bool languages_unknown;    /* the story names none */
};

struct builder *builder_new(struct diags *diags);
void builder_free(struct builder *b); /* accepts NULL */

/* True, or fails an assertion. */
bool builder_check(const struct builder *b);

struct story_mark builder_mark(const struct builder *b, const struct yml_node *n);

/* Reports at a node of the file being read. */
G_GNUC_PRINTF(5, 6)
void builder_error(struct builder *b, const struct yml_node *at, const char *code, const char *advice,
                   const char *format, ...);

/* Reports at a mark; any time. width: characters. */
G_GNUC_PRINTF(6, 7)
void builder_error_at(struct builder *b, struct story_mark mark, uint32_t width, const char *code, const char *advice,
                      const char *format, ...);

const char *builder_keep(struct builder *b, const char *text);

/*
 * Declares a name; false, and reported, if it exists. For PLACES value is index << 1 | is_route.
 */
bool builder_declare(struct builder *b, enum builder_space space, const char *name, int32_t value,
                     const struct yml_node *at, const char *what);

/* Value of a name, -1. */
int32_t builder_find(const struct builder *b, enum builder_space space, const char *name);

/* "did you mean `x`?" out of a space, or NULL; to be freed. */
char *builder_suggest(struct builder *b, enum builder_space space, const char *name);

/* A text of the story; its key is prefix.a.b.suffix, where a, b may be NULL. */
int32_t builder_add_text(struct builder *b, const struct yml_node *at, const char *text, const char *prefix,
                         const char *a, const char *c, const char *suffix);

/* Index of a trait or prop, which is made where it is new; -1 if it can't be a name. title may be NULL. */
int32_t builder_declare_tag(struct builder *b, enum builder_space space, const struct yml_node *v, const char *title);
int32_t builder_use_tag(struct builder *b, enum builder_space space, const struct yml_node *v);

/* A pending reference to a name. */
int32_t builder_add_pending_name(struct builder *b, const struct yml_node *at, const char *name);
