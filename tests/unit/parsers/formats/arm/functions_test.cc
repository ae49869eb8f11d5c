#include "tests/unit/parsers/formats/arm/arm_fixture.h"

namespace assay::formats {
namespace {

TEST(ArmFunctions, Texts) {
  EXPECT_EQ(value_of("concat('a', 'b', 1, true())"), "\"ab1True\"");
  EXPECT_EQ(value_of("toUpper('aä')"), "\"AÄ\"");
  EXPECT_EQ(value_of("TOLOWER('AB')"), "\"ab\"");
  EXPECT_EQ(value_of("substring('hello', 1, 3)"), "\"ell\"");
  EXPECT_EQ(value_of("substring('hello', 2)"), "\"llo\"");
  EXPECT_EQ(value_of("replace('a-b-c', '-', '')"), "\"abc\"");
  EXPECT_EQ(value_of("split('a,b;c', createArray(',', ';'))"), "[\"a\",\"b\",\"c\"]");
  EXPECT_EQ(value_of("join(createArray('a', 'b'), '/')"), "\"a/b\"");
  EXPECT_EQ(value_of("trim('  a ')"), "\"a\"");
  EXPECT_EQ(value_of("padLeft('7', 3, '0')"), "\"007\"");
  EXPECT_EQ(value_of("padLeft(7, 3)"), "\"  7\"");
  EXPECT_EQ(value_of("startsWith('Hello', 'he')"), "true");
  EXPECT_EQ(value_of("endsWith('Hello', 'LO')"), "true");
  EXPECT_EQ(value_of("indexOf('abcabc', 'C')"), "2");
  EXPECT_EQ(value_of("lastIndexOf('abcabc', 'c')"), "5");
  EXPECT_EQ(value_of("format('{0}-{1:D3}-{{x}}', 'a', 7)"), "\"a-007-{x}\"");
  EXPECT_EQ(value_of("base64('one')"), "\"b25l\"");
  EXPECT_EQ(value_of("base64ToString('b25l')"), "\"one\"");
  EXPECT_EQ(value_of("uriComponent('a b/c')"), "\"a%20b%2Fc\"");
  EXPECT_EQ(value_of("uriComponentToString('a%20b')"), "\"a b\"");
  EXPECT_EQ(value_of("uri('http://x.org/a/b.json', 'c.json')"), "\"http://x.org/a/c.json\"");
  EXPECT_EQ(value_of("uri('http://x.org/a/', '../c')"), "\"http://x.org/c\"");
  EXPECT_EQ(value_of("string(createArray(1, 'a'))"), "\"[1,\\\"a\\\"]\"");
}

TEST(ArmFunctions, NumbersAndComparison) {
  EXPECT_EQ(value_of("add(2, 3)"), "5");
  EXPECT_EQ(value_of("sub(2, 3)"), "-1");
  EXPECT_EQ(value_of("mul(2, 3)"), "6");
  EXPECT_EQ(value_of("div(7, 2)"), "3");
  EXPECT_EQ(value_of("mod(7, 2)"), "1");
  EXPECT_EQ(value_of("min(3, 1, 2)"), "1");
  EXPECT_EQ(value_of("max(createArray(3, 1, 2))"), "3");
  EXPECT_EQ(value_of("int('42')"), "42");
  EXPECT_EQ(value_of("less(1, 2)"), "true");
  EXPECT_EQ(value_of("greaterOrEquals('b', 'b')"), "true");
  EXPECT_EQ(value_of("equals('a', 'A')"), "false");
  EXPECT_EQ(value_of("equals(1, '1')"), "false");
  EXPECT_EQ(value_of("div(1, 0)"), "<unknown div> ! div(): division by zero");
}

TEST(ArmFunctions, Logic) {
  EXPECT_EQ(value_of("and(true(), not(false()))"), "true");
  EXPECT_EQ(value_of("or(false(), bool('true'))"), "true");
  EXPECT_EQ(value_of("if(equals(1, 1), 'a', parameters('nothing'))"), "\"a\"");
  EXPECT_EQ(value_of("coalesce(null(), json('null'), 'c')"), "\"c\"");
  EXPECT_EQ(value_of("empty('')"), "true");
  EXPECT_EQ(value_of("empty(createArray())"), "true");
}

TEST(ArmFunctions, ArraysAndObjects) {
  EXPECT_EQ(value_of("createArray(1, 'a')"), "[1,\"a\"]");
  EXPECT_EQ(value_of("createObject('a', 1).a"), "1");
  EXPECT_EQ(value_of("length('äb')"), "2");
  EXPECT_EQ(value_of("length(createObject('a', 1))"), "1");
  EXPECT_EQ(value_of("contains(createArray('a'), 'a')"), "true");
  EXPECT_EQ(value_of("contains(createObject('Key', 1), 'key')"), "true");
  EXPECT_EQ(value_of("contains('abc', 'B')"), "false");
  EXPECT_EQ(value_of("first('xyz')"), "\"x\"");
  EXPECT_EQ(value_of("last(createArray(1, 2))"), "2");
  EXPECT_EQ(value_of("union(createArray(1, 2), createArray(2, 3))"), "[1,2,3]");
  EXPECT_EQ(value_of("union(createObject('a', createObject('x', 1)), createObject('a', createObject('y', 2)))"),
            "{\"a\":{\"x\":1,\"y\":2}}");
  EXPECT_EQ(value_of("intersection(createArray(1, 2), createArray(2))"), "[2]");
  EXPECT_EQ(value_of("range(3, 3)"), "[3,4,5]");
  EXPECT_EQ(value_of("take(createArray(1, 2, 3), 2)"), "[1,2]");
  EXPECT_EQ(value_of("skip('hello', 2)"), "\"llo\"");
  EXPECT_EQ(value_of("items(createObject('b', 2, 'a', 1))[0].key"), "\"a\"");
  EXPECT_EQ(value_of("objectKeys(createObject('b', 2, 'a', 1))"), "[\"a\",\"b\"]");
  EXPECT_EQ(value_of("json('{\\\"a\\\": [1]}').a[0]"), "1");
  EXPECT_EQ(value_of("tryGet(createObject('a', 1), 'b')"), "null");
  EXPECT_EQ(value_of("flatten(createArray(createArray(1), createArray(2)))"), "[1,2]");
  EXPECT_EQ(value_of("shallowMerge(createArray(createObject('a', 1), createObject('a', 2)))"), "{\"a\":2}");
}

TEST(ArmFunctions, Lambdas) {
  EXPECT_EQ(value_of("map(createArray('a', 'b'), lambda('i', concat(lambdaVariables('i'), 'x')))"),
            "[\"ax\",\"bx\"]");
  EXPECT_EQ(value_of("filter(range(0, 4), lambda('i', greater(lambdaVariables('i'), 1)))"), "[2,3]");
  EXPECT_EQ(value_of("reduce(range(1, 3), 0, lambda('a', 'b', add(lambdaVariables('a'), lambdaVariables('b'))))"), "6");
  EXPECT_EQ(value_of("toObject(createArray('a'), lambda('k', lambdaVariables('k')), lambda('k', 1)).a"), "1");
  EXPECT_EQ(value_of("lambda('i', 1)"),
            "<unknown lambda> ! lambda() can only be an argument of map(), filter() and their like");
}

TEST(ArmFunctions, UnknownPartsKeepWhatIsCertain) {
  std::string p = "\"parameters\": {\"p\": {\"type\": \"string\"}, \"l\": {\"type\": \"array\"}, \"b\": {\"type\": \"bool\"}}";
  EXPECT_EQ(value_of("startsWith('ab', 'a')", p), "true");
  EXPECT_EQ(value_of("if(parameters('b'), 'x', 'y')", p), "<param.b: \"x\" | not param.b: \"y\">");
  EXPECT_EQ(value_of("or(parameters('b'), not(parameters('b')))", p), "true");
  EXPECT_EQ(value_of("equals(parameters('p'), parameters('p'))", p), "true");
  EXPECT_EQ(value_of("equals(concat('a', parameters('p')), 'b')", p), "false");
  EXPECT_EQ(value_of("length(createArray(parameters('p'), 1))", p), "2");
  EXPECT_EQ(value_of("contains(createArray('a', parameters('p')), 'a')", p), "true");
  EXPECT_EQ(value_of("concat(createArray('a'), parameters('l'))[0]", p).substr(0, 8), "<unknown");
  EXPECT_EQ(value_of("length(uniqueString('a'))", p), "13");
  EXPECT_EQ(value_of("equals(uniqueString(parameters('p')), uniqueString(parameters('p')))", p), "true");
  EXPECT_EQ(value_of("coalesce(parameters('p'), 'x')", p), "<unknown param.p>");
}

TEST(ArmFunctions, MistakesAreProblems) {
  EXPECT_EQ(value_of("contat('a')"), "<unknown contat> ! there is no function contat; did you mean \"concat\"?");
  EXPECT_EQ(value_of("not()"), "<unknown not> ! not takes 1 arguments, not 0");
  EXPECT_EQ(value_of("createArray(1)[3]"), "<unknown element> ! there is no such element in an array of 1");
  EXPECT_EQ(value_of("createObject('name', 1).nama"),
            "<unknown nama> ! the object has no property nama; did you mean \"name\"?");
  EXPECT_EQ(value_of("json('{')"), "<unknown json> ! the argument of json() is no JSON");
  EXPECT_EQ(value_of("fail('no')"), "<unknown fail> ! fail(): the template stops here: no");
  EXPECT_EQ(value_of("format('{1}', 'a')"), "<unknown format> ! format() has no argument for {1}");
}

TEST(ArmFunctions, MadeTextHasALimit) {
  std::string call = "'0123456789abcdef'";
  std::string variables = "\"variables\": {\"v0\": \"0123456789abcdef\"";
  for (int i = 1; i < 24; ++i) {
    std::string before = "variables('v" + std::to_string(i - 1) + "')";
    variables += ", \"v" + std::to_string(i) + "\": \"[concat(" + before + ", " + before + ")]\"";
  }
  std::string text = value_of("variables('v23')", variables + "}");
  EXPECT_NE(text.find("too much text"), std::string::npos) << text.substr(0, 200);
}

}  // namespace
}  // namespace assay::formats
