#!/usr/bin/python3
"""Writes a synthetic story of N nodes (about 400 bytes each) to standard output: tests/bench/bench_load_make.py N"""
import random
import sys

HEAD = """frumious: 1
id: org.example.synthetic
title: A Synthetic Story
version: "1.0"
start: n0
state:
  trust: {type: int, min: 0, max: 9, initial: 2}
  ticket: {type: enum, values: [none, single, return], initial: none}
  met: bool
nodes:
"""


def main():
    count = int(sys.argv[1])
    rng = random.Random(7)
    out = [HEAD]
    for i in range(count - 1):
        a, b = i + 1, rng.randrange(count)
        out.append(f"""  n{i}:
    title: The room number {i}
    clip: {{card: "They enter room {i}.", for: 12s}}
    enter: [{{do: trust += 1, when: not met}}]
    decision:
      id: d{i}
      prompt: Which door?
      opens: 4s
      for: 6s
      default: left
      options:
        left: {{text: The left one, do: ticket = single, goto: n{a}}}
        right: {{text: The right one, when: trust > 2 and ticket != none, do: toggle met, goto: n{b}}}
""")
    out.append(f"""  n{count - 1}: {{clip: {{card: End, for: 4s}}, ending: {{id: end, title: The End}}}}\n""")
    sys.stdout.write("".join(out))


main()
