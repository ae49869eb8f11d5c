// The CEL conformance suite (../shared/conformance/cel): parses, checks and evaluates each case and
// compares kind and content of the result. Cases that need protobuf messages are counted as skipped.
//
//   conformance_cel [--passing FILE] [--update] [--filter TEXT] [--verbose]
//
// With --passing, every case listed in FILE must pass; --update rewrites it with all that pass.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/program.h"

namespace {

using namespace assay;
using namespace assay::rules::cel;
using nlohmann::json;

// --- Macros of block_ext, which exist for this suite only.

Expr* block(Builder& build, Expr* call, Expr*, std::span<Expr* const> args) {
  if (args[0]->kind != ExprKind::kList) return build.fail(*args[0], "cel.block takes a list");
  Expr* out = args[1];
  for (uint32_t i = args[0]->arg_count; i-- > 0;) {
    Expr* parts[] = {args[0]->arg(i), out};
    out = build.make(ExprKind::kBind, call->begin, call->end, parts);
    out->variable = build.arena().copy("@index" + std::to_string(i));
  }
  return out;
}
std::string number(const Expr* arg) { return to_text(arg->literal); }
Expr* index(Builder& build, Expr* call, Expr*, std::span<Expr* const> args) {
  return build.ident(build.arena().copy("@index" + number(args[0])), call->begin, call->end);
}
Expr* iteration_variable(Builder& build, Expr* call, Expr*, std::span<Expr* const> args) {
  return build.ident(build.arena().copy("@it:" + number(args[0]) + ":" + number(args[1])), call->begin, call->end);
}
Expr* accumulator(Builder& build, Expr* call, Expr*, std::span<Expr* const> args) {
  return build.ident(build.arena().copy("@ac:" + number(args[0]) + ":" + number(args[1])), call->begin, call->end);
}
constexpr MacroDef kBlockMacros[] = {
    {"cel.block", 2, false, block},
    {"cel.index", 1, false, index},
    {"cel.iterVar", 2, false, iteration_variable},
    {"cel.accuVar", 2, false, accumulator},
};

// --- Reading values and types.

std::string decode_base64(const std::string& text) {
  static const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  unsigned block = 0;
  int bits = 0;
  for (char c : text) {
    size_t at = alphabet.find(c);
    if (at == std::string::npos) break;
    block = block << 6 | static_cast<unsigned>(at);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(block >> bits & 0xff);
    }
  }
  return out;
}

double read_double(const json& value) {
  if (value.is_number()) return value.get<double>();
  std::string text = value.get<std::string>();
  return text == "NaN" ? NAN : text == "Infinity" ? INFINITY : -INFINITY;
}

Val read_value(const json& value, core::Arena& arena) {
  const std::string& kind = value.begin().key();
  const json& content = value.begin().value();
  if (kind == "boolValue") return bool_val(content.get<bool>());
  if (kind == "int64Value") return int_val(std::stoll(content.get<std::string>()));
  if (kind == "uint64Value") return uint_val(std::stoull(content.get<std::string>()));
  if (kind == "doubleValue") return double_val(read_double(content));
  if (kind == "stringValue") return string_val(arena.copy(std::string_view(content.get_ref<const std::string&>())));
  if (kind == "bytesValue") return bytes_val(arena.copy(std::string_view(decode_base64(content.get<std::string>()))));
  if (kind == "typeValue") return type_val(arena.copy(std::string_view(content.get_ref<const std::string&>())));
  if (kind == "listValue") {
    std::vector<Val> items;
    for (const json& item : content.value("values", json::array())) items.push_back(read_value(item, arena));
    return list_val(arena.copy(items));
  }
  if (kind == "mapValue") {
    std::vector<Val> keys, values;
    for (const json& entry : content.value("entries", json::array())) {
      keys.push_back(read_value(entry["key"], arena));
      values.push_back(read_value(entry["value"], arena));
    }
    return map_val(arena.copy(keys), arena.copy(values), arena);
  }
  return null_val();
}

bool same(const Val& a, const Val& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Kind::kNull: return true;
    case Kind::kBool: return a.boolean == b.boolean;
    case Kind::kInt:
    case Kind::kDuration: return a.integer == b.integer;
    case Kind::kTimestamp: return a.integer == b.integer && a.size == b.size;
    case Kind::kUint: return a.natural == b.natural;
    case Kind::kDouble: return a.real == b.real || (std::isnan(a.real) && std::isnan(b.real));
    case Kind::kString:
    case Kind::kBytes:
    case Kind::kType: return a.text() == b.text();
    case Kind::kList:
      if (a.size != b.size) return false;
      for (uint32_t i = 0; i < a.size; ++i) {
        if (!same(a.items[i], b.items[i])) return false;
      }
      return true;
    case Kind::kMap:
      if (a.size != b.size) return false;
      for (uint32_t i = 0; i < a.size; ++i) {
        bool found = false;
        for (uint32_t k = 0; k < b.size && !found; ++k) {
          found = same(a.map->keys[i], b.map->keys[k]) && same(a.map->values[i], b.map->values[k]);
        }
        if (!found) return false;
      }
      return true;
    default: return false;
  }
}

const Type* read_type(const json& type, core::Arena& arena) {
  const std::string& kind = type.begin().key();
  const json& content = type.begin().value();
  if (kind == "primitive") {
    std::string name = content.get<std::string>();
    if (name == "BOOL") return simple_type(TypeKind::kBool);
    if (name == "INT64") return simple_type(TypeKind::kInt);
    if (name == "UINT64") return simple_type(TypeKind::kUint);
    if (name == "DOUBLE") return simple_type(TypeKind::kDouble);
    if (name == "STRING") return simple_type(TypeKind::kString);
    return simple_type(TypeKind::kBytes);
  }
  if (kind == "null") return simple_type(TypeKind::kNull);
  if (kind == "wellKnown") {
    std::string name = content.get<std::string>();
    if (name == "TIMESTAMP") return simple_type(TypeKind::kTimestamp);
    if (name == "DURATION") return simple_type(TypeKind::kDuration);
    return simple_type(TypeKind::kDyn);
  }
  if (kind == "listType") return list_of(arena, read_type(content["elemType"], arena));
  if (kind == "mapType") {
    return map_of(arena, read_type(content["keyType"], arena), read_type(content["valueType"], arena));
  }
  if (kind == "typeParam") return type_param(arena, arena.copy(std::string_view(content.get_ref<const std::string&>())));
  if (kind == "type") return type_of_type(arena, simple_type(TypeKind::kDyn));
  if (kind == "abstractType") {
    std::vector<const Type*> params;
    for (const json& param : content.value("parameterTypes", json::array())) params.push_back(read_type(param, arena));
    return opaque_type(arena, arena.copy(std::string_view(content["name"].get_ref<const std::string&>())), params);
  }
  return simple_type(TypeKind::kDyn);
}

// Empty: passed; else what went wrong.
std::string run_case(const json& test) {
  Environment env(standard_environment());
  core::Arena& arena = env.arena();
  env.add_macros(kBlockMacros);
  env.set_container(test.value("container", ""));
  std::map<std::string, int> slots;
  for (const json& declaration : test.value("type_env", json::array())) {
    std::string name = declaration["name"];
    if (declaration.contains("ident")) {
      slots[name] = env.add_variable(name, read_type(declaration["ident"]["type"], arena));
    } else {
      for (const json& overload : declaration["function"]["overloads"]) {
        Signature signature;
        signature.member = overload.value("isInstanceFunction", false);
        for (const json& param : overload.value("params", json::array())) {
          signature.params.push_back(read_type(param, arena));
        }
        signature.result = read_type(overload["resultType"], arena);
        env.add_function(name, std::move(signature));
      }
    }
  }
  std::vector<Val> variables;
  const json bindings = test.value("bindings", json::object());
  for (const auto& [name, binding] : bindings.items()) {
    if (!slots.count(name)) slots[name] = env.add_variable(name, simple_type(TypeKind::kDyn));
  }
  variables.resize(static_cast<size_t>(env.slot_count()));
  for (const auto& [name, slot] : slots) {
    // Declared but not bound: an error when read.
    variables[static_cast<size_t>(slot)] =
        bindings.contains(name) && bindings[name].contains("value") ? read_value(bindings[name]["value"], arena)
                                                                     : error_val("no such variable");
  }

  CompileOptions options;
  options.macros = !test.value("disable_macros", false);
  options.check = !test.value("disable_check", false);
  Issues issues;
  auto program = compile(env, test["expr"].get<std::string>(), options, issues);
  bool wants_error = test.contains("eval_error");
  if (!program) {
    return wants_error ? "" : "does not compile: " + issues.front().message;
  }
  if (test.contains("typed_result")) {
    const Type* wanted = read_type(test["typed_result"]["deducedType"], arena);
    if (!program->type || !same_type(*program->type, *wanted)) {
      return "type " + (program->type ? to_text(*program->type) : "none") + ", expected " + to_text(*wanted);
    }
  }
  if (test.value("check_only", false)) return "";
  uint64_t steps = core::kMaxSteps;
  Eval eval(*program, variables, arena, nullptr, nullptr, steps);
  Val result = eval.run();
  if (wants_error) return result.is_error() ? "" : "gives " + to_text(result) + ", expected an error";
  const json* wanted = test.contains("value") ? &test["value"] : nullptr;
  if (test.contains("typed_result") && test["typed_result"].contains("result")) wanted = &test["typed_result"]["result"];
  if (!wanted) return "";
  Val expected = read_value(*wanted, arena);
  if (same(result, expected)) return "";
  return "gives " + to_text(result) + ", expected " + to_text(expected);
}

}  // namespace

int main(int argc, char** argv) {
  std::string passing_path, filter;
  bool update = false, verbose = false;
  for (int i = 1; i < argc; ++i) {
    std::string arg = argv[i];
    if (arg == "--update") update = true;
    else if (arg == "--verbose") verbose = true;
    else if (arg == "--passing" && i + 1 < argc) passing_path = argv[++i];
    else if (arg == "--filter" && i + 1 < argc) filter = argv[++i];
  }
  const char* shared = std::getenv("ASSAY_SHARED");
  std::ifstream cases(std::string(shared ? shared : "../shared") + "/conformance/cel/cases.jsonl");
  if (!cases) {
    std::cout << "skipped: the suite is not there (set ASSAY_SHARED)\n"
              << "suite=cel cases=0 passed=0 failed=0 skipped=0\n";
    return 0;
  }
  std::set<std::string> listed;
  if (std::ifstream list(passing_path); list) {
    for (std::string line; std::getline(list, line);) listed.insert(line);
  }
  size_t total = 0, skipped = 0, failed = 0;
  std::set<std::string> passed;
  std::vector<std::string> regressions;
  for (std::string line; std::getline(cases, line);) {
    json test = json::parse(line);
    std::string id = test["id"];
    if (!filter.empty() && id.find(filter) == std::string::npos) continue;
    ++total;
    if (!test["protobuf_free"].get<bool>()) {
      ++skipped;
      if (verbose) std::cout << "skip " << id << ": needs protobuf messages\n";
      continue;
    }
    std::string problem = run_case(test);
    if (problem.empty()) {
      passed.insert(id);
      continue;
    }
    ++failed;
    std::cout << "fail " << id << ": " << test["expr"].dump().substr(0, 200) << ": " << problem << "\n";
    if (listed.count(id)) regressions.push_back(id);
  }
  if (update && !passing_path.empty()) {
    std::ofstream out(passing_path);
    for (const std::string& id : passed) out << id << "\n";
  }
  for (const std::string& id : regressions) std::cout << "regression " << id << "\n";
  std::cout << skipped << " skipped: they need protobuf messages, enums or wrappers\n";
  std::cout << "suite=cel cases=" << total << " passed=" << passed.size() << " failed=" << failed
            << " skipped=" << skipped << "\n";
  return regressions.empty() || update ? 0 : 1;
}
