"""What a group of processes has cost so far, from the kernel's own accounting.

The total is the scheduler's time on a CPU in nanoseconds, summed over all threads. User and system
time are sampled or rounded to clock ticks on many kernels, so only their proportion is used.
"""
import os
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class ProcessCost:
    total_us: float
    user_share: float  # of ticks; meaningful for differences over a second or more
    user_ticks: int
    system_ticks: int

    def since(self, before: "ProcessCost") -> "ProcessCost":
        user = self.user_ticks - before.user_ticks
        system = self.system_ticks - before.system_ticks
        share = user / (user + system) if user + system else 0.0
        return ProcessCost(self.total_us - before.total_us, share, user, system)

    @property
    def user_us(self) -> float:
        return self.total_us * self.user_share

    @property
    def system_us(self) -> float:
        return self.total_us * (1 - self.user_share)


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int(_stat_fields(int(entry.name))[1])
            except (FileNotFoundError, ProcessLookupError):
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found = [pid]
    for member in found:
        found.extend(children.get(member, []))
    return found


def cost(pids: list[int]) -> ProcessCost:
    nanoseconds = user = system = 0
    for pid in pids:
        fields = _stat_fields(pid)
        user += int(fields[11])
        system += int(fields[12])
        for thread in Path(f"/proc/{pid}/task").iterdir():
            nanoseconds += int((thread / "schedstat").read_text().split()[0])
    return ProcessCost(nanoseconds / 1000, 0.0, user, system)


def resident_bytes(pids: list[int]) -> int:
    """Resident memory; pages that several of the processes share are counted once (PSS)."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def _stat_fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on; the second may hold spaces."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
