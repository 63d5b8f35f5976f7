/*
 * page_sheet: one film on its way onto the HTML report; what the page's files share. Pure: appends to sheet.h.out.
 */
#pragma once

#include "report/cells.h"
#include "report/page_html.h"
#include "report/weigh.h"
#include "telemetry/survey/survey.h"

struct sheet {
    const struct survey *survey; /* what was asked for; */
    const struct survey_film *chosen;
    const struct survey_film *film; /* everybody: what stands on the page, and has places */
    const struct cells *cells;
    const struct slots *slots;
    struct html h;             /* h.x: the counts of what was asked for */
    const struct weigh *weigh; /* or NULL */
    guint nth;                 /* of the films: makes ids different */
};

/* The title, or the name where there is none. */
const char *sheet_titled(const char *title, const char *name);

/* "<h2>" with an id of its own, and a sentence below it, which may hold elements. */
void sheet_heading(const struct sheet *s, const char *part, const char *text, const char *below);

/* Each decision: shares, times, bias. */
void sheet_decisions(const struct sheet *s);
/* Consequence against hesitation; nothing where it is not known. */
void sheet_weigh(const struct sheet *s);
/* Taste by the film's traits, and its props; nothing where it has none. */
void sheet_taste(const struct sheet *s);
void sheet_props(const struct sheet *s);
/* What the page's script works with, as a block of JSON that no text of a story can leave. */
void sheet_data(const struct sheet *s);
