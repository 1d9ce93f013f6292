from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


@pytest.fixture(autouse=True)
def own_salt(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CAE_HOME", str(tmp_path_factory.mktemp("home")))


def dicom_dataset(values, **elements):
    """A DICOM dataset of grey frames (H, W) or (F, H, W), or colours (H, W, 3)."""
    values = np.asarray(values)
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = dataset.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    is_colour = values.ndim == 3 and values.shape[-1] == 3
    dataset.SamplesPerPixel = 3 if is_colour else 1
    dataset.PhotometricInterpretation = "RGB" if is_colour else "MONOCHROME2"
    if is_colour:
        dataset.PlanarConfiguration = 0
    dataset.Rows, dataset.Columns = values.shape[:2] if is_colour else values.shape[-2:]
    if values.ndim == 3 and not is_colour:
        dataset.NumberOfFrames = len(values)
    dataset.BitsAllocated = dataset.BitsStored = values.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(values.dtype.kind == "i")
    dataset.PixelData = values.tobytes() + b"\0" * (values.nbytes % 2)
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def dicom_file(path, values, **elements):
    """The same as a file; its folder is made."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    dicom_dataset(values, **elements).save_as(path, enforce_file_format=True)
    return path


@pytest.fixture
def make_dataset():
    return dicom_dataset


@pytest.fixture
def make_file():
    return dicom_file
