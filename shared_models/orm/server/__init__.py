"""The server's tables, the same on SQLite and PostgreSQL. Columns named ``sealed`` hold AES-256-GCM text."""

from __future__ import annotations

from shared_models.orm.server.cash import cash_movement, drawer_opening
from shared_models.orm.server.devices import device, enrolment_code
from shared_models.orm.server.facts import alert, fact, forked_fact, side
from shared_models.orm.server.feed import counted, feed, feed_commit, snapshot
from shared_models.orm.server.findings import repricing, repricing_finding, risk_finding, watched
from shared_models.orm.server.members import (
    member,
    member_link,
    member_profile,
    parting_asked,
    points_entry,
    points_lot,
)
from shared_models.orm.server.metadata import meta, server
from shared_models.orm.server.rewards import gift_entry, gift_stock, reward_redemption
from shared_models.orm.server.sales import payment, sale, sale_line, sale_return, shift
from shared_models.orm.server.shop import price_change, product, programme, staff, store, user
from shared_models.orm.server.spending import lease, lease_declaration, lease_recall
from shared_models.orm.server.value import coupon, coupon_use, stored_value, stored_value_entry, stored_value_lot

__all__ = [
    "alert",
    "cash_movement",
    "counted",
    "coupon",
    "coupon_use",
    "device",
    "drawer_opening",
    "enrolment_code",
    "fact",
    "feed",
    "feed_commit",
    "forked_fact",
    "gift_entry",
    "gift_stock",
    "lease",
    "lease_declaration",
    "lease_recall",
    "member",
    "member_link",
    "member_profile",
    "meta",
    "parting_asked",
    "payment",
    "points_entry",
    "points_lot",
    "price_change",
    "product",
    "programme",
    "repricing",
    "repricing_finding",
    "reward_redemption",
    "risk_finding",
    "sale",
    "sale_line",
    "sale_return",
    "server",
    "shift",
    "side",
    "snapshot",
    "staff",
    "store",
    "stored_value",
    "stored_value_entry",
    "stored_value_lot",
    "user",
    "watched",
]
