"""The contracts: declared once, and readable by who has no Django."""

import pkgutil
import subprocess
import sys

import pytest

from common import contracts
from common.contracts.invalid import Invalid
from common.contracts.texts import Sentence

MODULES = [module.name for module in pkgutil.walk_packages(contracts.__path__, "common.contracts.")]


def test_contracts_need_no_django_and_no_library_of_judging() -> None:
    """The terminal client reads them at each start."""
    heavy = "{'django', 're2', 'jsonpath', 'pycurl', 'ada_url'}"
    code = f"import sys, {', '.join(MODULES)}; print(sorted({heavy} & sys.modules.keys()))"
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_a_sentence_is_said_in_the_language_of_who_shows_it() -> None:
    sentence = Sentence("At most %(most)d.", {"most": 3})
    assert str(sentence) == "At most 3."
    assert sentence.said({"At most %(most)d.": "최대 %(most)d."}.__getitem__) == "최대 3."
    assert Sentence("100 % sure").said(str) == "100 % sure"


@pytest.mark.parametrize(("path", "whole"), [("", "auth"), ("kind", "auth.kind"), (2, "auth.2")])
def test_a_complaint_names_its_place_from_outside(path: str | int, whole: str) -> None:
    assert Invalid("Wrong.", path).below("auth").path == whole
