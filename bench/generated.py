"""The generated parts of a page: text between two marks, `<!-- NAME: generated, begin -->` and `end`."""


def marks(name):
    return f"<!-- {name}: generated, begin -->", f"<!-- {name}: generated, end -->"


def replace(page, name, text):
    """Puts the text between the page's two marks."""
    begin, end = marks(name)
    old = page.read_text(encoding="utf-8")
    if old.count(begin) != 1 or old.count(end) != 1:
        raise SystemExit(f"{page} needs one line '{begin}' and one '{end}'")
    head, _, rest = old.partition(begin)
    page.write_text(f"{head}{begin}\n\n{text}\n{end}{rest.partition(end)[2]}", encoding="utf-8")
