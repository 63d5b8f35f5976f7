/*
 * story_text: loads stories for tests from a text. A story with errors is NULL, and the errors are printed.
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

/* Writes the text to `path`, beside the files that it names, and leaves it there. */
static inline struct story *story_from_text_at(const char *path, const char *text)
{
    /* This write neither waits for the disk nor truncates. */
    g_unlink(path);
    g_file_set_contents_full(path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
    return story_from_file(path);
}

/* Uses a folder of its own, which is removed afterwards. */
static inline struct story *story_from_text(const char *text)
{
    g_autofree char *folder = g_dir_make_tmp("frumious-story-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "story.yaml", NULL);
    struct story *s = story_from_text_at(path, text);
    g_unlink(path);
    g_rmdir(folder);
    return s;
}
