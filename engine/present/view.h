/*
 * view: a plain description of what one redraw shows. The app fills it from the film and the play, the window
 * draws it. No story is known here: a decision is a panel with texts, a missing clip is a card.
 *
 * Everything is borrowed for the duration of window_draw(): the caller owns strings, frames, arrays. A zeroed
 * struct view is a black picture and nothing on it, so fill only what you need. Texts are UTF-8 and may be
 * untrusted: invalid bytes, control characters and bidi overrides are neutralised when drawn. NULL and ""
 * mean that there is no such text.
 *
 * Animation is a function of the times in here (microseconds since something happened, on whatever clock the
 * caller chooses), never of a clock that the window reads: the same view draws the same pixels.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct frame;      /* media/frame.h */
struct subs_image; /* media/subs.h */

/* ---- the decision panel ---- */

enum view_layout { VIEW_ROW, VIEW_COLUMN, VIEW_CORNERS, VIEW_CODE };

/* HIDDEN draws nothing. IN: sliding in, input is not open yet. OPEN: input is open. CLOSED: input is over,
 * what was taken stays lit (or, timed_out, glows up late). OUT: sliding out. */
enum view_phase { VIEW_HIDDEN, VIEW_IN, VIEW_OPEN, VIEW_CLOSED, VIEW_OUT };

#define VIEW_OPTIONS_MAX 16 /* more are not drawn; a story allows fewer */

struct view_option {
    const char *text;
    const char *sub;           /* smaller second line */
    const char *key;           /* key hint, such as "1" or "U" */
    const char *reason;        /* why it is locked */
    const struct frame *image; /* shown above the text, or in its place if there is no text */
    bool locked;               /* shown dim, cannot be taken */
};

struct view_panel {
    enum view_phase phase; /* VIEW_HIDDEN (0): no panel, nothing else in here is looked at */
    int64_t phase_us;      /* since the phase began; see anim.h for how long IN and OUT move */
    enum view_layout layout;
    const char *prompt;
    const struct view_option *options;
    int count;
    int focus;         /* the option with the light on it, -1 none */
    int focus_from;    /* the one that had it before, -1 none */
    int64_t focus_us;  /* since it moved */
    int selected;      /* the tentative pick (may still be changed while OPEN), -1 none */
    int taken;         /* CLOSED and OUT: the option that was taken, -1 none */
    bool timed_out;    /* it was taken because nobody chose */
    double left;       /* time left, 1 .. 0: the bar, shrinking toward the centre; < 0: no limit, no bar */
    const char *code;  /* VIEW_CODE: what was entered so far */
    int code_length;   /* number of places, 0 unknown */
    bool code_letters; /* the pad has A-Z instead of 0-9 */
    bool code_wrong;   /* shown when CLOSED */
};

/* ---- pictures made of words ---- */

enum view_card_look {
    VIEW_CARD_TEXT,   /* a title card of the film */
    VIEW_CARD_SLATE,  /* the stand-in for footage that is missing: a leader with the node's name and its script */
    VIEW_CARD_ENDING, /* the end: title large, body below */
};

struct view_card {
    enum view_card_look look;
    const char *title;
    const char *body;  /* lines split at \n, wrapped where needed */
    const char *label; /* slate: the node's id; card: a small line above the title */
    const char *note;  /* slate: why it is here ("b2.mkv is missing"); card: small line below */
    int64_t at_us;     /* position in the clip: fade-in of cards, counter of slates */
    int64_t dur_us;    /* length of the clip, 0 unknown */
};

/* ---- words in the picture ---- */

enum view_look { VIEW_TERMINAL, VIEW_TYPEWRITER, VIEW_TITLE, VIEW_PLAIN };
enum view_align { VIEW_ALIGN_START, VIEW_ALIGN_CENTER, VIEW_ALIGN_END };

#define VIEW_INSCRIPTIONS_MAX 64 /* more are not drawn; a story allows no more */

/* On a screen, a sheet of paper, a label that is part of the picture. Thousandths of the picture's width and height;
 * letters get smaller than `size` where the text would not fit into its place. */
struct view_inscription {
    const char *text;
    int left, top, width, height;
    int size;
    enum view_look look;
    enum view_align align;
    uint32_t rgb;
};

/* ---- over everything ---- */

struct view_help_row {
    const char *keys, *what;
};

struct view_dialog {
    const char *title; /* small line above, may be NULL */
    const char *text;  /* the sentence */
    const char *buttons[3];
    int count, focus;
    int64_t open_us; /* since it opened */
};

/* A text to read over the picture, longer than the window is high, with buttons below. */
enum view_ink { VIEW_INK_TEXT, VIEW_INK_HEAD, VIEW_INK_QUIET };

struct view_line {
    const char *text; /* wrapped where needed; "" leaves a gap */
    enum view_ink ink;
    int indent; /* steps */
};

struct view_sheet {
    const char *title;
    const struct view_line *lines;
    int count, first; /* first: the line at the top; past window_sheet_last() as if it were that */
    const char *buttons[3];
    int button_count, focus;
};

struct view {
    const struct frame *frame;    /* NULL: black, or the card */
    uint64_t frame_serial;        /* differs for different frames, so that one shown again is not converted again;
                                   * 0: not known, converted every time */
    const struct view_card *card; /* takes the frame's place */
    int pic_w, pic_h;             /* without a frame: the picture's shape, so that panel and cards stand where they
                       * would with it; 0: the window's shape */
    const struct view_inscription *inscriptions; /* over the frame or card, the last one on top */
    int inscription_count;
    float dim; /* 0..1: how far the picture is faded to black */

    struct view_panel panel;

    const struct subs_image *subs; /* relative to window_picture(), made for its size */
    int sub_count;
    const char *caption; /* plain subtitle text where there are no images; \n splits lines */

    const char *notice; /* a short message, top left */
    int64_t notice_us;  /* since it came; it fades by itself (anim.h) */
    bool paused;
    int64_t paused_us; /* since then */
    bool volume_shown;
    int volume; /* per cent */
    bool muted;
    const char *muted_word;   /* NULL: in English */
    int64_t volume_us;        /* since it changed */
    const char *const *stats; /* statistics overlay, lines */
    int stat_count;
    const struct view_help_row *help;
    int help_count;
    const struct view_sheet *sheet;   /* NULL: none */
    const struct view_dialog *dialog; /* NULL: none */
    const char *paused_link;          /* while paused: something to click below, with its key; NULL: none */

    float text_scale;    /* the viewer's text size, 0: 1.0 */
    bool reduced_motion; /* fades instead of slides */
    bool high_contrast;  /* opaque panel, white text */
};
