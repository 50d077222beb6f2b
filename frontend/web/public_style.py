"""The style of public status pages, inside of the page: one request, and a policy that allows this style alone."""

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import quote

from django.utils.safestring import SafeString, mark_safe

STATIC = Path(__file__).resolve().parents[1] / "static" / "frontend"


def _style() -> str:
    text = "".join((STATIC / name).read_text("utf-8") for name in ("tokens.css", "charts.css", "status.css"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text).strip()


def _icon(name: str) -> str:
    return "data:image/svg+xml," + quote((STATIC / f"icon-{name}.svg").read_text("utf-8").strip())


_CSS = _style()
STYLE: SafeString = mark_safe(f"<style>{_CSS}</style>")  # noqa: S308  our own files
"""The element itself: white space that a template adds inside of it would change its hash."""
STYLE_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()}'"
ICONS = {name: _icon(name) for name in ("up", "down", "degraded", "quiet")}
"""By what `presenters.verdict.ICONS` calls a state."""
