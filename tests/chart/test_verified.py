"""What is asked to be verified is: the database by its certificate, images by their digest."""

import json
import os
import subprocess
import sys

import pytest

from deploy.local.testing import stand_in_environment
from tests.chart.rendering import ROOT, Object, Profile, component, containers, parse, pods, template

DIGEST = "sha256:" + "a" * 64
VERIFIED = (
    'postgresql={"enabled":false}',
    'externalDatabase={"host":"db.example.com","sslMode":"verify-full","caSecret":{"name":"company-ca","key":"root.pem"}}',
)


def rendered(*values: str) -> list[Object]:
    return parse(template(Profile("verified", values=values)))


def environment(container: Object) -> dict[str, str | None]:
    return {one["name"]: one.get("value") for one in container.get("env") or []}


def test_whoever_speaks_to_the_database_verifies_it_and_has_the_authoritys_certificate():
    asked = set()
    for _, pod in pods(rendered(*VERIFIED)):
        for container in containers(pod):
            told = environment(container)
            by_libpq = told.get("PGSSLMODE") == "verify-full" and told.get("PGSSLROOTCERT") == "/etc/database-ca/ca.crt"
            uri = told.get("DATA_SOURCE_URI") or ""
            by_exporter = uri.endswith("?sslmode=verify-full&sslrootcert=/etc/database-ca/ca.crt")
            by_kong = (told.get("KONG_PG_SSL_VERIFY"), told.get("KONG_PG_SSL_REQUIRED")) == ("on", "on")
            if "PGSSLMODE" not in told and "KONG_PG_HOST" not in told and not uri:
                continue
            name = f"{component(pod)} {container['name']}"
            asked.add(component(pod))
            assert by_libpq or by_exporter or by_kong, name
            if by_kong:
                assert told["KONG_LUA_SSL_TRUSTED_CERTIFICATE"] == "system,/etc/database-ca/ca.crt"
            mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
            assert mounts["database-ca"] == "/etc/database-ca", name
            volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
            assert volumes["database-ca"]["secret"] == {
                "secretName": "company-ca",
                "items": [{"key": "root.pem", "path": "ca.crt"}],
            }
    assert asked >= {"user-service", "user-service-worker", "frontend", "migrations", "kong", "postgres-exporter"}


def test_nothing_is_verified_without_the_authoritys_certificate():
    with pytest.raises(RuntimeError, match=r"caSecret\.name"):
        rendered('postgresql={"enabled":false}', 'externalDatabase={"host":"db","sslMode":"verify-full"}')


def test_a_digest_names_the_image_of_every_process_of_ours():
    things = rendered(f'image={{"repository":"registry.example.com/pongpong","tag":"1.2","digest":"{DIGEST}"}}')
    images = {container["image"] for _, pod in pods(things) for container in containers(pod)}
    assert f"registry.example.com/pongpong:1.2@{DIGEST}" in images
    assert not [image for image in images if image.startswith("registry.example.com") and DIGEST not in image]


@pytest.mark.parametrize("value", ['kong={"image":"kong:3.9.1@%s"}', 'valkey={"image":"valkey/valkey:9.0.0@%s"}'])
def test_the_parts_images_take_a_digest_as_well(value: str):
    things = rendered(value % DIGEST)
    assert any(DIGEST in container["image"] for _, pod in pods(things) for container in containers(pod))


@pytest.mark.parametrize("digest", ["latest", "sha256:abc", "sha512:" + "a" * 64])
def test_what_is_no_digest_is_refused(digest: str):
    with pytest.raises(RuntimeError, match="digest"):
        rendered(f'image={{"digest":"{digest}"}}')


def test_a_service_takes_what_the_databases_address_says_of_tls():
    """Without a chart: `?sslmode=` was dropped."""
    url = "postgresql://role:pass@db.example.com/x?sslmode=verify-full&sslrootcert=/etc/ca.crt"
    ask = "import json; from django.conf import settings as s; print(json.dumps(s.DATABASES['default']['OPTIONS']))"
    told = stand_in_environment("user_service") | {"DATABASE_URL": url, "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", ask], env=told, cwd=ROOT, check=True, capture_output=True, text=True)
    options = json.loads(done.stdout)
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/etc/ca.crt")
    assert options["connect_timeout"] == 5
