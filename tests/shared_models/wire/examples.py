"""One example of every message and of every kind of fact, with real keys, hashes and signatures.

``python -m tests.shared_models.wire.examples`` writes those of the current version to its folder in
``shared_models/wire/golden/``. Folders of earlier versions are never written again: other people's tills rely on them.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from shared_models.domain import (
    cash_drawer,
    coupon_facts,
    facts,
    leases,
    member,
    profile_edit,
    sale,
    shift,
    stored_value_facts,
    stored_value_ledger,
)
from shared_models.domain.coupon import CouponState
from shared_models.domain.retold import FactRetold
from shared_models.domain.return_booking import with_lots
from shared_models.domain.return_record import SaleReturned
from shared_models.domain.returns import ReturnRules, ReturnSlip, take_back
from shared_models.domain.reward_facts import GiftStocked, RewardRedeemed, stock_id
from shared_models.domain.rewards import RewardKind
from shared_models.domain.spending_rules import Resource, ResourceKind
from shared_models.wire import facts as wire_facts
from shared_models.wire import leases as wire_leases
from shared_models.wire import messages, state

GOLDENS = Path(messages.__file__).parent / "golden"
GOLDEN = GOLDENS / f"v{messages.VERSION}"

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_KEY = KEY.public_key().public_bytes_raw()
INCARNATION = UUID("01937f00-0000-7000-8000-00000000000a")
MEMBER = UUID("01937f00-0000-7000-8000-0000000000f1")
SHIFT = UUID("01937f00-0000-7000-8000-0000000000e1")
SALT = bytes(range(100, 132))
PHONE_KEY = bytes(range(50, 82))
DAY = date(2026, 11, 24)
NONCE = bytes(range(200, 232))

PROFILE = member.Profile(name="李雷", phone="8613800002468", birthday="05-20", language="zh_Hans")
PROFILE_BODY = wire_facts.encode_profile(PROFILE)
CHANGE_BODY = wire_facts.encode_change(profile_edit.ProfileChange(phone="8613900002468", birthday=""))


def _id(last: int) -> UUID:
    return UUID(int=(0x01937F00_0000_7000_8000_0000_0000_0000) + last)


def payloads() -> list[wire_facts.Payload]:
    """A short morning: a shift, a new member, a member's sale paid with points and cash, the count."""
    registered = member.MemberRegistered(
        member_id=MEMBER,
        number="9000000000000171",
        store_id="s1",
        profile=facts.commitment(SALT, PROFILE_BODY),
        notice_version="2026-11",
        consents=("marketing",),
        source="till",
        registered_on=DAY,
    )
    milk = sale.SaleLine(
        number=1,
        product_id="p-milk",
        code="0400000000018",
        name="鲜牛奶 950 ml",
        quantity_milli=2_000,
        unit="each",
        unit_price_minor=1_290,
        gross_minor=2_580,
        adjustments=(sale.Adjustment("member-price", "member_price", "member_price", {"percent": "5"}, 2_000, -129),),
        net_minor=2_451,
        tax_code="food",
        tax_minor=202,
        category="dairy",
        brand="Morning Field",
    )
    apples = sale.SaleLine(
        number=2,
        product_id="p-apple",
        code="2100123012502",
        name="苹果",
        quantity_milli=1_250,
        unit="kg",
        unit_price_minor=998,
        gross_minor=1_248,
        adjustments=(),
        net_minor=1_248,
        tax_code="food",
        tax_minor=103,
        category="fruit",
    )
    sold = sale.SaleConfirmed(
        sale_id=_id(0x51),
        store_id="s1",
        lane=3,
        shift_id=SHIFT,
        cashier_id="c1",
        receipt_number=42,
        receipt_code="041061050R3GG28AB",
        business_date=DAY,
        currency="CNY",
        prices_include_tax=True,
        inputs=sale.Inputs("1", 7, 1_234, "basic", 1_200, 300, False, 1_795_500_180_000, 500),
        lines=(milk, apples),
        taxes=(sale.TaxTotal("food", Decimal("0.09"), 3_394, 305),),
        rounding_minor=0,
        total_minor=3_699,
        payments=(
            sale.Payment(_id(0x52), sale.TenderKind.POINTS, sale.PaymentState.CAPTURED, 300, points=300),
            sale.Payment(_id(0x53), sale.TenderKind.CASH, sale.PaymentState.CAPTURED, 3_399, 5_000, 1_601),
        ),
        member=sale.SaleMember(
            MEMBER, sale.PointsEarned(_id(0x54), 33, date(2027, 12, 31), 3_399, Decimal(1)), 300, 33
        ),
    )
    return [
        shift.ShiftOpened(SHIFT, "s1", 3, "c1", DAY, "CNY", 20_000),
        registered,
        sold,
        shift.ShiftClosed(SHIFT, "s1", 3, "c1", DAY, 9, 1, 3_699, 23_399, 23_400, 1),
    ]


def edited() -> profile_edit.MemberEdited:
    return profile_edit.MemberEdited(
        MEMBER, "s1", "c1", facts.commitment(SALT, CHANGE_BODY),
        (profile_edit.ConsentChoice("marketing", given=False),),
    )  # fmt: skip


def further_payloads() -> list[wire_facts.Payload]:
    """Kinds of a till that the morning had none of."""
    return [leases.LeaseReturned(_id(0x61), 33), edited(), returned(), redeemed(), moved(), opened()]


def moved() -> cash_drawer.CashMoved:
    """The baker is paid out of the drawer; a manager allowed it."""
    return cash_drawer.CashMoved(
        _id(0x78), "s1", 3, SHIFT, "c1", DAY, "CNY", cash_drawer.MovementKind.PAID_OUT, 4_500, "supplier", "m1"
    )


def opened() -> cash_drawer.DrawerOpened:
    return cash_drawer.DrawerOpened(_id(0x79), "s1", 3, "m1", DAY, "换零钱", SHIFT)


def sold() -> sale.SaleConfirmed:
    """The morning's sale."""
    return next(payload for payload in payloads() if isinstance(payload, sale.SaleConfirmed))


def returned() -> SaleReturned:
    """One of its two bottles of milk comes back on the next day."""
    opened = shift.ShiftOpened(_id(0xE2), "s1", 3, "c1", date(2026, 11, 25), "CNY", 20_000)
    slip = ReturnSlip(_id(0x71), opened, opened.business_date, "defective", "m1", 43, "208H44RM2MB1E60SB")
    record = take_back(sold(), (), {1: 1_000}, slip, ReturnRules())
    return with_lots(sold(), (), record, [_id(0x72), _id(0x73)])


def redeemed() -> RewardRedeemed:
    """A mug for points, out of what the till was lent."""
    lot = member.Lot(_id(0x55), 300, date(2027, 12, 31))
    uses = (leases.LeaseUse(_id(0x75), 1),)
    return RewardRedeemed(
        _id(0x74),
        MEMBER,
        "mug",
        RewardKind.GOODS,
        "p-mug",
        1,
        300,
        "s1",
        3,
        SHIFT,
        "c1",
        43,
        DAY,
        7,
        False,
        (lot,),
        uses,
    )


def valuables() -> dict[str, wire_facts.Payload]:
    """Money paid in, and what head office does about stored value and coupons, by kind."""
    bonus = stored_value_ledger.BonusLot(_id(0x61), 1_000, date(2027, 11, 24))
    cash = sale.Payment(_id(0x62), sale.TenderKind.CASH, sale.PaymentState.CAPTURED, 10_000, 10_000)
    coupon = coupon_facts.IssuedCoupon(_id(0x64), DAY, date(2026, 12, 23), MEMBER)
    return {
        "stored_value.loaded": stored_value_facts.StoredValueLoaded(
            _id(0x61), MEMBER, "s1", 3, SHIFT, "c1", DAY, "CNY", 10_000, (cash,), 7, (bonus,), _id(0x67)
        ),
        "stored_value.corrected": stored_value_facts.StoredValueCorrected(
            _id(0x63), MEMBER, stored_value_ledger.EntryKind.CORRECTION, DAY, "counted twice", "li", -500
        ),
        "coupon.issued": coupon_facts.CouponIssued(_id(0x65), "fifty-off", DAY, "li", (coupon,)),
        "coupon.voided": coupon_facts.CouponVoided((_id(0x64),), "printed wrongly", "li"),
        "gift.stocked": GiftStocked(_id(0x76), "s1", "mug", 20, DAY, "delivered", "li"),
    }


def value_docs() -> list[messages.RowMessage]:
    """An account with a purchase of 22.00 that took 2.00 of the bonus, a coupon that was used, a receipt, and mugs."""
    account = stored_value_facts.account_id(MEMBER)
    lot = (_id(0x61), date(2027, 11, 24))
    stored_value = state.StoredValueDoc(
        id=account,
        member_id=MEMBER,
        principal_minor=8_000,
        lots=[state.BonusLotDoc(lot[0], 800, lot[1])],
        run=state.RunDoc(id=_id(0x66), on=DAY, principal_minor=-2_000, lots=[state.BonusLotDoc(lot[0], -200, lot[1])]),
        bonuses=1,
        lent=[state.LentDoc(_id(0x67), 8_800)],
    )
    coupon = state.CouponDoc(
        id=_id(0x64),
        rule="fifty-off",
        valid_from=DAY,
        valid_to=date(2026, 12, 23),
        member_id=MEMBER,
        state=CouponState.REDEEMED,
        sale_id=_id(0x51),
        version=1,
        lent=[state.LentDoc(_id(0x68), 1)],
    )
    mugs = stock_id("s1", "mug")
    gift = state.GiftDoc(id=mugs, reward="mug", units=19, lent=[state.LentDoc(_id(0x77), 1)])
    receipt = state.ReceiptDoc(code=sold().receipt_code, sale=sold(), returns=[returned()])
    return [
        messages.RowMessage("stored_value", str(account), 1_238, 4, False, state.encode(stored_value)),
        messages.RowMessage("coupon", str(coupon.id), 1_239, 0, False, state.encode(coupon)),
        messages.RowMessage("receipt", str(sold().sale_id), 1_240, 0, False, state.encode(receipt)),
        messages.RowMessage("gift", str(mugs), 1_241, 0, False, state.encode(gift)),
    ]


def chain() -> list[facts.Fact]:
    """The morning's facts, linked, hashed and signed."""
    done: list[facts.Fact] = []
    previous = facts.chain_start(INCARNATION, PUBLIC_KEY)
    for number, payload in enumerate(payloads(), start=1):
        kind, schema, body = wire_facts.encode(payload)
        hlc = (1_795_500_000_000 + number * 60_000) << 16
        id_ = _id(0x10 + number)
        hash_ = facts.fact_hash(
            id=id_,
            incarnation=INCARNATION,
            number=number,
            hlc=hlc,
            kind=kind,
            schema=schema,
            payload=body,
            previous=previous,
        )
        signature = KEY.sign(facts.head_message(INCARNATION, number, hash_))
        done.append(facts.Fact(id_, INCARNATION, number, hlc, kind, schema, body, previous, hash_, signature))
        previous = hash_
    return done


def member_doc() -> state.MemberDoc:
    return state.MemberDoc(
        id=MEMBER,
        number="9000000000000171",
        store_id="s1",
        masked_name="李**",
        phone_hash=bytes(range(16)),
        last4="2468",
        tier="basic",
        ordinal=17,
        growth=33,
        spend_month="2026-11",
        spend_month_minor=3_699,
        basis=state.BasisDoc(months=[state.MonthDoc(24_322, 3_699, 1, 33, 0, 33)]),
        lots=[state.LotDoc(_id(0x54), 33, date(2027, 12, 31))],
        terms="李雷 lilei ll",
        full=state.FullProfile(name="李雷", phone="8613800002468", birthday="05-20"),
    )


def snapshot_answer() -> messages.SnapshotAnswer:
    """Signed for the device of the other goldens."""
    answer = messages.SnapshotAnswer(
        state="ready",
        id=_id(0x5A),
        size=923_054_080,
        sha256=bytes(range(64, 96)),
        key=bytes(range(128, 160)),
        cursor=messages.Cursor(1, 1_100_003, bytes(range(8))),
        part_bytes=4_194_304,
        rows=[messages.RowMessage("staff", "c1", 12, 0, False, b'{"id":"c1"}')],
    )
    signature = KEY.sign(messages.snapshot_message(INCARNATION, answer))
    return msgspec.structs.replace(answer, signature=signature)


def predecessor() -> messages.Predecessor:
    """The server's key stands for the till's as well: the examples have one key."""
    message = messages.succession_message(_id(0x0B), 41, 8, PUBLIC_KEY)
    return messages.Predecessor(
        incarnation=_id(0x0B), receipt_number=41, z_number=8, whole=True, signature=KEY.sign(message)
    )


def certificate() -> messages.Certificate:
    unsigned = messages.Certificate(
        incarnation=INCARNATION, store_id="s1", lane=3, public_key=PUBLIC_KEY, enrolled_ms=1_795_400_000_000, epoch=1,
        receipt_number=41, z_number=8, signature=b"",
    )  # fmt: skip
    return msgspec.structs.replace(unsigned, signature=KEY.sign(messages.certificate_message(unsigned)))


def all_messages() -> dict[str, msgspec.Struct]:
    """File name → message."""
    journal = chain()
    cursor = messages.Cursor(1, 1_234, bytes(range(8)))
    product = state.ProductDoc(
        id="p-milk",
        codes=["0400000000018"],
        names={"en": "Fresh milk 950 ml", "zh_Hans": "鲜牛奶 950 ml"},
        price_minor=1_290,
        tax="food",
        category="dairy",
        rank=3,
        terms="xianniunai xnn",
    )
    return {
        "enrol-request": messages.EnrolRequest(
            code="7KQ4-M2XW-9TRB", public_key=PUBLIC_KEY, software="0.1.0", predecessor=predecessor()
        ),
        "enrol-answer": messages.EnrolAnswer(
            incarnation=INCARNATION,
            store_id="s1",
            lane=3,
            server_key=PUBLIC_KEY,
            phone_key=PHONE_KEY,
            pepper=bytes(32),
            epoch=1,
            receipt_number=41,
            z_number=8,
            certificate=certificate(),
        ),
        "again-request": messages.AgainRequest(
            certificate=certificate(),
            pepper=bytes(32),
            signature=KEY.sign(messages.again_message(messages.certificate_message(certificate()), bytes(32))),
            software="0.1.0",
        ),
        "again-answer": messages.AgainAnswer(epoch=1_795_500_000),
        "hello-request": messages.HelloRequest(incarnation=INCARNATION),
        "hello-answer": messages.HelloAnswer(nonce=NONCE, valid_s=300, server_ms=1_795_500_000_000),
        "push-request": messages.PushRequest(
            incarnation=INCARNATION,
            facts=[messages.fact_message(fact) for fact in journal],
            sides=[messages.SideMessage(2, member.PROFILE_SIDE, SALT, PROFILE_BODY)],
            software="0.1.0",
            proof=messages.Acknowledgement(
                acknowledged=0,
                hash=journal[0].previous,
                epoch=1,
                signature=KEY.sign(messages.acknowledgement_message(INCARNATION, 0, journal[0].previous, 1)),
            ),
        ),
        "push-answer": messages.PushAnswer(
            acknowledged=4,
            hash=journal[-1].hash,
            epoch=1,
            quarantined=[3],
            standing="frozen",
            signature=KEY.sign(messages.acknowledgement_message(INCARNATION, 4, journal[-1].hash, 1)),
        ),
        "pull-request": messages.PullRequest(cursor=cursor, limit=5_000),
        "pull-answer": messages.PullAnswer(
            rows=[
                messages.RowMessage("product", "p-milk", 1_235, 0, False, state.encode(product)),
                messages.RowMessage("product", "p-gone", 1_236, 0, True, b""),
                messages.RowMessage("member", str(MEMBER), 1_237, 3, False, state.encode(member_doc())),
                *value_docs(),
            ],
            cursor=messages.Cursor(1, 1_241, bytes(range(8, 16))),
            more=False,
            acknowledged=4,
            behind=7,
        ),
        "snapshot-request": messages.SnapshotRequest(wanted=_id(0x5A)),
        "snapshot-answer": snapshot_answer(),
        **lease_messages(),
        "problem-gap": messages.Problem(
            type="/problems/gap",
            title="A fact is missing",
            status=409,
            detail="Send from number 3.",
            expected=3,
        ),
        "problem-unsupported-version": messages.Problem(
            type="/problems/unsupported-version",
            title="The request is of another version",
            status=400,
            detail="This server speaks version 1 and 2.",
            supported=(1, 2),
        ),
    }


def lease_messages() -> dict[str, msgspec.Struct]:
    """A lease of points: asked for, answered, and shown again after a restore. The server's key is ``KEY`` too."""
    points = Resource(ResourceKind.POINTS, str(MEMBER))
    lots = (leases.LentLot(_id(0x54), 33, date(2027, 12, 31)),)
    doc = wire_leases.encode(leases.Lease(_id(0x61), INCARNATION, points, 33, lots, 1))
    signature = KEY.sign(leases.lease_message(doc))
    return {
        "lease-request": messages.LeaseRequest(id=_id(0x61), kind="points", key=str(MEMBER), amount=200),
        "lease-answer": messages.LeaseAnswer(lease=doc, signature=signature),
        "declare-request": messages.DeclareRequest(epoch=2, leases=[messages.SignedLease(doc, signature)]),
        "declare-answer": messages.DeclareAnswer(epoch=2),
    }


def signed_request() -> dict[str, str]:
    """The headers' signature for the push request of the goldens, sent uncompressed."""
    body = messages.encode(all_messages()["push-request"])
    message = messages.request_message("POST", "/v1/push", NONCE, hashlib.sha256(body).digest())
    return {
        "private_key": bytes(range(32)).hex(),
        "public_key": PUBLIC_KEY.hex(),
        "nonce": NONCE.hex(),
        "body_sha256": hashlib.sha256(body).hexdigest(),
        "signed": message.hex(),
        "signature": KEY.sign(message).hex(),
    }


def encoded(message: msgspec.Struct) -> bytes:
    if isinstance(message, messages.Problem):
        return messages.encode_problem(message)
    return messages.encode(message)


def files() -> dict[str, bytes]:
    """Golden file name → content. ``.json`` beside a binary is for human eyes."""
    golden: dict[str, bytes] = {"signed-request.json": _readable(signed_request())}
    for name, message in all_messages().items():
        if isinstance(message, messages.Problem):
            golden[f"{name}.json"] = encoded(message)
            continue
        golden[f"{name}.msgpack"] = encoded(message)
        golden[f"{name}.readable.json"] = _readable(msgspec.msgpack.decode(encoded(message)))
    retold = wire_facts.encode(FactRetold.of(chain()[2]))
    golden[f"payload-{retold[0]}-{retold[1]}.json"] = retold[2]
    for fact in chain():
        golden[f"payload-{fact.kind}-{fact.schema}.json"] = fact.payload
    for name, payload in valuables().items():
        golden[f"payload-{name}-1.json"] = wire_facts.encode(payload)[2]
    golden["side-profile.json"] = PROFILE_BODY
    golden["side-profile-change.json"] = CHANGE_BODY
    for payload in further_payloads():
        kind, schema, body = wire_facts.encode(payload)
        golden[f"payload-{kind}-{schema}.json"] = body
    return golden


def _readable(value: object) -> bytes:
    def plain(item: object) -> object:
        if isinstance(item, bytes):
            try:
                return json.loads(item)
            except ValueError:
                return item.hex()
        raise TypeError(type(item).__name__)

    return json.dumps(value, ensure_ascii=False, indent=1, default=plain).encode() + b"\n"


def main() -> None:
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, content in files().items():
        (GOLDEN / name).write_bytes(content)


if __name__ == "__main__":
    main()
