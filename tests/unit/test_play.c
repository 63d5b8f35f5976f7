/* The rules of the step function, one row each: a story, inputs, and the effects that must be told, in order. */
#include "tests/story_text.h"
#include "tap.h"

#include "play/play.h"
#include "story/limits.h"

#include <glib/gstdio.h>
#include <stdlib.h>

/*
 * Inputs: S start, + advance, .NAME pick, L leave, <NAME back, each perhaps behind `!` (must be refused) or `N:` (draw
 * part N). Told: enter/leave/end/finish(NAME), x=1 or x=1! (clamped), open(d: options), pick/timeout(d: option)
 * with `cut`, draw N, rewind(d), again(d), stuck(way), stuck(loop).
 */
static const struct rule {
    const char *name, *story, *inputs, *told;
} rules[] = {
    {"enter effects run in order, each under its own condition, seen and count already changed",
     "state: {x: {type: int, min: 0, max: 9}, p: bool}\n"
     "nodes:\n"
     "  a: {clip: {card: A, for: 9s}, ending: {id: e, title: E}, enter: [x = 1, {do: x += 2, when: x == 1}, "
     "{do: x += 4, when: x == 1}, toggle p, {do: x += 1, when: seen(a) and count(a) == 1 and p}]}\n",
     "S !+ L !L", "enter(a) x=1 x=3 p=1 x=4 end(e) leave(a) finish(e)"},
    {"what leaves an int's range is clamped",
     "state: {x: {type: int, min: -2, max: 3}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, enter: [x += 3, x += 1, x -= 100, x = 1000000000 * 1000000000], "
     "ending: {id: e, title: E}}}\n",
     "S", "enter(a) x=3 x=3! x=-2! x=3! end(e)"},
    {"events happen in the order at, close, open",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, at: [{time: 2s, do: x = 1}, {time: 4s, do: x = 2}], next: b, decisions: ["
     "{id: d, opens: 1s, for: 3s, default: o, options: {o: O}}, {id: f, opens: 4s, for: 1s, default: o, options: {o: "
     "O}}]}, b: {clip: {card: B, for: 1s}, ending: {id: e, title: E}}}\n",
     "S !L !.o + !L + + + + + !+", "enter(a) open(d: o) x=1 x=2 timeout(d: o) open(f: o) timeout(f: o)"},
    {"a pick: do, then the target, then after; the close that follows does nothing",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 3s, default: o, options: {"
     "o: {text: O, do: x += 1, after: x += 5, goto: [{when: 'x == 1 and picked(d, o)', goto: b}, {goto: c}]}, "
     "n: {text: N, when: x > 5}}}, next: c}, b: {clip: {card: B, for: 1s}, ending: {id: e, title: E}}, c: {next: b}}\n",
     "S + !.n .o !.o !L + L", "enter(a) open(d: o) pick(d: o) x=1 x=6 leave(a) enter(b) end(e)"},
    {"availability is settled when the decision opens",
     "state: {p: bool}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, at: [{time: 2s, do: p = true}], next: b, decision: {id: d, opens: 1s, for: "
     "3s, default: n, options: {n: {text: N, when: p, goto: c}, o: O}}}, b: {clip: {card: B, for: 1s}, ending: {id: e, "
     "title: E}}, c: {next: b}}\n",
     "S + + !.n + L", "enter(a) open(d: o) p=1 timeout(d: -) leave(a) enter(b) end(e)"},
    {"a timeout without its own takes the default option, and is no pick",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 3s, default: o, options: {o: {text: O, "
     "do: "
     "x = 3, goto: [{when: 'picked(d, o)', goto: c}, {goto: b}], after: x = 4}}}}, b: {clip: {card: B, for: 1s}, "
     "ending: "
     "{id: e, title: E}}, c: {next: b}}\n",
     "S + + L", "enter(a) open(d: o) timeout(d: o) x=3 x=4 leave(a) enter(b) end(e)"},
    {"a timeout of its own: do and goto, not the default",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 3s, default: o, timeout: {do: x = 1, "
     "goto: "
     "[{when: x == 1, goto: b}]}, options: {o: {text: O, do: x = 3, goto: c}}}, next: c}, b: {clip: {card: B, for: "
     "1s}, "
     "ending: {id: e, title: E}}, c: {next: b}}\n",
     "S + + L", "enter(a) open(d: o) timeout(d: -) x=1 leave(a) enter(b) end(e)"},
    {"a timeout as an option goes on as if that had been taken, available or not",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 3s, default: p, timeout: {do: x = 1, as: "
     "o}, "
     "options: {o: {text: O, when: x == 5, do: x += 3, goto: c, after: x += 1}, p: P}}, next: b}, b: {clip: {card: B, "
     "for: 1s}, ending: {id: e, title: E}}, c: {next: b}}\n",
     "S + + L", "enter(a) open(d: p) timeout(d: o) x=1 x=4 x=5 leave(a) enter(c) leave(c) enter(b) end(e)"},
    {"what does not hold falls through to next",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 3s, default: o, options: {o: {text: O, "
     "goto: "
     "[{when: x > 0, goto: c}, {goto: r}]}}}, next: [{when: x > 0, goto: c}, {goto: b}]}, "
     "b: {clip: {card: B, for: 1s}, ending: {id: e, title: E}}, c: {next: b}}\n"
     "routes: {r: [{when: x > 1, goto: c}, {goto: q}], q: [{when: x > 2, goto: c}]}\n",
     "S + .o + L L", "enter(a) open(d: o) pick(d: o) leave(a) enter(b) end(e) leave(b) finish(e)"},
    {"nowhere to go: stuck",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, next: [{when: x > 0, goto: b}], enter: {do: x = 1, "
     "when: x == 9}}, b: {clip: {card: B, for: 1s}, ending: {id: e, title: E}}}\n",
     "S L !L !+", "enter(a) leave(a) stuck(way)"},
    {"an ending may lead on",
     "nodes: {a: {ending: {id: one, title: E}, next: b}, b: {clip: {card: B, for: 1s}, ending: {id: two, title: E}}}\n",
     "S L", "enter(a) end(one) leave(a) enter(b) end(two) leave(b) finish(two)"},
    {"cut: now leaves events out, also where the decision leads nowhere",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, at: [{time: 6s, do: x = 1}], decision: {id: d, cut: now, opens: 1s, for: "
     "3s, "
     "default: o, options: {o: O}}, next: b}, b: {clip: {card: B, for: 1s}, ending: {id: e, title: E}}}\n",
     "S + .o !+ !<d L", "enter(a) open(d: o) pick(d: o) cut leave(a) enter(b) end(e)"},
    {"going back restores all but what is kept",
     "state: {x: {type: int, min: 0, max: 9}, r: {type: int, min: 0, max: 9, rewind: keep}, v: {type: int, min: 0, "
     "max: "
     "9, keep: viewer}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 3s, default: o, options: {o: {text: O, "
     "do: "
     "[x = 1, r += 1, v += 1]}, n: {text: N, when: 'not picked(d, o) and count(b) == 0', goto: b}}}, next: b}, "
     "b: {clip: {card: B, for: 1s}, ending: {id: e, title: E}}}\n",
     "S !<d + .o + L <d !L + !L !<nobody",
     "enter(a) open(d: o,n) pick(d: o) x=1 r=1 v=1 leave(a) enter(b) end(e) leave(b) rewind(d) open(d: o,n)"},
    {"going back works when the film is over, and not where it may not",
     "nodes: {a: {clip: {card: A, for: 9s}, decisions: [{id: d, opens: 1s, for: 3s, default: o, options: {o: O}}, {id: "
     "f, "
     "checkpoint: false, opens: 5s, for: 3s, default: o, options: {o: O}}], ending: {id: e, title: E}}}\n",
     "S + .o + + .o + L !<f <d + !<f",
     "enter(a) end(e) open(d: o) pick(d: o) open(f: o) pick(f: o) leave(a) "
     "finish(e) rewind(d) open(d: o)"},
    {"again(): back before the decision, with everything that happened since; not before it was asked",
     "state: {x: {type: int, min: 0, max: 9}, r: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, enter: r += 1, at: [{time: 1s, do: x += 1}], next: b, decision: {id: d, "
     "opens: 2s, for: 3s, default: o, options: {o: {text: O, do: x += 2}, n: {text: N, when: asked(d), goto: c}}}}, "
     "b: {clip: {card: B, for: 9s}, next: again(d)}, c: {clip: {card: C, for: 1s}, ending: {id: e, title: E}}}\n",
     "S + + .o + L L + .n + L",
     "enter(a) r=1 x=1 open(d: o) pick(d: o) x=3 leave(a) enter(b) leave(b) again(d) open(d: o,n) pick(d: n) leave(a) "
     "enter(c) end(e)"},
    {"again() does not hold before its decision was asked, and a timeout asks, too",
     "nodes: {a: {clip: {card: A, for: 9s}, next: [{goto: again(d)}, {goto: b}]}, b: {clip: {card: B, for: 9s}, "
     "decision: {id: d, opens: 1s, for: 3s, timeout: {goto: again(d)}, options: {o: {text: O, goto: c}}}}, c: {clip: "
     "{card: C, for: 1s}, ending: {id: e, title: E}}}\n",
     "S L + + L + .o + L L",
     "enter(a) leave(a) enter(b) open(d: o) timeout(d: -) leave(b) again(d) open(d: o) pick(d: o) leave(b) enter(c) "
     "end(e) leave(c) finish(e)"},
    {"behind the endings: a node with a role ends the film with the ending that was reached last",
     "nodes: {a: {clip: {card: A, for: 9s}, ending: {id: e, title: E}, next: c}, c: {role: credits, clip: {card: C, "
     "for: "
     "9s}, next: p}, p: {role: post-play, clip: {card: P, for: 9s}, decision: {id: d, opens: 1s, for: 3s, cut: now, "
     "default: o, options: {o: {text: O, then: again}}}}}\n",
     "S L L + .o L !L",
     "enter(a) end(e) leave(a) enter(c) leave(c) enter(p) open(d: o) pick(d: o) cut leave(p) finish(e)"},
    {"and gets stuck without one",
     "nodes: {a: {clip: {card: A, for: 9s}, next: [{when: seen(z), goto: z}, {goto: c}]}, c: {role: credits, clip: "
     "{card: "
     "C, for: 9s}}, z: {clip: {card: Z, for: 1s}, ending: {id: e, title: E}}}\n",
     "S L L", "enter(a) leave(a) enter(c) leave(c) stuck(way)"},
    {"the story's own back() does not hold before the decision opened",
     "state: {x: {type: int, min: 0, max: 9, rewind: keep}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, next: [{goto: back(d)}, {goto: b}]}, b: {clip: {card: B, for: 9s}, enter: "
     "x += "
     "1, decision: {id: d, opens: 1s, for: 3s, default: o, options: {o: {text: O, goto: a}}}}, c: "
     "{clip: {card: B, for: 1s}, ending: {id: e, title: E}}}\nroutes: {unused: [{goto: c}]}\n",
     "S L + .o + L L + .o",
     "enter(a) leave(a) enter(b) x=1 open(d: o) pick(d: o) leave(b) enter(a) leave(a) rewind(d) open(d: o) pick(d: o)"},
    {"random routes draw what they are told, or the next that holds",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, next: r}, b: {clip: {card: B, for: 1s}, enter: {do: x = 9, when: x == 8}, "
     "next: "
     "a}, c: {clip: {card: C, for: 1s}, ending: {id: e, title: E}}}\n"
     "routes: {r: [{random: [{weight: 1, when: x == 0, goto: b}, {weight: 2, when: x == 7, goto: c}, {weight: 1, goto: "
     "c}]}]}\n",
     "S 0:L L 1:L", "enter(a) leave(a) draw 0 enter(b) leave(b) enter(a) leave(a) draw 2 enter(c) end(e)"},
    {"a silent chain that comes back with the same values is a loop",
     "state: {x: {type: int, min: 0, max: 9}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, next: b}, b: {next: [{when: x == 9, goto: c}, {goto: b}]}, c: {clip: "
     "{card: C, "
     "for: 1s}, enter: {do: x = 1, when: x == 9}, ending: {id: e, title: E}}}\n",
     "S", "enter(a)"},
    {"a silent chain that counts is none",
     "state: {x: {type: int, min: 0, max: 3}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, next: b}, b: {enter: x += 1, next: [{when: x == 3, goto: c}, {goto: b}]}, "
     "c: "
     "{clip: {card: C, for: 1s}, ending: {id: e, title: E}}}\n",
     "S L", "enter(a) leave(a) enter(b) x=1 leave(b) enter(b) x=2 leave(b) enter(b) x=3 leave(b) enter(c) end(e)"},
    {"code entry: options like others",
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, layout: code, opens: 1s, for: 3s, default: bad, options: "
     "{good: "
     "{text: G, code: '42', goto: b}, bad: {text: Wrong, wrong: true, goto: b}}}}, b: {clip: {card: B, for: 1s}, "
     "ending: "
     "{id: e, title: E}}}\n",
     "S + .good + L", "enter(a) open(d: good,bad) pick(d: good) leave(a) enter(b) end(e)"},
    {"an experiment's arm is drawn before the film begins, and stays when the viewer goes back; a variant has its own "
     "default",
     "experiments: {x: {arms: [one, two]}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 3s, default: o, variants: [{when: x == "
     "two, "
     "default: n}], options: {o: {text: O, goto: c}, n: {text: N, goto: b}}}}, b: {clip: {card: B, for: 1s}, ending: "
     "{id: "
     "e, title: E}}, c: {next: b}}\n",
     "1:S + + L <d + +",
     "draw 1 enter(a) open(d: o,n) timeout(d: n) leave(a) enter(b) end(e) leave(b) rewind(d) open(d: o,n) timeout(d: "
     "n)"},
    {"the other arm has the decision's own default",
     "experiments: {x: {arms: [one, two]}}\n"
     "nodes: {a: {clip: {card: A, for: 9s}, decision: {id: d, opens: 1s, for: 3s, default: o, variants: [{when: x == "
     "two, "
     "default: n}], options: {o: {text: O, goto: c}, n: {text: N, goto: b}}}}, b: {clip: {card: B, for: 1s}, ending: "
     "{id: "
     "e, title: E}}, c: {next: b}}\n",
     "0:S + +", "draw 0 enter(a) open(d: o,n) timeout(d: o)"},
};

struct effect_log {
    const struct story *s;
    GString *out;
};

static void tell_decided(const struct story *s, GString *out, const struct play_effect *fx)
{
    const struct story_decision *d = &s->decisions[fx->decide.decision];
    g_string_append_printf(out, "%s(%s: %s)%s", fx->decide.outcome == PLAY_PICKED ? "pick" : "timeout", d->name,
                           fx->decide.option < 0 ? "-" : s->options[d->options.first + fx->decide.option].name,
                           fx->decide.cut ? " cut" : "");
}

static void tell_open(const struct story *s, GString *out, const struct play_effect *fx)
{
    const struct story_decision *d = &s->decisions[fx->open.decision];
    const char *comma = "";
    g_string_append_printf(out, "open(%s: ", d->name);
    for (int32_t i = 0; i < d->options.n; i++)
        if (fx->open.available >> i & 1) {
            g_string_append_printf(out, "%s%s", comma, s->options[d->options.first + i].name);
            comma = ",";
        }
    g_string_append_c(out, ')');
}

static void tell(void *user, const struct play_effect *fx)
{
    const struct effect_log *t = user;
    const struct story *s = t->s;
    if (t->out->len)
        g_string_append_c(t->out, ' ');
    switch (fx->kind) {
    case PLAY_DID_LEAVE:
        g_string_append_printf(t->out, "leave(%s)", s->nodes[fx->leave.node].name);
        break;
    case PLAY_DID_ENTER:
        g_string_append_printf(t->out, "enter(%s)", s->nodes[fx->enter.node].name);
        break;
    case PLAY_DID_SET:
        g_string_append_printf(t->out, "%s=%d%s", s->vars[fx->set.variable].name, fx->set.new_value,
                               fx->set.clamped ? "!" : "");
        break;
    case PLAY_DID_OPEN:
        tell_open(s, t->out, fx);
        break;
    case PLAY_DID_DECIDE:
        tell_decided(s, t->out, fx);
        break;
    case PLAY_DID_DRAW:
        g_string_append_printf(t->out, "draw %d", fx->draw.part);
        break;
    case PLAY_DID_REWIND:
        g_string_append_printf(t->out, fx->rewind.keeps ? "again(%s)" : "rewind(%s)",
                               s->decisions[fx->rewind.decision].name);
        break;
    case PLAY_DID_END:
        g_string_append_printf(t->out, "end(%s)", s->endings[fx->end.ending].name);
        break;
    case PLAY_DID_FINISH:
        g_string_append_printf(t->out, "finish(%s)", s->endings[fx->finish.ending].name);
        break;
    case PLAY_DID_STICK:
        g_string_append(t->out, fx->stick.why == PLAY_NO_WAY ? "stuck(way)" : "stuck(loop)");
        break;
    }
}

static struct story *load(const char *body)
{
    g_autofree char *text = g_strconcat("frumious: 1\nid: test.play\ntitle: T\nstart: a\n", body, NULL);
    return story_from_text(text);
}

static struct play_input input_of(const struct story *s, const int32_t *st, const char *word)
{
    switch (*word) {
    case 'S':
        return (struct play_input){.kind = PLAY_START, .seed = 1};
    case '+':
        return (struct play_input){.kind = PLAY_ADVANCE};
    case 'L':
        return (struct play_input){.kind = PLAY_LEAVE};
    case '<':
        return (struct play_input){.kind = PLAY_BACK, .decision = story_find_decision(s, word + 1)};
    default:
        break;
    }
    const int32_t open = st[PLAY_OPEN];
    return (struct play_input){.kind = PLAY_PICK, .option = open < 0 ? 0 : story_find_option(s, open, word + 1)};
}

static bool take_word(const struct story *s, int32_t *st, const char *word, struct effect_log *t)
{
    const bool refused = *word == '!';
    int32_t draw = 0;
    word += refused;
    const bool forced = g_ascii_isdigit(*word);
    if (forced) {
        draw = *word - '0';
        word += 2;
    }
    struct play_input in = input_of(s, st, word);
    in.draws = forced ? &draw : NULL;
    in.n_draws = forced;
    return play_step(s, st, &in, tell, t) != refused && play_check(s, st);
}

static void test_rule(const struct rule *r)
{
    struct story *s = load(r->story);
    if (!ok(s != NULL, "story of: %s", r->name))
        return;
    struct effect_log t = {s, g_string_new(NULL)};
    int32_t *st = g_new(int32_t, play_state_slots(s));
    char **words = g_strsplit(r->inputs, " ", -1);
    play_init(s, st);
    for (char **w = words; *w; w++)
        if (!take_word(s, st, *w, &t))
            ok(false, "input %s of: %s", *w, r->name);
    is_str(t.out->str, r->told, r->name);
    g_strfreev(words);
    g_free(st);
    g_string_free(t.out, TRUE);
    story_free(s);
}

/* ---- what rows can't say ------------------------------------------------------------------------------------ */

static void take(const struct story *s, int32_t *st, const char *inputs)
{
    struct effect_log t = {s, g_string_new(NULL)};
    char **words = g_strsplit(inputs, " ", -1);
    for (char **w = words; *w; w++)
        if (!take_word(s, st, *w, &t))
            ok(false, "input %s", *w);
    g_strfreev(words);
    g_string_free(t.out, TRUE);
}

static void test_silent_loop(void)
{
    struct story *s = load(rules[20].story);
    int32_t *st = g_new(int32_t, play_state_slots(s));
    struct effect_log t = {s, g_string_new(NULL)};
    const struct play_input leave = {.kind = PLAY_LEAVE};
    play_init(s, st);
    take(s, st, "S");
    play_step(s, st, &leave, tell, &t);
    ok(g_str_has_suffix(t.out->str, "enter(b) stuck(loop)"), "a silent loop is told");
    ok(t.out->len < 5000, "and is found soon (%d bytes of trace)", (int)t.out->len);
    is_int(st[PLAY_PHASE], PLAY_STUCK, "the phase is stuck");
    is_int(st[PLAY_STUCK_WHY], PLAY_SILENT_LOOP, "and says why");
    g_string_free(t.out, TRUE);
    g_free(st);
    story_free(s);
}

/* More decisions than checkpoints are kept; the first is named by a back(). */
static void test_checkpoint_limits(void)
{
    enum { N = STORY_CHECKPOINTS_KEPT + 8 };
    GString *y = g_string_new("nodes:\n");
    for (int i = 0; i < N; i++)
        g_string_append_printf(y,
                               "  %s%d: {clip: {card: A, for: 9s}, next: n%d, decision: {id: d%d, opens: 1s, for: 3s, "
                               "default: o, options: {o: O}}}\n",
                               i ? "n" : "a: {next: n0}\n  n", i, i + 1, i);
    g_string_append_printf(
        y, "  n%d: {clip: {card: Z, for: 1s}, next: [{goto: back(d0)}], ending: {id: e, title: E}}\n", N);
    struct story *s = load(y->str);
    int32_t *st = g_new(int32_t, play_state_slots(s));
    play_init(s, st);
    take(s, st, "S");
    for (int i = 0; i < N; i++)
        take(s, st, "+ .o + L");
    is_int(st[PLAY_CHECKPOINTS], STORY_CHECKPOINTS_KEPT + 1, "the ordinary ones kept, and the one that is needed");
    ok(play_can_go_back(s, st, story_find_decision(s, "d0")), "the one that back() names is never dropped");
    ok(!play_can_go_back(s, st, story_find_decision(s, "d7")), "the oldest ordinary ones are dropped");
    ok(play_can_go_back(s, st, story_find_decision(s, "d8")), "the latest are kept");
    is_str(s->decisions[play_checkpoint(s, st, 1)].name, "d8", "oldest first");
    take(s, st, "L");
    is_str(s->nodes[st[PLAY_NODE]].name, "n0", "and it leads there");
    is_int(st[PLAY_CHECKPOINTS], 0, "which forgets what came later");
    g_free(st);
    story_free(s);
    g_string_free(y, TRUE);
}

static void test_kept_and_count(void)
{
    struct story *s = load("state: {v: {type: int, min: 0, max: 3, keep: viewer}, x: {type: int, min: 0, max: 3, "
                           "initial: 2}, p: {type: bool, keep: viewer}}\n"
                           "nodes: {a: {clip: {card: A, for: 1s}, enter: {do: x = 1, when: p and v > 9}, next: "
                           "[{when: count(a) == 99, goto: b}, {goto: a}]}, b: {clip: {card: B, for: 1s}, ending: {id: "
                           "e, title: E}}}\n");
    int32_t *st = g_new(int32_t, play_state_slots(s)), kept[] = {99, -7};
    const struct play_input start = {.kind = PLAY_START, .kept = kept};
    play_init(s, st);
    play_step(s, st, &start, NULL, NULL);
    is_int(st[PLAY_VALUES], 3, "kept values are clamped");
    is_int(st[PLAY_VALUES + 1], 2, "others have their initial value");
    is_int(st[PLAY_VALUES + 2], 0, "kept values come in the order of the variables");
    for (int i = 0; i < 30; i++)
        take(s, st, "L");
    is_int(st[PLAY_VALUES + 3], STORY_COUNT_MAX, "count() stops at its limit");
    g_free(st);
    story_free(s);
}

/* Draws follow the weights: 3 to 1, with 20,000 of them the error is below 2 %. */
static void test_weights(void)
{
    struct story *s = load(
        "nodes: {a: {clip: {card: A, for: 1s}, next: [{random: [{weight: 3, goto: b}, {weight: 1, goto: c}]}]}, b: "
        "{clip: {card: B, for: 1s}, next: a}, c: {clip: {card: C, for: 1s}, next: a}, z: {clip: {card: Z, for: 1s}, "
        "ending: {id: e, title: E}}}\n");
    int32_t *st = g_new(int32_t, play_state_slots(s));
    const struct play_input leave = {.kind = PLAY_LEAVE};
    int n_b = 0;
    play_init(s, st);
    take(s, st, "S");
    for (int i = 0; i < 20000; i++) {
        play_step(s, st, &leave, NULL, NULL);
        n_b += st[PLAY_NODE] == story_find_node(s, "b");
        play_step(s, st, &leave, NULL, NULL);
    }
    ok(n_b > 14700 && n_b < 15300, "draws follow the weights (%d of 20000, wanted 15000)", n_b);
    g_free(st);
    story_free(s);
}

/* Two experiments over many seeds: each by its weights, and neither tells anything about the other. */
static void test_arms(void)
{
    struct story *s = load("experiments: {x: {arms: {one: 3, two: 1}}, y: {arms: [one, two]}}\n"
                           "nodes: {a: {clip: {card: A, for: 1s}, ending: {id: e, title: E}}}\n");
    int32_t *st = g_new(int32_t, play_state_slots(s));
    int n[2][2] = {{0}};
    for (uint64_t seed = 0; seed < 16000; seed++) {
        const struct play_input start = {.kind = PLAY_START, .seed = seed};
        play_init(s, st);
        play_step(s, st, &start, NULL, NULL);
        n[st[PLAY_VALUES]][st[PLAY_VALUES + 1]]++;
    }
    ok(abs(n[0][0] - 6000) < 250 && abs(n[0][1] - 6000) < 250 && abs(n[1][0] - 2000) < 200 && abs(n[1][1] - 2000) < 200,
       "arms follow the weights (%d %d %d %d of 16000)", n[0][0], n[0][1], n[1][0], n[1][1]);
    g_free(st);
    story_free(s);
}

/* States from outside: each slot in turn gets nonsense; what passes the check must be playable. */
static void test_check(void)
{
    static const int32_t nonsense[] = {-2, -1, 0, 1, 2, 3, 7, 64, 1000, INT32_MAX, INT32_MIN};
    struct story *s = load(rules[13].story);
    const int32_t n = play_state_slots(s);
    int32_t *st = g_new(int32_t, n), *bad = g_new(int32_t, n), *scratch = g_new(int32_t, n * PLAY_FORESEE_STATES);
    int refused = 0;
    play_init(s, st);
    take(s, st, "S + .o + +");
    ok(play_check(s, st), "a real state passes");
    for (int32_t i = 0; i < n; i++)
        for (size_t k = 0; k < G_N_ELEMENTS(nonsense); k++) {
            memcpy(bad, st, (size_t)n * sizeof *bad);
            bad[i] = nonsense[k];
            if (!play_check(s, bad)) {
                refused++;
                continue;
            }
            for (int kind = PLAY_START; kind <= PLAY_JUMP; kind++) {
                const struct play_input in = {.kind = (enum play_input_kind)kind};
                play_step(s, bad, &in, NULL, NULL);
            }
        }
    ok(refused > n, "nonsense is refused (%d times)", refused);
    g_free(scratch);
    g_free(bad);
    g_free(st);
    story_free(s);
}

/* The step function's object files may call nothing but these and each other, so that they cannot allocate, log or do
 * I/O. */
static void test_object(const char *program, const char *name, bool may_assert)
{
    static const char *const allowed[] = {"memcpy", "memmove", "memset", "memcmp"};
    char *folder = g_path_get_dirname(program);
    char *object = g_build_filename(folder, "..", "obj", "engine", "play", name, NULL);
    char *argv[] = {(char *)"nm", (char *)"-u", (char *)"-P", object, NULL}, *out = NULL;
    const bool there = ok(g_file_test(object, G_FILE_TEST_EXISTS), "%s is there", object);
    if (there && !g_spawn_sync(NULL, argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL, NULL)) {
        skip(name, "nm is not there");
    } else if (there) {
        char **lines = g_strsplit(out, "\n", -1);
        for (char **l = lines; *l; l++) {
            const size_t len = strcspn(*l, " ");
            bool known = len == 0 || strstr(*l, "san_") || strstr(*l, "gcov") || (*l)[0] == '_';
            for (size_t i = 0; i < G_N_ELEMENTS(allowed); i++)
                known |=
                    g_str_has_prefix(*l, "play_") || (strlen(allowed[i]) == len && strncmp(*l, allowed[i], len) == 0);
            if (!known || (!may_assert && g_str_has_prefix(*l, "__assert")))
                ok(false, "%s calls %.*s", name, (int)len, *l);
        }
        ok(true, "%s was looked through", name);
        g_strfreev(lines);
    }
    g_free(out);
    g_free(object);
    g_free(folder);
}

int main(int argc, char **argv)
{
    (void)argc;
    for (size_t i = 0; i < G_N_ELEMENTS(rules); i++)
        test_rule(&rules[i]);
    test_silent_loop();
    test_checkpoint_limits();
    test_kept_and_count();
    test_weights();
    test_arms();
    test_check();
    test_object(argv[0], "play.o", false);
    test_object(argv[0], "check.o", false);
    test_object(argv[0], "foresee.o", false);
    test_object(argv[0], "schedule.o", true);
    return tap_done();
}
