"""Taking facts in: once each, in order, whole."""
