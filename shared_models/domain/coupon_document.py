"""Kinds of coupon as plain documents and back, checked: the fields of a deal, and those of a coupon beside them."""

from __future__ import annotations

from datetime import date
from typing import Any

from shared_models.domain.coupon_code import MAX_NUMBER
from shared_models.domain.coupon_rules import RETURN_DAYS, CouponRule, Issue, IssuedBy
from shared_models.domain.deal import Deal
from shared_models.domain.deal_document import plain_deal, read_deal_fields
from shared_models.domain.document_fields import BadProgramme, Fields
from shared_models.domain.expiry import days_later
from shared_models.domain.money import MAX_AMOUNT_MINOR
from shared_models.domain.text import N_

MAX_PER_SALE = 20
MAX_DAYS = 3_660
MAX_QUANTITY = 10_000_000


def read_coupon(fields: Fields) -> CouponRule:
    deal = read_deal_fields(fields)
    rule = CouponRule(
        deal=deal,
        personal=fields.flag("personal", default=True),
        most_per_sale=fields.integer("most_per_sale", 1, MAX_PER_SALE, default=1),
        comes_back=fields.flag("comes_back", default=True),
        issue=_issue(fields.child("issue", optional=True), deal),
        return_days=fields.integer("return_days", 0, MAX_DAYS, default=RETURN_DAYS),
        number=fields.integer_or_none("number", 0, MAX_NUMBER),
    )
    if rule.number is not None and rule.personal:
        problem = N_("a coupon by code has no owner; remove it or set personal to false")
        raise BadProgramme(field=fields.at("number"), problem=problem)
    return fields.finish(rule)


def plain_coupon(rule: CouponRule) -> dict[str, Any]:
    issue = rule.issue
    plain = {
        **plain_deal(rule.deal),
        "personal": rule.personal,
        "most_per_sale": rule.most_per_sale,
        "comes_back": rule.comes_back,
        "issue": {
            "by": issue.by.value,
            "from_minor": issue.from_minor,
            "start_days": issue.start_days,
            "valid_days": issue.valid_days,
            "quantity": issue.quantity,
            "per_member": issue.per_member,
        },
    }
    if rule.return_days != RETURN_DAYS:
        plain["return_days"] = rule.return_days
    if rule.number is not None:
        plain["number"] = rule.number
    return plain


def _issue(fields: Fields, deal: Deal) -> Issue:
    issue = Issue(
        by=IssuedBy(fields.choice_or("by", tuple(IssuedBy), IssuedBy.HAND)),
        from_minor=fields.integer("from_minor", 0, MAX_AMOUNT_MINOR, default=0),
        start_days=fields.integer("start_days", 0, MAX_DAYS, default=0),
        valid_days=fields.integer("valid_days", 1, MAX_DAYS, default=Issue().valid_days),
        quantity=fields.integer_or_none("quantity", 1, MAX_QUANTITY),
        per_member=fields.integer_or_none("per_member", 1, MAX_QUANTITY),
    )
    if issue.from_minor and issue.by is not IssuedBy.SALE:
        raise BadProgramme(
            field=fields.at("from_minor"), problem=N_("only a sale issues from an amount on; set by=sale")
        )
    if issue.quantity is not None and issue.per_member is not None and issue.per_member > issue.quantity:
        raise BadProgramme(field=fields.at("per_member"), problem=N_("it must not be above the quantity"))
    if days_later(deal.valid_from, issue.start_days) > (deal.valid_to or date.max):
        problem = N_("such coupons would begin after the last day; make it run longer")
        raise BadProgramme(field=fields.at("start_days"), problem=problem)
    return fields.finish(issue)


__all__ = ["plain_coupon", "read_coupon"]
