"""Sending: claims, lanes, circuit breakers, quotas, merging (grouping), recording of attempts, retention."""
