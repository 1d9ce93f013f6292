import pytest

from cae.sources.nifti.names import contrast, entity, group, mask_kind, masks_of


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


def test_what_is_of_one_person_is_in_one_group():
    assert group("sub-01/sub-01_T1w.nii") == group("sub-01/sub-01_ses-2_bold.nii") == "sub-01"
    assert group("BraTS_001_t1.nii.gz") == group("BraTS_001_flair.nii.gz") == "BraTS_001"
    assert group("la_003_0000.nii.gz") == group("la_003_0001.nii.gz")
    assert group("la_003_0000.nii.gz") != group("la_004_0000.nii.gz")
