"""Barcode scanners: bytes or key presses in, scans out."""
