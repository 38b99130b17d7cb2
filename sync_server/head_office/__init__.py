"""Head office in the browser: server-rendered pages, usable without JavaScript, quicker with it."""

from sync_server.head_office.install import install

__all__ = ["install"]
