#!/usr/bin/env python3
"""Tests of the comparison itself: it sees differences of every kind, a rule explains no more than it says, and the same seed
makes the same requests. Needs neither server."""

import contextlib
import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compare import Answer, Rule, differences, explain, read_rules  # noqa: E402
from facts import facts_of  # noqa: E402
from generate import Generator  # noqa: E402
from request import Request  # noqa: E402
from run import Comparison, report  # noqa: E402

QUERY = Request("POST", "/query", [("Authorization", "Bearer tok1")], b'{"queries":[{"query":"x"}]}')


def answer(status, body, **headers):
    text = body if isinstance(body, str) else json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    return Answer(
        status,
        {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}},
        text.encode(),
    )


def error(*loc, kind="value_error.missing"):
    return {"loc": list(loc), "msg": "field required", "type": kind}


def result(**members):
    return {
        "results": [
            {"query": "x", "results": [{"id": "a_0", "text": "t", "metadata": {"author": None}, "score": 0.5, **members}]}
        ]
    }


class Differences(unittest.TestCase):
    def kinds(self, old, new, request=QUERY):
        return [atom.kind for atom in differences(request, old, new)]

    def test_equal_answers_do_not_differ(self):
        self.assertEqual(self.kinds(answer(200, result()), answer(200, result(score=0.9))), [])

    def test_status_and_headers_differ(self):
        self.assertEqual(self.kinds(answer(200, {}), answer(500, {"detail": "x"})), ["status"])
        self.assertEqual(self.kinds(answer(405, {}, allow="POST"), answer(405, {}, allow="DELETE, POST")), ["header"])
        self.assertEqual(self.kinds(answer(405, {}, allow="GET, HEAD"), answer(405, {}, allow="HEAD, GET")), [])

    def test_values_members_and_their_order_differ(self):
        self.assertEqual(self.kinds(answer(200, result()), answer(200, result(text="u"))), ["value"])
        self.assertEqual(self.kinds(answer(200, result()), answer(200, result(more=1))), ["member"])
        self.assertEqual(self.kinds(answer(200, '{"a":1,"b":2}'), answer(200, '{"b":2,"a":1}')), ["order"])
        self.assertEqual(self.kinds(answer(200, '{"a":1}'), answer(200, '{"a":true}')), ["value"])

    def test_json_that_is_not_compact_differs(self):
        self.assertEqual(self.kinds(answer(200, '{"a":1}'), answer(200, '{"a": 1}')), ["value"])

    def test_a_score_that_is_no_number_differs(self):
        self.assertEqual(self.kinds(answer(200, result()), answer(200, result(score="0.5"))), ["value"])

    def test_each_entry_of_a_list_of_errors_counts(self):
        old, new = [error("body", "a"), error("body", "b")], [error("body", "b"), error("body", "c")]
        atoms = differences(QUERY, answer(422, {"detail": old}), answer(422, {"detail": new}))
        self.assertEqual([(atom.place, atom.new is None) for atom in atoms], [("body/a", True), ("body/c", False)])
        self.assertEqual(self.kinds(answer(422, {"detail": old}), answer(422, {"detail": old[::-1]})), ["order"])
        self.assertEqual(self.kinds(answer(200, {}), answer(422, {"detail": old})), ["entry", "entry"])

    def test_ids_of_a_service_and_results_in_another_order_do_not_differ(self):
        one, other = "11e4c96f-07ac-4718-aa7a-b169deee3daf", "a74d611a-f32e-4d43-b6f5-c7cd37b91262"
        self.assertEqual(self.kinds(answer(200, {"ids": [one]}), answer(200, {"ids": [other]})), [])
        self.assertEqual(self.kinds(answer(200, {"ids": [one]}), answer(200, {"ids": ["own"]})), ["value"])
        a, b = ({"id": name, "text": name} for name in "ab")
        self.assertEqual(
            self.kinds(answer(200, {"results": [{"results": [a, b]}]}), answer(200, {"results": [{"results": [b, a]}]})), []
        )


class Rules(unittest.TestCase):
    rule = Rule("more", "a reason", kind="entry", place=r"start_date$", new="value_error.datetime", only="new", fact="known")

    def left(self, entry, old=(), facts=("known",)):
        atoms = differences(QUERY, answer(422, {"detail": list(old)}), answer(422, {"detail": [*old, entry] if entry else []}))
        return len(explain(atoms, QUERY, set(facts), [self.rule]))

    def test_a_rule_explains_what_it_says_alone(self):
        right = error("body", "start_date", kind="value_error.datetime")
        self.assertEqual(self.left(right), 0)
        self.assertEqual(self.left(right, facts=()), 1)
        self.assertEqual(self.left(error("body", "end_date", kind="value_error.datetime")), 1)
        self.assertEqual(self.left(error("body", "start_date")), 1)
        self.assertEqual(self.left(None, old=[right]), 1)

    def test_the_rules_can_be_read_and_say_why(self):
        rules = read_rules(Path(__file__).resolve().parent / "differences.toml")
        self.assertEqual(len({(rule.name, rule.kind, rule.place, rule.new) for rule in rules}), len(rules))
        for rule in rules:
            self.assertGreater(len(rule.reason), 20, rule.name)

    def test_a_rule_that_never_occurs_fails_the_run(self):
        class Same:
            def ask(self, request):
                return answer(200, {})

        comparison = Comparison(Same(), Same(), [self.rule])
        comparison.scenario(0, [QUERY])
        self.rule.uses = 0
        with contextlib.redirect_stdout(io.StringIO()) as out:
            self.assertEqual(report(comparison, [self.rule], True, ""), 1)
            self.assertEqual(report(comparison, [self.rule], False, ""), 0)
        self.assertIn("never occurred", out.getvalue())


class Requests(unittest.TestCase):
    def test_a_seed_makes_the_same_requests(self):
        first, again = ([Generator(seed).scenario() for seed in range(50)] for _ in range(2))
        self.assertEqual(first, again)
        self.assertNotEqual(first, [Generator(seed + 1).scenario() for seed in range(50)])

    def test_facts_come_from_the_bytes(self):
        def facts(body, path="/query", **headers):
            return facts_of(Request("POST", path, list(headers.items()), body.encode()))

        token = {"Authorization": "Bearer tok1"}
        self.assertEqual(facts('{"queries":[{"query":"x","filter":{"author":"Al"}}]}', **token), set())
        self.assertEqual(
            facts('{"filter":{"author":["Al"],"pages":3}}', **token), {"condition in a filter", "unknown filter key"}
        )
        self.assertEqual(facts('{"filter":{"author":null}}', **token), {"empty filter"})
        self.assertEqual(facts("{}", Authorization="bearer tok2"), {"no good token", "scheme in another case"})
        self.assertIn("custom metadata", facts('{"documents":[{"text":"x","metadata":{"pages":3}}]}', **token))


if __name__ == "__main__":
    unittest.main()
