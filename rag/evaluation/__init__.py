"""Evaluation: figures from gold questions, and from BEIR folders."""

from rag.evaluation.beir import evaluate_beir
from rag.evaluation.measures import Report, read_json_lines
from rag.evaluation.questions import evaluate_questions

__all__ = ["Report", "evaluate_beir", "evaluate_questions", "read_json_lines"]
