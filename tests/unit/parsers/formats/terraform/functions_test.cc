#include "parsers/formats/terraform/functions/functions.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "parsers/core/file_system.h"
#include "parsers/core/number.h"
#include "parsers/core/symbol.h"
#include "parsers/formats/terraform/functions/convert.h"
#include "parsers/syntax/json/reader.h"

namespace assay::formats::terraform {
namespace {

using model::Entry;
using model::Guard;
using model::Value;
using model::ValueKind;

// Values are written as JSON: arrays are tuples and objects are objects, as HCL literals are.
// {"?": "var.x"} is an unknown, {"?s": "var.x"} an unknown string, {"?prefix": ["var.x", "ab-"]}
// one that starts with "ab-", {"if": ["var.on", A, B]} alternatives, {"list"|"set"|"map": V} the
// collection made of V, {"guarded": ["var.on", V]} an element that exists while var.on.
class FunctionTest : public testing::Test {
 protected:
  Guard atom(std::string_view name) {
    core::Symbol cause{name};
    return guards.atom("r#" + std::string(name), model::Relation::kTrue, "", {&cause, 1});
  }

  Value unknown(const std::string& name, const model::Type* type) {
    return model::unknown_input("r#" + name, type, arena);
  }

  std::string string_at(const syntax::Node& node, size_t index) {
    return std::string(node.child(index)->text);
  }

  Value special(std::string_view key, const syntax::Node& at, bool& found) {
    found = true;
    if (key == "?") return unknown(std::string(at.text), nullptr);
    if (key == "?s") return unknown(std::string(at.text), model::string_type());
    if (key == "?n") return unknown(std::string(at.text), model::number_type());
    if (key == "?b") return unknown(std::string(at.text), model::bool_type());
    if (key == "?ls")
      return unknown(std::string(at.text), model::list_type(arena, model::string_type()));
    if (key == "?prefix") {
      model::Unknown facts = unknown(string_at(at, 0), model::string_type()).unknown();
      facts.prefix = arena.copy(at.child(1)->text);
      facts.not_null = true;
      return model::unknown_value(facts, arena);
    }
    if (key == "if") {
      Guard guard = atom(at.child(0)->text);
      model::Alternative sides[] = {{guard, build(*at.child(1))},
                                    {guards.negate(guard), build(*at.child(2))}};
      return model::alternatives_value(sides, guards, arena);
    }
    if (key == "guarded") return model::with_guard(build(*at.child(1)), atom(at.child(0)->text));
    if (key == "sensitive") return model::with_marks(build(at), model::kSensitive);
    if (key == "list") return call("tolist", {build(at)});
    if (key == "set") return call("toset", {build(at)});
    if (key == "map") return call("tomap", {build(at)});
    found = false;
    return {};
  }

  Value build(const syntax::Node& node) {
    switch (node.kind) {
      case syntax::NodeKind::kNull:
        return model::null_value();
      case syntax::NodeKind::kBool:
        return model::bool_value(node.text == "true");
      case syntax::NodeKind::kNumber:
        return model::number_value(*core::Number::parse(node.text, arena), arena);
      case syntax::NodeKind::kString:
        return model::string_value(arena.copy(node.text));
      case syntax::NodeKind::kSequence: {
        std::vector<Value> items;
        for (const syntax::Node* child : node.children()) items.push_back(build(*child));
        return model::list_value(items, arena, ValueKind::kTuple);
      }
      case syntax::NodeKind::kMapping: {
        std::vector<Entry> entries;
        for (const syntax::Node* pair : node.children()) {
          if (node.child_count == 1) {
            bool found = false;
            Value value = special(pair->child(0)->text, *pair->child(1), found);
            if (found) return value;
          }
          entries.push_back({arena.copy(pair->child(0)->text), {}, build(*pair->child(1))});
        }
        return model::object_value(entries, arena);
      }
      default:
        ADD_FAILURE() << "not a test value";
        return {};
    }
  }

  Value value(std::string_view json) {
    trees.push_back(syntax::read_json(core::kNoFile, arena.copy(json)));
    const syntax::Node* root = trees.back()->root;
    while (root->kind == syntax::NodeKind::kStream || root->kind == syntax::NodeKind::kDocument) {
      if (root->child_count == 0) {
        ADD_FAILURE() << "not JSON: " << json;
        return {};
      }
      root = root->child(0);
    }
    return build(*root);
  }

  Value call(std::string_view name, const std::vector<Value>& arguments) {
    return result(name, arguments).value;
  }
  CallResult result(std::string_view name, const std::vector<Value>& arguments) {
    const FunctionInfo* info = find_function(name);
    if (info == nullptr) return failure("no function " + std::string(name));
    return call_function(*info, context, arguments);
  }

  // The result of NAME(ARGUMENTS...), the arguments written as one JSON array: its text, or "error:
  // ...".
  std::string run(std::string_view name, std::string_view arguments) {
    Value list = value(arguments);
    CallResult out = result(name, std::vector<Value>(list.items().begin(), list.items().end()));
    if (out.is_error) return "error: " + out.error;
    return model::to_text(out.value, &guards);
  }
  std::string type(std::string_view name, std::string_view arguments) {
    Value list = value(arguments);
    CallResult out = result(name, std::vector<Value>(list.items().begin(), list.items().end()));
    return out.is_error ? "error" : model::to_text(model::type_of(out.value, arena));
  }
  bool fails(std::string_view name, std::string_view arguments) {
    return run(name, arguments).rfind("error: ", 0) == 0;
  }

  core::Arena arena;
  model::Guards guards;
  CallContext context{arena, guards, nullptr, {}, {}, {}, "r"};
  std::vector<std::unique_ptr<syntax::Tree>> trees;
};

struct Case {
  const char* name;
  const char* arguments;
  const char* expected;  // "error": any error
};

class TableTest : public FunctionTest, public testing::WithParamInterface<Case> {};

TEST_P(TableTest, GivesTerraformsResult) {
  std::string got = run(GetParam().name, GetParam().arguments);
  if (std::string_view(GetParam().expected) == "error") got = got.substr(0, 5);
  EXPECT_EQ(got, GetParam().expected) << GetParam().name << GetParam().arguments;
}

INSTANTIATE_TEST_SUITE_P(
    Collections, TableTest,
    testing::Values(
        Case{"length", R"(["👨‍👩‍👧‍👦"])", "1"}, Case{"length", R"([[1,2]])", "2"},
        Case{"length", R"([{"a":1,"b":2}])", "2"}, Case{"length", R"([null])", "error"},
        Case{"length", R"([5])", "error"},
        Case{"merge", R"([{"a":1},null,{"b":2}])", R"({"a":1,"b":2})"},
        Case{"merge", R"([{"a":{"x":1}},{"a":{"y":2}}])", R"({"a":{"y":2}})"},
        Case{"merge", R"([{"a":1},[]])", "error"}, Case{"merge", R"([])", "{}"},
        Case{"lookup", R"([{"a":1},"a"])", "1"}, Case{"lookup", R"([{"a":1},"b"])", "error"},
        Case{"lookup", R"([{"a":1},"b","x"])", R"("x")"},
        Case{"lookup", R"([{"map":{"a":"1"}},"b",5])", R"("5")"},
        Case{"lookup", R"([{"a":null},"a","d"])", "null"},
        Case{"keys", R"([{"b":1,"a":2}])", R"(["a","b"])"},
        Case{"values", R"([{"b":"x","a":1}])", R"([1,"x"])"}, Case{"keys", R"([[1]])", "error"},
        Case{"coalesce", R"(["","x"])", R"("x")"}, Case{"coalesce", R"([null,"a"])", R"("a")"},
        Case{"coalesce", R"(["",null])", "error"}, Case{"coalesce", R"([1,"a"])", R"("1")"},
        Case{"coalesce", R"([false,true])", "false"},
        Case{"coalescelist", R"([[],["a"]])", R"(["a"])"},
        Case{"zipmap", R"([["a","a"],[1,2]])", R"({"a":2})"},
        Case{"zipmap", R"([["a"],[]])", "error"},
        Case{"transpose", R"([{"a":["1","2"],"b":["2"]}])", R"({"1":["a"],"2":["a","b"]})"}));

INSTANTIATE_TEST_SUITE_P(
    Sequences, TableTest,
    testing::Values(
        Case{"concat", R"([["a"],[1],[]])", R"(["a",1])"}, Case{"concat", R"([])", "error"},
        Case{"concat", R"([["a"],null])", "error"},
        Case{"concat", R"([{"set":["a"]},["b"]])", "error"},
        Case{"contains", R"([["1"],1])", "false"}, Case{"contains", R"([["a"],"a"])", "true"},
        Case{"contains", R"([[[1]],[1]])", "true"}, Case{"contains", R"([{"a":1},"a"])", "error"},
        Case{"distinct", R"([[1,"1"]])", R"(["1"])"},
        Case{"distinct", R"([["b","a","b"]])", R"(["b","a"])"},
        Case{"distinct", R"([[[1],[1]]])", "[[1]]"}, Case{"element", R"([["a","b"],3])", R"("b")"},
        Case{"element", R"([["a","b"],-1])", "error"}, Case{"element", R"([["a"],1.5])", "error"},
        Case{"element", R"([[],0])", "error"},
        Case{"flatten", R"([[["a"],["b",["c"]]]])", R"(["a","b","c"])"},
        Case{"flatten", R"([[{"set":["b","a"]},[null]]])", R"(["a","b",null])"},
        Case{"flatten", R"(["a"])", "error"}, Case{"index", R"([[1,2],"2"])", "error"},
        Case{"index", R"([["a","b"],"b"])", "1"},
        Case{"compact", R"([["a","",null,"b"]])", R"(["a","b"])"},
        Case{"compact", R"([[1,""]])", R"(["1"])"},
        Case{"chunklist", R"([[1,2,3],2])", "[[1,2],[3]]"},
        Case{"chunklist", R"([[1,2,3],0])", "[[1,2,3]]"},
        Case{"matchkeys", R"([["a","b"],["1","2"],["2"]])", R"(["b"])"},
        Case{"one", R"([["a","b"]])", "error"}, Case{"one", R"([[]])", "null"},
        Case{"one", R"([{"set":[1]}])", "1"}, Case{"range", R"([4,1])", "[4,3,2]"},
        Case{"range", R"([0,1,0.25])", "[0,0.25,0.5,0.75]"}, Case{"range", R"([1,5,0])", "error"},
        Case{"range", R"([1,2,3,4])", "error"}, Case{"range", R"([100000])", "error"},
        Case{"reverse", R"([{"set":["a","b"]}])", R"(["b","a"])"},
        Case{"reverse", R"(["abc"])", "error"},
        Case{"slice", R"([["a",1,true],0,2])", R"(["a",1])"},
        Case{"slice", R"([["a","b"],1,5])", "error"},
        Case{"sort", R"([["b","B","a","10","9"]])", R"(["10","9","B","a","b"])"},
        Case{"alltrue", R"([[]])", "true"}, Case{"alltrue", R"([["true",true]])", "true"},
        Case{"anytrue", R"([[false,"false"]])", "false"},
        Case{"setintersection", R"([["a","b"],["b","c"]])", R"(["b"])"},
        Case{"setunion", R"([["b"],["a"],["b"]])", R"(["a","b"])"},
        Case{"setsubtract", R"([["a","b"],["a"]])", R"(["b"])"},
        Case{"setproduct", R"([["a","b"],[1,2]])", R"([["a",1],["a",2],["b",1],["b",2]])"},
        Case{"setproduct", R"([[],["a"]])", "[]"}, Case{"setproduct", R"([["a"]])", "error"},
        Case{"toset", R"([[1,"1"]])", R"(["1"])"},
        Case{"toset", R"([[true,"true",1]])", R"(["1","true"])"},
        Case{"toset", R"([[10,9,1.5,-1]])", "[-1,1.5,9,10]"},
        Case{"toset", R"([["b",null,"a"]])", R"(["a","b",null])"},
        Case{"toset", R"([[[10],[9]]])", "[[10],[9]]"}, Case{"toset", R"(["a"])", "error"},
        Case{"tolist", R"([[true,1]])", "error"},
        Case{"tomap", R"([{"a":1,"b":"x"}])", R"({"a":"1","b":"x"})"},
        Case{"tomap", R"([{"a":1,"b":[1]}])", "error"}, Case{"sum", R"([["1","2"]])", "3"},
        Case{"sum", R"([[1,null]])", "error"}, Case{"sum", R"([[]])", "error"}));

INSTANTIATE_TEST_SUITE_P(
    Primitives, TableTest,
    testing::Values(
        Case{"max", R"(["10","9"])", "10"}, Case{"max", R"([])", "error"},
        Case{"parseint", R"(["-101",2])", "-5"}, Case{"parseint", R"([12,10])", "error"},
        Case{"parseint", R"(["12z",10])", "error"}, Case{"pow", R"([2,0.5])", "1.4142135623730951"},
        Case{"pow", R"([2,100])", "1267650600228229400000000000000"},
        Case{"floor", R"([-1.1])", "-2"}, Case{"tobool", R"(["1"])", "true"},
        Case{"tobool", R"(["True"])", "error"}, Case{"tonumber", R"(["1e3"])", "1000"},
        Case{"tonumber", R"([" 1"])", "error"}, Case{"tonumber", R"([true])", "error"},
        Case{"tostring", R"([1e21])", R"("1000000000000000000000")"},
        Case{"tostring", R"([0.000001])", R"("0.000001")"},
        Case{"upper", R"(["straße"])", R"("STRAßE")"}, Case{"upper", R"([true])", R"("TRUE")"},
        Case{"upper", R"([null])", "error"}, Case{"upper", R"([[]])", "error"},
        Case{"upper", R"([])", "error"}, Case{"upper", R"(["a","b"])", "error"},
        Case{"title", R"(["ab'c d_e hello wOrld"])", R"("Ab'C D_e Hello WOrld")"},
        Case{"trim", R"(["abcba","ab"])", R"("c")"},
        Case{"trimprefix", R"(["aab","a"])", R"("ab")"},
        Case{"trimspace", R"(["\n a \t"])", R"("a")"}, Case{"chomp", R"(["a\r\n\n"])", R"("a")"},
        Case{"indent", R"([2,"a\nb"])", R"("a\n  b")"},
        Case{"join", R"([",",["a",null]])", "error"}, Case{"join", R"([","])", "error"},
        Case{"join", R"([",",["a"],["b",1]])", R"("a,b,1")"},
        Case{"join", R"(["-",[["a"]]])", "error"},
        Case{"split", R"(["","abc"])", R"(["a","b","c"])"}, Case{"split", R"([",",""])", R"([""])"},
        Case{"substr", R"(["hello",-3,2])", R"("ll")"},
        Case{"substr", R"(["hello",1,-1])", R"("ello")"},
        Case{"substr", R"(["hello",-10,3])", R"("hel")"},
        Case{"substr", R"(["👨‍👩‍👧‍👦ab",0,1])", R"("👨‍👩‍👧‍👦")"},
        Case{"strrev", R"(["👨‍👩‍👧‍👦x"])", R"("x👨‍👩‍👧‍👦")"},
        Case{"replace", R"~(["hello","/(l)/","$1$1"])~", R"~("hellllo")~"},
        Case{"replace", R"(["a/b","/","-"])", R"("a-b")"},
        Case{"replace", R"(["abc","","-"])", R"("-a-b-c-")"},
        Case{"replace", R"(["a.b",".","$1"])", R"("a$1b")"},
        Case{"replace", R"~(["abc","/(/","x"])~", "error"},
        Case{"regex", R"~(["(\\d+)(x)?","12"])~", R"~(["12",null])~"},
        Case{"regex", R"~(["(?P<a>\\w)(?P<b>\\d)","x1"])~", R"~({"a":"x","b":"1"})~"},
        Case{"regex", R"~(["(?P<a>x)(y)","xy"])~", "error"},
        Case{"regex", R"~(["^b$","a\nb"])~", "error"}, Case{"regexall", R"~(["x","abc"])~", "[]"},
        Case{"regexall", R"~(["(?P<l>[a-z])\\d","a1b2"])~", R"~([{"l":"a"},{"l":"b"}])~"}));

INSTANTIATE_TEST_SUITE_P(
    Format, TableTest,
    testing::Values(
        Case{"format", R"(["%s %d %f %t","a",1,1.5,true])", R"("a 1 1.500000 true")"},
        Case{"format", R"(["%.2f %e %g %G",3.14159,12345.678,0.00001,1e21])",
             R"("3.14 1.234568e+04 1e-05 1E+21")"},
        Case{"format", R"(["%q","a\"b"])", R"("\"a\\\"b\"")"},
        Case{"format", R"(["%#v",{"a":[1]}])", R"("{\"a\":[1]}")"},
        Case{"format", R"(["%[2]s %[1]s","a","b"])", R"("b a")"},
        Case{"format", R"(["%*d",5,3])", "error"}, Case{"format", R"(["%%"])", R"("%")"},
        Case{"format", R"(["%d","12"])", R"("12")"}, Case{"format", R"(["%d",1.5])", "error"},
        Case{"format", R"(["%s",[1]])", "error"}, Case{"format", R"(["%s"])", "error"},
        Case{"format", R"(["%z",1])", "error"}, Case{"format", R"(["%s","a","b"])", "error"},
        Case{"format", R"(["%6q","a"])", R"("   \"a\"")"},
        Case{"format", R"(["%v %v %v",1000000,1.5,"x"])", R"("1e+06 1.5 x")"},
        Case{"format", R"(["%5d|%-5d|%05d|%+d|% d",42,42,42,42,42])",
             R"("   42|42   |00042|+42| 42")"},
        Case{"format", R"(["%x %X %o %b %#x",255,255,8,5,255])", R"("ff FF 10 101 0xff")"},
        Case{"format", R"(["%8.3f|%-8.2f|%08.2f",3.14159,3.14159,-3.14159])",
             R"("   3.142|3.14    |-0003.14")"},
        Case{"format", R"(["%.0f|%.0f|%.0f",0.5,1.5,2.5])", R"("0|2|2")"},
        Case{"format", R"(["%.20f",0.1])", R"("0.10000000000000000000")"},
        Case{"format", R"(["%.3g|%.10g",123456,123456])", R"("1.23e+05|123456")"},
        Case{"format", R"(["%05s|%.1s","ab","é2"])", R"("000ab|é")"},
        Case{"formatlist", R"(["%s-%s",["a","b"],"x"])", R"(["a-x","b-x"])"},
        Case{"formatlist", R"(["%s",[]])", "[]"}, Case{"formatlist", R"(["hi"])", R"(["hi"])"},
        Case{"formatlist", R"(["%s-%s",["a","b"],["x"]])", "error"}));

INSTANTIATE_TEST_SUITE_P(
    Encodings, TableTest,
    testing::Values(
        Case{
            "jsonencode", R"([{"b":"<>&\u2028","a":[1.0,1.50,1e21,0.1,null]}])",
            R"("{\"a\":[1,1.5,1000000000000000000000,0.1,null],\"b\":\"\\u003c\\u003e\\u0026\\u2028\"}")"},
        Case{"jsondecode", R"(["{\"a\":[1,2.50,null,true,\"x\"],\"a\":1}"])", R"({"a":1})"},
        Case{"jsondecode", R"(["1e2"])", "100"}, Case{"jsondecode", R"(["{a:1}"])", "error"},
        Case{"jsondecode", R"([""])", "error"}, Case{"jsondecode", R"(["1 2"])", "error"},
        Case{"csvdecode", R"(["a,b\n\"x,y\",\"q\"\"q\"\n"])", R"([{"a":"x,y","b":"q\"q"}])"},
        Case{"csvdecode", R"(["a,b\n1,\"2\n3\"\n\n4,5"])",
             R"([{"a":"1","b":"2\n3"},{"a":"4","b":"5"}])"},
        Case{"csvdecode", R"(["a,a\n1,2\n"])", "error"},
        Case{"csvdecode", R"(["a,b\n1\n"])", "error"}, Case{"csvdecode", R"([""])", "error"},
        Case{"csvdecode", R"(["a\n\"x"])", "error"},
        Case{"urlencode", R"(["a b/é+~*-_.!"])", R"("a+b%2F%C3%A9%2B~%2A-_.%21")"},
        Case{"base64encode", R"(["héllo"])", R"("aMOpbGxv")"},
        Case{"base64decode", R"(["/w=="])", "error"},
        Case{"textencodebase64", R"(["hé€","UTF-16BE"])", R"("AGgA6SCs")"},
        Case{"textencodebase64", R"(["hé","utf-16"])", R"("/v8AaADp")"},
        Case{"textencodebase64", R"(["hé","US-ASCII"])", "error"},
        Case{"textencodebase64", R"(["hi","nope"])", "error"},
        Case{"textdecodebase64", R"(["aABpAA==","UTF-16LE"])", R"("hi")"},
        Case{"md5", R"(["a"])", R"("0cc175b9c0f1b6a831c399e269772661")"},
        Case{"uuidv5", R"(["dns","www.terraform.io"])",
             R"("a5008fae-b28c-5ba5-96cd-82b4c53552d6")"},
        Case{"uuidv5", R"(["6ba7b810-9dad-11d1-80b4-00c04fd430c8","x"])",
             R"("05b16a01-46c6-56dd-bd6e-c6dfb4a1427a")"},
        Case{"uuidv5", R"(["nope","x"])", "error"},
        Case{"timestamp", R"([])", "<unknown of timestamp()>"}));

INSTANTIATE_TEST_SUITE_P(
    Yaml, TableTest,
    testing::Values(
        Case{"yamldecode",
             R"(["[y, Off, tRue, ~, '', 010, 0o17, 0x1F, 0b11, 1_000, 1e3, .5, 1., 1:30]"])",
             R"([true,false,"tRue",null,"",10,15,31,"0b11","1_000",1000,0.5,1,"1:30"])"},
        Case{
            "yamldecode",
            R"(["[2024-1-2, 2024-01-02 03:04:05, 2001-12-14t21:59:43.10-05:00, 2024-13-01]"])",
            R"(["2024-01-02T00:00:00Z","2024-01-02T03:04:05Z","2001-12-14T21:59:43-05:00","2024-13-01"])"},
        Case{"yamldecode", R"(["a: &x {b: 1}\nd: {<<: *x, e: 2}"])",
             R"({"a":{"b":1},"d":{"b":1,"e":2}})"},
        Case{"yamldecode", R"(["d: {e: 5, <<: {e: 1}}"])", R"({"d":{"e":1}})"},
        Case{"yamldecode", R"(["d: {<<: [{a: 1}]}"])", "error"},
        Case{"yamldecode", R"(["a: 1\na: 2"])", R"({"a":2})"},
        Case{"yamldecode", R"(["a: |\n  x\n  y\nb: >\n  x\n  y\n"])",
             R"({"a":"x\ny\n","b":"x y\n"})"},
        Case{"yamldecode", R"(["a: !!str 5"])", R"({"a":"5"})"},
        Case{"yamldecode", R"(["- !foo x"])", "error"},
        Case{"yamldecode", R"(["---\na\n---\nb\n"])", "error"},
        Case{"yamldecode", R"(["---\n"])", "null"}, Case{"yamldecode", R"([""])", "error"},
        Case{"yamldecode", R"(["a: *y"])", "error"}, Case{"yamldecode", R"(["~: 3"])", "error"},
        Case{"yamldecode", R"(["1: a"])", R"({"1":"a"})"},
        Case{"yamlencode", R"(["a\nb"])", R"("|-\n  a\n  b\n")"},
        Case{"yamlencode", R"([[]])", R"("[]\n")"}, Case{"yamlencode", R"([1])", R"("1\n...\n")"},
        Case{
            "yamlencode",
            R"([{"a":1,"c":[1,"two",null],"d":{"e":{}},"g":[[1,2],[3]],"h":[{"i":1,"j":2}]}])",
            R"("\"a\": 1\n\"c\":\n- 1\n- \"two\"\n- null\n\"d\":\n  \"e\": {}\n\"g\":\n- - 1\n  - 2\n- - 3\n\"h\":\n- \"i\": 1\n  \"j\": 2\n")"},
        Case{
            "yamlencode",
            R"([{"b":"x\n\ny\n","c":" lead\nb","g":"😀","h":"\n","i":"a\n\n","j":"trail \nx"}])",
            R"("\"b\": |\n  x\n\n  y\n\"c\": |2-\n   lead\n  b\n\"g\": \"\\U0001F600\"\n\"h\": |2+\n\n\"i\": |+\n  a\n\n\"j\": \"trail \\nx\"\n")"},
        Case{"yamlencode", R"([{"multi\nline":5}])", R"("? |-\n  multi\n  line\n: 5\n")"},
        Case{"yamlencode", R"([[[[]],{},[{"a":[{"b":"x\ny"}]}]]])",
             R"("- - []\n- {}\n- - \"a\":\n    - \"b\": |-\n        x\n        y\n")"}));

INSTANTIATE_TEST_SUITE_P(
    DatesAndNetworks, TableTest,
    testing::Values(
        Case{"formatdate", R"(["M D HH aa 'it''s'","2024-02-03T04:05:06Z"])",
             R"("2 3 04 am it's")"},
        Case{"formatdate", R"(["EEEE D MMMM YY hh:mm:ss ZZZ","2024-02-03T14:05:06-07:30"])",
             R"("Saturday 3 February 24 14:05:06 -0730")"},
        Case{"formatdate", R"(["X","2024-02-03T04:05:06Z"])", "error"},
        Case{"formatdate", R"(["'open","2024-02-03T04:05:06Z"])", "error"},
        Case{"timeadd", R"(["2024-02-28T23:00:00Z","2h30m"])", R"("2024-02-29T01:30:00Z")"},
        Case{"timeadd", R"(["2024-01-31T00:00:00Z","-1.5h30m2s500ms"])",
             R"("2024-01-30T21:59:57Z")"},
        Case{"timeadd", R"(["2024-01-01T00:00:00+02:00","1h"])", R"("2024-01-01T01:00:00+02:00")"},
        Case{"timeadd", R"(["2024-01-01","1h"])", "error"},
        Case{"timeadd", R"(["2024-01-01T00:00:00Z","1d"])", "error"},
        Case{"timecmp", R"(["2024-01-01T00:00:00Z","2024-01-01T02:00:00+02:00"])", "0"},
        Case{"timecmp", R"(["2023-02-29T00:00:00Z","2024-01-01T00:00:00Z"])", "error"},
        Case{"cidrsubnet", R"(["10.0.0.0/16",8,-1])", R"("0.0.1.0/24")"},
        Case{"cidrsubnet", R"(["10.0.5.7/16",4,15])", R"("10.0.240.0/20")"},
        Case{"cidrsubnet", R"(["010.0.0.0/16",8,1])", R"("10.0.1.0/24")"},
        Case{"cidrsubnet", R"(["10.0.0.0/16",8,256])", "error"},
        Case{"cidrsubnet", R"(["10.0.0.0/16",20,0])", "error"},
        Case{"cidrsubnet", R"(["fd00::/48",16,3])", R"("fd00:0:0:3::/64")"},
        Case{"cidrhost", R"(["10.0.0.0/8",-1])", R"("10.255.255.255")"},
        Case{"cidrhost", R"(["10.0.0.0/8",-16777217])", "error"},
        Case{"cidrhost", R"(["fd00::/64",1])", R"("fd00::1")"},
        Case{"cidrnetmask", R"(["172.16.0.0/12"])", R"("255.240.0.0")"},
        Case{"cidrnetmask", R"(["fd00::/64"])", "error"},
        Case{"cidrsubnets", R"(["10.0.0.0/16",4,4,8])",
             R"(["10.0.0.0/20","10.0.16.0/20","10.0.32.0/24"])"},
        Case{"cidrsubnets", R"(["10.0.0.0/16",1,1,1])", "error"},
        Case{"cidrsubnets", R"(["10.0.0.0/16"])", "[]"}, Case{"basename", R"([""])", R"(".")"},
        Case{"basename", R"(["/a/b/c.txt"])", R"("c.txt")"},
        Case{"dirname", R"(["/a/"])", R"("/a")"}, Case{"dirname", R"(["a"])", R"(".")"},
        Case{"pathexpand", R"(["/x/~"])", R"("/x/~")"}));

INSTANTIATE_TEST_SUITE_P(
    Unknown, TableTest,
    testing::Values(Case{"length", R"([[{"?":"u"},"x"]])", "2"},
                    Case{"contains", R"([[{"?s":"u"},"x"],"x"])", "true"},
                    Case{"merge", R"([{"a":1},{"b":{"?":"u"}}])", R"({"a":1,"b":<unknown u>})"},
                    Case{"keys", R"([{"a":{"?":"u"}}])", R"(["a"])"},
                    Case{"values", R"([{"a":{"?":"u"}}])", "[<unknown u>]"},
                    Case{"zipmap", R"([["a"],[{"?":"u"}]])", R"({"a":<unknown u>})"},
                    Case{"slice", R"([[1,{"?":"u"}],0,1])", "[1]"},
                    Case{"element", R"([[1,{"?":"u"}],0])", "1"},
                    Case{"flatten", R"([[[{"?s":"u"}],["x"]]])", R"([<unknown u>,"x"])"},
                    Case{"coalesce", R"([null,"y",{"?s":"u"}])", R"("y")"},
                    Case{"coalesce", R"([{"?prefix":["u","a"]},"x"])", "<unknown u>"},
                    Case{"startswith", R"([{"?prefix":["u","ab-"]},"ab-"])", "true"},
                    Case{"startswith", R"([{"?prefix":["u","ab-"]},"x"])", "false"},
                    Case{"startswith", R"([{"if":["p","prod-a","prod-b"]},"prod-"])", "true"},
                    Case{"tolist", R"([[{"?s":"u"},1]])", R"([<unknown u>,"1"])"},
                    Case{"lookup", R"([{"a":1,"b":2},{"?s":"u"},2])",
                         R"(<u = "a": 1 | u != "a": 2>)"},
                    Case{"alltrue", R"([[false,{"?b":"u"}]])", "false"},
                    Case{"alltrue", R"([[true,{"?b":"u"}]])", "<u: true | not u: false>"},
                    Case{"contains", R"([["a","b"],{"?s":"u"}])",
                         R"(<u = "a" or u = "b": true | u != "a" and u != "b": false>)"},
                    Case{"upper", R"([{"if":["p","a","b"]}])", R"(<p: "A" | not p: "B">)"},
                    Case{"upper", R"([{"?s":"u"}])", "<unknown upper(u)>"},
                    Case{"format", R"~(["%s",{"?s":"u"}])~", R"~(<unknown format("%s", u)>)~"}));

INSTANTIATE_TEST_SUITE_P(
    Guarded, TableTest,
    testing::Values(
        Case{"length", R"([["a",{"guarded":["p","b"]}]])", "<p: 2 | not p: 1>"},
        Case{"concat", R"([["a"],[{"guarded":["p","b"]}]])", R"(["a",(p: "b")])"},
        Case{"flatten", R"([[["a"],{"guarded":["p",["b"]]}]])", R"(["a",(p: "b")])"},
        Case{"flatten", R"([[["a"],{"if":["p",["b"],[]]}]])", R"(["a",(p: "b")])"},
        Case{"merge", R"([{"a":1},{"if":["p",{"a":2,"b":3},{}]}])",
             R"({"a":<p: 2 | not p: 1>,"b":(p: 3)})"},
        Case{"lookup", R"([{"a":{"guarded":["p",1]}},"a",0])", "<p: 1 | not p: 0>"},
        Case{"element", R"([[{"guarded":["p","a"]},"b"],0])", R"(<p: "a" | not p: "b">)"},
        Case{"one", R"([[{"guarded":["p","a"]}]])", R"(<p: "a" | not p: null>)"},
        Case{"tolist", R"([["a",{"guarded":["p",1]}]])", R"(["a",(p: "1")])"},
        Case{"toset", R"([["b",{"guarded":["p","a"]},{"guarded":["p","b"]}]])",
             R"([(p: "a"),"b"])"},
        Case{"toset", R"([[{"if":["p","a","b"]}]])", R"([(p: "a"),(not p: "b")])"},
        Case{"keys", R"([{"a":{"guarded":["p",1]},"b":2}])", R"([(p: "a"),"b"])"},
        Case{"distinct", R"([[{"guarded":["p","a"]},"a"]])", R"([(p: "a"),(not p: "a")])"},
        Case{"join", R"([",",["a",{"guarded":["p","b"]}]])", R"(<p: "a,b" | not p: "a">)"},
        Case{"contains", R"([["a",{"guarded":["p","b"]}],"b"])", "<p: true | not p: false>"},
        Case{"compact", R"([["a",{"if":["p","","b"]}]])", R"(["a",(not p: "b")])"},
        Case{"jsonencode", R"([{"a":{"if":["p",1,2]}}])",
             R"(<p: "{\"a\":1}" | not p: "{\"a\":2}">)"}));

TEST_F(FunctionTest, TypesOfResults) {
  EXPECT_EQ(type("tolist", R"([[{"a":1},{"b":2}]])"), "list(map(number))");
  EXPECT_EQ(type("tolist", R"([["a",1]])"), "list(string)");
  EXPECT_EQ(type("keys", R"([{"b":1,"a":2}])"), "tuple([string, string])");
  EXPECT_EQ(type("merge", R"([{"map":{"a":1}},{"map":{"b":2}}])"), "map(number)");
  EXPECT_EQ(type("merge", R"([{"map":{"a":1}},{"map":{"b":"x"}}])"),
            "object({a=number, b=string})");
  EXPECT_EQ(type("concat", R"([{"list":["a"]},{"list":[1]}])"), "list(string)");
  EXPECT_EQ(type("setproduct", R"([["a","b"],[1,2]])"), "list(tuple([string, number]))");
  EXPECT_EQ(type("tomap", R"([{"a":[1],"b":["x"]}])"), "map(tuple([string]))");
}

TEST_F(FunctionTest, RefinesWhatStaysUnknown) {
  Value joined = call("join", {value("\",\""), value(R"(["a",{"?s":"u"}])")});
  ASSERT_TRUE(joined.is_unknown());
  EXPECT_EQ(joined.unknown().prefix, "a,");
  Value formatted = call("format", {value("\"ab-%s\""), value(R"({"?prefix":["u","x"]})")});
  EXPECT_EQ(formatted.unknown().prefix, "ab-x");
  EXPECT_TRUE(formatted.unknown().not_null);
  Value json = call("jsonencode", {value(R"({"b":1,"a":{"?s":"u"}})")});
  ASSERT_TRUE(json.is_unknown());
  EXPECT_EQ(json.unknown().prefix, "{\"a\":");
  ASSERT_NE(json.unknown().structure, nullptr);
  EXPECT_EQ(model::to_text(*json.unknown().structure), R"({"b":1,"a":<unknown u>})");
  ASSERT_EQ(json.unknown().causes().size(), 1u);
  EXPECT_EQ(json.unknown().causes()[0].text(), "u");
  Value list = call("length", {value(R"({"?ls":"u"})")});
  EXPECT_EQ(*list.unknown().minimum, core::Number(0));
}

TEST_F(FunctionTest, SameCallOnSameUnknownIsTheSameValue) {
  Value u = unknown("u", model::string_type());
  EXPECT_TRUE(model::same_value(call("upper", {u}), call("upper", {u})));
  EXPECT_FALSE(model::same_value(call("upper", {u}), call("lower", {u})));
  // Another kind is another identity: "5" and 5 must not exclude each other.
  Value n = unknown("n", model::number_type());
  EXPECT_FALSE(model::same_value(n, call("tostring", {n})));
  EXPECT_TRUE(model::same_value(u, call("tostring", {u})));
}

TEST_F(FunctionTest, SecretsStayMarkedAndOutOfNames) {
  Value secret = value(R"({"sensitive":"hunter2"})");
  Value upper = call("upper", {secret});
  EXPECT_TRUE(upper.has_mark(model::kSensitive));
  Value joined = call("format", {value("\"%s%s\""), unknown("u", model::string_type()), secret});
  EXPECT_TRUE(joined.has_mark(model::kSensitive));
  EXPECT_EQ(joined.unknown().id.text().find("hunter2"), std::string_view::npos);
  Value parts = call("merge", {value(R"({"a":{"sensitive":"x"},"b":1})")});
  EXPECT_FALSE(parts.has_mark(model::kSensitive));
  EXPECT_TRUE(parts.find("a")->has_mark(model::kSensitive));
  EXPECT_TRUE(
      call("join", {value("\",\""), value(R"([{"sensitive":"x"}])")}).has_mark(model::kSensitive));
  EXPECT_FALSE(call("nonsensitive", {secret}).has_mark(model::kSensitive));
  EXPECT_TRUE(call("issensitive", {secret}).is_true());
  EXPECT_FALSE(call("issensitive", {secret}).has_mark(model::kSensitive));
}

TEST_F(FunctionTest, ElementsKeepTheirOriginAndOthersGetOne) {
  model::Origin literal;
  literal.span = {0, 5, 8};
  Value a = model::with_origin(model::with_span(value("\"a\""), literal.span), &literal);
  Value list = model::list_value(std::vector<Value>{a}, arena, ValueKind::kTuple);
  context.call_span = {0, 0, 20};
  Value chosen = call("element", {list, value("0")});
  EXPECT_EQ(chosen.origin, &literal);
  EXPECT_EQ(chosen.span, literal.span);
  Value upper = call("upper", {a});
  ASSERT_NE(upper.origin, nullptr);
  EXPECT_EQ(upper.origin->kind, model::OriginKind::kFunction);
  EXPECT_EQ(upper.origin->what, "upper");
  EXPECT_EQ(upper.span, context.call_span);
  EXPECT_EQ(model::deciding_literal(upper.origin), &literal);
  Value joined = call("join", {value("\"\""), list});
  EXPECT_EQ(model::deciding_literal(joined.origin), &literal);
}

TEST_F(FunctionTest, SaysWhenItFails) {
  Value list = value(R"({"if":["p",["a"],[]]})");
  CallResult first = result("element", {list, value("0")});
  ASSERT_FALSE(first.is_error);
  EXPECT_EQ(guards.to_text(first.fails_when), "not p");
  CallResult never = result("upper", {value(R"({"if":["p","a","b"]})")});
  EXPECT_EQ(never.fails_when, model::kNever);
}

TEST_F(FunctionTest, ManyGuardsWidenInsteadOfExploding) {
  std::vector<Value> items;
  for (int i = 0; i < 40; ++i) {
    items.push_back(model::with_guard(model::string_value("x"), atom("v" + std::to_string(i))));
  }
  Value list = model::list_value(items, arena);
  Value length = call("length", {list});
  ASSERT_TRUE(length.is_unknown());
  EXPECT_EQ(*length.unknown().minimum, core::Number(0));
  EXPECT_EQ(*length.unknown().maximum, core::Number(40));
  EXPECT_TRUE(call("join", {value("\",\""), list}).is_unknown());
  EXPECT_EQ(call("concat", {list, list}).size, 80u);
}

TEST_F(FunctionTest, JsonRoundTripKeepsUnknownParts) {
  Value json = call("jsonencode", {value(R"({"a":{"?s":"u"},"b":1})")});
  EXPECT_EQ(model::to_text(call("jsondecode", {json})), R"({"a":<unknown u>,"b":1})");
}

TEST_F(FunctionTest, ReadsFilesInsideTheBoundaryOnly) {
  core::MemoryFileSystem files{{"/repo/m/a.txt", "hi"},
                               {"/repo/m/d/b.json", "{}"},
                               {"/repo/m/d/e/c.json", "[]"},
                               {"/repo/bin", "\xff"},
                               {"/secret", "no"}};
  files.add_symlink("/repo/m/link", "/secret");
  context.file_system = &files;
  context.module_directory = "/repo/m";
  context.boundary = "/repo";
  EXPECT_EQ(run("file", R"(["a.txt"])"), R"("hi")");
  EXPECT_EQ(run("file", R"(["../m/a.txt"])"), R"("hi")");
  EXPECT_TRUE(fails("file", R"(["none.txt"])"));
  EXPECT_TRUE(fails("file", R"(["../bin"])"));
  EXPECT_EQ(run("filebase64", R"(["../bin"])"), R"("/w==")");
  EXPECT_EQ(run("filemd5", R"(["a.txt"])"), R"("49f68a5c8493ec2c0bf489821c21fc3b")");
  EXPECT_EQ(run("fileexists", R"(["a.txt"])"), "true");
  EXPECT_EQ(run("fileexists", R"(["b.txt"])"), "false");
  EXPECT_EQ(run("fileset", R"([".","**/*.json"])"), R"(["d/b.json","d/e/c.json"])");
  EXPECT_EQ(run("fileset", R"(["d","*.{json,yaml}"])"), R"(["b.json"])");
  EXPECT_EQ(run("fileset", R"([".","[a-b].t?t"])"), R"(["a.txt"])");
  files.forget_records();
  for (const char* path : {R"(["/secret"])", R"(["../../secret"])", R"(["link"])", R"(["~/x"])"}) {
    EXPECT_EQ(run("file", path).rfind("<unknown", 0), 0u) << path;
  }
  EXPECT_TRUE(files.files_read().empty());
  context.file_system = nullptr;
  EXPECT_EQ(run("file", R"(["a.txt"])").rfind("<unknown", 0), 0u);
}

TEST_F(FunctionTest, FindsNames) {
  EXPECT_NE(find_function("core::upper"), nullptr);
  EXPECT_EQ(find_function("nope"), nullptr);
  EXPECT_EQ(find_function("try"), nullptr);
  EXPECT_EQ(find_function("range")->max_arguments(), -1);
  EXPECT_EQ(find_function("substr")->min_arguments(), 3);
  std::vector<std::string_view> names = function_names();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
}

}  // namespace
}  // namespace assay::formats::terraform
