/* cross_json: what the JSON of every table of parts side by side has in common. They add members to the object that `b` is in. */
#pragma once

#include "base/json.h"
#include "telemetry/survey/cross.h"

/* An array `name` of the parts' values. */
void cross_json_values(JsonBuilder *b, const char *name, const struct cross *c);

/* "id" and "title" of a film. */
void cross_json_film(JsonBuilder *b, const struct cross_film *f);

/* "kind", "version", "id", "option" and "title" of a row. */
void cross_json_row(JsonBuilder *b, const struct cross_row *r);
