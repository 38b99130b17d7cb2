"""The demo as a whole: set up, play, check, tell, and leave the tills open where somebody can see them."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

from drivers.ports import DeviceFault
from drivers.printer.paper import render_file
from sync_server.main import open_home
from tillpoint.demo.checks import Evidence, check, papers_of
from tillpoint.demo.evidence import read_server, read_till
from tillpoint.demo.hands import HandsRefused
from tillpoint.demo.office import ROOT, HeadOffice, picture
from tillpoint.demo.processes import DemoFailed
from tillpoint.demo.stage import Stage, make_folder, staged
from tillpoint.demo.story import Story, Told, cast_of

DAY = date(2017, 11, 19)
_PACE_S = 0.25


class _Teller:
    """Says each step with the seconds since the beginning."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._began

    def __call__(self, line: str) -> None:
        print(f"{self.seconds:6.1f} s  {line}", flush=True)


def play(folder: Path, store: int, day: date | None, *, headless: bool, json_file: Path | None) -> int:
    """0 if every check holds, else 1. Raise ``DemoFailed`` naming the log if a step doesn't work."""
    if sys.platform == "win32":
        raise DemoFailed("The demo needs a pseudo-terminal for its scanners, which Windows doesn't have.")
    shown = not headless and bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    environment = {} if shown else {"QT_QPA_PLATFORM": "offscreen"}
    say = _Teller()
    say(
        "The tills will show their windows; --headless plays without." if shown else "No windows: the tills run unseen."
    )
    folder = make_folder(folder)
    with _stopped_politely(), staged(folder, store, day or DAY, environment, say) as (stage, plan):
        set_up_s = say.seconds
        story = Story(stage, cast_of(plan), say, _PACE_S if shown else 0.0)
        try:
            told = story.play()
        except (HandsRefused, OSError) as error:
            raise DemoFailed(f"A step didn't work: {error}. Read the logs in {folder / 'logs'}.") from error
        say("Checking server, journals, printers …")
        outcome = _examine(stage, told)
        outcome["seconds"] = round(say.seconds - set_up_s, 1)
        _tell(stage, outcome)
        if json_file is not None:
            _write(json_file, outcome)
        if shown:
            _leave_open(stage)
        else:
            for lane in stage.lanes:
                lane.quit()
    return _verdict(outcome["checks"])


def _verdict(checks: dict[str, bool]) -> int:
    failed = [name.replace("_", " ") for name, holds in checks.items() if not holds]
    if failed:
        print(f"tillpoint: this doesn't hold: {', '.join(failed)}.", file=sys.stderr)
    return 1 if failed else 0


def _examine(stage: Stage, told: Told) -> dict[str, Any]:
    """Read what there is and compare; the outcome as it goes into the JSON, but for the seconds."""
    sold = [one for lane in stage.lanes for one in lane.sold]
    for lane in stage.lanes:
        lane.printer.wait_for_receipts(len(lane.sold), 10_000)
    server = open_home(stage.server_home)
    try:
        of_server = read_server(server)
    finally:
        server.engine.dispose()
    one, two = (read_till(lane.home, of_server) for lane in stage.lanes)
    checks = {**told.checks, **check(Evidence(sold, of_server, (one, two), papers_of(stage.lanes)))}
    office = HeadOffice(stage.address, stage.user, stage.password)
    pages = {name: office.get(f"{ROOT}/{name}") for name in ("today", "sales", "members", "devices")}
    codes = [lane.sold[-1].sale_id for lane in stage.lanes]
    checks["head_office_shows_it"] = all(page.status == 200 for page in pages.values()) and all(
        code in pages["sales"].text for code in codes
    )
    for name in ("today", "sales", "devices"):
        path = stage.folder / "screens" / f"head-office-{name}.png"
        if picture(office, f"{ROOT}/{name}", path, stage.folder / "browser"):
            told.screens.append(path)
    return {
        "sales": len(of_server.sales),
        "lines": of_server.lines,
        "members": len(of_server.points),
        "facts": one.report.facts + two.report.facts,
        "facts_unsent": one.unsent + two.unsent,
        "points_earned": of_server.earned,
        "points_redeemed": of_server.redeemed,
        "tills_agree": checks["tills_agree"] and checks["screens_agree"],
        "journal_ok": checks["journals_whole"],
        "kills": told.kills,
        "offline_seconds": round(told.offline_seconds, 1),
        "receipts": [str(path) for path in _receipts(stage)],
        "screens": [str(path) for path in told.screens],
        "checks": checks,
        "seconds": 0.0,
    }


def _receipts(stage: Stage) -> Iterator[Path]:
    """Draw what came out of the printers."""
    for lane in stage.lanes:
        for received in sorted((stage.folder / "receipts" / f"lane-{lane.number}").glob("*.bin")):
            drawn = received.with_suffix(".png")
            try:
                render_file(received, drawn)
            except DeviceFault as error:
                raise DemoFailed(f"The receipts can't be drawn: {error}") from error
            yield drawn


def _tell(stage: Stage, outcome: dict[str, Any]) -> None:
    print()
    print(f"  {outcome['sales']} sales with {outcome['lines']} lines in {outcome['facts']} facts of two tills,")
    print(
        f"  {outcome['facts_unsent']} of them unsent; {outcome['offline_seconds']} s without a network; 1 till killed."
    )
    print(
        f"  {outcome['points_earned']} points earned, {outcome['points_redeemed']} redeemed;"
        f" {outcome['members']} members."
    )
    print()
    for name, holds in outcome["checks"].items():
        print(f"  {'ok    ' if holds else 'FAILED'}  {name.replace('_', ' ')}")
    print()
    print(f"  Receipts and screens: {stage.folder / 'receipts'}, {stage.folder / 'screens'}")
    print(f"  Head office: {stage.address}{ROOT}  sign in as {stage.user} with {stage.password}")
    print(f"  To look at it later: tillpoint server --home {stage.server_home}", flush=True)


def _leave_open(stage: Stage) -> None:
    pins = ", ".join(f"{lane.cashier.name} {lane.cashier.pin}" for lane in stage.lanes)
    print(
        f"\n  The tills stay open for you to try (PINs: {pins}). Close their windows, or press Ctrl-C, to end.",
        flush=True,
    )
    for lane in stage.lanes:
        if lane.till is not None:
            lane.till.wait()


def _write(path: Path, outcome: dict[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(outcome, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise DemoFailed(f"{path} can't be written: {error.strerror}.") from error


@contextmanager
def _stopped_politely() -> Iterator[None]:
    """A request to end ends the demo as Ctrl-C does: through everything that has to be cleaned up."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
