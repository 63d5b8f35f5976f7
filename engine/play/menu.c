#include "play/menu.h"

int32_t menu_shown(const struct story *s, int32_t decision, uint64_t available, int32_t shown[STORY_OPTIONS_MAX])
{
    const struct story_decision *d = &s->decisions[decision];
    int32_t n = 0;
    for (int32_t i = 0; i < d->options.n; i++)
        if ((available >> i & 1) != 0 || s->options[d->options.first + i].locked >= 0)
            shown[n++] = i;
    return n;
}
