#!/usr/bin/python3
"""Writes a story of the size of the largest published film, and of the hard kind: hardly a state equals another.

It has 250 nodes, 174 decisions with 339 options, 62 booleans and 111 routing lists. Many decisions leave a trace: they
set a boolean that is read only acts later. What a viewer did is therefore remembered for most of the film, and states
that differ in it have different futures, so no search can merge them.

--go-on WHERE: three of four endings go on (`ending` with `next`), `back` into the last act, so that the film goes in circles,
to the `start`, where everything is forgotten, so that all of the film is one circle, or `forward` to an ending that doesn't.
--counter: a counter that nobody reads and that the viewer keeps from play to play.

Usage: hard.py [--seed N] [--traces N] [--go-on back|start|forward] [--counter] FILE.yaml
"""
import argparse
import random

NODES, DECISIONS, OPTIONS, BOOLS, ROUTES, ENDINGS = 250, 174, 339, 62, 111, 39
SCENES = NODES - ENDINGS  # nodes that are no ending
READ_BEHIND = 100         # a boolean is read at least so many scenes behind the one that sets it


class Story:
    """Nodes are numbered in the order of the film; every way leads forward."""

    def __init__(self, seed, traces, go_on, counter):
        self.random = random.Random(seed)
        self.go_on, self.counter = go_on, counter
        self.asks = sorted(self.random.sample(range(SCENES), DECISIONS))
        self.single = set(self.random.sample(self.asks, 2 * DECISIONS - OPTIONS))
        self.traced = self.place_traces(traces)  # by node: the boolean that its second option sets
        self.entered = self.place_derived(traces)  # by node: the boolean that entering it sets
        self.nexts = {node: self.plain(node) for node in range(SCENES)}
        self.options = {node: self.make_options(node) for node in self.asks}
        self.routes = []
        while len(self.routes) < ROUTES:
            self.add_route()

    def place_traces(self, traces):
        """Chooses the early decisions that set one of the first booleans."""
        double = [node for node in self.asks if node not in self.single and node < SCENES - READ_BEHIND]
        return dict(zip(sorted(self.random.sample(double, traces)), range(traces)))

    def place_derived(self, traces):
        """The other booleans are set where the film comes by."""
        scenes = sorted(self.random.sample(range(SCENES), BOOLS - traces))
        return dict(zip(scenes, range(traces, BOOLS)))

    def plain(self, node):
        """Draws the next scene or one a little further; behind the last one, and sometimes in the last act, an ending."""
        if node >= SCENES - 1 or (node > SCENES - 40 and self.random.random() < 0.15):
            return f"n{SCENES + self.random.randrange(ENDINGS)}"
        return f"n{min(SCENES - 1, node + self.random.choice((1, 1, 1, 2)))}"

    def make_options(self, node):
        names = "a" if node in self.single else "ab"
        sets = {"b": self.traced.get(node)}
        return [[name, sets.get(name), self.plain(node)] for name in names]

    def condition(self, node):
        """Asks for one or two booleans that were set long ago; None where there are none."""
        traced = [v for at, v in self.traced.items() if at + READ_BEHIND <= node]
        entered = [v for at, v in self.entered.items() if node - 12 <= at < node]
        if not traced:
            return None
        v = self.random.choice(traced)
        text = f"v{v}" if self.random.random() < 0.6 else f"not v{v}"
        if entered and self.random.random() < 0.4:
            text += f" {self.random.choice(('and', 'or'))} v{self.random.choice(entered)}"
        return text

    def add_route(self):
        """Leads on from a late scene by a list of conditions, of which the first that holds counts."""
        node = self.random.randrange(READ_BEHIND, SCENES)
        when = [self.condition(node) for _ in range(self.random.choice((1, 1, 2, 3)))]
        exits = [option for option in self.options.get(node, []) if not option[2].startswith("r")]
        if None in when or (node in self.options and not exits) or (node not in self.options and self.nexts[node].startswith("r")):
            return
        name = f"r{len(self.routes)}"
        self.routes.append([(w, self.plain(node)) for w in when] + [(None, self.plain(node))])
        if exits:
            self.random.choice(exits)[2] = name
        else:
            self.nexts[node] = name

    # ---- as a story

    def yaml_state(self):
        out = ["state:"] + [f"  v{i}: {{type: bool}}" for i in range(BOOLS)]
        return out + ["  plays: {type: int, min: 0, max: 1000000, keep: viewer}"] * self.counter

    def yaml_enter(self, node):
        sets = [f"v{i} = false" for i in range(BOOLS)] if self.go_on == "start" and node == 0 else []
        sets += [f"v{self.entered[node]} = true"] if node in self.entered else []
        sets += ["plays += 1"] * (self.counter and node == 0)
        return [f"    enter: [{', '.join(sets)}]"] if sets else []

    def yaml_decision(self, node):
        out = ["    decision:", f"      id: d{node}", "      opens: 1s", "      for: 3s", "      default: a", "      options:"]
        for name, trace, to in self.options[node]:
            do = f", do: [v{trace} = true]" if trace is not None else ""
            out.append(f"        {name}: {{text: {name}{do}, goto: {to}}}")
        return out

    def yaml_node(self, node):
        out = [f"  n{node}:", f"    clip: {{card: N{node}, for: {6 + node % 50}s}}", *self.yaml_enter(node)]
        if node in self.options:
            return out + self.yaml_decision(node)
        if node < SCENES:
            return out + [f"    next: {self.nexts[node]}"]
        out.append(f"    ending: {{id: end{node}, title: E{node}}}")
        to = {"back": SCENES - 1 - (node - SCENES) % 9, "start": 0}.get(self.go_on, (NODES - 1) // 4 * 4)
        return out + [f"    next: n{to}"] * (self.go_on is not None and node % 4 > 0)

    def yaml(self):
        out = ["frumious: 1", "id: bench.hard", "title: Hard", "version: '1'", "start: n0", *self.yaml_state(), "nodes:"]
        for node in range(NODES):
            out += self.yaml_node(node)
        out.append("routes:")
        for i, parts in enumerate(self.routes):
            out.append(f"  r{i}:")
            out += [f"    - {{{f'when: {when}, ' if when else ''}goto: {to}}}" for when, to in parts]
        return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=2)
    parser.add_argument("--traces", type=int, default=20)
    parser.add_argument("--go-on", choices=["back", "start", "forward"])
    parser.add_argument("--counter", action="store_true")
    parser.add_argument("yaml")
    a = parser.parse_args()
    with open(a.yaml, "w") as file:
        file.write(Story(a.seed, a.traces, a.go_on, a.counter).yaml())


main()
