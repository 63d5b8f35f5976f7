/*
 * source_text: the bytes of one file of a story, and where lines begin in them.
 *
 * source_text_open() reads the whole file; the rest only looks. Finding a line builds a table at the first call,
 * so a story without mistakes never pays for it. Not thread-safe; owned by the loader.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source_text {
    char *name;       /* as the user named it, or relative to the story's folder */
    char *bytes;      /* as read */
    const char *text; /* behind a byte order mark */
    size_t len;       /* of text */
    struct _GArray *lines;
};

enum source_text_problem {
    SOURCE_TEXT_OK,
    SOURCE_TEXT_UNREADABLE, /* *why says it */
    SOURCE_TEXT_SPECIAL,    /* not a regular file */
    SOURCE_TEXT_LARGE,
};

/*
 * Reads `path`. Where the result is SOURCE_TEXT_OK, *src must be closed by source_text_close(). `why`: static text of
 * the cause. Whether it is UTF-8 is not looked at: libyaml does.
 */
enum source_text_problem source_text_open(struct source_text **src, const char *path, const char *name,
                                          const char **why);
void source_text_close(struct source_text *s); /* accepts NULL */

/* Line `line` (from 1) without its end, not terminated; NULL beyond the end. Lines end where YAML says. */
const char *source_text_line(struct source_text *s, uint32_t line, size_t *len);

/* Line and column (both from 1, column in characters) of a byte offset. */
void source_text_locate(struct source_text *s, size_t offset, uint32_t *line, uint32_t *col);

/*
 * Column of the character that produced byte `offset` of a scalar's value, when the scalar begins at line,
 * col with a quote `quote` (0: plain). Looks through escapes. Where the scalar is folded before that, its own
 * column.
 */
uint32_t source_text_scalar_col(struct source_text *s, uint32_t line, uint32_t col, char quote, size_t offset);
