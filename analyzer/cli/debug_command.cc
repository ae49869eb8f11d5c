// assay debug: what was understood, with spans. tree: syntax; model: resources and values; graph:
// edges; expr: one Terraform expression.
#include <algorithm>

#include "analyzer/cli/commands.h"
#include "analyzer/pipeline/expression.h"
#include "parsers/core/json_writer.h"
#include "parsers/core/text.h"

namespace assay::cli {
namespace {

// A step of a path: a.b, or a["b.c"] where the key is not a plain name.
std::string child_path(const std::string& path, std::string_view key) {
  bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return core::is_alpha(c) || core::is_digit(c) || c == '_' || c == '-' || c == ':';
  });
  if (plain) return path.empty() ? std::string(key) : path + "." + std::string(key);
  std::string out = path + "[";
  core::append_json_string(out, key);
  return out + "]";
}

struct Leaf {
  std::string path;
  const model::Value* value;
  bool known;
};

void collect(const model::Value& value, const std::string& path, std::vector<Leaf>& out) {
  if (value.guard != model::kAlways) {
    out.push_back({path, &value, false});
  } else if (value.is_sequence() && value.size > 0) {
    size_t index = 0;
    for (const model::Value& item : value.items()) collect(item, path + "[" + std::to_string(index++) + "]", out);
  } else if (value.is_mapping() && value.size > 0) {
    for (const model::Entry& entry : value.entries()) collect(entry.value, child_path(path, entry.key), out);
  } else {
    out.push_back({path, &value, !value.is_unknown() && !value.is_alternatives()});
  }
}

bool is_certain(const model::Resource& resource) {
  return resource.exists == model::kAlways && !resource.representative;
}

bool is_shown(const model::Resource& resource) {
  return resource.kind == "resource" || resource.kind == "data" || resource.kind == "object";
}

std::string model_json(const pipeline::Scan& scan) {
  std::string out;
  core::JsonWriter json(out, core::JsonWriter::Style::kPretty);
  json.begin_object().key("resources").begin_array();
  for (const model::Resource* resource : scan.project.resources) {
    if (!is_shown(*resource)) continue;
    std::vector<Leaf> leaves;
    for (const model::Entry& entry : resource->attributes.entries()) {
      collect(entry.value, child_path("", entry.key), leaves);
    }
    json.begin_object();
    json.field("address", resource->address).field("type", resource->type).field("format", resource->format);
    json.field("certainty", is_certain(*resource) ? "certain" : "possible");
    json.key("values").begin_object();
    for (const Leaf& leaf : leaves) {
      if (!leaf.known) continue;
      json.key(leaf.path);
      const model::Value& value = *leaf.value;
      if (value.is_null()) json.null();
      else if (value.is_bool()) json.value(value.boolean);
      else if (value.is_number()) json.raw(value.number().to_text());
      else if (value.is_sequence()) json.begin_array().end_array();
      else if (value.is_mapping()) json.begin_object().end_object();
      else json.value(value.text());
    }
    json.end_object();
    json.key("unknown").begin_array();
    for (const Leaf& leaf : leaves) {
      if (!leaf.known) json.value(leaf.path);
    }
    json.end_array();
    bool any_sensitive = std::any_of(leaves.begin(), leaves.end(),
                                     [](const Leaf& leaf) { return leaf.value->has_mark(model::kSensitive); });
    if (any_sensitive) {
      json.key("sensitive").begin_array();
      for (const Leaf& leaf : leaves) {
        if (leaf.value->has_mark(model::kSensitive)) json.value(leaf.path);
      }
      json.end_array();
    }
    json.end_object();
  }
  json.end_array().end_object();
  return out + "\n";
}

std::string place(const pipeline::Scan& scan, const core::Span& span) {
  if (!span.valid()) return "";
  core::Position at = scan.sources.lines(span.file).position(span.begin);
  return scan.sources.path(span.file) + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

std::string model_text(const pipeline::Scan& scan) {
  std::string out;
  for (const model::Resource* resource : scan.project.resources) {
    out += std::string(resource->address) + "  " + std::string(resource->type) + " (" +
           std::string(resource->format) + ", " + (is_certain(*resource) ? "certain" : "possible") + ")  " +
           place(scan, resource->header) + "\n";
    if (resource->exists != model::kAlways) {
      out += "    exists when " + resource->root->guards.to_text(resource->exists) + "\n";
    }
    for (const model::View& view : resource->views) out += "    seen as " + std::string(view.type.text()) + "\n";
    std::vector<Leaf> leaves;
    for (const model::Entry& entry : resource->attributes.entries()) {
      collect(entry.value, child_path("", entry.key), leaves);
    }
    for (const Leaf& leaf : leaves) {
      out += "    " + leaf.path + " = " + model::to_text(*leaf.value, &resource->root->guards) + "  " +
             place(scan, leaf.value->span) + "\n";
    }
  }
  return out;
}

std::string_view edge_name(model::EdgeKind kind) {
  static constexpr std::string_view kNames[] = {"refers", "contains", "completes", "selects",
                                                "grants", "runs-as",  "deploys"};
  return kNames[static_cast<size_t>(kind)];
}

std::string graph_out(const pipeline::Scan& scan, bool as_json) {
  std::string out;
  core::JsonWriter json(out, core::JsonWriter::Style::kPretty);
  if (as_json) json.begin_object().key("edges").begin_array();
  for (const model::Edge& edge : scan.project.edges) {
    std::string_view from = scan.project.resources[edge.from]->address;
    std::string_view to = scan.project.resources[edge.to]->address;
    bool certain = edge.guard == model::kAlways;
    if (as_json) {
      json.begin_object().field("from", from).field("to", to).field("kind", edge_name(edge.kind));
      json.field("path", edge.path).field("certainty", certain ? "certain" : "possible").end_object();
    } else {
      out += std::string(from) + " " + std::string(edge_name(edge.kind)) + " " + std::string(to);
      if (!edge.path.empty()) out += "  (" + std::string(edge.path) + ")";
      out += certain ? "\n" : "  possible\n";
    }
  }
  if (as_json) {
    json.end_array().end_object();
    out += "\n";
  }
  return out;
}

void node_json(core::JsonWriter& json, const syntax::Node& node) {
  json.begin_object();
  json.field("kind", syntax::kind_name(node.kind)).field("begin", node.begin).field("end", node.end);
  if (!node.text.empty()) json.field("text", node.text);
  if (!node.tag().empty()) json.field("tag", node.tag());
  if (!node.anchor().empty()) json.field("anchor", node.anchor());
  if (node.child_count > 0 && node.kind != syntax::NodeKind::kAlias) {
    json.key("children").begin_array();
    for (const syntax::Node* child : node.children()) {
      if (child) node_json(json, *child);
      else json.null();
    }
    json.end_array();
  }
  json.end_object();
}

std::string tree_out(const pipeline::Scan& scan, bool as_json) {
  std::string out;
  core::JsonWriter json(out, core::JsonWriter::Style::kPretty);
  if (as_json) json.begin_object().key("files").begin_array();
  for (const std::unique_ptr<syntax::Tree>& tree : scan.trees) {
    if (!tree) continue;
    const std::string& path = scan.sources.path(tree->file);
    if (as_json) {
      json.begin_object().field("file", path).field("accepted", tree->accepted).key("tree");
      node_json(json, *tree->root);
      json.end_object();
    } else {
      out += path + (tree->accepted ? "" : "  (syntax errors)") + "\n" + syntax::to_text(*tree);
    }
  }
  if (as_json) {
    json.end_array().end_object();
    out += "\n";
  }
  return out;
}

int run_expression(const Options& given) {
  core::RealFileSystem files;
  pipeline::ScanOptions scan;
  Options merged;
  Options options = given;
  options.paths.clear();
  if (!given.directory.empty()) options.paths.push_back(given.directory);
  if (!make_scan_options(options, files, scan, merged)) return kUsage;
  pipeline::ExpressionAnswer answer = pipeline::evaluate_expression(files, scan, given.expression);
  if (!answer.error.empty()) {
    print_error("assay: " + answer.error + "\n");
    return kUsage;
  }
  print_out(answer.text + "\n");
  return kClean;
}

}  // namespace

int run_debug(const Options& given) {
  if (given.command == Command::kDebugExpr) return run_expression(given);
  core::RealFileSystem files;
  pipeline::ScanOptions options;
  Options merged;
  if (!make_scan_options(given, files, options, merged)) return kUsage;
  options.rules_enabled = false;
  std::unique_ptr<pipeline::Scan> scan = pipeline::scan(files, options);
  if (print_usage_errors(scan->usage_errors)) return kUsage;
  bool as_json = merged.format == "json";
  switch (given.command) {
    case Command::kDebugTree: print_out(tree_out(*scan, as_json)); break;
    case Command::kDebugModel: print_out(as_json ? model_json(*scan) : model_text(*scan)); break;
    default: print_out(graph_out(*scan, as_json)); break;
  }
  for (const core::Problem& problem : scan->report.problems) {
    print_error("assay: " + problem.code + ": " + place(*scan, problem.span) + " " + problem.message + "\n");
  }
  return kClean;
}

}  // namespace assay::cli
