"""The JSONPath compliance suite (github.com/jsonpath-standard), taken from a package that ships it.

RFC 9535 has no test cases of its own; this suite is what implementations are held to. It is third-party text, so it is no
file of this repository: npm fetches the package once, and the environment keeps it.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import NotRequired, TypedDict

PACKAGE = "jsonpath-rfc9535@1.3.0"
SHA256 = "5bd567ecfa1667df310f013bdccdaca219ee58517b25360bb291287b0a873b19"
MEMBER = "package/src/__tests__/jsonpath-compliance-test-suite/cts.json"
KEPT = Path(sys.prefix) / "share" / "jsonpath" / "cts.json"


class Case(TypedDict):
    """A selector and what it finds in a document, in one of several orders where `results` has them; or one to refuse."""

    name: str
    selector: str
    document: NotRequired[object]
    result: NotRequired[list[object]]
    results: NotRequired[list[list[object]]]
    invalid_selector: NotRequired[bool]


def json_path_cases() -> list[Case]:
    """The suite's cases; none where neither a kept copy nor npm is here. Raises `ValueError` for another package."""
    if not KEPT.exists():
        npm = shutil.which("npm")
        if npm is None:
            return []
        KEPT.parent.mkdir(parents=True, exist_ok=True)
        KEPT.write_bytes(_fetched(npm))
    cases: list[Case] = json.loads(KEPT.read_text("utf-8"))["tests"]
    return cases


def _fetched(npm: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", "--silent", "--pack-destination", folder, PACKAGE]
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603  npm by its whole path
        (archive,) = Path(folder).glob("*.tgz")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
            raise ValueError(f"{PACKAGE} is another one than was looked at.")
        with tarfile.open(archive) as members:
            found = members.extractfile(MEMBER)
            assert found is not None
            return found.read()
