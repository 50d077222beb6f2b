"""What a collector tells Prometheus."""

from prometheus_client.registry import Collector


def samples(*collectors: Collector) -> dict[tuple[str, ...], float]:
    """Each sample as `(name, labels' values...)` with its number."""
    found = [sample for collector in collectors for family in collector.collect() for sample in family.samples]
    return {(one.name, *one.labels.values()): one.value for one in found}
