"""Checkout scales on a serial line."""
