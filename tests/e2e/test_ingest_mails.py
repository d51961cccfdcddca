"""rappel ingest of mails: attachments as documents of their own.

RAPPEL_KILL_POINTS sets the number of kills (default 5); RAPPEL_KILL_SEED repeats a run.
"""

import json
import os
import random
import time
import zipfile
from email.message import EmailMessage

import support

DATE = "Fri, 01 Mar 2024 10:00:00 +0000"
SECOND = "Sat, 02 Mar 2024 10:00:00 +0000"
OFFER = "The offer holds for ninety days."


def text_pdf(pages):
    """A PDF file with a line on each page, and an author and a date of its own."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
               "<< /Author (Carl) /Title (The plan) /CreationDate (D:20200102030405Z) >>"]
    kids = []
    for line in pages:
        content = f"BT /F1 12 Tf 72 720 Td ({line}) Tj ET"
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        objects.append(f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R "
                       "/Resources << /Font << /F1 3 0 R >> >> >>")
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    out, places = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    return out + (f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n"
                  f"<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{len(out)}\n%%EOF\n").encode()


def mail(text, attachments=(), subject="The subject", sender="Ann <ann@example.org>", date=DATE):
    """`attachments`: pairs of a name and a text, bytes, or a mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Date"] = sender, "bo@example.org", subject, date
    message.set_content(text)
    for name, content in attachments:
        if isinstance(content, EmailMessage):
            message.add_attachment(content)
        elif isinstance(content, bytes):
            message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
        else:
            message.add_attachment(content, filename=name)
    return message


class Mails(support.IngestCase):
    def write_mail(self, name, *arguments, **more):
        path = self.files / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(mail(*arguments, **more).as_bytes())
        return path

    def texts(self):
        return {name: document["sample_text"] for name, document in self.documents().items()}

    def test_attachment_is_a_document_of_its_own(self):
        self.write_mail("in/offer.eml", "The text of the mail itself.", [("terms.txt", OFFER), ("logo.png", b"\x89PNG\r\n\x1a\n")])
        self.assertIn("2 documents stored, 0 unchanged, 0 failed, 1 skipped (1 other type)", self.ingest())
        documents = self.documents()
        self.assertEqual(set(documents), {"in/offer.eml", "in/offer.eml/terms.txt"})
        outer, terms = (documents["in/offer.eml" + name]["metadata"] for name in ("", "/terms.txt"))
        self.assertEqual((outer["author"], outer["created_at"], outer["title"]), ("Ann <ann@example.org>", "2024-03-01T10:00:00+00:00", "The subject"))
        self.assertNotIn("attached_to", outer)
        self.assertEqual((terms["author"], terms["created_at"]), (outer["author"], outer["created_at"]), "those of the mail")
        self.assertEqual((terms["filename"], terms["filesize"], terms["attached_to"]), ("terms.txt", len(OFFER) + 1, "in/offer.eml"))
        self.assertNotIn(OFFER, documents["in/offer.eml"]["sample_text"])
        self.assertIn("0 documents stored, 2 unchanged, 0 failed", self.ingest())

    def test_answer_names_the_page_of_an_attachment(self):
        self.need_pdf()
        plan = text_pdf(["The first page tells of the harbour.", "The second page tells of the lighthouse."])
        self.write_mail("offer.eml", "The text of the mail itself.", [("plan.pdf", plan)])
        self.assertIn("2 documents stored", self.ingest())
        found = self.documents()["offer.eml/plan.pdf"]["metadata"]
        self.assertEqual((found["author"], found["title"], found["created_at"][:10]), ("Carl", "The plan", "2020-01-02"), "its own come first")
        results = json.loads(self.call("query", "lighthouse", "--json", "--filter", "filename=plan.pdf", "--no-rerank"))["results"]
        place = results[0]["metadata"]
        self.assertEqual((place["source_id"], place["page"], place["last_page"]), ("offer.eml/plan.pdf", 1, 2))
        self.assertNotIn("inner_file", place)

    def test_where_the_text_of_attachments_goes(self):
        self.write_mail("offer.eml", "The text of the mail itself.", [("terms.txt", OFFER)])
        self.assertIn("1 document stored", self.ingest("--attachments", "text"))
        self.assertIn(OFFER, self.documents()["offer.eml"]["sample_text"])
        self.assertIn("0 documents stored, 1 unchanged, 0 failed", self.ingest("--attachments", "text"))
        self.assertIn("2 documents stored, 0 unchanged, 0 failed", self.ingest())
        self.assertNotIn(OFFER, self.documents()["offer.eml"]["sample_text"])
        self.assertIn("1 document stored, 0 unchanged, 1 removed", self.ingest("--attachments", "skip"))
        self.assertEqual(set(self.documents()), {"offer.eml"})
        self.assertNotIn(OFFER, self.documents()["offer.eml"]["sample_text"])
        self.assertIn("0 documents stored, 1 unchanged, 0 failed", self.ingest("--attachments", "skip"))
        self.ingest()
        self.assertIn("1 document stored, 0 unchanged, 1 removed", self.ingest("--attachments", "text"))
        self.assertEqual(set(self.documents()), {"offer.eml"})

    def test_renamed_mail_keeps_the_documents_of_its_attachments(self):
        path = self.write_mail("a.eml", "The text of the mail itself.", [("terms.txt", OFFER)])
        self.ingest()
        before, vectors = self.documents(), support.stored_vectors(self.work / "data")
        (self.files / "old").mkdir()
        path.rename(self.files / "old/b.eml")
        self.assertIn("0 documents stored, 0 unchanged, 2 moved, 0 failed", self.ingest("--prune-all"))
        after = self.documents()
        self.assertEqual(set(after), {"old/b.eml", "old/b.eml/terms.txt"})
        self.assertEqual(after["old/b.eml/terms.txt"]["document_id"], before["a.eml/terms.txt"]["document_id"])
        self.assertEqual(after["old/b.eml/terms.txt"]["metadata"]["attached_to"], "old/b.eml")
        self.assertEqual(support.stored_vectors(self.work / "data"), vectors)
        self.assertIn("0 documents stored, 2 unchanged, 0 failed", self.ingest("--prune"))
        self.call("store", "verify")

    def test_attachment_that_is_gone_or_other(self):
        self.write_mail("a.eml", "The text of the mail itself.", [("terms.txt", OFFER), ("more.txt", "More than the offer has.")])
        self.write("b.txt", "The text of another file.")
        self.ingest()
        self.write_mail("a.eml", "The text of the mail itself.", [("terms.txt", "The offer was changed.")])
        self.assertIn("2 documents stored, 1 unchanged, 1 removed", self.ingest())
        self.assertEqual(self.texts()["a.eml/terms.txt"], "The offer was changed.")
        self.assertEqual(set(self.documents()), {"a.eml", "a.eml/terms.txt", "b.txt"})
        (self.files / "a.eml").unlink()
        self.assertIn("1 unchanged, 2 removed", self.ingest("--prune"))
        self.assertEqual(set(self.documents()), {"b.txt"})

    def test_the_same_file_in_two_mails_is_one_document(self):
        self.write_mail("a.eml", "The text of the first mail.", [("terms.txt", OFFER)])
        self.write_mail("b.eml", "The text of the second mail.", [("terms.txt", OFFER)], sender="Bo <bo@example.org>")
        self.assertIn("3 documents stored, 0 unchanged, 1 copy, 0 failed", self.ingest())
        terms = self.documents()["a.eml/terms.txt"]["metadata"]
        self.assertEqual((terms["copies"], terms["attached_to"]), (["b.eml/terms.txt"], "a.eml"))
        (self.files / "a.eml").unlink()
        self.ingest("--prune")
        terms = self.documents()["b.eml/terms.txt"]["metadata"]
        self.assertEqual(terms["attached_to"], "b.eml")
        self.assertNotIn("copies", terms)
        self.assertIn("0 documents stored, 2 unchanged, 0 failed", self.ingest())

    def test_mails_in_mails_and_archives(self):
        inner = mail("The text of the inner mail.", [("deep.txt", "The text of a file that is deep.")], subject="Inner", sender="Bo <bo@example.org>", date=SECOND)
        outer = mail("The text of the outer mail.", [("", inner)])
        with zipfile.ZipFile(self.files / "box.zip", "w") as archive:
            archive.writestr("m.eml", outer.as_bytes())
        self.assertIn("3 documents stored", self.ingest("--split-archives"))
        documents = self.documents()
        self.assertEqual(set(documents), {"m.eml", "m.eml/message.eml", "m.eml/message.eml/deep.txt"})
        deep = documents["m.eml/message.eml/deep.txt"]["metadata"]
        self.assertEqual((deep["author"], deep["created_at"], deep["attached_to"]), ("Bo <bo@example.org>", "2024-03-02T10:00:00+00:00", "m.eml/message.eml"))
        self.assertIn("0 documents stored, 3 unchanged, 0 failed", self.ingest("--split-archives"))
        self.assertIn("1 document stored, 0 unchanged, 3 removed", self.ingest())

    def test_mailbox(self):
        def mailbox(*mails):
            (self.files / "all.mbox").write_bytes(b"".join(b"From x@example.org Fri Mar  1 10:00:00 2024\n" + each.as_bytes() + b"\n" for each in mails))
        first = mail("The text of the first mail.", [("terms.txt", OFFER)])
        second = mail("The text of the second mail.", [("terms.txt", "Other terms than those."), ("terms.txt", "And a third file.")], sender="Bo <bo@example.org>", date=SECOND)
        mailbox(first)
        self.assertIn("2 documents stored", self.ingest())
        mailbox(first, second)
        self.assertIn("3 documents stored, 1 unchanged, 0 failed", self.ingest())
        documents = self.documents()
        self.assertEqual(set(documents), {"all.mbox", "all.mbox/terms.txt", "all.mbox/message 2/terms.txt", "all.mbox/message 2/terms (2).txt"})
        for name, author, date in (("all.mbox/terms.txt", "Ann <ann@example.org>", "2024-03-01T10:00:00+00:00"),
                                   ("all.mbox/message 2/terms (2).txt", "Bo <bo@example.org>", "2024-03-02T10:00:00+00:00")):
            found = documents[name]["metadata"]
            self.assertEqual((found["author"], found["created_at"], found["attached_to"]), (author, date, "all.mbox"))
        mailbox(second)
        self.assertIn("0 failed", self.ingest())
        self.assertEqual(self.texts(), {"all.mbox": self.texts()["all.mbox"], "all.mbox/terms.txt": "Other terms than those.", "all.mbox/terms (2).txt": "And a third file."})
        self.assertIn("0 documents stored, 3 unchanged, 0 failed", self.ingest())

    def test_given_metadata_hold_for_attachments(self):
        self.write_mail("a.eml", "The text of the mail itself.", [("terms.txt", OFFER)])
        self.write("a.eml.meta.json", '{"author":"Given","created_at":"2023-01-01"}')
        self.ingest("--meta", "team=blue")
        for document in self.listed():
            found = document["metadata"]
            self.assertEqual((found["author"], found["created_at"], found["team"]), ("Given", "2023-01-01", "blue"))
        self.assertIn("0 documents stored, 0 unchanged, 2 moved", self.ingest("--meta", "team=red"))

    def test_deleted_attachment_comes_back_with_its_mail(self):
        self.write_mail("a.eml", "The text of the mail itself.", [("terms.txt", OFFER), ("empty.txt", ""), ("short.txt", "abc")])
        self.ingest()
        self.assertIn("0 documents stored, 2 unchanged", self.ingest())
        self.call("delete", self.documents()["a.eml/terms.txt"]["document_id"])
        self.assertIn("1 document stored, 1 unchanged", self.ingest())

    def test_killed_runs_leave_no_attachment_out(self):
        seed = int(os.environ.get("RAPPEL_KILL_SEED", random.randrange(1 << 30)))
        chance = random.Random(seed)
        names = set()
        for i in range(40):
            attached = [(f"{name}.txt", f"Attachment {name} of mail {i}. " + "More words of it. " * 20) for name in "ab"]
            self.write_mail(f"{i}.eml", f"The text of mail {i}.", attached)
            names |= {f"{i}.eml", f"{i}.eml/a.txt", f"{i}.eml/b.txt"}
        for _ in range(int(os.environ.get("RAPPEL_KILL_POINTS", 5))):
            process = self.start("--batch", "1")
            time.sleep(chance.uniform(0, 0.5))
            process.kill()
            process.communicate()
        self.ingest("--batch", "1")
        self.assertEqual(set(self.documents()), names, f"seed {seed}")
        self.assertEqual(len(self.listed()), len(names), f"seed {seed}")
        self.assertIn(f"0 documents stored, {len(names)} unchanged, 0 failed", self.ingest(), f"seed {seed}")

    def test_watch_follows_a_mail_that_is_renamed(self):
        path = self.write_mail("a.eml", "The text of the mail itself.", [("terms.txt", OFFER)])
        self.write("other.txt", "The text of another file.")
        process = self.start("--watch")
        try:
            self.wait_for_files({"a.eml", "a.eml/terms.txt", "other.txt"})
            id = self.documents()["a.eml/terms.txt"]["document_id"]
            path.rename(self.files / "b.eml")
            self.wait_for_files({"b.eml", "b.eml/terms.txt", "other.txt"})
            self.assertEqual(self.documents()["b.eml/terms.txt"]["document_id"], id)
            (self.files / "b.eml").unlink()
            self.wait_for_files({"other.txt"})
        finally:
            process.kill()
            process.communicate()

    def wait_for_files(self, names):
        support.wait_for(lambda: (self.work / "data/rappel.db").exists() and set(self.documents()) == names, support.TIMEOUT)


if __name__ == "__main__":
    support.main()
