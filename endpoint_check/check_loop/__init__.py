"""The `check` task's loop: probes what is due, works out the results, and commits them with states and outboxes."""
