"""The server's database: engines, keys, sealing, schema."""

from sync_server.store.engine import open_engine, reading, writing
from sync_server.store.keys import Keys, credentials, key_file, new_keys
from sync_server.store.schema import upgrade
from sync_server.store.sealing import Sealer

__all__ = ["Keys", "Sealer", "credentials", "key_file", "new_keys", "open_engine", "reading", "upgrade", "writing"]
