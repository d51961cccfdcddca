"""Requests of the plugin's contract from a seed: scenarios, each a list of requests to a store that starts out empty."""

import random

import forms
import json_text
from json_text import Pairs
from request import JSON, TOKEN, Request
from values import ID, Values

UNKNOWN = ("extra", "department", "Source", "tags", "embedding", "self", "text", "", "$x", "title")
CONTENT_TYPES = (
    "application/json; charset=utf-8",
    "application/vnd.x+json",
    "Application/JSON",
    "text/plain",
    "application/x-www-form-urlencoded",
    "",
    "application/jsonx",
    "application/json+x",
    "application/json ; a=b",
    "text/json",
    "application",
    "json",
    ";",
    "application/json;",
    "application/x+json+xml",
    "application/+json",
    "application/JSON+JSON",
    "*/*",
    "application/json, text/plain",
    "application//json",
)
CREDENTIALS = (
    None,
    "Bearer",
    "Bearer ",
    "bearer tok1",
    "BEARER tok1",
    "bEaReR tok2",
    "Bearer tok2",
    "Bearer tok3",
    "Bearer  tok1",
    "Bearer tok1 ",
    "Basic dG9rMTo=",
    "Basic",
    "tok1",
    "Bearertok1",
    "Bearer tok1 tok2",
    "Bearer tok1,",
    "Token tok1",
    "",
    "bearer tok3",
    "Bearer\ttok1",
    "Bearer TOK1",
    "Digest x=y",
)


class Generator:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.values = Values(self.rng)

    def scenario(self):
        kind = self.rng.choices(
            (self.documents, self.broken_body, self.entrance, self.paths, self.upload, self.dates), (57, 16, 8, 6, 8, 5)
        )[0]
        return [self.clear()] + kind()

    def clear(self):
        return Request("DELETE", "/delete", [TOKEN, JSON], b'{"delete_all":true}')

    # --- bodies ---

    def metadata(self):
        v = self.values
        fields = [
            ("source", v.source),
            ("source_id", v.author),
            ("url", v.author),
            ("created_at", v.date),
            ("author", v.author),
            ("filename", v.author),
            ("filesize", v.count),
        ]
        return v.members(fields, 0.35, UNKNOWN)

    def filter(self):
        v = self.values
        fields = [
            ("document_id", v.identifier),
            ("source", v.source),
            ("source_id", v.author),
            ("author", v.author),
            ("start_date", v.date),
            ("end_date", v.date),
        ]
        return v.members(fields, 0.25, UNKNOWN)

    def nested(self, make, share=0.8):
        return self.values.mixed(make, share)

    def document(self):
        v = self.values
        return v.members(
            [("id", v.identifier), ("text", v.text), ("metadata", lambda: self.nested(self.metadata, 0.9))],
            0.85,
            UNKNOWN + ("author", "source_id", "created_at"),
        )

    def query(self):
        v = self.values
        return v.members(
            [("query", v.text), ("filter", lambda: self.nested(self.filter, 0.85)), ("top_k", v.top_k)], 0.8, UNKNOWN
        )

    def items(self, make):
        count = self.rng.choice((0, 1, 1, 1, 1, 2, 3, 5))
        return [make() if not self.values.chance(0.04) else self.values.wrong() for _ in range(count)]

    def body(self, route):
        v = self.values
        if route == "upsert":
            made = v.members([("documents", lambda: v.mixed(lambda: self.items(self.document), 0.95))], 0.97, UNKNOWN)
        elif route == "query":
            made = v.members([("queries", lambda: v.mixed(lambda: self.items(self.query), 0.95))], 0.97, UNKNOWN)
        elif route == "list":
            made = v.members(
                [("limit", v.count), ("offset", v.count), ("filter", lambda: self.nested(self.filter, 0.9))], 0.4, UNKNOWN
            )
        else:
            made = v.members(
                [
                    ("ids", lambda: v.mixed(lambda: self.items(v.identifier), 0.9)),
                    ("filter", lambda: self.nested(self.filter, 0.9)),
                    ("delete_all", v.boolean),
                ],
                0.45,
                UNKNOWN,
            )
        return v.wrong() if v.chance(0.02) else v.scalar() if v.chance(0.01) else made

    def json_request(self, route, body=None):
        path = "/" + route
        if route == "query" and self.values.chance(0.3):
            path = "/sub/query"
        text = json_text.write(self.body(route), self.rng) if body is None else body
        method = "DELETE" if route == "delete" and not self.values.chance(0.05) else "POST"
        return Request(method, path, [TOKEN, JSON], text.encode("utf-8", "surrogatepass"))

    def route(self):
        return self.rng.choice(("upsert", "upsert", "query", "query", "query", "list", "delete"))

    # --- scenarios ---

    def seed_store(self):
        """Documents that both services store, so that filters have something to select from."""
        v = self.values
        documents = []
        for name in self.rng.sample(ID, self.rng.randint(1, 6)):
            metadata = [
                (key, value)
                for key, value in (
                    ("source", self.rng.choice(("email", "file", "chat"))),
                    ("source_id", self.rng.choice(("Al", "5", "Ω"))),
                    ("author", self.rng.choice(("Al", "Ines", "Ω", "5"))),
                    ("filesize", 10**20 if v.chance(0.01) else self.rng.randint(0, 10**6)),
                    (
                        "created_at",
                        self.rng.choice(("2021-01-21", "2021-01-21T10:00:00-02:00", "1999-12-31T23:59:59+00:00", "2021-06")),
                    ),
                )
                if v.chance(0.7)
            ]
            beside = [("url", "http://beside.example")] if v.chance(0.02) else []
            documents.append(Pairs([("id", name), ("text", v.sentence()), ("metadata", Pairs(metadata)), *beside]))
        return self.json_request("upsert", json_text.write({"documents": documents}, self.rng))

    def everything(self):
        return [
            self.json_request("list", "{}"),
            self.json_request("query", '{"queries":[{"query":"all of them","top_k":1000}]}'),
        ]

    def documents(self):
        requests = [self.seed_store()] if self.values.chance(0.7) else []
        requests += [self.json_request(self.route()) for _ in range(self.rng.randint(1, 5))]
        return requests + self.everything()

    def broken_body(self):
        requests = []
        for _ in range(4):
            route = self.route()
            text = json_text.broken(json_text.write(self.body(route), self.rng), self.rng)
            request = self.json_request(route, text)
            chance = self.rng.random()
            if chance < 0.05:
                request.body = (
                    request.body[: len(request.body) // 2]
                    + bytes([self.rng.randint(128, 255)])
                    + request.body[len(request.body) // 2 :]
                )
            elif chance < 0.08:
                request.body = text.encode(self.rng.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig")), "surrogatepass")
            elif chance < 0.1:
                request.body = b"[" * self.rng.choice((10, 63, 64, 65, 70, 200)) + request.body
            requests.append(request)
        return requests

    def entrance(self):
        """Who may call, and with which Content-Type."""
        requests = []
        for _ in range(3):
            request = self.json_request(self.route())
            if self.values.chance(0.5):
                request.body = (
                    request.body
                    if self.values.chance(0.5)
                    else self.rng.choice((None, b"", b"null", b"{}", b"[]", b"0", b'""', b"false", b"{", b" "))
                )
            if self.values.chance(0.5):
                request.headers = [TOKEN] + [
                    ("Content-Type", kind) for kind in self.rng.sample(CONTENT_TYPES, self.rng.choice((0, 1, 1, 1, 2)))
                ]
            else:
                credentials = self.rng.choice(CREDENTIALS)
                request.headers = [JSON] + ([("Authorization", credentials)] if credentials is not None else [])
            requests.append(request)
        return requests

    def paths(self):
        requests = []
        for _ in range(4):
            path = self.rng.choice(
                (
                    "/query",
                    "/upsert",
                    "/upsert-file",
                    "/list",
                    "/delete",
                    "/sub/query",
                    "/sub/upsert",
                    "/nope",
                    "/docs",
                    "/redoc",
                    "/openapi.json",
                    "/sub/openapi.json",
                    "/sub/docs",
                    "/sub/redoc",
                    "/docs/oauth2-redirect",
                    "/.well-known/ai-plugin.json",
                    "/.well-known/openapi.yaml",
                    "/.well-known/logo.png",
                    "/.well-known/nope",
                    "/.well-known/../old_service.py",
                    "/.well-known/%2e%2e/x",
                    "/Query",
                    "/query%20",
                    "/qu%65ry",
                    "/sub/list",
                    "/sub/nope",
                    "/.well-known",
                )
            )
            path += self.rng.choice(("", "", "", "", "/", "?a=1", "/?a=1&b=%20"))
            method = self.rng.choice(("GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"))
            headers = [TOKEN] if self.values.chance(0.3) else []
            if self.values.chance(0.25):
                headers.append(("Origin", "https://chat.openai.com"))
                if method == "OPTIONS":
                    headers += [("Access-Control-Request-Method", self.rng.choice(("POST", "DELETE", "GET")))]
                    headers += (
                        [("Access-Control-Request-Headers", "authorization, content-type")] if self.values.chance(0.6) else []
                    )
            requests.append(Request(method, path, headers, b"" if method in ("POST", "PUT", "PATCH") else None))
        return requests

    def dates(self):
        v = self.values
        requests = []
        for _ in range(6):
            key = self.rng.choice(("start_date", "end_date"))
            requests.append(
                self.json_request(
                    "query",
                    json_text.write({"queries": [{"query": "when", "top_k": 100, "filter": {key: v.date(0.5)}}]}, self.rng),
                )
            )
        return [self.seed_store()] + requests

    def upload(self):
        requests = [forms.form(self.values, self.rng, self.metadata) for _ in range(2)]
        return requests + [self.json_request("list", "{}")]
