"""What a run says in the end: Markdown for people, SVG for the eye, both from results.json's content."""

import shutil
from statistics import median

import bars
import svg_plot
from timing import summary

BEGIN, END = "<!-- bench: generated, begin -->", "<!-- bench: generated, end -->"


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


def time_table(results, model):
    found = cells(results, model)
    names = ordered(entry["workload"] for entry in results["times"] if entry["model"] == model)
    rows = []
    for engine, by_workload in found.items():
        row = [f"**{engine}**" if results["engines"][engine]["rappel"] else engine]
        for name in names:
            entry = by_workload.get(name)
            row.append(f"{milliseconds(entry['median_ms'])} ({milliseconds(entry['min_ms'])}) "
                       f"±{entry['spread'] / 2:.0%}" if entry else "-")
        rows.append(row)
    return table(["median (least) ms, half the middle spread", *names], rows)


def ratio_table(results, model, own):
    """Each peer's median over that of `own` in the same group: above 1 rappel is faster."""
    names = ordered(entry["workload"] for entry in results["times"] if entry["model"] == model)
    rows = []
    for peer, info in results["engines"].items():
        if info["rappel"]:
            continue
        found = bars.ratios(results, own, peer)
        row = [f"{found[model, name][0]:.2f}" if (model, name) in found else "-" for name in names]
        if any(cell != "-" for cell in row):
            rows.append([peer, *row])
    mine = cells(results, model).get(own, {})
    shares = [bars.peak_share(results, mine[name]) if name in mine else None for name in names]
    if any(shares):
        rows.append([f"*{own}: of measured peak*", *(f"*{s:.0%}*" if s else "-" for s in shares)])
    return table([f"time / time of {own}", *names], rows) if rows else ""


def burst_table(burst):
    return table(["32 concurrent single queries, real all-MiniLM-L6-v2", "median (least) ms"], [
        ["as one batch in process, token ids to vectors", f"{burst['batch_ms']} ({burst['batch_min_ms']})"],
        ["over HTTP, text to answers, all of them", f"{burst['burst_ms']} ({burst['burst_min_ms']})"],
        ["one query of them: median, 99th percentile", f"{burst['query_p50_ms']}, {burst['query_p99_ms']}"],
        ["one query with nothing else to do", f"{burst['query_alone_ms']}"]])


def markdown(results):
    machine, settings = results["machine"], results["settings"]
    clock = "wall-clock time" if settings["clock"] == "wall" else "CPU time of the process"
    loads = [entry["load"] for entry in results["times"]]
    out = [f"{machine['cpu']} ({', '.join(machine['flags']) or 'no flags known'}), {settings['threads']} thread(s), "
           f"{clock}, {'kernels restricted to ' + settings['isa'] if settings['isa'] else 'best kernels of each'}, "
           f"seed {settings['seed']}, peers in padded batches of {settings['batch']} sorted by length, rappel in packed "
           f"batches of {settings['batch_tokens']} tokens."]
    if loads and max(loads) > int(settings["threads"]) + 1:
        out.append(f"The machine did other work at the same time (load {min(loads):.1f} to {max(loads):.1f}): ratios and "
                   "least times say more than medians.")
    if machine["peak"]:
        out.append("Measured peak, GFLOP/s or GOP/s: " + ", ".join(
            f"{name} {value:.0f}" for name, value in machine["peak"].items() if name not in ("threads", "memory_read_gb_s"))
                   + f"; memory {machine['peak'].get('memory_read_gb_s', 0):.0f} GB/s.")
    for model in ordered(entry["model"] for entry in results["times"]):
        out += [f"### {model}", time_table(results, model)]
        for own, info in results["engines"].items():
            if info["rappel"]:
                out.append(ratio_table(results, model, own))
    if results.get("burst"):
        out += ["### Burst over HTTP", burst_table(results["burst"])]
    out += ["### Bars", table(["bar", "at least", "worst", "where", ""], [
        [what, least, worst or "-", where, verdict] for what, least, worst, where, verdict in bars.evaluate(results)])]
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
        if run.get("burst"):
            out["burst"] = run["burst"]
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
    old = page.read_text()
    if old.count(BEGIN) != 1 or old.count(END) != 1:
        raise SystemExit(f"{page} needs one line '{BEGIN}' and one '{END}'")
    plots = sorted(results_folder.glob("*.svg"))
    for plot in plots:
        shutil.copyfile(plot, page.parent / f"benchmarks-{plot.name}")
    images = "".join(f"![{plot.stem}](benchmarks-{plot.name})\n\n" for plot in plots)
    head, _, rest = old.partition(BEGIN)
    page.write_text(head + BEGIN + "\n\n" + images + text + "\n" + END + rest.partition(END)[2])
