"""What the made-up shop sells, and who buys there."""

from __future__ import annotations

from decimal import Decimal

from shared_models.wire.state import ProductDoc, StoreDoc

STORES = (
    StoreDoc(
        id="renmin",
        names={"zh_Hans": "人民路店", "zh_Hant": "人民路門市", "en": "Renmin Road"},
        address=["人民路 18 号"], currency="CNY", timezone="Asia/Shanghai",
    ),
    StoreDoc(
        id="binjiang",
        names={
            "zh_Hans": "滨江国际购物中心地下一层生鲜超市店",
            "zh_Hant": "濱江國際購物中心地下一層生鮮超市門市",
            "en": "Binjiang International Shopping Centre, Fresh Food Hall",
        },
        address=["滨江大道 200 号"], currency="CNY", timezone="Asia/Shanghai",
    ),
)  # fmt: skip

_ROWS = (
    ("1001", "鲜牛奶 950 毫升", "鮮牛奶 950 毫升", "Fresh milk 950 ml", "12.80", "each", "reduced", "dairy"),
    ("1002", "原味酸奶 6 杯装", "原味優格 6 杯裝", "Plain yoghurt, 6 cups", "15.90", "each", "standard", "dairy"),
    ("1003", "草鸡蛋 15 枚", "土雞蛋 15 顆", "Free-range eggs, 15", "22.50", "each", "reduced", "dairy"),
    ("2001", "红富士苹果", "紅富士蘋果", "Fuji apples", "11.96", "kg", "reduced", "fruit"),
    ("2002", "云南小番茄", "雲南小番茄", "Yunnan cherry tomatoes", "19.80", "kg", "reduced", "fruit"),
    ("2003", "香蕉", "香蕉", "Bananas", "7.96", "kg", "reduced", "fruit"),
    ("3001", "东北大米 5 公斤", "東北大米 5 公斤", "North-east rice 5 kg", "49.90", "each", "reduced", "staples"),
    ("3002", "非转基因压榨一级花生油 5 升家庭装", "非基改壓榨一級花生油 5 公升家庭號",
     "Peanut oil, 5 l family size", "139.00", "each", "reduced", "staples"),
    ("3003", "生抽酱油 500 毫升", "生抽醬油 500 毫升", "Light soy sauce 500 ml", "9.90", "each", "standard", "staples"),
    ("4001", "全麦吐司", "全麥吐司", "Wholemeal toast", "8.50", "each", "standard", "bakery"),
    ("4002", "葡式蛋挞 4 只", "葡式蛋撻 4 個", "Egg tarts, 4", "16.00", "each", "standard", "bakery"),
    ("5001", "抽纸 24 包", "抽取衛生紙 24 包", "Tissues, 24 packs", "45.90", "each", "standard", "household"),
    ("5002", "洗衣液 3 公斤", "洗衣精 3 公斤", "Laundry liquid 3 kg", "39.90", "each", "standard", "household"),
    ("6001", "乌龙茶 500 毫升", "烏龍茶 500 毫升", "Oolong tea 500 ml", "4.50", "each", "standard", "drinks"),
    ("6002", "气泡水 12 罐", "氣泡水 12 罐", "Sparkling water, 12 cans", "42.00", "each", "standard", "drinks"),
    ("9001", "购物袋", "購物袋", "Carrier bag", "0.50", "each", "standard", "bags"),
)  # fmt: skip

PRODUCTS = tuple(
    ProductDoc(
        id=plu, codes=[plu], names={"zh_Hans": simplified, "zh_Hant": traditional, "en": english},
        price_minor=int(Decimal(price) * 100), unit=unit, tax=tax, category=category, rank=rank,
    )
    for rank, (plu, simplified, traditional, english, price, unit, tax, category) in enumerate(_ROWS)
)  # fmt: skip

_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高"
_GIVEN = (
    "芳",
    "伟",
    "秀英",
    "敏",
    "静",
    "磊",
    "洋",
    "艳",
    "志强",
    "晓明",
    "建国",
    "婷",
    "思远",
    "雨桐",
    "浩然",
    "若溪",
    "梓涵",
)

PEOPLE = (
    *(surname + given for given in _GIVEN for surname in _SURNAMES),
    "欧阳若溪", "Alexandra Konstantinopoulou-Wang",
)  # fmt: skip
