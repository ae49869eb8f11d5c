#include "parsers/core/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace assay::core {
namespace {

std::string quoted(std::string_view text, bool html_safe = false) {
  std::string out;
  append_json_string(out, text, html_safe);
  return out;
}

TEST(JsonWriterTest, Escapes) {
  EXPECT_EQ(quoted("plain é 😀"), "\"plain é 😀\"");
  EXPECT_EQ(quoted("a\"b\\c\n\r\t\b\f"), R"("a\"b\\c\n\r\t\b\f")");
  EXPECT_EQ(quoted(std::string_view("\x00\x1f\x7f", 3)), "\"\\u0000\\u001f\x7f\"");
  EXPECT_EQ(quoted("<a&b>\u2028"), "\"<a&b>\u2028\"");
  EXPECT_EQ(quoted("<a&b>\u2028\u2029", true), "\"\\u003ca\\u0026b\\u003e\\u2028\\u2029\"");
}

TEST(JsonWriterTest, InvalidUtf8BecomesTheReplacementCharacter) {
  EXPECT_EQ(quoted("a\xff"
                   "b"),
            "\"a\ufffdb\"");
  EXPECT_EQ(quoted("\xc3"), "\"\ufffd\"");
  EXPECT_EQ(quoted("\xed\xa0\x80"), "\"\ufffd\ufffd\ufffd\"");  // a surrogate
  EXPECT_EQ(quoted("\xc0\xaf"), "\"\ufffd\ufffd\"");            // overlong
}

TEST(JsonWriterTest, Compact) {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("a", 1).key("b").begin_array();
  json.value("x").value(true).null().value(-2.5).value(uint64_t{18446744073709551615u});
  json.begin_object().end_object().begin_array().end_array().end_array();
  json.key("n").raw("0.1000").end_object();
  EXPECT_TRUE(json.complete());
  EXPECT_EQ(out, R"({"a":1,"b":["x",true,null,-2.5,18446744073709551615,{},[]],"n":0.1000})");
}

TEST(JsonWriterTest, Pretty) {
  std::string out;
  JsonWriter json(out, JsonWriter::Style::kPretty);
  json.begin_object()
      .field("a", std::string("x"))
      .key("b")
      .begin_array()
      .value(1)
      .value(2)
      .end_array();
  json.key("c").begin_object().end_object().end_object();
  EXPECT_EQ(out, "{\n  \"a\": \"x\",\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": {}\n}");
}

TEST(JsonWriterTest, Numbers) {
  std::string out;
  JsonWriter json(out);
  json.begin_array().value(0.1).value(1e300).value(NAN).value(INFINITY);
  json.value(std::numeric_limits<int64_t>::min()).value(uint8_t{7}).end_array();
  EXPECT_EQ(out, "[0.1,1e+300,null,null,-9223372036854775808,7]");
}

}  // namespace
}  // namespace assay::core
