/* The page's templates: what is text stays text, sections, what is not written; one row for each case. */
#include "tap.h"

#include "report/template.h"

#include <json-glib/json-glib.h>

static const struct {
    const char *name, *text;
} templates[] = {
    {"text", "<b title=\"{{name}}\">{{name}}</b>"},
    {"raw", "{{{name}}}"},
    {"array", "{{#rows}}<i>{{label}}</i>{{/rows}}"},
    {"strings", "{{#names}}[{{.}}]{{/names}}"},
    {"object", "{{#inner}}{{name}}{{/inner}}"},
    {"value", "{{#name}} a=\"{{name}}\"{{/name}}"},
    {"else", "{{^name}}nobody{{/name}}{{#name}}somebody{{/name}}"},
    {"nested", "{{#rows}}{{#rows}}{{n}}{{/rows}};{{/rows}}"},
    {"skipped", "{{#off}}{{#rows}}{{label}}{{/rows}}{{> text}}{{/off}}."},
    {"include", "({{> text}})"},
    {"lines", "<ul>\n  {{#rows}}\n  <li>\n    {{label}}\n  </li>\n  {{/rows}}\n\n</ul>\n"},
    {"comment", "a{{! never\n   written }}b"},
    {"number", "{{n}}"},
};

static const char *find(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(templates); i++)
        if (strcmp(templates[i].name, name) == 0)
            return templates[i].text;
    return NULL;
}

static const struct {
    const char *name, *values, *want, *what;
} cases[] = {
    {"text", "{\"name\":\"<&>\\\"'\\n\"}", "<b title=\"&lt;&amp;&gt;&quot;&#39; \">&lt;&amp;&gt;&quot;&#39; </b>",
     "text is escaped"},
    {"text", "{}", "<b title=\"\"></b>", "what is missing is nothing"},
    {"text", "{\"name\":\"{{name}}{{> raw}}\"}", "<b title=\"{{name}}{{&gt; raw}}\">{{name}}{{&gt; raw}}</b>",
     "a value is no template"},
    {"raw", "{\"name\":\"<p>{{{name}}}</p>\"}", "<p>{{{name}}}</p>", "markup stays as it is"},
    {"array", "{\"rows\":[{\"label\":\"a\"},{\"label\":\"<\"}]}", "<i>a</i><i>&lt;</i>", "once for each element"},
    {"array", "{\"rows\":[]}", "", "not at all without any"},
    {"array", "{\"rows\":[{}],\"label\":\"outer\"}", "<i></i>", "names are not looked for further out"},
    {"strings", "{\"names\":[\"a\",\"b\"]}", "[a][b]", "the element itself"},
    {"object", "{\"inner\":{\"name\":\"x\"},\"name\":\"y\"}", "x", "an object's members are in scope"},
    {"value", "{\"name\":\"x\"}", " a=\"x\"", "a text, once"},
    {"value", "{\"name\":\"\"}", "", "an empty text, not"},
    {"value", "{\"name\":0}", " a=\"0\"", "a number, once, 0 too"},
    {"value", "{\"name\":null}", "", "null, not"},
    {"else", "{\"name\":false}", "nobody", "false has an else"},
    {"else", "{\"name\":true}", "somebody", "true has none"},
    {"else", "{}", "nobody", "what is missing has an else"},
    {"nested", "{\"rows\":[{\"rows\":[{\"n\":1},{\"n\":2}]},{\"rows\":[]},{\"rows\":[{\"n\":3}]}]}", "12;;3;",
     "sections of one name within each other"},
    {"skipped", "{\"off\":false,\"rows\":[{\"label\":\"a\"}]}", ".", "nothing of a section that is off"},
    {"include", "{\"name\":\"x\"}", "(<b title=\"x\">x</b>)", "another template"},
    {"lines", "{\"rows\":[{\"label\":\"  a\\n\"}]}", "<ul>\n<li>\n  a \n</li>\n</ul>\n",
     "no indentation, no empty lines; values stay"},
    {"comment", "{}", "ab", "a comment"},
    {"number", "{\"n\":-9007199254740993}", "-9007199254740993", "whole numbers are exact"},
};

int main(void)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(JsonNode) values = json_from_string(cases[i].values, NULL);
        g_autoptr(GString) out = g_string_new(NULL);
        template_fill(find, cases[i].name, json_node_get_object(values), out);
        is_str(out->str, cases[i].want, cases[i].what);
    }
    return tap_done();
}
