"""OCR through the real binary: images and scanned pages where tesseract is installed, and what is said where OCR is off."""

import ctypes.util
import json
import os
import re
import shutil
import struct
import subprocess
import unittest
import zlib
from pathlib import Path

import support
from support import ROOT, linked_model

IMAGE = ROOT / "testdata" / "scans" / "otters.png"
WORDS = ("Otter Station The otter sleeps on its back in the river because the current would carry it away otherwise Each animal "
         "eats 4 kg of fish a day Counted in 2024 17 adults and 9 cubs near the old stone bridge").split()
# Of the pixels alone, by the program of others.
LEAST = 0.97


def pixels_of(png):
    """Width, height, and the rows of a PNG of 1 bit a pixel, which has no filters."""
    width, height = struct.unpack(">II", png[16:24])
    data, at = b"", 8
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IDAT":
            data += png[at + 8:at + 8 + size]
        at += size + 12
    raw, stride = zlib.decompress(data), (width + 7) // 8
    rows = [raw[at + 1:at + 1 + stride] for at in range(0, len(raw), stride + 1)]
    return width, height, rows


def tiff(pages):
    """A TIFF file of 1 bit a pixel."""
    out = bytearray(b"II*\0\0\0\0\0")
    link = 4
    for width, height, rows in pages:
        data_at = len(out)
        out += b"".join(rows)
        out += bytes(len(out) % 2)
        out[link:link + 4] = struct.pack("<I", len(out))
        tags = [(256, 4, width), (257, 4, height), (258, 3, 1), (259, 3, 1), (262, 3, 1), (273, 4, data_at), (277, 3, 1),
                (278, 4, height), (279, 4, len(rows) * len(rows[0]))]
        out += struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in tags)
        link = len(out)
        out += bytes(4)
    return bytes(out)


def scanned_pdf(width, height, rows, text_pages=1):
    """Pages with text, then one that is a picture of 200 dpi."""
    picture = zlib.compress(b"".join(rows))
    objects = {1: b"<</Type/Catalog/Pages 2 0 R>>", 3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
               4: (b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 1"
                   b"/Filter/FlateDecode/Length %d>>stream\n" % (width, height, len(picture))) + picture + b"\nendstream"}
    kids = []
    box = b"[0 0 %.1f %.1f]" % (width * .36, height * .36)

    def add_page(content):
        page = len(objects) + 10
        kids.append(b"%d 0 R" % page)
        objects[page] = (b"<</Type/Page/Parent 2 0 R/MediaBox" + box + b"/Resources<</Font<</F 3 0 R>>/XObject<</I 4 0 R>>>>"
                         b"/Contents %d 0 R>>" % (page + 100))
        objects[page + 100] = b"<</Length %d>>stream\n" % len(content) + content + b"\nendstream"

    for number in range(text_pages):
        add_page(b"BT /F 12 Tf 40 40 Td (Page %d of the text layer) Tj ET" % (number + 1))
    add_page(b"%.1f 0 0 %.1f 0 0 cm /I Do" % (width * .36, height * .36))
    objects[2] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(kids), b" ".join(kids))
    body = b"".join(b"%d 0 obj " % number + value + b" endobj\n" for number, value in objects.items())
    return b"%PDF-1.4\n" + body + b"trailer <</Root 1 0 R>>\n"


def words_of(text):
    return re.findall(r"\w+", text)


class Files(support.TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.page = pixels_of(IMAGE.read_bytes())

    def extract(self, *arguments):
        return subprocess.run([support.rappel, "extract", *map(str, arguments)], capture_output=True, text=True, timeout=600)

    def file(self, name, content):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def assert_words(self, text, wanted=WORDS):
        found = words_of(text)
        missing = [word for word in wanted if word not in found]
        self.assertLessEqual(len(missing), (1 - LEAST) * len(wanted), f"missing {missing} in {text}")


class OcrOff(Files):
    def test_image_is_refused_and_a_scanned_page_named(self):
        shown = self.extract(IMAGE)
        self.assertEqual((shown.returncode, shown.stdout), (1, ""))
        self.assertIn("it is a PNG image", shown.stderr)
        self.assertIn("turn on OCR (RAPPEL_OCR=true)", shown.stderr)
        self.need_pdf()
        shown = self.extract(self.file("scan.pdf", scanned_pdf(*self.page)))
        self.assertEqual((shown.returncode, shown.stdout.split()), (0, "Page 1 of the text layer".split()))
        self.assertIn("no text layer on page 2; to read scanned pages, turn on OCR (RAPPEL_OCR=true)", shown.stderr)


class OcrFails(Files):
    def test_text_without_ocr_stays_and_is_not_read_again(self):
        self.need_pdf()
        real, log = Path(support.rappel).parent / "rappel-extract", self.folder / "log"
        program = self.file("rappel-extract", f'#!/bin/sh\n[ "$1" = --zygote ] && exit 1\necho "read $*" >> "{log}"\n'
                                              f'exec "{real}" "$@"\n'.encode())
        program.chmod(0o755)
        shown = subprocess.run([support.rappel, "extract", self.file("scan.pdf", scanned_pdf(*self.page)), "--ocr", "--ocr-languages",
                                "xyz"], capture_output=True, text=True, timeout=600, env={**os.environ, "RAPPEL_EXTRACT": str(program)})
        self.assertEqual((shown.returncode, shown.stdout.split()), (0, "Page 1 of the text layer".split()), shown.stderr)
        self.assertIn("OCR failed: ", shown.stderr)
        self.assertEqual(log.read_text().splitlines(), ["read ", "read --ocr xyz 300"])


@unittest.skipUnless(ctypes.util.find_library("tesseract"), "tesseract is not installed: run scripts/install-packages test")
class OcrOn(Files):
    def test_image_has_the_words_that_the_program_tesseract_finds(self):
        shown = self.extract(IMAGE, "--ocr", "--ocr-languages", "eng")
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        self.assert_words(shown.stdout)
        if program := shutil.which("tesseract"):
            other = subprocess.run([program, IMAGE, "-", "-l", "eng"], capture_output=True, text=True, timeout=100, check=True)
            self.assert_words(shown.stdout, words_of(other.stdout))

    def test_page_of_a_pdf_has_its_number_and_the_text_layer_stays(self):
        self.need_pdf()
        out = self.folder / "out"
        shown = self.extract(self.file("scan.pdf", scanned_pdf(*self.page)), "--ocr", "--out", out)
        self.assertEqual((shown.returncode, shown.stderr), (0, ""))
        first, second = (out / "scan.pdf.txt").read_text().split("\f")
        self.assertEqual(first.split(), "Page 1 of the text layer".split())
        self.assert_words(second)
        known = json.loads((out / "scan.pdf.json").read_text())
        self.assertEqual((known["pages"], known["metadata"]["ocr_pages"]), (2, "2"))

    def test_pages_of_a_tiff_file_that_lies_on_its_head(self):
        width, height, rows = self.page
        padding = -width % 8
        turned = []
        for row in reversed(rows):
            bits = int.from_bytes(row, "big") >> padding
            back = int(format(bits, f"0{width}b")[::-1], 2)
            turned.append((back << padding).to_bytes(len(row), "big"))
        shown = self.extract(self.file("two.tiff", tiff([self.page, (width, height, turned)])), "--ocr", "--ocr-languages", "eng")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        pages = shown.stdout.split("\f")
        self.assertEqual(len(pages), 2)
        for page in pages:
            self.assert_words(page)

    def test_time_that_is_over_is_a_warning(self):
        head = b"B" + b"".join(struct.pack("<I", len(text)) + text for text in (b"a.png", b"", b"", b""))
        program = Path(support.rappel).parent / "rappel-extract"
        answer = subprocess.run([program, "--ocr", "", "0"], input=head + IMAGE.read_bytes(), capture_output=True, timeout=100,
                                env={}, check=True).stdout
        self.assertIn(b"the time for OCR was over before page 1; raise RAPPEL_OCR_SECONDS", answer)

    def test_faults_say_what_to_do(self):
        shown = self.extract(IMAGE, "--ocr", "--ocr-languages", "eng+xyz")
        self.assertEqual(shown.returncode, 1)
        self.assertIn("the OCR language xyz is not installed: install the package tesseract-ocr-xyz", shown.stderr)
        shown = self.extract(self.file("cut.png", IMAGE.read_bytes()[:40]), "--ocr")
        self.assertEqual(shown.returncode, 1)
        self.assertIn("the image is damaged", shown.stderr)
        self.need_pdf()
        shown = self.extract(self.file("scan.pdf", scanned_pdf(*self.page)), "--ocr", "--ocr-languages", "xyz")
        self.assertEqual((shown.returncode, shown.stdout.split()), (0, "Page 1 of the text layer".split()))
        self.assertIn("OCR failed: the OCR language xyz", shown.stderr)

    def test_folder_with_an_image_is_ingested(self):
        folder = self.folder / "files"
        folder.mkdir()
        shutil.copy(IMAGE, folder)
        stored = subprocess.run([support.rappel, "ingest", folder, "--ocr", "--data-dir", self.folder / "data", "--embedding-model",
                                 linked_model("mini-bert-embedder", self.folder)], capture_output=True, text=True, timeout=300)
        self.assertEqual(stored.returncode, 0, stored.stderr)
        self.assertIn("1 document stored", stored.stdout)


if __name__ == "__main__":
    support.main()
