"""A chart of horizontal bars as SVG: one panel for each load, each with its own scale."""
from dataclasses import dataclass
from html import escape

WIDTH, COLUMNS, MARGIN, GAP = 900, 2, 24, 40
BAR, STEP, LABELS, VALUES, TITLE = 16, 24, 104, 60, 34
HEAD, FOOT = 74, 36
OURS = "apiforge"

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2933; }
  .head { font-size: 17px; font-weight: 600; }
  .title { font-weight: 600; }
  .note { font-size: 12px; fill: #616e7c; }
  .peer { fill: #7b8794; } .ours { fill: #2680c2; } .system { opacity: .5; }
  .axis { stroke: #cbd2d9; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e4e7eb; } .note { fill: #9aa5b1; } .axis { stroke: #52606d; }
  }
"""


@dataclass(frozen=True)
class Bar:
    name: str
    user: float
    system: float


@dataclass(frozen=True)
class Panel:
    title: str
    bars: list[Bar]


def draw(title: str, panels: list[Panel], note: str) -> str:
    width = (WIDTH - 2 * MARGIN - GAP * (COLUMNS - 1)) / COLUMNS
    parts, top = [], HEAD
    for start in range(0, len(panels), COLUMNS):
        row = panels[start:start + COLUMNS]
        for column, panel in enumerate(row):
            parts += _panel(panel, MARGIN + column * (width + GAP), top, width)
        top += TITLE + STEP * max(len(panel.bars) for panel in row) + MARGIN
    height = top + FOOT - MARGIN
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" '
        f'height="{height:g}" role="img" aria-label="{escape(title)}">',
        f"<style>{STYLE}</style>",
        f'<text class="head" x="{MARGIN}" y="30">{escape(title)}</text>',
        *_legend(MARGIN, 54), *parts,
        f'<text class="note" x="{MARGIN}" y="{height - 14:g}">{escape(note)}</text>', "</svg>", ""])


def _legend(x: float, y: float) -> list[str]:
    return [f'<rect class="peer" x="{x}" y="{y - 10}" width="12" height="12"/>',
            f'<text class="note" x="{x + 18}" y="{y}">user (the proxy itself)</text>',
            f'<rect class="peer system" x="{x + 170}" y="{y - 10}" width="12" height="12"/>',
            f'<text class="note" x="{x + 188}" y="{y}">system (the kernel for it)</text>']


def _panel(panel: Panel, left: float, top: float, width: float) -> list[str]:
    longest = max(bar.user + bar.system for bar in panel.bars) or 1
    scale = (width - LABELS - VALUES) / longest
    zero, bottom = left + LABELS, top + TITLE + STEP * len(panel.bars)
    parts = [f'<text class="title" x="{left:g}" y="{top + 16}">{escape(panel.title)}</text>',
             f'<line class="axis" x1="{zero:g}" x2="{zero:g}" y1="{top + TITLE - 8}" y2="{bottom - 2:g}"/>']
    for number, bar in enumerate(panel.bars):
        y = top + TITLE - 4 + number * STEP
        kind = "ours" if bar.name.startswith(OURS) else "peer"
        user, system = bar.user * scale, bar.system * scale
        parts += [
            f'<text x="{zero - 8:g}" y="{y + 12}" text-anchor="end">{escape(bar.name)}</text>',
            f'<rect class="{kind}" x="{zero:g}" y="{y}" width="{user:.1f}" height="{BAR}"/>',
            f'<rect class="{kind} system" x="{zero + user:.1f}" y="{y}" width="{system:.1f}" '
            f'height="{BAR}"/>',
            f'<text x="{zero + user + system + 6:.1f}" y="{y + 12}">{bar.user + bar.system:.1f}</text>']
    return parts
