"""Made-up brands: the data have only numbers of makers. Any likeness to a real brand is chance."""

from __future__ import annotations

from functools import cache

OWN_BRAND = {"zh_Hans": "惠屿", "zh_Hant": "惠嶼", "en": "Huiyu"}
"""The chain's own brand (``Private`` in the data)."""

_FIRST = """禾 禾 he|青 青 qing|岭 嶺 ling|云 雲 yun|松 松 song|竹 竹 zhu|泉 泉 quan|晨 晨 chen|沐 沐 mu|柏 柏 bai
溪 溪 xi|朴 樸 pu|墨 墨 mo|蓝 藍 lan|桐 桐 tong|砚 硯 yan|桥 橋 qiao|川 川 chuan|屿 嶼 yu|沃 沃 wo|麓 麓 lu|柚 柚 you
橡 橡 xiang|枫 楓 feng|葵 葵 kui|澜 瀾 lan|弥 彌 mi|甫 甫 fu|杉 杉 shan|棠 棠 tang|荻 荻 di|苇 葦 wei|榆 榆 yu
崖 崖 ya|湾 灣 wan|塘 塘 tang|坡 坡 po|峡 峽 xia|洲 洲 zhou|岚 嵐 lan"""
_SECOND = """坊 坊 fang|园 園 yuan|野 野 ye|乡 鄉 xiang|舟 舟 zhou|田 田 tian|屋 屋 wu|记 記 ji|岸 岸 an|里 里 li
朵 朵 duo|谷 谷 gu|圃 圃 pu|麦 麥 mai|叶 葉 ye|舍 舍 she|原 原 yuan|汀 汀 ting|和 和 he|粒 粒 li|径 徑 jing|渡 渡 du
栈 棧 zhan|丘 丘 qiu|畔 畔 pan|巷 巷 xiang|庐 廬 lu|台 台 tai|集 集 ji|铺 鋪 pu|篱 籬 li|井 井 jing|垄 壟 long
埠 埠 bu|廊 廊 lang|墅 墅 shu|帆 帆 fan|亭 亭 ting|阁 閣 ge|寨 寨 zhai"""


def _syllables(table: str) -> list[list[str]]:
    return [entry.split() for entry in table.replace("\n", "|").split("|")]


@cache
def maker_brand(maker: int) -> dict[str, str]:
    """The brand of a maker's number, by language; makers 1,600 apart share one."""
    first, second = _syllables(_FIRST), _syllables(_SECOND)
    one = first[maker % len(first)]
    other = second[maker // len(first) % len(second)]
    return {
        "zh_Hans": one[0] + other[0],
        "zh_Hant": one[1] + other[1],
        "en": (one[2] + other[2]).capitalize(),
    }


def brand_of(kind: str, maker: int) -> dict[str, str]:
    """``kind`` is the data's ``brand``: ``Private`` or ``National``."""
    return OWN_BRAND if kind == "Private" else maker_brand(maker)
