/*
 * mistakes: what people typically get wrong, each in the same small story. What `check` says of each is in tests/golden/messages.txt
 * (test_messages); the fixes that an editor offers are tried by test_quick_fix. Beside the story lies a file film.mkv.
 */
#pragma once

#include <assert.h>
#include <glib.h>
#include <string.h>

static const char sound[] =
    "frumious: 1\n"
    "id: org.example.bus\n"
    "title: The Night Bus\n"
    "start: stop\n"
    "media: {film: film.mkv}\n"
    "traits: [bold, tender]\n"
    "props: {umbrella: An umbrella}\n"
    "state:\n"
    "  trust: {type: int, min: 0, max: 5}\n"
    "  lit: {type: bool}\n"
    "  ticket: {type: enum, values: [none, single]}\n"
    "nodes:\n"
    "  stop:\n"
    "    clip: {media: film, from: 0s, to: 30s}\n"
    "    enter: [trust += 1, toggle lit, ticket = single]\n"
    "    decision:\n"
    "      id: which\n"
    "      prompt: Single or return?\n"
    "      opens: 18s\n"
    "      for: 9s\n"
    "      default: single\n"
    "      options:\n"
    "        single: {text: Single, traits: {bold: 1}, props: umbrella, goto: bus}\n"
    "        return: {text: Return, traits: {tender: 1}, goto: home}\n"
    "  bus:\n"
    "    clip: {card: The bus., for: 6s}\n"
    "    enter: [{do: lit = true, when: trust >= 3 or ticket == single}, {do: trust = 0, when: lit}]\n"
    "    next: home\n"
    "  home:\n"
    "    clip: {card: Home., for: 6s}\n"
    "    ending: {id: home, title: Home}\n";

/* `find` is in the story above once or more; its first place becomes `instead`. */
static const struct mistake {
    const char *what, *find, *instead;
} mistakes[] = {
    {"a tab in the indentation", "    enter:", "\tenter:"},
    {"a tab among blanks", "      id: which", "    \t  id: which"},
    {"an apostrophe in single quotes", "prompt: Single or return?", "prompt: 'Who's there?'"},
    {"an apostrophe in single quotes, between braces", "{card: The bus., for", "{card: 'It's late', for"},
    {"quotes in quotes", "prompt: Single or return?", "prompt: \"She said \"no\"\""},
    {"a text that begins with @", "prompt: Single or return?", "prompt: @night, where?"},
    {"a text that begins with `", "prompt: Single or return?", "prompt: `where`?"},
    {"a text that begins with @, between braces", "title: Home}", "title: @Home}"},
    {"a height in per cent", "      for: 9s", "      for: 9s\n      lift: 12 %"},
    {"a height with a unit", "      for: 9s", "      for: 9s\n      lift: 120px"},
    {"a height that is too large", "      for: 9s", "      for: 9s\n      lift: 1200"},
    {"a decision without `opens`", "      opens: 18s\n", ""},
    {"a text that begins with %", "prompt: Single or return?", "prompt: %s?"},
    {"a text that begins with !", "prompt: Single or return?", "prompt: !Stop"},
    {"a text that begins with &", "prompt: Single or return?", "prompt: &and so"},
    {"a text that begins with *", "prompt: Single or return?", "prompt: *sigh* Where?"},
    {"the same between braces", "{text: Single,", "{text: *single,"},
    {"a text that begins with [", "prompt: Single or return?", "prompt: [quietly] Where?"},
    {"a text that begins with {", "prompt: Single or return?", "prompt: {quietly} Where?"},
    {"a text behind |", "prompt: Single or return?", "prompt: | Where?"},
    {"a no-break space behind a colon", "    clip: {card: The bus", "    clip:\u00A0{card: The bus"},
    {"a no-break space in the indentation", "    next: home", "\u00A0   next: home"},
    {"a no-break space behind a name", "next: home", "next: home\u00A0"},
    {"a zero-width space in a name", "  bus:\n", "  b\u200Bus:\n"},
    {"a zero-width space before a key", "    next: home", "    \u200Bnext: home"},
    {"a byte order mark in the middle", "    next: home", "    \uFEFFnext: home"},
    {"smart quotes around a colon", "prompt: Single or return?", "prompt: \u201CWell: where?\u201D"},
    {"smart quotes around a comma", "{text: Single,", "{text: \u201CSingle, please\u201D,"},
    {"smart quotes around a name", "ending: {id: home,", "ending: {id: \u201Chome\u201D,"},
    {"a sign of print", "when: trust >= 3", "when: trust \u2265 0"},
    {"smart quotes in a condition", "when: trust >= 3", "when: ticket == \u2018single\u2019 or trust >= 0"},
    {"a minus of print", "[trust += 1,", "[trust \u2212= 1,"},
    {"a Cyrillic letter in a key", "    next: home", "    n\u0435xt: home"},
    {"a Cyrillic letter in a target", "next: home", "next: h\u043Eme"},
    {"a Cyrillic letter in a node's name", "  bus:\n", "  bus\u0441:\n"},
    {"a Cyrillic letter in a condition", "when: trust >= 3", "when: trus\u0442 >= 0"},
    {"a comma in a card's text", "{card: The bus.,", "{card: The bus, at last.,"},
    {"a comma in an option's text", "{text: Single,", "{text: Single, please,"},
    {"a colon in a text", "prompt: Single or return?", "prompt: Well: single?"},
    {"a # in a text", "prompt: Single or return?", "prompt: Door #2 or #3?"},
    {"a # in a text between braces", "{card: The bus., for", "{card: Bus #9., for"},
    {"no blank behind a colon", "    next: home", "    next:home"},
    {"a blank in a node's name", "  bus:\n", "  night bus:\n"},
    {"a blank in a target", "goto: bus", "goto: night bus"},
    {"a blank in an option's name", "        single: {", "        single one: {"},
    {"a blank in a variable's name", "  lit: {", "  is lit: {"},
    {"a blank in an id", "id: which", "id: which one"},
    {"a dash in a variable's name", "  lit: {", "  is-lit: {"},
    {"a digit first", "  lit: {", "  2lit: {"},
    {"missing subtitles", "clip: {media: film, from: 0s, to: 30s}",
     "clip: {media: film, from: 0s, to: 30s, subtitles: {en: bus.srt}}"},
    {"a missing sound", "clip: {media: film, from: 0s, to: 30s}",
     "clip: {media: film, from: 0s, to: 30s, sound: bus.opus}"},
    {"a misspelt medium", "{media: film,", "{media: flim,"},
    {"a number as a condition", "when: trust >= 3", "when: trust"},
    {"an enum as a condition", "when: trust >= 3", "when: ticket"},
    {"= in a condition", "when: trust >= 3", "when: trust = 0"},
    {"|| in a condition", "when: trust >= 3 or", "when: trust >= 0 ||"},
    {"a value in quotes", "when: trust >= 3", "when: ticket == \"single\""},
    {"a misspelt value", "when: trust >= 3", "when: ticket == singel"},
    {"nearly another trait", "traits: {bold: 1}", "traits: {bolt: 1}"},
    {"nearly another prop", "props: umbrella", "props: umbrela"},
    {"a misspelt target", "goto: bus", "goto: buss"},
    {"a misspelt start", "start: stop", "start: stopp"},
    {"a misspelt key", "prompt:", "promt:"},
    {"a key given twice", "    next: home", "    next: home\n    next: stop"},
    {"a time without a unit", "for: 9s", "for: 9"},
    {"a blank in a time", "for: 9s", "for: 9 s"},
    {"another unit", "for: 9s", "for: 9sec"},
    {"a decimal comma", "opens: 18s", "opens: 18,5s"},
    {"a clock with a digit too few", "opens: 18s", "opens: 0:18"},
    {"yes for true", "{type: bool}", "{type: bool, initial: yes}"},
    {"another word for bool", "{type: bool}", "{type: boolean}"},
    {"a number in quotes", "min: 0, max: 5", "min: \"0\", max: 5"},
    {"a misspelt default", "default: single", "default: singel"},
    {"no default", "      default: single\n", ""},
    {"a window behind the end", "opens: 18s", "opens: 28s"},
    {"=+ for +=", "[trust += 1,", "[trust =+ 1,"},
    {"== for = in an effect", "ticket = single]", "ticket == single]"},
    {"a default that is no option", "default: single", "default: nobody"},
    {"++", "[trust += 1,", "[trust++,"},
    {"a misspelt variable in an effect", "[trust += 1,", "[trusst += 1,"},
    {"a single decision as `decisions`", "decision:\n      id", "decisions:\n      id"},
    {"a blank too few", "      prompt: Single", "     prompt: Single"},
    {"a blank too few in a node", "    next: home", "   next: home"},
    {"a brace that is not closed", "{card: The bus., for: 6s}", "{card: The bus., for: 6s"},
    {"a quote that is not closed", "prompt: Single or return?", "prompt: \"Single or return?"},
    {"null as a text", "prompt: Single or return?", "prompt: null"},
    {"no text", "prompt: Single or return?", "prompt:"},
    {"an unknown alias for a clip", "clip: {card: The bus., for: 6s}", "clip: *busclip"},
    {"an unknown alias for a variable", "  trust: {type: int, min: 0, max: 5}", "  trust: *scale"},
    {"a second document", "nodes:\n", "---\nnodes:\n"},
    {"a path with backslashes", "media: {film: film.mkv}", "media: {film: films\\film.mkv}"},
    {"an ending without its id", "ending: {id: home, title: Home}", "ending: Home"},
    {"a node as an item of a list", "  bus:\n    clip", "  - bus:\n    clip"},
    {"a text that begins with #", "prompt: Single or return?", "prompt: #2 or #3?"},
    {"a quote that is not closed, and another below", "    clip: {card: The bus., for: 6s}",
     "    title: \"The bus\n    clip: {card: \"The bus.\", for: 6s}"},
    {"a node that is indented too far",
     "  home:\n    clip: {card: Home., for: 6s}\n    ending: {id: home, title: Home}\n",
     "    home:\n      clip: {card: Home., for: 6s}\n      ending: {id: home, title: Home}\n"},
    {"no blank behind a dash", "next: home", "next:\n      -{goto: home}"},
    {"no blank behind a dash, and a comma", "next: home", "next:\n      -{when: lit, goto: home}"},
    {"no blank behind a colon, before a brace", "clip: {card: The bus.", "clip:{card: The bus."},
    {"a misspelt default", "default: single", "defualt: single"},
    {"a misspelt id", "      id: which", "      idd: which"},
    {"a node that is there twice", "  home:\n", "  bus: {clip: {card: A, for: 1s}, next: home}\n  home:\n"},
    {"a film that has a near name", "{film: film.mkv}", "{film: flim.mkv}"},
};

/* The story with the mistake, to be freed. */
static inline char *mistake_story(const struct mistake *m)
{
    const char *at = strstr(sound, m->find);
    assert(at);
    return g_strdup_printf("%.*s%s%s", (int)(at - sound), sound, m->instead, at + strlen(m->find));
}
