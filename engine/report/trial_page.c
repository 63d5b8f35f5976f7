#include "report/trial_page.h"

#include "base/json.h"
#include "report/page_head.h"
#include "report/template.h"
#include "report/trial_section.h"

void trial_page_write(const struct trial *t, GString *out)
{
    g_autoptr(JsonBuilder) b = json_builder_new();
    json_builder_begin_object(b);
    page_head_put(b, "What an experiment showed");
    json_put_array(b, "films");
    for (guint i = 0; i < t->cross->n_films; i++) {
        const struct survey_film *f = t->cross->films[i].film;
        if (!t->films[i].has)
            continue;
        json_builder_begin_object(b);
        json_put_text(b, "title", film_section_title(f->title, f->name));
        trial_section_put_film(b, t, i);
        json_builder_end_object(b);
    }
    json_builder_end_array(b);
    json_builder_end_object(b);
    g_autoptr(JsonNode) values = json_builder_get_root(b);
    template_fill(page_head_template, "trial", json_node_get_object(values), out);
}
