"""What stops the server or one of its commands, each with a sentence that says what to do."""

from __future__ import annotations


class ServerError(Exception):
    """A known trouble. Its text is for whoever runs the server."""


class WrongKey(ServerError):
    """The keys don't fit the database."""


class BadKeys(ServerError):
    """The keys can't be read, or anyone could read them."""


class BadUrl(ServerError):
    """A database URL the server can't use."""


class DatabaseAway(ServerError):
    """The database can't be reached."""


class NewerDatabase(ServerError):
    """The database was written by a newer version."""


class BadInput(ServerError):
    """Something given to a set-up command that can't be taken; nothing was changed."""


class AddressInUse(ServerError):
    """The server can't listen where it was told to."""
