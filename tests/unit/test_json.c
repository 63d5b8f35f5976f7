/* Documents from anywhere are one object or array of JSON's own characters, and no deeper than their reader bears. */
#include "tap.h"

#include "base/json.h"

#include <string.h>

#define DEPTH 3

static const struct {
    const char *text;
    const char *problem; /* NULL: it is read */
} cases[] = {
    {"{}", NULL},
    {" [1, -2.5e3, true, null, \"x\"]\r\n", NULL},
    {"\xEF\xBB\xBF{\"a\": 1}", NULL},
    {"{\"a\": [{\"b\": \"}]{[ /* ' \\\" \\\\\"}]}", NULL},
    {"\"{}{}\"", "neither { nor ["},
    {"1{}", "neither { nor ["},
    {"]{}", "neither { nor ["},
    {",{}", "neither { nor ["},
    {"", "it is empty"},
    {" \n", "it is empty"},
    {"{\"a\": [[[]]]}", "nested too deeply"},
    {"[[[[", "nested too deeply"},
    {"[/*\"*/[[[[[[[[", "characters that JSON has in texts only"},
    {"[//\"\n[[[[[[[[", "characters that JSON has in texts only"},
    {"['[[[[[[[['", "characters that JSON has in texts only"},
    {"{}{}", "something follows its end"},
    {"[1] [2]", "something follows its end"},
    {"{\"a\": 1}\"", "something follows its end"},
    {"{\"a\": 1", "Parse error"},
    {"{\"a\" 1}", "Parse error"},
    {"{\"a\xff\": 1}", "no text in UTF-8"},
};

static void test_many(void)
{
    g_autoptr(GString) text = g_string_new("[{}");
    g_autoptr(GError) error = NULL;
    for (int i = 0; i < JSON_VALUES_MAX / 2 - 1; i++)
        g_string_append(text, ",{}");
    g_string_append(text, "]");
    g_autoptr(JsonParser) parser = json_read(text->str, text->len, DEPTH, &error);
    ok(parser && !error, "read: as many values as may be");
    g_string_insert(text, 1, "{},");
    ok(!json_read(text->str, text->len, DEPTH, &error) && strstr(error->message, "more than 2000000 values"),
       "refused: more (%s)", error ? error->message : "no error");
}

int main(void)
{
    test_many();
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *name = g_strescape(cases[i].text, NULL);
        g_autoptr(JsonParser) parser = json_read(cases[i].text, strlen(cases[i].text), DEPTH, &error);
        if (!cases[i].problem)
            ok(parser && json_parser_get_root(parser) && !error, "read: %s", name);
        else
            ok(!parser && error && strstr(error->message, cases[i].problem), "refused: %s (%s)", name,
               error ? error->message : "no error");
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonParser) parser = json_read("{}\0{}", 5, DEPTH, &error);
    ok(!parser && error, "refused: a zero byte");
    return tap_done();
}
