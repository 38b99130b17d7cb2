"""The slip of a reward that a member had for points (TILL-8, DESK-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from shared_models.domain.letterhead import letterhead
from shared_models.domain.receipt import Align, Block, Cut, Document, Feed, Language, Pair, Rule, Text
from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.store import StoreInfo
from shared_models.domain.text import N_, Words

REWARD_SLIP = "reward_slip"


def reward_slip(
    redeemed: RewardRedeemed,
    store: StoreInfo,
    words: Words,
    language: Language,
    *,
    name: str,
    balance_before: int,
    at: datetime,
    cashier: str,
) -> Document:
    """``name`` is the reward's; ``balance_before`` the member's points, as the till knows them; ``at`` the time to
    print, aware."""
    blocks = _blocks(redeemed, store, words, language, name, balance_before, at, cashier)
    return Document(REWARD_SLIP, language, tuple(blocks))


def _blocks(
    redeemed: RewardRedeemed,
    store: StoreInfo,
    words: Words,
    language: Language,
    name: str,
    balance_before: int,
    at: datetime,
    cashier: str,
) -> Iterator[Block]:
    yield from letterhead(store, language)
    yield Feed()
    yield Text(words(N_("REWARD")), Align.CENTER, bold=True)
    number = words(N_("Receipt {lane}-{number}")).format(lane=redeemed.lane, number=redeemed.receipt_number)
    yield Pair(number, at.astimezone(store.zone).strftime("%Y-%m-%d %H:%M"))
    yield Text(words(N_("Cashier {name}")).format(name=cashier))
    yield Rule()
    yield Pair(name, f"× {redeemed.units}", bold=True)
    yield Rule()
    yield Pair(words(N_("Points before")), str(balance_before))
    yield Pair(words(N_("Points used")), str(redeemed.points))
    yield Pair(words(N_("Points balance")), str(balance_before - redeemed.points), bold=True)
    yield Rule()
    for line in store.footer_lines(language):
        yield Text(line, Align.CENTER)
    yield Feed(2)
    yield Cut()
