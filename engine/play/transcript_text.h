/*
 * transcript_text: a transcript as text that people can read and write, and as a file.
 *
 *     frumious-transcript 1
 *     story org.example.night-bus
 *     version 1.0
 *     hash 0123456789abcdef         # of the story that was played; for information
 *     seed 42
 *     from bus                      # the play began at this node, and not at the story's start
 *     set trust 3                   # and with this value, or with this arm of an experiment
 *     keep endings_seen 2           # what the viewer brought along from earlier plays
 *     pick stop 00:23.400 which-ticket single
 *     timeout bus 01:02.000 who-pays
 *     back bus 00:12.000 which-ticket
 *     back home end which-ticket    # after the film was over
 *     draw lottery 2                # the next random route met from here on takes its second part
 *     reload bus 00:08.120 "changed: bus"  # --watch loaded the story again, and went on here; replays ignore it
 *     stop stop 00:03.000           # the play was left here
 *
 * One line each; words are separated by blanks; a word with blanks, quotes, # or nothing in it stands in "quotes"
 * (\", \\, \xHH and \uHHHH inside; control characters are never written raw). `#` begins a comment. Times are media times in the node, [HH:]MM:SS[.ffffff]; `-` means as
 * soon as possible. `lap 2` after back and stop means the node's second visit since the line before.
 *
 * Text from outside is untrusted: its size is limited, and errors name the line.
 */
#pragma once

#include "play/transcript.h"

/* Bytes of a text, and of one line of it, which is a handful of names. */
#define TRANSCRIPT_BYTES_MAX      (16 * 1024 * 1024)
#define TRANSCRIPT_LINE_BYTES_MAX (32 * 1024)

/* As text, to be freed with g_free(); transcript_parse() of it gives an equal transcript. */
char *transcript_print(const struct transcript *t);

/* The same, as if the play were left now, in this state; the transcript itself goes on. For saving during a play. */
char *transcript_print_stop(struct transcript *t, const struct story *s, const int32_t *state, int64_t at_us);

/* From `len` bytes of text (-1: up to its NUL). NULL and *error on failure. */
struct transcript *transcript_parse(const char *text, gssize len, GError **error);

/* From and to a file (base/files.h), which is replaced in one go, or a descriptor such as /dev/stdout. Messages name it. */
struct transcript *transcript_load(const char *path, GError **error);
bool transcript_save(const struct transcript *t, const char *path, GError **error);
