/* What is read aloud of each view: what is new in it, and nothing twice. */
#include "present/spoken_words.h"
#include "tests/tap.h"

#include <glib.h>

static const struct view_option doors[] = {{.text = "By the door", .key = "1", .sub = "it rains"},
                                           {.text = "To the desk", .key = "2"},
                                           {.text = "Out", .key = "3", .locked = true, .reason = "no key"}};
static const struct view_option named[] = {{.text = "Ask who?"}, {.text = ""}};

#define ASKS(p, f)                                                                                                     \
    .panel = {.phase = p, .prompt = "Where to", .options = doors, .count = 3, .focus = f, .selected = -1, .taken = -1}
#define QUESTION "Where to. 1: By the door. it rains. 2: To the desk. 3: Out. Locked. no key."

static const struct view_item lines[] = {
    {.text = "Go on"},
    {.kind = VIEW_ITEM_SETTING, .text = "Volume", .value = "70 %"},
    {.kind = VIEW_ITEM_SETTING, .text = "Volume", .value = "75 %"},
    {.text = "Back", .note = "to the film"},
};
static const struct view_item keys[] = {{.kind = VIEW_ITEM_HEAD, .text = "The film"},
                                        {.kind = VIEW_ITEM_WORDS, .text = "Pause", .value = "Space"},
                                        {.text = "Back"}};

/* One step after the other, of one viewer. */
static const struct {
    const char *what;
    struct view view;
    const char *words;
} steps[] = {
    {"the film alone", {0}, NULL},
    {"a question comes", {ASKS(VIEW_IN, -1)}, QUESTION},
    {"it is open, and the light on its first option interrupts nothing", {ASKS(VIEW_OPEN, 0)}, NULL},
    {"nothing is said twice", {ASKS(VIEW_OPEN, 0)}, NULL},
    {"the light moves", {ASKS(VIEW_OPEN, 1)}, "To the desk."},
    {"a locked option is tried",
     {.panel = {VIEW_OPEN, .prompt = "Where to", .options = doors, .count = 3, .focus = 1, .tried = 3, .selected = -1}},
     "3: Out. Locked. no key."},
    {"the light moves on", {ASKS(VIEW_OPEN, 0)}, "By the door."},
    {"to the locked option, too", {ASKS(VIEW_OPEN, 2)}, "Out. Locked."},
    {"and back", {ASKS(VIEW_OPEN, 1)}, "To the desk."},
    {"a pick that can still change",
     {.panel = {VIEW_OPEN, .prompt = "Where to", .options = doors, .count = 3, .focus = 1, .selected = 1, .taken = -1}},
     "Chosen: To the desk."},
    {"it is taken, and what it was was said",
     {.panel = {VIEW_CLOSED, .prompt = "Where to", .options = doors, .count = 3, .focus = -1, .selected = 1,
                .taken = 1}},
     NULL},
    {"out it goes", {.panel = {VIEW_OUT, .options = doors, .count = 3, .focus = -1, .selected = -1, .taken = 1}}, NULL},
    {"the film again", {0}, NULL},
    {"the same question again", {ASKS(VIEW_OPEN, 0)}, QUESTION},
    {"nobody chose",
     {.panel = {VIEW_CLOSED, .options = doors, .count = 3, .focus = -1, .selected = -1, .taken = 0, .timed_out = true}},
     "Time is up: By the door."},
    {"another question at once",
     {.panel = {VIEW_OPEN, .prompt = "", .options = named, .count = 2, .focus = 0, .selected = -1, .taken = -1}},
     "Ask who?"},
    {"a code",
     {.panel = {VIEW_OPEN, .layout = VIEW_CODE, .prompt = "The number?", .focus = 3, .code = ""}},
     "The number?"},
    {"a digit", {.panel = {VIEW_OPEN, .layout = VIEW_CODE, .prompt = "The number?", .focus = 3, .code = "0"}}, "0."},
    {"a message", {.notice = "the sound is back"}, "the sound is back."},
    {"which fades", {.notice = "the sound is back"}, NULL},
    {"a page", {.page = &(const struct view_page){"Film", "Menu", NULL, lines, 4, .focus = 0}}, "Film. Menu. Go on."},
    {"down", {.page = &(const struct view_page){"Film", "Menu", NULL, lines, 4, .focus = 1}}, "Volume: 70 %."},
    {"louder", {.page = &(const struct view_page){"Film", "Menu", NULL, lines, 4, .focus = 2}}, "Volume: 75 %."},
    {"a note", {.page = &(const struct view_page){"Film", "Menu", NULL, lines, 4, .focus = 3}}, "Back. to the film."},
    {"a page of words",
     {.page = &(const struct view_page){NULL, "Keys", "These hold.", keys, 3, .focus = 2}},
     "Keys. These hold. The film. Pause: Space. Back."},
    {"nothing on it has the focus",
     {.page = &(const struct view_page){NULL, "Keys", "These hold.", keys, 3, .focus = -1}},
     NULL},
    {"back to a question that was open all the time", {ASKS(VIEW_OPEN, 1)}, QUESTION},
    {"over a question a page alone is read",
     {ASKS(VIEW_OPEN, 0), .page = &(const struct view_page){NULL, "Menu", NULL, lines, 1, .focus = 0}},
     "Menu. Go on."},
};

int main(void)
{
    struct spoken *s = spoken_new();
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        g_autofree char *words = spoken_words(s, &steps[i].view, NULL);
        is_str(words, steps[i].words, steps[i].what);
    }
    spoken_free(s);
    s = spoken_new();
    g_autofree char *german = spoken_words(s, &steps[1].view, "de");
    is_str(german, "Where to. 1: By the door. it rains. 2: To the desk. 3: Out. Gesperrt. no key.",
           "our own words are in the language");
    spoken_free(s);
    return tap_done();
}
