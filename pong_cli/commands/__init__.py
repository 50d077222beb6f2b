"""The commands of `pong`, a module for each matter; `main.MODULES` says which has which."""
