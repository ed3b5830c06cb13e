import io
import json
import subprocess
import sys
from contextlib import redirect_stdout
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rag.cli import app, main
from rag.screen import show_answer, show_listings
from rag.store import Listing
from rag.types import Answer, Citation, Source, Span, Statement

RULES = {
    "法律/甲法.txt": "某国甲法\n\n第一条 为了保护职工，制定本法。\n\n第二条 职工每周工作时间不超过四十小时。\n"
    "用人单位不得安排孕妇上夜班。\n\n第三条 本法自2020年1月1日起施行。\n",
    "乙办法.md": "# 某市工会经费办法\n\n第一条 基层工会可以在节日慰问会员，每人每年不超过一千八百元。\n\n"
    "第二条 工会经费专款专用，不得用于宴请。\n",
}


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    for name, text in RULES.items():
        path = folder / "texts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    done = call("ingest", folder / "texts", "--index", folder / "index", "--json")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["added"] == ["乙办法.md", "法律/甲法.txt"]
    return folder / "index"


def call(*arguments):
    return CliRunner().invoke(app, [str(one) for one in arguments])


def call_json(*arguments):
    done = call(*arguments, "--json")
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_an_answer_in_json_has_statements_and_verified_citations(index):
    answer = call_json("ask", "能安排孕妇上夜班吗", "--index", index)
    assert set(answer) == {
        "question",
        "abstained",
        "confidence",
        "reason",
        "silence",
        "unshown",
        "statements",
        "citations",
        "hits",
        "seconds",
    }
    assert not answer["abstained"]
    citation = answer["citations"][answer["statements"][0]["citations"][0] - 1]
    assert citation["verified"] is True
    assert citation["document"] == "法律/甲法.txt"
    assert citation["locator"] == "第二条第二款"
    assert citation["quote"] in RULES["法律/甲法.txt"]


def test_a_hit_in_json_is_as_documented(index):
    hit = call_json("search", "工会经费宴请", "--index", index, "-k", "3")["hits"][0]
    assert set(hit) >= {
        "rank", "score", "ranks", "document", "title", "number", "issuer", "effective", "status", "article",
        "locator", "path", "page", "span", "text", "highlights",
    }  # fmt: skip
    assert (hit["rank"], hit["document"], hit["article"]) == (1, "乙办法.md", "第二条")
    assert set(hit["ranks"]) == {"exact", "bm25", "dense", "bank"}


def test_the_answer_for_a_person_has_numbers_and_addresses(index):
    done = call("ask", "节日慰问每人多少钱", "--index", index)
    assert done.exit_code == 0
    assert "[1]" in done.stdout
    assert "《某市工会经费办法》第一条" in done.stdout


def test_a_question_of_something_else_is_not_answered(index):
    answer = call_json("ask", "火车票的退票手续费按百分之几收", "--index", index)
    assert answer["abstained"]
    assert answer["reason"]
    assert answer["statements"] == []


def test_many_questions_give_one_line_each_in_order(index, tmp_path):
    questions = tmp_path / "questions.jsonl"
    rows = [
        {"id": "b", "question": "每周工作多少小时"},
        {"id": "a", "question": ""},
        {"id": "c", "question": "经费"},
    ]
    questions.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    done = call("search", "--questions", questions, "--index", index)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == ["b", "a", "c"]
    assert lines[0]["hits"][0]["article"] == "第二条"
    assert lines[0]["seconds"] >= 0
    assert "空" in lines[1]["error"]
    assert done.exit_code == 1


def test_every_line_of_the_questions_gives_one_line(index, tmp_path):
    questions = tmp_path / "questions.jsonl"
    lines = [
        '\ufeff{"id": "a", "question": "经费", "as_of": 20200101}'.encode(),
        '{"id": "b", "question": "经费"'.encode(),
        b"",
        b"[1]",
        b'{"id": "d", "question": "\xff"}',
        b"[" * 20_000,
        b'{"question": 7}',
        '{"id": "g", "question": "经费", "as_of": "2024-02-01"}'.encode(),
    ]
    questions.write_bytes(b"\r\n".join(lines))
    done = call("search", "--questions", questions, "--index", index)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in answers] == ["a", "2", "4", "5", "6", "7", "g"]
    assert ["error" in line for line in answers] == [True] * 6 + [False]
    assert "20200101" in answers[0]["error"]
    assert "JSON" in answers[1]["error"]
    assert answers[-1]["hits"]
    assert done.exit_code == 1


def test_a_day_before_the_law_leaves_it_out(index):
    hits = call_json("search", "职工每周工作时间", "--index", index, "--as-of", "2019-06-01")["hits"]
    assert "法律/甲法.txt" not in {hit["document"] for hit in hits}
    hits = call_json("search", "职工每周工作时间", "--index", index, "--as-of", "all")["hits"]
    assert hits[0]["document"] == "法律/甲法.txt"


def test_the_list_counts_articles(index):
    rows = {row["document"]: row for row in call_json("list", "--index", index)}
    assert rows["法律/甲法.txt"]["articles"] == 3
    assert rows["法律/甲法.txt"]["effective"] == "2020-01-01"
    assert set(rows["乙办法.md"]) >= {
        "document", "title", "number", "issuer", "issued", "effective", "status", "level", "region",
        "articles", "chunks", "pages", "fixes", "problem",
    }  # fmt: skip


def test_status_tells_the_recipe(index):
    found = call_json("status", "--index", index)
    assert (found["documents"], found["articles"]) == (2, 5)
    assert found["model"]


def test_removing_takes_a_document_out_and_names_what_is_not_there(tmp_path):
    text = tmp_path / "texts" / "甲.txt"
    text.parent.mkdir()
    text.write_text("第一条 甲。", encoding="utf-8")
    call("ingest", text.parent, "--index", tmp_path / "index")
    done = call("remove", "甲.txt", "无.txt", "--index", tmp_path / "index", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout) == {"removed": ["甲.txt"], "missing": ["无.txt"]}
    assert call_json("list", "--index", tmp_path / "index") == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ask", ""], "空"),
        (["ask", "？？！"], "空"),
        (["ask", "工" * 10_000], "10,000"),
        (["ask", "工会", "--index", "nowhere"], "rag ingest"),
        (["search", "工会", "--as-of", "2024-13-01"], "2024-13-01"),
        (["ingest", "nowhere"], "找不到"),
        (["ask", "工会", "--model", "no-such-folder/model"], "模型"),
        (["ask"], "--questions"),
        (["eval"], "--beir"),
    ],
)
def test_an_unusable_call_says_what_to_do_and_exits_with_2(index, arguments, says, monkeypatch, capsys):
    given = arguments if "--index" in arguments else [*arguments, "--index", str(index)]
    monkeypatch.setattr(sys, "argv", ["rag", *given])
    with pytest.raises(SystemExit) as stopped:
        main()
    printed = capsys.readouterr()
    assert stopped.value.code == 2
    assert says in printed.err
    assert "Traceback" not in printed.err


def test_a_failed_file_makes_the_exit_status_1(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "甲.txt").write_text("第一条 甲。", encoding="utf-8")
    (tmp_path / "texts" / "坏.pdf").write_bytes(b"%PDF-1.4 broken")
    done = call("ingest", tmp_path / "texts", "--index", tmp_path / "index", "--json")
    assert done.exit_code == 1
    assert [failure["document"] for failure in json.loads(done.stdout)["failed"]] == ["坏.pdf"]


def rag(*arguments, **streams):
    """The command in a process of its own, where pipes and full disks are real."""
    code = "from rag.cli import main; main()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stderr=subprocess.PIPE, text=True, **streams
    )


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_output_that_nobody_reads_any_more_is_no_failure(index, form):
    process = rag("list", "--index", index, *form, stdout=subprocess.PIPE)
    process.stdout.close()
    _, errors = process.communicate(timeout=60)
    assert (process.returncode, errors) == (0, "")


def test_output_that_was_closed_before_is_no_failure(index):
    code = "import sys; sys.stdout = None; from rag.cli import main; main()"
    arguments = [sys.executable, "-c", code, "list", "--index", str(index)]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_output_that_cannot_be_written_is_one_line(index, form):
    with Path("/dev/full").open("w") as full:
        _, errors = (process := rag("list", "--index", index, *form, stdout=full)).communicate(timeout=60)
    assert process.returncode == 2
    assert len(errors.splitlines()) == 1
    assert "空间" in errors


def test_an_interrupted_ingest_says_what_stands(tmp_path, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("rag.ingest.ingest", interrupted)
    done = call("ingest", tmp_path, "--index", tmp_path / "index")
    assert (done.exit_code, done.stderr.split()) == (130, ["已中断，已提交的内容保留"])


def test_a_larger_model_is_named_in_one_line_when_something_came_in(tmp_path):
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "甲.txt").write_text("第一条 甲。", encoding="utf-8")
    first, second = (call("ingest", tmp_path / "texts", "--index", tmp_path / "index") for _ in range(2))
    assert [line.count("RAG_MODEL=") for line in first.stdout.splitlines()] == [0, 1]
    assert "rag ingest 原来的路径 --rebuild" in first.stdout
    assert "RAG_MODEL" not in second.stdout


def test_a_first_day_that_was_inferred_is_shown_as_such(index):
    listed = call("list", "--index", index).stdout
    assert "2020-01-01  3 条" in listed
    day = date(2020, 1, 1)
    stated, guessed = (Source("甲法", effective=day, origin={"effective": o}) for o in ("正文", "推断"))
    assert _shown(stated) == ("2020-01-01起施行  a", "2020-01-01  1 条  a")
    assert _shown(guessed) == ("2020-01-01起施行（推断）  a", "2020-01-01（推断）  1 条  a")


def _shown(source):
    """What an answer and the list say of the first day, to the end of their line."""
    citation = Citation("a", source, (), None, None, None, Span(0, 1), "工")
    answer = Answer("问", (Statement("工", (citation,)),), (), False)
    printed = []
    for show, value in (
        (show_answer, answer),
        (show_listings, [Listing("a", source, (), 1, 1, 1, (), None)]),
    ):
        with redirect_stdout(io.StringIO()) as out:
            show(value)
        printed.append(next(line for line in out.getvalue().splitlines() if "2020" in line))
    return tuple(line[line.index("2020") :] for line in printed)


def test_help_loads_nothing_heavy():
    script = (
        "import sys; from rag.cli import app\n"
        "heavy = {'torch', 'faiss', 'gradio', 'numpy', 'sentence_transformers', 'pydantic'} & set(sys.modules)\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)
