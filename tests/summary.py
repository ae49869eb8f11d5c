#!/usr/bin/env python3
"""Adds up what tests/run.sh left in its results folder and prints the last line of a test run.

LANE.junit is ctest's report; LANE/*.xml are those of GoogleTest executables, whose cases count one
by one. LANE.build-failed says that a lane could not be built, which counts as one failure. Before the last line stands
what was skipped inside of tests, and why: a test that says "skipped: NAME: REASON" passed without that part.
"""
import glob
import os
import sys
import xml.etree.ElementTree as tree


def gtest_cases(path):
    """{"passed": n, ...} of one GoogleTest report, or None when it is broken (a crash)."""
    try:
        root = tree.parse(path).getroot()
    except (tree.ParseError, OSError):
        return None
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for case in root.iter("testcase"):
        if case.find("failure") is not None:
            counts["failed"] += 1
        elif case.get("result") == "skipped" or case.find("skipped") is not None:
            counts["skipped"] += 1
        elif case.get("status") == "run":
            counts["passed"] += 1
    return counts


def reasons(test, path):
    """Why parts of a test were skipped: lines of its output, messages of its GoogleTest report."""
    out = [line[len("skipped: "):] for line in (test.findtext("system-out") or "").splitlines() if line.startswith("skipped: ")]
    try:
        for case in tree.parse(path).getroot().iter("testcase"):
            mark = case.find("skipped")
            if mark is not None:
                text = (mark.get("message") or mark.text or "").strip()
                out.append(text.splitlines()[-1] if text else "no reason given")
    except (tree.ParseError, OSError):
        pass
    return out


def main():
    results = sys.argv[1]
    total = {"passed": 0, "failed": 0, "skipped": 0}
    notes = []
    left_out = {}
    for marker in sorted(glob.glob(os.path.join(results, "*.build-failed"))):
        total["failed"] += 1
        notes.append(f"{os.path.basename(marker)[:-len('.build-failed')]}: the build failed")
    for junit in sorted(glob.glob(os.path.join(results, "*.junit"))):
        lane = os.path.basename(junit)[:-len(".junit")]
        for test in tree.parse(junit).getroot().iter("testcase"):
            name = test.get("name")
            failed = test.get("status") == "fail" or test.find("failure") is not None
            mark = test.find("skipped")
            skipped = not failed and test.get("status") in ("notrun", "disabled")
            if skipped and mark is not None and "Unable to find" in mark.get("message", ""):
                failed, skipped = True, False  # its program is not there
            counts = gtest_cases(os.path.join(results, lane, name + ".xml"))
            if counts is None or sum(counts.values()) == 0:
                total["failed" if failed else "skipped" if skipped else "passed"] += 1
            else:
                # A crash after the last case: the cases are fine, the program is not.
                if failed and counts["failed"] == 0:
                    counts["failed"] = 1
                for key, count in counts.items():
                    total[key] += count
            if failed:
                notes.append(f"{lane}: {name} failed")
            for reason in reasons(test, os.path.join(results, lane, name + ".xml")):
                left_out.setdefault((name, reason), []).append(lane)
    if left_out:
        print("Not run:")
    for (name, reason), lanes in sorted(left_out.items()):
        print(f"  {name}: {reason}" + (f" ({len(lanes)} times)" if len(lanes) > 1 else ""))
    for note in notes:
        print(note)
    print(f"{total['passed']} passed, {total['failed']} failed, {total['skipped']} skipped")
    return 1 if total["failed"] > 0 or total["passed"] == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
