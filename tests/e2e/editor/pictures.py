"""pictures.py EDITOR VSIX: takes the pictures of vscode-extension/media anew, from examples/terraform in a real workbench."""
import os
import shutil
import sys
import tempfile
import time

from workbench import HERE, Workbench

ROOT = os.path.realpath(os.path.join(HERE, "..", "..", ".."))
MEDIA = os.path.join(ROOT, "vscode-extension", "media")


def take(bench, name, clip):
    bench.picture(file=os.path.join(MEDIA, name + ".png"), clip=dict(zip(("x", "y", "width", "height"), clip)))


def main():
    directory = tempfile.mkdtemp()
    folder = os.path.join(os.path.realpath(directory), "shop")
    shutil.copytree(os.path.join(ROOT, "examples", "terraform"), folder)
    bench = Workbench(sys.argv[1])
    try:
        bench.start(folder=folder, vsix=[sys.argv[2]], settings={"editor.fontSize": 13, "workbench.activityBar.location": "default",
                                                                 "breadcrumbs.enabled": False, "editor.folding": False, "window.commandCenter": False})
        bench.wait("status", lambda texts: any(text != "Assay" for text in texts), name="assay")
        bench.open(file="main.tf")
        bench.wait("marks", lambda found: found)
        time.sleep(2)  # what is open closes when diagnostics come
        bench.fixes(line=41, column=26)
        take(bench, "fixes", (348, 280, 780, 320))
        bench.press(keys="Escape")

        bench.size(width=900, height=600)
        bench.press(keys="Control+b")

        # The value of a module's argument, and the way it took.
        bench.open(file="modules/web/main.tf")
        bench.wait("marks", lambda found: found)
        bench.hover(line=15, column=16)
        take(bench, "hover", (48, 30, 700, 400))
        bench.press(keys="Escape")

        bench.open(file="terraform.tfvars")
        bench.wait("marks", lambda found: found)
        bench.fixes(line=2, column=20, choose="Explain AWS0101")
        bench.panel(part="Why it matters")
        time.sleep(1)
        take(bench, "explain", (48, 30, 852, 500))
        bench.command(name="View: Close All Editors")

        bench.size(width=1280, height=600)
        bench.press(keys="Control+b")
        bench.command(name="Assay: Focus on Findings View")
        bench.wait("tree", lambda rows: len(rows) >= 3, selector=".sidebar")
        bench.row(selector=".sidebar", label="module.web.aws_s3_bucket.assets")
        bench.wait("tree", lambda rows: any(row["level"] == 2 for row in rows), selector=".sidebar")
        bench.open(file="terraform.tfvars")
        bench.wait("marks", lambda found: found)
        take(bench, "tree", (0, 30, 850, 330))
    finally:
        bench.close()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
