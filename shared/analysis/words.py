"""Names of columns and tables as tokens: `CustomerID`, `customer_id` and `customer-id` read the same."""

from __future__ import annotations

import re

_TOKENS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")


def tokens(name: str) -> list[str]:
    """The words of a name, in lower case: `InvoiceNo` is invoice, no."""
    return [token.lower() for token in _TOKENS.findall(name)]


def snake(name: str) -> str:
    """A name in lower case with `_` between its words; what has no Latin letters and digits stays as it is."""
    return "_".join(tokens(name)) or name.lower()


def singular(name: str) -> str:
    """Of an English noun in lower case: `categories` is category, `boxes` box, `products` product."""
    if name.endswith("ies") and len(name) > 3:
        return name[:-3] + "y"
    if re.search(r"(s|x|z|ch|sh)es$", name):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name
