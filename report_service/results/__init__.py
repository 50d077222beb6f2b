"""Results of checks: the way in (`POST /reports`), what is kept of each and for how long (retention), and lists of them."""
