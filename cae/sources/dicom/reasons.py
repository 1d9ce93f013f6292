"""Reasons that several parts of the room must know."""

NO_DICOM = "it is no DICOM file"
