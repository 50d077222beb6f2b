"""How processes start, tick and end."""
