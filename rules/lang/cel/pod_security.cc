#include "rules/lang/cel/pod_security.h"

#include <algorithm>

#include "parsers/model/kubernetes/api_versions.h"
#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

// Versions in which some check changed.
constexpr int kSeccompFields = 19;   // before, the profile was an annotation
constexpr int kWindowsExempt = 25;   // spec.os.name: windows excuses from what only Linux knows
constexpr int kEngineType = 31;      // container_engine_t
constexpr int kUserNamespaces = 35;  // hostUsers: false relaxes what root means

constexpr std::string_view kAppArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";
constexpr std::string_view kSeccompPodAnnotation = "seccomp.security.alpha.kubernetes.io/pod";
constexpr std::string_view kSeccompAnnotation = "container.seccomp.security.alpha.kubernetes.io/";

constexpr std::string_view kBaselineCapabilities[] = {
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"};

constexpr std::string_view kSeLinuxTypes[] = {"", "container_t", "container_init_t", "container_kvm_t"};

constexpr struct {
  std::string_view name;
  int since;
} kSysctls[] = {
    {"kernel.shm_rmid_forced", 0},
    {"net.ipv4.ip_local_port_range", 0},
    {"net.ipv4.tcp_syncookies", 0},
    {"net.ipv4.ping_group_range", 0},
    {"net.ipv4.ip_unprivileged_port_start", 0},
    {"net.ipv4.ip_local_reserved_ports", 27},
    {"net.ipv4.tcp_keepalive_time", 29},
    {"net.ipv4.tcp_fin_timeout", 29},
    {"net.ipv4.tcp_keepalive_intvl", 29},
    {"net.ipv4.tcp_keepalive_probes", 29},
    {"net.ipv4.tcp_rmem", 32},
    {"net.ipv4.tcp_wmem", 32},
    {"net.ipv4.tcp_slow_start_after_idle", 37},
    {"net.ipv4.tcp_notsent_lowat", 37},
};

constexpr std::string_view kRestrictedVolumes[] = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
    "projected", "secret"};
// A volume of none of these and none of the former has no source: the API server makes it an emptyDir.
constexpr std::string_view kOtherVolumes[] = {
    "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "gitRepo", "nfs", "iscsi", "glusterfs",
    "rbd", "flexVolume", "cinder", "cephfs", "flocker", "fc", "azureFile", "vsphereVolume",
    "quobyte", "azureDisk", "photonPersistentDisk", "portworxVolume", "scaleIO", "storageos"};

template <typename List>
bool listed(const List& list, std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

bool is_annotation_profile(std::string_view value) {
  return value == "runtime/default" || value.starts_with("localhost/");
}

// One pod under judgement, in one world.
class Pod {
 public:
  Pod(Eval& eval, const Val& pod, int minor)
      : eval(eval), minor(minor), metadata(eval.select(pod, "metadata")), spec(eval.select(pod, "spec")),
        security(eval.select(spec, "securityContext")) {}

  Val get(const Val& from, std::string_view field) { return eval.select(from, field); }
  bool present(const Val& value) { return !eval.is_null_in_world(value); }
  bool is(const Val& value, std::string_view text) { return eval.equal(value, string_val(text)); }
  bool is_true(const Val& value) { return eval.truth(value).is_true(); }
  bool is_false(const Val& value) { return eval.equal(value, bool_val(false)); }
  // Has a text that is not empty.
  bool filled(const Val& value) { return present(value) && !is(value, ""); }
  template <typename List>
  bool one_of(const Val& value, const List& list) {
    if (value.is(Kind::kString)) return listed(list, value.text());
    return std::any_of(std::begin(list), std::end(list), [&](std::string_view text) { return is(value, text); });
  }
  // This value is why. Always true.
  bool blame(const Val& value) {
    eval.note_deciding(value);
    return true;
  }

  // Calls visit(element) until it says true; of an unknown list, for one unknown element.
  template <typename Visit>
  bool any(const Val& list, Visit visit) {
    if (list.is(Kind::kList)) {
      for (uint32_t i = 0; i < list.size && eval.spend(1); ++i) {
        Val item;
        const model::Value* open = nullptr;
        if (!eval.peek_item(list, i, item, open)) continue;
        if (visit(item) && eval.confirm(open)) return true;
      }
      return false;
    }
    if (!list.is_unknown() || !present(list) || !eval.world()) return false;
    if (eval.world()->empty(eval.guards(), *list.model)) return false;
    Val item = eval.derived(eval.id_of(list) + "[*]", nullptr, {&list, 1});
    item.path = list.path;
    return visit(item);
  }
  template <typename Visit>
  bool any_container(Visit visit) {
    for (std::string_view list : {"initContainers", "containers", "ephemeralContainers"}) {
      if (any(get(spec, list), visit)) return true;
    }
    return false;
  }

  bool windows() { return minor >= kWindowsExempt && is(get(get(spec, "os"), "name"), "windows"); }
  bool own_users() { return minor >= kUserNamespaces && is_false(get(spec, "hostUsers")); }

  Eval& eval;
  const int minor;
  const Val metadata, spec, security;
};

// --- The checks. `part` is null where the whole pod is asked and the check is about the pod as such.

bool privilege_escalation(Pod& pod, const Val& container) {
  if (pod.windows()) return false;
  Val value = pod.get(pod.get(container, "securityContext"), "allowPrivilegeEscalation");
  return !pod.is_false(value) && pod.blame(value);
}

// A profile {type} that is neither the runtime's nor one from the node. None at all is no bad one.
bool bad_profile(Pod& pod, const Val& profile) {
  if (!pod.present(profile)) return false;
  Val type = pod.get(profile, "type");
  static constexpr std::string_view kGood[] = {"RuntimeDefault", "Localhost"};
  return !pod.one_of(type, kGood) && pod.blame(type);
}

bool app_armor(Pod& pod, const Val& container) {
  if (bad_profile(pod, pod.get(pod.get(container, "securityContext"), "appArmorProfile"))) return true;
  if (bad_profile(pod, pod.get(pod.security, "appArmorProfile"))) return true;
  Val annotations = pod.get(pod.metadata, "annotations");
  if (!annotations.is(Kind::kMap)) return false;
  for (uint32_t i = 0; i < annotations.size; ++i) {
    Val key, value;
    const model::Value* open = nullptr;
    if (!pod.eval.peek_entry(annotations, i, key, value, open)) continue;
    if (!key.is(Kind::kString) || !key.text().starts_with(kAppArmorAnnotation)) continue;
    if (!value.is(Kind::kString) || value.text().empty() || is_annotation_profile(value.text())) continue;
    if (pod.eval.confirm(open)) return pod.blame(value);
  }
  return false;
}

bool baseline_capability(Pod& pod, const Val& name) {
  return !pod.one_of(name, kBaselineCapabilities) && pod.blame(name);
}
bool capabilities_baseline(Pod& pod, const Val& part) {
  if (!part.is(Kind::kMap)) return baseline_capability(pod, part);
  Val added = pod.get(pod.get(pod.get(part, "securityContext"), "capabilities"), "add");
  return pod.any(added, [&](const Val& name) { return baseline_capability(pod, name); });
}

bool restricted_capability(Pod& pod, const Val& name) { return !pod.is(name, "NET_BIND_SERVICE") && pod.blame(name); }
bool capabilities_restricted(Pod& pod, const Val& part) {
  if (pod.windows()) return false;
  if (!part.is(Kind::kMap)) return restricted_capability(pod, part);
  Val capabilities = pod.get(pod.get(part, "securityContext"), "capabilities");
  Val dropped = pod.get(capabilities, "drop");
  bool all = pod.any(dropped, [&](const Val& name) { return pod.is(name, "ALL"); });
  if (!all) return pod.blame(dropped);
  return pod.any(pod.get(capabilities, "add"), [&](const Val& name) { return restricted_capability(pod, name); });
}

bool host_namespaces(Pod& pod, const Val& part) {
  for (std::string_view field : {"hostNetwork", "hostPID", "hostIPC"}) {
    if (part.is(Kind::kString) && part.text() != field) continue;
    Val value = pod.get(pod.spec, field);
    if (pod.is_true(value)) return pod.blame(value);
  }
  return false;
}

bool host_path(Pod& pod, const Val& volume) {
  Val source = pod.get(volume, "hostPath");
  return pod.present(source) && pod.blame(source);
}

bool host_port(Pod& pod, const Val& port) {
  Val value = pod.get(port, "hostPort");
  return pod.present(value) && !pod.eval.equal(value, int_val(0)) && pod.blame(value);
}
bool host_ports(Pod& pod, const Val& part) {
  Val ports = pod.get(part, "ports");
  if (ports.is_null()) return host_port(pod, part);
  return pod.any(ports, [&](const Val& port) { return host_port(pod, port); });
}

bool names_host(Pod& pod, const Val& handler) {
  for (std::string_view action : {"httpGet", "tcpSocket"}) {
    Val host = pod.get(pod.get(handler, action), "host");
    if (pod.filled(host)) return pod.blame(host);
  }
  return false;
}
bool host_probes(Pod& pod, const Val& container) {
  for (std::string_view probe : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    if (names_host(pod, pod.get(container, probe))) return true;
  }
  Val lifecycle = pod.get(container, "lifecycle");
  return names_host(pod, pod.get(lifecycle, "postStart")) || names_host(pod, pod.get(lifecycle, "preStop"));
}

bool privileged(Pod& pod, const Val& container) {
  Val value = pod.get(pod.get(container, "securityContext"), "privileged");
  return pod.is_true(value) && pod.blame(value);
}

bool proc_mount_any(Pod& pod, const Val& container) {
  Val value = pod.get(pod.get(container, "securityContext"), "procMount");
  return pod.present(value) && !pod.is(value, "Default") && pod.blame(value);
}
bool proc_mount(Pod& pod, const Val& container) { return !pod.own_users() && proc_mount_any(pod, container); }

bool restricted_volumes(Pod& pod, const Val& volume) {
  for (std::string_view source : kRestrictedVolumes) {
    if (pod.present(pod.get(volume, source))) return false;
  }
  for (std::string_view source : kOtherVolumes) {
    Val value = pod.get(volume, source);
    if (pod.present(value)) return pod.blame(value);
  }
  return false;
}

bool run_as_non_root(Pod& pod, const Val& container) {
  if (pod.own_users()) return false;
  Val own = pod.get(pod.get(container, "securityContext"), "runAsNonRoot");
  Val common = pod.get(pod.security, "runAsNonRoot");
  if (pod.present(common) && !pod.is_true(common)) return pod.blame(common);
  if (pod.present(own)) return !pod.is_true(own) && pod.blame(own);
  return !pod.present(common) && pod.blame(own);
}

bool run_as_user(Pod& pod, const Val& container) {
  if (pod.own_users()) return false;
  for (const Val& context : {pod.get(container, "securityContext"), pod.security}) {
    Val user = pod.get(context, "runAsUser");
    if (pod.present(user) && pod.eval.equal(user, int_val(0))) return pod.blame(user);
  }
  return false;
}

bool seccomp_annotations(Pod& pod, const Val& container) {
  Val annotations = pod.get(pod.metadata, "annotations");
  auto bad = [&](std::string_view key) {
    Val value;
    if (!annotations.is(Kind::kMap) || !pod.eval.lookup(annotations, string_val(key), value)) return false;
    if (!value.is(Kind::kString)) return false;
    bool good = is_annotation_profile(value.text()) || value.text() == "docker/default";
    return !good && pod.blame(value);
  };
  if (bad(kSeccompPodAnnotation)) return true;
  Val name = pod.get(container, "name");
  return name.is(Kind::kString) && bad(pod.eval.string(std::string(kSeccompAnnotation).append(name.text())).text());
}

bool seccomp_baseline(Pod& pod, const Val& container) {
  if (pod.minor < kSeccompFields) return seccomp_annotations(pod, container);
  return bad_profile(pod, pod.get(pod.get(container, "securityContext"), "seccompProfile")) ||
         bad_profile(pod, pod.get(pod.security, "seccompProfile"));
}

bool seccomp_restricted(Pod& pod, const Val& container) {
  if (pod.windows()) return false;
  if (seccomp_baseline(pod, container)) return true;
  Val own = pod.get(pod.get(container, "securityContext"), "seccompProfile");
  return !pod.present(own) && !pod.present(pod.get(pod.security, "seccompProfile")) && pod.blame(pod.get(own, "type"));
}

bool se_linux(Pod& pod, const Val& container) {
  for (const Val& context : {pod.get(container, "securityContext"), pod.security}) {
    Val options = pod.get(context, "seLinuxOptions");
    if (!pod.present(options)) continue;
    Val type = pod.get(options, "type");
    bool engine = pod.minor >= kEngineType && pod.is(type, "container_engine_t");
    if (pod.present(type) && !engine && !pod.one_of(type, kSeLinuxTypes)) return pod.blame(type);
    for (std::string_view field : {"user", "role"}) {
      Val value = pod.get(options, field);
      if (pod.filled(value)) return pod.blame(value);
    }
  }
  return false;
}

bool sysctl(Pod& pod, const Val& entry) {
  Val name = pod.get(entry, "name");
  for (const auto& row : kSysctls) {
    if (row.since <= pod.minor && pod.is(name, row.name)) return false;
  }
  return pod.blame(name);
}

bool windows_host_process(Pod& pod, const Val& container) {
  for (const Val& context : {pod.get(container, "securityContext"), pod.security}) {
    Val value = pod.get(pod.get(context, "windowsOptions"), "hostProcess");
    if (pod.is_true(value)) return pod.blame(value);
  }
  return false;
}

enum class Over : uint8_t { kPod, kContainers, kVolumes, kSysctls };

struct Check {
  std::string_view id;
  bool restricted;
  int since;
  Over over;
  bool (*violated)(Pod& pod, const Val& part);
  std::string_view replaces = {};  // a baseline check that is not asked at restricted, once this one is
};

// In the order in which the API server names them: baseline first, then by id.
constexpr Check kChecks[] = {
    {"appArmorProfile", false, 0, Over::kContainers, app_armor},
    {"capabilities_baseline", false, 0, Over::kContainers, capabilities_baseline},
    {"hostNamespaces", false, 0, Over::kPod, host_namespaces},
    {"hostPathVolumes", false, 0, Over::kVolumes, host_path},
    {"hostPorts", false, 0, Over::kContainers, host_ports},
    {"hostProbesAndHostLifecycle", false, 34, Over::kContainers, host_probes},
    {"privileged", false, 0, Over::kContainers, privileged},
    {"procMount", false, 0, Over::kContainers, proc_mount},
    {"seLinuxOptions", false, 0, Over::kContainers, se_linux},
    {"seccompProfile_baseline", false, 0, Over::kContainers, seccomp_baseline},
    {"sysctls", false, 0, Over::kSysctls, sysctl},
    {"windowsHostProcess", false, 0, Over::kContainers, windows_host_process},
    {"allowPrivilegeEscalation", true, 8, Over::kContainers, privilege_escalation},
    {"capabilities_restricted", true, 22, Over::kContainers, capabilities_restricted, "capabilities_baseline"},
    {"procMount_restricted", true, 35, Over::kContainers, proc_mount_any, "procMount"},
    {"restrictedVolumes", true, 0, Over::kVolumes, restricted_volumes, "hostPathVolumes"},
    {"runAsNonRoot", true, 0, Over::kContainers, run_as_non_root},
    {"runAsUser", true, 23, Over::kContainers, run_as_user},
    {"seccompProfile_restricted", true, 19, Over::kContainers, seccomp_restricted, "seccompProfile_baseline"},
};

bool violates(Pod& pod, const Check& check) {
  auto judge = [&](const Val& part) { return check.violated(pod, part); };
  switch (check.over) {
    case Over::kPod: return judge(null_val());
    case Over::kContainers: return pod.any_container(judge);
    case Over::kVolumes: return pod.any(pod.get(pod.spec, "volumes"), judge);
    case Over::kSysctls: return pod.any(pod.get(pod.security, "sysctls"), judge);
  }
  return false;
}

const Check* find_check(const Val& id) {
  if (!id.is(Kind::kString)) return nullptr;
  for (const Check& check : kChecks) {
    if (check.id == id.text()) return &check;
  }
  return nullptr;
}

int target_minor(Eval& eval) {
  const RunContext* context = eval.context();
  int minor = context && context->project ? context->project->target.kubernetes_minor : 0;
  return minor > 0 ? minor : model::kubernetes::kNewestMinor;
}

Val pod_security(Eval& eval, Args args) {
  const Check* check = find_check(args[0]);
  if (!check) return eval.error("there is no pod security check " + to_text(args[0]));
  Pod pod(eval, args[1], std::max(check->since, target_minor(eval)));
  return bool_val(args.size() == 2 ? violates(pod, *check) : check->violated(pod, args[2]));
}

Val violations(Eval& eval, Args args) {
  if (!args[1].is(Kind::kString) || !args[2].is(Kind::kString)) return list_val({});
  int minor = model::kubernetes::parse_minor(args[2].text());
  if (minor < 0) return eval.error("there is no Kubernetes version " + to_text(args[2]));
  std::vector<Val> out;
  for (std::string_view id : pod_security_violations(eval, args[0], args[1].text(), minor)) out.push_back(string_val(id));
  return list_val(eval.arena().copy(out));
}

constexpr FunctionRow kRows[] = {
    {"pod_security", "(string, dyn) bool", pod_security, kSeesUnknown},
    {"pod_security", "(string, dyn, dyn) bool", pod_security, kSeesUnknown},
    {"pod_security_violations", "(dyn, dyn, dyn) list(string)", violations, kSeesUnknown},
};

}  // namespace

std::vector<std::string_view> pod_security_violations(Eval& eval, const Val& pod, std::string_view level, int minor) {
  std::vector<std::string_view> out;
  bool restricted = level == "restricted";
  if (!restricted && level != "baseline") return out;
  Pod judged(eval, pod, minor);
  for (const Check& check : kChecks) {
    if (check.since > minor || (check.restricted && !restricted)) continue;
    bool replaced = restricted && std::any_of(std::begin(kChecks), std::end(kChecks), [&](const Check& other) {
                      return other.replaces == check.id && other.since <= minor;
                    });
    if (!replaced && violates(judged, check)) out.push_back(check.id);
  }
  return out;
}

std::span<const FunctionRow> pod_security_library() { return kRows; }

}  // namespace assay::rules::cel
