"""The flow of a document: parse, stage, prepare, embed, write; begin with `pipeline.py`."""
