"""The colour and the logo that the shop gives every room."""

from flask import Response, abort, request

from kiosk.shop import shop, theme
from kiosk.web.access import Room

room = Room("brand", __name__, to="anybody")


@room.get("/theme.css")
def colours():
    """The tokens of the colour in the address, which is the shop's own or one that its owner looks at."""
    colour = request.args.get("v", "")
    colour = colour if theme.is_colour(colour) else shop.current().colour
    return Response(theme.css(colour) if colour else "", mimetype="text/css")


@room.get("/logo.png")
def logo():
    return Response(shop.logo() or abort(404), mimetype="image/png")
