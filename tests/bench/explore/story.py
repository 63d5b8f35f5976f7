#!/usr/bin/python3
"""Writes a story shaped like the largest published film, and the same story for SPIN and in ink.

It has 250 nodes, 170 decisions with 340 options, 62 variables (59 bool, 3 enum), 350 conditions, and 111 named
routes, up to three deep. The number of its states depends on --free: that many variables are set independently by the
viewer's choices, and the others only follow from where the film has been.

Usage: story.py [--seed N] [--free N] FILE.yaml FILE.pml [FILE.ink]
"""
import argparse
import random

NODES, DECISIONS, ROUTES, CONDITIONS, BOOLS, ENUMS = 250, 170, 111, 350, 59, 3
ENUM_VALUES = ("red", "green", "blue", "gold")
ENDINGS = 22


class Story:
    """A random story. Nodes are numbered in the order of the film; edges lead forward, or a few nodes back."""

    def __init__(self, seed, free, density, back):
        self.random = random.Random(seed)
        self.free, self.density, self.back = free, density, back
        self.conditions = 0
        self.asks = set(self.random.sample(range(NODES - ENDINGS), DECISIONS))
        self.routes = []
        self.options = {}
        self.enters = {}
        self.nexts = {}
        for i in range(ROUTES):
            self.routes.append(None)
        self.make()

    def variable(self, i):
        return f"v{i}"

    def literal(self, node):
        """A term of a condition, which mostly tests a variable that was set not long before."""
        self.conditions += 1
        dice = self.random.random()
        if dice < 0.1:
            return f"e{self.random.randrange(ENUMS)} == {self.random.choice(ENUM_VALUES)}"
        i = self.near(node)
        return self.variable(i) if dice < 0.6 else f"not {self.variable(i)}"

    def near(self, node):
        """Draws one of the variables that belong to this part of the film."""
        first = node * BOOLS // NODES
        return min(BOOLS - 1, max(0, first - self.random.randrange(12)))

    def condition(self, node):
        parts = [self.literal(node) for _ in range(self.random.choice((1, 1, 1, 2, 2, 3)))]
        self.conditions -= len(parts) - 1
        return f" {self.random.choice(('and', 'or'))} ".join(parts)

    def ahead(self, node):
        """Draws a target: mostly the next node, sometimes one a little further or back, and in the last act an
        ending."""
        last = NODES - ENDINGS - 1
        dice = self.random.random()
        if node >= last or (node > last - 40 and dice < 0.1):
            return last + 1 + self.random.randrange(ENDINGS)
        if dice > 1 - self.back and node > 4 and node in self.asks:
            return node - self.random.randrange(1, 4)
        return min(last, node + (2 if dice > 0.9 - self.back else 1))

    def make_route(self, i, node, nested):
        parts = []
        for _ in range(self.random.choice((1, 1, 2))):
            inner = nested and self.random.random() < 0.5
            parts.append((self.condition(node), ("route", nested.pop()) if inner and nested else
                          ("node", self.ahead(node))))
        parts.append((None, ("node", node + 1)))
        self.routes[i] = parts

    def target(self, node, free_routes):
        if free_routes and self.random.random() < 0.5:
            i, nested = free_routes.pop(), []
            for _ in range(self.random.choice((0, 1, 1, 2))):
                if free_routes:
                    nested.append(free_routes.pop())
            for k in nested:
                self.make_route(k, node, [])
            self.make_route(i, node, nested)
            return ("route", i)
        return ("node", self.ahead(node))

    def effects(self, node):
        out = []
        if self.random.random() < self.density:
            i = self.near(node) * self.free // BOOLS * BOOLS // self.free
            out.append((self.variable(i), self.random.choice(("true", "true", "false"))))
        if self.random.random() < 0.02:
            out.append((f"e{self.random.randrange(ENUMS)}", self.random.choice(ENUM_VALUES)))
        return out

    def make(self):
        free_routes = list(range(ROUTES))
        self.random.shuffle(free_routes)
        order = sorted(self.asks)
        for node in range(NODES):
            if node >= NODES - ENDINGS:
                continue
            if node in self.asks:
                left = sum(n >= node for n in order)
                self.options[node] = [[None, self.effects(node),
                                       self.target(node, free_routes if len(free_routes) * 2 > left * 0.5 else [])]
                                      for _ in range(2)]
                if self.random.random() < 0.2:
                    self.options[node][1][0] = self.condition(node)
            self.nexts[node] = ("node", self.ahead(node))
            if self.random.random() < 0.3:
                i = (node * BOOLS) // NODES
                self.enters[node] = [(self.condition(node), self.variable(i), "true")]
        for i in range(ROUTES):
            if self.routes[i] is None:  # no option took this route: it becomes the `next` of some node
                node = self.random.choice([n for n in range(NODES - ENDINGS) if n not in self.asks and
                                           self.nexts[n][0] == "node"])
                self.make_route(i, node, [])
                self.nexts[node] = ("route", i)
        while self.conditions < CONDITIONS:  # effects on entering a node take the remaining conditions
            node = self.random.randrange(NODES - ENDINGS)
            i = (node * BOOLS) // NODES
            self.enters.setdefault(node, []).append((self.condition(node), self.variable(i), "false"))

    # ---- as a story

    def yaml_to(self, to):
        return f"r{to[1]}" if to[0] == "route" else f"n{to[1]}"

    def yaml(self):
        out = ["frumious: 1", "id: bench.explore", "title: Bench", "version: '1'", "start: n0", "state:"]
        out += [f"  v{i}: {{type: bool}}" for i in range(BOOLS)]
        out += [f"  e{i}: {{type: enum, values: [{', '.join(ENUM_VALUES)}]}}" for i in range(ENUMS)]
        out.append("nodes:")
        for node in range(NODES):
            out.append(f"  n{node}:\n    clip: {{card: N{node}, for: {6 + node % 50}s}}")
            if node in self.enters:
                out.append("    enter:")
                out += [f"      - {{do: {v} = {x}, when: {when}}}" for when, v, x in self.enters[node]]
            if node in self.options:
                out.append(f"    decision:\n      id: d{node}\n      opens: 1s\n      for: 3s\n      default: a\n"
                           "      options:")
                for name, (when, effects, to) in zip("ab", self.options[node]):
                    do = ", ".join(f"{v} = {x}" for v, x in effects)
                    parts = [f"text: {name}"] + ([f"when: {when}"] if when else []) + ([f"do: [{do}]"] if do else [])
                    out.append(f"        {name}: {{{', '.join(parts)}, goto: {self.yaml_to(to)}}}")
            elif node >= NODES - ENDINGS:
                out.append(f"    ending: {{id: end{node}, title: E{node}}}")
            if node in self.nexts and node not in self.options:
                out.append(f"    next: {self.yaml_to(self.nexts[node])}")
        out.append("routes:")
        for i, parts in enumerate(self.routes):
            out.append(f"  r{i}:")
            for when, to in parts:
                out.append(f"    - {{{f'when: {when}, ' if when else ''}goto: {self.yaml_to(to)}}}")
        return "\n".join(out) + "\n"

    # ---- for SPIN: one label for each decision, and one d_step for everything between two decisions

    @staticmethod
    def pml_condition(when):
        return "(" + when.replace("not ", "!").replace(" and ", " && ").replace(" or ", " || ") + ")"

    def pml_set(self, v, x):
        return f"{v} = {x}; "

    def pml_to(self, to, found):
        """Goes on to the next decision or ending; `found` collects all that can be reached."""
        if to[0] == "node":
            node = to[1]
            sets = self.pml_enter(node)
            if node not in self.nexts or node in self.options:
                found.add(node)
                return f"{sets}at = {node}"
            return sets + self.pml_to(self.nexts[node], found)
        out = ""
        for when, inner in self.routes[to[1]]:
            if when is None:
                out += self.pml_to(inner, found)
            else:
                out += f"if :: {self.pml_condition(when)} -> {self.pml_to(inner, found)} :: else -> "
        return out + " fi" * (len(self.routes[to[1]]) - 1)

    def pml_enter(self, node):
        return "".join(f"if :: {self.pml_condition(when)} -> {v} = {x} :: else fi; "
                       for when, v, x in self.enters.get(node, []))

    def pml_step(self, before, to):
        """One atomic step: d_step computes where the film goes, and the jumps to labels, which it may not contain,
        follow it."""
        found = set()
        body = f"atomic {{ d_step {{ {before}{self.pml_to(to, found)} }}; if"
        for node in sorted(found):
            body += f" :: at == {node} -> goto {'end_all' if node >= NODES - ENDINGS else f'D{node}'}"
        return body + " fi }"

    def pml(self):
        out = ["mtype = { " + ", ".join(ENUM_VALUES) + " };"]
        out += [f"bit v{i};" for i in range(BOOLS)]
        out += [f"mtype e{i} = {ENUM_VALUES[0]};" for i in range(ENUMS)]
        out.append("byte at;\nactive proctype film() {\n  " + self.pml_step("", ("node", 0)) + ";")
        for node, options in sorted(self.options.items()):
            out.append(f"D{node}: if")
            for when, effects, to in options:
                do = "".join(self.pml_set(v, x) for v, x in effects)
                out.append(f"  :: {self.pml_step((self.pml_condition(when) if when else 'true') + '; ' + do, to)}")
            out.append("  fi;")
        out.append("end_all: false\n}")
        return "\n".join(out) + "\n"

    # ---- in ink: a knot for each node and route; ink has no timeouts

    @staticmethod
    def ink_to(to):
        return f"-> {'r' if to[0] == 'route' else 'n'}{to[1]}"

    def ink(self):
        out = [f"LIST colours = {', '.join(ENUM_VALUES)}"]
        out += [f"VAR v{i} = false" for i in range(BOOLS)] + [f"VAR e{i} = {ENUM_VALUES[0]}" for i in range(ENUMS)]
        out.append("-> n0")
        for node in range(NODES):
            out.append(f"=== n{node} ===")
            for when, v, x in self.enters.get(node, []):
                out += [f"{{ {when}:", f"  ~ {v} = {x}", "}"]
            out.append(f"N{node}")
            for name, (when, effects, to) in zip("ab", self.options.get(node, [])):
                out.append(f"+ {f'{{{when}}} ' if when else ''}[{name}]")
                out += [f"  ~ {v} = {x}" for v, x in effects] + [f"  {self.ink_to(to)}"]
            if node not in self.options:
                out.append(self.ink_to(self.nexts[node]) if node in self.nexts else "-> END")
        for i, parts in enumerate(self.routes):
            out.append(f"=== r{i} ===")
            for when, to in parts:
                out += [f"{{ {when}:", f"  {self.ink_to(to)}", "}"] if when else [self.ink_to(to)]
        return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--free", type=int, default=14)
    parser.add_argument("--density", type=float, default=0.5)
    parser.add_argument("--back", type=float, default=0.02)
    parser.add_argument("yaml")
    parser.add_argument("pml")
    parser.add_argument("ink", nargs="?")
    a = parser.parse_args()
    story = Story(a.seed, a.free, a.density, a.back)
    with open(a.yaml, "w") as file:
        file.write(story.yaml())
    with open(a.pml, "w") as file:
        file.write(story.pml())
    if a.ink:
        with open(a.ink, "w") as file:
            file.write(story.ink())


main()
