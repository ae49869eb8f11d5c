// Policies from JSON text, for the tests of rules/identity.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "parsers/model/alias_values.h"
#include "parsers/model/resource.h"
#include "rules/engine/world.h"
#include "rules/identity/access.h"
#include "rules/identity/policy.h"

namespace assay::rules::identity {

class IdentityTest : public ::testing::Test {
 protected:
  // Single quotes stand for double ones.
  const Document& read(std::string_view text) {
    std::string json(text);
    for (char& c : json) c = c == '\'' ? '"' : c;
    auto value = model::parse_json_text(root_.arena.copy(std::string_view(json)), {}, {}, nullptr, root_.arena, {});
    EXPECT_TRUE(value) << json;
    const Document* document = read_document(*root_.arena.make<model::Value>(*value), root_, root_.arena);
    EXPECT_TRUE(document) << json;
    return *document;
  }
  // One statement.
  const Document& one(std::string_view statement) {
    return read("{'Version':'2012-10-17','Statement':[" + std::string(statement) + "]}");
  }
  // Answers of all worlds: "yes", "no", or "both".
  template <typename Ask>
  std::string in_all_worlds(Ask&& ask) {
    bool yes = false, no = false;
    World world;
    do {
      world.begin();
      Asker asker(&world, &root_);
      (ask(asker) ? yes : no) = true;
    } while (world.advance());
    return yes && no ? "both" : yes ? "yes" : "no";
  }
  Tri granted(const std::vector<const Document*>& documents, std::string_view action, Need need = {}) {
    World world;
    world.begin();
    Asker asker(&world, &root_);
    Access access;
    access.documents = documents;
    Grant grant;
    std::vector<const model::Value*> open;
    return find_grant(asker, access, action, need, grant, open);
  }
  model::Value unknown(std::string_view id, std::string_view prefix = {}, std::string_view suffix = {}) {
    model::Unknown made = model::unknown_input(root_.arena.copy("root#" + std::string(id)), model::string_type(), root_.arena).unknown();
    made.prefix = prefix;
    made.suffix = suffix;
    return model::unknown_value(made, root_.arena);
  }
  model::Value text(std::string_view value) { return model::string_value(root_.arena.copy(value)); }
  model::Value object(std::vector<std::pair<std::string_view, model::Value>> members) {
    std::vector<model::Entry> entries;
    for (auto& [key, value] : members) entries.push_back({key, {}, value});
    return model::object_value(entries, root_.arena);
  }
  const Document& allow(model::Value action, model::Value resource) {
    model::Value statement = object({{"Effect", text("Allow")}, {"Action", action}, {"Resource", resource}});
    model::Value made = object({{"Version", text("2012-10-17")}, {"Statement", statement}});
    return *read_document(*root_.arena.make<model::Value>(made), root_, root_.arena);
  }

  model::Root root_;
};

}  // namespace assay::rules::identity
