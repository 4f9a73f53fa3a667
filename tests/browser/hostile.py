"""Documents whose words are markup and addresses that would run, were they not shown as text."""

from __future__ import annotations

from typing import Any, Final

SCRIPT: Final = "<script>window.harmed = 1</script>hostile script"
HANDLER: Final = '<img src=x onerror="window.harmed = 2">hostile handler'
LINK: Final = 'hostile <a href="javascript:window.harmed = 3">link</a>'
STYLE: Final = '"><svg/onload=window.harmed=4> hostile <style>*{display:none}</style>'

HOSTILE: Final[list[dict[str, Any]]] = [
    {
        "id": f"hostile-{number}",
        "title": words,
        "description": f"{words} {words}",
        "sku": words[:128],
        "attributes": {"brand": words, "colour": words, "price": 13.0, "link": words},
    }
    for number, words in enumerate((SCRIPT, HANDLER, LINK, STYLE))
]
