"""What the public API answers, as its clients (web app, `pong`) read it: a module a service (report_service has two), a struct an OpenAPI schema.

Each struct has the name and the fields of a schema in `docs/openapi/<service>.public.json`; `tests/test_answers.py` holds
them to it. What a client does not know of an answer it passes over; a field that a server of the version before may not
answer has a default.
"""
