import numpy as np

from cae.evaluation.kernel_distance import kernel_distance


def naive(features, others):
    d = features.shape[1]

    def kernel(x, y):
        return (float(x @ y) / d + 1) ** 3

    def within(points):
        pairs = [(a, b) for a in range(len(points)) for b in range(len(points)) if a != b]
        return np.mean([kernel(points[a], points[b]) for a, b in pairs])

    between = np.mean([kernel(x, y) for x in features for y in others])
    return within(features) + within(others) - 2 * between


def test_equals_a_naive_double_loop():
    draw = np.random.default_rng(0)
    features, others = draw.normal(size=(7, 5)), draw.normal(1, 1, (9, 5))
    np.testing.assert_allclose(kernel_distance(features, others).value, naive(features, others))


def test_is_unbiased_and_its_interval_covers():
    values, covered = [], 0
    for seed in range(60):
        draw = np.random.default_rng(seed)
        found = kernel_distance(draw.normal(size=(40, 8)), draw.normal(size=(40, 8)), seed)
        values.append(found.value)
        covered += found.low <= 0 <= found.high
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(60)
    assert covered >= 48


def test_grows_with_what_is_apart():
    draw = np.random.default_rng(0)
    features = draw.normal(size=(100, 8))
    distances = [kernel_distance(features, draw.normal(by, 1, (100, 8))) for by in (0, 0.5, 1)]
    assert distances[0].high < distances[1].low
    assert distances[1].high < distances[2].low
