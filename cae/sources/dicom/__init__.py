"""Image sets from DICOM: files, folders and zip files of whatever a clinic exports."""
