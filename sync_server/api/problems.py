"""Refusals of the protocol, as problem documents (RFC 9457). Their codes are listed in ``docs/protocol.md``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared_models.wire.messages import PROBLEM_MEDIA_TYPE, Problem, encode_problem

_STATUS = {
    "bad-message": (400, "The request can't be read"),
    "unsupported-version": (400, "The request is of another version"),
    "too-large": (413, "The request is too large"),
    "nonce-expired": (401, "The nonce is no longer good"),
    "signature-invalid": (401, "The signature doesn't fit"),
    "device-unknown": (401, "The device isn't known"),
    "device-revoked": (403, "The device was revoked"),
    "code-invalid": (403, "The enrolment code isn't good"),
    "not-lendable": (409, "Nothing of this is lent now"),
    "not-declared": (409, "Nothing is lent before all tills have declared"),
    "gap": (409, "Facts are missing before these"),
    "broken-chain": (409, "The chain of facts is broken"),
    "forked": (409, "Another journal used this number"),
    "cursor-unknown": (409, "The cursor is from another past"),
    "not-found": (404, "There is nothing here"),
    "method-not-allowed": (405, "This can't be asked that way"),
    "internal": (500, "The server couldn't do it"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """``headers`` in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Refused(Exception):
    """A request that is answered with ``problem``."""

    def __init__(
        self,
        code: str,
        detail: str = "",
        *,
        expected: int | None = None,
        number: int | None = None,
        epoch: int | None = None,
        supported: tuple[int, ...] = (),
    ) -> None:
        status, title = _STATUS[code]
        self.problem = Problem(
            type=f"/problems/{code}",
            title=title,
            status=status,
            detail=detail,
            expected=expected,
            number=number,
            epoch=epoch,
            supported=supported,
        )
        super().__init__(f"{code}: {detail or title}")


def answer_to(refused: Refused) -> Answer:
    body = encode_problem(refused.problem)
    return Answer(refused.problem.status, {"content-type": PROBLEM_MEDIA_TYPE}, body)
