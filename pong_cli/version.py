"""The version of everything here, read by the build too: asking the installed package for it takes longer than `pong`."""

VERSION = "0.1.0"
