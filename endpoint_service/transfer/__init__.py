"""Many endpoints at once: bulk calls, export and import as JSON or YAML, and the import format's JSON Schema."""
