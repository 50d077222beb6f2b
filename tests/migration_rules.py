"""`python -m tests.migration_rules SERVICE`: migrations only add, so that processes of before go on beside those of after.

During an upgrade both run on one database, and a rollback leaves the new schema under the old code. So a migration may
make tables, columns that may be absent from an INSERT, and indexes; it takes away, renames, narrows and tightens nothing
that an older process reads or writes. Django's operations are read as they stand, without a database; of SQL the words,
and what RunPython does to rows stays with whoever reviews it. Kept linters for this read the SQL that Django makes of
each migration, for which they want a database, and know nothing of a default that Django takes away again.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

import sqlparse
from django.db.migrations import operations as changes
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from common.fleet import fleet

if TYPE_CHECKING:
    from django.db.models import Field

KNOWN = {
    "endpoint_check.0005_region_everywhere": "renamed a column and moved two primary keys before this rule; checkers of "
    "before stop at it, and are started again by the upgrade",
    "report_service.0008_statistics_and_glances": "emptied `glance`, which is made anew of results, and gave it a column",
}
"""What has landed and would be held today, each with what it did."""

WIDER = {
    "BooleanField": set[str](),
    "CharField": {"TextField"},
    "IntegerField": {"BigIntegerField"},
    "PositiveIntegerField": {"BigIntegerField", "IntegerField", "PositiveBigIntegerField"},
    "PositiveSmallIntegerField": {"BigIntegerField", "IntegerField", "PositiveIntegerField", "SmallIntegerField"},
    "SmallIntegerField": {"BigIntegerField", "IntegerField"},
}
"""What a column may become, by Django's names of types: whatever an older process writes still fits and reads the same."""

TAKING = (
    changes.AlterModelTable, changes.DeleteModel, changes.RemoveField, changes.RenameField, changes.RenameModel,
)  # fmt: skip
TIGHTENING = (changes.AddConstraint, changes.AlterIndexTogether, changes.AlterUniqueTogether)
HARMLESS = (
    changes.AddIndex, changes.AlterModelManagers, changes.AlterModelOptions, changes.AlterModelTableComment,
    changes.AlterOrderWithRespectTo, changes.CreateModel, changes.RemoveConstraint, changes.RemoveIndex,
    changes.RenameIndex, changes.RunPython,
)  # fmt: skip

SQL = {
    r"\bDROP\b(?!\s+(INDEX|NOT\s+NULL)\b)": "takes away",
    r"\bRENAME\b": "renames",
    r"\bTRUNCATE\b|\bDELETE\s+FROM\b": "takes rows away",
    r"\bALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b": "changes a column's type",
    r"\bSET\s+NOT\s+NULL\b": "tightens",
    r"\bADD\s+(CONSTRAINT|PRIMARY|UNIQUE|CHECK|FOREIGN|EXCLUDE)\b|\bCREATE\s+UNIQUE\s+INDEX\b": "tightens",
    r"^\s*DO\b": "runs a block that cannot be judged",
}
LITERAL = re.compile(r"\$(\w*)\$.*?\$\1\$|'(?:[^']|'')*'", re.DOTALL)


def operation_problems(operation: Operation, made: AbstractSet[str], state: ProjectState, app: str) -> Iterator[str]:
    """What an operation does to those who know only the schema before it; `made` are the migration's own new tables."""
    what = operation.describe()
    name = str(getattr(operation, "model_name", getattr(operation, "name", ""))).lower()
    match operation:
        case changes.SeparateDatabaseAndState():
            for inner in operation.database_operations:
                yield from operation_problems(inner, made, state, app)
        case changes.RunSQL():
            yield from (f"SQL {found}" for found in sql_problems(_statements(operation.sql), made))
        case _ if name in made or isinstance(operation, HARMLESS):
            pass
        case changes.AddField():
            if not _may_be_absent(operation.field):
                yield f"{what}: an INSERT of before lacks it; give it null=True or db_default"
        case changes.AlterField():
            before = state.models[app, name].fields[operation.name]
            yield from (f"{what}: {found}" for found in field_problems(before, operation.field))
        case _ if isinstance(operation, TAKING):
            yield f"{what}: takes away or renames what processes of before use"
        case _ if isinstance(operation, TIGHTENING):
            yield f"{what}: rows that processes of before write may break it"
        case _:
            yield f"{what}: {type(operation).__name__} is no operation that this check knows"


def field_problems(before: "Field[Any, Any]", after: "Field[Any, Any]") -> Iterator[str]:
    """How a column became narrower than it was."""
    was, now = before.get_internal_type(), after.get_internal_type()
    if now != was and now not in WIDER.get(was, set()):
        yield f"{was} became {now}"
    if now == was and after.max_length is not None and after.max_length < (before.max_length or sys.maxsize):
        yield "it got shorter"
    if before.null and not after.null:
        yield "it may no longer be null"
    if after.unique and not before.unique:
        yield "it became unique"
    if before.has_db_default() and not after.has_db_default():
        yield "it lost its default in the database"
    if before.db_column != after.db_column:
        yield "its column got another name"


def sql_problems(statements: Sequence[str], made: AbstractSet[str] = frozenset()) -> Iterator[str]:
    """What statements take away, rename, narrow or tighten; on tables that the same SQL makes they may."""
    new = set(made)
    for statement in statements:
        text = LITERAL.sub("''", sqlparse.format(statement, strip_comments=True)).strip()
        new |= {name.lower() for name in re.findall(r"(?i)\bCREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)", text)}
        table = re.match(r"(?i)\s*(?:ALTER\s+TABLE\s+(?:IF\s+EXISTS\s+|ONLY\s+)*|CREATE.*?\bON\s+)(\w+)", text)
        if table and table[1].lower() in new:
            continue
        for pattern, does in SQL.items():
            if re.search(pattern, text, re.IGNORECASE):
                yield f"{does}: {' '.join(text.split())[:100]}"
        for column in re.split(r"(?i)\bADD\s+COLUMN\b", text)[1:]:
            if re.search(r"(?i)\bNOT\s+NULL\b", column) and not re.search(r"(?i)\b(DEFAULT|GENERATED)\b", column):
                yield f"adds a column that an INSERT of before lacks: {' '.join(column.split())[:100]}"


def _statements(sql: str | Sequence[str | tuple[str, object]]) -> list[str]:
    parts = [sql] if isinstance(sql, str) else [part if isinstance(part, str) else part[0] for part in sql]
    return [statement for part in parts for statement in sqlparse.split(part)]


def _may_be_absent(field: "Field[Any, Any]") -> bool:
    return field.null or field.has_db_default() or bool(field.many_to_many)


def problems(service: str) -> list[str]:
    """Everything that the migrations of a service and of `common` do to processes of before, landed ones aside."""
    loader = MigrationLoader(None)
    ours, state, seen, found = {service, "common"}, ProjectState(real_apps=loader.unmigrated_apps), set(), []
    for leaf in loader.graph.leaf_nodes():
        for node in loader.graph.forwards_plan(leaf):
            if node in seen:
                continue
            seen.add(node)
            app, name = node
            made: set[str] = set()
            here: list[str] = []
            for operation in loader.graph.nodes[node].operations:
                if app in ours:
                    here += operation_problems(operation, made, state, app)
                if isinstance(operation, changes.CreateModel):
                    made |= {operation.name_lower, f"{app}_{operation.name_lower}"}
                operation.state_forwards(app, state)
            if f"{app}.{name}" not in KNOWN:
                found += [f"{app}/migrations/{name}.py: {problem}" for problem in here]
            elif not here:
                found.append(f"{app}.{name} is listed in tests/migration_rules.py, and does nothing that is held")
    return found


def main() -> None:
    """Print what is held; exit 1 where anything is."""
    import django  # noqa: PLC0415

    [service] = sys.argv[1:]
    os.environ["DJANGO_SETTINGS_MODULE"] = f"{service}.settings"
    assert service in fleet().services
    django.setup()
    found = problems(service)
    print("\n".join(found))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
