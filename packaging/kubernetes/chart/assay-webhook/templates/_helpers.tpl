{{- define "assay-webhook.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains "assay-webhook" .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-assay-webhook" .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "assay-webhook.selector" -}}
app.kubernetes.io/name: {{ include "assay-webhook.name" . }}
{{- end -}}

{{- define "assay-webhook.labels" -}}
{{ include "assay-webhook.selector" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "assay-webhook.secret" -}}
{{- .Values.certificates.secretName | default (printf "%s-tls" (include "assay-webhook.name" .)) -}}
{{- end -}}

{{- define "assay-webhook.host" -}}
{{- printf "%s.%s.svc" (include "assay-webhook.name" .) .Release.Namespace -}}
{{- end -}}

{{- define "assay-webhook.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- with .Values.image.digest }}@{{ . }}{{ end -}}
{{- end -}}

{{/* What a container of the restricted Pod Security Standard says. */}}
{{- define "assay-webhook.container-security" -}}
allowPrivilegeEscalation: false
privileged: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "assay-webhook.pod-security" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}
