/*
 * subs: the subtitles of one file (WebVTT, SRT, ASS/SSA, or the text track of a container), drawn by libass into bitmaps
 * that present puts on the picture.
 *
 * Each open file has a thread of its own, which reads, finds fonts and draws ahead; no call waits for it, except
 * subs_wait(). What a file may cost is limited (media/subs_findings.h); what exceeds that is left out and told once.
 * Order of calls: subs_open(); subs_show() for each picture of the film; subs_close(). All on one thread, "main";
 * subs_scan() on any.
 */
#pragma once

#include <glib.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/stream_choice.h"
#include "media/subs_findings.h"
#include "media/subs_view.h"

struct media;
struct subs;

struct subs_spec {
    const char *path;        /* may be one of base/beneath.h */
    struct stream_wish wish; /* the viewer's, for a container with several texts */
    bool only_forced;        /* foreign speech and signs alone, for viewers without subtitles (stream_choice.h) */
    int64_t from_us; /* where on the file's clock the node begins; a container's clock begins with its first picture */
};

/* Returns at once, never NULL; the spec is copied. Markup in SRT and WebVTT becomes italics or bold, or is dropped; ASS
 * keeps its own styles, and uses the fonts that its container carries. */
struct subs *subs_open(struct media *m, const struct subs_spec *spec);

/* Never waits: the thread frees everything once it is through with what it does; media_free() waits for that. Accepts
 * NULL. */
void subs_close(struct subs *s);

/* The bitmaps to draw at media time `t_us` of the node, back to front, *n of them; valid until the next call on `s`.
 * None while they are not drawn yet: text that is known appears on time, because it is drawn ahead. */
const struct subs_image *subs_show(struct subs *s, int64_t t_us, const struct subs_view *view, int *n);

/* For a play that runs faster than time: waits for at most `ms` milliseconds until subs_show() would return exactly what
 * belongs to `t_us`. False: not yet. */
bool subs_wait(struct subs *s, int64_t t_us, const struct subs_view *view, int ms);

/* The same until it is known what is wrong with the file as a whole. */
bool subs_wait_open(struct subs *s, int ms);

/* A sentence about something that is wrong with the file and was not told yet, with its name and what to do; g_free() it.
 * NULL: nothing. */
char *subs_take_problem(struct subs *s);

/* ---- the text alone ---- */

/* Reading a container that has no table of its packets stops after this much, unless it is asked for as a whole. */
#define SUBS_SCAN_BYTES (INT64_C(64) << 20)

/*
 * All events that would be shown, as struct subs_event in order of time; g_array_unref() them. *findings: what is wrong
 * with the file, even if it can't be read. Ends early once *stop is true (NULL: never). NULL with *error; the text names
 * the file. Reads on the calling thread.
 */
GArray *subs_scan(const char *path, const char *language, bool whole, const atomic_bool *stop,
                  struct subs_findings *findings, GError **error);

/* What is said, with ASS's own marks in it, on the file's clock. */
struct subs_words {
    int64_t from_us, to_us;
    char *ass;
};

/* The words of all events that would be shown, as struct subs_words in order of time; g_array_unref() them. NULL with *error;
 * the text names the file. Reads the whole file, on the calling thread. */
GArray *subs_read_words(const char *path, const char *language, GError **error);
