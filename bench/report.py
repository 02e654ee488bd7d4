"""What a benchmark run found: a table for the terminal, JSON, Markdown and a chart."""
import json
import os
import platform
import statistics
import subprocess
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

import chart
import servers
from load import Load, Sample

BASELINE = "nginx"
COLUMNS = ("proxy", "user µs", "system µs", "CPU µs/request", "of nginx", "±", "requests/s", "p50 µs",
           "p99 µs", "p99.9 µs", "memory MiB", "errors")


@dataclass
class Row:
    """One peer under one load: medians over the rounds."""
    peer: str
    user_us: float
    system_us: float
    total_us: float
    lowest_us: float
    highest_us: float
    of_nginx: float | None  # median of the ratios round by round
    of_nginx_error: float | None  # standard error of their mean
    requests_per_second: float
    p50_us: float
    p99_us: float
    p999_us: float
    memory_bytes: int
    errors: int

    def cells(self) -> tuple[str, ...]:
        ratio, error = ("" if value is None else f"{value:.2f}"
                        for value in (self.of_nginx, self.of_nginx_error))
        return (self.peer, f"{self.user_us:.2f}", f"{self.system_us:.2f}", f"{self.total_us:.2f}", ratio, error,
                f"{self.requests_per_second:,.0f}", f"{self.p50_us:,.0f}", f"{self.p99_us:,.0f}",
                f"{self.p999_us:,.0f}", f"{self.memory_bytes / 2**20:.1f}", str(self.errors))


@dataclass
class Results:
    rounds: int
    seconds: int
    connections: int
    notes: dict[str, str]  # peer -> how it was set up
    loads: dict[str, Load] = field(default_factory=dict)
    samples: dict[str, dict[str, list[Sample]]] = field(default_factory=dict)  # load -> peer
    memory: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, load: Load, peer: str, sample: Sample) -> None:
        self.loads[load.name] = load
        self.samples.setdefault(load.name, {}).setdefault(peer, []).append(sample)

    def set_memory(self, load: Load, peer: str, size: int) -> None:
        self.memory[load.name, peer] = size

    def errors(self) -> int:
        return sum(sample.errors for peers in self.samples.values() for samples in peers.values()
                   for sample in samples)

    def rows(self, load: str) -> list[Row]:
        return [self._row(load, peer) for peer in self.notes if peer in self.samples[load]]

    def _row(self, load: str, peer: str) -> Row:
        samples = self.samples[load][peer]
        baseline = self.samples[load].get(BASELINE)
        ratios = [mine.total_us / theirs.total_us
                  for mine, theirs in zip(samples, baseline, strict=True)] if baseline else []
        ratio = statistics.median(ratios) if ratios else None
        error = statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else None

        def median(name: str) -> float:
            return statistics.median(getattr(sample, name) for sample in samples)

        totals = [sample.total_us for sample in samples]
        return Row(peer, median("user_us"), median("system_us"), median("total_us"), min(totals),
                   max(totals), ratio, error, median("requests_per_second"), median("p50_us"), median("p99_us"),
                   median("p999_us"), self.memory.get((load, peer), 0),
                   sum(sample.errors for sample in samples))

    # --- forms -------------------------------------------------------------------------------

    def table(self) -> str:
        lines = []
        for load in self.samples:
            rows = [COLUMNS, *(row.cells() for row in self.rows(load))]
            widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
            lines.append(f"\n{self.loads[load].title}")
            lines += ["  " + "  ".join([row[0].ljust(widths[0]), *(
                cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))])
                for row in rows]
        return "\n".join(lines)

    def markdown(self) -> str:
        host = machine()
        parts = [
            "# Proxy benchmark\n",
            "Written by `./dev bench`; how it measures is in [bench/README.md](../../bench/README.md).\n",
            "![CPU time per request](proxy.svg)\n",
            f"{host['cpu']}, {host['cores']} cores, Linux {host['kernel']}, {host['date']}. Medians of "
            f"{self.rounds} rounds of {self.seconds} s with {self.connections} connections; the peers "
            "take turns in an order drawn for each round. `of nginx` is the median of the ratios of each "
            "round, `±` the standard error of their mean. Load generator, proxy and upstream share the "
            "machine, so requests per second and latency compare the peers of this table only; CPU per "
            "request is the figure to carry away.\n",
            *(f"- **{peer}**: {note} ({host['versions'].get(peer.split()[0], '')})"
              for peer, note in self.notes.items())]
        for load in self.samples:
            parts.append(f"\n## {self.loads[load].title}\n")
            parts.append("| " + " | ".join(COLUMNS) + " |")
            parts.append("|---|" + "---:|" * (len(COLUMNS) - 1))
            parts += ["| " + " | ".join(row.cells()) + " |" for row in self.rows(load)]
        return "\n".join(parts) + "\n"

    def as_json(self) -> str:
        return json.dumps({
            "machine": machine(), "rounds": self.rounds, "seconds": self.seconds,
            "connections": self.connections, "peers": self.notes,
            "loads": {load: {"title": self.loads[load].title,
                             "peers": {row.peer: asdict(row) for row in self.rows(load)},
                             "samples": {peer: [asdict(sample) for sample in samples]
                                         for peer, samples in peers.items()}}
                      for load, peers in self.samples.items()}}, indent=1) + "\n"

    def svg(self) -> str:
        panels = [chart.Panel(self.loads[load].title, [
            chart.Bar(row.peer, row.user_us, row.system_us) for row in self.rows(load)])
            for load in self.samples]
        host = machine()
        return chart.draw("CPU time of the proxy per request, µs", panels,
                          f"Median of {self.rounds} × {self.seconds} s, {self.connections} connections, "
                          f"{host['cpu']}, {host['date']}. Shorter is better.")

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "proxy.json").write_text(self.as_json(), encoding="utf-8")
        (folder / "proxy.md").write_text(self.markdown(), encoding="utf-8")
        (folder / "proxy.svg").write_text(self.svg(), encoding="utf-8")


def machine() -> dict:
    cpu = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                if line.startswith("model name")), platform.machine())
    return {"cpu": cpu, "cores": os.cpu_count(), "kernel": platform.release().partition("-")[0],
            "date": time.strftime("%Y-%m-%d"), "versions": versions()}


def versions() -> dict[str, str]:
    found = {}
    for name, option in (("nginx", "-v"), ("haproxy", "-v")):
        if path := servers.program(name):
            result = subprocess.run([path, option], capture_output=True, text=True, check=False)
            found[name] = " ".join((result.stdout + result.stderr).splitlines()[0].split()[:3])
    if servers.APIFORGE.exists():
        found["apiforge"] = f"this tree, {os.path.relpath(servers.APIFORGE, servers.ROOT)}"
    return found
