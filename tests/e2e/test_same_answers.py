"""Clients of every protocol at once on one `rappel serve`: the same question has the same ranking, the same texts the same vectors.

    test_same_answers.py build/release/rappel
"""

import base64
import json
import math
import struct
from concurrent.futures import ThreadPoolExecutor

import support
from support import Server, linked_model, wait_for

TOKEN = "a-token-that-is-long-enough"
TOP = 10  # as MCP gives
ROUNDS = 6
TEXTS = ["Bees keep warm in winter.", "The roof of the club house leaks.", "A cold pump stops at night.", "Warm motors run all day.",
         "The queen lives in the hive.", "Honey is stored for the winter.", "Rain comes through the roof.", "The pump needs a new valve.",
         "Members pay in January.", "Keys are at the reception.", "The motor was repaired in May.", "A hive weighs forty pounds."]
QUESTIONS = ["how do bees live in winter", "who repairs the roof", "pump stops", "where are the keys"]


# How each protocol asks a question: (path, body, ids of the documents in their order).
SEARCHES = {
    "plugin": lambda q: ("/query", {"queries": [{"query": q, "top_k": TOP}]},
                         lambda a: [one["metadata"]["document_id"] for one in a["results"][0]["results"]]),
    "plugin of ChatGPT": lambda q: ("/sub/query", {"queries": [{"query": q, "top_k": TOP}]},
                                    lambda a: [one["metadata"]["document_id"] for one in a["results"][0]["results"]]),
    "native": lambda q: ("/v1/search", {"query": q, "top_k": TOP}, lambda a: [one["document_id"] for one in a["results"]]),
    "native, explained": lambda q: ("/v1/search", {"query": q, "top_k": TOP, "explain": True, "highlights": True},
                                    lambda a: [one["document_id"] for one in a["results"]]),
    "collection": lambda q: ("/c/default/v1/search", {"query": q, "top_k": TOP}, lambda a: [one["document_id"] for one in a["results"]]),
    "Dify": lambda q: ("/retrieval", {"knowledge_id": "default", "query": q, "retrieval_setting": {"top_k": TOP, "score_threshold": 0}},
                       lambda a: [one["metadata"]["document_id"] for one in a["records"]]),
    "MCP": lambda q: ("/mcp", {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search", "arguments": {"query": q}}},
                      lambda a: [one["id"] for one in json.loads(a["result"]["content"][0]["text"])["results"]]),
    "MCP, structured": lambda q: ("/mcp", {"jsonrpc": "2.0", "id": "b", "method": "tools/call",
                                           "params": {"name": "search", "arguments": {"query": q}}},
                                  lambda a: [one["id"] for one in a["result"]["structuredContent"]["results"]]),
}

# How each dialect scores documents: (path, body, [(index, score)]).
def cohere(answer):
    return [(one["index"], one["relevance_score"]) for one in answer["results"]]


RERANKS = {
    "Cohere v1": lambda q: ("/v1/rerank", {"query": q, "documents": TEXTS}, cohere),
    "Cohere v2": lambda q: ("/v2/rerank", {"query": q, "documents": TEXTS, "model": "any"}, cohere),
    "Jina": lambda q: ("/jina/v1/rerank", {"query": {"text": q}, "documents": [{"text": text} for text in TEXTS]}, cohere),
    "Voyage": lambda q: ("/voyage/v1/rerank", {"query": q, "documents": TEXTS, "model": "any"},
                         lambda a: [(one["index"], one["relevance_score"]) for one in a["data"]]),
    "infinity": lambda q: ("/infinity/rerank", {"query": q, "documents": TEXTS}, cohere),
    "Ollama": lambda q: ("/api/rerank", {"query": q, "documents": TEXTS}, cohere),
    "TEI": lambda q: ("/rerank", {"query": q, "texts": TEXTS}, lambda a: [(one["index"], one["score"]) for one in a]),
    "Xinference": lambda q: ("/v1/rerank", {"query": q, "documents": TEXTS, "return_documents": "true"}, cohere),
}


def decoded(text):
    data = base64.b64decode(text)
    return list(struct.unpack(f"<{len(data) // 4}f", data))


EMBEDS = {
    "OpenAI": ("/v1/embeddings", {"input": TEXTS}, lambda a: [one["embedding"] for one in a["data"]]),
    "OpenAI, base64": ("/v1/embeddings", {"input": TEXTS, "encoding_format": "base64"}, lambda a: [decoded(one["embedding"]) for one in a["data"]]),
    "TEI": ("/embed", {"inputs": TEXTS}, lambda a: a),
    "Ollama": ("/api/embed", {"input": TEXTS}, lambda a: a["embeddings"]),
    "Cohere v1": ("/v1/embed", {"texts": TEXTS, "input_type": "search_document"}, lambda a: a["embeddings"]),
    "Cohere v2": ("/v2/embed", {"texts": TEXTS, "input_type": "search_document", "embedding_types": ["float"]}, lambda a: a["embeddings"]["float"]),
    "Voyage": ("/voyage/v1/embeddings", {"input": TEXTS}, lambda a: [one["embedding"] for one in a["data"]]),
    "infinity": ("/infinity/embeddings", {"input": TEXTS}, lambda a: [one["embedding"] for one in a["data"]]),
}


class SameAnswers(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = Server(EMBEDDING_MODEL=linked_model("mini-bert-embedder", cls.folder),
                            RERANK_MODEL=linked_model("mini-bert-cross-encoder", cls.folder), RAPPEL_DATA_DIR=cls.folder / "data",
                            BEARER_TOKEN=TOKEN)
        cls.addClassCleanup(cls.server.stop)
        wait_for(lambda: cls.server.request("GET", "/ready")[0] == 200)
        documents = [{"id": f"text-{i}", "text": text, "metadata": {"title": f"Text {i}"}} for i, text in enumerate(TEXTS)]
        assert cls.server.request("POST", "/upsert", {"documents": documents}, TOKEN)[0] == 200

    def post(self, path, body):
        status, answer = self.server.request("POST", path, body, TOKEN)
        self.assertEqual(status, 200, f"{path}: {answer}")
        return answer

    def ask_all(self, clients):
        """{(client, question): its answers}, from all clients at once."""
        def ask(name):
            answers = []
            for turn in range(ROUNDS * len(QUESTIONS)):
                question = QUESTIONS[(turn + len(name)) % len(QUESTIONS)]
                path, body, read = clients[name](question)
                answers.append(((name, question), read(self.post(path, body))))
            return answers
        with ThreadPoolExecutor(len(clients)) as pool:
            return [one for answers in pool.map(ask, clients) for one in answers]

    def test_rankings(self):
        wanted = {}
        for question in QUESTIONS:
            path, body, read = SEARCHES["native"](question)
            wanted[question] = read(self.post(path, body))
            self.assertEqual(len(set(wanted[question])), TOP)
        self.assertGreater(len({tuple(one) for one in wanted.values()}), 1, "the questions differ in their answers")
        for (name, question), found in self.ask_all(SEARCHES):
            self.assertEqual(found, wanted[question], f"{name}: {question}")

    def test_scores_of_rerankers(self):
        wanted = {}
        for question in QUESTIONS:
            path, body, read = RERANKS["Cohere v2"](question)
            wanted[question] = read(self.post(path, body))
            self.assertEqual(sorted(index for index, _ in wanted[question]), list(range(len(TEXTS))))
        for (name, question), found in self.ask_all(RERANKS):
            self.assertEqual([index for index, _ in found], [index for index, _ in wanted[question]], f"{name}: {question}")
            for (_, score), (_, right) in zip(found, wanted[question]):
                self.assertAlmostEqual(score, right, delta=1e-6, msg=f"{name}: {question}")

    def test_vectors(self):
        path, body, read = EMBEDS["OpenAI"]
        wanted = read(self.post(path, body))
        self.assertAlmostEqual(math.sqrt(sum(x * x for x in wanted[0])), 1, delta=1e-5)
        with ThreadPoolExecutor(len(EMBEDS)) as pool:
            found = list(pool.map(lambda one: one[2](self.post(one[0], one[1])), list(EMBEDS.values()) * ROUNDS))
        for name, vectors in zip(list(EMBEDS) * ROUNDS, found):
            self.assertEqual(len(vectors), len(TEXTS), name)
            for vector, right in zip(vectors, wanted):
                self.assertEqual(len(vector), len(right), name)
                self.assertLess(max(abs(a - b) for a, b in zip(vector, right)), 1e-5, name)


if __name__ == "__main__":
    support.main()
