import pytest

from pages.components.report.figures_table import GROUPS, figures_table, shown


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [(0.8594, "%", "85.9 %"), (23.047, "dB", "23.0 dB"), (0.9646, "", "0.96"), (None, "%", "–")],
)
def test_digits_and_units(value, unit, expected):
    assert shown(value, unit) == expected


def test_what_could_not_be_measured_is_left_out():
    table = figures_table({"psnr_db": 21.5, "pca_psnr_db": 20.0, "knn_accuracy": None})
    assert "21.5 dB" in table
    assert "20.0 dB" in table
    assert "kNN accuracy" not in table
    assert table.count('scope="row"') == 1


def test_a_figure_stands_beside_pixels_and_chance():
    table = figures_table({"knn_accuracy": 0.9, "pca_knn_accuracy": 0.8, "majority": 0.6})
    assert table.index("90.0 %") < table.index("80.0 %") < table.index("60.0 %")


def test_samples_stand_beside_real_images_under_a_heading_of_their_own():
    figures = {"knn_accuracy": 0.9, "sample_accuracy": 0.7, "real_accuracy": 0.8, "majority": 0.6}
    table = figures_table(figures)
    places = [table.index(text) for text in ("90.0 %", "Generated samples", "70.0 %", "80.0 %")]
    assert places == sorted(places)
    assert "Generated samples" not in figures_table({"knn_accuracy": 0.9})


def test_every_line_names_a_figure_of_its_own():
    lines = [line for group in GROUPS for line in group.lines]
    assert len({line.model for line in lines}) == len({line.title for line in lines}) == len(lines)


def test_below_pixels_stand_figures_of_pixels_alone():
    assert all(line.beside.startswith("pca_") for line in GROUPS[0].lines if line.beside)
