"""From an answer to its outcome: encodings, conditions, redaction; in the loop within a budget, or in processes beside it."""
