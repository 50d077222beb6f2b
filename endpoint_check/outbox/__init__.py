"""Results, states and alerts on their way to other services: their messages, and delivery that repeats until acknowledged."""
