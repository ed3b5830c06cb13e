"""File → Raw text, pages, boxes: one row per suffix, and the checks that come before any parser."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path

from rag.errors import LoadError
from rag.loaders.docx import load_docx
from rag.loaders.html import load_html
from rag.loaders.pdf import load_pdf
from rag.loaders.text import load_markdown, load_text
from rag.types import Raw

LOADERS: Mapping[str, Callable[[Path], Raw]] = {
    ".txt": load_text,
    ".md": load_markdown,
    ".markdown": load_markdown,
    ".html": load_html,
    ".htm": load_html,
    ".docx": load_docx,
    ".pdf": load_pdf,
}
FILE_BYTES = 200 * 1024 * 1024

CONVERT = {
    ".doc": "请用 Word 或 WPS 打开，另存为 .docx 后再导入",
    ".wps": "请用 WPS 打开，另存为 .docx 后再导入",
    ".rtf": "请用 Word 或 WPS 打开，另存为 .docx 后再导入",
    ".odt": "请用 LibreOffice 或 WPS 打开，另存为 .docx 后再导入",
    ".ofd": "请用 OFD 阅读器转换为有文字层的 PDF 后再导入",
    ".caj": "请用 CAJViewer 转换为有文字层的 PDF 后再导入",
    ".xml": "请转换为 .txt、.html 或 .docx 后再导入",
    ".xls": "请把需要的内容另存为 .docx 或 .txt 后再导入",
    ".xlsx": "请把需要的内容另存为 .docx 或 .txt 后再导入",
    ".ppt": "请把需要的内容另存为 .docx 或 PDF 后再导入",
    ".pptx": "请把需要的内容另存为 .docx 或 PDF 后再导入",
    ".jpg": "图片需先做文字识别（OCR），再以文本导入",
    ".jpeg": "图片需先做文字识别（OCR），再以文本导入",
    ".png": "图片需先做文字识别（OCR），再以文本导入",
    ".zip": "请先解压，再导入里面的文件",
    ".rar": "请先解压，再导入里面的文件",
}
# First bytes, what they are, and the suffixes that may begin so.
SIGNATURES = (
    (b"%PDF-", "PDF", (".pdf",)),
    (b"PK\x03\x04", "zip 压缩包（也可能是 .docx）", (".docx",)),
    (b"\xd0\xcf\x11\xe0", "旧版 Office 文件（.doc/.wps），或加了密码的 .docx", ()),
    (b"{\\rtf", "RTF 文件", ()),
    (b"\x89PNG", "PNG 图片", ()),
    (b"\xff\xd8\xff", "JPEG 图片", ()),
    (b"GIF8", "GIF 图片", ()),
    (b"Rar!", "RAR 压缩包", ()),
    (b"7z\xbc\xaf", "7z 压缩包", ()),
    (b"\x1f\x8b\x08", "gzip 压缩包", ()),
    (b"SQLite format 3", "数据库", ()),
    (b"\x7fELF", "程序", ()),
    (b"MZ\x90", "程序", ()),
)


def load(path: Path) -> Raw:
    """What ``path`` says, by the loader of its suffix.

    Raises LoadError, with a remedy, for whatever cannot be read: another suffix, no such or no regular
    file, no permission, a size above FILE_BYTES, contents that belie the suffix, damage, encryption,
    a scan without text, no text at all.
    """
    suffix = path.suffix.lower()
    _check_suffix(suffix)
    _check_file(path)
    try:
        _check_signature(path, suffix)
        raw = LOADERS[suffix](path)
    except PermissionError as error:
        raise _not_permitted() from error
    except OSError as error:
        raise LoadError(f"读取失败（{error.strerror or error}）", "请检查磁盘和文件后重试") from error
    if not raw.text.strip():
        raise LoadError("文件里没有文字", "请打开文件确认内容；若是图片，需先做文字识别（OCR）")
    return raw


def _check_suffix(suffix: str) -> None:
    if suffix in LOADERS:
        return
    known = "、".join(LOADERS)
    remedy = CONVERT.get(suffix, f"可读取的类型：{known}。请转换后再导入")
    raise LoadError(f"不支持 {suffix or '没有扩展名'} 的文件", remedy)


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise LoadError("文件不存在", "请检查路径；文件可能已被移走或改名") from error
    except PermissionError as error:
        raise _not_permitted() from error
    except OSError as error:
        raise LoadError(f"无法访问文件（{error.strerror or error}）", "请检查路径") from error
    if not stat.S_ISREG(status.st_mode):
        raise LoadError("不是普通文件", "请指定文件本身，而不是文件夹、管道或设备")
    if status.st_size == 0:
        raise LoadError("文件是空的", "请重新下载或保存该文件")
    if status.st_size > FILE_BYTES:
        size = status.st_size // (1024 * 1024)
        raise LoadError(f"文件有 {size} MB，超过上限 {FILE_BYTES // (1024 * 1024)} MB", "请拆分后再导入")


def _check_signature(path: Path, suffix: str) -> None:
    with path.open("rb") as file:
        start = file.read(16)
    for mark, kind, suffixes in SIGNATURES:
        if start.startswith(mark) and suffix not in suffixes:
            raise LoadError(f"扩展名是 {suffix}，内容却是{kind}", "请改正扩展名，或用原软件另存为对应格式")


def _not_permitted() -> LoadError:
    return LoadError("没有读取权限", "请修改文件权限，或换一个有权限的账户运行")
