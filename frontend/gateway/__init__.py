"""The public API as the web app calls it: the client, and what it answers as structs."""
