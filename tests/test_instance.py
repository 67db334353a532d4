import os
from pathlib import Path

import pytest
from shop import NOON, close_shop, open_shop

from kiosk.base import disk
from kiosk.guard import audit
from kiosk.upkeep import instance

MOUNTS = """\
/dev/sda1 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw 0 0
{kind_source} {place} {kind} rw 0 0
"""


def mounts(kind, place="/srv/shop"):
    return MOUNTS.format(kind_source="server:/export", place=place, kind=kind)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "glusterfs"])
def test_a_network_drive_is_refused_in_one_sentence(kind):
    with pytest.raises(instance.NotWritable, match=f"/srv/shop/data is on a network drive \\({kind}\\)"):
        disk.refuse_network(Path("/srv/shop/data/kiosk.sqlite"), mounts(kind))


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk", "f2fs", "zfs"])
def test_a_disk_of_this_computer_is_good(kind):
    disk.refuse_network(Path("/srv/shop/kiosk.sqlite"), mounts(kind))


def test_only_the_innermost_drive_counts():
    disk.refuse_network(Path("/srv/shopping/kiosk.sqlite"), mounts("nfs"))
    disk.refuse_network(Path("/srv/shop/kiosk.sqlite"), mounts("nfs", "/srv").replace("/run", "/srv/shop"))
    disk.refuse_network(Path("/srv/shop/kiosk.sqlite"), mounts("nfs") + "/dev/sdb1 /srv/shop ext4 rw 0 0\n")


def test_a_drive_with_a_space_in_its_place_is_found():
    with pytest.raises(instance.NotWritable, match="is on a network drive"):
        disk.refuse_network(Path("/srv/my shop/kiosk.sqlite"), mounts("cifs", "/srv/my\\040shop"))


def test_a_shop_is_not_opened_on_a_network_drive(tmp_path, monkeypatch):
    table = tmp_path / "mounts"
    table.write_text(mounts("nfs4", tmp_path))
    monkeypatch.setattr(disk, "MOUNTS", table)

    with pytest.raises(instance.NotWritable, match=r"\(nfs4\)"):
        open_shop(tmp_path / "instance")


def test_a_data_file_has_one_server_at_a_time(tmp_path):
    held = disk.claim(tmp_path / "kiosk.sqlite")
    with pytest.raises(instance.NotWritable, match="another Suki is already running"):
        disk.claim(tmp_path / "kiosk.sqlite")
    disk.claim(tmp_path / "other.sqlite").close()
    held.close()

    disk.claim(tmp_path / "kiosk.sqlite").close()


@pytest.mark.parametrize("secret", ["", "x", "\n", "0" * 31])
def test_a_secret_that_is_cut_short_is_refused(tmp_path, secret):
    (tmp_path / "secret").write_text(secret)

    with pytest.raises(instance.NotWritable, match="secret is empty or cut short"):
        open_shop(tmp_path)

    assert (tmp_path / "secret").read_text() == secret  # whoever restores it finds what was there


@pytest.mark.parametrize("lost", [lambda file: file.write_bytes(b""), lambda file: file.unlink()])
def test_a_shop_whose_data_are_lost_is_not_made_a_new_one(tmp_path, lost):
    app = open_shop(tmp_path)
    with app.app_context():
        audit.note("sign_in", NOON, by=None)
    close_shop(app)
    lost(tmp_path / "kiosk.sqlite")

    with pytest.raises(instance.NotWritable, match="is empty or gone, but there was a shop here"):
        open_shop(tmp_path)

    (tmp_path / "audit.head").unlink()  # as the sentence says, for who begins anew
    close_shop(open_shop(tmp_path))


def test_a_first_start_that_was_broken_off_goes_on(tmp_path):
    instance.prepare(tmp_path)
    (tmp_path / "kiosk.sqlite").touch()

    close_shop(open_shop(tmp_path))

    assert (tmp_path / "kiosk.sqlite").stat().st_size > 0


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_nobody_else_on_the_machine_reads_what_is_stored(tmp_path):
    close_shop(open_shop(tmp_path / "instance"))

    open_to_others = [path.name for path in (tmp_path / "instance").rglob("*") if path.stat().st_mode & 0o077]

    assert open_to_others == []
