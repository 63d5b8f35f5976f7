/*
 * runtime: a folder for what outlives this program but not the machine: queues and places that a killed program leaves
 * for the next one. It lies in memory, so writing there never waits for a disk.
 *
 * It is the user's alone: owned by them, 0700, no link. So nobody else can put anything there, guess a name, lock a
 * file, or see that there is one. It is `frumious` in $XDG_RUNTIME_DIR, if that is a folder of ours alone in memory;
 * otherwise `frumious-UID` in /dev/shm. Should another user have taken that name, the folder gets one that cannot be
 * guessed, and is found again by its owner.
 *
 * No state but the folders; any thread.
 */
#pragma once

#include <glib.h>
#include <sys/stat.h>

#define RUNTIME_SHARED "/dev/shm" /* everybody may write there */
/* So many names there are looked at. Behind more, which only somebody makes who means harm, what lies under a name that cannot be
 * guessed is not found, and waits; a folder of ours under its usual name needs no search. */
#define RUNTIME_NAMES_MAX 65536

/*
 * The folder, open for reading, made if need be; *path (may be NULL) is its path, which the caller frees. -1: there is
 * none, and nothing outlives this program.
 */
int runtime_open(char **path);

/* The paths of all such folders that there are. Never NULL; g_ptr_array_unref() it, which frees them. */
GPtrArray *runtime_folders(void);

/* Names in RUNTIME_SHARED that begin so and belong to our user, in their order. Never NULL; g_ptr_array_unref() it. */
GPtrArray *runtime_shared_names(const char *prefix);

/* One of them, opened anew and checked: -1 if it is not ours alone any more. */
int runtime_open_folder(const char *path);

/* Is it a regular file of ours alone: our user's, 0600, one name, no more than `max` bytes? */
gboolean runtime_is_ours(const struct stat *st, size_t max);
