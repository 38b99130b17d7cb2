"""Who stands behind the till: choose a name, then the PIN. Works offline; wrong PINs are counted durably."""

from __future__ import annotations

import hmac
from typing import Final

from pos_client.app.counter import Counter
from pos_client.app.refusals import LockedOut, SaleIsOpen, ShiftOfAnother, UnknownStaff, WrongPin
from pos_client.app.views import StaffView
from pos_client.store.sign_in_attempts import Attempts, SignInAttempts
from shared_models.domain.staff import Role
from shared_models.wire.pin import pin_hash, verifier
from shared_models.wire.state import StaffDoc

FREE_TRIES: Final = 5
FIRST_LOCK_MS: Final = 30_000
LONGEST_LOCK_MS: Final = 3_600_000


class SignIn:
    def __init__(self, counter: Counter, attempts: SignInAttempts) -> None:
        self._counter = counter
        self._attempts = attempts

    def staff(self) -> tuple[StaffView, ...]:
        return tuple(_view(doc) for doc in self._counter.books.shop.staff())

    def sign_in(self, staff_id: str, pin: str) -> StaffView:
        view = self.verified(staff_id, pin)
        self._check_shift(view)
        self._counter.signed_in = view
        return view

    def verified(self, staff_id: str, pin: str) -> StaffView:
        """Who it is, if the PIN is theirs: to sign in, or to approve.

        The attempt counts as a wrong one, durably, before it is looked at: switching off doesn't help a guesser.
        """
        doc = self._counter.books.shop.staff_member(staff_id)
        if doc is None:
            raise UnknownStaff
        now_ms = self._counter.machine.clock.now_ms()
        before = self._attempts.of(staff_id)
        self._check_lock(staff_id, before, now_ms)
        failed = _after_failure(before, now_ms)
        self._attempts.record(staff_id, failed)
        expected = verifier(self._counter.secrets.pepper, pin_hash(pin, doc.salt))
        if not hmac.compare_digest(expected, doc.verifier):
            if failed.locked_until_ms > now_ms:
                raise LockedOut((failed.locked_until_ms - now_ms) // 1_000)
            raise WrongPin(FREE_TRIES - failed.failures)
        self._attempts.forget(staff_id)
        return _view(doc)

    def sign_out(self) -> None:
        if not self._counter.sale.is_empty:
            raise SaleIsOpen
        self._counter.signed_in = None

    def lock(self) -> None:
        self._counter.signed_in = None

    def _check_lock(self, staff_id: str, before: Attempts, now_ms: int) -> None:
        """A lock ends after its time, wherever the clock was when it began: one set back starts it anew, no longer."""
        left_ms = before.locked_until_ms - now_ms
        if left_ms <= 0:
            return
        if left_ms > _lock_ms(before.failures):
            left_ms = _lock_ms(before.failures)
            self._attempts.record(staff_id, Attempts(before.failures, now_ms + left_ms))
        raise LockedOut(-(-left_ms // 1_000))

    def _check_shift(self, view: StaffView) -> None:
        shift = self._counter.books.journal.shifts.current()
        if shift is None or shift.cashier_id == view.id or view.role.covers(Role.MANAGER):
            return
        owner = self._counter.books.shop.staff_member(shift.cashier_id)
        raise ShiftOfAnother(name=owner.name if owner else shift.cashier_id)


def _after_failure(before: Attempts, now_ms: int) -> Attempts:
    failures = before.failures + 1
    if failures < FREE_TRIES:
        return Attempts(failures)
    return Attempts(failures, now_ms + _lock_ms(failures))


def _lock_ms(failures: int) -> int:
    return min(FIRST_LOCK_MS << min(max(0, failures - FREE_TRIES), 16), LONGEST_LOCK_MS)


def _view(doc: StaffDoc) -> StaffView:
    """Somebody whose role this version doesn't know may do what a cashier may."""
    role = Role(doc.role) if doc.role in tuple(Role) else Role.CASHIER
    return StaffView(doc.id, doc.name, role, doc.language)
