"""What commands print, for people and programs: tables, charts, a live dashboard, JSON, YAML, CSV, and times as people say them."""
