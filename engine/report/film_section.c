#include "report/film_section.h"

#include "base/json.h"

#include <assert.h>
#include <string.h>

const char *film_section_title(const char *title, const char *name)
{
    return title && *title ? title : name;
}

struct share_label film_section_label(const char *title, const char *name)
{
    return (struct share_label){film_section_title(title, name), name};
}

bool film_section_check(const struct film_section *s)
{
    assert(s->survey && s->chosen && s->film && s->counted && s->layout && s->launch);
    assert(s->film->layout == s->layout && s->chosen->layout == s->layout && s->counted->layout == s->layout);
    assert(s->film_index < s->survey->films->len && s->survey->films->pdata[s->film_index] == s->chosen);
    assert(s->counts.x && s->counts.n == s->layout->n_shown && s->counts.floor > 0);
    assert(strcmp(s->chosen->name, s->film->name) == 0);
    return true;
}

void film_section_put_version(JsonBuilder *b, const struct film_section *s, guint version)
{
    assert(version < s->film->versions->len);
    const struct survey_version *v = s->film->versions->pdata[version];
    json_put_int(b, "version", version);
    json_put_text(b, "version_name", v->version ? v->version : "");
    json_put_bool(b, "hidden", s->counts.x[s->layout->version[version] + COUNT_VIEWINGS] == 0);
}
