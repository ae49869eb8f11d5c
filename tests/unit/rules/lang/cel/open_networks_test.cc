// Networks that are the internet together: is_open_cidr of lists, lets_anyone_in of firewall rules.
#include "tests/unit/rules/lang/cel/fixture.h"

namespace assay::rules::cel {
namespace {

class OpenNetworks : public CelTest {
 protected:
  model::Value texts(std::vector<std::string_view> texts) {
    std::vector<model::Value> items;
    for (std::string_view text : texts) items.push_back(str(text));
    return list(items);
  }
  std::string open(std::vector<std::string_view> cidrs) {
    model::Value view = object({{"cidrs", texts(std::move(cidrs))}});
    return verdict("is_open_cidr(resource.cidrs)", view);
  }
  model::Value rule(int from, int to, std::vector<std::string_view> cidrs, std::string_view protocol = "tcp") {
    return object({{"protocol", str(protocol)}, {"from_port", num(from)}, {"to_port", num(to)},
                   {"cidr_blocks", texts(std::move(cidrs))}});
  }
  // The verdicts about the first and the second of two rules.
  std::string of_two(const model::Value& first, const model::Value& second) {
    model::Value view = object({{"rules", list({first, second})}});
    return verdict("lets_anyone_in(resource.rules[0], resource.rules)", view) + " " +
           verdict("lets_anyone_in(resource.rules[1], resource.rules)", view);
  }
};

TEST_F(OpenNetworks, ListsAreUnited) {
  EXPECT_EQ(open({"0.0.0.0/1", "128.0.0.0/1"}), "fail");
  EXPECT_EQ(open({"10.0.0.0/8", "128.0.0.0/1", "0.0.0.0/1"}), "fail");
  EXPECT_EQ(reads, (std::vector<std::string>{"cidrs", "cidrs[1]"}));
  EXPECT_EQ(open({"0.0.0.0/2", "64.0.0.0/2", "128.0.0.0/2", "192.0.0.0/2"}), "fail");
  EXPECT_EQ(open({"0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/3", "224.0.0.0/4", "240.0.0.0/5", "248.0.0.0/6", "252.0.0.0/7",
                  "254.0.0.0/8", "255.0.0.0/8"}), "fail");
  EXPECT_EQ(open({"::/1", "8000::/1"}), "fail");
  EXPECT_EQ(open({"1.2.3.4/1", "200.1.1.1/1"}), "fail");  // bits behind the prefix do not count
  EXPECT_EQ(open({"0.0.0.0/1", "8000::/1"}), "pass");
  EXPECT_EQ(open({"0.0.0.0/1", "0.0.0.0/1"}), "pass");
  EXPECT_EQ(open({"0.0.0.0/1", "128.0.0.0/2"}), "pass");
  EXPECT_EQ(open({"0.0.0.0/1", "129.0.0.0/8", "192.0.0.0/2"}), "pass");
  EXPECT_EQ(open({"0.0.0.0/1", "nonsense/1"}), "pass");
  EXPECT_EQ(open({"10.0.0.0/8"}), "pass");
}

TEST_F(OpenNetworks, RulesAreUnitedAndTheFirstIsAtFault) {
  EXPECT_EQ(of_two(rule(22, 22, {"0.0.0.0/1"}), rule(22, 22, {"128.0.0.0/1"})), "fail pass");
  EXPECT_EQ(of_two(rule(22, 22, {"0.0.0.0/1"}), rule(0, 65535, {"128.0.0.0/1"}, "6")), "fail pass");
  EXPECT_EQ(of_two(rule(0, 0, {"0.0.0.0/1"}, "-1"), rule(22, 22, {"128.0.0.0/1"})), "pass fail");
  EXPECT_EQ(of_two(rule(22, 22, {"0.0.0.0/1"}), rule(23, 25, {"128.0.0.0/1"})), "pass pass");
  EXPECT_EQ(of_two(rule(22, 22, {"0.0.0.0/1"}), rule(22, 22, {"128.0.0.0/1"}, "udp")), "pass pass");
  EXPECT_EQ(of_two(rule(22, 22, {"0.0.0.0/1"}), rule(22, 22, {"0.0.0.0/0"})), "pass fail");
  EXPECT_EQ(of_two(rule(22, 22, {"0.0.0.0/1"}), rule(22, 22, {"10.0.0.0/8"})), "pass pass");
  EXPECT_EQ(of_two(rule(22, 22, {"0.0.0.0/1", "128.0.0.0/1"}), rule(22, 22, {"64.0.0.0/2"})), "fail pass");
}

TEST_F(OpenNetworks, DirectionAndActionMustAgree) {
  auto acl = [&](std::string_view action, std::string_view cidr) {
    return object({{"action", str(action)}, {"protocol", str("-1")}, {"cidr_block", str(cidr)}});
  };
  EXPECT_EQ(of_two(acl("allow", "0.0.0.0/1"), acl("Allow", "128.0.0.0/1")), "fail pass");
  EXPECT_EQ(of_two(acl("allow", "0.0.0.0/1"), acl("deny", "128.0.0.0/1")), "pass pass");
  auto group = [&](std::string_view range, std::string_view cidr) {
    return object({{"access", str("Allow")}, {"protocol", str("Tcp")}, {"destination_port_range", str(range)},
                   {"source_address_prefix", str(cidr)}});
  };
  EXPECT_EQ(of_two(group("22", "0.0.0.0/1"), group("22", "128.0.0.0/1")), "fail pass");
  EXPECT_EQ(of_two(group("22", "0.0.0.0/1"), group("*", "128.0.0.0/1")), "fail pass");
  EXPECT_EQ(of_two(group("22", "0.0.0.0/1"), group("443", "128.0.0.0/1")), "pass pass");
}

TEST_F(OpenNetworks, WhatIsPerhapsThereMakesPerhapsOpen) {
  model::Value half = str("128.0.0.0/1");
  half.guard = atom("r#var.on");
  model::Value view = object({{"cidrs", list({str("0.0.0.0/1"), half})}});
  EXPECT_EQ(verdict("is_open_cidr(resource.cidrs)", view), "maybe");
  model::Value second = rule(22, 22, {"128.0.0.0/1"});
  second.guard = half.guard;
  model::Value two = object({{"rules", list({rule(22, 22, {"0.0.0.0/1"}), second})}});
  EXPECT_EQ(verdict("lets_anyone_in(resource.rules[0], resource.rules)", two), "maybe");
  model::Value open = object({{"rules", list({input("r#var.rule")})}});
  EXPECT_EQ(verdict("lets_anyone_in(resource.rules[0], resource.rules)", open), "maybe");
}

}  // namespace
}  // namespace assay::rules::cel
