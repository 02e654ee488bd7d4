"""Figures: what a load test measured, one line each, and the percentile they are made of."""
from collections.abc import Sequence


def figure(name: str, value: float | int | str, unit: str = "") -> None:
    text = f"{value:.2f}" if isinstance(value, float) else str(value)
    print(f"figure: {name} = {text}{' ' + unit if unit else ''}", flush=True)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` % of the values do not exceed."""
    ordered = sorted(values)
    rank = max(1, -(-len(ordered) * percent // 100))
    return ordered[int(rank) - 1]
