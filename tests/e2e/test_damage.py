#!/usr/bin/env python3
"""Damaged stores: one wrong bit in an index page and in the log after a kill. Nothing is answered wrongly, and every damage is
named by the start, /health, `rappel store`, `check` and `doctor`."""

import json
import os
import shutil
import signal
import tempfile
import unittest
from pathlib import Path

import support
from support import Server

MODEL = support.ROOT / "testdata" / "models" / "mini-bert-embedder"
PAGE = 4096


def flip(file, at, bit):
    data = bytearray(file.read_bytes())
    data[at] ^= bit
    file.write_bytes(data)


def documents(count, prefix):
    return {"documents": [{"id": f"{prefix}{i:03}", "text": f"text number {i} about otters",
                           "metadata": {"source": ["email", "file", "chat"][i % 3]}} for i in range(count)]}


class Damage(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = Path(folder.name) / "data"

    def rappel(self, *arguments):
        return support.run(*arguments, "--data-dir", self.data, EMBEDDING_MODEL=MODEL)

    def server(self):
        return Server("--no-auth", "--no-rerank", "--data-dir", self.data, "--embedding-model", MODEL)

    def report(self, *arguments):
        done = self.rappel(*arguments, "--json")
        return done.returncode, json.loads(done.stdout)

    def ids(self, report):
        return {finding["id"] for finding in report["findings"]}

    def test_a_bit_of_an_index_page_is_named_and_mended(self):
        database = self.ingest(240)
        self.assertEqual(self.report("store", "verify")[0], 0)
        whole = database.read_bytes()
        leaves = [i for i in range(len(whole) - 4) if whole[i:i + 4] == b"chat" and whole[i // PAGE * PAGE] == 10]
        flip(database, leaves[len(leaves) // 2], 0x10)

        listed = self.rappel("list", "--filter", "source=chat", "--json")
        self.assertNotEqual(listed.returncode, 0)
        self.assertIn("[store-damaged]", listed.stderr)
        code, report = self.report("store", "verify")
        self.assertEqual((code, self.ids(report)), (1, {"store-damaged"}))
        check = json.loads(self.rappel("check", "--json", "--no-rerank").stdout)
        self.assertIn("store-damaged", [entry.get("id") for entry in check["checks"]])
        code, report = self.report("store", "repair")
        self.assertEqual((code, report["findings"]), (0, []))
        self.assertEqual(database.read_bytes(), whole)
        self.assertEqual(json.loads(self.rappel("list", "--filter", "source=chat", "--json").stdout)["total"], 80)

    def ingest(self, count):
        manifest = self.data.parent / "documents.jsonl"
        manifest.write_text(support.json_lines(documents(count, "doc")["documents"]), encoding="utf-8")
        self.assertEqual(self.rappel("ingest", manifest).returncode, 0)
        return self.data / "rappel.db"

    def overwrite(self, database, text, page_type):
        """512 bytes of each page of this type that has the text."""
        data = bytearray(database.read_bytes())
        pages = [at for at in range(PAGE, len(data), PAGE) if data[at] == page_type and text in data[at:at + PAGE]]
        for at in pages:
            for i in range(at + 2048, at + 2560):
                data[i] ^= 0x5a
        database.write_bytes(data)
        return len(pages)

    def test_index_pages_are_written_again(self):
        database = self.ingest(240)
        before = self.rappel("list", "--filter", "source=chat", "--json").stdout
        self.assertGreater(self.overwrite(database, b"chat", 10), 0)
        self.assertEqual(self.report("store", "verify")[0], 1)
        code, report = self.report("store", "repair")
        self.assertEqual((code, report["findings"], report["damaged_documents"]), (0, [], []))
        self.assertEqual(len(list(self.data.glob("rappel.db.damaged-*"))), 1)
        self.assertEqual(self.rappel("list", "--filter", "source=chat", "--json").stdout, before)

    def test_damaged_documents_are_removed_only_on_request(self):
        database = self.ingest(240)
        self.assertEqual(self.overwrite(database, b"text number 17 about", 13), 1)
        self.assertIn("rappel store repair --drop-damaged", self.rappel("store", "repair").stdout.replace("\n", " "))
        code, report = self.report("store", "repair")
        named = report["damaged_documents"]
        self.assertEqual((code, report["removed_documents"]), (1, []))
        self.assertIn("doc017", named)
        self.assertEqual(self.rappel("store", "verify", "--drop-damaged").returncode, 2)
        code, report = self.report("store", "repair", "--drop-damaged")
        self.assertEqual((code, report["findings"], report["removed_documents"]), (0, [], named))
        self.assertEqual(json.loads(self.rappel("list", "--json").stdout)["total"], 240 - len(named))

    def test_damage_that_a_request_meets_degrades_the_server(self):
        database = self.ingest(240)
        with self.server() as server:
            self.assertEqual(server.request("GET", "/health")[1]["status"], "ok")
            self.overwrite(database, b"chat", 10)
            # A change makes the pages in the readers' memory old.
            late = {"documents": [{"id": "late", "text": "late otters", "metadata": {"author": "Ada"}}]}
            self.assertEqual(server.request("POST", "/upsert", late)[0], 200)
            self.assertEqual(server.request("GET", "/health")[1]["status"], "ok")
            # A query needs no index for its filter, a list does.
            query = {"queries": [{"query": "otters", "filter": {"source": "chat"}}]}
            self.assertEqual(server.request("POST", "/query", query)[0], 200)
            self.assertEqual(server.request("POST", "/list", {"filter": {"source": "chat"}})[0], 500)
            status, health = server.request("GET", "/health")
            self.assertEqual((status, health["status"]), (200, "degraded"))
            self.assertIn("run `rappel store verify` [store-damaged]", health["trouble"])
            self.assertEqual(server.request("POST", "/query", {"queries": [{"query": "otters"}]})[0], 200)
        self.assertEqual(self.report("store", "repair")[0], 0)
        with self.server() as server:
            self.assertEqual(server.request("GET", "/health")[1]["status"], "ok")

    def test_a_damaged_log_after_a_kill_is_mended_or_named(self):
        with self.server() as server:
            for i in range(20):
                status, _ = server.request("POST", "/upsert", {"documents": [{"id": f"w{i}", "text": f"document number {i} about otters"}]})
                self.assertEqual(status, 200)
            server.stop(signal.SIGKILL)
        killed = self.data.parent / "killed"
        shutil.copytree(self.data, killed)
        log = self.data / "rappel.db-wal"
        size = log.stat().st_size

        flip(log, size // 2, 1)
        found = json.loads(self.rappel("list", "--json").stdout)["total"]
        self.assertEqual(found, 20)
        self.assertEqual(self.ids(self.report("store", "verify")[1]), {"log-mended"})

        shutil.rmtree(self.data)
        shutil.copytree(killed, self.data)
        data = bytearray(log.read_bytes())
        data[size // 2:] = os.urandom(size - size // 2)
        log.write_bytes(data)
        with self.server() as server:
            status, health = server.request("GET", "/health")
            self.assertEqual((status, health["status"]), (200, "degraded"))
            self.assertIn("[commits-missing]", health["trouble"])
        self.assertTrue(list(self.data.glob("rappel.db-wal.damaged-*")))
        self.assertEqual(self.ids(self.report("store", "verify")[1]), {"commits-missing"})
        doctor = json.loads(self.rappel("doctor", "--no-measure", "--json").stdout)
        self.assertIn("commits-missing", [finding["name"] for finding in doctor["findings"]])
        self.assertEqual(self.rappel("store", "accept").returncode, 0)
        self.assertEqual(self.report("store", "verify")[0], 0)

    def test_a_backup_is_a_store(self):
        self.ingest(9)
        restored = self.data.parent / "restored"
        restored.mkdir()
        self.assertEqual(self.rappel("store", "backup", restored / "rappel.db").returncode, 0)
        before = self.rappel("list", "--json").stdout
        self.data = restored
        self.assertEqual(self.rappel("list", "--json").stdout, before)

    def test_usage(self):
        self.assertEqual(self.rappel("store", "verify").returncode, 2)
        self.assertEqual(self.rappel("store", "mend").returncode, 2)


if __name__ == "__main__":
    support.main()
