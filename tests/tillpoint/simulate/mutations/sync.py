"""The way between a till and the server."""

from __future__ import annotations

from typing import Any

from pos_client.store.outbox import Outbox
from pos_client.store.part_file import PartFile
from pos_client.sync.client import Client
from pos_client.sync.cycle import Cycle
from shared_models.domain.facts import Fact
from sync_server import feed
from tests.tillpoint.simulate.mutations.mutation import Patch, mutation
from tests.tillpoint.simulate.mutations.storms import FETCHING


@mutation("What was sent counts as sent, whether an answer came or not.")
def sent_without_an_answer(patch: Patch) -> None:
    real = Client.push

    def push(self: Client, facts: list[Fact], *rest: Any, **more: Any) -> Any:
        try:
            return real(self, facts, *rest, **more)
        except Exception:
            if facts:
                lost.append(facts[-1].number)
            raise

    def standing(self: Cycle) -> None:
        lost.clear()
        try:
            real_push(self)
        except Exception:
            if lost:
                self._ask(lambda: self._outbox.acknowledge(lost[-1], self._clock.now_ms()))
            raise

    def acknowledge(self: Outbox, number: int, *rest: Any, **more: Any) -> None:
        real_acknowledge(self, max(number, self.acknowledged()), *rest, **more)

    lost: list[int] = []
    real_push, real_acknowledge = Cycle.push, Outbox.acknowledge
    patch.setattr(Client, "push", push)
    patch.setattr(Cycle, "push", standing)
    patch.setattr(Outbox, "acknowledge", acknowledge)


@mutation("The feed is read from one version too far on.")
def cursor_off_by_one(patch: Patch) -> None:
    real = feed._checked

    def checked(*given: Any) -> int:
        version: int = real(*given)
        return version + 1 if version else version

    patch.setattr(feed, "_checked", checked)


@mutation("A ready-made replica doesn't say which facts its rows count.")
def snapshot_counts_nothing(patch: Patch) -> None:
    patch.setattr("sync_server.snapshots.builder._counts", lambda _connection, _store_id: iter(()))


@mutation("A ready-made replica is taken for whole once it has come, whatever came.", FETCHING)
def snapshot_not_looked_over(patch: Patch) -> None:
    real = PartFile.finish

    def finish(self: PartFile, size: int, sha256: bytes) -> bool:
        real(self, size, sha256)
        return True

    patch.setattr(PartFile, "finish", finish)
