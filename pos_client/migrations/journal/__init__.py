"""Revisions of journal files."""
