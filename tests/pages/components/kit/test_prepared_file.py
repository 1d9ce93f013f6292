from streamlit.testing.v1 import AppTest


def page() -> None:
    from pages.components.kit.exports import prepare_export
    from pages.components.kit.prepared_file import prepared_file, zip_button

    def export(study, what, out, *, identifying=False, progress=None):
        out.write_text(what)
        return out

    def begin() -> None:
        prepare_export(export, None, "some images", "out.zip", "key")

    if (file := prepared_file("key", "Prepare them", begin)) is not None:
        zip_button(file, file.read_text())


def test_a_file_is_made_on_request_and_then_offered():
    app = AppTest.from_function(page).run(timeout=60)
    assert [one.label for one in app.button] == ["Prepare them"]
    assert not app.get("download_button")
    app.button[0].click().run(timeout=60)
    for running in app.session_state["running exports"].values():
        running.result()
    app.run(timeout=60)
    assert not app.exception
    assert not app.button
    (offered,) = app.get("download_button")
    assert offered.proto.label == "some images"
