"""An Admin API as Kong 3.9.1 was seen to answer: pages, unique violations, and its holes."""

import json
import re
import time
import uuid
from typing import Any
from urllib.parse import parse_qs

from pytest_httpserver import HTTPServer
from werkzeug import Request, Response


def _answer(status: int, body: Any = None) -> Response:
    return Response(b"" if body is None else json.dumps(body), status, content_type="application/json")


def _violation(field: str, value: str) -> Response:
    message = f"UNIQUE violation detected on '{{{field}=\"{value}\"}}'"
    body = {"message": message, "code": 5, "fields": {field: value}, "name": "unique constraint violation"}
    return _answer(409, body)


class FakeKong:
    """Consumers and keys in memory, behind a real HTTP server."""

    def __init__(self, server: HTTPServer) -> None:
        self.url = server.url_for("").rstrip("/")
        self.consumers: dict[str, dict[str, Any]] = {}
        self.keys: dict[str, dict[str, Any]] = {}
        self.fails: list[int] = []
        """Statuses to answer with before anything is done."""
        self.loses: int = 0
        """So many requests are done and then answered with 503: the answer got lost on its way."""
        self.calls: list[str] = []
        server.expect_request(re.compile(".*")).respond_with_handler(self.handle)

    def handle(self, request: Request) -> Response:
        self.calls.append(f"{request.method} {request.path}")
        if self.fails:
            return _answer(self.fails.pop(0), {"message": "An unexpected error occurred"})
        response = self._handle(request)
        if self.loses:
            self.loses -= 1
            return _answer(503, {"message": "upstream gone"})
        return response

    def _handle(self, request: Request) -> Response:
        body = json.loads(request.data) if request.data else {}
        query = {name: values[0] for name, values in parse_qs(request.query_string.decode()).items()}
        match request.path.strip("/").split("/"):
            case ["consumers"]:
                return self._page(list(self.consumers.values()), query, "/consumers", nested=False)
            case ["consumers", name]:
                return self._consumer(request.method, name, body)
            case ["consumers", name, "key-auth"] if name in self.consumers:
                return self._consumer_keys(request.method, self.consumers[name], body, query)
            case ["key-auths"]:
                return self._page(self.living_keys(), query, "/key-auths", nested=False)
            case ["key-auths", key_id] if request.method == "DELETE":
                self.keys.pop(key_id, None)
                return _answer(204)
        return _missing()

    def _consumer(self, method: str, name: str, body: dict[str, Any]) -> Response:
        if method == "PUT":
            return self._put_consumer(name, body)
        if method == "GET":
            return _answer(200, self.consumers[name]) if name in self.consumers else _missing()
        if consumer := self.consumers.pop(name, None):
            self.keys = {k: key for k, key in self.keys.items() if key["consumer"]["id"] != consumer["id"]}
        return _answer(204)

    def _consumer_keys(
        self, method: str, consumer: dict[str, Any], body: dict[str, Any], query: dict[str, str]
    ) -> Response:
        if method == "POST":
            return self._post_key(consumer, body)
        keys = [key for key in self.living_keys() if key["consumer"]["id"] == consumer["id"]]
        return self._page(keys, query, f"/consumers/{consumer['username']}/key-auth", nested=True)

    def living_keys(self) -> list[dict[str, Any]]:
        """An expired key is found no more, but still holds its value."""
        return [key for key in self.keys.values() if not key["ttl"] or key["until"] > time.time()]

    def _put_consumer(self, name: str, body: dict[str, Any]) -> Response:
        custom_id = body.get("custom_id")
        if custom_id is not None and (not isinstance(custom_id, str) or not custom_id):
            return _answer(400, {"message": "schema violation", "code": 2, "name": "schema violation"})
        for other in self.consumers.values():
            if custom_id is not None and other["custom_id"] == custom_id and other["username"] != name:
                return _violation("custom_id", custom_id)
        known = self.consumers.get(name, {"id": str(uuid.uuid4())})
        self.consumers[name] = {"id": known["id"], "username": name, "custom_id": custom_id, "tags": body.get("tags")}
        return _answer(200, self.consumers[name])

    def _post_key(self, consumer: dict[str, Any], body: dict[str, Any]) -> Response:
        key_id, text, ttl = body.get("id") or str(uuid.uuid4()), body["key"], body.get("ttl", 0)
        if not isinstance(ttl, int) or not 0 <= ttl <= 100_000_000:
            return _answer(400, {"message": "schema violation", "code": 2, "name": "schema violation"})
        for key in self.keys.values():
            if key["id"] == key_id:
                return _violation("id", key_id)
            if key["key"] == text:
                return _violation("key", text)
        self.keys[key_id] = {
            "id": key_id, "key": text, "consumer": {"id": consumer["id"]}, "created_at": int(time.time()),
            "tags": None, "ttl": ttl, "until": time.time() + ttl,
        }  # fmt: skip
        return _answer(201, self.keys[key_id])

    @staticmethod
    def _page(items: list[dict[str, Any]], query: dict[str, str], path: str, *, nested: bool) -> Response:
        size = int(query.get("size", 100))
        if not 1 <= size <= 1000:
            return _answer(400, {"message": "size must be an integer between 1 and 1000", "code": 9})
        start = int(query.get("offset", "o0")[1:])
        page: dict[str, Any] = {"data": items[start : start + size], "next": None}
        if start + size < len(items):
            page["offset"] = f"o{start + size}"
            page["next"] = f"{path}?offset=o{start + size}" + ("" if nested else f"&size={size}")
        return _answer(200, page)


def _missing() -> Response:
    return _answer(404, {"message": "Not found"})
