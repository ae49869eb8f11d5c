"""What docs/editors.md tells users to write, in the editors that are installed: Neovim ($ASSAY_NVIM or nvim) and Emacs with eglot."""
import json
import os
import re
import shutil
import subprocess
import unittest

from assay_case import ROOT, AssayCase, binary

NVIM = os.environ.get("ASSAY_NVIM") or shutil.which("nvim")
EMACS = os.environ.get("ASSAY_EMACS") or shutil.which("emacs")
MAIN = 'resource "aws_s3_bucket" "b" {\n  bucket = "x" # é😀\n  acl    = var.acl\n}\n'
VARIABLES = 'variable "acl" {\n  default = "public-read"\n}\n'


def snippets(language, part=""):
    with open(os.path.join(ROOT, "docs", "editors.md"), encoding="utf-8") as file:
        page = file.read()
    return [one for one in re.findall(rf"```{language}\n(.*?)```", page, re.S) if part in one]


def nvim_version():
    if not NVIM:
        return (0, 0)
    text = subprocess.run([NVIM, "--version"], stdout=subprocess.PIPE, check=True).stdout.decode()
    return tuple(int(one) for one in re.search(r"v(\d+)\.(\d+)", text).groups())


def emacs_has_eglot():
    if not EMACS:
        return False
    return subprocess.run([EMACS, "--batch", "-q", "-f", "package-initialize", "-l", "eglot"], stderr=subprocess.DEVNULL, check=False).returncode == 0


class ClientCase(AssayCase):
    def setUp(self):
        super().setUp()
        self.directory = os.path.realpath(self.directory)
        self.write("bin/.keep", "")
        os.symlink(os.path.realpath(binary()), os.path.join(self.directory, "bin", "assay"))
        self.write("shop/main.tf", MAIN)
        self.write("shop/variables.tf", VARIABLES)
        self.write("shop/assay.yaml", "rules: [AWS0101, AWS0104]\n")
        self.folder = os.path.join(self.directory, "shop")

    def start(self, command, environment=()):
        """Runs an editor that writes $RESULT, and gives what it wrote."""
        result = os.path.join(self.directory, "result.json")
        env = dict(os.environ, RESULT=result, HOME=self.directory, XDG_STATE_HOME=self.directory, XDG_CONFIG_HOME=self.directory,
                   PATH=os.path.join(self.directory, "bin") + os.pathsep + os.environ["PATH"], **dict(environment))
        done = subprocess.run(command, cwd=self.folder, timeout=120, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertTrue(os.path.exists(result), done.stdout.decode())
        with open(result, encoding="utf-8") as file:
            return json.load(file)

    def wanted(self, name):
        """(line, column, rule) of what a scan says, 0-based."""
        report = self.scan(".", cwd=self.folder)
        return sorted([one["region"]["line"] - 1, one["region"]["column"] - 1, one["rule"]] for one in report["findings"] if one["file"] == name)


DRIVE = """
local out = {}
local function list(buffer)
  local rows = {}
  for _, one in ipairs(vim.diagnostic.get(buffer)) do table.insert(rows, { one.lnum, one.col, one.code }) end
  table.sort(rows, function(a, b) return vim.json.encode(a) < vim.json.encode(b) end)
  return rows
end
local function wait(what) return vim.wait(20000, what, 20) end
local main = vim.api.nvim_get_current_buf()
wait(function() return #list(main) > 0 end)
out.main = list(main)
vim.cmd('edit variables.tf')
local variables = vim.api.nvim_get_current_buf()
wait(function() return #list(variables) > 0 end)
out.variables = list(variables)
out.clients = #vim.lsp.get_clients({ bufnr = variables })
vim.api.nvim_buf_set_text(variables, 1, 13, 1, 24, { 'private' })
out.cleared = wait(function() return #list(variables) == 0 end)
vim.cmd('undo')
out.back = wait(function() return #list(variables) > 0 end)
local hover = vim.lsp.buf_request_sync(main, 'textDocument/hover', { textDocument = { uri = vim.uri_from_bufnr(main) }, position = { line = 2, character = 13 } }, 20000)
for _, answer in pairs(hover) do out.hover = answer.result.contents.value end
vim.fn.writefile({ vim.json.encode(out) }, vim.env.RESULT)
for _, client in ipairs(vim.lsp.get_clients()) do client:stop() end
vim.wait(300)
vim.cmd('qa!')
"""


class Neovim(ClientCase):
    def drive(self, snippet):
        self.write("init.lua", "vim.filetype.add({ extension = { tf = 'terraform' } })\n" + snippet)
        self.write("drive.lua", DRIVE)
        # Of an editor that is no installation of the system, what lies beside it.
        out = self.start([NVIM, "--headless", "-u", "../init.lua", "-i", "NONE", "main.tf", "-c", "luafile ../drive.lua"])
        self.assertEqual(out["main"], self.wanted("main.tf"))
        self.assertEqual(out["variables"], self.wanted("variables.tf"))
        self.assertEqual(out["clients"], 1)
        self.assertTrue(out["cleared"] and out["back"])
        self.assertIn('"public-read"', out["hover"])

    @unittest.skipIf(nvim_version() < (0, 11), "skipped: no Neovim of 0.11 or later")
    def test_what_the_page_says(self):
        (snippet,) = snippets("lua", "vim.lsp.enable")
        self.drive(snippet)

    @unittest.skipIf(nvim_version() < (0, 10), "skipped: no Neovim of 0.10 or later")
    def test_what_the_page_says_for_older_ones(self):
        (snippet,) = snippets("lua", "vim.lsp.start(")
        self.drive(snippet)


LISP = """
(setq eglot-sync-connect 20 eglot-autoshutdown nil flymake-no-changes-timeout 0.1 eglot-send-changes-idle-time 0.1)
(define-derived-mode terraform-mode prog-mode "Terraform")
(add-to-list 'auto-mode-alist '("\\\\.tf\\\\'" . terraform-mode))
(defun rows ()
  (sort (mapcar (lambda (one)
                  (save-excursion
                    (goto-char (flymake-diagnostic-beg one))
                    (list (1- (line-number-at-pos)) (- (point) (line-beginning-position)) (flymake-diagnostic-text one))))
                (flymake-diagnostics))
        (lambda (a b) (string< (format "%S" a) (format "%S" b)))))
(defun wait-for (what)
  (let ((end (+ (float-time) 20)))
    (while (and (not (funcall what)) (< (float-time) end)) (flymake-start) (accept-process-output nil 0.1))
    (if (funcall what) t :json-false)))
(find-file "variables.tf")
(apply #'eglot--connect (eglot--guess-contact))
(eglot--maybe-activate-editing-mode)
(let (first cleared back)
  (wait-for (lambda () (rows)))
  (setq first (rows))
  (goto-char (point-min))
  (search-forward "public-read")
  (replace-match "private")
  (setq cleared (wait-for (lambda () (eglot--signal-textDocument/didChange) (null (rows)))))
  (undo-boundary)
  (goto-char (point-min))
  (search-forward "private")
  (replace-match "public-read")
  (setq back (wait-for (lambda () (eglot--signal-textDocument/didChange) (rows))))
  (with-temp-file (getenv "RESULT")
    (insert (json-encode (list (cons 'first (vconcat first)) (cons 'cleared cleared) (cons 'back back))))))
"""


@unittest.skipUnless(emacs_has_eglot(), "skipped: no Emacs with eglot")
class Emacs(ClientCase):
    def test_what_the_page_says(self):
        (snippet,) = snippets("elisp", "eglot-server-programs")
        script = self.write("drive.el", "(package-initialize)\n(require 'eglot)\n" + snippet + LISP)
        out = self.start([EMACS, "--batch", "-q", "-l", script])
        self.assertEqual([one[:2] for one in out["first"]], [one[:2] for one in self.wanted("variables.tf")])
        self.assertTrue(all("AWS0101" in one[2] for one in out["first"]), out)
        self.assertEqual((out["cleared"], out["back"]), (True, True))


class Page(AssayCase):
    """Options of the other editors are options that there are."""

    def test_names(self):
        help_text = self.run_assay("lsp", "--help").stdout.decode()
        self.assertIn("--synchronous", help_text)
        for snippet in snippets("toml", "language-server.assay"):
            self.assertIn('args = ["lsp"]', snippet)


if __name__ == "__main__":
    unittest.main()
