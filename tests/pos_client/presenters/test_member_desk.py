from __future__ import annotations

from pos_client.presenters.state import Screen, Step
from pos_client.ui.gallery_shop import GOLD_PHONE, NEW_PHONE, PIN, code_of
from tests.pos_client.gallery_home import screen_of
from tests.pos_client.presenters.conftest import AtTheTill


def test_a_suffix_of_several_members_is_picked_by_number(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F2")
    assert screen_of(counter) is Screen.MEMBER
    counter.enter("8000")
    assert [hit.masked_name for hit in counter.state.found] == ["李**", "韩**", "A** M**"]
    counter.enter("2")
    assert screen_of(counter) is Screen.SALE
    sale = counter.state.sale
    assert sale is not None
    assert sale.member is not None
    assert sale.member.tier == "silver"


def test_text_already_typed_is_searched_at_once(selling: AtTheTill) -> None:
    assert selling.counter.press("F2", GOLD_PHONE)
    sale = selling.counter.state.sale
    assert sale is not None
    assert sale.member is not None
    assert sale.member.tier == "gold"


def test_nobody_found_offers_to_register(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F2")
    counter.enter("9999")
    assert counter.state.problem is not None
    assert counter.state.problem.code == "nobody_found"
    counter.act()
    assert screen_of(counter) is Screen.REGISTER


def test_a_member_can_be_taken_off_the_sale(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.enter(GOLD_PHONE)
    counter.press("F2")
    counter.press("F8")
    assert counter.state.sale is not None
    assert counter.state.sale.member is None


def test_registering_in_four_entries(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.scan(code_of(0))
    counter.press("F3")
    for text in (NEW_PHONE, "周杰", "05-20"):
        counter.enter(text)
    assert counter.state.registration is not None
    assert counter.state.registration.step is Step.CONSENT
    counter.press("F3")
    assert counter.state.registration.marketing
    counter.enter("")
    assert screen_of(counter) is Screen.SALE
    sale = counter.state.sale
    assert sale is not None
    assert sale.member is not None
    assert (sale.member.name, sale.member.tier, sale.member.pending) == ("周杰", "basic", True)
    assert counter.state.registration is None
    assert counter.state.status is not None


def test_without_consent_nobody_is_registered(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F3")
    for text in (NEW_PHONE, "周杰", ""):
        counter.enter(text)
    for _ in range(4):
        counter.press("Escape")
    assert screen_of(counter) is Screen.SALE
    assert selling.shop.till.find_members(NEW_PHONE) == ()


def test_escape_keeps_what_was_typed(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F3")
    counter.enter(NEW_PHONE)
    counter.press("Escape")
    counter.press("Escape")
    assert screen_of(counter) is Screen.SALE
    counter.press("F3")
    assert counter.state.registration is not None
    assert counter.state.registration.phone == NEW_PHONE
    counter.enter("")
    assert counter.state.registration.step is Step.NAME


def test_a_bad_phone_is_refused_before_the_name_is_asked(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F3")
    counter.enter("12345")
    assert counter.state.problem is not None
    assert counter.state.problem.code == "bad_phone"
    assert counter.state.registration is not None
    assert counter.state.registration.step is Step.PHONE


def test_a_bad_birthday_goes_back_to_its_field(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F3")
    for text in (NEW_PHONE, "周杰", "13-45", ""):
        counter.enter(text)
    assert counter.state.problem is not None
    assert counter.state.problem.code == "bad_birthday"
    assert counter.state.registration is not None
    assert counter.state.registration.step is Step.BIRTHDAY
    assert selling.shop.till.find_members(NEW_PHONE) == ()


def test_a_phone_of_a_member_leads_to_that_member(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F3")
    for text in (GOLD_PHONE, "李雷", "", ""):
        counter.enter(text)
    assert counter.state.problem is not None
    assert counter.state.problem.code == "phone_is_taken"
    assert counter.state.problem.act.label == "Choose this member"
    counter.act()
    sale = counter.state.sale
    assert sale is not None
    assert sale.member is not None
    assert sale.member.tier == "gold"


def test_a_scan_while_registering_is_sold_and_the_form_stays(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F3")
    counter.enter(NEW_PHONE)
    counter.scan(code_of(0))
    assert screen_of(counter) is Screen.REGISTER
    assert counter.state.registration is not None
    assert (counter.state.registration.phone, counter.state.registration.step) == (NEW_PHONE, Step.NAME)
    assert counter.state.sale is not None
    assert len(counter.state.sale.lines) == 1


def test_a_members_details_are_changed_in_the_same_fields(at: AtTheTill) -> None:
    counter = at.counter
    counter.enter("3")
    counter.enter(PIN)
    counter.enter("500")
    counter.enter(GOLD_PHONE)
    counter.press("F2")
    counter.press("F1")
    assert screen_of(counter) is Screen.EDIT
    for text in (NEW_PHONE, "", "05-20"):
        counter.enter(text)
    assert counter.state.edit is not None
    assert (counter.state.edit.step, counter.state.edit.name) == (Step.CONSENT, "")
    counter.press("F3")
    counter.enter("")
    assert screen_of(counter) is Screen.SALE
    sale = counter.state.sale
    assert sale is not None
    assert sale.member is not None
    assert (sale.member.last4, sale.member.name, sale.member.marketing) == (NEW_PHONE[-4:], "李雷", True)
    assert counter.state.took_for == "Changed: 李雷."


def test_a_cashier_is_told_who_changes_members(selling: AtTheTill) -> None:
    counter = selling.counter
    counter.press("F2")
    counter.press("F1")
    assert counter.state.problem is not None
    assert counter.state.problem.code == "no_member"
    counter.press("Escape")
    counter.enter(GOLD_PHONE)
    counter.press("F2")
    counter.press("F1")
    for text in ("", "New", "", ""):
        counter.enter(text)
    assert counter.state.problem is not None
    assert counter.state.problem.code == "not_for_cashiers"
    assert screen_of(counter) is Screen.EDIT
