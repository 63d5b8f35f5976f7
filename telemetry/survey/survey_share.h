/*
 * survey_share: a share of an audience with its 95 % interval (stats_wilson()), as each output writes it. With fewer cases than
 * `floor`, only the cases are told. Pure; any thread.
 */
#pragma once

#include "base/json.h"
#include "telemetry/survey/survey.h"

/* Terminal: "  53.3 %   36.1 to  69.8  16 of 30", or "too few to say          3 of 4"; the numbers stand below each other. */
void survey_share_text(GString *out, struct survey_ratio r, int64_t floor);

/* JSON: "k", "n", "share", "low" and "high" in the object that the builder is in; below the floor the last three are null. */
void survey_share_json(JsonBuilder *b, struct survey_ratio r, int64_t floor);

/* CSV: ",SHARE,LOW,HIGH"; below the floor the fields are empty. */
void survey_share_csv(GString *out, struct survey_ratio r, int64_t floor);

/* CSV: a comma and a number with six decimals; nothing behind the comma for NAN. */
void survey_share_csv_number(GString *out, double value);
