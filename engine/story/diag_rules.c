/* diag_rules: the table of everything that can be wrong with a story. A code that was released keeps its meaning. */

#include "story/diag_rules.h"

#include <glib.h>
#include <string.h>

/* clang-format off */
static const struct diag_rule rules[] = {
    /* ---- E1xx: the file and its shape ---- */
    {"E100", "unreadable-file", DIAG_ERROR, "a file of the story can't be read",
     "The story, or a file that it includes, does not exist or may not be read. Check the name's spelling (capital\n"
     "letters count), and that the file's permissions allow reading it. Names in `include:` are relative to the\n"
     "folder of the main file."},
    {"E101", "unknown-key", DIAG_ERROR, "an unknown key",
     "Only the keys of the format reference (stories/README.md) mean anything. A misspelt key would silently do\n"
     "nothing, so it is an error. `promt: Tea?` should be `prompt: Tea?`. Private remarks belong in `note:`, `todo:`\n"
     "or, with any structure you like, in `meta:`. YAML's merge key `<<` is not part of the format."},
    {"E102", "yaml-syntax", DIAG_ERROR, "the file is not well-formed YAML",
     "The YAML parser could not go on here, so the rest of this file was not checked. The usual causes are a tab in\n"
     "the indentation, a missing space after a colon, an unquoted text that contains `: ` or ` #` or begins with one\n"
     "of `[ { & * ! | > % @`, a quote that is never closed, or a blank that only looks like one (a no-break space, as\n"
     "web pages and word processors write it). Quote the text: `prompt: \"Well: yes?\"`."},
    {"E103", "not-utf8", DIAG_ERROR, "the file is not UTF-8 text",
     "Stories are UTF-8. The byte shown here can't be part of UTF-8 text, or is a control character that YAML does\n"
     "not allow. Save the file as UTF-8 (not Latin-1, not UTF-16), or convert it with `iconv`."},
    {"E104", "duplicate-key", DIAG_ERROR, "a key is given twice",
     "A mapping may name each key once. Most YAML readers silently take the last one, so half of what was written\n"
     "would be lost. Remove or rename one of the two; the message says where the first one is."},
    {"E105", "missing-key", DIAG_ERROR, "a required key is missing",
     "What is shown here can't work without that key: a story needs `frumious`, `id`, `title`, `start` and `nodes`;\n"
     "a decision needs `id`, `opens`, `for` or `closes`, and `options`; pictures and cards need `for`."},
    {"E106", "wrong-type", DIAG_ERROR, "a value of the wrong shape",
     "A text, a number, a list (`- a` or `[a, b]`) or a mapping (`key: value`) was expected, but something else\n"
     "stands here. Look at the indentation first: a line that is indented too little ends the block before it. A\n"
     "number in quotes is a text."},
    {"E107", "empty-story", DIAG_ERROR, "the file is empty",
     "The file has no content, or only comments. A story begins with `frumious: 1`."},
    {"E108", "several-documents", DIAG_ERROR, "more than one YAML document in a file",
     "`---` in the middle of a file begins a second document. A story is a single document; to spread it over\n"
     "several files, use `include:`."},
    {"E109", "yaml-tag", DIAG_ERROR, "a YAML tag",
     "Tags such as `!!str` or `!python/object` ask a YAML reader to build special values. Stories need none, and\n"
     "tags have no effect here. Quote a text instead of tagging it."},
    {"E110", "bad-alias", DIAG_ERROR, "an alias without an anchor, or of itself",
     "`*name` repeats what stands after `&name`, which must come earlier in the same file and must not contain the\n"
     "alias itself."},
    {"E111", "wrong-version", DIAG_ERROR, "a version of the format that this program does not know",
     "`frumious:` names the version of the story format; this program knows version 1. A newer story needs a newer\n"
     "program. The story's own version goes into `version:`."},
    {"E112", "unknown-word", DIAG_ERROR, "a word that is not allowed here",
     "Some keys take one of a few words: `layout` row, column, corners, code; `cut` end, now, pick; `keep` play, viewer;\n"
     "`rewind` restore, keep; `type` bool, enum, int; yes/no questions take `true` or `false`."},
    {"E113", "bad-number", DIAG_ERROR, "not a whole number in the allowed range",
     "A whole number such as `3` or `-2` is expected, without quotes, within the limits that the message names."},
    {"E114", "bad-name", DIAG_ERROR, "not a name",
     "Names of nodes, routes, decisions, options, endings, media, traits and props are letters, digits, `_` and `-`,\n"
     "beginning with a letter or digit. Names of variables and enum values stand in expressions, where `-` is minus:\n"
     "they are letters, digits and `_`, begin with a letter, and are none of: not and or true false min max seen\n"
     "count picked toggle."},
    {"E115", "conflicting-keys", DIAG_ERROR, "two keys that can't stand together",
     "The two say the same thing in different ways, or contradict each other: `for` and `closes`, `decision` and\n"
     "`decisions`, the film and the card of one clip, `goto` and `as` of a timeout. Keep one of them."},
    {"E116", "empty-value", DIAG_ERROR, "a key without a value",
     "The key is there, but its value is missing, or is an empty text, list or mapping. Fill it in, or remove the\n"
     "key."},
    {"E117", "bad-language", DIAG_ERROR, "not a language tag",
     "Languages are named by their tags: `en`, `de`, `pt-BR`, `zh-Hant`. The first of `languages` is the language of\n"
     "the texts in the story itself."},

    {"E118", "late-defaults", DIAG_ERROR, "what is meant for all nodes stands below them",
     "A story is read from its top to its end, so `defaults` and `cues` stand above `nodes`. Move them up. The order of\n"
     "all other keys does not matter."},

    /* ---- E2xx: names ---- */
    {"E201", "unknown-place", DIAG_ERROR, "no node or route has this name",
     "`next` and `goto` name a node or a route, `start` a node, and `goal` a node or an ending. Names are\n"
     "case-sensitive. To lead back to a decision, write `back(decision)`\n"
     "or, to keep what has happened since, `again(decision)`."},
    {"E202", "unknown-decision", DIAG_ERROR, "no decision has this id",
     "`picked(decision, option)`, `asked(decision)`, `back(decision)` and `again(decision)` name a decision by its `id`, not by its node."},
    {"E203", "unknown-option", DIAG_ERROR, "the decision has no such option",
     "`default`, `focus`, `timeout: {as: …}` and `picked(decision, option)` name an option by its key in `options:`,\n"
     "not by its text."},
    {"E204", "unknown-variable", DIAG_ERROR, "no variable has this name",
     "Declare every variable in `state:` with its type: `state: {trust: {type: int, min: 0, max: 5}}`. Only a\n"
     "finite, declared state can be checked. A bare name can also be a value of an enum, but only beside something\n"
     "of that enum: `ticket == single`."},
    {"E205", "unknown-media", DIAG_ERROR, "`media` has no file of this name",
     "`clip: {media: film, …}` names an entry of the top-level `media:` mapping. For a path write `file:`."},
    {"E206", "unknown-value", DIAG_ERROR, "the enum has no such value",
     "An enum variable holds one of the values that its declaration lists, and is compared with them or set to them\n"
     "by name."},
    {"E207", "duplicate-name", DIAG_ERROR, "a name is used twice",
     "Nodes and routes share one set of names. Decisions, endings and variables each have a set of their own. All\n"
     "files of the story share these sets. A variable can't have the name of an enum value either, since expressions\n"
     "could not tell them apart."},
    {"E208", "unknown-function", DIAG_ERROR, "no such function",
     "Expressions know `min(a, b)`, `max(a, b)`, `seen(node)`, `count(node)`,\n"
     "`picked(decision, option)` and `asked(decision)`."},
    {"E209", "unknown-trait", DIAG_ERROR, "a trait that is not declared",
     "The story declares its `traits:`, so options can score only those. Without a declaration, any name will do."},
    {"E210", "unknown-prop", DIAG_ERROR, "a prop that is not declared",
     "The story declares its `props:`, so options can bring in only those. Without a declaration, any name will do."},
    {"E211", "unknown-act", DIAG_ERROR, "an act that is not declared",
     "The story declares its `acts:`, so nodes and files can belong only to those. Without a declaration, any name will\n"
     "do."},
    {"E212", "unknown-cues", DIAG_ERROR, "no set of cues has this name",
     "`cues: pips` in a decision names a set of the story's `cues:`, which stands above `nodes`. Without a name, the\n"
     "list itself stands there: `cues: [{before: 1s, sound: pip.opus}]`."},
    {"E213", "taken-name", DIAG_ERROR, "an earlier name that something else has",
     "`was:` names what a node, a decision, an option, a variable or a value was called before, so that saved places and\n"
     "recorded viewings still find it. A name that something else of this kind has now, or had before, would lead them to two\n"
     "places. Take the name out of `was:`, or give the newer of the two things another name."},

    /* ---- E3xx: types and expressions ---- */
    {"E301", "expression-syntax", DIAG_ERROR, "an expression that can't be read",
     "Expressions are made of variables, whole numbers, true and false, enum values,\n"
     "`not and or == != < <= > >= + - *`, parentheses and functions. From loosest to tightest, operators bind like\n"
     "this: or, and, not, comparison, + and -, *, unary -. There is no division, no `&&`, `||` or `!`, and `=` is an\n"
     "assignment: compare with `==`."},
    {"E302", "wrong-operand", DIAG_ERROR, "an operation on the wrong type",
     "`and`, `or`, `not` take yes/no values; `+ - * < <= > >=` and min, max take numbers; `==` and `!=` compare two\n"
     "values of the same type. A number is not a yes/no value: write `trust > 0`, not `trust`."},
    {"E303", "not-a-condition", DIAG_ERROR, "a condition that is neither true nor false",
     "`when:` and `assert:` need a yes/no value. For a number write a comparison, `trust >= 3`; for an enum,\n"
     "`ticket == single`."},
    {"E304", "wrong-assignment", DIAG_ERROR, "a value that does not fit the variable",
     "A variable takes values of its own type: a bool takes `true`, `false` or a condition, an int takes a number,\n"
     "and an enum takes one of its values. `+=` and `-=` are for ints, `toggle` is for bools."},
    {"E305", "enum-order", DIAG_ERROR, "an enum has no order",
     "The values of an enum are names without an order: they can be equal (`==`) or not (`!=`), but not less or\n"
     "greater. Use an int if the order matters."},
    {"E306", "chained-comparison", DIAG_ERROR, "a chain of comparisons",
     "`1 < x < 5` does not mean what it says in most languages, so it is refused: write `1 < x and x < 5`."},
    {"E307", "expression-too-large", DIAG_ERROR, "an expression beyond the limits",
     "Expressions are limited in bytes and depth (engine/story/limits.h), far beyond what a reader could follow.\n"
     "Split this one: let a variable remember an intermediate result, or use several parts of a route."},
    {"E308", "effect-syntax", DIAG_ERROR, "an effect that can't be read",
     "An effect is `x = expr`, `x += expr`, `x -= expr` or `toggle x`. To run one only under a condition, write\n"
     "`{do: x = expr, when: condition}`. Write several effects as a list: `[x = 1, toggle y]`."},
    {"E309", "number-too-large", DIAG_ERROR, "a number beyond the limit",
     "Numbers in expressions go up to 1,000,000,000, and results stay within 32 bits. A story that counts that far\n"
     "can't be checked, because every value of a variable is a state of its own. Count in larger steps."},
    {"E310", "wrong-arguments", DIAG_ERROR, "a function with the wrong arguments",
     "`min` and `max` take two or more numbers, `seen` and `count` take the name of a node, and `picked` takes a\n"
     "decision's id and one of its options."},
    {"E311", "bad-initial", DIAG_ERROR, "an initial value that the variable can't hold",
     "`initial` must be one of the enum's values, lie within `min` and `max`, or be true or false."},
    {"E312", "bad-range", DIAG_ERROR, "an empty range of numbers",
     "`min` must not be greater than `max`. Both ends belong to the range: `min: 0, max: 3` holds four values."},
    {"E313", "bad-field", DIAG_ERROR, "an unknown field of an inscription",
     "What stands between braces is filled in by the engine: `{name}` is the value of an int or enum variable,\n"
     "`{chosen(decision)}` is what was taken there, `{waited(decision)}` is the seconds until then, and\n"
     "`{share(decision)}`, `{timeouts()}` and `{watched()}` are counts of viewings. To show a brace, write it twice:\n"
     "`{{`."},
    {"E314", "assigned-arm", DIAG_ERROR, "an effect that sets an experiment",
     "Which arm of an experiment a viewing belongs to is drawn when it begins, and stays: else the report would compare\n"
     "viewings that had both. Conditions may read it. What changes in the film needs a variable of its own."},

    /* ---- E4xx: times, and where the film goes ---- */
    {"E401", "bad-time", DIAG_ERROR, "not a time",
     "A time has a unit, as in `8s`, `1.5s`, `500ms` or `2m`, or is a clock in quotes: \"01:31.400\" (MM:SS.mmm) or\n"
     "\"00:01:31.400\" (HH:MM:SS.mmm). A bare number could be seconds, milliseconds or frames, so it is refused.\n"
     "Times are exact to the microsecond, never negative, and at most a day."},
    {"E402", "empty-window", DIAG_ERROR, "a window that closes before it opens",
     "A decision must close after it opens. `for` is the length of its window; `closes` is the moment at which it\n"
     "closes, counted from the beginning of the clip."},
    {"E403", "overlapping-windows", DIAG_ERROR, "two decisions at the same time",
     "Only one decision can be open at a time: the second one in a node must open when the first one closes, or\n"
     "later."},
    {"E404", "beyond-the-clip", DIAG_ERROR, "a time after the end of the clip",
     "The clip's `from` and `to`, or the `for` of a picture or card, say how long it is. A decision must open and\n"
     "close, and an `at` must happen, before it is over. Times count from the beginning of the clip, not from the\n"
     "beginning of the file that it is cut from."},
    {"E405", "no-time", DIAG_ERROR, "a decision or timed effect in a node without a clip",
     "A node without a clip takes no time, so it can't ask anything, and no time passes for an `at`. Give it a clip\n"
     "(a card will do: `clip: {card: Later., for: 3s}`), or move its effects into `enter`."},
    {"E406", "two-routing-decisions", DIAG_ERROR, "two decisions of one node both lead somewhere",
     "The film leaves a node only once, so at most one of its decisions can have options or a timeout with `goto`.\n"
     "Let the other decision set a variable and test that in the route, or make two nodes."},
    {"E407", "no-way-out", DIAG_ERROR, "a node that leads nowhere and is not an ending",
     "When its clip is over, the film would stop in the middle. Give the node a `next`, give every outcome of its\n"
     "decision a `goto`, or make the node an `ending`."},
    {"E408", "no-timeout", DIAG_ERROR, "nothing happens if nobody chooses",
     "The film does not wait. Use `default` to say which option is taken when the time is up, or `timeout` to say\n"
     "what happens instead."},
    {"E409", "route-circle", DIAG_ERROR, "a route that leads back into itself",
     "Routes may use routes, but not in a circle: following it would never arrive at a node."},
    {"E410", "no-checkpoint", DIAG_ERROR, "back() to a decision that says `checkpoint: false`",
     "`back(decision)` returns to the moment before the decision, which the film remembers only if `checkpoint` is\n"
     "true (the default)."},
    {"E411", "endless-silence", DIAG_ERROR, "silent nodes that lead round in a circle",
     "Nodes without a clip take no time. These lead only into each other, never to a node with a clip or to an\n"
     "ending, so the film would stand still for ever."},
    {"E412", "empty-range", DIAG_ERROR, "a part of a film that ends before it begins",
     "`to` must come after `from`; both count from the beginning of the file."},
    {"E413", "bad-code", DIAG_ERROR, "a code entry that can't work",
     "With `layout: code`, every option has a different `code` of digits and letters, except for one option with\n"
     "`wrong: true`, which is taken for everything else. In other layouts, `code` and `wrong` mean nothing."},
    {"E414", "cue-outside", DIAG_ERROR, "a cue that would sound before its decision opens",
     "`before` counts back from the moment at which the window closes, so it can't be longer than the window. For a\n"
     "sound at the opening itself, use the decision's `sound`."},
    {"E415", "bad-role", DIAG_ERROR, "a role, or an option's `then`, that can't work",
     "A node with `role: credits` or `role: post-play` comes behind the endings: it is no ending itself, has a clip, and\n"
     "credits ask nothing. Where such a node leads nowhere, the film is over. `then: again`, `next` or `leave` says what\n"
     "the player does when the film is over, so it stands at options of a node for post-play that lead nowhere."},

    /* ---- E5xx: paths and limits ---- */
    {"E501", "absolute-path", DIAG_ERROR, "an absolute path",
     "The paths of a story are relative to its folder, so that the folder can be moved and shared."},
    {"E502", "path-leaves-folder", DIAG_ERROR, "a path that leaves the story's folder",
     "A story may only use files in its own folder and below, so `..` is refused. Copy the file there."},
    {"E503", "path-is-url", DIAG_ERROR, "a web address instead of a file",
     "A story never fetches anything from the network. Download the file into the story's folder, if its licence\n"
     "allows that."},
    {"E504", "link-leaves-folder", DIAG_ERROR, "a link that leads out of the story's folder",
     "The path goes through a symbolic link that leads out of the story's folder. Links within it are fine."},
    {"E505", "special-file", DIAG_ERROR, "not a regular file",
     "The path names a folder, a pipe, a device or a socket, but a file is needed."},
    {"E506", "odd-path", DIAG_ERROR, "a path with characters that are not allowed",
     "Write paths with `/` and without control characters or backslashes, so that they work on every system."},
    {"E510", "file-too-large", DIAG_ERROR, "a file beyond the limit",
     "A file of a story may have 256 MiB, room for half a million nodes. Is it the right\n"
     "file?"},
    {"E511", "too-deep", DIAG_ERROR, "nested too deeply",
     "The format needs about ten levels of nesting, and 64 are allowed."},
    {"E512", "alias-bomb", DIAG_ERROR, "aliases that expand to too much",
     "Aliases of aliases of aliases grow without bound, which is a known way to exhaust a reader's memory. So there\n"
     "is a limit to what all aliases of a file may expand to."},
    {"E513", "too-many", DIAG_ERROR, "more of something than is allowed",
     "A story has limits that no film reaches, so that a broken or hostile file costs no more than a moment: 64\n"
     "options in a decision, 32 decisions in a node, 4096 variables, 1000 files, routes of routes 32 deep. The\n"
     "message names the limit; engine/story/limits.h lists all of them with their reasons."},
    {"E514", "too-long", DIAG_ERROR, "a name or text beyond the limit",
     "Names may have 128 bytes, texts 4096, scripts and notes 65536 (letters beyond ASCII take two to four bytes\n"
     "each). engine/story/limits.h lists the limits. Put longer remarks into `meta:`, or into a file of their own."},
    {"E515", "included-twice", DIAG_ERROR, "a file is included twice, or in a circle",
     "Each file of a story is read only once. Remove all but one of the `include` entries for it."},
    {"E516", "share-address", DIAG_ERROR, "an address or a token that can't be used for sharing",
     "What viewers share is sent to the address of `share`, by https, so that nobody on the way can read it, and whoever\n"
     "answers is known to be who they say. `http` is for a collector on this machine (127.0.0.1), to try it. The address\n"
     "is shown to viewers before they agree, so it holds no user, no query and no letters that look like others."},

    /* ---- W6xx: probably not what was meant ---- */
    {"W601", "missing-file", DIAG_WARNING, "a file does not exist (yet)",
     "A missing film plays as a slate with the node's title and script, so that a story can be played before a frame\n"
     "is shot. A missing picture, sound or subtitle file is left out. Each file is reported once."},
    {"W602", "unreachable-node", DIAG_WARNING, "nothing leads to this node",
     "Whatever a viewer does, no `next` and no `goto` that can be reached from `start` leads here. (This check does\n"
     "not evaluate conditions; `frumious explore` does.)"},
    {"W603", "unused-variable", DIAG_WARNING, "a variable that nothing uses",
     "It is declared, but no effect sets it and no expression reads it. Remove it, or use it."},
    {"W604", "constant-variable", DIAG_WARNING, "a variable that nothing sets",
     "Expressions read it, but no effect ever sets it: it keeps its initial value, so every condition on it always\n"
     "has the same outcome."},
    {"W605", "unread-variable", DIAG_WARNING, "a variable that nothing reads",
     "Effects set it, but no expression reads it, so setting it has no consequence."},
    {"W606", "unused-route", DIAG_WARNING, "a route that nothing uses",
     "No `next`, `goto` or other route names it. Use it, or remove it; keep a route for later in a comment."},
    {"W607", "dead-part", DIAG_WARNING, "a part of a route that is never taken",
     "The first part that holds wins. A part without `when` that leads to a node always holds, so no part after it\n"
     "is ever taken: move it to the end, or give it a condition. A part that repeats the condition of an earlier one\n"
     "is never taken either: did you mean another condition?"},
    {"W608", "conditional-default", DIAG_WARNING, "a default option that is not always available",
     "The option that is taken when nobody chooses has a `when`. If that does not hold, the timeout leads nowhere.\n"
     "Choose an option without `when`, or give a `timeout`."},
    {"W609", "no-ending", DIAG_WARNING, "no ending can be reached",
     "No node that can be reached from `start` is marked as an `ending`: this film never ends, or it ends without\n"
     "counting as finished."},
    {"W610", "unused-media", DIAG_WARNING, "a file in `media` that nothing uses",
     "No clip names this entry of `media:`. Use it with `clip: {media: name}`, or remove it."},
    {"W611", "unused-declaration", DIAG_WARNING, "a trait, prop or act that nothing uses",
     "It is declared in `traits:`, `props:` or `acts:`, but no option, no node and no file names it."},
    {"W612", "constant-condition", DIAG_WARNING, "a condition that always has the same outcome",
     "Either it reads nothing, or the types decide it: `trust > 5` never holds if `max` is 5, and `trust >= 0`\n"
     "always holds if `min` is 0. One such comparison among several is reported, too. An `assert` that follows from\n"
     "the types is not a mistake. (This check does not consider what can happen in the film; `frumious explore`\n"
     "does.)"},
    {"W613", "lookalike-names", DIAG_WARNING, "two names that look the same",
     "The same letters can be stored in two ways: `é` is one character, or an `e` and an accent. Two names that differ\n"
     "only in that, in dashes, or in invisible characters are two names, which nobody can tell apart. Write both in\n"
     "the same way: copy one of them."},
    {"W614", "swallowed-text", DIAG_WARNING, "a part of a text that YAML takes for something else",
     "` #` begins a comment, also in the middle of a text: of `prompt: Door #2 or #3?`, only `Door` is left. `&word` at\n"
     "a text's beginning names the rest of it. Put such texts in double quotes: `prompt: \"Door #2 or #3?\"`. A comment\n"
     "has a blank behind its `#`. A script behind `>` loses its lines, and with them its speakers: write `|`."},
    {"W615", "unused-cues", DIAG_WARNING, "a set of cues that nothing uses",
     "The story names these cues in `cues:`, but no decision says `cues:` with that name, and `defaults` does not either.\n"
     "Remove the set, or check the spelling."},
    {"W616", "share-token", DIAG_WARNING, "a token that no collector takes",
     "By its token a collector knows that what comes is meant for it. `frumious collect` takes nothing without one, and its\n"
     "file of tokens has none of less than 8 characters. It is no secret: every viewer has the story's file."},

    /* ---- W7xx: languages ---- */
    {"W701", "missing-translation", DIAG_WARNING, "a text without a translation",
     "The story is offered in this language, but `strings/<language>.yaml` lacks this text, so viewers see the\n"
     "story's own language here. The message names the key to add."},
    {"W702", "unused-translation", DIAG_WARNING, "a translation of a text that does not exist",
     "The story has no text with this key: the text was renamed or removed, or the key is misspelt."},
    {"W703", "missing-language", DIAG_WARNING, "a language without a file",
     "`languages:` offers it, but there is no `strings/<language>.yaml` beside the main file."},
    {"W704", "unlisted-language", DIAG_WARNING, "a track in a language that the story does not offer",
     "A sound track or subtitle file names a language that is missing in `languages:`."},
    {"W705", "long-text", DIAG_WARNING, "a text too long for its place",
     "The panel makes long texts smaller and breaks them into two or three lines; when that is not enough, it cuts\n"
     "them off or leaves some out. `check` tries this with the fonts of this machine, in windows of 854x480 and\n"
     "1280x720 with all options shown at once; for titles, and where no font is found, it counts characters. Shorten the text in\n"
     "the language that the message names: translations are often a third longer than the original."},
    {"W706", "crowded-panel", DIAG_WARNING, "more options than the panel shows",
     "The panel shows 16 options at most. Those that come after them are neither seen nor can they be picked. Options\n"
     "with a `when` and without `locked` do not count while their `when` does not hold."},
    {"W707", "outdated-translation", DIAG_WARNING, "a translation of an earlier text",
     "The translation says by `of:` from which text it was made, and the story has another text there now. Viewers\n"
     "still see the translation. Translate the text again: `frumious export strings` marks what has changed."},

    /* ---- 8xx: clips, sounds and subtitles, against the graph ---- */
    {"E801", "unreadable-media", DIAG_ERROR, "a file that can't be read as the media it should be",
     "The file is there, but no decoder opens it: it is damaged, empty, or of another kind. A film like this plays\n"
     "as a slate; sounds and subtitles are left out. Open it in a media player; if that fails too, export it again."},
    {"W802", "wrong-kind", DIAG_WARNING, "a file of the wrong kind",
     "A clip without a picture, a picture where a film is needed or the other way round, a sound track without\n"
     "sound. `clip: FILE` plays a film, `clip: {image: FILE, for: 5s}` shows a picture, `sound:` plays sound."},
    {"E803", "beyond-the-file", DIAG_ERROR, "a range outside its file",
     "The clip's `from` or `to` lies after the end of its file. Times of a range count from the beginning of the\n"
     "file."},
    {"W804", "window-after-the-clip", DIAG_WARNING, "a decision that opens after its clip has ended",
     "The clip is shorter than its decision needs: the last picture stands still, in silence, while the viewer\n"
     "chooses. Open the decision earlier, or use a longer clip."},
    {"W805", "window-across-the-cut", DIAG_WARNING, "a decision that is still open when its clip ends",
     "The decision closes after the clip's end; until then the last picture stands still, in silence. Close it\n"
     "earlier, or use a longer clip."},
    {"W811", "size-changes", DIAG_WARNING, "the picture's size changes at a cut",
     "A clip and one that can follow it have pictures of different size or shape: at the cut the picture jumps, or\n"
     "its black bars change. Export all clips of a film in one size."},
    {"N812", "rate-changes", DIAG_NOTE, "the frame rate changes at a cut",
     "Each clip plays at exactly its own rate, but motion looks different at 24 and at 30 frames a second."},
    {"N813", "sample-rate-changes", DIAG_NOTE, "the sample rate changes at a cut",
     "Sound of any rate is converted to 48 kHz while it plays. Export everything at 48 kHz to avoid that."},
    {"W814", "channels-change", DIAG_WARNING, "the number of sound channels changes at a cut",
     "From mono to stereo, or the other way round: the sound gets wider or narrower at the cut. Export all clips\n"
     "with the same channels."},
    {"N815", "pixel-format-changes", DIAG_NOTE, "the pixel format changes at a cut",
     "Pictures of different formats are converted in different ways, so colours may differ slightly at the cut.\n"
     "Export all clips in one format (yuv420p) to avoid that."},
    {"W816", "short-sound", DIAG_WARNING, "the sound ends before the picture",
     "The rest of the clip plays in silence, which viewers notice at once. Export picture and sound with the same\n"
     "length."},
    {"W817", "badly-interleaved", DIAG_WARNING, "picture and sound are stored far apart in the file",
     "Picture and sound of one moment should be stored close together. Otherwise the player must read far ahead and\n"
     "keep what it read: the clip opens later and takes more memory. `ffmpeg -i FILE -c copy NEW` rewrites the file\n"
     "without loss."},
    {"W820", "line-across-the-cut", DIAG_WARNING, "a line of subtitles that its clip's end cuts off",
     "The rest of its time is never shown, or all of it, where it begins only after the end. Times of subtitles count\n"
     "from the beginning of the clip that they belong to, not from the timecode of a cut, which often begins at an\n"
     "hour. End the line before the cut; if it should stay, put it into the next clip's file as well."},
    {"W821", "line-under-the-panel", DIAG_WARNING, "a line of subtitles that the panel may cover",
     "Lines at the bottom make room for a decision's panel. A line with a position of its own (\\pos, \\move) can't,\n"
     "and may be covered while the decision is open. Remove its position, or end it before the decision opens."},
    {"N830", "no-key-frame", DIAG_NOTE, "a range that begins long after a key frame",
     "A film file holds whole pictures (key frames) only now and then, and between them what changes. The clip begins\n"
     "behind one, so the player has to go through all that lies between, unseen, before it can show the first picture.\n"
     "It begins on time all the same, because it is made ready ahead, but that takes longer. Export the film with key\n"
     "frames where clips begin: `ffmpeg -force_key_frames 31.4,…`."},
    {"N831", "several-sounds", DIAG_NOTE, "a film with several sounds that suit the same viewers",
     "The file holds several sound tracks that suit viewers of a language equally: none is marked as a commentary or\n"
     "as descriptions for blind viewers, which are left out. The one that the file calls its default is heard, else\n"
     "the first. `ffmpeg -i FILE -map 0 -c copy -disposition:a:0 default -disposition:a:1 comment NEW` marks them."},
    {"N832", "transparency-lost", DIAG_NOTE, "a film that is shown without its transparency",
     "WebM stores what is transparent in a second picture beside each, and the decoders of VP8 and VP9 that the player\n"
     "uses leave that out: the film is shown as if nothing in it were transparent. ProRes 4444, PNG in QuickTime and\n"
     "other formats that hold it in the picture itself are shown with it, over black."},
    {"W833", "odd-angle", DIAG_WARNING, "a film that asks for an angle between quarter turns",
     "The player turns pictures by 90, 180 and 270 degrees and mirrors them, as cameras write it. Another angle goes\n"
     "to the nearest of these. Turn the picture when it is exported."},
    {"N834", "high-dynamic-range", DIAG_NOTE, "a film in high dynamic range, or in wide colours",
     "Phones and cameras that write HDR (PQ or HLG) store highlights that screens in standard range can't show. The\n"
     "player rolls them off as BT.2390 describes it, much as mpv does, by the peak that the file tells (MaxCLL, else the\n"
     "mastering screen's, else 1000 cd/m2), and brings colours of BT.2020, P3, Adobe RGB and ProPhoto RGB to BT.709. That\n"
     "costs processor time while the clip plays: some 1 ns a pixel."},
    {"W835", "unknown-colours", DIAG_WARNING, "a film or still whose colours come out wrong",
     "Dolby Vision of profile 5, as some streaming services and phones write it, can be read by licensed decoders only,\n"
     "and no other picture is inside; other players show it in green and violet, and so does this one. Profiles 7 and 8\n"
     "carry HDR10 or HLG as well and are shown by that. Colours stored as ICtCp, YCgCo or with constant luminance are\n"
     "taken for plain YUV. Stills whose profile has a gamut or curves far from those of sRGB, P3, Adobe RGB, BT.2020 and\n"
     "ProPhoto RGB come out pale, too bright or too dark; those in CMYK in other colours. Export the film or still anew."},
    {"N836", "interlaced", DIAG_NOTE, "a film whose pictures are made of two fields",
     "Cameras and recordings for television store two half pictures in one, taken one after the other. The player keeps\n"
     "the second one's lines where nothing moves and draws them anew elsewhere, at the film's own rate. A good\n"
     "deinterlacer keeps more: `ffmpeg -i FILE -vf bwdif … NEW` gives twice as many pictures a second."},

    {"W837", "clock-restarts", DIAG_WARNING, "a film whose clock starts again in the middle",
     "MPEG-TS and MPEG-PS can be joined by putting one file behind the other (`cat`), and DVDs are. The parts play as\n"
     "one film, but nothing tells how long it is, and a part of it is found only by reading from the beginning.\n"
     "`ffmpeg -i FILE -c copy NEW.mkv` gives it one clock, without loss."},
    {"N838", "end-not-told", DIAG_NOTE, "a film or sound that does not say where it ends",
     "MPEG-TS, MPEG-PS and AAC are packets one behind the other, and what a program wrote into a pipe leaves its length\n"
     "open: Matroska, AVI, WAV, FLV, FLAC, NUT. If such a file loses its end in a copy, it looks whole. `check --deep`\n"
     "decodes it and finds a last picture that is damaged, but not one that is gone; compare its length with the\n"
     "original's. A copy of a whole file that says where it ends: `ffmpeg -i FILE -c copy NEW.mkv`."},
    {"N839", "subtitles-as-pictures", DIAG_NOTE, "a film that holds its subtitles as pictures, or in an unknown format",
     "Discs and broadcasts store subtitles as pictures (PGS, VobSub, DVB). They can't be shown: the player lays out\n"
     "text itself, in the viewer's size and clear of the choices. Teletext and TTML are text, but nothing here reads\n"
     "them. Programs for making subtitles read all of these and write text; name that file as the clip's `subtitles`.\n"
     "Of a film that has other text tracks as well, nothing is said."},

    /* ---- 84x: what only decoding shows (`check --deep`) ---- */
    {"W840", "flashing", DIAG_WARNING, "a picture that flashes more than three times a second",
     "It can cause seizures in people who are sensitive to light. WCAG 2.3.1 draws the line at three flashes in any\n"
     "second: pairs of opposing changes of relative luminance by 10 % or more, the darker below 80 %, in more than a\n"
     "quarter of any 10 degrees of the view (341x256 of 1024x768). Each clip is measured by itself: flashes that\n"
     "only the end of one and the beginning of the next make together are not found. This is a screening and\n"
     "certifies nothing: have such films tested."},
    {"W841", "red-flashing", DIAG_WARNING, "a picture that flashes in saturated red",
     "As W840, for changes from and to saturated red (R at least 80 % of R+G+B), to which people are most sensitive;\n"
     "smaller changes count here. (WCAG 2.0's measure: R-G-B of linear light changes by 1/16 or more.)"},
    {"W842", "loudness-jumps", DIAG_WARNING, "the loudness jumps at a cut",
     "A clip and one that can follow it differ by more than 3 LU in integrated loudness (EBU R128): a viewer who set\n"
     "the volume for the first is startled by the second, or can't understand it. Bring all clips to the same\n"
     "loudness: `ffmpeg -i FILE -af loudnorm=I=-23 -c:v copy NEW`. Leave it where it is intended, as after an\n"
     "explosion."},
    {"W843", "high-peak", DIAG_WARNING, "sound that comes too close to full scale",
     "Its true peak, between the samples, is above -1 dBTP (EBU R128). There converters and lossy codecs distort,\n"
     "and sounds that the player mixes in, such as cues, clip. Lower it, or limit it."},
    {"W844", "shorter-than-it-says", DIAG_WARNING, "a file that is shorter than it says itself",
     "The pictures end early; the last one stands still for the rest of the clip. Most often the copy or the export\n"
     "was interrupted: do it again. Many containers say how long they are or how they end, so `check` sees it without\n"
     "decoding; `--deep` finds the others."},
    {"W845", "damaged-pictures", DIAG_WARNING, "missing or damaged pictures in a clip",
     "In the part of the file that is played, the decoder found errors, pictures are missing in the sequence, the file\n"
     "ends before its header says, or its times are wrong. The film plays on, but viewers see it. Export or copy the\n"
     "file again."},

    /* ---- 85x: subtitles ---- */
    {"E851", "unknown-encoding", DIAG_ERROR, "subtitles whose letters can't be read",
     "A text is bytes and a table that says which letters they are. Here no table fits: the file is damaged, or in an\n"
     "encoding that is not known, and its lines are not shown. In Matroska and MP4, text must be UTF-8. Save the file\n"
     "as UTF-8 in a text editor, or convert it: `iconv -f WINDOWS-1251 -t UTF-8 OLD >NEW`."},
    {"W852", "guessed-encoding", DIAG_WARNING, "subtitles whose encoding had to be guessed",
     "The file is not UTF-8 and has no mark that tells its encoding. The player guesses from the letters, as mpv does,\n"
     "and a guess may be wrong for single letters or all of them. Save the file as UTF-8 in a text editor, or convert\n"
     "it: `iconv -f WINDOWS-1251 -t UTF-8 OLD >NEW`."},
    {"W853", "costly-subtitles", DIAG_WARNING, "subtitles of which the player leaves something out",
     "What drawing and keeping subtitles may cost is limited, so that no file can stop the film: 100,000 lines and 32 MB\n"
     "of text; 64 KB a line; letters and shapes that together cover a picture of 1920x1080 some 30 times, blur and\n"
     "borders included, or 120 times for all lines that are shown at once; 100 fonts and 64 MB of them, and 200 fonts\n"
     "and weights that the lines ask for; 1000 styles. What exceeds a limit is not shown or not used. A line whose\n"
     "times can't be read, or that ends before it begins, is not shown, either."},
    {"W854", "wrong-clock", DIAG_WARNING, "a track that seems to run on the other clock",
     "The times of a sound or subtitle file count from the beginning of the clip, or, with `clock: film`, from the\n"
     "beginning of the film's file, of which the clip may be a part. A track in the film's own file runs on the film's\n"
     "clock by itself. This file's times fit the other clock better."},
    {NULL, NULL, DIAG_NOTE, NULL, NULL},
};
/* clang-format on */

const struct diag_rule *diag_rules(void)
{
    return rules;
}

const struct diag_rule *diag_rule_find(const char *code)
{
    for (const struct diag_rule *r = rules; r->code; r++)
        if (g_ascii_strcasecmp(r->code, code) == 0 || strcmp(r->name, code) == 0)
            return r;
    return NULL;
}
