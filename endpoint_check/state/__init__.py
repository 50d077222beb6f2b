"""The state machine of a monitor: pure functions from a state and what a probe found to the next state and its events."""
