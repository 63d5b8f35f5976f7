/*
 * settings: what the program remembers of its viewer's wishes, in one text file (see paths_settings()).
 *
 * Load once, change, save; single-threaded. A file that can't be read counts as empty, so that a broken settings
 * file never keeps a film from playing; keys that this version does not know are kept when saving.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* May decisions be recorded on this machine? Nobody has been asked yet: SETTINGS_ASK. */
enum settings_record { SETTINGS_ASK, SETTINGS_YES, SETTINGS_NO };

struct settings {
    enum settings_record record;
    char *viewer;  /* random id that links this viewer's plays on this machine; "" when off */
    double volume; /* 0..1 */
    bool mute;
    char *language; /* BCP 47 tag of texts, sound and subtitles; "" for the story's own */
    bool subtitles;
    int32_t time_factor; /* of the author's time to decide: see player/extra_time.h */
    bool reduced_motion;
    GKeyFile *file;
};

struct settings *settings_load(void);
void settings_free(struct settings *s); /* accepts NULL */

/* Creates the folder (0700) when missing. */
bool settings_save(struct settings *s, GError **error);
