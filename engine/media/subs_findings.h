/*
 * subs_findings: what is wrong with the subtitles of a file, and what of them is therefore not shown.
 *
 * A plain value that reading fills in. `check` reports it before anyone sees the film, the player says it once. The
 * limits are generous for what people make: the longest film has some 3,000 lines, a richly styled one 50,000.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SUBS_FILE_BYTES_MAX  (32 << 20) /* of a text file; of a text track: of its text */
#define SUBS_EVENTS_MAX      100000
#define SUBS_EVENT_BYTES_MAX (64 << 10)
/* Of one event, and of all that are shown at once; see media/subs_cost.h. A film's picture has two million pixels. */
#define SUBS_EVENT_COST_MAX  (INT64_C(64) << 20)
#define SUBS_MOMENT_COST_MAX (INT64_C(256) << 20)
#define SUBS_AT_ONCE_MAX     1000
#define SUBS_STYLES_MAX      1000 /* of a file: each line looks for its own among them */
#define SUBS_FONTS_MAX       100
#define SUBS_FONT_BYTES_MAX  (64 << 20) /* all fonts of a file together */
#define SUBS_FONT_NAMES_MAX  200        /* that the texts of a file ask for; see media/subs_fonts.h */

enum subs_fault {
    SUBS_ENCODING_UNKNOWN, /* nothing of the file is shown */
    SUBS_ENCODING_GUESSED,
    SUBS_BROKEN_TEXT,  /* events of a container that are not UTF-8 */
    SUBS_BROKEN_TIMES, /* events whose times can't be read; of ASS, FFmpeg takes them for a part of the header */
    SUBS_BACKWARDS,    /* events that end before they begin, or when they do */
    SUBS_TOO_MANY,
    SUBS_TOO_LONG,
    SUBS_TOO_COSTLY,
    SUBS_TOO_SLOW, /* known only once it was drawn */
    SUBS_TOO_MANY_FONTS,
    SUBS_TOO_MANY_NAMES, /* of fonts */
    SUBS_TOO_MANY_STYLES,
    SUBS_FAULTS
};

struct subs_findings {
    char encoding[32];             /* GUESSED: as which it is read */
    int64_t count[SUBS_FAULTS];    /* how many events or fonts; 0: this fault is not there */
    int64_t first_us[SUBS_FAULTS]; /* when the first of the events would be shown, on the file's clock */
};

void subs_findings_add(struct subs_findings *f, enum subs_fault fault, int64_t at_us);

/* A sentence about the file without its name ("it …"), for a fault that is there; g_free() it. */
char *subs_findings_words(const struct subs_findings *f, enum subs_fault fault);

/* What to do about it. Never NULL. */
const char *subs_findings_advice(enum subs_fault fault);
