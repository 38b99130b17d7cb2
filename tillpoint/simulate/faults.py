"""What a simulation may do to its world, by name."""

from __future__ import annotations

from enum import StrEnum

ALL, NONE = "all", "none"


class Fault(StrEnum):
    NETWORK = "network"  # requests and answers lost, late, doubled, cut, delayed; captive portals; cables pulled
    PARTITION = "partition"  # a whole store without its line for hours
    POWER = "power"  # tills and server lose their power at a write or sync, and what wasn't synced
    FULL = "full"  # disks without room
    CLOCK = "clock"  # tills' clocks set wrong, by up to two days
    PROGRAMME = "programme"  # head office publishes new programmes while tills sell
    REVOKE = "revoke"  # head office revokes a till
    BACKUP = "backup"  # the server is restored from a backup some hours old
    CLONE = "clone"  # a till's disk is copied, and both sell
    ROLLBACK = "rollback"  # a till's disk is put back to what it was hours ago
    LOST = "lost"  # a till's disk is gone; the lane goes on with a new one
    WRITTEN_OFF = "written_off"  # a till is gone for good, or thought to be: what it was lent is written off
    VERSIONS = "versions"  # tills and the server are of an earlier release for a while
    SNAPSHOT = "snapshot"  # tills that lack much fetch a ready-made replica, over lines that cut it


EVERY = frozenset(Fault)


def read_faults(text: str) -> frozenset[Fault]:
    """``all``, ``none``, or names with commas between; raise ``ValueError`` naming what isn't one."""
    if text == ALL:
        return EVERY
    if text == NONE:
        return frozenset()
    return frozenset(Fault(name.strip()) for name in text.split(","))
