import numpy as np

from pages.components.map.sent import MOST, Sent


def test_a_thing_is_sent_once():
    sent = Sent()
    assert sent.use("a") == (False, [])
    assert sent.use("a") == (True, [])


def test_what_the_browser_misses_is_sent_again():
    sent = Sent()
    sent.use("a")
    sent.miss("a")
    sent.miss("never seen")
    assert sent.use("a") == (False, [])


def test_those_used_longest_ago_go_when_there_are_too_many():
    sent = Sent()
    for number in range(MOST):
        sent.use(str(number))
    sent.use("0")
    assert sent.use("one more") == (False, ["1"])
    assert sent.use("1") == (False, ["2"])
    assert sent.use("0") == (True, [])


def test_browser_and_python_agree_over_any_history():
    """The browser keeps what it is sent and drops what it is told to, as kept.js does."""
    sent, browser = Sent(), set()
    for digest in np.random.default_rng(0).integers(0, 12, 2_000).astype(str).tolist():
        has, dropped = sent.use(digest)
        assert has == (digest in browser)
        browser.add(digest)
        browser.difference_update(dropped)
        assert digest in browser
        assert len(browser) <= MOST
