"""A case from a file: priced, paid and taken back outside a till, with an account of each cent and point."""
