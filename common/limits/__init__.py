"""How much one caller may take: rate limits (token buckets), early refusals, slots for what takes long, usage of quotas."""
