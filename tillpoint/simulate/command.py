"""``tillpoint simulate``: run a plan, say what happened, write it down."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

from tillpoint.simulate.fleet import Outcome, Plan, simulate

HOLDS, BROKEN = 0, 1


def run(plan: Plan, json_path: Path | None) -> int:
    """Simulate; print the outcome and write it as JSON. 0 if nothing was violated, 1 otherwise."""
    logging.getLogger("pos_client").setLevel(logging.ERROR)
    logging.getLogger("sync_server").setLevel(logging.CRITICAL)
    began = time.monotonic()
    print(
        f"Seed {plan.seed}: {plan.tills} tills in {plan.stores} stores, {plan.days} days, {plan.operations} operations "
        f"per till and day, faults: {', '.join(sorted(plan.faults)) or 'none'}."
    )
    outcome = simulate(plan)
    report = _report(plan, outcome, round(time.monotonic() - began, 1))
    _print(report)
    if json_path is not None:
        json_path.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    return BROKEN if outcome.account.violations else HOLDS


def _report(plan: Plan, outcome: Outcome, seconds: float) -> dict[str, object]:
    account = outcome.account
    return {
        "seed": plan.seed,
        "facts": account.facts,
        "sales": account.sales,
        "points_earned": account.points_earned,
        "points_redeemed": account.points_redeemed,
        "faults": outcome.faults,
        "violations": account.violations,
        "state_hash": account.state_hash,
        "seconds": seconds,
    }


def _print(report: dict[str, object]) -> None:
    print(f"{report['facts']} facts, {report['sales']} sales in {report['seconds']} s.")
    faults = report["faults"]
    if isinstance(faults, dict) and faults:
        print("Faults: " + ", ".join(f"{kind} {count}" for kind, count in faults.items()) + ".")
    violations = report["violations"]
    assert isinstance(violations, list)
    for violation in violations:
        print(f"VIOLATED: {violation}")
    if not violations:
        print("Each confirmed sale is on the server once, points add up, journals are whole, all tills show the same.")
    print(f"State {report['state_hash']}")
