{{/*
Every component that has pods, and the `pod` values that it has of its own: a list, from general to special. A component
that is missing here is refused by `pongpong.objects`.
*/}}
{{- define "pongpong.components" -}}
{{- $all := dict -}}
{{- range $name, $service := .Values.services -}}
  {{- $_ := set $all $name (list $.Values.defaults.http.pod $service.pod) -}}
  {{- range $worker, $own := $service.workers }}{{ $_ := set $all $worker (list $.Values.defaults.worker.pod $own.pod) }}{{ end -}}
{{- end -}}
{{- $_ := set $all "beat" (list .Values.defaults.worker.pod .Values.beat.pod) -}}
{{- $_ := set $all "kong" (list .Values.kong.pod) -}}
{{- $_ := set $all "postgres" (list .Values.postgresql.pod) -}}
{{- $_ := set $all "valkey" (list .Values.valkey.pod) -}}
{{- range list "migrations" "logging-setup" "test" }}{{ $_ := set $all . (list $.Values.jobs.pod) }}{{ end -}}
{{- $_ := set $all "backup" (list .Values.backup.pod) -}}
{{- with .Values.monitoring -}}
  {{- $_ := set $all "postgres-exporter" (list .postgresExporter.pod) -}}
  {{- $_ := set $all "valkey-exporter" (list .valkeyExporter.pod) -}}
  {{- $_ := set $all "blackbox-exporter" (list .blackboxExporter.pod) -}}
  {{- $_ := set $all "kube-state-metrics" (list .kubeStateMetrics.pod) -}}
  {{- $_ := set $all "prometheus" (list .prometheus.pod) -}}
  {{- $_ := set $all "alertmanager" (list .alertmanager.pod) -}}
  {{- $_ := set $all "grafana" (list .grafana.pod) -}}
{{- end -}}
{{- with .Values.logging -}}
  {{- $_ := set $all "fluent-bit" (list .fluentBit.pod) -}}
  {{- $_ := set $all "elasticsearch" (list .elasticsearch.pod) -}}
  {{- $_ := set $all "kibana" (list .kibana.pod) -}}
{{- end -}}
{{- $all | toJson -}}
{{- end -}}

{{/*
What `pod` comes to for a component: the release's own, then the component's. Maps are merged, `extra...` lists are
joined, everything else is replaced. A DaemonSet is there for every node, so where the others may run is not its matter.
Takes a list: the root, the component, the kind of its object.
*/}}
{{- define "pongpong.knobs" -}}
{{- $root := index . 0 -}}
{{- $own := index (include "pongpong.components" $root | fromJson) (index . 1) -}}
{{- if not $own }}{{ fail (printf "pongpong.components does not know %s" (index . 1)) }}{{ end -}}
{{- $base := list (pick $root.Values "nodeSelector" "tolerations" "priorityClassName") ($root.Values.pod | default dict) -}}
{{- $knobs := dict -}}
{{- range $at, $layer := concat $base $own -}}
  {{- if and (lt $at 2) (eq (index $ 2) "DaemonSet") -}}
    {{- $layer = omit $layer "nodeSelector" "tolerations" "affinity" "topologySpreadConstraints" "securityContext" "fixedUser" -}}
  {{- end -}}
  {{- range $name, $value := $layer -}}
    {{- $before := get $knobs $name -}}
    {{- if and $before (hasPrefix "extra" $name) -}}
      {{- $_ := set $knobs $name (concat $before $value) -}}
    {{- else if and $before (kindIs "map" $value) (ne $name "affinity") -}}
      {{- $merged := deepCopy $before -}}
      {{- range $key, $one := $value }}{{ $_ := set $merged $key $one }}{{ end -}}
      {{- $_ := set $knobs $name $merged -}}
    {{- else -}}
      {{- $_ := set $knobs $name $value -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- $knobs | toJson -}}
{{- end -}}

{{/* The account of a component that has annotations of its own for one. Takes a list: the root, the component. */}}
{{- define "pongpong.ownAccountAnnotations" -}}
{{- $merged := dict -}}
{{- range index (include "pongpong.components" (index . 0) | fromJson) (index . 1) -}}
  {{- range $key, $value := (. | default dict).serviceAccountAnnotations }}{{ $_ := set $merged $key $value }}{{ end -}}
{{- end -}}
{{- $merged | toJson -}}
{{- end -}}
