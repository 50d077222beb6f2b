"""What the other services are told of endpoints and windows (change feeds), and the states that they tell."""
