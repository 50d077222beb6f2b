"""What an operator does: the rules, and the administration (Django admin) as a process of its own."""
