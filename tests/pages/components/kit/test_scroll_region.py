from pages.components.kit.scroll_region import scroll_region


def test_a_region_has_a_name_and_holds_what_it_is_given():
    assert scroll_region('Lungs "left" & <right>', "<p>1</p>") == (
        '<div class="cae-scroll" role="region" tabindex="0" '
        'aria-label="Lungs &quot;left&quot; &amp; &lt;right&gt;"><p>1</p></div>'
    )
