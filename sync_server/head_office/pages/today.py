"""Today: what was sold, to whom, at which tills, and how it compares."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from sync_server.head_office.charts import Chart, Series
from sync_server.head_office.comparison import Comparison
from sync_server.head_office.filters import Filter
from sync_server.head_office.office import Desk, Office
from sync_server.head_office.queries import devices, figures
from sync_server.head_office.queries.devices import Device
from sync_server.head_office.queries.figures import Figures

_OPENING, _CLOSING = 8, 20
_DAY_HOURS = 24
_REVIEW_WITHIN_MS = 7 * 24 * 60 * 60 * 1000


@dataclass(frozen=True, slots=True)
class Slot:
    """One bar of the chart and one row of its table: an hour or a day."""

    label: str
    now: Figures
    before: Figures | None


def add(router: APIRouter, office: Office) -> None:
    @router.get("/today")
    def today(request: Request) -> Response:
        with office.desk(request) as desk:
            chosen = desk.filter()
            comparison = Comparison.of(chosen, desk)
            parts = _hours if chosen.period.is_one_day else _days
            slots, now, before = parts(desk, chosen, comparison)
            return office.page(
                desk, "today.html", tab="today", filter=chosen, comparison=comparison,
                now=now,
                before=before,
                joined=figures.new_members(desk.connection, chosen.scope),
                joined_before=figures.new_members(desk.connection, comparison.scope),
                slots=slots, chart=_chart(desk, chosen, comparison, slots),
                by_lane=figures.by_lane(desk.connection, chosen.scope),
                stores=_tills(desk, chosen),
                alerts=devices.alerts_since(desk.connection, desk.now_ms - _REVIEW_WITHIN_MS),
            )  # fmt: skip


def _hours(desk: Desk, chosen: Filter, comparison: Comparison) -> tuple[list[Slot], Figures, Figures]:
    """The hours that something was sold in, and the sums of the day and of the compared one."""
    start = desk.shops.day_start_ms(chosen.period.first, chosen.store_id)
    start_before = desk.shops.day_start_ms(comparison.scope.period.first, chosen.store_id)
    now = figures.by_hour(desk.connection, chosen.scope, start)
    before = figures.by_hour(desk.connection, comparison.scope, start_before)
    first_hour = desk.shops.cut_off.hour
    open_hours = [hour for hour in (*now, *before) if 0 <= hour < _DAY_HOURS + first_hour]
    first = min(open_hours, default=_OPENING)
    last = max(open_hours, default=_CLOSING)
    slots = [
        Slot(f"{(first_hour + hour) % _DAY_HOURS:02}:00", now.get(hour, Figures()), before.get(hour, Figures()))
        for hour in range(first, last + 1)
    ]
    return slots, figures.added(now.values()), figures.added(before.values())


def _days(desk: Desk, chosen: Filter, comparison: Comparison) -> tuple[list[Slot], Figures, Figures]:
    """The days of the period, and the sums of it and of the compared one."""
    now = figures.by_day(desk.connection, chosen.scope)
    before = figures.by_day(desk.connection, comparison.scope)
    slots = [
        Slot(
            f"{desk.formats.weekday_short(day)} {desk.formats.day_short(day)}",
            now.get(day.isoformat(), Figures()),
            before.get((day - chosen.period.shift).isoformat(), Figures()),
        )
        for day in chosen.period.dates()
    ]
    return slots, figures.added(now.values()), figures.added(before.values())


def _chart(desk: Desk, chosen: Filter, comparison: Comparison, slots: list[Slot]) -> Chart:
    return Chart(
        title=desk.gettext("Sales by hour") if chosen.period.is_one_day else desk.gettext("Sales by day"),
        labels=[slot.label for slot in slots],
        now=Series(comparison.this, [slot.now.total_minor for slot in slots]),
        before=Series(comparison.that, [slot.before.total_minor if slot.before else None for slot in slots]),
        show=lambda minor: desk.formats.money(minor, chosen.currency),
        show_short=lambda minor: desk.formats.money_short(minor, chosen.currency),
    )


def _tills(desk: Desk, chosen: Filter) -> dict[str, list[Device]]:
    """Devices in use by store; a store without any is there too."""
    tills: dict[str, list[Device]] = {
        store.id: []
        for store in desk.shops.stores
        if store.currency == chosen.currency and chosen.store_id in ("", store.id)
    }
    for device in devices.all_devices(desk.connection, desk.now_ms, chosen.store_id):
        if device.state not in devices.OUT_OF_USE and device.store_id in tills:
            tills[device.store_id].append(device)
    return tills
