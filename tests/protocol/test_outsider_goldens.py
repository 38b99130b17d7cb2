"""The outsider's own arithmetic gives the bytes of the examples, and uses none of ours."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.protocol import outsider, outsider_journal
from tests.protocol.outsider import Till

GOLDEN = Path(__file__).parents[2] / "shared_models" / "wire" / "golden" / "v1"
KEY = json.loads((GOLDEN / "signed-request.json").read_bytes())
PUSH = msgspec.msgpack.decode((GOLDEN / "push-request.msgpack").read_bytes())


def test_nothing_of_ours_is_imported() -> None:
    allowed = {"cryptography", "msgspec", "zstandard", *sys.stdlib_module_names}
    for module in (outsider, outsider_journal):
        tree = ast.parse(Path(module.__file__ or "").read_text("utf-8"))
        plain = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
        named = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = {name for name in (*plain, *named) if name != outsider_journal.__name__}
        assert {name.partition(".")[0] for name in names} <= allowed


def test_chain_hashes_and_signatures() -> None:
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEY["private_key"]))
    incarnation = UUID(PUSH["incarnation"])
    previous = outsider_journal.genesis(incarnation, key.public_key().public_bytes_raw())
    for row in PUSH["facts"]:
        number, id_, hlc, kind, schema, payload = row[:6]
        fact = outsider_journal.Fact(number, UUID(id_), hlc, kind, schema, payload, previous)
        assert fact.seal(incarnation, key).row() == row
        previous = fact.hash
    assert len(PUSH["facts"]) == 4


def test_a_side_record_is_the_one_committed_to() -> None:
    ((number, name, salt, body),) = PUSH["sides"]
    payload = json.loads(PUSH["facts"][number - 1][5])
    assert payload[name] == outsider_journal.b64(outsider_journal.commitment(salt, body))


def test_a_signed_request() -> None:
    body = (GOLDEN / "push-request.msgpack").read_bytes()
    assert hashlib.sha256(body).hexdigest() == KEY["body_sha256"]
    till = Till.__new__(Till)
    till.key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(KEY["private_key"]))
    till.nonce = bytes.fromhex(KEY["nonce"])
    assert till.key.sign(till.to_sign("push", body)).hex() == KEY["signature"]


def test_points_of_the_sale() -> None:
    """300 are spent and 33 earned: what the row of the golden page holds."""
    sale = json.loads((GOLDEN / "payload-sale.confirmed-1.json").read_bytes())
    page = msgspec.msgpack.decode((GOLDEN / "pull-answer.msgpack").read_bytes())
    member = json.loads(next(row[5] for row in page["rows"] if row[0] == "member"))
    before: list[Any] = [["old", 300, sale["business_date"]]]
    assert outsider_journal.after_sale((before, 0), sale) == (member["lots"], 0)
