"""vscode-extension by itself: types, style, unit tests, and the package that npm run package makes. Needs npm ci there."""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest
import zipfile

from assay_case import ROOT, AssayCase, binary

EXTENSION = os.path.join(ROOT, "vscode-extension")
HAS_MODULES = os.path.exists(os.path.join(EXTENSION, "node_modules", ".package-lock.json"))


def without_network():
    """What a command is run behind so that it reaches nothing, where the system allows that."""
    command = ["unshare", "--user", "--map-root-user", "--net"]
    if not shutil.which("unshare"):
        return []
    return command if subprocess.run([*command, "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0 else []


class Sources(unittest.TestCase):
    def test_the_lock_file_names_no_registry(self):
        with open(os.path.join(EXTENSION, "package-lock.json"), encoding="utf-8") as file:
            packages = json.load(file)["packages"]
        for name, one in packages.items():
            self.assertNotIn("resolved", one, name)
            self.assertTrue(name == "" or "integrity" in one, name)

    def test_the_version_is_that_of_the_program(self):
        with open(os.path.join(EXTENSION, "package.json"), encoding="utf-8") as file:
            version = json.load(file)["version"]
        with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as file:
            self.assertEqual(version, re.search(r"project\(assay VERSION (\S+)", file.read()).group(1))

    def test_settings_of_the_server_stand_in_the_documentation(self):
        with open(os.path.join(EXTENSION, "package.json"), encoding="utf-8") as file:
            properties = json.load(file)["contributes"]["configuration"]["properties"]
        with open(os.path.join(EXTENSION, "README.md"), encoding="utf-8") as file:
            readme = file.read()
        for name in properties:
            self.assertIn(f"`{name}`", readme)


@unittest.skipUnless(HAS_MODULES, "skipped: npm ci has not run in vscode-extension")
class Extension(AssayCase):
    def npm(self, *arguments, code=0, prefix=(), **environment):
        done = subprocess.run([*prefix, "npm", "run", "--silent", *arguments], cwd=EXTENSION, env=dict(os.environ, **environment), timeout=300,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, code, done.stdout.decode())
        return done.stdout.decode()

    def test_types(self):
        self.npm("check")

    def test_style(self):
        self.npm("lint")

    def test_units(self):
        print(self.npm("test", "--", "--test-reporter=dot").strip())

    def test_package(self):
        out = os.path.join(self.directory, "assay.vsix")
        # The name that another processor gives to the same thing is the script's business.
        self.npm("package", "--", "--binary", os.path.realpath(binary()), "--out", out, prefix=without_network(), SOURCE_DATE_EPOCH="1700000000")
        with zipfile.ZipFile(out) as package:
            names = {one.filename for one in package.infolist()}
            self.assertEqual({name for name in names if not name.startswith("extension/media/")}, {
                "extension.vsixmanifest", "[Content_Types].xml", "extension/package.json", "extension/readme.md", "extension/changelog.md",
                "extension/LICENSE.txt", "extension/THIRD-PARTY.txt", "extension/dist/extension.js", "extension/bin/assay", "extension/schemas/assay.schema.json"})
            self.assertLessEqual({"extension/media/icon.png", "extension/media/view.svg", "extension/media/hover.png"}, names)
            self.assertEqual(package.getinfo("extension/bin/assay").external_attr >> 16 & 0o111, 0o111)
            with open(os.path.join(ROOT, "docs", "assay.schema.json"), "rb") as file:
                self.assertEqual(package.read("extension/schemas/assay.schema.json"), file.read())
            for notice in (b"vscode-languageclient", b"vscode-jsonrpc", b"semver", b"Permission is hereby granted"):
                self.assertIn(notice, package.read("extension/THIRD-PARTY.txt"))
            self.assertIn(b'TargetPlatform="', package.read("extension.vsixmanifest"))
            # Pictures of the README are found where the sources are.
            self.assertIn(b"/vscode-extension/media/hover.png", package.read("extension/readme.md"))
            self.assertLess(package.getinfo("extension/dist/extension.js").file_size, 1_000_000)
            package.extract("extension/bin/assay", self.directory)
        program = os.path.join(self.directory, "extension", "bin", "assay")
        os.chmod(program, 0o755)
        self.assertTrue(subprocess.run([program, "version"], stdout=subprocess.PIPE, check=True).stdout.startswith(b"assay "))
        again = os.path.join(self.directory, "again.vsix")
        self.npm("package", "--", "--binary", os.path.realpath(binary()), "--out", again, SOURCE_DATE_EPOCH="1700000000")
        with open(out, "rb") as one, open(again, "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_package_refuses_what_does_not_run(self):
        self.assertIn("not on win32-x64", self.npm("package", "--", "--binary", os.path.realpath(binary()), "--target", "win32-x64", code=1))
        script = self.write("assay", "#!/bin/sh\necho assay 0.0.0\n" + "#" * 100)
        self.assertIn("no platform that is known", self.npm("package", "--", "--binary", script, code=1))
        self.assertIn("runs on", self.npm("package", "--", "--binary", shutil.which("true"), "--target", "darwin-arm64", code=1))
        self.assertIn("the extension is", self.npm("package", "--", "--binary", os.path.realpath(shutil.which("true")), code=1))

    def test_package_without_a_program(self):
        out = os.path.join(self.directory, "any.vsix")
        self.npm("package", "--", "--no-binary", "--out", out)
        with zipfile.ZipFile(out) as package:
            self.assertNotIn("extension/bin/assay", package.namelist())
            self.assertNotIn(b"TargetPlatform", package.read("extension.vsixmanifest"))


if __name__ == "__main__":
    unittest.main()
