"""Migrations only add: what the rule catches, and what it lets through."""

import importlib
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.state import ModelState, ProjectState

from tests.migration_rules import field_problems, operation_problems, sql_problems

NUMBER = models.IntegerField
TEXT = models.CharField


def judged(*operations: Any, made: set[str] | None = None) -> list[str]:
    state = ProjectState()
    state.add_model(ModelState("shop", "Order", [("id", models.BigAutoField(primary_key=True)), ("count", NUMBER())]))
    return [said for operation in operations for said in operation_problems(operation, made or set(), state, "shop")]


def test_the_rename_of_0005_region_everywhere_is_caught():
    landed = importlib.import_module("endpoint_check.migrations.0005_region_everywhere").Migration
    said = judged(*landed.operations)
    assert any("renames" in line and "RENAME COLUMN id TO window_id" in line for line in said), said
    assert any("takes away" in line and "DROP CONSTRAINT" in line for line in said), said


@pytest.mark.parametrize(
    "operation",
    [
        migrations.RenameField("order", "count", "amount"),
        migrations.RenameModel("Order", "Purchase"),
        migrations.RemoveField("order", "count"),
        migrations.DeleteModel("Order"),
        migrations.AlterModelTable("order", "orders"),
        migrations.AddField("order", "note", TEXT(max_length=9, default="")),
        migrations.AlterField("order", "count", models.SmallIntegerField()),
        migrations.AddConstraint("order", models.UniqueConstraint(fields=["count"], name="one")),
        migrations.AlterUniqueTogether("order", {("count",)}),
        migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("order", "count")]),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_a_process_of_before_would_miss_is_held(operation: Any):
    assert len(judged(operation)) == 1


@pytest.mark.parametrize(
    "operation",
    [
        migrations.CreateModel("Basket", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("order", "note", TEXT(max_length=9, null=True)),
        migrations.AddField("order", "note", TEXT(max_length=9, db_default="")),
        migrations.AddIndex("order", models.Index(fields=["count"], name="by_count")),
        migrations.AlterField("order", "count", models.BigIntegerField()),
        migrations.SeparateDatabaseAndState(state_operations=[migrations.RemoveField("order", "count")]),
    ],
    ids=lambda operation: type(operation).__name__,
)
def test_what_only_adds_passes(operation: Any):
    assert judged(operation) == []


def test_the_migrations_own_tables_are_its_to_shape():
    added = migrations.AddField("basket", "note", TEXT(max_length=9))
    assert len(judged(added)) == 1
    assert judged(added, made={"basket"}) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (TEXT(max_length=9), TEXT(max_length=8)),
        (TEXT(), TEXT(max_length=8)),
        (NUMBER(null=True), NUMBER()),
        (NUMBER(), NUMBER(unique=True)),
        (NUMBER(db_default=1), NUMBER()),
        (NUMBER(), NUMBER(db_column="other")),
        (models.BigIntegerField(), NUMBER()),
    ],
)
def test_a_column_may_not_narrow(before: Any, after: Any):
    assert len(list(field_problems(before, after))) == 1
    assert list(field_problems(before, before)) == []


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE a DROP COLUMN b",
        "ALTER TABLE a DROP b",
        "alter table a rename column b to c",
        "ALTER TABLE a RENAME TO b",
        "DROP TABLE a",
        "ALTER TABLE a ALTER COLUMN b TYPE bigint",
        "ALTER TABLE a ALTER b SET DATA TYPE bigint",
        "ALTER TABLE a ALTER COLUMN b SET NOT NULL",
        "ALTER TABLE a ALTER COLUMN b DROP DEFAULT",
        "ALTER TABLE a ADD COLUMN b text NOT NULL",
        "ALTER TABLE a ADD COLUMN b text, ADD COLUMN c text NOT NULL, ADD COLUMN d text DEFAULT ''",
        "ALTER TABLE a ADD CONSTRAINT one UNIQUE (b)",
        "CREATE UNIQUE INDEX one ON a (b)",
        "TRUNCATE a",
        "DELETE FROM a WHERE b = 1",
        "DO $$ BEGIN EXECUTE 'DROP TABLE a'; END $$",
        "-- why\nDROP TABLE a",
    ],
)
def test_sql_that_takes_away_is_held(sql: str):
    assert len(list(sql_problems([sql]))) == 1


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE a (b text NOT NULL)",
        "CREATE INDEX by_b ON a (b)",
        "DROP INDEX by_b",
        "ALTER TABLE a ADD COLUMN b text NOT NULL DEFAULT ''",
        "ALTER TABLE a ADD COLUMN b text",
        "ALTER TABLE a ALTER COLUMN b DROP NOT NULL",
        "ALTER TABLE a ALTER COLUMN b SET STATISTICS 0",
        "UPDATE a SET b = 'DROP TABLE a'",
        "-- nothing is DROPPED: DROP TABLE a\nUPDATE a SET b = 1",
        "CREATE FUNCTION f() RETURNS void AS $x$ DELETE FROM a $x$ LANGUAGE sql",
    ],
)
def test_sql_that_adds_passes(sql: str):
    assert list(sql_problems([sql])) == []


def test_sql_may_shape_the_tables_that_it_makes():
    assert list(sql_problems(["CREATE TABLE a (b text)", "ALTER TABLE a ADD CONSTRAINT one UNIQUE (b)"])) == []
