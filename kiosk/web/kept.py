"""Pages that are the same for everybody but for the tokens in their forms: drawn once, and kept."""

import secrets
from collections.abc import Callable, Hashable

from flask import current_app
from flask_wtf.csrf import generate_csrf

MOST = 100  # pages; each is some 40 kB
CSRF, OPERATION = "\ue000csrf\ue000", "\ue000operation\ue000"  # letters that Unicode leaves without a meaning


def kept_page(key: Hashable, draw: Callable[[str], str]) -> str:
    """The page that `draw` draws with an operation id, with tokens of this browser's own.

    The key is everything that it is made of; nothing else of the request may be in it.
    """
    pages = current_app.extensions.setdefault("kept pages", {})
    token, operation_id = generate_csrf(), secrets.token_hex(16)
    if key not in pages:
        if len(pages) >= MOST:
            pages.clear()
        pages[key] = draw(operation_id).replace(token, CSRF).replace(operation_id, OPERATION)
    return pages[key].replace(CSRF, token).replace(OPERATION, operation_id)
