"""Ready-made replicas: built in the background, kept as files, given to tills that lack a great deal."""

from sync_server.snapshots.shelf import Building, Pages, Ready, Shelf, SnapshotUnknown

__all__ = ["Building", "Pages", "Ready", "Shelf", "SnapshotUnknown"]
