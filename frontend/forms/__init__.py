"""Django forms: what people fill in, validation, and how it translates to the API."""
