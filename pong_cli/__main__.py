"""`python -m pong_cli`."""

from pong_cli.main import run

run()
