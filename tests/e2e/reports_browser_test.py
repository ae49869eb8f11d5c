"""The HTML report in a real browser: filters, search, keyboard, policy, hostile names, tens of thousands of findings."""
import json
import os
import time
import unittest

from assay_case import ROOT, AssayCase
from browser import Browser, find_browser

HOSTILE = "</script><img src=x onerror=document.title='owned'><svg onload=document.title='owned'>"


@unittest.skipUnless(find_browser(), "no Chromium at hand")
class HtmlReport(AssayCase):
    def setUp(self):
        super().setUp()
        self.browser = Browser(find_browser())

    def tearDown(self):
        self.browser.close()
        super().tearDown()

    def open(self, path=".", *arguments, cwd=None):
        target = os.path.join(self.directory, "report.html")
        done = self.run_assay("scan", path, "--output", "html=" + target, *arguments, cwd=cwd, timeout=300)
        self.assertIn(done.returncode, (0, 1, 3), done.stderr.decode())
        self.browser.open(target)

    def items(self):
        return self.browser.run("document.querySelectorAll('#list > li').length")

    def count(self):
        return self.browser.run("document.getElementById('count').textContent")

    def headings(self):
        return self.browser.run("Array.from(document.querySelectorAll('#list h3'), (h) => h.textContent)")

    def settle(self):
        time.sleep(0.25)

    def test_filters_and_search(self):
        report = self.scan("examples", "--maybe", cwd=ROOT)
        findings = [f for f in report["findings"] if not f["suppressed"]]
        self.open("examples", "--maybe", cwd=ROOT)
        self.assertEqual(self.browser.complaints(), [])
        self.assertTrue(self.count().startswith(f"{len(findings)} of {len(report['findings'])} finding"), self.count())
        self.assertEqual(self.items(), min(100, len(findings)))

        # "/" goes to the search, and what is typed there filters.
        self.browser.key("/", "Slash", "/")
        self.assertEqual(self.browser.run("document.activeElement.name"), "search")
        self.browser.type("PUBLIC-acl")
        self.settle()
        wanted = [f for f in findings if f["rule"] == "AWS0101"]
        self.assertTrue(self.items() >= len(wanted) > 0)
        self.assertTrue(all("public" in text.lower() for text in self.browser.run(
            "Array.from(document.querySelectorAll('#list > li'), (li) => li.textContent)")))
        self.browser.type(" nowhere-to-be-found")
        self.settle()
        self.assertEqual(self.items(), 0)
        self.assertTrue(self.count().startswith("0 of "))
        self.browser.run("document.querySelector('button[type=reset]').click()")
        self.settle()
        self.assertEqual(self.items(), min(100, len(findings)))

        # Severity.
        self.browser.run("document.querySelectorAll('input[name=severity]').forEach((b) => { if (b.value !== '4') b.click(); })")
        critical = [f for f in findings if f["severity"] == "critical"]
        self.assertEqual(self.items(), len(critical))
        self.assertTrue(all(h.startswith("critical") for h in self.headings()))
        self.browser.run("document.querySelector('button[type=reset]').click()")
        self.settle()

        # Verdict.
        self.browser.run("document.querySelector('input[name=verdict][value=\"0\"]').click()")
        possible = [f for f in findings if f["verdict"] == "maybe"]
        self.assertEqual(self.items(), len(possible))
        self.browser.run("document.querySelector('button[type=reset]').click()")
        self.settle()

        # Rule, resource type and file.
        for select, wanted in (("rule", [f for f in findings if f["rule"] == "AWS0101"]),
                               ("type", [f for f in findings if f["resource"]["type"] == "aws_s3_bucket"])):
            label = {"rule": "AWS0101 s3-public-acl", "type": "aws_s3_bucket"}[select]
            self.browser.run(f"""(() => {{ const s = document.querySelector('select[name={select}]');
                s.value = Array.from(s.options).find((o) => o.textContent === {json.dumps(label)}).value;
                s.dispatchEvent(new Event('change', {{bubbles: true}})); }})()""")
            self.assertEqual(self.items(), len(wanted), select)
            self.browser.run("document.querySelector('button[type=reset]').click()")
            self.settle()
        self.browser.run("document.querySelector('input[name=file]').focus()")
        self.browser.type("examples/kubernetes/")
        self.settle()
        self.assertEqual(self.items(), len([f for f in findings if f["file"].startswith("examples/kubernetes/")]))
        self.assertEqual(self.browser.complaints(), [])

    def test_frames_chains_and_charts(self):
        self.open("examples", "--maybe", cwd=ROOT)
        self.browser.run("document.querySelector('input[name=search]').focus()")
        self.browser.type("AWS0101 terraform")
        self.settle()
        first = "document.querySelector('#list > li')"
        self.assertEqual(self.browser.run(first + ".querySelector('mark').textContent"), '"public-read"')
        self.assertGreater(self.browser.run(first + ".querySelectorAll('ol.origin li').length"), 2)
        self.assertIn("terraform.tfvars", self.browser.run(first + ".querySelector('ol.origin li').textContent"))
        # A bar is a button: reached by keyboard, it filters.
        self.assertGreater(self.browser.run("document.querySelectorAll('svg .bar').length"), 10)
        self.browser.run("document.querySelector('button[type=reset]').click()")
        self.settle()
        self.browser.run("document.querySelector('.bar[data-filter=severity][data-value=high]').focus()")
        self.browser.key("Enter")
        self.settle()
        self.assertTrue(self.headings() and all(h.startswith("high") for h in self.headings()))

    def test_keyboard_alone(self):
        self.open("examples", cwd=ROOT)
        self.browser.key("Tab")
        self.assertEqual(self.browser.run("document.activeElement.className"), "skip")
        names = set()
        for _ in range(60):
            self.browser.key("Tab")
            names.add(self.browser.run("document.activeElement.name || document.activeElement.tagName"))
        self.assertLessEqual({"search", "file", "rule", "type", "order", "severity"}, names)
        unlabelled = self.browser.run("""Array.from(document.querySelectorAll('input, select'),
            (e) => e.labels && e.labels.length ? '' : e.name).filter(Boolean)""")
        self.assertEqual(unlabelled, [])

    def test_hostile_names_are_text(self):
        self.write("a<img src=x onerror=1>.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: true\n  containers:\n"
                   f"  - name: \"{HOSTILE}\"\n    image: \"{HOSTILE}\"\n    securityContext: {{privileged: true}} # {HOSTILE}\n")
        self.write("main.tf", f'resource "aws_s3_bucket" "b" {{\n  for_each = toset(["{HOSTILE}"])\n  acl      = "public-read"\n}}\n'
                   f'resource "aws_s3_bucket" "c" {{\n  # assay:ignore AWS0101 {HOSTILE}\n  acl = "public-read"\n}}\n')
        self.write("broken.tf", f'resource "{HOSTILE}" {{\n')
        self.open(".", "--maybe")
        self.browser.run("document.querySelectorAll('input[name=verdict]').forEach((b) => { if (!b.checked) b.click(); })")
        self.settle()
        self.assertTrue(self.browser.run("document.title").startswith("Assay: "))
        self.assertEqual(self.browser.run("document.querySelectorAll('img, svg:not(figure svg), iframe, #list script').length"), 0)
        self.assertIn(HOSTILE, self.browser.run("document.getElementById('list').textContent"))
        self.assertEqual(self.browser.complaints(), [])

    def test_the_policy_holds(self):
        self.open("examples", cwd=ROOT)
        self.browser.run("""(() => { const s = document.createElement('div'); s.setAttribute('style', 'color: red');
            document.body.append(s); const i = document.createElement('img'); i.setAttribute('src', 'https://example.com/x.png');
            document.body.append(i); })()""")
        self.settle()
        blocked = self.browser.run("new Promise((done) => fetch('https://example.com/').then(() => done('sent'), () => done('blocked')))")
        self.assertEqual(blocked, "blocked")
        self.assertTrue(any("Content Security Policy" in text or "Refused" in text for text in self.browser.complaints()))

    def test_tens_of_thousands(self):
        for number in range(12):
            self.write(f"p{number}.yaml", "".join(
                f"---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-{number}-{i}\nspec:\n  hostNetwork: true\n"
                "  containers:\n  - name: c\n    image: nginx\n    securityContext:\n      privileged: true\n" for i in range(150)))
        self.open()
        total = self.browser.run("JSON.parse(document.getElementById('data').textContent).findings.length")
        self.assertGreater(total, 30000)
        self.assertEqual(self.items(), 100)
        self.browser.run("document.getElementById('more').click()")
        self.assertEqual(self.items(), 200)
        self.assertIn(f"more of {total - 200}", self.browser.run("document.getElementById('more').textContent"))
        took = self.browser.run("""(() => { const f = document.getElementById('filters'); f.elements.search.value = 'pod-3-7';
            const t = performance.now(); f.dispatchEvent(new Event('change')); return performance.now() - t; })()""")
        self.assertLess(took, 3000)
        self.assertTrue(all("pod-3-7" in t for t in self.browser.run(
            "Array.from(document.querySelectorAll('#list > li'), (li) => li.textContent)")))

    def test_dark_narrow_and_printed(self):
        self.open("examples", cwd=ROOT)
        light = self.browser.run("getComputedStyle(document.body).backgroundColor")
        self.browser.page("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
        self.assertNotEqual(self.browser.run("getComputedStyle(document.body).backgroundColor"), light)
        self.browser.page("Emulation.setDeviceMetricsOverride", width=360, height=700, deviceScaleFactor=1, mobile=True)
        self.assertLessEqual(self.browser.run("document.documentElement.scrollWidth"), 372)
        self.browser.page("Emulation.setEmulatedMedia", media="print", features=[])
        self.assertEqual(self.browser.run("getComputedStyle(document.getElementById('filters')).display"), "none")
        self.assertGreater(len(self.browser.page("Page.printToPDF")["data"]), 10000)

    def test_without_scripts(self):
        self.browser.page("Emulation.setScriptExecutionDisabled", value=True)
        self.open("examples", cwd=ROOT)
        document = self.browser.page("DOM.getDocument", depth=1)["root"]["nodeId"]
        html = self.browser.page("DOM.getOuterHTML", nodeId=document)["outerHTML"]
        self.assertIn("Filters and search need scripts", html)
        self.assertIn("s3-public-acl", html)


if __name__ == "__main__":
    unittest.main(verbosity=1)
