#!/usr/bin/env python3
"""Reads files with a Python package, for bench/extract_compare.py: extract_peer.py pypdf|pdfplumber|markitdown.

One request and one answer a line (bench/extract_peers.py). A file that the package refuses has no text.
"""

import json
import logging
import sys
import time
import warnings

logging.disable(logging.CRITICAL)
warnings.filterwarnings("ignore")


def pypdf_reader():
    from pypdf import PdfReader

    return lambda file: "\f".join(page.extract_text() for page in PdfReader(file).pages)


def pdfplumber_reader():
    import pdfplumber

    def read(file):
        with pdfplumber.open(file) as pdf:
            return "\f".join(page.extract_text() or "" for page in pdf.pages)

    return read


def markitdown_reader():
    from markitdown import MarkItDown

    converter = MarkItDown(enable_plugins=False)
    return lambda file: converter.convert(file).text_content


def main():
    read = {"pypdf": pypdf_reader, "pdfplumber": pdfplumber_reader, "markitdown": markitdown_reader}[sys.argv[1]]()
    for line in sys.stdin:
        request = json.loads(line)
        seconds = []
        for number in range(request["rounds"]):
            begin, texts = time.process_time(), {}
            for file, text in request["jobs"]:
                try:
                    texts[text] = read(file)
                except Exception:
                    pass
            seconds.append(time.process_time() - begin)
            if number == 0:
                for text, content in texts.items():
                    with open(text, "w", encoding="utf-8", errors="replace") as out:
                        out.write(content)
        print(json.dumps({"seconds": seconds}), flush=True)


if __name__ == "__main__":
    main()
