"""docs/protocol.md names every field of payloads and state documents as the code has it, and every problem code."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
from msgspec import inspect

from shared_models.domain import (
    cash_drawer,
    coupon_facts,
    leases,
    member,
    profile_edit,
    retold,
    return_record,
    reward_facts,
    sale,
    shift,
    stored_value_facts,
    stored_value_ledger,
)
from shared_models.wire import messages, state
from shared_models.wire.facts import KINDS
from sync_server.api import problems

PAGE = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text("utf-8")
TABLES = {
    "shift.opened": shift.ShiftOpened, "shift.closed": shift.ShiftClosed, "member.registered": member.MemberRegistered,
    "profile": member.Profile, "sale.confirmed": sale.SaleConfirmed, "inputs": sale.Inputs, "line": sale.SaleLine,
    "adjustment": sale.Adjustment, "tax": sale.TaxTotal, "payment": sale.Payment, "member": sale.SaleMember,
    "earned": sale.PointsEarned, "coupon": sale.UsedCoupon,
    "spent": member.Lot, "member.edited": profile_edit.MemberEdited, "choice": profile_edit.ConsentChoice,
    "change": profile_edit.ProfileChange, "fact.retold": retold.FactRetold, "lease.returned": leases.LeaseReturned,
    "use": leases.LeaseUse,
    "bonus": stored_value_ledger.BonusLot, "issued": coupon_facts.IssuedCoupon,
    "stored_value.loaded": stored_value_facts.StoredValueLoaded,
    "cash.moved": cash_drawer.CashMoved, "drawer.opened": cash_drawer.DrawerOpened,
    "sale.returned": return_record.SaleReturned, "returned line": return_record.ReturnedLine,
    "refund": return_record.Refund, "returned member": return_record.MemberReturn,
    "returned use": return_record.ReturnedUse, "reward.redeemed": reward_facts.RewardRedeemed,
}  # fmt: skip
DOCUMENTS = {
    "product": state.ProductDoc, "member": state.MemberDoc, "staff": state.StaffDoc, "store": state.StoreDoc,
    "segment": state.SegmentDoc, "basis": state.BasisDoc, "month": state.MonthDoc, "held": state.HeldTierDoc,
    "grant": state.GrantDoc, "lent": state.LentDoc, "stored_value": state.StoredValueDoc, "run": state.RunDoc,
    "coupon": state.CouponDoc, "consent": state.ConsentDoc, "receipt": state.ReceiptDoc,
    "gift": state.GiftDoc,
}  # fmt: skip
NAMES = {
    **{type_: name for name, type_ in TABLES.items()}, state.LotDoc: "lot", state.FullProfile: "full",
    state.LentDoc: "lent", state.BonusLotDoc: "bonus", state.RunDoc: "run", state.BasisDoc: "basis",
    state.MonthDoc: "month", state.HeldTierDoc: "held", state.GrantDoc: "grant", state.ConsentDoc: "consent",
}  # fmt: skip
PLAIN: list[tuple[type[inspect.Type], str]] = [
    (inspect.IntType, "int"), (inspect.StrType, "text"), (inspect.EnumType, "text"), (inspect.BoolType, "flag"),
    (inspect.UUIDType, "uuid"), (inspect.DateType, "date"), (inspect.DecimalType, "decimal"),
    (inspect.BytesType, "bytes"), (inspect.DictType, "object of texts"),
]  # fmt: skip

Field = tuple[str, bool, str]


def shown(type_: inspect.Type) -> str:
    """A type in the page's words."""
    for kind, name in PLAIN:
        if isinstance(type_, kind):
            return name
    if isinstance(type_, inspect.ListType | inspect.VarTupleType):
        return f"[{shown(type_.item_type)}]"
    if isinstance(type_, inspect.UnionType):
        return next(f"{shown(one)} or null" for one in type_.types if not isinstance(one, inspect.NoneType))
    assert isinstance(type_, inspect.DataclassType | inspect.StructType)
    return NAMES[type_.cls]


def coded(type_: type) -> list[Field]:
    """Name, whether it is needed, and type of each field as the code has it."""
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.DataclassType | inspect.StructType)
    return sorted((field.encode_name, field.required, shown(field.type)) for field in info.fields)


def written(section: str, name: str) -> list[Field]:
    """The same as the page's table under that heading has it."""
    heading = re.search(rf"^####.* ?`?{re.escape(name)}`?\n\n((?:\|.*\n)+)", section, re.MULTILINE)
    assert heading is not None, name
    fields: list[Field] = []
    for row in heading[1].splitlines()[2:]:
        names, types = (cell.strip().split(", ") for cell in row.strip("|").split("|")[:2])
        for field, type_ in zip(names, types if len(types) > 1 else types * len(names), strict=True):
            fields.append((field.strip("`?"), not field.endswith("?"), type_))
    return sorted(fields)


@pytest.mark.parametrize("name", sorted(TABLES))
def test_fields_of_payloads(name: str) -> None:
    section = PAGE.partition("### Payloads")[2].partition("### What a sale does")[0]
    assert written(section, name) == coded(TABLES[name])


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_fields_of_state_documents(name: str) -> None:
    assert written(PAGE.partition("### State documents")[2], name) == coded(DOCUMENTS[name])


def test_kinds_and_the_servers_own_payloads() -> None:
    section = PAGE.partition("#### Of the server")[2].partition("###")[0]
    for (kind, schema), type_ in KINDS.items():
        assert schema == 1
        assert f"`{kind}`" in PAGE.partition("### Kinds")[2].partition("### Payloads")[0]
        if kind not in TABLES:
            fields = ", ".join(f"`{name}` {type_name}" for name, _, type_name in in_order(type_))
            assert f"| `{kind}` | {fields}" in section


def in_order(type_: type) -> list[Field]:
    by_name = {field[0]: field for field in coded(type_)}
    info = inspect.type_info(type_)
    assert isinstance(info, inspect.DataclassType)
    return [by_name[field.encode_name] for field in info.fields]


@pytest.mark.parametrize("enum", [sale.TenderKind, sale.PaymentState])
def test_values_of_enumerations(enum: type[sale.TenderKind | sale.PaymentState]) -> None:
    assert ", ".join(f"`{one.value}`" for one in enum) in PAGE


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (messages.EnrolRequest, messages.EnrolAnswer), (messages.AgainRequest, messages.AgainAnswer),
        (messages.HelloRequest, messages.HelloAnswer),
        (messages.PushRequest, messages.PushAnswer), (messages.PullRequest, messages.PullAnswer),
        (messages.SnapshotRequest, messages.SnapshotAnswer),
        (messages.LeaseRequest, messages.LeaseAnswer), (messages.DeclareRequest, messages.DeclareAnswer),
    ],
)  # fmt: skip
def test_fields_of_messages(question: type[msgspec.Struct], answer: type[msgspec.Struct]) -> None:
    name = question.__name__.removesuffix("Request").lower()
    section = PAGE.partition(f"### {name}\n")[2].partition("\n###")[0]
    maps = re.search(r"\s*`\{(.*)\}`\s*→\s*`\{(.*)\}`", section)
    assert maps is not None
    for text, type_ in zip(maps.groups(), (question, answer), strict=True):
        outer = re.sub(r"\[\[.*?\] …\]|\{.*?\}|\[.*?\]", "", text)
        assert tuple(re.findall(r"(?:^|, )(\w+)", outer)) == type_.__struct_fields__


@pytest.mark.parametrize("type_", [messages.FactMessage, messages.SideMessage, messages.RowMessage])
def test_fields_of_arrays(type_: type[msgspec.Struct]) -> None:
    assert f"[[{', '.join(type_.__struct_fields__)}] …]" in PAGE


def test_codes_and_statuses_of_problems() -> None:
    table = PAGE.partition("| code | status |")[2].partition("\n\n")[0]
    found: dict[str, int] = {}
    for row in table.splitlines()[2:]:
        codes, statuses = (cell.strip() for cell in row.strip("|").split("|")[:2])
        names = re.findall(r"`([a-z-]+)`", codes)
        numbers = [int(number) for number in statuses.split(", ")]
        found |= dict(zip(names, numbers * (len(names) // len(numbers)), strict=True))
    assert found == {code: status for code, (status, _) in problems._STATUS.items()}


def test_limits() -> None:
    assert f"at most {messages.MAX_BATCH_FACTS}" in PAGE
    assert f"`limit` is 1 to {messages.MAX_PAGE_ROWS}" in PAGE
    assert f"at most {messages.MAX_BODY_BYTES >> 20} MiB" in PAGE
    assert f"up to {messages.FAR_BEHIND_ROWS + 1}. A till that sees more than {messages.FAR_BEHIND_ROWS}" in PAGE
