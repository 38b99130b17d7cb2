"""What is longer, wider or rarer than a paper has room or letters for."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from drivers.printer.logo import logo_of
from shared_models.domain.basket import Basket
from shared_models.domain.receipt import Document, Language
from tests.drivers.logos import spruce
from tests.drivers.papers.goods import APPLE, BAG, FREE, MILK, RICE, TISSUE, WINE, goods, item
from tests.drivers.papers.selling import paper, plain, sold
from tests.drivers.papers.shop import NAMES, STORE, Made

LONG_STORE: Final = replace(
    STORE,
    names={
        "en": "Spruce Fresh Market International Food Hall, Harbour Gateway",
        "zh_Hans": "云杉生鲜国际美食广场超市（港汇中心旗舰店）",
        "zh_Hant": "雲杉生鮮國際美食廣場超市（港匯中心旗艦店）",
    },
    address=(
        "Shop B2-118 to B2-126, Basement 2, Harbour Gateway Tower Three, 1288 Century Avenue, Pudong New Area",
        "上海市浦东新区世纪大道1288号港汇中心三座地下二层B2-118至B2-126号铺（地铁2号、4号、6号、9号线世纪大道站12号口）",
        "www.spruce-fresh-market-international-food-hall.example/stores/harbour-gateway",
    ),
)
HEBREW_STORE: Final = replace(
    STORE,
    names=dict.fromkeys(NAMES, "שוק הפירות של דוד (סניף מרכזי) 24/7"),
    address=("רחוב הרצל 12, תל אביב 6688101", "شارع هرتسل 12، يافا", "Tel. 03-555-0188"),
)
LETTERS: Final = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft"
ENDLESS = item("endless", (LETTERS * 3)[:200], "超长商品名称测试" * 25, "超長商品名稱測試" * 25, 9_99)
MARKS = item(
    "marks",
    "“Quotes”, (brackets) — dashes… and 50 % off!",
    "【新品】特级初榨橄榄油（500毫升）：冷榨、低温，《厨艺》推荐；限时！",
    "「新品」特級初榨橄欖油（500毫升）：冷榨、低溫，《廚藝》推薦；限時！",
    88_00,
)
ARABIC = item("dates", "تمر المدينة الفاخر 500غ", "تمر المدينة 椰枣 500g", "تمر المدينة 椰棗 500g", 36_50)
HEBREW = item("halva", "חלווה עם פיסטוק", "חלווה 开心果酥糖", "חלווה 開心果酥糖", 42_00)
LONG_NAME: Final = (
    "طقم هدايا فاخر من التمور والقهوة العربية والبخور مع علبة خشبية مزخرفة ومبخرة نحاسية - Premium 12 × 500g"
)
LONG_ARABIC = item("gift", LONG_NAME, LONG_NAME, LONG_NAME, 388_00)
BREAD = item("bread", "ขนมปังปิ้งเนยสด 100 กรัม", "ขนมปังปิ้ง 泰式烤面包", "ขนมปังปิ้ง 泰式烤麵包", 18_00)
SPICE = item("spice", "गरम मसाला क्षेत्रीय 50 ग्राम", "गरम मसाला 玛萨拉香料", "गरम मसाला 瑪薩拉香料", 22_00)
KEFIR = item("kefir", "Кефир «Домик в деревне» 1 л", "Кефир 开菲尔酸奶", "Кефир 開菲爾酸奶", 19_00)
LODZ = item("lodz", "Łódź jabłko, Đà Nẵng cà phê", "Łódź 苹果汁", "Łódź 蘋果汁", 12_00)
EMOJI = item("emoji", "🍓🍓 Strawberry cake 🎂 👨‍👩‍👧", "🍓🍓草莓蛋糕🎂👨‍👩‍👧", "🍓🍓草莓蛋糕🎂👨‍👩‍👧", 68_00)
RARE = item("rare", "Zhū Róngjī’s 㼆 tea", "龘靐齉茶 𠮷野家", "龘靐齉茶 𠮷野家", 25_00)
MACHINE = item(
    "machine", "Walk-in cold store, installed", "步进式冷库（含安装）", "步入式冷凍庫（含安裝）", 9_876_543_21
)


def many_lines(language: Language) -> Document:
    what = Basket()
    for number in range(500):
        product = (MILK, RICE, TISSUE, BAG, WINE)[number % 5]
        what = what.add(replace(product, id=f"{product.id}{number}"), "", 1000 + number % 3 * 1000)
    return paper(sold(what, language), language)


def with_logo(language: Language) -> Document:
    return paper(
        sold(goods(MILK, (RICE, 2000), (APPLE, 1246)), language), language, store=replace(STORE, logo=logo_of(spruce()))
    )


PAPERS: Final[dict[str, Made]] = {
    "lines-500": many_lines,
    "names-long": plain(goods(ENDLESS, (WINE, 2000))),
    "names-right-to-left": plain(goods(ARABIC, (HEBREW, 2000))),
    "names-right-to-left-long": lambda language: paper(
        sold(goods(LONG_ARABIC, (LONG_ARABIC, 3000), HEBREW), language), language, store=HEBREW_STORE
    ),
    "names-other-scripts": plain(goods(BREAD, (SPICE, 2000), KEFIR, LODZ)),
    "names-emoji-rare": plain(goods(EMOJI, RARE, (EMOJI, 2000))),
    "full-width-marks": plain(goods(MARKS, (MARKS, 1000), FREE)),
    "long-address": lambda language: paper(sold(goods(MILK), language), language, store=LONG_STORE),
    "nine-digits": plain(goods(MACHINE, FREE)),
    "logo": with_logo,
    "zero-lines": lambda language: Document("receipt", language, ()),
}
