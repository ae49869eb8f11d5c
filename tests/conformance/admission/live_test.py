#!/usr/bin/env python3
"""Records anew what a real kube-apiserver says, and holds Assay against that: live_test.py RUNNER. Needs ASSAY_APISERVER."""
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    apiserver = os.environ.get("ASSAY_APISERVER", "")
    if not os.path.exists(os.path.join(apiserver, "kube-apiserver")):
        print("skipped: ASSAY_APISERVER names no build of shared/tools/apiserver")
        return 77
    with tempfile.TemporaryDirectory() as out:
        subprocess.run([sys.executable, os.path.join(HERE, "record.py"), apiserver, out], check=True)
        return subprocess.run([sys.argv[1], "--recorded", out], check=False).returncode


sys.exit(main())
