"""Revisions of replica files."""
