from cae.columns import facets
from pages.components.kit.component import protocol


def test_the_panel_shows_every_kind_of_facet():
    kinds = {facets.CATEGORIES, facets.NUMBERS, facets.DATES, facets.TEXT}
    assert set(protocol("explore")["kinds"].values()) == kinds
