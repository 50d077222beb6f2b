"""Hourly, daily and monthly sums of results (aggregation): their columns, spans of time, totals, percentiles out of histograms."""
