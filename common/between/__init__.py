"""What services tell one another: calls over HTTP, change feeds, rows set aside (dead letters), copies of owners."""
