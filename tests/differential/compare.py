"""What differs between two answers to a request, and which rule of differences.toml explains it.

An answer is compared whole: status, the headers that matter, and the body with the order of its members. Ids that the services
make, scores and the time of an upload are masked. A list of results that may come in any order is sorted.
"""

import datetime
import json
import re
import tomllib
from dataclasses import dataclass, field

HEADERS = (
    "content-type",
    "allow",
    "location",
    "www-authenticate",
    "access-control-allow-origin",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-allow-credentials",
    "access-control-max-age",
)
# Documents and pages: their text is each service's own.
OWN_TEXT = re.compile(r"/(sub/)?(openapi\.json|docs|redoc)|/docs/oauth2-redirect|/\.well-known/.*")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NOW = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


@dataclass
class Answer:
    status: int
    headers: dict
    body: bytes


@dataclass
class Atom:
    """One difference: `old` or `new` is None if only the other service has it."""

    kind: str  # status, header, entry (of a 422 list), member, value, order
    place: str  # the header, or a path such as results/0/results/1/metadata/x; for an entry its loc
    old: object
    new: object

    def __str__(self):
        return f"{self.kind} {self.place}: old {show(self.old)}, new {show(self.new)}"


def show(value):
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 300 else text[:300] + ".."


@dataclass
class Rule:
    name: str
    reason: str
    kind: str
    place: str = ".*"
    old: str = ".*"
    new: str = ".*"
    request: str = ""
    fact: str = ""
    only: str = ""  # "old" or "new": the other one lacks it
    uses: int = field(default=0)

    def explains(self, atom, request, facts):
        if not re.fullmatch(self.kind, atom.kind) or (self.fact and self.fact not in facts):
            return False
        if (self.only == "old" and atom.new is not None) or (self.only == "new" and atom.old is not None):
            return False
        return all(
            re.search(pattern, text, re.S)
            for pattern, text in (
                (self.place, atom.place),
                (self.old, show(atom.old)),
                (self.new, show(atom.new)),
                (self.request, f"{request.method} {request.target}"),
            )
        )


def read_rules(path):
    with open(path, "rb") as file:
        return [Rule(**entry) for entry in tomllib.load(file)["difference"]]


# --- normal forms ---


def masked(value):
    if isinstance(value, dict):
        return {key: "<score>" if key == "score" and isinstance(item, float) else masked(item) for key, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    if isinstance(value, str):
        value = UUID.sub("<uuid>", value)
        if (
            NOW.fullmatch(value)
            and abs((datetime.datetime.fromisoformat(value) - datetime.datetime.now(datetime.timezone.utc)).days) < 2
        ):
            return "<now>"
    return value


def body_of(answer):
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return answer.body.decode("utf-8", "replace")
    try:
        return masked(json.loads(answer.body))
    except ValueError:
        return "not JSON: " + answer.body.decode("utf-8", "replace")


def has_new_ids(body):
    """Whether documents got ids from the service, which decide their order."""
    documents = body.get("documents") if isinstance(body, dict) else None
    return isinstance(documents, list) and any(isinstance(one, dict) and one.get("document_id") == "<uuid>" for one in documents)


def sort_results(body, cut, new_ids):
    """Results in an order that does not depend on scores; of a list that top_k has cut only the length counts."""
    if not isinstance(body, dict):
        return body
    if "total" in body and isinstance(body.get("documents"), list):
        body["documents"].sort(key=lambda item: (item["sample_text"], json.dumps(item)))
        if new_ids and body["total"] > len(body["documents"]):
            body["documents"] = len(body["documents"])  # a page of documents whose order is each service's own
    for i, one in enumerate(body.get("results") or ()):
        results = one.get("results") if isinstance(one, dict) else None
        if isinstance(results, list):
            results.sort(key=lambda item: json.dumps(item, sort_keys=True))
            if i < len(cut) and cut[i]:
                one["results"] = len(results)
    return body


def cut_lists(old):
    """For each query of the request: whether the old service had more matches than it sent."""
    counts = [int(number) for number in old.headers.get("x-matches", "").split(",") if number]
    try:
        results = json.loads(old.body)["results"]
    except (ValueError, KeyError, TypeError):
        return []
    return [count > len(one["results"]) for count, one in zip(counts, results)]


# --- differences ---


def differences(request, old, new):
    atoms = []
    for name in HEADERS:
        a, b = (value and normal_header(name, value) for value in (old.headers.get(name), new.headers.get(name)))
        if a != b and not (name == "content-type" and old.status != new.status):
            atoms.append(Atom("header", name, a, b))
    own_text = OWN_TEXT.fullmatch(request.target.split("?")[0]) and old.status == new.status == 200
    if own_text or (old.status == new.status and old.body == new.body):
        return atoms if old.status == new.status else atoms + [Atom("status", "", str(old.status), str(new.status))]
    a, b = body_of(old), body_of(new)
    if b == "not JSON" or (isinstance(b, (dict, list)) and not is_compact(new.body)):
        atoms.append(Atom("value", "form", "compact JSON", new.body.decode("utf-8", "replace")))
    if new.status == 422 and is_list_of_errors(b) and old.status in (200, 422, 500):
        errors = a["detail"] if old.status == 422 and is_list_of_errors(a) else []
        atoms += entry_differences(errors, b["detail"])
        if old.status != 422 and not b["detail"]:
            atoms.append(Atom("status", "", str(old.status), "422"))
        return atoms
    if old.status != new.status:
        return atoms + [Atom("status", "", f"{old.status} {show(a)}", f"{new.status} {show(b)}")]
    cut = cut_lists(old)
    new_ids = has_new_ids(a) or has_new_ids(b)
    return atoms + value_differences(sort_results(a, cut, new_ids), sort_results(b, cut, new_ids), "")


def normal_header(name, value):
    if name == "allow":
        return ", ".join(sorted(part.strip() for part in value.split(",")))
    if name == "location":
        return re.sub(r"^http://[^/]+", "", value)
    return value


def is_compact(body):
    text = body.decode("utf-8", "replace")
    return text == json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False) or "e" in text.lower()


def is_list_of_errors(body):
    return isinstance(body, dict) and isinstance(body.get("detail"), list)


def entry_differences(old, new):
    atoms = []
    if len(old) == len(new) == 1 and "ctx" in old[0] and "ctx" in new[0]:
        documents = [entry["ctx"].pop("doc", None) for entry in (old[0], new[0])]
        if documents[0] != documents[1]:
            atoms.append(Atom("value", "detail/0/ctx/doc", *documents))
    old, new = [json.dumps(entry) for entry in old], [json.dumps(entry) for entry in new]
    atoms += [Atom("entry", place_of(entry), entry, None) for entry in old if entry not in new]
    atoms += [Atom("entry", place_of(entry), None, entry) for entry in new if entry not in old]
    both = [entry for entry in old if entry in new], [entry for entry in new if entry in old]
    if both[0] != both[1]:
        atoms.append(Atom("order", "detail", both[0], both[1]))
    return atoms


def place_of(entry):
    return "/".join(str(part) for part in json.loads(entry).get("loc", ()))


def value_differences(old, new, path):
    if isinstance(old, dict) and isinstance(new, dict):
        atoms = [Atom("member", f"{path}{key}", old[key], None) for key in old if key not in new]
        atoms += [Atom("member", f"{path}{key}", None, new[key]) for key in new if key not in old]
        common = [key for key in old if key in new]
        if common != [key for key in new if key in old]:
            atoms.append(Atom("order", path, common, list(new)))
        for key in common:
            atoms += value_differences(old[key], new[key], f"{path}{key}/")
        return atoms
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return [atom for i, (a, b) in enumerate(zip(old, new)) for atom in value_differences(a, b, f"{path}{i}/")]
    return [] if old == new and type(old) is type(new) else [Atom("value", path.rstrip("/"), old, new)]


def explain(atoms, request, facts, rules):
    """The atoms without a rule; counts the uses of the rules."""
    left = []
    for atom in atoms:
        rule = next((rule for rule in rules if rule.explains(atom, request, facts)), None)
        if rule is None:
            left.append(atom)
        else:
            rule.uses += 1
    return left
