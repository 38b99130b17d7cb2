"""The papers that a shop hands out, made by the product's own makers from facts: what the goldens hold.

Each is a function of the language. The names of goods are real ones in shape: long, mixed, weighed, right to left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Final, TypeAlias
from uuid import UUID

from drivers.printer.logo import logo_of
from pos_client.locale import catalogue
from shared_models.domain import effects, receipt_code, tender
from shared_models.domain.audience import PricingMember, Visit
from shared_models.domain.barcode import InStore
from shared_models.domain.basket import Basket
from shared_models.domain.cash_drawer import CashMoved, MovementKind
from shared_models.domain.cash_slip import cash_slip
from shared_models.domain.catalogue import Product
from shared_models.domain.checkout import Buyer, Numbers, assemble
from shared_models.domain.coupon import Coupon
from shared_models.domain.coupon_rules import CouponRule
from shared_models.domain.coupon_slip import coupon_slip
from shared_models.domain.deal import Bundle, Deal, Get, Part, Spend, Step, Terms
from shared_models.domain.effects import MemberView
from shared_models.domain.exchange import credit_payment, exchange
from shared_models.domain.gift_receipt import gift_receipt
from shared_models.domain.load_receipt import load_receipt
from shared_models.domain.member import Account, Lot, Standing
from shared_models.domain.no_sale_slip import no_sale_slip
from shared_models.domain.offer import AmountOff, Goods, PercentOff, Window
from shared_models.domain.pricing import PricedBasket, price
from shared_models.domain.programme_rules import Programme
from shared_models.domain.receipt import Document, Language
from shared_models.domain.return_receipt import return_receipt
from shared_models.domain.returns import ReturnRules, ReturnSlip, take_back
from shared_models.domain.reward_facts import RewardRedeemed
from shared_models.domain.reward_slip import reward_slip
from shared_models.domain.rewards import RewardKind
from shared_models.domain.sale import Inputs, Payment, PaymentState, SaleConfirmed, TenderKind
from shared_models.domain.sale_receipt import reprint, sale_receipt
from shared_models.domain.shift_figures import ShiftFigures, add, add_movement, add_opening, add_return, close
from shared_models.domain.shift_report import x_report, z_report
from shared_models.domain.store import StoreInfo
from shared_models.domain.stored_value_facts import StoredValueLoaded
from shared_models.domain.stored_value_ledger import BonusLot
from shared_models.domain.text import Words
from tests.domain.shop import AT, MEMBER, PROGRAMME, SHIFT, TODAY, offer, programme
from tests.drivers.logos import spruce
from tests.drivers.supermarket import receipt as supermarket

Made: TypeAlias = Callable[[Language], Document]

CASHIER: Final = {"en": "Wang Fang", "zh_Hans": "王芳", "zh_Hant": "王芳"}
NAMES: Final = {"en": "Spruce Fresh Market", "zh_Hans": "云杉生鲜超市", "zh_Hant": "雲杉生鮮超市"}
FOOTER: Final = {
    "en": "Goods can be returned within 7 days with this receipt.\nThank you, see you again soon!",
    "zh_Hans": "凭本小票七日内可退换货。\n谢谢惠顾，欢迎再来！",
    "zh_Hant": "憑本收據七日內可退換貨。\n謝謝光臨，歡迎再來！",
}
STORE: Final = StoreInfo(
    "s1", NAMES, ("88 Renmin Road, 200021", "Tel. 021-5555 0188"), "CNY", "Asia/Shanghai", "en", FOOTER
)
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


def item(
    id: str,
    en: str,
    hans: str,
    hant: str,
    minor: int,
    unit: str = "each",
    tax: str = "standard",
    category: str = "food",
) -> Product:
    return Product(id, (id,), {"en": en, "zh_Hans": hans, "zh_Hant": hant}, minor, unit, tax, category)


MILK = item(
    "milk", "Organic whole milk 950 ml", "光明优倍高品质鲜牛奶 950ml 家庭装", "光泉全脂鮮奶 936ml 家庭號", 15_90
)
RICE = item("rice", "Basmati rice 5 kg", "五常稻花香大米 5kg", "池上有機糙米 3kg", 69_90, tax="reduced")
APPLE = item(
    "apple",
    "Pink Lady apples, loose",
    "红富士苹果（山东烟台，一级果）",
    "富士蘋果（產銷履歷，散裝秤重）",
    12_80,
    "kg",
    "reduced",
)
HAM = item("ham", "Dry-cured ham, sliced", "金华火腿切片", "金華火腿切片", 188_00, "kg")
TISSUE = item(
    "tissue",
    "Tissues 3-ply, 24 packs",
    "心相印抽纸 3层×120抽 24包整箱特惠装",
    "舒潔三層抽取式衛生紙 110抽×24包",
    49_90,
    category="home",
)
BAG = item("bag", "Carrier bag", "购物袋", "購物袋", 30, category="home")
FREE = item("free", "Tasting sample", "试吃装", "試吃包", 0)
WINE = item(
    "wine",
    "Maison d’Été Crème Brûlée №5 · Ätna-Rosé",
    "Château 拉菲传奇波尔多红酒 750ml×2瓶礼盒装 Légende",
    "Château 拉菲傳奇波爾多紅酒 750ml×2瓶禮盒裝 Légende",
    398_00,
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


def words(language: Language) -> Words:
    return catalogue(language).gettext


def goods(*picked: Product | tuple[Product, int]) -> Basket:
    made = Basket()
    for each in picked:
        product, milli = each if isinstance(each, tuple) else (each, 1000)
        made = made.add(product, product.id, milli)
    return made


def card(minor: int, kind: TenderKind = TenderKind.CARD, number: int = 0xC0) -> Payment:
    return Payment(UUID(int=number), kind, PaymentState.CAPTURED, minor)


def sold(
    what: Basket,
    language: Language,
    rules: Programme = PROGRAMME,
    *,
    tier: str | None = None,
    paid: Sequence[Payment] = (),
    tendered_minor: int | None = None,
    visit: Visit | None = None,
    currency: str = "CNY",
    training: bool = False,
    online: bool = True,
    number: int = 127,
) -> SaleConfirmed:
    """Sell, ``paid`` first and cash for the rest."""
    bill = price(what, rules, PricingMember(tier) if tier else None, AT, visit or Visit())
    return booked(bill, language, rules, tier, paid, tendered_minor, currency, training, online, number)


def booked(
    bill: PricedBasket,
    language: Language,
    rules: Programme,
    tier: str | None,
    paid: Sequence[Payment],
    tendered_minor: int | None,
    currency: str,
    training: bool,
    online: bool,
    number: int,
    rounding_minor: int = 0,
) -> SaleConfirmed:
    payments = list(paid)
    due = tender.due_after(bill.total_minor + rounding_minor, payments)
    if due:
        step = rules.cash_rounding_minor
        cash = tender.cash(due, tender.cash_due(due, step) if tendered_minor is None else tendered_minor, step)
        payments.append(cash.payment(UUID(int=0xCA54)))
        rounding_minor += cash.rounding_minor
    return assemble(
        bill,
        payments,
        rounding_minor=rounding_minor,
        programme=rules,
        inputs=Inputs("2", rules.version, 7, tier, online=online),
        shift=replace(SHIFT, currency=currency),
        business_date=TODAY,
        numbers=Numbers(UUID(int=number << 8), UUID(int=number << 8 | 3), number, code(number)),
        buyer=Buyer(MEMBER, tier) if tier else None,
        language=language,
        training=training,
    )


def code(number: int) -> str:
    return receipt_code.encode(number.to_bytes(10, "big"))


def view(sale: SaleConfirmed, rules: Programme = PROGRAMME, growth: int = 1_800) -> MemberView:
    """The member after ``sale``, with old points of which some soon expire."""
    lots = (Lot(UUID(int=7), 60, date(2026, 12, 31)), Lot(UUID(int=8), 1_800, date(2027, 12, 31)))
    before = MemberView(Account(lots), Standing(sale.inputs.tier or "basic", growth))
    effect = effects.effect_of(sale)
    return effects.apply(before, effect, rules) if effect else before


def paper(
    sale: SaleConfirmed,
    language: Language,
    rules: Programme = PROGRAMME,
    *,
    store: StoreInfo = STORE,
    stored_value_minor: int | None = None,
    credits: Sequence[UUID] = (),
) -> Document:
    return sale_receipt(
        sale, store, view(sale, rules) if sale.member else None, words(language), language,
        at=AT, cashier=CASHIER[language], programme=rules, stored_value_minor=stored_value_minor,
        credits=credits,
    )  # fmt: skip


def _plain(what: Basket, tendered_minor: int | None = None) -> Made:
    return lambda language: paper(sold(what, language, tendered_minor=tendered_minor), language)


EVERYDAY: Final = goods((MILK, 2000), (APPLE, 1246), RICE, TISSUE)


def one_line(language: Language) -> Document:
    return paper(sold(goods(BAG), language), language)


def weighed(language: Language) -> Document:
    what = goods((APPLE, 846)).add_label(HAM, InStore("2100188015408", "00188", price_minor=15_40))
    return paper(sold(what, language, tendered_minor=50_00), language)


def member_points(language: Language) -> Document:
    return paper(sold(EVERYDAY, language, tier="silver", tendered_minor=200_00), language)


def top_tier(language: Language) -> Document:
    return paper(sold(EVERYDAY, language, tier="diamond", tendered_minor=200_00), language)


def redeemed(language: Language) -> Document:
    paid = [tender.points_payment(UUID(int=1), 1_000, PROGRAMME.redeem)]
    return paper(sold(EVERYDAY, language, tier="gold", paid=paid, tendered_minor=200_00), language)


def stored_value(language: Language) -> Document:
    sale = sold(EVERYDAY, language, tier="gold", paid=[card(100_00, TenderKind.STORED_VALUE)], tendered_minor=50_00)
    return paper(sale, language, stored_value_minor=236_40)


def split_payment(language: Language) -> Document:
    paid = [card(20_00, TenderKind.VOUCHER, 1), card(60_00, TenderKind.WALLET, 2), card(50_00, number=3)]
    return paper(sold(EVERYDAY, language, paid=paid, tendered_minor=50_00), language)


def line_offers(language: Language) -> Document:
    rules = programme(
        offer("a", PercentOff(Decimal("12.5")), Goods(products=("milk",))),
        offer("b", AmountOff(5_00), Goods(products=("rice",))),
    )
    return paper(sold(EVERYDAY, language, rules, tier="gold", tendered_minor=200_00), language, rules)


def deals(language: Language) -> Document:
    terms: tuple[Terms, ...] = (
        Spend(Goods(categories=("home",)), (Step(60_00, AmountOff(10_00)),)),
        Get(Goods(products=("milk",)), 2, 1, PercentOff(Decimal(100))),
        Bundle((Part(Goods(products=("rice",)), 1), Part(Goods(products=("wine",)), 1)), 400_00),
    )
    named = tuple(Deal(f"d{n}", {}, each, date(2026, 1, 1), group=f"g{n}") for n, each in enumerate(terms))
    rules = replace(programme(), deals=named)
    what = goods((MILK, 3000), (TISSUE, 2000), RICE, WINE)
    return paper(sold(what, language, rules, tier="gold", tendered_minor=1000_00), language, rules)


def coupon(language: Language) -> Document:
    off = Deal("c", {}, Spend(Goods(everything=True), (Step(100_00, AmountOff(20_00)),)), date(2026, 1, 1))
    rules = replace(programme(), coupons=(CouponRule(off),))
    visit = Visit(coupons=(Coupon(UUID(int=5), "c", TODAY, TODAY, MEMBER),))
    bill = price(EVERYDAY, rules, PricingMember("gold", id=MEMBER), AT, visit)
    sale = booked(bill, language, rules, "gold", (), 200_00, "CNY", False, True, 127)
    return paper(sale, language, rules)


def tax_on_top(language: Language) -> Document:
    rules = programme(include_tax=False)
    return paper(sold(EVERYDAY, language, rules, tendered_minor=200_00), language, rules)


def several_rates(language: Language) -> Document:
    rules = programme(taxes={"standard": "0.13", "reduced": "0.09", "zero": "0", "odd": "0.0825"})
    what = goods(MILK, RICE, replace(BAG, tax_code="zero"), replace(WINE, tax_code="odd"))
    return paper(sold(what, language, rules, tendered_minor=500_00), language, rules)


def cash_rounding(language: Language) -> Document:
    rules = replace(programme(), cash_rounding_minor=50)
    return paper(sold(goods(MILK, (APPLE, 1246)), language, rules, tendered_minor=50_00), language, rules)


def training(language: Language) -> Document:
    return paper(sold(EVERYDAY, language, training=True, tendered_minor=200_00), language)


def offline(language: Language) -> Document:
    return paper(sold(EVERYDAY, language, tier="silver", tendered_minor=200_00, online=False), language)


def copy(language: Language) -> Document:
    return reprint(member_points(language), words(language))


def slip(number: int = 128, reason: str = "faulty") -> ReturnSlip:
    return ReturnSlip(UUID(int=number), SHIFT, TODAY, reason, "manager", number, code(number))


REASON: Final = {"en": "Faulty", "zh_Hans": "商品有瑕疵", "zh_Hant": "商品有瑕疵"}
APPROVER: Final = {"en": "Chen Wei", "zh_Hans": "陈伟", "zh_Hant": "陳偉"}


def part_returned(language: Language) -> Document:
    paid = [tender.points_payment(UUID(int=1), 1_000, PROGRAMME.redeem)]
    sale = sold(EVERYDAY, language, tier="gold", paid=paid, tendered_minor=200_00)
    record = take_back(sale, (), {1: 1000, 2: 1246}, slip(), ReturnRules())
    return return_receipt(
        record, sale, STORE, words(language), language, at=AT, cashier=CASHIER[language],
        approver=APPROVER[language], reason=REASON[language], points_balance=1_834,
    )  # fmt: skip


def return_on_top(language: Language) -> Document:
    sale = sold(EVERYDAY, language, programme(include_tax=False), paid=(), tendered_minor=200_00)
    record = take_back(sale, (), {1: 2000}, slip(), ReturnRules())
    return return_receipt(record, sale, STORE, words(language), language, at=AT, cashier=CASHIER[language])


def exchanged(language: Language) -> Document:
    old = sold(goods(RICE), language)
    record = take_back(old, (), {1: 1000}, slip(), ReturnRules())
    bill = price(goods(TISSUE, (MILK, 2000)), PROGRAMME, None, AT)
    swap = exchange(record, bill.total_minor)
    paid = [credit_payment(each, UUID(int=0xE0 + n)) for n, each in enumerate(swap.credits)]
    sale = booked(bill, language, PROGRAMME, None, paid, 20_00, "CNY", False, True, 129, swap.rounding_minor)
    return paper(sale, language, credits=[each.id for each in paid])


def exchange_return(language: Language) -> Document:
    """Goods for ¥69.90 given in exchange for some for ¥49.90: the rest is paid out."""
    old = sold(goods(RICE), language)
    record = take_back(old, (), {1: 1000}, slip(), ReturnRules())
    record = replace(record, refunds=exchange(record, 49_90).refunds)
    return return_receipt(record, old, STORE, words(language), language, at=AT, cashier=CASHIER[language])


def gift(language: Language, given: Mapping[int, int] | None = None) -> Document:
    sale = sold(EVERYDAY, language, tier="gold", tendered_minor=200_00)
    whole = {line.number: line.quantity_milli for line in sale.lines}
    return gift_receipt(
        sale, whole if given is None else given, STORE, words(language), language, until=TODAY + timedelta(days=30)
    )


def personal_coupon(language: Language) -> Document:
    names = {
        "en": "Autumn fruit and vegetables, family Saturday",
        "zh_Hans": "金秋果蔬家庭周六专享券",
        "zh_Hant": "金秋果蔬家庭週六專享券",
    }
    fruit = Goods(categories=("fruit",))
    steps = (Step(100_00, AmountOff(20_00)), Step(200_00, AmountOff(50_00)))
    off = Deal(
        "c", names, Spend(fruit, steps), date(2026, 1, 1), window=Window((6, 7), time(9), time(21, 30)),
        most_minor=50_00, excludes=("d",), full_price_only=True,
    )  # fmt: skip
    had = Coupon(UUID("01935d2b-7c11-7e5a-9b3c-2f6a8d4e1c07"), "c", TODAY, TODAY + timedelta(days=29), MEMBER)
    return coupon_slip(had, CouponRule(off), STORE, words(language), language, here_only=True)


def empty_z(language: Language) -> Document:
    none = ShiftFigures()
    closed = close(SHIFT, none, SHIFT.float_minor, 18, TODAY)
    return z_report(SHIFT, none, closed, STORE, words(language), language, at=AT, cashier="محمد الأمين")


def load(language: Language) -> Document:
    cash = tender.cash(500_00, 500_00)
    loaded = StoredValueLoaded(
        UUID(int=1), MEMBER, "s1", 3, SHIFT.shift_id, "wang", TODAY, "CNY", 500_00, (cash.payment(UUID(int=2)),), 1,
        (BonusLot(UUID(int=3), 50_00, date(2027, 11, 24)),),
    )  # fmt: skip
    return load_receipt(loaded, STORE, 786_40, words(language), language, at=AT, cashier=CASHIER[language])


def reward(language: Language) -> Document:
    had = RewardRedeemed(
        UUID(int=1), MEMBER, "mug", RewardKind.GOODS, "mug", 2, 1_200, "s1", 3, SHIFT.shift_id, "wang", 130, TODAY, 1
    )
    name = {
        "en": "Enamel mug, limited edition",
        "zh_Hans": "限量版珐琅马克杯（附礼盒）",
        "zh_Hant": "限量版琺瑯馬克杯（附禮盒）",
    }
    return reward_slip(
        had, STORE, words(language), language, name=name[language], balance_before=1_860, at=AT,
        cashier=CASHIER[language],
    )  # fmt: skip


def figures(language: Language) -> ShiftFigures:
    paid = [card(20_00, TenderKind.VOUCHER, 1), card(60_00, TenderKind.WALLET, 2), card(20_00, number=3)]
    first = sold(EVERYDAY, language, tier="gold", paid=paid, tendered_minor=100_00)
    second = sold(goods(MILK, WINE), language, replace(programme(), cash_rounding_minor=50), number=128)
    sums = add(add(ShiftFigures(), first), second)
    return add_return(sums, take_back(second, (), {1: 1000}, slip(129), ReturnRules()))


def x(language: Language) -> Document:
    without = replace(figures(language), returns=0, refunds={}, taxes_back=())
    return x_report(SHIFT, without, STORE, words(language), language, at=AT, cashier=CASHIER[language])


_TAXI = {
    "en": "Taxi to the airport, with the samples",
    "zh_Hans": "送样品去机场的出租车费",
    "zh_Hant": "送樣品去機場的計程車費",
}


def moved(language: Language, kind: MovementKind, amount_minor: int, reason: str) -> CashMoved:
    approver = "chen" if kind is MovementKind.PAID_OUT else ""
    return CashMoved(
        UUID(int=1), "s1", SHIFT.lane, SHIFT.shift_id, "wang", TODAY, SHIFT.currency, kind, amount_minor, reason,
        approver,
    )  # fmt: skip


def cash_moved(kind: MovementKind, amount_minor: int, reason: str = "") -> Made:
    def make(language: Language) -> Document:
        fact = moved(language, kind, amount_minor, reason or _TAXI[language])
        return cash_slip(
            fact, STORE, words(language), language, at=AT, cashier=CASHIER[language],
            approver=APPROVER[language] if fact.approver_id else "",
        )  # fmt: skip

    return make


def no_sale(language: Language) -> Document:
    return no_sale_slip("count", STORE, words(language), language, lane=SHIFT.lane, at=AT, by=CASHIER[language])


def z_drawer(language: Language) -> Document:
    """A shift with all that can happen to its drawer."""
    sums = add_opening(add_opening(figures(language)))
    for kind, minor in ((MovementKind.PAID_IN, 50_00), (MovementKind.PAID_OUT, 86_50), (MovementKind.DROP, 100_00)):
        sums = add_movement(sums, moved(language, kind, minor, "other"))
    closed = close(SHIFT, sums, SHIFT.float_minor + sums.cash_minor, 18, TODAY)
    return z_report(SHIFT, sums, closed, STORE, words(language), language, at=AT, cashier=CASHIER[language])


def _z(language: Language, off_minor: int) -> Document:
    sums = figures(language)
    closed = close(SHIFT, sums, SHIFT.float_minor + sums.cash_minor + off_minor, 17, TODAY)
    return z_report(SHIFT, sums, closed, STORE, words(language), language, at=AT, cashier=CASHIER[language])


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


def yen(language: Language) -> Document:
    sale = sold(
        goods(replace(MILK, price_minor=248), replace(RICE, price_minor=3_980)),
        language,
        currency="JPY",
        tendered_minor=5_000,
    )
    return paper(sale, language, store=replace(STORE, currency="JPY"))


PAPERS: Final[dict[str, Made]] = {
    "cash-sale": _plain(EVERYDAY, 200_00),
    "one-line": one_line,
    "weighed-goods": weighed,
    "member-points": member_points,
    "member-top-tier": top_tier,
    "points-redeemed": redeemed,
    "stored-value": stored_value,
    "split-payment": split_payment,
    "line-offers": line_offers,
    "deals": deals,
    "coupon": coupon,
    "tax-on-top": tax_on_top,
    "several-rates": several_rates,
    "cash-rounding": cash_rounding,
    "training": training,
    "offline": offline,
    "copy": copy,
    "return-part": part_returned,
    "return-tax-on-top": return_on_top,
    "exchange": exchanged,
    "load-slip": load,
    "reward-slip": reward,
    "exchange-return": exchange_return,
    "gift-receipt": gift,
    "gift-receipt-part": lambda language: gift(language, {1: 1000, 2: 1246}),
    "coupon-slip": personal_coupon,
    "x-report": x,
    "z-report-short": lambda language: _z(language, -50),
    "z-report-over": lambda language: _z(language, 1_00),
    "z-report-empty": empty_z,
    "lines-500": many_lines,
    "names-long": _plain(goods(ENDLESS, (WINE, 2000))),
    "names-right-to-left": _plain(goods(ARABIC, (HEBREW, 2000))),
    "names-right-to-left-long": lambda language: paper(
        sold(goods(LONG_ARABIC, (LONG_ARABIC, 3000), HEBREW), language), language, store=HEBREW_STORE
    ),
    "names-other-scripts": _plain(goods(BREAD, (SPICE, 2000), KEFIR, LODZ)),
    "names-emoji-rare": _plain(goods(EMOJI, RARE, (EMOJI, 2000))),
    "full-width-marks": _plain(goods(MARKS, (MARKS, 1000), FREE)),
    "long-address": lambda language: paper(sold(goods(MILK), language), language, store=LONG_STORE),
    "nine-digits": _plain(goods(MACHINE, FREE)),
    "yen": yen,
    "logo": with_logo,
    "zero-lines": lambda language: Document("receipt", language, ()),
    "supermarket": supermarket,
    "cash-paid-in": cash_moved(MovementKind.PAID_IN, 50_00, "change"),
    "cash-paid-out": cash_moved(MovementKind.PAID_OUT, 86_50),
    "cash-drop": cash_moved(MovementKind.DROP, 1_234_567_00, "safe"),
    "no-sale": no_sale,
    "z-report-drawer": z_drawer,
}
