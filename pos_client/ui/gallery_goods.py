"""What the gallery's shop sells: short and long names, goods by weight, goods without a member price."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Goods:
    category: str
    price_minor: int
    english: str
    simplified: str
    traditional: str
    unit: str = "each"
    plu: str = ""
    member_price: bool = True


GOODS = (
    Goods("dairy", 1_290, "Fresh milk 950 ml", "鲜牛奶 950 毫升", "鮮牛奶 950 毫升"),
    Goods("fruit", 1_680, "Apples, Fuji", "红富士苹果", "紅富士蘋果", unit="kg", plu="4131"),
    Goods("bakery", 850, "Toast, whole grain", "全麦吐司", "全麥吐司"),
    Goods("vegetables", 498, "Tomatoes", "番茄", "番茄", unit="kg", plu="4664"),
    Goods("fruit", 798, "Bananas", "香蕉", "香蕉", unit="kg", plu="4011"),
    Goods("other", 50, "Carrier bag", "购物袋", "購物袋", plu="1", member_price=False),
    Goods("eggs", 2_190, "Free-range eggs, 15", "散养鸡蛋 15 枚", "放養雞蛋 15 枚"),
    Goods("drinks", 350, "Mineral water 550 ml", "矿泉水 550 毫升", "礦泉水 550 毫升"),
    Goods("bakery", 680, "Croissant", "可颂", "可頌"),
    Goods("grain", 6_990, "Rice, northeast, 5 kg", "东北大米 5 公斤", "東北大米 5 公斤"),
    Goods("fruit", 2_580, "Mandarins", "蜜橘", "蜜橘", unit="kg", plu="4055"),
    Goods("vegetables", 398, "Chinese cabbage", "大白菜", "大白菜", unit="kg", plu="4552"),
    Goods("dairy", 1_550, "Yogurt, plain, 8 cups", "原味酸奶 8 杯", "原味優格 8 杯"),
    Goods("snacks", 1_180, "Sunflower seeds", "葵花籽", "葵花籽"),
    Goods("drinks", 990, "Orange juice 1 l", "橙汁 1 升", "柳橙汁 1 公升"),
    Goods("bakery", 1_200, "Egg tarts, 4", "蛋挞 4 只", "蛋塔 4 個"),
    Goods("seasoning", 1_490, "Soy sauce, light, 500 ml", "生抽酱油 500 毫升", "生抽醬油 500 毫升"),
    Goods("household", 2_990, "Laundry detergent 2 kg", "洗衣液 2 公斤", "洗衣精 2 公斤"),
    Goods("fruit", 3_980, "Blueberries 125 g", "蓝莓 125 克", "藍莓 125 克"),
    Goods("vegetables", 1_280, "Broccoli", "西兰花", "青花菜", unit="kg", plu="4060"),
    Goods(
        "baby_formula",
        28_800,
        "Follow-on infant formula, stage 2, with lactoferrin and DHA, tin of 800 grams",
        "二段较大婴儿配方奶粉（含乳铁蛋白与DHA，适合6至12月龄）800克罐装",
        "第二階段較大嬰兒配方奶粉（含乳鐵蛋白與DHA，適合6至12個月）800公克罐裝",
        member_price=False,
    ),
    Goods(
        "household",
        4_590,
        "Facial tissues, three-ply, unscented, family pack of 24 packets, 120 sheets each",
        "抽纸 三层加厚 无香 家庭装 24 包 每包 120 抽 可湿水",
        "抽取式衛生紙 三層加厚 無香 家庭裝 24 包 每包 120 抽 可溼水",
    ),
    Goods("drinks", 450, "Cola 500 ml", "可乐 500 毫升", "可樂 500 毫升"),
    Goods("snacks", 790, "Potato crisps", "薯片", "洋芋片"),
    Goods("meat", 4_580, "Pork belly", "五花肉", "五花肉", unit="kg", plu="5101"),
    Goods("seafood", 6_880, "Prawns", "基围虾", "基圍蝦", unit="kg", plu="5201"),
    Goods("dairy", 2_280, "Cheese slices, 12", "芝士片 12 片", "起司片 12 片"),
    Goods("sweets", 1_650, "Dark chocolate 100 g", "黑巧克力 100 克", "黑巧克力 100 克"),
    Goods("frozen", 2_490, "Dumplings, pork and leek", "猪肉韭菜水饺", "豬肉韭菜水餃"),
    Goods("coffee_tea", 5_800, "Jasmine tea 250 g", "茉莉花茶 250 克", "茉莉花茶 250 克"),
    Goods("fruit", 798, "Pears, Ya", "鸭梨", "鴨梨", unit="kg"),
    Goods("fruit", 2_580, "Grapes, seedless", "无籽葡萄", "無籽葡萄", unit="kg"),
    Goods("fruit", 1_890, "Pomelo", "蜜柚", "蜜柚"),
    Goods("fruit", 2_290, "Kiwi fruit, 6", "猕猴桃 6 只", "奇異果 6 顆"),
    Goods("fruit", 3_290, "Strawberries 500 g", "草莓 500 克", "草莓 500 公克"),
    Goods("fruit", 1_380, "Lemons", "柠檬", "檸檬", unit="kg"),
    Goods("fruit", 1_580, "Dragon fruit", "火龙果", "火龍果", unit="kg"),
    Goods("vegetables", 359, "Potatoes", "土豆", "馬鈴薯", unit="kg"),
    Goods("vegetables", 398, "Carrots", "胡萝卜", "胡蘿蔔", unit="kg"),
    Goods("vegetables", 329, "Onions", "洋葱", "洋蔥", unit="kg"),
    Goods("vegetables", 890, "Spinach", "菠菜", "菠菜", unit="kg"),
    Goods("vegetables", 698, "Cucumbers", "黄瓜", "小黃瓜", unit="kg"),
    Goods("vegetables", 798, "Aubergines", "茄子", "茄子", unit="kg"),
    Goods("vegetables", 1_190, "Garlic", "大蒜", "大蒜", unit="kg"),
    Goods("bakery", 680, "Steamed buns, 6", "馒头 6 只", "饅頭 6 個"),
    Goods("bakery", 750, "Red-bean bread", "红豆面包", "紅豆麵包"),
    Goods("bakery", 990, "Baguette", "法棍", "法國長棍"),
    Goods("bakery", 1_880, "Cheesecake, slice", "芝士蛋糕", "起司蛋糕"),
    Goods("bakery", 890, "Pork-floss roll", "肉松卷", "肉鬆捲"),
    Goods("bakery", 16_800, "Birthday cake, 20 cm", "生日蛋糕 20 厘米", "生日蛋糕 20 公分"),
    Goods("dairy", 3_290, "Butter 227 g", "黄油 227 克", "奶油 227 公克"),
    Goods("dairy", 1_390, "Milk, low-fat, 950 ml", "低脂牛奶 950 毫升", "低脂牛奶 950 毫升"),
    Goods("dairy", 990, "Soy milk 1 l", "豆浆 1 升", "豆漿 1 公升"),
    Goods("dairy", 1_290, "Yogurt drink, 4", "乳酸菌饮料 4 瓶", "乳酸菌飲料 4 瓶"),
    Goods("dairy", 1_890, "Cream 250 ml", "淡奶油 250 毫升", "鮮奶油 250 毫升"),
    Goods("drinks", 450, "Green tea 500 ml", "绿茶 500 毫升", "綠茶 500 毫升"),
    Goods("drinks", 550, "Sparkling water", "气泡水", "氣泡水"),
    Goods("drinks", 690, "Iced coffee", "冰咖啡", "冰咖啡"),
    Goods("drinks", 1_190, "Coconut water", "椰子水", "椰子水"),
    Goods("snacks", 890, "Rice crackers", "仙贝", "仙貝"),
    Goods("snacks", 4_990, "Mixed nuts 300 g", "每日坚果 300 克", "綜合堅果 300 公克"),
    Goods("grain", 780, "Hand-pulled noodles", "手工挂面", "手工拉麵"),
    Goods("grain", 1_690, "Flour 2.5 kg", "面粉 2.5 公斤", "麵粉 2.5 公斤"),
)
