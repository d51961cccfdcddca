"""The report of a run: Markdown and SVG, from the content of results.json."""

import shutil
from statistics import median

import bars
import generated
import svg_plot
from timing import summary


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def ordered(values):
    return list(dict.fromkeys(values))


def milliseconds(value):
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def cells(results, model):
    """{engine: {workload: entry}}; an engine that ran in several groups (rappel) has the middle of its medians."""
    found = {}
    for entry in results["times"]:
        if entry["model"] == model:
            found.setdefault(entry["engine"], {}).setdefault(entry["workload"], []).append(entry)
    return {engine: {workload: {**entries[0], "median_ms": median(e["median_ms"] for e in entries),
                                "min_ms": min(e["min_ms"] for e in entries),
                                "spread": max(e["spread"] for e in entries)}
                     for workload, entries in by_workload.items()} for engine, by_workload in found.items()}


def workload_names(results, model):
    return ordered(entry["workload"] for entry in results["times"] if entry["model"] == model)


def time_table(results, model):
    found, names = cells(results, model), workload_names(results, model)
    rows = []
    for engine, by_workload in found.items():
        row = [f"**{engine}**" if results["engines"][engine]["rappel"] else engine]
        for name in names:
            entry = by_workload.get(name)
            row.append(f"{milliseconds(entry['median_ms'])} ({milliseconds(entry['min_ms'])}) "
                       f"±{entry['spread'] / 2:.0%}" if entry else "-")
        rows.append(row)
    return table(["median (least) ms, half the interquartile range", *names], rows)


def ratio_cell(found, where, asked):
    """'1.31 ONNX Runtime int8', bold when it is less than what is asked for."""
    if where not in found:
        return "-"
    ratio, peer = found[where]
    cell = f"{ratio:.2f} {peer}"
    return f"**{cell}**" if asked is not None and ratio < asked else cell


def best_peer_table(results, model):
    """Rows: what a bar compares. Cells: the best peer's median over rappel's, and who that is."""
    names = workload_names(results, model)
    rows, seen = [], set()
    for bar in bars.RATIO_BARS:
        found = bars.ratios(results, bar.own, bar.other)
        if (bar.own, bar.other) in seen or not any(key[0] == model for key in found):
            continue
        seen.add((bar.own, bar.other))
        versus = f"the best {bar.other} peer" if bar.other in ("float32", "half", "int8") else bar.other
        rows.append([f"{bar.own} vs {versus}",
                     *(ratio_cell(found, (model, name), bars.least_on(bar, name)) for name in names)])
    for own, by_workload in cells(results, model).items():
        if results["engines"][own]["rappel"]:
            shares = [bars.peak_share(results, by_workload[name]) if name in by_workload else None for name in names]
            if any(shares):
                rows.append([f"{own}, of measured peak", *(f"{s:.0%}" if s else "-" for s in shares)])
    return table(["best peer's time / rappel's; bold: below a bar", *names], rows) if rows else ""


def peers_table(results, model):
    """Every peer against rappel at the peer's own precision."""
    names, rows = workload_names(results, model), []
    for own, info in results["engines"].items():
        for peer, other in results["engines"].items():
            if not info["rappel"] or other["rappel"] or info["family"] != other["family"]:
                continue
            found = bars.ratios(results, own, peer)
            row = [f"{found[model, name][0]:.2f}" if (model, name) in found else "-" for name in names]
            if any(cell != "-" for cell in row):
                rows.append([f"{peer} / {own}", *row])
    return table(["time / rappel's time at the same precision", *names], rows) if rows else ""


def serving_table(found):
    rows = [[name, str(value)] for name, value in found.items()]
    return table(["rappel serve, real all-MiniLM-L6-v2", ""], rows)


def quality_table(rows):
    def order(row, head):
        found = row.get("heads", {}).get(head)
        return f"{found['tau']:.4f}, {found['kept']:.1%}" if found else "-"

    def score(row, name):
        return f"{row[name]:.4f}, {row[name + '_lost']:+.4f}" if name in row else "-"

    return table(["kernels", "precision", "SciFact nDCG@10, lost", "STS-B Spearman, lost", "sparse head: tau, top 10 kept",
                  "ColBERT head: tau, top 10 kept"],
                 [[row["target"], row["precision"], score(row, "scifact"), score(row, "stsb"), order(row, "sparse"),
                   order(row, "colbert")] for row in rows])


def bars_table(results):
    return table(["bar", "", "worst", "by least times", "where", ""], [
        [row.what, row.bar, row.worst or "-", row.by_least or "-", row.where or "-",
         f"**{row.verdict}**" if row.verdict == "missed" else row.verdict] for row in bars.evaluate(results)])


def markdown(results):
    machine, settings = results["machine"], results["settings"]
    clock = "wall-clock time" if settings["clock"] == "wall" else "CPU time of the process"
    loads = [entry["load"] for entry in results["times"]]
    out = [f"{machine['cpu']} ({', '.join(machine['flags']) or 'no flags known'}), {settings['threads']} thread(s), "
           f"{clock}, {'kernels restricted to ' + settings['isa'] if settings['isa'] else 'best kernels of each engine'}, "
           f"seed {settings['seed']}, peers in padded batches of {settings['batch']} sorted by length, rappel in packed "
           f"batches of {settings['batch_tokens'] or 'the size that it measured as best at start'}"
           f"{' tokens' if settings['batch_tokens'] else ''}."]
    if loads and max(loads) > int(settings["threads"]) + 1:
        out.append(f"The machine did other work at the same time (load {min(loads):.1f} to {max(loads):.1f}): ratios and "
                   "least times say more than medians.")
    if machine["peak"]:
        out.append("Measured peak, GFLOP/s or GOP/s: " + ", ".join(
            f"{name} {value:.0f}" for name, value in machine["peak"].items() if name not in ("threads", "memory_read_gb_s"))
                   + f"; memory {machine['peak'].get('memory_read_gb_s', 0):.0f} GB/s.")
    out += ["### Bars", bars_table(results)]
    for model in ordered(entry["model"] for entry in results["times"]):
        out += [f"### {model}", time_table(results, model), best_peer_table(results, model), peers_table(results, model)]
    if results.get("serving"):
        out += ["### Serving", serving_table(results["serving"])]
    if results.get("quality"):
        out += ["### Quality", quality_table(results["quality"])]
    out += ["### Agreement before timing", table(
        ["model", "engine", "version", "agreement", "least cosine", "against"],
        [[a["model"], a["engine"], results["engines"][a["engine"]]["version"], f"{a['agreement']:.6f}",
          f"{a['least_cosine']:.6f}", str(a["reference"])] for a in results["agreement"]])]
    if results["missing"]:
        out += ["### Missing", table(["model", "engine", "workload", "why"], [
            [m["model"], m["engine"], m["workload"] or "all", m["why"].replace("|", "/")] for m in results["missing"]])]
    out += [f"- {note}" for note in results["notes"]]
    return "\n\n".join(part for part in out if part) + "\n"


def combine(runs):
    """One set of results from several runs with equal settings. Groups stay apart: no ratio crosses two runs."""
    first = runs[0]
    for run in runs[1:]:
        for key in ("threads", "clock", "isa", "seed", "batch", "batch_tokens"):
            if run["settings"][key] != first["settings"][key]:
                raise SystemExit(f"the runs differ in --{key.replace('_', '-')}: they do not belong in one report")
    out = {**first, "engines": {}, "missing": [], "agreement": [], "times": [], "notes": []}
    for number, run in enumerate(runs):
        for name, info in run["engines"].items():
            out["engines"].setdefault(name, info)
        for key in ("serving", "footprint", "quality"):
            if run.get(key):
                out[key] = run[key]
        for key in ("missing", "agreement", "notes"):
            out[key] += [item for item in run[key] if item not in out[key]]
        for entry in run["times"]:
            times = [pair[first["settings"]["clock"] == "cpu"] for pair in entry["wall_cpu_ms"]]
            out["times"].append({**entry, **summary(times), "group": 1000 * number + entry["group"]})
    return out


def write(results, folder):
    text = markdown(results)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.md").write_text(text)
    for model in ordered(entry["model"] for entry in results["times"]):
        (folder / f"{model}.svg").write_text(svg_plot.bars(model, cells(results, model), results["engines"]))
    return text


def replace_generated(page, text, results_folder):
    """Puts the report between the page's two marks and the plots beside the page."""
    plots = sorted(results_folder.glob("*.svg"))
    images = "".join(f"![{plot.stem}](benchmarks-{plot.name})\n\n" for plot in plots)
    generated.replace(page, "bench", images + text)
    for plot in plots:
        shutil.copyfile(plot, page.parent / f"benchmarks-{plot.name}")
