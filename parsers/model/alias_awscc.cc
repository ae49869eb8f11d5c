#include "parsers/model/alias_awscc.h"

#include <algorithm>
#include <array>
#include <utility>

namespace assay::model {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Words that the provider takes for one.
constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kWords = {{
    {"CloudFormation", "Cloudformation"},
    {"CloudFront", "Cloudfront"},
    {"CloudWatch", "Cloudwatch"},
    {"CNAMEs", "Cnames"},
    {"FSx", "Fsx"},
    {"OTel", "Otel"},
}};

}  // namespace

std::string awscc_name(std::string_view property) {
  std::string text(property);
  for (auto [word, one] : kWords) {
    for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + one.size())) {
      text.replace(at, word.size(), one);
    }
  }
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    char next = i + 1 < text.size() ? text[i + 1] : '\0';
    bool after_upper = i > 0 && is_upper(text[i - 1]);
    // A word begins at the last capital of an acronym, and ends before a capital, or a digit that
    // a small letter is before.
    if (is_upper(c) && is_lower(next) && after_upper) out += '_';
    if (is_upper(c)) {
      out += static_cast<char>(c - 'A' + 'a');
    } else {
      out += is_lower(c) || is_digit(c) ? c : '_';
    }
    bool ends = is_lower(c) ? is_upper(next) || is_digit(next) : is_digit(c) && (is_upper(next) || is_lower(next));
    if (ends) out += '_';
  }
  return out;
}

std::string awscc_type(std::string_view cloudformation) {
  if (cloudformation.substr(0, 5) != "AWS::") return {};
  std::string_view rest = cloudformation.substr(5);
  size_t colons = rest.find("::");
  if (colons == std::string_view::npos) return {};
  std::string out(kAwsccPrefix);
  for (char c : rest.substr(0, colons)) out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  out += '_';
  return out + awscc_name(rest.substr(colons + 2));
}

std::string without_awscc_breaks(std::string_view name) {
  if (std::any_of(name.begin(), name.end(), is_upper)) return std::string(name);
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '_' && i > 0 && i + 1 < name.size()) {
      if (is_lower(name[i - 1]) && is_digit(name[i + 1])) continue;
      // "ar_ns": the last letter of an acronym went to its plural.
      bool ends = i + 3 == name.size() || (i + 3 < name.size() && name[i + 3] == '_');
      bool plural = ends && name[i + 2] == 's';
      if (plural && std::string_view("cdlnprz").find(name[i + 1]) != std::string_view::npos) continue;
    }
    out += name[i];
  }
  return out;
}

std::string_view AwsccTables::keep(std::string text) {
  if (auto at = known_.find(text); at != known_.end()) return *at;
  return *known_.insert(texts_.emplace_back(std::move(text))).first;
}

// Two names of properties mean something else in Terraform where they are a resource's own.
std::string_view AwsccTables::name(std::string_view property, std::string_view type) {
  std::string out = awscc_name(property);
  if (!type.empty() && out == "provider") out = "provider_name";
  if (!type.empty() && out == "id") {
    size_t service = type.find('_', kAwsccPrefix.size());
    out = std::string(type.substr(service + 1)) + "_id";
  }
  return keep(std::move(out));
}

// `type`: the path begins at the resource; empty: within one of its properties.
Path AwsccTables::path(const Path& cloudformation, std::string_view type) {
  Path out = cloudformation;
  for (size_t i = 0; i < out.size(); ++i) {
    // What no property can be called is a key of the user's.
    bool plain = out[i].kind == PathStep::Kind::kKey && out[i].key.find_first_of("._") == std::string_view::npos;
    if (plain) out[i].key = name(out[i].key, i == 0 ? type : std::string_view());
  }
  return out;
}

Mapping AwsccTables::mapping(const Mapping& cloudformation, std::string_view type) {
  Mapping out = cloudformation;
  for (Path& source : out.sources) source = path(source, type);
  out.when_path = path(out.when_path, type);
  for (Coercion& coercion : out.coercions) {
    if (coercion == Coercion::kSnake) coercion = Coercion::kAwscc;
  }
  for (Mapping& part : out.parts) part = mapping(part, {});
  return out;
}

const NativeTable* AwsccTables::table(const NativeTable& cloudformation) {
  std::lock_guard lock(mutex_);
  auto [made, fresh] = tables_.try_emplace(&cloudformation, cloudformation);
  NativeTable& out = made->second;
  if (!fresh) return &out;
  out.format = "terraform";
  out.native = keep(awscc_type(cloudformation.native));
  out.awscc = true;
  if (!out.join_from.empty()) out.join_from = name(out.join_from, out.native);
  for (std::string_view& attribute : out.join_to) attribute = name(attribute, out.native);
  if (!out.where_attribute.empty()) out.where_attribute = name(out.where_attribute, out.native);
  std::string_view top = out.each.empty() ? out.native : std::string_view();
  out.each = path(out.each, out.native);
  for (Mapping& line : out.mappings) line = mapping(line, top);
  return &out;
}

}  // namespace assay::model
