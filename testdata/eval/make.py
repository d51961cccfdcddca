#!/usr/bin/env python3
"""Makes runs.jsonl: small judged runs and the values that trec_eval and ir_measures give them.

    python3 -m venv venv && venv/bin/pip install pytrec-eval-terrier==0.5.11 ir_measures==0.4.3
    venv/bin/python testdata/eval/make.py

Each line is one case: {"name","qrels":{query:{document:relevance}},"run":{query:{document:score}},
"queries":{query:{metric:value}},"mean":{metric:value}}. The values of a query are trec_eval's, through pytrec_eval: ndcg_cut_10,
recall_10, recall_100, map, and recip_rank, which has no cut: a first relevant document after rank 10 counts 0 here. The means are
over all judged queries, and a query without answers counts 0, as ir_measures does; where ir_measures has the same metric, this script checks that it agrees.
ir_measures takes RR@10 from another program that orders equal scores otherwise, so only runs without ties are compared there.
"""

import json
import math
import os
import random

import ir_measures
import pytrec_eval
from ir_measures import AP, RR, R, nDCG

NAMES = {"ndcg@10": "ndcg_cut_10", "mrr@10": "recip_rank", "recall@10": "recall_10", "recall@100": "recall_100", "map": "map"}
MEASURES = {"ndcg@10": nDCG @ 10, "recall@10": R @ 10, "recall@100": R @ 100, "map": AP}


def documents(random_, count):
    """Ids whose order as strings differs from that as numbers, and some that are no ASCII."""
    return [random_.choice(["", "d", "doc-", "é"]) + str(number) for number in random_.sample(range(1, 3000), count)]


def judged(random_, names, grades):
    return {name: random_.choice(grades) for name in random_.sample(names, random_.randint(1, min(12, len(names))))}


def score(random_, kind):
    if kind == "ties":
        return random_.randint(0, 4) / 4
    if kind == "float32":  # differ as doubles, equal as float32
        return 1 + random_.randint(0, 3) * 1e-9
    if kind == "negative":
        return -random_.random() * 50
    return random_.random()


def random_case(name, seed, kind, grades, queries=6, depth=30, missing=0):
    random_ = random.Random(seed)
    pool = documents(random_, 200)
    qrels, run = {}, {}
    for number in range(queries):
        query = f"q{number}"
        near = random_.sample(pool, depth + 10)
        qrels[query] = judged(random_, near, grades)
        if number >= missing:
            run[query] = {document: score(random_, kind) for document in near[:random_.randint(1, depth)]}
    if missing:
        run["of nobody"] = {document: score(random_, kind) for document in pool[:5]}
    return {"name": name, "qrels": qrels, "run": run}


def cases():
    yield {"name": "two documents swapped", "qrels": {"q": {"a": 2, "b": 1}}, "run": {"q": {"a": 1.0, "b": 2.0}}}
    yield {"name": "9 is before 10", "qrels": {"q": {"9": 1}}, "run": {"q": {"10": 0.5, "9": 0.5}}}
    yield {"name": "10 is after 9", "qrels": {"q": {"10": 1}}, "run": {"q": {"10": 0.5, "9": 0.5}}}
    yield {"name": "equal as float32", "qrels": {"q": {"b": 1}}, "run": {"q": {"a": 1.00000001, "b": 1.0}}}
    yield {"name": "nothing relevant", "qrels": {"q": {"a": 0}, "r": {"a": 1}}, "run": {"q": {"a": 1.0}, "r": {"a": 1.0}}}
    yield {"name": "negative judgements", "qrels": {"q": {"a": -2, "b": 1, "c": -1}}, "run": {"q": {"a": 3.0, "b": 2.0, "c": 1.0}}}
    yield {"name": "first relevant at 10 and 11", "qrels": {"q": {"d10": 1}, "r": {"d11": 1}},
           "run": {query: {f"d{rank}": 1.0 / rank for rank in range(1, 13)} for query in ("q", "r")}}
    yield random_case("binary", 1, "plain", [0, 1])
    yield random_case("graded", 2, "plain", [0, 1, 2, 3])
    yield random_case("graded with ties", 3, "ties", [0, 1, 2, 3])
    yield random_case("all tied", 4, "float32", [0, 1, 2])
    yield random_case("negative scores", 5, "negative", [-1, 0, 1, 4])
    yield random_case("missing queries", 6, "ties", [0, 1, 2], missing=2)
    yield random_case("deep", 7, "plain", [0, 1, 2], queries=3, depth=150)


def has_ties(run):
    return any(len({pytrec_float(value) for value in answers.values()}) < len(answers) for answers in run.values())


def pytrec_float(value):
    import struct
    return struct.unpack("f", struct.pack("f", value))[0]


def complete(case):
    evaluator = pytrec_eval.RelevanceEvaluator(case["qrels"], {"ndcg_cut.10", "recip_rank", "recall.10,100", "map"})
    found = evaluator.evaluate(case["run"])
    case["queries"] = {}
    for query in case["qrels"]:
        values = {name: found[query][theirs] if query in found else 0.0 for name, theirs in NAMES.items()}
        if values["mrr@10"] < 0.0999:
            values["mrr@10"] = 0.0
        case["queries"][query] = values
    case["mean"] = {name: sum(values[name] for values in case["queries"].values()) / len(case["qrels"]) for name in NAMES}
    measures = dict(MEASURES) if has_ties(case["run"]) else {**MEASURES, "mrr@10": RR @ 10}
    theirs = ir_measures.calc_aggregate(list(measures.values()), case["qrels"], case["run"])
    for name, measure in measures.items():
        if not math.isclose(theirs[measure], case["mean"][name], abs_tol=1e-9):
            raise SystemExit(f"{case['name']}: {name} is {case['mean'][name]} by trec_eval and {theirs[measure]} by ir_measures")
    return case


def main():
    with open(os.path.join(os.path.dirname(__file__), "runs.jsonl"), "w", encoding="utf-8") as file:
        for case in cases():
            file.write(json.dumps(complete(case), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
