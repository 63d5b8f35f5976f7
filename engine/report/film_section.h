/*
 * page_sheet: one film on its way onto the HTML report; what the page's files share. Pure: appends to sheet.h.out.
 */
#pragma once

#include "report/count_cube.h"
#include "report/html.h"
#include "report/decision_impact.h"
#include "telemetry/survey/survey.h"

struct film_section {
    const struct survey *survey; /* what was asked for; */
    const struct survey_film *chosen;
    const struct survey_film *film; /* everybody: what stands on the page, and has places */
    const struct count_cube *cube;
    const struct count_layout *layout;
    struct html h;                        /* h.x: the counts of what was asked for */
    const struct decision_impact *impact; /* or NULL */
    guint nth;                            /* of the films: makes ids different */
};

/* The title, or the name where there is none. */
const char *title_or_name(const char *title, const char *name);

/* "<h2>" with an id of its own, and a sentence below it, which may hold elements. */
void film_section_heading(const struct film_section *s, const char *part, const char *text, const char *below);

/* Each decision: shares, times, bias. */
void film_section_decisions(const struct film_section *s);
/* Consequence against hesitation; nothing where it is not known. */
void film_section_impact(const struct film_section *s);
/* Taste by the film's traits, and its props; nothing where it has none. */
void film_section_traits(const struct film_section *s);
void film_section_props(const struct film_section *s);
/* What the page's script works with, as a block of JSON that no text of a story can leave. */
void film_section_data(const struct film_section *s);
