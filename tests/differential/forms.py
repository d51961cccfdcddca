"""Requests with a multipart form, from a seed."""

import json_text
from request import TOKEN, Request


def form(values, rng, metadata):
    """An upload: `metadata` makes the object of its second part."""
    v = values
    boundary = rng.choice(("xyz", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a'b(c)d"))
    parts = []
    if v.chance(0.05):
        return Request(
            "POST", "/upsert-file", [TOKEN, ("Content-Type", "multipart/form-data; boundary=xyz")], encode_form([], "xyz")
        )
    if v.chance(0.92):
        name = rng.choice(
            ("a.txt", "notes.md", "é.txt", "日本.txt", "a b.txt", 'quote\\".txt', "../x.txt", "noext", "", "", "")
        )
        kind = rng.choice(
            (
                "text/plain",
                "text/plain",
                "text/plain",
                "text/markdown",
                None,
                "application/octet-stream",
                "text/plain; charset=utf-8",
                "TEXT/PLAIN",
            )
        )
        data = (
            v.sentence().encode()
            if v.chance(0.9)
            else rng.choice((b"", b"short", b"caf\xe9 au lait number 1", b"\x89PNG\r\n\x1a\n"))
        )
        disposition = f'form-data; name="file"; filename="{name}"' if v.chance(0.93) else 'form-data; name="file"'
        parts.append((disposition, kind, data))
    if v.chance(0.7):
        text = json_text.write(metadata(), rng)
        if v.chance(0.2):
            text = rng.choice(("", "null", "[]", "{}", "{", "5", '"x"', json_text.broken(text, rng)))
        parts.append(
            (
                'form-data; name="metadata"' + ('; filename="m.json"' if v.chance(0.04) else ""),
                rng.choice((None, None, "application/json")),
                text.encode("utf-8", "surrogatepass"),
            )
        )
    if v.chance(0.1):
        parts.append(('form-data; name="extra"', None, b"ignored"))
    if parts and v.chance(0.05):
        parts.append(rng.choice(parts))
    rng.shuffle(parts)
    content_type = (
        f"multipart/form-data; boundary={boundary}" if boundary[0] != "a" else f'multipart/form-data; boundary="{boundary}"'
    )
    if v.chance(0.06):
        content_type = rng.choice(
            ("multipart/form-data", "application/json", "application/x-www-form-urlencoded", "text/plain", "")
        )
    headers = [TOKEN] if v.chance(0.97) else []
    return Request("POST", "/upsert-file", headers + [("Content-Type", content_type)], encode_form(parts, boundary))


def encode_form(parts, boundary):
    out = b""
    for disposition, kind, data in parts:
        out += f"--{boundary}\r\nContent-Disposition: {disposition}\r\n".encode()
        out += f"Content-Type: {kind}\r\n".encode() if kind else b""
        out += b"\r\n" + data + b"\r\n"
    return out + f"--{boundary}--\r\n".encode()
