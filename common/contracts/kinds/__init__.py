"""The check kinds that there are: a module each."""
