{{/* The release's own addresses, as the black box asks for them. */}}
{{- define "pongpong.siteTargets" -}}
{{- $sites := list -}}
{{- range append .Values.hosts.web .Values.hosts.api -}}
  {{- $sites = append $sites (printf "%s://%s/" (ternary "https" "http" $.Values.ingress.https) .) -}}
{{- end -}}
{{ join ", " $sites }}
{{- end -}}

{{/* files/prometheus.yaml for this release; without the black box, the job that asks it is left out. */}}
{{- define "pongpong.prometheusConfig" -}}
{{- $config := .Files.Get "files/prometheus.yaml" | replace "pongpong;RELEASE" (printf "pongpong;%s" .Release.Name) | replace "JOB" (include "pongpong.fullname" .) | replace "SITES" (include "pongpong.siteTargets" .) | replace "BLACKBOX" (printf "%s:9115" (include "pongpong.host" (list . "blackbox-exporter"))) | fromYaml -}}
{{- if not (and .Values.monitoring.exporters .Values.monitoring.sites) -}}
  {{- $_ := set $config "scrape_configs" (list (first $config.scrape_configs)) -}}
{{- end -}}
{{- $told := .Values.monitoring.prometheus.alertmanagers -}}
{{- if include "pongpong.alertmanager" . }}{{ $told = append $told (printf "%s:9093" (include "pongpong.host" (list . "alertmanager"))) }}{{ end -}}
{{- with $told -}}
  {{- $_ := set $config "alerting" (dict "alertmanagers" (list (dict "static_configs" (list (dict "targets" .))))) -}}
{{- end -}}
{{ toYaml $config }}
{{- end -}}

{{/*
files/rules.yaml for this release, and what it expects to be there. An operator's Prometheus may scrape other releases, and
much that is nobody's of ours, so its rules ask for this namespace alone.
*/}}
{{- define "pongpong.rules" -}}
{{- $name := include "pongpong.fullname" . -}}
{{- $scope := ternary (printf `namespace=%q,job=%q` .Release.Namespace $name) (printf `job=%q` $name) .Values.monitoring.operator.enabled -}}
{{ .Files.Get "files/rules.yaml" | replace `namespace="pongpong"` (printf `namespace=%q` .Release.Namespace) | replace "{namespace: pongpong}" (printf "{namespace: %s}" .Release.Namespace) | replace `job="pongpong"` $scope | replace `job="pongpong-sites"` (printf `job="%s-sites"` $name) | replace `"pongpong-(.+)"` (printf `"%s-(.+)"` $name) | replace `=~"pongpong-.+"` (printf `=~"%s-.+"` $name) | replace "https://pongpong.io/docs/alerts.md" .Values.monitoring.runbookUrl | trim }}
  - name: expected
    interval: 15s
    rules:
      {{- range $part, $pods := include "pongpong.expected" . | fromJson }}
      - record: pongpong_expected
        expr: vector({{ $pods }})
        labels: {namespace: {{ $.Release.Namespace }}, service: {{ $part }}}
      {{- end }}
      {{- range (include "pongpong.expectedWorkloads" . | fromJson).items }}
      - record: pongpong_expected_workload
        expr: vector(1)
        labels: {namespace: {{ $.Release.Namespace }}, service: {{ . }}}
      {{- end }}
{{- end -}}

{{/* Whether the release brings a kube-state-metrics of its own. */}}
{{- define "pongpong.hasKubeState" -}}
{{- if and .Values.monitoring.enabled .Values.monitoring.kubeStateMetrics.enabled }}true{{ end -}}
{{- end -}}

{{/* Each part that Prometheus scrapes, with how many pods of it there are at least. */}}
{{- define "pongpong.expected" -}}
{{- $parts := dict -}}
{{- range (include "pongpong.processes" . | fromJson).items -}}
  {{- /* Of what a scaler of yours owns, one must be there. */ -}}
  {{- if .replicas }}{{ $_ := set $parts .name (ternary 1 (int .replicas) (default false .autoscaling.external)) }}{{ end -}}
{{- end -}}
{{- if .Values.kong.enabled }}{{ $_ := set $parts "kong" (int .Values.kong.replicas) }}{{ end -}}
{{- if .Values.monitoring.exporters -}}
  {{- $_ := set $parts "postgres-exporter" 1 -}}
  {{- $_ := set $parts "valkey-exporter" 1 -}}
  {{- if .Values.monitoring.sites }}{{ $_ := set $parts "blackbox-exporter" 1 }}{{ end -}}
{{- end -}}
{{- if include "pongpong.hasKubeState" . }}{{ $_ := set $parts "kube-state-metrics" 1 }}{{ end -}}
{{- $parts | toJson -}}
{{- end -}}

{{/* The parts that have no metrics which Prometheus scrapes. */}}
{{- define "pongpong.expectedWorkloads" -}}
{{- $parts := list -}}
{{- if .Values.postgresql.enabled }}{{ $parts = append $parts "postgres" }}{{ end -}}
{{- if .Values.valkey.enabled }}{{ $parts = append $parts "valkey" }}{{ end -}}
{{- if .Values.monitoring.prometheus.enabled }}{{ $parts = append $parts "prometheus" }}{{ end -}}
{{- if .Values.monitoring.grafana.enabled }}{{ $parts = append $parts "grafana" }}{{ end -}}
{{- if include "pongpong.alertmanager" . }}{{ $parts = append $parts "alertmanager" }}{{ end -}}
{{- if .Values.logging.enabled -}}
  {{- $parts = concat $parts (list "fluent-bit" "kibana") -}}
  {{- if .Values.logging.elasticsearch.enabled }}{{ $parts = append $parts "elasticsearch" }}{{ end -}}
{{- end -}}
{{- dict "items" $parts | toJson -}}
{{- end -}}

{{/* How an operator's Prometheus scrapes a port: as often as our own, and under the names that the rules ask for. */}}
{{- define "pongpong.operatorTarget" -}}
interval: 15s
relabelings:
  - sourceLabels: [__meta_kubernetes_pod_label_app_kubernetes_io_component]
    targetLabel: service
  - targetLabel: job
    replacement: {{ include "pongpong.fullname" . }}
{{- end -}}

{{- define "pongpong.grafanaSources" -}}
apiVersion: 1
datasources:
  - name: Prometheus
    uid: prometheus
    type: prometheus
    access: proxy
    url: {{ .Values.monitoring.grafana.prometheusUrl | default (printf "http://%s:9090" (include "pongpong.host" (list . "prometheus"))) }}
    isDefault: true
    editable: false
{{- end -}}
