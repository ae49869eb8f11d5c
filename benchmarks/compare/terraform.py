#!/usr/bin/env python3
"""CPU seconds of assay and of Terraform itself over a root module that needs no provider.

./dev bench compare terraform [--assay BINARY] [--runs N]   (run.py calls this)

Terraform is taken from the PATH, or OpenTofu where it is missing. It is not built here: neither can be installed with `go
install` (their go.mod has `replace` directives), and the module proxy's archive of Terraform lacks the nested modules that
these directives point to. The tree is generated: 40 calls of local modules with variables, locals, for expressions, functions
and built-in `terraform_data` resources with for_each, 3,200 instances. `init` runs before and does not count. Terraform checks
types (`validate`) or computes all values (`plan`, without state); assay computes all values and judges them by its rules.
"""
import os
import shutil
import sys

import measure

CALLS = 40
MODULE = """
variable "name" {
  type = string
}
variable "settings" {
  type = map(object({ size = number, open = optional(bool, false), tags = optional(map(string), {}) }))
}
locals {
  sizes  = { for key, one in var.settings : key => one.size * 10 + length(key) }
  tags   = { for key, one in var.settings : key => merge({ Name = "${var.name}-${key}" }, one.tags) }
  public = sort([for key, one in var.settings : key if one.open])
  text   = join(",", [for key in keys(local.sizes) : format("%s=%04d", upper(key), local.sizes[key])])
}
resource "terraform_data" "one" {
  for_each = var.settings
  input = {
    name  = "${var.name}-${each.key}"
    size  = local.sizes[each.key]
    tags  = local.tags[each.key]
    open  = contains(local.public, each.key) ? "0.0.0.0/0" : cidrsubnet("10.0.0.0/8", 8, each.value.size % 200)
    json  = jsonencode({ key = each.key, value = each.value })
    short = substr(sha256(local.text), 0, 12)
  }
}
output "names" {
  value = [for one in terraform_data.one : one.input.name]
}
"""


def tree():
    out = measure.GENERATED / "terraform-builtin"
    if out.is_dir():
        return out
    unfinished = measure.GENERATED / "terraform-builtin.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    (unfinished / "part").mkdir(parents=True)
    (unfinished / "part" / "main.tf").write_text(MODULE)
    text = "locals {\n  base = { for i in range(80) : format(\"k%03d\", i) => { size = i, open = i % 7 == 0 } }\n}\n"
    for i in range(CALLS):
        text += f"""
module "part_{i}" {{
  source   = "./part"
  name     = "{'${module.part_' + str(i - 1) + '.names[0]}' if i % 10 else 'part'}"
  settings = merge(local.base, {{ k{i:03d} = {{ size = {i}, tags = {{ Index = "{i}" }} }} }})
}}
"""
    (unfinished / "main.tf").write_text(text)
    unfinished.rename(out)
    return out


def rows(assay, runs):
    """[what, CPU seconds and ratio] lines; the reason instead where Terraform cannot be had."""
    program = shutil.which("terraform") or shutil.which("tofu")
    if program is None:
        return [["terraform", "not available: neither terraform nor tofu is in the PATH"]]
    directory = tree()
    os.environ.update(CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1", TF_CLI_CONFIG_FILE=os.devnull)
    if measure.run([program, "init", "-backend=false", "-input=false"], cwd=directory).code != 0:
        return [["terraform", "not available: init failed"]]
    commands = {
        "assay scan": [assay, "scan", ".", "--no-cache", "--format", "json", "--jobs", "1"],
        "terraform validate": [program, "validate"],
        "terraform plan": [program, "plan", "-input=false", "-lock=false", "-refresh=false"],
    }
    samples = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            samples[name].append(measure.run(command, cwd=directory))
    own = measure.median([s.cpu for s in samples["assay scan"]])
    out = []
    for name, taken in samples.items():
        if any(s.code not in (0, 1, 3) for s in taken) or (name != "assay scan" and taken[0].code != 0):
            out.append([name, f"not available (exit {taken[0].code})"])
            continue
        cpu = measure.median([s.cpu for s in taken])
        out.append([name, measure.seconds(cpu) + ("" if name == "assay scan" else f" ({cpu / own:.1f}x)")])
    return out


def main(assay, runs):
    measure.table(["root without providers", "CPU s"], rows(assay, runs))


if __name__ == "__main__":
    sys.exit("run ./dev bench compare terraform")
