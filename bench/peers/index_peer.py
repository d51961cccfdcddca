"""One vector index of index_compare.py in a process of its own: index_peer.py NAME FOLDER DIMENSION THREADS.

`rappel_bench_index --write FOLDER` made the folder. Prints one JSON object: the time and memory of building, and for each
filter recall and latency, or why there is none. A peer that trades recall for time is asked with growing effort until its recall is
at least 0.99; the first such effort counts, or else the last.
"""

import json
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

import numpy

K = 10
ENOUGH = 0.99  # recall
GRAPH_EFFORTS = (64, 128, 256, 512, 1024)


def own_memory():
    """Resident bytes of the process's own, without mapped files."""
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("RssAnon"))


class Unfiltered(Exception):
    """The peer has no filter, or none that its Python interface offers."""


class FaissHnsw:
    """HNSW over 8-bit values; the filter is checked while the graph is walked. Effort: efSearch."""

    efforts = GRAPH_EFFORTS

    def __init__(self, dimension, threads):
        import faiss

        self.faiss = faiss
        faiss.omp_set_num_threads(threads)
        self.index = faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_8bit, 16, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = 128

    def add(self, rows):
        if not self.index.is_trained:
            self.index.train(rows[:20000])
        self.index.add(rows)

    def filter(self, rows):
        return self.faiss.IDSelectorBatch(rows)

    def search(self, query, selector, effort):
        settings = self.faiss.SearchParametersHNSW(efSearch=effort, sel=selector)
        return self.index.search(query[None], K, params=settings)[1][0]


class FaissRabitq:
    """Lists of 1-bit codes, rescored from 8-bit values. Effort: lists that are looked at, of 512."""

    efforts = (32, 64, 128, 256, 512)

    def __init__(self, dimension, threads):
        import faiss

        self.faiss, self.dimension = faiss, dimension
        faiss.omp_set_num_threads(threads)
        self.index = None

    def add(self, rows):
        if self.index is None:
            lists = 512
            quantizer = self.faiss.IndexFlatIP(self.dimension)
            codes = self.faiss.IndexIVFRaBitQ(quantizer, self.dimension, lists, self.faiss.METRIC_INNER_PRODUCT)
            refine = self.faiss.IndexScalarQuantizer(
                self.dimension, self.faiss.ScalarQuantizer.QT_8bit, self.faiss.METRIC_INNER_PRODUCT
            )
            self.parts = (quantizer, codes, refine)
            self.index = self.faiss.IndexRefine(codes, refine)
            self.index.train(rows[:20000])
        self.index.add(rows)

    def filter(self, rows):
        return self.faiss.IDSelectorBatch(rows)

    def search(self, query, selector, effort):
        base = self.faiss.IVFRaBitQSearchParameters()
        base.nprobe, base.qb = effort, 4
        if selector is not None:
            base.sel = selector
        settings = self.faiss.IndexRefineSearchParameters(k_factor=20, base_index_params=base)
        return self.index.search(query[None], K, params=settings)[1][0]


class Usearch:
    efforts = GRAPH_EFFORTS

    def __init__(self, dimension, threads):
        from usearch.index import Index

        self.index = Index(ndim=dimension, metric="ip", dtype="i8", connectivity=16, expansion_add=128, expansion_search=128)
        self.threads, self.next = threads, 0

    def add(self, rows):
        self.index.add(numpy.arange(self.next, self.next + len(rows)), rows, threads=self.threads)
        self.next += len(rows)

    def filter(self, rows):
        raise Unfiltered

    def search(self, query, _, effort):
        self.index.expansion_search = effort
        return self.index.search(query, K).keys


class Hnswlib:
    """float32 rows; the filter is a Python function for each row that is met. Effort: ef."""

    efforts = GRAPH_EFFORTS

    def __init__(self, dimension, threads):
        import hnswlib

        self.index = hnswlib.Index(space="ip", dim=dimension)
        self.threads, self.next = threads, 0

    def add(self, rows):
        if self.next == 0:
            self.index.init_index(max_elements=TOTAL, M=16, ef_construction=128)
        self.index.add_items(rows, numpy.arange(self.next, self.next + len(rows)), num_threads=self.threads)
        self.next += len(rows)

    def filter(self, rows):
        return set(rows.tolist())

    def search(self, query, allowed, effort):
        self.index.set_ef(effort)
        test = None if allowed is None else allowed.__contains__
        try:
            return self.index.knn_query(query, k=K, num_threads=1, filter=test)[0][0]
        except RuntimeError:  # fewer than K rows were found
            return []


class SqliteVec:
    """float32 rows in a file, all compared; a filter is a column."""

    efforts = (None,)

    def __init__(self, dimension, _):
        import sqlite_vec

        self.place = tempfile.TemporaryDirectory()
        self.db = sqlite3.connect(Path(self.place.name) / "vectors.db")
        if not hasattr(self.db, "enable_load_extension"):
            sys.exit("the sqlite3 of this Python loads no extensions")
        self.db.enable_load_extension(True)
        sqlite_vec.load(self.db)
        self.db.execute(f"CREATE VIRTUAL TABLE v USING vec0(embedding float[{dimension}] distance_metric=cosine)")
        self.next = 0

    def add(self, rows):
        with self.db:
            self.db.executemany(
                "INSERT INTO v(rowid, embedding) VALUES(?, ?)", ((self.next + i, row.tobytes()) for i, row in enumerate(rows))
            )
        self.next += len(rows)

    def filter(self, rows):
        self.db.execute("CREATE TEMP TABLE IF NOT EXISTS allowed(row INTEGER PRIMARY KEY)")
        with self.db:
            self.db.execute("DELETE FROM allowed")
            self.db.executemany("INSERT INTO allowed VALUES(?)", ((int(row),) for row in rows))
        return True

    def search(self, query, filtered, _):
        where = " AND rowid IN (SELECT row FROM allowed)" if filtered else ""
        found = self.db.execute(f"SELECT rowid FROM v WHERE embedding MATCH ? AND k = {K}{where}", (query.tobytes(),))
        return [row for (row,) in found]


class Lance:
    """The default index of LanceDB; the filter is a column, applied first. Effort: nprobes."""

    efforts = (32, 64, 128, 256)

    def __init__(self, dimension, _):
        import lancedb

        self.place = tempfile.TemporaryDirectory()
        self.db = lancedb.connect(self.place.name)
        self.table, self.next, self.filters = None, 0, 0

    def add(self, rows):
        import pyarrow

        batch = pyarrow.table(
            {
                "id": numpy.arange(self.next, self.next + len(rows)),
                "vector": pyarrow.FixedSizeListArray.from_arrays(pyarrow.array(rows.ravel()), rows.shape[1]),
            }
        )
        self.next += len(rows)
        if self.table is None:
            self.table = self.db.create_table("v", batch)
        else:
            self.table.add(batch)

    def finish(self):
        self.table.create_index(metric="cosine", vector_column_name="vector")
        self.table.create_scalar_index("id")

    def filter(self, rows):
        if len(rows) > 20000:
            raise Unfiltered
        return "id IN (" + ",".join(map(str, rows)) + ")"

    def search(self, query, where, effort):
        asked = self.table.search(query).distance_type("cosine").nprobes(effort).refine_factor(20).limit(K)
        if where is not None:
            asked = asked.where(where, prefilter=True)
        return asked.select(["id"]).to_arrow()["id"].to_numpy()


class Chroma:
    efforts = (None,)

    def __init__(self, _dimension, _):
        import chromadb

        self.place = tempfile.TemporaryDirectory()
        settings = {"hnsw:space": "ip", "hnsw:construction_ef": 128, "hnsw:search_ef": 128}
        client = chromadb.PersistentClient(self.place.name, chromadb.Settings(anonymized_telemetry=False))
        self.collection, self.next = client.create_collection("vectors", metadata=settings), 0

    def add(self, rows):
        for first in range(0, len(rows), 5000):
            part = rows[first : first + 5000]
            self.collection.add(ids=[str(self.next + i) for i in range(len(part))], embeddings=part)
            self.next += len(part)

    def filter(self, rows):
        if len(rows) > 20000:
            raise Unfiltered
        return [str(row) for row in rows]

    def search(self, query, ids, _):
        asked = {} if ids is None else {"ids": ids}
        return [int(found) for found in self.collection.query(query_embeddings=query[None], n_results=K, **asked)["ids"][0]]


PEERS = {
    "faiss-hnsw": FaissHnsw,
    "faiss-rabitq": FaissRabitq,
    "usearch": Usearch,
    "hnswlib": Hnswlib,
    "sqlite-vec": SqliteVec,
    "lancedb": Lance,
    "chroma": Chroma,
}


def recall(found, truth, rows, query):
    """Share of the true rows; a row with the score of the last true one is as right."""
    wanted = truth[truth >= 0]
    if not len(wanted):
        return 1.0
    found = numpy.array([row for row in found if row >= 0], dtype=numpy.int64)[:K]
    bar = float(rows[wanted[-1]].astype(numpy.float32) @ query) - 1e-6
    return sum(float(rows[row].astype(numpy.float32) @ query) >= bar for row in found) / len(wanted)


def measure(peer, folder, number, name, rows, queries):
    allowed = numpy.fromfile(folder / f"filter-{number}.rows", dtype=numpy.int64)
    asked = numpy.fromfile(folder / f"filter-{number}.queries", dtype=numpy.int64)
    truth = numpy.fromfile(folder / f"filter-{number}.truth", dtype=numpy.int64).reshape(len(asked), -1)
    try:
        selector = peer.filter(allowed) if name != "none" else None
    except Unfiltered:
        return {"filter": name, "missing": True}
    for effort in peer.efforts:
        result = {"filter": name, "effort": effort} | ask(peer, selector, effort, [(queries[q], true) for q, true in zip(asked, truth)], rows)
        if result["recall"] >= ENOUGH:
            break
    return result


def ask(peer, selector, effort, questions, rows):
    """questions: (query, true rows)."""
    times, right, short = [], 0.0, 0
    for warm in (True, False):
        for query, truth in questions:
            begun = time.perf_counter()
            found = peer.search(query, selector, effort)
            if not warm:
                times.append((time.perf_counter() - begun) * 1e3)
                short += int(len([row for row in found if row >= 0]) < (truth >= 0).sum())
                right += recall(found, truth, rows, query)
    times.sort()
    return {
        "recall": round(right / len(questions), 4),
        "short": short,
        "wall_p50": round(times[len(times) // 2], 3),
        "wall_p99": round(times[min(len(times) - 1, len(times) * 99 // 100)], 3),
    }


def main():
    global TOTAL
    name, folder, dimension, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    rows = numpy.memmap(folder / "rows.f16", dtype=numpy.float16, mode="r").reshape(-1, dimension)
    queries = numpy.fromfile(folder / "queries.f32", dtype=numpy.float32).reshape(-1, dimension)
    TOTAL = len(rows)
    before, used = own_memory(), time.process_time()
    peer = PEERS[name](dimension, threads)
    for first in range(0, len(rows), 20000):
        peer.add(numpy.ascontiguousarray(rows[first : first + 20000], dtype=numpy.float32))
    getattr(peer, "finish", lambda: None)()
    built = time.process_time() - used
    result = {
        "build_us_a_row": round(built * 1e6 / len(rows), 1),
        "bytes_a_row": round((own_memory() - before) / len(rows)),
        "filters": [],
    }
    names = (folder / "filters.txt").read_text().splitlines()
    for number, filter_name in enumerate(names):
        result["filters"].append(measure(peer, folder, number, filter_name, rows, queries))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
