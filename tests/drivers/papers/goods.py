"""What is sold."""

from __future__ import annotations

from typing import Final

from shared_models.domain.basket import Basket
from shared_models.domain.catalogue import Product


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


def goods(*picked: Product | tuple[Product, int]) -> Basket:
    made = Basket()
    for each in picked:
        product, milli = each if isinstance(each, tuple) else (each, 1000)
        made = made.add(product, product.id, milli)
    return made


EVERYDAY: Final = goods((MILK, 2000), (APPLE, 1246), RICE, TISSUE)
