"""The one rule by which names and addresses are compared, and what it makes of rows of the first version."""

import runpy
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from people import Customer as Visitor
from shop import NOON, add_person, signed_up
from sqlalchemy import text

from kiosk.base import folding, migrate
from kiosk.base.database import db, for_ddl
from kiosk.base.refusals import Invalid
from kiosk.base.writing import writing
from kiosk.coupons import lookups
from kiosk.models import Customer, NameWord, Staff
from kiosk.staff import people

# A name as it is written, and as somebody at a till types it.
NAMES = [
    ("Turkish", "Yıldız İrem Çağrı", "yildiz irem cagri"), ("Turkish capitals", "YILDIZ IŞIK", "Yıldız Işık"),
    ("Azeri", "Əli Məmmədov", "eli memmedov"), ("Irish", "Seán O’Neil", "sean oneil"),
    ("Irish, apart", "Siobhán O'Brien", "brien siobhan"), ("Italian", "Niccolò D‘Angelo", "niccolo dangelo"),
    ("French", "Zoë Lefèbvre-Œuvray", "zoe lefebvre oeuvray"), ("Spanish", "Íñigo Núñez", "inigo nunez"),
    ("Portuguese", "João Gonçalves", "joao goncalves"), ("Catalan", "Gal·la Fàbregas", "galla fabregas"),
    ("German", "Jürgen Groß-Weiß", "jurgen gross weiss"), ("Dutch", "Anaïs van ’t Hoff", "anais t hoff"),
    ("Norwegian", "Bjørn-Åge Sæther", "bjorn age saether"), ("Danish", "Søren Ærø", "soren aero"),
    ("Swedish", "Åsa Öberg", "asa oberg"), ("Icelandic", "Þórður Guðrúnarson", "thordur gudrunarson"),
    ("Faroese", "Høgni Ðjurhuus", "hogni djurhuus"), ("Finnish", "Väinö Mäkelä", "vaino makela"),
    ("Northern Sami", "Áilu Ŋáŧŧár", "ailu nattar"), ("Estonian", "Õnne Pärn", "onne parn"),
    ("Latvian", "Jānis Bērziņš", "janis berzins"), ("Lithuanian", "Žydrūnas Šarūnė", "zydrunas sarune"),
    ("Polish", "Łukasz Żółć", "lukasz zolc"), ("Czech", "Jiří Dvořák", "jiri dvorak"),
    ("Slovak", "Ľubomír Štúr", "lubomir stur"), ("Hungarian", "Győző Szűcs", "gyozo szucs"),
    ("Romanian", "Ștefan Țepeș", "stefan tepes"), ("Croatian", "Đorđe Čović", "dorde covic"),
    ("Albanian", "Gëzim Çela", "gezim cela"), ("Maltese", "Ġorġ Ħaż-Żebbuġ", "gorg haz zebbug"),
    ("Welsh", "Siân Ŵyn", "sian wyn"), ("Vietnamese", "Nguyễn Thị Đào", "nguyen thi dao"),
    ("Hawaiian", "Kalaniʻōpuʻu", "kalaniopuu"), ("Maori", "Hōne Tūwhare", "hone tuwhare"),
    ("Tongan", "Tāufaʻāhau", "taufaahau"), ("Yoruba", "Ṣadé Ọlá", "sade ola"),
    ("Hausa", "Ɗan Ƙasa Ɓala", "dan kasa bala"),
    ("Ewe", "Kɔfi Ɖɔgbe", "kofi dogbe"), ("Filipino", "Niña Peñaflorida", "nina penaflorida"),
    ("Russian", "Алёна Берёзкина", "алена березкина"), ("Ukrainian", "Мар’яна Їжакевич", "марʼяна іжакевич"),
    ("Serbian", "Ђорђе", "ђорђе"), ("Greek", "Γιώργος Παπαδόπουλος", "ΓΙΩΡΓΟΣ ΠΑΠΑΔΟΠΟΥΛΟΣ"),
    ("Armenian", "Արմէն", "ԱՐՄԷՆ"), ("Georgian", "გიორგი", "გიორგი"), ("Hebrew", "שָׁלוֹם", "שלום"),
    ("Arabic", "مُحَمَّد", "محمد"), ("Hindi", "प्रिया", "प्रिया"), ("Thai", "สมชาย", "สมชาย"), ("Korean", "김민준", "김민준"),
    ("Japanese", "ﾊﾅｺ", "ハナコ"), ("Chinese", "李小龍", "李小龍"), ("Full width", "Ｍａｒｉａ", "maria"),
    ("Pasted", "Ma\u200bri\u00ada\u2060", "maria"), ("Decomposed", "Zoe\u0308", "zoë"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "typed"), [name[1:] for name in NAMES], ids=[name[0] for name in NAMES])
def test_a_name_is_found_as_people_type_it(written, typed):
    assert folding.words_in(typed) <= folding.words_to_find(written)


def test_other_names_stay_other_names():
    folded = {folding.fold(name) for _, name, _ in NAMES}

    assert len(folded) == len(NAMES) - 1  # Maria is there twice
    assert len(folding.words_in("कमल कमला कमली สมชาย สมหญิง")) == 5


def test_the_till_finds_yildiz_and_oneil(in_shop):
    ids = {name: signed_up(name=name).coupon.customer_id for name in ("Yıldız", "O'Neil", "Ana")}

    for typed, name in [("Yildiz", "Yıldız"), ("YILDIZ", "Yıldız"), ("ONeil", "O'Neil"), ("O’Neil", "O'Neil"),
                        ("neil", "O'Neil")]:  # fmt: skip
        assert lookups.find(typed).id == ids[name]


def test_one_address_in_two_spellings_is_one_person(in_shop):
    first = signed_up(email="İrem@gmail.com").coupon

    assert signed_up(email="irem@gmail.com").coupon.id == first.id
    assert lookups.find("İREM@GMAIL.COM").id == first.customer_id
    assert db.session.query(Customer.email).all() == [("irem@gmail.com",)]


def test_a_name_nobody_can_see_is_refused_at_the_tablet(app):
    answer = Visitor(app).sign_up(name="\u200b\u2060")

    assert (answer.status_code, answer.json["errors"]) == (422, {"name": "Enter a name we can call you"})


def test_staff_are_told_apart_by_the_same_rule(in_shop):
    add_person("Łukasz Yıldız")

    assert people.named("lukasz yildiz").name == people.named("ŁUKASZ YILDIZ").name == "Łukasz Yıldız"
    for name, message in [("Lukasz Yıldiz", "Somebody already has this name"), ("\u200b", "Enter a name"),
                          ("''", "Enter a name")]:  # fmt: skip
        with pytest.raises(Invalid) as refused:
            people.employ(name, "cashier", NOON, pin="739104")
        assert refused.value.errors == {"name": message}
    assert people.named("") is None


def fold_anew():
    """Run that one migration, whatever came after it."""
    file = next(Path(migrate.MIGRATIONS).glob("versions/*_fold_anew.py"))
    db.session.remove()
    with db.engine.connect() as one, for_ddl(one), Operations.context(MigrationContext.configure(one)):
        runpy.run_path(str(file))["upgrade"]()


def test_rows_of_the_first_version_are_folded_anew(in_shop):
    yildiz, oneil, taken = (signed_up(name=name, email=email).coupon.customer_id for name, email in [
        ("Yıldız", "yildiz@example.com"), ("O'Neil", "irem@example.com"), ("Ana", "ana@example.com")
    ])  # fmt: skip
    for name in ("Łukasz", "Øystein", "Oystein"):
        id_ = add_person(name)
        with writing():
            db.session.get(Staff, id_).folded_name = name.casefold()
    with writing():
        db.session.execute(text("DELETE FROM name_word"))
        for id_, word in [(yildiz, "yıldız"), (oneil, "o"), (oneil, "neil")]:
            db.session.add(NameWord(customer_id=id_, word=word))
        db.session.get(Customer, yildiz).email = "i\u0307lk@example.com"
        db.session.get(Customer, taken).email = "i\u0307rem@example.com"

    fold_anew()

    assert lookups.find("Yildiz").id == yildiz
    assert lookups.find("ONeil").id == oneil
    assert lookups.find("Ana").id == taken
    emails = dict(db.session.query(Customer.id, Customer.email).all())
    assert emails == {yildiz: "ilk@example.com", oneil: "irem@example.com", taken: "i\u0307rem@example.com"}
    assert people.named("lukasz").name == "Łukasz"
    assert [people.named(name).name for name in ("oystein", "Øystein")] == ["Oystein", "Øystein"]
