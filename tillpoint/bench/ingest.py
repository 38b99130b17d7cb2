"""Taking in batches of sales with all rules applied, against a bare set-based insert of the rows they lead to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from shared_models.domain.programme import default_programme
from tillpoint.bench import sales, servers, shop
from tillpoint.bench.bare_rows import BareRows, PostgresqlRows, SqliteRows
from tillpoint.bench.device import Device
from tillpoint.bench.measure import Budget, Place, Result, Samples, Size, median, settled, timed
from tillpoint.bench.servers import Shop

SALES = 100
_TIMES = 2
_MEMBERS = 2_000
_GOODS = 5_000
_WITH_MEMBER_OF_TEN = 7
_WARM = 2


def measure(size: Size, place: Place) -> Iterator[Result]:
    members = min(size.members, _MEMBERS)
    with servers.postgresql(members) as shop_:
        if shop_ is not None:
            rows = PostgresqlRows(shop_.reader, shop_.bare, shop_.device.identity.incarnation)
            yield _measured(shop_, size, members, rows)
    with servers.sqlcipher_file(place, members) as opened:
        yield _measured(
            opened, size, members, SqliteRows(opened.reader, opened.bare, opened.device.identity.incarnation)
        )


def _measured(opened: Shop, size: Size, members: int, rows: BareRows) -> Result:
    ours, limit = [], []
    with settled():
        for body in _batches(opened.device, size.batches + _WARM, members):
            headers = opened.device.signed("/v1/push", body)
            ours.append(timed(partial(_push, opened, headers, body)))
            rows.read()
            limit.append(timed(rows.write))
    return _result(opened, size, ours[_WARM:], limit[_WARM:])


def _result(opened: Shop, size: Size, ours: Samples, limit: Samples) -> Result:
    return Result(
        f"ingest-{opened.database.lower()}",
        f"take in a batch, {opened.database}, median",
        f"{size.batches} batches of {SALES} sales of {sales.LINES} lines",
        median(ours),
        median(limit),
        "ms",
        Budget(times=_TIMES),
    )


def _push(opened: Shop, headers: dict[str, str], body: bytes) -> None:
    answer = opened.api.handle("POST", "/v1/push", headers, body)
    assert answer.status == 200, answer.body


def _batches(device: Device, count: int, members: int) -> Iterator[bytes]:
    programme = default_programme()
    shift = sales.open_shift(device.identity.lane)
    yield device.batch([device.fact(shift)])
    for batch in range(count - 1):
        facts = []
        for number in range(batch * SALES, (batch + 1) * SALES):
            by_member = number % 10 < _WITH_MEMBER_OF_TEN
            member_id = shop.member_id(number * 37 % members) if by_member else None
            made = sales.sale(number + 1, shift, programme, products=_GOODS, member_id=member_id)
            facts.append(device.fact(made))
        yield device.batch(facts)
