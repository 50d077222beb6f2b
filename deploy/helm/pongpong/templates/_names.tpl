{{/* The release's name in front of every object; Services alone are called as the brief calls them. */}}
{{- define "pongpong.fullname" -}}
{{- .Values.fullnameOverride | default (ternary .Release.Name (printf "%s-pongpong" .Release.Name) (contains "pongpong" .Release.Name)) | trunc 30 | trimSuffix "-" -}}
{{- end -}}

{{/* An object's name. Takes a list: the root, the component. */}}
{{- define "pongpong.name" -}}
{{- $root := index . 0 -}}
{{- printf "%s-%s" (include "pongpong.fullname" $root) (index . 1) -}}
{{- end -}}

{{/* A Service's name, which is an address. Takes a list: the root, the component. */}}
{{- define "pongpong.host" -}}
{{- $root := index . 0 -}}
{{- printf "%s%s" $root.Values.serviceNamePrefix (index . 1) -}}
{{- end -}}

{{/* What selects a component's pods. Takes a list: the root, the component. */}}
{{- define "pongpong.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: pongpong
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{/* Every object's labels. Takes a list: the root, the component. */}}
{{- define "pongpong.labels" -}}
{{- $root := index . 0 -}}
{{ include "pongpong.selector" . }}
app.kubernetes.io/part-of: pongpong
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* `name`, `namespace` and `labels` of an object. Takes a list: the root, the component and, where it differs, the name. */}}
{{- define "pongpong.metadata" -}}
{{- $root := index . 0 -}}
name: {{ if gt (len .) 2 }}{{ index . 2 }}{{ else }}{{ include "pongpong.name" . }}{{ end }}
namespace: {{ $root.Release.Namespace }}
labels:
  {{- include "pongpong.labels" (list $root (index . 1)) | nindent 2 }}
{{- end -}}

{{- define "pongpong.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}
