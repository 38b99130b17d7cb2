"""What the customer reads at each moment of a sale, on the pole display and in a window of the customer's own."""

from __future__ import annotations

from pos_client.app.views import PoleLine
from pos_client.presenters.customer import CustomerView, customer_view, pole_lines
from pos_client.presenters.state import Command
from pos_client.ui.gallery_shop import GOLD_PHONE, code_of
from tests.pos_client.presenters.conftest import AtTheTill


def read(at: AtTheTill) -> tuple[PoleLine, PoleLine]:
    return pole_lines(at.counter.state, at.counter.language)


def words(at: AtTheTill) -> list[tuple[str, str]]:
    return [(line.text, line.figure) for line in read(at)]


def test_from_sign_in_to_the_change(at: AtTheTill) -> None:
    assert words(at) == [("Next counter please", ""), ("", "")]
    at.start()
    assert words(at) == [("Welcome", ""), ("", "")]
    at.counter.scan(code_of(0))
    sale = at.counter.state.sale
    assert sale is not None
    price = at.counter.language.figures(sale.total_minor, "CNY")
    assert words(at) == [("Fresh milk 950 ml", price), ("Total", price)]
    assert read(at)[0].instead == f"1 x {price}"
    at.counter.do(Command.PAY)
    assert words(at)[0] == ("To pay", price)
    at.counter.enter("100")
    assert words(at) == [("Paid", "100.00"), ("Change", at.counter.language.figures(10_000 - sale.total_minor, "CNY"))]


def test_the_line_that_keys_act_on_is_shown(selling: AtTheTill) -> None:
    for number in (0, 1):
        selling.counter.scan(code_of(number))
    assert selling.counter.state.sale is not None
    first, second = selling.counter.state.sale.lines
    assert words(selling)[0][0] == second.name
    selling.counter.do(Command.UP)
    assert words(selling)[0][0] == first.name


def test_the_member_is_never_named(selling: AtTheTill) -> None:
    selling.counter.scan(code_of(0))
    selling.counter.enter(GOLD_PHONE)
    sale = selling.counter.state.sale
    assert sale is not None
    assert sale.member is not None
    said = " ".join(text + figure for text, figure in words(selling))
    assert sale.member.name not in said
    assert sale.member.last4 not in said


def test_it_speaks_the_tills_language(selling: AtTheTill) -> None:
    selling.counter.set_language("zh_Hans")
    selling.counter.scan(code_of(0))
    assert words(selling)[1][0] == "合计"


def test_the_window_from_sign_in_to_the_change(at: AtTheTill) -> None:
    def view() -> CustomerView:
        return customer_view(at.counter.state, at.counter.language)

    assert view() == CustomerView("Next counter please")
    at.start()
    assert view() == CustomerView("Welcome")
    at.counter.scan(code_of(0))
    at.counter.enter(GOLD_PHONE)
    sale = at.counter.state.sale
    assert sale is not None
    money = at.counter.language.money
    total = money(sale.total_minor, "CNY")
    good = (f"You save {money(sale.saved_minor, 'CNY')}", f"Points +{sale.points_to_earn}")
    assert view() == CustomerView("", sale.lines, sale.lines[-1].line_id, (("Total", total),), good, view().hint)
    at.counter.do(Command.PAY)
    assert view().figures == (("To pay", total),)
    at.counter.enter("100")
    change = money(10_000 - sale.total_minor, "CNY")
    assert view().greeting == "Thank you"
    assert view().figures == (("Change", change), ("Paid", "¥100.00"))


def test_the_window_never_says_who_the_member_is(selling: AtTheTill) -> None:
    selling.counter.scan(code_of(0))
    selling.counter.enter(GOLD_PHONE)
    sale = selling.counter.state.sale
    assert sale is not None
    assert sale.member is not None
    shown = str(customer_view(selling.counter.state, selling.counter.language))
    for secret in (sale.member.name, sale.member.last4, sale.member.number, f"{sale.member.balance:,}"):
        assert secret not in shown
