"""``tillpoint label-scale``: from the server's catalogue to a virtual scale, and from its label to the till."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from drivers.label_scale.device import Timing
from drivers.label_scale.known import Known
from drivers.simulators.label_scale import LabelScaleSimulator
from pos_client.settings import Settings, save
from shared_models.domain.barcode import InStoreRule, LabelValue
from shared_models.domain.programme import default_programme, to_plain
from shared_models.orm.server import meta, price_change
from shared_models.wire.state import ProductDoc, StoreDoc
from sync_server import setup
from sync_server.dated_goods import goods_on
from sync_server.errors import BadInput
from sync_server.jobs.reprice import PRICES_FROM
from sync_server.main import open_home
from tests.pos_client.world import (
    APPLES,
    START_MS,
    StillClock,
    TillAtWork,
    World,
    found_shop,
    open_shop,
    open_world,
    product,
)
from tillpoint import cli
from tillpoint.errors import CommandError

BOTH = InStoreRule("26", 5, LabelValue.PRICE_AND_WEIGHT, 5, weight_digits=5)
MELON = product(6, "西瓜", "Melon", 15_00, category="fruit", code="00017")
SHARK = product(7, "鲨鱼", "Shark", 10_000_00, unit="kg", category="fish", code="00018")
HAM = product(8, "火腿", "Ham", 88_00, unit="kg", category="meat", code="52001")
LOOSE = product(9, "散装糖", "Sweets", 20_00, unit="kg", category="food")
DAY_MS = 86_400_000
ROOT = Path(__file__).parents[3]
HERE = {**os.environ, "PYTHONPATH": str(ROOT)}
QUICK = Timing(open_ms=500, answer_ms=100, tries=2, pauses_ms=(1,))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scales")
    found_shop(folder)
    server = open_shop(folder, StillClock(), seed=4)
    programme = default_programme()
    new = replace(programme, version=programme.version + 1, in_store=(*programme.in_store, BOTH))
    setup.publish_programme(server, to_plain(new))
    setup.import_products(server, [MELON, SHARK, HAM, LOOSE])
    server.engine.dispose()
    return folder


@pytest.fixture
def world(shop: Path, tmp_path: Path) -> Iterator[World]:
    yield from open_world(shop, tmp_path / "world")


@pytest.fixture
def till(world: World) -> Iterator[TillAtWork]:
    """A till that has synced once; it is open all the while."""
    till = world.open("one")
    till.sync()
    yield till
    till.close()


@pytest.fixture
def scale() -> Iterator[LabelScaleSimulator]:
    with LabelScaleSimulator() as simulator:
        yield simulator


def place(scale: LabelScaleSimulator) -> str:
    return f"tcp://{scale.host}:{scale.port}"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    given = cli.parser().parse_args(["label-scale", *words])
    status = given.run(given)
    said = capsys.readouterr()
    return status, said.out, said.err


def change(world: World, till: TillAtWork, *docs: ProductDoc) -> None:
    world.clock.ms += DAY_MS
    setup.import_products(world.server, docs)
    till.sync()


def test_what_is_sold_by_a_label_is_listed_and_the_rest_said_by_name(
    till: TillAtWork, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, wrong = run(capsys, "list", "--home", str(till.home), "--language", "zh_Hans")
    assert status == 0
    first, *rows, last = said.splitlines()
    assert first.startswith("Store A, prices of ")
    assert first.endswith("Labels 26/18: set the scale to FFWWWWWEEEEENNNNNC.")
    assert [row.split() for row in rows] == [
        ["3", "00003", "9.98/kg", "苹果"],
        ["17", "00017", "15.00/piece", "西瓜"],
    ]
    assert last == "2 PLUs."
    assert wrong.splitlines() == [
        "Not for the scale: 鲨鱼: The price 1000000 doesn't fit into 6 digits.",
        "Not for the scale: 火腿: PLU number 52001 isn't 1 to 4000.",
        "Not for the scale: 散装糖: it has no item number of 5 digits.",
    ]


def test_the_circle_from_the_catalogue_to_the_receipt(
    till: TillAtWork, scale: LabelScaleSimulator, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The price goes to the scale, the scale prints a label, the till sells what the label says."""
    details = tmp_path / "details.csv"
    details.write_text("item,plu,tare_g,days\n00003,3,5,4\n52001,21,,\n", "utf-8")
    save(till.home, Settings(label_scales=place(scale), label_scale_code="26/18"))
    words = ("send", "--home", str(till.home), "--details", str(details), "--check")
    status, said, wrong = run(capsys, *words)
    assert status == 1, "a shark that costs too much isn't on the scale"
    assert f"{place(scale)}: 3 of 3 PLUs to send." in said
    assert f"{place(scale)}: It holds 3 of 3 PLUs: it said so of each." in said
    assert f"{place(scale)}: Asked, it shows all 3 as they were sent." in said
    assert "Shark: The price 1000000" in wrong
    assert {number: row.name for number, row in scale.table.items()} == {3: "Apples", 17: "Melon", 21: "Ham"}
    assert (scale.table[3].tare_g, scale.table[3].days) == (5, 4)

    apples = scale.weigh(3, 460, date(2026, 11, 27))
    melons = scale.weigh(17, 2_000, date(2026, 11, 27))
    till.start_day()
    for code in (apples, melons):
        till.till.enter(code)
    assert [(line.name, line.quantity_milli, line.gross_minor) for line in till.till.sale().lines] == [
        ("Apples", 455, 454), ("Melon", 2_000, 30_00),
    ]  # fmt: skip


def test_only_what_changed_is_sent(
    world: World, till: TillAtWork, scale: LabelScaleSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("send", "--home", str(till.home), "--to", place(scale), "--category", "fruit")
    assert run(capsys, *words)[0] == 0
    assert run(capsys, *words)[1].endswith(
        f"{place(scale)}: 0 of 2 PLUs to send.\n{place(scale)}: It has said before that it holds all 2.\n"
    )
    assert scale.lines == 2
    change(world, till, msgspec.structs.replace(APPLES, price_minor=11_98))
    assert run(capsys, *words)[0] == 0
    assert (scale.lines, scale.table[3].price_minor) == (3, 11_98)
    assert run(capsys, *words, "--all")[0] == 0
    assert scale.lines == 5
    change(world, till, msgspec.structs.replace(MELON, category="gone"))
    assert "It still holds 17 Melon, which are on the list no more." in run(capsys, *words)[1]


def test_after_a_break_the_same_command_goes_on(
    till: TillAtWork, scale: LabelScaleSimulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.label_scale.device.Timing", lambda: QUICK)
    words = ("send", "--home", str(till.home), "--to", place(scale), "--category", "fruit")
    scale.turn(silent=True)
    status, _, wrong = run(capsys, *words)
    assert status == 1
    assert wrong.splitlines() == [
        f"{place(scale)}: It has said of no PLU that it holds it.",
        f"{place(scale)} does not answer. Switch it off and on.",
        f"{place(scale)}: Of 3 Apples it may hold the new price or the old one.",
        f"{place(scale)}: 1 PLU wasn't sent, and it holds what it had. Begin again with the same command.",
    ]
    scale.turn(silent=False)
    assert run(capsys, *words)[0] == 0
    assert sorted(scale.table) == [3, 17]


def test_what_the_scale_shows_otherwise_is_sent_again(
    till: TillAtWork, scale: LabelScaleSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("send", "--home", str(till.home), "--to", place(scale), "--category", "fruit", "--check")
    assert run(capsys, *words)[0] == 0
    scale.forget()
    status, said, _ = run(capsys, *words)
    assert status == 0
    assert "It held 3 Apples, 17 Melon otherwise; sent again, it shows all 2 as they were sent." in said
    assert sorted(scale.table) == [3, 17]


def test_a_scale_that_is_away_keeps_no_other_from_its_prices(
    till: TillAtWork, scale: LabelScaleSimulator, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drivers.label_scale.device.Timing", lambda: QUICK)
    with LabelScaleSimulator() as gone:
        away = place(gone)
    words = ("send", "--home", str(till.home), "--category", "fruit", "--to", away, "--to", place(scale))
    status, _, wrong = run(capsys, *words)
    assert status == 1
    assert f"{away}: 2 PLUs weren't sent" in wrong
    assert sorted(scale.table) == [3, 17]


def test_files(till: TillAtWork, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = ("--home", str(till.home), "--category", "fruit", "--language", "zh_Hans")
    file = tmp_path / "plu"
    assert run(capsys, "export", *home, "--format", "dahua", "--out", str(file))[0] == 0
    assert file.read_bytes().startswith(b"!0V0003A0000003000998000000000026")
    columns = ("--format", "columns", "--columns", "plu,name:4,price", "--separator", "comma", "--header")
    assert run(capsys, "export", *home, *columns, "--out", str(file))[0] == 0
    assert file.read_bytes().decode("gbk") == "plu,name,price\r\n3,苹果,9.98\r\n17,西瓜,15.00\r\n"
    status, said, wrong = run(capsys, "export", *home, "--format", "rongta", "--out", str(file))
    assert status == 1
    assert wrong == "Not for the scale: 西瓜: how these scales are told of goods by the piece isn't known.\n"
    assert said.startswith(f"{file}: 1 PLU, prices of ")
    assert file.read_bytes().split(b"\t")[:8] == [b"3", "苹果".encode("gbk"), b"3", b"3", b"94", b"998", b"4", b"26"]


def test_two_goods_with_one_number_are_neither_on_the_scale(
    world: World, till: TillAtWork, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    details = tmp_path / "details.csv"
    details.write_text("item,plu\n52001,17\n", "utf-8")
    _, said, wrong = run(capsys, "list", "--home", str(till.home), "--details", str(details))
    assert said.endswith("Apples\n1 PLU.\n")
    assert "Melon: PLU number 17 is that of other goods too." in wrong
    assert "Ham: PLU number 17 is that of other goods too." in wrong
    change(world, till, product(10, "梨", "Pears", 5_00, unit="kg", category="fruit", code="00003"))
    _, said, wrong = run(capsys, "list", "--home", str(till.home))
    assert "Apples: item number 00003 is that of other goods too." in wrong
    assert "Pears: item number 00003 is that of other goods too." in wrong


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("list", "--code", "26/13x"), "in_store has no 26/13x. It has 20/13,"),
        (("list", "--code", "26/13", "--details", "none.csv"), "none.csv: No such file"),
        (("list", "--on", "2026-11-20"), "give --server and --store"),
        (("list", "--store", "A"), "go together"),
        (("list", "--category", "nothing"), "There are no goods"),
        (("send",), "No label scale is set"),
        (("send", "--to", "serial:/dev/ttyS0"), "^--to: serial:/dev/ttyS0 is not tcp://host:port"),
        (("export", "--format", "columns", "--columns", "x", "--out", "x"), "x are no columns"),
    ],
)
def test_what_cant_be_done_is_said(
    till: TillAtWork, words: tuple[str, ...], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(Exception, match=why) as stopped:
        run(capsys, *words, "--home", str(till.home))
    assert stopped.type.__name__ in ("CommandError", "BadSettings")


@pytest.mark.parametrize(
    "text", ["plu\n3\n", "item,price\n3,4\n", "item,plu\n00003,x\n", "item,plu\n,3\n", "", "item\n"]
)
def test_details_that_arent_any(
    text: str, till: TillAtWork, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    details = tmp_path / "details.csv"
    details.write_text(text, "utf-8")
    with pytest.raises(CommandError, match=r"details\.csv"):
        run(capsys, "list", "--home", str(till.home), "--details", str(details))


def test_prices_of_a_day(world: World) -> None:
    """The shop lies in Shanghai, where the clock stands at 8 on 24 November at first; a price changes on the 26th at
    7 and on the 27th at 8 there."""
    server = world.server
    world.clock.ms = START_MS + 2 * DAY_MS - 3_600_000
    setup.import_products(server, [msgspec.structs.replace(APPLES, price_minor=11_98)])
    world.clock.ms = START_MS + 3 * DAY_MS
    setup.import_products(server, [msgspec.structs.replace(APPLES, price_minor=7_98)])

    def price(day: date | None) -> int:
        found = goods_on(server, "A", day)
        docs = [msgspec.json.decode(doc, type=ProductDoc) for doc in found.docs]
        assert len(docs) == 9
        now = next(doc.price_minor for doc in docs if doc.id == APPLES.id)
        return found.other_prices.get(APPLES.id, now)

    days = [date(2026, 11, day) for day in (24, 25, 26, 27)]
    assert [price(day) for day in days] == [9_98, 9_98, 11_98, 7_98]
    assert price(None) == 7_98
    assert goods_on(server, "A").day == days[-1]
    assert BOTH in goods_on(server, "A", days[0]).programme.in_store
    assert price(date(2026, 1, 1)) == 9_98, "its first price"
    with server.acting() as act:
        act.connection.execute(meta.insert().values(key=PRICES_FROM, value=str(START_MS).encode()))
    for store, day, why in (
        ("A", date(2026, 11, 28), "still to come"),
        ("A", date(2026, 11, 23), "Price changes are kept since"),
        ("B", None, "There is no store B"),
    ):
        with pytest.raises(BadInput, match=why):
            goods_on(server, store, day)


def test_a_till_that_is_killed_while_it_sends_knows_nothing_false(
    world: World, till: TillAtWork, scale: LabelScaleSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """A real process ends somewhere; prices change. Then the same command once more."""
    fruit = [
        product(100 + n, f"果{n}", f"Fruit {n}", 1_00 + n, unit="kg", category="fruit", code=f"{n:05d}")
        for n in range(101, 161)
    ]
    change(world, till, *fruit)
    words = ("send", "--home", str(till.home), "--to", place(scale), "--category", "fruit")
    scale.turn(ms_per_line=15)
    process = subprocess.Popen([sys.executable, "-P", "-m", "tillpoint", "label-scale", *words], cwd=ROOT, env=HERE)
    while scale.lines < 20:
        assert process.poll() is None
        time.sleep(0.005)
    process.kill()
    process.wait()
    scale.turn(ms_per_line=0)
    with Known(next((till.home / "label-scales").iterdir())) as known:
        assert 0 < len(known.held) < 60
        truth = scale.table
        assert all(truth[n].price_minor == plu.price_minor for n, plu in known.held.items())
    fruit = [msgspec.structs.replace(doc, price_minor=doc.price_minor + 500) for doc in fruit]
    change(world, till, *fruit)
    assert run(capsys, *words)[0] == 0
    wanted = {int(doc.codes[0]): doc.price_minor for doc in [*fruit, APPLES, MELON]}
    assert {number: row.price_minor for number, row in scale.table.items()} == wanted


def test_from_the_servers_own_files(
    tmp_path: Path, scale: LabelScaleSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    server = open_home(tmp_path)
    setup.create_store(
        server,
        StoreDoc(id="S1", names={"en": "S"}, address=[], currency="CNY", timezone="Asia/Shanghai", language="en"),
    )
    setup.import_products(server, [APPLES])
    setup.import_products(server, [msgspec.structs.replace(APPLES, price_minor=5_00)])
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    with server.acting() as act:
        act.connection.execute(price_change.update().values(at_ms=price_change.c.at_ms - 2 * DAY_MS))
    server.engine.dispose()
    home = ("--server", str(tmp_path), "--store", "S1", "--code", "25/13", "--home", str(tmp_path / "none"))
    for back, price in ((0, "5.00"), (1, "5.00"), (3, "9.98")):
        day = today - timedelta(back)
        said = run(capsys, "list", *home, "--on", day.isoformat())[1]
        assert said == (
            f"Store S1, prices of {day}. Labels 25/13: set the scale to FFWWWWWNNNNNC.\n"
            f"    3  00003          {price}/kg  Apples\n1 PLU.\n"
        )
    assert run(capsys, "send", *home, "--to", place(scale))[0] == 0
    assert scale.table[3].price_minor == 5_00
    assert (tmp_path / "label-scales").is_dir()
    with pytest.raises(CommandError, match="no server in"):
        run(capsys, "list", "--server", str(tmp_path / "none"), "--store", "S1")
