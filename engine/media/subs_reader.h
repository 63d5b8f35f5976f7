/*
 * subs_reader: the subtitles of one file, line by line in order of time. Private to media.
 *
 * A text file (WebVTT, SRT, ASS) is read as a whole when it is opened, and becomes UTF-8. Of a container, only so much is
 * read as is asked for, and only its text is kept: what reading a film costs does not grow with the film. One thread;
 * reading waits for the disk.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/stream_choice.h"
#include "media/subs_findings.h"

struct subs_reader;

/* Which of a file's texts; zero: subtitles for any viewer. */
struct subs_wish {
    struct stream_wish text; /* the viewer's */
    bool only_forced;        /* foreign speech and signs alone, for viewers without subtitles */
};

/* `path` may be one of base/beneath.h. A file without a text that suits the wish reads as empty. Reading ends early once *stop is true; it and
 * `findings` must live as long as the reader. NULL with *error; the text names the file. */
struct subs_reader *subs_reader_open(const char *path, const struct subs_wish *wish, const atomic_bool *stop,
                                     struct subs_findings *findings, GError **error);
void subs_reader_close(struct subs_reader *r); /* accepts NULL */

/* Is it a text file, all of which has been read? Otherwise it is a container. */
bool subs_reader_is_text(const struct subs_reader *r);

/* Do its events bring styles of their own (ASS)? */
bool subs_reader_is_styled(const struct subs_reader *r);

/* What libass wants to know first: script info and styles. *n bytes, borrowed until subs_reader_close(). NULL: none. */
const char *subs_reader_header(const struct subs_reader *r, int *n);

/* The fonts that the container carries, by number; false: there are no more. Borrowed until subs_reader_close(). */
struct subs_font {
    const char *name, *data;
    int bytes;
};
bool subs_reader_font(const struct subs_reader *r, int i, struct subs_font *out);

enum subs_read {
    SUBS_READ_LINE,
    SUBS_READ_OTHER, /* something else was read; ask again */
    SUBS_READ_END,   /* of the file, or *stop */
};

/* `event`: fields and text as ass_process_chunk() wants them; the caller's, g_free() it. Times are on the clock of the
 * file's picture, if there is one. */
struct subs_line {
    char *event;
    int64_t from_ms, for_ms;
};
enum subs_read subs_reader_next(struct subs_reader *r, struct subs_line *line);

/* How far it has been read: what comes from now on is not shown before. */
int64_t subs_reader_position_ms(const struct subs_reader *r);

/* How much of the file was passed over so far. 0 for a text, and for a container with a table of its packets. */
int64_t subs_reader_bytes(const struct subs_reader *r);

/* Containers: goes on reading somewhat before that time. */
void subs_reader_seek(struct subs_reader *r, int64_t ms);
