#include "tests/unit/rules/lang/cel/fixture.h"

namespace assay::rules::cel {
namespace {

class RulesMode : public CelTest {};

TEST_F(RulesMode, MissingReadsAsNull) {
  model::Value view = object({{"acl", str("private")}, {"nothing", model::null_value()}});
  EXPECT_EQ(verdict("resource.acl == 'private'", view), "fail");
  EXPECT_EQ(verdict("resource.missing == null", view), "fail");
  EXPECT_EQ(verdict("resource.missing.deeper[3].still == null", view), "fail");
  EXPECT_EQ(verdict("resource.missing", view), "pass");
  EXPECT_EQ(verdict("!resource.missing", view), "fail");
  EXPECT_EQ(verdict("resource.missing < 5 || resource.missing >= 5", view), "pass");
  EXPECT_EQ(verdict("size(resource.missing) == 0", view), "fail");
  EXPECT_EQ(verdict("resource.missing.size() == 0", view), "fail");
  EXPECT_EQ(verdict("resource.missing.exists(x, true)", view), "pass");
  EXPECT_EQ(verdict("resource.missing.all(x, false)", view), "fail");
  EXPECT_EQ(verdict("'a' in resource.missing", view), "pass");
  EXPECT_EQ(verdict("resource.missing.startsWith('a')", view), "pass");
  EXPECT_EQ(verdict("resource.missing.lowerAscii() == null", view), "fail");
  EXPECT_EQ(verdict("has(resource.acl) && !has(resource.missing) && !has(resource.nothing)", view), "fail");
  EXPECT_EQ(verdict("!(resource.missing in [true, 'x'])", view), "fail");
}

TEST_F(RulesMode, FormatsWriteValuesInSeveralWays) {
  model::Value view = object({{"flag", str("true")}, {"count", str("10")}, {"port", num(22)}, {"off", str("false")}});
  EXPECT_EQ(verdict("resource.flag == true", view), "fail");
  EXPECT_EQ(verdict("resource.flag", view), "fail");
  EXPECT_EQ(verdict("resource.off", view), "pass");
  EXPECT_EQ(verdict("resource.off == false", view), "fail");
  EXPECT_EQ(verdict("resource.count == 10 && resource.count > 9 && resource.count <= 10", view), "fail");
  EXPECT_EQ(verdict("resource.port == '22' && resource.port.startsWith('2')", view), "fail");
  EXPECT_EQ(verdict("resource.count + 1 == 11 && resource.port * 1.5 == 33.0", view), "fail");
  EXPECT_EQ(verdict("resource.port in ['22', '3389']", view), "fail");
  EXPECT_EQ(verdict("resource.flag == 'TRUE'", view), "pass");
}

TEST_F(RulesMode, RepeatedGivesTheFirstOfEqualElements) {
  model::Value named = list({object({{"name", str("A")}}), object({{"name", str("B")}}), object({{"name", str("A")}}),
                             object({{"name", str("C")}}), object({{"name", str("B")}}), object({{"name", str("A")}})});
  model::Value view = object({{"env", named}, {"mixed", list({num(1), str("x"), num(2), num(1)})}, {"none", list({})}});
  EXPECT_EQ(verdict("resource.env.map(e, e.name).repeated() == ['A', 'B']", view), "fail");
  EXPECT_EQ(verdict("resource.env.map(e, e.name).repeated().exists(n, n != null)", view), "fail");
  ASSERT_FALSE(reads.empty());
  EXPECT_EQ(reads.back(), "env[0].name");
  EXPECT_EQ(verdict("resource.mixed.repeated() == [1]", view), "fail");
  EXPECT_EQ(verdict("size(resource.none.repeated()) == 0 && size(resource.missing.map(e, e.name).repeated()) == 0", view), "fail");
  model::Value unknown = object({{"names", list({str("A"), input("R#var.name", model::string_type()), str("B")})},
                                 {"all", input("R#var.names", model::list_type(arena(), model::string_type()))}});
  EXPECT_EQ(verdict("size(resource.names.repeated()) > 0", unknown), "maybe");
  EXPECT_EQ(verdict("resource.all.repeated().exists(n, n != null)", unknown), "maybe");
}

TEST_F(RulesMode, AListOfOneBlockGivesWayToTheBlock) {
  model::Value one = block(list({block(object({{"enabled", boolean(true)}}))}));
  model::Value two = block(list({block(object({{"enabled", boolean(true)}})), block(object({{"enabled", boolean(true)}}))}));
  model::Value plain = list({object({{"enabled", boolean(true)}})});
  model::Value view = object({{"one", one}, {"two", two}, {"plain", plain}});
  EXPECT_EQ(verdict("resource.one.enabled", view), "fail");
  EXPECT_EQ(verdict("resource.one[0].enabled", view), "fail");
  EXPECT_EQ(verdict("resource.one.exists(b, b.enabled)", view), "fail");
  EXPECT_EQ(verdict("resource.two.enabled == null", view), "fail");
  EXPECT_EQ(verdict("resource.plain.enabled == null", view), "fail");
}

TEST_F(RulesMode, VariablesOfRules) {
  resource->attributes = object({{"bucket", str("n")}});
  model::Value view = object({});
  model::Value item = object({{"from", num(1)}});
  EXPECT_EQ(verdict("native.bucket == 'n' && meta.type == 'aws_s3_bucket' && meta.name == 'b'", view), "fail");
  EXPECT_EQ(verdict("item.from == 1 && resource.x == null", view, &item), "fail");
}

TEST_F(RulesMode, ErrorsAreReported) {
  model::Value view = object({{"n", num(0)}});
  EXPECT_EQ(verdict("1 / resource.n > 0", view), "error: division by zero");
  EXPECT_EQ(verdict("1 / resource.n > 0 || true", view), "fail");
  EXPECT_EQ(verdict("resource.n", view), "error: a value of type int is not a condition");
}

TEST_F(RulesMode, StepsAreLimited) {
  model::Value view = object({});
  std::string text = "lists.range(1000).exists(a, lists.range(1000).exists(b, lists.range(1000).exists(c, a + b + c < 0)))";
  EXPECT_EQ(verdict(text + " || true", view), "error: the step limit of an expression was reached");
}

TEST_F(RulesMode, MemoryIsLimited) {
  model::Value view = object({});
  std::string text = "lists.range(1000)";
  EXPECT_EQ(verdict(text + ".map(a, " + text + ").map(l, l + l + l + l).size() == 3", view),
            "error: the memory limit of an expression was reached");
  EXPECT_EQ(verdict(text + ".map(a, a + 1).size() == 1000", view), "fail");
}

TEST_F(RulesMode, CostlyFunctionsAreLimited) {
  model::Value view = object({});
  std::string numbers = "lists.range(20000).map(a, string(a))";
  EXPECT_EQ(verdict("sets.intersects(" + numbers + ", lists.range(20000).map(a, string(a) + 'x'))", view),
            "error: the step limit of an expression was reached");
  EXPECT_EQ(verdict("lists.range(100000).exists(a, 'aaaa'.matches('a' + string(a) + '.{100}'))", view),
            "error: the step limit of an expression was reached");
  std::string same;
  for (int i = 0; i < 20000; ++i) same += i == 0 ? "'a': 1" : ", 'a': 1";
  EXPECT_TRUE(verdict("{" + same + "}.size() == 1", view).starts_with("error: "));
}

TEST_F(RulesMode, ReadsThatDecided) {
  model::Value rules = list({object({{"cidr", str("10.0.0.0/8")}, {"port", num(22)}}),
                             object({{"cidr", str("0.0.0.0/0")}, {"port", num(22)}})});
  model::Value view = object({{"acl", str("public")}, {"name", str("n")}, {"rules", rules}, {"log", object({})}});
  using Paths = std::vector<std::string>;
  verdict("resource.name == 'x' || resource.acl == 'public'", view);
  EXPECT_EQ(reads, Paths{"acl"});
  verdict("resource.name == 'n' && resource.acl == 'public'", view);
  EXPECT_EQ(reads, (Paths{"name", "acl"}));
  verdict("resource.rules.exists(r, r.cidr == '0.0.0.0/0' && r.port == 22)", view);
  EXPECT_EQ(reads, (Paths{"rules[1].cidr", "rules[1].port"}));
  verdict("!resource.rules.all(r, r.cidr != '0.0.0.0/0')", view);
  EXPECT_EQ(reads, Paths{"rules[1].cidr"});
  verdict("!resource.rules.exists(r, r.cidr == '::/0')", view);
  EXPECT_EQ(reads, Paths{"rules"});
  verdict("resource.acl == 'public' ? resource.name == 'n' : resource.rules == null", view);
  EXPECT_EQ(reads, (Paths{"acl", "name"}));
  verdict("!resource.log.enabled", view);
  EXPECT_EQ(reads, Paths{"log.enabled"});
  verdict("!has(resource.log.enabled)", view);
  EXPECT_EQ(reads, Paths{"log.enabled"});
  verdict("cel.bind(a, resource.acl, a == 'public')", view);
  EXPECT_EQ(reads, Paths{"acl"});
  verdict("resource['acl'] == 'public'", view);
  EXPECT_EQ(reads, Paths{"acl"});
}

TEST_F(RulesMode, FunctionsOfRules) {
  model::Value view = object({
      {"cidrs", list({str("10.0.0.0/8"), str("::/0")})},
      {"policy", str(R"({"Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
                        "Principal": {"AWS": ["*"]}, "Condition": {"StringEquals": {"aws:x": "y"}}}})")},
      {"document", object({{"Statement", list({object({{"Effect", str("Deny")}, {"NotAction", list({str("a")})}})})}})},
  });
  EXPECT_EQ(verdict("is_open_cidr('0.0.0.0/0') && is_open_cidr(resource.cidrs) && !is_open_cidr('10.0.0.0/8')", view), "fail");
  EXPECT_EQ(verdict("is_open_cidr(resource.nothing)", view), "pass");
  EXPECT_EQ(verdict("ports_include(20, 25, 22) && ports_include(null, null, 22) && ports_include(-1, -1, 22) && "
                    "ports_include('20', '25', 22) && !ports_include(23, 25, 22) && ports_include(0, 0, '-1', 22)", view), "fail");
  EXPECT_EQ(verdict("image('nginx').repository == 'library/nginx' && image('nginx').tag == null && "
                    "image('gcr.io/a/b:1@sha256:ab').registry == 'gcr.io' && image('gcr.io/a/b:1@sha256:ab').tag == '1' && "
                    "image('localhost:5000/x').tag == null && image('localhost:5000/x').name == 'x'", view), "fail");
  EXPECT_EQ(verdict("quantity('100m') < 0.2 && quantity('1Gi') == 1073741824 && quantity(2) == 2 && quantity('x') == null", view), "fail");
  EXPECT_EQ(verdict("policy_statements(resource.policy).exists(s, s.effect == 'Allow' && 's3:*' in s.actions && "
                    "'*' in s.principals && s.resources == ['*'] && s.conditions[0].operator == 'StringEquals')", view), "fail");
  EXPECT_EQ(reads, std::vector<std::string>{"policy"});
  EXPECT_EQ(verdict("policy(resource.policy).Statement[0].Effect == 'Allow'", view), "fail");
  EXPECT_EQ(verdict("policy_statements(resource.document).all(s, s.Effect == 'Deny' && s.not_actions == ['a'] && s.actions == [])", view), "fail");
  EXPECT_EQ(verdict("policy_statements('not json').size() == 0 && policy(null) == null", view), "fail");
}

TEST_F(RulesMode, RelatedReachesNeighboursBothWays) {
  model::Resource& other = root->resources.emplace_back();
  other.root = root;
  other.index = 1;
  other.views.push_back({core::Symbol("aws/s3/policy"), object({{"open", boolean(true)}})});
  root->resources.front().index = 0;
  project.resources.push_back(&other);
  project.edges.push_back({model::EdgeKind::kRefers, 1, 0, "bucket", model::kAlways});
  project.seal();
  model::Value view = object({});
  EXPECT_EQ(verdict("related('aws/s3/policy').exists(p, p.open)", view), "fail");
  EXPECT_EQ(verdict("related('aws/s3/other').size() > 0", view), "pass");
  other.exists = atom("var.on");
  EXPECT_EQ(verdict("related('aws/s3/policy').exists(p, p.open)", view), "maybe");
}

}  // namespace
}  // namespace assay::rules::cel
