"""One file per noun; each route reads its input, calls a flow and shapes the answer."""
