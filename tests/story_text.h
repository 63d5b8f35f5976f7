/*
 * story_text: stories for tests, from their text. NULL where the story has errors; they are printed.
 */
#pragma once

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>

#include "story/diag.h"
#include "story/load.h"

static inline struct story *story_from_file(const char *path)
{
    struct diags *diags = diags_new();
    struct story *s = story_load(path, diags);
    if (!s) {
        g_autoptr(GString) said = g_string_new(NULL);
        diags_print(diags, said, false);
        printf("# %s\n", said->str);
    }
    diags_free(diags);
    return s;
}

/* Written to `path` first, where it stays, beside the files it speaks of. */
static inline struct story *story_from_text_at(const char *path, const char *text)
{
    /* What follows neither waits for the disk nor truncates. */
    g_unlink(path);
    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
    return story_from_file(path);
}

/* In a folder of its own, which is gone again. */
static inline struct story *story_from_text(const char *text)
{
    g_autofree char *folder = g_dir_make_tmp("frumious-story-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "story.yaml", NULL);
    struct story *s = story_from_text_at(path, text);
    g_unlink(path);
    g_rmdir(folder);
    return s;
}
