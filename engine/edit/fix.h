/*
 * fix: what fixes are made of, internal to edit/: the place of a diagnostic in the text, as bytes and as a node of its YAML, and edits
 * that are written the way the text around them is: between braces or in lines of their own.
 *
 * A fixer looks at the place and adds what it knows, or nothing; the table in edit/quick_fix.c says which are asked for which rule.
 * Pure; one thread at a time.
 */
#pragma once

#include "edit/names.h"
#include "edit/text_edits.h"
#include "story/diag.h"
#include "story/yaml_tree.h"

struct spot {
    const struct names *n;
    guint file;
    const struct diag *d;
    const char *path, *text; /* of the file */
    struct source_text *src;
    gsize from, to;          /* what is marked */
    gsize line, line_end;    /* its first line, without the line break */
    struct yaml_node *at;    /* the innermost node there; NULL: the file is no YAML */
    struct yaml_node **tree; /* of each file of the story, as far as somebody asked; NULL: no YAML */
    bool *has_tree;
    GPtrArray *fixes; /* struct quick_fix */
};

/* Has it added a fix? */
typedef bool (*fixer)(struct spot *s);

/* ---- what is there ---- */

struct yaml_node *fix_tree(struct spot *s, guint file);
/* What stands at the use of a name; NULL: its file is no YAML. */
struct yaml_node *fix_use_node(struct spot *s, const struct name_use *u);
const struct names_file *fix_file(const struct spot *s, guint file);

/* What stands between backticks behind `lead`, to be freed; NULL: the text says something else. */
char *fix_told(const char *text, const char *lead);

/* The nth pair of backticks in a text, from 0; likewise. */
char *fix_said(const char *text, guint nth);

bool fix_is_quote(char c);
/* Where the line begins that a place of a text lies in. */
gsize fix_line_begin(const char *text, gsize at);

/* The text that is marked: within its quotes, if it has some. */
void fix_inner(const struct spot *s, gsize *from, gsize *to);
char *fix_marked(const struct spot *s); /* to be freed */

/* The key at the place, or the key of the value there; NULL: it is an item of a list, or no YAML. */
struct yaml_node *fix_key(const struct spot *s);

/* The mapping that the place is about: that begins there, or belongs to the key there. */
struct yaml_node *fix_map(const struct spot *s);

/* The nth declared name of a kind, from 0; NULL: there are not so many. `owner` NULL: of any. */
const struct name_use *fix_declared(const struct spot *s, enum name_kind kind, const char *owner, guint nth);
/* The node that the place lies in, the one below it, else the first; NULL: there is none. */
const char *fix_next_node(const struct spot *s);

/* A name that is nothing yet: `name`, else `name-2` and so on. To be freed. */
char *fix_free_name(const struct spot *s, enum name_kind kind, const char *owner, const char *name);

/* ---- edits ---- */

/* Take the title, and the text or the edits. The first fix of a diagnostic is the likeliest. */
void fix_add(struct spot *s, char *title, GPtrArray *edits);
void fix_free(void *fix); /* struct quick_fix */
void fix_replace(struct spot *s, char *title, gsize from, gsize to, char *text);

/* A text in double quotes. To be freed. */
char *fix_quoted(const char *text);

/* A value as it can stand anywhere: in double quotes if it must. To be freed. */
char *fix_value(const char *text);

/* An entry `key: value`, in lines if it is long, into a mapping of a file: at its end, or first of all. */
void fix_insert_entry(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *map, const char *entry,
                      bool first);
void fix_insert_item(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *list, const char *item);

/* The entry of a key, or an item of a list, with all that belongs to it. */
void fix_remove_node(struct spot *s, GPtrArray *edits, guint file, const struct yaml_node *n);

/* An entry in `state:` or another section of the story, which is begun above `nodes:` if there is none. False: it can't be. */
bool fix_insert_into(struct spot *s, GPtrArray *edits, const char *section, const char *entry);

/* ---- the families ---- */

bool fix_near_name(struct spot *s);
bool fix_bad_name(struct spot *s);
bool fix_written(struct spot *s);
bool fix_listed(struct spot *s);
bool fix_known_name(struct spot *s);
bool fix_needless_quotes(struct spot *s);
bool fix_missing_quotes(struct spot *s);
bool fix_letter_there(struct spot *s);
bool fix_near_file(struct spot *s);
bool fix_quote_within(struct spot *s);
bool fix_print_quotes(struct spot *s);
bool fix_indent(struct spot *s);
bool fix_item(struct spot *s);
bool fix_outdent(struct spot *s);
bool fix_open_end(struct spot *s);
bool fix_tabs(struct spot *s);
bool fix_blank(struct spot *s);
bool fix_dash(struct spot *s);
bool fix_colon(struct spot *s);
bool fix_tag(struct spot *s);
bool fix_escape(struct spot *s);
bool fix_path(struct spot *s);
bool fix_yes_no(struct spot *s);
bool fix_brace(struct spot *s);
bool fix_document(struct spot *s);
bool fix_scalar_style(struct spot *s);

bool fix_remove(struct spot *s);
bool fix_constant(struct spot *s);
bool fix_odd_key(struct spot *s);
bool fix_remove_mentioned(struct spot *s);
bool fix_insert(struct spot *s);
bool fix_example(struct spot *s);
bool fix_shape(struct spot *s);
bool fix_move_up(struct spot *s);
bool fix_move_part(struct spot *s);
bool fix_empty(struct spot *s);
bool fix_empty_file(struct spot *s);
bool fix_comma(struct spot *s);
bool fix_default(struct spot *s);
bool fix_way_out(struct spot *s);
bool fix_clip(struct spot *s);
bool fix_code(struct spot *s);
bool fix_checkpoint(struct spot *s);

bool fix_unused(struct spot *s);
bool fix_unread(struct spot *s);
bool fix_unreached(struct spot *s);
bool fix_declare(struct spot *s);
bool fix_create_node(struct spot *s);
bool fix_other_name(struct spot *s);
bool fix_language(struct spot *s);
bool fix_create_file(struct spot *s);
bool fix_translation(struct spot *s);

bool fix_number(struct spot *s);
bool fix_time(struct spot *s);
bool fix_window(struct spot *s);
bool fix_swap(struct spot *s);
bool fix_initial(struct spot *s);
bool fix_condition(struct spot *s);
bool fix_assignment(struct spot *s);
bool fix_chain(struct spot *s);
bool fix_media(struct spot *s);
bool fix_clock(struct spot *s);
bool fix_share(struct spot *s);
