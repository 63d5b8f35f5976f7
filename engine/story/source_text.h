/*
 * source_text: the bytes of one file of a story, and where its lines begin.
 *
 * source_text_open() reads the whole file; the other functions only look at it. The first search for a line builds a
 * table of lines, O(the file), so that a story without mistakes never pays for it. Not thread-safe; owned by the
 * loader.
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
    uint16_t number;  /* among the files of the story, for who has several */
    struct _GArray *lines;
};

enum source_text_problem {
    SOURCE_TEXT_OK,
    SOURCE_TEXT_UNREADABLE, /* *why names the cause */
    SOURCE_TEXT_SPECIAL,    /* not a regular file */
    SOURCE_TEXT_LARGE,      /* beyond STORY_FILE_BYTES_MAX */
};

/* Files that are open in an editor: their text counts, not what is on the disk. */
struct source_buffers {
    /* The bytes of the file, which stay until the story is loaded; NULL: it is not open. `path`: as the user would write it. */
    const char *(*find)(void *user, const char *path, size_t *len);
    void *user;
};

/*
 * Reads `path`, which may be one of base/beneath.h. `name` is copied. On SOURCE_TEXT_OK the caller closes *src with source_text_close(); otherwise it is
 * NULL. *why: static text, set for SOURCE_TEXT_UNREADABLE only. Does not check that the text is UTF-8: libyaml does.
 */
enum source_text_problem source_text_open(struct source_text **src, const char *path, const char *name,
                                          const char **why);
/* The same, but the file may be among `buffers` (NULL: none). */
enum source_text_problem source_text_open_from(struct source_text **src, const struct source_buffers *buffers,
                                               const char *path, const char *name, const char **why);
/* Of bytes that are no file's. They are copied. */
struct source_text *source_text_of(const char *bytes, size_t len, const char *name);
void source_text_close(struct source_text *s); /* accepts NULL */

/* Line `line` (from 1) without its end and not NUL-terminated; NULL beyond the end. Lines end where YAML ends them. */
const char *source_text_line(struct source_text *s, uint32_t line, size_t *len);

/* How many characters the piece of YAML has that begins at this place, at least 1: a list or map in brackets, a quoted text, or what stands
 * before a comma, a closing bracket, a comment or the end of the line. */
uint32_t source_text_piece(struct source_text *s, uint32_t line, uint32_t col);

/* Do only blanks stand between this place and a comment? */
bool source_text_comment_follows(struct source_text *s, uint32_t line, uint32_t col);

/* Line and column (both from 1, the column in characters) of a byte offset in the text. */
void source_text_locate(struct source_text *s, size_t offset, uint32_t *line, uint32_t *col);

/* The byte offset of a place in the text; of the line's end, or the text's, if it lies beyond. */
size_t source_text_offset(struct source_text *s, uint32_t line, uint32_t col);

/* The same in src->bytes, as an editor counts, which shows a byte order mark like any other character. */
size_t source_text_byte(struct source_text *s, uint32_t line, uint32_t col);

/* The length of the line break at p, or 0. As for libyaml, breaks are LF, CR, CR LF, NEL, LS and PS. */
size_t source_text_break(const char *p, size_t left);

/*
 * The column of the character that became byte `offset` of a scalar's value. The scalar begins at line, col with the
 * quote `quote` (0: plain, '|': literal or folded). Sees through escapes. If the scalar is broken into lines before
 * that character, the column at which the scalar begins.
 */
uint32_t source_text_scalar_col(struct source_text *s, uint32_t line, uint32_t col, char quote, size_t offset);
