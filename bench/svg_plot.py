"""Plots the results of one model: a panel per workload, a bar per engine, shorter is faster."""

from html import escape

COLOURS = {"float32": "#5b7c99", "half": "#8a6fa8", "int8": "#6f9a6a"}
RAPPEL = {"float32": "#c0392b", "half": "#d9534f", "int8": "#e67e22"}
ROW, LABEL, BAR, VALUE, TITLE, GAP, COLUMNS = 18, 210, 220, 80, 26, 20, 2
WIDTH = LABEL + BAR + VALUE


def text(x, y, content, anchor="start", weight="normal", size=12):
    return (f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" font-weight="{weight}">'
            f"{escape(content)}</text>")


def panel(x, y, title, rows):
    """rows: (engine, milliseconds, least, colour), in the order they are shown."""
    out = [text(x, y + 14, title, weight="bold")]
    longest = max(value for _, value, _, _ in rows)
    for index, (engine, value, least, colour) in enumerate(rows):
        top = y + TITLE + index * ROW
        width, mark = BAR * value / longest, BAR * least / longest
        out += [text(x + LABEL - 6, top + 12, engine, "end"),
                f'<rect x="{x + LABEL}" y="{top + 2}" width="{width:.1f}" height="{ROW - 5}" fill="{colour}"/>',
                f'<line x1="{x + LABEL + mark:.1f}" x2="{x + LABEL + mark:.1f}" y1="{top + 1}" y2="{top + ROW - 2}" '
                'stroke="#222"/>',
                text(x + LABEL + width + 5, top + 12, f"{value:.3g} ms" if value < 1000 else f"{value / 1000:.3g} s",
                     size=11)]
    return out


def bars(model, found, engines):
    """found: {engine: {workload: entry}} as report.cells() gives. Engines are sorted by time within a panel."""
    workloads = list(dict.fromkeys(name for by_workload in found.values() for name in by_workload))
    panels, whats = [], {}
    for name in workloads:
        rows = []
        for engine, by_workload in found.items():
            if name in by_workload:
                entry = by_workload[name]
                whats[name] = entry["what"]
                palette = RAPPEL if engines[engine]["rappel"] else COLOURS
                rows.append((engine, entry["median_ms"], entry["min_ms"], palette[entry["family"]]))
        panels.append((whats[name], sorted(rows, key=lambda row: row[1])))
    body, y = [], 40
    for at in range(0, len(panels), COLUMNS):
        line = panels[at:at + COLUMNS]
        for column, (title, rows) in enumerate(line):
            body += panel(column * (WIDTH + GAP) + GAP, y, title, rows)
        y += TITLE + GAP + ROW * max(len(rows) for _, rows in line)
    width, height = COLUMNS * (WIDTH + GAP) + GAP, y
    heading = text(GAP, 24, f"{model}: median time (tick: least), shorter is faster", weight="bold", size=15)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>' + heading + "".join(body)
            + "</svg>\n")
