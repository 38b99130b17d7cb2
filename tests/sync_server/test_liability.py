"""What points cost, from the ledger: shared by stand-alone prices, recognised as points are redeemed."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from shared_models.domain.programme import default_programme
from sync_server.ledger.liability import Liability, liability
from sync_server.server import Server
from tests.sync_server import acts
from tests.sync_server.till import Till


def figures(server: Server, on: date, breakage: str | None = None) -> Liability:
    with server.reading() as connection:
        return liability(connection, default_programme(), on, Decimal(breakage) if breakage else None)


def test_nobody_has_points(server: Server) -> None:
    found = figures(server, acts.DAY)
    assert (found.owed, found.deferred_minor, found.revenue_minor, found.observed) == ((), 0, 0, True)


def test_a_sale_is_shared_between_goods_and_points(server: Server, till: Till) -> None:
    """600.00 with 1.15 tax is 598.85; 600 points pay 6.00. 59885 × 600 / (59885 + 600) = 594.05 → 5.94."""
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 1, 60_000, member.member_id, earned=600))
    till.pushed()
    found = figures(server, acts.DAY)
    assert [(each.expires_on, each.points, each.minor) for each in found.owed] == [(acts.EXPIRY, 600, 594)]
    assert (found.deferred_minor, found.revenue_minor) == (594, 0)
    # a fifth is expected to lapse: 59885 × 480 / (59885 + 480) = 476.18 → 4.76
    assert figures(server, acts.DAY, "0.2").owed_minor == 476


def test_it_becomes_revenue_as_points_are_redeemed_or_expire(server: Server, till: Till) -> None:
    member = acts.member(till)
    till.register(member, acts.profile())
    till.append(acts.sale(till, 1, 60_000, member.member_id, earned=600))
    till.append(acts.sale(till, 2, 1_000, member.member_id, redeemed=200))
    till.pushed()
    found = figures(server, acts.DAY)
    assert (found.owed_points, found.owed_minor, found.revenue_minor) == (400, 396, 198)  # 594 × 200 / 600
    found = figures(server, acts.DAY, "0.5")  # 300 of 600 are expected: 59885 × 300 / 60185 = 298.5 → 2.99
    assert (found.owed_minor, found.revenue_minor) == (100, 199)  # 299 × 200 / 300 = 199.3
    after = figures(server, acts.EXPIRY + timedelta(days=1), "0.5")
    assert (after.owed, after.revenue_minor, after.deferred_minor) == ((), 299, 299)
    seen = figures(server, acts.EXPIRY + timedelta(days=1))
    assert (seen.breakage, seen.observed) == (Decimal("0.6667"), True)  # 400 of 600
