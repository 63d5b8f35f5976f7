#include "explore/explore_kind.h"

#include <assert.h>

static const struct explore_kind_info kinds[] = {
    [EXPLORE_STUCK] = {.name = "stuck",
                       .mistake = true,
                       .text = "When this node's film is over, nothing that leads on from it holds, and the node is no "
                               "ending: the film stands still.",
                       .help = "add a last part without a condition, or mark the node as an ending"},
    [EXPLORE_LOOP] = {.name = "silent-loop",
                      .mistake = true,
                      .text =
                          "Nodes without a clip lead to each other in a circle, which takes no time and never ends.",
                      .help = "give one of them a clip, or change the condition that should lead out of the circle"},
    [EXPLORE_NOTHING] = {.name = "nothing-to-choose",
                         .mistake = true,
                         .text = "The decision opens while the conditions of all its options are false: the viewer is "
                                 "asked and can't answer.",
                         .help = "leave one option without a condition, or don't lead here in that state"},
    [EXPLORE_VIOLATED] = {.name = "assert-violated",
                          .mistake = true,
                          .text = "Some play comes to a state in which this `assert` is false.",
                          .help = "with `--witness DIR`, `explore` writes the shortest such play"},
    [EXPLORE_TRAP] = {.name = "no-way-to-an-ending",
                      .mistake = true,
                      .text = "Some play comes to a point from which no ending can be reached any more, whatever is "
                              "chosen, although one could be reached before.",
                      .help = "give the nodes that go round there a way out"},
    [EXPLORE_ENDLESS] = {.name = "never-ends",
                         .mistake = true,
                         .text = "From the start of the story, no play reaches an ending.",
                         .help = "lead to an ending, or mark a node as one"},
    [EXPLORE_CLAMPED] = {.name = "clamped",
                         .text = "Some play takes this number out of its declared range. The number stays at the end "
                                 "of the range, and the rest of the change is lost.",
                         .help = "widen the range, or add a condition to the change"},
    [EXPLORE_GOAL] = {.name = "goal-missed",
                      .mistake = true,
                      .needs_proof = true,
                      .text = "No play enters this node, which `check: goal` requires to be reachable.",
                      .help = "lead to it, or remove the goal"},
    [EXPLORE_NODE] = {.name = "node-unreachable",
                      .mistake = true,
                      .needs_proof = true,
                      .text = "No play enters this node, so its film is never seen. What leads here is never taken, or "
                              "only in states in which another way wins.",
                      .help = "lead to it, change the condition that is in the way, or remove it"},
    [EXPLORE_ENDING] = {.name = "ending-unreachable",
                        .mistake = true,
                        .needs_proof = true,
                        .text = "No play reaches this ending.",
                        .help = "lead to its node, or remove it"},
    [EXPLORE_DECISION] = {.name = "decision-never-opens",
                          .mistake = true,
                          .needs_proof = true,
                          .text = "Plays enter the node, but the decision never opens, because an earlier decision in "
                                  "the same node always cuts first.",
                          .help = "open it before that one cuts, or let that one cut at the node's end"},
    [EXPLORE_OPTION] = {.name = "option-never-available",
                        .mistake = true,
                        .needs_proof = true,
                        .text = "The decision opens, but the condition of this option is false each time, so nobody "
                                "is ever offered it.",
                        .help = "change its condition, or remove the option"},
    [EXPLORE_PART] = {.name = "part-never-wins",
                      .needs_proof = true,
                      .text = "Plays follow this route, but never by this part: its condition never holds there, or an "
                              "earlier part always wins.",
                      .help = "change its condition or its place in the list, or remove it"},
    [EXPLORE_EFFECT] = {.name = "effect-never-runs",
                        .needs_proof = true,
                        .text = "The moment of this effect comes, but never while its condition holds.",
                        .help = "change its condition, or remove it"},
};
static_assert(sizeof kinds / sizeof *kinds == EXPLORE_KINDS, "every kind has a row");

const struct explore_kind_info *explore_kind_info(enum explore_kind kind)
{
    assert((unsigned)kind < EXPLORE_KINDS);
    return &kinds[kind];
}
