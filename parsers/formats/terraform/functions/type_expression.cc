// Type constraints of variables, as written in `type = ...`.
#include <algorithm>
#include <string>
#include <vector>

#include "parsers/core/suggest.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

using syntax::Node;
using syntax::NodeKind;

class TypeReader {
 public:
  TypeReader(core::FileId file, CallContext& context, const DefaultEvaluator& evaluate,
             core::Problems& problems)
      : file_(file), context_(context), evaluate_(evaluate), problems_(problems) {}

  const Type* read(const Node& node, uint32_t depth) {
    if (depth > core::kMaxNesting) return complain(node, "the type is nested too deeply");
    switch (node.kind) {
      case NodeKind::kParentheses:
        return node.child(0) != nullptr ? read(*node.child(0), depth + 1) : model::dynamic_type();
      case NodeKind::kVariable:
        return keyword(node, node.text, depth);
      case NodeKind::kTemplate:
        return quoted(node);
      case NodeKind::kString:
        return legacy(node, node.text);
      case NodeKind::kCall:
        return constructor(node, depth);
      case NodeKind::kError:
        return model::dynamic_type();  // the reader has said so
      default:
        return complain(node,
                        "a type such as string, list(string) or object({...}) is expected here");
    }
  }

 private:
  const Type* complain(const Node& node, std::string message) {
    core::add_problem(problems_, core::ProblemSeverity::kError, "terraform-type",
                      std::move(message), {file_, node.begin, node.end});
    return model::dynamic_type();
  }

  const Type* keyword(const Node& node, std::string_view name, uint32_t depth) {
    if (name == "string") return model::string_type();
    if (name == "number") return model::number_type();
    if (name == "bool") return model::bool_type();
    if (name == "any") return model::dynamic_type();
    // "list", "set" and "map" alone hold anything, as Terraform 0.11 had them.
    if (depth == 0 && name == "list")
      return model::list_type(context_.arena, model::dynamic_type());
    if (depth == 0 && name == "map") return model::map_type(context_.arena, model::dynamic_type());
    if (name == "list" || name == "set" || name == "map") {
      return complain(node, "the type \"" + std::string(name) +
                                "\" needs the type of its elements: " + std::string(name) +
                                "(string)");
    }
    if (name == "object")
      return complain(node, "the type \"object\" needs its attributes: object({ name = string })");
    if (name == "tuple")
      return complain(
          node, "the type \"tuple\" needs the types of its elements: tuple([string, number])");
    static const std::vector<std::string_view> kNames{"any",    "bool", "list",   "map",  "number",
                                                      "object", "set",  "string", "tuple"};
    return complain(
        node, "unknown type \"" + std::string(name) + "\"" + core::did_you_mean(name, kNames));
  }

  const Type* quoted(const Node& node) {
    if (node.child_count == 1 && node.child(0)->kind == NodeKind::kTemplateText)
      return legacy(node, node.child(0)->text);
    return complain(node, "a type is a keyword, not a text");
  }

  const Type* legacy(const Node& node, std::string_view name) {
    if (name == "string") return model::string_type();
    if (name == "list") return model::list_type(context_.arena, model::dynamic_type());
    if (name == "map") return model::map_type(context_.arena, model::dynamic_type());
    return complain(
        node,
        "a quoted type can only be \"string\", \"list\" or \"map\"; write the type without quotes");
  }

  const Type* constructor(const Node& node, uint32_t depth) {
    std::string_view name = node.text;
    if (name == "optional")
      return complain(node, "optional(...) is valid only for attributes of an object type");
    bool collection = name == "list" || name == "set" || name == "map";
    if (!collection && name != "object" && name != "tuple") {
      static const std::vector<std::string_view> kNames{"list",     "map", "object",
                                                        "optional", "set", "tuple"};
      return complain(node, "there is no type constructor \"" + std::string(name) + "\"" +
                                core::did_you_mean(name, kNames));
    }
    if (node.child_count != 1) {
      return complain(
          node, "the type constructor \"" + std::string(name) + "\" takes exactly one argument");
    }
    const Node& argument = *node.child(0);
    if (collection) {
      const Type* element = read(argument, depth + 1);
      if (name == "list") return model::list_type(context_.arena, element);
      return name == "set" ? model::set_type(context_.arena, element)
                           : model::map_type(context_.arena, element);
    }
    return name == "object" ? object(argument, depth) : tuple(argument, depth);
  }

  const Type* tuple(const Node& node, uint32_t depth) {
    if (node.kind != NodeKind::kTuple)
      return complain(node, "tuple(...) takes a list of types: tuple([string, number])");
    std::vector<const Type*> elements;
    for (const Node* child : node.children()) elements.push_back(read(*child, depth + 1));
    return model::tuple_type(context_.arena, elements);
  }

  static std::string_view attribute_name(const Node& key) {
    if (key.kind == NodeKind::kVariable) return key.text;
    if (key.kind == NodeKind::kString || key.kind == NodeKind::kTemplateText) return key.text;
    if (key.kind == NodeKind::kTemplate && key.child_count == 1)
      return attribute_name(*key.child(0));
    if (key.kind == NodeKind::kBool || key.kind == NodeKind::kNull) return key.text;
    return {};
  }

  const Type* object(const Node& node, uint32_t depth) {
    if (node.kind != NodeKind::kObject) {
      return complain(node,
                      "object(...) takes attributes and their types: object({ name = string })");
    }
    std::vector<model::TypeMember> members;
    for (const Node* item : node.children()) {
      if (item->kind != NodeKind::kObjectItem || item->child_count < 2) continue;
      std::string_view name = attribute_name(*item->child(0));
      if (name.empty()) {
        complain(*item->child(0), "an attribute of an object type needs a plain name");
        continue;
      }
      auto same = [&](const model::TypeMember& member) { return member.name == name; };
      if (std::any_of(members.begin(), members.end(), same)) {
        complain(*item->child(0), "the attribute \"" + std::string(name) + "\" is declared twice");
        continue;
      }
      members.push_back(member(name, *item->child(1), depth + 1));
    }
    return model::object_type(context_.arena, members);
  }

  model::TypeMember member(std::string_view name, const Node& node, uint32_t depth) {
    model::TypeMember out;
    out.name = context_.arena.copy(name);  // values outlive the text of JSON files
    if (node.kind != NodeKind::kCall || node.text != "optional") {
      out.type = read(node, depth);
      return out;
    }
    out.optional = true;
    out.type = model::dynamic_type();
    if (node.child_count < 1 || node.child_count > 2) {
      complain(node, "optional(...) takes a type and, if wanted, a default value");
      return out;
    }
    out.type = read(*node.child(0), depth + 1);
    if (node.child_count == 1) return out;
    CallResult value =
        evaluate_ ? evaluate_(*node.child(1)) : failure("no default can be evaluated here");
    if (!value.is_error) value = convert(value.value, out.type, context_);
    if (value.is_error) {
      complain(*node.child(1), "the default of the attribute \"" + std::string(name) +
                                   "\" does not fit its type: " + value.error);
    } else {
      out.default_value = context_.arena.make<Value>(value.value);
    }
    return out;
  }

  const core::FileId file_;
  CallContext& context_;
  const DefaultEvaluator& evaluate_;
  core::Problems& problems_;
};

}  // namespace

const Type* parse_type(const Node& node, core::FileId file, CallContext& context,
                       const DefaultEvaluator& evaluate_default, core::Problems& problems) {
  return TypeReader(file, context, evaluate_default, problems).read(node, 0);
}

}  // namespace assay::formats::terraform
