"""The pages of endpoints: the dashboard, one endpoint, its form."""
