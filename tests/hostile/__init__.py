"""What somebody else may put on the wire."""
