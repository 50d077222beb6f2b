"""What endpoint_service says: its change feeds synced into monitors and windows, orphaned monitors, incidents closed."""
