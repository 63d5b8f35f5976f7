/* private: what a finished story owns behind its back. Internal to story/. */
#pragma once

#include "story/builder.h"

struct story_private {
    struct builder *build; /* owner of the arrays, names and strings */
    const char **strings;  /* the lists of strings that the story points into */
};

/* Makes the story out of what was built, and takes it over. */
struct story *story_finish(struct builder *b, const char *path);
