"""A comparison that counts: how many rows were compared, and how many differ."""

import math
import struct


class Checks:
    """The checks of a run, in the order of their first comparison."""

    def __init__(self):
        self.counts = {}
        self.notes = {}

    def compare(self, name, got, expected, where, same=None):
        """Compares two equally long lists row by row, by `same` or by equality, and shows the first differences."""
        same = same or (lambda left, right: left == right)
        if len(got) != len(expected):
            return self.differ(name, f"{where}: {len(got)} rows, expected {len(expected)}")
        rows, differences = self.counts.setdefault(name, [0, 0])
        for index, (left, right) in enumerate(zip(got, expected)):
            if not same(left, right):
                differences += 1
                if differences <= 3:
                    print(f"  {name}: {where}, row {index}: {left!r}, expected {right!r}")
        self.counts[name] = [rows + len(got), differences]

    def differ(self, name, message):
        """Counts one difference of which there is no row to show."""
        self.counts.setdefault(name, [0, 0])[1] += 1
        print(f"  {name}: {message}")

    def note(self, name, number, what):
        """Counts something worth knowing about a check that is no difference."""
        notes = self.notes.setdefault(name, {})
        notes[what] = notes.get(what, 0) + number

    def need(self, name, what):
        """A check in which this never occurred has shown nothing."""
        if not self.notes.get(name, {}).get(what):
            self.differ(name, f"no {what}: the check is empty")

    def report(self):
        """Prints a line for each check; true where nothing was different and every check saw rows."""
        for name, (rows, differences) in self.counts.items():
            notes = "".join(f", {number} {what}" for what, number in self.notes.get(name, {}).items())
            print(
                f"{'ok  ' if rows and not differences else 'FAIL'} {name}: {rows} compared, {differences} differ{notes}"
            )
        return bool(self.counts) and all(rows and not differences for rows, differences in self.counts.values())


def near(left, right, allowed):
    """Equal, or two numbers no further apart than is allowed."""
    return left == right or (left is not None and right is not None and abs(left - right) <= allowed)


def same_bits(left, right):
    """The same float8, sign of zero included; any NaN is as good as any other. Works through lists and NULLs."""
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)):
        return len(left) == len(right) and all(map(same_bits, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return struct.pack("d", left) == struct.pack("d", right) or (math.isnan(left) and math.isnan(right))
    return left == right
