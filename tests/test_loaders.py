import sys
import zipfile
from xml.sax.saxutils import escape

import pytest

from rag.errors import LoadError
from rag.loaders import LOADERS, load
from rag.loaders.apart import Apart
from rag.loaders.encoding import decode
from rag.loaders.html import read_html
from rag.loaders.numbering import FORMATS, chinese
from rag.loaders.text import markdown

# --- what is refused, and why ------------------------------------------------------------------------


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


REFUSED = [
    ("空.txt", b"", "文件是空的"),
    ("空白.txt", b" \n\t\n", "没有文字"),
    ("规定.doc", b"\xd0\xcf\x11\xe0", "不支持 .doc"),
    ("规定.wps", b"x", "不支持 .wps"),
    ("规定", b"x", "没有扩展名"),
    ("程序.exe", b"MZ\x90", "不支持 .exe"),
    ("假.docx", b"not a zip at all", "不是有效的 .docx"),
    ("旧.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "旧版 Office"),
    ("坏.docx", b"PK\x03\x04 truncated", "不是有效的 .docx"),
    ("假.txt", b"%PDF-1.7\n", "内容却是PDF"),
    ("图.txt", b"\x89PNG\r\n\x1a\n\0\0\0", "内容却是PNG"),
    ("假.pdf", b"just words", "PDF 已损坏"),
    ("乱.txt", bytes(range(256)) * 20, "文字"),
]


@pytest.mark.parametrize(("name", "data", "reason"), REFUSED, ids=[name for name, *_ in REFUSED])
def test_what_cannot_be_read_is_refused_with_its_reason_and_a_remedy(tmp_path, name, data, reason):
    with pytest.raises(LoadError) as refused:
        load(written(tmp_path, name, data))
    assert reason in refused.value.reason
    assert refused.value.remedy.startswith(("请", "可读取的类型"))


def test_a_doc_file_is_refused_with_the_way_to_convert_it(tmp_path):
    with pytest.raises(LoadError, match=r"另存为 \.docx"):
        load(written(tmp_path, "规定.doc", b"x"))


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(LoadError, match="文件不存在"):
        load(tmp_path / "无.txt")
    (tmp_path / "夹.txt").mkdir()
    with pytest.raises(LoadError, match="不是普通文件"):
        load(tmp_path / "夹.txt")


def test_a_file_above_the_size_limit_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "大.txt"
    with path.open("wb") as file:
        file.truncate(201 * 1024 * 1024)  # a sparse file: nothing is written
    with pytest.raises(LoadError, match="超过上限 200 MB"):
        load(path)


def test_suffixes_are_read_in_either_case(tmp_path):
    assert load(written(tmp_path, "规定.TXT", "工会规定".encode())).text == "工会规定"
    assert set(LOADERS) == {".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".pdf"}


# --- encodings ---------------------------------------------------------------------------------------

SIMPLE = "工会依法维护职工合法权益。"
TRADITIONAL = "勞工得自由組織及加入工會。"
JAPANESE = "労働者が団結することを擁護する。"
ENCODED = [
    (SIMPLE, "utf-8"), (SIMPLE, "utf-8-sig"), (SIMPLE, "gb18030"), (SIMPLE, "gb2312"), (SIMPLE, "utf-16"),
    (SIMPLE, "utf-16-le"), (SIMPLE, "utf-16-be"), (SIMPLE, "utf-32"), (TRADITIONAL, "big5"),
    (TRADITIONAL, "cp950"), (TRADITIONAL, "utf-16-le"), (JAPANESE, "shift_jis"), (JAPANESE, "euc_jp"),
    ("Der Betriebsrat prüft die Maßnahmen für Ältere.", "cp1252"),
    ("Les salariés ont le droit d’être entendus à l’égard des congés.", "cp1252"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "encoding"), ENCODED)
def test_short_texts_are_read_in_the_encodings_they_come_in(text, encoding):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", ["工会法", "劳动合同", "总则", "第一条", "会员享有以下权利"])
@pytest.mark.parametrize("encoding", ["gb18030", "utf-8"])
def test_a_few_characters_are_enough(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_a_declared_encoding_wins_unless_the_bytes_belie_it():
    assert decode(TRADITIONAL.encode("big5"), "big5") == TRADITIONAL
    assert decode(SIMPLE.encode("gb18030"), "gb2312") == SIMPLE
    assert decode(SIMPLE.encode("utf-8"), "gb2312") == SIMPLE
    assert decode(SIMPLE.encode("gb18030"), "no-such-encoding") == SIMPLE


def test_line_breaks_are_one_kind_and_stray_controls_vanish():
    assert decode("第一条\r\n第二条\r第三条\u2028第四条\x00\x07".encode()) == "第一条\n第二条\n第三条\n第四条"


def test_a_damaged_byte_costs_one_character_and_is_told(tmp_path):
    data = bytearray((SIMPLE * 40).encode("utf-8"))
    data[100] = 0xFF
    raw = load(written(tmp_path, "损.txt", bytes(data)))
    assert raw.text.count("\ufffd") <= 3
    assert raw.text.replace("\ufffd", "").count("职工") >= 39
    assert [fix.name for fix in raw.fixes] == ["无法识别的字符"]


# --- Markdown ----------------------------------------------------------------------------------------


def test_markdown_gives_words_without_marks_and_keeps_blank_lines():
    raw = markdown(
        "# 工会条例\n\n2020年1月1日 通过\n\n<!-- INFO END -->\n\n## 第一章 总则\n\n**第一条** 为了\n"
    )
    assert raw.text == "工会条例\n\n2020年1月1日 通过\n\n\n\n第一章 总则\n\n第一条 为了\n"
    assert raw.head["title"] == "工会条例"
    assert [fix.name for fix in raw.fixes] == ["注释", "标题标记", "加粗标记"]


def test_what_only_looks_like_markdown_stays():
    text = "甲方：____　乙方：____\n1 # 2\n5 * 3 * 2\n"
    assert markdown(text).text == text


def test_front_matter_goes_to_the_head():
    raw = markdown("---\nTitle: Tarifvertragsgesetz\nslug: tvg\n---\n\n## § 1 Inhalt\n")
    assert (raw.text.strip(), raw.head["title"]) == ("§ 1 Inhalt", "Tarifvertragsgesetz")


def test_markdown_in_a_txt_file_is_known_by_its_first_line(tmp_path):
    raw = load(written(tmp_path, "规定.txt", "# 规定\n## 第一章\n".encode()))
    assert raw.text == "规定\n第一章\n"


# --- HTML --------------------------------------------------------------------------------------------


def body(html):
    return read_html(f"<html><body>{html}</body></html>").text


def test_word_html_joins_the_spans_and_source_lines_of_a_sentence():
    html = (
        "<p><span>为保障</span><span lang=EN-US>\n</span><span>工会</span><span>的\n  地位</span>，\n制定</p>"
    )
    assert body(html) == "为保障工会的地位，制定"


def test_a_blank_stays_where_the_author_set_it():
    assert body("<p>第一条 为了&nbsp;职工</p><p>第二条\n本法</p>") == "第一条 为了 职工\n第二条 本法"
    assert body("<p>trade\nunion law</p>") == "trade union law"


def test_blocks_and_breaks_are_lines_in_the_order_of_the_page():
    html = "<h1>工会条例</h1><div>甲<br>乙<p>丙</p>丁</div><ul><li>一</li><li>二</li></ul>"
    assert body(html).split("\n") == ["工会条例", "甲", "乙", "丙", "丁", "一", "二"]


def test_a_row_of_data_is_one_line_and_a_row_that_lays_out_a_page_is_not():
    table = "<table><tr><th>项目</th><th>金额</th></tr><tr><td>生日</td><td>300元</td></tr></table>"
    assert body(table) == "项目\t金额\n生日\t300元"
    layout = "<table><tr><td><p>第一条 甲</p><p>第二条 乙</p></td><td>丙</td></tr></table>"
    assert body(layout).split("\n") == ["第一条 甲", "第二条 乙", "丙"]


def test_scripts_styles_and_hidden_text_are_no_text():
    html = "<style>p{}</style><script>var 工会=1</script><p style='display: none'>藏</p><p>见</p><!-- 注 -->"
    assert body(html) == "见"


SITE = """<%@page contentType="text/html"%><html><head><title>某市工会条例_政策文件_某网</title>
<meta name="PubDate" content="2024-10-30"></head><body>
<div class="top"><a>登录</a> <a>注册</a></div>
<ul class="nav"><li><a>首页</a></li><li><a>政策文件</a></li></ul>
<ul><li>[发文字号]某工发〔2024〕1号</li><li>[废止日期]</li><li>[有效性]现行有效</li></ul>
<div id="content"><h1>某市工会条例</h1>
<p>第一条 为了保障工会在社会生活中的地位，根据有关法律，制定本条例。</p>
<p>第二条 工会是职工自愿结合的群众组织，依法维护职工的合法权益，任何单位不得妨碍。</p>
<p>第三条 职工有依法参加和组织工会的权利，任何组织和个人不得阻挠和限制。</p>
<p>第四条 本条例自2024年12月1日起施行。</p></div>
<div class="foot">版权所有 某网 ICP备1号</div></body></html>"""


def test_a_site_gives_the_text_alone_and_its_facts_in_the_head():
    raw = read_html(SITE)
    lines = raw.text.split("\n")
    assert (lines[0], lines[-1]) == ("某市工会条例", "第四条 本条例自2024年12月1日起施行。")
    assert len(lines) == 5
    assert (raw.head["发文字号"], raw.head["有效性"]) == ("某工发〔2024〕1号", "现行有效")
    assert "废止日期" not in raw.head
    assert raw.fixes[0].name == "网页菜单"


def test_html_is_decoded_as_its_meta_tag_says(tmp_path):
    page = f'<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><p>{SIMPLE}</p>'
    assert load(written(tmp_path, "页.html", page.encode("gb18030"))).text == SIMPLE
    page = f'<meta charset="shift_jis"><p>{JAPANESE}</p>'
    assert load(written(tmp_path, "頁.htm", page.encode("cp932"))).text == JAPANESE


def test_deeply_nested_elements_are_read_and_absurd_depths_do_no_harm(tmp_path):
    assert body("<div>" * 1000 + "工会" + "</div>" * 1000) == "工会"
    with pytest.raises(LoadError, match="没有文字"):
        load(written(tmp_path, "深.html", b"<html><body>" + b"<div>" * 100_000 + b"x"))


# --- Word --------------------------------------------------------------------------------------------

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


def p(text, properties=""):
    return f"<w:p><w:pPr>{properties}</w:pPr><w:r><w:t>{escape(text)}</w:t></w:r></w:p>"


def numbered(number, level, text):
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


def lvl(index, form, text, start=1, extra=""):
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{extra}'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


def docx(folder, content, *, numbering="", styles="", footnotes="", prolog="", name="文.docx"):
    """A .docx of the given body XML and parts."""
    parts = {
        "word/document.xml": f"{prolog}<w:document {W} {MC}><w:body>{content}</w:body></w:document>",
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}"><Relationship Id="r1" Type="{RELS}/officeDocument" '
        f'Target="word/document.xml"/></Relationships>',
    }
    related = {"numbering": numbering, "styles": styles, "footnotes": footnotes}
    for kind, xml in related.items():
        if xml:
            parts[f"word/{kind}.xml"] = f"<w:{kind} {W}>{xml}</w:{kind}>"
    parts["word/_rels/document.xml.rels"] = (
        f'<Relationships xmlns="{PACKAGE}">'
        + "".join(
            f'<Relationship Id="{kind}" Type="{RELS}/{kind}" Target="{kind}.xml"/>'
            for kind, xml in related.items()
            if xml
        )
        + "</Relationships>"
    )
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, xml in parts.items():
            archive.writestr(part, xml)
    return path


LAW_LIST = (
    '<w:abstractNum w:abstractNumId="0">'
    + lvl(0, "chineseCountingThousand", "第%1章")
    + lvl(1, "chineseCountingThousand", "第%2条", extra='<w:lvlRestart w:val="0"/>')
    + lvl(2, "chineseCounting", "（%3）")
    + lvl(3, "decimal", "%4.")
    + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)


def test_automatic_numbers_of_articles_stand_in_the_text(tmp_path):
    content = (
        numbered(1, 0, "总则") + numbered(1, 1, "为了") + numbered(1, 1, "下列：") + numbered(1, 2, "甲；")
        + numbered(1, 2, "乙。") + numbered(1, 3, "丙") + numbered(1, 0, "附则") + numbered(1, 1, "施行。")
        + numbered(1, 2, "丁")
    )  # fmt: skip
    raw = load(docx(tmp_path, content, numbering=LAW_LIST))
    assert raw.text.split("\n") == [
        "第一章 总则", "第一条 为了", "第二条 下列：", "（一）甲；", "（二）乙。", "1.丙".replace(".", ". "),
        "第二章 附则", "第三条 施行。", "（一）丁",
    ]  # fmt: skip
    assert raw.fixes[0].count == 9


def test_a_list_restarts_where_its_number_says_so(tmp_path):
    numbering = LAW_LIST + (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="1">'
        '<w:startOverride w:val="1"/></w:lvlOverride></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num>'
    )
    content = "".join(numbered(n, 1, "甲") for n in (1, 1, 3, 2, 2))
    labels = [
        line.split(" ")[0] for line in load(docx(tmp_path, content, numbering=numbering)).text.split("\n")
    ]
    assert labels == ["第一条", "第二条", "第三条", "第一条", "第二条"]


def test_a_style_gives_its_number_and_zero_takes_it_away(tmp_path):
    styles = (
        '<w:style w:styleId="条"><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr></w:pPr>'
        "</w:style>"
        '<w:style w:styleId="子"><w:basedOn w:val="条"/></w:style>'
    )
    content = (
        p("甲", '<w:pStyle w:val="条"/>')
        + p("乙", '<w:pStyle w:val="子"/>')
        + p("丙", '<w:pStyle w:val="条"/><w:numPr><w:numId w:val="0"/></w:numPr>')
        + p("丁", '<w:pStyle w:val="条"/>')
    )
    text = load(docx(tmp_path, content, numbering=LAW_LIST, styles=styles)).text
    assert text.split("\n") == ["第一条 甲", "第二条 乙", "丙", "第三条 丁"]


@pytest.mark.parametrize(
    ("form", "number", "shown"),
    [("chineseCounting", 21, "二十一"), ("chineseCountingThousand", 105, "一百零五"),
     ("japaneseCounting", 12, "十二"), ("ideographDigital", 10, "一〇"), ("decimal", 7, "7"),
     ("upperRoman", 14, "XIV"), ("lowerLetter", 27, "aa"), ("decimalEnclosedCircle", 3, "③"),
     ("chineseLegalSimplified", 23, "贰拾叁"), ("ideographTraditional", 3, "丙"), ("bullet", 1, ""),
     ("decimalFullWidth", 12, "１２")],
)  # fmt: skip
def test_number_formats_of_word(form, number, shown):
    assert FORMATS[form](number) == shown


def test_numerals_up_to_the_last_article_of_the_civil_code():
    assert [chinese(n) for n in (1, 10, 20, 100, 110, 1001, 1260)] == [
        "一", "十", "二十", "一百", "一百一十", "一千零一", "一千二百六十",
    ]  # fmt: skip


def test_body_tables_and_controls_come_in_the_order_of_the_page(tmp_path):
    cell = "<w:tc>{}</w:tc>".format
    rows = (("项目", "金额"), ("生日", "300元"))
    table = "".join(f"<w:tr>{''.join(cell(p(words)) for words in row)}</w:tr>" for row in rows)
    table = f"<w:tbl>{table}</w:tbl>"
    control = f"<w:sdt><w:sdtPr/><w:sdtContent>{p('控件里')}</w:sdtContent></w:sdt>"
    assert load(docx(tmp_path, p("前") + table + control + p("后"))).text.split("\n") == [
        "前", "项目\t金额", "生日\t300元", "控件里", "后",
    ]  # fmt: skip


def test_tracked_insertions_stay_and_deletions_go(tmp_path):
    content = (
        "<w:p><w:r><w:t>每月</w:t></w:r><w:del><w:r><w:delText>十日</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>十五日</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>"
        "<w:r><w:t>前</w:t></w:r></w:p>"
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>两段</w:t></w:r></w:p>" + p("合一")
    )
    raw = load(docx(tmp_path, content))
    assert raw.text == "每月十五日前\n两段合一"
    assert [(fix.name, fix.count) for fix in raw.fixes] == [("修订中删除的文字", 1)]


def test_a_text_box_is_read_once(tmp_path):
    box = f"<w:txbxContent>{p('框里')}</w:txbxContent>"
    both = f"<mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
    both = f"<mc:AlternateContent>{both}</mc:AlternateContent>"
    content = f"<w:p><w:r><w:t>段落</w:t></w:r><w:r>{both}</w:r></w:p>"
    assert load(docx(tmp_path, content)).text == "段落\n框里"


def test_footnotes_stand_at_the_end_in_the_order_of_their_marks(tmp_path):
    content = (
        '<w:p><w:r><w:t>甲</w:t></w:r><w:r><w:footnoteReference w:id="3"/></w:r>'
        "<w:r><w:t>。</w:t></w:r></w:p>"
        '<w:p><w:r><w:t>乙</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>'
    )
    notes = f'<w:footnote w:id="2">{p("第二个")}</w:footnote><w:footnote w:id="3">{p("第一个")}</w:footnote>'
    assert (
        load(docx(tmp_path, content, footnotes=notes)).text
        == "甲。\n乙\n\n附：脚注\n［1］第一个\n［2］第二个"
    )


def test_field_codes_are_not_text_but_their_results_are(tmp_path):
    content = (
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGEREF x</w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>12</w:t></w:r>'
        "<w:hyperlink><w:r><w:t>页</w:t></w:r></w:hyperlink><w:r><w:br/></w:r><w:r><w:t>下行</w:t></w:r></w:p>"
    )
    assert load(docx(tmp_path, content)).text == "12页\n下行"


def test_a_document_type_declaration_is_refused(tmp_path):
    entity = '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    with pytest.raises(LoadError, match="DTD"):
        load(docx(tmp_path, p("甲"), prolog=entity))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = docx(tmp_path, p("甲"))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/bomb", b"\0" * (30 * 1024 * 1024))
    with pytest.raises(LoadError, match="大得反常"):
        load(path)


def test_another_office_file_under_the_wrong_suffix_is_named(tmp_path):
    path = tmp_path / "表.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(LoadError, match="Excel"):
        load(path)


def test_damaged_xml_is_refused(tmp_path):
    with pytest.raises(LoadError, match="损坏"):
        load(docx(tmp_path, "<w:p><w:r>"))


# --- PDF ---------------------------------------------------------------------------------------------


def pdf(*contents, image=False):
    """A PDF of one page for each content stream, in Helvetica."""
    streams = [content.encode("latin-1") for content in contents]
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(streams)))
    picture = 4 + 2 * len(streams)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(streams)}/Kids[{kids}]>>".encode(),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    resources = "/Font<</F 3 0 R>>" + (f"/XObject<</I {picture} 0 R>>" if image else "")
    for i, stream in enumerate(streams):
        page = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]/Resources<<{resources}>>"
        objects.append(f"{page}/Contents {5 + 2 * i} 0 R>>".encode())
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    if image:
        objects.append(
            b"<</Type/XObject/Subtype/Image/Width 1/Height 1/ColorSpace/DeviceGray/BitsPerComponent 8"
            b"/Length 1>>stream\n\x80\nendstream"
        )
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (count, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (count, table) + trailer


def shown(*lines):
    """A content stream that shows (x, y, text)."""
    return " ".join(f"BT /F 12 Tf {x} {y} Td ({text}) Tj ET" for x, y, text in lines)


def test_each_page_and_line_of_a_pdf_has_its_place(tmp_path):
    data = pdf(shown((50, 350, "First line"), (50, 330, "Second line")), shown((50, 350, "Page two")))
    raw = load(written(tmp_path, "a.pdf", data))
    assert raw.text == "First line\nSecond line\nPage two"
    assert [page.span.of(raw.text) for page in raw.pages] == ["First line\nSecond line", "Page two"]
    assert [(page.number, page.width, page.height) for page in raw.pages] == [(1, 300, 400), (2, 300, 400)]
    boxes = raw.pages[0].boxes
    assert [box.span.of(raw.text) for box in boxes] == ["First line", "Second line"]
    first = boxes[0]
    assert 49 < first.left < 52
    assert 35 < first.top < 50 <= first.bottom < 56  # the line stands 400 - 350 points below the top
    assert first.bottom < boxes[1].bottom


def test_columns_far_apart_are_parted_by_a_tab(tmp_path):
    raw = load(written(tmp_path, "a.pdf", pdf(shown((20, 350, "Item"), (200, 350, "Amount")))))
    assert raw.text == "Item\tAmount"


def test_a_scan_is_refused_as_such(tmp_path):
    with pytest.raises(LoadError, match="扫描件，没有文字层") as refused:
        load(written(tmp_path, "a.pdf", pdf("q 300 0 0 400 0 0 cm /I Do Q", image=True)))
    assert "OCR" in refused.value.remedy


def test_a_page_without_text_among_others_is_told(tmp_path):
    words = shown(*((20, 350 - 20 * i, "many words on this page") for i in range(4)))
    raw = load(written(tmp_path, "a.pdf", pdf(words, "q 300 0 0 400 0 0 cm /I Do Q", image=True)))
    assert [(fix.name, fix.count, fix.example) for fix in raw.fixes] == [
        ("没有文字层的页（未读入）", 1, "第2页")
    ]


def test_an_empty_pdf_is_refused(tmp_path):
    with pytest.raises(LoadError, match="PDF 里没有文字"):
        load(written(tmp_path, "a.pdf", pdf("")))


# --- the real files ----------------------------------------------------------------------------------


@pytest.mark.shared
def test_every_real_file_is_read_or_refused_for_a_true_reason(shared):
    refused = {}
    for path in sorted((shared / "corpora" / "real-files").rglob("*")):
        if path.is_file() and path.name != "manifest.csv":
            try:
                raw = load(path)
            except LoadError as error:
                refused[path.name] = error.reason
            else:
                assert raw.text.strip()
    scans = [name for name, reason in refused.items() if reason == "扫描件，没有文字层"]
    assert len(scans) == 4
    assert all(name.startswith("uvav") for name in scans)
    assert {reason for name, reason in refused.items() if name not in scans} == {
        "不支持 .doc 的文件",
        "不支持 .xml 的文件",
    }
    assert len(refused) == 8


@pytest.mark.shared
def test_a_text_is_the_same_in_every_container(shared):
    files = shared / "corpora" / "real-files"
    union = shared / "corpora" / "union-law"
    law = load(union / "法律" / "工会法(2021-12-24).md").text.split()
    assert load(files / "derived" / "工会法(2021)_GB18030.txt").text.split() == law
    rule = load(union / "地方性法规" / "河南" / "河南省工会条例(2004-09-25).md").text.split()
    html = load(files / "derived" / "河南省工会条例_gb2312.html").text.split()
    assert [word for word in rule if word not in html] == []


# --- in a process of its own -------------------------------------------------------------------------


def test_a_reader_apart_reads_and_refuses_as_the_loaders_do(tmp_path):
    paged = written(tmp_path, "a.pdf", pdf(shown((50, 350, "First line"), (50, 330, "Second line"))))
    word = docx(tmp_path, numbered(1, 1, "为了职工"), numbering=LAW_LIST)
    with Apart() as reader:
        assert reader.load(paged) == load(paged)
        assert reader.load(word) == load(word)
        with pytest.raises(LoadError, match="PDF 已损坏"):
            reader.load(written(tmp_path, "b.pdf", b"no pdf"))
        assert reader.load(written(tmp_path, "c.txt", "工会".encode())).text == "工会"


def test_a_file_that_ends_the_reader_is_refused_and_the_next_one_is_read(tmp_path):
    path = written(tmp_path, "a.pdf", pdf(shown((50, 350, "Words"))))
    with Apart(command=(sys.executable, "-c", "input(); raise SystemExit(1)")) as reader:
        for _ in range(2):
            with pytest.raises(LoadError, match="异常中断"):
                reader.load(path)


def test_a_file_that_holds_the_reader_too_long_is_refused(tmp_path):
    path = written(tmp_path, "a.pdf", pdf(shown((50, 350, "Words"))))
    endless = (sys.executable, "-c", "import sys\nfor line in sys.stdin: pass")
    with Apart(command=endless, file_seconds=0.2) as reader, pytest.raises(LoadError, match="读取超过"):
        reader.load(path)
