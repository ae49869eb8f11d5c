#!/usr/bin/env python3
"""Makes api_versions.inc, the table of removed and deprecated API versions.

    generate_api_versions.py [SHARED] > api_versions.inc

Reads SHARED/data/kubernetes-deprecations.tsv and kubernetes-kinds.tsv (facts of FairwindsOps/pluto dd5ec8c and
of kubernetes-client/python for API 1.36, both Apache-2.0). CORRECTIONS win over them: the deprecated API
migration guide of Kubernetes, and what the OpenAPI documents of two neighbouring versions serve.
"""
import os
import sys

# API version, kind: deprecated in, removed in, replacement.
CORRECTIONS = {
    ("admissionregistration.k8s.io/v1alpha1", "InitializerConfiguration"): (13, 14, ""),
    ("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicy"): (28, 32, "admissionregistration.k8s.io/v1"),
    ("admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicyBinding"): (28, 32, "admissionregistration.k8s.io/v1"),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy"): (30, 34, "admissionregistration.k8s.io/v1"),
    ("admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicyBinding"): (30, 34, "admissionregistration.k8s.io/v1"),
    ("apps/v1beta1", "ControllerRevision"): (9, 16, "apps/v1"),
    ("apps/v1beta2", "ControllerRevision"): (9, 16, "apps/v1"),
    ("auditregistration.k8s.io/v1alpha1", "AuditSink"): (18, 19, ""),
    ("authorization.k8s.io/v1beta1", "LocalSubjectAccessReview"): (19, 22, "authorization.k8s.io/v1"),
    ("authorization.k8s.io/v1beta1", "SelfSubjectAccessReview"): (19, 22, "authorization.k8s.io/v1"),
    ("authorization.k8s.io/v1beta1", "SelfSubjectRulesReview"): (19, 22, "authorization.k8s.io/v1"),
    ("authorization.k8s.io/v1beta1", "SubjectAccessReview"): (19, 22, "authorization.k8s.io/v1"),
    ("autoscaling/v2beta2", "HorizontalPodAutoscaler"): (23, 26, "autoscaling/v2"),
    ("batch/v2alpha1", "CronJob"): (8, 21, "batch/v1"),
    ("flowcontrol.apiserver.k8s.io/v1alpha1", "FlowSchema"): (20, 24, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1alpha1", "PriorityLevelConfiguration"): (20, 24, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "FlowSchema"): (23, 26, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta1", "PriorityLevelConfiguration"): (23, 26, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", "FlowSchema"): (26, 29, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta2", "PriorityLevelConfiguration"): (26, 29, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema"): (29, 32, "flowcontrol.apiserver.k8s.io/v1"),
    ("flowcontrol.apiserver.k8s.io/v1beta3", "PriorityLevelConfiguration"): (29, 32, "flowcontrol.apiserver.k8s.io/v1"),
    ("policy/v1beta1", "Eviction"): (22, 25, "policy/v1"),
    ("resource.k8s.io/v1alpha2", "PodSchedulingContext"): (30, 31, ""),
    ("resource.k8s.io/v1alpha2", "ResourceClaim"): (30, 31, "resource.k8s.io/v1"),
    ("resource.k8s.io/v1alpha2", "ResourceClaimTemplate"): (30, 31, "resource.k8s.io/v1"),
    ("resource.k8s.io/v1alpha2", "ResourceClass"): (30, 31, "resource.k8s.io/v1"),
    ("resource.k8s.io/v1alpha2", "ResourceSlice"): (30, 31, "resource.k8s.io/v1"),
    ("settings.k8s.io/v1alpha1", "PodPreset"): (19, 20, ""),
    ("v1", "ComponentStatus"): (19, 0, ""),
    ("v1", "Endpoints"): (33, 0, "discovery.k8s.io/v1"),
}


def minor(text):
    return int(text.lstrip("v").split(".")[1]) if text else 0


def rows_of(path):
    with open(path, encoding="utf-8") as file:
        names = file.readline().rstrip("\n").split("\t")
        for line in file:
            yield dict(zip(names, line.rstrip("\n").split("\t")))


def main():
    shared = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("ASSAY_SHARED", "../shared")
    table = {}
    files = ("kubernetes-deprecations.tsv", "kubernetes-kinds.tsv")
    for name in files:
        for row in rows_of(os.path.join(shared, "data", name)):
            if not row["kind"] or row["kind"].endswith("List") or not row["version"]:
                continue
            product = row.get("component", "k8s")
            if not row["deprecated in"] and not row["removed in"]:
                continue
            if row["group"] == "audit.k8s.io" or row["kind"] == "FlowControl":
                continue  # files of the API server, no objects; a kind that never was
            api = f"{row['group']}/{row['version']}" if row["group"] else row["version"]
            removed_by = "" if product == "k8s" else f"{product} {row['removed in'].lstrip('v').rsplit('.', 1)[0]}"
            made = (minor(row["deprecated in"]), minor(row["removed in"]), row["replacement"], removed_by)
            if removed_by:
                made = (0, 0) + made[2:]
            table.setdefault((api, row["kind"]), made)
    for key, (deprecated, removed, replacement) in CORRECTIONS.items():
        table[key] = (deprecated, removed, replacement, "")
    print("// Generated by generate_api_versions.py; do not edit.")
    print('constexpr std::string_view kApiVersionsData = "pluto dd5ec8c, Kubernetes API 1.36";')
    print("constexpr ApiVersion kApiVersions[] = {")
    for (api, kind), (deprecated, removed, replacement, product) in sorted(table.items()):
        print(f'    {{"{api}", "{kind}", {deprecated}, {removed}, "{replacement}", "{product}"}},')
    print("};")


if __name__ == "__main__":
    main()
