import pytest

from cae.sources.nifti.names import contrast, entity, groups, mask_kind, masks_of, patients


def test_bids_entities():
    file = "study/sub-01/ses-2/anat/sub-01_ses-2_acq-hi_T1w.nii.gz"
    assert (entity(file, "sub"), entity(file, "ses"), contrast(file)) == ("01", "2", "T1w")
    assert entity("sub-01/anat/T1w.nii", "sub") == "01"
    assert entity("brain.nii", "sub") is None
    assert contrast("brain.nii") is None


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("sub-01_T1w.nii.gz", None),
        ("sub-01_label-WM_probseg.nii.gz", "WM probseg"),
        ("sub-01_desc-brain_mask.nii.gz", "brain mask"),
        ("sub-01_dseg.nii", "dseg"),
        ("BraTS_001_seg.nii.gz", "seg"),
        ("p1_lesion.nii", "lesion"),
        ("p1_Lesions.nii", "Lesions"),
        ("p1/mask.nii.gz", "mask"),
        ("labelsTr/la_003.nii.gz", "label"),
        ("imagesTr/la_003_0000.nii.gz", None),
        ("masked_brain.nii", None),
    ],
)
def test_masks_are_told_by_their_names(file, kind):
    assert mask_kind(file) == kind


def test_masks_go_to_the_images_they_name():
    files = [
        "sub-01/anat/sub-01_T1w.nii.gz",
        "derivatives/sub-01/sub-01_desc-brain_mask.nii.gz",
        "sub-02/anat/sub-02_T1w.nii.gz",
        "BraTS_001/BraTS_001_t1.nii.gz",
        "BraTS_001/BraTS_001_flair.nii.gz",
        "BraTS_001/BraTS_001_seg.nii.gz",
        "imagesTr/la_003_0000.nii.gz",
        "labelsTr/la_003.nii.gz",
        "p9/scan.nii",
        "p9/mask.nii",
        "alone_mask.nii",
    ]
    images, lonely = masks_of(files)
    assert {image: masks for image, masks in images.items() if masks} == {
        files[0]: [files[1]],
        files[3]: [files[5]],
        files[4]: [files[5]],
        files[6]: [files[7]],
        files[8]: [files[9]],
    }
    assert lonely == ["alone_mask.nii"]


@pytest.mark.parametrize(
    ("mask", "image"),
    [
        ("{}/t1_seg.nii.gz", "{}/t1.nii.gz"),
        ("p{}_mask.nii", "p{}.nii"),
        ("{}/labels/x.nii.gz", "{}/images/x.nii.gz"),
        ("masks/{}/t1_mask.nii", "raw/{}/t1.nii"),
        ("labelsT{}/la_003.nii.gz", "imagesT{}/la_003_0000.nii.gz"),
        ("sub-01_run-{}_desc-brain_mask.nii", "sub-01_run-0{}_T1w.nii"),
        ("sub-01_acq-{}_dseg.nii", "sub-01_acq-{}_desc-preproc_T1w.nii"),
        ("sub-01_task-{}_space-MNI_mask.nii", "sub-01_task-{}_space-MNI_bold.nii"),
        ("{}/sub-01/anat/sub-01_mask.nii", "{}/sub-01/anat/sub-01_T1w.nii"),
    ],
)
def test_of_masks_that_are_called_alike_each_image_gets_its_own(mask, image):
    images = [image.format(one) for one in "rs"]
    masks = [mask.format(one) for one in "rs"]
    found, lonely = masks_of(sorted([*images, *masks]))
    assert found == {one: [its] for one, its in zip(images, masks, strict=True)}
    assert lonely == []


def test_a_mask_whose_image_is_absent_goes_to_none_of_the_same_name():
    files = ["01/t1.nii", "01/t1_seg.nii", "02/t1.nii", "03/t1_seg.nii"]
    assert masks_of(files) == ({files[0]: [files[1]], files[2]: []}, [files[3]])


def test_the_nearest_mask_of_an_image_is_first():
    bold, anatomy = "sub-01/func/sub-01_task-rest_bold.nii", "sub-01/anat/sub-01_T1w.nii"
    masks = ["sub-01_desc-brain_mask.nii", "sub-01_task-rest_desc-brain_mask.nii"]
    found, _ = masks_of([*masks, bold, anatomy])
    assert found == {bold: masks[::-1], anatomy: masks[:1]}


def test_a_mask_of_a_part_is_of_all_images_beside_it():
    files = ["p1/brain_mask.nii", "p1/scan.nii", "p2/brain_mask.nii", "p2/scan.nii"]
    assert masks_of(files) == ({files[1]: [files[0]], files[3]: [files[2]]}, [])


def test_a_mask_is_of_all_contrasts_of_a_person_wherever_they_lie():
    files = ["t1/p1.nii", "t2/p1.nii", "lesion/p1_lesion.nii"]
    assert masks_of(files) == ({files[0]: [files[2]], files[1]: [files[2]]}, [])


def test_persons_are_known_from_bids_or_folders():
    files = ["sub-01/sub-01_T1w.nii", "P002/t1.nii", "P003/t1.nii", "t1.nii"]
    assert list(patients(files).values()) == ["sub-01", "P002", "P003", None]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (["sub-01/sub-01_T1w.nii", "sub-01/sub-01_ses-2_bold.nii"], ["sub-01"] * 2),
        (["BraTS_001_t1.nii.gz", "BraTS_001_flair.nii.gz"], ["BraTS_001"] * 2),
        (["p1_t1.nii", "p1_t1_gd.nii", "p2_t1_gd.nii", "p2_t1.nii"], ["p1", "p1", "p2", "p2"]),
        (["scan.nii", "scan_t1_gd.nii", "scan_t1.nii"], ["scan", "scan_t1", "scan"]),
        (["la_003_0000.nii", "la_003_0001.nii", "la_004_0000.nii"], ["la_003"] * 2 + ["la_004"]),
        (["P001/a/t1.nii", "P001/flair.nii", "P002/t1.nii"], ["P001", "P001", "P002"]),
        (["1/FLAIR.nii", "1/T1.nii", "2/FLAIR.nii", "2/PD.nii"], ["1", "1", "2", "2"]),
        (["1/a/T1.nii", "1/b/T1.nii", "2/a/T1.nii", "2/b/T1.nii"], ["1", "1", "2", "2"]),
        (["raw/1/T1.nii", "raw/2/T1.nii", "raw/2/x_y.nii"], ["1", "2", "2"]),
        (["train/1/T1.nii", "test/2/T1.nii", "test/2/T2.nii"], ["1", "2", "2"]),
        (["T1/p1.nii", "T1/p2.nii", "T2/p1.nii", "T2/p2.nii"], ["p1", "p2"] * 2),
        ([f"{c}/{c}{n}/T1.nii" for c in "ab" for n in range(9)], [f"a{n}" for n in range(9)]),
        ([f"{c}/{n}/T1.nii" for c in ("raw", "new") for n in range(9)], list("012345678") * 2),
    ],
)
def test_what_is_of_one_person_is_in_one_group(files, expected):
    found = list(groups(files).values())
    assert found[: len(expected)] == expected
