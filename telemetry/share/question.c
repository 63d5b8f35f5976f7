#include "telemetry/share/question.h"

#include "base/safe.h"
#include "base/words.h"

#include <string.h>

/* Who asks; the film; who gets it; where; the film on the command line. */
static const char asked[] =
    WORDS("%s asks you to share what is recorded on this machine of your viewings of \"%s\".\n"
          "\n"
          "What is sent: the viewings of this film, those that there are and those to come, each as "
          "`frumious telemetry show`\n"
          "tells it: date and time; which scenes you saw and for how long; what you were asked, what "
          "you chose, how quickly and\n"
          "with what; pauses and faults; the language, subtitles, release channel and player version. "
          "A number made for this\n"
          "film alone stands for you, so that a first viewing can be told from a second one. No name, "
          "no address, no account.\n"
          "As with any connection, whoever receives it sees your internet address while it is sent.\n"
          "\n"
          "To whom: %s, at %s\n"
          "\n"
          "How to take it back: `frumious share --withdraw %s`, at any time. Then everything that you "
          "shared is erased there, and\n"
          "you are told when that is done. A viewing that you erase here is erased there, too. "
          "Nothing is sent while the film\n"
          "plays; `frumious share` sends, when you start it or let a timer do so.\n");

char *question_language(const char *const *languages)
{
    for (; *languages && !g_str_has_prefix(*languages, "en"); languages++)
        if (!strpbrk(*languages, ".@") && words_in(*languages, asked) != asked)
            return g_strdelimit(g_strdup(*languages), "_", '-');
    return NULL;
}

GString *question_text(const char *language, const char *title, const char *name, const char *address,
                       const char *story)
{
    GString *text = g_string_new(NULL);
    safe_printf(text, words_in(language, asked), name, title, name, address, story);
    return text;
}
