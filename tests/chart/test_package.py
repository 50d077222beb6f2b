"""The chart as it is published: a README that is true, and what a catalogue shows of it."""

import tarfile
from pathlib import Path

import yaml

from tests.chart import readme
from tests.chart.rendering import CHART, Profile, containers, fixed_secrets, parse, pods, profile, run, template, where
from tests.chart.tools import helm

EVERYTHING = [
    "--set",
    "backup.enabled=true",
    "--set",
    "backup.s3.bucket=backups",
    "--set-json",
    'monitoring.alertmanager={"enabled":true,"webhooks":["https://example.com"]}',
]


def test_the_readme_is_what_the_values_say():
    assert (CHART / "README.md").read_text() == readme.text(), "Run: make format"


def test_every_value_has_its_row_and_what_is_said_of_it():
    rows = {one.key: one for one in readme.values()}
    assert rows["smtp.port"].description == "587, for `tls` 465, for `none` 25"
    assert rows["smtp.port"].default == "`0`"
    assert rows["ingress.proxies"].description.startswith("Proxies of yours before the pods")
    assert rows["kong.image"].kind == "string"
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    for name, value in _leaves(values, ""):
        row = next((rows[one] for one in _upwards(name) if one in rows), None)
        assert row is not None, name
        if row.key == name:
            assert yaml.safe_load(row.default.strip("`").replace("\\|", "|")) == value, name


def _leaves(values: dict[str, object], path: str) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for name, value in values.items():
        if isinstance(value, dict) and value:
            found += _leaves(value, f"{path}{name}.")
        else:
            found.append((f"{path}{name}", value))
    return found


def _upwards(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(len(parts), 0, -1)]


def test_the_catalogue_is_told_every_image_and_who_makes_this():
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    told = {one["image"] for one in yaml.safe_load(chart["annotations"]["artifacthub.io/images"])}
    everything = template(Profile("all"), *EVERYTHING)
    assert told == {container["image"] for _, pod in pods(parse(everything)) for container in containers(pod)}
    assert chart["icon"].startswith("https://")
    assert chart["sources"]
    assert chart["maintainers"]
    assert chart["annotations"]["artifacthub.io/license"] == "MIT"


def test_the_package_holds_all_of_it_and_renders_the_same(tmp_path: Path):
    run([helm(), "package", str(CHART), "--destination", str(tmp_path)])
    (package,) = tmp_path.glob("pongpong-*.tgz")
    with tarfile.open(package) as archive:
        names = {name.removeprefix("pongpong/") for name in archive.getnames()}
        archive.extractall(tmp_path, filter="data")
    ours = {str(one.relative_to(CHART)) for one in CHART.rglob("*") if one.is_file()} - {".helmignore"}
    assert ours <= names | {".helmignore"}
    small = profile("small").arguments
    unpacked, here = (
        {where(one) for one in parse(template(Profile("small"), *small, *fixed_secrets(), chart=chart))}
        for chart in (tmp_path / "pongpong", CHART)
    )
    assert unpacked == here
