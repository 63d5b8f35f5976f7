#include "report/page.h"

#include "base/embedded.h"
#include "base/json.h"
#include "report/decision_section.h"
#include "report/film_data.h"
#include "report/film_graph.h"
#include "report/film_section.h"
#include "report/film_tables.h"
#include "report/impact_section.h"
#include "report/launch_section.h"
#include "report/mixed_section.h"
#include "report/page_head.h"
#include "report/seconds_section.h"
#include "report/template.h"
#include "report/trait_section.h"
#include "report/trial_section.h"
#include "report/viewers_section.h"

#include <assert.h>

/* "" if the build could not bundle it. */
static const char *page_script(void)
{
    return embedded_file("page/script.js")->text;
}

/* ---- scripts, and which of them may run -------------------------------------------------------------------------- */

/* A script that the page runs, with the hash by which the page's policy allows it. Empty ones are left out. */
static void put_script(JsonBuilder *b, const char *code)
{
    if (!*code)
        return;
    guint8 digest[32];
    gsize size = sizeof digest;
    GChecksum *sum = g_checksum_new(G_CHECKSUM_SHA256);
    g_checksum_update(sum, (const guchar *)code, -1);
    g_checksum_get_digest(sum, digest, &size);
    g_checksum_free(sum);
    assert(size == sizeof digest);
    g_autofree char *hash = g_base64_encode(digest, size);
    json_builder_begin_object(b);
    json_put_text(b, "hash", hash);
    json_put_text(b, "code", code);
    json_builder_end_object(b);
}

static void put_scripts(JsonBuilder *b, bool served)
{
    json_put_bool(b, "has_scripts", served || *page_script());
    json_put_array(b, "scripts");
    put_script(b, page_script());
    if (served)
        put_script(b, embedded_file("engine/report/web/reload.js")->text);
    json_builder_end_array(b);
}

/* ---- the page's values ------------------------------------------------------------------------------------------- */

static bool has_erased(const struct survey_film *f)
{
    bool erased = false;
    for (guint v = 0; v < f->versions->len; v++)
        erased = erased || ((const struct survey_version *)f->versions->pdata[v])->erased > 0;
    return erased;
}

/* What the page cannot be filtered by, because there would be too many parts, or viewings. */
static void put_untold_parts(JsonBuilder *b, const struct count_cube *cube)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (guint i = 0; cube->parts && i < cube->parts->left_out->len; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", (const char *)cube->parts->left_out->pdata[i]);
    json_put_text(b, "parts_left_out", names->str);
    json_put_bool(b, "too_many_to_part", cube->too_many_to_part);
}

static void put_film(JsonBuilder *b, const struct page_source *source, const struct launch *launch, guint i)
{
    const struct survey_film *chosen = source->survey->films->pdata[i];
    const struct page_counts counts = {.x = chosen->x,
                                       .layout = chosen->layout,
                                       .bounded = has_erased(chosen),
                                       .n = chosen->layout->n_shown,
                                       .floor = MAX(source->survey->options.floor, 1)};
    const struct film_section s = {.survey = source->survey,
                                   .chosen = chosen,
                                   .film = source->everybody->films->pdata[i],
                                   .counted = &source->cube->films[i],
                                   .layout = chosen->layout,
                                   .parts = source->cube->parts,
                                   .counts = counts,
                                   .impact = source->impact,
                                   .stills = source->stills,
                                   .stills_lack = source->stills_lack,
                                   .viewers = source->viewers,
                                   .viewers_lack = source->viewers_lack,
                                   .trials = source->trials,
                                   .launch = &launch->films[i],
                                   .film_index = i};
    assert(film_section_check(&s));
    json_builder_begin_object(b);
    json_put_int(b, "film", i);
    json_put_text(b, "title", film_section_title(s.film->title, s.film->name));
    g_autofree char *only = survey_only(&source->survey->options);
    json_put_text(b, "only", only);
    film_tables_put(b, &s);
    mixed_section_put(b, &s);
    launch_section_put(b, &s);
    seconds_section_put(b, &s);
    viewers_section_put(b, &s);
    trial_section_put(b, &s);
    put_untold_parts(b, source->cube);
    film_graph_put(b, &s);
    decision_section_put(b, &s);
    impact_section_put(b, &s);
    trait_section_put(b, &s);
    trait_section_put_props(b, &s);
    if (*page_script())
        film_data_put(b, &s);
    json_builder_end_object(b);
}

void page_write(const struct page_source *source, const char *tag, GString *out)
{
    const struct survey *survey = source->survey;
    assert(survey->films->len == source->everybody->films->len);
    g_autoptr(JsonBuilder) b = json_builder_new();
    struct launch *launch =
        launch_new(source->cube, &survey->options, launch_section_period(source->cube), source->notes);
    json_builder_begin_object(b);
    json_put_text(b, "tag", tag);
    page_head_put(b, "What the audience did");
    json_put_int(b, "floor", MAX(survey->options.floor, 1));
    json_put_bool(b, "empty", survey->films->len == 0);
    put_scripts(b, tag != NULL);
    json_put_array(b, "films");
    for (guint i = 0; i < survey->films->len; i++)
        put_film(b, source, launch, i);
    json_builder_end_array(b);
    json_builder_end_object(b);
    launch_free(launch);
    g_autoptr(JsonNode) values = json_builder_get_root(b);
    template_fill(page_head_template, "page", json_node_get_object(values), out);
}
