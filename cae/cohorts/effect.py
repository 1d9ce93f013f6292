"""How much two groups differ: one figure with its interval."""

from dataclasses import dataclass, replace

LEVEL = 0.95
MEDIANS, ODDS_RATIO = "difference of medians", "odds ratio"


@dataclass(frozen=True)
class Effect:
    """How much two groups differ in one column.

    Attributes:
        measure: what the figure is, such as standardised mean difference.
        value: the figure, first group against second; above 0, or above 1 of an odds ratio, the
            first group has more.
        low: lower end of its 95 % interval.
        high: upper end.
        remark: what had to be done to get it, as a sentence; mostly empty.
    """

    measure: str
    value: float
    low: float
    high: float
    remark: str = ""

    @property
    def is_ratio(self) -> bool:
        """Whether 1 is no difference, and twice as much as far from it as half as much."""
        return self.measure.startswith(ODDS_RATIO)

    @property
    def has_unit(self) -> bool:
        """Whether it is in the unit of its column, so that those of two columns do not compare."""
        return self.measure == MEDIANS

    def negated(self) -> "Effect":
        """Return the same difference with the groups in the other order."""
        return replace(self, value=-self.value, low=-self.high, high=-self.low)
