import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { blocksOf, pageOf } from "../src/page";

const PAGE = `AWS0101 s3-public-acl  (high)

S3 bucket ACL lets \`everyone\` read

What it does
Flags buckets whose canned ACL is \`public-read\`, in
two lines.

Note: this is no fact.

How to fix
Remove it.

Flagged (terraform)
  resource "aws_s3_bucket" "site" {
    acl = "public-read"  # error: <public>

    # after an empty line
  }

Fine (cloudformation)
  Resources: {}

Judges: aws/s3/bucket, aws/s3/bucket-acl
Controls: cis-aws 7.0: 2.21; soc2: CC6.1
Source: aws/s3/s3-public-acl.md

Logic (cel, true is a violation)
  resource.acl == "public-read"
    && true

Suppress: # assay:ignore AWS0101 REASON
`;

describe("the page of a rule", () => {
  const { title, html } = pageOf(PAGE, "abc");

  it("has title, id and severity", () => {
    assert.equal(title, "AWS0101 s3-public-acl");
    assert.match(html, /<h1>S3 bucket ACL lets <code>everyone<\/code> read<\/h1>/);
    assert.match(html, /class="level high">high</);
  });

  it("keeps the lines of code and loses the indentation of the listing", () => {
    assert.match(html, /<pre>resource &#34;aws_s3_bucket&#34; &#34;site&#34; \{\n {2}acl = &#34;public-read&#34; {2}# error: &#60;public&#62;\n\n {2}# after an empty line\n\}<\/pre>/);
    assert.match(html, /<pre>resource.acl == &#34;public-read&#34;\n {2}&#38;&#38; true<\/pre>/);
  });

  it("tells facts from sentences", () => {
    assert.match(html, /<p>Note: this is no fact.<\/p>/);
    assert.match(html, /<tr><th>Controls<\/th><td>cis-aws 7.0: 2.21<br>soc2: CC6.1<\/td><\/tr>/);
    assert.match(html, /<th>Suppress<\/th><td># assay:ignore AWS0101 REASON<\/td>/);
    assert.deepEqual(blocksOf(PAGE.split("\n").slice(3)).filter((one) => one.kind === "heading").map((one) => one.lines[0]), [
      "What it does", "How to fix", "Flagged (terraform)", "Fine (cloudformation)", "Logic (cel, true is a violation)",
    ]);
  });

  it("runs and loads nothing", () => {
    assert.match(html, /default-src 'none'; style-src 'nonce-abc'/);
    const evil = pageOf('X1 <script>alert(1)</script>  (high)\n\n<img src=x onerror="y">\n\nWhat it does\n`<b>` &amp; <i>\'"\n', "n").html;
    assert.doesNotMatch(evil.slice(evil.indexOf("<body>")), /<(script|img|b|i)\b/);
    assert.match(evil, /<code>&#60;b&#62;<\/code> &#38;amp; &#60;i&#62;/);
  });

  it("comes of any text", () => {
    for (const text of ["", "\n", "one line", "a b (c", PAGE.replace(/\n/g, "\r\n")]) assert.match(pageOf(text, "n").html, /^<!DOCTYPE html>/);
    assert.match(pageOf(PAGE.replace(/\n/g, "\r\n"), "n").html, /<h2>How to fix<\/h2>/);
  });
});
