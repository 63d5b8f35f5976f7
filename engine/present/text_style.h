/*
 * text_style: how a piece of text is to look: what it is for, how large it is, how it is aligned. A plain value.
 */
#pragma once

/* What a text is for; it decides the font. */
enum text_role {
    TEXT_OPTION,  /* what can be chosen */
    TEXT_PROMPT,  /* the question */
    TEXT_BODY,    /* second lines, notices, pages */
    TEXT_TITLE,   /* titles: light, wide-tracked */
    TEXT_CARD,    /* the film's cards: typewriter */
    TEXT_MONO,    /* machines: code entry, slates, statistics */
    TEXT_CAPTION, /* plain words in the picture */
    TEXT_ROLES    /* how many there are */
};

enum text_align { TEXT_CENTRE, TEXT_LEFT, TEXT_RIGHT, TEXT_START /* by the paragraph's direction */ };

struct text_style {
    enum text_role role;
    int px;        /* size of the em, in pixels */
    int max_lines; /* 0: no limit; what does not fit ends in an ellipsis */
    enum text_align align;
};
