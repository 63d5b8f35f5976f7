/*
 * builder: a story while it is being loaded. Internal to story/.
 *
 * Everything is appended to arrays and gets its index at once, but names are looked up only when all files have been
 * read. Until then targets and expressions are pending: a target's kind is TARGET_PENDING_* and its index that of a
 * pending name; an expression is listed in `pending_exprs`. load.c calls the parts of the loader in their order;
 * finish_story() copies the result. One thread; builder_free() frees everything.
 */
#pragma once

#include "base/arena.h"
#include "story/diag.h"
#include "story/folder.h"
#include "story/source_text.h"
#include "story/story.h"
#include "story/yml.h"

/* Kinds of targets that exist only while loading, beside those of enum story_target_kind. */
#define TARGET_PENDING_PLACE  ((enum story_target_kind)100)
#define TARGET_PENDING_BACK   ((enum story_target_kind)101)
#define TARGET_PENDING_BROKEN ((enum story_target_kind)102) /* reported already */
#define TARGET_PENDING_AGAIN  ((enum story_target_kind)103)

/* Sets of names. A name's value is its index; in SPACE_PLACES, which nodes and routes share, index << 1 | is_route. */
enum builder_space {
    SPACE_PLACES,
    SPACE_DECISIONS,
    SPACE_VARS,
    SPACE_ENDINGS,
    SPACE_MEDIA,
    SPACE_TRAITS,
    SPACE_PROPS,
    SPACE_ACTS,
    SPACE_CUES, /* sets of cues */
    SPACE_N
};

/* Things that may have defaults. */
enum builder_kind { BUILDER_DECISIONS, BUILDER_CLIPS, BUILDER_OPTIONS, BUILDER_KINDS };

struct builder_cue_set {
    const char *name;
    const struct yml_node *list; /* NULL: broken, which was reported */
    struct story_mark mark;
    bool used;
};

/* A trait, a prop or an act, which the story declares or just uses. */
struct builder_tag {
    const char *name;
    const char *title;      /* of a prop; NULL: none was given */
    int32_t text;           /* the title of an act: story_text(), or -1 */
    struct story_mark mark; /* of its declaration */
    bool declared, used;
};

struct builder_tag_use {
    enum builder_space space; /* SPACE_TRAITS, SPACE_PROPS or SPACE_ACTS */
    int32_t index;
    struct story_mark mark;
    uint32_t width;
};

/* A name that is used and must exist in the end. */
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
    bool broken;        /* its type is not known, which was reported */
    bool read, written; /* by some expression, by some effect */
    bool arm;           /* it belongs to an experiment: no effect may set it */
};

/* An expression that is compiled when all names are known. */
struct pending_expr {
    int32_t expr;
    int32_t effect;         /* the effect whose value it is; -1: it is a condition */
    const char *var;        /* the effect's variable; NULL: it is a condition */
    struct story_mark mark; /* of the scalar it stands in */
    uint32_t width;
    uint32_t offset, var_offset; /* bytes into the scalar's value */
    char quote;
    bool negate, toggle, add;
};

struct builder_text {
    const char *key, *text;
    struct story_mark mark;
    uint32_t width; /* of its first line in the file, in characters */
    bool fields;    /* it is an inscription, with fields (story/text_field.h) */
    bool implied;   /* the author wrote none: nobody misses a translation */
};

struct builder {
    struct diags *diags;
    struct arena *arena;   /* what the story keeps; finish_story() takes it */
    struct arena *scratch; /* what only loading needs */
    struct folder *folder;
    const struct source_buffers *buffers; /* NULL: all files are read from the disk */
    const char *dir;
    GPtrArray *sources;           /* struct source_text, by file number */
    GArray *includes;             /* struct pending_name: names of files to be read */
    GHashTable *missing_reported; /* paths: each missing file is reported once */
    bool cut_short;               /* a file could not be read to its end: names may be missing */
    unsigned left_out;            /* enum story_left_out: what validate_story() skipped */
    bool unread; /* some targets and conditions could not be read, so they may name what else seems unused */
    bool media_broken, endings_broken;
    bool targets_broken, expressions_broken; /* some are: rules about them would only repeat known mistakes */
    bool tags_broken;                        /* traits, props or acts are named that are not declared */
    bool tags_declared[SPACE_N];             /* does the story list its traits, props, acts? */
    enum story_role node_role;               /* of the node that is being read */
    bool in_node;                            /* the next node is being read: notes belong to it */
    int32_t file_act;                        /* of the nodes of the file being read that name none, or -1 */
    GPtrArray *bad_names; /* names that were refused, of anything: uses of them are not reported again */
    GArray *unsound;      /* int32_t: the nodes in which an error was found while they were read */
    GArray *loose_ends;   /* struct pending_name: nodes that lead nowhere, if the story is sound otherwise */
    const struct yml_node *defaults[BUILDER_KINDS]; /* mappings, or NULL (story/shared.h) */
    size_t shared_parts;                            /* that defaults and sets of cues have expanded to */
    bool cues_broken;                               /* some name a set that there is not */
    bool defaults_broken;                           /* what things lack may be meant to stand there */
    int comparisons_left; /* for "did you mean", which is slow: a hostile file could ask for it without end */

    const char *id, *version, *channel;
    struct story_share share;
    int32_t title;
    struct pending_name start;
    int32_t start_node;

    GHashTable *spaces[SPACE_N]; /* name to value + 1 */
    GHashTable *forms;           /* of names with other letters than a to z: what they look like, to the name */
    GArray *languages, *names;
    GArray *former;                          /* struct pending_name: the names that things had before */
    GArray *renamed_values;                  /* struct story_renamed_value */
    GArray *traits, *props, *acts;           /* struct builder_tag */
    GArray *tag_uses;                        /* struct builder_tag_use */
    GArray *experiments, *variants, *orders; /* until names are resolved, indices of an outcome are pending names */
    GArray *vars, *memories, *code, *exprs, *effects, *parts, *routes, *cues, *labels, *option_traits, *option_props;
    GArray *node_props;
    GArray *options, *decisions, *tracks, *ats, *events, *inscriptions, *nodes, *endings, *asserts, *goals;
    GArray *notes;
    GArray *texts;             /* struct builder_text */
    GArray *pending_names;     /* struct pending_name */
    GArray *media;             /* struct builder_medium */
    GArray *cue_sets;          /* struct builder_cue_set */
    GArray *clip_media;        /* int32_t: of each node, the pending name of its medium, or -1 */
    GArray *pending_exprs;     /* struct pending_expr */
    GArray *var_uses;          /* struct builder_var, of each variable */
    GArray *language_marks;    /* struct pending_name: where each of `languages` stands */
    GArray *track_marks;       /* struct pending_name: the language of each track */
    GArray *goal_names;        /* struct pending_name */
    GHashTable *memory_index;  /* struct story_memory to index + 1 */
    const char **translations; /* [language * n_texts + text], NULL where there is none; language 0 is unused */
    const char **origins;      /* the same: the fingerprint of the text that was translated; NULL: not given */
    bool languages_unknown;    /* the story lists none */
};

/* `diags` is borrowed until builder_free(). */
struct builder *builder_new(struct diags *diags);
void builder_free(struct builder *b); /* accepts NULL */

/* True, or fails an assertion. */
bool builder_check(const struct builder *b);

/* Adds a file of the story, which the builder closes in the end. Comes before the file is read. */
void builder_add_source(struct builder *b, struct source_text *src);

/* Where a node stands. */
struct story_mark builder_mark(const struct builder *b, const struct yml_node *n);

/* Reports a problem at a node. */
G_GNUC_PRINTF(5, 6)
void builder_error(struct builder *b, const struct yml_node *at, const char *code, const char *advice,
                   const char *format, ...);

/* Reports a problem at a mark of any file; `width` in characters. */
G_GNUC_PRINTF(6, 7)
void builder_error_at(struct builder *b, struct story_mark mark, uint32_t width, const char *code, const char *advice,
                      const char *format, ...);

/* A copy that lives as long as the story. */
const char *builder_keep(struct builder *b, const char *text);

/* A text of the file for a message: itself, or shortened (base/brief.h) where it is longer than a name. Lives as long as
 * the builder or the text. */
const char *builder_brief(struct builder *b, const char *text);

/* Declares a name, which must live as long as the builder. False if it exists already, which is reported. */
bool builder_declare(struct builder *b, enum builder_space space, const char *name, int32_t value,
                     const struct yml_node *at, const char *what);

/* The value of a name, or -1. */
int32_t builder_find(const struct builder *b, enum builder_space space, const char *name);

/* "did you mean `x`?" with a name of the space, or NULL. The caller frees it. */
char *builder_suggest(struct builder *b, enum builder_space space, const char *name);

/* The same with one of these options of b->options; where none is near, which there are. Never NULL. The caller frees it. */
char *builder_suggest_option(const struct builder *b, struct story_span options, const char *name);

/* Remembers a name that was refused, and tells whether an unknown name is probably meant to be one of these: the same
 * letters and digits, or part of it. */
void builder_refuse_name(struct builder *b, const char *name);
bool builder_excuses(const struct builder *b, const char *name);

/* Adds a text and returns its index. Its key joins the last four arguments with dots; NULL ones are left out. */
int32_t builder_add_text(struct builder *b, const struct yml_node *at, const char *text, const char *prefix,
                         const char *a, const char *c, const char *suffix);

/* The traits, props or acts, by their space. */
GArray *builder_tags(const struct builder *b, enum builder_space space);

/* The index of the trait, prop or act of the name `v`, which is added if it is new. A declared one has a title, if `title`
 * is not NULL, the value of `v`; that of an act is a text of the story. */
int32_t builder_declare_tag(struct builder *b, enum builder_space space, const struct yml_node *v, const char *title);
int32_t builder_use_tag(struct builder *b, enum builder_space space, const struct yml_node *v);

/* Adds a name that must exist in the end; its index in b->pending_names. */
int32_t builder_add_pending_name(struct builder *b, const struct yml_node *at, const char *name);
