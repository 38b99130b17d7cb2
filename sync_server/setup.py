"""Setting a shop up: what commands, the importer and head office call. One transaction a call or chunk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import islice
from typing import TypeVar
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from msgspec import Struct
from sqlalchemy import func, select

from shared_models.domain.administration import CatalogueImported, ProgrammePublished
from shared_models.domain.facts import SALT_BYTES, Side, commitment
from shared_models.domain.member import PROFILE_SIDE, MemberRegistered, Profile
from shared_models.domain.programme import from_plain
from shared_models.domain.spending_rules import ResourceKind
from shared_models.domain.staff import Role
from shared_models.orm.server import price_change, product, staff, store, user
from shared_models.orm.server import programme as programme_table
from shared_models.wire.facts import encode_profile
from shared_models.wire.pin import SALT_BYTES as PIN_SALT_BYTES
from shared_models.wire.pin import pin_hash
from shared_models.wire.state import ProductDoc, StoreDoc
from shared_models.wire.state import encode as encode_doc
from sync_server import enrolment, lending, roles
from sync_server.act import Act, FeedRow
from sync_server.errors import BadInput
from sync_server.feed import staff_place
from sync_server.ingest.server_device import ServerDevice
from sync_server.server import Server
from sync_server.store.statements import put

PRODUCT_CHUNK = 5_000
MEMBER_CHUNK = 500
SHORTEST_PIN = 4
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200

Item = TypeVar("Item")


class _StaffPublic(Struct, frozen=True, kw_only=True):
    """All of a ``StaffDoc`` but the verifier, which each device gets its own of."""

    id: str
    name: str
    role: str
    salt: bytes
    language: str


class NewMember(Struct, frozen=True, kw_only=True):
    """A member to take over. ``made_up`` marks people who don't exist."""

    member_id: UUID
    number: str
    store_id: str
    notice_version: str
    consents: tuple[str, ...]
    source: str
    registered_on: date
    made_up: bool = False


def stored_store(server: Server, store_id: str) -> StoreDoc | None:
    with server.reading() as connection:
        doc = connection.scalar(select(store.c.doc).where(store.c.id == store_id))
    return None if doc is None else msgspec.json.decode(bytes(doc), type=StoreDoc)


def create_store(server: Server, doc: StoreDoc) -> None:
    """Create a store, or change what its receipts say."""
    body = encode_doc(doc)
    with server.acting() as act:
        put(act.connection, store, [{"id": doc.id, "doc": body}])
        act.publish(FeedRow("store", doc.id, body, store_id=doc.id))


def save_staff(
    server: Server, staff_id: str, store_id: str, name: str, role: str, pin: str, language: str = ""
) -> None:
    """Create somebody who works at a till, or change them and their PIN (digits only).

    Raise ``BadInput`` for a bad PIN, an unknown role, or somebody of another store: that store's tills would keep them.
    """
    if not (pin.isascii() and pin.isdigit() and len(pin) >= SHORTEST_PIN):
        raise BadInput(f"A PIN has at least {SHORTEST_PIN} digits and nothing else.")
    role = _role(role, Role)
    salt = server.ports.randomness.secret(PIN_SALT_BYTES)
    hashed = pin_hash(pin, salt)
    sealed = server.sealer.seal(hashed, b"staff.pin." + staff_id.encode())
    row = {
        "id": staff_id, "store_id": store_id, "name": name, "role": role, "language": language, "salt": salt,
        "pin_sealed": sealed,
    }  # fmt: skip
    public = _StaffPublic(id=staff_id, name=name, role=role, salt=salt, language=language)
    with server.acting() as act:
        home = act.connection.scalar(select(staff.c.store_id).where(staff.c.id == staff_id))
        if home not in (None, store_id):
            raise BadInput(f"{staff_id} works in store {home}. Give them another id in store {store_id}.")
        put(act.connection, staff, [row])
        act.publish(
            FeedRow(
                "staff",
                staff_id,
                msgspec.json.encode(public),
                store_id=store_id,
                sealed=server.sealer.seal(hashed, staff_place(staff_id)),
            )
        )


def save_user(server: Server, name: str, password: str, role: str, language: str = "") -> None:
    """Create somebody who signs in at head office, or change them and their password."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise BadInput(f"A password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters.")
    salt = server.ports.randomness.secret(16)
    row = {
        "name": name, "password_hash": PasswordHasher().hash(password, salt=salt), "role": _role(role, roles.Role),
        "language": language,
    }  # fmt: skip
    with server.acting() as act:
        put(act.connection, user, [row])


def has_users(server: Server) -> bool:
    with server.reading() as connection:
        return bool(connection.scalar(select(func.count()).select_from(user)))


def import_products(server: Server, products: Iterable[ProductDoc]) -> int:
    """Create or change products, ``PRODUCT_CHUNK`` a transaction; return how many. The last one records the
    import. Of two with the same id the later one counts."""
    count = 0
    digest = hashlib.sha256()
    for chunk in _chunks(products, PRODUCT_CHUNK):
        with server.acting() as act:
            latest = {doc.id: doc for doc in chunk}
            _note_prices(act, latest)
            put(act.connection, product, [_product_row(doc) for doc in latest.values()])
            for doc in chunk:
                body = encode_doc(doc)
                digest.update(body)
                act.publish(FeedRow("product", doc.id, body))
        count += len(chunk)
    with server.acting() as act:
        ServerDevice(server).record(act, CatalogueImported(count, digest.digest()))
    return count


def import_members(server: Server, members: Iterable[tuple[NewMember, Profile]]) -> int:
    """Register members as facts of the server's own device, ``MEMBER_CHUNK`` a transaction; return how many.

    ``Profile.phone`` must be normalised (``domain.phone.normalise``).
    """
    count = 0
    for chunk in _chunks(members, MEMBER_CHUNK):
        payloads = [_registration(server, new, profile) for new, profile in chunk]
        with server.acting() as act:
            taken = ServerDevice(server).record_all(act, payloads)
            if taken.quarantined:
                raise BadInput("A member to import holds a figure or text that can't be stored. Check the source.")
        count += len(chunk)
    return count


def publish_programme(server: Server, plain: object) -> int:
    """Check a programme document and give it to the tills; return its version.

    It is in force from its ``valid_from`` on, in each store's zone. Until then tills hold it beside the current one, so
    that they change over in time without a connection.

    Raise ``BadProgramme`` naming the wrong field, or ``BadInput`` if the version isn't above the current one.
    """
    programme = from_plain(plain, strict=True)
    body = msgspec.json.encode(plain)
    with server.acting() as act:
        current = act.connection.scalar(select(func.max(programme_table.c.version)))
        if current is not None and programme.version <= current:
            raise BadInput(f"Programme {current} is in force. Give the new one a higher version.")
        act.connection.execute(
            programme_table.insert().values(version=programme.version, published_ms=act.now_ms, doc=body)
        )
        ServerDevice(server).record(act, ProgrammePublished(programme.version, hashlib.sha256(body).digest()))
        if programme.valid_from <= server.today():
            act.publish(FeedRow("programme", "current", body))
            return programme.version
        now = server.programme(act.connection).version
        current = act.connection.scalar(select(programme_table.c.doc).where(programme_table.c.version == now))
        act.publish(FeedRow("programme", "current", bytes(current or body)))
        act.publish(FeedRow("programme", "next", body))
    return programme.version


def new_enrolment_code(server: Server, store_id: str, lane: int, valid_s: int = 3_600) -> str:
    """A one-time code for a till of the lane, as it is to be typed; good for ``valid_s`` seconds."""
    return enrolment.create_code(server, store_id, lane, valid_s)


def revoke(server: Server, incarnation: UUID) -> None:
    """Give a device nothing more. What it still has to tell is taken, with an alert."""
    enrolment.revoke(server, incarnation)


def write_off(server: Server, incarnation: UUID) -> dict[ResourceKind, int]:
    """Expect nothing more of a device that is lost: what it was lent ends. What it may have spent of that, by kind.

    Should it come back, what it tells is taken all the same."""
    return lending.write_off(server, incarnation)


def _registration(server: Server, new: NewMember, profile: Profile) -> tuple[MemberRegistered, list[Side]]:
    side = Side(0, PROFILE_SIDE, server.ports.randomness.secret(SALT_BYTES), encode_profile(profile))
    payload = MemberRegistered(
        member_id=new.member_id, number=new.number, store_id=new.store_id,
        profile=commitment(side.salt, side.body), notice_version=new.notice_version, consents=new.consents,
        source=new.source, registered_on=new.registered_on, made_up=new.made_up,
    )  # fmt: skip
    return payload, [side]


def _note_prices(act: Act, docs: Mapping[str, ProductDoc]) -> None:
    """Remember which prices change now, for pricing sales again."""
    known = act.connection.execute(select(product.c.id, product.c.price_minor).where(product.c.id.in_(docs)))
    changes = [
        {"product_id": row.id, "at_ms": act.now_ms, "before_minor": row.price_minor, "after_minor": after}
        for row in known
        if (after := docs[row.id].price_minor) != row.price_minor
    ]
    put(act.connection, price_change, changes)


def _product_row(doc: ProductDoc) -> dict[str, object]:
    name = doc.names.get("zh_Hans") or next(iter(doc.names.values()), doc.id)
    return {
        "id": doc.id, "name": name, "category": doc.category, "brand": doc.brand, "price_minor": doc.price_minor,
        "unit": doc.unit,
    }  # fmt: skip


def _role(name: str, known: type[Role] | type[roles.Role]) -> str:
    try:
        return known(name).value
    except ValueError as error:
        raise BadInput(f"There is no role {name}. Roles are {', '.join(known)}.") from error


def _chunks(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
