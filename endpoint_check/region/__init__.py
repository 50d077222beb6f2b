"""Whether a region lost its own network: counts of failures, sentinels, and holding the region's verdicts meanwhile."""
