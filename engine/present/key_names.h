/*
 * key_names: the names of keys and commands in the viewer's file of keys: those of mpv where it has them.
 *
 * No state, any thread.
 */
#pragma once

#include "present/input.h"

/* The key as input.c names it ("Ctrl+Q", "PageUp", "Pad a"), g_free() it; a capital letter is one with Shift, as in mpv. It
 * may be a key that does not exist. */
char *key_names_key(const char *mpv);

/* What a command does: its words, between which any blanks may stand. False: it is none, or its number is wrong. */
bool key_names_command(const char *words, enum input_action *action, int *value);

/* Why key_names_command() has refused it, a part of a sentence; g_free() it. */
char *key_names_problem(const char *words);
