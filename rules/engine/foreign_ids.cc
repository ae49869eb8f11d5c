#include "rules/engine/foreign_ids.h"

#include <algorithm>
#include <iterator>

#include "parsers/core/text.h"

namespace assay::rules {
namespace {

struct Name {
  std::string_view id, name;
};

// By id. From the metadata of aquasecurity/trivy-checks: `id`, `long_id` and `aliases` of the checks that rules here
// have as an alias.
constexpr Name kNames[] = {
    {"AWS-0001", "aws-apigateway-enable-access-logging"},
    {"AWS-0003", "aws-apigateway-enable-tracing"},
    {"AWS-0004", "aws-apigateway-no-public-access"},
    {"AWS-0005", "aws-apigateway-use-secure-tls-policy"},
    {"AWS-0006", "aws-athena-enable-at-rest-encryption"},
    {"AWS-0007", "aws-athena-no-encryption-override"},
    {"AWS-0008", "aws-autoscaling-enable-at-rest-encryption"},
    {"AWS-0008", "aws-ec2-enable-launch-config-at-rest-encryption"},
    {"AWS-0009", "aws-ec2-no-public-ip"},
    {"AWS-0010", "aws-cloudfront-enable-logging"},
    {"AWS-0011", "aws-cloudfront-enable-waf"},
    {"AWS-0012", "aws-cloudfront-enforce-https"},
    {"AWS-0013", "aws-cloudfront-use-secure-tls-policy"},
    {"AWS-0014", "aws-cloudtrail-enable-all-regions"},
    {"AWS-0015", "aws-cloudtrail-encryption-customer-managed-key"},
    {"AWS-0016", "aws-cloudtrail-enable-log-validation"},
    {"AWS-0017", "aws-cloudwatch-log-group-customer-key"},
    {"AWS-0018", "aws-codebuild-enable-encryption"},
    {"AWS-0019", "aws-config-aggregate-all-regions"},
    {"AWS-0020", "aws-documentdb-enable-log-export"},
    {"AWS-0021", "aws-documentdb-enable-storage-encryption"},
    {"AWS-0023", "aws-dynamodb-enable-at-rest-encryption"},
    {"AWS-0024", "aws-dynamodb-enable-recovery"},
    {"AWS-0025", "aws-dynamodb-table-customer-key"},
    {"AWS-0026", "aws-ebs-enable-volume-encryption"},
    {"AWS-0026", "aws-ec2-enable-volume-encryption"},
    {"AWS-0027", "aws-ebs-encryption-customer-key"},
    {"AWS-0027", "aws-ec2-volume-encryption-customer-key"},
    {"AWS-0028", "aws-ec2-enforce-http-token-imds"},
    {"AWS-0029", "aws-autoscaling-no-public-ip"},
    {"AWS-0029", "aws-ec2-no-secrets-in-user-data"},
    {"AWS-0030", "aws-ecr-enable-image-scans"},
    {"AWS-0031", "aws-ecr-enforce-immutable-repository"},
    {"AWS-0032", "aws-ecr-no-public-access"},
    {"AWS-0033", "aws-ecr-repository-customer-key"},
    {"AWS-0034", "aws-ecs-enable-container-insight"},
    {"AWS-0035", "aws-ecs-enable-in-transit-encryption"},
    {"AWS-0037", "aws-efs-enable-at-rest-encryption"},
    {"AWS-0038", "aws-eks-enable-control-plane-logging"},
    {"AWS-0039", "aws-eks-encrypt-secrets"},
    {"AWS-0040", "aws-eks-no-public-cluster-access"},
    {"AWS-0041", "aws-eks-no-public-cluster-access-to-cidr"},
    {"AWS-0043", "aws-elasticsearch-enable-in-transit-encryption"},
    {"AWS-0045", "aws-elasticache-enable-at-rest-encryption"},
    {"AWS-0046", "aws-elasticsearch-enforce-https"},
    {"AWS-0047", "aws-elb-use-secure-tls-policy"},
    {"AWS-0048", "aws-elasticsearch-enable-domain-encryption"},
    {"AWS-0050", "aws-elasticache-enable-backup-retention"},
    {"AWS-0051", "aws-elasticache-enable-in-transit-encryption"},
    {"AWS-0052", "aws-elb-drop-invalid-headers"},
    {"AWS-0054", "aws-elb-http-not-used"},
    {"AWS-0056", "aws-iam-no-password-reuse"},
    {"AWS-0057", "aws-iam-no-policy-wildcards"},
    {"AWS-0063", "aws-iam-set-minimum-password-length"},
    {"AWS-0064", "aws-kinesis-enable-in-transit-encryption"},
    {"AWS-0065", "aws-kms-auto-rotate-keys"},
    {"AWS-0066", "aws-lambda-enable-tracing"},
    {"AWS-0067", "aws-lambda-restrict-source-arn"},
    {"AWS-0070", "aws-mq-enable-audit-logging"},
    {"AWS-0071", "aws-mq-enable-general-logging"},
    {"AWS-0072", "aws-mq-no-public-access"},
    {"AWS-0073", "aws-msk-enable-in-transit-encryption"},
    {"AWS-0074", "aws-msk-enable-logging"},
    {"AWS-0075", "aws-neptune-enable-log-export"},
    {"AWS-0076", "aws-neptune-enable-storage-encryption"},
    {"AWS-0077", "aws-rds-specify-backup-retention"},
    {"AWS-0078", "aws-rds-performance-insights-encryption-customer-key"},
    {"AWS-0079", "aws-rds-encrypt-cluster-storage-data"},
    {"AWS-0080", "aws-rds-encrypt-instance-storage-data"},
    {"AWS-0084", "aws-redshift-encryption-customer-key"},
    {"AWS-0086", "aws-s3-block-public-acls"},
    {"AWS-0087", "aws-s3-block-public-policy"},
    {"AWS-0089", "aws-s3-enable-logging"},
    {"AWS-0090", "aws-s3-enable-versioning"},
    {"AWS-0091", "aws-s3-ignore-public-acls"},
    {"AWS-0092", "aws-s3-no-public-access-with-acl"},
    {"AWS-0093", "aws-s3-no-public-buckets"},
    {"AWS-0094", "aws-s3-specify-public-access-block"},
    {"AWS-0095", "aws-sns-enable-topic-encryption"},
    {"AWS-0096", "aws-sqs-enable-queue-encryption"},
    {"AWS-0097", "aws-sqs-no-wildcards-in-policy-documents"},
    {"AWS-0098", "aws-ssm-secret-use-customer-key"},
    {"AWS-0099", "aws-ec2-add-description-to-security-group"},
    {"AWS-0099", "aws-vpc-add-description-to-security-group"},
    {"AWS-0102", "aws-ec2-no-excessive-port-access"},
    {"AWS-0102", "aws-vpc-no-excessive-port-access"},
    {"AWS-0104", "aws-ec2-no-public-egress-sgr"},
    {"AWS-0104", "aws-vpc-no-public-egress-sgr"},
    {"AWS-0105", "aws-ec2-no-public-ingress-acl"},
    {"AWS-0105", "aws-vpc-no-public-ingress-acl"},
    {"AWS-0107", "aws-ec2-no-public-ingress-sgr"},
    {"AWS-0109", "aws-workspaces-enable-disk-encryption"},
    {"AWS-0126", "aws-elasticsearch-use-secure-tls-policy"},
    {"AWS-0130", "aws-autoscaling-enforce-http-token-imds"},
    {"AWS-0130", "aws-ec2-enforce-launch-config-http-token-imds"},
    {"AWS-0131", "aws-ec2-enable-at-rest-encryption"},
    {"AWS-0132", "aws-s3-encryption-customer-key"},
    {"AWS-0133", "aws-rds-enable-performance-insights"},
    {"AWS-0143", "aws-iam-no-user-attached-policies"},
    {"AWS-0162", "aws-cloudtrail-ensure-cloudwatch-integration"},
    {"AWS-0164", "aws-ec2-no-public-ip-subnet"},
    {"AWS-0164", "aws-vpc-no-public-ingress-sgr"},
    {"AWS-0173", "aws-ec2-restrict-all-in-default-sg"},
    {"AWS-0176", "aws-rds-enable-iam-auth"},
    {"AWS-0177", "aws-rds-enable-deletion-protection"},
    {"AWS-0178", "aws-autoscaling-enable-at-rest-encryption"},
    {"AWS-0178", "aws-ec2-require-vpc-flow-logs-for-all-vpcs"},
    {"AWS-0180", "aws-rds-enable-public-access"},
    {"AWS-0343", "aws-rds-enable-cluster-deletion-protection"},
    {"AZU-0007", "azure-storage-no-public-access"},
    {"AZU-0008", "azure-storage-enforce-https"},
    {"AZU-0010", "azure-storage-allow-microsoft-service-bypass"},
    {"AZU-0011", "azure-storage-use-secure-tls-policy"},
    {"AZU-0012", "azure-storage-default-action-deny"},
    {"AZU-0013", "azure-keyvault-specify-network-acl"},
    {"AZU-0014", "azure-keyvault-ensure-key-expiry"},
    {"AZU-0016", "azure-keyvault-no-purge"},
    {"AZU-0017", "azure-keyvault-ensure-secret-expiry"},
    {"AZU-0022", "azure-database-no-public-access"},
    {"AZU-0025", "azure-database-retention-period-set"},
    {"AZU-0026", "azure-database-secure-tls-policy"},
    {"AZU-0027", "azure-database-enable-audit"},
    {"AZU-0029", "azure-database-no-public-firewall-access"},
    {"AZU-0034", "azure-synapse-virtual-network-enabled"},
    {"AZU-0035", "azure-datafactory-no-public-access"},
    {"AZU-0038", "azure-compute-enable-disk-encryption"},
    {"AZU-0039", "azure-compute-disable-password-authentication"},
    {"AZU-0040", "azure-container-logging"},
    {"AZU-0041", "azure-container-limit-authorized-ips"},
    {"AZU-0042", "azure-container-use-rbac-permissions"},
    {"AZU-0043", "azure-container-configured-network-policy"},
    {"AZU-0044", "azure-securitycenter-alert-on-severe-notifications"},
    {"AZU-0045", "azure-securitycenter-enable-standard-subscription"},
    {"AZU-0046", "azure-securitycenter-set-required-contact-details"},
    {"AZU-0047", "azure-network-no-public-ingress"},
    {"AZU-0048", "azure-network-disable-rdp-from-internet"},
    {"AZU-0049", "azure-network-retention-policy-set"},
    {"AZU-0050", "azure-network-ssh-blocked-from-internet"},
    {"GCP-0001", "google-storage-no-public-access"},
    {"GCP-0002", "google-storage-enable-ubla"},
    {"GCP-0012", "google-dns-no-rsa-sha1"},
    {"GCP-0013", "google-dns-enable-dnssec"},
    {"GCP-0014", "google-sql-enable-pg-temp-file-logging"},
    {"GCP-0015", "google-sql-encrypt-in-transit-data"},
    {"GCP-0016", "google-sql-pg-log-connections"},
    {"GCP-0017", "google-sql-no-public-access"},
    {"GCP-0018", "google-sql-pg-log-errors"},
    {"GCP-0019", "google-sql-no-cross-db-ownership-chaining"},
    {"GCP-0020", "google-sql-pg-log-lock-waits"},
    {"GCP-0021", "google-sql-pg-no-min-statement-logging"},
    {"GCP-0022", "google-sql-pg-log-disconnections"},
    {"GCP-0023", "google-sql-no-contained-db-auth"},
    {"GCP-0024", "google-sql-enable-backup"},
    {"GCP-0025", "google-sql-pg-log-checkpoints"},
    {"GCP-0026", "google-sql-mysql-no-local-infile"},
    {"GCP-0027", "google-compute-no-public-ingress"},
    {"GCP-0029", "google-compute-enable-vpc-flow-logs"},
    {"GCP-0030", "google-compute-no-project-wide-ssh-keys"},
    {"GCP-0031", "google-compute-no-public-ip"},
    {"GCP-0032", "google-compute-no-serial-port"},
    {"GCP-0033", "google-compute-vm-disk-encryption-customer-key"},
    {"GCP-0034", "google-compute-disk-encryption-customer-key"},
    {"GCP-0036", "google-compute-no-oslogin-override"},
    {"GCP-0039", "google-compute-use-secure-tls-policy"},
    {"GCP-0041", "google-compute-enable-shielded-vm-vtpm"},
    {"GCP-0042", "google-compute-project-level-oslogin"},
    {"GCP-0045", "google-compute-enable-shielded-vm-im"},
    {"GCP-0046", "google-bigquery-no-public-access"},
    {"GCP-0049", "google-gke-enable-ip-aliasing"},
    {"GCP-0051", "google-gke-use-cluster-labels"},
    {"GCP-0052", "google-gke-enable-stackdriver-monitoring"},
    {"GCP-0053", "google-gke-no-public-control-plane"},
    {"GCP-0055", "google-gke-node-shielding-enabled"},
    {"GCP-0056", "google-gke-enable-network-policy"},
    {"GCP-0057", "google-gke-node-metadata-security"},
    {"GCP-0058", "google-gke-enable-auto-upgrade"},
    {"GCP-0059", "google-gke-enable-private-cluster"},
    {"GCP-0060", "google-gke-enable-stackdriver-logging"},
    {"GCP-0061", "google-gke-enable-master-networks"},
    {"GCP-0062", "google-gke-use-rbac-permissions"},
    {"GCP-0063", "google-gke-enable-auto-repair"},
    {"GCP-0065", "google-kms-rotate-kms-keys"},
    {"GCP-0078", "google-storage-enable-bucket-versioning"},
    {"KSV-0001", "kubernetes-no-self-privesc"},
    {"KSV-0002", "kubernetes-use-default-apparmor-profile"},
    {"KSV-0003", "kubernetes-drop-default-capabilities"},
    {"KSV-0004", "kubernetes-drop-unused-capabilities"},
    {"KSV-0005", "kubernetes-no-sysadmin-capability"},
    {"KSV-0006", "kubernetes-no-docker-sock-mount"},
    {"KSV-0007", "kubernetes-no-hostaliases"},
    {"KSV-0008", "kubernetes-no-shared-ipc-namespace"},
    {"KSV-0009", "kubernetes-no-host-network"},
    {"KSV-0010", "kubernetes-no-host-pid"},
    {"KSV-0011", "kubernetes-limit-cpu"},
    {"KSV-0012", "kubernetes-no-root"},
    {"KSV-0013", "kubernetes-use-specific-tags"},
    {"KSV-0014", "kubernetes-use-readonly-filesystem"},
    {"KSV-0015", "kubernetes-no-unspecified-cpu-requests"},
    {"KSV-0016", "kubernetes-no-unspecified-memory-requests"},
    {"KSV-0017", "kubernetes-no-privileged-containers"},
    {"KSV-0018", "kubernetes-limit-memory"},
    {"KSV-0020", "kubernetes-use-high-uid"},
    {"KSV-0022", "kubernetes-no-non-default-capabilities"},
    {"KSV-0023", "kubernetes-no-mounted-hostpath"},
    {"KSV-0024", "kubernetes-no-host-port-access"},
    {"KSV-0025", "kubernetes-no-custom-selinux-options"},
    {"KSV-0026", "kubernetes-no-unsafe-sysctl"},
    {"KSV-0027", "kubernetes-no-custom-proc-mask"},
    {"KSV-0028", "kubernetes-no-non-ephemeral-volumes"},
    {"KSV-0030", "kubernetes-use-default-seccomp"},
    {"KSV-0036", "kubernetes-no-auto-mount-service-token"},
    {"KSV-0037", "kubernetes-no-user-resources-in-system-namespace"},
    {"KSV-0040", "kubernetes-resource-quota-usage"},
    {"KSV-0041", "kubernetes-no-manage-secrets"},
    {"KSV-0043", "kubernetes-no-impersonate-privileged-groups"},
    {"KSV-0044", "kubernetes-no-wildcard-verb-resource-role"},
    {"KSV-0045", "kubernetes-no-wildcard-verb-role"},
    {"KSV-0046", "kubernetes-no-wildcard-resource-clusterrole"},
    {"KSV-0047", "kubernetes-no-privilege-escalation-from-node-proxy"},
    {"KSV-0048", "kubernetes-deny-create-update-malicious-pod"},
    {"KSV-0050", "kubernetes-no-manage-rbac-resources"},
    {"KSV-0050", "kubernetes-no-privilege-escalation-rbac"},
    {"KSV-0051", "kubernetes-do-not-allow-role-binding-associate-privileged-role"},
    {"KSV-0052", "kubernetes-allow-role-clusterrolebindings-associate-privileged-cluster-role"},
    {"KSV-0053", "kubernetes-no-getting-shell-pods"},
    {"KSV-0054", "kubernetes-no-attaching-shell-pods"},
    {"KSV-01010", "kubernetes-configMap-with-sensitive"},
    {"KSV-01011", "kubernetes-no-system-authenticated-group-bind"},
    {"KSV-0102", "kubernetes-no-tiller"},
    {"KSV-0103", "kubernetes-no-hostprocess-containers"},
    {"KSV-0104", "kubernetes-no-seccomp-unconfined"},
    {"KSV-0105", "kubernetes-containers-not-run-as-root"},
    {"KSV-0106", "kubernetes-drop-caps-add-bind-svc"},
    {"KSV-0107", "kubernetes-evaluate-k8s-deprecated-removed-apis"},
    {"KSV-0108", "kubernetes-no-svc-with-extip"},
    {"KSV-0109", "kubernetes-configMap-with-secrets"},
    {"KSV-0110", "kubernetes-default-namespace-should-not-be-used"},
    {"KSV-0111", "kubernetes-cluster-admin0-role-only-used-where-required"},
    {"KSV-0112", "kubernetes-no-wildcard-resource-role"},
    {"KSV-0113", "kubernetes-no-manage-ns-secrets"},
    {"KSV-0114", "kubernetes-no-manage-webhook"},
    {"KSV-0116", "kubernetes-primary-supplementary-gid"},
    {"KSV-0117", "kubernetes-no-privilege-port-binding"},
    {"KSV-0119", "kubernetes-no-net-raw"},
    {"KSV-0120", "kubernetes-no-sysmodule-capability"},
    {"KSV-0121", "kubernetes-no-k8s-with-disallowed-volumes"},
    {"KSV-0122", "kubernetes-no-anonymous-user-bind"},
    {"KSV-0123", "kubernetes-no-system-masters-group-bind"},
};

bool starts_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && core::equals_ignoring_case(text.substr(0, start.size()), start);
}

std::string_view without_prefix(std::string_view id) { return starts_ignoring_case(id, "AVD-") ? id.substr(4) : id; }

// "KSV-0014", "KSV014": the number; empty for others.
std::string_view kubernetes_number(std::string_view id) {
  if (!starts_ignoring_case(id, "KSV")) return {};
  id.remove_prefix(3);
  if (id.starts_with('-')) id.remove_prefix(1);
  while (id.size() > 1 && id.front() == '0') id.remove_prefix(1);
  bool digits = !id.empty() && std::all_of(id.begin(), id.end(), core::is_digit);
  return digits ? id : std::string_view{};
}

}  // namespace

bool same_trivy_id(std::string_view a, std::string_view b) {
  a = without_prefix(a);
  b = without_prefix(b);
  if (core::equals_ignoring_case(a, b)) return true;
  std::string_view number = kubernetes_number(a);
  return !number.empty() && number == kubernetes_number(b);
}

std::string trivy_key(std::string_view id) {
  id = without_prefix(id);
  std::string_view number = kubernetes_number(id);
  return number.empty() ? core::to_lower_ascii(id) : "ksv#" + std::string(number);
}

bool any_trivy_name(std::string_view id, const std::function<bool(std::string_view)>& test) {
  id = without_prefix(id);
  auto at = std::lower_bound(std::begin(kNames), std::end(kNames), id, [](const Name& name, std::string_view key) { return name.id < key; });
  for (; at != std::end(kNames) && at->id == id; ++at) {
    if (test(at->name)) return true;
  }
  return false;
}

}  // namespace assay::rules
