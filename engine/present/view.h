/*
 * view: a plain description of what one redraw shows. The player fills it in from the film, and the window draws it.
 * It knows no story: a decision is a panel with texts, a missing clip is a card.
 *
 * The window borrows everything for the duration of window_draw(); strings, frames and arrays stay the caller's. A
 * zeroed struct view is a black picture with nothing on it, so fill in only what you need. Texts are UTF-8 and may be
 * untrusted: invalid bytes, control characters and bidi overrides are made harmless when they are drawn. NULL and ""
 * mean that there is no such text.
 *
 * Motion is a function of the times in here, which are microseconds since something happened, on whatever clock the
 * caller chooses. The window reads no clock, so the same view always gives the same pixels.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct frame;      /* media/frame.h */
struct subs_image; /* media/subs.h */

/* ---- the decision panel ---- */

enum view_layout { VIEW_ROW, VIEW_COLUMN, VIEW_CORNERS, VIEW_CODE };

/* HIDDEN draws nothing. IN: the panel slides in, or waits; it takes no input yet. OPEN: it takes input. CLOSED: input is over;
 * the option that was taken stays lit, or lights up late if the time ran out. OUT: it slides out. */
enum view_phase { VIEW_HIDDEN, VIEW_IN, VIEW_OPEN, VIEW_CLOSED, VIEW_OUT };

#define VIEW_OPTIONS_MAX 16 /* further ones are not drawn */

struct view_option {
    const char *text;
    const char *sub;           /* a smaller second line */
    const char *key;           /* the key to press, such as "1" or "U" */
    const char *reason;        /* why it is locked */
    const struct frame *image; /* shown above the text, or in its place if there is none */
    bool locked;               /* shown dim; cannot be taken */
};

struct view_panel {
    enum view_phase phase; /* VIEW_HIDDEN (0): no panel, and nothing else in here counts */
    int64_t phase_us;      /* since the phase began; anim.h says how long IN and OUT take */
    int64_t closed_us;     /* OUT: since CLOSED began */
    int64_t opens_us;      /* IN: until it takes input, if it waits for that in its place, dimmed; else 0 */
    enum view_layout layout;
    bool from_right; /* its words read from right to left: so do its rows */
    const char *prompt;
    const struct view_option *options;
    int count;
    int focus;         /* the option with the light on it; CLOSED and OUT: that had it at last; -1: none */
    int focus_from;    /* the one that had it before; -1: none */
    int64_t focus_us;  /* since the light moved */
    int tried;         /* number, from 1 on, of the locked option that the viewer tried to take last; 0: none */
    int64_t tried_us;  /* since then */
    int selected;      /* the tentative pick, which may still change while OPEN; CLOSED and OUT: the last; -1: none */
    int taken;         /* CLOSED and OUT: the option that was taken; -1: none */
    bool timed_out;    /* it was taken because nobody chose */
    bool lifts;        /* subtitles end so far above the picture's lower edge, not just above the panel: */
    int lift;          /* in thousandths of the picture's height */
    double left;       /* time left, 1..0: the bar shrinks towards its centre; CLOSED and OUT: what was left; < 0: no
                        * limit, no bar */
    const char *code;  /* VIEW_CODE: what was entered so far */
    int code_length;   /* number of places; 0: unknown */
    bool code_letters; /* the pad has A-Z instead of 0-9 */
    bool code_wrong;   /* shown when CLOSED */
};

/* ---- pictures made of words ---- */

enum view_card_look {
    VIEW_CARD_TEXT,   /* a title card of the film */
    VIEW_CARD_SLATE,  /* stands in for footage that is missing: a leader with the node's name and its script */
    VIEW_CARD_ENDING, /* the end: a large title, the body below */
};

struct view_card {
    enum view_card_look look;
    const char *title;
    const char *body;  /* lines end at \n, and wrap where needed */
    const char *label; /* slate: the node's id; card: a small line above the title */
    const char *note;  /* slate: why it is here ("b2.mkv is missing"); card: a small line below */
    int64_t at_us;     /* position in the clip: cards fade in, slates count */
    int64_t dur_us;    /* length of the clip; 0: unknown */
};

/* ---- words in the picture ---- */

enum view_look { VIEW_TERMINAL, VIEW_TYPEWRITER, VIEW_TITLE, VIEW_PLAIN, VIEW_CREDITS /* present/credits.h */ };
enum view_align { VIEW_ALIGN_START, VIEW_ALIGN_CENTER, VIEW_ALIGN_END };

#define VIEW_INSCRIPTIONS_MAX 64 /* further ones are not drawn; a story may not have more */

/* Words on a screen, a sheet of paper or a label that is part of the picture. Places and sizes are thousandths of the
 * picture's width and height. The letters get smaller than `size` if the text would not fit into its place; credits move
 * through it, and their letters get larger where they could not be read. */
struct view_inscription {
    const char *text;
    int left, top, width, height;
    int size;
    enum view_look look;
    enum view_align align;
    uint32_t rgb;
    float through; /* VIEW_CREDITS: the part of their time that is over, 0..1 */
};

/* ---- over everything ---- */

enum view_item_kind {
    VIEW_ITEM_ACTION,  /* does something */
    VIEW_ITEM_SETTING, /* has a value that can be stepped to both sides */
    VIEW_ITEM_TILE,    /* an action that stands on a map */
    VIEW_ITEM_WORDS,   /* to be read; never has the focus */
    VIEW_ITEM_HEAD,    /* words that stand over others */
    VIEW_ITEM_PLATE,   /* words that stand on a map */
    VIEW_ITEM_STUB,    /* where something on a map leads, and nobody knows what it is; without a text */
};

struct view_item {
    enum view_item_kind kind;
    const char *text;
    const char *value;         /* of a setting; of words: what belongs to them, on the other side */
    const char *note;          /* a quieter line below; on a map a heading above */
    bool less, more;           /* of a setting: is there a step to the left, and to the right? */
    int column, row;           /* on a map */
    int level;                 /* 0..100: drawn as a gauge below the value; < 0: none */
    bool pictured;             /* an action with a picture before its words: */
    const struct frame *image; /* this one; NULL: an empty plate */
};

#define VIEW_ITEMS_MAX 256 /* further ones are not drawn */

/* On a map: a line from one item to another one. */
struct view_link {
    int from, to;
    bool far; /* `to` is not in the next column: only the beginning of the line is drawn, and a ring */
};

/* A page of things to do and to set, over the film: see present/page.h. */
struct view_page {
    const char *label; /* a small line above the title */
    const char *title;
    const char *text; /* a few sentences below it */
    const struct view_item *items;
    int count;
    int columns, rows;             /* > 0: the items that are not pinned form a map */
    const struct view_link *links; /* of the map */
    int link_count;
    int pinned;      /* so many of the last items stay below while the others scroll */
    int focus;       /* the item with the light on it; -1: none */
    int first;       /* the item at the top of the list; where the list ends sooner, it counts as window_page_last() */
    bool follow;     /* show the item that has the focus, whatever `first` says */
    int64_t open_us; /* since it opened */
};

enum view_bar_then { VIEW_BAR_CHOICE, VIEW_BAR_END, VIEW_BAR_OPEN };

/* The bar of the branch that plays. It never stands where the panel does. */
struct view_bar {
    float played; /* 0..1 of the bar: where the film is, */
    float reach;  /* and how far on the viewer may go; the rest of it comes for sure, too */
    enum view_bar_then
        then;          /* what comes at its end: a decision, the end of the film, more whose length is not known */
    const char *time;  /* on the left */
    const char *hint;  /* in the middle, where there is room; or NULL */
    const char *comes; /* on the right: what `then` is, in words */
    int64_t asked_us;  /* since the viewer asked for it; it fades by itself (anim.h) */
    bool stays;        /* it does not fade */
};

struct view {
    const struct frame *frame;    /* NULL: black, or the card */
    uint64_t frame_serial;        /* differs between frames, so that one that is shown again is not converted again; 0:
                                   * unknown, converted every time */
    const struct view_card *card; /* takes the frame's place */
    int pic_w, pic_h;             /* without a frame: the shape of the picture, so that panel and cards stand where they
                                   * would with one; 0: the shape of the window */
    const struct view_inscription *inscriptions; /* over the frame or card, the last one on top */
    int inscription_count;
    float dim; /* 0..1: how far the picture has faded to black */

    struct view_panel panel;

    const struct frame *inset; /* a small moving picture in a corner of the large one; NULL: none */
    uint64_t inset_serial;     /* differs between its frames */
    float inset_share;         /* of the picture's height */
    bool inset_low; /* in the lower corner on the right, above what subtitles stay above; else in the upper one */

    const struct subs_image *subs; /* relative to window_picture(), made for its size */
    int sub_count;

    const char *notice; /* a short message, top left; over a page, whose words begin there, top right */
    int64_t notice_us;  /* since it came; it fades by itself (anim.h) */
    bool paused;
    int64_t paused_us; /* since then */
    bool volume_shown;
    int volume; /* per cent */
    bool muted;
    const char *muted_word;   /* what to show instead of the volume; NULL: in English */
    int64_t volume_us;        /* since it changed */
    const char *const *stats; /* lines of the statistics overlay */
    int stat_count;
    const struct view_bar *bar;   /* NULL: none */
    const struct view_page *page; /* NULL: none */
    const char *paused_link;      /* while paused: something to click, with its key, below; NULL: none */
    const char *skip_link; /* in a corner: something to click that leads past the credits, with its key; NULL: none */
    int64_t skip_link_us;  /* since it came; it fades by itself (anim.h) */
    bool skip_link_stays;  /* it does not */

    float text_scale;    /* the viewer's text size; 0: 1.0 */
    const char *face;    /* the family of the panel's and the pages' words, interned; NULL: this program's own */
    bool reduced_motion; /* fades instead of slides */
    bool high_contrast;  /* an opaque panel, white text */
};
