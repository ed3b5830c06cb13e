"""Places: which province-level region a title, an issuer or a question names."""

from __future__ import annotations

import re

NATIONAL = "全国"
ABROAD = "境外"

# Province-level regions, each with its cities and prefectures, without 省 and 市 (民政部 行政区划).
_TABLE = """
北京：
天津：
上海： 浦东
重庆：
河北： 石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 雄安
山西： 太原 大同 阳泉 长治 晋城 朔州 晋中 运城 忻州 临汾 吕梁
内蒙古： 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安盟 锡林郭勒 阿拉善
辽宁： 沈阳 大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛
吉林： 长春 四平 辽源 通化 白山 松原 白城 延边
黑龙江： 哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭
江苏： 南京 无锡 徐州 常州 苏州 南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁
浙江： 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水
安徽： 合肥 芜湖 蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城
福建： 福州 厦门 莆田 三明 泉州 漳州 南平 龙岩 宁德
江西： 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶
山东： 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁 泰安 威海 日照 临沂 德州 聊城 滨州 菏泽
河南： 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口
    驻马店 济源
湖北： 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 仙桃 潜江 天门 神农架
湖南： 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西
广东： 广州 韶关 深圳 珠海 汕头 佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山
    潮州 揭阳 云浮
广西： 南宁 柳州 桂林 梧州 北海 防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左
海南： 海口 三亚 三沙 儋州
四川： 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁 内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中
    资阳 阿坝 甘孜 凉山
贵州： 贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南 黔东南 黔南
云南： 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆
西藏： 拉萨 日喀则 昌都 林芝 山南 那曲 阿里
陕西： 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛
甘肃： 兰州 嘉峪关 金昌 白银 天水 武威 张掖 平凉 酒泉 庆阳 定西 陇南 临夏 甘南
青海： 西宁 海东 海北 黄南 果洛 玉树 海西
宁夏： 银川 石嘴山 吴忠 固原 中卫
新疆： 乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 博尔塔拉 巴音郭楞 阿克苏 克孜勒苏 喀什 和田 伊犁 塔城
    阿勒泰 石河子
香港：
澳门：
台湾： 台北 新北 桃园 台中 台南 高雄
"""
# 文号 of a region's organs begin with its one-character name: 京人社劳发, 浙总工发.
_LETTERS = """
    京北京 津天津 沪上海 渝重庆 冀河北 晋山西 内内蒙古 辽辽宁 吉吉林 黑黑龙江 苏江苏 浙浙江 皖安徽
    闽福建 赣江西 鲁山东 豫河南 鄂湖北 湘湖南 粤广东 桂广西 琼海南 川四川 黔贵州 云云南 滇云南
    藏西藏 陕陕西 甘甘肃 青青海 宁宁夏 新新疆
"""
# Names that are also everyday words: a question names the place only with 市, 州, 地区 … behind it.
_EVERYDAY = """
    中山 朝阳 安康 白银 黄山 三明 大同 长治 来宾 开封 德州 新乡 大庆 延安 河源 保定 资阳 海东 海西
    海北 山南 阿里 和田 通化 定西 安顺 文山 红河 宣城 吉安 南平 平凉 中卫 东营 金昌 宜春 伊春 自贡
    玉树 铜仁 黄南 吴忠 日照 四平 天门 桃园 白山 内江 怒江 张掖 北海 天水 新余 雅安 巴中 本溪 松原
    固原 商丘 广安 潜江 凉山 周口 南通
"""


def _places() -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for word in _TABLE.split():
        if word.endswith("："):
            cities = places.setdefault(word.removesuffix("："), [])
        else:
            cities.append(word)
    return places


PLACES = _places()
PROVINCE_OF = {city: province for province, cities in PLACES.items() for city in cities} | {
    province: province for province in PLACES
}
LETTERS = {pair[0]: pair[1:] for pair in _LETTERS.split()}
EVERYDAY = frozenset(_EVERYDAY.split())

_NAMES = "|".join(sorted(PROVINCE_OF, key=len, reverse=True))
_SUFFIX = r"(?:特别行政区|经济特区|[\u4e00-\u9fff]{0,6}?自治[区州]|新区|地区|省|市|州|盟)"
_AT_START = re.compile(rf"\s{{0,8}}(?:中共)?({_NAMES})({_SUFFIX}?)")
_ANYWHERE = re.compile(rf"({_NAMES})({_SUFFIX}?)")
_OTHER_CITY = re.compile(r"\s{0,8}([\u4e00-\u9fff]{2,4}?)市(?=[\u4e00-\u9fff]{2})(?!场|政|民|容)")
_NO_NAME = re.compile("[某城全本各该省大中小县]")
_NUMBER = re.compile(
    rf"([{''.join(LETTERS)}])(?:人社|总工|工总|工办|工发|政|府|高法|劳社|财|卫|医保|发改|司|民|税|教|建)"
)


def region_of(name: str) -> str | None:
    """The region of the place that a title or issuer begins with; a city unknown here is its own region.

    >>> region_of("郑州市劳动用工条例"), region_of("深圳经济特区安全生产监督管理条例"), region_of("工会法")
    ('河南', '广东', None)
    """
    known = _AT_START.match(name)
    if known and (known[2] or known[1] not in EVERYDAY):
        return PROVINCE_OF[known[1]]
    other = _OTHER_CITY.match(name)
    return str(other[1]) if other and not _NO_NAME.search(other[1]) else None


def region_of_number(number: str) -> str | None:
    """The region that a 文号 begins with.

    >>> region_of_number("京人社劳发〔2025〕7号"), region_of_number("人社部发〔2025〕2号")
    ('北京', None)
    """
    match = _NUMBER.match(number)
    return LETTERS[match[1]] if match else None


def place_of(title: str) -> str | None:
    """The place that a title begins with, with 省 or 市 as its organs are called.

    >>> place_of("深圳经济特区安全生产监督管理条例"), place_of("洛阳市企业职工民主权利保障条例")
    ('深圳市', '洛阳市')
    """
    known = _AT_START.match(title)
    if known is None:
        other = _OTHER_CITY.match(title)
        return f"{other[1]}市" if other and region_of(title) else None
    suffix = known[2]
    if suffix == "经济特区":
        suffix = "省" if known[1] in PLACES else "市"
    return known[1] + suffix if suffix else None


def regions_named(question: str) -> tuple[str, ...]:
    """The regions that a question names, each once, in its order.

    >>> regions_named("宁波和上海的企业工资集体协商"), regions_named("三明治店没签劳动合同")
    (('浙江', '上海'), ())
    """
    found = [
        PROVINCE_OF[match[1]]
        for match in _ANYWHERE.finditer(question)
        if match[2] or match[1] not in EVERYDAY
    ]
    own = _OTHER_CITY.match(question)
    if own and not found and region_of(question):
        found.append(own[1])
    return tuple(dict.fromkeys(found))
