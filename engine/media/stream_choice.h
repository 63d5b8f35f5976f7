/*
 * stream_choice: which of a file's streams is played: the picture, the sound and the text. The player, headless plays and
 * `check` all ask here, so they take the same. Functions of their arguments; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define STREAMS_MAX 64 /* of a file; further ones are ignored */

/* DRAWN_TEXT: subtitles that are stored as pictures, which can't be shown. */
enum stream_kind { STREAM_IGNORED, STREAM_PICTURE, STREAM_SOUND, STREAM_TEXT, STREAM_DRAWN_TEXT };

/* What a stream of sound or text is for. */
enum stream_purpose {
    STREAM_FILM,
    STREAM_DESCRIBED, /* sound: also says what is seen. Text: also says what is heard */
    STREAM_ASIDE,     /* a commentary, or a part of the sound, such as the music alone */
};

/* One stream, as the file describes it (stream_facts.h). A plain value. */
struct stream_facts {
    enum stream_kind kind; /* cover art, thumbnails and data are ignored */
    enum stream_purpose purpose;
    bool decodable; /* this program has a decoder */
    bool preferred; /* the file calls it the default */
    bool forced;    /* text: foreign speech and signs alone, to be shown always */
    bool original, dub;
    bool part;         /* picture: a still image, or a layer of another stream */
    uint64_t programs; /* of a broadcast with several, a bit for each that it belongs to; 0: no programs */
    char language[16]; /* as the file says it; "": unknown */
    char title[64];
};

/* What the viewer wants. Zero: the film as the file would play it. */
struct stream_wish {
    const char *language;        /* ISO 639 code or BCP 47 tag; NULL or "": none in particular */
    enum stream_purpose purpose; /* what fits best otherwise is taken where there is none for it */
    const char *title;           /* of an ASIDE; NULL or "": one without a title */
};

bool stream_wish_equal(const struct stream_wish *a, const struct stream_wish *b);

/* The number of the stream that is the film, or -1: the default before others, among equals the first. */
int stream_choice_picture(const struct stream_facts *s, int n);

/*
 * The number of the stream to be heard, or -1. In this order: one that can be decoded; of the picture's program; the film's
 * own sound before a commentary or a part of it, unless the viewer wants that one; none with descriptions, unless the viewer wants them; in the viewer's
 * language, and among those in the same region; the default; the original before a dub; the first. So a commentary in the
 * viewer's language does not take the place of the film's sound in another.
 */
int stream_choice_sound(const struct stream_facts *s, int n, const struct stream_wish *wish);

/* How many streams fit the wish as well as the one that is heard, itself included. More than 1: the default, or the order
 * in the file, has decided. */
int stream_choice_rivals(const struct stream_facts *s, int n, const struct stream_wish *wish);

/*
 * The number of the stream of text to be shown, or -1. If the viewer wants subtitles (`full`), that is one in the viewer's
 * language, else one that names none; within these, complete subtitles before forced ones, then those for the purpose that is wanted, plain ones before those that
 * describe sounds, then the default. Without `full` only forced ones are shown: in the viewer's language, in that of the
 * sound that is `heard` (NULL: unknown), or in none. Text in another language is never shown, except where the
 * file holds nothing else than that one stream.
 */
int stream_choice_text(const struct stream_facts *s, int n, const struct stream_wish *wish, const char *heard,
                       bool full);

/*
 * The number of the subtitles that this viewer would be shown if they could be: they are stored as pictures, or in a format that nothing
 * here reads. -1: others are shown, or there are none.
 */
int stream_choice_unshown(const struct stream_facts *s, int n, const struct stream_wish *wish, const char *heard,
                          bool full);

/* What a file does with such subtitles: "holds its subtitles as pictures, which can't be shown". Static. */
const char *stream_choice_why_unshown(const struct stream_facts *s);

/* The language that is heard where the sound suits the wish; NULL: there is no sound. Borrowed from `s`. */
const char *stream_choice_heard(const struct stream_facts *s, int n, const struct stream_wish *wish);

/* For people, to be freed: "en, default, commentary". */
char *stream_choice_describe(const struct stream_facts *s);
