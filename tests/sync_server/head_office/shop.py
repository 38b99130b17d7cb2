"""A few acts of two tills, whose sums a test can work out by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from tests.sync_server import acts
from tests.sync_server.till import Till

NAME, PHONE = "欧阳若溪", "8613912348642"


@dataclass(frozen=True)
class Sold:
    member_id: UUID
    sale_ids: tuple[UUID, ...]


def sell(till: Till) -> Sold:
    """Five sales at store A: four on ``acts.DAY``, two of them to one member, and one a week before."""
    member = acts.member(till, number="880001")
    till.register(member, acts.profile(NAME, PHONE))
    sales = [
        acts.sale(till, 1, 10_000, member.member_id, earned=150),
        acts.sale(till, 2, 2_550),
        acts.sale(till, 3, 990, member.member_id, earned=9, redeemed=100),
        acts.sale(till, 4, 60),
        replace(acts.sale(till, 5, 7_000), business_date=acts.DAY - timedelta(days=7)),
    ]
    for sale in sales:
        till.append(sale)
    assert till.pushed().acknowledged == len(sales) + 1
    return Sold(member.member_id, tuple(sale.sale_id for sale in sales))
