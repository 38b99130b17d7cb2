"""What must hold after the morning. Each check is a plain comparison of what was seen, printed, written and stored."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from drivers.printer.paper import decode_text
from tillpoint.demo.evidence import ServerSide, TillSide
from tillpoint.demo.lane import Lane, Sold

_QR = re.compile(r"\[QR ([0-9A-Z]+)\]")


@dataclass(frozen=True, slots=True)
class Evidence:
    """``papers``: all that came out of the printers, as text."""

    sold: Sequence[Sold]
    server: ServerSide
    tills: tuple[TillSide, TillSide]
    papers: Sequence[str]


def papers_of(lanes: Sequence[Lane]) -> list[str]:
    return [decode_text(receipt) for lane in lanes for receipt in lane.printer.receipts]


def check(evidence: Evidence) -> dict[str, bool]:
    server, (one, two) = evidence.server, evidence.tills
    seen = Counter(sold.sale_id for sold in evidence.sold)
    return {
        "each_sale_once": seen == one.sales + two.sales == server.sales and set(server.sales.values()) == {1},
        "totals_equal": {sold.sale_id: sold.total_minor for sold in evidence.sold} == server.totals_minor,
        "lines_equal": sum(sold.lines for sold in evidence.sold) == server.lines,
        "points_conserved": points_conserved(evidence),
        "tills_agree": one.figures == two.figures == server.figures,
        "journals_whole": one.report.ok and two.report.ok,
        "nothing_unsent": one.unsent == two.unsent == 0,
        "facts_equal": sum(server.facts.values()) == one.report.facts + two.report.facts,
        "receipts_whole": receipts_whole(evidence.sold, evidence.papers),
        "no_alerts": not server.alerts and not server.troubled_facts,
    }


def points_conserved(evidence: Evidence) -> bool:
    """Screens, journals and server name the same points; each member's balance is the sum of the ledger's entries."""
    server, (one, two) = evidence.server, evidence.tills
    earned = {sum(sold.points_earned for sold in evidence.sold), one.earned + two.earned, server.earned}
    redeemed = {sum(sold.points_redeemed for sold in evidence.sold), one.redeemed + two.redeemed, server.redeemed}
    booked = sum(points.entries for points in server.points.values())
    held = [sum(row.balance - row.debt for row in till.figures.values()) for till in evidence.tills]
    return (
        len(earned) == len(redeemed) == 1
        and all(points.entries == points.lots - points.debt for points in server.points.values())
        and booked == server.earned - server.redeemed
        and held == [booked, booked]
    )


def receipts_whole(sold: Sequence[Sold], papers: Sequence[str]) -> bool:
    """One paper for each sale, from its head to its code, cut off once, with nothing the printer didn't understand."""
    codes = Counter(code for paper in papers for code in _QR.findall(paper))
    return (
        len(papers) == len(sold)
        and codes == Counter(one.receipt_code for one in sold)
        and all(paper.count("[cut]") == 1 and paper.rstrip().endswith("[cut]") for paper in papers)
        and all(_names_total(paper, sold) for paper in papers)
    )


def _names_total(paper: str, sold: Sequence[Sold]) -> bool:
    """Whether the paper shows the total of the sale whose code it carries."""
    code = _QR.search(paper)
    totals = [one.total_minor for one in sold if code is not None and one.receipt_code == code[1]]
    return bool(totals) and f"{totals[0] / 100:,.2f}" in paper
