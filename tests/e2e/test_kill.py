"""kill -9 of the server at random moments of upserts over HTTP, and of `rappel ingest` in the middle of a folder: acknowledged
documents survive, and no document is stored in part.

RAPPEL_KILL_POINTS sets the number of kills (default 4); RAPPEL_KILL_SEED repeats a run.
"""

import json
import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
from contextlib import closing

import support
from support import Server, linked_model, run

WRITERS = 3
PARTS = 3


def text_of(version):
    """A text of several chunks, each of which contains the version."""
    return "\n".join(f"version {version} part {part}. " + "filler words of the part. " * 30 for part in range(PARTS))


def documents_in(data):
    """Opens the database of a running writer. Read-only, because the last connection to close would clean up."""
    try:
        with closing(sqlite3.connect(f"file:{data / 'rappel.db'}?mode=ro", uri=True)) as store:
            return store.execute("SELECT documents FROM state").fetchone()[0]
    except sqlite3.OperationalError:  # not there yet, or not whole
        return 0


class Writer(threading.Thread):
    """Sends new versions of its documents until the server is killed."""

    def __init__(self, server, number, state):
        super().__init__()
        self.server, self.number, self.state = server, number, state

    def run(self):
        version = max((v for v, _ in self.state.values()), default=0)
        while True:
            version += 1
            ids = [f"new-{self.number}-{version}", f"hot-{self.number}"]
            for document in ids:
                acknowledged = self.state.get(document, (0, 0))[0]
                self.state[document] = (acknowledged, version)
            try:
                status, answer = self.server.request("POST", "/upsert", {"documents": [{"id": i, "text": text_of(version)} for i in ids]})
            except Exception:  # cut by the kill: it may have been stored or not
                return
            assert status == 200 and answer == {"ids": ids}, (status, answer)
            for document in ids:
                self.state[document] = (version, version)


def wait_for_acknowledgement(writers):
    """Returns when a document is acknowledged, however busy the machine is, or when no writer is left."""
    while any(writer.is_alive() for writer in writers):
        if any(acknowledged for writer in writers for acknowledged, _ in list(writer.state.values())):
            return
        time.sleep(0.01)


class Kill(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = linked_model("mini-bert-embedder", cls.folder)

    def check(self, server, states):
        found = {}
        while True:
            status, page = server.request("POST", "/list", {"limit": 500, "offset": len(found)})
            self.assertEqual(status, 200)
            found.update({d["document_id"]: d for d in page["documents"]})
            if not page["documents"] or len(found) >= page["total"]:
                break
        for state in states:
            for document, (acknowledged, tried) in state.items():
                if document not in found:
                    self.assertEqual(acknowledged, 0, f"{document} was acknowledged and is gone")
                    continue
                version = int(found[document]["sample_text"].split()[1])
                self.assertTrue(version == acknowledged or version == tried, f"{document}: {version} of {acknowledged}/{tried}")
                state[document] = (version, version)
        hot = [f"hot-{number}" for number in range(WRITERS) if f"hot-{number}" in found]
        for document in hot:
            body = {"queries": [{"query": "version", "top_k": 50, "filter": {"document_id": document}}]}
            status, answer = server.request("POST", "/query", body)
            self.assertEqual(status, 200)
            results = answer["results"][0]["results"]
            self.assertEqual(len(results), found[document]["chunk_count"], document)
            versions = {r["text"].split("version ")[1].split()[0] for r in results if "version " in r["text"]}
            self.assertEqual(len(versions), 1, f"{document} is a mixture of {versions}")
        return len(found)

    def test_kill(self):
        points = int(os.environ.get("RAPPEL_KILL_POINTS", "4"))
        seed = int(os.environ.get("RAPPEL_KILL_SEED", time.time_ns() % 1_000_000))
        print(f"{points} kill points, seed {seed}", flush=True)
        generator = random.Random(seed)
        settings = {"EMBEDDING_MODEL": self.model, "RAPPEL_DATA_DIR": self.folder / "data",
                    "LOG_LEVEL": "warn"}
        states = [{} for _ in range(WRITERS)]
        for point in range(points):
            with Server("--no-auth", "--no-rerank", **settings) as server:
                documents = self.check(server, states)
                writers = [Writer(server, number, state) for number, state in enumerate(states)]
                for writer in writers:
                    writer.start()
                if point == 0:
                    wait_for_acknowledgement(writers)
                time.sleep(generator.uniform(0.0, 0.5))
                server.stop(signal.SIGKILL)
                for writer in writers:
                    writer.join()
            if (point + 1) % 50 == 0:
                print(f"{point + 1} kills, {documents} documents", flush=True)
        with Server("--no-auth", "--no-rerank", **settings) as server:
            documents = self.check(server, states)
            self.assertEqual(server.stop(), 0)
        acknowledged = sum(1 for state in states for version, _ in state.values() if version)
        print(f"{points} kills survived by {documents} documents, {acknowledged} of them acknowledged", flush=True)
        self.assertGreater(documents, 0)

    def test_kill_of_an_ingest(self):
        files, data = self.folder / "files", self.folder / "ingested"
        files.mkdir()
        for number in range(60):
            (files / f"{number:02}.md").write_text(f"{number} " + text_of(number))
        settings = {"EMBEDDING_MODEL": self.model, "EMBEDDING_BATCH": 4}
        whole = run("ingest", files, RAPPEL_DATA_DIR=self.folder / "whole", **settings)
        self.assertIn("60 documents stored, 0 unchanged", whole.stdout, whole.stderr)
        kept = 0
        for goal in (1, 20, 45):
            with subprocess.Popen([support.rappel, "ingest", files], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  env=support.clean_environment(RAPPEL_DATA_DIR=data, **settings), cwd=self.folder) as process:
                while documents_in(data) < goal and process.poll() is None:
                    time.sleep(0.002)
                seen = documents_in(data)
                process.kill()
            listed = run("list", "--json", RAPPEL_DATA_DIR=data, **settings)
            self.assertEqual(listed.returncode, 0, listed.stderr)
            kept = json.loads(listed.stdout)["total"]
            self.assertGreaterEqual(kept, seen)
            print(f"killed behind {seen} documents, {kept} are kept", flush=True)
        rest = run("ingest", files, RAPPEL_DATA_DIR=data, **settings)
        self.assertIn(f"{60 - kept} documents stored, {kept} unchanged, 0 failed", rest.stdout, rest.stderr)
        self.assertEqual(support.stored_vectors(data), support.stored_vectors(self.folder / "whole"))


if __name__ == "__main__":
    support.main()
