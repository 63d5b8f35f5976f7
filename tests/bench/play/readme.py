"""Makes the table of tests/bench/README.md from the figures of a run; play.py --readme takes those of the last run."""
import json
import statistics

# name of the row, its name in the table
ROWS = [
    ("Frumious, clips", "**Frumious**, clips"),
    ("Frumious, ranges of one file, off key", "**Frumious**, ranges of one file, between key frames"),
    ("Frumious, 8 candidates off key", "**Frumious**, eight options, between key frames"),
    ("what any window costs", "`least.c`: decoding and showing, nothing else"),
    ("mpv, playlist", "mpv, playlist"),
    ("VLC, playlist", "VLC, playlist"),
    ("ffplay, twice", "ffplay, started twice"),
    ("Chromium, seek off key", "Chromium, seeking"),
    ("Chromium, MediaSource", "Chromium, MediaSource"),
    ("FFmpeg, decoding alone", "FFmpeg, decoding into nothing"),
]
# heading, figures that share the column, their format
COLUMNS = [
    ("CPU s per minute", ("cpu_min",), "{:.1f}"),
    ("peak memory, MB", ("mb",), "{:.0f}"),
    ("first frame after, ms", ("start_ms",), "{:.0f}"),
    ("gap at the branch, ms", ("gap_ms",), "{:+.1f}"),
    ("frames lost", ("lost",), "{:.0f}"),
    ("silence at the join, ms", ("silence_ms",), "{:.1f}"),
    ("pacing p50 / p99, ms", ("p50_ms", "p99_ms"), "{:.2f} / {:.1f}"),
]

def load(path):
    with open(path) as f:
        return {(r["height"], r["row"]): r["rounds"] for r in json.load(f)}


def median(rounds, figure):
    values = [r[figure] for r in rounds if r.get(figure) is not None]
    return statistics.median(values) if values else None


def cell(rounds, figures, form):
    values = [median(rounds, f) for f in figures]
    return "" if None in values else form.format(*values)


def row(figures, name, heights):
    for _, wanted, form in COLUMNS:
        cells = [cell(figures.get((h, name), []), wanted, form) for h in heights]
        yield cells[0] + "".join(f" ({c})" for c in cells[1:] if c)


def table(figures):
    """The lines of the table in Markdown; figures: {(height, row): [figures of a round]}."""
    heights = sorted({h for h, _ in figures})
    names = [f"{h * 16 // 9}x{h}" for h in heights]
    sizes = names[0] + "".join(f" ({n})" for n in names[1:])
    yield f"| {sizes} | " + " | ".join(heading for heading, _, _ in COLUMNS) + " |"
    yield "|---" * (len(COLUMNS) + 1) + "|"
    for name, called in ROWS:
        if any((h, name) in figures for h in heights):
            yield f"| {called} | " + " | ".join(row(figures, name, heights)) + " |"
