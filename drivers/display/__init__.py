"""Pole displays: two lines of twenty columns that the customer reads."""
