"""Files as others write them: each ends in a right preview, or in one plain sentence."""

import io
import zipfile

import pytest
import xlsxwriter
from shop import NOON

from kiosk.base.refusals import Invalid
from kiosk.imports import columns, files, trial
from kiosk.imports.people import Row
from kiosk.shop import shop

ANA, BEN, ÅSE = ("Ana Cruz", "+639175550001"), ("Ben", "+639175550002"), ("Bjørn Åse", "+639175550002")
PYOTR = ("Пётр Щукин", "+79123456789")
PLAIN = "Name;Mobile;Email\nAna Cruz;0917 555 0001;ana@example.com\nBjørn Åse;0917 555 0002;\n"
RUSSIAN = "Имя;Телефон;Город\nПётр Щукин;+7 912 345-67-89;Москва\n"
CARD_2 = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=C3=85se;Bj=C3=B8rn;;;\r\n"
    "TEL;CELL:09175550002\r\nNOTE;ENCODING=QUOTED-PRINTABLE:likes=20=\r\ntea\r\nBDAY:1990-05-17\r\nEND:VCARD\r\n"
)
CARD_3 = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Bjørn Åse\r\nN:Åse;Bjørn;;;\r\nTEL;TYPE=CELL:0917 555\r\n  0002\r\n"
    "NOTE:likes \r\n tea\r\nBDAY:19900517\r\nADR;TYPE=HOME:;;Street 1;Manila;;1000;PH\r\nEND:VCARD\r\n"
)
CARD_4 = (
    "BEGIN:VCARD\nVERSION:4.0\nFN:Bjørn Åse\nitem1.TEL;VALUE=uri:tel:+63-917-555-0002\nNOTE:likes tea\n"
    "BDAY:--0517\nEND:VCARD\n"
)


def workbook(*rows, **options) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, options) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return file.getvalue()


def with_a_formula() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["Name", "Mobile"])
        sheet.write_formula(1, 0, '="Ana"&" Cruz"', None, "Ana Cruz")
        sheet.write_formula(1, 1, '="0917"&5550001', None, "09175550001")
        sheet.write_rich_string(2, 0, "B", book.add_format({"bold": True}), "en")
        sheet.write(2, 1, "09175550002")
    return file.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def changed(data: bytes, before: bytes, after: bytes) -> bytes:
    """A workbook with something else in its sheet."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(before, after))
    return file.getvalue()


SIMPLE = [["Name", "Mobile"], ["Ana Cruz", "09175550001"]]
# All that Outlook writes, from which the fields of one contact are read below.
OUTLOOK = (
    "Title,First Name,Middle Name,Last Name,Suffix,Company,Department,Job Title,Business Street,Business Street 2,"
    "Business Street 3,Business City,Business State,Business Postal Code,Business Country/Region,Home Street,"
    "Home Street 2,Home Street 3,Home City,Home State,Home Postal Code,Home Country/Region,Other Street,Other Street 2,"
    "Other Street 3,Other City,Other State,Other Postal Code,Other Country/Region,Assistant's Phone,Business Fax,"
    "Business Phone,Business Phone 2,Callback,Car Phone,Company Main Phone,Home Fax,Home Phone,Home Phone 2,ISDN,"
    "Mobile Phone,Other Fax,Other Phone,Pager,Primary Phone,Radio Phone,TTY/TDD Phone,Telex,Account,Anniversary,"
    "Assistant's Name,Billing Information,Birthday,Business Address PO Box,Categories,Children,Directory Server,"
    "E-mail Address,E-mail Type,E-mail Display Name,E-mail 2 Address,E-mail 2 Type,E-mail 2 Display Name,Gender,"
    "Government ID Number,Hobby,Home Address PO Box,Initials,Internet Free Busy,Keywords,Language,Location,"
    "Manager's Name,Mileage,Notes,Office Location,Organizational ID Number,Other Address PO Box,Priority,Private"
)
CONTACT = {
    "First Name": "Ana", "Last Name": "Cruz", "Assistant's Phone": "0917 999 9999", "Assistant's Name": "Eve",
    "Manager's Name": "Dan", "Mobile Phone": "0917 555 0001", "Home City": "Cebu", "Business City": "",
    "Other City": "Manila", "Birthday": "0/0/00", "E-mail Address": "ana@example.com",
    "E-mail 2 Address": "a2@example.com", "E-mail 2 Display Name": "Ana (a2@example.com)", "Notes": "Likes tea",
}  # fmt: skip
LISTS = {
    **{f"text in {encoding}": (PLAIN.encode(encoding), [ANA, ÅSE])
       for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")},
    **{f"separated by {mark!r}": (PLAIN.replace(";", mark), [ANA, ÅSE]) for mark in ",\t|"},
    **{f"Russian in {encoding}": (RUSSIAN.encode(encoding), [PYOTR]) for encoding in ("utf-8", "utf-16", "cp1251")},
    "late letters": (PLAIN.replace("\nB", "\nAna Cruz;09175550001;" * 2000 + "\nB").encode("cp1252"),
                     [ANA] * 2001 + [ÅSE]),
    "the separator said": ("sep=;\r\nNavn;Mobil\r\nAna Cruz;09175550001\r\n", [ANA]),
    "a title and empty columns": ("My customers;;\n;;\nNavn;;Mobil\nAna Cruz;;09175550001\n;;\n", [ANA]),
    "lines in cells": ('Name,Phone,Notes\n"Cruz,\nAna",09175550001,"two\nlines"\n', [("Cruz, Ana", ANA[1])]),
    "Google Contacts": (
        "First Name,Middle Name,Last Name,Phonetic First Name,Nickname,Organization Name,Birthday,Labels,"
        "E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n"
        "Ana,,Cruz,,Annie,Bakery,1990-05-17,* myContacts,* Home,ana@example.com,Mobile,0917 555 0001\n", [ANA]),
    "Google Contacts of before": (
        "Name,Given Name,Additional Name,Family Name,Yomi Name,Group Membership,E-mail 1 - Type,E-mail 1 - Value,"
        "Phone 1 - Type,Phone 1 - Value\nAna Cruz,Ana,,Cruz,,* My Contacts,Home,ana@example.com,,09175550001\n", [ANA]),
    "Outlook": (
        '"First Name","Middle Name","Last Name","Company","E-mail Address","E-mail Display Name","Mobile Phone",'
        '"Birthday","Notes"\r\n"Ana","","Cruz","","ana@example.com","Ana (ana@example.com)","0917 555 0001",'
        '"5/17/1990",""\r\n', [ANA]),
    "Outlook, all of it": (
        OUTLOOK + "\n" + ",".join(CONTACT.get(heading, "") for heading in OUTLOOK.split(",")), [ANA]),
    "Google Contacts with several values in one": (
        "First Name,Last Name,E-mail 1 - Value,Phone 1 - Value\n"
        "Ana,Cruz,a@example.com ::: b@example.com,0917 555 0001 ::: 0918 555 0001\n", [ANA]),
    "short Russian headings": ("Ф.И.О.;Тел.;Дата рожд.\nПётр Щукин;+7 912 345-67-89;17.05.1990 г.\n", [PYOTR]),
    "quotation marks that mean nothing": (
        'Name;Mobile\n"Ana" Cruz;09175550001\nBen;09175550002\n', [ANA, BEN]),
    "Outlook in Norwegian": (
        "Fornavn;Etternavn;Firma;E-postadresse;Mobiltelefon;Fødselsdag\r\nAna;Cruz;;ana@example.com;09175550001;"
        "17.05.1990\r\n", [ANA]),
    "Outlook in Russian": (
        "Имя;Фамилия;Адрес эл. почты;Телефон переносной;День рождения\r\nПётр;Щукин;p@example.com;+7 912 345-67-89;"
        "17.05.1990\r\n", [PYOTR]),
    "a cash register": (
        "Customer ID,Customer Name,Mobile No.,Spent,Visits,Last Visit\n7,Ana Cruz,09175550001,1250,4,2026-10-01\n",
        [ANA]),
    "a Norwegian cash register": (
        "Kundenr;Kundenavn;Mobilnr;Omsetning;Antall besøk;Siste besøk;Kunde siden\n7;Ana Cruz;09175550001;1250;4;"
        "01.10.2026;2019-01-31\n", [ANA]),
    "a Filipino cash register": (
        "Pangalan,Numero ng cellphone,Bayan,Nagastos,Mga pagbisita\nAna Cruz,09175550001,Cebu,1250,4\n", [ANA]),
    "a Russian cash register": (
        "Клиент;Мобильный телефон;Город;Сумма покупок;Визиты\nПётр Щукин;89123456789;Москва;1250;4\n", []),
    "no headings": (
        "Cebu;Ana Cruz;09175550001;yes\nCebu;Ben;09175550002;yes\nCebu;Cy;09175550003;yes\n",
        [ANA, BEN, ("Cy", "+639175550003")]),
    "addresses alone": ("ana@example.com\nben@example.com\n", [("", ""), ("", "")]),
    **{f"vCard {n}": (card, [ÅSE]) for n, card in enumerate((CARD_2, CARD_3, CARD_4), 2)},
    "several cards": (CARD_3 + CARD_4, [ÅSE, ÅSE]),
    "a workbook": (workbook(*SIMPLE), [ANA]),
    "a workbook with its texts in the cells": (workbook(*SIMPLE, constant_memory=True), [ANA]),
    "a workbook with a title, an empty column and numbers": (
        workbook(["Our customers"], [], ["Name", "", "Mobile"], ["Ana Cruz", "", 9175550001]), [ANA]),
    "formulas and bold letters": (with_a_formula(), [ANA, BEN]),
    "rows far below": (changed(workbook(*SIMPLE), b'<row r="2"', b'<row r="999999999"'), [ANA]),
    "columns far away": (workbook([*SIMPLE[0], *[""] * 200, "End"], [*SIMPLE[1], *[""] * 200, "x"]), [ANA]),
}  # fmt: skip
NO_LISTS = {
    "nothing": (b"", "can’t be read"),
    "spaces": (b"   \n", "can’t be read"),
    "zeros": (bytes(1000), "can’t be read"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0", "can’t be read"),
    "a page saved as a workbook": ("<html><table><tr><td>Ana</td></tr></table>", "can’t be read"),
    "a zip that is none": (b"PK\x03\x04 this is no workbook", "can’t be read"),
    "another document": (zipped("word/document.xml", b"<w/>"), "can’t be read"),
    "a workbook cut short": (workbook(*SIMPLE)[:-300], "can’t be read"),
    "an old workbook, or one with a password": (b"\xd0\xcf\x11\xe0" + bytes(500), "without a password"),
    "too much": (b"x" * 40_000_001, "larger than 40 MB"),
    "a bomb": (zipped("xl/worksheets/sheet1.xml", b"0" * 201_000_000), "once it is unpacked"),
    "a quotation mark that swallows the rest": ('Name;Mobile\n"Ana;0917\nBen;0918\n', "In row 2 a quotation mark"),
    "one that swallows a row": ('Name;Mobile\n"Ana;0917\nBen;0918\n"Cy;0919\nDee;0920\n', "In row 2 a quotation mark"),
    "formulas without their results": (
        changed(with_a_formula(), b"<v>Ana Cruz</v>", b""),
        "In row 2 the result of a formula was not saved",
    ),
    "a strict workbook": (
        changed(
            workbook(*SIMPLE),
            b"http://schemas.openxmlformats.org/spreadsheetml/2006/main",
            b"http://purl.oclc.org/ooxml/spreadsheetml/main",
        ),
        "can’t be read",
    ),
    "headings alone": ("Name;Mobile\n", "nobody in this list"),
}


def read(fields: list[str], *cells: str) -> tuple:
    """What is made of a row: the person, and why something is left out."""
    row = Row(fields, cells, shop.current(), NOON)
    return row.person(), row.why


def people_in(file) -> list[tuple]:
    rows = [cells for _, cells in files.rows(file)]
    table = columns.of(rows[: columns.SAMPLE], shop.current().country)
    fields = [field for _, field in table.columns]
    people = [read(fields, *cells)[0] for cells in rows[table.first_row :] if any(cells)]
    return [(one.answers.name, one.answers.phone) for one in people if one]


def opened(data: bytes | str) -> io.BytesIO:
    return io.BytesIO(data.encode() if isinstance(data, str) else data)


def test_every_list_is_read_rightly(in_shop):
    found = {name: people_in(opened(data)) for name, (data, _) in LISTS.items()}

    assert {name: who for name, who in found.items() if who != LISTS[name][1]} == {}
    assert len(LISTS) + len(NO_LISTS) >= 40


def test_a_town_is_guessed_from_what_is_in_its_column():
    rows = [["Cebu", "Ana Cruz", "yes"], ["Cebu", "Ben", "yes"], ["Pasig", "Cy", "no"], ["Pasig", "Di", "no"]]

    assert [field for _, field in columns.of(rows, "PH").columns] == ["city", "name", ""]


def test_what_is_no_list_is_said_in_one_sentence(in_shop, tmp_path):
    for name, (data, sentence) in NO_LISTS.items():
        with pytest.raises(Invalid) as problem:
            trial.upload(opened(data), NOON, by=None)
        assert (name, list(problem.value.errors), sentence in problem.value.errors["file"]) == (name, ["file"], True)


def test_a_workbook_with_more_texts_than_fit_in_memory_is_refused(in_shop, monkeypatch):
    monkeypatch.setattr(files, "MOST_STRINGS", 200)

    with pytest.raises(Invalid, match="file") as problem:
        trial.upload(opened(workbook(["Name", "Mobile"], *([f"Ana {n}", "0917"] for n in range(99)))), NOON, by=None)

    assert "once it is unpacked" in problem.value.errors["file"]


def test_two_gigabytes_of_nothing_are_refused_unread(in_shop, tmp_path):
    with (tmp_path / "list.csv").open("wb+") as file:
        file.truncate(2**31)

        with pytest.raises(Invalid, match="file"):
            trial.upload(file, NOON, by=None)


CONSENTS = {
    "consent_sms": ("SMS consent", "Offers by SMS", "SMS opt-in", "Accepts SMS Marketing", "Согласие на SMS"),
    "consent_email": ("Email consent", "Newsletter by email", "Email Subscription Status", "E-postsamtykke"),
    "consent_sms_at": ("SMS consent when", "SMS consent date"), "consent_sms_how": ("SMS consent how",),
    "": ("Newsletter", "Accepts Marketing"), "email": ("Email", "E-mail 1 - Value"),
}  # fmt: skip


def test_a_column_that_says_who_agreed_is_known_by_its_heading():
    guessed = {heading: columns.field_of(heading) for headings in CONSENTS.values() for heading in headings}

    assert guessed == {heading: field for field, headings in CONSENTS.items() for heading in headings}


def test_of_an_address_book_is_taken_what_is_the_customers_own(in_shop):
    rows = [cells for _, cells in files.rows(opened(LISTS["Outlook, all of it"][0]))]
    fields = [field for _, field in columns.of(rows, "PH").columns]

    person, why = read(fields, *rows[1])

    assert (person.answers.city, person.answers.email, why) == ("Cebu", "ana@example.com", [])
    assert person.notes == "Likes tea\na2@example.com"


def test_the_first_sheet_that_is_shown_is_read_and_the_others_are_named(in_shop):
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        for name in ("choices", "2025", "2026"):
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, ["Mobile", "0917555000" + name[-1]])
        book.worksheets()[0].hide()
        book.worksheets()[1].activate()

    batch = trial.upload(file, NOON, by=None)

    assert (trial.sample(batch.id), batch.found["sheets"]) == ([["09175550005"]], ["2026"])
    assert trial.read_anew(batch.id, ["phone"]).found["sheets"] == ["2026"]


EMAILS = {
    "<ana@example.com>": "ana@example.com", "Ana <ana@example.com>": "ana@example.com",
    "mailto:ana@example.com": "ana@example.com", "A <ana@example.com>; B <ben@example.com>": "ana@example.com",
}  # fmt: skip


def test_an_address_is_read_as_mail_programs_write_it(in_shop):
    assert {cell: read(["email"], cell)[0].answers.email for cell in EMAILS} == EMAILS


PHONES = {
    "9171234567": "+639171234567", "639171234567": "+639171234567", "9.171234567E+9": "+639171234567",
    "0917 123 4567 / 0918 123 4567": "+639171234567", "9,17123E+9": "lost", "0917 123": "missing",
    "call her": "no mobile", "'09171234567": "+639171234567", "9171234567.0": "+639171234567",
    "0917 123 4567 or 0918 123 4567": "+639171234567",
}  # fmt: skip


def test_a_number_is_repaired_only_where_it_is_certain(in_shop):
    for cell, wanted in PHONES.items():
        person, why = read(["name", "phone"], "Ana", cell)

        assert (cell, person and person.answers.phone) == (cell, wanted if wanted[0] == "+" else None)
        assert wanted[0] == "+" or wanted in why[0]


def test_a_birthday_keeps_day_and_month(in_shop):
    forms = ("1990-05-17", "17.05.1990", "17.5.", "5/17/1990", "17/05/90", "17 May 1990", "17. mai 1990",
             "17 мая 1990 г.", "May 17, 1990", "1990/5/17", "17.05.1990 г.", "17-05", "5-17-1990",
             "Mayo 17", "1990-05-17 00:00:00", "19900517", "--0517")  # fmt: skip
    found = {form: read(["phone", "birthday"], "09175550001", form)[0].answers.choices for form in forms}

    assert {form: said for form, said in found.items() if said != {"birthday": ("05-17",)}} == {}
    for form in ("0/0/00", "0000-00-00"):  # none, as Outlook and databases write it
        person, why = read(["phone", "birthday"], "09175550001", form)
        assert (person.answers.choices, why) == ({}, [])
    for form in ("31.02.1990", "soon"):
        person, why = read(["phone", "birthday"], "09175550001", form)
        assert (person.answers.choices, "is no date" in why[0]) == ({}, True)
