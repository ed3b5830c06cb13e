"""Every word that the page says itself, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

GUESS = "推断"  # the origin of a value that no text states


@dataclass(frozen=True, slots=True)
class Texts:
    """One language of the page. Law text, titles and addresses are never translated.

    ``root`` is where this language's page stands; ``names`` gives levels, regions, statuses
    and the shipped model in this language (a name that is missing is shown as it is).
    """

    lang: str
    root: str
    other_lang: str
    other_root: str
    other_name: str
    names: Mapping[str, str]

    title: str
    tagline: str
    question: str
    placeholder: str
    ask: str
    filters: str
    level: str
    region: str
    region_info: str
    day: str
    day_placeholder: str
    day_info: str
    any_day: str

    start_lead: str
    examples: str
    keys_hint: str

    answer: str
    in_force_on: str
    today_suffix: str
    all_days: str
    only_levels: str
    only_regions: str
    only_national: str
    counted: str
    back: str
    cited: str
    others: str
    show_all: str
    show_less: str
    copy: str
    copied: str
    copy_failed: str
    original: str
    also: str
    also_more: str
    answered: str
    answered_hint: str
    answered_done: str
    not_kept: str
    not_reached: str
    page: str
    effective: str
    effective_guessed: str
    repealed: str
    will_apply: str
    ended: Mapping[str, str]
    caution: str

    abstained: str
    reason: str
    silences: Mapping[str, str]
    searched: str
    closest: str
    advice: str

    empty: str
    too_long: str
    bad_day: str
    busy: str
    failed: str
    empty_title: str
    error_title: str
    busy_title: str
    lost: str
    reload: str
    chosen: str

    footer: str
    no_documents: str
    disclaimer: str

    reader_home: str
    outline: str
    issuer: str
    number: str
    issued: str
    effective_label: str
    effective_label_guessed: str
    repealed_label: str
    status: str
    document: str
    url: str
    fixes: str
    problem: str
    marked: str
    unknown: str
    unknown_lead: str

    def standing(self, status: str) -> str:
        """What is to be said of a text beside its name: that it does not hold today, or may not; else nothing."""
        return "" if status == "现行有效" else self.ended.get(status, self.name(status))

    def name(self, value: str) -> str:
        """A level, region or status in this language."""
        return self.names.get(value, value)

    def on_day(self, day: date) -> str:
        """A date as this language writes it."""
        if self.lang == "zh-CN":
            return f"{day.year}年{day.month}月{day.day}日"
        return f"{day.day} {day:%B} {day.year}"


ZH = Texts(
    lang="zh-CN",
    root="/",
    other_lang="en",
    other_root="/en/",
    other_name="English",
    names={"待核实": "效力待核实", "shipped": "内置"},
    title="工会政策问答",
    tagline="每句话都有出处，出处可逐字核对",
    question="您的问题",
    placeholder="例如：会员会费按什么比例交纳？",
    ask="查询",
    filters="筛选：层级、地区、日期",
    level="效力层级",
    region="适用地区（含全国性规定）",
    region_info="不选即不限",
    day="按哪一天施行的规定回答",
    day_placeholder="今天",
    day_info="留空即今天；写法如 2020-05-01",
    any_day="不限日期，已废止和尚未施行的文本也查",
    start_lead="用平常的话提问，或直接写条号、文号。回答只用原文的话，找不到依据时会如实说明。",
    examples="可以这样问",
    keys_hint="按 / 回到提问框，按 1–9 跳到对应条文，按 Esc 返回",
    answer="回答",
    in_force_on="按{day}施行的规定",
    today_suffix="（今天）",
    all_days="不限日期，含已废止和尚未施行的文本",
    only_levels="层级：{names}",
    only_regions="地区：{names}及全国",
    only_national="地区：全国",
    counted="{statements} 句回答，{passages} 条依据，用时 {seconds} 秒",
    back="回到回答",
    cited="依据",
    others="其他相关条文",
    show_all="展开全文",
    show_less="收起",
    copy="复制引用",
    copied="已复制",
    copy_failed="未能复制，请手动选取",
    original="查看原文",
    also="同文另见：",
    also_more="另有 {count} 处",
    answered="这条解决了我的问题",
    answered_hint="把这个问题记在本机的索引里，以后这样问，先找到这一条",
    answered_done="已记下",
    not_kept="没有记下：",
    not_reached="连不上服务器，请稍后再试。",
    page="第 {number} 页",
    effective="{day}起施行",
    effective_guessed="本版本自{day}起施行（推断）",
    repealed="{day}起失效",
    will_apply="将于{day}施行",
    ended={"已修改": "已被修改", "被取代": "已被取代", "已废止": "已废止", "尚未施行": "尚未施行"},
    caution="请注意：依据 {numbers} 的效力状态为“{status}”，引用前请核对。",
    abstained="没有找到可靠依据，不作回答",
    reason="原因",
    silences={},
    searched="已查 {documents} 份文件、{chunks} 条条文。{scope}。",
    closest="最接近的条文（不构成回答）",
    advice="可以换一种说法，写明文件名称或条号，或放宽筛选条件后再试。",
    empty="请先写下问题，再按“查询”或回车键。",
    too_long="问题太长了，最多 {limit} 字。请只保留要问的那一两句。",
    bad_day="看不懂日期“{day}”。请写成 2020-05-01 的样子，或留空表示今天。",
    busy="现在提问的人较多，请过几秒钟再按一次“查询”。您写的问题仍在框里。",
    failed="这次没有查成。请再试一次；如仍不行，请把编号 {id} 告诉管理员。",
    empty_title="还没有问题",
    error_title="没有查成",
    busy_title="请稍候",
    lost="与服务器的连接断了，这个问题还没有查成；上一次的回答已收起。问题已留在本页，服务器恢复后请重新载入。",
    reload="重新载入",
    chosen="（已选 {count} 项）",
    footer="共 {documents} 份文件、{chunks} 条条文 · 检索模型 {model} · 版本 {version}",
    no_documents="索引里还没有文件。请管理员运行 rag ingest 导入。",
    disclaimer="回答逐字摘自所列文件，仅供查阅，以正式公布的文本为准。",
    reader_home="去提问",
    outline="目录",
    issuer="发布机关",
    number="文号",
    issued="公布日期",
    effective_label="施行日期",
    effective_label_guessed="施行日期（推断）",
    repealed_label="失效日期",
    status="效力",
    document="文件",
    url="来源网址",
    fixes="整理时的修正",
    problem="这份文件读取时有问题：{problem}",
    marked="所引文字",
    unknown="没有这份文件",
    unknown_lead="它可能已从索引中移走或改了名。请返回重新提问。",
)

LEVELS_EN = {
    "宪法": "Constitution",
    "法律": "Law",
    "行政法规": "Administrative regulation",
    "司法解释": "Judicial interpretation",
    "部门规章": "Ministry rule",
    "地方性法规": "Local regulation",
    "地方政府规章": "Local government rule",
    "总工会文件": "ACFTU document",
    "规范性文件": "Normative document",
    "典型案例": "Model case",
    "其他": "Other",
}
STATUSES_EN = {
    "现行有效": "In force",
    "尚未施行": "Not yet in force",
    "已修改": "Amended",
    "被取代": "Superseded",
    "已废止": "Repealed",
    "待核实": "Validity unverified",
}
REGIONS_EN = {
    "全国": "National", "北京": "Beijing", "天津": "Tianjin", "河北": "Hebei", "山西": "Shanxi",
    "内蒙古": "Inner Mongolia", "辽宁": "Liaoning", "吉林": "Jilin", "黑龙江": "Heilongjiang",
    "上海": "Shanghai", "江苏": "Jiangsu", "浙江": "Zhejiang", "安徽": "Anhui", "福建": "Fujian",
    "江西": "Jiangxi", "山东": "Shandong", "河南": "Henan", "湖北": "Hubei", "湖南": "Hunan",
    "广东": "Guangdong", "广西": "Guangxi", "海南": "Hainan", "重庆": "Chongqing", "四川": "Sichuan",
    "贵州": "Guizhou", "云南": "Yunnan", "西藏": "Tibet", "陕西": "Shaanxi", "甘肃": "Gansu",
    "青海": "Qinghai", "宁夏": "Ningxia", "新疆": "Xinjiang", "台湾": "Taiwan", "香港": "Hong Kong",
    "澳门": "Macao",
}  # fmt: skip

EN = Texts(
    lang="en",
    root="/en/",
    other_lang="zh-CN",
    other_root="/",
    other_name="中文",
    names={**LEVELS_EN, **STATUSES_EN, **REGIONS_EN, "shipped": "built-in"},
    title="Union policy answers",
    tagline="Every sentence has a source that you can check word for word",
    question="Your question",
    placeholder="For example: what share of wages is the membership fee?",
    ask="Ask",
    filters="Filters: level, region, date",
    level="Level",
    region="Region (national rules included)",
    region_info="None chosen means any",
    day="Answer by the law in force on",
    day_placeholder="today",
    day_info="Empty means today; write it as 2020-05-01",
    any_day="Any date: search repealed texts and those not yet in force too",
    start_lead=(
        "Ask in plain words, or give an article or document number. Answers are the sources' own "
        "Chinese words; where nothing supports an answer, the page says so."
    ),
    examples="Try one of these",
    keys_hint="Press / for the question box, 1–9 for a passage, Esc to go back",
    answer="Answer",
    in_force_on="By the law in force on {day}",
    today_suffix=" (today)",
    all_days="Any date, repealed texts and those not yet in force included",
    only_levels="level: {names}",
    only_regions="region: {names} and national",
    only_national="region: national",
    counted="{statements} sentences, {passages} sources, {seconds} s",
    back="Back",
    cited="Sources",
    others="Other related passages",
    show_all="Show all",
    show_less="Show less",
    copy="Copy citation",
    copied="Copied",
    copy_failed="Could not copy: please select the text",
    original="View original",
    also="Same words in: ",
    also_more="{count} more",
    answered="This answered me",
    answered_hint="Keeps the question in the index on this machine: asked alike, this passage is found first",
    answered_done="Noted",
    not_kept="Not kept: ",
    not_reached="the server cannot be reached. Please try again later.",
    page="page {number}",
    effective="in force from {day}",
    effective_guessed="this version in force from {day} (inferred)",
    repealed="no longer in force from {day}",
    will_apply="will apply from {day}",
    ended={
        "已修改": "amended",
        "被取代": "superseded",
        "已废止": "repealed",
        "尚未施行": "not yet in force",
        "待核实": "validity unverified",
    },
    caution="Please note: the status of source {numbers} is “{status}”. Check before you quote it.",
    abstained="No reliable source found, so no answer is given",
    reason="Reason",
    silences={
        "unknown_document": "The index does not hold the document that the question names.",
        "out_of_range": "The document that the question names has no such article.",
        "ambiguous": "The name in the question fits several documents; give the full title or the place.",
        "no_law_named": "The question gives an article but no law, for example: Trade Union Law, Article 43.",
        "not_in_force": "The text that the question names was not in force on that day. Below is the text that the index holds.",
        "nothing_found": "No passage was found. Try other words, or widen the filters.",
        "which_article": "The document is in the index; say which article, or ask about a matter.",
        "empty_index": "The index is still empty.",
        "not_borne_out": "No passage says what the question asks.",
        "no_quantity": "The passages found do not give the amount, share, time or number asked for.",
        "no_sentence": "No sentence of the passages found answers the question directly.",
    },
    searched="Searched {documents} documents, {chunks} passages. {scope}.",
    closest="Closest passages (not an answer)",
    advice="Try other words, name the document or article, or widen the filters.",
    empty="Please write a question first, then press Ask or Enter.",
    too_long="The question is too long: {limit} characters at most. Keep the one or two sentences that ask.",
    bad_day="The date “{day}” is not understood. Write it as 2020-05-01, or leave it empty for today.",
    busy="Many people are asking just now. Press Ask again in a few seconds; your question is still there.",
    failed="That did not work. Please try again; if it fails again, give your administrator the number {id}.",
    empty_title="No question yet",
    error_title="That did not work",
    busy_title="One moment",
    lost=(
        "The connection to the server was lost and this question has no answer yet; the last answer is put "
        "away. The question is kept: reload the page once the server is back."
    ),
    reload="Reload",
    chosen=" ({count} chosen)",
    footer="{documents} documents, {chunks} passages · retrieval model {model} · version {version}",
    no_documents="The index holds no document yet. An administrator adds them with rag ingest.",
    disclaimer="Answers quote the documents word for word, for reference; the official publication prevails.",
    reader_home="Ask a question",
    outline="Contents",
    issuer="Issuer",
    number="Number",
    issued="Published",
    effective_label="In force from",
    effective_label_guessed="In force from (inferred)",
    repealed_label="Until",
    status="Status",
    document="File",
    url="Web address",
    fixes="Repairs made while reading",
    problem="There was a problem reading this file: {problem}",
    marked="Quoted words",
    unknown="No such document",
    unknown_lead="It may have been removed from the index or renamed. Please go back and ask again.",
)

LANGUAGES: tuple[Texts, ...] = (ZH, EN)
