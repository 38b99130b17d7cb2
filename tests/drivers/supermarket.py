"""A made-up supermarket's receipt in three languages, the document most driver tests print."""

from __future__ import annotations

from dataclasses import dataclass

from shared_models.domain.receipt import (
    Align,
    Barcode,
    Block,
    Cell,
    Columns,
    Cut,
    Document,
    Feed,
    Language,
    Pair,
    Qr,
    Rule,
    Text,
)

EAN = "6901234567892"
CODE = "TP-0300-000127"
LINK = "https://shop.example/r/7Q2M-9KXA-41TD"


@dataclass(frozen=True, slots=True)
class Item:
    name: str
    quantity: str
    price: str
    amount: str
    reasons: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    shop: str
    branch: str
    heads: tuple[str, str, str]
    items: tuple[Item, ...]
    figures: tuple[tuple[str, str], ...]
    total: tuple[str, str]
    tenders: tuple[tuple[str, str], ...]
    points_head: str
    points: tuple[tuple[str, str], ...]
    invite: str
    thanks: str


HANS = Words(
    "云杉生鲜超市",
    "人民路店 · 上海市黄浦区人民路 88 号\n电话 021-5555 0188",
    ("数量", "单价", "金额"),
    (
        Item("光明优倍高品质鲜牛奶 950ml 家庭装", "2", "15.90", "31.80", (("金卡会员价 8.5折", "-4.77"),)),
        Item("红富士苹果（山东烟台，一级果，散装称重）", "1.246kg", "12.80", "15.95"),
        Item("五常稻花香大米 5kg", "1", "69.90", "69.90", (("满60减10", "-10.00"), ("会员日九五折", "-3.00"))),
        Item("心相印抽纸 3层×120抽 24包整箱特惠装", "1", "49.90", "49.90"),
        Item("Häagen-Dazs 冰淇淋 100ml×6", "1", "88.00", "88.00", (("临期特价", "-26.40"),)),
    ),
    (("小计（6件）", "¥255.55"), ("优惠合计", "-¥44.17"), ("其中增值税 9%", "¥17.45")),
    ("应付", "¥211.38"),
    (("积分抵扣 1,000分", "¥10.00"), ("现金", "¥250.00"), ("找零", "¥48.62")),
    "李雷 · 金卡会员 · 尾号 0188",
    (("本次获得", "+302 分"), ("本次使用", "-1,000 分"), ("可用积分", "1,860 分"), ("12-31 到期", "60 分")),
    "扫码查看电子小票，7日内凭此码退换",
    "谢谢惠顾，欢迎再来！",
)
HANT = Words(
    "雲杉生鮮超市",
    "中正門市 · 臺北市中正區館前路 8 號\n電話 02-5555-0188",
    ("數量", "單價", "金額"),
    (
        Item("光泉全脂鮮奶 936ml 家庭號限時優惠組合", "2", "88", "176", (("金卡會員價 85折", "-26"),)),
        Item("屏東香蕉（產銷履歷，散裝秤重）", "0.846kg", "59", "50"),
        Item("池上有機糙米 3kg", "1", "399", "399", (("滿300折50", "-50"),)),
        Item("舒潔三層抽取式衛生紙 110抽×8包×8串", "1", "899", "899"),
    ),
    (("小計（5件）", "NT$1,524"), ("折扣合計", "-NT$76"), ("內含營業稅 5%", "NT$69")),
    ("應付", "NT$1,448"),
    (("現金", "NT$1,500"), ("找零", "NT$52")),
    "陳美玲 · 金卡會員 · 末四碼 0188",
    (("本次獲得", "+1,448 點"), ("可用點數", "3,308 點"), ("12-31 到期", "60 點")),
    "掃碼查看電子收據，七日內憑碼退換",
    "謝謝光臨，歡迎再來！",
)
EN = Words(
    "Spruce Fresh Market",
    "14 Harbour Road, Wan Chai\nTel. 2555 0188",
    ("Qty", "Price", "Amount"),
    (
        Item("Organic Whole Milk 1 l, Family Pack", "2", "2.45", "4.90", (("Gold member price -15%", "-0.74"),)),
        Item("Pink Lady apples, class I, loose, origin New Zealand", "1.246kg", "3.80", "4.73"),
        Item("Crème brûlée, 4 × 100 g", "1", "5.60", "5.60", (("3 for 2, Café & Bakery week", "-1.87"),)),
        Item("Basmati rice 5 kg", "1", "12.99", "12.99"),
    ),
    (("Subtotal (5 items)", "£28.22"), ("You saved", "-£2.61"), ("VAT 20% included", "£4.27")),
    ("TOTAL", "£25.61"),
    (("Cash", "£30.00"), ("Change", "£4.39")),
    "Li Lei 李雷 · Gold · card ending 0188",
    (("Points earned", "+38"), ("Points balance", "1,860"), ("Expiring 31 Dec", "60")),
    "Scan for your e-receipt and for returns within 7 days",
    "Thank you, see you again soon!",
)
WORDS: dict[Language, Words] = {"zh_Hans": HANS, "zh_Hant": HANT, "en": EN}


def receipt(language: Language, *, opens_drawer: bool = True) -> Document:
    words = WORDS[language]
    blocks: list[Block] = [
        Text(words.shop, Align.CENTER, bold=True, scale=2),
        Text(words.branch, Align.CENTER),
        Rule(),
        Pair("2026-11-24 09:42", "T03-000127"),
        _row(*words.heads),
        Rule(),
    ]
    for item in words.items:
        blocks.append(Text(item.name))
        blocks.append(_row(item.quantity, item.price, item.amount))
        blocks += [Pair(f"  · {reason}", amount) for reason, amount in item.reasons]
    blocks += [Rule(), *(Pair(*figure) for figure in words.figures), Rule(double=True)]
    blocks += [Pair(*words.total, bold=True, scale=2), *(Pair(*tender) for tender in words.tenders), Rule()]
    blocks += [Text(words.points_head, bold=True), *(Pair(*line) for line in words.points), Rule()]
    blocks += [Feed(1), Qr(LINK), Text(words.invite, Align.CENTER), Feed(1), Barcode("code128", CODE), Feed(1)]
    blocks += [Text(words.thanks, Align.CENTER, bold=True), Cut()]
    return Document("receipt", language, tuple(blocks), opens_drawer)


def _row(quantity: str, price: str, amount: str) -> Columns:
    return Columns(
        (Cell(quantity, Align.RIGHT, 3), Cell(price, Align.RIGHT, 2), Cell(amount, Align.RIGHT, 3)),
    )
