"""The pages of head office, one module for each word of its navigation."""
