import json

from streamlit.testing.v1 import AppTest


def script() -> None:
    """Take the messages of two components, as often as the script runs."""
    import streamlit as st

    from pages.components.kit.events import last_taken, take_event

    for name in ("a", "b"):
        st.session_state.setdefault(name, {})
    taken = [take_event(name, "pick") for name in ("a", "b")]
    st.json({"taken": taken, "last": [last_taken(name) for name in ("a", "b")]})


def test_a_message_is_taken_once_by_each_component():
    app = AppTest.from_function(script).run()

    def told() -> dict:
        assert not app.exception
        return json.loads(app.json[0].value)

    assert told() == {"taken": [None, None], "last": [None, None]}
    first = {"id": "x:1", "row": 3}
    app.session_state["a"] = {"pick": first}
    app.run()
    assert told() == {"taken": [first, None], "last": ["x:1", None]}
    app.run()
    assert told() == {"taken": [None, None], "last": ["x:1", None]}
    app.session_state["b"] = {"pick": first}
    app.session_state["a"] = {"pick": {"id": "x:2", "row": 3}}
    app.run()
    assert told() == {"taken": [{"id": "x:2", "row": 3}, first], "last": ["x:2", "x:1"]}
