#!/usr/bin/env python3
"""Tests of bench/index with made-up figures: which bars hold, what counts as equal recall, the plot. No index is built."""

import argparse
import importlib.machinery
import importlib.util
import sys
import unittest
import xml.etree.ElementTree as xml
from pathlib import Path

BENCH = Path(__file__).resolve().parent
sys.path.insert(0, str(BENCH))
sys.dont_write_bytecode = True
import words_compare  # noqa: E402

loader = importlib.machinery.SourceFileLoader("bench_index", str(BENCH / "index"))
index = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
loader.exec_module(index)


def entry(name, p50, recall=1.0, short=0):
    return {"filter": name, "recall": recall, "short": short, "wall_p50": p50, "wall_p99": 2 * p50}


def result(build, *filters):
    return {"build_us_a_row": build, "bytes_a_row": 600, "filters": list(filters)}


def verdicts(lines):
    """title -> whether the bar holds."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {row[0]: row[3] == "yes" for row in rows}


class Bars(unittest.TestCase):
    def test_only_peers_that_find_as_much_are_compared(self):
        results = {
            "rappel": result(10, entry("none", 1.0), entry("1%", 0.2)),
            "faiss-hnsw": result(300, entry("none", 0.8, recall=0.995), entry("1%", 0.1, recall=0.5)),
        }
        held = verdicts(index.peer_bars("x", results))
        self.assertEqual(len(held), 2)  # the filter has no peer to compare with
        self.assertTrue(all(held.values()), held)

    def test_a_faster_peer_and_a_slow_build_miss_the_bars(self):
        results = {
            "rappel": result(30, entry("none", 1.0), entry("1%", 0.2)),
            "faiss-hnsw": result(300, entry("none", 0.7, recall=0.995), entry("1%", 0.1, recall=0.99)),
        }
        lines = list(index.peer_bars("x", results))
        self.assertFalse(any(verdicts(lines).values()), lines)
        self.assertIn("1%: faiss-hnsw 2.0x faster", lines[0])
        self.assertIn("1.43x", lines[1])

    def test_a_short_answer_misses_the_bar_of_recall(self):
        self.assertTrue(verdicts([index.recall_bar("x", [entry("none", 1)])])["x: recall@10 without and with filters"])
        for bad in (entry("1%", 1, recall=0.98), entry("1%", 1, short=1)):
            self.assertFalse(any(verdicts([index.recall_bar("x", [entry("none", 1), bad])]).values()))

    def test_churn_is_compared_with_the_store_before_it(self):
        large = [
            {"step": "store", "chunks_a_second": 6000},
            {"step": "open", "ms": 900, "resident_bytes": 1e9},
            {"step": "settled", "resident_bytes": 1.5e9},
            {"step": "after opening", "first_ms": 200},
        ]
        churned = [
            {"step": "settled", "resident_bytes": 100, "folder_bytes": 100},
            {"step": "settled after churn", "resident_bytes": 114, "folder_bytes": 100},
        ]
        held = list(verdicts(index.store_bars(large, churned)).values())
        self.assertEqual(held, [True, True, True, False])


class Words(unittest.TestCase):
    def test_ndcg_has_linear_gain(self):
        # Values of pytrec_eval.
        self.assertAlmostEqual(words_compare.ndcg([5, 9], {9: 2, 5: 1}), 0.8597, places=4)
        self.assertEqual(words_compare.ndcg([9, 5], {9: 2, 5: 1}), 1)
        self.assertEqual(words_compare.ndcg([1], {9: 2}), 0)

    def test_texts_are_of_the_seed_and_queries_of_the_texts(self):
        given = argparse.Namespace(texts=20, words=10, queries=3, seed=1)
        texts, queries = words_compare.generate(given)
        self.assertEqual((texts, queries), words_compare.generate(given))
        self.assertEqual([len(text.split()) for text in texts], [10] * 20)
        self.assertEqual([len(query.split()) for query in queries], [8] * 3)
        self.assertEqual(len({words_compare.spelling(number) for number in range(5000)}), 5000)


class Plot(unittest.TestCase):
    def test_points_below_the_recall_are_hollow(self):
        results = {
            "rappel": result(1, entry("none", 1.0), entry("1%", 0.2)),
            "peer": result(1, entry("none", 0.5, recall=0.9), {"filter": "1%", "missing": True}),
        }
        svg = xml.fromstring(index.plot(argparse.Namespace(rows=1000, dimension=8), results))
        circles = svg.findall("{http://www.w3.org/2000/svg}circle")
        self.assertEqual([circle.get("fill") == "white" for circle in circles], [False, False, True])


if __name__ == "__main__":
    unittest.main()
