"""TLS as an operator meets it: certificates that do and do not load, SIGHUP, and the commands that talk to the server."""

import json
import signal
import ssl
import subprocess

import support
from support import Server, linked_model, run, wait_for

TOKEN = "a-token-that-is-long-enough"


class Tls(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.model = linked_model("mini-bert-embedder", cls.folder)

    def setUp(self):
        self.work = self.folder / self.id().rsplit(".", 1)[-1]
        self.work.mkdir()
        self.certificate, self.key = self.work / "cert.pem", self.work / "key.pem"
        self.make_certificate("localhost")
        self.settings = {"EMBEDDING_MODEL": self.model, "RERANK_ENABLE": "false", "RAPPEL_DATA_DIR": self.work / "data",
                         "BEARER_TOKEN": TOKEN, "TLS_CERT": self.certificate, "TLS_KEY": self.key}

    def make_certificate(self, name, *more):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "90",
                        "-subj", f"/O={name}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", self.key,
                        "-out", self.certificate, *more], check=True, capture_output=True)
        self.key.chmod(0o600)

    def refused(self, **more):
        process = run("serve", "--port", "0", **{**self.settings, **more})
        self.assertEqual((process.returncode, process.stdout), (2, ""), process.stderr)
        return process.stderr

    def hang_up(self, server, words):
        before = "".join(server.log).count(words)
        server.process.send_signal(signal.SIGHUP)
        self.assertTrue(wait_for(lambda: "".join(server.log).count(words) > before), "".join(server.log))

    def test_documents_go_in_and_out_over_tls(self):
        text = "".join(f"knot {i} of the long rope. " for i in range(200)) + "\n" * 1_500_000
        form = (b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"rope.txt\"\r\nContent-Type: text/plain\r\n\r\n"
                + text.encode() + b"\r\n--x--\r\n")
        with Server(**self.settings) as server:
            connection = server.connect()
            headers = {"Authorization": "Bearer " + TOKEN, "Content-Type": "multipart/form-data; boundary=x"}
            # In chunks, and larger than what is kept in memory.
            pieces = (form[at:at + 100_000] for at in range(0, len(form), 100_000))
            connection.request("POST", "/upsert-file", pieces, headers, encode_chunked=True)
            answer = connection.getresponse()
            self.assertEqual(answer.status, 200, answer.read())
            answer.read()
            self.assertEqual(connection.sock.version(), "TLSv1.3")
            connection.close()
            status, found = server.request("POST", "/query", {"queries": [{"query": "the long rope", "top_k": 3}]}, TOKEN)
            self.assertEqual((status, len(found["results"][0]["results"])), (200, 3))
            self.assertEqual(server.stop(), 0)
        self.assertIn("TLS with the certificate of localhost, valid until 20", "".join(server.log))
        self.assertNotIn("without TLS", "".join(server.log))

    def test_sighup_takes_a_new_certificate_and_keeps_connections(self):
        with Server("--lazy", **self.settings) as server:
            def ask(connection):
                connection.request("GET", "/health")
                answer = connection.getresponse()
                answer.read()
                return answer.status

            def organization(connection):
                names = connection.sock.getpeercert()["subject"]
                return dict(pair for group in names for pair in group)["organizationName"]

            old = server.connect()
            self.assertEqual((ask(old), organization(old)), (200, "localhost"))
            self.make_certificate("renewed")
            self.hang_up(server, "SIGHUP: TLS with the certificate of localhost")
            server.tls = ssl.create_default_context(cafile=self.certificate)
            new = server.connect()
            self.assertEqual((ask(new), organization(new)), (200, "renewed"))
            self.key.write_text("damaged")
            self.hang_up(server, "it has no private key in PEM format")
            self.assertIn("the old one stays in use", "".join(server.log))
            self.assertEqual(organization(new), "renewed")
            again = server.connect()
            self.assertEqual([ask(old), ask(new), ask(again)], [200, 200, 200], "the old connections live")
            self.assertEqual(organization(again), "renewed")
            for connection in (old, new, again):
                connection.close()
            self.assertEqual(server.stop(), 0)

    def test_unusable_files_are_named_at_the_start(self):
        good = self.key.read_text()
        self.make_certificate("another")
        self.key.write_text(good)
        self.assertIn(f"{self.key} for TLS: it is not the key of the first certificate in {self.certificate}", self.refused())
        self.assertIn("[tls]", self.refused(TLS_KEY=self.work / "missing"))
        self.assertIn("TLS_KEY is set without TLS_CERT", self.refused(TLS_CERT=""))
        self.assertIn("cannot read", self.refused(TLS_CERT=self.work / "missing"))
        process = run("check", "--no-rerank", **self.settings)
        self.assertIn("it is not the key of the first certificate", process.stdout, "check says it before serve")

    def test_a_key_that_others_may_read_is_a_warning(self):
        self.key.chmod(0o644)
        with Server("--lazy", **self.settings) as server:
            self.assertEqual(server.request("GET", "/health")[0], 200)
            self.assertEqual(server.stop(), 0)
        self.assertIn(f"run `chmod o= {self.key}`", "".join(server.log))

    def test_commands_ask_a_server_that_speaks_tls(self):
        with Server(**self.settings) as server:
            check = run("check", "--port", server.port, "--no-rerank", **self.settings)
            self.assertRegex(check.stdout, rf"rappel \S+ with the data folder {self.work}/data answers at 127\.0\.0\.1:{server.port}")
            doctor = run("doctor", "--port", server.port, "--json", **self.settings)
            self.assertIn(f"rappel answers at 127.0.0.1:{server.port}", doctor.stdout)
            self.assertIn("its metrics were read", doctor.stdout)
            second = run("serve", "--port", server.port, **self.settings)
            self.assertIn("already serves there", second.stderr)
            # The token goes to the holder of the key alone.
            self.make_certificate("another")
            stranger = run("serve", "--port", server.port, **self.settings)
            self.assertIn("BEARER_TOKEN is none of its tokens", stranger.stderr)
            self.assertEqual(server.stop(), 0)

    def test_listening_beyond_loopback_without_tls_is_a_warning(self):
        words = "without TLS: tokens and documents can be read on the network"
        for certificate in (True, False):
            settings = self.settings if certificate else {**self.settings, "TLS_CERT": "", "TLS_KEY": ""}
            with Server("--lazy", "--host", "0.0.0.0", **settings) as server:
                self.assertEqual(server.request("GET", "/health")[0], 200)
                self.assertEqual(server.stop(), 0)
            (self.assertNotIn if certificate else self.assertIn)(words, "".join(server.log))

    def test_curl_uploads_and_reads_events(self):
        with Server(**self.settings) as server:
            def curl(path, *more):
                command = ["curl", "-sS", "--cacert", self.certificate, "-H", f"Authorization: Bearer {TOKEN}", *map(str, more),
                           f"https://localhost:{server.port}{path}"]
                return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout

            file = self.work / "rope.txt"
            file.write_text("a long rope with knots. " + "\n" * 3_000_000)
            job = json.loads(curl("/jobs/ingest", "-F", f"file=@{file}", "-H", "Expect: 100-continue"))
            events = curl(f"/jobs/{job['id']}/events")  # to the end of the stream
            self.assertIn("event:", events)
            self.assertEqual(json.loads(curl(f"/jobs/{job['id']}"))["status"], "completed", events)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    support.main()
