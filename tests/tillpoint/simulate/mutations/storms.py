"""The storms that mutations are tried in."""

from __future__ import annotations

from dataclasses import replace

from tillpoint.simulate.faults import Fault
from tillpoint.simulate.plan import Plan

STORMY = Plan(seed=7, tills=3, days=2, operations=20)
APART = replace(STORMY, days=1, operations=40, faults=frozenset({Fault.NETWORK, Fault.PARTITION}))
"""Tills that sell much and hear little of each other, and nothing worse."""
OUTAGES = replace(APART, faults=frozenset({Fault.NETWORK, Fault.POWER}))
"""Tills whose power goes while they have just heard of what they did."""
FETCHING = replace(STORMY, operations=10, faults=frozenset({Fault.NETWORK, Fault.POWER, Fault.SNAPSHOT}))
"""Tills that sell little and fetch ready-made replicas."""
RESTORED = replace(STORMY, tills=5, operations=25, faults=frozenset({Fault.NETWORK, Fault.BACKUP}))
"""Many tills that hold something of a few members when the server is restored."""
