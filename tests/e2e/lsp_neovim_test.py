"""assay lsp under a real client: headless Neovim sees what `assay scan` sees, follows edits, and applies a fix."""
import json
import os
import shutil
import subprocess
import unittest

from assay_case import AssayCase, binary

SCRIPT = """
local steps = {}
local function codes()
  local out = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    table.insert(out, {one.lnum, one.col, one.end_lnum, one.end_col, one.code or one.user_data.lsp.code, one.source})
  end
  table.sort(out, function(a, b) return vim.fn.json_encode(a) < vim.fn.json_encode(b) end)
  return out
end
local function has(code)
  return function()
    for _, one in ipairs(codes()) do if one[5] == code then return true end end
    return false
  end
end
local function wait(what) return vim.wait(20000, what, 20) end
local client = vim.lsp.start_client({ name = 'assay', cmd = { vim.env.ASSAY, 'lsp' }, root_dir = vim.fn.getcwd() })
vim.lsp.buf_attach_client(0, client)
steps.first_wait = wait(has('AWS0101'))
steps.first = codes()
vim.api.nvim_buf_set_text(0, 0, 0, 0, 0, { '# é😀', '' })
steps.moved_wait = wait(function() return has('AWS0101')() and codes()[1][1] >= 1 end)
vim.wait(300)
steps.moved = codes()
local acl = nil
for _, one in ipairs(vim.diagnostic.get(0)) do
  if one.user_data.lsp.code == 'AWS0101' then acl = one end
end
local range = { start = { line = acl.lnum, character = acl.col }, ['end'] = { line = acl.end_lnum, character = acl.end_col } }
local params = { textDocument = vim.lsp.util.make_text_document_params(0), range = range, context = { diagnostics = {} } }
local answers = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 20000)
for _, answer in pairs(answers) do
  for _, action in ipairs(answer.result) do
    if action.title:find('AWS0101:', 1, true) then vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16') end
  end
end
steps.fixed_wait = wait(function() return not has('AWS0101')() end)
steps.text = vim.api.nvim_buf_get_lines(0, 0, -1, true)
local hover = vim.lsp.buf_request_sync(0, 'textDocument/hover', { textDocument = params.textDocument, position = { line = 2, character = 4 } }, 20000)
for _, answer in pairs(hover) do steps.hover = answer.result.contents.value end
vim.fn.writefile({ vim.fn.json_encode(steps) }, vim.env.RESULT)
vim.lsp.stop_client(client)
vim.wait(500)
vim.cmd('qa!')
"""
BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "x"\n  acl    = "public-read"\n}\n'


@unittest.skipUnless(shutil.which("nvim"), "skipped: nvim is not installed")
class Neovim(AssayCase):
    def test_diagnostics_edits_and_a_fix(self):
        directory = os.path.realpath(self.directory)
        self.write("main.tf", BUCKET)
        script, result = self.write("drive.lua", SCRIPT), os.path.join(directory, "result.json")
        environment = dict(os.environ, ASSAY=os.path.realpath(binary()), RESULT=result, HOME=directory, XDG_STATE_HOME=directory)
        done = subprocess.run(["nvim", "--headless", "-u", "NONE", "-i", "NONE", "main.tf", "-c", "luafile " + script], cwd=directory, timeout=120,
                              env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertTrue(os.path.exists(result), done.stdout.decode())
        with open(result, encoding="utf-8") as file:
            steps = json.load(file)
        os.remove(result)
        os.remove(script)
        wanted = sorted((one["region"]["line"] - 1, one["region"]["column"] - 1, one["region"]["end_line"] - 1, one["region"]["end_column"] - 1, one["rule"])
                        for one in self.scan("main.tf")["findings"])
        self.assertEqual(sorted(tuple(one[:5]) for one in steps["first"]), wanted)
        self.assertEqual({one[5] for one in steps["first"]}, {"assay"})
        self.assertEqual(sorted((one[0] - 1, one[1], one[2] - 1, *one[3:5]) for one in steps["moved"]), wanted)
        self.assertTrue(steps["fixed_wait"])
        self.assertEqual("\n".join(steps["text"]) + "\n", "# é😀\n" + BUCKET.replace("public-read", "private"))
        self.assertIn('"x"', steps["hover"])


if __name__ == "__main__":
    unittest.main()
