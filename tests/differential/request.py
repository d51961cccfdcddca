"""A request as both services get it."""

from dataclasses import dataclass, field

TOKEN = ("Authorization", "Bearer tok1")
JSON = ("Content-Type", "application/json")


@dataclass
class Request:
    method: str
    target: str
    headers: list = field(default_factory=list)
    body: bytes = None

    def header(self, name):
        return next((value for key, value in self.headers if key.lower() == name), None)
