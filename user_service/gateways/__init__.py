"""The gateways whose keys and consumers we administer (Kong, or our own tables), and how both sides are held together."""
