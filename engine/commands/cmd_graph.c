/* frumious graph: the story as a drawing. */

#include "commands/command.h"
#include "commands/translation.h"
#include "explore/flowchart.h"
#include "explore/explore_report.h"

#include <assert.h>
#include <string.h>

/* A drawing should appear at once: findings that take more states than this, or those of a larger story, are not marked. */
#define MARK_STATES 200000
#define MARK_NODES  20000

enum graph_format { FORMAT_DOT, FORMAT_SVG, FORMAT_MERMAID, FORMAT_JSON };
static const char *const formats[] = {
    [FORMAT_DOT] = "dot", [FORMAT_SVG] = "svg", [FORMAT_MERMAID] = "mermaid", [FORMAT_JSON] = "json", NULL};
static_assert(G_N_ELEMENTS(formats) == FORMAT_JSON + 2, "a word for each, and the end");

enum graph_by { BY_NODE, BY_ACT };
static const char *const subjects[] = {[BY_NODE] = "node", [BY_ACT] = "act", NULL};

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

/* Text smaller than these can't be read: pixels of a screen, points on paper. */
#define READABLE_PX 8.0
#define READABLE_PT 5.0

static void say_drawn(const struct flowchart_options *o, const struct flowchart_drawn *drawn)
{
    const bool screen = o->page == FLOW_SCREEN;
    if (drawn->overview && !o->overview)
        console_say("%d boxes with %d arrows are too many for a page (FLOW_PAGE_BOXES_MAX: %d, FLOW_PAGE_ARROWS_MAX: "
                    "%d), so this is an "
                    "overview, as with `--by act`",
                    drawn->boxes, drawn->arrows, FLOW_PAGE_BOXES_MAX, FLOW_PAGE_ARROWS_MAX);
    if (drawn->text < (screen ? READABLE_PX : READABLE_PT))
        console_say("the text is only %.1f %s: %s, or draw an overview with `--by act`", drawn->text,
                    screen ? "pixels high on a full screen" : "points high",
                    screen ? "zoom in, or draw it for paper with `--page a1`" : "take a larger sheet");
}

static int draw(const struct story *s, const struct flowchart_options *o, enum graph_format format)
{
    g_autoptr(GString) out = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    struct flowchart_drawn drawn;
    switch (format) {
    case FORMAT_DOT:
        flowchart_dot(s, o, out);
        break;
    case FORMAT_SVG:
        if (!flowchart_svg(s, o, out, &drawn, &error)) {
            console_say("%s", error->message);
            return EXIT_PROBLEM;
        }
        say_drawn(o, &drawn);
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

/* An overview shows no findings. */
static void find_marks(const struct story *s, const struct flowchart_options *o, struct flowchart_mark *marks)
{
    if (o->overview)
        return;
    if (s->n_nodes > MARK_NODES) {
        console_say("what `frumious explore` finds is not marked in a story of more than %d nodes", MARK_NODES);
        return;
    }
    const struct explore_options options = {.max_states = MARK_STATES, .no_odds = true};
    struct explore *e = explore_new(s, &options);
    explore_run(e);
    mark_findings(s, explore_result(e), marks);
    if (explore_result(e)->limit != EXPLORE_LIMIT_NONE)
        console_say("what `frumious explore` finds only behind %d states is not marked", MARK_STATES);
    explore_free(e);
}

static int graph(const struct story *s, enum graph_format format, struct flowchart_options o, bool plain)
{
    struct flowchart_mark *marks = g_new0(struct flowchart_mark, s->n_nodes + 1);
    o.marks = marks;
    if (!plain)
        find_marks(s, &o, marks);
    const int code = draw(s, &o, format);
    for (int32_t i = 0; i < s->n_nodes; i++)
        g_free((char *)marks[i].text);
    g_free(marks);
    return code;
}

int cmd_graph(int argc, char **argv)
{
    g_autofree char *format = NULL, *language = NULL, *page = NULL, *by = NULL;
    gboolean plain = FALSE, unfolded = FALSE, portrait = FALSE;
    const GOptionEntry options[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "svg (the default), dot, mermaid or json", "FORMAT"},
        {"language", 0, 0, G_OPTION_ARG_STRING, &language, "Language of the texts", "LANG"},
        {"page", 0, 0, G_OPTION_ARG_STRING, &page, "Shape of the SVG: screen (the default), or a sheet from a0 to a4",
         "PAGE"},
        {"portrait", 0, 0, G_OPTION_ARG_NONE, &portrait, "The page stands upright", NULL},
        {"by", 0, 0, G_OPTION_ARG_STRING, &by,
         "node (the default), or act: an overview with a box for each act or part", "WHAT"},
        {"unfolded", 0, 0, G_OPTION_ARG_NONE, &unfolded, "Give each node its own box, also where only one can follow",
         NULL},
        {"plain", 0, 0, G_OPTION_ARG_NONE, &plain, "Don't mark what `frumious explore` finds", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;
    if (!command_options(&argc, &argv, options, "[OPTION…] STORY",
                         "Draws the story to standard output. Nodes of which each can only be followed by the next "
                         "share a box, and all ways\n"
                         "from one box to another are one arrow. Endings are octagons, bottlenecks, by which every way "
                         "to an ending goes,\n"
                         "are hexagons. A dashed arrow has a condition, a bold one is taken when nobody chooses, a "
                         "double one leads back.\n"
                         "What `frumious explore` finds is marked.",
                         &code))
        return code;
    if (argc != 2) {
        console_say("name one story: frumious graph STORY");
        return EXIT_USAGE;
    }
    const int index = command_choice("--format", format, formats, FORMAT_SVG),
              page_index = command_choice("--page", page, flow_page_names, FLOW_SCREEN),
              by_index = command_choice("--by", by, subjects, BY_NODE);
    if (index < 0 || page_index < 0 || by_index < 0)
        return EXIT_USAGE;
    if (by_index == BY_ACT && index != FORMAT_SVG && index != FORMAT_DOT) {
        console_say("--by act draws svg or dot");
        return EXIT_USAGE;
    }
    if (by_index == BY_ACT && unfolded) {
        console_say("--by act and --unfolded can't go together: an overview has a box for each act; leave one out");
        return EXIT_USAGE;
    }
    if ((page || portrait) && index != FORMAT_SVG) {
        console_say("--page and --portrait shape the SVG; %s has no page", formats[index]);
        return EXIT_USAGE;
    }
    const struct flowchart_options o = {.language = language,
                                        .unfolded = unfolded,
                                        .overview = by_index == BY_ACT,
                                        .page = (enum flow_page_size)page_index,
                                        .portrait = portrait};
    struct story *s = command_load_story(argv[1], "drawn", NULL, &code);
    if (s) {
        translation_tell_shown(s, language);
        code = graph(s, (enum graph_format)index, o, plain);
    }
    story_free(s);
    return code;
}
