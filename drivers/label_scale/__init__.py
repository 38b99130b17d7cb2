"""Scales of the fresh department that print labels: the list of goods and prices that they hold."""
