"""The pages of an account: sign-up, log-in, first steps, profile, password, keys, usage."""
