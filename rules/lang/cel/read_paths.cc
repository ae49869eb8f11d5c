#include "rules/lang/cel/read_paths.h"

#include <algorithm>

namespace assay::rules::cel {
namespace {

// Functions of their arguments' content, or of what is the same in a whole scan. One that is not listed may look at
// the place a value was written at, at the judged resource, or at others.
constexpr std::string_view kOfContent[] = {
    "api_deprecated", "api_removed", "base64.decode", "base64.encode", "bool", "bytes", "charAt", "cidr", "contains",
    "containsCIDR", "containsIP", "decoded", "distinct", "double", "endsWith", "family", "find", "findAll", "first",
    "flatten", "hardcoded_secret", "image", "indexOf", "int", "ip", "isCIDR", "isIP", "isLinkLocalUnicast", "isLoopback",
    "isSorted", "isUnspecified", "is_open_cidr", "is_placeholder", "is_secret_name", "join", "kubernetes_minor", "last",
    "lastIndexOf", "looks_secret", "lowerAscii", "masked", "matches", "math.abs", "math.greatest", "math.least", "max",
    "min", "policy", "policy_statements", "ports_include", "prefixLength", "quantity", "repeated", "replace", "reverse",
    "secret_kind", "sets.contains", "sets.equivalent", "sets.intersects", "size", "slice", "sort", "split", "startsWith",
    "string", "substring", "sum", "text_secret", "trim", "type", "uint", "upperAscii", "written",
};

// What pod_security() reads of a pod, whichever check is asked about one part of it.
constexpr std::string_view kOfPod[][3] = {
    {"metadata", "annotations", ""},      {"spec", "os", "name"},           {"spec", "hostUsers", ""},
    {"spec", "securityContext", ""},      {"spec", "hostNetwork", ""},      {"spec", "hostPID", ""},
    {"spec", "hostIPC", ""},
};
// The checks of containers that read nothing of them but the security context.
constexpr std::string_view kOfSecurityContext[] = {
    "allowPrivilegeEscalation", "appArmorProfile", "capabilities_baseline", "capabilities_restricted", "privileged",
    "procMount", "procMount_restricted", "runAsNonRoot", "runAsUser", "seLinuxOptions", "windowsHostProcess",
};

bool listed(std::span<const std::string_view> names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_global(const Node& node, int slot) { return node.op == Op::kGlobal && node.slot == static_cast<uint32_t>(slot); }

bool is_text(const Node& node) { return node.op == Op::kConstant && node.constant.is(Kind::kString); }

class Collector {
 public:
  explicit Collector(std::vector<ReadPath>& out) : out_(out) {}

  bool collect(const Node& node) {
    ReadPath path;
    if (chain(node, path)) return add(path);
    if (node.op == Op::kSelect && is_global(node.arg(0), kMetaSlot)) {
      return (node.text == "type" || node.text == "format") && note(ReadPath());
    }
    if (node.op == Op::kGlobal) return false;  // the resource's own attributes, its address
    if (node.op == Op::kCall) return call(node);
    return all(node, 0);
  }

 private:
  bool all(const Node& node, uint32_t first) {
    for (uint32_t i = first; i < node.arg_count; ++i) {
      if (!collect(node.arg(i))) return false;
    }
    return true;
  }

  bool call(const Node& node) {
    bool command = node.text == "runs" || node.text == "flag";
    if (command && node.arg_count == 2 && is_global(node.arg(0), kItemSlot)) {
      return add_item("command") && add_item("args") && collect(node.arg(1));
    }
    if (node.text == "pod_security") return pod_security(node);
    return (command || listed(kOfContent, node.text)) && all(node, 0);
  }

  // About one part of a pod: a container, a volume, a name.
  bool pod_security(const Node& node) {
    if (node.arg_count != 3 || !is_text(node.arg(0)) || !is_global(node.arg(1), kResourceSlot)) return false;
    for (const auto& keys : kOfPod) {
      ReadPath path;
      for (std::string_view key : keys) {
        if (!key.empty()) path.keys[path.count++] = key;
      }
      add(path);
    }
    if (is_global(node.arg(2), kItemSlot) && listed(kOfSecurityContext, node.arg(0).constant.text())) {
      return add_item("securityContext");
    }
    return collect(node.arg(2));
  }

  // A chain of fields from `resource` or `item`.
  static bool chain(const Node& node, ReadPath& path) {
    std::string_view key;
    switch (node.op) {
      case Op::kGlobal:
        path.of_item = is_global(node, kItemSlot);
        return path.of_item || is_global(node, kResourceSlot);
      case Op::kSelect:
      case Op::kHas: key = node.text; break;
      case Op::kIndex:
        if (!is_text(node.arg(1))) return false;
        key = node.arg(1).constant.text();
        break;
      default: return false;
    }
    if (!chain(node.arg(0), path)) return false;
    if (path.count < ReadPath::kMaxKeys) path.keys[path.count++] = key;
    return true;
  }

  bool add_item(std::string_view key) {
    ReadPath path;
    path.of_item = true;
    path.keys[path.count++] = key;
    return add(path);
  }
  bool add(const ReadPath& path) {
    if (!path.of_item && path.count == 0) return false;  // the whole view: no two are alike
    return note(path);
  }
  bool note(const ReadPath& path) {
    auto same = [&](const ReadPath& other) {
      return other.of_item == path.of_item && other.count == path.count &&
             std::equal(path.keys.begin(), path.keys.begin() + path.count, other.keys.begin());
    };
    if (std::none_of(out_.begin(), out_.end(), same)) out_.push_back(path);
    return true;
  }

  std::vector<ReadPath>& out_;
};

// Leaves out of a condition what depends on more than paths, so that where the rest is false all of it is.
class Weakener {
 public:
  Weakener(core::Arena& arena, std::vector<ReadPath>& out) : arena_(arena), out_(out) {}

  // Null: nothing is left.
  const Node* weaken(const Node& node) {
    const size_t before = out_.size();
    if (Collector(out_).collect(node)) return &node;
    out_.resize(before);
    const Node* out = nullptr;
    if (node.op == Op::kAnd) {
      const Node* a = weaken(node.arg(0));
      const Node* b = weaken(node.arg(1));
      return a && b ? with_args(node, {a, b}) : a ? a : b;
    }
    if (node.op == Op::kOr) {
      const Node* a = weaken(node.arg(0));
      const Node* b = a ? weaken(node.arg(1)) : nullptr;
      if (b) out = with_args(node, {a, b});
    } else if (node.op == Op::kComprehension && node.macro == Macro::kExists && node.slot2 < 0 && node.arg_count == 2) {
      const Node* body = Collector(out_).collect(node.arg(0)) ? weaken(node.arg(1)) : nullptr;
      if (body) out = with_args(node, {&node.arg(0), body});
    } else if (node.op == Op::kCall && node.text == "absent" && node.arg_count >= 2) {
      // Nothing is absent that has no name.
      if (Collector(out_).collect(node.arg(1))) {
        Node not_equal = node;
        not_equal.op = Op::kNotEqual;
        not_equal.text = {};
        not_equal.overloads = nullptr;
        not_equal.overload_count = 0;
        out = with_args(not_equal, {&node.arg(1), arena_.make<Node>()});
      }
    }
    if (out == nullptr) out_.resize(before);
    return out;
  }

 private:
  const Node* with_args(const Node& node, std::initializer_list<const Node*> args) {
    Node* out = arena_.make<Node>(node);
    auto copy = arena_.copy(std::span<const Node* const>(args.begin(), args.size()));
    out->args = copy.data();
    out->arg_count = static_cast<uint32_t>(copy.size());
    return out;
  }

  core::Arena& arena_;
  std::vector<ReadPath>& out_;
};

}  // namespace

const Node* weaker(const Node& node, core::Arena& arena, std::vector<ReadPath>& out) {
  return Weakener(arena, out).weaken(node);
}

bool collect_paths(const Node& node, std::vector<ReadPath>& out) { return Collector(out).collect(node); }

}  // namespace assay::rules::cel
