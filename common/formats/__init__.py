"""What is written and read: text that can be stored, ids, JSONPath, YAML, patterns of conditions."""
