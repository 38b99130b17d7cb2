"""The till's two encrypted files: its own journal and its copy of the shop's state."""
