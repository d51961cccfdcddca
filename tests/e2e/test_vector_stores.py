"""OpenAI's files and vector stores with the real binary: background reading, search, filters, batches, tokens, restarts and
kill -9, and Open WebUI's document loader."""

import http.client
import json
import secrets
import signal
import threading
import time

import support
from support import SHARED, Server, wait_for

TOKEN = "0123456789abcdef0123456789abcdef"


def form(fields, name, data, content_type="text/plain"):
    boundary = secrets.token_hex(8)
    parts = "".join(f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items())
    head = f'{parts}--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {content_type}\r\n\r\n'
    return f"multipart/form-data; boundary={boundary}", head.encode() + data + f"\r\n--{boundary}--\r\n".encode()


def send(port, method, path, body=None, token=TOKEN, **headers):
    """Status and body, parsed where it is JSON."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        connection.request(method, path, body, {"Authorization": "Bearer " + token, **headers})
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text.startswith((b"{", b"[")) else text
    finally:
        connection.close()


class VectorStores(support.CommandCase):
    def serve(self, **settings):
        return Server(RERANK_ENABLE="false", BEARER_TOKEN=TOKEN, **{**self.settings, **settings})

    def ask(self, server, method, path, body=None, status=200, token=TOKEN):
        answer, parsed = server.request(method, "/v1" + path, body, token)
        self.assertEqual(answer, status, parsed)
        return parsed

    def upload(self, server, name, data, token=TOKEN, content_type="text/plain", status=200):
        kind, body = form({"purpose": "assistants"}, name, data, content_type)
        answer, parsed = send(server.port, "POST", "/v1/files", body, token, **{"Content-Type": kind})
        self.assertEqual(answer, status, parsed)
        return parsed.get("id")

    def store(self, server, **settings):
        return self.ask(server, "POST", "/vector_stores", settings)["id"]

    def settled(self, server, path, token=TOKEN):
        """The object, once it is no longer in progress."""
        def look():
            found = self.ask(server, "GET", path, token=token)
            return found if found["status"] != "in_progress" else None
        return wait_for(look, 120)

    def add(self, server, store, file, token=TOKEN, **more):
        self.ask(server, "POST", f"/vector_stores/{store}/files", {"file_id": file, **more}, token=token)
        return self.settled(server, f"/vector_stores/{store}/files/{file}", token)

    def search(self, server, store, query="otters", token=TOKEN, **more):
        return self.ask(server, "POST", f"/vector_stores/{store}/search", {"query": query, "max_num_results": 50, **more}, token=token)["data"]

    def found(self, *arguments, **more):
        return sorted(result["file_id"] for result in self.search(*arguments, **more))

    def test_files_are_found_with_name_and_attributes(self):
        with self.serve() as server:
            store = self.store(server, name="docs")
            attributes = {"lang": "en", "year": 2020, "part": 0.5, "draft": False, "author": "Ann", "source": "mine", "$or": "x",
                          "document_id": "d", "on": "2026-05-06"}
            file = self.upload(server, "otters.txt", b"Otters swim in the river.")
            other = self.upload(server, "badgers.md", b"---\nauthor: Bob\n---\n# Badgers\n\nBadgers dig in the hill.")
            added = self.add(server, store, file, attributes=attributes)
            self.assertEqual((added["status"], added["last_error"], added["usage_bytes"]), ("completed", None, 25))
            self.assertEqual(added["attributes"], attributes)
            self.add(server, store, other, attributes={"lang": "de"})
            results = {result["file_id"]: result for result in self.search(server, store)}
            self.assertEqual(results[file]["filename"], "otters.txt")
            self.assertEqual(results[file]["attributes"], attributes)
            self.assertEqual(results[file]["content"], [{"type": "text", "text": "Otters swim in the river."}])
            self.assertEqual(results[other]["attributes"], {"lang": "de"})
            scores = [result["score"] for result in self.search(server, store)]
            self.assertEqual(scores, sorted(scores, reverse=True))
            self.assertEqual(len(self.search(server, store, query=["otters", "badgers"])), 2)
            self.assertEqual(self.search(server, store, ranking_options={"score_threshold": 1.0}), [])

            def matching(*conditions, join="and"):
                return self.found(server, store, filters={"type": join, "filters": list(conditions)})
            for key, value in attributes.items():
                self.assertEqual(matching({"type": "eq", "key": key, "value": value}), [file], key)
            self.assertEqual(matching({"type": "eq", "key": "author", "value": "Bob"}), [])
            self.assertEqual(matching({"type": "gt", "key": "year", "value": 2019}, {"type": "lte", "key": "on", "value": "2026-12-31"}), [file])
            self.assertEqual(matching({"type": "nin", "key": "lang", "value": ["en"]}), [other])
            self.assertEqual(matching({"type": "in", "key": "lang", "value": ["en", "de"]}), sorted([file, other]))
            # New attributes can be searched when the answer is there.
            changed = self.ask(server, "POST", f"/vector_stores/{store}/files/{file}", {"attributes": {"lang": "fr"}})
            self.assertEqual((changed["attributes"], changed["status"]), ({"lang": "fr"}, "completed"))
            self.assertEqual(matching({"type": "eq", "key": "lang", "value": "fr"}), [file])
            content = self.ask(server, "GET", f"/vector_stores/{store}/files/{file}/content")
            self.assertEqual([part["text"] for part in content["data"]], ["Otters swim in the river."])
            # The collection has the documents, under the same keys.
            status, listed = server.request("POST", f"/c/{store[3:]}/list", {"filter": {"lang": "fr"}}, TOKEN)
            self.assertEqual([one["document_id"] for one in listed["documents"]], [file], listed)
            self.assertEqual(self.found(server, "vs_default"), [])

    def test_the_same_file_in_two_stores(self):
        with self.serve() as server:
            file = self.upload(server, "otters.txt", b"Otters swim in the river.")
            copy = self.upload(server, "copy.txt", b"Otters swim in the river.")
            one, two = self.store(server), self.store(server, file_ids=[file])
            self.add(server, one, file, attributes={"n": 1})
            self.add(server, one, copy, attributes={"n": 2})
            self.settled(server, f"/vector_stores/{two}")
            self.assertEqual(self.found(server, one), sorted([file, copy]))  # files of equal content are two documents
            self.assertEqual(self.found(server, two), [file])
            # Out of one store: the file and the other store keep it.
            self.ask(server, "DELETE", f"/vector_stores/{one}/files/{file}")
            self.assertEqual(self.found(server, one), [copy])
            self.assertEqual(self.found(server, two), [file])
            self.ask(server, "GET", f"/vector_stores/{one}/files/{file}", status=404)
            # Deleted: out of all of them.
            self.ask(server, "DELETE", f"/files/{file}")
            self.assertEqual(self.found(server, two), [])
            self.assertEqual(self.ask(server, "GET", f"/vector_stores/{two}")["file_counts"]["total"], 0)
            # A store that is deleted leaves the files.
            self.ask(server, "DELETE", f"/vector_stores/{one}")
            self.ask(server, "POST", f"/vector_stores/{one}/search", {"query": "otters"}, 404)
            self.ask(server, "GET", f"/files/{copy}")

    def test_failures_are_told(self):
        with self.serve() as server:
            store = self.store(server)
            unread = self.add(server, store, self.upload(server, "a.png", b"\x89PNG\r\n\x1a\n" + bytes(64), content_type="image/png"))
            self.assertEqual((unread["status"], unread["last_error"]["code"]), ("failed", "unsupported_file"), unread)
            broken = self.add(server, store, self.upload(server, "a.docx", b"PK\x03\x04 no archive", content_type="application/zip"))
            self.assertEqual(broken["status"], "failed", broken)
            empty = self.add(server, store, self.upload(server, "a.txt", b"  \n"))
            self.assertEqual((empty["status"], empty["last_error"]["code"]), ("failed", "invalid_file"), empty)
            counts = self.ask(server, "GET", f"/vector_stores/{store}")["file_counts"]
            self.assertEqual((counts["failed"], counts["total"]), (3, 3))
            listed = self.ask(server, "GET", f"/vector_stores/{store}/files?filter=failed")["data"]
            self.assertEqual(len(listed), 3)
            self.assertEqual(self.ask(server, "GET", f"/vector_stores/{store}/files?filter=completed")["data"], [])
            self.ask(server, "GET", f"/vector_stores/{store}/files?filter=lost", status=400)

    def test_batches(self):
        with self.serve() as server:
            store = self.store(server)
            files = [self.upload(server, f"{n}.txt", f"Otter number {n} swims in the river.".encode()) for n in range(30)]
            batch = self.ask(server, "POST", f"/vector_stores/{store}/file_batches",
                             {"files": [{"file_id": file, "attributes": {"n": n}} for n, file in enumerate(files)]})
            self.assertEqual(batch["file_counts"]["total"], 30)
            path = f"/vector_stores/{store}/file_batches/{batch['id']}"
            done = self.settled(server, path)
            self.assertEqual((done["status"], done["file_counts"]["completed"]), ("completed", 30))
            listed, after = [], ""
            while True:
                page = self.ask(server, "GET", f"{path}/files?limit=7&order=asc{after}")
                listed += [one["id"] for one in page["data"]]
                after = f"&after={page['last_id']}"
                if not page["has_more"]:
                    break
            self.assertEqual(sorted(listed), sorted(files))
            self.assertEqual(self.found(server, store, filters={"type": "lt", "key": "n", "value": 3}), sorted(files[:3]))
            # Cancelled: each file was read or was not; nothing stays in progress.
            again = self.ask(server, "POST", f"/vector_stores/{store}/file_batches", {"file_ids": files, "attributes": {"n": -1}})
            self.ask(server, "POST", f"/vector_stores/{store}/file_batches/{again['id']}/cancel")
            ended = wait_for(lambda: (lambda one: one if one["file_counts"]["in_progress"] == 0 else None)(
                self.ask(server, "GET", f"/vector_stores/{store}/file_batches/{again['id']}")))
            self.assertEqual(ended["file_counts"]["completed"] + ended["file_counts"]["cancelled"], 30, ended)
            self.ask(server, "GET", f"/vector_stores/{store}/file_batches/vsfb_nope", status=404)

    def test_chunk_sizes_of_a_file(self):
        with self.serve(CHUNK_SIZE="200") as server:
            store = self.store(server)
            text = " ".join(f"Otter {n} swims in the cold river and dives for fish." for n in range(60)).encode()
            plain, small = self.upload(server, "a.txt", text), self.upload(server, "b.txt", text)
            self.add(server, store, plain)
            sizes = {"type": "static", "static": {"max_chunk_size_tokens": 100, "chunk_overlap_tokens": 50}}
            self.assertEqual(self.add(server, store, small, chunking_strategy=sizes)["chunking_strategy"], sizes)
            found = self.found(server, store)
            self.assertGreater(found.count(small), 2 * found.count(plain))

    def test_tokens_see_what_is_theirs(self):
        tokens = {}
        for name, more in {"x": ("--scope", "read,write", "--filter", "team=x"), "y": ("--scope", "read,write", "--filter", "team=y"),
                           "writer": ("--scope", "read,write"), "reader": ("--scope", "read")}.items():
            tokens[name] = self.call("token", "add", name, *more).strip().split()[-1]
        with self.serve() as server:
            store = self.store(server)
            mine = {name: self.upload(server, f"{name}.txt", f"The otters of {name} swim in the river.".encode(), tokens[name]) for name in "xy"}
            for name in "xy":
                self.assertEqual(self.add(server, store, mine[name], tokens[name], attributes={"n": name})["status"], "completed")
            for name, other in ("xy", "yx"):
                token = tokens[name]
                self.assertEqual(self.found(server, store, token=token), [mine[name]])
                self.assertEqual([one["id"] for one in self.ask(server, "GET", f"/vector_stores/{store}/files", token=token)["data"]], [mine[name]])
                self.assertEqual(self.ask(server, "GET", f"/vector_stores/{store}", token=token)["file_counts"]["total"], 1)
                self.ask(server, "GET", f"/files/{mine[other]}/content", token=token, status=404)
                self.ask(server, "POST", f"/vector_stores/{store}/files", {"file_id": mine[other]}, token=token, status=404)
                self.ask(server, "GET", f"/vector_stores/{store}/files/{mine[other]}", token=token, status=404)
                self.ask(server, "DELETE", f"/vector_stores/{store}/files/{mine[other]}", token=token, status=404)
                self.ask(server, "DELETE", f"/files/{mine[other]}", token=token, status=404)
            # What an administrator adds for a team is there for its token.
            shared = self.upload(server, "shared.txt", b"Otters of the administrator swim in the river.")
            self.add(server, store, shared, attributes={"team": "x"})
            self.assertEqual(self.found(server, store, token=tokens["x"]), sorted([mine["x"], shared]))
            self.assertEqual(self.found(server, store, token=tokens["y"]), [mine["y"]])
            self.ask(server, "POST", f"/vector_stores/{store}/files", {"file_id": mine["x"]}, token=tokens["reader"], status=403)
            self.ask(server, "POST", "/vector_stores", {}, token=tokens["writer"], status=403)
            self.ask(server, "DELETE", f"/vector_stores/{store}", token=tokens["writer"], status=403)
            self.assertEqual(len(self.ask(server, "GET", "/files")["data"]), 3)

    def test_restart_and_kill(self):
        server = self.serve()
        try:
            store = self.store(server, name="kept", metadata={"team": "x"})
            done = self.upload(server, "done.txt", b"Otters swim in the river.")
            self.add(server, store, done, attributes={"n": 1})
            files = [self.upload(server, f"{n}.txt", f"Otter number {n} swims in the river. ".encode() * 200) for n in range(12)]
            acknowledged = []

            def upload():
                try:
                    while True:
                        acknowledged.append(self.upload(server, "more.txt", b"badgers " * 50_000))
                except Exception:  # cut by the kill
                    pass
            writer = threading.Thread(target=upload)
            writer.start()
            wait_for(lambda: acknowledged)
            batch = self.ask(server, "POST", f"/vector_stores/{store}/file_batches", {"file_ids": files, "attributes": {"n": 2}})
            server.stop(signal.SIGKILL)
            writer.join()
            server = self.serve()
            shown = self.ask(server, "GET", f"/vector_stores/{store}")
            self.assertEqual((shown["name"], shown["metadata"]), ("kept", {"team": "x"}))
            listed = self.ask(server, "GET", "/files")["data"]
            self.assertLessEqual({done, *files, *acknowledged}, {one["id"] for one in listed})
            for one in listed:  # whole files only
                status, data = send(server.port, "GET", f"/v1/files/{one['id']}/content")
                self.assertEqual((status, len(data)), (200, one["bytes"]))
            # The work goes on.
            ended = self.settled(server, f"/vector_stores/{store}/file_batches/{batch['id']}")
            self.assertEqual(ended["file_counts"]["completed"], 12, ended)
            for n, expected in ((1, [done]), (2, files)):
                _, found = server.request("POST", f"/c/{store[3:]}/list", {"filter": {"n": n}}, TOKEN)
                self.assertEqual({one["document_id"] for one in found["documents"]}, set(expected), found)
                self.assertLessEqual(set(self.found(server, store, filters={"type": "eq", "key": "n", "value": n})), set(expected))
            self.assertEqual(server.stop(), 0)
            server = self.serve()
            self.assertEqual(self.ask(server, "GET", f"/vector_stores/{store}")["file_counts"]["completed"], 13)
        finally:
            server.__exit__()

    def test_collections_that_are_dropped_another_way_are_forgotten(self):
        with self.serve() as server:
            stores = [self.store(server) for _ in range(2)]
            file = self.upload(server, "a.txt", b"Otters swim in the river.")
            for store in stores:
                self.add(server, store, file)
            self.ask(server, "DELETE", f"/collections/{stores[0][3:]}?confirm={stores[0][3:]}")
            self.ask(server, "GET", f"/vector_stores/{stores[0]}/files", status=404)
        journals = self.work / "data" / "vector_stores"
        with self.serve() as server:
            wait_for(lambda: not (journals / stores[0][3:]).exists())
            self.assertEqual(self.found(server, stores[1]), [file])
            # Another one of the name has no files.
            self.ask(server, "POST", "/collections", {"name": stores[0][3:]}, 201)
            self.assertEqual(self.ask(server, "GET", f"/vector_stores/{stores[0]}/files")["data"], [])

    def test_files_have_bounded_room(self):
        with self.serve(RAPPEL_FILES_MB="1") as server:
            first = self.upload(server, "a.txt", b"x" * 700_000)
            self.upload(server, "b.txt", b"x" * 700_000, status=413)
            self.ask(server, "DELETE", f"/files/{first}")
            self.upload(server, "b.txt", b"x" * 700_000)

    def test_an_expired_store_is_not_searched(self):
        with self.serve() as server:
            store = self.store(server, expires_after={"anchor": "last_active_at", "days": 1})
            file = self.upload(server, "a.txt", b"Otters swim in the river.")
            self.add(server, store, file)
        # As if it was used last, and made, long ago.
        for path in (self.work / "data" / "vector_stores" / store[3:] / "journal", self.work / "data" / "collections" / store[3:] / "collection.json"):
            text = path.read_text()
            for key in ("active", "created_at"):
                text = support.re.sub(rf'"{key}":\d+', f'"{key}":1000000000', text)
            path.write_text(text)
        with self.serve() as server:
            self.assertEqual(self.ask(server, "GET", f"/vector_stores/{store}")["status"], "expired")
            self.ask(server, "POST", f"/vector_stores/{store}/search", {"query": "otters"}, 400)
            self.ask(server, "POST", f"/vector_stores/{store}/files", {"file_id": file}, 400)
            revived = self.ask(server, "POST", f"/vector_stores/{store}", {"expires_after": {"anchor": "last_active_at", "days": 2}})
            self.assertEqual(revived["status"], "completed")
            self.assertEqual(self.found(server, store), [file])

    def test_pdf(self):
        self.need_pdf()
        pdf = SHARED / "files" / "files" / "pdf" / "rl_2col_words_en.pdf"
        if not pdf.exists():
            self.skipTest("reference data not found: set RAPPEL_SHARED or put shared/ next to the checkout")
        with self.serve() as server:
            store = self.store(server)
            file = self.upload(server, pdf.name, pdf.read_bytes(), content_type="application/pdf")
            added = self.add(server, store, file)
            status, processed = send(server.port, "PUT", "/process", pdf.read_bytes(), **{"Content-Type": "application/pdf", "X-Filename": "a%20b.pdf"})
            self.assertEqual(status, 200, processed)
            self.assertEqual(processed["metadata"]["filename"], "a b.pdf")
            self.assertEqual(processed["metadata"]["media_type"], "application/pdf")
            if processed["page_content"].strip():
                self.assertEqual(added["status"], "completed", added)
                text = "".join(part["text"] for part in self.ask(server, "GET", f"/vector_stores/{store}/files/{file}/content")["data"])
                self.assertEqual("".join(text.split()), "".join(processed["page_content"].split()))

    def test_process_refuses_what_nothing_reads(self):
        with self.serve() as server:
            status, answer = send(server.port, "PUT", "/process", b"\x89PNG\r\n\x1a\n" + bytes(64), **{"X-Filename": "a.png"})
            self.assertEqual(status, 415, answer)
            status, answer = send(server.port, "PUT", "/process", b"# Otters\n\nThey swim.", **{"X-Filename": "..%2F..%2Fa.md"})
            self.assertEqual(status, 200)
            self.assertIn("They swim.", answer["page_content"])
            self.assertEqual(self.ask(server, "GET", "/files")["data"], [])

    def test_process_cuts_a_long_name_between_characters(self):
        with self.serve() as server:
            status, answer = send(server.port, "PUT", "/process", b"They swim.",
                                  **{"X-Filename": "a" + "%C3%A9" * 600, "Content-Type": "text/plain"})
            self.assertEqual(status, 200, answer)
            self.assertEqual(answer["metadata"]["filename"], "a" + "é" * 511)


if __name__ == "__main__":
    support.main()
