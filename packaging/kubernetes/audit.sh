#!/usr/bin/env bash
# Audits what runs in a cluster:
#
#   audit.sh DIRECTORY [OPTION...]      options of `assay scan`, such as --format policy-report
#
# Lists the objects of every namespace into a file of its own below DIRECTORY (kubectl asks in chunks of 500), and scans that
# directory. Files that are there are not listed again: what was broken off goes on, and DIRECTORY can be scanned again
# without the cluster. Secrets are left out, and what only reports (events, leases, endpoints, metrics, policy reports).
# The kinds to list: $AUDIT_KINDS and, of those without a namespace, $AUDIT_KINDS_OF_CLUSTER, separated by commas (default: all
# that the cluster serves).
set -euo pipefail
directory=${1:?usage: audit.sh DIRECTORY [OPTION of assay scan...]}
shift
mkdir -p "$directory"

# kinds NAMESPACED: those that can be listed, separated by commas
kinds() {
  kubectl api-resources --verbs=list --namespaced="$1" --output=name |
    grep -Ev '^(secrets|events(\..*)?|leases\..*|endpoints|endpointslices\..*|componentstatuses|controllerrevisions\..*|customresourcedefinitions\..*|csistoragecapacities\..*)$|\.(metrics\.k8s\.io|wgpolicyk8s\.io|reports\.kyverno\.io|openreports\.io)$' |
    paste -sd, -
}

# list FILE ARGUMENT...: as a whole or not at all
list() {
  local file=$directory/$1
  shift
  [ -e "$file" ] && return
  kubectl get --output=yaml --ignore-not-found "$@" >"$file.part"
  mv "$file.part" "$file"
}

list cluster.yaml "${AUDIT_KINDS_OF_CLUSTER:-$(kinds false)}"
namespaced=${AUDIT_KINDS:-$(kinds true)}
kubectl get namespaces --output=name | while IFS=/ read -r _ namespace; do
  list "namespace-$namespace.yaml" "$namespaced" --namespace="$namespace" </dev/null
done
rm -f "$directory"/*.part
exec "${ASSAY:-assay}" scan "$directory" "$@"
