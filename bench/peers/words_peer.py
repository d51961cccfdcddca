"""One word index of words_compare.py in a process of its own: words_peer.py NAME FOLDER.

FOLDER has texts.json, a list of texts, and queries.json. Prints one JSON object: CPU time of building a text, memory, latency of a
query (wall time on one thread, the query's words cut each time), and the numbers of the best texts of each query.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

K = 100


def own_memory():
    """Resident bytes of the process."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmRSS"))


class Bm25s:
    """Scores in memory, added up over whole lists (bm25s with numba, its fastest backend)."""

    def __init__(self, texts):
        import bm25s
        import Stemmer

        self.bm25s, self.stemmer = bm25s, Stemmer.Stemmer("english")
        tokens = bm25s.tokenize(texts, stopwords=None, stemmer=self.stemmer, show_progress=False)
        self.index = bm25s.BM25(method="lucene", k1=1.2, b=0.75, backend="numba")
        self.index.index(tokens, show_progress=False)

    def search(self, query):
        tokens = self.bm25s.tokenize([query], stopwords=None, stemmer=self.stemmer, show_progress=False)
        found, scores = self.index.retrieve(tokens, k=K, show_progress=False, n_threads=1)
        return [int(text) for text, score in zip(found[0], scores[0]) if score > 0]


class Tantivy:
    """Block-max WAND over a mapped index; English stems."""

    def __init__(self, texts):
        import tantivy

        self.tantivy, self.place = tantivy, tempfile.TemporaryDirectory()
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("text", stored=False, tokenizer_name="en_stem", index_option="freq")
        builder.add_integer_field("number", stored=False, fast=True)
        self.index = tantivy.Index(builder.build(), path=self.place.name)
        writer = self.index.writer(heap_size=200_000_000, num_threads=1)
        for number, text in enumerate(texts):
            writer.add_document(tantivy.Document(text=text, number=number))
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, query):
        # Words only: punctuation is syntax there, and so are AND, OR and NOT.
        words = "".join(c if c.isalnum() else " " for c in query.lower())
        try:
            parsed = self.index.parse_query(words, ["text"])
        except ValueError:  # no word is left, as of Chinese without spaces
            return []
        hits = [address for _, address in self.searcher.search(parsed, K, count=False).hits]
        return self.numbers(hits)

    def numbers(self, hits):
        return [int(number) for number in self.searcher.fast_field_values("number", hits)]


PEERS = {"bm25s": Bm25s, "tantivy": Tantivy}


def main():
    name, folder = sys.argv[1], Path(sys.argv[2])
    texts = json.loads((folder / "texts.json").read_text())
    queries = json.loads((folder / "queries.json").read_text())
    before, used = own_memory(), time.process_time()
    peer = PEERS[name](texts)
    built = time.process_time() - used
    memory = own_memory() - before
    found = [peer.search(query) for query in queries]  # also warms
    times = []
    for query in queries:
        begun = time.perf_counter()
        peer.search(query)
        times.append((time.perf_counter() - begun) * 1e3)
    times.sort()
    print(
        json.dumps(
            {
                "build_us_a_text": round(built * 1e6 / len(texts), 1),
                "bytes_a_text": round(memory / len(texts)),
                "p50": round(times[len(times) // 2], 3),
                "p99": round(times[len(times) * 99 // 100], 3),
                "found": found,
            }
        )
    )


if __name__ == "__main__":
    main()
