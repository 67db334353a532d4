"""Answers in the form that was asked for: HTML for people, JSON for who asks for it."""

from flask import jsonify, redirect, request


def wants_json() -> bool:
    return (
        request.is_json or request.accept_mimetypes.best_match(("text/html", "application/json")) == "application/json"
    )


def then(target: str, status: int = 200, **facts):
    """The facts for who asks for JSON; people go on to the target."""
    return (jsonify(facts), status) if wants_json() else redirect(target, 303)


def whole(text: str | None) -> int:
    """A number that was sent; 0 for what is none, or larger than a database can be asked for."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def in_json(response):
    """Who sent a form and asked for JSON is told where to go on, instead of being sent there."""
    if request.method == "POST" and response.status_code == 303 and wants_json():
        response.data = jsonify(next=response.headers.pop("Location")).data
        response.status_code, response.mimetype = 200, "application/json"
    return response
