/*
 * settings: what the program remembers of its viewer's wishes, in one text file (see paths_settings()).
 *
 * Load it once, change its fields, save it; one thread. A file that cannot be read counts as empty, so that a broken
 * file never keeps a film from playing; but it is not written over, because nobody knows what is in it. Keys that this
 * version does not know are kept when saving.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "media/stream_choice.h"
#include "media/subs_view.h"
#include "story/story.h"

/* May decisions be recorded on this machine? ASK: the viewer has not been asked yet. COUNT: no, but that a film was played
 * may be counted. */
enum settings_record { SETTINGS_ASK, SETTINGS_YES, SETTINGS_NO, SETTINGS_COUNT };

#define SETTINGS_TEXT_MIN   70
#define SETTINGS_TEXT_MAX   250
#define SETTINGS_SIGNER_MAX 60

/* The window as it was left, in the units of the desktop; width 0: not known. */
struct settings_window {
    int x, y, width, height;
};

struct settings {
    enum settings_record record;
    char *viewer;  /* random id that links this viewer's plays on this machine; "" when off */
    double volume; /* 0..1 */
    bool mute;
    char *language;                 /* BCP 47 tag of the texts; "" for the story's own */
    struct stream_wish sound, text; /* of sound and subtitles; interned; a language of NULL: that of the texts */
    bool subtitles;
    int32_t time_factor; /* of the author's time to decide: see player/extra_time.h */
    bool mono;           /* both ears hear everything */
    bool read_aloud;     /* questions, options and pages, by the speech service */
    bool wait_unseen;    /* a question that nobody can see pauses the film */
    bool reduced_motion;
    bool high_contrast;
    const char *face;  /* the family of the panel's and the pages' words, interned; NULL: this program's own */
    int32_t text_size; /* per cent: SETTINGS_TEXT_MIN to SETTINGS_TEXT_MAX */
    /* of subtitles; those with styles of their own have them only with `subtitle_over` (struct subs_look) */
    int32_t subtitle_size; /* per cent, within the same limits; 0: text_size */
    enum subs_place subtitle_place;
    enum subs_background subtitle_background;
    const char *subtitle_face; /* interned; NULL: the system's sans-serif */
    bool subtitle_over;
    int32_t signer; /* the height of who signs, in per cent of the picture's, to SETTINGS_SIGNER_MAX; 0: not seen */
    struct settings_window window;
    GKeyFile *file; /* settings.c's own: as it was read */
    char *unread;   /* why a file that is there could not be read; NULL: it was, or there is none */
};

struct settings *settings_load(void);
/* Those of somebody who has set nothing, whoever sits here. */
struct settings *settings_usual(void);
void settings_free(struct settings *s); /* accepts NULL */

/* The language of the words: the viewer's, else the desktop's. With a story that does not have the desktop's, the story's own.
 * Interned. */
const char *settings_language(const struct settings *s, const struct story *story);

/* Creates the folder (mode 0700) if it is missing. False and *error: it is not saved. */
bool settings_save(struct settings *s, GError **error);
