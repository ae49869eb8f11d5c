#include <nlohmann/json.hpp>
#include <set>

#include "tests/unit/sarif/fixture.h"

namespace assay::report {
namespace {

using Json = nlohmann::json;

std::set<std::string> keys(const Json& object) {
  std::set<std::string> out;
  for (const auto& [key, value] : object.items()) out.insert(key);
  return out;
}
using Keys = std::set<std::string>;

class JsonTest : public ReportTest {
 protected:
  Json json() { return Json::parse(write_json(report_, {})); }
};

TEST_F(JsonTest, EveryFieldOfTheContract) {
  core::FileId id = file("a/main.tf", "x = \"\xf0\x9f\x98\x80\" acl\n");
  rules::Finding& one = finding(at(id, "acl"));
  one.verdict = rules::Verdict::kMaybe;
  one.depends_on = {"var.acl"};
  one.witness = "var.acl = \"public\"";
  one.origin = {{at(id, "x"), "literal"}, {{}, "provider default"}};
  one.related = {{at(id, "x"), "also b"}};
  one.suppressed = rules::Suppression{"inSource", "why", "", {}};
  one.baseline = "new";
  one.fix = rules::Fix{rules::FixKind::kSafe, "make it private", {{at(id, "acl"), "private"}}};
  report_.rules[0].aliases = {{"checkov", "CKV_AWS_20"}};
  report_.rules[0].controls = {{"cis-aws", "1.4", "2.1.5"}};
  core::Problem problem;
  problem.code = "unreadable-file";
  problem.message = "no";
  problem.path = "b.tf";
  report_.problems.push_back(problem);
  report_.coverage = {{"a/main.tf", false, "terraform", "evaluated", ""}, {"a", true, "", "skipped", "why"}};
  Json out = json();
  EXPECT_EQ(keys(out), (Keys{"version", "tool", "findings", "problems", "coverage", "summary"}));
  EXPECT_EQ(out["version"], 1);
  EXPECT_EQ(out["tool"], (Json{{"name", "assay"}, {"version", "1.2.3"}}));
  const Json& f = out["findings"][0];
  EXPECT_EQ(keys(f), (Keys{"rule", "name", "severity", "verdict", "message", "depends_on", "resource", "file", "region",
                           "origin", "related", "fingerprint", "aliases", "controls", "fix", "suppressed", "baseline"}));
  EXPECT_EQ(f["rule"], "TST0001");
  EXPECT_EQ(f["name"], "public-acl");
  EXPECT_EQ(f["severity"], "high");
  EXPECT_EQ(f["verdict"], "maybe");
  EXPECT_EQ(f["depends_on"], Json::array({"var.acl"}));
  EXPECT_TRUE(f["message"].get<std::string>().ends_with(", when var.acl = \"public\""));
  EXPECT_EQ(f["resource"], (Json{{"address", "aws_s3_bucket.b"}, {"type", "aws_s3_bucket"}, {"name", "b"}, {"format", "terraform"}}));
  EXPECT_EQ(f["file"], "a/main.tf");
  // Columns are UTF-16 code units, offsets are bytes.
  EXPECT_EQ(f["region"], (Json{{"line", 1}, {"column", 10}, {"end_line", 1}, {"end_column", 13}, {"byte_offset", 11}, {"byte_length", 3}}));
  EXPECT_EQ(f["origin"][0], (Json{{"file", "a/main.tf"}, {"line", 1}, {"column", 1}, {"what", "literal"}}));
  EXPECT_EQ(f["origin"][1], (Json{{"file", nullptr}, {"what", "provider default"}}));
  EXPECT_EQ(f["related"][0]["message"], "also b");
  EXPECT_EQ(f["aliases"], Json::array({"CKV_AWS_20"}));
  EXPECT_EQ(f["controls"][0], (Json{{"framework", "cis-aws"}, {"version", "1.4"}, {"id", "2.1.5"}}));
  EXPECT_EQ(f["suppressed"], (Json{{"kind", "inSource"}, {"reason", "why"}, {"until", nullptr}}));
  EXPECT_EQ(f["baseline"], "new");
  EXPECT_EQ(f["fix"]["kind"], "safe");
  EXPECT_EQ(f["fix"]["edits"][0]["text"], "private");
  EXPECT_EQ(f["fix"]["edits"][0]["region"]["byte_offset"], 11);
  EXPECT_EQ(out["problems"][0], (Json{{"severity", "error"}, {"code", "unreadable-file"}, {"message", "no"}, {"file", "b.tf"}, {"region", nullptr}}));
  EXPECT_EQ(out["coverage"][0], (Json{{"file", "a/main.tf"}, {"format", "terraform"}, {"state", "evaluated"}, {"reason", ""}}));
  EXPECT_EQ(out["coverage"][1], (Json{{"root", "a"}, {"format", nullptr}, {"state", "skipped"}, {"reason", "why"}}));
  EXPECT_EQ(keys(out["summary"]), (Keys{"files", "resources", "rules", "evaluations", "fail", "maybe", "suppressed", "problems", "duration_ms"}));
}

TEST_F(JsonTest, NothingIsNullNotAbsent) {
  finding({});
  Json f = json()["findings"][0];
  for (const char* key : {"file", "region", "fix", "suppressed", "baseline"}) {
    ASSERT_TRUE(f.contains(key)) << key;
    EXPECT_TRUE(f[key].is_null()) << key;
  }
  for (const char* key : {"depends_on", "origin", "related", "aliases", "controls"}) EXPECT_EQ(f[key], Json::array());
}

TEST_F(JsonTest, InvalidBytesBecomeValidJson) {
  finding({}).message = "bad \xff byte \"quoted\" \x01";
  Json out = json();
  EXPECT_EQ(out["findings"][0]["message"], "bad \xef\xbf\xbd byte \"quoted\" \x01");
}

}  // namespace
}  // namespace assay::report
