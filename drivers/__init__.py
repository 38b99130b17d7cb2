"""Scanners, printers and the bytes they speak."""
