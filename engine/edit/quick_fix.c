#include "edit/quick_fix.h"

#include "edit/fix.h"

#include <assert.h>
#include <string.h>

#define FIXERS_MAX 11

/* What is done about a rule. Both: where the fixers know nothing, the reason says why there is nothing to know. */
static const struct remedy {
    const char *code;
    fixer fixers[FIXERS_MAX]; /* the first that knows something is enough */
    const char *no_edit;      /* why there is none: NULL if there always is one */
} remedies[] = {
    {"E100", {fix_near_name, fix_create_file, fix_remove}, "a main file that is not there has no text"},
    {"E101", {fix_near_name, fix_colon, fix_print_quotes, fix_comma, fix_outdent, fix_remove}, NULL},
    {"E102",
     {fix_open_end, fix_quote_within, fix_print_quotes, fix_tabs, fix_indent, fix_blank, fix_dash, fix_item, fix_colon,
      fix_missing_quotes},
     "the writer alone knows what the line means"},
    {"E103", {fix_escape}, "the editor saves the file as UTF-8"},
    {"E104", {fix_remove}, NULL},
    {"E105", {fix_insert, fix_example, fix_default}, NULL},
    {"E106", {fix_colon, fix_shape, fix_example, fix_odd_key}, "the writer alone knows what it should hold"},
    {"E107", {fix_empty_file}, NULL},
    {"E108", {fix_document}, NULL},
    {"E109", {fix_tag}, NULL},
    {"E110", {fix_missing_quotes}, "what it stands for is the writer's to say"},
    {"E111", {fix_written}, NULL},
    {"E112", {fix_near_name, fix_needless_quotes, fix_yes_no, fix_listed, fix_example}, NULL},
    {"E113", {fix_needless_quotes, fix_number}, NULL},
    {"E114", {fix_bad_name, fix_odd_key}, "a name of nothing but signs"},
    {"E115", {fix_example, fix_remove_mentioned, fix_remove}, NULL},
    {"E116", {fix_comma, fix_empty, fix_example, fix_remove}, NULL},
    {"E117", {fix_near_name, fix_remove}, NULL},
    {"E118", {fix_move_up}, NULL},

    {"E201", {fix_near_name, fix_letter_there, fix_create_node, fix_known_name}, NULL},
    {"E202", {fix_near_name, fix_letter_there, fix_known_name}, "the story has no decision yet"},
    {"E203", {fix_near_name, fix_letter_there, fix_known_name}, "defaults are for decisions with other options"},
    {"E204", {fix_near_name, fix_letter_there, fix_brace, fix_declare}, NULL},
    {"E205", {fix_near_name, fix_letter_there, fix_declare}, NULL},
    {"E206", {fix_near_name, fix_letter_there, fix_declare, fix_known_name}, NULL},
    {"E207", {fix_other_name, fix_remove}, NULL},
    {"E208", {fix_near_name}, "another function would say something else"},
    {"E209", {fix_near_name, fix_letter_there, fix_declare}, NULL},
    {"E210", {fix_near_name, fix_letter_there, fix_declare}, NULL},
    {"E211", {fix_near_name, fix_letter_there, fix_declare}, NULL},
    {"E212", {fix_near_name, fix_letter_there, fix_declare}, NULL},
    {"E213", {fix_remove}, NULL},

    {"E301",
     {fix_near_name, fix_written, fix_print_quotes, fix_condition},
     "what is missing, or meant, is the writer's to say"},
    {"E302", {fix_condition}, "which of the two sides is wrong is the writer's to say"},
    {"E303", {fix_condition}, NULL},
    {"E304", {fix_assignment}, NULL},
    {"E305", {fix_condition}, NULL},
    {"E306", {fix_chain}, "only a chain of two comparisons can be taken apart without knowing what it means"},
    {"E307", {NULL}, "how to split it is the writer's to say"},
    {"E308", {fix_written, fix_assignment}, NULL},
    {"E309", {fix_condition}, NULL},
    {"E310", {fix_condition}, NULL},
    {"E311", {fix_yes_no, fix_initial, fix_number}, NULL},
    {"E312", {fix_swap}, NULL},
    {"E313", {fix_near_name, fix_brace}, NULL},
    {"E314", {fix_remove}, NULL},

    {"E401", {fix_written, fix_time}, NULL},
    {"E402", {fix_window}, NULL},
    {"E403", {fix_window}, NULL},
    {"E404", {fix_window}, "the decision before it takes all the time that there is, or its times are those of many"},
    {"E405", {fix_clip}, NULL},
    {"E406", {NULL}, "which of the decisions leads on is the writer's to say"},
    {"E407", {fix_way_out}, NULL},
    {"E408", {fix_default}, NULL},
    {"E409", {NULL}, "where the circle is left is the writer's to say"},
    {"E410", {fix_checkpoint}, NULL},
    {"E411", {fix_clip}, NULL},
    {"E412", {fix_swap}, NULL},
    {"E413", {fix_code, fix_remove}, NULL},
    {"E414", {fix_window}, "a set of cues serves several decisions"},
    {"E415", {fix_clip, fix_remove}, NULL},

    {"E501", {fix_path}, "what is included must be in the folder first"},
    {"E502", {fix_path}, "what is included must be in the folder first"},
    {"E503", {fix_path}, "what is included must be in the folder first"},
    {"E504", {NULL}, "the file itself has to be copied into the folder"},
    {"E505", {NULL}, "another file has to be there"},
    {"E506", {fix_path}, NULL},
    {"E510", {NULL}, "it is most likely the wrong file"},
    {"E511", {NULL}, "what to leave out is the writer's to say"},
    {"E512", {NULL}, "what to leave out is the writer's to say"},
    {"E513", {NULL}, "what to leave out is the writer's to say"},
    {"E514", {NULL}, "what to leave out is the writer's to say"},
    {"E515", {fix_remove}, NULL},
    {"E516", {fix_share}, NULL},

    {"W601", {fix_near_file, fix_create_file}, "the file is still to be made"},
    {"W602", {fix_unreached}, "what should lead to several of them is the writer's to say"},
    {"W603", {fix_unused}, NULL},
    {"W604", {NULL}, "where it is set is the writer's to say"},
    {"W605", {fix_unread}, "what it decides is the writer's to say"},
    {"W606", {fix_unused}, NULL},
    {"W607", {fix_move_part}, NULL},
    {"W608", {fix_default}, "none of the options is always there"},
    {"W609", {NULL}, "where the film ends is the writer's to say"},
    {"W610", {fix_unused}, NULL},
    {"W611", {fix_unused}, NULL},
    {"W612", {fix_constant}, "what it should depend on is the writer's to say"},
    {"W613", {fix_other_name}, NULL},
    {"W614", {fix_scalar_style, fix_missing_quotes}, NULL},
    {"W615", {fix_unused}, NULL},
    {"W616", {fix_share}, NULL},

    {"W701", {fix_translation}, "many texts at once: `frumious export strings` is for that"},
    {"W702", {fix_near_name, fix_remove}, NULL},
    {"W703", {fix_create_file}, NULL},
    {"W704", {fix_language}, NULL},
    {"W705", {NULL}, "how to shorten it is the writer's to say"},
    {"W706", {NULL}, "what to leave out is the writer's to say"},
    {"W707", {fix_translation}, NULL},

    {"E801", {NULL}, "the file has to be exported again"},
    {"W802", {fix_media}, "another file has to be named"},
    {"E803", {fix_media}, NULL},
    {"W804", {fix_window}, NULL},
    {"W805", {fix_window}, NULL},
    {"W811", {NULL}, "the film has to be exported again"},
    {"N812", {NULL}, "the film has to be exported again"},
    {"N813", {NULL}, "the film has to be exported again"},
    {"W814", {NULL}, "the film has to be exported again"},
    {"N815", {NULL}, "the film has to be exported again"},
    {"W816", {NULL}, "the sound has to be made longer"},
    {"W817", {NULL}, "the film has to be rewritten"},
    {"W820", {NULL}, "the line stands in the subtitles' own file"},
    {"W821", {NULL}, "the line stands in the subtitles' own file"},
    {"N830", {NULL}, "the film has to be exported again"},
    {"N831", {NULL}, "the film's streams have to be marked"},
    {"N832", {NULL}, "the film has to be exported again"},
    {"W833", {NULL}, "the film has to be exported again"},
    {"N834", {NULL}, "the film has to be exported again"},
    {"W835", {NULL}, "the film has to be exported again"},
    {"N836", {NULL}, "the film has to be exported again"},
    {"W837", {NULL}, "the film has to be rewritten"},
    {"N838", {NULL}, "the film has to be decoded"},
    {"N839", {NULL}, "the subtitles have to be written"},
    {"W840", {NULL}, "the pictures have to be changed"},
    {"W841", {NULL}, "the pictures have to be changed"},
    {"W842", {NULL}, "the sound has to be made as loud"},
    {"W843", {NULL}, "the sound has to be limited"},
    {"W844", {NULL}, "the film has to be copied again"},
    {"W845", {NULL}, "the film has to be copied again"},
    {"E851", {NULL}, "the subtitles have to be saved as UTF-8"},
    {"W852", {NULL}, "the subtitles have to be saved as UTF-8"},
    {"W853", {NULL}, "the subtitles have to be made simpler"},
    {"W854", {fix_clock}, "the line stands in the subtitles' own file"},
};

static const struct remedy *find_remedy(const char *code)
{
    for (size_t i = 0; i < G_N_ELEMENTS(remedies); i++)
        if (strcmp(remedies[i].code, code) == 0)
            return &remedies[i];
    return NULL;
}

bool quick_fix_exists(const struct diag_rule *rule, const char **no_edit)
{
    const struct remedy *r = find_remedy(rule->code);
    *no_edit = r ? r->no_edit : NULL;
    return r && r->fixers[0];
}

/* These change how the text is written, not what it says; or a word of the format, whose words are few. */
static bool is_safe(const struct remedy *r, fixer f)
{
    static const fixer safe[] = {
        fix_quote_within, fix_print_quotes, fix_tabs,    fix_indent,          fix_blank,
        fix_dash,         fix_colon,        fix_move_up, fix_needless_quotes, fix_missing_quotes,
        fix_scalar_style, fix_bad_name,     fix_yes_no,  fix_chain,           fix_letter_there,
        fix_open_end,     fix_item,         fix_outdent, fix_comma,           fix_written};
    if (f == fix_near_name)
        return r->code[1] == '1' || strcmp(r->code, "E208") == 0;
    for (size_t i = 0; i < G_N_ELEMENTS(safe); i++)
        if (safe[i] == f)
            return true;
    return strcmp(r->code, "E506") == 0;
}

static void measure(struct spot *s)
{
    const struct names_file *f = s->n->files->pdata[s->file];
    s->path = f->path;
    s->src = f->src;
    s->text = f->src->bytes;
    s->from = source_text_byte(s->src, s->d->line, s->d->col);
    s->to = source_text_byte(s->src, s->d->line, s->d->col + s->d->len);
    s->line = source_text_byte(s->src, s->d->line, 1);
    s->line_end = source_text_byte(s->src, s->d->line, G_MAXUINT32);
    assert(s->from <= s->to && s->to <= s->line_end);
    s->at = yaml_tree_at(fix_tree(s, s->file), s->from);
}

GPtrArray *quick_fixes(const struct names *n, guint file, const struct diag *d)
{
    const struct remedy *r = find_remedy(d->rule->code);
    struct spot s = {.n = n, .file = file, .d = d, .fixes = g_ptr_array_new_with_free_func(fix_free)};
    assert(r);
    if (d->line == 0 || !r->fixers[0])
        return s.fixes;
    s.tree = g_new0(struct yaml_node *, n->files->len);
    s.has_tree = g_new0(bool, n->files->len);
    measure(&s);
    for (guint i = 0; s.fixes->len == 0 && i < FIXERS_MAX && r->fixers[i]; i++)
        if (r->fixers[i](&s) && s.fixes->len == 1)
            ((struct quick_fix *)s.fixes->pdata[0])->safe = is_safe(r, r->fixers[i]);
    for (guint i = 0; i < n->files->len; i++)
        yaml_tree_free(s.tree[i]);
    g_free(s.tree);
    g_free(s.has_tree);
    return s.fixes;
}
