from cae.cohorts.remark import Remark
from pages.components.kit.remarks import remarks_html


def test_a_warning_is_one_by_what_it_is_not_by_its_words():
    said = "The group “a are not proportional (b” is exploratory: it <i>."
    plain, warning = (remarks_html([Remark(said, is_warning)]) for is_warning in (False, True))
    assert plain.startswith('<div class="cae-sentence">')
    assert warning == plain.replace("cae-sentence", "cae-warning")
    assert "<i>" not in plain
