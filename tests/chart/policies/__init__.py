"""The chart's rules, each a function from rendered objects to what breaks it. The mutations break each on purpose."""

from tests.chart.policies import network, pods, rollout
from tests.chart.policies.base import RULES

__all__ = ["RULES", "network", "pods", "rollout"]
