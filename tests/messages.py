"""`python -m tests.messages [--write] [FOLDER ...]`: the Korean translations against the code.

Extracts every translatable string of a folder (Python and templates), updates `locale/ko/LC_MESSAGES/django.po` and
compiles the .mo. Without --write it only says what is missing. Babel does it, so that GNU gettext need not be installed.
"""

import io
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from common.fleet import fleet

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("common", *fleet().services, "pong_cli")
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "N_": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3), "npgettext_lazy": ((1, "c"), 2, 3),
}  # fmt: skip

HEADER = """# The Korean of {folder}.
msgid ""
msgstr ""
"Language: ko\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


def po_file(folder: str) -> Path:
    """Where a folder keeps its Korean."""
    return ROOT / folder / "locale" / "ko" / "LC_MESSAGES" / "django.po"


def used(folder: str) -> Catalog:
    """Every translatable string of the folder's code and templates, with where it stands."""
    catalog = Catalog(locale="ko", project="pongpong", charset="utf-8")
    for path, line, message, context in _found(ROOT / folder):
        catalog.add(message, locations=[(path.relative_to(ROOT).as_posix(), line)], context=context)
    return catalog


def _found(folder: Path) -> Iterator[tuple[Path, int, Any, str | None]]:
    for path in sorted(folder.rglob("*")):
        if "tests" in path.parts or "migrations" in path.parts:
            continue
        if path.suffix == ".py":
            source = path.read_text(encoding="utf-8")
        elif path.suffix in {".html", ".txt", ".xml", ".svg"} and "templates" in path.parts:
            source = _template_as_python(path)
        else:
            continue
        stream = io.BytesIO(source.encode())
        for line, message, _comments, context in extract("python", stream, KEYWORDS, options={"encoding": "utf-8"}):
            yield path, line, message, context


def _template_as_python(path: Path) -> str:
    """Django's own rewriting of a template, which xgettext and Babel can read; its indentation is none of Python's."""
    from django.conf import settings  # noqa: PLC0415
    from django.utils.translation.template import templatize  # noqa: PLC0415

    if not settings.configured:
        settings.configure()
    source = templatize(path.read_text(encoding="utf-8"), origin=str(path))
    return "\n".join(line.lstrip() for line in source.split("\n"))


def stored(folder: str) -> Catalog:
    """The folder's .po file; empty where there is none."""
    if not po_file(folder).exists():
        return Catalog(locale="ko", project="pongpong", charset="utf-8")
    with po_file(folder).open("rb") as stream:
        return read_po(stream, locale="ko")


class PlainCatalog(Catalog):
    """A catalog whose header says what gettext needs, and neither when nor by what it was made."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", "ko"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Plural-Forms", "nplurals=1; plural=0;"),
        ]


def compiled(catalog: Catalog) -> bytes:
    """The .mo file's bytes, the same for the same translations."""
    plain, stream = PlainCatalog(locale="ko"), io.BytesIO()
    for message in catalog:
        if message.id:
            plain.add(message.id, message.string, context=message.context)
    write_mo(stream, plain)
    return stream.getvalue()


def problems(folder: str) -> list[str]:
    """What is not translated, no longer used, or not compiled; one sentence each."""
    wanted, have, found = used(folder), stored(folder), []
    for message in wanted:
        if not message.id:
            continue
        known = have.get(message.id, message.context)
        where = "{}:{}".format(*message.locations[0])
        if known is None or not known.string or (isinstance(known.string, tuple) and not all(known.string)):
            found.append(f"{where}: {message.id!r} has no Korean in {po_file(folder).relative_to(ROOT)}")
        elif known.fuzzy:
            found.append(f"{where}: {message.id!r} is marked fuzzy")
    found += [
        f"{po_file(folder).relative_to(ROOT)}: {message.id!r} is used nowhere"
        for message in have
        if message.id and wanted.get(message.id, message.context) is None
    ]
    machine = po_file(folder).with_suffix(".mo")
    if len(list(have)) > 1 and (not machine.exists() or machine.read_bytes() != compiled(have)):
        found.append(f"{machine.relative_to(ROOT)} is not what its .po compiles to; run: make format")
    return found


def write(folder: str) -> None:
    """Bring the folder's .po up to date, keeping what is translated, and compile it."""
    catalog = stored(folder)
    catalog.update(used(folder), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    if not any(message.id for message in catalog):
        return
    po_file(folder).parent.mkdir(parents=True, exist_ok=True)
    stream = io.BytesIO()
    write_po(stream, catalog, width=0, sort_output=True, omit_header=True, include_lineno=False)
    po_file(folder).write_bytes(HEADER.format(folder=folder).encode() + stream.getvalue())
    po_file(folder).with_suffix(".mo").write_bytes(compiled(stored(folder)))


def main() -> None:
    """Exit 1 where a string has no Korean."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--write"]
    folders = arguments or FOLDERS
    if "--write" in sys.argv:
        for folder in folders:
            write(folder)
    found = [problem for folder in folders for problem in problems(folder)]
    print("\n".join(found) or "Every text has its Korean.")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
