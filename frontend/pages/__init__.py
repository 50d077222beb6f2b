"""The views (URL handlers), a module a section of the site; crowded sections have a room of their own."""
