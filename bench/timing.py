"""Times one workload with the engines of one group in turns, and keeps the results."""

import random
import statistics

from child import ChildError


def visit_order(names, seed, round_number):
    """Another order in every round, so that no engine always follows the same one."""
    order = list(names)
    random.Random(f"{seed}/{round_number}").shuffle(order)
    return order


# Rounds are cut short for an engine once it had this many times settings.seconds and was measured twice: a text of 8192
# tokens takes a slow peer a minute.
PATIENCE = 5


def time_workload(children, texts, settings, say):
    """{name: [(wall, cpu)..]} and {name: reason}. One engine computes at a time; rounds go on until each engine has had
    settings.seconds, at least settings.rounds visits (PATIENCE), at most 200 repetitions. The first visit warms up; it
    counts when it took so long that a cold start cannot matter."""
    times, failures, repetitions = {name: [] for name in children}, {}, {}
    round_number = 0
    while True:
        waiting = [name for name in children if name not in failures and not enough(times[name], settings)]
        if not waiting:
            break
        for name in visit_order(waiting, settings.seed, round_number):
            first = name not in repetitions
            try:
                got = children[name].run(texts, repetitions.get(name, 1), settings.limit)
                children[name].settle()
            except ChildError as error:
                failures[name] = str(error)
                say(f"    {name}: {error}")
                continue
            if first:
                repetitions[name] = max(1, min(20, int(250 / got[0][0])))
            if not first or got[0][0] > 1000 * settings.seconds / 3:
                times[name] += got
        round_number += 1
    return {name: got for name, got in times.items() if got}, failures


def enough(times, settings):
    spent = sum(wall for wall, _ in times) / 1000
    if len(times) >= 200 or (spent >= PATIENCE * settings.seconds and len(times) >= 2):
        return True
    return spent >= settings.seconds and len(times) >= settings.rounds


def expected_seconds(one_pass, settings):
    """What time_workload() will spend on an engine whose pass takes `one_pass` seconds."""
    counted = 0
    while not enough([(one_pass * 1000, 0)] * counted, settings):
        counted += 1
    return one_pass * (counted if one_pass > settings.seconds / 3 else counted + 1)


def summary(times):
    """Median, minimum and spread (interquartile range over median) of milliseconds."""
    ordered = sorted(times)
    quartiles = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else [ordered[0]] * 3
    median = statistics.median(ordered)
    return {"median_ms": round(median, 4), "min_ms": round(ordered[0], 4), "repetitions": len(ordered),
            "spread": round((quartiles[2] - quartiles[0]) / median, 4) if median else 0}
