import zipfile
from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from cae.errors import CaeError
from cae.imageset import Origin
from cae.sources.brain import BrainSource, load_template
from cae.sources.choices import Choices
from cae.sources.nifti.cutting import Cutting
from cae.sources.nifti.source import NiftiSource


def put(path, values, affine=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    nib.save(nib.Nifti1Image(values, np.eye(4) if affine is None else affine), path)
    return path


@pytest.fixture
def volume():
    """Smooth values, so that every plane shows something; x, y and z differ."""
    x, y, z = np.meshgrid(*(np.arange(size) for size in (64, 64, 32)), indexing="ij")
    return (x + 2 * y + 3 * z + 10).astype(np.uint8)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "study"


def test_the_brain_lies_where_its_template_says(tmp_path):
    template = load_template()
    put(tmp_path / "brain.nii.gz", template.intensity, template.affine)
    source = NiftiSource(tmp_path / "brain.nii.gz", Cutting(plane="all", step_mm=30))
    imageset = source.load()
    assert set(imageset.table["plane"]) == {"axial", "coronal", "sagittal"}
    for row in imageset.table[imageset.table["plane"] == "axial"].itertuples():
        voxel = np.linalg.inv(template.affine) @ [row.x_mm, row.y_mm, row.z_mm, 1]
        assert round(voxel[2]) == row.slice
        assert voxel[:2] == pytest.approx((np.array(template.intensity.shape[:2]) - 1) / 2)
        cut = template.intensity[:, :, row.slice].T[::-1, ::-1]
        scale = imageset.images.shape[1] / max(cut.shape)
        expected = ndimage.zoom(cut.astype(float), scale, order=1)
        shown = imageset.images[row.Index, ..., 0].astype(float)
        left = (shown.shape[1] - expected.shape[1]) // 2
        inside = shown[: expected.shape[0], left : left + expected.shape[1]]
        assert np.corrcoef(inside.ravel(), expected.ravel())[0, 1] > 0.98
    assert BrainSource().load().table["plane"].isin(imageset.table["plane"]).all()


@pytest.mark.parametrize("axes", ["RAS", "LPS", "PIR", "SAL"])
def test_however_a_volume_is_stored_it_is_shown_alike(folder, volume, axes):
    straight = nib.Nifti1Image(volume, np.diag([1, 1, 2, 1]))
    target = nib.orientations.axcodes2ornt(axes)
    turned = straight.as_reoriented(
        nib.orientations.ornt_transform(nib.orientations.axcodes2ornt("RAS"), target)
    )
    put(folder / "a.nii.gz", np.asarray(turned.dataobj), turned.affine)
    imageset = NiftiSource(folder, Cutting(step_mm=0)).load()
    table = imageset.table
    assert len(imageset) == 32
    assert np.array_equal(imageset.images[5, ..., 0], volume[:, :, 5].T[::-1, ::-1])
    assert table["z_mm"].tolist() == pytest.approx(list(range(0, 64, 2)))
    assert table["x_mm"].tolist() == pytest.approx([31.5] * 32)
    assert "black_value" not in table


def test_pixels_are_made_square(folder, volume):
    put(folder / "a.nii", volume, np.diag([1, 1, 2, 1]))
    imageset = NiftiSource(folder, Cutting("coronal", 0)).load()
    image = imageset.images[10, ..., 0].astype(float)
    assert image.shape == (64, 64)
    assert np.abs(image[1::2].mean() - volume[:, 10, :].mean()) < 2
    # 32 slices of 2 mm fill the height of 64 pixels of 1 mm.
    assert image[0].mean() > image[-1].mean() > 0


def test_the_middle_of_the_values_is_shown_and_recorded(folder, volume):
    put(folder / "a.nii.gz", volume.astype(np.float32) * 10 - 500)
    imageset = NiftiSource(folder, Cutting(step_mm=0)).load()
    values = volume.astype(float) * 10 - 500
    black, white = np.percentile(values, [0.5, 99.5])
    assert imageset.table["black_value"].unique() == pytest.approx([black])
    assert imageset.table["white_value"].unique() == pytest.approx([white])
    expected = np.clip((values[:, :, 20].T[::-1, ::-1] - black) / (white - black), 0, 1) * 255
    assert np.abs(imageset.images[-12, ..., 0] - expected).max() <= 0.51


def test_patches_tile_a_slice_and_say_where_they_lie(folder, volume):
    put(folder / "a.nii.gz", volume)
    imageset = NiftiSource(folder, Cutting(step_mm=1000, patch=32)).load()
    whole = volume[:, :, 16].T[::-1, ::-1]
    assert imageset.images.shape == (4, 32, 32, 1)
    assert np.array_equal(imageset.images[1, ..., 0], whole[:32, 32:])
    first = imageset.table.iloc[0]
    # Top left is the patient's front and right; columns run from right to left.
    assert (first["x_mm"], first["y_mm"], first["z_mm"]) == pytest.approx((47.5, 47.5, 16))


def test_bids_gives_patient_session_contrast_and_participants(folder, volume):
    for subject in ("01", "02", "03"):
        name = f"sub-{subject}/ses-a/anat/sub-{subject}_ses-a_T1w"
        put(folder / f"{name}.nii.gz", volume)
        (folder / f"{name}.json").write_text("{}")
    (folder / "participants.tsv").write_text(
        "participant_id\tage\tdiagnosis\tbirth_date\n"
        "sub-01\t60\tAD\t1960-01-01\n02\t71\tCN\t1949-01-01\n"
    )
    imageset = NiftiSource(folder, Cutting(step_mm=16)).load()
    first = imageset.table.drop_duplicates("patient").set_index("patient")
    assert first["age"].tolist()[:2] == [60, 71]
    assert first["label"].tolist()[:2] == ["AD", "CN"]
    assert first["session"].tolist() == ["a"] * 3
    assert first["contrast"].tolist() == ["T1w"] * 3
    assert imageset.table.groupby("patient")["split"].nunique().max() == 1
    assert set(imageset.identifying) == {"patient", "file", "birth_date"}
    assert imageset.problems.values.tolist() == [["sub-03", "participants.tsv has no row for it"]]


def test_a_column_of_participants_is_renamed_where_its_name_is_taken(folder, volume):
    text = "participant_id\tsession\tcontrast\nsub-01\t7\tlow\nsub-02\t8\thigh\n"
    for subject in ("01", "02"):
        put(folder / f"sub-{subject}/anat/sub-{subject}_T1w.nii.gz", volume)
    (folder / "participants.tsv").write_text(text)
    imageset = NiftiSource(folder, Cutting(step_mm=16)).load()
    # No name of a file tells a session, so the column is not taken.
    assert set(imageset.table["session"]) == {7, 8}
    assert set(imageset.table["contrast"]) == {"T1w"}
    assert set(imageset.table["contrast (table)"]) == {"low", "high"}
    assert imageset.origins["contrast (table)"] == Origin(("contrast",))


def test_rows_about_sessions_go_to_the_images_of_these(folder, volume):
    for subject in ("01", "02"):
        for session in ("1", "2"):
            put(folder / f"sub-{subject}/ses-{session}/sub-{subject}_ses-{session}_T1w.nii", volume)
    (folder / "participants.tsv").write_text(
        "participant_id\tsession_id\tage\tdiagnosis\n"
        "sub-01\tses-01\t61\tMCI\nsub-01\tses-02\t62\tAD\nsub-02\t1\t71\tCN\n"
    )
    imageset = NiftiSource(folder, Cutting(step_mm=16)).load()
    first = imageset.table.drop_duplicates(["patient", "session"])
    first = first.set_index(first["patient"] + first["session"])
    assert first["label"].dropna().to_dict() == {"sub-011": "MCI", "sub-012": "AD", "sub-021": "CN"}
    assert first["age"].dropna().to_dict() == {"sub-011": 61, "sub-012": 62, "sub-021": 71}
    assert imageset.problems.values.tolist() == [
        ["sub-02 ses-2", "participants.tsv has no row for it"]
    ]
    assert "participants.tsv: its rows are about sessions, by 'session_id'." in imageset.notes


def test_rows_without_a_session_are_of_the_person(folder, volume):
    for name in ("sub-01/ses-1/sub-01_ses-1", "sub-01/ses-2/sub-01_ses-2", "sub-02/sub-02"):
        put(folder / f"{name}_T1w.nii", volume)
    (folder / "participants.tsv").write_text(
        "participant_id\tsession_id\tage\nsub-01\tses-1\t61\nsub-01\tses-2\t62\nsub-02\tn/a\t70\n"
    )
    imageset = NiftiSource(folder, Cutting(step_mm=16)).load()
    first = imageset.table.drop_duplicates("file").set_index("file")["age"]
    assert sorted(first.tolist()) == [61, 62, 70]
    assert imageset.problems.empty


def test_several_rows_of_a_participant_without_sessions_are_joined_and_said(folder, volume):
    for subject in ("01", "02"):
        put(folder / f"sub-{subject}_T1w.nii", volume)
    (folder / "participants.tsv").write_text(
        "participant_id\tage\tdiagnosis\nsub-01\t60\t1\nsub-01\t62\t3\nsub-02\t71\t2\n"
    )
    imageset = NiftiSource(folder, Cutting(step_mm=16)).load()
    first = imageset.table.drop_duplicates("patient").set_index("patient")
    assert first["age"].to_dict() == {"sub-01": 61, "sub-02": 71}
    assert first["label"].to_dict() == {"sub-01": "1; 3", "sub-02": "2"}
    assert any("2 rows are of 1 participants or sessions" in note for note in imageset.notes)


def test_columns_of_participants_can_be_chosen(folder, volume):
    for subject in ("01", "02"):
        put(folder / f"sub-{subject}_T1w.nii.gz", volume)
    (folder / "participants.tsv").write_text(
        "participant_id\tdiagnosis\tgrade\tfamily\tcluster\n01\tAD\t1\tf1\t5\n02\tCN\t2\tf1\t6\n"
    )
    source = NiftiSource(folder, Cutting(step_mm=16))
    usual = source.load()
    assert any("Labels are from 'diagnosis'" in note for note in usual.notes)
    assert set(usual.table["cluster (table)"]) == {5, 6}
    chosen = replace(source, choices=Choices(label="grade", patient="family")).load()
    assert set(chosen.table["label"]) == {"1", "2"}
    assert set(chosen.table["patient"]) == {"f1"}
    assert set(chosen.table["diagnosis"]) == {"AD", "CN"}
    unknown = replace(source, choices=Choices(label="none", patient="none")).load().table
    assert unknown[["label", "patient"]].isna().all().all()
    with pytest.raises(CaeError, match="has no column 'stage'"):
        replace(source, choices=Choices(label="stage")).load()
    (folder / "participants.tsv").unlink()
    with pytest.raises(CaeError, match="has no participants.tsv"):
        replace(source, choices=Choices(label="grade")).load()


def test_masks_stay_masks_of_their_images(folder, volume):
    mask = np.zeros(volume.shape, np.uint8)
    mask[:16, :, :] = 3
    put(folder / "p1_t1.nii.gz", volume)
    put(folder / "p1_lesion.nii.gz", mask)
    put(folder / "p2_t1.nii.gz", volume)
    put(folder / "p2_lesion.nii.gz", mask[:32])
    put(folder / "p3_t1.nii.gz", volume)
    put(folder / "p4_lesion.nii.gz", mask)
    imageset = NiftiSource(folder, Cutting(step_mm=0)).load()
    table = imageset.table
    assert sorted(set(table["file"])) == ["p1_t1.nii.gz", "p2_t1.nii.gz", "p3_t1.nii.gz"]
    assert imageset.mask_names == ("lesion",)
    assert imageset.masks.shape == (96, 64, 64, 1)
    assert np.array_equal(imageset.masks[5, ..., 0] > 0, mask[:, :, 5].T[::-1, ::-1] > 0)
    assert not imageset.masks[32:].any()
    assert table["lesion_fraction"][:32].tolist() == pytest.approx([0.25] * 32)
    assert table["lesion_fraction"][32:].isna().all()
    reasons = dict(imageset.problems.itertuples(index=False))
    assert "another grid" in reasons["p2_t1.nii.gz"]
    assert reasons["p4_lesion.nii.gz"] == "it is a mask without an image"


def test_slices_of_one_volume_are_never_in_two_splits(folder, volume):
    for number in range(10):
        put(folder / f"v{number}.nii.gz", volume)
    table = NiftiSource(folder, Cutting(step_mm=8)).load().table
    assert table["patient"].isna().all()
    assert table.groupby("file")["split"].nunique().max() == 1
    assert set(table["split"]) == {"train", "val", "test"}


@pytest.mark.parametrize("folders", ["{:02}", "P{:03}"])
def test_contrasts_in_the_folder_of_a_person_are_never_in_two_splits(folder, volume, folders):
    for number in range(1, 11):
        for contrast in ("FLAIR", "T1"):
            put(folder / folders.format(number) / f"{contrast}.nii.gz", volume)
    imageset = NiftiSource(folder, Cutting(step_mm=16)).load()
    table = imageset.table
    persons = table["file"].str.split("/").str[0]
    assert table.groupby(persons)["split"].nunique().max() == 1
    assert set(table["split"]) == {"train", "val", "test"}
    if folders == "P{:03}":
        assert table["patient"].tolist() == persons.tolist()
        assert str(imageset.origins["patient"]) == "names of folders"


def test_participants_are_known_by_the_names_of_folders(folder, volume):
    for name in ("P001", "P002"):
        put(folder / name / "t1.nii.gz", volume)
    (folder / "participants.tsv").write_text("participant_id\tage\tsplit\nP001\t60\ttest\n")
    imageset = NiftiSource(folder, Cutting(step_mm=16)).load()
    first = imageset.table.drop_duplicates("patient").set_index("patient")
    assert first["age"].tolist()[0] == 60
    assert first["split"].tolist()[0] == "test"
    assert imageset.problems.values.tolist() == [["P002", "participants.tsv has no row for it"]]


def test_a_split_is_drawn_by_the_patients_that_were_chosen(folder, volume):
    lines = ["participant_id\tfamily"]
    for number in range(20):
        put(folder / f"sub-{number:02}_T1w.nii.gz", volume)
        lines.append(f"{number:02}\tf{number % 10}")
    (folder / "participants.tsv").write_text("\n".join(lines))
    source = NiftiSource(folder, Cutting(step_mm=1000), Choices(patient="family"))
    assert source.load().table.groupby("patient")["split"].nunique().max() == 1


def test_given_splits_that_tear_a_person_apart_are_told_once(folder, volume):
    for place in ("train/sub-01_T1w", "test/sub-01_T2w", "test/sub-02_T1w"):
        put(folder / f"{place}.nii.gz", volume)
    assert NiftiSource(folder, Cutting(step_mm=8)).load().problems.values.tolist() == [
        ["test/sub-01_T2w.nii.gz", "its patient has images in several splits: test, train"]
    ]


def test_empty_slices_are_left_out(folder, volume):
    volume[:, :, :10] = 0
    put(folder / "a.nii.gz", volume)
    assert NiftiSource(folder, Cutting(step_mm=0)).load().table["slice"].min() == 10


def test_of_several_volumes_the_first_is_used(folder, volume):
    put(folder / "a.nii.gz", np.stack([volume, volume // 2], axis=-1))
    imageset = NiftiSource(folder, Cutting(step_mm=0)).load()
    assert np.array_equal(imageset.images[5, ..., 0], volume[:, :, 5].T[::-1, ::-1])
    assert "first of its 2 volumes" in imageset.problems["reason"][0]


def test_colour_volumes(folder, volume):
    colours = np.zeros(volume.shape, [("R", "u1"), ("G", "u1"), ("B", "u1")])
    colours["R"], colours["B"] = volume, 255 - volume
    put(folder / "a.nii.gz", colours)
    images = NiftiSource(folder, Cutting(step_mm=0)).load().images
    assert images.shape == (32, 64, 64, 3)
    assert np.array_equal(images[5, ..., 0], volume[:, :, 5].T[::-1, ::-1])
    assert not images[..., 1].any()


def test_damaged_files_are_reported_and_the_rest_is_read(folder, volume):
    whole = put(folder / "whole.nii.gz", volume).read_bytes()
    (folder / "cut.nii.gz").write_bytes(whole[: len(whole) // 2])
    (folder / "empty.nii.gz").write_bytes(b"")
    (folder / "text.nii").write_bytes(b"hello" * 200)
    (folder / "scan.dcm").write_bytes(b"hello")
    header = bytearray(put(folder / "huge.nii", volume).read_bytes())
    header[40:56] = np.array([3, 32767, 32767, 32767, 1, 1, 1, 1], "<i2").tobytes()
    (folder / "huge.nii").write_bytes(header)
    imageset = NiftiSource(folder).load()
    reasons = dict(imageset.problems.itertuples(index=False))
    assert set(imageset.table["file"]) == {"whole.nii.gz"}
    assert "cut off or damaged" in reasons["cut.nii.gz"]
    assert "empty" in reasons["empty.nii.gz"]
    assert "no NIfTI" in reasons["text.nii"]
    assert "more than 4 GB" in reasons["huge.nii"]
    assert "no NIfTI" in reasons["scan.dcm"]


def test_a_zip_file(folder, volume, tmp_path):
    file = put(folder / "sub-01_T1w.nii.gz", volume)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as archive:
        archive.write(file, "sub-01/anat/sub-01_T1w.nii.gz")
    imageset = NiftiSource(tmp_path / "study.zip").load()
    assert imageset.name == "study"
    assert imageset.table["patient"].unique().tolist() == ["sub-01"]


def test_nothing_to_read_is_an_error(folder):
    folder.mkdir()
    with pytest.raises(CaeError, match="holds no NIfTI"):
        NiftiSource(folder).load()
    (folder / "a.nii.gz").write_bytes(b"")
    with pytest.raises(CaeError, match="of a.nii.gz: the file is empty"):
        NiftiSource(folder).load()
    with pytest.raises(CaeError, match="There is no folder or file"):
        NiftiSource(folder / "missing").load()


def test_some_slices_are_shown_as_an_import_shows_them(folder, volume):
    for subject in range(9):
        put(folder / f"sub-{subject}_T1w.nii.gz", volume, np.eye(4))
        put(folder / f"sub-{subject}_T1w_mask.nii.gz", (volume > 0).astype(np.uint8), np.eye(4))
    source = NiftiSource(folder, Cutting(step_mm=8))
    assert [file.name for file in source.example_files(2)] == [
        "sub-0_T1w.nii.gz",
        "sub-8_T1w.nii.gz",
    ]
    shown = source.examples(10)
    assert len(set(shown.files)) > 1
    assert all(name.endswith("_T1w.nii.gz") for name in shown.files)
    whole = {image.tobytes() for image in source.load().images}
    assert shown.images.shape == (10, 64, 64, 1)
    assert {image.tobytes() for image in shown.images} <= whole


def test_without_a_volume_there_is_nothing_to_show(folder):
    folder.mkdir()
    with pytest.raises(CaeError, match="holds no NIfTI images"):
        NiftiSource(folder).examples(4)
