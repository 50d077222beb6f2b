"""What the checker says of a failure has its sentence in the contract."""

import re
from pathlib import Path

import pytest

import endpoint_check
from common.contracts.causes import CAUSES

SOURCES = [path for path in Path(endpoint_check.__path__[0]).rglob("*.py") if "tests" not in path.parts]
USED = re.compile(r'\b(?:because|unexpected)\(\s*"(\w+)"')


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if USED.search(path.read_text("utf-8"))], ids=lambda one: one.stem
)
def test_the_checker_names_only_causes_that_there_are(path: Path):
    assert set(USED.findall(path.read_text("utf-8"))) <= set(CAUSES)
