#!/usr/bin/python3
# tests/run: may run beside others
"""frumious report: every number against a slow recount from the raw events, and against the truth of a made-up audience.

The recount is written from the definitions in telemetry/README.md, in another language and by another method than the
program's: it looks at each viewing on its own and keeps exact times.
"""
import csv
import io
import json
import math
import os
import random
import resource
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import PROGRAM, done, ok, rows, run, set_home, skip  # noqa: E402

Z = 1.959963984540054
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VIEWINGS, SEED = 2000, 11
WHAT = {0: "pick", 1: "timeout", 2: "skipped", 3: "rewound", 4: "quit", None: "unknown"}
GIVEN = {0: "nobody", 1: "key", 2: "mouse", 3: "pad", 4: "touch", 5: "speech", 6: "auto"}
REASON = {0: "ended", 1: "left", 2: "restarted", 3: "killed", 4: "failed", None: "unknown"}


def wilson(k, n):
    """As the two solutions of the quadratic equation, not as centre and half width."""
    if n == 0:
        return 0.0, 1.0
    a, b, c = n + Z * Z, -(2 * k + Z * Z), k * k / n
    root = math.sqrt(max(0.0, b * b - 4 * a * c))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def near(x, y, off=2e-6):
    return x is not None and y is not None and abs(x - y) <= off


class Traits:
    """The film's traits and props, from the definitions; exact fractions where the program has integers."""

    def __init__(self, get):
        self.traits, self.props = defaultdict(list), {}
        for i, story, name in get("SELECT id, story, name FROM trait"):
            self.traits[story].append((i, name))
        for i, name in get("SELECT id, name FROM prop"):
            self.props[i] = name
        self.scores, self.brings, self.shows = defaultdict(dict), defaultdict(set), defaultdict(set)
        for option, trait, score in get("SELECT option, trait, score FROM option_trait"):
            self.scores[trait][option] = score
        for option, prop in get("SELECT option, prop FROM option_prop"):
            self.brings[option].add(self.props[prop])
        for node, prop in get("SELECT node, prop FROM node_prop"):
            self.shows[node].add(self.props[prop])
        self.open, self.shown = defaultdict(list), defaultdict(list)
        self.decision = dict(get("SELECT m.id, d.name FROM menu m JOIN decision d ON d.id = m.decision"))
        for menu, option, locked in get("SELECT menu, option, locked FROM menu_option ORDER BY menu, position"):
            self.shown[menu].append(option)
            self.open[menu] += [] if locked else [option]
        self.names = dict(get("SELECT id, name FROM option"))
        self.leans, self.sure, self.none = defaultdict(Counter), defaultdict(Counter), Counter()
        self.associations = defaultdict(Counter)
        self.picks, self.rivals = defaultdict(lambda: [0, 0]), defaultdict(lambda: [0, 0])
        self.taken, self.again = Counter(), Counter()

    def count_viewing(self, story, version, events):
        outcomes = {u[0]: u for u in events["outcome"]}
        picks = [(self.decision[e[1]], outcomes[e[0]][2], self.open[e[1]], e[0])
                 for e in events["exposure"] if e[0] in outcomes and outcomes[e[0]][1] == 0]
        for trait, name in self.traits[story]:
            says = []
            for decision, option, menu, _ in picks:
                scores = [self.scores[trait].get(o, 0) for o in menu]
                if min(scores) < max(scores):
                    says.append((decision, self.scores[trait].get(option, 0) - min(scores), max(scores) - min(scores),
                                 Fraction(sum(scores), len(scores)) - min(scores)))
            key = version, name
            if len(says) < 3:
                self.none[key] += 1
            else:
                lean = Fraction(sum(s[1] for s in says), sum(s[2] for s in says))
                chance = Fraction(sum(s[3] for s in says), sum(s[2] for s in says))
                n = sum(s[2] for s in says) ** 2 / sum(s[2] ** 2 for s in says)
                low, high = wilson(float(lean) * n, n)
                self.leans[key][int(lean * 100 + Fraction(1, 2))] += 1
                self.sure[key]["surely_for" if chance < low else "surely_against" if chance > high else "not_sure"] += 1
            for i, (decision, option, _, _) in enumerate(picks):
                rest = [s for s in says if s[0] != decision]
                if decision in [p[0] for p in picks[:i]] or len(rest) < 3:
                    continue
                lean = Fraction(sum(s[1] for s in rest), sum(s[2] for s in rest))
                level = 0 if lean <= Fraction(1, 3) else 2 if lean >= Fraction(2, 3) else 1
                self.associations[key + (decision,)][self.names[option], level] += 1
        when = {}
        for _, option, _, seq in picks:
            for prop in self.brings[option]:
                when.setdefault(prop, seq)
        for prop, seq in when.items():
            self.taken[version, prop] += 1
            self.again[version, prop] += any(v[0] > seq and prop in self.shows[v[1]] for v in events["visit"]) or any(
                e[0] > seq and any(prop in self.brings[o] for o in self.shown[e[1]]) for e in events["exposure"])

    def count_props(self, version, exposure, events):
        outcome = next((u for u in events["outcome"] if u[0] == exposure[0]), None)
        picked = self.brings[outcome[2]] if outcome and outcome[1] == 0 else set()
        menu = [self.brings[o] for o in self.open[exposure[1]]]
        for one in set().union(*menu) if menu else ():
            self.picks[version, one][0] += one in picked
            self.picks[version, one][1] += 1
            for other in set().union(*menu) - {one}:
                if any(one in b and other not in b for b in menu) and any(other in b and one not in b for b in menu) \
                        and (one in picked) != (other in picked):
                    self.rivals[version, one, other][0] += one in picked
                    self.rivals[version, one, other][1] += 1


def information(table):
    """Bits of a table {(row, column): n} by entropies, less what chance shows; and the G test's tail as a sum of Poisson's terms."""
    n = sum(table.values())
    entropy = lambda counts: -sum(k / n * math.log2(k / n) for k in counts if k)
    rows_, columns = Counter(), Counter()
    for (r, c), k in table.items():
        rows_[r] += k
        columns[c] += k
    bits = entropy(rows_.values()) + entropy(columns.values()) - entropy(table.values())
    degrees = (sum(k > 0 for k in rows_.values()) - 1) * (sum(k > 0 for k in columns.values()) - 1)
    if not degrees:
        return 0, 1
    half = n * math.log(2) * bits
    chance = 1 if half <= 0 else sum(math.exp(-half + i * math.log(half) - math.lgamma(i + 1)) for i in range(degrees // 2)) \
        if degrees % 2 == 0 else None  # an odd number of degrees needs two rows and two columns: not here
    return max(0, bits - degrees / (2 * n * math.log(2))), chance


def judge_traits(film, c, what):
    j, t = Judge(), c.traits
    versions = [(v["version"], v["hash"]) for v in film["versions"]]
    for trait in film["traits"]:
        key = versions[trait["version"]], trait["id"]
        n = sum(t.leans[key].values())
        j.share(trait["profiles"], n, n + t.none[key], f"profiles {key}")
        j.same({i: k for i, k in enumerate(trait["leans"]) if k}, dict(t.leans[key]), f"leans {key}")
        for name in ("surely_against", "not_sure", "surely_for"):
            j.share(trait[name], t.sure[key][name], n, f"{name} {key}")
        if n >= 20:
            all_ = [i / 100 for i, k in t.leans[key].items() for _ in range(k)]
            half = Z * statistics.stdev(all_) / math.sqrt(n)
            j.same(near(trait["mean"]["lean"], statistics.mean(all_)) and near(trait["mean"]["low"], statistics.mean(all_) - half)
                   and near(trait["mean"]["high"], statistics.mean(all_) + half), True, f"mean {key} {trait['mean']}")
        j.same([x["bits"] or 0 for x in trait["told_by"]], sorted((x["bits"] or 0 for x in trait["told_by"]), reverse=True), "in order")
        names = {d["id"]: [o["id"] for o in d["options"]] for d in film["decisions"]
                 if trait["version"] in d["versions"]}
        for x in trait["told_by"]:
            table = t.associations[key + (x["decision"],)]
            got = {(o, level): k for o, row in zip(names[x["decision"]], x["table"]) for level, k in enumerate(row) if k}
            j.same(got, {k: n for k, n in table.items() if n}, f"told by {key} {x['decision']}")
            bits, chance = information(table)
            if x["n"] >= 20:
                j.same(near(x["bits"], bits) and (chance is None or near(x["chance"], chance)), True, f"bits {x} {bits} {chance}")
        j.same(len(trait["told_by"]), sum(k[:2] == key and sum(v.values()) > 0 for k, v in t.associations.items()), "all that tell")
    for prop in film["props"]:
        key = versions[prop["version"]], prop["id"]
        j.share(prop["picks"], *t.picks[key], f"picks of {key}")
        j.share(prop["seen_again"], t.again[key], t.taken[key], f"seen again {key}")
        got = {film["props"][a["prop"]]["id"]: (a["picks"]["k"], a["picks"]["n"]) for a in prop["against"]}
        j.same(got, {k[2]: tuple(v) for k, v in t.rivals.items() if k[:2] == key}, f"rivals {key}")
    j.verdict(what)


def events_of(store):
    """{viewing: {kind: rows}} of all that is in a store."""
    raw = defaultdict(lambda: defaultdict(list))
    for table, columns in (("visit", "seq, node, planned_us"), ("leave", "visit, playing_us, paused_us, hidden_us"),
                           ("exposure", "seq, menu, focus, time_mode"), ("reached", "seq, ending"), ("gap", "seq, count"),
                           ("outcome", "exposure, what, option, latency_us, changes, given"), ("finish", "reason")):
        for row in rows(store, f"SELECT viewing, {columns} FROM {table} ORDER BY viewing, {'1' if table == 'finish' else columns.split(',')[0]}"):
            raw[row[0]][table].append(row[1:])
    return raw


def first_answers(events, menu_of):
    """Of each decision the viewing's first exposure that ended with a pick or a timeout; where none did, its first."""
    answered = {u[0] for u in events["outcome"] if u[1] in (0, 1)}
    found = {}
    for e in events["exposure"]:
        found.setdefault(menu_of[e[1]], []).append(e)
    return [next((e for e in all_ if e[0] in answered), all_[0]) for all_ in found.values()]


class Recount:
    """Counts one film's viewings that `selected` wants: (story id, nth, time mode, day)."""

    def __init__(self, store, selected, time=1, events=None):
        db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
        get = lambda sql: db.execute(sql).fetchall()
        self.stories = {i: (version, f"{h & (1 << 64) - 1:016x}") for i, version, h in get("SELECT id, version, hash FROM story")}
        nodes = {i: (s, name, f"{h & (1 << 64) - 1:016x}") for i, s, name, h in get("SELECT id, story, name, hash FROM node")}
        decisions = {i: (name, f"{h & (1 << 64) - 1:016x}") for i, name, h in get("SELECT id, name, hash FROM decision")}
        options = dict(get("SELECT id, name FROM option"))
        endings = dict(get("SELECT id, name FROM ending"))
        menus = defaultdict(list)
        menu_of = dict(get("SELECT id, decision FROM menu"))
        for menu, option, locked in get("SELECT menu, option, locked FROM menu_option ORDER BY menu, position"):
            menus[menu].append((option, locked))
        raw = events or events_of(store)
        self.left = {n: (s, e) for n, s, e in get("SELECT node, shortest_us, expected_us FROM film_left")}
        self.expected, self.expected_known = Counter(), Counter()
        self.viewings, self.reasons, self.reached, self.two = Counter(), defaultdict(Counter), Counter(), Counter()
        self.seventy, self.known, self.nodes, self.visits = Counter(), Counter(), Counter(), Counter()
        self.last, self.paths, self.edges = defaultdict(Counter), defaultdict(Counter), Counter()
        self.exposures, self.outcomes = Counter(), defaultdict(Counter)
        self.picks, self.available, self.locked, self.timeouts = Counter(), Counter(), Counter(), Counter()
        self.first, self.later, self.lit, self.unlit = (defaultdict(lambda: [0, 0]) for _ in range(4))
        self.times, self.endings, self.changed = defaultdict(list), Counter(), Counter()
        self.traits = Traits(get)
        self.dwell, self.film_dwell = defaultdict(lambda: [0] * 4), defaultdict(lambda: [0] * 4)
        self.completion, self.lost, self.to_ending = defaultdict(Counter), defaultdict(lambda: [0, 0]), Counter()
        self.devices, self.positions, self.option_times = defaultdict(Counter), defaultdict(lambda: [0, 0]), defaultdict(list)
        for v, story, started, mode, chooser, time_mode, nth in get(
                "SELECT id, story, started_ms, mode, chooser, time_mode, nth FROM viewing"):
            if mode or chooser or not selected(nth, started):
                continue
            events = raw[v]
            if time is None or time_mode == time:
                self.count_viewing(story, events, nodes, endings)
                self.traits.count_viewing(story, self.stories[story], events)
            for exposure in first_answers(events, menu_of):
                if time is None or exposure[3] == time:
                    self.traits.count_props(self.stories[story], exposure, events)
                    self.count_exposure(exposure, events, decisions[menu_of[exposure[1]]], menus, options)
        self.versions_of = defaultdict(set)
        for s, name, h in nodes.values():
            self.versions_of[name, h].add(self.stories[s])

    def count_viewing(self, story, events, nodes, endings):
        version = self.stories[story]
        reason = REASON[events["finish"][0][0] if events["finish"] else None]
        self.viewings[version] += 1
        self.reasons[version][reason] += 1
        leaves = {leave[0]: leave[1:] for leave in events["leave"]}
        watched = sum(leave[0] for leave in leaves.values())
        planned = [visit[2] for visit in events["visit"]]
        self.reached[version] += bool(events["reached"])
        self.two[version] += watched >= 120_000_000
        for path, known, seventy, all_ in zip(self.paths_of(events, leaves, watched, planned), (self.known, self.expected_known),
                                              (self.seventy, self.expected), (self.completion[version], Counter())):
            if path:
                known[version] += 1
                seventy[version] += watched / path >= 0.7
                all_[min(200, 100 * watched // path)] += 1
        self.lost[version][0] += sum(gap[1] for gap in events["gap"])
        self.lost[version][1] += bool(events["gap"])
        names = [nodes[visit[1]][1:] for visit in events["visit"]]
        for node in set(names):
            self.nodes[node] += 1
        for visit, node in zip(events["visit"], names):
            self.visits[node] += 1
            for sums in (self.dwell[node], self.film_dwell[version]):
                for i, us in enumerate((*leaves.get(visit[0], (0, 0, 0)), visit[2])):
                    sums[i] += us or 0
        if names:
            self.last[names[-1]][reason] += 1
        if reason == "ended" and not events["gap"]:
            self.paths[version][tuple(name for name, _ in names)] += 1
        for a, b in zip([None] + names, names):
            self.edges[a and a[0], b[0]] += 1
        for seq, ending in events["reached"]:
            at = [name for visit, (name, _) in zip(events["visit"], names) if visit[0] < seq]
            self.to_ending[at[-1] if at else None, endings[ending], version] += 1
        for ending in {endings[e[1]] for e in events["reached"]}:
            self.endings[version, ending] += 1

    def paths_of(self, events, leaves, watched, planned):
        """How long the path is: one's own to an ending; of who left, by the shortest and by the expected way from there."""
        if events["reached"] or events["finish"] and REASON[events["finish"][0][0]] == "ended":
            return (sum(planned) if planned and None not in planned else None,) * 2
        if not planned or planned[-1] is None or events["visit"][-1][1] not in self.left:
            return None, None
        here = watched + max(0, planned[-1] - leaves.get(events["visit"][-1][0], (0,))[0])
        return tuple(None if us is None else here + us for us in self.left[events["visit"][-1][1]])

    def count_exposure(self, exposure, events, decision, menus, options):
        seq, menu, focus, _ = exposure
        outcome = next((u for u in events["outcome"] if u[0] == seq), None)
        what = outcome[1] if outcome else None
        chosen = outcome[2] if outcome else None
        self.exposures[decision] += 1
        self.outcomes[decision][WHAT[what]] += 1
        self.changed[decision] += bool(outcome and outcome[4] > 0)
        if what == 0:
            self.devices[decision][GIVEN[outcome[5]]] += 1
        if what == 0 and outcome[3] is not None:
            self.option_times[decision + (options[chosen],)].append(outcome[3] / 1000)
        if outcome and outcome[3] is not None:
            self.times[decision].append((outcome[3] / 1000, what == 0))
        for place, (option, locked) in enumerate(menus[menu]):
            key = decision + (options[option],)
            self.timeouts[key] += what == 1 and chosen == option
            if locked:
                self.locked[key] += 1
                continue
            picked = what == 0 and chosen == option
            self.positions[decision + (place,)][0] += picked
            self.positions[decision + (place,)][1] += 1
            self.available[key] += 1
            self.picks[key] += picked
            for pair in ((self.first if place == 0 else self.later)[key],
                         *([(self.lit if place == focus else self.unlit)[key]] if focus is not None else [])):
                pair[0] += picked
                pair[1] += 1

    def survivors(self, decision):
        """Exact Kaplan-Meier, one person after another: (time, share left)."""
        left, share, curve = len(self.times[decision]), 1.0, []
        for time, event in sorted(self.times[decision], key=lambda t: (t[0], not t[1])):
            if event:
                share *= 1 - 1 / left
                curve.append((time, share))
            left -= 1
        return curve

    def is_quantile(self, decision, q, ms):
        """Times are told to 1 %, and within a class of times who was censored counts as after who decided: two people's worth."""
        curve, off = self.survivors(decision), 2 / max(len(self.times[decision]), 1)
        left = lambda t: next((s for at, s in reversed(curve) if at <= t), 1.0)
        if ms is None:
            return not curve or curve[-1][1] > 1 - q - off
        return left(ms * 1.0101) <= 1 - q + off and left(ms * 0.9899 - 1e-9) >= 1 - q - off


class Judge:
    def __init__(self, floor=20):
        self.wrong, self.checked, self.floor = [], 0, floor

    def same(self, got, want, what):
        self.checked += 1
        if got != want:
            self.wrong.append(f"{what}: got {got}, wanted {want}")

    def share(self, got, k, n, what):
        self.same((got["k"], got["n"]), (k, n), what)
        if n >= self.floor:
            low, high = wilson(k, n)
            self.same(near(got["share"], k / n) and near(got["low"], low) and near(got["high"], high), True, what + " " + str(got))
        else:
            self.same((got["share"], got["low"], got["high"]), (None,) * 3, what + " is too few to say")

    def verdict(self, what):
        ok(not self.wrong and self.checked > 0, f"{what}: {self.checked} numbers", "\n".join(self.wrong[:8]))


def seconds(j, got, us, what):
    for name, x in zip(("playing", "paused", "hidden", "planned"), us):
        j.same(near(got[name], x / 1e6), True, f"{what}: {name} {got[name]} {x}")


def judge_film(film, c, what, floor=20):
    j = Judge(floor)
    versions = [(v["version"], v["hash"]) for v in film["versions"]]
    titles = {node["title"] or node["id"]: node["id"] for node in film["nodes"]}
    for v, key in zip(film["versions"], versions):
        n = c.viewings[key]
        j.same(v["viewings"], n, "viewings")
        j.same({k: x for k, x in v["ended_by"].items() if x}, {k: x for k, x in c.reasons[key].items() if x}, "ended by")
        j.share(v["reached_an_ending"], c.reached[key], n, "reached")
        j.share(v["watched_2_minutes"], c.two[key], n, "two minutes")
        j.share(v["watched_70_percent"], c.seventy[key], c.known[key], "seventy")
        j.same({i: k for i, k in enumerate(v["completion"]) if k}, {i: k for i, k in c.completion[key].items() if k}, "completion")
        j.share(v["watched_70_percent_expected"], c.expected[key], c.expected_known[key], "seventy, expected")
        if c.known[key] >= floor:
            every = sorted(i / 100 for i, k in c.completion[key].items() for _ in range(k))
            j.same(near(v["completion_median"], every[(len(every) + 1) // 2 - 1]), True, f"median of completion {v['completion_median']}")
        seconds(j, v["seconds"], c.film_dwell[key], "dwell")
        j.same((v["lost_events"], v["viewings_with_losses"]), tuple(c.lost[key]), "losses")
        j.same(v["distinct_paths"], len(c.paths[key]), "distinct paths")
        common = sorted(c.paths[key].values(), reverse=True)[:10]
        j.same([p["viewings"]["k"] for p in v["paths"]], common, "commonest paths")
        for p in v["paths"]:
            names = tuple(p["nodes"])
            j.same(p["viewings"]["k"], c.paths[key].get(names), f"path {names}")
            j.same(p["viewings"]["n"], n, "of all viewings")
        j.same(sum(p["viewings"]["k"] for p in v["paths"]) + v["other_paths"]["k"] + v["no_whole_path"]["k"], n, "paths add up")
    for e in film["endings"]:
        key = versions[e["version"]]
        j.share(e["reach"], c.endings[key, e["id"]], c.viewings[key], f"ending {e['id']}")
    for node in film["nodes"]:
        key = node["id"], node["hash"]
        of = sum(c.viewings[v] for v in c.versions_of[key])
        j.share(node["reach"], c.nodes[key], of, f"reach of {key}")
        j.same(node["visits"], c.visits[key], f"visits of {key}")
        j.same({k: x for k, x in node["last_visited"].items() if x}, {k: x for k, x in c.last[key].items() if x}, f"last {key}")
        j.share(node["drop_off"], sum(c.last[key][r] for r in ("left", "restarted", "killed")), c.nodes[key], f"drop-off {key}")
        seconds(j, node["seconds"], c.dwell[key], f"dwell {key}")
    names = [node["id"] for node in film["nodes"]]
    flow = Counter({(names[e["from"]] if e["from"] >= 0 else None, names[e["to"]]): e["times"] for e in film["flow"] if "to" in e})
    j.same(flow, c.edges, "flow")
    ends = Counter()
    for e in film["flow"]:
        if "ending" in e:
            ending = film["endings"][e["ending"]]
            ends[names[e["from"]] if e["from"] >= 0 else None, ending["id"], versions[ending["version"]]] += e["times"]
    j.same(ends, c.to_ending, "flow into endings")
    for d in film["decisions"]:
        key = d["id"], d["hash"]
        j.same(d["exposures"], c.exposures[key], f"exposures {key}")
        j.same({k: x for k, x in d["outcomes"].items() if x}, {k: x for k, x in c.outcomes[key].items() if x}, f"outcomes {key}")
        j.share(d["changed_mind"], c.changed[key], sum(k for w, k in c.outcomes[key].items() if w != "unknown"), f"changed {key}")
        j.same({w: k for w, k in d["devices"].items() if k}, dict(c.devices[key]), f"devices {key}")
        for place, got in enumerate(d["positions"]):
            j.share(got, *c.positions[key + (place,)], f"position {place} of {key}")
        j.same(len(d["positions"]), max([k[2] + 1 for k in c.positions if k[:2] == key], default=0), f"positions of {key}")
        for o in d["options"]:
            option = key + (o["id"],)
            j.share(o["picks"], c.picks[option], c.available[option], f"share of {option}")
            j.same((o["locked"], o["timeouts"]), (c.locked[option], c.timeouts[option]), f"locked, timed out {option}")
            times = sorted(c.option_times[option])
            for name, q in (("median_ms", 0.5), ("p90_ms", 0.9)):
                want = times[max(0, math.ceil(q * len(times) - 1e-9) - 1)] if len(times) >= max(floor, 1) else None
                j.same(want is None if o[name] is None else abs(o[name] - want) <= 0.0102 * want, True, f"{name} {option} {o[name]} {want}")
            for name, a, b in (("shown_first", c.first, c.later), ("in_the_light", c.lit, c.unlit)):
                j.share(o[name]["a"], *a[option], f"{name} {option}")
                j.share(o[name]["b"], *b[option], f"not {name} {option}")
                if min(a[option][1], b[option][1]) >= floor:
                    (k1, n1), (k2, n2) = a[option], b[option]
                    (l1, u1), (l2, u2), p1, p2 = wilson(k1, n1), wilson(k2, n2), k1 / n1, k2 / n2
                    j.same(near(o[name]["low"], p1 - p2 - math.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2))
                           and near(o[name]["high"], p1 - p2 + math.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)), True, f"{name} {option}")
        if c.exposures[key] >= floor:
            for name, q in (("median", 0.5), ("p90", 0.9)):
                j.same(c.is_quantile(key, q, d["decision_time"][name]["ms"]), True, f"{name} {key} {d['decision_time'][name]}")
    j.verdict(what)


def report(store, *args):
    r = run("report", "--store", store, "--format", "json", *args)
    return json.loads(r.out) if r.code == 0 else ok(False, f"report {args}", r)


def film_of(store, *args):
    return report(store, *args)["films"][0]


def copy(store, to):
    shutil.copy(store, to)
    return to


def truth_found(store, which):
    """A share's 95 % interval misses the truth once in twenty; more than the binomial's last ten-thousandth is a mistake."""
    truth = json.loads(run("audience", "--truth").out)
    missed, shares, times_missed, times, leans = [], 0, [], 0, 0
    for version in ("1.0", "2.0"):
        film = film_of(store, "--viewings", which, "--version", version)
        for t in truth["decisions"]:
            if t["version"] != version:
                continue
            d = next(d for d in film["decisions"] if d["id"] == t["decision"])
            for o, want in zip(d["options"], t["options"]):
                if o["picks"]["share"] is not None:
                    shares += 1
                    if not o["picks"]["low"] <= want[which] <= o["picks"]["high"]:
                        missed.append((t["decision"], o["id"], want[which], o["picks"]))
            for name in ("median", "p90"):
                got = d["decision_time"][name]
                if got["ms"] is not None and got["high"] is not None:
                    times += 1
                    if not got["low"] / 1.01 <= t[name + "_ms"] <= got["high"] * 1.01:
                        times_missed.append((t["decision"], name, t[name + "_ms"], got))
        lean = next(t[which] for t in truth["taste"] if t["version"] == version)
        tea = next(t[which] for t in truth["tea_rather_than_coffee"] if t["version"] == version)
        props = {p["id"]: p for p in film["props"]}
        rather = next(a["picks"] for a in props["tea"]["against"] if film["props"][a["prop"]]["id"] == "coffee")
        mean = film["traits"][0]["mean"]
        leans += 2
        missed += [("lean", lean, mean)] if not mean["low"] <= lean <= mean["high"] else []
        missed += [("tea", tea, rather)] if not rather["low"] <= tea <= rather["high"] else []
    shares += leans
    def most(n):  # so many misses or more happen once in ten thousand
        tail, k = 1.0, 0
        while tail > 1e-4:
            tail -= math.comb(n, k) * 0.05 ** k * 0.95 ** (n - k)
            k += 1
        return k
    ok(shares >= 30 and len(missed) < most(shares), f"{which} viewings: {shares - len(missed)} of {shares} shares hold the truth",
       "\n".join(map(str, missed)))
    ok(times >= 10 and len(times_missed) < most(times), f"{which}: {times - len(times_missed)} of {times} decision times do",
       "\n".join(map(str, times_missed)))
    return film_of(store, "--viewings", which)


def main():
    temp = tempfile.mkdtemp(prefix="report-")
    set_home(os.path.join(temp, "home"))
    try:
        with ThreadPoolExecutor(1) as beside:
            test(temp, beside)
    finally:
        shutil.rmtree(temp)
    return done()


def test(temp, beside):
    empty = run("report", "--format", "json")
    ok(empty.code == 3 and "nothing was recorded" in empty.err and not empty.out, "no store, and no document: exit 3", empty)
    store = os.path.join(temp, "s.sqlite")
    made = run("audience", "--store", store, "--viewings", str(VIEWINGS), "--seed", str(SEED))
    ok(made.code == 0 and made.out.startswith(f"{VIEWINGS} viewings"), "an audience is made", made)
    events = int(made.out.split(",")[1].split()[0])
    total = sum(rows(store, f"SELECT count(*) FROM {t}")[0][0] for t in
                ("visit", "leave", "exposure", "outcome", "reached", "gap", "finish"))
    ok(total == events, "every event that was handed over is in the store", f"{total} {events}")

    # Some of what else happens: viewings cut off, events lost, an exposure without an outcome, unknown lengths.
    db = sqlite3.connect(store)
    db.executescript("""
        PRAGMA synchronous=OFF;
        DELETE FROM finish WHERE viewing % 37 = 0;
        INSERT INTO gap SELECT viewing, 5000, 1, 3, 0 FROM finish WHERE viewing % 41 = 0;
        DELETE FROM outcome WHERE viewing % 43 = 0 AND exposure = 2;
        UPDATE visit SET planned_us = NULL WHERE viewing % 47 = 0 AND seq = 1;
        UPDATE finish SET reason = viewing % 5 WHERE viewing % 53 = 0;
        UPDATE viewing SET nth = nth; -- as whoever changes events behind the program's back has to
    """)
    db.commit()
    db.close()
    pristine = copy(store, os.path.join(temp, "pristine.sqlite"))

    killing = beside.submit(kills, temp, pristine)  # mostly waits

    first = lambda nth, started: nth == 1
    film, events = film_of(store), events_of(store)
    recount = Recount(store, first, events=events)
    judge_film(film, recount, "first viewings, author's time")
    judge_traits(film, recount, "their traits, and the film's props")
    judge_film(film_of(store, "--viewings", "replay"), Recount(store, lambda nth, s: (nth or 0) > 1, events=events), "replays")
    everything, recount = film_of(store, "--viewings", "all", "--time", "all"), Recount(store, lambda *a: True, None, events)
    judge_film(everything, recount, "all that people did")
    judge_traits(everything, recount, "everybody's traits")
    judge_film(film_of(store, "--time", "2"), Recount(store, first, 2, events), "twice the time")
    day = 20454 + 10  # 2026-01-11
    judge_film(film_of(store, "--since", "2026-01-11"), Recount(store, lambda nth, s: nth == 1 and s // 86400000 >= day, events=events), "since a day")
    groups = {(film["versions"][g["version"]]["version"], g["who"], g["viewings"], g["time"]): g["n"] for g in film["groups"]}
    want = {(v, "machine" if m else "person", ("unknown", "first", "replay")[n], t): k for v, m, n, t, k in rows(store, """
        SELECT s.version, mode OR chooser, min(coalesce(nth, 0), 2), time_mode, count(*) FROM viewing v JOIN story s
        ON s.id = v.story GROUP BY 1, 2, 3, 4""")}
    ok(groups == want, "who is left out is counted, machines apart")

    # Never pooled over changed decisions unless asked.
    changed = [d for d in film["decisions"] if d["id"] == "choice-0"]
    ok(len(changed) == 2 and changed[0]["versions"] != changed[1]["versions"], "a changed decision stands apart by version")
    ok(all(len(d["versions"]) == 2 for d in film["decisions"] if d["id"] != "choice-0"), "unchanged ones are one")
    pooled = [d for d in film_of(store, "--pool")["decisions"] if d["id"] == "choice-0"]
    ok(len(pooled) == 1 and pooled[0]["exposures"] == sum(d["exposures"] for d in changed), "--pool adds them up")
    only = film_of(store, "--version", "2.0")
    ok([v["version"] for v in only["versions"]] == ["2.0"] and sum(d["exposures"] for d in only["decisions"] if d["id"] == "choice-0")
       == next(d["exposures"] for d in changed if d["versions"] == [1]), "--version is that version alone")

    # Kept sums: the same as a recount, after erasing, more viewings, and for those who may not write.
    same = lambda s, *a: report(s, *a) == report(s, "--recount", *a)
    ok(rows(store, "SELECT count(*) FROM tally")[0][0] > 0, "sums are kept in the store")
    ok(rows(store, "SELECT count(*) FROM tally_todo t WHERE EXISTS (SELECT 1 FROM finish WHERE viewing = t.viewing)")[0][0] <= 1500,
       "of all viewings that ended but the last few")
    ok(same(store) and report(store) == report(pristine, "--recount"), "sums are the recount")
    db = sqlite3.connect(store)
    db.executescript("PRAGMA foreign_keys=ON; PRAGMA synchronous=OFF")
    db.execute("DELETE FROM viewing WHERE id % 3 = 0")
    db.commit()
    db.close()
    ok(same(store) and same(store, "--viewings", "all", "--time", "all"), "after erasing a third, too")
    judge_film(film_of(store), Recount(store, first), "after erasing")
    more = run("audience", "--store", store, "--viewings", "300", "--seed", "99", "--days", "3")
    ok(more.code == 0 and same(store), "after more viewings on the same days", more)
    db = sqlite3.connect(store)
    db.execute("INSERT INTO finish SELECT id, 9000, 1, 1, 0 FROM viewing v WHERE NOT EXISTS "
               "(SELECT 1 FROM finish WHERE viewing = v.id)")
    db.commit()
    db.close()
    ok(same(store), "after those that were cut off did end")
    film, recount = film_of(store), Recount(store, first)
    judge_film(film, recount, "at last")
    judge_traits(film, recount, "traits, at last")

    # A simulated audience, whose truth is known.
    calm = os.path.join(temp, "calm.sqlite")
    run("audience", "--store", calm, "--viewings", "4000", "--seed", "5", "--days", "2")
    found = truth_found(calm, "first")
    truth_found(calm, "replay")
    moved = [o["shown_first"] for d in found["decisions"] for o in d["options"] if o["shown_first"]["low"] is not None]
    ok(moved and sum(m["low"] > 0 for m in moved) > len(moved) / 2 and not any(m["high"] < 0 for m in moved),
       "what stands first is favoured, and that is seen", moved)
    fixed = [o["shown_first"] for d in found["decisions"] if int(d["id"][7:]) % 2 == 0 for o in d["options"]]
    ok(fixed and all(m["difference"] is None for m in fixed), "where the order never changes, nothing is said")

    older(temp)
    comparisons(calm)
    formats(temp, calm)
    arguments(temp, calm)
    judge_kills(*killing.result())


def older(temp):
    """Stores of older programs: the report brings them up to date, and counts what they held."""
    for version in (1, 2):
        store = os.path.join(temp, f"older-{version}.sqlite")
        db = sqlite3.connect(store)
        with open(os.path.join(ROOT, f"tests/stores/version-{version}.sql")) as f:
            db.executescript(f.read())
        db.execute("PRAGMA journal_mode=WAL")
        db.close()
        args = ("--viewings", "all", "--time", "all", "--floor", "1")
        judge_film(film_of(store, *args), Recount(store, lambda *a: True, None), f"a store of version {version}", 1)
        ok(report(store, *args) == report(store, "--recount", *args), "as a recount has it")


def killed(seconds, *args):
    """Starts the program and kills it after so long. False where it had ended by itself."""
    with subprocess.Popen([PROGRAM, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as p:
        try:
            return p.wait(seconds) is None
        except subprocess.TimeoutExpired:
            p.kill()
            return p.wait() != 0


def kills(temp, pristine):
    """Whatever sums, writes or merges is killed at some moment: sums are the recount, then and after what comes next."""
    rand, hit, wrong = random.Random(SEED), 0, []
    store, joined = os.path.join(temp, "killed.sqlite"), os.path.join(temp, "half.sqlite")
    copy(pristine, store)
    began = time.monotonic()
    run("report", "--store", store)
    whole = time.monotonic() - began  # the shortest of the three commands, on this machine and now
    for i in range(12):
        db = sqlite3.connect(store)
        db.execute("UPDATE viewing SET nth = nth WHERE id % 2 = ?", (i % 2,))  # drops the sums of their days and groups
        db.commit()
        db.close()
        command = (["report", "--store", store], ["audience", "--store", store, "--viewings", "1500", "--seed", str(1000 + i), "--days", "4"],
                   ["merge", joined, store])[i % 3]
        hit += killed(rand.uniform(0.1, 0.9) * whole, *command)
        changed = joined if command[0] == "merge" else store
        if os.path.exists(changed) and report(changed, "--viewings", "all") != report(changed, "--recount", "--viewings", "all"):
            wrong.append(f"{command} {changed}")
    merged = run("merge", joined, store)
    return hit, wrong, merged, report(joined) == report(store) == report(store, "--recount")


def judge_kills(hit, wrong, merged, same):
    ok(hit >= 6 and not wrong, f"{hit} kills while sums are made, viewings written, stores merged: sums are the recount", wrong)
    ok(merged.code == 0 and same, "and a merge goes on to the end", merged)


def newcombe(k1, n1, k2, n2):
    (l1, u1), (l2, u2), p1, p2 = wilson(k1, n1), wilson(k2, n2), k1 / n1, k2 / n2
    return p1 - p2, p1 - p2 - math.sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2), p1 - p2 + math.sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2)


def mantel_haenszel(strata):
    """The difference of shares in strata, by the textbook (Rothman), and its interval by Greenland and Robins."""
    top = sum((k1 * n2 - k2 * n1) / (n1 + n2) for k1, n1, k2, n2 in strata)
    weights = sum(n1 * n2 / (n1 + n2) for _, n1, _, n2 in strata)
    variance = sum((n1 * n2 / (n1 + n2)) ** 2 * (k1 * (n1 - k1) / n1 ** 3 + k2 * (n2 - k2) / n2 ** 3) for k1, n1, k2, n2 in strata) / weights ** 2
    if not variance:  # with half a case added to either
        p = lambda k, n: (k + 0.5) / (n + 1)
        variance = sum((n1 * n2 / (n1 + n2)) ** 2 * (p(k1, n1) * (1 - p(k1, n1)) / n1 + p(k2, n2) * (1 - p(k2, n2)) / n2) for k1, n1, k2, n2 in strata) / weights ** 2
    half = Z * math.sqrt(variance)
    return top / weights, top / weights - half, top / weights + half


def compared(store, base, against, other):
    """Every row of a comparison, from the two reports of its sides."""
    a, b = film_of(store, *base), film_of(store, *other)
    rows_ = report(store, *base, "--against", against)["films"][0]["rows"]
    j, seen = Judge(), Counter()
    for r in rows_:
        k1, n1, k2, n2 = (r[x] for x in ("k1", "n1", "k2", "n2"))
        seen[r["kind"]] += 1
        if r["kind"] in ("option", "timeout"):
            x, y = ([d for d in f["decisions"] if d["id"] == r["id"] and d["exposures"]] for f in (a, b))
            pairs = [(d, e) for d in x for e in y if (d["hash"] == e["hash"]) != r["changed"]]
            def said(d):
                if r["kind"] == "timeout":
                    return d["outcomes"]["timeout"], d["exposures"]
                o = next(o for o in d["options"] if o["id"] == r["option"])
                return o["picks"]["k"], o["picks"]["n"]
            j.same(((k1, n1), (k2, n2)) in [(said(d), said(e)) for d, e in pairs], True, str(r))
        if r["strata"]:
            j.same((sum(s["k1"] for s in r["strata"]) <= k1, len(r["strata"]) > 1), (True, True), str(r))
        if min(n1, n2) >= 20:
            want = mantel_haenszel([[s[x] for x in ("k1", "n1", "k2", "n2")] for s in r["strata"]]) if r["strata"] else newcombe(k1, n1, k2, n2)
            j.same(all(near(r[x], y) for x, y in zip(("difference", "low", "high"), want)), True, str((r, want)))
        else:
            j.same((r["difference"], r["low"], r["high"]), (None,) * 3, str(r))
    for p, q in (("p", "q"), ("strata_p", "strata_q")):
        known = sorted(r[p] for r in rows_ if r[p] is not None)
        want = lambda r: min(x * len(known) / (i + 1) for i, x in enumerate(known) if x >= r[p] - 1e-12)
        j.same([r for r in rows_ if r[p] is not None and not near(r[q], min(1, want(r)), 3e-4)], [], f"{q} is {p} corrected for {len(known)} rows")
    j.verdict(f"{' '.join(base)} against {against}")
    ok(seen["option"] > 5 and seen["timeout"] > 2 and seen["film"] and seen["ending"] and seen["drop-off"], "of every kind", str(seen))
    return rows_


def comparisons(store):
    versions = sorted({v["version"] for v in film_of(store)["versions"]})
    rows_ = compared(store, ["--version", versions[0]], "version=" + versions[-1], ["--version", versions[-1]])
    ok(any(r["changed"] for r in rows_) and not all(r["changed"] for r in rows_), "what changed between versions is marked")
    compared(store, [], "viewings=replay", ["--viewings", "replay"])
    text = run("report", "--store", store, "--against", "viewings=replay").out
    ok("viewings=replay" in text and " to " in text and " *" in text, "as text", text)
    for wrong in ("nonsense", "viewings=some", "time=7", "who=me"):
        ok(run("report", "--store", store, "--against", wrong).code == 2, f"--against {wrong}: exit 2")
    ok(run("report", "--store", store, "--against", "version=none").code == 1, "--against a version that is not there: exit 1")


def formats(temp, store):
    data = report(store)
    try:
        import jsonschema
        with open(os.path.join(ROOT, "telemetry/report.schema.json")) as f:
            schema = json.load(f)
        bad = sorted(jsonschema.Draft7Validator(schema).iter_errors(data), key=str)
        ok(not bad, "the JSON obeys its schema", "\n".join(f"{list(e.path)}: {e.message}" for e in bad[:5]))
        broken = json.loads(json.dumps(data))
        broken["films"][0]["decisions"][0]["options"][0]["picks"]["share"] = 1.5
        ok(list(jsonschema.Draft7Validator(schema).iter_errors(broken)), "and the schema can tell")
    except ImportError:
        skip("the JSON obeys its schema", "python3-jsonschema is not here")
    table = list(csv.DictReader(io.StringIO(run("report", "--store", store, "--format", "csv").out, newline="")))
    film = data["films"][0]
    picks = {(r["versions"], r["id"], r["option"]): (int(r["k"]), int(r["n"])) for r in table if r["kind"] == "option" and r["number"] == "pick"}
    names = [v["version"] for v in film["versions"]]
    want = {(", ".join(names[v] for v in d["versions"]), d["id"], o["id"]): (o["picks"]["k"], o["picks"]["n"])
            for d in film["decisions"] for o in d["options"]}
    ok(picks == want and len({len(r) for r in table}) == 1, f"CSV has the same shares: {len(table)} rows")
    text = run("report", "--store", store).out
    ok("The Made-up Audience" in text and "Question 2?" in text and "too few to say" in text, "text has titles", text)
    lines = [line for line in text.splitlines() if " of " in line and "█" in line]
    ok(len({line.index("%") for line in lines if "Answer" in line or "ending" in line}) == 1, "percentages stand in one column")
    for options in ([], ["--viewers"], ["--by", "input"], ["--against", "viewings=replay"]):
        wide = [line for line in run("report", "--store", store, *options).out.splitlines() if len(line) > 80]
        ok(not wide, f"80 columns are enough: {options}", "\n".join(wide))
    one = run("report", "--store", store, "--decision", "choice-2").out
    ok("still undecided after" in one and "choice-3" not in one, "--decision shows one, with its curve", one)

    evil = copy(store, os.path.join(temp, "evil.sqlite"))
    db = sqlite3.connect(evil)
    title = "<script>\x1b[31m\u202e\"; =1+1,\n"
    db.execute("UPDATE story SET title = ?", (title,))
    db.execute("UPDATE option SET title = ?", ("=HYPERLINK(\"x\")",))
    db.commit()
    db.close()
    shown = run("report", "--store", evil).out
    ok("\x1b" not in shown and "\u202e" not in shown and "<script>" in shown, "text of a story steers no terminal")
    ok(report(evil)["films"][0]["title"] == title, "JSON has it as it is")
    cells = list(csv.DictReader(io.StringIO(run("report", "--store", evil, "--format", "csv").out, newline="")))
    ok(any(c["title"] == "'=HYPERLINK(\"x\")" for c in cells) and not any(c["title"].startswith("=") for c in cells),
       "CSV hands no formula to a spreadsheet")


def arguments(temp, store):
    for args in (["--format", "xml"], ["--since", "yesterday"], ["--since", "2026-13-01"], ["--viewings", "some"], ["--time", "4"],
                 ["--floor", "-1"], ["surplus"]):
        r = run("report", "--store", store, *args)
        ok(r.code == 2 and r.err and not r.out, f"{' '.join(args)}: exit 2", r)
    for args, known in ((["--decision", "nope"], "choice-2"), (["--story", "nope"], "org.example.audience, version 1.0, 2.0"), (["--version", "nope"], "1.0, 2.0"),
                        (["--film", "stories/lighthouse/story.yaml"], "org.example.audience")):
        r = run("report", "--store", store, *args)
        ok(r.code == 1 and not r.out and known in r.err, f"{' '.join(args)}: exit 1, and what there is", r)
    r = run("report", "--store", store, "--since", "2031-01-01")
    ok(r.code == 0 and "None began on that day or later" in r.out, "a day too late", r)
    ok(run("report", "--store", "sqlite:" + store, "--format", "csv").out == run("report", "--store", store, "--format", "csv").out,
       "sqlite:FILE is FILE")
    foreign = os.path.join(temp, "foreign")
    with open(foreign, "w") as f:
        f.write("not a store" * 100)
    r = run("report", "--store", foreign)
    ok(r.code == 3 and open(foreign).read() == "not a store" * 100, "a foreign file is refused and left alone", r)
    both = run("report", "--store", store, "--store", copy(store, os.path.join(temp, "twin.sqlite")))
    ok(both.code == 1 and "same viewing" in both.err, "two stores with the same viewings are not added up", both)
    other = os.path.join(temp, "other.sqlite")
    run("audience", "--store", other, "--viewings", "400", "--seed", "6")
    joined = os.path.join(temp, "joined.sqlite")
    first = run("merge", joined, "sqlite:" + store, other)
    again = run("merge", joined, other, store)
    ok(first.code == 0 and " 400 viewings" in first.out and again.code == 0 and again.out.count(": 0 viewings (0 events)") == 2,
       "merge, and again: nothing is new", first.out + again.out)
    ok(run("report", "--store", joined, "--format", "json").out
       == run("report", "--store", store, "--store", other, "--format", "json").out, "the joined store's report is both stores' report")
    ok(run("merge", joined).code == 2 and run("merge", joined, os.path.join(temp, "nowhere")).code == 3, "merge: nothing to merge, no store")
    linked = os.path.join(temp, "linked.sqlite")
    os.symlink(joined, linked)
    for itself in (joined, "sqlite:" + joined, linked):
        r = run("merge", joined, other, itself)
        ok(r.code == 2 and "is the store to merge into" in r.err and not r.out, "merge: into itself, by whatever name, nothing is begun", r)
    deep = os.path.join(temp, "a", "b", "new.sqlite")
    r = run("merge", deep, other)
    ok(r.code == 0 and f"{os.path.dirname(deep)} was not there, and was made" in r.err and os.path.exists(deep), "merge: a folder that it makes is named", r)
    for size in (2000, 150000):  # too little for a store; for what comes into it
        full = os.path.join(temp, "full", "deep", "new.sqlite")
        r = run("merge", full, other, preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))))
        ok(r.code == 3 and full in r.err and "was made" not in r.err and not os.path.exists(os.path.join(temp, "full")),
           f"merge: where nothing can come in, as {size} bytes are all there is room for, nothing is left", r)
    fresh = os.path.join(temp, "fresh.sqlite")
    r = run("merge", fresh, os.path.join(temp, "nowhere"))
    ok(r.code == 3 and r.err.count("nowhere") == 1 and not os.path.exists(fresh), "merge: nothing to bring in makes no store", r)
    r = run("merge", __file__, joined)
    ok(r.code == 3 and "Name another file." in r.err, "and its advice names no option that it does not have", r)
    a, b, ab = report(store)["films"][0], report(other)["films"][0], report(store, "--store", other)["films"][0]
    add = lambda x, y: all(p["exposures"] + q["exposures"] == r["exposures"] for p, q, r in zip(x["decisions"], y["decisions"], ab["decisions"]))
    ok(add(a, b) and sum(v["viewings"] for f in (a, b) for v in f["versions"]) == sum(v["viewings"] for v in ab["versions"]),
       "two stores of different people add up")


if __name__ == "__main__":
    sys.exit(main())
