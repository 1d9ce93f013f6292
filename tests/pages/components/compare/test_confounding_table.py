import re

from cae.cohorts.confounding import IMAGES, TOGETHER, Confounding, Prediction
from pages.components.compare.confounding_table import confounding_table

FOUND = Confounding(
    (
        Prediction("Site <b>", 0.84, 0.75, 0.91),
        Prediction(TOGETHER, 0.88, 0.8, 0.93),
        Prediction(IMAGES, 0.97, 0.9, 1.0),
    )
)


def test_each_prediction_has_a_line_with_figures_and_a_picture():
    shown = confounding_table(FOUND)
    heads = re.findall(r'<th scope="row">(.*?)</th><td>.*?</td><td>(.*?)</td>', shown)
    assert heads == [
        ("Site &lt;b&gt;", "0.84 (0.75 to 0.91)"),
        ("All columns together", "0.88 (0.80 to 0.93)"),
        ("Images", "0.97 (0.90 to 1.00)"),
    ]
    assert re.findall(r'<b style="left:([\d.]+)%"', shown) == ["84.0", "88.0", "97.0"]
    assert shown.count("chance is 0.5") == 3


def test_images_and_all_columns_have_marks_of_their_own():
    marks = re.findall(r'class="cae-interval ([\w-]*)"', confounding_table(FOUND))
    assert marks == ["", "cae-square", "cae-diamond"]
