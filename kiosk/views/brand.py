"""The colour and the logo that the shop gives every room."""

from flask import Response, abort

from kiosk.shop import shop, theme
from kiosk.web.doors import Room

room = Room("brand", __name__, to="anybody")


@room.get("/theme.css")
def colours():
    return Response(theme.css(shop.current().colour) if shop.current().colour else "", mimetype="text/css")


@room.get("/logo.png")
def logo():
    return Response(shop.logo() or abort(404), mimetype="image/png")
