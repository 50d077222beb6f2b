{{/*
Who talks to whom inside of the release: `{from, to, port}` each, components by name; `*` is the Ingress controller and
`operator` a Prometheus that is not ours. The policies of both ends are made of this list and of nothing else.
*/}}
{{- define "pongpong.edges" -}}
{{- $edges := list -}}
{{- $processes := (include "pongpong.processes" . | fromJson).items -}}
{{- $kong := .Values.kong.enabled -}}
{{- $scrapers := list -}}
{{- if .Values.monitoring.enabled -}}
  {{- if .Values.monitoring.prometheus.enabled }}{{ $scrapers = append $scrapers "prometheus" }}{{ end -}}
  {{- if .Values.monitoring.operator.enabled }}{{ $scrapers = append $scrapers "operator" }}{{ end -}}
{{- end -}}
{{- range $process := $processes -}}
  {{- range $process.calls -}}
    {{- if ne . "gateway" -}}
      {{- $edges = append $edges (dict "from" $process.name "to" . "port" (int (index $.Values.services .).port)) -}}
    {{- else if $kong -}}
      {{- $edges = append $edges (dict "from" $process.name "to" "kong" "port" 8000) -}}
    {{- end -}}
  {{- end -}}
  {{- if and $process.database $.Values.postgresql.enabled -}}
    {{- $edges = append $edges (dict "from" $process.name "to" "postgres" "port" 5432) -}}
  {{- end -}}
  {{- if and $process.broker $.Values.valkey.enabled -}}
    {{- $edges = append $edges (dict "from" $process.name "to" "valkey" "port" 6379) -}}
  {{- end -}}
  {{- if and $kong (eq $process.service "user-service") -}}
    {{- $edges = append $edges (dict "from" $process.name "to" "kong" "port" 8001) -}}
  {{- end -}}
  {{- if $process.public -}}
    {{- if and $kong (eq $process.role "http") -}}
      {{- $edges = append $edges (dict "from" "kong" "to" $process.name "port" (int $process.port)) -}}
    {{- end -}}
  {{- end -}}
  {{- range $scrapers -}}
    {{- $edges = append $edges (dict "from" . "to" $process.name "port" (ternary (int ($process.port | default 0)) (int $.Values.metricsPort) (eq $process.role "http"))) -}}
  {{- end -}}
{{- end -}}
{{- if .Values.postgresql.enabled -}}
  {{- $edges = append $edges (dict "from" "migrations" "to" "postgres" "port" 5432) -}}
  {{- if .Values.backup.enabled }}{{ $edges = append $edges (dict "from" "backup" "to" "postgres" "port" 5432) }}{{ end -}}
  {{- if $kong }}{{ $edges = append $edges (dict "from" "kong" "to" "postgres" "port" 5432) }}{{ end -}}
{{- end -}}
{{- if $kong -}}
  {{- $edges = append $edges (dict "from" "*" "to" "kong" "port" 8000) -}}
  {{- $edges = append $edges (dict "from" "test" "to" "kong" "port" 8000) -}}
  {{- range $scrapers }}{{ $edges = append $edges (dict "from" . "to" "kong" "port" 8100) }}{{ end -}}
{{- end -}}
{{- $edges = append $edges (dict "from" "*" "to" "frontend" "port" (int (index .Values.services "frontend").port)) -}}
{{- $edges = append $edges (dict "from" "test" "to" "frontend" "port" (int (index .Values.services "frontend").port)) -}}
{{- if and .Values.monitoring.enabled .Values.monitoring.exporters -}}
  {{- if .Values.postgresql.enabled }}{{ $edges = append $edges (dict "from" "postgres-exporter" "to" "postgres" "port" 5432) }}{{ end -}}
  {{- if .Values.valkey.enabled }}{{ $edges = append $edges (dict "from" "valkey-exporter" "to" "valkey" "port" 6379) }}{{ end -}}
  {{- range $scrapers -}}
    {{- $edges = append $edges (dict "from" . "to" "postgres-exporter" "port" 9187) -}}
    {{- $edges = append $edges (dict "from" . "to" "valkey-exporter" "port" 9121) -}}
    {{- if $.Values.monitoring.sites }}{{ $edges = append $edges (dict "from" . "to" "blackbox-exporter" "port" 9115) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- if include "pongpong.hasKubeState" . -}}
  {{- range $scrapers }}{{ $edges = append $edges (dict "from" . "to" "kube-state-metrics" "port" 8080) }}{{ end -}}
{{- end -}}
{{- if .Values.monitoring.enabled -}}
  {{- if and .Values.monitoring.prometheus.enabled (include "pongpong.alertmanager" .) -}}
    {{- $edges = append $edges (dict "from" "prometheus" "to" "alertmanager" "port" 9093) -}}
  {{- end -}}
  {{- if .Values.monitoring.grafana.enabled -}}
    {{- $edges = append $edges (dict "from" "*" "to" "grafana" "port" 3000) -}}
    {{- if .Values.monitoring.prometheus.enabled }}{{ $edges = append $edges (dict "from" "grafana" "to" "prometheus" "port" 9090) }}{{ end -}}
  {{- end -}}
{{- end -}}
{{- if .Values.logging.enabled -}}
  {{- $edges = append $edges (dict "from" "*" "to" "kibana" "port" 5601) -}}
  {{- $edges = append $edges (dict "from" "logging-setup" "to" "kibana" "port" 5601) -}}
  {{- if .Values.logging.elasticsearch.enabled -}}
    {{- range list "fluent-bit" "kibana" "logging-setup" -}}
      {{- $edges = append $edges (dict "from" . "to" "elasticsearch" "port" 9200) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- dict "items" $edges | toJson -}}
{{- end -}}

{{/*
Who talks to what is outside of the release: a list of egress rules per component. Ports only, as the addresses of a
company's own parts are the cluster's matter; the open internet has its private and local networks cut out.
*/}}
{{- define "pongpong.outside" -}}
{{- $outside := dict -}}
{{- $internet := list (dict "to" (list
  (dict "ipBlock" (dict "cidr" "0.0.0.0/0" "except" .Values.networkPolicy.privateNetworks.ipv4))
  (dict "ipBlock" (dict "cidr" "::/0" "except" .Values.networkPolicy.privateNetworks.ipv6)))) -}}
{{- $database := list -}}
{{- if not .Values.postgresql.enabled -}}
  {{- $database = list (dict "ports" (list (dict "protocol" "TCP" "port" (int .Values.externalDatabase.port)))) -}}
{{- end -}}
{{- $broker := list -}}
{{- if not .Values.valkey.enabled -}}
  {{- $broker = list (dict "ports" (list (dict "protocol" "TCP" "port" (int .Values.externalValkey.port)))) -}}
{{- end -}}
{{- range $process := (include "pongpong.processes" . | fromJson).items -}}
  {{- $rules := list -}}
  {{- if $process.egress }}{{ $rules = concat $rules $internet }}{{ end -}}
  {{- if $process.database }}{{ $rules = concat $rules $database }}{{ end -}}
  {{- if $process.broker }}{{ $rules = concat $rules $broker }}{{ end -}}
  {{- if and (not $.Values.kong.enabled) (or (has "gateway" $process.calls) (eq $process.service "user-service")) -}}
    {{- $rules = concat $rules $.Values.externalKong.egress -}}
  {{- end -}}
  {{- if and $.Values.tracing.enabled $process.service }}{{ $rules = concat $rules $.Values.tracing.egress }}{{ end -}}
  {{- $_ := set $outside $process.name (concat $rules ($process.extraEgress | default list)) -}}
{{- end -}}
{{- if or .Values.kong.enabled (include "pongpong.makesDatabases" .) }}{{ $_ := set $outside "migrations" $database }}{{ end -}}
{{- if .Values.backup.enabled }}{{ $_ := set $outside "backup" (concat $database (include "pongpong.backupEgress" . | fromJsonArray)) }}{{ end -}}
{{- if include "pongpong.alertmanager" . }}{{ $_ := set $outside "alertmanager" (include "pongpong.alertmanagerEgress" . | fromJsonArray) }}{{ end -}}
{{- if .Values.kong.enabled }}{{ $_ := set $outside "kong" $database }}{{ end -}}
{{- with .Values.monitoring -}}
  {{- if and .enabled .exporters -}}
    {{- $_ := set $outside "postgres-exporter" $database -}}
    {{- $_ := set $outside "valkey-exporter" $broker -}}
    {{- if .sites }}{{ $_ := set $outside "blackbox-exporter" (list (dict "ports" (list (dict "protocol" "TCP" "port" 80) (dict "protocol" "TCP" "port" 443)))) }}{{ end -}}
  {{- end -}}
  {{- /* The API server, which they ask for pods, Deployments and Jobs. */ -}}
  {{- $api := dict "ports" (list (dict "protocol" "TCP" "port" 443) (dict "protocol" "TCP" "port" 6443)) -}}
  {{- if and .enabled .prometheus.enabled }}{{ $_ := set $outside "prometheus" (append .prometheus.alertmanagerEgress $api) }}{{ end -}}
  {{- if include "pongpong.hasKubeState" $ }}{{ $_ := set $outside "kube-state-metrics" (list $api) }}{{ end -}}
{{- end -}}
{{- if and .Values.logging.enabled (not .Values.logging.elasticsearch.enabled) -}}
  {{- range list "fluent-bit" "kibana" "logging-setup" -}}
    {{- $_ := set $outside . (list (dict "ports" (list (dict "protocol" "TCP" "port" (int $.Values.externalElasticsearch.port))))) -}}
  {{- end -}}
{{- end -}}
{{- $outside | toJson -}}
{{- end -}}
