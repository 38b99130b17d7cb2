"""The bytes that other people's tills rely on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared_models.domain import facts
from shared_models.wire import facts as wire_facts
from shared_models.wire import messages
from tests.shared_models.wire import examples

FILES = examples.files()
MESSAGES = {k: v for k, v in examples.all_messages().items() if not isinstance(v, messages.Problem)}


@pytest.mark.parametrize("name", sorted(FILES))
def test_bytes_have_not_changed(name: str) -> None:
    assert (examples.GOLDEN / name).read_bytes() == FILES[name]


def test_there_is_no_golden_without_an_example() -> None:
    assert {path.name for path in examples.GOLDEN.iterdir()} == set(FILES)


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_message_reads_back_as_it_was(name: str) -> None:
    body = (examples.GOLDEN / f"{name}.msgpack").read_bytes()
    assert messages.decode(body, type(MESSAGES[name])) == MESSAGES[name]


@pytest.mark.parametrize("name", sorted(MESSAGES))
def test_a_field_of_a_later_version_is_skipped(name: str) -> None:
    fields = msgspec.msgpack.decode((examples.GOLDEN / f"{name}.msgpack").read_bytes())
    body = msgspec.msgpack.encode({**fields, "of_tomorrow": [1, {"a": None}]})
    assert messages.decode(body, type(MESSAGES[name])) == MESSAGES[name]


def test_every_kind_of_a_till_has_a_golden() -> None:
    written = {(fact.kind, fact.schema) for fact in examples.chain()} | {(kind, 1) for kind in examples.valuables()}
    written |= {wire_facts.encode(payload)[:2] for payload in examples.further_payloads()}
    by_the_server = {
        "catalogue.imported", "programme.published", "segment.published", "device.enrolled", "device.revoked",
        "device.retired", "device.frozen", "device.written_off", "fact.solved", "epoch.raised", "lease.granted",
        "lease.written_off", "members.linked", "members.joined", "members.parted", "member.rewarded",
    }  # fmt: skip
    assert {kind for kind in wire_facts.KINDS if kind[0] not in by_the_server} == written | {("fact.retold", 1)}


def test_payloads_read_back_and_are_not_encoded_again() -> None:
    for fact, payload in zip(examples.chain(), examples.payloads(), strict=True):
        assert wire_facts.decode(fact) == payload
        assert (examples.GOLDEN / f"payload-{fact.kind}-{fact.schema}.json").read_bytes() == fact.payload


def test_the_chain_holds_and_each_signature_vouches_for_its_head() -> None:
    key = Ed25519PublicKey.from_public_bytes(examples.PUBLIC_KEY)
    previous = facts.chain_start(examples.INCARNATION, examples.PUBLIC_KEY)
    for number, fact in enumerate(examples.chain(), start=1):
        facts.check_link(fact, previous, number)
        key.verify(fact.signature, facts.head_message(fact.incarnation, fact.number, fact.hash))
        previous = fact.hash


FORGED: dict[str, Callable[[facts.Fact], facts.Fact]] = {
    "payload": lambda fact: replace(fact, payload=b"{}"),
    "number": lambda fact: replace(fact, number=2),
    "hlc": lambda fact: replace(fact, hlc=1),
    "kind": lambda fact: replace(fact, kind="sale.voided"),
    "schema": lambda fact: replace(fact, schema=2),
    "previous": lambda fact: replace(fact, previous=bytes(32)),
    "id": lambda fact: replace(fact, id=examples.MEMBER),
    "incarnation": lambda fact: replace(fact, incarnation=examples.MEMBER),
    "hash": lambda fact: replace(fact, hash=bytes(32)),
}


@pytest.mark.parametrize("field", sorted(FORGED))
def test_no_field_can_be_changed_unnoticed(field: str) -> None:
    fact = examples.chain()[0]
    with pytest.raises(facts.BrokenChain):
        facts.check_link(FORGED[field](fact), fact.previous, 1)


def test_the_hash_is_what_the_protocol_page_says() -> None:
    """Computed here by hand, so that page and code can't drift apart."""
    fact = examples.chain()[2]
    kind = fact.kind.encode()
    by_hand = hashlib.sha256(
        b"tillpoint.fact.1\0"
        + fact.id.bytes
        + fact.incarnation.bytes
        + fact.number.to_bytes(8)
        + fact.hlc.to_bytes(8)
        + fact.schema.to_bytes(2)
        + len(kind).to_bytes(1)
        + kind
        + hashlib.sha256(fact.payload).digest()
        + fact.previous
    ).digest()
    assert by_hand == fact.hash


def test_a_signed_request_holds_only_for_its_own_body() -> None:
    example = examples.signed_request()
    key = Ed25519PublicKey.from_public_bytes(examples.PUBLIC_KEY)
    key.verify(bytes.fromhex(example["signature"]), bytes.fromhex(example["signed"]))
    other = messages.request_message("POST", "/v1/push", examples.NONCE, bytes(32))
    with pytest.raises(InvalidSignature):
        key.verify(bytes.fromhex(example["signature"]), other)


def test_a_payload_of_tomorrow_keeps_its_known_fields() -> None:
    fact = examples.chain()[0]
    longer = replace(fact, payload=fact.payload[:-1] + b',"of_tomorrow":1}')
    assert wire_facts.decode(longer) == examples.payloads()[0]


@pytest.mark.parametrize("payload", [b"", b"\xff", b"[]", b'{"shift_id":1}', b"<html></html>"])
def test_an_unreadable_payload_is_typed(payload: bytes) -> None:
    with pytest.raises(wire_facts.Undecodable):
        wire_facts.decode(replace(examples.chain()[0], payload=payload))


def test_an_unknown_kind_is_typed() -> None:
    with pytest.raises(wire_facts.Undecodable, match=r"doesn't know moon\.landed"):
        wire_facts.decode(replace(examples.chain()[0], kind="moon.landed"))


@pytest.mark.parametrize("body", [b"", b"\xc1", b"<html>login</html>", b"\x91" * 5_000, b"\x80", b"\xff" * 64])
def test_garbage_is_a_bad_message(body: bytes) -> None:
    with pytest.raises(messages.BadMessage):
        messages.decode(body, messages.PushRequest)
    with pytest.raises(messages.BadMessage):
        messages.decode_problem(body)


def test_a_commitment_says_nothing_without_its_salt() -> None:
    body = examples.PROFILE_BODY
    assert facts.commitment(bytes(32), body) != facts.commitment(examples.SALT, body)
    with pytest.raises(ValueError, match="32 bytes"):
        facts.commitment(b"short", body)
