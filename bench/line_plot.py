"""An SVG plot of lines: named series over shared categories, the vertical axis logarithmic."""

import math

from svg_plot import text

COLOURS = ("#c0392b", "#2471a3", "#6f9a6a", "#8a6fa8", "#b9770e", "#5b7c99", "#7b241c", "#148f77")
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 720, 380, 70, 170, 46, 50


def lines(title, categories, series, unit, note=""):
    """series: {name: [(value, good) or None for each category]}. A point that is not good is hollow."""
    values = [point[0] for points in series.values() for point in points if point]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    across = (WIDTH - LEFT - RIGHT) / max(1, len(categories) - 1)

    def place(at, value):
        share = (math.log10(value) - low) / max(1, high - low)
        return LEFT + at * across, HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    out = [text(LEFT, 22, title, weight="bold", size=15)]
    for power in range(low, high + 1):
        _, y = place(0, 10.0**power)
        out += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>',
                text(LEFT - 8, y + 4, f"{10.0**power:g} {unit}", "end")]
    for at, category in enumerate(categories):
        out.append(text(LEFT + at * across, HEIGHT - BOTTOM + 20, category, "middle"))
    if note:
        out.append(text(LEFT, HEIGHT - 10, note, size=11))
    for number, (name, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(*place(at, point[0]), point[1]) for at, point in enumerate(points) if point]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _ in places)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for x, y, good in places:
            fill = colour if good else "white"
            out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" stroke="{colour}" stroke-width="2" fill="{fill}"/>')
        y = TOP + 10 + 20 * number
        out += [f'<rect x="{WIDTH - RIGHT + 16}" y="{y - 9}" width="12" height="12" fill="{colour}"/>',
                text(WIDTH - RIGHT + 34, y + 2, name)]
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            'font-family="sans-serif"><rect width="100%" height="100%" fill="white"/>' + "".join(out) + "</svg>\n")
