"""How rag/model is made: from statutes and labelled questions to a sentence-transformers folder."""
