"""What every REST route shares: error envelopes, pagination, parsers, renderers, metadata, OpenAPI documents, views."""
