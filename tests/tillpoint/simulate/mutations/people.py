"""Who members are."""

from __future__ import annotations

from dataclasses import replace

from shared_models.domain import joining
from shared_models.domain.profile_edit import Clocks, ProfileChange, Stamp
from sync_server.ingest import welcome
from tests.tillpoint.simulate.mutations.mutation import Patch, mutation
from tests.tillpoint.simulate.mutations.storms import STORMY


@mutation("The points of an alias count twice in those of whom they were joined into.")
def alias_counted_twice(patch: Patch) -> None:
    real = joining.joined
    patch.setattr(
        "sync_server.ledger.joins.joined",
        lambda one, other, programme, on: real(real(one, other, programme, on), other, programme, on),
    )


@mutation("A parted member's points stay with the other.")
def parted_empty_handed(patch: Patch) -> None:
    patch.setattr("sync_server.ledger.joins.share_lots", lambda _connection, _kept, _leaves: None)


@mutation("Of two edits the one with the earlier clock holds.")
def earlier_edit_holds(patch: Patch) -> None:
    def newer(change: ProfileChange, clocks: Clocks, at: Stamp) -> ProfileChange:
        late = {name: value for name, value in change.changed().items() if name not in clocks or at < clocks[name]}
        return ProfileChange(**late)

    patch.setattr("sync_server.ingest.people.profile_edit.newer", newer)


@mutation("Of two edits the one that arrives later holds.")
def later_arrival_holds(patch: Patch) -> None:
    patch.setattr("sync_server.ingest.people.profile_edit.newer", lambda change, _clocks, _at: change)


@mutation("Whoever registers twice gets the gift twice.", replace(STORMY, operations=80))
def gift_twice(patch: Patch) -> None:
    real = welcome._maybe_one
    patch.setattr(
        welcome, "_maybe_one", lambda connection, id_: [row for row in real(connection, id_) if row.id == id_]
    )
