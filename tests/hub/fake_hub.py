"""A Hugging Face Hub in miniature, for tests: the API, the pages files are resolved by, and a storage server on another port.

In a test:

    with FakeHub() as hub:
        hub.add("org/model", {"config.json": b"{}", "model.safetensors": weights})
        ... HF_ENDPOINT=hub.endpoint ...
        hub.requests          # what was asked, in order

Faults are set on the hub or on a Repository, and each counts down where it has a number. By hand:

    python3 fake_hub.py ORG/NAME=FOLDER ... [--port N]
"""
import argparse
import hashlib
import http.server
import json
import pathlib
import re
import sys
import threading
import time
import urllib.parse

LFS_FROM = 10_000  # bytes; smaller files are kept in git itself
LFS_SUFFIXES = (".safetensors", ".bin", ".pt")


def git_blob_id(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Repository:
    """Files of one commit, and what goes wrong with them."""

    def __init__(self, files, token=None, gated=False):
        self.files = dict(files)
        self.token = token          # needed to see it at all
        self.gated = gated          # visible, but its files are refused
        self.extra_siblings = []    # names that are listed besides the files
        self.cut_after = {}         # name -> list of byte counts: one connection cut each
        self.hang_after = {}        # name -> list of byte counts: one connection each that falls silent
        self.corrupt = {}           # name -> how many answers have a byte flipped
        self.etag = {}              # name -> ETag header instead of the true one
        self.size = {}              # name -> announced size instead of the true one
        self.unsized = set()        # names whose size is not announced and whose content comes in chunks
        self.revisions = {"main": None}
        self.commit = self.make_commit()

    def make_commit(self):
        listing = "".join(f"{name}\0{git_blob_id(content)}\n" for name, content in sorted(self.files.items()))
        return hashlib.sha1(listing.encode()).hexdigest()

    def change(self, name, content):
        self.files[name] = content
        self.commit = self.make_commit()

    def is_lfs(self, name):
        return name.endswith(LFS_SUFFIXES) or len(self.files[name]) >= LFS_FROM

    def etag_of(self, name):
        if name in self.etag:
            return self.etag[name]
        content = self.files[name]
        return '"%s"' % (hashlib.sha256(content).hexdigest() if self.is_lfs(name) else git_blob_id(content))


class FakeHub:
    def __init__(self, port=0):
        self.repositories = {}
        self.requests = []          # (server, method, path, headers)
        self.ignore_ranges = False
        self.too_many = 0           # how many requests are answered 429
        self.retry_after = "0"
        self.failures = 0           # how many requests are answered 503
        self.slow = 0.0             # seconds between pieces of content
        self.piece = 64 << 10
        self.storage_status = None  # answer of the storage server instead of content
        self.storage_url = None     # where LFS files are said to be, instead of the storage server
        self.renamed = {}           # old name -> new name, by a relative redirect
        self.closing = threading.Event()
        self._lock = threading.Lock()
        self.hub = self._server("hub", port)
        self.storage = self._server("storage", 0)
        self.endpoint = "http://127.0.0.1:%d" % self.hub.server_address[1]

    def _server(self, name, port):
        hub = self
        handler = type("Handler", (_Handler,), {"hub": hub, "name": name})
        server = _Server(("127.0.0.1", port), handler)
        return server

    def __enter__(self):
        for server in (self.hub, self.storage):
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.closing.set()
        for server in (self.hub, self.storage):
            server.shutdown()
            server.server_close()

    def add(self, name, files, **options):
        self.repositories[name] = Repository(files, **options)
        return self.repositories[name]

    def take(self, field):
        """True while the counter `field` lasts."""
        with self._lock:
            count = getattr(self, field)
            setattr(self, field, max(0, count - 1))
            return count > 0

    def asked(self, server=None, method=None, containing=""):
        return [r for r in self.requests
                if server in (None, r[0]) and method in (None, r[1]) and containing in r[2]]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):  # a client that goes away is part of the tests
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub = None
    name = ""

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.handle_any()

    def do_GET(self):
        self.handle_any()

    def handle_any(self):
        hub = self.hub
        hub.requests.append((self.name, self.command, self.path, dict(self.headers)))
        if hub.take("too_many"):
            return self.answer(429, {"Retry-After": hub.retry_after})
        if hub.take("failures"):
            return self.answer(503)
        path = urllib.parse.urlsplit(self.path).path
        if self.name == "storage":
            return self.storage(path)
        api = re.fullmatch(r"/api/models/(.+?)/(revision|tree)/([^/]+)", path)
        if api:
            return self.api(urllib.parse.unquote(api[1]), api[2], urllib.parse.unquote(api[3]))
        api = re.fullmatch(r"/api/models/(.+)", path)
        if api:
            return self.api(urllib.parse.unquote(api[1]), "revision", "main")
        page = re.fullmatch(r"/(.+?)/resolve/([^/]+)/(.+)", path)
        if page:
            return self.resolve(urllib.parse.unquote(page[1]), urllib.parse.unquote(page[2]), urllib.parse.unquote(page[3]))
        self.answer(404)

    # -- the Hub

    def find(self, name, revision):
        """The repository and commit, or None after an error was answered."""
        hub = self.hub
        if name in hub.renamed:
            self.answer(307, {"Location": self.path.replace(name, hub.renamed[name], 1)})
            return None
        repository = hub.repositories.get(name)
        authorization = self.headers.get("Authorization", "")
        if repository is None or (repository.token and authorization != "Bearer " + repository.token):
            # As the Hub does: who may not see it is told that it is not there.
            self.answer(404 if authorization and repository is None else 401,
                        {"X-Error-Code": "RepoNotFound", "X-Error-Message": "Repository not found"})
            return None
        if revision not in repository.revisions and revision != repository.commit:
            self.answer(404, {"X-Error-Code": "RevisionNotFound", "X-Error-Message": "Invalid rev id: " + revision})
            return None
        return repository

    def api(self, name, verb, revision):
        repository = self.find(name, revision)
        if repository is None:
            return
        if verb == "tree":
            body = [{"type": "file", "path": file, "size": len(content), "oid": git_blob_id(content),
                     **({"lfs": {"oid": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}}
                        if repository.is_lfs(file) else {})}
                    for file, content in sorted(repository.files.items())]
        else:
            body = {"id": name, "modelId": name, "sha": repository.commit, "private": False, "tags": [], "downloads": 1,
                    "siblings": [{"rfilename": file} for file in repository.extra_siblings + sorted(repository.files)]}
        self.answer(200, {"Content-Type": "application/json"}, json.dumps(body).encode())

    def resolve(self, name, revision, file):
        repository = self.find(name, revision)
        if repository is None:
            return
        common = {"X-Repo-Commit": repository.commit}
        if repository.gated:
            return self.answer(403, {**common, "X-Error-Code": "GatedRepo",
                                     "X-Error-Message": "Access to model %s is restricted" % name})
        if file not in repository.files:
            return self.answer(404, {**common, "X-Error-Code": "EntryNotFound", "X-Error-Message": "Entry not found"})
        content = repository.files[file]
        if repository.is_lfs(file):
            where = self.hub.storage_url or "http://127.0.0.1:%d" % self.hub.storage.server_address[1]
            query = urllib.parse.urlencode({"repository": name, "file": file, "Signature": "do-not-print"})
            return self.answer(302, {**common, "Location": f"{where}/blob?{query}",
                                     "X-Linked-Etag": repository.etag_of(file), "ETag": '"storage-etag-2"',
                                     "X-Linked-Size": str(repository.size.get(file, len(content))),
                                     "Accept-Ranges": "bytes"}, b"Found. Redirecting")
        self.content(repository, file, {**common, "ETag": repository.etag_of(file)})

    # -- the storage

    def storage(self, path):
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        if self.hub.storage_status:
            return self.answer(self.hub.storage_status)
        self.content(self.hub.repositories[query["repository"][0]], query["file"][0], {"ETag": '"storage-etag-2"'})

    def content(self, repository, file, headers):
        content = repository.files[file]
        begin = 0
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if asked and not self.hub.ignore_ranges:
            begin = int(asked[1])
            if begin >= len(content):
                return self.answer(416, {"Content-Range": "bytes */%d" % len(content)})
        body = content[begin:]
        if self.command == "GET" and repository.corrupt.get(file, 0) > 0:
            repository.corrupt[file] -= 1
            body = body[:-1] + bytes([body[-1] ^ 1])
        partial = asked and not self.hub.ignore_ranges
        self.send_response(206 if partial else 200)
        for key, value in headers.items():
            self.send_header(key, value)
        if partial:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (begin, len(content) - 1, len(content)))
        chunked = file in repository.unsized
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        hangs = repository.hang_after.get(file)
        if hangs:
            self.send_pieces(body[:hangs.pop(0)], chunked)
            self.hub.closing.wait()
            self.close_connection = True
            return
        cuts = repository.cut_after.get(file)
        cut = cuts.pop(0) if cuts else None
        self.send_pieces(body if cut is None else body[:cut], chunked)
        if cut is not None:
            self.close_connection = True
        elif chunked:
            self.wfile.write(b"0\r\n\r\n")

    def send_pieces(self, body, chunked):
        for at in range(0, len(body), self.hub.piece):
            piece = body[at:at + self.hub.piece]
            try:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
            except OSError:  # the client went away
                self.close_connection = True
                return
            if self.hub.slow:
                time.sleep(self.hub.slow)

    def answer(self, status, headers=None, body=b""):
        self.send_response(status)
        for key, value in (headers or {}).items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def main():
    parser = argparse.ArgumentParser(description="a Hugging Face Hub in miniature")
    parser.add_argument("model", nargs="+", metavar="ORG/NAME=FOLDER")
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    with FakeHub(arguments.port) as hub:
        for model in arguments.model:
            name, folder = model.split("=", 1)
            root = pathlib.Path(folder)
            hub.add(name, {path.relative_to(root).as_posix(): path.read_bytes()
                           for path in root.rglob("*") if path.is_file()})
        print("HF_ENDPOINT=" + hub.endpoint, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
