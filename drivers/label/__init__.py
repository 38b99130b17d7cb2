"""Shelf and price labels: one small document, and the languages that label printers speak."""
