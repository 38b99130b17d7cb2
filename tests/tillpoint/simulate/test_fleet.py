"""The real code under a virtual clock: what has to hold holds, and what is broken on purpose is caught."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from msgspec import structs

from pos_client.app.paying import Paying
from pos_client.app.sale_in_hand import SaleInHand, to_doc
from pos_client.app.views import Confirmed
from pos_client.store.effects import Effects
from pos_client.store.open_sales import StoredSale
from pos_client.store.outbox import Outbox
from pos_client.store.replica import Replica
from pos_client.sync.client import Client
from shared_models.domain.member import Effect
from shared_models.domain.tender import Cash
from shared_models.wire.messages import Cursor, PullAnswer, RowMessage
from sync_server.ingest import booking, intake
from tillpoint.simulate import command
from tillpoint.simulate.fleet import Plan, simulate

STORMY = Plan(seed=7, tills=3, days=1, operations=50, faults=True)


def test_nothing_is_violated_in_a_storm_and_the_storm_was_one() -> None:
    outcome = simulate(STORMY)
    assert outcome.account.violations == []
    assert outcome.account.sales > 100
    assert outcome.account.points_redeemed > 0
    assert set(outcome.faults) == {
        "answer_cut",
        "answer_lost",
        "delayed",
        "doubled",
        "doubled_late",
        "html",
        "request_lost",
        "server_cut_after_commit",
        "server_cut_before_commit",
        "till_cut_after_commit",
        "till_cut_before_commit",
        "unplugged",
    }


def test_the_same_seed_is_the_same_run(tmp_path: Path) -> None:
    plan = Plan(seed=3, tills=2, days=1, operations=12, faults=True)
    reports = []
    for name in ("one.json", "two.json"):
        assert command.run(plan, tmp_path / name) == command.HOLDS
        report = json.loads((tmp_path / name).read_text())
        reports.append({key: value for key, value in report.items() if key != "seconds"})
    assert reports[0] == reports[1]


def test_another_seed_is_another_run() -> None:
    hashes = {simulate(Plan(seed, 1, 1, 5, faults=False)).account.state_hash for seed in (1, 2)}
    assert len(hashes) == 2


def test_a_day_without_faults_over_two_days() -> None:
    outcome = simulate(Plan(seed=5, tills=2, days=2, operations=8, faults=False))
    assert outcome.account.violations == []
    assert outcome.faults == {}


class TestBrokenOnPurpose:
    """Mutations of our own code. Each has to be noticed, or the simulator watches nothing."""

    def violations(self) -> str:
        """Of the first seed that notices anything, out of a few: whether one storm hits a fault is a matter of luck."""
        for seed in range(7, 11):
            found = simulate(replace(STORMY, seed=seed)).account.violations
            if found:
                return "\n".join(found)
        return ""

    def test_effects_are_added_though_the_row_counts_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = Effects.of

        def forgetful(self: Effects, member_id: UUID, _counted: int, aliases: Sequence[UUID] = ()) -> list[Effect]:
            return real(self, member_id, 0, aliases)

        monkeypatch.setattr(Effects, "of", forgetful)
        assert "instead of" in self.violations()

    def test_one_counted_number_for_the_whole_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The device's head instead of what each row holds."""
        heads: dict[Path, int] = {}
        real_pull, real_apply, real_of = Client.pull, Replica.apply, Effects.of

        def pull(self: Client, cursor: Cursor | None, limit: int) -> PullAnswer:
            page = real_pull(self, cursor, limit)
            return structs.replace(page, rows=[structs.replace(row, counted=page.acknowledged) for row in page.rows])

        def apply(self: Replica, rows: list[RowMessage], cursor: Cursor) -> None:
            till = self._database.path.parent
            heads[till] = max([heads.get(till, 0), *(row.counted for row in rows)])
            real_apply(self, rows, cursor)

        def of(self: Effects, member_id: UUID, _counted: int, aliases: Sequence[UUID] = ()) -> list[Effect]:
            return real_of(self, member_id, heads.get(self._database.path.parent, 0), aliases)

        monkeypatch.setattr(Client, "pull", pull)
        monkeypatch.setattr(Replica, "apply", apply)
        monkeypatch.setattr(Effects, "of", of)
        assert "instead of" in self.violations()

    def test_effects_are_forgotten_once_they_are_sent(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Acknowledged is not yet counted by the row that the till holds."""
        real = Outbox.acknowledge

        def hasty(self: Outbox, number: int, now_ms: int, hash_: bytes | None = None) -> None:
            real(self, number, now_ms, hash_)
            self._journal.database.run("DELETE FROM effect WHERE number <= ?", (number,))

        monkeypatch.setattr(Outbox, "acknowledge", hasty)
        assert "instead of" in self.violations()

    def test_the_server_takes_a_batch_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without the check of the head, a doubled batch breaks on the database's own keys and the outbox is stuck."""
        monkeypatch.setattr(intake, "new_facts", lambda _head, facts, _held: list(facts))
        assert "unsent" in self.violations()

    def test_the_server_takes_a_sale_without_booking_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(booking, "write_sales", lambda _act, sales: {fact.number for fact, _ in sales})
        assert "not exactly once" in self.violations()

    def test_a_sale_stays_open_after_it_was_confirmed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        real = Paying._confirm

        def careless(self: Paying, sale: SaleInHand, cash: Cash | None) -> Confirmed:
            done = real(self, sale, cash)
            counter = self._counter
            counter.books.open_sales.save(
                StoredSale(sale.id, sale.state, to_doc(sale)), counter.books.journal.next_hlc()
            )
            return done

        monkeypatch.setattr(Paying, "_confirm", careless)
        assert "times" in self.violations()
