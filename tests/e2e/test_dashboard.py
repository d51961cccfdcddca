"""The dashboard and the alert rules of packaging/ against /metrics of the real `rappel serve`: each metric and each label exists.

    test_dashboard.py build/release/rappel
"""

import json
import re

import support
from support import ROOT, Server, linked_model, wait_for

TOKEN = "a-token-that-is-long-enough"
# Labels that Prometheus adds.
ADDED_LABELS = {"instance", "job"}


def samples(text):
    """{name: the labels of its samples} of a text in the Prometheus format."""
    found = {name: set() for name in re.findall(r"^# TYPE (\w+) (?!histogram)", text, re.MULTILINE)}
    for name, labels in re.findall(r"^([a-zA-Z_]\w*)(?:\{(.*)\})? \S+$", text, re.MULTILINE):
        found.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return found


def selectors(expression):
    """(metric, its labels) of each selector of a PromQL expression."""
    plain = re.sub(r'"[^"]*"', '""', expression)
    for name, labels in re.findall(r"\b([a-z_]\w*)(?:\{([^}]*)\})?(?!\w*\s*\()", plain):
        if name.startswith(("rappel_", "process_")):
            yield name, set(re.findall(r"(\w+)\s*[=!]", labels))


def grouped(expression):
    return {label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")}


class Dashboard(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = Server(EMBEDDING_MODEL=linked_model("mini-bert-embedder", cls.folder),
                        RERANK_MODEL=linked_model("mini-bert-cross-encoder", cls.folder), RAPPEL_DATA_DIR=cls.folder / "data",
                        BEARER_TOKEN=TOKEN)
        cls.addClassCleanup(server.stop)
        wait_for(lambda: server.request("GET", "/ready")[0] == 200)
        assert server.request("POST", "/upsert", {"documents": [{"id": "a", "text": "Bees keep warm."}]}, TOKEN)[0] == 200
        assert server.request("POST", "/query", {"queries": [{"query": "bees"}]}, TOKEN)[0] == 200
        cls.metrics = samples(server.request("GET", "/metrics", token=TOKEN)[1].decode())

    def check(self, expression, legend=""):
        used = list(selectors(expression))
        self.assertTrue(used or expression.startswith("up{"), expression)
        for name, labels in used:
            self.assertIn(name, self.metrics, expression)
            self.assertLessEqual(labels - ADDED_LABELS, self.metrics[name], expression)
        known = set().union(*(self.metrics[name] for name, _ in used), ADDED_LABELS)
        self.assertLessEqual(grouped(expression), known, expression)
        self.assertLessEqual(set(re.findall(r"\{\{\s*\$?(?:labels\.)?(\w+)\s*\}\}", legend)) - {"value"}, known, expression)

    def test_panels_show_metrics_that_exist(self):
        dashboard = json.loads((ROOT / "packaging/grafana/rappel.json").read_text())
        self.assertEqual(dashboard["templating"]["list"][1]["query"]["query"], "label_values(rappel_build_info, instance)")
        self.assertIn("rappel_build_info", self.metrics)
        self.assertGreater(len(dashboard["panels"]), 10)
        for panel in dashboard["panels"]:
            for target in panel["targets"]:
                with self.subTest(panel["title"]):
                    self.check(target["expr"], target["legendFormat"])

    def test_alerts_watch_metrics_that_exist(self):
        rules = (ROOT / "packaging/prometheus/alerts.yml").read_text()
        alerts = re.findall(r"- alert: (\w+)\n\s+expr: (.*)\n(?:.*\n)*?\s+summary: (.*)\n", rules)
        self.assertEqual(len(alerts), rules.count("- alert:"))
        for name, expression, summary in alerts:
            with self.subTest(name):
                self.check(expression, summary)

    def test_check_finds_names_that_do_not_exist(self):
        for wrong in ('rate(rappel_gone_total[5m])', 'rappel_queue_size{gone="x"}', 'sum by (gone) (rappel_queue_size)'):
            with self.assertRaises(AssertionError):
                self.check(wrong)


if __name__ == "__main__":
    support.main()
