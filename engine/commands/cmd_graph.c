/* frumious graph: the story as a drawing. */

#include "commands/command.h"
#include "explore/flowchart.h"
#include "explore/explore_report.h"

#include <assert.h>
#include <string.h>

/* A drawing should appear at once: findings that take more states than this are not marked. */
#define MARK_STATES 200000

enum graph_format { FORMAT_DOT, FORMAT_SVG, FORMAT_MERMAID, FORMAT_JSON };
static const char *const formats[] = {
    [FORMAT_DOT] = "dot", [FORMAT_SVG] = "svg", [FORMAT_MERMAID] = "mermaid", [FORMAT_JSON] = "json", NULL};
static_assert(G_N_ELEMENTS(formats) == FORMAT_JSON + 2, "a word for each, and the end");

/* The node where a finding is drawn, or -1. */
static int32_t node_of(const struct story *s, const struct explore_finding *f)
{
    switch (f->kind) {
    case EXPLORE_STUCK:
    case EXPLORE_LOOP:
    case EXPLORE_TRAP:
    case EXPLORE_NODE:
    case EXPLORE_ENDLESS:
        return f->subject;
    case EXPLORE_GOAL:
        return s->goals[f->subject].node;
    case EXPLORE_ENDING:
        return s->endings[f->subject].node;
    case EXPLORE_NOTHING:
    case EXPLORE_DECISION:
        return s->decisions[f->subject].node;
    case EXPLORE_OPTION:
        return s->decisions[s->options[f->subject].decision].node;
    case EXPLORE_VIOLATED:
    case EXPLORE_CLAMPED:
    case EXPLORE_PART:
    case EXPLORE_EFFECT:
        return -1; /* these concern a rule or the story as a whole */
    }
    return -1;
}

/* marks[].text is to be freed. */
static void mark_findings(const struct story *s, const struct explore_result *r, struct flowchart_mark *marks)
{
    for (int32_t i = 0; i < r->n_findings; i++) {
        const struct explore_finding *f = &r->findings[i];
        const int32_t node = node_of(s, f);
        if (node < 0)
            continue;
        assert(node < s->n_nodes);
        g_autofree char *sentence = explore_report_sentence(s, f), *before = (char *)marks[node].text;
        marks[node].text = before ? g_strdup_printf("%s; %s", before, sentence) : g_steal_pointer(&sentence);
        marks[node].mistake |= explore_kind_info(f->kind)->mistake;
    }
}

static int draw(const struct story *s, const struct flowchart_options *o, enum graph_format format)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    switch (format) {
    case FORMAT_DOT:
        flowchart_dot(s, o, out);
        break;
    case FORMAT_SVG:
        if (!flowchart_svg(s, o, out, &error)) {
            console_say("%s", error->message);
            return EXIT_PROBLEM;
        }
        break;
    case FORMAT_MERMAID:
        flowchart_mermaid(s, o, out);
        break;
    case FORMAT_JSON:
        flowchart_json(s, o, out);
        break;
    }
    console_write(out);
    return EXIT_OK;
}

static int graph(const struct story *s, enum graph_format format, const char *language, bool plain)
{
    struct flowchart_mark *marks = g_new0(struct flowchart_mark, s->n_nodes + 1);
    const struct flowchart_options o = {.language = language, .marks = marks};
    const bool refused = format == FORMAT_SVG && s->n_nodes > FLOWCHART_SVG_NODES_MAX; /* which is said at once */
    if (!plain && !refused) {
        const struct explore_options options = {.max_states = MARK_STATES, .no_odds = true};
        struct explore *e = explore_new(s, &options);
        explore_run(e);
        mark_findings(s, explore_result(e), marks);
        explore_free(e);
    }
    const int code = draw(s, &o, format);
    for (int32_t i = 0; i < s->n_nodes; i++)
        g_free((char *)marks[i].text);
    g_free(marks);
    return code;
}

int cmd_graph(int argc, char **argv)
{
    g_autofree char *format = NULL, *language = NULL;
    gboolean plain = FALSE;
    const GOptionEntry options[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "svg (the default), dot, mermaid or json", "FORMAT"},
        {"language", 0, 0, G_OPTION_ARG_STRING, &language, "Language of the texts", "LANG"},
        {"plain", 0, 0, G_OPTION_ARG_NONE, &plain, "Don't mark what `frumious explore` finds", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(
            &argc, &argv, options, "[OPTION…] STORY",
            "Draws the story to standard output: a box for each node (yellow: with a decision, dark: an ending,\n"
            "grey: without a clip, six-cornered: every way to an ending goes by it) and an arrow for each way\n"
            "(dashed: under a condition, bold: without a choice, violet: back to an earlier node). What `frumious "
            "explore` finds is marked.",
            &code))
        return code;
    const int index = command_word(format, formats, FORMAT_SVG);
    if (argc != 2 || index < 0) {
        console_say(argc == 2 ? "--format wants svg, dot, mermaid or json" : "name one story: frumious graph STORY");
        return EXIT_USAGE;
    }
    struct story *s = command_load_story(argv[1], "drawn", NULL, &code);
    if (s)
        code = graph(s, (enum graph_format)index, language, plain);
    story_free(s);
    return code;
}
