// assay lsp: where the language server finds its options.
#include <malloc.h>

#include "analyzer/cli/commands.h"
#include "analyzer/lsp/lsp.h"
#include "parsers/core/path.h"

namespace assay::cli {

int run_lsp(const Options& given) {
  // Unlike a scan, it lives long: memory goes back to the system.
  mallopt(M_TRIM_THRESHOLD, 16 << 20);
  mallopt(M_MMAP_THRESHOLD, 256 << 10);
  mallopt(M_ARENA_MAX, 2);
  core::RealFileSystem disk;
  lsp::Setup setup;
  setup.disk = &disk;
  setup.version = ASSAY_VERSION;
  setup.synchronous = given.synchronous;
  setup.options = [&given](const lsp::Area& area, const lsp::ClientSettings& settings, core::FileSystem& files,
                           std::vector<pipeline::UsageError>& errors) {
    lsp::AreaOptions out;
    std::string directory = area.is_file ? std::string(core::parent_path(area.path)) : area.path;
    Options options = given;
    options.paths = {area.path};
    auto absolute = [&](const std::string& path) { return core::normalize_path(core::join_path(directory, path)); };
    if (settings.severity) options.severity = *settings.severity;
    if (settings.config) options.config_file = absolute(*settings.config);
    if (settings.kubernetes_version) options.kubernetes_version = *settings.kubernetes_version;
    options.maybe |= settings.maybe.value_or(false);
    options.rules.insert(options.rules.end(), settings.rules.begin(), settings.rules.end());
    options.skip_rules.insert(options.skip_rules.end(), settings.skip_rules.begin(), settings.skip_rules.end());
    options.policies.insert(options.policies.end(), settings.policies.begin(), settings.policies.end());
    out.scan.current_directory = directory;
    Options merged;
    gather_scan_options(options, files, out.scan, merged, errors);
    for (std::string& policy : out.scan.policies) policy = absolute(policy);
    out.scan.paths = {area.path};
    out.scan.all_texts = false;
    if (!merged.baseline.empty()) out.baseline = absolute(merged.baseline);
    return out;
  };
  return lsp::serve(setup);
}

}  // namespace assay::cli
