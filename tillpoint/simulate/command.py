"""``tillpoint simulate``: run a plan, say what happened, write it down."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tillpoint.simulate.books import Account
from tillpoint.simulate.fleet import Outcome, simulate
from tillpoint.simulate.plan import Plan

HOLDS, BROKEN = 0, 1


def run(plan: Plan, json_path: Path | None, minutes: int = 0) -> int:
    """Simulate; print the outcome and write it as JSON. 0 if nothing was violated, 1 otherwise.

    With ``minutes`` one seed after another is run until they are over, and the outcome is that of all.
    """
    logging.getLogger("pos_client").setLevel(logging.ERROR)
    logging.getLogger("sync_server").setLevel(logging.CRITICAL)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    while not outcomes or time.monotonic() - began < 60 * minutes:
        outcomes.append(_one(replace(plan, seed=plan.seed + len(outcomes))))
    report = _report(plan, outcomes, round(time.monotonic() - began, 1))
    if len(outcomes) > 1:
        print(f"Seeds {plan.seed} to {plan.seed + len(outcomes) - 1}:")
        _print(report)
    if json_path is not None:
        json_path.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return BROKEN if report["violations"] else HOLDS


def _one(plan: Plan) -> Outcome:
    began = time.monotonic()
    print(
        f"Seed {plan.seed}: {plan.tills} tills, {plan.stores} stores, {plan.days} days, {plan.operations} operations "
        f"per till and day; faults: {', '.join(sorted(plan.faults)) or 'none'}.",
        flush=True,
    )
    outcome = simulate(plan)
    _print(_report(plan, [outcome], round(time.monotonic() - began, 1)))
    return outcome


def _report(plan: Plan, outcomes: list[Outcome], seconds: float) -> dict[str, object]:
    accounts = [outcome.account for outcome in outcomes]
    faults: Counter[str] = Counter()
    for outcome in outcomes:
        faults.update(outcome.faults)
    return {
        "seed": plan.seed,
        "facts": sum(account.facts for account in accounts),
        "sales": sum(account.sales for account in accounts),
        "returns": sum(account.returns for account in accounts),
        "points_earned": sum(account.points_earned for account in accounts),
        "points_redeemed": sum(account.points_redeemed for account in accounts),
        "faults": dict(sorted(faults.items())),
        "violations": _violations(plan.seed, accounts),
        "state_hash": _state_hash(accounts),
        "seconds": seconds,
    }


def _violations(first_seed: int, accounts: list[Account]) -> list[str]:
    if len(accounts) == 1:
        return accounts[0].violations
    return [f"seed {seed}: {one}" for seed, account in enumerate(accounts, first_seed) for one in account.violations]


def _state_hash(accounts: list[Account]) -> str:
    if len(accounts) == 1:
        return accounts[0].state_hash
    return hashlib.sha256("".join(account.state_hash for account in accounts).encode()).hexdigest()


def _print(report: dict[str, object]) -> None:
    print(f"{report['facts']} facts, {report['sales']} sales, {report['returns']} returns in {report['seconds']} s.")
    faults = report["faults"]
    if isinstance(faults, dict) and faults:
        print("Faults: " + ", ".join(f"{kind} {count}" for kind, count in faults.items()) + ".")
    violations = report["violations"]
    assert isinstance(violations, list)
    for violation in violations:
        print(f"VIOLATED: {violation}")
    if not violations:
        print(
            "Each confirmed sale and return is on the server once; points, stored value, coupons and leases add up; "
            "journals are whole; all tills show the same."
        )
    print(f"State {report['state_hash']}", flush=True)
