"""Known troubles of the commands, each with one sentence that says what to do."""

from __future__ import annotations


class CommandError(Exception):
    """Ends a command with exit status 1 and its text on stderr."""
