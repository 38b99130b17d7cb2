"""Each check of the demo fails when what it looks at isn't so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from pos_client.store.verify import Problem, Report
from tillpoint.demo.checks import Evidence, check
from tillpoint.demo.evidence import Figures, Points, ServerSide, TillSide
from tillpoint.demo.lane import Sold

ONE, TWO, MEMBER = UUID(int=1), UUID(int=2), UUID(int=3)
FIRST = Sold(1, "sale-1", 1, "AAAA1", 2, 12_34, 12, 0, offline=False)
SECOND = Sold(2, "sale-2", 1, "BBBB2", 1, 1_234_50, 100, 100, offline=True)
FIGURES = {MEMBER: Figures(9, 12, 0, 112, "basic")}
PAPERS = ["惠屿超市\nTOTAL ¥12.34\n[QR AAAA1]\n[cut]", "惠屿超市\nTOTAL ¥1,234.50\n[QR BBBB2]\n[cut]"]


def report(incarnation: UUID, sales: int, *problems: Problem) -> Report:
    return Report(incarnation, b"", 3, sales, b"", 0, problems)


def good() -> Evidence:
    server = ServerSide(
        heads={ONE: 3, TWO: 3},
        public_keys={},
        facts={ONE: 3, TWO: 3},
        sales=Counter(["sale-1", "sale-2"]),
        totals_minor={"sale-1": 12_34, "sale-2": 1_234_50},
        lines=3,
        earned=112,
        redeemed=100,
        points={MEMBER: Points(12, 12, 0)},
        figures=FIGURES,
        alerts=(),
        troubled_facts=0,
    )
    one = TillSide(report(ONE, 1), Counter(["sale-1"]), 12, 0, FIGURES, 0)
    two = TillSide(report(TWO, 1), Counter(["sale-2"]), 100, 100, FIGURES, 0)
    return Evidence((FIRST, SECOND), server, (one, two), PAPERS)


def with_server(**changes: Any) -> Evidence:
    evidence = good()
    return replace(evidence, server=replace(evidence.server, **changes))


def with_first_till(**changes: Any) -> Evidence:
    evidence = good()
    one, two = evidence.tills
    return replace(evidence, tills=(replace(one, **changes), two))


def test_all_holds_where_all_is_well() -> None:
    assert all(check(good()).values())


@pytest.mark.parametrize(
    ("evidence", "fails"),
    [
        (with_server(sales=Counter(["sale-1"])), {"each_sale_once"}),
        (with_server(sales=Counter(["sale-1", "sale-1", "sale-2"])), {"each_sale_once"}),
        (with_first_till(sales=Counter()), {"each_sale_once"}),
        (with_server(totals_minor={"sale-1": 12_35, "sale-2": 1_234_50}), {"totals_equal"}),
        (with_server(lines=4), {"lines_equal"}),
        (with_server(earned=113), {"points_conserved"}),
        (with_server(points={MEMBER: Points(12, 11, 0)}), {"points_conserved"}),
        (with_first_till(redeemed=1), {"points_conserved"}),
        (with_first_till(figures={MEMBER: Figures(8, 12, 0, 112, "basic")}), {"tills_agree"}),
        (with_first_till(figures={MEMBER: Figures(9, 11, 0, 112, "basic")}), {"tills_agree", "points_conserved"}),
        (with_first_till(report=report(ONE, 1, Problem(2, "altered"))), {"journals_whole"}),
        (with_first_till(unsent=1), {"nothing_unsent"}),
        (with_server(facts={ONE: 3, TWO: 2}), {"facts_equal"}),
        (with_server(alerts=("overspent",)), {"no_alerts"}),
        (with_server(troubled_facts=1), {"no_alerts"}),
        (replace(good(), papers=PAPERS[:1]), {"receipts_whole"}),
        (replace(good(), papers=[PAPERS[0], PAPERS[0]]), {"receipts_whole"}),
        (replace(good(), papers=[PAPERS[0], PAPERS[1].removesuffix("[cut]")]), {"receipts_whole"}),
        (replace(good(), papers=[PAPERS[0].replace("12.34", "12.35"), PAPERS[1]]), {"receipts_whole"}),
    ],
)
def test_what_is_not_so_is_found(evidence: Evidence, fails: set[str]) -> None:
    assert {name for name, holds in check(evidence).items() if not holds} == fails
