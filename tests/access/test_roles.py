from pathlib import Path

import pytest

from cae.access.roles import Role, folders_to_read, role_for_command


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (["build", "/s", "--method=local"], Role.EDIT),
        (["append", "/s", "folder:/x"], Role.ADMIN),
        (["train", "/s", "--out=/elsewhere"], Role.ADMIN),
    ],
)
def test_what_brings_images_or_makes_a_study_is_for_administrators(arguments, role):
    assert role_for_command(arguments) == role


def test_masks_by_name_are_no_folders():
    arguments = ["build", "/s", "--method=local", "--shape=/srv/private", "--shape=lesion"]
    assert folders_to_read(arguments, ["lesion"]) == [Path("/srv/private")]
    assert folders_to_read(["build", "/s", "--shape="], []) == []
    # A folder that happens to lie where the server runs is one, too.
    assert folders_to_read(["build", "/s", "--shape=lesion"], []) == [Path("lesion")]
