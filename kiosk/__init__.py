"""Suki: a minute on the shop's tablet becomes a customer with a coupon, redeemed exactly once at the till."""

from collections.abc import Mapping
from pathlib import Path

from flask import Flask

from kiosk import config
from kiosk.base import clock, database, disk, migrate
from kiosk.shop import languages
from kiosk.upkeep import encryption, instance, restore, rotation
from kiosk.views import brand, office, outreach, phone, sign_in, tablet, till, till_signup
from kiosk.web import access, pages, witness


def create_app(given: Mapping[str, str] | None = None) -> Flask:
    """The whole shop, wired in the order things are needed; `given` are settings (else the environment).

    Raises config.BadSetting, instance.NotWritable, migrate.Newer.
    """
    app = Flask(__name__, template_folder="../templates", static_folder="../static")
    app.config.from_mapping(config.load(given))
    folder = Path(app.config["KIOSK_INSTANCE"])
    app.secret_key = instance.prepare(folder)
    instance.refuse_short(app.secret_key, folder)
    restore.refuse_unfinished(app.config)
    if file := database.file_of(app.config["KIOSK_DATABASE_URL"]):
        disk.refuse_network(file)
        instance.refuse_lost(file, folder)
    key = app.config["DATABASE_KEY"] = encryption.unlock(app.config)
    database.configure(app, app.config["KIOSK_DATABASE_URL"], key)
    with app.app_context():
        if database.is_sqlite() and migrate.is_behind(database.db.engine):
            rotation.before_migration(clock.now())
        migrate.to_newest(database.db.engine)
    languages.init_app(app)
    pages.init_app(app)
    access.init_app(app)
    witness.init_app(app)
    for shown in (tablet, phone, till, till_signup, office, outreach, sign_in, brand):
        app.register_blueprint(shown.room)
    return app
