import re

from cae.evaluation.baselines import BASELINES
from cae.evaluation.baselines import FIGURES as MEASURED
from pages.components.report.baseline_table import FIGURES, MODEL, WAYS, baseline_table

NOTHING = dict.fromkeys(MEASURED)
BASE = dict.fromkeys(BASELINES, NOTHING)


def rows(table):
    return re.findall(r'<tr><th scope="row"><strong>([^<]*)</strong>', table)


def test_every_baseline_and_figure_has_its_place():
    assert set(WAYS) == {MODEL, *BASELINES}
    assert tuple(FIGURES) == MEASURED


def test_the_best_of_a_column_is_bold():
    table = baseline_table(
        {"knn_accuracy": 0.8, "psnr_db": 25.0},
        {**BASE, "pca": {**NOTHING, "knn_accuracy": 0.7, "psnr_db": 30.06}},
    )
    assert "<td><strong>80.0 %</strong></td>" in table
    assert "<td>70.0 %</td>" in table
    assert "<td><strong>30.1 dB</strong></td>" in table
    assert "<td>25.0 dB</td>" in table


def test_what_has_no_figure_is_left_out():
    majority = {**NOTHING, "classifier_accuracy": 0.6}
    table = baseline_table({"psnr_db": 25.0, "ssim": 0.9}, {**BASE, "majority": majority})
    assert rows(table) == ["This model", "Majority class"]
    assert table.count('scope="col"') == 3
    assert table.count("<td>–</td>") == 2
