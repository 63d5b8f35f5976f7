#include "story/usual_key.h"

#include <glib.h>

#define WORDS_MAX 14

/* A word that is in several rows means the first whose key the mapping has. */
static const struct {
    const char *key, *words[WORDS_MAX];
} usual[] = {
    {"prompt", {"text", "title", "question", "label"}},
    {"card", {"text", "title", "slate", "label"}},
    {"title", {"text", "name", "label", "heading", "caption"}},
    {"text", {"title", "name", "label", "caption", "answer"}},
    {"ending", {"end", "final", "finish", "outcome"}},
    {"decisions", {"choices", "questions"}},
    {"decision", {"choice", "options", "question", "answers", "prompt", "ask"}},
    {"options", {"choices", "answers", "buttons", "links"}},
    {"goto", {"next", "to", "target", "jump", "link", "leads_to", "node", "then", "go"}},
    {"next", {"goto", "to", "target", "jump", "link", "links", "then", "exit", "routes", "leads_to", "go"}},
    {"file", {"video", "movie", "film", "path", "source", "src"}},
    {"clip",
     {"video", "movie", "film", "file", "path", "source", "src", "media", "image", "picture", "card", "sound", "shot"}},
    {"media", {"video", "videos", "movies", "film", "films", "file", "files", "clips"}},
    {"image", {"picture", "photo", "still", "icon"}},
    {"bed", {"music"}},
    {"sound", {"audio", "music", "track"}},
    {"subtitles", {"subs", "captions", "caption", "srt"}},
    {"from", {"start", "begin", "in"}},
    {"to", {"end", "until", "out", "stop"}},
    {"start", {"first", "begin", "entry", "first_node"}},
    {"opens", {"start", "begin", "from", "at", "appears"}},
    {"closes", {"end", "until", "to", "stop"}},
    {"for", {"duration", "length", "seconds", "time", "timer", "lasts"}},
    {"time", {"opens", "from", "moment"}},
    {"when", {"if", "condition", "only_if", "requires"}},
    {"do", {"set", "effect", "effects", "action", "actions", "enter", "run"}},
    {"enter", {"do", "set", "effect", "effects", "action", "actions", "run"}},
    {"traits", {"score", "scores", "points"}},
    {"script", {"dialogue", "dialog", "lines", "speech"}},
    {"act", {"chapter", "episode"}},
    {"acts", {"chapters", "episodes"}},
    {"nodes", {"scenes", "passages", "segments", "moments", "knots"}},
    {"state", {"vars", "var", "variables", "flags"}},
    {"initial", {"default", "start", "begin"}},
    {"default", {"fallback", "preset"}},
    {"type", {"kind"}},
    {"check", {"tests", "test", "prove"}},
    {"include", {"import", "imports", "files"}},
    {"key", {"hotkey", "shortcut"}},
    {"layout", {"style", "position", "place"}},
    {"id", {"name"}},
    {"note", {"comment", "remark", "description"}},
};

const char *usual_key_next(const char *word, size_t *at)
{
    while (*at < G_N_ELEMENTS(usual)) {
        const size_t i = (*at)++;
        for (size_t w = 0; w < WORDS_MAX && usual[i].words[w]; w++)
            if (g_str_equal(usual[i].words[w], word))
                return usual[i].key;
    }
    return NULL;
}
