"""What can't be done with stored value, and what to do instead."""

from __future__ import annotations

from shared_models.domain.errors import DomainError
from shared_models.domain.text import N_


class StoredValueRefused(DomainError):
    """Stored value that can't be moved. The subclasses say why."""

    code = "stored_value_refused"
    template = N_("This can't be done with stored value.")


class SumNotPositive(StoredValueRefused):
    code = "sum_not_positive"
    template = N_("The sum must be above zero.")


class StoredValueFrozen(StoredValueRefused):
    code = "stored_value_frozen"
    template = N_("This stored value is frozen. Take another payment, or have it unfrozen at the service desk.")


class LoadTooLarge(StoredValueRefused):
    code = "load_too_large"
    template = N_("At most {most} can be loaded at once. Load less.")


class BalanceTooLarge(StoredValueRefused):
    code = "balance_too_large"
    template = N_("This load would bring the balance to {balance}, and at most {most} is allowed. Load less.")


class NotEnoughStoredValue(StoredValueRefused):
    code = "not_enough_stored_value"
    template = N_("Only {left} of stored value can be spent. Take less, or split the payment.")


class MoreThanPrincipal(StoredValueRefused):
    code = "more_than_principal"
    template = N_("At most {left} can be paid out, because bonus never is. Pay out less.")


class MoreThanWasSpent(StoredValueRefused):
    code = "more_than_was_spent"
    template = N_("Of this purchase only {left} can still go back to stored value. Give back less.")


class LoadNotWhole(StoredValueRefused):
    code = "load_not_whole"
    template = N_("This load was reversed or partly spent. Pay out what is left instead.")


class NotInLedger(StoredValueRefused):
    code = "not_in_ledger"
    template = N_("This stored value has no such load or purchase. Check the receipt and the member.")
