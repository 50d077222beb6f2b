"""Pages as a browser reads them: how a template is broken into lines is no matter of a test."""

import re


def squeezed(text: str) -> str:
    """The page with white space as one blank, and none beside a tag's ends."""
    return re.sub(r" ?([<>]) ?", r"\1", re.sub(r"\s+", " ", text))
