"""The kinds of facts and the JSON text of their payloads.

A kind's schema number goes up when a field changes its meaning. New optional fields don't raise it: old readers skip
them, and the payload's bytes are kept as they came.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from shared_models.domain import (
    administration,
    cash_drawer,
    coupon_facts,
    facts,
    leases,
    member,
    member_links,
    profile_edit,
    retold,
    return_record,
    reward_facts,
    sale,
    shift,
    stored_value_facts,
)

Payload: TypeAlias = (
    member.MemberRegistered
    | sale.SaleConfirmed
    | return_record.SaleReturned
    | shift.ShiftOpened
    | shift.ShiftClosed
    | administration.CatalogueImported
    | administration.ProgrammePublished
    | administration.DeviceEnrolled
    | administration.DeviceRevoked
    | administration.SegmentPublished
    | profile_edit.MemberEdited
    | member_links.MembersLinked
    | member_links.MembersJoined
    | member_links.MembersParted
    | member_links.MemberRewarded
    | administration.DeviceRetired
    | administration.DeviceFrozen
    | administration.DeviceWrittenOff
    | administration.FactSolved
    | administration.EpochRaised
    | retold.FactRetold
    | leases.LeaseReturned
    | leases.LeaseGranted
    | leases.LeaseWrittenOff
    | stored_value_facts.StoredValueLoaded
    | stored_value_facts.StoredValueCorrected
    | coupon_facts.CouponIssued
    | coupon_facts.CouponVoided
    | reward_facts.RewardRedeemed
    | reward_facts.GiftStocked
    | cash_drawer.CashMoved
    | cash_drawer.DrawerOpened
)

KINDS: dict[tuple[str, int], type[Payload]] = {
    ("shift.opened", 1): shift.ShiftOpened,
    ("sale.confirmed", 1): sale.SaleConfirmed,
    ("sale.returned", 1): return_record.SaleReturned,
    ("member.registered", 1): member.MemberRegistered,
    ("shift.closed", 1): shift.ShiftClosed,
    ("catalogue.imported", 1): administration.CatalogueImported,
    ("programme.published", 1): administration.ProgrammePublished,
    ("device.enrolled", 1): administration.DeviceEnrolled,
    ("device.revoked", 1): administration.DeviceRevoked,
    ("segment.published", 1): administration.SegmentPublished,
    ("member.edited", 1): profile_edit.MemberEdited,
    ("members.linked", 1): member_links.MembersLinked,
    ("members.joined", 1): member_links.MembersJoined,
    ("members.parted", 1): member_links.MembersParted,
    ("member.rewarded", 1): member_links.MemberRewarded,
    ("device.retired", 1): administration.DeviceRetired,
    ("device.frozen", 1): administration.DeviceFrozen,
    ("device.written_off", 1): administration.DeviceWrittenOff,
    ("fact.solved", 1): administration.FactSolved,
    ("epoch.raised", 1): administration.EpochRaised,
    ("fact.retold", 1): retold.FactRetold,
    ("lease.returned", 1): leases.LeaseReturned,
    ("lease.granted", 1): leases.LeaseGranted,
    ("lease.written_off", 1): leases.LeaseWrittenOff,
    ("stored_value.loaded", 1): stored_value_facts.StoredValueLoaded,
    ("stored_value.corrected", 1): stored_value_facts.StoredValueCorrected,
    ("coupon.issued", 1): coupon_facts.CouponIssued,
    ("coupon.voided", 1): coupon_facts.CouponVoided,
    ("reward.redeemed", 1): reward_facts.RewardRedeemed,
    ("gift.stocked", 1): reward_facts.GiftStocked,
    ("cash.moved", 1): cash_drawer.CashMoved,
    ("drawer.opened", 1): cash_drawer.DrawerOpened,
}
_NAMES = {type_: name for name, type_ in KINDS.items()}
_DECODERS = {name: msgspec.json.Decoder(type_) for name, type_ in KINDS.items()}
_ENCODER = msgspec.json.Encoder(decimal_format="string", uuid_format="canonical")


class Undecodable(Exception):
    """A payload of an unknown kind or schema, or one that isn't what its kind says. The fact is kept whole."""

    def __init__(self, fact: facts.Fact, why: str) -> None:
        super().__init__(f"Fact {fact.number} of device {fact.incarnation} can't be read: {why}.")
        self.fact = fact
        self.why = why


def encode(payload: Payload) -> tuple[str, int, bytes]:
    """Kind, schema and the payload's bytes, which from here on are never encoded again."""
    kind, schema = _NAMES[type(payload)]
    return kind, schema, _ENCODER.encode(payload)


def decode(fact: facts.Fact) -> Payload:
    """Read a fact's payload; raise ``Undecodable``."""
    decoder = _DECODERS.get((fact.kind, fact.schema))
    if decoder is None:
        raise Undecodable(fact, f"this version doesn't know {fact.kind} {fact.schema}")
    try:
        return decoder.decode(fact.payload)
    except msgspec.ValidationError as error:
        raise Undecodable(fact, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Undecodable(fact, f"it isn't JSON ({error})") from error


def encode_profile(profile: member.Profile) -> bytes:
    """The body of the side record ``profile``."""
    return _ENCODER.encode(profile)


def decode_profile(body: bytes) -> member.Profile:
    """Read the body of the side record ``profile``; raise ``msgspec.DecodeError`` if it isn't one."""
    return msgspec.json.decode(body, type=member.Profile)


def encode_change(change: profile_edit.ProfileChange) -> bytes:
    """The body of the side record ``profile`` of an edit: the changed fields only."""
    return _ENCODER.encode(change.changed())


def decode_change(body: bytes) -> profile_edit.ProfileChange:
    """Read it; raise ``msgspec.DecodeError`` if it isn't one."""
    return msgspec.json.decode(body, type=profile_edit.ProfileChange)
