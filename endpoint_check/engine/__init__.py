"""The engine that probes: many checks at once on libcurl and asyncio; without database, so that `pong` checks with it too."""
