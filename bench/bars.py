"""The targets of the engine, evaluated on one run's results.

A target without figures in the run is "not measured", never met. Ratios compare medians of one group of one run. The
report also shows the ratio of the minimum times, because other work on the machine disturbs it less.
"""

from collections import namedtuple
from statistics import median

import machine

# A bar in the report. `worst` is None if nothing was measured.
Row = namedtuple("Row", "what bar worst by_least where verdict")

# The other's time over rappel's is at least `least` on each of `workloads` (None: all).
RatioBar = namedtuple("RatioBar", "what own other least workloads")
FLAG = "FlagEmbedding float32"
QUERIES = ("query8", "query16", "query32")
RATIO_BARS = [
    RatioBar("float32 vs the best fp32 peer", "rappel float32", "float32", 1.0, None),
    RatioBar("float32 vs the best fp32 peer, mixed lengths", "rappel float32", "float32", 1.4, ("mixed32",)),
    RatioBar("half vs the best fp32 peer", "rappel half", "float32", 1.6, None),
    RatioBar("int8 vs the best int8 peer", "rappel int8", "int8", 1.25, None),
    RatioBar("int8 vs the best fp32 peer", "rappel int8", "float32", 2.2, None),
    RatioBar("int8 vs FlagEmbedding, one query", "rappel int8", FLAG, 8.0, QUERIES),
    RatioBar("int8 vs FlagEmbedding, 20 documents", "rappel int8", FLAG, 3.0, ("docs20x20",)),
    RatioBar("int8 vs FlagEmbedding, rerank of 5", "rappel int8", FLAG, 3.3, ("rerank5x30",)),
]
PEAK_BAR, PEAK_FROM_TOKENS = 0.70, 150
BURST_LEAST, CACHE_HIT_MICROSECONDS, IDLE_SHARE = 0.9, 50, 0.005
MEMORY_BYTES, READY_SECONDS = 0.7e9, 3.0
QUALITY = {"half": 0.001, "int8": 0.005}  # allowed absolute loss of nDCG@10 and Spearman


def own_time(times, own, like, key):
    """rappel's figure in the group where `like` was timed; None when it was not there."""
    return next((entry[key] for entry in times if entry["engine"] == own
                 and all(entry[part] == like[part] for part in ("model", "workload", "group"))), None)


def ratios(results, own, other, key="median_ms"):
    """{(model, workload): (ratio, peer)} of the fastest peer by ratio. `other`: a family, or one engine's name."""
    rappel = {name for name, info in results["engines"].items() if info["rappel"]}
    out = {}
    for entry in results["times"]:
        if entry["engine"] in rappel or other not in (entry["family"], entry["engine"]):
            continue
        ours = own_time(results["times"], own, entry, key)
        if ours:
            where, ratio = (entry["model"], entry["workload"]), entry[key] / ours
            if where not in out or ratio < out[where][0]:
                out[where] = (ratio, entry["engine"])
    return out


def least_on(bar, workload):
    """The ratio that the bar asks for on the workload: stricter ones for single workloads count as well."""
    return max((other.least for other in RATIO_BARS if (other.own, other.other) == (bar.own, bar.other)
                and (other.workloads is None or workload in other.workloads)), default=None)


def peak_share(results, entry):
    """Share of the measured peak that the entry's useful work reached at its median; None without a peak."""
    _, peak = machine.peak_for(results["machine"]["peak"], entry["family"], results["settings"]["isa"])
    return entry["gflop"] / (entry["median_ms"] / 1000) / peak if peak else None


def not_measured(what, bar):
    return Row(what, bar, None, None, "", "not measured")


def judged(what, bar, held, worst, where, by_least="-"):
    return Row(what, bar, worst, by_least, where, "met" if held else "missed")


def ratio_row(results, bar):
    def found(key):
        return {where: value for where, value in ratios(results, bar.own, bar.other, key).items()
                if bar.workloads is None or where[1] in bar.workloads}

    medians, least = found("median_ms"), found("min_ms")
    if not medians:
        return not_measured(bar.what, f">= {bar.least}x")
    where = min(medians, key=lambda place: medians[place][0])
    ratio, peer = medians[where]
    return judged(bar.what, f">= {bar.least}x", ratio >= bar.least, f"{ratio:.2f}x", f"{', '.join(where)}, {peer}",
                  f"{min(value for value, _ in least.values()):.2f}x")


def peak_row(results):
    what, shares = f"float32, share of the measured peak from {PEAK_FROM_TOKENS} tokens on", {}
    for entry in results["times"]:
        share = peak_share(results, entry)
        if entry["engine"] == "rappel float32" and entry["tokens"] >= PEAK_FROM_TOKENS and share is not None:
            shares.setdefault((entry["model"], entry["workload"]), []).append(
                (share, share * entry["median_ms"] / entry["min_ms"]))
    if not shares:
        return not_measured(what, f">= {PEAK_BAR:.0%}")
    middle = {where: median(share for share, _ in found) for where, found in shares.items()}
    best = min(max(share for _, share in found) for found in shares.values())
    where = min(middle, key=middle.get)
    path, _ = machine.peak_for(results["machine"]["peak"], "float32", results["settings"]["isa"])
    return judged(what, f">= {PEAK_BAR:.0%}", middle[where] >= PEAK_BAR, f"{middle[where]:.0%}",
                  f"{', '.join(where)}, peak of {path}", f"{best:.0%}")


def serving_rows(found):
    """`found`: what serving.py measured, keys as it says; {} when it did not."""
    rows = []
    what = "burst of 32 queries over HTTP, throughput against one batch in process"
    ratio = found.get("throughput_ratio")
    rows.append(not_measured(what, f">= {BURST_LEAST}x") if ratio is None else
                judged(what, f">= {BURST_LEAST}x", ratio >= BURST_LEAST, f"{ratio:.2f}x", "minilm"))
    what, bar = "queries during an ingest job, 99th percentile", "<= 2 x unloaded + one batch"
    p99, alone, batch = (found.get(key) for key in ("ingest_p99_ms", "unloaded_p99_ms", "ingest_batch_ms"))
    rows.append(not_measured(what, bar) if None in (p99, alone, batch) else
                judged(what, bar, p99 <= 2 * alone + batch, f"{p99:.1f} ms",
                       f"minilm; unloaded {alone:.1f} ms, a batch {batch:.1f} ms"))
    what, bar, hit = "query-cache hit, engine side", f"<= {CACHE_HIT_MICROSECONDS} us", found.get("cache_hit_us")
    rows.append(not_measured(what, bar) if hit is None else
                judged(what, bar, hit <= CACHE_HIT_MICROSECONDS, f"{hit:.1f} us", "minilm"))
    what, bar, idle = "idle server", f"< {IDLE_SHARE:.1%} of a core", found.get("idle_core_share")
    rows.append(not_measured(what, bar) if idle is None else
                judged(what, bar, idle < IDLE_SHARE, f"{idle:.2%}", "minilm"))
    return rows


def footprint_rows(found):
    """`found`: what footprint.py measured."""
    what = "1 x 8192 tokens, XLM-R-large int8, peak resident memory"
    bar, memory = f"<= weights + {MEMORY_BYTES / 1e9} GB", found.get("memory")
    rows = [not_measured(what, bar) if not memory else
            judged(what, bar, memory["peak_bytes"] <= memory["weight_bytes"] + MEMORY_BYTES,
                   f"weights + {(memory['peak_bytes'] - memory['weight_bytes']) / 1e9:.2f} GB",
                   f"peak {memory['peak_bytes'] / 1e9:.2f} GB, packed weights {memory['weight_bytes'] / 1e9:.2f} GB, "
                   f"of the mapped file {memory['mapped_bytes'] / 1e9:.2f} GB were resident after loading")]
    what, bar, times = "rappel serve ready with XLM-R-large int8", f"<= {READY_SECONDS:.0f} s", found.get("ready_s")
    rows.append(not_measured(what, bar) if not times else
                judged(what, bar, median(times) <= READY_SECONDS, f"{median(times):.2f} s",
                       "from start to /ready, file in the page cache", f"{min(times):.2f} s"))
    return rows


def quality_rows(found):
    """`found`: rows of quality.py, one per instruction set and precision."""
    rows = []
    for precision, most in QUALITY.items():
        for name, what in (("scifact", "nDCG@10 on SciFact"), ("stsb", "Spearman on STS-B")):
            lost = [(row[name + "_lost"], row["target"]) for row in found
                    if row["precision"] == precision and name + "_lost" in row]
            metric = what.replace(" on ", " loss on ")
            title, bar = f"{precision}: {metric}, real MiniLM", f"<= {most}"
            rows.append(not_measured(title, bar) if not lost else
                        judged(title, bar, max(lost)[0] <= most, f"{max(lost)[0]:.4f}", f"kernels {max(lost)[1]}"))
    return rows


def evaluate(results):
    """All bars as Rows, in the order of the project's table."""
    return [*(ratio_row(results, bar) for bar in RATIO_BARS), peak_row(results),
            *serving_rows(results.get("serving") or {}), *footprint_rows(results.get("footprint") or {}),
            *quality_rows(results.get("quality") or [])]
