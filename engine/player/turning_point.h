/*
 * turning_point: the decision of a viewing on which most hung.
 *
 * The film is played again as the viewer answered it, and once more for each other answer that they could have given, with
 * all later answers as they were. That decision counts most of whose other answers most lead to another ending; of several, the
 * one whose other answers show most other scenes. Answers that were changed by going back count as they were last.
 *
 * Pure, and cheap: no more than TURNING_STEPS steps. Any thread.
 */
#pragma once

#include "play/transcript.h"

#define TURNING_STEPS 300000

struct turning_point {
    int32_t decision, option; /* what was taken; option: index in the decision, -1: none; decision -1: there is none */
    int32_t others, apart;    /* other answers that could be given, and how many of them lead to another ending */
};

/* `taken`: of each decision, the option that was taken last (index in the decision), -1: none or never. */
struct turning_point turning_point_find(const struct story *s, const struct transcript *t, const int32_t *taken);
