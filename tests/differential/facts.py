"""Facts about a request, which the rules of differences.toml may ask for. They come from the bytes that are sent."""

import json
import re

FILTER_KEYS = {"document_id", "source", "source_id", "author", "start_date", "end_date"}
METADATA_KEYS = {"source", "source_id", "url", "created_at", "author", "filename", "filesize"}
DOCUMENT_KEYS = {"id", "text", "metadata"}


def parsed_body(request):
    """The body as Python's json reads it; None if it is none."""
    try:
        return json.loads(request.body)
    except (ValueError, TypeError, RecursionError):
        return None


def members(value, name):
    """The values of that name, at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key == name:
                yield item
            yield from members(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from members(item, name)


def objects(value, name):
    return [item for item in members(value, name) if isinstance(item, dict)]


def items(value, name):
    return [item for group in members(value, name) if isinstance(group, list) for item in group]


def lists_as_objects(body):
    """Lists where the contract has an object: Python's dict() takes lists of pairs."""
    places = [body, *items(body, "queries"), *items(body, "documents"), *members(body, "filter"), *members(body, "metadata")]
    return [place for place in places if isinstance(place, list) and place]


def depth(text):
    """How deep brackets nest before the text ends or breaks; strings are taken out first."""
    level = deepest = 0
    for c in re.sub(r'"(\\.|[^"\\])*"', "", text):
        level += (c in "[{") - (c in "]}")
        deepest = max(deepest, level)
    return deepest


def filter_facts(body, facts):
    for one in objects(body, "filter"):
        for key, value in one.items():
            if key not in FILTER_KEYS:
                facts.add("unknown filter key")
            elif isinstance(value, (dict, list)):
                facts.add("condition in a filter")
        if all(value is None for value in one.values()):
            facts.add("empty filter")
        if any(re.search("[tz]", str(one.get(key))) for key in ("start_date", "end_date")):
            facts.add("date in lower case")
    if any(value in ([], "") for value in members(body, "filter")):
        facts.add("empty filter")


def removal_facts(request, facts):
    """Null for some keys of the filter, and a key twice, would widen a removal."""
    try:
        body = json.loads(request.body, object_pairs_hook=tuple)
    except (ValueError, TypeError, RecursionError):
        return
    for name, pairs in body if isinstance(body, tuple) else ():
        if name != "filter" or not isinstance(pairs, tuple):
            continue
        keys = [key for key, _ in pairs]
        nulls = [key for key, value in pairs if value is None and key in FILTER_KEYS | METADATA_KEYS]
        if len(set(keys)) < len(keys) or (nulls and not FILTER_KEYS <= set(keys)):
            facts.add("filter that widens")


def document_facts(body, facts):
    for one in objects(body, "metadata"):
        if set(one) - METADATA_KEYS:
            facts.add("custom metadata")
    texts, without_id = [], 0
    for one in items(body, "documents"):
        if not isinstance(one, dict):
            continue
        if set(one) & METADATA_KEYS:
            facts.add("metadata beside the text")
        text = one.get("text")
        texts.append(text if isinstance(text, str) else str(text))
        without_id += not one.get("id")
    if any(len(" ".join(text.split())) <= 12 for text in texts):
        facts.add("short text")
    if len(set(texts)) < len(texts) and without_id > 1:
        facts.add("the same text twice without an id")


def upload_facts(body, facts):
    if body.count(b'form-data; name="file"') > 1:
        facts.add("several files")
    if re.search(rb'"filesize":\s*"?-?\d{19,}', body):
        facts.add("integer beyond 64 bits")


def facts_of(request):
    facts = set()
    token = request.header("authorization")
    if token is None or not re.fullmatch(r"Bearer tok[12]", token):
        facts.add("no good token")
        if token is not None and re.fullmatch(r"bearer tok[12]", token, re.I):
            facts.add("scheme in another case")
    if request.method == "OPTIONS" and request.header("access-control-request-method"):
        facts.add("preflight")
    if request.header("origin"):
        facts.add("origin")
    if request.body and request.target.startswith("/upsert-file"):
        upload_facts(request.body, facts)
        return facts
    if not request.body:
        return facts
    text = request.body.decode("utf-8", "replace")
    for name, pattern in (
        ("NaN or Infinity", r"NaN|Infinity"),
        ("surrogate escape", r"\\u[dD][89a-fA-F]"),
        ("not UTF-8", "\ufffd|\x00"),
    ):
        if re.search(pattern, text):
            facts.add(name)
    if depth(text) > 60:
        facts.add("deep")
    body = parsed_body(request)
    if lists_as_objects(body):
        facts.add("list as an object")
    if any(
        not value.isascii()
        for name in ("top_k", "limit", "offset", "filesize")
        for value in members(body, name)
        if isinstance(value, str)
    ):
        facts.add("digits of other scripts")
    sizes = [str(value) for value in members(body, "filesize")]
    if any(re.fullmatch(r"-?\d+(\.\d*)?([eE]\+?\d+)?", size) and abs(float(size)) >= 2**63 for size in sizes):
        facts.add("integer beyond 64 bits")
    filter_facts(body, facts)
    if request.target.split("?")[0] == "/delete":
        removal_facts(request, facts)
    document_facts(body, facts)
    return facts
