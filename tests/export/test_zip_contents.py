import io
import zipfile

from cae.export.zip_contents import ZipContents


def written(contents: ZipContents | None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if contents is not None:
            archive.filelist = contents
        for number, name in enumerate(("a.png", "b/ä.csv", "c")):
            entry = zipfile.ZipInfo(name, (1980 + number, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)[number % 2]
            with archive.open(entry, "w", force_zip64=True) as file:
                file.write(b"0123456789" * 1000 * number)
    return buffer.getvalue()


def test_a_zip_is_the_same_as_with_the_list_of_the_library():
    contents = ZipContents()
    found = written(contents)
    assert found == written(None)
    assert len(contents) == len(list(contents)) == 3
    assert [entry.filename for entry in contents] == ["a.png", "b/ä.csv", "c"]
    contents.close()
    with zipfile.ZipFile(io.BytesIO(found)) as archive:
        assert archive.testzip() is None
        assert archive.read("c") == b"0123456789" * 2000
