/*
 * paths: where the program finds its own data and where it keeps the viewer's, by the XDG base folders.
 *
 * Everything returned is owned by the caller (g_free). No I/O except paths_program() and paths_film(), which look whether files exist.
 */
#pragma once

/* Where this program's own file lies; NULL: that can't be told. */
char *paths_program(void);

/* Settings and saves are those of this viewer from here on (player/profiles.h), NULL: everyone's. The name is copied; it must be
 * that of a folder. Before other threads ask for a path. */
void paths_use_profile(const char *name);
/* NULL: none. Borrowed until the next paths_use_profile(). */
const char *paths_profile(void);
/* The folder of all profiles' settings, and the file that says who watched last; they may not exist. */
char *paths_profiles(void);
char *paths_last_profile(void);

/*
 * The project's own film: in the source tree around the program, installed with it (even if the installation was
 * moved), or in the folder that `make install` fills. NULL if none of them has it.
 */
char *paths_film(void);

/* Settings file; the folder may not exist yet. */
char *paths_settings(void);

/* The viewer's own keys, beside the settings; it may not exist. */
char *paths_keys(void);

/* Which films were opened (player/opened_films.h); it may not exist. */
char *paths_shelf(void);

/* Small pictures of films (player/posters.h); it may not exist. */
char *paths_posters(void);

/* A file of `story_id`'s saves folder: "kept.ini", "last.transcript". The folder may not exist yet. */
char *paths_save(const char *story_id, const char *file);
