#include "parsers/formats/terraform/plan/plan.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/plan/archive.h"
#include "parsers/formats/terraform/plan/json_plan.h"
#include "parsers/formats/terraform/plan/lower_plan.h"
#include "parsers/formats/terraform/plan/wire.h"
#include "parsers/syntax/json/reader.h"

namespace assay::formats::terraform {
namespace {

// A plan that Terraform 1.11 wrote for a root with count, for_each, a module and a sensitive variable.
std::string real_plan() {
  std::ifstream file("tests/unit/parsers/formats/terraform/plan/data/terraform_data.tfplan", std::ios::binary);
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

struct Read {
  model::Root root;
  core::SourceSet sources;
  std::unique_ptr<syntax::Tree> tree;
  Plan plan;
  bool ok = false;

  static std::unique_ptr<Read> json(std::string text) {
    auto out = std::make_unique<Read>();
    core::FileId id = out->sources.add("tfplan.json", std::move(text));
    out->tree = syntax::read_json(id, out->sources.text(id));
    out->root.path = "tfplan.json";
    out->ok = is_json_plan(*out->tree) && read_json_plan(*out->tree, out->root, true, &out->plan);
    return out;
  }
  static std::unique_ptr<Read> binary(std::string text) {
    auto out = std::make_unique<Read>();
    core::FileId id = out->sources.add("tfplan", std::move(text));
    out->root.path = "tfplan";
    out->ok = read_binary_plan(id, out->sources.text(id), out->root, &out->plan);
    return out;
  }
  std::string after(const std::string& address, std::string_view path) const {
    const PlannedChange* change = plan.find(address);
    if (!change) return "no such resource";
    const model::Value* value = model::at_path(change->after, path);
    return value ? model::to_text(*value) : "absent";
  }
  std::string first_code() const { return root.problems.empty() ? "" : root.problems[0].code; }
};

std::string change_of(const std::string& change) {
  return R"({"format_version":"1.2","resource_changes":[{"address":"aws_x.y","mode":"managed","type":"aws_x","name":"y","change":)" +
         change + "}]}";
}

TEST(PlanAddress, IsTakenApart) {
  core::Arena arena;
  PlanAddress at;
  ModuleSeen modules;
  ASSERT_TRUE(parse_plan_address(R"(module.a["x.y[0]\"z"].module.b[2].data.aws_t.n["k"])", arena, &at, &modules));
  EXPECT_EQ(at.module_path, "module.a.module.b");
  EXPECT_EQ(at.base, "data.aws_t.n");
  EXPECT_TRUE(at.data);
  EXPECT_EQ(at.key.text(), "k");
  EXPECT_EQ(at.text(), R"(module.a["x.y[0]\"z"].module.b[2].data.aws_t.n["k"])");
  ASSERT_EQ(modules.size(), 2u);
  EXPECT_EQ(modules[0].second.text(), "x.y[0]\"z");
  EXPECT_EQ(modules[1].first, R"(module.a["x.y[0]\"z"].module.b)");
  for (std::string_view bad : {"", "a", "a.", ".b", "module.a", "module.a.b", "a.b[", "a.b[\"x", "a.b[x]", "a.b[0]c", "data.a"}) {
    EXPECT_FALSE(parse_plan_address(bad, arena, &at)) << bad;
  }
}

TEST(JsonPlan, ValuesUnknownsAndMasks) {
  auto read = Read::json(change_of(R"({"actions":["create"],"before":null,
    "after":{"a":"x","list":[1,null],"object":{"k":true},"secret":"s3cret","none":null},
    "after_unknown":{"id":true,"list":[false,true],"object":{"u":true},"blocks":true},
    "after_sensitive":{"secret":true,"object":{"k":true}}})"));
  ASSERT_TRUE(read->ok);
  EXPECT_EQ(read->after("aws_x.y", "a"), "\"x\"");
  EXPECT_EQ(read->after("aws_x.y", "list[0]"), "1");
  EXPECT_EQ(read->after("aws_x.y", "list[1]"), "<unknown aws_x.y.list[1]>");
  EXPECT_EQ(read->after("aws_x.y", "object.k"), "(sensitive)");
  EXPECT_EQ(read->after("aws_x.y", "object.u"), "<unknown aws_x.y.object.u>");
  EXPECT_EQ(read->after("aws_x.y", "id"), "<unknown aws_x.y.id>");
  EXPECT_EQ(read->after("aws_x.y", "blocks"), "<unknown aws_x.y.blocks>");
  EXPECT_EQ(read->after("aws_x.y", "secret"), "(sensitive)");
  EXPECT_EQ(read->after("aws_x.y", "none"), "null");
  // Spans of what the masks cover, so that no report quotes them.
  ASSERT_EQ(read->plan.secrets.size(), 2u);
}

TEST(JsonPlan, SecretsAreKnownWhereverTheyStand) {
  auto read = Read::json(
      R"({"format_version":"1.2","variables":{"p":{"value":"hunter22"}},
      "planned_values":{"root_module":{"resources":[{"address":"a.b","values":{"x":"hunter22"},"sensitive_values":{"x":true}}]}},
      "configuration":{"root_module":{"variables":{"p":{"sensitive":true,"default":"hunter22"}},
        "resources":[{"address":"a.b","expressions":{"x":{"constant_value":"hunter22"}}}]}}})");
  ASSERT_TRUE(read->ok);
  std::string text(read->sources.text(0));
  for (const core::Span& span : read->plan.secrets) {
    for (uint32_t i = span.begin; i < span.end; ++i) text[i] = '*';
  }
  EXPECT_EQ(text.find("hunter22"), std::string::npos) << text;
  EXPECT_EQ(read->after("a.b", "x"), "(sensitive)");  // planned values count where there are no changes
}

TEST(JsonPlan, DeletesAreNotJudgedButSeen) {
  auto read = Read::json(change_of(R"({"actions":["delete"],"before":{"name":"old"},"after":null,"after_unknown":{}})"));
  ASSERT_TRUE(read->ok);
  EXPECT_EQ(read->plan.find("aws_x.y"), nullptr);
  lower_plan(read->plan, read->root);
  add_change_views(read->plan, read->root);
  ASSERT_EQ(read->root.resources.size(), 1u);
  const model::Resource& row = read->root.resources[0];
  EXPECT_EQ(row.kind, "change");
  ASSERT_EQ(row.views.size(), 1u);
  EXPECT_EQ(row.views[0].type.text(), "terraform/change");
  EXPECT_EQ(model::to_text(*model::at_path(row.views[0].value, "before.name")), "\"old\"");
  EXPECT_EQ(model::to_text(*row.views[0].value.find("actions")), "[\"delete\"]");
}

TEST(JsonPlan, AloneItBecomesResourcesWithEdges) {
  auto read = Read::json(R"({"format_version":"1.2","resource_changes":[
    {"address":"aws_s3_bucket.b[\"k\"]","change":{"actions":["create"],"before":null,"after":{"bucket":"x","tags":null},"after_unknown":{"id":true,"logging":true},"after_sensitive":{}}},
    {"address":"module.m.aws_s3_bucket_acl.a","change":{"actions":["create"],"before":null,"after":{"acl":"private"},"after_unknown":{"bucket":true},"after_sensitive":{}}}],
    "configuration":{"root_module":{
      "resources":[{"address":"aws_s3_bucket.b","expressions":{"bucket":{"constant_value":"x"}}}],
      "module_calls":{"m":{"source":"./m","expressions":{"id":{"references":["aws_s3_bucket.b[\"k\"].id","aws_s3_bucket.b[\"k\"]","aws_s3_bucket.b"]}},
        "module":{"resources":[{"address":"aws_s3_bucket_acl.a","expressions":{"bucket":{"references":["var.id"]}}}]}}}}}})");
  ASSERT_TRUE(read->ok);
  lower_plan(read->plan, read->root);
  const model::Resource& bucket = read->root.resources[0];
  EXPECT_EQ(bucket.address, "aws_s3_bucket.b[\"k\"]");
  EXPECT_EQ(bucket.stable_address, "aws_s3_bucket.b");
  // What only the provider knows, and nulls, are absent as they are in sources.
  EXPECT_EQ(bucket.attributes.size, 1u);
  EXPECT_EQ(read->sources.text(bucket.attributes.find("bucket")->span), "\"x\"");
  const model::Resource& acl = read->root.resources[1];
  EXPECT_EQ(acl.module_path, "module.m");
  const model::Value* unknown = acl.attributes.find("bucket");
  ASSERT_TRUE(unknown && unknown->is_unknown());
  EXPECT_EQ(unknown->unknown().causes()[0].text(), "module.m.var.id");
  ASSERT_EQ(read->root.edges.size(), 1u);
  EXPECT_EQ(read->root.edges[0].from, acl.index);
  EXPECT_EQ(read->root.edges[0].to, bucket.index);
}

TEST(JsonPlan, AloneItDeclaresVariablesAndOutputs) {
  auto read = Read::json(R"({"format_version":"1.2","variables":{"size":{"value":2}},
    "planned_values":{"outputs":{"url":{"value":"https://x","sensitive":false}},"root_module":{}},
    "configuration":{"root_module":{
      "variables":{"size":{"default":1,"description":"how many"},"token":{"default":"t0ken","sensitive":true},"open":{}},
      "outputs":{"url":{"expression":{"references":["a.b"]},"description":"where"}},
      "module_calls":{"m":{"source":"./m","module":{
        "variables":{"list":{"default":["a",{"k":null}]}},
        "outputs":{"fixed":{"expression":{"constant_value":"c"}},"open":{"expression":{"references":["a.b"]}}}}}}}}})");
  ASSERT_TRUE(read->ok);
  lower_plan(read->plan, read->root);
  std::map<std::string, const model::Resource*> rows;
  for (const model::Resource& row : read->root.resources) rows.emplace(row.address, &row);
  auto at = [&](const char* address, const char* path) -> std::string {
    auto row = rows.find(address);
    if (row == rows.end()) return "no row";
    const model::Value* value = model::at_path(row->second->attributes, path);
    return value ? model::to_text(*value) : "absent";
  };
  EXPECT_EQ(at("var.size", "default"), "1");
  EXPECT_EQ(at("var.size", "description"), "\"how many\"");
  EXPECT_EQ(at("var.token", "default"), "(sensitive)");
  EXPECT_EQ(at("var.open", "name"), "\"open\"");
  EXPECT_EQ(at("var.open", "default"), "absent");
  EXPECT_EQ(at("output.url", "value"), "\"https://x\"");
  EXPECT_EQ(at("module.m.var.list", "default[0]"), "\"a\"");
  EXPECT_EQ(at("module.m.output.fixed", "value"), "\"c\"");
  EXPECT_TRUE(model::at_path(rows["module.m.output.open"]->attributes, "value")->is_unknown());
  EXPECT_EQ(rows["var.size"]->kind, "variable");
  EXPECT_EQ(rows["output.url"]->kind, "output");
  EXPECT_EQ(rows["module.m.var.list"]->module_path, "module.m");
}

TEST(JsonPlan, OtherVersionsAndShapesAreProblems) {
  auto read = Read::json(R"({"format_version":"2.0","planned_values":{}})");
  EXPECT_TRUE(read->ok);
  EXPECT_EQ(read->first_code(), "plan-version");
  EXPECT_NE(read->root.problems[0].message.find("2.0"), std::string::npos);
  EXPECT_EQ(Read::json(R"({"format_version":3,"planned_values":{}})")->first_code(), "plan-version");
  EXPECT_EQ(Read::json(R"({"format_version":"1.0","resource_changes":{"a":1}})")->first_code(), "plan-shape");
  EXPECT_EQ(Read::json(R"({"format_version":"1.0","resource_changes":[1,{"address":"??"}]})")->first_code(), "plan-shape");
  EXPECT_EQ(Read::json(R"({"format_version":"1.0","resource_changes":[],"errored":true})")->first_code(), "plan-errored");
  EXPECT_FALSE(Read::json(R"({"format_version":"1.0","values":{}})")->ok);  // a state
  EXPECT_FALSE(Read::json("[]")->ok);
}

TEST(BinaryPlan, OfTerraform) {
  std::string bytes = real_plan();
  ASSERT_TRUE(is_binary_plan(bytes));
  auto read = Read::binary(bytes);
  ASSERT_TRUE(read->ok);
  EXPECT_EQ(read->plan.version, "1.11.4");
  EXPECT_EQ(read->plan.changes.size(), 6u);
  EXPECT_EQ(read->after("terraform_data.one", "input.port"), "22");
  EXPECT_EQ(read->after("terraform_data.one", "input.open"), "true");
  EXPECT_EQ(read->after("terraform_data.one", "id"), "<unknown terraform_data.one.id>");
  EXPECT_EQ(read->after("terraform_data.hidden", "input"), "(sensitive)");
  EXPECT_EQ(read->after("module.m[1].terraform_data.inner", "triggers_replace[0]"), "1.5");
  EXPECT_EQ(read->after("module.m[1].terraform_data.inner", "triggers_replace[3].a"), "true");
  const model::Value* prefixed = model::at_path(read->plan.find("terraform_data.each[\"a\"]")->after, "input");
  ASSERT_TRUE(prefixed && prefixed->is_unknown());
  EXPECT_EQ(prefixed->unknown().prefix, "a-");
  EXPECT_TRUE(prefixed->unknown().not_null);
  EXPECT_EQ(read->plan.variables.size(), 0u);  // all have their defaults
  EXPECT_EQ(read->plan.keys.at("terraform_data.each").size(), 2u);
  EXPECT_EQ(read->plan.module_keys.at("module.m").size(), 2u);
  auto sources = plan_sources(bytes);
  ASSERT_EQ(sources.size(), 3u);
  EXPECT_EQ(sources[0].first, "main.tf");
  EXPECT_EQ(sources[1].first, "mod/main.tf");
  EXPECT_EQ(sources[2].first, ".terraform/modules/modules.json");
}

// Whatever is cut off or flipped: an answer or a Problem, nothing else.
TEST(BinaryPlan, SurvivesDamage) {
  std::string bytes = real_plan();
  for (size_t length = 0; length < bytes.size(); length += 7) {
    auto read = Read::binary(bytes.substr(0, length));
    EXPECT_FALSE(read->ok);
    EXPECT_FALSE(read->root.problems.empty());
    plan_sources(bytes.substr(0, length));
  }
  uint32_t state = 1;
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    for (int j = 0; j < 3; ++j) {
      state = state * 1664525 + 1013904223;
      damaged[(state >> 8) % damaged.size()] = static_cast<char>(state >> 24);
    }
    auto read = Read::binary(damaged);
    EXPECT_TRUE(read->ok || !read->root.problems.empty());
    plan_sources(damaged);
  }
}

TEST(BinaryPlan, DamageInTheMessagesIsAProblem) {
  auto plan = Archive::open(real_plan());
  std::string bytes = real_plan();
  auto archive = Archive::open(bytes);
  ASSERT_TRUE(archive);
  auto message = archive->read(*archive->find("tfplan"));
  ASSERT_TRUE(message);
  core::Arena arena;
  uint32_t state = 7;
  // MessagePack read from anywhere, and cut anywhere.
  for (size_t at = 0; at < message->size(); ++at) {
    state = state * 1664525 + 1013904223;
    size_t length = (state >> 8) % (message->size() - at);
    read_message_pack(std::string_view(*message).substr(at, length), arena,
                      [](std::string_view, const model::Unknown&) { return model::null_value(); });
    MessageReader reader(std::string_view(*message).substr(at, length));
    while (reader.next()) {
    }
  }
}

TEST(MessagePack, KindsOfValues) {
  core::Arena arena;
  auto text = [&](std::string_view bytes) {
    auto value = read_message_pack(bytes, arena, [&](std::string_view path, const model::Unknown& known) {
      return model::string_value(arena.copy("?" + std::string(path) + (known.not_null ? "!" : "")));
    });
    return value ? model::to_text(*value) : std::string("none");
  };
  using namespace std::string_view_literals;
  EXPECT_EQ(text("\xc0"sv), "null");
  EXPECT_EQ(text("\x7f"sv), "127");
  EXPECT_EQ(text("\xff"sv), "-1");
  EXPECT_EQ(text("\xcd\x01\x00"sv), "256");
  EXPECT_EQ(text("\xd1\xff\x00"sv), "-256");
  EXPECT_EQ(text("\xcf\xff\xff\xff\xff\xff\xff\xff\xff"sv), "18446744073709551615");
  EXPECT_EQ(text("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"sv), "1.5");
  EXPECT_EQ(text("\x92\x01\xa1x"sv), "[1,\"x\"]");
  EXPECT_EQ(text("\x81\xa1k\xd4\x00\x00"sv), "{\"k\":\"?k\"}");
  EXPECT_EQ(text("\x81\xa1k\xc7\x03\x0c\x81\x01\xc2"sv), "{\"k\":\"?k!\"}");
  EXPECT_EQ(text("\x92\xc4\x08\"string\"\xa1v"sv), "\"v\"");  // a value of any type, with its type
  // Lengths that the bytes cannot hold are refused before memory is taken.
  for (std::string_view bad : {""sv, "\xdb\xff\xff\xff\xff"sv, "\xdd\xff\xff\xff\xff"sv, "\xdf\xff\xff\xff\xff\xa1k"sv,
                               "\xc9\xff\xff\xff\xff\x0c"sv, "\x81\x01\x01"sv, "\xc1"sv, "\xcb\x7f\xf0\x00\x00\x00\x00\x00\x00"sv}) {
    EXPECT_EQ(text(bad), "none");
  }
  EXPECT_EQ(text(std::string(core::kMaxNesting + 10, '\x91')), "none");
}

// --- Archives.
void put16(std::string& out, uint32_t value) {
  out += static_cast<char>(value & 255);
  out += static_cast<char>(value >> 8 & 255);
}
void put32(std::string& out, uint32_t value) {
  put16(out, value & 0xffff);
  put16(out, value >> 16);
}

// A zip with one stored entry, and lies about it where asked.
std::string zip(const std::string& name, const std::string& body, uint32_t sum, uint32_t claimed, uint32_t method = 0) {
  std::string out;
  put32(out, 0x04034b50);
  put16(out, 20), put16(out, 0), put16(out, method), put32(out, 0);
  put32(out, sum), put32(out, static_cast<uint32_t>(body.size())), put32(out, claimed);
  put16(out, static_cast<uint32_t>(name.size())), put16(out, 0);
  out += name + body;
  auto directory = static_cast<uint32_t>(out.size());
  put32(out, 0x02014b50);
  put16(out, 20), put16(out, 20), put16(out, 0), put16(out, method), put32(out, 0);
  put32(out, sum), put32(out, static_cast<uint32_t>(body.size())), put32(out, claimed);
  put16(out, static_cast<uint32_t>(name.size())), put16(out, 0), put16(out, 0), put16(out, 0), put16(out, 0);
  put32(out, 0), put32(out, 0);
  out += name;
  auto size = static_cast<uint32_t>(out.size()) - directory;
  put32(out, 0x06054b50);
  put16(out, 0), put16(out, 0), put16(out, 1), put16(out, 1), put32(out, size), put32(out, directory), put16(out, 0);
  return out;
}

TEST(JsonPlan, WhatIsKnownOfAnotherVersionIsRead) {
  auto read = Read::json(R"({"format_version":"9.1","resource_changes":[{"address":"aws_x.a",)"
                         R"("change":{"actions":["create"],"after":{"acl":"public"}}}],"new":[1]})");
  EXPECT_EQ(read->first_code(), "plan-version");
  ASSERT_EQ(read->plan.changes.size(), 1u);
  EXPECT_EQ(read->plan.changes[0].after.find("acl")->text(), "public");
}

std::string utf16(std::u16string_view text, bool little) {
  std::string out;
  auto put = [&](char16_t unit) {
    char low = static_cast<char>(unit & 0xff), high = static_cast<char>(unit >> 8);
    out += little ? low : high;
    out += little ? high : low;
  };
  put(0xfeff);
  for (char16_t unit : text) put(unit);
  return out;
}

TEST(JsonPlan, Utf16IsWhatPowerShellWrites) {
  constexpr std::u16string_view kPlan = u"{\"format_version\":\"1.2\",\"a\":\"\u00e9\u20ac\U0001F600\"}";
  constexpr std::string_view kSame = "{\"format_version\":\"1.2\",\"a\":\"\u00e9\u20ac\U0001F600\"}";
  for (bool little : {true, false}) {
    auto plan = plan_from_utf16(utf16(kPlan, little));
    ASSERT_TRUE(plan);
    EXPECT_EQ(*plan, kSame);
    // Half of a pair, half of a unit.
    std::string cut = utf16(kPlan, little);
    cut.resize(cut.size() - 7);
    EXPECT_TRUE(plan_from_utf16(cut));
    EXPECT_FALSE(plan_from_utf16(utf16(u"{\"Resources\": {}}", little)));
    EXPECT_FALSE(plan_from_utf16(utf16(std::u16string(5000, u'x'), little)));
  }
  EXPECT_FALSE(plan_from_utf16(kSame));
  EXPECT_FALSE(plan_from_utf16(""));
  EXPECT_TRUE(begins_as_json_plan("\n{ \"format_version\": \"1.2\""));
  EXPECT_FALSE(begins_as_json_plan("[\"format_version\"]"));
}

// A directory of `count` entries, each of which claims `size` bytes.
std::string directory(uint32_t count, uint32_t size) {
  std::string out;
  put32(out, 0x04034b50);
  out.append(26, '\0');
  auto start = static_cast<uint32_t>(out.size());
  for (uint32_t i = 0; i < count; ++i) {
    put32(out, 0x02014b50);
    out.append(16, '\0');
    put32(out, size), put32(out, size);
    put16(out, 1);
    out.append(16, '\0');
    out += 'x';
  }
  auto bytes = static_cast<uint32_t>(out.size()) - start;
  put32(out, 0x06054b50);
  put16(out, 0), put16(out, 0), put16(out, count), put16(out, count), put32(out, bytes), put32(out, start), put16(out, 0);
  return out;
}

TEST(Archive, EntriesAndBytesAreLimited) {
  EXPECT_TRUE(Archive::open(directory(core::kMaxArchiveEntries, 1)));
  auto many = Archive::open(directory(core::kMaxArchiveEntries + 1, 1));
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, "limit-archive");
  EXPECT_EQ(many.error().message, "the archive has more than 10000 entries");
  constexpr uint32_t kEach = core::kMaxArchiveBytes / 16;
  EXPECT_TRUE(Archive::open(directory(16, kEach)));
  auto large = Archive::open(directory(17, kEach));
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, "limit-archive");
  EXPECT_EQ(large.error().message, "the archive unpacks to more than 128 MiB");
}

TEST(Archive, RefusesWhatIsNotAsItSays) {
  constexpr uint32_t kSumOfA = 0xe8b7be43;  // CRC-32 of "a"
  std::string good_bytes = zip("x", "a", kSumOfA, 1);
  auto good = Archive::open(good_bytes);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good->read(*good->find("x")), "a");
  auto error = [](const std::string& bytes) -> std::string {
    auto archive = Archive::open(bytes);
    if (!archive) return archive.error().code + ": " + archive.error().message;
    auto read = archive->read(archive->entries()[0]);
    return read ? "read" : read.error().code + ": " + read.error().message;
  };
  EXPECT_EQ(error("PK"), "plan-archive: this is not a zip archive");
  EXPECT_NE(error(zip("x", "a", 1, 1)).find("sum of \"x\""), std::string::npos);
  EXPECT_NE(error(zip("x", "a", kSumOfA, 2)).find("size of \"x\""), std::string::npos);
  EXPECT_NE(error(zip("x", "a", kSumOfA, 1, 99)).find("method 99"), std::string::npos);
  EXPECT_NE(error(zip("x", "a", kSumOfA, 1, 8)).find("cannot be unpacked"), std::string::npos);
  EXPECT_NE(error(zip("../x", "a", kSumOfA, 1)).find("leads out"), std::string::npos);
  EXPECT_NE(error(zip("/x", "a", kSumOfA, 1)).find("leads out"), std::string::npos);
  // A bomb: it is the promised size that is checked, and never more is unpacked than was promised.
  EXPECT_EQ(error(zip("x", "a", kSumOfA, core::kMaxFileBytes + 1, 8)).substr(0, 13), "limit-archive");
  EXPECT_EQ(error(zip("x", "a", kSumOfA, 0xfffffff0, 8)).substr(0, 13), "limit-archive");
}

}  // namespace
}  // namespace assay::formats::terraform
