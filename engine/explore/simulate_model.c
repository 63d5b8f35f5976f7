#include "explore/simulate_model.h"

#include <stddef.h>
#include <string.h>

static const struct simulate_model models[] = {
    {.name = "uniform", .title = "takes any option with equal probability"},
    {.name = "default", .title = "never chooses", .waits_percent = 100},
    {.name = "first", .title = "takes the first option on offer", .first = true},
    {.name = "impatient", .title = "takes any option, as soon as possible", .at_once = true},
    {.name = "dreamy", .title = "takes any option, and lets half of the decisions time out", .waits_percent = 50},
    {.name = NULL},
};

const struct simulate_model *simulate_models(void)
{
    return models;
}

const struct simulate_model *simulate_model_find(const char *name)
{
    for (const struct simulate_model *m = models; m->name; m++)
        if (strcmp(m->name, name) == 0)
            return m;
    return NULL;
}
