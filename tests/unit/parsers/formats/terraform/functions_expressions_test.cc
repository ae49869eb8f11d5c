// Functions called from expressions, with the results of Terraform 1.11.4 (`terraform console`), and
// those that only OpenTofu or a provider has. Results are what jsonencode makes of them.
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

struct Case {
  const char* expression;
  const char* result;
};

std::string evaluated(const std::string& expression, const Loaded& in) {
  model::Root root;
  ExpressionResult result = evaluate_expression("jsonencode([" + expression + "])", "", in.context, root);
  if (result.is_error) return "error";
  if (!result.value.is_string()) return model::to_text(result.value, &root.guards);
  std::string text(result.value.text());
  return text.substr(1, text.size() - 2);
}

constexpr Case kTerraform[] = {
    {R"~(element(tolist(["a", "b"]), -1))~", R"~("b")~"},
    {R"~(element(tolist(["a", "b"]), -3))~", R"~("b")~"},
    {R"~(element(["a", "b"], -1))~", R"~(error)~"},
    {R"~(substr("abcabc", -2, 0))~", R"~("bc")~"},
    {R"~(substr("abcabc", 2, 0))~", R"~("")~"},
    {R"~(setproduct(toset([3, 10]), [true]))~", R"~([[10,true],[3,true]])~"},
    {R"~(setproduct([3, 10], ["a"]))~", R"~([[3,"a"],[10,"a"]])~"},
    {R"~(coalesce(null, true, 1))~", R"~(true)~"},
    {R"~(coalesce(null, "", [2, 3]))~", R"~("")~"},
    {R"~(coalesce(null, "", "x"))~", R"~("x")~"},
    {R"~(coalesce(null, 1, "x"))~", R"~("1")~"},
    {R"~(coalesce(true, 1))~", R"~(error)~"},
    {R"~(coalescelist([1], toset(["s"])))~", R"~(error)~"},
    {R"~(coalescelist([1], null))~", R"~(error)~"},
    {R"~(coalescelist([], ["b"]))~", R"~(["b"])~"},
    {R"~(lookup(tomap({ a = 1, b = 2 }), "a", "x"))~", R"~(error)~"},
    {R"~(lookup(tomap({ a = "1" }), "a", false))~", R"~("1")~"},
    {R"~(lookup({ a = { b = 1 } }, "a", 3))~", R"~({"b":1})~"},
    {R"~(signum(1e30))~", R"~(error)~"},
    {R"~(range(-3, -3, -3))~", R"~([])~"},
    {R"~(range(1, 4, -1))~", R"~(error)~"},
    {R"~(range(1, 1, 0))~", R"~([])~"},
    {R"~(range(1, 2, 0))~", R"~(error)~"},
    {R"~(jsondecode("[1,]"))~", R"~(error)~"},
    {R"~(cidrsubnet("10.1.2.3/8", -1, 15))~", R"~("30.0.0.0/7")~"},
    {R"~(cidrsubnet("10.1.2.3/8", -9, 1))~", R"~(error)~"},
    {R"~(cidrsubnet("10.1.2.3/8", -1, 65535))~", R"~(error)~"},
    {R"~(pow(2, 64))~", R"~(18446744073709550000)~"},
    {R"~(pow(10, 64))~", R"~(10000000000000002000000000000000000000000000000000000000000000000)~"},
    {R"~(pow(2, -20))~", R"~(0.00000095367431640625)~"},
    {R"~(pow(2, 10))~", R"~(1024)~"},
    {R"~(pow(10, 2))~", R"~(100)~"},
    {R"~(log(27, 3))~", R"~(3.0000000000000004)~"},
    {R"~(log(8, 2))~", R"~(3)~"},
    {R"~(log(2, 0))~", R"~(-0)~"},
    {R"~(0 * -1)~", R"~(-0)~"},
    {R"~(-0)~", R"~(-0)~"},
    {R"~(-0 == 0)~", R"~(true)~"},
    {R"~(ceil(-0.5))~", R"~(0)~"},
    {R"~(tonumber("-0"))~", R"~(-0)~"},
    {R"~(jsondecode("-0"))~", R"~(-0)~"},
    {R"~(jsondecode("\"\\ud83d\""))~", R"~("�")~"},
    {R"~(format("%.2v", "abcdef"))~", R"~("abcdef")~"},
    {R"~(format("%10.2v|", "abcdef"))~", R"~("    abcdef|")~"},
    {R"~(format("%.3v", 1234.5678))~", R"~("1234.5678")~"},
    {R"~(format("%.3g", 1234.5678))~", R"~("1.23e+03")~"},
    {R"~(format("%d %s", -0, -0))~", R"~("0 -0")~"},
    {R"~(textdecodebase64("6Q==", "UTF-8"))~", R"~(error)~"},
    {R"~(textdecodebase64("4pyT", "UTF-16LE"))~", R"~(error)~"},
    {R"~(textencodebase64("abc", "Shift_JIS"))~", R"~("YWJj")~"},
    {R"~(textencodebase64("abc", "bogus"))~", R"~(error)~"},
    {R"~(formatdate("EEEE, DD-MMM-YY hh:mm:ss aa ZZZ", "2018-12-31T23:59:59+09:30"))~", R"~("Monday, 31-Dec-18 23:59:59 pm +0930")~"},
    {R"~(timeadd("2020-02-28T23:00:00.5Z", "1h30m"))~", R"~("2020-02-29T00:30:00Z")~"},
    {R"~(replace("hello", "/(?P<n>l+)/", "<$n>"))~", R"~("he\u003cll\u003eo")~"},
    {R"~(regexall("([a-z])([A-Z])?", "aBc"))~", R"~([["a","B"],["c",null]])~"},
    {R"~(csvdecode("a,b\n1,\"x,\"\"y\"\n"))~", R"~([{"a":"1","b":"x,\"y"}])~"},
    {R"~(yamldecode("a: 010\nb: yes\nc: 1_000\nd: 2020-01-02"))~", R"~({"a":10,"b":true,"c":"1_000","d":"2020-01-02T00:00:00Z"})~"},
    {R"~(yamlencode({ a = [1, "x", null], "b c" = {} }))~", R"~("\"a\":\n- 1\n- \"x\"\n- null\n\"b c\": {}\n")~"},
    {R"~(jsonencode({ b = "<&>\u2028", a = [1.50, null] }))~", R"~("{\"a\":[1.5,null],\"b\":\"\\u003c\\u0026\\u003e\\u2028\"}")~"},
    {R"~(toset(["b", "a", 1, "1"]))~", R"~(["1","a","b"])~"},
    {R"~(tolist([1, "a", true]))~", R"~(["1","a","true"])~"},
    {R"~(true ? [1] : ["a"])~", R"~(["1"])~"},
    {R"~(false ? [1, 2] : [])~", R"~([])~"},
    {R"~(length("👨‍👩‍👧‍👦é"))~", R"~(2)~"},
    {R"~(title("hello wORLD-foo bar"))~", R"~("Hello WORLD-Foo Bar")~"},
    {R"~(indent(2, "a\nb"))~", R"~("a\n  b")~"},
    {R"~(trimprefix("aab-ab", "ab"))~", R"~("aab-ab")~"},
    {R"~(flatten([[1, [2]], toset([3])]))~", R"~([1,2,3])~"},
    {R"~(merge({ a = 1 }, null, { a = 2 }))~", R"~({"a":2})~"},
    {R"~(one([]))~", R"~(null)~"},
    {R"~(sum([0.1, "0.2"]))~", R"~(0.3)~"},
    {R"~(transpose({ a = ["x", "y"], b = ["y"] }))~", R"~({"x":["a"],"y":["a","b"]})~"},
    {R"~(parseint("zZ", 62))~", R"~(2231)~"},
};

TEST(FunctionsInExpressions, GiveWhatTerraformGives) {
  Loaded empty("");
  for (const Case& row : kTerraform) EXPECT_EQ(evaluated(row.expression, empty), row.result) << row.expression;
}

constexpr Case kNullBesideStructures[] = {
    {R"~(tolist(["a", null]))~", R"~(["a",null])~"},
    {R"~(tolist([null, null]))~", "[null,null]"},
    {R"~(tolist([["a"], null]))~", "error"},
    {R"~(tolist([{ a = 1 }, null]))~", "error"},
    {R"~(tolist([tolist(["a"]), null]))~", "error"},
    {R"~(toset([["a"], null]))~", "error"},
    {R"~(tolist([["a"], null, ["b", "c"]]))~", "error"},
    {R"~(tolist(jsondecode("[[1],null]")))~", "error"},
    {R"~(distinct([["a"], null]))~", "error"},
    {R"~(tolist([["a"], [null]]))~", R"~([["a"],[null]])~"},
    {R"~(tolist([[null], [null]]))~", "[[null],[null]]"},
    {R"~(tolist([[["a"]], [null]]))~", "error"},
    {R"~(tolist([[["a"]], [null, null]]))~", "error"},
    {R"~(tolist([{ a = null }, { a = "x" }]))~", R"~([{"a":null},{"a":"x"}])~"},
    {R"~(tolist([{ a = null }, { a = ["x"] }]))~", "error"},
    {R"~(tolist([{ a = ["x"] }, { b = null }]))~", "error"},
    {R"~(tolist([{ a = null, b = ["x"] }, { b = ["x"] }]))~", R"~([{"a":null,"b":["x"]},{"b":["x"]}])~"},
    {R"~(tolist([tomap({ a = "x" }), null, { b = 1 }]))~", R"~([{"a":"x"},null,{"b":"1"}])~"},
    {R"~(tolist([tolist(["a"]), null, ["b"]]))~", R"~([["a"],null,["b"]])~"},
    {R"~(tolist([["a"], false ? null : ["b"]]))~", R"~([["a"],["b"]])~"},
    {R"~(tolist([["a"], true ? null : ["b"]]))~", R"~([["a"],null])~"},
    {R"~(tolist([tolist(null), ["a"]]))~", R"~([null,["a"]])~"},
    {R"~(tomap({ a = ["x"], b = null }))~", R"~({"a":["x"],"b":null})~"},
    {R"~(tomap({ a = { x = 1 }, b = null }))~", R"~({"a":{"x":1},"b":null})~"},
    {R"~(tomap({ a = ["x"], b = null, c = ["y", "z"] }))~", "error"},
    {R"~(tomap({ a = { x = 1 }, b = null, c = { x = "s" } }))~", "error"},
    {R"~(tomap({ a = { x = null }, b = { x = ["s"] } }))~", "error"},
    // Neither conditionals nor what takes tuples as they are.
    {R"~(true ? { a = ["x"] } : { b = null })~", R"~({"a":["x"]})~"},
    {R"~(true ? [["a"]] : [null])~", R"~([["a"]])~"},
    {R"~(reverse([["a"], null]))~", R"~([null,["a"]])~"},
    {R"~(slice([["a"], null], 0, 2))~", R"~([["a"],null])~"},
    {R"~(concat([["a"]], [null]))~", R"~([["a"],null])~"},
    {R"~(concat(tolist([["a"]]), [null]))~", R"~([["a"],null])~"},
    {R"~(flatten([["a"], null]))~", R"~(["a",null])~"},
    {R"~(element([["a"], null], 1))~", "null"},
    {R"~(index([["a"], null], ["a"]))~", "0"},
    {R"~(zipmap(["a", "b"], [["x"], null]))~", R"~({"a":["x"],"b":null})~"},
    {R"~(values({ a = ["x"], b = null }))~", R"~([["x"],null])~"},
    {R"~(lookup({ a = ["x"], b = null }, "b", null))~", "null"},
    {R"~(merge({ a = ["x"] }, { b = null }))~", R"~({"a":["x"],"b":null})~"},
    {R"~(coalesce(null, ["a"]))~", R"~(["a"])~"},
};

TEST(FunctionsInExpressions, NullBesideStructuresIsAnElementOnlyWhereTerraformAllows) {
  Loaded empty("");
  for (const Case& row : kNullBesideStructures)
    EXPECT_EQ(evaluated(row.expression, empty), row.result) << row.expression;
}

constexpr Case kOpenTofu[] = {
    {R"~(assumeequal("a", "a"))~", R"~("a")~"},
    {R"~(assumeequal("1", 1))~", R"~(1)~"},
    {R"~(assumeequal("a", "b"))~", "error"},
    {R"~(assumenotnull("a"))~", R"~("a")~"},
    {R"~(assumenotnull(tostring(null)))~", "error"},
    {R"~(assumestringprefix("abc", "ab"))~", R"~("abc")~"},
    {R"~(assumestringprefix("abc", "x"))~", "error"},
    {R"~(assumelistlength([1, 2], 1, 2))~", "[1,2]"},
    {R"~(assumelistlengthmin([1], 2))~", "error"},
    {R"~(assumelistlengthmax([1], 1))~", "[1]"},
    {R"~(assumesetlength(["b", "a"], 2, 2))~", R"~(["a","b"])~"},
    {R"~(assumesetlengthmin(["a"], 1))~", R"~(["a"])~"},
    {R"~(assumesetlengthmax(["a"], 0))~", "error"},
    {R"~(assumemaplength({ a = 1 }, 1, 1))~", R"~({"a":1})~"},
    {R"~(assumemaplengthmin({ a = 1 }, 2))~", "error"},
    {R"~(assumemaplengthmax({ a = 1 }, 2))~", R"~({"a":1})~"},
    {R"~(cidrcontains("10.0.0.0/8", "10.1.2.3"))~", "true"},
    {R"~(cidrcontains("10.0.0.0/8", "11.0.0.0/16"))~", "false"},
    {R"~(cidrcontains("10.0.0.0/16", "10.0.0.0/8"))~", "false"},
    {R"~(cidrcontains("fd00::/8", "fd12::1"))~", "true"},
    {R"~(cidrcontains("10.0.0.0/8", "fd00::1"))~", "error"},
    {R"~(cidrcontains("10.0.0.1", "10.0.0.1"))~", "error"},
    {R"~(urldecode("a+b%20%C3%A9"))~", R"~("a b é")~"},
    {R"~(urldecode("a%2"))~", "error"},
    {R"~(base64gunzip("H4sIAAAAAAACA8s4vDInJx8ANoI7ngYAAAA="))~", R"~("héllo")~"},
    {R"~(base64gunzip("H4sIAAAAAAACAwMAAAAAAAAAAAA="))~", R"~("")~"},
    // Two members, as `cat a.gz b.gz` makes them.
    {R"~(base64gunzip("H4sIAAAAAAACA0tMAgBtSIOeAgAAAB+LCAAAAAAAAgNLTgEA2o/WRQIAAAA="))~", R"~("abcd")~"},
    {R"~(base64gunzip("not base64"))~", "error"},
    {R"~(base64gunzip(""))~", "error"},
    {R"~(base64gunzip("aGVsbG8="))~", "error"},                              // not gzip
    {R"~(base64gunzip("H4sIAAAAAAACA8tIzcnJBwCGphA2BQ=="))~", "error"},      // cut off
    {R"~(base64gunzip("H4sIAAAAAAACA8tIzcnJBwAAphA2BQAAAA=="))~", "error"},  // another sum
    {R"~(base64gunzip("H4sIAAAAAAACA8tIzcnJBwCGphA2BQAAAGp1bms="))~", "error"},  // more follows
    {R"~(base64gunzip("H4sIAAAAAAACA/sPAAAAAP8BAAAA"))~", "error"},            // not UTF-8
    {R"~(convert({ b = "2" }, object({ a = optional(string, "x"), b = number })))~", R"~({"a":"x","b":2})~"},
    {R"~(convert("x", number))~", "error"},
    {R"~(convert([1, "a"], set(string)))~", R"~(["1","a"])~"},
    {R"~(list("a", 1))~", R"~(["a","1"])~"},
    {R"~(map("k", "v", "l", 1))~", R"~({"k":"v","l":"1"})~"},
    {R"~(map("k"))~", "error"},
};

TEST(FunctionsInExpressions, OpenTofusAndOldOnes) {
  Loaded empty("");
  for (const Case& row : kOpenTofu) EXPECT_EQ(evaluated(row.expression, empty), row.result) << row.expression;
}

constexpr Case kProvider[] = {
    {R"~(provider::terraform::encode_expr({ a = 1, "b c" = [1, { x = true, yy = {} }], d = {} }))~",
     R"~("{\n  a = 1\n  \"b c\" = [1, {\n    x  = true\n    yy = {}\n  }]\n  d = {}\n}")~"},
    {R"~(provider::terraform::encode_expr("a$${b}\n\"q\"\t"))~", R"~("\"a$${b}\\n\\\"q\\\"\\t\"")~"},
    {R"~(provider::terraform::encode_tfvars({ longname = 1, b = "x", n = { a = 1, bbb = [{ x = 1 }] }, z = null }))~",
     R"~("b        = \"x\"\nlongname = 1\nn = {\n  a = 1\n  bbb = [{\n    x = 1\n  }]\n}\nz = null\n")~"},
    {R"~(provider::terraform::encode_tfvars({ "b c" = 1 }))~", "error"},
    {R"~(provider::terraform::encode_tfvars([1]))~", "error"},
    {R"~(provider::terraform::decode_tfvars("a = 1\nb = [\"x\", { y = true }]\n"))~", R"~({"a":1,"b":["x",{"y":true}]})~"},
    {R"~(provider::terraform::decode_tfvars("a = upper(\"x\")"))~", "error"},
    {R"~(provider::terraform::decode_tfvars("a = var.x"))~", "error"},
    {R"~(provider::terraform::decode_tfvars("a { b = 1 }"))~", "error"},
    {R"~(provider::terraform::nope(1))~", "error"},
};

TEST(FunctionsInExpressions, TheBuiltInProviderNeedsADeclaration) {
  Loaded empty("");
  Loaded declared(R"(
terraform {
  required_providers {
    terraform = { source = "terraform.io/builtin/terraform" }
  }
}
)");
  for (const Case& row : kProvider) {
    EXPECT_EQ(evaluated(row.expression, empty), "error") << row.expression;
    EXPECT_EQ(evaluated(row.expression, declared), row.result) << row.expression;
  }
}

}  // namespace
}  // namespace assay::formats::terraform
