"""The bars that the engine is held to, evaluated on one run's results."""

from collections import namedtuple
from statistics import median

import machine

# Ratios: the other's median over rappel's, within one group of one run. `workloads` None: all.
Bar = namedtuple("Bar", "what own other least workloads")
PYTORCH = "PyTorch float32 (FlagEmbedding)"
QUERIES = ("query8", "query16", "query32")
RATIO_BARS = [
    Bar("float32 vs the best fp32 peer", "rappel float32", "float32", 1.0, None),
    Bar("float32 vs the best fp32 peer, mixed lengths", "rappel float32", "float32", 1.4, ("mixed32",)),
    Bar("half vs the best fp32 peer", "rappel half", "float32", 1.6, None),
    Bar("int8 vs the best int8 peer", "rappel int8", "int8", 1.25, None),
    Bar("int8 vs the best fp32 peer", "rappel int8", "float32", 2.2, None),
    Bar("int8 vs FlagEmbedding, one query", "rappel int8", PYTORCH, 8.0, QUERIES),
    Bar("int8 vs FlagEmbedding, 20 documents", "rappel int8", PYTORCH, 3.0, ("docs20x20",)),
    Bar("int8 vs FlagEmbedding, rerank of 5", "rappel int8", PYTORCH, 3.3, ("rerank5x30",)),
]
PEAK_BAR, PEAK_FROM_TOKENS = 0.70, 150


def own_median(times, own, like):
    """rappel's median in the group where `like` was timed; None when it was not there."""
    return next((entry["median_ms"] for entry in times if entry["engine"] == own
                 and all(entry[key] == like[key] for key in ("model", "workload", "group"))), None)


def ratios(results, own, other):
    """{(model, workload): (ratio, peer)} of the fastest peer by ratio. `other`: a family, or one engine's name."""
    rappel = {name for name, info in results["engines"].items() if info["rappel"]}
    out = {}
    for entry in results["times"]:
        if entry["engine"] in rappel or other not in (entry["family"], entry["engine"]):
            continue
        ours = own_median(results["times"], own, entry)
        if ours:
            key, ratio = (entry["model"], entry["workload"]), entry["median_ms"] / ours
            if key not in out or ratio < out[key][0]:
                out[key] = (ratio, entry["engine"])
    return out


def peak_share(results, entry):
    """Share of the measured peak that the entry's useful work reached at its median; None without a peak."""
    _, peak = machine.peak_for(results["machine"]["peak"], entry["family"], results["settings"]["isa"])
    return entry["gflop"] / (entry["median_ms"] / 1000) / peak if peak else None


def evaluate(results):
    """[(what, least, worst, where, verdict)]; worst is None when nothing of it was measured."""
    out = []
    for bar in RATIO_BARS:
        found = {key: value for key, value in ratios(results, bar.own, bar.other).items()
                 if bar.workloads is None or key[1] in bar.workloads}
        if not found:
            out.append((bar.what, f"{bar.least}x", None, "", "not measured"))
            continue
        key = min(found, key=lambda k: found[k][0])
        ratio, peer = found[key]
        out.append((bar.what, f"{bar.least}x", f"{ratio:.2f}x", f"{key[0]}, {key[1]}, {peer}",
                    "held" if ratio >= bar.least else "missed"))
    shares = {}
    for entry in results["times"]:
        share = peak_share(results, entry)
        if entry["engine"] == "rappel float32" and entry["tokens"] >= PEAK_FROM_TOKENS and share is not None:
            shares.setdefault((entry["model"], entry["workload"]), []).append(share)
    burst, least = results.get("burst"), 0.9
    out.append(("burst of 32 queries over HTTP, throughput against one batch in process", f"{least}x",
                f"{burst['throughput_ratio']:.2f}x" if burst else None, "minilm" if burst else "",
                ("held" if burst["throughput_ratio"] >= least else "missed") if burst else "not measured"))
    what = f"float32, share of measured peak from {PEAK_FROM_TOKENS} tokens on"
    if shares:
        key = min(shares, key=lambda k: median(shares[k]))
        worst = median(shares[key])
        out.append((what, f"{PEAK_BAR:.0%}", f"{worst:.0%}", ", ".join(key), "held" if worst >= PEAK_BAR else "missed"))
    else:
        out.append((what, f"{PEAK_BAR:.0%}", None, "", "not measured"))
    return out
