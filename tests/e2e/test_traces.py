"""Logs in JSON and traces, as programs read them: every line of the log is an object, and a collector gets the spans of a
request as OTLP."""

import base64
import http.server
import importlib.util
import json
import re
import threading

import support
from support import Server, linked_model, run, wait_for

TOKEN = "a-token-that-is-long-enough"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SECRETS = ("marzipan", "a-private-name", TOKEN)  # of texts, queries, ids and tokens


class Collector(http.server.ThreadingHTTPServer):
    """Takes what is posted to it; `answers` are the first statuses, then 200."""

    def __init__(self, answers=()):
        self.answers, self.requests = list(answers), []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = collector.answers.pop(0) if collector.answers else 200
                if status == 200:
                    collector.requests.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.daemon_threads = True
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def spans(self):
        return [span for _, _, body in self.requests for group in body["resourceSpans"] for scope in group["scopeSpans"]
                for span in scope["spans"]]

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


def attributes(thing):
    return {one["key"]: next(iter(one["value"].values())) for one in thing["attributes"]}


class Traces(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.models = {"EMBEDDING_MODEL": linked_model("mini-bert-embedder", cls.folder),
                      "RERANK_MODEL": linked_model("mini-bert-cross-encoder", cls.folder)}

    def settings(self, **more):
        data = self.folder / self.id().rsplit(".", 1)[-1]
        return {**self.models, "RAPPEL_DATA_DIR": data, "BEARER_TOKEN": TOKEN, **more}

    def ask(self, server, method, path, body=None, **headers):
        connection = server.connect()
        try:
            connection.request(method, path, None if body is None else json.dumps(body),
                               {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}", **headers})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def some_requests(self, server, **headers):
        document = {"id": "a-private-name", "text": "A cake of marzipan, with almonds."}
        self.assertEqual(self.ask(server, "POST", "/upsert", {"documents": [document]}), 200)
        query = {"queries": [{"query": "cake of marzipan", "top_k": 2}]}
        self.assertEqual(self.ask(server, "POST", "/query", query, **headers), 200)
        self.assertEqual(self.ask(server, "GET", "/health"), 200)
        self.assertEqual(self.ask(server, "GET", "/jobs/a-private-name"), 404)
        self.assertEqual(self.ask(server, "POST", "/nothing/marzipan%0A%1b[31m%ff", {}), 404)

    def test_every_line_of_the_log_is_json(self):
        with Server(**self.settings(LOG_FORMAT="json")) as server:
            self.some_requests(server, **{"X-Request-Id": "of-the-caller"})
            self.assertEqual(server.stop(), 0)
        lines = [json.loads(line) for line in server.log]
        for line in lines:
            self.assertRegex(line["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn(line["level"], ("info", "warning", "error"))
            self.assertIsInstance(line["message"], str)
        requests = [line for line in lines if line["message"] == "request"]
        self.assertEqual([(line["method"], line["route"], line["status"]) for line in requests],
                         [("POST", "/upsert", 200), ("POST", "/query", 200), ("GET", "/jobs/{id}", 404), ("POST", "other", 404)])
        query = requests[1]
        self.assertEqual((query["request_id"], query["token"], query["address"]), ("of-the-caller", "admin", "127.0.0.1"))
        self.assertEqual(query["bytes_in"], len(json.dumps({"queries": [{"query": "cake of marzipan", "top_k": 2}]})))
        self.assertGreater(query["bytes_out"], 50)
        self.assertGreaterEqual(query["duration_ms"], 0)
        for secret in SECRETS:
            self.assertFalse(any(secret in line for line in server.log), secret)

    def test_text_lines_have_the_same_fields_and_debug_has_probes(self):
        with Server(**self.settings(LOG_LEVEL="debug")) as server:
            self.some_requests(server)
            self.assertEqual(server.stop(), 0)
        log = "".join(server.log)
        self.assertRegex(log, r"Z info +request method=POST route=/query status=200 duration_ms=\d+ bytes_in=\d+ bytes_out=\d+ "
                              r"address=127\.0\.0\.1 request_id=\S+ token=admin\n")
        self.assertRegex(log, r"Z debug +request method=GET route=/health status=200")

    def test_a_collector_gets_the_spans_of_a_request(self):
        with Collector() as collector:
            settings = self.settings(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url() + "/", OTEL_SERVICE_NAME="library",
                                     OTEL_RESOURCE_ATTRIBUTES="deployment.environment.name=test,owner=a%20b",
                                     OTEL_EXPORTER_OTLP_HEADERS="api-key=abc%3D", LOG_FORMAT="json")
            with Server(**settings) as server:
                self.some_requests(server, traceparent=f"00-{TRACE}-{PARENT}-01", tracestate="vendor=x")
                status, metrics = server.request("GET", "/metrics", token=TOKEN)
                self.assertIn(b"rappel_trace_spans_total", metrics)
                self.assertEqual(server.stop(), 0)
        path, headers, body = collector.requests[0]
        self.assertEqual((path, headers["Content-Type"], headers["api-key"]), ("/v1/traces", "application/json", "abc="))
        resource = attributes(body["resourceSpans"][0]["resource"])
        self.assertEqual((resource["service.name"], resource["deployment.environment.name"], resource["owner"]),
                         ("library", "test", "a b"))
        for request in collector.requests:
            self.check_request(request[2])
        spans = collector.spans()
        for secret in ("marzipan", TOKEN):  # a path has ids, but no texts
            self.assertNotIn(secret, json.dumps([span for span in spans if span["name"] != "POST"]))
        self.assertEqual([span["name"] for span in spans if span["kind"] == 2], ["POST /upsert", "POST /query", "GET /jobs/{id}", "POST"],
                         "probes are not traced")
        query = next(span for span in spans if span["name"] == "POST /query")
        self.assertEqual((query["traceId"], query["parentSpanId"], query["traceState"]), (TRACE, PARENT, "vendor=x"))
        about = attributes(query)
        self.assertEqual((about["http.request.method"], about["http.route"], about["http.response.status_code"], about["url.scheme"]),
                         ("POST", "/query", "200", "http"))
        stages = [span for span in spans if span["traceId"] == TRACE and span is not query]
        self.assertEqual([span["name"] for span in stages],
                         ["retrieval", "embeddings mini-bert-embedder", "search", "rerank mini-bert-cross-encoder"])
        self.assertEqual(stages[0]["parentSpanId"], query["spanId"])
        self.assertEqual(attributes(stages[0])["gen_ai.request.top_k"], "2")
        for stage in stages[1:]:
            self.assertEqual(stage["parentSpanId"], stages[0]["spanId"])
        self.assertEqual(attributes(stages[1])["gen_ai.operation.name"], "embeddings")
        ingest = next(span for span in spans if span["name"] == "ingest")
        self.assertNotEqual(ingest["traceId"], TRACE)
        logged = [json.loads(line) for line in server.log]
        self.assertIn(TRACE, [line.get("trace_id") for line in logged if line.get("route") == "/query"])

    def check_request(self, body):
        """The rules of OTLP for JSON; with the package opentelemetry-proto also what its protobuf parser says."""
        for group in body["resourceSpans"]:
            self.assertLessEqual(set(group), {"resource", "scopeSpans"})
            for scope in group["scopeSpans"]:
                self.assertLessEqual(set(scope), {"scope", "spans"})
                for span in scope["spans"]:
                    self.check_span(span)
        if importlib.util.find_spec("opentelemetry") and importlib.util.find_spec("google.protobuf"):
            self.parse_as_protobuf(body)

    def check_span(self, span):
        self.assertLessEqual(set(span), {"traceId", "spanId", "parentSpanId", "traceState", "flags", "name", "kind", "startTimeUnixNano",
                                         "endTimeUnixNano", "attributes", "status"})
        self.assertRegex(span["traceId"], r"^(?!0{32})[0-9a-f]{32}$")
        for name in {"spanId", "parentSpanId"} & set(span):
            self.assertRegex(span[name], r"^(?!0{16})[0-9a-f]{16}$")
        self.assertIn(span["kind"], (1, 2))
        for name in ("startTimeUnixNano", "endTimeUnixNano"):
            self.assertRegex(span[name], r"^\d{19}$")
        self.assertLessEqual(int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"]))
        for attribute in span["attributes"]:
            self.assertEqual(set(attribute), {"key", "value"})
            [(kind, value)] = attribute["value"].items()
            self.assertIn(kind, ("stringValue", "intValue"))
            self.assertIsInstance(value, str)
            if kind == "intValue":
                self.assertRegex(value, r"^-?\d+$")

    def parse_as_protobuf(self, body):
        from google.protobuf import json_format
        from opentelemetry.proto.collector.trace.v1 import trace_service_pb2

        def with_bytes(thing):  # OTLP has ids in hexadecimal where protobuf has base64
            if isinstance(thing, list):
                return [with_bytes(one) for one in thing]
            if not isinstance(thing, dict):
                return thing
            return {key: base64.b64encode(bytes.fromhex(value)).decode() if re.fullmatch("traceId|(parentS|s)panId", key)
                    else with_bytes(value) for key, value in thing.items()}

        request = json_format.ParseDict(with_bytes(body), trace_service_pb2.ExportTraceServiceRequest())
        count = sum(len(scope["spans"]) for group in body["resourceSpans"] for scope in group["scopeSpans"])
        self.assertEqual(sum(len(scope.spans) for group in request.resource_spans for scope in group.scope_spans), count)

    def test_calls_of_the_models_alone_are_stages(self):
        with Collector() as collector:
            with Server(**self.settings(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url())) as server:
                self.assertEqual(self.ask(server, "POST", "/v1/embeddings", {"input": ["marzipan", "almonds"]}), 200)
                self.assertEqual(self.ask(server, "POST", "/v1/rerank", {"query": "marzipan", "documents": ["a", "b"]}), 200)
                self.assertEqual(server.stop(), 0)
        spans = {span["name"]: span for span in collector.spans()}
        embeddings, rerank = spans["embeddings mini-bert-embedder"], spans["rerank mini-bert-cross-encoder"]
        self.assertEqual(embeddings["parentSpanId"], spans["POST /v1/embeddings"]["spanId"])
        self.assertEqual(rerank["parentSpanId"], spans["POST /v1/rerank"]["spanId"])
        self.assertGreater(int(attributes(embeddings)["gen_ai.usage.input_tokens"]), 3)
        self.assertEqual(attributes(rerank)["rappel.rerank.candidates"], "2")

    def test_sampling_follows_the_caller(self):
        with Collector() as collector:
            with Server(**self.settings(OTEL_EXPORTER_OTLP_ENDPOINT=collector.url(), OTEL_TRACES_SAMPLER="parentbased_always_off")) as server:
                self.ask(server, "POST", "/list", {})
                self.ask(server, "POST", "/list", {}, traceparent=f"00-{TRACE}-{PARENT}-00")
                self.ask(server, "POST", "/list", {}, traceparent=f"00-{TRACE}-{PARENT}-01-and-more")
                self.ask(server, "POST", "/list", {}, traceparent=f"00-{TRACE}-{PARENT}-01")
                self.assertEqual(server.stop(), 0)
        self.assertEqual([span["parentSpanId"] for span in collector.spans()], [PARENT])

    def test_a_missing_collector_delays_nothing(self):
        with support.silent_port() as silent:
            with Server(**self.settings(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{silent}")) as server:
                self.some_requests(server)
                self.assertEqual(server.stop(), 0)
        self.assertIn("stopped: no request was cut", "".join(server.log))

    def test_settings_that_cannot_be_used(self):
        for words, more in (("gRPC", {"OTEL_EXPORTER_OTLP_ENDPOINT": "127.0.0.1:4317"}),
                            ("is not NAME=VALUE", {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://x", "OTEL_EXPORTER_OTLP_HEADERS": "secret-only"})):
            process = run("serve", "--port", "0", **self.settings(**more))
            self.assertEqual((process.returncode, process.stdout), (2, ""), process.stderr)
            self.assertIn(words, process.stderr)
            self.assertNotIn("secret-only", process.stderr)

    def test_the_doctor_reads_a_log_in_json(self):
        log = self.folder / "server.log"
        with Server(**self.settings(LOG_FORMAT="json")) as server:
            self.assertEqual(server.stop(), 0)
        line = {"time": "2026-12-01T10:00:00.000Z", "level": "error", "message": "the store cannot be written [disk-full]"}
        log.write_text("".join(server.log) + json.dumps(line) + "\n")
        told = run("doctor", "--log", log, **self.settings()).stdout
        self.assertIn("disk-full", told)


if __name__ == "__main__":
    support.main()
