"""The benchmark: peers and rappel take turns on the same weights and token ids. See README.md; --help lists the options."""

import argparse
import copy
import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import agreement
import engines
import footprint
import machine
import make_models
import report
import serving
import summary as docs_summary
import workloads
from child import Child, ChildError
from timing import expected_seconds, summary, time_workload

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DEFAULT_MODELS = "small,small-reranker,minilm,large,large-reranker"
# Approximate start and load time of an engine, and its share of the float32 peak. Used for the estimate only.
START_SECONDS, LOAD_BYTES_PER_SECOND = 6, 150e6
USUAL_SHARE = {"float32": 0.5, "half": 0.8, "int8": 0.9}


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="bench/run", description="Times rappel and its peers on the same work.")
    add = parser.add_argument
    add("--models", default=DEFAULT_MODELS, help="of: minilm, " + ", ".join(make_models.SHAPES)
        + "; default " + DEFAULT_MODELS)
    add("--workloads", help="names; default: all that fit the model, and burst, quality (minilm), footprint (large)")
    add("--engines", help="parts of names, e.g. 'rappel,ONNX'; default: all")
    add("--threads", type=int, default=2)
    add("--isa", default="", help="restrict kernels to avx2 (also in peers if possible), or to a CPU target of rappel")
    add("--clock", choices=["wall", "cpu"], default="wall",
        help="use cpu with --threads 1 on a shared machine")
    add("--seed", type=int, default=1, help="seed of weights, lengths and token ids")
    add("--rounds", type=int, default=5, help="minimum repetitions of a workload per engine")
    add("--seconds", type=float, default=4, help="per workload and engine, at least; passes so slow that this takes "
        "five times as long are measured twice")
    add("--minutes", type=float, help="reduce --seconds and --rounds until the estimate of a model fits")
    add("--limit", type=float, default=900, help="time limit of an engine's answer in seconds")
    add("--batch", type=int, default=16, help="texts per padded batch of a peer")
    add("--batch-tokens", type=int, default=0, help="tokens per packed batch of rappel; 0: "
        "what it measures at its start, as `rappel serve` does")
    add("--memory-gb", type=float, help="memory of all engines together; default: three quarters of the free memory")
    add("--cache", type=Path, default=ROOT / "bench" / "cache")
    add("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with tokenizers and retrieval data, if present")
    add("--minilm", type=Path, default=ROOT / "models" / "all-MiniLM-L6-v2")
    add("--encoder", type=Path, default=ROOT / "build/release/bench/rappel_bench_encoder")
    add("--peak", type=Path, default=ROOT / "build/release/bench/rappel_bench_peak")
    add("--rappel", type=Path, default=ROOT / "build/release/rappel", help="for the burst over HTTP, with minilm")
    add("--text", type=Path, default=ROOT / "build/release/bench/rappel_bench_text", help="for the query cache")
    add("--output", type=Path, help="folder of results; default CACHE/results/<time>")
    add("--report", type=Path, nargs="+", help="make one report from the results.json of these folders, without timing")
    add("--docs", type=Path, help="Markdown file to update, e.g. docs/benchmarks.md")
    settings = parser.parse_args(arguments)
    settings.output = settings.output or settings.cache / "results" / time.strftime("%Y%m%d-%H%M%S")
    return settings


def say(text):
    print(text, flush=True)


def chosen(items, wanted):
    """Items whose name contains one of the comma-separated words."""
    words = [word.strip().lower() for word in (wanted or "").split(",") if word.strip()]
    return [item for item in items if not words or any(word in item.name.lower() for word in words)]


class Run:
    def __init__(self, settings):
        self.settings = settings
        self.results = {"format": 1, "settings": {k: str(v) if isinstance(v, Path) else v
                                                  for k, v in vars(settings).items()},
                        "engines": {}, "missing": [], "agreement": [], "times": [], "notes": []}

    def missing(self, model, engine, why, workload=None):
        where = f"{model}, {workload}" if workload else model
        say(f"  missing: {engine} ({where}): {why}")
        self.results["missing"].append({"model": model, "engine": engine, "workload": workload, "why": why})

    def model_folder(self, name):
        if name == "minilm":
            return self.settings.minilm if (self.settings.minilm / "config.json").is_file() else None
        return make_models.make(name, self.settings.cache / "models", self.settings.seed, self.settings.data)

    def tasks(self, name, folder, config):
        """[(workload name, what, token ids)] of the model."""
        settings, tasks = self.settings, []
        reranker = name in make_models.SHAPES and make_models.SHAPES[name].reranker
        for workload in chosen(workloads.WORKLOADS, settings.workloads):
            if not workloads.fits(workload, config) or (reranker and not workload.rerank):
                continue
            lengths = workload.lengths(settings.seed, workloads.most_tokens(config))
            tasks.append((workload.name, workload.what,
                          workloads.token_ids(config, lengths, workload.name, settings.seed)))
        if name == "minilm" and (not settings.workloads or "scifact" in settings.workloads):
            try:
                ids = workloads.scifact_ids(folder, settings.data / "retrieval/scifact/corpus.jsonl", 64)
                tasks.append(("scifact64", "64 SciFact passages", ids))
            except (ImportError, OSError, ValueError) as error:
                self.missing(name, "all", str(error), "scifact64")
        return tasks

    def start(self, model, engine, folder):
        line, environment = engines.command(engine, self.settings, folder)
        if not Path(line[0]).exists():
            raise ChildError(f"{line[0]} is not built")
        log = self.settings.output / "logs" / (f"{model}-{engine.name}".replace(" ", "-").replace("/", "-") + ".log")
        return Child(line, environment, log, load_limit=1800)

    def start_group(self, model, folder, group, texts, reference):
        """Children that run and agree; the reference rows, from the first float32 engine when there are none yet."""
        children = {}
        order = sorted(group, key=lambda engine: (engine.family != "float32", engine.rappel))  # a peer is the judge
        for engine in order:
            try:
                say(f"  starting {engine.name}")
                child = self.start(model, engine, folder)
                rows = child.rows(texts, self.settings.limit)
            except ChildError as error:
                self.missing(model, engine.name, str(error))
                continue
            if not reference and engine.family == "float32":
                reference.update(name=engine.name, rows=rows)
            self.results["engines"][engine.name] = {**child.info, "family": engine.family, "rappel": engine.rappel}
            same = agreement.agreement(rows, reference["rows"]) if reference else 0.0
            ok = same >= agreement.LEAST[engine.family]
            cosine = agreement.least_cosine(rows, reference["rows"]) if reference else 0.0
            say(f"    {child.info['version']}; agreement {same:.6f}, least cosine {cosine:.6f}")
            self.results["agreement"].append({"model": model, "engine": engine.name, "agreement": round(same, 6),
                                              "least_cosine": round(cosine, 6), "ok": ok,
                                              "reference": reference.get("name")})
            if not ok:
                child.stop()
                self.missing(model, engine.name, f"its answers differ from {reference.get('name')}: agreement "
                                                 f"{same:.4f} < {agreement.LEAST[engine.family]}")
                continue
            children[engine.name] = child
        return children

    def model(self, name):
        settings = self.settings
        folder = self.model_folder(name)
        if folder is None:
            self.missing(name, "all", f"{settings.minilm} is not there; scripts/fetch-models all-MiniLM-L6-v2 gets it")
            return
        say(f"model {name}: {folder}")
        config = json.loads((folder / "config.json").read_text())
        lengths = workloads.AGREEMENT.lengths(settings.seed, workloads.most_tokens(config))
        judge = workloads.write_texts(settings.output / "texts" / f"{name}-agreement.txt",
                                      workloads.token_ids(config, lengths, "agreement", settings.seed))
        tasks = self.tasks(name, folder, config)
        size = (folder / "model.safetensors").stat().st_size
        self.plan(name, config, tasks, size)
        budget = settings.memory_gb * 1e9 if settings.memory_gb else 0.75 * machine.memory_available()
        reference = {}
        for number, group in enumerate(engines.groups(chosen(engines.ENGINES, settings.engines), size, budget)):
            children = self.start_group(name, folder, group, judge, reference)
            for task in tasks:
                self.time(name, config, number, children, *task)
            for engine, child in children.items():
                known = self.results["engines"][engine]
                known.setdefault("peak_memory", {})[name] = max(child.peak_memory(),
                                                                known.get("peak_memory", {}).get(name, 0))
                child.stop()

    def plan(self, name, config, tasks, size):
        """Says how long the model will take, and measures shorter when --minutes asks for it."""
        settings = self.pace = copy.copy(self.settings)
        wanted = chosen(engines.ENGINES, settings.engines)
        _, peak = machine.peak_for(self.results["machine"]["peak"], "float32", settings.isa)
        flops = [workloads.useful_flop(config, [len(text) for text in ids]) for _, _, ids in tasks]

        def minutes():
            seconds = sum(START_SECONDS + size / LOAD_BYTES_PER_SECOND for _ in wanted)
            for engine in wanted:
                rate = (peak or 100) * 1e9 * USUAL_SHARE[engine.family]
                seconds += sum(expected_seconds(flop / rate + 0.002, settings) for flop in flops)
            return seconds / 60

        while settings.minutes and minutes() > settings.minutes and settings.seconds > 0.25:
            settings.seconds, settings.rounds = settings.seconds / 2, max(2, settings.rounds - 1)
        say(f"  about {minutes():.0f} minutes on a machine of its own: {len(wanted)} engines, {len(tasks)} workloads of "
            f"{settings.seconds:g} s, {settings.rounds} rounds; making the peers' files the first time comes on top")

    def time(self, model, config, group, children, workload, what, ids):
        settings = self.settings
        texts = workloads.write_texts(settings.output / "texts" / f"{model}-{workload}.txt", ids)
        lengths = [len(text) for text in ids]
        live = {name: child for name, child in children.items() if child.alive}
        say(f"  {workload}: {what}, {sum(lengths)} tokens, group {group + 1}, load {os.getloadavg()[0]:.1f}")
        got, failures = time_workload(live, texts, self.pace, say)
        for name, why in failures.items():
            self.missing(model, name, why, workload)
        for name, times in got.items():
            column = 0 if settings.clock == "wall" else 1
            entry = {"model": model, "workload": workload, "what": what, "group": group, "engine": name,
                     "family": self.results["engines"][name]["family"], "texts": len(ids), "tokens": sum(lengths),
                     "gflop": round(workloads.useful_flop(config, lengths) / 1e9, 3),
                     **summary([pair[column] for pair in times]), "load": round(os.getloadavg()[0], 2),
                     "wall_cpu_ms": [[round(v, 3) for v in pair] for pair in times]}
            self.results["times"].append(entry)
            say(f"    {name:34s} {entry['median_ms']:10.2f} ms, least {entry['min_ms']:10.2f}, x{len(times)}")
        self.save()

    def save(self):
        self.settings.output.mkdir(parents=True, exist_ok=True)
        (self.settings.output / "results.json").write_text(json.dumps(self.results, indent=1) + "\n")

    def all(self):
        settings = self.settings
        peak = settings.peak if settings.peak.exists() else None
        if not peak:
            self.results["notes"].append(f"peak not measured: {settings.peak} is not built")
        self.results["machine"] = machine.describe(peak, settings.threads)
        say(json.dumps(self.results["machine"]))
        if settings.isa == "avx2":
            for engine in engines.ENGINES:
                if engine.avx2_note:
                    self.results["notes"].append(f"{engine.name} {engine.avx2_note}: it ran with all this machine has")
        for name in settings.models.split(","):
            self.model(name)
        if "minilm" in settings.models.split(","):
            self.extra("burst", "serving", lambda: serving.measure(settings))
            self.extra("quality", "quality", self.quality)
        if "large" in settings.models.split(","):
            self.extra("footprint", "footprint", self.footprint)
        self.save()
        publish(self.results, settings)

    def extra(self, name, key, measure):
        """A measurement of the product as it runs; asked for like a workload."""
        if self.settings.workloads and name not in self.settings.workloads:
            return
        say(name)
        try:
            self.results[key] = measure()
            say(f"  {json.dumps(self.results[key])}")
        except (ImportError, ChildError, OSError, http.client.HTTPException) as error:
            self.missing("-", "rappel", str(error), name)
        self.save()

    def footprint(self):
        folder = self.model_folder("large")
        config = json.loads((folder / "config.json").read_text())
        longest = next(workload for workload in workloads.WORKLOADS if workload.name == "long8192")
        lengths = longest.lengths(self.settings.seed, workloads.most_tokens(config))
        texts = workloads.write_texts(self.settings.output / "texts" / "footprint.txt",
                                      workloads.token_ids(config, lengths, longest.name, self.settings.seed))
        return footprint.measure(self.settings, folder, texts)

    def quality(self):
        """Runs quality.py in a separate process and ignores its output."""
        settings, rows = self.settings, self.settings.output / "quality.json"
        line = [sys.executable, str(HERE / "quality.py"), str(settings.rappel), "--json", str(rows)]
        done = subprocess.run(line + (["--targets", settings.isa] if settings.isa else []), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
        if not rows.is_file():
            raise ChildError((done.stderr.strip().splitlines() or ["quality.py said nothing"])[-1])
        return json.loads(rows.read_text())


def publish(results, settings):
    text = report.write(results, settings.output)
    say(text)
    if settings.docs:
        report.replace_generated(settings.docs, text, settings.output)
        if settings.docs.resolve() == docs_summary.BENCHMARKS:
            docs_summary.renew(check=False)
    say(f"results: {settings.output}")


def main():
    settings = parse()
    unknown = [name for name in settings.models.split(",") if name != "minilm" and name not in make_models.SHAPES]
    if unknown:
        sys.exit(f"unknown model {unknown[0]!r}; available: minilm, {', '.join(make_models.SHAPES)}")
    if shutil.disk_usage(settings.cache.parent).free < 30e9 and "large" in settings.models:
        say("warning: less than 30 GB of disk free; the large models and the peers' copies of them take about 25")
    if settings.report:
        settings.output.mkdir(parents=True, exist_ok=True)
        publish(report.combine([json.loads((folder / "results.json").read_text()) for folder in settings.report]),
                settings)
    else:
        Run(settings).all()


if __name__ == "__main__":
    main()
