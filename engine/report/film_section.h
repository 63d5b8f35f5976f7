/*
 * film_section: what the writers of a film's section of the report's page are given: film_tables, film_graph,
 * decision_section, impact_section, launch_section, seconds_section, trait_section, trial_section and film_data.
 *
 * Each of them adds members to the object that the builder is in: values for web/film.html and the templates that it
 * includes. They do nothing else. Pure; one thread.
 */
#pragma once

#include "report/decision_impact.h"
#include "report/film_stills.h"
#include "report/share_rows.h"
#include "telemetry/count/count_cube.h"
#include "telemetry/survey/launch.h"
#include "telemetry/survey/survey.h"
#include "telemetry/survey/viewers.h"

#include <json-glib/json-glib.h>
#include <stdbool.h>

/* Everything is borrowed and outlives it. */
struct film_section {
    const struct survey *survey;       /* what was asked for */
    const struct survey_film *chosen;  /* this film in it */
    const struct survey_film *film;    /* the same film with everybody's viewings: the page shows all of its things */
    const struct count_film *counted;  /* the counts of it that the page's filters add up */
    const struct count_layout *layout; /* the places of all its counts */
    const struct count_parts *parts;   /* what those counts are told apart by; NULL: nothing */
    struct page_counts counts;         /* of what was asked for */
    const struct decision_impact *impact; /* or NULL: not known */
    const struct film_stills *stills;     /* the film's pictures; NULL: there are none, and */
    const char *stills_lack;              /* a sentence says why */
    const struct viewers *viewers;        /* what people did over all their viewings; NULL: not known, and */
    const char *viewers_lack;             /* a sentence says why */
    const GPtrArray *trials;              /* struct trial *: the stores' experiments; NULL: not counted */
    const struct launch_film *launch;     /* its viewings over calendar time */
    guint film_index;                     /* among the survey's films; makes ids different */
};

/* The title, or the name where there is none. */
const char *film_section_title(const char *title, const char *name);

/* The same, with the name as its id. */
struct share_label film_section_label(const char *title, const char *name);

/* Adds the members that say which version a block belongs to: "version" (its index), "version_name" ("" where it has
 * none), and "hidden" (true while the version has no viewings). */
void film_section_put_version(JsonBuilder *b, const struct film_section *s, guint version);

/* Returns true, or asserts: the parts belong to the same film. */
bool film_section_check(const struct film_section *s);
